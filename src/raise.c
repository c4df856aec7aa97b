/*
 * raise.c
 *	  hcc_raise: an error without the lines of CONTEXT that say which functions
 *	  of a job called each other, which nobody who runs it needs.
 */
#include "postgres.h"

#include "fmgr.h"
#include "utils/builtins.h"

PG_FUNCTION_INFO_V1(hcc_raise);

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
	/* whoever catches the error has what it was when it began */
	error_context_stack = NULL;
	ereport(ERROR,
			(errcode(code),
			 errmsg_internal("%s", message != NULL ? message : "unknown error"),
			 detail != NULL ? errdetail_internal("%s", detail) : 0,
			 hint != NULL ? errhint("%s", hint) : 0));
}
