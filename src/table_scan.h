/*
 * table_scan.h
 *	  Reading rows of a reference table.
 *
 * The use is always the same: StartScan, ScanColumn for each column that is needed,
 * then NextRow and the Scan functions on the current row, and EndScan.  All that
 * these return is allocated in the current memory context.
 */
#ifndef HCCRAF_TABLE_SCAN_H
#define HCCRAF_TABLE_SCAN_H

#include "access/genam.h"
#include "compat.h"
#include "core/compile.h"
#include "utils/rel.h"

/* A scan and its current row */
typedef struct TableScan
{
	Relation	relation;		/* open until EndScan, or until the transaction aborts */
	SysScanDesc scan;
	const char *table;			/* its name, as the caller gave it */
	HeapTuple	tuple;			/* NULL after the last row */
	Datum	   *values;			/* of all columns, by position; into the tuple */
	bool	   *nulls;
} TableScan;

extern bool IsReadable(Oid relation);
extern void CheckReadable(Oid relation);
extern Oid	ReferenceTable(Oid schema, const char *table);
extern void StartScan(TableScan *scan, Oid schema, const char *table, const char *column,
					  Datum value);
extern bool NextRow(TableScan *scan);
extern void EndScan(TableScan *scan);
extern int	ScanColumn(TableScan *scan, const char *name);
extern const char *ScanText(TableScan *scan, int column);
extern bool ScanFlag(TableScan *scan, int column);
extern int	ScanInt(TableScan *scan, int column, int if_null);
extern int16 ScanBound(TableScan *scan, int column, int16 if_null);
extern hcc_list ScanTextList(TableScan *scan, int column);
pg_noreturn extern void BadValue(TableScan *scan, int column, const char *takes);
extern int64 ScanFixed(TableScan *scan, int column, int digits);
extern bool ScanInYear(TableScan *scan, int first, int last, int payment_year);
extern hcc_facts ScanFacts(TableScan *scan, int column, const char *name);

#endif							/* HCCRAF_TABLE_SCAN_H */
