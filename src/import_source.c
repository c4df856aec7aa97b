/*
 * import_source.c
 *	  The bytes of a file, piece by piece: of one value, or of the rows of a
 *	  cursor.
 *
 * A file may be larger than any value, so what is staged lies in rows, and
 * whoever reads it opens a cursor over them, in order, and gives its name. A
 * few rows are fetched at a time: what is held of a file is these.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/portal.h"
#include "utils/tuplestore.h"

#include "import_source.h"

PG_FUNCTION_INFO_V1(import_lines);
PG_FUNCTION_INFO_V1(import_text);

#define FETCHED_AT_ONCE 4
#define LONGEST_LINE (64 * 1024 * 1024)

struct ImportSource
{
	struct varlena *value;		/* the one value, until it has been given */
	Portal		portal;			/* or the cursor */
	uint64		fetched;		/* rows at hand, and the next of them */
	uint64		next;
};

/*
 * What an argument of type bytea or refcursor gives.  For a cursor the caller
 * must be done with SPI before it returns: import_source_close.
 */
ImportSource *
import_source_open(FunctionCallInfo fcinfo, int argument)
{
	ImportSource *source = palloc0(sizeof(ImportSource));
	MemoryContext caller = CurrentMemoryContext;
	char	   *name;
	Oid		   *types;
	int			n;

	/* of the function, for whoever calls it from C need not say what it gives */
	get_func_signature(fcinfo->flinfo->fn_oid, &types, &n);
	if (argument >= n || types[argument] != REFCURSOROID)
	{
		source->value = PG_GETARG_VARLENA_PP(argument);
		return source;
	}
	name = TextDatumGetCString(PG_GETARG_DATUM(argument));
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	MemoryContextSwitchTo(caller);
	source->portal = SPI_cursor_find(name);
	if (!PortalIsValid(source->portal))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_CURSOR),
				 errmsg("cursor \"%s\" does not exist", name),
				 errhint("Open one over the chunks of a file, in order.")));
	if (source->portal->tupDesc == NULL || source->portal->tupDesc->natts != 1 ||
		TupleDescAttr(source->portal->tupDesc, 0)->atttypid != BYTEAOID)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("cursor \"%s\" does not give one column of type bytea", name)));
	return source;
}

/*
 * The next bytes, which stay until the next call; false after the last.  A
 * piece has at least one byte.
 */
bool
import_source_next(ImportSource *source, const char **bytes, size_t *length)
{
	struct varlena *piece;

	do
	{
		CHECK_FOR_INTERRUPTS();
		if (source->portal == NULL)
		{
			piece = source->value;
			source->value = NULL;
			if (piece == NULL)
				return false;
		}
		else
		{
			bool		isnull;
			Datum		value;

			if (source->next >= source->fetched)
			{
				/* it leaves behind SPI's context, which SPI_finish frees */
				MemoryContext caller = CurrentMemoryContext;

				SPI_freetuptable(SPI_tuptable);
				SPI_cursor_fetch(source->portal, true, FETCHED_AT_ONCE);
				MemoryContextSwitchTo(caller);
				source->fetched = SPI_processed;
				source->next = 0;
				if (source->fetched == 0)
					return false;
			}
			value = SPI_getbinval(SPI_tuptable->vals[source->next++], SPI_tuptable->tupdesc, 1,
								  &isnull);
			if (isnull)
				ereport(ERROR,
						(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
						 errmsg("a chunk of the file is NULL")));
			if (source->value != NULL)
				pfree(source->value);
			piece = source->value = PG_DETOAST_DATUM_COPY(value);
		}
		*bytes = VARDATA_ANY(piece);
		*length = VARSIZE_ANY_EXHDR(piece);
	} while (*length == 0);
	return true;
}

/* Be done with the cursor; it stays where it is. */
void
import_source_close(ImportSource *source)
{
	if (source->portal != NULL)
		SPI_finish();
}

/* See the header. */
bool
import_text_datum(const char *bytes, size_t length, Datum *value)
{
	int			encoding = GetDatabaseEncoding();

	if (pg_encoding_verifymbstr(PG_UTF8, bytes, (int) length) != (int) length)
		return false;
	if (encoding != PG_UTF8 && encoding != PG_SQL_ASCII)
	{
		size_t		ascii = 0;

		while (ascii < length && !IS_HIGHBIT_SET(bytes[ascii]))
			ascii++;
		if (ascii < length)
		{
			Oid			conversion = FindDefaultConversionProc(PG_UTF8, encoding);
			size_t		room = length * MAX_CONVERSION_GROWTH + 1;
			unsigned char *converted;

			if (!OidIsValid(conversion) || room > MaxAllocSize)
				return false;
			converted = palloc(room);
			/* without raising, for the message would show the bytes */
			if (pg_do_encoding_conversion_buf(conversion, PG_UTF8, encoding,
											  (unsigned char *) unconstify(char *, bytes),
											  (int) length, converted, (int) room,
											  true) != (int) length)
				return false;
			*value = CStringGetTextDatum((char *) converted);
			pfree(converted);
			return true;
		}
	}
	*value = PointerGetDatum(cstring_to_text_with_len(bytes, (int) length));
	return true;
}

/* A line that goes on in the next pieces, as far as it has come */
typedef struct PartOfLine
{
	char	   *bytes;
	size_t		length;
	size_t		room;
	bool		too_long;
} PartOfLine;

/* Add bytes to what there is of a line, unless that is longer than any may be. */
static void
AddToLine(PartOfLine *part, const char *bytes, size_t length)
{
	if (part->too_long || part->length + length > LONGEST_LINE)
	{
		part->too_long = true;
		return;
	}
	if (part->length + length > part->room)
	{
		part->room = Max(2 * part->room, Max(part->length + length, 8192));
		part->bytes =
			part->bytes == NULL ? palloc(part->room) : repalloc(part->bytes, part->room);
	}
	memcpy(part->bytes + part->length, bytes, length);
	part->length += length;
}

/* Put one line into the result; NULL if it is too long. */
static void
PutLine(ReturnSetInfo *result, int64 position, const char *bytes, size_t length, bool too_long)
{
	Datum		values[2];
	bool		nulls[2] = {false, too_long};
	bytea	   *line = NULL;

	values[0] = Int64GetDatum(position);
	if (!too_long)
	{
		if (length > 0 && bytes[length - 1] == '\r')
			length--;
		line = palloc(VARHDRSZ + length);
		SET_VARSIZE(line, VARHDRSZ + length);
		memcpy(VARDATA(line), bytes, length);
	}
	values[1] = PointerGetDatum(line);
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	if (line != NULL)
		pfree(line);
}

/*
 * import_lines(bytea or refcursor) -> (position, line) of each line.
 *
 * Line ends are LF or CR LF; a BOM at the beginning is no part of the first
 * line, and what ends without a line end is a line if it is not empty.
 */
Datum
import_lines(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	ImportSource *source;
	PartOfLine	part = {NULL};
	const char *bytes;
	size_t		length;
	int64		position = 0;

	InitMaterializedSRF(fcinfo, 0);
	source = import_source_open(fcinfo, 0);
	while (import_source_next(source, &bytes, &length))
	{
		const char *end = bytes + length;
		const char *line_end;

		while ((line_end = memchr(bytes, '\n', end - bytes)) != NULL)
		{
			const char *line = bytes;
			size_t		size = line_end - bytes;

			if (part.length > 0 || part.too_long)
			{
				AddToLine(&part, bytes, size);
				line = part.bytes;
				size = part.length;
			}
			if (++position == 1 && !part.too_long && size >= 3 &&
				memcmp(line, "\xEF\xBB\xBF", 3) == 0)
			{
				line += 3;
				size -= 3;
			}
			PutLine(result, position, line, size, part.too_long || size > LONGEST_LINE);
			part.length = 0;
			part.too_long = false;
			bytes = line_end + 1;
		}
		AddToLine(&part, bytes, end - bytes);
	}
	if (part.length > 0 || part.too_long)
		PutLine(result, position + 1, part.bytes, part.length, part.too_long);
	import_source_close(source);
	return (Datum) 0;
}

/* import_text(bytea) -> the text that the bytes are in UTF-8, or NULL */
Datum
import_text(PG_FUNCTION_ARGS)
{
	bytea	   *bytes = PG_GETARG_BYTEA_PP(0);
	Datum		value;

	if (!import_text_datum(VARDATA_ANY(bytes), VARSIZE_ANY_EXHDR(bytes), &value))
		PG_RETURN_NULL();
	PG_RETURN_DATUM(value);
}
