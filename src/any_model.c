/*
 * any_model.c
 *	  Does a code have an HCC in any of several models?
 *
 * A run asks this of every diagnosis that it reads, for all the models that it
 * scores by.  So the list of models is kept with the call site, as an array of
 * score sites, and a diagnosis costs a look into a hash table for each model until
 * one knows it.  Who has it does not matter here, and codes come without dates, as
 * columns of records have them.
 */
#include "postgres.h"

#include "fmgr.h"
#include "utils/array.h"
#include "utils/builtins.h"

#include "compat.h"
#include "icd10_set.h"
#include "score.h"

PG_FUNCTION_INFO_V1(icd_has_any_hcc);
PG_FUNCTION_INFO_V1(hcc_code_verdict);
PG_FUNCTION_INFO_V1(hcc_canonical);

/*
 * The score sites of icd_has_any_hcc's models.  Where list and year are the
 * same for the whole query, the call site keeps them.  The array is in the memory
 * of the pin, as the sites are, and NULL elements are left out.
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

/* The models of the arguments (icd10, models, payment_year), to be left with LeaveModels */
static CallSite *
EnterModels(FunctionCallInfo fcinfo)
{
	CallSite   *call = GetCallSite(fcinfo);

	if (call->listed == NULL)
		ListModels(fcinfo, call);
	return call;
}

/*
 * Forget the models where the next call may be about others.  Sites stay, so that
 * a list of the same models is made again without loading any.
 */
static void
LeaveModels(FunctionCallInfo fcinfo, CallSite *call)
{
	if (!get_fn_expr_arg_stable(fcinfo->flinfo, 1) || !get_fn_expr_arg_stable(fcinfo->flinfo, 2))
	{
		pfree(call->listed);
		call->listed = NULL;
	}
}

/*
 * The code of a row of patients' data.  What cannot be read has a verdict of
 * its own and stops nobody, even if it is a list.
 */
static icd10_code
ReadRow(FunctionCallInfo fcinfo)
{
	text	   *given = PG_GETARG_TEXT_PP(0);

	return icd10_read(VARDATA_ANY(given), VARSIZE_ANY_EXHDR(given));
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
	call = EnterModels(fcinfo);
	read = ReadRow(fcinfo);
	for (int i = 0; i < call->n_listed && !found; i++)
		found = hcc_find_code(call->listed[i]->model->compiled, read) != NULL;
	LeaveModels(fcinfo, call);
	PG_RETURN_BOOL(found);
}

/*
 * hcc_code_verdict(icd10, models, payment_year): ok, or why a code gives no
 * HCC in any of the models
 *
 * An incomplete code is more than one without HCC: what was meant may well have
 * one, and the record can be corrected.  Whether it is that, any model may say.
 */
Datum
hcc_code_verdict(PG_FUNCTION_ARGS)
{
	CallSite   *call;
	icd10_code	read;
	bool		found = false;
	bool		begins = false;

	if (PG_ARGISNULL(1))
		PG_RETURN_NULL();
	read = PG_ARGISNULL(0) ? ICD10_NONE : ReadRow(fcinfo);
	call = EnterModels(fcinfo);
	for (int i = 0; i < call->n_listed && !found; i++)
	{
		found = hcc_find_code(call->listed[i]->model->compiled, read) != NULL;
		begins |= !found && hcc_begins_code(call->listed[i]->model->compiled, read);
	}
	LeaveModels(fcinfo, call);
	PG_RETURN_TEXT_P(cstring_to_text(found ? "ok" : begins ? "incomplete_code" :
									 icd10_is_icd10(read) ? "no_hcc" : "not_a_code"));
}

/*
 * hcc_canonical(icd10): the code as it is stored, "?" if it is none; for rows
 * of patients' data, where icd10_canonical would refuse a list
 */
Datum
hcc_canonical(PG_FUNCTION_ARGS)
{
	char		text[ICD10_MAX_TEXT + 1];
	icd10_code	read = ReadRow(fcinfo);

	icd10_write(read == ICD10_NONE ? ICD10_UNREADABLE : read, text);
	PG_RETURN_TEXT_P(cstring_to_text(text));
}
