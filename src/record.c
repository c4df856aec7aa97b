/*
 * record.c
 *	  file_records: the records of a file as rows, by the layout that
 *	  file_layout has of it.
 *
 * The caller's column definition list says which fields are wanted, by name,
 * and only those are read.  What is compiled of list and layout stays with
 * the call site, so that a file in many chunks is looked up once.
 *
 * A claim of CMS has well over a hundred fields and a query wants some: what
 * is not named costs nothing.  COPY was no way: it needs a table with the
 * columns of each release's header, gives up a file at the first line that it
 * cannot read, and has no line numbers.
 *
 * Two kinds of things go wrong.  What is wrong with the layout or the query is
 * an error.  What is wrong with a line is a row with its number, a reason and
 * NULL for all fields, and the lines behind it are read: data must not stop a
 * load, and what is lost must be listed.  Only where the file itself is cut off
 * nothing of it is given.  No message repeats a value, which is a person's.
 *
 * The result is a tuplestore, which spills to disk beyond work_mem.  Memory is
 * one piece of the file, one line that two pieces share, and one row: what a
 * row allocates lies in a context that is emptied after it.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_type_d.h"
#include "fmgr.h"
#include "funcapi.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/datetime.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

#include "compat.h"
#include "core/record.h"
#include "import_source.h"
#include "raise.h"
#include "table_scan.h"

PG_FUNCTION_INFO_V1(file_records);

/*
 * No record is as long; what is longer has lost its line ends.  The bound also
 * keeps a file without any from being collected whole in memory.
 */
#define MAX_LINE (1024 * 1024)

/*
 * A row of file_layout.  In one layout all rows have a start or none has, and
 * all have the same delimiter or none: ReadLayout refuses others.
 */
typedef struct Field
{
	const char *name;
	const char *header;			/* what the header calls it */
	hcc_text	record_type;
	/* byte, or which field of a delimited line, from 1; 0: not there */
	int			start;			/* by_header: set anew for each file */
	int			length;			/* bytes; between delimiters without meaning */
	hcc_value_kind kind;
	bool		required;		/* a line that ends before it is refused */
	bool		custom;			/* the user's, and goes before a shipped one */
} Field;

/* What a column of the caller's list gets */
typedef enum ColumnKind
{
	COLUMN_LINE,
	COLUMN_RECORD_TYPE,
	COLUMN_REASON,
	COLUMN_FIELD,
	COLUMN_WARNING,
	COLUMN_RAW,
	COLUMN_VALUE,
	COLUMN_VALUES				/* fields that are numbered, as an array */
} ColumnKind;

/*
 * Columns that no layout has to have.  They are there for every line, also for
 * one that is refused; a field of the same name cannot be reached.
 */
static const struct
{
	const char *name;
	ColumnKind	kind;
	Oid			type;
}			special_columns[] = {
	{"line", COLUMN_LINE, INT8OID},
	{"record_type", COLUMN_RECORD_TYPE, TEXTOID},
	{"reason", COLUMN_REASON, TEXTOID},
	{"field", COLUMN_FIELD, TEXTOID},
	{"warning", COLUMN_WARNING, TEXTOID},
	{"raw", COLUMN_RAW, BYTEAOID}
};

/* One of the caller's list, in its order; the type is as declared there */
typedef struct Column
{
	const char *name;
	ColumnKind	kind;
	Oid			type;
} Column;

/*
 * The fields that a column has in lines of one record type: one, or of an array
 * all that are numbered 1, 2 and so on; 0 of a special column, and of a field
 * that this type of line does not have, whose column is NULL then
 */
typedef struct ColumnFields
{
	int			n;
	Field	  **field;
} ColumnFields;

/*
 * A type of line, as MAO-004 has a header, details and a trailer; files of one
 * type have the empty one, with which every line begins.  length and needed are
 * bytes, or of delimited lines numbers of fields; needed is at most length.
 */
typedef struct RecordKind
{
	hcc_text	type;			/* how its lines begin */
	size_t		length;			/* of a whole line, by its last field */
	size_t		needed;			/* a line ends here at the earliest */
	ColumnFields *of_column;	/* for each of the reader's columns */
} RecordKind;

/*
 * What a call site has made of the layout and the caller's list, in a memory
 * context of its own below the site's.  header_fields, missing, the starts of
 * fields by_header, and what follows from line on, are of the file that is being
 * read; with the next one they begin anew.  by_header there is a delimiter, too,
 * and header_fields is 0 until the header has been read.
 */
typedef struct Reader
{
	MemoryContext context;		/* all that is here */
	MemoryContext row;			/* what one row allocates; emptied after it */
	const char *file;			/* its name in file_layout */
	const char *version;		/* as asked for, or NULL */
	int			fields;
	Field	   *field;
	char		delimiter;		/* '\0': fields stand at fixed positions */
	bool		by_header;		/* the first line says where the fields are */
	int			header_fields;	/* how many names it has; each line has as many */
	const char *missing;		/* a required field that the header does not have */
	int			kinds;
	RecordKind *kind;
	int			columns;
	Column	   *column;
	hcc_text   *split;			/* room for the fields of a delimited line */
	int64		line;			/* number of the last line */
	size_t		shortest;		/* of the lines so far; 0: there was none */
	size_t		longest;		/* is the last line as long as all before it? */
	StringInfoData begun;		/* a line that goes on in the next bytes */
	bool		carriage;		/* its last byte is a CR, which may be its end */
	Datum	   *values;			/* the row that is being made */
	bool	   *nulls;
} Reader;

/*
 * Why a record cannot be used, or what is to be said of it nevertheless: words
 * for reports, which live forever, and the name of the field at fault.  The
 * first reason stays; nothing of the record is read after it.
 */
typedef struct Refusal
{
	const char *reason;			/* NULL: it can be used */
	const char *field;
	const char *warning;
} Refusal;

/* ---- the layout ---- */

/* The bytes of a string */
static hcc_text
TextOf(const char *string)
{
	return (hcc_text) {string, strlen(string)};
}

/* Are two texts the same, byte for byte? */
static bool
SameText(hcc_text a, hcc_text b)
{
	return a.length == b.length && memcmp(a.text, b.text, a.length) == 0;
}

/* The kind of value that a row of file_layout names */
static hcc_value_kind
ReadKind(const char *name)
{
	for (int kind = 0; kind < HCC_VALUE_KINDS; kind++)
	{
		if (strcmp(hcc_value_kind_names[kind], name) == 0)
			return kind;
	}
	ereport(ERROR,
			(PlainErrcode(ERRCODE_INVALID_OBJECT_DEFINITION),
			 errmsg("a row of \"file_layout\" has unknown type \"%s\"", name)));
}

/* The error for rows of one layout that contradict each other */
pg_noreturn static void
BadLayout(const Reader *reader, const char *what)
{
	ereport(ERROR,
			(PlainErrcode(ERRCODE_INVALID_OBJECT_DEFINITION),
			 errmsg("the layout of file \"%s\" is inconsistent: %s", reader->file, what),
			 errhint("Correct its rows in \"file_layout\".")));
}

/* Is there a field of that name and record type already?  What is custom replaces it. */
static Field *
FindSameField(Reader *reader, hcc_text record_type, const char *name)
{
	for (int i = 0; i < reader->fields; i++)
	{
		if (strcmp(reader->field[i].name, name) == 0 &&
			SameText(reader->field[i].record_type, record_type))
			return &reader->field[i];
	}
	return NULL;
}

/*
 * What distinguishes one version of a layout from another when none was asked
 * for: nothing, so that several are an error.  To take the newest would read a
 * file of last year at the wrong positions, without a word.
 */
static void
CheckVersion(const char **seen, const char *version, const Reader *reader)
{
	if (*seen == NULL)
		*seen = version;
	else if (reader->version == NULL && strcmp(*seen, version) != 0)
		ereport(ERROR,
				(PlainErrcode(ERRCODE_AMBIGUOUS_PARAMETER),
				 errmsg("file \"%s\" has several versions, as \"%s\" and \"%s\"",
						reader->file, *seen, version),
				 errhint("Name one as the third argument.")));
}

/*
 * Read the rows of file_layout of the reader's file and version, in the current
 * memory context, which must be the reader's.  They are checked here and not
 * only by the table: rows of one layout can contradict each other, and a user
 * may have replaced any of them.
 */
static void
ReadLayout(Reader *reader, Oid schema)
{
	TableScan	scan;
	const char *seen = NULL;
	int			room = 64;
	int			version;
	int			record_type;
	int			name;
	int			start;
	int			length;
	int			type;
	int			delimiter;
	int			header;
	int			required;
	int			custom;

	reader->field = palloc(room * sizeof(Field));
	StartScan(&scan, schema, "file_layout", "file", CStringGetTextDatum(reader->file));
	version = ScanColumn(&scan, "version");
	record_type = ScanColumn(&scan, "record_type");
	name = ScanColumn(&scan, "field");
	start = ScanColumn(&scan, "start");
	length = ScanColumn(&scan, "length");
	type = ScanColumn(&scan, "type");
	delimiter = ScanColumn(&scan, "delimiter");
	header = ScanColumn(&scan, "header");
	required = ScanColumn(&scan, "required");
	custom = ScanColumn(&scan, "custom");
	while (NextRow(&scan))
	{
		const char *row_version = ScanText(&scan, version);
		const char *row_delimiter = ScanText(&scan, delimiter);
		char		separates = row_delimiter != NULL ? row_delimiter[0] : '\0';
		Field		row;
		Field	   *same;

		if (reader->version != NULL && strcmp(row_version, reader->version) != 0)
			continue;
		CheckVersion(&seen, row_version, reader);
		row.name = ScanText(&scan, name);
		row.header = ScanText(&scan, header);
		if (row.header == NULL)
			row.header = row.name;
		row.record_type = TextOf(ScanText(&scan, record_type));
		row.start = ScanInt(&scan, start, 0);
		row.length = ScanInt(&scan, length, 0);
		row.kind = ReadKind(ScanText(&scan, type));
		row.required = ScanFlag(&scan, required);
		row.custom = ScanFlag(&scan, custom);
		/* the first row says how the file is written, and the others must agree */
		if (reader->fields == 0)
		{
			reader->delimiter = separates;
			reader->by_header = row.start == 0;
		}
		if (separates != reader->delimiter)
			BadLayout(reader, "its rows differ in delimiter");
		if ((row.start == 0) != reader->by_header)
			BadLayout(reader, "some rows have a start and some have none");
		if (separates == '\0' && (row.start <= 0 || row.length <= 0))
			BadLayout(reader, "without delimiter every row needs start and length");
		/* rows come in any order: the custom one counts, whichever is first */
		same = FindSameField(reader, row.record_type, row.name);
		if (same != NULL)
		{
			if (row.custom)
				*same = row;
			continue;
		}
		if (reader->fields == room)
			reader->field = repalloc(reader->field, (room *= 2) * sizeof(Field));
		reader->field[reader->fields++] = row;
	}
	EndScan(&scan);
	if (reader->fields == 0)
		ereport(ERROR,
				(PlainErrcode(ERRCODE_UNDEFINED_OBJECT),
				 reader->version == NULL
				 ? errmsg("there is no layout of file \"%s\"", reader->file)
				 : errmsg("there is no layout of version \"%s\" of file \"%s\"",
						  reader->version, reader->file),
				 errhint("Its fields are rows of \"file_layout\"; add them.")));
}

/* ---- what the caller asks for ---- */

/*
 * Does a field belong to an array: its name, perhaps a line, and this number?
 * RIF has icd_dgns_cd1, DE-SynPUF icd9_dgns_cd_1.
 */
static bool
IsNumbered(const char *field, const char *name, int number)
{
	size_t		length = strlen(name);
	char		digits[12];

	if (strncmp(field, name, length) != 0)
		return false;
	field += length;
	snprintf(digits, sizeof(digits), "%d", number);
	return strcmp(field, digits) == 0 || (*field == '_' && strcmp(field + 1, digits) == 0);
}

/* The field of a column in lines of a record type, or the number-th of an array; or NULL */
static Field *
FindField(const Reader *reader, const RecordKind *kind, const Column *column, int number)
{
	for (int i = 0; i < reader->fields; i++)
	{
		Field	   *field = &reader->field[i];

		if (SameText(field->record_type, kind->type) &&
			(column->kind == COLUMN_VALUES ? IsNumbered(field->name, column->name, number)
			 : strcmp(field->name, column->name) == 0))
			return field;
	}
	return NULL;
}

/*
 * Can a column of the type hold what a field has?  Text holds everything, as it
 * is written: a way to see what a date is that could not be read.  Numbers that
 * the layout calls text (identifiers, codes) are no numbers: their zeros count.
 */
static bool
TypeFits(Oid type, hcc_value_kind kind)
{
	switch (type)
	{
		case TEXTOID:
		case TEXTARRAYOID:
			return true;
		case DATEOID:
			return kind != HCC_VALUE_TEXT && kind != HCC_VALUE_NUMBER;
		case INT4OID:
		case INT8OID:
		case NUMERICOID:
			return kind == HCC_VALUE_NUMBER;
		default:
			return false;
	}
}

/*
 * Find the fields of a column in lines of a record type; false: there are none.
 * An array goes on from 1 until a number is missing.
 */
static bool
FindColumnFields(const Reader *reader, const RecordKind *kind, const Column *column,
				 ColumnFields *found)
{
	Field	   *field;

	found->n = 0;
	found->field = palloc(reader->fields * sizeof(Field *));
	while ((field = FindField(reader, kind, column, found->n + 1)) != NULL)
	{
		if (!TypeFits(column->type, field->kind))
			ereport(ERROR,
					(PlainErrcode(ERRCODE_DATATYPE_MISMATCH),
					 errmsg("column \"%s\" is declared as %s, field \"%s\" of file \"%s\" is %s",
							column->name, format_type_be(column->type), field->name,
							reader->file, hcc_value_kind_names[field->kind]),
					 errhint("Every field can be text; one of a date can be date, one of a number "
							 "integer, bigint or numeric, and text[] collects numbered ones.")));
		found->field[found->n++] = field;
		if (column->kind == COLUMN_VALUE)
			break;
	}
	return found->n > 0;
}

/* What a column of the caller's list gets, by its name and type */
static Column
ReadColumn(Form_pg_attribute attribute)
{
	Column		column = {pstrdup(NameStr(attribute->attname)), COLUMN_VALUE, attribute->atttypid};

	if (column.type == TEXTARRAYOID)
		column.kind = COLUMN_VALUES;
	for (int i = 0; i < lengthof(special_columns); i++)
	{
		if (strcmp(special_columns[i].name, column.name) != 0)
			continue;
		if (special_columns[i].type != column.type)
			ereport(ERROR,
					(PlainErrcode(ERRCODE_DATATYPE_MISMATCH),
					 errmsg("column \"%s\" is declared as %s, it has to be %s", column.name,
							format_type_be(column.type), format_type_be(special_columns[i].type))));
		column.kind = special_columns[i].kind;
	}
	return column;
}

/*
 * The record types of the layout, the longer ones first: a line is of the first
 * type that it begins with, and the empty one would take them all.
 */
static void
FindRecordKinds(Reader *reader)
{
	reader->kind = palloc0(reader->fields * sizeof(RecordKind));
	for (int i = 0; i < reader->fields; i++)
	{
		hcc_text	type = reader->field[i].record_type;
		int			at = 0;

		while (at < reader->kinds && reader->kind[at].type.length >= type.length &&
			   !SameText(reader->kind[at].type, type))
			at++;
		if (at < reader->kinds && SameText(reader->kind[at].type, type))
			continue;
		memmove(&reader->kind[at + 1], &reader->kind[at],
				(reader->kinds - at) * sizeof(RecordKind));
		reader->kind[at] = (RecordKind) {.type = type};
		reader->kinds++;
	}
}

/*
 * Where a line of a record type ends, and where it may end at the earliest: at
 * the end of its last required field.  Lines lose their blanks, and those of
 * older releases have fewer fields.  With a header nothing is known yet.
 */
static void
MeasureRecordKind(const Reader *reader, RecordKind *kind)
{
	for (int i = 0; i < reader->fields; i++)
	{
		const Field *field = &reader->field[i];
		size_t		end = field->start;

		if (!SameText(field->record_type, kind->type))
			continue;
		if (reader->delimiter == '\0')
			end += field->length - 1;
		kind->length = Max(kind->length, end);
		if (field->required)
			kind->needed = Max(kind->needed, end);
	}
}

/*
 * Make the plan of a call site: which column is which field of which record
 * type.  A column that no record type has is an error, not NULL in every row:
 * it is a name misspelt.
 */
static void
PlanColumns(Reader *reader, TupleDesc list)
{
	reader->columns = list->natts;
	reader->column = palloc(list->natts * sizeof(Column));
	reader->values = palloc(list->natts * sizeof(Datum));
	reader->nulls = palloc(list->natts * sizeof(bool));
	FindRecordKinds(reader);
	for (int k = 0; k < reader->kinds; k++)
	{
		MeasureRecordKind(reader, &reader->kind[k]);
		reader->kind[k].of_column = palloc0(list->natts * sizeof(ColumnFields));
	}
	for (int c = 0; c < list->natts; c++)
	{
		Column	   *column = &reader->column[c];
		bool		found = false;

		*column = ReadColumn(TupleDescAttr(list, c));
		if (column->kind != COLUMN_VALUE && column->kind != COLUMN_VALUES)
			continue;
		for (int k = 0; k < reader->kinds; k++)
			found |= FindColumnFields(reader, &reader->kind[k], column,
									  &reader->kind[k].of_column[c]);
		if (!found)
			ereport(ERROR,
					(PlainErrcode(ERRCODE_UNDEFINED_COLUMN),
					 errmsg("the layout of file \"%s\" has no field \"%s\"", reader->file,
							column->name),
					 errdetail("Beside its fields there are line bigint, record_type text, reason "
							   "text, field text, warning text and raw bytea."),
					 errhint("The fields are rows of \"file_layout\".")));
	}
}

/*
 * Where the header has the fields of the layout; names in any case.  Releases
 * move columns and add others, so that it is the names that count; one that is
 * not there leaves its field at 0, and its values are NULL.  If it is required,
 * every line of the file is refused (bad_layout).
 */
static void
ReadHeader(Reader *reader, hcc_text header)
{
	hcc_text   *name;
	size_t		room = hcc_split(header, reader->delimiter, reader->delimiter == ',', NULL, 0);
	size_t		needed = 0;

	/* a line of delimiters alone has as many fields as bytes, each of 16 bytes here */
	name = palloc_extended(room * sizeof(hcc_text), MCXT_ALLOC_HUGE);
	hcc_split(header, reader->delimiter, reader->delimiter == ',', name, room);
	reader->header_fields = room;
	reader->missing = NULL;
	for (int i = 0; i < reader->fields; i++)
	{
		Field	   *field = &reader->field[i];

		field->start = 0;
		for (size_t n = 0; n < room && field->start == 0; n++)
		{
			hcc_text	column = hcc_trim(name[n]);

			if (column.length >= 2 && column.text[0] == '"')
				column = (hcc_text) {column.text + 1, column.length - 2};
			if (column.length == strlen(field->header) &&
				pg_strncasecmp(column.text, field->header, column.length) == 0)
				field->start = n + 1;
		}
		if (field->start == 0 && field->required && reader->missing == NULL)
			reader->missing = field->name;
		needed = Max(needed, (size_t) field->start);
	}
	pfree(name);
	reader->kind[0].length = needed;
}

/* ---- values ---- */

/* A refusal of a record because of a field */
static void
Refuse(Refusal *refusal, const char *reason, const char *field)
{
	refusal->reason = reason;
	refusal->field = field;
}

/*
 * The bytes of a field in a line, which CheckLine has split if it is delimited.
 * Only files with commas have quotes: of RIF they are characters like others.
 * What stood between quotes may be a copy, in the context of the row.
 */
static hcc_text
FieldText(const Reader *reader, hcc_text line, const Field *field)
{
	hcc_text	text;

	if (reader->delimiter == '\0')
		return hcc_trim(hcc_field_at(line, field->start, field->length));
	if (field->start == 0)
		return (hcc_text) {line.text, 0};
	text = hcc_trim(reader->split[field->start - 1]);
	if (reader->delimiter == ',' && text.length > 0 && text.text[0] == '"')
		text = hcc_trim(hcc_without_quotes(text, palloc(text.length)));
	return text;
}

/* A text value; NULL if it is blank, a refusal if it is none of the server's encoding */
static Datum
TextValue(hcc_text text, const Field *field, bool *isnull, Refusal *refusal)
{
	Datum		value = (Datum) 0;

	if (text.length == 0)
		*isnull = true;
	else if (hcc_is_ascii(text))
		value = PointerGetDatum(cstring_to_text_with_len(text.text, text.length));
	else if (!import_text_datum(text.text, text.length, &value))
		Refuse(refusal, "bad_encoding", field->name);
	return value;
}

/*
 * A number as the type has it; one that does not fit is a refusal.  The text is
 * one that hcc_read_number takes, so that what strtoll leaves over is a point:
 * a fraction is no integer, and is not rounded to one.
 */
static Datum
NumberValue(hcc_text text, Oid type, const Field *field, Refusal *refusal)
{
	char	   *digits = pnstrdup(text.text, text.length);
	char	   *end;
	long long	number;

	if (type == NUMERICOID)
		return DirectFunctionCall3(numeric_in, CStringGetDatum(digits),
								   ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1));
	errno = 0;
	number = strtoll(digits, &end, 10);
	if (*end != '\0' || errno != 0 ||
		(type == INT4OID && (number < PG_INT32_MIN || number > PG_INT32_MAX)))
		Refuse(refusal, "bad_number", field->name);
	return type == INT4OID ? Int32GetDatum((int32) number) : Int64GetDatum((int64) number);
}

/* The value of one field, as the column's type has it */
static Datum
FieldValue(const Reader *reader, hcc_text line, const Field *field, Oid type, bool *isnull,
		   Refusal *refusal)
{
	hcc_text	text = FieldText(reader, line, field);
	hcc_value_state state;
	int32_t		day;

	*isnull = false;
	if (type == TEXTOID || type == TEXTARRAYOID)
		return TextValue(text, field, isnull, refusal);
	state = type == DATEOID ? hcc_read_date(text, field->kind, &day) : hcc_read_number(text);
	if (state == HCC_VALUE_NONE)
		*isnull = true;
	else if (state == HCC_VALUE_BAD)
		Refuse(refusal, type == DATEOID ? "bad_date" : "bad_number", field->name);
	else if (type == DATEOID)
		return DateADTGetDatum(day - POSTGRES_EPOCH_JDATE);
	else
		return NumberValue(text, type, field, refusal);
	return (Datum) 0;
}

/*
 * Numbered fields, up to the last that is not blank; NULL if all are.  Blank ones
 * between are elements that are NULL: an array beside it, of versions or of
 * present-on-admission flags, belongs to it by position.
 */
static Datum
FieldArray(const Reader *reader, hcc_text line, const ColumnFields *fields, bool *isnull,
		   Refusal *refusal)
{
	Datum	   *element = palloc(fields->n * sizeof(Datum));
	bool	   *missing = palloc(fields->n * sizeof(bool));
	int			used = 0;
	int			lower = 1;

	for (int i = 0; i < fields->n && refusal->reason == NULL; i++)
	{
		element[i] = FieldValue(reader, line, fields->field[i], TEXTOID, &missing[i], refusal);
		if (!missing[i])
			used = i + 1;
	}
	*isnull = used == 0 || refusal->reason != NULL;
	if (*isnull)
		return (Datum) 0;
	return PointerGetDatum(construct_md_array(element, missing, 1, &used, &lower, TEXTOID, -1,
											  false, TYPALIGN_INT));
}

/* ---- records ---- */

/* The record type of a line, or NULL */
static RecordKind *
FindRecordKind(const Reader *reader, hcc_text line)
{
	for (int k = 0; k < reader->kinds; k++)
	{
		hcc_text	type = reader->kind[k].type;

		if (line.length >= type.length && memcmp(line.text, type.text, type.length) == 0)
			return &reader->kind[k];
	}
	return NULL;
}

/*
 * The first required field that a line of this length, or so many fields, ends
 * before; of a file with a header, whose lines must have all, the first at all
 */
static const char *
FieldThatIsCutOff(const Reader *reader, const RecordKind *kind, size_t length)
{
	const Field *first = NULL;

	for (int i = 0; i < reader->fields; i++)
	{
		const Field *field = &reader->field[i];
		size_t		end = field->start + (reader->delimiter == '\0' ? field->length - 1 : 0);

		if (SameText(field->record_type, kind->type) && (field->required || reader->by_header) &&
			end > length && (first == NULL || field->start < first->start))
			first = field;
	}
	return first != NULL ? first->name : NULL;
}

/*
 * Is there nothing but delimiters and blanks behind the last field of the
 * layout?  Later releases of files append fields.
 */
static bool
IsBlankBeyond(const Reader *reader, const RecordKind *kind, hcc_text line)
{
	size_t		last = reader->by_header ? reader->header_fields : kind->length;
	const char *at = line.text + Min(kind->length, line.length);

	if (reader->delimiter != '\0')
		at = reader->split[last - 1].text + reader->split[last - 1].length;
	for (; at < line.text + line.length; at++)
	{
		if (*at != ' ' && *at != reader->delimiter)
			return false;
	}
	return true;
}

/*
 * Is a line whole, and are its fields where the layout says?  Splits it if it is
 * delimited; fields that it does not have are empty then, so that whoever reads
 * them need not ask.
 *
 * The order is that of what is known: a header without a required field spoils
 * every line, a short line lacks what it needs whatever its bytes are, and only
 * then it is asked whether bytes that are no ASCII have moved its fields.  Lines
 * longer than the layout are read: later releases append.
 */
static void
CheckLine(Reader *reader, const RecordKind *kind, hcc_text line, Refusal *refusal)
{
	size_t		length = line.length;

	if (reader->delimiter != '\0')
	{
		int			room = reader->by_header ? reader->header_fields : (int) kind->length;

		length = hcc_split(line, reader->delimiter, reader->delimiter == ',', reader->split, room);
		for (int i = length; i < room; i++)
			reader->split[i] = (hcc_text) {line.text, 0};
	}
	if (reader->missing != NULL)
		Refuse(refusal, "bad_layout", reader->missing);
	else if (length < (reader->by_header ? reader->header_fields : kind->needed))
		Refuse(refusal, "short_record", FieldThatIsCutOff(reader, kind, length));
	else if (!hcc_is_ascii(line) &&
			 (memchr(line.text, 0, line.length) != NULL ||
			  (reader->delimiter == '\0' && !hcc_is_sure_of_positions(line, kind->length))))
		Refuse(refusal, "bad_encoding", NULL);
	else if (length > (reader->by_header ? reader->header_fields : kind->length) &&
			 !IsBlankBeyond(reader, kind, line))
		refusal->warning = "long_record";
}

/* A string as a text, or NULL */
static Datum
OptionalText(const char *string, bool *isnull)
{
	*isnull = string == NULL;
	return string != NULL ? CStringGetTextDatum(string) : (Datum) 0;
}

/*
 * Fill in the columns that say about the line and what became of it.  Last, when
 * it is known whether the line was refused; kind may be NULL.
 */
static void
FillSpecialColumns(Reader *reader, const RecordKind *kind, hcc_text line,
				   const Refusal *refusal)
{
	for (int c = 0; c < reader->columns; c++)
	{
		Datum	   *value = &reader->values[c];
		bool	   *isnull = &reader->nulls[c];

		switch (reader->column[c].kind)
		{
			case COLUMN_LINE:
				*value = Int64GetDatum(reader->line);
				*isnull = false;
				break;
			case COLUMN_RECORD_TYPE:
				*value = OptionalText(kind != NULL ? kind->type.text : NULL, isnull);
				break;
			case COLUMN_REASON:
				*value = OptionalText(refusal->reason, isnull);
				break;
			case COLUMN_FIELD:
				*value = OptionalText(refusal->field, isnull);
				break;
			case COLUMN_WARNING:
				*value = OptionalText(refusal->warning, isnull);
				break;
			case COLUMN_RAW:
				/* bytea has the layout of text, and may hold what is none */
				*value = PointerGetDatum(cstring_to_text_with_len(line.text, line.length));
				*isnull = false;
				break;
			default:
				/* of what is refused nothing is given */
				*isnull = *isnull || refusal->reason != NULL;
		}
	}
}

/*
 * The values of a line, or why there are none, into the reader's row; they are
 * in the current memory context and valid until it is emptied.
 */
static void
ReadLine(Reader *reader, hcc_text line)
{
	RecordKind *kind = FindRecordKind(reader, line);
	Refusal		refusal = {NULL, NULL, NULL};

	memset(reader->nulls, true, reader->columns);
	if (line.length > MAX_LINE)
		Refuse(&refusal, "too_long", NULL);
	else if (kind == NULL)
		Refuse(&refusal, "unknown_record_type", NULL);
	else
		CheckLine(reader, kind, line, &refusal);
	for (int c = 0; c < reader->columns && refusal.reason == NULL; c++)
	{
		const ColumnFields *fields = &kind->of_column[c];

		if (fields->n == 0)
			continue;
		if (reader->column[c].kind == COLUMN_VALUES)
			reader->values[c] = FieldArray(reader, line, fields, &reader->nulls[c], &refusal);
		else
			reader->values[c] = FieldValue(reader, line, fields->field[0],
										   reader->column[c].type, &reader->nulls[c], &refusal);
	}
	FillSpecialColumns(reader, kind, line, &refusal);
}

/*
 * ---- files that are cut off ----
 *
 * A file that lost its end while it was copied ends amid a line, mostly, and
 * what is left of that line may look like a record: lines without the blanks
 * at their end are usual.  Its fields were once read as far as they went, and
 * half an identifier is another person's.  So the last line, where nothing
 * ends it, must be whole beyond doubt.
 */

/*
 * Is the last field of a delimited line one that is read, and may there have
 * been more of it?  A date that can be read is whole, and of what is blank
 * nothing is known.
 */
static bool
MayLastFieldGoOn(const Reader *reader, const RecordKind *kind, hcc_text line, int room)
{
	for (int i = 0; i < reader->fields; i++)
	{
		const Field *field = &reader->field[i];
		hcc_text	text;
		int32_t		day;

		if (field->start != room || !SameText(field->record_type, kind->type))
			continue;
		text = FieldText(reader, line, field);
		return text.length > 0 &&
			(field->kind == HCC_VALUE_TEXT || field->kind == HCC_VALUE_NUMBER ||
			 hcc_read_date(text, field->kind, &day) == HCC_VALUE_BAD);
	}
	return false;
}

/*
 * Has a line that nothing ends lost its end?  A record of fixed width is whole
 * where its layout ends, or where all before it do; one with delimiters, if it
 * has its fields and the last of them cannot have gone on.
 */
static bool
IsCutOff(const Reader *reader, hcc_text line)
{
	const RecordKind *kind = FindRecordKind(reader, line);
	int			room;
	size_t		fields;

	if (reader->delimiter == '\0')
		return (kind == NULL || line.length < kind->length) &&
			!(line.length == reader->shortest && line.length == reader->longest);
	if (kind == NULL)
		return true;
	room = reader->by_header ? reader->header_fields : (int) kind->length;
	fields = hcc_split(line, reader->delimiter, reader->delimiter == ',', reader->split, room);
	return fields < (size_t) room ||
		(fields == (size_t) room && MayLastFieldGoOn(reader, kind, line, room));
}

/*
 * Of a file that is cut off nothing is given but that it is: what is missing
 * could be a line, a diagnosis or the cancellation of any claim in it.  The rows
 * that were put are taken back, which a tuplestore can and a stream could not.
 */
static void
PutCutOff(Reader *reader, ReturnSetInfo *result, hcc_text line)
{
	const Refusal refusal = {"truncated", NULL, NULL};

	tuplestore_clear(result->setResult);
	memset(reader->nulls, true, reader->columns);
	FillSpecialColumns(reader, NULL, line, &refusal);
	tuplestore_putvalues(result->setResult, result->setDesc, reader->values, reader->nulls);
}

/* ---- the call ---- */

/* Is what the call site has of the same file and version? */
static bool
IsReaderOf(const Reader *reader, const char *file, const char *version)
{
	return strcmp(reader->file, file) == 0 &&
		(version == NULL ? reader->version == NULL
		 : reader->version != NULL && strcmp(reader->version, version) == 0);
}

/*
 * Make room for the fields of a delimited line, by the layout and, once it was
 * read, the header.  More fields than that are counted by hcc_split, not kept.
 */
static void
MakeRoomForSplit(Reader *reader)
{
	size_t		room = reader->header_fields;

	for (int k = 0; k < reader->kinds; k++)
		room = Max(room, reader->kind[k].length);
	if (reader->split != NULL)
		pfree(reader->split);
	reader->split = MemoryContextAllocExtended(reader->context, (room + 1) * sizeof(hcc_text),
											   MCXT_ALLOC_HUGE);
}

/*
 * The reader of a call site, made anew if the file or version is another one.
 * One that is used again has nothing of the file before: its lines are counted
 * from 1, and its header is still to come.
 *
 * fn_extra is set when all is done, and cleared before the old one goes: an
 * error on the way leaves nothing half made behind.  The call site lives for one
 * query, within which the layout does not change.
 */
static Reader *
GetReader(FunctionCallInfo fcinfo, const char *file, const char *version)
{
	Reader	   *reader = fcinfo->flinfo->fn_extra;
	MemoryContext context;
	MemoryContext caller;

	if (reader != NULL && IsReaderOf(reader, file, version))
	{
		reader->line = 0;
		reader->shortest = reader->longest = 0;
		reader->header_fields = 0;
		resetStringInfo(&reader->begun);
		reader->carriage = false;
		return reader;
	}
	fcinfo->flinfo->fn_extra = NULL;
	if (reader != NULL)
		MemoryContextDelete(reader->context);
	context = AllocSetContextCreate(fcinfo->flinfo->fn_mcxt, "hccraf file layout",
									ALLOCSET_DEFAULT_SIZES);
	caller = MemoryContextSwitchTo(context);
	reader = palloc0(sizeof(Reader));
	reader->context = context;
	reader->file = pstrdup(file);
	reader->version = version != NULL ? pstrdup(version) : NULL;
	ReadLayout(reader, get_func_namespace(fcinfo->flinfo->fn_oid));
	PlanColumns(reader, ((ReturnSetInfo *) fcinfo->resultinfo)->expectedDesc);
	initStringInfo(&reader->begun);
	MakeRoomForSplit(reader);
	reader->row = AllocSetContextCreate(context, "hccraf record", ALLOCSET_DEFAULT_SIZES);
	MemoryContextSwitchTo(caller);
	fcinfo->flinfo->fn_extra = reader;
	return reader;
}

/*
 * A row for a line, or, for the first of a file that has one, its header taken
 * in; ends is whether something ends the line.  All that it allocates is freed,
 * for the tuplestore has a copy.
 *
 * A header that is too long is none: it may be all of the file.  It gets a row that
 * says so, and what follows it has no layout.
 */
static void
PutLine(Reader *reader, ReturnSetInfo *result, hcc_text line, bool ends)
{
	MemoryContext caller = MemoryContextSwitchTo(reader->row);

	CHECK_FOR_INTERRUPTS();
	if (reader->by_header && reader->header_fields == 0 && line.length <= MAX_LINE)
	{
		ReadHeader(reader, line);
		MakeRoomForSplit(reader);
	}
	else if (reader->by_header && reader->header_fields == 0)
	{
		reader->header_fields = 1;
		reader->missing = reader->field[0].name;
		ReadLine(reader, line);
		tuplestore_putvalues(result->setResult, result->setDesc, reader->values, reader->nulls);
	}
	else if (!ends && IsCutOff(reader, line))
		PutCutOff(reader, result, line);
	else
	{
		ReadLine(reader, line);
		tuplestore_putvalues(result->setResult, result->setDesc, reader->values, reader->nulls);
		reader->shortest = reader->shortest == 0 ? line.length : Min(reader->shortest, line.length);
		reader->longest = Max(reader->longest, line.length);
	}
	MemoryContextSwitchTo(caller);
	MemoryContextReset(reader->row);
}

/*
 * Rows for the lines of some bytes, which begin with a line.  A line that reaches
 * the end of the bytes is one that nothing ends: pieces are handed over up to a
 * line end, so that it can only be the last of the file.
 */
static void
PutLines(Reader *reader, ReturnSetInfo *result, const char *bytes, size_t length)
{
	hcc_lines	lines = hcc_lines_begin(bytes, length, reader->line);
	hcc_text	line;

	while (hcc_next_line(&lines, &line))
	{
		reader->line = lines.number;
		PutLine(reader, result, line, line.text + line.length < bytes + length);
	}
	reader->line = lines.number;
}

/*
 * Add bytes to the line that has begun, as far as a line may be long; what is
 * beyond is dropped, and the line is refused.  One byte more than the bound is
 * kept, by which PutBegun knows that it was passed.
 */
static void
GoOnWithLine(Reader *reader, const char *bytes, size_t length)
{
	size_t		room = MAX_LINE + 1 - Min(reader->begun.len, MAX_LINE + 1);

	appendBinaryStringInfo(&reader->begun, bytes, Min(length, room));
	if (length > 0)
		reader->carriage = bytes[length - 1] == '\r';
}

/* Rows for what has begun, whose lines end now */
static void
PutBegun(Reader *reader, ReturnSetInfo *result)
{
	hcc_text	line = {reader->begun.data, reader->begun.len};

	if (line.length <= MAX_LINE)
		PutLines(reader, result, line.text, line.length);
	else
	{
		/* of what is too long the end is not here: whatever it looks like, it is one line */
		reader->line++;
		PutLine(reader, result, line, true);
	}
}

/*
 * file_records(content, file, version): one row per line, with the
 * fields that the column definition list names.
 *
 * The content is bytea, or a cursor over the pieces of a file, which may end
 * anywhere.  Of a piece the lines that end in it are read where they are; only
 * what it begins and does not end is copied, and joined with what follows.  At
 * the end of the file that is its last line.
 *
 * The layout is looked up before a NULL content is: a query that asks for what
 * there is not is an error, whatever the data are.
 */
Datum
file_records(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	Reader	   *reader;
	ImportSource *source;
	const char *bytes;
	size_t		length;

	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	if (PG_ARGISNULL(1))
		ereport(ERROR,
				(PlainErrcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("argument \"file\" must not be null")));
	reader = GetReader(fcinfo, text_to_cstring(PG_GETARG_TEXT_PP(1)),
					   PG_ARGISNULL(2) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(2)));
	if (PG_ARGISNULL(0))
		return (Datum) 0;
	source = import_source_open(fcinfo, 0);
	while (import_source_next(source, &bytes, &length))
	{
		/* a line that has begun in what was before ends here, or goes on */
		if (reader->begun.len > 0)
		{
			size_t		rest = length;
			bool		ends = hcc_first_line_end(bytes, length, reader->carriage, &rest);

			GoOnWithLine(reader, bytes, rest);
			bytes += rest;
			length -= rest;
			if (!ends)
				continue;
			PutBegun(reader, result);
			resetStringInfo(&reader->begun);
		}
		{
			size_t		whole = hcc_last_line_end(bytes, length);

			PutLines(reader, result, bytes, whole);
			GoOnWithLine(reader, bytes + whole, length - whole);
		}
	}
	PutBegun(reader, result);
	import_source_close(source);
	return (Datum) 0;
}
