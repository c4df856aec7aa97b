-- How much of each model there must be. The numbers are CMS's: counted in its
-- macros, format texts and mapping tables, not in this extension.
BEGIN;
CREATE EXTENSION IF NOT EXISTS hccraf;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT plan(59);

SELECT is((SELECT count(*) FROM hcc_category WHERE model_version = m AND is_payment), hccs::bigint, format('%s: %s payment HCCs', m, hccs))
FROM (VALUES ('V22', 79), ('V23', 83), ('V24', 86), ('V28', 115)) v(m, hccs);
SELECT is((SELECT count(*) FROM hcc_hierarchy WHERE model_version = m), pairs::bigint, format('%s: %s hierarchy pairs', m, pairs))
FROM (VALUES ('V22', 57), ('V23', 68), ('V24', 72), ('V28', 149)) v(m, pairs);

-- Distinct codes by payment year
SELECT is((SELECT count(DISTINCT icd10_code) FROM hcc_crosswalk WHERE model_version = m AND y BETWEEN effective_year AND expiry_year),
	codes::bigint, format('%s %s: %s codes', m, y, codes))
FROM (VALUES ('V22', 2017, 9222), ('V22', 2022, 9441), ('V22', 2024, 9623), ('V22', 2025, 9695), ('V22', 2026, 9822), ('V22', 2027, 9822),
	('V23', 2019, 9338), ('V24', 2020, 9474), ('V24', 2023, 9797), ('V24', 2025, 9927),
	('V28', 2024, 7810), ('V28', 2025, 7903), ('V28', 2026, 8019), ('V28', 2027, 8019)) v(m, y, codes);
-- October 2025 brought and took codes.
CREATE FUNCTION pg_temp.codes_of(model text, y int) RETURNS SETOF text LANGUAGE sql
	AS $$ SELECT icd10_code FROM hcc_crosswalk WHERE model_version = $1 AND $2 BETWEEN effective_year AND expiry_year $$;
SELECT is((SELECT count(*) FROM (SELECT pg_temp.codes_of(m, a) EXCEPT SELECT pg_temp.codes_of(m, b)) c), n::bigint, what)
FROM (VALUES ('V28', 2026, 2025, 134, 'V28: 134 codes new in 2026'), ('V28', 2025, 2026, 18, 'V28: 18 codes gone in 2026'),
	('V22', 2026, 2025, 142, 'V22: 142 codes new in 2026'), ('V28', 2027, 2026, 0, 'V28: 2027 is 2026 so far')) v(m, a, b, n, what);

-- Years without tables are refused, not scored with others.
SELECT throws_like(format($$ SELECT raf_score('{}'::text[], beneficiary(72, 'F'), %L, %s) $$, m, y),
	format('model "%s" has no tables for payment year %s', m, y), format('%s has no %s', m, y))
FROM (VALUES ('V22', 2016), ('V22', 2023), ('V22', 2028), ('V23', 2018), ('V23', 2020), ('V24', 2019), ('V24', 2026), ('V28', 2023), ('V28', 2028)) v(m, y);
SELECT isnt(raf_score('{}'::text[], beneficiary(72, 'F'), m, y), NULL, format('%s has %s', m, y))
FROM (VALUES ('V22', 2017), ('V22', 2022), ('V22', 2024), ('V22', 2027), ('V23', 2019), ('V24', 2020), ('V24', 2025), ('V28', 2024), ('V28', 2027)) v(m, y);

-- The mandatory edits: women's haemophilia; lung diseases under 18; F34.81
-- below 6 and above 18; V28: breast cancer under 50, newborn codes from 2.
SELECT is((SELECT count(*) FROM hcc_dx_edit WHERE model_version = m AND edit_kind = 'mandatory'), n::bigint, format('%s: %s mandatory edits', m, n))
FROM (VALUES ('V22', 2 + 16 + 2), ('V23', 2 + 16 + 2), ('V24', 2 + 16 + 2), ('V28', 2 + 16 + 57 + 32)) v(m, n);

SELECT set_eq($$ SELECT bill_type, setting, procedure_required FROM eligible_bill_type $$,
	$$ VALUES ('11', 'inpatient', false), ('41', 'inpatient', false), ('12', 'outpatient', true), ('13', 'outpatient', true),
		('43', 'outpatient', true), ('71', 'outpatient', true), ('73', 'outpatient', true), ('76', 'outpatient', true),
		('77', 'outpatient', true), ('85', 'outpatient', true), ('87', 'outpatient', true) $$, 'the bill types that count');

----------------------------------------------------------------------
-- Factors and weights of Medicare Advantage
----------------------------------------------------------------------
SELECT set_eq($$ SELECT payment_year, model_version, normalization_factor, coding_pattern_adjustment, blend_weight
		FROM payment_year_parameter WHERE program = 'MA' AND component = 'part_c' AND payment_year >= 2022 $$,
	$$ VALUES (2022, 'V24', 1.118, 0.059, 1.00), (2023, 'V24', 1.127, 0.059, 1.00),
		(2024, 'V24', 1.146, 0.059, 0.67), (2024, 'V28', 1.015, 0.059, 0.33),
		(2025, 'V24', 1.153, 0.059, 0.33), (2025, 'V28', 1.045, 0.059, 0.67),
		(2026, 'V28', 1.067, 0.059, 1.00), (2027, 'V28', 1.079, 0.059, 1.00) $$, 'factors and weights, 2022 to 2027');

-- The woman of 72 with diabetes, heart failure and kidney disease: raw 1.585
-- in V24, 1.723 in V28.
-- 2022: 1.585 / 1.118 = 1.418; x 0.941 = 1.334
-- 2023: 1.585 / 1.127 = 1.406; x 0.941 = 1.323
-- 2024: 1.585 / 1.146 = 1.383; x 0.941 = 1.301; x 0.67 = 0.872
--       1.723 / 1.015 = 1.698; x 0.941 = 1.598; x 0.33 = 0.527; together 1.399
SELECT is(raf_payment('{E1122,I509,N184}'::text[], beneficiary(72, 'F'), y), score, format('payment score of %s: %s', y, score))
FROM (VALUES (2022, 1.334), (2023, 1.323), (2024, 1.399)) v(y, score);

-- A factor that nobody has is not guessed.
SELECT throws_like(format($$ SELECT raf_payment('{}'::text[], beneficiary(72, 'F'), %s, %L, allow_low_confidence => true) $$, y, program),
	format('the %s of model "V22" for payment year %s, program "%s", component "part_c" is not known', what, y, program),
	format('%s %s: %s is not known', program, y, what))
FROM (VALUES (2020, 'MA', 'normalization_factor'), (2021, 'MA', 'normalization_factor'),
	(2025, 'PACE', 'normalization_factor'), (2027, 'PACE', 'blend_weight')) v(y, program, what);
INSERT INTO payment_year_parameter (payment_year, program, component, model_version, calibration, normalization_factor,
	coding_pattern_adjustment, blend_weight)
VALUES (2021, 'MA', 'part_c', 'V22', 'V22_2017', 2, 0, 0.25);
-- V22: F70_74 0.374 / 2 = 0.187; x 0.25 = 0.047. V24: 0.386 / 1.097 = 0.352; x 0.941 = 0.331; x 0.75 = 0.248
SELECT is(raf_payment('{}'::text[], beneficiary(72, 'F'), 2021), 0.295, 'with a row of the user''s own it is paid by');
SELECT throws_like($$ SELECT raf_payment('{}'::text[], beneficiary(72, 'F'), 2019) $$, 'there are no payment parameters for payment year 2019%',
	'no row at all');

SELECT * FROM finish();
ROLLBACK;
