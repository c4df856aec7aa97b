/*
 * table_scan.h
 *	  Reading rows of a reference table.
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
	Relation	relation;
	SysScanDesc scan;
	const char *table;
	HeapTuple	tuple;
	Datum	   *values;
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
