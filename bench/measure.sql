-- What is timed and how: bench.query holds the statements, bench.timing one row
-- per run. Times are taken in the server, so no row travels to a client.
\set ON_ERROR_STOP on

CREATE TABLE bench.query (
	name text PRIMARY KEY,
	family text NOT NULL,	-- measured together, in turns
	workers int NOT NULL,
	statement text NOT NULL,
	position int GENERATED ALWAYS AS IDENTITY,
	plan text
);
CREATE TABLE bench.timing (name text NOT NULL, run int NOT NULL, ms float8 NOT NULL);
-- patients whose score is not what it must be
CREATE TABLE bench.different (what text, patients bigint);
CREATE TABLE bench.stage (name text, run int, stage text, seconds numeric);	-- of the job
CREATE TABLE bench.memory (name text, setting text, statement text, peak_kb bigint, disk_kb bigint,
	batches int, groups bigint, process_kb int);	-- of the hash aggregate
CREATE TABLE bench.job_memory (workers int, setting text, kb int);

-- The nodes of a plan, outermost first.
CREATE FUNCTION bench.plan_nodes(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	line text;
	nodes text[];
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || statement LOOP
		IF line ~ '^\s*->' OR nodes IS NULL THEN
			nodes := nodes || trim(regexp_replace(line, '->| on .*| using .*', '', 'g'));
		END IF;
	END LOOP;
	RETURN array_to_string(nodes, ' > ');
END
$$;

-- Run 0 warms up and is not kept. Within a run every statement of the family
-- has its turn, so that a slow minute of the machine hits all of them.
CREATE PROCEDURE bench.measure(what text, repeats int) LANGUAGE plpgsql AS $$
DECLARE
	q bench.query;
	started timestamptz;
BEGIN
	FOR run IN 0 .. repeats LOOP
		FOR q IN SELECT * FROM bench.query WHERE family = what ORDER BY position LOOP
			-- Parallel aggregation of many small groups is a close call at default
			-- costs; cheaper tuples make the planner take it for floor and score alike.
			PERFORM set_config('max_parallel_workers_per_gather', q.workers::text, false),
				set_config('parallel_setup_cost', '100', false),
				set_config('parallel_tuple_cost', '0.01', false);
			started := clock_timestamp();
			EXECUTE q.statement;
			IF run > 0 THEN
				INSERT INTO bench.timing
				VALUES (q.name, run, extract(epoch FROM clock_timestamp() - started) * 1000);
			ELSE
				UPDATE bench.query SET plan = bench.plan_nodes(statement) WHERE name = q.name;
			END IF;
			COMMIT;
		END LOOP;
	END LOOP;
END
$$;

-- Every statement is a query inside count(*) and count(column): this makes all
-- rows and values be computed, costs the same whatever their type, and is the
-- same for a score and its floor.
--
-- group: the diagnoses of each patient, one beneficiary for everybody.
INSERT INTO bench.query (name, family, workers, statement)
SELECT name || suffix, 'group', workers, format($q$
	SELECT count(*), count(x) FROM (
		SELECT patient_id, %s AS x FROM %s
		WHERE diagnosis_date >= '2025-01-01' AND diagnosis_date < '2026-01-01'
		GROUP BY patient_id) q $q$, x, diagnoses)
FROM (VALUES (0, '', 'bench.diagnoses'), (2, '_parallel', 'bench.diagnoses'),
	(0, '_tenth', 'bench.diagnoses_tenth'))
		v(workers, suffix, diagnoses)
	CROSS JOIN (VALUES
		('floor', 'max(icd10_code)'),
		('score', $q$ raf_score_agg(icd10_code, beneficiary(72, 'F')) $q$),
		('marketplace', $q$ raf_score_agg(icd10_code, diagnosis_date, NULL, NULL,
			'age=45,sex=F,metal=silver,enrollment_days=365,date_of_birth=1980-06-15,'
			'enrolled_until=2025-12-31', 'HHS_V08', 2025) $q$)
	) s(name, x);

-- join: everybody of the panel, with or without diagnoses, each with his or her
-- demographics. The floor hands on the columns of a person that scoring reads.
INSERT INTO bench.query (name, family, workers, statement)
SELECT name || suffix, 'join', workers, format($q$
	SELECT count(*), count(x), %s FROM (
		SELECT %s, %s AS x
		FROM bench.demographics LEFT JOIN (
			SELECT patient_id, %s AS codes FROM bench.diagnoses
			WHERE diagnosis_date >= '2025-01-01' AND diagnosis_date < '2026-01-01' %s
			GROUP BY patient_id) d USING (patient_id)) q $q$,
	regexp_replace(person, '\w+', 'count(\&)', 'g'), person, x, of_patient, filter)
FROM (VALUES (0, ''), (2, '_parallel')) v(workers, suffix)
	CROSS JOIN (VALUES
		('join_floor', 'who', 'max(icd10_code)', 'codes', ''),
		('join_score', 'who', 'icd10_agg(icd10_code)',
			$q$ raf_score(COALESCE(codes, '{}'), who, 'V28', 2026) $q$, ''),
		('filtered_score', 'who', 'icd10_agg(icd10_code)',
			$q$ raf_score(COALESCE(codes, '{}'), who, 'V28', 2026) $q$,
			$q$ AND icd_has_hcc(icd10_code, 'V28', 2026) $q$),
		('columns_floor', 'age, sex, orec, dual_status, new_enrollee, snp, lti',
			'max(icd10_code)', 'codes', ''),
		('columns_score', 'age, sex, orec, dual_status, new_enrollee, snp, lti',
			'icd10_agg(icd10_code)',
			$q$ raf_score(COALESCE(codes, '{}'), beneficiary(age, sex, orec, dual_status,
				new_enrollee, snp, lti), 'V28', 2026) $q$, '')
	) s(name, person, of_patient, x, filter);

-- call: the scalar function on stored rows.
INSERT INTO bench.query (name, family, workers, statement)
SELECT name, 'call', 0, format('SELECT count(*), count(who), count(%s) FROM bench.panel', x)
FROM (VALUES
	('array_floor', 'cardinality(codes)'),
	('array_score', 'raf_score(codes, who)'),
	('set_floor', 'cardinality(code_set)'),
	('set_score', 'raf_score(code_set, who)'),
	('one_model', $q$ raf_score(code_set, who, 'V28', 2025) $q$),
	('three_models', $q$ raf_scores_of_models(code_set, who, '{V28,V24,RX_V08}', 2025) $q$)
) s(name, x);

-- The same diagnoses with dates, a drug for one in four people, and everybody with
-- a date of birth of one's own.
CREATE TABLE bench.enrolled AS
SELECT enrollee(d.born, 'F', '2025-01-01', '2025-12-31', 'silver', '01') AS who,
	icd10_set(ARRAY(SELECT c || '@2025-0' || 1 + i % 9 || '-15'
		FROM unnest(p.codes) WITH ORDINALITY u(c, i))
		|| CASE WHEN extract(day FROM d.born) < 8 THEN '{ndc:00003196401}'::text[]
		ELSE '{}' END) AS codes
FROM bench.panel p
	CROSS JOIN LATERAL (SELECT date '1945-01-01' + abs(hashtext(p.codes::text)) % 28000 AS born) d;
VACUUM ANALYZE bench.enrolled;
INSERT INTO bench.query (name, family, workers, statement)
SELECT name, 'call', 0, format('SELECT count(*), count(who), count(%s) FROM bench.enrolled', x)
FROM (VALUES
	('marketplace_floor', 'cardinality(codes)'),
	('marketplace_call', $q$ raf_score(codes, who, 'HHS_V08', 2025) $q$)
) s(name, x);

-- plain: views of the score, ours and the two of plain.sql, from columns.
INSERT INTO bench.query (name, family, workers, statement)
SELECT name, 'plain', 0, format('SELECT count(*), count(raf_score) FROM bench.%s', name)
FROM unnest('{plain_ours,plain_bits,plain_relational}'::text[]) name;
