/*
 * import_load.c
 *	  What a load takes out of the arrays of a claim: codes, procedures, modifiers.
 *
 * Each of these is a sub-select over an array, which the executor begins anew for
 * every claim: it makes a tuplestore of the array, sorts or groups it, and takes it
 * apart.  A claim has some four diagnoses and two lines, so that the beginning was
 * most of it.  What they give is what the SQL gave (a test compares the two).
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/tupmacs.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "lib/stringinfo.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/typcache.h"

PG_FUNCTION_INFO_V1(hcc_import_codes);
PG_FUNCTION_INFO_V1(hcc_import_flags);
PG_FUNCTION_INFO_V1(hcc_import_procedures);
PG_FUNCTION_INFO_V1(hcc_import_modifiers);

/*
 * Columns of import_diagnosis and import_line that are read, by number, and how many
 * there are: those of the types in sql/80-import_types.sql.
 */
#define DIAGNOSIS_CODE 1
#define DIAGNOSIS_ICD 2
#define DIAGNOSIS_ROLE 3
#define DIAGNOSIS_FLAG 5
#define DIAGNOSIS_COLUMNS 6
#define LINE_NUMBER 0
#define LINE_CODE 1
#define LINE_MODIFIERS 2
#define LINE_DENIED 10
#define LINE_COLUMNS 13

/* An array of rows, taken apart one by one; the elements stay where they are. */
typedef struct RowWalk
{
	Datum	   *element;
	bool	   *null;
	int			n;
	TupleDesc	desc;
} RowWalk;

/*
 * Begin with an array of rows of a type with so many columns. Its description is
 * the server's own, released at the end.
 */
static void
StartRowWalk(RowWalk *walk, ArrayType *array, int columns)
{
	deconstruct_array(array, ARR_ELEMTYPE(array), -1, false, TYPALIGN_DOUBLE, &walk->element,
					  &walk->null, &walk->n);
	walk->desc = lookup_rowtype_tupdesc(ARR_ELEMTYPE(array), -1);
	/* what is read below is by the place in the type */
	if (walk->desc->natts != columns)
		elog(ERROR, "a row of %d columns where %d are meant", walk->desc->natts, columns);
}

/* The columns of an element; all NULL of one that is. */
static void
ReadRow(RowWalk *walk, int i, Datum *values, bool *nulls)
{
	HeapTupleHeader row;
	HeapTupleData tuple;

	if (walk->null[i])
	{
		memset(nulls, true, walk->desc->natts);
		return;
	}
	row = DatumGetHeapTupleHeader(walk->element[i]);
	tuple.t_len = HeapTupleHeaderGetDatumLength(row);
	ItemPointerSetInvalid(&tuple.t_self);
	tuple.t_tableOid = InvalidOid;
	tuple.t_data = row;
	heap_deform_tuple(&tuple, walk->desc, values, nulls);
}

/* ---- diagnoses ---- */

/* A code that is loaded, and what the source says of it alone; NULL: nothing */
typedef struct LoadedCode
{
	text	   *code;
	text	   *flag;
} LoadedCode;

/* The order of two texts by their bytes */
static int
CompareTexts(const text *a, const text *b)
{
	int			lengths[2] = {VARSIZE_ANY_EXHDR(a), VARSIZE_ANY_EXHDR(b)};
	int			order = memcmp(VARDATA_ANY(a), VARDATA_ANY(b), Min(lengths[0], lengths[1]));

	return order != 0 ? order : lengths[0] - lengths[1];
}

/* For qsort: by code; of one code what has a flag first, and the least flag of them */
static int
CompareCodes(const void *a, const void *b)
{
	const LoadedCode *one = a;
	const LoadedCode *other = b;
	int			order = CompareTexts(one->code, other->code);

	if (order != 0)
		return order;
	if (one->flag == NULL || other->flag == NULL)
		return (one->flag == NULL) - (other->flag == NULL);
	return CompareTexts(one->flag, other->flag);
}

/* Whether a text is one of others, of which some may be NULL */
static bool
IsAmong(const text *word, const Datum *words, const bool *nulls, int n)
{
	for (int i = 0; i < n; i++)
	{
		const text *other = (const text *) DatumGetPointer(words[i]);

		if (!nulls[i] && VARSIZE_ANY_EXHDR(other) == VARSIZE_ANY_EXHDR(word) &&
			memcmp(VARDATA_ANY(other), VARDATA_ANY(word), VARSIZE_ANY_EXHDR(word)) == 0)
			return true;
	}
	return false;
}

/*
 * The codes of a claim that are loaded, each once: those of ICD-10 whose role is one
 * of those given, or not said.
 */
static LoadedCode *
ReadCodes(FunctionCallInfo fcinfo, int *n)
{
	RowWalk		walk;
	Datum	   *roles;
	bool	   *role_nulls;
	int			n_roles;
	Datum		values[DIAGNOSIS_COLUMNS];
	bool		nulls[DIAGNOSIS_COLUMNS];
	LoadedCode *codes;
	int			kept = 0;

	StartRowWalk(&walk, PG_GETARG_ARRAYTYPE_P(0), DIAGNOSIS_COLUMNS);
	deconstruct_array(PG_GETARG_ARRAYTYPE_P(1), TEXTOID, -1, false, TYPALIGN_INT, &roles,
					  &role_nulls, &n_roles);
	codes = palloc(Max(walk.n, 1) * sizeof(LoadedCode));
	for (int i = 0; i < walk.n; i++)
	{
		text	   *icd;

		ReadRow(&walk, i, values, nulls);
		if (nulls[DIAGNOSIS_CODE] || nulls[DIAGNOSIS_ICD])
			continue;
		icd = DatumGetTextPP(values[DIAGNOSIS_ICD]);
		if (VARSIZE_ANY_EXHDR(icd) != 2 || memcmp(VARDATA_ANY(icd), "10", 2) != 0)
			continue;
		if (!nulls[DIAGNOSIS_ROLE] &&
			!IsAmong(DatumGetTextPP(values[DIAGNOSIS_ROLE]), roles, role_nulls, n_roles))
			continue;
		codes[kept].code = DatumGetTextPP(values[DIAGNOSIS_CODE]);
		codes[kept++].flag =
			nulls[DIAGNOSIS_FLAG] ? NULL : DatumGetTextPP(values[DIAGNOSIS_FLAG]);
	}
	ReleaseTupleDesc(walk.desc);
	qsort(codes, kept, sizeof(LoadedCode), CompareCodes);
	*n = 0;
	for (int i = 0; i < kept; i++)
	{
		if (i == 0 || CompareTexts(codes[i].code, codes[*n - 1].code) != 0)
			codes[(*n)++] = codes[i];
	}
	return codes;
}

/* hcc_import_codes(import_diagnosis[], roles) -> the codes that are loaded, in order */
Datum
hcc_import_codes(PG_FUNCTION_ARGS)
{
	int			n;
	LoadedCode *codes = ReadCodes(fcinfo, &n);
	Datum	   *values = palloc(Max(n, 1) * sizeof(Datum));

	for (int i = 0; i < n; i++)
		values[i] = PointerGetDatum(codes[i].code);
	PG_RETURN_ARRAYTYPE_P(construct_array(values, n, TEXTOID, -1, false, TYPALIGN_INT));
}

/*
 * hcc_import_flags(import_diagnosis[], roles) -> their flags, in the order of
 * hcc_import_codes; NULL: there is none
 */
Datum
hcc_import_flags(PG_FUNCTION_ARGS)
{
	int			n;
	LoadedCode *codes = ReadCodes(fcinfo, &n);
	Datum	   *values = palloc(Max(n, 1) * sizeof(Datum));
	bool	   *nulls = palloc(Max(n, 1) * sizeof(bool));
	bool		any = false;
	int			lower = 1;

	for (int i = 0; i < n; i++)
	{
		values[i] = PointerGetDatum(codes[i].flag);
		nulls[i] = codes[i].flag == NULL;
		any |= !nulls[i];
	}
	if (!any)
		PG_RETURN_NULL();
	PG_RETURN_ARRAYTYPE_P(construct_md_array(values, nulls, 1, &n, &lower, TEXTOID, -1, false,
											 TYPALIGN_INT));
}

/* ---- lines ---- */

/* A line with a procedure that was not denied */
typedef struct LoadedLine
{
	int			place;			/* in the array */
	bool		numbered;
	int32		number;
	Datum		value;
} LoadedLine;

/* For qsort: by number, those without one last, and in the order of the array */
static int
CompareLines(const void *a, const void *b)
{
	const LoadedLine *one = a;
	const LoadedLine *other = b;

	if (one->numbered != other->numbered)
		return one->numbered ? -1 : 1;
	if (one->numbered && one->number != other->number)
		return one->number < other->number ? -1 : 1;
	return one->place - other->place;
}

/* Modifiers as they are stored: with a blank between them, and nothing of what is NULL */
static Datum
JoinModifiers(ArrayType *array)
{
	Datum	   *modifiers;
	bool	   *nulls;
	int			n;
	StringInfoData joined;

	deconstruct_array(array, TEXTOID, -1, false, TYPALIGN_INT, &modifiers, &nulls, &n);
	initStringInfo(&joined);
	for (int i = 0; i < n; i++)
	{
		text	   *modifier;

		if (nulls[i])
			continue;
		modifier = DatumGetTextPP(modifiers[i]);
		if (i > 0 && memchr(nulls, false, i) != NULL)
			appendStringInfoChar(&joined, ' ');
		appendBinaryStringInfo(&joined, VARDATA_ANY(modifier), VARSIZE_ANY_EXHDR(modifier));
	}
	return PointerGetDatum(cstring_to_text_with_len(joined.data, joined.len));
}

/*
 * An array with a text of each line that has a code and was not denied, in the order
 * of their numbers: the code, or its modifiers.
 */
static Datum
ReadLines(ArrayType *array, bool modifiers)
{
	RowWalk		walk;
	Datum		values[LINE_COLUMNS];
	bool		nulls[LINE_COLUMNS];
	LoadedLine *lines;
	Datum	   *texts;
	int			kept = 0;

	StartRowWalk(&walk, array, LINE_COLUMNS);
	lines = palloc(Max(walk.n, 1) * sizeof(LoadedLine));
	for (int i = 0; i < walk.n; i++)
	{
		LoadedLine *line = &lines[kept];

		ReadRow(&walk, i, values, nulls);
		if (nulls[LINE_CODE] || (!nulls[LINE_DENIED] && DatumGetBool(values[LINE_DENIED])))
			continue;
		line->place = i;
		line->numbered = !nulls[LINE_NUMBER];
		line->number = line->numbered ? DatumGetInt32(values[LINE_NUMBER]) : 0;
		if (!modifiers)
			line->value = values[LINE_CODE];
		else if (nulls[LINE_MODIFIERS])
			line->value = PointerGetDatum(cstring_to_text_with_len("", 0));
		else
			line->value = JoinModifiers(DatumGetArrayTypeP(values[LINE_MODIFIERS]));
		kept++;
	}
	ReleaseTupleDesc(walk.desc);
	qsort(lines, kept, sizeof(LoadedLine), CompareLines);
	texts = palloc(Max(kept, 1) * sizeof(Datum));
	for (int i = 0; i < kept; i++)
		texts[i] = lines[i].value;
	return PointerGetDatum(construct_array(texts, kept, TEXTOID, -1, false, TYPALIGN_INT));
}

/* hcc_import_procedures(import_line[]) -> the procedures of a claim that were not denied */
Datum
hcc_import_procedures(PG_FUNCTION_ARGS)
{
	if (PG_ARGISNULL(0))
		PG_RETURN_ARRAYTYPE_P(construct_empty_array(TEXTOID));
	PG_RETURN_DATUM(ReadLines(PG_GETARG_ARRAYTYPE_P(0), false));
}

/* hcc_import_modifiers(import_line[]) -> the modifiers of each of these procedures */
Datum
hcc_import_modifiers(PG_FUNCTION_ARGS)
{
	if (PG_ARGISNULL(0))
		PG_RETURN_ARRAYTYPE_P(construct_empty_array(TEXTOID));
	PG_RETURN_DATUM(ReadLines(PG_GETARG_ARRAYTYPE_P(0), true));
}
