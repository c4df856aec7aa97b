/*
 * model_cache.h
 *	  Compiled models of this backend, and what else is compiled of the tables.
 */
#ifndef HCCRAF_MODEL_CACHE_H
#define HCCRAF_MODEL_CACHE_H

#include "core/model.h"
#include "nodes/pg_list.h"
#include "utils/palloc.h"

/* One model of one payment year, compiled */
typedef struct CachedModel
{
	const char *name;
	int			payment_year;	/* 0: a model without years */
	const char *calibration;	/* "" if the model has none */
	hcc_model  *compiled;
	Size		bytes;
	double		build_ms;
	MemoryContext context;
} CachedModel;

/* What is paid by a score of its own, and for whom */
typedef struct PaymentComponent
{
	const char *name;
	hcc_facts	requires;
	hcc_facts	forbids;
	bool		takes_frailty;
} PaymentComponent;

/* One model's part in the payment score of a component; factors in millionths */
typedef struct PaymentPart
{
	const PaymentComponent *component;
	const char *model;
	const char *calibration;	/* NULL: the default */
	int64		normalization;	/* 0: not known */
	int64		coding_adjustment;
	int64		weight;			/* negative: not known */
	bool		low_confidence;
} PaymentPart;

/* By what a program pays in a year; the parts are sorted by component */
typedef struct PaymentPlan
{
	int			payment_year;
	const char *program;
	int			parts;
	PaymentPart *part;
} PaymentPlan;

/* What tells the statements of a backend apart: their snapshots */
typedef struct StatementId
{
	LocalTransactionId transaction;
	CommandId	command;
	TransactionId xmin;			/* what the snapshot counts as running */
	TransactionId xmax;
	uint32		running;
} StatementId;

/*
 * What was compiled between two changes of the reference tables.  It lives as
 * long as it is current or pinned.
 */
typedef struct Generation
{
	MemoryContext context;
	Oid			schema;			/* of the extension */
	Oid			change_table;	/* whose invalidation ends the generation */
	int			pins;
	StatementId last_pinned;	/* by which statement */
	bool		current;
	List	   *models;			/* of CachedModel */
	List	   *requests;		/* of what was asked for, to what it resolved */
	List	   *payment_plans;	/* of PaymentPlan */
	List	   *filter_policies;	/* of FilterPolicy */
	List	   *service_years;	/* of ServiceYear */
	List	   *diagnosis_lists;	/* of DiagnosisList */
	struct Generation *next;
} Generation;

extern StatementId CurrentStatement(void);
extern bool SameStatement(StatementId a, StatementId b);
extern Generation *PinGeneration(Oid function, StatementId statement, MemoryContext until_deleted);
extern bool GenerationIsStale(const Generation *generation);
extern const CachedModel *GetModel(Generation *generation, const char *name, int payment_year, const char *calibration);
extern const PaymentPlan *GetPaymentPlan(Generation *generation, int payment_year, const char *program);

#endif							/* HCCRAF_MODEL_CACHE_H */
