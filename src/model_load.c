/*
 * model_load.c
 *	  Reading reference tables: from rows to a compiled model.
 *
 * The tables are read with a fresh catalog snapshot, as system catalogs are:
 * what is compiled outlives the transaction, and parallel workers may compile
 * too.  Columns are found by name, so that later versions can add some.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/pg_am_d.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "portability/instr_time.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/numeric.h"
#include "utils/rel.h"

#include "compat.h"
#include "core/compile.h"
#include "model_load.h"

/* ---- scanning a table ---- */

typedef struct TableScan
{
	Relation	relation;
	SysScanDesc scan;
	const char *table;
	HeapTuple	tuple;
	Datum	   *values;
	bool	   *nulls;
} TableScan;

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

/* Start reading the rows whose column has the value. */
static void
StartScan(TableScan *scan, Oid schema, const char *table, const char *column, Datum value)
{
	Oid			relid = get_relname_relid(table, schema);
	AttrNumber	attribute = OidIsValid(relid) ? get_attnum(relid, column) : InvalidAttrNumber;
	TupleDesc	descriptor;
	bool		is_text;
	ScanKeyData key;

	if (attribute == InvalidAttrNumber)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("reference table \"%s\" or its column \"%s\" is missing", table, column),
				 errhint("Run ALTER EXTENSION hccraf UPDATE, or create the extension again.")));
	scan->table = table;
	scan->relation = table_open(relid, AccessShareLock);
	descriptor = RelationGetDescr(scan->relation);
	is_text = TupleDescAttr(descriptor, attribute - 1)->atttypid == TEXTOID;
	ScanKeyInit(&key, attribute, BTEqualStrategyNumber, is_text ? F_TEXTEQ : F_INT4EQ, value);
	/* the index is ordered by the column's collation */
	key.sk_collation = TupleDescAttr(descriptor, attribute - 1)->attcollation;

	scan->scan = systable_beginscan(scan->relation, IndexOn(scan->relation, attribute), true, NULL, 1, &key);
	scan->values = palloc(descriptor->natts * sizeof(Datum));
	scan->nulls = palloc(descriptor->natts * sizeof(bool));
}

static bool
NextRow(TableScan *scan)
{
	CHECK_FOR_INTERRUPTS();
	scan->tuple = systable_getnext(scan->scan);
	if (!HeapTupleIsValid(scan->tuple))
		return false;
	heap_deform_tuple(scan->tuple, RelationGetDescr(scan->relation), scan->values, scan->nulls);
	return true;
}

static void
EndScan(TableScan *scan)
{
	systable_endscan(scan->scan);
	table_close(scan->relation, AccessShareLock);
}

/* Position of a column */
static int
Column(TableScan *scan, const char *name)
{
	AttrNumber	attribute = get_attnum(RelationGetRelid(scan->relation), name);

	if (attribute == InvalidAttrNumber)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("reference table \"%s\" or its column \"%s\" is missing", scan->table, name),
				 errhint("Run ALTER EXTENSION hccraf UPDATE, or create the extension again.")));
	return attribute - 1;
}

static const char *
Text(TableScan *scan, int column)
{
	return scan->nulls[column] ? NULL : TextDatumGetCString(scan->values[column]);
}

static bool
Flag(TableScan *scan, int column)
{
	return !scan->nulls[column] && DatumGetBool(scan->values[column]);
}

static int
Int(TableScan *scan, int column, int if_null)
{
	return scan->nulls[column] ? if_null : DatumGetInt32(scan->values[column]);
}

/* A bound of a range; what does not fit is as good as no bound */
static int16
Bound(TableScan *scan, int column, int16 if_null)
{
	int			value = Int(scan, column, if_null);

	return (int16) Max(Min(value, PG_INT16_MAX), PG_INT16_MIN);
}

static hcc_list
TextList(TableScan *scan, int column)
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
static int64
Fixed(TableScan *scan, int column, int digits, const char *name)
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
static bool
InYear(TableScan *scan, int first, int last, int payment_year)
{
	return payment_year == 0 ||
		(Int(scan, first, 0) <= payment_year && Int(scan, last, PG_INT32_MAX) >= payment_year);
}

/* Room for one more row of an HCC_ROWS array */
#define ADD_ROW(list) \
	((list).rows == (list).room ? \
	 ((list).room = Max(32, (list).room * 2), \
	  (list).row = (list).row == NULL ? palloc((list).room * sizeof(*(list).row)) : \
	  repalloc((list).row, (list).room * sizeof(*(list).row))) : NULL, \
	 memset(&(list).row[(list).rows], 0, sizeof(*(list).row)), \
	 &(list).row[(list).rows++])

/* ---- one table each ---- */

typedef struct ModelLoad
{
	Oid			schema;
	const char *name;
	Datum		name_datum;
	int			payment_year;
	const char *calibration;
	hcc_source	source;
} ModelLoad;

static void
StartModelScan(TableScan *scan, ModelLoad *load, const char *table)
{
	StartScan(scan, load->schema, table, "model_version", load->name_datum);
}

static icd10_code
CodeOf(TableScan *scan, int column)
{
	text	   *value = DatumGetTextPP(scan->values[column]);
	icd10_code	code = icd10_read(VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value));

	if (code == ICD10_NONE || code == ICD10_UNREADABLE)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_OBJECT_DEFINITION),
				 errmsg("icd10_code \"%s\" in table \"%s\" is not a diagnosis code", text_to_cstring(value), scan->table),
				 errhint("A code has at most eight letters and digits.")));
	return code;
}

static void
LoadCategories(ModelLoad *load)
{
	TableScan	scan;
	int			hcc;
	int			label;
	int			payment;

	StartModelScan(&scan, load, "hcc_category");
	hcc = Column(&scan, "hcc_code");
	label = Column(&scan, "label");
	payment = Column(&scan, "is_payment");
	while (NextRow(&scan))
	{
		hcc_category_row *row = ADD_ROW(load->source.category);

		row->hcc = Text(&scan, hcc);
		row->label = Text(&scan, label);
		row->payment = Flag(&scan, payment);
	}
	EndScan(&scan);
}

/* Returns whether the model has any row, valid in the year or not. */
static bool
LoadCrosswalk(ModelLoad *load)
{
	TableScan	scan;
	int			code;
	int			hcc;
	int			label;
	int			coefficient;
	int			first;
	int			last;
	bool		any = false;
	bool		display = load->source.category.rows == 0;
	text	   *last_hcc = NULL;
	const char *last_hcc_string = NULL;

	StartModelScan(&scan, load, "hcc_crosswalk");
	code = Column(&scan, "icd10_code");
	hcc = Column(&scan, "hcc_code");
	label = Column(&scan, "hcc_description");
	coefficient = Column(&scan, "coefficient");
	first = Column(&scan, "effective_year");
	last = Column(&scan, "expiry_year");
	while (NextRow(&scan))
	{
		text	   *hcc_text = DatumGetTextPP(scan.values[hcc]);
		hcc_crosswalk_row *row;

		any = true;
		if (!InYear(&scan, first, last, load->payment_year))
			continue;
		row = ADD_ROW(load->source.crosswalk);
		row->code = CodeOf(&scan, code);

		/* neighbouring codes mostly share their HCC, and its string */
		if (last_hcc == NULL || VARSIZE_ANY_EXHDR(last_hcc) != VARSIZE_ANY_EXHDR(hcc_text) ||
			memcmp(VARDATA_ANY(last_hcc), VARDATA_ANY(hcc_text), VARSIZE_ANY_EXHDR(hcc_text)) != 0)
		{
			last_hcc_string = text_to_cstring(hcc_text);
			last_hcc = cstring_to_text(last_hcc_string);
		}
		row->hcc = last_hcc_string;

		/* a model that has categories and segments needs no more */
		if (display)
			row->label = Text(&scan, label);
		if (load->source.segment.rows == 0 && !scan.nulls[coefficient])
		{
			row->has_coefficient = true;
			row->coefficient = Fixed(&scan, coefficient, HCC_SCORE_DIGITS, "coefficient");
		}
	}
	EndScan(&scan);
	return any;
}

static hcc_facts
SexFact(const char *sex)
{
	return sex == NULL ? 0 : sex[0] == 'F' ? HCC_FACT_FEMALE : HCC_FACT_MALE;
}

static void
LoadEdits(ModelLoad *load)
{
	TableScan	scan;
	int			code;
	int			kind;
	int			sex;
	int			age_min;
	int			age_max;
	int			hcc;
	int			first;
	int			last;

	StartModelScan(&scan, load, "hcc_dx_edit");
	code = Column(&scan, "icd10_code");
	kind = Column(&scan, "edit_kind");
	sex = Column(&scan, "sex");
	age_min = Column(&scan, "age_min");
	age_max = Column(&scan, "age_max");
	hcc = Column(&scan, "hcc_code");
	first = Column(&scan, "effective_year");
	last = Column(&scan, "expiry_year");
	while (NextRow(&scan))
	{
		hcc_edit_row *row;

		if (!InYear(&scan, first, last, load->payment_year))
			continue;
		row = ADD_ROW(load->source.edit);
		row->code = CodeOf(&scan, code);
		row->mce = strcmp(Text(&scan, kind), "mce") == 0;
		row->requires = SexFact(Text(&scan, sex));
		row->age_min = Bound(&scan, age_min, PG_INT16_MIN);
		row->age_max = Bound(&scan, age_max, PG_INT16_MAX);
		row->hcc = Text(&scan, hcc);
	}
	EndScan(&scan);
}

static void
LoadPrerequisites(ModelLoad *load)
{
	TableScan	scan;
	int			hcc;
	int			any;
	int			first;
	int			last;

	StartModelScan(&scan, load, "hcc_prerequisite");
	hcc = Column(&scan, "hcc_code");
	any = Column(&scan, "requires_any");
	first = Column(&scan, "effective_year");
	last = Column(&scan, "expiry_year");
	while (NextRow(&scan))
	{
		hcc_prerequisite_row *row;

		if (!InYear(&scan, first, last, load->payment_year))
			continue;
		row = ADD_ROW(load->source.prerequisite);
		row->hcc = Text(&scan, hcc);
		row->any = TextList(&scan, any);
	}
	EndScan(&scan);
}

static void
LoadHierarchy(ModelLoad *load)
{
	TableScan	scan;
	int			superior;
	int			subordinate;

	StartModelScan(&scan, load, "hcc_hierarchy");
	superior = Column(&scan, "superior_hcc");
	subordinate = Column(&scan, "subordinate_hcc");
	while (NextRow(&scan))
	{
		hcc_hierarchy_row *row = ADD_ROW(load->source.hierarchy);

		row->superior = Text(&scan, superior);
		row->subordinate = Text(&scan, subordinate);
	}
	EndScan(&scan);
}

static void
LoadGroups(ModelLoad *load)
{
	TableScan	scan;
	int			name;
	int			hccs;

	StartModelScan(&scan, load, "hcc_group");
	name = Column(&scan, "group_name");
	hccs = Column(&scan, "hcc_codes");
	while (NextRow(&scan))
	{
		hcc_group_row *row = ADD_ROW(load->source.group);

		row->name = Text(&scan, name);
		row->hccs = TextList(&scan, hccs);
	}
	EndScan(&scan);
}

/* The facts that a text[] column names */
static hcc_facts
FactList(TableScan *scan, int column, const char *name)
{
	hcc_list	list = TextList(scan, column);
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

/* The conditions on the person that hcc_variable and hcc_segment share */
static void
LoadCondition(TableScan *scan, hcc_condition *condition)
{
	int			age_min = Column(scan, "age_min");
	int			age_max = Column(scan, "age_max");
	int			requires = Column(scan, "requires");
	int			forbids = Column(scan, "forbids");
	int			months_min = Column(scan, "months_min");
	int			months_max = Column(scan, "months_max");

	condition->age_min = Bound(scan, age_min, PG_INT16_MIN);
	condition->age_max = Bound(scan, age_max, PG_INT16_MAX);
	condition->requires = FactList(scan, requires, "requires");
	condition->forbids = FactList(scan, forbids, "forbids");
	condition->months_min = Bound(scan, months_min, 0);
	condition->months_max = Bound(scan, months_max, PG_INT16_MAX);
	condition->count_max = PG_INT16_MAX;
}

static void
LoadVariables(ModelLoad *load)
{
	TableScan	scan;
	int			name;
	int			kind;
	int			label;
	int			sex;
	int			count_min;
	int			count_max;

	StartModelScan(&scan, load, "hcc_variable");
	name = Column(&scan, "variable");
	kind = Column(&scan, "kind");
	label = Column(&scan, "label");
	sex = Column(&scan, "sex");
	count_min = Column(&scan, "count_min");
	count_max = Column(&scan, "count_max");
	while (NextRow(&scan))
	{
		hcc_variable_row *row = ADD_ROW(load->source.variable);

		row->name = Text(&scan, name);
		row->kind = hcc_kind_by_name(Text(&scan, kind));
		row->label = Text(&scan, label);
		LoadCondition(&scan, &row->condition);
		row->condition.requires |= SexFact(Text(&scan, sex));
		row->condition.count_min = Bound(&scan, count_min, 0);
		row->condition.count_max = Bound(&scan, count_max, PG_INT16_MAX);
	}
	EndScan(&scan);
}

static void
LoadInteractions(ModelLoad *load)
{
	TableScan	scan;
	int			name;
	int			elements;
	int			coefficient;

	StartModelScan(&scan, load, "hcc_interaction");
	name = Column(&scan, "interaction_name");
	elements = Column(&scan, "hcc_combinations");
	coefficient = Column(&scan, "coefficient");
	while (NextRow(&scan))
	{
		hcc_interaction_row *row = ADD_ROW(load->source.interaction);

		row->name = Text(&scan, name);
		row->elements = TextList(&scan, elements);
		row->has_coefficient = !scan.nulls[coefficient];
		if (row->has_coefficient)
			row->coefficient = Fixed(&scan, coefficient, HCC_SCORE_DIGITS, "coefficient");
	}
	EndScan(&scan);
}

static void
LoadSegments(ModelLoad *load)
{
	TableScan	scan;
	int			name;
	int			label;
	int			priority;
	int			adds;
	int			divided_by;

	StartModelScan(&scan, load, "hcc_segment");
	name = Column(&scan, "segment");
	label = Column(&scan, "label");
	priority = Column(&scan, "priority");
	adds = Column(&scan, "adds");
	divided_by = Column(&scan, "divided_by");
	while (NextRow(&scan))
	{
		hcc_segment_row *row = ADD_ROW(load->source.segment);

		row->name = Text(&scan, name);
		row->label = Text(&scan, label);
		row->priority = Int(&scan, priority, 0);
		row->adds = Text(&scan, adds);
		row->divided_by = Text(&scan, divided_by);
		LoadCondition(&scan, &row->condition);
	}
	EndScan(&scan);
}

static void
LoadAgeRules(ModelLoad *load)
{
	TableScan	scan;
	int			age;
	int			orec;
	int			scored_age;
	int			applies_to;
	int			first;
	int			last;

	StartModelScan(&scan, load, "hcc_age_rule");
	age = Column(&scan, "age");
	orec = Column(&scan, "orec");
	scored_age = Column(&scan, "scored_age");
	applies_to = Column(&scan, "applies_to");
	first = Column(&scan, "effective_year");
	last = Column(&scan, "expiry_year");
	while (NextRow(&scan))
	{
		hcc_age_rule *rule;
		const char *use;

		if (!InYear(&scan, first, last, load->payment_year))
			continue;
		rule = ADD_ROW(load->source.age_rule);
		use = Text(&scan, applies_to);
		rule->age = Bound(&scan, age, 0);
		rule->scored_age = Bound(&scan, scored_age, 0);
		rule->requires = hcc_fact_by_name(psprintf("orec_%s", Text(&scan, orec)));
		rule->use = strcmp(use, "everything") == 0 ? HCC_AGE_EVERYTHING :
			strcmp(use, "segment") == 0 ? HCC_AGE_SEGMENT : HCC_AGE_NEW_ENROLLEE;
	}
	EndScan(&scan);
}

static void
LoadCoefficients(ModelLoad *load)
{
	TableScan	scan;
	int			calibration;
	int			segment;
	int			variable;
	int			coefficient;
	int			custom;

	StartModelScan(&scan, load, "hcc_coefficient");
	calibration = Column(&scan, "calibration");
	segment = Column(&scan, "segment");
	variable = Column(&scan, "variable");
	coefficient = Column(&scan, "coefficient");
	custom = Column(&scan, "custom");
	while (NextRow(&scan))
	{
		hcc_coefficient_row *row;

		if (strcmp(Text(&scan, calibration), load->calibration) != 0)
			continue;
		row = ADD_ROW(load->source.coefficient);
		row->segment = Text(&scan, segment);
		row->variable = Text(&scan, variable);
		row->coefficient = Fixed(&scan, coefficient, HCC_SCORE_DIGITS, "coefficient");
		row->custom = Flag(&scan, custom);
	}
	EndScan(&scan);
}

/* ---- which model, year and calibration ---- */

/* The distinct values of a text column, e.g. "V24, V28", for messages */
static char *
DistinctValues(Oid schema, const char *table, const char *column)
{
	Relation	relation = table_open(get_relname_relid(table, schema), AccessShareLock);
	SysScanDesc scan = systable_beginscan(relation, InvalidOid, false, NULL, 0, NULL);
	AttrNumber	attribute = get_attnum(RelationGetRelid(relation), column);
	List	   *values = NIL;
	ListCell   *cell;
	StringInfoData out;
	HeapTuple	tuple;

	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		bool		isnull;
		char	   *value = TextDatumGetCString(heap_getattr(tuple, attribute, RelationGetDescr(relation), &isnull));

		foreach(cell, values)
		{
			if (strcmp(lfirst(cell), value) == 0)
				break;
		}
		if (cell == NULL)
			values = lappend(values, value);
		else
			pfree(value);
	}
	systable_endscan(scan);
	table_close(relation, AccessShareLock);

	initStringInfo(&out);
	foreach(cell, values)
		appendStringInfo(&out, "%s%s", out.len > 0 ? ", " : "", (char *) lfirst(cell));
	return out.data;
}

pg_noreturn static void
UnknownModel(ModelLoad *load)
{
	/* every model that can score has a crosswalk */
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_OBJECT),
			 errmsg("model \"%s\" does not exist", load->name),
			 errdetail("The models are: %s.", DistinctValues(load->schema, "hcc_crosswalk", "model_version")),
			 errhint("A model is created by adding its rows to hcc_crosswalk and the tables beside it.")));
}

/* The model that hcc_model marks as the default */
static const char *
DefaultModel(Oid schema)
{
	Relation	relation = table_open(get_relname_relid("hcc_model", schema), AccessShareLock);
	AttrNumber	name = get_attnum(RelationGetRelid(relation), "model_version");
	AttrNumber	is_default = get_attnum(RelationGetRelid(relation), "is_default");
	SysScanDesc scan = systable_beginscan(relation, InvalidOid, false, NULL, 0, NULL);
	const char *found = NULL;
	bool		several = false;
	HeapTuple	tuple;

	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		bool		isnull;
		const char *value;

		if (!DatumGetBool(heap_getattr(tuple, is_default, RelationGetDescr(relation), &isnull)))
			continue;
		value = TextDatumGetCString(heap_getattr(tuple, name, RelationGetDescr(relation), &isnull));
		several |= found != NULL && strcmp(found, value) != 0;
		found = value;
	}
	systable_endscan(scan);
	table_close(relation, AccessShareLock);
	if (found == NULL || several)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 several ? errmsg("hcc_model marks more than one model as the default") :
				 errmsg("no model is marked as the default in hcc_model"),
				 errhint("Name the model, or set is_default for the rows of one model.")));
	return found;
}

/*
 * Read hcc_model: the payment year to use and what holds for the whole model
 * in it.  False if the model has no rows there.
 */
static bool
LoadModelYears(ModelLoad *load)
{
	TableScan	scan;
	int			first;
	int			last;
	int			order;
	int			prefix;
	int			wanted = load->payment_year;
	int			newest = 0;
	int			oldest = PG_INT32_MAX;
	bool		found = false;
	StringInfoData ranges;

	initStringInfo(&ranges);
	StartModelScan(&scan, load, "hcc_model");
	first = Column(&scan, "first_payment_year");
	last = Column(&scan, "last_payment_year");
	order = Column(&scan, "hierarchy_order");
	prefix = Column(&scan, "hcc_prefix");
	while (NextRow(&scan))
	{
		int			from = Int(&scan, first, 0);
		int			to = Int(&scan, last, 0);

		/* without a wish, the row with the newest year */
		if (wanted == 0 ? to > newest : (from <= wanted && wanted <= to))
		{
			found = true;
			load->payment_year = wanted == 0 ? to : wanted;
			load->source.order = strcmp(Text(&scan, order), "sequential") == 0 ?
				HCC_ORDER_SEQUENTIAL : HCC_ORDER_SIMULTANEOUS;
			load->source.hcc_prefix = Text(&scan, prefix);
		}
		appendStringInfo(&ranges, "%s%d to %d", ranges.len > 0 ? ", " : "", from, to);
		newest = Max(newest, to);
		oldest = Min(oldest, from);
	}
	EndScan(&scan);

	if (newest > 0 && !found)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("model \"%s\" has no tables for payment year %d", load->name, wanted),
				 errdetail("It has tables for payment years %s.", ranges.data),
				 errhint("Ask for one of these years, or add the year's rows to hcc_model and the tables beside it.")));
	return found;
}

/* The newest payment year that hcc_crosswalk names for a model, or 0 */
static int
NewestCrosswalkYear(ModelLoad *load)
{
	TableScan	scan;
	int			first;
	int			last;
	int			newest = 0;

	StartModelScan(&scan, load, "hcc_crosswalk");
	first = Column(&scan, "effective_year");
	last = Column(&scan, "expiry_year");
	while (NextRow(&scan))
		newest = Max(newest, Int(&scan, last, Int(&scan, first, 0)));
	EndScan(&scan);
	return newest;
}

/* The calibration to use: as asked, in force by hcc_calibration, or the only one. */
static void
ChooseCalibration(ModelLoad *load)
{
	TableScan	scan;
	int			name;
	int			first;
	int			last;
	int			is_default;
	const char *chosen = NULL;
	bool		several = false;
	bool		any = false;
	bool		asked = load->calibration[0] != '\0';
	StringInfoData known;

	initStringInfo(&known);
	StartModelScan(&scan, load, "hcc_calibration");
	name = Column(&scan, "calibration");
	first = Column(&scan, "first_payment_year");
	last = Column(&scan, "last_payment_year");
	is_default = Column(&scan, "is_default");
	while (NextRow(&scan))
	{
		const char *calibration = Text(&scan, name);

		any = true;
		if (!InYear(&scan, first, last, load->payment_year))
			continue;
		appendStringInfo(&known, "%s%s", known.len > 0 ? ", " : "", calibration);
		if (asked ? strcmp(calibration, load->calibration) != 0 : !Flag(&scan, is_default))
			continue;
		several |= chosen != NULL;
		chosen = calibration;
	}
	EndScan(&scan);

	if (!any)
	{
		/* a model that says nothing of calibrations: it may have one all the same */
		int			calibration;

		StartModelScan(&scan, load, "hcc_coefficient");
		calibration = Column(&scan, "calibration");
		while (NextRow(&scan))
		{
			const char *value = Text(&scan, calibration);

			if (asked && strcmp(value, load->calibration) != 0)
				continue;
			several |= chosen != NULL && strcmp(chosen, value) != 0;
			chosen = value;
		}
		EndScan(&scan);
		if (chosen == NULL && !asked)
			chosen = "";
	}
	if (chosen == NULL && asked)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("model \"%s\" has no calibration \"%s\" in payment year %d",
						load->name, load->calibration, load->payment_year),
				 known.len > 0 ? errdetail("Its calibrations of that year are: %s.", known.data) : 0,
				 errhint("See hcc_calibration.")));
	if (chosen == NULL || (several && !asked))
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 several ? errmsg("model \"%s\" has several calibrations in payment year %d", load->name, load->payment_year) :
				 known.len > 0 ? errmsg("model \"%s\" has no default calibration in payment year %d", load->name, load->payment_year) :
				 errmsg("model \"%s\" has no coefficients for payment year %d", load->name, load->payment_year),
				 known.len > 0 || several ? errhint("Name the calibration, or set is_default for one in hcc_calibration.") :
				 errhint("Add them to hcc_coefficient, and their calibration to hcc_calibration.")));
	load->calibration = chosen;
}

/* ---- the whole ---- */

static void *
AllocateForModel(void *context, size_t size)
{
	return MemoryContextAllocZero(context, size);
}

/*
 * Read and compile a model.  The result has a memory context of its own, which
 * the caller puts where it belongs.  "" and 0 ask for the default.
 */
CachedModel *
LoadModel(Oid schema, const char *name, int payment_year, const char *calibration)
{
	ModelLoad	load = {.schema = schema, .payment_year = payment_year, .calibration = calibration};
	MemoryContext scratch = AllocSetContextCreate(CurrentMemoryContext, "hccraf model rows", ALLOCSET_DEFAULT_SIZES);
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "hccraf model", ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(scratch);
	CachedModel *model = MemoryContextAllocZero(context, sizeof(CachedModel));
	hcc_problem problem;
	instr_time	start;
	instr_time	duration;
	bool		has_years;

	INSTR_TIME_SET_CURRENT(start);
	load.name = name[0] != '\0' ? name : DefaultModel(schema);
	load.name_datum = CStringGetTextDatum(load.name);
	load.source.hcc_prefix = "HCC";
	load.source.order = HCC_ORDER_SIMULTANEOUS;

	has_years = LoadModelYears(&load);
	if (!has_years && load.payment_year == 0)
		load.payment_year = NewestCrosswalkYear(&load);
	LoadCategories(&load);
	LoadSegments(&load);
	if (!LoadCrosswalk(&load) && !has_years)
		UnknownModel(&load);
	ChooseCalibration(&load);
	LoadEdits(&load);
	LoadPrerequisites(&load);
	LoadHierarchy(&load);
	LoadGroups(&load);
	LoadVariables(&load);
	LoadInteractions(&load);
	LoadAgeRules(&load);
	LoadCoefficients(&load);

	model->compiled = hcc_compile(&load.source, AllocateForModel, context, &problem);
	if (model->compiled == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_OBJECT_DEFINITION),
				 errmsg("model \"%s\" is inconsistent: in %s, %s %s", load.name, problem.table, problem.row, problem.what),
				 load.payment_year == 0 ? 0 : errdetail("This holds for payment year %d.", load.payment_year),
				 errhint("%s", problem.hint)));
	INSTR_TIME_SET_CURRENT(duration);
	INSTR_TIME_SUBTRACT(duration, start);

	model->name = MemoryContextStrdup(context, load.name);
	model->payment_year = load.payment_year;
	model->calibration = MemoryContextStrdup(context, load.calibration);
	model->context = context;
	model->bytes = MemoryContextMemAllocated(context, true);
	model->build_ms = INSTR_TIME_GET_MILLISEC(duration);
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(scratch);
	return model;
}

/* Factors are kept in millionths. */
#define FACTOR_DIGITS 6

/* All rows of payment_component; a list of PaymentComponent */
static List *
LoadComponents(Oid schema)
{
	Relation	relation = table_open(get_relname_relid("payment_component", schema), AccessShareLock);
	TableScan	scan = {
		.relation = relation,
		.table = "payment_component",
		.scan = systable_beginscan(relation, InvalidOid, false, NULL, 0, NULL),
		.values = palloc(RelationGetDescr(relation)->natts * sizeof(Datum)),
		.nulls = palloc(RelationGetDescr(relation)->natts * sizeof(bool))
	};
	int			name = Column(&scan, "component");
	int			requires = Column(&scan, "requires");
	int			forbids = Column(&scan, "forbids");
	int			takes_frailty = Column(&scan, "takes_frailty");
	List	   *components = NIL;

	while (NextRow(&scan))
	{
		PaymentComponent *component = palloc(sizeof(PaymentComponent));

		component->name = Text(&scan, name);
		component->requires = FactList(&scan, requires, "requires");
		component->forbids = FactList(&scan, forbids, "forbids");
		component->takes_frailty = Flag(&scan, takes_frailty);
		components = lappend(components, component);
	}
	EndScan(&scan);
	return components;
}

static int
ComparePaymentParts(const void *a, const void *b)
{
	const PaymentPart *x = a;
	const PaymentPart *y = b;
	int			order = strcmp(x->component->name, y->component->name);

	if (order == 0)
		order = strcmp(x->model, y->model);
	return order != 0 ? order : strcmp(x->calibration ? x->calibration : "", y->calibration ? y->calibration : "");
}

/*
 * The rows of payment_year_parameter for a year and program, in the current
 * memory context.  No rows is no error here: the plan has no parts.
 */
PaymentPlan *
LoadPaymentPlan(Oid schema, int payment_year, const char *program)
{
	PaymentPlan *plan = palloc0(sizeof(PaymentPlan));
	List	   *components = LoadComponents(schema);
	TableScan	scan;
	int			program_column;
	int			component;
	int			model;
	int			calibration;
	int			normalization;
	int			adjustment;
	int			weight;
	int			confidence;
	int			custom;
	int			room = 0;

	plan->payment_year = payment_year;
	plan->program = pstrdup(program);
	StartScan(&scan, schema, "payment_year_parameter", "payment_year", Int32GetDatum(payment_year));
	program_column = Column(&scan, "program");
	component = Column(&scan, "component");
	model = Column(&scan, "model_version");
	calibration = Column(&scan, "calibration");
	normalization = Column(&scan, "normalization_factor");
	adjustment = Column(&scan, "coding_pattern_adjustment");
	weight = Column(&scan, "blend_weight");
	confidence = Column(&scan, "confidence");
	custom = Column(&scan, "custom");
	while (NextRow(&scan))
	{
		PaymentPart key = {.model = Text(&scan, model), .calibration = Text(&scan, calibration)};
		const char *component_name = Text(&scan, component);
		PaymentPart *part;
		ListCell   *cell;
		int			i;

		if (strcmp(Text(&scan, program_column), program) != 0)
			continue;
		foreach(cell, components)
		{
			if (strcmp(((PaymentComponent *) lfirst(cell))->name, component_name) == 0)
				key.component = lfirst(cell);
		}
		if (key.component == NULL)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_OBJECT_DEFINITION),
					 errmsg("component \"%s\" of payment_year_parameter is not in payment_component", component_name),
					 errhint("Add it to payment_component, with the facts that say whom it fits.")));
		for (i = 0; i < plan->parts && ComparePaymentParts(&plan->part[i], &key) != 0; i++)
			;
		if (i < plan->parts && !Flag(&scan, custom))
			continue;			/* a custom row takes the place of the shipped one */
		if (i == plan->parts)
		{
			if (plan->parts == room)
			{
				room += 4;
				plan->part = plan->part ? repalloc(plan->part, room * sizeof(PaymentPart)) :
					palloc(room * sizeof(PaymentPart));
			}
			plan->parts++;
		}
		part = &plan->part[i];
		*part = key;
		part->normalization = scan.nulls[normalization] ? 0 :
			Fixed(&scan, normalization, FACTOR_DIGITS, "normalization_factor");
		part->coding_adjustment = Fixed(&scan, adjustment, FACTOR_DIGITS, "coding_pattern_adjustment");
		part->weight = scan.nulls[weight] ? -1 : Fixed(&scan, weight, FACTOR_DIGITS, "blend_weight");
		part->low_confidence = strcmp(Text(&scan, confidence), "low") == 0;
	}
	EndScan(&scan);
	if (plan->parts > 1)
		qsort(plan->part, plan->parts, sizeof(PaymentPart), ComparePaymentParts);
	return plan;
}
