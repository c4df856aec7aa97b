-- Why a stored score is what it is, and why another one than before.
BEGIN;
CREATE EXTENSION IF NOT EXISTS hccraf;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT plan(29);
SELECT hccraf_setup();

CREATE FUNCTION patient(n integer)
	RETURNS uuid RETURN ('00000000-0000-0000-0000-' || lpad(n::text, 12, '0'))::uuid;

-- A scoring run in a few lines: diagnoses by is_valid_encounter and deletion alone
CREATE FUNCTION run(run bigint, year integer, at timestamptz) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	CREATE TEMPORARY TABLE result ON COMMIT DROP AS
	SELECT p.patient_id, year AS payment_year, year - 1 AS data_collection_year, e.raw_score,
		e.payment_score AS raf_score, 'MA' AS program,
		e.component, e.model_version, e.calibration, e.segment, e.hcc_list, e.demographic_score,
		e.disease_score, e.interaction_score, codes::text[] AS icd10_codes, who::text AS beneficiary
	FROM patient_demographic p,
		LATERAL (SELECT beneficiary(payment_year_age(date_of_birth, year), sex,
			dual_status => dual_status) AS who) w,
		LATERAL (SELECT COALESCE(icd10_agg(icd10_code), '{}') AS codes FROM patient_diagnosis_hcc d
			WHERE d.patient_id = p.patient_id
			AND extract(year FROM diagnosis_date) = year - 1 AND is_valid_encounter
			AND icd_has_hcc(icd10_code, 'V28', 2026)) d,
		LATERAL raf_payment_explain(codes, who, year) e
	WHERE p.payment_year = year AND p.date_of_death IS NULL AND e.is_leading;
	INSERT INTO patient_hcc_score_history SELECT s.*, at, run
	FROM patient_hcc_score s LEFT JOIN result r USING (patient_id)
		WHERE s.payment_year = year AND (r.raf_score, r.icd10_codes,
			r.beneficiary) IS DISTINCT FROM (s.raf_score, s.icd10_codes, s.beneficiary);
	DELETE FROM patient_hcc_score s USING patient_hcc_score_history h WHERE s.id = h.id;
	INSERT INTO patient_hcc_score (patient_id, payment_year, data_collection_year, raw_score,
		raf_score, program, component, model_version, calibration,
			segment, hcc_list, demographic_score, disease_score, interaction_score, icd10_codes,
			beneficiary, calculated_at, run_id)
		SELECT r.*, at, run FROM result r WHERE NOT EXISTS (SELECT FROM patient_hcc_score s
			WHERE s.patient_id = r.patient_id AND s.payment_year = year);
	INSERT INTO hcc_run (run_id, kind, payment_year, program, parameters, status, stage) VALUES
		(run, 'full', year, 'MA', '{}', 'done', 'done');
	DROP TABLE result;
END $$;

-- Women of 75 in 2026 (0.465). V28, 2026: 1.067, 5.9 %.
INSERT INTO patient_demographic (patient_id, payment_year, date_of_birth, sex,
	contract_id, provider_npi)
SELECT patient(n), year, '1950-06-01', 'F', 'H' || n % 2, (n % 3)::text
FROM generate_series(1, 6) n, generate_series(2025, 2026) year WHERE n <> 3;
INSERT INTO patient_diagnosis_hcc (patient_id, icd10_code, diagnosis_date, known_at,
	is_valid_encounter)
SELECT patient(n), c, '2025-05-01', '2025-06-01', valid
FROM (VALUES (1, '{E11.9,I50.9}', true), (1, '{J44.9}', false), (2, '{E119}', true),
	(4, '{E119}', true), (5, '{E119}', true), (6, '{E119,I509}', true))
	v(n, codes, valid), unnest(codes::text[]) c;
SELECT run(1, 2026, '2026-01-01');

INSERT INTO patient_diagnosis_hcc (patient_id, icd10_code, diagnosis_date, known_at,
	is_valid_encounter) VALUES
	(patient(1), 'N184', '2025-11-01', '2026-01-15', true),
	(patient(3), 'E119', '2025-11-01', '2026-01-15', true);
DELETE FROM patient_diagnosis_hcc WHERE patient_id = patient(1) AND icd10_code = 'I50.9';
UPDATE patient_diagnosis_hcc SET is_valid_encounter = icd10_code = 'J44.9'
WHERE icd10_code IN ('J44.9', 'I509');
UPDATE patient_demographic SET dual_status = '02'
WHERE patient_id = patient(2) AND payment_year = 2026;
INSERT INTO patient_demographic (patient_id, payment_year, date_of_birth, sex) VALUES
	(patient(3), 2026, '1950-06-01', 'F');
UPDATE patient_demographic SET date_of_death = '2026-01-20'
WHERE patient_id = patient(4) AND payment_year = 2026;
SELECT run(2, 2026, '2026-02-01');

----------------------------------------------------------------------
-- score_change
----------------------------------------------------------------------
-- 38 and 226: 1.103 -> 0.973; + N18.4 1.793 -> 1.581; - I50.9 1.145 -> 1.010; + J44.9, known
-- before and now counted, 1.464 -> 1.291
SELECT results_eq($$ SELECT from_score, to_score, difference, diagnoses_added, diagnoses_dropped,
	filter FROM score_change(2026, 1, 2) WHERE patient_id = patient(1) $$,
	$$ VALUES (0.973, 1.291, 0.318, 0.608, -0.571, 0.281) $$,
	'diagnoses added, dropped, and let through by the filter');
SELECT results_eq($$ SELECT added_codes, dropped_codes, filter_codes FROM score_change(2026, 1, 2)
	WHERE patient_id = patient(1) $$,
	$$ VALUES ('{N184}'::text[], '{I509}'::text[], '{J449}'::text[]) $$, 'and which they are');
SELECT results_eq($$ SELECT membership, demographics, model, reference_release
	FROM score_change(2026, 1, 2) WHERE patient_id = patient(1) $$,
	$$ VALUES (0::numeric, 0::numeric, 0::numeric, 0::numeric) $$, 'and nothing else');
-- 1.103 -> 0.973; 0.631 -> 0.556: the record is there, but does not count
SELECT results_eq($$ SELECT difference, filter, diagnoses_dropped, filter_codes
	FROM score_change(2026, 1, 2) WHERE patient_id = patient(6) $$,
	$$ VALUES (-0.417, -0.417, 0.000, '{I509}'::text[]) $$, 'held back by the filter');
SELECT results_eq($$ SELECT difference, demographics FROM score_change(2026, 1, 2)
	WHERE patient_id = patient(2) $$,
	$$ SELECT d, d
		FROM (SELECT raf_payment('{E119}'::text[], beneficiary(75, 'F', dual_status => '02'), 2026)
			- 0.556 AS d) x $$, 'Medicaid');
SELECT results_eq($$ SELECT patient_id, from_score, to_score, difference, membership
	FROM score_change(2026, 1, 2) WHERE membership <> 0 ORDER BY 1 $$,
	$$ VALUES (patient(3), NULL, 0.556, 0.556, 0.556), (patient(4), 0.556, NULL, -0.556, -0.556) $$,
	'who came and who went');
SELECT results_eq($$ SELECT from_score, difference FROM score_change(2026, 1, 2)
	WHERE patient_id = patient(5) $$, $$ VALUES (0.556, 0.000) $$, 'no change');
SELECT is((SELECT count(*) FROM score_change(2026, 1, 2)), 6::bigint, 'everybody of either run');
SELECT set_eq('SELECT * FROM score_change(2026)', 'SELECT * FROM score_change(2026, 1, 2)',
	'by default what the newest run changed');
SELECT set_eq('SELECT patient_id FROM score_change(2026, 1, 2, contract => ''H1'')',
	ARRAY[patient(1), patient(5)], 'by contract');
SELECT results_eq($$ SELECT part, score FROM score_change_summary(2026) $$,
	$$ VALUES ('before', 0.973 + 0.556 + 0.556 + 0.556 + 0.973),
	('membership', 0::numeric), ('diagnoses added', 0.608), ('diagnoses dropped', -0.571),
	('demographics', raf_payment('{E119}'::text[], beneficiary(75, 'F', dual_status => '02'), 2026)
		- 0.556), ('model', 0), ('filter', 0.281 - 0.417),
	('reference release', 0), ('after', (SELECT sum(raf_score) FROM patient_hcc_score
		WHERE payment_year = 2026)) $$, 'the waterfall');
SELECT is((SELECT sum(score) FILTER (WHERE position < 9) - sum(score) FILTER (WHERE position = 9)
	FROM score_change_summary(2026)), 0::numeric, 'adds up');
SELECT throws_ok('SELECT * FROM score_change_summary(2030, 1)', '55000',
	'the scores of payment year 2030 have not been computed', 'a year without scores');

-- another release of the tables: 38 at 0.200
UPDATE hcc_coefficient SET coefficient = 0.200
WHERE model_version = 'V28' AND segment = 'CNA' AND variable = 'HCC38';
SELECT run(3, 2026, '2026-03-01');
-- 0.665 -> 0.586
SELECT results_eq($$ SELECT difference, reference_release FROM score_change(2026, 2, 3)
	WHERE patient_id = patient(5) $$, $$ VALUES (0.030, 0.030) $$,
	'tables changed between the runs');
SELECT results_eq($$ SELECT difference, reference_release FROM score_change(2026, 1, 2)
	WHERE patient_id = patient(5) $$, $$ VALUES (0.000, 0.000) $$,
	'not between these');

-- two payment years
INSERT INTO patient_diagnosis_hcc (patient_id, icd10_code, diagnosis_date, known_at)
SELECT patient(n), c, '2024-05-01', '2024-06-01' FROM generate_series(1, 6) n,
	unnest(ARRAY['E1122', 'F331', 'N184']) WITH ORDINALITY u(c, i) WHERE n >= i;
SELECT run(4, 2025, '2026-03-02');
SELECT is_empty($$ SELECT FROM score_change(2026, from_payment_year => 2025)
	WHERE difference <> membership + diagnoses_added + diagnoses_dropped + demographics + model
		+ filter + reference_release $$, 'two years: the parts add up');
-- E119 alone in both years, at 75: the blend of 2025 against V28 of 2026
SELECT results_eq($$ SELECT model FROM score_change(2026, from_payment_year => 2025)
	WHERE patient_id = patient(5) $$,
	$$ SELECT raf_payment('{E119}'::text[], beneficiary(75, 'F'), 2026)
		- raf_payment('{E119}'::text[], beneficiary(75, 'F'), 2025) $$, 'two years: the model');

----------------------------------------------------------------------
-- member_score and score_explanation
----------------------------------------------------------------------
SELECT results_eq($$ SELECT raf_score, hcc_list, contract_id, provider_npi, run_id
	FROM member_score(2026, run => 1) WHERE patient_id = patient(1) $$,
	$$ VALUES (0.973, '{38,226}'::text[], 'H1', '1', 1::bigint) $$, 'a score after a run');
SELECT results_eq($$ SELECT raf_score FROM member_score(2026, as_of => '2026-02-15')
	WHERE patient_id = patient(1) $$, $$ VALUES (1.291) $$, 'at a time');
SELECT is_empty($$ SELECT FROM member_score(2026, as_of => '2025-12-31') $$,
	'before the first run');
SELECT set_eq($$ SELECT patient_id FROM member_score(2026, provider => '2') $$,
	ARRAY[patient(2), patient(5)], 'of a provider');
SELECT results_eq($$ SELECT sum(coefficient) FROM score_explanation(patient(1), 2026)
	WHERE reason IS NULL $$,
	$$ SELECT raw_score FROM patient_hcc_score WHERE payment_year = 2026
		AND patient_id = patient(1) $$, 'the terms add up to the raw score');
SELECT results_eq($$ SELECT variable, coefficient FROM score_explanation(patient(5), 2026)
	WHERE coefficient > 0 $$, $$ VALUES ('F75_79', 0.465), ('HCC38', 0.200) $$, 'terms');
SELECT is_empty($$ SELECT FROM score_explanation(patient(9), 2026) $$, 'nobody');

----------------------------------------------------------------------
-- dx_verdict
----------------------------------------------------------------------
INSERT INTO patient_demographic (patient_id, payment_year, date_of_birth, sex) VALUES
	(patient(7), 2026, '1960-06-01', 'F');
INSERT INTO patient_diagnosis_hcc (id, patient_id, icd10_code, diagnosis_date, is_valid_encounter,
	record_action, encounter_id, linked_encounter_id) VALUES
	(patient(101), patient(7), 'E11.22', '2025-01-01', true, 'add', patient(201), NULL),
	(patient(102), patient(7), 'E119', '2025-02-01', true, 'add', NULL, NULL),
	(patient(103), patient(7), 'Z00.00', '2025-03-01', true, 'add', NULL, NULL),
	(patient(104), patient(7), 'I509', '2025-04-01', false, 'add', NULL, NULL),
	(patient(105), patient(7), 'J449', '2025-05-01', true, 'add', patient(205), NULL),
	(patient(106), patient(7), 'J449', '2025-05-01', true, 'delete', NULL, patient(205)),
	(patient(107), patient(7), 'D66', '2025-06-01', true, 'add', NULL, NULL),
	(patient(108), patient(7), 'P0411', '2025-07-01', true, 'add', NULL, NULL),
	(patient(109), patient(7), 'I501', '2024-12-31', true, 'add', NULL, NULL);
SELECT results_eq($$ SELECT record_id, icd10_code, counted, verdict, hcc_codes, superseded_by
	FROM dx_verdict(2026, patient(7)) WHERE record_id <> patient(108) $$, $$ VALUES
	(patient(101), 'E1122', true, 'ok', '{37}'::text[], NULL::text[]),
	(patient(102), 'E119', false, 'superseded', '{38}', '{37}'),
	(patient(103), 'Z0000', false, 'no_hcc', NULL, NULL),
	(patient(104), 'I509', false, 'invalid_encounter', NULL, NULL),
	(patient(105), 'J449', false, 'deleted', NULL, NULL),
	(patient(106), 'J449', false, 'deleted', NULL, NULL),
	-- haemophilia in a woman counts as 112
	(patient(107), 'D66', true, 'ok', '{112}', NULL) $$,
	'a verdict for each record and diagnosis of the year');
SELECT is((SELECT count(*) FROM dx_verdict(2026)), (SELECT count(*) FROM patient_diagnosis_hcc
	WHERE diagnosis_date >= '2025-01-01'), 'none is left out');
SELECT set_eq($$ SELECT DISTINCT patient_id FROM dx_verdict(2026, contract => 'H0') $$,
	ARRAY[patient(2), patient(4), patient(6)], 'of a contract');
-- a newborn's code in a woman of 65
SELECT is(verdict, 'edit_age', 'not at her age') FROM dx_verdict(2026, patient(7))
WHERE icd10_code = 'P0411';
-- the rows that count make the score
SELECT results_eq($$ SELECT raf_score(array_agg(icd10_code), beneficiary(65, 'F'), 'V28', 2026)
	FROM dx_verdict(2026, patient(7)) WHERE counted $$,
	$$ SELECT raf_score(patient(7), 2026) $$, 'what counted makes the score');

SELECT * FROM finish();
ROLLBACK;
