/*
 * payment.c
 *	  From raw score to payment score.
 *
 * CMS's published order: normalize and round, apply the coding-pattern
 * adjustment and round, weigh for the blend and round; three decimals each,
 * halves away from zero.  All in integers.
 */
#include "postgres.h"

#include "fmgr.h"
#include "funcapi.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/numeric.h"

#include "compat.h"
#include "score.h"

PG_FUNCTION_INFO_V1(raf_payment);
PG_FUNCTION_INFO_V1(raf_payment_explain);
PG_FUNCTION_INFO_V1(raf_scores);

#define MILLION INT64CONST(1000000)

/* a * b / c, rounded half away from zero; b and c are positive */
static int64
MultiplyDivide(int64 a, int64 b, int64 c)
{
	int64		half = c / 2 + c % 2;
	int64		product = (a < 0 ? -a : a) * b;
	int64		quotient = product / c;

	if (product % c >= half)
		quotient++;
	return a < 0 ? -quotient : quotient;
}

/* One model's part of a payment score */
typedef struct PartScore
{
	const PaymentPart *part;
	const char *calibration;
	const char *segment;
	hcc_score	raw;
	hcc_score	normalized;
	hcc_score	adjusted;
	hcc_score	weighted;
} PartScore;

/* The message for a factor that the tables do not have */
pg_noreturn static void
MissingParameter(const PaymentPlan *plan, const PaymentPart *part, const char *column)
{
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("the %s of model \"%s\" for payment year %d, program \"%s\", component \"%s\" is not known",
					column, part->model, plan->payment_year, plan->program, part->component->name),
			 errhint("Add it: INSERT INTO payment_year_parameter (payment_year, program, component, model_version, calibration, "
					 "normalization_factor, coding_pattern_adjustment, blend_weight) VALUES (%d, '%s', '%s', '%s', '%s', ...);",
					 plan->payment_year, plan->program, part->component->name, part->model,
					 part->calibration ? part->calibration : "...")));
}

/* Is a part known, and sure enough to pay by? */
static void
CheckPart(const PaymentPlan *plan, const PaymentPart *part, bool allow_low_confidence)
{
	if (part->normalization <= 0)
		MissingParameter(plan, part, "normalization_factor");
	if (part->weight < 0)
		MissingParameter(plan, part, "blend_weight");
	if (part->low_confidence && !allow_low_confidence)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("the payment parameters of model \"%s\" for payment year %d, program \"%s\", component \"%s\" are of low confidence",
						part->model, plan->payment_year, plan->program, part->component->name),
				 errhint("Verify them and add a row of your own to payment_year_parameter, or pass allow_low_confidence => true.")));
}

static bool
ComponentFits(const PaymentComponent *component, hcc_facts facts)
{
	return (facts & component->requires) == component->requires && (facts & component->forbids) == 0;
}

/*
 * The component to pay by: as asked, or the one of the plan that fits the
 * person.
 */
static const PaymentComponent *
ChooseComponent(const PaymentPlan *plan, const char *asked, hcc_facts facts)
{
	const PaymentComponent *chosen = NULL;
	StringInfoData fitting;

	initStringInfo(&fitting);
	for (int i = 0; i < plan->parts; i++)
	{
		const PaymentComponent *component = plan->part[i].component;

		if (component == chosen || !(asked ? strcmp(component->name, asked) == 0 : ComponentFits(component, facts)))
			continue;
		if (!ComponentFits(component, facts))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("component \"%s\" is not for this person", component->name),
					 errhint("payment_component says whom it is for. Leave component NULL to have it chosen, or correct esrd and graft_months of the beneficiary.")));
		appendStringInfo(&fitting, "%s%s", chosen ? ", " : "", component->name);
		chosen = component;
	}
	if (chosen == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 asked ? errmsg("there are no payment parameters for payment year %d, program \"%s\", component \"%s\"",
								plan->payment_year, plan->program, asked) :
				 errmsg("there are no payment parameters for payment year %d, program \"%s\"%s",
						plan->payment_year, plan->program, plan->parts > 0 ? ", for this person's ESRD status" : ""),
				 errhint("Add a row for each model of the year's blend to payment_year_parameter.")));
	if (!asked && strcmp(fitting.data, chosen->name) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_AMBIGUOUS_PARAMETER),
				 errmsg("program \"%s\" pays this person by several scores in payment year %d", plan->program, plan->payment_year),
				 errdetail("Components that fit: %s.", fitting.data),
				 errhint("Name one with component => '...'.")));
	return chosen;
}

/* The frailty score of an argument, in thousandths */
static hcc_score
ReadFrailty(FunctionCallInfo fcinfo, int arg, const PaymentComponent *component)
{
	Datum		thousandths;
	hcc_score	frailty;

	if (PG_ARGISNULL(arg))
		return 0;
	thousandths = DirectFunctionCall2(numeric_mul, PG_GETARG_DATUM(arg), NumericGetDatum(int64_to_numeric(1000)));
	frailty = DatumGetInt64(DirectFunctionCall1(numeric_int8, thousandths));
	if (!DatumGetBool(DirectFunctionCall2(numeric_eq, thousandths, NumericGetDatum(int64_to_numeric(frailty)))) ||
		frailty < -10000 || frailty > 10000)
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("invalid value for argument \"frailty\""),
				 errdetail("It takes a score from -10 to 10 with at most three decimals.")));
	if (frailty != 0 && !component->takes_frailty)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("component \"%s\" takes no frailty score", component->name)));
	return frailty;
}

/* The score site of a part: its model and calibration in the plan's year */
static ScoreSite *
PartSite(FunctionCallInfo fcinfo, CallSite *call, const PaymentPlan *plan, const PaymentPart *part, int mce_arg)
{
	ScoreSettings settings = {
		.model = part->model,
		.payment_year = plan->payment_year,
		.calibration = part->calibration,
		.mce = PG_ARGISNULL(mce_arg) || PG_GETARG_BOOL(mce_arg)
	};

	return FindScoreSite(fcinfo, call, &settings);
}

/*
 * The parts of the payment score that the arguments (diagnoses, who,
 * payment_year, program, component, mce, allow_low_confidence, frailty) ask
 * for; NULL if diagnoses or who are NULL.
 */
static PartScore *
ScoreParts(FunctionCallInfo fcinfo, int *parts)
{
	CallSite   *call;
	const PaymentPlan *plan;
	const PaymentComponent *component;
	const hcc_beneficiary *who;
	PartScore  *scores;
	icd10_code *codes;
	size_t		n;
	hcc_score	frailty;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		return NULL;
	if (PG_ARGISNULL(2) || PG_ARGISNULL(3))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("payment_year and program must not be NULL")));

	call = GetCallSite(fcinfo);
	who = PG_GETARG_BENEFICIARY(1);
	plan = GetPaymentPlan(call->generation, PG_GETARG_INT32(2), text_to_cstring(PG_GETARG_TEXT_PP(3)));
	component = ChooseComponent(plan, PG_ARGISNULL(4) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(4)),
								hcc_beneficiary_facts(who));
	frailty = ReadFrailty(fcinfo, 7, component);

	codes = ReadDiagnoses(fcinfo, 0, &n);
	scores = palloc(plan->parts * sizeof(PartScore));
	*parts = 0;
	for (int i = 0; i < plan->parts; i++)
	{
		const PaymentPart *part = &plan->part[i];
		PartScore  *score = &scores[*parts];
		hcc_word	set[HCC_MAX_WORDS] = {0};
		const hcc_person *person;
		ScoreSite  *site;

		if (part->component != component)
			continue;
		CheckPart(plan, part, !PG_ARGISNULL(6) && PG_GETARG_BOOL(6));
		site = PartSite(fcinfo, call, plan, part, 5);
		person = SitePerson(site, who);
		MapCodes(site, person, codes, n, set);
		score->part = part;
		score->calibration = site->model->calibration;
		score->segment = site->model->compiled->segment[person->segment].name;
		score->raw = ScoreSet(site, person, set);
		score->normalized = MultiplyDivide(score->raw, MILLION, part->normalization);
		score->adjusted = MultiplyDivide(score->normalized, MILLION - part->coding_adjustment, MILLION) + frailty;
		score->weighted = MultiplyDivide(score->adjusted, part->weight, MILLION);
		(*parts)++;
	}
	return scores;
}

Datum
raf_payment(PG_FUNCTION_ARGS)
{
	int			parts;
	PartScore  *scores = ScoreParts(fcinfo, &parts);
	hcc_score	payment = 0;

	if (scores == NULL)
		PG_RETURN_NULL();
	for (int i = 0; i < parts; i++)
		payment += scores[i].weighted;
	PG_RETURN_DATUM(ScoreDatum(payment));
}

/* A factor with three decimals, as CMS publishes them, or as many as it has */
static Datum
FactorDatum(int64 millionths)
{
	return millionths % 1000 == 0 ? FixedDatum(millionths / 1000, 3) : FixedDatum(millionths, 6);
}

Datum
raf_payment_explain(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	PartScore  *scores;
	int			parts;

	InitMaterializedSRF(fcinfo, 0);
	scores = ScoreParts(fcinfo, &parts);
	for (int i = 0; scores != NULL && i < parts; i++)
	{
		const PartScore *score = &scores[i];
		bool		nulls[10] = {false};
		Datum		values[10] = {
			CStringGetTextDatum(score->part->model),
			CStringGetTextDatum(score->calibration),
			CStringGetTextDatum(score->segment),
			ScoreDatum(score->raw),
			FactorDatum(score->part->normalization),
			ScoreDatum(score->normalized),
			FactorDatum(score->part->coding_adjustment),
			ScoreDatum(score->adjusted),
			FactorDatum(score->part->weight),
			ScoreDatum(score->weighted)
		};

		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
	return (Datum) 0;
}

/*
 * raf_scores(diagnoses, who, payment_year, programs, mce): the raw score of
 * every part of these programs' plans whose component fits the person.
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

	InitMaterializedSRF(fcinfo, 0);
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		return (Datum) 0;
	if (PG_ARGISNULL(2) || PG_ARGISNULL(3))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("payment_year and programs must not be NULL")));
	call = GetCallSite(fcinfo);
	who = PG_GETARG_BENEFICIARY(1);
	facts = hcc_beneficiary_facts(who);
	ViewIcd10Set(PG_GETARG_DATUM(0), &codes);

	StartTextArrayWalk(&walk, PG_GETARG_ARRAYTYPE_P(3));
	while ((program = NextText(&walk)) != NULL)
	{
		const PaymentPlan *plan = GetPaymentPlan(call->generation, PG_GETARG_INT32(2), text_to_cstring(program));

		parts += plan->parts;
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
			values[0] = CStringGetTextDatum(plan->program);
			values[1] = CStringGetTextDatum(part->component->name);
			values[2] = CStringGetTextDatum(part->model);
			values[3] = CStringGetTextDatum(site->model->calibration);
			values[4] = CStringGetTextDatum(site->model->compiled->segment[person->segment].name);
			values[5] = ScoreDatum(ScoreSet(site, person, set));
			tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
		}
	}
	if (parts == 0)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("there are no payment parameters for these programs in payment year %d", PG_GETARG_INT32(2)),
				 errhint("payment_year_parameter lists years and programs.")));
	return (Datum) 0;
}
