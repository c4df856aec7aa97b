/*
 * model_cache.h
 *	  Compiled models of this backend, and what else is compiled of the tables.
 *
 * Whoever wants something takes a pin (PinCache), at the next statement asks whether
 * it still serves (RenewPin), and gets with it models, plans (GetModel,
 * GetPaymentPlan) and what other files compile (FindEntry, else compile and
 * KeepEntry).  What these return never changes, and is there as long as the pin.
 */
#ifndef HCCRAF_MODEL_CACHE_H
#define HCCRAF_MODEL_CACHE_H

#include "access/xact.h"
#include "compat.h"
#include "core/model.h"
#include "lib/ilist.h"
#include "model_state.h"
#include "nodes/pg_list.h"
#include "utils/palloc.h"
#include "utils/snapmgr.h"

/* What can be compiled of the reference tables; each kind has tables of its own */
typedef enum CacheKind
{
	CACHED_MODEL,
	CACHED_PAYMENT_PLAN,
	CACHED_FILTER_POLICY,
	CACHED_SERVICE_YEAR,
	CACHED_DIAGNOSIS_LIST,
	CACHED_OWN_CODES
} CacheKind;

/* The head of everything that is compiled; it stays while anybody has it pinned. */
typedef struct CacheEntry
{
	dlist_node	node;			/* in entries of its generation */
	CacheKind	kind;
	int			year;			/* of models see CachedModel; of the others, what they are of */
	const char *name;			/* the program, or "" */
	MemoryContext context;		/* of its own, with all that belongs to it */
	Size		bytes;			/* of the context, when it was compiled */
	int			pins;			/* that have it in their list, each once */
	uint64		last_used;		/* by a clock that counts uses, of entries and generations */
} CacheEntry;

/* One model of one payment year, compiled */
typedef struct CachedModel
{
	CacheEntry	entry;			/* first, as in all that is kept */
	const char *name;
	int			payment_year;	/* 0: a model without years */
	bool		any_year;		/* no row of it says in which years it holds */
	int			codes_through;	/* the last fiscal year whose codes it maps; 0: all */
	const char *calibration;	/* "" if the model has none */
	bool		scores;			/* it says what something is worth */
	bool		provisional;	/* rows of it are a copy of another year's */
	hcc_model  *compiled;
	double		build_ms;
	List	   *requests;		/* of what was asked for and came to it */
} CachedModel;

/* What is paid by a score of its own, and for whom: see ComponentFits */
typedef struct PaymentComponent
{
	const char *name;
	hcc_facts	requires;		/* all of them */
	hcc_facts	forbids;		/* any of them */
	bool		takes_frailty;	/* a frailty score may be added */
} PaymentComponent;

/* One model's part in the payment score of a component; factors in millionths */
typedef struct PaymentPart
{
	const PaymentComponent *component;
	const char *model;
	const char *calibration;	/* NULL: the default */
	int64		normalization;	/* above 0; or 0: not known */
	int64		coding_adjustment;	/* at most 1; the score is multiplied by 1 less it */
	int64		weight;			/* in the blend; negative: not known */
	bool		low_confidence; /* to pay by it has to be asked for */
	bool		provisional;	/* a copy of another year's */
} PaymentPart;

/* By what a program pays in a year; the parts are sorted by component */
typedef struct PaymentPlan
{
	CacheEntry	entry;			/* payment year and program */
	const char *year_hint;		/* how to have a year without programs, to follow a hint; or "" */
	int			parts;
	PaymentPart *part;
} PaymentPlan;

/*
 * What was compiled of one state of the reference tables.  It is found by
 * state_table and state, and only while it is usable; several that are not may have
 * the same.  Once it is not usable it never is again.
 */
typedef struct Generation
{
	dlist_node	node;
	MemoryContext context;		/* parent of those of the entries */
	Oid			schema;			/* of the extension */
	Oid			state_table;	/* another one where the extension was created anew */
	int64		state;			/* as ReadModelState gives it */
	bool		usable;			/* by other statements than those that have it pinned */
	List	   *tables;			/* OIDs of all that it depends on; NIL: not known yet */
	int			pins;			/* of which each entry's are a part */
	uint64		last_used;
	dlist_head	entries;
} Generation;

/* What tells the statements of a backend apart: their snapshots */
typedef struct StatementId
{
	LocalTransactionId transaction;
	CommandId	command;		/* up to which the transaction's own changes are seen */
	TransactionId xmin;			/* what the snapshot counts as running */
	TransactionId xmax;
	uint32		running;		/* how many between them */
	uint64		epoch;			/* see state_epoch */
} StatementId;

/*
 * A user's hold on the cache: the state that the statement sees, and what is
 * used of it.  It lasts until its memory context is deleted, which also holds
 * what the user derives from what is pinned.  An error that ends the query deletes
 * the context as well, so that nothing has to be released by hand.
 */
typedef struct CachePin
{
	MemoryContext context;
	MemoryContextCallback release;
	Generation *generation;
	StatementId statement;
	Oid			user;			/* who may read the tables of the entries */
	uint64		rights;			/* as of which they may: rights_epoch in model_cache.c */
	int			entries;		/* that are pinned */
	int			room;
	CacheEntry **entry;
	struct PaymentPlan *no_plan;	/* the last one that was asked for in vain */
} CachePin;

extern int	cache_size;

extern void InitCache(void);
extern CachePin *PinCache(Oid function, MemoryContext parent);
extern bool RenewPin(CachePin *pin);
extern CacheEntry *FindEntry(CachePin *pin, CacheKind kind, int year, const char *name);
extern void KeepEntry(CachePin *pin, CacheEntry *entry, CacheKind kind, MemoryContext context);
extern const CachedModel *GetModel(CachePin *pin, const char *name, int payment_year,
								   const char *calibration);
extern const PaymentPlan *GetPaymentPlan(CachePin *pin, int payment_year, const char *program);

/*
 * The statement that is running.  A statement and what it calls see one
 * snapshot; another statement has another command counter, if it comes after a
 * change of its own transaction, or counts other transactions as running, if it
 * could see a change of theirs, or comes after a change that was rolled back.
 */
static inline StatementId
CurrentStatement(void)
{
	Snapshot	snapshot = GetActiveSnapshot();
	StatementId statement = {
		.transaction = MY_LOCAL_TRANSACTION,
		.command = snapshot->curcid,
		.xmin = snapshot->xmin,
		.xmax = snapshot->xmax,
		/* of those between, each only ends; on a standby all of them are in subxip */
		.running = snapshot->takenDuringRecovery ? (uint32) snapshot->subxcnt : snapshot->xcnt,
		.epoch = state_epoch
	};

	return statement;
}

/* Can two statements see nothing different, so that one pin serves both? */
static inline bool
SameStatement(StatementId a, StatementId b)
{
	return a.transaction == b.transaction && a.command == b.command &&
		a.xmin == b.xmin && a.xmax == b.xmax && a.running == b.running && a.epoch == b.epoch;
}

#endif							/* HCCRAF_MODEL_CACHE_H */
