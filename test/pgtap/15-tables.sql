-- How much of each model there must be. The numbers are CMS's: counted in its
-- macros, format texts and mapping tables, not in this extension.
BEGIN;
CREATE EXTENSION IF NOT EXISTS hccraf;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT plan(252);

SELECT is((SELECT count(*) FROM hcc_category WHERE model_version = m AND is_payment), hccs::bigint,
	format('%s: %s payment HCCs', m, hccs))
FROM (VALUES ('V22', 79), ('V23', 83), ('V24', 86), ('V28', 115),
	('ESRD_V21', 87), ('ESRD_V24', 86), ('RX_V05', 76), ('RX_V08', 84)) v(m, hccs);
SELECT is((SELECT count(*) FROM hcc_hierarchy WHERE model_version = m), pairs::bigint,
	format('%s: %s hierarchy pairs', m, pairs))
FROM (VALUES ('V22', 57), ('V23', 68), ('V24', 72), ('V28', 149),
	('ESRD_V21', 87), ('ESRD_V24', 72), ('RX_V05', 71), ('RX_V08', 71)) v(m, pairs);
SELECT is((SELECT count(*) FROM hcc_coefficient WHERE model_version = m AND calibration = c),
	n::bigint, format('%s: %s coefficients', c, n))
FROM (VALUES ('V22', 'V22_2017', 930), ('V23', 'V23_2019', 958), ('V24', 'V24_2020', 1039),
	('V28', 'V28_2024', 1237),
	('ESRD_V21', 'ESRD_V21_2019', 587), ('ESRD_V24', 'ESRD_V24_2023', 902),
	('RX_V05', 'RX_V05_2020', 793),
	('RX_V08', 'RX_V08_2025', 828), ('RX_V08', 'RX_V08_2025_PACE', 828),
	('RX_V08', 'RX_V08_2026_T', 769),
	('RX_V08', 'RX_V08_2026_X', 766), ('RX_V08', 'RX_V08_2027_T2', 769),
	('RX_V08', 'RX_V08_2027_Y1', 753),
	('RX_V08', 'RX_V08_2027_Y2', 752)) v(m, c, n);

-- Distinct codes by payment year
SELECT is((SELECT count(DISTINCT icd10_code) FROM hcc_crosswalk
	WHERE model_version = m AND y BETWEEN effective_year AND expiry_year),
	codes::bigint, format('%s %s: %s codes', m, y, codes))
FROM (VALUES ('V22', 2017, 9222), ('V22', 2022, 9441), ('V22', 2024, 9623), ('V22', 2025, 9695),
	('V22', 2026, 9822), ('V22', 2027, 9822),
	('V23', 2019, 9338), ('V24', 2020, 9474), ('V24', 2023, 9797), ('V24', 2025, 9927),
	('V28', 2024, 7810), ('V28', 2025, 7903), ('V28', 2026, 8019), ('V28', 2027, 8019),
	('ESRD_V21', 2019, 9520), ('ESRD_V21', 2021, 9622), ('ESRD_V21', 2024, 10021),
	('ESRD_V21', 2025, 10093), ('ESRD_V21', 2026, 10225), ('ESRD_V21', 2027, 10225),
	('ESRD_V24', 2024, 9855), ('ESRD_V24', 2025, 9927), ('ESRD_V24', 2026, 10055),
	('ESRD_V24', 2027, 10055), ('RX_V05', 2021, 4065), ('RX_V05', 2025, 4231),
	('RX_V08', 2024, 5159), ('RX_V08', 2025, 5257), ('RX_V08', 2026, 5385),
	('RX_V08', 2027, 5385)) v(m, y, codes);
-- October 2025 brought and took codes.
CREATE FUNCTION pg_temp.codes_of(model text, y int) RETURNS SETOF text LANGUAGE sql
	AS $$ SELECT icd10_code FROM hcc_crosswalk
		WHERE model_version = $1 AND $2 BETWEEN effective_year AND expiry_year $$;
SELECT is((SELECT count(*)
	FROM (SELECT pg_temp.codes_of(m, a) EXCEPT SELECT pg_temp.codes_of(m, b)) c), n::bigint, what)
FROM (VALUES ('V28', 2026, 2025, 134, 'V28: 134 codes new in 2026'),
	('V28', 2025, 2026, 18, 'V28: 18 codes gone in 2026'),
	('V22', 2026, 2025, 142, 'V22: 142 codes new in 2026'),
	('V28', 2027, 2026, 0, 'V28: 2027 is 2026 so far'),
	('ESRD_V21', 2026, 2025, 148, 'ESRD_V21: 148 codes new in 2026'),
	('ESRD_V21', 2025, 2026, 16, 'ESRD_V21: 16 codes gone in 2026'),
	('ESRD_V24', 2026, 2025, 143, 'ESRD_V24: 143 codes new in 2026'),
	('ESRD_V24', 2025, 2026, 15, 'ESRD_V24: 15 codes gone in 2026'),
	('RX_V08', 2026, 2025, 147, 'RX_V08: 147 codes new in 2026'),
	('RX_V08', 2025, 2026, 19, 'RX_V08: 19 codes gone in 2026'))
	v(m, a, b, n, what);
-- The two have the same categories, and ESRD_V24 the same hierarchy as V24.
SELECT set_eq(format('SELECT icd10_code, hcc_code FROM hcc_crosswalk '
	'WHERE model_version = %L AND %s BETWEEN effective_year AND expiry_year', 'ESRD_V24', y),
	format('SELECT icd10_code, hcc_code FROM hcc_crosswalk '
		'WHERE model_version = %L AND %s BETWEEN effective_year AND expiry_year', 'V24', y),
	format('ESRD_V24 has the codes of V24 in %s', y))
FROM unnest('{2024,2025}'::int[]) y;
SELECT set_eq('SELECT superior_hcc, subordinate_hcc FROM hcc_hierarchy '
	'WHERE model_version = ''ESRD_V24''',
	'SELECT superior_hcc, subordinate_hcc FROM hcc_hierarchy WHERE model_version = ''V24''',
	'ESRD_V24 has the hierarchy of V24');

-- Years without tables are refused, not scored with others.
SELECT throws_like(format(
	$$ SELECT raf_score('{}'::text[], beneficiary(72, 'F', esrd => 'dialysis'), %L, %s) $$, m, y),
	format('model "%s" has no tables for payment year %s', m, y), format('%s has no %s', m, y))
FROM (VALUES ('V22', 2016), ('V22', 2023), ('V22', 2028), ('V23', 2018), ('V23', 2020),
	('V24', 2019), ('V24', 2026), ('V28', 2023), ('V28', 2028),
	('ESRD_V21', 2018), ('ESRD_V21', 2020), ('ESRD_V21', 2022), ('ESRD_V21', 2023),
	('ESRD_V21', 2028), ('ESRD_V24', 2023), ('ESRD_V24', 2028),
	('RX_V05', 2020), ('RX_V05', 2022), ('RX_V05', 2024), ('RX_V05', 2026), ('RX_V08', 2023),
	('RX_V08', 2028)) v(m, y);
-- The 2023 RxHCC model, which 2024 is paid by, has no coefficients here.
SELECT throws_like($$ SELECT raf_score('{}'::text[], beneficiary(72, 'F'), 'RX_V08', 2024) $$,
	'model "RX_V08" has no coefficients for payment year 2024',
	'RX_V08 has no coefficients of 2024');
SELECT throws_like(
	format($$ SELECT raf_score('{}'::text[], beneficiary(72, 'F'), 'RX_V08', %s, %L) $$, y, c),
	format('model "RX_V08" has no calibration "%s" in payment year %s', c, y),
	format('%s is not of %s', c, y))
FROM (VALUES (2025, 'RX_V08_2026_X'), (2026, 'RX_V08_2025'), (2026, 'RX_V08_2027_Y1'),
	(2027, 'RX_V08_2026_T')) v(y, c);
SELECT isnt(raf_score('{}'::text[], beneficiary(72, 'F', esrd => 'dialysis'), m, y), NULL,
	format('%s has %s', m, y))
FROM (VALUES ('V22', 2017), ('V22', 2022), ('V22', 2024), ('V22', 2027), ('V23', 2019),
	('V24', 2020), ('V24', 2025), ('V28', 2024), ('V28', 2027),
	('ESRD_V21', 2019), ('ESRD_V21', 2021), ('ESRD_V21', 2024), ('ESRD_V21', 2027),
	('ESRD_V24', 2024), ('ESRD_V24', 2027),
	('RX_V05', 2021), ('RX_V05', 2025), ('RX_V08', 2025), ('RX_V08', 2027)) v(m, y);

-- The mandatory edits: women's haemophilia; lung diseases under 18; F34.81
-- below 6 and above 18; V28: breast cancer under 50, newborn codes from 2.
SELECT is((SELECT count(*) FROM hcc_dx_edit WHERE model_version = m AND edit_kind = 'mandatory'),
	n::bigint, format('%s: %s mandatory edits', m, n))
FROM (VALUES ('V22', 2 + 16 + 2), ('V23', 2 + 16 + 2), ('V24', 2 + 16 + 2),
	('V28', 2 + 16 + 57 + 32),
	('ESRD_V21', 2 + 16 + 2), ('ESRD_V24', 2 + 16 + 2), ('RX_V05', 0), ('RX_V08', 0)) v(m, n);
SELECT is((SELECT count(*) FROM hcc_dx_edit WHERE model_version = m AND edit_kind = 'mce'),
	n::bigint, format('%s: %s code editor edits', m, n))
FROM (VALUES ('V22', 373), ('V23', 0), ('V24', 426), ('V28', 305),
	('ESRD_V21', 424), ('ESRD_V24', 426), ('RX_V05', 0), ('RX_V08', 243)) v(m, n);

SELECT set_eq($$ SELECT bill_type, setting, procedure_required FROM eligible_bill_type
	WHERE program = '' $$,
	$$ VALUES ('11', 'inpatient', false), ('41', 'inpatient', false), ('12', 'outpatient', true),
		('13', 'outpatient', true),
		('43', 'outpatient', true), ('71', 'outpatient', true), ('73', 'outpatient', true),
		('76', 'outpatient', true),
		('77', 'outpatient', true), ('85', 'outpatient', true),
		('87', 'outpatient', true) $$, 'the bill types that count');

----------------------------------------------------------------------
-- Factors and weights. Of dialysis and grafts of 2020 to 2022 Medicare Advantage
-- paid by a revision of the model that is here: these rows are an approximation,
-- whatever the factor's own confidence.
----------------------------------------------------------------------
SELECT set_eq($$ SELECT payment_year, program, component, model_version, calibration,
	normalization_factor,
		coding_pattern_adjustment, blend_weight, confidence FROM payment_year_parameter $$,
	$$ VALUES (2020, 'MA', 'dialysis_and_transplant', 'ESRD_V21', 'ESRD_V21_2019', 1.059,
		0.059, 1.00, 'low'),
		(2020, 'MA', 'functioning_graft', 'ESRD_V21', 'ESRD_V21_2019', 1.084, 0.059, 1.00, 'low'),
		(2020, 'MA', 'part_c', 'V22', 'V22_2017', 1.075, 0.059, 0.50, 'medium'),
		(2020, 'MA', 'part_c', 'V24', 'V24_2020', 1.069, 0.059, 0.50, 'high'),
		(2020, 'MA-PD', 'part_d', 'RX_V05', 'RX_V05_2020', 1.043, 0, 1.00, 'medium'),
		(2020, 'PDP', 'part_d', 'RX_V05', 'RX_V05_2020', 1.043, 0, 1.00, 'medium'),
		(2020, 'PACE', 'part_c', 'V22', 'V22_2017', 1.075, 0.059, 1.00, 'medium'),
		(2021, 'MA', 'dialysis_and_transplant', 'ESRD_V21', 'ESRD_V21_2019', NULL,
			0.059, 1.00, 'low'),
		(2021, 'MA', 'functioning_graft', 'ESRD_V21', 'ESRD_V21_2019', NULL, 0.059, 1.00, 'low'),
		(2021, 'MA', 'part_c', 'V22', 'V22_2017', NULL, 0.059, 0.25, 'low'),
		(2021, 'MA', 'part_c', 'V24', 'V24_2020', 1.097, 0.059, 0.75, 'high'),
		(2021, 'MA-PD', 'part_d', 'RX_V05', 'RX_V05_2020', NULL, 0, 1.00, 'low'),
		(2021, 'PDP', 'part_d', 'RX_V05', 'RX_V05_2020', NULL, 0, 1.00, 'low'),
		(2021, 'PACE', 'part_c', 'V22', 'V22_2017', NULL, 0.059, 1.00, 'low'),
		(2022, 'MA', 'dialysis_and_transplant', 'ESRD_V21', 'ESRD_V21_2019', 1.077,
			0.059, 1.00, 'low'),
		(2022, 'MA', 'functioning_graft', 'ESRD_V21', 'ESRD_V21_2019', 1.126, 0.059, 1.00, 'low'),
		(2022, 'MA', 'part_c', 'V24', 'V24_2020', 1.118, 0.059, 1.00, 'high'),
		(2022, 'MA-PD', 'part_d', 'RX_V05', 'RX_V05_2020', NULL, 0, 1.00, 'low'),
		(2022, 'PDP', 'part_d', 'RX_V05', 'RX_V05_2020', NULL, 0, 1.00, 'low'),
		(2022, 'PACE', 'part_c', 'V22', 'V22_2017', NULL, 0.059, 1.00, 'low'),
		(2023, 'MA', 'dialysis_and_transplant', 'ESRD_V24', 'ESRD_V24_2023', 1.034, 0.059,
			1.00, 'medium'),
		(2023, 'MA', 'functioning_graft', 'ESRD_V24', 'ESRD_V24_2023', 1.048, 0.059,
			1.00, 'medium'),
		(2023, 'MA', 'part_c', 'V24', 'V24_2020', 1.127, 0.059, 1.00, 'high'),
		(2023, 'MA-PD', 'part_d', 'RX_V08', NULL, NULL, 0, 1.00, 'low'),
		(2023, 'PDP', 'part_d', 'RX_V08', NULL, NULL, 0, 1.00, 'low'),
		(2023, 'PACE', 'part_c', 'V22', 'V22_2017', NULL, 0.059, 1.00, 'low'),
		(2023, 'PACE', 'part_d', 'RX_V05', 'RX_V05_2020', NULL, 0, 1.00, 'low'),
		(2024, 'MA', 'dialysis_and_transplant', 'ESRD_V24', 'ESRD_V24_2023', 1.022, 0.059,
			1.00, 'high'),
		(2024, 'MA', 'functioning_graft', 'ESRD_V24', 'ESRD_V24_2023', 1.028, 0.059, 1.00, 'high'),
		(2024, 'MA', 'part_c', 'V24', 'V24_2020', 1.146, 0.059, 0.67, 'high'),
		(2024, 'MA', 'part_c', 'V28', 'V28_2024', 1.015, 0.059, 0.33, 'high'),
		(2024, 'MA-PD', 'part_d', 'RX_V08', NULL, 1.063, 0, 1.00, 'high'),
		(2024, 'PDP', 'part_d', 'RX_V08', NULL, 1.063, 0, 1.00, 'high'),
		(2024, 'PACE', 'dialysis_and_transplant', 'ESRD_V21', 'ESRD_V21_2019', 1.100, 0.059,
			1.00, 'high'),
		(2024, 'PACE', 'functioning_graft', 'ESRD_V21', 'ESRD_V21_2019', 1.159, 0.059,
			1.00, 'high'),
		(2024, 'PACE', 'part_c', 'V22', 'V22_2017', 1.159, 0.059, 1.00, 'high'),
		(2024, 'PACE', 'part_d', 'RX_V05', 'RX_V05_2020', 1.084, 0, 1.00, 'high'),
		(2025, 'MA', 'dialysis_and_transplant', 'ESRD_V24', 'ESRD_V24_2023', NULL,
			0.059, 1.00, 'low'),
		(2025, 'MA', 'functioning_graft', 'ESRD_V24', 'ESRD_V24_2023', NULL, 0.059, 1.00, 'low'),
		(2025, 'MA', 'part_c', 'V24', 'V24_2020', 1.153, 0.059, 0.33, 'high'),
		(2025, 'MA', 'part_c', 'V28', 'V28_2024', 1.045, 0.059, 0.67, 'high'),
		(2025, 'MA-PD', 'part_d', 'RX_V08', 'RX_V08_2025', NULL, 0, 1.00, 'low'),
		(2025, 'PACE', 'dialysis_and_transplant', 'ESRD_V21', 'ESRD_V21_2019', NULL,
			0.059, 1.00, 'low'),
		(2025, 'PACE', 'functioning_graft', 'ESRD_V21', 'ESRD_V21_2019', NULL, 0.059, 1.00, 'low'),
		(2025, 'PACE', 'part_c', 'V22', 'V22_2017', NULL, 0.059, 1.00, 'low'),
		(2025, 'PACE', 'part_d', 'RX_V05', 'RX_V05_2020', NULL, 0, 1.00, 'low'),
		(2025, 'PDP', 'part_d', 'RX_V08', 'RX_V08_2025', NULL, 0, 1.00, 'low'),
		(2026, 'MA', 'dialysis_and_transplant', 'ESRD_V24', 'ESRD_V24_2023', 1.062, 0.059,
			1.00, 'high'),
		(2026, 'MA', 'functioning_graft', 'ESRD_V24', 'ESRD_V24_2023', 1.104, 0.059, 1.00, 'high'),
		(2026, 'MA', 'part_c', 'V28', 'V28_2024', 1.067, 0.059, 1.00, 'high'),
		(2026, 'MA-PD', 'part_d', 'RX_V08', 'RX_V08_2026_X', 1.194, 0, 1.00, 'high'),
		(2026, 'PACE', 'dialysis_and_transplant', 'ESRD_V21', 'ESRD_V21_2019', 1.129, 0.059,
			0.90, 'high'),
		(2026, 'PACE', 'dialysis_and_transplant', 'ESRD_V24', 'ESRD_V24_2023', 1.062, 0.059,
			0.10, 'high'),
		(2026, 'PACE', 'functioning_graft', 'ESRD_V21', 'ESRD_V21_2019', 1.203, 0.059,
			0.90, 'high'),
		(2026, 'PACE', 'functioning_graft', 'ESRD_V24', 'ESRD_V24_2023', 1.104, 0.059,
			0.10, 'high'),
		(2026, 'PACE', 'part_c', 'V22', 'V22_2017', 1.187, 0.059, 0.90, 'high'),
		(2026, 'PACE', 'part_c', 'V28', 'V28_2024', 1.067, 0.059, 0.10, 'high'),
		(2026, 'PACE', 'part_d', 'RX_V08', 'RX_V08_2026_T', 1.202, 0, 0.90, 'high'),
		(2026, 'PACE', 'part_d', 'RX_V08', 'RX_V08_2026_X', 1.194, 0, 0.10, 'low'),
		(2026, 'PDP', 'part_d', 'RX_V08', 'RX_V08_2026_X', 0.887, 0, 1.00, 'high'),
		(2027, 'MA', 'dialysis_and_transplant', 'ESRD_V24', 'ESRD_V24_2023', 1.072, 0.059,
			1.00, 'medium'),
		(2027, 'MA', 'functioning_graft', 'ESRD_V24', 'ESRD_V24_2023', 1.119, 0.059,
			1.00, 'medium'),
		(2027, 'MA', 'part_c', 'V28', 'V28_2024', 1.079, 0.059, 1.00, 'high'),
		(2027, 'MA-PD', 'part_d', 'RX_V08', 'RX_V08_2027_Y1', 1.109, 0, 1.00, 'medium'),
		(2027, 'PACE', 'dialysis_and_transplant', 'ESRD_V21', 'ESRD_V21_2019', 1.145, 0.059,
			0.50, 'medium'),
		(2027, 'PACE', 'dialysis_and_transplant', 'ESRD_V24', 'ESRD_V24_2023', 1.072, 0.059,
			0.50, 'medium'),
		(2027, 'PACE', 'functioning_graft', 'ESRD_V21', 'ESRD_V21_2019', 1.209, 0.059,
			0.50, 'medium'),
		(2027, 'PACE', 'functioning_graft', 'ESRD_V24', 'ESRD_V24_2023', 1.119, 0.059,
			0.50, 'medium'),
		(2027, 'PACE', 'part_c', 'V22', 'V22_2017', 1.202, 0.059, 0.50, 'medium'),
		(2027, 'PACE', 'part_c', 'V28', 'V28_2024', 1.079, 0.059, 0.50, 'high'),
		(2027, 'PACE', 'part_d', 'RX_V08', 'RX_V08_2027_T2', 1.237, 0, 0.50, 'medium'),
		(2027, 'PACE', 'part_d', 'RX_V08', 'RX_V08_2027_Y1', 1.109, 0, 0.50, 'low'),
		(2027, 'PDP', 'part_d', 'RX_V08', 'RX_V08_2027_Y2', 1.005, 0, 1.00, 'medium') $$,
	'factors, weights and how sure they are');
SELECT is((SELECT count(*) FROM payment_year_parameter), 73::bigint, 'and each once');

-- The woman of 72 with diabetes, heart failure and kidney disease: raw 1.585
-- in V24, 1.723 in V28.
-- 2022: 1.585 / 1.118 = 1.418; x 0.941 = 1.334
-- 2023: 1.585 / 1.127 = 1.406; x 0.941 = 1.323
-- 2024: 1.585 / 1.146 = 1.383; x 0.941 = 1.301; x 0.67 = 0.872
--       1.723 / 1.015 = 1.698; x 0.941 = 1.598; x 0.33 = 0.527; together 1.399
SELECT is(raf_payment('{E1122,I509,N184}'::text[], beneficiary(72, 'F'), y), score,
	format('payment score of %s: %s', y, score))
FROM (VALUES (2022, 1.334), (2023, 1.323), (2024, 1.399)) v(y, score);

-- A woman of 72 without diagnoses or Medicaid. V22 0.374, V28 0.395; DI: ESRD_V21
-- 0.653, ESRD_V24 0.624; RX_V08 2026: T 0.114, X 0.035; 2027: Y1 0.013, Y2 0.036.
-- On dialysis:
-- MA 2024: 0.624 / 1.022 = 0.611; x 0.941 = 0.575. 2026: / 1.062 = 0.588; 0.553. 2027: / 1.072
-- = 0.582; 0.548
-- PACE 2024: 0.653 / 1.100 = 0.594; x 0.941 = 0.559
-- PACE 2026: 0.653 / 1.129 = 0.578; x 0.941 = 0.544; x 0.90 = 0.490; and 0.553 x 0.10 = 0.055
-- Graft of 12 months: ESRD_V21 GC 0.350 + 1.121 = 1.471; ESRD_V24 GNPA 0.359 + 0.905 = 1.264
-- MA 2026: 1.264 / 1.104 = 1.145; x 0.941 = 1.077
-- PACE 2026: 1.471 / 1.203 = 1.223; x 0.941 = 1.151; x 0.90 = 1.036; and 1.077 x 0.10 = 0.108
-- Transplant, MA 2026: month 1 5.985 / 1.062 = 5.636; x 0.941 = 5.303; month 3 0.941 / 1.062 =
-- 0.886; 0.834
-- PACE 2024: 0.374 / 1.159 = 0.323; x 0.941 = 0.304
-- PACE 2026: 0.374 / 1.187 = 0.315; x 0.941 = 0.296; x 0.90 = 0.266; 0.395 / 1.067 = 0.370;
-- 0.348; x 0.10 = 0.035
-- Part D 2026: PACE 0.114 / 1.202 = 0.095; x 0.90 = 0.086; 0.035 / 1.194 = 0.029; x 0.10 = 0.003
-- MA-PD 0.029, PDP 0.035 / 0.887 = 0.039; 2027: 0.013 / 1.109 = 0.012, 0.036 / 1.005 = 0.036
-- 2020, V24 0.386: 0.374 / 1.075 = 0.348; x 0.941 = 0.327 (all of PACE); x 0.50 = 0.164; 0.386
-- / 1.069 = 0.361; 0.340; 0.170
-- PACE 2027, halves: 0.374 / 1.202 = 0.311; 0.293; 0.147; 0.395 / 1.079 = 0.366; 0.344; 0.172
-- DI 0.653 / 1.145 = 0.570; 0.536; 0.268; 0.624 / 1.072 = 0.582; 0.548; 0.274
-- graft 1.471 / 1.209 = 1.217; 1.145; 0.573; 1.264 / 1.119 = 1.130; 1.063; 0.532
-- Part D, T2 0.114 / 1.237 = 0.092; 0.046; 0.012; 0.006
SELECT is(raf_payment('{}'::text[], beneficiary(72, 'F', esrd => esrd, graft_months => months), y,
	program, component,
		allow_low_confidence => component = 'part_d'), score,
	concat_ws(' ', program, y, component, score))
FROM (VALUES ('dialysis', NULL::int, 'MA', 2024, 'dialysis_and_transplant', 0.575),
	('dialysis', NULL, 'MA', 2026, 'dialysis_and_transplant', 0.553),
	('dialysis', NULL, 'MA', 2027, 'dialysis_and_transplant', 0.548),
	('dialysis', NULL, 'PACE', 2024, 'dialysis_and_transplant', 0.559),
	('dialysis', NULL, 'PACE', 2026, 'dialysis_and_transplant', 0.545),
	('graft', 12, 'MA', 2026, 'functioning_graft', 1.077),
	('graft', 12, 'PACE', 2026, 'functioning_graft', 1.144),
	('transplant', 1, 'MA', 2026, 'dialysis_and_transplant', 5.303),
	('none', NULL, 'PACE', 2024, 'part_c', 0.304), ('none', NULL, 'PACE', 2026, 'part_c', 0.301),
	('none', NULL, 'PACE', 2026, 'part_d', 0.089), ('none', NULL, 'MA-PD', 2026, 'part_d', 0.029),
	('none', NULL, 'PDP', 2026, 'part_d', 0.039),
	('none', NULL, 'MA-PD', 2027, 'part_d', 0.012), ('none', NULL, 'PDP', 2027, 'part_d', 0.036),
	('none', NULL, 'MA', 2020, 'part_c', 0.334), ('none', NULL, 'PACE', 2020, 'part_c', 0.327),
	('none', NULL, 'PACE', 2027, 'part_c', 0.319),
	('dialysis', NULL, 'PACE', 2027, 'dialysis_and_transplant', 0.542),
	('graft', 12, 'PACE', 2027, 'functioning_graft', 1.105),
	('none', NULL, 'PACE', 2027, 'part_d', 0.052)) v(esrd, months, program, y, component, score);
-- The component may be left to the person where the program has one for everybody.
SELECT is(raf_payment('{}'::icd10_set, beneficiary(72, 'F', esrd => esrd, graft_months => months),
	2026), score, what)
FROM (VALUES ('none', NULL::int, 0.348, 'MA pays for Part C'),
	('dialysis', NULL, 0.553, 'MA pays for dialysis'),
	('transplant', 1, 5.303, 'MA pays for a transplant'),
	('graft', 3, 0.834, 'MA pays for a graft of 3 months as for a transplant'),
	('graft', 12, 1.077, 'MA pays for a functioning graft')) v(esrd, months, score, what);

-- Every year, program and component: paid, or an error that names what is missing
CREATE TEMPORARY TABLE outcome (program text, component text, y int, missing text);
INSERT INTO outcome
SELECT program, component, y,
	format('there are no payment parameters for payment year %s, program "%s", component "%s"', y,
		program, component)
FROM (VALUES ('MA', '{part_c,dialysis_and_transplant,functioning_graft}'::text[]),
	('PACE', '{part_c,dialysis_and_transplant,functioning_graft,part_d}'), ('MA-PD', '{part_d}'),
	('PDP', '{part_d}')) p(program, components),
	unnest(components) component, generate_series(2020, 2027) y;
UPDATE outcome o SET missing = CASE v.missing WHEN 'factor' THEN 'the normalization_factor of '
	|| place || ' is not known'
	WHEN 'weight' THEN 'the blend_weight of ' || place || ' is not known'
	WHEN 'tables' THEN format('model "%s" has no tables for payment year %s', v.model, v.y)
	WHEN 'coefficients' THEN format('model "%s" has no coefficients for payment year %s',
		v.model, v.y) END
FROM (VALUES
	('MA', 'part_c', 2020, NULL, NULL), ('MA', 'part_c', 2021, 'V22', 'factor'),
	('MA', 'part_c', 2022, NULL, NULL),
	('MA', 'part_c', 2023, NULL, NULL), ('MA', 'part_c', 2024, NULL, NULL),
	('MA', 'part_c', 2025, NULL, NULL),
	('MA', 'part_c', 2026, NULL, NULL), ('MA', 'part_c', 2027, NULL, NULL),
	('MA', 'dialysis_and_transplant', 2020, 'ESRD_V21', 'tables'),
	('MA', 'functioning_graft', 2020, 'ESRD_V21', 'tables'),
	('MA', 'dialysis_and_transplant', 2021, 'ESRD_V21', 'factor'),
	('MA', 'functioning_graft', 2021, 'ESRD_V21', 'factor'),
	('MA', 'dialysis_and_transplant', 2022, 'ESRD_V21', 'tables'),
	('MA', 'functioning_graft', 2022, 'ESRD_V21', 'tables'),
	('MA', 'dialysis_and_transplant', 2023, 'ESRD_V24', 'tables'),
	('MA', 'functioning_graft', 2023, 'ESRD_V24', 'tables'),
	('MA', 'dialysis_and_transplant', 2024, NULL, NULL),
	('MA', 'functioning_graft', 2024, NULL, NULL),
	('MA', 'dialysis_and_transplant', 2025, 'ESRD_V24', 'factor'),
	('MA', 'functioning_graft', 2025, 'ESRD_V24', 'factor'),
	('MA', 'dialysis_and_transplant', 2026, NULL, NULL),
	('MA', 'functioning_graft', 2026, NULL, NULL),
	('MA', 'dialysis_and_transplant', 2027, NULL, NULL),
	('MA', 'functioning_graft', 2027, NULL, NULL),
	('PACE', 'part_c', 2024, NULL, NULL), ('PACE', 'part_c', 2025, 'V22', 'factor'),
	('PACE', 'part_c', 2026, NULL, NULL),
	('PACE', 'part_c', 2027, NULL, NULL), ('PACE', 'part_c', 2020, NULL, NULL),
	('PACE', 'part_c', 2021, 'V22', 'factor'),
	('PACE', 'part_c', 2022, 'V22', 'factor'), ('PACE', 'part_c', 2023, 'V22', 'factor'),
	('PACE', 'dialysis_and_transplant', 2024, NULL, NULL),
	('PACE', 'functioning_graft', 2024, NULL, NULL),
	('PACE', 'dialysis_and_transplant', 2026, NULL, NULL),
	('PACE', 'functioning_graft', 2026, NULL, NULL),
	('PACE', 'dialysis_and_transplant', 2027, NULL, NULL),
	('PACE', 'functioning_graft', 2027, NULL, NULL),
	('PACE', 'dialysis_and_transplant', 2025, 'ESRD_V21', 'factor'),
	('PACE', 'functioning_graft', 2025, 'ESRD_V21', 'factor'),
	('PACE', 'part_d', 2023, 'RX_V05', 'factor'), ('PACE', 'part_d', 2025, 'RX_V05', 'factor'),
	('PACE', 'part_d', 2024, 'RX_V05', 'tables'), ('PACE', 'part_d', 2026, NULL, NULL),
	('PACE', 'part_d', 2027, NULL, NULL),
	('MA-PD', 'part_d', 2020, 'RX_V05', 'tables'), ('PDP', 'part_d', 2020, 'RX_V05', 'tables'),
	('MA-PD', 'part_d', 2021, 'RX_V05', 'factor'), ('PDP', 'part_d', 2021, 'RX_V05', 'factor'),
	('MA-PD', 'part_d', 2022, 'RX_V05', 'factor'), ('PDP', 'part_d', 2022, 'RX_V05', 'factor'),
	('MA-PD', 'part_d', 2023, 'RX_V08', 'factor'), ('PDP', 'part_d', 2023, 'RX_V08', 'factor'),
	('MA-PD', 'part_d', 2024, 'RX_V08', 'coefficients'),
	('PDP', 'part_d', 2024, 'RX_V08', 'coefficients'),
	('MA-PD', 'part_d', 2025, 'RX_V08', 'factor'), ('PDP', 'part_d', 2025, 'RX_V08', 'factor'),
	('MA-PD', 'part_d', 2026, NULL, NULL), ('PDP', 'part_d', 2026, NULL, NULL),
	('MA-PD', 'part_d', 2027, NULL, NULL), ('PDP', 'part_d', 2027, NULL, NULL)
	) v(program, component, y, model, missing),
	LATERAL (SELECT format('model "%s" for payment year %s, program "%s", component "%s"', v.model,
		v.y, v.program, v.component)) p(place)
WHERE (o.program, o.component, o.y) = (v.program, v.component, v.y);
CREATE FUNCTION pg_temp.missing(program text, component text, y int, allow boolean) RETURNS text
	LANGUAGE plpgsql AS $$
BEGIN
	PERFORM raf_payment('{}'::text[],
		beneficiary(72, 'F', graft_months => CASE component WHEN 'functioning_graft' THEN 12 END,
		esrd => CASE component WHEN 'functioning_graft' THEN 'graft'
		WHEN 'dialysis_and_transplant' THEN 'dialysis' ELSE 'none' END),
		y, program, component, allow_low_confidence => allow);
	RETURN NULL;
EXCEPTION WHEN OTHERS THEN
	RETURN SQLERRM;
END
$$;
SELECT is(pg_temp.missing(program, component, y, true), missing,
	format('%s %s %s: %s', program, component, y, COALESCE(missing, 'paid')))
FROM outcome ORDER BY program, component, y;
-- Of those that are paid, the newer halves of Part D of PACE are not sure.
SELECT results_eq(
	$$ SELECT program, component, y, pg_temp.missing(program, component, y, false) FROM outcome
		WHERE missing IS NULL AND pg_temp.missing(program, component, y, false) IS NOT NULL $$,
	$$ SELECT 'PACE', 'part_d', y, format('the payment parameters of model "RX_V08" '
		'for payment year %s, program "PACE", component "part_d" are of low confidence', y)
		FROM generate_series(2026, 2027) y $$,
	'low confidence must be allowed');
-- The model that Medicare Advantage paid dialysis and grafts of 2020 to 2022 by is not here.
SELECT is(pg_temp.missing('MA', component, y, false),
	format('the payment parameters of model "ESRD_V21" for payment year %s, program "MA", '
		'component "%s" are of low confidence', y, component), format('approximation: %s %s',
		component, y))
FROM unnest('{2020,2022}'::int[]) y,
	unnest('{dialysis_and_transplant,functioning_graft}'::text[]) component;
SELECT bag_eq($$ SELECT payment_year FROM payment_year_parameter
	WHERE source_note LIKE 'approximation:%' $$,
	'VALUES (2020), (2020), (2021), (2021), (2022), (2022)', 'and the rows say so');
SELECT set_eq($$ SELECT payment_year, program, model_version, calibration, record_sources
	FROM payment_year_parameter WHERE record_sources IS NOT NULL $$,
	$$ SELECT y, p, m, c, '{encounter,linked_chart_review,unlinked_chart_review}'::text[]
		FROM (VALUES (2021, 'MA', 'V24', 'V24_2020'),
		(2026, 'PACE', 'V28', 'V28_2024'), (2026, 'PACE', 'ESRD_V24', 'ESRD_V24_2023'),
		(2026, 'PACE', 'RX_V08', 'RX_V08_2026_X'),
		(2027, 'PACE', 'V28', 'V28_2024'), (2027, 'PACE', 'ESRD_V24', 'ESRD_V24_2023'),
		(2027, 'PACE', 'RX_V08', 'RX_V08_2027_Y1')) v(y, p, m, c) $$,
	'the halves of a blend that take no RAPS records');
SELECT throws_ok($$ UPDATE payment_year_parameter SET record_sources = '{claims}' $$, '23514', NULL,
	'a source that no record has');

INSERT INTO payment_year_parameter (payment_year, program, component, model_version, calibration,
	normalization_factor, coding_pattern_adjustment, blend_weight)
VALUES (2021, 'MA', 'part_c', 'V22', 'V22_2017', 2, 0, 0.25),
	(2025, 'PDP', 'part_d', 'RX_V08', 'RX_V08_2025', 0.5, 0, 1);
-- V22: F70_74 0.374 / 2 = 0.187; x 0.25 = 0.047. V24: 0.386 / 1.097 = 0.352; x 0.941 = 0.331;
-- x 0.75 = 0.248
SELECT is(raf_payment('{}'::text[], beneficiary(72, 'F'), 2021), 0.295,
	'with a row of the user''s own it is paid by');
-- RX_V08_2025, Rx_CE_NoLowAged: F70_74 0.078
SELECT is(raf_payment('{}'::text[], beneficiary(72, 'F'), 2025, 'PDP'), 0.156,
	'a row of the user''s own for Part D');
-- The coding adjustment is of a program. PACE 2026 without: 0.315 x 0.90 = 0.284 (0.2835),
-- 0.370 x 0.10 = 0.037
INSERT INTO payment_year_parameter (payment_year, program, component, model_version, calibration,
	normalization_factor, coding_pattern_adjustment, blend_weight)
SELECT payment_year, program, component, model_version, calibration, normalization_factor,
	0, blend_weight
FROM payment_year_parameter WHERE payment_year = 2026 AND program = 'PACE' AND component = 'part_c';
SELECT is(raf_payment('{}'::text[], beneficiary(72, 'F'), 2026, program, 'part_c'), score,
	program || ' 2026, coding adjustment of PACE 0')
FROM (VALUES ('PACE', 0.321), ('MA', 0.348)) v(program, score);
SELECT throws_like($$ SELECT raf_payment('{}'::text[], beneficiary(72, 'F'), 2019) $$,
	'there are no payment parameters for payment year 2019%',
	'no row at all');

SELECT * FROM finish();
ROLLBACK;
