/*
 * x12.h
 *	  Reading X12 interchanges: segments, envelopes, and what is in claims (837)
 *	  and enrolments (834).
 *
 * A reader is pushed the bytes of a file piece by piece and calls back with
 * what it finds. It holds no more of a file than one segment and what of one
 * claim or member is kept, all of it in the reader itself: it allocates
 * nothing. What is longer or more than there is room for is refused as such.
 *
 * Only the interchange header says what separates elements, components and
 * segments. There is no escape, so a file that shows otherwise is wrong.
 *
 * Where the bytes are cut into pieces means nothing: a file pushed byte by byte
 * says what it says when pushed whole (the fuzz target holds that). What is
 * handed to a callback lies in the caller's bytes or in the reader, and is good
 * until the callback returns.  A callback may raise and never come back, as the
 * server does: there is nothing to free.
 */
#ifndef HCC_X12_H
#define HCC_X12_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Bounds of what is kept.  All are above what the guides allow, so that only a
 * broken file meets them: a segment without an end would otherwise take the rest
 * of the file into memory.  What is beyond one is told by whoever meets it: what
 * was left out may be the diagnosis, or the member, that matters.  Those that no
 * file of a fuzz target would ever meet are smaller there (script/fuzz).
 */
#ifndef X12_LONGEST_SEGMENT
#define X12_LONGEST_SEGMENT 65536
#endif
#define X12_LONGEST_HEADER 512	/* 106 by the standard; fields need not be padded to that */
#define X12_MOST_PARTS 32		/* elements of a segment with its id, components of an element */
#define X12_LONGEST_VALUE 80	/* as NM109, the longest element that is kept */
#define X12_MOST_FINDINGS 32	/* each reason once, and no record has so many reasons */

/* Bytes of the segment at hand, not ended by a NUL; the text is never NULL, also of nothing */
typedef struct x12_slice
{
	const char *text;
	size_t		length;
} x12_slice;

/*
 * What stands between separators; of more than there is room for the first.
 *
 * Part i is from start[i] to the byte before start[i + 1], so that one more start
 * than parts is filled.  x12_split() looks at eight bytes at once, and may write as many
 * starts beyond, which are never read.
 */
typedef struct x12_parts
{
	int			n;
	bool		more;			/* than there is room for: the last ones are not there */
	const char *start[X12_MOST_PARTS + 9];	/* a part ends before the next one's separator */
} x12_parts;

/* Bytes that are kept, whatever they are: whether they are text the server looks at later */
typedef struct x12_value
{
	uint8_t		length;
	char		text[X12_LONGEST_VALUE];
} x12_value;

/* The id of a segment as a number; one of two characters has a blank at its end. */
#define X12_ID(a, b, c) \
	((uint32_t) (unsigned char) (a) << 16 | (uint32_t) (unsigned char) (b) << 8 | \
	 (unsigned char) (c))
#define X12_NO_ID 0				/* of a segment that has none */

typedef struct x12_segment
{
	int64_t		position;		/* in the file, ISA is 1 */
	uint32_t	id;				/* as X12_ID has it */
	bool		too_long;		/* or has too many elements: only the id is of use */
	x12_parts	elements;		/* the id is number 0 */
} x12_segment;

/*
 * A day, counted from 2000-01-01; no real one is X12_NO_DAY.  The server counts
 * dates from there, too, so that a day is a DateADT as it is.  X12_NO_DAY, though,
 * would be -infinity to it, and must be looked for before.
 */
typedef int32_t x12_day;
#define X12_NO_DAY INT32_MIN

/*
 * What is wrong, where, in which field; names of reasons are those of
 * import_reason.  Both texts are constants of the program: nothing of the file
 * may be in them, since they are shown where patients' data must not be.
 */
typedef struct x12_finding
{
	const char *reason;
	int64_t		position;		/* of the segment in the file, ISA is 1 */
	const char *field;			/* as CLM05-2; empty where none can be named */
} x12_finding;

typedef struct x12_findings
{
	int			n;
	x12_finding finding[X12_MOST_FINDINGS];
} x12_findings;

/* What is said of a transaction or of the file */
typedef struct x12_note
{
	bool		file;			/* of the file, else of the transaction at hand */
	bool		refused;
	x12_finding finding;
	int64_t		said;			/* by a trailer; -1: nothing, or no number */
	int64_t		counted;		/* by the reader; -1: the note is not about a count */
} x12_note;

typedef enum x12_state
{
	X12_BEFORE_HEADER,			/* nothing but blanks so far */
	X12_IN_HEADER,
	X12_BETWEEN,				/* at the beginning of a segment */
	X12_IN_SEGMENT,
	X12_SKIPPING,				/* the rest of a segment that is too long */
	X12_STOPPED					/* the file is refused, or has ended */
} x12_state;

typedef struct x12_reader x12_reader;

/*
 * A reader, about 66 KB: too much for a stack that may be deep already.
 *
 * Who embeds one puts it first, so that a callback can take the reader for the
 * whole.  The callbacks and today are set by then, before the first byte;
 * x12_start() sets all else that is read before it is written.
 *
 * For each transaction accepts() is asked once; if it is true there follow
 * begin(), any number of segment(), and one end(), whatever the file does.
 * Segments of the envelopes (ST, SE, GS, GE, IEA, ISA) are never handed on.  When
 * end() says that a transaction was not whole, reader->cut says why.
 */
struct x12_reader
{
	/* what to do with transactions whose guide begins so, and to tell */
	bool		(*accepts) (x12_reader *reader);
	bool		(*wants) (uint32_t id);
	void		(*begin) (x12_reader *reader);
	void		(*segment) (x12_reader *reader, const x12_segment *segment);
	void		(*end) (x12_reader *reader, bool whole);
	void		(*note) (x12_reader *reader, const x12_note *note);
	x12_day		today;			/* what is later is in the future */

	x12_state	state;
	char		element;		/* separators; 0: not known yet */
	char		component;
	char		terminator;
	int			header_elements;	/* separators of the header so far; 17: ISA16 is there */
	int64_t		position;		/* of the last segment that was complete */

	/*
	 * The envelopes that are open.  They need not be nested as they should: a
	 * transaction without group or interchange is read, for its segments say the
	 * same; what is missing around it is told.
	 */
	bool		in_interchange;
	bool		in_group;
	bool		in_transaction;
	bool		accepted;		/* the transaction at hand is read */
	int64_t		segments;		/* of the transaction, ST counted */
	int64_t		transactions;	/* of the group */
	int64_t		groups;			/* of the interchange */
	x12_value	interchange;	/* ISA13, GS06, ST02 */
	x12_value	group;
	x12_value	transaction;
	x12_value	kind;			/* ST01 */
	x12_value	group_guide;	/* GS08 */
	x12_value	guide;			/* ST03, or GS08 */
	int64_t		transaction_position;	/* of its ST, where a cut-off is told */
	int64_t		hidden;			/* its first segment that was too long; 0: there was none */
	x12_finding cut;			/* why it is refused as a whole, if it is */

	/*
	 * What began in an earlier piece: a segment, the header, or up to four bytes
	 * that may begin a header.  Whole segments within one piece are never copied.
	 */
	size_t		carried;
	char		carry[X12_LONGEST_SEGMENT];
};

extern void x12_start(x12_reader *reader);
extern void x12_push(x12_reader *reader, const char *bytes, size_t length);
extern void x12_finish(x12_reader *reader);

/* ---- for those who take segments apart ---- */

/* Part n, from 0; empty if it is not there */
static inline x12_slice
x12_part(const x12_parts *parts, int n)
{
	x12_slice	part = {"", 0};

	if (n < parts->n)
	{
		part.text = parts->start[n];
		part.length = parts->start[n + 1] - part.text - 1;
	}
	return part;
}

/* Element n of a segment, from 1; empty if it is not there */
static inline x12_slice
x12_element(const x12_segment *segment, int n)
{
	return x12_part(&segment->elements, n);
}

/*
 * Whether a slice is this text.  A loop, for the texts have two or three bytes and
 * their length is a constant where it is called: the compiler leaves a comparison.
 */
static inline bool
x12_is(x12_slice slice, const char *text, size_t length)
{
	if (slice.length != length)
		return false;
	for (size_t i = 0; i < length; i++)
	{
		if (slice.text[i] != text[i])
			return false;
	}
	return true;
}
#define X12_IS(slice, text) x12_is(slice, text, sizeof(text) - 1)

extern void x12_split(x12_slice slice, char separator, x12_parts *parts);
extern x12_slice x12_component(const x12_parts *components, int n);
extern bool x12_keep(x12_value *value, x12_slice slice);
extern bool x12_date(x12_slice slice, x12_day *day);
extern bool x12_dates(x12_slice slice, x12_day *from, x12_day *to);
extern bool x12_number(x12_slice slice, int64_t *number);
extern void x12_find(x12_findings *findings, const char *reason, int64_t position,
					 const char *field);
extern bool x12_found(const x12_findings *findings, const char *reason);

#endif							/* HCC_X12_H */
