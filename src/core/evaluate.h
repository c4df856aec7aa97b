/*
 * evaluate.h
 *	  Scoring one person with a compiled model.
 *
 * The steps, in order: hcc_person_make, hcc_map_code for every code,
 * hcc_resolve, hcc_evaluate.  None allocates and none can fail.  What a model
 * leaves out by age, hcc_evaluate and hcc_terms leave out themselves.
 */
#ifndef HCC_EVALUATE_H
#define HCC_EVALUATE_H

#include "core/model.h"

typedef enum hcc_person_problem
{
	HCC_PERSON_OK = 0,
	HCC_NO_SEGMENT_FITS,
	HCC_NO_SUCH_SEGMENT
} hcc_person_problem;

/* A beneficiary as one model sees one. */
typedef struct hcc_person
{
	hcc_facts	facts;
	int16_t		age;			/* for edits */
	int16_t		term_age;		/* for the terms of the segment */
	int16_t		months;			/* since transplant */
	int16_t		segment;		/* number, -1 with a problem */
	int16_t		days;			/* enrolled */
	int16_t		birthday_age;	/* from the birthday of the model's year on */
	int32_t		birthday;		/* the first day of that age; 0: not known */
	int32_t		born;			/* 0: not known */
	int32_t		day;			/* of a diagnosis without date */
	hcc_score	score;			/* sum of the terms that need no HCC */
	hcc_score	divisor;		/* of the whole score, in thousandths, or 0 */
} hcc_person;

/* Why a code gave no HCC of its own */
typedef enum hcc_verdict
{
	HCC_MAPPED = 0,
	HCC_UNMAPPED,
	HCC_INVALID_BY_EDIT,
	HCC_REASSIGNED_BY_EDIT,
	HCC_NOT_VALID_ON_DAY,
	HCC_OUTSIDE_YEAR,
	HCC_BEFORE_BIRTH,
	HCC_AGE_CONFLICT			/* the age at diagnosis does not fit the person's */
} hcc_verdict;

/* A score by what its terms are about; the pieces add up to it. */
typedef struct hcc_split
{
	hcc_score	demographic;	/* the person, add-ons, and what a divisor changes */
	hcc_score	disease;		/* HCCs, each by itself */
	hcc_score	interaction;	/* HCCs together: interactions and counts */
} hcc_split;

typedef void (*hcc_term_fn) (void *context, const hcc_variable *variable, hcc_score coefficient);

extern hcc_person_problem hcc_person_make(const hcc_model *model, const hcc_beneficiary *who,
										  hcc_person *person);
extern void hcc_person_for_edits(const hcc_model *model, const hcc_beneficiary *who,
								 hcc_person *person);
extern hcc_verdict hcc_map_by_rules(const hcc_model *model, const hcc_code *code,
									const hcc_person *person, int32_t day, bool mce,
									hcc_word *set);
extern hcc_verdict hcc_map_parts(const hcc_model *model, const icd10_parts *parts,
								 const hcc_person *person, bool mce, hcc_word *set);
extern hcc_verdict hcc_map_marked(const hcc_model *model, icd10_code code,
								  const hcc_person *person, bool mce, hcc_word *set);
extern void hcc_map_for_anybody(const hcc_model *model, icd10_code code, hcc_word *set);
extern void hcc_groups(const hcc_model *model, const hcc_person *person, const hcc_word *set,
					   hcc_word *extended);
extern int64_t hcc_csr_factor(const hcc_model *model, const hcc_beneficiary *who);
extern void hcc_prerequisites(const hcc_model *model, hcc_word *set);
extern void hcc_drop(const hcc_model *model, hcc_order order, hcc_word *set);
extern hcc_score hcc_evaluate(const hcc_model *model, const hcc_person *person,
							  const hcc_word *set);
extern hcc_score hcc_evaluate_split(const hcc_model *model, const hcc_person *person,
									const hcc_word *set, hcc_split *split);
extern void hcc_terms_gained(const hcc_model *model, const hcc_person *person,
							 const hcc_word *before, const hcc_word *after,
							 hcc_term_fn found, void *context);
extern void hcc_terms(const hcc_model *model, const hcc_person *person, const hcc_word *set,
					  hcc_term_fn found, void *context);

/* Add to the set what a code gives this person. */
static inline hcc_verdict
hcc_map_code(const hcc_model *model, icd10_code code, const hcc_person *person, bool mce,
			 hcc_word *set)
{
	const hcc_code *found;

	if (icd10_is_marked(code))
		return hcc_map_marked(model, code, person, mce, set);
	found = hcc_find_code(model, code);
	if (found == NULL)
		return HCC_UNMAPPED;
	if (found->hcc >= 0)
	{
		hcc_add(set, found->hcc);
		return HCC_MAPPED;
	}
	return hcc_map_by_rules(model, found, person, 0, mce, set);
}

/* From the HCCs of the codes to those that are active. */
static inline void
hcc_resolve(const hcc_model *model, hcc_order order, hcc_word *set)
{
	hcc_prerequisites(model, set);
	hcc_drop(model, order, set);
}

#endif							/* HCC_EVALUATE_H */
