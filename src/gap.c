/*
 * gap.c
 *	  raf_gaps: the HCCs of earlier years against those of the year that is
 *	  being collected, for one person; raf_shapley.
 *
 * What a gap is, when it is closed and what it is worth, core/gap.c decides;
 * here are the arguments, the parts of the payment, and the rows.
 *
 * Payment values are differences of this model's part of the payment score,
 * rounded as it is, so that the parts of the models of a blend add up.
 *
 * raf_gaps is called once for each of a million people, so all that it needs
 * stays with the call site (GapSearch) and is filled anew for each person:
 * nothing is allocated but the values of the rows.  A set is computed by the
 * first call, and the following ones make a row each of what is in the search;
 * until the last one the search is that person's.
 */
#include "postgres.h"

#include "fmgr.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "compat.h"
#include "core/gap.h"
#include "payment.h"
#include "raise.h"
#include "score.h"

PG_FUNCTION_INFO_V1(raf_gaps);
PG_FUNCTION_INFO_V1(raf_shapley);

/* The arguments and columns of raf_gaps, in the order of sql/45-gap_engine.sql */
enum
{
	BASE, CAPTURED, WHO, PAYMENT_YEAR, MODEL, PROGRAM, COMPONENT, PENDING_CODES,
	NOT_ELIGIBLE_CODES, IGNORED_HCCS, MCE, ELSEWHERE_CODES
};
enum
{
	HCC_CODE, LABEL, STATUS, CLOSURE, BY_HCC, BASE_POSITION, SUPERSEDED_BY, ICD10_CODES, IGNORED,
	COEFFICIENT,
	VALUE_RAW, VALUE_PAYMENT, TERMS_GAINED, JOINT_RAW, JOINT_PAYMENT, CLOSED_RAW, CLOSED_PAYMENT,
	CAPTURED_RAW, CAPTURED_PAYMENT,
	COLUMNS
};

/* A code and the HCCs that it gave; beyond the model's words gave is not set */
typedef struct CodeNote
{
	icd10_code	code;
	hcc_word	gave[HCC_MAX_WORDS];
} CodeNote;

/*
 * A part of the payment score in the model that is asked for.  A model can have
 * several, by different calibrations, as RX_V08 has in PACE of 2026.  site and
 * person are set only where the search is paid, person only where the site is
 * not the search's own.
 */
typedef struct PaidPart
{
	const PaymentPart *part;
	const ScoreSite *site;
	hcc_person	person;
} PaidPart;

/* One person's gaps while they are handed out; kept for the next person */
typedef struct GapSearch
{
	MemoryContext lasting;		/* of the pin */
	hcc_gap_case gaps;
	ScoreSite  *site;			/* the model, by which raw scores are made */
	hcc_person	person;			/* a copy: the site's own may be overwritten */

	bool		paid;			/* by parts that are all known */
	int			parts;
	int			room_for_parts;
	PaidPart   *part;

	/* what the codes of earlier years gave, then what the captured ones did */
	int			base_notes;
	int			notes;
	int			room_for_notes;
	CodeNote   *note;

	/* the columns that all rows have in common, made once */
	MemoryContext shared_context;
	Datum		shared[COLUMNS];
	bool		shared_null[COLUMNS];

	/* the list that was read last: it is often the same for everybody */
	const CachedModel *ignored_model;
	ArrayType  *ignored_list;
	hcc_word	ignored[HCC_MAX_WORDS];
} GapSearch;

/*
 * An hcc_pay_fn: what the parts pay for these HCCs; the raw score of the
 * parts that have the search's site is known already.  All parts must be
 * known.
 *
 * One set serves all parts: they are of one model and year, whose HCCs have the
 * same numbers in every calibration.  Frailty is left out, since it is in both
 * of two scores whose difference is asked for.
 */
static hcc_score
PayParts(void *context, const hcc_word *active, hcc_score raw)
{
	const GapSearch *search = context;
	hcc_score	payment = 0;

	Assert(search->paid);
	for (int i = 0; i < search->parts; i++)
	{
		const PaidPart *paid = &search->part[i];
		hcc_score	of_part = raw;

		if (paid->site != search->site)
			of_part = hcc_evaluate(paid->site->model->compiled, &paid->person, active);
		payment = AddScores(payment, StepPayment(paid->part, of_part, 0).weighted);
	}
	return payment;
}

/*
 * The site of a model, NULL for the default, with the settings that the
 * arguments of raf_gaps have in common for all models.  The hierarchy's order is
 * the model's: there is no argument for it.
 */
static ScoreSite *
GapSite(FunctionCallInfo fcinfo, CallSite *call, const char *model, const char *calibration)
{
	ScoreSettings settings = {
		.model = model,
		.payment_year = PG_GETARG_INT32(PAYMENT_YEAR),
		.calibration = calibration,
		.mce = PG_ARGISNULL(MCE) || PG_GETARG_BOOL(MCE)
	};

	return FindScoreSite(call, &settings);
}

/*
 * Add a part of the plan; the search is paid no more if a factor of it is not
 * known: gaps have a raw value all the same, and NULL for what they would pay
 */
static void
AddPart(GapSearch *search, const PaymentPart *part)
{
	if (search->parts == search->room_for_parts)
	{
		Size		bytes = (search->room_for_parts += 4) * sizeof(PaidPart);

		search->part = search->part ? repalloc(search->part, bytes) :
			MemoryContextAlloc(search->lasting, bytes);
	}
	search->part[search->parts++].part = part;
	search->paid &= PartIsKnown(part);
}

/*
 * By which parts of the program's payment the model pays this person, and the
 * calibration that raw scores are made with: the one of the part with the
 * largest weight, or the default if there is none.
 *
 * Unlike raf_payment this chooses among components without a word: where no
 * component is named, the first one of the plan that fits and has the model.
 * That only this model's parts are taken is what makes values of V24 and V28 add
 * up to those of the blend.
 */
static void
ChooseParts(FunctionCallInfo fcinfo, CallSite *call, GapSearch *search)
{
	const hcc_beneficiary *who = PG_GETARG_BENEFICIARY(WHO);
	hcc_facts	facts = hcc_beneficiary_facts(who);
	const char *component = PG_ARGISNULL(COMPONENT) ? NULL :
		text_to_cstring(PG_GETARG_TEXT_PP(COMPONENT));
	const char *model = PG_ARGISNULL(MODEL) ? GapSite(fcinfo, call, NULL, NULL)->model->name :
		text_to_cstring(PG_GETARG_TEXT_PP(MODEL));
	const PaymentPlan *plan = GetPaymentPlan(call->pin, PG_GETARG_INT32(PAYMENT_YEAR),
											 text_to_cstring(PG_GETARG_TEXT_PP(PROGRAM)));
	const PaymentPart *leading = NULL;

	search->parts = 0;
	search->paid = true;
	if (component != NULL)
		CheckComponent(plan, component);
	for (int i = 0; i < plan->parts; i++)
	{
		const PaymentPart *part = &plan->part[i];

		if (strcmp(part->model, model) != 0 || !ComponentFits(part->component, facts) ||
			(component != NULL && strcmp(part->component->name, component) != 0) ||
			(leading != NULL && part->component != leading->component))
			continue;
		AddPart(search, part);
		if (leading == NULL || part->weight > leading->weight)
			leading = part;
	}
	search->paid &= search->parts > 0;
	search->site = GapSite(fcinfo, call, model, leading ? leading->calibration : NULL);
	/* copied: the place of a site's person may go to another one who hashes alike */
	search->person = *SitePerson(search->site, who);
	for (int i = 0; search->paid && i < search->parts; i++)
	{
		PaidPart   *paid = &search->part[i];
		ScoreSite  *site = search->site;

		if (paid->part != leading)
			site = GapSite(fcinfo, call, model, paid->part->calibration);

		paid->site = site;
		if (site != search->site)
			paid->person = *SitePerson(site, who);
	}
}

/*
 * Notes of so many codes are kept; no model has as many codes.  Room is doubled
 * from 32 on, so that the last step below it is 524,288 notes of 136 bytes: the
 * message tells half of the limit, which there is always room for.
 */
#define MAX_NOTES 1000000

/*
 * Room for a note behind the others, which it is only when the caller counts
 * it.  Notes may move in memory: earlier pointers are of no use any more.
 */
static CodeNote *
NextNote(GapSearch *search)
{
	Assert(search->notes <= search->room_for_notes);
	if (search->notes == search->room_for_notes)
	{
		int			room = Max(32, search->room_for_notes * 2);
		Size		bytes = room * sizeof(CodeNote);

		if (room > MAX_NOTES)
			ereport(ERROR,
					(PlainErrcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					 errmsg("raf_gaps cannot take more than %d codes that have an HCC",
							MAX_NOTES / 2)));
		search->note = search->note ? repalloc_huge(search->note, bytes) :
			MemoryContextAlloc(search->lasting, bytes);
		search->room_for_notes = room;
	}
	return &search->note[search->notes];
}

/*
 * Map codes with notes of what each gave.  A note is written in its place before
 * it is known whether it is one: of a code that gives nothing the place serves the
 * next.
 */
static void
MapWithNotes(GapSearch *search, const CodeView *codes, hcc_word *set)
{
	const hcc_model *model = search->gaps.model;

	for (size_t i = 0; i < codes->n; i++)
	{
		CodeNote   *note = NextNote(search);
		hcc_word	any = 0;

		CHECK_FOR_INTERRUPTS();
		note->code = codes->code[i];
		memset(note->gave, 0, model->hcc_words * sizeof(hcc_word));
		hcc_map_code(model, note->code, &search->person, search->site->settings.mce, note->gave);
		for (int w = 0; w < model->hcc_words; w++)
		{
			any |= note->gave[w];
			set[w] |= note->gave[w];
		}
		search->notes += any != 0;
	}
}

/*
 * Map the codes of the earlier years, the newest first; a NULL among them
 * keeps its place, so that positions are those of the array.
 *
 * Each year is resolved by itself, as it was paid by itself.  All are mapped by
 * the model and the age of the year that is being collected: the question is
 * what these codes would be worth now.
 */
static void
MapBase(FunctionCallInfo fcinfo, GapSearch *search)
{
	ArrayType  *base = PG_GETARG_ARRAYTYPE_P(BASE);
	Datum	   *year;
	bool	   *nulls;
	int			years;

	deconstruct_array(base, ARR_ELEMTYPE(base), -1, false, TYPALIGN_DOUBLE, &year, &nulls, &years);
	/* positions are of 16 bits in the gaps */
	if (years > PG_INT16_MAX)
		ereport(ERROR,
				(PlainErrcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("argument \"base\" cannot have more than %d elements", PG_INT16_MAX)));
	for (int i = 0; i < years; i++)
	{
		hcc_word	set[HCC_MAX_WORDS] = {0};
		CodeView	codes;

		if (nulls[i])
			continue;
		ViewIcd10Set(year[i], &codes);
		MapWithNotes(search, &codes, set);
		hcc_gap_base(&search->gaps, set, i + 1);
	}
	search->base_notes = search->notes;
}

/* Add to a set the HCCs that an icd10_set argument gives; none if it is NULL */
static void
MapSet(FunctionCallInfo fcinfo, GapSearch *search, int arg, hcc_word *set)
{
	CodeView	codes;

	if (PG_ARGISNULL(arg))
		return;
	ViewIcd10Set(PG_GETARG_DATUM(arg), &codes);
	MapCodes(search->site, &search->person, codes.code, codes.n, set);
}

/*
 * The HCCs that no gap is to be made of.  The list is mostly a constant, and
 * looking up its names would take longer than the rest: the last one read is
 * kept.
 *
 * It is compared by its bytes, since the same constant may be at another place
 * in memory, and a place may hold another list.  It is kept for one model: the
 * numbers of HCCs are the model's.
 */
static void
ReadIgnored(FunctionCallInfo fcinfo, GapSearch *search)
{
	const CachedModel *model = search->site->model;
	ArrayType  *list;

	if (PG_ARGISNULL(IGNORED_HCCS))
		return;
	list = PG_GETARG_ARRAYTYPE_P(IGNORED_HCCS);
	if (search->ignored_model != model || VARSIZE(search->ignored_list) != VARSIZE(list) ||
		memcmp(search->ignored_list, list, VARSIZE(list)) != 0)
	{
		/* not valid until all is done: a name that is not there is an error */
		search->ignored_model = NULL;
		memset(search->ignored, 0, sizeof(search->ignored));
		AddHccs(model, list, search->ignored);
		if (search->ignored_list != NULL)
			pfree(search->ignored_list);
		search->ignored_list = MemoryContextAlloc(search->lasting, VARSIZE(list));
		memcpy(search->ignored_list, list, VARSIZE(list));
		search->ignored_model = model;
	}
	memcpy(search->gaps.ignored, search->ignored, model->compiled->hcc_words * sizeof(hcc_word));
}

/* A worth in its two columns; that of the payment is NULL where it is not known */
static void
SetWorth(const GapSearch *search, hcc_worth worth, Datum *values, bool *nulls, int raw, int payment)
{
	values[raw] = ScoreDatum(worth.raw);
	nulls[payment] = !search->paid;
	if (search->paid)
		values[payment] = ScoreDatum(worth.payment);
}

/*
 * Make the columns that all rows of a person have in common; the last
 * person's go.
 */
static void
MakeSharedColumns(GapSearch *search)
{
	const hcc_gap_case *gaps = &search->gaps;
	Datum	   *values = search->shared;
	bool	   *nulls = search->shared_null;
	MemoryContext caller;

	MemoryContextReset(search->shared_context);
	caller = MemoryContextSwitchTo(search->shared_context);
	SetWorth(search, gaps->joint_worth, values, nulls, JOINT_RAW, JOINT_PAYMENT);
	SetWorth(search, gaps->closed_worth, values, nulls, CLOSED_RAW, CLOSED_PAYMENT);
	SetWorth(search, gaps->captured_worth, values, nulls, CAPTURED_RAW, CAPTURED_PAYMENT);
	MemoryContextSwitchTo(caller);
}

/*
 * The search of this call site, made at its first use, in the memory of the
 * pin: it is forgotten together with the models that it refers to.
 */
static GapSearch *
GetGapSearch(CallSite *call)
{
	if (call->gaps == NULL)
	{
		MemoryContext lasting = call->pin->context;
		GapSearch  *search = MemoryContextAllocZero(lasting, sizeof(GapSearch));

		search->lasting = lasting;
		search->shared_context = AllocSetContextCreate(lasting, "hccraf gaps",
													   ALLOCSET_SMALL_SIZES);
		call->gaps = search;
	}
	return call->gaps;
}

/*
 * Find the gaps that the arguments of this call ask for; their number.  The
 * order is that of core/gap.h: the case filled in, the earlier years, then
 * prepare and find.
 */
static int
FindGaps(FunctionCallInfo fcinfo, CallSite *call)
{
	GapSearch  *search = GetGapSearch(call);
	hcc_gap_case *gaps = &search->gaps;
	CodeView	captured;
	hcc_gap    *found;
	int			n;

	ChooseParts(fcinfo, call, search);
	gaps->model = search->site->model->compiled;
	gaps->order = search->site->settings.order;
	gaps->person = &search->person;
	gaps->pay = search->paid ? PayParts : NULL;
	gaps->context = search;
	/* the last person's; no more than the words that the model has is ever read */
	for (int w = 0; w < gaps->model->hcc_words; w++)
	{
		gaps->base[w] = gaps->captured[w] = gaps->pending[w] = 0;
		gaps->not_eligible[w] = gaps->ignored[w] = gaps->elsewhere[w] = 0;
	}

	search->notes = 0;
	MapBase(fcinfo, search);
	ViewIcd10Set(PG_GETARG_DATUM(CAPTURED), &captured);
	MapWithNotes(search, &captured, gaps->captured);
	MapSet(fcinfo, search, PENDING_CODES, gaps->pending);
	MapSet(fcinfo, search, NOT_ELIGIBLE_CODES, gaps->not_eligible);
	MapSet(fcinfo, search, ELSEWHERE_CODES, gaps->elsewhere);
	ReadIgnored(fcinfo, search);

	n = hcc_gap_prepare(gaps);
	found = ReserveRows(fcinfo, &call->rows, n, sizeof(hcc_gap));
	hcc_gap_find(gaps, found);
	MakeSharedColumns(search);
	return n;
}

/*
 * The codes behind a gap, sorted: those of earlier years that gave the HCC, since
 * they say what was documented and is to be looked for.  A new one has none, so
 * there it is the captured codes.
 */
static Datum
GapCodes(const GapSearch *search, const hcc_gap *gap)
{
	bool		is_new = gap->status == HCC_GAP_NET_NEW;
	int			first = is_new ? search->base_notes : 0;
	int			end = is_new ? search->notes : search->base_notes;
	icd10_code *codes = palloc(Max(end - first, 1) * sizeof(icd10_code));
	const char **texts = palloc(Max(end - first, 1) * sizeof(char *));
	char	   *text = palloc(Max(end - first, 1) * (ICD10_MAX_TEXT + 1));
	size_t		n = 0;

	for (int i = first; i < end; i++)
	{
		if (hcc_has(search->note[i].gave, gap->hcc))
			codes[n++] = search->note[i].code;
	}
	n = icd10_sort(codes, n);
	for (size_t i = 0; i < n; i++)
	{
		texts[i] = text + i * (ICD10_MAX_TEXT + 1);
		icd10_write(codes[i], text + i * (ICD10_MAX_TEXT + 1));
	}
	return TextArray(texts, n);
}

/* Names of terms for an array */
typedef struct TermNames
{
	const char **name;
	int			n;
} TermNames;

/* An hcc_term_fn that collects names */
static void
AddTermName(void *context, const hcc_variable *variable, hcc_score coefficient)
{
	TermNames  *names = context;

	names->name[names->n++] = variable->name;
}

/*
 * The groups, interactions and counts that closing a gap would add; NULL if
 * there are none
 */
static void
SetTermsGained(const GapSearch *search, const hcc_gap *gap, Datum *values, bool *nulls)
{
	const hcc_model *model = search->gaps.model;
	const hcc_segment *segment = &model->segment[search->person.segment];
	TermNames	names = {.n = 0};

	/* as many as hcc_terms_gained can find */
	names.name = palloc((model->groups + segment->count_terms + segment->enrollments +
						 segment->interactions + 1) * sizeof(char *));
	hcc_terms_gained(model, &search->person, search->gaps.paid_active, gap->with, AddTermName,
					 &names);
	nulls[TERMS_GAINED] = names.n == 0;
	if (names.n > 0)
		values[TERMS_GAINED] = TextArray(names.name, names.n);
}

/* A set of HCCs, NULL if there is none in it */
static void
SetHccs(const hcc_model *model, const hcc_word *set, Datum *values, bool *nulls, int column)
{
	hcc_word	any = 0;

	for (int w = 0; w < model->hcc_words; w++)
		any |= set[w];
	nulls[column] = any == 0;
	if (any != 0)
		values[column] = HccArray(model, set);
}

/* A text column; NULL for none */
static void
SetText(const char *text, Datum *values, bool *nulls, int column)
{
	nulls[column] = text == NULL;
	if (text != NULL)
		values[column] = CStringGetTextDatum(text);
}

/* Return the row of a gap, whose search is the last one of this call site */
static Datum
GapRow(FunctionCallInfo fcinfo, const CallSite *call, const hcc_gap *gap)
{
	const GapSearch *search = call->gaps;
	const hcc_model *model = search->gaps.model;
	const hcc_segment *segment = &model->segment[search->person.segment];
	/* what is closed or new has its terms in the score already */
	bool		is_gain = gap->status != HCC_GAP_CLOSED && gap->status != HCC_GAP_NET_NEW;
	bool		nulls[COLUMNS];
	Datum		values[COLUMNS];

	Assert(gap->hcc >= 0 && gap->hcc < model->hccs);
	memcpy(values, search->shared, sizeof(values));
	memcpy(nulls, search->shared_null, sizeof(nulls));
	SetText(model->hcc_name[gap->hcc], values, nulls, HCC_CODE);
	SetText(model->hcc_label[gap->hcc], values, nulls, LABEL);
	SetText(hcc_gap_status_name[gap->status], values, nulls, STATUS);
	SetText(hcc_gap_closure_name[gap->closure], values, nulls, CLOSURE);
	SetHccs(model, gap->by, values, nulls, BY_HCC);
	values[BASE_POSITION] = Int32GetDatum(gap->position);
	nulls[BASE_POSITION] = gap->position == 0;
	SetHccs(model, gap->superseded_by, values, nulls, SUPERSEDED_BY);
	values[ICD10_CODES] = GapCodes(search, gap);
	values[IGNORED] = BoolGetDatum(gap->ignored);
	values[COEFFICIENT] = ScoreDatum(segment->hcc_coefficient[gap->hcc]);
	nulls[COEFFICIENT] = !hcc_has(segment->hcc_scored, gap->hcc);
	SetWorth(search, gap->value, values, nulls, VALUE_RAW, VALUE_PAYMENT);
	/* a gap below another one adds nothing by itself: its terms are that one's */
	nulls[TERMS_GAINED] = true;
	if (is_gain && nulls[SUPERSEDED_BY])
		SetTermsGained(search, gap, values, nulls);
	return ReturnRow(fcinfo, &call->rows, values, nulls);
}

/*
 * raf_gaps(base, captured, who, payment_year, model, program, component,
 * pending, not_eligible, ignored, mce, elsewhere): no rows if base, captured or who are
 * NULL
 *
 * A year and a program that are NULL are an error even then: they are the
 * report's, and an empty result would look like a panel without gaps.
 */
Datum
raf_gaps(PG_FUNCTION_ARGS)
{
	ResultRows *rows = PendingRows(fcinfo);
	const hcc_gap *gap;

	if (rows == NULL)
	{
		CallSite   *call = GetCallSite(fcinfo);
		int			n = 0;

		if (PG_ARGISNULL(PAYMENT_YEAR) || PG_ARGISNULL(PROGRAM))
			ereport(ERROR,
					(PlainErrcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("payment_year and program must not be NULL")));
		if (!PG_ARGISNULL(BASE) && !PG_ARGISNULL(CAPTURED) && !PG_ARGISNULL(WHO))
			n = FindGaps(fcinfo, call);
		rows = &call->rows;
		StartRows(fcinfo, rows, n);
	}
	if ((gap = NextRow(rows)) == NULL)
		return EndRows(fcinfo, rows);
	return GapRow(fcinfo, fcinfo->flinfo->fn_extra, gap);
}

/* A share of raf_shapley; the name is the model's, which is pinned */
typedef struct Share
{
	const char *hcc;
	int64		millionths;
} Share;

/*
 * The shares that the arguments (captured, who, hccs, model, payment_year) ask
 * for; their number.  HCCs are gone through in the model's order, so that the
 * list's has no influence, and one that is named twice is one.  Their number is
 * bounded because every subset of them is scored.
 */
static int
FindShares(FunctionCallInfo fcinfo, CallSite *call)
{
	ScoreSettings settings = ReadSettings(fcinfo, (SettingArgs) {.first = 3, .count = 2});
	ScoreSite  *site = FindScoreSite(call, &settings);
	const hcc_model *model = site->model->compiled;
	const hcc_person *person = SitePerson(site, PG_GETARG_BENEFICIARY(1));
	hcc_word	captured[HCC_MAX_WORDS] = {0};
	hcc_word	shared[HCC_MAX_WORDS] = {0};
	int32_t		hcc[HCC_SHAPLEY_MAX];
	int64_t		millionths[HCC_SHAPLEY_MAX];
	int			n = 0;
	CodeView	codes;
	Share	   *share;

	ViewIcd10Set(PG_GETARG_DATUM(0), &codes);
	MapCodes(site, person, codes.code, codes.n, captured);
	AddHccs(site->model, PG_GETARG_ARRAYTYPE_P(2), shared);
	for (int h = 0; h < model->hccs; h++)
	{
		if (!hcc_has(shared, h))
			continue;
		if (n == HCC_SHAPLEY_MAX)
			ereport(ERROR,
					(PlainErrcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					 errmsg("raf_shapley takes at most %d different HCCs", HCC_SHAPLEY_MAX),
					 errhint("Leave out HCCs that are worth nothing, or show the joint value "
							 "alone.")));
		hcc[n++] = h;
	}
	hcc_shapley(model, settings.order, person, captured, hcc, n, millionths);

	share = ReserveRows(fcinfo, &call->rows, n, sizeof(Share));
	for (int i = 0; i < n; i++)
		share[i] = (Share) {model->hcc_name[hcc[i]], millionths[i]};
	return n;
}

/*
 * raf_shapley(captured, who, hccs, model, payment_year): what each of some
 * HCCs is worth of what they are worth together; no rows if one of the first
 * three is NULL
 */
Datum
raf_shapley(PG_FUNCTION_ARGS)
{
	ResultRows *rows = PendingRows(fcinfo);
	const Share *share;

	if (rows == NULL)
	{
		CallSite   *call = GetCallSite(fcinfo);
		int			n = 0;

		if (!PG_ARGISNULL(0) && !PG_ARGISNULL(1) && !PG_ARGISNULL(2))
			n = FindShares(fcinfo, call);
		rows = &call->rows;
		StartRows(fcinfo, rows, n);
	}
	if ((share = NextRow(rows)) == NULL)
		return EndRows(fcinfo, rows);
	else
	{
		Datum		values[2] = {CStringGetTextDatum(share->hcc), FixedDatum(share->millionths, 6)};
		bool		nulls[2] = {false};

		return ReturnRow(fcinfo, rows, values, nulls);
	}
}
