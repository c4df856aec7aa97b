/* Unit tests of codes and sets of codes */
#include "core/icd10.h"

#include <stdlib.h>

#include "check.h"

/* A code as it is written */
static icd10_code
code(const char *text)
{
	return icd10_read(text, strlen(text));
}

/* What is a code, and how it is written */
static void
test_reading(void)
{
	char		text[ICD10_MAX_TEXT + 1];

	/* dot, case and surrounding blanks do not matter */
	CHECK(code("E11.65") == code("E1165"));
	CHECK(code("e11.65") == code("E1165"));
	CHECK(code(" \tE1165\r\n") == code("E1165"));
	CHECK(code("I10.") == code("I10"));
	CHECK_INT(icd10_write(code("e11.65"), text), 5);
	CHECK(strcmp(text, "E1165") == 0);
	CHECK_INT(icd10_write(code("ABC12345"), text), 8);
	CHECK(strcmp(text, "ABC12345") == 0);

	/* order of codes is order of text */
	CHECK(code("E11") < code("E110"));
	CHECK(code("E1165") < code("E117"));
	CHECK(code("Z") > code("A9999999"));

	CHECK(code("") == ICD10_NONE);
	CHECK(code("   ") == ICD10_NONE);
	CHECK(code("E1.165") == ICD10_UNREADABLE);
	CHECK(code("E11..65") == ICD10_UNREADABLE);
	CHECK(code("E11-65") == ICD10_UNREADABLE);
	CHECK(code("E1 65") == ICD10_UNREADABLE);
	CHECK(code("ABC123456") == ICD10_UNREADABLE);
	CHECK(code("\xc3\x89""11") == ICD10_UNREADABLE);
	CHECK(icd10_read("E11\0", 4) == ICD10_UNREADABLE);
}

/* Codes of other systems, and dates */
static void
test_marked(void)
{
	static const struct
	{
		const char *text;
		const char *written;
		int			system;
		int			day;
		int			year;
	}			cases[] = {
		{"e11.65@2025-03-01", "E1165@2025-03-01", ICD10_DIAGNOSIS, 45716, 0},
		{"ndc:00002213101", "ndc:00002213101", ICD10_DRUG, 0, 0},
		{" NDC:00117-a529-02 ", "ndc:00117A52902", ICD10_DRUG, 0, 0},
		{"ndc:ZZZZZZZZZZZ@2062-12-31", "ndc:ZZZZZZZZZZZ@2062", ICD10_DRUG, 0, 2062},
		{"ndc:00002213101@2000", "ndc:00002213101@2000", ICD10_DRUG, 0, 2000},
		{"hcpcs:j0739", "hcpcs:J0739", ICD10_PROCEDURE, 0, 0},
		{"hcpcs:J0739@1900-01-01", "hcpcs:J0739@1900-01-01", ICD10_PROCEDURE, 1, 0},
		{"ZZZZZZZZ@2258-11-10", "ZZZZZZZZ@2258-11-10", ICD10_DIAGNOSIS, ICD10_LAST_DAY, 0}
	};
	static const char *const wrong[] = {
		"E1165@", "E1165@2025", "E1165@2025-02-29", "E1165@1899-12-31", "E1165@2258-11-11",
		"@2025-01-01", "ndc:", "ndc:0000221310", "ndc:000022131011", "ndc:00002213101@1999",
		"hcpcs:", "hcpcs:@2025-01-01", "cpt:99213", "hcpcs:hcpcs:J0739", "E1165@2025-01-01@",
		"ndc:00002-213-101"
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		icd10_code	read = code(cases[i].text);
		icd10_parts parts = icd10_split(read);
		char		text[ICD10_MAX_TEXT + 1];

		CHECK_INT(icd10_write(read, text), strlen(cases[i].written));
		CHECK(strcmp(text, cases[i].written) == 0);
		CHECK(code(text) == read);
		CHECK_INT(parts.system, cases[i].system);
		CHECK_INT(parts.day, cases[i].day);
		CHECK_INT(parts.year, cases[i].year);
		CHECK(read > code("ZZZZZZZZ") && icd10_is_marked(read));
	}
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		CHECK(code(wrong[i]) == ICD10_UNREADABLE);
	CHECK(icd10_is_icd10(code("E1165@2025-03-01")) && !icd10_is_icd10(code("hcpcs:J0739")));
	CHECK(icd10_is_icd10(code("QA0010")) && !icd10_is_icd10(code("QAB")));
}

/* Every day has a number, one more than the day before, and the number its date. */
static void
test_days(void)
{
	int32_t		last = 0;

	for (int y = 1900; y <= 2258; y++)
	{
		for (int m = 1; m <= 12; m++)
		{
			for (int d = 1; d <= 31; d++)
			{
				int32_t		number = icd10_day(y, m, d);
				int			date[3];

				if (number == 0)
					continue;
				icd10_date(number, &date[0], &date[1], &date[2]);
				CHECK(number == last + 1 && date[0] == y && date[1] == m && date[2] == d);
				last = number;
			}
		}
	}
	CHECK_INT(last, ICD10_LAST_DAY);
}

/* icd10_is_list of a string */
static bool
is_list(const char *text)
{
	return icd10_is_list(text, strlen(text));
}

/* Of text that is no code, what holds several */
static void
test_lists(void)
{
	const char *lists[] = {"{E1165}", "{}", " [\"E1165\"]", "[", "\"E1165\"", "E1165,I5022",
		" E1165, ", "; E1165", "E1165 I5022", " e11.65\tI50 ", "E1165|I50.22", "A00-B99",
		"E11.65 and I50.22", "(E1165)(I5022)"};
	const char *no_lists[] = {"", " ", "?", "no code", "E11-65", "E11.65.1", "E1 65", "ABC123456",
		"type 2 diabetes E11.65", "E11.65 (type 2)", "E1165I5022", "250.00 401.9", "(E1165)",
		"not sure, see note", ";--", "E11,9", "E11.65, type 2", "\"no code\"", "x; DROP TABLE x",
		"a}"};

	for (size_t i = 0; i < sizeof(lists) / sizeof(*lists); i++)
		CHECK(is_list(lists[i]));
	for (size_t i = 0; i < sizeof(no_lists) / sizeof(*no_lists); i++)
		CHECK(!is_list(no_lists[i]));
	/* a zero byte separates like any other that no code has */
	CHECK(icd10_is_list("E11\0I50", 7));
	CHECK(!icd10_is_list("E11\0", 4));
	/* no further than it goes */
	CHECK(!icd10_is_list("E11 I50,", 6));
	CHECK(!icd10_is_list("{", 0));
}
/* In test_sets: a merge gives the codes x that are wanted, and no other. */
#define VERIFY(function, wanted) \
	do { \
		n = function(a, na, b, nb, out); \
		expected = 0; \
		for (int x = 0; x < 40; x++) \
		{ \
			if (wanted) \
			{ \
				CHECK(expected < n && out[expected] == (icd10_code) (x + 1) << 40); \
				expected++; \
			} \
		} \
		CHECK_INT(n, expected); \
	} while (0)

/* Compare the merges with a set kept as an array of flags. */
static void
test_sets(void)
{
	srand(1);
	for (int round = 0; round < 2000; round++)
	{
		icd10_code	a[100];
		icd10_code	b[100];
		icd10_code	out[200];
		bool		in_a[40] = {false};
		bool		in_b[40] = {false};
		size_t		na = rand() % 100;
		size_t		nb = rand() % 100;
		size_t		n;
		size_t		expected;
		bool		contains = true;

		for (size_t i = 0; i < na; i++)
		{
			int			x = rand() % 40;

			a[i] = (icd10_code) (x + 1) << 40;
			in_a[x] = true;
		}
		for (size_t i = 0; i < nb; i++)
		{
			int			x = rand() % (round % 2 ? 40 : 10);

			b[i] = (icd10_code) (x + 1) << 40;
			in_b[x] = true;
		}
		na = icd10_sort(a, na);
		nb = icd10_sort(b, nb);
		for (size_t i = 1; i < na; i++)
			CHECK(a[i - 1] < a[i]);

		VERIFY(icd10_union, in_a[x] || in_b[x]);
		VERIFY(icd10_difference, in_a[x] && !in_b[x]);
		VERIFY(icd10_intersection, in_a[x] && in_b[x]);
		for (int x = 0; x < 40; x++)
			contains = contains && (in_a[x] || !in_b[x]);
		CHECK(icd10_contains(a, na, b, nb) == contains);
		CHECK_INT(icd10_compare(a, na, a, na), 0);
		CHECK_INT(icd10_compare(a, na, b, nb), -icd10_compare(b, nb, a, na));
	}
}

/* All tests */
int
main(void)
{
	test_reading();
	test_marked();
	test_days();
	test_lists();
	test_sets();
	return finish();
}
