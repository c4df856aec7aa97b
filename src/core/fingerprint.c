/*
 * fingerprint.c
 *	  A hash over what a compiled model scores by.
 *
 * Equal rows give equal fingerprints on every machine: names are sorted before
 * they are numbered, and numbers are hashed by value.
 *
 * Who relies on it: runs keep the fingerprints of what they scored by, releases
 * those of what they ship, parts of an aggregate that come from elsewhere are
 * taken only if theirs is the same, and a run is not published if they changed on
 * the way.  So it must change with everything that can change a result, and with
 * nothing else, not even from one version of this file to the next: what is
 * added for a new kind of rule is mixed in only for models that have it.
 *
 * It tells changes and mistakes.  It is no protection from anybody who wants two
 * models to have the same, which FNV-1a makes easy.
 */
#include "core/compile.h"

#include <limits.h>
#include <string.h>

/* FNV-1a, byte by byte */
static void
mix(uint64_t *hash, const void *bytes, size_t n)
{
	const unsigned char *p = bytes;

	while (n-- > 0)
		*hash = (*hash ^ *p++) * UINT64_C(0x100000001B3);
}

/*
 * A number in eight bytes, the lowest first, so that the fingerprint does not
 * depend on the machine's byte order
 */
static void
mix_number(uint64_t *hash, int64_t number)
{
	for (int i = 0; i < 8; i++)
	{
		unsigned char byte = (unsigned char) ((uint64_t) number >> (8 * i));

		mix(hash, &byte, 1);
	}
}

/* A name with its end, so that two names are not taken for two others */
static void
mix_name(uint64_t *hash, const char *name)
{
	mix(hash, name, strlen(name) + 1);
}

/* A set, word by word */
static void
mix_set(uint64_t *hash, const hcc_word *set, int words)
{
	for (int i = 0; i < words; i++)
		mix_number(hash, (int64_t) set[i]);
}

/*
 * A condition, field by field.  Facts are hashed as bits, not by name, so that
 * their numbers in person.c are part of every fingerprint.
 */
static void
mix_condition(uint64_t *hash, const hcc_condition *c)
{
	mix_number(hash, (int64_t) c->requires);
	mix_number(hash, (int64_t) c->forbids);
	mix_number(hash, c->age_min);
	mix_number(hash, c->age_max);
	mix_number(hash, c->months_min);
	mix_number(hash, c->months_max);
	mix_number(hash, c->count_min);
	mix_number(hash, c->count_max);
	/* sets are numbered in the order of their interactions' names */
	mix_number(hash, c->required_set);
	/* what only some models have is mixed in where it is there: others keep their fingerprint */
	if (c->days_min > 0 || c->days_max < SHRT_MAX)
	{
		mix_number(hash, c->days_min);
		mix_number(hash, c->days_max);
	}
}

/* Terms, with their number before them for the same reason as the end of a name */
static void
mix_terms(uint64_t *hash, const hcc_term *terms, int n)
{
	mix_number(hash, n);
	for (int i = 0; i < n; i++)
	{
		mix_number(hash, terms[i].variable);
		mix_number(hash, terms[i].coefficient);
	}
}

/*
 * When a code gives an HCC, field by field.  Bytes of the struct would have
 * padding among them, and the machine's order.
 */
static void
mix_mapping_rule(uint64_t *hash, const hcc_mapping_rule *rule)
{
	mix_number(hash, (int64_t) rule->requires);
	mix_number(hash, rule->first_day);
	mix_number(hash, rule->last_day);
	mix_number(hash, rule->mce_age_min);
	mix_number(hash, rule->mce_age_max);
	mix_number(hash, rule->age_min);
	mix_number(hash, rule->age_max);
}

/*
 * What groups are besides any of their HCCs, in the order in which they are
 * looked at, which stands for the ranks: other ranks that come to the same order
 * score the same.  That a group is always met follows from its having a family
 * and no HCCs.
 */
static void
mix_group_rules(uint64_t *hash, const hcc_model *m)
{
	if (m->plain_groups)
		return;
	for (int i = 0; i < m->groups; i++)
	{
		const hcc_group_rule *rule = &m->group_rule[m->group_order[i]];

		mix_number(hash, m->group_order[i]);
		mix_number(hash, rule->replaces);
		mix_number(hash, rule->age_min);
		mix_number(hash, rule->age_max);
		mix_number(hash, rule->family);
	}
}

/*
 * Over everything that can change a score or a list of HCCs; not over labels
 *
 * What the compiler derives (hash slots, count tables, interacting HCCs, paths of
 * the hierarchy) is left out: it follows from the rest, and may be computed
 * otherwise one day.  The order below is part of the hash.
 */
uint64_t
hcc_fingerprint(const hcc_model *m)
{
	uint64_t	hash = UINT64_C(0xCBF29CE484222325);

	mix_number(&hash, m->order);
	/* every number of an HCC below stands for its name here */
	for (int i = 0; i < m->hccs; i++)
		mix_name(&hash, m->hcc_name[i]);
	mix_set(&hash, m->payment, m->hcc_words);
	/* below and above follow from it */
	mix_set(&hash, m->drops, m->hccs * m->hcc_words);
	for (int i = 0; i < m->codes; i++)
	{
		mix_number(&hash, (int64_t) m->code[i].code);
		mix_number(&hash, m->code[i].hcc);
		if (m->code[i].hcc < 0)
		{
			const hcc_code_rules *r = &m->code_rules[m->code[i].rules];

			for (int h = 0; h < r->hccs; h++)
			{
				int32_t		mapping = m->code_mapping[r->first_hcc + h];

				mix_number(&hash, m->code_hcc[r->first_hcc + h]);
				if (mapping >= 0)
					mix_mapping_rule(&hash, &m->mapping[mapping]);
			}
			for (int e = 0; e < r->edits; e++)
			{
				const hcc_edit *edit = &m->edit[r->first_edit + e];

				mix_number(&hash, (int64_t) edit->requires);
				mix_number(&hash, edit->age_min);
				mix_number(&hash, edit->age_max);
				mix_number(&hash, edit->mce);
				mix_number(&hash, edit->invalid ? -1 : edit->hcc);
			}
		}
	}
	for (int i = 0; i < m->prerequisites; i++)
	{
		mix_number(&hash, m->prerequisite[i].hcc);
		mix_set(&hash, m->prerequisite[i].any, m->hcc_words);
	}
	for (int i = 0; i < m->groups; i++)
		mix_name(&hash, m->group_name[i]);
	mix_set(&hash, m->group_members, m->groups * m->hcc_words);
	/*
	 * What only some models have is mixed in where they have it: fingerprints are
	 * kept with releases and runs, and those of all other models must not change
	 * with a new kind of rule.
	 */
	mix_group_rules(&hash, m);
	if (m->excluded != NULL)
		mix_set(&hash, m->excluded, (HCC_MAX_AGE + 1) * m->hcc_words);
	if (m->year != 0)
		mix_number(&hash, m->year);
	for (int i = 0; m->csr_factor != NULL && i < HCC_CSR_VARIANTS * HCC_METALS; i++)
		mix_number(&hash, m->csr_factor[i]);
	mix_set(&hash, m->required_set, m->required_sets * m->set_words);
	for (int i = 0; i < m->variables; i++)
	{
		mix_name(&hash, m->variable[i].name);
		/* by its number: kinds keep theirs */
		mix_number(&hash, m->variable[i].kind);
		mix_number(&hash, m->variable[i].conditions);
	}
	for (int i = 0; i < m->conditions; i++)
		mix_condition(&hash, &m->condition[i]);
	for (int i = 0; i < m->segments; i++)
	{
		const hcc_segment *segment = &m->segment[i];

		mix_name(&hash, segment->name);
		mix_number(&hash, segment->adds);
		mix_number(&hash, segment->divided_by);
		/* a coefficient of 0 is a term, none is no term: hence the coefficients and who has one */
		for (int h = 0; h < m->hccs; h++)
			mix_number(&hash, segment->hcc_coefficient[h]);
		mix_set(&hash, segment->hcc_scored, m->hcc_words);
		if (!m->plain_groups)
		{
			for (int g = 0; g < m->groups; g++)
				mix_number(&hash, segment->hcc_coefficient[m->hccs + g]);
			mix_set(&hash, segment->hcc_scored, m->set_words);
		}
		/* without group rules only where there are any: hashes were made before */
		if (!m->plain_groups || segment->enrollments > 0)
			mix_terms(&hash, segment->enrollment, segment->enrollments);
		mix_terms(&hash, segment->person_term, segment->person_terms);
		mix_terms(&hash, segment->count_term, segment->count_terms);
		mix_terms(&hash, segment->interaction, segment->interactions);
	}
	for (int i = 0; i < m->segment_rules; i++)
	{
		mix_condition(&hash, &m->segment_rule[i].condition);
		mix_number(&hash, m->segment_rule[i].segment);
	}
	for (int i = 0; i < m->age_rules; i++)
	{
		mix_number(&hash, m->age_rule[i].age);
		mix_number(&hash, m->age_rule[i].scored_age);
		mix_number(&hash, (int64_t) m->age_rule[i].requires);
		mix_number(&hash, m->age_rule[i].use);
	}
	return hash;
}
