-- What the hash aggregate takes: all groups in memory, and spilling to disk.
\set ON_ERROR_STOP on

INSERT INTO bench.memory (name, setting, statement)
SELECT name, setting, format($q$
	SELECT count(*), count(x) FROM (
		SELECT patient_id, %s AS x FROM bench.diagnoses
		WHERE diagnosis_date >= '2025-01-01' AND diagnosis_date < '2026-01-01'
		GROUP BY patient_id) q $q$, x)
FROM unnest(ARRAY[:'work_mem', :'spill']) setting, (VALUES
	('floor', 'max(icd10_code)'),
	('score', $q$ raf_score_agg(icd10_code, beneficiary(72, 'F')) $q$),
	('collect', 'icd10_agg(icd10_code)')) s(name, x);

DO $$
DECLARE
	m record;
	plan jsonb;
BEGIN
	SET LOCAL max_parallel_workers_per_gather = 0;
	SET LOCAL enable_sort = off;	-- the planner may rightly prefer to sort rather than spill
	FOR m IN SELECT * FROM bench.memory LOOP
		PERFORM set_config('work_mem', m.setting, true);
		EXECUTE 'EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) ' || m.statement INTO plan;
		plan := jsonb_path_query_first(plan, 'strict $.** ? (@."Strategy" == "Hashed")');
		UPDATE bench.memory SET peak_kb = (plan->>'Peak Memory Usage')::bigint,
			disk_kb = (plan->>'Disk Usage')::bigint,
			batches = (plan->>'HashAgg Batches')::int, groups = (plan->>'Actual Rows')::bigint
		WHERE name = m.name AND setting = m.setting;
	END LOOP;
END
$$;
