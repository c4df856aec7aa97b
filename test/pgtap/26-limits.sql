-- Numbers that cannot be had are errors, never other numbers. Limits: a
-- coefficient of 1,000,000; 1,000,000,000 for what the coefficients of a
-- segment could add up to; 1024 HCCs and groups; 32,767 segments.
BEGIN;
CREATE EXTENSION IF NOT EXISTS hccraf;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT no_plan();

CREATE FUNCTION pg_temp.score(diagnoses text[] DEFAULT '{A00}') RETURNS numeric
	LANGUAGE sql VOLATILE
	AS $$ SELECT raf_score(diagnoses, beneficiary(70, 'F'), 'BIG') $$;
INSERT INTO hcc_crosswalk (model_version, icd10_code, hcc_code, coefficient) VALUES
	('BIG', 'A00', '1', 1), ('BIG', 'B00', '2', 1);

----------------------------------------------------------------------
-- Coefficients
----------------------------------------------------------------------
CREATE FUNCTION pg_temp.with_coefficient(coefficient numeric) RETURNS numeric LANGUAGE plpgsql AS $$
BEGIN
	UPDATE hcc_crosswalk x SET coefficient = with_coefficient.coefficient
	WHERE model_version = 'BIG' AND icd10_code = 'A00';
	RETURN pg_temp.score();
END $$;
SELECT is(pg_temp.with_coefficient(c::numeric), c::numeric, 'coefficient ' || c)
FROM unnest('{1000000,-1000000,999999.999,-999999.999,1000000.000,0.001000000}'::text[]) c;
SELECT throws_ok(format('SELECT pg_temp.with_coefficient(%L)', c), '22003',
	format('coefficient in table "hcc_crosswalk" has value %s', c), 'no coefficient: ' || c)
FROM unnest('{1000000.001,-1000000.001,1000001,912345678901234567,912345678901234567.891,
	-912345678901234567,90000000000000,9223372036854775.807,
	9223372036854775807,9223372036854775808,1e30,0.0001,NaN,Infinity,-Infinity}'::text[]) t,
	LATERAL (SELECT t::numeric::text AS c) x;
UPDATE hcc_crosswalk SET coefficient = 1 WHERE model_version = 'BIG';

-- of which row it is
CREATE FUNCTION pg_temp.complaint(sql text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	message text;
	detail text;
BEGIN
	EXECUTE sql;
	RETURN NULL;
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL;
	RETURN SQLSTATE || ' ' || message || '; ' || detail;
END $$;
SELECT is(pg_temp.complaint('SELECT pg_temp.with_coefficient(1000001)'),
	'22003 coefficient in table "hcc_crosswalk" has value 1000001; It is the row '
	'with model_version "BIG", icd10_code "A00", hcc_code "1". '
	'The column takes values up to 1000000, with at most 3 decimals.', 'the row is named');

-- a thousand of 9e13, and of the largest that there can be: their sum would fit, more would not
INSERT INTO hcc_interaction (model_version, interaction_name, hcc_combinations, coefficient)
SELECT 'BIG', 'I' || i, '{1}', 90000000000000 FROM generate_series(1, 1000) i;
SELECT throws_like('SELECT pg_temp.score()',
	'coefficient in table "hcc_interaction" has value 90000000000000', 'a thousand of 9e13');
UPDATE hcc_interaction SET coefficient = 1000000 WHERE model_version = 'BIG';
SELECT throws_like('SELECT pg_temp.score()', '%in hcc_coefficient, segment "all" has coefficients '
	'that add up to more than 1000000000', 'a thousand and two of 1e6');
DELETE FROM hcc_interaction WHERE model_version = 'BIG' AND interaction_name IN ('I1', 'I2', 'I3');
SELECT is(pg_temp.score(), 997000001.000, 'and 997 with another one');
UPDATE hcc_interaction SET coefficient = -1000000 WHERE model_version = 'BIG';
SELECT is(pg_temp.score(), -996999999.000, 'below zero');
SELECT is(sum(coefficient), -996999999.000, 'explained')
FROM raf_explain('{A00}'::text[], beneficiary(70, 'F'), 'BIG') WHERE reason IS NULL;
SELECT is(share, v, 'shares of HCC ' || hcc_code)
FROM raf_shapley('{A00}'::icd10_set, beneficiary(70, 'F'), '{1,2}', 'BIG') s
	JOIN (VALUES ('1', 0.000000), ('2', 1.000000)) w(hcc, v) ON hcc = hcc_code;
DELETE FROM hcc_interaction WHERE model_version = 'BIG';
-- ten HCCs that are worth the most together: 10! orders of them do not fit into 64 bits
INSERT INTO hcc_crosswalk (model_version, icd10_code, hcc_code, coefficient)
SELECT 'BIG', 'C' || lpad(i::text, 2, '0'), i, 1000000 FROM generate_series(11, 20) i;
INSERT INTO hcc_interaction (model_version, interaction_name, hcc_combinations, coefficient)
SELECT 'BIG', 'J' || i || j, ARRAY[i::text], 1000000
FROM generate_series(11, 20) i, generate_series(1, 90) j;
SELECT is(array_agg(DISTINCT share), '{91000000.000000}', 'shares of ten large ones')
FROM raf_shapley('{}', beneficiary(70, 'F'),
	ARRAY(SELECT i::text FROM generate_series(11, 20) i), 'BIG');
DELETE FROM hcc_interaction WHERE model_version = 'BIG';

----------------------------------------------------------------------
-- Divisors
----------------------------------------------------------------------
INSERT INTO hcc_crosswalk (model_version, icd10_code, hcc_code) VALUES ('DIV', 'A00', '1');
INSERT INTO hcc_segment (model_version, segment, priority, divided_by) VALUES ('DIV', 'S', 1, 'D');
INSERT INTO hcc_variable (model_version, variable, kind) VALUES
	('DIV', 'BY', 'divisor'), ('DIV', 'ALL', 'demographic');
INSERT INTO hcc_coefficient (model_version, calibration, segment, variable, coefficient)
	VALUES ('DIV', 'C', 'S', 'HCC1', 1000000), ('DIV', 'C', 'D', 'BY', 0.001);
CREATE FUNCTION pg_temp.divided() RETURNS numeric LANGUAGE sql VOLATILE
	AS $$ SELECT raf_score('{A00}'::text[], beneficiary(70, 'F'), 'DIV') $$;
SELECT is(pg_temp.divided(), 1000000000.000, 'divided by the smallest');
SELECT throws_like(format($$ DO $do$ BEGIN UPDATE hcc_coefficient SET coefficient = %s
	WHERE model_version = 'DIV' AND variable = 'BY';
	PERFORM pg_temp.divided(); END $do$ $$, d),
	'%segment "D", variable "BY" is to divide scores and is not above 0', 'no divisor: ' || d)
FROM unnest('{0,-1,-0.001}'::numeric[]) d;

----------------------------------------------------------------------
-- An HCC has two names, and one coefficient
----------------------------------------------------------------------
INSERT INTO hcc_coefficient (model_version, calibration, segment, variable, coefficient) VALUES
	('DIV', 'C', 'S', '1', 3);
SELECT throws_like('SELECT pg_temp.divided()', '%segment "S", variable "HCC1" is a duplicate',
	'an HCC by its code and by its variable');
DELETE FROM hcc_coefficient WHERE model_version = 'DIV' AND variable = '1';

----------------------------------------------------------------------
-- HCCs and segments
----------------------------------------------------------------------
INSERT INTO hcc_crosswalk (model_version, icd10_code, hcc_code, coefficient)
SELECT 'MANY', 'A' || lpad(i::text, 4, '0'), i, 1 FROM generate_series(1, 1024) i;
SELECT is(raf_score(ARRAY(SELECT 'A' || lpad(i::text, 4, '0')
	FROM generate_series(1, 1024) i), beneficiary(70, 'F'), 'MANY'), 1024.000, '1024 HCCs');
INSERT INTO hcc_crosswalk (model_version, icd10_code, hcc_code, coefficient) VALUES
	('MANY', 'B00', '9999', 1);
SELECT throws_like($$ SELECT raf_score('{B00}'::text[], beneficiary(70, 'F'), 'MANY') $$,
	'%1025 HCCs and 0 groups are more than the 1024 that a model can hold', 'and one more');

INSERT INTO hcc_crosswalk (model_version, icd10_code, hcc_code) VALUES ('SEG', 'A00', '1');
INSERT INTO hcc_segment (model_version, segment, priority, age_min, age_max)
SELECT 'SEG', 'S' || i, i, CASE WHEN i < 32767 THEN 0 END, CASE WHEN i < 32767 THEN 0 END
FROM generate_series(1, 32767) i;
INSERT INTO hcc_coefficient (model_version, calibration, segment, variable, coefficient)
SELECT 'SEG', 'C', 'S' || i, 'HCC1', i FROM generate_series(1, 32767) i;
SELECT is(raf_score('{A00}'::text[], beneficiary(70, 'F'), 'SEG'), 32767.000,
	'32767 segments, the last of which fits');
SELECT is(raf_segment(beneficiary(70, 'F', segment => 'S32766'), 'SEG'), 'S32766',
	'or another by name');
INSERT INTO hcc_segment (model_version, segment, priority) VALUES ('SEG', 'ONE_MORE', 32768);
SELECT throws_like($$ SELECT raf_score('{A00}'::text[], beneficiary(70, 'F'), 'SEG') $$,
	'%in hcc_segment, segment "ONE_MORE" is one more than the 32767 segments that a model can have',
	'and one more');

----------------------------------------------------------------------
-- Payment
----------------------------------------------------------------------
INSERT INTO payment_component (component) VALUES ('big');
INSERT INTO payment_year_parameter (payment_year, program, component, model_version,
	normalization_factor, blend_weight)
	VALUES (2026, 'BIG', 'big', 'BIG', 0.000001, 1);
CREATE FUNCTION pg_temp.paid(normalization numeric, adjustment numeric DEFAULT 0,
	weight numeric DEFAULT 1, raw numeric DEFAULT 1)
	RETURNS numeric LANGUAGE plpgsql AS $$
BEGIN
	UPDATE payment_year_parameter SET normalization_factor = normalization,
		coding_pattern_adjustment = adjustment, blend_weight = weight
	WHERE program = 'BIG';
	UPDATE hcc_crosswalk SET coefficient = raw WHERE model_version = 'BIG' AND icd10_code = 'A00';
	RETURN raf_payment('{A00}'::text[], beneficiary(70, 'F'), 2026, 'BIG');
END $$;
SELECT is(pg_temp.paid(0.000001), 1000000.000, 'a normalization of a millionth');
SELECT is(pg_temp.paid(0.000001, 0, 1, 1000000), 1000000000000.000, 'of the largest coefficient');
SELECT is(pg_temp.paid(0.001, -999, 1, 1000000), 1000000000000.000,
	'adjusted to the largest payment score');
SELECT throws_ok($$ SELECT pg_temp.paid(0.001, -999.000001, 1, 1000000) $$, '22003',
	'a payment score is out of range', 'and a little more');
SELECT throws_ok($$ SELECT pg_temp.paid(0.001, -999, 1.000001, 1000000) $$, '22003',
	'a payment score is out of range', 'or with more weight');
SELECT throws_ok($$ SELECT pg_temp.paid(0.000001, -1000000, 1, 1000000) $$, '22003',
	'a payment score is out of range', 'which does not fit');
SELECT throws_ok($$ SELECT pg_temp.paid(0.000001, -1000, 1000000, 1000000) $$, '22003',
	'a payment score is out of range', 'nor this');
SELECT is(pg_temp.paid(1000000, 0, 1, 1000000), 1.000, 'a normalization of a million');
SELECT throws_like($$ SELECT pg_temp.paid(0) $$,
	'normalization_factor in table "payment_year_parameter" has value 0', 'no normalization');
SELECT throws_like($$ SELECT pg_temp.paid(-1) $$,
	'normalization_factor in table "payment_year_parameter" has value -1', 'none below zero');
SELECT throws_like($$ SELECT pg_temp.paid(1, 1.1) $$,
	'coding_pattern_adjustment in table "payment_year_parameter" has value 1.1',
	'no adjustment above 1');
SELECT throws_like($$ SELECT pg_temp.paid(1, 0, -0.5) $$,
	'blend_weight in table "payment_year_parameter" has value -0.5', 'no weight below 0');
SELECT throws_like(format('SELECT pg_temp.paid(%L)', f),
	'%in table "payment_year_parameter" has value%', 'nor ' || f)
FROM unnest('{NaN,Infinity,1e12,1000000.1}'::text[]) f;
-- a million rounded up from halves, negative ones away from zero
SELECT is(pg_temp.paid(n, 0, 1, r), p, format('%s / %s', r, n))
FROM (VALUES (2.0, 0.001, 0.001), (2.0, -0.001, -0.001), (2.0, 0.003, 0.002), (3.0, 0.001, 0.000),
	(1.5, 0.001, 0.001), (0.999999, 0.5, 0.500)) v(n, r, p);

SELECT throws_ok(format(
	$$ SELECT raf_payment('{E119}'::text[], beneficiary(70, 'F'), 2026, frailty => %L) $$, f),
	'22003', 'invalid value for argument "frailty"', 'no frailty: ' || f)
FROM unnest('{NaN,Infinity,-Infinity,10.001,-10.001,0.0001,1e30,1e-30}'::text[]) f;

SELECT is(raf_full_payment(r, n, a), p, format('full payment of %s by %s and %s', r, n, a))
FROM (VALUES (1.723, 1.045, 0.059, 1.552), (1, 1.015, 0.059, 0.927), (-1, 3, 0.5, -0.167),
	(0, 1, 1, 0.000)) v(r, n, a, p);
SELECT throws_ok($$ SELECT raf_full_payment(1, 0, 0) $$, '22003',
	'invalid value for argument "normalization_factor": 0', 'raf_full_payment by 0');
SELECT throws_ok($$ SELECT raf_full_payment(1, -1, 0) $$, '22003',
	'invalid value for argument "normalization_factor": -1', 'by less');
SELECT throws_ok($$ SELECT raf_full_payment('NaN', 1, 0) $$, '22003', NULL, 'of NaN');
SELECT is(raf_full_payment(NULL, 1, 0), NULL, 'of NULL');

----------------------------------------------------------------------
-- Many codes; binary input
----------------------------------------------------------------------
CREATE TEMPORARY TABLE lots AS SELECT icd10_set(array_agg('Z' || to_hex(i))) AS set
FROM generate_series(1, 3000000) i;
SELECT lives_ok($$ SELECT count(*) FROM lots,
	raf_gaps(ARRAY[set, set], set, beneficiary(70, 'F'), 2026) $$, 'raf_gaps of millions of codes');
SELECT throws_ok($$ SELECT count(*) FROM raf_gaps(array_fill((SELECT icd10_agg(icd10_code)
	FROM hcc_crosswalk WHERE model_version = 'V28'), ARRAY[200]),
	'{}', beneficiary(70, 'F'), 2026) $$, '54000', NULL, 'of too many that count');

-- A segment's name ends at its first zero byte, and nothing follows.
CREATE TEMPORARY TABLE person (who beneficiary);
INSERT INTO person VALUES (beneficiary(70, 'F')), (beneficiary(70, 'F', segment => 'CNA'));
SELECT is(beneficiary_send(who)::text, s, 'sent')
FROM person JOIN (VALUES
	('age=70,sex=F', '\x460200ff' || repeat('00', 44)), ('age=70,sex=F,segment=CNA',
		'\x460200ff' || repeat('00', 20) || '434e41' || repeat('00', 21))) v(t, s)
	ON who::text = t;

SELECT * FROM finish();
ROLLBACK;
