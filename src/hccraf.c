/*
 * hccraf.c
 *	  The module itself.
 */
#include "postgres.h"

#include "fmgr.h"
#include "miscadmin.h"
#include "utils/guc.h"

#include "compat.h"
#include "core/interrupt.h"
#include "model_cache.h"
#include "model_state.h"

HCCRAF_MODULE_MAGIC;

void		_PG_init(void);

/* The core's hook; CHECK_FOR_INTERRUPTS is a macro and may leave by longjmp. */
static void
CheckInterrupts(void)
{
	CHECK_FOR_INTERRUPTS();
}

/*
 * Called once when the library is loaded.  What it registers stays until the
 * backend ends.
 */
void
_PG_init(void)
{
	hcc_interrupt = CheckInterrupts;
	InitModelState();
	InitCache();
	MarkGUCPrefixReserved("hccraf");
}
