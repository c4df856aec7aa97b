/*
 * icd10.h
 *	  Diagnosis codes and sets of them.
 *
 * A diagnosis code is held as up to eight characters in one integer, the first
 * character in the top byte, so that comparing integers compares text.  None of
 * these characters has one of the two bits by which the other elements of a set
 * are known, which sort behind them:
 *
 *	0 1 1	system (2 bits), code (42), day (17)	a diagnosis code with its date,
 *											or a procedure code with or without
 *	1		year (6), code (57)				a drug code with or without the year
 *											of its date, for which there is room
 *
 * Sets are stored in tables of users: what an integer means is frozen.  A code
 * with dates stands in a set as many times as it has dates, in their order;
 * drug codes go by the year first.
 */
#ifndef HCC_ICD10_H
#define HCC_ICD10_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint64_t icd10_code;

#define ICD10_MAX_LENGTH 8
#define ICD10_MAX_TEXT 26		/* of an element as it is written, without the zero byte */
#define ICD10_NONE ((icd10_code) 0)

/* Stands in a set for codes that could not be read: "?". */
#define ICD10_UNREADABLE ((icd10_code) '?' << 56)

/* The systems that codes are of */
typedef enum icd10_system
{
	ICD10_DIAGNOSIS,
	ICD10_PROCEDURE,			/* HCPCS */
	ICD10_DRUG					/* NDC */
} icd10_system;

/* The last day that a code can have, in days since 31 December 1899; 0: no date */
#define ICD10_LAST_DAY 131071

/* What an element of a set says */
typedef struct icd10_parts
{
	icd10_system system;
	icd10_code	code;			/* without its date */
	int32_t		day;			/* days since 31 December 1899, or 0 */
	int32_t		year;			/* of the date, or 0 */
} icd10_parts;

/* Is it of another system than diagnoses, or has it a date? */
static inline bool
icd10_is_marked(icd10_code code)
{
	return code >> 61 >= 3;
}

/* For assertions: are codes what the functions on sets take, sorted and distinct? */
static inline bool
icd10_is_set(const icd10_code *codes, size_t n)
{
	for (size_t i = 1; i < n; i++)
	{
		if (codes[i - 1] >= codes[i])
			return false;
	}
	return codes != NULL || n == 0;
}

extern icd10_code icd10_read(const char *text, size_t length);
extern icd10_code icd10_read_system(icd10_system system, const char *text, size_t length);
extern icd10_code icd10_dated(icd10_code code, int32_t day);
extern icd10_parts icd10_split(icd10_code code);
extern int32_t icd10_day(int year, int month, int day);
extern void icd10_date(int32_t number, int *year, int *month, int *day);
extern bool icd10_is_icd10(icd10_code code);
extern const char *icd10_trim(const char *text, size_t *length);
extern bool icd10_is_list(const char *text, size_t length);
extern int	icd10_write(icd10_code code, char *text);

extern size_t icd10_sort(icd10_code *codes, size_t n);
extern size_t icd10_union(const icd10_code *a, size_t na, const icd10_code *b, size_t nb,
						  icd10_code *out);
extern size_t icd10_difference(const icd10_code *a, size_t na, const icd10_code *b, size_t nb,
							   icd10_code *out);
extern size_t icd10_intersection(const icd10_code *a, size_t na, const icd10_code *b, size_t nb,
								 icd10_code *out);
extern bool icd10_contains(const icd10_code *a, size_t na, const icd10_code *b, size_t nb);
extern int	icd10_compare(const icd10_code *a, size_t na, const icd10_code *b, size_t nb);

#endif							/* HCC_ICD10_H */
