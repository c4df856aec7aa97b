/*
 * table_scan.c
 *	  Reading rows of a reference table.
 *
 * The tables are read with the snapshot of the statement that asks, all with
 * the same, as a query would read them: see model_state.c.  Columns are found
 * by name, so that later versions can add some.
 *
 * They are read through systable_beginscan, which is for catalogs and takes any
 * table and snapshot: an index if there is one, the table else.  SPI would do it in
 * SQL, and would need a plan for each of fifteen tables at the first call of every
 * connection, whose operators and functions would have to be kept from search_path.
 *
 * What the executor does for a query has to be done here: asking for rights, for
 * row security, and whether the snapshot's rows are still where it looks.
 *
 * A user can write anything into these tables that their checks let pass.  So a
 * value that cannot be is an error that names table, column and row, and never an
 * assertion, unless a check or NOT NULL of the column keeps it out.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/transam.h"
#include "access/xact.h"
#include "catalog/pg_am_d.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type_d.h"
#include "fmgr.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/rls.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"

#include "compat.h"
#include "table_scan.h"

/*
 * The largest decimal of the reference tables, and, below zero, the smallest.  With
 * nine digits after the point, more than any column has, it fits into 64 bits by
 * far, also times ten, as ScanFixed needs.
 */
#define MAX_DECIMAL ((int) (HCC_MAX_COEFFICIENT / 1000))

/*
 * May the current user read the whole table, or every column of it?  Some columns
 * are not enough: a score tells of all of them.
 */
static bool
MaySelect(Oid relation)
{
	return pg_class_aclcheck(relation, GetUserId(), ACL_SELECT) == ACLCHECK_OK ||
		pg_attribute_aclcheck_all(relation, GetUserId(), ACL_SELECT, ACLMASK_ALL) == ACLCHECK_OK;
}

/*
 * May the current user read the whole table?  Row security would hide rows
 * from him.  No error, and none of that row security is asked about either.
 */
bool
IsReadable(Oid relation)
{
	return MaySelect(relation) && check_enable_rls(relation, InvalidOid, true) != RLS_ENABLED;
}

/*
 * An error if not.  What is compiled of the table is read past the executor,
 * which would ask.  A table with row security cannot be read by parts: a model
 * that lacks the hidden rows would be compiled, kept, and served to others.
 */
void
CheckReadable(Oid relation)
{
	if (!MaySelect(relation))
		aclcheck_error(ACLCHECK_NO_PRIV, OBJECT_TABLE, get_rel_name(relation));
	if (check_enable_rls(relation, InvalidOid, true) == RLS_ENABLED)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("reference table \"%s\" has row security, by which models cannot be read",
						get_rel_name(relation)),
				 errhint("Revoke SELECT from those who are not to score by it.")));
}

/*
 * The file that a table was in for a snapshot; InvalidOid if there was no table.
 * The catalog is read with that snapshot, where the relation cache always has the
 * newest row.
 */
static Oid
FileAsOf(Oid table, Snapshot snapshot)
{
	Relation	catalog = table_open(RelationRelationId, AccessShareLock);
	SysScanDesc scan;
	ScanKeyData key;
	HeapTuple	tuple;
	Oid			file = InvalidOid;

	Assert(OidIsValid(table));
	ScanKeyInit(&key, Anum_pg_class_oid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(table));
	scan = systable_beginscan(catalog, ClassOidIndexId, true, snapshot, 1, &key);
	tuple = systable_getnext(scan);
	if (HeapTupleIsValid(tuple))
		file = ((Form_pg_class) GETSTRUCT(tuple))->relfilenode;
	systable_endscan(scan);
	table_close(catalog, AccessShareLock);
	return file;
}

/*
 * TRUNCATE and ALTER TABLE put rows where older snapshots do not look: what
 * they should see cannot be had any more.  The new file looks empty to them, and
 * a model without these rows would be compiled without a word.  The file is asked
 * for and not which version of the catalog's row it is, because a grant makes a new
 * one, too, and does no harm.  CLUSTER and VACUUM FULL keep rows as they were and
 * are refused all the same; the statement need only be run again.
 *
 * The relation is open and locked by now, so its file does not change after this.
 */
static void
CheckNotRewritten(TableScan *scan, Snapshot snapshot)
{
	if (FileAsOf(RelationGetRelid(scan->relation), snapshot) != scan->relation->rd_rel->relfilenode)
		ereport(ERROR,
				(errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
				 errmsg("reference table \"%s\" was altered or emptied while the statement "
						"was running",
						scan->table),
				 errhint("Run it again.")));
}

/*
 * May an index be used with a snapshot that may be older than the index?  The
 * planner asks the same: one that was built over chains of updated rows serves only
 * snapshots that are younger than it (indcheckxmin).  A partial one does not have
 * all rows, and the key is made for a btree.
 */
static bool
IndexServes(Relation index)
{
	if (!index->rd_index->indisvalid || index->rd_rel->relam != BTREE_AM_OID ||
		RelationGetIndexPredicate(index) != NIL)
		return false;
	return !index->rd_index->indcheckxmin ||
		TransactionIdPrecedes(HeapTupleHeaderGetXmin(index->rd_indextuple->t_data),
							  TransactionXmin);
}

/*
 * An index whose first column is this one, or InvalidOid.  The first that there is:
 * nearly all rows of a key are wanted, so they do not differ by much.  Without any,
 * as after a user dropped them, the whole table is read, which gives the same.
 */
static Oid
IndexOn(Relation relation, AttrNumber column)
{
	List	   *indexes = RelationGetIndexList(relation);
	ListCell   *cell;
	Oid			found = InvalidOid;

	foreach(cell, indexes)
	{
		Relation	index = index_open(lfirst_oid(cell), AccessShareLock);

		if (!OidIsValid(found) && index->rd_index->indkey.values[0] == column && IndexServes(index))
			found = RelationGetRelid(index);
		index_close(index, AccessShareLock);
	}
	list_free(indexes);
	return found;
}

#define HOW_TO_REPAIR "Run ALTER EXTENSION hccraf UPDATE, or create the extension again."

/*
 * The table of that name in the extension's schema; an error if it is missing.
 * Never looked up by search_path, where somebody could have put another one.
 */
Oid
ReferenceTable(Oid schema, const char *table)
{
	Oid			relation = get_relname_relid(table, schema);

	if (!OidIsValid(relation))
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("reference table \"%s\" is missing", table),
				 errhint(HOW_TO_REPAIR)));
	return relation;
}

/*
 * Start reading the rows whose column has the value; column NULL: all rows.
 * With the active snapshot; an error if the user may not read the table, or
 * the snapshot's rows are not there any more.  EndScan is due, but for after
 * an error.
 *
 * The value is text or an integer, as the column is.  The operators are those of
 * the server, by number, in the column's own collation.
 */
void
StartScan(TableScan *scan, Oid schema, const char *table, const char *column, Datum value)
{
	Oid			relid = ReferenceTable(schema, table);
	Snapshot	snapshot = GetActiveSnapshot();
	Oid			index = InvalidOid;
	TupleDesc	descriptor;
	ScanKeyData key;

	Assert(ActiveSnapshotSet());
	CheckReadable(relid);
	scan->table = table;
	scan->relation = table_open(relid, AccessShareLock);
	CheckNotRewritten(scan, snapshot);
	descriptor = RelationGetDescr(scan->relation);
	if (column != NULL)
	{
		int			attribute = ScanColumn(scan, column);
		bool		is_text = TupleDescAttr(descriptor, attribute)->atttypid == TEXTOID;

		ScanKeyInit(&key, attribute + 1, BTEqualStrategyNumber,
					is_text ? F_TEXTEQ : F_INT4EQ, value);
		/* the index is ordered by the column's collation */
		key.sk_collation = TupleDescAttr(descriptor, attribute)->attcollation;
		index = IndexOn(scan->relation, attribute + 1);
	}
	scan->scan = systable_beginscan(scan->relation, index, OidIsValid(index), snapshot,
									column ? 1 : 0, &key);
	scan->values = palloc(descriptor->natts * sizeof(Datum));
	scan->nulls = palloc(descriptor->natts * sizeof(bool));
}

/*
 * Go to the next row; false after the last.  The values of a row are valid
 * until the next.  All columns are taken apart at once, as nearly all are needed.
 */
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

/*
 * Close the table, too.  The lock is given back: what is compiled of the rows hears
 * of later changes in other ways (model_cache.c).
 */
void
EndScan(TableScan *scan)
{
	systable_endscan(scan->scan);
	table_close(scan->relation, AccessShareLock);
}

#ifdef USE_ASSERT_CHECKING
/* Is there a current row, with a column at this position? */
static bool
IsColumn(const TableScan *scan, int column)
{
	return HeapTupleIsValid(scan->tuple) &&
		column >= 0 && column < RelationGetDescr(scan->relation)->natts;
}
#endif

/*
 * Position of a column, for the functions below; an error if the table does
 * not have it
 */
int
ScanColumn(TableScan *scan, const char *name)
{
	AttrNumber	attribute = get_attnum(RelationGetRelid(scan->relation), name);

	if (attribute == InvalidAttrNumber)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("column \"%s\" of reference table \"%s\" is missing", name, scan->table),
				 errhint(HOW_TO_REPAIR)));
	return attribute - 1;
}

/* A text of the current row, copied to the current memory context; NULL if it is */
const char *
ScanText(TableScan *scan, int column)
{
	Assert(IsColumn(scan, column));
	return scan->nulls[column] ? NULL : TextDatumGetCString(scan->values[column]);
}

/* A boolean of the current row; NULL is false. */
bool
ScanFlag(TableScan *scan, int column)
{
	Assert(IsColumn(scan, column));
	return !scan->nulls[column] && DatumGetBool(scan->values[column]);
}

/* An integer of the current row */
int
ScanInt(TableScan *scan, int column, int if_null)
{
	Assert(IsColumn(scan, column));
	return scan->nulls[column] ? if_null : DatumGetInt32(scan->values[column]);
}

/*
 * A bound of a range; what does not fit is as good as no bound.  Ages, months,
 * counts and days are all far below 32,767, so a bound beyond is met, or missed,
 * by everybody as it was.
 */
int16
ScanBound(TableScan *scan, int column, int16 if_null)
{
	int			value = ScanInt(scan, column, if_null);

	return (int16) Max(Min(value, PG_INT16_MAX), PG_INT16_MIN);
}

/*
 * The elements of a text[] that are not NULL, in the current memory context; of a
 * NULL none, as of an empty array.  More than one dimension is read as a list.
 */
hcc_list
ScanTextList(TableScan *scan, int column)
{
	hcc_list	list = {NULL, 0};
	Datum	   *elements;
	bool	   *nulls;
	int			n;

	Assert(IsColumn(scan, column));
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
 * Which row it is, for a message: its first columns that are not NULL.  Four of
 * them are enough to find it, for the tables begin with their keys.  Only texts and
 * integers, whose form needs no output function.
 */
static char *
DescribeRow(TableScan *scan)
{
	TupleDesc	descriptor = RelationGetDescr(scan->relation);
	StringInfoData out;
	int			columns = 0;

	initStringInfo(&out);
	for (int i = 0; i < descriptor->natts && columns < 4; i++)
	{
		Form_pg_attribute attribute = TupleDescAttr(descriptor, i);

		if (attribute->attisdropped || scan->nulls[i] ||
			(attribute->atttypid != TEXTOID && attribute->atttypid != INT4OID))
			continue;
		appendStringInfo(&out, "%s%s ", columns++ > 0 ? ", " : "", NameStr(attribute->attname));
		if (attribute->atttypid == TEXTOID)
			appendStringInfo(&out, "\"%s\"", TextDatumGetCString(scan->values[i]));
		else
			appendStringInfo(&out, "%d", DatumGetInt32(scan->values[i]));
	}
	return out.data;
}

/* A value that its column cannot have; what it takes completes a sentence. */
void
BadValue(TableScan *scan, int column, const char *takes)
{
	Form_pg_attribute attribute = TupleDescAttr(RelationGetDescr(scan->relation), column);
	Oid			output;
	bool		is_varlena;

	Assert(IsColumn(scan, column) && !scan->nulls[column]);
	getTypeOutputInfo(attribute->atttypid, &output, &is_varlena);
	ereport(ERROR,
			(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
			 errmsg("%s in table \"%s\" has value %s", NameStr(attribute->attname), scan->table,
					OidOutputFunctionCall(output, scan->values[column])),
			 errdetail("It is the row with %s. The column takes %s.", DescribeRow(scan), takes),
			 errhint("Correct the value.")));
}

/* The error for a decimal that scores cannot be made of */
pg_noreturn static void
BadDecimal(TableScan *scan, int column, int digits)
{
	BadValue(scan, column,
			 psprintf("values up to %d, with at most %d decimals", MAX_DECIMAL, digits));
}

/*
 * A decimal as an integer with that many digits after the point, exactly; an
 * error if that cannot be, or it is larger than MAX_DECIMAL. Must not be
 * NULL.
 *
 * By way of its text, whose digits are exact: a float is not, and numeric's own
 * conversion to an integer would round a coefficient of four decimals in silence,
 * where a published one has three and the fourth is a slip.
 */
int64
ScanFixed(TableScan *scan, int column, int digits)
{
	char	   *text = DatumGetCString(DirectFunctionCall1(numeric_out, scan->values[column]));
	char	   *p = text;
	bool		negative = *p == '-';
	int64		value = 0;
	int64		unit = 1;
	int			decimals = -1;	/* before the point */

	Assert(IsColumn(scan, column) && !scan->nulls[column]);
	Assert(digits >= 0 && digits <= 9);
	for (int i = 0; i < digits; i++)
		unit *= 10;
	for (p += negative; *p != '\0'; p++)
	{
		if (*p == '.' && decimals < 0)
		{
			decimals = 0;
			continue;
		}
		/* zeros beyond the last digit are harmless; NaN and infinity are not */
		if (*p < '0' || *p > '9' || (decimals >= digits && *p != '0'))
			BadDecimal(scan, column, digits);
		if (decimals < digits)
			value = value * 10 + *p - '0';
		if (decimals >= 0)
			decimals++;
		/* within the loop, too, or a long number would overflow before its end */
		if (value > MAX_DECIMAL * unit)
			BadDecimal(scan, column, digits);
	}
	for (decimals = Max(decimals, 0); decimals < digits; decimals++)
		value *= 10;
	if (value > MAX_DECIMAL * unit)
		BadDecimal(scan, column, digits);
	pfree(text);
	return negative ? -value : value;
}

/*
 * Is a row with these bounds valid in the payment year?  Both belong to it, and
 * NULL is none.  The year 0 is that of a model without years: all its rows hold.
 */
bool
ScanInYear(TableScan *scan, int first, int last, int payment_year)
{
	return payment_year == 0 ||
		(ScanInt(scan, first, 0) <= payment_year &&
		 ScanInt(scan, last, PG_INT32_MAX) >= payment_year);
}

/*
 * The facts that a text[] column names; one that nobody knows is an error: a
 * condition that is passed over would hold for too many.
 */
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
					 errmsg("column \"%s\" of table \"%s\" names an unknown fact \"%s\"",
							name, scan->table, list.item[i]),
					 errhint("The comment on hcc_variable.requires lists the facts.")));
		facts |= fact;
	}
	return facts;
}
