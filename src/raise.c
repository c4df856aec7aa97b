/*
 * raise.c
 *	  Errors that show no CONTEXT: PlainErrcode in C, hcc_raise in SQL.
 */
#include "postgres.h"

#include "fmgr.h"
#include "utils/builtins.h"

#include "raise.h"

PG_FUNCTION_INFO_V1(hcc_raise);

/*
 * errcode of an error that shows no CONTEXT, in an ereport(ERROR).  Whoever
 * catches the error has the stack of callers as it was.
 */
int
PlainErrcode(int sqlstate)
{
	error_context_stack = NULL;
	return errcode(sqlstate);
}

/* A text argument as a string; NULL if it is NULL or empty */
static char *
StringArgument(FunctionCallInfo fcinfo, int arg)
{
	text	   *given = PG_ARGISNULL(arg) ? NULL : PG_GETARG_TEXT_PP(arg);

	return given == NULL || VARSIZE_ANY_EXHDR(given) == 0 ? NULL : text_to_cstring(given);
}

/* hcc_raise(state, message, detail, hint); the latter two may be NULL */
Datum
hcc_raise(PG_FUNCTION_ARGS)
{
	char	   *state = StringArgument(fcinfo, 0);
	char	   *message = StringArgument(fcinfo, 1);
	char	   *detail = StringArgument(fcinfo, 2);
	char	   *hint = StringArgument(fcinfo, 3);
	int			code = ERRCODE_RAISE_EXCEPTION;

	if (state != NULL && strlen(state) == 5 && strcmp(state, "00000") != 0)
		code = MAKE_SQLSTATE(state[0], state[1], state[2], state[3], state[4]);
	ereport(ERROR,
			(PlainErrcode(code),
			 errmsg_internal("%s", message != NULL ? message : "unknown error"),
			 detail != NULL ? errdetail_internal("%s", detail) : 0,
			 hint != NULL ? errhint("%s", hint) : 0));
}
