----------------------------------------------------------------------
-- Rescoring only those whose data changed
----------------------------------------------------------------------
CREATE FUNCTION @extschema@.hcc_change_function(schema name) RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	-- what the encounter filter reads; annotate_diagnoses writes the rest
	documented text := 'patient_id, id, encounter_id, icd10_code, diagnosis_date, provider_npi, contract_id, claim_type, bill_type,
				procedure_codes, modifiers, place_of_service, record_source, record_action, linked_encounter_id, submission,
				is_valid_encounter, known_at';
	-- what a correction takes back may be of any year
	-- and infinity has none
	year text := $year$CASE WHEN record_action = 'add' AND isfinite(diagnosis_date) THEN extract(year FROM diagnosis_date)::integer + 1 END$year$;
BEGIN
	-- It runs with the rights of whoever changes the tables, and needs INSERT on the notes and no more.
	EXECUTE format('CREATE OR REPLACE FUNCTION %I.patient_hcc_change() RETURNS trigger LANGUAGE plpgsql
		SET search_path = pg_catalog, pg_temp AS %L', schema, format($body$
		BEGIN
			IF TG_OP = 'TRUNCATE' THEN
				INSERT INTO %1$I.patient_hcc_change DEFAULT VALUES;
			ELSIF TG_ARGV[0] = 'patient_diagnosis_hcc' AND TG_OP = 'UPDATE' THEN
				INSERT INTO %1$I.patient_hcc_change (patient_id, payment_year) SELECT DISTINCT patient_id, %2$s
				FROM ((SELECT %3$s FROM gone EXCEPT ALL SELECT %3$s FROM come)
					UNION ALL (SELECT %3$s FROM come EXCEPT ALL SELECT %3$s FROM gone)) changed;
			ELSIF TG_ARGV[0] = 'patient_diagnosis_hcc' AND TG_OP = 'INSERT' THEN
				INSERT INTO %1$I.patient_hcc_change (patient_id, payment_year) SELECT DISTINCT patient_id, %2$s FROM come;
			ELSIF TG_ARGV[0] = 'patient_diagnosis_hcc' THEN
				INSERT INTO %1$I.patient_hcc_change (patient_id, payment_year) SELECT DISTINCT patient_id, %2$s FROM gone;
			ELSE
				IF TG_OP <> 'INSERT' THEN
					INSERT INTO %1$I.patient_hcc_change (patient_id, payment_year) SELECT DISTINCT patient_id, payment_year FROM gone;
				END IF;
				IF TG_OP <> 'DELETE' THEN
					INSERT INTO %1$I.patient_hcc_change (patient_id, payment_year) SELECT DISTINCT patient_id, payment_year FROM come;
				END IF;
			END IF;
			RETURN NULL;
		END
		$body$, schema, year, documented));
	EXECUTE format($ddl$
		REVOKE EXECUTE ON FUNCTION %1$I.patient_hcc_change() FROM PUBLIC;
		COMMENT ON FUNCTION %1$I.patient_hcc_change() IS 'Notes which patients a statement has changed.';
	$ddl$, schema);
END
$$;
COMMENT ON FUNCTION @extschema@.hcc_change_function(name) IS
	'Part of track_changes: makes the function of its triggers, which is the caller''s own, like the tables: DROP EXTENSION leaves both.';

CREATE FUNCTION @extschema@.track_changes(patient_schema name DEFAULT NULL, enable boolean DEFAULT true) RETURNS boolean
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
SET client_min_messages = warning
AS $$
DECLARE
	schema name := @extschema@.hcc_panel_schema(patient_schema);
	notes text := format('%I.patient_hcc_change', schema);
	foreign_owner name := (SELECT pg_get_userbyid(p.proowner) FROM pg_proc p
		WHERE p.oid = to_regprocedure(format('%I.patient_hcc_change()', schema)) AND pg_get_userbyid(p.proowner) <> current_user);
	source name;
	tracked regclass;
	event text;
	change name;
BEGIN
	IF foreign_owner IS NOT NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege',
			MESSAGE = format('must be owner of function %s()', notes),
			DETAIL = format('It is there already and belongs to role "%s".', foreign_owner),
			HINT = format('SET ROLE %I, if you are to act for it; else drop it.', foreign_owner);
	END IF;
	FOREACH source IN ARRAY '{patient_demographic,patient_diagnosis_hcc,hcc_run}'::name[] LOOP
		PERFORM @extschema@.hcc_check_own(format('%I.%I', schema, source)::regclass);
		IF @extschema@.hcc_is_view(format('%I.%I', schema, source)) THEN
			RAISE EXCEPTION USING ERRCODE = 'wrong_object_type',
				MESSAGE = format('changes of the view %I.%I cannot be noted', schema, source),
				HINT = 'refresh_scores goes by known_at where changes are not noted.';
		END IF;
	END LOOP;
	PERFORM @extschema@.hcc_setup_table(schema, 'patient_hcc_change'::name, $columns$
		id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
		patient_id uuid,
		payment_year integer,
		changed_at timestamptz NOT NULL DEFAULT now()
	$columns$::text, ''::text);
	EXECUTE format($ddl$
		COMMENT ON TABLE %1$s IS 'Patients whose diagnoses or demographics changed since they were scored; NULL: all of them, or in all years.';
	$ddl$, notes);
	PERFORM @extschema@.hcc_change_function(schema);
	FOR tracked, source IN SELECT t."table", t.source FROM @extschema@.hcc_tracked_tables(schema) t ORDER BY 1 LOOP
		FOREACH event IN ARRAY '{INSERT,UPDATE,DELETE,TRUNCATE}'::text[] LOOP
			change := 'hccraf_change_' || lower(event);
			EXECUTE format('DROP TRIGGER IF EXISTS %I ON %s', change, tracked);
			IF enable THEN
				EXECUTE format('CREATE TRIGGER %I AFTER %s ON %s %s FOR EACH STATEMENT EXECUTE FUNCTION %I.patient_hcc_change(%L)',
					change, event, tracked,
					CASE event WHEN 'INSERT' THEN 'REFERENCING NEW TABLE AS come' WHEN 'DELETE' THEN 'REFERENCING OLD TABLE AS gone'
						WHEN 'UPDATE' THEN 'REFERENCING OLD TABLE AS gone NEW TABLE AS come' ELSE '' END,
					schema, source);
				EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER %I', tracked, change);
			END IF;
		END LOOP;
	END LOOP;
	-- What changed while nobody looked is unknown: the next refresh does everybody.
	IF enable THEN
		EXECUTE format('INSERT INTO %s DEFAULT VALUES', notes);
	ELSE
		EXECUTE format('TRUNCATE %s', notes);
	END IF;
	RETURN enable;
END
$$;
COMMENT ON FUNCTION @extschema@.track_changes(name, boolean) IS
	'Puts triggers on the patient tables that note whose data change, for refresh_scores; enable => false takes them off. Whoever changes the tables needs INSERT on patient_hcc_change. Without the triggers refresh_scores goes by known_at.';

CREATE FUNCTION @extschema@.hcc_change_table(schema name) RETURNS regclass
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
RETURN (SELECT n.oid FROM pg_class n JOIN pg_class d ON d.relowner = n.relowner
	WHERE n.oid = to_regclass(format('%I.patient_hcc_change', schema)) AND n.relkind = 'r'
		AND d.oid = to_regclass(format('%I.patient_diagnosis_hcc', schema)));
COMMENT ON FUNCTION @extschema@.hcc_change_table(name) IS
	'The notes of track_changes: those of the owner of the patient tables, and of nobody else who may create tables beside them; NULL: none.';

CREATE FUNCTION @extschema@.hcc_tracked_tables(schema name) RETURNS TABLE ("table" regclass, source name, triggers bigint, complete boolean)
LANGUAGE sql STABLE PARALLEL SAFE ROWS 2
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
	-- a statement on a partition fires the triggers of the partition alone, and
	-- what logical replication writes fires none of a statement
	WITH RECURSIVE tree (source, relid) AS (
		SELECT s, to_regclass(format('%I.%I', schema, s))::oid FROM unnest('{patient_demographic,patient_diagnosis_hcc}'::name[]) s
		UNION SELECT tree.source, i.inhrelid FROM pg_catalog.pg_inherits i JOIN tree ON tree.relid = i.inhparent
	)
	SELECT tree.relid, tree.source, count(t.oid),
		count(t.oid) = 4 AND NOT EXISTS (SELECT FROM pg_catalog.pg_subscription_rel s WHERE s.srrelid = tree.relid)
	FROM tree LEFT JOIN pg_catalog.pg_trigger t ON t.tgrelid = tree.relid AND t.tgname LIKE 'hccraf\_change\_%' AND t.tgenabled = 'A'
			AND t.tgfoid = to_regprocedure(format('%I.patient_hcc_change()', schema))
	GROUP BY tree.relid, tree.source;
END;
COMMENT ON FUNCTION @extschema@.hcc_tracked_tables(name) IS
	'Part of track_changes: the patient tables of a schema and their partitions, how many of the triggers they have, and whether every change is noted.';

CREATE FUNCTION @extschema@.hcc_changes_tracked(parameters jsonb) RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
RETURN parameters ->> 'diagnoses' IS NULL AND parameters ->> 'demographics' IS NULL
	AND @extschema@.hcc_change_table((parameters ->> 'patient_schema')::name) IS NOT NULL
	AND (SELECT bool_and(t.complete) FROM @extschema@.hcc_tracked_tables((parameters ->> 'patient_schema')::name) t);
COMMENT ON FUNCTION @extschema@.hcc_changes_tracked(jsonb) IS 'Part of refresh_scores: whether triggers note whose data change.';

CREATE FUNCTION @extschema@.hcc_refresh_obstacle(parameters jsonb, fingerprints jsonb) RETURNS text
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	schema name := parameters ->> 'patient_schema';
	-- how a run works, not what it computes
	manner text[] := '{batch_size,work_mem,resume_within,keep_history,overlap}';
	last_done record;
	year integer := parameters ->> 'payment_year';
	tracked boolean := @extschema@.hcc_changes_tracked(parameters);
	unknown boolean := false;
	some_tracked boolean := @extschema@.hcc_change_table(schema) IS NOT NULL
		AND (SELECT sum(t.triggers) > 0 FROM @extschema@.hcc_tracked_tables(schema) t);
BEGIN
	EXECUTE format('SELECT run_id, parameters, fingerprints FROM %I.hcc_run WHERE status = ''done'' AND payment_year = $1
		ORDER BY run_id DESC LIMIT 1', schema) INTO last_done USING year;
	IF tracked THEN
		EXECUTE format('SELECT EXISTS (SELECT FROM %I.patient_hcc_change WHERE patient_id IS NULL AND payment_year = $1 IS NOT FALSE)', schema)
		INTO unknown USING year;
	END IF;
	RETURN CASE
		WHEN last_done.run_id IS NULL THEN 'the payment year has not been scored yet'
		WHEN last_done.parameters -> 'tables' <> parameters -> 'tables' THEN 'the patient tables have other partitions, or are other tables'
		WHEN last_done.parameters - manner <> parameters - manner THEN 'the last run was asked for something else'
		WHEN last_done.fingerprints <> fingerprints THEN 'models or rules have changed'
		WHEN unknown THEN 'it is not known which patients have changed'
		WHEN some_tracked AND NOT tracked AND parameters ->> 'diagnoses' IS NULL AND parameters ->> 'demographics' IS NULL
			THEN 'the triggers of track_changes are not on all tables and partitions'
		WHEN tracked AND ((parameters ->> 'service_from')::date < make_date(year - 1, 1, 1) OR (parameters ->> 'service_to')::date > make_date(year - 1, 12, 31))
			THEN 'changes are noted by calendar year, and the service window is not within that of the payment year' END;
END
$$;
COMMENT ON FUNCTION @extschema@.hcc_refresh_obstacle(jsonb, jsonb) IS 'Part of refresh_scores: why everybody must be scored; NULL: the last run''s scores are up to date but for later changes of data.';

CREATE FUNCTION @extschema@.hcc_run_changes(run_id bigint, parameters jsonb) RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
SET client_min_messages = warning
AS $$
DECLARE
	schema name := parameters ->> 'patient_schema';
	year integer := parameters ->> 'payment_year';
	changes regclass := @extschema@.hcc_change_table(schema);
	changed regclass;
	consumed regclass;
	stored regclass;
	run_kind text;
	unknown boolean := false;
	since timestamptz;
BEGIN
	EXECUTE format('SELECT kind FROM %I.hcc_run WHERE run_id = $1', schema) INTO run_kind USING run_id;
	FOR stored IN SELECT t."table" FROM @extschema@.hcc_run_tables(schema) t
		WHERE t.run_id = hcc_run_changes.run_id AND t.content IN ('changed', 'consumed')
	LOOP
		EXECUTE format('DROP TABLE %s CASCADE', stored);
	END LOOP;
	-- The changes that this run sees; later ones are for the next.
	IF changes IS NOT NULL THEN
		consumed := @extschema@.hcc_run_make_table(schema, run_id, 'consumed'::text,
			format('SELECT id, changed_at, patient_id, payment_year FROM %s WHERE payment_year = %s IS NOT FALSE', changes, year));
		EXECUTE format('SELECT EXISTS (SELECT FROM %s WHERE patient_id IS NULL)', consumed) INTO unknown;
	END IF;
	IF unknown AND run_kind = 'refresh' THEN
		-- a table was emptied after the run began
		EXECUTE format('UPDATE %I.hcc_run SET kind = ''full'' WHERE run_id = $1 RETURNING kind', schema) INTO run_kind USING run_id;
	END IF;
	IF run_kind = 'full' THEN
		RETURN;
	END IF;
	IF @extschema@.hcc_changes_tracked(parameters) THEN
		changed := @extschema@.hcc_run_make_table(schema, run_id, 'changed'::text, format('SELECT DISTINCT patient_id FROM %s', consumed));
	ELSE
		-- A row that was committed late may bear an earlier time than the snapshot that missed it.
		EXECUTE format('SELECT snapshot_at - $2 FROM %I.hcc_run WHERE status = ''done'' AND payment_year = $1 ORDER BY run_id DESC LIMIT 1', schema)
		INTO since USING year, (parameters ->> 'overlap')::interval;
		changed := @extschema@.hcc_run_make_table(schema, run_id, 'changed'::text, format($query$
			SELECT patient_id FROM %1$s WHERE known_at >= %2$L AND (diagnosis_date BETWEEN %3$L AND %4$L OR record_action <> 'add')
			UNION SELECT patient_id FROM %5$s WHERE known_at >= %2$L AND payment_year = %6$s$query$,
			COALESCE(parameters ->> 'diagnoses', format('%I.patient_diagnosis_hcc', schema)), since,
			parameters ->> 'service_from', parameters ->> 'service_to',
			COALESCE(parameters ->> 'demographics', format('%I.patient_demographic', schema)), year));
	END IF;
	EXECUTE format('ANALYZE %s', changed);
END
$$;
COMMENT ON FUNCTION @extschema@.hcc_run_changes(bigint, jsonb) IS 'Part of score_population and refresh_scores: stores whose data have changed since the last run, as this one sees it.';

CREATE FUNCTION @extschema@.hcc_changes_done(run_id bigint, parameters jsonb) RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	schema name := parameters ->> 'patient_schema';
	changes regclass := @extschema@.hcc_change_table(schema);
	consumed regclass := @extschema@.hcc_run_table(schema, run_id, 'consumed'::text);
BEGIN
	IF consumed IS NOT NULL AND changes IS NOT NULL THEN
		-- what is noted for all years has been done for one
		EXECUTE format('INSERT INTO %1$s (patient_id, payment_year) SELECT DISTINCT d.patient_id, r.payment_year
			FROM %2$s d, %3$I.hcc_run r WHERE d.payment_year IS NULL AND r.payment_year <> $1', changes, consumed, schema)
		USING (parameters ->> 'payment_year')::integer;
		-- notes that were dropped and made again count from 1 again
		EXECUTE format('DELETE FROM %s c USING %s d WHERE c.id = d.id AND c.changed_at = d.changed_at', changes, consumed);
	END IF;
END
$$;
COMMENT ON FUNCTION @extschema@.hcc_changes_done(bigint, jsonb) IS 'Part of score_population and refresh_scores: forgets the changes that a run has taken into its scores.';

CREATE PROCEDURE @extschema@.refresh_scores(payment_year integer DEFAULT NULL, program text DEFAULT 'MA', component text DEFAULT NULL,
	other_programs text[] DEFAULT '{}', patient_schema name DEFAULT NULL, diagnoses regclass DEFAULT NULL, demographics regclass DEFAULT NULL,
	service_from date DEFAULT NULL, service_to date DEFAULT NULL, without_list text DEFAULT 'error',
	mce boolean DEFAULT true, allow_low_confidence boolean DEFAULT false, keep_history boolean DEFAULT true,
	remove_absent boolean DEFAULT true, batch_size integer DEFAULT 100000, work_mem text DEFAULT NULL, resume_within interval DEFAULT '1 day',
	overlap interval DEFAULT '1 hour')
LANGUAGE plpgsql
AS $$
BEGIN
	CALL @extschema@.hcc_run_execute('refresh'::pg_catalog.text, @extschema@.hcc_run_parameters(payment_year, program, component, other_programs,
		patient_schema, diagnoses, demographics, NULL::pg_catalog.timestamptz, service_from, service_to, without_list, mce, allow_low_confidence, keep_history, remove_absent,
		batch_size, work_mem, resume_within, overlap));
END
$$;
COMMENT ON PROCEDURE @extschema@.refresh_scores(integer, text, text, text[], name, regclass, regclass, date, date, text, boolean, boolean, boolean, boolean,
	integer, text, interval, interval) IS
	'Scores those whose diagnoses, demographics or models changed since the last run of the payment year, with the result of a full run; everybody when it cannot be told. What changed is known from the triggers of track_changes, else from known_at, going back by overlap for transactions that were late to commit.';
