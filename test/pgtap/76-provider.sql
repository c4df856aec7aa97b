-- Providers and their panels.
BEGIN;
CREATE EXTENSION IF NOT EXISTS hccraf;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT plan(24);
SELECT hccraf_setup();

CREATE FUNCTION patient(n integer)
	RETURNS uuid RETURN ('00000000-0000-0000-0000-' || lpad(n::text, 12, '0'))::uuid;
SELECT throws_ok('SELECT FROM panel_value(2027)', '55000',
	'the scores of payment year 2027 have not been computed', 'not scored: panel_value');
SELECT throws_ok('SELECT FROM hcc_outlier(2027)', '55000',
	'the scores of payment year 2027 have not been computed', 'not scored: hcc_outlier');
CALL refresh_gaps(2026);
SELECT is_empty('SELECT FROM provider_panel(2026)', 'empty: provider_panel');

-- Provider A has patients 1 to 40, B 41 to 80, C 81 and 82; D's only patient died.
-- In 2025 everybody has diabetes (38). In 2026 half of A's, three quarters of B's again;
-- all of C's none.
INSERT INTO patient_demographic (patient_id, payment_year, date_of_birth, sex, contract_id,
	provider_npi, enrolled_months, known_at, date_of_death)
SELECT patient(n), 2027, '1951-06-01', 'F', 'H1', CASE WHEN n <= 40 THEN 'A' WHEN n <= 80 THEN 'B'
	WHEN n <= 82 THEN 'C' ELSE 'D' END,
	CASE WHEN n = 1 THEN 6 END, '2020-01-01', CASE WHEN n = 83 THEN '2026-01-02'::date END
FROM generate_series(1, 83) n;
INSERT INTO patient_diagnosis_hcc (patient_id, icd10_code, diagnosis_date, provider_npi, known_at)
SELECT patient(n), 'E119', '2025-05-01'::date, 'X', '2020-01-01'::timestamptz
FROM generate_series(1, 83) n
UNION ALL SELECT patient(n), CASE n % 2 WHEN 0 THEN 'E119' ELSE 'E1165' END, '2026-05-01', 'X',
	'2020-01-01' FROM generate_series(1, 80) n WHERE n <= 20 OR n > 50
UNION ALL SELECT patient(n), 'J449', '2026-06-01', 'X', '2020-01-01' FROM generate_series(1, 20) n
UNION ALL SELECT patient(n), 'Z0000', '2026-06-01', 'X', '2020-01-01'
FROM generate_series(21, 24) n;
CALL refresh_gaps(2026);
-- as score_population does
INSERT INTO patient_hcc_score (patient_id, payment_year, data_collection_year, raw_score, raf_score,
	demographic_score, model_version, hcc_list)
SELECT p.patient_id, 2027, 2026, e.raw_score, e.payment_score, e.demographic_score,
	e.model_version, e.hcc_list
FROM patient_demographic p, LATERAL raf_payment_explain(ARRAY(SELECT icd10_code
	FROM patient_diagnosis_hcc d WHERE d.patient_id = p.patient_id
	AND diagnosis_date >= '2026-01-01'), beneficiary(75, 'F'), 2027) e;

----------------------------------------------------------------------
-- provider_panel
----------------------------------------------------------------------
SELECT results_eq($$ SELECT provider_npi, patients, seen, gaps, gaps_open, gaps_downgraded,
	gaps_closed, rate_strict, rate_lenient FROM provider_panel(2026) $$, $$ VALUES
	('A', 40::bigint, 24::bigint, 40::bigint, 20::bigint, 0::bigint, 20::bigint, 0.5000, 0.5000),
	('B', 40, 30, 40, 10, 0, 30, 0.7500, 0.7500), ('C', 2, 0, 2, 2, 0, 0, 0.0000, 0.0000) $$,
	'patients, gaps, rates; without the dead');
SELECT results_eq($$ SELECT seen_rate FROM provider_panel(2026) $$,
	$$ VALUES (0.6000), (0.7500), (0.0000) $$, 'seen this year');
-- all others: (30 + 0) / (40 + 2), (20 + 0) / (40 + 2)
SELECT results_eq($$ SELECT provider_npi, peer_rate_strict, peer_patients, suppressed
	FROM provider_panel(2026) $$, $$ VALUES
	('A', 0.7143, 42::bigint, false), ('B', 0.4762, 42, false),
	('C', NULL, 80, true) $$, 'compared with all others, unless too few');
SELECT is(peer_rate_strict, 0.6250, 'as few as one likes')
FROM provider_panel(2026, provider => 'C', min_patients => 1);
-- A: 20 J449, which is COPD, unspecified, of 40; B: none of its diabetes
SELECT results_eq($$ SELECT unspecified_rate FROM provider_panel(2026) $$,
	$$ VALUES (0.5000), (0.0000), (NULL) $$, 'unspecified');
SELECT is_empty($$ SELECT FROM provider_panel(2026, contract => 'H9') $$, 'of a contract');
SELECT is_empty($$ SELECT FROM provider_panel(2031, as_of => '2026-12-01') $$,
	'a year without people');
-- downgraded counts in the lenient rate
UPDATE patient_hcc_gap SET status = 'downgraded' WHERE patient_id = patient(81);
UPDATE patient_hcc_gap SET status = 'invalid' WHERE patient_id = patient(21);
SELECT results_eq($$ SELECT gaps, gaps_open, gaps_downgraded, rate_strict, rate_lenient
	FROM provider_panel(2026) WHERE provider_npi <> 'B' $$, $$ VALUES
	(39::bigint, 19::bigint, 0::bigint, round(20 / 39.0, 4), round(20 / 39.0, 4)),
	(2, 1, 1, 0.0000, 0.5000) $$, 'strict and lenient; a refuted gap is none');

----------------------------------------------------------------------
-- panel_value: F75_79 .465, 38 .166, 280 .319
----------------------------------------------------------------------
SELECT results_eq($$ SELECT provider_npi, patients, mean_raw, hccs_per_patient, no_hcc_rate
	FROM panel_value(2027) $$, $$ VALUES
	('A', 40::bigint, round(0.465 + 0.485 / 2, 3), 1.00, 0.5000), ('B', 40,
		round(0.465 + 0.166 * 0.75, 3), 0.75, 0.2500), ('C', 2, 0.465, 0.00, 1.0000) $$, 'scores');
-- .950 -> round(.950 / 1.079, 3) = .880 x .941 -> .828; .465 -> .431 -> .406
SELECT results_eq($$ SELECT mean_payment, member_month_payment
	FROM panel_value(2027, provider => 'A') $$,
	$$ VALUES ((0.828 + 0.406) / 2,
		round((0.828 * (19 * 12 + 6) + 0.406 * 20 * 12) / (39 * 12 + 6), 3)) $$,
	'payment, also by months of enrolment');
SELECT results_eq($$ SELECT provider_npi, burden, peer_patients, peer_burden
	FROM panel_value(2027) $$, $$ VALUES
	('A', round((0.465 + 0.485 / 2) / 0.465, 3), 42::bigint,
		round((42 * 0.465 + 30 * 0.166) / (42 * 0.465), 3)),
	('B', round((0.465 + 0.166 * 0.75) / 0.465, 3), 42,
		round((42 * 0.465 + 20 * 0.485) / (42 * 0.465), 3)),
	('C', 1.000, 80, round((80 * 0.465 + 30 * 0.166 + 20 * 0.485) / (80 * 0.465), 3)) $$,
	'disease burden beside the peers''');
-- residuals of A: 20 of .2425 and 20 of -.2425: s = .2425 sqrt(40 / 39); 1.96 s / (sqrt(40) x .465)
SELECT results_eq($$ SELECT benchmark, benchmark_low, benchmark_high, outlier, suppressed
	FROM panel_value(2027, provider => 'A') $$, $$
	SELECT round(b / p, 3), round((b - h) / p, 3), round((b + h) / p, 3), 'high', false
	FROM (VALUES (1 + 0.2425 / 0.465, 1 + 30 * 0.166 / (42 * 0.465), 1.96 * 0.2425
		* sqrt(40 / 39.0) / (sqrt(40.0) * 0.465))) v(b, p, h) $$, 'benchmark with interval');
-- B: residuals 30 of .0415, 10 of -.1245; 1.268 +- .049 beside 1.497
SELECT results_eq($$ SELECT provider_npi, outlier, benchmark IS NULL FROM panel_value(2027) $$,
	$$ VALUES ('A', 'high', false), ('B', 'low', false), ('C', NULL, true) $$,
	'outliers in both directions; suppressed below 30');
-- open: 38 in ten patients of B
SELECT is(open_value, (SELECT sum(v) FROM (SELECT max(joint_payment) AS v FROM patient_hcc_gap
	WHERE provider_npi = 'B' GROUP BY patient_id) x), 'value of the open gaps: joint values')
FROM panel_value(2027, provider => 'B');
SELECT is(open_value, 10 * (raf_payment('{E119}'::text[], beneficiary(75, 'F'), 2027)
	- raf_payment('{}'::text[], beneficiary(75, 'F'), 2027)), 'of ten patients')
FROM panel_value(2027, provider => 'B');
CREATE TEMPORARY TABLE specialty AS SELECT 'A' AS provider_npi, 'cardiology' AS specialty
UNION ALL SELECT 'B', 'family' UNION ALL SELECT 'C', 'family';
SELECT results_eq($$ SELECT provider_npi, specialty, peer_patients, benchmark IS NULL
	FROM panel_value(2027, specialties => 'specialty') $$, $$ VALUES
	('A', 'cardiology', 0::bigint, true), ('B', 'family', 2, false),
	('C', 'family', 40, true) $$, 'peers of the same specialty');
SELECT throws_ok($$ SELECT FROM panel_value(2027, specialties => 'patient_hcc_gap') $$, '42703',
	NULL, 'a table without specialties');

----------------------------------------------------------------------
-- hcc_outlier
----------------------------------------------------------------------
-- 280: 20 of 40 against 0 of 42, together 20 of 82
SELECT results_eq($$ SELECT provider_npi, hcc_code, patients, with_hcc, rate, peer_patients,
	peer_rate, z, direction FROM hcc_outlier(2027) $$, $$
	SELECT 'A', '280', 40::bigint, 20::bigint, 0.5000, 42::bigint, 0.0000, round(
		0.5 / sqrt(q * (1 - q) * (1 / 40.0 + 1 / 42.0)), 2), 'high' FROM (VALUES (20 / 82.0)) v(q)
	UNION ALL
	SELECT 'B', '280', 40, 0, 0.0000, 42,
		0.4762, round(-20 / 42.0 / sqrt(q * (1 - q) * (1 / 40.0 + 1 / 42.0)), 2), 'low'
	FROM (VALUES (20 / 82.0)) v(q) $$, 'too often, and too seldom');
SELECT set_eq($$ SELECT provider_npi, hcc_code
	FROM hcc_outlier(2027, threshold => 1, min_patients => 1) WHERE provider_npi = 'C' $$,
	$$ VALUES ('C', '38') $$, 'few patients, if asked for');
SELECT is_empty($$ SELECT FROM hcc_outlier(2027, min_patients => 50) $$, 'nobody has enough');

----------------------------------------------------------------------
-- Everybody dead
----------------------------------------------------------------------
UPDATE patient_demographic SET date_of_death = '2026-01-01';
SELECT is_empty($$ SELECT provider_npi FROM provider_panel(2026) UNION ALL SELECT provider_npi
	FROM panel_value(2027) $$, 'everybody dead');

SELECT * FROM finish();
ROLLBACK;
