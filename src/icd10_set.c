/*
 * icd10_set.c
 *	  The SQL type icd10_set: text and binary form, casts, operators.
 *
 * The text form is {E1165,I5022}, and what text[] writes for such a list is
 * read, too: an untyped literal, or the list that a driver sends, becomes an
 * icd10_set.  Text that cannot be a code is an error in the input function,
 * where somebody typed it, and the element "?" in a cast or an aggregate, where
 * it is one row of data among millions: it neither stops the query nor
 * disappears.  Several codes where one is expected are an error everywhere.
 *
 * A set on disk is sorted, without repetitions and no longer than its codes, so
 * that equal sets have equal bytes behind their headers, however they were made.
 * All ways in see to that (icd10_sort, or the check of icd10_set_recv), and all
 * functions rely on it.  Results are in the current memory context; arguments
 * are read where they are, and never changed.
 *
 * Messages tell the place of what is wrong, and no code: codes are a patient's.
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "fmgr.h"
#include "lib/stringinfo.h"
#include "libpq/pqformat.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "beneficiary.h"
#include "compat.h"
#include "icd10_set.h"
#include "raise.h"

PG_FUNCTION_INFO_V1(icd10_set_in);
PG_FUNCTION_INFO_V1(icd10_set_out);
PG_FUNCTION_INFO_V1(icd10_set_recv);
PG_FUNCTION_INFO_V1(icd10_set_send);
PG_FUNCTION_INFO_V1(icd10_is_code);
PG_FUNCTION_INFO_V1(icd10_set_from_array);
PG_FUNCTION_INFO_V1(icd10_set_to_array);
PG_FUNCTION_INFO_V1(icd10_set_cardinality);
PG_FUNCTION_INFO_V1(icd10_set_union);
PG_FUNCTION_INFO_V1(icd10_set_difference);
PG_FUNCTION_INFO_V1(icd10_set_intersection);
PG_FUNCTION_INFO_V1(icd10_set_contains);
PG_FUNCTION_INFO_V1(icd10_set_contained);
PG_FUNCTION_INFO_V1(icd10_set_eq);
PG_FUNCTION_INFO_V1(icd10_set_ne);
PG_FUNCTION_INFO_V1(icd10_set_lt);
PG_FUNCTION_INFO_V1(icd10_set_le);
PG_FUNCTION_INFO_V1(icd10_set_gt);
PG_FUNCTION_INFO_V1(icd10_set_ge);
PG_FUNCTION_INFO_V1(icd10_set_cmp);
PG_FUNCTION_INFO_V1(icd10_set_hash);
PG_FUNCTION_INFO_V1(icd10_set_hash_extended);

/*
 * Memory for a set of at most n codes, zeroed, for its reserved bytes must
 * be; more codes than a set can have are an error.
 */
static Icd10Set *
AllocateSet(size_t n)
{
	if (n > ICD10_SET_MAX_CODES)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("an icd10_set cannot hold more than %zu codes",
						(size_t) ICD10_SET_MAX_CODES)));
	return palloc0(ICD10_SET_HEADER + n * sizeof(icd10_code));
}

/*
 * Give a set from AllocateSet the length of the n codes that it has in the end.
 * Room that was not needed stays allocated until the context goes.
 */
static Icd10Set *
FinishSet(Icd10Set *set, size_t n)
{
	Assert(n <= ICD10_SET_MAX_CODES && icd10_is_set(set->code, n));
	SET_VARSIZE(set, ICD10_SET_HEADER + n * sizeof(icd10_code));
	return set;
}

/* A set of codes that are sorted and distinct already */
Icd10Set *
MakeIcd10Set(const icd10_code *codes, size_t n)
{
	Icd10Set   *set = AllocateSet(n);

	if (n > 0)
		memcpy(set->code, codes, n * sizeof(icd10_code));
	return FinishSet(set, n);
}

/*
 * Look at the codes of a set without unpacking it more than needed.  A set
 * with a short header is not aligned, so its codes are copied into the view,
 * which must stay in its place.  A set that is compressed or out of line is
 * unpacked into the current memory context.
 *
 * Most sets of a table have a short header: those of up to fifteen codes, 124
 * bytes with the reserved ones.  PG_DETOAST_DATUM would allocate a copy
 * of each.
 */
void
ViewIcd10Set(Datum datum, CodeView *view)
{
	struct varlena *set = PG_DETOAST_DATUM_PACKED(datum);
	size_t		bytes = VARSIZE_ANY_EXHDR(set) - (ICD10_SET_HEADER - VARHDRSZ);
	char	   *codes = VARDATA_ANY(set) + (ICD10_SET_HEADER - VARHDRSZ);

	Assert(bytes % sizeof(icd10_code) == 0);
	view->n = bytes / sizeof(icd10_code);
	if (!VARATT_IS_SHORT(set))
		view->code = (const icd10_code *) codes;
	else
	{
		/* a short header has a length of at most 126 bytes, of which 4 are reserved */
		Assert(view->n <= CODE_BUFFER);
		memcpy(view->buffer, codes, bytes);
		view->code = view->buffer;
	}
	Assert(icd10_is_set(view->code, view->n));
}

/*
 * An error if text that is no code is a list of codes: one row or element then
 * holds several, and each of them would be lost.  The text is a patient's, and
 * no message repeats it.
 */
void
RefuseList(const char *text, size_t length)
{
	if (icd10_is_list(text, length))
		ereport(ERROR,
				(PlainErrcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				 errmsg("a list was given where one diagnosis code is expected"),
				 errhint("Give several codes as text[], one in each element, as in "
						 "'{...}'::text[], or one in each row. "
						 "To find such rows, ask icd10_is_code().")));
}

/*
 * The codes of an array in its order, repetitions among them, NULL and blank
 * elements left out, with room for them all; in the current memory context.  A
 * list in one element is an error.  The array must have been detoasted.
 */
icd10_code *
ReadCodeArray(ArrayType *array, size_t *n)
{
	TextArrayWalk walk;
	icd10_code *codes;
	text	   *element;

	StartTextArrayWalk(&walk, array);
	codes = palloc(Max(walk.left, 1) * sizeof(icd10_code));
	*n = 0;
	while ((element = NextText(&walk)) != NULL)
	{
		icd10_code	code = ReadCode(element);

		CHECK_FOR_INTERRUPTS();
		if (code != ICD10_NONE)
			codes[(*n)++] = code;
	}
	return codes;
}

/*
 * The codes of a row, whose arguments are icd10_code, service_date, ndc and
 * hcpcs.  A date that no code can have becomes the nearest one: a caller for whom
 * that is an error asks before (HasDay).  A code that was written with a date of
 * its own keeps that one.
 */
void
ReadRowCodes(FunctionCallInfo fcinfo, int arg, RowCodes *row)
{
	static const struct
	{
		int			arg;
		icd10_system system;
	}			columns[] = {{0, ICD10_DIAGNOSIS}, {2, ICD10_DRUG}, {3, ICD10_PROCEDURE}};
	int32		day = PG_ARGISNULL(arg + 1) ? 0 : DayOfDate(PG_GETARG_DATEADT(arg + 1));

	row->n = 0;
	for (int i = 0; i < lengthof(columns); i++)
	{
		icd10_system system = columns[i].system;
		icd10_parts *part = &row->part[row->n];
		text	   *given;
		icd10_code	code;

		if (PG_ARGISNULL(arg + columns[i].arg))
			continue;
		given = PG_GETARG_TEXT_PP(arg + columns[i].arg);
		code = system == ICD10_DIAGNOSIS ? ReadCode(given) :
			icd10_read_system(system, VARDATA_ANY(given), VARSIZE_ANY_EXHDR(given));
		if (code == ICD10_NONE)
			continue;
		*part = icd10_split(code);
		if (part->day == 0 && part->year == 0)
			part->day = day;
		row->n++;
	}
}

/*
 * What an element may be besides a code, ICD10_NONE or ICD10_UNREADABLE; no code
 * has these values, whose characters are none.  "?" is what an unreadable code
 * is written as, so that text which was dumped can be read: it must be told from
 * what cannot be read here, which is an error.
 */
#define LEFT_OUT ((icd10_code) 1)
#define QUESTION_MARK ((icd10_code) 2)

/* The code that reads like NULL: written in quotes, or it would be left out */
static const icd10_code null_code = (icd10_code) 'N' << 56 | (icd10_code) 'U' << 48 |
	(icd10_code) 'L' << 40 | (icd10_code) 'L' << 32;

/*
 * An element of the text form, and where it stops: at a comma or at the end.
 * What is valid in the text form of a text[] means the same here, as drivers
 * write lists: quotes do not matter, and NULL and "" are left out.  An element
 * that is blank without quotes is none of a text[], and ICD10_NONE.  Backslashes
 * are not looked for, since no code has a character that needs one.
 */
static icd10_code
ReadElement(const char *p, char *end, char **stop)
{
	const char *open;
	const char *close;
	icd10_code	code;

	for (open = p; open < end && isspace((unsigned char) *open); open++)
		;
	if (open == end || *open != '"')
	{
		*stop = memchr(p, ',', end - p);
		if (*stop == NULL)
			*stop = end;
		if (*stop - p == 1 && *p == '?')
			return QUESTION_MARK;
		code = icd10_read(p, *stop - p);
		return code == null_code ? LEFT_OUT : code;
	}

	open++;
	close = memchr(open, '"', end - open);
	*stop = end;
	if (close == NULL)
		return ICD10_UNREADABLE;
	*stop = memchr(close, ',', end - close);
	if (*stop == NULL)
		*stop = end;
	for (const char *rest = close + 1; rest < *stop; rest++)
	{
		if (!isspace((unsigned char) *rest))
			return ICD10_UNREADABLE;
	}
	if (close - open == 1 && *open == '?')
		return QUESTION_MARK;
	code = icd10_read(open, close - open);
	return code == ICD10_NONE ? LEFT_OUT : code;
}

/*
 * {E1165,I50.22}: errors are soft, and tell the place of the element that is
 * no code, never the element.  Order and repetitions do not matter.  Room is
 * made by the commas, of which quotes can only make too many.
 */
Datum
icd10_set_in(PG_FUNCTION_ARGS)
{
	char	   *text = PG_GETARG_CSTRING(0);
	size_t		length = strlen(text);
	Icd10Set   *set;
	size_t		room = 1;
	size_t		n = 0;
	char	   *p;
	char	   *end;

	while (length > 0 && isspace((unsigned char) text[length - 1]))
		length--;
	while (isspace((unsigned char) *text) && length > 0)
	{
		text++;
		length--;
	}
	if (length < 2 || text[0] != '{' || text[length - 1] != '}')
		ereturn(fcinfo->context, (Datum) 0,
				(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				 errmsg("invalid input syntax for type %s", "icd10_set"),
				 errhint("Write the codes in braces, separated by commas: {E1165,I50.22}.")));
	p = text + 1;
	end = text + length - 1;
	for (char *c = p; c < end; c++)
		room += *c == ',';
	set = AllocateSet(room);

	for (size_t element = 1; p < end; element++)
	{
		char	   *stop;
		icd10_code	code = ReadElement(p, end, &stop);

		CHECK_FOR_INTERRUPTS();
		/* {} and { } are the empty set; a blank between commas is a mistake */
		if (code == ICD10_NONE && stop == end && element == 1)
			break;
		if (code == ICD10_NONE || code == ICD10_UNREADABLE)
			ereturn(fcinfo->context, (Datum) 0,
					(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
					 errmsg("element %zu of the icd10_set is not a diagnosis code", element),
					 errhint("A code has at most eight letters and digits, "
							 "with or without a dot after the third.")));
		if (code != LEFT_OUT)
			set->code[n++] = code == QUESTION_MARK ? ICD10_UNREADABLE : code;
		p = stop + 1;
		if (p == end)
			ereturn(fcinfo->context, (Datum) 0,
					(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
					 errmsg("element %zu of the icd10_set is not a diagnosis code", element + 1),
					 errhint("There is a comma before the closing brace.")));
	}
	PG_RETURN_POINTER(FinishSet(set, icd10_sort(set->code, n)));
}

/* The text that icd10_set_in reads back as the same set */
Datum
icd10_set_out(PG_FUNCTION_ARGS)
{
	CodeView	set;
	char	   *out;
	char	   *p;

	ViewIcd10Set(PG_GETARG_DATUM(0), &set);
	p = out = palloc(set.n * (ICD10_MAX_TEXT + 1) + 5);
	*p++ = '{';
	for (size_t i = 0; i < set.n; i++)
	{
		if (i > 0)
			*p++ = ',';
		if (set.code[i] == null_code)
		{
			memcpy(p, "\"NULL\"", 6);
			p += 6;
		}
		else
			p += icd10_write(set.code[i], p);
	}
	*p++ = '}';
	*p = '\0';
	PG_RETURN_CSTRING(out);
}

/*
 * Binary form: the number of codes, then each as a 64-bit integer, in order.
 * All is checked: whatever is stored can be relied on.  The number is compared
 * with what is left of the message before memory is allocated by it.  A code is
 * one if its text reads back as the same bits: that refuses every combination of
 * bits that no reader makes, without a list of them.
 */
Datum
icd10_set_recv(PG_FUNCTION_ARGS)
{
	StringInfo	buf = (StringInfo) PG_GETARG_POINTER(0);
	uint32		n = pq_getmsgint(buf, 4);
	Icd10Set   *set;

	if (n > (uint32) (buf->len - buf->cursor) / sizeof(icd10_code))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
				 errmsg("icd10_set is shorter than its number of codes says")));
	set = AllocateSet(n);
	for (uint32 i = 0; i < n; i++)
	{
		icd10_code	code = (icd10_code) pq_getmsgint64(buf);
		char		text[ICD10_MAX_TEXT + 1];
		int			length = icd10_write(code, text);

		CHECK_FOR_INTERRUPTS();
		if (code == ICD10_NONE || icd10_read(text, length) != code ||
			(i > 0 && set->code[i - 1] >= code))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
					 errmsg("element %u of the icd10_set is not a diagnosis code or not in order",
							i + 1)));
		set->code[i] = code;
	}
	PG_RETURN_POINTER(FinishSet(set, n));
}

/* The form that icd10_set_recv takes */
Datum
icd10_set_send(PG_FUNCTION_ARGS)
{
	CodeView	set;
	StringInfoData buf;

	ViewIcd10Set(PG_GETARG_DATUM(0), &set);
	pq_begintypsend(&buf);
	pq_sendint32(&buf, set.n);
	for (size_t i = 0; i < set.n; i++)
		pq_sendint64(&buf, set.code[i]);
	PG_RETURN_BYTEA_P(pq_endtypsend(&buf));
}

/*
 * Is text one code?  For those who look for what the others are stopped by: it
 * raises nothing, and is false of a list as of anything that cannot be read.
 */
Datum
icd10_is_code(PG_FUNCTION_ARGS)
{
	text	   *given = PG_GETARG_TEXT_PP(0);
	icd10_code	code = icd10_read(VARDATA_ANY(given), VARSIZE_ANY_EXHDR(given));

	PG_RETURN_BOOL(code != ICD10_NONE && code != ICD10_UNREADABLE);
}

/* Cast from text[]: what is no code is kept as "?" (see the head of the file) */
Datum
icd10_set_from_array(PG_FUNCTION_ARGS)
{
	size_t		n;
	icd10_code *codes = ReadCodeArray(PG_GETARG_ARRAYTYPE_P(0), &n);

	PG_RETURN_POINTER(MakeIcd10Set(codes, icd10_sort(codes, n)));
}

/* Cast to text[], in order */
Datum
icd10_set_to_array(PG_FUNCTION_ARGS)
{
	CodeView	set;
	Datum	   *elements;

	ViewIcd10Set(PG_GETARG_DATUM(0), &set);
	elements = MemoryContextAllocHuge(CurrentMemoryContext, Max(set.n, 1) * sizeof(Datum));
	for (size_t i = 0; i < set.n; i++)
	{
		char		text[ICD10_MAX_TEXT + 1];
		int			length = icd10_write(set.code[i], text);

		CHECK_FOR_INTERRUPTS();
		elements[i] = PointerGetDatum(cstring_to_text_with_len(text, length));
	}
	PG_RETURN_ARRAYTYPE_P(construct_array(elements, set.n, TEXTOID, -1, false, TYPALIGN_INT));
}

/* cardinality(icd10_set) */
Datum
icd10_set_cardinality(PG_FUNCTION_ARGS)
{
	CodeView	set;

	ViewIcd10Set(PG_GETARG_DATUM(0), &set);
	PG_RETURN_INT32(set.n);
}

/* The operators that make a set from two */
typedef size_t (*MergeFunction) (const icd10_code *, size_t, const icd10_code *, size_t,
								 icd10_code *);

/*
 * A new set made of the first two arguments, with room for both together, which
 * no merge exceeds
 */
static Datum
MergeSets(FunctionCallInfo fcinfo, MergeFunction merge)
{
	CodeView	a;
	CodeView	b;
	Icd10Set   *result;

	ViewIcd10Set(PG_GETARG_DATUM(0), &a);
	ViewIcd10Set(PG_GETARG_DATUM(1), &b);
	result = AllocateSet(a.n + b.n);
	PG_RETURN_POINTER(FinishSet(result, merge(a.code, a.n, b.code, b.n, result->code)));
}

/* The operator | */
Datum
icd10_set_union(PG_FUNCTION_ARGS)
{
	return MergeSets(fcinfo, icd10_union);
}

/* The operator - */
Datum
icd10_set_difference(PG_FUNCTION_ARGS)
{
	return MergeSets(fcinfo, icd10_difference);
}

/* The operator & */
Datum
icd10_set_intersection(PG_FUNCTION_ARGS)
{
	return MergeSets(fcinfo, icd10_intersection);
}

/* Does one set hold every code of another? */
static bool
SetContains(Datum whole, Datum part)
{
	CodeView	a;
	CodeView	b;

	ViewIcd10Set(whole, &a);
	ViewIcd10Set(part, &b);
	return icd10_contains(a.code, a.n, b.code, b.n);
}

/* The operator @> */
Datum
icd10_set_contains(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(SetContains(PG_GETARG_DATUM(0), PG_GETARG_DATUM(1)));
}

/* The operator <@ */
Datum
icd10_set_contained(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(SetContains(PG_GETARG_DATUM(1), PG_GETARG_DATUM(0)));
}

/*
 * Below, equal to or above 0 as the first argument is before, equal to or
 * behind the second
 */
static int
CompareSets(FunctionCallInfo fcinfo)
{
	CodeView	a;
	CodeView	b;

	ViewIcd10Set(PG_GETARG_DATUM(0), &a);
	ViewIcd10Set(PG_GETARG_DATUM(1), &b);
	return icd10_compare(a.code, a.n, b.code, b.n);
}

/* The operator = */
Datum
icd10_set_eq(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(CompareSets(fcinfo) == 0);
}

/* The operator <> */
Datum
icd10_set_ne(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(CompareSets(fcinfo) != 0);
}

/* The operator < */
Datum
icd10_set_lt(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(CompareSets(fcinfo) < 0);
}

/* The operator <= */
Datum
icd10_set_le(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(CompareSets(fcinfo) <= 0);
}

/* The operator > */
Datum
icd10_set_gt(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(CompareSets(fcinfo) > 0);
}

/* The operator >= */
Datum
icd10_set_ge(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(CompareSets(fcinfo) >= 0);
}

/* Order of the B-tree operator class: code by code */
Datum
icd10_set_cmp(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT32(CompareSets(fcinfo));
}

/* Hash of the codes, whatever header the set has: equal sets may differ in it */
Datum
icd10_set_hash(PG_FUNCTION_ARGS)
{
	CodeView	set;

	ViewIcd10Set(PG_GETARG_DATUM(0), &set);
	PG_RETURN_DATUM(hash_any((const unsigned char *) set.code, set.n * sizeof(icd10_code)));
}

/* The same with a seed, for hash partitioning */
Datum
icd10_set_hash_extended(PG_FUNCTION_ARGS)
{
	CodeView	set;

	ViewIcd10Set(PG_GETARG_DATUM(0), &set);
	PG_RETURN_DATUM(hash_any_extended((const unsigned char *) set.code, set.n * sizeof(icd10_code),
									  PG_GETARG_INT64(1)));
}
