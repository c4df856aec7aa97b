-- The scoring job: patient tables of the whole panel and of a tenth, and the
-- procedures that time it. A procedure that commits can only be called, not
-- executed as text, hence one procedure for statements and one for jobs.
\set ON_ERROR_STOP on

-- The year before: half as many claims, other draws from the same patients' facts.
CREATE UNLOGGED TABLE bench.earlier AS
SELECT patient_id, icd10_code,
	'2024-01-01'::date + ((number - :diagnoses) * 732 / :diagnoses)::int AS diagnosis_date
FROM bench.claim(:diagnoses, :diagnoses / 2, :patients) ORDER BY number;
CREATE UNLOGGED TABLE bench.earlier_tenth AS
SELECT e.* FROM bench.earlier e JOIN bench.demographics_tenth USING (patient_id) ORDER BY e.ctid;

\set schema bench_job
\set demographics bench.demographics
\set diagnoses bench.diagnoses
\set earlier bench.earlier
\ir patients.sql
\set schema bench_tenth
\set demographics bench.demographics_tenth
\set diagnoses bench.diagnoses_tenth
\set earlier bench.earlier_tenth
\ir patients.sql
DROP TABLE bench.earlier, bench.earlier_tenth;

-- Statistics of the score tables are made when it is said here, not at random.
SELECT format('ALTER TABLE %I.%I SET (autovacuum_enabled = off)', schema, name)
FROM unnest('{bench_job,bench_tenth}'::name[]) schema,
	unnest('{patient_hcc_score,patient_hcc_model_score}'::name[]) name \gexec

-- What the job must pay at least: the diagnoses with the same verdicts in one
-- pass, and the INSERT of its rows.
CREATE FUNCTION bench.job_floor() RETURNS text RETURN $q$
	SELECT count(*), count(x) FROM (
		SELECT patient_id, max(icd10_code) AS x FROM bench_job.diagnosis(2026)
		WHERE (icd_has_hcc(icd10_code, 'V28', 2026) OR icd_has_hcc(icd10_code, 'ESRD_V24', 2026))
			AND encounter_counts(encounter_verdict)
		GROUP BY patient_id) q $q$;

CREATE PROCEDURE bench.time(name text, run int, workers int, statement text) LANGUAGE plpgsql AS $$
DECLARE
	started timestamptz;
BEGIN
	CHECKPOINT;
	PERFORM set_config('max_parallel_workers_per_gather', workers::text, false),
		set_config('parallel_setup_cost', '100', false),
		set_config('parallel_tuple_cost', '0.01', false);
	started := clock_timestamp();
	EXECUTE statement;
	INSERT INTO bench.timing VALUES
		(name, run, extract(epoch FROM clock_timestamp() - started) * 1000);
	COMMIT;
END
$$;

-- Settings are the server's, but for the number of workers. A procedure that
-- commits is called where its name stands.
CREATE PROCEDURE bench.time_job(job text, name text, run int, workers int,
	schema name DEFAULT 'bench_job') LANGUAGE plpgsql AS $$
DECLARE
	started timestamptz;
BEGIN
	CHECKPOINT;
	PERFORM set_config('max_parallel_workers_per_gather', workers::text, false),
		set_config('parallel_setup_cost', '1000', false),
		set_config('parallel_tuple_cost', '0.1', false);
	COMMIT;
	started := clock_timestamp();
	CASE schema || '.' || job
		WHEN 'bench_job.score_population'
		THEN CALL bench_job.score_population(payment_year => 2026);
		WHEN 'bench_tenth.score_population'
			THEN CALL bench_tenth.score_population(payment_year => 2026);
		WHEN 'bench_job.refresh_scores' THEN CALL bench_job.refresh_scores(payment_year => 2026,
			overlap => '0', by_known_at => true);
		WHEN 'bench_job.refresh_gaps' THEN CALL bench_job.refresh_gaps(2025);
	END CASE;
	INSERT INTO bench.timing VALUES
		(name, run, extract(epoch FROM clock_timestamp() - started) * 1000);
	IF job <> 'refresh_gaps' THEN
		EXECUTE format('INSERT INTO bench.stage SELECT $1, $2, key, value::numeric
			FROM %1$I.hcc_run, jsonb_each_text(seconds)
			WHERE run_id = (SELECT max(run_id) FROM %1$I.hcc_run)', schema) USING name, run;
	END IF;
	COMMIT;
END
$$;

CREATE PROCEDURE bench.empty_scores(schema name DEFAULT 'bench_job') LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('TRUNCATE %1$I.patient_hcc_score, %1$I.patient_hcc_model_score, '
		'%1$I.patient_hcc_score_history', schema);
	COMMIT;
END
$$;

-- What no job can do without: each source table read once, and its rows written
-- by COPY into tables without indexes. They come from files beside the server's own.
CREATE TABLE bench.limit_score (LIKE bench_job.patient_hcc_score);
CREATE TABLE bench.limit_model_score (LIKE bench_job.patient_hcc_model_score);

CREATE FUNCTION bench.copied(name name) RETURNS text
	RETURN format('%s/bench_%s.copy', current_setting('data_directory'), name);

CREATE FUNCTION bench.job_limit() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	name name;
BEGIN
	PERFORM count(d.procedure_codes) FROM bench_job.patient_diagnosis_hcc d;
	PERFORM count(p.provider_npi) FROM bench_job.patient_demographic p;
	FOREACH name IN ARRAY '{score,model_score}'::name[] LOOP
		EXECUTE format('COPY bench.limit_%s FROM %L', name, bench.copied(name));
	END LOOP;
END
$$;

CREATE PROCEDURE bench.measure_job(repeats int) LANGUAGE plpgsql AS $$
DECLARE
	suffix text;
	name name;
BEGIN
	-- Run 0 reads everything once, and its scores are the ready rows.
	CALL bench.time_job('score_population', 'job', 0, 2);
	CREATE UNLOGGED TABLE bench.ready_score AS TABLE bench_job.patient_hcc_score;
	CREATE UNLOGGED TABLE bench.ready_model_score AS TABLE bench_job.patient_hcc_model_score;
	FOREACH name IN ARRAY '{score,model_score}'::name[] LOOP
		EXECUTE format('COPY bench.ready_%s TO %L', name, bench.copied(name));
	END LOOP;
	COMMIT;
	FOR run IN 1 .. repeats LOOP
		CALL bench.empty_scores();
		CALL bench.time('job_insert', run, 0, $q$
			WITH s AS (INSERT INTO bench_job.patient_hcc_score TABLE bench.ready_score)
			INSERT INTO bench_job.patient_hcc_model_score TABLE bench.ready_model_score $q$);
		TRUNCATE bench.limit_score, bench.limit_model_score;
		COMMIT;
		CALL bench.time('job_limit', run, 2, 'SELECT bench.job_limit()');
		FOR workers IN 0 .. 2 BY 2 LOOP
			suffix := CASE workers WHEN 0 THEN '' ELSE '_parallel' END;
			CALL bench.time('job_floor' || suffix, run, workers, bench.job_floor());
			INSERT INTO bench.query (name, family, workers, statement, plan)
			SELECT 'job_floor' || suffix, 'job', workers, statement, bench.plan_nodes(statement)
			FROM bench.job_floor() statement
			ON CONFLICT DO NOTHING;
			CALL bench.empty_scores();
			CALL bench.time_job('score_population', 'job' || suffix, run, workers);
		END LOOP;
		CALL bench.time_job('score_population', 'job_again', run, 2);
		CALL bench.empty_scores('bench_tenth');
		CALL bench.time_job('score_population', 'job_tenth', run, 2, 'bench_tenth');
	END LOOP;
	DROP TABLE bench.ready_score, bench.ready_model_score;
	-- the files, which go with a throwaway server, take no room until then
	FOREACH name IN ARRAY '{score,model_score}'::name[] LOOP
		EXECUTE format('COPY (SELECT) TO %L', bench.copied(name));
	END LOOP;
	DELETE FROM bench.timing WHERE run = 0;
	DELETE FROM bench.stage WHERE run = 0;
END
$$;

-- Two more diagnoses for every hundredth patient.
CREATE PROCEDURE bench.change_patients(remainder int) LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO bench_job.patient_diagnosis_hcc (patient_id, icd10_code, diagnosis_date, claim_type,
		procedure_codes)
	SELECT patient_id, code, '2025-12-20', 'professional', '{10008}'
	FROM bench.demographics, generate_series(1, 2) i JOIN bench.code ON mapped AND rank = 50 * i
	WHERE n % 100 = remainder;
	COMMIT;
END
$$;

CREATE PROCEDURE bench.measure_refresh(repeats int) LANGUAGE plpgsql AS $$
BEGIN
	-- as autovacuum has by the next night
	ANALYZE bench_job.patient_hcc_score, bench_job.patient_hcc_model_score;
	PERFORM bench_job.track_changes();
	COMMIT;
	-- what changed before is unknown to the triggers
	CALL bench.time_job('score_population', 'job_tracked', 0, 2);
	FOR run IN 1 .. repeats LOOP
		CALL bench.change_patients(2 * run);
		CALL bench.time_job('refresh_scores', 'refresh_tracked', run, 2);
	END LOOP;
	PERFORM bench_job.track_changes(false);
	COMMIT;
	-- nor is it known what changes while triggers go: this one scores everybody
	CALL bench.time_job('refresh_scores', 'refresh_untracked', 0, 2);
	FOR run IN 1 .. repeats LOOP
		CALL bench.change_patients(2 * run + 1);
		CALL bench.time_job('refresh_scores', 'refresh_known', run, 2);
	END LOOP;
	CREATE UNLOGGED TABLE bench.refreshed_score AS TABLE bench_job.patient_hcc_score;
	CREATE UNLOGGED TABLE bench.refreshed_model_score AS TABLE bench_job.patient_hcc_model_score;
END
$$;

CREATE PROCEDURE bench.measure_gaps() LANGUAGE plpgsql AS $$
BEGIN
	CALL bench.time_job('refresh_gaps', 'gaps', 1, 2);
END
$$;

-- Which diagnoses count, said anew in plain SQL: the made-up list is a range.
CREATE VIEW bench.counted AS
SELECT patient_id, icd10_code COLLATE "C" AS icd10_code, diagnosis_date
FROM bench_job.patient_diagnosis_hcc d
WHERE record_action = 'add'
	AND CASE claim_type
	WHEN 'professional' THEN '[10000,16999]'::int4range @> ANY (procedure_codes::int[])
		WHEN 'institutional' THEN bill_type IN ('111', '131') ELSE true END
	AND NOT EXISTS (SELECT FROM bench_job.patient_diagnosis_hcc c
		WHERE c.record_action <> 'add' AND c.patient_id = d.patient_id
			AND c.linked_encounter_id = d.encounter_id
			AND (c.record_action = 'void'
				OR replace(c.icd10_code, '.', '') = replace(d.icd10_code, '.', '')));
