/*
 * import_source.c
 *	  The bytes of a file, piece by piece: of one value, or of the rows of a
 *	  cursor.
 *
 * A file may be larger than any value, so what is staged lies in rows, and
 * whoever reads it opens a cursor over them, in order, and gives its name. A
 * few rows are fetched at a time: what is held of a file is these.
 *
 * A cursor and no query, for this does not know where the bytes lie: the staging
 * tables are a panel's, a test reads from anything, and the right to read them was
 * checked when the caller opened it. The cursor is left where reading ended, and
 * the caller closes it.
 *
 * Between open and close of a cursor SPI is connected. Its own memory contexts go
 * with it, so that each call leads back to the context of the caller, and a piece is
 * a copy there: a reader's last line is used when all has been read. Should anything
 * raise in between, the server itself is done with SPI.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/portal.h"
#include "utils/tuplestore.h"

#include "import_source.h"

PG_FUNCTION_INFO_V1(import_lines);
PG_FUNCTION_INFO_V1(import_text);

/* hccraf-import stages chunks of 4 MB: what lies in memory is a few times that, no more */
#define FETCHED_AT_ONCE 4

/*
 * A longer line is no record of any format, and a file without line ends must not be
 * taken into memory as one.  A sixteenth of what a value can have, so that a line can
 * still become text in another encoding and jsonb.
 */
#define LONGEST_LINE (64 * 1024 * 1024)

/* A file: one value (portal is NULL), or the rows of a cursor */
struct ImportSource
{
	struct varlena *value;		/* the one value, until it has been given; the piece at hand */
	Portal		portal;			/* or the cursor */
	uint64		fetched;		/* rows at hand in SPI_tuptable, and the next of them */
	uint64		next;
};

/*
 * What an argument of type bytea or refcursor gives.  For a cursor the caller
 * must be done with SPI before it returns: import_source_close.
 *
 * Allocates in the caller's context, and comes back in it.  Raises if there is no such
 * cursor or it gives something else than bytes; that the argument is not NULL the
 * caller, or STRICT, has seen to.
 */
ImportSource *
import_source_open(FunctionCallInfo fcinfo, int argument)
{
	ImportSource *source = palloc0(sizeof(ImportSource));
	MemoryContext caller = CurrentMemoryContext;
	char	   *name;
	Oid		   *types;
	int			n;

	/*
	 * Of the function, for whoever calls it from C need not say what it gives: without
	 * an expression get_fn_expr_argtype() knows nothing.
	 */
	get_func_signature(fcinfo->flinfo->fn_oid, &types, &n);
	if (argument >= n || types[argument] != REFCURSOROID)
	{
		source->value = PG_GETARG_VARLENA_PP(argument);
		return source;
	}
	name = TextDatumGetCString(PG_GETARG_DATUM(argument));
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	/* SPI_connect() leaves behind its own context, too */
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
 *
 * The last piece stays when it is false, and also after import_source_close(): a line
 * or segment that was found in it may still be in use.  A chunk that is NULL is an
 * error, for nobody could say what the file lacks.
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
			/* a copy, of one that is not toasted, too: the next fetch frees the rows */
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

/*
 * See the header.
 *
 * All formats are UTF-8, whatever the database has.  Nothing here raises, for the
 * message would show bytes of a patient's record; what has no place in the
 * database's encoding is no text there.  SQL_ASCII takes bytes as they are, and ASCII
 * is the same in every encoding, so that most texts need no conversion.
 */
bool
import_text_datum(const char *bytes, size_t length, Datum *value)
{
	int			encoding = GetDatabaseEncoding();

	/* refuses a NUL, too, which is UTF-8 and no text of the server's */
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

			/* the user may have dropped it; and palloc would raise for too much */
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

/* ---- lines ---- */

/*
 * Lines of a file.  One that lies in a piece as a whole is given where it lies; only
 * what is cut in two by the end of a piece is copied together.
 */
struct ImportLines
{
	ImportSource *source;
	const char *at;				/* what is left of the piece at hand */
	const char *end;
	int64		position;		/* of the last line that was given, from 1 */
	StringInfoData part;		/* a line that began in an earlier piece */
	bool		too_long;		/* that line is: part has only its beginning */
};

/* The lines of what import_source_open takes */
ImportLines *
import_lines_open(FunctionCallInfo fcinfo, int argument)
{
	ImportLines *lines = palloc0(sizeof(ImportLines));

	lines->source = import_source_open(fcinfo, argument);
	initStringInfo(&lines->part);
	return lines;
}

/*
 * Add bytes to what there is of a line, unless that is longer than any may be.  Then
 * the rest is passed over to its end: the next line is read, and this one counted.
 */
static void
AddToLine(ImportLines *lines, const char *bytes, size_t length)
{
	lines->too_long |= lines->part.len + length > LONGEST_LINE;
	if (!lines->too_long)
		appendBinaryStringInfo(&lines->part, bytes, (int) length);
}

/*
 * A line is complete: number it, and leave out what is none of it, the mark of the
 * encoding before the first and the CR of CR LF.  The length is compared before that,
 * so that a line has the same fate however it was cut into pieces.
 */
static void
GiveLine(ImportLines *lines, const char *bytes, size_t length, ImportLine *line)
{
	line->position = ++lines->position;
	line->too_long = lines->too_long || length > LONGEST_LINE;
	if (line->position == 1 && length >= 3 && memcmp(bytes, "\xEF\xBB\xBF", 3) == 0)
	{
		bytes += 3;
		length -= 3;
	}
	if (length > 0 && bytes[length - 1] == '\r')
		length--;
	line->bytes = bytes;
	line->length = length;
}

/*
 * The next line, which stays until the next call; false after the last.
 *
 * Line ends are LF or CR LF; a BOM at the beginning is no part of the first
 * line, and what ends without a line end is a line if it is not empty.
 */
bool
import_lines_next(ImportLines *lines, ImportLine *line)
{
	size_t		length;

	/* the line before has been used by now */
	resetStringInfo(&lines->part);
	lines->too_long = false;
	do
	{
		const char *begin = lines->at;
		size_t		left = lines->end - begin;
		const char *end = left > 0 ? memchr(begin, '\n', left) : NULL;

		lines->at = end != NULL ? end + 1 : lines->end;
		length = end != NULL ? end - begin : left;
		if (end != NULL && lines->part.len == 0 && !lines->too_long)
		{
			GiveLine(lines, begin, length, line);
			return true;
		}
		AddToLine(lines, begin, length);
		if (end != NULL)
		{
			GiveLine(lines, lines->part.data, lines->part.len, line);
			return true;
		}
		if (!import_source_next(lines->source, &lines->at, &length))
			break;
		lines->end = lines->at + length;
	} while (true);
	/* called again it finds nothing more, neither here nor at the source */
	lines->at = lines->end;
	if (lines->part.len == 0 && !lines->too_long)
		return false;
	GiveLine(lines, lines->part.data, lines->part.len, line);
	return true;
}

/* Be done with the cursor, as import_source_close. */
void
import_lines_close(ImportLines *lines)
{
	import_source_close(lines->source);
}

/*
 * import_lines(bytea or refcursor) -> (position, line) of each line
 *
 * Lines are bytea: whether they are text is asked of one record at a time
 * (import_text), so that one bad byte costs a record and not the file.  A line that is
 * too long is a row without a line, for it has to be counted and refused.
 */
Datum
import_lines(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	ImportLines *lines;
	ImportLine	line;

	InitMaterializedSRF(fcinfo, 0);
	lines = import_lines_open(fcinfo, 0);
	while (import_lines_next(lines, &line))
	{
		Datum		values[2] = {Int64GetDatum(line.position), (Datum) 0};
		bool		nulls[2] = {false, line.too_long};
		text	   *bytes =
			line.too_long ? NULL : cstring_to_text_with_len(line.bytes, (int) line.length);

		values[1] = PointerGetDatum(bytes);
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
		if (bytes != NULL)
			pfree(bytes);
	}
	import_lines_close(lines);
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
