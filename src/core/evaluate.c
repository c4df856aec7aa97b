/*
 * evaluate.c
 *	  Scoring one person with a compiled model.
 */
#include "core/evaluate.h"

#include <string.h>

#include "core/bits.h"

#ifdef USE_ASSERT_CHECKING
/* Has a set no HCC that the model does not have? */
static bool
is_set_of(const hcc_model *model, const hcc_word *set)
{
	int			in_last = model->hccs - (model->hcc_words - 1) * 64;

	if (model->hcc_words < 1 || model->hcc_words > HCC_MAX_WORDS)
		return false;
	return in_last == 64 || set[model->hcc_words - 1] >> in_last == 0;
}

/* Did hcc_person_make find a segment of the model? */
static bool
is_person_of(const hcc_model *model, const hcc_person *person)
{
	return person->segment >= 0 && person->segment < model->segments;
}
#endif

/* Does a condition hold, as far as the person alone decides? */
static inline bool
person_meets(const hcc_person *person, int16_t age, const hcc_condition *c)
{
	return age >= c->age_min && age <= c->age_max &&
		(person->facts & c->requires) == c->requires &&
		(person->facts & c->forbids) == 0 &&
		person->months >= c->months_min && person->months <= c->months_max;
}

/* Are all of the required HCCs and groups in a set? */
static inline bool
holds_set(const hcc_word *set, const hcc_word *required, int words)
{
	for (int i = 0; i < words; i++)
	{
		if ((set[i] & required[i]) != required[i])
			return false;
	}
	return true;
}

/* Does any condition of a variable hold?  set holds HCCs and groups. */
static inline bool
variable_is_1(const hcc_model *model, const hcc_person *person, const hcc_variable *variable,
			  const hcc_word *set, int count)
{
	const hcc_condition *c = &model->condition[variable->first_condition];

	for (int i = 0; i < variable->conditions; i++, c++)
	{
		if (count >= c->count_min && count <= c->count_max &&
			person_meets(person, person->term_age, c) &&
			(c->required_set < 0 ||
			 holds_set(set, &model->required_set[(size_t) c->required_set * model->set_words],
					   model->set_words)))
			return true;
	}
	return false;
}

/*
 * The same for variables that ask for nothing but the person, before there is
 * a set
 */
static inline bool
person_variable_is_1(const hcc_model *model, const hcc_person *person, const hcc_variable *variable)
{
	const hcc_condition *c = &model->condition[variable->first_condition];

	for (int i = 0; i < variable->conditions; i++, c++)
	{
		if (person_meets(person, person->term_age, c))
			return true;
	}
	return false;
}

/* The age that a rule gives a person for a use, or the person's own */
static int16_t
age_for(const hcc_model *model, const hcc_person *person, int16_t age, hcc_age_use use)
{
	for (int i = 0; i < model->age_rules; i++)
	{
		const hcc_age_rule *rule = &model->age_rule[i];

		if (age == rule->age && (person->facts & rule->requires) == rule->requires &&
			(rule->use == (int32_t) use || rule->use == HCC_AGE_EVERYTHING))
			return rule->scored_age;
	}
	return age;
}

/* The segment that a beneficiary names, or -1 */
static int16_t
segment_by_name(const hcc_model *model, const char *name)
{
	for (int i = 0; i < model->segments; i++)
	{
		if (strcmp(model->segment[i].name, name) == 0)
			return (int16_t) i;
	}
	return -1;
}

/* The first segment whose rule fits, or -1; rules are in the order of priority. */
static int16_t
segment_by_rule(const hcc_model *model, const hcc_person *person, int16_t age)
{
	for (int i = 0; i < model->segment_rules; i++)
	{
		if (person_meets(person, age, &model->segment_rule[i].condition))
			return (int16_t) model->segment_rule[i].segment;
	}
	return -1;
}

/* Sum of the terms of a segment that need no HCC; segment -1 has none */
static hcc_score
person_sum(const hcc_model *model, const hcc_person *person, int32_t number)
{
	const hcc_segment *segment;
	hcc_score	sum = 0;

	if (number < 0)
		return 0;
	segment = &model->segment[number];
	for (int i = 0; i < segment->person_terms; i++)
	{
		const hcc_term *term = &segment->person_term[i];

		if (person_variable_is_1(model, person, &model->variable[term->variable]))
			sum += term->coefficient;
	}
	return sum;
}

/* See of a beneficiary what edits ask for, which is of use for hcc_map_code alone. */
void
hcc_person_for_edits(const hcc_model *model, const hcc_beneficiary *who, hcc_person *person)
{
	person->facts = hcc_beneficiary_facts(who);
	person->age = age_for(model, person, who->age, HCC_AGE_EVERYTHING);
}

/*
 * See a beneficiary with the model's eyes: ages by its age rules, segment by
 * its segment rules or as forced, and the sum of what HCCs do not change.
 * With a problem, person is of no use.
 */
hcc_person_problem
hcc_person_make(const hcc_model *model, const hcc_beneficiary *who, hcc_person *person)
{
	const hcc_segment *segment;

	hcc_assert(model->segments > 0);
	hcc_assert(who->segment[HCC_SEGMENT_LENGTH - 1] == '\0');
	hcc_person_for_edits(model, who, person);
	person->months = (int16_t) who->graft_months;
	person->score = 0;
	person->divisor = 0;

	if (who->segment[0] != '\0')
	{
		person->segment = segment_by_name(model, who->segment);
		if (person->segment < 0)
			return HCC_NO_SUCH_SEGMENT;
	}
	else
	{
		person->segment = segment_by_rule(model, person,
										  age_for(model, person, who->age, HCC_AGE_SEGMENT));
		if (person->segment < 0)
			return HCC_NO_SEGMENT_FITS;
	}

	segment = &model->segment[person->segment];
	person->term_age = person->age;
	if (segment->new_enrollee)
		person->term_age = age_for(model, person, who->age, HCC_AGE_NEW_ENROLLEE);
	person->score = person_sum(model, person, person->segment) +
		person_sum(model, person, segment->adds);
	person->divisor = person_sum(model, person, segment->divided_by);
	return HCC_PERSON_OK;
}

/*
 * hcc_map_code for a code with edits or with several HCCs; nothing is added
 * to the set if an edit makes the code invalid.
 */
hcc_verdict
hcc_map_by_rules(const hcc_model *model, const hcc_code *code, const hcc_person *person,
				 bool mce, hcc_word *set)
{
	const hcc_code_rules *rules = &model->code_rules[code->rules];
	bool		reassigned = false;

	hcc_assert(code->hcc < 0 && code->rules >= 0);
	/* invalid wins over reassign, so go through the edits for it first */
	for (int i = 0; i < rules->edits * 2; i++)
	{
		const hcc_edit *edit = &model->edit[rules->first_edit + i % rules->edits];

		if (edit->invalid != (i < rules->edits) || (edit->mce && !mce) ||
			person->age < edit->age_min || person->age > edit->age_max ||
			(person->facts & edit->requires) != edit->requires)
			continue;
		if (edit->invalid)
			return HCC_INVALID_BY_EDIT;
		hcc_add(set, edit->hcc);
		reassigned = true;
	}
	if (reassigned)
		return HCC_REASSIGNED_BY_EDIT;
	for (int i = 0; i < rules->hccs; i++)
		hcc_add(set, model->code_hcc[rules->first_hcc + i]);
	return HCC_MAPPED;
}

/*
 * The functions below go through sets word by word.  Written for any number of
 * words and called with a constant, they become straight code for models of up
 * to 128 HCCs and groups, which most are.
 */
#define BY_WORDS(words, call) \
	switch (words) \
	{ \
		case 1: { enum {WORDS = 1}; call; break; } \
		case 2: { enum {WORDS = 2}; call; break; } \
		default: { const int WORDS = (words); call; break; } \
	}

/* hcc_prerequisites for a number of words that the compiler knows */
static inline __attribute__((always_inline)) void
prerequisites_in_words(const hcc_model *model, hcc_word *set, const int words)
{
	hcc_word	lacking[HCC_MAX_WORDS];

	for (int w = 0; w < words; w++)
		lacking[w] = 0;
	/* All are judged on the set as it came. */
	for (int i = 0; i < model->prerequisites; i++)
	{
		const hcc_prerequisite *p = &model->prerequisite[i];
		hcc_word	met = 0;

		if (!hcc_has(set, p->hcc))
			continue;
		for (int w = 0; w < words; w++)
			met |= set[w] & p->any[w];
		if (met == 0)
			hcc_add(lacking, p->hcc);
	}
	for (int w = 0; w < words; w++)
		set[w] &= ~lacking[w];
}

/*
 * Remove HCCs that lack what they need beside them.  The set is one of codes,
 * before the hierarchy: what that would drop counts.
 */
void
hcc_prerequisites(const hcc_model *model, hcc_word *set)
{
	hcc_assert(is_set_of(model, set));
	if (model->prerequisites > 0)
		BY_WORDS(model->hcc_words, prerequisites_in_words(model, set, WORDS));
}

/* hcc_drop for a number of words that the compiler knows */
static inline __attribute__((always_inline)) void
drop_in_words(const hcc_model *model, bool sequential, hcc_word *set, const int words)
{
	hcc_word	dropped[HCC_MAX_WORDS];

	for (int w = 0; w < words; w++)
		dropped[w] = 0;
	for (int w = 0; w < words; w++)
	{
		for (hcc_word rest = set[w] & model->superior[w]; rest != 0; rest &= rest - 1)
		{
			int			bit = hcc_lowest_bit(rest);
			const hcc_word *drops = &model->drops[(size_t) (w * 64 + bit) * words];

			if (sequential && (dropped[w] >> bit) & 1)
				continue;
			for (int i = 0; i < words; i++)
				dropped[i] |= drops[i];
		}
	}
	for (int w = 0; w < words; w++)
		set[w] &= ~dropped[w];
}

/*
 * Apply the hierarchy.
 *
 * Simultaneous: every HCC of the set as it came drops its subordinates.
 * Sequential: in ascending order, and an HCC already dropped drops nothing.
 * They differ where the relation is not transitive.
 */
void
hcc_drop(const hcc_model *model, hcc_order order, hcc_word *set)
{
	bool		sequential;

	hcc_assert(is_set_of(model, set));
	if (order == HCC_ORDER_OF_MODEL)
		order = model->order;
	sequential = order == HCC_ORDER_SEQUENTIAL;
	BY_WORDS(model->hcc_words, drop_in_words(model, sequential, set, WORDS));
}

/* Number of payment HCCs in a set */
static inline int
count_payment_hccs(const hcc_model *model, const hcc_word *set, const int words)
{
	int			count = 0;

	for (int w = 0; w < words; w++)
	{
		/* a patient has a few: clearing bits beats counting without the instruction */
		for (hcc_word rest = set[w] & model->payment[w]; rest != 0; rest &= rest - 1)
			count++;
	}
	return count;
}

/* The set with the groups that it meets */
static inline void
add_groups(const hcc_model *model, const hcc_word *set, hcc_word *extended, const int words)
{
	for (int w = 0; w < words; w++)
		extended[w] = set[w];
	for (int w = words; w < model->set_words; w++)
		extended[w] = 0;
	for (int g = 0; g < model->groups; g++)
	{
		const hcc_word *members = &model->group_members[(size_t) g * words];
		hcc_word	met = 0;
		int			number = model->hccs + g;

		for (int w = 0; w < words; w++)
			met |= set[w] & members[w];
		extended[number >> 6] |= (hcc_word) (met != 0) << (number & 63);
	}
}

/* A score divided, rounded half away from zero */
static hcc_score
divide(hcc_score score, hcc_score divisor)
{
	hcc_score	magnitude = (score < 0 ? -score : score) * 1000;
	hcc_score	quotient = magnitude / divisor;

	hcc_assert(divisor > 0);
	hcc_assert(score >= -HCC_MAX_SCORE && score <= HCC_MAX_SCORE);
	if (magnitude % divisor * 2 >= divisor)
		quotient++;
	return score < 0 ? -quotient : quotient;
}

/*
 * The pieces of the score before a divisor, for a number of words that the
 * compiler knows
 */
static inline __attribute__((always_inline)) void
evaluate_in_words(const hcc_model *model, const hcc_person *person, const hcc_word *set,
				  hcc_split *split, const int words)
{
	const hcc_segment *segment = &model->segment[person->segment];
	hcc_word	interacting = 0;
	hcc_word	extended[HCC_MAX_WORDS];
	int			count;

	split->demographic = person->score;
	split->disease = 0;
	for (int w = 0; w < words; w++)
	{
		/* The coefficient of an HCC that is not scored here is 0. */
		for (hcc_word rest = set[w]; rest != 0; rest &= rest - 1)
			split->disease += segment->hcc_coefficient[w * 64 + hcc_lowest_bit(rest)];
		interacting |= set[w] & segment->interacting[w];
	}
	count = count_payment_hccs(model, set, words);
	/* the last sum is for all numbers above */
	split->interaction = segment->count_score[count < segment->count_scores ?
											  count : segment->count_scores - 1];

	/* Without any HCC that some interaction needs, none can be 1. */
	if (interacting == 0 && !segment->always_interacting)
		return;
	add_groups(model, set, extended, words);
	for (int i = 0; i < segment->interactions; i++)
	{
		const hcc_term *term = &segment->interaction[i];

		if (variable_is_1(model, person, &model->variable[term->variable], extended, count))
			split->interaction += term->coefficient;
	}
}

/*
 * The raw score of a person with these active HCCs, and what it is made of.
 * What a divisor takes away counts with the demographics, so that the pieces
 * add up to the score.  It cannot overflow: such a model does not compile.
 */
hcc_score
hcc_evaluate_split(const hcc_model *model, const hcc_person *person, const hcc_word *set,
				   hcc_split *split)
{
	hcc_score	score;

	hcc_assert(is_set_of(model, set) && is_person_of(model, person));
	BY_WORDS(model->hcc_words, evaluate_in_words(model, person, set, split, WORDS));
	score = split->demographic + split->disease + split->interaction;
	if (person->divisor != 0)
	{
		hcc_score	divided = divide(score, person->divisor);

		split->demographic += divided - score;
		score = divided;
	}
	return score;
}

/* The raw score of a person with these active HCCs. */
hcc_score
hcc_evaluate(const hcc_model *model, const hcc_person *person, const hcc_word *set)
{
	hcc_split	split;

	return hcc_evaluate_split(model, person, set, &split);
}

/* Call found for the variables of a segment that are 1 whatever the HCCs. */
static void
person_terms(const hcc_model *model, const hcc_person *person, int32_t number,
			 hcc_term_fn found, void *context)
{
	const hcc_segment *segment;

	if (number < 0)
		return;
	segment = &model->segment[number];
	for (int i = 0; i < segment->person_terms; i++)
	{
		const hcc_term *term = &segment->person_term[i];

		if (person_variable_is_1(model, person, &model->variable[term->variable]))
			found(context, &model->variable[term->variable], term->coefficient);
	}
}

/*
 * Call found for every variable that is 1, zeros included: the terms of the
 * sum, then, if the sum is divided, the divisor.
 */
void
hcc_terms(const hcc_model *model, const hcc_person *person, const hcc_word *set,
		  hcc_term_fn found, void *context)
{
	const hcc_segment *segment = &model->segment[person->segment];
	hcc_word	extended[HCC_MAX_WORDS];
	int			count = count_payment_hccs(model, set, model->hcc_words);

	hcc_assert(is_set_of(model, set) && is_person_of(model, person));
	add_groups(model, set, extended, model->hcc_words);
	person_terms(model, person, person->segment, found, context);
	person_terms(model, person, segment->adds, found, context);
	for (int h = 0; h < model->hccs; h++)
	{
		if (hcc_has(set, h) && hcc_has(segment->hcc_scored, h))
			found(context, &model->variable[h], segment->hcc_coefficient[h]);
	}
	for (int i = 0; i < segment->count_terms + segment->interactions; i++)
	{
		const hcc_term *term = i < segment->count_terms ? &segment->count_term[i] :
			&segment->interaction[i - segment->count_terms];

		if (variable_is_1(model, person, &model->variable[term->variable], extended, count))
			found(context, &model->variable[term->variable], term->coefficient);
	}
	person_terms(model, person, segment->divided_by, found, context);
}

/* Call found for the counts and interactions that are 1, and not 0, after but not before. */
void
hcc_terms_gained(const hcc_model *model, const hcc_person *person,
				 const hcc_word *before, const hcc_word *after,
				 hcc_term_fn found, void *context)
{
	const hcc_segment *segment = &model->segment[person->segment];
	const hcc_word *set[] = {before, after};
	hcc_word	extended[2][HCC_MAX_WORDS];
	int			count[2];

	hcc_assert(is_set_of(model, before) && is_set_of(model, after));
	hcc_assert(is_person_of(model, person));
	for (int i = 0; i < 2; i++)
	{
		add_groups(model, set[i], extended[i], model->hcc_words);
		count[i] = count_payment_hccs(model, set[i], model->hcc_words);
	}
	for (int i = 0; i < segment->count_terms + segment->interactions; i++)
	{
		const hcc_term *term = i < segment->count_terms ? &segment->count_term[i] :
			&segment->interaction[i - segment->count_terms];
		const hcc_variable *variable = &model->variable[term->variable];

		if (term->coefficient != 0 &&
			variable_is_1(model, person, variable, extended[1], count[1]) &&
			!variable_is_1(model, person, variable, extended[0], count[0]))
			found(context, variable, term->coefficient);
	}
}
