/*
 * encounter.c
 *	  The encounter filter: encounter_verdict and encounter_modality.
 *
 * Called for every diagnosis of every patient: nothing is allocated in a
 * call, unless a record has more lines than usual.
 */
#include "postgres.h"

#include "catalog/pg_type_d.h"
#include "fmgr.h"
#include "lib/stringinfo.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/datetime.h"

#include "compat.h"
#include "encounter_load.h"
#include "icd10_set.h"
#include "score.h"

PG_FUNCTION_INFO_V1(encounter_verdict);
PG_FUNCTION_INFO_V1(encounter_counts);
PG_FUNCTION_INFO_V1(encounter_modality);

/* The part of a year with one list of procedures and one of diagnosis codes */
typedef struct FilterPeriod
{
	struct FilterPeriod *next;
	DateADT		first;
	DateADT		last;
	const hcc_service_year *year;
	const hcc_code_set *valid_codes;
} FilterPeriod;

/* A payment year and program as one place in a query uses them */
typedef struct FilterSite
{
	struct FilterSite *next;
	int			payment_year;
	text	   *program;
	const FilterPolicy *policy;
	FilterPeriod *periods;
} FilterSite;

/* Lines of a record that a text[] argument gives; NULL elements have no text */
#define USUAL_LINES 24

typedef struct TextsView
{
	int			n;
	const hcc_text *text;
	hcc_text	usual[USUAL_LINES];
	union
	{
		ArrayType	array;
		char		bytes[VARATT_SHORT_MAX + VARHDRSZ];
	}			unpacked;		/* an array with a short header, which is not aligned */
} TextsView;

/* The bytes of a text, which must stay where they are as long as the view is used */
static inline hcc_text
ViewText(const text *t)
{
	return (hcc_text) {VARDATA_ANY(t), VARSIZE_ANY_EXHDR(t)};
}

/* Are two texts the same, byte for byte? */
static inline bool
SameText(hcc_text a, hcc_text b)
{
	return a.length == b.length && memcmp(a.text, b.text, a.length) == 0;
}

/*
 * A text argument of the call, with no text if it is NULL. It is valid as
 * long as the argument, or until the caller's memory context is reset if it
 * had to be detoasted.
 */
static inline hcc_text
TextArgument(FunctionCallInfo fcinfo, int arg)
{
	if (PG_ARGISNULL(arg))
		return (hcc_text) {NULL, 0};
	return ViewText(PG_GETARG_TEXT_PP(arg));
}

/*
 * The lines of a text[] argument, none if it is NULL. Most fit into the view
 * itself; the texts stay in the array.
 */
static void
ViewTexts(FunctionCallInfo fcinfo, int arg, TextsView *view)
{
	struct varlena *packed;
	ArrayType  *array;
	TextArrayWalk walk;
	hcc_text   *texts = view->usual;

	view->n = 0;
	view->text = texts;
	if (PG_ARGISNULL(arg))
		return;
	packed = PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(arg));
	array = (ArrayType *) packed;
	if (VARATT_IS_SHORT(packed))
	{
		array = &view->unpacked.array;
		SET_VARSIZE(array, VARSIZE_ANY_EXHDR(packed) + VARHDRSZ);
		memcpy(VARDATA(array), VARDATA_ANY(packed), VARSIZE_ANY_EXHDR(packed));
	}
	StartTextArrayWalk(&walk, array);
	if (walk.left > USUAL_LINES)
		view->text = texts = palloc_extended((Size) walk.left * sizeof(hcc_text), MCXT_ALLOC_HUGE);
	view->n = walk.left;
	for (int i = 0; i < view->n; i++)
	{
		if (walk.nulls != NULL && att_isnull(i, walk.nulls))
		{
			texts[i] = (hcc_text) {NULL, 0};
			walk.left--;
			walk.seen++;
		}
		else
			texts[i] = ViewText(NextText(&walk));
	}
}

/*
 * The fact that a text argument names, or the default of its kind if it is
 * NULL. An error names the argument and lists what it takes.
 */
static hcc_record_facts
NamedFact(FunctionCallInfo fcinfo, int arg, const char *name, hcc_record_kind kind)
{
	hcc_record_facts fact;
	StringInfoData values;

	if (PG_ARGISNULL(arg))
		return hcc_record_default(kind);
	fact = hcc_record_fact(kind, TextArgument(fcinfo, arg));
	if (likely(fact != 0))
		return fact;
	initStringInfo(&values);
	for (int i = 0; hcc_record_value(kind, i) != NULL; i++)
		appendStringInfo(&values, "%s, ", hcc_record_value(kind, i));
	/* a value of the patient's record, and not to be told */
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("invalid value for argument \"%s\"", name),
			 errdetail("It takes %sor NULL, which means %s.",
					   values.data, hcc_record_value(kind, 0))));
}

/*
 * The option without_list; NULL is the first, which is an error where a list
 * is needed
 */
static hcc_without_list
ReadWithoutList(FunctionCallInfo fcinfo, int arg)
{
	static const struct
	{
		hcc_without_list value;
		hcc_text	name;
	}			known[] = {
		{HCC_ERROR_WITHOUT_LIST, {"error", 5}},
		{HCC_ACCEPT_WITHOUT_LIST, {"accept", 6}},
		{HCC_REJECT_WITHOUT_LIST, {"reject", 6}}
	};
	hcc_text	given = TextArgument(fcinfo, arg);

	for (int i = 0; i < lengthof(known); i++)
	{
		if (given.text == NULL || SameText(given, known[i].name))
			return known[i].value;
	}
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("invalid value for argument \"without_list\": \"%s\"",
					text_to_cstring(PG_GETARG_TEXT_PP(arg))),
			 errdetail("It takes error, accept or reject: what to do with a record that needs "
					   "the list of procedures when there is none.")));
}

/* ---- sites ---- */

/*
 * A new site in the memory of the pin, with the policy compiled, put before
 * the others.  Raises errors of a wrong year or program, and of rules that
 * make no sense.
 */
static FilterSite *
MakeFilterSite(FunctionCallInfo fcinfo, CallSite *call, int payment_year, const text *program)
{
	FilterSite *site;

	if (payment_year < 1900 || payment_year > 2999)
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("invalid value for argument \"payment_year\": %d", payment_year),
				 errdetail("It takes a year from 1900 to 2999.")));
	site = MemoryContextAllocZero(call->pin->context, sizeof(FilterSite));
	site->payment_year = payment_year;
	site->program = MemoryContextAlloc(call->pin->context, VARSIZE_ANY(program));
	memcpy(site->program, program, VARSIZE_ANY(program));
	site->policy = GetFilterPolicy(call->pin, payment_year, text_to_cstring(program));
	site->next = call->filters;
	call->filters = site;
	return site;
}

/* The site for the payment year and program that the arguments name */
static FilterSite *
GetFilterSite(FunctionCallInfo fcinfo, CallSite *call)
{
	int			payment_year;
	text	   *program;

	Assert(call->pin != NULL);
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("payment_year and program must not be NULL")));
	payment_year = PG_GETARG_INT32(0);
	program = PG_GETARG_TEXT_PP(1);
	for (FilterSite *site = call->filters; site != NULL; site = site->next)
	{
		if (site->payment_year == payment_year &&
			SameText(ViewText(site->program), ViewText(program)))
			return site;
	}
	return MakeFilterSite(fcinfo, call, payment_year, program);
}

/* The year of a date that is finite, and the month */
static int
YearOf(DateADT date, int *month)
{
	int			year;
	int			day;

	j2date(date + POSTGRES_EPOCH_JDATE, &year, month, &day);
	return year;
}

/*
 * The period that a date is in, with its lists, in the memory of the pin.
 * Lists of procedures go by calendar year, of diagnoses by fiscal year, from
 * October: so a year has two periods.
 */
static FilterPeriod *
MakeFilterPeriod(FunctionCallInfo fcinfo, CallSite *call, FilterSite *site, DateADT date)
{
	FilterPeriod *period = MemoryContextAlloc(call->pin->context, sizeof(FilterPeriod));
	int			month;
	int			year = YearOf(date, &month);
	bool		autumn = month >= 10;	/* of the next fiscal year */

	period->first = date2j(year, autumn ? 10 : 1, 1) - POSTGRES_EPOCH_JDATE;
	period->last = date2j(year, autumn ? 12 : 9, autumn ? 31 : 30) - POSTGRES_EPOCH_JDATE;
	period->year = GetServiceYear(call->pin, year);
	period->valid_codes = site->policy->compiled->asks_code ?
		GetDiagnosisList(call->pin, year + autumn) : NULL;
	Assert(period->first <= date && date <= period->last);
	period->next = site->periods;
	site->periods = period;
	return period;
}

/* The period of a date; NULL if the date is in no year */
static const FilterPeriod *
GetFilterPeriod(FunctionCallInfo fcinfo, CallSite *call, FilterSite *site, int arg)
{
	DateADT		date;

	if (PG_ARGISNULL(arg) || DATE_NOT_FINITE(PG_GETARG_DATEADT(arg)))
		return NULL;
	date = PG_GETARG_DATEADT(arg);
	for (FilterPeriod *period = site->periods; period != NULL; period = period->next)
	{
		if (period->first <= date && date <= period->last)
			return period;
	}
	return MakeFilterPeriod(fcinfo, call, site, date);
}

/* ---- SQL functions ---- */

/*
 * encounter_verdict(payment_year, program, icd10_code, service_date,
 * claim_type, bill_type, procedure_codes, modifiers, place_of_service,
 * record_source, record_state, submission, is_valid_encounter, plan_switcher,
 * outside_year, without_list)
 */
Datum
encounter_verdict(PG_FUNCTION_ARGS)
{
	CallSite   *call = GetCallSite(fcinfo);
	FilterSite *site = GetFilterSite(fcinfo, call);
	const FilterPeriod *period = GetFilterPeriod(fcinfo, call, site, 3);
	const hcc_policy *policy = site->policy->compiled;
	hcc_encounter record;
	TextsView	procedures;
	TextsView	modifiers;
	int			rule;
	int			month;

	ViewTexts(fcinfo, 6, &procedures);
	ViewTexts(fcinfo, 7, &modifiers);
	record.facts = hcc_claim_facts(policy, TextArgument(fcinfo, 4), TextArgument(fcinfo, 5)) |
		NamedFact(fcinfo, 9, "record_source", HCC_RECORD_SOURCE) |
		NamedFact(fcinfo, 10, "record_state", HCC_RECORD_STATE) |
		NamedFact(fcinfo, 11, "submission", HCC_SUBMISSION) |
		hcc_record_flag(HCC_DECLARED_VALID, PG_ARGISNULL(12) || PG_GETARG_BOOL(12)) |
		hcc_record_flag(HCC_PLAN_SWITCHER, !PG_ARGISNULL(13) && PG_GETARG_BOOL(13)) |
		hcc_record_flag(HCC_IN_YEAR, period != NULL && (PG_ARGISNULL(14) || !PG_GETARG_BOOL(14)));
	record.procedures = procedures.n;
	record.procedure = procedures.text;
	record.modifiers = modifiers.n;
	record.modifier = modifiers.text;
	record.place = TextArgument(fcinfo, 8);
	record.code = ICD10_NONE;
	record.year = NULL;
	record.valid_codes = NULL;
	if (period != NULL)
	{
		record.year = period->year;
		record.valid_codes = period->valid_codes;
		/* reading a code that nothing is compared with would be for nothing */
		if (period->valid_codes != NULL && period->valid_codes->slot != NULL && !PG_ARGISNULL(2))
		{
			hcc_text	code = TextArgument(fcinfo, 2);

			record.code = icd10_read(code.text, code.length);
			if (unlikely(record.code == ICD10_UNREADABLE))
				RefuseList(code.text, code.length);
		}
	}
	record.without_list = ReadWithoutList(fcinfo, 15);

	rule = hcc_encounter_rule(policy, &record);
	if (rule >= 0)
		PG_RETURN_TEXT_P(site->policy->verdict[rule]);
	if (rule == HCC_NO_PROCEDURE_LIST)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("there is no list of procedures for service year %d",
						YearOf(PG_GETARG_DATEADT(3), &month)),
				 errdetail("Whether a professional or outpatient record counts depends on "
						   "its procedure codes."),
				 errhint("Load the year's list with hccraf_load_procedures; until it is published, "
						 "SELECT hccraf_copy_year(%d, %d); takes that of the year before. Or pass "
						 "without_list => 'accept' or 'reject'.",
						 YearOf(PG_GETARG_DATEADT(3), &month),
						 YearOf(PG_GETARG_DATEADT(3), &month) + 1)));
	PG_RETURN_TEXT_P(site->policy->ok);
}

/*
 * encounter_modality(service_date, procedure_codes, modifiers,
 * place_of_service): NULL without a date, by which the codes of a year are
 * chosen
 */
Datum
encounter_modality(PG_FUNCTION_ARGS)
{
	CallSite   *call = GetCallSite(fcinfo);
	hcc_encounter record = {0};
	hcc_modality modality;
	TextsView	procedures;
	TextsView	modifiers;
	int			month;

	if (PG_ARGISNULL(0) || DATE_NOT_FINITE(PG_GETARG_DATEADT(0)))
		PG_RETURN_NULL();
	ViewTexts(fcinfo, 1, &procedures);
	ViewTexts(fcinfo, 2, &modifiers);
	record.year = GetServiceYear(call->pin, YearOf(PG_GETARG_DATEADT(0), &month));
	record.procedures = procedures.n;
	record.procedure = procedures.text;
	record.modifiers = modifiers.n;
	record.modifier = modifiers.text;
	record.place = TextArgument(fcinfo, 3);
	modality = hcc_encounter_modality(&record);
	PG_RETURN_TEXT_P(cstring_to_text(hcc_record_value(HCC_MODALITY, modality)));
}

/*
 * encounter_counts(verdict): is it ok?  As a function, because the planner
 * takes a third of the rows to satisfy an unknown boolean function, but next
 * to none to equal a text that it has no statistics of.
 */
Datum
encounter_counts(PG_FUNCTION_ARGS)
{
	text	   *verdict = PG_GETARG_TEXT_PP(0);

	PG_RETURN_BOOL(VARSIZE_ANY_EXHDR(verdict) == 2 && memcmp(VARDATA_ANY(verdict), "ok", 2) == 0);
}
