/*
 * record.c
 *	  Records of files: a line each, whose fields stand at fixed positions or
 *	  between delimiters.
 *
 * Files are taken as they are met with, not as a standard has them: CCLF and
 * MMR by positions, MAO-004 and the research files between delimiters, with
 * line ends of three kinds, lines without the blanks at their end, and dates
 * that mean none.  What is wrong is told to the caller, who refuses the record;
 * nothing is repaired here, since a field that has moved looks like a value.
 */
#include "core/record.h"

#include <string.h>

#include "core/assert.h"

/* As rows of file_layout name them */
const char *const hcc_value_kind_names[HCC_VALUE_KINDS] = {
	"text", "date", "yyyymmdd", "yyyymm", "dd-mon-yyyy", "number"
};

/*
 * What is written where there is no date, as yyyymmdd; zeros are none, too.
 * CCLF fills missing dates with 1000-01-01 and 9999-12-31; the months of them
 * are 99991201 and 10000101, where yyyymm is read as its first day.
 */
static const int no_date[] = {0, 10101, 10000101, 99991231, 99991201, 99999999};

/* Nobody in a file has lived before; an earlier year is a slip, or another field. */
#define FIRST_YEAR 1800

/* What ended files before their length did: a last line of it alone is no record. */
#define END_OF_FILE '\032'

/* ---- lines ---- */

/*
 * The lines of a buffer that begins with one, after so many; a byte order mark
 * belongs to no line.  It is one only where the file begins, before any line;
 * the pieces of a file that come later are told by the lines before them.
 */
hcc_lines
hcc_lines_begin(const char *bytes, size_t length, int64_t before)
{
	size_t		mark = before == 0 && length >= 3 && memcmp(bytes, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;

	return (hcc_lines) {bytes + mark, bytes + length, before, NULL, 0};
}

/*
 * The next line that is not empty, without what ends it (LF, any CR and LF, a
 * CR alone, or the end of the buffer); false: there is none.  Empty ones are
 * counted.
 *
 * Each byte is looked at a few times, however long lines or runs of CR are.
 */
bool
hcc_next_line(hcc_lines *lines, hcc_text *line)
{
	hcc_assert(lines->at <= lines->end);
	while (lines->at < lines->end)
	{
		const char *carriage;
		const char *behind;

		/*
		 * Looked for once, however many lines there are before it: a file whose
		 * lines end by CR has one LF at its end, or none, and a search from each
		 * line would take the square of its length.
		 */
		if (lines->feed == NULL || lines->feed < lines->at)
			lines->feed = memchr(lines->at, '\n', lines->end - lines->at);
		if (lines->feed == NULL)
			lines->feed = lines->end;
		line->text = lines->at;
		lines->number += lines->empty + 1;
		lines->empty = 0;
		carriage = memchr(line->text, '\r', lines->feed - line->text);
		if (carriage == NULL)
			carriage = lines->feed;
		line->length = carriage - line->text;
		behind = carriage;
		while (behind < lines->feed && *behind == '\r')
			behind++;
		/* before an LF all of them are one end; else each but the first ends an empty line */
		if (behind < lines->feed || behind == lines->end)
			lines->empty = behind > carriage ? behind - carriage - 1 : 0;
		else
			behind++;
		lines->at = behind;
		if (line->length > 0 && !(line->length == 1 && line->text[0] == END_OF_FILE))
			return true;
	}
	lines->number += lines->empty;
	lines->empty = 0;
	return false;
}

/*
 * How many bytes there are up to the end of the last line that surely ends; 0:
 * none does.  CRs at the end of a piece may be part of a CR LF, and are no end
 * before what follows them is seen.
 */
size_t
hcc_last_line_end(const char *bytes, size_t length)
{
	/* what follows byte number length - 1; at first that is not here */
	bool		plain = false;

	while (length > 0 && bytes[length - 1] != '\n' && !(bytes[length - 1] == '\r' && plain))
	{
		length--;
		plain = bytes[length] != '\r';
	}
	return length;
}

/*
 * Where a line ends that goes on in some bytes, as how many of them belong to it
 * and its end; false: it ends in none of them.  carriage: what there is of it
 * already ends with a CR, which ends it if no LF follows.
 */
bool
hcc_first_line_end(const char *bytes, size_t length, bool carriage, size_t *end)
{
	for (size_t i = 0; i < length; i++)
	{
		bool		feed = bytes[i] == '\n';

		if (feed || (carriage && bytes[i] != '\r'))
		{
			*end = i + feed;
			return true;
		}
		carriage = bytes[i] == '\r';
	}
	return false;
}

/* ---- fields ---- */

/* Is it one of the blanks that fill fields? */
static inline bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* A field without the blanks around it */
hcc_text
hcc_trim(hcc_text field)
{
	while (field.length > 0 && is_blank(field.text[field.length - 1]))
		field.length--;
	while (field.length > 0 && is_blank(field.text[0]))
	{
		field.text++;
		field.length--;
	}
	return field;
}

/*
 * The bytes from the start-th on, the first being 1, as far as the line goes:
 * of a line that ends before, none.  Lines lose the blanks at their end on
 * their way, and what is cut off there was blank; whether it may have been more
 * is for the caller to ask (required fields).
 */
hcc_text
hcc_field_at(hcc_text line, size_t start, size_t length)
{
	size_t		left;

	hcc_assert(start > 0);
	if (line.length < start)
		return (hcc_text) {line.text + line.length, 0};
	left = line.length - (start - 1);
	return (hcc_text) {line.text + (start - 1), length < left ? length : left};
}

/*
 * The fields between delimiters; returns how many there are, of which the
 * first as many as there is room for are in field.  In a quoted file a field
 * may stand between quotes, which stay there, and has delimiters and doubled
 * quotes within; what follows the second quote belongs to the field.  A quote
 * within a field that does not begin with one is a character like any other,
 * and one that is never closed takes the rest of the line, which then has too
 * few fields.
 */
size_t
hcc_split(hcc_text line, char delimiter, bool quoted, hcc_text *field, size_t room)
{
	const char *at = line.text;
	const char *end = line.text + line.length;
	size_t		n = 0;

	for (;;)
	{
		const char *start = at;
		const char *stop;

		if (quoted && at < end && *at == '"')
		{
			for (at++; at < end; at++)
			{
				if (*at != '"')
					continue;
				if (at + 1 >= end || at[1] != '"')
					break;
				at++;
			}
		}
		stop = at < end ? memchr(at, delimiter, end - at) : NULL;
		if (n < room)
			field[n] = (hcc_text) {start, (stop != NULL ? stop : end) - start};
		n++;
		if (stop == NULL)
			return n;
		at = stop + 1;
	}
}

/*
 * What stands between the quotes of a field, if it has them, doubled ones
 * within as one; room is needed for its length and used only if there are
 * such.
 */
hcc_text
hcc_without_quotes(hcc_text field, char *room)
{
	size_t		n = 0;

	if (field.length < 2 || field.text[0] != '"' || field.text[field.length - 1] != '"')
		return field;
	field.text++;
	field.length -= 2;
	if (memchr(field.text, '"', field.length) == NULL)
		return field;
	for (size_t i = 0; i < field.length; i++)
	{
		room[n++] = field.text[i];
		if (field.text[i] == '"' && i + 1 < field.length && field.text[i + 1] == '"')
			i++;
	}
	return (hcc_text) {room, n};
}

/* ---- bytes ---- */

/*
 * Is every byte one of ASCII, and none 0?  Nearly all lines are, and need no
 * look at their encoding then; a zero byte is text of no encoding.
 */
bool
hcc_is_ascii(hcc_text text)
{
	unsigned char high = 0;
	unsigned char zero = 0;

	/* without a branch: the compiler looks at many bytes at once */
	for (size_t i = 0; i < text.length; i++)
	{
		high |= (unsigned char) text.text[i];
		zero |= text.text[i] == 0;
	}
	return high < 0x80 && zero == 0;
}

/*
 * How many bytes a character of UTF-8 that begins here goes on for; 0: none does.
 * C0, C1 and F5 to FF begin no character.
 */
static size_t
bytes_that_follow(unsigned char first)
{
	if (first >= 0xC2 && first <= 0xDF)
		return 1;
	if (first >= 0xE0 && first <= 0xEF)
		return 2;
	return first >= 0xF0 && first <= 0xF4 ? 3 : 0;
}

/*
 * Is a field surely where its layout says?  In a line of another length that
 * has characters of several bytes the fields may have been counted in
 * characters, and what is behind such a one stands elsewhere.  A field read
 * there would be part of its neighbour and could look right, so that the
 * record is refused.  Bytes that are no UTF-8 are characters of one byte each.
 */
bool
hcc_is_sure_of_positions(hcc_text line, size_t length)
{
	if (line.length == length)
		return true;
	for (size_t i = 0; i < line.length; i++)
	{
		size_t		follow = bytes_that_follow((unsigned char) line.text[i]);

		if (follow == 0 || line.length - i <= follow)
			continue;
		while (follow > 0 && ((unsigned char) line.text[i + follow] & 0xC0) == 0x80)
			follow--;
		if (follow == 0)
			return false;
	}
	return true;
}

/* ---- values ---- */

/* The number that digits make, or -1 */
static int
digits_at(const char *text, int digits)
{
	int			number = 0;

	for (int i = 0; i < digits; i++)
	{
		if (text[i] < '0' || text[i] > '9')
			return -1;
		number = number * 10 + text[i] - '0';
	}
	return number;
}

/* The month that three letters of any case name, or -1 */
static int
month_at(const char *text)
{
	static const char names[] = "janfebmaraprmayjunjulaugsepoctnovdec";

	for (int month = 0; month < 12; month++)
	{
		int			i = 0;

		while (i < 3 && (text[i] | 0x20) == names[3 * month + i])
			i++;
		if (i == 3)
			return month + 1;
	}
	return -1;
}

/* The days of a month; years are Gregorian */
static int
days_of_month(int year, int month)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool		leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

	return days[month - 1] + (month == 2 && leap);
}

/*
 * The Julian day that begins at noon of a date: what PostgreSQL counts from, so
 * that the glue only subtracts its epoch.  The year is taken to begin in March,
 * which puts the leap day last, and 1 March of the year -4800 is day -32044.
 */
static int32_t
julian_day(int year, int month, int day)
{
	int			shifted = (14 - month) / 12;
	int			y = year + 4800 - shifted;
	int			m = month + 12 * shifted - 3;

	return day + (153 * m + 2) / 5 + 365 * y + y / 4 - y / 100 + y / 400 - 32045;
}

/*
 * The Julian day of a date that is written in one of the ways; the value has
 * no blanks around it.  *day is set only if the date was read.
 *
 * Whether a value means no date is asked before whether it is one: month 00 or
 * a year 9999 would be bad otherwise, and a record that merely lacks a date
 * would be refused.
 */
hcc_value_state
hcc_read_date(hcc_text value, hcc_value_kind kind, int32_t *day)
{
	static const size_t lengths[HCC_VALUE_KINDS] = {
		[HCC_VALUE_DATE] = 10, [HCC_VALUE_YYYYMMDD] = 8, [HCC_VALUE_YYYYMM] = 6,
		[HCC_VALUE_DD_MON_YYYY] = 11
	};
	const char *text = value.text;
	int			year;
	int			month;
	int			date = 1;

	hcc_assert(kind < HCC_VALUE_KINDS && lengths[kind] > 0);
	if (value.length == 0)
		return HCC_VALUE_NONE;
	if (value.length != lengths[kind])
		return HCC_VALUE_BAD;
	switch (kind)
	{
		case HCC_VALUE_DATE:
			if (text[4] != '-' || text[7] != '-')
				return HCC_VALUE_BAD;
			year = digits_at(text, 4);
			month = digits_at(text + 5, 2);
			date = digits_at(text + 8, 2);
			break;
		case HCC_VALUE_DD_MON_YYYY:
			if (text[2] != '-' || text[6] != '-')
				return HCC_VALUE_BAD;
			date = digits_at(text, 2);
			month = month_at(text + 3);
			year = digits_at(text + 7, 4);
			break;
		default:
			year = digits_at(text, 4);
			month = digits_at(text + 4, 2);
			if (kind == HCC_VALUE_YYYYMMDD)
				date = digits_at(text + 6, 2);
	}
	if (year < 0 || month < 0 || date < 0)
		return HCC_VALUE_BAD;
	for (size_t i = 0; i < sizeof(no_date) / sizeof(no_date[0]); i++)
	{
		if (no_date[i] == year * 10000 + month * 100 + (month > 0 ? date : 0))
			return HCC_VALUE_NONE;
	}
	if (year < FIRST_YEAR || month < 1 || month > 12 ||
		date < 1 || date > days_of_month(year, month))
		return HCC_VALUE_BAD;
	*day = julian_day(year, month, date);
	return HCC_VALUE_READ;
}

/*
 * No amount or count of a file has more; a number of which the server's type has no
 * more room would end the whole file instead of one record.
 */
#define MOST_DIGITS 100

/*
 * Is it a number: digits, perhaps with a sign before and a point among them?
 * Its value is left to the caller, who knows the type: no number of a file may
 * pass through floating point.
 */
hcc_value_state
hcc_read_number(hcc_text value)
{
	size_t		i = 0;
	size_t		digits = 0;
	size_t		points = 0;

	if (value.length == 0)
		return HCC_VALUE_NONE;
	if (value.text[0] == '-' || value.text[0] == '+')
		i++;
	for (; i < value.length; i++)
	{
		if (value.text[i] >= '0' && value.text[i] <= '9')
			digits++;
		else if (value.text[i] == '.' && points == 0)
			points++;
		else
			return HCC_VALUE_BAD;
	}
	return digits > 0 && digits <= MOST_DIGITS ? HCC_VALUE_READ : HCC_VALUE_BAD;
}
