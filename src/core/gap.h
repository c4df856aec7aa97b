/*
 * gap.h
 *	  What was coded before and is, or is not, coded again: one person's HCCs of
 *	  earlier years against those of the year that is being collected, and what
 *	  each is worth.
 *
 * The steps: fill in a hcc_gap_case, hcc_gap_base for every earlier year, the
 * newest first, hcc_gap_prepare, hcc_gap_find.  None allocates and none can
 * fail, unless the caller's hcc_pay_fn does.
 *
 * A case is some kilobytes.  The caller keeps it from person to person and
 * clears what it fills in; the rest is written before it is read.  It refers to
 * model and person and must not outlive them.
 */
#ifndef HCC_GAP_H
#define HCC_GAP_H

#include "core/evaluate.h"

/*
 * Where an HCC of earlier years stands, of which the first that applies in the
 * order closed, downgraded, pending, not eligible, open; or that it is new
 */
typedef enum hcc_gap_status
{
	HCC_GAP_CLOSED,
	HCC_GAP_DOWNGRADED,			/* only something that it supersedes is there */
	HCC_GAP_PENDING,			/* there, but not final */
	HCC_GAP_NOT_ELIGIBLE,		/* there, but on records that do not count */
	HCC_GAP_OPEN,
	HCC_GAP_NET_NEW				/* there, and nothing of its family before */
} hcc_gap_status;

/* What closed it: a gap of another status is not closed by anything */
typedef enum hcc_gap_closure
{
	HCC_NOT_CLOSED,
	HCC_CLOSED_SAME,
	HCC_CLOSED_SUPERSEDING,		/* by an HCC above it */
	HCC_CLOSED_EQUIVALENT		/* by an HCC below it, with which the score is the same */
} hcc_gap_closure;

extern const char *const hcc_gap_status_name[];
extern const char *const hcc_gap_closure_name[];

/* A score, or a difference of scores; payment is 0 if the case has nobody who pays */
typedef struct hcc_worth
{
	hcc_score	raw;
	hcc_score	payment;
} hcc_worth;

/*
 * What a set of active HCCs with this raw score is paid; 0 if not known.  It is
 * called for every value.  In the server it may raise, as nothing here needs to
 * be cleaned up.
 */
typedef hcc_score (*hcc_pay_fn) (void *context, const hcc_word *active, hcc_score raw);

/*
 * One person's case.  Order and person are of the model, and so are all sets,
 * which are of HCCs.
 */
typedef struct hcc_gap_case
{
	const hcc_model *model;
	hcc_order	order;
	const hcc_person *person;
	hcc_pay_fn	pay;
	void	   *context;

	/* filled in by the caller: the HCCs of codes, before prerequisites and hierarchy */
	hcc_word	captured[HCC_MAX_WORDS];
	hcc_word	pending[HCC_MAX_WORDS];
	hcc_word	not_eligible[HCC_MAX_WORDS];
	hcc_word	ignored[HCC_MAX_WORDS]; /* HCCs that no gap is to be made of */
	hcc_word	elsewhere[HCC_MAX_WORDS];	/* paid for already by somebody else's records */

	/* of earlier years: the HCCs active in any, and the newest that has each */
	hcc_word	base[HCC_MAX_WORDS];
	int16_t		position[HCC_MAX_WORDS * 64];

	/* made by hcc_gap_prepare */
	hcc_word	present[HCC_MAX_WORDS]; /* captured, after prerequisites */
	hcc_word	active[HCC_MAX_WORDS];	/* and after the hierarchy */
	hcc_word	net_new[HCC_MAX_WORDS];
	hcc_word	paid[HCC_MAX_WORDS];	/* captured here or elsewhere */
	hcc_word	paid_active[HCC_MAX_WORDS];
	hcc_worth	captured_worth; /* of what is paid */

	/* made by hcc_gap_find: all gaps closed at once, and all that closed some left out */
	hcc_worth	joint_worth;
	hcc_worth	closed_worth;
} hcc_gap_case;

/*
 * A gap, or what is net new.  Sets that do not apply are empty, and the value of
 * what is superseded is 0.
 */
typedef struct hcc_gap
{
	int32_t		hcc;
	hcc_gap_status status;
	hcc_gap_closure closure;
	int16_t		position;		/* from 1; 0: net new */
	bool		ignored;
	hcc_worth	value;			/* what it would add; of what is there already, what it adds */
	hcc_word	by[HCC_MAX_WORDS];	/* what closes or downgrades it */
	hcc_word	superseded_by[HCC_MAX_WORDS];	/* other gaps above it */
	hcc_word	with[HCC_MAX_WORDS];	/* the active HCCs if it were closed */
} hcc_gap;

extern void hcc_gap_base(hcc_gap_case *gaps, hcc_word *codes, int position);
extern int	hcc_gap_prepare(hcc_gap_case *gaps);
extern void hcc_gap_find(hcc_gap_case *gaps, hcc_gap *gap);

/*
 * All sets of so many HCCs are scored: 1,024 of ten, whose scores take 8 kB of
 * stack.  One more doubles both.
 */
#define HCC_SHAPLEY_MAX 10

extern void hcc_shapley(const hcc_model *model, hcc_order order, const hcc_person *person,
						const hcc_word *captured,
						const int32_t *hcc, int n, int64_t *millionths);

#endif							/* HCC_GAP_H */
