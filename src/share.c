/*
 * share.c
 *	  Which of so many shares of the patients somebody belongs to.
 *
 * A run divides the patients by a hash of their identifiers, so that each
 * process has all rows of its patients: it groups them alone, where workers
 * that divide the rows would each meet nearly every patient, and somebody would
 * have to put together what they found.
 */
#include "postgres.h"

#include "access/parallel.h"
#include "catalog/pg_collation.h"
#include "common/hashfn.h"
#include "fmgr.h"
#include "nodes/makefuncs.h"
#include "nodes/supportnodes.h"
#include "utils/fmgrprotos.h"

PG_FUNCTION_INFO_V1(hcc_in_share_uuid);
PG_FUNCTION_INFO_V1(hcc_in_share_bigint);
PG_FUNCTION_INFO_V1(hcc_in_share_integer);
PG_FUNCTION_INFO_V1(hcc_in_share_text);
PG_FUNCTION_INFO_V1(hcc_in_share_support);
PG_FUNCTION_INFO_V1(hcc_worker);

/*
 * hcc_in_share(patient, share, shares): is somebody in the share of that number,
 * counted from 0?  Whoever has no identifier is in the first.  The hash of the
 * identifier's type is mixed anew, as the server's joins and groups use it too,
 * and would find all of a share in the same part of their tables.
 */
static Datum
in_share(FunctionCallInfo fcinfo, PGFunction hash_of)
{
	int32		share = PG_ARGISNULL(1) ? -1 : PG_GETARG_INT32(1);
	int32		shares = PG_ARGISNULL(2) ? 0 : PG_GETARG_INT32(2);
	Oid			collation = OidIsValid(PG_GET_COLLATION()) ?
		PG_GET_COLLATION() : DEFAULT_COLLATION_OID;
	uint32		hash;

	if (share < 0 || share >= shares)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("there is no share %d of %d", share, shares)));
	if (PG_ARGISNULL(0))
		PG_RETURN_BOOL(share == 0);
	hash = DatumGetUInt32(DirectFunctionCall1Coll(hash_of, collation, PG_GETARG_DATUM(0)));
	PG_RETURN_BOOL(murmurhash32(hash ^ UINT32_C(0x9e3779b9)) % (uint32) shares ==
				   (uint32) share);
}

/* hcc_in_share of an identifier that is a uuid */
Datum
hcc_in_share_uuid(PG_FUNCTION_ARGS)
{
	return in_share(fcinfo, uuid_hash);
}

/* of one that is a bigint */
Datum
hcc_in_share_bigint(PG_FUNCTION_ARGS)
{
	return in_share(fcinfo, hashint8);
}

/* of one that is an integer */
Datum
hcc_in_share_integer(PG_FUNCTION_ARGS)
{
	return in_share(fcinfo, hashint4);
}

/* of one that is text: what is equal is in the same share, whatever its collation */
Datum
hcc_in_share_text(PG_FUNCTION_ARGS)
{
	return in_share(fcinfo, hashtext);
}

/* The number of shares in a call, if the planner knows it; else 0. */
static int32
shares_of(List *arguments)
{
	Const	   *shares = lthird(arguments);

	if (!IsA(shares, Const) || shares->constisnull)
		return 0;
	return DatumGetInt32(shares->constvalue);
}

/* Does the planner know that an argument is the number of the first share? */
static bool
is_first(Node *argument)
{
	Const	   *share = (Const *) argument;

	return IsA(argument, Const) && !share->constisnull && DatumGetInt32(share->constvalue) == 0;
}

/* The planner's questions about a call: one share is everybody, of n each is one in n. */
Datum
hcc_in_share_support(PG_FUNCTION_ARGS)
{
	Node	   *request = (Node *) PG_GETARG_POINTER(0);
	Node	   *answer = NULL;

	if (IsA(request, SupportRequestSimplify))
	{
		FuncExpr   *call = ((SupportRequestSimplify *) request)->fcall;

		if (shares_of(call->args) == 1 && is_first(lsecond(call->args)))
			answer = makeBoolConst(true, false);
	}
	else if (IsA(request, SupportRequestSelectivity))
	{
		SupportRequestSelectivity *asked = (SupportRequestSelectivity *) request;
		int32		shares = shares_of(asked->args);

		if (!asked->is_join && shares >= 1)
		{
			asked->selectivity = 1.0 / shares;
			answer = request;
		}
	}
	PG_RETURN_POINTER(answer);
}

/* hcc_worker(): which worker of a parallel query this process is, if it is one. */
Datum
hcc_worker(PG_FUNCTION_ARGS)
{
	if (ParallelWorkerNumber < 0)
		PG_RETURN_NULL();
	PG_RETURN_INT32(ParallelWorkerNumber);
}
