/*
 * import_id.c
 *	  Identifiers of our own for what sources have named.
 *
 * An identifier is a function of the name alone, so that a second load finds the row
 * of the first without asking, in any session, on any server, in any order.  In return
 * it must never change: what is hashed, and how, is in the data of every panel.
 *
 * It gives what the SQL function import_hash() and a cast gave (a test compares the
 * two), and is C because a load asks for one or two for each row: as SQL it was not put
 * in the place of its calls, and an executor was started for each, a quarter of the
 * time of a load.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/bytea.h"
#include "utils/fmgrprotos.h"

PG_FUNCTION_INFO_V1(import_id);

/*
 * What import_hash gives: of what is named, how long the name of who named it is, both names.
 *
 * The length, in characters, keeps ("a:b", "c") from being ("a", "b:c"); kinds are our
 * own words and have no colon.  In UTF-8, so that databases of different encodings
 * give a name one identifier.  32 bytes, in the caller's context.
 */
static const unsigned char *
NameHash(text *kind, text *system, text *value)
{
	StringInfoData name;
	Datum		bytes;

	initStringInfo(&name);
	appendBinaryStringInfo(&name, VARDATA_ANY(kind), VARSIZE_ANY_EXHDR(kind));
	appendStringInfo(&name, ":%d:", pg_mbstrlen_with_len(VARDATA_ANY(system),
														 VARSIZE_ANY_EXHDR(system)));
	appendBinaryStringInfo(&name, VARDATA_ANY(system), VARSIZE_ANY_EXHDR(system));
	appendStringInfoChar(&name, ':');
	appendBinaryStringInfo(&name, VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value));
	bytes = DirectFunctionCall2(pg_convert_to,
								PointerGetDatum(cstring_to_text_with_len(name.data, name.len)),
								CStringGetDatum("UTF8"));
	return (unsigned char *) VARDATA_ANY(DatumGetByteaPP(DirectFunctionCall1(sha256_bytea,
																			 bytes)));
}

/*
 * import_id(kind, system, value, type) -> the identifier as text; NULL: no room for one
 *
 * The type is that of the panel's identifiers.  As text, for a function has one type of
 * result, and the caller casts.  An integer has no room: of some fifty thousand
 * people two would share one as likely as not.  Such a panel numbers its patients
 * itself.
 */
Datum
import_id(PG_FUNCTION_ARGS)
{
	text	   *kind = PG_GETARG_TEXT_PP(0);
	text	   *system = PG_GETARG_TEXT_PP(1);
	text	   *value = PG_GETARG_TEXT_PP(2);
	Oid			type = PG_GETARG_OID(3);
	unsigned char id[16];
	char		hex[32];
	StringInfoData named;

	if (type != UUIDOID && type != INT8OID && type != TEXTOID)
		PG_RETURN_NULL();
	initStringInfo(&named);
	/*
	 * A text shows who named it.  Of a patient it is the name itself, which people look
	 * for; other names are long keys, of which the hash is enough.
	 */
	if (type == TEXTOID)
	{
		appendBinaryStringInfo(&named, VARDATA_ANY(system), VARSIZE_ANY_EXHDR(system));
		appendStringInfoChar(&named, ':');
		if (VARSIZE_ANY_EXHDR(kind) == 7 && memcmp(VARDATA_ANY(kind), "patient", 7) == 0)
		{
			appendBinaryStringInfo(&named, VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value));
			PG_RETURN_TEXT_P(cstring_to_text_with_len(named.data, named.len));
		}
	}
	memcpy(id, NameHash(kind, system, value), sizeof(id));
	if (type == INT8OID)
	{
		uint64		number = 0;

		/* the first eight bytes, highest first; 62 bits of them, which are never negative */
		for (int i = 0; i < 8; i++)
			number = number << 8 | id[i];
		appendStringInfo(&named, UINT64_FORMAT, number & UINT64CONST(0x3FFFFFFFFFFFFFFF));
		PG_RETURN_TEXT_P(cstring_to_text_with_len(named.data, named.len));
	}
	if (type == UUIDOID)
	{
		/* version 8, variant 10: the bits of a UUID made by a rule of one's own */
		id[6] = (id[6] & 0x0F) | 0x80;
		id[8] = (id[8] & 0x3F) | 0x80;
	}
	hex_encode((const char *) id, sizeof(id), hex);
	appendBinaryStringInfo(&named, hex, sizeof(hex));
	PG_RETURN_TEXT_P(cstring_to_text_with_len(named.data, named.len));
}
