/*
 * hccraf.c
 *	  The module itself.
 *
 * Nothing to do at load time: types need no state, and the model cache sets
 * itself up at its first use.
 */
#include "postgres.h"

#include "fmgr.h"

#include "compat.h"

HCCRAF_MODULE_MAGIC;
