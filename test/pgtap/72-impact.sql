-- V24 to V28: what a new model makes of the same people, in parts that add up.
BEGIN;
CREATE EXTENSION IF NOT EXISTS hccraf;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT plan(20);
SELECT hccraf_setup();

CREATE FUNCTION patient(n integer)
	RETURNS uuid RETURN ('00000000-0000-0000-0000-' || lpad(n::text, 12, '0'))::uuid;

INSERT INTO patient_demographic (patient_id, payment_year, date_of_birth, sex, contract_id,
	provider_npi, new_enrollee, esrd, known_at) VALUES
	(patient(1), 2025, '1950-06-01', 'F', 'H1', '1', false, 'none', '2025-01-01'),	-- 74
	(patient(2), 2025, '1950-06-01', 'F', 'H1', '2', false, 'none', '2025-01-01'),
	(patient(3), 2025, '1950-06-01', 'F', 'H2', '1', false, 'none', '2025-01-01'),	-- no diagnosis
	(patient(4), 2025, '1959-06-01', 'M', 'H2', '1', true, 'none', '2025-01-01'),	-- new enrollee
	-- neither model pays
	(patient(5), 2025, '1950-06-01', 'F', 'H2', '1', false, 'dialysis', '2025-01-01');
INSERT INTO patient_diagnosis_hcc (patient_id, icd10_code, diagnosis_date, known_at,
	is_valid_encounter)
SELECT patient(n), c, d::date, '2025-01-02', valid
FROM (VALUES
	(1, '{E11.51,N18.32,i5022,I73.9}', '2024-05-01', true), (1, '{C3490}', '2024-05-01', false),
	(1, '{J449}', '2023-12-31', true),
	(2, '{I73.9,F33.9}', '2024-12-31', true), (2, '{I739}', '2024-01-01', true),
	(4, '{E1122,I509}', '2024-05-01', true),
	(5, '{E1122}', '2024-05-01', true)) v(n, codes, d, valid), unnest(codes::text[]) c;

----------------------------------------------------------------------
-- The second example of section 5.2 (V24 1.659, V28 1.336), a woman of 74.
-- V24: F70_74 .386, 18 .302, 108 .288, 138 .069, 85 .331, diabetes x CHF .121,
-- CHF x kidney .156, four HCCs .006. V28: F70_74 .395, 37 .166, 328 .127,
-- 226 .360, .112, .176. Factors of 2025: 1.153, 1.045; adjustment 5.9 %.
----------------------------------------------------------------------
SELECT results_eq($$ SELECT old_raw, new_raw, old_hccs, new_hccs FROM model_impact(2025)
	WHERE patient_id = patient(1) $$,
	$$ VALUES (1.659, 1.336, '{18,85,108,138}'::text[], '{37,226,328}'::text[]) $$,
	'raw scores and HCCs of both models');
SELECT results_eq($$ SELECT old_normalized, new_normalized, old_payment, new_payment, difference
	FROM model_impact(2025) WHERE patient_id = patient(1) $$,
	$$ VALUES (1.439, 1.278, 1.354, 1.203, -0.151) $$, 'each with its own factor');
-- 33 % of 1.354 is .447, 67 % of 1.203 is .806
SELECT is(blend_payment, 1.253, 'the blend of the year') FROM model_impact(2025)
WHERE patient_id = patient(1);
-- I73.9 is lost, but 108 stays by E11.51: nothing. 37, 226 and 328 at .302, .331 and .069:
-- 1.371 -> 1.119.
-- V28's coefficients: .395 + .653 + .283 = 1.331 -> 1.086. V28's interactions: 1.336 -> 1.091.
-- V28's factor: 1.203.
SELECT results_eq($$ SELECT mapping_loss, regrouping, coefficient, interaction_count, normalization
	FROM model_impact(2025) WHERE patient_id = patient(1) $$,
	$$ VALUES (0.000, 1.119 - 1.354, 1.086 - 1.119, 1.091 - 1.086, 1.203 - 1.091) $$,
	'the parts, step by step');
SELECT results_eq($$ SELECT lost_codes, gained_codes FROM model_impact(2025)
	WHERE patient_id = patient(1) $$,
	$$ VALUES ('{I739}'::text[], '{}'::text[]) $$, 'the codes that no longer map');

-- All is lost: V24 .386 + .288 + .309 = .983 -> .803, without the codes .386 -> .315; .395 ->
-- .323, -> .356
SELECT results_eq($$ SELECT mapping_loss, regrouping, coefficient, interaction_count, normalization,
	new_hccs FROM model_impact(2025) WHERE patient_id = patient(2) $$,
	$$ VALUES (0.315 - 0.803, 0.000, 0.323 - 0.315, 0.000, 0.356 - 0.323, '{}'::text[]) $$,
	'a patient whose conditions no longer map');
SELECT results_eq($$ SELECT mapping_loss, regrouping, coefficient, interaction_count, normalization
	FROM model_impact(2025) WHERE patient_id = patient(3) $$,
	$$ VALUES (0.000, 0.000, 0.323 - 0.315, 0.000, 0.356 - 0.323) $$,
	'a patient without diagnoses');
SELECT results_eq($$ SELECT mapping_loss, regrouping, interaction_count, old_hccs
	FROM model_impact(2025) WHERE patient_id = patient(4) $$,
	$$ VALUES (0.000, 0.000, 0.000, '{}'::text[]) $$, 'a new enrollee has demographic scores only');
SELECT is_empty($$ SELECT FROM model_impact(2025) WHERE patient_id = patient(5) $$,
	'nobody whom neither model pays for');

SELECT set_eq($$ SELECT patient_id FROM model_impact(2025, contract => 'H2', provider => '1') $$,
	ARRAY[patient(3), patient(4)], 'by contract and provider');
SELECT is_empty($$ SELECT FROM model_impact(2025, as_of => '2024-12-31') $$,
	'as known at a time: nobody');
SELECT is(old_raw, 0.386, 'as known at a time: people, no diagnoses')
FROM model_impact(2025, as_of => '2025-01-01 12:00') WHERE patient_id = patient(1);
-- the factor of the nearest year (V24 ends in 2025), the age of 2026 (75)
SELECT results_eq($$ SELECT old_normalized, new_normalized, blend_payment = new_payment
	FROM model_impact(2026) WHERE patient_id = patient(3) $$,
	$$ VALUES (round(0.451 / 1.153, 3), round(0.465 / 1.067, 3), true) $$,
	'a year that the old model does not reach');

SELECT results_eq($$ SELECT patients, old_raw, difference, mapping_loss
	FROM model_impact_summary(2025, contract => 'H1') $$,
	$$ VALUES (2::bigint, 1.659 + 0.983, -0.151 + 0.356 - 0.803, -0.488) $$,
	'the population, added up');
SELECT results_eq($$ SELECT patients, old_raw FROM model_impact_summary(2025, contract => 'H9') $$,
	$$ VALUES (0::bigint, NULL::numeric) $$, 'nobody');

SELECT results_eq($$ SELECT * FROM lost_condition(2025) $$, $$ VALUES
	('I739', 'lost', '{108}'::text[], '{}'::text[], 2::bigint),
	('F339', 'lost', '{59}', '{}', 1) $$, 'lost conditions with patients');
SELECT results_eq($$ SELECT * FROM lost_condition(2025, 'V28', 'V24', contract => 'H1') $$,
	$$ VALUES
	('I739', 'gained', '{}'::text[], '{108}'::text[], 2::bigint),
	('F339', 'gained', '{}', '{59}', 1) $$, 'the other way round they are gained');

----------------------------------------------------------------------
-- A made-up panel: a hundred people with codes of either model
----------------------------------------------------------------------
INSERT INTO patient_demographic (patient_id, payment_year, date_of_birth, sex, orec, dual_status,
	lti, contract_id)
SELECT patient(1000 + n), 2025, make_date(1930 + n % 40, 1 + n % 12, 1),
	CASE n % 2 WHEN 0 THEN 'F' ELSE 'M' END,
	CASE WHEN n % 40 > 30 THEN '1' ELSE '0' END, CASE n % 7 WHEN 0 THEN '02' WHEN 1 THEN '03' END,
	n % 11 = 0, 'RANDOM'
FROM generate_series(1, 100) n;
INSERT INTO patient_diagnosis_hcc (patient_id, icd10_code, diagnosis_date)
SELECT patient(1000 + n), code, '2024-06-01'
FROM generate_series(1, 100) n, LATERAL (
	SELECT DISTINCT x.icd10_code AS code, md5(x.icd10_code || n) AS lot FROM hcc_crosswalk x
	WHERE x.model_version IN ('V24', 'V28') AND 2025 BETWEEN x.effective_year AND x.expiry_year
	ORDER BY lot LIMIT n % 9) c;
SELECT is_empty($$
	SELECT FROM model_impact(2025, contract => 'RANDOM')
	WHERE difference <> new_payment - old_payment
		OR difference <> mapping_loss + regrouping + coefficient + interaction_count
		+ normalization $$, 'the parts add up to the difference exactly');
SELECT set_eq($$ SELECT patient_id, old_payment, new_payment, old_hccs
	FROM model_impact(2025, contract => 'RANDOM') $$, $$
	SELECT patient_id,
		round(round(raf_score(codes, who, 'V24', 2025) / 1.153, 3) * 0.941, 3) AS old,
		round(round(raf_score(codes, who, 'V28', 2025) / 1.045, 3) * 0.941, 3) AS new,
		apply_hierarchy(ARRAY(SELECT h FROM unnest(codes) c, unnest(icd_to_hcc(c, 'V24', 2025)) h),
			'V24', 2025) AS hccs
	FROM (SELECT p.patient_id, beneficiary(payment_year_age(date_of_birth, 2025), sex, orec,
		dual_status, lti => lti) AS who,
			COALESCE(array_agg(d.icd10_code) FILTER (WHERE d.icd10_code IS NOT NULL), '{}') AS codes
		FROM patient_demographic p LEFT JOIN patient_diagnosis_hcc d USING (patient_id)
		WHERE p.contract_id = 'RANDOM' GROUP BY 1, 2) p
	$$, 'and are about the scores of the two models');
SELECT cmp_ok((SELECT LEAST(count(NULLIF(mapping_loss, 0)), count(NULLIF(regrouping, 0)),
	count(NULLIF(coefficient, 0)), count(NULLIF(interaction_count, 0)))
	FROM model_impact(2025, contract => 'RANDOM')), '>', 5::bigint,
	'with every part in several patients');

SELECT * FROM finish();
ROLLBACK;
