/*
 * x12_member.h
 *	  The members of 834 transactions.
 */
#ifndef HCC_X12_MEMBER_H
#define HCC_X12_MEMBER_H

#include "core/x12.h"

#define X12_MOST_REFERENCES 64
#define X12_MOST_DATES 32
#define X12_MOST_COVERAGES 64

/* A reference number or a date under its qualifier */
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

typedef struct x12_coverage
{
	x12_value	action;			/* HD01 */
	x12_value	line;			/* HD03 */
	x12_value	plan;			/* HD04 */
	x12_day		from;
	x12_day		to;
} x12_coverage;

typedef struct x12_member
{
	int64_t		position;
	bool		subscriber;
	x12_value	relation;		/* INS02 */
	x12_value	action;			/* INS03 */
	x12_value	reason;			/* INS04 */
	x12_value	benefit;		/* INS05 */
	x12_value	medicare;		/* INS06-1 */
	x12_value	medicare_reason;	/* INS06-2 */
	x12_value	employment;		/* INS08 */
	x12_value	own_id;			/* NM109 */
	x12_value	own_id_kind;	/* NM108 */
	x12_value	last;
	x12_value	first;
	x12_day		birth;
	x12_day		death;
	char		sex;			/* F, M; 0: not said, or unknown */
	bool		named;			/* NM1*IL or NM1*74 has been seen */
	int			references;
	int			dates;
	int			coverages;
	x12_findings warnings;
	x12_findings refused;
	x12_reference reference[X12_MOST_REFERENCES];
	x12_member_date date[X12_MOST_DATES];
	x12_coverage coverage[X12_MOST_COVERAGES];
} x12_member;

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
