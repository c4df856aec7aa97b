/*
 * result_rows.h
 *	  The rows of a set, computed at once and handed out one per call.
 *
 * In the target list of a query over many people this is much cheaper than a
 * tuplestore for each, which is made, filled, read and freed for a few rows.  In
 * FROM the executor collects the rows itself.  The function computes its rows in a form of its own
 * (ReserveRows, StartRows) and makes a tuple of one at each call (NextRow,
 * ReturnRow), until there is none (EndRows).
 */
#ifndef HCCRAF_RESULT_ROWS_H
#define HCCRAF_RESULT_ROWS_H

#include "access/tupdesc.h"
#include "fmgr.h"

/* Begins zeroed; lives in fn_extra, and what it points to as long as the FmgrInfo */
typedef struct ResultRows
{
	TupleDesc	desc;			/* of the result, found at the first set */
	bool		pending;		/* a set is being handed out */
	int			n;				/* rows of the set */
	int			next;			/* the one that the next call returns; from 0 to n */
	size_t		row_size;
	size_t		bytes;			/* of row: the most that any set has needed */
	void	   *row;			/* in the function's own form */
} ResultRows;

extern void *ReserveRows(FunctionCallInfo fcinfo, ResultRows *rows, int n, size_t row_size);
extern void StartRows(FunctionCallInfo fcinfo, ResultRows *rows, int n);
extern Datum ReturnRow(FunctionCallInfo fcinfo, const ResultRows *rows, Datum *values, bool *nulls);
extern Datum EndRows(FunctionCallInfo fcinfo, ResultRows *rows);

/*
 * The next row in the function's own form, or NULL after the last; it stays
 * in the room of ReserveRows.
 */
static inline void *
NextRow(ResultRows *rows)
{
	Assert(rows->next >= 0 && rows->next <= rows->n);
	return rows->next < rows->n ? (char *) rows->row + rows->next++ * rows->row_size : NULL;
}

#endif							/* HCCRAF_RESULT_ROWS_H */
