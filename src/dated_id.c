/*
 * dated_id.c
 *	  hcc_dated_id: random identifiers in the order of time.
 *
 * An index of random identifiers is written to in random places, and a million
 * of them cost more than all else that a row costs.  With the time in front,
 * as in version 7 of RFC 9562, a row's place is beside that of the row before.
 */
#include "postgres.h"

#include "datatype/timestamp.h"
#include "fmgr.h"
#include "utils/timestamp.h"
#include "utils/uuid.h"

PG_FUNCTION_INFO_V1(hcc_dated_id);

#define USECS_BEFORE_2000 \
	((POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * USECS_PER_DAY)

/* hcc_dated_id(id, moment): the id with the moment in its first 48 bits */
Datum
hcc_dated_id(PG_FUNCTION_ARGS)
{
	const pg_uuid_t *id = PG_GETARG_UUID_P(0);
	TimestampTz moment = PG_GETARG_TIMESTAMPTZ(1);
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
	*dated = *id;
	for (int i = 5; i >= 0; i--)
	{
		dated->data[i] = (unsigned char) (milliseconds & 0xFF);
		milliseconds >>= 8;
	}
	dated->data[6] = 0x70 | (dated->data[6] & 0x0F);	/* version */
	dated->data[8] = 0x80 | (dated->data[8] & 0x3F);	/* variant */
	PG_RETURN_UUID_P(dated);
}
