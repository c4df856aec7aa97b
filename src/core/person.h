/*
 * person.h
 *	  A beneficiary, and the facts that a model's conditions are made of.
 *
 * A beneficiary is what is known of a person, whatever the model; the SQL type
 * of that name is this struct.  Facts are what follows from it that conditions
 * can ask for, each a bit, so that a condition is two masks.  What has a range
 * (age, months, days) is no fact and is compared.
 */
#ifndef HCC_PERSON_H
#define HCC_PERSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Tables by age go up to here.  A beneficiary's age is never above; a scored age
 * of some age rule could be, so whoever indexes by age looks.
 */
#define HCC_MAX_AGE 130
#define HCC_SEGMENT_LENGTH 24	/* with the terminating zero byte */

/* As CMS has it: 1 male, 2 female.  All models ask for one of the two. */
typedef enum hcc_sex
{
	HCC_MALE = 1,
	HCC_FEMALE = 2
} hcc_sex;

/*
 * The current ESRD status, from CMS's status data.  It is not in the original
 * reason for entitlement, by which somebody may have come to Medicare years ago.
 */
typedef enum hcc_esrd
{
	HCC_ESRD_NONE = 0,
	HCC_ESRD_DIALYSIS,
	HCC_ESRD_TRANSPLANT,
	HCC_ESRD_GRAFT
} hcc_esrd;

/*
 * A yes/no answer that may be left to another field.  Medicaid of new enrollees
 * and of the institutionalized are inputs of their own in CMS's files, beside
 * the dual status of the month, from which they follow unless they are given.
 */
typedef enum hcc_answer
{
	HCC_FROM_DUAL_STATUS = 0,
	HCC_NO,
	HCC_YES
} hcc_answer;

#define HCC_METALS 6			/* values of hcc_beneficiary.metal */
#define HCC_CSR_VARIANTS 101	/* values of hcc_beneficiary.csr_variant */

/* Bits of hcc_beneficiary.flags */
#define HCC_NEW_ENROLLEE	0x01
#define HCC_SNP				0x02
#define HCC_LTI				0x04
#define HCC_LOW_INCOME		0x08

#define HCC_NO_DUAL_STATUS	0xFF

/*
 * The type beneficiary as stored on disk: 48 bytes, no padding, the unused
 * ones zero so that equality is memcmp.  The layout is frozen.
 *
 * "The unused ones" are reserved and what is behind the end of the segment's
 * name.  What is not given is 0 in every field, but for the dual status, of
 * which 0 is a code; a new field can therefore take the place of reserved bytes.
 */
typedef struct hcc_beneficiary
{
	uint8_t		age;			/* completed years */
	uint8_t		sex;			/* hcc_sex */
	uint8_t		orec;			/* original reason for entitlement, 0 to 3 */
	uint8_t		dual_status;	/* Medicaid dual code 0 to 10, or none */
	uint8_t		flags;			/* HCC_NEW_ENROLLEE ... */
	uint8_t		medicaid_ne;	/* hcc_answer, for new-enrollee variables */
	uint8_t		medicaid_lti;	/* hcc_answer, for institutional variables */
	uint8_t		esrd;			/* hcc_esrd */
	uint16_t	graft_months;	/* months since transplant, 0: not given */
	uint16_t	enrollment_days;	/* marketplace, 0: not given */
	uint8_t		metal;			/* marketplace metal level, 0: not given */
	uint8_t		csr_variant;	/* marketplace variant + 1, 0: not given */
	uint8_t		reserved[2];	/* zero */
	int32_t		date_of_birth;	/* day as in icd10.h, 0: not given */
	int32_t		enrolled_until; /* last day enrolled, 0: not given */
	char		segment[HCC_SEGMENT_LENGTH];	/* forced segment, "": by rule */
} hcc_beneficiary;

/*
 * Facts about a person, one bit each; models require or forbid them by name.
 * Which bit is whose is decided in person.c.
 */
typedef uint64_t hcc_facts;

#define HCC_FACT_FEMALE ((hcc_facts) 1 << 0)
#define HCC_FACT_MALE	((hcc_facts) 1 << 1)

extern hcc_facts hcc_beneficiary_facts(const hcc_beneficiary *who);
extern hcc_facts hcc_fact_by_name(const char *name);

#endif							/* HCC_PERSON_H */
