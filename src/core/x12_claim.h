/*
 * x12_claim.h
 *	  The claims of 837 transactions, professional and institutional.
 *
 * The reader fills one claim (at_hand) and gives it away when it is complete, with
 * all that is wrong with it.  A claim that is refused is given, too: what could be
 * read of it is there, so that its sender can be told which one it was.  What is
 * given is good until the callback returns, and must not be changed.
 *
 * Nothing here knows HCCs or Medicare's filter.  Which claims replace which, and
 * who people are, is for the panel; that needs other claims and other files.
 */
#ifndef HCC_X12_CLAIM_H
#define HCC_X12_CLAIM_H

#include "core/x12.h"

/*
 * Bounds of a claim, with which all of it has a fixed place.  An institutional
 * claim has 25 diagnoses, 12 external causes, 3 reasons for the visit and an
 * admitting one, and 999 lines at most.  One with more than there is room for is
 * refused as too_long, for which of its codes count nobody could say.
 */
#ifndef X12_MOST_LINES
#define X12_MOST_DIAGNOSES 128
#define X12_MOST_LINES 1000
#endif
#define X12_MOST_POINTERS 12	/* SV107 has 4; as many as there are codes in an HI */
#define X12_MOST_MODIFIERS 4	/* SV101-3 to -6, SV202-3 to -6 */

/* A short code, in upper case, letters and digits only; 16 bytes, for a claim has thousands */
typedef struct x12_code
{
	uint8_t		length;
	char		text[15];
} x12_code;

/*
 * What a diagnosis is on its claim, the stronger first: of a code that is there
 * twice the stronger role remains.  src/x12.c has their words in this order.
 */
typedef enum x12_role
{
	X12_PRINCIPAL,
	X12_OTHER,
	X12_EXTERNAL_CAUSE,
	X12_REASON_FOR_VISIT,
	X12_ADMITTING
} x12_role;

typedef struct x12_diagnosis
{
	x12_code	code;			/* without dot */
	x12_role	role;			/* a smaller one is the stronger */
	uint8_t		seq;			/* among the codes of HI, from 1, as pointers count them */
	uint8_t		icd;			/* 9 or 10, as the qualifier says, never guessed by shape */
	char		poa;			/* Y, N, U, W, 1; 0: not said */
} x12_diagnosis;

typedef struct x12_line
{
	int64_t		position;		/* of its SV1, SV2, SV3 or SV5 */
	x12_code	code;			/* HCPCS or CPT; empty on room lines of a stay */
	x12_code	hipps;			/* of skilled nursing and home health; no procedure code */
	x12_code	modifier[X12_MOST_MODIFIERS];	/* with gaps, as they are written */
	x12_code	revenue;		/* four digits */
	x12_code	place;			/* professional: the claim's where it has none */
	x12_code	npi;			/* rendering provider of the line */
	x12_code	ndc;			/* without dashes */
	x12_day		from;			/* both are days, or neither */
	x12_day		to;
	int8_t		pointers;
	uint8_t		pointer[X12_MOST_POINTERS];	/* seq of diagnoses, 1 to hi_codes */
	bool		denied;			/* all payers that have said something denied it */
	bool		adjudicated;	/* a payer has said what it pays */
	/* in hundredths; paid and taken are of the adjudication at hand */
	int64_t		charge;
	int64_t		paid;
	int64_t		taken;			/* by others than the patient's share */
} x12_line;

/*
 * A person of a subscriber or patient loop.  A patient who is not the subscriber
 * has no number of his own in version 5010; id is the subscriber's then.
 */
typedef struct x12_person
{
	x12_value	id;
	x12_value	last;
	x12_value	first;
	x12_code	relation;
	x12_day		birth;
	x12_day		death;
	char		sex;			/* F, M; 0: not said */
	int64_t		bad_birth;		/* segment of a date of birth that is none; 0: it is good */
	int64_t		bad_death;		/* the same of a day of death */
	/* segment with a value that had no room, which refuses all claims of the person; 0: none */
	int64_t		too_long;
} x12_person;

typedef struct x12_claim
{
	int64_t		position;		/* of its CLM */
	x12_person	person;			/* a copy: others of the file come before the claim is used */
	bool		dependent;		/* the person is not the subscriber */
	x12_value	claim;			/* CLM01, the provider's account number: not unique */
	x12_value	replaces;		/* REF*F8, the payer's number of another claim, as written */
	x12_value	payer;
	x12_value	contract;		/* REF*2U, or a payer's number that has its form */
	x12_code	billing;		/* NPIs */
	x12_code	rendering;
	x12_code	attending;
	x12_code	facility;		/* CLM05-1 */
	char		frequency;		/* CLM05-3; 0: none */
	bool		institutional;	/* by the guide, whatever CLM05-2 or the lines look like */
	bool		chart_review;	/* PWK*09: a plan adds codes or takes them away, to CMS */
	bool		chart_delete;	/* REF*EA*8: it takes them away */
	bool		capitated;		/* CN1*05: nothing is paid for single services */
	bool		denied;			/* all lines are */
	x12_day		from;			/* not refused: from <= to, neither in the future */
	x12_day		to;
	int			diagnoses;
	int			hi_codes;		/* diagnosis codes of HI, also those that were left out */
	int			lines;
	/*
	 * What follows is written before it is read, but for how many findings there
	 * are.  begin_claim() clears what is above by the place of warnings; clearing
	 * it all would be 200 KB for each claim, few of which have so many lines.
	 */
	x12_findings warnings;
	x12_findings refused;
	x12_diagnosis diagnosis[X12_MOST_DIAGNOSES];
	x12_line	line[X12_MOST_LINES];
} x12_claim;

/*
 * Where in a transaction a segment stands.  The same segment means another thing
 * in each: NM1*82 is of the claim, of another payer's claim, or of a line.
 */
typedef enum x12_loop
{
	X12_HEADING,				/* before the first HL */
	X12_BILLING,				/* 2000A */
	X12_SUBSCRIBER,				/* 2000B */
	X12_PATIENT,				/* 2000C */
	X12_CLAIM,					/* 2300, 2310 */
	X12_OTHER_PAYER,			/* 2320, 2330: nothing is taken from it */
	X12_LINE,					/* 2400 to 2420 */
	X12_ADJUDICATION			/* 2430 */
} x12_loop;

/* The reader of claims, about 300 KB, allocated once for a file and not cleared */
typedef struct x12_claims
{
	x12_reader	reader;			/* first, for what calls back gets this */
	void		(*claim) (struct x12_claims *claims, const x12_claim *claim);

	/* what stands above claims and holds for all that follow, until the next HL */
	x12_loop	loop;
	bool		institutional;
	bool		medicare;		/* SBR09 says so */
	x12_code	entity;			/* NM101 of the last name: whose DMG and REF follow */
	x12_code	billing;
	x12_person	subscriber;
	x12_person	patient;
	bool		dependent;
	x12_value	payer;
	x12_value	contract;
	int64_t		unknown;		/* segment that nobody knows what level it began; 0: none */
	bool		open;			/* there is a claim at hand */
	bool		line_begun;		/* LX, and no service yet */
	x12_claim	at_hand;
} x12_claims;

extern void x12_claims_start(x12_claims *claims);
extern void x12_claims_end(x12_claims *claims);
extern const char *x12_claim_type(const x12_claim *claim);

#endif							/* HCC_X12_CLAIM_H */
