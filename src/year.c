/*
 * year.c
 *	  Payment years as arguments of panel functions: checked, and the service
 *	  dates that they pay for.
 *
 * They stand in the conditions of inlined SQL functions, where a constant is
 * folded and an error is raised before anything is read. They are cheap, for a
 * year that is no constant is looked at for every row.
 */
#include "postgres.h"

#include "fmgr.h"
#include "raise.h"
#include "utils/date.h"
#include "utils/datetime.h"

PG_FUNCTION_INFO_V1(hcc_payment_year);
PG_FUNCTION_INFO_V1(hcc_payment_year_of);
PG_FUNCTION_INFO_V1(hcc_service_start);
PG_FUNCTION_INFO_V1(hcc_service_end);

/*
 * Far beyond what models are about, yet near enough that a number which is no
 * year, or a date written as one, is an error and not an empty result.  That
 * of a payment year is checked in other files by the same bounds.
 */
#define FIRST_PAYMENT_YEAR 1900
#define LAST_PAYMENT_YEAR 2999

/* A year in the range that models and rules can be about, else an error that names the argument */
static int
CheckedYear(FunctionCallInfo fcinfo, const char *argument, int first, int last)
{
	int			year;

	if (PG_ARGISNULL(0))
		ereport(ERROR,
				(PlainErrcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("%s must not be NULL", argument),
				 errhint("Give a year, such as %s => 2026.", argument)));
	year = PG_GETARG_INT32(0);
	if (year < first || year > last)
		ereport(ERROR,
				(PlainErrcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("invalid value for argument \"%s\": %d", argument, year),
				 errdetail("It takes a year from %d to %d.", first, last),
				 errhint("Give a year, such as %s => 2026.", argument)));
	return year;
}

/* The first argument as a payment year */
static int
CheckedPaymentYear(FunctionCallInfo fcinfo)
{
	return CheckedYear(fcinfo, "payment_year", FIRST_PAYMENT_YEAR, LAST_PAYMENT_YEAR);
}

/* A date as SQL has it */
static Datum
DayOf(int year, int month, int day)
{
	return DateADTGetDatum(date2j(year, month, day) - POSTGRES_EPOCH_JDATE);
}

/* hcc_payment_year(payment_year) -> the year itself, checked */
Datum
hcc_payment_year(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT32(CheckedPaymentYear(fcinfo));
}

/* hcc_payment_year_of(collection_year) -> the payment year that a year's services count for */
Datum
hcc_payment_year_of(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT32(CheckedYear(fcinfo, "collection_year",
								FIRST_PAYMENT_YEAR - 1, LAST_PAYMENT_YEAR - 1) + 1);
}

/*
 * hcc_service_start(payment_year) -> the first day whose services count for it:
 * the models of Medicare are prospective, and the year before pays (42 CFR
 * 422.310).  Those of the marketplace are concurrent, and ask for other days.
 */
Datum
hcc_service_start(PG_FUNCTION_ARGS)
{
	return DayOf(CheckedPaymentYear(fcinfo) - 1, 1, 1);
}

/* hcc_service_end(payment_year) -> the last day whose services count for it */
Datum
hcc_service_end(PG_FUNCTION_ARGS)
{
	return DayOf(CheckedPaymentYear(fcinfo) - 1, 12, 31);
}
