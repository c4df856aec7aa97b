/*
 * model_cache.c
 *	  Compiled models of this backend, and which of them a statement sees.
 *
 * What is compiled belongs to a generation: one state of the reference tables,
 * by the number that model_state.c gives it.  A statement reads the number
 * with its own snapshot and takes the generation of that state, or starts one
 * and reads what it needs with that snapshot.  So all that a statement uses is
 * of one state, the one that its queries see; a parallel worker, whose snapshot
 * is the leader's, comes to the same; and nothing that was never committed, or
 * is rolled back, can be served to another statement.
 *
 * A place in a query that uses something pins it until the query ends.  What
 * nobody has pinned goes when the cache is full, the longest unused first.
 *
 * Memory: the context of a generation is a child of CacheMemoryContext, those of
 * its entries are children of it, and a pin is in the memory of whoever has it.
 * What is being compiled is the caller's until KeepEntry takes it over, so an error
 * on the way leaves nothing behind.  Pins are given back by a callback of their
 * memory context, which comes on success, error and abort alike.
 *
 * Rights: the cache serves a whole session, in which the user can change, by SET
 * ROLE or within a function that is SECURITY DEFINER.  So a pin is one user's, and
 * an entry is used by a pin only after a look at the user's rights (UseEntry).
 *
 * Three things make what is kept unusable: a change of rows, which is another state
 * and so another generation; a change of a table, which comes as an invalidation
 * (TableIsChanged), or hccraf_cache_reset(); a change of roles, after which
 * everybody is asked again (RoleIsChanged).
 */
#include "postgres.h"

#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/syscache.h"

#include "model_load.h"
#include "model_state.h"
#include "table_scan.h"

PG_FUNCTION_INFO_V1(hccraf_cache);
PG_FUNCTION_INFO_V1(hccraf_cache_reset);

/*
 * States that are kept beside those in use: of a transaction, and before and after
 * it.  If the transaction is rolled back, the one before is good again; a cursor of
 * before may go on.  Bytes are bounded apart from this, by the setting.
 */
#define KEPT_GENERATIONS 3

/* The setting hccraf.cache_size, in kB: enough for a hundred models */
int			cache_size = 128 * 1024;

static dlist_head generations = DLIST_STATIC_INIT(generations);
static uint64 use_clock = 0;

/* Counts changes of roles, any of which may have taken a right away */
static uint64 rights_epoch = 0;

/*
 * The tables that an entry of each kind is compiled of: whose rights are asked for,
 * and whose invalidations are heard.  Whoever has another table read here must add
 * it, and a trigger in sql/30-cache.sql, or changes of it would not be noticed.
 */
static const char *const model_tables[] = {
	"hcc_model", "hcc_calibration", "hcc_category", "hcc_crosswalk", "hcc_dx_edit",
	"hcc_prerequisite", "hcc_hierarchy", "hcc_group", "hcc_variable", "hcc_interaction",
	"hcc_segment", "hcc_age_rule", "hcc_coefficient", "hcc_drug_crosswalk", "hcc_csr_factor", NULL
};
static const char *const plan_tables[] = {"payment_component", "payment_year_parameter", NULL};
static const char *const policy_tables[] = {
	"encounter_rule", "eligible_bill_type", "payment_year_parameter", NULL
};
static const char *const service_year_tables[] = {"encounter_modality", "eligible_procedure", NULL};
static const char *const diagnosis_list_tables[] = {"icd10_code", NULL};
static const char *const own_codes_tables[] = {"hcc_crosswalk", NULL};

static const char *const *const tables_of[] = {
	[CACHED_MODEL] = model_tables,
	[CACHED_PAYMENT_PLAN] = plan_tables,
	[CACHED_FILTER_POLICY] = policy_tables,
	[CACHED_SERVICE_YEAR] = service_year_tables,
	[CACHED_DIAGNOSIS_LIST] = diagnosis_list_tables,
	[CACHED_OWN_CODES] = own_codes_tables
};

/* What somebody asked for, with defaults left open */
typedef struct Request
{
	const char *name;			/* "": the default model */
	int			payment_year;	/* 0: the newest */
	const char *calibration;	/* "": the one in force */
} Request;

/*
 * Relcache callback: a reference table was altered, which has no trigger, or
 * somebody was given or denied a right to it: what is compiled serves no
 * statement to come.  It sets flags and nothing else: here no catalog may be
 * looked at.  InvalidOid is all relations at once, as when the queue of messages
 * has overflowed; a generation whose tables are not known yet depends on any.
 */
static void
TableIsChanged(Datum arg, Oid relation)
{
	dlist_iter	iter;

	dlist_foreach(iter, &generations)
	{
		Generation *generation = dlist_container(Generation, node, iter.cur);

		if (relation == InvalidOid || generation->tables == NIL ||
			list_member_oid(generation->tables, relation))
			generation->usable = false;
	}
}

/* Syscache callback: whoever uses something has to be asked again whether he may. */
static void
RoleIsChanged(Datum arg, int cache, uint32 hash)
{
	rights_epoch++;
}

/*
 * Register the callbacks and the setting, once in a backend: none can be
 * unregistered.
 */
void
InitCache(void)
{
	CacheRegisterRelcacheCallback(TableIsChanged, (Datum) 0);
	CacheRegisterSyscacheCallback(AUTHOID, RoleIsChanged, (Datum) 0);
	CacheRegisterSyscacheCallback(AUTHMEMROLEMEM, RoleIsChanged, (Datum) 0);
	DefineCustomIntVariable("hccraf.cache_size",
							"Memory for the models that a session has compiled.",
							"What is not in use goes, the longest unused first, "
							"when there is more.",
							&cache_size, cache_size, 1024, MAX_KILOBYTES,
							PGC_USERSET, GUC_UNIT_KB, NULL, NULL, NULL);
}

/* ---- what is kept, and for how long ---- */

/* Free an entry that nobody has pinned */
static void
DropEntry(CacheEntry *entry)
{
	Assert(entry->pins == 0);
	dlist_delete(&entry->node);
	MemoryContextDelete(entry->context);
}

/* Free a generation that nobody has pinned, and all that is compiled in it */
static void
DropGeneration(Generation *generation)
{
	Assert(generation->pins == 0);
	dlist_delete(&generation->node);
	/* the contexts of its entries are children of its own */
	MemoryContextDelete(generation->context);
}

/*
 * One that nobody has pinned: that cannot be used, or was used longest ago if too
 * many are kept; NULL if none is to go
 */
static Generation *
SpareGeneration(void)
{
	Generation *oldest = NULL;
	int			unpinned = 0;
	dlist_iter	iter;

	dlist_foreach(iter, &generations)
	{
		Generation *generation = dlist_container(Generation, node, iter.cur);

		if (generation->pins > 0)
			continue;
		if (!generation->usable)
			return generation;
		unpinned++;
		if (oldest == NULL || generation->last_used < oldest->last_used)
			oldest = generation;
	}
	return unpinned > KEPT_GENERATIONS ? oldest : NULL;
}

/*
 * How much is kept; sets the entry that nobody has pinned and that was used longest
 * ago.  Added up each time: there are few entries, and a sum that is kept beside
 * them can be wrong.
 */
static Size
MeasureCache(CacheEntry **oldest)
{
	Size		bytes = 0;
	dlist_iter	g;
	dlist_iter	e;

	*oldest = NULL;
	dlist_foreach(g, &generations)
	{
		dlist_foreach(e, &dlist_container(Generation, node, g.cur)->entries)
		{
			CacheEntry *entry = dlist_container(CacheEntry, node, e.cur);

			bytes += entry->bytes;
			if (entry->pins == 0 && (*oldest == NULL || entry->last_used < (*oldest)->last_used))
				*oldest = entry;
		}
	}
	return bytes;
}

/*
 * Drop what is too much beside what comes; an error if all of it is in use.  Whole
 * generations go first, as nobody can use them or is likely to.
 */
static void
TrimCache(Size coming)
{
	Generation *generation;
	CacheEntry *oldest;

	while ((generation = SpareGeneration()) != NULL)
		DropGeneration(generation);
	while (MeasureCache(&oldest) + coming > (Size) cache_size * 1024)
	{
		if (oldest == NULL)
			ereport(ERROR,
					(errcode(ERRCODE_CONFIGURATION_LIMIT_EXCEEDED),
					 errmsg("the models in use need more memory than hccraf.cache_size (%d kB)",
							cache_size),
					 errhint("Use fewer models and payment years in one statement, or raise "
							 "hccraf.cache_size.")));
		DropEntry(oldest);
	}
}

/* ---- pins ---- */

/*
 * Memory context callback of a pin: what it held may go now, but does not
 * before somebody needs the room: the next statement of the same place mostly wants
 * the same.  Entries and generation are there, as what is pinned is never dropped.
 */
static void
ReleasePin(void *arg)
{
	CachePin   *pin = arg;

	Assert(pin->generation->pins > 0);
	for (int i = 0; i < pin->entries; i++)
	{
		Assert(pin->entry[i]->pins > 0);
		pin->entry[i]->pins--;
	}
	pin->generation->pins--;
}

/*
 * The generation of a state that other statements may use, too, or NULL.  By the
 * table and not the schema: an extension that was dropped and created again has
 * another one, in which the same number may stand for other rows.
 */
static Generation *
FindGeneration(Oid state_table, int64 state)
{
	dlist_iter	iter;

	dlist_foreach(iter, &generations)
	{
		Generation *generation = dlist_container(Generation, node, iter.cur);

		if (generation->usable && generation->state_table == state_table &&
			generation->state == state)
			return generation;
	}
	return NULL;
}

/*
 * Remember the tables that the generation depends on.  A table that is
 * missing leaves InvalidOid in the list, which does no harm.  All kinds' tables are
 * noted at once, though perhaps one kind will be used: then the list need not grow
 * while callbacks read it.
 */
static void
NoteTables(Generation *generation)
{
	MemoryContext caller = MemoryContextSwitchTo(generation->context);
	List	   *tables = list_make1_oid(generation->state_table);

	for (int kind = 0; kind < lengthof(tables_of); kind++)
	{
		for (const char *const *table = tables_of[kind]; *table != NULL; table++)
			tables = list_append_unique_oid(tables, get_relname_relid(*table, generation->schema));
	}
	generation->tables = tables;
	MemoryContextSwitchTo(caller);
}

/*
 * A new generation, with nothing compiled and no pin.  It is in the list
 * before its tables are looked up: invalidations that arrive meanwhile make
 * it unusable.
 */
static Generation *
StartGeneration(Oid schema, Oid state_table, int64 state)
{
	MemoryContext context = AllocSetContextCreate(CacheMemoryContext, "hccraf models",
												  ALLOCSET_SMALL_SIZES);
	Generation *generation = MemoryContextAllocZero(context, sizeof(Generation));

	Assert(OidIsValid(schema) && OidIsValid(state_table));
	generation->context = context;
	generation->schema = schema;
	generation->state_table = state_table;
	generation->state = state;
	/* in the midst of a change, the same number stands for several states */
	generation->usable = !StateIsChanging(GetActiveSnapshot());
	dlist_init(&generation->entries);
	dlist_push_head(&generations, &generation->node);
	NoteTables(generation);
	return generation;
}

/* What the state is called that the running statement sees */
static int64
CurrentState(Oid state_table)
{
	/* hear of tables that were altered, though the statement may lock none */
	AcceptInvalidationMessages();
	return ReadModelState(state_table, GetActiveSnapshot());
}

/*
 * Pin the state of the tables that the running statement sees.  The function
 * tells in which schema they are.  The pin lasts as long as its memory
 * context, a child of the parent given: whoever wants to let go deletes that.
 *
 * In the midst of a change the number does not name what the statement sees: a
 * generation of its own is made each time, which is never usable and is dropped
 * soon after its pin.  The callback is registered only when there is something to
 * release, so that an error before leaves no pin.
 */
CachePin *
PinCache(Oid function, MemoryContext parent)
{
	MemoryContext context = AllocSetContextCreate(parent, "hccraf call site", ALLOCSET_SMALL_SIZES);
	CachePin   *pin = MemoryContextAllocZero(context, sizeof(CachePin));
	Oid			schema = get_func_namespace(function);
	Oid			state_table = ModelStateTable(schema);
	int64		state = CurrentState(state_table);
	Generation *generation = NULL;

	if (!StateIsChanging(GetActiveSnapshot()))
		generation = FindGeneration(state_table, state);
	if (generation == NULL)
		generation = StartGeneration(schema, state_table, state);
	generation->last_used = ++use_clock;
	generation->pins++;
	pin->context = context;
	pin->generation = generation;
	pin->statement = CurrentStatement();
	pin->user = GetUserId();
	pin->rights = rights_epoch;
	pin->release.func = ReleasePin;
	pin->release.arg = pin;
	MemoryContextRegisterResetCallback(context, &pin->release);
	TrimCache(0);
	return pin;
}

/* May another statement use what is pinned, if it sees the same state? */
static bool
IsUsable(const CachePin *pin)
{
	return pin->generation->usable && pin->rights == rights_epoch;
}

/*
 * Does a pin serve another statement, for it sees the same state?  This is what
 * most statements after the first come to, at the price of reading one small table.
 */
bool
RenewPin(CachePin *pin)
{
	const Generation *generation = pin->generation;

	Assert(pin->user == GetUserId());
	/* asked twice: on the way to the state, we hear of what was altered */
	if (StateIsChanging(GetActiveSnapshot()) || !IsUsable(pin) ||
		CurrentState(generation->state_table) != generation->state || !IsUsable(pin))
		return false;
	pin->statement = CurrentStatement();
	return true;
}

/* May the user read what an entry of this kind is made of? */
static bool
MayUse(const Generation *generation, CacheKind kind)
{
	for (const char *const *table = tables_of[kind]; *table != NULL; table++)
	{
		Oid			relation = get_relname_relid(*table, generation->schema);

		if (!OidIsValid(relation) || !IsReadable(relation))
			return false;
	}
	return true;
}

/*
 * Use an entry of the pinned generation, if the user may read what it is made
 * of, else an error.  A pin counts an entry once, and asks for the right
 * once.
 *
 * The right is asked for before the entry is pinned, and the room is made before,
 * too: after an error, of either, the counts are as they were.
 */
static void
UseEntry(CachePin *pin, CacheEntry *entry)
{
	Assert(pin->entries <= pin->room);
	entry->last_used = ++use_clock;
	for (int i = 0; i < pin->entries; i++)
	{
		if (pin->entry[i] == entry)
			return;
	}
	for (const char *const *table = tables_of[entry->kind]; *table != NULL; table++)
		CheckReadable(ReferenceTable(pin->generation->schema, *table));
	if (pin->entries == pin->room)
	{
		int			room = Max(8, pin->room * 2);
		CacheEntry **more = MemoryContextAlloc(pin->context, room * sizeof(CacheEntry *));

		if (pin->entries > 0)
			memcpy(more, pin->entry, pin->entries * sizeof(CacheEntry *));
		pin->entry = more;
		pin->room = room;
	}
	pin->entry[pin->entries++] = entry;
	entry->pins++;
}

/*
 * What is compiled of this kind, year and name, for use as long as the pin;
 * or NULL. An error if the user may not read the tables.  Of models see
 * GetModel.
 */
CacheEntry *
FindEntry(CachePin *pin, CacheKind kind, int year, const char *name)
{
	dlist_iter	iter;

	Assert(kind != CACHED_MODEL && name != NULL);
	dlist_foreach(iter, &pin->generation->entries)
	{
		CacheEntry *entry = dlist_container(CacheEntry, node, iter.cur);

		if (entry->kind == kind && entry->year == year && strcmp(entry->name, name) == 0)
		{
			UseEntry(pin, entry);
			return entry;
		}
	}
	return NULL;
}

/*
 * Put what was just compiled, in a memory context of its own, into the pinned
 * generation, and use it.  If there is no room for it, that is an error and
 * the context stays the caller's; if the user may not read its tables, an
 * error, too, but it is kept for others.  Room is made before it is in the list, as
 * it has no pin yet and would be the first to go.
 */
void
KeepEntry(CachePin *pin, CacheEntry *entry, CacheKind kind, MemoryContext context)
{
	Assert(entry->pins == 0 && entry->name != NULL);
	entry->kind = kind;
	entry->context = context;
	entry->bytes = MemoryContextMemAllocated(context, true);
	TrimCache(entry->bytes);
	MemoryContextSetParent(context, pin->generation->context);
	dlist_push_head(&pin->generation->entries, &entry->node);
	UseEntry(pin, entry);
}

/* ---- models and payment plans ---- */

/*
 * A model that was asked for in these words before, or NULL.  What a default comes
 * to is a matter of the tables, so it holds as long as the generation does.
 */
static CachedModel *
FindRequested(Generation *generation, const Request *wanted)
{
	dlist_iter	iter;
	ListCell   *cell;

	dlist_foreach(iter, &generation->entries)
	{
		CachedModel *model = dlist_container(CachedModel, entry.node, iter.cur);

		if (model->entry.kind != CACHED_MODEL)
			continue;
		foreach(cell, model->requests)
		{
			const Request *request = lfirst(cell);

			/* a model without years is the same in all of them */
			if ((request->payment_year == wanted->payment_year || model->any_year) &&
				strcmp(request->name, wanted->name) == 0 &&
				strcmp(request->calibration, wanted->calibration) == 0)
				return model;
		}
	}
	return NULL;
}

/* A model that is the same as another one, or NULL */
static CachedModel *
FindSame(Generation *generation, const CachedModel *other)
{
	dlist_iter	iter;

	dlist_foreach(iter, &generation->entries)
	{
		CachedModel *model = dlist_container(CachedModel, entry.node, iter.cur);

		if (model->entry.kind == CACHED_MODEL && model->payment_year == other->payment_year &&
			strcmp(model->name, other->name) == 0 &&
			strcmp(model->calibration, other->calibration) == 0)
			return model;
	}
	return NULL;
}

/*
 * Remember what was asked for, so that it is found next time without reading
 * tables
 */
static void
AddRequest(CachedModel *model, const Request *wanted)
{
	MemoryContext caller = MemoryContextSwitchTo(model->entry.context);
	Request    *request = palloc(sizeof(Request));

	request->name = pstrdup(wanted->name);
	request->payment_year = wanted->payment_year;
	request->calibration = pstrdup(wanted->calibration);
	model->requests = lappend(model->requests, request);
	MemoryContextSwitchTo(caller);
}

/*
 * The compiled model, valid as long as the pin.  NULL or 0 asks for the
 * default: the default model, its newest payment year, the calibration in
 * force.
 *
 * To find out what a default comes to is a part of loading.  So a request that is
 * new is loaded, even if it turns out to be a model that is there; that happens
 * once for each way of asking.
 */
const CachedModel *
GetModel(CachePin *pin, const char *name, int payment_year, const char *calibration)
{
	Request		wanted = {name ? name : "", payment_year, calibration ? calibration : ""};
	CachedModel *model = FindRequested(pin->generation, &wanted);
	CachedModel *same;

	if (model == NULL)
	{
		model = LoadModel(pin->generation->schema, wanted.name, payment_year, wanted.calibration);
		/* several requests may come to the same model */
		same = FindSame(pin->generation, model);
		if (same != NULL)
		{
			MemoryContextDelete(model->entry.context);
			model = same;
		}
		AddRequest(model, &wanted);
		if (same == NULL)
		{
			KeepEntry(pin, &model->entry, CACHED_MODEL, model->entry.context);
			return model;
		}
	}
	UseEntry(pin, &model->entry);
	return model;
}

/*
 * A plan without parts; only the last one is remembered, as anything may be asked
 * for: programs and years of a column would fill the cache with nothings.
 */
static void
RememberNoPlan(CachePin *pin, PaymentPlan *plan)
{
	Assert(plan->parts == 0);
	if (pin->no_plan != NULL)
		MemoryContextDelete(pin->no_plan->entry.context);
	MemoryContextSetParent(plan->entry.context, pin->context);
	pin->no_plan = plan;
}

/*
 * The plan of a year and program; without rows it has no parts.  It is valid
 * as long as the pin, one without parts only until another one is asked for
 * in vain.
 */
const PaymentPlan *
GetPaymentPlan(CachePin *pin, int payment_year, const char *program)
{
	PaymentPlan *plan = (PaymentPlan *) FindEntry(pin, CACHED_PAYMENT_PLAN, payment_year, program);
	MemoryContext context;
	MemoryContext caller;

	if (plan != NULL)
		return plan;
	plan = pin->no_plan;
	if (plan != NULL && plan->entry.year == payment_year && strcmp(plan->entry.name, program) == 0)
		return plan;
	context = AllocSetContextCreate(CurrentMemoryContext, "hccraf payment plan",
									ALLOCSET_SMALL_SIZES);
	caller = MemoryContextSwitchTo(context);
	plan = LoadPaymentPlan(pin->generation->schema, payment_year, program);
	MemoryContextSwitchTo(caller);
	plan->entry.context = context;
	if (plan->parts > 0)
		KeepEntry(pin, &plan->entry, CACHED_PAYMENT_PLAN, context);
	else
		RememberNoPlan(pin, plan);
	return plan;
}

/* ---- SQL functions ---- */

/* A model as a row of hccraf_cache; current: the statement sees it. */
static void
PutModel(ReturnSetInfo *result, const CachedModel *model, bool current)
{
	const hcc_model *compiled = model->compiled;
	Datum		values[10];
	bool		nulls[10] = {false};
	char		number[32];

	values[0] = CStringGetTextDatum(model->name);
	values[1] = Int32GetDatum(model->payment_year);
	nulls[1] = model->payment_year == 0;
	values[2] = CStringGetTextDatum(model->calibration);
	nulls[2] = model->calibration[0] == '\0';
	snprintf(number, sizeof(number), "%016llx", (unsigned long long) compiled->fingerprint);
	values[3] = CStringGetTextDatum(number);
	values[4] = Int32GetDatum(compiled->codes);
	values[5] = Int32GetDatum(compiled->hccs);
	values[6] = Int64GetDatum((int64) model->entry.bytes);
	snprintf(number, sizeof(number), "%.3f", model->build_ms);
	values[7] = DirectFunctionCall3(numeric_in, CStringGetDatum(number),
									ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1));
	values[8] = Int32GetDatum(model->entry.pins);
	values[9] = BoolGetDatum(current);
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

/*
 * hccraf_cache(): what is compiled of models, of what the user may read, since a
 * fingerprint and a number of codes tell of the tables, too
 */
Datum
hccraf_cache(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	Oid			state_table = ModelStateTable(get_func_namespace(fcinfo->flinfo->fn_oid));
	int64		state = CurrentState(state_table);
	dlist_iter	g;
	dlist_iter	e;

	InitMaterializedSRF(fcinfo, 0);
	dlist_foreach(g, &generations)
	{
		Generation *generation = dlist_container(Generation, node, g.cur);
		bool		current = generation->usable &&
			generation->state_table == state_table && generation->state == state;

		dlist_foreach(e, &generation->entries)
		{
			CachedModel *model = dlist_container(CachedModel, entry.node, e.cur);

			if (model->entry.kind == CACHED_MODEL && MayUse(generation, CACHED_MODEL))
				PutModel(result, model, current);
		}
	}
	return (Datum) 0;
}

/* Forget everything; what a running query has pinned goes with it, and serves no other. */
Datum
hccraf_cache_reset(PG_FUNCTION_ARGS)
{
	dlist_mutable_iter iter;

	dlist_foreach_modify(iter, &generations)
	{
		Generation *generation = dlist_container(Generation, node, iter.cur);

		if (generation->pins > 0)
			generation->usable = false;
		else
			DropGeneration(generation);
	}
	PG_RETURN_VOID();
}
