/*
 * result_rows.c
 *	  The rows of a set, computed at once and handed out one per call.
 *
 * What funcapi.h has for this (SRF_FIRSTCALL_INIT and so on) makes a memory context
 * for each set and takes fn_extra, where our functions keep their call site.  So
 * the protocol is done by hand: a call with nothing pending begins a set, isDone
 * tells the executor whether more may follow, and a callback of the expression
 * context ends a set that nobody reads to its end, as under LIMIT.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "funcapi.h"
#include "utils/memutils.h"

#include "result_rows.h"

/*
 * Room for n rows, zeroed, that stays until the next set of this call site,
 * or as long as the function's FmgrInfo.  No set may be pending.  It grows and
 * never shrinks: of a million people the one with most rows decides.
 */
void *
ReserveRows(FunctionCallInfo fcinfo, ResultRows *rows, int n, size_t row_size)
{
	size_t		bytes = Max(n, 1) * row_size;

	Assert(n >= 0 && row_size > 0 && !rows->pending);
	if (rows->bytes < bytes)
	{
		if (rows->row != NULL)
			pfree(rows->row);
		rows->row = NULL;
		rows->row = MemoryContextAlloc(fcinfo->flinfo->fn_mcxt, bytes);
		rows->bytes = bytes;
	}
	memset(rows->row, 0, bytes);
	rows->row_size = row_size;
	return rows->row;
}

/*
 * Expression context callback: nobody will ask for the rest of the set.  Without
 * it, the next person would get what is left of this one's rows.
 */
static void
AbandonRows(Datum arg)
{
	((ResultRows *) DatumGetPointer(arg))->pending = false;
}

/*
 * From here on, this and further calls hand out the first n rows of those
 * reserved.  An error where the query cannot take a set.
 */
void
StartRows(FunctionCallInfo fcinfo, ResultRows *rows, int n)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;

	Assert(n >= 0 && (n == 0 || n * rows->row_size <= rows->bytes));
	if (result == NULL || !IsA(result, ReturnSetInfo) ||
		(result->allowedModes & SFRM_ValuePerCall) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("set-valued function called in context that cannot accept a set")));
	/* the same for all calls, and finding it means to look at catalogs */
	if (rows->desc == NULL)
	{
		MemoryContext caller = MemoryContextSwitchTo(fcinfo->flinfo->fn_mcxt);
		TupleDesc	desc;

		if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
			elog(ERROR, "return type must be a row type");
		rows->desc = BlessTupleDesc(desc);
		MemoryContextSwitchTo(caller);
	}
	/* a set without rows ends at once, in EndRows, and has nothing to abandon */
	rows->n = n;
	rows->next = 0;
	if (n > 0)
	{
		RegisterExprContextCallback(result->econtext, AbandonRows, PointerGetDatum(rows));
		rows->pending = true;
	}
}

/* Return a row as a tuple, in the current memory context; more may follow. */
Datum
ReturnRow(FunctionCallInfo fcinfo, const ResultRows *rows, Datum *values, bool *nulls)
{
	Assert(rows->desc != NULL && rows->next > 0);
	((ReturnSetInfo *) fcinfo->resultinfo)->isDone = ExprMultipleResult;
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(rows->desc, values, nulls)));
}

/* Return nothing, which ends the set; also of a set without rows */
Datum
EndRows(FunctionCallInfo fcinfo, ResultRows *rows)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;

	if (rows->pending)
		UnregisterExprContextCallback(result->econtext, AbandonRows, PointerGetDatum(rows));
	rows->pending = false;
	result->isDone = ExprEndResult;
	PG_RETURN_NULL();
}
