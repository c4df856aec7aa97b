-- Rows to call functions with: people who differ in everything, each with
-- settings of their own, and their diagnoses one a row, in no order.
CREATE EXTENSION hccraf;
CREATE FUNCTION output("any") RETURNS text AS :'module' LANGUAGE C STRICT;
CREATE FUNCTION fresh_call(regprocedure) RETURNS text AS :'module' LANGUAGE C;
CREATE FUNCTION fresh_call(regprocedure, VARIADIC "any") RETURNS text AS :'module' LANGUAGE C;
CREATE FUNCTION fresh_agg_step(internal, regprocedure, VARIADIC "any") RETURNS internal
	AS :'module' LANGUAGE C;
CREATE FUNCTION fresh_agg_final(internal) RETURNS text AS :'module' LANGUAGE C;
CREATE AGGREGATE fresh_agg(regprocedure, VARIADIC "any") (
	SFUNC = fresh_agg_step, STYPE = internal, FINALFUNC = fresh_agg_final);
CREATE FUNCTION fresh_agg_partial_step(internal, regprocedure, VARIADIC "any") RETURNS internal
	AS :'module' LANGUAGE C;
CREATE FUNCTION fresh_agg_partial_final(internal) RETURNS text AS :'module' LANGUAGE C;
CREATE AGGREGATE fresh_agg_partial(regprocedure, VARIADIC "any") (
	SFUNC = fresh_agg_partial_step, STYPE = internal, FINALFUNC = fresh_agg_partial_final);

INSERT INTO eligible_procedure (service_year, procedure_code)
SELECT y, '99213' FROM generate_series(2023, 2026) y ON CONFLICT DO NOTHING;

-- The same number for the same question
CREATE FUNCTION chance(p integer, question text, of integer) RETURNS integer
	IMMUTABLE RETURN (hashtext(question || p) & 2147483647) % of;

CREATE TABLE setting (s integer, model text, year integer, calibration text, mce boolean,
	ordering text);
INSERT INTO setting VALUES
	(0, 'V28', 2026, NULL, true, NULL), (1, 'V24', 2024, NULL, false, 'simultaneous'),
	(2, 'V28', 2025, 'V28_2024', true, 'sequential'), (3, 'V22', 2017, NULL, true, NULL),
	(4, NULL, NULL, NULL, NULL, NULL), (5, 'V24', NULL, 'V24_2020', NULL, NULL),
	(6, 'V28', 2027, NULL, false, 'simultaneous');

CREATE TABLE person AS
SELECT p, p % 7 AS s, model, year, calibration, mce, ordering,
	CASE WHEN p % 13 > 0 THEN beneficiary(20 + chance(p, 'age', 80), (ARRAY['F', 'M'])[1 + p % 2],
		(ARRAY['0', '0', '1'])[1 + chance(p, 'orec', 3)],
		(ARRAY[NULL, '02', '01'])[1 + chance(p, 'dual', 3)],
		lti => chance(p, 'lti', 9) = 0) END AS who,
	ARRAY(SELECT DISTINCT hcc_code FROM hcc_category c
		WHERE c.model_version = COALESCE(s.model, 'V28') AND chance(p, hcc_code, 12) = 0
		ORDER BY 1) AS hccs
FROM generate_series(1, 70) p JOIN setting s ON s.s = p % 7;

-- Person 1 has hundreds of codes, 2 none, 3 only NULLs; some of them repeat.
CREATE TABLE diagnosis AS
SELECT p, d, CASE WHEN p = 3 OR chance(d, 'null', 15) = 0 THEN NULL WHEN d % 5 = 0 THEN ' e11.9'
	ELSE codes[1 + chance(d, 'code' || p, cardinality(codes))] END AS code
FROM (SELECT array_agg(DISTINCT icd10_code ORDER BY icd10_code) AS codes FROM hcc_crosswalk
		WHERE model_version IN ('V24', 'V28')) c,
	generate_series(1, 70) p,
	generate_series(1, CASE p WHEN 1 THEN 400 WHEN 2 THEN 0 ELSE 1 + p % 11 END) d;

ALTER TABLE person ADD COLUMN list text[], ADD COLUMN codes icd10_set, ADD COLUMN other icd10_set;
UPDATE person SET list = ARRAY(SELECT code FROM diagnosis d WHERE d.p = person.p ORDER BY d)
WHERE p % 11 > 0;
UPDATE person SET codes = list::icd10_set;
UPDATE person SET other = (SELECT codes FROM person x WHERE x.p = person.p % 60 + 10) | '{I10}'
WHERE p % 4 > 0;
UPDATE person SET other = codes WHERE p % 10 = 7;

-- One row per diagnosis, with all that an aggregate may be asked
CREATE TABLE claim AS
SELECT person.*, d, code, icd10_set(ARRAY[code, 'I10']) AS few,
	chance(d, 'score', 3000) / 1000.0 AS score,
	NULLIF(chance(d, 'months', 13), 0) AS months
FROM diagnosis JOIN person USING (p) ORDER BY hashint4(p * 1000 + d);

-- What is to be called so: C functions and aggregates of the extension that
-- take and give values of SQL and one row at a time
CREATE VIEW routine AS
SELECT p.oid::regprocedure AS routine, p.prokind = 'a' AS is_aggregate,
	p.proargtypes::oid[] AS types,
	p.proname, p.prorettype
FROM pg_depend d
	JOIN pg_extension e ON e.oid = d.refobjid AND d.refclassid = 'pg_extension'::regclass
	JOIN pg_proc p ON p.oid = d.objid JOIN pg_language l ON l.oid = p.prolang
WHERE d.classid = 'pg_proc'::regclass AND d.deptype = 'e' AND e.extname = 'hccraf'
	AND (p.prokind = 'a' OR p.prokind = 'f' AND l.lanname = 'c')
	-- what only raises has no answer that could be compared
	AND p.proname <> 'hcc_raise'
	AND NOT p.proretset AND p.prorettype NOT IN ('internal'::regtype, 'trigger'::regtype)
	AND NOT 'internal'::regtype = ANY (p.proargtypes);
