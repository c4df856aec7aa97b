/*
 * run_lock.c
 *	  One run at a time: an advisory lock that outlives the commits of a job
 *	  and ends with its error.
 *
 * A procedure that commits between batches cannot use a transaction's lock,
 * and a session's lock would stay behind when the procedure fails, since
 * PL/pgSQL cannot clean up around a COMMIT.  This is a session's lock that is
 * given back when a transaction aborts.
 */
#include "postgres.h"

#include "access/xact.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "storage/lock.h"

PG_FUNCTION_INFO_V1(hcc_run_lock);
PG_FUNCTION_INFO_V1(hcc_run_unlock);

/* First key of the advisory locks of runs; the second is the schema. */
#define RUN_LOCK_CLASS 0x68636372	/* "hccr" */

/* The schema whose lock this session holds */
static Oid	locked_schema = InvalidOid;
static bool callback_registered = false;

static void
SetLockTag(LOCKTAG *tag, Oid schema)
{
	/* 2: an advisory lock of two keys */
	SET_LOCKTAG_ADVISORY(*tag, MyDatabaseId, RUN_LOCK_CLASS, schema, 2);
}

static void
Unlock(void)
{
	LOCKTAG		tag;

	SetLockTag(&tag, locked_schema);
	locked_schema = InvalidOid;
	LockRelease(&tag, ExclusiveLock, true);
}

static void
OnTransactionEnd(XactEvent event, void *arg)
{
	if (event == XACT_EVENT_ABORT && OidIsValid(locked_schema))
		Unlock();
}

/* hcc_run_lock(schema): false if another session has it */
Datum
hcc_run_lock(PG_FUNCTION_ARGS)
{
	Oid			schema = PG_GETARG_OID(0);
	LOCKTAG		tag;

	/*
	 * It would fail at its first COMMIT, with a message that says little.  In a
	 * subtransaction, whose end need not be the transaction's, the lock would
	 * stay behind.
	 */
	if (IsTransactionBlock())
		ereport(ERROR,
				(errcode(ERRCODE_ACTIVE_SQL_TRANSACTION),
				 errmsg("a scoring run cannot be part of a transaction block"),
				 errdetail("It commits between its batches."),
				 errhint("CALL it by itself, outside BEGIN and COMMIT, and in no block with EXCEPTION.")));
	if (OidIsValid(locked_schema))
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("a scoring run of this session is not finished")));
	if (!callback_registered)
	{
		RegisterXactCallback(OnTransactionEnd, NULL);
		callback_registered = true;
	}
	SetLockTag(&tag, schema);
	if (LockAcquire(&tag, ExclusiveLock, true, true) == LOCKACQUIRE_NOT_AVAIL)
		PG_RETURN_BOOL(false);
	locked_schema = schema;
	PG_RETURN_BOOL(true);
}

/* hcc_run_unlock(): whether there was something to unlock */
Datum
hcc_run_unlock(PG_FUNCTION_ARGS)
{
	bool		locked = OidIsValid(locked_schema);

	if (locked)
		Unlock();
	PG_RETURN_BOOL(locked);
}
