/*
 * beneficiary.c
 *	  The SQL type beneficiary: text and binary form, constructor, comparison.
 *
 * The text form lists age and sex and whatever differs from its default, e.g.
 * "age=72,sex=F,dual_status=02,lti".  One table of fields serves reading and
 * writing it, the constructor and the messages.
 *
 * The value is 48 bytes of fixed layout, passed by reference and never toasted:
 * it is read where it lies, compared and hashed as bytes.  That holds only if
 * equal people have equal bytes, so that every way in begins with the defaults,
 * reserved bytes are zero, each field has one way to say each thing, and nothing
 * stands behind a segment's name.  pg_upgrade carries the bytes over as they
 * are; what a later release needs must find room in the reserved ones.
 *
 * What is wrong with a value is said by field and by what it takes, never by
 * the value, which is of a person.  Where a population is read, the functions of
 * problems (hcc_person_problem, hcc_enrollee_problem) ask first: one person who
 * cannot be scored is listed, and stops nobody.
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "fmgr.h"
#include "lib/stringinfo.h"
#include "libpq/pqformat.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/datetime.h"

#include "beneficiary.h"
#include "compat.h"
#include "raise.h"

PG_FUNCTION_INFO_V1(beneficiary_in);
PG_FUNCTION_INFO_V1(beneficiary_out);
PG_FUNCTION_INFO_V1(beneficiary_recv);
PG_FUNCTION_INFO_V1(beneficiary_send);
PG_FUNCTION_INFO_V1(beneficiary_make);
PG_FUNCTION_INFO_V1(beneficiary_change);
PG_FUNCTION_INFO_V1(hcc_enrollee);
PG_FUNCTION_INFO_V1(hcc_enrollee_problem);
PG_FUNCTION_INFO_V1(beneficiary_eq);
PG_FUNCTION_INFO_V1(beneficiary_ne);
PG_FUNCTION_INFO_V1(beneficiary_lt);
PG_FUNCTION_INFO_V1(beneficiary_le);
PG_FUNCTION_INFO_V1(beneficiary_gt);
PG_FUNCTION_INFO_V1(beneficiary_ge);
PG_FUNCTION_INFO_V1(beneficiary_cmp);
PG_FUNCTION_INFO_V1(beneficiary_hash);
PG_FUNCTION_INFO_V1(beneficiary_hash_extended);
PG_FUNCTION_INFO_V1(payment_year_age);
PG_FUNCTION_INFO_V1(hcc_person_problem);

StaticAssertDecl(sizeof(hcc_beneficiary) == 48, "beneficiary has a frozen layout of 48 bytes");

/*
 * In the order of the arguments of the SQL function beneficiary(), so that a
 * field is also the number of its argument.  hcc_person_problem has the first
 * of them, up to SEGMENT, and the flags stand together for beneficiary_out.
 */
typedef enum Field
{
	AGE, SEX, OREC, DUAL_STATUS, NEW_ENROLLEE, SNP, LTI, LOW_INCOME, ESRD, GRAFT_MONTHS,
	MEDICAID_NE, MEDICAID_LTI, SEGMENT, METAL, CSR_VARIANT, ENROLLMENT_DAYS,
	DATE_OF_BIRTH, ENROLLED_UNTIL,
	FIELDS
} Field;

/* How a field is written, and of which SQL type its argument is */
typedef enum FieldKind
{
	A_NUMBER,
	A_FLAG,						/* written as its bare name when true */
	AN_ANSWER,					/* yes, no, or left open */
	A_WORD,						/* one of a list */
	A_DATE
} FieldKind;

/*
 * What there is to know of a field.  Its name is that of the argument and of the
 * text form; dumps are read by it, and it cannot be changed.
 */
typedef struct FieldInfo
{
	const char *name;
	FieldKind	kind;
	const char *takes;			/* for messages */
	int			max;			/* A_NUMBER: from 0 to this; A_FLAG: its bit */
} FieldInfo;

static const FieldInfo fields[FIELDS] = {
	[AGE] = {"age", A_NUMBER, "whole years from 0 to 130", HCC_MAX_AGE},
	[SEX] = {"sex", A_WORD, "F, M, 2, 1, female or male", 0},
	[OREC] = {"orec", A_WORD, "0 (age), 1 (disability), 2 (ESRD) or 3 (disability and ESRD)", 0},
	[DUAL_STATUS] = {"dual_status", A_WORD, "a Medicaid dual code from 00 to 10, 99 or NA", 0},
	[NEW_ENROLLEE] = {"new_enrollee", A_FLAG, "true or false", HCC_NEW_ENROLLEE},
	[SNP] = {"snp", A_FLAG, "true or false", HCC_SNP},
	[LTI] = {"lti", A_FLAG, "true or false", HCC_LTI},
	[LOW_INCOME] = {"low_income", A_FLAG, "true or false", HCC_LOW_INCOME},
	[ESRD] = {"esrd", A_WORD, "none, dialysis, transplant or graft", 0},
	[GRAFT_MONTHS] = {"graft_months", A_NUMBER, "months since transplant, from 0 to 1200", 1200},
	[MEDICAID_NE] = {"medicaid_ne", AN_ANSWER, "true, false or NULL (from dual_status)", 0},
	[MEDICAID_LTI] = {"medicaid_lti", AN_ANSWER, "true, false or NULL (from dual_status)", 0},
	[SEGMENT] = {"segment", A_WORD, "a name of 1 to 23 letters, digits and underscores", 0},
	[METAL] = {"metal", A_WORD, "platinum, gold, silver, bronze or catastrophic", 0},
	[CSR_VARIANT] = {"csr_variant", A_WORD, "two digits from 00 to 99", 0},
	[ENROLLMENT_DAYS] = {"enrollment_days", A_NUMBER, "days from 0 to 366", 366},
	[DATE_OF_BIRTH] = {"date_of_birth", A_DATE, "a date from 1900-01-01 to 2258-11-10", 0},
	[ENROLLED_UNTIL] = {"enrolled_until", A_DATE, "a date from 1900-01-01 to 2258-11-10", 0},
};

/*
 * Words by their value, in the order of hcc_esrd and of the metals, whose value 0
 * is "not given" and is no word that somebody can write
 */
static const char *const esrd_words[] = {"none", "dialysis", "transplant", "graft", NULL};
static const char *const metal_words[] = {
	"", "platinum", "gold", "silver", "bronze", "catastrophic", NULL
};

/* Position of a word in a list, in any case; -1 if absent */
static int
FindWord(const char *word, const char *const *list)
{
	for (int i = 0; list[i] != NULL; i++)
	{
		if (pg_strcasecmp(word, list[i]) == 0)
			return i;
	}
	return -1;
}

/*
 * One or two digits; -1 if something else.  It stops at the third, so that no
 * length of text overflows; whether one digit will do is up to the field.
 */
static int
ReadDigits(const char *word)
{
	int			value = 0;
	int			n = 0;

	for (; word[n] >= '0' && word[n] <= '9' && n < 3; n++)
		value = value * 10 + word[n] - '0';
	return n > 0 && n <= 2 && word[n] == '\0' ? value : -1;
}

/*
 * Set a numeric field; false, and nothing changed, if the value is out of its
 * range
 */
static bool
SetNumber(hcc_beneficiary *who, Field field, long value)
{
	Assert(fields[field].kind == A_NUMBER);
	if (value < 0 || value > fields[field].max)
		return false;
	if (field == AGE)
		who->age = value;
	else if (field == GRAFT_MONTHS)
		who->graft_months = value;
	else
		who->enrollment_days = value;
	return true;
}

/*
 * Set a flag, or answer one of the questions that dual_status would else answer.
 * CMS has Medicaid of new enrollees and in institutions as inputs of their own
 * (NEMCAID, LTIMCAID): whoever has them gives them, and nobody else need.
 */
static void
SetAnswer(hcc_beneficiary *who, Field field, bool yes)
{
	Assert(fields[field].kind == A_FLAG || fields[field].kind == AN_ANSWER);
	if (fields[field].kind == A_FLAG)
	{
		if (yes)
			who->flags |= fields[field].max;
		else
			who->flags &= ~fields[field].max;
	}
	else if (field == MEDICAID_NE)
		who->medicaid_ne = yes ? HCC_YES : HCC_NO;
	else
		who->medicaid_lti = yes ? HCC_YES : HCC_NO;
}

/*
 * Set a field from a word; false if the field does not take it.  What it
 * leaves in the field then is of no use: the caller drops the beneficiary.
 *
 * Words are those of CMS's files and of people: sex as 1 and 2, dual status NA
 * and, from files that do not know it, 99, both of which are none.  Two
 * spellings of one thing give one value, or equal people would not be equal.
 */
static bool
SetWord(hcc_beneficiary *who, Field field, const char *word)
{
	static const char *const female[] = {"F", "2", "female", NULL};
	static const char *const male[] = {"M", "1", "male", NULL};
	int			value = ReadDigits(word);

	Assert(fields[field].kind == A_WORD);
	/* plans have this metal, and the models of HHS have none of its own for it */
	if (field == METAL && pg_strcasecmp(word, "expanded bronze") == 0)
		word = "bronze";
	switch (field)
	{
		case SEX:
			if (FindWord(word, female) >= 0)
				who->sex = HCC_FEMALE;
			else if (FindWord(word, male) >= 0)
				who->sex = HCC_MALE;
			else
				return false;
			return true;
		case OREC:
			who->orec = value;
			return value >= 0 && value <= 3 && word[1] == '\0';
		case DUAL_STATUS:
			if (pg_strcasecmp(word, "NA") == 0)
				value = 99;
			who->dual_status = value == 99 ? HCC_NO_DUAL_STATUS : value;
			return value == 99 || (value >= 0 && value <= 10);
		case ESRD:
			value = FindWord(word, esrd_words);
			who->esrd = value;
			return value >= 0;
		case METAL:
			value = FindWord(word, metal_words);
			who->metal = value;
			return value >= 1;
		case CSR_VARIANT:
			/* 00 is a variant, where 0 on disk is none; a plan's has always two digits */
			who->csr_variant = value + 1;
			return value >= 0 && word[1] != '\0';
		case SEGMENT:
			/* whether a model has it is not known here; only what the text form can hold */
			if (word[0] == '\0' || strlen(word) >= HCC_SEGMENT_LENGTH ||
				strspn(word, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
					   "abcdefghijklmnopqrstuvwxyz0123456789_") != strlen(word))
				return false;
			memset(who->segment, 0, sizeof(who->segment));
			strcpy(who->segment, word);
			return true;
		default:
			return false;
	}
}

/* Set a date, given as a day of the core's (icd10.h); 0 takes it away */
static void
SetDay(hcc_beneficiary *who, Field field, int32 day)
{
	Assert(fields[field].kind == A_DATE && day >= 0 && day <= ICD10_LAST_DAY);
	if (field == DATE_OF_BIRTH)
		who->date_of_birth = day;
	else
		who->enrolled_until = day;
}

/*
 * The day of a date as ISO 8601 writes it, or 0.  Not by date_in, which reads much
 * else, by DateStyle or by the clock ("today"): beneficiary_in is immutable.
 */
static int32
ReadDay(const char *text)
{
	int			number[3];
	int			length = 0;

	if (strlen(text) != 10 || strspn(text, "0123456789-") != 10 ||
		sscanf(text, "%4d-%2d-%2d%n", &number[0], &number[1], &number[2], &length) != 3 ||
		length != 10)
		return 0;
	return icd10_day(number[0], number[1], number[2]);
}

/*
 * All defaults.  Not all of them are zero, and reserved bytes must be, or
 * equal people would not be equal.
 */
static void
Initialize(hcc_beneficiary *who)
{
	memset(who, 0, sizeof(*who));
	who->dual_status = HCC_NO_DUAL_STATUS;
}

/*
 * What rows of reference tables say of a plan: its cost-sharing variant and, unless
 * it is NULL, its metal; false if there is no such
 */
bool
ReadPlan(const char *csr_variant, const char *metal, hcc_beneficiary *plan)
{
	Initialize(plan);
	return SetWord(plan, CSR_VARIANT, csr_variant) &&
		(metal == NULL || SetWord(plan, METAL, metal));
}

/*
 * Does every field hold a value that its constructor could have put there?
 * What comes in binary form may hold anything, and whatever passes is relied
 * on: arrays are indexed by metal, variant and ESRD status without a look.
 */
static bool
IsPlausible(const hcc_beneficiary *who)
{
	static const uint8 zero[sizeof(who->reserved)] = {0};
	hcc_beneficiary again;

	if (who->age > HCC_MAX_AGE ||
		(who->sex != HCC_FEMALE && who->sex != HCC_MALE) ||
		who->orec > 3 ||
		(who->dual_status > 10 && who->dual_status != HCC_NO_DUAL_STATUS) ||
		(who->flags & ~(HCC_NEW_ENROLLEE | HCC_SNP | HCC_LTI | HCC_LOW_INCOME)) != 0 ||
		who->medicaid_ne > HCC_YES ||
		who->medicaid_lti > HCC_YES ||
		who->esrd > HCC_ESRD_GRAFT ||
		who->graft_months > 1200 ||
		who->enrollment_days > 366 ||
		who->metal > 5 ||
		who->csr_variant > 100 ||
		who->date_of_birth < 0 || who->date_of_birth > ICD10_LAST_DAY ||
		who->enrolled_until < 0 || who->enrolled_until > ICD10_LAST_DAY ||
		memcmp(who->reserved, zero, sizeof(zero)) != 0)
		return false;
	if (who->segment[HCC_SEGMENT_LENGTH - 1] != '\0')
		return false;
	/* nothing may stand behind the name, or equal text would not be equal */
	Initialize(&again);
	return (who->segment[0] == '\0' || SetWord(&again, SEGMENT, who->segment)) &&
		memcmp(again.segment, who->segment, sizeof(again.segment)) == 0;
}

/*
 * Set a field from its text, NULL if it was written without a value; false if
 * the field does not take it.  Only flags and answers have a meaning without
 * one: "lti" is lti=true.
 */
static bool
SetFromText(hcc_beneficiary *who, Field field, const char *value)
{
	bool		yes = true;
	char	   *end;
	long		number;

	switch (fields[field].kind)
	{
		case A_NUMBER:
			if (value == NULL)
				return false;
			number = strtol(value, &end, 10);
			return end != value && *end == '\0' && SetNumber(who, field, number);
		case A_WORD:
			return value != NULL && SetWord(who, field, value);
		case A_DATE:
			number = value == NULL ? 0 : ReadDay(value);
			if (number != 0)
				SetDay(who, field, number);
			return number != 0;
		case A_FLAG:
		case AN_ANSWER:
			if (value != NULL && !parse_bool(value, &yes))
				return false;
			SetAnswer(who, field, yes);
			return true;
	}
	pg_unreachable();
}

#define HOW_TO_WRITE "Write what differs from the defaults: age=72,sex=F,dual_status=02,lti"

/*
 * "age=72,sex=F,lti" and the like; age and sex must be there.  Errors are
 * soft, and name the field but never the text, which is of a person.  There is
 * no quoting, and no blank around a name: no value has a comma or needs one.
 */
Datum
beneficiary_in(PG_FUNCTION_ARGS)
{
	char	   *text = pstrdup(PG_GETARG_CSTRING(0));
	hcc_beneficiary *who = palloc(sizeof(hcc_beneficiary));
	bool		given[FIELDS] = {false};
	char	   *rest = text;
	char	   *item;

	Initialize(who);
	while ((item = strsep(&rest, ",")) != NULL)
	{
		char	   *value = strchr(item, '=');
		Field		field = 0;

		if (value != NULL)
			*value++ = '\0';
		while (field < FIELDS && strcmp(item, fields[field].name) != 0)
			field++;
		if (field == FIELDS)
			ereturn(fcinfo->context, (Datum) 0,
					(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
					 errmsg("type %s has no field of that name", "beneficiary"),
					 errhint(HOW_TO_WRITE)));
		if (given[field])
			ereturn(fcinfo->context, (Datum) 0,
					(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
					 errmsg("field \"%s\" of type %s is given twice",
							fields[field].name, "beneficiary"),
					 errhint(HOW_TO_WRITE)));
		given[field] = true;
		if (!SetFromText(who, field, value))
			ereturn(fcinfo->context, (Datum) 0,
					(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
					 errmsg("invalid value for field \"%s\" of type %s",
							fields[field].name, "beneficiary"),
					 errdetail("It takes %s.", fields[field].takes)));
	}
	if (!given[AGE] || !given[SEX])
		ereturn(fcinfo->context, (Datum) 0,
				(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				 errmsg("invalid input syntax for type %s", "beneficiary"),
				 errhint("Write at least age and sex: age=72,sex=F")));
	PG_RETURN_POINTER(who);
}

/* A date that is given */
static void
AppendDay(StringInfo out, Field field, int32 number)
{
	int			year;
	int			month;
	int			day;

	if (number == 0)
		return;
	icd10_date(number, &year, &month, &day);
	appendStringInfo(out, ",%s=%04d-%02d-%02d", fields[field].name, year, month, day);
}

/*
 * The text that beneficiary_in reads back as the same value, byte for byte: a
 * dump is made of it.  A field is written if it differs from its default, with
 * the codes in the form that CMS gives them.
 */
Datum
beneficiary_out(PG_FUNCTION_ARGS)
{
	hcc_beneficiary *who = PG_GETARG_BENEFICIARY(0);
	StringInfoData out;

	Assert(IsPlausible(who));
	initStringInfo(&out);
	appendStringInfo(&out, "age=%d,sex=%s", who->age, who->sex == HCC_FEMALE ? "F" : "M");
	if (who->orec != 0)
		appendStringInfo(&out, ",orec=%d", who->orec);
	if (who->dual_status != HCC_NO_DUAL_STATUS)
		appendStringInfo(&out, ",dual_status=%02d", who->dual_status);
	for (Field field = NEW_ENROLLEE; field <= LOW_INCOME; field++)
	{
		if (who->flags & fields[field].max)
			appendStringInfo(&out, ",%s", fields[field].name);
	}
	if (who->esrd != HCC_ESRD_NONE)
		appendStringInfo(&out, ",esrd=%s", esrd_words[who->esrd]);
	if (who->graft_months != 0)
		appendStringInfo(&out, ",graft_months=%d", who->graft_months);
	if (who->medicaid_ne != HCC_FROM_DUAL_STATUS)
		appendStringInfo(&out, ",medicaid_ne=%s", who->medicaid_ne == HCC_YES ? "true" : "false");
	if (who->medicaid_lti != HCC_FROM_DUAL_STATUS)
		appendStringInfo(&out, ",medicaid_lti=%s", who->medicaid_lti == HCC_YES ? "true" : "false");
	if (who->segment[0] != '\0')
		appendStringInfo(&out, ",segment=%s", who->segment);
	if (who->metal != 0)
		appendStringInfo(&out, ",metal=%s", metal_words[who->metal]);
	if (who->csr_variant != 0)
		appendStringInfo(&out, ",csr_variant=%02d", who->csr_variant - 1);
	if (who->enrollment_days != 0)
		appendStringInfo(&out, ",enrollment_days=%d", who->enrollment_days);
	AppendDay(&out, DATE_OF_BIRTH, who->date_of_birth);
	AppendDay(&out, ENROLLED_UNTIL, who->enrolled_until);
	PG_RETURN_CSTRING(out.data);
}

/*
 * Binary form: the fields in their order on disk, numbers in network order.  The
 * values of single bytes and the reserved ones are checked as they are.
 */
Datum
beneficiary_recv(PG_FUNCTION_ARGS)
{
	StringInfo	buf = (StringInfo) PG_GETARG_POINTER(0);
	hcc_beneficiary *who = palloc(sizeof(hcc_beneficiary));

	memcpy(who, pq_getmsgbytes(buf, sizeof(hcc_beneficiary)), sizeof(hcc_beneficiary));
	who->graft_months = pg_ntoh16(who->graft_months);
	who->enrollment_days = pg_ntoh16(who->enrollment_days);
	who->date_of_birth = pg_ntoh32(who->date_of_birth);
	who->enrolled_until = pg_ntoh32(who->enrolled_until);
	if (!IsPlausible(who))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
				 errmsg("invalid binary value for type %s", "beneficiary")));
	PG_RETURN_POINTER(who);
}

/* The form that beneficiary_recv takes */
Datum
beneficiary_send(PG_FUNCTION_ARGS)
{
	hcc_beneficiary who = *PG_GETARG_BENEFICIARY(0);
	StringInfoData buf;

	who.graft_months = pg_hton16(who.graft_months);
	who.enrollment_days = pg_hton16(who.enrollment_days);
	who.date_of_birth = pg_hton32(who.date_of_birth);
	who.enrolled_until = pg_hton32(who.enrolled_until);
	pq_begintypsend(&buf);
	pq_sendbytes(&buf, (const char *) &who, sizeof(who));
	PG_RETURN_BYTEA_P(pq_endtypsend(&buf));
}

/*
 * Set a field from an SQL argument that is not NULL; false, and a SQLSTATE, if
 * the field does not take it.  The argument's type is that of the field's kind,
 * as the SQL functions declare it: nothing checks it here.
 */
static bool
TryArgument(hcc_beneficiary *who, Field field, FunctionCallInfo fcinfo, int arg, int *sqlstate)
{
	*sqlstate = ERRCODE_INVALID_PARAMETER_VALUE;
	Assert(!PG_ARGISNULL(arg));
	if (fields[field].kind == A_NUMBER)
	{
		*sqlstate = ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE;
		return SetNumber(who, field, PG_GETARG_INT32(arg));
	}
	if (fields[field].kind == A_WORD)
	{
		/* every word the fields take is short; files pad them with blanks */
		text	   *argument = PG_GETARG_TEXT_PP(arg);
		const char *given = VARDATA_ANY(argument);
		size_t		length = VARSIZE_ANY_EXHDR(argument);
		char		word[HCC_SEGMENT_LENGTH + 1];

		for (; length > 0 && *given == ' '; length--)
			given++;
		while (length > 0 && given[length - 1] == ' ')
			length--;
		if (length >= sizeof(word))
			return false;
		memcpy(word, given, length);
		word[length] = '\0';
		return SetWord(who, field, word);
	}
	if (fields[field].kind == A_DATE)
	{
		DateADT		date = PG_GETARG_DATEADT(arg);

		*sqlstate = ERRCODE_DATETIME_FIELD_OVERFLOW;
		if (!HasDay(date))
			return false;
		SetDay(who, field, DayOfDate(date));
		return true;
	}
	SetAnswer(who, field, PG_GETARG_BOOL(arg));
	return true;
}

/* The same; an error names the argument, but not its value, which is of a person. */
static void
SetFromArgument(hcc_beneficiary *who, Field field, FunctionCallInfo fcinfo, int arg,
				const char *function)
{
	int			sqlstate;

	if (!TryArgument(who, field, fcinfo, arg, &sqlstate))
		ereport(ERROR,
				(PlainErrcode(sqlstate),
				 errmsg("invalid value for argument \"%s\" of %s", fields[field].name, function),
				 errdetail("It takes %s.", fields[field].takes)));
}

/*
 * hcc_person_problem(age, sex, orec, dual_status, new_enrollee, snp, lti,
 * low_income, esrd, graft_months, medicaid_ne, medicaid_lti, segment): which of
 * them a beneficiary cannot be made of, and what it takes; NULL if one can.  Age
 * and sex must be given, the others may be NULL.  People have a date of birth
 * in tables and no age, so that the problem of the age is named after it.
 */
Datum
hcc_person_problem(PG_FUNCTION_ARGS)
{
	hcc_beneficiary who;
	int			sqlstate;

	Initialize(&who);
	for (Field field = AGE; field <= SEGMENT; field++)
	{
		if (PG_ARGISNULL(field) ? field <= SEX :
			!TryArgument(&who, field, fcinfo, field, &sqlstate))
			PG_RETURN_TEXT_P(cstring_to_text(psprintf("%s: %s%s",
				field == AGE ? "date_of_birth" : fields[field].name,
				field == AGE ? "gives no age; it takes a day that gives " : "takes ",
				fields[field].takes)));
	}
	PG_RETURN_NULL();
}

/*
 * The SQL function beneficiary(age, sex, ...); a NULL argument is its default.
 * Without age or sex there is no cell that anybody could be in, and the person is
 * NULL.
 */
Datum
beneficiary_make(PG_FUNCTION_ARGS)
{
	hcc_beneficiary *who;

	if (PG_ARGISNULL(AGE) || PG_ARGISNULL(SEX))
		PG_RETURN_NULL();
	who = palloc(sizeof(hcc_beneficiary));
	Initialize(who);
	for (Field field = 0; field < FIELDS; field++)
	{
		if (!PG_ARGISNULL(field))
			SetFromArgument(who, field, fcinfo, field, "beneficiary");
	}
	PG_RETURN_POINTER(who);
}

/*
 * Completed years on a day, by month and day, as CMS and HHS count them: never by
 * days divided by 365.25, which is a day off around birthdays.  Somebody born on
 * 29 February completes a year on 1 March, where the year has no such day.
 */
static int
AgeOn(int32 born, int32 on)
{
	int			birth[3];
	int			date[3];

	icd10_date(born, &birth[0], &birth[1], &birth[2]);
	icd10_date(on, &date[0], &date[1], &date[2]);
	return date[0] - birth[0] -
		(date[1] < birth[1] || (date[1] == birth[1] && date[2] < birth[2]));
}

/* The order of the arguments of hcc_enrollee and hcc_enrollee_problem */
static const Field enrollee_arguments[] = {
	DATE_OF_BIRTH, SEX, ENROLLED_UNTIL, ENROLLMENT_DAYS, METAL, CSR_VARIANT
};

/*
 * The age on the last day enrolled, by which the marketplace chooses its model
 * and cells; false if there is none, as of somebody born later
 */
static bool
SetEnrolledAge(hcc_beneficiary *who)
{
	return who->date_of_birth <= who->enrolled_until &&
		SetNumber(who, AGE, AgeOn(who->date_of_birth, who->enrolled_until));
}

/*
 * hcc_enrollee_problem(date_of_birth, sex, enrolled_until, enrollment_days,
 * metal, csr_variant): which of them hcc_enrollee would not take, or has no
 * score, and what it takes; NULL if it takes them.  More is asked for than
 * hcc_enrollee asks: without metal there are no coefficients to score by, but
 * without a variant there is merely no cost-sharing reduction.
 */
Datum
hcc_enrollee_problem(PG_FUNCTION_ARGS)
{
	hcc_beneficiary who;
	int			sqlstate;

	Initialize(&who);
	for (int i = 0; i < lengthof(enrollee_arguments); i++)
	{
		Field		field = enrollee_arguments[i];

		if (PG_ARGISNULL(i) ? field != CSR_VARIANT :
			!TryArgument(&who, field, fcinfo, i, &sqlstate))
			PG_RETURN_TEXT_P(cstring_to_text(psprintf("%s: takes %s", fields[field].name,
													  fields[field].takes)));
	}
	if (!SetEnrolledAge(&who))
		PG_RETURN_TEXT_P(cstring_to_text(psprintf(
			"%s: gives no age on the last day enrolled; it takes a day that gives %s",
			fields[DATE_OF_BIRTH].name, fields[AGE].takes)));
	PG_RETURN_NULL();
}

/*
 * hcc_enrollee(date_of_birth, sex, enrolled_until, enrollment_days, metal,
 * csr_variant): the person of a marketplace model, whose age is that of the
 * last day enrolled.  NULL if one of the first four is, or no day was enrolled.
 */
Datum
hcc_enrollee(PG_FUNCTION_ARGS)
{
	hcc_beneficiary *who = palloc(sizeof(hcc_beneficiary));

	Initialize(who);
	for (int i = 0; i < lengthof(enrollee_arguments); i++)
	{
		if (PG_ARGISNULL(i) && i < 4)
			PG_RETURN_NULL();
	}
	if (PG_GETARG_INT32(3) <= 0)
		PG_RETURN_NULL();
	for (int i = 0; i < lengthof(enrollee_arguments); i++)
	{
		if (!PG_ARGISNULL(i))
			SetFromArgument(who, enrollee_arguments[i], fcinfo, i, "enrollee");
	}
	if (!SetEnrolledAge(who))
		ereport(ERROR,
				(PlainErrcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"%s\" of %s gives no age on the last day enrolled",
						"date_of_birth", "enrollee"),
				 errdetail("It takes a day that gives %s.", fields[AGE].takes)));
	PG_RETURN_POINTER(who);
}

/*
 * The same person with what may change from year to year changed; NULL keeps.
 * Sex, original entitlement and date of birth are not among them.
 */
Datum
beneficiary_change(PG_FUNCTION_ARGS)
{
	static const Field changes[] = {
		AGE, DUAL_STATUS, NEW_ENROLLEE, SNP, LTI, LOW_INCOME, ESRD, GRAFT_MONTHS, SEGMENT
	};
	hcc_beneficiary *who;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	who = palloc(sizeof(hcc_beneficiary));
	*who = *PG_GETARG_BENEFICIARY(0);
	for (int i = 0; i < lengthof(changes); i++)
	{
		if (!PG_ARGISNULL(i + 1))
			SetFromArgument(who, changes[i], fcinfo, i + 1, "beneficiary_change");
	}
	PG_RETURN_POINTER(who);
}

/*
 * Equal, ordered and hashed as the bytes on disk: age first, then sex, ...  The
 * order of fields of more than a byte is that of the machine, so that an index
 * is good on machines of its kind alone, as all files of a server are.
 */
static int
CompareBeneficiaries(FunctionCallInfo fcinfo)
{
	return memcmp(PG_GETARG_BENEFICIARY(0), PG_GETARG_BENEFICIARY(1), sizeof(hcc_beneficiary));
}

/* The operator = */
Datum
beneficiary_eq(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(CompareBeneficiaries(fcinfo) == 0);
}

/* The operator <> */
Datum
beneficiary_ne(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(CompareBeneficiaries(fcinfo) != 0);
}

/* The operator < */
Datum
beneficiary_lt(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(CompareBeneficiaries(fcinfo) < 0);
}

/* The operator <= */
Datum
beneficiary_le(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(CompareBeneficiaries(fcinfo) <= 0);
}

/* The operator > */
Datum
beneficiary_gt(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(CompareBeneficiaries(fcinfo) > 0);
}

/* The operator >= */
Datum
beneficiary_ge(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(CompareBeneficiaries(fcinfo) >= 0);
}

/* Order of the B-tree operator class; it means nothing but that it is total. */
Datum
beneficiary_cmp(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT32(CompareBeneficiaries(fcinfo));
}

/* Hash of the bytes, all of which = compares */
Datum
beneficiary_hash(PG_FUNCTION_ARGS)
{
	PG_RETURN_DATUM(hash_any((unsigned char *) PG_GETARG_BENEFICIARY(0), sizeof(hcc_beneficiary)));
}

/* The same with a seed, for hash partitioning */
Datum
beneficiary_hash_extended(PG_FUNCTION_ARGS)
{
	PG_RETURN_DATUM(hash_any_extended((unsigned char *) PG_GETARG_BENEFICIARY(0),
									  sizeof(hcc_beneficiary), PG_GETARG_INT64(1)));
}

/*
 * Completed years on 1 February of the payment year, by month and day: the age
 * of CMS's models.  Somebody who is born on 1 February has the birthday that day;
 * somebody born later is 0, as in the software of CMS.  That people of 64 may
 * count as 65 is a rule of some models (hcc_age_rule), and not done here.
 */
Datum
payment_year_age(PG_FUNCTION_ARGS)
{
	DateADT		born = PG_GETARG_DATEADT(0);
	int32		payment_year = PG_GETARG_INT32(1);
	int			year;
	int			month;
	int			day;
	int			age;

	if (DATE_NOT_FINITE(born))
		ereport(ERROR,
				(PlainErrcode(ERRCODE_DATETIME_FIELD_OVERFLOW),
				 errmsg("date_of_birth must be finite")));
	if (payment_year < 1900 || payment_year > 2999)
		ereport(ERROR,
				(PlainErrcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("invalid value for argument \"payment_year\" of payment_year_age: %d",
						payment_year),
				 errdetail("It takes a year from 1900 to 2999.")));
	j2date(born + POSTGRES_EPOCH_JDATE, &year, &month, &day);
	age = payment_year - year;
	/* the birthday of the year is still to come */
	if (month > 2 || (month == 2 && day > 1))
		age--;
	PG_RETURN_INT32(Max(age, 0));
}
