/*
 * compile.h
 *	  From rows of the reference tables to a compiled model.
 *
 * The caller collects the rows that are valid in one payment year (and, of
 * coefficients, of one calibration) and hands them over; the rows and their
 * strings need to live only until hcc_compile returns.
 *
 * Rows refer to each other by name.  Those of one kind may come in any order,
 * and none of them needs to have been checked against another: what does not fit
 * together is refused with its row.  What a row says by itself (kinds, facts,
 * dates) the caller has read and checked.  An age range, as everywhere in the
 * core, includes both its ends, and one without bound has the extreme of its
 * type.
 */
#ifndef HCC_COMPILE_H
#define HCC_COMPILE_H

#include "core/model.h"

/* Names; item may be NULL where there are none */
typedef struct hcc_list
{
	const char **item;
	int			items;
} hcc_list;

/*
 * An HCC of the model.  A model may have no such rows: then its HCCs are those
 * that crosswalk and hierarchy name, all of them payment HCCs.
 */
typedef struct hcc_category_row
{
	const char *hcc;
	const char *label;
	bool		payment;		/* counts in the number of payment HCCs */
	bool		drug;			/* of drugs or procedures; for display */
	int16_t		age_min;		/* of those whom it counts for */
	int16_t		age_max;
} hcc_category_row;

/*
 * A code gives an HCC.  The code may be one of another system, but has no date.
 * label and coefficient are read where nothing better says it: without a label
 * in a category, without rows of segments.
 */
typedef struct hcc_crosswalk_row
{
	icd10_code	code;
	const char *hcc;
	const char *label;			/* NULL: none */
	bool		has_coefficient;
	hcc_score	coefficient;
	bool		has_rule;		/* the code does not always give the HCC */
	hcc_mapping_rule rule;		/* all zero without one, or duplicates are not seen */
} hcc_crosswalk_row;

/*
 * For some people a code gives nothing, or another HCC in the place of all its
 * own.  The age of a code editor's edit (mce) is that at diagnosis, where the
 * date is known; of others it is the age that the person is scored at.
 */
typedef struct hcc_edit_row
{
	icd10_code	code;
	const char *hcc;			/* NULL: invalid */
	hcc_facts	requires;
	int16_t		age_min;
	int16_t		age_max;
	bool		mce;
} hcc_edit_row;

/* An HCC counts only beside any of others; with an empty list, never. */
typedef struct hcc_prerequisite_row
{
	const char *hcc;
	hcc_list	any;
} hcc_prerequisite_row;

/*
 * One HCC drops another.  Every pair that is to hold is a row: CMS's relation is
 * not transitive everywhere, and is not to be completed.
 */
typedef struct hcc_hierarchy_row
{
	const char *superior;
	const char *subordinate;
} hcc_hierarchy_row;

/* Any of some HCCs; what else it may be is explained at hcc_group_rule. */
typedef struct hcc_group_row
{
	const char *name;
	hcc_list	hccs;
	bool		replaces;
	int16_t		age_min;
	int16_t		age_max;
	const char *family;			/* NULL: none */
	int32_t		rank;
} hcc_group_row;

/*
 * When a variable that is neither HCC nor interaction is 1.  Rows of one name
 * are alternatives, of one kind.  One of kind count has a single row, with a
 * range of counts and nothing else.
 */
typedef struct hcc_variable_row
{
	const char *name;
	const char *label;
	hcc_kind	kind;
	hcc_condition condition;	/* required_set is not read */
} hcc_variable_row;

/*
 * HCCs, groups and at most one helper variable that have to be there all
 * together.  The coefficient is read in models without segments only.
 */
typedef struct hcc_interaction_row
{
	const char *name;
	hcc_list	elements;
	bool		has_coefficient;
	hcc_score	coefficient;
} hcc_interaction_row;

/*
 * Who is in a segment; several rows may be of one.  Counts are not to be asked
 * for: the segment is chosen before there are HCCs.
 */
typedef struct hcc_segment_row
{
	const char *name;			/* shorter than HCC_SEGMENT_LENGTH */
	const char *label;
	int32_t		priority;		/* the least that fits decides; none twice */
	hcc_condition condition;
	const char *adds;			/* NULL: nothing */
	const char *divided_by;		/* NULL: nothing */
} hcc_segment_row;

/*
 * What a variable adds in a segment.  A variable without a row adds nothing
 * there, so that those which do not belong to a segment need no word.
 */
typedef struct hcc_coefficient_row
{
	const char *segment;
	const char *variable;		/* of an HCC, its code will do */
	hcc_score	coefficient;
	bool		custom;			/* takes the place of one that is not */
} hcc_coefficient_row;

/* What a marketplace score is multiplied by for cost sharing, after all else */
typedef struct hcc_csr_row
{
	int32_t		variant;		/* 0 to 99 */
	int32_t		metal;			/* as in hcc_beneficiary, -1: any */
	int64_t		factor;			/* in millionths */
	bool		custom;			/* takes the place of one that is not */
} hcc_csr_row;

/*
 * A growable array of rows of one kind.  How it grows is the caller's affair,
 * whose memory it is: hcc_compile reads row and rows, and not room.
 */
#define HCC_ROWS(type) struct { type *row; int rows; int room; }

/* All rows of a model in one year */
typedef struct hcc_source
{
	const char *hcc_prefix;		/* before a code, the HCC's variable; "": the code is it */
	hcc_order	order;			/* of the hierarchy, in this payment year */
	HCC_ROWS(hcc_category_row) category;
	HCC_ROWS(hcc_crosswalk_row) crosswalk;
	HCC_ROWS(hcc_edit_row) edit;
	HCC_ROWS(hcc_prerequisite_row) prerequisite;
	HCC_ROWS(hcc_hierarchy_row) hierarchy;
	HCC_ROWS(hcc_group_row) group;
	HCC_ROWS(hcc_variable_row) variable;
	HCC_ROWS(hcc_interaction_row) interaction;
	HCC_ROWS(hcc_segment_row) segment;
	HCC_ROWS(hcc_age_rule) age_rule;
	HCC_ROWS(hcc_coefficient_row) coefficient;
	HCC_ROWS(hcc_csr_row) csr;
	int32_t		concurrent_year;	/* whose diagnoses count, by their dates; 0: no dates */
} hcc_source;

/*
 * Zeroed memory that lives as long as the model; must not return NULL.  It may
 * leave by longjmp if there is none, or too much is asked for: rows can ask for
 * far more memory than they take themselves (1,024 HCCs make three matrices of
 * bits, 32,767 segments an array of HCCs each).
 */
typedef void *(*hcc_alloc_fn) (void *context, size_t size);

/*
 * What is wrong with the rows; texts are complete phrases for a message.  They
 * name what the tables hold, of which nothing is a patient's, and are cut off
 * where a user's names are longer than there is room for.
 */
typedef struct hcc_problem
{
	const char *table;
	char		row[160];		/* which row, e.g. superior_hcc "17", ... */
	char		what[160];		/* what is wrong with it */
	char		hint[240];		/* what to do */
} hcc_problem;

/*
 * The compiled model has its fingerprint in it; hcc_fingerprint computes it anew,
 * from the compiled form alone.
 */
extern hcc_model *hcc_compile(const hcc_source *source, hcc_alloc_fn alloc, void *context,
							  hcc_problem *problem);
extern uint64_t hcc_fingerprint(const hcc_model *model);

#endif							/* HCC_COMPILE_H */
