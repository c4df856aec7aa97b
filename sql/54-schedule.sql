----------------------------------------------------------------------
-- Runs by the clock, through pg_cron
----------------------------------------------------------------------
CREATE FUNCTION @extschema@.hcc_require_cron() RETURNS void
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	IF NOT EXISTS (SELECT FROM pg_extension WHERE extname = 'pg_cron') THEN
		RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state',
			MESSAGE = format('database "%s" has no pg_cron', current_database()),
			HINT = format('Install it (Debian: postgresql-%s-cron), set shared_preload_libraries = ''pg_cron'' and cron.database_name = ''%s'', restart the server and CREATE EXTENSION pg_cron; or run CALL refresh_scores() from a systemd timer or cron, see doc/jobs.md.',
				current_setting('server_version_num')::integer / 10000, current_database());
	END IF;
END
$$;
COMMENT ON FUNCTION @extschema@.hcc_require_cron() IS 'An error with advice when pg_cron is not installed in this database.';

CREATE FUNCTION @extschema@.hcc_is_scoring(command text) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN pg_catalog.starts_with(command, 'CALL @extschema@.refresh_scores(')
	OR pg_catalog.starts_with(command, 'CALL @extschema@.score_population(');
COMMENT ON FUNCTION @extschema@.hcc_is_scoring(text) IS 'Whether the command of a pg_cron job is one of schedule_scoring.';

CREATE FUNCTION @extschema@.schedule_scoring(schedule text, job_name text DEFAULT 'hccraf', payment_year integer DEFAULT NULL, program text DEFAULT 'MA',
	patient_schema name DEFAULT NULL, refresh boolean DEFAULT true, options jsonb DEFAULT '{}')
	RETURNS bigint
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	procedure text := CASE WHEN refresh THEN 'refresh_scores' ELSE 'score_population' END;
	named text[] := (SELECT proargnames FROM pg_proc WHERE proname = procedure AND pronamespace = '@extschema@'::regnamespace);
	unknown text := (SELECT string_agg(k, ', ' ORDER BY k) FROM jsonb_object_keys(options) k
		WHERE k <> ALL (named) OR k IN ('payment_year', 'program', 'patient_schema'));
	command text;
	job bigint;
BEGIN
	PERFORM @extschema@.hcc_require_cron();
	IF unknown IS NOT NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
			MESSAGE = format('these are no options of %s: %s', procedure, unknown),
			DETAIL = format('There are: %s.', array_to_string(array(SELECT unnest(named) EXCEPT SELECT unnest('{payment_year,program,patient_schema}'::text[]) ORDER BY 1), ', ')),
			HINT = 'payment_year, program and patient_schema are arguments of schedule_scoring itself.';
	END IF;
	command := format('CALL @extschema@.%I(%s)', procedure, concat_ws(', ',
		'payment_year => ' || payment_year,
		format('program => %L', program),
		format('patient_schema => %L', @extschema@.hcc_panel_schema(patient_schema)),
		(SELECT string_agg(format('%I => %L', key, value), ', ' ORDER BY key) FROM jsonb_each_text(options))));
	EXECUTE 'SELECT cron.schedule($1, $2, $3)' INTO job USING job_name, schedule, command;
	RETURN job;
END
$$;
COMMENT ON FUNCTION @extschema@.schedule_scoring(text, text, integer, text, name, boolean, jsonb) IS
	'Makes a pg_cron job that runs refresh_scores, or score_population with refresh => false, by a cron expression, and returns its number; a job of the same name is replaced. payment_year NULL: at each run the newest. options: other arguments of the procedure by name.';

CREATE FUNCTION @extschema@.unschedule_scoring(job_name text DEFAULT 'hccraf') RETURNS boolean
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	known boolean;
BEGIN
	PERFORM @extschema@.hcc_require_cron();
	EXECUTE $q$SELECT EXISTS (SELECT FROM cron.job WHERE jobname = $1 AND username = current_user
		AND @extschema@.hcc_is_scoring(command))$q$ INTO known USING job_name;
	IF known THEN
		EXECUTE 'SELECT cron.unschedule($1)' INTO known USING job_name;
	END IF;
	RETURN known;
END
$$;
COMMENT ON FUNCTION @extschema@.unschedule_scoring(text) IS 'Takes a job of schedule_scoring away; false if there is none of that name.';

CREATE FUNCTION @extschema@.scoring_schedule()
	RETURNS TABLE (job_id bigint, job_name text, schedule text, command text, database text, username text, active boolean,
		last_start timestamptz, last_end timestamptz, last_status text, last_message text)
LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 5
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	PERFORM @extschema@.hcc_require_cron();
	RETURN QUERY EXECUTE $query$
		SELECT j.jobid, j.jobname::text, j.schedule, j.command, j.database, j.username, j.active,
			r.start_time, r.end_time, r.status, r.return_message
		FROM cron.job j LEFT JOIN LATERAL (SELECT * FROM cron.job_run_details r WHERE r.jobid = j.jobid ORDER BY r.runid DESC LIMIT 1) r ON true
		WHERE @extschema@.hcc_is_scoring(j.command)
		ORDER BY j.jobid$query$;
END
$$;
COMMENT ON FUNCTION @extschema@.scoring_schedule() IS 'Which scoring jobs are scheduled, and how did the last run of each end? The runs themselves: scoring_run().';
