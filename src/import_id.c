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
#include "common/cryptohash.h"
#include "common/sha2.h"
#include "fmgr.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/uuid.h"

PG_FUNCTION_INFO_V1(import_id);
PG_FUNCTION_INFO_V1(hcc_import_ids_uuid);
PG_FUNCTION_INFO_V1(hcc_import_ids_bigint);
PG_FUNCTION_INFO_V1(hcc_import_ids_integer);
PG_FUNCTION_INFO_V1(hcc_import_ids_text);

/*
 * What is hashed of a name, all but its end: of what is named, how long the name of who
 * named it is, and that name.
 *
 * The length, in characters, keeps ("a:b", "c") from being ("a", "b:c"); kinds are our
 * own words and have no colon.
 */
static void
BeginName(StringInfo name, const char *kind, int kind_length, text *system)
{
	appendBinaryStringInfo(name, kind, kind_length);
	appendStringInfo(name, ":%d:", pg_mbstrlen_with_len(VARDATA_ANY(system),
														VARSIZE_ANY_EXHDR(system)));
	appendBinaryStringInfo(name, VARDATA_ANY(system), VARSIZE_ANY_EXHDR(system));
	appendStringInfoChar(name, ':');
}

/*
 * Hash a whole name, as import_hash does: in UTF-8, so that databases of different
 * encodings give a name one identifier.
 */
static void
HashName(pg_cryptohash_ctx *context, StringInfo name, unsigned char *hash)
{
	char	   *bytes = pg_server_to_any(name->data, name->len, PG_UTF8);
	size_t		length = bytes == name->data ? name->len : strlen(bytes);

	if (pg_cryptohash_init(context) < 0 ||
		pg_cryptohash_update(context, (uint8 *) bytes, length) < 0 ||
		pg_cryptohash_final(context, hash, PG_SHA256_DIGEST_LENGTH) < 0)
		elog(ERROR, "could not compute SHA-256 hash: %s", pg_cryptohash_error(context));
	if (bytes != name->data)
		pfree(bytes);
}

/* The number of a hash: its first eight bytes, highest first; 62 bits, never negative */
static int64
NumberOfHash(const unsigned char *hash)
{
	uint64		number = 0;

	for (int i = 0; i < 8; i++)
		number = number << 8 | hash[i];
	return number & UINT64CONST(0x3FFFFFFFFFFFFFFF);
}

/* Make the first 16 bytes of a hash a UUID by a rule of one's own: version 8, variant 10 */
static void
HashToUuid(unsigned char *hash)
{
	hash[6] = (hash[6] & 0x0F) | 0x80;
	hash[8] = (hash[8] & 0x3F) | 0x80;
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
	unsigned char id[PG_SHA256_DIGEST_LENGTH];
	char		hex[32];
	StringInfoData named;
	StringInfoData name;
	pg_cryptohash_ctx *context;

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
	initStringInfo(&name);
	BeginName(&name, VARDATA_ANY(kind), VARSIZE_ANY_EXHDR(kind), system);
	appendBinaryStringInfo(&name, VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value));
	context = pg_cryptohash_create(PG_SHA256);
	HashName(context, &name, id);
	pg_cryptohash_free(context);
	if (type == INT8OID)
	{
		appendStringInfo(&named, INT64_FORMAT, NumberOfHash(id));
		PG_RETURN_TEXT_P(cstring_to_text_with_len(named.data, named.len));
	}
	if (type == UUIDOID)
		HashToUuid(id);
	hex_encode((const char *) id, 16, hex);
	appendBinaryStringInfo(&named, hex, sizeof(hex));
	PG_RETURN_TEXT_P(cstring_to_text_with_len(named.data, named.len));
}

/*
 * import_id('diagnosis', system, concat_ws('|', before, code, behind)) of each code, as an
 * array of the type; NULL where one of the first three is.
 *
 * One call for a claim: what is the same for its codes is written once, and the
 * identifiers are never texts.
 */
static Datum
IdsOfCodes(FunctionCallInfo fcinfo, Oid type)
{
	text	   *system;
	text	   *before;
	Datum	   *codes;
	bool	   *nulls;
	Datum	   *ids;
	int			n;
	int			common;
	StringInfoData name;
	pg_cryptohash_ctx *context;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1) || PG_ARGISNULL(2))
		PG_RETURN_NULL();
	system = PG_GETARG_TEXT_PP(0);
	before = PG_GETARG_TEXT_PP(1);
	deconstruct_array(PG_GETARG_ARRAYTYPE_P(2), TEXTOID, -1, false, TYPALIGN_INT, &codes, &nulls,
					  &n);
	ids = palloc(Max(n, 1) * sizeof(Datum));
	initStringInfo(&name);
	BeginName(&name, "diagnosis", strlen("diagnosis"), system);
	appendBinaryStringInfo(&name, VARDATA_ANY(before), VARSIZE_ANY_EXHDR(before));
	common = name.len;
	context = pg_cryptohash_create(PG_SHA256);
	for (int i = 0; i < n; i++)
	{
		unsigned char *hash = palloc(PG_SHA256_DIGEST_LENGTH);

		name.len = common;
		if (!nulls[i])
		{
			text	   *code = DatumGetTextPP(codes[i]);

			appendStringInfoChar(&name, '|');
			appendBinaryStringInfo(&name, VARDATA_ANY(code), VARSIZE_ANY_EXHDR(code));
		}
		if (!PG_ARGISNULL(3))
		{
			text	   *behind = PG_GETARG_TEXT_PP(3);

			appendStringInfoChar(&name, '|');
			appendBinaryStringInfo(&name, VARDATA_ANY(behind), VARSIZE_ANY_EXHDR(behind));
		}
		HashName(context, &name, hash);
		if (type == INT8OID)
			ids[i] = Int64GetDatum(NumberOfHash(hash));
		else if (type == UUIDOID)
		{
			HashToUuid(hash);
			ids[i] = PointerGetDatum(hash);
		}
		else
		{
			int			length = VARSIZE_ANY_EXHDR(system);
			text	   *id = palloc(VARHDRSZ + length + 1 + 32);

			SET_VARSIZE(id, VARHDRSZ + length + 1 + 32);
			memcpy(VARDATA(id), VARDATA_ANY(system), length);
			VARDATA(id)[length] = ':';
			hex_encode((const char *) hash, 16, VARDATA(id) + length + 1);
			ids[i] = PointerGetDatum(id);
		}
	}
	pg_cryptohash_free(context);
	if (type == INT8OID)
		PG_RETURN_ARRAYTYPE_P(construct_array(ids, n, type, 8, FLOAT8PASSBYVAL, TYPALIGN_DOUBLE));
	if (type == UUIDOID)
		PG_RETURN_ARRAYTYPE_P(construct_array(ids, n, type, UUID_LEN, false, TYPALIGN_CHAR));
	PG_RETURN_ARRAYTYPE_P(construct_array(ids, n, type, -1, false, TYPALIGN_INT));
}

/* hcc_import_ids(system, before, codes, behind, uuid) -> the identifiers of a claim's rows */
Datum
hcc_import_ids_uuid(PG_FUNCTION_ARGS)
{
	return IdsOfCodes(fcinfo, UUIDOID);
}

/* hcc_import_ids(system, before, codes, behind, bigint) */
Datum
hcc_import_ids_bigint(PG_FUNCTION_ARGS)
{
	return IdsOfCodes(fcinfo, INT8OID);
}

/* hcc_import_ids(system, before, codes, behind, integer): NULL, for there is no room for one */
Datum
hcc_import_ids_integer(PG_FUNCTION_ARGS)
{
	PG_RETURN_NULL();
}

/* hcc_import_ids(system, before, codes, behind, text) */
Datum
hcc_import_ids_text(PG_FUNCTION_ARGS)
{
	return IdsOfCodes(fcinfo, TEXTOID);
}
