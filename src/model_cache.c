/*
 * model_cache.c
 *	  Compiled models of this backend, and when to compile them anew.
 *
 * How a change travels: a trigger on every reference table sends a relcache
 * invalidation for one empty table, hcc_model_change (hccraf_invalidate).  It
 * reaches this backend at the next command, the others when the transaction
 * commits, and is repeated when it aborts, so that models compiled from rows
 * that never were are dropped too.  The callback only sets a flag; looking
 * anything up there is not allowed.
 *
 * What is compiled belongs to a generation.  The first use after the flag was
 * set starts a new one; the old one is freed when its last pin goes.  A call
 * site pins the generation for its statement; other sites of the statement get
 * the same, so that one statement sees one model.  If an invalidation arrives while a model
 * is being compiled, the result serves the statement that asked for it, and
 * the flag ends the generation at the next.  Parallel workers pin for
 * themselves: a change that is committed while a parallel plan starts may be
 * seen by some and not by others.
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "compat.h"
#include "model_load.h"

#define CHANGE_TABLE "hcc_model_change"

PG_FUNCTION_INFO_V1(hccraf_invalidate);
PG_FUNCTION_INFO_V1(hccraf_cache);
PG_FUNCTION_INFO_V1(hccraf_cache_reset);

/* All generations, the current one first if there is one */
static Generation *generations = NULL;
static bool callback_registered = false;

/* What somebody asked for, with defaults left open, and what it resolved to */
typedef struct Request
{
	const char *name;			/* "": the default model */
	int			payment_year;	/* 0: the newest */
	const char *calibration;	/* "": the one in force */
	CachedModel *model;
} Request;

/* Relcache callback: the tables of the current generation have changed. */
static void
OnRelcacheInvalidation(Datum arg, Oid relation)
{
	if (generations != NULL && (relation == InvalidOid || relation == generations->change_table))
		generations->current = false;
}

static void
FreeUnusedGenerations(void)
{
	Generation **link = &generations;

	while (*link != NULL)
	{
		Generation *generation = *link;

		if (generation->current || generation->pins > 0)
			link = &generation->next;
		else
		{
			*link = generation->next;
			MemoryContextDelete(generation->context);
		}
	}
}

/* Memory context callback of a pin */
static void
Unpin(void *arg)
{
	Generation *generation = arg;

	Assert(generation->pins > 0);
	if (--generation->pins == 0 && !generation->current)
		FreeUnusedGenerations();
}

static Generation *
StartGeneration(Oid schema)
{
	Oid			change_table = get_relname_relid(CHANGE_TABLE, schema);
	MemoryContext context;
	Generation *generation;

	if (!OidIsValid(change_table))
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("the reference tables of hccraf are missing"),
				 errhint("Functions of hccraf must stay in the schema that CREATE EXTENSION put them in.")));
	if (!callback_registered)
	{
		CacheRegisterRelcacheCallback(OnRelcacheInvalidation, (Datum) 0);
		callback_registered = true;
	}

	context = AllocSetContextCreate(CacheMemoryContext, "hccraf models", ALLOCSET_SMALL_SIZES);
	generation = MemoryContextAllocZero(context, sizeof(Generation));
	generation->context = context;
	generation->schema = schema;
	generation->change_table = change_table;
	generation->current = true;
	generation->next = generations;
	generations = generation;
	return generation;
}

/*
 * The statement that is running.  A statement and what it calls see one
 * snapshot; another statement has another command counter, if it comes after a
 * change of its own transaction, or counts other transactions as running, if it
 * could see a change of theirs.
 */
StatementId
CurrentStatement(void)
{
	StatementId statement = {.transaction = MY_LOCAL_TRANSACTION};

	if (ActiveSnapshotSet())
	{
		Snapshot	snapshot = GetActiveSnapshot();

		statement.command = snapshot->curcid;
		statement.xmin = snapshot->xmin;
		statement.xmax = snapshot->xmax;
		/* on a standby the running transactions are all in subxip */
		statement.running = snapshot->xcnt + (uint32) snapshot->subxcnt;
	}
	return statement;
}

bool
SameStatement(StatementId a, StatementId b)
{
	return a.transaction == b.transaction && a.command == b.command &&
		a.xmin == b.xmin && a.xmax == b.xmax && a.running == b.running;
}

/* The generation that another call site of the statement has pinned, or NULL */
static Generation *
GenerationOfStatement(Oid schema, StatementId statement)
{
	for (Generation *generation = generations; generation != NULL; generation = generation->next)
	{
		if (generation->pins > 0 && generation->schema == schema && SameStatement(generation->last_pinned, statement))
			return generation;
	}
	return NULL;
}

/*
 * The generation that the statement sees, kept until a memory context is
 * deleted or reset.  The function tells in which schema the tables are.
 */
Generation *
PinGeneration(Oid function, StatementId statement, MemoryContext until_deleted)
{
	Oid			schema = get_func_namespace(function);
	MemoryContextCallback *unpin = MemoryContextAlloc(until_deleted, sizeof(MemoryContextCallback));
	Generation *generation;

	/*
	 * A statement that opens no table would not hear of other sessions'
	 * commits in the middle of a transaction.
	 */
	AcceptInvalidationMessages();

	generation = GenerationOfStatement(schema, statement);
	if (generation == NULL)
	{
		if (generations == NULL || !generations->current || generations->schema != schema)
		{
			if (generations != NULL)
				generations->current = false;
			FreeUnusedGenerations();
			StartGeneration(schema);
		}
		generation = generations;
	}
	generation->last_pinned = statement;
	unpin->func = Unpin;
	unpin->arg = generation;
	generation->pins++;
	MemoryContextRegisterResetCallback(until_deleted, unpin);
	return generation;
}

bool
GenerationIsStale(const Generation *generation)
{
	return !generation->current;
}

/*
 * The compiled model.  NULL or 0 asks for the default: the default model, its
 * newest payment year, the calibration in force.
 */
const CachedModel *
GetModel(Generation *generation, const char *name, int payment_year, const char *calibration)
{
	ListCell   *cell;
	CachedModel *model;
	Request    *request;
	MemoryContext caller;

	name = name ? name : "";
	calibration = calibration ? calibration : "";
	foreach(cell, generation->requests)
	{
		request = lfirst(cell);
		if (request->payment_year == payment_year && strcmp(request->name, name) == 0 &&
			strcmp(request->calibration, calibration) == 0)
			return request->model;
	}

	model = LoadModel(generation->schema, name, payment_year, calibration);

	/* Several requests may come to the same model; keep one. */
	caller = MemoryContextSwitchTo(generation->context);
	foreach(cell, generation->models)
	{
		CachedModel *known = lfirst(cell);

		if (known->payment_year == model->payment_year && strcmp(known->name, model->name) == 0 &&
			strcmp(known->calibration, model->calibration) == 0)
		{
			MemoryContextDelete(model->context);
			model = known;
			break;
		}
	}
	if (cell == NULL)
	{
		generation->models = lappend(generation->models, model);
		MemoryContextSetParent(model->context, generation->context);
	}
	request = palloc(sizeof(Request));
	request->name = pstrdup(name);
	request->payment_year = payment_year;
	request->calibration = pstrdup(calibration);
	request->model = model;
	generation->requests = lappend(generation->requests, request);
	MemoryContextSwitchTo(caller);
	return model;
}

const PaymentPlan *
GetPaymentPlan(Generation *generation, int payment_year, const char *program)
{
	ListCell   *cell;
	PaymentPlan *plan;
	MemoryContext context;
	MemoryContext caller;

	foreach(cell, generation->payment_plans)
	{
		plan = lfirst(cell);
		if (plan->payment_year == payment_year && strcmp(plan->program, program) == 0)
			return plan;
	}
	context = AllocSetContextCreate(CurrentMemoryContext, "hccraf payment plan", ALLOCSET_SMALL_SIZES);
	caller = MemoryContextSwitchTo(context);
	plan = LoadPaymentPlan(generation->schema, payment_year, program);
	MemoryContextSetParent(context, generation->context);
	MemoryContextSwitchTo(generation->context);
	generation->payment_plans = lappend(generation->payment_plans, plan);
	MemoryContextSwitchTo(caller);
	return plan;
}

/* Trigger on every reference table: tell all backends. */
Datum
hccraf_invalidate(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;
	Oid			change_table;

	if (!CALLED_AS_TRIGGER(fcinfo))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("hccraf_invalidate must be called as a trigger")));
	change_table = get_relname_relid(CHANGE_TABLE, RelationGetNamespace(trigger->tg_relation));
	if (OidIsValid(change_table))
		CacheInvalidateRelcacheByRelid(change_table);
	PG_RETURN_POINTER(NULL);
}

Datum
hccraf_cache(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;

	InitMaterializedSRF(fcinfo, 0);
	for (Generation *generation = generations; generation != NULL; generation = generation->next)
	{
		ListCell   *cell;

		foreach(cell, generation->models)
		{
			CachedModel *model = lfirst(cell);
			Datum		values[10];
			bool		nulls[10] = {false};
			char		build_ms[32];

			snprintf(build_ms, sizeof(build_ms), "%.3f", model->build_ms);
			values[0] = CStringGetTextDatum(model->name);
			values[1] = Int32GetDatum(model->payment_year);
			nulls[1] = model->payment_year == 0;
			values[2] = CStringGetTextDatum(model->calibration);
			nulls[2] = model->calibration[0] == '\0';
			values[3] = CStringGetTextDatum(psprintf("%016llx", (unsigned long long) model->compiled->fingerprint));
			values[4] = Int32GetDatum(model->compiled->codes);
			values[5] = Int32GetDatum(model->compiled->hccs);
			values[6] = Int64GetDatum((int64) model->bytes);
			values[7] = DirectFunctionCall3(numeric_in, CStringGetDatum(build_ms), ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1));
			values[8] = Int32GetDatum(generation->pins);
			values[9] = BoolGetDatum(generation->current);
			tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
		}
	}
	return (Datum) 0;
}

Datum
hccraf_cache_reset(PG_FUNCTION_ARGS)
{
	if (generations != NULL)
		generations->current = false;
	FreeUnusedGenerations();
	PG_RETURN_VOID();
}
