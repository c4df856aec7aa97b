/*
 * model_load.h
 *	  Reading reference tables.
 */
#ifndef HCCRAF_MODEL_LOAD_H
#define HCCRAF_MODEL_LOAD_H

#include "model_cache.h"

extern CachedModel *LoadModel(Oid schema, const char *name, int payment_year,
							  const char *calibration);
extern char *DistinctValues(Oid schema, const char *table, const char *column);
extern const char *NameHint(Oid schema, const char *table, const char *column, const char *given,
							const char *otherwise);
extern PaymentPlan *LoadPaymentPlan(Oid schema, int payment_year, const char *program);

#endif							/* HCCRAF_MODEL_LOAD_H */
