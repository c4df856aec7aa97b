-- The best plain SQL for a job: its own filter, the model compiled by hand to
-- bits and arrays, one INSERT. It writes raw scores and nothing else.
\set ON_ERROR_STOP on
DROP VIEW IF EXISTS bench.plain_relational, bench.plain_bits, bench.plain_ours;
\set diagnoses bench.counted
\set demographics bench.demographics
\ir plain.sql

CREATE TABLE bench.plain_score (LIKE bench_job.patient_hcc_score INCLUDING ALL);
CALL bench.time('job_plain', 1, 2, $q$
	INSERT INTO bench.plain_score (patient_id, payment_year, data_collection_year, raw_score)
	SELECT patient_id, 2026, 2025, raf_score FROM bench.plain_bits $q$);

INSERT INTO bench.different
SELECT 'plain SQL as a job', count(*)
FROM bench_job.patient_hcc_score s FULL JOIN bench.plain_score p USING (patient_id)
WHERE s.raw_score IS NULL OR p.raw_score IS NULL OR s.raw_score <> p.raw_score;
DROP TABLE bench.plain_score;
