/*
 * Unit tests of compiling and evaluating a model.
 *
 * The model here is made up; its expected scores are sums done by hand in the
 * comments.
 */
#include "core/compile.h"

#include <limits.h>
#include <stdlib.h>

#include "check.h"
#include "core/evaluate.h"

/* Memory that is freed all at once, so that the leak sanitizer is content */
static void *blocks[4096];
static int	n_blocks;

/* An hcc_alloc_fn */
static void *
allocate(void *context, size_t size)
{
	(void) context;
	if (n_blocks == 4096)
		abort();
	return blocks[n_blocks++] = calloc(1, size);
}

/* Free all that was allocated since the last time */
static void
free_all(void)
{
	while (n_blocks > 0)
		free(blocks[--n_blocks]);
}

/* A code as it is written */
static icd10_code
code(const char *text)
{
	return icd10_read(text, strlen(text));
}

#define ROWS(array) {array, sizeof(array) / sizeof(array[0]), 0}
#define LIST(...) \
	{(const char *[]) {__VA_ARGS__}, sizeof((const char *[]) {__VA_ARGS__}) / sizeof(char *)}
#define ANYBODY \
	.age_min = SHRT_MIN, .age_max = SHRT_MAX, .months_max = SHRT_MAX, .count_max = SHRT_MAX, \
	.days_max = SHRT_MAX

/*
 * HCCs 1 > 2 > 3 (1 does not drop 3), 10, 20; 20 needs 10; code D gives 2 and
 * 10; code F gives 3, but 1 under 50, and nothing to men.
 */
#define HCC(code, text, pays) \
	{.hcc = code, .label = text, .payment = pays, .age_min = SHRT_MIN, .age_max = SHRT_MAX}

static hcc_category_row category[] = {
	HCC("1", "one", true), HCC("2", "two", true), HCC("3", "three", true),
	HCC("10", "ten", true), HCC("20", "twenty", true)
};
static hcc_crosswalk_row crosswalk[] = {
	{.hcc = "1"}, {.hcc = "2"}, {.hcc = "3"},
	{.hcc = "2"}, {.hcc = "10"}, {.hcc = "20"},
	{.hcc = "3"}
};
static const char *crosswalk_code[] = {"A00", "B00", "C00", "D00", "D00", "E00", "F00"};
static hcc_edit_row edit[] = {
	{0, "1", 0, SHRT_MIN, 49, false}, {0, NULL, HCC_FACT_MALE, SHRT_MIN, SHRT_MAX, false},
	{0, NULL, 0, SHRT_MIN, 14, true}, {0, "1", 0, SHRT_MIN, SHRT_MAX, false}
};
static const char *const edit_code[] = {"F00", "F00", "A00", "G00"};
static hcc_prerequisite_row prerequisite[] = {{"20", LIST("10")}};
static hcc_hierarchy_row hierarchy[] = {{"1", "2"}, {"2", "3"}};
static hcc_group_row group[] = {{.name = "LOW", .hccs = LIST("2", "3"), .age_max = SHRT_MAX}};
static hcc_variable_row variable[] = {
	{"OLD", "65 and over", HCC_KIND_DEMOGRAPHIC, {ANYBODY}},
	{"YOUNG", "under 65", HCC_KIND_DEMOGRAPHIC, {ANYBODY}},
	{"WOMAN_UNDER_65", NULL, HCC_KIND_HELPER, {ANYBODY}},
	{"TWO", "2 HCCs", HCC_KIND_COUNT, {ANYBODY}},
};
static hcc_interaction_row interaction[] = {
	{"LOW_TEN", LIST("LOW", "10"), false, 0},
	{"WOMAN_TEN", LIST("WOMAN_UNDER_65", "10"), false, 0}
};
static hcc_segment_row segment[] = {
	{"NEW", "new", 10, {ANYBODY}, NULL, NULL}, {"ALL", "all", 20, {ANYBODY}, NULL, NULL}
};
static hcc_coefficient_row coefficient[] = {
	{"ALL", "OLD", 400, false}, {"ALL", "YOUNG", 300, false}, {"ALL", "HCC1", 1000, false},
	{"ALL", "HCC2", 500, false}, {"ALL", "HCC3", 250, false}, {"ALL", "HCC10", 100, false},
	{"ALL", "HCC20", 2000, false}, {"ALL", "TWO", 7, false}, {"ALL", "LOW_TEN", 60, false},
	{"ALL", "WOMAN_TEN", -5, false},
	{"NEW", "OLD", 900, false}
};

/* The rows above, as they are now: tests change some of them. */
static hcc_source
source(void)
{
	hcc_source	s = {
		.hcc_prefix = "HCC", .order = HCC_ORDER_SIMULTANEOUS,
		.category = ROWS(category), .crosswalk = ROWS(crosswalk), .edit = ROWS(edit),
		.prerequisite = ROWS(prerequisite), .hierarchy = ROWS(hierarchy), .group = ROWS(group),
		.variable = ROWS(variable), .interaction = ROWS(interaction), .segment = ROWS(segment),
		.coefficient = ROWS(coefficient)
	};

	for (int i = 0; i < s.crosswalk.rows; i++)
		crosswalk[i].code = code(crosswalk_code[i]);
	for (int i = 0; i < s.edit.rows; i++)
		edit[i].code = code(edit_code[i]);
	variable[0].condition.age_min = 65;
	variable[1].condition.age_max = 64;
	variable[2].condition.age_max = 64;
	variable[2].condition.requires = HCC_FACT_FEMALE;
	variable[3].condition.count_min = 2;
	variable[3].condition.count_max = 2;
	segment[0].condition.requires = hcc_fact_by_name("new_enrollee");
	return s;
}

/* Compile the rows into memory that free_all frees */
static hcc_model *
compile(hcc_source *s, hcc_problem *problem)
{
	return hcc_compile(s, allocate, NULL, problem);
}

/*
 * The score of a person of this age and sex with codes that are separated by
 * blanks
 */
static hcc_score
score(const hcc_model *model, int age, hcc_sex sex, hcc_order order, bool mce, const char *codes)
{
	hcc_beneficiary who = {.age = age, .sex = sex, .dual_status = HCC_NO_DUAL_STATUS};
	hcc_person	person;
	hcc_word	set[HCC_MAX_WORDS] = {0};

	CHECK_INT(hcc_person_make(model, &who, &person), HCC_PERSON_OK);
	while (*codes != '\0')
	{
		size_t		length = strcspn(codes, " ");

		hcc_map_code(model, icd10_read(codes, length), &person, mce, set);
		codes += length + strspn(codes + length, " ");
	}
	hcc_resolve(model, order, set);
	return hcc_evaluate(model, &person, set);
}

#define SCORE(age, sex, codes) score(m, age, sex, HCC_ORDER_OF_MODEL, true, codes)

/* The rows above, person by person and code by code */
static void
test_scores(void)
{
	hcc_problem problem;
	hcc_source	s = source();
	hcc_model  *m = compile(&s, &problem);

	CHECK(m != NULL);
	if (m == NULL)
	{
		printf("%s: %s %s\n", problem.table, problem.row, problem.what);
		return;
	}

	CHECK_INT(SCORE(70, HCC_FEMALE, ""), 400);
	CHECK_INT(SCORE(64, HCC_MALE, "X99 Z00 E11"), 300);
	CHECK_INT(SCORE(70, HCC_MALE, "A00"), 1400);
	CHECK_INT(SCORE(70, HCC_MALE, "A00 A00"), 1400);
	/* 1 drops 2: 400 + 1000 */
	CHECK_INT(SCORE(70, HCC_MALE, "A00 B00"), 1400);
	/* {1, 2, 3}: together 1 drops 2 and 2 drops 3; in order, 2 is gone first: 1 and 3, TWO */
	CHECK_INT(SCORE(70, HCC_MALE, "A00 B00 C00"), 1400);
	CHECK_INT(score(m, 70, HCC_MALE, HCC_ORDER_SEQUENTIAL, true, "A00 B00 C00"), 1657);
	/* 2 and 10: 400 + 500 + 100 + TWO 7 + LOW_TEN 60 */
	CHECK_INT(SCORE(70, HCC_FEMALE, "D00"), 1067);
	/* a woman under 65: 300 + 500 + 100 + 7 + 60 - 5 */
	CHECK_INT(SCORE(60, HCC_FEMALE, "D00"), 962);
	CHECK_INT(SCORE(60, HCC_MALE, "D00"), 967);
	/* 20 alone lacks its prerequisite; with 2 and 10: 3 HCCs, so no TWO */
	CHECK_INT(SCORE(70, HCC_MALE, "E00"), 400);
	CHECK_INT(SCORE(70, HCC_MALE, "D00 E00"), 400 + 500 + 100 + 2000 + 60);
	/* edits: 3 for a woman of 70, 1 at 40, nothing for men */
	CHECK_INT(SCORE(70, HCC_FEMALE, "F00"), 650);
	CHECK_INT(SCORE(40, HCC_FEMALE, "F00"), 1300);
	CHECK_INT(SCORE(40, HCC_MALE, "F00"), 300);
	/* an edit gives nothing to a code that is not mapped */
	CHECK_INT(SCORE(70, HCC_FEMALE, "G00"), 400);
	CHECK(hcc_find_code(m, code("G00")) == NULL);
	/* the code editor's edit can be switched off */
	CHECK_INT(SCORE(10, HCC_MALE, "A00"), 300);
	CHECK_INT(score(m, 10, HCC_MALE, HCC_ORDER_OF_MODEL, false, "A00"), 1300);
	CHECK_INT(hcc_by_name(m, "10"), 3);
	CHECK_INT(hcc_by_name(m, "HCC20"), 4);
	CHECK_INT(hcc_by_name(m, "99"), -1);
}

/* What a score is made of; a divisor's effect counts with the demographics. */
static void
test_split(void)
{
	hcc_problem problem;
	hcc_source	s = source();
	hcc_variable_row kept = variable[1];
	hcc_coefficient_row kept_coefficient = coefficient[1];
	hcc_beneficiary who = {.age = 70, .sex = HCC_MALE, .dual_status = HCC_NO_DUAL_STATUS};
	hcc_person	person;
	hcc_word	set[HCC_MAX_WORDS] = {0};
	hcc_split	split;
	hcc_model  *m = compile(&s, &problem);

	hcc_person_make(m, &who, &person);
	hcc_map_code(m, code("D00"), &person, true, set);
	CHECK_INT(hcc_evaluate_split(m, &person, set, &split), 1067);
	CHECK_INT(split.demographic, 400);
	CHECK_INT(split.disease, 600);	/* 500 + 100 */
	CHECK_INT(split.interaction, 67);	/* TWO 7 + LOW_TEN 60 */

	/* divided by 0.5: 1067 / 0.5 = 2134, of which 2134 - 667 are not HCCs' */
	segment[1].divided_by = "HALF";
	variable[1] = (hcc_variable_row) {"TWICE", NULL, HCC_KIND_DIVISOR, {ANYBODY}};
	coefficient[1] = (hcc_coefficient_row) {"HALF", "TWICE", 500, false};
	s = source();
	variable[1].condition.age_max = SHRT_MAX;
	m = compile(&s, &problem);
	CHECK(m != NULL);
	hcc_person_make(m, &who, &person);
	CHECK_INT(hcc_evaluate_split(m, &person, set, &split), 2134);
	CHECK_INT(split.demographic, 1467);
	CHECK_INT(split.disease, 600);
	CHECK_INT(split.interaction, 67);
	segment[1].divided_by = NULL;
	variable[1] = kept;
	coefficient[1] = kept_coefficient;
}

/* Who is in which segment, by rule or by name */
static void
test_segments(void)
{
	hcc_problem problem;
	hcc_source	s = source();
	hcc_model  *m = compile(&s, &problem);
	hcc_beneficiary who = {.age = 70, .sex = HCC_MALE, .flags = HCC_NEW_ENROLLEE};
	hcc_person	person;
	hcc_word	set[HCC_MAX_WORDS] = {0};

	CHECK_INT(hcc_person_make(m, &who, &person), HCC_PERSON_OK);
	CHECK(strcmp(m->segment[person.segment].name, "NEW") == 0);
	hcc_map_code(m, code("A00"), &person, true, set);
	CHECK_INT(hcc_evaluate(m, &person, set), 900);

	strcpy(who.segment, "ALL");
	CHECK_INT(hcc_person_make(m, &who, &person), HCC_PERSON_OK);
	CHECK_INT(hcc_evaluate(m, &person, set), 1400);
	strcpy(who.segment, "NONE");
	CHECK_INT(hcc_person_make(m, &who, &person), HCC_NO_SUCH_SEGMENT);

	s.segment.rows = 1;
	s.coefficient.rows--;		/* the last one is of segment NEW */
	for (int i = 0; i < s.coefficient.rows; i++)
		coefficient[i].segment = "NEW";
	m = compile(&s, &problem);
	memset(&who, 0, sizeof(who));
	who.sex = HCC_MALE;
	CHECK_INT(hcc_person_make(m, &who, &person), HCC_NO_SEGMENT_FITS);
	for (int i = 0; i < s.coefficient.rows; i++)
		coefficient[i].segment = "ALL";
}

/* Rows in another order compile to the same model. */
static void
test_fingerprint(void)
{
	hcc_problem problem;
	hcc_source	s = source();
	uint64_t	fingerprint = compile(&s, &problem)->fingerprint;
	hcc_coefficient_row kept = coefficient[0];
	hcc_variable_row kept_variable = variable[0];

	coefficient[0] = coefficient[9];
	coefficient[9] = kept;
	variable[0] = variable[1];
	variable[1] = kept_variable;
	CHECK(hcc_compile(&s, allocate, NULL, &problem)->fingerprint == fingerprint);
	coefficient[9].coefficient++;
	CHECK(hcc_compile(&s, allocate, NULL, &problem)->fingerprint != fingerprint);
	coefficient[9].coefficient--;
	s.order = HCC_ORDER_SEQUENTIAL;
	CHECK(hcc_compile(&s, allocate, NULL, &problem)->fingerprint != fingerprint);

	/* as they were */
	coefficient[9] = coefficient[0];
	coefficient[0] = kept;
	variable[1] = variable[0];
	variable[0] = kept_variable;
}

/* A model of crosswalk, hierarchy and interactions alone */
static void
test_simple_model(void)
{
	static hcc_crosswalk_row codes[] = {
		{.hcc = "18", .label = "Diabetes", .has_coefficient = true, .coefficient = 318},
		{.hcc = "85", .label = "Heart failure", .has_coefficient = true, .coefficient = 331},
		{.hcc = "18", .label = "Diabetes", .has_coefficient = true, .coefficient = 318}
	};
	static hcc_hierarchy_row pairs[] = {{"17", "18"}};
	hcc_interaction_row together[] = {
		{"BOTH", LIST("18", "85"), true, 154}, {"BASE", {NULL, 0}, true, 379}
	};
	hcc_source	s = {
		.hcc_prefix = "HCC", .order = HCC_ORDER_SIMULTANEOUS,
		.crosswalk = ROWS(codes), .hierarchy = ROWS(pairs), .interaction = ROWS(together)
	};
	hcc_problem problem;
	hcc_model  *m;

	codes[0].code = code("A00");
	codes[1].code = code("B00");
	codes[2].code = code("C00");
	m = compile(&s, &problem);
	CHECK(m != NULL);
	/* 0.379 + 0.318 + 0.331 + 0.154 */
	CHECK_INT(SCORE(70, HCC_MALE, "A00 B00 C00"), 1182);
	CHECK_INT(SCORE(70, HCC_MALE, ""), 379);

	codes[2].coefficient = 319;
	CHECK(compile(&s, &problem) == NULL);
	CHECK(strcmp(problem.table, "hcc_crosswalk") == 0);
	codes[2].coefficient = 318;
}

/* Ranges of counts that overlap, touch and end */
static void
test_counts(void)
{
	static hcc_variable_row counts[] = {
		{"ANY", NULL, HCC_KIND_COUNT, {ANYBODY}}, {"TWO_TO_THREE", NULL, HCC_KIND_COUNT, {ANYBODY}},
		{"THREE_OR_MORE", NULL, HCC_KIND_COUNT, {ANYBODY}}
	};
	static hcc_coefficient_row terms[] = {
		{"ALL", "ANY", 1, false}, {"ALL", "TWO_TO_THREE", 10, false},
		{"ALL", "THREE_OR_MORE", 100, false}
	};
	hcc_source	s = source();
	hcc_problem problem;
	hcc_model  *m;

	counts[1].condition.count_min = 2;
	counts[1].condition.count_max = 3;
	counts[2].condition.count_min = 3;
	s.variable.row = counts;
	s.variable.rows = 3;
	s.coefficient.row = terms;
	s.coefficient.rows = 3;
	s.interaction.rows = 0;
	s.hierarchy.rows = 0;
	m = compile(&s, &problem);
	CHECK(m != NULL);
	/* D00 gives 2 and 10; E00 gives 20, which 10 allows */
	CHECK_INT(SCORE(70, HCC_MALE, ""), 1);
	CHECK_INT(SCORE(70, HCC_MALE, "A00"), 1);
	CHECK_INT(SCORE(70, HCC_MALE, "A00 C00"), 11);
	CHECK_INT(SCORE(70, HCC_MALE, "A00 D00"), 111);
	CHECK_INT(SCORE(70, HCC_MALE, "A00 C00 D00"), 101);
	CHECK_INT(SCORE(70, HCC_MALE, "A00 C00 D00 E00"), 101);
}

/* More HCCs than fit in one word, and a code in the last */
static void
test_many_hccs(void)
{
	enum {N = 1000};
	static hcc_crosswalk_row codes[N];
	static char name[N][12];
	hcc_source	s = {
		.hcc_prefix = "HCC", .order = HCC_ORDER_SIMULTANEOUS, .crosswalk = ROWS(codes)
	};
	hcc_problem problem;
	hcc_model  *m;

	for (int i = 0; i < N; i++)
	{
		char		text[16];

		snprintf(name[i], sizeof(name[i]), "%d", i);
		snprintf(text, sizeof(text), "A%d", i);
		codes[i] = (hcc_crosswalk_row) {
			.code = code(text), .hcc = name[i], .has_coefficient = true, .coefficient = i
		};
	}
	m = compile(&s, &problem);
	CHECK(m != NULL);
	CHECK_INT(SCORE(70, HCC_MALE, "A999 A64 A63 A0"), 999 + 64 + 63);
}

/*
 * The rows are refused with this table and with these words in the row and
 * the reason.
 */
static void
expect_problem(hcc_source *s, const char *table, const char *row, const char *what)
{
	hcc_problem problem;

	CHECK(compile(s, &problem) == NULL);
	if (problem.table == NULL || strcmp(problem.table, table) != 0 ||
		strstr(problem.row, row) == NULL ||
		strstr(problem.what, what) == NULL || problem.hint[0] == '\0')
	{
		CHECK(!"the expected problem");
		printf("  got: in %s, %s %s (%s)\n", problem.table ? problem.table : "",
			   problem.row, problem.what, problem.hint);
	}
}

/*
 * Rules by date, age, family and days: 1 and 2 make group PAIR, which counts and
 * scores in their place from 21 on; 3 does not count under 2.
 */
static void
test_concurrent_model(void)
{
	static hcc_category_row categories[] = {
		HCC("1", NULL, true), HCC("2", NULL, true), HCC("3", NULL, true), HCC("4", NULL, false)
	};
	static hcc_crosswalk_row codes[] = {
		{.hcc = "1", .has_rule = true}, {.hcc = "2", .has_rule = true}, {.hcc = "3"}, {.hcc = "4"}
	};
	static const char *const text[] = {"A00", "B00", "C00", "ndc:00000000001"};
	hcc_group_row groups[] = {
		{"PAIR", LIST("1", "2"), true, 21, SHRT_MAX, NULL, 0},
		{"FIRST", LIST("1"), false, 0, SHRT_MAX, "F", 1},
		{"SECOND", LIST("1", "2"), false, 0, SHRT_MAX, "F", 2},
		{"ELSE", {NULL, 0}, false, 0, SHRT_MAX, "F", 3}
	};
	static hcc_variable_row variables[] = {
		{"SHORT", NULL, HCC_KIND_ENROLLMENT, {ANYBODY}}
	};
	hcc_interaction_row interactions[] = {
		{"I1", LIST("FIRST"), false, 0}, {"I2", LIST("SECOND"), false, 0},
		{"I3", LIST("ELSE"), false, 0}
	};
	static hcc_segment_row segments[] = {{"ALL", NULL, 1, {ANYBODY}, NULL, NULL}};
	static hcc_coefficient_row coefficients[] = {
		{"ALL", "HCC1", 1000, false}, {"ALL", "HCC2", 2000, false}, {"ALL", "HCC3", 4000, false},
		{"ALL", "HCC4", 8000, false}, {"ALL", "PAIR", 100, false}, {"ALL", "SHORT", 10, false},
		{"ALL", "I1", 1, false}, {"ALL", "I2", 2, false}, {"ALL", "I3", 3, false}
	};
	static hcc_csr_row factors[] = {
		{6, -1, 1200000, false}, {6, 3, 1100000, false}, {6, 3, 1130000, true}
	};
	static const struct
	{
		int			age;
		int			days;
		const char *codes;
		hcc_score	score;
		hcc_verdict verdict;	/* of the last code */
	}			cases[] = {
		/* ELSE 3 */
		{40, 365, "", 3, HCC_MAPPED},
		/* 2 alone; 2000 under 21, 100 from then on */
		{20, 365, "B00", 2002, HCC_MAPPED},
		{21, 365, "B00", 102, HCC_MAPPED},
		/* both count once and score once */
		{40, 30, "A00 B00", 111, HCC_MAPPED},
		{40, 31, "A00 B00", 101, HCC_MAPPED},
		/* no HCC that counts, no SHORT; the drug scores */
		{40, 30, "ndc:00000000001", 8003, HCC_MAPPED},
		{40, 30, "ndc:00000000001@2025", 8003, HCC_MAPPED},
		{40, 30, "ndc:00000000001@2024", 3, HCC_OUTSIDE_YEAR},
		/* 3 does not count at 1 */
		{1, 30, "C00", 3, HCC_MAPPED},
		{2, 30, "C00", 4013, HCC_MAPPED},
		/* A00 is valid until June; without date it is of December */
		{40, 365, "A00@2025-06-30", 101, HCC_MAPPED},
		{40, 365, "A00@2025-07-01", 3, HCC_NOT_VALID_ON_DAY},
		{40, 365, "A00", 3, HCC_NOT_VALID_ON_DAY},
		{40, 365, "A00@2024-12-31", 3, HCC_OUTSIDE_YEAR},
		{40, 365, "D00@2025-01-01", 3, HCC_UNMAPPED}
	};
	hcc_source	s = {
		.hcc_prefix = "HCC", .order = HCC_ORDER_SIMULTANEOUS, .concurrent_year = 2025,
		.category = ROWS(categories), .crosswalk = ROWS(codes), .group = ROWS(groups),
		.variable = ROWS(variables), .interaction = ROWS(interactions), .segment = ROWS(segments),
		.coefficient = ROWS(coefficients), .csr = ROWS(factors)
	};
	hcc_beneficiary who = {.sex = HCC_MALE, .dual_status = HCC_NO_DUAL_STATUS, .csr_variant = 7};
	hcc_problem problem;
	hcc_model  *m;

	categories[2].age_min = 2;
	for (int i = 0; i < s.crosswalk.rows; i++)
	{
		codes[i].code = code(text[i]);
		if (codes[i].has_rule)
			codes[i].rule = (hcc_mapping_rule) {
				.last_day = i == 0 ? icd10_day(2025, 6, 30) : INT32_MAX,
				.mce_age_min = 0, .mce_age_max = SHRT_MAX, .age_max = SHRT_MAX
			};
	}
	variables[0].condition.count_min = 1;
	variables[0].condition.days_min = 1;
	variables[0].condition.days_max = 30;
	m = compile(&s, &problem);
	CHECK(m != NULL);
	if (m == NULL)
	{
		printf("%s %s %s\n", problem.table, problem.row, problem.what);
		return;
	}
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		hcc_word	set[HCC_MAX_WORDS] = {0};
		hcc_verdict verdict = HCC_MAPPED;
		hcc_person	person;
		const char *at = cases[i].codes;

		who.age = cases[i].age;
		who.enrollment_days = cases[i].days;
		CHECK_INT(hcc_person_make(m, &who, &person), HCC_PERSON_OK);
		while (*at != '\0')
		{
			size_t		length = strcspn(at, " ");

			/* A00 without date would be that of December */
			if (length == 3 && strcmp(cases[i].codes, "A00 B00") == 0 && *at == 'A')
				verdict = hcc_map_code(m, code("A00@2025-01-01"), &person, true, set);
			else
				verdict = hcc_map_code(m, icd10_read(at, length), &person, true, set);
			at += length + strspn(at + length, " ");
		}
		hcc_resolve(m, HCC_ORDER_OF_MODEL, set);
		CHECK_INT(verdict, cases[i].verdict);
		CHECK_INT(hcc_evaluate(m, &person, set), cases[i].score);
	}
	who.metal = 3;
	CHECK_INT(hcc_csr_factor(m, &who), 1130000);
	who.metal = 2;
	CHECK_INT(hcc_csr_factor(m, &who), 1200000);
	who.csr_variant = 8;
	CHECK_INT(hcc_csr_factor(m, &who), 0);
	free_all();
}

/* The age at diagnosis, which is looked at only where the date of birth is known */
static void
test_age_at_diagnosis(void)
{
	static hcc_category_row categories[] = {HCC("1", NULL, true)};
	static hcc_crosswalk_row codes[] = {{.hcc = "1", .has_rule = true}};
	static const struct
	{
		const char *code;
		int			birth[3];	/* year, month, day */
		hcc_verdict verdict;
		hcc_verdict without_mce;
	}			cases[] = {
		{"A00@2025-06-14", {1985, 6, 15}, HCC_INVALID_BY_EDIT, HCC_MAPPED},
		{"A00@2025-06-15", {1985, 6, 15}, HCC_MAPPED, HCC_MAPPED},
		{"A00", {1985, 6, 15}, HCC_MAPPED, HCC_MAPPED},
		{"A00@2025-01-01", {0}, HCC_MAPPED, HCC_MAPPED},
		{"A00@2025-02-28", {1984, 2, 29}, HCC_MAPPED, HCC_MAPPED},
		{"A00@2025-03-01", {1984, 2, 29}, HCC_AGE_CONFLICT, HCC_AGE_CONFLICT},
		{"A00@2025-02-28", {1985, 2, 28}, HCC_MAPPED, HCC_MAPPED},
		{"A00@2025-03-01", {1987, 1, 1}, HCC_AGE_CONFLICT, HCC_AGE_CONFLICT},
		{"A00@2025-03-01", {2025, 3, 2}, HCC_BEFORE_BIRTH, HCC_BEFORE_BIRTH}
	};
	hcc_source	s = {
		.hcc_prefix = "HCC", .concurrent_year = 2025, .category = ROWS(categories),
		.crosswalk = ROWS(codes)
	};
	hcc_problem problem;
	hcc_model  *m;

	codes[0].code = code("A00");
	codes[0].rule = (hcc_mapping_rule) {
		.last_day = INT32_MAX, .mce_age_min = 40, .mce_age_max = SHRT_MAX, .age_max = SHRT_MAX
	};
	m = compile(&s, &problem);
	CHECK(m != NULL);
	for (size_t i = 0; m != NULL && i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		const int  *birth = cases[i].birth;
		hcc_beneficiary who = {
			.age = 40, .sex = HCC_MALE,
			.date_of_birth = birth[0] == 0 ? 0 : icd10_day(birth[0], birth[1], birth[2])
		};
		hcc_word	set[HCC_MAX_WORDS] = {0};
		hcc_person	person;

		hcc_person_for_edits(m, &who, &person);
		CHECK_INT(hcc_map_code(m, code(cases[i].code), &person, true, set), cases[i].verdict);
		CHECK_INT(hcc_map_code(m, code(cases[i].code), &person, false, set), cases[i].without_mce);
	}
	free_all();
}

/* In test_problems: the source with one row changed */
#define WITH(array, ...) \
	array = (__typeof__(array)) {__VA_ARGS__}; \
	s = source()

/* Each thing that makes rows not fit together */
static void
test_problems(void)
{
	hcc_source	s;
	hcc_hierarchy_row kept_pair = hierarchy[1];
	hcc_group_row kept_group = group[0];
	hcc_interaction_row kept_interaction = interaction[0];
	hcc_coefficient_row kept_coefficient = coefficient[0];
	hcc_crosswalk_row kept_crosswalk = crosswalk[1];
	const char *kept_code = crosswalk_code[1];
	hcc_prerequisite_row kept_prerequisite = prerequisite[0];
	hcc_edit_row kept_edit = edit[0];

	WITH(hierarchy[1], "1", "77");
	expect_problem(&s, "hcc_hierarchy", "\"77\"", "does not have");
	WITH(hierarchy[1], "2", "1");
	expect_problem(&s, "hcc_hierarchy", "superior_hcc", "cycle");
	WITH(hierarchy[1], "2", "2");
	expect_problem(&s, "hcc_hierarchy", "\"2\"", "cycle");
	hierarchy[1] = kept_pair;

	WITH(group[0], .name = "LOW", .hccs = LIST("2", "66"));
	expect_problem(&s, "hcc_group", "\"66\"", "does not have");
	WITH(group[0], .name = "10", .hccs = LIST("2"));
	expect_problem(&s, "hcc_group", "\"10\"", "duplicate");
	group[0] = kept_group;

	WITH(interaction[0], "LOW_TEN", LIST("LOWER", "10"), false, 0);
	expect_problem(&s, "hcc_interaction", "LOW_TEN", "LOWER");
	interaction[0] = kept_interaction;

	WITH(coefficient[0], "ALL", "NOTHING", 1, false);
	expect_problem(&s, "hcc_coefficient", "NOTHING", "without variable");
	WITH(coefficient[0], "NOBODY", "OLD", 1, false);
	expect_problem(&s, "hcc_coefficient", "NOBODY", "segment");
	WITH(coefficient[0], "ALL", "YOUNG", 1, false);
	expect_problem(&s, "hcc_coefficient", "YOUNG", "duplicate");
	/* but a custom row may take the place of another */
	WITH(coefficient[0], "ALL", "YOUNG", 1, true);
	CHECK(compile(&s, &(hcc_problem) {0}) != NULL);
	coefficient[0] = kept_coefficient;

	crosswalk_code[1] = "A00";
	WITH(crosswalk[1], .hcc = "1");
	expect_problem(&s, "hcc_crosswalk", "A00", "duplicate");
	WITH(crosswalk[1], .hcc = "55");
	expect_problem(&s, "hcc_crosswalk", "\"55\"", "does not have");
	crosswalk[1] = kept_crosswalk;
	crosswalk_code[1] = kept_code;

	WITH(prerequisite[0], "20", LIST("44"));
	expect_problem(&s, "hcc_prerequisite", "\"44\"", "does not have");
	prerequisite[0] = kept_prerequisite;

	WITH(edit[0], 0, "33", 0, 0, 49, false);
	expect_problem(&s, "hcc_dx_edit", "\"33\"", "does not have");
	edit[0] = kept_edit;

	/* a count is a count, for everybody */
	s = source();
	variable[3].condition.age_min = 65;
	expect_problem(&s, "hcc_variable", "TWO", "other conditions");
	variable[3].condition.age_min = SHRT_MIN;

	/* several segments, and nobody says who is in which */
	s = source();
	s.segment.rows = 0;
	expect_problem(&s, "hcc_coefficient", "segment", "not the only segment");

	/* and all is well again */
	s = source();
	CHECK(compile(&s, &(hcc_problem) {0}) != NULL);
}

/* All tests, with the memory of each freed in between */
int
main(void)
{
	test_scores();
	free_all();
	test_split();
	free_all();
	test_segments();
	free_all();
	test_fingerprint();
	free_all();
	test_simple_model();
	free_all();
	test_counts();
	free_all();
	test_many_hccs();
	free_all();
	test_concurrent_model();
	test_age_at_diagnosis();
	test_problems();
	free_all();
	return finish();
}
