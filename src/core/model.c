/*
 * model.c
 *	  Names in a compiled model.
 *
 * Names come in from arguments and reference tables and go out in results;
 * between the two there are numbers.
 */
#include "core/model.h"

#include <string.h>

/* In the order of hcc_kind; hcc_variable.kind and the column kind of raf_explain have them. */
static const char *const kind_names[] = {
	"demographic", "new_enrollee", "count", "helper", "addon", "divisor", "hcc", "interaction",
	"enrollment", "group", "drug"
};

/* The name that reference tables and results have for a kind; it lives forever. */
const char *
hcc_kind_name(hcc_kind kind)
{
	hcc_assert((size_t) kind < sizeof(kind_names) / sizeof(kind_names[0]));
	return kind_names[kind];
}

/* The kind of that name, or -1. */
int
hcc_kind_by_name(const char *name)
{
	hcc_assert(name != NULL);
	for (size_t i = 0; i < sizeof(kind_names) / sizeof(kind_names[0]); i++)
	{
		if (strcmp(name, kind_names[i]) == 0)
			return (int) i;
	}
	return -1;
}

/*
 * Do codes of the model begin with this one, of three characters or more, and
 * go on?  They are in order.
 *
 * A code that is not mapped may be one that was cut short, E11 for E11.9, and
 * whoever explains why it gave nothing says so.  No diagnosis code has fewer than
 * three characters, none here more than eight, and drugs and procedures have no
 * shorter forms.
 *
 * Codes are compared as integers, the first character in the top byte: if any
 * begins with this one, the first larger one does.
 */
bool
hcc_begins_code(const hcc_model *model, icd10_code code)
{
	icd10_code	rest;			/* the bits behind it */
	int			low = 0;
	int			high = model->codes;

	if (code << 16 == 0 || code == ICD10_UNREADABLE || (code & 0xFF) != 0 ||
		icd10_is_marked(code))
		return false;
	rest = ~(icd10_code) 0 >> 24;
	while ((code & rest) != 0)
		rest >>= 8;
	while (low < high)
	{
		int			middle = (low + high) / 2;

		if (model->code[middle].code <= code)
			low = middle + 1;
		else
			high = middle;
	}
	return low < model->codes && (model->code[low].code & ~rest) == code;
}

/* Has a name digits alone? */
static bool
is_number(const char *s)
{
	if (*s == '\0')
		return false;
	for (; *s != '\0'; s++)
	{
		if (*s < '0' || *s > '9')
			return false;
	}
	return true;
}

/*
 * Order of HCC codes: numbers by value, then other names by text.
 *
 * Medicare's HCCs are numbers, and its sequential hierarchy goes by their value:
 * 8 is before 17.  HHS's (HHS_HCC035_1) come in the right order as text.  Numbers
 * of different length are never one: "08" and "8" are two names and stay so.
 */
int
hcc_compare_names(const char *a, const char *b)
{
	bool		number_a = is_number(a);
	bool		number_b = is_number(b);

	if (number_a != number_b)
		return number_a ? -1 : 1;
	if (number_a && strlen(a) != strlen(b))
		return strlen(a) < strlen(b) ? -1 : 1;
	return strcmp(a, b);
}

/*
 * The number of an HCC given by code or by variable name, or -1.  The codes are
 * in order; the variables, a prefix before them, are not ("HCC8" is behind
 * "HCC17" as text) and are looked through.  Names must be the same letter for
 * letter: what users write instead is made out by the caller.
 */
int
hcc_by_name(const hcc_model *model, const char *name)
{
	int			low = 0;
	int			high = model->hccs;

	while (low < high)
	{
		int			middle = (low + high) / 2;
		int			order = hcc_compare_names(model->hcc_name[middle], name);

		if (order == 0)
			return middle;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	for (int h = 0; h < model->hccs; h++)
	{
		if (strcmp(model->variable[h].name, name) == 0)
			return h;
	}
	return -1;
}
