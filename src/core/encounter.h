/*
 * encounter.h
 *	  Which records count: facts of a record, and rules over them.
 *
 * A fact is a bit, and a record has at most one fact of each kind.  A rule
 * allows some facts of some kinds; what it asks is turned around when it is
 * compiled, into the facts that exclude a record from it, so that a rule holds
 * when a record has none of them.  What costs a look-up (is a procedure on the
 * list, how was the contact, is the code valid) becomes a fact only when a
 * rule that nothing else excludes asks for it.
 *
 * So most records cost one AND for each rule, and a new reason of CMS is a row
 * and no code.  What is compiled is immutable and lies in the memory of the
 * caller's hcc_alloc_fn, which must give zeroed memory and never NULL; judging
 * a record allocates nothing and cannot fail, but may leave by the hook of
 * interrupt.h.  Texts of a record stay the caller's; none is kept.
 */
#ifndef HCC_ENCOUNTER_H
#define HCC_ENCOUNTER_H

#include "core/compile.h"
#include "core/text.h"

typedef uint64_t hcc_record_facts;

/*
 * Kinds of facts: the conditions of a rule, each a column of encounter_rule.
 * The order is that of kinds[] in encounter.c, which gives each its bits; only
 * that those to be found out come last is relied on beyond that.
 */
typedef enum hcc_record_kind
{
	HCC_CLAIM_TYPE,
	HCC_CLAIM_KNOWN,
	HCC_SETTING,
	HCC_PROCEDURE_REQUIRED,
	HCC_IN_YEAR,
	HCC_RECORD_STATE,
	HCC_RECORD_SOURCE,
	HCC_PLAN_SWITCHER,
	HCC_SUBMISSION,
	HCC_DECLARED_VALID,
	HCC_CODE_KIND,
	HCC_AFTER_DEATH,
	HCC_IN_FUTURE,
	/* from here on: found out when asked for */
	HCC_PROCEDURE_LISTED,
	HCC_MODALITY,
	HCC_CODE_VALID
} hcc_record_kind;

#define HCC_RECORD_KINDS (HCC_CODE_VALID + 1)

/*
 * How the patient was seen, the less of a visit the smaller: of several lines
 * the greatest counts, so that one line in person saves a claim whose other
 * lines were by telephone.  HCC_TELEHEALTH is a place of service that does not
 * say whether there was video; it is no HCC_AUDIO_ONLY, for which CMS has
 * modifiers.
 */
typedef enum hcc_modality
{
	HCC_ASYNCHRONOUS,
	HCC_AUDIO_ONLY,
	HCC_TELEHEALTH,
	HCC_AUDIO_VIDEO,
	HCC_IN_PERSON
} hcc_modality;

/* What tells the modality, the weightiest first */
typedef enum hcc_modality_kind
{
	HCC_BY_MODIFIER,
	HCC_BY_PROCEDURE,
	HCC_BY_PLACE
} hcc_modality_kind;

/* ---- rows ---- */

/*
 * A row of encounter_rule that holds in the payment year and program.  A list
 * that is there and empty allows nothing, and the rule never holds.
 */
typedef struct hcc_rule_row
{
	int			priority;
	int64_t		id;
	const char *verdict;
	bool		asks[HCC_RECORD_KINDS]; /* false: any will do */
	hcc_list	allows[HCC_RECORD_KINDS];	/* of a flag: "true" or "false" */
} hcc_rule_row;

/* A row of eligible_bill_type */
typedef struct hcc_bill_type_row
{
	const char *bill_type;
	const char *setting;
	bool		procedure_required;
} hcc_bill_type_row;

/* A row of encounter_modality that holds in the service year */
typedef struct hcc_modality_row
{
	const char *kind;
	const char *code;
	const char *modality;
} hcc_modality_row;

/* A row of record_word, those that count first before the others of a word */
typedef struct hcc_word_row
{
	const char *kind;
	const char *word;
	const char *meaning;
} hcc_word_row;

/* ---- compiled ---- */

/*
 * The conditions of a row, all of them in one mask.  A kind that the row does
 * not ask for has no bit in excludes; asks_later has all bits of the kinds from
 * HCC_PROCEDURE_LISTED on that it does ask for.
 */
typedef struct hcc_rule
{
	hcc_record_facts excludes;
	hcc_record_facts asks_later;	/* facts that are found out when asked for */
	const char *verdict;
} hcc_rule;

typedef struct hcc_bill_type
{
	char		digits[3];		/* the last is 0 where any frequency will do */
	hcc_record_facts facts;		/* setting, procedure_required */
} hcc_bill_type;

/* Of what a word of a file speaks */
typedef enum hcc_word_kind
{
	HCC_CLAIM_TYPE_WORD,
	HCC_CODE_SYSTEM_WORD
} hcc_word_kind;

/*
 * What a row of record_word gives a record.  without_bill_type is 0 unless the
 * word says the setting, as "inpatient" does; it then takes the place of the
 * bill type on a claim that has none.
 */
typedef struct hcc_record_word
{
	hcc_word_kind kind;
	hcc_text	word;			/* lower case letters and digits */
	hcc_text	meaning;
	hcc_record_facts facts;
	hcc_record_facts without_bill_type; /* of a claim type, beside facts */
} hcc_record_word;

/*
 * What a payment year and program take into account; each array has as many
 * elements as the number before it says, and is never NULL.  A rule's number
 * is its place here, by which the caller knows its verdict.
 */
typedef struct hcc_policy
{
	int			rules;
	hcc_rule   *rule;			/* in order */
	int			bill_types;
	hcc_bill_type *bill_type;
	int			claim_types;	/* that rules name beside those known here */
	hcc_text   *claim_type;
	int			words;
	hcc_record_word *word;
	bool		asks_code;		/* does a rule ask whether the code is valid? */
} hcc_policy;

/* A set of codes: open addressing, at most half full; no slots if empty */
typedef struct hcc_code_set
{
	icd10_code *slot;
	uint32_t	mask;
	int			shift;
} hcc_code_set;

typedef struct hcc_modality_code
{
	icd10_code	code;
	hcc_modality_kind kind;
	hcc_modality modality;
} hcc_modality_code;

/*
 * What holds for services of a calendar year.  Those of a kind of modality are
 * modality[first_modality[kind]] up to, and without, first_modality[kind + 1].
 */
typedef struct hcc_service_year
{
	hcc_code_set procedures;	/* empty: there is no list */
	int			modalities;
	hcc_modality_code *modality;	/* sorted by kind */
	int			first_modality[HCC_BY_PLACE + 2];	/* of each kind, and the end */
} hcc_service_year;

/*
 * Of a record that needs the procedure list when there is none: CPT belongs to
 * the AMA, so that no list is shipped, and what to do without is asked for
 * instead of guessed.
 */
typedef enum hcc_without_list
{
	HCC_ERROR_WITHOUT_LIST,
	HCC_ACCEPT_WITHOUT_LIST,
	HCC_REJECT_WITHOUT_LIST
} hcc_without_list;

/* A diagnosis on a record */
typedef struct hcc_encounter
{
	hcc_record_facts facts;		/* known from the start */
	int			procedures;
	const hcc_text *procedure;
	/* as many as procedures: those of each line; else those of the record */
	int			modifiers;
	const hcc_text *modifier;
	hcc_text	place;
	icd10_code	code;			/* ICD10_NONE: not checked */
	const hcc_service_year *year;	/* NULL: the date is not known */
	const hcc_code_set *valid_codes;	/* NULL or empty: not checked */
	hcc_without_list without_list;
} hcc_encounter;

/* Verdicts that are no rule's */
#define HCC_RECORD_OK (-1)
#define HCC_NO_PROCEDURE_LIST (-2)

extern const char *hcc_condition_column(hcc_record_kind kind);
extern const char *hcc_record_value(hcc_record_kind kind, int i);
extern hcc_policy *hcc_compile_policy(hcc_rule_row *rule, int rules,
									  const hcc_bill_type_row *bill_type, int bill_types,
									  const hcc_word_row *word, int words,
									  hcc_alloc_fn alloc, void *context, hcc_problem *problem);
extern bool hcc_compile_service_year(hcc_service_year *year, const hcc_modality_row *row, int rows,
									 const icd10_code *procedure, size_t procedures,
									 hcc_alloc_fn alloc, void *context, hcc_problem *problem);
extern void hcc_code_set_make(hcc_code_set *set, const icd10_code *code, size_t codes,
							  hcc_alloc_fn alloc, void *context);

extern hcc_record_facts hcc_record_fact(hcc_record_kind kind, hcc_text value);
extern hcc_record_facts hcc_record_unrecognized(hcc_record_kind kind);
extern hcc_record_facts hcc_record_default(hcc_record_kind kind);
extern hcc_record_facts hcc_record_flag(hcc_record_kind kind, bool value);
extern hcc_record_facts hcc_claim_facts(const hcc_policy *policy, hcc_text claim_type,
										hcc_text bill_type);
extern hcc_text hcc_claim_type_meaning(const hcc_policy *policy, hcc_text claim_type);
extern hcc_text hcc_without_decimals(hcc_text t);
extern bool hcc_bill_type_digits(hcc_text bill_type, char digits[3]);
extern char hcc_frequency(hcc_text frequency, hcc_text bill_type);
extern hcc_record_facts hcc_code_kind(const hcc_policy *policy, icd10_code code, hcc_text system,
									  bool before_icd10);
extern int	hcc_encounter_rule(const hcc_policy *policy, const hcc_encounter *record);
extern hcc_modality hcc_encounter_modality(const hcc_encounter *record);

/* Is a code in a set? ICD10_NONE is in none. */
static inline bool
hcc_code_set_has(const hcc_code_set *set, icd10_code code)
{
	uint32_t	slot;

	if (set->slot == NULL || code == ICD10_NONE)
		return false;
	slot = (uint32_t) ((code * UINT64_C(0x9E3779B97F4A7C15)) >> set->shift);
	for (;; slot = (slot + 1) & set->mask)
	{
		if (set->slot[slot] == code)
			return true;
		if (set->slot[slot] == ICD10_NONE)
			return false;
	}
}

#endif							/* HCC_ENCOUNTER_H */
