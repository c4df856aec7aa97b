/* Unit tests of lines of files and their fields */
#include "core/record.h"

#include <stdlib.h>
#include <time.h>

#include "check.h"

#define ROOM 8

/* The text of a string */
static hcc_text
text(const char *string)
{
	return (hcc_text) {string, strlen(string)};
}

/* Is a text this string? */
static bool
same(hcc_text got, const char *expected)
{
	return got.length == strlen(expected) && memcmp(got.text, expected, got.length) == 0;
}

/* What is a line, and what number does it have? */
static void
test_lines(void)
{
	const char *content = "\xEF\xBB\xBF" "one\r\n\n\ntwo\nthree\n\032";
	hcc_lines	lines = hcc_lines_begin(content, strlen(content), 0);
	hcc_text	line;

	CHECK(hcc_next_line(&lines, &line) && same(line, "one"));
	CHECK_INT(lines.number, 1);
	CHECK(hcc_next_line(&lines, &line) && same(line, "two"));
	CHECK_INT(lines.number, 4);
	CHECK(hcc_next_line(&lines, &line) && same(line, "three"));
	CHECK(!hcc_next_line(&lines, &line));
	CHECK(!hcc_next_line(&lines, &line));

	/* later bytes begin with no mark, and go on counting */
	lines = hcc_lines_begin("\xEF\xBB\xBF", 3, 7);
	CHECK(hcc_next_line(&lines, &line) && same(line, "\xEF\xBB\xBF"));
	CHECK_INT(lines.number, 8);

	/* CR alone ends a line, too; before an end it belongs to that */
	lines = hcc_lines_begin("one\rtwo\r\r\n\r\nthree\r", 18, 0);
	CHECK(hcc_next_line(&lines, &line) && same(line, "one"));
	CHECK_INT(lines.number, 1);
	CHECK(hcc_next_line(&lines, &line) && same(line, "two"));
	CHECK_INT(lines.number, 2);
	CHECK(hcc_next_line(&lines, &line) && same(line, "three"));
	CHECK_INT(lines.number, 4);
	CHECK(!hcc_next_line(&lines, &line));

	CHECK_INT(hcc_last_line_end("a\nb", 3), 2);
	CHECK_INT(hcc_last_line_end("ab", 2), 0);
	CHECK_INT(hcc_last_line_end("ab\n", 3), 3);
	/* a CR is an end when it is seen what follows it */
	CHECK_INT(hcc_last_line_end("a\rb", 3), 2);
	CHECK_INT(hcc_last_line_end("a\rb\r", 4), 2);
	CHECK_INT(hcc_last_line_end("a\nb\r\r", 5), 2);
	CHECK_INT(hcc_last_line_end("a\r\r", 3), 0);
	CHECK_INT(hcc_last_line_end("a\r\rb", 4), 3);
	CHECK_INT(hcc_last_line_end("a\r\n", 3), 3);
}

/* Where a line that has begun ends in what follows, or -1 */
static long
first_end(const char *bytes, bool carriage)
{
	size_t		end;

	return hcc_first_line_end(bytes, strlen(bytes), carriage, &end) ? (long) end : -1;
}

/* Lines that end by CR alone, wherever a file is cut */
static void
test_carriage_returns(void)
{
	const char *content = "one\r\rtwo\r";
	hcc_lines	lines = hcc_lines_begin(content, strlen(content), 0);
	hcc_text	line;

	CHECK(hcc_next_line(&lines, &line) && same(line, "one"));
	CHECK_INT(lines.number, 1);
	CHECK(hcc_next_line(&lines, &line) && same(line, "two"));
	CHECK_INT(lines.number, 3);
	CHECK(!hcc_next_line(&lines, &line));
	CHECK_INT(lines.number, 3);

	CHECK_INT(first_end("a\rb", false), 2);
	CHECK_INT(first_end("a\r\nb", false), 3);
	CHECK_INT(first_end("a\r", false), -1);
	CHECK_INT(first_end("b", true), 0);
	CHECK_INT(first_end("\nb", true), 1);
	CHECK_INT(first_end("\r\nb", true), 2);
	CHECK_INT(first_end("\r", true), -1);
	CHECK_INT(first_end("b\n", false), 2);
}

/* Lines and runs of CR take time by their bytes, not by the square of them. */
static void
test_long_runs(void)
{
	size_t		length = 1024 * 1024;
	size_t		found = 0;
	char	   *content = malloc(length);
	hcc_lines	lines;
	hcc_text	line;
	clock_t		begun = clock();

	/* a line of one byte for each of the first half, then empty ones */
	for (size_t i = 0; i < length; i++)
		content[i] = i < length / 2 && i % 2 == 0 ? 'a' : '\r';
	lines = hcc_lines_begin(content, length, 0);
	while (hcc_next_line(&lines, &line))
		found += line.length == 1;
	CHECK_INT(found, length / 4);
	CHECK_INT(lines.number, length / 4 + length / 2);
	/* by the square of them it would be minutes, and so it is hundredths of a second */
	CHECK((clock() - begun) / CLOCKS_PER_SEC < 10);
	free(content);
}

/* Fields at positions, and between delimiters */
static void
test_fields(void)
{
	hcc_text	field[ROOM];
	char		room[ROOM * 4];

	CHECK(same(hcc_field_at(text("abcdef"), 2, 3), "bcd"));
	CHECK(same(hcc_field_at(text("abcdef"), 5, 3), "ef"));
	CHECK(same(hcc_field_at(text("abcdef"), 7, 1), ""));
	CHECK(same(hcc_trim(text(" \ta b \t")), "a b"));
	CHECK(same(hcc_trim(text("   ")), ""));

	CHECK_INT(hcc_split(text("a||c|"), '|', false, field, ROOM), 4);
	CHECK(same(field[0], "a") && same(field[1], "") && same(field[2], "c") && same(field[3], ""));
	CHECK_INT(hcc_split(text(""), '|', false, field, ROOM), 1);
	CHECK_INT(hcc_split(text("a|b|c"), '|', false, field, 2), 3);
	CHECK(same(field[0], "a") && same(field[1], "b"));
	/* quotes mean something only where a file has them */
	CHECK_INT(hcc_split(text("\"a,b\",\"c\"\"d\""), ',', false, field, ROOM), 3);
	CHECK_INT(hcc_split(text("\"a,b\",\"c\"\"d\""), ',', true, field, ROOM), 2);
	CHECK(same(hcc_without_quotes(field[0], room), "a,b"));
	CHECK(same(hcc_without_quotes(field[1], room), "c\"d"));
	CHECK_INT(hcc_split(text("\"a,b"), ',', true, field, ROOM), 1);
	CHECK(same(hcc_without_quotes(text("\""), room), "\""));
	CHECK(same(hcc_without_quotes(text("a\"b"), room), "a\"b"));
}

/* Where fields may be elsewhere than the layout says */
static void
test_bytes(void)
{
	CHECK(hcc_is_ascii(text("abc")));
	CHECK(!hcc_is_ascii(text("ab\xC9")));
	CHECK(!hcc_is_ascii((hcc_text) {"a\0b", 3}));
	/* one byte each, or a line as long as it should be */
	CHECK(hcc_is_sure_of_positions(text("ab\xC9""cd"), 9));
	CHECK(hcc_is_sure_of_positions(text("ab\xC3\x89""cd"), 6));
	CHECK(!hcc_is_sure_of_positions(text("ab\xC3\x89""cd"), 5));
	CHECK(hcc_is_sure_of_positions(text("ab\xC3"), 5));
}

/* The day of a date, 0 if it is none, or -1 if it is bad */
static int
day_of(const char *value, hcc_value_kind kind)
{
	int32_t		day = -2;

	switch (hcc_read_date(text(value), kind, &day))
	{
		case HCC_VALUE_NONE:
			return 0;
		case HCC_VALUE_READ:
			return day;
		default:
			return -1;
	}
}

/* Dates of all kinds, and numbers */
static void
test_values(void)
{
	/* known Julian days */
	CHECK_INT(day_of("2000-01-01", HCC_VALUE_DATE), 2451545);
	CHECK_INT(day_of("1900-03-01", HCC_VALUE_DATE), 2415080);
	CHECK_INT(day_of("20240229", HCC_VALUE_YYYYMMDD), 2460370);
	CHECK_INT(day_of("29-Feb-2024", HCC_VALUE_DD_MON_YYYY), 2460370);
	CHECK_INT(day_of("29-FEB-2024", HCC_VALUE_DD_MON_YYYY), 2460370);
	CHECK_INT(day_of("202402", HCC_VALUE_YYYYMM), 2460342);

	CHECK_INT(day_of("", HCC_VALUE_DATE), 0);
	CHECK_INT(day_of("1000-01-01", HCC_VALUE_DATE), 0);
	CHECK_INT(day_of("0001-01-01", HCC_VALUE_DATE), 0);
	CHECK_INT(day_of("9999-12-31", HCC_VALUE_DATE), 0);
	CHECK_INT(day_of("00000000", HCC_VALUE_YYYYMMDD), 0);
	CHECK_INT(day_of("99999999", HCC_VALUE_YYYYMMDD), 0);
	CHECK_INT(day_of("000000", HCC_VALUE_YYYYMM), 0);

	CHECK_INT(day_of("2023-02-29", HCC_VALUE_DATE), -1);
	CHECK_INT(day_of("1900-02-29", HCC_VALUE_DATE), -1);
	CHECK_INT(day_of("2023-13-01", HCC_VALUE_DATE), -1);
	CHECK_INT(day_of("2023-00-01", HCC_VALUE_DATE), -1);
	CHECK_INT(day_of("2023-01-00", HCC_VALUE_DATE), -1);
	CHECK_INT(day_of("0202-05-01", HCC_VALUE_DATE), -1);
	CHECK_INT(day_of("2023-1-001", HCC_VALUE_DATE), -1);
	CHECK_INT(day_of("2023-01-1", HCC_VALUE_DATE), -1);
	CHECK_INT(day_of("31-Jux-2024", HCC_VALUE_DD_MON_YYYY), -1);
	CHECK_INT(day_of("20240431", HCC_VALUE_YYYYMMDD), -1);

	CHECK_INT(hcc_read_number(text("-0012.50")), HCC_VALUE_READ);
	CHECK_INT(hcc_read_number(text("+1")), HCC_VALUE_READ);
	CHECK_INT(hcc_read_number(text("")), HCC_VALUE_NONE);
	CHECK_INT(hcc_read_number(text("-")), HCC_VALUE_BAD);
	CHECK_INT(hcc_read_number(text(".")), HCC_VALUE_BAD);
	CHECK_INT(hcc_read_number(text("1.2.3")), HCC_VALUE_BAD);
	CHECK_INT(hcc_read_number(text("1e5")), HCC_VALUE_BAD);
	{
		char		digits[102];

		/* a hundred digits are the most */
		memset(digits, '7', 101);
		digits[101] = '\0';
		CHECK_INT(hcc_read_number(text(digits)), HCC_VALUE_BAD);
		digits[50] = '.';
		CHECK_INT(hcc_read_number(text(digits)), HCC_VALUE_READ);
	}
}

/* All tests */
int
main(void)
{
	test_lines();
	test_carriage_returns();
	test_long_runs();
	test_fields();
	test_bytes();
	test_values();
	return finish();
}
