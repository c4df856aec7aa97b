-- hccraf_check_model finds what is wrong, hccraf_diff_models what differs,
-- hccraf_copy_model copies. The model to break is a small one in CDPS style,
-- which doc/models.md explains.
-- To be run from the project's root, as pg_prove does in make test.
BEGIN;
CREATE EXTENSION IF NOT EXISTS hccraf;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT * FROM no_plan();

-- What comes with hccraf says what it is, in data/, and is that.
CREATE TEMPORARY TABLE released AS
	SELECT model_version, first_payment_year, checksum, fingerprint FROM hcc_model;
DO $$ BEGIN PERFORM hccraf_seal_model(m, NULL::date) FROM hcc_model_names() m; END $$;
SELECT is_empty($$ SELECT model_version, first_payment_year FROM released
	EXCEPT SELECT h.model_version, h.first_payment_year FROM hcc_model h
		JOIN released r USING (model_version, first_payment_year, checksum, fingerprint) $$,
	'each shipped model is what its data/ says; else run script/seal');
SET LOCAL datestyle = 'German';
SELECT is(hccraf_checksum('HHS_V08', 2025), (SELECT checksum FROM released
	WHERE model_version = 'HHS_V08'), 'a checksum does not hang on how dates are shown');
RESET datestyle;

----------------------------------------------------------------------
-- Shipped models
----------------------------------------------------------------------
-- A year without calibration cannot be scored, and the check says so.
CREATE TEMPORARY TABLE shipped AS
SELECT m.model_version AS model, m.y, c.*
FROM (SELECT model_version, generate_series(first_payment_year, last_payment_year) AS y
	FROM hcc_model WHERE NOT custom) m
	CROSS JOIN LATERAL hccraf_check_model(m.model_version, m.y) c
WHERE EXISTS (SELECT FROM hccraf_model_calibrations(m.model_version, m.y));
SELECT is(string_agg(format('%s %s: %s', check_name, item, detail), E'\n')
	FILTER (WHERE severity = 'error'), NULL, format('%s %s has no errors', model, y))
FROM shipped GROUP BY model, y ORDER BY model, y;
SELECT set_eq($$ SELECT DISTINCT check_name FROM shipped WHERE severity = 'warning' $$,
	ARRAY['payment parameter', 'unmapped siblings', 'hierarchy not transitive',
		'no demographic cell', 'people without segment',
		'HCC without coefficient', 'edit without code', 'unused'],
	'the warnings are of the kinds that doc/models.md explains');

SELECT results_eq($$ SELECT check_name, n FROM hccraf_check_model('V28', 2026)
	WHERE severity = 'count' AND check_name IN
		('codes', 'codes with several HCCs', 'HCCs', 'hierarchy pairs', 'segments',
			'coefficients') $$,
	$$ VALUES ('codes', 8019::bigint), ('codes with several HCCs', (SELECT count(*)
		FROM (SELECT FROM hcc_crosswalk WHERE model_version = 'V28'
			AND 2026 BETWEEN effective_year AND expiry_year GROUP BY icd10_code
			HAVING count(*) > 1) c)),
		('HCCs', 115), ('hierarchy pairs', 149), ('segments', 9),
		('coefficients', 1237) $$, 'counts of V28 2026');
SELECT is((SELECT detail FROM hccraf_check_model('V28', 2026) WHERE check_name = 'fingerprint'),
	hccraf_fingerprint('V28', 2026), 'the fingerprint');
SELECT is((SELECT n FROM hccraf_check_model('V28') WHERE check_name = 'payment year'), 2027::bigint,
	'the newest year is the default');
SELECT results_eq($$ SELECT item FROM hccraf_check_model('V28', 2026)
	WHERE check_name = 'hierarchy not transitive' $$, $$ VALUES ('62 > 202') $$,
	'D15: V28 is not transitive in one place');
SELECT results_eq($$ SELECT item FROM hccraf_check_model('RX_V08', 2026)
	WHERE check_name = 'hierarchy not transitive' $$,
	$$ VALUES ('81 > 317'), ('82 > 317'), ('83 > 317') $$, 'nor is RX_V08');
SELECT is_empty($$ SELECT item FROM (VALUES ('V22', 2026), ('V23', 2019), ('V24', 2025),
	('ESRD_V21', 2026), ('ESRD_V24', 2026), ('RX_V05', 2025)) v(m, y),
	hccraf_check_model(m, y) WHERE check_name = 'hierarchy not transitive' $$, 'the others are');
SELECT results_eq($$ SELECT item, detail FROM hccraf_check_model('V28', 2026)
	WHERE check_name = 'no demographic cell' $$,
	$$ VALUES ('CFA', 'ages 64, all orec_0'), ('CNA', 'ages 64, all orec_0'),
		('CPA', 'ages 64, all orec_0') $$, 'D20: 64 and OREC 0');
SELECT is_empty($$ SELECT item FROM hccraf_check_model('V24', 2025)
	WHERE check_name = 'no demographic cell' $$, 'D20: in V24 they count as 65');
SELECT results_eq($$ SELECT item FROM hccraf_check_model('V28', 2026)
	WHERE check_name = 'edit without code' $$, $$ VALUES ('P041, P048') $$,
	'edits of codes without mapping');
SELECT throws_ok($$ SELECT * FROM hccraf_check_model('V99') $$, '42704',
	'model "V99" does not exist');

----------------------------------------------------------------------
-- A model in CDPS style
----------------------------------------------------------------------
INSERT INTO hcc_model (model_version, first_payment_year, last_payment_year, label, hcc_prefix,
	reference_segment)
VALUES ('CDPS_DEMO', 2026, 2026, 'Made-up Medicaid model', '', 'ADULT');
INSERT INTO hcc_calibration (model_version, calibration, first_payment_year, last_payment_year)
VALUES ('CDPS_DEMO', 'DEMO', 2026, 2026);
INSERT INTO hcc_category (model_version, hcc_code, label)
SELECT 'CDPS_DEMO', c, l FROM (VALUES
	('CARVH', 'Cardiovascular, very high'), ('CARM', 'Cardiovascular, medium'),
	('CARL', 'Cardiovascular, low'), ('DIAM', 'Diabetes, medium'), ('DIAL', 'Diabetes, low'),
	('PSYH', 'Psychiatric, high'), ('PSYM', 'Psychiatric, medium'),
	('PSYL', 'Psychiatric, low')) v(c, l);
INSERT INTO hcc_crosswalk (model_version, icd10_code, hcc_code)
SELECT 'CDPS_DEMO', i, c FROM (VALUES ('Z941', 'CARVH'), ('I509', 'CARM'), ('I2510', 'CARL'),
	('E1122', 'DIAM'), ('E119', 'DIAL'),
	('F209', 'PSYH'), ('F319', 'PSYM'), ('F331', 'PSYL')) v(i, c);
INSERT INTO hcc_hierarchy (model_version, superior_hcc, subordinate_hcc) VALUES
	('CDPS_DEMO', 'CARVH', 'CARM'), ('CDPS_DEMO', 'CARVH', 'CARL'), ('CDPS_DEMO', 'CARM', 'CARL'),
	('CDPS_DEMO', 'DIAM', 'DIAL'),
	('CDPS_DEMO', 'PSYH', 'PSYM'), ('CDPS_DEMO', 'PSYH', 'PSYL'), ('CDPS_DEMO', 'PSYM', 'PSYL');
INSERT INTO hcc_segment (model_version, segment, priority, label, age_max, requires) VALUES
	('CDPS_DEMO', 'DISABLED', 10, 'Disabled', NULL, '{orec_1}'),
	('CDPS_DEMO', 'CHILD', 20, 'Families: child', 18, NULL),
	('CDPS_DEMO', 'ADULT', 30, 'Families: adult', NULL, NULL);
INSERT INTO hcc_variable (model_version, variable, kind, sex, age_min, age_max) VALUES
	('CDPS_DEMO', 'AGE_0_18', 'demographic', NULL, 0, 18),
	('CDPS_DEMO', 'F19_44', 'demographic', 'F', 19, 44),
	('CDPS_DEMO', 'M19_44', 'demographic', 'M', 19, 44),
	('CDPS_DEMO', 'F45_UP', 'demographic', 'F', 45, NULL),
	('CDPS_DEMO', 'M45_UP', 'demographic', 'M', 45, NULL);
INSERT INTO hcc_group (model_version, group_name, hcc_codes) VALUES
	('CDPS_DEMO', 'DIABETES', '{DIAM,DIAL}');
INSERT INTO hcc_interaction (model_version, interaction_name, hcc_combinations) VALUES
	('CDPS_DEMO', 'PSYH_DIABETES', '{PSYH,DIABETES}');
INSERT INTO hcc_coefficient (model_version, calibration, segment, variable, coefficient)
SELECT 'CDPS_DEMO', 'DEMO', s, v, k
FROM (VALUES
	('AGE_0_18', NULL, 0.310, 0.720), ('F19_44', 0.280, NULL, 0.540),
	('M19_44', 0.190, NULL, 0.500), ('F45_UP', 0.450, NULL, 0.610), ('M45_UP', 0.420, NULL, 0.630),
	('CARVH', 2.100, 4.300, 2.700), ('CARM', 0.980, 1.900, 0.760), ('CARL', 0.350, 0.400, 0.290),
	('DIAM', 0.620, 0.700, 0.480), ('DIAL', 0.250, 0.260, 0.210),
	('PSYH', 0.870, 1.150, 0.790), ('PSYM', 0.520, 0.640, 0.430), ('PSYL', 0.230, 0.310, 0.180),
	('PSYH_DIABETES', 0.150, NULL, 0.110)) w(v, adult, child, disabled)
	CROSS JOIN LATERAL (VALUES ('ADULT', adult), ('CHILD', child), ('DISABLED', disabled)) x(s, k)
WHERE k IS NOT NULL;

SELECT is(raf_score('{E1122,E119,I509,F209}'::text[], beneficiary(50, 'F'), 'CDPS_DEMO'),
	0.450 + 0.620 + 0.980 + 0.870 + 0.150, 'an adult');
SELECT is(raf_score('{E1122,E119,I509,F209}'::text[], beneficiary(50, 'F', orec => '1'),
	'CDPS_DEMO'), 0.610 + 0.480 + 0.760 + 0.790 + 0.110, 'disabled');
SELECT is(raf_score('{E119,F331,F319}'::text[], beneficiary(9, 'M'), 'CDPS_DEMO'),
	0.310 + 0.260 + 0.640, 'a child');
SELECT is(raf_score('{E119}'::text[], beneficiary(9, 'M', segment => 'DISABLED'), 'CDPS_DEMO'),
	0.720 + 0.210, 'a child, aid group by hand');
SELECT is(raf_score('{Z941,I509,I2510}'::text[], beneficiary(30, 'M'), 'CDPS_DEMO'), 0.190 + 2.100,
	'the highest level of a system counts');

-- A model of one's own, without any error or unexplained warning
SELECT results_eq($$ SELECT severity, check_name, item FROM hccraf_check_model('CDPS_DEMO')
	WHERE severity <> 'count' $$,
	$$ VALUES ('warning', 'payment parameter', NULL::text) $$,
	'nothing to say about it but that nobody pays by it');

----------------------------------------------------------------------
-- Every kind of inconsistency is found
----------------------------------------------------------------------
-- What the check says after a change; the change is undone.
CREATE FUNCTION pg_temp.found(change text, about text, m text DEFAULT 'CDPS_DEMO',
	y integer DEFAULT NULL) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
	answer text;
BEGIN
	BEGIN
		EXECUTE change;
		SELECT string_agg(concat_ws(' ', severity, item), '; ') INTO answer
		FROM hccraf_check_model(m, y)
		WHERE check_name = about AND severity <> 'count';
		RAISE EXCEPTION USING ERRCODE = 'ZZ001';
	EXCEPTION WHEN SQLSTATE 'ZZ001' THEN
		RETURN answer;
	END;
END
$$;

SELECT is(pg_temp.found(replace(change, '@', $$model_version = 'CDPS_DEMO'$$), about), expected,
	format('%s: %s', about, change))
FROM (VALUES
	-- years and calibrations
	($$INSERT INTO hcc_model (model_version, first_payment_year, last_payment_year) VALUES
		('CDPS_DEMO', 2025, 2026)$$, 'payment year', 'error 2026'),
	('UPDATE hcc_calibration SET is_default = false WHERE @', 'calibration', 'error'),
	('DELETE FROM hcc_calibration WHERE @', 'calibration', NULL),
	('UPDATE hcc_calibration SET last_payment_year = 2025, first_payment_year = 2024 WHERE @',
		'calibration', 'error'),
	($$INSERT INTO hcc_calibration VALUES
		('CDPS_DEMO', 'SECOND', 2026, 2026, true)$$, 'calibration', 'error; error SECOND'),
	($$INSERT INTO hcc_calibration VALUES
		('CDPS_DEMO', 'DEMO', 2025, 2026, false)$$, 'calibration', 'error DEMO'),
	($$INSERT INTO hcc_coefficient VALUES
		('CDPS_DEMO', 'OTHER', 'ADULT', 'CARL', 1)$$, 'calibration', 'warning OTHER'),
	-- names
	($$INSERT INTO hcc_group VALUES
		('CDPS_DEMO', 'CARL', '{CARM}')$$, 'duplicate name', 'error CARL'),
	($$INSERT INTO hcc_crosswalk (model_version, icd10_code, hcc_code) VALUES
		('CDPS_DEMO', 'I10', 'CARX')$$, 'unknown HCC', 'error CARX'),
	($$UPDATE hcc_hierarchy SET subordinate_hcc = 'NONE'
		WHERE @ AND superior_hcc = 'DIAM'$$, 'unknown HCC', 'error NONE'),
	($$INSERT INTO hcc_prerequisite (model_version, hcc_code, requires_any) VALUES
		('CDPS_DEMO', 'CARL', '{CARX}')$$, 'unknown HCC', 'error CARX'),
	($$INSERT INTO hcc_dx_edit (model_version, icd10_code, edit_kind, action, hcc_code) VALUES
		('CDPS_DEMO', 'I509', 'mandatory', 'reassign', 'CARX')$$,
		'unknown HCC', 'error CARX'),
	($$UPDATE hcc_group SET hcc_codes = '{DIAM,DIAX}' WHERE @$$, 'unknown HCC', 'error DIAX'),
	($$UPDATE hcc_interaction SET hcc_combinations = '{PSYH,DIABETIS}'
		WHERE @$$, 'unknown element', 'error PSYH_DIABETES'),
	($$WITH h AS (INSERT INTO hcc_variable (model_version, variable, kind) VALUES
		('CDPS_DEMO', 'H1', 'helper'), ('CDPS_DEMO', 'H2', 'helper'))
		UPDATE hcc_interaction SET hcc_combinations = '{PSYH,H1,H2}'
		WHERE @$$, 'several helpers', 'error PSYH_DIABETES'),
	($$UPDATE hcc_variable SET requires = '{rich}'
		WHERE @ AND variable = 'F19_44'$$, 'unknown fact', 'error rich'),
	-- codes
	($$INSERT INTO hcc_crosswalk (model_version, icd10_code, hcc_code) VALUES
		('CDPS_DEMO', 'not a code', 'CARL')$$, 'unreadable code', 'error not a code'),
	($$INSERT INTO hcc_crosswalk (model_version, icd10_code, hcc_code, effective_year) VALUES
		('CDPS_DEMO', 'I50.9', 'CARM', 2026)$$, 'overlapping rows', 'error I509'),
	($$INSERT INTO hcc_crosswalk (model_version, icd10_code, hcc_code, effective_year, expiry_year)
		VALUES ('CDPS_DEMO', 'I509', 'CARM', 2020, 2021)$$,
		'overlapping rows', 'warning I509'),
	($$INSERT INTO hcc_dx_edit (model_version, icd10_code, edit_kind, action) VALUES
		('CDPS_DEMO', 'A000', 'mandatory', 'invalid')$$,
		'edit without code', 'warning A000'),
	($$INSERT INTO hcc_crosswalk (model_version, icd10_code, hcc_code) VALUES
		('CDPS_DEMO', 'E1121', 'DIAM')$$, 'unmapped siblings', 'warning E11'),
	($$DELETE FROM hcc_crosswalk WHERE @ AND hcc_code = 'DIAM'$$, 'HCC without code', 'warning'),
	-- hierarchy
	($$INSERT INTO hcc_hierarchy (model_version, superior_hcc, subordinate_hcc) VALUES
		('CDPS_DEMO', 'CARL', 'CARVH')$$, 'hierarchy cycle',
		'error CARL > CARVH; error CARM > CARL; error CARVH > CARL; error CARVH > CARM'),
	($$INSERT INTO hcc_hierarchy (model_version, superior_hcc, subordinate_hcc) VALUES
		('CDPS_DEMO', 'CARL', 'CARL')$$, 'hierarchy cycle', 'error CARL > CARL'),
	($$DELETE FROM hcc_hierarchy WHERE @ AND (superior_hcc, subordinate_hcc) = ('CARVH', 'CARL')$$,
		'hierarchy not transitive', 'warning CARVH > CARL'),
	-- coefficients
	($$DELETE FROM hcc_coefficient
		WHERE @ AND variable = 'CARL'$$, 'HCC without coefficient', 'error CARL'),
	($$DELETE FROM hcc_coefficient WHERE @ AND variable = 'CARL'
		AND segment = 'CHILD'$$, 'HCC without coefficient', 'warning CHILD'),
	($$INSERT INTO hcc_coefficient VALUES ('CDPS_DEMO', 'SECOND', 'ADULT', 'CARM', 1);
		INSERT INTO hcc_calibration VALUES ('CDPS_DEMO', 'SECOND', 2026, 2026, false)$$,
		'HCC without coefficient', 'warning SECOND'),
	($$UPDATE hcc_coefficient SET variable = 'CARLOW' WHERE @ AND variable = 'CARL'
		AND segment = 'ADULT'$$, 'coefficient without variable', 'error CARLOW'),
	($$INSERT INTO hcc_coefficient VALUES ('CDPS_DEMO', 'DEMO', 'ELDERLY', 'CARL', 1)$$,
		'coefficient without segment', 'error ELDERLY'),
	($$DELETE FROM hcc_segment WHERE @$$, 'coefficient without segment', 'error'),
	($$DELETE FROM hcc_coefficient
		WHERE @ AND segment = 'CHILD'$$, 'segment without coefficient', 'error CHILD'),
	($$INSERT INTO hcc_segment (model_version, segment, priority) VALUES
		('CDPS_DEMO', 'A_NAME_LONGER_THAN_23_BYTES', 99)$$, 'segment name',
		'error A_NAME_LONGER_THAN_23_BYTES'),
	($$DELETE FROM hcc_coefficient
		WHERE @ AND variable = 'F19_44'$$, 'variable without coefficient', 'warning'),
	($$INSERT INTO hcc_group VALUES
		('CDPS_DEMO', 'HEART', '{CARM,CARL}')$$, 'unused', 'warning HEART'),
	($$INSERT INTO hcc_variable (model_version, variable, kind) VALUES
		('CDPS_DEMO', 'H1', 'helper')$$, 'unused', 'warning H1'),
	($$UPDATE hcc_coefficient SET coefficient = 0.1234 WHERE @ AND variable = 'F19_44'
		AND segment = 'ADULT'$$, 'too many decimals', 'error F19_44'),
	-- what can never be
	($$UPDATE hcc_variable SET age_min = 50
		WHERE @ AND variable = 'F19_44'$$, 'variable can never be 1', 'error F19_44'),
	($$UPDATE hcc_variable SET months_min = 9, months_max = 4
		WHERE @ AND variable = 'F19_44'$$, 'variable can never be 1', 'error F19_44'),
	($$UPDATE hcc_variable SET age_min = 131
		WHERE @ AND variable = 'F45_UP'$$, 'variable can never be 1', 'error F45_UP'),
	($$UPDATE hcc_variable SET count_min = 5, count_max = 4
		WHERE @ AND variable = 'F19_44'$$, 'variable can never be 1', 'error F19_44'),
	($$UPDATE hcc_variable SET requires = '{snp}', forbids = '{snp}'
		WHERE @ AND variable = 'F19_44'$$, 'variable can never be 1', 'error F19_44'),
	($$UPDATE hcc_variable SET requires = '{orec_0,orec_1}'
		WHERE @ AND variable = 'F19_44'$$, 'variable can never be 1', 'error F19_44'),
	($$UPDATE hcc_variable SET requires = '{dual_full,dual_none}'
		WHERE @ AND variable = 'F19_44'$$, 'variable can never be 1', 'error F19_44'),
	($$UPDATE hcc_variable SET requires = '{medicaid,dual_none}'
		WHERE @ AND variable = 'F19_44'$$, 'variable can never be 1', 'error F19_44'),
	($$UPDATE hcc_variable SET forbids = '{orec_0,orec_1,orec_2,orec_3}'
		WHERE @ AND variable = 'F19_44'$$, 'variable can never be 1', 'error F19_44'),
	($$UPDATE hcc_variable SET requires = '{esrd_graft}', forbids = '{esrd}'
		WHERE @ AND variable = 'F19_44'$$, 'variable can never be 1', 'error F19_44'),
	($$UPDATE hcc_variable SET requires = '{male}'
		WHERE @ AND variable = 'F19_44'$$, 'variable can never be 1', 'error F19_44'),
	($$INSERT INTO hcc_variable (model_version, variable, kind, age_min, age_max) VALUES
		('CDPS_DEMO', 'F19_44', 'demographic', 9, 8)$$,
		'variable can never be 1', 'warning F19_44'),
	($$INSERT INTO hcc_variable (model_version, variable, kind) VALUES
		('CDPS_DEMO', 'F19_44', 'addon')$$, 'variable of several kinds', 'error F19_44'),
	($$INSERT INTO hcc_variable (model_version, variable, kind, count_min, age_min) VALUES
		('CDPS_DEMO', 'D4P', 'count', 4, 65)$$, 'count with other conditions', 'error D4P'),
	($$UPDATE hcc_segment SET age_min = 20
		WHERE @ AND segment = 'CHILD'$$, 'segment can never fit', 'error CHILD'),
	($$UPDATE hcc_interaction SET hcc_combinations = '{PSYH,PSYL}'
		WHERE @$$, 'interaction can never be 1', 'error PSYH_DIABETES'),
	($$UPDATE hcc_group SET hcc_codes = '{PSYL,PSYM}'
		WHERE @$$, 'interaction can never be 1', 'error PSYH_DIABETES'),
	($$UPDATE hcc_group SET hcc_codes = '{}'
		WHERE @$$, 'interaction can never be 1', 'error PSYH_DIABETES'),
	($$INSERT INTO hcc_coefficient VALUES
		('CDPS_DEMO', 'DEMO', 'CHILD', 'F45_UP', 1)$$, 'never 1 in segment', 'warning CHILD'),
	($$UPDATE hcc_segment SET forbids = '{lti}' WHERE @ AND segment = 'DISABLED';
		UPDATE hcc_variable SET requires = '{orec_1,lti}' WHERE @ AND variable = 'F45_UP'$$,
		'never 1 in segment', 'warning DISABLED'),
	-- people
	($$INSERT INTO hcc_segment (model_version, segment, priority, age_min) VALUES
		('CDPS_DEMO', 'ADULT', 40, 70)$$, 'segment without people', 'warning ADULT'),
	($$UPDATE hcc_segment SET age_max = 17, age_min = 3
		WHERE @ AND segment = 'ADULT'$$, 'segment without people', 'warning ADULT'),
	($$UPDATE hcc_segment SET age_max = 64
		WHERE @ AND segment = 'ADULT'$$, 'people without segment', 'warning'),
	($$DELETE FROM hcc_coefficient WHERE @ AND segment = 'ADULT'
		AND variable = 'M45_UP'$$, 'no demographic cell', 'warning ADULT'),
	($$DELETE FROM hcc_coefficient WHERE @ AND segment = 'CHILD'
		AND variable = 'AGE_0_18'$$, 'no demographic cell', 'warning CHILD'),
	-- the rest
	($$UPDATE hcc_model SET reference_segment = 'CNA'
		WHERE @$$, 'reference segment', 'warning CNA'),
	($$INSERT INTO payment_year_parameter (payment_year, program, component, model_version,
		calibration, normalization_factor, blend_weight)
		VALUES (2026, 'Medicaid', 'all', 'CDPS_DEMO', 'NONE', 1, 1)$$, 'payment parameter',
		'error Medicaid all'),
	($$INSERT INTO payment_year_parameter (payment_year, program, component,
		model_version, blend_weight)
		VALUES (2026, 'Medicaid', 'all', 'CDPS_DEMO', 1)$$, 'payment parameter',
		'warning Medicaid all'),
	($$INSERT INTO payment_year_parameter (payment_year, program, component, model_version,
		normalization_factor, blend_weight)
		VALUES (2026, 'Medicaid', 'all', 'CDPS_DEMO', 1, 1)$$, 'payment parameter', NULL),
	($$UPDATE hcc_coefficient SET variable = 'CARLOW'
		WHERE @ AND variable = 'CARL' AND segment = 'ADULT'$$, 'does not compile', 'error DEMO')
) v(change, about, expected);

SELECT is((SELECT detail FROM hccraf_check_model('CDPS_DEMO', 2027)
	WHERE check_name = 'payment year' AND severity = 'error'),
	'no row of hcc_model covers this year', 'a year that the model does not have');
SELECT is(pg_temp.found($$UPDATE hcc_coefficient SET coefficient = 0.2
	WHERE model_version = 'V28' AND variable = 'HCC38' AND segment = 'CNA'$$,
	'changed since release', 'V28', 2026), 'warning', 'a shipped coefficient that was changed');
SELECT is(pg_temp.found($$UPDATE hcc_category SET label = 'Diabetes'
	WHERE model_version = 'V28' AND hcc_code = '38'$$,
	'changed since release', 'V28', 2026), 'warning', 'a label, too');
SELECT is(pg_temp.found($$UPDATE hcc_coefficient SET coefficient = 0.2
	WHERE model_version = 'V28' AND variable = 'HCC38' AND segment = 'CNA'$$,
	'changed since release', 'V24', 2025), NULL, 'not another model''s');
SELECT is(pg_temp.found($$DELETE FROM hcc_crosswalk
	WHERE model_version = 'V28' AND icd10_code = 'E1122'$$,
	'unmapped siblings', 'V28', 2026) LIKE '%warning E11%', true,
	'a lost code shows among its siblings');
SELECT is(pg_temp.found($$DELETE FROM hcc_variable
	WHERE model_version = 'ESRD_V24' AND variable = 'LTI_GE65'$$,
	'coefficient without variable', 'ESRD_V24', 2026), 'error LTI_GE65', 'in sets of add-ons, too');
SELECT is(pg_temp.found($$DELETE FROM hcc_segment WHERE model_version = 'V28' AND segment = 'CPD'$$,
	'people without segment', 'V28', 2026), 'warning', 'a segment row that is missing');
SELECT is((SELECT detail FROM hccraf_check_model('CDPS_DEMO')
	WHERE check_name = 'no demographic cell'), NULL, 'and all is as before');

-- The facts are those that C knows.
\set person `sed -n '/fact_names\[\] = {/,/};/p' src/core/person.c`
SELECT set_eq($$ SELECT DISTINCT unnest(facts) FROM hccraf_facts() $$,
	(SELECT array_agg(m[1]) FROM regexp_matches(:'person', '"([a-z0-9_]+)"', 'g') m),
	'hccraf_facts knows every fact of src/core/person.c');

----------------------------------------------------------------------
-- Differences
----------------------------------------------------------------------
SELECT results_eq($$ SELECT what, n FROM hccraf_diff_summary('V28', 'V28', 2025, 2026)
	WHERE what LIKE 'code %' $$,
	$$ VALUES ('code gained', 134::bigint), ('code lost', 18) $$, 'D2: V28 from 2025 to 2026');
SELECT results_eq($$ SELECT what, b_value FROM hccraf_diff_models('V28', 'V28', 2025, 2026)
	WHERE item = 'G35A' $$, $$ VALUES ('code gained', '198') $$, 'D2: G35.A is new');
SELECT results_eq($$ SELECT a_value, b_value FROM hccraf_diff_models('V28', 'V28', 2025, 2026)
	WHERE what = 'setting changed' $$,
	$$ VALUES ('sequential', 'simultaneous') $$, 'D15: the order of the hierarchy');
SELECT results_eq($$ SELECT a_value, b_value, difference
	FROM hccraf_diff_models('V28', 'V28', 2025, 2026)
	WHERE what = 'payment parameter changed' AND item = 'MA part_c, normalization' $$,
	$$ VALUES ('1.045', '1.067', 0.022) $$, 'the normalization factor');
SELECT results_eq($$ SELECT what, a_value, b_value FROM hccraf_diff_models('V24', 'V28', 2025, 2025)
	WHERE item = 'E1122' $$, $$ VALUES ('code moved', '18', '37') $$, 'E11.22 from V24 to V28');
SELECT results_eq($$ SELECT difference FROM hccraf_diff_models('V24', 'V28', 2025, 2025)
	WHERE what = 'coefficient changed' AND segment = 'CNA' AND item = 'HCC19' $$,
	$$ SELECT b.coefficient - a.coefficient FROM hcc_coefficient a, hcc_coefficient b
		WHERE a.model_version = 'V24' AND b.model_version = 'V28'
		AND a.segment = 'CNA' AND b.segment = 'CNA' AND a.variable = 'HCC19'
		AND b.variable = 'HCC19' $$, 'differences are b minus a');
SELECT is_empty($$ SELECT * FROM hccraf_diff_models('V24', 'V24', 2025, 2025) $$,
	'nothing differs from itself');
SELECT is((SELECT sum(n)
	FROM hccraf_diff_summary('RX_V08', 'RX_V08', 2026, 2026, 'RX_V08_2026_T', 'RX_V08_2026_X')
	WHERE what NOT LIKE 'coefficient %' AND what NOT LIKE 'payment %'),
	NULL, 'two calibrations of a model differ in coefficients alone');
SELECT isnt_empty($$ SELECT *
	FROM hccraf_diff_models('RX_V08', 'RX_V08', 2026, 2026, 'RX_V08_2026_T', 'RX_V08_2026_X')
	WHERE what = 'coefficient changed' $$, 'and there they do');
SELECT throws_ok($$ SELECT * FROM hccraf_diff_models('V28', 'V99') $$, '42704',
	'model "V99" does not exist');
SELECT throws_ok($$ SELECT * FROM hccraf_diff_models('V28', 'V28', 2025, 2030) $$, '42704',
	'model "V28" has no tables for payment year 2030');
SELECT throws_ok($$ SELECT * FROM hccraf_diff_models('V28', 'V28', 2025, 2026, 'X') $$, '42704',
	'model "V28" has no calibration "X" in payment year 2025');

----------------------------------------------------------------------
-- Copies
----------------------------------------------------------------------
SELECT lives_ok($$ SELECT hccraf_copy_model('V28', 'WHAT_IF') $$, 'a copy of V28');
SELECT lives_ok($$ SELECT hccraf_copy_model('ESRD_V24', 'ESRD_COPY', 2026) $$,
	'a copy of one year of ESRD_V24');
SELECT is_empty($$ SELECT * FROM hccraf_diff_models('V28', 'WHAT_IF') $$, 'the copy is equal');
SELECT is_empty($$ SELECT * FROM hccraf_diff_models('V28', 'WHAT_IF', 2025, 2025) $$,
	'in every year');
SELECT is_empty($$ SELECT * FROM hccraf_diff_models('ESRD_V24', 'ESRD_COPY', 2026) $$,
	'so is the other');
SELECT is(hccraf_checksum('WHAT_IF', 2026), hccraf_checksum('V28', 2026), 'checksum');
SELECT is(hccraf_fingerprint('WHAT_IF', 2025), hccraf_fingerprint('V28', 2025), 'fingerprint');
SELECT is_empty($$ SELECT FROM hcc_model WHERE model_version IN ('WHAT_IF', 'ESRD_COPY')
	AND (is_default OR NOT custom) $$, 'marked as a row of the user, not as the default');
SELECT is((SELECT array_agg(DISTINCT ROW(first_payment_year, last_payment_year)::text)
	FROM hcc_model WHERE model_version = 'ESRD_COPY'), '{"(2026,2026)"}',
	'a copy of one year is good for that year');
SELECT is_empty($$ SELECT FROM payment_year_parameter WHERE model_version = 'WHAT_IF' $$,
	'it does not join the payment blend');

-- Two hundred people at random, always the same ones
SELECT setseed(0.42);
CREATE TEMPORARY TABLE someone AS
SELECT beneficiary((random() * 100)::int, CASE WHEN random() < 0.5 THEN 'F' ELSE 'M' END,
	floor(random() * 4)::int::text,
		('{00,01,02,04,NULL}'::text[])[1 + floor(random() * 5)::int], random() < 0.1,
		random() < 0.2, random() < 0.1) AS who,
	(SELECT array_agg(icd10_code)
		FROM (SELECT icd10_code FROM hcc_crosswalk WHERE model_version = 'V28' AND n > 0
		ORDER BY random() LIMIT (random() * 8)::int) c) AS codes
FROM generate_series(1, 200) n;
SELECT is_empty($$ SELECT FROM someone WHERE raf_score(COALESCE(codes, '{}'), who, 'WHAT_IF', 2026)
	<> raf_score(COALESCE(codes, '{}'), who, 'V28', 2026) $$,
	'scores equal the original''s');
SELECT cmp_ok((SELECT count(DISTINCT raf_score(COALESCE(codes, '{}'), who, 'V28', 2026))
	FROM someone), '>', 50::bigint, 'of people who differ');

UPDATE hcc_coefficient SET coefficient = 0.200
WHERE model_version = 'WHAT_IF' AND segment = 'CNA' AND variable = 'HCC38';
SELECT results_eq($$ SELECT * FROM hccraf_diff_models('V28', 'WHAT_IF') $$,
	$$ VALUES ('coefficient changed', 'CNA', 'HCC38', '0.166', '0.200', 0.034) $$,
	'the change and nothing else');
SELECT is(raf_score('{E119}'::text[], beneficiary(72, 'F'), 'WHAT_IF', 2026)
	- raf_score('{E119}'::text[], beneficiary(72, 'F'), 'V28', 2026), 0.034,
	'and its effect');
SELECT is((SELECT count(*) FROM hccraf_check_model('WHAT_IF', 2026)
	WHERE check_name = 'changed since release'), 1::bigint, 'the check knows that it was changed');
SELECT lives_ok($$ SELECT hccraf_seal_model('WHAT_IF', '2026-01-31') $$, 'seal it');
SELECT is((SELECT count(*) FROM hccraf_check_model('WHAT_IF', 2026)
	WHERE check_name = 'changed since release'), 0::bigint, 'and that is the release now');

-- A custom row in place of a shipped one is one row in the copy.
INSERT INTO hcc_coefficient VALUES ('V24', 'V24_2020', 'CNA', 'HCC19', 0.500);
SELECT lives_ok($$ SELECT hccraf_copy_model('V24', 'V24_COPY') $$, 'a model with custom rows');
SELECT is((SELECT coefficient FROM hcc_coefficient WHERE model_version = 'V24_COPY'
	AND segment = 'CNA' AND variable = 'HCC19'), 0.500, 'is copied as it scores');

SELECT throws_ok($$ SELECT hccraf_copy_model('V28', 'WHAT_IF') $$, '42710',
	'model "WHAT_IF" already exists');
SELECT throws_ok($$ SELECT hccraf_copy_model('V28', 'V24') $$, '42710',
	'model "V24" already exists');
SELECT throws_ok($$ SELECT hccraf_copy_model('V99', 'COPY') $$, '42704',
	'model "V99" does not exist');
SELECT throws_ok($$ SELECT hccraf_copy_model('V28', 'COPY', 2020) $$, '42704',
	'model "V28" has no tables for payment year 2020');
SELECT throws_ok($$ SELECT hccraf_copy_model('V28', ' ') $$, '22023', 'a copy needs a name');
SELECT is_empty($$ SELECT FROM hcc_crosswalk WHERE model_version = 'COPY' $$,
	'a copy that failed left nothing');

SELECT is(hccraf_drop_model('WHAT_IF'), (SELECT 10418::bigint), 'drop');
SELECT throws_ok($$ SELECT raf_score('{}'::text[], beneficiary(70, 'F'), 'WHAT_IF') $$, '42704',
	NULL, 'it is gone');
SELECT throws_ok($$ SELECT hccraf_drop_model('WHAT_IF') $$, '42704',
	'model "WHAT_IF" does not exist');
SELECT throws_ok($$ SELECT hccraf_drop_model('V28') $$, '55000',
	'model "V28" comes with hccraf and cannot be dropped');
SELECT is(hccraf_fingerprint('V28', 2026), (SELECT fingerprint FROM hcc_model
	WHERE model_version = 'V28' AND first_payment_year = 2026), 'V28 is as released');

----------------------------------------------------------------------
-- The marketplace's kinds of rule: each is checked, and each change is a difference
----------------------------------------------------------------------
INSERT INTO hcc_model (model_version, first_payment_year, last_payment_year, hcc_prefix, concurrent)
VALUES ('MARKET_A', 2025, 2025, '', true);
INSERT INTO hcc_calibration (model_version, calibration, first_payment_year, last_payment_year)
VALUES ('MARKET_A', 'A', 2025, 2025);
INSERT INTO hcc_category (model_version, hcc_code, label, kind, age_min, age_max) VALUES
	('MARKET_A', 'H1', 'One', 'hcc', NULL, NULL), ('MARKET_A', 'H2', 'Two', 'hcc', 2, NULL),
	('MARKET_A', 'R1', 'Drug', 'drug', 21, NULL), ('MARKET_A', 'R2', 'Drug', 'drug', 21, NULL);
INSERT INTO hcc_crosswalk (model_version, icd10_code, hcc_code, valid_from, valid_to, mce_age_min,
	mce_age_max, age_min, age_max, sex) VALUES
	('MARKET_A', 'A01', 'H1', '2025-01-01', '2025-09-30', NULL, NULL, NULL, NULL, NULL),
	('MARKET_A', 'A02', 'H1', NULL, NULL, 0, 17, NULL, NULL, NULL),
	('MARKET_A', 'A03', 'H2', NULL, NULL, NULL, NULL, 2, 20, NULL),
	('MARKET_A', 'A04', 'H2', NULL, NULL, NULL, NULL, NULL, NULL, 'F'),
	('MARKET_A', 'A05', 'H1', NULL, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO hcc_drug_crosswalk (model_version, code_system, code, hcc_code) VALUES
	('MARKET_A', 'ndc', '00117A52902', 'R1'), ('MARKET_A', 'hcpcs', 'J0739', 'R1'),
	('MARKET_A', 'ndc', '00003196401', 'R1');
INSERT INTO hcc_hierarchy (model_version, superior_hcc, subordinate_hcc)
VALUES ('MARKET_A', 'R1', 'R2');
INSERT INTO hcc_group (model_version, group_name, hcc_codes, replaces, family, rank, age_min,
	age_max) VALUES
	('MARKET_A', 'G1', '{H1,H2}', true, NULL, NULL, 21, NULL),
	('MARKET_A', 'S2', '{H1}', false, 'severity', 1, NULL, 1),
	('MARKET_A', 'S1', '{}', false, 'severity', 2, NULL, 1);
INSERT INTO hcc_variable (model_version, variable, kind, age_min, count_min, days_min, days_max)
VALUES ('MARKET_A', 'AGE', 'demographic', 0, NULL, NULL, NULL),
	('MARKET_A', 'ED1', 'enrollment', 21, 1, 1, 31),
	('MARKET_A', 'ED1', 'enrollment', 21, 1, 32, 62);
INSERT INTO hcc_interaction (model_version, interaction_name, hcc_combinations)
VALUES ('MARKET_A', 'R1_X_H1', '{R1,H1}');
INSERT INTO hcc_segment (model_version, segment, priority, requires) VALUES
	('MARKET_A', 'Silver', 1, '{metal_silver}'), ('MARKET_A', 'Gold', 2, '{metal_gold}');
INSERT INTO hcc_coefficient (model_version, calibration, segment, variable, coefficient)
SELECT 'MARKET_A', 'A', s, v, 0.5 FROM unnest('{Silver,Gold}'::text[]) s
	CROSS JOIN unnest('{AGE,ED1,H1,H2,R1,R2,G1,R1_X_H1}'::text[]) v;
INSERT INTO hcc_csr_factor (model_version, payment_year, csr_variant, metal, factor) VALUES
	('MARKET_A', 2025, '06', 'silver', 1.12), ('MARKET_A', 2025, '02', NULL, 1.05);
SELECT is(raf_score('{A05@2025-03-01,J0739,ndc:00003196401}'::text[], beneficiary(40, 'F',
		metal => 'gold', enrollment_days => 40), 'MARKET_A', 2025), 2.5,
	'age, group, drug, its interaction and 40 days');
SELECT lives_ok($$ SELECT hccraf_copy_model('MARKET_A', 'MARKET_B') $$, 'a copy');
SELECT is_empty($$ SELECT * FROM hccraf_diff_models('MARKET_A', 'MARKET_B') $$,
	'that does not differ');
UPDATE hcc_model SET concurrent = false WHERE model_version = 'MARKET_B';
UPDATE hcc_category SET age_min = 12 WHERE model_version = 'MARKET_B' AND hcc_code = 'R2';
UPDATE hcc_category SET kind = 'drug' WHERE model_version = 'MARKET_B' AND hcc_code = 'H2';
UPDATE hcc_crosswalk SET valid_to = '2025-12-31'
WHERE model_version = 'MARKET_B' AND icd10_code = 'A01';
UPDATE hcc_crosswalk SET mce_age_max = 18
WHERE model_version = 'MARKET_B' AND icd10_code = 'A02';
UPDATE hcc_crosswalk SET age_max = 21 WHERE model_version = 'MARKET_B' AND icd10_code = 'A03';
UPDATE hcc_crosswalk SET sex = 'M' WHERE model_version = 'MARKET_B' AND icd10_code = 'A04';
DELETE FROM hcc_drug_crosswalk WHERE model_version = 'MARKET_B' AND code = 'J0739';
UPDATE hcc_drug_crosswalk SET hcc_code = 'R2'
WHERE model_version = 'MARKET_B' AND code = '00117A52902';
INSERT INTO hcc_drug_crosswalk (model_version, code_system, code, hcc_code)
VALUES ('MARKET_B', 'hcpcs', 'J1950', 'R2');
UPDATE hcc_group SET replaces = false WHERE model_version = 'MARKET_B' AND group_name = 'G1';
UPDATE hcc_group SET age_max = 0 WHERE model_version = 'MARKET_B' AND group_name = 'S1';
UPDATE hcc_group SET rank = 3 WHERE model_version = 'MARKET_B' AND group_name = 'S2';
UPDATE hcc_variable SET days_max = 60 WHERE model_version = 'MARKET_B' AND days_min = 32;
UPDATE hcc_csr_factor SET factor = 1.15 WHERE model_version = 'MARKET_B' AND csr_variant = '06';
UPDATE hcc_csr_factor SET metal = 'gold' WHERE model_version = 'MARKET_B' AND csr_variant = '02';
SELECT results_eq($$ SELECT what, item, a_value, b_value, difference
		FROM hccraf_diff_models('MARKET_A', 'MARKET_B') ORDER BY what, item $$,
	$$ VALUES ('HCC changed', 'H2', 'payment HCC age 2-', 'payment HCC drug age 2-', NULL::numeric),
		('HCC changed', 'R2', 'payment HCC drug age 21-', 'payment HCC drug age 12-', NULL),
		('code moved', 'A01', 'H1 from 2025-01-01 to 2025-09-30',
			'H1 from 2025-01-01 to 2025-12-31', NULL),
		('code moved', 'A02', 'H1 editor age 0-17', 'H1 editor age 0-18', NULL),
		('code moved', 'A03', 'H2 age 2-20', 'H2 age 2-21', NULL),
		('code moved', 'A04', 'H2 F', 'H2 M', NULL),
		('cost-sharing factor changed', '06 silver', '1.12', '1.15', 0.03),
		('cost-sharing factor gained', '02 gold', NULL, '1.05', 1.05),
		('cost-sharing factor lost', '02', '1.05', NULL, -1.05),
		('drug code changed', 'ndc:00117A52902', 'R1', 'R2', NULL),
		('drug code gained', 'hcpcs:J1950', NULL, 'R2', NULL),
		('drug code lost', 'hcpcs:J0739', 'R1', NULL, NULL),
		('group changed', 'G1', 'H1, H2 replaces age 21-', 'H1, H2 age 21-', NULL),
		('group changed', 'S1', 'severity 2 age -1', 'severity 2 age -0', NULL),
		('group changed', 'S2', 'H1 severity 1 age -1', 'H1 severity 3 age -1', NULL),
		('setting changed', 'concurrent', 'true', 'false', NULL),
		('variable changed', 'ED1', 'enrollment age 21- count 1- days 1-31 or '
			'enrollment age 21- count 1- days 32-62', 'enrollment age 21- count 1- days 1-31 or '
			'enrollment age 21- count 1- days 32-60', NULL) $$,
	'every kind of difference in the marketplace''s rules');
SELECT is_empty($$ SELECT item FROM hccraf_check_model('HHS_V08', 2027)
	WHERE concat(item, detail) LIKE '%HCCHHS%' $$,
	'the names of variables are right in a year without a row of hcc_model, too');

-- The checksum is over every column there is, but for those that may differ.
CREATE FUNCTION pg_temp.checksum(model text, years int4range) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	t text;
	digest bytea;
	digests text := '';
BEGIN
	FOREACH t IN ARRAY '{hcc_model,hcc_calibration,hcc_category,hcc_crosswalk,'
	'hcc_dx_edit,hcc_prerequisite,hcc_hierarchy,hcc_group,hcc_variable,hcc_interaction,'
	'hcc_segment,hcc_age_rule,hcc_coefficient,hcc_drug_crosswalk,hcc_csr_factor}'::text[] LOOP
		EXECUTE format($f$ SELECT sha256(convert_to(COALESCE(string_agg(line, E'\n'
			ORDER BY line COLLATE "C"), ''), 'UTF8'))
			FROM (SELECT ROW(%s)::text FROM %I WHERE model_version = $1 %s) l(line) $f$,
			(SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute
				WHERE attrelid = t::regclass AND attnum > 0 AND NOT attisdropped
				AND attname NOT IN ('id', 'model_version', 'custom', 'provisional', 'is_default',
					'release_date', 'checksum', 'fingerprint')), t,
			(SELECT format('AND int4range(%I, %I, ''[]'') && $2', first, last) FROM (VALUES
				('first_payment_year', 'last_payment_year'), ('effective_year', 'expiry_year'),
				('payment_year', 'payment_year')) y(first, last)
				WHERE EXISTS (SELECT FROM pg_attribute
					WHERE attrelid = t::regclass AND attname = first)))
		INTO digest USING model, years;
		digests := digests || t || ' ' || encode(digest, 'hex') || E'\n';
	END LOOP;
	RETURN encode(sha256(convert_to(digests, 'UTF8')), 'hex');
END
$$;
SELECT is(hccraf_checksum(model_version, first_payment_year),
	pg_temp.checksum(model_version, int4range(first_payment_year, last_payment_year, '[]')),
	format('the checksum of %s %s has every column', model_version, first_payment_year))
FROM hcc_model WHERE NOT custom AND model_version ~ '28$|V24$'
ORDER BY 1, model_version, first_payment_year;

-- Every release has its identity.
SELECT is_empty($$ SELECT model_version FROM hcc_model
	WHERE NOT custom AND (source IS NULL OR checksum IS NULL OR fingerprint IS NULL) $$,
	'shipped rows of hcc_model have source, checksum and fingerprint');

-- Who may
SELECT is_empty($$ SELECT p.oid::regprocedure FROM pg_proc p
	WHERE proname IN ('hccraf_copy_model', 'hccraf_drop_model', 'hccraf_seal_model')
	AND has_function_privilege('public', p.oid, 'EXECUTE') $$, 'not everybody may change models');

SELECT * FROM finish();
ROLLBACK;
