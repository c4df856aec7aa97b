-- Statements that analysts have in their notebooks run as written on the
-- tables of hccraf_setup().
BEGIN;
CREATE EXTENSION IF NOT EXISTS hccraf;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT plan(9);

SELECT lives_ok('SELECT hccraf_setup()', 'hccraf_setup makes the patient tables');
SELECT lives_ok('SELECT hccraf_setup()', 'and finds them there');

----------------------------------------------------------------------
-- HCCs and disease score of 2024, from stored HCCs
----------------------------------------------------------------------
INSERT INTO patient_diagnosis_hcc (patient_id, icd10_code, diagnosis_date, hcc_code,
	included_in_raf, is_valid_encounter) VALUES
	-- Ann: 226 twice, on the first and the last day; 37 once
	('00000000-0000-0000-0000-00000000000a', 'I509', '2024-01-01', '226', true, true),
	('00000000-0000-0000-0000-00000000000a', 'I5022', '2024-12-31', '226', true, true),
	('00000000-0000-0000-0000-00000000000a', 'E1122', '2024-06-15', '37', true, true),
	-- not hers for 2024: the year before, the year after, excluded, no HCC
	('00000000-0000-0000-0000-00000000000a', 'J449', '2023-12-31', '280', true, true),
	('00000000-0000-0000-0000-00000000000a', 'N184', '2025-01-01', '327', true, true),
	('00000000-0000-0000-0000-00000000000a', 'C3490', '2024-03-01', '20', false, false),
	('00000000-0000-0000-0000-00000000000a', 'I10', '2024-03-01', NULL, true, true),
	-- Bob: one HCC, two codes of it
	('00000000-0000-0000-0000-00000000000b', 'E119', '2024-02-02', '38', true, true),
	('00000000-0000-0000-0000-00000000000b', 'E1165', '2024-05-02', '38', true, true),
	-- Cid: an HCC that V28 does not have
	('00000000-0000-0000-0000-00000000000c', 'I5022', '2024-02-02', '85', true, true);

-- Coefficients of V28's reference segment, community, not dual, aged:
-- HCC226 0.360 + HCC37 0.166; HCC38 0.166. The list is sorted as text, the
-- patients not at all.
SELECT bag_eq($$
WITH patient_hccs AS (
  SELECT DISTINCT pdh.patient_id, pdh.hcc_code, hc.coefficient
  FROM patient_diagnosis_hcc pdh JOIN hcc_crosswalk hc ON pdh.hcc_code = hc.hcc_code
  WHERE pdh.diagnosis_date >= '2024-01-01' AND pdh.diagnosis_date <= '2024-12-31'
    AND pdh.included_in_raf = TRUE AND hc.model_version = 'V28')
SELECT patient_id, ARRAY_AGG(hcc_code ORDER BY hcc_code) AS hcc_list,
	SUM(coefficient) AS disease_score
FROM patient_hccs GROUP BY patient_id;
$$, $$ VALUES
	('00000000-0000-0000-0000-00000000000a'::uuid, '{226,37}'::text[], 0.526),
	('00000000-0000-0000-0000-00000000000b', '{38}', 0.166) $$,
	'HCCs and disease score per patient');

----------------------------------------------------------------------
-- Who fell from above 1.0 in 2024 to below 0.5 in 2025
----------------------------------------------------------------------
INSERT INTO patient_hcc_score (patient_id, payment_year, data_collection_year, hcc_list,
	raf_score) VALUES
	('00000000-0000-0000-0000-00000000000a', 2024, 2023, '{226,37}', 1.200),	-- fell to 0.4
	('00000000-0000-0000-0000-00000000000a', 2025, 2024, '{37}', 0.400),
	('00000000-0000-0000-0000-00000000000b', 2024, 2023, '{17}', 3.500),	-- no score in 2025
	('00000000-0000-0000-0000-00000000000c', 2024, 2023, '{38}', 1.000),	-- not above 1.0
	('00000000-0000-0000-0000-00000000000c', 2025, 2024, '{}', 0.300),
	('00000000-0000-0000-0000-00000000000d', 2024, 2023, '{280}', 1.500),	-- not below 0.5
	('00000000-0000-0000-0000-00000000000d', 2025, 2024, '{280}', 0.500),
	('00000000-0000-0000-0000-00000000000e', 2023, 2022, '{280}', 2.500),	-- another year
	-- fell; its other years do not matter
	('00000000-0000-0000-0000-00000000000f', 2024, 2023, '{111}', 1.800),
	('00000000-0000-0000-0000-00000000000f', 2025, 2024, NULL, 0.499),
	('00000000-0000-0000-0000-00000000000f', 2026, 2025, '{111}', 1.900);

SELECT results_eq($$
SELECT phs_prior.patient_id, phs_prior.hcc_list, phs_current.hcc_list, phs_prior.raf_score,
	COALESCE(phs_current.raf_score, 0)
FROM patient_hcc_score phs_prior
LEFT JOIN patient_hcc_score phs_current ON phs_prior.patient_id = phs_current.patient_id
	AND phs_current.payment_year = 2025
WHERE phs_prior.payment_year = 2024 AND phs_prior.raf_score > 1.0
	AND COALESCE(phs_current.raf_score, 0) < 0.5
ORDER BY phs_prior.raf_score DESC;
$$, $$ VALUES
	('00000000-0000-0000-0000-00000000000b'::uuid, '{17}'::text[], NULL::text[], 3.500, 0::numeric),
	('00000000-0000-0000-0000-00000000000f', '{111}', NULL, 1.800, 0.499),
	('00000000-0000-0000-0000-00000000000a', '{226,37}', '{37}', 1.200, 0.400) $$,
	'who lost most of the score');

----------------------------------------------------------------------
-- Codes and HCCs without a year
----------------------------------------------------------------------
SELECT results_eq($$
SELECT icd_to_hcc('E11.65', 'V24'), icd_to_hcc('E11.65', 'V28'),
	apply_hierarchy(ARRAY['18','19'], 'V24');
$$, $$ VALUES ('{18}'::text[], '{38}'::text[], '{18}'::text[]) $$,
	'the codes and HCCs of two models');

----------------------------------------------------------------------
-- A patient of these tables scored
----------------------------------------------------------------------
INSERT INTO patient_demographic (patient_id, payment_year, date_of_birth, sex) VALUES
	('00000000-0000-0000-0000-00000000000a', 2025, '1952-06-01', 'F'),
	('00000000-0000-0000-0000-00000000000b', 2025, '1955-02-01', 'M'),
	('00000000-0000-0000-0000-00000000000d', 2025, '1955-02-02', 'M');
-- F70_74 0.395 + HCC226 0.360 + HCC37 0.166 + DIABETES_HF_V28 0.112
SELECT is(raf_score('00000000-0000-0000-0000-00000000000a'::uuid, 2025), 1.033,
	'Ann, 72, scored from the included diagnoses of 2024');
-- M70_74 0.396 + HCC38 0.166
SELECT is(raf_score('00000000-0000-0000-0000-00000000000b'::uuid, 2025), 0.562,
	'Bob, 70 on 1 February');
-- M65_69 0.332
SELECT is(raf_score('00000000-0000-0000-0000-00000000000d'::uuid, 2025), 0.332,
	'a patient without diagnoses, 70 a day later');
SELECT is(raf_score('00000000-0000-0000-0000-00000000000c'::uuid, 2025), NULL,
	'without demographics, NULL');

SELECT * FROM finish();
ROLLBACK;
