/*
 * import_row.c
 *	  Rows of import_claim and import_person, put together column by column.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"

#include "import_row.h"
#include "import_source.h"

/* Make a row of a type, all of it NULL, in a memory context that lasts. */
void
import_row_init(ImportRow *row, TupleDesc desc)
{
	row->words = palloc0(sizeof(ImportWords));
	row->words->context = CurrentMemoryContext;
	row->desc = desc;
	row->values = palloc0(desc->natts * sizeof(Datum));
	row->nulls = palloc(desc->natts * sizeof(bool));
	import_row_clear(row);
}

/* Make a row of the type that a column of another is an array of. */
void
import_row_of_array(ImportRow *element, const ImportRow *row, int column)
{
	Oid			type = get_element_type(TupleDescAttr(row->desc, column)->atttypid);

	import_row_init(element, lookup_rowtype_tupdesc_copy(type, -1));
	pfree(element->words);
	element->words = row->words;
}

/* Make all columns NULL. */
void
import_row_clear(ImportRow *row)
{
	memset(row->nulls, true, row->desc->natts);
	row->bad_text = false;
}

/*
 * Set a column to a text; an empty one is NULL, and so is what is no text, of
 * which the row takes note.
 */
void
import_set_text(ImportRow *row, int column, const char *text, size_t length)
{
	unsigned char odd = 0;
	Datum		value;

	if (length == 0)
		return;
	for (size_t i = 0; i < length; i++)
		odd |= (unsigned char) text[i] < ' ' ? 0x80 : (unsigned char) text[i];
	if ((odd & 0x80) == 0)
	{
		struct varlena *plain = palloc(VARHDRSZ + length);

		SET_VARSIZE(plain, VARHDRSZ + length);
		memcpy(VARDATA(plain), text, length);
		value = PointerGetDatum(plain);
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

/* Set a column to an array of composites, or to NULL if there are none. */
void
import_set_array(ImportRow *row, int column, Datum *elements, int n, const ImportRow *element)
{
	if (n > 0)
		import_set(row, column,
				   PointerGetDatum(construct_array(elements, n, element->desc->tdtypeid, -1,
												   false, TYPALIGN_DOUBLE)));
}

/* Set a column to an array of texts, or to NULL if there are none. */
void
import_set_texts(ImportRow *row, int column, Datum *texts, int n)
{
	if (n > 0)
		import_set(row, column,
				   PointerGetDatum(construct_array(texts, n, TEXTOID, -1, false, TYPALIGN_INT)));
}

/* The row as a composite value */
Datum
import_row_datum(ImportRow *row)
{
	HeapTuple	tuple = heap_form_tuple(row->desc, row->values, row->nulls);

	/* nothing in it is stored outside of it */
	return PointerGetDatum(tuple->t_data);
}

/* Put a key, a value or an element into JSON under way; NULL for what is no text. */
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
