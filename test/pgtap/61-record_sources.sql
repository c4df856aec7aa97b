-- Models of one blend that take different records: PACE pays by an older model,
-- which takes RAPS records too, and a newer one, which does not. Runs commit, so
-- this is no transaction: what it makes, it drops. Expectations are sums of the
-- published coefficients, each step rounded.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS hccraf;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT plan(32);

CREATE SCHEMA pace;
SELECT is(hccraf_setup('pace'), 'pace', 'a panel');
CREATE FUNCTION pg_temp.u(n integer) RETURNS uuid
	LANGUAGE sql IMMUTABLE RETURN md5('pace' || n)::uuid;
INSERT INTO pace.patient_demographic (patient_id, payment_year, date_of_birth, sex, known_at)
SELECT pg_temp.u(n), y, make_date(y - 72, 1, 1), 'F', '2026-01-01'
FROM generate_series(1, 5) n, unnest('{2026,2027}'::int[]) y;
INSERT INTO pace.patient_diagnosis_hcc (id, patient_id, icd10_code, diagnosis_date,
	record_source, known_at)
SELECT md5(concat_ws(' ', n, code, source, y))::uuid, pg_temp.u(n), code, make_date(y - 1, 5, 1),
	source, '2026-01-01'
FROM (VALUES (1, 'E11.9', 'encounter'), (1, 'I50.9', 'raps'), (2, 'E11.9', 'encounter'),
	(2, 'I50.9', 'linked_chart_review'),
	(3, 'I50.9', 'raps'), (5, 'E11.9', 'raps'), (5, 'E11.9', 'encounter')) v(n, code, source),
	unnest('{2026,2027}'::int[]) y;
CREATE FUNCTION pg_temp.dx(n integer, code text, source text, y integer) RETURNS uuid
	LANGUAGE sql IMMUTABLE
	RETURN md5(concat_ws(' ', n, code, source, y))::uuid;

-- V22 F70_74 0.374, HCC19 0.104, HCC85 0.323, diabetes with HF 0.154; V28 F70_74 0.395, HCC38
-- 0.166, HCC226 0.360, with diabetes 0.112
CREATE TEMP TABLE expected (n int, older numeric, newer numeric, paid_2026 numeric,
	paid_2027 numeric);
INSERT INTO expected VALUES
	-- 0.955 / 1.187 = 0.805, 0.758, x 0.9 = 0.682; 0.561 / 1.067 = 0.526, 0.495, x 0.1 = 0.050
	-- 0.955 / 1.202 = 0.795, 0.748, 0.374; 0.561 / 1.079 = 0.520, 0.489, 0.245
	(1, 0.955, 0.561, 0.732, 0.619),
	-- 1.033 / 1.067 = 0.968, 0.911, 0.091; / 1.079 = 0.957, 0.901, 0.451
	(2, 0.955, 1.033, 0.773, 0.825),
	-- 0.697 / 1.187 = 0.587, 0.552, 0.497; 0.395 / 1.067 = 0.370, 0.348, 0.035; / 1.202 =
	-- 0.580, 0.546, 0.273; 0.366, 0.344, 0.172
	(3, 0.697, 0.395, 0.532, 0.445),
	-- 0.374: 0.315, 0.296, 0.266; 0.311, 0.293, 0.147
	(4, 0.374, 0.395, 0.301, 0.319),
	-- 0.478 / 1.187 = 0.403, 0.379, 0.341; / 1.202 = 0.398, 0.375, 0.188
	(5, 0.478, 0.561, 0.391, 0.433);

CALL pace.score_population(2026, 'PACE', 'part_c');
SELECT results_eq(format($$ SELECT raw_score
	FROM expected JOIN pace.patient_hcc_model_score ON patient_id = pg_temp.u(n)
	WHERE payment_year = 2026 AND model_version = %L ORDER BY n $$, m),
	format('SELECT %I FROM expected ORDER BY n', c), 'PACE 2026: raw scores of ' || m)
FROM (VALUES ('V22', 'older'), ('V28', 'newer')) v(m, c);
SELECT results_eq($$ SELECT raf_score, model_version FROM expected JOIN pace.patient_hcc_score
	ON patient_id = pg_temp.u(n) WHERE payment_year = 2026 ORDER BY n $$,
	$$ SELECT paid_2026, 'V22' FROM expected ORDER BY n $$,
	'PACE 2026: payment scores, and the older model leads');
SELECT results_eq($$ SELECT icd10_codes FROM expected JOIN pace.patient_hcc_score
	ON patient_id = pg_temp.u(n) WHERE payment_year = 2026 ORDER BY n $$,
	$$ VALUES ('{E119,I509}'::text[]), ('{E119,I509}'), ('{I509}'), ('{}'), ('{E119}') $$,
	'the codes that count are those of its records');
CALL pace.score_population(2027, 'PACE', 'part_c');
SELECT results_eq($$ SELECT raf_score, model_version FROM expected JOIN pace.patient_hcc_score
	ON patient_id = pg_temp.u(n) WHERE payment_year = 2027 ORDER BY n $$,
	$$ SELECT paid_2027, 'V22' FROM expected ORDER BY n $$, 'PACE 2027: the halves');

-- Part D, T 0.114, 0.171, 0.110 and X 0.035, 0.248: 0.395 / 1.202 = 0.329, 0.296; 0.283 /
-- 1.194 = 0.237, 0.024
CALL pace.score_population(2026, 'PACE', 'part_d', allow_low_confidence => true);
SELECT results_eq($$ SELECT calibration, raw_score, weighted_score FROM pace.patient_hcc_model_score
	WHERE payment_year = 2026 AND component = 'part_d'
	AND patient_id = pg_temp.u(1) ORDER BY 1 $$, $$ VALUES
	('RX_V08_2026_T', 0.395, 0.296), ('RX_V08_2026_X', 0.283, 0.024) $$,
	'Part D: two calibrations of one model');
SELECT is((SELECT raf_score FROM pace.patient_hcc_score
	WHERE payment_year = 2026 AND patient_id = pg_temp.u(1)), 0.320, 'and their sum');

-- Another program takes all records.
CALL pace.score_population(2026);
SELECT is((SELECT raw_score FROM pace.patient_hcc_score
	WHERE payment_year = 2026 AND patient_id = pg_temp.u(1)), 1.033, 'MA: all records that count');

----------------------------------------------------------------------
-- Changes
----------------------------------------------------------------------
SELECT pace.track_changes();
CALL pace.score_population(2026, 'PACE', 'part_c');
CALL pace.refresh_scores(2026, 'PACE', 'part_c');
UPDATE pace.patient_diagnosis_hcc SET record_source = 'encounter'
WHERE id = pg_temp.dx(3, 'I50.9', 'raps', 2026);
CALL pace.refresh_scores(2026, 'PACE', 'part_c');
SELECT results_eq($$ SELECT kind, scores_changed FROM pace.hcc_run ORDER BY run_id DESC LIMIT 1 $$,
	$$ VALUES ('refresh', 1::bigint) $$, 'a refresh of one patient');
-- V28 0.755 / 1.067 = 0.708, 0.666, 0.067
SELECT is((SELECT raf_score FROM pace.patient_hcc_score
	WHERE payment_year = 2026 AND patient_id = pg_temp.u(3)), 0.564, 'by both models now');
SELECT is((SELECT raf_score FROM pace.patient_hcc_score
	WHERE payment_year = 2026 AND patient_id = pg_temp.u(1)), 0.732, 'the others as they were');
UPDATE pace.patient_diagnosis_hcc SET record_source = 'raps'
WHERE id = pg_temp.dx(3, 'I50.9', 'raps', 2026);
CALL pace.refresh_scores(2026, 'PACE', 'part_c');
SELECT is((SELECT raf_score FROM pace.patient_hcc_score
	WHERE payment_year = 2026 AND patient_id = pg_temp.u(3)), 0.532, 'and back');

-- A row of one's own that says nothing of sources leaves them: V28 by factor 1: 0.561, 0.528, 0.053
INSERT INTO payment_year_parameter (payment_year, program, component, model_version, calibration,
	normalization_factor, coding_pattern_adjustment, blend_weight)
VALUES (2026, 'PACE', 'part_c', 'V28', 'V28_2024', 1, 0.059, 0.1);
CALL pace.refresh_scores(2026, 'PACE', 'part_c');
SELECT is((SELECT raf_score FROM pace.patient_hcc_score
	WHERE payment_year = 2026 AND patient_id = pg_temp.u(1)), 0.735, 'a factor of one''s own');
-- and one that says them takes what it says: 1.033, 0.972, 0.097
UPDATE payment_year_parameter
	SET record_sources = '{encounter,linked_chart_review,unlinked_chart_review,raps}'
WHERE custom AND model_version = 'V28' AND program = 'PACE';
CALL pace.refresh_scores(2026, 'PACE', 'part_c');
SELECT is((SELECT raf_score FROM pace.patient_hcc_score
	WHERE payment_year = 2026 AND patient_id = pg_temp.u(1)), 0.779, 'sources of one''s own');
SELECT is((SELECT kind FROM pace.hcc_run ORDER BY run_id DESC LIMIT 1), 'full',
	'for which everybody is scored');
UPDATE payment_year_parameter SET record_sources = '{raps}'
WHERE custom AND model_version = 'V28' AND program = 'PACE';
CALL pace.refresh_scores(2026, 'PACE', 'part_c');
SELECT results_eq($$ SELECT raw_score
	FROM expected JOIN pace.patient_hcc_model_score ON patient_id = pg_temp.u(n)
	WHERE payment_year = 2026 AND program = 'PACE' AND model_version = 'V28'
	ORDER BY n $$, 'VALUES (0.755), (0.395), (0.755), (0.395), (0.561)', 'only RAPS');
-- The codes of the row are those of its model.
UPDATE payment_year_parameter SET blend_weight = 2
WHERE custom AND model_version = 'V28' AND program = 'PACE';
CALL pace.refresh_scores(2026, 'PACE', 'part_c');
SELECT results_eq($$ SELECT model_version, icd10_codes, raw_score
	= raf_score(icd10_codes, beneficiary::beneficiary, model_version, payment_year, calibration)
	FROM expected JOIN pace.patient_hcc_score ON patient_id = pg_temp.u(n) WHERE payment_year = 2026
	ORDER BY n $$,
	$$ VALUES ('V28', '{I509}'::text[], true), ('V28', '{}', true), ('V28', '{I509}', true),
		('V28', '{}', true), ('V28', '{E119}', true) $$, 'a leading model that takes RAPS alone');
DELETE FROM payment_year_parameter WHERE custom AND model_version = 'V28' AND program = 'PACE';

----------------------------------------------------------------------
-- One diagnosis
----------------------------------------------------------------------
SELECT is(e.verdict, v, format('%s of %s, %s %s', source, y, p, m))
FROM (VALUES ('raps', 2026, 'PACE', 'V28', 'other_source'), ('raps', 2026, 'PACE', 'V22', 'ok'),
	('raps', 2026, 'MA', 'V28', 'ok'),
	('raps', 2027, 'PACE', 'V28', 'other_source'), ('raps', 2027, 'PACE', 'V22', 'ok'),
	('raps', 2026, 'PACE', 'RX_V08', 'ok'),
	('raps', 2026, 'PACE', NULL, 'ok')) t(source, y, p, m, v),
	pace.explain_diagnosis(pg_temp.dx(1, 'I50.9', source, y), y, m, p) e;
SELECT is((SELECT explanation
	FROM pace.explain_diagnosis(pg_temp.dx(1, 'I50.9', 'raps', 2026), 2026, 'V28', 'PACE')),
	'Does not count for payment year 2026 in V28: its part of the blend of PACE takes no records '
	'of this source (raps).', 'the sentence');
SELECT is((SELECT verdict
	FROM pace.explain_diagnosis(pg_temp.dx(1, 'E11.9', 'encounter', 2026), 2026, 'V28', 'PACE')),
	'ok', 'the other record of the patient');
CALL pace.annotate_diagnoses(2026, 'V28', 'PACE');
SELECT results_eq($$ SELECT record_source, verdict, included_in_raf, is_valid_encounter
	FROM pace.patient_diagnosis_hcc
	WHERE diagnosis_date < '2026-01-01' AND patient_id IN (pg_temp.u(1), pg_temp.u(5))
	ORDER BY patient_id = pg_temp.u(5), record_source $$,
	$$ VALUES ('encounter', 'ok', true, true), ('raps', 'other_source', false, true),
		('encounter', 'ok', true, true), ('raps', 'other_source', false, true) $$,
	'annotated');

----------------------------------------------------------------------
-- Gaps
----------------------------------------------------------------------
-- An encounter of 2025 and RAPS of 2026: only the newer model of PACE has a gap.
UPDATE pace.patient_diagnosis_hcc SET record_source = 'encounter'
WHERE id = pg_temp.dx(1, 'I50.9', 'raps', 2026);
CALL pace.refresh_gaps(2026, 'V28', program => 'PACE');
SELECT results_eq($$ SELECT n, hcc_code, status FROM expected JOIN pace.patient_hcc_gap
	ON patient_id = pg_temp.u(n) WHERE model_version = 'V28' ORDER BY 1, 2 $$,
	$$ VALUES (1, '226', 'documented_not_eligible'), (1, '38', 'closed'), (2, '226', 'closed'),
		(2, '38', 'closed'), (5, '38', 'closed') $$,
	'gaps of the newer model: what RAPS alone has documented is neither a gap nor closes one');
CALL pace.refresh_gaps(2026, 'V22', program => 'PACE');
SELECT results_eq($$ SELECT n, hcc_code, status FROM expected JOIN pace.patient_hcc_gap
	ON patient_id = pg_temp.u(n) WHERE model_version = 'V22' ORDER BY 1, 2 $$,
	$$ VALUES (1, '19', 'closed'), (1, '85', 'closed'), (2, '19', 'closed'), (2, '85', 'closed'),
		(3, '85', 'closed'), (5, '19', 'closed') $$, 'of the older');
CALL pace.refresh_gaps(2026, 'V28', program => 'MA');
SELECT results_eq($$ SELECT n, hcc_code, status FROM expected JOIN pace.patient_hcc_gap
	ON patient_id = pg_temp.u(n) WHERE model_version = 'V28' AND n IN (1, 3) ORDER BY 1, 2 $$,
	$$ VALUES (1, '226', 'closed'), (1, '38', 'closed'), (3, '226', 'closed') $$,
	'and of a program that takes all');

----------------------------------------------------------------------
-- Years of which one model has no tables: who does not need it is scored
----------------------------------------------------------------------
-- V24 0.386 + 0.105; V22 0.374 + 0.104. 2022: 0.491 / 1.118 = 0.439, 0.413. 2020: 0.478 /
-- 1.075 = 0.445, 0.419, 0.210; 0.491 / 1.069 = 0.459, 0.432, 0.216
INSERT INTO pace.patient_demographic (patient_id, payment_year, date_of_birth, sex)
SELECT pg_temp.u(9), y, make_date(y - 72, 1, 1), 'F' FROM unnest('{2020,2022}'::int[]) y;
INSERT INTO pace.patient_diagnosis_hcc (patient_id, icd10_code, diagnosis_date) SELECT pg_temp.u(9),
	'E11.9', make_date(y - 1, 5, 1) FROM unnest('{2020,2022}'::int[]) y;
CALL pace.score_population(2020);
CALL pace.score_population(2022);
SELECT results_eq('SELECT payment_year, raf_score FROM pace.patient_hcc_score WHERE payment_year '
	'< 2026 ORDER BY 1', 'VALUES (2020, 0.426), (2022, 0.413)', 'runs of 2020 and 2022');

SELECT * FROM finish();
DROP SCHEMA pace CASCADE;
