-- Runs by the clock, through pg_cron. Its tables are not there when these
-- functions are made, and may never be: statements about them are EXECUTEd.

CREATE FUNCTION @panel@.hcc_is_scoring(command text) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN EXISTS (
	SELECT FROM pg_catalog.unnest('{refresh_scores,score_population,annotate_diagnoses,
		refresh_gaps,refresh_worklist}'::text[]) job
	WHERE pg_catalog.starts_with(command,
		pg_catalog.format('CALL %I.%I(', @panel_name@, job)));
COMMENT ON FUNCTION @panel@.hcc_is_scoring(text) IS
	'Whether the command of a pg_cron job is a job of this panel.';

CREATE FUNCTION @panel@.hcc_schedule(job_name text, schedule text, command text) RETURNS bigint
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $panel$
DECLARE
	number bigint;
	detail text;
	hint text;
BEGIN
	PERFORM @extschema@.hcc_require_cron();
	EXECUTE 'SELECT cron.schedule($1, $2, $3)' INTO number USING job_name, schedule, command;
	RETURN number;
EXCEPTION WHEN OTHERS THEN
	-- what pg_cron says, without how it came to be asked
	GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
	PERFORM @extschema@.hcc_raise(SQLSTATE, SQLERRM, detail, hint);
END
$panel$;
COMMENT ON FUNCTION @panel@.hcc_schedule(text, text, text) IS
	'Part of schedule_scoring and schedule_job: asks pg_cron for a job, and returns its number.';

CREATE FUNCTION @panel@.hcc_job_options(options jsonb) RETURNS jsonb
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $panel$
BEGIN
	IF jsonb_typeof(options) <> 'object' THEN
		PERFORM @extschema@.hcc_raise('22023'::text,
			format('invalid value for argument "options": %s', left(options::text, 100)),
			'It takes an object of arguments and their values.'::text,
			'{"work_mem": "512MB"}'::text);
	END IF;
	RETURN COALESCE(options, '{}');
END
$panel$;
COMMENT ON FUNCTION @panel@.hcc_job_options(jsonb) IS
	'Part of schedule_scoring and schedule_job: the options, an object, or none.';

CREATE FUNCTION @panel@.hcc_scoring_command(procedure text, payment_year integer, program text,
	options jsonb) RETURNS text
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $panel$
DECLARE
	known text[] := ARRAY(SELECT unnest(p.proargnames) FROM pg_proc p
		WHERE p.proname = procedure AND p.prokind = 'p'
			AND p.pronamespace = (SELECT n.oid FROM pg_namespace n WHERE n.nspname = @panel_name@)
		EXCEPT SELECT unnest('{payment_year,program}'::text[]) ORDER BY 1);
	unknown text := (SELECT string_agg(k, ', ' ORDER BY k) FROM jsonb_object_keys(options) k
		WHERE k <> ALL (known));
BEGIN
	IF unknown IS NOT NULL THEN
		PERFORM @extschema@.hcc_raise('22023'::text,
			format('these are no options of %s: %s', procedure, unknown),
			format('There are: %s.', array_to_string(known, ', ')),
			'payment_year and program are arguments of schedule_scoring itself.'::text);
	END IF;
	RETURN format('CALL %I.%I(%s)', @panel_name@, procedure, concat_ws(', ',
		'payment_year => ' || payment_year, format('program => %L', program),
		(SELECT string_agg(format('%I => %L', o.key, o.value), ', ' ORDER BY o.key)
			FROM jsonb_each_text(options) o)));
END
$panel$;
COMMENT ON FUNCTION @panel@.hcc_scoring_command(text, integer, text, jsonb) IS
	'Part of schedule_scoring: the command of the job, with everything quoted.';

CREATE FUNCTION @panel@.schedule_scoring(schedule text, job_name text DEFAULT 'hccraf',
	payment_year integer DEFAULT NULL, program text DEFAULT 'MA', refresh boolean DEFAULT true,
	options jsonb DEFAULT '{}') RETURNS bigint
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $panel$
BEGIN
	PERFORM @extschema@.hcc_require_cron();
	RETURN @panel@.hcc_schedule(job_name, schedule, @panel@.hcc_scoring_command(
		CASE WHEN refresh THEN 'refresh_scores' ELSE 'score_population' END, payment_year,
		program, @panel@.hcc_job_options(options)));
END
$panel$;
COMMENT ON FUNCTION @panel@.schedule_scoring(text, text, integer, text, boolean, jsonb) IS
	'Makes a pg_cron job, or one of that name anew, that scores the panel; returns its number.';

CREATE FUNCTION @panel@.schedule_job(schedule text, job text, options jsonb DEFAULT '{}',
	job_name text DEFAULT NULL) RETURNS bigint
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $panel$
DECLARE
	known text[] := ARRAY(SELECT unnest(p.proargnames) FROM pg_proc p
		WHERE p.proname = job AND p.prokind = 'p'
			AND p.pronamespace = (SELECT n.oid FROM pg_namespace n WHERE n.nspname = @panel_name@)
		ORDER BY 1);
	asked jsonb := @panel@.hcc_job_options(options);
	unknown text := (SELECT string_agg(k, ', ' ORDER BY k) FROM jsonb_object_keys(asked) k
		WHERE k <> ALL (known));
	command text := CASE WHEN job IS NOT NULL THEN format('CALL %I.%I(%s)', @panel_name@, job,
		(SELECT string_agg(format('%I => %L', o.key, o.value), ', ' ORDER BY o.key)
			FROM jsonb_each_text(asked) o)) END;
BEGIN
	IF @panel@.hcc_is_scoring(command) IS NOT TRUE THEN
		PERFORM @extschema@.hcc_raise('22023'::text, format('a panel has no job "%s"', job),
			'There are: score_population, refresh_scores, annotate_diagnoses, '
				'refresh_gaps, refresh_worklist.'::text, NULL::text);
	ELSIF unknown IS NOT NULL THEN
		PERFORM @extschema@.hcc_raise('22023'::text,
			format('these are no options of %s: %s', job, unknown),
			format('There are: %s.', array_to_string(known, ', ')), NULL::text);
	ELSIF 'collection_year' = ANY (known) AND asked ->> 'collection_year' IS NULL THEN
		PERFORM @extschema@.hcc_raise('22004'::text, format('%s needs a collection year', job),
			NULL::text,
			format('options => %L', jsonb_build_object('collection_year',
				extract(year FROM now()))));
	END IF;
	RETURN @panel@.hcc_schedule(COALESCE(job_name, format('%s %s', @panel_name@, job)), schedule,
		command);
END
$panel$;
COMMENT ON FUNCTION @panel@.schedule_job(text, text, jsonb, text) IS
	'Makes a pg_cron job of one of the panel''s, by default named by panel and job.';

CREATE FUNCTION @panel@.unschedule_scoring(job_name text DEFAULT 'hccraf') RETURNS boolean
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $panel$
DECLARE
	known boolean;
BEGIN
	PERFORM @extschema@.hcc_require_cron();
	EXECUTE format('SELECT EXISTS (SELECT FROM cron.job j WHERE j.jobname = $1 '
		'AND j.username = current_user AND %I.hcc_is_scoring(j.command))', @panel_name@)
	INTO known USING job_name;
	IF known THEN
		EXECUTE 'SELECT cron.unschedule($1)' INTO known USING job_name;
	END IF;
	RETURN known;
END
$panel$;
COMMENT ON FUNCTION @panel@.unschedule_scoring(text) IS
	'Takes a scheduled job of the panel away; false if it has none of that name.';

CREATE FUNCTION @panel@.scoring_schedule()
	RETURNS TABLE (job_id bigint, job_name text, schedule text, command text, database text,
		username text, active boolean, last_start timestamptz, last_end timestamptz,
		last_status text, last_message text)
LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 5
SET search_path = pg_catalog, pg_temp
AS $panel$
BEGIN
	PERFORM @extschema@.hcc_require_cron();
	RETURN QUERY EXECUTE format('SELECT j.jobid, j.jobname::text, j.schedule, j.command, '
		'j.database, j.username, j.active, r.start_time, r.end_time, r.status, r.return_message '
		'FROM cron.job j LEFT JOIN LATERAL (SELECT d.* FROM cron.job_run_details d '
			'WHERE d.jobid = j.jobid ORDER BY d.runid DESC LIMIT 1) r ON true '
		'WHERE %I.hcc_is_scoring(j.command) ORDER BY j.jobid', @panel_name@);
END
$panel$;
COMMENT ON FUNCTION @panel@.scoring_schedule() IS
	'Which jobs of the panel are scheduled, and how did the last run of each end?';
