/*
 * gap.c
 *	  What was coded before and is, or is not, coded again, and what it is worth.
 *
 * A gap is worth what the score would change if its HCC were added before the
 * hierarchy: that may be more than its coefficient, nothing, or less than
 * nothing.  "Supersedes" is by any path of the hierarchy, which is no tree.
 *
 * More, where interactions or a count come with it; nothing, where the segment
 * does not pay it (a new enrollee's) or pays as much for what is there already;
 * less, where it drops HCCs that are worth more.  Therefore no value is a
 * coefficient: each is a difference of two scores, and a difference in payment is
 * one of two payments, each rounded as it is paid.  For the same reason values of
 * single gaps do not add up, and what several are worth together is scored anew.
 *
 * CMS knows no gaps: the rules here are this project's (doc/reports.md).  What
 * CMS rules is that only the diagnoses of the service year are paid, so that a
 * condition which is not documented again is not.
 *
 * Earlier years are mapped by the model and payment year that are asked for, not
 * by those that paid them then: the question is what their diagnoses would be
 * worth if they were made again.
 */
#include "core/gap.h"

#include <string.h>

#include "core/bits.h"

/*
 * In the order of the enumerations.  Tables of a panel store these words, and
 * reports ask for them.
 */
const char *const hcc_gap_status_name[] = {
	"closed", "downgraded", "pending", "documented_not_eligible", "open", "net_new"
};
const char *const hcc_gap_closure_name[] = {NULL, "same", "superseding", "equivalent"};

/* What a for loop over the words of a set of HCCs has in its head */
#define EACH_WORD(model, w) (int w = 0; w < (model)->hcc_words; w++)

/* The HCCs above one by any path of the hierarchy */
static inline const hcc_word *
above(const hcc_model *model, int hcc)
{
	return &model->above[(size_t) hcc * model->hcc_words];
}

/* The HCCs below one by any path */
static inline const hcc_word *
below(const hcc_model *model, int hcc)
{
	return &model->below[(size_t) hcc * model->hcc_words];
}

/* Have two sets an HCC in common? */
static inline bool
meet(const hcc_model *model, const hcc_word *a, const hcc_word *b)
{
	hcc_word	common = 0;

	for EACH_WORD(model, w)
		common |= a[w] & b[w];
	return common != 0;
}

/*
 * What a set of HCCs is worth; it becomes the active ones.  The payment is told
 * these beside the raw score, since a part of it may be of another calibration of
 * the model, which scores the same HCCs otherwise.
 */
static hcc_worth
worth(const hcc_gap_case *gaps, hcc_word *set)
{
	hcc_worth	worth;

	hcc_resolve(gaps->model, gaps->order, set);
	worth.raw = hcc_evaluate(gaps->model, gaps->person, set);
	worth.payment = gaps->pay ? gaps->pay(gaps->context, set, worth.raw) : 0;
	return worth;
}

/* What more is worth beyond less */
static inline hcc_worth
difference(hcc_worth more, hcc_worth less)
{
	return (hcc_worth) {more.raw - less.raw, more.payment - less.payment};
}

/*
 * What more HCCs would add to what is paid; they become the active ones.  They
 * are added to what the codes gave and not to what is active, as codes of theirs
 * would be: what the hierarchy takes away may be their prerequisite.
 */
static hcc_worth
worth_added(const hcc_gap_case *gaps, hcc_word *more)
{
	for EACH_WORD(gaps->model, w)
		more[w] |= gaps->paid[w];
	return difference(worth(gaps, more), gaps->captured_worth);
}

/*
 * What some of the captured HCCs add to all that is paid, which is nothing if
 * they are captured elsewhere, too; they become the others.
 *
 * What is closed is valued by taking it away, and what is open by adding it: in
 * both cases it is the last that comes to all the others.
 */
static hcc_worth
worth_taken(const hcc_gap_case *gaps, hcc_word *some)
{
	for EACH_WORD(gaps->model, w)
		some[w] = gaps->paid[w] & ~(some[w] & ~gaps->elsewhere[w]);
	return difference(gaps->captured_worth, worth(gaps, some));
}

/*
 * Would an HCC leave the score of what is captured here as it is?
 *
 * Whether a gap is closed is a question about the records here: what somebody
 * else has submitted takes away its value and does not close it.  Where nobody
 * else has, the value that is known already is the answer.
 */
static bool
adds_nothing_here(const hcc_gap_case *gaps, int hcc, hcc_worth value)
{
	hcc_word	with[HCC_MAX_WORDS];
	hcc_word	without[HCC_MAX_WORDS];
	hcc_word	others = 0;

	for EACH_WORD(gaps->model, w)
	{
		with[w] = without[w] = gaps->captured[w];
		others |= gaps->elsewhere[w];
	}
	if (others == 0)
		return value.raw == 0;
	hcc_add(with, hcc);
	return worth(gaps, with).raw == worth(gaps, without).raw;
}

/*
 * Add an earlier year: the HCCs of its codes, which become the active ones.  The
 * newest year comes first, so that a position is that of the newest.
 *
 * Each year is resolved by itself, as it was scored by itself: what was
 * superseded then is no gap now.  The base is cleared by the caller before the
 * first year; positions need not be, for only those of the base are read.
 */
void
hcc_gap_base(hcc_gap_case *gaps, hcc_word *codes, int position)
{
	hcc_assert(position > 0);
	hcc_resolve(gaps->model, gaps->order, codes);
	for EACH_WORD(gaps->model, w)
	{
		for (hcc_word first = codes[w] & ~gaps->base[w]; first != 0; first &= first - 1)
			gaps->position[w * 64 + hcc_lowest_bit(first)] = (int16_t) position;
		gaps->base[w] |= codes[w];
	}
}

/*
 * Of the HCCs of other records' codes, leave those that would count beside the captured ones.
 *
 * Prerequisites alone are asked, not the hierarchy: whether a record that is
 * pending or does not count speaks for a gap does not depend on what else would
 * supersede it.
 */
static void
judge_beside_captured(const hcc_gap_case *gaps, hcc_word *others)
{
	hcc_word	together[HCC_MAX_WORDS];

	for EACH_WORD(gaps->model, w)
		together[w] = others[w] | gaps->captured[w];
	hcc_prerequisites(gaps->model, together);
	for EACH_WORD(gaps->model, w)
		others[w] &= together[w];
}

/*
 * Judge what is captured; the number of gaps that hcc_gap_find will find.
 * What the caller filled in of pending and not_eligible is cut down to what
 * would count.
 *
 * Net new is what is active and valued, and neither in the base nor above or
 * below anything in it: a condition that has become worse or better is the old
 * one's closure, or its downgrade, and no new one.
 */
int
hcc_gap_prepare(hcc_gap_case *gaps)
{
	const hcc_model *model = gaps->model;
	int			n = 0;

	hcc_assert(model->hcc_words > 0 && gaps->person != NULL);
	memcpy(gaps->active, gaps->captured, model->hcc_words * sizeof(hcc_word));
	hcc_resolve(model, gaps->order, gaps->active);
	for EACH_WORD(model, w)
		gaps->paid_active[w] = gaps->paid[w] = gaps->captured[w] | gaps->elsewhere[w];
	gaps->captured_worth = worth(gaps, gaps->paid_active);
	memcpy(gaps->present, gaps->captured, model->hcc_words * sizeof(hcc_word));
	hcc_prerequisites(model, gaps->present);
	judge_beside_captured(gaps, gaps->pending);
	judge_beside_captured(gaps, gaps->not_eligible);

	for EACH_WORD(model, w)
	{
		hcc_word	rest = gaps->active[w] & model->valued[w] & ~gaps->base[w];

		gaps->net_new[w] = 0;
		for (; rest != 0; rest &= rest - 1)
		{
			int			h = w * 64 + hcc_lowest_bit(rest);

			if (!meet(model, gaps->base, above(model, h)) &&
				!meet(model, gaps->base, below(model, h)))
				hcc_add(gaps->net_new, h);
		}
		/* the same HCCs that hcc_gap_find goes through; what scores nowhere is no gap */
		n += hcc_bit_count((gaps->base[w] & model->valued[w]) | gaps->net_new[w]);
	}
	return n;
}

/*
 * Is there something left to be done about a gap?  Of a pending one there is
 * nothing but to wait.
 */
static inline bool
is_open(const hcc_gap *gap)
{
	return gap->status == HCC_GAP_OPEN || gap->status == HCC_GAP_DOWNGRADED ||
		gap->status == HCC_GAP_NOT_ELIGIBLE;
}

/*
 * The HCCs above or below one by which it is closed or downgraded: the active
 * ones, or, where there is none, those present
 */
static void
closing(const hcc_gap_case *gaps, const hcc_word *kin, hcc_word *by)
{
	const hcc_word *among = meet(gaps->model, gaps->active, kin) ? gaps->active : gaps->present;

	for EACH_WORD(gaps->model, w)
		by[w] = among[w] & kin[w];
}

/*
 * Is an HCC, or one that supersedes it, in a set?  A record that would close the
 * gap if it counted is one that is pending for it.
 */
static inline bool
held_by(const hcc_model *model, const hcc_word *set, int hcc)
{
	return hcc_has(set, hcc) || meet(model, set, above(model, hcc));
}

/*
 * Status and value of an HCC of earlier years.
 *
 * The first that applies decides.  What is superseded counts as documented, so
 * its value stays 0: it is with the HCC above it.  Below, what is present is
 * asked and not what is active, for an HCC may itself be superseded by one of
 * another line that is no kin of this one (the hierarchy is no tree).
 *
 * Whether something lower closes the gap, the score decides and no list of
 * equals.  V28's HCCs 36 to 38, diabetes, have one coefficient, so that 38 this
 * year closes 36; with another person, segment or model it need not.  A lower
 * one that is worth more leaves a gap of negative value, shown as it is.
 */
static void
judge_gap(const hcc_gap_case *gaps, hcc_gap *gap)
{
	const hcc_model *model = gaps->model;
	int			h = gap->hcc;

	if (hcc_has(gaps->active, h))
	{
		hcc_word	taken[HCC_MAX_WORDS] = {0};

		gap->status = HCC_GAP_CLOSED;
		gap->closure = HCC_CLOSED_SAME;
		hcc_add(gap->by, h);
		hcc_add(taken, h);
		gap->value = worth_taken(gaps, taken);
		return;
	}
	if (meet(model, gaps->present, above(model, h)))
	{
		gap->status = HCC_GAP_CLOSED;
		gap->closure = HCC_CLOSED_SUPERSEDING;
		closing(gaps, above(model, h), gap->by);
		return;
	}

	hcc_add(gap->with, h);
	gap->value = worth_added(gaps, gap->with);
	if (meet(model, gaps->present, below(model, h)))
	{
		closing(gaps, below(model, h), gap->by);
		gap->status = HCC_GAP_DOWNGRADED;
		if (adds_nothing_here(gaps, h, gap->value))
		{
			gap->status = HCC_GAP_CLOSED;
			gap->closure = HCC_CLOSED_EQUIVALENT;
			gap->value = (hcc_worth) {0, 0};
		}
	}
	else if (held_by(model, gaps->pending, h))
		gap->status = HCC_GAP_PENDING;
	else if (held_by(model, gaps->not_eligible, h))
		gap->status = HCC_GAP_NOT_ELIGIBLE;
	else
		gap->status = HCC_GAP_OPEN;
}

/*
 * Of gaps in one family only the top one is worth anything.  Two years' HCCs
 * can be of one family; the hierarchy was applied to each by itself.
 *
 * A pending gap stands, too: when its record comes, it supersedes those below.
 * One that is ignored (not expected every year, or refuted) does not: closing
 * those below it is then still work.
 */
static void
find_superseded(const hcc_model *model, hcc_gap *gap, int n)
{
	hcc_word	standing[HCC_MAX_WORDS] = {0};

	for (int i = 0; i < n; i++)
	{
		if (!gap[i].ignored && (is_open(&gap[i]) || gap[i].status == HCC_GAP_PENDING))
			hcc_add(standing, gap[i].hcc);
	}
	for (int i = 0; i < n; i++)
	{
		if ((!is_open(&gap[i]) && gap[i].status != HCC_GAP_PENDING) ||
			!meet(model, standing, above(model, gap[i].hcc)))
			continue;
		for EACH_WORD(model, w)
			gap[i].superseded_by[w] = standing[w] & above(model, gap[i].hcc)[w];
		gap[i].value = (hcc_worth) {0, 0};
	}
}

/*
 * Find the gaps, in the order of the HCCs; gap has room for as many as
 * hcc_gap_prepare said, zeroed.
 *
 * The joint worth is of what can be worked on: ignored and pending gaps are not
 * in it, nor those below another one.  Against it stands what the closed ones
 * are worth, both of sets, so that a share of value that has been recaptured can
 * be computed from the two and is between 0 and 1 wherever nothing is negative.
 */
void
hcc_gap_find(hcc_gap_case *gaps, hcc_gap *gap)
{
	const hcc_model *model = gaps->model;
	hcc_word	opened[HCC_MAX_WORDS] = {0};
	hcc_word	closed[HCC_MAX_WORDS] = {0};
	int			n = 0;

	for EACH_WORD(model, w)
	{
		hcc_word	rest = (gaps->base[w] & model->valued[w]) | gaps->net_new[w];

		for (; rest != 0; rest &= rest - 1)
		{
			hcc_gap    *g = &gap[n++];

			g->hcc = w * 64 + hcc_lowest_bit(rest);
			g->ignored = hcc_has(gaps->ignored, g->hcc);
			if (hcc_has(gaps->net_new, g->hcc))
			{
				hcc_word	taken[HCC_MAX_WORDS] = {0};

				g->status = HCC_GAP_NET_NEW;
				hcc_add(taken, g->hcc);
				g->value = worth_taken(gaps, taken);
			}
			else
			{
				g->position = gaps->position[g->hcc];
				judge_gap(gaps, g);
			}
		}
	}
	find_superseded(model, gap, n);

	for (int i = 0; i < n; i++)
	{
		if (gap[i].ignored)
			continue;
		if (is_open(&gap[i]))
		{
			bool		top = true;

			for EACH_WORD(model, w)
				top &= gap[i].superseded_by[w] == 0;
			if (top)
				hcc_add(opened, gap[i].hcc);
		}
		else if (gap[i].status == HCC_GAP_CLOSED)
		{
			for EACH_WORD(model, w)
				closed[w] |= gap[i].by[w];
		}
	}
	gaps->joint_worth = worth_added(gaps, opened);
	gaps->closed_worth = worth_taken(gaps, closed);
}

/*
 * Split what n HCCs add together among them: each gets the mean of what it
 * adds over all orders of adding them (Shapley value), in millionths.
 * Rounding leaves a remainder, which goes to the largest share, so that they
 * add up.  All 2^n sets are scored, so n is at most HCC_SHAPLEY_MAX.
 *
 * The values of single gaps would not do: an interaction of two that are both
 * missing is in neither, one with what is there is in each.  The mean over all
 * orders prefers nobody and adds up to the whole.  HCCs are added before the
 * hierarchy, as everywhere here; they are distinct, and one that is captured
 * already adds nothing.
 *
 * An HCC is added after a set of `before` others in before! * (n - before - 1)!
 * of the orders, so sets are enough and no order is gone through.
 */
void
hcc_shapley(const hcc_model *model, hcc_order order, const hcc_person *person,
			const hcc_word *captured,
			const int32_t *hcc, int n, int64_t *millionths)
{
	hcc_assert(n >= 0 && n <= HCC_SHAPLEY_MAX);
	/* n! orders times a score, in millionths, need more than 64 bits */
	const __int128 per_thousandth = 1000;
	hcc_score	score[1 << HCC_SHAPLEY_MAX];
	int64_t		factorial[HCC_SHAPLEY_MAX + 1] = {1};
	__int128	remainder;
	int			largest = 0;

	for (int i = 1; i <= n; i++)
		factorial[i] = factorial[i - 1] * i;
	for (int some = 0; some < 1 << n; some++)
	{
		hcc_word	set[HCC_MAX_WORDS];

		memcpy(set, captured, model->hcc_words * sizeof(hcc_word));
		for (int i = 0; i < n; i++)
		{
			if ((some >> i) & 1)
				hcc_add(set, hcc[i]);
		}
		hcc_resolve(model, order, set);
		score[some] = hcc_evaluate(model, person, set);
	}

	remainder = (score[(1 << n) - 1] - score[0]) * per_thousandth;
	for (int i = 0; i < n; i++)
	{
		__int128	sum = 0;	/* over all n! orders */

		for (int some = 0; some < 1 << n; some++)
		{
			int			before = hcc_bit_count((uint64_t) some);

			if (((some >> i) & 1) == 0)
				sum += (__int128) factorial[before] * factorial[n - before - 1] *
					(score[some | 1 << i] - score[some]);
		}
		sum *= per_thousandth;
		millionths[i] = (int64_t) ((sum < 0 ? sum - factorial[n] / 2 : sum + factorial[n] / 2) /
								   factorial[n]);
		remainder -= millionths[i];
		if ((millionths[i] < 0 ? -millionths[i] : millionths[i]) >
			(millionths[largest] < 0 ? -millionths[largest] : millionths[largest]))
			largest = i;
	}
	if (n > 0)
		millionths[largest] += (int64_t) remainder;
}
