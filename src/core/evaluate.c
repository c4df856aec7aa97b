/*
 * evaluate.c
 *	  Scoring one person with a compiled model.
 *
 * Nothing here allocates, fails, or checks what it is given beyond assertions:
 * what the compiler of models lets through is in range (compile.c), and sets and
 * people come from the functions above them in the order of evaluate.h.
 *
 * A score is made in one of two ways that come to the same: straight code for
 * plain models, which all of Medicare's are, and a slower way that knows every
 * kind of rule.  hcc_terms goes a third way, variable by variable, for those who
 * want to know what a score is made of; fuzzing compares the score with the
 * plainest reading of the rows (test/fuzz/compile.c).
 */
#include "core/evaluate.h"

#include <string.h>

#include "core/bits.h"

#ifdef USE_ASSERT_CHECKING
/*
 * Has a set no HCC that the model does not have?  A stray bit in its last word
 * would be taken for a group.
 */
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

/*
 * Does a condition hold, as far as the person alone decides?  The age is given
 * by the caller, since it is another one for the segment than for its terms.
 */
static inline bool
person_meets(const hcc_person *person, int16_t age, const hcc_condition *c)
{
	return age >= c->age_min && age <= c->age_max &&
		(person->facts & c->requires) == c->requires &&
		(person->facts & c->forbids) == 0 &&
		person->months >= c->months_min && person->months <= c->months_max &&
		person->days >= c->days_min && person->days <= c->days_max;
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

/*
 * Does any condition of a variable hold?  set holds HCCs and groups.  What is
 * cheap and mostly says no comes first, the set last.
 */
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
 * a set.  Nor is there a count: one that such a variable asks for all the same
 * is not looked at.
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

/*
 * The age that a rule gives a person for a use, or the person's own.  age is
 * always the beneficiary's: one rule does not begin where another has ended.  A
 * rule for everything is for each use, too.
 */
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

/*
 * The segment that a beneficiary names, or -1.  Any of the model's will do: who
 * names one knows better than the rules, which then are not asked.
 */
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

/*
 * The first segment whose rule fits, or -1; rules are in the order of priority,
 * as CMS's choice is: in Part C first new enrollees, then the institutional, then
 * the community, each only for whom none before was.
 */
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

/*
 * When in the model's year a person has a birthday.  Who was born on 29 February
 * has it on 1 March of other years.
 */
static void
find_birthday(const hcc_model *model, int32_t born, hcc_person *person)
{
	int			year;
	int			month;
	int			day;

	icd10_date(born, &year, &month, &day);
	person->born = born;
	person->birthday_age = (int16_t) (model->year - year);
	person->birthday = icd10_day(model->year, month, day);
	if (person->birthday == 0)
		person->birthday = icd10_day(model->year, 3, 1);
}

/*
 * See of a beneficiary what edits ask for, which is of use for hcc_map_code alone.
 *
 * It cannot fail, unlike hcc_person_make: somebody whom the model has no segment
 * for still has HCCs.  The facts come first, because age rules ask for them.
 *
 * A diagnosis without a date is taken to be of the last day enrolled: its age is
 * then the age that the person is scored at, as HHS's is (AGE_LAST), and codes
 * are valid that are on that day.
 */
void
hcc_person_for_edits(const hcc_model *model, const hcc_beneficiary *who, hcc_person *person)
{
	person->facts = hcc_beneficiary_facts(who);
	person->age = age_for(model, person, who->age, HCC_AGE_EVERYTHING);
	person->born = person->birthday = 0;
	person->birthday_age = 0;
	person->day = model->last_day;
	if (model->year == 0)
		return;
	if (who->enrolled_until >= model->first_day && who->enrolled_until <= model->last_day)
		person->day = who->enrolled_until;
	if (who->date_of_birth != 0)
		find_birthday(model, who->date_of_birth, person);
}

/*
 * See a beneficiary with the model's eyes: ages by its age rules, segment by
 * its segment rules or as forced, and the sum of what HCCs do not change.
 * With a problem, person is of no use.
 *
 * A divisor of 0 means that nothing is divided: the segment has none, or none
 * of its divisors is for this person (CMS divides a functioning graft's new
 * enrollee by what the months since transplant say, and not if none are given).
 */
hcc_person_problem
hcc_person_make(const hcc_model *model, const hcc_beneficiary *who, hcc_person *person)
{
	const hcc_segment *segment;

	hcc_assert(model->segments > 0);
	hcc_assert(who->segment[HCC_SEGMENT_LENGTH - 1] == '\0');
	hcc_person_for_edits(model, who, person);
	person->months = (int16_t) who->graft_months;
	person->days = (int16_t) who->enrollment_days;
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
 * The age on a day of the model's year; 0 is the day of diagnoses without date.
 * One birthday is enough to know, since within a year there is no other.
 */
static inline int16_t
age_on(const hcc_person *person, int32_t day)
{
	if (day == 0 || person->birthday == 0)
		return person->age;
	return day < person->birthday ? person->birthday_age - 1 : person->birthday_age;
}

/*
 * Add the HCCs of a code whose rules the person and the day meet.  Why there is
 * none: on no row was the code valid on the day, or none was for the person.
 *
 * Every row is asked, and all that hold add their HCC: HHS's E10.52 gives an
 * adult three.  The code editor's bounds are on the age at diagnosis, the split
 * between HCCs on the age that the person is scored at; the year's birthday may
 * be between the two.  Switching the editor off leaves the split as it is.
 */
static hcc_verdict
add_mapped(const hcc_model *model, const hcc_code_rules *rules, const hcc_person *person,
		   int32_t day, bool mce, hcc_word *set)
{
	int32_t		mapped_on = day == 0 ? person->day : day;
	int16_t		age_at_diagnosis = age_on(person, day);
	hcc_verdict verdict = HCC_NOT_VALID_ON_DAY;

	for (int i = rules->first_hcc; i < rules->first_hcc + rules->hccs; i++)
	{
		const hcc_mapping_rule *rule = model->code_mapping[i] < 0 ? NULL :
			&model->mapping[model->code_mapping[i]];

		if (rule != NULL)
		{
			if (mapped_on < rule->first_day || mapped_on > rule->last_day)
				continue;
			if ((mce && (age_at_diagnosis < rule->mce_age_min ||
						 age_at_diagnosis > rule->mce_age_max)) ||
				person->age < rule->age_min || person->age > rule->age_max ||
				(person->facts & rule->requires) != rule->requires)
			{
				if (verdict != HCC_MAPPED)
					verdict = HCC_INVALID_BY_EDIT;
				continue;
			}
		}
		hcc_add(set, model->code_hcc[i]);
		verdict = HCC_MAPPED;
	}
	return verdict;
}

/*
 * hcc_map_code for a code with edits, rules or several HCCs; nothing is added
 * to the set if an edit makes the code invalid.
 *
 * An edit that reassigns takes the place of everything that the code gives: of
 * haemophilia in a woman, V28 has the milder HCC and not both.
 */
hcc_verdict
hcc_map_by_rules(const hcc_model *model, const hcc_code *code, const hcc_person *person,
				 int32_t day, bool mce, hcc_word *set)
{
	const hcc_code_rules *rules = &model->code_rules[code->rules];
	bool		reassigned = false;

	hcc_assert(code->hcc < 0 && code->rules >= 0);
	/* invalid wins over reassign, so go through the edits for it first */
	for (int i = 0; i < rules->edits * 2; i++)
	{
		const hcc_edit *edit = &model->edit[rules->first_edit + i % rules->edits];
		int16_t		age = edit->mce ? age_on(person, day) : person->age;

		if (edit->invalid != (i < rules->edits) || (edit->mce && !mce) ||
			age < edit->age_min || age > edit->age_max ||
			(person->facts & edit->requires) != edit->requires)
			continue;
		if (edit->invalid)
			return HCC_INVALID_BY_EDIT;
		hcc_add(set, edit->hcc);
		reassigned = true;
	}
	if (reassigned)
		return HCC_REASSIGNED_BY_EDIT;
	return add_mapped(model, rules, person, day, mce, set);
}

/*
 * hcc_map_code for a code with a date, which decides where the model's year is
 * that of its diagnoses
 *
 * In other models dates are passed over: a payment year is scored by the
 * diagnoses of the year before, and which these are has been decided by whoever
 * collected them.  A code may know its year and not its day, as drugs do.
 *
 * The last check is of HHS's own edits: somebody cannot have been older at
 * diagnosis than on the last day enrolled in the same year, nor more than a year
 * younger.  It tells dates of birth that do not fit the age, and is for
 * diagnoses alone, as HHS has it.
 */
hcc_verdict
hcc_map_parts(const hcc_model *model, const icd10_parts *parts, const hcc_person *person,
			  bool mce, hcc_word *set)
{
	const hcc_code *found = hcc_find_code(model, parts->code);
	int32_t		day = model->year == 0 ? 0 : parts->day;
	int16_t		age;

	if (found == NULL)
		return HCC_UNMAPPED;
	if (model->year != 0 && parts->year != 0 && parts->year != model->year)
		return HCC_OUTSIDE_YEAR;
	if (day != 0)
	{
		if (day < model->first_day || day > model->last_day)
			return HCC_OUTSIDE_YEAR;
		if (day < person->born)
			return HCC_BEFORE_BIRTH;
		age = age_on(person, day);
		if (parts->system == ICD10_DIAGNOSIS && (age > person->age || person->age - age > 1))
			return HCC_AGE_CONFLICT;
	}
	if (found->hcc < 0)
		return hcc_map_by_rules(model, found, person, day, mce, set);
	hcc_add(set, found->hcc);
	return HCC_MAPPED;
}

/* hcc_map_code for a code of another system, or with a date */
hcc_verdict
hcc_map_marked(const hcc_model *model, icd10_code code, const hcc_person *person, bool mce,
			   hcc_word *set)
{
	icd10_parts parts = icd10_split(code);

	return hcc_map_parts(model, &parts, person, mce, set);
}

/*
 * Add to the set all that a code can give somebody, and on the code's day, if it
 * has one.  It is what the crosswalk says of the code; an HCC that only an edit
 * would give somebody is not in it.
 */
void
hcc_map_for_anybody(const hcc_model *model, icd10_code code, hcc_word *set)
{
	icd10_parts parts = icd10_split(code);
	const hcc_code *found = hcc_find_code(model, parts.code);
	const hcc_code_rules *rules;

	if (found == NULL || (model->year != 0 && parts.year != 0 && parts.year != model->year) ||
		(model->year != 0 && parts.day != 0 &&
		 (parts.day < model->first_day || parts.day > model->last_day)))
		return;
	if (found->hcc >= 0)
	{
		hcc_add(set, found->hcc);
		return;
	}
	rules = &model->code_rules[found->rules];
	for (int i = rules->first_hcc; i < rules->first_hcc + rules->hccs; i++)
	{
		const hcc_mapping_rule *rule = model->code_mapping[i] < 0 ? NULL :
			&model->mapping[model->code_mapping[i]];

		if (rule == NULL || model->year == 0 || parts.day == 0 ||
			(parts.day >= rule->first_day && parts.day <= rule->last_day))
			hcc_add(set, model->code_hcc[i]);
	}
}

/*
 * Take out the HCCs that do not count at a person's age.  That is after the
 * hierarchy, in which they take part: HHS's models remove what they do not pay
 * from what the hierarchy left.  A scored age of an age rule may be any number,
 * hence the bounds.
 */
static void
exclude(const hcc_model *model, const hcc_person *person, hcc_word *set)
{
	int			age = person->age < 0 ? 0 : person->age > HCC_MAX_AGE ? HCC_MAX_AGE : person->age;
	const hcc_word *excluded;

	if (model->excluded == NULL)
		return;
	excluded = &model->excluded[(size_t) age * model->hcc_words];
	for (int w = 0; w < model->hcc_words; w++)
		set[w] &= ~excluded[w];
}

/* The factor for the person's cost-sharing variant and metal, in millionths; 0 if there is none */
int64_t
hcc_csr_factor(const hcc_model *model, const hcc_beneficiary *who)
{
	hcc_assert(who->csr_variant < HCC_CSR_VARIANTS && who->metal < HCC_METALS);
	if (model->csr_factor == NULL)
		return 0;
	return model->csr_factor[who->csr_variant * HCC_METALS + who->metal];
}

/*
 * The functions below go through sets word by word.  Written for any number of
 * words and called with a constant, they become straight code for models of up
 * to 192 HCCs, which most are: Medicare's have two words, HHS's has three.
 *
 * WORDS is an enum constant in all cases but the last, so that the call is one
 * with a constant; and the functions must be inlined, or the compiler would make
 * one of them for any number after all.
 */
#define BY_WORDS(words, call) \
	switch (words) \
	{ \
		case 1: { enum {WORDS = 1}; call; break; } \
		case 2: { enum {WORDS = 2}; call; break; } \
		case 3: { enum {WORDS = 3}; call; break; } \
		default: { const int WORDS = (words); call; break; } \
	}

/* hcc_prerequisites for a number of words that the compiler knows */
static inline __attribute__((always_inline)) void
prerequisites_in_words(const hcc_model *model, hcc_word *set, const int words)
{
	hcc_word	lacking[HCC_MAX_WORDS];

	for (int w = 0; w < words; w++)
		lacking[w] = 0;
	/*
	 * All are judged on the set as it came: an HCC that is removed for lack of
	 * its own still serves others, and the order of the rows does not matter.
	 */
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

/*
 * hcc_drop for a number of words that the compiler knows
 *
 * What is dropped is collected and taken out at the end, so that both orders go
 * by the set as it came.  The bits come in ascending order, which is that of the
 * HCCs' codes and so CMS's.  A dropper may have the larger number (V28's 191
 * drops 180): in the sequential order, 180 has then done its work before.
 */
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
 * They differ where the relation is not transitive.  In V28, 62 drops 63 and 63
 * drops 202, but 62 does not drop 202: of the three, the sequential order leaves
 * 62 and 202, the simultaneous one 62 alone.
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

/* Number of HCCs or groups in a set */
static inline int
count_bits(const hcc_word *set, const int words)
{
	int			count = 0;

	for (int w = 0; w < words; w++)
	{
		/* a patient has a few: clearing bits beats counting without the instruction */
		for (hcc_word rest = set[w]; rest != 0; rest &= rest - 1)
			count++;
	}
	return count;
}

/* Is any member of a group in a set of HCCs? */
static inline bool
meets_group(const hcc_model *model, const hcc_word *set, int group, const int words)
{
	const hcc_word *members = &model->group_members[(size_t) group * words];
	hcc_word	met = 0;

	for (int w = 0; w < words; w++)
		met |= set[w] & members[w];
	return met != 0;
}

/*
 * The set with the groups that it meets, where that is all that groups are.
 * Behind the HCCs all words are set, since nobody has cleared them.
 */
static inline __attribute__((always_inline)) void
add_plain_groups(const hcc_model *model, const hcc_word *set, hcc_word *extended, const int words)
{
	for (int w = 0; w < words; w++)
		extended[w] = set[w];
	for (int w = words; w < model->set_words; w++)
		extended[w] = 0;
	for (int g = 0; g < model->groups; g++)
	{
		int			number = model->hccs + g;

		extended[number >> 6] |= (hcc_word) meets_group(model, set, g, words) << (number & 63);
	}
}

/*
 * The same with ages and families; hidden becomes the HCCs in whose place
 * groups score
 *
 * The HCCs that are hidden stay in extended: HHS's interactions with drugs ask
 * for the HCCs as they are after the hierarchy and before grouping.  Only what
 * scores and counts goes without them.
 */
static inline __attribute__((always_inline)) void
add_ruled_groups(const hcc_model *model, const hcc_person *person, const hcc_word *set,
				 hcc_word *extended, hcc_word *hidden, const int words)
{
	uint64_t	families = 0;	/* that have their group */

	for (int w = 0; w < words; w++)
	{
		extended[w] = set[w];
		hidden[w] = 0;
	}
	for (int w = words; w < model->set_words; w++)
		extended[w] = 0;
	for (int i = 0; i < model->groups; i++)
	{
		int			g = model->group_order[i];
		const hcc_group_rule *rule = &model->group_rule[g];

		if ((!rule->always && !meets_group(model, set, g, words)) ||
			person->age < rule->age_min || person->age > rule->age_max)
			continue;
		if (rule->family >= 0)
		{
			if ((families >> rule->family) & 1)
				continue;
			families |= (uint64_t) 1 << rule->family;
		}
		hcc_add(extended, model->hccs + g);
		if (rule->replaces)
		{
			for (int w = 0; w < words; w++)
				hidden[w] |= model->group_members[(size_t) g * words + w];
		}
	}
}

/*
 * What conditions on a set ask for: the HCCs and groups that are in it, the HCCs
 * and groups that score, and how many of these count
 */
typedef struct seen_set
{
	hcc_word	extended[HCC_MAX_WORDS];	/* for interactions */
	hcc_word	scoring[HCC_MAX_WORDS]; /* by a coefficient of their own, if they have any */
	int			count;			/* of payment HCCs among these, and of groups */
} seen_set;

/*
 * A set of active HCCs with the model's eyes, for a number of words that the compiler knows
 *
 * A group in the place of its HCCs counts once, however many of them there are
 * and whether or not they would count themselves.
 */
static inline __attribute__((always_inline)) void
see_in_words(const hcc_model *model, const hcc_person *person, const hcc_word *active,
			 seen_set *seen, const int words)
{
	hcc_word	set[HCC_MAX_WORDS];
	hcc_word	hidden[HCC_MAX_WORDS];
	hcc_word	counted[HCC_MAX_WORDS];

	for (int w = 0; w < words; w++)
		set[w] = active[w];
	exclude(model, person, set);
	if (model->plain_groups)
	{
		add_plain_groups(model, set, seen->extended, words);
		for (int w = 0; w < model->set_words; w++)
			seen->scoring[w] = w < words ? set[w] : 0;
		for (int w = 0; w < words; w++)
			counted[w] = set[w] & model->payment[w];
		seen->count = count_bits(counted, words);
		return;
	}
	add_ruled_groups(model, person, set, seen->extended, hidden, words);
	for (int w = 0; w < model->set_words; w++)
	{
		hcc_word	groups = seen->extended[w] & model->replacing[w];
		hcc_word	hccs = w < words ? set[w] & ~hidden[w] : 0;

		seen->scoring[w] = hccs | groups;
		counted[w] = (w < words ? hccs & model->payment[w] : 0) | groups;
	}
	seen->count = count_bits(counted, model->set_words);
}

/* A set of active HCCs with the model's eyes */
static void
see_set(const hcc_model *model, const hcc_person *person, const hcc_word *active, seen_set *seen)
{
	BY_WORDS(model->hcc_words, see_in_words(model, person, active, seen, WORDS));
}

/*
 * The HCCs that count at a person's age, and the groups that are 1: a set of
 * HCCs and groups
 */
void
hcc_groups(const hcc_model *model, const hcc_person *person, const hcc_word *set,
		   hcc_word *extended)
{
	seen_set	seen;

	hcc_assert(is_set_of(model, set));
	see_set(model, person, set, &seen);
	memcpy(extended, seen.extended, model->set_words * sizeof(hcc_word));
}

/*
 * A score divided, rounded half away from zero, to the three decimals that CMS
 * rounds such a score to.  Both are in thousandths, and so is the result, hence
 * the factor; by HCC_MAX_SCORE it cannot overflow.
 */
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

/* Sum of the interactions that are 1 */
static inline hcc_score
interaction_sum(const hcc_model *model, const hcc_person *person, const hcc_segment *segment,
				const hcc_word *extended, int count)
{
	hcc_score	sum = 0;

	for (int i = 0; i < segment->interactions; i++)
	{
		const hcc_term *term = &segment->interaction[i];

		if (variable_is_1(model, person, &model->variable[term->variable], extended, count))
			sum += term->coefficient;
	}
	return sum;
}

/* What the segment's counts add for so many HCCs; the last sum is for all numbers above */
static inline hcc_score
count_sum(const hcc_segment *segment, int count)
{
	return segment->count_score[count < segment->count_scores ? count : segment->count_scores - 1];
}

/*
 * Sum of the coefficients of a set; that of what is not scored here is 0, so
 * that no mask needs to be looked at
 */
static inline hcc_score
coefficient_sum(const hcc_segment *segment, const hcc_word *set, const int words)
{
	hcc_score	sum = 0;

	for (int w = 0; w < words; w++)
	{
		for (hcc_word rest = set[w]; rest != 0; rest &= rest - 1)
			sum += segment->hcc_coefficient[w * 64 + hcc_lowest_bit(rest)];
	}
	return sum;
}

/*
 * The pieces of the score before a divisor, for a number of words that the
 * compiler knows, of a plain model: no ages of HCCs, no groups that score, no
 * terms of enrollment.  For most people it is over at the first return: the
 * person's sum, a few coefficients and a look into the table of counts.
 */
static inline __attribute__((always_inline)) void
evaluate_in_words(const hcc_model *model, const hcc_person *person, const hcc_word *set,
				  hcc_split *split, const int words)
{
	const hcc_segment *segment = &model->segment[person->segment];
	hcc_word	interacting = 0;
	hcc_word	counted[HCC_MAX_WORDS];
	hcc_word	extended[HCC_MAX_WORDS];
	int			count;

	split->demographic = person->score;
	split->disease = coefficient_sum(segment, set, words);
	for (int w = 0; w < words; w++)
	{
		interacting |= set[w] & segment->interacting[w];
		counted[w] = set[w] & model->payment[w];
	}
	count = count_bits(counted, words);
	split->interaction = count_sum(segment, count);

	/* Without any HCC that some interaction needs, none can be 1. */
	if (interacting == 0 && !segment->always_interacting)
		return;
	add_plain_groups(model, set, extended, words);
	split->interaction += interaction_sum(model, person, segment, extended, count);
}

/*
 * The same for models with rules beyond those.  It needs the groups in any case,
 * since they score, so there is less to be saved.
 */
static void
evaluate_by_rules(const hcc_model *model, const hcc_person *person, const hcc_word *set,
				  hcc_split *split)
{
	const hcc_segment *segment = &model->segment[person->segment];
	hcc_word	interacting = 0;
	seen_set	seen;

	see_set(model, person, set, &seen);
	split->demographic = person->score;
	split->disease = coefficient_sum(segment, seen.scoring, model->set_words);
	split->interaction = count_sum(segment, seen.count);
	for (int i = 0; i < segment->enrollments; i++)
	{
		const hcc_term *term = &segment->enrollment[i];

		if (variable_is_1(model, person, &model->variable[term->variable], seen.extended,
						  seen.count))
			split->interaction += term->coefficient;
	}
	for (int w = 0; w < model->hcc_words; w++)
		interacting |= seen.extended[w] & segment->interacting[w];
	if (interacting != 0 || segment->always_interacting)
		split->interaction += interaction_sum(model, person, segment, seen.extended, seen.count);
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
	if (model->plain)
		BY_WORDS(model->hcc_words, evaluate_in_words(model, person, set, split, WORDS))
	else
		evaluate_by_rules(model, person, set, split);
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
 * The nth variable of a segment that depends on the count, on enrollment or on HCCs together
 *
 * What is summed up in tables for scores is asked one by one here, so that a
 * count is told by its variable (D10P) and not as a sum.
 */
static inline const hcc_term *
joint_term(const hcc_segment *segment, int n)
{
	if (n < segment->count_terms)
		return &segment->count_term[n];
	n -= segment->count_terms;
	if (n < segment->enrollments)
		return &segment->enrollment[n];
	return &segment->interaction[n - segment->enrollments];
}

/* How many of those a segment has */
static inline int
joint_terms(const hcc_segment *segment)
{
	return segment->count_terms + segment->enrollments + segment->interactions;
}

/* The variable of an HCC or group that scores; groups' are the first ones behind the HCCs'. */
static const hcc_variable *
scoring_variable(const hcc_model *model, int number)
{
	if (number < model->hccs)
		return &model->variable[number];
	for (int i = model->hccs; i < model->variables; i++)
	{
		if (model->variable[i].hcc == number)
			return &model->variable[i];
	}
	hcc_assert(false);
	return NULL;
}

/*
 * Call found for every variable that is 1, zeros included: the terms of the
 * sum, then, if the sum is divided, the divisor.
 *
 * The divisor comes last because it is about the sum of all that is told before
 * it.  Zeros are terms, too: V28's D1 to D4 are 0 in every segment, and whoever
 * compares variables with those of another program looks for them.
 */
void
hcc_terms(const hcc_model *model, const hcc_person *person, const hcc_word *set,
		  hcc_term_fn found, void *context)
{
	const hcc_segment *segment = &model->segment[person->segment];
	seen_set	seen;

	hcc_assert(is_set_of(model, set) && is_person_of(model, person));
	see_set(model, person, set, &seen);
	person_terms(model, person, person->segment, found, context);
	person_terms(model, person, segment->adds, found, context);
	for (int h = 0; h < model->hccs + model->groups; h++)
	{
		if (hcc_has(seen.scoring, h) && hcc_has(segment->hcc_scored, h))
			found(context, scoring_variable(model, h), segment->hcc_coefficient[h]);
	}
	for (int i = 0; i < joint_terms(segment); i++)
	{
		const hcc_term *term = joint_term(segment, i);

		if (variable_is_1(model, person, &model->variable[term->variable], seen.extended,
						  seen.count))
			found(context, &model->variable[term->variable], term->coefficient);
	}
	person_terms(model, person, segment->divided_by, found, context);
}

/*
 * Call found for the groups that score, the counts and the interactions that
 * are 1, and not 0, after but not before.
 *
 * They are what an HCC brings along besides its own coefficient: why it is worth
 * more, or less, than that.  Both sets are of active HCCs.  What before has and
 * after lacks, as a lower count, is not told.
 */
void
hcc_terms_gained(const hcc_model *model, const hcc_person *person,
				 const hcc_word *before, const hcc_word *after,
				 hcc_term_fn found, void *context)
{
	const hcc_segment *segment = &model->segment[person->segment];
	seen_set	was;
	seen_set	is;

	hcc_assert(is_set_of(model, before) && is_set_of(model, after));
	hcc_assert(is_person_of(model, person));
	see_set(model, person, before, &was);
	see_set(model, person, after, &is);
	for (int g = model->hccs; g < model->hccs + model->groups; g++)
	{
		if (hcc_has(segment->hcc_scored, g) && segment->hcc_coefficient[g] != 0 &&
			hcc_has(is.scoring, g) && !hcc_has(was.scoring, g))
			found(context, scoring_variable(model, g), segment->hcc_coefficient[g]);
	}
	for (int i = 0; i < joint_terms(segment); i++)
	{
		const hcc_term *term = joint_term(segment, i);
		const hcc_variable *variable = &model->variable[term->variable];

		if (term->coefficient != 0 &&
			variable_is_1(model, person, variable, is.extended, is.count) &&
			!variable_is_1(model, person, variable, was.extended, was.count))
			found(context, variable, term->coefficient);
	}
}
