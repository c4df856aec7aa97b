/*
 * beneficiary.h
 *	  The SQL type beneficiary.
 */
#ifndef HCCRAF_BENEFICIARY_H
#define HCCRAF_BENEFICIARY_H

#include "core/icd10.h"
#include "core/person.h"
#include "utils/date.h"

#define DatumGetBeneficiary(d) ((hcc_beneficiary *) DatumGetPointer(d))
#define PG_GETARG_BENEFICIARY(n) DatumGetBeneficiary(PG_GETARG_DATUM(n))

#define DAY_OF_POSTGRES_EPOCH 36525 /* 1 January 2000, counted as in icd10.h */

/* A date as the core has days, the nearest where it has none; infinity is far away. */
static inline int32
DayOfDate(DateADT date)
{
	return (int32) Max(Min((int64) date + DAY_OF_POSTGRES_EPOCH, ICD10_LAST_DAY), 1);
}

/* Has the core a number for a date? */
static inline bool
HasDay(DateADT date)
{
	return date > -DAY_OF_POSTGRES_EPOCH && date <= ICD10_LAST_DAY - DAY_OF_POSTGRES_EPOCH;
}

extern bool ReadPlan(const char *csr_variant, const char *metal, hcc_beneficiary *plan);

#endif							/* HCCRAF_BENEFICIARY_H */
