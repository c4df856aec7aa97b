/*
 * x12_claim.h
 *	  The claims of 837 transactions, professional and institutional.
 */
#ifndef HCC_X12_CLAIM_H
#define HCC_X12_CLAIM_H

#include "core/x12.h"

#define X12_MOST_DIAGNOSES 128
#define X12_MOST_LINES 1000
#define X12_MOST_POINTERS 12
#define X12_MOST_MODIFIERS 4

/* A short code */
typedef struct x12_code
{
	uint8_t		length;
	char		text[15];
} x12_code;

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
	x12_code	code;
	x12_role	role;			/* a smaller one is the stronger */
	uint8_t		seq;
	uint8_t		icd;			/* 9 or 10 */
	char		poa;			/* 0: not said */
} x12_diagnosis;

typedef struct x12_line
{
	int64_t		position;
	x12_code	code;
	x12_code	hipps;
	x12_code	modifier[X12_MOST_MODIFIERS];
	x12_code	revenue;
	x12_code	place;
	x12_code	npi;
	x12_code	ndc;
	x12_day		from;
	x12_day		to;
	int8_t		pointers;
	uint8_t		pointer[X12_MOST_POINTERS];
	bool		denied;
	bool		adjudicated;	/* a payer has said what it pays */
	/* of the adjudication at hand, in hundredths */
	int64_t		charge;
	int64_t		paid;
	int64_t		taken;			/* by others than the patient's share */
} x12_line;

/* A person of a subscriber or patient loop */
typedef struct x12_person
{
	x12_value	id;
	x12_value	last;
	x12_value	first;
	x12_code	relation;
	x12_day		birth;
	x12_day		death;
	char		sex;			/* F, M; 0: not said */
	int64_t		bad_birth;		/* segment of a date of birth that is none */
	bool		too_long;
} x12_person;

typedef struct x12_claim
{
	int64_t		position;
	x12_person	person;
	bool		dependent;
	x12_value	claim;			/* CLM01 */
	x12_value	replaces;		/* REF*F8 */
	x12_value	payer;
	x12_value	contract;
	x12_code	billing;
	x12_code	rendering;
	x12_code	attending;
	x12_code	facility;		/* CLM05-1 */
	char		frequency;		/* CLM05-3; 0: none */
	bool		institutional;
	bool		chart_review;
	bool		chart_delete;
	bool		capitated;
	bool		denied;			/* all lines are */
	x12_day		from;
	x12_day		to;
	int			diagnoses;
	int			hi_codes;		/* diagnosis codes of HI, also those that were left out */
	int			lines;
	/* what follows is written before it is read, but for how many findings there are */
	x12_findings warnings;
	x12_findings refused;
	x12_diagnosis diagnosis[X12_MOST_DIAGNOSES];
	x12_line	line[X12_MOST_LINES];
} x12_claim;

/* Where in a transaction a segment stands */
typedef enum x12_loop
{
	X12_HEADING,
	X12_BILLING,
	X12_SUBSCRIBER,
	X12_PATIENT,
	X12_CLAIM,
	X12_OTHER_PAYER,
	X12_LINE,
	X12_ADJUDICATION
} x12_loop;

typedef struct x12_claims
{
	x12_reader	reader;			/* first, for what calls back gets this */
	void		(*claim) (struct x12_claims *claims, const x12_claim *claim);

	x12_loop	loop;
	bool		institutional;
	bool		medicare;		/* SBR09 says so */
	x12_code	entity;			/* NM101 of the loop at hand */
	x12_code	billing;
	x12_person	subscriber;
	x12_person	patient;
	bool		dependent;
	x12_value	payer;
	x12_value	contract;
	bool		open;			/* there is a claim at hand */
	bool		line_begun;		/* LX, and no service yet */
	x12_claim	at_hand;
} x12_claims;

extern void x12_claims_start(x12_claims *claims);
extern void x12_claims_end(x12_claims *claims);
extern const char *x12_claim_type(const x12_claim *claim);

#endif							/* HCC_X12_CLAIM_H */
