/*
 * model_load.h
 *	  Reading reference tables.
 */
#ifndef HCCRAF_MODEL_LOAD_H
#define HCCRAF_MODEL_LOAD_H

#include "core/compile.h"
#include "model_cache.h"

extern CachedModel *LoadModel(Oid schema, const char *name, int payment_year,
							  const char *calibration);
extern bool IsNearly(const char *name, const char *given);
extern bool IsNamed(hcc_list list, const char *name);
extern void CheckProgram(Oid schema, const char *program);
extern const char *YearHint(Oid schema, int payment_year, const char *model);
extern PaymentPlan *LoadPaymentPlan(Oid schema, int payment_year, const char *program);

#endif							/* HCCRAF_MODEL_LOAD_H */
