/*
 * encounter_load.c
 *	  What the encounter filter has compiled of the reference tables.
 *
 * Rules go by payment year and program, procedures and modalities by service
 * year, diagnosis codes by fiscal year; each is compiled when first asked for
 * and belongs to a generation, as compiled models do.
 *
 * All four work alike: what the cache has is returned; else the rows are read
 * by the statement's snapshot, in one memory context, and compiled into another,
 * which KeepEntry gives to the generation, while that of the rows is dropped.
 * An error on the way leaves both to the caller's context and the cache as it
 * was.  What is returned is pinned, and valid as long as the pin.
 *
 * The tables are read whole or by an index on the year; what they hold of other
 * years and programs is left out here.
 */
#include "postgres.h"

#include "catalog/pg_type_d.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "compat.h"
#include "encounter_load.h"
#include "model_load.h"
#include "raise.h"
#include "table_scan.h"

/* Something being compiled: what stays, and what goes when it is done */
typedef struct Build
{
	MemoryContext caller;		/* current before, and again afterwards */
	MemoryContext rows;			/* deleted at the end */
	MemoryContext compiled;		/* becomes the entry's */
} Build;

/*
 * Make the memory contexts of a build and switch to the one for rows.  Both
 * are children of the caller's context: after an error nothing is left
 * behind.
 */
static void
StartBuild(Build *build)
{
	build->rows = AllocSetContextCreate(CurrentMemoryContext, "hccraf encounter rows",
										ALLOCSET_DEFAULT_SIZES);
	build->compiled = AllocSetContextCreate(CurrentMemoryContext, "hccraf encounter filter",
											ALLOCSET_SMALL_SIZES);
	build->caller = MemoryContextSwitchTo(build->rows);
}

/*
 * Keep what was compiled, under this year and name, in the pinned generation;
 * switches back, and drops the rows.  The name is copied: it is often in them,
 * or an argument of a call.  An error if it does not fit into the cache.
 */
static void
EndBuild(Build *build, CachePin *pin, CacheEntry *entry, CacheKind kind, int year, const char *name)
{
	Assert(CurrentMemoryContext == build->rows || CurrentMemoryContext == build->compiled);
	entry->year = year;
	entry->name = MemoryContextStrdup(build->compiled, name);
	MemoryContextSwitchTo(build->caller);
	MemoryContextDelete(build->rows);
	KeepEntry(pin, entry, kind, build->compiled);
}

/*
 * An hcc_alloc_fn; the context is a memory context. A list of codes may be huge:
 * a set is half empty, and 70,000 diagnosis codes take 2 MB. The core relies on
 * its being zeroed.
 */
static void *
Allocate(void *context, size_t size)
{
	return MemoryContextAllocExtended(context, size, MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
}

/* The error for rows that the core refuses, which are no patient's: it names them */
pg_noreturn static void
BadRow(const hcc_problem *problem)
{
	ereport(ERROR,
			(PlainErrcode(ERRCODE_INVALID_OBJECT_DEFINITION),
			 errmsg("the encounter filter is inconsistent: in %s, %s %s",
					problem->table, problem->row, problem->what),
			 errhint("%s", problem->hint)));
}

/*
 * The array with room for one more row.  It grows whenever the number of rows is
 * a power of two from 16 on, so that the room needs no variable of its own; it
 * must be called before every row, and rows be added one at a time.
 */
#define MAKE_ROOM(array, used) \
	do { \
		if ((array) == NULL) \
			(array) = palloc(16 * sizeof(*(array))); \
		else if ((used) >= 16 && ((used) & ((used) - 1)) == 0) \
			(array) = repalloc_huge((array), (Size) (used) * 2 * sizeof(*(array))); \
	} while (0)

/* ---- rules ---- */

/*
 * A condition is an array of names, or a flag, which is made the list of its one
 * name: the core has one kind of condition then.  Not for NULL, which is none.
 */
static hcc_list
ReadCondition(TableScan *scan, int column)
{
	static const char *flag[] = {"false", "true"};

	if (TupleDescAttr(RelationGetDescr(scan->relation), column)->atttypid == BOOLOID)
		return (hcc_list) {&flag[DatumGetBool(scan->values[column])], 1};
	return ScanTextList(scan, column);
}

/*
 * The rows of encounter_rule that hold in a payment year and program,
 * unsorted, in the current memory context; NULL if there are none.  An
 * unknown program is an error: most rules are for all programs, so that one
 * misspelt would find rules, and judge by the wrong ones.
 */
static hcc_rule_row *
LoadRules(Oid schema, int payment_year, const char *program, int *n)
{
	hcc_rule_row *rows = NULL;
	TableScan	scan;
	int			id;
	int			priority;
	int			verdict;
	int			first;
	int			last;
	int			programs;
	int			condition[HCC_RECORD_KINDS];

	*n = 0;
	StartScan(&scan, schema, "encounter_rule", NULL, 0);
	id = ScanColumn(&scan, "id");
	priority = ScanColumn(&scan, "priority");
	verdict = ScanColumn(&scan, "verdict");
	first = ScanColumn(&scan, "first_payment_year");
	last = ScanColumn(&scan, "last_payment_year");
	programs = ScanColumn(&scan, "programs");
	for (int kind = 0; kind < HCC_RECORD_KINDS; kind++)
		condition[kind] = ScanColumn(&scan, hcc_condition_column(kind));
	while (NextRow(&scan))
	{
		hcc_rule_row *row;

		if (!ScanInYear(&scan, first, last, payment_year) ||
			(!scan.nulls[programs] && !IsNamed(ScanTextList(&scan, programs), program)))
			continue;
		MAKE_ROOM(rows, *n);
		row = &rows[(*n)++];
		memset(row, 0, sizeof(*row));
		row->id = DatumGetInt64(scan.values[id]);
		row->priority = ScanInt(&scan, priority, 0);
		row->verdict = ScanText(&scan, verdict);
		for (int kind = 0; kind < HCC_RECORD_KINDS; kind++)
		{
			row->asks[kind] = !scan.nulls[condition[kind]];
			if (row->asks[kind])
				row->allows[kind] = ReadCondition(&scan, condition[kind]);
		}
	}
	EndScan(&scan);
	CheckProgram(schema, program);
	return rows;
}

/*
 * The rows of eligible_bill_type of a program, "" for those of the programs
 * that have none of their own, in the current memory context; NULL if there
 * are none.  The marketplace has its own: of HHS only some frequencies count.
 */
static hcc_bill_type_row *
LoadBillTypes(Oid schema, const char *program, int *n)
{
	hcc_bill_type_row *rows = NULL;
	TableScan	scan;
	int			bill_type;
	int			setting;
	int			required;
	int			of_program;

	*n = 0;
	StartScan(&scan, schema, "eligible_bill_type", NULL, 0);
	of_program = ScanColumn(&scan, "program");
	bill_type = ScanColumn(&scan, "bill_type");
	setting = ScanColumn(&scan, "setting");
	required = ScanColumn(&scan, "procedure_required");
	while (NextRow(&scan))
	{
		if (strcmp(ScanText(&scan, of_program), program) != 0)
			continue;
		MAKE_ROOM(rows, *n);
		rows[(*n)++] = (hcc_bill_type_row) {
			.bill_type = ScanText(&scan, bill_type),
			.setting = ScanText(&scan, setting),
			.procedure_required = ScanFlag(&scan, required)
		};
	}
	EndScan(&scan);
	return rows;
}

/*
 * All rows of record_word, custom ones first, in the current memory context;
 * NULL if there are none.  The first row of a word counts, so that a custom one
 * can mean something else than the shipped one.
 */
static hcc_word_row *
LoadWords(Oid schema, int *n)
{
	hcc_word_row *rows = NULL;
	TableScan	scan;
	int			kind;
	int			word;
	int			meaning;
	int			custom;
	int			first = 0;

	*n = 0;
	StartScan(&scan, schema, "record_word", NULL, 0);
	kind = ScanColumn(&scan, "kind");
	word = ScanColumn(&scan, "word");
	meaning = ScanColumn(&scan, "meaning");
	custom = ScanColumn(&scan, "custom");
	while (NextRow(&scan))
	{
		hcc_word_row row = {
			.kind = ScanText(&scan, kind),
			.word = ScanText(&scan, word),
			.meaning = ScanText(&scan, meaning)
		};

		MAKE_ROOM(rows, *n);
		rows[*n] = row;
		/* it changes places with the first that is not custom */
		if (ScanFlag(&scan, custom))
		{
			rows[*n] = rows[first];
			rows[first++] = row;
		}
		(*n)++;
	}
	EndScan(&scan);
	return rows;
}

/*
 * The compiled rules of a payment year and program, compiled now if they are
 * not yet.  Valid as long as the pin; errors leave the cache as it was.
 *
 * A program with bill types of its own has procedures of its own, too, and if
 * there are none of a year, no list (FilterPolicy.list): to take those of the
 * others would count by the rules of another agency.  The verdicts are made
 * texts here, so that a call returns one and allocates nothing.
 */
const FilterPolicy *
GetFilterPolicy(CachePin *pin, int payment_year, const char *program)
{
	FilterPolicy *policy;
	hcc_rule_row *rule;
	hcc_bill_type_row *bill_type;
	hcc_problem problem;
	hcc_word_row *word;
	int			rules;
	int			bill_types;
	int			words;
	bool		own_lists;
	Build		build;

	policy = (FilterPolicy *) FindEntry(pin, CACHED_FILTER_POLICY, payment_year, program);
	if (policy != NULL)
		return policy;
	StartBuild(&build);
	rule = LoadRules(pin->generation->schema, payment_year, program, &rules);
	bill_type = LoadBillTypes(pin->generation->schema, program, &bill_types);
	own_lists = bill_types > 0;
	if (!own_lists)
		bill_type = LoadBillTypes(pin->generation->schema, "", &bill_types);
	word = LoadWords(pin->generation->schema, &words);
	policy = Allocate(build.compiled, sizeof(FilterPolicy));
	policy->compiled = hcc_compile_policy(rule, rules, bill_type, bill_types, word, words,
										  Allocate, build.compiled, &problem);
	if (policy->compiled == NULL)
		BadRow(&problem);

	MemoryContextSwitchTo(build.compiled);
	policy->ok = cstring_to_text("ok");
	policy->list = own_lists ? pstrdup(program) : "";
	policy->verdict = palloc((rules + 1) * sizeof(text *));
	for (int i = 0; i < rules; i++)
		policy->verdict[i] = cstring_to_text(policy->compiled->rule[i].verdict);
	EndBuild(&build, pin, &policy->entry, CACHED_FILTER_POLICY, payment_year, program);
	return policy;
}

/* ---- lists ---- */

/*
 * The codes of a column, of the rows of one year, and where the table has
 * lists of programs of one of them; in the current memory context, unsorted, and
 * NULL if there are none.  Those that cannot be read are among them and are left
 * out when the set is made.
 */
static icd10_code *
LoadCodes(Oid schema, const char *table, const char *year_column, int year,
		  const char *code_column, const char *program, size_t *n)
{
	icd10_code *codes = NULL;
	TableScan	scan;
	int			column;
	int			of_program;

	*n = 0;
	StartScan(&scan, schema, table, year_column, Int32GetDatum(year));
	column = ScanColumn(&scan, code_column);
	of_program = program != NULL ? ScanColumn(&scan, "program") : -1;
	while (NextRow(&scan))
	{
		text	   *code = DatumGetTextPP(scan.values[column]);

		if (program != NULL && strcmp(ScanText(&scan, of_program), program) != 0)
			continue;
		MAKE_ROOM(codes, *n);
		codes[(*n)++] = icd10_read(VARDATA_ANY(code), VARSIZE_ANY_EXHDR(code));
	}
	EndScan(&scan);
	return codes;
}

/*
 * The rows of encounter_modality of a service year, in the current memory
 * context; NULL if there are none
 */
static hcc_modality_row *
LoadModalities(Oid schema, int service_year, int *n)
{
	hcc_modality_row *rows = NULL;
	TableScan	scan;
	int			kind;
	int			code;
	int			modality;
	int			first;
	int			last;

	*n = 0;
	StartScan(&scan, schema, "encounter_modality", NULL, 0);
	kind = ScanColumn(&scan, "kind");
	code = ScanColumn(&scan, "code");
	modality = ScanColumn(&scan, "modality");
	first = ScanColumn(&scan, "first_service_year");
	last = ScanColumn(&scan, "last_service_year");
	while (NextRow(&scan))
	{
		if (!ScanInYear(&scan, first, last, service_year))
			continue;
		MAKE_ROOM(rows, *n);
		rows[(*n)++] = (hcc_modality_row) {
			.kind = ScanText(&scan, kind),
			.code = ScanText(&scan, code),
			.modality = ScanText(&scan, modality)
		};
	}
	EndScan(&scan);
	return rows;
}

/*
 * What holds for services of a calendar year, as GetFilterPolicy, with the
 * procedures of a program; a year without a list of procedures is no error
 * here, but one that is kept.  Whether the lack is an error depends on the
 * record, and it must not be looked for again at each of them.
 */
const hcc_service_year *
GetServiceYear(CachePin *pin, int year, const char *list)
{
	ServiceYear *service_year;
	hcc_modality_row *modality;
	icd10_code *procedure;
	hcc_problem problem;
	int			modalities;
	size_t		procedures;
	Build		build;

	service_year = (ServiceYear *) FindEntry(pin, CACHED_SERVICE_YEAR, year, list);
	if (service_year != NULL)
		return &service_year->compiled;
	StartBuild(&build);
	modality = LoadModalities(pin->generation->schema, year, &modalities);
	procedure = LoadCodes(pin->generation->schema, "eligible_procedure", "service_year", year,
						  "procedure_code", list, &procedures);
	service_year = Allocate(build.compiled, sizeof(ServiceYear));
	if (!hcc_compile_service_year(&service_year->compiled, modality, modalities,
								  procedure, procedures,
								  Allocate, build.compiled, &problem))
		BadRow(&problem);
	EndBuild(&build, pin, &service_year->entry, CACHED_SERVICE_YEAR, year, list);
	return &service_year->compiled;
}

/*
 * The diagnosis codes of a fiscal year, as above; empty if the year was not
 * loaded
 */
const hcc_code_set *
GetDiagnosisList(CachePin *pin, int fiscal_year)
{
	DiagnosisList *list;
	icd10_code *code;
	size_t		codes;
	Build		build;

	list = (DiagnosisList *) FindEntry(pin, CACHED_DIAGNOSIS_LIST, fiscal_year, "");
	if (list != NULL)
		return &list->codes;
	StartBuild(&build);
	code = LoadCodes(pin->generation->schema, "icd10_code", "fiscal_year", fiscal_year,
					 "icd10_code", NULL, &codes);
	list = Allocate(build.compiled, sizeof(DiagnosisList));
	hcc_code_set_make(&list->codes, code, codes, Allocate, build.compiled);
	EndBuild(&build, pin, &list->entry, CACHED_DIAGNOSIS_LIST, fiscal_year, "");
	return &list->codes;
}

/*
 * The codes that models map and that are none of ICD-10-CM: a model of one's
 * own may have its own.  Asked for when text turns up that is no such code.
 * Of all models and years together, since a record is judged before it is known
 * what it is scored by.
 */
const hcc_code_set *
GetOwnCodes(CachePin *pin)
{
	DiagnosisList *list;
	icd10_code *codes = NULL;
	size_t		n = 0;
	Build		build;
	TableScan	scan;
	int			column;

	list = (DiagnosisList *) FindEntry(pin, CACHED_OWN_CODES, 0, "");
	if (list != NULL)
		return &list->codes;
	StartBuild(&build);
	StartScan(&scan, pin->generation->schema, "hcc_crosswalk", NULL, 0);
	column = ScanColumn(&scan, "icd10_code");
	while (NextRow(&scan))
	{
		text	   *given = DatumGetTextPP(scan.values[column]);
		icd10_code	code = icd10_read(VARDATA_ANY(given), VARSIZE_ANY_EXHDR(given));

		if (code == ICD10_NONE || code == ICD10_UNREADABLE || icd10_is_icd10(code))
			continue;
		MAKE_ROOM(codes, n);
		codes[n++] = code;
	}
	EndScan(&scan);
	list = Allocate(build.compiled, sizeof(DiagnosisList));
	hcc_code_set_make(&list->codes, codes, n, Allocate, build.compiled);
	EndBuild(&build, pin, &list->entry, CACHED_OWN_CODES, 0, "");
	return &list->codes;
}
