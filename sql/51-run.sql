----------------------------------------------------------------------
-- Scoring a population: a run
--
-- collect   one snapshot of people and diagnoses into a table of the run,
--           one row per person with the codes that count
-- score     that table, batch by batch, into another; each batch commits
-- publish   the differences to patient_hcc_score, in one transaction
--
-- Nobody sees a score before all are there. What is stored between the stages
-- lets a run that was interrupted go on where it was.
----------------------------------------------------------------------
CREATE FUNCTION @extschema@.hcc_run_lock("table" regclass) RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE;
COMMENT ON FUNCTION @extschema@.hcc_run_lock(regclass) IS
	'Takes the lock that only one scoring run of a table hcc_run can have, until hcc_run_unlock or the end of a transaction that fails; false if another session has it. For those who may update the table.';
CREATE FUNCTION @extschema@.hcc_run_unlock() RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION @extschema@.hcc_run_unlock() IS 'Gives the lock of hcc_run_lock back; false if there is none.';
CREATE FUNCTION @extschema@.hcc_table_lock("table" regclass) RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE;
COMMENT ON FUNCTION @extschema@.hcc_table_lock(regclass) IS
	'Takes the lock that only one refresh of a table can have, until the transaction ends; false if another session has it. For those who may update the table.';

CREATE FUNCTION @extschema@.hcc_run_lock_holder("table" regclass) RETURNS integer
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	-- the lock is that of src/table_lock.c
	SELECT l.pid FROM pg_catalog.pg_locks l
	WHERE l.locktype = 'advisory' AND l.classid = 'pg_catalog.pg_class'::regclass AND l.objid = "table"
		AND l.objsubid = x'6863'::integer AND l.granted
		AND l.database = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database());
END;
COMMENT ON FUNCTION @extschema@.hcc_run_lock_holder(regclass) IS 'The process whose run on a table goes on; NULL: none.';

CREATE FUNCTION @extschema@.hcc_run_models(payment_year integer, programs text[]) RETURNS TABLE (model_version text, calibration text)
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT DISTINCT p.model_version, p.calibration FROM @extschema@.payment_year_parameter p
	WHERE p.payment_year = hcc_run_models.payment_year AND p.program = ANY (programs);
END;
COMMENT ON FUNCTION @extschema@.hcc_run_models(integer, text[]) IS 'The models that the programs pay by in a payment year.';

CREATE FUNCTION @extschema@.hcc_run_fingerprints(payment_year integer, programs text[], service_years integer[]) RETURNS jsonb
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT jsonb_build_object(
		-- names with blanks could come to the same label: then it stands for both
		'models', (SELECT COALESCE(jsonb_object_agg(f.label, f.fingerprints), '{}') FROM (
			SELECT m.model_version || COALESCE(' ' || m.calibration, '') AS label,
				string_agg(@extschema@.hccraf_fingerprint(m.model_version, hcc_run_fingerprints.payment_year, m.calibration), ' '
					ORDER BY m.model_version, m.calibration) AS fingerprints
			FROM @extschema@.hcc_run_models(hcc_run_fingerprints.payment_year, programs) m GROUP BY 1) f),
		'payment', (SELECT left(encode(sha256(convert_to(COALESCE(string_agg(ROW(p.program, p.component, p.model_version, p.calibration,
				p.normalization_factor, p.coding_pattern_adjustment, p.blend_weight, p.confidence, p.custom,
				c.requires, c.forbids, c.takes_frailty)::text, E'\n'
				ORDER BY p.program, p.component, p.model_version, p.calibration, p.custom), ''), 'UTF8')), 'hex'), 16)
			FROM @extschema@.payment_year_parameter p JOIN @extschema@.payment_component c ON c.component = p.component
			WHERE p.payment_year = hcc_run_fingerprints.payment_year AND p.program = ANY (programs)),
		'encounter_filter', (SELECT COALESCE(jsonb_object_agg(program, @extschema@.encounter_filter_fingerprint(hcc_run_fingerprints.payment_year, program, service_years)), '{}')
			FROM unnest(programs) program));
END;
COMMENT ON FUNCTION @extschema@.hcc_run_fingerprints(integer, text[], integer[]) IS
	'What a run depends on besides people and diagnoses: hashes of the models, payment parameters and encounter rules.';

CREATE FUNCTION @extschema@.hcc_run_columns(source regclass, without name[] DEFAULT '{}') RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_catalog.pg_attribute
	WHERE attrelid = source AND attnum > 0 AND NOT attisdropped AND attname <> ALL (without);
END;
COMMENT ON FUNCTION @extschema@.hcc_run_columns(regclass, name[]) IS 'The columns of a table as a list for a query.';

----------------------------------------------------------------------
-- Begin: take the lock; go on with what was interrupted, or start anew
----------------------------------------------------------------------
CREATE FUNCTION @extschema@.hcc_run_begin(kind text, parameters jsonb, OUT run_id bigint, OUT stage text)
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	schema name := parameters ->> 'patient_schema';
	runs regclass := to_regclass(format('%I.hcc_run', schema));
	other record;
	old record;
	fingerprints jsonb;
	obstacle text;
BEGIN
	IF runs IS NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state',
			MESSAGE = format('schema "%s" has no tables for scores', schema),
			HINT = format('Make them with SELECT hccraf_setup(%L);', schema);
	END IF;
	IF NOT @extschema@.hcc_run_lock(runs) THEN
		EXECUTE format($q$SELECT format('Run %%s of role %%s, process %%s, since %%s: stage %%s, %%s of %%s patients.',
				run_id, started_by, $1, to_char(started_at, 'YYYY-MM-DD HH24:MI:SS'), stage, patients_done, COALESCE(patients::text, '?')) AS who
			FROM %I.hcc_run WHERE status = 'running' ORDER BY run_id DESC LIMIT 1$q$, schema)
		INTO other USING @extschema@.hcc_run_lock_holder(runs);
		RAISE EXCEPTION USING ERRCODE = 'lock_not_available',
			MESSAGE = format('a scoring run of schema "%s" is going on', schema),
			DETAIL = COALESCE(other.who, format('It is process %s.', @extschema@.hcc_run_lock_holder(runs))),
			HINT = 'Wait for it, or end it with pg_cancel_backend.';
	END IF;

	IF parameters ->> 'row_security' IS NOT NULL THEN
		RAISE NOTICE 'row security: only what role "%" may see is scored, and no score is removed', parameters ->> 'row_security';
	END IF;

	-- Whoever is still said to run does not: the lock is ours.
	fingerprints := @extschema@.hcc_run_fingerprints((parameters ->> 'payment_year')::integer, @extschema@.hcc_run_programs(parameters),
		@extschema@.hcc_run_service_years(parameters));
	FOR old IN EXECUTE format($q$SELECT run_id, stage, kind = $1 AND kind = 'full' AND parameters = $2 AND fingerprints = $3
				AND snapshot_at > now() - ($2 ->> 'resume_within')::interval AND next_block > 0
				AND run_id = (SELECT max(run_id) FROM %1$I.hcc_run) AS fits
			FROM %1$I.hcc_run
			WHERE status = 'running' OR status IN ('failed', 'cancelled') AND run_id = (SELECT max(run_id) FROM %1$I.hcc_run)
			ORDER BY run_id$q$, schema)
		USING kind, parameters, fingerprints
	LOOP
		IF old.fits AND @extschema@.hcc_run_tables_intact(schema, old.run_id) THEN
			EXECUTE format($q$UPDATE %I.hcc_run SET status = 'running', pid = pg_backend_pid(), started_by = session_user,
				sqlstate = NULL, error = NULL, finished_at = NULL WHERE run_id = $1$q$, schema)
			USING old.run_id;
			hcc_run_begin.run_id := old.run_id;
			hcc_run_begin.stage := old.stage;
			PERFORM @extschema@.hcc_run_drop_tables(schema, old.run_id);
			RAISE NOTICE 'run %: goes on where it was, stage %', old.run_id, old.stage;
			RETURN;
		END IF;
		EXECUTE format($q$UPDATE %I.hcc_run SET status = 'abandoned', finished_at = clock_timestamp()
			WHERE run_id = $1 AND status = 'running'$q$, schema) USING old.run_id;
	END LOOP;
	PERFORM @extschema@.hcc_run_drop_tables(schema, NULL::bigint);

	IF kind = 'refresh' THEN
		obstacle := @extschema@.hcc_refresh_obstacle(parameters, fingerprints);
		IF obstacle IS NOT NULL THEN
			RAISE NOTICE 'everybody is scored: %', obstacle;
			kind := 'full';
		END IF;
	END IF;
	EXECUTE format($q$INSERT INTO %I.hcc_run (kind, payment_year, program, parameters, status, stage, known_at, fingerprints)
		VALUES ($1, ($2 ->> 'payment_year')::integer, $2 ->> 'program', $2, 'running', 'collect', ($2 ->> 'known_at')::timestamptz, $3)
		RETURNING run_id, stage$q$, schema)
	INTO run_id, stage USING kind, parameters, fingerprints;
END
$$;
COMMENT ON FUNCTION @extschema@.hcc_run_begin(text, jsonb) IS 'Part of score_population: takes the lock of the schema and begins a run, or goes on with one that was interrupted.';

CREATE FUNCTION @extschema@.hcc_run_programs(parameters jsonb) RETURNS text[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN ARRAY[parameters ->> 'program'] || ARRAY(
	SELECT p FROM jsonb_array_elements_text(parameters -> 'other_programs') WITH ORDINALITY o(p, n)
	WHERE p <> parameters ->> 'program' GROUP BY p ORDER BY min(n));
COMMENT ON FUNCTION @extschema@.hcc_run_programs(jsonb) IS 'Part of score_population: the programs of a run, each once, the paying one first.';

CREATE FUNCTION @extschema@.hcc_run_service_years(parameters jsonb) RETURNS integer[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN ARRAY(SELECT generate_series(extract(year FROM (parameters ->> 'service_from')::date)::integer,
	extract(year FROM (parameters ->> 'service_to')::date)::integer));
COMMENT ON FUNCTION @extschema@.hcc_run_service_years(jsonb) IS 'Part of score_population: the calendar years of the service window.';

-- What a run stores for itself is in tables of the role that runs it. Others who
-- may create tables in the schema cannot foretell their names, and a table of
-- that kind that is not the role's own is none of a run.
CREATE FUNCTION @extschema@.hcc_run_tables(schema name) RETURNS TABLE (run_id bigint, content text, "table" regclass, plain boolean)
LANGUAGE sql STABLE PARALLEL SAFE ROWS 4
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
	SELECT part[1]::bigint, part[2], c.oid::regclass,
		-- as it was made: nothing on it would run with the rights of who uses it
		NOT c.relhasrules AND NOT c.relhastriggers AND NOT c.relrowsecurity AND NOT c.relhassubclass
	FROM pg_catalog.pg_class c, regexp_match(c.relname, '^hcc_run_(\d{1,18})_(input|result|changed|consumed)_[0-9a-f]{16}$') part
	WHERE c.relname >= 'hcc_run_0'::name AND c.relname < 'hcc_run_a'::name AND part IS NOT NULL
		AND c.relnamespace = (SELECT n.oid FROM pg_catalog.pg_namespace n WHERE n.nspname = schema)
		AND c.relowner = (SELECT r.oid FROM pg_catalog.pg_roles r WHERE r.rolname = current_user)
		AND c.relkind = 'r';
END;
COMMENT ON FUNCTION @extschema@.hcc_run_tables(name) IS
	'Part of score_population: what runs of the user have stored for themselves in a schema; plain: nothing was put on a table since.';

CREATE FUNCTION @extschema@.hcc_run_table(schema name, run_id bigint, content text) RETURNS regclass
LANGUAGE sql STABLE PARALLEL SAFE
RETURN (SELECT t."table" FROM @extschema@.hcc_run_tables(schema) t
	WHERE t.run_id = hcc_run_table.run_id AND t.content = hcc_run_table.content AND t.plain);
COMMENT ON FUNCTION @extschema@.hcc_run_table(name, bigint, text) IS
	'Part of score_population: the table in which a run has stored input, result, changed or consumed; NULL: none.';

CREATE FUNCTION @extschema@.hcc_run_check_tables(schema name, run_id bigint, contents text[]) RETURNS void
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	run_kind text;
	missing text;
BEGIN
	EXECUTE format('SELECT kind FROM %I.hcc_run WHERE run_id = $1', schema) INTO run_kind USING run_id;
	-- without whose data have changed, a refresh would do everybody, and remove whom it has not collected
	SELECT string_agg(c, ', ') INTO missing
	FROM unnest(contents || CASE WHEN run_kind = 'refresh' THEN '{changed}'::text[] END) c
	WHERE @extschema@.hcc_run_table(schema, run_id, c) IS NULL;
	IF missing IS NOT NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state',
			MESSAGE = format('what run %s has stored is no longer there as it was: %s', run_id, missing),
			HINT = 'The scores are as they were. The same call starts anew.';
	END IF;
END
$$;
COMMENT ON FUNCTION @extschema@.hcc_run_check_tables(name, bigint, text[]) IS
	'Part of score_population: an error unless what a run has stored is still there; of a refresh, also whose data have changed.';

CREATE FUNCTION @extschema@.hcc_run_make_table(schema name, run_id bigint, content text, query text) RETURNS regclass
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
SET client_min_messages = warning
AS $$
DECLARE
	name text := format('%I.%I', schema, format('hcc_run_%s_%s_%s', run_id, content, left(md5(gen_random_uuid()::text), 16)));
	other text;
BEGIN
	EXECUTE format('CREATE UNLOGGED TABLE %s WITH (autovacuum_enabled = off) AS %s', name, query);
	-- what ALTER DEFAULT PRIVILEGES grants on tables is not meant for these
	FOR other IN SELECT DISTINCT COALESCE(quote_ident(r.rolname), 'PUBLIC') FROM pg_class c, aclexplode(c.relacl) a
		LEFT JOIN pg_roles r ON r.oid = a.grantee WHERE c.oid = name::regclass AND a.grantee <> c.relowner
	LOOP
		EXECUTE format('REVOKE ALL ON %s FROM %s', name, other);
	END LOOP;
	RETURN name;
END
$$;
COMMENT ON FUNCTION @extschema@.hcc_run_make_table(name, bigint, text, text) IS 'Part of score_population: stores the rows of a query for a run.';

CREATE FUNCTION @extschema@.hcc_run_tables_intact(schema name, run_id bigint) RETURNS boolean
LANGUAGE plpgsql STABLE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	input regclass := @extschema@.hcc_run_table(schema, run_id, 'input'::text);
	result regclass := @extschema@.hcc_run_table(schema, run_id, 'result'::text);
	intact boolean := false;
BEGIN
	IF input IS NOT NULL AND result IS NOT NULL THEN
		-- Unlogged tables are empty after a crash of the server.
		EXECUTE format('SELECT EXISTS (SELECT FROM %s) AND EXISTS (SELECT FROM %s)', input, result) INTO intact;
	END IF;
	RETURN intact;
END
$$;
COMMENT ON FUNCTION @extschema@.hcc_run_tables_intact(name, bigint) IS 'Part of score_population: whether what a run has stored is still there.';

CREATE FUNCTION @extschema@.hcc_run_drop_tables(schema name, kept_run bigint) RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
SET client_min_messages = warning
AS $$
DECLARE
	stored regclass;
BEGIN
	FOR stored IN SELECT t."table" FROM @extschema@.hcc_run_tables(schema) t WHERE t.run_id IS DISTINCT FROM kept_run LOOP
		-- with what others, who were granted rights to it, have made of it
		EXECUTE format('DROP TABLE %s CASCADE', stored);
	END LOOP;
END
$$;
COMMENT ON FUNCTION @extschema@.hcc_run_drop_tables(name, bigint) IS
	'Part of score_population: drops what other runs of the user than one have stored for themselves; NULL: than none.';

----------------------------------------------------------------------
-- The stages
----------------------------------------------------------------------
CREATE FUNCTION @extschema@.hcc_run_collect(run_id bigint, parameters jsonb) RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
SET jit = off
SET enable_nestloop = on	-- what is set within ends with the function
-- a group for every ten rows: the planner would rather not share that among workers, but it pays
SET parallel_tuple_cost = 0.01
SET parallel_setup_cost = 100
AS $$
DECLARE
	schema name := parameters ->> 'patient_schema';
	year integer := parameters ->> 'payment_year';
	input regclass;
	result regclass;
	changed regclass := @extschema@.hcc_run_table(schema, run_id, 'changed'::text);
	stored regclass;
	-- As an array, the few rows are fetched in the order of their pages, ahead of use. That takes the
	-- index on patient_id that our tables have; of others nobody knows.
	whose text := CASE WHEN changed IS NULL THEN 'true'
		WHEN (SELECT bool_and(relkind IN ('r', 'p')) FROM pg_class WHERE parameters ->> 'diagnoses' IS NULL AND parameters ->> 'demographics' IS NULL
			AND oid IN (to_regclass(format('%I.patient_diagnosis_hcc', schema)), to_regclass(format('%I.patient_demographic', schema))))
		THEN format('patient_id = ANY (ARRAY(SELECT patient_id FROM %s))', changed)
		ELSE format('patient_id IN (SELECT patient_id FROM %s)', changed) END;
	people text := @extschema@.hcc_people_query(schema, year, (parameters ->> 'known_at')::timestamptz, (parameters ->> 'demographics')::regclass, whose);
	diagnoses text := @extschema@.hcc_diagnoses_query(schema, year, parameters ->> 'program', (parameters ->> 'known_at')::timestamptz,
		(parameters ->> 'service_from')::date, (parameters ->> 'service_to')::date, parameters ->> 'without_list',
		(parameters ->> 'diagnoses')::regclass, (parameters ->> 'demographics')::regclass, whose);
	in_window text := format('d.diagnosis_date BETWEEN %L AND %L', parameters ->> 'service_from', parameters ->> 'service_to');
	has_hcc text := (SELECT string_agg(format('@extschema@.icd_has_hcc(d.icd10_code, %L, %s)', model_version, year), ' OR ')
		FROM (SELECT DISTINCT model_version FROM @extschema@.hcc_run_models(year, @extschema@.hcc_run_programs(parameters))) m);
	found_patients bigint;
BEGIN
	IF has_hcc IS NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state',
			MESSAGE = format('program "%s" has no payment parameters for payment year %s', parameters ->> 'program', year),
			DETAIL = format('There are: %s.', (SELECT string_agg(p, ', ' ORDER BY p) FROM (
				SELECT format('%s %s to %s', program, min(payment_year), max(payment_year)) AS p
				FROM @extschema@.payment_year_parameter GROUP BY program) x)),
			HINT = 'Add a row for each model of the year''s blend to payment_year_parameter.';
	END IF;
	IF parameters ->> 'work_mem' IS NOT NULL THEN
		PERFORM set_config('work_mem', parameters ->> 'work_mem', true);
	END IF;
	PERFORM @extschema@.hcc_run_check_tables(schema, run_id, '{}'::text[]);
	IF changed IS NULL THEN
		PERFORM set_config('enable_nestloop', 'off', true);	-- everybody
	END IF;
	FOR stored IN SELECT t."table" FROM @extschema@.hcc_run_tables(schema) t
		WHERE t.run_id = hcc_run_collect.run_id AND t.content IN ('input', 'result')
	LOOP
		EXECUTE format('DROP TABLE %s CASCADE', stored);
	END LOOP;
	input := @extschema@.hcc_run_make_table(schema, run_id, 'input'::text, format($query$
		SELECT p.patient_id, p.payment_month, p.latest, p.age, CASE WHEN p.sex IN ('F', '2') THEN 'F' ELSE 'M' END AS gender,
			p.dual_status AS medicaid_status, p.age < 65 AND p.orec <> '0' AS disabled_status, p.lti AS institutional_status, p.who,
			COALESCE(c.codes, '{}') AS codes
		FROM (%s) p LEFT JOIN (
			SELECT d.patient_id, @extschema@.icd10_agg(d.icd10_code) AS codes
			FROM (%s) d
			WHERE %s AND (%s) AND @extschema@.encounter_counts(d.encounter_verdict)
			GROUP BY d.patient_id) c USING (patient_id)$query$, people, diagnoses, in_window, has_hcc));
	result := @extschema@.hcc_run_make_table(schema, run_id, 'result'::text, format($query$
		SELECT patient_id, payment_month, latest, age, gender, medicaid_status, disabled_status, institutional_status,
			NULL::text AS program, NULL::text[] AS icd10_codes, NULL::text AS beneficiary, (r).*
		FROM (SELECT *, @extschema@.raf_payment_explain(codes, who, %s, %L::text, NULL::text, true, true, NULL::numeric) AS r FROM %s LIMIT 0) i
		WHERE false$query$,
		year, parameters ->> 'program', input));

	EXECUTE format($query$
		UPDATE %1$I.hcc_run SET snapshot_at = now(), next_block = 0, patients_done = 0,
			patients = (SELECT count(*) FROM %2$s WHERE latest),
			diagnoses = (SELECT COALESCE(jsonb_object_agg(verdict, n), '{}') FROM (
				SELECT CASE WHEN d.encounter_verdict <> 'ok' THEN d.encounter_verdict WHEN %3$s THEN 'ok' ELSE 'no_hcc' END AS verdict, count(*) AS n
				FROM (%4$s) d WHERE %5$s GROUP BY 1) v)
		WHERE run_id = $1 RETURNING patients$query$,
		schema, input, has_hcc, diagnoses, in_window)
	INTO found_patients USING run_id;
	RAISE NOTICE 'run %: % patients collected', run_id, to_char(found_patients, 'FM999,999,999,990');
END
$$;
COMMENT ON FUNCTION @extschema@.hcc_run_collect(bigint, jsonb) IS 'Part of score_population: stores who is to be scored with which codes, from one snapshot.';

CREATE FUNCTION @extschema@.hcc_run_score(run_id bigint, parameters jsonb) RETURNS boolean
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
SET jit = off
AS $$
#variable_conflict use_variable
DECLARE
	schema name := parameters ->> 'patient_schema';
	input regclass := @extschema@.hcc_run_table(schema, run_id, 'input'::text);
	result regclass := @extschema@.hcc_run_table(schema, run_id, 'result'::text);
	blocks bigint := pg_relation_size(input) / current_setting('block_size')::integer;
	run record;
	program text;
	first_block bigint;
	end_block bigint;
BEGIN
	PERFORM @extschema@.hcc_run_check_tables(schema, run_id, '{input,result}'::text[]);
	EXECUTE format('SELECT next_block, patients FROM %I.hcc_run WHERE run_id = $1', schema) INTO run USING run_id;
	first_block := run.next_block;
	end_block := LEAST(blocks, first_block + GREATEST(1, (parameters ->> 'batch_size')::bigint * blocks / GREATEST(run.patients, 1)));
	FOREACH program IN ARRAY @extschema@.hcc_run_programs(parameters) LOOP
		EXECUTE format($query$
			INSERT INTO %s
			SELECT patient_id, payment_month, latest, age, gender, medicaid_status, disabled_status, institutional_status,
				%L, codes::text[], who::text, (r).*
			FROM (SELECT *, @extschema@.raf_payment_explain(codes, who, %s, %L::text, %L::text, %L::boolean, %L::boolean, NULL::numeric) AS r FROM %s
				WHERE ctid >= '(%s,0)' AND ctid < '(%s,0)' OFFSET 0) i$query$,
			result, program, parameters ->> 'payment_year', program,
			CASE WHEN program = parameters ->> 'program' THEN parameters ->> 'component' END,
			(parameters ->> 'mce')::boolean, (parameters ->> 'allow_low_confidence')::boolean, input, first_block, end_block);
	END LOOP;
	EXECUTE format($query$
		UPDATE %I.hcc_run SET next_block = $2, patients_done = CASE WHEN $2 >= $3 THEN patients ELSE patients * $2 / $3 END
		WHERE run_id = $1 RETURNING patients_done, patients$query$, schema)
	INTO run USING run_id, end_block, blocks;
	RAISE NOTICE 'run %: % of % patients scored', run_id,
		to_char(run.patients_done, 'FM999,999,999,990'), to_char(run.patients, 'FM999,999,999,990');
	RETURN end_block >= blocks;
END
$$;
COMMENT ON FUNCTION @extschema@.hcc_run_score(bigint, jsonb) IS 'Part of score_population: scores the next batch; true when it was the last.';

CREATE FUNCTION @extschema@.hcc_run_publish(run_id bigint, parameters jsonb) RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
SET jit = off
-- the statistics of a table that was just filled may say that it is empty, and ten rows are expected of any array
SET enable_nestloop = off
AS $$
DECLARE
	schema name := parameters ->> 'patient_schema';
	year integer := parameters ->> 'payment_year';
	result regclass := @extschema@.hcc_run_table(schema, run_id, 'result'::text);
	changed regclass := @extschema@.hcc_run_table(schema, run_id, 'changed'::text);
	-- as an array: then the few rows are fetched in the order of their pages, ahead of use
	only_changed text := CASE WHEN changed IS NULL THEN ''
		ELSE format('AND s.patient_id = ANY (ARRAY(SELECT patient_id FROM %s))', changed) END;
	-- what makes a score row another one; the names are the same in both tables
	score_values text := 'age, gender, medicaid_status, disabled_status, institutional_status, demographic_score, hcc_list, disease_score,
		interaction_score, raf_score, program, component, model_version, calibration, segment, raw_score, icd10_codes, beneficiary';
	model_values text := 'segment, hcc_list, demographic_score, disease_score, interaction_score, raw_score, normalized_score,
		adjusted_score, blend_weight, weighted_score';
	model_key text := 'patient_id, program, payment_month, component, model_version, calibration';
	new_scores text := format($q$(SELECT *, payment_score AS raf_score FROM %s WHERE is_leading AND latest AND program = %L)$q$, result, parameters ->> 'program');
	s_values text;
	r_values text;
	same_key text;
	columns text := @extschema@.hcc_run_columns(format('%I.patient_hcc_score', schema)::regclass);
	keep text;
	score_table regclass;
	added bigint;
	replaced bigint;
	removed bigint;
BEGIN
	PERFORM @extschema@.hcc_run_check_tables(schema, run_id, '{result}'::text[]);
	s_values := regexp_replace(score_values, '(\w+)', 's.\1', 'g');
	r_values := regexp_replace(score_values, '(\w+)', 'r.\1', 'g');
	IF parameters ->> 'work_mem' IS NOT NULL THEN
		PERFORM set_config('work_mem', parameters ->> 'work_mem', true);
	END IF;
	same_key := format('(%s) = (%s) AND s.payment_year = $2', regexp_replace(model_key, '(\w+)', 's.\1', 'g'), regexp_replace(model_key, '(\w+)', 'r.\1', 'g'));
	keep := format('INSERT INTO %I.patient_hcc_score_history (%s, superseded_at, superseded_by_run) SELECT %2$s, now(), $1', schema, columns);
	-- First who is no longer there, and models by which somebody is no longer
	-- paid: a table that is still empty is gone through in no time.
	IF (parameters ->> 'remove_absent')::boolean THEN
		EXECUTE format($query$
			WITH gone AS (DELETE FROM %I.patient_hcc_score s WHERE s.payment_year = $2 %s
				AND NOT EXISTS (SELECT FROM %s r WHERE r.patient_id = s.patient_id) RETURNING s.*)
			%s$query$, schema, only_changed, new_scores,
			CASE WHEN (parameters ->> 'keep_history')::boolean THEN keep || ' FROM gone' ELSE 'SELECT $1 FROM gone' END)
		USING run_id, year;
		GET DIAGNOSTICS removed = ROW_COUNT;
		EXECUTE format($query$DELETE FROM %I.patient_hcc_model_score s WHERE s.payment_year = $2 AND s.program = ANY ($1) %s
			AND NOT EXISTS (SELECT FROM %s r WHERE %s)$query$, schema, only_changed, result, same_key)
		USING @extschema@.hcc_run_programs(parameters), year;
	END IF;

	EXECUTE format($query$
		WITH replaced AS MATERIALIZED (
			SELECT s.* FROM %1$I.patient_hcc_score s, %2$s r
			WHERE s.patient_id = r.patient_id AND s.payment_year = $2 %7$s AND (%3$s) IS DISTINCT FROM (%4$s)
		), kept AS (%5$s)
		UPDATE %1$I.patient_hcc_score s SET (%6$s, data_collection_year, run_id, calculated_at) = (SELECT %4$s, $3, $1, now())
		FROM %2$s r
		WHERE s.patient_id IN (SELECT patient_id FROM replaced) AND s.patient_id = r.patient_id AND s.payment_year = $2 %7$s$query$,
		schema, new_scores, s_values, r_values,
		CASE WHEN (parameters ->> 'keep_history')::boolean THEN keep || ' FROM replaced' ELSE 'SELECT' END, score_values, only_changed)
	USING run_id, year, (parameters ->> 'data_collection_year')::integer;
	GET DIAGNOSTICS replaced = ROW_COUNT;
	EXECUTE format($query$
		INSERT INTO %1$I.patient_hcc_score (patient_id, payment_year, data_collection_year, run_id, calculated_at, %2$s)
		SELECT r.patient_id, $2, $3, $1, now(), %3$s FROM %4$s r
		WHERE NOT EXISTS (SELECT FROM %1$I.patient_hcc_score s WHERE s.patient_id = r.patient_id AND s.payment_year = $2 %5$s)$query$,
		schema, score_values, r_values, new_scores, only_changed)
	USING run_id, year, (parameters ->> 'data_collection_year')::integer;
	GET DIAGNOSTICS added = ROW_COUNT;

	s_values := regexp_replace(model_values, '(\w+)', 's.\1', 'g');
	r_values := regexp_replace(model_values, '(\w+)', 'r.\1', 'g');
	EXECUTE format($query$
		UPDATE %I.patient_hcc_model_score s SET (%s, run_id) = (SELECT %s, $1) FROM %s r WHERE %s %s AND (%s) IS DISTINCT FROM (%s)$query$,
		schema, model_values, r_values, result, same_key, only_changed, s_values, r_values)
	USING run_id, year;
	EXECUTE format($query$
		INSERT INTO %1$I.patient_hcc_model_score (payment_year, run_id, %2$s, %3$s)
		SELECT $2, $1, %4$s, %5$s FROM %6$s r WHERE NOT EXISTS (SELECT FROM %1$I.patient_hcc_model_score s WHERE %7$s %8$s)$query$,
		schema, model_key, model_values, regexp_replace(model_key, '(\w+)', 'r.\1', 'g'), r_values, result, same_key, only_changed)
	USING run_id, year;

	-- Refreshes are planned by the statistics of these tables. Only an owner may take them now; autovacuum will.
	FOR score_table IN SELECT oid::regclass FROM pg_class
		WHERE oid IN (format('%I.patient_hcc_score', schema)::regclass, format('%I.patient_hcc_model_score', schema)::regclass)
			AND added + replaced > GREATEST(reltuples, 0) / 10 AND pg_has_role(relowner, 'USAGE')
	LOOP
		EXECUTE format('ANALYZE %s', score_table);
	END LOOP;

	EXECUTE format($query$UPDATE %I.hcc_run SET status = 'done', finished_at = clock_timestamp(), scores_added = $2, scores_changed = $3,
		scores_removed = $4, scores_unchanged = patients - $2 - $3 WHERE run_id = $1$query$, schema)
	USING run_id, added, replaced, COALESCE(removed, 0);
	PERFORM @extschema@.hcc_changes_done(run_id, parameters);
	PERFORM @extschema@.hcc_run_drop_tables(schema, NULL::bigint);
	RAISE NOTICE 'run %: % scores added, % changed, % removed', run_id, to_char(added, 'FM999,999,999,990'),
		to_char(replaced, 'FM999,999,999,990'), to_char(COALESCE(removed, 0), 'FM999,999,999,990');
END
$$;
COMMENT ON FUNCTION @extschema@.hcc_run_publish(bigint, jsonb) IS 'Part of score_population: brings the differences to patient_hcc_score and patient_hcc_model_score, in one transaction.';

CREATE FUNCTION @extschema@.hcc_run_step(run_id bigint, parameters jsonb, INOUT stage text, OUT done boolean, OUT failure jsonb)
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	schema name := parameters ->> 'patient_schema';
	started timestamptz := clock_timestamp();
	done_stage text := stage;
	same_rules boolean;
	state text;
	message text;
	detail text;
	hint text;
BEGIN
	BEGIN
		IF stage = 'collect' THEN
			PERFORM @extschema@.hcc_run_changes(run_id, parameters);
			PERFORM @extschema@.hcc_run_collect(run_id, parameters);
			stage := 'score';
		ELSIF stage = 'score' THEN
			IF @extschema@.hcc_run_score(run_id, parameters) THEN
				stage := 'publish';
			END IF;
		END IF;

		-- One run, one model: what was computed by a mixture is computed again.
		EXECUTE format($query$SELECT fingerprints = @extschema@.hcc_run_fingerprints(payment_year, $2, $3) FROM %I.hcc_run WHERE run_id = $1$query$, schema)
		INTO same_rules USING run_id, @extschema@.hcc_run_programs(parameters), @extschema@.hcc_run_service_years(parameters);
		IF NOT same_rules THEN
			RAISE NOTICE 'run %: models or rules have changed, it starts again', run_id;
			EXECUTE format($query$UPDATE %I.hcc_run SET stage = 'collect', kind = 'full', fingerprints = @extschema@.hcc_run_fingerprints(payment_year, $2, $3),
				seconds = seconds || jsonb_build_object('restarts', COALESCE((seconds ->> 'restarts')::integer, 0) + 1)
				WHERE run_id = $1 AND COALESCE((seconds ->> 'restarts')::integer, 0) < 10 RETURNING stage$query$, schema)
			INTO stage USING run_id, @extschema@.hcc_run_programs(parameters), @extschema@.hcc_run_service_years(parameters);
			IF stage IS NULL THEN
				RAISE EXCEPTION USING ERRCODE = 'object_in_use', MESSAGE = 'models or rules change faster than a run can score by them';
			END IF;
			RETURN;
		END IF;

		IF done_stage = 'publish' THEN
			PERFORM @extschema@.hcc_run_publish(run_id, parameters);
			stage := 'done';
		END IF;
		done := stage = 'done';
		EXECUTE format($query$UPDATE %I.hcc_run SET stage = $2,
			seconds = seconds || jsonb_build_object($3, round(COALESCE((seconds ->> $3)::numeric, 0) + $4, 3)) WHERE run_id = $1$query$, schema)
		USING run_id, stage, done_stage, extract(epoch FROM clock_timestamp() - started);
	EXCEPTION WHEN query_canceled OR OTHERS THEN
		GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL,
			hint = PG_EXCEPTION_HINT;
		failure := jsonb_build_object('run_id', run_id, 'stage', done_stage, 'state', state, 'message', message,
			-- that of a violated constraint shows a row, which is about a patient
			'detail', CASE WHEN state NOT LIKE '23%' AND state <> '44000' THEN detail END, 'hint', hint);
		EXECUTE format($query$UPDATE %I.hcc_run SET status = CASE WHEN $2 = '57014' THEN 'cancelled' ELSE 'failed' END,
			finished_at = clock_timestamp(), sqlstate = $2, error = $3 WHERE run_id = $1$query$, schema)
		USING run_id, state, message;
	END;
END
$$;
COMMENT ON FUNCTION @extschema@.hcc_run_step(bigint, jsonb, text) IS 'Part of score_population: one stage, or one batch of it, and what comes next; a failure is written down.';

CREATE FUNCTION @extschema@.hcc_run_fail(failure jsonb) RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	RAISE EXCEPTION USING ERRCODE = failure ->> 'state', MESSAGE = failure ->> 'message',
		DETAIL = COALESCE(NULLIF(failure ->> 'detail', ''), format('It was run %s, stage %s.', failure ->> 'run_id', failure ->> 'stage')),
		HINT = COALESCE(NULLIF(failure ->> 'hint', ''), 'The scores are as they were. The same call goes on with the run, or starts anew.');
END
$$;
COMMENT ON FUNCTION @extschema@.hcc_run_fail(jsonb) IS 'Part of score_population: the error of a run whose failure has been written down.';

CREATE PROCEDURE @extschema@.hcc_run_execute(kind text, parameters jsonb)
LANGUAGE plpgsql
AS $$
DECLARE
	run pg_catalog.record;
	step pg_catalog.record;
BEGIN
	-- A procedure that commits cannot fix its search_path: it calls functions
	-- that do, and has no bare name of an operator or type, which could be
	-- somebody else's.
	SELECT b.run_id, b.stage INTO run FROM @extschema@.hcc_run_begin(kind, parameters) b;
	step := run;
	LOOP
		IF step.stage OPERATOR(pg_catalog.=) 'publish' THEN
			COMMIT;
		ELSE
			COMMIT;
			-- one snapshot for all it reads, and for whether models have changed
			SET TRANSACTION ISOLATION LEVEL REPEATABLE READ;
		END IF;
		SELECT s.stage, s.done, s.failure INTO step FROM @extschema@.hcc_run_step(run.run_id, parameters, step.stage) s;
		IF step.failure IS NOT NULL THEN
			COMMIT;
			PERFORM @extschema@.hcc_run_fail(step.failure);
		END IF;
		EXIT WHEN step.done;
	END LOOP;
	COMMIT;
	PERFORM @extschema@.hcc_run_unlock();
END
$$;
COMMENT ON PROCEDURE @extschema@.hcc_run_execute(text, jsonb) IS 'Part of score_population and refresh_scores: begins a run and takes it through its stages.';

CREATE FUNCTION @extschema@.hcc_run_parameters(payment_year integer, program text, component text, other_programs text[], patient_schema name,
	diagnoses regclass, demographics regclass, known_at timestamptz, service_from date, service_to date, without_list text,
	mce boolean, allow_low_confidence boolean, keep_history boolean, remove_absent boolean, batch_size integer, work_mem text, resume_within interval,
	overlap interval DEFAULT NULL)
	RETURNS jsonb
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	year integer := COALESCE(payment_year, (SELECT max(p.payment_year) FROM @extschema@.payment_year_parameter p
		WHERE p.program = hcc_run_parameters.program AND p.payment_year <= extract(year FROM now()) + 1));
	schema name := @extschema@.hcc_panel_schema(patient_schema);
	-- Whoever does not see everybody cannot tell who is gone, nor go by another role's last run.
	restricted name := (SELECT current_user FROM unnest(ARRAY[COALESCE(diagnoses, to_regclass(format('%I.patient_diagnosis_hcc', schema))),
		COALESCE(demographics, to_regclass(format('%I.patient_demographic', schema)))]) source HAVING bool_or(row_security_active(source)));
BEGIN
	IF batch_size IS NULL OR batch_size < 1 THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = 'invalid value for argument "batch_size"',
			DETAIL = 'It takes the number of patients to score between two commits, 1 or more.';
	ELSIF year IS NULL OR program IS NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state',
			MESSAGE = format('there are no payment parameters for program "%s"', program),
			DETAIL = format('There are: %s.', (SELECT string_agg(DISTINCT p.program, ', ') FROM @extschema@.payment_year_parameter p));
	ELSIF service_from > service_to THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = 'service_from is after service_to';
	ELSIF known_at > now() THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = 'known_at is in the future';
	END IF;
	RETURN jsonb_build_object('payment_year', year, 'data_collection_year', year - 1, 'program', program, 'component', component,
		'other_programs', COALESCE(to_jsonb(other_programs), '[]'), 'patient_schema', schema,
		'diagnoses', diagnoses::oid::regclass::text, 'demographics', demographics::oid::regclass::text, 'known_at', known_at,
		'service_from', COALESCE(service_from, make_date(year - 1, 1, 1)), 'service_to', COALESCE(service_to, make_date(year - 1, 12, 31)),
		'without_list', COALESCE(without_list, 'error'), 'mce', COALESCE(mce, true), 'allow_low_confidence', COALESCE(allow_low_confidence, false),
		'keep_history', COALESCE(keep_history, true), 'remove_absent', COALESCE(remove_absent, true) AND restricted IS NULL, 'row_security', restricted,
		'batch_size', batch_size,
		'work_mem', work_mem, 'resume_within', COALESCE(resume_within, '1 day'), 'overlap', overlap,
		-- that rows come and go with is noted by nobody
		'tables', (SELECT jsonb_agg(t."table"::oid::bigint ORDER BY t."table"::oid) FROM @extschema@.hcc_tracked_tables(schema) t));
END
$$;
COMMENT ON FUNCTION @extschema@.hcc_run_parameters(integer, text, text, text[], name, regclass, regclass, timestamptz, date, date, text, boolean, boolean,
	boolean, boolean, integer, text, interval, interval) IS 'Part of score_population and refresh_scores: checks the arguments and fills in defaults.';

CREATE PROCEDURE @extschema@.score_population(payment_year integer DEFAULT NULL, program text DEFAULT 'MA', component text DEFAULT NULL,
	other_programs text[] DEFAULT '{}', patient_schema name DEFAULT NULL, diagnoses regclass DEFAULT NULL, demographics regclass DEFAULT NULL,
	known_at timestamptz DEFAULT NULL, service_from date DEFAULT NULL, service_to date DEFAULT NULL, without_list text DEFAULT 'error',
	mce boolean DEFAULT true, allow_low_confidence boolean DEFAULT false, keep_history boolean DEFAULT true,
	remove_absent boolean DEFAULT true, batch_size integer DEFAULT 100000, work_mem text DEFAULT NULL, resume_within interval DEFAULT '1 day')
LANGUAGE plpgsql
AS $$
BEGIN
	CALL @extschema@.hcc_run_execute('full'::pg_catalog.text, @extschema@.hcc_run_parameters(payment_year, program, component, other_programs,
		patient_schema, diagnoses, demographics, known_at, service_from, service_to, without_list, mce, allow_low_confidence, keep_history,
		remove_absent, batch_size, work_mem, resume_within, NULL::pg_catalog.interval));
END
$$;
COMMENT ON PROCEDURE @extschema@.score_population(integer, text, text, text[], name, regclass, regclass, timestamptz, date, date, text, boolean, boolean,
	boolean, boolean, integer, text, interval) IS
	'Scores everybody of a payment year (NULL: the newest known, at most next year''s) and fills patient_hcc_score and patient_hcc_model_score. Commits between batches; an interrupted run goes on at the next call; readers see all of the old scores or all of the new.';

CREATE FUNCTION @extschema@.scoring_run(patient_schema name DEFAULT NULL)
	RETURNS TABLE (run_id bigint, kind text, payment_year integer, program text, state text, stage text, started_at timestamptz,
		duration interval, patients bigint, patients_done bigint, patients_per_second numeric, remaining interval,
		scores_added bigint, scores_changed bigint, scores_unchanged bigint, scores_removed bigint, error text)
LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 100
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	schema name := @extschema@.hcc_panel_schema(patient_schema);
BEGIN
	RETURN QUERY EXECUTE format($query$
		SELECT run_id, kind, payment_year, program,
			-- a run whose session is gone does not say so itself
			CASE WHEN status = 'running' AND pid IS DISTINCT FROM $1 THEN 'interrupted' ELSE status END,
			stage, started_at, date_trunc('seconds', COALESCE(finished_at, clock_timestamp()) - started_at), patients, patients_done,
			round(patients_done / NULLIF((seconds ->> 'score')::numeric, 0)),
			-- of scoring; collecting and publishing take as long as in the run before
			CASE WHEN status = 'running' AND stage = 'score' AND patients_done > 0 THEN
				make_interval(secs => ((seconds ->> 'score')::float8 / patients_done * (patients - patients_done))::integer) END,
			scores_added, scores_changed, scores_unchanged, scores_removed, error
		FROM %I.hcc_run ORDER BY run_id DESC$query$, schema)
	USING @extschema@.hcc_run_lock_holder(format('%I.hcc_run', schema)::regclass);
END
$$;
COMMENT ON FUNCTION @extschema@.scoring_run(name) IS 'How are the scoring runs doing? The newest first; state interrupted: it did not end, and the next call goes on with it or starts anew. remaining: an estimate for the stage score.';
