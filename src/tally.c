/*
 * tally.c
 *	  The aggregates hcc_tally: how often each of a few words occurs.
 *
 * A run counts the verdicts of diagnoses, and of each patient apart, for those
 * of people whom nobody knows count as something else.  With the verdict in
 * GROUP BY there would be several groups for each patient, of which the planner
 * could not know how many.
 *
 * A tally of one group is written as bytea: for each word its count in 64 and
 * its length in 32 bits, in this machine's byte order, and its bytes.  That is
 * what parts of an aggregate hand on, too.
 */
#include "postgres.h"

#include "common/int.h"
#include "fmgr.h"
#include "lib/stringinfo.h"
#include "libpq/pqformat.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/json.h"

PG_FUNCTION_INFO_V1(hcc_tally_word);
PG_FUNCTION_INFO_V1(hcc_tally_add);
PG_FUNCTION_INFO_V1(hcc_tally_combine);
PG_FUNCTION_INFO_V1(hcc_tally_write);
PG_FUNCTION_INFO_V1(hcc_tally_read);
PG_FUNCTION_INFO_V1(hcc_tally_final);

/* A word, kept once for all groups */
typedef struct Word
{
	struct Word *next;
	uint32		length;
	char		text[FLEXIBLE_ARRAY_MEMBER];
} Word;

typedef struct Count
{
	const Word *word;
	int64		count;
} Count;

/* The words of one group: few, and in the order in which they came */
typedef struct Tally
{
	uint32		n;
	uint32		room;
	Count		count[FLEXIBLE_ARRAY_MEMBER];
} Tally;

#define TALLY_SIZE(room) (offsetof(Tally, count) + (room) * sizeof(Count))
#define FIRST_ROOM 3			/* 56 bytes */

/*
 * The memory context that tallies live in; an error if nobody aggregates,
 * because what is passed as internal could be anything.
 */
static MemoryContext
TallyContext(FunctionCallInfo fcinfo)
{
	MemoryContext context;

	if (!AggCheckCallContext(fcinfo, &context))
		elog(ERROR, "hcc_tally support function called outside an aggregate");
	return context;
}

/* The first argument, a new tally if it is NULL */
static Tally *
TallySoFar(FunctionCallInfo fcinfo)
{
	MemoryContext context = TallyContext(fcinfo);
	Tally	   *tally;

	if (!PG_ARGISNULL(0))
		return (Tally *) PG_GETARG_POINTER(0);
	tally = MemoryContextAlloc(context, TALLY_SIZE(FIRST_ROOM));
	tally->n = 0;
	tally->room = FIRST_ROOM;
	return tally;
}

/* A word as this function keeps it, as long as its query runs: groups come and go */
static const Word *
KeepWord(FunctionCallInfo fcinfo, const char *text, uint32 length)
{
	Word	   *word;

	for (word = fcinfo->flinfo->fn_extra; word != NULL; word = word->next)
	{
		if (word->length == length && memcmp(word->text, text, length) == 0)
			return word;
	}
	word = MemoryContextAlloc(fcinfo->flinfo->fn_mcxt, offsetof(Word, text) + length);
	word->next = fcinfo->flinfo->fn_extra;
	word->length = length;
	memcpy(word->text, text, length);
	fcinfo->flinfo->fn_extra = word;
	return word;
}

/* Count a word so many times; the tally may move. */
static Tally *
Add(FunctionCallInfo fcinfo, Tally *tally, const char *text, uint32 length, int64 times)
{
	for (uint32 i = 0; i < tally->n; i++)
	{
		Count	   *count = &tally->count[i];

		if (count->word->length == length && memcmp(count->word->text, text, length) == 0)
		{
			if (pg_add_s64_overflow(count->count, times, &count->count))
				ereport(ERROR,
						(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
						 errmsg("a count is out of range")));
			return tally;
		}
	}
	if (tally->n == tally->room)
	{
		tally->room = tally->room * 2 + 1;
		tally = repalloc(tally, TALLY_SIZE(tally->room));
	}
	tally->count[tally->n].word = KeepWord(fcinfo, text, length);
	tally->count[tally->n++].count = times;
	return tally;
}

/* Add what a tally says that was written; what was written otherwise is an error. */
static Tally *
AddWritten(FunctionCallInfo fcinfo, Tally *tally, const bytea *written)
{
	const char *at = VARDATA_ANY(written);
	size_t		left = VARSIZE_ANY_EXHDR(written);

	while (left > 0)
	{
		int64		times;
		uint32		length = 0;

		if (left >= sizeof(times) + sizeof(length))
		{
			memcpy(&times, at, sizeof(times));
			memcpy(&length, at + sizeof(times), sizeof(length));
			at += sizeof(times) + sizeof(length);
			left -= sizeof(times) + sizeof(length);
		}
		if (length == 0 || length > left || times <= 0 ||
			!pg_verifymbstr(at, length, true))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
					 errmsg("this is no tally")));
		tally = Add(fcinfo, tally, at, length, times);
		at += length;
		left -= length;
	}
	return tally;
}

/* Transition of hcc_tally(text): NULL and the empty word leave no trace. */
Datum
hcc_tally_word(PG_FUNCTION_ARGS)
{
	Tally	   *tally = TallySoFar(fcinfo);

	if (!PG_ARGISNULL(1))
	{
		text	   *word = PG_GETARG_TEXT_PP(1);

		if (VARSIZE_ANY_EXHDR(word) > 0)
			tally = Add(fcinfo, tally, VARDATA_ANY(word), VARSIZE_ANY_EXHDR(word), 1);
	}
	PG_RETURN_POINTER(tally);
}

/* Transition of hcc_tally(bytea) */
Datum
hcc_tally_add(PG_FUNCTION_ARGS)
{
	Tally	   *tally = TallySoFar(fcinfo);

	if (!PG_ARGISNULL(1))
		tally = AddWritten(fcinfo, tally, PG_GETARG_BYTEA_PP(1));
	PG_RETURN_POINTER(tally);
}

/* The first tally with what the other one counts; NULL where neither saw a row */
Datum
hcc_tally_combine(PG_FUNCTION_ARGS)
{
	Tally	   *tally;
	Tally	   *other;

	(void) TallyContext(fcinfo);
	if (PG_ARGISNULL(0) && PG_ARGISNULL(1))
		PG_RETURN_NULL();
	tally = TallySoFar(fcinfo);
	other = PG_ARGISNULL(1) ? NULL : (Tally *) PG_GETARG_POINTER(1);
	for (uint32 i = 0; other != NULL && i < other->n; i++)
		tally = Add(fcinfo, tally, other->count[i].word->text, other->count[i].word->length,
					other->count[i].count);
	PG_RETURN_POINTER(tally);
}

/* A tally as bytea, to hand on or as the result of hcc_tally(text) */
Datum
hcc_tally_write(PG_FUNCTION_ARGS)
{
	Tally	   *tally;
	StringInfoData buf;

	(void) TallyContext(fcinfo);
	tally = (Tally *) PG_GETARG_POINTER(0);
	pq_begintypsend(&buf);
	for (uint32 i = 0; i < tally->n; i++)
	{
		const Count *count = &tally->count[i];

		pq_sendbytes(&buf, (const char *) &count->count, sizeof(count->count));
		pq_sendbytes(&buf, (const char *) &count->word->length, sizeof(count->word->length));
		pq_sendbytes(&buf, count->word->text, count->word->length);
	}
	PG_RETURN_BYTEA_P(pq_endtypsend(&buf));
}

/* A tally that was handed on, in the current memory context, which is short-lived */
Datum
hcc_tally_read(PG_FUNCTION_ARGS)
{
	Tally	   *tally = palloc(TALLY_SIZE(FIRST_ROOM));

	(void) TallyContext(fcinfo);
	tally->n = 0;
	tally->room = FIRST_ROOM;
	PG_RETURN_POINTER(AddWritten(fcinfo, tally, PG_GETARG_BYTEA_PP(0)));
}

/* The result of hcc_tally(bytea), an object of counts */
Datum
hcc_tally_final(PG_FUNCTION_ARGS)
{
	Tally	   *tally;
	StringInfoData json;

	(void) TallyContext(fcinfo);
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	tally = (Tally *) PG_GETARG_POINTER(0);
	initStringInfo(&json);
	appendStringInfoChar(&json, '{');
	for (uint32 i = 0; i < tally->n; i++)
	{
		const Word *word = tally->count[i].word;

		if (i > 0)
			appendStringInfoChar(&json, ',');
		escape_json(&json, pnstrdup(word->text, word->length));
		appendStringInfo(&json, ":" INT64_FORMAT, tally->count[i].count);
	}
	appendStringInfoChar(&json, '}');
	PG_RETURN_DATUM(DirectFunctionCall1(jsonb_in, CStringGetDatum(json.data)));
}
