/*
 * beneficiary.h
 *	  The SQL type beneficiary.
 */
#ifndef HCCRAF_BENEFICIARY_H
#define HCCRAF_BENEFICIARY_H

#include "core/person.h"

#define DatumGetBeneficiary(d) ((hcc_beneficiary *) DatumGetPointer(d))
#define PG_GETARG_BENEFICIARY(n) DatumGetBeneficiary(PG_GETARG_DATUM(n))

#endif							/* HCCRAF_BENEFICIARY_H */
