/*
 * model.h
 *	  A compiled model: what the reference tables say about one model in one
 *	  payment year, in the form that scoring reads.
 *
 * HCCs have dense numbers in the order of their codes, groups the numbers
 * after them, and a set of them is an array of 64-bit words.  A compiled model
 * never changes; any number of readers may share it.
 *
 * There are two kinds of set.  One of HCCs has hcc_words words and is what codes
 * are mapped to, what prerequisites and hierarchy work on, and what is called
 * active at the end.  One of HCCs and groups has set_words words, not fewer, and
 * exists only while a score is made.  The first groups may share the last word
 * of the HCCs.  Nothing of a set beyond the model's words is read or written,
 * so that an array of HCC_MAX_WORDS need not be cleared, and a state of an
 * aggregate has only as many words as its model needs.
 *
 * Names and labels belong to the model.  Numbers are its own: another model, or
 * the same one compiled from other rows, may number an HCC differently, and a set
 * says nothing without the model that it was made with.  Models of one
 * fingerprint number alike, which lets the state of an aggregate, a set, travel
 * from one process to another.
 */
#ifndef HCC_MODEL_H
#define HCC_MODEL_H

#include "core/assert.h"
#include "core/icd10.h"
#include "core/person.h"

/*
 * Sets have a fixed greatest size because the core allocates nothing while it
 * scores: they are on the stack, some at a time.  The largest shipped model has
 * about 200 HCCs and groups.
 */
#define HCC_MAX_WORDS 16		/* HCCs and groups of a model: at most 1024 */
#define HCC_SCORE_DIGITS 3		/* scores are integers in thousandths */

/*
 * Limits, in thousandths.  With them no sum or product of scores can overflow:
 * a model that could give a larger score does not compile.  The largest product
 * is a score times 1000 before it is divided by a divisor, which can be as small
 * as 0.001: 10^15, where 64 bits hold 9 * 10^18.
 */
#define HCC_MAX_COEFFICIENT INT64_C(1000000000) /* 1,000,000 */
#define HCC_MAX_SCORE INT64_C(1000000000000)	/* 1,000,000,000, before a divisor */
#define HCC_FACTOR_DIGITS 6		/* of factors, which are integers in millionths */
#define HCC_MAX_SEGMENTS INT16_MAX	/* a person's segment is an int16_t */

/*
 * Scores are integers because their sums must be CMS's to the last digit, in
 * whatever order the terms are added: published coefficients have three
 * decimals, and binary fractions cannot say most of them.
 */
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

/*
 * What a variable is about, which decides among which of a segment's terms it is
 * and so when it is looked at.  The numbers are part of fingerprints, which are kept
 * with releases and runs: new kinds come at the end, here and in kind_names.
 */
typedef enum hcc_kind
{
	HCC_KIND_DEMOGRAPHIC,
	HCC_KIND_NEW_ENROLLEE,		/* as demographic, at the age for new enrollees */
	HCC_KIND_COUNT,				/* the number of payment HCCs */
	HCC_KIND_HELPER,			/* has no coefficient: an element of interactions */
	HCC_KIND_ADDON,				/* of the person, as months since transplant */
	HCC_KIND_DIVISOR,			/* divides the sum and is not in it */
	HCC_KIND_HCC,
	HCC_KIND_INTERACTION,
	HCC_KIND_ENROLLMENT,		/* days enrolled and the number of payment HCCs */
	HCC_KIND_GROUP,				/* one that scores in the place of its HCCs */
	HCC_KIND_DRUG				/* no variable's: what results call an HCC of drugs */
} hcc_kind;

extern const char *hcc_kind_name(hcc_kind kind);
extern int	hcc_kind_by_name(const char *name);

/*
 * All of it must hold.  A range without bound has the extreme value.  Which
 * fields are looked at depends on what the condition is of: a segment's and a
 * personal term's are asked before there are HCCs, when counts and the required
 * set cannot be known.
 */
typedef struct hcc_condition
{
	hcc_facts	requires;		/* all of these */
	hcc_facts	forbids;		/* none of these */
	int16_t		age_min;
	int16_t		age_max;
	int16_t		months_min;		/* since transplant; 0: not given */
	int16_t		months_max;
	int16_t		count_min;		/* of payment HCCs, and of groups in their place */
	int16_t		count_max;
	int16_t		days_min;		/* enrolled */
	int16_t		days_max;
	int32_t		required_set;	/* index of a set that must be present, or -1 */
} hcc_condition;

/*
 * A variable is 1 when any of its conditions holds.  Variables of kinds HCC and
 * group have no conditions: whether they are 1, the set says.
 */
typedef struct hcc_variable
{
	const char *name;
	const char *label;
	hcc_kind	kind;
	int32_t		first_condition;
	int32_t		conditions;
	int32_t		hcc;			/* of kinds HCC and group: the number in sets, else -1 */
} hcc_variable;

/* What a variable adds in the segment whose term it is */
typedef struct hcc_term
{
	int32_t		variable;
	int32_t		pad;			/* what alignment leaves free */
	hcc_score	coefficient;
} hcc_term;

/*
 * A segment's coefficients, by what they depend on.
 *
 * Most people have few HCCs and no interaction, and scoring is made for them:
 * what depends on the person alone is added up once and kept with the person
 * (hcc_person.score), an HCC's coefficient is found by its number, the counts
 * are a table of sums, and the interactions are gone through only if one of the
 * HCCs is there that any of them needs.
 */
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

/* Who is in a segment; of a model's rules the first that fits decides. */
typedef struct hcc_segment_rule
{
	hcc_condition condition;
	int32_t		segment;
} hcc_segment_rule;

/*
 * The HCC counts only beside any of these, judged on what the codes gave, before
 * the hierarchy: V28's 223 alone must not drop 227.
 */
typedef struct hcc_prerequisite
{
	int32_t		hcc;
	int32_t		words;			/* of any */
	hcc_word   *any;
} hcc_prerequisite;

/*
 * For people of whom this holds, a code is invalid, or gives this HCC instead of
 * all its own.  It is about one code and one person and never about another
 * code: that lets an aggregate turn each code into HCCs as it comes, and forget
 * it.
 */
typedef struct hcc_edit
{
	hcc_facts	requires;
	int16_t		age_min;
	int16_t		age_max;
	bool		mce;			/* only with the code editor on */
	bool		invalid;		/* else: hcc instead of the code's own */
	int32_t		hcc;			/* 0 and without meaning if invalid */
} hcc_edit;

/*
 * When a code gives one of its HCCs.  Two ages are asked for: the code editor's
 * is that at diagnosis, and can be switched off; HHS's split of a code between
 * HCCs goes by the age at the last day of enrollment.
 */
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

/* What a code gives when it is not simply one HCC: stretches of code_hcc and of edit */
typedef struct hcc_code_rules
{
	int32_t		first_hcc;
	int32_t		hccs;
	int32_t		first_edit;
	int32_t		edits;
} hcc_code_rules;

/*
 * A code of the model.  hcc is not -1 exactly if the code gives this one HCC to
 * everybody on any day: then nobody needs to look at the person.
 */
typedef struct hcc_code
{
	icd10_code	code;
	int32_t		hcc;			/* the HCC, or -1: see rules */
	int32_t		rules;
} hcc_code;

/*
 * What the age of an age rule is used for.  CMS's software takes somebody of 64
 * who is entitled by age, and turns 65 in the year, for 65: in some models and
 * years for everything, in others for new enrollees' cells alone, to which V22,
 * V23 and V28 here add the choice of the segment, so that it is an aged one.
 */
typedef enum hcc_age_use
{
	HCC_AGE_EVERYTHING,
	HCC_AGE_SEGMENT,
	HCC_AGE_NEW_ENROLLEE
} hcc_age_use;

/* People of this age and these facts count as being of the scored age. */
typedef struct hcc_age_rule
{
	hcc_facts	requires;
	int16_t		age;
	int16_t		scored_age;
	int32_t		use;			/* hcc_age_use */
} hcc_age_rule;

/*
 * What a group is besides any of its HCCs.  In Medicare's models it is nothing
 * besides: a name for interactions to use.  HHS's groups score and count, once,
 * in the place of their HCCs; its infants' severity and maturity are families,
 * of which everybody has one.
 */
typedef struct hcc_group_rule
{
	bool		replaces;		/* scores and counts in the place of its HCCs */
	bool		always;			/* has no HCCs, and is always met */
	int16_t		age_min;
	int16_t		age_max;
	int32_t		family;			/* of those in one, only the first that is met is 1; -1: none */
	int32_t		rank;
} hcc_group_rule;

#define HCC_MAX_FAMILIES 64		/* those that have their group are bits of a word */

/*
 * How an HCC that is itself dropped drops others, which matters where the
 * relation is not transitive.  CMS's SAS software went through the HCCs in
 * ascending order, its Python packages (from payment year 2026) look at the set
 * as it was before: the order is a property of model and year, and callers may
 * ask for the other one.
 */
typedef enum hcc_order
{
	HCC_ORDER_OF_MODEL = 0,		/* of callers: whichever the model has */
	HCC_ORDER_SIMULTANEOUS,		/* everything that was there drops */
	HCC_ORDER_SEQUENTIAL		/* what is dropped already drops nothing */
} hcc_order;

/*
 * The whole model.  Two-dimensional arrays ("by HCC", "by group", "by age") are
 * one after the other, each row a set of hcc_words words.
 */
typedef struct hcc_model
{
	uint64_t	fingerprint;	/* of all that can change a score or a list of HCCs */
	hcc_order	order;

	/*
	 * codes, in ascending order, and found by hash; slots hold an index + 1 and
	 * eight more bits of the hash, or 0
	 */
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

/* Names are for people and tables: nothing that scores looks one up. */
extern int	hcc_compare_names(const char *a, const char *b);
extern bool hcc_begins_code(const hcc_model *model, icd10_code code);
extern int	hcc_by_name(const hcc_model *model, const char *name);

#define HCC_MAX_CODES UINT32_C(0xFFFFFF)	/* what a slot has room for beside the tag */

/*
 * Fibonacci hashing: the upper bits of the product depend on the whole code.
 * The factor is 2^64 divided by the golden ratio, and odd, so that no two codes
 * have one product.  Codes are no random numbers, but characters in the upper
 * bytes and zeros in the lower ones: the lower bits of a hash would hardly tell
 * them apart.
 */
static inline uint64_t
hcc_hash_code(icd10_code code)
{
	return code * UINT64_C(0x9E3779B97F4A7C15);
}

/*
 * The bits of a hash below those that choose the slot: by them, most codes of
 * other slots' chains are passed by without a look at their entries.  They
 * stand in the upper byte, where HCC_MAX_CODES leaves room.
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

/*
 * The entry of a code, whatever date it has, or NULL: whether the model maps it
 * at all.  Codes of models have no dates, so the date has to go first.
 */
static inline const hcc_code *
hcc_find_dated_code(const hcc_model *model, icd10_code code)
{
	return hcc_find_code(model, icd10_is_marked(code) ? icd10_split(code).code : code);
}

#endif							/* HCC_MODEL_H */
