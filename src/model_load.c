/*
 * model_load.c
 *	  From reference tables to a compiled model, or to the plan of a payment.
 *
 * Collects the rows that are valid in a payment year, one function per table,
 * and has them compiled.  What rows mean together, and whether they do, is the
 * compiler's business (core/compile.c); here is only what needs the server:
 * tables, types, snapshot, rights, and the words of the errors.
 *
 * Everything is read with the active snapshot, by table_scan.c, so that all
 * tables show one state.  Each row of a table goes into the hcc_source in the
 * order that the scan has: the compiler sorts.  Strings of rows live in a
 * scratch context that ends with the load; the compiler copies what stays.
 *
 * The callers are in model_cache.c, which keeps what comes out.  Nothing here
 * is cached and nothing has to be undone: after an error the contexts, which
 * are children of the caller's, go with that.
 *
 * Beside hcc_model, of the tables of a model these have years in their rows:
 * hcc_crosswalk, hcc_drug_crosswalk, hcc_dx_edit, hcc_prerequisite, hcc_group,
 * hcc_age_rule, hcc_csr_factor.  The others describe the model as such, in all
 * its years; what of hcc_coefficient holds in which year is said by
 * hcc_calibration.
 */
#include "postgres.h"

#include "fmgr.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "portability/instr_time.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

#include "beneficiary.h"
#include "compat.h"
#include "core/compile.h"
#include "model_load.h"
#include "raise.h"
#include "table_scan.h"

PG_FUNCTION_INFO_V1(hcc_year_hint);

/*
 * Room for one more row of an HCC_ROWS array, zeroed, in the current memory
 * context.  The arrays are of different types, so this cannot be a function.
 * The pointer holds until the next row of the same list, which may move it.
 */
#define ADD_ROW(list) \
	((list).rows == (list).room ? \
	 ((list).room = Max(32, (list).room * 2), \
	  (list).row = (list).row == NULL ? palloc((list).room * sizeof(*(list).row)) : \
	  repalloc((list).row, (list).room * sizeof(*(list).row))) : NULL, \
	 memset(&(list).row[(list).rows], 0, sizeof(*(list).row)), \
	 &(list).row[(list).rows++])

/*
 * Factors are kept in millionths.  ANY_FACTOR is the largest decimal that
 * ScanFixed takes, 1,000,000, in that unit.
 */
#define ONE INT64CONST(1000000)
#define ANY_FACTOR (HCC_MAX_COEFFICIENT * 1000)

/* A factor from the least to the most; takes says so in words.  Must not be NULL. */
static int64
LoadFactor(TableScan *scan, int column, int64 least, int64 most, const char *takes)
{
	int64		factor = ScanFixed(scan, column, HCC_FACTOR_DIGITS);

	if (factor < least || factor > most)
		BadValue(scan, column, takes);
	return factor;
}

/* ---- one table each ---- */

/*
 * A model on its way from the tables: first what was asked for, then, step by
 * step, what that means and what was read.  LoadModel has the order of the
 * steps.
 */
typedef struct ModelLoad
{
	Oid			schema;			/* of the extension, where the tables are */
	const char *name;			/* model_version; never NULL */
	Datum		name_datum;		/* the same, for scan keys */
	int			payment_year;	/* as asked; 0: the newest, until LoadModelYears knows it */
	const char *calibration;	/* as asked; "": the one in force, until it is chosen */
	bool		bounded;		/* some row holds in some years only */
	int			codes_through;	/* as in CachedModel */
	bool		provisional;	/* some row of the year is a copy of another year's */
	hcc_source	source;			/* what the compiler gets */
} ModelLoad;

/*
 * Is a row with these bounds valid in the payment year?  Notes whether any
 * row has bounds: a model without them is the same in all years; and whether
 * one that holds is provisional.
 *
 * A row that does not hold has bounds, too, and they are noted before it is
 * passed over: if all that a model had in one year were rows without bounds,
 * it would be kept as the model of every year.
 */
static bool
HoldsInYear(ModelLoad *load, TableScan *scan, int first, int last, int provisional)
{
	load->bounded |= !scan->nulls[first] || !scan->nulls[last];
	if (!ScanInYear(scan, first, last, load->payment_year))
		return false;
	load->provisional |= ScanFlag(scan, provisional);
	return true;
}

/* Read the rows of this model in a table */
static void
StartModelScan(TableScan *scan, ModelLoad *load, const char *table)
{
	StartScan(scan, load->schema, table, "model_version", load->name_datum);
}

/* A diagnosis code of a reference table, where it must be one */
static icd10_code
CodeOf(TableScan *scan, int column)
{
	text	   *value = DatumGetTextPP(scan->values[column]);
	icd10_code	code = icd10_read(VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value));

	/*
	 * These two stand for blanks and for unreadable text in patients' data.  A
	 * model that mapped them would give HCCs to whatever is not a code.
	 */
	Assert(!scan->nulls[column]);
	if (code == ICD10_NONE || code == ICD10_UNREADABLE)
		ereport(ERROR,
				(PlainErrcode(ERRCODE_INVALID_OBJECT_DEFINITION),
				 errmsg("icd10_code \"%s\" in table \"%s\" is not a diagnosis code",
						text_to_cstring(value), scan->table),
				 errhint("A code has at most eight letters and digits.")));
	return code;
}

/*
 * hcc_category; without rows the model has the HCCs that its crosswalk names.
 * A category of kind drug is one of the marketplace's RXCs, which take part in
 * hierarchy and interactions and are never counted as payment HCCs.
 */
static void
LoadCategories(ModelLoad *load)
{
	TableScan	scan;
	int			hcc;
	int			label;
	int			payment;
	int			kind;
	int			age_min;
	int			age_max;

	StartModelScan(&scan, load, "hcc_category");
	hcc = ScanColumn(&scan, "hcc_code");
	label = ScanColumn(&scan, "label");
	payment = ScanColumn(&scan, "is_payment");
	kind = ScanColumn(&scan, "kind");
	age_min = ScanColumn(&scan, "age_min");
	age_max = ScanColumn(&scan, "age_max");
	while (NextRow(&scan))
	{
		hcc_category_row *row = ADD_ROW(load->source.category);

		row->hcc = ScanText(&scan, hcc);
		row->label = ScanText(&scan, label);
		row->payment = ScanFlag(&scan, payment);
		row->drug = strcmp(ScanText(&scan, kind), "drug") == 0;
		row->age_min = ScanBound(&scan, age_min, PG_INT16_MIN);
		row->age_max = ScanBound(&scan, age_max, PG_INT16_MAX);
	}
	EndScan(&scan);
}

/*
 * The fact that a column "sex" requires, M or F; none if it is NULL.  The
 * column's own check keeps other words out.
 */
static hcc_facts
SexFact(const char *sex)
{
	return sex == NULL ? 0 : sex[0] == 'F' ? HCC_FACT_FEMALE : HCC_FACT_MALE;
}

/*
 * A date of the current row as the core has days, of which none is below 1;
 * what does not fit is as good as no bound
 */
static int32
ScanDay(TableScan *scan, int column, int32 if_null)
{
	return scan->nulls[column] ? if_null :
		DayOfDate(DatumGetDateADT(scan->values[column]));
}

/* The columns of hcc_crosswalk that say when a row holds */
typedef struct RuleColumns
{
	int			valid_from;
	int			valid_to;
	int			mce_age_min;
	int			mce_age_max;
	int			age_min;
	int			age_max;
	int			sex;
} RuleColumns;

/* Where they are */
static RuleColumns
FindRuleColumns(TableScan *scan)
{
	RuleColumns columns = {
		.valid_from = ScanColumn(scan, "valid_from"),
		.valid_to = ScanColumn(scan, "valid_to"),
		.mce_age_min = ScanColumn(scan, "mce_age_min"),
		.mce_age_max = ScanColumn(scan, "mce_age_max"),
		.age_min = ScanColumn(scan, "age_min"),
		.age_max = ScanColumn(scan, "age_max"),
		.sex = ScanColumn(scan, "sex")
	};

	return columns;
}

/*
 * When a row of hcc_crosswalk holds; most hold always.
 *
 * Medicare's rows have none of these columns: there, age and sex are edits of
 * a code (hcc_dx_edit) and dates do not matter.  The marketplace's crosswalk
 * has them on each row, since other rows of the code may hold for other ages:
 * the code editor's age is that at diagnosis, the other age and the sex are
 * the enrollee's, and a code is retired on a day, not with a year.
 *
 * A code whose one row has no rule is mapped without a further look, so it
 * matters that has_rule is false where nothing is restricted.
 */
static void
LoadMappingRule(TableScan *scan, const RuleColumns *columns, hcc_crosswalk_row *row)
{
	const bool *nulls = scan->nulls;

	row->has_rule = !(nulls[columns->valid_from] && nulls[columns->valid_to] &&
					  nulls[columns->mce_age_min] && nulls[columns->mce_age_max] &&
					  nulls[columns->age_min] && nulls[columns->age_max] &&
					  nulls[columns->sex]);
	if (!row->has_rule)
		return;
	row->rule.first_day = ScanDay(scan, columns->valid_from, 0);
	row->rule.last_day = ScanDay(scan, columns->valid_to, PG_INT32_MAX);
	row->rule.mce_age_min = ScanBound(scan, columns->mce_age_min, PG_INT16_MIN);
	row->rule.mce_age_max = ScanBound(scan, columns->mce_age_max, PG_INT16_MAX);
	row->rule.age_min = ScanBound(scan, columns->age_min, PG_INT16_MIN);
	row->rule.age_max = ScanBound(scan, columns->age_max, PG_INT16_MAX);
	row->rule.requires = SexFact(ScanText(scan, columns->sex));
}

/*
 * hcc_crosswalk, after hcc_category and hcc_segment, which decide what is
 * needed of it.  Returns whether the model has any row, valid in the year or
 * not.
 *
 * This table is most of what loading a model costs: eight to thirty thousand
 * rows, where most others have hundreds.  So labels and coefficients are read
 * only if no other table of the model has them, and strings are shared.
 */
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
	int			provisional;
	RuleColumns rule;
	bool		any = false;
	bool		display = load->source.category.rows == 0;
	text	   *last_hcc = NULL;
	const char *last_hcc_string = NULL;

	StartModelScan(&scan, load, "hcc_crosswalk");
	code = ScanColumn(&scan, "icd10_code");
	hcc = ScanColumn(&scan, "hcc_code");
	label = ScanColumn(&scan, "hcc_description");
	coefficient = ScanColumn(&scan, "coefficient");
	first = ScanColumn(&scan, "effective_year");
	last = ScanColumn(&scan, "expiry_year");
	provisional = ScanColumn(&scan, "provisional");
	rule = FindRuleColumns(&scan);
	while (NextRow(&scan))
	{
		text	   *hcc_text = DatumGetTextPP(scan.values[hcc]);
		hcc_crosswalk_row *row;

		any = true;
		if (!HoldsInYear(load, &scan, first, last, provisional))
			continue;
		row = ADD_ROW(load->source.crosswalk);
		row->code = CodeOf(&scan, code);
		LoadMappingRule(&scan, &rule, row);

		/* neighbouring codes mostly share their HCC, and its string */
		if (last_hcc == NULL || VARSIZE_ANY_EXHDR(last_hcc) != VARSIZE_ANY_EXHDR(hcc_text) ||
			memcmp(VARDATA_ANY(last_hcc), VARDATA_ANY(hcc_text), VARSIZE_ANY_EXHDR(hcc_text)) != 0)
		{
			last_hcc_string = text_to_cstring(hcc_text);
			last_hcc = cstring_to_text(last_hcc_string);
		}
		row->hcc = last_hcc_string;

		/*
		 * A model that has categories and segments needs no more: its labels are in
		 * hcc_category and its coefficients in hcc_coefficient.  What stands beside
		 * its codes is for display, that of the reference segment, and would be
		 * wrong for everybody else.
		 */
		if (display)
			row->label = ScanText(&scan, label);
		if (load->source.segment.rows == 0 && !scan.nulls[coefficient])
		{
			row->has_coefficient = true;
			row->coefficient = ScanFixed(&scan, coefficient, HCC_SCORE_DIGITS);
		}
	}
	EndScan(&scan);
	return any;
}

/*
 * hcc_drug_crosswalk: codes of other systems, which are crosswalk rows like the
 * others.  Their system is in the code itself (core/icd10.h), so that 11 digits
 * of a drug cannot be taken for a diagnosis.  NDCs are text: some that are
 * listed have a letter.
 */
static void
LoadDrugs(ModelLoad *load)
{
	TableScan	scan;
	int			system;
	int			code;
	int			hcc;
	int			first;
	int			last;
	int			provisional;

	StartModelScan(&scan, load, "hcc_drug_crosswalk");
	system = ScanColumn(&scan, "code_system");
	code = ScanColumn(&scan, "code");
	hcc = ScanColumn(&scan, "hcc_code");
	first = ScanColumn(&scan, "effective_year");
	last = ScanColumn(&scan, "expiry_year");
	provisional = ScanColumn(&scan, "provisional");
	while (NextRow(&scan))
	{
		text	   *value;
		bool		is_drug;
		hcc_crosswalk_row *row;

		if (!HoldsInYear(load, &scan, first, last, provisional))
			continue;
		value = DatumGetTextPP(scan.values[code]);
		is_drug = strcmp(ScanText(&scan, system), "ndc") == 0;
		row = ADD_ROW(load->source.crosswalk);
		row->hcc = ScanText(&scan, hcc);
		row->code = icd10_read_system(is_drug ? ICD10_DRUG : ICD10_PROCEDURE,
									  VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value));
		if (row->code == ICD10_NONE || row->code == ICD10_UNREADABLE)
			BadValue(&scan, code, is_drug ? "eleven digits or letters, as NDCs have" :
					 "at most eight letters and digits");
	}
	EndScan(&scan);
}

/*
 * hcc_dx_edit: a row without HCC makes its code invalid; the code editor's
 * can be left out, but only when somebody is scored (the argument mce), so
 * they are all compiled.  The column action need not be read: its check ties
 * it to whether there is an HCC.
 */
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
	int			provisional;

	StartModelScan(&scan, load, "hcc_dx_edit");
	code = ScanColumn(&scan, "icd10_code");
	kind = ScanColumn(&scan, "edit_kind");
	sex = ScanColumn(&scan, "sex");
	age_min = ScanColumn(&scan, "age_min");
	age_max = ScanColumn(&scan, "age_max");
	hcc = ScanColumn(&scan, "hcc_code");
	first = ScanColumn(&scan, "effective_year");
	last = ScanColumn(&scan, "expiry_year");
	provisional = ScanColumn(&scan, "provisional");
	while (NextRow(&scan))
	{
		hcc_edit_row *row;

		if (!HoldsInYear(load, &scan, first, last, provisional))
			continue;
		row = ADD_ROW(load->source.edit);
		row->code = CodeOf(&scan, code);
		row->mce = strcmp(ScanText(&scan, kind), "mce") == 0;
		row->requires = SexFact(ScanText(&scan, sex));
		row->age_min = ScanBound(&scan, age_min, PG_INT16_MIN);
		row->age_max = ScanBound(&scan, age_max, PG_INT16_MAX);
		row->hcc = ScanText(&scan, hcc);
	}
	EndScan(&scan);
}

/*
 * hcc_prerequisite: an empty list removes the HCC always, as CMS does with
 * kidney HCCs of the ESRD models, whose coefficients are 0 anyway.  V28 has one
 * with a list, the heart rule: 223 counts only beside 221, 222, 224, 225 or 226.
 */
static void
LoadPrerequisites(ModelLoad *load)
{
	TableScan	scan;
	int			hcc;
	int			any;
	int			first;
	int			last;
	int			provisional;

	StartModelScan(&scan, load, "hcc_prerequisite");
	hcc = ScanColumn(&scan, "hcc_code");
	any = ScanColumn(&scan, "requires_any");
	first = ScanColumn(&scan, "effective_year");
	last = ScanColumn(&scan, "expiry_year");
	provisional = ScanColumn(&scan, "provisional");
	while (NextRow(&scan))
	{
		hcc_prerequisite_row *row;

		if (!HoldsInYear(load, &scan, first, last, provisional))
			continue;
		row = ADD_ROW(load->source.prerequisite);
		row->hcc = ScanText(&scan, hcc);
		row->any = ScanTextList(&scan, any);
	}
	EndScan(&scan);
}

/*
 * hcc_hierarchy, whose rows hold in all years of the model.  In which order
 * they are applied does change with the year, and is in hcc_model.
 */
static void
LoadHierarchy(ModelLoad *load)
{
	TableScan	scan;
	int			superior;
	int			subordinate;

	StartModelScan(&scan, load, "hcc_hierarchy");
	superior = ScanColumn(&scan, "superior_hcc");
	subordinate = ScanColumn(&scan, "subordinate_hcc");
	while (NextRow(&scan))
	{
		hcc_hierarchy_row *row = ADD_ROW(load->source.hierarchy);

		row->superior = ScanText(&scan, superior);
		row->subordinate = ScanText(&scan, subordinate);
	}
	EndScan(&scan);
}

/*
 * hcc_group: of Medicare's a name for "any of these", for interactions; of the
 * marketplace's also something that scores and counts in the place of its HCCs,
 * or one of a family in which only the first by rank is 1.  rank is NULL
 * exactly where family is.
 */
static void
LoadGroups(ModelLoad *load)
{
	TableScan	scan;
	int			name;
	int			hccs;
	int			replaces;
	int			family;
	int			rank;
	int			age_min;
	int			age_max;
	int			first;
	int			last;
	int			provisional;

	StartModelScan(&scan, load, "hcc_group");
	name = ScanColumn(&scan, "group_name");
	hccs = ScanColumn(&scan, "hcc_codes");
	replaces = ScanColumn(&scan, "replaces");
	family = ScanColumn(&scan, "family");
	rank = ScanColumn(&scan, "rank");
	age_min = ScanColumn(&scan, "age_min");
	age_max = ScanColumn(&scan, "age_max");
	first = ScanColumn(&scan, "effective_year");
	last = ScanColumn(&scan, "expiry_year");
	provisional = ScanColumn(&scan, "provisional");
	while (NextRow(&scan))
	{
		hcc_group_row *row;

		if (!HoldsInYear(load, &scan, first, last, provisional))
			continue;
		row = ADD_ROW(load->source.group);
		row->name = ScanText(&scan, name);
		row->hccs = ScanTextList(&scan, hccs);
		row->replaces = ScanFlag(&scan, replaces);
		row->family = ScanText(&scan, family);
		row->rank = ScanInt(&scan, rank, 0);
		row->age_min = ScanBound(&scan, age_min, PG_INT16_MIN);
		row->age_max = ScanBound(&scan, age_max, PG_INT16_MAX);
	}
	EndScan(&scan);
}

/*
 * The conditions on the person that hcc_variable and hcc_segment share.  What
 * a segment cannot ask for, counts and days, has bounds that everybody meets:
 * the minimum is 0 already, since rows begin zeroed.
 */
static void
LoadCondition(TableScan *scan, hcc_condition *condition)
{
	int			age_min = ScanColumn(scan, "age_min");
	int			age_max = ScanColumn(scan, "age_max");
	int			requires = ScanColumn(scan, "requires");
	int			forbids = ScanColumn(scan, "forbids");
	int			months_min = ScanColumn(scan, "months_min");
	int			months_max = ScanColumn(scan, "months_max");

	condition->age_min = ScanBound(scan, age_min, PG_INT16_MIN);
	condition->age_max = ScanBound(scan, age_max, PG_INT16_MAX);
	condition->requires = ScanFacts(scan, requires, "requires");
	condition->forbids = ScanFacts(scan, forbids, "forbids");
	condition->months_min = ScanBound(scan, months_min, 0);
	condition->months_max = ScanBound(scan, months_max, PG_INT16_MAX);
	condition->count_max = PG_INT16_MAX;
	condition->days_max = PG_INT16_MAX;
}

/*
 * hcc_variable: the sex becomes one of the facts that are required.  Several
 * rows of one name are alternatives, which the compiler puts together.
 */
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
	int			days_min;
	int			days_max;

	StartModelScan(&scan, load, "hcc_variable");
	name = ScanColumn(&scan, "variable");
	kind = ScanColumn(&scan, "kind");
	label = ScanColumn(&scan, "label");
	sex = ScanColumn(&scan, "sex");
	count_min = ScanColumn(&scan, "count_min");
	count_max = ScanColumn(&scan, "count_max");
	days_min = ScanColumn(&scan, "days_min");
	days_max = ScanColumn(&scan, "days_max");
	while (NextRow(&scan))
	{
		hcc_variable_row *row = ADD_ROW(load->source.variable);

		row->name = ScanText(&scan, name);
		row->kind = hcc_kind_by_name(ScanText(&scan, kind));
		row->label = ScanText(&scan, label);
		LoadCondition(&scan, &row->condition);
		row->condition.requires |= SexFact(ScanText(&scan, sex));
		row->condition.count_min = ScanBound(&scan, count_min, 0);
		row->condition.count_max = ScanBound(&scan, count_max, PG_INT16_MAX);
		row->condition.days_min = ScanBound(&scan, days_min, 0);
		row->condition.days_max = ScanBound(&scan, days_max, PG_INT16_MAX);
	}
	EndScan(&scan);
}

/*
 * hcc_interaction: coefficients here are for models without segments.  They
 * are read of all, for a check of the value; the compiler passes over them
 * where there are segments.
 */
static void
LoadInteractions(ModelLoad *load)
{
	TableScan	scan;
	int			name;
	int			elements;
	int			coefficient;

	StartModelScan(&scan, load, "hcc_interaction");
	name = ScanColumn(&scan, "interaction_name");
	elements = ScanColumn(&scan, "hcc_combinations");
	coefficient = ScanColumn(&scan, "coefficient");
	while (NextRow(&scan))
	{
		hcc_interaction_row *row = ADD_ROW(load->source.interaction);

		row->name = ScanText(&scan, name);
		row->elements = ScanTextList(&scan, elements);
		row->has_coefficient = !scan.nulls[coefficient];
		if (row->has_coefficient)
			row->coefficient = ScanFixed(&scan, coefficient, HCC_SCORE_DIGITS);
	}
	EndScan(&scan);
}

/*
 * hcc_segment: without rows everybody is in the same.  Priorities are unique in
 * a model: of the segments that fit a person the first is the person's, as with
 * CMS new enrollees come before the institutional, and these before the
 * community.  adds and divided_by name segments
 * that nobody need be in, for functioning grafts, whose score has an add-on for
 * the months since the transplant, and of new enrollees a divisor.
 */
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
	name = ScanColumn(&scan, "segment");
	label = ScanColumn(&scan, "label");
	priority = ScanColumn(&scan, "priority");
	adds = ScanColumn(&scan, "adds");
	divided_by = ScanColumn(&scan, "divided_by");
	while (NextRow(&scan))
	{
		hcc_segment_row *row = ADD_ROW(load->source.segment);

		row->name = ScanText(&scan, name);
		row->label = ScanText(&scan, label);
		row->priority = ScanInt(&scan, priority, 0);
		row->adds = ScanText(&scan, adds);
		row->divided_by = ScanText(&scan, divided_by);
		LoadCondition(&scan, &row->condition);
	}
	EndScan(&scan);
}

/*
 * hcc_age_rule: OREC becomes a fact that is required.
 *
 * Who is 64 on 1 February and entitled by age turns 65 in the payment year.
 * CMS counts such a person as 65 throughout in V24 and, to 2025, in ESRD_V21;
 * elsewhere for the terms of new enrollees, and in some for the choice of the
 * segment.  So what the age is for is a column of the rule, and the years in
 * which it holds are, too.
 */
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
	int			provisional;

	StartModelScan(&scan, load, "hcc_age_rule");
	age = ScanColumn(&scan, "age");
	orec = ScanColumn(&scan, "orec");
	scored_age = ScanColumn(&scan, "scored_age");
	applies_to = ScanColumn(&scan, "applies_to");
	first = ScanColumn(&scan, "effective_year");
	last = ScanColumn(&scan, "expiry_year");
	provisional = ScanColumn(&scan, "provisional");
	while (NextRow(&scan))
	{
		hcc_age_rule *rule;
		const char *use;

		if (!HoldsInYear(load, &scan, first, last, provisional))
			continue;
		rule = ADD_ROW(load->source.age_rule);
		use = ScanText(&scan, applies_to);
		rule->age = ScanBound(&scan, age, 0);
		rule->scored_age = ScanBound(&scan, scored_age, 0);
		rule->requires = hcc_fact_by_name(psprintf("orec_%s", ScanText(&scan, orec)));
		/* which requires nothing, and would hold for everybody */
		if (rule->requires == 0)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_OBJECT_DEFINITION),
					 errmsg("column \"orec\" of table \"hcc_age_rule\" has \"%s\", which is none",
							ScanText(&scan, orec)),
					 errhint("It takes 0, 1, 2 or 3.")));
		rule->use = strcmp(use, "everything") == 0 ? HCC_AGE_EVERYTHING :
			strcmp(use, "segment") == 0 ? HCC_AGE_SEGMENT : HCC_AGE_NEW_ENROLLEE;
	}
	EndScan(&scan);
}

/*
 * hcc_coefficient, of the calibration that was chosen before.  The shipped row
 * and a custom one of the same key can both be there; the compiler lets the
 * custom one win, and refuses other duplicates.
 */
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
	calibration = ScanColumn(&scan, "calibration");
	segment = ScanColumn(&scan, "segment");
	variable = ScanColumn(&scan, "variable");
	coefficient = ScanColumn(&scan, "coefficient");
	custom = ScanColumn(&scan, "custom");
	while (NextRow(&scan))
	{
		hcc_coefficient_row *row;

		if (strcmp(ScanText(&scan, calibration), load->calibration) != 0)
			continue;
		row = ADD_ROW(load->source.coefficient);
		row->segment = ScanText(&scan, segment);
		row->variable = ScanText(&scan, variable);
		row->coefficient = ScanFixed(&scan, coefficient, HCC_SCORE_DIGITS);
		row->custom = ScanFlag(&scan, custom);
	}
	EndScan(&scan);
}

/*
 * hcc_csr_factor: what a marketplace score is multiplied by, for cost-sharing
 * reductions.  A row is of one benefit year, so a model that has any is bound
 * to years.  The beneficiary type knows how variants and metals are written,
 * which is why one is filled in here; it keeps a variant plus one, to have 0
 * for none.
 */
static void
LoadCsrFactors(ModelLoad *load)
{
	TableScan	scan;
	int			year;
	int			variant;
	int			metal;
	int			factor;
	int			custom;
	int			provisional;

	StartModelScan(&scan, load, "hcc_csr_factor");
	year = ScanColumn(&scan, "payment_year");
	variant = ScanColumn(&scan, "csr_variant");
	metal = ScanColumn(&scan, "metal");
	factor = ScanColumn(&scan, "factor");
	custom = ScanColumn(&scan, "custom");
	provisional = ScanColumn(&scan, "provisional");
	while (NextRow(&scan))
	{
		hcc_csr_row *row;
		hcc_beneficiary plan;

		/* the column's own check keeps other words out */
		if (!HoldsInYear(load, &scan, year, year, provisional) ||
			!ReadPlan(ScanText(&scan, variant), ScanText(&scan, metal), &plan))
			continue;
		row = ADD_ROW(load->source.csr);
		row->variant = plan.csr_variant - 1;
		row->metal = scan.nulls[metal] ? -1 : plan.metal;
		row->factor = LoadFactor(&scan, factor, 1, ANY_FACTOR, "a number above 0");
		row->custom = ScanFlag(&scan, custom);
	}
	EndScan(&scan);
}

/* ---- which model, year and calibration ---- */

/*
 * Most of what follows is for messages.  These functions read tables again and
 * may be slow: they run once, on the way to an error.
 */

/* Order of strings for list_sort */
static int
CompareCells(const ListCell *a, const ListCell *b)
{
	return strcmp(lfirst(a), lfirst(b));
}

/* The distinct values of a text column in order, e.g. "A, B", for messages */
static char *
DistinctValues(Oid schema, const char *table, const char *column)
{
	TableScan	scan;
	int			position;
	List	   *values = NIL;
	ListCell   *cell;
	StringInfoData out;

	StartScan(&scan, schema, table, NULL, 0);
	position = ScanColumn(&scan, column);
	while (NextRow(&scan))
	{
		const char *value = ScanText(&scan, position);

		foreach(cell, values)
		{
			if (strcmp(lfirst(cell), value) == 0)
				break;
		}
		if (cell == NULL)
			values = lappend(values, unconstify(char *, value));
	}
	EndScan(&scan);

	list_sort(values, CompareCells);
	initStringInfo(&out);
	foreach(cell, values)
		appendStringInfo(&out, "%s%s", out.len > 0 ? ", " : "", (char *) lfirst(cell));
	return out.data;
}

/*
 * Is a name the one given, but for case and blanks around it?  Names of models
 * and programs are compared letter by letter, as the tables have them; this is
 * to tell somebody who wrote "v28 " what to write.
 */
bool
IsNearly(const char *name, const char *given)
{
	size_t		length;

	given += strspn(given, " \t\r\n");
	length = strcspn(given, " \t\r\n");
	return strlen(name) == length && pg_strncasecmp(name, given, length) == 0 &&
		given[length + strspn(given + length, " \t\r\n")] == '\0';
}

/*
 * The hint for a name that is not there: the one that differs from it in case
 * or blanks alone, or else how to make it
 */
static const char *
NameHint(Oid schema, const char *table, const char *column, const char *given,
		 const char *otherwise)
{
	const char *hint = otherwise;
	TableScan	scan;
	int			n;

	StartScan(&scan, schema, table, NULL, 0);
	n = ScanColumn(&scan, column);
	while (hint == otherwise && NextRow(&scan))
	{
		const char *value = ScanText(&scan, n);

		if (IsNearly(value, given))
			hint = psprintf("Write it as it is there: %s.", value);
	}
	EndScan(&scan);
	return hint;
}

/* Is a name in a list, letter for letter? */
bool
IsNamed(hcc_list list, const char *name)
{
	for (int i = 0; i < list.items; i++)
	{
		if (strcmp(list.item[i], name) == 0)
			return true;
	}
	return false;
}

/*
 * A program that no payment and no encounter rule names, of whatever year, is a
 * mistake, and an error.  A known one without rows of the year is not: whoever
 * asked says what is missing.  ACA is a program of encounter rules alone, as its
 * scores are not paid by payment_year_parameter.
 */
void
CheckProgram(Oid schema, const char *program)
{
	TableScan	scan;
	int			column;
	bool		found = false;

	StartScan(&scan, schema, "payment_year_parameter", NULL, 0);
	column = ScanColumn(&scan, "program");
	while (!found && NextRow(&scan))
		found = strcmp(ScanText(&scan, column), program) == 0;
	EndScan(&scan);
	StartScan(&scan, schema, "encounter_rule", NULL, 0);
	column = ScanColumn(&scan, "programs");
	while (!found && NextRow(&scan))
		found = !scan.nulls[column] && IsNamed(ScanTextList(&scan, column), program);
	EndScan(&scan);
	if (!found)
		ereport(ERROR,
				(PlainErrcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("program \"%s\" does not exist", program),
				 errdetail("The programs are: %s.",
						   DistinctValues(schema, "payment_year_parameter", "program")),
				 errhint("%s", NameHint(schema, "payment_year_parameter", "program", program,
										"A program is created by adding its rows to "
										"payment_year_parameter."))));
}

/* Of payment years; later ones are refused as arguments (ReadSettings) and have no hint. */
#define LAST_YEAR 2999

/*
 * How to have a payment year that is later than all that are published, to
 * follow a hint; "" of other years, and where the newest year does not have
 * the model, which may be NULL for any.
 *
 * Provisional rows do not make a year a published one: from a copy no further
 * copy is proposed.
 */
const char *
YearHint(Oid schema, int payment_year, const char *model)
{
	TableScan	scan;
	int			last;
	int			version;
	int			provisional;
	int			newest = 0;
	int			newest_of_model = 0;

	StartScan(&scan, schema, "hcc_model", NULL, 0);
	version = ScanColumn(&scan, "model_version");
	last = ScanColumn(&scan, "last_payment_year");
	provisional = ScanColumn(&scan, "provisional");
	while (NextRow(&scan))
	{
		if (ScanFlag(&scan, provisional))
			continue;
		newest = Max(newest, ScanInt(&scan, last, 0));
		if (model == NULL || strcmp(ScanText(&scan, version), model) == 0)
			newest_of_model = Max(newest_of_model, ScanInt(&scan, last, 0));
	}
	EndScan(&scan);
	if (newest_of_model < newest || payment_year <= newest || payment_year > LAST_YEAR)
		return "";
	return psprintf(" Until the year is published, SELECT * FROM hccraf_copy_year(%d, %d); "
					"makes it of %d.", newest, payment_year, newest);
}

/* hcc_year_hint(payment_year, model) -> what YearHint says */
Datum
hcc_year_hint(PG_FUNCTION_ARGS)
{
	if (PG_ARGISNULL(0))
		PG_RETURN_TEXT_P(cstring_to_text(""));
	PG_RETURN_TEXT_P(cstring_to_text(YearHint(get_func_namespace(fcinfo->flinfo->fn_oid),
		PG_GETARG_INT32(0), PG_ARGISNULL(1) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(1)))));
}

/* The error for a model without any row, with the models that there are */
pg_noreturn static void
UnknownModel(ModelLoad *load)
{
	/* every model that can score has a crosswalk; hcc_model may lack those of users */
	ereport(ERROR,
			(PlainErrcode(ERRCODE_UNDEFINED_OBJECT),
			 errmsg("model \"%s\" does not exist", load->name),
			 errdetail("The models are: %s.",
					   DistinctValues(load->schema, "hcc_crosswalk", "model_version")),
			 errhint("%s", NameHint(load->schema, "hcc_crosswalk", "model_version", load->name,
									"A model is created by adding its rows to hcc_crosswalk and "
									"the tables beside it."))));
}

#define HOW_TO_CHOOSE_MODEL "Name the model, or set is_default for the rows of one model."

/*
 * The model that hcc_model marks as the default.  A model has a row for each
 * range of years, all of which are marked: several rows of one name are no
 * contradiction.
 */
static const char *
DefaultModel(Oid schema)
{
	TableScan	scan;
	int			name;
	int			is_default;
	const char *found = NULL;
	const char *other = NULL;

	StartScan(&scan, schema, "hcc_model", NULL, 0);
	name = ScanColumn(&scan, "model_version");
	is_default = ScanColumn(&scan, "is_default");
	while (NextRow(&scan))
	{
		const char *value = ScanText(&scan, name);

		if (!ScanFlag(&scan, is_default))
			continue;
		if (found == NULL)
			found = value;
		else if (strcmp(found, value) != 0)
			other = value;
	}
	EndScan(&scan);
	if (other != NULL)
		ereport(ERROR,
				(PlainErrcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("hcc_model marks more than one model as the default"),
				 errdetail("Among them are \"%s\" and \"%s\".", found, other),
				 errhint(HOW_TO_CHOOSE_MODEL)));
	if (found == NULL)
		ereport(ERROR,
				(PlainErrcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("no model is marked as the default in hcc_model"),
				 errhint(HOW_TO_CHOOSE_MODEL)));
	return found;
}

/* What to do where a payment year is missing; what YearHint says may follow it */
#define HOW_TO_HAVE_YEAR "Ask for another year, or load the tables of this one."

/*
 * The error for a model that has codes, or should have, but none of them in
 * its payment year: everybody would score as if healthy, and nobody would
 * notice, since each score by itself is a possible one.
 */
pg_noreturn static void
NoCodes(const ModelLoad *load)
{
	if (load->payment_year == 0)
		ereport(ERROR,
				(PlainErrcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("model \"%s\" has no codes", load->name),
				 errhint("Add them to hcc_crosswalk.")));
	ereport(ERROR,
			(PlainErrcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("model \"%s\" has no codes for payment year %d",
					load->name, load->payment_year),
			 errdetail("No row of hcc_crosswalk holds in that year."),
			 errhint(HOW_TO_HAVE_YEAR)));
}

/*
 * Read hcc_model: the payment year to use and what holds for the whole model
 * in it.  False if the model has no rows there, which those of users need not
 * have; that it has some and none for the year is an error.
 *
 * The order of the hierarchy is such a thing: up to 2025 CMS published SAS,
 * which goes through the HCCs one after another; from 2026 Python packages,
 * which take all droppers from the set as it came.
 */
static bool
LoadModelYears(ModelLoad *load)
{
	TableScan	scan;
	int			first;
	int			last;
	int			order;
	int			prefix;
	int			codes_through;
	int			concurrent;
	int			provisional;
	int			wanted = load->payment_year;
	int			newest = 0;
	bool		any = false;
	bool		found = false;
	StringInfoData ranges;

	initStringInfo(&ranges);
	StartModelScan(&scan, load, "hcc_model");
	first = ScanColumn(&scan, "first_payment_year");
	last = ScanColumn(&scan, "last_payment_year");
	order = ScanColumn(&scan, "hierarchy_order");
	prefix = ScanColumn(&scan, "hcc_prefix");
	codes_through = ScanColumn(&scan, "codes_through");
	concurrent = ScanColumn(&scan, "concurrent");
	provisional = ScanColumn(&scan, "provisional");
	while (NextRow(&scan))
	{
		int			from = ScanInt(&scan, first, 0);
		int			to = ScanInt(&scan, last, 0);
		bool		is_provisional = ScanFlag(&scan, provisional);

		/*
		 * Without a wish, the row with the newest year, a provisional one last: a
		 * copied year is for those who ask for it, and must not become what
		 * everybody scores by who names no year.
		 */
		if (wanted != 0 ? from <= wanted && wanted <= to :
			!found || (load->provisional && !is_provisional) ||
			(load->provisional == is_provisional && to > newest))
		{
			found = true;
			newest = to;
			load->provisional = is_provisional;
			load->payment_year = wanted == 0 ? to : wanted;
			load->source.order = strcmp(ScanText(&scan, order), "sequential") == 0 ?
				HCC_ORDER_SEQUENTIAL : HCC_ORDER_SIMULTANEOUS;
			load->source.hcc_prefix = ScanText(&scan, prefix);
			load->codes_through = ScanInt(&scan, codes_through, 0);
			load->source.concurrent_year = ScanFlag(&scan, concurrent) ? load->payment_year : 0;
		}
		any = true;
		appendStringInfo(&ranges, "%s%d to %d", ranges.len > 0 ? ", " : "", from, to);
	}
	EndScan(&scan);

	load->bounded |= any;
	if (any && !found)
		ereport(ERROR,
				(PlainErrcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("model \"%s\" has no tables for payment year %d", load->name, wanted),
				 errdetail("It has tables for payment years %s.", ranges.data),
				 errhint(HOW_TO_HAVE_YEAR "%s", YearHint(load->schema, wanted, load->name))));
	return found;
}

/*
 * The newest payment year that hcc_crosswalk names for a model, or 0.  For
 * models without rows in hcc_model: a row without expiry_year holds on and on,
 * so that the year in which it began counts.
 */
static int
NewestCrosswalkYear(ModelLoad *load)
{
	TableScan	scan;
	int			first;
	int			last;
	int			newest = 0;

	StartModelScan(&scan, load, "hcc_crosswalk");
	first = ScanColumn(&scan, "effective_year");
	last = ScanColumn(&scan, "expiry_year");
	while (NextRow(&scan))
		newest = Max(newest, ScanInt(&scan, last, ScanInt(&scan, first, 0)));
	EndScan(&scan);
	return newest;
}

/*
 * What the tables say of a model's calibrations in its payment year.  A
 * calibration is a set of coefficients; a model can have several in one year,
 * as RX_V08 has one for most plans and one for PACE.  With chosen and not
 * other, it is clear which to use.
 */
typedef struct CalibrationChoice
{
	const char *chosen;			/* as asked, or the default; NULL: none */
	const char *other;			/* another one that fits as well; NULL: none */
	bool		any;			/* hcc_calibration has rows of the model */
	StringInfoData known;		/* those of the year in hcc_calibration, for messages */
} CalibrationChoice;

/* One that fits, the first or another */
static void
AddChoice(CalibrationChoice *choice, const char *calibration)
{
	if (choice->chosen == NULL)
		choice->chosen = calibration;
	else
		choice->other = calibration;
}

/* By hcc_calibration: the one that was asked for, or the default of the year */
static void
ReadCalibrations(ModelLoad *load, bool asked, CalibrationChoice *choice)
{
	TableScan	scan;
	int			name;
	int			first;
	int			last;
	int			provisional;
	int			is_default;

	StartModelScan(&scan, load, "hcc_calibration");
	name = ScanColumn(&scan, "calibration");
	first = ScanColumn(&scan, "first_payment_year");
	last = ScanColumn(&scan, "last_payment_year");
	is_default = ScanColumn(&scan, "is_default");
	provisional = ScanColumn(&scan, "provisional");
	while (NextRow(&scan))
	{
		const char *calibration = ScanText(&scan, name);

		choice->any = true;
		load->bounded = true;
		if (!ScanInYear(&scan, first, last, load->payment_year))
			continue;
		appendStringInfo(&choice->known, "%s%s", choice->known.len > 0 ? ", " : "", calibration);
		if (asked ? strcmp(calibration, load->calibration) == 0 : ScanFlag(&scan, is_default))
		{
			AddChoice(choice, calibration);
			load->provisional |= ScanFlag(&scan, provisional);
		}
	}
	EndScan(&scan);
}

/*
 * Of a model without rows in hcc_calibration: the one that its coefficients
 * have, if it was asked for or there is no other; "" if it has no coefficients.
 * That is what a small model of a user's looks like, with its coefficients
 * beside codes and interactions: it needs no calibration, and LoadCoefficients
 * finds none.
 */
static void
GuessCalibration(ModelLoad *load, bool asked, CalibrationChoice *choice)
{
	TableScan	scan;
	int			calibration;

	StartModelScan(&scan, load, "hcc_coefficient");
	calibration = ScanColumn(&scan, "calibration");
	while (NextRow(&scan))
	{
		const char *value = ScanText(&scan, calibration);

		if (asked && strcmp(value, load->calibration) != 0)
			continue;
		if (choice->chosen == NULL || strcmp(choice->chosen, value) != 0)
			AddChoice(choice, value);
	}
	EndScan(&scan);
	if (choice->chosen == NULL && !asked)
		choice->chosen = "";
}

#define HOW_TO_CHOOSE_CALIBRATION \
	"Name the calibration, or set is_default for one in hcc_calibration."

/*
 * The message for a calibration that there is not, or that there are several
 * of: from what was asked for to what the tables lack
 */
pg_noreturn static void
NoCalibration(const ModelLoad *load, bool asked, const CalibrationChoice *choice)
{
	bool		has_known = choice->known.len > 0;
	const char *known = choice->known.data;

	if (asked)
		ereport(ERROR,
				(PlainErrcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("model \"%s\" has no calibration \"%s\" in payment year %d",
						load->name, load->calibration, load->payment_year),
				 has_known ? errdetail("Its calibrations of that year are: %s.", known) : 0,
				 has_known ? errhint("See hcc_calibration.") :
				 errhint(HOW_TO_HAVE_YEAR)));
	if (choice->other != NULL)
		ereport(ERROR,
				(PlainErrcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("model \"%s\" has several calibrations in payment year %d",
						load->name, load->payment_year),
				 errdetail("Among them are \"%s\" and \"%s\".", choice->chosen, choice->other),
				 errhint(HOW_TO_CHOOSE_CALIBRATION)));
	if (has_known)
		ereport(ERROR,
				(PlainErrcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("model \"%s\" has no default calibration in payment year %d",
						load->name, load->payment_year),
				 errdetail("Its calibrations of that year are: %s.", known),
				 errhint(HOW_TO_CHOOSE_CALIBRATION)));
	ereport(ERROR,
			(PlainErrcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("model \"%s\" has no coefficients for payment year %d",
					load->name, load->payment_year),
			 errhint("Add them to hcc_coefficient, and their calibration to hcc_calibration.")));
}

/*
 * The calibration to use: as asked, in force by hcc_calibration, or the only
 * one.  Of several that fit none is taken at random: scores would differ with
 * the order of rows.
 */
static void
ChooseCalibration(ModelLoad *load)
{
	CalibrationChoice choice = {NULL};
	bool		asked = load->calibration[0] != '\0';

	initStringInfo(&choice.known);
	ReadCalibrations(load, asked, &choice);
	if (!choice.any)
		GuessCalibration(load, asked, &choice);
	if (choice.chosen == NULL || (choice.other != NULL && !asked))
		NoCalibration(load, asked, &choice);
	load->calibration = choice.chosen;
}

/*
 * Does the model say what anything is worth?  One that does not can still map
 * codes and apply its hierarchy; MakePerson refuses to score by it, where every
 * score would be 0.
 */
static bool
HasCoefficients(const hcc_source *source)
{
	bool		found = source->coefficient.rows > 0;

	/* those beside codes and interactions count without segments */
	for (int i = 0; i < source->crosswalk.rows && !found; i++)
		found = source->crosswalk.row[i].has_coefficient;
	for (int i = 0; i < source->interaction.rows && source->segment.rows == 0 && !found; i++)
		found = source->interaction.row[i].has_coefficient;
	return found;
}

/* ---- the whole ---- */

/*
 * No model of ours takes a hundredth of it.  It is a bound on what somebody may
 * make a backend allocate by a few rows, and independent of hccraf.cache_size,
 * which is asked when the model is kept.
 */
#define MAX_MODEL_BYTES ((Size) 256 * 1024 * 1024)

/*
 * An hcc_alloc_fn; the context is a memory context.  Rows can ask for far
 * more memory than they take themselves, which the limit keeps from the
 * server: each interaction has room for as many conditions as there are rows of
 * helpers, and a hierarchy is a square of bits.
 *
 * The core expects zeroed memory and never a NULL; an error leaves it by
 * longjmp, which it may, as it holds nothing that is not in the context.
 */
static void *
AllocateForModel(void *context, size_t size)
{
	if (size > MAX_MODEL_BYTES || MemoryContextMemAllocated(context, false) > MAX_MODEL_BYTES)
		ereport(ERROR,
				(PlainErrcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("a compiled model would take more than %zu MB",
						MAX_MODEL_BYTES / (1024 * 1024)),
				 errhint("Split the model in two.")));
	CHECK_FOR_INTERRUPTS();
	return MemoryContextAllocZero(context, size);
}

/*
 * Compile the rows that were read, into this memory context.  What does not fit
 * together is an error that names the row; here it becomes a message of the
 * server's, of which the core knows nothing.
 */
static hcc_model *
CompileModel(const ModelLoad *load, MemoryContext context)
{
	hcc_problem problem;
	hcc_model  *compiled = hcc_compile(&load->source, AllocateForModel, context, &problem);

	if (compiled == NULL)
		ereport(ERROR,
				(PlainErrcode(ERRCODE_INVALID_OBJECT_DEFINITION),
				 errmsg("model \"%s\" is inconsistent: in %s, %s %s",
						load->name, problem.table, problem.row, problem.what),
				 load->payment_year != 0 ?
				 errdetail("This holds for payment year %d.", load->payment_year) : 0,
				 errhint("%s", problem.hint)));
	return compiled;
}

/*
 * Read and compile a model, with the active snapshot.  The result has a
 * memory context of its own, a child of the current one, which the caller
 * puts where it belongs.  "" and 0 ask for the default.  What is not in the
 * tables, or makes no sense there, is an error.
 *
 * The order of the steps matters: the year decides which rows hold; categories
 * and segments decide what is read of the crosswalk; the calibration is chosen
 * before its coefficients are read.  That the model exists is known only after
 * the crosswalk, the one table that every model has rows in.
 */
CachedModel *
LoadModel(Oid schema, const char *name, int payment_year, const char *calibration)
{
	ModelLoad	load = {.schema = schema, .payment_year = payment_year, .calibration = calibration};
	MemoryContext scratch = AllocSetContextCreate(CurrentMemoryContext, "hccraf model rows",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "hccraf model",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(scratch);
	CachedModel *model = MemoryContextAllocZero(context, sizeof(CachedModel));
	instr_time	start;
	instr_time	duration;
	bool		has_years;

	Assert(name != NULL && calibration != NULL && payment_year >= 0);
	INSTR_TIME_SET_CURRENT(start);
	load.name = name[0] != '\0' ? name : DefaultModel(schema);
	load.name_datum = CStringGetTextDatum(load.name);
	/* as the columns of hcc_model have by default, for models without rows there */
	load.source.hcc_prefix = "HCC";
	load.source.order = HCC_ORDER_SIMULTANEOUS;

	has_years = LoadModelYears(&load);
	if (!has_years && load.payment_year == 0)
		load.payment_year = NewestCrosswalkYear(&load);
	LoadCategories(&load);
	LoadSegments(&load);
	if (!LoadCrosswalk(&load) && !has_years)
		UnknownModel(&load);
	if (load.source.crosswalk.rows == 0)
		NoCodes(&load);
	LoadDrugs(&load);
	ChooseCalibration(&load);
	LoadEdits(&load);
	LoadPrerequisites(&load);
	LoadHierarchy(&load);
	LoadGroups(&load);
	LoadVariables(&load);
	LoadInteractions(&load);
	LoadAgeRules(&load);
	LoadCoefficients(&load);
	LoadCsrFactors(&load);

	model->compiled = CompileModel(&load, context);
	INSTR_TIME_SET_CURRENT(duration);
	INSTR_TIME_SUBTRACT(duration, start);

	/* all that is kept must be out of the scratch context from here on */
	model->name = MemoryContextStrdup(context, load.name);
	model->any_year = !load.bounded;
	model->payment_year = model->any_year ? 0 : load.payment_year;
	model->codes_through = load.codes_through;
	model->calibration = MemoryContextStrdup(context, load.calibration);
	model->scores = HasCoefficients(&load.source);
	model->provisional = load.provisional;
	model->entry.name = model->name;
	model->entry.context = context;
	model->build_ms = INSTR_TIME_GET_MILLISEC(duration);
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(scratch);
	return model;
}

/*
 * All rows of payment_component; a list of PaymentComponent.  There are a few,
 * and parts of the plan point to them, so that a component is the same exactly
 * where the pointer is.
 */
static List *
LoadComponents(Oid schema)
{
	TableScan	scan;
	int			name;
	int			requires;
	int			forbids;
	int			takes_frailty;
	List	   *components = NIL;

	StartScan(&scan, schema, "payment_component", NULL, 0);
	name = ScanColumn(&scan, "component");
	requires = ScanColumn(&scan, "requires");
	forbids = ScanColumn(&scan, "forbids");
	takes_frailty = ScanColumn(&scan, "takes_frailty");
	while (NextRow(&scan))
	{
		PaymentComponent *component = palloc(sizeof(PaymentComponent));

		component->name = ScanText(&scan, name);
		component->requires = ScanFacts(&scan, requires, "requires");
		component->forbids = ScanFacts(&scan, forbids, "forbids");
		component->takes_frailty = ScanFlag(&scan, takes_frailty);
		components = lappend(components, component);
	}
	EndScan(&scan);
	return components;
}

/*
 * Order of a plan's parts, by their key; of one component they stand together,
 * which ChooseComponent relies on, and in which order rows of
 * raf_payment_explain come does not depend on that of the table.
 */
static int
ComparePaymentParts(const void *a, const void *b)
{
	const PaymentPart *x = a;
	const PaymentPart *y = b;
	int			order = strcmp(x->component->name, y->component->name);

	if (order == 0)
		order = strcmp(x->model, y->model);
	if (order == 0)
		order = strcmp(x->calibration ? x->calibration : "",
					   y->calibration ? y->calibration : "");
	return order;
}

/* The component of that name; one that payment_component does not have is an error. */
static const PaymentComponent *
FindComponent(const List *components, const char *name)
{
	ListCell   *cell;

	foreach(cell, components)
	{
		const PaymentComponent *component = lfirst(cell);

		if (strcmp(component->name, name) == 0)
			return component;
	}
	ereport(ERROR,
			(PlainErrcode(ERRCODE_INVALID_OBJECT_DEFINITION),
			 errmsg("component \"%s\" of payment_year_parameter is not in payment_component",
					name),
			 errhint("Add it to payment_component, with the facts that say whom it fits.")));
}

/*
 * The part of a plan that has this key, or a new one; NULL if there is one that
 * the row does not replace: a custom row takes the place of the shipped one.
 * Both can be there, since an update of the extension brings the shipped rows
 * anew and must not touch the user's.  To pay by both would pay twice.
 */
static PaymentPart *
PlacePart(PaymentPlan *plan, int *room, const PaymentPart *key, bool custom)
{
	Assert(plan->parts <= *room);
	for (int i = 0; i < plan->parts; i++)
	{
		if (ComparePaymentParts(&plan->part[i], key) == 0)
			return custom ? &plan->part[i] : NULL;
	}
	if (plan->parts == *room)
	{
		*room += 4;
		plan->part = plan->part ? repalloc(plan->part, *room * sizeof(PaymentPart)) :
			palloc(*room * sizeof(PaymentPart));
	}
	return &plan->part[plan->parts++];
}

/*
 * The rows of payment_year_parameter for a year and program, in the current
 * memory context.  No rows of the year are no error here: the plan has no parts,
 * and whoever asked knows what he needed it for.  A program that there is not at
 * all is one.
 *
 * A factor that is NULL in the tables is one that nobody has found published.
 * The plan has it all the same, as not known: who is paid by it gets the error,
 * and others of the same year, by another component, need not.
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
	int			provisional;
	int			room = 0;
	bool		year_is_known = false;

	plan->entry.year = payment_year;
	plan->entry.name = pstrdup(program);
	StartScan(&scan, schema, "payment_year_parameter", "payment_year", Int32GetDatum(payment_year));
	program_column = ScanColumn(&scan, "program");
	component = ScanColumn(&scan, "component");
	model = ScanColumn(&scan, "model_version");
	calibration = ScanColumn(&scan, "calibration");
	normalization = ScanColumn(&scan, "normalization_factor");
	adjustment = ScanColumn(&scan, "coding_pattern_adjustment");
	weight = ScanColumn(&scan, "blend_weight");
	confidence = ScanColumn(&scan, "confidence");
	custom = ScanColumn(&scan, "custom");
	provisional = ScanColumn(&scan, "provisional");
	while (NextRow(&scan))
	{
		PaymentPart key = {0};
		PaymentPart *part;

		year_is_known = true;
		if (strcmp(ScanText(&scan, program_column), program) != 0)
			continue;
		key.component = FindComponent(components, ScanText(&scan, component));
		key.model = ScanText(&scan, model);
		key.calibration = ScanText(&scan, calibration);
		part = PlacePart(plan, &room, &key, ScanFlag(&scan, custom));
		if (part == NULL)
			continue;
		*part = key;
		/* it divides, so 0 is free to mean that it is not known; a weight may be 0 */
		part->normalization = scan.nulls[normalization] ? 0 :
			LoadFactor(&scan, normalization, 1, ANY_FACTOR, "a number above 0");
		part->coding_adjustment = LoadFactor(&scan, adjustment, -ANY_FACTOR, ONE,
											 "a number up to 1");
		part->weight = scan.nulls[weight] ? -1 :
			LoadFactor(&scan, weight, 0, ANY_FACTOR, "a number from 0");
		part->low_confidence = strcmp(ScanText(&scan, confidence), "low") == 0;
		part->provisional = ScanFlag(&scan, provisional);
	}
	EndScan(&scan);
	if (plan->parts == 0)
		CheckProgram(schema, program);
	plan->year_hint = year_is_known ? "" : YearHint(schema, payment_year, NULL);
	if (plan->parts > 1)
		qsort(plan->part, plan->parts, sizeof(PaymentPart), ComparePaymentParts);
	return plan;
}
