/*
 * encounter.c
 *	  Which records count: facts of a record, and rules over them.
 *
 * Three parts.  Reading undoes what files and spreadsheets do to a value: the
 * blanks around it, a zero lost in front, ".0" gained behind.  Compiling turns
 * rows into masks and refuses what nobody could mean, with the row's name.
 * Facts and the verdict are for each diagnosis of each patient: they take what
 * data say as it is, and what nobody knows becomes a fact of its own
 * ("unrecognized", "unknown") that rules can name, for one bad row among
 * millions must neither stop a run nor be counted without a word.
 *
 * Text is compared without regard to case, of ASCII letters alone, so that a
 * verdict does not depend on the locale of the server.
 */
#include "core/encounter.h"
#include "core/interrupt.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * A record may have any number of procedure codes; asking at each would take
 * longer than the rest.
 */
static inline void
check_interrupt_at(int line)
{
	if (line % 1024 == 1023)
		hcc_check_interrupt();
}

/* FLAG is in the order of IS_FALSE and IS_TRUE; MAX_VALUES, of the widest kind. */
#define TEXT(s) {s, sizeof(s) - 1}
#define FLAG TEXT("false"), TEXT("true")
#define UNRECOGNIZED TEXT("unrecognized")
#define MAX_VALUES 6

/*
 * The values of each kind of fact and the bit of the first of them.  The bits
 * of the kinds follow each other without gap or overlap; whoever adds a value
 * moves all behind it, and FIRST_NAMED_CLAIM_TYPE.  That is safe: bits live as
 * long as what is compiled and are stored nowhere.  The enumerations below name
 * places in these lists.
 *
 * Of states, sources, submissions and code kinds the first value is what a
 * record is that says nothing (hcc_record_default): an active encounter that was
 * accepted, with a code of ICD-10.  So a table without such columns is judged
 * as claims data.
 */
static const struct
{
	const char *column;
	int			first;
	int			values;
	hcc_text	value[MAX_VALUES];
}			kinds[HCC_RECORD_KINDS] = {
	[HCC_CLAIM_TYPE] = {"claim_types", 0, 5, {
		TEXT("professional"), TEXT("institutional"), TEXT("other"), TEXT("unknown"), UNRECOGNIZED
	}},
	[HCC_CLAIM_KNOWN] = {"claim_known", 5, 2, {FLAG}},
	[HCC_SETTING] = {"settings", 7, 3, {TEXT("inpatient"), TEXT("outpatient"), TEXT("none")}},
	[HCC_PROCEDURE_REQUIRED] = {"procedure_required", 10, 3, {FLAG, TEXT("unknown")}},
	[HCC_IN_YEAR] = {"in_year", 13, 2, {FLAG}},
	[HCC_RECORD_STATE] = {"record_states", 15, 4, {
		TEXT("active"), TEXT("voided"), TEXT("deleted"), UNRECOGNIZED
	}},
	[HCC_RECORD_SOURCE] = {"record_sources", 19, 5, {
		TEXT("encounter"), TEXT("linked_chart_review"), TEXT("unlinked_chart_review"),
		TEXT("raps"), UNRECOGNIZED
	}},
	[HCC_PLAN_SWITCHER] = {"plan_switcher", 24, 2, {FLAG}},
	[HCC_SUBMISSION] = {"submissions", 26, 6, {
		TEXT("accepted"), TEXT("submitted"), TEXT("in_review"), TEXT("not_submitted"),
		TEXT("rejected"), UNRECOGNIZED
	}},
	[HCC_DECLARED_VALID] = {"declared_valid", 32, 2, {FLAG}},
	[HCC_CODE_KIND] = {"code_kinds", 34, 3, {
		TEXT("icd10"), TEXT("not_a_code"), TEXT("other_system")
	}},
	[HCC_AFTER_DEATH] = {"after_death", 37, 2, {FLAG}},
	[HCC_IN_FUTURE] = {"in_future", 39, 2, {FLAG}},
	[HCC_PROCEDURE_LISTED] = {"procedure_listed", 41, 3, {FLAG, TEXT("unknown")}},
	[HCC_MODALITY] = {"modalities", 44, 5, {
		[HCC_ASYNCHRONOUS] = TEXT("asynchronous"),
		[HCC_AUDIO_ONLY] = TEXT("audio_only"),
		[HCC_TELEHEALTH] = TEXT("telehealth"),
		[HCC_AUDIO_VIDEO] = TEXT("audio_video"),
		[HCC_IN_PERSON] = TEXT("in_person")
	}},
	[HCC_CODE_VALID] = {"code_valid", 49, 3, {FLAG, TEXT("unknown")}},
};

/*
 * The bits behind are for claim types that only rules know, such as "dental".
 * There are twelve, shared by the rules of a year and program; a rule that
 * needs a thirteenth is refused, as if it named an unknown value.
 */
#define FIRST_NAMED_CLAIM_TYPE 52
#define MAX_NAMED_CLAIM_TYPES (64 - FIRST_NAMED_CLAIM_TYPE)

#define BIT(n) (UINT64_C(1) << (n))

/* Values of the kinds that are either, or not known */
enum
{
	IS_FALSE,
	IS_TRUE,
	IS_UNKNOWN
};

enum
{
	PROFESSIONAL,
	INSTITUTIONAL,
	OTHER_CLAIM,
	UNKNOWN_CLAIM,
	UNRECOGNIZED_CLAIM
};

enum
{
	INPATIENT,
	OUTPATIENT
};

#define NO_SETTING 2

enum
{
	CODE_IS_ICD10,
	CODE_IS_NONE,
	CODE_IS_OF_OTHER_SYSTEM
};

/* The bit of a value of a kind */
static inline hcc_record_facts
fact(hcc_record_kind kind, int value)
{
	hcc_assert(value >= 0 && value < kinds[kind].values);
	return BIT(kinds[kind].first + value);
}

/*
 * The facts that are found out when asked for, whose kinds come last.  None of
 * them may be known from the start: a rule would hold or not by a look-up that
 * was never made.
 */
#define LATER_FACTS (BIT(FIRST_NAMED_CLAIM_TYPE) - BIT(kinds[HCC_PROCEDURE_LISTED].first))

/* The bits of all values of a kind that are known here */
static inline hcc_record_facts
facts_of_kind(hcc_record_kind kind)
{
	return (BIT(kinds[kind].values) - 1) << kinds[kind].first;
}

/* ---- reading ---- */

/* The same text without surrounding blanks */
static hcc_text
trimmed(hcc_text t)
{
	if (t.text != NULL)
		t.text = icd10_trim(t.text, &t.length);
	return t;
}

/*
 * The same without what a number becomes in a spreadsheet: 111.0.  Zeros that
 * are not behind a point stay, or bill type 110 would become 11; and ".0" alone
 * is no number, but what it is.
 */
hcc_text
hcc_without_decimals(hcc_text t)
{
	size_t		length;

	t = trimmed(t);
	length = t.length;
	while (length > 1 && t.text[length - 1] == '0')
		length--;
	if (length > 1 && length < t.length && t.text[length - 1] == '.')
		t.length = length - 1;
	return t;
}

/* Is it a digit of ASCII? */
static inline bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Lower case of ASCII letters alone, in every locale */
static inline char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char) (c + ('a' - 'A')) : c;
}

/* Is a text this name, in either case? */
static inline bool
is_name(hcc_text t, hcc_text name)
{
	hcc_assert(name.length > 0 || name.text != NULL);
	if (t.length != name.length)
		return false;
	if (memcmp(t.text, name.text, t.length) == 0)
		return true;
	for (size_t i = 0; i < t.length; i++)
	{
		if (lower(t.text[i]) != lower(name.text[i]))
			return false;
	}
	return true;
}

/* A string as a text; NULL as none */
static hcc_text
text_of(const char *string)
{
	return (hcc_text) {string, string ? strlen(string) : 0};
}

/*
 * Procedures, modifiers and places are packed as diagnoses are, so that the
 * same reader takes blanks and case off them and comparing is comparing
 * integers.  They are in sets of their own; no mark of a system is needed.
 */
static inline icd10_code
code_of(hcc_text t)
{
	return t.text ? icd10_read(t.text, t.length) : ICD10_NONE;
}

/* A place of service has two digits, the first of which may have got lost. */
static icd10_code
place_of(hcc_text t)
{
	icd10_code	place = code_of(hcc_without_decimals(t));

	if (place == ICD10_NONE || place == ICD10_UNREADABLE || place << 8 != 0)
		return place;
	/* one character, in the top byte: move it on and put "0" before it */
	return place >> 8 | (icd10_code) '0' << 56;
}

/*
 * The digits of a bill type: of the facility and of the care, and the
 * frequency, which may be missing.  Zeros before them, or the lack of them,
 * mean nothing: claims have 0111 or 111, CMS writes 11X.  False if it has none.
 * They need not be digits, as the X shows; one that is nonsense is in no table
 * and counts as a setting that does not count.
 */
bool
hcc_bill_type_digits(hcc_text t, char digits[3])
{
	t = hcc_without_decimals(t);
	while (t.length > 0 && *t.text == '0')
	{
		t.text++;
		t.length--;
	}
	if (t.length < 2 || t.length > 3)
		return false;
	memcpy(digits, t.text, 2);
	digits[2] = t.length == 3 ? t.text[2] : '\0';
	return true;
}

/*
 * The bytes of a word that count: letters in lower case, and digits.  Longer
 * words are none, which keeps a whole text in a wrong column from being read.
 */
#define WORD_ROOM 40

/* A word without what people put between its parts; the length, or 0 if it has too many */
static size_t
plain_word(hcc_text t, char word[WORD_ROOM])
{
	size_t		length = 0;

	for (size_t i = 0; i < t.length; i++)
	{
		char		c = lower(t.text[i]);

		if (!is_digit(c) && (c < 'a' || c > 'z'))
			continue;
		if (length == WORD_ROOM)
			return 0;
		word[length++] = c;
	}
	return length;
}

/* ---- compiling ---- */

/*
 * The column of encounter_rule that has the conditions of a kind; it lives
 * forever.
 */
const char *
hcc_condition_column(hcc_record_kind kind)
{
	hcc_assert((unsigned) kind < HCC_RECORD_KINDS);
	return kinds[kind].column;
}

/* The names of a kind's values one after another, then NULL; they live forever. */
const char *
hcc_record_value(hcc_record_kind kind, int i)
{
	hcc_assert((unsigned) kind < HCC_RECORD_KINDS && i >= 0);
	return i < kinds[kind].values ? kinds[kind].value[i].text : NULL;
}

/* Which of its kind's values a text is; -1: none */
static int
value_of(hcc_record_kind kind, hcc_text t)
{
	hcc_assert((unsigned) kind < HCC_RECORD_KINDS);
	for (int i = 0; i < kinds[kind].values; i++)
	{
		if (is_name(t, kinds[kind].value[i]))
			return i;
	}
	return -1;
}

/* Order of rules: by priority, and of equals by id, so that it is always the same */
static int
compare_rules(const void *a, const void *b)
{
	const hcc_rule_row *x = a;
	const hcc_rule_row *y = b;

	if (x->priority != y->priority)
		return x->priority < y->priority ? -1 : 1;
	return (x->id > y->id) - (x->id < y->id);
}

/* Verdicts are words for reports: lower case letters, digits and underscores. */
static bool
is_verdict(const char *verdict)
{
	size_t		length = verdict ? strspn(verdict, "abcdefghijklmnopqrstuvwxyz0123456789_") : 0;

	return length > 0 && length < 64 && verdict[length] == '\0';
}

/*
 * A string of its own, in the memory of what is compiled; that comes zeroed,
 * and so the zero byte at the end is there
 */
static char *
copy_of(hcc_text t, hcc_alloc_fn alloc, void *context)
{
	char	   *copy = alloc(context, t.length + 1);

	memcpy(copy, t.text, t.length);
	return copy;
}

/* Bad value in a row of encounter_rule, NULL if it is missing; always false. */
static bool
bad_rule(hcc_problem *problem, const hcc_rule_row *row, const char *column, const char *value)
{
	problem->table = "encounter_rule";
	snprintf(problem->row, sizeof(problem->row), "row %lld", (long long) row->id);
	snprintf(problem->what, sizeof(problem->what), "has in %s an unknown value \"%.60s\"",
			 column, value != NULL ? value : "");
	snprintf(problem->hint, sizeof(problem->hint),
			 "The comment on encounter_rule.%s says what it takes.", column);
	return false;
}

/*
 * The fact of a claim type that a rule names and that is none of those known
 * here: that of the rule before, or a new one; 0: too many, or no name.  Rules
 * are compiled in their order, so that equal rows give equal bits.
 */
static hcc_record_facts
named_claim_type(hcc_policy *policy, hcc_text name, hcc_alloc_fn alloc, void *context)
{
	int			i;

	for (i = 0; i < policy->claim_types; i++)
	{
		if (is_name(name, policy->claim_type[i]))
			return BIT(FIRST_NAMED_CLAIM_TYPE + i);
	}
	if (i == MAX_NAMED_CLAIM_TYPES || name.length == 0)
		return 0;
	policy->claim_type[i] = (hcc_text) {copy_of(name, alloc, context), name.length};
	policy->claim_types++;
	return BIT(FIRST_NAMED_CLAIM_TYPE + i);
}

/*
 * What a rule's condition of one kind excludes: all of the kind that it does
 * not allow; false if it names what nobody knows.  Were a misspelt value
 * ignored, the rule would never hold, and records would count.
 */
static bool
compile_condition(hcc_policy *policy, hcc_rule *rule, const hcc_rule_row *row, hcc_record_kind kind,
				  hcc_alloc_fn alloc, void *context, hcc_problem *problem)
{
	hcc_record_facts all = facts_of_kind(kind);
	hcc_record_facts allowed = 0;

	for (int i = 0; i < row->allows[kind].items; i++)
	{
		hcc_text	name = trimmed(text_of(row->allows[kind].item[i]));
		hcc_record_facts one = hcc_record_fact(kind, name);

		if (one == 0 && kind == HCC_CLAIM_TYPE)
			one = named_claim_type(policy, name, alloc, context);
		if (one == 0)
			return bad_rule(problem, row, kinds[kind].column, row->allows[kind].item[i]);
		allowed |= one;
	}
	if (kind == HCC_CLAIM_TYPE)
	{
		hcc_record_facts named = ~(BIT(FIRST_NAMED_CLAIM_TYPE) - 1);

		/*
		 * A claim type that another rule names is none the less another one: a
		 * rule about dental claims must not take them out of one about others.
		 * All bits are taken, for later rules may name types that are not known
		 * yet, and this one must exclude them as well.
		 */
		if (allowed & fact(HCC_CLAIM_TYPE, OTHER_CLAIM))
			allowed |= named;
		all |= named;
	}
	rule->excludes |= all & ~allowed;
	if (kind >= HCC_PROCEDURE_LISTED)
		rule->asks_later |= all;
	return true;
}

/*
 * The facts that a bill type gives a record; false if the row is bad.  Of two
 * digits the third stays 0 and any frequency will do, as CMS has it for
 * Medicare; of three it counts: the marketplace takes 111 and 117, but no
 * interim bills.
 */
static bool
compile_bill_type(hcc_bill_type *bill_type, const hcc_bill_type_row *row, hcc_problem *problem)
{
	hcc_text	digits = text_of(row->bill_type);
	int			setting = row->setting ? value_of(HCC_SETTING, text_of(row->setting)) : -1;

	if ((digits.length == 2 || digits.length == 3) && setting >= 0)
	{
		memcpy(bill_type->digits, digits.text, digits.length);
		bill_type->facts = fact(HCC_SETTING, setting) |
			hcc_record_flag(HCC_PROCEDURE_REQUIRED, row->procedure_required);
		return true;
	}
	problem->table = "eligible_bill_type";
	snprintf(problem->row, sizeof(problem->row), "bill_type \"%.40s\"",
			 row->bill_type ? row->bill_type : "");
	if (setting < 0)
		snprintf(problem->what, sizeof(problem->what), "has an unknown setting \"%.40s\"",
				 row->setting ? row->setting : "");
	else
		snprintf(problem->what, sizeof(problem->what),
				 "is not the first two or all three digits of a bill type");
	snprintf(problem->hint, sizeof(problem->hint),
			 "Bill types here have two digits, or three where the frequency counts; "
			 "settings are inpatient and outpatient.");
	return false;
}

/*
 * A meaning, of which there are few: that of an earlier word, or else a copy.
 * A policy is kept for each year and program, and its bytes count against
 * hccraf.cache_size.
 */
static hcc_text
meaning_of(const hcc_policy *policy, hcc_text t, hcc_alloc_fn alloc, void *context)
{
	for (int i = 0; i < policy->words; i++)
	{
		hcc_text	earlier = policy->word[i].meaning;

		if (earlier.length == t.length && memcmp(earlier.text, t.text, t.length) == 0)
			return earlier;
	}
	return (hcc_text) {copy_of(t, alloc, context), t.length};
}

/*
 * What a word of record_word means: a claim type, with the setting that it
 * says of a claim without bill type; or whether a code system is ICD-10.
 * The word itself goes where there is room for those of all rows, and *room is
 * moved behind it.  False if the row is bad.
 *
 * The rules must have been compiled: a meaning that one of them names gets its
 * bit, and any other is merely another claim type.
 */
static bool
compile_word(hcc_policy *policy, hcc_record_word *word, const hcc_word_row *row, char **room,
			 hcc_alloc_fn alloc, void *context, hcc_problem *problem)
{
	char		plain[WORD_ROOM];
	hcc_text	meaning = trimmed(text_of(row->meaning));
	size_t		length = plain_word(text_of(row->word), plain);
	bool		known_kind = true;

	memcpy(*room, plain, length);
	word->word = (hcc_text) {*room, length};
	*room += length;
	if (row->kind != NULL && strcmp(row->kind, "claim_type") == 0)
	{
		int			type = value_of(HCC_CLAIM_TYPE, meaning);
		int			setting = value_of(HCC_SETTING, meaning);

		word->kind = HCC_CLAIM_TYPE_WORD;
		word->facts = fact(HCC_CLAIM_KNOWN, IS_TRUE);
		if (setting == INPATIENT || setting == OUTPATIENT)
		{
			word->facts |= fact(HCC_CLAIM_TYPE, INSTITUTIONAL);
			/* an outpatient claim needs a procedure of the list, as with a bill type */
			word->without_bill_type = fact(HCC_SETTING, setting) |
				fact(HCC_PROCEDURE_REQUIRED, setting == OUTPATIENT ? IS_TRUE : IS_FALSE);
		}
		else if (type == PROFESSIONAL || type == INSTITUTIONAL)
			word->facts |= fact(HCC_CLAIM_TYPE, type);
		else
		{
			word->facts |= fact(HCC_CLAIM_TYPE, OTHER_CLAIM);
			/* a rule may name what the word means */
			for (int i = 0; i < policy->claim_types; i++)
			{
				if (is_name(meaning, policy->claim_type[i]) ||
					is_name(trimmed(text_of(row->word)), policy->claim_type[i]))
					word->facts = fact(HCC_CLAIM_KNOWN, IS_TRUE) | BIT(FIRST_NAMED_CLAIM_TYPE + i);
			}
		}
	}
	else if (row->kind != NULL && strcmp(row->kind, "code_system") == 0)
	{
		word->kind = HCC_CODE_SYSTEM_WORD;
		word->facts = fact(HCC_CODE_KIND,
						   is_name(meaning, (hcc_text) TEXT("icd10")) ? CODE_IS_ICD10 :
						   CODE_IS_OF_OTHER_SYSTEM);
	}
	else
		known_kind = false;
	if (length > 0 && known_kind && meaning.length > 0)
	{
		word->meaning = meaning_of(policy, meaning, alloc, context);
		return true;
	}
	problem->table = "record_word";
	snprintf(problem->row, sizeof(problem->row), "word \"%.40s\"", row->word ? row->word : "");
	snprintf(problem->what, sizeof(problem->what), "%s", !known_kind ? "is of an unknown kind" :
			 length == 0 ? "has no letter or digit, or more than 40" : "has no meaning");
	snprintf(problem->hint, sizeof(problem->hint),
			 "Kinds are claim_type and code_system; "
			 "the comment on record_word.meaning says the rest.");
	return false;
}

/*
 * The word of a kind that a text is, or NULL; the first row counts, by which
 * custom rows override shipped ones.  A search of some dozens: claims mostly
 * say "professional" or "institutional", which are known without it.
 */
static const hcc_record_word *
find_word(const hcc_policy *policy, hcc_word_kind kind, hcc_text t)
{
	char		plain[WORD_ROOM];
	size_t		length = plain_word(t, plain);

	for (int i = 0; length > 0 && i < policy->words; i++)
	{
		const hcc_record_word *word = &policy->word[i];

		if (word->word.length == length && word->kind == kind &&
			memcmp(word->word.text, plain, length) == 0)
			return word;
	}
	return NULL;
}

/*
 * Compile the rules, which get sorted, bill types and words; NULL if a row is
 * bad.  The rows need to live only until then.  What was allocated before a bad
 * row is left to the caller, who drops the whole memory.
 *
 * Rules come first, because words may mean claim types that only they know.
 * Each count is raised when its element is complete, so that the loops can ask
 * what came before.
 */
hcc_policy *
hcc_compile_policy(hcc_rule_row *rule, int rules,
				   const hcc_bill_type_row *bill_type, int bill_types,
				   const hcc_word_row *word, int words,
				   hcc_alloc_fn alloc, void *context, hcc_problem *problem)
{
	hcc_policy *policy = alloc(context, sizeof(hcc_policy));
	size_t		letters = 0;
	char	   *room;

	hcc_assert((rules == 0 || rule != NULL) && (bill_types == 0 || bill_type != NULL));
	/* one more each: memory of no bytes might be none */
	policy->rule = alloc(context, (rules + 1) * sizeof(hcc_rule));
	policy->bill_type = alloc(context, (bill_types + 1) * sizeof(hcc_bill_type));
	policy->claim_type = alloc(context, MAX_NAMED_CLAIM_TYPES * sizeof(hcc_text));
	if (rules > 1)
		qsort(rule, rules, sizeof(hcc_rule_row), compare_rules);
	for (; policy->rules < rules; policy->rules++)
	{
		const hcc_rule_row *row = &rule[policy->rules];
		hcc_rule   *compiled = &policy->rule[policy->rules];

		if (!is_verdict(row->verdict))
		{
			bad_rule(problem, row, "verdict", row->verdict);
			return NULL;
		}
		compiled->verdict = copy_of(text_of(row->verdict), alloc, context);
		for (int kind = 0; kind < HCC_RECORD_KINDS; kind++)
		{
			if (row->asks[kind] &&
				!compile_condition(policy, compiled, row, kind, alloc, context, problem))
				return NULL;
		}
		policy->asks_code |= row->asks[HCC_CODE_VALID];
	}
	for (; policy->bill_types < bill_types; policy->bill_types++)
	{
		if (!compile_bill_type(&policy->bill_type[policy->bill_types],
							   &bill_type[policy->bill_types], problem))
			return NULL;
	}
	for (int i = 0; i < words; i++)
		letters += text_of(word[i].word).length;
	room = alloc(context, letters + 1);
	policy->word = alloc(context, (words + 1) * sizeof(hcc_record_word));
	for (; policy->words < words; policy->words++)
	{
		if (!compile_word(policy, &policy->word[policy->words], &word[policy->words],
						  &room, alloc, context, problem))
			return NULL;
	}
	return policy;
}

/*
 * Make a set of codes, of which there may be any number, in any order and
 * repeated; those that are none or unreadable are left out.  Without codes
 * there are no slots, which means that there is no list at all, not that every
 * code is missing from it.
 *
 * The multiplier is 2 to the power of 64 divided by the golden ratio: the top
 * bits of the product, which choose the slot, depend on all characters, though
 * codes differ mostly in a few.  hcc_code_set_has must use the same.  ICD10_NONE
 * marks a free slot, and half of them at least are free, so searches end.
 */
void
hcc_code_set_make(hcc_code_set *set, const icd10_code *code, size_t codes,
				  hcc_alloc_fn alloc, void *context)
{
	int			bits = 4;

	hcc_assert(code != NULL || codes == 0);
	memset(set, 0, sizeof(*set));
	if (codes == 0)
		return;
	while ((size_t) 1 << bits < 2 * codes)
		bits++;
	set->slot = alloc(context, ((size_t) 1 << bits) * sizeof(icd10_code));
	set->mask = (uint32_t) (((size_t) 1 << bits) - 1);
	set->shift = 64 - bits;
	for (size_t i = 0; i < codes; i++)
	{
		uint32_t	slot = (uint32_t) ((code[i] * UINT64_C(0x9E3779B97F4A7C15)) >> set->shift);

		if (code[i] == ICD10_NONE || code[i] == ICD10_UNREADABLE)
			continue;
		while (set->slot[slot] != ICD10_NONE && set->slot[slot] != code[i])
			slot = (slot + 1) & set->mask;
		set->slot[slot] = code[i];
	}
}

/* Bad row of encounter_modality, which has an unknown modality or no code; always false. */
static bool
bad_modality(hcc_problem *problem, const hcc_modality_row *row, bool known)
{
	problem->table = "encounter_modality";
	snprintf(problem->row, sizeof(problem->row), "%s \"%.40s\"", row->kind,
				 row->code != NULL ? row->code : "");
	if (known)
		snprintf(problem->what, sizeof(problem->what), "is no code");
	else
		snprintf(problem->what, sizeof(problem->what), "has an unknown modality \"%.40s\"",
				 row->modality);
	snprintf(problem->hint, sizeof(problem->hint),
			 "The comments on encounter_modality say what it takes.");
	return false;
}

/*
 * Compile what holds for services of a year; false if a row is bad.  The rows
 * need to live only until then; without procedures there is no list.  The rows
 * are gone through once for each kind, which sorts them by it.
 */
bool
hcc_compile_service_year(hcc_service_year *year, const hcc_modality_row *row, int rows,
						 const icd10_code *procedure, size_t procedures,
						 hcc_alloc_fn alloc, void *context, hcc_problem *problem)
{
	static const char *const kind_name[] = {
		[HCC_BY_MODIFIER] = "modifier",
		[HCC_BY_PROCEDURE] = "procedure",
		[HCC_BY_PLACE] = "place_of_service"
	};

	memset(year, 0, sizeof(*year));
	hcc_code_set_make(&year->procedures, procedure, procedures, alloc, context);
	year->modality = alloc(context, (rows + 1) * sizeof(hcc_modality_code));
	for (int kind = 0; kind <= HCC_BY_PLACE; kind++)
	{
		year->first_modality[kind] = year->modalities;
		for (int i = 0; i < rows; i++)
		{
			hcc_modality_code *compiled = &year->modality[year->modalities];
			hcc_text	code = text_of(row[i].code);
			int			modality = value_of(HCC_MODALITY, text_of(row[i].modality));

			if (strcmp(row[i].kind, kind_name[kind]) != 0)
				continue;
			compiled->kind = kind;
			compiled->modality = modality;
			compiled->code = kind == HCC_BY_PLACE ? place_of(code) : code_of(code);
			if (modality < 0 || compiled->code == ICD10_NONE || compiled->code == ICD10_UNREADABLE)
				return bad_modality(problem, &row[i], modality >= 0);
			year->modalities++;
		}
	}
	year->first_modality[HCC_BY_PLACE + 1] = year->modalities;
	return true;
}

/* ---- facts ---- */

/*
 * The fact of its kind that a text names; 0: it names none.  The caller leaves
 * out blanks, and of claim types only those known here are found.
 */
hcc_record_facts
hcc_record_fact(hcc_record_kind kind, hcc_text value)
{
	int			i = value_of(kind, value);

	return i < 0 ? 0 : fact(kind, i);
}

/* The fact of a record that says what nobody knows; 0 of kinds that have none */
hcc_record_facts
hcc_record_unrecognized(hcc_record_kind kind)
{
	return hcc_record_fact(kind, (hcc_text) UNRECOGNIZED);
}

/* The fact of a record that says nothing of this kind: the first value */
hcc_record_facts
hcc_record_default(hcc_record_kind kind)
{
	return fact(kind, 0);
}

/* The fact of a kind that is true or false */
hcc_record_facts
hcc_record_flag(hcc_record_kind kind, bool value)
{
	return fact(kind, value ? IS_TRUE : IS_FALSE);
}

/*
 * The facts that come from the type of the claim and its bill type, either of
 * which may have no text.  The bill type counts on institutional claims
 * alone.
 *
 * The order of the questions is that of how often they are answered: the two
 * usual names, then the others known here, the words of files, and names that
 * only rules know.  Where no type is given (HCC_CLAIM_KNOWN is false), rules go
 * by whether the data declare the record valid; a type that nobody knows is
 * given all the same, and has a rule of its own.
 *
 * The result has one fact each of HCC_CLAIM_TYPE, HCC_CLAIM_KNOWN, HCC_SETTING
 * and HCC_PROCEDURE_REQUIRED.
 */
hcc_record_facts
hcc_claim_facts(const hcc_policy *policy, hcc_text claim_type, hcc_text bill_type)
{
	hcc_record_facts without_bill_type = fact(HCC_SETTING, NO_SETTING) |
		fact(HCC_PROCEDURE_REQUIRED, IS_UNKNOWN);
	hcc_record_facts known = fact(HCC_CLAIM_KNOWN, IS_TRUE);
	const hcc_record_word *word;
	char		digits[3];
	bool		institutional = false;
	int			type;

	claim_type = trimmed(claim_type);
	if (claim_type.text == NULL || claim_type.length == 0)
		return fact(HCC_CLAIM_TYPE, UNKNOWN_CLAIM) | fact(HCC_CLAIM_KNOWN, IS_FALSE) |
			without_bill_type;
	/* as most are written */
	if (is_name(claim_type, kinds[HCC_CLAIM_TYPE].value[PROFESSIONAL]))
		return known | fact(HCC_CLAIM_TYPE, PROFESSIONAL) | without_bill_type;
	if (is_name(claim_type, kinds[HCC_CLAIM_TYPE].value[INSTITUTIONAL]))
	{
		known |= fact(HCC_CLAIM_TYPE, INSTITUTIONAL);
		institutional = true;
	}
	else if ((type = value_of(HCC_CLAIM_TYPE, claim_type)) == UNKNOWN_CLAIM)
		return fact(HCC_CLAIM_TYPE, UNKNOWN_CLAIM) | fact(HCC_CLAIM_KNOWN, IS_FALSE) |
			without_bill_type;
	else if (type >= 0)
		return known | fact(HCC_CLAIM_TYPE, type) | without_bill_type;
	else if ((word = find_word(policy, HCC_CLAIM_TYPE_WORD, claim_type)) != NULL)
	{
		known = word->facts;
		institutional = (known & fact(HCC_CLAIM_TYPE, INSTITUTIONAL)) != 0;
		/* "inpatient" stands in for a bill type only where there is none to say more */
		if (word->without_bill_type != 0 && trimmed(bill_type).length == 0)
			return known | word->without_bill_type;
	}
	else
	{
		for (int i = 0; i < policy->claim_types; i++)
		{
			if (is_name(claim_type, policy->claim_type[i]))
				return known | BIT(FIRST_NAMED_CLAIM_TYPE + i) | without_bill_type;
		}
		return known | fact(HCC_CLAIM_TYPE, UNRECOGNIZED_CLAIM) | without_bill_type;
	}
	if (institutional && bill_type.text != NULL && hcc_bill_type_digits(bill_type, digits))
	{
		for (int i = 0; i < policy->bill_types; i++)
		{
			const hcc_bill_type *bill = &policy->bill_type[i];

			if (memcmp(bill->digits, digits, 2) == 0 &&
				(bill->digits[2] == '\0' || bill->digits[2] == digits[2]))
				return known | bill->facts;
		}
	}
	return known | without_bill_type;
}

/*
 * What a claim type means, in the words of rules; no text if nobody knows it.
 * The text lives as long as the policy.  "inpatient" and "outpatient" mean
 * institutional: their setting is said elsewhere (hcc_claim_facts).
 */
hcc_text
hcc_claim_type_meaning(const hcc_policy *policy, hcc_text claim_type)
{
	const hcc_record_word *word;

	claim_type = trimmed(claim_type);
	for (int i = 0; i < policy->claim_types; i++)
	{
		if (is_name(claim_type, policy->claim_type[i]))
			return policy->claim_type[i];
	}
	for (int i = PROFESSIONAL; i <= INSTITUTIONAL; i++)
	{
		if (is_name(claim_type, kinds[HCC_CLAIM_TYPE].value[i]))
			return kinds[HCC_CLAIM_TYPE].value[i];
	}
	word = find_word(policy, HCC_CLAIM_TYPE_WORD, claim_type);
	if (word == NULL)
		return (hcc_text) {NULL, 0};
	return word->without_bill_type != 0 ? kinds[HCC_CLAIM_TYPE].value[INSTITUTIONAL] :
		word->meaning;
}

/*
 * How often a claim has been sent, as files say it: 1 the first time, 7 to
 * replace and 8 to void what was sent before; 0: nothing is said.  Of a bill
 * type it is the third digit.  A frequency that is given goes before the bill
 * type, also where it is a word: it is 0 then, and the caller, who sees that
 * there is text, tells it from nothing.
 */
char
hcc_frequency(hcc_text frequency, hcc_text bill_type)
{
	char		digits[3];

	frequency = hcc_without_decimals(frequency);
	while (frequency.length > 1 && *frequency.text == '0')
	{
		frequency.text++;
		frequency.length--;
	}
	if (frequency.text != NULL && frequency.length > 0)
		return frequency.length == 1 ? *frequency.text : '\0';
	return bill_type.text != NULL && hcc_bill_type_digits(bill_type, digits) ? digits[2] : '\0';
}

/*
 * Of which system a code is: by what the record says, else by the date, since
 * ICD-9 was used for services until a day (45 CFR 162.1002: 30 September 2015).
 * A code that cannot be read is of none.
 *
 * The code itself cannot tell: V5861 is one of both systems by its shape.  A
 * system that record_word does not know is another one, and not guessed at;
 * one that it knows as ICD-10 is believed against the date.
 */
hcc_record_facts
hcc_code_kind(const hcc_policy *policy, icd10_code code, hcc_text system, bool before_icd10)
{
	const hcc_record_word *word = NULL;

	system = trimmed(system);
	if (system.text != NULL && system.length > 0)
	{
		word = find_word(policy, HCC_CODE_SYSTEM_WORD, system);
		if (word == NULL || (word->facts & fact(HCC_CODE_KIND, CODE_IS_ICD10)) == 0)
			return fact(HCC_CODE_KIND, CODE_IS_OF_OTHER_SYSTEM);
	}
	if (word == NULL && before_icd10)
		return fact(HCC_CODE_KIND, CODE_IS_OF_OTHER_SYSTEM);
	return fact(HCC_CODE_KIND,
				code == ICD10_NONE || code == ICD10_UNREADABLE ? CODE_IS_NONE : CODE_IS_ICD10);
}

/*
 * Is some procedure on the list?  0: nobody can tell, for there is no list of
 * the year and the caller wants that to be an error.
 *
 * One line is enough for all diagnoses of the claim, as CMS and HHS have it.
 * Without a date there is no year whose list could be asked, and the answer is
 * unknown: another rule refuses what has no date.
 */
static hcc_record_facts
procedure_listed(const hcc_encounter *record)
{
	int			listed = IS_FALSE;

	hcc_assert(record->procedures == 0 || record->procedure != NULL);
	if (record->year == NULL)
		listed = IS_UNKNOWN;
	else if (record->year->procedures.slot == NULL)
	{
		if (record->without_list == HCC_ERROR_WITHOUT_LIST)
			return 0;
		listed = record->without_list == HCC_ACCEPT_WITHOUT_LIST ? IS_TRUE : IS_FALSE;
	}
	else
	{
		for (int i = 0; i < record->procedures && listed == IS_FALSE; i++)
		{
			check_interrupt_at(i);
			if (hcc_code_set_has(&record->year->procedures, code_of(record->procedure[i])))
				listed = IS_TRUE;
		}
	}
	return fact(HCC_PROCEDURE_LISTED, listed);
}

/*
 * What a code says of the modality; -1: nothing.  A search one by one: there
 * are a handful of modifiers and places.
 */
static int
modality_by(const hcc_service_year *year, hcc_modality_kind kind, icd10_code code)
{
	hcc_assert(kind <= HCC_BY_PLACE);
	if (code == ICD10_NONE)
		return -1;
	for (int i = year->first_modality[kind]; i < year->first_modality[kind + 1]; i++)
	{
		if (year->modality[i].code == code)
			return year->modality[i].modality;
	}
	return -1;
}

/*
 * What modifiers say; of several, the most of a visit.  Whatever is no letter
 * or digit separates them, and where nothing does, each has two characters:
 * 25 93, 25:93, 25,93 and 2593 are the same.  An odd number of characters is no
 * row of modifiers; it is looked up whole, and says nothing.
 */
static int
modality_by_modifiers(const hcc_service_year *year, const hcc_text *modifier, int modifiers)
{
	int			best = -1;

	for (int i = 0; i < modifiers; i++)
	{
		const char *p = modifier[i].text;
		const char *end = p != NULL ? p + modifier[i].length : NULL;

		while (p < end)
		{
			const char *start = p;

			while (p < end && (is_digit(*p) || (lower(*p) >= 'a' && lower(*p) <= 'z')))
				p++;
			while (start < p)
			{
				size_t		length = (p - start) % 2 == 0 ? 2 : p - start;
				int			modality = modality_by(year, HCC_BY_MODIFIER,
												   code_of((hcc_text) {start, length}));

				if (modality > best)
					best = modality;
				start += length;
			}
			p += p < end;
		}
	}
	return best;
}

/*
 * The modality of a record: the most of a visit among its acceptable lines, or
 * among all its lines if none is on the list or there is no list.  A visit in
 * person for a service that CMS does not accept must not save a record whose
 * acceptable line was a telephone call.
 *
 * Of a line a modifier says most, since it is about this service, then the
 * procedure, which may be a telephone service by definition, then the place.
 * Where none of them says anything, the patient was there.  Modifiers belong to
 * lines if there is one element for each; otherwise nobody knows whose they
 * are, and they count for all.
 */
hcc_modality
hcc_encounter_modality(const hcc_encounter *record)
{
	const hcc_service_year *year = record->year;
	bool		by_line = record->modifiers == record->procedures && record->procedures > 0;
	int			of_record;
	int			by_place;
	int			best = -1;
	int			best_listed = -1;

	hcc_assert(record->procedures == 0 || record->procedure != NULL);
	hcc_assert(record->modifiers == 0 || record->modifier != NULL);
	if (year == NULL || year->modalities == 0)
		return HCC_IN_PERSON;
	of_record = by_line ? -1 : modality_by_modifiers(year, record->modifier, record->modifiers);
	by_place = modality_by(year, HCC_BY_PLACE, place_of(record->place));
	if (by_place < 0)
		by_place = HCC_IN_PERSON;

	for (int i = 0; i < record->procedures && best_listed < (int) HCC_IN_PERSON; i++)
	{
		check_interrupt_at(i);
		icd10_code	procedure = code_of(record->procedure[i]);
		int			modality = of_record;

		if (by_line)
			modality = modality_by_modifiers(year, &record->modifier[i], 1);
		if (modality < 0)
			modality = modality_by(year, HCC_BY_PROCEDURE, procedure);
		if (modality < 0)
			modality = by_place;
		if (modality > best)
			best = modality;
		if (modality > best_listed && hcc_code_set_has(&year->procedures, procedure))
			best_listed = modality;
	}
	if (best_listed >= 0)
		return best_listed;
	if (best >= 0)
		return best;
	return of_record >= 0 ? of_record : by_place;
}

/*
 * Is the diagnosis code valid on its date?  Without a list, or a code, nobody
 * knows: the list is empty until it has been loaded, and must not then make
 * every code invalid.
 */
static hcc_record_facts
code_valid(const hcc_encounter *record)
{
	if (record->valid_codes == NULL || record->valid_codes->slot == NULL ||
		record->code == ICD10_NONE)
		return fact(HCC_CODE_VALID, IS_UNKNOWN);
	return hcc_record_flag(HCC_CODE_VALID, hcc_code_set_has(record->valid_codes, record->code));
}

/* ---- the verdict ---- */

/*
 * Find out what a rule asks for and nobody knows yet; known are the kinds
 * that were found out for rules before.  False: it cannot be told.
 *
 * What is found out is kept in facts, so that each look-up is made once for a
 * record, however many rules ask.  facts and known change together: a kind is
 * known when exactly one of its facts is there.
 */
static bool
find_out(const hcc_encounter *record, const hcc_rule *rule,
		 hcc_record_facts *facts, hcc_record_facts *known)
{
	for (int kind = HCC_PROCEDURE_LISTED; kind < HCC_RECORD_KINDS; kind++)
	{
		hcc_record_facts all = facts_of_kind(kind);
		hcc_record_facts found;

		/* what excludes the record already saves the look-ups that are left */
		if ((*facts & rule->excludes) != 0)
			break;
		if ((rule->asks_later & ~*known & all) == 0)
			continue;
		if (kind == HCC_PROCEDURE_LISTED)
			found = procedure_listed(record);
		else if (kind == HCC_MODALITY)
			found = fact(HCC_MODALITY, hcc_encounter_modality(record));
		else
			found = code_valid(record);
		if (found == 0)
			return false;
		*facts |= found;
		*known |= all;
	}
	return true;
}

/*
 * The first rule that holds for a record, HCC_RECORD_OK or
 * HCC_NO_PROCEDURE_LIST.
 *
 * The order is the meaning: a record that was voided is "voided", whatever else
 * is wrong with it.  It also decides what is looked up: the lack of a list is
 * an error only for a record that reaches a rule which needs it, so that a year
 * without one can still score inpatient claims.
 */
int
hcc_encounter_rule(const hcc_policy *policy, const hcc_encounter *record)
{
	hcc_record_facts facts = record->facts;
	hcc_record_facts known = 0; /* the kinds that were found out */

	hcc_assert((facts & LATER_FACTS) == 0);
	for (int i = 0; i < policy->rules; i++)
	{
		const hcc_rule *rule = &policy->rule[i];

		if ((facts & rule->excludes) != 0)
			continue;
		if ((rule->asks_later & ~known) != 0 && !find_out(record, rule, &facts, &known))
			return HCC_NO_PROCEDURE_LIST;
		if ((facts & rule->excludes) == 0)
			return i;
	}
	return HCC_RECORD_OK;
}
