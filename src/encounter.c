/*
 * encounter.c
 *	  The encounter filter: encounter_verdict and encounter_modality.
 *
 * Called for every diagnosis of every patient: nothing is allocated in a
 * call, unless a record has more lines than usual.  So arguments are viewed
 * where they are, results are texts that were made when the rules were
 * compiled, and what a year and program need is found once for each place in a
 * query (FilterSite), in the memory of its pin.
 *
 * What the caller says wrong (a year, a program, an option) is an error; what a
 * row of data says wrong is a verdict, since it must stop nobody.  The smaller
 * functions below give readers of a panel the values of a row as the filter
 * understood them, so that a report never shows what was not judged.
 */
#include "postgres.h"

#include "catalog/pg_type_d.h"
#include "fmgr.h"
#include "lib/stringinfo.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/datetime.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"

#include "compat.h"
#include "encounter_load.h"
#include "icd10_set.h"
#include "model_load.h"
#include "raise.h"
#include "score.h"

PG_FUNCTION_INFO_V1(encounter_verdict);
PG_FUNCTION_INFO_V1(encounter_counts);
PG_FUNCTION_INFO_V1(encounter_modality);
PG_FUNCTION_INFO_V1(hcc_code_is_listed);
PG_FUNCTION_INFO_V1(hcc_claim_type);
PG_FUNCTION_INFO_V1(hcc_setting);
PG_FUNCTION_INFO_V1(hcc_bill_type_text);
PG_FUNCTION_INFO_V1(hcc_npi);
PG_FUNCTION_INFO_V1(hcc_codes);
PG_FUNCTION_INFO_V1(hcc_record_action);
PG_FUNCTION_INFO_V1(hcc_record_id);

/*
 * The part of a year with one list of procedures and one of diagnosis codes:
 * January to September, or October to December.  The lists are the cache's and
 * pinned as long as the site is; valid_codes is NULL where no rule asks.
 */
typedef struct FilterPeriod
{
	struct FilterPeriod *next;
	DateADT		first;
	DateADT		last;
	const hcc_service_year *year;
	const hcc_code_set *valid_codes;
} FilterPeriod;

/*
 * A payment year and program as one place in a query uses them.  Both may be
 * columns, so that a place has a list of sites, of mostly one; a site has the
 * few periods that its diagnoses are in.  Sites go with the pin.
 */
typedef struct FilterSite
{
	struct FilterSite *next;
	int			payment_year;
	text	   *program;
	const FilterPolicy *policy;
	FilterPeriod *periods;
	const hcc_code_set *own_codes;	/* those that are none of ICD-10-CM, once asked for */
	TimestampTz seen_at;		/* when last_day was found, or 0 */
	DateADT		last_day;		/* later services are in the future */
} FilterSite;

/* The first day whose services are coded in ICD-10: 2015-10-01 */
#define FIRST_ICD10_DAY (2457297 - POSTGRES_EPOCH_JDATE)

/*
 * Lines of a record that a text[] argument gives; NULL elements have no text,
 * but keep their place, for modifiers belong to procedures by their number.
 * text is usual, or memory of the current context where there are more lines.
 * The view is on the caller's stack and points into itself: it may not be
 * copied.
 */
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
 *
 * PG_GETARG_ARRAYTYPE_P would allocate a copy of each array that is stored with
 * a short header, as most of a table are. An array must be aligned to be
 * looked into, so that such a one is copied into the view, which has room for
 * the longest of them. The shape of the array does not matter.
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
		/* NextText would pass it by, and the lines behind it would move up */
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
 * The fact that a text argument names, the default of its kind if it is NULL
 * or blank, or that nobody knows it: data say it, and must not stop a run. The
 * kind must be one that has a default and "unrecognized". Blanks are looked for
 * only in what is no name as it stands.
 */
static hcc_record_facts
NamedFact(FunctionCallInfo fcinfo, int arg, hcc_record_kind kind)
{
	hcc_record_facts fact;
	hcc_text	given;

	if (PG_ARGISNULL(arg))
		return hcc_record_default(kind);
	given = TextArgument(fcinfo, arg);
	fact = hcc_record_fact(kind, given);
	if (likely(fact != 0))
		return fact;
	given.text = icd10_trim(given.text, &given.length);
	fact = given.length == 0 ? hcc_record_default(kind) : hcc_record_fact(kind, given);
	return fact != 0 ? fact : hcc_record_unrecognized(kind);
}

/*
 * The option without_list; NULL is the first, which is an error where a list
 * is needed. A word that is none of the three is the caller's mistake, not a
 * row's, and is refused also where no list is asked for.
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
			(PlainErrcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("invalid value for argument \"without_list\": \"%s\"",
					text_to_cstring(PG_GETARG_TEXT_PP(arg))),
			 errdetail("It takes error, accept or reject: what to do with a record that needs "
					   "the list of procedures when there is none.")));
}

/* ---- sites ---- */

/*
 * A new site in the memory of the pin, with the policy compiled, put before
 * the others.  Raises errors of a wrong year or program, and of rules that
 * make no sense; the site is put into the list only when it is whole.
 */
static FilterSite *
MakeFilterSite(FunctionCallInfo fcinfo, CallSite *call, int payment_year, const text *program)
{
	FilterSite *site;

	if (payment_year < 1900 || payment_year > 2999)
		ereport(ERROR,
				(PlainErrcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
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

/*
 * The site for the payment year and program that the first two arguments name.
 * Found by the bytes of the program, as programs are in the tables: a name in
 * another case is none, which MakeFilterSite says.
 */
static FilterSite *
GetFilterSite(FunctionCallInfo fcinfo, CallSite *call)
{
	int			payment_year;
	text	   *program;

	Assert(call->pin != NULL);
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		ereport(ERROR,
				(PlainErrcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
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
 * October: so a year has two periods, and the fiscal year is that of the next
 * calendar year in the second. The list of diagnoses, which is long, is not
 * loaded unless a rule asks for it.
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
	period->year = GetServiceYear(call->pin, year, site->policy->list);
	period->valid_codes = site->policy->compiled->asks_code ?
		GetDiagnosisList(call->pin, year + autumn) : NULL;
	Assert(period->first <= date && date <= period->last);
	period->next = site->periods;
	site->periods = period;
	return period;
}

/*
 * The period of a date; NULL if the date is in no year: it is not given, or
 * infinite. Such a record is in no year for the rules, either.
 */
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

/*
 * Was a service later than the day of a moment, in the session's time zone?
 * A query asks for one moment, whose day is kept.
 */
static bool
IsLaterThan(FilterSite *site, DateADT service, TimestampTz moment)
{
	if (moment == DT_NOEND || moment == DT_NOBEGIN)
		return moment == DT_NOBEGIN;
	if (site->seen_at != moment)
	{
		site->last_day = DatumGetDateADT(DirectFunctionCall1(timestamptz_date,
															 TimestampTzGetDatum(moment)));
		site->seen_at = moment;
	}
	return service > site->last_day;
}

/*
 * The code of a record. Text that can be read as one is none all the same if
 * it cannot be of ICD-10-CM and no model maps it: "UNKNOWN" or "NA" has the form
 * of a code, and would be one without an HCC instead of text that is no code.
 * The codes that models have of their own are collected when the first such
 * text turns up, which in most data is never.
 */
static icd10_code
ReadRecordCode(CallSite *call, FilterSite *site, hcc_text given)
{
	icd10_code	code = icd10_read(given.text, given.length);

	if (likely(code == ICD10_NONE || code == ICD10_UNREADABLE || icd10_is_icd10(code)))
		return code;
	if (site->own_codes == NULL)
		site->own_codes = GetOwnCodes(call->pin);
	return hcc_code_set_has(site->own_codes, code) ? code : ICD10_UNREADABLE;
}

/* ---- SQL functions ---- */

/*
 * encounter_verdict(payment_year, program, icd10_code, service_date,
 * claim_type, bill_type, procedure_codes, modifiers, place_of_service,
 * record_source, record_state, submission, is_valid_encounter, plan_switcher,
 * outside_year, without_list, code_system, date_of_death, seen_at)
 *
 * Not strict: each argument that is NULL says that the data have no such thing,
 * and has the meaning that claims without it have. is_valid_encounter counts as
 * true, plan_switcher and outside_year as false; without date_of_death or
 * seen_at nobody has died and nothing is in the future.
 *
 * The result is a text of the cache, and nothing that a caller may change or
 * free; it stays until the place gives its pin back.
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
	hcc_text	code = TextArgument(fcinfo, 2);
	DateADT		service = PG_ARGISNULL(3) ? DATEVAL_NOEND : PG_GETARG_DATEADT(3);
	int			rule;
	int			month;

	ViewTexts(fcinfo, 6, &procedures);
	ViewTexts(fcinfo, 7, &modifiers);
	record.code = code.text == NULL ? ICD10_NONE : ReadRecordCode(call, site, code);
	record.facts = hcc_claim_facts(policy, TextArgument(fcinfo, 4), TextArgument(fcinfo, 5)) |
		NamedFact(fcinfo, 9, HCC_RECORD_SOURCE) |
		NamedFact(fcinfo, 10, HCC_RECORD_STATE) |
		NamedFact(fcinfo, 11, HCC_SUBMISSION) |
		hcc_record_flag(HCC_DECLARED_VALID, PG_ARGISNULL(12) || PG_GETARG_BOOL(12)) |
		hcc_record_flag(HCC_PLAN_SWITCHER, !PG_ARGISNULL(13) && PG_GETARG_BOOL(13)) |
		hcc_record_flag(HCC_IN_YEAR, period != NULL &&
						(PG_ARGISNULL(14) || !PG_GETARG_BOOL(14))) |
		hcc_record_flag(HCC_AFTER_DEATH, period != NULL && !PG_ARGISNULL(17) &&
						service > PG_GETARG_DATEADT(17)) |
		hcc_record_flag(HCC_IN_FUTURE, period != NULL && !PG_ARGISNULL(18) &&
						IsLaterThan(site, service, PG_GETARG_TIMESTAMPTZ(18)));
	/* of a record without a code, only the record is judged */
	if (code.text != NULL)
		record.facts |= hcc_code_kind(policy, record.code, TextArgument(fcinfo, 16),
									  period != NULL && service < FIRST_ICD10_DAY);
	else
		record.facts |= hcc_record_default(HCC_CODE_KIND);
	record.procedures = procedures.n;
	record.procedure = procedures.text;
	record.modifiers = modifiers.n;
	record.modifier = modifiers.text;
	record.place = TextArgument(fcinfo, 8);
	record.year = period != NULL ? period->year : NULL;
	record.valid_codes = period != NULL ? period->valid_codes : NULL;
	record.without_list = ReadWithoutList(fcinfo, 15);

	/* a list that is not there is missed by the rule that needs it, not before */
	rule = hcc_encounter_rule(policy, &record);
	if (rule >= 0)
		PG_RETURN_TEXT_P(site->policy->verdict[rule]);
	if (rule == HCC_NO_PROCEDURE_LIST)
		ereport(ERROR,
				(PlainErrcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("there is no list of procedures for service year %d",
						YearOf(PG_GETARG_DATEADT(3), &month)),
				 errdetail("Whether a professional or outpatient record counts depends on "
						   "its procedure codes."),
				 errhint("Load the year's list with hccraf_load_procedures, or pass "
						 "without_list => 'accept' or 'reject'.%s",
						 YearHint(get_func_namespace(fcinfo->flinfo->fn_oid),
								  YearOf(PG_GETARG_DATEADT(3), &month) + 1, NULL))));
	PG_RETURN_TEXT_P(site->policy->ok);
}

/*
 * encounter_modality(service_date, procedure_codes, modifiers,
 * place_of_service): NULL without a date, by which the codes of a year are
 * chosen. Of no program: lines are acceptable by the list of the programs that
 * have none of their own, "".
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
	record.year = GetServiceYear(call->pin, YearOf(PG_GETARG_DATEADT(0), &month), "");
	record.procedures = procedures.n;
	record.procedure = procedures.text;
	record.modifiers = modifiers.n;
	record.modifier = modifiers.text;
	record.place = TextArgument(fcinfo, 3);
	modality = hcc_encounter_modality(&record);
	PG_RETURN_TEXT_P(cstring_to_text(hcc_record_value(HCC_MODALITY, modality)));
}

/*
 * hcc_code_is_listed(icd10, fiscal_year): is the code valid in the year?  NULL
 * where there is no list of it
 */
Datum
hcc_code_is_listed(PG_FUNCTION_ARGS)
{
	CallSite   *call = GetCallSite(fcinfo);
	const hcc_code_set *codes = GetDiagnosisList(call->pin, PG_GETARG_INT32(1));
	text	   *given = PG_GETARG_TEXT_PP(0);
	/* of a row of patients' data, where several codes are no code and stop nobody */
	icd10_code	code = icd10_read(VARDATA_ANY(given), VARSIZE_ANY_EXHDR(given));

	if (codes->slot == NULL)
		PG_RETURN_NULL();
	PG_RETURN_BOOL(hcc_code_set_has(codes, code));
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

/*
 * hcc_claim_type(payment_year, program, claim_type): professional,
 * institutional or the name of another, whatever files call it; NULL if
 * nothing is known of the claim, and its own words if nobody knows them. The
 * site is got before NULL is asked for: readers of a panel call it with NULL to
 * have the program checked where there are no rows.
 */
Datum
hcc_claim_type(PG_FUNCTION_ARGS)
{
	CallSite   *call = GetCallSite(fcinfo);
	FilterSite *site = GetFilterSite(fcinfo, call);
	hcc_text	given = TextArgument(fcinfo, 2);
	hcc_text	meaning;

	if (given.text == NULL)
		PG_RETURN_NULL();
	given.text = icd10_trim(given.text, &given.length);
	if (given.length == 0)
		PG_RETURN_NULL();
	meaning = hcc_claim_type_meaning(site->policy->compiled, given);
	if (meaning.text == NULL)
		meaning = given;
	PG_RETURN_TEXT_P(cstring_to_text_with_len(meaning.text, meaning.length));
}

/*
 * hcc_setting(payment_year, program, claim_type, bill_type): inpatient,
 * outpatient or none, as the bill type says of an institutional claim, or
 * without one its claim type
 */
Datum
hcc_setting(PG_FUNCTION_ARGS)
{
	CallSite   *call = GetCallSite(fcinfo);
	FilterSite *site = GetFilterSite(fcinfo, call);
	hcc_record_facts facts = hcc_claim_facts(site->policy->compiled, TextArgument(fcinfo, 2),
											 TextArgument(fcinfo, 3));
	const char *setting;
	int			i = 0;

	while ((setting = hcc_record_value(HCC_SETTING, i++)) != NULL)
	{
		if (facts & hcc_record_fact(HCC_SETTING, (hcc_text) {setting, strlen(setting)}))
			PG_RETURN_TEXT_P(cstring_to_text(setting));
	}
	PG_RETURN_NULL();
}

/* hcc_bill_type(bill_type): its digits, without what files put around them; NULL if it has none */
Datum
hcc_bill_type_text(PG_FUNCTION_ARGS)
{
	text	   *given = PG_GETARG_TEXT_PP(0);
	char		digits[3];

	if (!hcc_bill_type_digits(ViewText(given), digits))
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text_with_len(digits, digits[2] != '\0' ? 3 : 2));
}

/*
 * hcc_npi(provider_npi): the identifier without blanks around it and with the
 * zeros that it lost as a number; NULL if nothing is left. An NPI has ten
 * digits: nine are one that has lost its zero, and anything else is left as it
 * is. Its check digit is not asked for, since it fails in synthetic data.
 */
Datum
hcc_npi(PG_FUNCTION_ARGS)
{
	text	   *given = PG_GETARG_TEXT_PP(0);
	hcc_text	npi = hcc_without_decimals(ViewText(given));
	size_t		digits = 0;
	text	   *padded;

	if (npi.length == 0)
		PG_RETURN_NULL();
	while (digits < npi.length && npi.text[digits] >= '0' && npi.text[digits] <= '9')
		digits++;
	if (digits < npi.length || digits != 9)
	{
		if (npi.length == VARSIZE_ANY_EXHDR(given))
			PG_RETURN_TEXT_P(given);
		PG_RETURN_TEXT_P(cstring_to_text_with_len(npi.text, npi.length));
	}
	padded = palloc(VARHDRSZ + 10);
	SET_VARSIZE(padded, VARHDRSZ + 10);
	VARDATA(padded)[0] = '0';
	memcpy(VARDATA(padded) + 1, npi.text, 9);
	PG_RETURN_TEXT_P(padded);
}

/*
 * hcc_codes(codes): as they are stored, without those that cannot be read.
 * Places are not kept: what is shown beside them is a list, not lines.
 */
Datum
hcc_codes(PG_FUNCTION_ARGS)
{
	TextArrayWalk walk;
	text	   *element;
	Datum	   *codes;
	int			n = 0;

	StartTextArrayWalk(&walk, PG_GETARG_ARRAYTYPE_P(0));
	codes = MemoryContextAllocHuge(CurrentMemoryContext, Max(walk.left, 1) * sizeof(Datum));
	while ((element = NextText(&walk)) != NULL)
	{
		hcc_text	given = ViewText(element);
		icd10_code	code = icd10_read(given.text, given.length);
		char		text[ICD10_MAX_TEXT + 1];

		if (code != ICD10_NONE && code != ICD10_UNREADABLE)
			codes[n++] = PointerGetDatum(cstring_to_text_with_len(text, icd10_write(code, text)));
	}
	PG_RETURN_ARRAYTYPE_P(construct_array(codes, n, TEXTOID, -1, false, TYPALIGN_INT));
}

/*
 * hcc_record_id(encounter_id): without blanks around it; NULL if nothing is left.
 * By it a correction finds its record, which another file may have padded.
 */
Datum
hcc_record_id(PG_FUNCTION_ARGS)
{
	text	   *given = PG_GETARG_TEXT_PP(0);
	size_t		length = VARSIZE_ANY_EXHDR(given);
	const char *id = icd10_trim(VARDATA_ANY(given), &length);

	if (length == 0)
		PG_RETURN_NULL();
	if (length == VARSIZE_ANY_EXHDR(given))
		PG_RETURN_TEXT_P(given);
	PG_RETURN_TEXT_P(cstring_to_text_with_len(id, length));
}

/*
 * What a record does, as constants that need no memory, for nearly every row has
 * one. The length of a text is read and written as 32 bits; struct varlena does
 * not ask for that alignment, but the pointer before each value gives it. action
 * must be one of them.
 */
static Datum
ActionDatum(const char *action)
{
	static struct
	{
		const char *name;
		union
		{
			struct varlena header;
			char		bytes[VARHDRSZ + 8];
		}			value;
	}			actions[] = {{"add"}, {"delete"}, {"void"}, {"replace"}};

	for (int i = 0; i < lengthof(actions); i++)
	{
		if (strcmp(action, actions[i].name) != 0)
			continue;
		SET_VARSIZE(&actions[i].value, VARHDRSZ + strlen(action));
		memcpy(VARDATA(&actions[i].value), action, strlen(action));
		return PointerGetDatum(&actions[i].value);
	}
	pg_unreachable();
}

/*
 * hcc_record_action(payment_year, program, record_action, frequency_code,
 * claim_type, bill_type): add, delete, void or replace, or the word if nobody
 * knows it.  A record that is said to be added is what its frequency says, which
 * is one letter or digit: that of a claim that is not institutional is not in
 * its bill type.
 *
 * A word that nobody knows is returned as it is, "frequency_code" for one in that
 * column: both come out as records of which nobody knows what they do, and
 * are not counted as added.  Which claim type it is is asked last, of the few
 * records whose bill type says 7 or 8: nearly all rows need no site.
 */
Datum
hcc_record_action(PG_FUNCTION_ARGS)
{
	static const hcc_text words[] = {
		{"add", 3}, {"delete", 6}, {"void", 4}, {"replace", 7}
	};
	hcc_text	action = TextArgument(fcinfo, 2);
	hcc_text	frequency = TextArgument(fcinfo, 3);
	hcc_text	bill_type = TextArgument(fcinfo, 5);
	char		sent;

	if (action.text != NULL)
		action.text = icd10_trim(action.text, &action.length);
	if (action.text != NULL && action.length > 0 && !SameText(action, words[0]))
	{
		/* "ADD" is said to be added, too, and then the frequency is what counts */
		for (int i = 0; i < lengthof(words); i++)
		{
			if (action.length == words[i].length &&
				pg_strncasecmp(action.text, words[i].text, action.length) == 0)
			{
				if (i > 0)
					return ActionDatum(words[i].text);
				action.length = 0;
			}
		}
		if (action.length > 0)
			PG_RETURN_TEXT_P(cstring_to_text_with_len(action.text, action.length));
	}
	sent = hcc_frequency(frequency, bill_type);
	if (frequency.text != NULL)
		frequency.text = icd10_trim(frequency.text, &frequency.length);
	if (frequency.text != NULL && frequency.length > 0)
	{
		if (!isalnum((unsigned char) sent))
			PG_RETURN_TEXT_P(cstring_to_text("frequency_code"));
	}
	if (likely(sent != '7' && sent != '8'))
		return ActionDatum("add");
	if (frequency.text == NULL || frequency.length == 0)
	{
		CallSite   *call = GetCallSite(fcinfo);
		FilterSite *site = GetFilterSite(fcinfo, call);
		hcc_text	claim_type = TextArgument(fcinfo, 4);
		hcc_text	meaning = {NULL, 0};

		if (claim_type.text != NULL)
			claim_type.text = icd10_trim(claim_type.text, &claim_type.length);
		if (claim_type.text != NULL && claim_type.length > 0)
			meaning = hcc_claim_type_meaning(site->policy->compiled, claim_type);
		if (meaning.text != NULL && meaning.length == 12 &&
			pg_strncasecmp(meaning.text, "professional", 12) == 0)
			return ActionDatum("add");
	}
	return ActionDatum(sent == '8' ? "void" : "replace");
}
