-- Who does what until when: items for open gaps and for what may have to be taken
-- back, and each change of them as an event; what to look at in coming
-- appointments; samples for audits; and why diagnoses did not count.

CREATE FUNCTION @panel@.work_item_event(item uuid, state text, actor text,
	reason text DEFAULT NULL, owner text DEFAULT NULL, channel text DEFAULT NULL,
	occurred_at timestamptz DEFAULT NULL)
	RETURNS uuid
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $panel$
DECLARE
	present record;
	present_state @extschema@.work_state;
	next_state @extschema@.work_state;
	event_time timestamptz := COALESCE(occurred_at, clock_timestamp());
	event uuid;
BEGIN
	IF item IS NULL OR state IS NULL OR COALESCE(actor, '') = '' THEN
		PERFORM @extschema@.hcc_raise('22004'::text,
			'an event needs an item, a state and an actor'::text, NULL::text, NULL::text);
	END IF;
	SELECT i.patient_id, i.kind, i.state, i.model_version, i.collection_year, i.hcc_code
	INTO present
	FROM @panel@.patient_work_item i
	WHERE i.item_id = work_item_event.item
		AND @extschema@.hcc_panel_current(@panel_name@::name, '@extversion@'::text)
	FOR UPDATE;
	IF NOT FOUND THEN
		PERFORM @extschema@.hcc_raise('P0002'::text, 'there is no such work item'::text, NULL::text,
			NULL::text);
	END IF;
	SELECT s.* INTO present_state FROM @extschema@.hcc_work_state(present.kind) s
	WHERE s.state = present.state;
	SELECT s.* INTO next_state FROM @extschema@.hcc_work_state(present.kind) s
	WHERE s.state = work_item_event.state;
	IF NOT FOUND THEN
		PERFORM @extschema@.hcc_raise('22023'::text,
			format('a work item of kind "%s" has no state "%s"', present.kind,
				work_item_event.state),
			format('It has: %s.', (SELECT string_agg(s.state, ', ' ORDER BY s.state)
				FROM @extschema@.hcc_work_state(present.kind) s)),
			'States are rows in work_state.'::text);
	ELSIF next_state.state = ANY (present_state.next_states) IS NOT TRUE THEN
		PERFORM @extschema@.hcc_raise('55000'::text,
			format('a work item cannot go from "%s" to "%s"', present.state,
				next_state.state),
			format('It can go to: %s.', COALESCE(NULLIF(
				array_to_string(present_state.next_states, ', '), ''), 'no other state')),
			NULL::text);
	ELSIF next_state.reason_required AND COALESCE(reason, '') = '' THEN
		PERFORM @extschema@.hcc_raise('22004'::text,
			format('state "%s" needs a reason', next_state.state), NULL::text, NULL::text);
	END IF;
	UPDATE @panel@.patient_work_item i
	SET state = next_state.state, state_since = event_time, owner_role = next_state.owner_role,
		owner = COALESCE(work_item_event.owner, i.owner),
		channel = COALESCE(work_item_event.channel, i.channel),
		sla_due = event_time::date + next_state.sla_days,
		-- a deletion is due from the day that it is sure
		due_date = CASE WHEN i.kind = 'gap' THEN i.due_date
			WHEN NOT next_state.takes_back THEN NULL
			WHEN present_state.takes_back THEN i.due_date
			ELSE event_time::date + next_state.due_days END
	WHERE i.item_id = work_item_event.item;
	INSERT INTO @panel@.patient_work_event AS e (item_id, patient_id, from_state, to_state, reason,
		actor, owner, channel, occurred_at)
	VALUES (item, present.patient_id, present.state, next_state.state, reason, actor, owner,
		channel, event_time)
	RETURNING e.event_id INTO event;
	IF next_state.takes_back THEN
		-- Nobody is to document next year what is being taken back. refresh_gaps finds the
		-- same, and refresh_worklist opens the item again if the deletion is not to be.
		WITH ended AS (
			UPDATE @panel@.patient_work_item i
			SET state = 'cancelled', state_since = event_time, owner_role = c.owner_role,
				sla_due = NULL
			FROM @extschema@.hcc_work_state('gap'::text) s
				CROSS JOIN @extschema@.hcc_work_state('gap'::text) c
			WHERE i.kind = 'gap' AND i.patient_id = present.patient_id
				AND i.model_version = present.model_version
				AND i.hcc_code = present.hcc_code
				AND i.collection_year = present.collection_year + 1
				AND s.state = i.state AND NOT s.is_final AND c.state = 'cancelled'
			RETURNING i.item_id, i.patient_id, s.state
		)
		INSERT INTO @panel@.patient_work_event (item_id, patient_id, from_state, to_state,
			reason, actor, occurred_at)
		SELECT n.item_id, n.patient_id, n.state, 'cancelled', 'delete_list', 'refresh_worklist',
			event_time
		FROM ended n;
	END IF;
	RETURN event;
EXCEPTION WHEN integrity_constraint_violation OR with_check_option_violation THEN
	PERFORM @extschema@.hcc_raise_without_row(SQLSTATE, SQLERRM);
END
$panel$;
COMMENT ON FUNCTION @panel@.work_item_event(uuid, text, text, text, text, text, timestamptz) IS
	'Moves a work item to another state, as work_state allows, and records who did it and why.';

CREATE PROCEDURE @panel@.refresh_worklist(collection_year integer, model text DEFAULT 'V28',
	look_back integer DEFAULT 1, reasons text[] DEFAULT NULL, program text DEFAULT 'MA',
	as_of timestamptz DEFAULT NULL, without_list text DEFAULT 'error',
	at_least text DEFAULT NULL)
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
SET enable_nestloop = off
SET jit = off
AS $panel$
DECLARE
	pay_year integer;
	at timestamptz := COALESCE(as_of, clock_timestamp());
	deadline date;
	least text;
	first_item uuid := gen_random_uuid();
	first_event uuid := gen_random_uuid();
	added bigint;
	moved bigint;
	detail text;
	hint text;
BEGIN
	pay_year := @extschema@.hcc_payment_year_of(collection_year);
	deadline := @extschema@.hcc_visit_due_by(pay_year, at::date);
	least := @extschema@.hcc_least_certainty(at_least, reasons);
	PERFORM @extschema@.hcc_require_model(model), @extschema@.hcc_require_program(program),
		@panel@.hcc_check_tables();
	IF NOT @panel@.hcc_gaps_computed(collection_year, model, NULL::integer) THEN
		RAISE NOTICE USING MESSAGE = format('the gaps of collection year %s and model "%s" have '
				'not been computed: only what may have to be taken back becomes a work item',
				collection_year, model),
			HINT = format('CALL %I.refresh_gaps(%s);', @panel_name@, collection_year);
	END IF;
	PERFORM @extschema@.hcc_check_look_back(look_back, 0);
	PERFORM @panel@.hcc_warn_unusable(pay_year, as_of);
	PERFORM @extschema@.hcc_check_named('reasons'::text, reasons,
		@extschema@.hcc_two_way_reasons());
	IF NOT @extschema@.hcc_table_lock(format('%I.patient_work_item', @panel_name@)::regclass) THEN
		PERFORM @extschema@.hcc_raise('55006'::text,
			'the worklist is being refreshed by another session'::text, NULL::text, NULL::text);
	END IF;
	-- what there is to do now
	CREATE TEMPORARY TABLE hcc_work_found ON COMMIT DROP AS
	SELECT 'gap'::text AS kind, g.patient_id, g.contract_id, g.collection_year, g.hcc_code,
		''::text AS reason, g.label, g.provider_npi, deadline AS due_date, g.value_raw,
		g.value_payment
	FROM @panel@.patient_hcc_gap g
	WHERE g.collection_year = refresh_worklist.collection_year
		AND g.model_version = refresh_worklist.model AND g.gap_source = 'historic'
		AND @extschema@.hcc_gap_open(g.status, g.excluded, g.superseded_by)
		AND NOT EXISTS (
			SELECT FROM @panel@.hcc_taken_back(refresh_worklist.collection_year - 1,
				refresh_worklist.collection_year - 1, refresh_worklist.model,
				refresh_worklist.as_of, NULL::@patient_id@[]) t
			WHERE t.patient_id = g.patient_id AND t.hcc_code = g.hcc_code)
	UNION ALL
	SELECT 'delete', w.patient_id, w.contract_id, w.collection_year, w.hcc_code, w.reason, w.label,
		w.provider_npi, NULL, -w.delete_value, NULL
	FROM @panel@.hcc_two_way(pay_year, refresh_worklist.model, refresh_worklist.look_back,
		refresh_worklist.reasons, refresh_worklist.program, refresh_worklist.as_of, NULL::text,
		NULL::text, refresh_worklist.without_list, 'potential'::text) w
	-- what is an item already stays one
	WHERE w.item_id IS NOT NULL OR least = 'potential' OR w.certainty = least;

	WITH item AS (
		INSERT INTO @panel@.patient_work_item AS i (item_id, kind, patient_id, contract_id,
			model_version, collection_year, hcc_code, reason, label, provider_npi, state,
			state_since, owner_role, due_date, sla_due, created_at, value_raw, value_payment)
		SELECT @extschema@.hcc_dated_id(first_item, now(),
				row_number() OVER (ORDER BY f.patient_id)), f.kind, f.patient_id, f.contract_id,
			refresh_worklist.model, f.collection_year,
			f.hcc_code, f.reason, f.label, f.provider_npi, s.state, at, s.owner_role, f.due_date,
			at::date + s.sla_days, at, f.value_raw, f.value_payment
		FROM pg_temp.hcc_work_found f
			CROSS JOIN LATERAL @extschema@.hcc_work_state(f.kind) s
		WHERE s.state = CASE f.kind WHEN 'gap' THEN 'new' ELSE 'open' END
		ORDER BY f.patient_id
		ON CONFLICT DO NOTHING
		RETURNING i.item_id, i.patient_id, i.state
	)
	INSERT INTO @panel@.patient_work_event (event_id, item_id, patient_id, from_state, to_state,
		actor, occurred_at, known_at)
	SELECT @extschema@.hcc_dated_id(first_event, now(), row_number() OVER ()), n.item_id,
		n.patient_id, NULL, n.state, 'refresh_worklist', at, at
	FROM item n;
	GET DIAGNOSTICS added = ROW_COUNT;

	UPDATE @panel@.patient_work_item i
	SET label = f.label, provider_npi = f.provider_npi, value_raw = f.value_raw,
		value_payment = f.value_payment,
		-- a gap is of the next window, a deletion due since it was confirmed
		due_date = CASE f.kind WHEN 'gap' THEN f.due_date ELSE i.due_date END
	FROM pg_temp.hcc_work_found f
	WHERE (i.kind, i.patient_id, i.contract_id, i.model_version, i.collection_year, i.hcc_code,
			i.reason) = (f.kind, f.patient_id, f.contract_id, refresh_worklist.model,
			f.collection_year, f.hcc_code, f.reason)
		AND (i.label, i.provider_npi, i.value_raw, i.value_payment, i.due_date)
			IS DISTINCT FROM (f.label, f.provider_npi, f.value_raw, f.value_payment,
				CASE f.kind WHEN 'gap' THEN f.due_date ELSE i.due_date END);

	-- What is done without an event of a person, and what came back. What a person
	-- ended stays so, unless the gap has opened since.
	WITH target AS (
		SELECT i.item_id, i.patient_id, i.kind, i.state AS from_state, t.to_state, t.reason
		FROM @panel@.patient_work_item i
			LEFT JOIN pg_temp.hcc_work_found f
				ON (i.kind, i.patient_id, i.contract_id, i.collection_year, i.hcc_code, i.reason)
					= (f.kind, f.patient_id, f.contract_id, f.collection_year, f.hcc_code, f.reason)
			LEFT JOIN @panel@.patient_hcc_gap g ON i.kind = 'gap'
				AND (i.patient_id, i.collection_year, i.contract_id, i.model_version, i.hcc_code)
					= (g.patient_id, g.collection_year, g.contract_id, g.model_version, g.hcc_code)
				AND g.gap_source = 'historic'
			JOIN LATERAL @extschema@.hcc_work_state(i.kind) s ON s.state = i.state
			LEFT JOIN LATERAL (
				SELECT e.actor FROM @panel@.patient_work_event e WHERE e.item_id = i.item_id
				ORDER BY e.known_at DESC, e.event_id LIMIT 1) e ON s.is_final
			CROSS JOIN LATERAL (
				SELECT i.kind = 'delete' AND f.kind IS NULL AND EXISTS (
					SELECT FROM @panel@.counted_diagnosis(i.collection_year + 1,
						refresh_worklist.program, refresh_worklist.as_of,
						refresh_worklist.without_list, 1, NULL::@patient_id@[]) d
					WHERE d.patient_id = i.patient_id
						AND i.hcc_code = ANY (@extschema@.person_hccs(
							@extschema@.hcc_canonical(d.icd10_code),
							(SELECT m.who FROM @panel@.member(i.collection_year + 1,
								refresh_worklist.as_of, NULL::text, NULL::text,
								ARRAY[i.patient_id]) m),
							refresh_worklist.model, @extschema@.hcc_nearest_year(
								refresh_worklist.model, i.collection_year + 1)))) AS counts) c
			CROSS JOIN LATERAL (
				SELECT
					CASE WHEN f.kind IS NOT NULL THEN
							CASE WHEN s.is_final AND (e.actor = 'refresh_worklist'
									OR g.status_since > i.state_since)
								THEN CASE i.kind WHEN 'gap' THEN 'new' ELSE 'open' END END
						WHEN s.is_final THEN NULL
						WHEN i.kind = 'delete' THEN
							CASE WHEN c.counts THEN 'retained' ELSE 'deleted' END
						-- a gap that waits for its submission is no longer open, nor done
						WHEN g.status = 'pending' AND g.excluded IS NULL THEN NULL
						WHEN g.status = 'closed' AND g.excluded IS NULL THEN 'closed'
						ELSE 'cancelled' END AS to_state,
					CASE WHEN f.kind IS NOT NULL THEN 'found again'
						WHEN i.kind = 'delete' THEN
							CASE WHEN c.counts THEN 'no longer in question'
								ELSE 'no record counts any longer' END
						ELSE COALESCE(g.excluded,
							CASE WHEN g.superseded_by IS NOT NULL THEN 'superseded' END,
							g.closure, g.status, 'no longer a gap') END AS reason) t
		WHERE i.model_version = refresh_worklist.model AND t.to_state IS NOT NULL
			AND CASE i.kind WHEN 'gap' THEN i.collection_year = refresh_worklist.collection_year
				ELSE i.collection_year BETWEEN refresh_worklist.collection_year
						- refresh_worklist.look_back AND refresh_worklist.collection_year
					AND (f.kind IS NOT NULL OR refresh_worklist.reasons IS NULL
						OR i.reason = ANY (refresh_worklist.reasons))
					-- of earlier years only refuted HCCs are looked for
					AND (i.collection_year = refresh_worklist.collection_year
						OR i.reason = 'invalid') END
	), moved_item AS (
		UPDATE @panel@.patient_work_item i
		SET state = t.to_state, state_since = at, owner_role = s.owner_role,
			sla_due = at::date + s.sla_days,
			due_date = CASE WHEN t.kind = 'gap' OR s.takes_back THEN i.due_date END
		FROM target t JOIN LATERAL @extschema@.hcc_work_state(t.kind) s ON s.state = t.to_state
		WHERE i.item_id = t.item_id
	)
	INSERT INTO @panel@.patient_work_event (item_id, patient_id, from_state, to_state, reason,
		actor, occurred_at, known_at)
	SELECT t.item_id, t.patient_id, t.from_state, t.to_state, t.reason, 'refresh_worklist', at, at
	FROM target t;
	GET DIAGNOSTICS moved = ROW_COUNT;
	DROP TABLE pg_temp.hcc_work_found;
	UPDATE @panel@.hcc_gap_run r SET worklist_at = at
	WHERE r.run_id = (SELECT max(n.run_id) FROM @panel@.hcc_gap_run n
		WHERE n.collection_year = refresh_worklist.collection_year
			AND n.model_version = refresh_worklist.model);
	RAISE NOTICE 'worklist: % items added, % moved', added, moved;
EXCEPTION WHEN integrity_constraint_violation OR with_check_option_violation THEN
	PERFORM @extschema@.hcc_raise_without_row(SQLSTATE, SQLERRM);
WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
	PERFORM @extschema@.hcc_raise(SQLSTATE, SQLERRM, detail,
		COALESCE(NULLIF(hint, ''), 'The worklist is as it was.'));
END
$panel$;
COMMENT ON PROCEDURE @panel@.refresh_worklist(integer, text, integer, text[], text, timestamptz,
	text, text) IS
	'Makes work items of open gaps and of what two_way finds, closes what is done, opens what '
	'came back.';

CREATE FUNCTION @panel@.hcc_check_worklist(collection_year integer, owner_role text, kind text,
	state text, model text) RETURNS void
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $panel$
BEGIN
	PERFORM @panel@.hcc_require_worklist(collection_year, model),
		-- an item keeps its role though no state may have it any more
		@extschema@.hcc_check_named('owner_role'::text, ARRAY[owner_role], ARRAY(
			SELECT w.owner_role FROM @extschema@.work_state w
			UNION SELECT i.owner_role FROM @panel@.patient_work_item i
			ORDER BY 1)),
		@extschema@.hcc_check_named('kind'::text, ARRAY[kind], '{gap,delete}'::text[]),
		@extschema@.hcc_check_named('state'::text, ARRAY[state], ARRAY(
			SELECT DISTINCT w.state FROM @extschema@.work_state w
			WHERE hcc_check_worklist.kind IS NULL OR w.kind = hcc_check_worklist.kind
			ORDER BY 1));
END
$panel$;
COMMENT ON FUNCTION @panel@.hcc_check_worklist(integer, text, text, text, text) IS
	'Checks the arguments of worklist and worklist_value, and that there is a worklist.';

CREATE FUNCTION @panel@.hcc_work_item_former(as_of timestamptz)
	RETURNS TABLE (item_id uuid, kind text, patient_id @patient_id@, contract_id text,
		provider_npi text, model_version text, collection_year integer, hcc_code text, label text,
		reason text, state text, owner_role text, owner text, channel text, due_date date,
		sla_due date)
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 10000 ROWS 1000
SET search_path = pg_catalog, pg_temp
AS $panel$
BEGIN
	RETURN QUERY
	WITH person AS MATERIALIZED (
		SELECT y.collection_year, m.patient_id, m.provider_npi
		FROM (SELECT DISTINCT i.collection_year FROM @panel@.patient_work_item i) y
			CROSS JOIN LATERAL @panel@.member(y.collection_year + 1,
				hcc_work_item_former.as_of, NULL::text, NULL::text, NULL::@patient_id@[]) m
	)
	SELECT i.item_id, i.kind, i.patient_id, i.contract_id, p.provider_npi, i.model_version,
		i.collection_year, i.hcc_code, i.label, i.reason, e.to_state, s.owner_role, o.owner,
		o.channel, CASE i.kind WHEN 'gap' THEN @extschema@.hcc_visit_due_by(
				i.collection_year + 1, hcc_work_item_former.as_of::date)
			ELSE (SELECT c.due_by FROM @panel@.hcc_work_confirmed(i.item_id,
				hcc_work_item_former.as_of) c) END,
		e.occurred_at::date + s.sla_days
	FROM @panel@.patient_work_item i
		LEFT JOIN person p ON p.patient_id = i.patient_id
			AND p.collection_year = i.collection_year
		CROSS JOIN LATERAL (
			SELECT x.to_state, x.occurred_at FROM @panel@.patient_work_event x
			WHERE x.item_id = i.item_id AND x.known_at <= hcc_work_item_former.as_of
			ORDER BY x.known_at DESC, x.event_id LIMIT 1) e
		CROSS JOIN LATERAL (
			SELECT (array_agg(x.owner ORDER BY x.known_at DESC)
					FILTER (WHERE x.owner IS NOT NULL))[1] AS owner,
				(array_agg(x.channel ORDER BY x.known_at DESC)
					FILTER (WHERE x.channel IS NOT NULL))[1] AS channel
			FROM @panel@.patient_work_event x
			WHERE x.item_id = i.item_id AND x.known_at <= hcc_work_item_former.as_of) o
		LEFT JOIN @extschema@.hcc_work_state('gap'::text) g ON i.kind = 'gap'
			AND g.state = e.to_state
		LEFT JOIN @extschema@.hcc_work_state('delete'::text) d ON i.kind = 'delete'
			AND d.state = e.to_state
		CROSS JOIN LATERAL (SELECT COALESCE(g.owner_role, d.owner_role, i.owner_role)
			AS owner_role, COALESCE(g.sla_days, d.sla_days) AS sla_days) s;
END
$panel$;
COMMENT ON FUNCTION @panel@.hcc_work_item_former(timestamptz) IS
	'Work items in the state that they were in at a time, by their events.';

CREATE FUNCTION @panel@.hcc_work_item(as_of timestamptz)
	RETURNS TABLE (item_id uuid, kind text, patient_id @patient_id@, contract_id text,
		provider_npi text, model_version text, collection_year integer, hcc_code text, label text,
		reason text, state text, owner_role text, owner text, channel text, due_date date,
		sla_due date)
LANGUAGE sql STABLE PARALLEL SAFE ROWS 1000
BEGIN ATOMIC
	SELECT i.item_id, i.kind, i.patient_id, i.contract_id, i.provider_npi, i.model_version,
		i.collection_year, i.hcc_code, i.label, i.reason, i.state, i.owner_role, i.owner,
		i.channel, i.due_date, i.sla_due
	FROM @panel@.patient_work_item i
	-- a time to come is as now
	WHERE hcc_work_item.as_of IS NULL OR hcc_work_item.as_of >= now()
	UNION ALL
	SELECT f.item_id, f.kind, f.patient_id, f.contract_id, f.provider_npi, f.model_version,
		f.collection_year, f.hcc_code, f.label, f.reason, f.state, f.owner_role, f.owner,
		f.channel, f.due_date, f.sla_due
	FROM @panel@.hcc_work_item_former(hcc_work_item.as_of) f
	WHERE hcc_work_item.as_of < now();
END;
COMMENT ON FUNCTION @panel@.hcc_work_item(timestamptz) IS
	'Work items as they are, NULL, or as they were at a time.';

CREATE FUNCTION @panel@.worklist(collection_year integer DEFAULT NULL,
	owner_role text DEFAULT NULL, owner text DEFAULT NULL, kind text DEFAULT NULL,
	state text DEFAULT NULL, overdue_only boolean DEFAULT false, as_of timestamptz DEFAULT NULL,
	contract text DEFAULT NULL, provider text DEFAULT NULL, model text DEFAULT NULL)
	RETURNS TABLE (item_id uuid, item_kind text, patient_id @patient_id@, contract_id text,
		provider_npi text, service_year integer, hcc_code text, label text, reason text,
		item_state text, role text, item_owner text, channel text, due_date date, sla_due date,
		overdue boolean)
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 10000 ROWS 1000
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
AS $panel$
BEGIN
	PERFORM @panel@.hcc_check_worklist(collection_year, owner_role, kind, state, model);
	RETURN QUERY
	SELECT i.item_id, i.kind, i.patient_id, NULLIF(i.contract_id, ''), i.provider_npi,
		i.collection_year, i.hcc_code, i.label, NULLIF(i.reason, ''), i.state, i.owner_role,
		i.owner, i.channel, i.due_date, i.sla_due, o.overdue
	FROM @panel@.hcc_work_item(worklist.as_of) i
		CROSS JOIN LATERAL (SELECT COALESCE(LEAST(i.due_date, i.sla_due)
			< COALESCE(worklist.as_of, now())::date, false) AS overdue) o
	WHERE CASE WHEN worklist.state IS NULL
			THEN NOT EXISTS (SELECT FROM @extschema@.hcc_work_state(i.kind) s
				WHERE s.state = i.state AND s.is_final)
			ELSE i.state = worklist.state END
		AND (NOT worklist.overdue_only OR o.overdue)
		AND (worklist.collection_year IS NULL OR i.collection_year = worklist.collection_year)
		AND (worklist.owner_role IS NULL OR i.owner_role = worklist.owner_role)
		AND (worklist.owner IS NULL OR i.owner = worklist.owner)
		AND (worklist.kind IS NULL OR i.kind = worklist.kind)
		AND (worklist.contract IS NULL OR i.contract_id = worklist.contract)
		AND (worklist.provider IS NULL OR i.provider_npi = worklist.provider)
		AND (worklist.model IS NULL OR i.model_version = worklist.model)
		AND @extschema@.hcc_panel_current(@panel_name@::name, '@extversion@'::text)
	ORDER BY o.overdue DESC, LEAST(i.due_date, i.sla_due), i.patient_id, i.kind, i.hcc_code,
		i.reason, i.collection_year, i.contract_id;
END
$panel$;
COMMENT ON FUNCTION @panel@.worklist(integer, text, text, text, text, boolean, timestamptz, text,
	text, text) IS
	'What is to be done, the overdue first: all items that are not final, or those in a state?';

CREATE FUNCTION @panel@.worklist_value(collection_year integer DEFAULT NULL,
	owner_role text DEFAULT NULL, owner text DEFAULT NULL, kind text DEFAULT NULL,
	state text DEFAULT NULL, overdue_only boolean DEFAULT false, as_of timestamptz DEFAULT NULL,
	contract text DEFAULT NULL, provider text DEFAULT NULL, model text DEFAULT NULL)
	RETURNS TABLE (item_id uuid, item_kind text, patient_id @patient_id@, contract_id text,
		provider_npi text, service_year integer, hcc_code text, label text, reason text,
		item_state text, role text, item_owner text, due_date date, overdue boolean,
		value_raw numeric, value_payment numeric)
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 10000 ROWS 1000
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
AS $panel$
BEGIN
	-- worklist is not asked where there are no items
	PERFORM @panel@.hcc_check_worklist(collection_year, owner_role, kind, state, model);
	RETURN QUERY
	SELECT w.item_id, w.item_kind, w.patient_id, w.contract_id, w.provider_npi, w.service_year,
		w.hcc_code, w.label, w.reason, w.item_state, w.role, w.item_owner, w.due_date, w.overdue,
		i.value_raw, i.value_payment
	FROM @panel@.worklist(collection_year, owner_role, owner, kind, state, overdue_only, as_of,
			contract, provider, model) w
		-- not an inner one, which would not call worklist, and its checks, where there are no items
		LEFT JOIN @panel@.patient_work_item i ON i.item_id = w.item_id
	ORDER BY i.value_raw DESC, w.item_id;
END
$panel$;
COMMENT ON FUNCTION @panel@.worklist_value(integer, text, text, text, text, boolean, timestamptz,
	text, text, text) IS
	'The worklist with what each item changes in the score: documented, or (below zero) taken '
	'back.';
REVOKE EXECUTE ON FUNCTION @panel@.worklist_value(integer, text, text, text, text, boolean,
	timestamptz, text, text, text) FROM PUBLIC;

CREATE FUNCTION @panel@.prospective_list(appointments regclass, first_day date DEFAULT NULL,
	last_day date DEFAULT NULL, contract text DEFAULT NULL, provider text DEFAULT NULL,
	model text DEFAULT NULL)
	RETURNS TABLE (appointment_at timestamp, provider_npi text, patient_id @patient_id@, what text,
		hcc_code text, label text, icd10_codes text[], last_documented date, documented_by text,
		note text)
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 10000 ROWS 1000
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
AS $panel$
DECLARE
	first date := @extschema@.hcc_check_day('first_day'::text, COALESCE(first_day, current_date));
	last date := @extschema@.hcc_check_day('last_day'::text, COALESCE(last_day, first + 13));
BEGIN
	IF appointments IS NULL THEN
		PERFORM @extschema@.hcc_raise('22004'::text,
			'argument "appointments" needs a table or view, not NULL'::text, NULL::text,
			'Give one with "patient_id", "appointment_at" and "provider_npi".'::text);
	END IF;
	PERFORM @panel@.hcc_require_worklist(NULL::integer, model);
	RETURN QUERY
	SELECT a.appointment_at, a.provider_npi, i.patient_id,
		CASE i.kind WHEN 'gap' THEN 'assess' ELSE 'review' END, i.hcc_code, i.label, g.icd10_codes,
		g.base_date, g.base_npi, COALESCE(NULLIF(i.reason, ''), NULLIF(g.status, 'open'))
	FROM @panel@.hcc_appointment(prospective_list.appointments, first, last + 1, true,
			NULL::timestamptz) a
		JOIN @panel@.patient_work_item i ON i.patient_id = a.patient_id
		LEFT JOIN @panel@.patient_hcc_gap g ON i.kind = 'gap' AND g.patient_id = i.patient_id
			AND g.collection_year = i.collection_year AND g.contract_id = i.contract_id
			AND g.model_version = i.model_version AND g.hcc_code = i.hcc_code
			AND g.gap_source = 'historic'
	-- a gap can be assessed in its own year only
	WHERE (i.kind = 'delete' OR i.collection_year = extract(year FROM a.appointment_at)
			-- what is documented and on its way needs no visit
			AND g.status IS DISTINCT FROM 'pending')
		AND NOT EXISTS (SELECT FROM @extschema@.hcc_work_state(i.kind) s
			WHERE s.state = i.state AND s.is_final)
		AND (prospective_list.provider IS NULL OR a.provider_npi = prospective_list.provider)
		AND (prospective_list.contract IS NULL OR i.contract_id = prospective_list.contract)
		AND (prospective_list.model IS NULL OR i.model_version = prospective_list.model)
		AND @extschema@.hcc_panel_current(@panel_name@::name, '@extversion@'::text)
	ORDER BY 1, 2, 3, 4, 5, i.collection_year, i.contract_id, i.reason;
END
$panel$;
COMMENT ON FUNCTION @panel@.prospective_list(regclass, date, date, text, text, text) IS
	'What should be assessed, and what reviewed, at coming appointments (default: of two weeks)?';

CREATE FUNCTION @panel@.two_way_balance(collection_year integer, model text DEFAULT 'V28',
	first_day date DEFAULT NULL, last_day date DEFAULT NULL, contract text DEFAULT NULL,
	provider text DEFAULT NULL)
	RETURNS TABLE (hcc_code text, label text, additions_open bigint, additions_done bigint,
		deletions_open bigint, deletions_done bigint, retained bigint)
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 10000 ROWS 100
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
SET jit = off
SET enable_sort = off	-- all items, by patient
SET parallel_tuple_cost = 0	-- few rows are handed on, which the planner cannot know
AS $panel$
DECLARE
	-- in which somebody still has to do something
	gap_states text[] := ARRAY(SELECT s.state FROM @extschema@.hcc_work_state('gap'::text) s
		WHERE NOT s.is_final);
	delete_states text[] := ARRAY(SELECT s.state
		FROM @extschema@.hcc_work_state('delete'::text) s WHERE NOT s.is_final);
BEGIN
	PERFORM @extschema@.hcc_payment_year_of(collection_year), @extschema@.hcc_require_model(model),
		@panel@.hcc_require_worklist(collection_year, model);
	RETURN QUERY
	SELECT p.hcc_code, min(p.label), sum(p.gaps_open)::bigint, sum(p.gaps_done)::bigint,
		count(*) FILTER (WHERE p.delete_open), count(*) FILTER (WHERE p.deleted),
		count(*) FILTER (WHERE p.retained)
	FROM (
		-- a deletion may have several reasons, and is counted once for its patient
		SELECT i.hcc_code, min(i.label) AS label,
			count(*) FILTER (WHERE i.kind = 'gap' AND i.state = ANY (gap_states)) AS gaps_open,
			count(*) FILTER (WHERE i.kind = 'gap' AND i.state = 'closed' AND w.inside)
				AS gaps_done,
			bool_or(i.kind = 'delete' AND i.state = ANY (delete_states)) AS delete_open,
			bool_or(i.kind = 'delete' AND i.state = 'deleted' AND w.inside) AS deleted,
			bool_or(i.kind = 'delete' AND i.state = 'retained' AND w.inside) AS retained
		FROM @panel@.patient_work_item i
			CROSS JOIN LATERAL (SELECT i.state_since::date
				BETWEEN COALESCE(two_way_balance.first_day, '-infinity')
					AND COALESCE(two_way_balance.last_day, 'infinity') AS inside) w
		WHERE i.model_version = two_way_balance.model
			AND (i.collection_year = two_way_balance.collection_year
				OR i.kind = 'delete' AND i.collection_year < two_way_balance.collection_year)
			AND (two_way_balance.contract IS NULL OR i.contract_id = two_way_balance.contract)
			AND (two_way_balance.provider IS NULL OR i.provider_npi = two_way_balance.provider)
			AND @extschema@.hcc_panel_current(@panel_name@::name, '@extversion@'::text)
		GROUP BY i.hcc_code, CASE i.kind WHEN 'delete' THEN i.patient_id END
	) p
	GROUP BY p.hcc_code
	ORDER BY 3 DESC, 5 DESC, 1;
END
$panel$;
COMMENT ON FUNCTION @panel@.two_way_balance(integer, text, date, date, text, text) IS
	'How many patients have an HCC to add and to take back, open now and done in a period, side '
	'by side?';

-- Samples for audits

CREATE FUNCTION @panel@.audit_sample_again(sample bigint)
	RETURNS TABLE (sample_id bigint, "position" bigint, encounter_id @encounter_id@,
		patient_id @patient_id@, provider_npi text, service_date date, icd10_codes text[],
		expected_hccs text[])
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 100000 ROWS 50
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
SET enable_nestloop = off
SET jit = off
AS $panel$
DECLARE
	drawn @panel@.hcc_audit_sample;
	asked jsonb;
	pay_year integer;
	model_year integer;
BEGIN
	SELECT s.* INTO drawn FROM @panel@.hcc_audit_sample s
	WHERE s.sample_id = audit_sample_again.sample;
	IF NOT FOUND THEN
		PERFORM @extschema@.hcc_raise('P0002'::text, 'there is no such audit sample'::text,
			NULL::text, NULL::text);
	END IF;
	asked := drawn.parameters;
	pay_year := @extschema@.hcc_payment_year_of(drawn.collection_year);
	model_year := @extschema@.hcc_nearest_year(asked ->> 'model', pay_year);
	RETURN QUERY
	SELECT drawn.sample_id, row_number() OVER w, e.encounter_id, e.patient_id, e.provider_npi,
		e.service_date, e.codes, ARRAY(
			SELECT DISTINCT h.hcc_code
			FROM unnest(e.codes) c CROSS JOIN LATERAL unnest(
				@extschema@.person_hccs(c, e.who, asked ->> 'model', model_year)) h (hcc_code)
			ORDER BY h.hcc_code)
	FROM (
		-- The lot is a hash of seed and identifier, and no order of rows or random() of a server:
		-- who has the seed can draw the sample anywhere. Its unit is the encounter, since that is
		-- what an auditor opens.
		SELECT CASE WHEN d.encounter_id IS NOT NULL THEN d.encounter_id
				-- a record without an encounter is shown by its own identifier, if that can be
				WHEN '@encounter_id@'::regtype IN ('@diagnosis_id@'::regtype, 'text'::regtype)
					THEN r.id::text::@encounter_id@ END AS encounter_id,
			d.patient_id, min(d.provider_npi) AS provider_npi,
			max(d.diagnosis_date) AS service_date, (array_agg(m.who))[1] AS who,
			@extschema@.icd10_agg(d.icd10_code)::text[] AS codes,
			COALESCE(d.encounter_id::text, r.id::text) AS encounter,
			md5(drawn.seed || COALESCE(d.encounter_id::text, r.id::text)) AS lot
		FROM @panel@.counted_diagnosis(pay_year, asked ->> 'program', drawn.known_at,
				asked ->> 'without_list', 1, NULL::@patient_id@[]) d
			JOIN @panel@.member(pay_year, drawn.known_at, asked ->> 'contract',
				asked ->> 'provider', NULL::@patient_id@[]) m ON m.patient_id = d.patient_id
			CROSS JOIN LATERAL (SELECT CASE WHEN d.encounter_id IS NULL THEN d.id END AS id) r
		GROUP BY d.encounter_id, r.id, d.patient_id
		HAVING bool_or(@extschema@.person_has_hcc(@extschema@.hcc_canonical(d.icd10_code), m.who,
			asked ->> 'model', model_year))
		ORDER BY lot, encounter, d.patient_id
		LIMIT drawn.sample_size
	) e
	WINDOW w AS (ORDER BY e.lot, e.encounter, e.patient_id)
	ORDER BY 2;
END
$panel$;
COMMENT ON FUNCTION @panel@.audit_sample_again(bigint) IS
	'The encounters of an audit sample, drawn again from its seed and what was known then.';

CREATE FUNCTION @panel@.audit_sample(sample_size integer, collection_year integer,
	seed text DEFAULT NULL, model text DEFAULT 'V28', program text DEFAULT 'MA',
	as_of timestamptz DEFAULT NULL, contract text DEFAULT NULL, provider text DEFAULT NULL,
	without_list text DEFAULT 'error')
	RETURNS TABLE (sample_id bigint, "position" bigint, encounter_id @encounter_id@,
		patient_id @patient_id@, provider_npi text, service_date date, icd10_codes text[],
		expected_hccs text[])
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 100000 ROWS 50
SET search_path = pg_catalog, pg_temp
AS $panel$
DECLARE
	sample bigint;
BEGIN
	PERFORM @extschema@.hcc_note_payment_year(
			@extschema@.hcc_payment_year_of(collection_year)),
		@extschema@.hcc_require_model(model), @extschema@.hcc_require_program(program);
	PERFORM @extschema@.hcc_check_number('sample_size'::text, sample_size, 1, 2147483647);
	INSERT INTO @panel@.hcc_audit_sample AS s (sample_size, seed, collection_year, parameters,
		known_at)
	VALUES (audit_sample.sample_size, COALESCE(audit_sample.seed, gen_random_uuid()::text),
		audit_sample.collection_year,
		jsonb_build_object('model', audit_sample.model, 'program', audit_sample.program,
			'contract', audit_sample.contract, 'provider', audit_sample.provider,
			'without_list', audit_sample.without_list),
		COALESCE(audit_sample.as_of, clock_timestamp()))
	RETURNING s.sample_id INTO sample;
	RETURN QUERY SELECT a.* FROM @panel@.audit_sample_again(sample) a;
END
$panel$;
COMMENT ON FUNCTION @panel@.audit_sample(integer, integer, text, text, text, timestamptz, text,
	text, text) IS
	'Draws a random sample of encounters that count and have an HCC, and stores what to draw it '
	'again by.';

CREATE FUNCTION @panel@.audit_finding(sample bigint, place bigint, icd10_code text,
	finding text, actor text DEFAULT session_user) RETURNS uuid
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $panel$
DECLARE
	code text := @extschema@.hcc_canonical(icd10_code);
	audited record;
	id uuid;
BEGIN
	PERFORM @extschema@.hcc_panel_current(@panel_name@::name, '@extversion@'::text),
		@extschema@.hcc_check_named('finding'::text, ARRAY[finding],
			'{supported,not_supported,missed}'::text[]);
	IF code IS NULL OR finding IS NULL OR trim(COALESCE(actor, '')) = '' THEN
		PERFORM @extschema@.hcc_raise('22004'::text,
			'an audit finding needs a code, a finding and an actor'::text, NULL::text, NULL::text);
	END IF;
	SELECT a.patient_id, a.provider_npi, a.service_date, a.icd10_codes INTO audited
	FROM @panel@.audit_sample_again(sample) a WHERE a."position" = audit_finding.place;
	IF NOT FOUND THEN
		PERFORM @extschema@.hcc_raise('P0002'::text,
			format('audit sample %s has no position %s', sample, place), NULL::text, NULL::text);
	ELSIF (code = ANY (audited.icd10_codes)) = (finding = 'missed') THEN
		PERFORM @extschema@.hcc_raise('22023'::text,
			CASE finding WHEN 'missed' THEN 'a code that the encounter has is not missed'
				ELSE 'the encounter does not have this code' END, NULL::text,
			'audit_sample_again() shows its codes.'::text);
	END IF;
	INSERT INTO @panel@.patient_audit_finding AS f (sample_id, "position", patient_id,
		provider_npi, service_date, icd10_code, finding, actor)
	VALUES (sample, audit_finding.place, audited.patient_id, audited.provider_npi,
		audited.service_date, code, audit_finding.finding, audit_finding.actor)
	RETURNING f.finding_id INTO id;
	RETURN id;
EXCEPTION WHEN integrity_constraint_violation OR with_check_option_violation THEN
	PERFORM @extschema@.hcc_raise_without_row(SQLSTATE, SQLERRM);
END
$panel$;
COMMENT ON FUNCTION @panel@.audit_finding(bigint, bigint, text, text, text) IS
	'Records what an auditor found of a code of an audit sample; of several, the last counts.';

CREATE FUNCTION @panel@.cdi_feedback(collection_year integer, model text DEFAULT 'V28',
	program text DEFAULT 'MA', as_of timestamptz DEFAULT NULL, contract text DEFAULT NULL,
	provider text DEFAULT NULL, target numeric DEFAULT 0.95, without_list text DEFAULT 'error')
	RETURNS TABLE (quarter date, provider_npi text, source text, reason text, cases bigint,
		diagnoses bigint, pass_rate numeric, audited bigint, accuracy numeric,
		below_target boolean)
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 100000 ROWS 100
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
SET enable_nestloop = off
SET jit = off
AS $panel$
DECLARE
	pay_year integer := @extschema@.hcc_payment_year_of(collection_year);
	model_year integer := @extschema@.hcc_nearest_year(model, pay_year);
BEGIN
	PERFORM @extschema@.hcc_require_model(model), @extschema@.hcc_require_program(program),
		@extschema@.hcc_note_payment_year(pay_year);
	PERFORM @extschema@.hcc_check_amount('target'::text, target, 0, 1);
	RETURN QUERY
	WITH person AS (
		SELECT m.patient_id, m.contract_id, m.who
		FROM @panel@.member(pay_year, cdi_feedback.as_of, cdi_feedback.contract, NULL::text,
			NULL::@patient_id@[]) m
	), verdict AS (
		SELECT q.quarter, q.provider_npi, d.encounter_verdict AS reason, count(*) AS cases
		FROM @panel@.diagnosis(pay_year, cdi_feedback.program, cdi_feedback.as_of,
				cdi_feedback.without_list, NULL::date, NULL::date, NULL::@patient_id@[]) d
			JOIN person p ON p.patient_id = d.patient_id
			CROSS JOIN LATERAL (SELECT date_trunc('quarter', d.diagnosis_date)::date AS quarter,
				COALESCE(d.provider_npi, '') AS provider_npi) q
		WHERE d.record_action = 'add'
			AND @extschema@.person_has_hcc(@extschema@.hcc_canonical(d.icd10_code), p.who,
				cdi_feedback.model, model_year)
		GROUP BY q.quarter, q.provider_npi, d.encounter_verdict
	), total AS (
		SELECT v.quarter, v.provider_npi, sum(v.cases)::bigint AS diagnoses,
			round(COALESCE(sum(v.cases) FILTER (WHERE v.reason = 'ok'), 0) / sum(v.cases), 4)
				AS pass_rate
		FROM verdict v GROUP BY v.quarter, v.provider_npi
	), audited AS (
		SELECT q.quarter, q.provider_npi, f.finding AS reason, count(*) AS cases
		FROM (
			SELECT DISTINCT ON (x.sample_id, x."position", x.icd10_code) x.*
			FROM @panel@.patient_audit_finding x
			WHERE extract(year FROM x.service_date) = cdi_feedback.collection_year
				AND (cdi_feedback.as_of IS NULL OR x.known_at <= cdi_feedback.as_of)
			ORDER BY x.sample_id, x."position", x.icd10_code, x.known_at DESC, x.finding_id) f
			JOIN person p ON p.patient_id = f.patient_id
			CROSS JOIN LATERAL (SELECT date_trunc('quarter', f.service_date)::date AS quarter,
				COALESCE(f.provider_npi, '') AS provider_npi) q
		WHERE @extschema@.person_has_hcc(f.icd10_code, p.who, cdi_feedback.model, model_year)
		GROUP BY q.quarter, q.provider_npi, f.finding
	), audit AS (
		-- what is coded and should be, of all that is or should be
		SELECT a.quarter, a.provider_npi, sum(a.cases)::bigint AS audited,
			round(COALESCE(sum(a.cases) FILTER (WHERE a.reason = 'supported'), 0)
				/ sum(a.cases), 4) AS accuracy
		FROM audited a GROUP BY a.quarter, a.provider_npi
	), answer AS (
		SELECT q.quarter, q.provider_npi, e.event AS reason, count(*) AS cases
		FROM @panel@.patient_hcc_gap_event e
			JOIN @panel@.hcc_gap_state(cdi_feedback.collection_year, cdi_feedback.model,
				cdi_feedback.as_of, NULL::text, NULL::text) g ON g.patient_id = e.patient_id
				AND g.hcc_code = e.hcc_code
				AND (e.contract_id IS NULL OR e.contract_id = g.contract_id)
			JOIN person p ON p.patient_id = e.patient_id AND p.contract_id = g.contract_id
			CROSS JOIN LATERAL (
				SELECT date_trunc('quarter', e.occurred_at AT TIME ZONE 'UTC')::date AS quarter,
					COALESCE(g.base_npi, g.provider_npi, '') AS provider_npi) q
		WHERE e.collection_year = cdi_feedback.collection_year
			AND e.model_version = cdi_feedback.model
			AND (cdi_feedback.as_of IS NULL OR e.known_at <= cdi_feedback.as_of)
		GROUP BY q.quarter, q.provider_npi, e.event
	), shown AS (
		SELECT v.quarter, v.provider_npi, 'verdict' AS source, v.reason, v.cases
		FROM verdict v WHERE v.reason <> 'ok'
		UNION ALL
		SELECT t.quarter, t.provider_npi, 'ok', NULL, 0 FROM total t WHERE t.pass_rate = 1
		UNION ALL
		SELECT a.quarter, a.provider_npi, 'audit', a.reason, a.cases FROM audited a
		UNION ALL
		SELECT a.quarter, a.provider_npi, 'answer', a.reason, a.cases FROM answer a
	)
	SELECT s.quarter, NULLIF(s.provider_npi, ''), s.source, s.reason, s.cases, t.diagnoses,
		t.pass_rate, a.audited, a.accuracy, a.accuracy < cdi_feedback.target
	FROM shown s
		LEFT JOIN total t ON t.quarter = s.quarter AND t.provider_npi = s.provider_npi
		LEFT JOIN audit a ON a.quarter = s.quarter AND a.provider_npi = s.provider_npi
	WHERE cdi_feedback.provider IS NULL OR s.provider_npi = cdi_feedback.provider
	ORDER BY s.quarter, s.provider_npi, s.source DESC, s.cases DESC, s.reason;
END
$panel$;
COMMENT ON FUNCTION @panel@.cdi_feedback(integer, text, text, timestamptz, text, text, numeric,
	text) IS
	'Why did diagnoses not count, what did audits find, what was answered, per quarter and '
	'provider?';
