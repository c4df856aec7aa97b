/*
 * Fuzzing how diagnosis codes are read and written, and the operations on sets
 * of them, against the plainest code that does the same.
 */
#include "fuzz.h"

#include "core/icd10.h"

/* ---- reading and writing ---- */

/* What may surround a code: bytes of UTF-8, and two of encodings that have no more than one */
static const char *const blanks[] = {
	" ", "\t", "\n", "\v", "\f", "\r", "\xC2\x85", "\u00A0", "\u1680", "\u2000", "\u2001",
	"\u2002", "\u2003", "\u2004", "\u2005", "\u2006", "\u2007", "\u2008", "\u2009", "\u200A",
	"\u200B", "\u200C", "\u200D", "\u2028", "\u2029", "\u202F", "\u205F", "\u2060", "\u3000",
	"\uFEFF"
};

/* The bytes of a blank at the beginning, or at the end */
static size_t
plain_blank(const char *text, size_t length, bool at_end)
{
	unsigned char c;

	for (size_t i = 0; i < sizeof(blanks) / sizeof(blanks[0]); i++)
	{
		size_t		bytes = strlen(blanks[i]);

		if (bytes <= length && memcmp(at_end ? text + length - bytes : text, blanks[i], bytes) == 0)
			return bytes;
	}
	if (length == 0)
		return 0;
	c = (unsigned char) text[at_end ? length - 1 : 0];
	if (c != 0x85 && c != 0xA0)
		return 0;
	return !at_end || length == 1 || (unsigned char) text[length - 2] < 0x80;
}

/* What a code looks like; false: it is none.  Reads from the end of the rules, not by them. */
static bool
plain_read(const char *text, size_t length, char *code)
{
	size_t		first = 0;
	size_t		end = length;
	size_t		n = 0;

	while (end > 0 && plain_blank(text, end, true) > 0)
		end -= plain_blank(text, end, true);
	while (first < end && plain_blank(text + first, end - first, false) > 0)
		first += plain_blank(text + first, end - first, false);
	for (size_t i = first; i < end; i++)
	{
		char		c = text[i];

		if (c >= 'a' && c <= 'z')
			c = (char) (c - 'a' + 'A');
		if (c == '.' && i - first == 3)
			continue;
		if (!((c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')) || n == ICD10_MAX_LENGTH)
			return false;
		code[n++] = c;
	}
	code[n] = '\0';
	return true;
}

/*
 * A code of another system or with a date: with either there is a sign of it, and
 * what it is made of makes it again.
 */
static void
check_marked(const char *text, size_t length, icd10_code code, const char *written)
{
	icd10_parts parts = icd10_split(code);
	const char *colon = strchr(written, ':');
	const char *at = strchr(written, '@');
	int32_t		day = parts.year != 0 ? icd10_day(parts.year, 1, 1) : parts.day;

	REQUIRE((colon != NULL) == (memchr(text, ':', length) != NULL));
	REQUIRE((at != NULL) == (memchr(text, '@', length) != NULL));
	REQUIRE((colon != NULL) == (parts.system != ICD10_DIAGNOSIS));
	REQUIRE((at != NULL) == (day != 0));
	REQUIRE(icd10_dated(parts.code, day) == code);
	REQUIRE(parts.system == ICD10_DIAGNOSIS ? !icd10_is_marked(parts.code) :
			icd10_dated(parts.code, 0) == parts.code);
}

/*
 * Reading a text gives what it looks like, and writing that comes back to the
 * same.
 */
static icd10_code
check_text(const char *text, size_t length)
{
	icd10_code	code = icd10_read(text, length);
	char		expected[ICD10_MAX_TEXT + 1];
	char	   *written = malloc(ICD10_MAX_TEXT + 1);
	int			n = icd10_write(code, written);

	REQUIRE(n >= 0 && n <= ICD10_MAX_TEXT && written[n] == '\0');
	REQUIRE_SAME(n, strlen(written));
	/* what can be read is one code */
	REQUIRE(code == ICD10_UNREADABLE || !icd10_is_list(text, length));
	if (icd10_is_marked(code))
		check_marked(text, length, code, written);
	else if (plain_read(text, length, expected))
	{
		REQUIRE(code != ICD10_UNREADABLE);
		REQUIRE(strcmp(written, expected) == 0);
		REQUIRE((code == ICD10_NONE) == (n == 0));
	}
	else
	{
		REQUIRE(code == ICD10_UNREADABLE);
		REQUIRE(strcmp(written, "?") == 0);
	}
	REQUIRE(icd10_read(written, n) == code);
	free(written);
	return code;
}

/* Texts that are likely to be nearly codes */
static void
fuzz_texts(fuzz_input *in)
{
	static const char likely[] = "A0b9Z.5 x\t7\nQ3";
	static const char *const before[] = {"", "", "", "ndc:", "HCPCS:", "cpt:", "ndc:0000221310"};
	static const char *const behind[] = {
		"", "", "", "@2025-03-01", "@2024-02-30", "@2025", "@1899-12-31 ", "@2258-11-10"
	};
	icd10_code	last = ICD10_NONE;
	char		last_text[ICD10_MAX_TEXT + 1] = "";

	for (int texts = 1 + fuzz_below(in, 16); texts > 0; texts--)
	{
		size_t		length = fuzz_below(in, 16);
		const char *first = before[fuzz_below(in, LENGTH(before))];
		const char *rest = behind[fuzz_below(in, LENGTH(behind))];
		char	   *text = malloc(strlen(first) + length + strlen(rest));
		char		code_text[ICD10_MAX_TEXT + 1];
		bool		raw = fuzz_once_in(in, 4);
		icd10_code	code;
		int			order;

		for (size_t i = 0; i < length; i++)
		{
			uint8_t		byte = fuzz_byte(in);

			text[strlen(first) + i] = raw ? (char) byte : likely[byte % (sizeof(likely) - 1)];
		}
		memcpy(text, first, strlen(first));
		memcpy(text + strlen(first) + length, rest, strlen(rest));
		code = check_text(text, strlen(first) + length + strlen(rest));
		free(text);

		/* comparing integers compares text, of diagnoses without dates */
		if (icd10_is_marked(code))
			continue;
		icd10_write(code, code_text);
		order = strcmp(code_text, last_text);
		REQUIRE_SAME((code > last) - (code < last), (order > 0) - (order < 0));
		last = code;
		strcpy(last_text, code_text);
	}
}

/* ---- sets ---- */

#define MAX_UNIVERSE 8192
#define MAX_CODES 6000

/* Codes that a set can be of: first, first + step, ...; a set is a flag for each. */
typedef struct universe
{
	icd10_code	first;
	icd10_code	step;
	int			size;
} universe;

typedef struct code_set
{
	icd10_code *code;			/* as icd10_sort leaves them, in exactly their room */
	size_t		codes;
	bool		has[MAX_UNIVERSE];
} code_set;

static code_set a;
static code_set b;
static code_set expected;

/* The codes of the flags, in order, and how many they are */
static void
list_codes(const universe *u, code_set *set)
{
	size_t		n = 0;

	for (int k = 0; k < u->size; k++)
		n += set->has[k];
	set->codes = n;
	set->code = malloc(n * sizeof(icd10_code));
	n = 0;
	for (int k = 0; k < u->size; k++)
	{
		if (set->has[k])
			set->code[n++] = u->first + (icd10_code) k * u->step;
	}
}

/* The codes are those of the set, in order. */
static void
require_same_codes(const icd10_code *code, size_t codes, const code_set *as)
{
	REQUIRE_SAME(codes, as->codes);
	REQUIRE(codes == 0 || memcmp(code, as->code, codes * sizeof(icd10_code)) == 0);
}

/* n codes in any order, with repetitions, sorted by icd10_sort */
static void
make_set(fuzz_input *in, const universe *u, code_set *set, size_t n)
{
	code_set   *sorted = &expected;
	icd10_code *code = malloc(n * sizeof(icd10_code));
	uint64_t	state = fuzz_word(in) | 1;
	bool		ascending = fuzz_once_in(in, 4);

	memset(sorted->has, 0, u->size);
	for (size_t i = 0; i < n; i++)
	{
		int			k = ascending ? (int) (i * u->size / n) : (int) (fuzz_next(&state) % u->size);

		code[i] = u->first + (icd10_code) k * u->step;
		sorted->has[k] = true;
	}
	list_codes(u, sorted);
	n = icd10_sort(code, n);
	require_same_codes(code, n, sorted);
	*set = *sorted;
	free(code);
}

/* A set that has something to do with another one: the first, all but some, or some more */
static void
make_kin(fuzz_input *in, const universe *u, const code_set *of, code_set *set)
{
	int			kind = fuzz_below(in, 5);
	int			part = 1 + fuzz_below(in, 64);

	memcpy(set->has, of->has, u->size);
	for (int k = 0; k < u->size; k++)
	{
		if (kind == 1 && k >= u->size * part / 64)
			set->has[k] = false;	/* the first ones */
		if (kind == 2 && k % part == 0)
			set->has[k] = false;
		if (kind == 3 && k % part == 0)
			set->has[k] = true;
		if (kind == 4 && k == part)
			set->has[k] = !set->has[k];
	}
	list_codes(u, set);
}

typedef size_t (*set_operation)(const icd10_code *, size_t, const icd10_code *, size_t,
								icd10_code *);

/* An operation on a and b, with an output of exactly the room that expected needs */
static void
check_operation(const universe *u, set_operation operation)
{
	icd10_code *out;
	size_t		n;

	list_codes(u, &expected);
	out = malloc(expected.codes * sizeof(icd10_code));
	n = operation(a.code, a.codes, b.code, b.codes, out);
	require_same_codes(out, n, &expected);
	free(out);
	free(expected.code);
}

/* The order of two sets, code by code */
static int
plain_compare(const code_set *x, const code_set *y)
{
	for (size_t i = 0; i < x->codes || i < y->codes; i++)
	{
		if (i == x->codes)
			return -1;
		if (i == y->codes || x->code[i] > y->code[i])
			return 1;
		if (x->code[i] < y->code[i])
			return -1;
	}
	return 0;
}

/* All operations on a and b */
static void
check_sets(const universe *u)
{
	bool		contains = true;

	for (int k = 0; k < u->size; k++)
		expected.has[k] = a.has[k] || b.has[k];
	check_operation(u, icd10_union);
	for (int k = 0; k < u->size; k++)
		expected.has[k] = a.has[k] && !b.has[k];
	check_operation(u, icd10_difference);
	for (int k = 0; k < u->size; k++)
		expected.has[k] = a.has[k] && b.has[k];
	check_operation(u, icd10_intersection);

	for (int k = 0; k < u->size; k++)
		contains &= a.has[k] || !b.has[k];
	REQUIRE_SAME(icd10_contains(a.code, a.codes, b.code, b.codes), contains);
	REQUIRE(icd10_contains(a.code, a.codes, a.code, a.codes));
	REQUIRE(icd10_contains(a.code, a.codes, NULL, 0));

	REQUIRE_SAME(icd10_compare(a.code, a.codes, b.code, b.codes), plain_compare(&a, &b));
	REQUIRE_SAME(icd10_compare(b.code, b.codes, a.code, a.codes), -plain_compare(&a, &b));
	REQUIRE_SAME(icd10_compare(a.code, a.codes, a.code, a.codes), 0);
}

/* Few codes mostly, as patients have; around 32, where sorting changes its way; and many */
static size_t
set_size(fuzz_input *in)
{
	switch (fuzz_below(in, 8))
	{
		case 0:
			return fuzz_below(in, MAX_CODES);
		case 1:
			return 30 + fuzz_below(in, 6);
		case 2:
			return fuzz_below(in, 300);
		case 3:
			return fuzz_below(in, 3);
		default:
			return fuzz_below(in, 40);
	}
}

/* Two sets of one universe, of all sizes */
static void
fuzz_sets(fuzz_input *in)
{
	size_t		na = set_size(in);
	size_t		nb = set_size(in);
	size_t		n = na > nb ? na : nb;
	universe	u = {.size = 1 + (int) (n * (1 + fuzz_below(in, 4)) / 2)};

	if (u.size > MAX_UNIVERSE)
		u.size = MAX_UNIVERSE;
	u.step = 1 + fuzz_word(in) % (UINT64_MAX / MAX_UNIVERSE);
	u.first = fuzz_word(in) % (UINT64_MAX - u.step * (u.size - 1));
	if (fuzz_once_in(in, 4))
		u.first = 0;
	make_set(in, &u, &a, na);
	if (fuzz_once_in(in, 2))
		make_kin(in, &u, &a, &b);
	else
		make_set(in, &u, &b, nb);
	check_sets(&u);
	free(a.code);
	free(b.code);
}

/* Either sets, or texts, or the whole input as one text */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_input	in = fuzz_begin(data, size);

	if (fuzz_once_in(&in, 2))
		fuzz_sets(&in);
	else if (fuzz_once_in(&in, 8))
	{
		char	   *text = malloc(in.left);

		memcpy(text, in.at, in.left);
		check_text(text, in.left);
		free(text);
	}
	else
		fuzz_texts(&in);
	return 0;
}
