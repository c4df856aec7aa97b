-- Changes to reference tables are seen when they should be
CREATE FUNCTION score() RETURNS numeric LANGUAGE sql VOLATILE
	RETURN raf_score('{E119}'::text[], beneficiary(70, 'F'), 'V28', 2026);
-- 0.395 + 0.166
SELECT score();
SELECT model_version, payment_year, calibration, codes > 7000 AS codes, hccs, bytes > 0 AS bytes,
	build_ms > 0 AS build_ms, current
FROM hccraf_cache();
SELECT fingerprint = hccraf_fingerprint('V28', 2026) AS same_fingerprint FROM hccraf_cache()
WHERE payment_year = 2026;

-- own change: the next statement sees it; rollback undoes it
BEGIN;
UPDATE hcc_coefficient SET coefficient = 1.166
WHERE model_version = 'V28' AND segment = 'CNA' AND variable = 'HCC38';
SELECT score();
SAVEPOINT s;
UPDATE hcc_coefficient SET coefficient = 2.166
WHERE model_version = 'V28' AND segment = 'CNA' AND variable = 'HCC38';
SELECT score();
ROLLBACK TO s;
SELECT score();
ROLLBACK;
SELECT score();

-- the crosswalk, the hierarchy, every table
BEGIN;
DELETE FROM hcc_crosswalk WHERE model_version = 'V28' AND icd10_code = 'E119';
SELECT score();
ROLLBACK;
BEGIN;
TRUNCATE hcc_dx_edit;
SELECT raf_score('{D66}'::text[], beneficiary(70, 'F'), 'V28', 2026);
ROLLBACK;
SELECT raf_score('{D66}'::text[], beneficiary(70, 'F'), 'V28', 2026);

-- with triggers off as for replication
BEGIN;
SET LOCAL session_replication_role = replica;
UPDATE hcc_coefficient SET coefficient = 1.166
WHERE model_version = 'V28' AND segment = 'CNA' AND variable = 'HCC38';
SELECT score();
ROLLBACK;

-- payment parameters too
BEGIN;
SELECT raf_payment('{}'::text[], beneficiary(67, 'M'), 2026);
UPDATE payment_year_parameter SET normalization_factor = 1
WHERE payment_year = 2026 AND program = 'MA';
SELECT raf_payment('{}'::text[], beneficiary(67, 'M'), 2026);
ROLLBACK;

-- every statement inside a function is one; an expression that is evaluated again sees the change
DO $$
DECLARE
	before numeric;
	after numeric;
BEGIN
	FOR i IN 1..2 LOOP
		after := raf_score('{E119}'::text[], beneficiary(70, 'F'), 'V28', 2026);
		IF i = 1 THEN
			before := after;
			UPDATE hcc_coefficient SET coefficient = 1.166
			WHERE model_version = 'V28' AND segment = 'CNA' AND variable = 'HCC38';
		END IF;
	END LOOP;
	RAISE NOTICE 'before %, after %', before, after;
	UPDATE hcc_coefficient SET coefficient = 0.166
	WHERE model_version = 'V28' AND segment = 'CNA' AND variable = 'HCC38';
END
$$;
SELECT score();

-- an open cursor goes on with the model it began with
BEGIN;
DECLARE c CURSOR FOR SELECT raf_score('{E119}'::text[], beneficiary(70, 'F'), 'V28', 2026)
FROM generate_series(1, 3);
FETCH 1 FROM c;
UPDATE hcc_coefficient SET coefficient = 1.166
WHERE model_version = 'V28' AND segment = 'CNA' AND variable = 'HCC38';
FETCH 1 FROM c;
SELECT pins, current FROM hccraf_cache() WHERE pins > 0;
SELECT score();
CLOSE c;
ROLLBACK;
SELECT score();

-- an error in the middle of compiling leaves nothing behind
BEGIN;
SAVEPOINT s;
INSERT INTO hcc_hierarchy (model_version, superior_hcc, subordinate_hcc) VALUES
	('V28', '38', '9999');
SELECT score();
ROLLBACK TO s;
SELECT score();
COMMIT;

-- the fingerprint follows the rows that decide scores, and only those
SELECT hccraf_fingerprint('V28', 2026) = hccraf_fingerprint('V28', 2027) AS same_rows,
	hccraf_fingerprint('V28', 2025) = hccraf_fingerprint('V28', 2026) AS other_rows;
SELECT hccraf_fingerprint('V28', 2026) AS before \gset
BEGIN;
UPDATE hcc_category SET label = 'Another label' WHERE model_version = 'V28' AND hcc_code = '38';
SELECT hccraf_fingerprint('V28', 2026) = :'before' AS label_does_not_matter;
UPDATE hcc_coefficient SET coefficient = 0.167
WHERE model_version = 'V28' AND segment = 'CNA' AND variable = 'HCC38';
SELECT hccraf_fingerprint('V28', 2026) = :'before' AS coefficient_matters;
ROLLBACK;
SELECT hccraf_fingerprint('V28', 2026) = :'before' AS as_before;

-- by hand
ALTER TABLE hcc_coefficient DISABLE TRIGGER hccraf_change_begins, DISABLE TRIGGER hccraf_change;
SELECT score();
UPDATE hcc_coefficient SET coefficient = 1.166
WHERE model_version = 'V28' AND segment = 'CNA' AND variable = 'HCC38';
SELECT score() AS stale;
SELECT hccraf_cache_reset();
SELECT score() AS fresh;
UPDATE hcc_coefficient SET coefficient = 0.166
WHERE model_version = 'V28' AND segment = 'CNA' AND variable = 'HCC38';
ALTER TABLE hcc_coefficient ENABLE ALWAYS TRIGGER hccraf_change_begins,
	ENABLE ALWAYS TRIGGER hccraf_change;
SELECT hccraf_cache_reset();
SELECT score();

-- gone and back: a new change table, no stale model
DROP FUNCTION score();
BEGIN;
DROP EXTENSION hccraf;
CREATE EXTENSION hccraf;
SELECT raf_score('{E119}'::text[], beneficiary(70, 'F'), 'V28', 2026);
ROLLBACK;
SELECT raf_score('{E119}'::text[], beneficiary(70, 'F'), 'V28', 2026);
SELECT hccraf_invalidate();
