/*
 * compile.h
 *	  From rows of the reference tables to a compiled model.
 *
 * The caller collects the rows that are valid in one payment year (and, of
 * coefficients, of one calibration) and hands them over; the rows and their
 * strings need to live only until hcc_compile returns.
 */
#ifndef HCC_COMPILE_H
#define HCC_COMPILE_H

#include "core/model.h"

typedef struct hcc_list
{
	const char **item;
	int			items;
} hcc_list;

typedef struct hcc_category_row
{
	const char *hcc;
	const char *label;
	bool		payment;
	bool		drug;
	int16_t		age_min;
	int16_t		age_max;
} hcc_category_row;

typedef struct hcc_crosswalk_row
{
	icd10_code	code;
	const char *hcc;
	const char *label;
	bool		has_coefficient;
	hcc_score	coefficient;
	bool		has_rule;		/* the code does not always give the HCC */
	hcc_mapping_rule rule;
} hcc_crosswalk_row;

typedef struct hcc_edit_row
{
	icd10_code	code;
	const char *hcc;			/* NULL: invalid */
	hcc_facts	requires;
	int16_t		age_min;
	int16_t		age_max;
	bool		mce;
} hcc_edit_row;

typedef struct hcc_prerequisite_row
{
	const char *hcc;
	hcc_list	any;
} hcc_prerequisite_row;

typedef struct hcc_hierarchy_row
{
	const char *superior;
	const char *subordinate;
} hcc_hierarchy_row;

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

typedef struct hcc_variable_row
{
	const char *name;
	const char *label;
	hcc_kind	kind;
	hcc_condition condition;	/* required_set is not read */
} hcc_variable_row;

typedef struct hcc_interaction_row
{
	const char *name;
	hcc_list	elements;
	bool		has_coefficient;
	hcc_score	coefficient;
} hcc_interaction_row;

typedef struct hcc_segment_row
{
	const char *name;
	const char *label;
	int32_t		priority;
	hcc_condition condition;
	const char *adds;			/* NULL: nothing */
	const char *divided_by;		/* NULL: nothing */
} hcc_segment_row;

typedef struct hcc_coefficient_row
{
	const char *segment;
	const char *variable;
	hcc_score	coefficient;
	bool		custom;			/* takes the place of one that is not */
} hcc_coefficient_row;

typedef struct hcc_csr_row
{
	int32_t		variant;		/* 0 to 99 */
	int32_t		metal;			/* as in hcc_beneficiary, -1: any */
	int64_t		factor;			/* in millionths */
	bool		custom;			/* takes the place of one that is not */
} hcc_csr_row;

/* A growable array of rows of one kind */
#define HCC_ROWS(type) struct { type *row; int rows; int room; }

typedef struct hcc_source
{
	const char *hcc_prefix;
	hcc_order	order;
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

/* Zeroed memory that lives as long as the model; must not return NULL. */
typedef void *(*hcc_alloc_fn) (void *context, size_t size);

/* What is wrong with the rows; texts are complete phrases for a message. */
typedef struct hcc_problem
{
	const char *table;
	char		row[160];		/* which row, e.g. superior_hcc "17", ... */
	char		what[160];		/* what is wrong with it */
	char		hint[240];		/* what to do */
} hcc_problem;

extern hcc_model *hcc_compile(const hcc_source *source, hcc_alloc_fn alloc, void *context,
							  hcc_problem *problem);
extern uint64_t hcc_fingerprint(const hcc_model *model);

#endif							/* HCC_COMPILE_H */
