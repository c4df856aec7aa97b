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

CREATE FUNCTION @panel@.hcc_tracked_tables()
	RETURNS TABLE ("table" regclass, source name, triggers bigint, complete boolean, state text)
LANGUAGE sql STABLE PARALLEL SAFE ROWS 2
BEGIN ATOMIC
	-- a statement on a partition fires the triggers of the partition alone, and
	-- what logical replication writes fires none of a statement
	WITH RECURSIVE tree (source, relid, attached) AS (
		SELECT s, to_regclass(format('%I.%I', @panel_name@, s))::oid, NULL
		FROM unnest('{patient_demographic,patient_diagnosis_hcc}'::name[]) s
		UNION
		SELECT tree.source, i.inhrelid, i.xmin::text
		FROM pg_catalog.pg_inherits i JOIN tree ON tree.relid = i.inhparent
	)
	SELECT tree.relid, tree.source, count(t.oid), count(t.oid) = 4 AND NOT EXISTS (
			SELECT FROM pg_catalog.pg_subscription_rel s WHERE s.srrelid = tree.relid),
		-- another one where rows may have changed without a trigger: the table was
		-- rewritten, attached again, subscribed, the view replaced, or a trigger off for a while
		concat_ws(' ', tree.relid, c.relfilenode, tree.attached,
			(SELECT string_agg('subscription '::text || s.srsubid::text, ' ' ORDER BY s.srsubid)
				FROM pg_catalog.pg_subscription_rel s WHERE s.srrelid = tree.relid),
			(SELECT r.xmin FROM pg_catalog.pg_rewrite r
				WHERE r.ev_class = tree.relid AND r.rulename = '_RETURN'),
			string_agg(t.xmin::text, ' ' ORDER BY t.oid))
	FROM tree JOIN pg_catalog.pg_class c ON c.oid = tree.relid
		LEFT JOIN pg_catalog.pg_trigger t ON t.tgrelid = tree.relid
			AND t.tgname LIKE 'hccraf\_change\_%' AND t.tgenabled = 'A'
			AND t.tgfoid = to_regprocedure(format('%I.patient_hcc_change()', @panel_name@))
	GROUP BY tree.relid, tree.source, tree.attached, c.relfilenode;
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
	event text;
	change name;
BEGIN
	FOREACH event IN ARRAY '{INSERT,UPDATE,DELETE,TRUNCATE}'::text[] LOOP
		change := 'hccraf_change_' || lower(event);
		EXECUTE format('DROP TRIGGER IF EXISTS %I ON %s', change, tracked);
		IF enable THEN
			EXECUTE format('CREATE TRIGGER %I AFTER %s ON %s %s FOR EACH STATEMENT '
				'EXECUTE FUNCTION %I.patient_hcc_change(%L)', change, event, tracked,
				CASE event WHEN 'INSERT' THEN 'REFERENCING NEW TABLE AS come'
					WHEN 'DELETE' THEN 'REFERENCING OLD TABLE AS gone'
					WHEN 'UPDATE' THEN 'REFERENCING OLD TABLE AS gone NEW TABLE AS come'
					ELSE '' END, @panel_name@, source);
			EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER %I', tracked, change);
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
		'overlap', 'by_known_at', 'expect_at_least'];
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
			THEN 'the patient tables have other partitions or subscriptions, or were '
				'rewritten or made anew'
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
			THEN 'the triggers of track_changes are not on all tables and partitions'
		WHEN NOT tracked AND NOT (parameters ->> 'by_known_at')::boolean
			THEN 'nobody notes which data change; track_changes() does'
		WHEN NOT tracked AND @panel@.hcc_known_unknown(year)
			THEN 'rows without known_at may be new or old'
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
