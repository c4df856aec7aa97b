/*
 * score_agg.c
 *	  The aggregates raf_score_agg: from rows of codes to the score of a group.
 *
 * A code is turned into its HCCs as it arrives, so the state is a set of HCCs,
 * a few words that do not grow: repeated and unmapped codes cost no memory.
 * That works because edits look at one diagnosis and one person, and all rows
 * of a group are about the same person.
 *
 * The state is internal, in the memory context that the executor has for states;
 * model and beneficiary are pointers, to what outlives it.  A hash aggregate has
 * one for each group, and what decides its speed is how many bytes a group takes
 * and how many pieces: so a state is one piece, 32 bytes for V28.
 *
 * Between processes it goes as bytes.  Bits of a set mean what the model's numbers
 * of HCCs say, and these are the same where the fingerprint is, so that is sent
 * along.  The order of the hierarchy is no argument of the aggregates.
 */
#include "postgres.h"

#include "fmgr.h"
#include "libpq/pqformat.h"
#include "nodes/primnodes.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "compat.h"
#include "score.h"

PG_FUNCTION_INFO_V1(raf_agg_step);
PG_FUNCTION_INFO_V1(raf_agg_row_step);
PG_FUNCTION_INFO_V1(raf_agg_combine);
PG_FUNCTION_INFO_V1(raf_agg_serialize);
PG_FUNCTION_INFO_V1(raf_agg_deserialize);
PG_FUNCTION_INFO_V1(raf_agg_final);

/* A group so far */
typedef struct ScoreState
{
	ScoreSite  *site;			/* of a call site that does not start over */
	const hcc_beneficiary *who; /* NULL: the rows name nobody */
	hcc_word	set[FLEXIBLE_ARRAY_MEMBER]; /* HCCs of the codes, not resolved yet */
} ScoreState;

/*
 * The memory context that states live in; an error if nobody aggregates,
 * because what is passed as internal could be anything.  Asked in each support
 * function, before it follows a pointer.
 */
static MemoryContext
AggregateContext(FunctionCallInfo fcinfo)
{
	MemoryContext context;

	if (!AggCheckCallContext(fcinfo, &context))
		elog(ERROR, "raf_score_agg support function called outside an aggregate");
	return context;
}

/*
 * A state with an empty set.  The beneficiary is kept beside it, unless it
 * outlives the state, as everybody's does when it is a constant of the query.
 */
static ScoreState *
NewState(MemoryContext context, ScoreSite *site, const hcc_beneficiary *who, bool who_is_lasting)
{
	Size		set_size = site->model->compiled->hcc_words * sizeof(hcc_word);
	Size		size = offsetof(ScoreState, set) + set_size;
	ScoreState *state;

	Assert(site != NULL);
	if (who != NULL && !who_is_lasting)
		size += sizeof(hcc_beneficiary);
	state = MemoryContextAllocZero(context, size);
	state->site = site;
	if (who != NULL && !who_is_lasting)
		who = memcpy((char *) state->set + set_size, who, sizeof(hcc_beneficiary));
	state->who = who;
	return state;
}

/* The error for rows of different people in a group; who they are is not told. */
pg_noreturn static void
DifferentBeneficiaries(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("the rows of a group name different beneficiaries"),
			 errhint("Group by the person, and give raf_score_agg the same beneficiary in all rows "
					 "of a group.")));
}

/*
 * All rows of a group must name one person, or none at all; they mostly do,
 * by the same pointer.  Otherwise a forgotten column in GROUP BY would give many
 * people's diagnoses to one of them, with a score that looks like any other.
 */
static inline void
CheckSameBeneficiary(const hcc_beneficiary *a, const hcc_beneficiary *b)
{
	if (a != b && (a == NULL || b == NULL || memcmp(a, b, sizeof(hcc_beneficiary)) != 0))
		DifferentBeneficiaries();
}

/*
 * Is the beneficiary a constant of the query?  Then its datum outlives every
 * state, unless ORDER BY or DISTINCT passes it through a sort.  arg is its
 * place among the arguments of the step, of which the state is the first.
 *
 * A sort hands out copies that it frees: a state that kept a pointer to one read
 * freed memory.  Parameters, which are as constant, are not looked for.
 */
static bool
BeneficiaryIsConstant(FunctionCallInfo fcinfo, int arg)
{
	Aggref	   *aggregate = AggGetAggref(fcinfo);

	/* without an expression of its own, it is somebody else's aggregate that runs */
	return fcinfo->flinfo->fn_expr != NULL && aggregate != NULL &&
		list_length(aggregate->args) >= arg &&
		aggregate->aggorder == NIL && aggregate->aggdistinct == NIL &&
		IsA(((TargetEntry *) list_nth(aggregate->args, arg - 1))->expr, Const);
}

/* What a site scores by, for a message */
static char *
DescribeSite(const ScoreSite *site)
{
	StringInfoData out;

	initStringInfo(&out);
	appendStringInfo(&out, "model \"%s\"", site->model->name);
	if (site->model->payment_year != 0)
		appendStringInfo(&out, ", payment year %d", site->model->payment_year);
	if (site->model->calibration[0] != '\0')
		appendStringInfo(&out, ", calibration \"%s\"", site->model->calibration);
	appendStringInfo(&out, ", mce %s", site->settings.mce ? "on" : "off");
	return out.data;
}

/*
 * Sites may be different and come to the same, as that of V28 and that of the
 * default, or those of a step and of a deserialized state; their models must not
 * differ.
 */
static void
CheckSameModel(const ScoreSite *a, const ScoreSite *b)
{
	if (a->model->compiled->fingerprint != b->model->compiled->fingerprint ||
		a->settings.mce != b->settings.mce)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the rows of a group ask for different models"),
				 errdetail("Some ask for %s; others for %s.", DescribeSite(a), DescribeSite(b)),
				 errhint("Give raf_score_agg the same model, payment year, calibration and mce "
						 "in all rows of a group.")));
}

/* All rows of a group must ask for one model; they mostly do, by the same site. */
static inline void
CheckSameSite(const ScoreSite *a, const ScoreSite *b)
{
	if (unlikely(a != b))
		CheckSameModel(a, b);
}

/*
 * The state of a step, whose beneficiary is the argument of that number and
 * followed by the settings; new at the first row of a group, even if that has no
 * code: a group without codes is a person with a score, not NULL
 */
static inline ScoreState *
StateSoFar(FunctionCallInfo fcinfo, int who_arg)
{
	SettingArgs args = {.first = who_arg + 1, .count = PG_NARGS() - who_arg - 1};
	MemoryContext aggregate = AggregateContext(fcinfo);
	ScoreState *state = PG_ARGISNULL(0) ? NULL : (ScoreState *) PG_GETARG_POINTER(0);
	const hcc_beneficiary *who = PG_ARGISNULL(who_arg) ? NULL : PG_GETARG_BENEFICIARY(who_arg);
	ScoreSite  *site = GetScoreSiteOf(fcinfo, GetAggregateSite(fcinfo, aggregate), args);

	if (state == NULL)
		return NewState(aggregate, site, who, BeneficiaryIsConstant(fcinfo, who_arg));
	CheckSameBeneficiary(state->who, who);
	CheckSameSite(state->site, site);
	return state;
}

/*
 * Add to a state what a code gives its person; who he is, is looked at only if it
 * matters: nearly all codes give everybody the same one HCC, or none.
 */
static inline void
AddCode(ScoreState *state, icd10_code code)
{
	const hcc_model *model = state->site->model->compiled;
	const hcc_code *found = icd10_is_marked(code) ? NULL : hcc_find_code(model, code);

	if (found != NULL && found->hcc >= 0)
		hcc_add(state->set, found->hcc);
	else if (found != NULL || icd10_is_marked(code))
		hcc_map_code(model, code, SitePerson(state->site, state->who),
					 state->site->settings.mce, state->set);
}

/*
 * raf_score_agg(code, who [, model, payment_year, calibration, mce]): one row.
 */
Datum
raf_agg_step(PG_FUNCTION_ARGS)
{
	ScoreState *state = StateSoFar(fcinfo, 2);

	if (!PG_ARGISNULL(1) && state->who != NULL)
		AddCode(state, ReadCode(PG_GETARG_TEXT_PP(1)));
	PG_RETURN_POINTER(state);
}

/*
 * raf_score_agg(code, service_date, ndc, hcpcs, who, model, payment_year): one
 * row, which may have codes of each system, all of one date
 */
Datum
raf_agg_row_step(PG_FUNCTION_ARGS)
{
	ScoreState *state = StateSoFar(fcinfo, 5);
	RowCodes	row;

	if (state->who == NULL)
		PG_RETURN_POINTER(state);
	ReadRowCodes(fcinfo, 1, &row);
	for (int i = 0; i < row.n; i++)
		hcc_map_parts(state->site->model->compiled, &row.part[i],
					  SitePerson(state->site, state->who), state->site->settings.mce,
					  state->set);
	PG_RETURN_POINTER(state);
}

/*
 * The first state with what the other one holds; either may be NULL, and both
 * are when neither saw a row.  The result is in the aggregate's context.  Sets of
 * HCCs of one person's codes simply unite, as nothing is resolved before the end.
 */
Datum
raf_agg_combine(PG_FUNCTION_ARGS)
{
	MemoryContext context = AggregateContext(fcinfo);
	ScoreState *state = PG_ARGISNULL(0) ? NULL : (ScoreState *) PG_GETARG_POINTER(0);
	ScoreState *other = PG_ARGISNULL(1) ? NULL : (ScoreState *) PG_GETARG_POINTER(1);

	if (other == NULL)
	{
		if (state == NULL)
			PG_RETURN_NULL();
		PG_RETURN_POINTER(state);
	}
	/* the other state does not live long enough to be returned as it is */
	if (state == NULL)
		state = NewState(context, other->site, other->who, false);
	else
	{
		CheckSameBeneficiary(state->who, other->who);
		CheckSameSite(state->site, other->site);
	}
	for (int w = 0; w < state->site->model->compiled->hcc_words; w++)
		state->set[w] |= other->set[w];
	PG_RETURN_POINTER(state);
}

/*
 * The state on its way to another process: which model (by name, and by
 * fingerprint to be sure), who, and the set.  The name, year and calibration are
 * those that the settings came to, not what was asked for, so that the other side
 * need not choose a default again.  STRICT: the state is not NULL.
 */
Datum
raf_agg_serialize(PG_FUNCTION_ARGS)
{
	ScoreState *state = (ScoreState *) PG_GETARG_POINTER(0);
	const CachedModel *model = state->site->model;
	StringInfoData buf;

	(void) AggregateContext(fcinfo);
	pq_begintypsend(&buf);
	pq_sendint64(&buf, model->compiled->fingerprint);
	pq_sendstring(&buf, model->name);
	pq_sendint32(&buf, model->payment_year);
	pq_sendstring(&buf, model->calibration);
	pq_sendint8(&buf, state->site->settings.mce);
	pq_sendint8(&buf, state->who != NULL);
	if (state->who != NULL)
		pq_sendbytes(&buf, (const char *) state->who, sizeof(hcc_beneficiary));
	for (int w = 0; w < model->compiled->hcc_words; w++)
		pq_sendint64(&buf, state->set[w]);
	PG_RETURN_BYTEA_P(pq_endtypsend(&buf));
}

/*
 * The state in the current memory context, which is short-lived: combine
 * copies what it keeps.  The model is found by its name, and an error if it
 * is not the same here.
 */
Datum
raf_agg_deserialize(PG_FUNCTION_ARGS)
{
	bytea	   *bytes = PG_GETARG_BYTEA_PP(0);
	StringInfoData buf;
	ScoreSettings settings = {0};
	hcc_beneficiary who;
	ScoreState *state;
	ScoreSite  *site;
	CallSite   *call = GetAggregateSite(fcinfo, AggregateContext(fcinfo));
	uint64		fingerprint;
	bool		has_who;

	buf.data = VARDATA_ANY(bytes);
	buf.len = buf.maxlen = VARSIZE_ANY_EXHDR(bytes);
	buf.cursor = 0;
	fingerprint = pq_getmsgint64(&buf);
	settings.model = pq_getmsgstring(&buf);
	settings.payment_year = pq_getmsgint(&buf, 4);
	settings.calibration = pq_getmsgstring(&buf);
	settings.mce = pq_getmsgbyte(&buf);
	site = FindScoreSite(call, &settings);
	/* on this machine all processes see one state; a state may come from another */
	if (site->model->compiled->fingerprint != fingerprint)
		ereport(ERROR,
				(errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
				 errmsg("the tables of model \"%s\" are others where part of the rows were scored",
						site->model->name),
				 errhint("Compare hccraf_fingerprint() on all machines, and run the query "
						 "again.")));

	has_who = pq_getmsgbyte(&buf);
	if (has_who)
		memcpy(&who, pq_getmsgbytes(&buf, sizeof(who)), sizeof(who));
	state = NewState(CurrentMemoryContext, site, has_who ? &who : NULL, false);
	for (int w = 0; w < site->model->compiled->hcc_words; w++)
		state->set[w] = pq_getmsgint64(&buf);
	pq_getmsgend(&buf);
	PG_RETURN_POINTER(state);
}

/* The score of a group; NULL if it saw no row, or its rows name nobody */
Datum
raf_agg_final(PG_FUNCTION_ARGS)
{
	ScoreState *state = PG_ARGISNULL(0) ? NULL : (ScoreState *) PG_GETARG_POINTER(0);
	hcc_word	set[HCC_MAX_WORDS];

	(void) AggregateContext(fcinfo);
	if (state == NULL || state->who == NULL)
		PG_RETURN_NULL();
	/* the state may be needed again, as in a window */
	memcpy(set, state->set, state->site->model->compiled->hcc_words * sizeof(hcc_word));
	PG_RETURN_DATUM(ScoreDatum(ScoreSet(state->site, SitePerson(state->site, state->who), set)));
}
