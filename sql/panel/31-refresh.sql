-- Rescoring only those whose data have changed: known from triggers or, where rows are
-- only ever added and the caller says so, from known_at

CREATE FUNCTION @panel@.patient_hcc_change() RETURNS trigger
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $panel$
BEGIN
	-- It runs with the rights of whoever changes the tables, and needs INSERT on the notes
	-- and no more. It names nothing of the extension: it stays with the tables.
	IF TG_OP = 'TRUNCATE' THEN
		INSERT INTO @panel@.patient_hcc_change DEFAULT VALUES;
	ELSIF TG_ARGV[0] = 'patient_demographic' THEN
		IF TG_OP <> 'INSERT' THEN
			INSERT INTO @panel@.patient_hcc_change (patient_id, payment_year)
			-- who has died has in all years
			SELECT DISTINCT g.patient_id,
				CASE WHEN g.date_of_death IS NULL THEN g.payment_year END FROM gone g;
		END IF;
		IF TG_OP <> 'DELETE' THEN
			INSERT INTO @panel@.patient_hcc_change (patient_id, payment_year)
			SELECT DISTINCT c.patient_id,
				CASE WHEN c.date_of_death IS NULL THEN c.payment_year END FROM come c;
		END IF;
	ELSIF TG_OP = 'UPDATE' THEN
		-- what the encounter filter reads; annotate_diagnoses writes the rest
		INSERT INTO @panel@.patient_hcc_change (patient_id, payment_year)
		WITH before AS (
			SELECT g.patient_id, g.id, g.encounter_id, g.icd10_code, g.diagnosis_date,
				g.provider_npi, g.contract_id, g.claim_type, g.bill_type, g.procedure_codes,
				g.modifiers, g.place_of_service, g.record_source, g.record_action,
				g.linked_encounter_id, g.submission, g.is_valid_encounter, g.known_at,
				@optional(g.frequency_code)@ AS frequency_code,
				@optional(g.code_system)@ AS code_system
			FROM gone g
		), after AS (
			SELECT c.patient_id, c.id, c.encounter_id, c.icd10_code, c.diagnosis_date,
				c.provider_npi, c.contract_id, c.claim_type, c.bill_type, c.procedure_codes,
				c.modifiers, c.place_of_service, c.record_source, c.record_action,
				c.linked_encounter_id, c.submission, c.is_valid_encounter, c.known_at,
				@optional(c.frequency_code)@ AS frequency_code,
				@optional(c.code_system)@ AS code_system
			FROM come c
		), changed AS (
			(TABLE before EXCEPT ALL TABLE after) UNION ALL (TABLE after EXCEPT ALL TABLE before)
		)
		SELECT DISTINCT d.patient_id, CASE WHEN d.record_action = 'add'
			AND COALESCE(@optional(d.frequency_code)@, '') !~ '[78]'
			AND COALESCE(d.bill_type, '') !~ '[78][^1-9]*$'
			AND isfinite(d.diagnosis_date) THEN extract(year FROM d.diagnosis_date)::integer + 1 END
		FROM changed d;
	ELSIF TG_OP = 'INSERT' THEN
		INSERT INTO @panel@.patient_hcc_change (patient_id, payment_year)
		-- what a correction takes back may be of any year, and infinity has none
		SELECT DISTINCT d.patient_id, CASE WHEN d.record_action = 'add'
			AND COALESCE(@optional(d.frequency_code)@, '') !~ '[78]'
			AND COALESCE(d.bill_type, '') !~ '[78][^1-9]*$'
			AND isfinite(d.diagnosis_date) THEN extract(year FROM d.diagnosis_date)::integer + 1 END
		FROM come d;
	ELSE
		INSERT INTO @panel@.patient_hcc_change (patient_id, payment_year)
		SELECT DISTINCT d.patient_id, CASE WHEN d.record_action = 'add'
			AND COALESCE(@optional(d.frequency_code)@, '') !~ '[78]'
			AND COALESCE(d.bill_type, '') !~ '[78][^1-9]*$'
			AND isfinite(d.diagnosis_date) THEN extract(year FROM d.diagnosis_date)::integer + 1 END
		FROM gone d;
	END IF;
	RETURN NULL;
END
$panel$;
COMMENT ON FUNCTION @panel@.patient_hcc_change() IS
	'Notes which patients a statement has changed; the function of the triggers of track_changes.';
REVOKE EXECUTE ON FUNCTION @panel@.patient_hcc_change() FROM PUBLIC;

-- Logical replication applies rows without statements, as does a session that is a replica to
-- triggers: there each row is noted by itself.
CREATE FUNCTION @panel@.patient_hcc_change_replicated() RETURNS trigger
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $panel$
BEGIN
	IF TG_ARGV[0] = 'patient_demographic' THEN
		INSERT INTO @panel@.patient_hcc_change (patient_id, payment_year)
		SELECT p.patient_id, CASE WHEN p.date_of_death IS NULL THEN p.payment_year END
		FROM (VALUES
			(TG_OP <> 'INSERT', old.patient_id, old.payment_year, old.date_of_death),
			(TG_OP <> 'DELETE', new.patient_id, new.payment_year, new.date_of_death)
		) p (is_one, patient_id, payment_year, date_of_death)
		WHERE p.is_one;
	ELSIF TG_OP <> 'UPDATE' OR (old.patient_id, old.id, old.encounter_id, old.icd10_code,
			old.diagnosis_date, old.provider_npi, old.contract_id, old.claim_type, old.bill_type,
			old.procedure_codes, old.modifiers, old.place_of_service, old.record_source,
			old.record_action, old.linked_encounter_id, old.submission, old.is_valid_encounter,
			old.known_at, @optional(old.frequency_code)@, @optional(old.code_system)@)
		IS DISTINCT FROM (new.patient_id, new.id, new.encounter_id, new.icd10_code,
			new.diagnosis_date, new.provider_npi, new.contract_id, new.claim_type, new.bill_type,
			new.procedure_codes, new.modifiers, new.place_of_service, new.record_source,
			new.record_action, new.linked_encounter_id, new.submission, new.is_valid_encounter,
			new.known_at, @optional(new.frequency_code)@, @optional(new.code_system)@) THEN
		INSERT INTO @panel@.patient_hcc_change (patient_id, payment_year)
		SELECT d.patient_id, CASE WHEN d.record_action = 'add'
			AND COALESCE(d.frequency_code, '') !~ '[78]'
			AND COALESCE(d.bill_type, '') !~ '[78][^1-9]*$'
			AND isfinite(d.diagnosis_date) THEN extract(year FROM d.diagnosis_date)::integer + 1 END
		FROM (VALUES
			(TG_OP <> 'INSERT', old.patient_id, old.record_action, old.bill_type,
				old.diagnosis_date, @optional(old.frequency_code)@),
			(TG_OP <> 'DELETE', new.patient_id, new.record_action, new.bill_type,
				new.diagnosis_date, @optional(new.frequency_code)@)
		) d (is_one, patient_id, record_action, bill_type, diagnosis_date, frequency_code)
		WHERE d.is_one;
	END IF;
	RETURN NULL;
END
$panel$;
COMMENT ON FUNCTION @panel@.patient_hcc_change_replicated() IS
	'Notes which patient a replicated row is about; the function of triggers of track_changes.';
REVOKE EXECUTE ON FUNCTION @panel@.patient_hcc_change_replicated() FROM PUBLIC;

CREATE FUNCTION @panel@.hcc_change_trigger()
	RETURNS TABLE (name name, event text, of_rows boolean, transition text, enabled "char",
		routine text)
LANGUAGE sql STABLE PARALLEL SAFE ROWS 5
BEGIN ATOMIC
	-- Of a session the statements are noted, of a replica the rows, and of both that a table is
	-- emptied: logical replication does that by a statement.
	SELECT t.name, t.event, t.enabled = 'R', t.transition, t.enabled::"char", format('%I.%I',
		@panel_name@, CASE t.enabled WHEN 'R' THEN 'patient_hcc_change_replicated'
			ELSE 'patient_hcc_change' END)
	FROM (VALUES
		('hccraf_change_insert', 'INSERT', 'REFERENCING NEW TABLE AS come', 'O'),
		('hccraf_change_update', 'UPDATE', 'REFERENCING OLD TABLE AS gone NEW TABLE AS come', 'O'),
		('hccraf_change_delete', 'DELETE', 'REFERENCING OLD TABLE AS gone', 'O'),
		('hccraf_change_truncate', 'TRUNCATE', '', 'A'),
		('hccraf_replicated_change', 'INSERT OR UPDATE OR DELETE', '', 'R')
	) t (name, event, transition, enabled);
END;
COMMENT ON FUNCTION @panel@.hcc_change_trigger() IS
	'The triggers that a tracked table has, and as what they are enabled.';

CREATE FUNCTION @panel@.hcc_tracked_tables()
	RETURNS TABLE ("table" regclass, source name, triggers bigint, complete boolean, state text)
LANGUAGE sql STABLE PARALLEL SAFE ROWS 2
BEGIN ATOMIC
	-- a statement on a partition fires the triggers of the partition alone
	WITH RECURSIVE tree (source, relid, attached) AS (
		SELECT s, to_regclass(format('%I.%I', @panel_name@, s))::oid, NULL
		FROM unnest('{patient_demographic,patient_diagnosis_hcc}'::name[]) s
		UNION
		SELECT tree.source, i.inhrelid, i.xmin::text
		FROM pg_catalog.pg_inherits i JOIN tree ON tree.relid = i.inhparent
	)
	-- rows are in no partitioned table itself
	SELECT tree.relid, tree.source, count(t.oid),
		count(t.oid) = CASE c.relkind WHEN 'p' THEN 4 ELSE 5 END,
		-- another one where rows may have changed without a trigger: the table was
		-- rewritten, attached again, the view replaced, or a trigger off for a while
		concat_ws(' ', tree.relid, c.relfilenode, tree.attached,
			(SELECT r.xmin FROM pg_catalog.pg_rewrite r
				WHERE r.ev_class = tree.relid AND r.rulename = '_RETURN'),
			string_agg(t.xmin::text, ' ' ORDER BY t.oid))
	FROM tree JOIN pg_catalog.pg_class c ON c.oid = tree.relid
		LEFT JOIN (pg_catalog.pg_trigger t
			JOIN @panel@.hcc_change_trigger() w ON w.name = t.tgname
				AND to_regprocedure(w.routine || '()') = t.tgfoid
				AND t.tgenabled IN (w.enabled, 'A')) ON t.tgrelid = tree.relid
	GROUP BY tree.relid, tree.source, tree.attached, c.relkind, c.relfilenode;
END;
COMMENT ON FUNCTION @panel@.hcc_tracked_tables() IS
	'The patient tables and their partitions, with their triggers of track_changes.';

CREATE FUNCTION @panel@.hcc_track_table(tracked regclass, source name, enable boolean)
	RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
SET client_min_messages = warning
AS $panel$
DECLARE
	partitioned boolean := (SELECT c.relkind = 'p' FROM pg_class c WHERE c.oid = tracked);
	change record;
BEGIN
	FOR change IN SELECT t.* FROM @panel@.hcc_change_trigger() t LOOP
		EXECUTE format('DROP TRIGGER IF EXISTS %I ON %s', change.name, tracked);
		-- rows fire the triggers of the partition that they are in
		IF enable AND NOT (change.of_rows AND partitioned) THEN
			EXECUTE format('CREATE TRIGGER %I AFTER %s ON %s %s FOR EACH %s '
				'EXECUTE FUNCTION %s(%L)', change.name, change.event, tracked, change.transition,
				CASE WHEN change.of_rows THEN 'ROW' ELSE 'STATEMENT' END, change.routine, source);
			EXECUTE format('ALTER TABLE %s ENABLE %s TRIGGER %I', tracked,
				CASE change.enabled WHEN 'A' THEN 'ALWAYS' WHEN 'R' THEN 'REPLICA' ELSE '' END,
				change.name);
		END IF;
	END LOOP;
END
$panel$;
COMMENT ON FUNCTION @panel@.hcc_track_table(regclass, name, boolean) IS
	'Part of track_changes: puts its triggers on a table or takes them off.';

CREATE FUNCTION @panel@.track_changes(enable boolean DEFAULT true) RETURNS boolean
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $panel$
DECLARE
	source record;
BEGIN
	PERFORM @extschema@.hcc_panel_current(@panel_name@::name, '@extversion@'::text);
	IF enable IS NULL THEN
		PERFORM @extschema@.hcc_raise('22004'::text, 'argument "enable" must not be NULL'::text,
			NULL::text, 'true puts the triggers on the tables, false takes them off.'::text);
	END IF;
	FOR source IN SELECT t."table", t.source, c.relkind
		FROM @panel@.hcc_tracked_tables() t JOIN pg_class c ON c.oid = t."table" ORDER BY 1
	LOOP
		PERFORM @extschema@.hcc_check_own(source."table");
		IF source.relkind NOT IN ('r', 'p') THEN
			PERFORM @extschema@.hcc_raise('42809'::text,
				format('changes of the view %s cannot be noted', source."table"), NULL::text,
				format('CALL %I.refresh_scores() scores everybody; or, where rows are only '
					'ever added: CALL %1$I.refresh_scores(by_known_at => true); to note changes, '
					'put the table itself in its place.', @panel_name@));
		END IF;
		PERFORM @panel@.hcc_track_table(source."table", source.source, enable);
	END LOOP;
	IF enable THEN
		-- what changed while nobody looked is unknown: the next refresh does everybody
		INSERT INTO @panel@.patient_hcc_change DEFAULT VALUES;
	ELSE
		TRUNCATE @panel@.patient_hcc_change;
	END IF;
	RETURN enable;
END
$panel$;
COMMENT ON FUNCTION @panel@.track_changes(boolean) IS
	'Puts triggers on the patient tables that note whose data change, or takes them off.';

CREATE FUNCTION @panel@.hcc_changes_tracked() RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT bool_and(t.complete) FROM @panel@.hcc_tracked_tables() t;
END;
COMMENT ON FUNCTION @panel@.hcc_changes_tracked() IS
	'Whether triggers note every change of the patient tables.';

CREATE FUNCTION @panel@.hcc_known_unknown(payment_year integer) RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT EXISTS (SELECT FROM @panel@.patient_diagnosis_hcc d WHERE d.known_at IS NULL)
		OR EXISTS (SELECT FROM @panel@.patient_demographic p
			WHERE p.known_at IS NULL AND (p.payment_year = hcc_known_unknown.payment_year
				OR p.date_of_death IS NOT NULL));
END;
COMMENT ON FUNCTION @panel@.hcc_known_unknown(integer) IS
	'Part of a refresh: whether there are rows of which it is not said when they became known.';

CREATE FUNCTION @panel@.hcc_refresh_obstacle(parameters jsonb, fingerprints jsonb) RETURNS text
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $panel$
DECLARE
	-- how a run works, not what it computes
	manner CONSTANT text[] := ARRAY['batch_size', 'work_mem', 'resume_within', 'keep_history',
		'overlap', 'by_known_at', 'expect_at_least', 'subscribed'];
	year integer := (parameters ->> 'payment_year')::integer;
	tracked boolean := @panel@.hcc_changes_tracked();
	last_done @panel@.hcc_run;
BEGIN
	SELECT r.* INTO last_done FROM @panel@.hcc_run r
	WHERE r.status = 'done' AND r.payment_year = year
		AND r.parameters ->> 'in_force' IS DISTINCT FROM 'false' ORDER BY r.run_id DESC LIMIT 1;
	RETURN CASE
		WHEN parameters ? 'model' THEN 'nobody notes which enrolment and drugs change'
		WHEN last_done.run_id IS NULL THEN 'the payment year has not been scored yet'
		WHEN last_done.parameters -> 'tables' <> parameters -> 'tables'
			THEN 'the patient tables, their partitions or triggers, or the panel have been '
				'changed or made anew'
		WHEN last_done.parameters - manner <> parameters - manner
			THEN 'the last run was asked for something else'
		WHEN last_done.fingerprints <> fingerprints THEN 'models or rules have changed'
		WHEN EXISTS (SELECT FROM @panel@.hcc_run r
				WHERE r.payment_year = year AND r.status = 'done'
					AND (r.diagnoses ->> 'in_future')::bigint > 0
					AND r.snapshot_at::date < now()::date
					AND r.run_id >= (SELECT max(f.run_id) FROM @panel@.hcc_run f
						WHERE f.payment_year = year AND f.status = 'done' AND f.kind = 'full'
							AND f.parameters ->> 'in_force' IS DISTINCT FROM 'false'))
			THEN 'services that were in the future may be over'
		WHEN tracked AND EXISTS (SELECT FROM @panel@.patient_hcc_change c
				WHERE c.patient_id IS NULL AND c.payment_year = year IS NOT FALSE)
			THEN 'it is not known which patients have changed'
		WHEN NOT tracked AND (SELECT sum(t.triggers) > 0 FROM @panel@.hcc_tracked_tables() t)
			THEN 'the triggers of track_changes are not on all tables and partitions; '
				'track_changes() puts them there'
		WHEN NOT tracked AND NOT (parameters ->> 'by_known_at')::boolean
			THEN 'nobody notes which data change; track_changes() does'
		WHEN NOT tracked AND @panel@.hcc_known_unknown(year)
			THEN 'rows without known_at may be new or old'
		WHEN NOT tracked AND ((parameters ->> 'subscribed')::boolean
				OR (last_done.parameters ->> 'subscribed')::boolean)
			THEN 'rows that a subscription brings may have been known elsewhere for long; '
				'track_changes() notes them'
		WHEN tracked AND ((parameters ->> 'service_from')::date < make_date(year - 1, 1, 1)
				OR (parameters ->> 'service_to')::date > make_date(year - 1, 12, 31))
			THEN 'changes are noted by calendar year, and the service window is not within '
				'that of the payment year' END;
END
$panel$;
COMMENT ON FUNCTION @panel@.hcc_refresh_obstacle(jsonb, jsonb) IS
	'Part of a refresh: why everybody must be scored; NULL: only later changes of data need be.';

-- Corrections and deaths count in other years than their own, and whether they do hangs on
-- more rows of the patient, of any year: on a record that bears the number of a deletion, or
-- the row that corrects a death. So of whoever has such rows, a change of one year concerns
-- all. Of such a row itself the triggers note that it does, even if it is gone.
CREATE FUNCTION @panel@.hcc_of_all_years() RETURNS SETOF @patient_id@
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT d.patient_id FROM @panel@.patient_diagnosis_hcc d
	-- as the index has it
	WHERE d.record_action <> 'add' OR @optional(d.frequency_code)@ ~ '[78]'
		OR d.bill_type ~ '[78][^1-9]*$'
	UNION ALL
	SELECT p.patient_id FROM @panel@.patient_demographic p WHERE p.date_of_death IS NOT NULL;
END;
COMMENT ON FUNCTION @panel@.hcc_of_all_years() IS
	'Part of a refresh: who has rows that count in other years than their own.';

CREATE FUNCTION @panel@.hcc_changed_since(payment_year integer, since timestamptz,
	service_from date, service_to date) RETURNS SETOF @patient_id@
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT d.patient_id FROM @panel@.patient_diagnosis_hcc d
	WHERE d.known_at >= hcc_changed_since.since
		AND (d.diagnosis_date BETWEEN hcc_changed_since.service_from
				AND hcc_changed_since.service_to
			OR EXISTS (SELECT FROM @panel@.hcc_of_all_years() a (patient_id)
				WHERE a.patient_id = d.patient_id))
	UNION
	SELECT p.patient_id FROM @panel@.patient_demographic p
	WHERE p.known_at >= hcc_changed_since.since
		AND (p.payment_year = hcc_changed_since.payment_year
			OR EXISTS (SELECT FROM @panel@.hcc_of_all_years() a (patient_id)
				WHERE a.patient_id = p.patient_id));
END;
COMMENT ON FUNCTION @panel@.hcc_changed_since(integer, timestamptz, date, date) IS
	'Part of a refresh: of whom something has become known since a time.';

CREATE FUNCTION @panel@.hcc_born_since(payment_year integer, since timestamptz)
	RETURNS SETOF @patient_id@
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	-- that run may have been of another time zone
	SELECT u.patient_id FROM @panel@.patient_hcc_unscored u
		JOIN @panel@.patient_demographic p ON p.patient_id = u.patient_id
			AND p.payment_year = u.payment_year
	WHERE u.payment_year = hcc_born_since.payment_year
		AND p.date_of_birth > hcc_born_since.since::date - 2 AND p.date_of_birth <= now()::date;
END;
COMMENT ON FUNCTION @panel@.hcc_born_since(integer, timestamptz) IS
	'Part of a refresh: who could not be scored and has been born since a run.';

CREATE FUNCTION @panel@.hcc_changes_empty() RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
SET lock_timeout = '1s'
AS $panel$
BEGIN
	TRUNCATE @panel@.hcc_run_changed, @panel@.hcc_run_consumed;
EXCEPTION WHEN lock_not_available THEN
	-- as in hcc_run_empty
	DELETE FROM @panel@.hcc_run_changed;
	DELETE FROM @panel@.hcc_run_consumed;
END
$panel$;
COMMENT ON FUNCTION @panel@.hcc_changes_empty() IS
	'Part of a run: empties what it keeps of the changes that it has seen.';

CREATE FUNCTION @panel@.hcc_run_changes(run_id bigint, parameters jsonb) RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
AS $panel$
DECLARE
	year integer := (parameters ->> 'payment_year')::integer;
	tracked boolean := @panel@.hcc_changes_tracked();
	seen_at timestamptz;
BEGIN
	PERFORM @panel@.hcc_changes_empty();
	-- the scores that are kept up to date are those of the run in force
	IF NOT (parameters ->> 'in_force')::boolean THEN
		RETURN;
	END IF;
	-- The changes that this run sees; later ones are for the next. What is passed on was noted
	-- of a year that has been done.
	INSERT INTO @panel@.hcc_run_consumed (id, changed_at, patient_id, payment_year)
	SELECT n.id, n.changed_at, n.patient_id, CASE WHEN NOT n.all_years THEN n.payment_year END
	FROM (
		SELECT c.id, c.changed_at, c.patient_id, c.payment_year, c.payment_year IS NULL
			OR NOT c.passed_on AND EXISTS (SELECT FROM @panel@.hcc_of_all_years() a (patient_id)
				WHERE a.patient_id = c.patient_id) AS all_years
		FROM @panel@.patient_hcc_change c) n
	WHERE n.payment_year = year OR n.all_years;
	-- a table may have been emptied after the run began
	UPDATE @panel@.hcc_run r SET kind = 'full'
	WHERE r.run_id = hcc_run_changes.run_id AND r.kind = 'refresh'
		AND EXISTS (SELECT FROM @panel@.hcc_run_consumed c WHERE c.patient_id IS NULL);
	IF (SELECT r.kind = 'full' FROM @panel@.hcc_run r
			WHERE r.run_id = hcc_run_changes.run_id) THEN
		RETURN;
	END IF;
	seen_at := (SELECT r.snapshot_at FROM @panel@.hcc_run r
		WHERE r.status = 'done' AND r.payment_year = year
			AND r.parameters ->> 'in_force' IS DISTINCT FROM 'false'
		ORDER BY r.run_id DESC LIMIT 1);
	INSERT INTO @panel@.hcc_run_changed (patient_id)
	SELECT c.patient_id FROM @panel@.hcc_run_consumed c WHERE tracked
	UNION
	-- A row that was committed late may bear an earlier time than the snapshot that missed it.
	SELECT c FROM @panel@.hcc_changed_since(year,
		seen_at - (parameters ->> 'overlap')::interval, (parameters ->> 'service_from')::date,
		(parameters ->> 'service_to')::date) c WHERE NOT tracked
	UNION
	SELECT b FROM @panel@.hcc_born_since(year, seen_at) b;
END
$panel$;
COMMENT ON FUNCTION @panel@.hcc_run_changes(bigint, jsonb) IS
	'Part of a run: stores whose data have changed since the last one, as this one sees it.';

CREATE FUNCTION @panel@.hcc_changes_done(parameters jsonb) RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $panel$
BEGIN
	-- what is noted for all years has been done for one
	INSERT INTO @panel@.patient_hcc_change (patient_id, payment_year, passed_on)
	SELECT DISTINCT c.patient_id, r.payment_year, true
	FROM @panel@.hcc_run_consumed c CROSS JOIN @panel@.hcc_run r
	WHERE c.payment_year IS NULL
		AND r.payment_year <> (hcc_changes_done.parameters ->> 'payment_year')::integer;
	-- notes of a table that was dropped and made again count from 1 again
	DELETE FROM @panel@.patient_hcc_change n USING @panel@.hcc_run_consumed c
	WHERE n.id = c.id AND n.changed_at = c.changed_at;
END
$panel$;
COMMENT ON FUNCTION @panel@.hcc_changes_done(jsonb) IS
	'Part of a run: forgets the changes that it has taken into its scores.';

CREATE PROCEDURE @panel@.refresh_scores(payment_year integer DEFAULT NULL,
	program text DEFAULT 'MA', component text DEFAULT NULL, other_programs text[] DEFAULT '{}',
	service_from date DEFAULT NULL, service_to date DEFAULT NULL,
	without_list text DEFAULT 'error', mce boolean DEFAULT true,
	allow_low_confidence boolean DEFAULT false, keep_history boolean DEFAULT true,
	remove_absent boolean DEFAULT true, batch_size integer DEFAULT 100000,
	work_mem text DEFAULT NULL, resume_within interval DEFAULT '1 day',
	overlap interval DEFAULT '1 hour', by_known_at boolean DEFAULT false,
	expect_at_least numeric DEFAULT 0.5)
LANGUAGE plpgsql
AS $panel$
BEGIN
	CALL @panel@.hcc_run_execute('refresh'::pg_catalog.text,
		@panel@.hcc_run_expect(expect_at_least, payment_year, program, component, other_programs,
			NULL::pg_catalog.timestamptz, service_from, service_to, without_list, mce,
			allow_low_confidence, keep_history, remove_absent, batch_size, work_mem,
			resume_within, overlap, by_known_at, NULL::pg_catalog.text));
END
$panel$;
COMMENT ON PROCEDURE @panel@.refresh_scores(integer, text, text, text[], date, date, text, boolean,
	boolean, boolean, boolean, integer, text, interval, interval, boolean, numeric) IS
	'Scores those whose data, or models, have changed since the last run, as a full run would.';
