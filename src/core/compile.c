/*
 * compile.c
 *	  From rows of the reference tables to a compiled model.
 *
 * The order of the rows does not matter: everything is sorted by its names
 * first, so that equal rows give equal numbers and fingerprints everywhere.
 * Each step returns false with the problem described when the rows make no
 * sense together.
 *
 * What scoring takes for granted is made sure of here, since scoring cannot
 * fail and looks at no bounds: every number in a model is that of something the
 * model has, the hierarchy has no cycle, no sum of coefficients overflows, and
 * nothing is divided by 0.  The rows may be anybody's (a custom model is made
 * by INSERT), so a check that seems needless for the published models is not.
 *
 * Numbers are given once and never change: HCCs by code, groups by name (in
 * sets they stand behind the HCCs), and variables in four stretches: the HCCs,
 * whose variables have the same numbers as they, the groups that score, the
 * rows of hcc_variable, the interactions.  That an HCC's number in a set is also
 * its variable's index is relied on in scoring, explaining and finding names.
 *
 * All memory comes from the caller's allocator and none is given back.  The
 * allocator and hcc_check_interrupt may leave by longjmp, as in the server they
 * do when a model grows too large or a query is cancelled: at no moment is
 * there anything to clean up but the memory, which goes with its context.
 */
#include "core/compile.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/interrupt.h"

/* What a name in the rows may stand for */
typedef enum meaning
{
	MEANS_HCC,
	MEANS_GROUP,
	MEANS_VARIABLE,
	MEANS_SEGMENT
} meaning;

/*
 * A name and what it stands for.  number counts within the meaning: an HCC's
 * is its number in sets, a group's starts at 0 (in sets m->hccs is added), a
 * variable's is its index in hcc_model.variable, a segment's in
 * hcc_model.segment.  variable is the index under which a coefficient of this
 * name is entered: for HCCs and variables the number again, for groups one of
 * its own, and -1 for a group that is only an element of interactions and so
 * can have no coefficient.
 */
typedef struct name_entry
{
	const char *name;			/* NULL: a free slot */
	meaning		means;
	int			number;
	int			variable;		/* of a group that is one; else -1 */
} name_entry;

/*
 * Names by hash; open addressing, at most half full, so that a search always
 * comes to a free slot.  There is no growing: make_table is told the most
 * names that there can be.
 */
typedef struct name_table
{
	name_entry *entry;
	uint32_t	mask;
} name_table;

/*
 * What all steps share.  The model is filled in from step to step; until
 * hcc_compile returns it, it is incomplete, and after a failure it is of no use.
 */
typedef struct compiler
{
	const hcc_source *source;	/* never changed: sorting is done on copies */
	hcc_model  *model;
	hcc_alloc_fn alloc;
	void	   *context;
	hcc_problem *problem;

	name_table	names;			/* HCC codes, HCC variables, groups and variables */
	name_table	segments;
} compiler;

/*
 * Zeroed memory that lives as long as the model, also for what is needed only
 * now: a model is compiled once, in a context of its own.  Nothing is never
 * asked for: an array of no elements has an address, too, as memcpy and qsort
 * want one even if they are to do nothing.
 */
static void *
take(compiler *c, size_t n, size_t size)
{
	return c->alloc(c->context, (n > 0 ? n : 1) * size);
}

/*
 * A string that lives as long as the model, as those of the rows do not; NULL
 * stays NULL.
 */
static const char *
keep(compiler *c, const char *text)
{
	size_t		length;
	char	   *copy;

	if (text == NULL)
		return NULL;
	length = strlen(text) + 1;
	copy = take(c, length, 1);
	memcpy(copy, text, length);
	return copy;
}

/*
 * Which row is the problem, for the message; always false, to be returned.
 * The last one that is described counts: who knows the row better than the
 * function that found the problem describes it once more.
 *
 * The server makes one sentence of the three: "in TABLE, ROW WHAT", so the row
 * is a subject, what is wrong with it a predicate, and the hint a sentence of
 * its own.  Names come from the rows and can be of any length: what does not
 * fit is cut off.
 */
static bool __attribute__((format(printf, 3, 4)))
fail(compiler *c, const char *table, const char *row, ...)
{
	va_list		args;

	c->problem->table = table;
	va_start(args, row);
	vsnprintf(c->problem->row, sizeof(c->problem->row), row, args);
	va_end(args);
	return false;
}

/* What is wrong with the row; always false. */
static bool __attribute__((format(printf, 2, 3)))
because(compiler *c, const char *what, ...)
{
	va_list		args;

	va_start(args, what);
	vsnprintf(c->problem->what, sizeof(c->problem->what), what, args);
	va_end(args);
	return false;
}

/* What to do about it; always false. */
static bool __attribute__((format(printf, 2, 3)))
remedy(compiler *c, const char *hint, ...)
{
	va_list		args;

	va_start(args, hint);
	vsnprintf(c->problem->hint, sizeof(c->problem->hint), hint, args);
	va_end(args);
	return false;
}

/* Order of HCC codes for qsort */
static int
by_name(const void *a, const void *b)
{
	return hcc_compare_names(*(const char *const *) a, *(const char *const *) b);
}

/* ---- the names of a model ---- */

/*
 * FNV-1a, with the upper bits, which are the better ones, mixed into the lower,
 * of which the slot is made.  Names that collide cost time and nothing else.
 */
static uint32_t
hash_name(const char *name)
{
	uint32_t	h = 2166136261u;

	for (; *name != '\0'; name++)
		h = (h ^ (unsigned char) *name) * 16777619u;
	return h ^ (h >> 15);
}

/* An empty table for at most so many names */
static void
make_table(compiler *c, name_table *table, size_t names)
{
	size_t		slots = 64;

	while (slots < 2 * names)
		slots *= 2;
	table->entry = take(c, slots, sizeof(name_entry));
	table->mask = (uint32_t) (slots - 1);
}

/* The slot that a name is in, or the empty one where it belongs */
static name_entry *
name_slot(const name_table *table, const char *name)
{
	uint32_t	i = hash_name(name) & table->mask;

	hcc_assert(table->entry != NULL && name != NULL);
	while (table->entry[i].name != NULL && strcmp(table->entry[i].name, name) != 0)
		i = (i + 1) & table->mask;
	return &table->entry[i];
}

/* What a name stands for, or NULL */
static const name_entry *
find_name(const compiler *c, const char *name)
{
	const name_entry *entry = name_slot(&c->names, name);

	return entry->name != NULL ? entry : NULL;
}

/*
 * Give a name its meaning; false if it has one.  The name must live as long
 * as the model.
 *
 * HCCs, groups and variables cannot share a name, for coefficients and
 * interactions refer to them by the name alone, as CMS's tables do, without
 * saying what it is of.  Segments have names of their own: where one is meant,
 * nothing else can be.
 */
static bool
enter_name(compiler *c, const char *table, const char *name, meaning means, int number)
{
	name_entry *entry = name_slot(&c->names, name);

	if (entry->name != NULL)
	{
		fail(c, table, "\"%s\"", name);
		because(c, "is a duplicate: the name already stands for something else in this model");
		return remedy(c, "Choose another name; HCCs, groups and variables of a model share "
					  "one name space.");
	}
	entry->name = name;
	entry->means = means;
	entry->number = number;
	entry->variable = means == MEANS_GROUP ? -1 : number;
	return true;
}

/*
 * The HCC that a row names, by its code ("18") or its variable ("HCC18");
 * false, with the row described, if the model has no such
 */
static bool
find_hcc(compiler *c, const char *table, const char *column, const char *name, int *hcc)
{
	const name_entry *entry = find_name(c, name);

	if (entry != NULL && entry->means == MEANS_HCC)
	{
		*hcc = entry->number;
		return true;
	}
	fail(c, table, "%s \"%s\"", column, name);
	because(c, "names an HCC that the model does not have");
	return remedy(c, "Add HCC \"%s\" to hcc_category, or correct the row in %s.", name, table);
}

/*
 * Add the HCCs that a row names to a set; false, with the row described, if
 * the model lacks one
 */
static bool
find_hccs(compiler *c, const char *table, const char *column, const hcc_list *list, hcc_word *set)
{
	for (int i = 0; i < list->items; i++)
	{
		int			hcc;

		if (!find_hcc(c, table, column, list->item[i], &hcc))
			return false;
		hcc_add(set, hcc);
	}
	return true;
}

/* ---- HCCs and variables ---- */

/*
 * Number the HCCs: those of hcc_category, or, for a model without categories,
 * all that crosswalk and hierarchy mention.  With categories, an HCC that only
 * other tables mention is a mistake, which find_hcc tells.
 *
 * The numbers are in the order of the codes, and not in any other that is the
 * same everywhere, because a sequential hierarchy goes through the HCCs in
 * ascending order by walking the bits of a set.
 */
static bool
number_hccs(compiler *c)
{
	const hcc_source *s = c->source;
	hcc_model  *m = c->model;
	int			room = s->category.rows;
	const char **name;
	int			n = 0;

	if (room == 0)
		room = s->crosswalk.rows + 2 * s->hierarchy.rows;
	name = take(c, room, sizeof(char *));
	if (s->category.rows > 0)
	{
		for (int i = 0; i < s->category.rows; i++)
			name[n++] = s->category.row[i].hcc;
	}
	else
	{
		for (int i = 0; i < s->crosswalk.rows; i++)
		{
			/* neighbours mostly have one HCC; sorting is for fewer names then */
			if (n == 0 || strcmp(name[n - 1], s->crosswalk.row[i].hcc) != 0)
				name[n++] = s->crosswalk.row[i].hcc;
		}
		for (int i = 0; i < s->hierarchy.rows; i++)
		{
			name[n++] = s->hierarchy.row[i].superior;
			name[n++] = s->hierarchy.row[i].subordinate;
		}
	}
	qsort(name, n, sizeof(char *), by_name);
	for (int i = 0; i < n; i++)
	{
		if (m->hccs == 0 || strcmp(name[m->hccs - 1], name[i]) != 0)
			name[m->hccs++] = name[i];
	}

	/*
	 * Groups have bits of their own behind the HCCs', since an interaction asks
	 * for either; hierarchy and prerequisites are about HCCs and never look there.
	 * No set is of no words, so that loops over words need no case for it.
	 */
	m->hcc_words = (m->hccs + 63) / 64;
	if (m->hcc_words == 0)
		m->hcc_words = 1;
	m->set_words = (m->hccs + s->group.rows + 63) / 64;
	if (m->set_words < m->hcc_words)
		m->set_words = m->hcc_words;
	if (m->set_words > HCC_MAX_WORDS)
	{
		fail(c, "hcc_category", "%d HCCs and %d groups", m->hccs, s->group.rows);
		because(c, "are more than the %d that a model can hold", HCC_MAX_WORDS * 64);
		return remedy(c, "Split the model in two.");
	}

	m->hcc_name = take(c, m->hccs, sizeof(char *));
	m->hcc_label = take(c, m->hccs, sizeof(char *));
	for (int i = 0; i < m->hccs; i++)
		m->hcc_name[i] = keep(c, name[i]);
	return true;
}

/*
 * Any order will do, as long as it is the same everywhere.  That is why fields
 * are compared and not bytes: padding and byte order are the machine's.
 */
#define COMPARE(field) if (x->field != y->field) return x->field < y->field ? -1 : 1

/* Order of conditions, for rows of one name */
static int
compare_conditions(const hcc_condition *x, const hcc_condition *y)
{
	COMPARE(requires);
	COMPARE(forbids);
	COMPARE(age_min);
	COMPARE(age_max);
	COMPARE(months_min);
	COMPARE(months_max);
	COMPARE(count_min);
	COMPARE(count_max);
	COMPARE(days_min);
	COMPARE(days_max);
	return 0;
}

/*
 * Order of age rules, of which the first that fits a person and a use decides.
 * Published models have no two that fit the same person and use; where rows of a
 * user do, the lower scored age wins, for no reason but that the same rows must
 * score alike on every server.
 */
static int
compare_age_rules(const void *a, const void *b)
{
	const hcc_age_rule *x = a;
	const hcc_age_rule *y = b;

	COMPARE(requires);
	COMPARE(age);
	COMPARE(scored_age);
	COMPARE(use);
	return 0;
}

/*
 * Order of variables by name, which keeps the rows of one together.  Their
 * conditions decide among these, so that the fingerprint does not depend on the
 * order in which the alternatives were inserted.
 */
static int
compare_variables(const void *a, const void *b)
{
	const hcc_variable_row *x = a;
	const hcc_variable_row *y = b;
	int			order = strcmp(x->name, y->name);

	return order != 0 ? order : compare_conditions(&x->condition, &y->condition);
}

/* Order of interactions by name */
static int
compare_interactions(const void *a, const void *b)
{
	return strcmp(((const hcc_interaction_row *) a)->name, ((const hcc_interaction_row *) b)->name);
}

/* Order of groups by name */
static int
compare_groups(const void *a, const void *b)
{
	return strcmp(((const hcc_group_row *) a)->name, ((const hcc_group_row *) b)->name);
}

/*
 * Order of groups by family and rank, those without first.  Of two groups with
 * one rank, which no constraint forbids, the name decides.
 */
static int
compare_ranks(const void *a, const void *b)
{
	const hcc_group_row *x = a;
	const hcc_group_row *y = b;
	int			order = strcmp(x->family ? x->family : "", y->family ? y->family : "");

	if (order != 0)
		return order;
	if (x->family != NULL)
		COMPARE(rank);
	return compare_groups(a, b);
}

/* A sorted copy of rows; the source stays as the caller made it. */
static void *
sorted(compiler *c, const void *rows, int n, size_t size,
	   int (*compare) (const void *, const void *))
{
	void	   *copy = take(c, n, size);

	if (n > 0)
	{
		memcpy(copy, rows, n * size);
		qsort(copy, n, size, compare);
	}
	return copy;
}

#define SORTED(c, list, compare) \
	sorted(c, (list).row, (list).rows, sizeof(*(list).row), compare)

/*
 * The HCCs that do not count at each age.  HHS's adult, child and infant models
 * pay different HCCs, and drugs for adults only; a set for each age costs a
 * kilobyte per word and saves scoring a look at each HCC's bounds.  A model in
 * which all HCCs are for everybody has no table at all and stays plain, which
 * all of Medicare's are.
 */
static void
exclude_by_age(compiler *c)
{
	const hcc_source *s = c->source;
	hcc_model  *m = c->model;

	for (int i = 0; i < s->category.rows; i++)
	{
		const hcc_category_row *row = &s->category.row[i];
		int			h = find_name(c, row->hcc)->number;

		if (row->age_min <= 0 && row->age_max >= HCC_MAX_AGE)
			continue;
		if (m->excluded == NULL)
			m->excluded = take(c, (HCC_MAX_AGE + 1) * (size_t) m->hcc_words, sizeof(hcc_word));
		for (int age = 0; age <= HCC_MAX_AGE; age++)
		{
			if (age < row->age_min || age > row->age_max)
				hcc_add(&m->excluded[(size_t) age * m->hcc_words], h);
		}
	}
}

/*
 * Enter HCCs (under code and variable name) and make them variables.
 *
 * Without categories nobody says which HCCs are payment HCCs, and all are.  An
 * HCC without a label takes the description of one of its crosswalk rows, the
 * first in the order in which they came: labels are in no fingerprint, so that
 * order may matter here.
 */
static bool
enter_hccs(compiler *c)
{
	const hcc_source *s = c->source;
	hcc_model  *m = c->model;

	m->payment = take(c, m->hcc_words, sizeof(hcc_word));
	m->drugs = take(c, m->hcc_words, sizeof(hcc_word));
	for (int h = 0; h < m->hccs; h++)
	{
		size_t		length = strlen(s->hcc_prefix) + strlen(m->hcc_name[h]) + 1;
		char	   *name = take(c, length, 1);

		snprintf(name, length, "%s%s", s->hcc_prefix, m->hcc_name[h]);
		m->variable[h].name = name;
		m->variable[h].kind = HCC_KIND_HCC;
		m->variable[h].hcc = h;
		if (!enter_name(c, "hcc_category", m->hcc_name[h], MEANS_HCC, h))
			return false;
		/* without prefix the two names are one */
		if (s->hcc_prefix[0] != '\0' && !enter_name(c, "hcc_category", name, MEANS_HCC, h))
			return false;
		if (s->category.rows == 0)
			hcc_add(m->payment, h);
	}
	for (int i = 0; i < s->category.rows; i++)
	{
		const hcc_category_row *row = &s->category.row[i];
		int			h = find_name(c, row->hcc)->number;

		m->hcc_label[h] = keep(c, row->label);
		if (row->payment)
			hcc_add(m->payment, h);
		if (row->drug)
			hcc_add(m->drugs, h);
	}
	exclude_by_age(c);
	for (int i = 0; i < s->crosswalk.rows; i++)
	{
		const hcc_crosswalk_row *row = &s->crosswalk.row[i];
		const name_entry *entry = find_name(c, row->hcc);

		if (entry != NULL && entry->means == MEANS_HCC && m->hcc_label[entry->number] == NULL)
			m->hcc_label[entry->number] = keep(c, row->label);
	}
	for (int h = 0; h < m->hccs; h++)
		m->variable[h].label = m->hcc_label[h];
	return true;
}

/* ---- what the HCCs do to each other ---- */

/*
 * Who drops whom, directly and by any path; false if the rows name an unknown
 * HCC or make a circle.
 */
static bool
compile_hierarchy(compiler *c)
{
	const hcc_source *s = c->source;
	hcc_model  *m = c->model;
	int			words = m->hcc_words;
	size_t		matrix = (size_t) m->hccs * words;

	/*
	 * Scoring goes by the pairs as they are (drops): the published relation is not
	 * closed everywhere. What is below or above by any path is for gaps, where the
	 * question is whether one HCC says more than another.
	 */
	m->order = s->order;
	m->drops = take(c, matrix, sizeof(hcc_word));
	m->superior = take(c, words, sizeof(hcc_word));
	for (int i = 0; i < s->hierarchy.rows; i++)
	{
		const hcc_hierarchy_row *row = &s->hierarchy.row[i];
		int			superior;
		int			subordinate;

		if (!find_hcc(c, "hcc_hierarchy", "superior_hcc", row->superior, &superior) ||
			!find_hcc(c, "hcc_hierarchy", "subordinate_hcc", row->subordinate, &subordinate))
			return false;
		hcc_add(&m->drops[(size_t) superior * words], subordinate);
		hcc_add(m->superior, superior);
	}

	/*
	 * Which HCCs can be reached from each, by Warshall's algorithm; one that
	 * reaches itself is on a cycle.  A cycle must not get through: simultaneously,
	 * its HCCs would drop each other, and who has them all would have none left.
	 */
	m->below = take(c, matrix, sizeof(hcc_word));
	m->above = take(c, matrix, sizeof(hcc_word));
	memcpy(m->below, m->drops, matrix * sizeof(hcc_word));
	for (int via = 0; via < m->hccs; via++)
	{
		for (int h = 0; h < m->hccs; h++)
		{
			if (hcc_has(&m->below[(size_t) h * words], via))
			{
				for (int w = 0; w < words; w++)
					m->below[(size_t) h * words + w] |= m->below[(size_t) via * words + w];
			}
		}
	}
	for (int h = 0; h < m->hccs; h++)
	{
		for (int below = 0; below < m->hccs; below++)
		{
			/* of the cycle, a pair that is a row, which the user can look up and delete */
			if (hcc_has(&m->drops[(size_t) h * words], below) &&
				(below == h || hcc_has(&m->below[(size_t) below * words], h)))
			{
				fail(c, "hcc_hierarchy", "superior_hcc \"%s\", subordinate_hcc \"%s\"",
					 m->hcc_name[h], m->hcc_name[below]);
				because(c, "closes a cycle: HCC \"%s\" would supersede itself", m->hcc_name[h]);
				return remedy(c, "Delete one row of the cycle from hcc_hierarchy.");
			}
			if (hcc_has(&m->below[(size_t) h * words], below))
				hcc_add(&m->above[(size_t) below * words], h);
		}
	}
	return true;
}

/* Order of prerequisites by what they say, since their rows have no name */
static int
compare_prerequisites(const void *a, const void *b)
{
	const hcc_prerequisite *x = a;
	const hcc_prerequisite *y = b;

	COMPARE(hcc);
	for (int w = 0; w < x->words; w++)
		COMPARE(any[w]);
	return 0;
}

/*
 * Each row is one: an HCC with several of them needs all to be met.  V28's 223
 * (a heart assist device) counts beside heart failure only.  An empty list is
 * never met: so the kidney HCCs, which CMS's ESRD software takes out of every
 * set, need no kind of rule of their own.
 */
static bool
compile_prerequisites(compiler *c)
{
	const hcc_source *s = c->source;
	hcc_model  *m = c->model;

	m->prerequisites = s->prerequisite.rows;
	m->prerequisite = take(c, s->prerequisite.rows, sizeof(hcc_prerequisite));
	for (int i = 0; i < s->prerequisite.rows; i++)
	{
		hcc_prerequisite *p = &m->prerequisite[i];

		p->words = m->hcc_words;
		p->any = take(c, m->hcc_words, sizeof(hcc_word));
		if (!find_hcc(c, "hcc_prerequisite", "hcc_code", s->prerequisite.row[i].hcc, &p->hcc) ||
			!find_hccs(c, "hcc_prerequisite", "requires_any", &s->prerequisite.row[i].any, p->any))
			return false;
	}
	/* all have to be met, so their order is nothing but a part of the fingerprint */
	qsort(m->prerequisite, m->prerequisites, sizeof(hcc_prerequisite), compare_prerequisites);
	return true;
}

/*
 * The order in which groups are looked at, and the families that they are of.
 * All groups are in the order, those without a family first.  A family is a
 * number only while the model lasts: its name serves nothing but to tell which
 * groups belong together.
 */
static bool
compile_families(compiler *c)
{
	const hcc_source *s = c->source;
	hcc_model  *m = c->model;
	hcc_group_row *row = SORTED(c, s->group, compare_ranks);
	int			families = 0;

	m->group_order = take(c, m->groups, sizeof(int32_t));
	for (int i = 0; i < m->groups; i++)
	{
		hcc_group_rule *rule;

		m->group_order[i] = find_name(c, row[i].name)->number;
		rule = &m->group_rule[m->group_order[i]];
		rule->family = -1;
		rule->rank = row[i].rank;
		if (row[i].family == NULL)
			continue;
		families += i == 0 || row[i - 1].family == NULL ||
			strcmp(row[i - 1].family, row[i].family) != 0;
		if (families > HCC_MAX_FAMILIES)
		{
			fail(c, "hcc_group", "family \"%s\"", row[i].family);
			because(c, "is one more than the %d families that a model can have", HCC_MAX_FAMILIES);
			return remedy(c, "Split the model in two.");
		}
		rule->family = families - 1;
		m->plain_groups = false;
	}
	return true;
}

/* "HCC18 or HCC85": what a group is of */
static const char *list_label(compiler *c, const hcc_list *elements, const char *between);

/*
 * A group that scores is a variable.  Others are not: published models speak of
 * them in interactions only, and a coefficient for one is refused as one
 * without variable.
 */
static void
make_group_variable(compiler *c, int g, const hcc_group_row *row)
{
	hcc_model  *m = c->model;
	hcc_variable *v = &m->variable[m->variables];
	name_entry *entry = name_slot(&c->names, m->group_name[g]);

	hcc_assert(entry->means == MEANS_GROUP && entry->number == g);
	v->name = m->group_name[g];
	v->label = list_label(c, &row->hccs, " or ");
	v->kind = HCC_KIND_GROUP;
	v->hcc = m->hccs + g;
	entry->variable = m->variables++;
	hcc_add(m->replacing, v->hcc);
}

/*
 * Groups, in the order of their names, by which they are numbered
 *
 * One without HCCs is met by nobody, unless it is of a family: there it is what
 * everybody else has, as HHS's infants are of severity 1 when none of their
 * HCCs says more, and of maturity AGE1 without a newborn's code.
 */
static bool
compile_groups(compiler *c)
{
	const hcc_source *s = c->source;
	hcc_model  *m = c->model;
	hcc_group_row *row = SORTED(c, s->group, compare_groups);

	m->groups = s->group.rows;
	m->plain_groups = true;
	m->group_name = take(c, m->groups, sizeof(char *));
	m->group_members = take(c, (size_t) m->groups * m->hcc_words, sizeof(hcc_word));
	m->group_rule = take(c, m->groups, sizeof(hcc_group_rule));
	m->replacing = take(c, m->set_words, sizeof(hcc_word));
	for (int g = 0; g < m->groups; g++)
	{
		hcc_group_rule *rule = &m->group_rule[g];

		m->group_name[g] = keep(c, row[g].name);
		if (!enter_name(c, "hcc_group", m->group_name[g], MEANS_GROUP, g) ||
			!find_hccs(c, "hcc_group", "hcc_codes", &row[g].hccs,
					   &m->group_members[(size_t) g * m->hcc_words]))
			return false;
		rule->replaces = row[g].replaces;
		rule->always = row[g].family != NULL && row[g].hccs.items == 0;
		rule->age_min = row[g].age_min;
		rule->age_max = row[g].age_max;
		m->plain_groups &= !rule->replaces && rule->age_min <= 0 && rule->age_max >= HCC_MAX_AGE;
		if (rule->replaces)
			make_group_variable(c, g, &row[g]);
	}
	return compile_families(c);
}

/* ---- codes ---- */

/* Order of the rules by which one code gives one HCC */
static int
compare_mapping_rules(const hcc_mapping_rule *x, const hcc_mapping_rule *y)
{
	COMPARE(requires);
	COMPARE(first_day);
	COMPARE(last_day);
	COMPARE(mce_age_min);
	COMPARE(mce_age_max);
	COMPARE(age_min);
	COMPARE(age_max);
	return 0;
}

/* Order of the crosswalk: rows of a code together, in the order of the HCCs */
static int
compare_crosswalk(const void *a, const void *b)
{
	const hcc_crosswalk_row *x = a;
	const hcc_crosswalk_row *y = b;

	int			order;

	COMPARE(code);
	order = hcc_compare_names(x->hcc, y->hcc);
	return order != 0 ? order : compare_mapping_rules(&x->rule, &y->rule);
}

/* Order of edits: rows of a code together */
static int
compare_edits(const void *a, const void *b)
{
	const hcc_edit_row *x = a;
	const hcc_edit_row *y = b;

	COMPARE(code);
	COMPARE(mce);
	COMPARE(age_min);
	COMPARE(age_max);
	COMPARE(requires);
	return strcmp(x->hcc ? x->hcc : "", y->hcc ? y->hcc : "");
}

/*
 * The HCCs that the crosswalk gives a code; i is the first of the sorted rows
 * that are of the code or behind it, and moves on behind the code.
 *
 * A code may give several HCCs, and all count (B37.7 gives two in V28).  It may
 * also give one HCC by several rows that differ in their rules, for other dates,
 * ages or sexes.  Only rows that differ in nothing are refused, as when the
 * payment years of two of them overlap: were both let through, a correction of
 * one would change nothing.
 */
static bool
compile_code_hccs(compiler *c, const hcc_crosswalk_row *map, icd10_code code, int *i,
				  hcc_code_rules *rules)
{
	hcc_model  *m = c->model;
	char		text[ICD10_MAX_TEXT + 1];

	rules->first_hcc = *i;
	for (; *i < c->source->crosswalk.rows && map[*i].code == code; (*i)++)
	{
		const char *hcc = map[*i].hcc;

		m->code_mapping[*i] = -1;
		if (map[*i].has_rule)
		{
			m->code_mapping[*i] = m->mappings;
			m->mapping[m->mappings++] = map[*i].rule;
		}
		if (*i > rules->first_hcc && strcmp(hcc, map[*i - 1].hcc) == 0 &&
			compare_mapping_rules(&map[*i].rule, &map[*i - 1].rule) == 0)
		{
			because(c, "is a duplicate: two rows say the same in this payment year");
			remedy(c, "Delete one row, or make the ranges effective_year to expiry_year disjoint.");
		}
		else if (find_hcc(c, "hcc_crosswalk", "hcc_code", hcc, &m->code_hcc[*i]))
			continue;
		icd10_write(code, text);
		return fail(c, "hcc_crosswalk", "icd10_code \"%s\", hcc_code \"%s\"", text, hcc);
	}
	rules->hccs = *i - rules->first_hcc;
	return true;
}

/*
 * The edits of a code, of sorted rows as above.  Duplicates are let through:
 * what an edit says it may say twice.
 */
static bool
compile_code_edits(compiler *c, const hcc_edit_row *edit, icd10_code code, int *i,
				   hcc_code_rules *rules)
{
	rules->first_edit = *i;
	for (; *i < c->source->edit.rows && edit[*i].code == code; (*i)++)
	{
		const hcc_edit_row *row = &edit[*i];
		hcc_edit   *made = &c->model->edit[*i];

		made->requires = row->requires;
		made->age_min = row->age_min;
		made->age_max = row->age_max;
		made->mce = row->mce;
		made->invalid = row->hcc == NULL;
		if (!made->invalid && !find_hcc(c, "hcc_dx_edit", "hcc_code", row->hcc, &made->hcc))
			return false;
	}
	rules->edits = *i - rules->first_edit;
	return true;
}

/*
 * The hash by which hcc_find_code finds the codes.  The slots hold four bytes
 * each and not the entries themselves, which are four times as large: a code that
 * the model does not map, as many claims' codes are, mostly ends at a slot, and
 * the entries need not be brought into the processor's cache for it.
 */
static void
hash_codes(compiler *c)
{
	hcc_model  *m = c->model;
	int			slots_log2 = 4;

	/* at most half full: most codes that are asked for are not there, and end at a free slot */
	while ((1 << slots_log2) < 2 * m->codes)
		slots_log2++;
	m->code_mask = (1u << slots_log2) - 1;
	m->code_shift = 64 - slots_log2;
	m->code_slot = take(c, (size_t) 1 << slots_log2, sizeof(uint32_t));
	for (int i = 0; i < m->codes; i++)
	{
		uint64_t	hash = hcc_hash_code(m->code[i].code);
		uint32_t	slot = (uint32_t) (hash >> m->code_shift);

		while (m->code_slot[slot] != 0)
			slot = (slot + 1) & m->code_mask;
		/* 0 is a free slot */
		m->code_slot[slot] = (uint32_t) (i + 1) | hcc_code_tag(hash, m->code_shift);
	}
}

/*
 * All codes with their HCCs and edits, and the hash over them
 *
 * Crosswalk and edits are sorted by code and gone through side by side.  The
 * codes come out in ascending order, by which hcc_begins_code searches them.
 */
static bool
compile_codes(compiler *c)
{
	const hcc_source *s = c->source;
	hcc_model  *m = c->model;
	hcc_crosswalk_row *map = SORTED(c, s->crosswalk, compare_crosswalk);
	hcc_edit_row *edit = SORTED(c, s->edit, compare_edits);
	int			maps = s->crosswalk.rows;
	int			edits = s->edit.rows;
	int			rules = 0;

	m->code = take(c, maps + edits, sizeof(hcc_code));
	m->code_hcc = take(c, maps, sizeof(int32_t));
	m->code_mapping = take(c, maps, sizeof(int32_t));
	m->mapping = take(c, maps, sizeof(hcc_mapping_rule));
	m->code_rules = take(c, maps + edits, sizeof(hcc_code_rules));
	m->edit = take(c, edits, sizeof(hcc_edit));

	for (int i = 0, e = 0; i < maps || e < edits;)
	{
		hcc_code   *code = &m->code[m->codes];
		hcc_code_rules *r = &m->code_rules[rules];
		bool		mapped = i < maps && (e == edits || map[i].code <= edit[e].code);

		code->code = mapped ? map[i].code : edit[e].code;
		if (!compile_code_hccs(c, map, code->code, &i, r) ||
			!compile_code_edits(c, edit, code->code, &e, r))
			return false;

		/*
		 * An edit has nothing to change on a code that is not mapped this year.
		 * V28's list of newborn codes has two such; an edit that reassigns would
		 * otherwise give an HCC to a code that the crosswalk leaves out.
		 */
		if (!mapped)
			continue;
		/* nearly all codes are one HCC for everybody, and then need no second look */
		code->hcc = r->hccs == 1 && r->edits == 0 && m->code_mapping[r->first_hcc] < 0 ?
			m->code_hcc[r->first_hcc] : -1;
		code->rules = rules;
		/* one that needs none leaves its place in code_rules to the next */
		if (code->hcc < 0)
			rules++;
		m->codes++;
	}
	if (m->codes > (int32_t) HCC_MAX_CODES)
	{
		fail(c, "hcc_crosswalk", "%d codes", m->codes);
		because(c, "are more than the %d that a model can have", (int) HCC_MAX_CODES);
		return remedy(c, "Split the model in two.");
	}
	hash_codes(c);
	return true;
}

/* ---- variables ---- */

/*
 * The rows of hcc_variable; rows of one name are alternatives.  They say what
 * one conjunction cannot: ESRD_V21's "aged" is 65 and over, or entitled by age.
 * The conditions of a variable stand side by side, and nobody else's between.
 */
static bool
compile_variables(compiler *c)
{
	const hcc_source *s = c->source;
	hcc_model  *m = c->model;
	hcc_variable_row *row = SORTED(c, s->variable, compare_variables);

	for (int i = 0; i < s->variable.rows;)
	{
		hcc_variable *v = &m->variable[m->variables];

		v->name = keep(c, row[i].name);
		v->label = keep(c, row[i].label);
		v->kind = row[i].kind;
		v->hcc = -1;
		v->first_condition = m->conditions;
		if (!enter_name(c, "hcc_variable", v->name, MEANS_VARIABLE, m->variables++))
			return false;
		for (; i < s->variable.rows && strcmp(row[i].name, v->name) == 0; i++)
		{
			hcc_condition *condition = &m->condition[m->conditions++];

			if (row[i].kind != v->kind)
			{
				fail(c, "hcc_variable", "variable \"%s\"", v->name);
				because(c, "has rows of different kinds");
				return remedy(c, "Give all rows of the variable one kind.");
			}
			*condition = row[i].condition;
			condition->required_set = -1;
		}
		v->conditions = m->conditions - v->first_condition;
	}
	return true;
}


/* Of two lower bounds, the one that counts */
static int16_t
larger(int16_t a, int16_t b)
{
	return a > b ? a : b;
}

/* Of two upper bounds, the one that counts */
static int16_t
smaller(int16_t a, int16_t b)
{
	return a < b ? a : b;
}

/* Both of two conditions; the set that is required is the first one's. */
static hcc_condition
conjunction(const hcc_condition *a, const hcc_condition *b)
{
	hcc_condition both = {
		.requires = a->requires | b->requires,
		.forbids = a->forbids | b->forbids,
		.age_min = larger(a->age_min, b->age_min),
		.age_max = smaller(a->age_max, b->age_max),
		.months_min = larger(a->months_min, b->months_min),
		.months_max = smaller(a->months_max, b->months_max),
		.count_min = larger(a->count_min, b->count_min),
		.count_max = smaller(a->count_max, b->count_max),
		.days_min = larger(a->days_min, b->days_min),
		.days_max = smaller(a->days_max, b->days_max),
		.required_set = a->required_set
	};

	return both;
}

/*
 * What always holds.  The lower bounds are 0 and not the least value: months,
 * days and counts are never below 0, and neither are people's ages.
 */
static const hcc_condition no_condition = {
	.age_max = SHRT_MAX, .months_max = SHRT_MAX, .count_max = SHRT_MAX, .days_max = SHRT_MAX,
	.required_set = -1
};

/*
 * "HCC18 and HCC85": what an interaction or group is of, all of which the model
 * has.  The length is the most that there can be: an element that is a variable
 * has its prefix already.
 */
static const char *
list_label(compiler *c, const hcc_list *elements, const char *between)
{
	size_t		length = 1;
	char	   *label;

	for (int i = 0; i < elements->items; i++)
		length += strlen(c->source->hcc_prefix) + strlen(elements->item[i]) + strlen(between);
	label = take(c, length, 1);
	for (int i = 0; i < elements->items; i++)
	{
		const char *element = elements->item[i];
		const name_entry *entry = find_name(c, element);

		/* "HCC238" says more than "238" */
		if (entry->means == MEANS_HCC)
			element = c->model->variable[entry->number].name;
		strcat(label, i > 0 ? between : "");
		strcat(label, element);
	}
	return label;
}

/*
 * An interaction is a variable: its HCCs and groups make the set it requires,
 * its helper variables its other conditions.
 *
 * Helpers are resolved here, so that scoring knows nothing of them: a helper
 * with several rows makes as many conditions, each with the same set.  Medicare's
 * helpers ask for the person (NONAGED_HCC85: under 65), HHS's for the number of
 * HCCs (SEVERE_HCC_COUNT3) as well.
 */
static bool
compile_interaction(compiler *c, const hcc_interaction_row *row)
{
	hcc_model  *m = c->model;
	hcc_variable *v = &m->variable[m->variables];
	hcc_word   *required = &m->required_set[(size_t) m->required_sets * m->set_words];
	const hcc_variable *helper = NULL;

	v->name = keep(c, row->name);
	v->kind = HCC_KIND_INTERACTION;
	v->hcc = -1;
	v->first_condition = m->conditions;
	if (!enter_name(c, "hcc_interaction", v->name, MEANS_VARIABLE, m->variables++))
		return false;

	for (int i = 0; i < row->elements.items; i++)
	{
		const char *element = row->elements.item[i];
		const name_entry *entry = find_name(c, element);
		bool		is_helper = entry != NULL && entry->means == MEANS_VARIABLE &&
			m->variable[entry->number].kind == HCC_KIND_HELPER;

		if (entry != NULL && entry->means == MEANS_HCC)
			hcc_add(required, entry->number);
		else if (entry != NULL && entry->means == MEANS_GROUP)
			hcc_add(required, m->hccs + entry->number);
		/* alternatives of two helpers would multiply; no published model needs that */
		else if (is_helper && helper == NULL)
			helper = &m->variable[entry->number];
		else
		{
			fail(c, "hcc_interaction", "interaction_name \"%s\"", row->name);
			if (is_helper)
				because(c, "combines more than one helper variable");
			else
				because(c, "names \"%s\", which is no HCC, group or helper variable of the model",
						element);
			return remedy(c, "Add the group to hcc_group, or correct hcc_combinations.");
		}
	}

	for (int i = 0; i < (helper ? helper->conditions : 1); i++)
	{
		hcc_condition *condition = &m->condition[m->conditions++];

		*condition = no_condition;
		if (helper)
			*condition = conjunction(condition, &m->condition[helper->first_condition + i]);
		condition->required_set = m->required_sets;
	}
	v->conditions = m->conditions - v->first_condition;
	v->label = list_label(c, &row->elements, " and ");
	m->required_sets++;
	return true;
}

/* The interactions, after the groups and variables that they are of */
static bool
compile_interactions(compiler *c)
{
	const hcc_source *s = c->source;
	hcc_model  *m = c->model;
	hcc_interaction_row *row = SORTED(c, s->interaction, compare_interactions);

	m->required_set = take(c, (size_t) s->interaction.rows * m->set_words, sizeof(hcc_word));
	for (int i = 0; i < s->interaction.rows; i++)
	{
		if (!compile_interaction(c, &row[i]))
			return false;
	}
	return true;
}

/* ---- segments and coefficients ---- */

/* Order of segments by priority, which hcc_segment keeps distinct */
static int
compare_segments(const void *a, const void *b)
{
	const hcc_segment_row *x = a;
	const hcc_segment_row *y = b;

	return (x->priority > y->priority) - (x->priority < y->priority);
}

/*
 * Order of coefficients: rows of a segment together, of a variable in it,
 * too, and of those a custom one last, where is_replaced looks for it
 */
static int
compare_coefficients(const void *a, const void *b)
{
	const hcc_coefficient_row *x = a;
	const hcc_coefficient_row *y = b;
	int			order = strcmp(x->segment, y->segment);

	if (order == 0)
		order = strcmp(x->variable, y->variable);
	return order != 0 ? order : x->custom - y->custom;
}

/*
 * Does the row after this one take its place? A user's row stands beside the
 * shipped one, which is back when it is deleted.
 */
static bool
is_replaced(const hcc_coefficient_row *row, const hcc_coefficient_row *end)
{
	return row + 1 < end && !row[0].custom && row[1].custom &&
		strcmp(row[0].segment, row[1].segment) == 0 &&
		strcmp(row[0].variable, row[1].variable) == 0;
}

/* The number of a segment that was added, or -1 */
static int
segment_by_name(const compiler *c, const char *name)
{
	const name_entry *entry = name_slot(&c->segments, name);

	return entry->name != NULL ? entry->number : -1;
}

/*
 * The first of the sorted rows that are of a segment, and their number.  By
 * halves, since it is asked for each segment, of which a model may have 32,767.
 */
static int
find_terms(const hcc_coefficient_row *row, int rows, const char *segment, int *first)
{
	int			low = 0;
	int			high = rows;
	int			n = 0;

	while (low < high)
	{
		int			middle = low + (high - low) / 2;

		if (strcmp(row[middle].segment, segment) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	for (*first = low; low < rows && strcmp(row[low].segment, segment) == 0; low++)
		n++;
	return n;
}

/*
 * A new segment, with room for so many terms of each kind; NULL if there are too many segments
 *
 * Which kind a row will be of is not known yet, so each kind gets room for all.
 * The caller has taken room for the segment itself.
 */
static hcc_segment *
add_segment(compiler *c, const char *name, const char *label, int terms)
{
	hcc_model  *m = c->model;
	hcc_segment *segment = &m->segment[m->segments];
	name_entry *entry;

	hcc_check_interrupt();
	if (m->segments == HCC_MAX_SEGMENTS)
	{
		fail(c, "hcc_segment", "segment \"%s\"", name);
		because(c, "is one more than the %d segments that a model can have", HCC_MAX_SEGMENTS);
		remedy(c, "Split the model in two.");
		return NULL;
	}
	segment->name = keep(c, name);
	segment->label = keep(c, label);
	segment->adds = segment->divided_by = -1;
	segment->person_term = take(c, terms, sizeof(hcc_term));
	segment->count_term = take(c, terms, sizeof(hcc_term));
	segment->interaction = take(c, terms, sizeof(hcc_term));
	segment->enrollment = take(c, terms, sizeof(hcc_term));
	segment->interacting = take(c, m->hcc_words, sizeof(hcc_word));
	segment->hcc_coefficient = take(c, m->hccs + m->groups, sizeof(hcc_score));
	segment->hcc_scored = take(c, m->set_words, sizeof(hcc_word));
	entry = name_slot(&c->segments, name);
	entry->name = segment->name;
	entry->means = MEANS_SEGMENT;
	entry->number = m->segments++;
	return segment;
}

/*
 * Add what a variable adds in a segment; the table is where the coefficient stands.
 *
 * Terms are told apart by what they depend on, which is what makes scoring
 * fast: those of the person alone are added up once per person (hcc_person_make)
 * and not looked at again; an HCC's is found by its number; the others need the
 * set.  A segment with any term of kind new_enrollee takes its ages by the rules
 * for new enrollees.
 */
static bool
add_term(compiler *c, const char *table, hcc_segment *segment, int number, hcc_score coefficient)
{
	const hcc_variable *v = &c->model->variable[number];
	hcc_term   *term;

	hcc_assert(number >= 0 && number < c->model->variables);
	if (coefficient > HCC_MAX_COEFFICIENT || coefficient < -HCC_MAX_COEFFICIENT)
	{
		fail(c, table, "segment \"%s\", variable \"%s\"", segment->name, v->name);
		because(c, "has a coefficient beyond %d", (int) (HCC_MAX_COEFFICIENT / 1000));
		return remedy(c, "Correct the coefficient.");
	}
	if (v->kind == HCC_KIND_HCC || v->kind == HCC_KIND_GROUP)
	{
		segment->hcc_coefficient[v->hcc] = coefficient;
		hcc_add(segment->hcc_scored, v->hcc);
		return true;
	}
	if (v->kind == HCC_KIND_INTERACTION)
		term = &segment->interaction[segment->interactions++];
	else if (v->kind == HCC_KIND_ENROLLMENT)
		term = &segment->enrollment[segment->enrollments++];
	else if (v->kind == HCC_KIND_COUNT)
		term = &segment->count_term[segment->count_terms++];
	else
	{
		term = &segment->person_term[segment->person_terms++];
		segment->new_enrollee |= v->kind == HCC_KIND_NEW_ENROLLEE;
	}
	term->variable = number;
	term->coefficient = coefficient;
	return true;
}

/*
 * The HCCs that an interaction's HCCs and groups are about.  All conditions of
 * an interaction ask for the same set (compile_interaction), so the first tells.
 * Somebody with none of these HCCs has none of the interactions, unless there is
 * one that asks for no HCC: one of a helper alone, or of a group that is always
 * met.
 */
static void
add_interacting(const hcc_model *m, hcc_segment *segment, const hcc_variable *v)
{
	int32_t		number = m->condition[v->first_condition].required_set;
	const hcc_word *required = &m->required_set[(size_t) number * m->set_words];
	bool		any = false;

	for (int h = 0; h < m->hccs; h++)
	{
		if (hcc_has(required, h))
		{
			hcc_add(segment->interacting, h);
			any = true;
		}
	}
	for (int g = 0; g < m->groups; g++)
	{
		if (hcc_has(required, m->hccs + g))
		{
			segment->always_interacting |= m->group_rule[g].always;
			for (int w = 0; w < m->hcc_words; w++)
				segment->interacting[w] |= m->group_members[(size_t) g * m->hcc_words + w];
			any = true;
		}
	}
	segment->always_interacting |= !any;
}

/*
 * What can be known of a segment's counts and interactions before the HCCs
 * are, so that scoring most people needs to look at none of them.
 */
static bool
summarize_segment(compiler *c, hcc_segment *segment)
{
	const hcc_model *m = c->model;

	/*
	 * A count adds the same from the last bound on, so there is a sum for each
	 * number up to there, and one behind it that stands for all larger ones.
	 * The table is the segment's, so a count cannot depend on the person; those
	 * of CMS (D1 to D9, D10P) do not.  Ranges may overlap, and their sums add up.
	 */
	/* first how many sums there are, then the sums */
	segment->count_scores = 1;
	for (int pass = 0; pass < 2; pass++)
	{
		for (int i = 0; i < segment->count_terms; i++)
		{
			const hcc_variable *v = &m->variable[segment->count_term[i].variable];
			const hcc_condition *only = &m->condition[v->first_condition];
			int			from = only->count_min > 0 ? only->count_min : 0;

			if (v->conditions != 1 || only->requires != 0 || only->forbids != 0 ||
				only->age_min > 0 || only->age_max < SHRT_MAX ||
				only->months_min > 0 || only->months_max < SHRT_MAX ||
				only->days_min > 0 || only->days_max < SHRT_MAX)
			{
				fail(c, "hcc_variable", "variable \"%s\"", v->name);
				because(c, "is of kind count and has other conditions than one range of counts");
				return remedy(c, "Leave age, sex, requires and forbids empty, and give "
							  "the variable one row.");
			}
			if (pass == 0)
			{
				int			last = only->count_max < SHRT_MAX ? only->count_max + 1 : from;

				if (last > m->hccs)
					last = m->hccs; /* nobody has more */
				if (last >= segment->count_scores)
					segment->count_scores = last + 1;
			}
			else
			{
				for (int n = from; n <= only->count_max && n < segment->count_scores; n++)
					segment->count_score[n] += segment->count_term[i].coefficient;
			}
		}
		if (pass == 0)
			segment->count_score = take(c, segment->count_scores, sizeof(hcc_score));
	}
	for (int i = 0; i < segment->interactions; i++)
		add_interacting(m, segment, &m->variable[segment->interaction[i].variable]);
	return true;
}

/* Without its sign; a coefficient is far from the smallest integer. */
static hcc_score
magnitude(hcc_score score)
{
	return score < 0 ? -score : score;
}

/* More than the sum of any of these terms can be */
static hcc_score
sum_magnitudes(const hcc_term *term, int terms)
{
	hcc_score	sum = 0;

	for (int i = 0; i < terms; i++)
		sum += magnitude(term[i].coefficient);
	return sum;
}

/*
 * No score of a segment can be too large, nor be divided by what does not
 * divide: scoring relies on it, which cannot fail and adds without a look at
 * overflow.
 *
 * The estimate is crude, all magnitudes together as if every variable could be 1
 * at once, but the limit is so far beyond any model's scores that this matters
 * to none.  That a person has none of the divisors is no problem: the score is
 * then not divided, as CMS's is where the months since transplant are not given.
 */
static bool
check_scores(compiler *c, const hcc_segment *segment)
{
	const hcc_model *m = c->model;
	const hcc_segment *more = segment->adds < 0 ? NULL : &m->segment[segment->adds];
	const hcc_segment *divisor = segment->divided_by < 0 ? NULL : &m->segment[segment->divided_by];
	hcc_score	sum = sum_magnitudes(segment->person_term, segment->person_terms) +
		sum_magnitudes(segment->count_term, segment->count_terms) +
		sum_magnitudes(segment->interaction, segment->interactions) +
		sum_magnitudes(segment->enrollment, segment->enrollments) +
		(more ? sum_magnitudes(more->person_term, more->person_terms) : 0);

	hcc_check_interrupt();
	for (int h = 0; h < m->hccs + m->groups; h++)
		sum += magnitude(segment->hcc_coefficient[h]);
	if (sum > HCC_MAX_SCORE)
	{
		fail(c, "hcc_coefficient", "segment \"%s\"", segment->name);
		because(c, "has coefficients that add up to more than %d", (int) (HCC_MAX_SCORE / 1000));
		return remedy(c, "Correct the coefficients.");
	}
	for (int i = 0; divisor != NULL && i < divisor->person_terms; i++)
	{
		const hcc_term *term = &divisor->person_term[i];

		if (term->coefficient <= 0)
		{
			fail(c, "hcc_coefficient", "segment \"%s\", variable \"%s\"", divisor->name,
				 m->variable[term->variable].name);
			because(c, "is to divide scores and is not above 0");
			return remedy(c, "Correct the coefficient, or hcc_segment.divided_by.");
		}
	}
	return true;
}

/*
 * A model without rows in hcc_segment has one segment, which everybody is in.
 * What has no row in hcc_coefficient takes the coefficient of its own row in
 * hcc_crosswalk or hcc_interaction.
 */
static bool
compile_only_segment(compiler *c, const hcc_coefficient_row *coefficient)
{
	const hcc_source *s = c->source;
	hcc_model  *m = c->model;
	hcc_interaction_row *interaction = SORTED(c, s->interaction, compare_interactions);
	int			last = s->coefficient.rows - 1;
	hcc_segment *segment;
	bool	   *given;

	if (last >= 0 && strcmp(coefficient[0].segment, coefficient[last].segment) != 0)
	{
		fail(c, "hcc_coefficient", "segment \"%s\"", coefficient[last].segment);
		because(c, "is not the only segment, and no row says who is in which");
		return remedy(c, "Add rows to hcc_segment that choose between the segments.");
	}
	m->segment = take(c, 1, sizeof(hcc_segment));
	segment = add_segment(c, last >= 0 ? coefficient[0].segment : "all", NULL, m->variables);
	m->segment_rules = 1;
	m->segment_rule = take(c, 1, sizeof(hcc_segment_rule));
	m->segment_rule[0].condition = no_condition;

	given = take(c, m->variables, sizeof(bool));
	for (int i = 0; i <= last; i++)
	{
		const name_entry *entry = find_name(c, coefficient[i].variable);

		if (entry != NULL && entry->variable >= 0)
			given[entry->variable] = true;
	}
	for (int i = 0; i < s->crosswalk.rows; i++)
	{
		const hcc_crosswalk_row *row = &s->crosswalk.row[i];
		int			h = find_name(c, row->hcc)->number;

		if (given[h] || !row->has_coefficient)
			continue;
		if (hcc_has(segment->hcc_scored, h) && segment->hcc_coefficient[h] != row->coefficient)
		{
			fail(c, "hcc_crosswalk", "hcc_code \"%s\"", row->hcc);
			because(c, "has rows with different coefficients");
			return remedy(c, "Give all codes of the HCC the same coefficient, or add a row to "
						  "hcc_coefficient.");
		}
		if (!add_term(c, "hcc_crosswalk", segment, h, row->coefficient))
			return false;
	}
	for (int i = 0; i < s->interaction.rows; i++)
	{
		const hcc_interaction_row *row = &interaction[i];
		int			number = find_name(c, row->name)->number;

		if (row->has_coefficient && !given[number] &&
			!add_term(c, "hcc_interaction", segment, number, row->coefficient))
			return false;
	}
	return true;
}

/*
 * A segment that nobody is in but whose terms serve another; number -1 if the name is NULL
 *
 * CMS's pseudo segments are such: FGC and FGI hold what a functioning graft adds
 * by its duration, ACTADJ what a new enrollee's score is divided by.  They are
 * segments of their own and not copied into those that use them, so that their
 * coefficients are rows once, as in CMS's tables.
 */
static bool
helping_segment(compiler *c, const char *name, const hcc_coefficient_row *k, int *number)
{
	int			first;

	*number = name == NULL ? -1 : segment_by_name(c, name);
	if (name == NULL || *number >= 0)
		return true;
	*number = c->model->segments;
	return add_segment(c, name, NULL,
					   find_terms(k, c->source->coefficient.rows, name, &first)) != NULL;
}

/*
 * The coefficients of one segment; row has room for a number for each variable.
 *
 * In it stands, plus 1, the row that gave a variable its coefficient last, in
 * whichever segment.  It is not cleared between segments, nor need it be: the
 * rows of this one begin at first, so a smaller number is of another segment.
 */
static bool
compile_terms(compiler *c, const hcc_coefficient_row *k, int first, int n, int *row)
{
	int			segment = segment_by_name(c, k[first].segment);

	hcc_assert(n > 0 && first + n <= c->source->coefficient.rows);
	for (int i = first; i < first + n; i++)
	{
		const name_entry *entry = find_name(c, k[i].variable);
		bool		replaced = is_replaced(&k[i], k + c->source->coefficient.rows);
		bool		again = i > first && compare_coefficients(&k[i - 1], &k[i]) == 0;

		hcc_check_interrupt();
		/* an HCC has two names, its code and its variable */
		if (entry != NULL && entry->variable >= 0 && !replaced)
		{
			again |= row[entry->variable] > first;
			row[entry->variable] = i + 1;
		}
		if (entry == NULL || entry->variable < 0 || segment < 0 || again)
		{
			fail(c, "hcc_coefficient", "segment \"%s\", variable \"%s\"",
				 k[i].segment, k[i].variable);
			if (again)
			{
				because(c, "is a duplicate");
				return remedy(c, "Delete one of the rows.");
			}
			if (segment < 0)
			{
				because(c, "belongs to a segment that the model does not have");
				return remedy(c, "Add segment \"%s\" to hcc_segment, or delete the coefficient.",
							  k[i].segment);
			}
			because(c, "is a coefficient without variable");
			return remedy(c, "Add \"%s\" to hcc_variable, hcc_interaction or hcc_category, "
						  "or delete the coefficient.",
						  k[i].variable);
		}
		if (!replaced && !add_term(c, "hcc_coefficient", &c->model->segment[segment],
								   entry->variable, k[i].coefficient))
			return false;
	}
	return true;
}

/*
 * The segments that hcc_segment has, by priority, and those that it names beside
 * them; k are the sorted coefficients.
 */
static bool
compile_segment_rules(compiler *c, const hcc_coefficient_row *k)
{
	const hcc_source *s = c->source;
	hcc_model  *m = c->model;
	hcc_segment_row *row = SORTED(c, s->segment, compare_segments);

	/*
	 * Several rows may be of one segment, each of other people. A row may name two
	 * more, to be added and to divide by; these come after all others, so that one
	 * that people are in as well is found.
	 */
	m->segment = take(c, 3 * (size_t) s->segment.rows, sizeof(hcc_segment));
	m->segment_rule = take(c, s->segment.rows, sizeof(hcc_segment_rule));
	for (int i = 0; i < s->segment.rows; i++)
	{
		hcc_segment_rule *rule = &m->segment_rule[m->segment_rules++];
		int			first;
		int			terms;

		/* a beneficiary, which is of a fixed size, may have the name in it */
		if (strlen(row[i].name) >= HCC_SEGMENT_LENGTH)
		{
			fail(c, "hcc_segment", "segment \"%s\"", row[i].name);
			because(c, "has a name of more than %d bytes", HCC_SEGMENT_LENGTH - 1);
			return remedy(c, "Choose a shorter name.");
		}
		rule->condition = row[i].condition;
		rule->condition.required_set = -1;
		rule->segment = segment_by_name(c, row[i].name);
		if (rule->segment < 0)
		{
			rule->segment = m->segments;
			terms = find_terms(k, s->coefficient.rows, row[i].name, &first);
			if (add_segment(c, row[i].name, row[i].label, terms) == NULL)
				return false;
		}
	}
	/* of several rows of one segment, the last by priority says what it adds and is divided by */
	for (int i = 0; i < s->segment.rows; i++)
	{
		hcc_segment *segment = &m->segment[m->segment_rule[i].segment];

		if (!helping_segment(c, row[i].adds, k, &segment->adds) ||
			!helping_segment(c, row[i].divided_by, k, &segment->divided_by))
			return false;
	}
	return true;
}

/* All segments and their terms, after the variables that the terms are of */
static bool
compile_segments(compiler *c)
{
	const hcc_source *s = c->source;
	hcc_model  *m = c->model;
	hcc_coefficient_row *k = SORTED(c, s->coefficient, compare_coefficients);
	int		   *seen;
	int			first;
	int			n;

	/* each row may name three, and the only segment of a model without rows is one more */
	make_table(c, &c->segments, 3 * (size_t) s->segment.rows + 1);
	if (s->segment.rows == 0 ? !compile_only_segment(c, k) : !compile_segment_rules(c, k))
		return false;

	seen = take(c, m->variables, sizeof(int));
	for (int i = 0; i < s->coefficient.rows; i = first + n)
	{
		n = find_terms(k, s->coefficient.rows, k[i].segment, &first);
		if (!compile_terms(c, k, first, n, seen))
			return false;
	}
	for (int i = 0; i < m->segments; i++)
	{
		if (!summarize_segment(c, &m->segment[i]) || !check_scores(c, &m->segment[i]))
			return false;
	}
	return true;
}

/*
 * HCCs that a score can depend on, whatever the segment: those worth asking for
 * as gaps.  A payment HCC without a coefficient still counts (D10P).
 */
static void
collect_valued(compiler *c)
{
	hcc_model  *m = c->model;

	m->valued = take(c, m->hcc_words, sizeof(hcc_word));
	for (int w = 0; w < m->hcc_words; w++)
	{
		m->valued[w] = m->payment[w];
		for (int i = 0; i < m->segments; i++)
			m->valued[w] |= m->segment[i].hcc_scored[w];
	}
}

/*
 * The factors by variant and metal; a row for one metal goes before one for any.
 * Where no row fits, 0 stays, which means that there is none: the score is then
 * multiplied by 1.00, and whoever shows it can say why.
 */
static void
compile_csr_factors(compiler *c)
{
	const hcc_source *s = c->source;
	hcc_model  *m = c->model;

	if (s->csr.rows == 0)
		return;
	m->csr_factor = take(c, HCC_CSR_VARIANTS * HCC_METALS, sizeof(int64_t));
	/* from what counts least to what counts most, each in the place of what was there */
	for (int pass = 0; pass < 4; pass++)
	{
		bool		of_any_metal = pass < 2;
		bool		custom = pass % 2 == 1;

		for (int i = 0; i < s->csr.rows; i++)
		{
			const hcc_csr_row *row = &s->csr.row[i];

			if (row->custom != custom || (row->metal < 0) != of_any_metal)
				continue;
			hcc_assert(row->variant >= 0 && row->variant + 1 < HCC_CSR_VARIANTS);
			for (int metal = 0; metal < HCC_METALS; metal++)
			{
				if (row->metal < 0 || row->metal == metal)
					m->csr_factor[(row->variant + 1) * HCC_METALS + metal] = row->factor;
			}
		}
	}
}

/*
 * Compile the rows; NULL with the problem described when they do not fit
 * together.  The model refers to nothing of the source, and is complete: its
 * readers never write to it.
 */
hcc_model *
hcc_compile(const hcc_source *source, hcc_alloc_fn alloc, void *context, hcc_problem *problem)
{
	compiler	c = {.source = source, .alloc = alloc, .context = context, .problem = problem};
	hcc_model  *m;
	int			helpers = 0;

	hcc_assert(source->hcc_prefix != NULL && alloc != NULL);
	hcc_assert(source->order <= HCC_ORDER_SEQUENTIAL);
	memset(problem, 0, sizeof(*problem));
	m = c.model = take(&c, 1, sizeof(hcc_model));

	if (!number_hccs(&c))
		return NULL;

	/* an HCC has two names */
	make_table(&c, &c.names, 2 * (size_t) m->hccs + source->group.rows + source->variable.rows +
			   source->interaction.rows);

	/*
	 * Room is taken for the most there can be, since growing would move what is
	 * pointed at: an interaction has at most as many conditions as there are
	 * helpers' rows.
	 */
	for (int i = 0; i < source->variable.rows; i++)
		helpers += source->variable.row[i].kind == HCC_KIND_HELPER;
	m->variables = m->hccs;
	m->variable = take(&c, m->hccs + source->group.rows + source->variable.rows +
					   source->interaction.rows, sizeof(hcc_variable));
	m->condition = take(&c, source->variable.rows +
						source->interaction.rows * (1 + (size_t) helpers), sizeof(hcc_condition));

	/*
	 * A concurrent model scores a year by the diagnoses of the same year, which
	 * it tells by their dates.  Others score by those of the year before, which
	 * whoever collects them has chosen: they look at no date.
	 */
	m->year = source->concurrent_year;
	m->first_day = m->year == 0 ? 0 : icd10_day(m->year, 1, 1);
	m->last_day = m->year == 0 ? 0 : icd10_day(m->year, 12, 31);
	m->age_rules = source->age_rule.rows;
	m->age_rule = SORTED(&c, source->age_rule, compare_age_rules);

	/*
	 * Each step finds only names that were entered before it: groups are of HCCs,
	 * interactions of HCCs, groups and helpers, coefficients of all of these. The
	 * codes need the HCCs alone, and their numbers are in no other's way.
	 */
	if (!enter_hccs(&c) ||
		!compile_hierarchy(&c) ||
		!compile_prerequisites(&c) ||
		!compile_groups(&c) ||
		!compile_codes(&c) ||
		!compile_variables(&c) ||
		!compile_interactions(&c) ||
		!compile_segments(&c))
		return NULL;
	compile_csr_factors(&c);
	/* most models need none of the later kinds of rule, and are scored without asking for them */
	m->plain = m->plain_groups && m->excluded == NULL;
	for (int i = 0; i < m->segments; i++)
		m->plain &= m->segment[i].enrollments == 0;
	collect_valued(&c);
	/* last, as it is over all that is above */
	m->fingerprint = hcc_fingerprint(m);
	return m;
}
