/*
 * x12_claim.c
 *	  The claims of 837 transactions, professional and institutional.
 *
 * Loops are told by what begins them: HL by its level, CLM, SBR after a CLM,
 * LX, SVD. Parents of HL are often wrong and not needed. What another payer
 * says of a claim, between SBR and LX, has the same segments as the claim and
 * must not take their place.
 *
 * What is said above claims (provider, subscriber, patient) is kept until the
 * next HL and copied into each claim when it begins.  A claim ends with what begins
 * after it, the next CLM or HL or the end of the transaction; only then is known
 * whether it has dates, a diagnosis or a line that was paid, so that the last
 * third of this file looks at the claim as a whole.
 *
 * Rule for all that is wrong: what cannot mean what it says refuses the claim if
 * it decides about who, when or which (member, dates, separators), and warns where
 * the rest is worth having without it.  Nothing is repaired in silence.
 */
#include "core/x12_claim.h"

#include <string.h>

#include "core/assert.h"

/* ---- values ---- */

/* Upper case of a letter of ASCII */
static char
upper(char c)
{
	return c >= 'a' && c <= 'z' ? (char) (c - 'a' + 'A') : c;
}

/* Whether a character is a letter of ASCII or a digit */
static bool
is_alnum(char c)
{
	return (c >= '0' && c <= '9') || (upper(c) >= 'A' && upper(c) <= 'Z');
}

/*
 * Keep a short code in upper case; false, and nothing, if it is no code.  An empty
 * one is a code that is not there, which is nothing wrong.
 */
static bool
keep_code(x12_code *code, x12_slice slice)
{
	code->length = 0;
	if (slice.length > sizeof(code->text))
		return false;
	for (size_t i = 0; i < slice.length; i++)
	{
		if (!is_alnum(slice.text[i]))
			return false;
		code->text[i] = upper(slice.text[i]);
	}
	code->length = (uint8_t) slice.length;
	return true;
}

/* Whether a code is this text */
static bool
code_is(const x12_code *code, const char *text)
{
	return code->length == strlen(text) && memcmp(code->text, text, code->length) == 0;
}

/*
 * An amount in hundredths; false if it is none.  More decimals do not matter: it is
 * compared with 0 and with other amounts only, to tell a denial.  Of sixteen
 * characters at most, so that it fits with its decimals.
 */
static bool
read_amount(x12_slice slice, int64_t *amount)
{
	int			decimals = -1;
	bool		negative = slice.length > 0 && slice.text[0] == '-';
	size_t		i = negative ? 1 : 0;

	*amount = 0;
	if (slice.length == i || slice.length > 16)
		return false;
	for (; i < slice.length; i++)
	{
		char		c = slice.text[i];

		if (c == '.' && decimals < 0)
			decimals = 0;
		else if (c < '0' || c > '9')
			return false;
		else if (decimals < 2)
		{
			*amount = *amount * 10 + (c - '0');
			if (decimals >= 0)
				decimals++;
		}
	}
	/* X12 leaves out decimals that are 0: 150 and 1.5 are 15000 and 150 hundredths */
	for (decimals = decimals < 0 ? 0 : decimals; decimals < 2; decimals++)
		*amount *= 10;
	if (negative)
		*amount = -*amount;
	return true;
}

/* Tell of the claim at hand; of what is before the first claim nothing is told. */
static void
warn(x12_claims *claims, const char *reason, const x12_segment *segment, const char *field)
{
	if (claims->open)
		x12_find(&claims->at_hand.warnings, reason, segment->position, field);
}

/* Refuse the claim at hand.  It is read to its end nevertheless, to say all that is wrong. */
static void
refuse(x12_claims *claims, const char *reason, int64_t position, const char *field)
{
	x12_find(&claims->at_hand.refused, reason, position, field);
}

/*
 * Keep a value of the claim at hand, which is refused if there is no room for it: a
 * number that is cut off is another claim's or member's number.
 */
static void
keep_value(x12_claims *claims, x12_value *value, const x12_segment *segment, int element,
		   const char *field)
{
	if (!x12_keep(value, x12_element(segment, element)))
		refuse(claims, "too_long", segment->position, field);
}

/*
 * NM108 and NM109 of a provider: only XX qualifies an NPI, which has ten
 * digits.  The check digit does not matter, for synthetic data fail it.
 * Other qualifiers (24, 34) have tax numbers, which are no identity of ours.
 */
static void
keep_npi(x12_claims *claims, x12_code *npi, const x12_segment *segment)
{
	x12_parts	number_and_rest;
	x12_slice	value;
	int64_t		number;

	if (!X12_IS(x12_element(segment, 8), "XX"))
		return;
	x12_split(x12_element(segment, 9), claims->reader.component, &number_and_rest);
	value = x12_component(&number_and_rest, 1);
	if (value.length == 10 && x12_number(value, &number))
		keep_code(npi, value);
	else
		warn(claims, "bad_npi", segment, "NM109");
}

/* ---- people ---- */

/* Forget a person. */
static void
clear_person(x12_person *person)
{
	memset(person, 0, sizeof(*person));
	person->birth = person->death = X12_NO_DAY;
}

/*
 * DMG: date of birth and sex.  A date that stands for none is none: 1900-01-01 and
 * the future are what systems put where they know nothing.  The claim stays, with
 * a warning, for who it is about its number says.  Sex U is not said.
 */
static void
take_demographics(x12_claims *claims, x12_person *person, const x12_segment *segment)
{
	x12_slice	birth = x12_element(segment, 2);
	x12_slice	sex = x12_element(segment, 3);

	person->bad_birth = 0;
	if (birth.length > 0 &&
		(!X12_IS(x12_element(segment, 1), "D8") || !x12_date(birth, &person->birth) ||
		 X12_IS(birth, "19000101") || person->birth > claims->reader.today))
	{
		person->birth = X12_NO_DAY;
		person->bad_birth = segment->position;
	}
	person->sex = sex.length == 1 && (sex.text[0] == 'F' || sex.text[0] == 'M') ? sex.text[0] : 0;
}

/* Keep a value of a person, all of whose claims are refused if there is no room for it. */
static void
keep_of_person(x12_person *person, x12_value *value, const x12_segment *segment, int element)
{
	if (!x12_keep(value, x12_element(segment, element)))
		person->too_long = segment->position;
}

/* NM1: name, and of the subscriber the number; other qualifiers have no member's number */
static void
take_name(x12_person *person, const x12_segment *segment, bool with_number)
{
	x12_slice	qualifier = x12_element(segment, 8);

	keep_of_person(person, &person->last, segment, 3);
	keep_of_person(person, &person->first, segment, 4);
	if (with_number && (X12_IS(qualifier, "MI") || X12_IS(qualifier, "II")))
		keep_of_person(person, &person->id, segment, 9);
}

/*
 * Segments of the loops of subscriber and patient.  In a subscriber's loop names
 * of others follow (PR, the payer), and what comes after a name is that name's,
 * until the next: entity tells whose DMG or REF it is.
 */
static void
take_person_segment(x12_claims *claims, const x12_segment *segment)
{
	bool		subscriber = claims->loop == X12_SUBSCRIBER;
	x12_person *person = subscriber ? &claims->subscriber : &claims->patient;
	x12_slice	first = x12_element(segment, 1);

	if (segment->id == X12_ID('N', 'M', '1'))
	{
		keep_code(&claims->entity, first);
		/* IL in a patient's loop and QC in a subscriber's are mistakes, and not believed */
		if (code_is(&claims->entity, "IL") && subscriber)
			take_name(person, segment, true);
		else if (code_is(&claims->entity, "QC") && !subscriber)
			take_name(person, segment, false);
		else if (code_is(&claims->entity, "PR") && subscriber)
		{
			x12_slice	number = x12_element(segment, 9);
			int64_t		digits;
			x12_slice	rest = {number.text + 1, 4};

			keep_of_person(person, &claims->payer, segment, 9);
			/*
			 * The number of a plan is that of its contract: H, R, S or E and four digits.
			 * REF*2U, which comes after it in encounter data, says it without guessing.
			 */
			if (number.length == 5 && memchr("HRSE", number.text[0], 4) != NULL &&
				x12_number(rest, &digits))
				x12_keep(&claims->contract, number);
		}
	}
	else if (segment->id == X12_ID('D', 'M', 'G') &&
			 code_is(&claims->entity, subscriber ? "IL" : "QC"))
		take_demographics(claims, person, segment);
	else if (segment->id == X12_ID('S', 'B', 'R') && subscriber)
	{
		x12_slice	filing = x12_element(segment, 9);

		/* the filing indicator: MA and MB are Medicare's parts, 16 and HM a plan */
		claims->medicare = X12_IS(filing, "MA") || X12_IS(filing, "MB");
	}
	else if (segment->id == X12_ID('P', 'A', 'T'))
	{
		/*
		 * It stands in either loop; of a subscriber it has the death only.  A relation tells
		 * one dependent of a subscriber from another.
		 */
		if (!keep_code(&person->relation, first) && first.length > sizeof(person->relation.text))
			person->too_long = segment->position;
		person->bad_death = 0;
		if (X12_IS(x12_element(segment, 5), "D8") &&
			!x12_date(x12_element(segment, 6), &person->death))
			person->bad_death = segment->position;
	}
	else if (segment->id == X12_ID('R', 'E', 'F') && subscriber && code_is(&claims->entity, "PR") &&
			 X12_IS(first, "2U"))
		keep_of_person(person, &claims->contract, segment, 2);
}

/*
 * HL: a billing provider, a subscriber, or a patient who is not the subscriber.
 *
 * By HL03 (20, 22, 23) in their order alone: a patient belongs to the subscriber
 * before, who to the provider before.  HL02, which should say that, is often wrong.
 * A level forgets all below it, so that nobody inherits another's number: what is
 * missing is missing, and the claim is refused.
 */
static void
take_level(x12_claims *claims, const x12_segment *segment)
{
	x12_slice	level = x12_element(segment, 3);

	claims->entity.length = 0;
	if (X12_IS(level, "23"))
	{
		claims->loop = X12_PATIENT;
		claims->dependent = true;
		clear_person(&claims->patient);
		return;
	}
	clear_person(&claims->subscriber);
	clear_person(&claims->patient);
	claims->dependent = false;
	claims->medicare = false;
	claims->payer.length = claims->contract.length = 0;
	claims->loop = X12_SUBSCRIBER;
	/* also of a level that nobody knows: claims under it have no member */
	if (!X12_IS(level, "22"))
	{
		claims->loop = X12_BILLING;
		claims->billing.length = 0;
	}
	/* the highest level has nothing above it that could be another's */
	if (X12_IS(level, "20"))
		claims->unknown = 0;
}

/* ---- the claim ---- */

/*
 * CLM05: facility, its qualifier, frequency.
 *
 * A facility that is no code is the first sign that components have another
 * separator than ISA16 says (11>B>1): nothing composite can be read then.  The
 * qualifier is A of an institutional claim's bill type, B of a place of service;
 * the guide decides which it is, so that a wrong one only warns.  Letters are
 * frequencies of Medicare's contractors.  One that is no single character, as 08, may
 * be a void, and the claim must not be taken for a new one.
 */
static void
take_facility(x12_claims *claims, const x12_segment *segment)
{
	x12_claim  *claim = &claims->at_hand;
	x12_parts	facility;
	x12_slice	code;
	x12_slice	qualifier;
	x12_slice	frequency;

	x12_split(x12_element(segment, 5), claims->reader.component, &facility);
	code = x12_component(&facility, 1);
	qualifier = x12_component(&facility, 2);
	frequency = x12_component(&facility, 3);
	if (!keep_code(&claim->facility, code))
		refuse(claims, "component_separator", segment->position, "CLM05");
	if (qualifier.length > 0 &&
		!(qualifier.length == 1 &&
		  upper(qualifier.text[0]) == (claim->institutional ? 'A' : 'B')))
		warn(claims, "clm05_qualifier", segment, "CLM05-2");
	if (frequency.length == 1 && is_alnum(frequency.text[0]))
		claim->frequency = upper(frequency.text[0]);
	else if (frequency.length > 0)
		refuse(claims, frequency.length > 1 ? "too_long" : "component_separator",
			   segment->position, "CLM05-3");
	if (claim->frequency >= 'A')
		warn(claims, "frequency_X", segment, "CLM05-3");
	/* CMS filters outpatient claims by their type of bill: say that this one has none */
	if (claim->institutional && claim->refused.n == 0 &&
		(claim->facility.length != 2 || claim->frequency == 0))
		warn(claims, "bad_bill_type", segment, "CLM05");
}

/*
 * CLM: a claim of the person at hand begins.  A dependent is known by the
 * subscriber's number, beside which birth, name and relation tell him apart; a
 * Medicare file should have none, and the sender hears of it.
 */
static void
begin_claim(x12_claims *claims, const x12_segment *segment)
{
	x12_claim  *claim = &claims->at_hand;

	memset(claim, 0, offsetof(x12_claim, warnings));
	claim->warnings.n = claim->refused.n = 0;
	claims->open = true;
	claims->loop = X12_CLAIM;
	claims->line_begun = false;
	claim->position = segment->position;
	claim->institutional = claims->institutional;
	claim->dependent = claims->dependent;
	claim->person = claims->dependent ? claims->patient : claims->subscriber;
	/* NM1*QC has none in version 5010 */
	if (claims->dependent)
		claim->person.id = claims->subscriber.id;
	claim->payer = claims->payer;
	claim->contract = claims->contract;
	claim->billing = claims->billing;
	claim->from = claim->to = X12_NO_DAY;
	keep_value(claims, &claim->claim, segment, 1, "CLM01");
	take_facility(claims, segment);
	if (claims->unknown != 0)
		refuse(claims, "too_long", claims->unknown, "");
	else if (claims->subscriber.too_long != 0)
		refuse(claims, "too_long", claims->subscriber.too_long, "NM1");
	else if (claim->person.too_long != 0)
		refuse(claims, "too_long", claim->person.too_long, "NM1");
	if (claim->person.bad_birth != 0)
		x12_find(&claim->warnings, "bad_dob", claim->person.bad_birth, "DMG02");
	if (claim->person.bad_death != 0)
		x12_find(&claim->warnings, "bad_date", claim->person.bad_death, "PAT06");
	if (claims->dependent && claims->medicare)
		warn(claims, "dependent_of_medicare", segment, "HL03");
}

/*
 * What a qualifier of HI says of its code; false if that is no diagnosis: HI also
 * has values, occurrences, procedures and DRGs (BE, BH, BBR, DR).  Of the diagnoses
 * those of three letters are ICD-10's, those of two ICD-9's.
 */
static bool
read_qualifier(x12_slice qualifier, x12_role *role, uint8_t *icd)
{
	static const struct
	{
		char		code[4];
		x12_role	role;
		uint8_t		icd;
	}			qualifiers[] = {
		{"ABK", X12_PRINCIPAL, 10}, {"ABF", X12_OTHER, 10},
		{"ABJ", X12_ADMITTING, 10}, {"APR", X12_REASON_FOR_VISIT, 10},
		{"ABN", X12_EXTERNAL_CAUSE, 10}, {"BK", X12_PRINCIPAL, 9},
		{"BF", X12_OTHER, 9}, {"BJ", X12_ADMITTING, 9},
		{"PR", X12_REASON_FOR_VISIT, 9}, {"BN", X12_EXTERNAL_CAUSE, 9}
	};
	char		text[3];

	if (qualifier.length < 2 || qualifier.length > 3)
		return false;
	for (size_t i = 0; i < qualifier.length; i++)
		text[i] = upper(qualifier.text[i]);
	for (size_t i = 0; i < sizeof(qualifiers) / sizeof(qualifiers[0]); i++)
	{
		if (strlen(qualifiers[i].code) == qualifier.length &&
			memcmp(qualifiers[i].code, text, qualifier.length) == 0)
		{
			*role = qualifiers[i].role;
			*icd = qualifiers[i].icd;
			return true;
		}
	}
	return false;
}

/*
 * A diagnosis code without its dot and in upper case; whether it was written
 * so.  Of ICD-10-CM is what has its shape; of ICD-9 whatever has some length.
 *
 * Whether there is such a code depends on the year, and is found out when records
 * are filtered and scored.  The shape never tells ICD-9 from ICD-10: V5861 would be
 * either.
 */
static bool
read_diagnosis(x12_slice slice, uint8_t icd, x12_code *code, bool *normal)
{
	*normal = true;
	code->length = 0;
	for (size_t i = 0; i < slice.length; i++)
	{
		char		c = slice.text[i];

		*normal &= c != '.' && c == upper(c);
		if (c == '.' || c == ' ')
			continue;
		/* eight are more than any code has, which is enough to see */
		if (!is_alnum(c) || code->length == 8)
			return false;
		code->text[code->length++] = upper(c);
	}
	if (icd == 9)
		return code->length >= 3 && code->length <= 5;
	return code->length >= 3 && code->length <= 7 && code->text[0] >= 'A' &&
		code->text[1] >= '0' && code->text[1] <= '9';
}

/*
 * Add a diagnosis; of one that is there already the stronger role and what is said
 * of it.  Admitting and reason-for-visit codes are mostly repeated as others, and
 * are not loaded by themselves unless asked for: the stronger role must not be lost.
 */
static void
add_diagnosis(x12_claims *claims, const x12_diagnosis *diagnosis, const x12_segment *segment)
{
	x12_claim  *claim = &claims->at_hand;

	for (int i = 0; i < claim->diagnoses; i++)
	{
		x12_diagnosis *other = &claim->diagnosis[i];

		if (other->code.length == diagnosis->code.length && other->icd == diagnosis->icd &&
			memcmp(other->code.text, diagnosis->code.text, other->code.length) == 0)
		{
			if (diagnosis->role < other->role)
				other->role = diagnosis->role;
			if (other->poa == 0)
				other->poa = diagnosis->poa;
			return;
		}
	}
	if (claim->diagnoses == X12_MOST_DIAGNOSES)
		refuse(claims, "too_long", segment->position, "HI");
	else
		claim->diagnosis[claim->diagnoses++] = *diagnosis;
}

/* Whether the claim has a principal diagnosis already; also if another HI had it */
static bool
has_principal(const x12_claim *claim)
{
	for (int i = 0; i < claim->diagnoses; i++)
	{
		if (claim->diagnosis[i].role == X12_PRINCIPAL)
			return true;
	}
	return false;
}

/*
 * HI: diagnoses among other codes, up to twelve in a segment, each qualifier:code
 * and, as component 9, whether it was present on admission.
 *
 * hi_codes counts each that its qualifier calls a diagnosis, also those that are
 * then left out or are there already: pointers of lines count so, and would point
 * to another code otherwise.
 */
static void
take_health_information(x12_claims *claims, const x12_segment *segment)
{
	x12_claim  *claim = &claims->at_hand;

	for (int n = 1; n < segment->elements.n; n++)
	{
		x12_slice	element = x12_element(segment, n);
		x12_parts	components;
		x12_slice	qualifier;
		x12_slice	code;
		x12_slice	poa;
		x12_diagnosis diagnosis;
		bool		normal;

		if (element.length == 0)
			continue;
		x12_split(element, claims->reader.component, &components);
		qualifier = x12_component(&components, 1);
		code = x12_component(&components, 2);
		poa = x12_component(&components, 9);
		/* HI*BK*8901: the component separator was an element separator */
		if (code.length == 0)
		{
			warn(claims, "bad_hi", segment, "HI");
			continue;
		}
		if (!read_qualifier(qualifier, &diagnosis.role, &diagnosis.icd))
			continue;
		if (upper(qualifier.text[0]) != qualifier.text[0])
			warn(claims, "hi_qualifier_case", segment, "HI");
		/* more than are kept, if each is another one; seq is a byte, and pointers, too */
		if (claim->hi_codes < UINT8_MAX)
			claim->hi_codes++;
		else
			refuse(claims, "too_long", segment->position, "HI");
		diagnosis.seq = (uint8_t) claim->hi_codes;
		diagnosis.poa = poa.length == 1 && memchr("YNUW1", upper(poa.text[0]), 5) != NULL
			? upper(poa.text[0]) : 0;
		if (!read_diagnosis(code, diagnosis.icd, &diagnosis.code, &normal))
		{
			warn(claims, "bad_diagnosis", segment, "HI");
			continue;
		}
		if (!normal)
			warn(claims, "dx_not_normal", segment, "HI");
		/* ABK twice: which one is meant nobody can know, and both are diagnoses */
		if (diagnosis.role == X12_PRINCIPAL && has_principal(claim))
		{
			warn(claims, "multiple_principal", segment, "HI");
			diagnosis.role = X12_OTHER;
		}
		add_diagnosis(claims, &diagnosis, segment);
	}
}

/*
 * REF, PWK, CN1, DTP and NM1 of the claim itself.  DTP*434 is the one date that is a
 * statement's; admission, discharge hour, onset and accident (435, 096, 431, 439)
 * are never dates of service.
 */
static void
take_claim_segment(x12_claims *claims, const x12_segment *segment)
{
	x12_claim  *claim = &claims->at_hand;
	x12_slice	first = x12_element(segment, 1);

	if (segment->id == X12_ID('H', 'I', ' '))
		take_health_information(claims, segment);
	else if (segment->id == X12_ID('D', 'T', 'P') && X12_IS(first, "434"))
	{
		if (!x12_dates(x12_element(segment, 3), &claim->from, &claim->to))
			refuse(claims, "bad_date", segment->position, "DTP*434-03");
	}
	else if (segment->id == X12_ID('R', 'E', 'F'))
	{
		if (X12_IS(first, "F8"))
			keep_value(claims, &claim->replaces, segment, 2, "REF*F8-02");
		else if (X12_IS(first, "EA") && X12_IS(x12_element(segment, 2), "8"))
			claim->chart_delete = true;
	}
	else if (segment->id == X12_ID('P', 'W', 'K'))
		claim->chart_review |= X12_IS(first, "09");
	else if (segment->id == X12_ID('C', 'N', '1'))
		claim->capitated |= X12_IS(first, "05");
	else if (segment->id == X12_ID('N', 'M', '1'))
	{
		if (X12_IS(first, "82"))
			keep_npi(claims, &claim->rendering, segment);
		else if (X12_IS(first, "71"))
			keep_npi(claims, &claim->attending, segment);
	}
}

/* ---- lines ---- */

/*
 * The adjudication of a line has ended: it is denied if all of it was taken away.
 *
 * Nothing paid is not enough: the patient's share may be all of it, and a service
 * that is paid by the head (capitated) is paid 0 each time.  Claims from providers
 * have no adjudication; a plan that sends encounters to CMS reports its own here.
 */
static void
end_adjudication(x12_claims *claims)
{
	x12_claim  *claim = &claims->at_hand;
	x12_line   *line = claim->lines > 0 ? &claim->line[claim->lines - 1] : NULL;
	bool		denied;

	if (claims->loop != X12_ADJUDICATION || line == NULL)
		return;
	denied = !claim->capitated && line->paid == 0 && line->taken > 0 &&
		line->taken >= line->charge;
	/* what one payer denied another may have paid */
	line->denied = denied && (line->denied || !line->adjudicated);
	line->adjudicated = true;
}

/*
 * The composite of a procedure: qualifier, code, modifiers.
 *
 * HC is HCPCS and CPT, by which CMS filters; HP is a HIPPS code, kept beside; ER,
 * IV and WK are none.  An empty one is a room line of a stay.  A qualifier with
 * another character in it is a component separator that ISA16 does not say
 * (HC>99213): without that the line, and with it the claim, would fail the filter
 * for no reason that anybody can see.
 */
static void
take_procedure(x12_claims *claims, x12_line *line, x12_slice procedure,
			   const x12_segment *segment, const char *field)
{
	x12_parts	components;
	x12_slice	qualifier;
	x12_slice	code;
	x12_code	kind;

	x12_split(procedure, claims->reader.component, &components);
	qualifier = x12_component(&components, 1);
	code = x12_component(&components, 2);
	for (size_t i = 0; i < qualifier.length; i++)
	{
		if (!is_alnum(qualifier.text[i]))
		{
			refuse(claims, "component_separator", segment->position, field);
			return;
		}
	}
	/* some write it in lower case, and would lose the procedure, and with it the claim */
	keep_code(&kind, qualifier);
	if (code_is(&kind, "HP") && !keep_code(&line->hipps, code))
		warn(claims, "bad_value", segment, field);
	if (!code_is(&kind, "HC"))
		return;
	if (!keep_code(&line->code, code))
		warn(claims, "bad_value", segment, field);
	/* a modifier that is none is left out: the filter asks for a few of them only */
	for (int i = 0; i < X12_MOST_MODIFIERS; i++)
	{
		if (!keep_code(&line->modifier[i], x12_component(&components, 3 + i)))
			warn(claims, "bad_value", segment, field);
	}
}

/*
 * SV107: which diagnoses the line is about; they are looked for when the claim ends,
 * since HI may come in several segments.  The filter takes the claim as a whole, so
 * that a wrong pointer costs nothing but a warning.
 */
static void
take_pointers(x12_claims *claims, x12_line *line, const x12_segment *segment)
{
	x12_parts	pointers;

	x12_split(x12_element(segment, 7), claims->reader.component, &pointers);
	if (pointers.n > X12_MOST_POINTERS)
		warn(claims, "bad_pointer", segment, "SV107");
	for (int i = 1; i <= X12_MOST_POINTERS && i <= pointers.n; i++)
	{
		x12_slice	pointer = x12_component(&pointers, i);
		int64_t		number;

		if (pointer.length == 0)
			continue;
		if (x12_number(pointer, &number) && number >= 1 && number <= UINT8_MAX)
			line->pointer[line->pointers++] = (uint8_t) number;
		else
			warn(claims, "bad_pointer", segment, "SV107");
	}
}

/* A revenue code, to four digits, as lists have it; senders leave out the zero before */
static void
take_revenue(x12_claims *claims, x12_line *line, const x12_segment *segment)
{
	x12_code	code;

	if (!keep_code(&code, x12_element(segment, 1)) || code.length > 4)
		warn(claims, "bad_value", segment, "SV201");
	if (code.length == 0 || code.length > 4)
		return;
	memset(line->revenue.text, '0', 4);
	memcpy(line->revenue.text + 4 - code.length, code.text, code.length);
	line->revenue.length = 4;
}

/*
 * The charge of a line, of which a denial takes all away.  One that cannot be read, as
 * it has too many digits, is more than any: nothing is known to be denied then.
 */
static void
take_charge(x12_line *line, x12_slice charge)
{
	if (!read_amount(charge, &line->charge) && charge.length > 0)
		line->charge = INT64_MAX;
}

/*
 * SV1, SV2, SV3, SV5: the service of a line, which begins one where LX is missing.
 *
 * SV1 is professional, SV2 institutional, SV3 dental, SV5 equipment.  Whether the
 * claim is one or the other the guide says: SV1 in an institutional one is told.
 */
static void
take_service(x12_claims *claims, const x12_segment *segment)
{
	x12_claim  *claim = &claims->at_hand;
	char		kind = (char) (segment->id & 0xFF);	/* the digit: X12_ID has it last */
	x12_line   *line;

	end_adjudication(claims);
	claims->loop = X12_LINE;
	claims->line_begun = false;
	if (claim->lines == X12_MOST_LINES)
	{
		refuse(claims, "too_long", segment->position, "LX");
		return;
	}
	line = &claim->line[claim->lines++];
	memset(line, 0, sizeof(*line));
	line->position = segment->position;
	line->from = line->to = X12_NO_DAY;
	switch (kind)
	{
		case '2':
			take_revenue(claims, line, segment);
			take_procedure(claims, line, x12_element(segment, 2), segment, "SV202");
			take_charge(line, x12_element(segment, 3));
			break;
		case '1':
			take_procedure(claims, line, x12_element(segment, 1), segment, "SV101");
			take_charge(line, x12_element(segment, 2));
			if (!keep_code(&line->place, x12_element(segment, 5)))
				warn(claims, "bad_value", segment, "SV105");
			take_pointers(claims, line, segment);
			if (claim->institutional)
				warn(claims, "sv1_in_institutional", segment, "SV1");
			break;
		default:
			take_procedure(claims, line, x12_element(segment, 1), segment, "SV301");
			take_charge(line, x12_element(segment, 2));
	}
}

/*
 * LIN: the drug of a line, N4 its NDC, here without dashes.  Only one of eleven
 * digits is whole; a shorter one stays as it is, for which zeros it lacks its
 * dashes said at best.
 */
static void
take_drug(x12_line *line, const x12_segment *segment)
{
	x12_slice	drug = x12_element(segment, 3);

	if (!X12_IS(x12_element(segment, 2), "N4"))
		return;
	line->ndc.length = 0;
	for (size_t i = 0; i < drug.length; i++)
	{
		if (drug.text[i] == '-' || drug.text[i] == ' ')
			continue;
		if (!is_alnum(drug.text[i]) || line->ndc.length == 11)
		{
			line->ndc.length = 0;
			return;
		}
		line->ndc.text[line->ndc.length++] = drug.text[i];
	}
}

/* A sum that stays at the largest amount, where all are far beyond any charge. */
static int64_t
add_amounts(int64_t a, int64_t b)
{
	if (b > 0)
		return a > INT64_MAX - b ? INT64_MAX : a + b;
	return a < INT64_MIN - b ? INT64_MIN : a + b;
}

/*
 * CAS: what is taken away by others than the patient's share.
 *
 * A group (CO, PR, OA, PI, CR) and up to six times reason, amount, quantity.  Under PR
 * the reasons 1, 2 and 3, deductible, coinsurance and copay, are the patient's share
 * of a service that was allowed; PR with another reason is a denial like any.
 */
static void
take_adjustment(x12_line *line, const x12_segment *segment)
{
	bool		patient = X12_IS(x12_element(segment, 1), "PR");

	for (int n = 2; n + 1 < segment->elements.n; n += 3)
	{
		x12_slice	reason = x12_element(segment, n);
		int64_t		amount;

		if (patient && (X12_IS(reason, "1") || X12_IS(reason, "2") || X12_IS(reason, "3")))
			continue;
		if (read_amount(x12_element(segment, n + 1), &amount))
			line->taken = add_amounts(line->taken, amount);
	}
}

/*
 * DTP, NM1, LIN, SVD, CAS of the line at hand.
 *
 * Between LX and the service there is no line yet, and if the service is of a kind
 * that is not read, there never is: its dates must not become those of the line
 * before.  Within an adjudication only CAS is the line's; DTP*573 there is when a
 * payer paid.
 */
static void
take_line_segment(x12_claims *claims, const x12_segment *segment)
{
	x12_claim  *claim = &claims->at_hand;
	x12_line   *line;

	if (claim->lines == 0 || claims->line_begun)
		return;
	line = &claim->line[claim->lines - 1];
	if (segment->id == X12_ID('S', 'V', 'D'))
	{
		end_adjudication(claims);
		claims->loop = X12_ADJUDICATION;
		/* each SVD is another payer's; what was taken before is not of this one */
		line->taken = 0;
		if (!read_amount(x12_element(segment, 2), &line->paid))
			line->paid = 1;		/* not nothing: what cannot be read denies nobody's claim */
	}
	else if (claims->loop == X12_ADJUDICATION)
	{
		if (segment->id == X12_ID('C', 'A', 'S'))
			take_adjustment(line, segment);
	}
	else if (segment->id == X12_ID('D', 'T', 'P'))
	{
		if (X12_IS(x12_element(segment, 1), "472") &&
			!x12_dates(x12_element(segment, 3), &line->from, &line->to))
		{
			line->from = line->to = X12_NO_DAY;
			refuse(claims, "bad_date", segment->position, "DTP*472-03");
		}
	}
	else if (segment->id == X12_ID('N', 'M', '1'))
	{
		if (X12_IS(x12_element(segment, 1), "82"))
			keep_npi(claims, &line->npi, segment);
	}
	else if (segment->id == X12_ID('L', 'I', 'N'))
		take_drug(line, segment);
}

/* ---- the end of a claim ---- */

/*
 * Dates of claim and lines: each from the other where it has none of its own.
 *
 * An institutional claim has the dates of its statement (DTP*434), whatever its
 * lines have, for a stay counts by its last day.  A professional one has those of
 * its lines, least and greatest; a DTP*434 there is a mistake and not believed.
 *
 * The last day decides the year that a diagnosis counts for, so that no date is
 * made up: one that cannot be read, is out of order or in the future refuses.
 */
static void
settle_dates(x12_claims *claims)
{
	x12_claim  *claim = &claims->at_hand;
	bool		own = claim->from != X12_NO_DAY && claim->institutional;

	if (!own)
		claim->from = claim->to = X12_NO_DAY;
	for (int i = 0; i < claim->lines; i++)
	{
		x12_line   *line = &claim->line[i];

		if (line->from == X12_NO_DAY)
		{
			if (own)
			{
				line->from = claim->from;
				line->to = claim->to;
			}
			continue;
		}
		if (line->from > line->to)
			refuse(claims, "date_order", line->position, "DTP*472-03");
		if (line->to > claims->reader.today)
			refuse(claims, "future_date", line->position, "DTP*472-03");
		if (own)
			continue;
		if (claim->from == X12_NO_DAY || line->from < claim->from)
			claim->from = line->from;
		if (claim->to == X12_NO_DAY || line->to > claim->to)
			claim->to = line->to;
	}
	if (claim->from == X12_NO_DAY || claim->to == X12_NO_DAY)
	{
		/* one that was unreadable is told already, and is why there is none */
		if (!x12_found(&claim->refused, "bad_date"))
			refuse(claims, "no_date", claim->position,
				   claim->institutional ? "DTP*434" : "DTP*472");
	}
	else if (claim->from > claim->to)
		refuse(claims, "date_order", claim->position, "DTP*434-03");
	else if (claim->to > claims->reader.today)
		refuse(claims, "future_date", claim->position, "DTP*434-03");
}

/*
 * Pointers of lines to diagnoses that are not there are taken out; places are filled
 * in: SV105 is left empty where the place is that of CLM05.  The claim is denied if
 * it has lines and all of them are.
 */
static void
settle_lines(x12_claims *claims)
{
	x12_claim  *claim = &claims->at_hand;

	claim->denied = claim->lines > 0;
	for (int i = 0; i < claim->lines; i++)
	{
		x12_line   *line = &claim->line[i];
		int8_t		kept = 0;

		for (int n = 0; n < line->pointers; n++)
		{
			if (line->pointer[n] <= claim->hi_codes)
				line->pointer[kept++] = line->pointer[n];
			else
				x12_find(&claim->warnings, "bad_pointer", line->position, "SV107");
		}
		line->pointers = kept;
		if (!claim->institutional && line->place.length == 0)
			line->place = claim->facility;
		claim->denied &= line->denied;
	}
}

/*
 * The claim at hand is complete: look at the whole of it, and hand it on.  Without
 * one nothing happens, so that whoever ends something may call this: also from
 * reader.end of the caller, who wraps it.
 *
 * A claim with ICD-9 codes only is refused, for they are never loaded; a void needs
 * no diagnosis, since it takes away the claim that it names.
 */
void
x12_claims_end(x12_claims *claims)
{
	x12_claim  *claim = &claims->at_hand;
	bool		icd10 = false;

	if (!claims->open)
		return;
	end_adjudication(claims);
	if (claim->person.id.length == 0)
		refuse(claims, "no_member_id", claim->position, "NM1*IL-09");
	if (claim->claim.length == 0)
		refuse(claims, "no_claim_id", claim->position, "CLM01");
	settle_dates(claims);
	settle_lines(claims);
	for (int i = 0; i < claim->diagnoses; i++)
		icd10 |= claim->diagnosis[i].icd == 10;
	if (!icd10 && claim->frequency != '8')
		refuse(claims, claim->diagnoses > 0 ? "icd9" : "no_diagnosis", claim->position, "HI");
	if ((claim->frequency == '7' || claim->frequency == '8') && claim->replaces.length == 0)
		x12_find(&claim->warnings, "no_original_reference", claim->position, "REF*F8");
	if (claim->denied)
		refuse(claims, "denied", claim->position, "SVD");
	claims->claim(claims, claim);
	claims->open = false;
}

/*
 * What kind of claim it is, the institutional ones by their type of bill: the first
 * digit is the facility, the second the class.
 *
 * 11x and 41x are inpatient; 12x is a hospital's Part B for an inpatient, which CMS
 * filters by HCPCS as outpatient, and so it is called here.  18x is a swing bed, a
 * nursing facility's.  What has no such digits is institutional, no more.
 */
const char *
x12_claim_type(const x12_claim *claim)
{
	char		facility = claim->facility.length == 2 ? claim->facility.text[0] : 0;
	char		class = claim->facility.length == 2 ? claim->facility.text[1] : 0;

	if (!claim->institutional)
		return "professional";
	if (facility < '0' || facility > '9' || class < '0' || class > '9')
		return "institutional";
	if (class == '1' && (facility == '1' || facility == '4'))
		return "inpatient";
	if ((facility == '1' && class == '8') || (facility == '2' && strchr("1238", class) != NULL))
		return "snf";
	if (facility == '3')
		return "home_health";
	if (facility == '8' && (class == '1' || class == '2'))
		return "hospice";
	return "outpatient";
}

/* ---- what the reader calls back ---- */

/*
 * Whether a transaction is a claim of a version that is read.  The first ten
 * characters: A1, A2, A3 behind them are errata, whose segments are the same here.
 * 837D (X224) and claims data between payers (X298, X299) are not read.
 */
static bool
accepts(x12_reader *reader)
{
	return reader->guide.length >= 10 && reader->kind.length == 3 &&
		memcmp(reader->kind.text, "837", 3) == 0 &&
		(memcmp(reader->guide.text, "005010X222", 10) == 0 ||
		 memcmp(reader->guide.text, "005010X223", 10) == 0);
}

/* Whether a segment is looked at: whoever makes take() look at another adds it here */
static bool
wants(uint32_t id)
{
	switch (id)
	{
		case X12_ID('C', 'A', 'S'):
		case X12_ID('C', 'L', 'M'):
		case X12_ID('C', 'N', '1'):
		case X12_ID('D', 'M', 'G'):
		case X12_ID('D', 'T', 'P'):
		case X12_ID('H', 'I', ' '):
		case X12_ID('H', 'L', ' '):
		case X12_ID('L', 'I', 'N'):
		case X12_ID('L', 'X', ' '):
		case X12_ID('N', 'M', '1'):
		case X12_ID('P', 'A', 'T'):
		case X12_ID('P', 'W', 'K'):
		case X12_ID('R', 'E', 'F'):
		case X12_ID('S', 'B', 'R'):
		case X12_ID('S', 'V', '1'):
		case X12_ID('S', 'V', '2'):
		case X12_ID('S', 'V', '3'):
		case X12_ID('S', 'V', '5'):
		case X12_ID('S', 'V', 'D'):
			return true;
		default:
			return false;
	}
}

/* A transaction begins. */
static void
begin(x12_reader *reader)
{
	x12_claims *claims = (x12_claims *) reader;

	claims->loop = X12_HEADING;
	claims->institutional = reader->guide.text[9] == '3';	/* X223; accepts() has seen to ten */
	claims->open = false;
	claims->dependent = false;
	claims->medicare = false;
	claims->payer.length = claims->contract.length = claims->billing.length = 0;
	claims->entity.length = 0;
	claims->unknown = 0;
	clear_person(&claims->subscriber);
	clear_person(&claims->patient);
}

/*
 * A segment that is too long: all is refused that it can have changed.
 *
 * That it is one segment, and no stretch of them without terminators, the envelope
 * sees to, which refuses the transaction otherwise.  A CLM is a claim, of which no
 * more is known.  A level, or what may be one, can be another provider's, and its
 * subscriber somebody else: nothing is sure until the next provider's level.  Else
 * it is of the claim at hand, or of all claims of the loop that it is in; the heading
 * has nothing that is read.
 */
static void
take_too_long(x12_claims *claims, const x12_segment *segment)
{
	if (segment->id == X12_ID('C', 'L', 'M'))
	{
		x12_claims_end(claims);
		begin_claim(claims, segment);
	}
	else if (segment->id == X12_ID('H', 'L', ' '))
	{
		x12_claims_end(claims);
		take_level(claims, segment);
		claims->unknown = segment->position;
	}
	else if (segment->id == X12_NO_ID)
		claims->unknown = segment->position;
	else if (claims->loop == X12_BILLING)
		claims->unknown = segment->position;
	else if (claims->loop == X12_SUBSCRIBER)
		claims->subscriber.too_long = segment->position;
	else if (claims->loop == X12_PATIENT)
		claims->patient.too_long = segment->position;
	if (claims->open)
		refuse(claims, "too_long", segment->position, "");
}

/*
 * A segment of a transaction.
 *
 * The order of the questions matters.  HL and CLM begin something wherever they
 * stand; LX and services lead out of any loop of a claim, also of another payer's;
 * the first SBR after a CLM begins that one, whereas an SBR before is the
 * subscriber's.  In X12_OTHER_PAYER nothing is left to ask: its segments fall
 * through.
 */
static void
take(x12_reader *reader, const x12_segment *segment)
{
	x12_claims *claims = (x12_claims *) reader;

	if (segment->too_long)
		take_too_long(claims, segment);
	else if (segment->id == X12_ID('H', 'L', ' '))
	{
		x12_claims_end(claims);
		take_level(claims, segment);
	}
	else if (segment->id == X12_ID('C', 'L', 'M'))
	{
		x12_claims_end(claims);
		begin_claim(claims, segment);
	}
	else if (!claims->open)
	{
		if (claims->loop == X12_BILLING && segment->id == X12_ID('N', 'M', '1') &&
			X12_IS(x12_element(segment, 1), "85"))
			keep_npi(claims, &claims->billing, segment);
		else if (claims->loop == X12_SUBSCRIBER || claims->loop == X12_PATIENT)
			take_person_segment(claims, segment);
	}
	else if (segment->id == X12_ID('L', 'X', ' '))
	{
		end_adjudication(claims);
		claims->loop = X12_LINE;
		claims->line_begun = true;
	}
	/* SV1, SV2, SV3, SV5: the two letters, then the digit; SVD is not one of them */
	else if (segment->id >> 8 == X12_ID('S', 'V', '1') >> 8 &&
			 memchr("1235", (int) (segment->id & 0xFF), 4) != NULL)
		take_service(claims, segment);
	else if (claims->loop == X12_CLAIM && segment->id == X12_ID('S', 'B', 'R'))
		claims->loop = X12_OTHER_PAYER;
	else if (claims->loop == X12_CLAIM)
		take_claim_segment(claims, segment);
	else if (claims->loop == X12_LINE || claims->loop == X12_ADJUDICATION)
		take_line_segment(claims, segment);
}

/*
 * A transaction ends; of one that was cut off the claim at hand is refused with the
 * rest, by whoever keeps them: this reader gives claims away before it can know.
 */
static void
end(x12_reader *reader, bool whole)
{
	(void) whole;
	x12_claims_end((x12_claims *) reader);
}

/*
 * Make ready for a file; claim, reader.note and reader.today must be set.  The
 * callbacks of the reader are set here, and reader.end may be replaced afterwards
 * by one that calls x12_claims_end() first.
 */
void
x12_claims_start(x12_claims *claims)
{
	x12_start(&claims->reader);
	claims->reader.accepts = accepts;
	claims->reader.wants = wants;
	claims->reader.begin = begin;
	claims->reader.segment = take;
	claims->reader.end = end;
	claims->open = false;
	claims->line_begun = false;
	claims->loop = X12_HEADING;
}
