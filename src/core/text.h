/*
 * text.h
 *	  Bytes that stand somewhere else.
 */
#ifndef HCC_TEXT_H
#define HCC_TEXT_H

#include <stddef.h>

typedef struct hcc_text
{
	const char *text;			/* NULL: none */
	size_t		length;
} hcc_text;

#endif							/* HCC_TEXT_H */
