/*
 * fresh_call.c
 *	  Calls functions and aggregates as C code calls them, for tests.
 *
 * The executor gives a function an FmgrInfo that lasts as long as the query and
 * has the expression of the call, so a function may keep things in fn_extra and
 * fn_mcxt and look at the types of its arguments.  Others do not: an extension
 * that splits an aggregate into parts, a foreign data wrapper, a background
 * worker look the function up again for every row, without an expression, in
 * memory that is gone at the next.  Here everything that such a caller may take
 * away is taken away as soon as the call is over, and freed memory is filled,
 * so that a pointer into it leads nowhere.
 *
 * fresh_call(function, arguments ...) is the result of a function as text.
 * fresh_agg(aggregate, arguments ...) is the result of an aggregate as text;
 * fresh_agg_partial puts its rows into two states in turn and serializes,
 * deserializes and combines these, as two nodes and a coordinator would.
 */
#include "postgres.h"

#include <malloc.h>

#include "access/htup_details.h"
#include "catalog/pg_aggregate.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/regproc.h"
#include "utils/syscache.h"

PG_MODULE_MAGIC;

PG_FUNCTION_INFO_V1(output);
PG_FUNCTION_INFO_V1(fresh_call);
PG_FUNCTION_INFO_V1(fresh_agg_step);
PG_FUNCTION_INFO_V1(fresh_agg_final);
PG_FUNCTION_INFO_V1(fresh_agg_partial_step);
PG_FUNCTION_INFO_V1(fresh_agg_partial_final);

/* The value of an aggregate's transition type */
typedef struct State
{
	Datum		value;
	bool		isnull;
	bool		empty;			/* a strict transition function takes the first row */
} State;

typedef struct FreshState
{
	Oid			aggregate;
	Oid			transition;
	Oid			final;
	Oid			combine;
	Oid			serial;
	Oid			deserial;
	Oid			type;
	int16		length;
	bool		byval;
	State		initial;
	uint64		rows;
	State		part[2];
} FreshState;

void		_PG_init(void);

/* Memory that was freed must not look as it did. */
void
_PG_init(void)
{
#ifdef M_PERTURB
	/* The C library fills what is freed. */
	mallopt(M_PERTURB, 0x55);
#endif
}

/*
 * A context for one call.  Its sizes are not those that PostgreSQL keeps deleted
 * contexts of, so that its memory really goes back to the C library.
 */
static MemoryContext
ShortLived(void)
{
	return AllocSetContextCreate(CurrentMemoryContext, "fresh call", 0, 4 * 1024, 64 * 1024);
}

/* One call, after which nothing of it is left but its result */
static Datum
Call(Oid function, Node *context, Oid collation, int nargs, const NullableDatum *args, bool *isnull)
{
	MemoryContext short_lived = ShortLived();
	FmgrInfo   *info = MemoryContextAllocZero(short_lived, sizeof(FmgrInfo));
	FunctionCallInfo call = MemoryContextAllocZero(short_lived, SizeForFunctionCallInfo(nargs));
	bool		skip = false;
	Datum		result = (Datum) 0;

	fmgr_info_cxt(function, info, short_lived);
	for (int i = 0; i < nargs; i++)
		skip |= info->fn_strict && args[i].isnull;
	*isnull = true;
	if (!skip)
	{
		InitFunctionCallInfoData(*call, info, nargs, collation, context, NULL);
		memcpy(call->args, args, nargs * sizeof(NullableDatum));
		result = FunctionCallInvoke(call);
		*isnull = call->isnull;
	}
	MemoryContextDelete(short_lived);
	return result;
}

/* A value of a type as text */
static Datum
OutputDatum(Oid type, Datum value)
{
	Oid			function;
	bool		varlena;

	getTypeOutputInfo(type, &function, &varlena);
	return CStringGetTextDatum(OidOutputFunctionCall(function, value));
}

/* output("any") returns text, STRICT: the result of an ordinary call in the same form */
Datum
output(PG_FUNCTION_ARGS)
{
	PG_RETURN_DATUM(OutputDatum(get_fn_expr_argtype(fcinfo->flinfo, 0), PG_GETARG_DATUM(0)));
}

/*
 * The arguments from number "first" on, as those of the function.  Types must be
 * the function's own: nothing converts here.
 */
static int
Arguments(FunctionCallInfo fcinfo, int first, Oid function, NullableDatum *args)
{
	int			nargs = PG_NARGS() - first;
	Oid		   *types;
	int			wanted;

	get_func_signature(function, &types, &wanted);
	if (nargs != wanted)
		elog(ERROR, "%s takes %d arguments, not %d", format_procedure(function), wanted, nargs);
	for (int i = 0; i < nargs; i++)
	{
		Oid			type = get_fn_expr_argtype(fcinfo->flinfo, first + i);

		if (type != types[i])
			elog(ERROR, "argument %d of %s is %s, not %s", i + 1, format_procedure(function),
				 format_type_be(types[i]), format_type_be(type));
		args[i] = fcinfo->args[first + i];
	}
	return nargs;
}

/* fresh_call(function regprocedure, VARIADIC "any") returns text */
Datum
fresh_call(PG_FUNCTION_ARGS)
{
	Oid			function = PG_GETARG_OID(0);
	NullableDatum args[FUNC_MAX_ARGS];
	int			nargs = Arguments(fcinfo, 1, function, args);
	bool		isnull;
	Datum		result = Call(function, NULL, PG_GET_COLLATION(), nargs, args, &isnull);

	if (isnull)
		PG_RETURN_NULL();
	PG_RETURN_DATUM(OutputDatum(get_func_rettype(function), result));
}

/* ---- aggregates ---- */

/* The memory context that states live in; an error if nobody aggregates */
static MemoryContext
AggregateContext(FunctionCallInfo fcinfo)
{
	MemoryContext context;

	if (!AggCheckCallContext(fcinfo, &context))
		elog(ERROR, "called outside an aggregate");
	return context;
}

/*
 * The state of an aggregate before its first row, with all that is needed to
 * call its functions; kinds of aggregates that are not called here are an
 * error.
 */
static FreshState *
StartAggregate(FunctionCallInfo fcinfo)
{
	MemoryContext caller = MemoryContextSwitchTo(AggregateContext(fcinfo));
	FreshState *fresh = palloc0(sizeof(FreshState));
	HeapTuple	tuple;
	Form_pg_aggregate form;
	Datum		initial;

	fresh->aggregate = PG_GETARG_OID(1);
	tuple = SearchSysCache1(AGGFNOID, ObjectIdGetDatum(fresh->aggregate));
	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "%s is no aggregate", format_procedure(fresh->aggregate));
	form = (Form_pg_aggregate) GETSTRUCT(tuple);
	if (form->aggkind != AGGKIND_NORMAL || form->aggfinalextra)
		elog(ERROR, "%s is of a kind that is not known here", format_procedure(fresh->aggregate));
	fresh->transition = form->aggtransfn;
	fresh->final = form->aggfinalfn;
	fresh->combine = form->aggcombinefn;
	fresh->serial = form->aggserialfn;
	fresh->deserial = form->aggdeserialfn;
	fresh->type = form->aggtranstype;
	get_typlenbyval(fresh->type, &fresh->length, &fresh->byval);
	initial = SysCacheGetAttr(AGGFNOID, tuple, Anum_pg_aggregate_agginitval,
							  &fresh->initial.isnull);
	fresh->initial.empty = fresh->initial.isnull;
	if (!fresh->initial.isnull)
	{
		Oid			function;
		Oid			element;

		getTypeInputInfo(fresh->type, &function, &element);
		fresh->initial.value = OidInputFunctionCall(function, TextDatumGetCString(initial),
													element, -1);
	}
	ReleaseSysCache(tuple);
	for (int i = 0; i < lengthof(fresh->part); i++)
	{
		fresh->part[i] = fresh->initial;
		if (!fresh->initial.isnull)
			fresh->part[i].value = datumCopy(fresh->initial.value, fresh->byval, fresh->length);
	}
	MemoryContextSwitchTo(caller);
	return fresh;
}

/* Keep a new value of the state, of which another function may own the memory. */
static void
Keep(FunctionCallInfo fcinfo, FreshState *fresh, State *state, Datum value, bool isnull)
{
	if (!fresh->byval && !isnull && (state->isnull || value != state->value))
	{
		MemoryContext caller = MemoryContextSwitchTo(AggregateContext(fcinfo));

		value = datumCopy(value, fresh->byval, fresh->length);
		MemoryContextSwitchTo(caller);
	}
	if (!fresh->byval && !state->isnull && (isnull || value != state->value))
		pfree(DatumGetPointer(state->value));
	state->value = value;
	state->isnull = isnull;
	state->empty = false;
}

/* A call of a transition or combine function */
static void
Advance(FunctionCallInfo fcinfo, FreshState *fresh, State *state, Oid function,
		int nargs, NullableDatum *args)
{
	bool		isnull;
	Datum		value;

	if (func_strict(function))
	{
		for (int i = 1; i < nargs; i++)
		{
			if (args[i].isnull)
				return;
		}
		if (state->empty)
		{
			Keep(fcinfo, fresh, state, args[1].value, false);
			return;
		}
	}
	args[0].value = state->value;
	args[0].isnull = state->isnull;
	value = Call(function, fcinfo->context, PG_GET_COLLATION(), nargs, args, &isnull);
	Keep(fcinfo, fresh, state, value, isnull);
}

/* One row; with two parts, into each in turn */
static FreshState *
Step(FunctionCallInfo fcinfo, int parts)
{
	FreshState *fresh = PG_ARGISNULL(0) ? StartAggregate(fcinfo) :
		(FreshState *) PG_GETARG_POINTER(0);
	NullableDatum args[FUNC_MAX_ARGS + 1];
	int			nargs = Arguments(fcinfo, 2, fresh->aggregate, args + 1) + 1;

	Advance(fcinfo, fresh, &fresh->part[fresh->rows++ % parts], fresh->transition, nargs, args);
	return fresh;
}

/* The result of an aggregate with this state */
static Datum
Finish(FunctionCallInfo fcinfo, const FreshState *fresh, const State *state)
{
	NullableDatum arg = {.value = state->value, .isnull = state->isnull};
	Datum		result;
	bool		isnull;

	if (!OidIsValid(fresh->final))
	{
		result = state->value;
		isnull = state->isnull;
	}
	else
		result = Call(fresh->final, fcinfo->context, PG_GET_COLLATION(), 1, &arg, &isnull);
	if (isnull)
		PG_RETURN_NULL();
	PG_RETURN_DATUM(OutputDatum(get_func_rettype(fresh->aggregate), result));
}

/* Transition of fresh_agg */
Datum
fresh_agg_step(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(Step(fcinfo, 1));
}

/*
 * The result of fresh_agg; NULL if there was no row, as the aggregate was not
 * told
 */
Datum
fresh_agg_final(PG_FUNCTION_ARGS)
{
	FreshState *fresh = PG_ARGISNULL(0) ? NULL : (FreshState *) PG_GETARG_POINTER(0);

	if (fresh == NULL)
		PG_RETURN_NULL();
	return Finish(fcinfo, fresh, &fresh->part[0]);
}

/* Transition of fresh_agg_partial */
Datum
fresh_agg_partial_step(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(Step(fcinfo, 2));
}

/* A state as bytes, as one node sends it to another */
static Datum
Send(FunctionCallInfo fcinfo, const FreshState *fresh, const State *state, bool *isnull)
{
	NullableDatum arg = {.value = state->value, .isnull = state->isnull};
	Oid			function = fresh->serial;
	bool		varlena;

	if (!OidIsValid(function))
		getTypeBinaryOutputInfo(fresh->type, &function, &varlena);
	return Call(function, fcinfo->context, PG_GET_COLLATION(), 1, &arg, isnull);
}

/* And bytes as a state */
static Datum
Receive(FunctionCallInfo fcinfo, const FreshState *fresh, Datum bytes, bool *isnull)
{
	NullableDatum args[2] = {{.value = bytes}};

	if (!OidIsValid(fresh->deserial))
	{
		StringInfoData buffer;
		Oid			function;
		Oid			element;

		getTypeBinaryInputInfo(fresh->type, &function, &element);
		initStringInfo(&buffer);
		appendBinaryStringInfo(&buffer, VARDATA_ANY(DatumGetPointer(bytes)),
							   VARSIZE_ANY_EXHDR(DatumGetPointer(bytes)));
		*isnull = false;
		return OidReceiveFunctionCall(function, &buffer, element, -1);
	}
	return Call(fresh->deserial, fcinfo->context, PG_GET_COLLATION(), 2, args, isnull);
}

/*
 * The result of fresh_agg_partial: each part goes through bytes, in memory
 * that is gone when the next one comes.
 */
Datum
fresh_agg_partial_final(PG_FUNCTION_ARGS)
{
	FreshState *fresh = PG_ARGISNULL(0) ? NULL : (FreshState *) PG_GETARG_POINTER(0);
	State		whole;

	if (fresh == NULL)
		PG_RETURN_NULL();
	if (!OidIsValid(fresh->combine))
		elog(ERROR, "%s cannot be combined", format_procedure(fresh->aggregate));
	whole = fresh->initial;
	if (!whole.isnull)
	{
		whole.isnull = true;
		Keep(fcinfo, fresh, &whole, fresh->initial.value, false);
	}
	for (int i = 0; i < lengthof(fresh->part); i++)
	{
		MemoryContext received = ShortLived();
		MemoryContext caller = MemoryContextSwitchTo(received);
		NullableDatum args[2] = {{0}};

		args[1].value = Send(fcinfo, fresh, &fresh->part[i], &args[1].isnull);
		if (!args[1].isnull)
			args[1].value = Receive(fcinfo, fresh, args[1].value, &args[1].isnull);
		Advance(fcinfo, fresh, &whole, fresh->combine, 2, args);
		MemoryContextSwitchTo(caller);
		MemoryContextDelete(received);
	}
	return Finish(fcinfo, fresh, &whole);
}
