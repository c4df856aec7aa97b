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
#include "utils/builtins.h"

#include "compat.h"
#include "score.h"

PG_FUNCTION_INFO_V1(raf_payment);
PG_FUNCTION_INFO_V1(raf_payment_explain);

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
					column, part->model, plan->payment_year, plan->program, plan->component),
			 errhint("Add it: INSERT INTO payment_year_parameter (payment_year, program, component, model_version, calibration, "
					 "normalization_factor, coding_pattern_adjustment, blend_weight) VALUES (%d, '%s', '%s', '%s', '%s', ...);",
					 plan->payment_year, plan->program, plan->component, part->model, part->calibration ? part->calibration : "...")));
}

/* Is the plan complete and sure enough to pay by? */
static void
CheckPlan(const PaymentPlan *plan, bool allow_low_confidence)
{
	if (plan->parts == 0)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("there are no payment parameters for payment year %d, program \"%s\", component \"%s\"",
						plan->payment_year, plan->program, plan->component),
				 errhint("Add a row for each model of the year's blend to payment_year_parameter.")));
	for (int i = 0; i < plan->parts; i++)
	{
		const PaymentPart *part = &plan->part[i];

		if (part->normalization <= 0)
			MissingParameter(plan, part, "normalization_factor");
		if (part->weight < 0)
			MissingParameter(plan, part, "blend_weight");
		if (part->low_confidence && !allow_low_confidence)
			ereport(ERROR,
					(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
					 errmsg("the payment parameters of model \"%s\" for payment year %d, program \"%s\", component \"%s\" are of low confidence",
							part->model, plan->payment_year, plan->program, plan->component),
					 errhint("Verify them and add a row of your own to payment_year_parameter, or pass allow_low_confidence => true.")));
	}
}

/*
 * The parts of the payment score that the arguments (diagnoses, who,
 * payment_year, program, component, mce, allow_low_confidence) ask for; NULL
 * if diagnoses or who are NULL.
 */
static PartScore *
ScoreParts(FunctionCallInfo fcinfo, int *parts)
{
	CallSite   *call;
	const PaymentPlan *plan;
	PartScore  *scores;
	icd10_code *codes;
	size_t		n;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		return NULL;
	if (PG_ARGISNULL(2) || PG_ARGISNULL(3) || PG_ARGISNULL(4))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("payment_year, program and component must not be NULL")));

	call = GetCallSite(fcinfo);
	plan = GetPaymentPlan(call->generation, PG_GETARG_INT32(2), text_to_cstring(PG_GETARG_TEXT_PP(3)),
						  text_to_cstring(PG_GETARG_TEXT_PP(4)));
	CheckPlan(plan, !PG_ARGISNULL(6) && PG_GETARG_BOOL(6));

	codes = ReadDiagnoses(fcinfo, 0, &n);
	scores = palloc(plan->parts * sizeof(PartScore));
	for (int i = 0; i < plan->parts; i++)
	{
		const PaymentPart *part = &plan->part[i];
		ScoreSettings settings = {
			.model = part->model,
			.payment_year = plan->payment_year,
			.calibration = part->calibration,
			.mce = PG_ARGISNULL(5) || PG_GETARG_BOOL(5)
		};
		ScoreSite  *site = FindScoreSite(fcinfo, call, &settings);
		const hcc_person *person = SitePerson(site, PG_GETARG_BENEFICIARY(1));
		hcc_word	set[HCC_MAX_WORDS] = {0};
		PartScore  *score = &scores[i];

		MapCodes(site, person, codes, n, set);
		score->part = part;
		score->calibration = site->model->calibration;
		score->segment = site->model->compiled->segment[person->segment].name;
		score->raw = ScoreSet(site, person, set);
		score->normalized = MultiplyDivide(score->raw, MILLION, part->normalization);
		score->adjusted = MultiplyDivide(score->normalized, MILLION - part->coding_adjustment, MILLION);
		score->weighted = MultiplyDivide(score->adjusted, part->weight, MILLION);
	}
	*parts = plan->parts;
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
