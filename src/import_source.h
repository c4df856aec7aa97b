/*
 * import_source.h
 *	  The bytes of a file, piece by piece: of one value, or of the rows of a
 *	  cursor.
 */
#ifndef HCCRAF_IMPORT_SOURCE_H
#define HCCRAF_IMPORT_SOURCE_H

#include "fmgr.h"

typedef struct ImportSource ImportSource;

extern ImportSource *import_source_open(FunctionCallInfo fcinfo, int argument);
extern bool import_source_next(ImportSource *source, const char **bytes, size_t *length);
extern void import_source_close(ImportSource *source);

/* A line of such a file */
typedef struct ImportLine
{
	int64		position;
	bool		too_long;		/* its bytes are not there then */
	const char *bytes;
	size_t		length;
} ImportLine;

typedef struct ImportLines ImportLines;

extern ImportLines *import_lines_open(FunctionCallInfo fcinfo, int argument);
extern bool import_lines_next(ImportLines *lines, ImportLine *line);
extern void import_lines_close(ImportLines *lines);

/*
 * Whether bytes are text as this server has it, given as UTF-8: the text as a
 * Datum, or false, where they are none
 */
extern bool import_text_datum(const char *bytes, size_t length, Datum *value);

#endif							/* HCCRAF_IMPORT_SOURCE_H */
