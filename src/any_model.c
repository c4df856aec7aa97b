/*
 * any_model.c
 *	  Does a code have an HCC in any of several models?
 *
 * A run asks this of every diagnosis that it reads, for all the models that it
 * scores by.
 */
#include "postgres.h"

#include "fmgr.h"
#include "utils/array.h"
#include "utils/builtins.h"

#include "icd10_set.h"
#include "score.h"

PG_FUNCTION_INFO_V1(icd_has_any_hcc);

/*
 * The score sites of icd_has_any_hcc's models.  Where list and year are the
 * same for the whole query, the call site keeps them.
 */
static void
ListModels(FunctionCallInfo fcinfo, CallSite *call)
{
	ScoreSettings settings = {.mce = true};
	TextArrayWalk walk;
	text	   *model;

	settings.payment_year = PG_ARGISNULL(2) ? 0 : PG_GETARG_INT32(2);
	StartTextArrayWalk(&walk, PG_GETARG_ARRAYTYPE_P(1));
	call->listed = MemoryContextAlloc(call->pin->context,
									  Max(walk.left, 1) * sizeof(ScoreSite *));
	call->n_listed = 0;
	while ((model = NextText(&walk)) != NULL)
	{
		settings.model = text_to_cstring(model);
		call->listed[call->n_listed++] = FindScoreSite(call, &settings);
	}
}

/* icd_has_any_hcc(icd10, models, payment_year) */
Datum
icd_has_any_hcc(PG_FUNCTION_ARGS)
{
	CallSite   *call;
	icd10_code	read;
	bool		found = false;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_NULL();
	call = GetCallSite(fcinfo);
	if (call->listed == NULL)
		ListModels(fcinfo, call);
	read = ReadCode(PG_GETARG_TEXT_PP(0));
	for (int i = 0; i < call->n_listed && !found; i++)
		found = hcc_find_code(call->listed[i]->model->compiled, read) != NULL;
	if (!get_fn_expr_arg_stable(fcinfo->flinfo, 1) || !get_fn_expr_arg_stable(fcinfo->flinfo, 2))
	{
		pfree(call->listed);
		call->listed = NULL;
	}
	PG_RETURN_BOOL(found);
}
