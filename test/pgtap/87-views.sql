-- Views over Tuva's input layer and over OMOP, from rows made up here and, where
-- ../shared/formats is beside the checkout, from its rows with what must come out.
BEGIN;
CREATE EXTENSION IF NOT EXISTS hccraf;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT plan(25);

----------------------------------------------------------------------
-- Tuva, an old seed: columns that came later are not there
----------------------------------------------------------------------
CREATE SCHEMA layer;
CREATE SCHEMA tuva_panel;
CREATE TABLE layer.eligibility (person_id text, gender text, birth_date date, death_date date,
	enrollment_start_date date, enrollment_end_date date,
	payer_type text, dual_status_code text, original_reason_entitlement_code text,
	medicare_status_code text, plan text);
INSERT INTO layer.eligibility VALUES
	('a', 'female', '1950-03-01', NULL, '2026-01-15', '2026-03-31', 'medicare', '2', '0',
		'10', 'H1234-005'),
	('a', 'female', '1950-03-01', NULL, '2026-03-01', '2026-04-30', 'medicare', 'NA', '0',
		'10', 'H1234-005'),
	('b', 'male', '1960-01-01', '2026-02-10', '2026-01-01', NULL, NULL, '99', '9', '21', 'X'),
	('c', 'unknown', NULL, NULL, '2026-01-01', '2026-01-31', 'commercial', NULL, NULL, NULL, NULL);
CREATE TABLE layer.medical_claim (claim_id text, claim_line_number integer, claim_type text,
	person_id text, claim_start_date date, claim_end_date date,
	claim_line_end_date date, place_of_service_code text, bill_type_code text,
	revenue_center_code text, hcpcs_code text, hcpcs_modifier_1 text, hcpcs_modifier_3 text,
	rendering_npi text, data_source text, diagnosis_code_type text, diagnosis_code_1 text,
	diagnosis_code_7 text);
INSERT INTO layer.medical_claim VALUES
	('1', 2, 'professional', 'a', '2025-03-01', '2025-03-02', NULL, '2', NULL, NULL, '99214', NULL,
		'95', '1033118872', 's', 'icd-10-cm', 'e11.22', 'N18.31'),
	('1', 10, 'professional', 'a', '2025-03-01', '2025-03-02', NULL, '11', NULL, NULL, 'g0439',
		'25', '59', '1033118872', 's', 'icd-10-cm', 'e11.22', 'N18.31'),
	('1', 1, 'institutional', 'b', '2025-04-01', NULL, '2025-04-09', NULL, '131', '22', 'RAB10',
		NULL, NULL, NULL, 't', NULL, 'I5023', NULL),
	('2', 1, 'undetermined', 'b', '2015-04-01', '2015-04-01', NULL, NULL, NULL, NULL, NULL, NULL,
		NULL, NULL, 's', NULL, 'V5861', NULL),
	('3', 1, 'professional', 'b', '2025-04-01', '2025-04-01', NULL, NULL, NULL, NULL, NULL, NULL,
		NULL, NULL, 's', 'icd-10-cm', '4280', NULL),
	('4', 1, 'professional', 'b', '2025-04-01', '2025-04-01', NULL, NULL, NULL, NULL, NULL, NULL,
		NULL, NULL, 's', 'icd-10-cm', NULL, NULL);
SELECT lives_ok($$ CALL tuva_views('tuva_panel', 'layer.medical_claim', 'layer.eligibility') $$,
	'views over an old seed');
SELECT results_eq($$ SELECT id, patient_id, icd10_code, service_from, diagnosis_date, claim_type,
	bill_type, procedure_codes, modifiers, place_of_service, provider_npi
	FROM tuva_panel.patient_diagnosis_hcc ORDER BY id $$,
	$$ VALUES ('s:1:E1122', 'a', 'E1122', date '2025-03-01', date '2025-03-02', 'professional',
		NULL, '{99214,G0439}'::text[], '{95,25 59}'::text[], '02', '1033118872'),
		('s:1:N1831', 'a', 'N1831', '2025-03-01', '2025-03-02', 'professional', NULL,
			'{99214,G0439}', '{95,25 59}', '02', '1033118872'),
		('t:1:I5023', 'b', 'I5023', '2025-04-01', '2025-04-09', 'institutional', '0131', NULL, NULL,
			NULL, NULL) $$,
	'a diagnosis of a claim once, with all lines of its claim in their order');
SELECT results_eq($$ SELECT encounter_id, reason, refused FROM tuva_panel.refused_record
	WHERE kind = 'claim' ORDER BY 1, 2 $$,
	$$ VALUES ('s:2', 'icd9', true), ('s:3', 'bad_diagnosis', true), ('s:4', 'no_diagnosis', true),
		('t:1', 'no_through_date', false) $$, 'what is not there is told, with its reason');
SELECT results_eq($$ SELECT patient_id, payment_month::integer, dual_status, orec, esrd,
	contract_id, plan_id FROM tuva_panel.patient_demographic ORDER BY 1, 2 $$,
	$$ VALUES ('a', 1, '02', '0', 'none', 'H1234', '005'),
		('a', 2, '02', '0', 'none', 'H1234', '005'), ('a', 3, 'NA', '0', 'none', 'H1234', '005'),
		('a', 4, 'NA', '0', 'none', 'H1234', '005'),
		('b', 1, NULL, NULL, NULL, NULL, NULL), ('b', 2, NULL, NULL, NULL, NULL, NULL) $$,
	'months of spans, the later span before the earlier, none after death');
SELECT results_eq($$ SELECT reason FROM tuva_panel.refused_record WHERE kind = 'member'
	ORDER BY 1 $$, $$ VALUES ('bad_dob'), ('not_medicare'), ('unknown_sex') $$,
	'a person of whom nothing is known is refused');
SELECT lives_ok($$ SELECT hccraf_setup('tuva_panel') $$, 'the views are a panel''s patient tables');
SELECT results_eq($$ SELECT count(*) FROM tuva_panel.hcc_person_row(2026, NULL, NULL) $$,
	'VALUES (6::bigint)', 'which its readers read');
SELECT results_eq($$ SELECT count(*)
	FROM pg_depend d JOIN pg_rewrite r ON d.classid = 'pg_rewrite'::regclass AND r.oid = d.objid
	JOIN pg_class c ON c.oid = r.ev_class JOIN pg_depend e ON e.classid = d.refclassid
		AND e.objid = d.refobjid AND e.deptype = 'e'
	WHERE c.relnamespace = 'tuva_panel'::regnamespace $$, 'VALUES (0::bigint)',
	'and use nothing of the extension');
CREATE TABLE layer.other_claim AS TABLE layer.medical_claim;
ALTER TABLE layer.other_claim DROP claim_id, ALTER claim_start_date TYPE text;
SELECT throws_ok($$ CALL tuva_views('tuva_panel', 'layer.other_claim', 'layer.eligibility') $$,
	'42703', 'layer.other_claim lacks columns: "claim_id"', 'a column that is missing is named');
ALTER TABLE layer.other_claim ADD claim_id text;
SELECT throws_ok($$ CALL tuva_views('tuva_panel', 'layer.other_claim', 'layer.eligibility') $$,
	'42804', 'layer.other_claim has columns of other types: "claim_start_date" '
	'is text and should be date', 'and one of another type');

----------------------------------------------------------------------
-- OMOP
----------------------------------------------------------------------
CREATE SCHEMA cdm;
CREATE SCHEMA omop_panel;
CREATE TABLE cdm.person (person_id integer, gender_concept_id integer, year_of_birth integer,
	month_of_birth integer, day_of_birth integer);
INSERT INTO cdm.person VALUES (1, 8532, 1950, 2, 29), (2, 8507, 1960, NULL, NULL),
	(3, 8507, 1960, 2, 29), (4, 0, 1960, 1, 1);
CREATE TABLE cdm.death (person_id integer, death_date date);
INSERT INTO cdm.death VALUES (3, '2025-09-01');
CREATE TABLE cdm.provider (provider_id integer, npi text);
INSERT INTO cdm.provider VALUES (7, '1033118872');
CREATE TABLE cdm.visit_occurrence (visit_occurrence_id integer, person_id integer,
	visit_concept_id integer, visit_start_date date, visit_end_date date, provider_id integer);
INSERT INTO cdm.visit_occurrence VALUES (10, 3, 9202, '2025-03-01', '2025-03-02', 7), (11, 3, 9201,
	'2024-12-30', '2025-01-02', NULL), (12, 3, 32036, '2014-01-01', '2014-01-01', NULL);
CREATE TABLE cdm.condition_occurrence (person_id integer, condition_start_date date,
	condition_end_date date, condition_source_value text, condition_status_concept_id integer,
	visit_occurrence_id integer);
INSERT INTO cdm.condition_occurrence VALUES (3, '2025-03-01', NULL, 'e11.22', 32902, 10),
	(3, '2025-03-01', NULL, 'E1122', 32908, 10), (3, '2024-12-30', NULL, 'I50.23', 32902, 11),
	(3, '2024-12-30', NULL, 'R07.9', 32890, 11), (3, '2014-01-01', NULL, 'V0751', 0, 12),
	(3, '2025-03-01', NULL, '416', 0, 10), (3, '2025-03-01', NULL, '44054006', 0, 10),
	(3, '2025-05-01', NULL, 'J44.9', 0, NULL);
CREATE TABLE cdm.procedure_occurrence (person_id integer, procedure_date date,
	procedure_source_value text, modifier_source_value text, visit_occurrence_id integer);
INSERT INTO cdm.procedure_occurrence VALUES (3, '2025-03-01', '99214', '25', 10), (3, '2025-03-02',
	'g0439', NULL, 10), (3, '2025-03-01', '02HV33Z', NULL, 10), (3, '2025-03-01', '7869', NULL, 10);
SELECT lives_ok($$ CALL omop_views('omop_panel', 'cdm.condition_occurrence', 'cdm.visit_occurrence',
	'cdm.procedure_occurrence', 'cdm.person', 'cdm.death', 'cdm.provider') $$, 'views over a CDM');
SELECT results_eq($$ SELECT icd10_code, encounter_id, service_from, diagnosis_date, claim_type,
	procedure_codes, modifiers, is_valid_encounter, provider_npi
	FROM omop_panel.patient_diagnosis_hcc ORDER BY 1 $$,
	$$ VALUES ('E1122', '10', date '2025-03-01', date '2025-03-02', 'professional',
		'{99214,G0439}'::text[], '{25,""}'::text[], true, '1033118872'),
		('I5023', '11', '2024-12-30', '2025-01-02', 'institutional', NULL, NULL, true, NULL),
		('J449', NULL, '2025-05-01', '2025-05-01', NULL, NULL, NULL, false, NULL) $$,
	'a diagnosis of a visit once, dated by its end');
SELECT results_eq($$ SELECT code, reason, refused FROM omop_panel.refused_record
	WHERE kind = 'diagnosis' ORDER BY 1 $$,
	$$ VALUES ('416', 'icd9', true), ('44054006', 'no_icd10', true), ('J449', 'no_visit', false),
		('V0751', 'icd9', true) $$, 'codes of other systems are told');
SELECT results_eq($$ SELECT patient_id, payment_year, date_of_birth, date_of_death, sex
	FROM omop_panel.patient_demographic ORDER BY 1, 2 $$,
	$$ VALUES ('3', 2015, date '1960-02-29', date '2025-09-01', 'M'),
		('3', 2025, '1960-02-29', '2025-09-01', 'M'),
		('3', 2026, '1960-02-29', '2025-09-01', 'M') $$,
	'a payment year for each year with a visit');
SELECT results_eq($$ SELECT patient_id, reason FROM omop_panel.refused_record WHERE kind = 'member'
	ORDER BY 1, 2 $$,
	$$ VALUES ('1', 'bad_dob'), ('2', 'bad_dob'), ('4', 'unknown_sex') $$,
	'no day is made up for who has none');
SELECT lives_ok($$ SELECT hccraf_setup('omop_panel') $$, 'the views are a panel''s patient tables');

----------------------------------------------------------------------
-- Days that are far away, and birthdays that are none
----------------------------------------------------------------------
SET LOCAL statement_timeout = '20s';
CREATE SCHEMA far;
CREATE SCHEMA far_panel;
CREATE TABLE far.eligibility AS SELECT p AS person_id, 'male' AS gender,
	date '1950-01-01' AS birth_date, s AS enrollment_start_date, e AS enrollment_end_date
	FROM (VALUES ('far', date '2026-01-01', date '9999-12-31'), ('open', '2026-01-01', 'infinity'),
		('old', '-infinity', '1966-08-31'), ('none', NULL, '2026-12-31')) v (p, s, e);
CREATE TABLE far.medical_claim (LIKE layer.medical_claim);
CALL tuva_views('far_panel', 'far.medical_claim', 'far.eligibility');
SELECT results_eq($$ SELECT patient_id, min(payment_year), max(payment_year)
	FROM far_panel.patient_demographic GROUP BY 1 ORDER BY 1 $$,
	$$ VALUES ('far', 2026, extract(year FROM current_date)::integer + 1), ('old', 1966, 1966),
		('open', 2026, extract(year FROM current_date)::integer + 1) $$,
	'a coverage that ends far away, never, or began ever since has months of years that there are');
CREATE SCHEMA far_omop;
CREATE TABLE far.person AS SELECT 1 AS person_id, 8507 AS gender_concept_id, 0 AS year_of_birth,
	5 AS month_of_birth, 3 AS day_of_birth
	UNION ALL SELECT 2, 8507, 1950, 5, 3;
CREATE TABLE far.visit (visit_occurrence_id integer, person_id integer, visit_concept_id integer,
	visit_start_date date, visit_end_date date, provider_id integer);
INSERT INTO far.visit VALUES
	(1, 2, 9202, 'infinity', NULL, NULL), (2, 2, 9202, '2025-01-01', NULL, NULL);
CREATE TABLE far.condition (person_id integer, condition_start_date date, condition_end_date date,
	condition_source_value text, visit_occurrence_id integer);
CREATE TABLE far.procedure (person_id integer, procedure_date date, procedure_source_value text,
	visit_occurrence_id integer);
CALL omop_views('far_omop', 'far.condition', 'far.visit', 'far.procedure', 'far.person');
SELECT results_eq($$ SELECT patient_id, payment_year::text FROM far_omop.patient_demographic
	UNION ALL SELECT patient_id, reason FROM far_omop.refused_record ORDER BY 1 $$, $$ VALUES
		('1', 'bad_dob'), ('2', '2026') $$,
	'a year of birth 0 is refused, and a visit without a day makes no year');

----------------------------------------------------------------------
-- What others have in the schema
----------------------------------------------------------------------
CREATE ROLE hccraf_test_planter;
CREATE SCHEMA planted;
CREATE VIEW planted.tuva_claim AS SELECT 1 AS a;
ALTER VIEW planted.tuva_claim OWNER TO hccraf_test_planter;
SELECT throws_ok($$ CALL tuva_views('planted', 'far.medical_claim', 'far.eligibility') $$, '42501',
	'must be owner of planted.tuva_claim', 'a view of another is not made anew');
DROP VIEW planted.tuva_claim;
CREATE FUNCTION planted.unnest(text[]) RETURNS SETOF text
	LANGUAGE sql AS 'SELECT pg_catalog.unnest($1)';
ALTER FUNCTION planted.unnest OWNER TO hccraf_test_planter;
SELECT throws_ok($$ CALL tuva_views('planted', 'far.medical_claim', 'far.eligibility') $$, '42501',
	'planted.unnest(text[]) is there already and belongs to role "hccraf_test_planter"',
	'nor is a function of another called');
SET LOCAL statement_timeout = 0;

----------------------------------------------------------------------
-- Rows that this project did not write
----------------------------------------------------------------------
\set formats `cd ../shared/formats 2>/dev/null && pwd`
SELECT :'formats' = '' AS absent \gset
\if :absent
SELECT skip('../shared/formats is absent', 5);
\else
CREATE SCHEMA given;
CREATE FUNCTION given.make(name text, path text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('CREATE TABLE given.%I (%s)', name,
		(SELECT string_agg(format('%I %s', c, CASE WHEN c ~ '_date$' THEN 'date'
			WHEN c ~ '_of_birth$' THEN 'integer' ELSE 'text' END), ', ')
		FROM string_to_table(split_part(convert_from(pg_read_binary_file(path), 'UTF8'), E'\n', 1),
			',') c));
	EXECUTE format('COPY given.%I FROM %L CSV HEADER', name, path);
END $$;
SELECT count(given.make(n, :'formats' || '/data/' || p)) FROM (VALUES
	('medical_claim', 'tuva/own_medical_claim.csv'), ('eligibility', 'tuva/own_eligibility.csv'),
	('condition_occurrence', 'omop/own_condition_occurrence.csv'),
	('visit_occurrence', 'omop/own_visit_occurrence.csv'),
	('procedure_occurrence', 'omop/own_procedure_occurrence.csv'),
	('person', 'omop/own_person.csv'),
	('old_condition', 'omop/condition_occurrence.csv'), ('old_visit', 'omop/visit_occurrence.csv'),
	('old_procedure', 'omop/procedure_occurrence.csv'), ('old_person', 'omop/person.csv')) t(n, p)
\gset
CREATE SCHEMA given_tuva;
CREATE SCHEMA given_omop;
CREATE SCHEMA old_omop;
CALL tuva_views('given_tuva', 'given.medical_claim', 'given.eligibility');
CALL omop_views('given_omop', 'given.condition_occurrence', 'given.visit_occurrence',
	'given.procedure_occurrence', 'given.person');
CALL omop_views('old_omop', 'given.old_condition', 'given.old_visit', 'given.old_procedure',
	'given.old_person');
CREATE FUNCTION pg_temp.expected(path text) RETURNS SETOF jsonb LANGUAGE sql
AS $$ SELECT l::jsonb FROM string_to_table(convert_from(pg_read_binary_file(path), 'UTF8'), E'\n') l
	WHERE l <> '' $$;
SELECT results_eq($$ SELECT patient_id, 'synth:' || split_part(encounter_id, ':', 2), icd10_code,
	service_from, diagnosis_date, claim_type, bill_type, procedure_codes, place_of_service
	FROM given_tuva.patient_diagnosis_hcc ORDER BY 1, 2, 3 $$,
	format($$ SELECT e ->> 'member', 'synth:' || (e ->> 'claim'), d ->> 'code',
		(e ->> 'from')::date, COALESCE(e ->> 'through', e ->> 'from')::date,
		CASE WHEN e ->> 'claim_type' = 'professional' THEN 'professional' ELSE 'institutional' END,
		e ->> 'bill_type',
		(SELECT array_agg(p ->> 'code' ORDER BY n)
			FROM jsonb_array_elements(e -> 'procedures') WITH ORDINALITY t(p, n)
			WHERE p ->> 'code' IS NOT NULL),
		CASE WHEN e ->> 'claim_type' = 'professional' THEN e #>> '{procedures,0,pos}' END
	FROM pg_temp.expected(%L) e CROSS JOIN LATERAL jsonb_array_elements(e -> 'dx') d
	ORDER BY 1, 2, 3 $$, :'formats' || '/expected/tuva/own_medical_claim.csv.jsonl'),
	'Tuva: claims come out as expected');
SELECT results_eq($$ SELECT person_id, birth_date, sex, death_date, orec, dual_status, esrd, lti,
	hospice, span_from, span_to FROM given_tuva.tuva_span ORDER BY person_id, span_from $$,
	format($$ SELECT e ->> 'member', (e ->> 'dob')::date, e ->> 'sex', (e ->> 'death')::date,
		e ->> 'orec', CASE e ->> 'dual_status' WHEN 'none' THEN 'NA' ELSE e ->> 'dual_status' END,
		e ->> 'esrd', (e ->> 'lti')::boolean, (e ->> 'hospice')::boolean, (e ->> 'from')::date,
		(e ->> 'to')::date
	FROM pg_temp.expected(%L) e
	ORDER BY 1, 10 $$, :'formats' || '/expected/tuva/own_eligibility.csv.jsonl'), 'and spans');
-- 0.2: a code of admission is left out; 11: outpatient visits are professional, a
-- condition without visit is dated by itself
SELECT results_eq($$ SELECT patient_id, encounter_id, icd10_code, service_from, diagnosis_date,
	procedure_codes FROM given_omop.patient_diagnosis_hcc
	UNION ALL SELECT DISTINCT 'old', reason, NULL, NULL::date, NULL::date, NULL::text[]
	FROM old_omop.refused_record ORDER BY 1, 2, 3 $$,
	format($$ SELECT e ->> 'member', e ->> 'claim', d ->> 'code', (e ->> 'from')::date,
		(e ->> 'through')::date,
		(SELECT array_agg(p ->> 'code') FROM jsonb_array_elements(e -> 'procedures') p
			WHERE NOT p ? 'icd10pcs')
	FROM pg_temp.expected(%L) e CROSS JOIN LATERAL jsonb_array_elements(e -> 'dx') d
	WHERE d ->> 'role' IS DISTINCT FROM 'admitting'
	UNION ALL SELECT 'old', 'icd9', NULL, NULL, NULL, NULL
	ORDER BY 1, 2, 3 $$, :'formats' || '/expected/omop/own_omop.jsonl'),
	'OMOP: conditions come out as expected, those of ICD-9 are refused');
-- each of the older rows, and who they are of
SELECT results_eq($$ SELECT reason, (SELECT count(*) FROM old_omop.patient_diagnosis_hcc), count(*)
	FROM old_omop.refused_record GROUP BY 1 $$,
	$$ SELECT 'icd9', 0::bigint, count(*) FROM given.old_condition HAVING count(*) = 28 $$,
	'all of them');
SELECT results_eq(
	'SELECT DISTINCT patient_id, date_of_birth, sex FROM old_omop.patient_demographic ORDER BY 1',
	format($$ SELECT e ->> 'member', (e ->> 'dob')::date, e ->> 'sex' FROM pg_temp.expected(%L) e
		WHERE e ->> 'kind' = 'member' ORDER BY 1 $$,
		:'formats' || '/expected/omop/etl_cms_omop.jsonl'), 'OMOP: people come out as expected');
\endif
SELECT finish();
ROLLBACK;
