-- Codes that are valid and not mapped yet. The tables of payment year 2027 map
-- codes up to fiscal year 2026; E11.A9 and E1A.1 of these tests begin on
-- 2026-10-01. A run commits, so this is no transaction: what it makes, it drops.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS hccraf;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT plan(42);

SELECT results_eq('SELECT model_version, codes_through FROM hcc_model '
	'WHERE 2027 BETWEEN first_payment_year AND last_payment_year ORDER BY 1',
	$$ SELECT m, 2026 FROM unnest('{ESRD_V21,ESRD_V24,RX_V08,V22,V28}'::text[]) m ORDER BY 1 $$,
	'the tables of 2027 map codes up to fiscal year 2026');
SELECT is_empty('SELECT FROM hcc_model '
	'WHERE last_payment_year < 2026 AND codes_through IS NOT NULL', 'those of other years map all');

CREATE SCHEMA fresh;
SELECT is(hccraf_setup('fresh'), 'fresh', 'a panel');
CREATE FUNCTION pg_temp.dx(code text, day date) RETURNS uuid
	LANGUAGE sql IMMUTABLE RETURN md5(code || day)::uuid;
INSERT INTO fresh.patient_demographic (patient_id, payment_year, date_of_birth, sex)
SELECT md5('fresh')::uuid, y, '1950-01-01', 'F' FROM generate_series(2026, 2027) y;
INSERT INTO fresh.patient_diagnosis_hcc (id, patient_id, icd10_code, diagnosis_date)
SELECT pg_temp.dx(code, day), md5('fresh')::uuid, code, day
FROM unnest('{E11.A9,E1A1,Z00.00,E11.9}'::text[]) code,
	unnest('{2025-11-01,2026-09-30,2026-10-01}'::date[]) day;
-- in a model and year of the caller's
CREATE FUNCTION pg_temp.verdicts(model text, day date) RETURNS text LANGUAGE sql AS $$
	SELECT string_agg(e.verdict, ' ' ORDER BY d.icd10_code COLLATE "C")
	FROM fresh.patient_diagnosis_hcc d, fresh.explain_diagnosis(d.id, model => $1) e
	WHERE d.diagnosis_date = $2 $$;

----------------------------------------------------------------------
-- Without lists, nothing is known
----------------------------------------------------------------------
SELECT is(hcc_code_is_listed('E11.9', 2027), NULL, 'no list');
SELECT is(pg_temp.verdicts('V28', day), 'ok no_hcc no_hcc no_hcc', 'no list: ' || day)
FROM unnest('{2025-11-01,2026-09-30,2026-10-01}'::date[]) day;
SELECT set_eq($$ SELECT icd10_codes, reason
	FROM raf_explain('{E11.A9,Z00.00}'::text[], beneficiary(70, 'F'), 'V28', 2027)
	WHERE kind = 'code' $$,
	$$ VALUES ('{E11A9}'::text[], 'no mapping'), ('{Z0000}', 'no mapping') $$,
	'no list: raf_explain');

----------------------------------------------------------------------
-- The list of the year alone, as it comes: with dots or without
----------------------------------------------------------------------
INSERT INTO icd10_code (fiscal_year, icd10_code) VALUES
	(2027, 'E11A9'), (2027, 'E1A.1'), (2027, 'E119');
SELECT is(hcc_code_is_listed(c, 2027), x, concat_ws(' ', 'listed:', c, x))
FROM (VALUES ('e11.a9', true), ('E1A1', true), ('Z00.00', false), ('no code!', false)) v(c, x);
SELECT is(hcc_code_is_listed('E11.9', y), NULL, 'no list of ' || y)
FROM unnest('{2026,2028,0,-1}'::int[]) y;
-- of a row of patients, where it stops nobody
SELECT is(hcc_code_is_listed('E11.9,I50.9', 2027), false, 'several codes are none');
SELECT is(pg_temp.verdicts('V28', day), v, 'list of 2027: ' || day)
FROM (VALUES ('2025-11-01'::date, 'ok no_hcc no_hcc no_hcc'),
	('2026-09-30', 'ok no_hcc no_hcc no_hcc'),
	('2026-10-01', 'ok valid_not_mapped_yet valid_not_mapped_yet icd_invalid_for_date')) t(day, v);
SELECT is_empty($$ SELECT FROM raf_explain('{E11.A9}'::text[], beneficiary(70, 'F'), 'V28', 2027)
	WHERE reason LIKE '%yet%' $$, 'raf_explain, without dates, cannot know');

----------------------------------------------------------------------
-- Both lists
----------------------------------------------------------------------
INSERT INTO icd10_code (fiscal_year, icd10_code) VALUES
	(2026, 'E119'), (2026, 'Z00.00'), (2027, 'Z0000');
SELECT is(pg_temp.verdicts(m, day), v, concat_ws(' ', 'both lists:', m, day))
FROM (VALUES ('V28', '2026-10-01'::date, 'ok valid_not_mapped_yet valid_not_mapped_yet no_hcc'),
	('V22', '2026-10-01', 'ok valid_not_mapped_yet valid_not_mapped_yet no_hcc'),
	('RX_V08', '2026-10-01', 'ok valid_not_mapped_yet valid_not_mapped_yet no_hcc'),
	-- nothing is to come for a model of the past
	('V24', '2026-10-01', 'ok no_hcc no_hcc no_hcc'),
	('V28', '2026-09-30', 'ok icd_invalid_for_date icd_invalid_for_date no_hcc'),
	('V28', '2025-11-01', 'ok icd_invalid_for_date icd_invalid_for_date no_hcc')) t(m, day, v);
SELECT is((SELECT explanation
	FROM fresh.explain_diagnosis(pg_temp.dx('E11.A9', '2026-10-01'), 2027, 'V28')),
	'The record counts for payment year 2027, and E11.A9 is a valid code, '
	'but newer than what the tables of V28 map.', 'the sentence');
SELECT is((SELECT counts
	FROM fresh.explain_diagnosis(pg_temp.dx('E11.A9', '2026-10-01'), 2027, 'V28')), false,
	'it does not count');
SELECT results_eq($$ SELECT icd10_code, verdict, counted FROM fresh.dx_verdict(2027)
	WHERE diagnosis_date = '2026-10-01' ORDER BY icd10_code COLLATE "C" $$,
	$$ VALUES ('E119', 'ok', true), ('E11A9', 'valid_not_mapped_yet', false),
		('E1A1', 'valid_not_mapped_yet', false), ('Z0000', 'no_hcc', false) $$, 'dx_verdict');
CALL fresh.annotate_diagnoses(2027, 'V28');
SELECT results_eq($$ SELECT verdict, count(*), bool_or(included_in_raf)
	FROM fresh.patient_diagnosis_hcc WHERE diagnosis_date >= '2026-01-01' GROUP BY 1 ORDER BY 1 $$,
	$$ VALUES ('icd_invalid_for_date', 2::bigint, false), ('no_hcc', 2, false), ('ok', 2, true),
		('valid_not_mapped_yet', 2, false) $$, 'annotated');
CALL fresh.score_population(2027);
SELECT is((SELECT diagnoses FROM fresh.hcc_run ORDER BY run_id DESC LIMIT 1),
	'{"ok": 2, "no_hcc": 2, "icd_invalid_for_date": 2, "valid_not_mapped_yet": 2}'::jsonb,
	'counted in a run');
CALL fresh.score_population(2026);
SELECT is((SELECT diagnoses FROM fresh.hcc_run ORDER BY run_id DESC LIMIT 1),
	'{"ok": 1, "no_hcc": 1, "icd_invalid_for_date": 2}'::jsonb, 'of 2026: none');
SELECT set_eq(format($$ SELECT icd10_codes[1], reason
	FROM raf_explain('{E11.A9,Z00.00,E119}'::%s, beneficiary(70, 'F'), %L, %s)
	WHERE kind = 'code' $$, t, m, y),
	format($$ VALUES ('E11A9', %L), ('Z0000', 'no mapping') $$, r),
	concat_ws(' ', 'raf_explain', t, m, y))
FROM (VALUES ('V28', 2027, 'valid, not mapped yet'), ('V28', 2026, 'no mapping'),
	('V24', 2025, 'no mapping')) v(m, y, r), unnest('{text[],icd10_set}'::text[]) t;

-- A mapping that has come, and tables that are complete
INSERT INTO hcc_crosswalk (model_version, icd10_code, hcc_code, effective_year, expiry_year) VALUES
	('V28', 'E11A9', '38', 2027, 2027);
SELECT is(pg_temp.verdicts('V28', '2026-10-01'), 'ok ok valid_not_mapped_yet no_hcc',
	'one is mapped');
UPDATE hcc_model SET codes_through = 2027 WHERE model_version = 'V28' AND first_payment_year = 2026;
SELECT is(pg_temp.verdicts('V28', '2026-10-01'), 'ok ok no_hcc no_hcc',
	'the tables say that they are complete');
SELECT is((SELECT reason FROM raf_explain('{E1A.1}'::text[], beneficiary(70, 'F'), 'V28', 2027)
	WHERE kind = 'code'), 'no mapping', 'raf_explain of them');

SELECT * FROM finish();
UPDATE hcc_model SET codes_through = 2026 WHERE model_version = 'V28' AND first_payment_year = 2026;
DELETE FROM hcc_crosswalk WHERE custom;
DELETE FROM icd10_code;
DROP SCHEMA fresh CASCADE;
