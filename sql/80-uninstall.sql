----------------------------------------------------------------------
-- DROP EXTENSION: what goes with it and would be missed is told, and no job
-- of a panel is left to fail by the clock
----------------------------------------------------------------------
CREATE FUNCTION @extschema@.hcc_own_rows() RETURNS TABLE ("table" name, rows bigint)
LANGUAGE sql STABLE PARALLEL SAFE ROWS 10
BEGIN ATOMIC
	SELECT 'models', count(DISTINCT x.model_version) FROM @extschema@.hcc_crosswalk x WHERE x.custom
	UNION ALL
	SELECT 'eligible_procedure', count(*) FROM @extschema@.eligible_procedure p WHERE p.custom
	UNION ALL
	SELECT 'icd10_code', count(*) FROM @extschema@.icd10_code c WHERE c.custom
	UNION ALL
	SELECT 'encounter_rule', count(*) FROM @extschema@.encounter_rule r WHERE r.custom
	UNION ALL
	SELECT 'payment_year_parameter', count(*) FROM @extschema@.payment_year_parameter p
	WHERE p.custom
	UNION ALL
	SELECT 'submission_deadline', count(*) FROM @extschema@.submission_deadline d WHERE d.custom
	UNION ALL
	SELECT 'visit_kind', count(*) FROM @extschema@.visit_kind v WHERE v.custom;
END;
COMMENT ON FUNCTION @extschema@.hcc_own_rows() IS
	'How many rows of reference tables are the users'' own, and go when the extension does.';

CREATE FUNCTION @extschema@.hcc_unschedule_all() RETURNS bigint
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	jobs bigint := 0;
BEGIN
	-- without the extension, a schema of that name is anybody's
	IF EXISTS (SELECT FROM pg_extension e WHERE e.extname = 'pg_cron') THEN
		-- pg_cron may not be there when this is compiled
		EXECUTE 'SELECT count(cron.unschedule(j.jobid)) FROM cron.job j '
			'WHERE j.database = current_database() AND EXISTS ('
				'SELECT FROM @extschema@.hccraf_panels() p CROSS JOIN unnest(''{refresh_scores,'
					'score_population,annotate_diagnoses,refresh_gaps,refresh_worklist}''::text[])'
					' job '
				'WHERE starts_with(j.command, format(''CALL %I.%I('', p.schema, job)))'
		INTO jobs;
	END IF;
	RETURN jobs;
END
$$;
COMMENT ON FUNCTION @extschema@.hcc_unschedule_all() IS
	'Takes away the pg_cron jobs of all panels; how many there were.';
REVOKE EXECUTE ON FUNCTION @extschema@.hcc_unschedule_all() FROM PUBLIC;

CREATE FUNCTION @extschema@.hcc_before_drop() RETURNS event_trigger
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	own text;
	jobs bigint;
BEGIN
	-- what is dropped is not told before it is gone
	IF regexp_replace(current_query(), '/\*.*?\*/|--[^\n]*', ' ', 'g') !~* (
			'\mdrop\s+extension\s+(if\s+exists\s+)?(("[^"]+"|\w+)\s*,\s*)*'
			'("hccraf"|hccraf)\s*($|[^\w\s]|cascade\M|restrict\M)')
	THEN
		RETURN;
	END IF;
	SELECT string_agg(format('%s: %s', o."table", to_char(o.rows, 'FM999,999,999,990')), ', ')
	INTO own FROM @extschema@.hcc_own_rows() o WHERE o.rows > 0;
	IF own IS NOT NULL THEN
		RAISE WARNING USING MESSAGE = 'rows of yours in reference tables go with hccraf',
			DETAIL = format('There are: %s.', own),
			HINT = 'In a transaction, ROLLBACK keeps them. pg_dump carries them; '
				'doc/uninstall.md tells how to keep them.';
	END IF;
	jobs := @extschema@.hcc_unschedule_all();
	IF jobs > 0 THEN
		RAISE NOTICE '% jobs of pg_cron taken away', jobs;
	END IF;
END
$$;
COMMENT ON FUNCTION @extschema@.hcc_before_drop() IS
	'Before DROP EXTENSION hccraf: warns of rows that go with it, and takes away its cron jobs.';

DO $$
BEGIN
	CREATE EVENT TRIGGER hccraf_before_drop ON ddl_command_start WHEN TAG IN ('DROP EXTENSION')
		EXECUTE FUNCTION @extschema@.hcc_before_drop();
	COMMENT ON EVENT TRIGGER hccraf_before_drop IS
		'Says what goes with hccraf when it is dropped.';
END
$$;
