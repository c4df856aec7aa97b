/*
 * model.c
 *	  Names in a compiled model.
 */
#include "core/model.h"

#include <string.h>

#include "core/compile.h"

static const char *const kind_names[] = {
	"demographic", "new_enrollee", "count", "helper", "addon", "divisor", "hcc", "interaction"
};

const char *
hcc_kind_name(hcc_kind kind)
{
	return kind_names[kind];
}

/* The kind of that name, or -1. */
int
hcc_kind_by_name(const char *name)
{
	for (size_t i = 0; i < sizeof(kind_names) / sizeof(kind_names[0]); i++)
	{
		if (strcmp(name, kind_names[i]) == 0)
			return (int) i;
	}
	return -1;
}

/* The number of an HCC given by code or by variable name, or -1. */
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
