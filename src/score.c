/*
 * score.c
 *	  The scalar functions: raf_score, icd_to_hcc, apply_hierarchy, ...
 *
 * And what all functions that score have in common: from fn_extra to a call site,
 * from the arguments to a score site, from a beneficiary to a person.  The path
 * of a call that is one of a million must be short: compare the snapshot with the
 * one that is pinned (IsUpToDate), take the one score site (settings_fixed), look
 * up the person by hash (SitePerson), map and score.  None of these allocates,
 * but for the result.  All that is slow is behind a branch that is not taken:
 * finding the state of the tables, compiling a model, making a site, seeing a
 * person for the first time.
 *
 * The functions are not STRICT, since model, payment_year and calibration may be
 * NULL for the default: each asks for the NULLs of its other arguments itself,
 * and gives NULL for a NULL code, list or person.  An empty list has a score, that
 * of a person's age, sex and the like.
 *
 * Errors of arguments are PlainErrcode ones; none has a diagnosis code, which would
 * be a patient's, in its words.
 */
#include "postgres.h"

#include "access/parallel.h"
#include "access/xact.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "nodes/bitmapset.h"
#include "nodes/primnodes.h"
#include "port/pg_bitutils.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/numeric.h"

#include "compat.h"
#include "model_load.h"
#include "raise.h"
#include "score.h"

PG_FUNCTION_INFO_V1(icd_to_hcc);
PG_FUNCTION_INFO_V1(icd_has_hcc);
PG_FUNCTION_INFO_V1(person_hccs);
PG_FUNCTION_INFO_V1(person_has_hcc);
PG_FUNCTION_INFO_V1(apply_hierarchy);
PG_FUNCTION_INFO_V1(raf_score_array);
PG_FUNCTION_INFO_V1(raf_score_set);
PG_FUNCTION_INFO_V1(raf_scores_of_models);
PG_FUNCTION_INFO_V1(raf_segment);
PG_FUNCTION_INFO_V1(raf_segment_fits);
PG_FUNCTION_INFO_V1(raf_marginal_code);
PG_FUNCTION_INFO_V1(raf_marginal_hccs);
PG_FUNCTION_INFO_V1(raf_pair_values);
PG_FUNCTION_INFO_V1(raf_csr_factor);
PG_FUNCTION_INFO_V1(raf_csr_score);
PG_FUNCTION_INFO_V1(raf_metal_scores);
PG_FUNCTION_INFO_V1(hccraf_fingerprint);

/* An age that no beneficiary has: what marks an empty place among known people */
#define NOBODY 255

/* ---- settings and call sites ---- */

/* The hierarchy order that an argument asks for; NULL leaves it to the model. */
static hcc_order
ReadOrder(FunctionCallInfo fcinfo, int arg)
{
	char	   *order;

	if (PG_ARGISNULL(arg))
		return HCC_ORDER_OF_MODEL;
	order = text_to_cstring(PG_GETARG_TEXT_PP(arg));
	if (strcmp(order, "sequential") == 0)
		return HCC_ORDER_SEQUENTIAL;
	if (strcmp(order, "simultaneous") == 0)
		return HCC_ORDER_SIMULTANEOUS;
	ereport(ERROR,
			(PlainErrcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("invalid value for argument \"hierarchy_order\": \"%s\"", order),
			 errdetail("It takes sequential, simultaneous or NULL "
					   "(the model's order in the payment year).")));
}

/* Is the nth setting among the arguments, and not NULL? */
static bool
IsGiven(FunctionCallInfo fcinfo, SettingArgs args, int n)
{
	return args.count > n && !PG_ARGISNULL(args.first + n);
}

/*
 * The settings as the arguments of this call give them; strings are in the
 * current memory context.  A year that cannot be one, or an unknown order, is
 * an error.
 */
ScoreSettings
ReadSettings(FunctionCallInfo fcinfo, SettingArgs args)
{
	ScoreSettings settings = {.mce = true};

	if (IsGiven(fcinfo, args, 0))
		settings.model = text_to_cstring(PG_GETARG_TEXT_PP(args.first));
	if (IsGiven(fcinfo, args, 1))
	{
		settings.payment_year = PG_GETARG_INT32(args.first + 1);
		if (settings.payment_year < 1900 || settings.payment_year > 2999)
			ereport(ERROR,
					(PlainErrcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
					 errmsg("invalid value for argument \"payment_year\": %d",
							settings.payment_year),
					 errdetail("It takes a year from 1900 to 2999, or NULL for the model's "
							   "newest.")));
	}
	if (IsGiven(fcinfo, args, 2))
		settings.calibration = text_to_cstring(PG_GETARG_TEXT_PP(args.first + 2));
	if (IsGiven(fcinfo, args, 3))
		settings.mce = PG_GETARG_BOOL(args.first + 3);
	if (IsGiven(fcinfo, args, 4))
		settings.order = ReadOrder(fcinfo, args.first + 4);
	return settings;
}

/*
 * Do the setting arguments have one value for the whole query?  Then they are
 * read once.  A function has its own expression, in which stable arguments are
 * constants or parameters from outside.  An aggregate's step has an expression
 * that the server makes up of dummies, and the real one is the Aggref; there,
 * only constants are known to stay the same over rows and groups.
 */
static bool
SettingsAreFixed(FunctionCallInfo fcinfo, SettingArgs args)
{
	/* the arguments of an aggregate's support function are not in its own expression */
	Aggref	   *aggregate = AggGetAggref(fcinfo);

	/* without an expression of its own, it is somebody else's aggregate that runs */
	if (fcinfo->flinfo->fn_expr == NULL)
		return false;
	for (int i = args.first; i < args.first + args.count; i++)
	{
		if (aggregate == NULL)
		{
			if (!get_fn_expr_arg_stable(fcinfo->flinfo, i))
				return false;
		}
		/* the aggregate's own arguments begin behind the state */
		else if (i - 1 >= list_length(aggregate->args) ||
				 !IsA(((TargetEntry *) list_nth(aggregate->args, i - 1))->expr, Const))
			return false;
	}
	return true;
}

/* Are two strings the same, NULL being one of its own? */
static bool
SameText(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

/* Would two settings, as they were asked for, come to the same site? */
static bool
SameSettings(const ScoreSettings *a, const ScoreSettings *b)
{
	return a->payment_year == b->payment_year && a->mce == b->mce && a->order == b->order &&
		SameText(a->model, b->model) && SameText(a->calibration, b->calibration);
}

/*
 * More than this many models, policies and years, or settings, and a call site
 * begins anew.  Where they come from columns, each value has a site and may have
 * a model, which is pinned; without a bound a query over many of them could come
 * to pin more than hccraf.cache_size, and would search a long list for each row.
 */
#define MANY_ENTRIES 64

/*
 * Pin the state that the statement sees, and forget what was made of another.
 * The old pin's memory goes first, so the call site must not refer to it when
 * an error follows.  It goes before the new pin is made, so that what it held
 * can be dropped where there is no room for both.
 */
static void
StartOver(FunctionCallInfo fcinfo, CallSite *call, MemoryContext lasting)
{
	CachePin   *old = call->pin;

	call->pin = NULL;
	call->sites = NULL;
	call->n_sites = 0;
	call->listed = NULL;
	call->filters = NULL;
	call->gaps = NULL;
	call->settings_fixed = false;
	if (old != NULL)
		MemoryContextDelete(old->context);
	call->pin = PinCache(fcinfo->flinfo->fn_oid, lasting);
}

/* Has a call site come to hold more than is worth keeping? */
static inline bool
HoldsMany(const CallSite *call)
{
	return call->pin->entries > MANY_ENTRIES || call->n_sites > MANY_ENTRIES;
}

/*
 * Does the call site hold what this call needs?  Asked at every call, so it reads
 * nothing but memory.  The user may change within a statement, by a function that
 * is SECURITY DEFINER, and then may have other rights.  In the midst of a change
 * of the tables every call starts over, as the next row may show another state.
 */
static inline bool
IsUpToDate(const CallSite *call)
{
	return call->pin != NULL && SameStatement(call->pin->statement, CurrentStatement()) &&
		call->pin->user == GetUserId() && !HoldsMany(call) && !StateIsChanging(GetActiveSnapshot());
}

/*
 * The call site of this call, up to date; made at the first call, as
 * long-lived as the function's FmgrInfo.
 *
 * The expression of a PL/pgSQL statement keeps fn_extra through the whole
 * transaction; a later statement must see changed tables, while the same one
 * must not, though other statements run meanwhile, as when it is a cursor.
 *
 * A later statement mostly sees the same state.  So it is asked for the state's
 * number first, and if that has not changed all that was made stays: sites with
 * the people that they know.
 */
CallSite *
GetCallSite(FunctionCallInfo fcinfo)
{
	MemoryContext lasting = fcinfo->flinfo->fn_mcxt;
	CallSite   *call = fcinfo->flinfo->fn_extra;

	if (unlikely(call == NULL))
	{
		call = MemoryContextAllocZero(lasting, sizeof(CallSite));
		fcinfo->flinfo->fn_extra = call;
	}
	if (unlikely(!IsUpToDate(call)))
	{
		if (call->pin == NULL || call->pin->user != GetUserId() || HoldsMany(call) ||
			!RenewPin(call->pin))
			StartOver(fcinfo, call, lasting);
	}
	return call;
}

/*
 * The call site of an aggregate whose caller keeps none.  It is in the memory
 * context of the states, by which it is found again, and whose end takes it out
 * of the list.
 */
typedef struct KeptSite
{
	struct KeptSite *next;
	MemoryContext aggregate;
	MemoryContextCallback forget;
	CallSite	call;
} KeptSite;

static KeptSite *kept_sites = NULL;

/*
 * Memory context callback: take a kept site out of the list, if it is still
 * there.  The memory goes right after it, so this must not fail or follow a
 * pointer of the call site's.
 */
static void
ForgetSite(void *arg)
{
	KeptSite  **link = &kept_sites;

	while (*link != NULL && *link != arg)
		link = &(*link)->next;
	if (*link != NULL)
		*link = (*link)->next;
}

/*
 * The call site that is kept for the states of an aggregate, made at its
 * first use in their memory context, with which it goes
 */
static CallSite *
GetKeptSite(FunctionCallInfo fcinfo, MemoryContext aggregate)
{
	KeptSite   *kept;

	Assert(fcinfo->flinfo->fn_expr == NULL);
	for (kept = kept_sites; kept != NULL; kept = kept->next)
	{
		if (kept->aggregate == aggregate)
			return &kept->call;
	}
	/* it is in the list only when the pin is had, which may be an error */
	kept = MemoryContextAllocZero(aggregate, sizeof(KeptSite));
	StartOver(fcinfo, &kept->call, aggregate);
	kept->aggregate = aggregate;
	kept->forget.func = ForgetSite;
	kept->forget.arg = kept;
	MemoryContextRegisterResetCallback(aggregate, &kept->forget);
	kept->next = kept_sites;
	kept_sites = kept;
	return &kept->call;
}

/*
 * The call site of an aggregate's support function.  It cannot start over:
 * the states refer to what it has pinned.
 *
 * Somebody who calls the function without an expression, as what computes
 * aggregates in parts on other machines does, may do so with another FmgrInfo
 * for each row: then the site lives where the states do.
 */
CallSite *
GetAggregateSite(FunctionCallInfo fcinfo, MemoryContext aggregate)
{
	CallSite   *call = fcinfo->flinfo->fn_extra;

	if (likely(call != NULL))
		return call;
	if (fcinfo->flinfo->fn_expr == NULL)
		return GetKeptSite(fcinfo, aggregate);
	call = MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt, sizeof(CallSite));
	StartOver(fcinfo, call, fcinfo->flinfo->fn_mcxt);
	fcinfo->flinfo->fn_extra = call;
	return call;
}

/*
 * Of which payment years something was said, and to which message of the client:
 * at is when that came, which stays while a procedure commits.  years lives in
 * TopMemoryContext, as it outlasts transactions.
 */
typedef struct Said
{
	TimestampTz at;
	Bitmapset  *years;
} Said;

/*
 * Whether something is to be said of a payment year: once in what the client
 * sent, however many statements and transactions a procedure makes of it.
 */
static bool
SayOnce(Said *said, int payment_year)
{
	TimestampTz now = GetCurrentStatementStartTimestamp();
	MemoryContext old_context;

	if (said->at != now)
	{
		bms_free(said->years);
		said->years = NULL;
		said->at = now;
	}
	if (bms_is_member(payment_year, said->years))
		return false;
	old_context = MemoryContextSwitchTo(TopMemoryContext);
	said->years = bms_add_member(said->years, payment_year);
	MemoryContextSwitchTo(old_context);
	return true;
}

/*
 * Say that a payment year is a copy of another one.  Parallel workers leave it
 * to the leader, or the client would read it once from each.
 */
void
NoteProvisional(int payment_year)
{
	static Said said;

	if (IsParallelWorker() || !SayOnce(&said, payment_year))
		return;
	ereport(NOTICE,
			(errmsg("payment year %d is provisional", payment_year),
			 errdetail("Its rules are a copy of another year's, made by hccraf_copy_year."),
			 errhint("Load the tables of the year when they are published.")));
}

/*
 * The score site for these settings, made if there is none yet, with its
 * model compiled, in the memory of the pin.  An error if there is no such
 * model.
 *
 * Settings are compared as they were asked for: V28 and the default are two
 * sites of one model.  That costs memory and no correctness, and finding out
 * would cost each call.
 */
ScoreSite *
FindScoreSite(CallSite *call, const ScoreSettings *settings)
{
	MemoryContext lasting = call->pin->context;
	const CachedModel *model;
	ScoreSite  *site;

	for (site = call->sites; site != NULL; site = site->next)
	{
		if (SameSettings(&site->settings, settings))
			return site;
	}
	model = GetModel(call->pin, settings->model, settings->payment_year, settings->calibration);
	site = MemoryContextAllocZero(lasting, sizeof(ScoreSite));
	for (int i = 0; i < lengthof(site->known); i++)
		site->known[i].who.age = NOBODY;
	site->settings = *settings;
	if (settings->model != NULL)
		site->settings.model = MemoryContextStrdup(lasting, settings->model);
	if (settings->calibration != NULL)
		site->settings.calibration = MemoryContextStrdup(lasting, settings->calibration);
	site->model = model;
	if (model->provisional)
		NoteProvisional(model->payment_year);
	site->next = call->sites;
	call->sites = site;
	call->n_sites++;
	return site;
}

/* The score site for the settings that the arguments of this call give */
ScoreSite *
GetScoreSiteOf(FunctionCallInfo fcinfo, CallSite *call, SettingArgs args)
{
	ScoreSettings settings;
	ScoreSite  *site;

	Assert(!call->settings_fixed || (call->sites != NULL && call->sites->next == NULL));
	if (likely(call->settings_fixed))
		return call->sites;
	settings = ReadSettings(fcinfo, args);
	site = FindScoreSite(call, &settings);
	/* of one site alone it is known that the next call means it */
	if (site->next == NULL)
		call->settings_fixed = SettingsAreFixed(fcinfo, args);
	return site;
}

/* The score site of this call, which stays until the call site starts over */
ScoreSite *
GetScoreSite(FunctionCallInfo fcinfo, SettingArgs args)
{
	return GetScoreSiteOf(fcinfo, GetCallSite(fcinfo), args);
}

/*
 * See a beneficiary with the site's model and remember it in this place,
 * whose former owner goes.  An error if the model has no segment for it,
 * which leaves the place empty: it is half written then, and must not be found
 * by who catches the error and asks again.
 *
 * Here and not in loading it is an error that a model has no coefficients, since
 * other functions can do with codes and hierarchy alone.
 */
const hcc_person *
MakePerson(ScoreSite *site, const hcc_beneficiary *who, KnownPerson *place)
{
	const hcc_model *model = site->model->compiled;
	StringInfoData names;

	place->who.age = NOBODY;
	if (!site->model->scores)
		ereport(ERROR,
				(PlainErrcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("model \"%s\" has no coefficients for payment year %d",
						site->model->name, site->model->payment_year),
				 errhint("Add them to hcc_coefficient, and their calibration to "
						 "hcc_calibration.")));
	switch (hcc_person_make(model, who, &place->person))
	{
		case HCC_PERSON_OK:
			place->who = *who;
			return &place->person;
		case HCC_NO_SUCH_SEGMENT:
			initStringInfo(&names);
			for (int i = 0; i < model->segments; i++)
				appendStringInfo(&names, "%s%s", i > 0 ? ", " : "", model->segment[i].name);
			ereport(ERROR,
					(PlainErrcode(ERRCODE_UNDEFINED_OBJECT),
					 errmsg("model \"%s\" has no segment \"%s\"", site->model->name, who->segment),
					 errdetail("Its segments are: %s.", names.data),
					 errhint("Leave the beneficiary's segment NULL to have the model's rules "
							 "choose it.")));
			break;
		case HCC_NO_SEGMENT_FITS:
			ereport(ERROR,
					(PlainErrcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("no segment of model \"%s\" fits this beneficiary", site->model->name),
					 who->metal == 0 && model->csr_factor != NULL ?
					 errhint("Give the metal of the person's plan.") :
					 errhint("The rules are in hcc_segment; name one with the beneficiary's "
							 "segment.")));
			break;
	}
	pg_unreachable();
}

/* ---- diagnoses and HCCs ---- */

/*
 * Add to the set of HCCs what these codes give the person; the set has room
 * for the model's words.  Codes need be neither sorted nor distinct.
 */
void
MapCodes(const ScoreSite *site, const hcc_person *person, const icd10_code *codes, size_t n,
		 hcc_word *set)
{
	const hcc_model *model = site->model->compiled;

	for (size_t i = 0; i < n; i++)
	{
		/* a look for interrupts at each code would be felt */
		if (i % 1024 == 1023)
			CHECK_FOR_INTERRUPTS();
		hcc_map_code(model, codes[i], person, site->settings.mce, set);
	}
}

/* Is an argument a text[] and not an icd10_set?  One C function serves both. */
bool
IsTextArray(FunctionCallInfo fcinfo, int arg)
{
	Oid			type = get_fn_expr_argtype(fcinfo->flinfo, arg);

	if (unlikely(!OidIsValid(type)))
	{
		/* called without an expression: as the function is declared */
		Oid		   *types;
		int			n;

		(void) get_func_signature(fcinfo->flinfo->fn_oid, &types, &n);
		Assert(arg < n);
		type = types[arg];
	}
	return type == TEXTARRAYOID;
}

/*
 * The codes of an argument that is a text[] or an icd10_set; those of a
 * text[] as they come.  See ViewIcd10Set.
 */
void
ViewDiagnoses(FunctionCallInfo fcinfo, int arg, CodeView *codes)
{
	if (IsTextArray(fcinfo, arg))
		codes->code = ReadCodeArray(PG_GETARG_ARRAYTYPE_P(arg), &codes->n);
	else
		ViewIcd10Set(PG_GETARG_DATUM(arg), codes);
}

/*
 * The distinct codes of an argument that is a text[] or an icd10_set, sorted,
 * in the current memory context
 */
icd10_code *
ReadDiagnoses(FunctionCallInfo fcinfo, int arg, size_t *n)
{
	CodeView	view;
	icd10_code *codes;

	ViewDiagnoses(fcinfo, arg, &view);
	codes = MemoryContextAllocHuge(CurrentMemoryContext, Max(view.n, 1) * sizeof(icd10_code));
	if (view.n > 0)
		memcpy(codes, view.code, view.n * sizeof(icd10_code));
	*n = IsTextArray(fcinfo, arg) ? icd10_sort(codes, view.n) : view.n;
	Assert(icd10_is_set(codes, *n));
	return codes;
}

/*
 * A value with that many digits after the point as numeric, in the current
 * memory context
 */
Datum
FixedDatum(int64 value, int digits)
{
	Assert(digits >= 0 && digits <= 18);
	return NumericGetDatum(int64_div_fast_to_numeric(value, digits));
}

/* A score as numeric, with its three decimals */
Datum
ScoreDatum(hcc_score score)
{
	return FixedDatum(score, HCC_SCORE_DIGITS);
}

/* Texts as text[]; written in place, for such arrays are part of many rows. */
Datum
TextArray(const char *const *texts, int n)
{
	Size		size = ARR_OVERHEAD_NONULLS(1);
	ArrayType  *array;
	char	   *element;

	Assert(n >= 0);
	if (n == 0)
		return PointerGetDatum(construct_empty_array(TEXTOID));
	for (int i = 0; i < n; i++)
		size += INTALIGN(VARHDRSZ + strlen(texts[i]));
	array = palloc0(size);
	SET_VARSIZE(array, size);
	array->ndim = 1;
	array->elemtype = TEXTOID;
	ARR_DIMS(array)[0] = n;
	ARR_LBOUND(array)[0] = 1;
	element = ARR_DATA_PTR(array);
	for (int i = 0; i < n; i++)
	{
		Size		length = strlen(texts[i]);

		SET_VARSIZE(element, VARHDRSZ + length);
		memcpy(VARDATA(element), texts[i], length);
		element += INTALIGN(VARHDRSZ + length);
	}
	return PointerGetDatum(array);
}

/* The codes of a set of HCCs, in order; empty and not NULL if there is none */
Datum
HccArray(const hcc_model *model, const hcc_word *set)
{
	const char *names[HCC_MAX_WORDS * 64];
	int			n = 0;

	for (int w = 0; w < model->hcc_words; w++)
	{
		for (hcc_word rest = set[w]; rest != 0; rest &= rest - 1)
			names[n++] = model->hcc_name[w * 64 + pg_rightmost_one_pos64(rest)];
	}
	return TextArray(names, n);
}

/*
 * A name without "HCC" or "RXHCC" before it, zeros and blanks: 155 of "hcc 155".
 * Reports and spreadsheets write HCCs in all of these ways, and there is no doubt
 * about what is meant.
 */
static char *
PlainHcc(const char *name)
{
	char	   *plain;
	size_t		length;

	name += strspn(name, " \t");
	if (pg_strncasecmp(name, "RX", 2) == 0)
		name += 2;
	if (pg_strncasecmp(name, "HCC", 3) == 0)
		name += 3;
	name += strspn(name, " \t_");
	name += strspn(name, "0");
	plain = pstrdup(name);
	length = strlen(plain);
	while (length > 0 && (plain[length - 1] == ' ' || plain[length - 1] == '\t'))
		plain[--length] = '\0';
	return plain;
}

/* Is it called RXHCC, as the HCCs of drug models are? */
static bool
IsOfDrugs(const char *name)
{
	name += strspn(name, " \t");
	return pg_strncasecmp(name, "RXHCC", 5) == 0;
}

/*
 * The HCC that a user names, by code or variable, in any case; one that the
 * model does not have is an error.  The name as it is comes first, so that no
 * HCC of a user's model is taken for another one by the liberties after it.
 */
static int
NamedHcc(const CachedModel *model, const char *name)
{
	int			h = hcc_by_name(model->compiled, name);

	if (h < 0)
		h = hcc_by_name(model->compiled, PlainHcc(name));
	/* RXHCC155 is none of a model whose HCCs are not called that */
	if (h >= 0 && IsOfDrugs(name) && !IsOfDrugs(model->compiled->variable[h].name))
		h = -1;
	for (int i = 0; h < 0 && i < model->compiled->hccs; i++)
	{
		if (IsNearly(model->compiled->hcc_name[i], name) ||
			IsNearly(model->compiled->variable[i].name, name))
			h = i;
	}
	if (h < 0)
		ereport(ERROR,
				(PlainErrcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("model \"%s\" has no HCC \"%s\"", model->name, name),
				 errhint("hcc_category lists the HCCs of a model.")));
	return h;
}

/* Add HCCs that a user names, by code or variable; NULL elements are left out. */
void
AddHccs(const CachedModel *model, ArrayType *hccs, hcc_word *set)
{
	TextArrayWalk walk;
	text	   *element;

	StartTextArrayWalk(&walk, hccs);
	while ((element = NextText(&walk)) != NULL)
	{
		hcc_add(set, NamedHcc(model, text_to_cstring(element)));
	}
}

/* ---- SQL functions ---- */

/*
 * icd_to_hcc(code, model, payment_year): all that a code is mapped to; who
 * has it, and so edits, and the hierarchy do not matter.
 */
Datum
icd_to_hcc(PG_FUNCTION_ARGS)
{
	SettingArgs args = {.first = 1, .count = 2};
	hcc_word	set[HCC_MAX_WORDS] = {0};
	const hcc_model *model;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	model = GetScoreSite(fcinfo, args)->model->compiled;
	hcc_map_for_anybody(model, ReadCode(PG_GETARG_TEXT_PP(0)), set);
	PG_RETURN_DATUM(HccArray(model, set));
}

/*
 * Can a code give any HCC?  Cheaper than icd_to_hcc: rows that cannot need not
 * go through a join or an aggregate.  About half of the codes of claims give
 * none.  It may be true of a code that gives this person none: dates, edits and
 * rules are not looked at, which can only let too many rows through.
 */
Datum
icd_has_hcc(PG_FUNCTION_ARGS)
{
	SettingArgs args = {.first = 1, .count = 2};
	const hcc_model *model;
	text	   *code;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	model = GetScoreSite(fcinfo, args)->model->compiled;
	code = PG_GETARG_TEXT_PP(0);
	PG_RETURN_BOOL(hcc_find_dated_code(model, ReadCode(code)) != NULL);
}

/*
 * Add to a set what the code of the first argument gives the person of the
 * second.  That needs no segment: a person whom the model does not score has
 * HCCs, too.  The model, whose name and year are the next arguments.
 *
 * The person is seen only where the code asks for it.  Edits are on, those of the
 * code editor as well, as they are by default where people are scored.
 */
static const hcc_model *
MapCodeOfPerson(FunctionCallInfo fcinfo, hcc_word *set)
{
	SettingArgs args = {.first = 2, .count = 2};
	const hcc_model *model = GetScoreSite(fcinfo, args)->model->compiled;
	icd10_code	code = ReadCode(PG_GETARG_TEXT_PP(0));
	const hcc_code *found = hcc_find_dated_code(model, code);

	if (found != NULL && found->hcc >= 0 && !icd10_is_marked(code))
		hcc_add(set, found->hcc);
	else if (found != NULL)
	{
		hcc_person	person;

		hcc_person_for_edits(model, PG_GETARG_BENEFICIARY(1), &person);
		hcc_map_code(model, code, &person, true, set);
	}
	return model;
}

/* person_hccs(code, who, model, payment_year): what a code gives this person */
Datum
person_hccs(PG_FUNCTION_ARGS)
{
	hcc_word	set[HCC_MAX_WORDS] = {0};
	const hcc_model *model;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_NULL();
	model = MapCodeOfPerson(fcinfo, set);
	PG_RETURN_DATUM(HccArray(model, set));
}

/* person_has_hcc(code, who, model, payment_year): does it give any?  Cheaper than person_hccs */
Datum
person_has_hcc(PG_FUNCTION_ARGS)
{
	hcc_word	set[HCC_MAX_WORDS] = {0};
	hcc_word	any = 0;
	const hcc_model *model;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_NULL();
	model = MapCodeOfPerson(fcinfo, set);
	for (int w = 0; w < model->hcc_words; w++)
		any |= set[w];
	PG_RETURN_BOOL(any != 0);
}

/*
 * apply_hierarchy(hccs, model, payment_year, hierarchy_order): those that
 * stay active, after prerequisites, too, which come before the hierarchy
 */
Datum
apply_hierarchy(PG_FUNCTION_ARGS)
{
	SettingArgs args = {.first = 1, .count = 2};
	hcc_word	set[HCC_MAX_WORDS] = {0};
	const CachedModel *model;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	model = GetScoreSite(fcinfo, args)->model;
	AddHccs(model, PG_GETARG_ARRAYTYPE_P(0), set);
	hcc_resolve(model->compiled, ReadOrder(fcinfo, 3), set);
	PG_RETURN_DATUM(HccArray(model->compiled, set));
}

/*
 * raf_score(text[], who, ...): codes are mapped as they come; sorting them
 * first would cost more than repetitions do.
 */
Datum
raf_score_array(PG_FUNCTION_ARGS)
{
	SettingArgs args = {.first = 2, .count = 5};
	hcc_word	set[HCC_MAX_WORDS];
	ScoreSite  *site;
	const hcc_model *model;
	const hcc_person *person;
	TextArrayWalk walk;
	text	   *code;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_NULL();
	site = GetScoreSite(fcinfo, args);
	model = site->model->compiled;
	person = SitePerson(site, PG_GETARG_BENEFICIARY(1));
	memset(set, 0, model->hcc_words * sizeof(hcc_word));
	StartTextArrayWalk(&walk, PG_GETARG_ARRAYTYPE_P(0));
	while ((code = NextText(&walk)) != NULL)
		hcc_map_code(model, ReadCode(code), person, site->settings.mce, set);
	PG_RETURN_DATUM(ScoreDatum(ScoreSet(site, person, set)));
}

/*
 * raf_score(icd10_set, who, ...): the codes of a set are integers already, so this
 * is the faster one
 */
Datum
raf_score_set(PG_FUNCTION_ARGS)
{
	SettingArgs args = {.first = 2, .count = 5};
	hcc_word	set[HCC_MAX_WORDS];
	ScoreSite  *site;
	const hcc_person *person;
	CodeView	codes;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_NULL();
	site = GetScoreSite(fcinfo, args);
	person = SitePerson(site, PG_GETARG_BENEFICIARY(1));
	memset(set, 0, site->model->compiled->hcc_words * sizeof(hcc_word));
	ViewIcd10Set(PG_GETARG_DATUM(0), &codes);
	MapCodes(site, person, codes.code, codes.n, set);
	PG_RETURN_DATUM(ScoreDatum(ScoreSet(site, person, set)));
}

/*
 * The sites of raf_scores_of_models, in the list's order.  Where list, year and
 * mce are the same for the whole query the list stays with the pin, else it is
 * made for this call; the sites stay in any case.
 */
static ScoreSite **
ListSites(FunctionCallInfo fcinfo, CallSite *call, int *n)
{
	ArrayType  *models = PG_GETARG_ARRAYTYPE_P(2);
	bool		fixed = get_fn_expr_arg_stable(fcinfo->flinfo, 2) &&
		get_fn_expr_arg_stable(fcinfo->flinfo, 3) && get_fn_expr_arg_stable(fcinfo->flinfo, 4);
	ScoreSite **sites;
	TextArrayWalk walk;
	text	   *model;

	StartTextArrayWalk(&walk, models);
	sites = MemoryContextAlloc(fixed ? call->pin->context : CurrentMemoryContext,
							   Max(walk.left, 1) * sizeof(ScoreSite *));
	*n = 0;
	while ((model = NextText(&walk)) != NULL)
	{
		ScoreSettings settings = {
			.model = text_to_cstring(model),
			.payment_year = PG_ARGISNULL(3) ? 0 : PG_GETARG_INT32(3),
			.mce = PG_ARGISNULL(4) || PG_GETARG_BOOL(4)
		};

		sites[(*n)++] = FindScoreSite(call, &settings);
	}
	if (fixed)
	{
		call->listed = sites;
		call->n_listed = *n;
	}
	return sites;
}

/* raf_scores_of_models(diagnoses, who, models, payment_year, mce): one score each */
Datum
raf_scores_of_models(PG_FUNCTION_ARGS)
{
	CallSite   *call;
	ScoreSite **sites;
	CodeView	codes;
	Datum	   *scores;
	int			n;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1) || PG_ARGISNULL(2))
		PG_RETURN_NULL();
	call = GetCallSite(fcinfo);
	if (call->listed != NULL)
	{
		sites = call->listed;
		n = call->n_listed;
	}
	else
		sites = ListSites(fcinfo, call, &n);
	ViewIcd10Set(PG_GETARG_DATUM(0), &codes);
	scores = palloc(Max(n, 1) * sizeof(Datum));
	for (int i = 0; i < n; i++)
	{
		const hcc_person *person = SitePerson(sites[i], PG_GETARG_BENEFICIARY(1));
		hcc_word	set[HCC_MAX_WORDS];

		memset(set, 0, sites[i]->model->compiled->hcc_words * sizeof(hcc_word));
		MapCodes(sites[i], person, codes.code, codes.n, set);
		scores[i] = ScoreDatum(ScoreSet(sites[i], person, set));
	}
	PG_RETURN_ARRAYTYPE_P(construct_array(scores, n, NUMERICOID, -1, false, TYPALIGN_INT));
}

/* raf_segment(who, model, payment_year); an error if no segment fits */
Datum
raf_segment(PG_FUNCTION_ARGS)
{
	SettingArgs args = {.first = 1, .count = 2};
	ScoreSite  *site;
	const hcc_person *person;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	site = GetScoreSite(fcinfo, args);
	person = SitePerson(site, PG_GETARG_BENEFICIARY(0));
	PG_RETURN_TEXT_P(cstring_to_text(site->model->compiled->segment[person->segment].name));
}

/*
 * Whether raf_segment would find one, without an error: for queries over people
 * of whom the model does not score all
 */
Datum
raf_segment_fits(PG_FUNCTION_ARGS)
{
	SettingArgs args = {.first = 1, .count = 2};
	ScoreSite  *site;
	hcc_person	person;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	site = GetScoreSite(fcinfo, args);
	PG_RETURN_BOOL(hcc_person_make(site->model->compiled, PG_GETARG_BENEFICIARY(0), &person) ==
				   HCC_PERSON_OK);
}

/*
 * Score with one code minus score without it, whether or not it is there.  It is
 * 0 of a code whose HCC another code gives, and may be less than 0, as one HCC
 * more can change a count or drop another.
 */
Datum
raf_marginal_code(PG_FUNCTION_ARGS)
{
	SettingArgs args = {.first = 3, .count = 4};
	hcc_word	with[HCC_MAX_WORDS] = {0};
	hcc_word	without[HCC_MAX_WORDS] = {0};
	ScoreSite  *site;
	const hcc_person *person;
	icd10_code *codes;
	icd10_code	code;
	size_t		n;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1) || PG_ARGISNULL(2))
		PG_RETURN_NULL();
	site = GetScoreSite(fcinfo, args);
	person = SitePerson(site, PG_GETARG_BENEFICIARY(1));
	codes = ReadDiagnoses(fcinfo, 0, &n);
	code = ReadCode(PG_GETARG_TEXT_PP(2));

	for (size_t i = 0; i < n; i++)
	{
		if (codes[i] != code)
			MapCodes(site, person, &codes[i], 1, without);
	}
	memcpy(with, without, sizeof(with));
	MapCodes(site, person, &code, 1, with);
	PG_RETURN_DATUM(ScoreDatum(ScoreSet(site, person, with) - ScoreSet(site, person, without)));
}

/*
 * Score with a set of HCCs minus score without any of them.  They are put in and
 * taken out before prerequisites and hierarchy, as codes would have given them.
 */
Datum
raf_marginal_hccs(PG_FUNCTION_ARGS)
{
	SettingArgs args = {.first = 3, .count = 4};
	hcc_word	with[HCC_MAX_WORDS] = {0};
	hcc_word	without[HCC_MAX_WORDS] = {0};
	hcc_word	given[HCC_MAX_WORDS] = {0};
	ScoreSite  *site;
	const hcc_person *person;
	icd10_code *codes;
	size_t		n;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1) || PG_ARGISNULL(2))
		PG_RETURN_NULL();
	site = GetScoreSite(fcinfo, args);
	person = SitePerson(site, PG_GETARG_BENEFICIARY(1));
	codes = ReadDiagnoses(fcinfo, 0, &n);
	AddHccs(site->model, PG_GETARG_ARRAYTYPE_P(2), given);
	MapCodes(site, person, codes, n, without);
	for (int w = 0; w < HCC_MAX_WORDS; w++)
	{
		with[w] = without[w] | given[w];
		without[w] &= ~given[w];
	}
	PG_RETURN_DATUM(ScoreDatum(ScoreSet(site, person, with) - ScoreSet(site, person, without)));
}

/*
 * raf_pair_values(diagnoses, who, hcc, other_hcc, model, payment_year): what
 * the one, the other, and both add to all that the diagnoses give but the two.
 * HCCs are taken away, not codes: what else a code gives stays.
 */
Datum
raf_pair_values(PG_FUNCTION_ARGS)
{
	SettingArgs args = {.first = 4, .count = 2};
	hcc_word	rest[HCC_MAX_WORDS] = {0};
	hcc_score	score[4];
	Datum		values[3];
	int			hcc[2];
	ScoreSite  *site;
	const hcc_person *person;
	CodeView	codes;

	for (int i = 0; i < 4; i++)
	{
		if (PG_ARGISNULL(i))
			PG_RETURN_NULL();
	}
	site = GetScoreSite(fcinfo, args);
	person = SitePerson(site, PG_GETARG_BENEFICIARY(1));
	for (int i = 0; i < 2; i++)
		hcc[i] = NamedHcc(site->model, text_to_cstring(PG_GETARG_TEXT_PP(2 + i)));
	ViewIcd10Set(PG_GETARG_DATUM(0), &codes);
	MapCodes(site, person, codes.code, codes.n, rest);
	for (int i = 0; i < 2; i++)
		rest[hcc[i] / 64] &= ~(UINT64CONST(1) << (hcc[i] % 64));
	/* the subsets of the two: bit 0 of some is the one HCC, bit 1 the other */
	for (int some = 0; some < 4; some++)
	{
		hcc_word	set[HCC_MAX_WORDS];

		memcpy(set, rest, sizeof(set));
		for (int i = 0; i < 2; i++)
		{
			if ((some >> i) & 1)
				hcc_add(set, hcc[i]);
		}
		score[some] = ScoreSet(site, person, set);
	}
	for (int i = 0; i < 3; i++)
		values[i] = ScoreDatum(score[i + 1] - score[0]);
	PG_RETURN_ARRAYTYPE_P(construct_array(values, 3, NUMERICOID, -1, false, TYPALIGN_INT));
}

/*
 * Say that a variant has no factor.  It may be a parallel worker alone that
 * has met it, so workers say it, too, unlike NoteProvisional, which is about the
 * model that the leader has as well.
 */
static void
NoteNoFactor(const ScoreSite *site)
{
	static Said said;

	if (!SayOnce(&said, site->model->payment_year))
		return;
	ereport(WARNING,
			(errmsg("model \"%s\" has no factor for a cost-sharing variant in its metal: it "
					"counts as 1.00", site->model->name),
			 errdetail("The benefit year is %d.", site->model->payment_year),
			 errhint("Look whether variant and metal are those of the plan; factors are rows of "
					 "hcc_csr_factor.")));
}

/*
 * The person's factor for cost sharing, with two decimals or as many as it has;
 * where the model has none, 1.  HHS publishes two.  No row for a variant and its
 * metal means 1.00, with a warning, as it may be a slip in the data; nobody is
 * warned of people without variant, or of a model that knows no factors.
 */
Datum
CsrFactorDatum(const ScoreSite *site, const hcc_beneficiary *who)
{
	const hcc_model *model = site->model->compiled;
	int64		factor = hcc_csr_factor(model, who);
	int			digits = HCC_FACTOR_DIGITS;

	if (factor == 0)
	{
		if (model->csr_factor != NULL && who->csr_variant != 0)
			NoteNoFactor(site);
		return FixedDatum(100, 2);
	}
	for (; digits > 2 && factor % 10 == 0; digits--)
		factor /= 10;
	return FixedDatum(factor, digits);
}

/* raf_csr_factor(who, model, payment_year) */
Datum
raf_csr_factor(PG_FUNCTION_ARGS)
{
	SettingArgs args = {.first = 1, .count = 2};

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	PG_RETURN_DATUM(CsrFactorDatum(GetScoreSite(fcinfo, args), PG_GETARG_BENEFICIARY(0)));
}

/*
 * raf_csr_score(diagnoses, who, ...): raf_score times raf_csr_factor, not rounded:
 * it is summed up over members and months, and the errors of rounding would be, too
 */
Datum
raf_csr_score(PG_FUNCTION_ARGS)
{
	SettingArgs args = {.first = 2, .count = 4};
	hcc_word	set[HCC_MAX_WORDS];
	ScoreSite  *site;
	const hcc_person *person;
	CodeView	codes;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_NULL();
	site = GetScoreSite(fcinfo, args);
	person = SitePerson(site, PG_GETARG_BENEFICIARY(1));
	memset(set, 0, site->model->compiled->hcc_words * sizeof(hcc_word));
	ViewDiagnoses(fcinfo, 0, &codes);
	MapCodes(site, person, codes.code, codes.n, set);
	PG_RETURN_DATUM(DirectFunctionCall2(numeric_mul, ScoreDatum(ScoreSet(site, person, set)),
										CsrFactorDatum(site, PG_GETARG_BENEFICIARY(1))));
}

/*
 * raf_metal_scores(diagnoses, who, model, payment_year): the scores that the
 * person would have in plans of each metal, in the order of the type's words.
 * A metal without segment has NULL.
 *
 * What the codes give does not depend on the metal, so they are mapped once; the
 * coefficients do.  A segment that the beneficiary names would be the same for
 * all metals, and is left out.
 */
Datum
raf_metal_scores(PG_FUNCTION_ARGS)
{
	SettingArgs args = {.first = 2, .count = 2};
	hcc_word	set[HCC_MAX_WORDS] = {0};
	Datum		scores[HCC_METALS - 1];
	bool		nulls[HCC_METALS - 1];
	hcc_beneficiary who;
	hcc_person	person;
	ScoreSite  *site;
	CodeView	codes;
	int			n = HCC_METALS - 1;
	int			first = 1;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_NULL();
	site = GetScoreSite(fcinfo, args);
	who = *PG_GETARG_BENEFICIARY(1);
	memset(who.segment, 0, sizeof(who.segment));
	hcc_person_for_edits(site->model->compiled, &who, &person);
	ViewDiagnoses(fcinfo, 0, &codes);
	MapCodes(site, &person, codes.code, codes.n, set);
	hcc_resolve(site->model->compiled, site->settings.order, set);
	for (int i = 0; i < n; i++)
	{
		who.metal = i + 1;
		nulls[i] = hcc_person_make(site->model->compiled, &who, &person) != HCC_PERSON_OK;
		if (!nulls[i])
			scores[i] = ScoreDatum(hcc_evaluate(site->model->compiled, &person, set));
	}
	PG_RETURN_ARRAYTYPE_P(construct_md_array(scores, nulls, 1, &n, &first, NUMERICOID, -1, false,
											 TYPALIGN_INT));
}

/* hccraf_fingerprint(model, payment_year, calibration), as 16 hexadecimal digits */
Datum
hccraf_fingerprint(PG_FUNCTION_ARGS)
{
	SettingArgs args = {.first = 0, .count = 3};
	const hcc_model *model = GetScoreSite(fcinfo, args)->model->compiled;

	PG_RETURN_TEXT_P(cstring_to_text(psprintf("%016llx", (unsigned long long) model->fingerprint)));
}
