-- What reports read must have been computed: nothing looks like zero. The rows of
-- the runs tell, for whom may read them; else what they have made.

-- A role that may read scores need not be one that may read runs. Not to know whether something
-- was computed is another thing than to know that it was not, and has another error.
CREATE FUNCTION @panel@.hcc_may_read(runs name) RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT has_table_privilege(to_regclass(format('%I.%I', @panel_name@, runs))::oid, 'SELECT');
END;
COMMENT ON FUNCTION @panel@.hcc_may_read(name) IS
	'Whether the caller may read one of the tables of runs.';

CREATE FUNCTION @panel@.hcc_not_computed(what text, job text, runs name) RETURNS void
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $panel$
BEGIN
	IF NOT @panel@.hcc_may_read(runs) THEN
		PERFORM @extschema@.hcc_raise('42501'::text,
			format('you see nothing of %s, and not whether they have been computed',
				what), NULL::text,
			format('GRANT SELECT ON %I.%I TO %I;', @panel_name@, runs, current_user));
	END IF;
	PERFORM @extschema@.hcc_raise('55000'::text, format('%s have not been computed', what),
		NULL::text, format('CALL %I.%s;', @panel_name@, job));
END
$panel$;
COMMENT ON FUNCTION @panel@.hcc_not_computed(text, text, name) IS
	'The error of a report whose stored tables nobody has filled: what to run.';

CREATE FUNCTION @panel@.hcc_gaps_computed(collection_year integer, model text,
	payment_year integer DEFAULT NULL) RETURNS boolean
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
AS $panel$
BEGIN
	-- One in the other: rights are checked for all tables of an expression before any of it is
	-- evaluated, so that AND would not spare whoever may not read the runs.
	IF @panel@.hcc_may_read('hcc_gap_run'::name) THEN
		IF EXISTS (SELECT FROM @panel@.hcc_gap_run r
			WHERE (hcc_gaps_computed.model IS NULL OR r.model_version = hcc_gaps_computed.model)
				AND (hcc_gaps_computed.collection_year IS NULL
					OR r.collection_year = hcc_gaps_computed.collection_year)
				AND (hcc_gaps_computed.payment_year IS NULL
					OR r.payment_year = hcc_gaps_computed.payment_year)) THEN
			RETURN true;
		END IF;
	END IF;
	RETURN EXISTS (SELECT FROM @panel@.patient_hcc_gap g
		WHERE (hcc_gaps_computed.model IS NULL OR g.model_version = hcc_gaps_computed.model)
			AND (hcc_gaps_computed.collection_year IS NULL
				OR g.collection_year = hcc_gaps_computed.collection_year)
			AND (hcc_gaps_computed.payment_year IS NULL
				OR g.payment_year = hcc_gaps_computed.payment_year));
END
$panel$;
COMMENT ON FUNCTION @panel@.hcc_gaps_computed(integer, text, integer) IS
	'Whether refresh_gaps has been run for a collection or payment year and a model, NULL for any.';

CREATE FUNCTION @panel@.hcc_note_gaps(what text, collection_year integer, model text)
	RETURNS boolean
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $panel$
BEGIN
	PERFORM @extschema@.hcc_panel_current(@panel_name@::name, '@extversion@'::text);
	IF @panel@.hcc_gaps_computed(collection_year, model, NULL::integer) THEN
		RETURN true;
	END IF;
	RAISE NOTICE USING
		MESSAGE = format('%s not known: the gaps of collection year %s%s have not been computed',
			what, collection_year, ' and model "' || model || '"'),
		HINT = format('CALL %I.refresh_gaps(%s);', @panel_name@, concat_ws(', ', collection_year,
			quote_literal(NULLIF(model, 'V28'))));
	RETURN false;
END
$panel$;
COMMENT ON FUNCTION @panel@.hcc_note_gaps(text, integer, text) IS
	'Whether gaps were ever computed, with a notice if not, of reports that show them beside.';

CREATE FUNCTION @panel@.hcc_require_gaps(collection_year integer, model text,
	payment_year integer DEFAULT NULL) RETURNS void
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $panel$
DECLARE
	year integer := COALESCE(payment_year - 1, collection_year);
BEGIN
	PERFORM @extschema@.hcc_panel_current(@panel_name@::name, '@extversion@'::text),
		@extschema@.hcc_payment_year_of(year), @extschema@.hcc_require_model(model);
	IF NOT @panel@.hcc_gaps_computed(collection_year, model, payment_year) THEN
		-- gaps of a year without tables could not be computed either
		PERFORM @extschema@.hcc_require_year(model, COALESCE(payment_year, year + 1)),
			@panel@.hcc_not_computed(
				format('the gaps of collection year %s and model "%s"', year, model),
				CASE model WHEN 'V28' THEN format('refresh_gaps(%s)', year)
					ELSE format('refresh_gaps(%s, %L)', year, model) END, 'hcc_gap_run'::name);
	END IF;
END
$panel$;
COMMENT ON FUNCTION @panel@.hcc_require_gaps(integer, text, integer) IS
	'An error unless the gaps of a collection (or payment) year and a model were ever computed.';

CREATE FUNCTION @panel@.hcc_note_first_gaps(collection_year integer, payment_year integer,
	model text, as_of timestamptz) RETURNS void
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
AS $panel$
DECLARE
	first timestamptz;
BEGIN
	-- who may not read the runs is not told
	IF as_of IS NULL OR NOT @panel@.hcc_may_read('hcc_gap_run'::name) THEN
		RETURN;
	END IF;
	SELECT min(r.seen_at) INTO first FROM @panel@.hcc_gap_run r
	WHERE (model IS NULL OR r.model_version = model)
		AND (hcc_note_first_gaps.collection_year IS NULL
			OR r.collection_year = hcc_note_first_gaps.collection_year)
		AND (hcc_note_first_gaps.payment_year IS NULL
			OR r.payment_year = hcc_note_first_gaps.payment_year);
	IF first > as_of THEN
		RAISE NOTICE USING MESSAGE = format('gaps were computed for the first time as of %s: '
				'of %s none are known', first, as_of),
			HINT = 'patient_gap(as_of => ...) computes those of one patient as of any time.';
	END IF;
END
$panel$;
COMMENT ON FUNCTION @panel@.hcc_note_first_gaps(integer, integer, text, timestamptz) IS
	'A notice where a report is asked for gaps of before the first refresh_gaps.';

CREATE FUNCTION @panel@.hcc_no_payment_run(payment_year integer, payment_run text) RETURNS void
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $panel$
BEGIN
	PERFORM @extschema@.hcc_raise('22023'::text,
		format('payment year %s has no payment run "%s"', payment_year, payment_run),
		format('There are: %s.', (
			SELECT COALESCE(string_agg(r.run, ', ' ORDER BY r.deadline, r.run), 'none')
			FROM (SELECT n.run, max(n.deadline) AS deadline
				FROM (SELECT d.run, d.deadline
					FROM @extschema@.hcc_deadline(hcc_no_payment_run.payment_year) d
					UNION ALL
					SELECT a.payment_run, NULL FROM @panel@.patient_hcc_run_score a
					WHERE a.payment_year = hcc_no_payment_run.payment_year) n
				GROUP BY n.run) r)),
		'A run of yours is one that score_population has made with service_from and '
			'service_to.'::text);
END
$panel$;
COMMENT ON FUNCTION @panel@.hcc_no_payment_run(integer, text) IS
	'The error of a report on a payment run that there is not: which there are.';

CREATE FUNCTION @panel@.hcc_require_scores(payment_year integer, payment_run text DEFAULT NULL,
	run bigint DEFAULT NULL, as_of timestamptz DEFAULT NULL) RETURNS void
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
AS $panel$
DECLARE
	computed boolean := false;
	newest bigint;
BEGIN
	PERFORM @extschema@.hcc_panel_current(@panel_name@::name, '@extversion@'::text),
		@extschema@.hcc_payment_year(payment_year);
	IF @panel@.hcc_may_read('hcc_run'::name) THEN
		IF EXISTS (SELECT FROM @panel@.hcc_run r
				WHERE r.payment_year = hcc_require_scores.payment_year AND r.status = 'done'
					AND CASE WHEN hcc_require_scores.payment_run IS NULL
						THEN r.parameters ->> 'in_force' IS DISTINCT FROM 'false'
						ELSE r.parameters ->> 'payment_run' = hcc_require_scores.payment_run END)
		THEN
			computed := true;
		END IF;
	END IF;
	IF NOT computed AND NOT EXISTS (SELECT FROM @panel@.stored_score(
			hcc_require_scores.payment_year, NULL::bigint, NULL::timestamptz,
			hcc_require_scores.payment_run) s) THEN
		IF payment_run IS NOT NULL AND payment_run NOT IN (
				SELECT d.run FROM @extschema@.hcc_deadline(payment_year) d) THEN
			PERFORM @panel@.hcc_no_payment_run(payment_year, payment_run);
		END IF;
		PERFORM @panel@.hcc_not_computed(concat_ws(' of ', 'the scores',
				'payment run "' || payment_run || '"', format('payment year %s', payment_year)),
			format('score_population(%s)', concat_ws(', ', payment_year,
				'payment_run => ' || quote_literal(payment_run))), 'hcc_run'::name);
	END IF;
	-- who may not read the runs is not told
	IF run IS NOT NULL AND @panel@.hcc_may_read('hcc_run'::name) THEN
		newest := (SELECT COALESCE(max(r.run_id), 0) FROM @panel@.hcc_run r);
		IF NOT run BETWEEN 0 AND newest THEN
			PERFORM @extschema@.hcc_raise('42704'::text,
				format('scoring run %s does not exist', run),
				format('The newest is %s; 0 is before the first.', newest),
				format('SELECT run_id, payment_year, status FROM %I.hcc_run;', @panel_name@));
		END IF;
	END IF;
	IF COALESCE(run::text, as_of::text) IS NOT NULL AND EXISTS (
			SELECT FROM @panel@.patient_hcc_run_score a
			WHERE a.payment_year = hcc_require_scores.payment_year
				AND a.payment_run = hcc_require_scores.payment_run) THEN
		PERFORM @extschema@.hcc_raise('0A000'::text,
			format('scores of payment run "%s" have no history', payment_run),
			'They are as the run was last made; those of the run in force have one.'::text,
			'Leave out run and as_of.'::text);
	END IF;
END
$panel$;
COMMENT ON FUNCTION @panel@.hcc_require_scores(integer, text, bigint, timestamptz) IS
	'An error unless a payment year was ever scored, by this payment run, and the run is one.';

CREATE FUNCTION @panel@.hcc_require_worklist(collection_year integer, model text) RETURNS void
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
AS $panel$
BEGIN
	PERFORM @extschema@.hcc_panel_current(@panel_name@::name, '@extversion@'::text);
	PERFORM @extschema@.hcc_require_model(model) WHERE model IS NOT NULL;
	IF collection_year IS NOT NULL THEN
		PERFORM @extschema@.hcc_payment_year_of(collection_year);
	END IF;
	IF @panel@.hcc_may_read('hcc_gap_run'::name) THEN
		IF EXISTS (SELECT FROM @panel@.hcc_gap_run r
			WHERE r.worklist_at IS NOT NULL AND (hcc_require_worklist.model IS NULL
					OR r.model_version = hcc_require_worklist.model)
				AND (hcc_require_worklist.collection_year IS NULL
					OR r.collection_year = hcc_require_worklist.collection_year)) THEN
			RETURN;
		END IF;
	END IF;
	IF NOT EXISTS (SELECT FROM @panel@.patient_work_item i
			WHERE (hcc_require_worklist.model IS NULL
					OR i.model_version = hcc_require_worklist.model)
				AND (hcc_require_worklist.collection_year IS NULL
					OR i.collection_year = hcc_require_worklist.collection_year)) THEN
		PERFORM @panel@.hcc_not_computed(concat_ws(' ', 'the work items',
				'of collection year ' || collection_year, 'and model "' || model || '"'),
			format('refresh_worklist(%s)', concat_ws(', ',
				COALESCE(collection_year, extract(year FROM now())::integer),
				quote_literal(NULLIF(model, 'V28')))), 'hcc_gap_run'::name);
	END IF;
END
$panel$;
COMMENT ON FUNCTION @panel@.hcc_require_worklist(integer, text) IS
	'An error unless refresh_worklist has been run for a collection year and a model, NULL: any.';
