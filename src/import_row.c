/*
 * import_row.c
 *	  Rows of import_claim and import_person, put together column by column.
 *
 * A claim of an 837 is a row of 49 columns with some six small rows in its arrays.
 * To have the server form them (heap_form_tuple, construct_array,
 * tuplestore_putvalues) took longer than to read the claim: each text in memory of
 * its own, each small row in memory of its own and copied into its array, each
 * tuple looked at twice, for its length and for its bytes.
 *
 * So tuples and arrays are written here, once, where they stay.  What must be right
 * for that is the server's format: header, bitmap of NULLs, alignment, short headers
 * of short values.  Headers are copies of what the server has made of a row that is
 * all NULL, so that what it puts there besides (type, typmod, offset of the data) is
 * its own; and what this does not know, a row without NULL, goes to the server.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"

#include "core/bytes.h"
#include "import_row.h"
#include "import_source.h"

/*
 * Make a row of a type, all of it NULL, in a memory context that lasts: it is used for
 * row after row, and nothing of it is freed but with the context.
 */
void
import_row_init(ImportRow *row, TupleDesc desc)
{
	row->words = palloc0(sizeof(ImportWords));
	row->words->context = CurrentMemoryContext;
	row->desc = desc;
	row->values = palloc0(desc->natts * sizeof(Datum));
	row->nulls = palloc(desc->natts * sizeof(bool));
	row->texts = palloc(IMPORT_TEXTS);
	import_row_clear(row);
	row->header = heap_form_minimal_tuple(desc, row->values, row->nulls);
	/* enough for most claims; it grows for one with many lines */
	row->room = 4096;
	row->tuple = palloc(row->room);
	row->slot = MakeSingleTupleTableSlot(desc, &TTSOpsMinimalTuple);
}

/* Make all columns NULL. */
void
import_row_clear(ImportRow *row)
{
	memset(row->nulls, true, row->desc->natts);
	row->used = 0;
	row->bad_text = false;
}

/*
 * Where a value goes behind what there is of a tuple, whose length grows by it.
 *
 * Alignment is counted from the beginning of the minimal tuple, which begins
 * MINIMAL_TUPLE_OFFSET into a heap tuple: that is a multiple of every alignment, so
 * that both ways of counting come to the same.  What is skipped is zero, as the
 * server has it: how a short header is told from padding, and equal rows from others.
 */
static inline char *
PlaceInTuple(ImportRow *row, size_t *used, size_t alignment, size_t length)
{
	size_t		at = TYPEALIGN(alignment, *used);

	if (unlikely(at + length > row->room))
	{
		row->room = Max(2 * row->room, at + length);
		row->tuple = repalloc(row->tuple, row->room);
	}
	while (*used < at)
		row->tuple[(*used)++] = 0;
	*used = at + length;
	return row->tuple + at;
}

/*
 * Write a text or an array behind what there is of a tuple: a short one gets a short
 * header, which is not aligned, as no column's storage is plain.  One that has a short
 * header already (import_set_text) is copied as it is.  A long one is aligned by its
 * type: arrays of composites as doubles, others as integers.
 *
 * The value is never compressed or out of line: it was made a moment ago, or is of a
 * row that this has written before.
 */
static inline void
WriteVarlena(ImportRow *row, size_t *used, char alignment, const void *value)
{
	size_t		size = VARSIZE_ANY(value);
	char	   *at;

	if (VARATT_CAN_MAKE_SHORT(value))
	{
		size = VARATT_CONVERTED_SHORT_SIZE(value);
		at = PlaceInTuple(row, used, 1, size);
		SET_VARSIZE_SHORT(at, size);
		hcc_copy_short(at + VARHDRSZ_SHORT, VARDATA(value), size - VARHDRSZ_SHORT);
		return;
	}
	at = PlaceInTuple(row, used, VARATT_IS_SHORT(value) ? 1
					  : alignment == TYPALIGN_DOUBLE ? ALIGNOF_DOUBLE : ALIGNOF_INT, size);
	if (VARATT_IS_SHORT(value))
		hcc_copy_short(at, value, size);
	else
		memcpy(at, value, size);
}

/*
 * Write the values of a row behind its header, as heap_form_minimal_tuple does; the
 * length of all.  A bit in t_bits says that a column is there.  Through row->tuple
 * each time: PlaceInTuple() may have moved it.
 */
static size_t
WriteValues(ImportRow *row)
{
	size_t		used = row->header->t_hoff - MINIMAL_TUPLE_OFFSET;

	for (int column = 0; column < row->desc->natts; column++)
	{
		Form_pg_attribute attribute = TupleDescAttr(row->desc, column);
		Datum		value = row->values[column];

		if (row->nulls[column])
			continue;
		((MinimalTuple) row->tuple)->t_bits[column >> 3] |= 1 << (column & 7);
		switch (attribute->attlen)
		{
			case 1:
				*PlaceInTuple(row, &used, 1, 1) = DatumGetChar(value);
				break;
			case 4:
				*(int32 *) PlaceInTuple(row, &used, ALIGNOF_INT, 4) = DatumGetInt32(value);
				break;
			case 8:
				*(int64 *) PlaceInTuple(row, &used, ALIGNOF_DOUBLE, 8) = DatumGetInt64(value);
				break;
			default:
				Assert(attribute->attlen == -1);
				WriteVarlena(row, &used, attribute->attalign, DatumGetPointer(value));
		}
	}
	return used;
}

/*
 * Add the row to others.  The server would form it with twice the work, for it
 * looks first how long it will be; a row without NULL, which has no room for
 * the bits that say so, is left to it.
 *
 * The slot borrows the tuple (no pfree) and the tuplestore copies it, so that the same
 * place serves the next row.  A row of these types always has a text, its scope at
 * least: HEAP_HASVARWIDTH need not be worked out.
 */
void
import_row_put(ImportRow *row, Tuplestorestate *rows)
{
	size_t		header = row->header->t_hoff - MINIMAL_TUPLE_OFFSET;
	MinimalTuple tuple;

	if (memchr(row->nulls, true, row->desc->natts) == NULL)
	{
		tuplestore_putvalues(rows, row->desc, row->values, row->nulls);
		return;
	}
	memcpy(row->tuple, row->header, header);
	((MinimalTuple) row->tuple)->t_infomask |= HEAP_HASVARWIDTH;
	header = WriteValues(row);
	tuple = (MinimalTuple) row->tuple;
	tuple->t_len = header;
	ExecStoreMinimalTuple(tuple, row->slot, false);
	tuplestore_puttupleslot(rows, row->slot);
}

/*
 * Copy bytes that are text in any encoding: ASCII, and nothing that controls.
 *
 * Nearly all values of a claim are, and need neither be verified nor converted.
 * false says nothing, and what was copied is of no use: import_text_datum() then looks
 * properly.  So a false alarm is allowed, and the eight bytes at once make use of it;
 * that a NUL, or a byte of another character, passes is not.  Otherwise as
 * hcc_copy_short().
 */
static inline bool
CopyPlain(char *to, const char *text, size_t length)
{
	const uint64 high = UINT64CONST(0x8080808080808080);
	const uint64 blanks = UINT64CONST(0x2020202020202020);
	uint64		odd = 0;
	uint64		word;
	uint32		half;

	if (length >= sizeof(uint64))
	{
		for (size_t i = 0; i < length - sizeof(uint64); i += sizeof(uint64))
		{
			word = hcc_copy_word(to + i, text + i);
			/* of a byte below the blank the difference has the highest bit, or one before it had */
			odd |= word | (word - blanks);
		}
		word = hcc_copy_word(to + length - sizeof(uint64), text + length - sizeof(uint64));
		odd |= word | (word - blanks);
	}
	else if (length >= sizeof(uint32))
	{
		half = hcc_copy_half(to, text);
		odd = half | (half - (uint32) blanks);
		half = hcc_copy_half(to + length - sizeof(uint32), text + length - sizeof(uint32));
		odd |= half | (half - (uint32) blanks);
	}
	else
	{
		for (size_t i = 0; i < length; i++)
		{
			to[i] = text[i];
			odd |= (unsigned char) text[i] < ' ' ? 0x80 : (unsigned char) text[i];
		}
	}
	return (odd & high) == 0;
}

/*
 * Set a column to a text; an empty one is NULL, and so is what is no text, of
 * which the row takes note.  The bytes are copied: they may be of a buffer that the
 * next piece of the file overwrites.
 */
void
import_set_text(ImportRow *row, int column, const char *text, size_t length)
{
	size_t		size = VARHDRSZ_SHORT + length;
	Datum		value;

	if (length == 0)
		return;
	if (size <= VARATT_SHORT_MAX && row->used + size <= IMPORT_TEXTS &&
		CopyPlain(row->texts + row->used + VARHDRSZ_SHORT, text, length))
	{
		/* with the header that it gets in a row */
		value = PointerGetDatum(row->texts + row->used);
		SET_VARSIZE_SHORT(DatumGetPointer(value), size);
		row->used += size;
	}
	else if (!import_text_datum(text, length, &value))
	{
		row->bad_text = true;
		return;
	}
	import_set(row, column, value);
}

/*
 * Set a column to one of the program's own words, a string that stays where it
 * is: its value is made once.
 *
 * A hash table by address, with linear probing.  It never loses a word; when it is
 * full but for one slot, others are made anew each time, which is slower and right.
 * A word must not be a buffer: its next content would have the value of the first.
 */
void
import_set_word(ImportRow *row, int column, const char *word)
{
	ImportWords *words = row->words;
	uintptr_t	at = ((uintptr_t) word ^ (uintptr_t) word >> 8) % IMPORT_WORDS;
	MemoryContext caller;

	while (words->slot[at].word != word)
	{
		if (words->slot[at].word == NULL)
		{
			if (words->n == IMPORT_WORDS - 1)
			{
				import_set_text(row, column, word, strlen(word));
				return;
			}
			caller = MemoryContextSwitchTo(words->context);
			words->slot[at].value = PointerGetDatum(cstring_to_text(word));
			MemoryContextSwitchTo(caller);
			words->slot[at].word = word;
			words->n++;
			break;
		}
		at = (at + 1) % IMPORT_WORDS;
	}
	if (word[0] != '\0')
		import_set(row, column, words->slot[at].value);
}

/* ---- arrays of composites ---- */

#define ARRAY_HEADER ARR_OVERHEAD_NONULLS(1)

/* Where the values of an element begin that has no NULL, and so no bitmap of them */
#define WHOLE_ELEMENT_DATA MAXALIGN(SizeofHeapTupleHeader)

/*
 * What an element begins with: the server's header of a row that is all NULL, with the
 * bitmap, and with the type, which a composite has as a value of a column.
 */
static void
MakeHeader(ImportArray *array, TupleDesc desc)
{
	Datum	   *values = palloc0(desc->natts * sizeof(Datum));
	bool	   *nulls = palloc(desc->natts * sizeof(bool));
	HeapTupleHeader header;

	memset(nulls, true, desc->natts);
	array->type = desc->tdtypeid;
	array->natts = desc->natts;
	header = heap_form_tuple(desc, values, nulls)->t_data;
	if (header->t_hoff > sizeof(array->header))
		elog(ERROR, "a row of an array has too many columns: %d", desc->natts);
	memset(&array->header, 0, sizeof(array->header));
	memcpy(&array->header, header, header->t_hoff);
}

/*
 * Make ready for arrays of a column's type, in a memory context that lasts.  The
 * descriptor is a copy, so that no reference to the type cache is left open; palloc
 * aligns the bytes as any value in them needs.
 */
void
import_array_init(ImportArray *array, const ImportRow *row, int column)
{
	Oid			type = get_element_type(TupleDescAttr(row->desc, column)->atttypid);

	MakeHeader(array, lookup_rowtype_tupdesc_copy(type, -1));
	array->room = 1024;
	array->bytes = palloc(array->room);
	import_array_clear(array);
}

/* Begin another array; the one before, also as the value of a column, is gone by it. */
void
import_array_clear(ImportArray *array)
{
	array->used = ARRAY_HEADER;
	array->n = 0;
	array->bad_text = false;
}

/* Make room for more than there is room for; not inlined, for it is hardly ever called. */
static pg_noinline void
Grow(ImportArray *array, size_t room)
{
	array->room = Max(2 * array->room, room);
	array->bytes = repalloc(array->bytes, array->room);
}

/* So many bytes more, behind as many zeros as align them; what they are is the caller's. */
static inline char *
MakeRoom(ImportArray *array, size_t alignment, size_t length)
{
	size_t		at = TYPEALIGN(alignment, array->used);

	/* the zeros are written eight at a time */
	if (unlikely(at + length + sizeof(uint64) > array->room))
		Grow(array, at + length + sizeof(uint64));
	/* the length is a constant, and so one store; what is too much the value overwrites */
	if (alignment > 1)
		memset(array->bytes + array->used, 0, sizeof(uint64));
	array->used = at + length;
	return array->bytes + at;
}

/* Begin an element, all of it NULL; elements of an array are aligned as far as any type is. */
void
import_element_begin(ImportArray *array)
{
	char	   *bytes = MakeRoom(array, MAXIMUM_ALIGNOF, sizeof(array->header));

	/* a constant length, and so a few stores; what is too much the values overwrite */
	memcpy(bytes, &array->header, sizeof(array->header));
	array->begin = bytes - array->bytes;
	array->used = array->begin + array->header.start.t_hoff;
	array->columns = 0;
	array->varlena = false;
}

/* A column of the element at hand is not NULL. */
static inline void
HasValue(ImportArray *array, int column)
{
	HeapTupleHeader header = (HeapTupleHeader) (array->bytes + array->begin);

	Assert(column < array->natts);
	header->t_bits[column >> 3] |= 1 << (column & 7);
	array->columns++;
}

/*
 * Room for a value of the element at hand, whose column is not NULL then.  Alignment
 * is counted from the array, which comes to the same as from the element, since that
 * begins aligned and the offset of its data is a multiple of the greatest alignment.
 */
static inline char *
AddValue(ImportArray *array, int column, size_t alignment, size_t length)
{
	/* before the header is looked for: it may move */
	char	   *value = MakeRoom(array, alignment, length);

	HasValue(array, column);
	return value;
}

/* Add an integer, or a date, to the element at hand. */
void
import_add_int(ImportArray *array, int column, int32 value)
{
	memcpy(AddValue(array, column, ALIGNOF_INT, sizeof(value)), &value, sizeof(value));
}

/* Add a bigint to the element at hand. */
void
import_add_long(ImportArray *array, int column, int64 value)
{
	memcpy(AddValue(array, column, ALIGNOF_DOUBLE, sizeof(value)), &value, sizeof(value));
}

/* Add a boolean to the element at hand. */
void
import_add_bool(ImportArray *array, int column, bool value)
{
	*AddValue(array, column, 1, 1) = value;
}

/*
 * Add a text or an array of plain values, with a header of four bytes, to the
 * element at hand; a short one has one of one byte there.  Plain values, for those of
 * arrays of composites would have to be aligned as doubles.
 */
void
import_add_varlena(ImportArray *array, int column, const void *value)
{
	size_t		length = VARSIZE(value) - VARHDRSZ;
	size_t		size = VARHDRSZ_SHORT + length;
	char	   *room;

	array->varlena = true;
	if (size > VARATT_SHORT_MAX)
	{
		room = AddValue(array, column, ALIGNOF_INT, VARSIZE(value));
		memcpy(room, value, VARSIZE(value));
		return;
	}
	room = AddValue(array, column, 1, size);
	SET_VARSIZE_SHORT(room, size);
	hcc_copy_short(room + VARHDRSZ_SHORT, VARDATA(value), length);
}

/*
 * Add a text to the element at hand; an empty one is NULL, and so is what is
 * no text, of which the array takes note.
 */
void
import_add_text(ImportArray *array, int column, const char *text, size_t length)
{
	size_t		size = VARHDRSZ_SHORT + length;
	size_t		before = array->used;
	Datum		value;

	if (length == 0)
		return;
	if (size <= VARATT_SHORT_MAX)
	{
		char	   *room = MakeRoom(array, 1, size);

		if (CopyPlain(room + VARHDRSZ_SHORT, text, length))
		{
			SET_VARSIZE_SHORT(room, size);
			HasValue(array, column);
			array->varlena = true;
			return;
		}
		array->used = before;
	}
	if (import_text_datum(text, length, &value))
		import_add_varlena(array, column, DatumGetPointer(value));
	else
		array->bad_text = true;
}

/*
 * End the element at hand: what its header says of it, as heap_form_tuple has that.
 *
 * An element without NULL has no bitmap.  If that took more than what is there by
 * alignment (more than eight columns), the values begin earlier without it, and are
 * moved by a multiple of the greatest alignment: of a line hardly all columns are
 * known, and a finding has three.  Zeros behind align the next element, and belong
 * to the array also behind the last one.
 */
void
import_element_end(ImportArray *array)
{
	HeapTupleHeader header = (HeapTupleHeader) (array->bytes + array->begin);
	size_t		bitmap = header->t_hoff - WHOLE_ELEMENT_DATA;

	if (array->columns == array->natts)
	{
		char	   *data = (char *) header + WHOLE_ELEMENT_DATA;

		memset(header->t_bits, 0, WHOLE_ELEMENT_DATA - SizeofHeapTupleHeader);
		memmove(data, data + bitmap, array->used - array->begin - header->t_hoff);
		array->used -= bitmap;
		header->t_hoff = WHOLE_ELEMENT_DATA;
		header->t_infomask &= ~HEAP_HASNULL;
	}
	if (array->varlena)
		header->t_infomask |= HEAP_HASVARWIDTH;
	HeapTupleHeaderSetDatumLength(header, array->used - array->begin);
	MakeRoom(array, MAXIMUM_ALIGNOF, 0);
	array->n++;
}

/*
 * Set a column to an array, or to NULL if it has no elements.  It stays until
 * the next one is begun.
 *
 * The header goes to the place that import_array_clear() has left for it.  No element
 * is NULL, so that there is no bitmap of them.  bad_text is handed on even if the
 * array has no elements: what was left out is left out.
 */
void
import_set_array(ImportRow *row, int column, ImportArray *array)
{
	ArrayType  *value = (ArrayType *) array->bytes;

	row->bad_text |= array->bad_text;
	if (array->n == 0)
		return;
	memset(value, 0, ARRAY_HEADER);
	SET_VARSIZE(value, array->used);
	value->ndim = 1;
	value->elemtype = array->type;
	ARR_DIMS(value)[0] = array->n;
	ARR_LBOUND(value)[0] = 1;
	import_set(row, column, PointerGetDatum(value));
}

/*
 * Put a key, a value or an element into JSON under way; NULL for what is no text, and
 * for an empty one.  A key cannot be null and is the empty text then.  No row takes
 * note of it: attributes are shown, and nothing is loaded from them.
 */
void
import_put_text(JsonbParseState **state, JsonbIteratorToken token, const char *text,
				size_t length)
{
	JsonbValue	value;
	Datum		datum;

	value.type = jbvNull;
	if (length > 0 && import_text_datum(text, length, &datum))
	{
		value.type = jbvString;
		value.val.string.val = VARDATA_ANY(DatumGetPointer(datum));
		value.val.string.len = VARSIZE_ANY_EXHDR(DatumGetPointer(datum));
	}
	else if (token == WJB_KEY)
	{
		value.type = jbvString;
		value.val.string.val = "";
		value.val.string.len = 0;
	}
	pushJsonbValue(state, token, &value);
}
