/*
 * icd10.h
 *	  Diagnosis codes and sets of them.
 *
 * A code is held as up to eight characters in one integer, the first
 * character in the top byte, so that comparing integers compares text.
 */
#ifndef HCC_ICD10_H
#define HCC_ICD10_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint64_t icd10_code;

#define ICD10_MAX_LENGTH 8
#define ICD10_NONE ((icd10_code) 0)

/* Stands in a set for codes that could not be read: "?". */
#define ICD10_UNREADABLE ((icd10_code) '?' << 56)

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
extern bool icd10_is_icd10(icd10_code code);
extern size_t icd10_blank(const char *text, size_t length);
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
