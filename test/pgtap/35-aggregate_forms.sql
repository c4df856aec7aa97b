-- raf_score as an aggregate in every form that SQL gives aggregates: the
-- worked examples again, their codes as rows of many patients.
BEGIN;
CREATE EXTENSION IF NOT EXISTS hccraf;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT plan(17);

-- The codes of a woman of 72 (E01), of a man of 70 (E11 with a repetition and
-- an unmapped code), of a man of 60 in an institution (E18) and of a woman of
-- 80 with many diseases (E17 with unmapped codes of other lengths)
CREATE TEMPORARY TABLE example (kind int, who beneficiary, codes text[], score numeric);
INSERT INTO example VALUES
	(0, beneficiary(72, 'F'), '{E1122,I509,N184}', 1.723),
	(1, beneficiary(70, 'M'), '{Z95811,I509,I50.9,Z0000}', 2.901),
	(2, beneficiary(60, 'M', orec => '1', dual_status => '02', lti => true), '{I509,J449,L89154}', 4.444),
	(3, beneficiary(80, 'F', dual_status => '01'),
		'{C7800,E1122,K7460,G20A1,I509,J449,N185,I4891,F0390,L89154,I70261,F3132,E11,I10,Z00.0000}', 12.962);
CREATE TEMPORARY TABLE patient AS
SELECT p AS id, p % 4 AS kind, who, score FROM generate_series(1, 600) p JOIN example ON kind = p % 4;
CREATE TEMPORARY TABLE diagnosis AS
SELECT p.id, p.kind, code, p.who FROM patient p JOIN example USING (kind), unnest(codes) code;
ANALYZE patient; ANALYZE diagnosis;

-- Patients for whom a query gives another score than the example
CREATE FUNCTION pg_temp.wrong(query text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
	n bigint;
BEGIN
	EXECUTE format('SELECT count(*) FROM patient p FULL JOIN (%s) q USING (id) WHERE p.score IS DISTINCT FROM q.score', query) INTO n;
	RETURN n;
END
$$;
SELECT is(pg_temp.wrong('SELECT id, raf_score(code, who) AS score FROM diagnosis GROUP BY id'), 0::bigint, 'GROUP BY');
SELECT is(pg_temp.wrong('SELECT id, raf_score(code, who ORDER BY code DESC) AS score FROM diagnosis GROUP BY id'), 0::bigint, 'ORDER BY');
SELECT is(pg_temp.wrong('SELECT id, raf_score(DISTINCT code, who) AS score FROM diagnosis GROUP BY id'), 0::bigint, 'DISTINCT');
SELECT is(pg_temp.wrong($$ SELECT id, raf_score(code, who) FILTER (WHERE code <> 'I50.9') AS score FROM diagnosis GROUP BY id $$), 0::bigint, 'FILTER');
SELECT is(pg_temp.wrong('SELECT DISTINCT id, raf_score(code, who) OVER (PARTITION BY id) AS score FROM diagnosis'), 0::bigint, 'OVER');
SELECT is(pg_temp.wrong('SELECT id, raf_score(code, who) AS score FROM diagnosis GROUP BY GROUPING SETS ((id, who), (id))
	HAVING GROUPING(who) = 1'), 0::bigint, 'GROUPING SETS');
SELECT is(pg_temp.wrong('SELECT id, raf_score(icd10_agg(code), who) AS score FROM diagnosis GROUP BY id, who'), 0::bigint, 'icd10_agg');
SELECT is(pg_temp.wrong('SELECT id, raf_score(set, who) AS score FROM (
	SELECT id, who, icd10_agg(set) AS set FROM (SELECT id, who, code, icd10_agg(code) AS set FROM diagnosis GROUP BY id, who, code) a
	GROUP BY id, who) b'), 0::bigint, 'icd10_agg of icd10_agg');

-- The beneficiary a constant of the query: the woman of 80 alone
SELECT is_empty(format($$ SELECT id, score FROM (SELECT id, raf_score(%s) AS score FROM diagnosis WHERE kind = 3 GROUP BY id) s
	WHERE score IS DISTINCT FROM 12.962 $$, format(arguments, $$beneficiary(80, 'F', dual_status => '01')$$)),
	'one beneficiary: ' || what)
FROM (VALUES ('GROUP BY', 'code, %s'), ('ORDER BY', 'code, %s ORDER BY code DESC'), ('DISTINCT', 'DISTINCT code, %s')) v(what, arguments);
SELECT is_empty($$ SELECT id, score FROM (
		SELECT id, raf_score(code, beneficiary(80, 'F', dual_status => '01')) OVER (PARTITION BY id) AS score FROM diagnosis WHERE kind = 3) s
	WHERE score IS DISTINCT FROM 12.962 $$, 'one beneficiary: OVER');

-- Rows that must not change anything
SELECT is(pg_temp.wrong('SELECT id, raf_score(code, who) AS score FROM (
		SELECT id, code, who FROM diagnosis UNION ALL SELECT id, NULL, who FROM patient) d GROUP BY id'), 0::bigint, 'NULL codes');
SELECT is((SELECT raf_score(NULL, beneficiary(72, 'F'))), 0.395, 'nothing but a NULL code: the demographic score');
SELECT is((SELECT raf_score(code, who) FROM diagnosis WHERE false), NULL, 'no row: NULL');
SELECT throws_like('SELECT raf_score(code, who) FROM diagnosis', 'the rows of a group name different beneficiaries',
	'rows of several people are refused');

-- Model and payment year that differ by group: E56 and E57
SELECT results_eq($$ SELECT y, raf_score(c, beneficiary(70, 'M'), 'V28', y) FROM unnest('{2025,2026}'::int[]) y,
		unnest('{Z944,K7210,G931}'::text[]) c GROUP BY y ORDER BY y $$,
	$$ VALUES (2025, 1.315), (2026, 0.772) $$, 'a payment year for each group');

SELECT * FROM finish();
ROLLBACK;
