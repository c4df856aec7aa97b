/*
 * everybody.c
 *	  Is a reader asked for everybody, or for some patients?
 *
 * A reader's condition on its patients is "hcc_everybody(patients) OR
 * patient_id = ANY (patients)".  What is left of it must be the second half when
 * patients are named, or no index serves.  The planner knows that a constant is
 * not NULL, and an IS NULL would do; but not that ARRAY[$1] is not, which is what
 * a function of one patient asks with in a plan that it keeps, nor that
 * COALESCE(patients, '{}') is not.  This tells it.
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

/* Is it an array, whatever is in it, and not NULL? */
static bool
IsArray(const Node *argument)
{
	if (IsA(argument, CoalesceExpr))
		argument = llast(((const CoalesceExpr *) argument)->args);
	return IsA(argument, ArrayExpr) ||
		(IsA(argument, Const) && !((const Const *) argument)->constisnull);
}

/* The planner's question about a call: of an array it is false. */
Datum
hcc_everybody_support(PG_FUNCTION_ARGS)
{
	Node	   *request = (Node *) PG_GETARG_POINTER(0);
	Node	   *answer = NULL;

	if (IsA(request, SupportRequestSimplify))
	{
		FuncExpr   *call = ((SupportRequestSimplify *) request)->fcall;

		if (IsArray(linitial(call->args)))
			answer = makeBoolConst(false, false);
	}
	PG_RETURN_POINTER(answer);
}
