/*
 * Fuzzing recapture gaps and the sharing out of a score: what each gap is
 * worth is asked again, by scoring the HCCs with and without it, and shares are
 * computed over all orders, one by one.
 */
#include "rows.h"

#include "core/gap.h"

#define MOST_HCCS (HCC_MAX_WORDS * 64)
#define MOST_YEARS 4

/* Coefficients are small here: sharing out multiplies by up to 10! and 1000. */

typedef struct set
{
	hcc_word	word[HCC_MAX_WORDS];
} set;

static const hcc_model *model;
static hcc_order order;
static hcc_person person;

/* ---- sets and what they are worth ---- */

/* Up to so many HCCs */
static set
draw_set(fuzz_input *in, int most)
{
	set			s = {{0}};

	for (int n = fuzz_below(in, most + 1); n > 0 && model->hccs > 0; n--)
		hcc_add(s.word, fuzz_below(in, model->hccs));
	return s;
}

/* The HCCs of either set */
static set
both(const hcc_word *a, const hcc_word *b)
{
	set			s;

	for (int w = 0; w < HCC_MAX_WORDS; w++)
		s.word[w] = a[w] | b[w];
	return s;
}

/* The HCCs of a that are not in b */
static set
without(const hcc_word *a, const hcc_word *b)
{
	set			s;

	for (int w = 0; w < HCC_MAX_WORDS; w++)
		s.word[w] = a[w] & ~b[w];
	return s;
}

/* A set with one HCC more */
static set
with_one(const hcc_word *a, int hcc)
{
	set			s;

	memcpy(s.word, a, sizeof(s.word));
	hcc_add(s.word, hcc);
	return s;
}

/* A set without one HCC */
static set
without_one(const hcc_word *a, int hcc)
{
	set			s;

	memcpy(s.word, a, sizeof(s.word));
	hcc_remove(s.word, hcc);
	return s;
}

/* What stays active of the HCCs of codes */
static set
resolved(set s)
{
	hcc_resolve(model, order, s.word);
	return s;
}

/* Sets of a case have as many words as the model; the words behind are not looked at. */
static bool
same(const hcc_word *a, const hcc_word *b)
{
	return memcmp(a, b, model->hcc_words * sizeof(hcc_word)) == 0;
}

/* Have two sets an HCC in common? */
static bool
meet(const hcc_word *a, const hcc_word *b)
{
	for (int h = 0; h < model->hccs; h++)
	{
		if (hcc_has(a, h) && hcc_has(b, h))
			return true;
	}
	return false;
}

/* The HCCs above one by any path */
static const hcc_word *
above(int hcc)
{
	return &model->above[(size_t) hcc * model->hcc_words];
}

/* The HCCs below one by any path */
static const hcc_word *
below(int hcc)
{
	return &model->below[(size_t) hcc * model->hcc_words];
}

/* An hcc_pay_fn that depends on the active HCCs, too, and not only on the score */
static hcc_score
pay(void *context, const hcc_word *active, hcc_score raw)
{
	REQUIRE(context == &person);
	return 2 * raw + 3 * (active[0] & 0xFF);
}

/* What the HCCs of codes are worth, after prerequisites and hierarchy */
static hcc_worth
worth(set codes)
{
	hcc_worth	w;

	hcc_resolve(model, order, codes.word);
	w.raw = hcc_evaluate(model, &person, codes.word);
	w.payment = pay(&person, codes.word, w.raw);
	return w;
}

/* A worth is the difference of these two. */
static void
require_worth(hcc_worth got, set more, set less)
{
	hcc_worth	a = worth(more);
	hcc_worth	b = worth(less);

	REQUIRE_SAME(got.raw, a.raw - b.raw);
	REQUIRE_SAME(got.payment, a.payment - b.payment);
}

/* ---- gaps ---- */

/* Is there something left to be done? */
static bool
is_open(const hcc_gap *gap)
{
	return gap->status == HCC_GAP_OPEN || gap->status == HCC_GAP_DOWNGRADED ||
		   gap->status == HCC_GAP_NOT_ELIGIBLE;
}

/* Does a gap count when those below it are judged? */
static bool
stands(const hcc_gap *gap)
{
	return !gap->ignored && (is_open(gap) || gap->status == HCC_GAP_PENDING);
}

/* Of the other records' HCCs, is this one there, or one above it, beside the captured ones? */
static bool
is_held(set others, set captured, int hcc)
{
	set			together = both(others.word, captured.word);

	hcc_prerequisites(model, together.word);
	return (hcc_has(others.word, hcc) && hcc_has(together.word, hcc)) ||
		meet(above(hcc), without(others.word, without(others.word, together.word).word).word);
}

/* What a gap's status has to be, before those above it are looked at */
static void
check_gap(const hcc_gap *gap, set captured, set pending, set not_eligible, const set *years)
{
	int			h = gap->hcc;
	set			active = resolved(captured);
	set			present = captured;

	hcc_prerequisites(model, present.word);
	if (gap->position == 0)
	{
		REQUIRE(gap->status == HCC_GAP_NET_NEW && hcc_has(active.word, h));
		for (int y = 0; y < MOST_YEARS; y++)
			REQUIRE(!hcc_has(years[y].word, h) && !meet(years[y].word, above(h)) &&
					!meet(years[y].word, below(h)));
		require_worth(gap->value, captured, without_one(captured.word, h));
		return;
	}

	/* the newest year that has it */
	REQUIRE(gap->position <= MOST_YEARS && hcc_has(years[gap->position - 1].word, h));
	for (int y = 0; y < gap->position - 1; y++)
		REQUIRE(!hcc_has(years[y].word, h));

	REQUIRE((gap->status == HCC_GAP_CLOSED) == (gap->closure != HCC_NOT_CLOSED));
	if (hcc_has(active.word, h))
	{
		REQUIRE_SAME(gap->closure, HCC_CLOSED_SAME);
		require_worth(gap->value, captured, without_one(captured.word, h));
		return;
	}
	if (meet(present.word, above(h)))
	{
		REQUIRE_SAME(gap->closure, HCC_CLOSED_SUPERSEDING);
		REQUIRE(meet(gap->by, above(h)) && gap->value.raw == 0);
		return;
	}
	REQUIRE(same(gap->with, resolved(with_one(captured.word, h)).word));
	if (meet(present.word, below(h)))
	{
		bool		equivalent = worth(with_one(captured.word, h)).raw == worth(captured).raw;

		REQUIRE_SAME(gap->closure, equivalent ? HCC_CLOSED_EQUIVALENT : HCC_NOT_CLOSED);
		REQUIRE(meet(gap->by, below(h)) && (equivalent || gap->status == HCC_GAP_DOWNGRADED));
	}
	else
		REQUIRE_SAME(gap->status, is_held(pending, captured, h) ? HCC_GAP_PENDING :
					 is_held(not_eligible, captured, h) ? HCC_GAP_NOT_ELIGIBLE : HCC_GAP_OPEN);
}

/* Values of gaps that are not closed: nothing if another gap is above, else what it would add */
static void
check_open_value(const hcc_gap *gap, set captured, set standing)
{
	if (!is_open(gap) && gap->status != HCC_GAP_PENDING)
		return;
	for (int h = 0; h < model->hccs; h++)
		REQUIRE(hcc_has(gap->superseded_by, h) ==
				(hcc_has(standing.word, h) && hcc_has(above(gap->hcc), h)));
	if (meet(gap->superseded_by, gap->superseded_by))
		REQUIRE(gap->value.raw == 0 && gap->value.payment == 0);
	else
		require_worth(gap->value, with_one(captured.word, gap->hcc), captured);
}

/* What all open gaps would add, and all that closed some do add */
static void
check_joint(const hcc_gap_case *gaps, const hcc_gap *gap, int n, set captured)
{
	set			opened = captured;
	set			closed = {{0}};

	for (int i = 0; i < n; i++)
	{
		if (gap[i].ignored)
			continue;
		if (is_open(&gap[i]) && !meet(gap[i].superseded_by, gap[i].superseded_by))
			hcc_add(opened.word, gap[i].hcc);
		if (gap[i].status == HCC_GAP_CLOSED)
			closed = both(closed.word, gap[i].by);
	}
	require_worth(gaps->joint_worth, opened, captured);
	require_worth(gaps->closed_worth, captured, without(captured.word, closed.word));
}

/* One person's gaps of a few years, each judged anew, and none left out */
static void
fuzz_gaps(fuzz_input *in)
{
	hcc_gap_case *gaps = calloc(1, sizeof(hcc_gap_case));
	set			years[MOST_YEARS] = {{{0}}};
	set			captured = draw_set(in, 8);
	set			pending = draw_set(in, 3);
	set			not_eligible = draw_set(in, 3);
	set			ignored = draw_set(in, 2);
	set			base = {{0}};
	set			standing = {{0}};
	hcc_gap    *gap;
	int			n;
	int			last = -1;

	gaps->model = model;
	gaps->order = order;
	gaps->person = &person;
	gaps->pay = pay;
	gaps->context = &person;
	memcpy(gaps->captured, captured.word, sizeof(captured.word));
	memcpy(gaps->pending, pending.word, sizeof(pending.word));
	memcpy(gaps->not_eligible, not_eligible.word, sizeof(not_eligible.word));
	memcpy(gaps->ignored, ignored.word, sizeof(ignored.word));
	for (int y = 0, n_years = fuzz_below(in, MOST_YEARS + 1); y < n_years; y++)
	{
		set			codes = draw_set(in, 8);

		years[y] = resolved(codes);
		hcc_gap_base(gaps, codes.word, y + 1);
		REQUIRE(same(codes.word, years[y].word));
		base = both(base.word, years[y].word);
	}
	REQUIRE(same(gaps->base, base.word));

	n = hcc_gap_prepare(gaps);
	REQUIRE(n >= 0 && n <= model->hccs);
	REQUIRE(same(gaps->captured, captured.word) && same(gaps->active, resolved(captured).word));
	REQUIRE_SAME(gaps->captured_worth.raw, worth(captured).raw);
	gap = calloc(n, sizeof(hcc_gap));
	hcc_gap_find(gaps, gap);
	for (int i = 0; i < n; i++)
	{
		REQUIRE(gap[i].hcc > last && gap[i].hcc < model->hccs &&
				hcc_has(model->valued, gap[i].hcc));
		last = gap[i].hcc;
		REQUIRE(gap[i].ignored == hcc_has(ignored.word, gap[i].hcc));
		check_gap(&gap[i], captured, pending, not_eligible, years);
		if (stands(&gap[i]))
			hcc_add(standing.word, gap[i].hcc);
	}
	for (int i = 0; i < n; i++)
		check_open_value(&gap[i], captured, standing);
	check_joint(gaps, gap, n, captured);
	/* none is left out */
	for (int h = 0, i = 0; h < model->hccs; h++)
	{
		while (i < n && gap[i].hcc < h)
			i++;
		if (hcc_has(base.word, h) && hcc_has(model->valued, h))
			REQUIRE(i < n && gap[i].hcc == h);
	}
	free(gap);
	free(gaps);
}

/* ---- shares ---- */

/* Add what each HCC adds in all orders that begin as told; returns the number of orders. */
static int
add_orders(set so_far, const int32_t *hcc, int n, unsigned left, int64_t *sum)
{
	int			orders = 0;
	hcc_score	score = worth(so_far).raw;

	if (left == 0)
		return 1;
	for (int i = 0; i < n; i++)
	{
		set			more = with_one(so_far.word, hcc[i]);
		int			of_it;

		if (((left >> i) & 1) == 0)
			continue;
		of_it = add_orders(more, hcc, n, left & ~(1u << i), sum);
		sum[i] += of_it * (worth(more).raw - score);
		orders += of_it;
	}
	return orders;
}

/*
 * Shares add up to what the HCCs are worth together, and are the mean over
 * all orders.
 */
static void
fuzz_shares(fuzz_input *in)
{
	set			captured = draw_set(in, 4);
	set			all = captured;
	int			n = fuzz_once_in(in, 8) ? fuzz_below(in, HCC_SHAPLEY_MAX + 1) : fuzz_below(in, 5);
	int32_t    *hcc = malloc(n * sizeof(int32_t));
	int64_t    *share = malloc(n * sizeof(int64_t));
	int64_t		sum[HCC_SHAPLEY_MAX] = {0};
	int64_t		total = 0;
	int			off = 0;

	for (int i = 0; i < n; i++)
	{
		hcc[i] = fuzz_below(in, model->hccs);
		hcc_add(all.word, hcc[i]);
	}
	hcc_shapley(model, order, &person, captured.word, hcc, n, share);
	for (int i = 0; i < n; i++)
		total += share[i];
	if (n > 0)
		REQUIRE_SAME(total, 1000 * (worth(all).raw - worth(captured).raw));

	/* each is within half a millionth, but for the one that takes the remainder */
	if (n <= 4)
	{
		int64_t		orders = add_orders(captured, hcc, n, (1u << n) - 1, sum);

		for (int i = 0; i < n; i++)
		{
			int64_t		error = 2 * llabs(share[i] * orders - 1000 * sum[i]);

			REQUIRE(error <= (n + 2) * orders);
			off += error > orders;
		}
		REQUIRE(off <= 1);
	}
	free(hcc);
	free(share);
}

/* Two people of a model that an input describes */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_input	in = fuzz_begin(data, size);
	fuzz_memory memory = {0};
	fuzz_rows	rows;

	draw_rows(&rows, &in, false, true);
	model = compile_rows(&memory, &rows.source, NULL);
	for (int people = 2; people > 0 && model != NULL && model->hccs > 0; people--)
	{
		hcc_beneficiary who = draw_person(&in);

		order = fuzz_below(&in, 3);
		if (hcc_person_make(model, &who, &person) != HCC_PERSON_OK)
			continue;
		for (int cases = 3; cases > 0; cases--)
			fuzz_gaps(&in);
		fuzz_shares(&in);
	}
	fuzz_free(&memory);
	fuzz_free(&rows.memory);
	return 0;
}
