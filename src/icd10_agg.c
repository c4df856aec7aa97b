/*
 * icd10_agg.c
 *	  The aggregates icd10_agg: from rows to the set of their codes.
 *
 * The state is one chunk of memory per group, sized for the handful of codes
 * that most patients have; with a million groups its bytes decide the speed.
 * Codes are appended as they come and sorted when room runs out or at the end.
 */
#include "postgres.h"

#include "fmgr.h"
#include "libpq/pqformat.h"
#include "utils/builtins.h"

#include "beneficiary.h"
#include "icd10_set.h"

PG_FUNCTION_INFO_V1(icd10_agg_code);
PG_FUNCTION_INFO_V1(icd10_agg_row);
PG_FUNCTION_INFO_V1(icd10_agg_set);
PG_FUNCTION_INFO_V1(icd10_agg_combine);
PG_FUNCTION_INFO_V1(icd10_agg_serialize);
PG_FUNCTION_INFO_V1(icd10_agg_deserialize);
PG_FUNCTION_INFO_V1(icd10_agg_final);

/*
 * A bag of codes: in any order, repeated, of all systems and with their dates.
 * In the aggregate's memory context, except between deserialize and combine.
 */
typedef struct CodesState
{
	uint32		n;				/* codes that are there */
	uint32		room;			/* codes that fit, above 0 */
	icd10_code	code[FLEXIBLE_ARRAY_MEMBER];
} CodesState;

#define STATE_SIZE(room) (offsetof(CodesState, code) + (size_t) (room) * sizeof(icd10_code))
/* Room goes 7, 15, 31, ...: 64, 128, 256 bytes, to which the allocator would round up */
#define FIRST_ROOM 7			/* 64 bytes */

/*
 * The memory context that states live in; an error if nobody aggregates,
 * because what is passed as internal could be anything.
 */
static MemoryContext
AggregateContext(FunctionCallInfo fcinfo)
{
	MemoryContext context;

	if (!AggCheckCallContext(fcinfo, &context))
		elog(ERROR, "icd10_agg support function called outside an aggregate");
	return context;
}

/* An empty state with room for so many codes, in a memory context */
static CodesState *
NewState(MemoryContext context, uint32 room)
{
	CodesState *state = MemoryContextAlloc(context, STATE_SIZE(room));

	Assert(room > 0);
	state->n = 0;
	state->room = room;
	return state;
}

/*
 * The state with room for more codes, which may have moved: whoever has the
 * old pointer must take the new one.  More than a set can hold is an error.
 */
static CodesState *
Reserve(CodesState *state, size_t more)
{
	size_t		room = state->room;

	Assert(state->n <= state->room);
	if (state->n + more <= room)
		return state;

	/* Visits repeat diagnoses: dropping repetitions often makes the room. */
	state->n = icd10_sort(state->code, state->n);
	/* a quarter must be free, or the next few rows would sort it all again */
	if (state->n + more <= room - room / 4)
		return state;
	while (room < state->n + more)
		room = room * 2 + 1;
	if (room > ICD10_SET_MAX_CODES)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("an icd10_set cannot hold more than %zu codes",
						(size_t) ICD10_SET_MAX_CODES)));
	state = repalloc(state, STATE_SIZE(room));
	state->room = room;
	return state;
}

/* Add codes, which need be neither sorted nor new; the state may move. */
static CodesState *
Append(CodesState *state, const icd10_code *codes, size_t n)
{
	state = Reserve(state, n);
	if (n > 0)
		memcpy(&state->code[state->n], codes, n * sizeof(icd10_code));
	state->n += n;
	return state;
}

/* The state of a transition function, new at the first row of a group */
static inline CodesState *
StateSoFar(FunctionCallInfo fcinfo)
{
	if (PG_ARGISNULL(0))
		return NewState(AggregateContext(fcinfo), FIRST_ROOM);
	return (CodesState *) PG_GETARG_POINTER(0);
}

/*
 * Transition of icd10_agg(text): blank and NULL codes leave no trace, but a
 * group of nothing else is the empty set and not NULL.
 */
Datum
icd10_agg_code(PG_FUNCTION_ARGS)
{
	CodesState *state = StateSoFar(fcinfo);
	text	   *given;
	icd10_code	code;

	if (PG_ARGISNULL(1))
		PG_RETURN_POINTER(state);

	given = PG_GETARG_TEXT_PP(1);
	code = ReadCode(given);
	if (code != ICD10_NONE)
	{
		if (state->n == state->room)
			state = Reserve(state, 1);
		state->code[state->n++] = code;
	}
	PG_RETURN_POINTER(state);
}

/* Transition of icd10_agg(icd10_code, service_date, ndc, hcpcs) */
Datum
icd10_agg_row(PG_FUNCTION_ARGS)
{
	CodesState *state = StateSoFar(fcinfo);
	icd10_code	code[3];
	RowCodes	row;

	if (!PG_ARGISNULL(2) && unlikely(!HasDay(PG_GETARG_DATEADT(2))))
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_FIELD_OVERFLOW),
				 errmsg("invalid value for argument \"%s\"", "service_date"),
				 errdetail("It takes a date from 1900-01-01 to 2258-11-10, or NULL.")));
	ReadRowCodes(fcinfo, 1, &row);
	for (int i = 0; i < row.n; i++)
		code[i] = icd10_dated(row.part[i].code, row.part[i].day);
	PG_RETURN_POINTER(Append(state, code, row.n));
}

/* Transition of icd10_agg(icd10_set) */
Datum
icd10_agg_set(PG_FUNCTION_ARGS)
{
	CodesState *state = StateSoFar(fcinfo);
	CodeView	set;

	if (PG_ARGISNULL(1))
		PG_RETURN_POINTER(state);

	ViewIcd10Set(PG_GETARG_DATUM(1), &set);
	PG_RETURN_POINTER(Append(state, set.code, set.n));
}

/*
 * The first state with what the other one holds; either may be NULL, and both
 * are when neither saw a row.  The result is in the aggregate's context.
 */
Datum
icd10_agg_combine(PG_FUNCTION_ARGS)
{
	MemoryContext context = AggregateContext(fcinfo);
	CodesState *other = PG_ARGISNULL(1) ? NULL : (CodesState *) PG_GETARG_POINTER(1);
	CodesState *state = PG_ARGISNULL(0) ? NULL : (CodesState *) PG_GETARG_POINTER(0);

	if (other == NULL)
	{
		if (state == NULL)
			PG_RETURN_NULL();
		PG_RETURN_POINTER(state);
	}
	/* the other state does not live long enough to be returned as it is */
	if (state == NULL)
		state = NewState(context, Max(other->n, FIRST_ROOM));
	PG_RETURN_POINTER(Append(state, other->code, other->n));
}

/*
 * The codes alone, in this machine's byte order: parts of an aggregate are
 * computed by one build of the server.  Sorting first makes it small.
 */
Datum
icd10_agg_serialize(PG_FUNCTION_ARGS)
{
	CodesState *state = (CodesState *) PG_GETARG_POINTER(0);
	StringInfoData buf;

	(void) AggregateContext(fcinfo);
	state->n = icd10_sort(state->code, state->n);
	pq_begintypsend(&buf);
	pq_sendbytes(&buf, (const char *) state->code, state->n * sizeof(icd10_code));
	PG_RETURN_BYTEA_P(pq_endtypsend(&buf));
}

/*
 * The state in the current memory context, which is short-lived: combine
 * copies what it keeps.  A wrong length cannot happen.
 */
Datum
icd10_agg_deserialize(PG_FUNCTION_ARGS)
{
	bytea	   *bytes = PG_GETARG_BYTEA_PP(0);
	size_t		n = VARSIZE_ANY_EXHDR(bytes) / sizeof(icd10_code);
	CodesState *state;

	(void) AggregateContext(fcinfo);
	if (VARSIZE_ANY_EXHDR(bytes) % sizeof(icd10_code) != 0)
		elog(ERROR, "icd10_agg state has an impossible length");
	state = NewState(CurrentMemoryContext, Max(n, 1));
	memcpy(state->code, VARDATA_ANY(bytes), n * sizeof(icd10_code));
	state->n = n;
	PG_RETURN_POINTER(state);
}

/* The set of a group; NULL if it saw no row */
Datum
icd10_agg_final(PG_FUNCTION_ARGS)
{
	CodesState *state;

	(void) AggregateContext(fcinfo);
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();

	/*
	 * Sorting in place keeps the state what it was, a bag of codes; another
	 * call with more rows (as a window function) can follow.
	 */
	state = (CodesState *) PG_GETARG_POINTER(0);
	state->n = icd10_sort(state->code, state->n);
	PG_RETURN_POINTER(MakeIcd10Set(state->code, state->n));
}
