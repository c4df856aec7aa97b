/*
 * Unit tests of finding gaps and sharing out a score.
 *
 * The model here is made up; its expected scores are sums done by hand in the
 * comments.
 */
#include "core/gap.h"

#include <limits.h>
#include <stdlib.h>

#include "check.h"
#include "core/compile.h"

/* Memory that is freed all at once, so that the leak sanitizer is content */
static void *blocks[256];
static int	n_blocks;

/* An hcc_alloc_fn */
static void *
allocate(void *context, size_t size)
{
	(void) context;
	if (n_blocks == 256)
		abort();
	return blocks[n_blocks++] = calloc(1, size);
}

#define ROWS(array) {array, sizeof(array) / sizeof(array[0]), 0}
#define LIST(...) \
	{(const char *[]) {__VA_ARGS__}, sizeof((const char *[]) {__VA_ARGS__}) / sizeof(char *)}

/*
 * 1 > 2 > 3, 5 > 3; 1 drops 3 by a path only.  2 pays as much as 3, 5 less.
 * 7 counts only beside 1 or 2.  9 is of no payment and has no coefficient.
 */
#define HCC(code, text, pays) \
	{.hcc = code, .label = text, .payment = pays, .age_min = SHRT_MIN, .age_max = SHRT_MAX}

static hcc_category_row category[] = {
	HCC("1", "one", true), HCC("2", "two", true), HCC("3", "three", true),
	HCC("5", "five", true), HCC("7", "seven", true), HCC("9", "nine", false)
};
static hcc_hierarchy_row hierarchy[] = {{"1", "2"}, {"2", "3"}, {"5", "3"}};
static hcc_prerequisite_row prerequisite[] = {{"7", LIST("1", "2")}};
static hcc_interaction_row interaction[] = {{"TWO_FIVE", LIST("2", "5"), false, 0}};
static hcc_coefficient_row coefficient[] = {
	{"ALL", "HCC1", 1000, false}, {"ALL", "HCC2", 300, false}, {"ALL", "HCC3", 300, false},
	{"ALL", "HCC5", 100, false}, {"ALL", "HCC7", 10, false}, {"ALL", "TWO_FIVE", 6, false}
};
enum {ONE, TWO, THREE, FIVE, SEVEN, NINE};

static hcc_model *model;
static hcc_person person;

/* Compile the rows above, and see a person with the model */
static void
make_model(void)
{
	hcc_source	s = {
		.hcc_prefix = "HCC", .order = HCC_ORDER_SIMULTANEOUS,
		.category = ROWS(category), .hierarchy = ROWS(hierarchy),
		.prerequisite = ROWS(prerequisite), .interaction = ROWS(interaction),
		.coefficient = ROWS(coefficient)
	};
	hcc_problem problem;
	hcc_beneficiary who = {.age = 70, .sex = HCC_MALE, .dual_status = HCC_NO_DUAL_STATUS};

	model = hcc_compile(&s, allocate, NULL, &problem);
	CHECK(model != NULL);
	if (model == NULL)
	{
		printf("%s: %s %s\n", problem.table, problem.row, problem.what);
		exit(finish());
	}
	CHECK_INT(hcc_person_make(model, &who, &person), HCC_PERSON_OK);
}

/* A set of the first 64 HCCs */
static hcc_word
bits(const int *hcc, int n)
{
	hcc_word	set = 0;

	for (int i = 0; i < n; i++)
		set |= (hcc_word) 1 << hcc[i];
	return set;
}

#define SET(...) bits((int[]) {__VA_ARGS__}, sizeof((int[]) {__VA_ARGS__}) / sizeof(int))

static hcc_gap_case gaps;
static hcc_gap gap[8];

/* What is paid is a tenth, so that it can be told from the raw score. */
static hcc_score
pay(void *context, const hcc_word *active, hcc_score raw)
{
	(void) context;
	(void) active;
	return raw / 10;
}

/*
 * The number of gaps, which are in gap, with what a newer and an older year
 * and the captured codes gave; what tests fill in besides is good for one
 * call.
 */
static int
find(hcc_word newest, hcc_word older, hcc_word captured)
{
	int			n;

	gaps.model = model;
	gaps.person = &person;
	gaps.order = HCC_ORDER_OF_MODEL;
	gaps.pay = pay;
	gaps.base[0] = 0;
	gaps.captured[0] = captured;
	hcc_gap_base(&gaps, &newest, 1);
	hcc_gap_base(&gaps, &older, 2);
	n = hcc_gap_prepare(&gaps);
	memset(gap, 0, sizeof(gap));
	hcc_gap_find(&gaps, gap);
	gaps.pending[0] = gaps.not_eligible[0] = gaps.ignored[0] = 0;
	return n;
}

#define CHECK_GAP(i, HCC, STATUS, CLOSURE, VALUE) \
	do { \
		CHECK_INT(gap[i].hcc, HCC); \
		CHECK_INT(gap[i].status, STATUS); \
		CHECK_INT(gap[i].closure, CLOSURE); \
		CHECK_INT(gap[i].value.raw, VALUE); \
	} while (0)

/* Above and below go by any path, and what counts is what has a coefficient. */
static void
test_paths(void)
{
	CHECK(hcc_has(&model->below[ONE], THREE));
	CHECK(!hcc_has(&model->drops[ONE], THREE));
	CHECK_INT(model->above[THREE], SET(ONE, TWO, FIVE));
	CHECK_INT(model->above[ONE], 0);
	CHECK_INT(model->valued[0], SET(ONE, TWO, THREE, FIVE, SEVEN));
}

/* Each status, with its value */
static void
test_status(void)
{
	/* 3 is closed by 1, two steps above; and by 5, of the other line */
	CHECK_INT(find(SET(THREE), 0, SET(ONE)), 1);
	CHECK_GAP(0, THREE, HCC_GAP_CLOSED, HCC_CLOSED_SUPERSEDING, 0);
	CHECK_INT(gap[0].by[0], SET(ONE));
	CHECK_INT(gaps.closed_worth.raw, 1000);
	CHECK_INT(find(SET(THREE), 0, SET(FIVE)), 1);
	CHECK_GAP(0, THREE, HCC_GAP_CLOSED, HCC_CLOSED_SUPERSEDING, 0);

	/* 2 pays as much as 3; 1 pays more, 5 less */
	CHECK_INT(find(SET(TWO), 0, SET(THREE)), 1);
	CHECK_GAP(0, TWO, HCC_GAP_CLOSED, HCC_CLOSED_EQUIVALENT, 0);
	CHECK_INT(gaps.closed_worth.raw, 300);
	CHECK_INT(find(SET(ONE), 0, SET(THREE)), 1);
	/* no row drops 3 for 1: 1000 + 300 */
	CHECK_GAP(0, ONE, HCC_GAP_DOWNGRADED, HCC_NOT_CLOSED, 1000);
	CHECK_INT(find(SET(FIVE), 0, SET(THREE)), 1);
	CHECK_GAP(0, FIVE, HCC_GAP_DOWNGRADED, HCC_NOT_CLOSED, -200);
	CHECK_INT(gap[0].value.payment, -20);
	CHECK_INT(gap[0].by[0], SET(THREE));
	CHECK_INT(gaps.joint_worth.raw, -200);

	/* 3 is superseded by 5, which does not help 2: only 3 is below it; 2 gains 300 + 6 */
	CHECK_INT(find(SET(TWO), 0, SET(THREE, FIVE)), 2);
	CHECK_GAP(0, TWO, HCC_GAP_DOWNGRADED, HCC_NOT_CLOSED, 306);
	CHECK_INT(gap[0].by[0], SET(THREE));
	CHECK_GAP(1, FIVE, HCC_GAP_NET_NEW, HCC_NOT_CLOSED, -200);

	/* 7 alone does not count: not captured; beside 2 it is */
	CHECK_INT(find(SET(TWO, SEVEN), 0, SET(SEVEN)), 2);
	CHECK_GAP(0, TWO, HCC_GAP_OPEN, HCC_NOT_CLOSED, 310);
	CHECK_GAP(1, SEVEN, HCC_GAP_OPEN, HCC_NOT_CLOSED, 0);
	/* nor is it a base HCC alone; and 9 never has a row */
	CHECK_INT(find(SET(SEVEN, NINE), 0, SET(NINE)), 0);

	gaps.pending[0] = SET(ONE);
	gaps.not_eligible[0] = SET(FIVE);
	CHECK_INT(find(SET(TWO, FIVE), 0, 0), 2);
	CHECK_GAP(0, TWO, HCC_GAP_PENDING, HCC_NOT_CLOSED, 300);
	CHECK_GAP(1, FIVE, HCC_GAP_NOT_ELIGIBLE, HCC_NOT_CLOSED, 100);
	CHECK_INT(gaps.joint_worth.raw, 100);
	/* a pending 7 counts beside a captured 2 */
	gaps.pending[0] = SET(SEVEN);
	CHECK_INT(find(SET(TWO, SEVEN), 0, SET(TWO)), 2);
	CHECK_GAP(0, TWO, HCC_GAP_CLOSED, HCC_CLOSED_SAME, 300);
	CHECK_GAP(1, SEVEN, HCC_GAP_PENDING, HCC_NOT_CLOSED, 10);
}

/* Gaps of one family, and such as are ignored */
static void
test_families(void)
{
	/* 2 of an older year is above 3 of the newest; 5, too */
	CHECK_INT(find(SET(THREE), SET(TWO, FIVE), 0), 3);
	CHECK_GAP(0, TWO, HCC_GAP_OPEN, HCC_NOT_CLOSED, 300);
	CHECK_INT(gap[0].position, 2);
	CHECK_GAP(1, THREE, HCC_GAP_OPEN, HCC_NOT_CLOSED, 0);
	CHECK_INT(gap[1].position, 1);
	CHECK_INT(gap[1].superseded_by[0], SET(TWO, FIVE));
	/* 300 + 100 + 6, of which a tenth is paid */
	CHECK_INT(gaps.joint_worth.raw, 406);
	CHECK_INT(gaps.joint_worth.payment, 40);

	gaps.ignored[0] = SET(TWO, FIVE);
	CHECK_INT(find(SET(THREE), SET(TWO, FIVE), 0), 3);
	CHECK(gap[0].ignored && !gap[1].ignored);
	CHECK_INT(gap[0].value.raw, 300);
	CHECK_INT(gap[1].value.raw, 300);
	CHECK_INT(gaps.joint_worth.raw, 300);
}

/* Shares against sums over all orders */
static void
test_shapley(void)
{
	static const int32_t hcc[] = {TWO, THREE, FIVE};
	hcc_word	captured = 0;
	int64_t		share[3];

	/* worth: 2 300, 3 300, 5 100; 2 and 3 300, 2 and 5 406, 3 and 5 100; all 406 */
	hcc_shapley(model, HCC_ORDER_OF_MODEL, &person, &captured, hcc, 3, share);
	CHECK_INT(share[0] + share[1] + share[2], 406000);
	/* orders 235 253 325 352 523 532; 2 adds 300 300 0 306 306 306 */
	CHECK_INT(share[0], 253000);
	/* 3 adds 0 0 300 300 0 0 */
	CHECK_INT(share[1], 100000);
	/* 5 adds 106 106 106 -200 100 100 */
	CHECK_INT(share[2], 53000);

	/* 1 drops 2 */
	captured = SET(ONE);
	hcc_shapley(model, HCC_ORDER_OF_MODEL, &person, &captured, hcc, 1, share);
	CHECK_INT(share[0], 0);
}

/* All tests, with one model */
int
main(void)
{
	make_model();
	test_paths();
	test_status();
	test_families();
	test_shapley();
	while (n_blocks > 0)
		free(blocks[--n_blocks]);
	return finish();
}
