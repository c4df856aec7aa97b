/*
 * icd10.c
 *	  Diagnosis codes and sets of them.
 *
 * Sets are sorted arrays of distinct codes; the functions on two sets are
 * merges and need their output array to be large enough for the result.
 *
 * Reading runs once for each diagnosis of each patient.  A plain code takes one
 * pass over its characters, with a table in place of questions; whatever that
 * pass stumbles over goes to read_marked, and what is no code even there is
 * ICD10_UNREADABLE.  Nothing here raises or allocates, and no text is kept.
 *
 * A code is not compared with any list.  Which codes there are changes every
 * October, and a model may map codes of its own; what is valid is asked of the
 * encounter filter, what it gives of a model.
 */
#include "core/icd10.h"

#include <string.h>

#include "core/assert.h"
#include "core/interrupt.h"

/* That of interrupt.h: every program that has the core has this file. */
void		(*hcc_interrupt) (void) = NULL;

/*
 * Up to so many codes are sorted by insertion; sort_many, which has two tables
 * of 256 places to fill and to go through, would take longer.
 */
#define SORT_FEW 32

/*
 * Characters of a code in canonical form; 0: cannot be part of one.  ASCII
 * alone, by a table and not by toupper: what a code is may not depend on the
 * locale, or stored sets and indexes would.
 */
static const unsigned char canonical[256] = {
	['0'] = '0', '1', '2', '3', '4', '5', '6', '7', '8', '9',
	['A'] = 'A', 'B', 'C', 'D', 'E', 'F', 'G', 'H', 'I', 'J', 'K', 'L', 'M',
	'N', 'O', 'P', 'Q', 'R', 'S', 'T', 'U', 'V', 'W', 'X', 'Y', 'Z',
	['a'] = 'A', 'B', 'C', 'D', 'E', 'F', 'G', 'H', 'I', 'J', 'K', 'L', 'M',
	'N', 'O', 'P', 'Q', 'R', 'S', 'T', 'U', 'V', 'W', 'X', 'Y', 'Z'
};

/*
 * The bytes of a blank in UTF-8 that has two or three, or 0; at most length are
 * looked at.  Two: next line, no-break space, soft hyphen; the Arabic letter
 * mark.  Three: Ogham space, Mongolian vowel separator; the spaces and marks of
 * General Punctuation; ideographic space; byte order mark.  They come along
 * when somebody copies a code from a page, a document or a spreadsheet, and
 * nobody sees them.
 */
static size_t
wide_blank(const unsigned char *b, size_t length)
{
	if (length >= 2 && b[0] == 0xC2)
		return b[1] == 0x85 || b[1] == 0xA0 || b[1] == 0xAD ? 2 : 0;
	if (length >= 2 && b[0] == 0xD8)
		return b[1] == 0x9C ? 2 : 0;
	if (length < 3)
		return 0;
	switch (b[0])
	{
		case 0xE1:
			return (b[1] == 0x9A && b[2] == 0x80) || (b[1] == 0xA0 && b[2] == 0x8E) ? 3 : 0;
		case 0xE2:
			/* U+2000 to U+200F, U+2028 to U+202F, U+205F to U+206F, marks of direction too */
			if (b[1] == 0x80)
				return b[2] <= 0x8F || (b[2] >= 0xA8 && b[2] <= 0xAF) ? 3 : 0;
			return b[1] == 0x81 && b[2] >= 0x9F && b[2] <= 0xAF ? 3 : 0;
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
static size_t
blank(const char *text, size_t length)
{
	unsigned char c = length > 0 ? (unsigned char) *text : 'x';

	if (c == ' ' || (c >= '\t' && c <= '\r'))
		return 1;
	if (c < 0x80)
		return 0;
	/* alone, as encodings of one byte have them; UTF-8 begins no character so */
	if (c == 0xA0 || c == 0x85 || c == 0xAD)
		return 1;
	return wide_blank((const unsigned char *) text, length);
}

/*
 * As many at the end.  There the longest comes first: the last byte of a wide
 * blank may look like one alone, as A0 of the no-break space does.  A byte alone
 * counts only behind ASCII, or it would be cut out of a character of UTF-8.
 */
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
		if (length >= bytes && blank(text + length - bytes, bytes) == bytes)
			return bytes;
	}
	return (c == 0xA0 || c == 0x85 || c == 0xAD) &&
		(length == 1 || (unsigned char) text[length - 2] < 0x80);
}

/* Leave out the blanks around text; returns where it begins. */
const char *
icd10_trim(const char *text, size_t *length)
{
	size_t		bytes;

	hcc_assert(text != NULL || *length == 0);
	while (*length > 0 && (bytes = blank_at_end(text, *length)) > 0)
		*length -= bytes;
	while (*length > 0 && (bytes = blank(text, *length)) > 0)
	{
		text += bytes;
		*length -= bytes;
	}
	return text;
}

/* ---- days ---- */

/*
 * The day numbers of sets and of beneficiaries, both of which are stored: 1 is
 * 1 January 1900, and 0 is free to mean that there is no date.  Seventeen bits
 * last to 10 November 2258.  The calendar is Gregorian throughout, as the
 * server's is; the core has its own because it does without the server.
 */
#define DAYS_BEFORE_1900 693595 /* from 1 January of the year 1 */

/* Days of whole years from the year 1 to before this one */
static int32_t
days_before_year(int year)
{
	int			y = year - 1;

	return y * 365 + y / 4 - y / 100 + y / 400;
}

/* Days of the year before a month */
static int
days_before_month(int year, int month)
{
	static const short before[] = {
		0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365
	};
	bool		is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

	return before[month - 1] + (is_leap && month > 2);
}

/* The number of a day, 1 for 1 January 1900; 0 if there is no such day or it has no number */
int32_t
icd10_day(int year, int month, int day)
{
	int32_t		number;

	if (year < 1900 || year > 2300 || month < 1 || month > 12 || day < 1 ||
		day > days_before_month(year, month + 1) - days_before_month(year, month))
		return 0;
	number = days_before_year(year) + days_before_month(year, month) + day - DAYS_BEFORE_1900;
	return number <= ICD10_LAST_DAY ? number : 0;
}

/* The date of a day's number, which is above 0 */
void
icd10_date(int32_t number, int *year, int *month, int *day)
{
	int32_t		days = number + DAYS_BEFORE_1900;	/* 1: the first of the year 1 */

	hcc_assert(number > 0 && number <= ICD10_LAST_DAY);
	/* 400 years have 146097 days; from a year too late it takes a step or two back */
	*year = (int) ((int64_t) days * 400 / 146097) + 2;
	while (days_before_year(*year) >= days)
		--*year;
	days -= days_before_year(*year);
	*month = 12;
	while (days_before_month(*year, *month) >= days)
		--*month;
	*day = days - days_before_month(*year, *month);
}

/* ---- codes of other systems, and dates ---- */

/*
 * The parts of an element that is marked, as icd10.h shows them.  A drug code
 * always has eleven characters, so that it needs no digit for "none" and packs
 * by 36; a shorter code of the other systems fills up with zeros and packs by
 * 37, which keeps the order of text.
 *
 * With eleven characters a drug has no room for a day.  It has the year, in six
 * bits, of which 0 is none: which drug category a code has depends on the
 * benefit year alone, whereas diagnoses have days on which they begin and end.
 */
#define DRUG_LENGTH 11
#define DRUG_BITS 57			/* 36 to the power of 11 is a little less */
#define FIRST_DRUG_YEAR 2000
#define LAST_DRUG_YEAR 2062
#define CODE_BITS 42			/* 37 to the power of 8 is a little less */
#define DAY_BITS 17
#define LOW_BITS(n) (((icd10_code) 1 << (n)) - 1)

/* The names of systems in text; diagnoses have none. */
static const char *const system_names[] = {"", "hcpcs:", "ndc:"};

/* What a character counts for, from 1; 0 is no character */
static inline unsigned
digit_of(unsigned char c)
{
	return c <= '9' ? c - '0' + 1 : c - 'A' + 11;
}

/* The character that counts for so much */
static inline char
character_of(unsigned digit)
{
	return (char) (digit <= 10 ? '0' + digit - 1 : 'A' + digit - 11);
}

/* A plain code of a system with a day, which may be 0 */
static icd10_code
mark(icd10_system system, icd10_code plain, int32_t day)
{
	icd10_code	packed = 0;

	for (int shift = 56; shift >= 0; shift -= 8)
	{
		unsigned char c = (unsigned char) (plain >> shift);

		packed = packed * 37 + (c == 0 ? 0 : digit_of(c));
	}
	return (icd10_code) 3 << 61 | (icd10_code) system << 59 | packed << DAY_BITS |
		(icd10_code) day;
}

/* The plain code in one that mark made; of anything else some code */
static icd10_code
unmark(icd10_code code)
{
	icd10_code	packed = code >> DAY_BITS & LOW_BITS(CODE_BITS);
	icd10_code	plain = 0;

	for (int shift = 0; shift <= 56; shift += 8)
	{
		unsigned	digit = packed % 37;

		packed /= 37;
		if (digit != 0)
			plain |= (icd10_code) (unsigned char) character_of(digit) << shift;
	}
	return plain;
}

/*
 * A drug code: eleven digits or letters, or five, four and two with hyphens
 * between.  Letters occur, as in 00117A52902, which HHS lists.  Codes of ten
 * digits are not filled up: without hyphens nobody can tell which part lacks
 * its zero, and a wrong one is another drug.
 */
static icd10_code
read_drug(const char *text, size_t length)
{
	bool		hyphens = length == DRUG_LENGTH + 2 && text[5] == '-' && text[10] == '-';
	icd10_code	packed = 0;
	int			n = 0;

	for (size_t i = 0; i < length; i++)
	{
		unsigned char c = canonical[(unsigned char) text[i]];

		if (hyphens && (i == 5 || i == 10))
			continue;
		if (c == 0 || ++n > DRUG_LENGTH)
			return ICD10_UNREADABLE;
		packed = packed * 36 + digit_of(c) - 1;
	}
	return n == DRUG_LENGTH ? (icd10_code) 1 << 63 | packed : ICD10_UNREADABLE;
}

/*
 * A code of a system, without its date; blank text and what is no code as
 * icd10_read says
 */
icd10_code
icd10_read_system(icd10_system system, const char *text, size_t length)
{
	icd10_code	code;

	text = icd10_trim(text, &length);
	if (length == 0)
		return ICD10_NONE;
	if (system == ICD10_DRUG)
		return read_drug(text, length);
	code = icd10_read(text, length);
	/* icd10_read takes "hcpcs:" and dates; in one code of a known system they are wrong */
	if (icd10_is_marked(code))
		return ICD10_UNREADABLE;
	return system == ICD10_DIAGNOSIS || code == ICD10_UNREADABLE ? code : mark(system, code, 0);
}

/*
 * A code that has none with this day; ICD10_UNREADABLE if it cannot have it, as
 * a drug code of a year for which there are no bits.  Day 0 is no date, and
 * leaves the code as it is.
 */
icd10_code
icd10_dated(icd10_code code, int32_t day)
{
	int			year;
	int			month;
	int			day_of_month;

	hcc_assert(day >= 0 && day <= ICD10_LAST_DAY);
	if (day == 0 || code == ICD10_NONE || code == ICD10_UNREADABLE)
		return code;
	if (!icd10_is_marked(code))
		return mark(ICD10_DIAGNOSIS, code, day);
	if (code >> 63 == 0)
		return code | (icd10_code) day;
	icd10_date(day, &year, &month, &day_of_month);
	if (year < FIRST_DRUG_YEAR || year > LAST_DRUG_YEAR)
		return ICD10_UNREADABLE;
	return code | (icd10_code) (year - FIRST_DRUG_YEAR + 1) << DRUG_BITS;
}

/*
 * What an element of a set says, whatever its bits are: sets come from disk and
 * over the wire.  What a diagnosis code is without its date is the plain code,
 * which models have; procedures and drugs stay marked, as theirs are.
 */
icd10_parts
icd10_split(icd10_code code)
{
	icd10_parts parts = {.system = ICD10_DIAGNOSIS, .code = code};

	if (!icd10_is_marked(code))
		return parts;
	if (code >> 63 != 0)
	{
		int			year = code >> DRUG_BITS & LOW_BITS(6);

		parts.system = ICD10_DRUG;
		parts.code = (code & LOW_BITS(DRUG_BITS)) | (icd10_code) 1 << 63;
		parts.year = year == 0 ? 0 : year + FIRST_DRUG_YEAR - 1;
		return parts;
	}
	parts.system = (code >> 59 & 3) == ICD10_DIAGNOSIS ? ICD10_DIAGNOSIS : ICD10_PROCEDURE;
	parts.day = code & LOW_BITS(DAY_BITS);
	parts.code = parts.system == ICD10_DIAGNOSIS ? unmark(code) : code & ~LOW_BITS(DAY_BITS);
	return parts;
}

/* A number of digits that fill the text; -1 if something else */
static int
read_number(const char *text, size_t length)
{
	int			number = 0;

	for (size_t i = 0; i < length; i++)
	{
		if (text[i] < '0' || text[i] > '9')
			return -1;
		number = number * 10 + text[i] - '0';
	}
	return length > 0 ? number : -1;
}

/* The day of 2025-03-01, or 0 */
static int32_t
read_day(const char *text, size_t length)
{
	if (length != 10 || text[4] != '-' || text[7] != '-')
		return 0;
	return icd10_day(read_number(text, 4), read_number(text + 5, 2), read_number(text + 8, 2));
}

/* A code with its system before it or its date behind it; text has no blanks around it. */
static icd10_code
read_marked(const char *text, size_t length)
{
	icd10_system system = ICD10_DIAGNOSIS;
	const char *at = memchr(text, '@', length);
	const char *colon = memchr(text, ':', length);
	size_t		code_length = at == NULL ? length : (size_t) (at - text);
	size_t		date_length = at == NULL ? 0 : length - code_length - 1;
	icd10_code	code;
	int32_t		day;

	if (at == NULL && colon == NULL)
		return ICD10_UNREADABLE;
	if (colon != NULL)
	{
		/* the name with its colon, in either case; 0x20 is what tells the cases apart */
		size_t		name_length = colon + 1 - text;

		for (system = ICD10_DRUG; system > ICD10_DIAGNOSIS; system--)
		{
			const char *name = system_names[system];
			size_t		i = 0;

			while (i < name_length && name[i] != '\0' && (text[i] | 0x20) == (name[i] | 0x20))
				i++;
			if (i == name_length && name[i] == '\0')
				break;
		}
		if (system == ICD10_DIAGNOSIS || name_length > code_length)
			return ICD10_UNREADABLE;
		text += name_length;
		code_length -= name_length;
	}
	code = icd10_read_system(system, text, code_length);
	if (code == ICD10_NONE || code == ICD10_UNREADABLE)
		return ICD10_UNREADABLE;
	if (at == NULL)
		return code;
	/* of a drug's date the year is kept, and written */
	if (system == ICD10_DRUG && date_length == 4)
		day = icd10_day(read_number(at + 1, 4), 1, 1);
	else
		day = read_day(at + 1, date_length);
	return day == 0 ? ICD10_UNREADABLE : icd10_dated(code, day);
}

/*
 * Read a code: any case, surrounding blanks, a dot after the third character;
 * "ndc:" or "hcpcs:" before it, and its date behind it, as in E11.9@2025-03-01.
 *
 * Blank text gives ICD10_NONE; text that is no code, ICD10_UNREADABLE.  The two
 * differ: a blank column says nothing, where a text that cannot be read is a
 * diagnosis that somebody meant, and must be told of.
 *
 * The dot is skipped only where ICD-10-CM has it.  Elsewhere it is a mistake,
 * of which nobody knows what was meant.
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
			return read_marked(text, length);
		code |= (icd10_code) c << (56 - 8 * n++);
	}
	return code;
}

/* Is a canonical character a letter? */
static inline bool
is_letter(char c)
{
	return c >= 'A' && c <= 'Z';
}

/* Is it a digit? */
static inline bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/*
 * Can a code be one of ICD-10-CM?  Three to seven characters, a letter and a
 * digit first, or as from fiscal year 2026 on two letters and a digit.  Others
 * are read all the same: a model may have its own.  This is the shape alone;
 * codes of ICD-9 that begin with E or V can have it, too.
 */
bool
icd10_is_icd10(icd10_code code)
{
	icd10_parts parts = icd10_split(code);
	char		text[ICD10_MAX_TEXT + 1];
	int			length = icd10_write(parts.code, text);

	return parts.system == ICD10_DIAGNOSIS && length >= 3 && length <= 7 &&
		is_letter(text[0]) && (is_digit(text[1]) || (is_letter(text[1]) && is_digit(text[2])));
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
 *
 * It is asked only of what could not be read.  A list that were taken for one
 * unreadable code would lose all that it holds, and the score would be too low
 * without a word; a slip is one code that is lost, and shown.
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

/* Write a number with leading zeros; returns where it ends. */
static char *
write_number(char *text, int number, int digits)
{
	for (int i = digits; i-- > 0; number /= 10)
		text[i] = (char) ('0' + number % 10);
	return text + digits;
}

/*
 * As icd10_write; whatever the bits are, it writes no more than ICD10_MAX_TEXT.
 * What it writes of bits that no reader made does not read back as the same
 * bits, by which icd10_set_recv finds them.
 */
static int
write_marked(icd10_code code, char *text)
{
	icd10_parts parts = icd10_split(code);
	char	   *p = text;
	int			year = parts.year;
	int			month;
	int			day;

	for (const char *name = system_names[parts.system]; *name != '\0'; name++)
		*p++ = *name;
	if (parts.system == ICD10_DRUG)
	{
		icd10_code	packed = parts.code & LOW_BITS(DRUG_BITS);

		for (int i = DRUG_LENGTH; i-- > 0; packed /= 36)
			p[i] = character_of(packed % 36 + 1);
		p += DRUG_LENGTH;
	}
	else
		p += icd10_write(parts.system == ICD10_PROCEDURE ? unmark(code) : parts.code, p);
	if (year != 0 || parts.day != 0)
		*p++ = '@';
	if (year != 0)
		p = write_number(p, year, 4);
	else if (parts.day != 0)
	{
		icd10_date(parts.day, &year, &month, &day);
		p = write_number(p, year, 4);
		*p++ = '-';
		p = write_number(p, month, 2);
		*p++ = '-';
		p = write_number(p, day, 2);
	}
	*p = '\0';
	return (int) (p - text);
}

/*
 * Write a code and a terminating zero byte, at most ICD10_MAX_TEXT + 1 bytes;
 * returns the length.
 */
int
icd10_write(icd10_code code, char *text)
{
	int			n = 0;

	if (icd10_is_marked(code))
		return write_marked(code, text);
	for (; code != 0; code <<= 8)
		text[n++] = (char) (code >> 56);
	text[n] = '\0';
	return n;
}

/*
 * Of few codes, as most patients have, and often already in order: then it is
 * one comparison for each
 */
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
 * time grows with n alone, whatever the codes are and whoever chose them.  A
 * quicksort can be made to take the square of it.  It calls itself at most
 * eight deep, once for each byte of a code; 4 kB of stack each time are little.
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

/*
 * The codes of either set; out has room for na + nb, and is neither of them.
 * Both are taken, without a branch, where they are equal: which of two codes is
 * less cannot be foreseen.
 */
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

/*
 * The codes of a that are not in b; out has room for na, and may be a, for what
 * is written is never ahead of what is read
 */
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

/*
 * Order of sets: code by code, a prefix before what it begins; below, equal to
 * or above 0.  Indexes are built by it, so that it is frozen.
 */
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
