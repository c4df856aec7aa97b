/*
 * model.h
 *	  A compiled model: what the reference tables say about one model in one
 *	  payment year, in the form that scoring reads.
 *
 * HCCs have dense numbers in the order of their codes, groups the numbers
 * after them, and a set of them is an array of 64-bit words.  A compiled model
 * never changes; any number of readers may share it.
 */
#ifndef HCC_MODEL_H
#define HCC_MODEL_H

#include "core/assert.h"
#include "core/icd10.h"
#include "core/person.h"

#define HCC_MAX_WORDS 16		/* HCCs and groups of a model: at most 1024 */
#define HCC_SCORE_DIGITS 3		/* scores are integers in thousandths */

/*
 * Limits, in thousandths.  With them no sum or product of scores can overflow:
 * a model that could give a larger score does not compile.
 */
#define HCC_MAX_COEFFICIENT INT64_C(1000000000) /* 1,000,000 */
#define HCC_MAX_SCORE INT64_C(1000000000000)	/* 1,000,000,000, before a divisor */
#define HCC_FACTOR_DIGITS 6		/* of factors, which are integers in millionths */
#define HCC_MAX_SEGMENTS INT16_MAX	/* a person's segment is an int16_t */

typedef int64_t hcc_score;
typedef uint64_t hcc_word;

/* Is an HCC in a set? The set must have the word that the number is in. */
static inline bool
hcc_has(const hcc_word *set, int number)
{
	hcc_assert(number >= 0 && number < HCC_MAX_WORDS * 64);
	return (set[number >> 6] >> (number & 63)) & 1;
}

/* Put an HCC into a set */
static inline void
hcc_add(hcc_word *set, int number)
{
	hcc_assert(number >= 0 && number < HCC_MAX_WORDS * 64);
	set[number >> 6] |= (hcc_word) 1 << (number & 63);
}

/* Take an HCC out of a set, if it is there */
static inline void
hcc_remove(hcc_word *set, int number)
{
	hcc_assert(number >= 0 && number < HCC_MAX_WORDS * 64);
	set[number >> 6] &= ~((hcc_word) 1 << (number & 63));
}

typedef enum hcc_kind
{
	HCC_KIND_DEMOGRAPHIC,
	HCC_KIND_NEW_ENROLLEE,
	HCC_KIND_COUNT,
	HCC_KIND_HELPER,
	HCC_KIND_ADDON,
	HCC_KIND_DIVISOR,
	HCC_KIND_HCC,
	HCC_KIND_INTERACTION,
	HCC_KIND_ENROLLMENT,
	HCC_KIND_GROUP,
	HCC_KIND_DRUG
} hcc_kind;

extern const char *hcc_kind_name(hcc_kind kind);
extern int	hcc_kind_by_name(const char *name);

/* All of it must hold.  A range without bound has the extreme value. */
typedef struct hcc_condition
{
	hcc_facts	requires;
	hcc_facts	forbids;
	int16_t		age_min;
	int16_t		age_max;
	int16_t		months_min;
	int16_t		months_max;
	int16_t		count_min;
	int16_t		count_max;
	int16_t		days_min;		/* enrolled */
	int16_t		days_max;
	int32_t		required_set;	/* index of a set that must be present, or -1 */
} hcc_condition;

/* A variable is 1 when any of its conditions holds. */
typedef struct hcc_variable
{
	const char *name;
	const char *label;
	hcc_kind	kind;
	int32_t		first_condition;
	int32_t		conditions;
	int32_t		hcc;			/* of kinds HCC and group: the number in sets, else -1 */
} hcc_variable;

typedef struct hcc_term
{
	int32_t		variable;
	int32_t		pad;
	hcc_score	coefficient;
} hcc_term;

/* A segment's coefficients, by what they depend on. */
typedef struct hcc_segment
{
	const char *name;
	const char *label;
	int32_t		person_terms;	/* on the person alone */
	hcc_term   *person_term;
	hcc_score  *hcc_coefficient;	/* on an HCC or group, by its number */
	hcc_word   *hcc_scored;		/* HCCs and groups that have a coefficient here */
	int32_t		count_terms;	/* on the number of payment HCCs */
	int32_t		count_scores;
	hcc_term   *count_term;
	hcc_score  *count_score;	/* their sum by number; the last for all above */
	int32_t		interactions;	/* on HCCs together, and on the person */
	bool		always_interacting; /* some interaction needs no HCC */
	hcc_term   *interaction;
	hcc_word   *interacting;	/* HCCs without any of which no interaction is 1 */
	int32_t		enrollments;	/* on the person and the number of payment HCCs */
	hcc_term   *enrollment;
	int32_t		adds;			/* segment whose person terms are added, or -1 */
	int32_t		divided_by;		/* segment whose person term divides, or -1 */
	bool		new_enrollee;	/* has new-enrollee variables */
} hcc_segment;

typedef struct hcc_segment_rule
{
	hcc_condition condition;
	int32_t		segment;
} hcc_segment_rule;

typedef struct hcc_prerequisite
{
	int32_t		hcc;
	int32_t		words;			/* of any */
	hcc_word   *any;
} hcc_prerequisite;

typedef struct hcc_edit
{
	hcc_facts	requires;
	int16_t		age_min;
	int16_t		age_max;
	bool		mce;			/* only with the code editor on */
	bool		invalid;		/* else: hcc instead of the code's own */
	int32_t		hcc;
} hcc_edit;

/* When a code gives one of its HCCs */
typedef struct hcc_mapping_rule
{
	hcc_facts	requires;
	int32_t		first_day;		/* of the diagnosis, days as in icd10.h */
	int32_t		last_day;
	int16_t		mce_age_min;	/* at diagnosis, with the code editor on */
	int16_t		mce_age_max;
	int16_t		age_min;
	int16_t		age_max;
} hcc_mapping_rule;

/* What a code gives when it is not simply one HCC. */
typedef struct hcc_code_rules
{
	int32_t		first_hcc;
	int32_t		hccs;
	int32_t		first_edit;
	int32_t		edits;
} hcc_code_rules;

typedef struct hcc_code
{
	icd10_code	code;
	int32_t		hcc;			/* the HCC, or -1: see rules */
	int32_t		rules;
} hcc_code;

/* What the age of an age rule is used for */
typedef enum hcc_age_use
{
	HCC_AGE_EVERYTHING,
	HCC_AGE_SEGMENT,
	HCC_AGE_NEW_ENROLLEE
} hcc_age_use;

typedef struct hcc_age_rule
{
	hcc_facts	requires;
	int16_t		age;
	int16_t		scored_age;
	int32_t		use;			/* hcc_age_use */
} hcc_age_rule;

/* What a group is besides any of its HCCs */
typedef struct hcc_group_rule
{
	bool		replaces;		/* scores and counts in the place of its HCCs */
	bool		always;			/* has no HCCs, and is always met */
	int16_t		age_min;
	int16_t		age_max;
	int32_t		family;			/* of those in one, only the first that is met is 1; -1: none */
	int32_t		rank;
} hcc_group_rule;

#define HCC_MAX_FAMILIES 64

typedef enum hcc_order
{
	HCC_ORDER_OF_MODEL = 0,
	HCC_ORDER_SIMULTANEOUS,
	HCC_ORDER_SEQUENTIAL
} hcc_order;

typedef struct hcc_model
{
	uint64_t	fingerprint;
	hcc_order	order;

	/* codes, found by hash; slots hold an index + 1 and eight more bits of the hash, or 0 */
	int32_t		codes;
	int32_t		code_shift;
	uint32_t	code_mask;
	uint32_t   *code_slot;
	hcc_code   *code;
	hcc_code_rules *code_rules;
	int32_t    *code_hcc;
	int32_t    *code_mapping;	/* beside code_hcc: its rule, or -1 */
	int32_t		mappings;
	hcc_mapping_rule *mapping;
	hcc_edit   *edit;

	/* the year whose diagnoses count, where their dates do; else all 0 */
	int32_t		year;
	int32_t		first_day;
	int32_t		last_day;

	/* HCCs and sets of them */
	int32_t		hccs;
	int32_t		hcc_words;		/* words of a set of HCCs */
	int32_t		set_words;		/* words of a set of HCCs and groups */
	const char **hcc_name;		/* codes, in order */
	const char **hcc_label;
	hcc_word   *payment;		/* HCCs that count as payment HCCs */
	hcc_word   *drugs;			/* HCCs that are categories of drugs */
	hcc_word   *excluded;		/* by age: HCCs that do not count at it; NULL: none */
	hcc_word   *superior;		/* HCCs that drop any */
	hcc_word   *drops;			/* by HCC: the set it drops */
	hcc_word   *below;			/* by HCC: those below it by any path of the hierarchy */
	hcc_word   *above;			/* by HCC: those above it by any path */
	hcc_word   *valued;			/* HCCs that count as payment HCCs or have a coefficient */
	int32_t		prerequisites;
	hcc_prerequisite *prerequisite;
	int32_t		groups;
	const char **group_name;
	hcc_word   *group_members;	/* by group: a set of HCCs */
	hcc_group_rule *group_rule;
	bool		plain_groups;	/* none of them replaces HCCs or depends on an age or family */
	int32_t    *group_order;	/* those of a family by rank */
	bool		plain;			/* and no other rule that evaluate_in_words does not know */
	hcc_word   *replacing;		/* groups that replace their HCCs, in a set with HCCs */
	int32_t		required_sets;
	hcc_word   *required_set;	/* of HCCs and groups */

	/* variables; the first ones are the HCCs, in order */
	int32_t		variables;
	hcc_variable *variable;
	int32_t		conditions;
	hcc_condition *condition;

	int32_t		segments;
	hcc_segment *segment;
	int32_t		segment_rules;
	hcc_segment_rule *segment_rule;
	int32_t		age_rules;
	hcc_age_rule *age_rule;

	/* in millionths, by hcc_beneficiary.csr_variant and metal; NULL: no factors; 0: none */
	int64_t    *csr_factor;
} hcc_model;

extern int	hcc_compare_names(const char *a, const char *b);
extern bool hcc_begins_code(const hcc_model *model, icd10_code code);
extern int	hcc_by_name(const hcc_model *model, const char *name);

#define HCC_MAX_CODES UINT32_C(0xFFFFFF)	/* what a slot has room for beside the tag */

/* Fibonacci hashing: the upper bits of the product depend on the whole code. */
static inline uint64_t
hcc_hash_code(icd10_code code)
{
	return code * UINT64_C(0x9E3779B97F4A7C15);
}

/*
 * The bits of a hash below those that choose the slot: by them, most codes of
 * other slots' chains are passed by without a look at their entries
 */
static inline uint32_t
hcc_code_tag(uint64_t hash, int shift)
{
	return (uint32_t) (hash >> (shift - 8)) << 24;
}

/*
 * The entry of a code, or NULL. The table is at most half full, so that the
 * search ends; ICD10_NONE and ICD10_UNREADABLE are in no model.
 */
static inline const hcc_code *
hcc_find_code(const hcc_model *model, icd10_code code)
{
	uint64_t	hash = hcc_hash_code(code);
	uint32_t	slot = (uint32_t) (hash >> model->code_shift);
	uint32_t	tag = hcc_code_tag(hash, model->code_shift);

	hcc_assert(model->code_slot != NULL);
	for (;; slot = (slot + 1) & model->code_mask)
	{
		uint32_t	found = model->code_slot[slot];

		if (found == 0)
			return NULL;
		if ((found & ~HCC_MAX_CODES) == tag &&
			model->code[(found & HCC_MAX_CODES) - 1].code == code)
			return &model->code[(found & HCC_MAX_CODES) - 1];
	}
}

/* The entry of a code, whatever date it has, or NULL */
static inline const hcc_code *
hcc_find_dated_code(const hcc_model *model, icd10_code code)
{
	return hcc_find_code(model, icd10_is_marked(code) ? icd10_split(code).code : code);
}

#endif							/* HCC_MODEL_H */
