/*
 * x12_member.c
 *	  The members of 834 transactions.
 *
 * A member begins with INS. NM1 of somebody else, an employer, a school or the
 * name that was incorrect, has a DMG of its own, which is not the member's.
 * What follows HD is of that coverage.
 *
 * So three flags decide whose a segment is: himself (the last name was the
 * member's), coverages (an HD has been seen), reporting (the loop is about other
 * insurance or the sender's statistics).  Nothing else is known of loops.
 *
 * An 834 does not say what Medicare scores by, OREC, dual status, institution or
 * kidney disease.  It says who is enrolled, and since when.
 */
#include "core/x12_member.h"

#include <string.h>

#include "core/assert.h"

/* Keep an element of the member at hand, which is refused if there is no room for it. */
static void
keep(x12_members *members, x12_value *value, const x12_segment *segment, int element,
	 const char *field)
{
	if (!x12_keep(value, x12_element(segment, element)))
		x12_find(&members->at_hand.refused, "too_long", segment->position, field);
}

/* Whether a value is this text */
static bool
value_is(const x12_value *value, const char *text)
{
	return value->length == strlen(text) && memcmp(value->text, text, value->length) == 0;
}

/*
 * The member's number of a kind, or NULL.  Of several the first: what they mean is
 * by agreement, and so is what the second is.  It points into the member.
 */
const x12_value *
x12_member_reference(const x12_member *member, const char *qualifier)
{
	for (int i = 0; i < member->references; i++)
	{
		if (value_is(&member->reference[i].qualifier, qualifier) &&
			member->reference[i].value.length > 0)
			return &member->reference[i].value;
	}
	return NULL;
}

/*
 * INS: a member begins.
 *
 * INS06-1 is looked at, for E, no Medicare at all, refuses the member later; senders
 * put other things there (FT of INS08 is one), which are told and forgotten.  A day
 * of death that is none refuses: taken for no death it would leave somebody alive.
 */
static void
begin_member(x12_members *members, const x12_segment *segment)
{
	x12_member *member = &members->at_hand;
	x12_parts	medicare;

	memset(member, 0, offsetof(x12_member, reference));
	members->open = true;
	members->himself = false;
	members->reporting = false;
	member->position = segment->position;
	member->birth = member->death = X12_NO_DAY;
	member->subscriber = X12_IS(x12_element(segment, 1), "Y");
	keep(members, &member->relation, segment, 2, "INS02");
	keep(members, &member->action, segment, 3, "INS03");
	keep(members, &member->reason, segment, 4, "INS04");
	keep(members, &member->benefit, segment, 5, "INS05");
	keep(members, &member->employment, segment, 8, "INS08");
	x12_split(x12_element(segment, 6), members->reader.component, &medicare);
	if (!x12_keep(&member->medicare_reason, x12_component(&medicare, 2)))
		x12_find(&member->refused, "too_long", segment->position, "INS06-2");
	if (!x12_keep(&member->medicare, x12_component(&medicare, 1)) ||
		(member->medicare.length > 0 &&
		 (member->medicare.length > 1 || memchr("ABCDE", member->medicare.text[0], 5) == NULL)))
	{
		x12_find(&member->warnings, "bad_value", segment->position, "INS06-1");
		member->medicare.length = 0;
	}
	if (x12_element(segment, 12).length > 0 &&
		!x12_date(x12_element(segment, 12), &member->death))
		x12_find(&member->refused, "bad_date", segment->position, "INS12");
}

/*
 * NM1: the member's name and own number, if it is the member's.  IL is the member, 74
 * the member with a corrected name, which 70 with the incorrect one follows: the
 * DMG behind that is incorrect, too.
 */
static void
take_name(x12_members *members, const x12_segment *segment)
{
	x12_member *member = &members->at_hand;
	x12_slice	entity = x12_element(segment, 1);

	members->himself = X12_IS(entity, "IL") || X12_IS(entity, "74");
	if (!members->himself)
		return;
	member->named = true;
	keep(members, &member->last, segment, 3, "NM103");
	keep(members, &member->first, segment, 4, "NM104");
	keep(members, &member->own_id_kind, segment, 8, "NM108");
	keep(members, &member->own_id, segment, 9, "NM109");
}

/*
 * DMG: date of birth and sex of the member.  A date that stands for none is none, as
 * in claims; the load refuses a member whose birth nobody has said.
 */
static void
take_demographics(x12_members *members, const x12_segment *segment)
{
	x12_member *member = &members->at_hand;
	x12_slice	birth = x12_element(segment, 2);
	x12_slice	sex = x12_element(segment, 3);

	if (!members->himself)
		return;
	if (birth.length > 0 &&
		(!x12_date(birth, &member->birth) || X12_IS(birth, "19000101") ||
		 member->birth > members->reader.today))
	{
		member->birth = X12_NO_DAY;
		x12_find(&member->warnings, "bad_dob", segment->position, "DMG02");
	}
	member->sex = sex.length == 1 && (sex.text[0] == 'F' || sex.text[0] == 'M') ? sex.text[0] : 0;
}

/*
 * HD: a coverage begins.  Dental and vision ones are kept, too: which lines make
 * months of enrolment is the panel's to say.
 */
static void
begin_coverage(x12_members *members, const x12_segment *segment)
{
	x12_member *member = &members->at_hand;
	x12_coverage *coverage;

	members->himself = false;
	if (member->coverages == X12_MOST_COVERAGES)
	{
		x12_find(&member->refused, "too_long", segment->position, "HD");
		return;
	}
	coverage = &member->coverage[member->coverages++];
	memset(coverage, 0, sizeof(*coverage));
	coverage->from = coverage->to = X12_NO_DAY;
	keep(members, &coverage->action, segment, 1, "HD01");
	keep(members, &coverage->line, segment, 3, "HD03");
	keep(members, &coverage->plan, segment, 4, "HD04");
}

/*
 * DTP of a coverage, or of the member.
 *
 * Of a coverage only begin (348) and end (349) count, and one that cannot be read
 * refuses the member: months would be wrong.  A begin with two dates (RD8) says the
 * end as well.  Of the member's own dates most are of no use here (336 is employment,
 * not Medicare), so that a bad one only warns.
 */
static void
take_date(x12_members *members, const x12_segment *segment)
{
	x12_member *member = &members->at_hand;
	x12_slice	qualifier = x12_element(segment, 1);
	x12_coverage *coverage =
		member->coverages > 0 ? &member->coverage[member->coverages - 1] : NULL;
	x12_day		from;
	x12_day		to;
	bool		begins = X12_IS(qualifier, "348");
	bool		ends = X12_IS(qualifier, "349");

	if (coverage != NULL && !begins && !ends)
		return;
	if (!x12_dates(x12_element(segment, 3), &from, &to))
	{
		if (coverage != NULL)
			x12_find(&member->refused, "bad_date", segment->position,
					 begins ? "DTP*348-03" : "DTP*349-03");
		else
			x12_find(&member->warnings, "bad_date", segment->position, "DTP-03");
		return;
	}
	if (coverage != NULL)
	{
		if (begins)
			coverage->from = from;
		if (ends || to != from)
			coverage->to = to;
		return;
	}
	if (member->dates == X12_MOST_DATES)
	{
		x12_find(&member->refused, "too_long", segment->position, "DTP");
		return;
	}
	keep(members, &member->date[member->dates].qualifier, segment, 1, "DTP01");
	member->date[member->dates++].day = from;
}

/*
 * REF of the member; those of a coverage have meanings by agreement only, and under
 * the same qualifiers: they must not be found in place of the member's.
 */
static void
take_reference(x12_members *members, const x12_segment *segment)
{
	x12_member *member = &members->at_hand;

	if (member->coverages > 0)
		return;
	if (member->references == X12_MOST_REFERENCES)
	{
		x12_find(&member->refused, "too_long", segment->position, "REF");
		return;
	}
	if (X12_IS(x12_element(segment, 1), "SY"))
		return;					/* nobody needs a social security number here */
	keep(members, &member->reference[member->references].qualifier, segment, 1, "REF01");
	keep(members, &member->reference[member->references++].value, segment, 2, "REF02");
}

/* Does NM108 say that NM109 is a social security number? */
static bool
is_ssn(const x12_value *kind)
{
	return kind->length == 2 && memcmp(kind->text, "34", 2) == 0;
}

/*
 * The member at hand is complete.  Without one nothing happens, as when a transaction
 * has none, or when its end has been called before.
 */
void
x12_members_end(x12_members *members)
{
	x12_member *member = &members->at_hand;

	if (!members->open)
		return;
	/* a social security number, kind 34, is nobody's number */
	if ((member->own_id.length == 0 || is_ssn(&member->own_id_kind)) &&
		x12_member_reference(member, "0F") == NULL)
		x12_find(&member->refused, "no_member_id", member->position, "REF*0F");
	members->member(members, member);
	members->open = false;
}

/* Whether a transaction is an enrolment of the version that is read */
static bool
accepts(x12_reader *reader)
{
	return reader->guide.length >= 10 && value_is(&reader->kind, "834") &&
		memcmp(reader->guide.text, "005010X220", 10) == 0;
}

/* Whether a segment is looked at */
static bool
wants(uint32_t id)
{
	(void) id;
	return true;
}

/* A transaction begins. */
static void
begin(x12_reader *reader)
{
	((x12_members *) reader)->open = false;
}

/*
 * A segment of a transaction.
 *
 * A segment that is too long refuses the member that it is of.  An INS is a member,
 * of whom no more is known; one without an id may be an INS, too, and what follows up
 * to the next of one whom nobody knows.  That it is one segment, and no stretch of them
 * without terminators, the envelope sees to.
 *
 * LX (the sender's reporting categories), LS and COB (other insurance) have REF, DTP
 * and NM1 of their own; the next HD or INS ends them.
 */
static void
take(x12_reader *reader, const x12_segment *segment)
{
	x12_members *members = (x12_members *) reader;

	if (segment->id == X12_ID('I', 'N', 'S') ||
		(segment->too_long && segment->id == X12_NO_ID && !members->open))
	{
		x12_members_end(members);
		begin_member(members, segment);
		if (segment->too_long)
			x12_find(&members->at_hand.refused, "too_long", segment->position, "INS");
		return;
	}
	/* what is before the first INS is of the sponsor and of the file */
	if (!members->open)
		return;
	if (segment->too_long)
		x12_find(&members->at_hand.refused, "too_long", segment->position, "");
	else if (segment->id == X12_ID('H', 'D', ' '))
	{
		members->reporting = false;
		begin_coverage(members, segment);
	}
	else if (segment->id == X12_ID('L', 'X', ' ') || segment->id == X12_ID('L', 'S', ' ') ||
			 segment->id == X12_ID('C', 'O', 'B'))
		members->reporting = true;
	else if (members->reporting)
		return;
	else if (segment->id == X12_ID('R', 'E', 'F'))
		take_reference(members, segment);
	else if (segment->id == X12_ID('D', 'T', 'P'))
		take_date(members, segment);
	else if (members->at_hand.coverages > 0)
		return;					/* names are of providers of the coverage */
	else if (segment->id == X12_ID('N', 'M', '1'))
		take_name(members, segment);
	else if (segment->id == X12_ID('D', 'M', 'G'))
		take_demographics(members, segment);
}

/* A transaction ends. */
static void
end(x12_reader *reader, bool whole)
{
	(void) whole;
	x12_members_end((x12_members *) reader);
}

/*
 * Make ready for a file; member, reader.note and reader.today must be set.  As with
 * claims reader.end may be replaced by one that calls x12_members_end().
 */
void
x12_members_start(x12_members *members)
{
	x12_start(&members->reader);
	members->reader.accepts = accepts;
	members->reader.wants = wants;
	members->reader.begin = begin;
	members->reader.segment = take;
	members->reader.end = end;
	members->open = false;
}
