/* Unit tests of the encounter filter: rules over facts of a record */
#include "core/encounter.h"

#include <stdlib.h>

#include "check.h"

/* Memory that is freed all at once, so that the leak sanitizer is content */
static void *blocks[1024];
static int	n_blocks;

/* An hcc_alloc_fn */
static void *
allocate(void *context, size_t size)
{
	(void) context;
	if (n_blocks == 1024)
		abort();
	return blocks[n_blocks++] = calloc(1, size);
}

/* Free all that was allocated since the last time */
static void
free_all(void)
{
	while (n_blocks > 0)
		free(blocks[--n_blocks]);
}

#define LIST(...) \
	{(const char *[]) {__VA_ARGS__}, sizeof((const char *[]) {__VA_ARGS__}) / sizeof(char *)}
/* A condition of a rule: of its kind, these alone */
#define ONLY(kind, ...) .asks[kind] = true, .allows[kind] = LIST(__VA_ARGS__)
#define LENGTH(array) ((int) (sizeof(array) / sizeof(array[0])))

/* A string as a text; NULL as none */
static hcc_text
text(const char *string)
{
	return (hcc_text) {string, string ? strlen(string) : 0};
}

/* A code as it is written */
static icd10_code
code(const char *string)
{
	return icd10_read(string, strlen(string));
}

static const hcc_bill_type_row bill_type[] = {
	{"11", "inpatient", false}, {"13", "outpatient", true}, {"857", "outpatient", true}
};
static const hcc_modality_row modality[] = {
	{"place_of_service", "02", "telehealth"},
	{"modifier", "93", "audio_only"},
	{"modifier", "95", "audio_video"},
	{"procedure", "T0001", "audio_only"}
};
static const hcc_word_row word[] = {
	{"claim_type", "P", "professional"}, {"claim_type", "837-I", "institutional"},
	{"claim_type", "in patient", "inpatient"}, {"claim_type", "Outpatient", "outpatient"},
	{"claim_type", "pharmacy", "pharmacy"}, {"claim_type", "oral", "dental"},
	{"code_system", "ICD-10-CM", "icd10"}, {"code_system", "9", "icd9"}
};
static hcc_problem problem;

/* Compile rules together with the bill types above; NULL with problem filled in */
static hcc_policy *
compile(hcc_rule_row *rule, int rules)
{
	memset(&problem, 0, sizeof(problem));
	return hcc_compile_policy(rule, rules, bill_type, LENGTH(bill_type), word,
							  LENGTH(word), allocate, NULL, &problem);
}

/* Compile the modalities above and a list of the first so many procedures */
static void
compile_year(hcc_service_year *year, size_t procedures)
{
	icd10_code	procedure[] = {code("A0001"), code("A0002"), code("T0001")};

	CHECK(hcc_compile_service_year(year, modality, LENGTH(modality), procedure, procedures,
								   allocate, NULL, &problem));
}

/* What a claim's type and bill type say of it */
static void
test_claims(void)
{
	hcc_rule_row rule[] = {
		{.priority = 3, .id = 1, .verdict = "inpatient", ONLY(HCC_SETTING, "inpatient")},
		{.priority = 2, .id = 2, .verdict = "dental", ONLY(HCC_CLAIM_TYPE, "Dental")},
		{.priority = 2, .id = 9, .verdict = "other", ONLY(HCC_CLAIM_TYPE, "other")},
		{.priority = 4, .id = 3, .verdict = "needs", ONLY(HCC_PROCEDURE_REQUIRED, "true")},
		{.priority = 5, .id = 4, .verdict = "no_setting", ONLY(HCC_CLAIM_TYPE, "institutional")},
		{.priority = 6, .id = 5, .verdict = "unknown", ONLY(HCC_CLAIM_KNOWN, "false")},
		{.priority = 0, .id = 7, .verdict = "unrecognized",
			ONLY(HCC_CLAIM_TYPE, "unrecognized")},
		{.priority = 1, .id = 6, .verdict = "never", .asks[HCC_CLAIM_KNOWN] = true},
	};
	hcc_policy *policy = compile(rule, LENGTH(rule));
	static const struct
	{
		const char *claim_type;
		const char *bill_type;
		const char *verdict;
	}			expected[] = {
		{"institutional", "111", "inpatient"}, {"institutional", "11X", "inpatient"},
		{"institutional", "11x", "inpatient"}, {"institutional", "0111", "inpatient"},
		{"institutional", " 011X ", "inpatient"}, {"institutional", "11", "inpatient"},
		{"INSTITUTIONAL", "0131", "needs"}, {" institutional", "13X", "needs"},
		{"institutional", "211", "no_setting"}, {"institutional", NULL, "no_setting"},
		{"institutional", "1", "no_setting"}, {"institutional", "", "no_setting"},
		{"institutional", "1111", "no_setting"}, {"institutional", "01311", "no_setting"},
		{"institutional", "011", "inpatient"},
		{"dental", "111", "dental"}, {"DENTAL", NULL, "dental"},
		{"pharmacy", NULL, "other"}, {"other", NULL, "other"},
		{NULL, "111", "unknown"}, {"", NULL, "unknown"}, {"  ", NULL, "unknown"},
		{"professional", "111", "ok"}, {"P", "111", "ok"}, {"p ", NULL, "ok"},
		{"837i", "111", "inpatient"}, {"837 I", "131", "needs"}, {"837I", NULL, "no_setting"},
		/* what says the setting does so where no bill type does */
		{"Inpatient", NULL, "inpatient"}, {"IN-PATIENT", " ", "inpatient"},
		{"inpatient", "131", "needs"}, {"inpatient", "211", "no_setting"},
		{"outpatient", NULL, "needs"}, {"Oral", NULL, "dental"}, {"mail", NULL, "unrecognized"},
		{"institutional", "111.0", "inpatient"}, {"institutional", "131.00", "needs"},
		{"institutional", "00111", "inpatient"}, {"institutional", "\u00A0111\uFEFF", "inpatient"},
		{"institutional", ".0", "no_setting"},
		/* of a bill type with three digits the frequency counts */
		{"institutional", "857", "needs"}, {"institutional", " 0857.0", "needs"},
		{"institutional", "851", "no_setting"}, {"institutional", "85X", "no_setting"},
		{"institutional", "85", "no_setting"}
	};

	CHECK(policy != NULL);
	for (int i = 0; policy != NULL && i < LENGTH(expected); i++)
	{
		hcc_encounter record = {
			.facts = hcc_claim_facts(policy, text(expected[i].claim_type),
									 text(expected[i].bill_type))
		};
		int			found = hcc_encounter_rule(policy, &record);
		const char *verdict = found == HCC_RECORD_OK ? "ok" : policy->rule[found].verdict;

		CHECK(strcmp(verdict, expected[i].verdict) == 0);
		if (strcmp(verdict, expected[i].verdict) != 0)
			printf("\tclaim %d: %s\n", i, verdict);
	}
}

/* Which reason comes first is the order by priority, and look-ups wait for their turn. */
static void
test_order(void)
{
	hcc_rule_row rule[] = {
		{.priority = 2, .id = 1, .verdict = "listed_and_voided",
			ONLY(HCC_PROCEDURE_LISTED, "true"), ONLY(HCC_RECORD_STATE, "voided")},
		{.priority = 4, .id = 2, .verdict = "not_listed", ONLY(HCC_PROCEDURE_LISTED, "false")},
		{.priority = 3, .id = 3, .verdict = "ok", ONLY(HCC_RECORD_SOURCE, "raps")},
		{.priority = 5, .id = 4, .verdict = "invalid_code", ONLY(HCC_CODE_VALID, "false")},
	};
	hcc_policy *policy = compile(rule, LENGTH(rule));
	hcc_record_facts usual = hcc_record_default(HCC_RECORD_SOURCE) |
		hcc_record_default(HCC_RECORD_STATE);
	hcc_record_facts voided = hcc_record_default(HCC_RECORD_SOURCE) |
		hcc_record_fact(HCC_RECORD_STATE, text("VOIDED"));
	hcc_record_facts raps = hcc_record_fact(HCC_RECORD_SOURCE, text("raps")) |
		hcc_record_default(HCC_RECORD_STATE);
	hcc_service_year year;
	hcc_service_year no_list;
	hcc_code_set valid;
	hcc_text	on[] = {{NULL, 0}, {"x", 1}, {" a0001", 6}};
	hcc_text	off[] = {{"B0001", 5}};
	hcc_encounter record = {.facts = usual, .procedure = on, .procedures = 3, .year = &year};

	CHECK(policy != NULL && policy->asks_code);
	compile_year(&year, 3);
	compile_year(&no_list, 0);
	hcc_code_set_make(&valid, (icd10_code[]) {code("E119"), code("E119"), code("I10")}, 3,
					  allocate, NULL);

	CHECK_INT(hcc_encounter_rule(policy, &record), HCC_RECORD_OK);
	record.facts = voided;
	CHECK_INT(hcc_encounter_rule(policy, &record), 0);
	record.procedure = off;
	record.procedures = 1;
	CHECK_INT(hcc_encounter_rule(policy, &record), 2);
	record.facts = raps;
	CHECK_INT(hcc_encounter_rule(policy, &record), 1);	/* "ok" before the others */

	/* without a list: error, accept, reject; without a date, nobody can tell */
	record.year = &no_list;
	CHECK_INT(hcc_encounter_rule(policy, &record), 1);
	record.facts = usual;
	CHECK_INT(hcc_encounter_rule(policy, &record), HCC_NO_PROCEDURE_LIST);
	record.without_list = HCC_ACCEPT_WITHOUT_LIST;
	CHECK_INT(hcc_encounter_rule(policy, &record), HCC_RECORD_OK);
	record.without_list = HCC_REJECT_WITHOUT_LIST;
	CHECK_INT(hcc_encounter_rule(policy, &record), 2);
	record.year = NULL;
	CHECK_INT(hcc_encounter_rule(policy, &record), HCC_RECORD_OK);

	/* codes */
	record.code = code("E11.9");
	record.valid_codes = &valid;
	CHECK_INT(hcc_encounter_rule(policy, &record), HCC_RECORD_OK);
	record.code = code("E118");
	CHECK_INT(hcc_encounter_rule(policy, &record), 3);
	record.code = ICD10_UNREADABLE;
	CHECK_INT(hcc_encounter_rule(policy, &record), 3);
	record.code = ICD10_NONE;
	CHECK_INT(hcc_encounter_rule(policy, &record), HCC_RECORD_OK);
}

/* How the patient was seen, with a list of procedures and without */
static void
test_modality(void)
{
	hcc_service_year year;
	hcc_service_year no_list;
	static const struct
	{
		const char *procedure[3];
		const char *modifier[3];
		int			procedures;
		int			modifiers;
		const char *place;
		hcc_modality expected;
		hcc_modality without_list;
	}			record[] = {
		{{"A0001"}, {NULL}, 1, 0, NULL, HCC_IN_PERSON, HCC_IN_PERSON},
		{{"A0001"}, {"25 93"}, 1, 1, NULL, HCC_AUDIO_ONLY, HCC_AUDIO_ONLY},
		{{"A0001"}, {"25:93"}, 1, 1, NULL, HCC_AUDIO_ONLY, HCC_AUDIO_ONLY},
		{{"A0001"}, {"25,93"}, 1, 1, NULL, HCC_AUDIO_ONLY, HCC_AUDIO_ONLY},
		{{"A0001"}, {"2593"}, 1, 1, NULL, HCC_AUDIO_ONLY, HCC_AUDIO_ONLY},
		{{"A0001"}, {"259359"}, 1, 1, NULL, HCC_AUDIO_ONLY, HCC_AUDIO_ONLY},
		{{"A0001"}, {"593"}, 1, 1, NULL, HCC_IN_PERSON, HCC_IN_PERSON},
		{{"A0001"}, {"25"}, 1, 1, "2.0", HCC_TELEHEALTH, HCC_TELEHEALTH},
		{{"A0001"}, {" 93  95 "}, 1, 1, NULL, HCC_AUDIO_VIDEO, HCC_AUDIO_VIDEO},
		{{"A0001"}, {"25"}, 1, 1, "02", HCC_TELEHEALTH, HCC_TELEHEALTH},
		{{"A0001"}, {"25"}, 1, 1, "2", HCC_TELEHEALTH, HCC_TELEHEALTH},
		{{"A0001"}, {"95"}, 1, 1, "02", HCC_AUDIO_VIDEO, HCC_AUDIO_VIDEO},
		/* a procedure goes before a place, and a modifier before a procedure */
		{{"T0001"}, {NULL}, 1, 1, "11", HCC_AUDIO_ONLY, HCC_AUDIO_ONLY},
		{{"T0001"}, {"95"}, 1, 1, "11", HCC_AUDIO_VIDEO, HCC_AUDIO_VIDEO},
		/* lines: one in person is enough, but it must be acceptable */
		{{"A0001", "A0002"}, {"93", NULL}, 2, 2, NULL, HCC_IN_PERSON, HCC_IN_PERSON},
		{{"A0001", "B0002"}, {"93", ""}, 2, 2, NULL, HCC_AUDIO_ONLY, HCC_IN_PERSON},
		{{"A0001", "A0002"}, {"93", "93"}, 2, 2, NULL, HCC_AUDIO_ONLY, HCC_AUDIO_ONLY},
		{{NULL, "A0002"}, {"93", NULL}, 2, 2, NULL, HCC_IN_PERSON, HCC_IN_PERSON},
		/* modifiers of the whole record */
		{{"A0001", "A0002"}, {"93"}, 2, 1, NULL, HCC_AUDIO_ONLY, HCC_AUDIO_ONLY},
		{{"A0001", "A0002"}, {"25", NULL, "93"}, 2, 3, NULL, HCC_AUDIO_ONLY, HCC_AUDIO_ONLY},
		{{NULL}, {"93"}, 0, 1, NULL, HCC_AUDIO_ONLY, HCC_AUDIO_ONLY},
		{{NULL}, {NULL}, 0, 0, "02", HCC_TELEHEALTH, HCC_TELEHEALTH},
		{{NULL}, {NULL}, 0, 0, NULL, HCC_IN_PERSON, HCC_IN_PERSON},
		/* none on the list: all lines */
		{{"B0001"}, {"93"}, 1, 1, NULL, HCC_AUDIO_ONLY, HCC_AUDIO_ONLY},
	};

	compile_year(&year, 3);
	compile_year(&no_list, 0);
	for (int i = 0; i < LENGTH(record); i++)
	{
		hcc_text	procedure[3];
		hcc_text	modifier[3];
		hcc_encounter encounter = {
			.procedure = procedure, .procedures = record[i].procedures,
			.modifier = modifier, .modifiers = record[i].modifiers,
			.place = text(record[i].place), .year = &year
		};

		for (int j = 0; j < 3; j++)
		{
			procedure[j] = text(record[i].procedure[j]);
			modifier[j] = text(record[i].modifier[j]);
		}
		CHECK_INT(hcc_encounter_modality(&encounter), record[i].expected);
		encounter.year = &no_list;
		CHECK_INT(hcc_encounter_modality(&encounter), record[i].without_list);
	}
}

/* Rows that are refused, and whether it is said why */
static void
test_bad_rows(void)
{
	hcc_rule_row setting = {.id = 7, .verdict = "x", ONLY(HCC_SETTING, "none", "outdoor")};
	hcc_rule_row verdict = {.id = 8, .verdict = "Not ok"};
	hcc_rule_row blank = {.id = 9, .verdict = ""};
	hcc_rule_row types = {.verdict = "x", .asks[HCC_CLAIM_TYPE] = true};
	hcc_modality_row place = {"place_of_service", "?", "telehealth"};
	hcc_modality_row telepathy = {"modifier", "99", "telepathy"};
	hcc_bill_type_row bill = {"1311", "outpatient", true};
	hcc_service_year year;
	const char *names[24];
	char		name[24][16];

	CHECK(compile(&setting, 1) == NULL);
	CHECK(strcmp(problem.table, "encounter_rule") == 0 && strcmp(problem.row, "row 7") == 0);
	CHECK(strcmp(problem.what, "has in settings an unknown value \"outdoor\"") == 0);
	CHECK(compile(&verdict, 1) == NULL && strcmp(problem.row, "row 8") == 0);
	CHECK(strcmp(problem.what, "has in verdict an unknown value \"Not ok\"") == 0);
	CHECK(compile(&blank, 1) == NULL);
	CHECK(strcmp(problem.what, "has in verdict an unknown value \"\"") == 0);
	CHECK(!hcc_compile_service_year(&year, &place, 1, NULL, 0, allocate, NULL, &problem));
	CHECK(strcmp(problem.table, "encounter_modality") == 0);
	CHECK(!hcc_compile_service_year(&year, &telepathy, 1, NULL, 0, allocate, NULL, &problem));
	CHECK(hcc_compile_policy(NULL, 0, &bill, 1, NULL, 0, allocate, NULL, &problem) == NULL);
	CHECK(strcmp(problem.row, "bill_type \"1311\"") == 0);

	/* claim types of rules: 12 find a place, 13 do not */
	for (int i = 0; i < 24; i++)
	{
		snprintf(name[i], sizeof(name[i]), "t%d", i);
		names[i] = name[i];
	}
	types.allows[HCC_CLAIM_TYPE] = (hcc_list) {names, 12};
	CHECK(compile(&types, 1) != NULL);
	types.allows[HCC_CLAIM_TYPE] = (hcc_list) {names, 13};
	CHECK(compile(&types, 1) == NULL);
}

/* How often a claim was sent, and of which system a code is */
static void
test_words(void)
{
	static const struct
	{
		const char *frequency;
		const char *bill_type;
		char		expected;
	}			frequency[] = {
		{NULL, "0118", '8'}, {NULL, "117", '7'}, {NULL, "118.0", '8'}, {NULL, "11X", 'X'},
		{NULL, "011", '\0'}, {NULL, "18", '\0'}, {NULL, NULL, '\0'}, {"8", NULL, '8'},
		{"7", "111", '7'}, {"1", "118", '1'}, {" 08 ", NULL, '8'}, {"7.0", NULL, '7'},
		{"", "117", '7'}, {"88", NULL, '\0'}
	};
	hcc_policy *policy = compile(NULL, 0);
	hcc_record_facts icd10 = hcc_record_fact(HCC_CODE_KIND, text("icd10"));
	hcc_record_facts none = hcc_record_fact(HCC_CODE_KIND, text("not_a_code"));
	hcc_record_facts other = hcc_record_fact(HCC_CODE_KIND, text("other_system"));
	hcc_word_row bad[] = {
		{"claim_type", "-", "professional"}, {"claim_type", "x", ""}, {"weather", "x", "rain"}
	};

	for (int i = 0; i < LENGTH(frequency); i++)
		CHECK_INT(hcc_frequency(text(frequency[i].frequency), text(frequency[i].bill_type)),
				  frequency[i].expected);
	CHECK(policy != NULL);
	CHECK(hcc_code_kind(policy, code("E119"), text(NULL), false) == icd10);
	CHECK(hcc_code_kind(policy, code("V45.1"), text(NULL), true) == other);
	CHECK(hcc_code_kind(policy, code("V45.1"), text("icd10cm"), true) == icd10);
	CHECK(hcc_code_kind(policy, code("V45.1"), text(" "), true) == other);
	CHECK(hcc_code_kind(policy, code("E119"), text("9"), false) == other);
	CHECK(hcc_code_kind(policy, code("E119"), text("snomed"), false) == other);
	CHECK(hcc_code_kind(policy, code("1.00E+10"), text(NULL), false) == none);
	CHECK(hcc_code_kind(policy, ICD10_NONE, text("ICD-10-CM"), false) == none);
	for (int i = 0; i < LENGTH(bad); i++)
	{
		CHECK(hcc_compile_policy(NULL, 0, NULL, 0, &bad[i], 1, allocate, NULL, &problem) == NULL);
		CHECK(strcmp(problem.table, "record_word") == 0);
	}
}

/* The set against a plain search */
static void
test_code_set(void)
{
	icd10_code	codes[1000];
	hcc_code_set set;

	srand(1);
	for (int i = 0; i < 1000; i++)
		codes[i] = (icd10_code) (rand() % 3000 + 1) << (i % 2 ? 40 : 24);
	hcc_code_set_make(&set, codes, 1000, allocate, NULL);
	for (int i = 0; i < 6000; i++)
	{
		icd10_code	wanted = (icd10_code) (i / 2 + 1) << (i % 2 ? 40 : 24);
		bool		expected = false;

		for (int j = 0; j < 1000; j++)
			expected |= codes[j] == wanted;
		CHECK(hcc_code_set_has(&set, wanted) == expected);
	}
	CHECK(!hcc_code_set_has(&set, ICD10_NONE));
	hcc_code_set_make(&set, NULL, 0, allocate, NULL);
	CHECK(!hcc_code_set_has(&set, code("E119")));
}

/* All tests */
int
main(void)
{
	test_claims();
	test_order();
	test_modality();
	test_bad_rows();
	test_words();
	test_code_set();
	free_all();
	return finish();
}
