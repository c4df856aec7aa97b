/*
 * table_lock.c
 *	  One run at a time: locks that stand for the work on a table.
 *
 * They are advisory locks of a kind of their own, which the functions of the
 * server cannot take: unlike an ordinary advisory lock, which whoever knows its
 * key can take, or the lock of the relation, with which autovacuum would be in
 * the way.  They are had through the functions here alone, and by those who may
 * write the table.
 *
 * A procedure that commits between batches cannot use a transaction's lock,
 * and a session's lock would stay behind when the procedure fails, since
 * PL/pgSQL cannot clean up around a COMMIT.  So the lock of a run is a session's
 * lock that is given back when a transaction aborts.
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/objectaddress.h"
#include "catalog/pg_class.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "raise.h"
#include "storage/lock.h"
#include "utils/acl.h"
#include "utils/lsyscache.h"

PG_FUNCTION_INFO_V1(hcc_run_lock);
PG_FUNCTION_INFO_V1(hcc_run_unlock);
PG_FUNCTION_INFO_V1(hcc_table_lock);

/* "hc" in ASCII; pg_advisory_lock() has the kinds 1 (of one key) and 2 (of two) */
#define TABLE_LOCK_KIND 0x6863

/* The table whose lock this session holds for a run; there is one at most */
static Oid	locked_table = InvalidOid;
static bool callback_registered = false;

/* The lock of a table of this database */
static void
SetLockTag(LOCKTAG *tag, Oid table)
{
	Assert(OidIsValid(table));
	SET_LOCKTAG_ADVISORY(*tag, MyDatabaseId, RelationRelationId, table, TABLE_LOCK_KIND);
}

/*
 * An error if there is no such table, or the user may not UPDATE it: whoever could
 * take the lock without that could keep others from working
 */
static void
CheckMayWrite(Oid table)
{
	char	   *name = get_rel_name(table);

	if (name == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("there is no table with OID %u", table)));
	if (pg_class_aclcheck(table, GetUserId(), ACL_UPDATE) != ACLCHECK_OK)
		aclcheck_error(ACLCHECK_NO_PRIV, get_relkind_objtype(get_rel_relkind(table)), name);
}

/*
 * Take the lock, for the session or for the transaction, unless somebody else
 * has it; never waits.
 */
static bool
TryLock(Oid table, bool session)
{
	LOCKTAG		tag;

	CheckMayWrite(table);
	SetLockTag(&tag, table);
	return LockAcquire(&tag, ExclusiveLock, session, true) != LOCKACQUIRE_NOT_AVAIL;
}

/* Give back the lock that the session holds */
static void
Unlock(void)
{
	LOCKTAG		tag;

	Assert(OidIsValid(locked_table));
	SetLockTag(&tag, locked_table);
	locked_table = InvalidOid;
	LockRelease(&tag, ExclusiveLock, true);
}

/*
 * Transaction callback: a run that failed gives back its lock.  COMMIT leaves
 * it alone.
 */
static void
OnTransactionEnd(XactEvent event, void *arg)
{
	if (event == XACT_EVENT_ABORT && OidIsValid(locked_table))
		Unlock();
}

/* hcc_run_lock(table): false if another session has it */
Datum
hcc_run_lock(PG_FUNCTION_ARGS)
{
	Oid			table = PG_GETARG_OID(0);

	/*
	 * It would fail at its first COMMIT, with a message that says little.  In a
	 * subtransaction, whose end need not be the transaction's, the lock would
	 * stay behind.
	 */
	if (IsTransactionBlock())
	{
		error_context_stack = NULL; /* as hcc_raise does */
		ereport(ERROR,
				(PlainErrcode(ERRCODE_ACTIVE_SQL_TRANSACTION),
				 errmsg("a scoring run cannot be part of a transaction block"),
				 errdetail("It commits between its batches."),
				 errhint("CALL it by itself, outside BEGIN and COMMIT, and in no block "
						 "with EXCEPTION.")));
	}
	if (OidIsValid(locked_table))
		ereport(ERROR,
				(PlainErrcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("a scoring run of this session is not finished")));
	if (!callback_registered)
	{
		RegisterXactCallback(OnTransactionEnd, NULL);
		callback_registered = true;
	}
	if (!TryLock(table, true))
		PG_RETURN_BOOL(false);
	locked_table = table;
	PG_RETURN_BOOL(true);
}

/* hcc_run_unlock(): whether there was something to unlock */
Datum
hcc_run_unlock(PG_FUNCTION_ARGS)
{
	bool		locked = OidIsValid(locked_table);

	if (locked)
		Unlock();
	PG_RETURN_BOOL(locked);
}

/* hcc_table_lock(table): until the transaction ends; false if another session has it */
Datum
hcc_table_lock(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(TryLock(PG_GETARG_OID(0), false));
}
