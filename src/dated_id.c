/*
 * dated_id.c
 *	  hcc_dated_id: random identifiers in the order of time.
 *
 * An index of random identifiers is written to in random places, and a million
 * of them cost more than all else that a row costs.  With the time in front,
 * as in version 7 of RFC 9562, a row's place is beside that of the row before.
 * Asking for randomness costs more than keeping the index then does, so the rows
 * of a statement share a random start, from which they are numbered on.
 */
#include "postgres.h"

#include "datatype/timestamp.h"
#include "fmgr.h"
#include "utils/timestamp.h"
#include "utils/uuid.h"

PG_FUNCTION_INFO_V1(hcc_dated_id);

#define USECS_BEFORE_2000 \
	((POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * USECS_PER_DAY)

/* Adds to the last 62 bits of an identifier, beyond which nothing is carried. */
static void
add(pg_uuid_t *id, uint64 n)
{
	for (int i = UUID_LEN - 1; i >= 8; i--)
	{
		n += id->data[i];
		id->data[i] = (unsigned char) (n & 0xFF);
		n >>= 8;
	}
}

/*
 * hcc_dated_id(start, moment, n): the start plus n, with the moment in its first
 * 48 bits.  Those of one start and moment are in the order of n, but where the
 * start is so near the end of its bits that they begin again, which no random
 * one in the lifetime of a table is.
 */
Datum
hcc_dated_id(PG_FUNCTION_ARGS)
{
	const pg_uuid_t *start = PG_GETARG_UUID_P(0);
	TimestampTz moment = PG_GETARG_TIMESTAMPTZ(1);
	int64		n = PG_GETARG_INT64(2);
	int64		milliseconds;
	pg_uuid_t  *dated;

	/* a time whose milliseconds since 1970 fit into 48 bits */
	if (moment < -USECS_BEFORE_2000 || TIMESTAMP_NOT_FINITE(moment) ||
		moment / 1000 > (INT64CONST(1) << 48) - 1 - USECS_BEFORE_2000 / 1000)
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("the moment of an identifier is out of range")));
	milliseconds = (moment + USECS_BEFORE_2000) / 1000;
	dated = palloc(sizeof(pg_uuid_t));
	*dated = *start;
	for (int i = 5; i >= 0; i--)
	{
		dated->data[i] = (unsigned char) (milliseconds & 0xFF);
		milliseconds >>= 8;
	}
	add(dated, (uint64) n);
	dated->data[6] = 0x70 | (dated->data[6] & 0x0F);	/* version */
	dated->data[8] = 0x80 | (dated->data[8] & 0x3F);	/* variant */
	PG_RETURN_UUID_P(dated);
}
