/*
 * What the readers of FHIR need beside SQL over jsonb: a date or a document that
 * is wrong is no error, and a key that is written twice shows.
 *
 * FHIR's documents are read in SQL (sql/83-fhir*.sql). These are C because SQL
 * can do none without an error for each: a cast to date of 2025-02-30 ends the
 * query, and jsonb has already dropped the first of two equal keys.
 */
#include "postgres.h"

#include "access/xact.h"
#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/datetime.h"
#include "utils/jsonb.h"
#include "utils/memutils.h"
#include "utils/resowner.h"
#include "utils/tuplestore.h"

#include "import_source.h"

PG_FUNCTION_INFO_V1(hcc_fhir_date);
PG_FUNCTION_INFO_V1(hcc_fhir_json);
PG_FUNCTION_INFO_V1(hcc_json_lines);
PG_FUNCTION_INFO_V1(hcc_json_find);
PG_FUNCTION_INFO_V1(hcc_json_find_text);

/* The number in so many digits, -1 if others than digits are there. */
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
 * behind it; NULL of a partial date and of what is none.
 */
Datum
hcc_fhir_date(PG_FUNCTION_ARGS)
{
	text	   *value = PG_GETARG_TEXT_PP(0);
	const char *t = VARDATA_ANY(value);
	int			length = VARSIZE_ANY_EXHDR(value);
	int			year,
				month,
				day;

	if (length < 10 || t[4] != '-' || t[7] != '-' || (length > 10 && t[10] != 'T'))
		PG_RETURN_NULL();
	year = Digits(t, 4);
	month = Digits(t + 5, 2);
	day = Digits(t + 8, 2);
	if (year < 1 || month < 1 || month > MONTHS_PER_YEAR || day < 1 ||
		day > day_tab[isleap(year)][month - 1])
		PG_RETURN_NULL();
	PG_RETURN_DATEADT(date2j(year, month, day) - POSTGRES_EPOCH_JDATE);
}

/* How many keys the objects in a container have, those in them included. */
static int64
KeysOf(JsonbContainer *container)
{
	int			size = JsonContainerSize(container);
	int			entries = JsonContainerIsObject(container) ? 2 * size : size;
	char	   *data = (char *) &container->children[entries];
	int64		keys = JsonContainerIsObject(container) ? size : 0;

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
 */
static Jsonb *
CastToJsonb(char *source)
{
	MemoryContext caller = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	Jsonb	   *volatile document = NULL;

	BeginInternalSubTransaction(NULL);
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
 * the last, and which of them the sender meant nobody can know.
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

/* Put what was read of a line into the result: a document, or why there is none. */
static void
PutDocument(ReturnSetInfo *result, const ImportLine *line, Jsonb *document, const char *refused)
{
	Datum		values[3] = {Int64GetDatum(line->position), JsonbPGetDatum(document), (Datum) 0};
	bool		nulls[3] = {false, document == NULL, refused == NULL};

	if (refused != NULL)
		values[2] = CStringGetTextDatum(refused);
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

/* Read a line, if there is anything in it. */
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

/* hcc_json_lines(bytea or refcursor) -> (position, document, refused) of each line */
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
 */
typedef struct Search
{
	const char *end;			/* of the path */
	JsonbContainer *wanted;		/* what the condition asks for, an array */
	JsonbValue	found;
} Search;

static bool FindIn(Search *search, JsonbValue *at, const char *path, const char *end);

/* Whether a value is a container of a kind */
#define IS_OBJECT(value) \
	((value)->type == jbvBinary && JsonContainerIsObject((value)->val.binary.data))
#define IS_ARRAY(value) \
	((value)->type == jbvBinary && JsonContainerIsArray((value)->val.binary.data))

/* Go on with the rest of a path from one element. */
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

/* Go on with the rest of a path, or of the condition in it, which end says. */
static bool
FindIn(Search *search, JsonbValue *at, const char *path, const char *end)
{
	if (path == search->end)
	{
		search->found = *at;
		return true;
	}
	if (!IS_ARRAY(at))
		return FindInElement(search, at, path, end);
	for (int i = 0; i < JsonContainerSize(at->val.binary.data); i++)
		if (FindInElement(search, getIthJsonbValueFromContainer(at->val.binary.data, i), path, end))
			return true;
	return false;
}

/* What arguments document, path and wanted are about; NULL: nothing. */
static JsonbValue *
Find(FunctionCallInfo fcinfo, Search *search)
{
	Jsonb	   *document;
	text	   *path;
	JsonbValue	root;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		return NULL;
	document = PG_GETARG_JSONB_P(0);
	path = PG_GETARG_TEXT_PP(1);
	search->end = VARDATA_ANY(path) + VARSIZE_ANY_EXHDR(path);
	search->wanted = PG_ARGISNULL(2) ? NULL : &PG_GETARG_JSONB_P(2)->root;
	if (search->wanted != NULL && !JsonContainerIsArray(search->wanted))
		search->wanted = NULL;
	root.type = jbvBinary;
	root.val.binary.data = &document->root;
	root.val.binary.len = VARSIZE_ANY_EXHDR(document);
	return FindIn(search, &root, VARDATA_ANY(path), search->end) ? &search->found : NULL;
}

/* hcc_json_find(document, path, wanted) -> the first element at the path */
Datum
hcc_json_find(PG_FUNCTION_ARGS)
{
	Search		search;
	JsonbValue *found = Find(fcinfo, &search);

	if (found == NULL)
		PG_RETURN_NULL();
	PG_RETURN_JSONB_P(JsonbValueToJsonb(found));
}

/* hcc_json_find_text(document, path, wanted) -> the same as text, as #>> has it */
Datum
hcc_json_find_text(PG_FUNCTION_ARGS)
{
	Search		search;
	JsonbValue *found = Find(fcinfo, &search);
	Jsonb	   *json;

	if (found == NULL || found->type == jbvNull)
		PG_RETURN_NULL();
	if (found->type == jbvString)
		PG_RETURN_TEXT_P(cstring_to_text_with_len(found->val.string.val, found->val.string.len));
	json = JsonbValueToJsonb(found);
	PG_RETURN_TEXT_P(cstring_to_text(JsonbToCString(NULL, &json->root, VARSIZE(json))));
}
