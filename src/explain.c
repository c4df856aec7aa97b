/*
 * explain.c
 *	  raf_explain: every term of a score, and everything that did not count.
 *
 * The score is made again by the same steps as raf_score, with notes taken in
 * between: which HCCs each code gave, and the set after each step.  An HCC that
 * is no term was lost at the first step after which it is not in the set, and
 * that step is the reason that is told.
 *
 * Two promises: the coefficients of the rows add up to raf_score, and each HCC
 * and each code of the argument that does not count has a row that says why.
 * (One of several codes that give the same HCC counts, as it does not matter
 * which.)  The rows come in the order of the computation: terms, HCCs that are
 * none, the factor, codes.
 *
 * This is for one person at a time, or for a few: rows go into a tuplestore, and
 * memory is the call's.
 */
#include "postgres.h"

#include "fmgr.h"
#include "funcapi.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/numeric.h"

#include "encounter_load.h"
#include "score.h"

PG_FUNCTION_INFO_V1(raf_explain);

/* The columns of the result, as in sql/41-explain.sql */
enum
{
	KIND, VARIABLE, HCC_CODE, LABEL, COEFFICIENT, ICD10_CODES, REASON, SUPERSEDED_BY,
	COLUMNS
};

/* A code and the HCCs that it gave */
typedef struct CodeNote
{
	icd10_code	code;
	hcc_word   *gave;
} CodeNote;

/*
 * All that is known of one score.  The sets are in the order of the steps; each
 * is a part of the one before, but for the groups in active.
 */
typedef struct Explanation
{
	ReturnSetInfo *result;
	ScoreSite  *site;
	const hcc_model *model;
	const hcc_person *person;
	CodeNote   *note;			/* of the codes that gave any */
	size_t		notes;
	size_t		room_for_notes;
	hcc_word	mapped[HCC_MAX_WORDS];	/* what the codes gave */
	hcc_word	eligible[HCC_MAX_WORDS];	/* after prerequisites */
	hcc_word	standing[HCC_MAX_WORDS];	/* after the hierarchy */
	hcc_word	active[HCC_MAX_WORDS];	/* that count at the person's age, and groups */
	hcc_score	sum;			/* of the terms told so far */
} Explanation;

/* Store a row of the result, which copies it */
static void
PutRow(Explanation *e, Datum *values, bool *nulls)
{
	tuplestore_putvalues(e->result->setResult, e->result->setDesc, values, nulls);
}

/* A text column of a row; NULL for none */
static void
SetText(Datum *values, bool *nulls, int column, const char *value)
{
	Assert(column >= 0 && column < COLUMNS);
	nulls[column] = value == NULL;
	if (value != NULL)
		values[column] = CStringGetTextDatum(value);
}

/* The codes that gave any of these HCCs, as text[]; NULL if none did, as with age and sex */
static void
SetCodes(Explanation *e, Datum *values, bool *nulls, const hcc_word *hccs)
{
	Datum	   *elements = palloc(Max(e->notes, 1) * sizeof(Datum));
	int			n = 0;

	for (size_t i = 0; i < e->notes; i++)
	{
		hcc_word	common = 0;
		char		text[ICD10_MAX_TEXT + 1];

		for (int w = 0; w < e->model->hcc_words; w++)
			common |= e->note[i].gave[w] & hccs[w];
		if (common == 0)
			continue;
		icd10_write(e->note[i].code, text);
		elements[n++] = CStringGetTextDatum(text);
	}
	nulls[ICD10_CODES] = n == 0;
	if (n > 0)
		values[ICD10_CODES] = PointerGetDatum(construct_array(elements, n, TEXTOID, -1, false,
															  TYPALIGN_INT));
}

/* The active HCCs that make a group 1 */
static void
AddMembers(Explanation *e, int group, hcc_word *hccs)
{
	for (int w = 0; w < e->model->hcc_words; w++)
		hccs[w] |= e->model->group_members[(size_t) group * e->model->hcc_words + w] &
			e->standing[w];
}

/*
 * The active HCCs that make an interaction 1: all that it requires, and of each
 * group those that are there.  Where a helper has several rows, the interaction
 * has as many conditions, which differ in what they ask of the person alone; so
 * the first has the HCCs of all.
 */
static void
InteractionHccs(Explanation *e, const hcc_variable *variable, hcc_word *hccs)
{
	const hcc_model *m = e->model;
	const hcc_condition *condition = &m->condition[variable->first_condition];
	const hcc_word *required;

	if (condition->required_set < 0)
		return;
	required = &m->required_set[(size_t) condition->required_set * m->set_words];
	for (int h = 0; h < m->hccs; h++)
	{
		if (hcc_has(required, h))
			hcc_add(hccs, h);
	}
	for (int g = 0; g < m->groups; g++)
	{
		if (hcc_has(required, m->hccs + g))
			AddMembers(e, g, hccs);
	}
}

/* The word for what an HCC of the model is */
static const char *
HccKind(const hcc_model *model, int hcc)
{
	return hcc_kind_name(hcc_has(model->drugs, hcc) ? HCC_KIND_DRUG : HCC_KIND_HCC);
}

/*
 * One term of the score, an hcc_term_fn.  A divisor is told as what it changes,
 * so that the terms add up all the same.  Terms of 0 have their rows, too: the
 * variable is 1, and pays nothing in this segment.
 */
static void
PutTerm(void *context, const hcc_variable *variable, hcc_score coefficient)
{
	Explanation *e = context;
	bool		divides = variable->kind == HCC_KIND_DIVISOR;
	Datum		values[COLUMNS];
	bool		nulls[COLUMNS];
	hcc_word	hccs[HCC_MAX_WORDS] = {0};

	memset(nulls, true, sizeof(nulls));
	SetText(values, nulls, KIND, hcc_kind_name(variable->kind));
	SetText(values, nulls, VARIABLE, variable->name);
	if (divides)
	{
		SetText(values, nulls, LABEL,
				psprintf("Divided by %d.%03d",
						 (int) (coefficient / 1000), (int) (coefficient % 1000)));
		/* told last: what the sum of all terms before it is changed by */
		coefficient = hcc_evaluate(e->model, e->person, e->standing) - e->sum;
	}
	else
		SetText(values, nulls, LABEL, variable->label);
	e->sum += coefficient;
	nulls[COEFFICIENT] = false;
	values[COEFFICIENT] = ScoreDatum(coefficient);
	if (variable->kind == HCC_KIND_HCC)
	{
		SetText(values, nulls, KIND, HccKind(e->model, variable->hcc));
		SetText(values, nulls, HCC_CODE, e->model->hcc_name[variable->hcc]);
		hcc_add(hccs, variable->hcc);
	}
	else if (variable->kind == HCC_KIND_GROUP)
		AddMembers(e, variable->hcc - e->model->hccs, hccs);
	else if (variable->kind == HCC_KIND_INTERACTION)
		InteractionHccs(e, variable, hccs);
	SetCodes(e, values, nulls, hccs);
	PutRow(e, values, nulls);
}

/* "HCC 17, 18": the HCCs of a set for a sentence */
static void
AppendHccs(StringInfo out, const hcc_model *model, const hcc_word *set)
{
	/* where names say what they are of, no word before them has to */
	bool		bare = model->hccs > 0 &&
		strcmp(model->variable[0].name, model->hcc_name[0]) != 0;
	const char *separator = bare ? "HCC " : "";

	for (int h = 0; h < model->hccs; h++)
	{
		if (!hcc_has(set, h))
			continue;
		appendStringInfo(out, "%s%s", separator, model->hcc_name[h]);
		separator = ", ";
	}
}

/*
 * The HCCs that superseded one: the active ones above it, or, where those are
 * superseded themselves, all that were there.  By the pairs of the hierarchy as
 * they are, by which scoring goes, not by any path.
 */
static void
Superiors(Explanation *e, int hcc, hcc_word *superiors)
{
	const hcc_model *m = e->model;
	bool		any_active = false;

	/*
	 * Who asks why an HCC does not count wants to hear of one that does, which
	 * may have dropped the one that dropped it.
	 */
	/* the second pass is for an HCC above which nothing is active */
	for (int pass = 0; pass < 2 && !any_active; pass++)
	{
		const hcc_word *among = pass == 0 ? e->standing : e->eligible;

		for (int h = 0; h < m->hccs; h++)
		{
			if (hcc_has(among, h) && hcc_has(&m->drops[(size_t) h * m->hcc_words], hcc))
			{
				hcc_add(superiors, h);
				any_active = true;
			}
		}
	}
}

/*
 * The group by which an active HCC counts, or -1: one that scores in its place, or
 * one that is 1 among its family
 *
 * Families are how infants are scored: an HCC has no coefficient of its own, but
 * makes a severity 1, and "not in the segment" would be wrong.  Medicare's groups
 * are neither: they only serve interactions.
 */
static int
GroupOf(const Explanation *e, int hcc)
{
	const hcc_model *m = e->model;

	for (int g = 0; g < m->groups; g++)
	{
		if ((m->group_rule[g].replaces || m->group_rule[g].family >= 0) &&
			hcc_has(&m->group_members[(size_t) g * m->hcc_words], hcc) &&
			hcc_has(e->active, m->hccs + g))
			return g;
	}
	return -1;
}

/*
 * Is an HCC a term of its own?  This must say the same as hcc_terms, or an HCC
 * would have two rows or none.
 */
static bool
IsTerm(const Explanation *e, int hcc)
{
	const hcc_segment *segment = &e->model->segment[e->person->segment];
	int			group = GroupOf(e, hcc);

	return hcc_has(e->active, hcc) && hcc_has(segment->hcc_scored, hcc) &&
		!(group >= 0 && e->model->group_rule[group].replaces);
}

/*
 * The factor for cost sharing, in models that have such: no term of the raw score,
 * but what it is multiplied by, so it has no coefficient, and the sum is the raw
 * score's
 */
static void
PutFactor(Explanation *e, const hcc_beneficiary *who)
{
	int64		factor = hcc_csr_factor(e->model, who);
	Datum		values[COLUMNS];
	bool		nulls[COLUMNS];

	if (e->model->csr_factor == NULL || who->csr_variant == 0)
		return;
	memset(nulls, true, sizeof(nulls));
	SetText(values, nulls, KIND, "factor");
	SetText(values, nulls, VARIABLE, psprintf("CSR_%02d", who->csr_variant - 1));
	SetText(values, nulls, LABEL,
			psprintf("Times %s for cost sharing",
					 DatumGetCString(DirectFunctionCall1(numeric_out,
														 CsrFactorDatum(e->site, who)))));
	if (factor == 0)
		SetText(values, nulls, REASON, "no factor for this variant and metal: 1.00");
	PutRow(e, values, nulls);
}

/*
 * An HCC that the codes gave but that is no term, and why.  The reasons are asked
 * for in the order of the steps, since a later one is of no interest where an
 * earlier one took the HCC away: without its prerequisite, say, it does not
 * matter that it is superseded as well.
 */
static void
PutIdleHcc(Explanation *e, int hcc)
{
	const hcc_model *m = e->model;
	Datum		values[COLUMNS];
	bool		nulls[COLUMNS];
	hcc_word	self[HCC_MAX_WORDS] = {0};
	int			group;
	StringInfoData reason;

	Assert(hcc_has(e->mapped, hcc));
	memset(nulls, true, sizeof(nulls));
	initStringInfo(&reason);
	if (!hcc_has(e->eligible, hcc))
	{
		hcc_word	any[HCC_MAX_WORDS] = {0};
		bool		can_be_met = false;

		/* an empty list is how an HCC is taken out of a model for good */
		for (int i = 0; i < m->prerequisites; i++)
		{
			if (m->prerequisite[i].hcc != hcc)
				continue;
			for (int w = 0; w < m->hcc_words; w++)
			{
				any[w] |= m->prerequisite[i].any[w];
				can_be_met |= any[w] != 0;
			}
		}
		if (can_be_met)
		{
			appendStringInfoString(&reason, "prerequisite: counts only beside one of ");
			AppendHccs(&reason, m, any);
		}
		else
			appendStringInfoString(&reason, "prerequisite: never counts in this model");
	}
	else if (!hcc_has(e->standing, hcc))
	{
		hcc_word	superiors[HCC_MAX_WORDS] = {0};

		Superiors(e, hcc, superiors);
		appendStringInfoString(&reason, "superseded by ");
		AppendHccs(&reason, m, superiors);
		nulls[SUPERSEDED_BY] = false;
		values[SUPERSEDED_BY] = HccArray(m, superiors);
	}
	else if (!hcc_has(e->active, hcc))
		appendStringInfoString(&reason, "not at this age");
	else if ((group = GroupOf(e, hcc)) >= 0)
		appendStringInfo(&reason, "in group %s", m->group_name[group]);
	else
		appendStringInfo(&reason, "not in segment %s", m->segment[e->person->segment].name);

	hcc_add(self, hcc);
	SetText(values, nulls, KIND, HccKind(m, hcc));
	SetText(values, nulls, VARIABLE, m->variable[hcc].name);
	SetText(values, nulls, HCC_CODE, m->hcc_name[hcc]);
	SetText(values, nulls, LABEL, m->hcc_label[hcc]);
	SetText(values, nulls, REASON, reason.data);
	SetCodes(e, values, nulls, self);
	PutRow(e, values, nulls);
}

/* A row for a code that gave nothing, or not what its mapping says */
static void
PutCode(Explanation *e, const char *code, const char *reason)
{
	Datum		values[COLUMNS];
	bool		nulls[COLUMNS];
	Datum		element = CStringGetTextDatum(code);

	memset(nulls, true, sizeof(nulls));
	SetText(values, nulls, KIND, "code");
	SetText(values, nulls, REASON, reason);
	nulls[ICD10_CODES] = false;
	values[ICD10_CODES] = PointerGetDatum(construct_array(&element, 1, TEXTOID, -1, false,
														  TYPALIGN_INT));
	PutRow(e, values, nulls);
}

/*
 * Is a code first valid in the payment year's own fiscal year, which the tables
 * do not map yet?  Known from the lists of that year and of the last one that
 * they map; without both, no.
 *
 * New codes are valid from 1 October and mapped by CMS months later.  Until then
 * "no mapping" would say that the code is worth nothing, which nobody knows.
 */
static bool
NotMappedYet(CachePin *pin, const CachedModel *model, icd10_code code)
{
	const hcc_code_set *new_codes;
	const hcc_code_set *mapped;

	if (model->codes_through == 0 || model->codes_through >= model->payment_year)
		return false;
	new_codes = GetDiagnosisList(pin, model->payment_year);
	mapped = GetDiagnosisList(pin, model->codes_through);
	return mapped->slot != NULL && hcc_code_set_has(new_codes, code) &&
		!hcc_code_set_has(mapped, code);
}

/*
 * A code that gave nothing, or not what its mapping says, and why.  It is mapped
 * once more, for the verdict, which is not kept: the notes are of codes that gave
 * something.
 */
static void
PutIdleCode(Explanation *e, CachePin *pin, icd10_code code)
{
	icd10_system system = icd10_split(code).system;
	char		text[ICD10_MAX_TEXT + 1];
	hcc_word	gave[HCC_MAX_WORDS] = {0};
	hcc_word	without_mce[HCC_MAX_WORDS] = {0};
	StringInfoData reason;

	icd10_write(code, text);
	switch (hcc_map_code(e->model, code, e->person, e->site->settings.mce, gave))
	{
		case HCC_MAPPED:
			return;
		case HCC_UNMAPPED:
			PutCode(e, text, NotMappedYet(pin, e->site->model, code) ?
					"valid, not mapped yet" :
					hcc_begins_code(e->model, code) ?
					"incomplete code: mapped codes begin with it" :
					system != ICD10_DIAGNOSIS || icd10_is_icd10(code) ? "no mapping" :
					"not a diagnosis code");
			return;
		case HCC_INVALID_BY_EDIT:
			/* the code editor's edits can be switched off; say whether that would help */
			if (hcc_map_code(e->model, code, e->person, false, without_mce) == HCC_INVALID_BY_EDIT)
				PutCode(e, text, "edit: not valid at this age or sex");
			else
				PutCode(e, text, "edit: not valid at this age (code editor)");
			return;
		case HCC_NOT_VALID_ON_DAY:
			PutCode(e, text, "not valid on its date");
			return;
		case HCC_OUTSIDE_YEAR:
			PutCode(e, text, "not of the payment year");
			return;
		case HCC_BEFORE_BIRTH:
			PutCode(e, text, "before birth");
			return;
		case HCC_AGE_CONFLICT:
			PutCode(e, text, "the age at diagnosis does not fit the age");
			return;
		case HCC_REASSIGNED_BY_EDIT:
			initStringInfo(&reason);
			appendStringInfoString(&reason, "edit: counts as ");
			AppendHccs(&reason, e->model, gave);
			appendStringInfoString(&reason, " at this age or sex");
			PutCode(e, text, reason.data);
			return;
	}
}

/*
 * Text elements that are no codes: told as they came, where they came as text.
 * In a set they are all one element, which has lost what it was.
 */
static void
PutUnreadable(Explanation *e, FunctionCallInfo fcinfo, const icd10_code *codes, size_t n)
{
	TextArrayWalk walk;
	text	   *element;

	if (!IsTextArray(fcinfo, 0))
	{
		/* codes that begin with a digit come before it */
		for (size_t i = 0; i < n; i++)
			if (codes[i] == ICD10_UNREADABLE)
				PutCode(e, "?", "not a diagnosis code");
		return;
	}
	StartTextArrayWalk(&walk, PG_GETARG_ARRAYTYPE_P(0));
	while ((element = NextText(&walk)) != NULL)
	{
		CHECK_FOR_INTERRUPTS();
		if (icd10_read(VARDATA_ANY(element), VARSIZE_ANY_EXHDR(element)) == ICD10_UNREADABLE)
			PutCode(e, text_to_cstring(element), "not a diagnosis code");
	}
}

/* Remember a code and what it gave, in the memory context of the call */
static void
AddNote(Explanation *e, icd10_code code, const hcc_word *gave)
{
	Size		bytes = e->model->hcc_words * sizeof(hcc_word);

	if (e->notes == e->room_for_notes)
	{
		e->room_for_notes = Max(32, e->room_for_notes * 2);
		e->note = e->note ? repalloc(e->note, e->room_for_notes * sizeof(CodeNote)) :
			palloc(e->room_for_notes * sizeof(CodeNote));
	}
	e->note[e->notes].code = code;
	e->note[e->notes++].gave = memcpy(palloc(bytes), gave, bytes);
}

/*
 * Map the codes, and note those that gave an HCC.  One at a time into a set of
 * its own, where scoring maps all into one.
 */
static void
MapWithNotes(Explanation *e, const icd10_code *codes, size_t n)
{
	for (size_t i = 0; i < n; i++)
	{
		hcc_word	gave[HCC_MAX_WORDS] = {0};
		hcc_word	any = 0;

		CHECK_FOR_INTERRUPTS();
		hcc_map_code(e->model, codes[i], e->person, e->site->settings.mce, gave);
		for (int w = 0; w < e->model->hcc_words; w++)
		{
			any |= gave[w];
			e->mapped[w] |= gave[w];
		}
		if (any != 0)
			AddNote(e, codes[i], gave);
	}
}

/*
 * raf_explain(diagnoses, who [, model, payment_year, calibration, mce,
 * hierarchy_order]): the terms of the score, then HCCs and codes that did not
 * count; no rows if diagnoses or who are NULL
 */
Datum
raf_explain(PG_FUNCTION_ARGS)
{
	SettingArgs args = {.first = 2, .count = 5};
	Explanation e = {0};
	MemoryContext row;
	icd10_code *codes;
	size_t		n;

	InitMaterializedSRF(fcinfo, 0);
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		return (Datum) 0;
	e.result = (ReturnSetInfo *) fcinfo->resultinfo;
	e.site = GetScoreSite(fcinfo, args);
	e.model = e.site->model->compiled;
	e.person = SitePerson(e.site, PG_GETARG_BENEFICIARY(1));
	codes = ReadDiagnoses(fcinfo, 0, &n);
	/* a code leaves texts behind, and there may be very many: they go after each */
	row = AllocSetContextCreate(CurrentMemoryContext, "hccraf explained code",
								ALLOCSET_DEFAULT_SIZES);

	MapWithNotes(&e, codes, n);
	memcpy(e.eligible, e.mapped, sizeof(e.eligible));
	hcc_prerequisites(e.model, e.eligible);
	memcpy(e.standing, e.eligible, sizeof(e.standing));
	hcc_drop(e.model, e.site->settings.order, e.standing);
	hcc_groups(e.model, e.person, e.standing, e.active);

	/* hcc_terms leaves out what does not count at the age by itself, as hcc_evaluate does */
	hcc_terms(e.model, e.person, e.standing, PutTerm, &e);
	for (int h = 0; h < e.model->hccs; h++)
	{
		if (hcc_has(e.mapped, h) && !IsTerm(&e, h))
			PutIdleHcc(&e, h);
	}
	PutFactor(&e, PG_GETARG_BENEFICIARY(1));
	for (size_t i = 0; i < n; i++)
	{
		MemoryContext caller = MemoryContextSwitchTo(row);

		CHECK_FOR_INTERRUPTS();
		if (codes[i] != ICD10_UNREADABLE)
			PutIdleCode(&e, ((CallSite *) fcinfo->flinfo->fn_extra)->pin, codes[i]);
		MemoryContextSwitchTo(caller);
		MemoryContextReset(row);
	}
	PutUnreadable(&e, fcinfo, codes, n);
	MemoryContextDelete(row);
	return (Datum) 0;
}
