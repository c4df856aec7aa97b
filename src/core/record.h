/*
 * record.h
 *	  Records of files: a line each, whose fields stand at fixed positions or
 *	  between delimiters.
 *
 * Nothing is copied: lines and fields are parts of the buffer that they are
 * read from.  What a field is called, where it stands and what kind of value
 * it has is not known here; rows of file_layout say so.
 *
 * A line or field is therefore valid as long as its buffer stays where it is.
 * Its bytes may be of any encoding, or of none, and may be zero: nothing here
 * looks for an end but by length.
 */
#ifndef HCC_RECORD_H
#define HCC_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/text.h"

/* Where reading a buffer has come to */
typedef struct hcc_lines
{
	const char *at;
	const char *end;
	int64_t		number;			/* of the last line that was read; the first is 1 */
	const char *feed;			/* the LF from there on, or the end; NULL: not looked for */
	int64_t		empty;			/* lines behind that one that are empty, not counted yet */
} hcc_lines;

/* How a value is written */
typedef enum hcc_value_kind
{
	HCC_VALUE_TEXT,
	HCC_VALUE_DATE,				/* 2026-01-31 */
	HCC_VALUE_YYYYMMDD,
	HCC_VALUE_YYYYMM,			/* the first day of a month */
	HCC_VALUE_DD_MON_YYYY,		/* 31-JAN-2026 */
	HCC_VALUE_NUMBER,			/* -0012.50 */
	HCC_VALUE_KINDS
} hcc_value_kind;

/* What reading a date or number found */
typedef enum hcc_value_state
{
	HCC_VALUE_NONE,				/* blank, or what stands for no value */
	HCC_VALUE_READ,
	HCC_VALUE_BAD
} hcc_value_state;

extern const char *const hcc_value_kind_names[HCC_VALUE_KINDS];

extern hcc_lines hcc_lines_begin(const char *bytes, size_t length, int64_t before);
extern bool hcc_next_line(hcc_lines *lines, hcc_text *line);
extern size_t hcc_last_line_end(const char *bytes, size_t length);
extern bool hcc_first_line_end(const char *bytes, size_t length, bool carriage, size_t *end);

extern hcc_text hcc_field_at(hcc_text line, size_t start, size_t length);
extern size_t hcc_split(hcc_text line, char delimiter, bool quoted, hcc_text *field, size_t room);
extern hcc_text hcc_without_quotes(hcc_text field, char *room);
extern hcc_text hcc_trim(hcc_text field);

extern bool hcc_is_ascii(hcc_text text);
extern bool hcc_is_sure_of_positions(hcc_text line, size_t length);

extern hcc_value_state hcc_read_date(hcc_text value, hcc_value_kind kind, int32_t *day);
extern hcc_value_state hcc_read_number(hcc_text value);

#endif							/* HCC_RECORD_H */
