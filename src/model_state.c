/*
 * model_state.c
 *	  Which state of the reference tables a snapshot shows.
 *
 * Every statement that changes a reference table leaves a random number in the
 * table hcc_model_change (hccraf_invalidate, the trigger on all of them).  The
 * sum of the numbers that a snapshot sees names the state of the tables that
 * it sees: two snapshots with equal sums see the same rows.  So a session need
 * not be told of changes, a model that was compiled before is known to hold or
 * not to hold in any statement, at any isolation level, in a parallel worker
 * and on a standby, and a change that is rolled back was never there.
 *
 * Random, and not counted: two transactions side by side would count to the same
 * number, which would name two states.  A sum, since it does not depend on the
 * order of the rows, and numbers that are put together leave it as it was.  That
 * two given states have one sum has a chance of one in 2^64.
 *
 * To keep the table at a few rows, whoever adds a number takes in those that
 * are there: it deletes them and adds their sum.  A row that another
 * transaction is about to take in is left to that one; nobody waits.
 */
#include "postgres.h"

#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "executor/tuptable.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "storage/proc.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "compat.h"
#include "model_state.h"

#define STATE_TABLE "hcc_model_change"

PG_FUNCTION_INFO_V1(hccraf_invalidate);

/* A row that this backend has added, to be taken in by its next one: where, and what */
typedef struct OwnRow
{
	ItemPointerData tid;
	uint64		number;
} OwnRow;

/*
 * The rows added last, by which (sub)transaction and command; finding them
 * again without a scan keeps many changes in one transaction cheap.  Rows that
 * find no room here are left to the next transaction.
 */
static struct
{
	Oid			file;			/* of the table */
	LocalTransactionId transaction;
	SubTransactionId subtransaction;
	CommandId	command;
	int			rows;
	OwnRow		row[8];
}			own;

/*
 * Changes of reference tables that this backend is in the midst of, by the
 * subtransaction that began them.  What they have changed so far has no name
 * yet: rows appear one by one to the functions and triggers that they call.
 */
static struct
{
	int			n;
	SubTransactionId begun_in[64];
	CommandId	command;		/* the one that began the first of them */
}			changes;

uint64		state_epoch = 0;

/* The table of a schema that has the extension's functions */
Oid
ModelStateTable(Oid schema)
{
	Oid			table = get_relname_relid(STATE_TABLE, schema);

	if (!OidIsValid(table))
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("the reference tables of hccraf are missing"),
				 errhint("Functions of hccraf must stay in the schema that CREATE EXTENSION "
						 "put them in.")));
	return table;
}

/*
 * Open the table, which must be ours: tuples are read and made by their form.
 * The caller closes it.
 */
static Relation
OpenStateTable(Oid table, LOCKMODE lock)
{
	Relation	relation = table_open(table, lock);
	TupleDesc	descriptor = RelationGetDescr(relation);

	Assert(OidIsValid(table));
	if (relation->rd_rel->relkind != RELKIND_RELATION || descriptor->natts != 1 ||
		TupleDescAttr(descriptor, 0)->atttypid != INT8OID)
		elog(ERROR, "%s does not have the form that it was made with", STATE_TABLE);
	return relation;
}

/* The number of a row that is in a slot; the column may be NULL for all we know. */
static uint64
NumberOf(TupleTableSlot *slot)
{
	bool		isnull;
	Datum		number = slot_getattr(slot, 1, &isnull);

	return isnull ? 0 : (uint64) DatumGetInt64(number);
}

/*
 * What the state is called that a snapshot shows.  Never an error of rights:
 * the table has nothing but numbers.
 */
int64
ReadModelState(Oid state_table, Snapshot snapshot)
{
	Relation	relation = OpenStateTable(state_table, AccessShareLock);
	TupleTableSlot *slot = table_slot_create(relation, NULL);
	TableScanDesc scan = table_beginscan(relation, snapshot, 0, NULL);
	uint64		sum = 0;		/* overflow is wanted here */

	while (table_scan_getnextslot(scan, ForwardScanDirection, slot))
		sum += NumberOf(slot);
	table_endscan(scan);
	ExecDropSingleTupleTableSlot(slot);
	table_close(relation, AccessShareLock);
	return (int64) sum;
}

/* Delete a row; its number, or 0 if somebody else has deleted it or is about to. */
static uint64
TakeIn(Relation relation, ItemPointer tid, uint64 number)
{
	TM_FailureData failure;

	/* without waiting: whoever is about to delete the row takes its number in */
	return table_tuple_delete(relation, tid, GetCurrentCommandId(true), GetActiveSnapshot(),
							  InvalidSnapshot, false, &failure, false) == TM_Ok ? number : 0;
}

/* Take in all rows that the active snapshot sees; the sum of those that it got */
static uint64
TakeInVisible(Relation relation, TupleTableSlot *slot)
{
	TableScanDesc scan = table_beginscan(relation, GetActiveSnapshot(), 0, NULL);
	uint64		sum = 0;

	while (table_scan_getnextslot(scan, ForwardScanDirection, slot))
		sum += TakeIn(relation, &slot->tts_tid, NumberOf(slot));
	table_endscan(scan);
	return sum;
}

/* Is what this backend added last of the present subtransaction? */
static bool
AddedInTransaction(void)
{
	return own.transaction == MY_LOCAL_TRANSACTION &&
		own.subtransaction == GetCurrentSubTransactionId();
}

/* As above, and of the present command? */
static bool
AddedInCommand(void)
{
	return AddedInTransaction() && own.command == GetCurrentCommandId(false);
}

/*
 * Leave a new random number in the table, with what was taken in added to it,
 * so that the sum that others see changes by the random number alone.
 */
static void
AddNumber(Oid state_table)
{
	Relation	relation = OpenStateTable(state_table, RowExclusiveLock);
	TupleTableSlot *slot = table_slot_create(relation, NULL);
	uint64		number;
	uint64		sum = 0;

	/* after TRUNCATE, or in an extension that was created anew, they are not there */
	if (own.file != RELATION_FILE(relation))
		own.transaction = InvalidLocalTransactionId;
	if (!pg_strong_random(&number, sizeof(number)))
		ereport(ERROR,
				(errcode(ERRCODE_INTERNAL_ERROR),
				 errmsg("could not make a random number")));

	/* what was added in the same command cannot be deleted yet */
	if (!AddedInTransaction())
		sum = TakeInVisible(relation, slot);
	else if (!AddedInCommand())
	{
		for (int i = 0; i < own.rows; i++)
			sum += TakeIn(relation, &own.row[i].tid, own.row[i].number);
	}
	if (!AddedInCommand())
		own.rows = 0;
	number += sum;

	ExecClearTuple(slot);
	slot->tts_values[0] = Int64GetDatum((int64) number);
	slot->tts_isnull[0] = false;
	ExecStoreVirtualTuple(slot);
	simple_table_tuple_insert(relation, slot);
	if (own.rows < lengthof(own.row))
		own.row[own.rows++] = (OwnRow) {slot->tts_tid, number};
	own.file = RELATION_FILE(relation);
	own.transaction = MY_LOCAL_TRANSACTION;
	own.subtransaction = GetCurrentSubTransactionId();
	own.command = GetCurrentCommandId(true);
	ExecDropSingleTupleTableSlot(slot);
	/* the lock is kept, as that of any table that is written */
	table_close(relation, NoLock);
}

/*
 * Is this backend in the midst of a change that the snapshot can see, so that
 * its state has no name?
 */
bool
StateIsChanging(Snapshot snapshot)
{
	return changes.n > 0 && snapshot->curcid > changes.command;
}

/* A statement is about to change a reference table. */
static void
BeginChange(void)
{
	Assert(changes.n >= 0);
	if (changes.n == lengthof(changes.begun_in))
		ereport(ERROR,
				(errcode(ERRCODE_STATEMENT_TOO_COMPLEX),
				 errmsg("changes of reference tables are nested more than %d deep",
						(int) lengthof(changes.begun_in))));
	if (changes.n == 0)
		changes.command = GetCurrentCommandId(false);
	changes.begun_in[changes.n++] = GetCurrentSubTransactionId();
}

/*
 * Statement triggers after a change may be fewer or more than those before, as
 * with ON DELETE CASCADE; the end of the transaction puts it right.
 */
static void
EndChange(void)
{
	if (changes.n > 0)
		changes.n--;
}

/*
 * Transaction callback.  Before the commit itself changes may still be going
 * on, as in deferred triggers.
 */
static void
ForgetChanges(XactEvent event, void *arg)
{
	if (event != XACT_EVENT_PRE_COMMIT && event != XACT_EVENT_PARALLEL_PRE_COMMIT &&
		event != XACT_EVENT_PRE_PREPARE)
		changes.n = 0;
}

/* A change that failed has no trigger after it. */
static void
ForgetFailedChanges(SubXactEvent event, SubTransactionId subtransaction, SubTransactionId parent,
					void *arg)
{
	if (event == SUBXACT_EVENT_ABORT_SUB)
	{
		state_epoch++;
		while (changes.n > 0 && changes.begun_in[changes.n - 1] >= subtransaction)
			changes.n--;
	}
}

/* Register the callbacks, once in a backend: none can be unregistered. */
void
InitModelState(void)
{
	RegisterXactCallback(ForgetChanges, NULL);
	RegisterSubXactCallback(ForgetFailedChanges, NULL);
}

/*
 * Trigger on every reference table, before a statement and after it: before,
 * because what it has changed so far can be seen in the midst of it, as by
 * another trigger; after, because more may have changed since.  Of the rows
 * that logical replication applies, once in a command.
 */
Datum
hccraf_invalidate(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;
	Oid			schema;

	if (!CALLED_AS_TRIGGER(fcinfo))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("hccraf_invalidate must be called as a trigger")));
	schema = get_func_namespace(fcinfo->flinfo->fn_oid);
	if (RelationGetNamespace(trigger->tg_relation) != schema)
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("hccraf_invalidate is the trigger of hccraf's reference tables "
						"and of no other")));
	if (TRIGGER_FIRED_FOR_STATEMENT(trigger->tg_event) || !AddedInCommand())
		AddNumber(ModelStateTable(schema));
	if (TRIGGER_FIRED_FOR_STATEMENT(trigger->tg_event))
	{
		if (TRIGGER_FIRED_BEFORE(trigger->tg_event))
			BeginChange();
		else
			EndChange();
	}
	PG_RETURN_POINTER(NULL);
}
