/*
 * What the readers of FHIR need beside SQL over jsonb: a date or a document that
 * is wrong is no error, and a key that is written twice shows.
 *
 * FHIR's documents are read in SQL (sql/83-fhir*.sql). These are C because SQL
 * can do none without an error for each: a cast to date of 2025-02-30 ends the
 * query, and jsonb has already dropped the first of two equal keys.
 *
 * The second half is for speed alone: a claim is asked for some forty elements, and
 * a dozen codes for their shape, and each had been a jsonpath or a regular
 * expression. These functions know paths, numbers and shapes; which path and which
 * system means what stands in SQL, so that a profile can be added without C. Each
 * gives what the SQL gave that it replaced, and tests compare the two.
 *
 * All but hcc_json_lines() and hcc_fhir_json() are pure functions of their
 * arguments and allocate in the caller's context. What is wrong with a document is
 * NULL; only a path that is wrong is an error, for it is the programmer's.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/xact.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/datetime.h"
#include "utils/formatting.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"
#include "utils/fmgrprotos.h"
#include "utils/memutils.h"
#include "utils/numeric.h"
#include "utils/resowner.h"
#include "utils/tuplestore.h"
#include "utils/typcache.h"

#include "import_source.h"

PG_FUNCTION_INFO_V1(hcc_fhir_date);
PG_FUNCTION_INFO_V1(hcc_fhir_json);
PG_FUNCTION_INFO_V1(hcc_json_lines);
PG_FUNCTION_INFO_V1(hcc_json_find);
PG_FUNCTION_INFO_V1(hcc_json_find_text);
PG_FUNCTION_INFO_V1(hcc_json_texts);
PG_FUNCTION_INFO_V1(hcc_json_number);
PG_FUNCTION_INFO_V1(hcc_json_numbers);
PG_FUNCTION_INFO_V1(hcc_fhir_findings);
PG_FUNCTION_INFO_V1(hcc_fhir_codes);
PG_FUNCTION_INFO_V1(hcc_fhir_is_icd10);
PG_FUNCTION_INFO_V1(hcc_fhir_is_npi);
PG_FUNCTION_INFO_V1(hcc_fhir_is_instant);

/*
 * The number in so many digits, -1 if others than digits are there.  Not more than
 * four of them, and all within the text: the caller has looked at its length.
 */
static int
Digits(const char *text, int count)
{
	int			number = 0;

	for (int i = 0; i < count; i++)
	{
		if (text[i] < '0' || text[i] > '9')
			return -1;
		number = number * 10 + (text[i] - '0');
	}
	return number;
}

/*
 * The day of a FHIR date or dateTime as it is written, whatever the time zone
 * behind it; false of a partial date and of what is none.
 *
 * The zone is the provider's: taken to UTC or to the session's zone, a visit late in
 * the evening of 31 December would be of another year, and count for another score.
 * A month alone (2025-06) has no day, and none is made up.
 */
static bool
ReadDate(const char *t, int length, DateADT *date)
{
	int			year,
				month,
				day;

	/* a time is not looked at, since it decides nothing; a T is to be there, though */
	if (length < 10 || t[4] != '-' || t[7] != '-' || (length > 10 && t[10] != 'T'))
		return false;
	year = Digits(t, 4);
	month = Digits(t + 5, 2);
	day = Digits(t + 8, 2);
	if (year < 1 || month < 1 || month > MONTHS_PER_YEAR || day < 1 ||
		day > day_tab[isleap(year)][month - 1])
		return false;
	*date = date2j(year, month, day) - POSTGRES_EPOCH_JDATE;
	return true;
}

/* hcc_fhir_date(text) -> the day, or NULL */
Datum
hcc_fhir_date(PG_FUNCTION_ARGS)
{
	text	   *value = PG_GETARG_TEXT_PP(0);
	DateADT		date;

	if (!ReadDate(VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value), &date))
		PG_RETURN_NULL();
	PG_RETURN_DATEADT(date);
}

/* Decimals of a second: the server keeps six, some senders write twelve. */
#define MOST_DECIMALS 30

/*
 * hcc_fhir_is_instant(text): a date, a time with seconds or parts of them, and a time zone?
 *
 * It guards the cast of meta.lastUpdated to timestamptz, which would end the load of
 * a file for one text. Without a zone the text is none of an instant: it would mean
 * another time in each session.
 */
Datum
hcc_fhir_is_instant(PG_FUNCTION_ARGS)
{
	text	   *value = PG_GETARG_TEXT_PP(0);
	const char *t = VARDATA_ANY(value);
	const char *end = t + VARSIZE_ANY_EXHDR(value);
	DateADT		date;
	const char *zone = t + 19;
	int			hour;

	/* the shortest is 2026-02-03T04:05:06Z: from here on t[19] is there */
	if (end - t < 20 || !ReadDate(t, end - t, &date) || t[13] != ':' || t[16] != ':')
		PG_RETURN_BOOL(false);
	hour = Digits(t + 11, 2);
	if (hour < 0 || hour > 23 || Digits(t + 14, 2) < 0 || t[14] > '5' ||
		Digits(t + 17, 2) < 0 || t[17] > '5')
		PG_RETURN_BOOL(false);
	if (*zone == '.')
	{
		for (zone++; zone < end && *zone >= '0' && *zone <= '9'; zone++)
			;
		/* the server's own limit is on the whole text: what is longer is no time of a record */
		if (zone == t + 20 || zone > t + 20 + MOST_DECIMALS)
			PG_RETURN_BOOL(false);
	}
	if (end - zone == 1)
		PG_RETURN_BOOL(*zone == 'Z');
	if (end - zone != 6 || (zone[0] != '+' && zone[0] != '-'))
		PG_RETURN_BOOL(false);
	/* the server takes zones to 15:59; those that there are go to 14:00 */
	hour = Digits(zone + 1, 2);
	PG_RETURN_BOOL(hour >= 0 && hour <= MAX_TZDISP_HOUR && zone[3] == ':' && zone[4] <= '5' &&
				   Digits(zone + 4, 2) >= 0);
}

/*
 * How many keys the objects in a container have, those in them included.
 *
 * By the form that jsonb is stored in: an array has as many entries as elements, an
 * object twice as many, all keys and then all values, and what is a container among
 * them is aligned. An iterator would stop at each key and value on its way.
 */
static int64
KeysOf(JsonbContainer *container)
{
	int			size = JsonContainerSize(container);
	int			entries = JsonContainerIsObject(container) ? 2 * size : size;
	char	   *data = (char *) &container->children[entries];
	int64		keys = JsonContainerIsObject(container) ? size : 0;

	/* jsonb_in() has nested as deeply, but with frames of another size */
	check_stack_depth();
	for (int i = 0; i < entries; i++)
		if (JBE_ISCONTAINER(container->children[i]))
			keys += KeysOf((JsonbContainer *)
						   (data + INTALIGN(getJsonbOffset(container, i))));
	return keys;
}

/*
 * How many keys are written in a text that is valid JSON: colons outside of
 * strings. Where these begin and end nobody can predict, so that does not branch.
 * A branch is left for the backslash, which is rare: it is in strings only, and the
 * character behind it ends none. Bytes of other characters are never one of these
 * three, in any encoding that a server has.
 */
static int64
KeysWritten(const char *text, int length)
{
	const char *end = text + length;
	bool		in_string = false;
	int64		keys = 0;

	for (const char *c = text; c < end; c++)
	{
		if (*c == '\\')
		{
			c++;
			continue;
		}
		in_string ^= *c == '"';
		keys += (*c == ':') & !in_string;
	}
	return keys;
}

/*
 * The document that a text is, if the server takes it. Its errors are caught in
 * a subtransaction, as they must be; their messages would show what the text says.
 *
 * Servers before 16 have no input functions that report an error softly. What is
 * caught is what the text is to blame for: data exceptions (no JSON, a \u0000, a
 * number that is too large) and limits (nested too deeply, too large for jsonb).
 * Cancelling and lack of memory go on to the caller. A subtransaction cannot begin
 * in a parallel worker, so that the functions that come here are PARALLEL UNSAFE.
 */
static Jsonb *
CastToJsonb(char *source)
{
	MemoryContext caller = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	Jsonb	   *volatile document = NULL;	/* written between setjmp and longjmp */

	BeginInternalSubTransaction(NULL);
	/* the document must outlive the subtransaction, whose context would be current */
	MemoryContextSwitchTo(caller);
	PG_TRY();
	{
		document = DatumGetJsonbP(DirectFunctionCall1(jsonb_in, CStringGetDatum(source)));
		ReleaseCurrentSubTransaction();
		MemoryContextSwitchTo(caller);
		CurrentResourceOwner = owner;
	}
	PG_CATCH();
	{
		ErrorData  *error;
		int			kind;

		MemoryContextSwitchTo(caller);
		error = CopyErrorData();
		FlushErrorState();
		RollbackAndReleaseCurrentSubTransaction();
		MemoryContextSwitchTo(caller);
		CurrentResourceOwner = owner;
		kind = ERRCODE_TO_CATEGORY(error->sqlerrcode);
		if (kind != ERRCODE_DATA_EXCEPTION && kind != ERRCODE_PROGRAM_LIMIT_EXCEEDED)
			ReThrowError(error);
		FreeErrorData(error);
		document = NULL;
	}
	PG_END_TRY();
	return document;
}

/*
 * The JSON object or array that a text is; NULL of what is none, or is too deep.
 * Nor is it one where an object has a key twice: of two equal keys jsonb keeps
 * the last, and which of them the sender meant nobody can know. A second diagnosis
 * array would take the first one's place without a word.
 *
 * That shows by counting alone: jsonb has fewer keys than were written.
 */
static Jsonb *
ReadJson(text *source)
{
	Jsonb	   *document = CastToJsonb(text_to_cstring(source));

	if (document == NULL || JsonContainerIsScalar(&document->root) ||
		KeysOf(&document->root) != KeysWritten(VARDATA_ANY(source), VARSIZE_ANY_EXHDR(source)))
		return NULL;
	return document;
}

/* hcc_fhir_json(text) -> the document that it is, or NULL */
Datum
hcc_fhir_json(PG_FUNCTION_ARGS)
{
	Jsonb	   *document = ReadJson(PG_GETARG_TEXT_PP(0));

	if (document == NULL)
		PG_RETURN_NULL();
	PG_RETURN_JSONB_P(document);
}

/* Whether a line has nothing but blanks */
static bool
IsBlank(const ImportLine *line)
{
	for (size_t i = 0; i < line->length; i++)
		if (line->bytes[i] != ' ' && line->bytes[i] != '\t' && line->bytes[i] != '\r')
			return false;
	return true;
}

/*
 * Put what was read of a line into the result: a document, or why there is none.  The
 * tuplestore copies it, so that all of a line can go behind it.
 */
static void
PutDocument(ReturnSetInfo *result, const ImportLine *line, Jsonb *document, const char *refused)
{
	Datum		values[3] = {Int64GetDatum(line->position), JsonbPGetDatum(document), (Datum) 0};
	bool		nulls[3] = {false, document == NULL, refused == NULL};

	if (refused != NULL)
		values[2] = CStringGetTextDatum(refused);
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

/*
 * Read a line, if there is anything in it.  A line that is wrong is a row that says
 * why, by a reason of import_reason; the others of the file stay.  Blank lines are
 * none, but have a position: it is that of the line in the file.
 */
static void
ReadLine(ReturnSetInfo *result, const ImportLine *line)
{
	Datum		source;
	Jsonb	   *document;

	if (line->too_long)
		PutDocument(result, line, NULL, "too_long");
	else if (IsBlank(line))
		return;
	else if (!import_text_datum(line->bytes, line->length, &source))
		PutDocument(result, line, NULL, "bad_encoding");
	else
	{
		document = ReadJson(DatumGetTextPP(source));
		PutDocument(result, line, document, document == NULL ? "bad_json" : NULL);
	}
}

/*
 * hcc_json_lines(bytea or refcursor) -> (position, document, refused) of each line
 *
 * A context of one line: the text, its jsonb and what jsonb_in() leaves behind are
 * several times the line, and a file has hundreds of thousands. The line itself
 * lies in the piece of the file at hand, outside of that context.
 */
Datum
hcc_json_lines(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	MemoryContext one = AllocSetContextCreate(CurrentMemoryContext, "hccraf JSON line",
											  ALLOCSET_DEFAULT_SIZES);
	ImportLines *lines;
	ImportLine	line;

	InitMaterializedSRF(fcinfo, 0);
	lines = import_lines_open(fcinfo, 0);
	while (import_lines_next(lines, &line))
	{
		MemoryContext caller = MemoryContextSwitchTo(one);

		ReadLine(result, &line);
		MemoryContextSwitchTo(caller);
		MemoryContextReset(one);
	}
	import_lines_close(lines);
	return (Datum) 0;
}

/* ---- looking for an element ---- */

/*
 * A path is names with dots between them, and at most one condition, a path in
 * brackets: type.coding[system].code is the code of the first coding of the type
 * whose system is wanted. An array stands for its elements, as in jsonpath; a
 * path of jsonpath does the same, in five to ten times the time.
 *
 * FHIR needs that much because nearly everything is an array of codings, each with
 * a system. The search goes depth first, in the order of the document, and ends with
 * the first that take() wants. What is found points into the document, and lives as
 * long as that. Neither brackets within a condition nor names with dots or brackets
 * in them are for it.
 */
typedef struct Search
{
	const char *end;			/* of the path; reached there, an element is found */
	/*
	 * What the condition asks for, an array, as every scalar is to jsonb; of an object
	 * and of NULL there is none, and no condition holds.
	 */
	JsonbContainer *wanted;
	JsonbValue	found;			/* the last that was */
	/* whether what is found is enough; NULL: it is */
	bool		(*take) (struct Search *search);
	int			rank;			/* of the found one that comes first in what is wanted */
	ArrayBuildState *texts;		/* of hcc_json_texts() */
} Search;

static bool FindIn(Search *search, JsonbValue *at, const char *path, const char *end);

/* Whether a value is a container of a kind */
#define IS_OBJECT(value) \
	((value)->type == jbvBinary && JsonContainerIsObject((value)->val.binary.data))
#define IS_ARRAY(value) \
	((value)->type == jbvBinary && JsonContainerIsArray((value)->val.binary.data))

/*
 * Go on with the rest of a path from one element.
 *
 * At the end of a path that is not the end of the search a condition ends: it holds
 * if the element is one of the wanted. A condition is looked for from the element
 * before its bracket, and the search then goes on from that element.
 *
 * Depth is that of the path, not of the document: the path is the programmer's.
 */
static bool
FindInElement(Search *search, JsonbValue *at, const char *path, const char *end)
{
	const char *name = path;
	JsonbValue	space;
	JsonbValue *value;

	if (path == end)
		return IsAJsonbScalar(at) && search->wanted != NULL &&
			findJsonbValueFromContainer(search->wanted, JB_FARRAY, at) != NULL;
	if (*path == '[')
	{
		const char *close = memchr(path, ']', end - path);

		if (close == NULL)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("a condition in a path has no end"),
					 errhint("Paths are like \"type.coding[system].code\".")));
		if (!FindIn(search, at, path + 1, close))
			return false;
		path = close + 1;
		return FindIn(search, at, path < end && *path == '.' ? path + 1 : path, end);
	}
	while (path < end && *path != '.' && *path != '[')
		path++;
	if (!IS_OBJECT(at))
		return false;
	value = getKeyJsonValueFromContainer(at->val.binary.data, name, path - name, &space);
	return value != NULL &&
		FindIn(search, value, path < end && *path == '.' ? path + 1 : path, end);
}

/*
 * Go on with the rest of a path, or of the condition in it, which end says.
 *
 * An array is gone through unless it is what was asked for. An array right within an
 * array is not, as in jsonpath: FHIR has none.
 */
static bool
FindIn(Search *search, JsonbValue *at, const char *path, const char *end)
{
	if (path == search->end)
	{
		search->found = *at;
		return search->take == NULL || search->take(search);
	}
	if (!IS_ARRAY(at))
		return FindInElement(search, at, path, end);
	for (int i = 0; i < JsonContainerSize(at->val.binary.data); i++)
		if (FindInElement(search, getIthJsonbValueFromContainer(at->val.binary.data, i), path, end))
			return true;
	return false;
}

/*
 * Look for what arguments document, path and wanted are about; false: nothing.
 *
 * The functions are not STRICT, for most paths have no condition and are called
 * without wanted; a document or path that is NULL finds nothing. A document may have
 * been detoasted for this call, and what is found must be copied before it is freed.
 */
static bool
Find(FunctionCallInfo fcinfo, Search *search)
{
	Jsonb	   *document;
	text	   *path;
	JsonbValue	root;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		return false;
	document = PG_GETARG_JSONB_P(0);
	path = PG_GETARG_TEXT_PP(1);
	search->end = VARDATA_ANY(path) + VARSIZE_ANY_EXHDR(path);
	search->wanted =
		PG_NARGS() < 3 || PG_ARGISNULL(2) ? NULL : &PG_GETARG_JSONB_P(2)->root;
	/* a single system is a scalar, which jsonb stores as an array of one */
	if (search->wanted != NULL && !JsonContainerIsArray(search->wanted))
		search->wanted = NULL;
	root.type = jbvBinary;
	root.val.binary.data = &document->root;
	root.val.binary.len = VARSIZE_ANY_EXHDR(document);
	return FindIn(search, &root, VARDATA_ANY(path), search->end);
}

/* A value as text, as #>> has it; NULL of null */
static text *
ValueText(JsonbValue *value)
{
	Jsonb	   *json;

	if (value->type == jbvNull)
		return NULL;
	if (value->type == jbvString)
		return cstring_to_text_with_len(value->val.string.val, value->val.string.len);
	json = JsonbValueToJsonb(value);
	return cstring_to_text(JsonbToCString(NULL, &json->root, VARSIZE(json)));
}

/* hcc_json_find(document, path, wanted) -> the first element at the path */
Datum
hcc_json_find(PG_FUNCTION_ARGS)
{
	Search		search = {0};

	if (!Find(fcinfo, &search))
		PG_RETURN_NULL();
	PG_RETURN_JSONB_P(JsonbValueToJsonb(&search.found));
}

/* hcc_json_find_text(document, path, wanted) -> the same as text, as #>> has it */
Datum
hcc_json_find_text(PG_FUNCTION_ARGS)
{
	Search		search = {0};
	text	   *value = Find(fcinfo, &search) ? ValueText(&search.found) : NULL;

	if (value == NULL)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(value);
}

/*
 * Keep the rank of what is found, if it comes before what was found so far; enough is
 * the first of all. Of several roles of a diagnosis the strongest is wanted, wherever
 * it stands among them: the order is that of wanted, not of the document.
 */
static bool
TakeRank(Search *search)
{
	const JsonbValue *found = &search->found;

	for (int i = 0; found->type == jbvString && i < search->rank; i++)
	{
		const JsonbValue *wanted = getIthJsonbValueFromContainer(search->wanted, i);

		if (wanted->type == jbvString && wanted->val.string.len == found->val.string.len &&
			memcmp(wanted->val.string.val, found->val.string.val, found->val.string.len) == 0)
			search->rank = i;
	}
	return search->rank == 0;
}

/* Add what is found to the texts; null is there and no text. Never enough: all are wanted. */
static bool
TakeText(Search *search)
{
	text	   *value = ValueText(&search->found);

	search->texts = accumArrayResult(search->texts, PointerGetDatum(value), value == NULL,
									 TEXTOID, CurrentMemoryContext);
	return false;
}

/* hcc_json_texts(document, path) -> all elements at the path as texts */
Datum
hcc_json_texts(PG_FUNCTION_ARGS)
{
	Search		search = {.take = TakeText};

	search.texts = initArrayResult(TEXTOID, CurrentMemoryContext, false);
	Find(fcinfo, &search);
	PG_RETURN_DATUM(makeArrayResult(search.texts, CurrentMemoryContext));
}

/* ---- numbers ---- */

/*
 * The largest number that is one: FHIR's positiveInt goes to 2147483647, but these
 * are sequences of lines and diagnoses; what has more than nine digits is a mistake.
 */
#define MOST_NUMBER 999999999

/*
 * Whether a value is a number from 0 to the most, and which, rounded.
 *
 * The bounds are of the number as it is written: 999999999.4 is beyond the most and
 * -0.4 below 0, though both round to a number that is not. Only where the rounded
 * one is at a bound the numeric has to be compared itself, which costs more.
 */
static bool
ReadNumber(const JsonbValue *value, int32 *number)
{
	bool		error = false;
	Datum		given;

	if (value->type != jbvNumeric)
		return false;
	/* 1e300 is too large for an integer, which is no error here */
	*number = numeric_int4_opt_error(value->val.numeric, &error);
	if (error)
		return false;
	if (*number > 0 && *number < MOST_NUMBER)
		return true;
	/* it may have been rounded to what is one */
	given = NumericGetDatum(value->val.numeric);
	return DatumGetBool(DirectFunctionCall2(numeric_ge, given,
											NumericGetDatum(int64_to_numeric(0)))) &&
		DatumGetBool(DirectFunctionCall2(numeric_le, given,
										 NumericGetDatum(int64_to_numeric(MOST_NUMBER))));
}

/* hcc_json_number(jsonb) -> the number that it is, or NULL */
Datum
hcc_json_number(PG_FUNCTION_ARGS)
{
	Jsonb	   *document = PG_GETARG_JSONB_P(0);
	JsonbValue	value;
	int32		number;

	if (!JsonContainerIsScalar(&document->root) || !JsonbExtractScalar(&document->root, &value) ||
		!ReadNumber(&value, &number))
		PG_RETURN_NULL();
	PG_RETURN_INT32(number);
}

/*
 * hcc_json_numbers(jsonb) -> the numbers that the elements of an array are, NULL of others
 *
 * What is no number keeps its place as a NULL, so that the caller sees that there is
 * something wrong. A single number is an array of one, as jsonb stores it; an object
 * is one NULL.
 */
Datum
hcc_json_numbers(PG_FUNCTION_ARGS)
{
	JsonbContainer *root = &PG_GETARG_JSONB_P(0)->root;
	int			n = JsonContainerIsArray(root) ? JsonContainerSize(root) : 1;
	Datum	   *values = palloc(Max(n, 1) * sizeof(Datum));
	bool	   *nulls = palloc(Max(n, 1) * sizeof(bool));
	int			lower = 1;

	if (n == 0)
		PG_RETURN_ARRAYTYPE_P(construct_empty_array(INT4OID));
	for (int i = 0; i < n; i++)
	{
		int32		number = 0;

		nulls[i] = !JsonContainerIsArray(root) ||
			!ReadNumber(getIthJsonbValueFromContainer(root, i), &number);
		values[i] = Int32GetDatum(number);
	}
	PG_RETURN_ARRAYTYPE_P(construct_md_array(values, nulls, 1, &n, &lower, INT4OID, 4, true,
											 TYPALIGN_INT));
}

/* ---- findings ---- */

/*
 * hcc_fhir_findings(import_finding[]) -> those that are not NULL; NULL if all are
 *
 * The SQL writes down all findings that there can be, each a CASE, and nearly always
 * all are NULL: then the bitmap of the array says so, and nothing is taken apart.
 * Elements are composites, of variable length and aligned as doubles.
 */
Datum
hcc_fhir_findings(PG_FUNCTION_ARGS)
{
	ArrayType  *array = PG_GETARG_ARRAYTYPE_P(0);
	int			n = ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array));
	bits8	   *bitmap = ARR_NULLBITMAP(array);
	int			kept = 0;
	Datum	   *values;
	bool	   *nulls;

	for (int i = 0; i < n; i++)
		kept += bitmap == NULL || (bitmap[i >> 3] & (1 << (i & 7))) != 0;
	if (kept == 0)
		PG_RETURN_NULL();
	if (kept == n)
		PG_RETURN_ARRAYTYPE_P(array);
	deconstruct_array(array, ARR_ELEMTYPE(array), -1, false, TYPALIGN_DOUBLE, &values, &nulls, &n);
	kept = 0;
	for (int i = 0; i < n; i++)
	{
		if (!nulls[i])
			values[kept++] = values[i];
	}
	PG_RETURN_ARRAYTYPE_P(construct_array(values, kept, ARR_ELEMTYPE(array), -1, false,
										  TYPALIGN_DOUBLE));
}

/*
 * ---- shapes of codes, without the server's regular expressions: a claim has a dozen ----
 *
 * ASCII is meant, whatever the locale: isupper() would take other letters, too.
 */

/* Whether a character is a digit of ASCII */
static inline bool
IsDigit(char c)
{
	return c >= '0' && c <= '9';
}

/* Whether a character is a capital letter of ASCII */
static inline bool
IsCapital(char c)
{
	return c >= 'A' && c <= 'Z';
}

/* Whether bytes have the shape of ICD-10 */
static bool
IsIcd10(const char *c, int length)
{
	if (length < 3 || length > 7 || !IsCapital(c[0]) || !IsDigit(c[1]))
		return false;
	for (int i = 2; i < length; i++)
	{
		if (!IsCapital(c[i]) && !IsDigit(c[i]))
			return false;
	}
	return true;
}

/*
 * hcc_fhir_is_icd10(text): a capital, a digit, and one to five of either?
 *
 * Asked of codes whose system is ICD-10 already; a code of ICD-9 may have the same
 * shape. Whether there is such a code is not asked here.
 */
Datum
hcc_fhir_is_icd10(PG_FUNCTION_ARGS)
{
	text	   *code = PG_GETARG_TEXT_PP(0);

	PG_RETURN_BOOL(IsIcd10(VARDATA_ANY(code), VARSIZE_ANY_EXHDR(code)));
}

/* hcc_fhir_is_npi(text): ten digits? The check digit is not looked at: synthetic data fail it. */
Datum
hcc_fhir_is_npi(PG_FUNCTION_ARGS)
{
	text	   *number = PG_GETARG_TEXT_PP(0);

	if (VARSIZE_ANY_EXHDR(number) != 10)
		PG_RETURN_BOOL(false);
	for (int i = 0; i < 10; i++)
	{
		if (!IsDigit(VARDATA_ANY(number)[i]))
			PG_RETURN_BOOL(false);
	}
	PG_RETURN_BOOL(true);
}

/*
 * ---- diagnoses ----
 *
 * All of a claim's in one call, for each of them is asked nine things, and as SQL that
 * was six levels of sub-queries, begun anew for each claim.  Systems, words and roles are
 * arguments: what means what stands in SQL.
 */

/* What the calls of one place in a query have in common */
typedef struct DiagnosisSite
{
	TupleDesc	result;
	TupleDesc	element;		/* of import_diagnosis */
} DiagnosisSite;

/* Columns of the result, and of import_diagnosis */
enum
{
	CODES_DIAGNOSES, CODES_ICD10, CODES_ICD9, CODES_OTHERS, CODES_BAD, CODES_UNRESOLVED,
	CODES_MISNUMBERED, CODES_COLUMNS
};
#define DIAGNOSIS_COLUMNS 6

/* The descriptions of the rows that are made, worked out at the first call */
static DiagnosisSite *
SiteOfDiagnoses(FunctionCallInfo fcinfo)
{
	DiagnosisSite *site = fcinfo->flinfo->fn_extra;
	MemoryContext caller;
	Oid			element;

	if (site != NULL)
		return site;
	caller = MemoryContextSwitchTo(fcinfo->flinfo->fn_mcxt);
	site = palloc(sizeof(DiagnosisSite));
	if (get_call_result_type(fcinfo, NULL, &site->result) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "hcc_fhir_codes gives a row");
	site->result = BlessTupleDesc(CreateTupleDescCopy(site->result));
	element = get_element_type(TupleDescAttr(site->result, CODES_DIAGNOSES)->atttypid);
	site->element = lookup_rowtype_tupdesc_copy(element, -1);
	if (site->result->natts != CODES_COLUMNS || site->element->natts != DIAGNOSIS_COLUMNS)
		elog(ERROR, "rows of hcc_fhir_codes are of another kind");
	MemoryContextSwitchTo(caller);
	fcinfo->flinfo->fn_extra = site;
	return site;
}

/* What is under a key of a value, as the operator -> has it; NULL: nothing */
static JsonbValue *
UnderKey(const JsonbValue *value, const char *key, JsonbValue *space)
{
	return value != NULL && IS_OBJECT(value) ?
		getKeyJsonValueFromContainer(value->val.binary.data, key, strlen(key), space) : NULL;
}

/* The first of a value, as '{0}' has it: of an array an element, of an object a key */
static JsonbValue *
First(const JsonbValue *value, JsonbValue *space)
{
	if (value == NULL || !IS_ARRAY(value))
		return UnderKey(value, "0", space);
	return getIthJsonbValueFromContainer(value->val.binary.data, 0);
}

/* Whether a value has a key, as the operator ? has it: an array or a text may be one, too */
static bool
HasKey(const JsonbValue *value, const char *key)
{
	JsonbValue	wanted = {.type = jbvString};

	wanted.val.string.val = unconstify(char *, key);
	wanted.val.string.len = strlen(key);
	if (value->type == jbvString)
		return value->val.string.len == wanted.val.string.len &&
			memcmp(value->val.string.val, key, wanted.val.string.len) == 0;
	return value->type == jbvBinary &&
		findJsonbValueFromContainer(value->val.binary.data, JB_FOBJECT | JB_FARRAY,
									&wanted) != NULL;
}

/* The text of what is at a path from a value, as hcc_json_find_text has it */
static text *
TextAt(JsonbValue *value, const char *path, JsonbContainer *wanted)
{
	Search		search = {.end = path + strlen(path), .wanted = wanted};

	return FindIn(&search, value, path, search.end) ? ValueText(&search.found) : NULL;
}

/* What is wanted of a name of hcc_fhir_system: a system, or several, an array for the search */
static JsonbContainer *
Wanted(JsonbContainer *systems, const char *name)
{
	JsonbValue	space;
	JsonbValue *value = getKeyJsonValueFromContainer(systems, name, strlen(name), &space);

	return value == NULL ? NULL : &JsonbValueToJsonb(value)->root;
}

/*
 * A code as it is stored: without blanks around it and dots, in capitals.
 *
 * Of other letters than those of ASCII the server knows which capital is theirs.
 */
static text *
NormalCode(text *given)
{
	const char *from = VARDATA_ANY(given);
	const char *end = from + VARSIZE_ANY_EXHDR(given);
	text	   *code = palloc(VARHDRSZ + (end - from));
	char	   *to = VARDATA(code);
	bool		ascii = true;

	while (from < end && *from == ' ')
		from++;
	while (end > from && end[-1] == ' ')
		end--;
	for (; from < end; from++)
	{
		ascii &= !IS_HIGHBIT_SET(*from);
		if (*from != '.')
			*to++ = *from >= 'a' && *from <= 'z' ? *from - 'a' + 'A' : *from;
	}
	SET_VARSIZE(code, to - (char *) code);
	if (!ascii)
		return cstring_to_text(str_toupper(VARDATA(code), to - VARDATA(code),
										   DEFAULT_COLLATION_OID));
	return code;
}

/* The role of a diagnosis: that of the first of the words that its types have, or the last */
static Datum
RoleOf(JsonbValue *diagnosis, JsonbContainer *words, JsonbContainer *roles)
{
	static const char path[] = "type.coding.code";
	Search		search = {.end = path + strlen(path), .wanted = words, .take = TakeRank};

	search.rank = JsonContainerSize(words);
	FindIn(&search, diagnosis, path, search.end);
	return PointerGetDatum(ValueText(getIthJsonbValueFromContainer(roles, search.rank)));
}

/* Whether a diagnosis was there on admission: v1 and v2 have it in an extension */
static text *
PresentOnAdmission(const JsonbValue *diagnosis)
{
	JsonbValue	space[4];
	JsonbValue *value;
	text	   *url;

	if (HasKey(diagnosis, "onAdmission"))
		value = UnderKey(First(UnderKey(UnderKey(diagnosis, "onAdmission", &space[0]), "coding",
										&space[1]), &space[2]), "code", &space[3]);
	else
	{
		JsonbValue *extension = First(UnderKey(diagnosis, "extension", &space[0]), &space[1]);

		value = UnderKey(extension, "url", &space[2]);
		url = value == NULL ? NULL : ValueText(value);
		if (url == NULL || strstr(text_to_cstring(url), "poa_ind_sw") == NULL)
			return NULL;
		value = UnderKey(UnderKey(extension, "valueCoding", &space[2]), "code", &space[3]);
	}
	return value == NULL ? NULL : ValueText(value);
}

/*
 * hcc_fhir_codes(diagnosis, referred, systems, roles) -> the diagnoses of a claim, and how many
 * codes are of which kind
 *
 * diagnosis is the element of that name, an array of them or one alone; referred has the
 * concepts of other resources by their references, NULL: there are none.  A concept that is
 * null is there and has no code.
 */
Datum
hcc_fhir_codes(PG_FUNCTION_ARGS)
{
	DiagnosisSite *site = SiteOfDiagnoses(fcinfo);
	Jsonb	   *given = PG_ARGISNULL(0) ? NULL : PG_GETARG_JSONB_P(0);
	Jsonb	   *referred = PG_ARGISNULL(1) ? NULL : PG_GETARG_JSONB_P(1);
	JsonbContainer *system;
	JsonbContainer *role;
	JsonbContainer *wanted[3];
	JsonbContainer *words;
	JsonbContainer *roles;
	Datum		values[CODES_COLUMNS];
	bool		nulls[CODES_COLUMNS] = {false};
	int64		counts[CODES_COLUMNS] = {0};
	Datum	   *diagnoses;
	int			kept = 0;
	int			n;

	if (PG_ARGISNULL(2) || PG_ARGISNULL(3))
		PG_RETURN_NULL();
	system = &PG_GETARG_JSONB_P(2)->root;
	role = &PG_GETARG_JSONB_P(3)->root;
	if (!JsonContainerIsObject(system) || !JsonContainerIsObject(role))
		PG_RETURN_NULL();
	wanted[0] = Wanted(system, "icd10cm");
	wanted[1] = Wanted(system, "icd10");
	wanted[2] = Wanted(system, "icd9");
	words = Wanted(role, "words");
	roles = Wanted(role, "roles");
	if (words == NULL || roles == NULL || !JsonContainerIsArray(words) ||
		!JsonContainerIsArray(roles) || JsonContainerSize(roles) <= JsonContainerSize(words))
		PG_RETURN_NULL();
	/* one alone is as an array of one */
	n = given == NULL ? 0 :
		JsonContainerIsArray(&given->root) ? JsonContainerSize(&given->root) : 1;
	diagnoses = palloc(Max(n, 1) * sizeof(Datum));
	for (int i = 0; i < n; i++)
	{
		JsonbValue	one;
		JsonbValue *diagnosis = &one;
		JsonbValue	space[3];
		JsonbValue *value;
		JsonbValue *concept;
		text	   *code = NULL;
		const char *icd = NULL;
		bool		fits = false;
		int32		number = 0;
		bool		refers;
		bool		numbered;

		if (JsonContainerIsArray(&given->root))
			diagnosis = getIthJsonbValueFromContainer(&given->root, i);
		else
		{
			one.type = jbvBinary;
			one.val.binary.data = &given->root;
			one.val.binary.len = VARSIZE_ANY_EXHDR(given);
		}
		refers = HasKey(diagnosis, "diagnosisReference");
		if (!refers && !HasKey(diagnosis, "diagnosisCodeableConcept"))
			continue;
		concept = UnderKey(diagnosis, "diagnosisCodeableConcept", &space[0]);
		if (concept == NULL && referred != NULL && JsonContainerIsObject(&referred->root))
		{
			text	   *reference = NULL;

			value = UnderKey(UnderKey(diagnosis, "diagnosisReference", &space[1]), "reference",
							 &space[2]);
			if (value != NULL)
				reference = ValueText(value);
			if (reference != NULL)
				concept = getKeyJsonValueFromContainer(&referred->root, VARDATA_ANY(reference),
													   VARSIZE_ANY_EXHDR(reference), &space[0]);
		}
		for (int j = 0; concept != NULL && code == NULL && j < 3; j++)
		{
			code = TextAt(concept, "coding[system].code", wanted[j]);
			icd = code == NULL ? NULL : j < 2 ? "10" : "9";
		}
		if (code != NULL)
		{
			code = NormalCode(code);
			fits = IsIcd10(VARDATA_ANY(code), VARSIZE_ANY_EXHDR(code));
		}
		value = UnderKey(diagnosis, "sequence", &space[1]);
		numbered = value != NULL && ReadNumber(value, &number);
		counts[CODES_ICD10] += icd != NULL && icd[0] == '1' && fits;
		counts[CODES_ICD9] += icd != NULL && icd[0] == '9';
		counts[CODES_OTHERS] += concept != NULL && icd == NULL;
		counts[CODES_BAD] += icd != NULL && icd[0] == '1' && !fits;
		counts[CODES_UNRESOLVED] += refers && concept == NULL;
		counts[CODES_MISNUMBERED] += !numbered && HasKey(diagnosis, "sequence");
		if (icd != NULL && (icd[0] == '9' || fits))
		{
			text	   *present = PresentOnAdmission(diagnosis);
			Datum		columns[DIAGNOSIS_COLUMNS] = {Int32GetDatum(number),
				PointerGetDatum(code), CStringGetTextDatum(icd),
				RoleOf(diagnosis, words, roles), PointerGetDatum(present), (Datum) 0};
			bool		missing[DIAGNOSIS_COLUMNS] = {!numbered, false, false, false,
				present == NULL, true};

			diagnoses[kept++] =
				HeapTupleGetDatum(heap_form_tuple(site->element, columns, missing));
		}
	}
	nulls[CODES_DIAGNOSES] = kept == 0;
	if (kept > 0)
		values[CODES_DIAGNOSES] =
			PointerGetDatum(construct_array(diagnoses, kept, site->element->tdtypeid, -1, false,
											TYPALIGN_DOUBLE));
	for (int i = CODES_ICD10; i < CODES_COLUMNS; i++)
		values[i] = Int64GetDatum(counts[i]);
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(site->result, values, nulls)));
}
