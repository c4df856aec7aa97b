/*
 * table_scan.c
 *	  Reading rows of a reference table.
 *
 * The tables are read with a fresh catalog snapshot, as system catalogs are:
 * what is compiled of them outlives the transaction, and parallel workers may
 * compile too.  Columns are found by name, so that later versions can add some.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/pg_am_d.h"
#include "catalog/pg_type_d.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#include "compat.h"
#include "table_scan.h"

/* An index whose first column is this one, or InvalidOid */
static Oid
IndexOn(Relation relation, AttrNumber column)
{
	List	   *indexes = RelationGetIndexList(relation);
	ListCell   *cell;
	Oid			found = InvalidOid;

	foreach(cell, indexes)
	{
		Relation	index = index_open(lfirst_oid(cell), AccessShareLock);

		if (index->rd_index->indisvalid && index->rd_index->indkey.values[0] == column &&
			index->rd_rel->relam == BTREE_AM_OID && RelationGetIndexPredicate(index) == NIL &&
			!OidIsValid(found))
			found = RelationGetRelid(index);
		index_close(index, AccessShareLock);
	}
	list_free(indexes);
	return found;
}

pg_noreturn static void
MissingColumn(const char *table, const char *column)
{
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 column ? errmsg("column \"%s\" of reference table \"%s\" is missing", column, table) :
			 errmsg("reference table \"%s\" is missing", table),
			 errhint("Run ALTER EXTENSION hccraf UPDATE, or create the extension again.")));
}

/* Start reading the rows whose column has the value; column NULL: all rows. */
void
StartScan(TableScan *scan, Oid schema, const char *table, const char *column, Datum value)
{
	Oid			relid = get_relname_relid(table, schema);
	Oid			index = InvalidOid;
	TupleDesc	descriptor;
	ScanKeyData key;

	if (!OidIsValid(relid))
		MissingColumn(table, NULL);
	scan->table = table;
	scan->relation = table_open(relid, AccessShareLock);
	descriptor = RelationGetDescr(scan->relation);
	if (column != NULL)
	{
		int			attribute = ScanColumn(scan, column);
		bool		is_text = TupleDescAttr(descriptor, attribute)->atttypid == TEXTOID;

		ScanKeyInit(&key, attribute + 1, BTEqualStrategyNumber, is_text ? F_TEXTEQ : F_INT4EQ, value);
		/* the index is ordered by the column's collation */
		key.sk_collation = TupleDescAttr(descriptor, attribute)->attcollation;
		index = IndexOn(scan->relation, attribute + 1);
	}
	scan->scan = systable_beginscan(scan->relation, index, OidIsValid(index), NULL, column ? 1 : 0, &key);
	scan->values = palloc(descriptor->natts * sizeof(Datum));
	scan->nulls = palloc(descriptor->natts * sizeof(bool));
}

bool
NextRow(TableScan *scan)
{
	CHECK_FOR_INTERRUPTS();
	scan->tuple = systable_getnext(scan->scan);
	if (!HeapTupleIsValid(scan->tuple))
		return false;
	heap_deform_tuple(scan->tuple, RelationGetDescr(scan->relation), scan->values, scan->nulls);
	return true;
}

void
EndScan(TableScan *scan)
{
	systable_endscan(scan->scan);
	table_close(scan->relation, AccessShareLock);
}

/* Position of a column */
int
ScanColumn(TableScan *scan, const char *name)
{
	AttrNumber	attribute = get_attnum(RelationGetRelid(scan->relation), name);

	if (attribute == InvalidAttrNumber)
		MissingColumn(scan->table, name);
	return attribute - 1;
}

const char *
ScanText(TableScan *scan, int column)
{
	return scan->nulls[column] ? NULL : TextDatumGetCString(scan->values[column]);
}

bool
ScanFlag(TableScan *scan, int column)
{
	return !scan->nulls[column] && DatumGetBool(scan->values[column]);
}

int
ScanInt(TableScan *scan, int column, int if_null)
{
	return scan->nulls[column] ? if_null : DatumGetInt32(scan->values[column]);
}

/* A bound of a range; what does not fit is as good as no bound */
int16
ScanBound(TableScan *scan, int column, int16 if_null)
{
	int			value = ScanInt(scan, column, if_null);

	return (int16) Max(Min(value, PG_INT16_MAX), PG_INT16_MIN);
}

hcc_list
ScanTextList(TableScan *scan, int column)
{
	hcc_list	list = {NULL, 0};
	Datum	   *elements;
	bool	   *nulls;
	int			n;

	if (scan->nulls[column])
		return list;
	deconstruct_array(DatumGetArrayTypeP(scan->values[column]), TEXTOID, -1, false, TYPALIGN_INT,
					  &elements, &nulls, &n);
	list.item = palloc(Max(n, 1) * sizeof(char *));
	for (int i = 0; i < n; i++)
	{
		if (!nulls[i])
			list.item[list.items++] = TextDatumGetCString(elements[i]);
	}
	return list;
}

/*
 * A decimal as an integer with that many digits after the point, exactly.
 * The name is of what stands there, for the message.
 */
int64
ScanFixed(TableScan *scan, int column, int digits, const char *name)
{
	char	   *text = DatumGetCString(DirectFunctionCall1(numeric_out, scan->values[column]));
	char	   *p = text;
	bool		negative = *p == '-';
	int64		value = 0;
	int			decimals = -1;

	if (negative)
		p++;
	for (; *p != '\0'; p++)
	{
		if (*p == '.' && decimals < 0)
			decimals = 0;
		else if (*p >= '0' && *p <= '9' && value < PG_INT64_MAX / 100)
		{
			/* zeros beyond the last digit are harmless */
			if (decimals < digits)
				value = value * 10 + *p - '0';
			else if (*p != '0')
				break;
			if (decimals >= 0)
				decimals++;
		}
		else
			break;
	}
	if (*p != '\0')
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("%s in table \"%s\" has value %s", name, scan->table, text),
				 errdetail("At most %d decimals can be kept exactly.", digits),
				 errhint("Round the value.")));
	for (decimals = Max(decimals, 0); decimals < digits; decimals++)
		value *= 10;
	pfree(text);
	return negative ? -value : value;
}

/* Is a row with these bounds valid in the payment year? */
bool
ScanInYear(TableScan *scan, int first, int last, int payment_year)
{
	return payment_year == 0 ||
		(ScanInt(scan, first, 0) <= payment_year && ScanInt(scan, last, PG_INT32_MAX) >= payment_year);
}

/* The facts that a text[] column names */
hcc_facts
ScanFacts(TableScan *scan, int column, const char *name)
{
	hcc_list	list = ScanTextList(scan, column);
	hcc_facts	facts = 0;

	for (int i = 0; i < list.items; i++)
	{
		hcc_facts	fact = hcc_fact_by_name(list.item[i]);

		if (fact == 0)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_OBJECT_DEFINITION),
					 errmsg("column \"%s\" of table \"%s\" names an unknown fact \"%s\"", name, scan->table, list.item[i]),
					 errhint("The comment on hcc_variable.requires lists the facts.")));
		facts |= fact;
	}
	return facts;
}
