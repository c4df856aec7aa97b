-- Models of one's own, and what is said when their rows do not fit together
INSERT INTO hcc_crosswalk (model_version, icd10_code, hcc_code, hcc_description, coefficient) VALUES
	('MINE', 'A00', '1', 'One', 0.5), ('MINE', 'B00', '2', 'Two', 0.25),
	('MINE', 'c00.1', '2', 'Two', 0.25);
INSERT INTO hcc_hierarchy (model_version, superior_hcc, subordinate_hcc) VALUES ('MINE', '1', '2');
SELECT raf_score('{A00}'::text[], beneficiary(70, 'F'), 'MINE') AS one,
	raf_score('{B00,C001}'::text[], beneficiary(70, 'F'), 'MINE') AS two,
	raf_score('{A00,B00}'::text[], beneficiary(70, 'F'), 'MINE') AS both,
	raf_score('{}'::text[], beneficiary(70, 'F'), 'MINE') AS none,
	raf_score('{A00}'::text[], beneficiary(70, 'F'), 'MINE', 2031) AS any_year,
	raf_segment(beneficiary(70, 'F'), 'MINE') AS segment;
SELECT bool_and(custom) AND min(id) >= 10000000 AS marked_as_own FROM hcc_crosswalk
WHERE model_version = 'MINE';
-- validity by payment year
INSERT INTO hcc_crosswalk (model_version, icd10_code, hcc_code, coefficient, effective_year,
	expiry_year) VALUES ('MINE', 'D00', '1', 0.5, 2026, 2027);
SELECT y, raf_score('{D00}'::text[], beneficiary(70, 'F'), 'MINE', y)
FROM generate_series(2025, 2028) y;
SELECT raf_score('{D00}'::text[], beneficiary(70, 'F'), 'MINE') AS newest_year;
-- the model has a crosswalk: it is listed
SELECT raf_score('{}'::text[], beneficiary(70, 'F'), 'YOURS');

-- duplicates are refused by the table or by the compiler
INSERT INTO hcc_crosswalk (model_version, icd10_code, hcc_code) VALUES ('MINE', 'A00', '1');
BEGIN;
INSERT INTO hcc_crosswalk (model_version, icd10_code, hcc_code, coefficient, effective_year) VALUES
	('MINE', 'A00', '1', 0.5, 2026);
SELECT raf_score('{A00}'::text[], beneficiary(70, 'F'), 'MINE', 2025) AS before;
SELECT raf_score('{A00}'::text[], beneficiary(70, 'F'), 'MINE', 2026);
ROLLBACK;

-- one inconsistency at a time
CREATE PROCEDURE try(change text) LANGUAGE plpgsql AS $$
DECLARE
	message text;
	detail text;
	hint text;
	state text;
BEGIN
	EXECUTE change;
	PERFORM raf_score('{}'::text[], beneficiary(70, 'F'), 'V28', 2026);
	RAISE EXCEPTION 'no error after %', change;
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL,
		hint = PG_EXCEPTION_HINT, state = RETURNED_SQLSTATE;
	RAISE NOTICE E'% %\n   % %', state, message, detail, hint;
END
$$;
\set VERBOSITY terse
CALL try($$INSERT INTO hcc_hierarchy (model_version, superior_hcc, subordinate_hcc) VALUES
	('V28', '17', '999')$$);
CALL try($$INSERT INTO hcc_hierarchy (model_version, superior_hcc, subordinate_hcc) VALUES
	('V28', '23', '17')$$);
CALL try($$INSERT INTO hcc_interaction (model_version, interaction_name, hcc_combinations) VALUES
	('V28', 'X', '{DIABETES_V29,HF_V28}')$$);
CALL try($$INSERT INTO hcc_coefficient VALUES ('V28', 'V28_2024', 'CNA', 'HCC999', 1)$$);
CALL try($$INSERT INTO hcc_coefficient VALUES ('V28', 'V28_2024', 'CXA', 'HCC1', 1)$$);
CALL try($$INSERT INTO hcc_coefficient VALUES ('V28', 'V28_2024', 'CNA', 'HCC1', 1.2345)$$);
CALL try($$INSERT INTO hcc_coefficient VALUES ('V28', 'V28_2024', 'CNA', 'HCC1', 'NaN')$$);
CALL try($$INSERT INTO hcc_crosswalk (model_version, icd10_code, hcc_code) VALUES
	('V28', 'A00', '999')$$);
CALL try($$INSERT INTO hcc_crosswalk (model_version, icd10_code, hcc_code) VALUES
	('V28', 'not a code', '1')$$);
CALL try($$INSERT INTO hcc_group VALUES ('V28', 'G', '{1,998}')$$);
CALL try($$INSERT INTO hcc_group VALUES ('V28', 'HCC1', '{2}')$$);
CALL try($$INSERT INTO hcc_prerequisite (model_version, hcc_code, requires_any) VALUES
	('V28', '997', '{1}')$$);
CALL try($$INSERT INTO hcc_dx_edit (model_version, icd10_code, edit_kind, action, hcc_code) VALUES
	('V28', 'A00', 'mandatory', 'reassign', '996')$$);
CALL try($$INSERT INTO hcc_variable (model_version, variable, kind, requires) VALUES
	('V28', 'V', 'demographic', '{rich}')$$);
CALL try($$UPDATE hcc_variable SET kind = 'count' WHERE id = (SELECT max(id) FROM hcc_variable
	WHERE model_version = 'V28' AND kind = 'helper')$$);
CALL try($$DELETE FROM hcc_segment WHERE model_version = 'V28'$$);
CALL try($$UPDATE hcc_calibration SET is_default = false WHERE model_version = 'V28'$$);
CALL try($$INSERT INTO hcc_calibration VALUES ('V28', 'ANOTHER', 2026, 2026)$$);
\set VERBOSITY default
SELECT raf_score('{E119}'::text[], beneficiary(70, 'F'), 'V28', 2026) AS unharmed;

-- without rows in hcc_calibration the only calibration serves
BEGIN;
DELETE FROM hcc_calibration WHERE model_version = 'V28';
SELECT raf_score('{E119}'::text[], beneficiary(70, 'F'), 'V28', 2026) AS only_calibration;
ROLLBACK;

-- the default model of the aggregate without a model
SELECT raf_score_agg(c, beneficiary(70, 'F')) AS default_model FROM (VALUES ('E119')) v(c);
BEGIN;
UPDATE hcc_model SET is_default = true WHERE model_version = 'V24';
SELECT raf_score_agg(c, beneficiary(70, 'F')) FROM (VALUES ('E119')) v(c);
ROLLBACK;

-- a coefficient of one's own takes the place of the shipped one, and its removal brings that back
INSERT INTO hcc_coefficient VALUES ('V28', 'V28_2024', 'CNA', 'HCC38', 1.000);
SELECT raf_score('{E119}'::text[], beneficiary(70, 'F'), 'V28', 2026) = 0.395 + 1.000 AS own;
DELETE FROM hcc_coefficient WHERE custom;
SELECT raf_score('{E119}'::text[], beneficiary(70, 'F'), 'V28', 2026) = 0.395 + 0.166 AS shipped;

-- what the tables display
SELECT hcc_code, hcc_description, coefficient FROM hcc_crosswalk
WHERE model_version = 'V28' AND icd10_code = 'E1165';
SELECT model_version, count(DISTINCT hcc_code) AS hccs,
	(SELECT count(*) FROM hcc_hierarchy h WHERE h.model_version = c.model_version) AS pairs
FROM hcc_category c GROUP BY 1 ORDER BY 1;
-- one coefficient for each HCC, or simple sums would be ambiguous; none of what adults, who
-- are shown, cannot have
SELECT count(*) AS ambiguous
FROM (SELECT FROM hcc_crosswalk x LEFT JOIN hcc_category g USING (model_version, hcc_code)
	WHERE x.model_version <> 'MINE' GROUP BY model_version, hcc_code
	HAVING count(DISTINCT x.coefficient) <> CASE WHEN min(g.age_max) < 21 THEN 0 ELSE 1 END) x;

DROP PROCEDURE try;
DELETE FROM hcc_crosswalk WHERE custom;
DELETE FROM hcc_hierarchy WHERE custom;
