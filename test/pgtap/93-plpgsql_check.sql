-- plpgsql_check finds nothing wrong with a function of the engine or of a panel,
-- whatever identifies its patients.
BEGIN;
CREATE EXTENSION IF NOT EXISTS hccraf;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION IF NOT EXISTS plpgsql_check;
SELECT plan(7);
SET LOCAL client_min_messages = warning;

CREATE SCHEMA check_uuid;
CREATE SCHEMA check_bigint;
CREATE SCHEMA check_text;
SELECT hccraf_setup('check_uuid');
SELECT hccraf_setup('check_bigint', 'bigint', partitioned => true, partitions => 2);
SELECT hccraf_setup('check_text', 'text');

CREATE TEMPORARY VIEW checked AS
SELECT p.oid, p.proname, p.pronamespace::regnamespace::text AS schema, p.prorettype
FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang
WHERE l.lanname = 'plpgsql'
	AND (p.pronamespace = ANY ('{check_uuid,check_bigint,check_text}'::regnamespace[])
	OR EXISTS (SELECT FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid
		WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
			AND e.extname = 'hccraf'));

CREATE FUNCTION pg_temp.found_with(f oid, relation oid, gone text, come text)
	RETURNS TABLE (routine text, line integer, level text, message text)
LANGUAGE plpgsql AS $$
BEGIN
	RETURN QUERY
		SELECT f::regprocedure::text, m.lineno, m.level,
			concat_ws(' ', m.message, m.detail, m.context)
		FROM plpgsql_check_function_tb(f, relation, fatal_errors => false, other_warnings => true,
			extra_warnings => false, performance_warnings => false, oldtable => gone,
			newtable => come) m;
EXCEPTION WHEN OTHERS THEN
	RETURN QUERY SELECT f::regprocedure::text, 0, 'check'::text, SQLERRM;
END
$$;
CREATE FUNCTION pg_temp.found(f oid)
	RETURNS TABLE (routine text, line integer, level text, message text)
LANGUAGE sql AS $$
	SELECT w.* FROM checked c
		CROSS JOIN LATERAL pg_temp.found_with(c.oid, CASE WHEN c.prorettype = 'trigger'::regtype
		THEN 'hcc_model'::regclass::oid ELSE 0 END, NULL, NULL) w
	WHERE c.oid = f AND c.proname !~ '^patient_hcc_change'
		-- names that say what is meant, written in quotes
		AND w.message !~ '^name of parameter "(table|column)" is reserved keyword'
		-- the catalog of Citus, which is not there
		AND NOT (c.proname = 'hcc_check_distributed'
			AND w.message LIKE '%"pg_catalog.pg_dist_partition" does not exist%')
	UNION ALL
	-- each of the two tables of its triggers is read where it is the one: what is wrong with
	-- both is wrong
	SELECT one.* FROM checked c
		CROSS JOIN LATERAL pg_temp.found_with(c.oid,
			format('%s.patient_demographic', c.schema)::regclass, 'gone', 'come') one
		JOIN LATERAL pg_temp.found_with(c.oid,
			format('%s.patient_diagnosis_hcc', c.schema)::regclass, 'gone', 'come') other
			USING (line, message)
	WHERE c.oid = f AND c.proname ~ '^patient_hcc_change'
$$;

-- What functions find when they run: pg_cron, and temporary tables that one of them made
CREATE SCHEMA cron;
CREATE TABLE cron.job (jobid bigint, jobname text, schedule text, command text, database text,
	username text, active boolean);
CREATE TABLE cron.job_run_details (jobid bigint, runid bigint, start_time timestamptz,
	end_time timestamptz, status text, return_message text);
CREATE FUNCTION cron.schedule(text, text, text) RETURNS bigint LANGUAGE sql AS 'SELECT 1::bigint';
CREATE FUNCTION cron.unschedule(text) RETURNS boolean LANGUAGE sql AS 'SELECT true';
CREATE FUNCTION cron.unschedule(bigint) RETURNS boolean LANGUAGE sql AS 'SELECT true';
-- Those that are gone when their maker ends are noted as they are made.
CREATE SCHEMA check_kept;
CREATE FUNCTION check_kept.keep() RETURNS event_trigger LANGUAGE plpgsql AS $$
DECLARE
	made record;
BEGIN
	FOR made IN SELECT c.objid, r.relname
	FROM pg_event_trigger_ddl_commands() c JOIN pg_class r ON r.oid = c.objid
		WHERE c.schema_name = 'pg_temp'
	LOOP
		EXECUTE format('DROP TABLE IF EXISTS check_kept.%I', made.relname);
		EXECUTE format('CREATE TABLE check_kept.%I (LIKE %s)', made.relname, made.objid::regclass);
	END LOOP;
END
$$;
CREATE EVENT TRIGGER check_keep ON ddl_command_end WHEN TAG IN ('CREATE TABLE AS')
	EXECUTE FUNCTION check_kept.keep();
CREATE PROCEDURE pg_temp.make_temporary(schema text) LANGUAGE plpgsql AS $$
DECLARE
	kept name;
BEGIN
	FOR kept IN SELECT c.relname FROM pg_class c WHERE c.relnamespace = pg_my_temp_schema()
		AND c.relkind = 'r' AND c.relname LIKE 'hcc\_%'
	LOOP
		EXECUTE format('DROP TABLE pg_temp.%I', kept);
	END LOOP;
	-- a run commits, and cannot be part of this
	EXECUTE format('CREATE TEMPORARY TABLE hcc_collected AS
		SELECT *, NULL::text[] AS problem, NULL::bytea AS counted, NULL::bytea AS refused,
			false AS nobody, NULL::integer AS worker FROM %1$I.hcc_run_input;
		CREATE TEMPORARY TABLE hcc_difference AS
			SELECT patient_id, NULL::text AS kind FROM %1$I.hcc_run_input;
		CREATE TEMPORARY TABLE hcc_model_difference AS
			SELECT NULL::text AS kind, patient_id, program, payment_month, component,
				model_version, calibration FROM %1$I.patient_hcc_model_score;
		CREATE TEMPORARY TABLE hcc_enrollee AS
			SELECT *, NULL::text AS problem FROM %1$I.patient_enrollee_score;
		CALL %1$I.refresh_gaps(2025); CALL %1$I.refresh_worklist(2025);
		CALL %1$I.import_load(%1$I.import_open(), 2026)', $1);
	FOR kept IN SELECT c.relname FROM pg_class c
	WHERE c.relnamespace = 'check_kept'::regnamespace AND c.relkind = 'r'
		AND to_regclass(format('pg_temp.%I', c.relname)) IS NULL
	LOOP
		EXECUTE format('CREATE TEMPORARY TABLE %I (LIKE check_kept.%1$I)', kept);
	END LOOP;
END
$$;

SELECT cmp_ok((SELECT count(*) FROM checked), '>', 200::bigint, 'functions to check');
CALL pg_temp.make_temporary('check_uuid');
SELECT is_empty($$ SELECT f.* FROM checked c CROSS JOIN LATERAL pg_temp.found(c.oid) f
	WHERE c.schema = 'check_uuid' $$, 'nothing is wrong in a panel of uuid');
CALL pg_temp.make_temporary('check_bigint');
SELECT is_empty($$ SELECT f.* FROM checked c CROSS JOIN LATERAL pg_temp.found(c.oid) f
	WHERE c.schema = 'check_bigint' $$, 'nor of bigint, in partitions');
CALL pg_temp.make_temporary('check_text');
SELECT is_empty($$ SELECT f.* FROM checked c CROSS JOIN LATERAL pg_temp.found(c.oid) f
	WHERE c.schema = 'check_text' $$, 'nor of text');
SELECT is_empty($$ SELECT f.* FROM checked c CROSS JOIN LATERAL pg_temp.found(c.oid) f
	WHERE c.schema NOT LIKE 'check\_%' $$, 'nor in the engine');

-- It can fail
CREATE FUNCTION check_uuid.broken(n integer) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	RETURN (SELECT no_such_column FROM check_uuid.patient_demographic);
END
$$;
SELECT results_eq($$ SELECT line FROM pg_temp.found('check_uuid.broken(integer)'::regprocedure)
	WHERE level = 'error' $$, 'VALUES (3)', 'a broken function is found');
CREATE FUNCTION check_text.patient_of(n integer) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	found_patient bigint;
BEGIN
	SELECT d.patient_id INTO found_patient FROM check_text.patient_demographic d LIMIT 1;
	RETURN found_patient;
END
$$;
SELECT isnt_empty($$ SELECT FROM pg_temp.found('check_text.patient_of(integer)'::regprocedure)
	WHERE level = 'warning' $$, 'and one that is written for another type of identifiers');
SELECT * FROM finish();
ROLLBACK;
