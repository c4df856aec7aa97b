/*
 * payment.h
 *	  From raw score to payment score.
 */
#ifndef HCCRAF_PAYMENT_H
#define HCCRAF_PAYMENT_H

#include "model_cache.h"

/* A score after each step, three decimals each */
typedef struct PaymentSteps
{
	hcc_score	normalized;
	hcc_score	adjusted;
	hcc_score	weighted;
} PaymentSteps;

/*
 * The largest payment score, in thousandths, and, below zero, the smallest:
 * those of as many gaps as a model can have HCCs add up to what fits.
 */
#define HCC_MAX_PAYMENT INT64_C(1000000000000000)	/* 1,000,000,000,000 */

extern hcc_score AddScores(hcc_score a, hcc_score b);
extern PaymentSteps StepPayment(const PaymentPart *part, hcc_score raw, hcc_score frailty);

extern void CheckComponent(const PaymentPlan *plan, const char *component);

/* Is a component for people of whom these facts hold? */
static inline bool
ComponentFits(const PaymentComponent *component, hcc_facts facts)
{
	return (facts & component->requires) == component->requires &&
		(facts & component->forbids) == 0;
}

/* Are all factors of a part known? */
static inline bool
PartIsKnown(const PaymentPart *part)
{
	return part->normalization > 0 && part->weight >= 0;
}

#endif							/* HCCRAF_PAYMENT_H */
