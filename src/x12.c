/*
 * x12.c
 *	  x12_837 and x12_834: what is in an X12 file as rows.
 *
 * Whether a transaction is whole shows at its end, when its rows are among the
 * others already. Which of them are of one that was cut off is kept, and at the
 * end of the file, if there are any, all rows are gone through once more. To hold
 * the rows of each transaction back until it was whole cost a copy of every row of
 * every file, for the sake of those that are broken.
 *
 * The reader in src/core knows the format and allocates nothing; what is here is
 * turned on by its callbacks, makes a row of what it gives and puts that into the
 * tuplestore of the result. Memory is of three kinds: what lasts for the call (the
 * reader, rooms of rows and arrays), what lasts for a row (row_context, reset
 * behind each), and the result, which spills to disk. So a file of any size takes
 * the same memory, but for the list of cut-off transactions.
 *
 * Raising is rare: a file can say anything, and all that is wrong with it is rows.
 * What raises is the caller's (no such cursor) or the server's.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "executor/tuptable.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/datetime.h"
#include "utils/fmgroids.h"
#include "utils/jsonb.h"
#include "utils/memutils.h"
#include "utils/numeric.h"
#include "utils/tuplestore.h"

#include "core/bytes.h"
#include "core/x12_claim.h"
#include "core/x12_member.h"
#include "import_row.h"
#include "import_source.h"

PG_FUNCTION_INFO_V1(x12_837);
PG_FUNCTION_INFO_V1(x12_834);

/*
 * Columns of import_span.  Those of the other arrays are plain numbers in the calls
 * below, which are those of the types in sql/80-import_types.sql: elements have to be
 * filled in this order.
 */
#define SPAN_CONTRACT 3
#define SPAN_PLAN 4

/*
 * Where the columns that both kinds of rows have are, so that notes, findings and
 * cut-offs are written once for claims and persons.
 */
typedef struct Columns
{
	int			n;
	int			file;
	int			position;
	int			scope;
	int			record;
	int			warnings;
	int			refused;
	int			attributes;
} Columns;

static const Columns claim_columns = {
	CLAIM_COLUMNS, CLAIM_FILE, CLAIM_POSITION, CLAIM_SCOPE, CLAIM_RECORD, CLAIM_WARNINGS,
	CLAIM_REFUSED, CLAIM_ATTRIBUTES
};
static const Columns person_columns = {
	PERSON_COLUMNS, PERSON_FILE, PERSON_POSITION, PERSON_SCOPE, PERSON_RECORD, PERSON_WARNINGS,
	PERSON_REFUSED, PERSON_ATTRIBUTES
};

/*
 * Rows that are refused since their transaction is not whole, and where that showed.
 * Rows are counted from 0 in the order in which they went into the result.
 */
typedef struct CutOff
{
	int64		first;
	int64		end;			/* the row after them */
	x12_finding why;			/* and at which segment: where the end was missed */
} CutOff;

/*
 * Where rows go.  An array of findings and the like stays in its ImportArray until
 * the row has been put, so that each column has one of its own.
 */
typedef struct Output
{
	const Columns *columns;
	ReturnSetInfo *result;
	int64		rows;			/* in the result */
	int64		first;			/* row of the transaction at hand; -1: it has none yet */
	List	   *cut_off;		/* of CutOff, in the order of the file, which do not overlap */
	MemoryContext row_context;	/* of one row */
	bool		has_file;		/* the second argument is there, and no NULL */
	int64		file;
	ImportRow	row;
	ImportArray warnings;
	ImportArray refused;
	ImportArray diagnoses;		/* of claims */
	ImportArray lines;
	ImportArray identifiers;	/* of persons */
	ImportArray spans;
} Output;

/*
 * The core hands the reader to what it calls back; the rest stands around it.  The
 * reader is first, so that its address is that of the whole.
 */
typedef struct ClaimReader
{
	x12_claims	claims;
	Output		output;
} ClaimReader;

typedef struct MemberReader
{
	x12_members members;
	Output		output;
} MemberReader;

/* ---- values ---- */

/* Set a column to a value that was kept. */
static void
SetValue(ImportRow *row, int column, const x12_value *value)
{
	import_set_text(row, column, value->text, value->length);
}

/* Set a column to a code that was kept. */
static void
SetCode(ImportRow *row, int column, const x12_code *code)
{
	import_set_text(row, column, code->text, code->length);
}

/* Set a column to a day, if it is one; X12_NO_DAY would be shown as -infinity. */
static void
SetDay(ImportRow *row, int column, x12_day day)
{
	if (day != X12_NO_DAY)
		import_set(row, column, DateADTGetDatum(day));
}

/* Add a value that was kept to an element. */
static void
AddValue(ImportArray *array, int column, const x12_value *value)
{
	import_add_text(array, column, value->text, value->length);
}

/* Add a code that was kept to an element. */
static void
AddCode(ImportArray *array, int column, const x12_code *code)
{
	import_add_text(array, column, code->text, code->length);
}

/* Add a day to an element, if it is one. */
static void
AddDay(ImportArray *array, int column, x12_day day)
{
	if (day != X12_NO_DAY)
		import_add_int(array, column, day);
}

/*
 * A member's number as an MBI, if it has the shape of one, the impossible one
 * of test data, too: in upper case and without the dashes that it has on cards.
 * NULL: it is none.
 *
 * Whatever way it is written it must be one number, or one person is two: claims
 * of providers have what they read from the card.  Real MBIs leave out the letters
 * S, L, O, I, B and Z and begin with 1 to 9; those of synthetic data are of this
 * shape with an S in second place, and are taken as well.
 */
static const x12_value *
AsMbi(const x12_value *id, x12_value *mbi)
{
	/* 9: digit, A: letter, X: either */
	static const char shape[] = "9AX9AX9AA99";

	mbi->length = 0;
	for (int i = 0; i < id->length; i++)
	{
		char		c = pg_ascii_toupper((unsigned char) id->text[i]);
		char		expected = shape[mbi->length];
		bool		digit = c >= '0' && c <= '9';
		bool		letter = c >= 'A' && c <= 'Z';

		if (c == '-' || c == ' ')
			continue;
		if (expected == '\0' || (!(digit && expected != 'A') && !(letter && expected != '9')))
			return NULL;
		mbi->text[mbi->length++] = c;
	}
	return mbi->length == sizeof(shape) - 1 ? mbi : NULL;
}

/*
 * How long a contract's number is at the beginning of a value, as of H9999 and
 * H9999-001; 0: there is none.  Behind a semicolon, as in REF*DX of a state's files,
 * stand plan, beginning and more.
 */
static int
ContractLength(const x12_value *value)
{
	if (value->length < 5 || memchr("HRSE", value->text[0], 4) == NULL)
		return 0;
	for (int i = 1; i < 5; i++)
	{
		if (value->text[i] < '0' || value->text[i] > '9')
			return 0;
	}
	return value->length == 5 || value->text[5] == '-' || value->text[5] == ';' ? 5 : 0;
}

/*
 * Set contract and plan of a person from a value that may name them; false, and
 * nothing, if it is not there or names none.
 */
static bool
SetContract(ImportRow *row, const x12_value *value)
{
	int			length = value != NULL ? ContractLength(value) : 0;

	if (length == 0)
		return false;
	import_set_text(row, PERSON_CONTRACT, value->text, length);
	if (value->length >= length + 4)
		import_set_text(row, PERSON_PLAN, value->text + length + 1, 3);
	return true;
}

/* Add contract and plan to a span: what names a contract names it, else it is the plan's name. */
static void
AddContract(ImportArray *array, const x12_value *value)
{
	int			length = ContractLength(value);

	if (length == 0)
	{
		AddValue(array, SPAN_PLAN, value);
		return;
	}
	import_add_text(array, SPAN_CONTRACT, value->text, length);
	if (value->length >= length + 4)
		import_add_text(array, SPAN_PLAN, value->text + length + 1, 3);
}

/* ---- rows ---- */

/* Set a column to findings; without any it stays NULL, which the load takes for "none". */
static void
SetFindings(ImportRow *row, int column, ImportArray *array, const x12_findings *findings)
{
	import_array_clear(array);
	for (int i = 0; i < findings->n; i++)
	{
		const x12_finding *finding = &findings->finding[i];

		import_element_begin(array);
		import_add_word(array, 0, finding->reason);
		import_add_long(array, 1, finding->position);
		import_add_word(array, 2, finding->field);
		import_element_end(array);
	}
	import_set_array(row, column, array);
}

/* Set what is to be said of a row though it is not refused. */
static void
SetWarnings(Output *output, const x12_findings *findings)
{
	SetFindings(&output->row, output->columns->warnings, &output->warnings, findings);
}

/* Set why a row is refused. */
static void
SetRefused(Output *output, const x12_findings *findings)
{
	SetFindings(&output->row, output->columns->refused, &output->refused, findings);
}

/*
 * Begin a row: where it is in the file and in which transaction.  ST02 is no key, for
 * numbers repeat in other groups; the position is.
 */
static void
BeginRow(Output *output, const x12_reader *reader, int64_t position, const char *scope)
{
	ImportRow  *row = &output->row;
	char		record[3 + X12_LONGEST_VALUE] = "ST*";

	import_row_clear(row);
	if (output->has_file)
		import_set(row, output->columns->file, Int64GetDatum(output->file));
	import_set(row, output->columns->position, Int64GetDatum(position));
	import_set_word(row, output->columns->scope, scope);
	if (strcmp(scope, "file") == 0)
		return;
	hcc_copy_short(record + 3, reader->transaction.text, reader->transaction.length);
	import_set_text(row, output->columns->record, record, 3 + reader->transaction.length);
}

/*
 * Bytes of a row that are no text refuse it; what could be read is there.
 *
 * The findings are the last column that is set, for only now is known whether any
 * value was no text.  Everything in row_context goes here, and with it all that a
 * caller has palloc'd since it switched to it.
 */
static void
EndRow(Output *output, const x12_findings *refused, int64_t position)
{
	ImportRow  *row = &output->row;

	if (unlikely(row->bad_text))
	{
		x12_findings also = *refused;

		x12_find(&also, "bad_encoding", position, "");
		SetRefused(output, &also);
	}
	else
		SetRefused(output, refused);
	import_row_put(row, output->result->setResult);
	output->rows++;
	MemoryContextReset(output->row_context);
	CHECK_FOR_INTERRUPTS();
}

/*
 * What is said of a transaction or of the file is a row of its own.
 *
 * It is no part of the rows of a transaction (CutOff), since notes come behind its
 * end: a row that says "truncated" must not be refused as truncated again.
 */
static void
PutNote(Output *output, const x12_reader *reader, const x12_note *note)
{
	MemoryContext caller = MemoryContextSwitchTo(output->row_context);
	x12_findings findings = {1, {note->finding}};
	x12_findings none = {0};

	BeginRow(output, reader, note->finding.position, note->file ? "file" : "transaction");
	/* a wrong count: both numbers, for whoever has to find the missing segment */
	if (note->counted >= 0)
	{
		JsonbParseState *state = NULL;
		JsonbValue	number;

		number.type = jbvNumeric;
		pushJsonbValue(&state, WJB_BEGIN_OBJECT, NULL);
		import_put_text(&state, WJB_KEY, "counted", 7);
		number.val.numeric = int64_to_numeric(note->counted);
		pushJsonbValue(&state, WJB_VALUE, &number);
		import_put_text(&state, WJB_KEY, "said", 4);
		number.val.numeric = int64_to_numeric(note->said);
		pushJsonbValue(&state, WJB_VALUE, &number);
		import_set(&output->row, output->columns->attributes,
				   JsonbPGetDatum(JsonbValueToJsonb(pushJsonbValue(&state, WJB_END_OBJECT,
																   NULL))));
	}
	if (!note->refused)
		SetWarnings(output, &findings);
	EndRow(output, note->refused ? &findings : &none, note->finding.position);
	MemoryContextSwitchTo(caller);
}

/* Begin the row of a claim or member, which may be the first of its transaction. */
static void
BeginRecord(Output *output, const x12_reader *reader, int64_t position, const char *scope)
{
	if (output->first < 0)
		output->first = output->rows;
	BeginRow(output, reader, position, scope);
}

/*
 * A transaction ends.  Its rows are remembered by their numbers if it was cut off;
 * one without rows has nothing to refuse, and its note says what happened.
 *
 * Called with the memory context of the call: the list lasts to the end of the file.
 */
static void
EndTransaction(Output *output, const x12_reader *reader, bool whole)
{
	if (!whole && output->first >= 0)
	{
		CutOff	   *cut = palloc(sizeof(CutOff));

		cut->first = output->first;
		cut->end = output->rows;
		cut->why = reader->cut;
		output->cut_off = lappend(output->cut_off, cut);
	}
	output->first = -1;
}

/*
 * Add to what a row is refused for that its transaction is not whole.
 *
 * The row is written anew from the slot: its values still lie in the tuple of the
 * old tuplestore, which stays until the next one is fetched.  They have the short
 * headers of a stored row, which import_row_put() knows.
 */
static void
RefuseTruncated(Output *output, TupleTableSlot *slot, const x12_finding *why)
{
	MemoryContext caller = MemoryContextSwitchTo(output->row_context);
	ImportRow  *row = &output->row;
	int			column = output->columns->refused;
	x12_findings truncated = {1, {*why}};
	Datum		old;
	bool		had;

	slot_getallattrs(slot);
	memcpy(row->values, slot->tts_values, output->columns->n * sizeof(Datum));
	memcpy(row->nulls, slot->tts_isnull, output->columns->n * sizeof(bool));
	had = !row->nulls[column];
	old = row->values[column];
	SetRefused(output, &truncated);
	/*
	 * The array that SetRefused() has made stays in its place; array_cat() copies both.  The
	 * claim with the segment that hides others is refused for it already.
	 */
	if (had && DatumGetBool(OidFunctionCall2Coll(F_ARRAYCONTAINS, DEFAULT_COLLATION_OID, old,
												 row->values[column])))
		row->values[column] = old;
	else if (had)
		row->values[column] = OidFunctionCall2(F_ARRAY_CAT, old, row->values[column]);
	import_row_put(row, output->result->setResult);
	MemoryContextSwitchTo(caller);
	MemoryContextReset(output->row_context);
}

/*
 * Refuse the rows of transactions that were cut off: all rows are copied to another
 * tuplestore, those among them changed, for a tuplestore cannot be written in place.
 * Of a transaction that ends early claims are missing, and one that is half loaded
 * looks like one that is loaded: all of it has to come again.
 */
static void
RefuseCutOff(Output *output)
{
	Tuplestorestate *rows = output->result->setResult;
	MemoryContext caller;
	TupleTableSlot *slot;
	ListCell   *next = list_head(output->cut_off);

	if (next == NULL)
		return;
	slot = MakeSingleTupleTableSlot(output->result->setDesc, &TTSOpsMinimalTuple);
	/* as InitMaterializedSRF() has made the first: it outlives this call */
	caller = MemoryContextSwitchTo(output->result->econtext->ecxt_per_query_memory);
	output->result->setResult =
		tuplestore_begin_heap((output->result->allowedModes & SFRM_Materialize_Random) != 0,
							  false, work_mem);
	MemoryContextSwitchTo(caller);
	for (int64 row = 0; tuplestore_gettupleslot(rows, true, false, slot); row++)
	{
		while (next != NULL && row >= ((CutOff *) lfirst(next))->end)
			next = lnext(output->cut_off, next);
		if (next != NULL && row >= ((CutOff *) lfirst(next))->first)
			RefuseTruncated(output, slot, &((CutOff *) lfirst(next))->why);
		else
			tuplestore_puttupleslot(output->result->setResult, slot);
		CHECK_FOR_INTERRUPTS();
	}
	ExecDropSingleTupleTableSlot(slot);
	tuplestore_end(rows);
}

/*
 * Make ready to put out rows.
 *
 * The columns are numbers in this library (import_row.h) and types in the script: of
 * another version of the script, as between an update of the one and the other, the
 * count is checked before anything is written by number.
 */
static void
BeginOutput(FunctionCallInfo fcinfo, Output *output, const Columns *columns)
{
	InitMaterializedSRF(fcinfo, 0);
	output->columns = columns;
	output->result = (ReturnSetInfo *) fcinfo->resultinfo;
	if (output->result->setDesc->natts != columns->n)
		elog(ERROR, "a row of %d columns where %d are needed", output->result->setDesc->natts,
			 columns->n);
	output->rows = 0;
	output->first = -1;
	output->cut_off = NIL;
	output->row_context =
		AllocSetContextCreate(CurrentMemoryContext, "hccraf import row", ALLOCSET_DEFAULT_SIZES);
	output->has_file = PG_NARGS() > 1 && !PG_ARGISNULL(1);
	if (output->has_file)
		output->file = PG_GETARG_INT64(1);
	import_row_init(&output->row, output->result->setDesc);
	import_array_init(&output->warnings, &output->row, columns->warnings);
	import_array_init(&output->refused, &output->row, columns->refused);
}

/*
 * Read all of the source, push by push.  The rows of cut-off transactions come last,
 * behind x12_finish(), by which the last transaction is known to be whole or not.
 */
static Datum
ReadAll(FunctionCallInfo fcinfo, Output *output, x12_reader *reader)
{
	ImportSource *source = import_source_open(fcinfo, 0);
	const char *bytes;
	size_t		length;

	while (import_source_next(source, &bytes, &length))
		x12_push(reader, bytes, length);
	x12_finish(reader);
	import_source_close(source);
	RefuseCutOff(output);
	return (Datum) 0;
}

/* ---- claims ---- */

/*
 * Put two names together with what stands between them; returns how long they are.
 * Byte by byte: a NUL, of which the row is refused as no text, would end them before.
 */
static int
JoinNames(char *text, const x12_value *first, const char *between, const x12_value *second)
{
	char	   *at = text;

	hcc_copy_short(at, first->text, first->length);
	at += first->length;
	for (; *between != '\0'; between++)
		*at++ = *between;
	hcc_copy_short(at, second->text, second->length);
	return at + second->length - text;
}

/*
 * What tells a dependent from the others of a subscriber, of claims and of enrolments,
 * so that they meet: relation, birth and first name.  Returns how long it is.
 */
static int
KeyOfDependent(char *text, const char *relation, size_t length, x12_day birth,
			   const x12_value *first)
{
	char	   *at = text;

	hcc_copy_short(at, relation, length);
	at += length;
	*at++ = '|';
	at += pg_ltoa(birth == X12_NO_DAY ? 0 : birth, at);
	*at++ = '|';
	hcc_copy_short(at, first->text, first->length);
	return at + first->length - text;
}

/* Set the diagnoses of a claim. */
static void
SetDiagnoses(Output *output, const x12_claim *claim)
{
	/* in the order of x12_role */
	static const char *const roles[] = {
		"principal", "other", "external_cause", "reason_for_visit", "admitting"
	};
	ImportArray *array = &output->diagnoses;

	import_array_clear(array);
	for (int i = 0; i < claim->diagnoses; i++)
	{
		const x12_diagnosis *diagnosis = &claim->diagnosis[i];

		import_element_begin(array);
		import_add_int(array, 0, diagnosis->seq);
		AddCode(array, 1, &diagnosis->code);
		import_add_word(array, 2, diagnosis->icd == 9 ? "9" : "10");
		import_add_word(array, 3, roles[diagnosis->role]);
		if (diagnosis->poa != 0)
			import_add_text(array, 4, &diagnosis->poa, 1);
		import_element_end(array);
	}
	import_set_array(&output->row, CLAIM_DIAGNOSES, array);
}

/*
 * Room for an array of short values, as the server stores them.  Modifiers and
 * pointers of lines are the arrays that there are thousands of: construct_array()
 * would allocate and clear each.  A union, for the alignment of its first member.
 */
typedef union ShortArray
{
	ArrayType	array;
	char		bytes[512];
} ShortArray;

/*
 * Begin an array of so many values; returns where they go.  How many and how long is
 * set again at the end, when it is known; none of them is NULL.
 */
static char *
BeginShortArray(ShortArray *array, Oid type, int n)
{
	memset(&array->array, 0, ARR_OVERHEAD_NONULLS(1));
	array->array.ndim = 1;
	array->array.elemtype = type;
	ARR_DIMS(&array->array)[0] = n;
	ARR_LBOUND(&array->array)[0] = 1;
	return ARR_DATA_PTR(&array->array);
}

/*
 * Add the modifiers of a line to it, without the gaps between them.  Elements of an
 * array, unlike those of a row, have headers of four bytes and are aligned, and the
 * bytes that align them are zeros, by which equal arrays are equal byte by byte.
 */
static void
AddModifiers(ImportArray *lines, const x12_line *line)
{
	ShortArray	array;
	char	   *first = BeginShortArray(&array, TEXTOID, 0);
	char	   *at = first;
	int			n = 0;

	StaticAssertStmt(ARR_OVERHEAD_NONULLS(1) + X12_MOST_MODIFIERS *
					 (VARHDRSZ + INTALIGN(sizeof(line->modifier[0].text))) <= sizeof(array),
					 "no room for all modifiers");
	for (int m = 0; m < X12_MOST_MODIFIERS; m++)
	{
		const x12_code *modifier = &line->modifier[m];

		if (modifier->length == 0)
			continue;
		SET_VARSIZE(at, VARHDRSZ + modifier->length);
		memset(VARDATA(at), 0, INTALIGN(modifier->length));
		hcc_copy_short(VARDATA(at), modifier->text, modifier->length);
		at += VARHDRSZ + INTALIGN(modifier->length);
		n++;
	}
	if (n == 0)
		return;
	ARR_DIMS(&array.array)[0] = n;
	SET_VARSIZE(&array, at - array.bytes);
	import_add_varlena(lines, 2, &array);
}

/* Add the pointers of a line to it. */
static void
AddPointers(ImportArray *lines, const x12_line *line)
{
	ShortArray	array;
	char	   *first = BeginShortArray(&array, INT4OID, line->pointers);

	StaticAssertStmt(ARR_OVERHEAD_NONULLS(1) + X12_MOST_POINTERS * sizeof(int32) <= sizeof(array),
					 "no room for all pointers");
	if (line->pointers == 0)
		return;
	for (int p = 0; p < line->pointers; p++)
		((int32 *) first)[p] = line->pointer[p];
	SET_VARSIZE(&array, first - array.bytes + line->pointers * sizeof(int32));
	import_add_varlena(lines, 7, &array);
}

/* Set the lines of a claim. */
static void
SetLines(Output *output, const x12_claim *claim)
{
	ImportArray *array = &output->lines;

	import_array_clear(array);
	for (int i = 0; i < claim->lines; i++)
	{
		const x12_line *line = &claim->line[i];

		/* numbered anew: LX may be missing, or begin at any number */
		import_element_begin(array);
		import_add_int(array, 0, i + 1);
		AddCode(array, 1, &line->code);
		AddModifiers(array, line);
		AddCode(array, 3, &line->revenue);
		AddCode(array, 4, &line->place);
		AddDay(array, 5, line->from);
		AddDay(array, 6, line->to);
		AddPointers(array, line);
		AddCode(array, 8, &line->npi);
		AddCode(array, 9, &line->ndc);
		/* NULL, not false, where no payer has said anything */
		if (line->adjudicated)
			import_add_bool(array, 10, line->denied);
		if (line->hipps.length > 0)
		{
			AddCode(array, 11, &line->hipps);
			import_add_word(array, 12, "hipps");
		}
		import_element_end(array);
	}
	import_set_array(&output->row, CLAIM_LINES, array);
}

/*
 * Set who a claim is about.
 *
 * A dependent has no number but the subscriber's.  A key (member_key) tells the two
 * apart, else a child's diagnoses would be the parent's.
 */
static void
SetPerson(ImportRow *row, const x12_claim *claim)
{
	const x12_person *person = &claim->person;
	x12_value	room;
	const x12_value *mbi = AsMbi(&person->id, &room);

	if (person->id.length > 0)
	{
		import_set_word(row, CLAIM_MEMBER_SYSTEM, mbi != NULL ? "mbi" : "member");
		SetValue(row, CLAIM_MEMBER, mbi != NULL ? mbi : &person->id);
		if (mbi != NULL)
			SetValue(row, CLAIM_MBI, mbi);
	}
	SetDay(row, CLAIM_BIRTH, person->birth);
	SetDay(row, CLAIM_DEATH, person->death);
	if (person->sex != 0)
		import_set_text(row, CLAIM_SEX, &person->sex, 1);
	if (claim->dependent)
	{
		char		text[2 * X12_LONGEST_VALUE + 64];
		int			length;

		SetCode(row, CLAIM_RELATION, &person->relation);
		length = JoinNames(text, &person->first, " ", &person->last);
		import_set_text(row, CLAIM_MEMBER_NAME, text, length);
		length = KeyOfDependent(text, person->relation.text, person->relation.length,
								person->birth, &person->first);
		import_set_text(row, CLAIM_MEMBER_KEY, text, length);
	}
}

/* Add a value to a key, and what parts it from the next; the caller has seen to the room. */
static char *
AddToKey(char *at, const char *text, size_t length)
{
	hcc_copy_short(at, text, length);
	at[length] = '|';
	return at + length + 1;
}

/*
 * Set what makes a claim one: the provider's number of it is not unique, so
 * that billing provider, member, interchange, frequency and dates belong to it.
 *
 * The same file again gives the same keys, and its claims are found unchanged.  A
 * replacement or void has a key of its own by its frequency, and finds the claim
 * it is about by other columns.  Two claims of one key in a file are two visits;
 * the load numbers them (keys_repeat of import_format).
 */
static void
SetKey(ImportRow *row, const x12_claim *claim, const x12_reader *reader)
{
	/* five values; a code, a frequency, two days and what stands between have the rest */
	char		text[5 * X12_LONGEST_VALUE + 128];
	char	   *at = text;
	char		frequency = claim->frequency != 0 ? claim->frequency : '-';

	import_set_word(row, CLAIM_SYSTEM, "x12");
	SetValue(row, CLAIM_ID, &claim->claim);
	at = AddToKey(at, claim->billing.text, claim->billing.length);
	at = AddToKey(at, claim->claim.text, claim->claim.length);
	at = AddToKey(at, claim->person.id.text, claim->person.id.length);
	at = AddToKey(at, reader->interchange.text, reader->interchange.length);
	at = AddToKey(at, reader->group.text, reader->group.length);
	at = AddToKey(at, reader->transaction.text, reader->transaction.length);
	at = AddToKey(at, &frequency, 1);
	at += pg_ltoa(claim->from, at);
	*at++ = '|';
	at += pg_ltoa(claim->to, at);
	import_set_text(row, CLAIM_KEY, text, at - text);
}

/*
 * Set what a claim is: its first sending, a replacement, a chart review ...
 *
 * By CLM05-3: 7 replaces, 8 voids, 6 and the letters of Medicare's contractors adjust,
 * which replaces if a claim is named and else adds.  Interim claims of a stay (2 to
 * 4), late charges (5) and the rest add.
 *
 * A chart review (PWK*09) that names a record is linked to it, else unlinked.  One
 * that replaces or voids names a chart review, of which only the panel knows whether
 * that was linked: its source is chart_review, no more.  8 and 7 go before REF*EA*8.
 */
static void
SetStatus(ImportRow *row, const x12_claim *claim)
{
	bool		names = claim->replaces.length > 0;
	bool		again = claim->frequency == '7' || claim->frequency == '8';
	bool		adjustment = claim->frequency >= 'A' || claim->frequency == '6';
	const char *status = "original";
	const char *source = "encounter";
	const char *action = "add";

	if (claim->chart_review)
		source = again ? "chart_review"
			: names ? "linked_chart_review" : "unlinked_chart_review";
	if (claim->frequency == '8')
		status = action = "void";
	else if (claim->frequency == '7')
	{
		status = "replacement";
		action = "replace";
	}
	else if (claim->chart_review && claim->chart_delete)
	{
		status = "chart_review_delete";
		action = "delete";
	}
	else if (claim->chart_review)
		status = "chart_review";
	else if (adjustment)
	{
		status = "adjustment";
		action = names ? "replace" : "add";
	}
	import_set_word(row, CLAIM_STATUS, status);
	import_set_word(row, CLAIM_SOURCE, source);
	import_set_word(row, CLAIM_ACTION, action);
	SetValue(row, CLAIM_REPLACES, &claim->replaces);
	if (claim->frequency != 0)
		import_set_text(row, CLAIM_FREQUENCY, &claim->frequency, 1);
}

/*
 * Set the providers of a claim, and which of them is the one: attending of a stay,
 * rendering of a professional claim, the first of its lines that has one.  The billing
 * provider is the last resort, and said to be that: it is a group or a hospital, and
 * no person who could be asked.
 */
static void
SetProviders(ImportRow *row, const x12_claim *claim)
{
	const x12_code *first =
		claim->institutional ? &claim->attending : &claim->rendering;
	const x12_code *provider = first;
	const char *role = claim->institutional ? "attending" : "rendering";

	if (provider->length == 0)
	{
		provider = &claim->rendering;
		role = "rendering";
	}
	for (int i = 0; i < claim->lines && provider->length == 0; i++)
		provider = &claim->line[i].npi;
	if (provider->length == 0)
	{
		provider = &claim->billing;
		role = "billing";
	}
	if (provider->length > 0)
	{
		SetCode(row, CLAIM_PROVIDER, provider);
		import_set_word(row, CLAIM_PROVIDER_ROLE, role);
	}
	SetCode(row, CLAIM_RENDERING, &claim->rendering);
	SetCode(row, CLAIM_ATTENDING, &claim->attending);
	SetCode(row, CLAIM_BILLING, &claim->billing);
}

/*
 * Set the facility: place of service, or type of bill.
 *
 * A record has one place: that of its first line with a procedure; lines have
 * theirs beside.  A bill type is whole or not there: 0, facility, class,
 * frequency, of which the filter takes facility and class.
 */
static void
SetFacility(ImportRow *row, const x12_claim *claim)
{
	import_set_word(row, CLAIM_TYPE, x12_claim_type(claim));
	if (claim->institutional)
	{
		char		bill[4] = {'0', claim->facility.text[0], claim->facility.text[1],
							   claim->frequency};

		if (claim->facility.length == 2 && claim->frequency != 0)
			import_set_text(row, CLAIM_BILL_TYPE, bill, 4);
		return;
	}
	for (int i = 0; i < claim->lines; i++)
	{
		if (claim->line[i].code.length > 0)
		{
			SetCode(row, CLAIM_PLACE, &claim->line[i].place);
			return;
		}
	}
	SetCode(row, CLAIM_PLACE, &claim->facility);
}

/* A claim is complete. */
static void
PutClaim(x12_claims *claims, const x12_claim *claim)
{
	Output	   *output = &((ClaimReader *) claims)->output;
	ImportRow  *row = &output->row;
	MemoryContext caller = MemoryContextSwitchTo(output->row_context);

	BeginRecord(output, &claims->reader, claim->position, "claim");
	SetPerson(row, claim);
	SetKey(row, claim, &claims->reader);
	SetStatus(row, claim);
	SetFacility(row, claim);
	SetDay(row, CLAIM_FROM, claim->from);
	SetDay(row, CLAIM_TO, claim->to);
	SetProviders(row, claim);
	SetValue(row, CLAIM_PAYER, &claim->payer);
	SetValue(row, CLAIM_CONTRACT, &claim->contract);
	if (claim->denied)
		import_set(row, CLAIM_DENIED, BoolGetDatum(true));
	SetDiagnoses(output, claim);
	SetLines(output, claim);
	SetWarnings(output, &claim->warnings);
	EndRow(output, &claim->refused, claim->position);
	MemoryContextSwitchTo(caller);
}

/* A note of a file of claims */
static void
PutClaimNote(x12_reader *reader, const x12_note *note)
{
	PutNote(&((ClaimReader *) reader)->output, reader, note);
}

/*
 * A transaction of claims ends, after the last of them: this stands in the place of
 * the core's own end(), and its claim must be out before the rows are counted.
 */
static void
EndClaims(x12_reader *reader, bool whole)
{
	ClaimReader *claims = (ClaimReader *) reader;

	x12_claims_end(&claims->claims);
	EndTransaction(&claims->output, reader, whole);
}

/* x12_837(bytea or refcursor, file) -> the claims of the file */
Datum
x12_837(PG_FUNCTION_ARGS)
{
	/* 300 KB and not cleared: what is read of it before it is written is set below */
	ClaimReader *claims = palloc(sizeof(ClaimReader));
	Output	   *output = &claims->output;

	BeginOutput(fcinfo, output, &claim_columns);
	import_array_init(&output->diagnoses, &output->row, CLAIM_DIAGNOSES);
	import_array_init(&output->lines, &output->row, CLAIM_LINES);
	x12_claims_start(&claims->claims);
	claims->claims.claim = PutClaim;
	claims->claims.reader.note = PutClaimNote;
	claims->claims.reader.end = EndClaims;
	/* why the functions are STABLE: "in the future" is of the day of the transaction */
	claims->claims.reader.today = GetSQLCurrentDate();
	return ReadAll(fcinfo, output, &claims->claims.reader);
}

/* ---- members ---- */

/* The word for a maintenance type, or NULL: then its code is shown */
static const char *
ActionWord(const x12_value *code)
{
	static const char *const words[][2] = {
		{"001", "change"}, {"021", "add"}, {"024", "end"}, {"025", "reinstate"},
		{"026", "correct"}, {"030", "compare"}
	};

	for (int i = 0; i < lengthof(words); i++)
	{
		if (code->length == 3 && memcmp(code->text, words[i][0], 3) == 0)
			return words[i][1];
	}
	return NULL;
}

/* The day of a member's date of some kind, the first of them, or none */
static x12_day
MemberDate(const x12_member *member, const char *qualifier)
{
	for (int i = 0; i < member->dates; i++)
	{
		if (member->date[i].qualifier.length == 3 &&
			memcmp(member->date[i].qualifier.text, qualifier, 3) == 0)
			return member->date[i].day;
	}
	return X12_NO_DAY;
}

/*
 * Set the spans of a member: coverages, and what the member's own dates say.
 *
 * Only enrolment is made months of; where a coverage is ended and does not say when,
 * eligibility and maintenance do.  Dates in pairs are those of the 2000 loop: 338 and
 * 339 Medicare, 473 and 474 Medicaid, 356 and 357 eligibility, 303 when the change
 * takes effect, which has no end: no qualifier is three blanks.
 */
static void
SetSpans(Output *output, const x12_member *member)
{
	static const char *const kinds[][3] = {
		{"medicare", "338", "339"}, {"medicaid", "473", "474"}, {"eligibility", "356", "357"},
		{"maintenance", "303", "   "}
	};
	ImportArray *array = &output->spans;

	import_array_clear(array);
	for (int i = 0; i < member->coverages; i++)
	{
		const x12_coverage *coverage = &member->coverage[i];
		const char *action = ActionWord(&coverage->action);

		import_element_begin(array);
		import_add_word(array, 0, "enrolment");
		if (action != NULL)
			import_add_word(array, 1, action);
		else
			AddValue(array, 1, &coverage->action);
		AddValue(array, 2, &coverage->line);
		AddContract(array, &coverage->plan);
		AddDay(array, 5, coverage->from);
		AddDay(array, 6, coverage->to);
		import_element_end(array);
	}
	for (int i = 0; i < lengthof(kinds); i++)
	{
		x12_day		from = MemberDate(member, kinds[i][1]);
		x12_day		to = MemberDate(member, kinds[i][2]);

		if (from == X12_NO_DAY && to == X12_NO_DAY)
			continue;
		import_element_begin(array);
		import_add_word(array, 0, kinds[i][0]);
		AddDay(array, 5, from);
		AddDay(array, 6, to);
		import_element_end(array);
	}
	import_set_array(&output->row, PERSON_SPANS, array);
}

/*
 * Add a number of the member to those that it has.  All numbers of a record are one
 * person's for the load, so that only what is surely the member's own goes in.
 */
static void
AddIdentifier(ImportArray *array, const char *system, const x12_value *value)
{
	if (value == NULL || value->length == 0)
		return;
	import_element_begin(array);
	import_add_word(array, 0, system);
	AddValue(array, 1, value);
	import_add_bool(array, 2, true);
	import_element_end(array);
}

/*
 * Set who a member is. The subscriber's number is that of his dependents, too;
 * their own, if it is no social security number, or what tells them apart.
 *
 * REF*0F is the subscriber's number, NM109 the member's own, F6 the Medicare number
 * and 1D Medicaid's.  6P is other insurance by the standard, but senders put the MBI
 * there.  A number that has the shape of an MBI is one wherever it stands, for claims
 * of the same person come under it.
 */
static void
SetMember(Output *output, const x12_member *member)
{
	ImportRow  *row = &output->row;
	const x12_value *number = x12_member_reference(member, "0F");
	const x12_value *mbi = x12_member_reference(member, "F6");
	bool		own = member->own_id.length > 0 &&
		!(member->own_id_kind.length == 2 && memcmp(member->own_id_kind.text, "34", 2) == 0);
	x12_value	mbi_room;
	x12_value	number_room;

	if (mbi == NULL)
		mbi = x12_member_reference(member, "6P");
	if (mbi != NULL && AsMbi(mbi, &mbi_room) != NULL)
		mbi = &mbi_room;
	/* a subscriber's REF*0F goes before his own number, a dependent's own before REF*0F */
	if ((!member->subscriber || number == NULL) && own)
		number = &member->own_id;
	else if (!member->subscriber && number != NULL)
	{
		char		text[X12_LONGEST_VALUE * 2 + 64];
		int			length = KeyOfDependent(text, member->relation.text,
											member->relation.length, member->birth,
											&member->first);

		import_set_text(row, PERSON_MEMBER_KEY, text, length);
	}
	if (number != NULL)
	{
		bool		is_mbi = AsMbi(number, &number_room) != NULL;

		import_set_word(row, PERSON_MEMBER_SYSTEM, is_mbi ? "mbi" : "member");
		SetValue(row, PERSON_MEMBER, is_mbi ? &number_room : number);
	}
	import_array_clear(&output->identifiers);
	AddIdentifier(&output->identifiers, "mbi", mbi);
	AddIdentifier(&output->identifiers, "medicaid", x12_member_reference(member, "1D"));
	import_set_array(row, PERSON_IDENTIFIERS, &output->identifiers);
}

/* Put a key and a kept value, or null, into JSON under way. */
static void
PutMember(JsonbParseState **state, const char *key, const x12_value *value)
{
	import_put_text(state, WJB_KEY, key, strlen(key));
	import_put_text(state, WJB_VALUE, value->text, value->length);
}

/*
 * Set what an enrolment says besides: numbers and dates by their qualifiers.
 *
 * Meanings are by agreement between a plan and its sender, so that nothing is loaded
 * from here; whoever knows the agreement can read it in the reader's rows.  Numbers of
 * one qualifier are an array, in the order of the file, where the first of them has
 * them all: a key that is given twice would lose the first.
 */
static void
SetAttributes(ImportRow *row, const x12_member *member)
{
	JsonbParseState *state = NULL;

	pushJsonbValue(&state, WJB_BEGIN_OBJECT, NULL);
	PutMember(&state, "benefit_status", &member->benefit);
	PutMember(&state, "medicare_plan", &member->medicare);
	PutMember(&state, "medicare_reason", &member->medicare_reason);
	PutMember(&state, "employment", &member->employment);
	PutMember(&state, "member_own_id", &member->own_id);
	import_put_text(&state, WJB_KEY, "refs", 4);
	pushJsonbValue(&state, WJB_BEGIN_OBJECT, NULL);
	for (int i = 0; i < member->references; i++)
	{
		const x12_value *qualifier = &member->reference[i].qualifier;
		bool		repeated = false;

		for (int j = 0; j < i; j++)
			repeated |= member->reference[j].qualifier.length == qualifier->length &&
				memcmp(member->reference[j].qualifier.text, qualifier->text,
					   qualifier->length) == 0;
		if (repeated)
			continue;
		import_put_text(&state, WJB_KEY, qualifier->text, qualifier->length);
		pushJsonbValue(&state, WJB_BEGIN_ARRAY, NULL);
		for (int j = i; j < member->references; j++)
		{
			if (member->reference[j].qualifier.length == qualifier->length &&
				memcmp(member->reference[j].qualifier.text, qualifier->text,
					   qualifier->length) == 0)
				import_put_text(&state, WJB_ELEM, member->reference[j].value.text,
								member->reference[j].value.length);
		}
		pushJsonbValue(&state, WJB_END_ARRAY, NULL);
	}
	pushJsonbValue(&state, WJB_END_OBJECT, NULL);
	import_put_text(&state, WJB_KEY, "dates", 5);
	pushJsonbValue(&state, WJB_BEGIN_OBJECT, NULL);
	for (int i = 0; i < member->dates; i++)
	{
		char		day[MAXDATELEN + 1];
		struct pg_tm tm;

		j2date(member->date[i].day + POSTGRES_EPOCH_JDATE, &tm.tm_year, &tm.tm_mon, &tm.tm_mday);
		snprintf(day, sizeof(day), "%04d-%02d-%02d", tm.tm_year, tm.tm_mon, tm.tm_mday);
		import_put_text(&state, WJB_KEY, member->date[i].qualifier.text,
						member->date[i].qualifier.length);
		import_put_text(&state, WJB_VALUE, day, strlen(day));
	}
	pushJsonbValue(&state, WJB_END_OBJECT, NULL);
	import_set(row, PERSON_ATTRIBUTES,
			   JsonbPGetDatum(JsonbValueToJsonb(pushJsonbValue(&state, WJB_END_OBJECT, NULL))));
}

/*
 * A member is complete.
 *
 * Somebody is dead by INS12 or by reason 03, which may come without a day.  INS06-2 is
 * the current reason for entitlement (crec); the original one, which models ask for,
 * an 834 does not have.  INS06-1 E is no Medicare: such a member is not loaded.
 */
static void
PutMemberRow(x12_members *members, const x12_member *member)
{
	Output	   *output = &((MemberReader *) members)->output;
	ImportRow  *row = &output->row;
	MemoryContext caller = MemoryContextSwitchTo(output->row_context);
	x12_findings refused = member->refused;
	const char *action = ActionWord(&member->action);
	char		name[2 * X12_LONGEST_VALUE + 8];
	int			length;

	BeginRecord(output, &members->reader, member->position, "person");
	SetMember(output, member);
	import_set(row, PERSON_SUBSCRIBER, BoolGetDatum(member->subscriber));
	SetValue(row, PERSON_RELATION, &member->relation);
	length = JoinNames(name, &member->last, ", ", &member->first);
	if (member->named)
		import_set_text(row, PERSON_NAME, name, length);
	if (action != NULL)
		import_set_word(row, PERSON_ACTION, action);
	else
		SetValue(row, PERSON_ACTION, &member->action);
	SetValue(row, PERSON_REASON, &member->reason);
	SetDay(row, PERSON_BIRTH, member->birth);
	SetDay(row, PERSON_DEATH, member->death);
	if (member->sex != 0)
		import_set_text(row, PERSON_SEX, &member->sex, 1);
	if (member->death != X12_NO_DAY ||
		(member->reason.length == 2 && memcmp(member->reason.text, "03", 2) == 0))
		import_set(row, PERSON_DECEASED, BoolGetDatum(true));
	SetValue(row, PERSON_CREC, &member->medicare_reason);
	if (member->medicare.length == 1 && member->medicare.text[0] == 'E')
		x12_find(&refused, "not_medicare", member->position, "INS06-1");
	/* the policy number, by agreement contract and plan; DX is a state's way to say it */
	if (!SetContract(row, x12_member_reference(member, "1L")))
		SetContract(row, x12_member_reference(member, "DX"));
	SetSpans(output, member);
	SetAttributes(row, member);
	SetWarnings(output, &member->warnings);
	EndRow(output, &refused, member->position);
	MemoryContextSwitchTo(caller);
}

/* A note of a file of members */
static void
PutMemberNote(x12_reader *reader, const x12_note *note)
{
	PutNote(&((MemberReader *) reader)->output, reader, note);
}

/* A transaction of members ends, after the last of them. */
static void
EndMembers(x12_reader *reader, bool whole)
{
	MemberReader *members = (MemberReader *) reader;

	x12_members_end(&members->members);
	EndTransaction(&members->output, reader, whole);
}

/* x12_834(bytea or refcursor, file) -> the members of the file */
Datum
x12_834(PG_FUNCTION_ARGS)
{
	MemberReader *members = palloc(sizeof(MemberReader));
	Output	   *output = &members->output;

	BeginOutput(fcinfo, output, &person_columns);
	import_array_init(&output->identifiers, &output->row, PERSON_IDENTIFIERS);
	import_array_init(&output->spans, &output->row, PERSON_SPANS);
	x12_members_start(&members->members);
	members->members.member = PutMemberRow;
	members->members.reader.note = PutMemberNote;
	members->members.reader.end = EndMembers;
	members->members.reader.today = GetSQLCurrentDate();
	return ReadAll(fcinfo, output, &members->members.reader);
}
