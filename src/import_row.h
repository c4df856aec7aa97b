/*
 * import_row.h
 *	  Rows of import_claim and import_person, put together column by column.
 *
 * A row is cleared, gets values in any order, and is put into a tuplestore, which
 * copies it; then the next one takes the same place.  What a row is made of lives in
 * the memory context that was current when it was made; values that a caller sets
 * (import_set) must live until the row is put.
 *
 * Texts come as bytes of a file and may be no text.  Such a value is left NULL and
 * the row says so (bad_text), since an error would refuse the whole file.
 */
#ifndef HCCRAF_IMPORT_ROW_H
#define HCCRAF_IMPORT_ROW_H

#include "access/htup.h"
#include "access/tupdesc.h"
#include "executor/tuptable.h"
#include "fmgr.h"
#include "funcapi.h"
#include "utils/jsonb.h"
#include "utils/tuplestore.h"

/*
 * The columns of import_claim, in order: that of the type in sql/80-import_types.sql.
 * A column that is added there is added here, at the same place.
 */
typedef enum ClaimColumn
{
	CLAIM_FILE, CLAIM_POSITION, CLAIM_SCOPE, CLAIM_RECORD, CLAIM_MEMBER_SYSTEM, CLAIM_MEMBER,
	CLAIM_MEMBER_KEY, CLAIM_MBI, CLAIM_RELATION, CLAIM_MEMBER_NAME, CLAIM_BIRTH, CLAIM_SEX,
	CLAIM_DEATH, CLAIM_SYSTEM, CLAIM_ID, CLAIM_KEY, CLAIM_CONTROL_NUMBER, CLAIM_REPLACES,
	CLAIM_REPLACES_CONTROL_NUMBER, CLAIM_STATUS, CLAIM_SOURCE, CLAIM_ACTION, CLAIM_TYPE,
	CLAIM_BILL_TYPE, CLAIM_FREQUENCY, CLAIM_PLACE, CLAIM_FROM, CLAIM_TO, CLAIM_PROVIDER,
	CLAIM_PROVIDER_ROLE, CLAIM_RENDERING, CLAIM_ATTENDING, CLAIM_BILLING, CLAIM_PRESCRIBER,
	CLAIM_PAYER, CLAIM_CONTRACT, CLAIM_PLAN, CLAIM_DENIED, CLAIM_DENIED_CODE,
	CLAIM_CANCELLED_BY, CLAIM_FINAL, CLAIM_SUBMISSION, CLAIM_SUBMITTED, CLAIM_KNOWN,
	CLAIM_DIAGNOSES, CLAIM_LINES, CLAIM_WARNINGS, CLAIM_REFUSED, CLAIM_ATTRIBUTES,
	CLAIM_COLUMNS
} ClaimColumn;

/* The columns of import_person, in order */
typedef enum PersonColumn
{
	PERSON_FILE, PERSON_POSITION, PERSON_SCOPE, PERSON_RECORD, PERSON_MEMBER_SYSTEM,
	PERSON_MEMBER, PERSON_MEMBER_KEY, PERSON_IDENTIFIERS, PERSON_SUBSCRIBER, PERSON_RELATION,
	PERSON_NAME, PERSON_ACTION, PERSON_REASON, PERSON_BIRTH, PERSON_SEX, PERSON_DEATH,
	PERSON_DECEASED, PERSON_OREC, PERSON_CREC, PERSON_MEDICARE_STATUS, PERSON_ESRD,
	PERSON_ESRD_NOW, PERSON_CONTRACT, PERSON_PLAN, PERSON_SPANS, PERSON_MONTHS, PERSON_KNOWN,
	PERSON_WARNINGS, PERSON_REFUSED, PERSON_ATTRIBUTES,
	PERSON_COLUMNS
} PersonColumn;

/* Several times the words that the readers have; one slot stays empty, where a search ends */
#define IMPORT_WORDS 256

/*
 * Words that have been made values once, by where they stand in the program.  Equal
 * words at different places are two: comparing addresses is the point of it.
 */
typedef struct ImportWords
{
	MemoryContext context;		/* that of the row, which the values live as long as */
	int			n;				/* at most IMPORT_WORDS - 1 */
	struct
	{
		const char *word;		/* NULL: the slot is free */
		Datum		value;
	}			slot[IMPORT_WORDS];
} ImportWords;

/* What the short texts of a row are put in: those of nearly any row have room. */
#define IMPORT_TEXTS 8192

/*
 * A composite type and a row of it.
 *
 * Its columns are of one, four or eight bytes (boolean, date, bigint) or of any length
 * (text, arrays, jsonb): others WriteValues() does not know.
 */
typedef struct ImportRow
{
	ImportWords *words;
	TupleDesc	desc;
	Datum	   *values;			/* as many as desc has columns; those that are NULL are of before */
	bool	   *nulls;
	char	   *texts;			/* IMPORT_TEXTS bytes, which never move: values point there */
	size_t		used;			/* of texts */
	bool		bad_text;		/* bytes that are no text were left out */
	MinimalTuple header;		/* of a row that is all NULL */
	char	   *tuple;			/* the row as a tuplestore has it; moves when it grows */
	size_t		room;			/* of tuple */
	TupleTableSlot *slot;		/* by which it is handed to the tuplestore */
} ImportRow;

/*
 * An array of composites under way, and the element at hand.  It is written as
 * the server stores it, in one place that the next row takes again: an element
 * is begun, gets its columns in their order, and is ended.
 *
 * The order matters, since a tuple has its values in it and they are written where
 * they stay; a column that is left out is NULL.  Each is added once.  Positions are
 * kept as offsets, for bytes moves when it grows.  Once an array is a column's value
 * (import_set_array) it must not be begun anew before the row is put.
 */
typedef struct ImportArray
{
	Oid			type;			/* of an element */
	int			natts;
	union						/* of an element that is all NULL */
	{
		HeapTupleHeaderData start;
		char		bytes[40];	/* with the bits of up to 136 columns */
	}			header;
	char	   *bytes;
	size_t		room;
	size_t		used;			/* with the array's header; aligned between elements */
	int			n;				/* elements that have ended */
	size_t		begin;			/* of the element at hand */
	int			columns;		/* that the element has so far */
	bool		varlena;		/* it has texts or arrays */
	bool		bad_text;		/* bytes that are no text were left out */
} ImportArray;

extern void import_row_init(ImportRow *row, TupleDesc desc);
extern void import_row_clear(ImportRow *row);
extern void import_row_put(ImportRow *row, Tuplestorestate *rows);
extern void import_set_text(ImportRow *row, int column, const char *text, size_t length);
extern void import_set_word(ImportRow *row, int column, const char *word);
extern void import_array_init(ImportArray *array, const ImportRow *row, int column);
extern void import_array_clear(ImportArray *array);
extern void import_element_begin(ImportArray *array);
extern void import_add_int(ImportArray *array, int column, int32 value);
extern void import_add_long(ImportArray *array, int column, int64 value);
extern void import_add_bool(ImportArray *array, int column, bool value);
extern void import_add_text(ImportArray *array, int column, const char *text, size_t length);
extern void import_add_varlena(ImportArray *array, int column, const void *value);
extern void import_element_end(ImportArray *array);
extern void import_set_array(ImportRow *row, int column, ImportArray *array);
extern void import_put_text(JsonbParseState **state, JsonbIteratorToken token, const char *text,
							size_t length);

/* Add one of the program's own words to the element at hand. */
static inline void
import_add_word(ImportArray *array, int column, const char *word)
{
	import_add_text(array, column, word, strlen(word));
}

/* Set a column that is not NULL; what a Datum points to is the caller's, until the row is put. */
static inline void
import_set(ImportRow *row, int column, Datum value)
{
	row->values[column] = value;
	row->nulls[column] = false;
}

#endif							/* HCCRAF_IMPORT_ROW_H */
