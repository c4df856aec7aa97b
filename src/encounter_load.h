/*
 * encounter_load.h
 *	  What the encounter filter has compiled of the reference tables.
 */
#ifndef HCCRAF_ENCOUNTER_LOAD_H
#define HCCRAF_ENCOUNTER_LOAD_H

#include "core/encounter.h"
#include "model_cache.h"

/* The rules of a payment year and program */
typedef struct FilterPolicy
{
	CacheEntry	entry;			/* payment year and program */
	hcc_policy *compiled;
	text	  **verdict;		/* of each rule */
	text	   *ok;
	const char *list;			/* program in eligible_procedure; "": those without one */
} FilterPolicy;

/* Procedures and modalities of a calendar year */
typedef struct ServiceYear
{
	CacheEntry	entry;
	hcc_service_year compiled;
} ServiceYear;

/*
 * The valid diagnosis codes of a fiscal year, 1 October to 30 September; or the
 * codes of models that are none of ICD-10-CM
 */
typedef struct DiagnosisList
{
	CacheEntry	entry;
	hcc_code_set codes;
} DiagnosisList;

extern const FilterPolicy *GetFilterPolicy(CachePin *pin, int payment_year, const char *program);
extern const hcc_service_year *GetServiceYear(CachePin *pin, int year, const char *list);
extern const hcc_code_set *GetDiagnosisList(CachePin *pin, int fiscal_year);
extern const hcc_code_set *GetOwnCodes(CachePin *pin);

#endif							/* HCCRAF_ENCOUNTER_LOAD_H */
