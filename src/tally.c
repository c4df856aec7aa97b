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
 *
 * So there are two steps: hcc_tally(text) in the group of each patient gives
 * bytes, hcc_tally(bytea) adds them up and gives jsonb.  Words are verdicts, few
 * in each group, and a tally is searched from its beginning.  Anybody can call
 * the second with any bytea, so that it is checked as what comes from outside.
 * The bytes are this machine's, and not for keeping.
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
#include "utils/memutils.h"

PG_FUNCTION_INFO_V1(hcc_tally_word);
PG_FUNCTION_INFO_V1(hcc_tally_add);
PG_FUNCTION_INFO_V1(hcc_tally_combine);
PG_FUNCTION_INFO_V1(hcc_tally_write);
PG_FUNCTION_INFO_V1(hcc_tally_read);
PG_FUNCTION_INFO_V1(hcc_tally_final);

/*
 * The words of one group and how often each came: few, and in the order in which
 * they came.  They stand in one piece, as they are written, so that a tally needs
 * nothing that is kept elsewhere: who calls these functions may keep nothing from
 * call to call.
 */
typedef struct Tally
{
	uint32		used;			/* bytes of entry[] */
	uint32		room;			/* bytes that fit into it */
	char		entry[FLEXIBLE_ARRAY_MEMBER];	/* each an EntryHead and its word */
} Tally;

/* Before each word, without alignment */
typedef struct EntryHead
{
	int64		count;
	uint32		length;
} EntryHead;

/*
 * Not sizeof(EntryHead), which has padding behind it.  "ok" and one reason why not
 * fit into the first room; with a million groups its bytes decide the speed.
 */
#define ENTRY_HEAD (sizeof(int64) + sizeof(uint32))
#define FIRST_ROOM 48

/* The head of the entry at a place */
static EntryHead
ReadHead(const char *at)
{
	EntryHead	head;

	memcpy(&head.count, at, sizeof(head.count));
	memcpy(&head.length, at + sizeof(head.count), sizeof(head.length));
	return head;
}

/* A new tally of nothing in a memory context */
static Tally *
NewTally(MemoryContext context)
{
	Tally	   *tally = MemoryContextAlloc(context, offsetof(Tally, entry) + FIRST_ROOM);

	tally->used = 0;
	tally->room = FIRST_ROOM;
	return tally;
}

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

/*
 * The first argument, a new tally if it is NULL: so a group of rows that leave no
 * trace is an empty tally, and only one without rows is NULL.
 */
static Tally *
TallySoFar(FunctionCallInfo fcinfo)
{
	MemoryContext context = TallyContext(fcinfo);

	return PG_ARGISNULL(0) ? NewTally(context) : (Tally *) PG_GETARG_POINTER(0);
}

/*
 * Count a word so many times; the tally may move, within its memory context.
 * More than fits, of a count or of bytes, is an error: counts come from bytes
 * that somebody may have made.
 */
static Tally *
Add(Tally *tally, const char *text, uint32 length, int64 times)
{
	char	   *end;

	for (uint32 at = 0; at < tally->used;)
	{
		EntryHead	head = ReadHead(tally->entry + at);

		if (head.length == length &&
			memcmp(tally->entry + at + ENTRY_HEAD, text, length) == 0)
		{
			if (pg_add_s64_overflow(head.count, times, &head.count))
				ereport(ERROR,
						(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
						 errmsg("a count is out of range")));
			memcpy(tally->entry + at, &head.count, sizeof(head.count));
			return tally;
		}
		at += ENTRY_HEAD + head.length;
	}
	if ((uint64) tally->used + ENTRY_HEAD + length > tally->room)
	{
		uint64		room = (uint64) tally->room * 2 + ENTRY_HEAD + length;

		if (room > MaxAllocSize / 2)
			ereport(ERROR,
					(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED), errmsg("a tally is too large")));
		tally = repalloc(tally, offsetof(Tally, entry) + room);
		tally->room = (uint32) room;
	}
	end = tally->entry + tally->used;
	memcpy(end, &times, sizeof(times));
	memcpy(end + sizeof(times), &length, sizeof(length));
	memcpy(end + ENTRY_HEAD, text, length);
	tally->used += ENTRY_HEAD + length;
	return tally;
}

/*
 * Add what a tally says that was written; what was written otherwise is an error.
 * Words must be text of the database, since they come out as jsonb, and counts
 * above 0.  The same word may come twice: its counts are added.
 */
static Tally *
AddWritten(Tally *tally, const bytea *written)
{
	const char *at = VARDATA_ANY(written);
	size_t		left = VARSIZE_ANY_EXHDR(written);

	while (left > 0)
	{
		EntryHead	head = {0};

		if (left >= ENTRY_HEAD)
		{
			head = ReadHead(at);
			at += ENTRY_HEAD;
			left -= ENTRY_HEAD;
		}
		if (head.length == 0 || head.length > left || head.count <= 0 ||
			!pg_verifymbstr(at, head.length, true))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
					 errmsg("this is no tally")));
		tally = Add(tally, at, head.length, head.count);
		at += head.length;
		left -= head.length;
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
			tally = Add(tally, VARDATA_ANY(word), VARSIZE_ANY_EXHDR(word), 1);
	}
	PG_RETURN_POINTER(tally);
}

/* Transition of hcc_tally(bytea) */
Datum
hcc_tally_add(PG_FUNCTION_ARGS)
{
	Tally	   *tally = TallySoFar(fcinfo);

	if (!PG_ARGISNULL(1))
		tally = AddWritten(tally, PG_GETARG_BYTEA_PP(1));
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
	for (uint32 at = 0; other != NULL && at < other->used;)
	{
		EntryHead	head = ReadHead(other->entry + at);

		tally = Add(tally, other->entry + at + ENTRY_HEAD, head.length, head.count);
		at += ENTRY_HEAD + head.length;
	}
	PG_RETURN_POINTER(tally);
}

/*
 * Entries by their words, whatever the order of the rows was: equal tallies have
 * equal bytes, whichever plan has computed them.  By bytes, not by a collation,
 * which may change.
 */
static int
CompareEntries(const void *a, const void *b)
{
	const char *x = *(const char *const *) a;
	const char *y = *(const char *const *) b;
	uint32		x_length = ReadHead(x).length;
	uint32		y_length = ReadHead(y).length;
	int			order = memcmp(x + ENTRY_HEAD, y + ENTRY_HEAD, Min(x_length, y_length));

	return order != 0 ? order : x_length < y_length ? -1 : x_length > y_length;
}

/*
 * A tally as bytea, to hand on or as the result of hcc_tally(text); the tally
 * itself stays as it is, for a final function may be called again
 */
Datum
hcc_tally_write(PG_FUNCTION_ARGS)
{
	Tally	   *tally;
	StringInfoData buf;
	const char **entry;
	int			n = 0;

	(void) TallyContext(fcinfo);
	tally = (Tally *) PG_GETARG_POINTER(0);
	pq_begintypsend(&buf);
	entry = palloc(sizeof(char *) * (tally->used / ENTRY_HEAD + 1));
	for (uint32 at = 0; at < tally->used; at += ENTRY_HEAD + ReadHead(tally->entry + at).length)
		entry[n++] = tally->entry + at;
	qsort(entry, n, sizeof(char *), CompareEntries);
	for (int i = 0; i < n; i++)
		pq_sendbytes(&buf, entry[i], ENTRY_HEAD + ReadHead(entry[i]).length);
	pfree(entry);
	PG_RETURN_BYTEA_P(pq_endtypsend(&buf));
}

/* A tally that was handed on, in the current memory context, which is short-lived */
Datum
hcc_tally_read(PG_FUNCTION_ARGS)
{
	Tally	   *tally;

	(void) TallyContext(fcinfo);
	tally = NewTally(CurrentMemoryContext);
	PG_RETURN_POINTER(AddWritten(tally, PG_GETARG_BYTEA_PP(0)));
}

/* The result of hcc_tally(bytea), an object of counts; jsonb puts its keys in order */
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
	for (uint32 at = 0; at < tally->used;)
	{
		EntryHead	head = ReadHead(tally->entry + at);

		if (at > 0)
			appendStringInfoChar(&json, ',');
		escape_json(&json, pnstrdup(tally->entry + at + ENTRY_HEAD, head.length));
		appendStringInfo(&json, ":" INT64_FORMAT, head.count);
		at += ENTRY_HEAD + head.length;
	}
	appendStringInfoChar(&json, '}');
	PG_RETURN_DATUM(DirectFunctionCall1(jsonb_in, CStringGetDatum(json.data)));
}
