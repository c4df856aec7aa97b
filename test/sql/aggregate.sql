-- The aggregate raf_score_agg: the same as the scalar raf_score, however it is computed
CREATE TABLE code AS
SELECT (row_number() OVER (ORDER BY icd10_code))::int AS n, icd10_code
FROM (SELECT DISTINCT icd10_code FROM hcc_crosswalk WHERE model_version IN ('V24', 'V28')) c;
CREATE TABLE person AS
SELECT p, beneficiary(abs(hashint4(p)) % 100, CASE WHEN p % 2 = 0 THEN 'F' ELSE 'M' END,
	(p % 4)::text,
		(ARRAY['00', '02', '05', 'NA'])[1 + p % 4], p % 11 = 0, p % 22 = 0, p % 7 = 0) AS who
FROM generate_series(1, 20000) p;
CREATE TABLE diagnosis (p int, icd10_code text) PARTITION BY HASH (p);
CREATE TABLE diagnosis_0 PARTITION OF diagnosis FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE diagnosis_1 PARTITION OF diagnosis FOR VALUES WITH (MODULUS 2, REMAINDER 1);
INSERT INTO diagnosis
SELECT 1 + abs(hashint4(i)) % 20000, CASE WHEN i % 5 = 0 THEN 'I10' WHEN i % 97 = 0 THEN NULL
	WHEN i % 101 = 0 THEN 'no code' ELSE c.icd10_code END
FROM generate_series(1, 150000) i
	JOIN code c ON c.n = 1 + abs(hashint4(i + 1000000)) % (SELECT count(*)::int FROM code);
ANALYZE diagnosis, person;

CREATE TABLE expected AS
SELECT d.p, raf_score(array_agg(icd10_code), beneficiary(70, 'F'), 'V28', 2026) AS constant,
	raf_score(array_agg(icd10_code), who, 'V28', 2026) AS everybody,
	raf_score(array_agg(icd10_code), who, 'V24', 2025, NULL, false) AS settings
FROM diagnosis d JOIN person USING (p) GROUP BY d.p, who;

-- rows whose three aggregates, and the score of the collected set, are as expected
CREATE FUNCTION check_plan(label text, wanted text, OUT plan_is_right boolean, OUT patients bigint,
	OUT right_scores bigint)
LANGUAGE plpgsql AS $$
DECLARE
	query text := 'SELECT d.p, raf_score_agg(icd10_code, beneficiary(70, ''F''), ''V28'', 2026)
		AS constant,
		raf_score_agg(icd10_code, who, ''V28'', 2026) AS everybody, raf_score_agg(icd10_code, who,
		''V24'', 2025, NULL, false) AS settings,
		icd10_agg(icd10_code) AS codes FROM diagnosis d JOIN person USING (p) GROUP BY d.p';
	plan text := '';
	line text;
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || query LOOP
		plan := plan || line || E'\n';
	END LOOP;
	plan_is_right := plan ~ wanted;
	IF NOT plan_is_right THEN
		RAISE NOTICE '%: %', label, plan;
	END IF;
	EXECUTE format('SELECT count(*), count(*) FILTER (WHERE (s.constant, s.everybody, s.settings,
		raf_score(s.codes, w.who, ''V28'', 2026))
		IS NOT DISTINCT FROM (e.constant, e.everybody, e.settings, e.everybody)) FROM (%s) s
		JOIN expected e USING (p) JOIN person w USING (p)',
		query)
		INTO patients, right_scores;
END
$$;

SET max_parallel_workers_per_gather = 0;
SET enable_sort = off;
SELECT 'hash' AS plan, * FROM check_plan('hash', 'HashAggregate');
RESET enable_sort;
SET enable_hashagg = off;
SELECT 'sorted' AS plan, * FROM check_plan('sorted', 'GroupAggregate');
RESET enable_hashagg;
-- the state of so many groups does not fit: it spills
SET work_mem = '64kB';
SET enable_sort = off;
SELECT 'spilling' AS plan, * FROM check_plan('spilling', 'HashAggregate');
RESET enable_sort;
RESET work_mem;
SET max_parallel_workers_per_gather = 2;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SELECT 'parallel' AS plan, * FROM check_plan('parallel', 'Finalize .*Gather.*Partial');
SET parallel_leader_participation = off;
SELECT 'workers only' AS plan, * FROM check_plan('workers only', 'Finalize .*Gather.*Partial');
RESET parallel_leader_participation;
SET enable_hashagg = off;
SELECT 'parallel sorted' AS plan, *
FROM check_plan('parallel sorted', 'Finalize GroupAggregate.*Gather.*Partial GroupAggregate');
RESET enable_hashagg;
RESET max_parallel_workers_per_gather;
SET max_parallel_workers_per_gather = 0;
SET enable_partitionwise_aggregate = on;
CREATE TABLE person_by_hash (LIKE person) PARTITION BY HASH (p);
CREATE TABLE person_0 PARTITION OF person_by_hash FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE person_1 PARTITION OF person_by_hash FOR VALUES WITH (MODULUS 2, REMAINDER 1);
INSERT INTO person_by_hash SELECT * FROM person;
ANALYZE person_by_hash;
SET enable_partitionwise_join = on;
-- each partition by itself
EXPLAIN (COSTS OFF) SELECT p, raf_score_agg(icd10_code, beneficiary(70, 'F'), 'V28', 2026)
FROM diagnosis GROUP BY p;
SELECT count(*) AS patients, count(*) FILTER (WHERE s.score = e.constant) AS right_scores
FROM (SELECT p, raf_score_agg(icd10_code, beneficiary(70, 'F'), 'V28', 2026) AS score FROM diagnosis
	GROUP BY p) s JOIN expected e USING (p);
-- partial states of the partitions combined, without serialization
EXPLAIN (COSTS OFF) SELECT p % 100, raf_score_agg(icd10_code, beneficiary(70, 'F'), 'V28', 2026)
FROM diagnosis GROUP BY 1;
SELECT count(*) AS groups,
	count(*) FILTER (WHERE s.score = e.score AND s.codes = e.codes) AS right_scores
FROM (SELECT p % 100 AS g, raf_score_agg(icd10_code, beneficiary(70, 'F'), 'V28', 2026) AS score,
	icd10_agg(icd10_code) AS codes FROM diagnosis GROUP BY 1) s
JOIN (SELECT p % 100 AS g,
	raf_score(array_agg(icd10_code), beneficiary(70, 'F'), 'V28', 2026) AS score,
	array_agg(icd10_code)::icd10_set AS codes FROM diagnosis GROUP BY 1) e USING (g);
RESET ALL;

-- NULLs: codes are ignored, nobody has no score, no row gives NULL
SELECT raf_score_agg(c, beneficiary(67, 'M'), 'V28', 2026) = 0.332 AS only_nulls
FROM (VALUES (NULL::text), (NULL)) v(c);
SELECT raf_score_agg(c, NULL::beneficiary, 'V28', 2026) IS NULL AS nobody
FROM (VALUES ('E119')) v(c);
SELECT raf_score_agg(c, beneficiary(67, 'M')) IS NULL AS no_rows
FROM (VALUES ('E119')) v(c) WHERE false;
-- a group is about one person and one model
SELECT raf_score_agg(c, beneficiary(a, 'M')) FROM (VALUES ('E119', 67), ('E119', 68)) v(c, a);
SELECT raf_score_agg(c, w) FROM (VALUES ('E119', beneficiary(67, 'M')), ('E119', NULL)) v(c, w);
SELECT raf_score_agg(c, beneficiary(67, 'M'), m)
FROM (VALUES ('E119', 'V28'), ('E119', 'V24')) v(c, m);
SELECT m, raf_score_agg(c, beneficiary(67, 'M'), m)
FROM (VALUES ('E119', 'V28'), ('E119', 'V24'), ('I509', 'V28')) v(c, m) GROUP BY m ORDER BY m;
-- a list is no code
SELECT raf_score_agg('{E119,I509}', beneficiary(70, 'F'));
-- a state is left as it was by its final function
SELECT c, raf_score_agg(c, beneficiary(70, 'M'), 'V28', 2026) OVER (ORDER BY n) AS running
FROM (VALUES (1, 'Z944'), (2, 'K7210'), (3, 'G931')) v(n, c);
DROP TABLE code, person, person_by_hash, diagnosis, expected;
DROP FUNCTION check_plan;
