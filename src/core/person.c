/*
 * person.c
 *	  The facts that follow from a beneficiary's fields.
 *
 * A new fact is a number, a name and a line in hcc_beneficiary_facts.  It comes
 * behind all others, the metals included: conditions are part of a model's
 * fingerprint as the bits that they ask for, and fingerprints are kept with
 * releases and runs.  A fact in between would change them all.
 */
#include "core/person.h"

#include <string.h>

#include "core/assert.h"

/* Each beneficiary has exactly one fact of each line of alternatives (sex, OREC, dual, metal). */
enum fact_number
{
	FEMALE, MALE,
	OREC_0, OREC_1, OREC_2, OREC_3,
	DUAL_FULL, DUAL_PARTIAL, DUAL_NONE,
	MEDICAID, MEDICAID_NE, MEDICAID_LTI,
	NEW_ENROLLEE, SNP, LTI, LOW_INCOME,
	ESRD, ESRD_DIALYSIS, ESRD_TRANSPLANT, ESRD_GRAFT,
	METAL_NONE					/* and the metals behind it */
};

#define FACT(number) ((hcc_facts) 1 << (number))

/*
 * The names that reference tables use, in the order of the numbers, with the
 * metals in the order of hcc_beneficiary.metal
 */
static const char *const fact_names[] = {
	"female", "male",
	"orec_0", "orec_1", "orec_2", "orec_3",
	"dual_full", "dual_partial", "dual_none",
	"medicaid", "medicaid_ne", "medicaid_lti",
	"new_enrollee", "snp", "lti", "low_income",
	"esrd", "esrd_dialysis", "esrd_transplant", "esrd_graft",
	"metal_none", "metal_platinum", "metal_gold", "metal_silver", "metal_bronze",
	"metal_catastrophic"
};

/*
 * The fact of that name, or 0, which is no fact.  As a condition, 0 is met by
 * everybody, so whoever reads rows has to refuse it.
 */
hcc_facts
hcc_fact_by_name(const char *name)
{
	hcc_assert(name != NULL);
	for (size_t i = 0; i < sizeof(fact_names) / sizeof(fact_names[0]); i++)
	{
		if (strcmp(name, fact_names[i]) == 0)
			return FACT(i);
	}
	return 0;
}

/*
 * Full benefits: QMB plus, SLMB plus and other full duals (02, 04, 08).  Partial
 * are 01, 03, 05 and 06.  Everything else, 00, 09, 10 and none given, is no dual:
 * so CMS chooses the segment.
 */
static hcc_facts
dual_fact(uint8_t dual_status)
{
	switch (dual_status)
	{
		case 2:
		case 4:
		case 8:
			return FACT(DUAL_FULL);
		case 1:
		case 3:
		case 5:
		case 6:
			return FACT(DUAL_PARTIAL);
		default:
			return FACT(DUAL_NONE);
	}
}

/*
 * The ESRD status that counts: months since a transplant, where given, tell
 * transplant months (the first three) and functioning graft apart.
 *
 * CMS pays the first three months by the transplant's own value and nothing
 * else, and scores by the graft models from the fourth on.  So somebody whose
 * months go on needs nothing but their number changed.
 */
static hcc_esrd
esrd_status(const hcc_beneficiary *who)
{
	if (who->graft_months == 0 || who->esrd == HCC_ESRD_NONE || who->esrd == HCC_ESRD_DIALYSIS)
		return who->esrd;
	return who->graft_months <= 3 ? HCC_ESRD_TRANSPLANT : HCC_ESRD_GRAFT;
}

/*
 * All facts that hold for a beneficiary.  They are of the person alone: whether
 * somebody is disabled or of an age, models put together themselves, since they
 * do not agree about it ("aged" is by age in one, and by entitlement in another).
 */
hcc_facts
hcc_beneficiary_facts(const hcc_beneficiary *who)
{
	hcc_facts	dual = dual_fact(who->dual_status);
	bool		medicaid = dual != FACT(DUAL_NONE);
	hcc_facts	facts = dual;

	hcc_assert(who->orec <= 3 && who->esrd <= HCC_ESRD_GRAFT && who->metal < HCC_METALS);
	facts |= FACT(who->sex == HCC_FEMALE ? FEMALE : MALE);
	facts |= FACT(OREC_0 + who->orec);
	if (medicaid)
		facts |= FACT(MEDICAID);
	if (who->medicaid_ne == HCC_YES || (who->medicaid_ne == HCC_FROM_DUAL_STATUS && medicaid))
		facts |= FACT(MEDICAID_NE);
	if (who->medicaid_lti == HCC_YES || (who->medicaid_lti == HCC_FROM_DUAL_STATUS && medicaid))
		facts |= FACT(MEDICAID_LTI);
	if (who->flags & HCC_NEW_ENROLLEE)
		facts |= FACT(NEW_ENROLLEE);
	if (who->flags & HCC_SNP)
		facts |= FACT(SNP);
	if (who->flags & HCC_LTI)
		facts |= FACT(LTI);
	if (who->flags & HCC_LOW_INCOME)
		facts |= FACT(LOW_INCOME);
	if (who->esrd != HCC_ESRD_NONE)
		/* the three are numbered as in hcc_esrd, of which NONE has no fact */
		facts |= FACT(ESRD) | FACT(ESRD_DIALYSIS + esrd_status(who) - HCC_ESRD_DIALYSIS);
	return facts | FACT(METAL_NONE + who->metal);
}
