/*
 * everybody.c
 *	  Is a reader asked for everybody, or for some patients?
 *
 * A reader's condition on its patients is "hcc_everybody(patients) OR
 * patient_id = ANY (patients)".  What is left of it must be the second half when
 * patients are named, or no index serves.  The planner knows that a constant is
 * not NULL, and an IS NULL would do; but not that ARRAY[$1] is not, which is what
 * a function of one patient asks with in a plan that it keeps.  This tells it.
 */
#include "postgres.h"

#include "fmgr.h"
#include "nodes/makefuncs.h"
#include "nodes/supportnodes.h"

PG_FUNCTION_INFO_V1(hcc_everybody);
PG_FUNCTION_INFO_V1(hcc_everybody_support);

/* hcc_everybody(patients) */
Datum
hcc_everybody(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(PG_ARGISNULL(0));
}

/* The planner's question about a call: an ARRAY[...] is false, whatever is in it. */
Datum
hcc_everybody_support(PG_FUNCTION_ARGS)
{
	Node	   *request = (Node *) PG_GETARG_POINTER(0);
	Node	   *answer = NULL;

	if (IsA(request, SupportRequestSimplify))
	{
		FuncExpr   *call = ((SupportRequestSimplify *) request)->fcall;

		if (IsA(linitial(call->args), ArrayExpr))
			answer = makeBoolConst(false, false);
	}
	PG_RETURN_POINTER(answer);
}
