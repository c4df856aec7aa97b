-- The same scores, however they come about.
\set ON_ERROR_STOP on

CREATE VIEW bench.score AS
SELECT patient_id, raf_score_agg(icd10_code, beneficiary(72, 'F')) AS raf_score FROM bench.diagnoses
WHERE diagnosis_date >= '2025-01-01' AND diagnosis_date < '2026-01-01' GROUP BY patient_id;

SET max_parallel_workers_per_gather = 0;
CREATE TEMPORARY TABLE expected AS
SELECT patient_id, raf_score(icd10_agg(icd10_code), beneficiary(72, 'F')) AS raf_score
FROM bench.diagnoses
WHERE diagnosis_date >= '2025-01-01' AND diagnosis_date < '2026-01-01' GROUP BY patient_id;
ANALYZE expected;

CREATE TEMPORARY TABLE found AS SELECT * FROM bench.score;
INSERT INTO bench.different SELECT 'aggregate', count(*)
FROM expected e FULL JOIN found f USING (patient_id)
WHERE e.raf_score IS NULL OR f.raf_score IS NULL OR e.raf_score <> f.raf_score;
DROP TABLE found;

SET max_parallel_workers_per_gather = 2;
CREATE TEMPORARY TABLE found AS SELECT * FROM bench.score;
INSERT INTO bench.different SELECT 'parallel', count(*)
FROM expected e FULL JOIN found f USING (patient_id)
WHERE e.raf_score IS NULL OR f.raf_score IS NULL OR e.raf_score <> f.raf_score;
DROP TABLE found;

SET max_parallel_workers_per_gather = 0;
SET work_mem = :'spill';
SET enable_sort = off;
CREATE TEMPORARY TABLE found AS SELECT * FROM bench.score;
RESET work_mem;
RESET enable_sort;
INSERT INTO bench.different SELECT 'spilling', count(*)
FROM expected e FULL JOIN found f USING (patient_id)
WHERE e.raf_score IS NULL OR f.raf_score IS NULL OR e.raf_score <> f.raf_score;
DROP TABLE found, expected;

SELECT :'plain' <> 'none' AS plain \gset
\if :plain
	CREATE TEMPORARY TABLE ours AS SELECT * FROM bench.plain_ours;
	ANALYZE ours;
	CREATE TEMPORARY TABLE bits AS SELECT * FROM bench.plain_bits;
	CREATE TEMPORARY TABLE relational AS SELECT * FROM bench.plain_relational;
	INSERT INTO bench.different
	SELECT 'plain SQL in bits', count(*) FROM ours o FULL JOIN bits b USING (patient_id)
	WHERE o.raf_score IS NULL OR b.raf_score IS NULL OR o.raf_score <> b.raf_score
	UNION ALL
	SELECT 'plain SQL in joins', count(*) FROM ours o FULL JOIN relational r USING (patient_id)
	WHERE o.raf_score IS NULL OR r.raf_score IS NULL OR o.raf_score <> r.raf_score;
\endif
