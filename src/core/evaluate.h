/*
 * evaluate.h
 *	  Scoring one person with a compiled model.
 *
 * The steps, in order: hcc_person_make, hcc_map_code for every code,
 * hcc_resolve, hcc_evaluate.  None allocates and none can fail.  What a model
 * leaves out by age, hcc_evaluate and hcc_terms leave out themselves.
 *
 * The order is CMS's: edits look at each diagnosis as it is, prerequisites at
 * all that the diagnoses gave, the hierarchy at what these left, and groups,
 * interactions and counts at what the hierarchy left.  hcc_evaluate takes a set
 * as it is: one that has not gone through hcc_resolve counts what is superseded.
 *
 * Model and person belong together: a person is made with one model and is
 * good for that one alone.  All sets are the caller's and are cleared by it;
 * mapping only adds to them, so that codes may come in any order, in several
 * parts and more than once.  Functions that take a set of active HCCs do not
 * change it.
 */
#ifndef HCC_EVALUATE_H
#define HCC_EVALUATE_H

#include "core/model.h"

/* Why a model has no score for somebody */
typedef enum hcc_person_problem
{
	HCC_PERSON_OK = 0,
	HCC_NO_SEGMENT_FITS,		/* as of somebody without a metal in the marketplace */
	HCC_NO_SUCH_SEGMENT			/* the one that the beneficiary names */
} hcc_person_problem;

/*
 * A beneficiary as one model sees one.  It holds all that scoring needs of the
 * person, so that whoever scores many people of one kind makes it once.
 *
 * There are three ages because CMS's age rules may hold for everything, for the
 * choice of the segment (which is over when this is made) or for new enrollees'
 * terms alone.  What stands from birthday_age to day is of concurrent models,
 * which look at the dates of diagnoses; in others it is 0.
 */
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

/*
 * Why a code gave no HCC of its own.  From HCC_NOT_VALID_ON_DAY on, verdicts
 * come of dates, and so only in concurrent models.
 */
typedef enum hcc_verdict
{
	HCC_MAPPED = 0,
	HCC_UNMAPPED,				/* the model does not have the code */
	HCC_INVALID_BY_EDIT,		/* or all its rows are for others */
	HCC_REASSIGNED_BY_EDIT,		/* it gave what the edit says */
	HCC_NOT_VALID_ON_DAY,		/* none of its rows holds on the day */
	HCC_OUTSIDE_YEAR,			/* of the model */
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

/*
 * Is told of one variable that is 1 and of its coefficient in the person's
 * segment; of a divisor, what it divides by.  The variable lives as long as the
 * model.
 */
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

/*
 * Add to the set what a code gives this person.  Nearly all codes take the short
 * way through here, which is why it is inline: they have neither date nor
 * rules, and the person is not looked at.
 */
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

/*
 * From the HCCs of the codes to those that are active.  Not the other way round:
 * an HCC that lacks its prerequisite drops nothing, and one that the hierarchy
 * drops still is a prerequisite for others.
 */
static inline void
hcc_resolve(const hcc_model *model, hcc_order order, hcc_word *set)
{
	hcc_prerequisites(model, set);
	hcc_drop(model, order, set);
}

#endif							/* HCC_EVALUATE_H */
