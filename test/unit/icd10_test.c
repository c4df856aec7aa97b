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
	char		text[ICD10_MAX_LENGTH + 1];

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
	test_lists();
	test_sets();
	return finish();
}
