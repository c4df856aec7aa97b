-- A model is rows: two small models made of nothing but crosswalk, hierarchy
-- and interactions; a demographic factor with conditions; a copy of V28 for
-- "what if". None needs code.
BEGIN;
CREATE EXTENSION IF NOT EXISTS hccraf;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT plan(50);

----------------------------------------------------------------------
-- (a) 0.379 + 0.318 + 0.331 + 0.335 + 0.154 = 1.517
----------------------------------------------------------------------
INSERT INTO hcc_crosswalk (model_version, icd10_code, hcc_code, hcc_description, coefficient) VALUES
	('example_a', 'E1165', '18', 'Diabetes with complications', 0.318),
	('example_a', 'E1122', '18', 'Diabetes with complications', 0.318),
	('example_a', 'E119', '19', 'Diabetes without complication', 0.105),
	('example_a', 'I5022', '85', 'Heart failure', 0.331),
	('example_a', 'J449', '111', 'Chronic obstructive pulmonary disease', 0.335);
INSERT INTO hcc_hierarchy (model_version, superior_hcc, subordinate_hcc) VALUES
	('example_a', '18', '19');
-- Always 1: the demographic factor
INSERT INTO hcc_interaction (model_version, interaction_name, hcc_combinations, coefficient) VALUES
	('example_a', 'age and sex', '{}', 0.379),
	('example_a', 'diabetes and heart failure', '{18,85}', 0.154);

SELECT is(raf_score('{E11.65,I50.22,J44.9}'::text[], beneficiary(72, 'F'), 'example_a', 2026),
	1.517, '(a) 1.517');
SELECT is(raf_score('{E11.65,I50.22,J44.9}'::text[], beneficiary(72, 'F'), 'example_a'), 1.517,
	'(a) without a year');
SELECT is(raf_score(icd10_set('{E11.65,I50.22,J44.9}'), beneficiary(72, 'F'), 'example_a', 2026),
	1.517, '(a) through icd10_set');
SELECT is((SELECT raf_score_agg(c, beneficiary(72, 'F'), 'example_a', 2026)
	FROM unnest('{E1165,I5022,J449}'::text[]) c), 1.517,
	'(a) as an aggregate');
-- E11.22 is HCC 18 again, and HCC 19 is superseded: nothing changes.
SELECT is(raf_score('{E1165,E1122,E119,I5022,J449,Z000}'::text[], beneficiary(72, 'F'),
	'example_a', 2026), 1.517, '(a) repeated, superseded and unmapped codes add nothing');
-- 0.379 + 0.105; 0.379 + 0.105 + 0.331
SELECT is(raf_score('{E119}'::text[], beneficiary(72, 'F'), 'example_a', 2026), 0.484,
	'(a) HCC 19 alone');
SELECT is(raf_score('{E119,I5022}'::text[], beneficiary(72, 'F'), 'example_a', 2026), 0.815,
	'(a) HCC 19 does not interact');
SELECT is(raf_score('{}'::text[], beneficiary(72, 'F'), 'example_a', 2026), 0.379,
	'(a) without diagnoses, the demographic factor');
SELECT is(raf_score('{}'::text[], beneficiary(0, 'M', orec => '1', new_enrollee => true),
	'example_a', 2026), 0.379, '(a) for everybody');
SELECT is(icd_to_hcc('E11.65', 'example_a', 2026), '{18}', '(a) icd_to_hcc');
SELECT is(apply_hierarchy('{19,18,111}', 'example_a', 2026), '{18,111}', '(a) apply_hierarchy');
SELECT set_eq(
	$$ SELECT variable, coefficient
		FROM raf_explain('{E1165,E119,I5022,J449}'::text[], beneficiary(72, 'F'), 'example_a', 2026)
		WHERE reason IS NULL $$,
	$$ VALUES ('age and sex', 0.379), ('HCC18', 0.318), ('HCC85', 0.331), ('HCC111', 0.335),
		('diabetes and heart failure', 0.154) $$,
	'(a) explained');
SELECT results_eq(
	$$ SELECT hcc_code, superseded_by
		FROM raf_explain('{E1165,E119}'::text[], beneficiary(72, 'F'), 'example_a', 2026)
		WHERE superseded_by IS NOT NULL $$,
	$$ VALUES ('19', '{18}'::text[]) $$, '(a) superseded');

----------------------------------------------------------------------
-- (b) 0.427 + 0.299 + 0.318 + 0.251 + 0.323 + 0.156 = 1.774
----------------------------------------------------------------------
INSERT INTO hcc_crosswalk (model_version, icd10_code, hcc_code, hcc_description, coefficient) VALUES
	('example_b', 'I2699', '107', 'Vascular disease with complications', 0.299),
	('example_b', 'E1165', '18', 'Diabetes with complications', 0.318),
	('example_b', 'N185', '136', 'Chronic kidney disease, stage 5', 0.251),
	('example_b', 'I5022', '85', 'Heart failure', 0.323);
INSERT INTO hcc_hierarchy (model_version, superior_hcc, subordinate_hcc) VALUES
	('example_b', '107', '108'), ('example_b', '136', '137');
INSERT INTO hcc_interaction (model_version, interaction_name, hcc_combinations, coefficient) VALUES
	('example_b', 'demographic', '{}', 0.427),
	('example_b', 'heart failure and diabetes', '{85,18}', 0.156);

SELECT is(raf_score('{I26.99,E11.65,N18.5,I50.22}'::text[], beneficiary(78, 'M'), 'example_b',
	2026), 1.774, '(b) 1.774');
SELECT is(raf_score(icd10_set('{I26.99,E11.65,N18.5,I50.22}'), beneficiary(78, 'M'), 'example_b',
	2026), 1.774, '(b) through icd10_set');
SELECT is(raf_score('{I26.99,E11.65,N18.5}'::text[], beneficiary(78, 'M'), 'example_b', 2026),
	1.295, '(b) without heart failure, 1.774 - 0.323 - 0.156');
SELECT is(raf_marginal('{I26.99,E11.65,N18.5,I50.22}'::text[], beneficiary(78, 'M'), 'I50.22',
	'example_b', 2026), 0.479, '(b) what heart failure is worth: 0.323 + 0.156');
SELECT is(apply_hierarchy('{137,136,107,108}', 'example_b', 2026), '{107,136}',
	'(b) HCCs that only the hierarchy names');
SELECT is(raf_score('{E1165,I5022,J449}'::text[], beneficiary(72, 'F'), 'example_a', 2026), 1.517,
	'(a) is what it was');

----------------------------------------------------------------------
-- (c) as (a), the factor a variable with conditions: women of 70 to 74
----------------------------------------------------------------------
INSERT INTO hcc_crosswalk (model_version, icd10_code, hcc_code, coefficient)
	SELECT 'example_c', icd10_code, hcc_code, coefficient FROM hcc_crosswalk
	WHERE model_version = 'example_a';
INSERT INTO hcc_hierarchy (model_version, superior_hcc, subordinate_hcc)
	SELECT 'example_c', superior_hcc, subordinate_hcc FROM hcc_hierarchy
	WHERE model_version = 'example_a';
INSERT INTO hcc_interaction (model_version, interaction_name, hcc_combinations, coefficient)
	SELECT 'example_c', interaction_name, hcc_combinations, coefficient FROM hcc_interaction
	WHERE model_version = 'example_a' AND hcc_combinations <> '{}';
INSERT INTO hcc_variable (model_version, variable, kind, age_min, age_max, sex)
	VALUES ('example_c', 'woman of 70 to 74', 'demographic', 70, 74, 'F');
INSERT INTO hcc_calibration (model_version, calibration, first_payment_year, last_payment_year)
	VALUES ('example_c', 'first', 2020, 2030);
INSERT INTO hcc_coefficient (model_version, calibration, segment, variable, coefficient)
	VALUES ('example_c', 'first', 'all', 'woman of 70 to 74', 0.379);

SELECT is(raf_score('{E1165,I5022,J449}'::text[], beneficiary(age, sex), 'example_c', 2026), score,
	format('(c) %s of %s: %s', sex, age, score))
FROM (VALUES (70, 'F', 1.517), (74, 'F', 1.517), (69, 'F', 1.138), (75, 'F', 1.138),
	(72, 'M', 1.138)) v(age, sex, score);
SELECT is(raf_score('{}'::text[], beneficiary(69, 'F'), 'example_c', 2026), 0.000,
	'(c) nobody''s factor: 0');

-- Two coefficients instead of one: a second calibration
INSERT INTO hcc_calibration (model_version, calibration, first_payment_year,
	last_payment_year, is_default)
	VALUES ('example_c', 'second', 2020, 2030, false);
INSERT INTO hcc_coefficient (model_version, calibration, segment, variable, coefficient)
	VALUES ('example_c', 'second', 'all', 'woman of 70 to 74', 0.400),
		('example_c', 'second', 'all', 'HCC111', 0.300);
SELECT is(raf_score('{E1165,I5022,J449}'::text[], beneficiary(72, 'F'), 'example_c', 2026), 1.517,
	'(c) the default calibration');
-- 0.400 + 0.318 + 0.331 + 0.300 + 0.154
SELECT is(raf_score('{E1165,I5022,J449}'::text[], beneficiary(72, 'F'), 'example_c', 2026,
	'second'), 1.503, '(c) another calibration, one of its own coefficients for an HCC');

----------------------------------------------------------------------
-- (d) segments: dual or not, each with its own coefficients
----------------------------------------------------------------------
INSERT INTO hcc_crosswalk (model_version, icd10_code, hcc_code)
	SELECT 'example_d', icd10_code, hcc_code FROM hcc_crosswalk WHERE model_version = 'example_a';
INSERT INTO hcc_group (model_version, group_name, hcc_codes) VALUES
	('example_d', 'DIABETES', '{18,19}');
INSERT INTO hcc_interaction (model_version, interaction_name, hcc_combinations) VALUES
	('example_d', 'DIABETES_HF', '{DIABETES,85}');
INSERT INTO hcc_segment (model_version, segment, priority, requires) VALUES
	('example_d', 'DUAL', 1, '{medicaid}'), ('example_d', 'REST', 2, NULL);
INSERT INTO hcc_calibration (model_version, calibration, first_payment_year, last_payment_year)
	VALUES ('example_d', 'first', 2020, 2030);
INSERT INTO hcc_coefficient (model_version, calibration, segment, variable, coefficient) VALUES
	('example_d', 'first', 'DUAL', 'HCC18', 0.5), ('example_d', 'first', 'DUAL', 'HCC85', 0.6),
	('example_d', 'first', 'DUAL', 'DIABETES_HF', 0.07),
	('example_d', 'first', 'REST', 'HCC18', 0.3), ('example_d', 'first', 'REST', 'HCC19', 0.1),
	('example_d', 'first', 'REST', 'HCC85', 0.4);
-- No hierarchy here: HCC 18 and 19 both count.
SELECT is(raf_score('{E1165,E119,I5022}'::text[], beneficiary(72, 'F', dual_status => '02'),
	'example_d', 2026), 1.170, '(d) dual: 0.5 + 0.6 + 0.07');
SELECT is(raf_score('{E1165,E119,I5022}'::text[], beneficiary(72, 'F'), 'example_d', 2026), 0.800,
	'(d) the rest: 0.3 + 0.1 + 0.4');
SELECT is(raf_segment(beneficiary(72, 'F', dual_status => '02'), 'example_d', 2026), 'DUAL',
	'(d) segment DUAL');
SELECT is(raf_segment(beneficiary(72, 'F'), 'example_d', 2026), 'REST', '(d) segment REST');
SELECT is(raf_score('{E119,I5022}'::text[], beneficiary(72, 'F', dual_status => '02'),
	'example_d', 2026), 0.670, '(d) any HCC of the group interacts: 0.6 + 0.07');

----------------------------------------------------------------------
-- What if: all of V28 under another name, then one coefficient changed
----------------------------------------------------------------------
DO $$
DECLARE
	t regclass;
	own text;
BEGIN
	FOREACH t IN ARRAY '{hcc_model,hcc_calibration,hcc_category,hcc_crosswalk,hcc_dx_edit,
		hcc_prerequisite,hcc_hierarchy,hcc_group,hcc_variable,hcc_interaction,hcc_segment,
		hcc_age_rule,hcc_coefficient}'::regclass[]
	LOOP
		-- every column but those of the row's own; V28 stays the default model
		SELECT string_agg(quote_ident(attname), ', ') INTO own FROM pg_attribute
		WHERE attrelid = t AND attnum > 0 AND NOT attisdropped
			AND attname NOT IN ('id', 'model_version', 'custom')
			AND (t, attname) <> ('hcc_model'::regclass, 'is_default');
		EXECUTE format('INSERT INTO %1$s (model_version, %2$s) SELECT %3$L, %2$s FROM '
			'%1$s WHERE model_version = %4$L',
			t, own, 'V28 what if', 'V28');
	END LOOP;
END
$$;

CREATE TEMPORARY TABLE person (what text, codes text[], who beneficiary, payment_year int,
	score numeric);
INSERT INTO person VALUES
	('E01', '{E1122,I509,N184}', beneficiary(72, 'F'), 2026, 1.723),
	('E06', '{F1120,F200}', beneficiary(45, 'M', orec => '1'), 2026, 1.047),
	('E10', '{Z95811,I420}', beneficiary(70, 'M'), 2026, 0.585),
	('E12', '{C50911}', beneficiary(45, 'F', orec => '1'), 2026, 0.706),
	('E18', '{I509,J449,L89154}',
		beneficiary(60, 'M', orec => '1', dual_status => '02', lti => true), 2026, 4.444),
	('E23', '{}', beneficiary(67, 'M', orec => '1', dual_status => '02', new_enrollee => true),
		2026, 1.959),
	('E56', '{Z944,K7210,G931}', beneficiary(70, 'M'), 2025, 1.315);
SELECT is(raf_score(codes, who, 'V28 what if', payment_year), score,
	'the copy gives what V28 gives: ' || what) FROM person ORDER BY what;

UPDATE hcc_coefficient SET coefficient = 0.200
WHERE model_version = 'V28 what if' AND segment = 'CNA' AND variable = 'HCC37';
-- 1.723 - 0.166 + 0.200
SELECT is(raf_score('{E1122,I509,N184}'::text[], beneficiary(72, 'F'), 'V28 what if', 2026), 1.757,
	'what if HCC 37 were 0.200: 1.757');
SELECT is(raf_score('{E1122,I509,N184}'::text[], beneficiary(72, 'F'), 'V28', 2026), 1.723,
	'V28 itself is what it was');
SELECT is(raf_score('{E1122,I509,N184}'::text[], beneficiary(72, 'F')), 1.723, 'and the default');
SELECT is(
	raf_score('{E1122}'::text[], beneficiary(72, 'F', dual_status => '02'), 'V28 what if', 2026),
	raf_score('{E1122}'::text[], beneficiary(72, 'F', dual_status => '02'), 'V28', 2026),
	'other segments too');

-- A coefficient of the user's own in place of the shipped one, and back
INSERT INTO hcc_coefficient (model_version, calibration, segment, variable, coefficient) VALUES
	('V28', 'V28_2024', 'CNA', 'HCC37', 0.200);
SELECT is(raf_score('{E1122,I509,N184}'::text[], beneficiary(72, 'F'), 'V28', 2026), 1.757,
	'a custom coefficient of V28');
DELETE FROM hcc_coefficient WHERE custom AND model_version = 'V28';
SELECT is(raf_score('{E1122,I509,N184}'::text[], beneficiary(72, 'F'), 'V28', 2026), 1.723,
	'and without it');

-- A new code for an HCC of V28
INSERT INTO hcc_crosswalk (model_version, icd10_code, hcc_code, effective_year) VALUES
	('V28', 'E1199', '37', 2027);
SELECT is(icd_to_hcc('E11.99', 'V28', y), h, format('a new code from 2027: %s', y))
FROM (VALUES (2026, '{}'::text[]), (2027, '{37}')) v(y, h);

-- A rule for an entitlement that is none would hold for everybody.
INSERT INTO hcc_age_rule (model_version, age, orec, scored_age, applies_to)
VALUES ('V28', 70, '9', 90, 'everything');
SELECT throws_ok($$ SELECT raf_score('{}'::text[], beneficiary(70, 'F'), 'V28', 2026) $$, '42P17',
	'column "orec" of table "hcc_age_rule" has "9", which is none',
	'an age rule of no entitlement');
DELETE FROM hcc_age_rule WHERE custom AND model_version = 'V28';

-- What an enrolment is worth changes scores, and so the fingerprint, with groups or without.
INSERT INTO hcc_variable (model_version, variable, kind, days_min, days_max)
VALUES ('V28', 'SHORT', 'enrollment', 1, 31);
INSERT INTO hcc_coefficient (model_version, calibration, segment, variable, coefficient)
VALUES ('V28', 'V28_2024', 'CNA', 'SHORT', 0.100);
CREATE TEMPORARY TABLE printed AS SELECT hccraf_fingerprint('V28', 2026) AS fingerprint,
	raf_score('{}'::text[], beneficiary(70, 'F', enrollment_days => 20), 'V28', 2026) AS score;
UPDATE hcc_coefficient SET coefficient = 0.200 WHERE custom AND model_version = 'V28';
SELECT is(raf_score('{}'::text[], beneficiary(70, 'F', enrollment_days => 20), 'V28', 2026),
	score + 0.100, 'an enrolment is worth more') FROM printed;
SELECT isnt(hccraf_fingerprint('V28', 2026), fingerprint, 'and the fingerprint is another')
FROM printed;

SELECT * FROM finish();
ROLLBACK;
