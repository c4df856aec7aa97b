/*
 * rows.h
 *	  Rows of the reference tables from a test input.
 *
 * Names are drawn from a few, and mostly so that the rows fit together: rows
 * that do not are refused early and try little.  One model in eight draws
 * names and numbers without regard to that.
 */
#ifndef FUZZ_ROWS_H
#define FUZZ_ROWS_H

#include "fuzz.h"

#include <limits.h>

#include "core/compile.h"
#include "core/evaluate.h"

#define LARGEST_COEFFICIENT INT64_C(1000000000)
#define FACTS 26
#define CODES 24
#define YEAR 2024				/* whose diagnoses count, in models that look at dates */

typedef struct fuzz_rows
{
	fuzz_memory memory;
	hcc_source	source;
	bool		fits;			/* rows are drawn so that they fit together */
	bool		large;			/* coefficients may be as large as they get */
	const char **hcc;			/* codes of HCCs to draw from */
	int			hccs;
	icd10_code	code[CODES];
} fuzz_rows;

/* ---- names and numbers ---- */

static const char *const group_names[] = {"G0", "G1", "G2", "G3", "G4"};
static const char *const family_names[] = {NULL, NULL, "X", "Y"};
static const char *const variable_names[] = {"V0", "V1", "V2", "V3", "V4",
											 "V5", "V6", "V7", "V8", "V9"};
static const char *const interaction_names[] = {"I0", "I1", "I2", "I3", "I4", "I5", "I6"};
static const char *const segment_names[] = {"S0", "S1", "S2", "S3", "ADD", "DIV", "NOBODY"};

#define ROW_SEGMENTS 4			/* the first segments; the others only help */
#define DIVISORS 5				/* index of DIV */

/* Any name, whether it fits or not */
static const char *
stray_name(fuzz_input *in)
{
	static const char *const strays[] = {
		"", "1", "HCC1", "HCC2", "NOWHERE", "G1", "V1", "I1", "S1", "all", "%s%n", "\xC3\xA4\xFF",
		"A name of more than twenty-three bytes",
		"0123456789012345678901234567890123456789012345678901234567890123456789"
		"0123456789012345678901234567890123456789012345678901234567890123456789"
		"0123456789012345678901234567890123456789012345678901234567890123456789"
		"0123456789012345678901234567890123456789012345678901234567890123456789"
	};

	return strays[fuzz_below(in, LENGTH(strays))];
}

#define STRAYS(rows, in) (!(rows)->fits && fuzz_once_in(in, 12))
#define DRAW(rows, in, names) \
	(STRAYS(rows, in) ? stray_name(in) : (names)[fuzz_below(in, LENGTH(names))])

/* An HCC of the model, or now and then another name */
static const char *
draw_hcc(fuzz_rows *rows, fuzz_input *in)
{
	if (rows->hccs == 0 || STRAYS(rows, in))
		return stray_name(in);
	return rows->hcc[fuzz_below(in, rows->hccs)];
}

/* What the variable of an HCC is called */
static const char *
hcc_variable_name(fuzz_rows *rows, const char *hcc)
{
	size_t		length = strlen(rows->source.hcc_prefix) + strlen(hcc) + 1;
	char	   *name = fuzz_alloc(&rows->memory, length);

	snprintf(name, length, "%s%s", rows->source.hcc_prefix, hcc);
	return name;
}

/* Up to so many HCCs, with repetitions */
static hcc_list
draw_hccs(fuzz_rows *rows, fuzz_input *in, int most)
{
	hcc_list	list = {NULL, fuzz_below(in, most + 1)};

	list.item = fuzz_alloc(&rows->memory, list.items * sizeof(char *));
	for (int i = 0; i < list.items; i++)
		list.item[i] = draw_hcc(rows, in);
	return list;
}

/* Mostly of a few points; of a large model also the largest, or beyond */
static hcc_score
draw_coefficient(fuzz_rows *rows, fuzz_input *in)
{
	int			kind = rows->large ? fuzz_below(in, 10) : 9;
	hcc_score	number = fuzz_below(in, 10001) - 5000;

	switch (kind)
	{
		case 0:
			return 0;
		case 1:
			return number * (LARGEST_COEFFICIENT / 5000);
		case 2:
			return number < 0 ? -LARGEST_COEFFICIENT : LARGEST_COEFFICIENT;
		case 3:
			return rows->fits ? number : number * LARGEST_COEFFICIENT;
		default:
			return number;
	}
}

/* Facts, with one more once in so many times */
static hcc_facts
draw_facts(fuzz_input *in, int once_in)
{
	hcc_facts	facts = 0;

	while (fuzz_once_in(in, once_in))
		facts |= (hcc_facts) 1 << fuzz_below(in, FACTS);
	return facts;
}

/* Each bound is given now and then; required_set is what nobody may read. */
static hcc_condition
draw_condition(fuzz_input *in, bool of_person, bool of_count)
{
	hcc_condition c = {
		.age_min = SHRT_MIN, .age_max = SHRT_MAX, .months_min = SHRT_MIN, .months_max = SHRT_MAX,
		.count_min = SHRT_MIN, .count_max = SHRT_MAX, .days_min = SHRT_MIN, .days_max = SHRT_MAX,
		.required_set = 77 /* not read */
	};
	int			given = fuzz_byte(in);

	if (of_person)
	{
		c.requires = draw_facts(in, 3);
		c.forbids = draw_facts(in, 4);
		c.age_min = (given & 3) == 1 ? (int16_t) fuzz_below(in, 100) : SHRT_MIN;
		c.age_max = (given & 12) == 4 ? (int16_t) (30 + fuzz_below(in, 100)) : SHRT_MAX;
		c.months_min = (given & 48) == 16 ? (int16_t) fuzz_below(in, 12) : SHRT_MIN;
		c.months_max = (given & 192) == 64 ? (int16_t) fuzz_below(in, 24) : SHRT_MAX;
	}
	if (of_count)
	{
		if (!fuzz_once_in(in, 4))
			c.count_min = (int16_t) fuzz_below(in, 8);
		if (!fuzz_once_in(in, 3))
			c.count_max = (int16_t) (c.count_min == SHRT_MIN ? fuzz_below(in, 8) :
															   c.count_min + fuzz_below(in, 4));
		if (fuzz_once_in(in, 32))
			c.count_min = (int16_t) fuzz_below(in, SHRT_MAX + 1);
	}
	return c;
}

/* An age that most people are below or above, or a bound that nobody is beyond */
static int16_t
draw_age_bound(fuzz_input *in, int once_in, int16_t otherwise)
{
	return fuzz_once_in(in, once_in) ? (int16_t) (20 + fuzz_below(in, 70)) : otherwise;
}

/* A day of the year that counts, or of those beside it */
static int32_t
draw_day(fuzz_input *in)
{
	return icd10_day(YEAR, 1, 1) - 100 + fuzz_below(in, 565);
}

/* When a code gives an HCC */
static hcc_mapping_rule
draw_mapping_rule(fuzz_input *in)
{
	return (hcc_mapping_rule){.requires = draw_facts(in, 6),
							  .first_day = fuzz_once_in(in, 3) ? draw_day(in) : 0,
							  .last_day = fuzz_once_in(in, 3) ? draw_day(in) : INT32_MAX,
							  .mce_age_min = draw_age_bound(in, 4, SHRT_MIN),
							  .mce_age_max = draw_age_bound(in, 4, SHRT_MAX),
							  .age_min = draw_age_bound(in, 4, SHRT_MIN),
							  .age_max = draw_age_bound(in, 4, SHRT_MAX)};
}

/* ---- rows ---- */

/* Room for n rows; they are counted as they are filled in. */
#define MAKE_ROWS(kind, n) \
	(s->kind.row = fuzz_alloc(&rows->memory, (n) * sizeof(s->kind.row[0])), s->kind.rows = 0)
#define ADD_ROW(kind) (&s->kind.row[s->kind.rows++])

/* How many HCCs: mostly few, sometimes about as many as fit in one word, in two, in a model */
static int
draw_hcc_number(fuzz_input *in)
{
	switch (fuzz_byte(in))
	{
		case 0:
			return 1010 + fuzz_below(in, 20);
		case 1 ... 3:
			return 120 + fuzz_below(in, 100);
		case 4 ... 15:
			return 60 + fuzz_below(in, 10);
		case 16 ... 20:
			return fuzz_below(in, 2);
		default:
			return 1 + fuzz_below(in, 20);
	}
}

/* Names of HCCs, not in their order, and codes, odd ones among them */
static void
draw_names(fuzz_rows *rows, fuzz_input *in)
{
	static const char *const prefixes[] = {"HCC", "HCC", "RXHCC", ""};

	rows->source.hcc_prefix = prefixes[fuzz_below(in, LENGTH(prefixes))];
	rows->source.order = fuzz_below(in, 3);
	rows->hccs = draw_hcc_number(in);
	rows->hcc = fuzz_alloc(&rows->memory, rows->hccs * sizeof(char *));
	for (int i = 0; i < rows->hccs; i++)
	{
		char		name[16];

		snprintf(name, sizeof(name), i % 7 == 6 ? "%d_A" : "%d", i + 1);
		rows->hcc[i] = fuzz_copy(&rows->memory, name, strlen(name) + 1);
	}
	for (int i = 0; i < CODES; i++)
	{
		char		name[16];

		snprintf(name, sizeof(name), "A%02d", i);
		rows->code[i] = icd10_read(name, 3);
	}
	rows->code[CODES - 1] = ICD10_NONE;
	rows->code[CODES - 2] = ICD10_UNREADABLE;
	rows->code[CODES - 3] = icd10_read("ndc:ZZZZZZZZZZZ", 15);
	rows->code[CODES - 4] = icd10_read("ndc:00000000001", 15);
	rows->code[CODES - 5] = icd10_read("hcpcs:A0001", 11);
}

/* Categories and the hierarchy, which has no circle where rows are to fit */
static void
draw_hcc_rows(fuzz_rows *rows, fuzz_input *in)
{
	hcc_source *s = &rows->source;
	bool		with_categories = !fuzz_once_in(in, 5);
	bool		ascending = fuzz_once_in(in, 2);
	int			n;

	MAKE_ROWS(category, rows->hccs + 2);
	for (int i = 0; i < rows->hccs && with_categories; i++)
		*ADD_ROW(category) = (hcc_category_row) {
			.hcc = rows->hcc[i], .label = i % 3 ? "label" : NULL,
			.payment = !fuzz_once_in(in, 6), .drug = fuzz_once_in(in, 8),
			.age_min = draw_age_bound(in, 12, SHRT_MIN), .age_max = draw_age_bound(in, 12, SHRT_MAX)
		};
	if (!rows->fits)
		*ADD_ROW(category) = (hcc_category_row) {
			.hcc = draw_hcc(rows, in), .payment = true, .age_max = SHRT_MAX
		};

	n = fuzz_below(in, 24);
	MAKE_ROWS(hierarchy, n);
	for (int i = 0; i < n; i++)
	{
		int			x = fuzz_below(in, rows->hccs);
		int			y = fuzz_below(in, rows->hccs);

		if (!rows->fits)
			*ADD_ROW(hierarchy) = (hcc_hierarchy_row) {draw_hcc(rows, in), draw_hcc(rows, in)};
		else if (x != y && with_categories)
		{
			bool		x_first = (x < y) == ascending;

			*ADD_ROW(hierarchy) = (hcc_hierarchy_row) {
				rows->hcc[x_first ? x : y], rows->hcc[x_first ? y : x]
			};
		}
	}
}

/* A model without segments takes its coefficients from here: one for each HCC. */
static void
draw_crosswalk(fuzz_rows *rows, fuzz_input *in)
{
	hcc_source *s = &rows->source;
	int			n = fuzz_below(in, 40);

	if (s->category.rows == 0)
		n += rows->hccs;
	MAKE_ROWS(crosswalk, n);
	for (int i = 0; i < n; i++)
	{
		/* without categories, each HCC has to be here */
		int			h = s->category.rows == 0 && i < rows->hccs ? i : fuzz_below(in, rows->hccs);
		hcc_crosswalk_row row = {
			.code = rows->code[fuzz_below(in, CODES)],
			.hcc = rows->fits && rows->hccs > 0 ? rows->hcc[h] : draw_hcc(rows, in),
			.label = "label",
			.has_coefficient = fuzz_once_in(in, 2),
			.coefficient = rows->fits ? h * 7919 % 10001 - 5000 : draw_coefficient(rows, in)
		};
		bool		again = false;

		row.has_rule = fuzz_once_in(in, 3);
		if (row.has_rule)
			row.rule = draw_mapping_rule(in);
		for (int k = 0; k < s->crosswalk.rows && rows->fits; k++)
			again |= s->crosswalk.row[k].code == row.code &&
					 strcmp(s->crosswalk.row[k].hcc, row.hcc) == 0;
		if (again && s->category.rows == 0 && i < rows->hccs)
		{
			row.code = rows->code[0] + (icd10_code) i + 1;
			again = false;
		}
		if (rows->hccs > 0 && !again)
			*ADD_ROW(crosswalk) = row;
	}
}

/* Edits, prerequisites and age rules */
static void
draw_code_rules(fuzz_rows *rows, fuzz_input *in)
{
	hcc_source *s = &rows->source;
	int			n = rows->hccs > 0 ? fuzz_below(in, 12) : 0;

	MAKE_ROWS(edit, n);
	for (int i = 0; i < n; i++)
	{
		hcc_condition c = draw_condition(in, true, false);

		*ADD_ROW(edit) = (hcc_edit_row){.code = rows->code[fuzz_below(in, CODES)],
										.hcc = fuzz_once_in(in, 2) ? draw_hcc(rows, in) : NULL,
										.requires = c.requires,
										.age_min = c.age_min,
										.age_max = c.age_max,
										.mce = fuzz_once_in(in, 2)};
	}
	n = rows->hccs > 0 ? fuzz_below(in, 6) : 0;
	MAKE_ROWS(prerequisite, n);
	for (int i = 0; i < n; i++)
		*ADD_ROW(prerequisite) = (hcc_prerequisite_row) {
			draw_hcc(rows, in), draw_hccs(rows, in, 3)
		};
	n = fuzz_below(in, 5);
	MAKE_ROWS(age_rule, n);
	for (int i = 0; i < n; i++)
		*ADD_ROW(age_rule) = (hcc_age_rule) {
			.requires = draw_facts(in, 2), .age = (int16_t) (60 + fuzz_below(in, 8)),
			.scored_age = (int16_t) (60 + fuzz_below(in, 10)), .use = fuzz_below(in, 3)
		};
}

/* Variables, with alternatives, and groups */
static void
draw_variables(fuzz_rows *rows, fuzz_input *in)
{
	hcc_source *s = &rows->source;
	int			n = fuzz_below(in, LENGTH(variable_names) + 1);
	int			groups = rows->hccs > 0 ? fuzz_below(in, LENGTH(group_names) + 1) : 0;
	bool		ruled = fuzz_once_in(in, 2);

	MAKE_ROWS(variable, 3 * n);
	for (int i = 0; i < n; i++)
	{
		hcc_kind	kind = fuzz_once_in(in, 8) ? HCC_KIND_ENROLLMENT :
			fuzz_below(in, HCC_KIND_DIVISOR + 1);
		bool		of_count = kind == HCC_KIND_COUNT || kind == HCC_KIND_HELPER ||
			kind == HCC_KIND_ENROLLMENT;
		int			alternatives = kind == HCC_KIND_COUNT && rows->fits ? 1 : 1 + fuzz_below(in, 3);

		while (alternatives-- > 0)
			*ADD_ROW(variable) = (hcc_variable_row){
				.name = rows->fits ? variable_names[i] : DRAW(rows, in, variable_names),
				.label = "label",
				.kind = rows->fits || !fuzz_once_in(in, 12) ? kind : HCC_KIND_HELPER,
				.condition = draw_condition(in, kind != HCC_KIND_COUNT || !rows->fits,
											of_count)};
		if (kind == HCC_KIND_ENROLLMENT)
		{
			s->variable.row[s->variable.rows - 1].condition.days_min = fuzz_below(in, 40);
			s->variable.row[s->variable.rows - 1].condition.days_max = 10 + fuzz_below(in, 80);
		}
	}
	MAKE_ROWS(group, groups);
	for (int i = 0; i < groups; i++)
		*ADD_ROW(group) = (hcc_group_row) {
			.name = rows->fits ? group_names[i] : DRAW(rows, in, group_names),
			.hccs = draw_hccs(rows, in, 5), .replaces = ruled && fuzz_once_in(in, 2),
			.age_min = ruled ? draw_age_bound(in, 4, SHRT_MIN) : SHRT_MIN,
			.age_max = ruled ? draw_age_bound(in, 4, SHRT_MAX) : SHRT_MAX,
			.family = ruled ? family_names[fuzz_below(in, LENGTH(family_names))] : NULL,
			.rank = fuzz_below(in, 3)
		};
}

/* Is a variable a helper, which has no coefficient? */
static bool
is_helper(const hcc_source *s, const char *name)
{
	for (int i = 0; i < s->variable.rows; i++)
	{
		if (strcmp(s->variable.row[i].name, name) == 0 &&
			s->variable.row[i].kind == HCC_KIND_HELPER)
			return true;
	}
	return false;
}

/* Something that an interaction may be about; NULL where there is none */
static const char *
draw_element(fuzz_rows *rows, fuzz_input *in, bool *with_helper)
{
	hcc_source *s = &rows->source;
	int			kind = fuzz_below(in, 5);

	if (kind == 0 && s->group.rows > 0)
		return s->group.row[fuzz_below(in, s->group.rows)].name;
	if (kind == 1 && s->variable.rows > 0 && !*with_helper)
	{
		const char *name = s->variable.row[fuzz_below(in, s->variable.rows)].name;

		*with_helper = is_helper(s, name);
		return *with_helper || !rows->fits ? name : NULL;
	}
	if (rows->hccs == 0)
		return rows->fits ? NULL : stray_name(in);
	return kind == 2 ? hcc_variable_name(rows, draw_hcc(rows, in)) : draw_hcc(rows, in);
}

/* Interactions, with no more than one helper where they are to fit */
static void
draw_interactions(fuzz_rows *rows, fuzz_input *in)
{
	hcc_source *s = &rows->source;
	int			n = fuzz_below(in, LENGTH(interaction_names) + 1);

	MAKE_ROWS(interaction, n);
	for (int i = 0; i < n; i++)
	{
		hcc_interaction_row *row = ADD_ROW(interaction);
		int			elements = fuzz_below(in, 4);
		bool		with_helper = false;

		row->name = rows->fits ? interaction_names[i] : DRAW(rows, in, interaction_names);
		row->elements.item = fuzz_alloc(&rows->memory, elements * sizeof(char *));
		while (elements-- > 0)
		{
			const char *element = draw_element(rows, in, &with_helper);

			if (element != NULL)
				row->elements.item[row->elements.items++] = element;
		}
		row->has_coefficient = fuzz_once_in(in, 2);
		row->coefficient = draw_coefficient(rows, in);
	}
}

/* Segments; the last is for everybody. */
static void
draw_segments(fuzz_rows *rows, fuzz_input *in)
{
	hcc_source *s = &rows->source;
	int			n = fuzz_below(in, 6);

	MAKE_ROWS(segment, n);
	for (int i = 0; i < n; i++)
		*ADD_ROW(segment) = (hcc_segment_row){
			.name = STRAYS(rows, in) ? stray_name(in) : segment_names[fuzz_below(in, ROW_SEGMENTS)],
			.label = "label",
			.priority = i * 37 % 11 - 5,
			.condition = draw_condition(in, i < n - 1, false),
			.adds = fuzz_once_in(in, 3) ? DRAW(rows, in, segment_names) : NULL,
			.divided_by = fuzz_once_in(in, 4) ? segment_names[DIVISORS] : NULL};
}

/* Is it a segment of the model, be it only one that helps another? */
static bool
is_segment(const hcc_source *s, const char *name)
{
	for (int i = 0; i < s->segment.rows; i++)
	{
		const hcc_segment_row *row = &s->segment.row[i];

		if (strcmp(row->name, name) == 0 || (row->adds && strcmp(row->adds, name) == 0) ||
			(row->divided_by && strcmp(row->divided_by, name) == 0))
			return true;
	}
	return s->segment.rows == 0 && strcmp(name, segment_names[0]) == 0;
}

/* Variables, HCCs and interactions of the model, each of which may have a coefficient, by number */
static const char *
coefficient_variable(fuzz_rows *rows, int number)
{
	hcc_source *s = &rows->source;

	if (number < s->variable.rows)
		return s->variable.row[number].name;
	number -= s->variable.rows;
	if (number < s->interaction.rows)
		return s->interaction.row[number].name;
	/* now and then a group that scores in the place of an HCC of its number */
	for (int i = 0; i < s->group.rows; i++)
	{
		if (s->group.row[i].replaces && (number - s->interaction.rows) % 3 == i % 3)
			return s->group.row[i].name;
	}
	return hcc_variable_name(rows, rows->hcc[number - s->interaction.rows]);
}

/* A coefficient, unless it would repeat another one where rows are to fit */
static void
add_coefficient(fuzz_rows *rows, fuzz_input *in, const char *segment, const char *variable)
{
	hcc_source *s = &rows->source;
	hcc_coefficient_row row = {segment, variable, draw_coefficient(rows, in), fuzz_once_in(in, 4)};

	/* The variables of the segment that divides are above 0, and often leave a half. */
	if (rows->fits && strcmp(segment, segment_names[DIVISORS]) == 0)
	{
		bool		halves = fuzz_once_in(in, 2);

		row.coefficient = halves || row.coefficient == 0 ? 2000 : llabs(row.coefficient);
	}
	for (int i = 0; i < s->coefficient.rows && rows->fits; i++)
	{
		const hcc_coefficient_row *other = &s->coefficient.row[i];

		if (strcmp(other->segment, segment) == 0 && strcmp(other->variable, variable) == 0 &&
			other->custom == row.custom)
			return;
	}
	*ADD_ROW(coefficient) = row;
}

/* Coefficients of all kinds of variables */
static void
draw_coefficients(fuzz_rows *rows, fuzz_input *in)
{
	hcc_source *s = &rows->source;
	int			variables = s->variable.rows + s->interaction.rows + rows->hccs;
	int			n = fuzz_below(in, 60);

	MAKE_ROWS(coefficient, n);
	for (int i = 0; i < n && variables > 0; i++)
	{
		const char *segment = segment_names[fuzz_below(in, LENGTH(segment_names))];
		const char *variable = coefficient_variable(rows, fuzz_below(in, variables));

		if (s->segment.rows == 0)
			segment = segment_names[0];
		if (STRAYS(rows, in))
			variable = stray_name(in);
		/* "helper variables have no coefficient" */
		if (!rows->fits || (is_segment(s, segment) && !is_helper(s, variable)))
			add_coefficient(rows, in, segment, variable);
	}
}

/*
 * All rows of a model; to be freed with its memory.  large: scores may be as
 * large as they get; always_fits: none is drawn without regard to the others.
 */
static void
draw_rows(fuzz_rows *rows, fuzz_input *in, bool large, bool always_fits)
{
	memset(rows, 0, sizeof(*rows));
	rows->large = large;
	rows->fits = !fuzz_once_in(in, 8) || always_fits;
	rows->source.concurrent_year = fuzz_once_in(in, 2) ? YEAR : 0;
	draw_names(rows, in);
	draw_hcc_rows(rows, in);
	draw_crosswalk(rows, in);
	draw_code_rules(rows, in);
	draw_variables(rows, in);
	draw_interactions(rows, in);
	draw_segments(rows, in);
	draw_coefficients(rows, in);
}

/* ---- copies ---- */

/* Copy a string in place; NULL stays. */
static void
keep_text(fuzz_memory *memory, const char **text)
{
	if (*text != NULL)
		*text = fuzz_copy(memory, *text, strlen(*text) + 1);
}

/* Copy a list and its strings in place */
static void
keep_list(fuzz_memory *memory, hcc_list *list)
{
	list->item = fuzz_copy(memory, list->item, list->items * sizeof(char *));
	for (int i = 0; i < list->items; i++)
		keep_text(memory, &list->item[i]);
}

/* Put rows into another order */
static void
shuffle(void *rows, int n, size_t size, uint64_t *state)
{
	char		kept[256];
	char	   *row = rows;

	REQUIRE(size <= sizeof(kept));
	for (int i = n - 1; i > 0; i--)
	{
		int			k = (int) (fuzz_next(state) % (uint64_t) (i + 1));

		memcpy(kept, row + i * size, size);
		memmove(row + i * size, row + k * size, size);
		memcpy(row + k * size, kept, size);
	}
}

/* In copy_rows: copy the rows of a kind, then what follows for each of them */
#define COPY(kind) \
	to.kind.row = fuzz_copy(memory, from->kind.row, from->kind.rows * sizeof(from->kind.row[0])); \
	if (state != NULL) \
		shuffle(to.kind.row, to.kind.rows, sizeof(to.kind.row[0]), state); \
	for (int i = 0; i < to.kind.rows; i++)
#define TEXT_OF(kind, field) keep_text(memory, &to.kind.row[i].field)
#define LIST_OF(kind, field) keep_list(memory, &to.kind.row[i].field)

/* A copy of all rows and their strings, in exactly their room; with a state, in another order */
static hcc_source
copy_rows(fuzz_memory *memory, const hcc_source *from, uint64_t *state)
{
	hcc_source	to = *from;

	keep_text(memory, &to.hcc_prefix);
	COPY(category)
		TEXT_OF(category, hcc), TEXT_OF(category, label);
	COPY(crosswalk)
		TEXT_OF(crosswalk, hcc), TEXT_OF(crosswalk, label);
	COPY(edit)
		TEXT_OF(edit, hcc);
	COPY(prerequisite)
		TEXT_OF(prerequisite, hcc), LIST_OF(prerequisite, any);
	COPY(hierarchy)
		TEXT_OF(hierarchy, superior), TEXT_OF(hierarchy, subordinate);
	COPY(group)
		TEXT_OF(group, name), LIST_OF(group, hccs), TEXT_OF(group, family);
	COPY(variable)
		TEXT_OF(variable, name), TEXT_OF(variable, label);
	COPY(interaction)
		TEXT_OF(interaction, name), LIST_OF(interaction, elements);
	COPY(segment)
	TEXT_OF(segment, name), TEXT_OF(segment, label), TEXT_OF(segment, adds),
		TEXT_OF(segment, divided_by);
	COPY(age_rule)
		continue;
	COPY(coefficient)
		TEXT_OF(coefficient, segment), TEXT_OF(coefficient, variable);
	return to;
}

/*
 * Compile a copy of the rows that is gone as soon as they are compiled.  NULL:
 * they do not fit together, and it was said why.
 */
static hcc_model *
compile_rows(fuzz_memory *memory, const hcc_source *source, uint64_t *shuffle_state)
{
	fuzz_memory copies = {0};
	hcc_source	copy = copy_rows(&copies, source, shuffle_state);
	hcc_problem *problem = malloc(sizeof(hcc_problem));
	hcc_model  *model;

	memset(problem, 'x', sizeof(*problem));
	model = hcc_compile(&copy, fuzz_alloc, memory, problem);
	if (model == NULL)
	{
		REQUIRE(problem->table != NULL && problem->table[0] != '\0');
		REQUIRE(memchr(problem->row, '\0', sizeof(problem->row)) != NULL);
		REQUIRE(problem->what[0] != '\0' &&
				memchr(problem->what, '\0', sizeof(problem->what)) != NULL);
		REQUIRE(problem->hint[0] != '\0' &&
				memchr(problem->hint, '\0', sizeof(problem->hint)) != NULL);
	}
	free(problem);
	fuzz_free(&copies);
	return model;
}

/* ---- people ---- */

/*
 * Anybody, but often of an age that rules are about, and now and then of a
 * segment that the model may not have
 */
static hcc_beneficiary
draw_person(fuzz_input *in)
{
	hcc_beneficiary who = {
		.age = (uint8_t) (fuzz_once_in(in, 2) ? 60 + fuzz_below(in, 10) :
												fuzz_below(in, HCC_MAX_AGE + 1)),
		.sex = (uint8_t) (HCC_MALE + fuzz_below(in, 2)),
		.orec = (uint8_t) fuzz_below(in, 4),
		.dual_status = (uint8_t) (fuzz_once_in(in, 2) ? HCC_NO_DUAL_STATUS : fuzz_below(in, 11)),
		.flags = (uint8_t) fuzz_below(in, 16),
		.medicaid_ne = (uint8_t) fuzz_below(in, 3),
		.medicaid_lti = (uint8_t) fuzz_below(in, 3),
		.esrd = (uint8_t) fuzz_below(in, 4),
		.graft_months = (uint16_t) (fuzz_once_in(in, 2) ? 0 :
									fuzz_once_in(in, 4) ? fuzz_below(in, 1201) :
														  fuzz_below(in, 12)),
		.enrollment_days = (uint16_t) fuzz_below(in, 100),
		.metal = (uint8_t) fuzz_below(in, HCC_METALS)};

	if (fuzz_once_in(in, 2))
		who.enrolled_until = draw_day(in);
	/* most have the age that the date of birth gives, or the next */
	if (fuzz_once_in(in, 2))
		who.date_of_birth = icd10_day(YEAR - (who.age + fuzz_below(in, 2)) > 1900 ?
									  YEAR - (who.age + fuzz_below(in, 2)) : 1901, 2,
									  1 + fuzz_below(in, 29));
	if (fuzz_once_in(in, 4))
		strcpy(who.segment, segment_names[fuzz_below(in, LENGTH(segment_names))]);
	return who;
}

#endif							/* FUZZ_ROWS_H */
