/*
 * icd10.c
 *	  Diagnosis codes and sets of them.
 *
 * Sets are sorted arrays of distinct codes; the functions on two sets are
 * merges and need their output array to be large enough for the result.
 */
#include "core/icd10.h"

#include <string.h>

#include "core/assert.h"
#include "core/interrupt.h"

void		(*hcc_interrupt) (void) = NULL;

/* Up to so many codes are sorted by insertion. */
#define SORT_FEW 32

/* Characters of a code in canonical form; 0: cannot be part of one. */
static const unsigned char canonical[256] = {
	['0'] = '0', '1', '2', '3', '4', '5', '6', '7', '8', '9',
	['A'] = 'A', 'B', 'C', 'D', 'E', 'F', 'G', 'H', 'I', 'J', 'K', 'L', 'M',
	'N', 'O', 'P', 'Q', 'R', 'S', 'T', 'U', 'V', 'W', 'X', 'Y', 'Z',
	['a'] = 'A', 'B', 'C', 'D', 'E', 'F', 'G', 'H', 'I', 'J', 'K', 'L', 'M',
	'N', 'O', 'P', 'Q', 'R', 'S', 'T', 'U', 'V', 'W', 'X', 'Y', 'Z'
};

/* The bytes of a blank in UTF-8 that has two or three, or 0; at most length are looked at */
static size_t
wide_blank(const unsigned char *b, size_t length)
{
	if (length >= 2 && b[0] == 0xC2)
		return b[1] == 0x85 || b[1] == 0xA0 ? 2 : 0;
	if (length < 3)
		return 0;
	switch (b[0])
	{
		case 0xE1:
			return b[1] == 0x9A && b[2] == 0x80 ? 3 : 0;
		case 0xE2:
			/* U+2000 to U+200D, U+2028, U+2029, U+202F; U+205F, U+2060 */
			if (b[1] == 0x80)
				return b[2] <= 0x8D || b[2] == 0xA8 || b[2] == 0xA9 || b[2] == 0xAF ? 3 : 0;
			return b[1] == 0x81 && (b[2] == 0x9F || b[2] == 0xA0) ? 3 : 0;
		case 0xE3:
			return b[1] == 0x80 && b[2] == 0x80 ? 3 : 0;
		case 0xEF:
			return b[1] == 0xBB && b[2] == 0xBF ? 3 : 0;
		default:
			return 0;
	}
}

/*
 * How many bytes at the beginning of text are a blank: ASCII, one that
 * Unicode calls white space, or one without width; 0: none
 */
size_t
icd10_blank(const char *text, size_t length)
{
	unsigned char c = length > 0 ? (unsigned char) *text : 'x';

	if (c == ' ' || (c >= '\t' && c <= '\r'))
		return 1;
	if (c < 0x80)
		return 0;
	/* alone, as encodings of one byte have them; UTF-8 begins no character so */
	if (c == 0xA0 || c == 0x85)
		return 1;
	return wide_blank((const unsigned char *) text, length);
}

/* As many at the end */
static size_t
blank_at_end(const char *text, size_t length)
{
	unsigned char c = (unsigned char) text[length - 1];

	if (c == ' ' || (c >= '\t' && c <= '\r'))
		return 1;
	if (c < 0x80)
		return 0;
	for (size_t bytes = 3; bytes > 1; bytes--)
	{
		if (length >= bytes && icd10_blank(text + length - bytes, bytes) == bytes)
			return bytes;
	}
	return (c == 0xA0 || c == 0x85) && (length == 1 || (unsigned char) text[length - 2] < 0x80);
}

/* Leave out the blanks around text; returns where it begins. */
const char *
icd10_trim(const char *text, size_t *length)
{
	size_t		bytes;

	hcc_assert(text != NULL || *length == 0);
	while (*length > 0 && (bytes = blank_at_end(text, *length)) > 0)
		*length -= bytes;
	while (*length > 0 && (bytes = icd10_blank(text, *length)) > 0)
	{
		text += bytes;
		*length -= bytes;
	}
	return text;
}

/*
 * Read a code: any case, surrounding blanks, a dot after the third character.
 *
 * Blank text gives ICD10_NONE; text that is no code, ICD10_UNREADABLE.
 */
icd10_code
icd10_read(const char *text, size_t length)
{
	icd10_code	code = 0;
	int			n = 0;

	hcc_assert(text != NULL || length == 0);
	text = icd10_trim(text, &length);

	for (size_t i = 0; i < length; i++)
	{
		unsigned char c = canonical[(unsigned char) text[i]];

		if (c == 0 && text[i] == '.' && i == 3)
			continue;
		if (c == 0 || n == ICD10_MAX_LENGTH)
			return ICD10_UNREADABLE;
		code |= (icd10_code) c << (56 - 8 * n++);
	}
	return code;
}

/*
 * Can a code be one of ICD-10-CM?  Three to seven characters, a letter and a
 * digit first.  Others are read all the same: a model may have its own.
 */
bool
icd10_is_icd10(icd10_code code)
{
	char		text[ICD10_MAX_LENGTH + 1];
	int			length = icd10_write(code, text);

	return length >= 3 && length <= 7 && text[0] >= 'A' && text[0] <= 'Z' &&
		text[1] >= '0' && text[1] <= '9';
}

/* Is it as a code begins, three characters or more, the first a letter and the next a digit? */
static bool
looks_like_code(const char *text, size_t length)
{
	return length >= 3 && canonical[(unsigned char) text[0]] >= 'A' &&
		text[1] >= '0' && text[1] <= '9' && icd10_read(text, length) != ICD10_UNREADABLE;
}

/* Is it what lists are written with? */
static inline bool
is_list_mark(char c)
{
	return memchr("{}[],;\"", c, 7) != NULL;
}

/*
 * Is text that is no code a list of codes, an array or JSON?  It is if it
 * begins like an array, has several codes with anything between them, or has
 * one and begins or ends with what lists are written with.  A comma within,
 * as in E11,9, is a slip and makes no list.
 */
bool
icd10_is_list(const char *text, size_t length)
{
	size_t		word = 0;		/* where it begins */
	int			codes = 0;

	text = icd10_trim(text, &length);
	if (length == 0)
		return false;
	if (*text == '{' || *text == '[')
		return true;
	for (size_t i = 0; i <= length; i++)
	{
		if (i < length && (text[i] == '.' || canonical[(unsigned char) text[i]] != 0))
			continue;
		codes += looks_like_code(text + word, i - word);
		word = i + 1;
	}
	return codes > 1 || (codes == 1 && (is_list_mark(text[0]) || is_list_mark(text[length - 1])));
}

/*
 * Write a code and a terminating zero byte, at most ICD10_MAX_LENGTH + 1
 * bytes; returns the length.
 */
int
icd10_write(icd10_code code, char *text)
{
	int			n = 0;

	for (; code != 0; code <<= 8)
		text[n++] = (char) (code >> 56);
	text[n] = '\0';
	return n;
}

/* Of few codes, as most patients have, and often already in order */
static void
sort_few(icd10_code *codes, size_t n)
{
	for (size_t i = 1; i < n; i++)
	{
		icd10_code	code = codes[i];
		size_t		j = i;

		for (; j > 0 && codes[j - 1] > code; j--)
			codes[j] = codes[j - 1];
		codes[j] = code;
	}
}

/*
 * Of any number, by one byte after the other from the first, in place: the
 * time grows with n alone, whatever the codes are and whoever chose them.
 */
static void
sort_many(icd10_code *codes, size_t n, int shift)
{
	size_t		next[256] = {0};	/* where the next code of each byte goes */
	size_t		end[256];
	size_t		sum = 0;

	hcc_assert(shift >= 0 && shift <= 56 && shift % 8 == 0);
	hcc_check_interrupt();
	for (size_t i = 0; i < n; i++)
		next[(codes[i] >> shift) & 0xFF]++;
	for (int byte = 0; byte < 256; byte++)
	{
		size_t		count = next[byte];

		next[byte] = sum;
		sum += count;
		end[byte] = sum;
	}
	for (int byte = 0; byte < 256; byte++)
	{
		while (next[byte] < end[byte])
		{
			icd10_code	code = codes[next[byte]];
			int			its_byte = (code >> shift) & 0xFF;

			/* a code that belongs here stays; another changes places */
			codes[next[byte]] = codes[next[its_byte]];
			codes[next[its_byte]++] = code;
		}
	}
	for (int byte = 0; shift > 0 && byte < 256; byte++)
	{
		size_t		first = byte > 0 ? end[byte - 1] : 0;

		if (end[byte] - first <= SORT_FEW)
			sort_few(&codes[first], end[byte] - first);
		else
			sort_many(&codes[first], end[byte] - first, shift - 8);
	}
}

/* Sort codes in place and drop repetitions; returns how many remain. */
size_t
icd10_sort(icd10_code *codes, size_t n)
{
	size_t		distinct = 0;

	hcc_assert(codes != NULL || n == 0);
	if (n <= SORT_FEW)
		sort_few(codes, n);
	else
		sort_many(codes, n, 56);

	for (size_t i = 0; i < n; i++)
	{
		if (distinct == 0 || codes[distinct - 1] != codes[i])
			codes[distinct++] = codes[i];
	}
	return distinct;
}

/* The codes of either set; out has room for na + nb, and is neither of them. */
size_t
icd10_union(const icd10_code *a, size_t na, const icd10_code *b, size_t nb, icd10_code *out)
{
	size_t		n = 0;

	hcc_assert(icd10_is_set(a, na) && icd10_is_set(b, nb));
	while (na > 0 && nb > 0)
	{
		bool		take_a = *a <= *b;
		bool		take_b = *b <= *a;

		out[n++] = take_a ? *a : *b;
		a += take_a;
		na -= take_a;
		b += take_b;
		nb -= take_b;
	}
	for (; na > 0; na--)
		out[n++] = *a++;
	for (; nb > 0; nb--)
		out[n++] = *b++;
	return n;
}

/* The codes of a that are not in b; out has room for na, and may be a. */
size_t
icd10_difference(const icd10_code *a, size_t na, const icd10_code *b, size_t nb, icd10_code *out)
{
	size_t		n = 0;

	hcc_assert(icd10_is_set(a, na) && icd10_is_set(b, nb));
	for (; na > 0; a++, na--)
	{
		while (nb > 0 && *b < *a)
		{
			b++;
			nb--;
		}
		if (nb == 0 || *b != *a)
			out[n++] = *a;
	}
	return n;
}

/* The codes of both; out has room for the smaller set's, and may be a. */
size_t
icd10_intersection(const icd10_code *a, size_t na, const icd10_code *b, size_t nb, icd10_code *out)
{
	size_t		n = 0;

	hcc_assert(icd10_is_set(a, na) && icd10_is_set(b, nb));
	for (; na > 0; a++, na--)
	{
		while (nb > 0 && *b < *a)
		{
			b++;
			nb--;
		}
		if (nb > 0 && *b == *a)
			out[n++] = *a;
	}
	return n;
}

/* Does a hold every code of b? */
bool
icd10_contains(const icd10_code *a, size_t na, const icd10_code *b, size_t nb)
{
	hcc_assert(icd10_is_set(a, na) && icd10_is_set(b, nb));
	for (; nb > 0; b++, nb--)
	{
		while (na > 0 && *a < *b)
		{
			a++;
			na--;
		}
		if (na == 0 || *a != *b)
			return false;
	}
	return true;
}

/* Order of sets: code by code, a prefix before what it begins. */
int
icd10_compare(const icd10_code *a, size_t na, const icd10_code *b, size_t nb)
{
	hcc_assert(icd10_is_set(a, na) && icd10_is_set(b, nb));
	for (; na > 0 && nb > 0; a++, b++, na--, nb--)
	{
		if (*a != *b)
			return *a < *b ? -1 : 1;
	}
	return (na > nb) - (na < nb);
}
