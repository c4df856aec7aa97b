-- The marketplace in a panel: spans, claims and drugs in, verdicts, scores and
-- gaps out. Expected scores are those of the published worked examples.
BEGIN;
CREATE EXTENSION IF NOT EXISTS hccraf;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT * FROM no_plan();
SET LOCAL client_min_messages = warning;
CREATE SCHEMA issuer;
SELECT hccraf_setup('issuer', patient_id_type => 'text') \g /dev/null
SET LOCAL search_path = issuer, public;
INSERT INTO eligible_procedure (service_year, procedure_code, program) SELECT y, '99213', 'ACA'
FROM generate_series(2024, 2026) y;

CREATE FUNCTION pg_temp.enrolled(who text, first date, last date, born date, sex text, metal text,
	variant text DEFAULT '01', plan text DEFAULT 'P1', issuer text DEFAULT 'I1',
	billable boolean DEFAULT true) RETURNS void LANGUAGE sql BEGIN ATOMIC
	INSERT INTO patient_enrollment VALUES
	(who, issuer, plan, first, last, born, sex, metal, variant, billable); END;
CREATE FUNCTION pg_temp.visit(who text, code text, day date, procedure text DEFAULT '99213',
	issuer text DEFAULT NULL, claim text DEFAULT 'professional',
	bill text DEFAULT NULL, encounter text DEFAULT NULL, source text DEFAULT 'encounter',
	action text DEFAULT 'add', linked text DEFAULT NULL, known timestamptz DEFAULT '2027-01-01')
	RETURNS void LANGUAGE sql BEGIN ATOMIC
	INSERT INTO patient_diagnosis_hcc (patient_id, encounter_id, icd10_code, diagnosis_date,
		claim_type, bill_type, procedure_codes, contract_id, record_source, record_action,
		linked_encounter_id, known_at)
	VALUES (who, encounter, code, day, claim, bill, ARRAY[procedure], issuer, source, action,
		linked, known); END;
SELECT pg_temp.enrolled(who, first, last, born, sex, metal, variant) FROM (VALUES
	('E01', date '2025-01-01', date '2025-12-31', date '1980-06-15', 'F', 'Silver', '01'),
	('E02', '2025-01-01', '2025-12-31', '1980-06-15', 'M', 'Silver', '06'),
	('E03', '2026-01-01', '2026-03-31', '1996-02-10', 'M', 'Bronze', '01'),
	('E06', '2024-01-01', '2025-12-31', '2014-05-01', 'M', 'Silver', '01'),
	('E09', '2026-05-10', '2027-04-30', '2026-05-10', 'M', 'Silver', '01'),
	('E12', '2026-01-01', '2026-12-31', '1995-04-04', 'M', 'Silver', '01'),
	('E14', '2025-01-01', '2025-12-31', '1994-01-01', 'F', 'Bronze', '02'),
	('E15', '2025-01-01', '2025-12-30', '1975-12-31', 'F', 'Silver', '01'),
	('E17', '2025-12-01', '2025-12-31', '1990-07-07', 'M', 'Gold', '01')) v(who, first, last, born,
		sex, metal, variant) \g /dev/null
SELECT pg_temp.visit(who, code, day, procedure) FROM (VALUES
	('E02', 'E11.9', date '2025-03-01', '99213'), ('E03', 'E10.65', '2026-02-01', '99213'),
	('E06', 'D57.1', '2024-06-01', '99213'), ('E06', 'd571', '2025-06-01', '99213'),
	('E14', 'K50.90', '2025-06-01', '99213'), ('E15', 'C50.911', '2025-06-01', '99213'),
	-- of no eligible claim, which leaves the drug that the line is
	('E12', 'Z29.81', '2026-06-01', 'J0739')) v(who, code, day, procedure) \g /dev/null
INSERT INTO patient_drug (patient_id, fill_date, ndc) VALUES ('E03', '2026-02-01', '00002739359'),
	('E03', '2026-02-02', '00002115201'), ('E17', '2025-12-05', '00002115201');

CREATE FUNCTION pg_temp.score(who text, year int) RETURNS numeric[] LANGUAGE sql
	RETURN (SELECT array_agg(trim_scale(s.csr_score) ORDER BY s.plan_id) FROM enrollee_score(year) s
		WHERE s.patient_id = score.who);
SELECT is(pg_temp.score(who, year), ARRAY[score], format('%s of %s', who, year)) FROM (VALUES
	('E01', 2025, 0.277), ('E02', 2025, 0.37632), ('E03', 2026, 3.851), ('E06', 2024, 3.626),
	('E06', 2025, 3.418), ('E09', 2026, 0.475), ('E12', 2026, 3.715),
	('E14', 2025, 1.42846), ('E15', 2025, 3.682), ('E17', 2025, 0.876)) v(who, year, score);
SELECT is(pg_temp.score('E01', 2024), NULL::numeric[],
	'nobody is scored in a year without enrolment');
SELECT results_eq($$ SELECT plan_days, enrolled_days, age FROM enrollee_score(2026)
	WHERE patient_id = 'E09' $$, 'VALUES (236, 236, 0)', 'days are those of the year');

----------------------------------------------------------------------
-- Spans: with an issuer together, with another apart
----------------------------------------------------------------------
SELECT pg_temp.enrolled('S1', first, last, '1960-07-07', 'F', metal, '01', plan,
	issuer) FROM (VALUES
	(date '2025-01-01', date '2025-01-20', 'Gold', 'P1', 'I1'),
	('2025-01-11', '2025-02-01', 'Silver', 'P2', 'I1'),
	('2025-06-01', '2025-12-31', 'Gold', 'P9', 'I2')) v(first, last, metal, plan, issuer)
\g /dev/null
SELECT pg_temp.visit('S1', 'I50.9', '2025-01-15', issuer => 'I1') \g /dev/null
-- E18: two months with the condition 6.625 in Gold; 0.358 without
SELECT results_eq($$ SELECT issuer_id, plan_id, plan_days, enrolled_days, score
	FROM enrollee_score(2025) WHERE patient_id = 'S1' ORDER BY plan_id $$,
	$$ VALUES ('I1', 'P1', 20, 32, 6.625), ('I1', 'P2', 22, 32, (SELECT sum(coefficient)
		FROM hcc_coefficient WHERE calibration = 'HHS_V08_2025' AND segment = 'Adult_Silver'
		AND variable IN ('FAGE_LAST_60_GT', 'HHS_HCC130', 'HCC_ED2'))), ('I2', 'P9', 214, 214,
			0.358) $$, 'an issuer''s spans count together, in the metal of each plan');
SELECT pg_temp.enrolled('S2', first, last, born, sex, 'Gold', plan => plan)
FROM (VALUES (date '2025-01-01', date '2025-05-31', date '1980-01-01', 'F', 'P1'),
	('2025-06-01', '2025-12-31', '1980-01-02', 'F', 'P1')) v(first, last, born, sex, plan)
\g /dev/null
SELECT results_eq($$ SELECT score, csr_score, problem FROM enrollee_score(2025) WHERE patient_id
	= 'S2' $$, $$ VALUES (NULL::numeric, NULL::numeric, 'date_of_birth: differs between spans') $$,
	'who was born twice is listed and not scored');

----------------------------------------------------------------------
-- Verdicts
----------------------------------------------------------------------
SELECT pg_temp.enrolled('V', '2025-01-01', '2025-06-30', '1980-06-15', 'F', 'Silver') \g /dev/null
SELECT pg_temp.visit('V', 'E11.9', day, procedure, issuer, claim, bill, encounter, source, action,
	linked) FROM (VALUES
	(date '2025-02-01', '99213', 'I1', 'professional', NULL, 'v1', 'encounter', 'add', NULL),
	('2025-02-02', '80053', 'I1', 'professional', NULL, 'v2', 'encounter', 'add', NULL),
	('2025-02-03', NULL, 'I1', 'institutional', '111', 'v3', 'encounter', 'add', NULL),
	('2025-02-04', NULL, 'I1', 'institutional', '112', 'v4', 'encounter', 'add', NULL),
	('2025-07-01', '99213', 'I1', 'professional', NULL, 'v5', 'encounter', 'add', NULL),
	('2025-02-06', '99213', 'I2', 'professional', NULL, 'v6', 'encounter', 'add', NULL),
	('2025-02-07', '99213', 'I1', 'professional', NULL, 'v7', 'linked_chart_review', 'add', 'v1'),
	('2025-02-08', '99213', 'I1', 'professional', NULL, 'v8', 'unlinked_chart_review', 'add', NULL),
	('2025-02-09', '99213', 'I1', 'professional', NULL, 'v9', 'encounter', 'add', NULL),
	('2025-02-09', '99213', 'I1', 'professional', NULL, 'w1', 'linked_chart_review', 'delete',
		'v9')) v(day, procedure, issuer, claim, bill, encounter, source, action, linked)
\g /dev/null
SELECT results_eq($$ SELECT encounter_id, verdict FROM enrollee_diagnosis(2025)
	WHERE patient_id = 'V' ORDER BY encounter_id $$,
	$$ VALUES ('v1', 'ok'), ('v2', 'no_acceptable_hcpcs'), ('v3', 'ok'), ('v4', 'bill_type'),
		('v5', 'outside_enrollment'), ('v6', 'outside_enrollment'), ('v7', 'ok'),
		('v8', 'unlinked_supplemental'), ('v9', 'deleted'),
		('w1', 'deleted') $$, 'each diagnosis has a verdict');
-- How an inpatient claim ended is asked where somebody has said which ends count, and of
-- inpatient claims alone. No list is published.
SELECT pg_temp.enrolled('D', '2025-01-01', '2025-06-30', '1980-06-15', 'F', 'Silver') \g /dev/null
INSERT INTO patient_diagnosis_hcc (patient_id, encounter_id, icd10_code, diagnosis_date,
	claim_type, bill_type, procedure_codes, discharge_status, record_source, linked_encounter_id)
VALUES ('D', 'd1', 'E11.9', '2025-02-01', 'institutional', '111', NULL, '01', 'encounter', NULL),
	('D', 'd2', 'E11.9', '2025-02-01', 'institutional', '0117', NULL, ' 1', 'encounter', NULL),
	('D', 'd3', 'A41.9', '2025-02-01', 'institutional', '111', NULL, '07', 'encounter', NULL),
	('D', 'd4', 'A41.9', '2025-02-01', 'institutional', '111', NULL, NULL, 'encounter', NULL),
	('D', 'd5', 'E11.9', '2025-02-01', 'institutional', '131', '{99213}', '07', 'encounter', NULL),
	('D', 'd6', 'E11.9', '2025-02-01', 'professional', NULL, '{99213}', NULL, 'encounter', NULL),
	('D', 'd7', 'I50.9', '2025-02-01', 'institutional', '111', NULL, NULL, 'linked_chart_review',
		'd2'),
	('D', 'd8', 'I50.9', '2025-02-01', 'institutional', '111', NULL, NULL, 'linked_chart_review',
		'd3');
CREATE FUNCTION pg_temp.ended(year integer) RETURNS text LANGUAGE sql
	RETURN (SELECT string_agg(encounter_id || ' ' || verdict, ', ' ORDER BY encounter_id)
		FROM enrollee_diagnosis(year) WHERE patient_id = 'D' AND verdict <> 'ok');
SELECT is(pg_temp.ended(2025), NULL, 'without a list every end counts');
INSERT INTO market_discharge_status (discharge_status, effective_year, expiry_year)
VALUES ('1', 2025, 2025), ('02', NULL, NULL), ('07', NULL, 2024);
SELECT is(pg_temp.ended(2025),
	'd3 discharge_status, d4 discharge_status, d8 supplemental_without_claim',
	'with one, what is not on it does not, nor what adds to such a claim');
-- 45 on the last day, six months; HHS_HCC130 is of the supplemental diagnosis
SELECT is((SELECT score FROM enrollee_score(2025) WHERE patient_id = 'D'), (SELECT sum(coefficient)
	FROM hcc_coefficient WHERE calibration = 'HHS_V08_2025' AND segment = 'Adult_Silver'
		AND variable IN ('FAGE_LAST_45_49', 'G01', 'HHS_HCC130', 'HCC_ED6')),
	'and the score is by those that count');
SELECT is((SELECT string_agg(explanation, '') FROM patient_diagnosis_hcc d
		CROSS JOIN LATERAL explain_diagnosis(d.id, program => 'ACA') e WHERE d.encounter_id = 'd4'),
	'Does not count for payment year 2025: the discharge status of the inpatient claim is none '
	'of those that count (discharge_status).', 'in words');
SELECT is(hcc_market_fingerprints('HHS_V08', 2025) -> 'discharge_status', '["01", "02"]',
	'a run writes the list down');
DELETE FROM market_discharge_status;
SELECT is(hcc_market_fingerprints('HHS_V08', 2025) -> 'discharge_status', NULL,
	'where there is one');
DELETE FROM patient_diagnosis_hcc WHERE patient_id = 'D';
DELETE FROM patient_enrollment WHERE patient_id = 'D';
SELECT results_eq($$ SELECT encounter_id, counted, verdict, hcc_codes
		FROM dx_verdict(2025, 'V', program => 'ACA') WHERE encounter_id < 'v3' ORDER BY 1 $$,
	$$ VALUES ('v1', true, 'ok', '{HHS_HCC021}'::text[]),
		('v2', false, 'no_acceptable_hcpcs', NULL) $$, 'dx_verdict tells them, too');
SELECT is_empty($$ SELECT 1 FROM dx_verdict(2025, 'V', program => 'ACA') v
	FULL JOIN (SELECT * FROM enrollee_diagnosis(2025)
		WHERE patient_id = 'V') d ON d.id = v.record_id
	WHERE v.verdict IS DISTINCT FROM d.verdict $$, 'every one');
SELECT results_eq($$ SELECT DISTINCT encounter_id FROM dx_verdict(2025, 'V', program => 'ACA',
	contract => 'I2') ORDER BY 1 $$, $$ VALUES ('v6') $$, 'of an issuer');
SELECT is((SELECT codes::text FROM enrollee_score(2025) WHERE patient_id = 'V'),
	'{E119@2025-02-01,E119@2025-02-03,E119@2025-02-07}',
	'those that are ok are scored, with their days');
SELECT is_empty($$ SELECT 1 FROM enrollee_diagnosis(2024) WHERE patient_id = 'V' $$,
	'in their own year alone');

----------------------------------------------------------------------
-- Supplemental diagnoses, and a verdict in words
----------------------------------------------------------------------
SELECT pg_temp.enrolled('W', '2025-01-01', '2025-12-31', '1980-06-15', 'F', 'Gold') \g /dev/null
SELECT pg_temp.enrolled('X', '2025-01-01', '2025-12-31', '1980-06-15', 'F', 'lead') \g /dev/null
SELECT pg_temp.visit(who, code, day, procedure, encounter => encounter, source => source,
	action => action, linked => linked) FROM (VALUES
	('W', 'E11.9', date '2025-02-02', '99213', 'c1', 'encounter', 'add', NULL),
	('W', 'E11.22', '2025-02-02', '80053', 'c2', 'encounter', 'add', NULL),
	('W', 'I50.9', '2025-02-03', '99213', 'c3', 'encounter', 'add', NULL),
	('W', 'I48.91', '2025-02-02', '99213', 's1', 'linked_chart_review', 'add', 'c1'),
	('W', 'C50.911', '2025-02-02', '99213', 's2', 'linked_chart_review', 'add', 'c2'),
	('W', 'C50.911', '2025-02-02', '99213', 's3', 'linked_chart_review', 'add', 'c9'),
	('W', 'C50.911', '2025-02-02', '99213', 's4', 'linked_chart_review', 'add', NULL),
	('W', 'I21.4', '2025-02-03', '99213', 's5', 'linked_chart_review', 'add', 'c3'),
	('W', 'I50.9', '2025-02-03', '99213', 's6', 'linked_chart_review', 'delete', 'c3'),
	('W', 'A00.0', '2025-02-03', '99213', 'x1', 'encounter', 'add', NULL),
	('W', 'G35', '2025-11-03', '99213', 'x2', 'encounter', 'add', NULL),
	('W', 'P07.01', '2025-11-03', '99213', 'x3', 'encounter', 'add', NULL),
	('W', 'E11', '2025-11-03', '99213', 'x4', 'encounter', 'add', NULL),
	('W', 'E11.9', '2024-11-03', '99213', 'x5', 'encounter', 'add', NULL),
	('W', 'I20.0', '2025-11-03', '99213', 'x6', 'encounter', 'add', NULL),
	('X', 'E11.9', '2025-11-03', '99213', 'y1', 'encounter', 'add', NULL),
	('Z', 'E11.9', '2025-11-03', '99213', 'z1', 'encounter', 'add', NULL)) v(who, code, day,
		procedure, encounter, source, action, linked) \g /dev/null
CREATE TEMP VIEW explained AS SELECT d.encounter_id AS record, x.*
FROM patient_diagnosis_hcc d CROSS JOIN LATERAL explain_diagnosis(d.id, 2025, program => 'ACA') x
WHERE d.patient_id IN ('W', 'X', 'Z');
SELECT results_eq('SELECT record, verdict, hcc_code, superseded_by_hcc, coefficient FROM '
	'explained ORDER BY record', $$ VALUES
	('c1', 'ok', 'HHS_HCC021', NULL, 0.214), ('c2', 'no_acceptable_hcpcs', NULL, NULL, NULL),
	('c3', 'deleted', NULL, NULL, NULL),
	-- of the claim that counts, also where its own diagnosis was taken back; of no other
	('s1', 'ok', 'HHS_HCC142', NULL, 1.819), ('s2', 'supplemental_without_claim', NULL, NULL, NULL),
	('s3', 'supplemental_without_claim', NULL, NULL, NULL),
	('s4', 'supplemental_without_claim', NULL, NULL, NULL), ('s5', 'ok', 'HHS_HCC131', NULL, 4.737),
	('s6', 'deleted', NULL, NULL, NULL),
	('x1', 'no_hcc', NULL, NULL, NULL), ('x2', 'not_valid_on_date', NULL, NULL, NULL),
	('x3', 'edit', NULL, NULL, NULL), ('x4', 'incomplete_code', NULL, NULL, NULL),
	('x5', 'dos_outside_year', NULL, NULL, NULL),
	('x6', 'superseded', 'HHS_HCC132', 'HHS_HCC131', NULL), ('y1', 'not_scored', NULL, NULL, NULL),
	('z1', 'outside_enrollment', NULL, NULL, NULL) $$, 'why a diagnosis counts or not');
SELECT ok(counts = (verdict = 'ok') AND explanation ~ 'payment year 2025',
	record || ': ' || explanation) FROM explained;
SELECT matches(explanation, 'Diabetes without Complication, in group G01',
	'the group that an HCC scores as') FROM explained WHERE record = 'c1';
SELECT matches(explanation, 'cannot be scored: metal: takes platinum',
	'what is wrong with the person') FROM explained WHERE record = 'y1';
SELECT results_eq($$ SELECT unnest(codes::text[]) FROM enrollee_score(2025) WHERE patient_id = 'W'
	INTERSECT VALUES ('I4891@2025-02-02'), ('C50911@2025-02-02'), ('I509@2025-02-03') $$,
	$$ VALUES ('I4891@2025-02-02') $$, 'and so they are scored');
SELECT is((SELECT x.verdict FROM patient_diagnosis_hcc d
	CROSS JOIN LATERAL explain_diagnosis(d.id, program => 'ACA') x WHERE d.encounter_id = 'c1'),
	'ok', 'by default for the year of the service');
SELECT throws_ok($$ SELECT explain_diagnosis((SELECT id FROM patient_diagnosis_hcc
	WHERE encounter_id = 'c1'), 2025, 'HHS_V99', 'ACA') $$, '42704', NULL, 'an unknown model');

----------------------------------------------------------------------
-- Gaps of re-enrolled members: E06 was not seen in 2025
----------------------------------------------------------------------
DELETE FROM patient_diagnosis_hcc WHERE patient_id = 'E06' AND diagnosis_date >= '2025-01-01';
SELECT results_eq($$ SELECT patient_id, hcc_code, status, value_raw, csr_value, csr_joint
	FROM enrollee_gap(2025) $$,
	$$ VALUES ('E06', 'HHS_HCC070', 'open', 3.303, 3.30300, 3.30300) $$,
	'a condition of last year, valued as this year pays');
SELECT is_empty($$ SELECT 1 FROM enrollee_gap(2026) WHERE patient_id IN ('E02', 'E06') $$,
	'who left has no gap');

INSERT INTO patient_drug (patient_id, fill_date, ndc, hcpcs) VALUES ('W', '2025-03-02', '123',
	NULL), ('W', '2025-03-02', NULL, 'J0739/26/59'), ('W', '2025-03-02', NULL, NULL),
	('W', '2025-03-02', '00002-1152-01', NULL), ('W', '2024-03-02', '123', NULL);
SELECT pg_temp.visit('W', '25000', '2025-04-04', encounter => 'u1') \g /dev/null
SELECT results_eq($$ SELECT patient_id, "table", "column", count(*)
	FROM unusable_rows(2025, program => 'ACA') GROUP BY 1, 2, 3 ORDER BY 1, 2, 3 $$,
	$$ VALUES ('S2', 'patient_enrollment', 'date_of_birth', 1::bigint),
		('W', 'patient_diagnosis_hcc', 'icd10_code', 1), ('W', 'patient_drug', 'hcpcs', 1),
		('W', 'patient_drug', 'ndc', 2),
		('X', 'patient_enrollment', 'metal', 1) $$,
	'what cannot be used of spans, drugs and diagnoses of the year');
SELECT throws_ok(q, '42704', 'model "HHS_V08" has no tables for payment year 2027',
	regexp_replace(q, '\s+', ' ', 'g') || ' of a benefit year without tables')
FROM unnest(ARRAY[
	'SELECT * FROM enrollee_score(2027)', 'SELECT * FROM enrollee_diagnosis(2027)',
	'SELECT * FROM enrollee_gap(2027)', $$ SELECT * FROM unusable_rows(2027, program => 'ACA') $$,
	$$ SELECT raf_csr_factor(enrollee('1980-01-01', 'F', '2027-01-01', '2027-12-31', 'gold'),
		'HHS_V08', 2027) $$,
	$$ SELECT raf_csr_score('{E119}',
		enrollee('1980-01-01', 'F', '2027-01-01', '2027-12-31', 'gold'), 'HHS_V08', 2027) $$,
	$$ SELECT raf_metal_scores('{E119}',
		enrollee('1980-01-01', 'F', '2027-01-01', '2027-12-31', 'gold'), 'HHS_V08', 2027) $$,
	$$ SELECT raf_score('{E119}', enrollee('1980-01-01', 'F', '2027-01-01', '2027-12-31', 'gold'),
		'HHS_V08', 2027) $$,
	$$ SELECT raf_explain('{E119}', enrollee('1980-01-01', 'F', '2027-01-01', '2027-12-31', 'gold'),
		'HHS_V08', 2027) $$,
	$$ SELECT raf_score_agg('E119', '2027-02-02', NULL, NULL,
		enrollee('1980-01-01', 'F', '2027-01-01', '2027-12-31', 'gold'), 'HHS_V08', 2027) $$,
	$$ SELECT icd_to_hcc('E119', 'HHS_V08', 2027) $$,
	$$ SELECT apply_hierarchy('{HHS_HCC001}', 'HHS_V08', 2027) $$,
	$$ SELECT * FROM hccraf_diff_models('HHS_V08', 'HHS_V08', 2026, 2027) $$]) q;
SELECT throws_ok(q, '42704', 'market_parameter has no row for benefit year 2027',
	regexp_replace(q, '\s+', ' ', 'g'))
FROM unnest(ARRAY['SELECT high_cost_payment(2000000, 2027)',
	$$ SELECT * FROM plan_transfer(ARRAY[ROW(2027, NULL, 'XX', 'individual', NULL, 'p', NULL,
		'Silver', 10, 1, 1, 1.02, 480, NULL, NULL)::plan_month]) $$]) q;
SELECT throws_ok($$ SELECT * FROM enrollee_score(2027) $$, '42704', NULL,
	'a benefit year without tables');
SELECT throws_ok($$ SELECT * FROM enrollee_score(NULL) $$, '22004', NULL, 'no year');
SELECT throws_ok($$ SELECT * FROM enrollee_score(2025, model => 'HHS_V99') $$, '42704', NULL,
	'an unknown model');
DELETE FROM eligible_procedure WHERE program = 'ACA' AND service_year = 2025;
SELECT throws_ok($$ SELECT * FROM enrollee_score(2025) $$, '55000',
	'there is no list of procedures for service year 2025',
	'a year without a list of service codes');
SELECT lives_ok($$ SELECT * FROM enrollee_score(2025, without_list => 'accept') $$,
	'unless it is said what to do');
SELECT is((SELECT rows FROM forget_patient('E03') WHERE "table" = 'patient_drug'), 2::bigint,
	'who is forgotten has no drugs left');
SELECT is_empty($$ SELECT 1 FROM patient_enrollment WHERE patient_id = 'E03' $$, 'nor spans');

SELECT * FROM finish();
ROLLBACK;
