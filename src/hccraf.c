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

static void
CheckInterrupts(void)
{
	CHECK_FOR_INTERRUPTS();
}

void
_PG_init(void)
{
	hcc_interrupt = CheckInterrupts;
	InitModelState();
	InitCache();
	MarkGUCPrefixReserved("hccraf");
}
