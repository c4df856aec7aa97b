-- A payment year without tables or codes is an error wherever a model and a year
-- are named; hccraf_copy_year makes one of another year, marked, until what is
-- loaded or added takes its place. Expected scores: a community woman of 70, not
-- dual, has 0.330 in V28, HCC 37 0.166 and HCC 226 0.360, and both 0.112.
BEGIN;
CREATE EXTENSION IF NOT EXISTS hccraf;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT * FROM no_plan();
SET LOCAL client_min_messages = warning;
CREATE SCHEMA copied;
SELECT hccraf_setup('copied') \g /dev/null
SET LOCAL search_path = copied, public;

CREATE FUNCTION pg_temp.hint_of(statement text, OUT state text, OUT hint text)
	LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE statement;
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, hint = PG_EXCEPTION_HINT;
END $$;

-- Every function that finds a model or a blend by payment year. In each place %s
-- is the year; the last column is the state before there are tables of it.
CREATE TEMPORARY TABLE asked (call text, no_year text);
INSERT INTO asked VALUES
	($$ raf_score('{E11.9,I50.9}'::text[], beneficiary(70, 'F'), 'V28', %s) $$, '42704'),
	($$ raf_score('{E119,I509}'::icd10_set, beneficiary(70, 'F'), 'V28', %s) $$, '42704'),
	($$ (SELECT raf_score_agg(c, beneficiary(70, 'F'), 'V28', %s)
		FROM unnest('{E119,I509}'::text[]) c) $$, '42704'),
	($$ raf_scores_of_models('{E119}'::icd10_set, beneficiary(70, 'F'), '{V28}', %s) $$, '42704'),
	($$ (SELECT count(*) FROM raf_explain('{E119}'::text[], beneficiary(70, 'F'), 'V28', %s)) $$,
		'42704'),
	($$ raf_marginal('{E119}'::text[], beneficiary(70, 'F'), 'I509', 'V28', %s) $$, '42704'),
	($$ raf_marginal_hccs('{E119}'::icd10_set, beneficiary(70, 'F'), '{226}', 'V28', %s) $$,
		'42704'),
	($$ (SELECT count(*)
		FROM raf_shapley('{}'::icd10_set, beneficiary(70, 'F'), '{226}', 'V28', %s)) $$, '42704'),
	($$ raf_segment(beneficiary(70, 'F'), 'V28', %s) $$, '42704'),
	($$ raf_csr_factor(beneficiary(70, 'F'), 'V28', %s) $$, '42704'),
	($$ raf_csr_score('{E119}'::text[], beneficiary(70, 'F'), 'V28', %s) $$, '42704'),
	($$ raf_csr_score('{E119}'::icd10_set, beneficiary(70, 'F'), 'V28', %s) $$, '42704'),
	($$ raf_metal_scores('{E119}', beneficiary(70, 'F'), 'V28', %s) $$, '42704'),
	($$ raf_segment_fits(beneficiary(70, 'F'), 'V28', %s) $$, '42704'),
	($$ icd_to_hcc('E11.9', 'V28', %s) $$, '42704'),
	($$ person_hccs('E11.9', beneficiary(70, 'F'), 'V28', %s) $$, '42704'),
	($$ person_has_hcc('E11.9', beneficiary(70, 'F'), 'V28', %s) $$, '42704'),
	($$ raf_pair_values('{E119}'::icd10_set, beneficiary(70, 'F'), '37', '226', 'V28', %s) $$,
		'42704'),
	($$ icd_has_hcc('E11.9', 'V28', %s) $$, '42704'),
	($$ icd_has_any_hcc('E11.9', '{V28}', %s) $$, '42704'),
	($$ apply_hierarchy('{36,37}', 'V28', %s) $$, '42704'),
	($$ hccraf_fingerprint('V28', %s) $$, '42704'),
	($$ (SELECT count(*)
		FROM raf_gaps('{"{E119}"}'::icd10_set[], '{}', beneficiary(70, 'F'), %s)) $$, '42704'),
	($$ raf_payment('{E11.9,I50.9}'::text[], beneficiary(70, 'F'), %s) $$, '55000'),
	($$ raf_payment('{E119,I509}'::icd10_set, beneficiary(70, 'F'), %s) $$, '55000'),
	($$ (SELECT payment_score
		FROM raf_payment_explain('{E11.9,I50.9}'::text[], beneficiary(70, 'F'), %s)) $$, '55000'),
	($$ (SELECT count(*) FROM raf_scores('{E119}'::icd10_set, beneficiary(70, 'F'), %s, '{MA}')) $$,
		'55000'),
	($$ (SELECT hcc_run_fingerprints(%s, '{MA}', '{2027}') -> 'models') $$, NULL);
SELECT is_empty(format($$ SELECT p.proname FROM pg_proc p
		JOIN pg_depend d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
			AND d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'hccraf')
		JOIN pg_language l ON l.oid = p.prolang
	WHERE l.lanname = 'c' AND '{payment_year}'::text[] <@ p.proargnames
		AND p.proname !~ '^hcc_|^encounter_|_(step|final|accum)'
		AND p.proname NOT IN ('hccraf_cache', 'payment_year_age')
		AND NOT EXISTS (SELECT FROM asked a WHERE a.call ~ ('\m' || p.proname || '\M')) $$),
	'none of the functions in C that take a payment year is left out');

SELECT is(state, no_year, trim(call)) FROM asked, pg_temp.hint_of('SELECT ' || format(call, 2028))
WHERE no_year IS NOT NULL;
SELECT is_empty($$ SELECT call, hint FROM asked, pg_temp.hint_of('SELECT ' || format(call, 2028))
	WHERE no_year IS NOT NULL AND hint !~ 'hccraf_copy_year\(2027, 2028\)' $$,
	'each says how to have the year');

-- Following the hints half way: parameters, then the model's years and calibration, but no codes
SAVEPOINT half;
INSERT INTO payment_year_parameter (payment_year, program, component, model_version, calibration,
	normalization_factor, coding_pattern_adjustment, blend_weight)
VALUES (2028, 'MA', 'part_c', 'V28', 'V28_2024', 1.079, 0.059, 1);
INSERT INTO hcc_model (model_version, first_payment_year, last_payment_year, is_default) VALUES
	('V28', 2028, 2028, true);
INSERT INTO hcc_calibration (model_version, calibration, first_payment_year, last_payment_year)
VALUES ('V28', 'V28_2024', 2028, 2028);
SELECT throws_ok('SELECT ' || format(call, 2028), '55000',
	'model "V28" has no codes for payment year 2028', 'no codes:' || call) FROM asked;
SELECT throws_ok('CALL refresh_gaps(2027)', '55000',
	'model "V28" has no codes for payment year 2028', 'gaps without codes');
SELECT throws_ok('SELECT * FROM patient_gap(gen_random_uuid(), 2027)', '55000',
	'model "V28" has no codes for payment year 2028', 'gaps of a patient without codes');
SELECT is((SELECT detail ~ 'has no codes' FROM hccraf_check_model('V28', 2028)
	WHERE check_name = 'does not compile'), true, 'hccraf_check_model finds it');
-- what is there already is kept, what lacks is copied
SELECT is((SELECT sum(n) FILTER (WHERE table_name = 'hcc_crosswalk')
	FROM hccraf_copy_year(2027, 2028)), (SELECT count(*)::numeric FROM hcc_crosswalk x
	WHERE expiry_year = 2027 AND x.model_version <> 'V24'),
	'codes are copied for a model that has but a row of its years');
SELECT is((SELECT count(*) FROM hcc_model WHERE model_version = 'V28' AND 2028
	BETWEEN first_payment_year AND last_payment_year), 1::bigint, 'whose row stays the only one');
SELECT is(raf_payment('{E11.9,I50.9}'::text[], beneficiary(70, 'F'), 2028), 0.901,
	'and then it pays');
ROLLBACK TO half;

-- Codes without coefficients
SAVEPOINT half;
INSERT INTO hcc_crosswalk (model_version, icd10_code, hcc_code) VALUES ('mapping', 'E119', '1');
SELECT is(icd_to_hcc('E11.9', 'mapping', 2028), '{1}', 'a model of codes alone maps');
SELECT throws_ok($$ SELECT raf_score('{E119}'::text[], beneficiary(70, 'F'), 'mapping', 2028) $$,
	'55000', NULL, 'but does not score');
INSERT INTO hcc_coefficient (model_version, calibration, segment, variable, coefficient) VALUES
	('mapping', 'x', 'all', 'HCC1', 0.5);
SELECT is(raf_score('{E119}'::text[], beneficiary(70, 'F'), 'mapping', 2028), 0.500,
	'until there is a coefficient');
INSERT INTO hcc_calibration (model_version, calibration, first_payment_year, last_payment_year)
VALUES ('mapping', 'y', 2028, 2028);
SELECT throws_ok($$ SELECT raf_score('{E119}'::text[], beneficiary(70, 'F'), 'mapping', 2028) $$,
	'55000', NULL, 'of the calibration in force');
ROLLBACK TO half;

----------------------------------------------------------------------
-- A copy
----------------------------------------------------------------------
CREATE FUNCTION pg_temp.reference() RETURNS SETOF text LANGUAGE sql AS $$
	SELECT 'model ' || to_jsonb(m)::text FROM hcc_model m UNION ALL SELECT 'calibration ' || c::text
	FROM hcc_calibration c
	UNION ALL SELECT 'crosswalk ' || (to_jsonb(x) - 'id')::text FROM hcc_crosswalk x
	UNION ALL SELECT 'edit ' || (to_jsonb(e) - 'id')::text FROM hcc_dx_edit e
	UNION ALL SELECT 'prerequisite ' || (to_jsonb(p) - 'id')::text FROM hcc_prerequisite p
	UNION ALL SELECT 'age ' || (to_jsonb(a) - 'id')::text FROM hcc_age_rule a
	UNION ALL SELECT 'payment ' || (to_jsonb(q) - 'id')::text FROM payment_year_parameter q
	UNION ALL SELECT 'procedure ' || to_jsonb(e)::text FROM eligible_procedure e
	UNION ALL SELECT 'deadline ' || d::text FROM submission_deadline d
	UNION ALL SELECT 'modality ' || (to_jsonb(m) - 'id')::text FROM encounter_modality m
	UNION ALL SELECT 'rule ' || (to_jsonb(r) - 'id')::text FROM encounter_rule r $$;
-- rules that end, of each kind
INSERT INTO eligible_procedure (service_year, procedure_code) VALUES
	(2025, '99213'), (2026, '99213'), (2026, '99214');
INSERT INTO encounter_rule (priority, verdict, programs, record_sources, first_payment_year,
	last_payment_year)
VALUES (75, 'no_raps', '{PACE}', '{raps}', 2026, 2027),
	(76, 'not_any_more', '{PACE}', '{raps}', 2026, 2026);
INSERT INTO encounter_modality (kind, code, modality, first_service_year, last_service_year) VALUES
	('modifier', 'ZZ', 'audio_only', 2026, 2026);
INSERT INTO hcc_age_rule (model_version, age, orec, scored_age, applies_to, effective_year,
	expiry_year) VALUES ('V28', 20, '0', 21, 'segment', 2027, 2027);
INSERT INTO hcc_prerequisite (model_version, hcc_code, requires_any, effective_year, expiry_year)
VALUES ('V28', '1', '{1}', 2027, 2027);
-- one of one's own in place of the shipped one
INSERT INTO payment_year_parameter (payment_year, program, component, model_version, calibration,
	normalization_factor, coding_pattern_adjustment, blend_weight)
VALUES (2027, 'PDP', 'part_d', 'RX_V08', 'RX_V08_2027_Y2', 1.006, 0, 1);
CREATE TEMPORARY TABLE was AS SELECT * FROM pg_temp.reference() r;

CREATE TEMPORARY TABLE copy AS SELECT * FROM hccraf_copy_year(2027, 2028);
SELECT set_eq('SELECT table_name, n FROM copy', $$
	SELECT 'hcc_model', count(*) FROM hcc_model WHERE last_payment_year = 2027
	UNION ALL SELECT 'hcc_calibration', count(*) FROM hcc_calibration WHERE last_payment_year = 2027
	UNION ALL SELECT 'hcc_crosswalk', count(*) FROM hcc_crosswalk WHERE expiry_year = 2027
	UNION ALL SELECT 'hcc_dx_edit', count(*) FROM hcc_dx_edit WHERE expiry_year = 2027
	UNION ALL SELECT 'payment_year_parameter', count(*) FROM payment_year_parameter
	WHERE payment_year = 2027 AND NOT custom
	UNION ALL VALUES ('hcc_prerequisite', 1::bigint), ('hcc_age_rule', 1), ('encounter_rule', 1),
		('eligible_procedure', 2), ('encounter_modality', 1),
		('submission_deadline', 3), ('hcc_group', 0), ('hcc_drug_crosswalk', 0),
		('hcc_csr_factor', 0) $$, 'all that ends with 2027 is copied');
SELECT is_empty('SELECT r FROM was EXCEPT ALL SELECT * FROM pg_temp.reference()',
	'what was there is as it was');
SELECT is_empty($$ SELECT r FROM (SELECT * FROM pg_temp.reference() EXCEPT ALL SELECT r
	FROM was) n(r) WHERE r !~ 'provisional": true|,t\)$' $$, 'every new row is marked');
SELECT is_empty($$ SELECT a.attrelid::regclass FROM pg_attribute a
	WHERE a.attname = 'provisional' AND a.attrelid IN (SELECT oid FROM pg_class WHERE relkind = 'r')
		AND NOT (SELECT a.attrelid = ANY (extconfig) FROM pg_extension WHERE extname = 'hccraf') $$,
	'and pg_dump takes it along, for it is one of the user''s');
SELECT is_empty('SELECT * FROM payment_year_parameter WHERE provisional AND NOT custom',
	'as all custom rows');
SELECT is((SELECT normalization_factor FROM payment_year_parameter WHERE payment_year = 2028
	AND program = 'PDP'), 1.006, 'a custom row is what is copied where there is one');

SELECT is_empty($$ SELECT call FROM asked
	WHERE (SELECT state FROM pg_temp.hint_of('SELECT ' || format(call, 2028))) IS NOT NULL $$,
	'the year answers everywhere');
SELECT is(raf_score('{E11.9,I50.9}'::text[], beneficiary(70, 'F'), 'V28', 2028), 1.033,
	'raw score: 0.395 + 0.166 + 0.360 + 0.112');
-- 1.033 / 1.079 = 0.957, * 0.941
SELECT is(raf_payment('{E11.9,I50.9}'::text[], beneficiary(70, 'F'), 2028), 0.901, 'payment score');
SELECT is_empty($$ SELECT m, c FROM unnest('{V28,V22,ESRD_V24,ESRD_V21,RX_V08}'::text[]) m,
	(SELECT DISTINCT icd10_code FROM hcc_crosswalk) x(c)
	WHERE icd_to_hcc(c, m, 2027) IS DISTINCT FROM icd_to_hcc(c, m, 2028) $$,
	'every code gives what it gave the year before, in every model');
SELECT is_empty($$
	SELECT age, codes FROM (
		SELECT (random() * 100)::integer AS age, ARRAY(SELECT icd10_code FROM hcc_crosswalk
			WHERE model_version = 'V28' AND id % 997 = n) AS codes
		FROM generate_series(0, 199) n) p
	CROSS JOIN LATERAL beneficiary(age, CASE WHEN age % 2 = 0 THEN 'F' ELSE 'M' END, orec => '0',
		dual_status => CASE WHEN age % 3 = 0 THEN '02' END,
		lti => age % 5 = 0, low_income => age % 7 = 0) w
	WHERE raf_score(codes, w, 'V28', 2027) <> raf_score(codes, w, 'V28', 2028)
		OR raf_payment(codes, w, 2027) <> raf_payment(codes, w, 2028)
		OR raf_payment(codes, w, 2027, 'MA-PD') <> raf_payment(codes, w, 2028, 'MA-PD') $$,
	'and everybody the score of the year before');
SELECT is(hccraf_model_year('V28'), 2027, 'no provisional year is the newest');
SELECT is(raf_score('{E11.9}'::text[], beneficiary(64, 'F')),
	raf_score('{E11.9}'::text[], beneficiary(64, 'F'), 'V28', 2027), 'nor for scoring');
SELECT is(hcc_run_year(NULL, 'MA') <= 2027, true, 'nor for a run');

-- Marked in results
SELECT results_eq($$ SELECT payment_year, provisional
	FROM unnest('{2027,2028}'::integer[]) payment_year,
	raf_payment_explain('{E11.9}'::text[], beneficiary(70, 'F'), payment_year) $$,
	'VALUES (2027, false), (2028, true)', 'raf_payment_explain');
SELECT results_eq($$ SELECT item, n > 0 FROM hccraf_check_model('V28', 2028)
	WHERE check_name = 'provisional' $$,
	$$ VALUES ('hcc_calibration', true), ('hcc_crosswalk', true), ('hcc_dx_edit', true),
		('hcc_model', true), ('payment_year_parameter', true) $$, 'hccraf_check_model');
SELECT is_empty($$ SELECT * FROM hccraf_check_model('V28', 2027)
	WHERE check_name = 'provisional' $$, 'and none of the year before');
SELECT is(jsonb_array_length(hcc_run_fingerprints(2028, '{MA}', '{2027}') -> 'provisional'), 11,
	'a run writes down the tables');
SELECT ok(NOT hcc_run_fingerprints(2027, '{MA}', '{2026}') ? 'provisional', 'only of such a year');

-- Deadlines by the usual dates: as the shipped rows have them, and of the copy
SELECT is_empty('SELECT * FROM submission_deadline '
	'WHERE NOT custom AND deadline <> hcc_usual_deadline(run, payment_year)',
	'the usual dates are those of the years that are known');
SELECT results_eq(
	'SELECT run, service_from, service_to, deadline FROM hcc_deadline(2028) ORDER BY run', $$ VALUES
	('final', '2027-01-01'::date, '2027-12-31'::date, '2029-01-31'::date),
	('initial', '2026-07-01', '2027-06-30', '2027-09-03'),
	('midyear', '2027-01-01', '2027-12-31', '2028-03-03') $$, 'and of the copy');
SELECT is(hcc_usual_deadline('final', 2026), '2027-02-01', 'not on a Sunday');

-- The first of January 2027: gaps of 2027 by the rules of 2027 services
INSERT INTO patient_demographic (patient_id, payment_year, date_of_birth, sex, known_at)
SELECT ('00000000-0000-4000-8000-00000000000' || n)::uuid, 2027, '1952-05-01', 'F', '2025-01-01'
FROM generate_series(1, 3) n;
INSERT INTO patient_diagnosis_hcc (patient_id, icd10_code, diagnosis_date, claim_type,
	procedure_codes, modifiers, known_at) VALUES
	('00000000-0000-4000-8000-000000000001', 'E119', '2026-03-01', 'professional', '{99214}', NULL,
		'2026-04-01'),
	('00000000-0000-4000-8000-000000000002', 'E119', '2026-03-01', 'professional', '{99214}', NULL,
		'2026-04-01'),
	('00000000-0000-4000-8000-000000000002', 'E119', '2027-01-01', 'professional', '{99214}',
		'{ZZ}', '2027-01-10'),
	('00000000-0000-4000-8000-000000000003', 'E119', '2026-03-01', 'professional', '{99214}', NULL,
		'2026-04-01'),
	('00000000-0000-4000-8000-000000000003', 'E119', '2027-01-01', 'professional', '{99214}', NULL,
		'2027-01-10');
SELECT lives_ok('CALL refresh_gaps(2027)', 'refresh_gaps of a copied year');
SELECT lives_ok('CALL refresh_gaps(2027, as_of => ''2027-01-15'')', 'and in January of it');
SELECT results_eq($$ SELECT right(patient_id::text, 1), status, reason
	FROM recapture_gap(2027, statuses => NULL) $$, $$ VALUES
	('1', 'open', 'segment_assumed'), ('2', 'documented_not_eligible',
		'audio_only, segment_assumed'), ('3', 'closed', 'segment_assumed') $$,
	'by the procedures, modalities and rules of service year 2027');
SELECT ok(fingerprints ? 'provisional', 'the run says so') FROM hcc_gap_run
ORDER BY run_id DESC LIMIT 1;

-- Refused
SELECT throws_ok('SELECT hccraf_copy_year(2027, 2028)', '42710',
	'payment year 2028 has provisional rows already', 'twice');
SELECT throws_ok('SELECT hccraf_copy_year(2027, 2027)', '22023', NULL, 'to itself');
SELECT throws_ok('SELECT hccraf_copy_year(2027, 2026)', '22023', NULL, 'back');
SELECT throws_ok('SELECT hccraf_copy_year(NULL, 2028)', '22004', NULL, 'from NULL');
SELECT throws_ok('SELECT hccraf_copy_year(2027, NULL)', '22004', NULL, 'to NULL');
SELECT throws_ok('SELECT hccraf_copy_year(2027, 20280)', '22023', NULL, 'to no year');
SELECT throws_ok('SELECT hccraf_copy_year(2040, 2041)', '42704',
	'no model has tables for payment year 2040', 'from a year that is not there');
SELECT throws_ok('INSERT INTO hcc_crosswalk (model_version, icd10_code, hcc_code, '
	'custom, provisional) VALUES (''V28'', ''X'', ''1'', false, true)', '23514', NULL,
	'what is shipped is no copy');

----------------------------------------------------------------------
-- Undone, and replaced
----------------------------------------------------------------------
-- What loading the year without a copy gives: next year's file has another HCC
-- for one code, one code less and one more edit
CREATE TEMPORARY TABLE published AS
SELECT E'ICD10,CC,MCE_AGE_CONDITION,AGE_EDIT_CONDITION,SEX_EDIT_CONDITION\n'
	|| string_agg(concat_ws(',', icd10_code,
	CASE icd10_code WHEN 'E119' THEN '37' ELSE hcc_code END, CASE icd10_code WHEN 'E119'
	THEN 'age >= 15' ELSE '' END, '', ''), E'\n' ORDER BY icd10_code, hcc_code) AS mapping
FROM hcc_crosswalk WHERE model_version = 'V28' AND effective_year = 2024 AND expiry_year = 2027
	AND icd10_code <> 'E118';
CREATE FUNCTION pg_temp.load() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	PERFORM hccraf_load_mappings(mapping, 'V28', 2028, 'CMS 2028', skip_unusable => true)
	FROM published;
	PERFORM hccraf_load_coefficients(E'Variable,CNA,CND,CFA,CFD,CPA,CPD,INS\nF70_74,0.5,,0.5,,0.5,,'
		'1\nHCC37,0.25,0.25,0.25,0.25,0.25,0.25,0.25\n', 'V28', 'V28_2028', 2028, 'CMS 2028',
		skip_unusable => true);
	PERFORM hccraf_load_procedures(E'HCPCS/CPT Code,Short Description,'
		'In CY2027 Included List?\n99213,x,yes\n99499,y,yes\n', 2027, 'CMS 2027');
	INSERT INTO payment_year_parameter (payment_year, program, component, model_version,
		calibration, normalization_factor, coding_pattern_adjustment, blend_weight)
	VALUES (2028, 'MA', 'part_c', 'V28', 'V28_2028', 1.1, 0.059, 1);
	INSERT INTO submission_deadline (payment_year, run, service_from, service_to, deadline) VALUES
		(2028, 'midyear', '2027-01-01', '2027-12-31', '2028-03-10');
END $$;
SAVEPOINT undone;
SELECT is(hccraf_drop_year(2028),
	(SELECT sum(n)::bigint FROM copy), 'hccraf_drop_year tells how many rows');
SELECT bag_eq('SELECT * FROM pg_temp.reference()', 'SELECT r FROM was', 'and all is as it was');
SELECT throws_ok('SELECT hccraf_drop_year(2028)', '42704',
	'payment year 2028 has no provisional rows', 'nothing to drop');
SELECT throws_ok('SELECT hccraf_drop_year(2027)', '42704', NULL, 'what is no copy is not dropped');
SELECT throws_ok('SELECT hccraf_drop_year(NULL)', '22004', NULL, 'no year');
SELECT throws_ok('SELECT raf_payment(''{E119}''::text[], beneficiary(70, ''F''), 2028)', '55000',
	NULL, 'the year is gone');

SAVEPOINT loaded;
SELECT lives_ok('SELECT pg_temp.load()', 'a year is loaded');
SELECT md5(string_agg(r, E'\n' ORDER BY r)) AS plain, count(*) AS plain_rows
FROM pg_temp.reference() r \gset
ROLLBACK TO undone;
SAVEPOINT loaded;
SELECT lives_ok('SELECT pg_temp.load()', 'and over a copy');
SELECT is_empty($$ SELECT 'hcc_model' FROM hcc_model WHERE model_version = 'V28' AND provisional
	UNION ALL SELECT 'hcc_crosswalk' FROM hcc_crosswalk WHERE model_version = 'V28' AND provisional
	UNION ALL SELECT 'hcc_dx_edit' FROM hcc_dx_edit WHERE model_version = 'V28' AND provisional
	UNION ALL SELECT 'eligible_procedure' FROM eligible_procedure WHERE provisional
	UNION ALL SELECT 'payment_year_parameter' FROM payment_year_parameter
	WHERE provisional AND program = 'MA' AND component = 'part_c'
	UNION ALL SELECT 'submission_deadline' FROM submission_deadline
	WHERE provisional AND run = 'midyear' $$, 'what is loaded or added is no copy');
SELECT is((SELECT count(*) FROM payment_year_parameter WHERE payment_year = 2028 AND program = 'MA'
	AND component = 'part_c'), 1::bigint, 'the blend is not paid twice');
SELECT is(raf_score('{E11.9}'::text[], beneficiary(70, 'F'), 'V28', 2028), 0.750,
	'the new coefficients are the default');
SELECT is(raf_payment('{E11.9}'::text[], beneficiary(70, 'F'), 2028), 0.642,
	'and pay: 0.750 / 1.1 = 0.682, * 0.941');
SELECT is(icd_to_hcc('E11.8', 'V28', 2028), '{}', 'a code that the file has not is gone');
SELECT is((SELECT provisional
	FROM raf_payment_explain('{E11.9}'::text[], beneficiary(70, 'F'), 2028)), true,
	'provisional as long as rules are');
SELECT ok(hccraf_drop_year(2028) > 0, 'what was not published is dropped');
SELECT is((SELECT provisional
	FROM raf_payment_explain('{E11.9}'::text[], beneficiary(70, 'F'), 2028)), false,
	'then it is not');
SELECT is((SELECT md5(string_agg(r, E'\n' ORDER BY r)) FROM pg_temp.reference() r), :'plain',
	'and all rows are as if there had never been a copy');
ROLLBACK TO loaded;
-- a year after a copied one leaves the copy alone
SELECT lives_ok(
	$$ SELECT hccraf_load_mappings(mapping, 'V28', 2029, 'CMS 2029', skip_unusable => true)
		FROM published $$, 'the year after a copied one is loaded');
SELECT is_empty('SELECT * FROM hcc_crosswalk WHERE provisional '
	'AND (effective_year <> 2028 OR expiry_year <> 2028)', 'no row of the copy becomes one of it');
SELECT is_empty('SELECT * FROM hcc_model WHERE provisional AND last_payment_year <> 2028',
	'nor a year of the model');

SELECT * FROM finish();
ROLLBACK;
