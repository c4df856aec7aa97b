/*
 * Fuzzing the encounter filter: rules, bill types, lists and records of any
 * texts, or none.  Whether rows are usable, what a claim is, how the patient
 * was seen and which rule holds is asked again by reading the rows plainly.
 */
#include "fuzz.h"

#include <strings.h>

#include "core/encounter.h"

#define MOST_RULES 40
#define MOST_NAMED_TYPES 12		/* of claims, beside those known to the code */
#define FIRST_LATE_KIND HCC_PROCEDURE_LISTED

static fuzz_memory memory;

/* ---- texts ---- */

static const char *const claim_types[] = {
	"professional", "Institutional", "institutional", "other", "unknown", " Professional\t",
	"Dental", "DENTAL ", "vision", "", "  "
};
static const char *const bill_types[] = {"11", "111",   "0111", " 137 ", "13",   "1",
										 "01", "11111", "0851", "",      "A\xC3", "111.0",
										 "0131.00", "011"};
static const char *const codes[] = {
	"99213", "g0438", " 99213", "T1", "93", "95", "GT", "2", "02", "11", "", " ", "?",
	"toolongforacode", "99.213", "\xFF"
};
static const char *const modifiers[] = {"93", "95 gt", " GT  95", "93\t59",
										"",   "   ",   "x? 93",   "59",
										"25:93", "2593", "GT,59", "259"};
static const char *const modalities[] = {
	"asynchronous", "audio_only", "telehealth", "audio_video", "in_person", "In_Person", "by post"
};
static const char *const verdicts[] = {"ok", "voided", "rule_7", "a", "", "No", "no verdict", NULL};

/* A text in exactly its room, without an end; now and then none, or any bytes */
static hcc_text
draw_text(fuzz_input *in, const char *const *pool, int n)
{
	hcc_text	t = {NULL, 0};
	char		raw[12];
	const char *bytes = raw;

	if (fuzz_once_in(in, 12))
		return t;
	if (fuzz_once_in(in, 12))
	{
		t.length = fuzz_below(in, sizeof(raw));
		for (size_t i = 0; i < t.length; i++)
			raw[i] = (char) fuzz_byte(in);
	}
	else
	{
		bytes = pool[fuzz_below(in, n)];
		t.length = strlen(bytes);
	}
	t.text = fuzz_copy(&memory, bytes, t.length);
	return t;
}

#define DRAW_TEXT(in, pool) draw_text(in, pool, LENGTH(pool))

/* A string of a row, which is mostly one of the pool; NULL now and then */
static const char *
draw_string(fuzz_input *in, const char *const *pool, int n)
{
	const char *string = pool[fuzz_below(in, n)];

	if (string == NULL || fuzz_once_in(in, 48))
		return NULL;
	return fuzz_copy(&memory, string, strlen(string) + 1);
}

#define DRAW_STRING(in, pool) draw_string(in, pool, LENGTH(pool))

/* A text as a string without blanks around it */
static const char *
plain_text(hcc_text t)
{
	char	   *string;

	if (t.text != NULL)
		t.text = icd10_trim(t.text, &t.length);
	string = fuzz_alloc(&memory, t.length + 1);
	if (t.length > 0)
		memcpy(string, t.text, t.length);
	return memchr(string, '\0', t.length) != NULL ? "\x01" : string;
}

/* A string as a text; NULL as none */
static hcc_text
text_of(const char *string)
{
	return (hcc_text) {string, string != NULL ? strlen(string) : 0};
}

/* A text as a code; none if there is no text */
static icd10_code
plain_code(hcc_text t)
{
	return t.text != NULL ? icd10_read(t.text, t.length) : ICD10_NONE;
}

/* A number without the decimals of a spreadsheet, which are zeros */
static hcc_text
plain_decimals(hcc_text t)
{
	const char *string = plain_text(t);
	const char *point = strrchr(string, '.');

	if (t.text != NULL && point != NULL && point > string && point[1] != '\0' &&
		strspn(point + 1, "0") == strlen(point + 1))
		return (hcc_text) {string, point - string};
	return t;
}

/* A place of service with the zero that may have got lost */
static icd10_code
plain_place(hcc_text t)
{
	char		text[ICD10_MAX_TEXT + 2] = "0";

	t = plain_decimals(t);
	if (icd10_write(plain_code(t), text + 1) != 1 || text[1] == '?')
		return plain_code(t);
	return icd10_read(text, 2);
}

/* Which of a kind's values a string is; -1: none */
static int
plain_value(int kind, const char *string)
{
	for (int i = 0; hcc_record_value(kind, i) != NULL; i++)
	{
		if (strcasecmp(hcc_record_value(kind, i), string) == 0)
			return i;
	}
	return -1;
}

/* ---- rows and whether they can be used ---- */

typedef struct rule_set
{
	hcc_rule_row rule[MOST_RULES];
	int			rules;
	hcc_bill_type_row bill_type[8];
	int			bill_types;
	hcc_modality_row modality[10];
	int			modalities;
	icd10_code *procedure;
	size_t		procedures;
	icd10_code *valid;
	size_t		valids;
} rule_set;

/* Now and then a list of so many claim types that there is no room for all of them */
static hcc_list
draw_condition(fuzz_input *in, int kind)
{
	int			most = kind == HCC_CLAIM_TYPE && fuzz_once_in(in, 8) ? 2 * MOST_NAMED_TYPES : 3;
	hcc_list	list = {NULL, fuzz_below(in, most + 1)};

	list.item = fuzz_alloc(&memory, list.items * sizeof(char *));
	for (int i = 0; i < list.items; i++)
	{
		int			values = 0;
		char		name[24];

		while (hcc_record_value(kind, values) != NULL)
			values++;
		snprintf(name, sizeof(name), " Type%d", fuzz_below(in, 60));
		if (fuzz_once_in(in, 200))
			list.item[i] = DRAW_STRING(in, codes);
		else if (kind == HCC_CLAIM_TYPE && fuzz_once_in(in, 2))
			list.item[i] = fuzz_copy(&memory, name, strlen(name) + 1);
		else
			list.item[i] = hcc_record_value(kind, fuzz_below(in, values));
	}
	return list;
}

/* Rules and bill types, most of them usable */
static void
draw_rules(fuzz_input *in, rule_set *set)
{
	set->rules = fuzz_once_in(in, 8) ? fuzz_below(in, MOST_RULES + 1) : fuzz_below(in, 8);
	for (int i = 0; i < set->rules; i++)
	{
		hcc_rule_row *row = &set->rule[i];

		row->priority = (fuzz_below(in, 4) - 2) * 1000000000;
		row->id = i * 7 % MOST_RULES;
		row->verdict =
			verdicts[fuzz_once_in(in, 64) ? fuzz_below(in, LENGTH(verdicts)) : fuzz_below(in, 4)];
		for (int kind = 0; kind < HCC_RECORD_KINDS; kind++)
		{
			row->asks[kind] = fuzz_once_in(in, 6);
			if (row->asks[kind])
				row->allows[kind] = draw_condition(in, kind);
		}
	}
	set->bill_types = fuzz_below(in, LENGTH(set->bill_type) + 1);
	for (int i = 0; i < set->bill_types; i++)
	{
		static const char *const good[] = {"11", "13", "85", "01", "??", "131", "117"};
		static const char *const settings[] = {"inpatient", "outpatient", "none", "Outpatient",
											   "elsewhere"};
		bool		stray = fuzz_once_in(in, 32);

		set->bill_type[i] = (hcc_bill_type_row) {
			stray ? DRAW_STRING(in, bill_types) : good[fuzz_below(in, LENGTH(good))],
			stray ? DRAW_STRING(in, settings) : settings[fuzz_below(in, 4)], fuzz_once_in(in, 2)
		};
	}
}

/* Codes as a list has them: read from texts, and many of them now and then */
static icd10_code *
draw_codes(fuzz_input *in, size_t *n)
{
	icd10_code *code;

	*n = fuzz_once_in(in, 32) ? fuzz_below(in, 3000) : fuzz_below(in, 12);
	code = fuzz_alloc(&memory, *n * sizeof(icd10_code));
	for (size_t i = 0; i < *n; i++)
		code[i] = i < 12 ? plain_code(DRAW_TEXT(in, codes)) : code[i % 12] + (fuzz_byte(in) << 8);
	return code;
}

/* Modalities, most of them usable, and lists of codes */
static void
draw_lists(fuzz_input *in, rule_set *set)
{
	static const char *const kinds[] = {"modifier", "procedure", "place_of_service", "weather"};

	set->modalities = fuzz_below(in, LENGTH(set->modality) + 1);
	for (int i = 0; i < set->modalities; i++)
	{
		bool		stray = fuzz_once_in(in, 32);

		set->modality[i] = (hcc_modality_row) {
			kinds[fuzz_below(in, stray ? 4 : 3)],
			stray ? DRAW_STRING(in, codes) : codes[fuzz_below(in, 10)],
			stray ? DRAW_STRING(in, modalities) : modalities[fuzz_below(in, 6)]
		};
	}
	set->procedure = draw_codes(in, &set->procedures);
	set->valid = draw_codes(in, &set->valids);
}

/*
 * Can a verdict be a word of a report?  Its length is not asked: none here is
 * too long.
 */
static bool
plain_verdict_is_good(const char *verdict)
{
	if (verdict == NULL || verdict[0] == '\0')
		return false;
	for (; *verdict != '\0'; verdict++)
	{
		if (!((*verdict >= 'a' && *verdict <= 'z') || (*verdict >= '0' && *verdict <= '9') ||
			  *verdict == '_'))
			return false;
	}
	return true;
}

/* Enter a claim type that is none of those known to the code; false if there are too many */
static bool
enter_type(const char **named, int *n, const char *type)
{
	for (int i = 0; i < *n; i++)
	{
		if (strcasecmp(named[i], type) == 0)
			return true;
	}
	if (*n == MOST_NAMED_TYPES || type[0] == '\0')
		return false;
	named[(*n)++] = type;
	return true;
}

/* Can all rules and bill types be used? */
static bool
rules_are_good(const rule_set *set)
{
	const char *named[MOST_NAMED_TYPES];
	int			types = 0;
	bool		good = true;

	for (int i = 0; i < set->rules; i++)
	{
		good &= plain_verdict_is_good(set->rule[i].verdict);
		for (int kind = 0; kind < HCC_RECORD_KINDS; kind++)
		{
			const hcc_list *list = &set->rule[i].allows[kind];

			for (int k = 0; k < list->items; k++)
			{
				const char *item = plain_text(text_of(list->item[k]));

				if (plain_value(kind, item) < 0)
					good &= kind == HCC_CLAIM_TYPE && enter_type(named, &types, item);
			}
		}
	}
	for (int i = 0; i < set->bill_types; i++)
	{
		const hcc_bill_type_row *row = &set->bill_type[i];

		good &= row->bill_type != NULL && strlen(row->bill_type) >= 2 &&
			strlen(row->bill_type) <= 3 &&
			row->setting != NULL && plain_value(HCC_SETTING, row->setting) >= 0;
	}
	return good;
}

/* The code of a row of modalities */
static icd10_code
modality_code(const hcc_modality_row *row)
{
	return strcmp(row->kind, "place_of_service") == 0 ? plain_place(text_of(row->code)) :
														plain_code(text_of(row->code));
}

/* Can all modalities be used? Rows of other kinds are not looked at. */
static bool
modalities_are_good(const rule_set *set)
{
	for (int i = 0; i < set->modalities; i++)
	{
		const hcc_modality_row *row = &set->modality[i];
		icd10_code	code = modality_code(row);

		if (strcmp(row->kind, "weather") != 0 &&
			(row->modality == NULL || plain_value(HCC_MODALITY, row->modality) < 0 ||
			 code == ICD10_NONE || code == ICD10_UNREADABLE))
			return false;
	}
	return true;
}

/* ---- a record, plainly ---- */

/* A record and the texts that its facts come from */
typedef struct plain_record
{
	hcc_encounter record;
	hcc_text	claim_type;
	hcc_text	bill_type;
	int			value[HCC_RECORD_KINDS];	/* which of the values; of claim types, see below */
} plain_record;

/* Is a code on a list? What is no code is on none. */
static bool
is_listed(const icd10_code *code, size_t n, icd10_code one)
{
	/* what is no code is on no list */
	for (size_t i = 0; i < n && one != ICD10_NONE && one != ICD10_UNREADABLE; i++)
	{
		if (code[i] == one)
			return true;
	}
	return false;
}

/* What the rows of a kind say of a code; -1: nothing */
static int
plain_modality_by(const rule_set *set, const char *kind, icd10_code code)
{
	for (int i = 0; i < set->modalities && code != ICD10_NONE; i++)
	{
		if (strcmp(set->modality[i].kind, kind) == 0 && modality_code(&set->modality[i]) == code)
			return plain_value(HCC_MODALITY, set->modality[i].modality);
	}
	return -1;
}

/* What the modifiers of one text say; -1: nothing */
static int
plain_modality_by_modifiers(const rule_set *set, hcc_text t)
{
	int			best = -1;

	for (size_t start = 0; start < t.length;)
	{
		size_t		end = start;
		size_t		step;

		while (end < t.length && t.text[end] != '\0' &&
			   strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
					  t.text[end]) != NULL)
			end++;
		step = (end - start) % 2 == 0 ? 2 : end - start;
		for (; start < end; start += step)
		{
			int said = plain_modality_by(set, "modifier", icd10_read(t.text + start, step));

			best = said > best ? said : best;
		}
		start = end + 1;
	}
	return best;
}

/* Is there any row that says how a patient was seen? */
static bool
names_a_modality(const rule_set *set)
{
	for (int i = 0; i < set->modalities; i++)
	{
		if (strcmp(set->modality[i].kind, "weather") != 0)
			return true;
	}
	return false;
}

/* The modality of a record; see hcc_encounter_modality. */
static int
plain_modality(const rule_set *set, const hcc_encounter *record)
{
	bool		by_line = record->modifiers == record->procedures;
	int			place = plain_modality_by(set, "place_of_service", plain_place(record->place));
	int			of_record = -1;
	int			best = -1;
	int			best_listed = -1;

	if (record->year == NULL || !names_a_modality(set))
		return HCC_IN_PERSON;
	if (place < 0)
		place = HCC_IN_PERSON;
	for (int i = 0; i < record->modifiers && !by_line; i++)
	{
		int			said = plain_modality_by_modifiers(set, record->modifier[i]);

		of_record = said > of_record ? said : of_record;
	}
	for (int i = 0; i < record->procedures; i++)
	{
		icd10_code	procedure = plain_code(record->procedure[i]);
		int said = by_line ? plain_modality_by_modifiers(set, record->modifier[i]) : of_record;

		if (said < 0)
			said = plain_modality_by(set, "procedure", procedure);
		if (said < 0)
			said = place;
		best = said > best ? said : best;
		if (is_listed(set->procedure, set->procedures, procedure) && said > best_listed)
			best_listed = said;
	}
	return best_listed >= 0 ? best_listed : best >= 0 ? best : of_record >= 0 ? of_record : place;
}

/* Values of the flags that can be unknown: false, true, unknown */
static int
plain_listed(const rule_set *set, const hcc_encounter *record)
{
	if (record->year == NULL)
		return 2;
	if (set->procedures == 0)
		return record->without_list == HCC_ACCEPT_WITHOUT_LIST;
	for (int i = 0; i < record->procedures; i++)
	{
		if (is_listed(set->procedure, set->procedures, plain_code(record->procedure[i])))
			return 1;
	}
	return 0;
}

/* See plain_listed. */
static int
plain_code_valid(const rule_set *set, const hcc_encounter *record)
{
	if (record->valid_codes == NULL || set->valids == 0 || record->code == ICD10_NONE)
		return 2;
	return is_listed(set->valid, set->valids, record->code);
}

/* The row of a claim's bill type; NULL: none, or the claim is of another kind */
static const hcc_bill_type_row *
plain_bill_type(const rule_set *set, const plain_record *plain)
{
	hcc_text	number = plain_decimals(plain->bill_type);
	const char *digits = plain_text(number);

	if (plain->bill_type.text == NULL ||
		strcasecmp(plain_text(plain->claim_type), "institutional") != 0)
		return NULL;
	digits += strspn(digits, "0");
	if (strlen(digits) < 2 || strlen(digits) > 3)
		return NULL;
	for (int i = 0; i < set->bill_types; i++)
	{
		const char *listed = set->bill_type[i].bill_type;

		/* two digits are of any frequency */
		if (strncmp(listed, digits, strlen(listed)) == 0)
			return &set->bill_type[i];
	}
	return NULL;
}

/*
 * Does a rule allow a record's claim type?  "other" is any that some rule
 * names; nobody knows the rest.
 */
static bool
allows_claim_type(const rule_set *set, const hcc_list *list, const char *type)
{
	int value = type[0] == '\0' ? plain_value(HCC_CLAIM_TYPE, "unknown") :
								  plain_value(HCC_CLAIM_TYPE, type);
	int			other = plain_value(HCC_CLAIM_TYPE, "other");
	bool		named = false;

	for (int i = 0; i < set->rules; i++)
	{
		const hcc_list *names = &set->rule[i].allows[HCC_CLAIM_TYPE];

		for (int k = 0; set->rule[i].asks[HCC_CLAIM_TYPE] && k < names->items; k++)
			named |= strcasecmp(plain_text(text_of(names->item[k])), type) == 0;
	}
	if (value < 0 && !named)
		value = plain_value(HCC_CLAIM_TYPE, "unrecognized");
	for (int i = 0; i < list->items; i++)
	{
		const char *item = plain_text(text_of(list->item[i]));
		int			allowed = plain_value(HCC_CLAIM_TYPE, item);

		if (strcasecmp(item, type) == 0 || (allowed >= 0 && allowed == value) ||
			(allowed == other && value < 0))
			return true;
	}
	return false;
}

/* Does a rule allow what a record is in this respect? */
static bool
allows(const rule_set *set, const hcc_rule_row *rule, int kind, const plain_record *plain)
{
	if (!rule->asks[kind])
		return true;
	if (kind == HCC_CLAIM_TYPE)
		return allows_claim_type(set, &rule->allows[kind], plain_text(plain->claim_type));
	for (int i = 0; i < rule->allows[kind].items; i++)
	{
		if (plain_value(kind, plain_text(text_of(rule->allows[kind].item[i]))) ==
			plain->value[kind])
			return true;
	}
	return false;
}

/*
 * The first rule that holds.  Without a list, a rule that nothing known
 * excludes and that asks for the list ends the matter; a modality that an
 * earlier rule asked for is known.
 */
static int
plain_rule(const rule_set *set, const hcc_rule_row *rule, const plain_record *plain)
{
	bool		no_list = plain->record.year != NULL && set->procedures == 0 &&
		plain->record.without_list == HCC_ERROR_WITHOUT_LIST;
	bool		known[HCC_RECORD_KINDS] = {false};

	for (int i = 0; i < set->rules; i++)
	{
		bool		excluded = false;

		for (int kind = 0; kind < HCC_RECORD_KINDS; kind++)
			excluded |= (kind < FIRST_LATE_KIND || known[kind]) &&
				!allows(set, &rule[i], kind, plain);
		if (!excluded && no_list && rule[i].asks[HCC_PROCEDURE_LISTED])
			return HCC_NO_PROCEDURE_LIST;
		for (int kind = FIRST_LATE_KIND; kind < HCC_RECORD_KINDS && !excluded; kind++)
		{
			known[kind] |= rule[i].asks[kind];
			excluded = !allows(set, &rule[i], kind, plain);
		}
		if (!excluded)
			return i;
	}
	return HCC_RECORD_OK;
}

/* ---- checks ---- */

/* So many texts of a pool */
static hcc_text *
draw_texts(fuzz_input *in, const char *const *pool, int n, int texts)
{
	hcc_text   *text = fuzz_alloc(&memory, texts * sizeof(hcc_text));

	for (int i = 0; i < texts; i++)
		text[i] = draw_text(in, pool, n);
	return text;
}

/* A record, but for the facts that are known from the start */
static void
draw_record(fuzz_input *in, plain_record *plain, const hcc_service_year *year,
						const hcc_code_set *valid)
{
	hcc_encounter *record = &plain->record;

	memset(plain, 0, sizeof(*plain));
	plain->claim_type = DRAW_TEXT(in, claim_types);
	plain->bill_type = DRAW_TEXT(in, bill_types);
	if (fuzz_once_in(in, 4))
	{
		char		name[24];

		snprintf(name, sizeof(name), "tYPE%d", fuzz_below(in, 60));
		plain->claim_type = (hcc_text) {fuzz_copy(&memory, name, strlen(name)), strlen(name)};
	}
	record->procedures = fuzz_below(in, 4);
	record->procedure = draw_texts(in, codes, LENGTH(codes), record->procedures);
	record->modifiers = fuzz_once_in(in, 2) ? record->procedures : fuzz_below(in, 4);
	record->modifier = draw_texts(in, modifiers, LENGTH(modifiers), record->modifiers);
	record->place = DRAW_TEXT(in, codes);
	record->code = plain_code(DRAW_TEXT(in, codes));
	record->year = fuzz_once_in(in, 5) ? NULL : year;
	record->valid_codes = fuzz_once_in(in, 5) ? NULL : valid;
	record->without_list = fuzz_below(in, 3);
}

/* Set one fact of each kind that is known from the start. */
static void
draw_facts(fuzz_input *in, plain_record *plain, const rule_set *set, const hcc_policy *policy)
{
	const hcc_bill_type_row *bill_type = plain_bill_type(set, plain);
	const char *type = plain_text(plain->claim_type);

	plain->record.facts = hcc_claim_facts(policy, plain->claim_type, plain->bill_type);
	plain->value[HCC_CLAIM_KNOWN] = type[0] != '\0' && strcasecmp(type, "unknown") != 0;
	plain->value[HCC_SETTING] =
		plain_value(HCC_SETTING, bill_type != NULL ? bill_type->setting : "none");
	plain->value[HCC_PROCEDURE_REQUIRED] = bill_type != NULL ? bill_type->procedure_required : 2;
	for (int kind = HCC_IN_YEAR; kind < FIRST_LATE_KIND; kind++)
	{
		int			values = 0;
		const char *name;

		while (hcc_record_value(kind, values) != NULL)
			values++;
		plain->value[kind] = fuzz_below(in, values);
		name = hcc_record_value(kind, plain->value[kind]);
		plain->record.facts |= plain->value[kind] == 0 ? hcc_record_default(kind) :
														 hcc_record_fact(kind, text_of(name));
	}
	plain->value[HCC_PROCEDURE_LISTED] = plain_listed(set, &plain->record);
	plain->value[HCC_MODALITY] = plain_modality(set, &plain->record);
	plain->value[HCC_CODE_VALID] = plain_code_valid(set, &plain->record);
}

/* Each value of a kind has a bit of its own, and no text has another. */
static void
check_facts(fuzz_input *in)
{
	hcc_record_facts seen = 0;
	int			kind = fuzz_below(in, HCC_RECORD_KINDS);
	hcc_text	text = DRAW_TEXT(in, modalities);
	hcc_record_facts fact = hcc_record_fact(kind, text);

	for (int i = 0; hcc_record_value(kind, i) != NULL; i++)
	{
		hcc_record_facts one = hcc_record_fact(kind, text_of(hcc_record_value(kind, i)));

		REQUIRE(one != 0 && (one & (one - 1)) == 0 && (one & seen) == 0);
		seen |= one;
	}
	REQUIRE((fact & ~seen) == 0 && (fact & (fact - 1)) == 0);
	REQUIRE((hcc_record_default(kind) & ~seen) == 0);
	REQUIRE(hcc_condition_column(kind) != NULL);
}

/* The codes of a list are in the set, and others are not. */
static void
check_code_set(fuzz_input *in, const hcc_code_set *set, const icd10_code *code, size_t n)
{
	REQUIRE((set->slot == NULL) == (n == 0));
	for (size_t i = 0; i < n; i++)
	{
		bool		readable = code[i] != ICD10_NONE && code[i] != ICD10_UNREADABLE;

		REQUIRE(hcc_code_set_has(set, code[i]) == readable);
	}
	for (int i = 0; i < 8; i++)
	{
		icd10_code	one = fuzz_once_in(in, 2) ? fuzz_word(in) : plain_code(DRAW_TEXT(in, codes));

		REQUIRE(hcc_code_set_has(set, one) == is_listed(code, n, one));
	}
}

/* A problem has all that a message is made of, each with its end. */
static void
require_described(const hcc_problem *problem)
{
	REQUIRE(problem->table != NULL && problem->table[0] != '\0');
	REQUIRE(problem->row[0] != '\0' && memchr(problem->row, '\0', sizeof(problem->row)) != NULL);
	REQUIRE(problem->what[0] != '\0' && memchr(problem->what, '\0', sizeof(problem->what)) != NULL);
	REQUIRE(problem->hint[0] != '\0' && memchr(problem->hint, '\0', sizeof(problem->hint)) != NULL);
}

/* The order that rules are asked in */
static int
compare_rules(const void *a, const void *b)
{
	const hcc_rule_row *x = a;
	const hcc_rule_row *y = b;

	return x->priority != y->priority ? (x->priority < y->priority ? -1 : 1) :
										(x->id < y->id ? -1 : x->id > y->id);
}

/* Compile the rules, from a copy in exactly its room; NULL if they are no good. */
static hcc_policy *
compile_policy(const rule_set *set)
{
	hcc_problem problem;
	hcc_rule_row *rule = fuzz_copy(&memory, set->rule, set->rules * sizeof(hcc_rule_row));
	hcc_bill_type_row *bill_type =
		fuzz_copy(&memory, set->bill_type, set->bill_types * sizeof(hcc_bill_type_row));
	hcc_policy *policy;

	memset(&problem, 'x', sizeof(problem));
	policy = hcc_compile_policy(rule, set->rules, bill_type, set->bill_types, NULL, 0,
								fuzz_alloc, &memory, &problem);
	REQUIRE((policy != NULL) == rules_are_good(set));
	if (policy == NULL)
		require_described(&problem);
	return policy;
}

/*
 * Compile the lists, from copies in exactly their room; false if they are no
 * good.
 */
static bool
compile_year(const rule_set *set, hcc_service_year *year)
{
	hcc_problem problem;
	hcc_modality_row *row =
		fuzz_copy(&memory, set->modality, set->modalities * sizeof(hcc_modality_row));
	bool		good;

	memset(&problem, 'x', sizeof(problem));
	good = hcc_compile_service_year(year, row, set->modalities, set->procedure, set->procedures,
									fuzz_alloc, &memory, &problem);
	REQUIRE_SAME(good, modalities_are_good(set));
	if (!good)
		require_described(&problem);
	return good;
}

/* A few records, against the rules in their order */
static void
check_records(fuzz_input *in, rule_set *set, const hcc_policy *policy,
						  const hcc_service_year *year, const hcc_code_set *valid)
{
	qsort(set->rule, set->rules, sizeof(hcc_rule_row), compare_rules);
	for (int i = 0; i < set->rules; i++)
		REQUIRE(strcmp(policy->rule[i].verdict, set->rule[i].verdict) == 0);
	for (int n = 8; n > 0; n--)
	{
		plain_record plain;

		draw_record(in, &plain, year, valid);
		draw_facts(in, &plain, set, policy);
		REQUIRE_SAME(hcc_encounter_modality(&plain.record), plain.value[HCC_MODALITY]);
		REQUIRE_SAME(hcc_encounter_rule(policy, &plain.record), plain_rule(set, set->rule, &plain));
	}
}

/*
 * Compiles the rules and lists of an input, or sees them refused, and judges
 * records.
 */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static rule_set set;
	fuzz_input	in = fuzz_begin(data, size);
	hcc_policy *policy;
	hcc_service_year year;
	hcc_code_set valid;

	memset(&set, 0, sizeof(set));
	draw_rules(&in, &set);
	draw_lists(&in, &set);
	check_facts(&in);
	hcc_code_set_make(&valid, set.valid, set.valids, fuzz_alloc, &memory);
	check_code_set(&in, &valid, set.valid, set.valids);
	policy = compile_policy(&set);
	if (compile_year(&set, &year))
	{
		check_code_set(&in, &year.procedures, set.procedure, set.procedures);
		if (policy != NULL)
			check_records(&in, &set, policy, &year, &valid);
	}
	fuzz_free(&memory);
	return 0;
}
