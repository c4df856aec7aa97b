/*
 * x12_member.h
 *	  The members of 834 transactions.
 *
 * As with claims, a member is given when it is complete, refused or not, and is
 * good until the callback returns.  What a plan means by its references and plan
 * names is by agreement with the sender; here they are only kept.
 */
#ifndef HCC_X12_MEMBER_H
#define HCC_X12_MEMBER_H

#include "core/x12.h"

/* Bounds of a member; one with more is refused as too_long, for what is left out may matter. */
#ifndef X12_MOST_REFERENCES
#define X12_MOST_REFERENCES 64
#define X12_MOST_DATES 32
#define X12_MOST_COVERAGES 64
#endif

/*
 * A reference number or a date under its qualifier, in the order of the file.  A
 * qualifier may come several times.
 */
typedef struct x12_reference
{
	x12_value	qualifier;
	x12_value	value;
} x12_reference;

typedef struct x12_member_date
{
	x12_value	qualifier;
	x12_day		day;
} x12_member_date;

/* A coverage, in the order of the file: a later one of the same line may correct it */
typedef struct x12_coverage
{
	x12_value	action;			/* HD01 */
	x12_value	line;			/* HD03 */
	x12_value	plan;			/* HD04, free text: H9999-001 by some */
	x12_day		from;			/* DTP*348; X12_NO_DAY: not said */
	x12_day		to;				/* DTP*349, the last day; before from: never in force */
} x12_coverage;

/*
 * A member, that is what one INS and the segments up to the next say.  Empty values
 * are not said.
 */
typedef struct x12_member
{
	int64_t		position;		/* of its INS */
	bool		subscriber;		/* else a dependent, under the subscriber's number */
	x12_value	relation;		/* INS02 */
	x12_value	action;			/* INS03, a code as 021 */
	x12_value	reason;			/* INS04, a code: 03 is death */
	x12_value	benefit;		/* INS05 */
	x12_value	medicare;		/* INS06-1: A to E, or empty */
	x12_value	medicare_reason;	/* INS06-2, the current one, not the original */
	x12_value	employment;		/* INS08 */
	x12_value	own_id;			/* NM109, may be a social security number */
	x12_value	own_id_kind;	/* NM108: 34 if it is one */
	x12_value	last;
	x12_value	first;
	x12_day		birth;			/* X12_NO_DAY: not said, or none */
	x12_day		death;			/* INS12; who is dead need not have one */
	char		sex;			/* F, M; 0: not said, or unknown */
	bool		named;			/* NM1*IL or NM1*74 has been seen: last and first are its */
	int			references;
	int			dates;
	int			coverages;
	x12_findings warnings;
	x12_findings refused;
	/* from here on nothing is cleared: how many there are is above */
	x12_reference reference[X12_MOST_REFERENCES];
	x12_member_date date[X12_MOST_DATES];
	x12_coverage coverage[X12_MOST_COVERAGES];
} x12_member;

/* The reader of members, about 100 KB; no more than one member of a file is in memory */
typedef struct x12_members
{
	x12_reader	reader;			/* first, for what calls back gets this */
	void		(*member) (struct x12_members *members, const x12_member *member);

	bool		open;			/* there is a member at hand */
	bool		himself;		/* the last name was that of the member */
	bool		reporting;		/* what follows says nothing of coverage */
	x12_member	at_hand;
} x12_members;

extern void x12_members_start(x12_members *members);
extern void x12_members_end(x12_members *members);
extern const x12_value *x12_member_reference(const x12_member *member, const char *qualifier);

#endif							/* HCC_X12_MEMBER_H */
