/*
 * compat.h
 *	  Differences between PostgreSQL 15 and 18.
 */
#ifndef HCCRAF_COMPAT_H
#define HCCRAF_COMPAT_H

#include "storage/proc.h"

#if PG_VERSION_NUM >= 160000
#include "nodes/miscnodes.h"
#include "varatt.h"
#else
/* Soft errors: before 16 an input function can only raise them. */
#define ereturn(context, value, ...) ereport(ERROR, __VA_ARGS__)
#endif

#if PG_VERSION_NUM >= 170000
#define MY_LOCAL_TRANSACTION (MyProc->vxid.lxid)
#else
#define MY_LOCAL_TRANSACTION (MyProc->lxid)
#endif

/* The file that a relation is in, another one after TRUNCATE */
#if PG_VERSION_NUM >= 160000
#define RELATION_FILE(relation) ((relation)->rd_locator.relNumber)
#else
#define RELATION_FILE(relation) ((relation)->rd_node.relNode)
#endif

#if PG_VERSION_NUM < 180000
#define pg_noreturn pg_attribute_noreturn()
#endif

#if PG_VERSION_NUM >= 180000
#define HCCRAF_MODULE_MAGIC PG_MODULE_MAGIC_EXT(.name = "hccraf", .version = HCCRAF_VERSION)
#else
#define HCCRAF_MODULE_MAGIC PG_MODULE_MAGIC
#endif

#endif							/* HCCRAF_COMPAT_H */
