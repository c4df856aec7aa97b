/*
 * What the readers of FHIR need beside SQL over jsonb: a date that is wrong is
 * no error, and a key that is written twice shows.
 *
 * FHIR's documents are read in SQL (sql/83-fhir*.sql). These two are C because
 * SQL can do neither without an error for each: a cast to date of 2025-02-30
 * ends the query, and jsonb has already dropped the first of two equal keys.
 */
#include "postgres.h"

#include "fmgr.h"
#include "miscadmin.h"
#include "utils/date.h"
#include "utils/datetime.h"
#include "utils/jsonb.h"

PG_FUNCTION_INFO_V1(hcc_fhir_date);
PG_FUNCTION_INFO_V1(hcc_json_key_repeated);

/* The number in so many digits, -1 if others than digits are there. */
static int
Digits(const char *text, int count)
{
	int			number = 0;

	for (int i = 0; i < count; i++)
	{
		if (text[i] < '0' || text[i] > '9')
			return -1;
		number = number * 10 + (text[i] - '0');
	}
	return number;
}

/*
 * The day of a FHIR date or dateTime as it is written, whatever the time zone
 * behind it; NULL of a partial date and of what is none.
 */
Datum
hcc_fhir_date(PG_FUNCTION_ARGS)
{
	text	   *value = PG_GETARG_TEXT_PP(0);
	const char *t = VARDATA_ANY(value);
	int			length = VARSIZE_ANY_EXHDR(value);
	int			year,
				month,
				day;

	if (length < 10 || t[4] != '-' || t[7] != '-' || (length > 10 && t[10] != 'T'))
		PG_RETURN_NULL();
	year = Digits(t, 4);
	month = Digits(t + 5, 2);
	day = Digits(t + 8, 2);
	if (year < 1 || month < 1 || month > MONTHS_PER_YEAR || day < 1 ||
		day > day_tab[isleap(year)][month - 1])
		PG_RETURN_NULL();
	PG_RETURN_DATEADT(date2j(year, month, day) - POSTGRES_EPOCH_JDATE);
}

/* How many keys the objects in a container have, those in them included. */
static int64
KeysOf(JsonbContainer *container)
{
	int			size = JsonContainerSize(container);
	int			entries = JsonContainerIsObject(container) ? 2 * size : size;
	char	   *data = (char *) &container->children[entries];
	int64		keys = JsonContainerIsObject(container) ? size : 0;

	check_stack_depth();
	for (int i = 0; i < entries; i++)
		if (JBE_ISCONTAINER(container->children[i]))
			keys += KeysOf((JsonbContainer *)
						   (data + INTALIGN(getJsonbOffset(container, i))));
	return keys;
}

/* How many keys are written in a text that is valid JSON: colons outside strings. */
static int64
KeysWritten(const char *text, int length)
{
	const char *end = text + length;
	bool		in_string = false;
	int64		keys = 0;

	for (const char *c = text; c < end; c++)
	{
		if (*c == '"')
			in_string = !in_string;
		else if (*c == '\\' && c + 1 < end)
			c++;
		else if (*c == ':' && !in_string)
			keys++;
	}
	return keys;
}

/*
 * Whether an object of the document has a key twice in the text that the
 * document was cast from. Of two equal keys jsonb keeps the last, and which of
 * them the sender meant nobody can know.
 */
Datum
hcc_json_key_repeated(PG_FUNCTION_ARGS)
{
	text	   *source = PG_GETARG_TEXT_PP(0);
	Jsonb	   *document = PG_GETARG_JSONB_P(1);

	PG_RETURN_BOOL(KeysOf(&document->root) !=
				   KeysWritten(VARDATA_ANY(source), VARSIZE_ANY_EXHDR(source)));
}
