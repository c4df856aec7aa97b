/*
 * icd10_set.h
 *	  The SQL type icd10_set.
 */
#ifndef HCCRAF_ICD10_SET_H
#define HCCRAF_ICD10_SET_H

#include "access/tupmacs.h"
#include "catalog/pg_type_d.h"
#include "core/icd10.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/memutils.h"

/* On disk: sorted distinct codes; never longer than its codes need. */
typedef struct Icd10Set
{
	int32		vl_len_;
	int32		reserved;		/* zero; aligns the codes */
	icd10_code	code[FLEXIBLE_ARRAY_MEMBER];
} Icd10Set;

#define ICD10_SET_HEADER offsetof(Icd10Set, code)
#define ICD10_SET_MAX_CODES ((MaxAllocSize - ICD10_SET_HEADER) / sizeof(icd10_code) / 2)

/* Codes of a set that is being read; the buffer holds those of a short datum */
#define CODE_BUFFER 16

typedef struct CodeView
{
	const icd10_code *code;
	size_t		n;
	icd10_code	buffer[CODE_BUFFER];
} CodeView;

extern void RefuseList(const char *text, size_t length);
extern void ViewIcd10Set(Datum set, CodeView *view);
extern Icd10Set *MakeIcd10Set(const icd10_code *codes, size_t n);
extern icd10_code *ReadCodeArray(ArrayType *array, size_t *n);

/*
 * The code of text that should be one.  What cannot be read is left to the
 * caller, but a list is an error: its codes would all be lost at once.
 */
static inline icd10_code
ReadCode(const text *given)
{
	const char *chars = VARDATA_ANY(given);
	size_t		length = VARSIZE_ANY_EXHDR(given);
	icd10_code	code = icd10_read(chars, length);

	if (unlikely(code == ICD10_UNREADABLE))
		RefuseList(chars, length);
	return code;
}

/* The codes of a row of claims: of each system at most one */
typedef struct RowCodes
{
	int			n;
	icd10_parts part[3];
} RowCodes;

extern void ReadRowCodes(FunctionCallInfo fcinfo, int arg, RowCodes *row);

/* Steps through the elements of a text[], whatever its shape. */
typedef struct TextArrayWalk
{
	int			left;
	int			seen;
	char	   *next;
	bits8	   *nulls;
} TextArrayWalk;

/* Begin at the first element. The array must be detoasted and stay in its place. */
static inline void
StartTextArrayWalk(TextArrayWalk *walk, ArrayType *array)
{
	walk->left = ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array));
	walk->seen = 0;
	walk->next = ARR_DATA_PTR(array);
	walk->nulls = ARR_NULLBITMAP(array);
}

/* The next element that is not NULL, or NULL at the end */
static inline text *
NextText(TextArrayWalk *walk)
{
	while (walk->left > 0)
	{
		int			i = walk->seen++;
		char	   *element;

		/* an array may be long, and what is done with each of it takes its time */
		if (i % 1024 == 1023)
			CHECK_FOR_INTERRUPTS();
		walk->left--;
		if (walk->nulls != NULL && att_isnull(i, walk->nulls))
			continue;
		element = (char *) att_align_pointer(walk->next, TYPALIGN_INT, -1, walk->next);
		walk->next = element + VARSIZE_ANY(element);
		return (text *) element;
	}
	return NULL;
}

#endif							/* HCCRAF_ICD10_SET_H */
