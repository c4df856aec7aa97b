/*
 * Fuzzing compile and evaluate: rows of all kinds become a model, or are
 * refused with a reason; the same rows in another order become the same model;
 * and people's HCCs and scores are those that the plainest reading of the rows
 * gives.
 */
#include "rows.h"

#define MOST_HCCS (HCC_MAX_WORDS * 64)

/* A model under test and what it was made of */
typedef struct test_case
{
	const hcc_source *source;
	const hcc_model *model;
	const hcc_model *shuffled;	/* of the same rows in another order */
	bool		fits;			/* the plain reading below can be relied on */
	int		   *superior;		/* HCCs of the hierarchy's rows, by number */
	int		   *subordinate;
} test_case;

/* ---- the plain reading of the rows ---- */

/* The number of an HCC, by code or variable name; -1: none */
static int
plain_hcc(const test_case *c, const char *name)
{
	size_t		prefix = strlen(c->source->hcc_prefix);

	for (int h = 0; h < c->model->hccs; h++)
	{
		if (strcmp(c->model->hcc_name[h], name) == 0 ||
			(strncmp(name, c->source->hcc_prefix, prefix) == 0 &&
			 strcmp(c->model->hcc_name[h], name + prefix) == 0))
			return h;
	}
	return -1;
}

/* Does a condition hold, but for the number of HCCs? */
static bool
plain_meets(const hcc_condition *c, const hcc_person *person, int age)
{
	for (int fact = 0; fact < 64; fact++)
	{
		bool		holds = (person->facts >> fact) & 1;

		if ((((c->requires >> fact) & 1) && !holds) || (((c->forbids >> fact) & 1) && holds))
			return false;
	}
	return c->age_min <= age && age <= c->age_max && c->months_min <= person->months &&
		   person->months <= c->months_max && c->days_min <= person->days &&
		   person->days <= c->days_max;
}

/* The age for a use: of the rules for it, the first in the order of all that they say */
static int
plain_age(const test_case *c, hcc_facts facts, int age, hcc_age_use use)
{
	const hcc_age_rule *best = NULL;

	for (int i = 0; i < c->source->age_rule.rows; i++)
	{
		const hcc_age_rule *rule = &c->source->age_rule.row[i];

		if (rule->age != age || (facts & rule->requires) != rule->requires ||
			(rule->use != HCC_AGE_EVERYTHING && rule->use != (int32_t) use))
			continue;
		if (best == NULL || rule->requires < best->requires ||
			(rule->requires == best->requires && rule->scored_age < best->scored_age))
			best = rule;
	}
	return best != NULL ? best->scored_age : age;
}

/* The row of least priority that holds; NULL: nobody's */
static const hcc_segment_row *
plain_segment(const test_case *c, const hcc_person *person, int age)
{
	const hcc_segment_row *best = NULL;

	for (int i = 0; i < c->source->segment.rows; i++)
	{
		const hcc_segment_row *row = &c->source->segment.row[i];

		if (plain_meets(&row->condition, person, age) &&
			(best == NULL || row->priority < best->priority))
			best = row;
	}
	return best;
}

/* What a segment adds and is divided by, as its last row says */
static const hcc_segment_row *
plain_helpers(const test_case *c, const char *segment)
{
	const hcc_segment_row *last = NULL;

	for (int i = 0; i < c->source->segment.rows; i++)
	{
		const hcc_segment_row *row = &c->source->segment.row[i];

		if (strcmp(row->name, segment) == 0 && (last == NULL || row->priority > last->priority))
			last = row;
	}
	return last;
}

/* Is any HCC of a group in the set, and the person of its ages? */
static bool
plain_group_is_met(const test_case *c, const hcc_group_row *group, const hcc_person *person,
				   const hcc_word *set)
{
	bool		met = group->family != NULL && group->hccs.items == 0;

	for (int i = 0; i < group->hccs.items; i++)
		met |= hcc_has(set, plain_hcc(c, group->hccs.item[i]));
	return met && group->age_min <= person->age && person->age <= group->age_max;
}

/* The same, and is no group of its family before it met? */
static bool
plain_group_is_1(const test_case *c, const hcc_group_row *group, const hcc_person *person,
				 const hcc_word *set)
{
	if (!plain_group_is_met(c, group, person, set))
		return false;
	for (int i = 0; i < c->source->group.rows && group->family != NULL; i++)
	{
		const hcc_group_row *other = &c->source->group.row[i];

		if (other->family != NULL && strcmp(other->family, group->family) == 0 &&
			(other->rank < group->rank ||
			 (other->rank == group->rank && strcmp(other->name, group->name) < 0)) &&
			plain_group_is_met(c, other, person, set))
			return false;
	}
	return true;
}

/* Does a group score in the place of an HCC? */
static bool
plain_is_hidden(const test_case *c, int h, const hcc_person *person, const hcc_word *set)
{
	for (int i = 0; i < c->source->group.rows; i++)
	{
		const hcc_group_row *group = &c->source->group.row[i];

		for (int k = 0; k < group->hccs.items; k++)
		{
			if (group->replaces && plain_hcc(c, group->hccs.item[k]) == h &&
				plain_group_is_1(c, group, person, set))
				return true;
		}
	}
	return false;
}

/* Is a variable, HCC, group or interaction of this name 1?  It has to be one. */
static bool
plain_is_1(const test_case *c, const char *name, const hcc_person *person,
					   const hcc_word *set, int count)
{
	const hcc_source *s = c->source;
	int			h = plain_hcc(c, name);
	bool		known = false;

	if (h >= 0)
		return hcc_has(set, h);
	for (int i = 0; i < s->group.rows; i++)
	{
		if (strcmp(s->group.row[i].name, name) == 0)
			return plain_group_is_1(c, &s->group.row[i], person, set);
	}
	for (int i = 0; i < s->interaction.rows; i++)
	{
		const hcc_interaction_row *row = &s->interaction.row[i];
		bool		all = true;

		if (strcmp(row->name, name) != 0)
			continue;
		for (int k = 0; k < row->elements.items; k++)
			all &= plain_is_1(c, row->elements.item[k], person, set, count);
		return all;
	}
	for (int i = 0; i < s->variable.rows; i++)
	{
		const hcc_variable_row *row = &s->variable.row[i];

		if (strcmp(row->name, name) != 0)
			continue;
		known = true;
		if (plain_meets(&row->condition, person, person->term_age) &&
			count >= row->condition.count_min && count <= row->condition.count_max)
			return true;
	}
	REQUIRE(known);
	return false;
}

/* Is it about the person alone? */
static bool
plain_is_personal(const test_case *c, const char *name)
{
	for (int i = 0; i < c->source->variable.rows; i++)
	{
		if (strcmp(c->source->variable.row[i].name, name) == 0)
			return c->source->variable.row[i].kind != HCC_KIND_COUNT &&
				   c->source->variable.row[i].kind != HCC_KIND_ENROLLMENT;
	}
	return false;
}

/* Is there a custom coefficient of the same name? */
static bool
plain_is_replaced(const test_case *c, const hcc_coefficient_row *row)
{
	for (int i = 0; i < c->source->coefficient.rows && !row->custom; i++)
	{
		const hcc_coefficient_row *other = &c->source->coefficient.row[i];

		if (other->custom && strcmp(other->segment, row->segment) == 0 &&
			strcmp(other->variable, row->variable) == 0)
			return true;
	}
	return false;
}

/* The sum of a segment's coefficients */
static hcc_score
plain_sum(const test_case *c, const char *segment, bool personal_only,
						   const hcc_person *person, const hcc_word *set, int count)
{
	hcc_score	sum = 0;

	for (int i = 0; i < c->source->coefficient.rows && segment != NULL; i++)
	{
		const hcc_coefficient_row *row = &c->source->coefficient.row[i];

		if (strcmp(row->segment, segment) == 0 && !plain_is_replaced(c, row) &&
			(!personal_only || plain_is_personal(c, row->variable)) &&
			(plain_hcc(c, row->variable) < 0 ||
			 !plain_is_hidden(c, plain_hcc(c, row->variable), person, set)) &&
			plain_is_1(c, row->variable, person, set, count))
			sum += row->coefficient;
	}
	return sum;
}

/* Has an HCC or interaction of a model without segments a coefficient of its own? */
static bool
plain_is_given(const test_case *c, const char *name)
{
	for (int i = 0; i < c->source->coefficient.rows; i++)
	{
		const char *variable = c->source->coefficient.row[i].variable;
		int			h = plain_hcc(c, variable);

		if (strcmp(variable, name) == 0 || (h >= 0 && h == plain_hcc(c, name)))
			return true;
	}
	return false;
}

/* What a model without segments adds from the rows of crosswalk and interactions */
static hcc_score
plain_own_sum(const test_case *c, const hcc_person *person, const hcc_word *set, int count)
{
	hcc_score	sum = 0;
	bool		summed[MOST_HCCS] = {false};

	for (int i = 0; i < c->source->crosswalk.rows; i++)
	{
		const hcc_crosswalk_row *row = &c->source->crosswalk.row[i];
		int			h = plain_hcc(c, row->hcc);

		if (row->has_coefficient && !summed[h] && hcc_has(set, h) &&
			!plain_is_hidden(c, h, person, set) && !plain_is_given(c, row->hcc))
		{
			sum += row->coefficient;
			summed[h] = true;
		}
	}
	for (int i = 0; i < c->source->interaction.rows; i++)
	{
		const hcc_interaction_row *row = &c->source->interaction.row[i];

		if (row->has_coefficient && !plain_is_given(c, row->name) &&
			plain_is_1(c, row->name, person, set, count))
			sum += row->coefficient;
	}
	return sum;
}

/* A quotient of thousandths, rounded half away from zero, in wider numbers */
static hcc_score
plain_divide(hcc_score score, hcc_score divisor)
{
	__int128	twice = (__int128) score * 2000;

	return (hcc_score) ((twice + (score < 0 ? -divisor : divisor)) / (2 * (__int128) divisor));
}

/* An age that people can have */
static int
plain_near(int age)
{
	return age < 0 ? 0 : age > HCC_MAX_AGE ? HCC_MAX_AGE : age;
}

/* The score of a person by the rows */
static hcc_score
plain_score(const test_case *c, const hcc_person *person, const hcc_word *active)
{
	hcc_word	set[HCC_MAX_WORDS];
	const char *segment = c->model->segment[person->segment].name;
	const hcc_segment_row *helpers = plain_helpers(c, segment);
	int			count = 0;
	hcc_score	score;
	hcc_score	divisor;

	memcpy(set, active, sizeof(set));
	for (int i = 0; i < c->source->category.rows; i++)
	{
		const hcc_category_row *row = &c->source->category.row[i];

		/* ages are those of people; the ends stand for those beyond */
		if (row->age_min > plain_near(person->age) || row->age_max < plain_near(person->age))
			hcc_remove(set, plain_hcc(c, row->hcc));
	}
	for (int h = 0; h < c->model->hccs; h++)
		count += hcc_has(set, h) && hcc_has(c->model->payment, h) &&
				 !plain_is_hidden(c, h, person, set);
	for (int i = 0; i < c->source->group.rows; i++)
		count += c->source->group.row[i].replaces &&
				 plain_group_is_1(c, &c->source->group.row[i], person, set);
	score = plain_sum(c, segment, false, person, set, count);
	if (c->source->segment.rows == 0)
		score += plain_own_sum(c, person, set, count);
	if (helpers == NULL)
		return score;
	score += plain_sum(c, helpers->adds, true, person, set, count);
	divisor = plain_sum(c, helpers->divided_by, true, person, set, count);
	return divisor == 0 ? score : plain_divide(score, divisor);
}

/* ---- HCCs of codes ---- */

/* Is an edit about this code and this person? */
static bool
edit_holds(const hcc_edit_row *edit, icd10_code code, const hcc_person *person, int dx_age,
		   bool mce)
{
	int			age = edit->mce ? dx_age : person->age;

	return edit->code == code && (mce || !edit->mce) && edit->age_min <= age &&
		   age <= edit->age_max && (person->facts & edit->requires) == edit->requires;
}

/* The age on a day, by the dates */
static int
plain_age_on(const hcc_beneficiary *who, const hcc_person *person, int32_t day)
{
	int			born[3];
	int			on[3];

	if (day == 0 || who->date_of_birth == 0)
		return person->age;
	icd10_date(who->date_of_birth, &born[0], &born[1], &born[2]);
	icd10_date(day, &on[0], &on[1], &on[2]);
	return on[0] - born[0] - (on[1] * 100 + on[2] < born[1] * 100 + born[2]);
}

/* Has the model rows of a code? */
static bool
plain_has_code(const test_case *c, icd10_code code)
{
	for (int i = 0; i < c->source->crosswalk.rows; i++)
	{
		if (c->source->crosswalk.row[i].code == code)
			return true;
	}
	return false;
}

/* What the date of a code makes of it, if anything */
static hcc_verdict
plain_date_verdict(const test_case *c, icd10_parts parts, const hcc_beneficiary *who,
				   const hcc_person *person)
{
	int			year = parts.year;
	int			month;
	int			day;
	int			age = plain_age_on(who, person, parts.day);

	if (c->source->concurrent_year == 0)
		return HCC_MAPPED;
	if (parts.day != 0)
		icd10_date(parts.day, &year, &month, &day);
	if (year != 0 && year != c->source->concurrent_year)
		return HCC_OUTSIDE_YEAR;
	if (parts.day != 0 && parts.day < who->date_of_birth)
		return HCC_BEFORE_BIRTH;
	if (parts.day != 0 && parts.system == ICD10_DIAGNOSIS &&
		(age > person->age || age < person->age - 1))
		return HCC_AGE_CONFLICT;
	return HCC_MAPPED;
}

/* The day of a diagnosis without date */
static int32_t
plain_default_day(const test_case *c, const hcc_beneficiary *who)
{
	int			year;
	int			month;
	int			day;

	if (c->source->concurrent_year == 0)
		return 0;
	if (who->enrolled_until != 0)
	{
		icd10_date(who->enrolled_until, &year, &month, &day);
		if (year == c->source->concurrent_year)
			return who->enrolled_until;
	}
	return icd10_day(c->source->concurrent_year, 12, 31);
}

/* What the rows of a code that is no edit give */
static hcc_verdict
plain_map_rows(const test_case *c, icd10_code code, const hcc_person *person, int32_t day,
			   int dx_age, bool mce, hcc_word *set)
{
	hcc_verdict verdict = HCC_NOT_VALID_ON_DAY;

	for (int i = 0; i < c->source->crosswalk.rows; i++)
	{
		const hcc_crosswalk_row *row = &c->source->crosswalk.row[i];
		const hcc_mapping_rule *r = &row->rule;
		bool		on_day = !row->has_rule || (r->first_day <= day && day <= r->last_day);
		bool		ages = !row->has_rule ||
			(r->age_min <= person->age && person->age <= r->age_max &&
			 (!mce || (r->mce_age_min <= dx_age && dx_age <= r->mce_age_max)) &&
			 (person->facts & r->requires) == r->requires);

		if (row->code != code || !on_day)
			continue;
		if (ages)
			hcc_add(set, plain_hcc(c, row->hcc));
		if (ages || verdict != HCC_MAPPED)
			verdict = ages ? HCC_MAPPED : HCC_INVALID_BY_EDIT;
	}
	return verdict;
}

/* What a code gives a person by the rows: invalid wins, then what is reassigned. */
static hcc_verdict
plain_map(const test_case *c, icd10_code code, const hcc_beneficiary *who,
		  const hcc_person *person, bool mce, hcc_word *set)
{
	const hcc_source *s = c->source;
	icd10_parts parts = icd10_split(code);
	hcc_verdict verdict = HCC_MAPPED;
	int			dx_age;

	verdict = plain_has_code(c, parts.code) ? plain_date_verdict(c, parts, who, person) :
		HCC_UNMAPPED;
	if (verdict != HCC_MAPPED)
		return verdict;
	if (s->concurrent_year == 0)
		parts.day = 0;
	dx_age = plain_age_on(who, person, parts.day);
	for (int i = 0; i < s->edit.rows; i++)
	{
		if (edit_holds(&s->edit.row[i], parts.code, person, dx_age, mce) &&
			verdict != HCC_INVALID_BY_EDIT)
			verdict = s->edit.row[i].hcc == NULL ? HCC_INVALID_BY_EDIT : HCC_REASSIGNED_BY_EDIT;
	}
	for (int i = 0; i < s->edit.rows && verdict == HCC_REASSIGNED_BY_EDIT; i++)
	{
		if (edit_holds(&s->edit.row[i], parts.code, person, dx_age, mce))
			hcc_add(set, plain_hcc(c, s->edit.row[i].hcc));
	}
	if (verdict != HCC_MAPPED)
		return verdict;
	return plain_map_rows(c, parts.code, person,
						  parts.day != 0 ? parts.day : plain_default_day(c, who), dx_age, mce, set);
}

/* Prerequisites, judged on the set as it came, then the hierarchy */
static void
plain_resolve(const test_case *c, hcc_order order, hcc_word *set)
{
	const hcc_source *s = c->source;
	hcc_word	came[HCC_MAX_WORDS];

	memcpy(came, set, sizeof(came));
	for (int i = 0; i < s->prerequisite.rows; i++)
	{
		const hcc_list *any = &s->prerequisite.row[i].any;
		bool		met = false;

		for (int k = 0; k < any->items; k++)
			met |= hcc_has(came, plain_hcc(c, any->item[k]));
		if (!met)
			hcc_remove(set, plain_hcc(c, s->prerequisite.row[i].hcc));
	}
	memcpy(came, set, sizeof(came));
	if (order == HCC_ORDER_OF_MODEL)
		order = s->order;
	for (int h = 0; h < c->model->hccs; h++)
	{
		if (!hcc_has(order == HCC_ORDER_SEQUENTIAL ? set : came, h))
			continue;
		for (int i = 0; i < s->hierarchy.rows; i++)
		{
			if (c->superior[i] == h)
				hcc_remove(set, c->subordinate[i]);
		}
	}
}

/* ---- checks ---- */

/* Names, numbers and masks of the model fit each other and the rows. */
static void
check_model(const test_case *c)
{
	const hcc_model *m = c->model;
	int			few = m->hccs < 70 ? m->hccs : 70;

	REQUIRE(m->hccs <= m->hcc_words * 64 && m->hccs + m->groups <= m->set_words * 64 &&
			m->set_words <= HCC_MAX_WORDS);
	for (int h = 0; h < m->hccs; h++)
	{
		REQUIRE(h == 0 || hcc_compare_names(m->hcc_name[h - 1], m->hcc_name[h]) < 0);
		REQUIRE_SAME(hcc_by_name(m, m->hcc_name[h]), h);
		REQUIRE(m->variable[h].kind == HCC_KIND_HCC && m->variable[h].hcc == h);
		if (h < few)
			REQUIRE_SAME(hcc_by_name(m, m->variable[h].name), h);
	}
	for (int h = 0; h < few; h++)
	{
		const hcc_word *below = &m->below[(size_t) h * m->hcc_words];
		const hcc_word *drops = &m->drops[(size_t) h * m->hcc_words];

		REQUIRE(!hcc_has(below, h));
		for (int x = 0; x < few; x++)
		{
			REQUIRE(hcc_has(&m->above[(size_t) x * m->hcc_words], h) == hcc_has(below, x));
			REQUIRE(!hcc_has(drops, x) || hcc_has(below, x));
			for (int w = 0; w < m->hcc_words && hcc_has(below, x); w++)
				REQUIRE((m->below[(size_t) x * m->hcc_words + w] & ~below[w]) == 0);
		}
	}
	for (int i = 0; i < c->source->crosswalk.rows; i++)
		REQUIRE(hcc_find_code(m, c->source->crosswalk.row[i].code) != NULL);
}

/* The segment and the ages of a person */
static void
check_person(const test_case *c, const hcc_beneficiary *who, const hcc_person *person,
						 hcc_person_problem problem)
{
	const hcc_segment_row *row;

	REQUIRE(person->facts == hcc_beneficiary_facts(who));
	REQUIRE((person->segment < 0) == (problem != HCC_PERSON_OK));
	REQUIRE(person->segment < c->model->segments);
	REQUIRE_SAME(person->age, plain_age(c, person->facts, who->age, HCC_AGE_EVERYTHING));
	if (who->segment[0] != '\0')
	{
		REQUIRE(problem != HCC_NO_SEGMENT_FITS);
		REQUIRE(problem != HCC_PERSON_OK ||
				strcmp(c->model->segment[person->segment].name, who->segment) == 0);
	}
	else if (c->source->segment.rows > 0)
	{
		row = plain_segment(c, person, plain_age(c, person->facts, who->age, HCC_AGE_SEGMENT));
		REQUIRE((row == NULL) == (problem == HCC_NO_SEGMENT_FITS));
		REQUIRE(row == NULL || strcmp(c->model->segment[person->segment].name, row->name) == 0);
	}
	else
		REQUIRE(problem == HCC_PERSON_OK);
	if (problem == HCC_PERSON_OK && c->model->segment[person->segment].new_enrollee)
		REQUIRE_SAME(person->term_age, plain_age(c, person->facts, who->age, HCC_AGE_NEW_ENROLLEE));
	else if (problem == HCC_PERSON_OK)
		REQUIRE_SAME(person->term_age, person->age);
}

typedef struct found_terms
{
	const hcc_model *model;
	hcc_score	sum;
	uint8_t    *times;			/* by variable */
} found_terms;

/* An hcc_term_fn that counts how often each variable was told */
static void
found_term(void *context, const hcc_variable *variable, hcc_score coefficient)
{
	found_terms *found = context;
	ptrdiff_t	number = variable - found->model->variable;

	REQUIRE(number >= 0 && number < found->model->variables);
	found->times[number]++;
	found->sum += coefficient;
}

/* Nothing told yet; the caller frees times. */
static found_terms
no_terms(const hcc_model *model)
{
	return (found_terms) {model, 0, calloc(1, model->variables + 1)};
}

/* The terms add up to the score, and those gained are new. */
static void
check_terms(const hcc_model *m, const hcc_person *person, const hcc_word *set, hcc_score undivided)
{
	hcc_word	nothing[HCC_MAX_WORDS] = {0};
	found_terms before = no_terms(m);
	found_terms after = no_terms(m);
	found_terms gained = no_terms(m);

	hcc_terms(m, person, nothing, found_term, &before);
	hcc_terms(m, person, set, found_term, &after);
	hcc_terms_gained(m, person, nothing, set, found_term, &gained);

	/* the terms end with those of the divisor */
	REQUIRE_SAME(after.sum - person->divisor, undivided);
	for (int i = 0; i < m->variables; i++)
	{
		hcc_kind	kind = m->variable[i].kind;

		if (gained.times[i] > 0)
			REQUIRE((kind == HCC_KIND_COUNT || kind == HCC_KIND_INTERACTION ||
					 kind == HCC_KIND_ENROLLMENT || kind == HCC_KIND_GROUP) &&
					after.times[i] == 1 && before.times[i] == 0);
		if (kind == HCC_KIND_HCC)
			REQUIRE(before.times[i] == 0 && after.times[i] <= hcc_has(set, i));
	}
	free(before.times);
	free(after.times);
	free(gained.times);
}

/* The score and its pieces, by all functions, and by the rows where these fit */
static hcc_score
check_score(const test_case *c, const hcc_model *m, const hcc_person *person, const hcc_word *set)
{
	hcc_split	split;
	hcc_score	score = hcc_evaluate_split(m, person, set, &split);
	hcc_score	undivided = person->score + split.disease + split.interaction;

	REQUIRE_SAME(hcc_evaluate(m, person, set), score);
	REQUIRE_SAME(split.demographic + split.disease + split.interaction, score);
	if (person->divisor == 0)
	{
		REQUIRE_SAME(split.demographic, person->score);
		REQUIRE_SAME(score, undivided);
	}
	if (person->divisor > 0)
		REQUIRE_SAME(score, plain_divide(undivided, person->divisor));
	check_terms(m, person, set, undivided);
	if (c->fits)
		REQUIRE_SAME(score, plain_score(c, person, set));
	return score;
}

/* Are two sets the same, in all words that there can be? */
static bool
same_set(const hcc_word *x, const hcc_word *y)
{
	return memcmp(x, y, HCC_MAX_WORDS * sizeof(hcc_word)) == 0;
}

/* One person with some codes, in both models and by the rows */
static void
check_patient(const test_case *c, const fuzz_rows *rows, fuzz_input *in)
{
	hcc_beneficiary who = draw_person(in);
	hcc_person	person;
	hcc_person	again;
	hcc_person_problem problem = hcc_person_make(c->model, &who, &person);
	hcc_word	codes[HCC_MAX_WORDS] = {0};
	bool		mce = fuzz_once_in(in, 2);

	REQUIRE_SAME(hcc_person_make(c->shuffled, &who, &again), problem);
	check_person(c, &who, &person, problem);
	if (problem != HCC_PERSON_OK)
		return;
	REQUIRE_SAME(again.score, person.score);
	REQUIRE_SAME(again.divisor, person.divisor);

	for (int n = fuzz_below(in, 14); n > 0; n--)
	{
		icd10_code	code = fuzz_once_in(in, 8) ? fuzz_word(in) : rows->code[fuzz_below(in, CODES)];
		hcc_word	expected[HCC_MAX_WORDS];
		hcc_verdict verdict;

		if (fuzz_once_in(in, 2) && !icd10_is_marked(code))
			code = icd10_dated(code, draw_day(in));
		memcpy(expected, codes, sizeof(expected));
		verdict = hcc_map_code(c->model, code, &person, mce, codes);
		REQUIRE_SAME(plain_map(c, code, &who, &person, mce, expected), verdict);
		REQUIRE(same_set(codes, expected));
	}
	/* HCCs that no code gives, too, for the larger models */
	for (int n = fuzz_below(in, 8); n > 0 && c->model->hccs > 0; n--)
		hcc_add(codes, fuzz_below(in, c->model->hccs));

	for (int order = HCC_ORDER_OF_MODEL; order <= HCC_ORDER_SEQUENTIAL; order++)
	{
		hcc_word	set[HCC_MAX_WORDS];
		hcc_word	expected[HCC_MAX_WORDS];

		memcpy(set, codes, sizeof(set));
		memcpy(expected, codes, sizeof(expected));
		hcc_resolve(c->model, order, set);
		plain_resolve(c, order, expected);
		REQUIRE(same_set(set, expected));
		memcpy(expected, codes, sizeof(expected));
		hcc_resolve(c->shuffled, order, expected);
		REQUIRE(same_set(set, expected));
		REQUIRE_SAME(check_score(c, c->model, &person, set),
					 check_score(c, c->shuffled, &again, set));
	}
}

/* Look up the HCCs of the hierarchy's rows once, for plain_resolve; to be freed. */
static void
find_hierarchy(test_case *c)
{
	const hcc_source *s = c->source;

	c->superior = malloc(s->hierarchy.rows * sizeof(int));
	c->subordinate = malloc(s->hierarchy.rows * sizeof(int));
	for (int i = 0; i < s->hierarchy.rows; i++)
	{
		c->superior[i] = plain_hcc(c, s->hierarchy.row[i].superior);
		c->subordinate[i] = plain_hcc(c, s->hierarchy.row[i].subordinate);
		REQUIRE(c->superior[i] >= 0 && c->subordinate[i] >= 0);
	}
}

/*
 * Compiles what an input says, in two orders of its rows, and scores a few
 * people.
 */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_input	in = fuzz_begin(data, size);
	fuzz_memory memory = {0};
	fuzz_rows	rows;
	test_case	c = {.source = &rows.source};
	uint64_t	state = fuzz_word(&in) | 1;

	draw_rows(&rows, &in, true, false);
	c.fits = rows.fits;
	c.model = compile_rows(&memory, &rows.source, NULL);
	c.shuffled = compile_rows(&memory, &rows.source, &state);
	REQUIRE((c.model == NULL) == (c.shuffled == NULL));
	if (rows.fits && rows.hccs < MOST_HCCS - LENGTH(group_names))
		REQUIRE(c.model != NULL);
	if (c.model != NULL)
	{
		REQUIRE(c.model->fingerprint == c.shuffled->fingerprint);
		REQUIRE(c.model->fingerprint == hcc_fingerprint(c.model));
		find_hierarchy(&c);
		check_model(&c);
		for (int n = 1 + fuzz_below(&in, 5); n > 0; n--)
			check_patient(&c, &rows, &in);
		free(c.superior);
		free(c.subordinate);
	}
	fuzz_free(&memory);
	fuzz_free(&rows.memory);
	return 0;
}
