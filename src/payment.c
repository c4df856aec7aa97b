/*
 * payment.c
 *	  From raw score to payment score.
 *
 * CMS's published order: normalize and round, apply the coding-pattern
 * adjustment and round, weigh for the blend and round; three decimals each,
 * halves away from zero.  All in integers.  The rounding of the weighted parts is
 * what the trade does and no published rule; without it results differ by 0.001
 * at most.
 *
 * What a program pays in a year is a plan (LoadPaymentPlan): a list of parts, a
 * model with its factors each.  A person is paid by one component of the plan,
 * the one whose facts the person meets, and by all parts of it, whose weighted
 * scores add up: in 2024 and 2025 Part C of MA has two, V24 and V28.  A functioning
 * graft is a component of its own since it has a normalization of its own.
 *
 * Who cannot be paid is found out in two ways that must agree: raf_payment raises
 * an error, and hcc_payment_problem returns words, by which a run lists the people
 * whom it cannot score and goes on with the others.  That is why the reasons are
 * filled into a PaymentProblem first.
 *
 * No message has a score, a factor of a person's, or a code: they are patients'.
 */
#include "postgres.h"

#include "catalog/pg_type_d.h"
#include "common/int.h"
#include "fmgr.h"
#include "funcapi.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/numeric.h"

#include "compat.h"
#include "model_load.h"
#include "payment.h"
#include "raise.h"
#include "score.h"

PG_FUNCTION_INFO_V1(raf_payment);
PG_FUNCTION_INFO_V1(raf_payment_explain);
PG_FUNCTION_INFO_V1(raf_scores);
PG_FUNCTION_INFO_V1(raf_full_payment);
PG_FUNCTION_INFO_V1(hcc_payment_problem);

#define MILLION INT64CONST(1000000)	/* 1 as a factor */

/*
 * a * b / c, rounded half away from zero; b is not below 0, c above.  An
 * error if it is larger than any payment score; the score, which is a
 * person's, is not told.
 *
 * A model does not compile if it could give a raw score that does not fit, but
 * the factors are other rows: a normalization of 0.000001 is one that somebody
 * can write.
 */
static int64
MultiplyDivide(int64 a, int64 b, int64 c)
{
	/* thousandths times millionths are beyond 64 bits; the sign apart, halves go away from zero */
	int128		product = (int128) (a < 0 ? -(int128) a : a) * b;
	int128		quotient = product / c;

	Assert(b >= 0 && c > 0);
	/* half of c, rounded up: of an odd c there is no half */
	if (product % c >= c / 2 + c % 2)
		quotient++;
	if (quotient > HCC_MAX_PAYMENT)
		ereport(ERROR,
				(PlainErrcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("a payment score is out of range"),
				 errhint("See normalization_factor, coding_pattern_adjustment and blend_weight in "
						 "payment_year_parameter.")));
	return a < 0 ? -(int64) quotient : (int64) quotient;
}

/*
 * The sum of two scores none of which is larger than the largest; an error if
 * that is.  Two of them fit into 64 bits by far, so the sum may be made first.
 */
hcc_score
AddScores(hcc_score a, hcc_score b)
{
	hcc_score	sum = a + b;

	Assert(a >= -HCC_MAX_PAYMENT && a <= HCC_MAX_PAYMENT);
	Assert(b >= -HCC_MAX_PAYMENT && b <= HCC_MAX_PAYMENT);
	if (sum > HCC_MAX_PAYMENT || sum < -HCC_MAX_PAYMENT)
		ereport(ERROR,
				(PlainErrcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("a payment score is out of range")));
	return sum;
}

/*
 * The steps of CMS's order for a part that is known; a score that is out of
 * range is an error.  Raw and frailty are in thousandths; frailty, of a plan,
 * comes behind the coding adjustment and before the blend.
 */
PaymentSteps
StepPayment(const PaymentPart *part, hcc_score raw, hcc_score frailty)
{
	PaymentSteps steps;

	Assert(PartIsKnown(part));
	steps.normalized = MultiplyDivide(raw, MILLION, part->normalization);
	steps.adjusted = MultiplyDivide(steps.normalized, MILLION - part->coding_adjustment, MILLION);
	/* frailty is CMS's own measure of a plan's people: no coding of the plan's is in it */
	steps.adjusted = AddScores(steps.adjusted, frailty);
	steps.weighted = MultiplyDivide(steps.adjusted, part->weight, MILLION);
	return steps;
}

/*
 * One model's part of a payment score, which is a row of raf_payment_explain.
 * The pointers are into the plan and the model, which the call site has pinned:
 * they hold while its rows are handed out.
 */
typedef struct PartScore
{
	const PaymentPart *part;
	const CachedModel *model;
	const char *segment;
	hcc_word	active[HCC_MAX_WORDS];	/* HCCs after the hierarchy */
	hcc_split	split;			/* of raw */
	hcc_score	raw;
	PaymentSteps steps;
	hcc_score	payment;		/* of all parts together */
	bool		leading;		/* whose HCCs and segment stand for the whole */
} PartScore;

/*
 * Why somebody cannot be paid by a plan.  Begins zeroed; the first reason that
 * is found is the one told.  The strings are in the current memory context, or
 * constants.
 */
typedef struct PaymentProblem
{
	int			sqlstate;		/* 0: there is none */
	char	   *message;
	char	   *detail;			/* or NULL */
	char	   *hint;
} PaymentProblem;

/* The error of a problem */
pg_noreturn static void
RaiseProblem(const PaymentProblem *problem)
{
	Assert(problem->sqlstate != 0);
	ereport(ERROR,
			(PlainErrcode(problem->sqlstate),
			 errmsg("%s", problem->message),
			 problem->detail != NULL ? errdetail("%s", problem->detail) : 0,
			 errhint("%s", problem->hint)));
}

/*
 * A factor that the tables do not have.  The hint is a statement to complete,
 * for this is no fault of the user's: the factors of some years were not found
 * published, and the rows say so by NULL.
 */
static void
MissingParameter(const PaymentPlan *plan, const PaymentPart *part, const char *column,
				 PaymentProblem *problem)
{
	problem->sqlstate = ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE;
	problem->message = psprintf("the %s of model \"%s\" for payment year %d, program \"%s\", "
								"component \"%s\" is not known",
								column, part->model, plan->entry.year, plan->entry.name,
								part->component->name);
	problem->hint = psprintf("Add it: INSERT INTO payment_year_parameter (payment_year, program, "
							 "component, model_version, calibration, normalization_factor, "
							 "coding_pattern_adjustment, blend_weight) "
							 "VALUES (%d, '%s', '%s', '%s', '%s', ...);",
							 plan->entry.year, plan->entry.name, part->component->name, part->model,
							 part->calibration ? part->calibration : "...");
}

/*
 * Is a part known, and sure enough to pay by?  Low confidence is a factor that
 * one source alone has, or an approximation by another model: a payment by it
 * has to be asked for.
 */
static bool
CheckPart(const PaymentPlan *plan, const PaymentPart *part, bool allow_low_confidence,
		  PaymentProblem *problem)
{
	if (part->normalization <= 0)
		MissingParameter(plan, part, "normalization_factor", problem);
	else if (part->weight < 0)
		MissingParameter(plan, part, "blend_weight", problem);
	else if (part->low_confidence && !allow_low_confidence)
	{
		problem->sqlstate = ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE;
		problem->message = psprintf("the payment parameters of model \"%s\" for payment year %d, "
									"program \"%s\", component \"%s\" are of low confidence",
									part->model, plan->entry.year, plan->entry.name,
									part->component->name);
		problem->hint = "Verify them and add a row of your own to payment_year_parameter, "
			"or pass allow_low_confidence => true.";
	}
	return problem->sqlstate == 0;
}

/*
 * A plan that has nothing for this person, or not what was asked for: there is
 * no such year, no component for the person, or none of that name, for which
 * the hint may have the right spelling
 */
static void
NoComponent(const PaymentPlan *plan, const char *asked, PaymentProblem *problem)
{
	StringInfoData what;

	initStringInfo(&what);
	appendStringInfo(&what, "payment year %d, program \"%s\"", plan->entry.year, plan->entry.name);
	if (asked != NULL)
		appendStringInfo(&what, ", component \"%s\"", asked);
	else if (plan->parts > 0)
		appendStringInfoString(&what, ", for this person's ESRD status");
	problem->sqlstate = ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE;
	problem->message = psprintf("there are no payment parameters for %s", what.data);
	problem->hint = psprintf("Add a row for each model of the year's blend to "
							 "payment_year_parameter.%s", plan->year_hint);
	for (int i = 0; asked != NULL && i < plan->parts; i++)
	{
		if (IsNearly(plan->part[i].component->name, asked))
			problem->hint = psprintf("Write it as it is there: %s.",
									 plan->part[i].component->name);
	}
}

/*
 * A component that a plan pays nobody by is an error, where the plan pays
 * somebody.  A year without parameters is none here: gaps, which ask this, have
 * raw values then, and no payment.
 */
void
CheckComponent(const PaymentPlan *plan, const char *component)
{
	PaymentProblem problem = {0};

	for (int i = 0; i < plan->parts; i++)
	{
		if (strcmp(plan->part[i].component->name, component) == 0)
			return;
	}
	if (plan->parts == 0)
		return;
	NoComponent(plan, component, &problem);
	RaiseProblem(&problem);
}

/*
 * The component to pay by: as asked, or the one of the plan that fits the
 * person; NULL if there is a problem.
 *
 * Where several fit, as PACE pays Part C and Part D, none is taken: they are
 * different payments, not alternatives, and a sum of them would be no score.
 * A component that is asked for and is not for the person is refused, too, or
 * somebody with dialysis would be paid as everybody else.
 */
static const PaymentComponent *
ChooseComponent(const PaymentPlan *plan, const char *asked, hcc_facts facts,
				PaymentProblem *problem)
{
	const PaymentComponent *chosen = NULL;
	StringInfoData fitting = {0};

	for (int i = 0; i < plan->parts; i++)
	{
		const PaymentComponent *component = plan->part[i].component;

		bool		fits = ComponentFits(component, facts);

		/* parts of one component stand together, so each is looked at once */
		if (component == chosen || !(asked ? strcmp(component->name, asked) == 0 : fits))
			continue;
		if (!fits)
		{
			problem->sqlstate = ERRCODE_INVALID_PARAMETER_VALUE;
			problem->message = psprintf("component \"%s\" is not for this person", component->name);
			problem->hint = "payment_component says whom it is for. Leave component NULL to "
				"have it chosen, or correct esrd and graft_months of the beneficiary.";
			return NULL;
		}
		if (chosen != NULL)
		{
			if (fitting.data == NULL)
			{
				initStringInfo(&fitting);
				appendStringInfoString(&fitting, chosen->name);
			}
			appendStringInfo(&fitting, ", %s", component->name);
		}
		chosen = component;
	}
	if (chosen == NULL)
		NoComponent(plan, asked, problem);
	else if (fitting.data != NULL)
	{
		problem->sqlstate = ERRCODE_AMBIGUOUS_PARAMETER;
		problem->message = psprintf("program \"%s\" pays this person by several scores in "
									"payment year %d", plan->entry.name, plan->entry.year);
		problem->detail = psprintf("Components that fit: %s.", fitting.data);
		problem->hint = "Name one with component => '...'.";
		return NULL;
	}
	return chosen;
}

/* Is a numeric neither NaN nor infinite? */
static bool
IsFinite(Numeric number)
{
	return !numeric_is_nan(number) && !numeric_is_inf(number);
}

/* A numeric against an integer */
static int
CompareNumerics(Datum a, int64 b)
{
	return DatumGetInt32(DirectFunctionCall2(numeric_cmp, a, NumericGetDatum(int64_to_numeric(b))));
}

/* The error for a frailty score, which is not told: it may be a person's. */
pg_noreturn static void
BadFrailty(void)
{
	ereport(ERROR,
			(PlainErrcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
			 errmsg("invalid value for argument \"frailty\""),
			 errdetail("It takes a score from -10 to 10 with at most three decimals.")));
}

/* A frailty score for a component that has no place for one, as Part D has none */
static void
NoFrailty(const PaymentComponent *component, PaymentProblem *problem)
{
	problem->sqlstate = ERRCODE_INVALID_PARAMETER_VALUE;
	problem->message = psprintf("component \"%s\" takes no frailty score", component->name);
	problem->hint = "payment_component says which do. Leave frailty NULL for the others.";
}

/*
 * The frailty score of an argument, in thousandths.  The bounds are those of the
 * column frailty of a panel's people; more than three decimals are refused, not
 * rounded, since no score has more.
 */
static hcc_score
ReadFrailty(FunctionCallInfo fcinfo, int arg, const PaymentComponent *component)
{
	Datum		thousandths;
	hcc_score	frailty;

	/* nearly everybody's; what follows would take longer than the payment does */
	if (PG_ARGISNULL(arg) || CompareNumerics(PG_GETARG_DATUM(arg), 0) == 0)
		return 0;
	if (!IsFinite(PG_GETARG_NUMERIC(arg)) ||
		CompareNumerics(PG_GETARG_DATUM(arg), 10) > 0 ||
		CompareNumerics(PG_GETARG_DATUM(arg), -10) < 0)
		BadFrailty();
	thousandths = DirectFunctionCall2(numeric_mul, PG_GETARG_DATUM(arg),
									  NumericGetDatum(int64_to_numeric(1000)));
	frailty = DatumGetInt64(DirectFunctionCall1(numeric_int8, thousandths));
	if (CompareNumerics(thousandths, frailty) != 0)
		BadFrailty();
	if (frailty != 0 && !component->takes_frailty)
	{
		PaymentProblem problem = {0};

		NoFrailty(component, &problem);
		RaiseProblem(&problem);
	}
	return frailty;
}

/*
 * The score site of a part: its model and calibration in the plan's year.  It is
 * looked up for each person anew, since which parts are needed depends on the
 * person; a call site has few.
 */
static ScoreSite *
PartSite(FunctionCallInfo fcinfo, CallSite *call, const PaymentPlan *plan,
		 const PaymentPart *part, int mce_arg)
{
	ScoreSettings settings = {
		.model = part->model,
		.payment_year = plan->entry.year,
		.calibration = part->calibration,
		.mce = PG_ARGISNULL(mce_arg) || PG_GETARG_BOOL(mce_arg)
	};

	return FindScoreSite(call, &settings);
}

/*
 * Give all parts their sum, and say which of them leads: the largest weight,
 * of equals the first.  There is at least one.  A stored score has one list of
 * HCCs and one segment, and in a blend these are the leading model's.
 */
static void
SumParts(PartScore *scores, int parts)
{
	hcc_score	payment = 0;
	PartScore  *leading = scores;

	Assert(parts > 0);
	for (int i = 0; i < parts; i++)
	{
		payment = AddScores(payment, scores[i].steps.weighted);
		if (scores[i].part->weight > leading->part->weight)
			leading = &scores[i];
	}
	for (int i = 0; i < parts; i++)
	{
		scores[i].payment = payment;
		scores[i].leading = &scores[i] == leading;
	}
}

/*
 * The parts of the payment score that the arguments (diagnoses, who,
 * payment_year, program, component, mce, allow_low_confidence, frailty) ask
 * for; NULL if diagnoses or who are, else at least one.  They are in the rows
 * of the call site, until its next call: room that is reserved once and not for
 * each of a million people.
 *
 * The call site is made first, also where nothing is to be scored: callers find
 * it in fn_extra.
 */
static PartScore *
ScoreParts(FunctionCallInfo fcinfo, int *parts)
{
	CallSite   *call = GetCallSite(fcinfo);
	const PaymentPlan *plan;
	const PaymentComponent *component;
	const hcc_beneficiary *who;
	PartScore  *scores;
	PaymentProblem problem = {0};
	CodeView	codes;
	hcc_score	frailty;

	*parts = 0;
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		return NULL;
	if (PG_ARGISNULL(2) || PG_ARGISNULL(3))
		ereport(ERROR,
				(PlainErrcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("payment_year and program must not be NULL")));

	who = PG_GETARG_BENEFICIARY(1);
	plan = GetPaymentPlan(call->pin, PG_GETARG_INT32(2), text_to_cstring(PG_GETARG_TEXT_PP(3)));
	component = ChooseComponent(plan,
								PG_ARGISNULL(4) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(4)),
								hcc_beneficiary_facts(who), &problem);
	if (component == NULL)
		RaiseProblem(&problem);
	frailty = ReadFrailty(fcinfo, 7, component);

	/* codes are read once; each model maps them by itself */
	ViewDiagnoses(fcinfo, 0, &codes);
	scores = ReserveRows(fcinfo, &call->rows, plan->parts, sizeof(PartScore));
	for (int i = 0; i < plan->parts; i++)
	{
		const PaymentPart *part = &plan->part[i];
		PartScore  *score = &scores[*parts];
		const hcc_person *person;
		ScoreSite  *site;

		if (part->component != component)
			continue;
		if (!CheckPart(plan, part, !PG_ARGISNULL(6) && PG_GETARG_BOOL(6), &problem))
			RaiseProblem(&problem);
		if (part->provisional)
			NoteProvisional(plan->entry.year);
		site = PartSite(fcinfo, call, plan, part, 5);
		person = SitePerson(site, who);
		score->part = part;
		score->model = site->model;
		score->segment = site->model->compiled->segment[person->segment].name;
		MapCodes(site, person, codes.code, codes.n, score->active);
		hcc_resolve(site->model->compiled, site->settings.order, score->active);
		score->raw = hcc_evaluate_split(site->model->compiled, person, score->active,
										&score->split);
		score->steps = StepPayment(part, score->raw, frailty);
		(*parts)++;
	}
	SumParts(scores, *parts);
	return scores;
}

/*
 * raf_payment(diagnoses, who, payment_year, program, ...): the payment score;
 * NULL if diagnoses or who are
 */
Datum
raf_payment(PG_FUNCTION_ARGS)
{
	int			parts;
	PartScore  *scores = ScoreParts(fcinfo, &parts);

	if (scores == NULL)
		PG_RETURN_NULL();
	PG_RETURN_DATUM(ScoreDatum(scores->payment));
}

/*
 * Does a model have a segment for somebody?  The words are not those of
 * MakePerson, which has the person's own segment to tell.
 */
static bool
HasSegment(ScoreSite *site, const hcc_beneficiary *who, PaymentProblem *problem)
{
	hcc_person	person;

	if (hcc_person_make(site->model->compiled, who, &person) == HCC_PERSON_OK)
		return true;
	problem->sqlstate = ERRCODE_INVALID_PARAMETER_VALUE;
	problem->message = psprintf("no segment of model \"%s\" fits this person", site->model->name);
	problem->hint = "The rules are in hcc_segment.";
	return false;
}

/*
 * hcc_payment_problem(who, payment_year, program, component,
 * allow_low_confidence, frailty): NULL if raf_payment can pay this person, else
 * what its error would say, and the hint; NULL of nobody, and without year or
 * program
 *
 * It goes the way of ScoreParts without the diagnoses: nothing that a person can
 * be refused for depends on these.  Whether frailty is in range is not asked
 * here; the reader of people has asked it.
 */
Datum
hcc_payment_problem(PG_FUNCTION_ARGS)
{
	bool		allow_low_confidence = !PG_ARGISNULL(4) && PG_GETARG_BOOL(4);
	CallSite   *call;
	const hcc_beneficiary *who;
	PaymentProblem problem = {0};
	const PaymentPlan *plan;
	const PaymentComponent *component;
	Datum		told[2];

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1) || PG_ARGISNULL(2))
		PG_RETURN_NULL();
	call = GetCallSite(fcinfo);
	who = PG_GETARG_BENEFICIARY(0);
	plan = GetPaymentPlan(call->pin, PG_GETARG_INT32(1), text_to_cstring(PG_GETARG_TEXT_PP(2)));
	component = ChooseComponent(plan,
								PG_ARGISNULL(3) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(3)),
								hcc_beneficiary_facts(who), &problem);
	for (int i = 0; component != NULL && i < plan->parts; i++)
	{
		const PaymentPart *part = &plan->part[i];
		ScoreSettings settings = {
			.model = part->model, .payment_year = plan->entry.year,
			.calibration = part->calibration, .mce = true
		};

		if (part->component == component &&
			(!CheckPart(plan, part, allow_low_confidence, &problem) ||
			 !HasSegment(FindScoreSite(call, &settings), who, &problem)))
			break;
	}
	if (problem.sqlstate == 0 && !component->takes_frailty && !PG_ARGISNULL(5) &&
		CompareNumerics(PG_GETARG_DATUM(5), 0) != 0)
		NoFrailty(component, &problem);
	if (problem.sqlstate == 0)
		PG_RETURN_NULL();
	told[0] = CStringGetTextDatum(problem.message);
	told[1] = CStringGetTextDatum(problem.hint);
	PG_RETURN_ARRAYTYPE_P(construct_array(told, 2, TEXTOID, -1, false, TYPALIGN_INT));
}

/* A factor with three decimals, as CMS publishes them, or as many as it has */
static Datum
FactorDatum(int64 millionths)
{
	return millionths % 1000 == 0 ? FixedDatum(millionths / 1000, 3) : FixedDatum(millionths, 6);
}

/*
 * The active payment HCCs of a part.  Others may be active, and even have a
 * coefficient, where hcc_category says that they are no payment HCCs.
 */
static Datum
PaymentHccs(const PartScore *score)
{
	const hcc_model *model = score->model->compiled;
	hcc_word	paid[HCC_MAX_WORDS];

	for (int w = 0; w < model->hcc_words; w++)
		paid[w] = score->active[w] & model->payment[w];
	return HccArray(model, paid);
}

/* The columns of raf_payment_explain */
#define EXPLAINED_COLUMNS 18

/* The same, one row for each model's part of it */
Datum
raf_payment_explain(PG_FUNCTION_ARGS)
{
	ResultRows *rows = PendingRows(fcinfo);
	const PartScore *score;
	bool		nulls[EXPLAINED_COLUMNS] = {false};

	/* the first call for a person computes all rows, and every call returns one */
	if (rows == NULL)
	{
		int			parts;

		ScoreParts(fcinfo, &parts);
		rows = &((CallSite *) fcinfo->flinfo->fn_extra)->rows;
		StartRows(fcinfo, rows, parts);
	}
	if ((score = NextRow(rows)) == NULL)
		return EndRows(fcinfo, rows);
	else
	{
		Datum		values[EXPLAINED_COLUMNS] = {
			CStringGetTextDatum(score->part->component->name),
			CStringGetTextDatum(score->part->model),
			CStringGetTextDatum(score->model->calibration),
			CStringGetTextDatum(score->segment),
			PaymentHccs(score),
			ScoreDatum(score->split.demographic),
			ScoreDatum(score->split.disease),
			ScoreDatum(score->split.interaction),
			ScoreDatum(score->raw),
			FactorDatum(score->part->normalization),
			ScoreDatum(score->steps.normalized),
			FactorDatum(score->part->coding_adjustment),
			ScoreDatum(score->steps.adjusted),
			FactorDatum(score->part->weight),
			ScoreDatum(score->steps.weighted),
			ScoreDatum(score->payment),
			BoolGetDatum(score->leading),
			BoolGetDatum(score->part->provisional || score->model->provisional)
		};

		return ReturnRow(fcinfo, rows, values, nulls);
	}
}

/* The message for a list of programs that none of has a plan in the year */
pg_noreturn static void
NoPlans(ArrayType *programs, int payment_year, const char *year_hint)
{
	StringInfoData names;
	TextArrayWalk walk;
	text	   *program;

	initStringInfo(&names);
	StartTextArrayWalk(&walk, programs);
	while ((program = NextText(&walk)) != NULL)
		appendStringInfo(&names, "%s\"%s\"", names.len > 0 ? ", " : "", text_to_cstring(program));
	ereport(ERROR,
			(PlainErrcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("there are no payment parameters for these programs in payment year %d",
					payment_year),
			 names.len > 0 ? errdetail("The programs asked for are: %s.", names.data) : 0,
			 errhint("payment_year_parameter lists years and programs.%s", year_hint)));
}

/*
 * raf_scores(diagnoses, who, payment_year, programs, mce): the raw score of
 * every part of these programs' plans whose component fits the person.
 *
 * No factor is needed for that, so parts with unknown ones have their row, and
 * several components may fit.  A program without plan is passed over as long as
 * another one has some; all of them without is an error, for no rows at all
 * would look like a person whom nobody pays for.
 */
Datum
raf_scores(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	const hcc_beneficiary *who;
	hcc_facts	facts;
	CallSite   *call;
	TextArrayWalk walk;
	text	   *program;
	CodeView	codes;
	int			parts = 0;
	const char *year_hint = "";

	InitMaterializedSRF(fcinfo, 0);
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		return (Datum) 0;
	if (PG_ARGISNULL(2) || PG_ARGISNULL(3))
		ereport(ERROR,
				(PlainErrcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("payment_year and programs must not be NULL")));
	call = GetCallSite(fcinfo);
	who = PG_GETARG_BENEFICIARY(1);
	facts = hcc_beneficiary_facts(who);
	ViewIcd10Set(PG_GETARG_DATUM(0), &codes);

	StartTextArrayWalk(&walk, PG_GETARG_ARRAYTYPE_P(3));
	while ((program = NextText(&walk)) != NULL)
	{
		const PaymentPlan *plan = GetPaymentPlan(call->pin, PG_GETARG_INT32(2),
												 text_to_cstring(program));

		parts += plan->parts;
		year_hint = plan->year_hint;
		for (int i = 0; i < plan->parts; i++)
		{
			const PaymentPart *part = &plan->part[i];
			hcc_word	set[HCC_MAX_WORDS] = {0};
			bool		nulls[6] = {false};
			Datum		values[6];
			const hcc_person *person;
			ScoreSite  *site;

			if (!ComponentFits(part->component, facts))
				continue;
			site = PartSite(fcinfo, call, plan, part, 4);
			person = SitePerson(site, who);
			MapCodes(site, person, codes.code, codes.n, set);
			values[0] = CStringGetTextDatum(plan->entry.name);
			values[1] = CStringGetTextDatum(part->component->name);
			values[2] = CStringGetTextDatum(part->model);
			values[3] = CStringGetTextDatum(site->model->calibration);
			values[4] = CStringGetTextDatum(site->model->compiled->segment[person->segment].name);
			values[5] = ScoreDatum(ScoreSet(site, person, set));
			tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
		}
	}
	if (parts == 0)
		NoPlans(PG_GETARG_ARRAYTYPE_P(3), PG_GETARG_INT32(2), year_hint);
	return (Datum) 0;
}

/* A numeric rounded as scores are, half away from zero */
static Datum
RoundToScore(Datum number)
{
	return DirectFunctionCall2(numeric_round, number, Int32GetDatum(HCC_SCORE_DIGITS));
}

/*
 * raf_full_payment(raw_score, normalization_factor, coding_pattern_adjustment):
 * normalized, rounded, adjusted, rounded.
 *
 * The factors are the caller's and may have any number of decimals, so this is
 * in numeric.  The steps are those of StepPayment with a weight of 1.  STRICT:
 * no argument is NULL.
 */
Datum
raf_full_payment(PG_FUNCTION_ARGS)
{
	Datum		one = NumericGetDatum(int64_to_numeric(1));
	Datum		normalized;

	if (!IsFinite(PG_GETARG_NUMERIC(0)) || !IsFinite(PG_GETARG_NUMERIC(1)) ||
		!IsFinite(PG_GETARG_NUMERIC(2)))
		ereport(ERROR,
				(PlainErrcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("a score cannot be made of NaN or infinity")));
	if (CompareNumerics(PG_GETARG_DATUM(1), 0) <= 0)
		ereport(ERROR,
				(PlainErrcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("invalid value for argument \"normalization_factor\": %s",
						numeric_normalize(PG_GETARG_NUMERIC(1))),
				 errdetail("It takes a number above 0.")));
	normalized = RoundToScore(DirectFunctionCall2(numeric_div,
												  PG_GETARG_DATUM(0), PG_GETARG_DATUM(1)));
	PG_RETURN_DATUM(RoundToScore(DirectFunctionCall2(numeric_mul, normalized,
		DirectFunctionCall2(numeric_sub, one, PG_GETARG_DATUM(2)))));
}
