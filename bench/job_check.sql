-- The job's scores against raf_payment of the same people called directly, and
-- the scores of refreshes against those of a full run into empty tables.
\set ON_ERROR_STOP on
INSERT INTO bench.different
SELECT 'the job', count(*)
FROM bench_job.patient_hcc_score s FULL JOIN (
	SELECT patient_id, raf_payment(COALESCE(codes, '{}'),
		beneficiary(age => age, sex => sex, orec => orec, dual_status => dual_status,
		new_enrollee => new_enrollee, snp => snp, lti => lti), 2026) AS raf_score
	FROM bench.demographics
		LEFT JOIN (SELECT patient_id, icd10_agg(icd10_code) AS codes FROM bench.counted
		WHERE diagnosis_date BETWEEN '2025-01-01' AND '2025-12-31'
		GROUP BY patient_id) c USING (patient_id)
) direct USING (patient_id)
WHERE s.raf_score IS NULL OR direct.raf_score IS NULL OR s.raf_score <> direct.raf_score;

-- every column but those that differ from run to run
SELECT string_agg(quote_ident(attname),
	', ') FILTER (WHERE attrelid = 'bench_job.patient_hcc_score'::regclass) AS score,
	string_agg(quote_ident(attname),
		', ') FILTER (WHERE attrelid = 'bench_job.patient_hcc_model_score'::regclass) AS model_score
FROM pg_attribute
WHERE attrelid IN ('bench_job.patient_hcc_score'::regclass,
	'bench_job.patient_hcc_model_score'::regclass)
	AND attnum > 0 AND NOT attisdropped AND attname NOT IN ('id', 'run_id', 'calculated_at') \gset
INSERT INTO bench.different
SELECT 'refreshes', count(DISTINCT patient_id)
FROM (
	SELECT patient_id FROM ((SELECT :score FROM bench.refreshed_score EXCEPT SELECT :score
		FROM bench_job.patient_hcc_score)
		UNION ALL (SELECT :score FROM bench_job.patient_hcc_score EXCEPT SELECT :score
			FROM bench.refreshed_score)) s
	UNION ALL
	SELECT patient_id FROM ((SELECT :model_score FROM bench.refreshed_model_score
		EXCEPT SELECT :model_score FROM bench_job.patient_hcc_model_score)
		UNION ALL (SELECT :model_score FROM bench_job.patient_hcc_model_score
			EXCEPT SELECT :model_score FROM bench.refreshed_model_score)) m
) d;
DROP TABLE bench.refreshed_score, bench.refreshed_model_score;
