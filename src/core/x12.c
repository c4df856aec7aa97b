/*
 * x12.c
 *	  X12 interchanges: segments and envelopes.
 *
 * Three layers, from the bottom of this file up: bytes become segments
 * (x12_push), segments move the envelopes (take_segment), and what stands within
 * a transaction that somebody accepts is handed to him (reader->segment).
 *
 * The bulk of a file takes a short way: take_whole_segments() finds a terminator,
 * and segment_ends() looks at the id before anything is split, since many
 * segments of a claim are wanted by nobody.  The states of x12_state are for the
 * rest: headers, which say the separators, and what a piece's end cuts in two.
 *
 * An envelope that ends without its trailer is the one sign that a file is cut
 * off, so each way out of an envelope says whether it was whole.  Wrong counts in
 * trailers are no such sign: many senders write them, and they only warn.
 *
 * But a stretch of bytes that is longer than any segment can be may be many that
 * have lost their terminators, and nobody knows what they said.  In a transaction
 * that has one the trailer decides: if it counts what there was, the stretch was one
 * segment, and its id says what it can have changed; if not, all of it is refused.
 */
#include "core/x12.h"

#include <string.h>

#include "core/assert.h"
#include "core/bits.h"
#include "core/bytes.h"

/* ---- values ---- */

/* Whether a character is a blank or a line end, which mean nothing around segments */
static bool
is_blank(char c)
{
	/* one comparison for nearly all characters */
	return (unsigned char) c <= ' ' && (c == ' ' || c == '\n' || c == '\r' || c == '\t');
}

/* Without the blanks around it */
static x12_slice
trimmed(x12_slice slice)
{
	while (slice.length > 0 && is_blank(slice.text[0]))
	{
		slice.text++;
		slice.length--;
	}
	while (slice.length > 0 && is_blank(slice.text[slice.length - 1]))
		slice.length--;
	return slice;
}

/* Of eight bytes the highest bit of each that is the separator, the first byte lowest */
static inline uint64_t
separators_of(const char *at, uint64_t separators)
{
	const uint64_t low = UINT64_C(0x7F7F7F7F7F7F7F7F);
	uint64_t	differ = hcc_little_word(at) ^ separators;

	/* exact, for nothing is carried from one byte to the next */
	return ~(((differ & low) + low) | differ | low);
}

/* Where a part begins: behind the first of these separators, or of none the last byte */
static inline const char *
behind_first(const char *at, uint64_t found)
{
	return at + (hcc_lowest_bit(found | UINT64_C(1) << 63) >> 3) + 1;
}

/*
 * Split at each separator.  Parts are short, and no two of them equally long: a branch
 * for each is one that the processor guesses wrong.  So of each eight bytes four starts
 * are written, whatever there are: what is too much the next ones overwrite, and more
 * than four are rare.
 *
 * An empty slice is one empty part, as everywhere between separators.
 */
void
x12_split(x12_slice slice, char separator, x12_parts *parts)
{
	const uint64_t ones = UINT64_C(0x0101010101010101);
	const uint64_t separators = ones * (unsigned char) separator;
	const char *end = slice.text + slice.length;
	const char *at = slice.text;
	size_t		n = 0;

	parts->start[0] = slice.text;
	for (; end - at >= 8 && n < X12_MOST_PARTS; at += 8)
	{
		uint64_t	found = separators_of(at, separators);
		size_t		count = (found >> 7) * ones >> 56;
		const char **start = parts->start + n + 1;

		n += count;
		for (int i = 0; i < 4; i++, found &= found - 1)
			start[i] = behind_first(at, found);
		for (; found != 0; found &= found - 1)
			*(start++ + 4) = behind_first(at, found);
	}
	for (; at < end && n < X12_MOST_PARTS; at++)
	{
		parts->start[n + 1] = at + 1;
		n += *at == separator;
	}
	parts->more = n >= X12_MOST_PARTS;
	/* as if a separator stood at the end; of too many parts the start is there already */
	if (!parts->more)
		parts->start[++n] = end + 1;
	parts->n = parts->more ? X12_MOST_PARTS : (int) n;
}

/*
 * Component n of an element, from 1, without the blanks around it, which senders
 * put there.  Elements are not trimmed: fields of fixed width are the header's
 * only, and who compares a qualifier wants it exact.
 */
x12_slice
x12_component(const x12_parts *components, int n)
{
	return trimmed(x12_part(components, n - 1));
}

/* Keep a slice without the blanks around it; false if it is too long, nothing is kept then. */
bool
x12_keep(x12_value *value, x12_slice slice)
{
	slice = trimmed(slice);
	value->length = 0;
	if (slice.length > X12_LONGEST_VALUE)
		return false;
	value->length = (uint8_t) slice.length;
	hcc_copy_short(value->text, slice.text, slice.length);
	return true;
}

/* A whole number, not negative; false if it is none, or too large to count with */
bool
x12_number(x12_slice slice, int64_t *number)
{
	int64_t		value = 0;		/* the text might be where the number is, for all C knows */

	*number = 0;
	slice = trimmed(slice);
	/* fifteen digits cannot overflow, and no file has as many segments */
	if (slice.length == 0 || slice.length > 15)
		return false;
	for (size_t i = 0; i < slice.length; i++)
	{
		if (slice.text[i] < '0' || slice.text[i] > '9')
			return false;
		value = value * 10 + (slice.text[i] - '0');
	}
	*number = value;
	return true;
}

/* Days from 2000-01-01 to a day of the Gregorian calendar */
static x12_day
day_of(int year, int month, int day)
{
	/* the year begins in March, so that the leap day is its last */
	int			y = month <= 2 ? year - 1 : year;
	int			m = (month + 9) % 12;

	/* 153 days are five months from March, 31 30 31 30 31; 730425 is 2000-01-01 itself */
	return 365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 1 - 730425;
}

/*
 * A date of eight digits, YYYYMMDD; false if it is none.  Years before 1800 are
 * fillers, as 00000000, and not of anybody who has a claim.
 */
bool
x12_date(x12_slice slice, x12_day *day)
{
	static const int days[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	int64_t		number;
	int			year;
	int			month;
	int			d;

	*day = X12_NO_DAY;
	/* the length before the number, which would take blanks for part of it */
	if (slice.length != 8 || !x12_number(slice, &number))
		return false;
	year = (int) (number / 10000);
	month = (int) (number / 100 % 100);
	d = (int) (number % 100);
	if (year < 1800 || month < 1 || month > 12 || d < 1 || d > days[month - 1] ||
		(month == 2 && d == 29 && (year % 4 != 0 || (year % 100 == 0 && year % 400 != 0))))
		return false;
	*day = day_of(year, month, d);
	return true;
}

/*
 * One date, or two with a hyphen between them.  What is written decides, for
 * the qualifier (D8, RD8, DT) is often the wrong one: RD8 stands before single
 * dates.  A time of four digits may follow a single date, which is both ends.
 *
 * If it is false the days may be set nevertheless, and are not to be used.
 */
bool
x12_dates(x12_slice slice, x12_day *from, x12_day *to)
{
	x12_slice	first;
	x12_slice	rest;
	int64_t		time;

	*from = *to = X12_NO_DAY;
	slice = trimmed(slice);
	if (slice.length < 8)
		return false;
	first.text = slice.text;
	first.length = 8;
	rest.text = slice.text + 8;
	rest.length = slice.length - 8;
	if (!x12_date(first, from))
		return false;
	if (rest.length == 9 && rest.text[0] == '-')
	{
		rest.text++;
		rest.length--;
		return x12_date(rest, to);
	}
	*to = *from;
	return rest.length == 0 || (rest.length == 4 && x12_number(rest, &time));
}

/* Whether something has been found already */
bool
x12_found(const x12_findings *findings, const char *reason)
{
	for (int i = 0; i < findings->n; i++)
	{
		if (strcmp(findings->finding[i].reason, reason) == 0)
			return true;
	}
	return false;
}

/*
 * Add a finding, once for each reason: the first place is where to look.  A claim
 * of a thousand lines with one mistake in each must not tell of it a thousand times.
 */
void
x12_find(x12_findings *findings, const char *reason, int64_t position, const char *field)
{
	x12_finding finding = {reason, position, field};

	if (findings->n < X12_MOST_FINDINGS && !x12_found(findings, reason))
		findings->finding[findings->n++] = finding;
}

/* ---- envelopes ---- */

/* Tell something of the file or of the transaction at hand. */
static void
tell(x12_reader *reader, bool file, bool refused, const char *reason, int64_t position,
	 const char *field, int64_t said, int64_t counted)
{
	x12_note	note = {file, refused, {reason, position, field}, said, counted};

	reader->note(reader, &note);
}

/*
 * A trailer says another number than there were: a warning only.  Real senders
 * miscount, and a claim is not worth less for it.  SE is about the transaction;
 * GE and IEA are about the file, which the letter of the field tells.
 */
static void
check_count(x12_reader *reader, x12_slice said, int64_t counted, int64_t position,
			const char *field)
{
	int64_t		number;

	if (!x12_number(said, &number))
		number = -1;
	if (number != counted)
		tell(reader, field[0] != 'S', false, "se_count", position, field, number, counted);
}

/*
 * The transaction at hand ends, whole or not: reader->cut says why not.
 *
 * end() comes before the note, for it gives the last claim or member, which is
 * complete only now; who puts out rows relies on that the notes of a transaction
 * come behind its records.  What is not accepted is not told to be cut off: it
 * has been refused as a whole.
 */
static void
leave_transaction(x12_reader *reader, bool whole, int64_t position)
{
	if (!reader->in_transaction)
		return;
	if (reader->accepted)
	{
		reader->end(reader, whole);
		if (!whole)
			tell(reader, false, true, reader->cut.reason, position, reader->cut.field, -1, -1);
	}
	reader->in_transaction = false;
	reader->accepted = false;
}

/* The transaction at hand, if there is one, ends without its trailer, by what follows. */
static void
end_transaction(x12_reader *reader)
{
	reader->cut = (x12_finding) {"truncated", reader->position, "SE"};
	leave_transaction(reader, false, reader->transaction_position);
}

/*
 * A transaction ends by its trailer.  If a segment was too long, both of what the
 * trailer says must be so: the count, of which hidden segments take away, and the
 * number, which is another one's where the end of this one was hidden, too.
 */
static void
take_trailer(x12_reader *reader, const x12_segment *segment)
{
	/* leave_transaction() forgets it; the count is told behind the last record */
	bool		read = reader->in_transaction && reader->accepted;
	x12_value	transaction;
	int64_t		said;
	bool		whole = reader->hidden == 0 ||
		(x12_number(x12_element(segment, 1), &said) && said == reader->segments + 1 &&
		 x12_keep(&transaction, x12_element(segment, 2)) &&
		 transaction.length == reader->transaction.length &&
		 memcmp(transaction.text, reader->transaction.text, transaction.length) == 0);

	reader->cut = (x12_finding) {"too_long", reader->hidden, ""};
	leave_transaction(reader, whole, reader->hidden);
	if (read)
		check_count(reader, x12_element(segment, 1), reader->segments + 1, segment->position,
					"SE01");
}

/*
 * A group ends, with its trailer (whole) or without.  A transaction that is open
 * now has no SE, whichever of them ends the group.
 */
static void
end_group(x12_reader *reader, bool whole)
{
	end_transaction(reader);
	if (reader->in_group && !whole)
		tell(reader, true, true, "truncated", reader->position, "GE", -1, -1);
	reader->in_group = false;
}

/*
 * The interchange ends, by its trailer or without one.  That IEA is missing, too,
 * where GE is goes without saying: the file is refused once for a cut-off.
 */
static void
end_interchange(x12_reader *reader, bool whole)
{
	/* before end_group() forgets it */
	bool		open_group = reader->in_group;

	end_group(reader, false);
	if (reader->in_interchange && !whole && !open_group)
		tell(reader, true, true, "truncated", reader->position, "IEA", -1, -1);
	reader->in_interchange = false;
}

/*
 * A transaction begins; what is not read is refused as a whole, and the others of
 * the file stay: 835, 276 or version 4010 are found among claims.
 *
 * ST03 names the guide, and goes before GS08 where they differ: groups of
 * professional claims hold institutional transactions.  Older senders leave it out.
 */
static void
begin_transaction(x12_reader *reader, const x12_segment *segment)
{
	bool		known;

	end_transaction(reader);
	reader->in_transaction = true;
	reader->transactions++;
	reader->segments = 1;
	reader->transaction_position = segment->position;
	reader->hidden = 0;
	x12_keep(&reader->kind, x12_element(segment, 1));
	x12_keep(&reader->transaction, x12_element(segment, 2));
	/* one that is too long is some guide, and not that of the group */
	known = x12_keep(&reader->guide, x12_element(segment, 3));
	if (known && reader->guide.length == 0)
		reader->guide = reader->group_guide;
	reader->accepted = reader->accepts(reader);
	if (reader->accepted)
		reader->begin(reader);
	else
		tell(reader, false, true, "unsupported_transaction", segment->position, "ST03", -1, -1);
}

/* Whether an id is that of a header or trailer; ISA is told by its separators */
static bool
is_envelope(uint32_t id)
{
	switch (id)
	{
		case X12_ID('G', 'E', ' '):
		case X12_ID('G', 'S', ' '):
		case X12_ID('I', 'E', 'A'):
		case X12_ID('S', 'E', ' '):
		case X12_ID('S', 'T', ' '):
			return true;
		default:
			return false;
	}
}

/*
 * A segment that is too long, of which nothing is known but how it begins.
 *
 * In a transaction that is read it goes to whoever reads it.  Elsewhere it may hide
 * transactions, and the file is told to lack something: what begins as a header or
 * trailer does, and ends what is open, for nobody knows what comes after it.
 */
static void
take_too_long(x12_reader *reader, const x12_segment *segment)
{
	if (is_envelope(segment->id))
		end_transaction(reader);
	else if (reader->in_transaction)
	{
		reader->segments++;
		if (reader->accepted)
		{
			if (reader->hidden == 0)
				reader->hidden = segment->position;
			reader->segment(reader, segment);
			return;
		}
	}
	tell(reader, true, true, "too_long", segment->position, "", -1, -1);
}

/*
 * What a segment means for the envelopes; what is in an accepted transaction is
 * handed on.
 *
 * Each header ends what its predecessor left open, so that a missing trailer costs
 * the transaction it belongs to and none that follows.  A trailer without its
 * header, as after a file was cut at its beginning, changes nothing.
 */
static void
take_segment(x12_reader *reader, const x12_segment *segment)
{
	if (segment->too_long)
		take_too_long(reader, segment);
	else if (segment->id == X12_ID('S', 'T', ' '))
		begin_transaction(reader, segment);
	else if (segment->id == X12_ID('S', 'E', ' '))
		take_trailer(reader, segment);
	else if (segment->id == X12_ID('G', 'S', ' '))
	{
		end_group(reader, false);
		reader->in_group = true;
		reader->groups++;
		reader->transactions = 0;
		x12_keep(&reader->group, x12_element(segment, 6));
		x12_keep(&reader->group_guide, x12_element(segment, 8));
	}
	else if (segment->id == X12_ID('G', 'E', ' '))
	{
		end_transaction(reader);
		if (reader->in_group)
			check_count(reader, x12_element(segment, 1), reader->transactions,
						segment->position, "GE01");
		end_group(reader, true);
	}
	else if (segment->id == X12_ID('I', 'E', 'A'))
	{
		end_group(reader, false);
		if (reader->in_interchange)
			check_count(reader, x12_element(segment, 1), reader->groups, segment->position,
						"IEA01");
		end_interchange(reader, true);
	}
	else if (reader->in_transaction)
	{
		reader->segments++;
		if (reader->accepted)
			reader->segment(reader, segment);
	}
}

/* ---- segments ---- */

/*
 * The id at the beginning of a segment, as a number, so that it is compared, and
 * switched by, at once.  Four characters are looked at: the fourth tells an id of
 * three from a longer word, which is none.
 */
static uint32_t
read_id(const x12_reader *reader, x12_slice segment)
{
	const char *text = segment.text;
	size_t		n = 0;

	while (n < 4 && n < segment.length && text[n] != reader->element)
		n++;
	if (n == 3)
		return X12_ID(text[0], text[1], text[2]);
	return n == 2 ? X12_ID(text[0], text[1], ' ') : X12_NO_ID;
}

/*
 * Whether anybody looks at more of a segment than that it is there.  Many segments
 * of a claim are not looked at (N3, N4, PRV, CTP ...), and splitting them would be
 * most of their cost.  What has no id is, for it may have been anything.
 */
static bool
is_wanted(const x12_reader *reader, uint32_t id)
{
	return id == X12_NO_ID || is_envelope(id) || (reader->accepted && reader->wants(id));
}

/*
 * A segment is complete, without its terminator.  Its bytes are the caller's or
 * in the carry; of one that was too long all but the first may be gone, and the
 * length alone, greater than any that is kept, says so.
 */
static void
segment_ends(x12_reader *reader, const char *bytes, size_t length)
{
	x12_slice	whole = {bytes, length};
	x12_segment segment;

	reader->state = X12_BETWEEN;
	segment.id = X12_NO_ID;
	segment.elements.n = 0;
	segment.too_long = length > X12_LONGEST_SEGMENT;
	if (!segment.too_long)
	{
		whole = trimmed(whole);
		if (whole.length == 0)
			return;				/* a blank line, or a terminator too many */
	}
	segment.id = read_id(reader, whole);
	segment.position = ++reader->position;
	/* outside of transactions are envelopes only, and little else: no need to ask */
	if (reader->in_transaction && !segment.too_long && !is_wanted(reader, segment.id))
	{
		reader->segments++;
		return;
	}
	if (!segment.too_long)
	{
		x12_split(whole, reader->element, &segment.elements);
		segment.too_long = segment.elements.more;
	}
	take_segment(reader, &segment);
}

/*
 * From here on the file is of no use; what is open ends here.  Without separators
 * nothing that follows can be read, not even where it ends.  Claims that were
 * complete before stay with their transactions, if these were.
 */
static void
stop(x12_reader *reader, const char *reason, const char *field)
{
	reader->state = X12_STOPPED;
	end_interchange(reader, false);
	tell(reader, true, true, reason, reader->position + 1, field, -1, -1);
}

/*
 * What is in the carry, ISA, begins a header.  The interchange before it is ended
 * when the header is complete, not yet: if it is broken, stop() does that.
 */
static void
begin_header(x12_reader *reader)
{
	reader->state = X12_IN_HEADER;
	reader->header_elements = 0;
}

/* The header is complete, in the carry: it says what separates what. */
static void
header_ends(x12_reader *reader, char terminator)
{
	x12_segment segment;

	reader->terminator = terminator;
	/* with the element separator of this header, which header_takes() has set */
	x12_split(trimmed((x12_slice) {reader->carry, reader->carried}), reader->element,
			  &segment.elements);
	end_interchange(reader, false);
	reader->position++;
	reader->in_interchange = true;
	reader->groups = 0;
	x12_keep(&reader->interchange, x12_element(&segment, 13));
	/* 106 by the standard, with the terminator, which is not carried */
	if (reader->carried != 105)
		tell(reader, true, false, "isa_length", reader->position, "ISA", -1, -1);
	if (X12_IS(x12_element(&segment, 15), "T"))
		tell(reader, true, false, "test_data", reader->position, "ISA15", -1, -1);
	reader->carried = 0;
	reader->state = X12_BETWEEN;
}

/*
 * One more character of the header: up to the sixteenth separator, then the
 * component separator, then the terminator, which may be a line end of two
 * characters.
 *
 * Separators are counted, not characters: by the standard the header has 106,
 * but files are about whose fields are not padded.  ISA11, the separator of
 * repetitions, is not used: no element that is read is repeated, and older
 * headers have another thing there.
 */
static void
header_takes(x12_reader *reader, char c)
{
	hcc_assert(reader->carried < X12_LONGEST_HEADER);
	if (reader->header_elements == 17)
	{
		/* of CR LF the LF ends segments; the CR before it is then a blank at their end */
		header_ends(reader, c == '\r' ? '\n' : c);
		return;
	}
	reader->carry[reader->carried++] = c;
	if (reader->carried == 4)
	{
		reader->element = c;
		reader->header_elements = 1;
		/* nothing that can be in a value separates values, and no NUL anything */
		if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
			c == ' ' || c == '\0')
			stop(reader, "no_isa", "ISA");
	}
	else if (reader->header_elements == 16)
	{
		reader->component = c;
		reader->header_elements = 17;
		/* one element too few, or ISA16 is empty: what follows would be misread */
		if (c == reader->element)
			stop(reader, "bad_layout", "ISA16");
	}
	else if (reader->carried > 4 && c == reader->element)
		reader->header_elements++;
	/* what begins with ISA and is none, a text or an image, has no sixteen separators */
	if (reader->carried == X12_LONGEST_HEADER && reader->state == X12_IN_HEADER)
		stop(reader, "bad_layout", "ISA");
}

/* The first characters of a file or after an interchange: blanks, a mark of the encoding, ISA */
static void
before_header_takes(x12_reader *reader, char c)
{
	static const char mark[] = "\xEF\xBB\xBF";
	static const char isa[] = "ISA";

	if (reader->carried == 0 && is_blank(c))
		return;
	reader->carry[reader->carried++] = c;
	/* of mark and header whatever is there so far: a piece may end anywhere */
	if (memcmp(reader->carry, mark, reader->carried) == 0)
	{
		if (reader->carried == 3)
			reader->carried = 0;
	}
	else if (memcmp(reader->carry, isa, reader->carried) != 0)
		/* FE FF and FF FE are UTF-16, and so is a NUL beside a letter: say that, not "no ISA" */
		stop(reader,
			 (unsigned char) reader->carry[0] >= 0xFE || c == '\0' ? "bad_encoding" : "no_isa",
			 "ISA");
	else if (reader->carried == 3)
		begin_header(reader);
}

/*
 * Bytes from the beginning of a segment on.  If it is another header, its
 * separators are its own; that shows at the fourth character, so that what may
 * be one is carried until then.
 *
 * That character is the new element separator, and may be the old terminator or
 * anything else but a letter or digit, which would make it an id like ISAX.  An
 * interchange can follow another in one file without any sign between them.
 *
 * Comes back in X12_IN_SEGMENT, in X12_IN_HEADER, or, at the end of the bytes,
 * in X12_BETWEEN with what may be a header carried.
 */
static const char *
begin_segment(x12_reader *reader, const char *at, const char *end)
{
	if (reader->carried == 0)
	{
		while (at < end && is_blank(*at) && *at != reader->element)
			at++;
		if (at == end)
			return at;
		if (*at != 'I')
		{
			reader->state = X12_IN_SEGMENT;
			return at;
		}
	}
	while (at < end && reader->carried < 4)
	{
		char		c = *at;

		/* a segment of one or two letters ends here; behind ISA it may separate elements */
		if (c == reader->terminator && !(reader->carried == 3))
			break;
		reader->carry[reader->carried++] = c;
		at++;
		if (memcmp(reader->carry, "ISA", reader->carried < 3 ? reader->carried : 3) != 0)
			break;
		if (reader->carried == 4)
		{
			if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'))
				break;
			/* header_takes() learns the separator as the fourth it carries itself */
			reader->carried = 3;
			begin_header(reader);
			header_takes(reader, c);
			return at;
		}
	}
	/* it is no header; at the end of the bytes it still may be one, and waits */
	if (at < end || reader->carried == 4 ||
		memcmp(reader->carry, "ISA", reader->carried) != 0)
		reader->state = X12_IN_SEGMENT;
	return at;
}

/*
 * Bytes of a segment, up to its terminator if that is among them.
 *
 * A segment without an end costs no memory beyond the carry: once it is longer
 * than that, the rest is passed over to the next terminator (X12_SKIPPING), and
 * what it may have changed is refused, not the file.
 */
static const char *
continue_segment(x12_reader *reader, const char *at, const char *end)
{
	const char *terminator = memchr(at, reader->terminator, end - at);
	size_t		length = (terminator ? terminator : end) - at;

	/* all of it is here: it is read where it lies, even if longer than the carry */
	if (terminator != NULL && reader->carried == 0 && reader->state == X12_IN_SEGMENT)
	{
		segment_ends(reader, at, length);
		return terminator + 1;
	}
	if (reader->state == X12_IN_SEGMENT)
	{
		size_t		room = X12_LONGEST_SEGMENT - reader->carried;

		/* also of one that is too long, which is known by how it begins */
		memcpy(reader->carry + reader->carried, at, length < room ? length : room);
		if (length > room)
			reader->state = X12_SKIPPING;
		else
			reader->carried += length;
	}
	if (terminator == NULL)
		return end;
	/* its bytes stay there until more are pushed; nothing is carried for the next segment */
	length = reader->state == X12_SKIPPING ? X12_LONGEST_SEGMENT + 1 : reader->carried;
	reader->carried = 0;
	segment_ends(reader, reader->carry, length);
	return terminator + 1;
}

/*
 * Bytes between segments up to where something else is than whole ones: what
 * may be another header, or a segment that goes on in the next bytes.
 *
 * This is the loop that a file is read by.  Nothing is carried in it, and the only
 * state is X12_BETWEEN, so that there is nothing to switch by.  What begins with I
 * (IEA, INS, or ISA) goes the long way, which tells them apart.
 */
static const char *
take_whole_segments(x12_reader *reader, const char *at, const char *end)
{
	while (at < end && *at != 'I')
	{
		const char *terminator;

		if (is_blank(*at) && *at != reader->element)
		{
			at++;
			continue;
		}
		terminator = memchr(at, reader->terminator, end - at);
		if (terminator == NULL)
			break;
		segment_ends(reader, at, terminator - at);
		at = terminator + 1;
	}
	return at;
}

/*
 * Make a reader ready for a file; what it calls back must be set.  The carry is not
 * cleared, since 64 KB would be more work than many a file: only what is carried
 * counts.
 */
void
x12_start(x12_reader *reader)
{
	reader->state = X12_BEFORE_HEADER;
	reader->carried = 0;
	reader->position = 0;
	reader->header_elements = 0;
	reader->in_interchange = reader->in_group = reader->in_transaction = false;
	reader->accepted = false;
	reader->segments = reader->transactions = reader->groups = 0;
	reader->hidden = 0;
	reader->interchange.length = reader->group.length = reader->transaction.length = 0;
	reader->group_guide.length = reader->guide.length = reader->kind.length = 0;
}

/*
 * Take more bytes of the file, which may go when it returns.  Each turn of the loop
 * takes at least one byte or leaves X12_BETWEEN; of a file that is refused what
 * follows is passed over.
 */
void
x12_push(x12_reader *reader, const char *bytes, size_t length)
{
	const char *at = bytes;
	const char *end = bytes + length;

	while (at < end && reader->state != X12_STOPPED)
	{
		if (reader->state == X12_BETWEEN && reader->carried == 0)
		{
			at = take_whole_segments(reader, at, end);
			if (at == end)
				break;
		}
		switch (reader->state)
		{
			case X12_BEFORE_HEADER:
				before_header_takes(reader, *at++);
				break;
			case X12_IN_HEADER:
				header_takes(reader, *at++);
				break;
			case X12_BETWEEN:
				at = begin_segment(reader, at, end);
				break;
			default:
				at = continue_segment(reader, at, end);
		}
	}
}

/*
 * The file has ended.  What is left without a terminator is no segment, for it
 * may have been cut anywhere; of the last trailer nothing can be missing that
 * matters.  A file that lacks nothing but the terminator of its IEA is whole.
 *
 * Called once, behind the last byte.  Without it the last transaction is not ended,
 * and a claim that is at hand is not given.
 */
void
x12_finish(x12_reader *reader)
{
	if (reader->state == X12_STOPPED)
		return;
	if (reader->state == X12_BEFORE_HEADER || reader->state == X12_IN_HEADER)
	{
		stop(reader, reader->state == X12_IN_HEADER ? "truncated" : "no_isa", "ISA");
		return;
	}
	if (reader->state == X12_IN_SEGMENT && reader->carried > 4 &&
		memcmp(reader->carry, "IEA", 3) == 0 && reader->carry[3] == reader->element)
	{
		size_t		length = reader->carried;

		reader->carried = 0;
		segment_ends(reader, reader->carry, length);
	}
	/* behind the last trailer there may be blanks; what is so long may be another file */
	if (reader->state == X12_SKIPPING && !reader->in_interchange)
		tell(reader, true, true, "too_long", reader->position + 1, "", -1, -1);
	end_interchange(reader, false);
	reader->state = X12_STOPPED;
}
