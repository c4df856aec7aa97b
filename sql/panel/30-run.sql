-- Scoring a population: a run
--
-- collect   one snapshot of people and diagnoses into hcc_run_input, one row per
--           person with the codes that count
-- score     that table, batch by batch, into hcc_run_result; each batch commits
-- publish   the differences to patient_hcc_score, in one transaction
--
-- Nobody sees a score before all are there. What is stored between the stages
-- lets a run that was interrupted go on where it was. There is one run at a
-- time, so that these tables are of one run. They have no column of a type of
-- the extension, for they stay when it goes.
--
-- A run of program ACA is one stage, in 80-marketplace_run.sql.

CREATE UNLOGGED TABLE @panel@.hcc_run_input (
	patient_id @patient_id@ NOT NULL,
	payment_month smallint NOT NULL,
	latest boolean NOT NULL,
	contract_id text,
	age integer,
	gender text,
	medicaid_status text,
	disabled_status boolean,
	institutional_status boolean,
	beneficiary text,
	frailty numeric,
	icd10_codes text[],
	codes_of_sources jsonb
);
COMMENT ON TABLE @panel@.hcc_run_input IS
	'Between the stages of a run: who is scored, with the codes that count.';
COMMENT ON COLUMN @panel@.hcc_run_input.codes_of_sources IS
	'The codes for models that take the records of some sources only, if they are not all.';

CREATE UNLOGGED TABLE @panel@.hcc_run_result (
	patient_id @patient_id@ NOT NULL,
	payment_month smallint NOT NULL,
	latest boolean NOT NULL,
	contract_id text,
	age integer,
	gender text,
	medicaid_status text,
	disabled_status boolean,
	institutional_status boolean,
	beneficiary text,
	frailty numeric,
	icd10_codes text[],
	program text NOT NULL,
	component text,
	model_version text,
	calibration text,
	segment text,
	hcc_list text[],
	demographic_score numeric,
	disease_score numeric,
	interaction_score numeric,
	raw_score numeric,
	normalized_score numeric,
	adjusted_score numeric,
	blend_weight numeric,
	weighted_score numeric,
	payment_score numeric,
	is_leading boolean
);
COMMENT ON TABLE @panel@.hcc_run_result IS
	'Between the stages of a run: what its models give, before it is published.';

CREATE UNLOGGED TABLE @panel@.hcc_run_unscored (
	patient_id @patient_id@ NOT NULL,
	program text NOT NULL,
	reason text NOT NULL,
	advice text
);
COMMENT ON TABLE @panel@.hcc_run_unscored IS
	'Between the stages of a run: who cannot be scored, and why.';

CREATE UNLOGGED TABLE @panel@.hcc_run_changed (
	patient_id @patient_id@ NOT NULL
);
COMMENT ON TABLE @panel@.hcc_run_changed IS
	'Between the stages of a refresh: whose data have changed.';

CREATE UNLOGGED TABLE @panel@.hcc_run_consumed (
	id bigint NOT NULL,
	changed_at timestamptz NOT NULL,
	patient_id @patient_id@,
	payment_year integer
);
COMMENT ON TABLE @panel@.hcc_run_consumed IS
	'Between the stages of a run: the changes that it has seen; later ones are for the next.';

-- What a run was asked, as its row in hcc_run keeps it

CREATE FUNCTION @panel@.hcc_run_programs(parameters jsonb) RETURNS text[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT ARRAY[parameters ->> 'program'] || ARRAY(
		SELECT p FROM jsonb_array_elements_text(parameters -> 'other_programs')
			WITH ORDINALITY o (p, n)
		WHERE p <> parameters ->> 'program' GROUP BY p ORDER BY min(n));
END;
COMMENT ON FUNCTION @panel@.hcc_run_programs(jsonb) IS
	'Part of a run: its programs, each once, the paying one first.';

CREATE FUNCTION @panel@.hcc_run_rules(parameters jsonb) RETURNS jsonb
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT CASE WHEN parameters ? 'model'
		THEN @extschema@.hcc_market_fingerprints(parameters ->> 'model',
			(parameters ->> 'payment_year')::integer)
		ELSE @extschema@.hcc_run_fingerprints((parameters ->> 'payment_year')::integer,
			@panel@.hcc_run_programs(parameters), ARRAY(SELECT generate_series(
				extract(year FROM (parameters ->> 'service_from')::date)::integer,
				extract(year FROM (parameters ->> 'service_to')::date)::integer))) END;
END;
COMMENT ON FUNCTION @panel@.hcc_run_rules(jsonb) IS
	'Part of a run: hashes of the models, payment parameters and encounter rules that it goes by.';

CREATE FUNCTION @panel@.hcc_run_year(payment_year integer, program text) RETURNS integer
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $panel$
DECLARE
	year integer := COALESCE(payment_year, (SELECT max(p.payment_year)
		FROM @extschema@.payment_year_parameter p
		WHERE p.program = hcc_run_year.program AND NOT p.provisional
			AND p.payment_year <= extract(year FROM now()) + 1));
BEGIN
	IF year IS NULL OR program IS NULL THEN
		PERFORM @extschema@.hcc_raise('55000'::text,
			format('there are no payment parameters for program "%s"', program),
			format('There are: %s.', (SELECT string_agg(DISTINCT p.program, ', ')
				FROM @extschema@.payment_year_parameter p)), NULL::text);
	END IF;
	RETURN @extschema@.hcc_payment_year(year);
END
$panel$;
COMMENT ON FUNCTION @panel@.hcc_run_year(integer, text) IS
	'Part of a run: its payment year, by default the newest of the program, at most next year''s.';

CREATE FUNCTION @panel@.hcc_run_restricted() RETURNS name
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	-- whoever does not see everybody cannot tell who is gone; a view may read tables with
	-- the rights of whoever asks
	WITH RECURSIVE source (relid) AS (
		SELECT to_regclass(format('%I.%I', @panel_name@, s))::oid
		FROM unnest('{patient_demographic,patient_diagnosis_hcc,patient_enrollment,
			patient_drug}'::name[]) s
		UNION
		SELECT d.refobjid
		FROM source v JOIN pg_catalog.pg_class c ON c.oid = v.relid AND c.relkind = 'v'
			JOIN pg_catalog.pg_rewrite r ON r.ev_class = v.relid
			JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_rewrite'::regclass
				AND d.objid = r.oid AND d.refclassid = 'pg_catalog.pg_class'::regclass
	)
	SELECT current_user::name
	WHERE EXISTS (SELECT FROM source t WHERE row_security_active(t.relid));
END;
COMMENT ON FUNCTION @panel@.hcc_run_restricted() IS
	'Part of a run: the user, where row security shows only some patients; else NULL.';

CREATE FUNCTION @panel@.hcc_run_parameters(payment_year integer, program text, component text,
	other_programs text[], known_at timestamptz, service_from date, service_to date,
	without_list text, mce boolean, allow_low_confidence boolean, keep_history boolean,
	remove_absent boolean, batch_size integer, work_mem text, resume_within interval,
	overlap interval, by_known_at boolean) RETURNS jsonb
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $panel$
DECLARE
	year integer := @panel@.hcc_run_year(payment_year, program);
	first_day date := COALESCE(service_from, @extschema@.hcc_service_start(year));
	last_day date := COALESCE(service_to, @extschema@.hcc_service_end(year));
	restricted name := @panel@.hcc_run_restricted();
BEGIN
	PERFORM @extschema@.hcc_panel_current(@panel_name@::name, '@extversion@'::text);
	PERFORM @panel@.hcc_check_tables();
	IF batch_size IS NULL OR batch_size < 1 THEN
		PERFORM @extschema@.hcc_raise('22023'::text,
			format('invalid value for argument "batch_size": %s',
				COALESCE(batch_size::text, 'NULL')),
			'It takes the number of patients to score between two commits, 1 or more.'::text,
			NULL::text);
	ELSIF NOT isfinite(first_day) OR NOT isfinite(last_day) OR first_day > last_day THEN
		PERFORM @extschema@.hcc_raise('22023'::text,
			CASE WHEN isfinite(first_day) AND isfinite(last_day)
				THEN 'service_from is after service_to' ELSE 'a service window has no end' END,
			format('They are %s and %s.', first_day, last_day), NULL::text);
	ELSIF first_day < make_date(year - 10, 1, 1) OR last_day > make_date(year + 9, 12, 31) THEN
		-- the rules of each of its years would be looked up
		PERFORM @extschema@.hcc_raise('22023'::text,
			format('the service window is far from payment year %s', year),
			format('It is from %s to %s.', first_day, last_day), NULL::text);
	ELSIF overlap < '0' OR resume_within < '0' THEN
		PERFORM @extschema@.hcc_raise('22023'::text,
			format('invalid value for argument "%s": %s',
				CASE WHEN overlap < '0' THEN 'overlap' ELSE 'resume_within' END,
				CASE WHEN overlap < '0' THEN overlap ELSE resume_within END),
			'It takes an interval that is not negative.'::text, NULL::text);
	ELSIF known_at > now() THEN
		PERFORM @extschema@.hcc_raise('22023'::text, 'known_at is in the future'::text, NULL::text,
			NULL::text);
	END IF;
	RETURN jsonb_build_object('payment_year', year, 'data_collection_year', year - 1,
		'program', program, 'component', component,
		'other_programs', COALESCE(to_jsonb(other_programs), '[]'), 'known_at', known_at,
		'service_from', first_day, 'service_to', last_day,
		'without_list', COALESCE(without_list, 'error'), 'mce', COALESCE(mce, true),
		'allow_low_confidence', COALESCE(allow_low_confidence, false),
		'keep_history', COALESCE(keep_history, true),
		'remove_absent', COALESCE(remove_absent, true) AND restricted IS NULL,
		'row_security', restricted, 'batch_size', batch_size, 'work_mem', work_mem,
		'resume_within', COALESCE(resume_within, '1 day'), 'overlap', COALESCE(overlap, '1 hour'),
		'by_known_at', COALESCE(by_known_at, false),
		-- what rows come and go with is noted by nobody, nor what setup reads since
		'tables', (SELECT jsonb_agg(t.state ORDER BY t."table"::oid)
				-- which is in the text of the function that notes
				|| jsonb_build_array((SELECT md5(p.prosrc) FROM pg_proc p
					WHERE p.oid = to_regprocedure(format('%I.patient_hcc_change()', @panel_name@))))
			FROM @panel@.hcc_tracked_tables() t),
		'subscribed', EXISTS (SELECT FROM pg_subscription_rel s
			JOIN @panel@.hcc_tracked_tables() t ON t."table" = s.srrelid));
END
$panel$;
COMMENT ON FUNCTION @panel@.hcc_run_parameters(integer, text, text, text[], timestamptz, date, date,
	text, boolean, boolean, boolean, boolean, integer, text, interval, interval, boolean) IS
	'Part of a run: checks the arguments of score_population and fills in defaults.';

-- CMS computes the scores of a payment year three times, of windows and by deadlines of
-- their own. Whoever names no run gets the one in force, and where nobody has said which
-- that is, the final one as it will be: the whole service year, whatever is known.
CREATE FUNCTION @panel@.hcc_payment_run(payment_year integer, INOUT payment_run text,
	INOUT service_from date, INOUT service_to date, INOUT known_at timestamptz,
	OUT in_force boolean, OUT deadline date)
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $panel$
DECLARE
	set_run text := (SELECT f.payment_run FROM @panel@.hcc_payment_run_in_force f
		WHERE f.payment_year = hcc_payment_run.payment_year);
	due record;
BEGIN
	in_force := COALESCE(payment_run, set_run, 'final') = COALESCE(set_run, 'final');
	payment_run := COALESCE(payment_run, set_run);
	IF payment_run IS NULL THEN
		payment_run := 'final';
		RETURN;
	END IF;
	SELECT d.* INTO due FROM @extschema@.hcc_deadline(hcc_payment_run.payment_year) d
	WHERE d.run = hcc_payment_run.payment_run;
	IF due.run IS NULL AND (service_from IS NULL OR service_to IS NULL) OR payment_run = '' THEN
		PERFORM @extschema@.hcc_raise('22023'::text,
			format('payment run "%s" of payment year %s has no service window',
				payment_run, payment_year),
			format('There are: %s.', COALESCE((SELECT string_agg(d.run, ', ' ORDER BY
				d.deadline) FROM @extschema@.hcc_deadline(hcc_payment_run.payment_year) d),
				'none')),
			'Take one of these, or give a run of yours service_from and service_to.'::text);
	END IF;
	service_from := COALESCE(service_from, due.service_from);
	service_to := COALESCE(service_to, due.service_to);
	IF known_at IS NULL AND due.deadline < now()::date THEN
		deadline := due.deadline;
		known_at := (deadline + 1)::timestamptz - interval '1 microsecond';
	END IF;
END
$panel$;
COMMENT ON FUNCTION @panel@.hcc_payment_run(integer, text, date, date, timestamptz) IS
	'Part of a run: which payment run it is, of which services, and known by when.';

CREATE FUNCTION @panel@.hcc_run_expect(expect_at_least numeric, payment_year integer,
	program text, component text, other_programs text[], known_at timestamptz, service_from date,
	service_to date, without_list text, mce boolean, allow_low_confidence boolean,
	keep_history boolean, remove_absent boolean, batch_size integer, work_mem text,
	resume_within interval, overlap interval, by_known_at boolean, payment_run text)
	RETURNS jsonb
LANGUAGE plpgsql STABLE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $panel$
DECLARE
	asked record;
	detail text;
	hint text;
BEGIN
	PERFORM @extschema@.hcc_panel_current(@panel_name@::name, '@extversion@'::text);
	IF expect_at_least IS NULL OR NOT expect_at_least BETWEEN 0 AND 1 THEN
		PERFORM @extschema@.hcc_raise('22023'::text,
			format('invalid value for argument "expect_at_least": %s',
				COALESCE(expect_at_least::text, 'NULL')),
			'It takes a share from 0 to 1 of those scored before; '
				'0: go on, whoever is gone.'::text, NULL::text);
	END IF;
	IF program = 'ACA' THEN
		PERFORM @panel@.hcc_market_run_check(payment_year, component, other_programs,
			service_from, service_to, mce, payment_run);
		RETURN @panel@.hcc_run_parameters(payment_year, program, NULL::text, NULL::text[], known_at,
				make_date(payment_year, 1, 1), make_date(payment_year, 12, 31), without_list, mce,
				allow_low_confidence, keep_history, remove_absent, batch_size, work_mem,
				resume_within, overlap, by_known_at)
			-- its scores are not those of patient_hcc_score
			|| jsonb_build_object('expect_at_least', expect_at_least, 'in_force', false,
				'data_collection_year', payment_year,
				'model', @extschema@.hcc_market_model(payment_year));
	END IF;
	SELECT p.* INTO asked FROM @panel@.hcc_payment_run(
		@panel@.hcc_run_year(payment_year, program), payment_run, service_from, service_to,
		known_at) p;
	RETURN @panel@.hcc_run_parameters(payment_year, program, component, other_programs,
			asked.known_at, asked.service_from, asked.service_to, without_list, mce,
			allow_low_confidence, keep_history, remove_absent, batch_size, work_mem,
			resume_within, overlap, by_known_at)
		|| jsonb_build_object('expect_at_least', expect_at_least, 'payment_run',
			asked.payment_run, 'in_force', asked.in_force, 'deadline', asked.deadline);
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
	PERFORM @extschema@.hcc_raise(SQLSTATE, SQLERRM, detail, hint);
END
$panel$;
COMMENT ON FUNCTION @panel@.hcc_run_expect(numeric, integer, text, text, text[], timestamptz, date,
	date, text, boolean, boolean, boolean, boolean, integer, text, interval, interval, boolean,
	text) IS
	'Part of a run: hcc_run_parameters, the payment run, and how many are expected again.';

-- Begin: take the lock; go on with what was interrupted, or start anew

CREATE FUNCTION @panel@.hcc_run_take_lock() RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $panel$
DECLARE
	runs regclass := format('%I.hcc_run', @panel_name@)::regclass;
	other text;
BEGIN
	IF NOT @extschema@.hcc_run_lock(runs) THEN
		SELECT format('Run %s of role %s, process %s, since %s: stage %s, %s of %s patients.',
			r.run_id, r.started_by, @extschema@.hcc_run_lock_holder(runs),
			to_char(r.started_at, 'YYYY-MM-DD HH24:MI:SS'), r.stage, r.patients_done,
			COALESCE(r.patients::text, '?')) INTO other
		FROM @panel@.hcc_run r WHERE r.status = 'running' ORDER BY r.run_id DESC LIMIT 1;
		PERFORM @extschema@.hcc_raise('55P03'::text,
			format('a scoring run of schema "%s" is going on', @panel_name@),
			COALESCE(other, format('It is process %s.', @extschema@.hcc_run_lock_holder(runs))),
			'Wait for it, or end it with pg_cancel_backend.'::text);
	END IF;
END
$panel$;
COMMENT ON FUNCTION @panel@.hcc_run_take_lock() IS
	'Part of a run: takes the panel''s lock; an error that names the run that has it.';

CREATE FUNCTION @panel@.hcc_run_resume(kind text, parameters jsonb, fingerprints jsonb,
	OUT run_id bigint, OUT stage text)
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $panel$
DECLARE
	newest bigint := (SELECT max(r.run_id) FROM @panel@.hcc_run r);
	-- unlogged tables are empty after a crash of the server
	stored boolean := EXISTS (SELECT FROM @panel@.hcc_run_input)
		AND EXISTS (SELECT FROM @panel@.hcc_run_result);
BEGIN
	SELECT r.run_id, r.stage INTO hcc_run_resume.run_id, hcc_run_resume.stage
	FROM @panel@.hcc_run r
	WHERE r.run_id = newest AND r.status IN ('running', 'failed', 'cancelled')
		AND hcc_run_resume.kind = 'full' AND r.kind = 'full'
		AND r.parameters = hcc_run_resume.parameters
		AND r.fingerprints = hcc_run_resume.fingerprints
		AND r.snapshot_at > now() - (hcc_run_resume.parameters ->> 'resume_within')::interval
		AND r.next_block > 0 AND stored;
	-- whoever is still said to run does not: the lock is ours
	UPDATE @panel@.hcc_run r SET status = 'abandoned', finished_at = clock_timestamp()
	WHERE r.status = 'running' AND r.run_id IS DISTINCT FROM hcc_run_resume.run_id;
	IF hcc_run_resume.run_id IS NOT NULL THEN
		UPDATE @panel@.hcc_run r SET status = 'running', pid = pg_backend_pid(),
			started_by = session_user, sqlstate = NULL, error = NULL, finished_at = NULL
		WHERE r.run_id = hcc_run_resume.run_id;
		RAISE NOTICE 'run %: goes on where it was, stage %',
			hcc_run_resume.run_id, hcc_run_resume.stage;
	END IF;
END
$panel$;
COMMENT ON FUNCTION @panel@.hcc_run_resume(text, jsonb, jsonb) IS
	'Part of a run: goes on with the newest if it was interrupted and asked for the same; else '
	'NULL.';

CREATE FUNCTION @panel@.hcc_run_begin(kind text, parameters jsonb, OUT run_id bigint,
	OUT stage text)
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $panel$
DECLARE
	rules jsonb;
	obstacle text;
BEGIN
	PERFORM @panel@.hcc_run_take_lock();
	IF parameters ->> 'row_security' IS NOT NULL THEN
		RAISE NOTICE 'row security: only what role "%" may see is scored, and no score is removed',
			parameters ->> 'row_security';
	END IF;
	rules := @panel@.hcc_run_rules(parameters);
	SELECT b.run_id, b.stage INTO hcc_run_begin.run_id, hcc_run_begin.stage
	FROM @panel@.hcc_run_resume(kind, parameters, rules) b;
	IF hcc_run_begin.run_id IS NOT NULL THEN
		RETURN;
	END IF;
	IF kind = 'refresh' THEN
		obstacle := @panel@.hcc_refresh_obstacle(parameters, rules);
		IF obstacle IS NOT NULL THEN
			RAISE NOTICE 'everybody is scored: %', obstacle;
			kind := 'full';
		END IF;
	END IF;
	INSERT INTO @panel@.hcc_run AS r (kind, payment_year, program, parameters, status, stage,
		known_at, fingerprints)
	VALUES (hcc_run_begin.kind, (hcc_run_begin.parameters ->> 'payment_year')::integer,
		hcc_run_begin.parameters ->> 'program', hcc_run_begin.parameters, 'running', 'collect',
		(hcc_run_begin.parameters ->> 'known_at')::timestamptz, rules)
	RETURNING r.run_id, r.stage INTO hcc_run_begin.run_id, hcc_run_begin.stage;
END
$panel$;
COMMENT ON FUNCTION @panel@.hcc_run_begin(text, jsonb) IS
	'Part of a run: takes the lock and begins a run, or goes on with one that was interrupted.';

-- The stages

CREATE FUNCTION @panel@.hcc_run_set_memory(parameters jsonb) RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $panel$
BEGIN
	IF parameters ->> 'work_mem' IS NOT NULL THEN
		PERFORM set_config('work_mem', parameters ->> 'work_mem', true);
	END IF;
END
$panel$;
COMMENT ON FUNCTION @panel@.hcc_run_set_memory(jsonb) IS
	'Part of a run: sets work_mem as asked, for the transaction.';

CREATE FUNCTION @panel@.hcc_run_check_models(parameters jsonb) RETURNS text[]
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $panel$
DECLARE
	year integer := (parameters ->> 'payment_year')::integer;
	models text[] := ARRAY(SELECT DISTINCT m.model_version
		FROM @extschema@.hcc_run_models(year, @panel@.hcc_run_programs(parameters)) m);
BEGIN
	IF models = '{}' THEN
		PERFORM @extschema@.hcc_require_program(p)
		FROM unnest(@panel@.hcc_run_programs(parameters)) p;
		PERFORM @extschema@.hcc_raise('55000'::text,
			format('program "%s" has no payment parameters for payment year %s',
				parameters ->> 'program', year),
			format('There are: %s.', (SELECT string_agg(p, ', ' ORDER BY p) FROM (
				SELECT format('%s %s to %s', program, min(payment_year), max(payment_year)) AS p
				FROM @extschema@.payment_year_parameter GROUP BY program) x)),
			'Add a row for each model of the year''s blend to payment_year_parameter.'
				|| @extschema@.hcc_year_hint(year, NULL::text));
	END IF;
	RETURN models;
END
$panel$;
COMMENT ON FUNCTION @panel@.hcc_run_check_models(jsonb) IS
	'Part of a run: the models of its programs; an error if there are none.';

CREATE FUNCTION @panel@.hcc_run_only(run_id bigint) RETURNS @patient_id@[]
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	-- As an array, few rows are fetched by index in the order of their pages, ahead of
	-- use; of many, each would have to be weighed by the planner.
	SELECT CASE WHEN r.kind = 'refresh'
			AND (SELECT count(*) FROM (SELECT FROM @panel@.hcc_run_changed LIMIT 50001) c) <= 50000
		THEN ARRAY(SELECT c.patient_id FROM @panel@.hcc_run_changed c) END
	FROM @panel@.hcc_run r WHERE r.run_id = hcc_run_only.run_id;
END;
COMMENT ON FUNCTION @panel@.hcc_run_only(bigint) IS
	'Part of a refresh: whose data have changed, if they are few; else NULL.';

CREATE FUNCTION @panel@.hcc_run_empty() RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
SET lock_timeout = '1s'
AS $panel$
BEGIN
	TRUNCATE @panel@.hcc_run_input, @panel@.hcc_run_result, @panel@.hcc_run_unscored;
EXCEPTION WHEN lock_not_available THEN
	-- a statement that is only prepared locks its tables, and needs no right on them
	DELETE FROM @panel@.hcc_run_input;
	DELETE FROM @panel@.hcc_run_result;
	DELETE FROM @panel@.hcc_run_unscored;
END
$panel$;
COMMENT ON FUNCTION @panel@.hcc_run_empty() IS
	'Part of a run: empties what it keeps between its stages.';

CREATE FUNCTION @panel@.hcc_run_shares(payment_year integer, few @patient_id@[])
	RETURNS integer
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	-- as many as the session lets a query have workers, for patients who are worth them
	SELECT CASE WHEN few IS NULL AND EXISTS (
				SELECT FROM @panel@.patient_demographic p
				WHERE p.payment_year = hcc_run_shares.payment_year OFFSET 10000)
			THEN LEAST(8, GREATEST(1,
				current_setting('max_parallel_workers_per_gather')::integer))
			ELSE 1 END;
END;
COMMENT ON FUNCTION @panel@.hcc_run_shares(integer, @patient_id@[]) IS
	'Part of a run: into how many shares it divides the patients, to be read side by side.';

-- Collecting: one statement for each share of the patients. A share reads all rows of its
-- patients and nobody else's, so that it can group them, join people with what was found, and
-- be done; the server's own workers take the shares side by side, as whoever runs the job, in
-- its snapshot, and die with it.

CREATE FUNCTION @panel@.hcc_run_codes_of_sources(found jsonb, source_sets text[]) RETURNS jsonb
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
	-- of a patient who has codes of other sources, too
	SELECT jsonb_object_agg(s.sources, COALESCE((
			SELECT @extschema@.icd10_agg(split_part(k.word, E'\t', 2))
			FROM jsonb_object_keys(found) k (word)
			WHERE split_part(k.word, E'\t', 1) = ANY (s.sources::text[]))::text[], '{}'))
	FROM unnest(source_sets) s (sources)
	WHERE EXISTS (SELECT FROM jsonb_object_keys(found) k (word)
		WHERE split_part(k.word, E'\t', 1) <> ALL (s.sources::text[]));
END;
COMMENT ON FUNCTION @panel@.hcc_run_codes_of_sources(jsonb, text[]) IS
	'Part of a run: of "source, tab, code", the codes of each set of sources, if they are not all.';

CREATE FUNCTION @panel@.hcc_run_codes(payment_year integer, program text, known_at timestamptz,
	without_list text, service_from date, service_to date, few @patient_id@[],
	everybody boolean, models text[], by_source boolean, codes_through integer, share integer,
	shares integer)
	RETURNS TABLE (patient_id @patient_id@, codes @extschema@.icd10_set, found jsonb,
		counted bytea, refused bytea)
LANGUAGE sql STABLE PARALLEL SAFE ROWS 1000
BEGIN ATOMIC
	SELECT v.patient_id,
		@extschema@.icd10_agg(v.icd10_code) FILTER (WHERE v.code_verdict = 'ok'),
		-- where models of the blend take the records of some sources only
		jsonb_object_agg(concat(v.record_source, E'\t', v.icd10_code), true)
			FILTER (WHERE hcc_run_codes.by_source AND v.code_verdict = 'ok'),
		@extschema@.hcc_tally(v.code_verdict),
		@extschema@.hcc_tally(v.encounter_verdict) FILTER (WHERE v.code_verdict IS NULL)
	FROM (
		-- The verdicts stand in a query of their own, or each place that names one would
		-- compute it.
		SELECT r.patient_id, r.icd10_code, r.record_source, r.encounter_verdict,
			CASE WHEN NOT @extschema@.encounter_counts(r.encounter_verdict) THEN NULL
				WHEN @extschema@.icd_has_any_hcc(r.icd10_code, hcc_run_codes.models,
					hcc_run_codes.payment_year) THEN 'ok'
				WHEN @extschema@.hcc_not_mapped_yet(r.icd10_code, r.diagnosis_date,
					hcc_run_codes.codes_through) THEN 'valid_not_mapped_yet'
				ELSE @extschema@.hcc_code_verdict(r.icd10_code, hcc_run_codes.models,
					hcc_run_codes.payment_year) END AS code_verdict
		FROM (
			SELECT d.patient_id, d.icd10_code, d.diagnosis_date, d.record_source,
				d.encounter_verdict
			FROM @panel@.diagnosis(hcc_run_codes.payment_year, hcc_run_codes.program,
				hcc_run_codes.known_at, hcc_run_codes.without_list,
				hcc_run_codes.service_from, hcc_run_codes.service_to, hcc_run_codes.few) d
			WHERE (hcc_run_codes.everybody OR hcc_run_codes.few IS NOT NULL
					OR d.patient_id IN (SELECT h.patient_id FROM @panel@.hcc_run_changed h))
				AND @extschema@.hcc_in_share(d.patient_id, hcc_run_codes.share,
					hcc_run_codes.shares)
			OFFSET bigint '0'	-- as a number it would have to be cast, and stop workers
		) r
		OFFSET bigint '0'
	) v
	GROUP BY v.patient_id;
END;
COMMENT ON FUNCTION @panel@.hcc_run_codes(integer, text, timestamptz, text, date, date,
	@patient_id@[], boolean, text[], boolean, integer, integer, integer) IS
	'Part of a run: what counts of the diagnoses of each patient of a share, and what does not.';

CREATE FUNCTION @panel@.hcc_run_share(payment_year integer, program text, component text,
	known_at timestamptz, without_list text, service_from date, service_to date,
	allow_low_confidence boolean, few @patient_id@[], everybody boolean, models text[],
	source_sets text[], codes_through integer, takes_frailty boolean, share integer,
	shares integer)
	RETURNS TABLE (patient_id @patient_id@, payment_month smallint, latest boolean,
		contract_id text, age integer, gender text, medicaid_status text,
		disabled_status boolean, institutional_status boolean, beneficiary text,
		frailty numeric, icd10_codes text[], codes_of_sources jsonb, problem text[],
		counted bytea, refused bytea, nobody boolean, worker integer)
LANGUAGE sql STABLE PARALLEL SAFE ROWS 1000
BEGIN ATOMIC
	SELECT p.patient_id, p.payment_month, p.latest, p.contract_id, p.age, p.sex, p.dual_status,
		p.age < 65 AND p.orec <> '0', p.lti, p.who::text, p.frailty,
		COALESCE(c.codes::text[], '{}'),
		-- no more than a test for the many who have none: a call would take as long as a score
		CASE WHEN c.found IS NOT NULL
			THEN @panel@.hcc_run_codes_of_sources(c.found, hcc_run_share.source_sets) END,
		CASE WHEN p.problem IS NOT NULL
			THEN ARRAY[p.problem, 'Correct it in patient_demographic.']
			ELSE @extschema@.hcc_payment_problem(p.who, hcc_run_share.payment_year,
				hcc_run_share.program, hcc_run_share.component,
				hcc_run_share.allow_low_confidence,
				CASE WHEN hcc_run_share.takes_frailty THEN p.frailty END) END,
		-- of each patient once
		CASE WHEN p.latest IS NOT false THEN c.counted END,
		CASE WHEN p.latest IS NOT false THEN c.refused END,
		p.latest IS NULL, @extschema@.hcc_worker()
	FROM (
			SELECT q.* FROM @panel@.hcc_person_row(hcc_run_share.payment_year,
				hcc_run_share.known_at, hcc_run_share.few) q
			WHERE (hcc_run_share.everybody OR hcc_run_share.few IS NOT NULL
					OR q.patient_id IN (SELECT h.patient_id FROM @panel@.hcc_run_changed h))
				AND @extschema@.hcc_in_share(q.patient_id, hcc_run_share.share,
					hcc_run_share.shares)) p
		FULL JOIN @panel@.hcc_run_codes(hcc_run_share.payment_year, hcc_run_share.program,
			hcc_run_share.known_at, hcc_run_share.without_list, hcc_run_share.service_from,
			hcc_run_share.service_to, hcc_run_share.few, hcc_run_share.everybody,
			hcc_run_share.models, hcc_run_share.source_sets <> '{}',
			hcc_run_share.codes_through, hcc_run_share.share, hcc_run_share.shares) c
			ON c.patient_id = p.patient_id;
END;
COMMENT ON FUNCTION @panel@.hcc_run_share(integer, text, text, timestamptz, text, date, date,
	boolean, @patient_id@[], boolean, text[], text[], integer, boolean, integer, integer) IS
	'Part of a run: who is to be scored with which codes, of a share of the patients.';

CREATE FUNCTION @panel@.hcc_run_read(run_id bigint, parameters jsonb) RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
SET jit = off
SET enable_mergejoin = off	-- it would sort all diagnoses, for a few corrections
SET enable_nestloop = on	-- what is set within ends with the function
SET parallel_tuple_cost = 0	-- whether workers are worth it has been decided
SET parallel_setup_cost = 0
SET min_parallel_table_scan_size = 715827882	-- a share is one process's, none's part of it
SET min_parallel_index_scan_size = 715827882
SET parallel_leader_participation = off	-- it has the writing to do
AS $panel$
DECLARE
	-- of their own types, for what is cast in a query is cast for each row
	year integer := (parameters ->> 'payment_year')::integer;
	program text := parameters ->> 'program';
	component text := parameters ->> 'component';
	known_at timestamptz := (parameters ->> 'known_at')::timestamptz;
	without_list text := parameters ->> 'without_list';
	service_from date := (parameters ->> 'service_from')::date;
	service_to date := (parameters ->> 'service_to')::date;
	low boolean := (parameters ->> 'allow_low_confidence')::boolean;
	models text[] := @panel@.hcc_run_check_models(parameters);
	everybody boolean := (SELECT r.kind = 'full' FROM @panel@.hcc_run r
		WHERE r.run_id = hcc_run_read.run_id);
	few @patient_id@[] := @panel@.hcc_run_only(run_id);
	sets text[] := @extschema@.hcc_source_sets(year, @panel@.hcc_run_programs(parameters));
	through integer := @extschema@.hcc_codes_through(models, year);
	frail boolean := @extschema@.hcc_takes_frailty(year, program, component);
	n integer := @panel@.hcc_run_shares(year, few);
BEGIN
	IF few IS NULL THEN
		PERFORM set_config('enable_nestloop', 'off', true);
	END IF;
	-- What makes a table is planned in parallel, what inserts into one or answers is not.
	CREATE TEMPORARY TABLE hcc_collected ON COMMIT DROP AS
	SELECT s.* FROM @panel@.hcc_run_share(year, program, component, known_at, without_list,
		service_from, service_to, low, few, everybody, models, sets, through, frail, 0, n) s
	UNION ALL
	SELECT s.* FROM @panel@.hcc_run_share(year, program, component, known_at, without_list,
		service_from, service_to, low, few, everybody, models, sets, through, frail, 1, n) s
	WHERE n > 1
	UNION ALL
	SELECT s.* FROM @panel@.hcc_run_share(year, program, component, known_at, without_list,
		service_from, service_to, low, few, everybody, models, sets, through, frail, 2, n) s
	WHERE n > 2
	UNION ALL
	SELECT s.* FROM @panel@.hcc_run_share(year, program, component, known_at, without_list,
		service_from, service_to, low, few, everybody, models, sets, through, frail, 3, n) s
	WHERE n > 3
	UNION ALL
	SELECT s.* FROM @panel@.hcc_run_share(year, program, component, known_at, without_list,
		service_from, service_to, low, few, everybody, models, sets, through, frail, 4, n) s
	WHERE n > 4
	UNION ALL
	SELECT s.* FROM @panel@.hcc_run_share(year, program, component, known_at, without_list,
		service_from, service_to, low, few, everybody, models, sets, through, frail, 5, n) s
	WHERE n > 5
	UNION ALL
	SELECT s.* FROM @panel@.hcc_run_share(year, program, component, known_at, without_list,
		service_from, service_to, low, few, everybody, models, sets, through, frail, 6, n) s
	WHERE n > 6
	UNION ALL
	SELECT s.* FROM @panel@.hcc_run_share(year, program, component, known_at, without_list,
		service_from, service_to, low, few, everybody, models, sets, through, frail, 7, n) s
	WHERE n > 7;
	IF n > 1 AND NOT EXISTS (SELECT FROM pg_temp.hcc_collected c WHERE c.worker IS NOT NULL) THEN
		RAISE NOTICE USING MESSAGE = format('run %s: reads alone, for no worker process was free',
				run_id),
			HINT = format('It asked for %s: see max_parallel_workers and max_worker_processes.',
				n);
	END IF;
END
$panel$;
COMMENT ON FUNCTION @panel@.hcc_run_read(bigint, jsonb) IS
	'Part of a run: reads people and diagnoses once, from one snapshot, shares side by side.';

CREATE FUNCTION @panel@.hcc_run_collect(run_id bigint, parameters jsonb) RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
SET jit = off
SET enable_nestloop = off	-- nothing is known of a table that was just made
AS $panel$
DECLARE
	year integer := (parameters ->> 'payment_year')::integer;
BEGIN
	PERFORM @panel@.hcc_run_empty();
	-- of several months, the first that cannot be scored
	INSERT INTO @panel@.hcc_run_unscored (patient_id, program, reason, advice)
	SELECT DISTINCT ON (c.patient_id) c.patient_id, parameters ->> 'program', c.problem[1],
		c.problem[2]
	FROM pg_temp.hcc_collected c WHERE c.problem IS NOT NULL AND c.patient_id IS NOT NULL
	ORDER BY c.patient_id, c.payment_month;
	IF EXISTS (SELECT FROM pg_temp.hcc_collected c WHERE c.patient_id IS NULL AND NOT c.nobody) THEN
		RAISE WARNING USING
			MESSAGE = format('run %s: patient_demographic has rows without patient_id', run_id),
			DETAIL = 'They are nobody''s, and nothing is scored of them.',
			HINT = format('SELECT * FROM %I.unusable_rows(%s);', @panel_name@, year);
	END IF;
	INSERT INTO @panel@.hcc_run_input (patient_id, payment_month, latest, contract_id, age,
		gender, medicaid_status, disabled_status, institutional_status, beneficiary, frailty,
		icd10_codes, codes_of_sources)
	SELECT c.patient_id, c.payment_month, c.latest, c.contract_id, c.age, c.gender,
		c.medicaid_status, c.disabled_status, c.institutional_status, c.beneficiary, c.frailty,
		c.icd10_codes, c.codes_of_sources
	FROM pg_temp.hcc_collected c
	WHERE c.problem IS NULL AND NOT c.nobody AND NOT EXISTS (
		SELECT FROM @panel@.hcc_run_unscored u WHERE u.patient_id = c.patient_id);
	INSERT INTO @panel@.hcc_run_unscored (patient_id, program, reason, advice)
	SELECT DISTINCT ON (t.patient_id, t.program) t.patient_id, t.program, t.problem[1], t.problem[2]
	FROM (
		SELECT i.patient_id, i.payment_month, o.program, @extschema@.hcc_payment_problem(
			i.beneficiary::@extschema@.beneficiary, year, o.program, NULL::text,
			(parameters ->> 'allow_low_confidence')::boolean,
			CASE WHEN @extschema@.hcc_takes_frailty(year, o.program, NULL::text)
				THEN i.frailty END) AS problem
		FROM unnest(@panel@.hcc_run_programs(parameters)) o (program)
			CROSS JOIN @panel@.hcc_run_input i
		WHERE o.program <> parameters ->> 'program'
	) t
	WHERE t.problem IS NOT NULL
	ORDER BY t.patient_id, t.program, t.payment_month;
END
$panel$;
COMMENT ON FUNCTION @panel@.hcc_run_collect(bigint, jsonb) IS
	'Part of a run: stores who is to be scored with which codes, from one snapshot.';

CREATE FUNCTION @panel@.hcc_run_check_scorable(program text, scorable bigint, unscored bigint)
	RETURNS void
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $panel$
DECLARE
	example record;
BEGIN
	IF scorable = 0 AND unscored > 0 THEN
		SELECT u.reason, u.advice INTO example FROM @panel@.hcc_run_unscored u
		WHERE u.program = hcc_run_check_scorable.program ORDER BY u.reason LIMIT 1;
		PERFORM @extschema@.hcc_raise('55000'::text,
			format('nobody can be scored: %s', example.reason), NULL::text, example.advice);
	END IF;
END
$panel$;
COMMENT ON FUNCTION @panel@.hcc_run_check_scorable(text, bigint, bigint) IS
	'Part of a run: an error with a reason if nobody can be scored.';

CREATE FUNCTION @panel@.hcc_run_check_input(run_id bigint, parameters jsonb, everybody boolean,
	scorable bigint, unscored bigint) RETURNS void
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
SET jit = off
AS $panel$
DECLARE
	year integer := (parameters ->> 'payment_year')::integer;
	share numeric := (parameters ->> 'expect_at_least')::numeric;
	example @panel@.hcc_run_unscored;
	stored record;
	few @patient_id@[] := @panel@.hcc_run_only(run_id);
BEGIN
	IF everybody THEN
		PERFORM @panel@.hcc_run_check_scorable(parameters ->> 'program', scorable, unscored);
	END IF;
	SELECT u.patient_id, u.program, min(u.reason) OVER same, min(u.advice) OVER same
	INTO example
	FROM @panel@.hcc_run_unscored u
	WHERE u.program <> parameters ->> 'program' AND scorable > 0 AND everybody
		AND (SELECT count(*) FROM @panel@.hcc_run_unscored o WHERE o.program = u.program) = scorable
	WINDOW same AS (PARTITION BY u.program) LIMIT 1;
	IF example.program IS NOT NULL THEN
		PERFORM @extschema@.hcc_raise('55000'::text,
			format('nobody can be scored: %s', example.reason), NULL::text, example.advice);
	END IF;
	-- another window has other diagnoses; whoever does not see everybody cannot tell who is gone
	IF COALESCE(share, 0) = 0 OR NOT (parameters ->> 'in_force')::boolean
			OR parameters ->> 'row_security' IS NOT NULL THEN
		RETURN;
	END IF;
	SELECT count(*) AS patients, count(i.patient_id) AS patients_kept,
		count(*) FILTER (WHERE s.icd10_codes <> '{}') AS diagnosed,
		count(*) FILTER (WHERE s.icd10_codes <> '{}' AND i.icd10_codes <> '{}') AS diagnosed_kept
	INTO stored
	FROM @panel@.patient_hcc_score s LEFT JOIN @panel@.hcc_run_input i
		ON i.patient_id = s.patient_id AND i.latest
	WHERE s.payment_year = year
		AND (few IS NULL OR s.patient_id = ANY (few))
		AND (everybody OR few IS NOT NULL
			OR s.patient_id IN (SELECT h.patient_id FROM @panel@.hcc_run_changed h));
	-- of a refresh, what is lost is set against everybody
	IF NOT everybody AND (stored.patients > stored.patients_kept
			OR stored.diagnosed > stored.diagnosed_kept) THEN
		SELECT count(*) AS patients,
			count(*) - (stored.patients - stored.patients_kept) AS patients_kept,
			count(*) FILTER (WHERE s.icd10_codes <> '{}') AS diagnosed,
			count(*) FILTER (WHERE s.icd10_codes <> '{}')
				- (stored.diagnosed - stored.diagnosed_kept) AS diagnosed_kept
		INTO stored
		FROM @panel@.patient_hcc_score s WHERE s.payment_year = year;
	END IF;
	PERFORM @extschema@.hcc_run_check_kept(parameters, stored.patients, stored.patients_kept,
		stored.diagnosed, stored.diagnosed_kept);
END
$panel$;
COMMENT ON FUNCTION @panel@.hcc_run_check_input(bigint, jsonb, boolean, bigint, bigint) IS
	'Part of a run: an error if nobody can be scored, or too many of those scored before are gone.';

CREATE FUNCTION @panel@.hcc_run_count(run_id bigint, parameters jsonb) RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
SET jit = off
SET enable_nestloop = off
AS $panel$
DECLARE
	year integer := (parameters ->> 'payment_year')::integer;
	everybody boolean := (SELECT r.kind = 'full' FROM @panel@.hcc_run r
		WHERE r.run_id = hcc_run_count.run_id);
	verdicts jsonb;
	found bigint;
	unscored bigint;
BEGIN
	SELECT COALESCE(jsonb_object_agg(v.verdict, v.n), '{}') INTO verdicts
	FROM (
		SELECT CASE WHEN t.nobody THEN 'no_demographic' ELSE w.verdict END AS verdict,
			sum(w.n::bigint) AS n
		FROM (
			SELECT false AS nobody, @extschema@.hcc_tally(c.refused) AS tally
			FROM pg_temp.hcc_collected c
			UNION ALL
			SELECT c.nobody, @extschema@.hcc_tally(c.counted)
			FROM pg_temp.hcc_collected c GROUP BY c.nobody) t
			CROSS JOIN LATERAL jsonb_each_text(t.tally) w (verdict, n)
		GROUP BY 1) v;
	DROP TABLE pg_temp.hcc_collected;
	UPDATE @panel@.hcc_run r SET snapshot_at = now(), next_block = 0, patients_done = 0,
		patients = (SELECT count(*) FROM @panel@.hcc_run_input i WHERE i.latest),
		patients_unscored = (SELECT count(*) FROM @panel@.hcc_run_unscored u
			WHERE u.program = hcc_run_count.parameters ->> 'program'),
		diagnoses = verdicts
	WHERE r.run_id = hcc_run_count.run_id
	RETURNING r.patients, r.patients_unscored INTO found, unscored;
	RAISE NOTICE 'run %: % patients collected', run_id, to_char(found, 'FM999,999,999,990');
	IF parameters ->> 'deadline' IS NOT NULL THEN
		RAISE NOTICE USING MESSAGE = format('run %s: %s diagnoses of the service window and %s '
				'rows of patient_demographic became known after the deadline of %s and do not '
				'count', run_id,
				to_char((SELECT count(*) FROM @panel@.patient_diagnosis_hcc d
					WHERE d.known_at > (parameters ->> 'known_at')::timestamptz
						AND d.diagnosis_date BETWEEN (parameters ->> 'service_from')::date
							AND (parameters ->> 'service_to')::date), 'FM999,999,999,990'),
				to_char((SELECT count(*) FROM @panel@.patient_demographic p
					WHERE p.known_at > (parameters ->> 'known_at')::timestamptz
						AND p.payment_year = year), 'FM999,999,999,990'),
				parameters ->> 'deadline'),
			HINT = 'known_at is when the database learned of a row; known_at => now() takes all.';
	END IF;
	PERFORM @panel@.hcc_run_check_input(run_id, parameters, everybody, found, unscored);
	-- one in a hundred
	IF (verdicts ->> 'no_demographic')::bigint * 100
			>= (SELECT sum(v.value::bigint) FROM jsonb_each_text(verdicts) v) THEN
		RAISE WARNING USING MESSAGE = format('run %s: %s diagnoses are of patients without a row '
				'in patient_demographic for payment year %s', run_id,
				to_char((verdicts ->> 'no_demographic')::bigint, 'FM999,999,999,990'), year),
			HINT = 'Nothing of them is scored; see whether the demographics are all there'
				|| CASE WHEN parameters ->> 'known_at' IS NOT NULL
					THEN format(', known by %s.', parameters ->> 'known_at') ELSE '.' END;
	END IF;
END
$panel$;
COMMENT ON FUNCTION @panel@.hcc_run_count(bigint, jsonb) IS
	'Part of a run: counts who was collected, and how many diagnoses have which verdict.';

CREATE FUNCTION @panel@.hcc_run_check_stored(run_id bigint, stage text) RETURNS void
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $panel$
DECLARE
	expected boolean := (SELECT r.patients > 0 FROM @panel@.hcc_run r
		WHERE r.run_id = hcc_run_check_stored.run_id);
BEGIN
	-- without a result, everybody would seem to be gone
	IF expected AND NOT (CASE stage WHEN 'score' THEN EXISTS (SELECT FROM @panel@.hcc_run_input)
			ELSE EXISTS (SELECT FROM @panel@.hcc_run_result) END) THEN
		PERFORM @extschema@.hcc_raise('55000'::text,
			format('what run %s has stored is no longer there as it was', run_id),
			format('It is at stage %s.', stage),
			'The scores are as they were. The same call starts anew.'::text);
	END IF;
END
$panel$;
COMMENT ON FUNCTION @panel@.hcc_run_check_stored(bigint, text) IS
	'Part of a run: an error unless what the stage before has stored is still there.';

CREATE FUNCTION @panel@.hcc_run_score(run_id bigint, parameters jsonb) RETURNS boolean
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
SET jit = off
AS $panel$
DECLARE
	blocks bigint := pg_relation_size(to_regclass(format('%I.hcc_run_input', @panel_name@)))
		/ current_setting('block_size')::integer;
	run @panel@.hcc_run;
	end_block bigint;
	scored text;
	takes_frailty boolean;
BEGIN
	PERFORM @panel@.hcc_run_check_stored(run_id, 'score'::text);
	SELECT r.* INTO run FROM @panel@.hcc_run r WHERE r.run_id = hcc_run_score.run_id;
	end_block := LEAST(blocks, run.next_block + GREATEST(1,
		(parameters ->> 'batch_size')::bigint * blocks / GREATEST(run.patients, 1)));
	FOREACH scored IN ARRAY @panel@.hcc_run_programs(parameters) LOOP
		takes_frailty := @extschema@.hcc_takes_frailty(run.payment_year, scored,
			CASE WHEN scored = run.program THEN parameters ->> 'component' END);
		INSERT INTO @panel@.hcc_run_result
		SELECT i.patient_id, i.payment_month, i.latest, i.contract_id, i.age, i.gender,
			i.medicaid_status, i.disabled_status, i.institutional_status, i.beneficiary,
			CASE WHEN takes_frailty THEN COALESCE(i.frailty, 0) ELSE 0 END, e.codes, scored,
			e.component, e.model_version, e.calibration, e.segment, e.hcc_list,
			e.demographic_score, e.disease_score, e.interaction_score, e.raw_score,
			e.normalized_score, e.adjusted_score, e.blend_weight, e.weighted_score,
			e.payment_score, e.is_leading
		FROM (
				-- before anything is asked of the models, which would be an error for these
				SELECT t.* FROM @panel@.hcc_run_input t
				WHERE t.ctid >= format('(%s,0)', run.next_block)::tid
					AND t.ctid < format('(%s,0)', end_block)::tid
					AND NOT EXISTS (SELECT FROM @panel@.hcc_run_unscored u
						WHERE u.patient_id = t.patient_id AND u.program = scored)
				OFFSET 0) i
			CROSS JOIN LATERAL (
				SELECT x.*, i.icd10_codes AS codes FROM @extschema@.raf_payment_explain(
					i.icd10_codes, i.beneficiary::@extschema@.beneficiary, run.payment_year,
					scored, CASE WHEN scored = run.program THEN parameters ->> 'component' END,
					(parameters ->> 'mce')::boolean,
					(parameters ->> 'allow_low_confidence')::boolean,
					CASE WHEN takes_frailty THEN i.frailty END) x
				WHERE i.codes_of_sources IS NULL
				UNION ALL
				SELECT x.* FROM @extschema@.hcc_payment_by_source(
					i.icd10_codes, i.codes_of_sources, i.beneficiary::@extschema@.beneficiary,
					run.payment_year, scored,
					CASE WHEN scored = run.program THEN parameters ->> 'component' END,
					(parameters ->> 'mce')::boolean,
					(parameters ->> 'allow_low_confidence')::boolean,
					CASE WHEN takes_frailty THEN i.frailty END) x
				WHERE i.codes_of_sources IS NOT NULL) e;
	END LOOP;
	UPDATE @panel@.hcc_run r SET next_block = end_block, patients_done = CASE
		WHEN end_block >= blocks THEN r.patients ELSE r.patients * end_block / blocks END
	WHERE r.run_id = hcc_run_score.run_id RETURNING r.* INTO run;
	RAISE NOTICE 'run %: % of % patients scored', run_id,
		to_char(run.patients_done, 'FM999,999,999,990'),
		to_char(run.patients, 'FM999,999,999,990');
	RETURN end_block >= blocks;
END
$panel$;
COMMENT ON FUNCTION @panel@.hcc_run_score(bigint, jsonb) IS
	'Part of a run: scores the next batch; true when it was the last.';

CREATE FUNCTION @panel@.hcc_run_first(parameters jsonb) RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT NOT EXISTS (SELECT FROM @panel@.patient_hcc_score s
			WHERE s.payment_year = (parameters ->> 'payment_year')::integer)
		AND NOT EXISTS (SELECT FROM @panel@.patient_hcc_model_score m
			WHERE m.payment_year = (parameters ->> 'payment_year')::integer);
END;
COMMENT ON FUNCTION @panel@.hcc_run_first(jsonb) IS
	'Part of a run: whether there are no scores of its payment year to compare with.';

-- What is stored is compared with the results by what a table is made of: only that is planned
-- in parallel. A full join would say both who is gone and who is another, but not in parallel.
CREATE FUNCTION @panel@.hcc_run_compare(run_id bigint, parameters jsonb, first boolean)
	RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
SET jit = off
-- the statistics of a table that was just filled may say that it is empty
SET enable_nestloop = off
SET parallel_tuple_cost = 0	-- what differs is little
AS $panel$
DECLARE
	year integer := (parameters ->> 'payment_year')::integer;
	everybody boolean := (SELECT r.kind = 'full' FROM @panel@.hcc_run r
		WHERE r.run_id = hcc_run_compare.run_id);
	few @patient_id@[] := @panel@.hcc_run_only(run_id);
	in_force boolean := (parameters ->> 'in_force')::boolean;
	remove_absent boolean := (parameters ->> 'remove_absent')::boolean;
	paying text := parameters ->> 'program';
	asked text := parameters ->> 'payment_run';
BEGIN
	CREATE TEMPORARY TABLE hcc_difference ON COMMIT DROP AS
	SELECT s.patient_id, 'removed' AS kind
	FROM (
			SELECT o.patient_id FROM @panel@.patient_hcc_score o
			WHERE in_force AND o.payment_year = year AND (few IS NULL OR o.patient_id = ANY (few))
				AND (everybody OR few IS NOT NULL
					OR o.patient_id IN (SELECT h.patient_id FROM @panel@.hcc_run_changed h))
			UNION ALL
			SELECT o.patient_id FROM @panel@.patient_hcc_run_score o
			WHERE NOT in_force AND o.payment_year = year AND o.payment_run = asked) s
	WHERE NOT hcc_run_compare.first AND remove_absent
		AND NOT EXISTS (SELECT FROM @panel@.hcc_run_result r
			WHERE r.patient_id = s.patient_id AND r.is_leading AND r.latest
				AND r.program = paying)
	UNION ALL
	SELECT r.patient_id, CASE WHEN s.patient_id IS NULL THEN 'added' ELSE 'changed' END
	FROM @panel@.hcc_run_result r
		LEFT JOIN (
			-- a table of the user's may have more columns, and in another order
			SELECT o.patient_id, o.age, o.gender, o.medicaid_status, o.disabled_status,
				o.institutional_status, o.demographic_score, o.hcc_list, o.disease_score,
				o.interaction_score, o.raf_score, o.program, o.component, o.model_version,
				o.calibration, o.segment, o.raw_score, o.icd10_codes, o.beneficiary, o.frailty,
				o.payment_run
			FROM @panel@.patient_hcc_score o
			WHERE in_force AND o.payment_year = year AND (few IS NULL OR o.patient_id = ANY (few))
			UNION ALL
			SELECT o.patient_id, o.age, o.gender, o.medicaid_status, o.disabled_status,
				o.institutional_status, o.demographic_score, o.hcc_list, o.disease_score,
				o.interaction_score, o.raf_score, o.program, o.component, o.model_version,
				o.calibration, o.segment, o.raw_score, o.icd10_codes, o.beneficiary, o.frailty,
				o.payment_run
			FROM @panel@.patient_hcc_run_score o
			WHERE NOT in_force AND o.payment_year = year AND o.payment_run = asked) s
			ON s.patient_id = r.patient_id
	WHERE NOT hcc_run_compare.first AND r.is_leading AND r.latest AND r.program = paying
		AND (s.patient_id IS NULL
			OR (s.age, s.gender, s.medicaid_status, s.disabled_status, s.institutional_status,
					s.demographic_score, s.hcc_list, s.disease_score, s.interaction_score,
					s.raf_score, s.program, s.component, s.model_version, s.calibration,
					s.segment, s.raw_score, s.icd10_codes, s.beneficiary, s.frailty,
					s.payment_run)
				IS DISTINCT FROM (r.age, r.gender, r.medicaid_status, r.disabled_status,
					r.institutional_status, r.demographic_score, r.hcc_list, r.disease_score,
					r.interaction_score, r.payment_score, r.program, r.component,
					r.model_version, r.calibration, r.segment, r.raw_score, r.icd10_codes,
					r.beneficiary, r.frailty, asked));
	ANALYZE pg_temp.hcc_difference;
END
$panel$;
COMMENT ON FUNCTION @panel@.hcc_run_compare(bigint, jsonb, boolean) IS
	'Part of a run: finds whose stored score is another than the run''s; of a first run, nobody.';

CREATE FUNCTION @panel@.hcc_run_add_scores(run_id bigint, parameters jsonb, first boolean)
	RETURNS bigint
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
SET jit = off
SET enable_nestloop = off	-- nothing is known of the results
AS $panel$
DECLARE
	year integer := (parameters ->> 'payment_year')::integer;
	first_id uuid := gen_random_uuid();
	added bigint;
BEGIN
	INSERT INTO @panel@.patient_hcc_score (id, patient_id, payment_year, data_collection_year,
		age, gender, medicaid_status, disabled_status, institutional_status, demographic_score,
		hcc_list, disease_score, interaction_score, raf_score, calculated_at, run_id, program,
		component, model_version, calibration, segment, raw_score, icd10_codes, beneficiary,
		frailty, payment_run)
	SELECT @extschema@.hcc_dated_id(first_id, now(), row_number() OVER (ORDER BY r.patient_id)),
		r.patient_id, year,
		year - 1, r.age, r.gender, r.medicaid_status, r.disabled_status, r.institutional_status,
		r.demographic_score, r.hcc_list, r.disease_score, r.interaction_score, r.payment_score,
		now(), hcc_run_add_scores.run_id, r.program, r.component, r.model_version,
		r.calibration, r.segment, r.raw_score, r.icd10_codes, r.beneficiary, r.frailty,
		parameters ->> 'payment_run'
	FROM @panel@.hcc_run_result r
		LEFT JOIN pg_temp.hcc_difference d ON d.patient_id = r.patient_id
	WHERE r.is_leading AND r.latest AND r.program = parameters ->> 'program'
		AND (hcc_run_add_scores.first OR d.kind = 'added')
	-- in the order of an index its pages are each visited once, and a patient's rows lie together
	ORDER BY r.patient_id;
	GET DIAGNOSTICS added = ROW_COUNT;
	RETURN added;
END
$panel$;
COMMENT ON FUNCTION @panel@.hcc_run_add_scores(bigint, jsonb, boolean) IS
	'Part of a run: adds those who had no score to patient_hcc_score; of a first run, everybody.';

CREATE FUNCTION @panel@.hcc_run_publish_scores(run_id bigint, parameters jsonb, first boolean,
	OUT added bigint, OUT changed bigint, OUT removed bigint)
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
SET jit = off
AS $panel$
DECLARE
	year integer := (parameters ->> 'payment_year')::integer;
BEGIN
	IF (parameters ->> 'keep_history')::boolean THEN
		INSERT INTO @panel@.patient_hcc_score_history (id, patient_id, payment_year,
			data_collection_year, age, gender, medicaid_status, disabled_status,
			institutional_status, demographic_score, hcc_list, disease_score,
			interaction_score, raf_score, calculated_at, run_id, program, component,
			model_version, calibration, segment, raw_score, icd10_codes, beneficiary, frailty,
			payment_run, superseded_at, superseded_by_run)
		SELECT s.id, s.patient_id, s.payment_year, s.data_collection_year, s.age, s.gender,
			s.medicaid_status, s.disabled_status, s.institutional_status, s.demographic_score,
			s.hcc_list, s.disease_score, s.interaction_score, s.raf_score, s.calculated_at,
			s.run_id, s.program, s.component, s.model_version, s.calibration, s.segment,
			s.raw_score, s.icd10_codes, s.beneficiary, s.frailty, s.payment_run, now(),
			hcc_run_publish_scores.run_id
		FROM @panel@.patient_hcc_score s
			JOIN pg_temp.hcc_difference d ON d.patient_id = s.patient_id
		WHERE s.payment_year = year AND d.kind <> 'added';
	END IF;
	DELETE FROM @panel@.patient_hcc_score s USING pg_temp.hcc_difference d
	WHERE d.kind = 'removed' AND d.patient_id = s.patient_id AND s.payment_year = year;
	GET DIAGNOSTICS removed = ROW_COUNT;
	UPDATE @panel@.patient_hcc_score s SET age = r.age, gender = r.gender,
		medicaid_status = r.medicaid_status, disabled_status = r.disabled_status,
		institutional_status = r.institutional_status,
		demographic_score = r.demographic_score, hcc_list = r.hcc_list,
		disease_score = r.disease_score, interaction_score = r.interaction_score,
		raf_score = r.payment_score, program = r.program, component = r.component,
		model_version = r.model_version, calibration = r.calibration, segment = r.segment,
		raw_score = r.raw_score, icd10_codes = r.icd10_codes, beneficiary = r.beneficiary,
		frailty = r.frailty, payment_run = parameters ->> 'payment_run',
		data_collection_year = year - 1, run_id = hcc_run_publish_scores.run_id,
		calculated_at = now()
	FROM pg_temp.hcc_difference d JOIN @panel@.hcc_run_result r ON r.patient_id = d.patient_id
	WHERE d.kind = 'changed' AND r.is_leading AND r.latest
		AND r.program = parameters ->> 'program'
		AND s.patient_id = d.patient_id AND s.payment_year = year;
	GET DIAGNOSTICS changed = ROW_COUNT;
	added := @panel@.hcc_run_add_scores(run_id, parameters, first);
END
$panel$;
COMMENT ON FUNCTION @panel@.hcc_run_publish_scores(bigint, jsonb, boolean) IS
	'Part of a run: brings the differences of hcc_run_compare to patient_hcc_score.';

-- A result of a run that is not in force has no history: it is as the run was last made.
CREATE FUNCTION @panel@.hcc_run_publish_aside(run_id bigint, parameters jsonb,
	OUT added bigint, OUT changed bigint, OUT removed bigint)
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
SET jit = off
AS $panel$
DECLARE
	year integer := (parameters ->> 'payment_year')::integer;
BEGIN
	DELETE FROM @panel@.patient_hcc_run_score s USING pg_temp.hcc_difference d
	WHERE d.kind <> 'added' AND d.patient_id = s.patient_id AND s.payment_year = year
		AND s.payment_run = parameters ->> 'payment_run';
	INSERT INTO @panel@.patient_hcc_run_score (patient_id, payment_year, data_collection_year,
		age, gender, medicaid_status, disabled_status, institutional_status, demographic_score,
		hcc_list, disease_score, interaction_score, raf_score, calculated_at, run_id, program,
		component, model_version, calibration, segment, raw_score, icd10_codes, beneficiary,
		frailty, payment_run)
	SELECT r.patient_id, year, year - 1, r.age, r.gender, r.medicaid_status,
		r.disabled_status, r.institutional_status, r.demographic_score, r.hcc_list,
		r.disease_score, r.interaction_score, r.payment_score, now(),
		hcc_run_publish_aside.run_id, r.program, r.component, r.model_version, r.calibration,
		r.segment, r.raw_score, r.icd10_codes, r.beneficiary, r.frailty,
		parameters ->> 'payment_run'
	FROM pg_temp.hcc_difference d JOIN @panel@.hcc_run_result r ON r.patient_id = d.patient_id
	WHERE d.kind <> 'removed' AND r.is_leading AND r.latest
		AND r.program = parameters ->> 'program'
	ORDER BY r.patient_id;
	SELECT count(*) FILTER (WHERE d.kind = 'added'), count(*) FILTER (WHERE d.kind = 'changed'),
		count(*) FILTER (WHERE d.kind = 'removed') INTO added, changed, removed
	FROM pg_temp.hcc_difference d;
END
$panel$;
COMMENT ON FUNCTION @panel@.hcc_run_publish_aside(bigint, jsonb) IS
	'Part of a run that is not in force: brings the differences to patient_hcc_run_score.';

CREATE FUNCTION @panel@.hcc_run_compare_models(run_id bigint, parameters jsonb, first boolean)
	RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
SET jit = off
SET enable_nestloop = off	-- nothing is known of the results
SET parallel_tuple_cost = 0	-- what differs is little
AS $panel$
DECLARE
	year integer := (parameters ->> 'payment_year')::integer;
	programs text[] := @panel@.hcc_run_programs(parameters);
	everybody boolean := (SELECT r.kind = 'full' FROM @panel@.hcc_run r
		WHERE r.run_id = hcc_run_compare_models.run_id);
	few @patient_id@[] := @panel@.hcc_run_only(run_id);
	remove_absent boolean := (parameters ->> 'remove_absent')::boolean;
BEGIN
	CREATE TEMPORARY TABLE hcc_model_difference ON COMMIT DROP AS
	-- Models and months by which somebody is no longer paid. Of who is scored they go in
	-- any case: beside the new ones they would be added to the score.
	SELECT 'removed' AS kind, s.patient_id, s.program, s.payment_month, s.component,
		s.model_version, s.calibration
	FROM @panel@.patient_hcc_model_score s
	WHERE NOT hcc_run_compare_models.first AND s.payment_year = year
		AND s.program = ANY (programs) AND (few IS NULL OR s.patient_id = ANY (few))
		AND (remove_absent OR EXISTS (SELECT FROM @panel@.hcc_run_result p
			WHERE p.patient_id = s.patient_id AND p.program = s.program))
		AND (everybody OR few IS NOT NULL
			OR s.patient_id IN (SELECT h.patient_id FROM @panel@.hcc_run_changed h))
		AND NOT EXISTS (SELECT FROM @panel@.hcc_run_result r
			WHERE (r.patient_id, r.program, r.payment_month, r.component, r.model_version,
					r.calibration)
				= (s.patient_id, s.program, s.payment_month, s.component, s.model_version,
					s.calibration))
	UNION ALL
	SELECT CASE WHEN s.patient_id IS NULL THEN 'added' ELSE 'changed' END, r.patient_id,
		r.program, r.payment_month, r.component, r.model_version, r.calibration
	FROM @panel@.hcc_run_result r
		LEFT JOIN (
			SELECT o.* FROM @panel@.patient_hcc_model_score o
			WHERE o.payment_year = year AND (few IS NULL OR o.patient_id = ANY (few))) s
			ON (s.patient_id, s.program, s.payment_month, s.component, s.model_version,
					s.calibration)
				= (r.patient_id, r.program, r.payment_month, r.component, r.model_version,
					r.calibration)
	WHERE NOT hcc_run_compare_models.first AND (s.patient_id IS NULL
		OR (s.contract_id, s.segment, s.hcc_list, s.demographic_score, s.disease_score,
				s.interaction_score, s.raw_score, s.normalized_score, s.adjusted_score,
				s.blend_weight, s.weighted_score)
			IS DISTINCT FROM (r.contract_id, r.segment, r.hcc_list, r.demographic_score,
				r.disease_score, r.interaction_score, r.raw_score, r.normalized_score,
				r.adjusted_score, r.blend_weight, r.weighted_score));
	ANALYZE pg_temp.hcc_model_difference;
END
$panel$;
COMMENT ON FUNCTION @panel@.hcc_run_compare_models(bigint, jsonb, boolean) IS
	'Part of a run: finds which stored scores by model are others than the run''s.';

CREATE FUNCTION @panel@.hcc_run_publish_models(run_id bigint, parameters jsonb, first boolean)
	RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
SET jit = off
SET enable_nestloop = off	-- nothing is known of the results
AS $panel$
DECLARE
	year integer := (parameters ->> 'payment_year')::integer;
	few @patient_id@[] := @panel@.hcc_run_only(run_id);
BEGIN
	PERFORM @panel@.hcc_run_compare_models(run_id, parameters, first);
	DELETE FROM @panel@.patient_hcc_model_score s USING pg_temp.hcc_model_difference d
	WHERE d.kind = 'removed' AND s.payment_year = year
		AND (few IS NULL OR s.patient_id = ANY (few))
		AND (s.patient_id, s.program, s.payment_month, s.component, s.model_version,
				s.calibration)
			= (d.patient_id, d.program, d.payment_month, d.component, d.model_version,
				d.calibration);
	UPDATE @panel@.patient_hcc_model_score s SET contract_id = r.contract_id,
		segment = r.segment, hcc_list = r.hcc_list, demographic_score = r.demographic_score,
		disease_score = r.disease_score, interaction_score = r.interaction_score,
		raw_score = r.raw_score, normalized_score = r.normalized_score,
		adjusted_score = r.adjusted_score, blend_weight = r.blend_weight,
		weighted_score = r.weighted_score, run_id = hcc_run_publish_models.run_id
	FROM pg_temp.hcc_model_difference d
		JOIN @panel@.hcc_run_result r
			ON (r.patient_id, r.program, r.payment_month, r.component, r.model_version,
					r.calibration)
				= (d.patient_id, d.program, d.payment_month, d.component, d.model_version,
					d.calibration)
	WHERE d.kind = 'changed' AND s.payment_year = year
		AND (few IS NULL OR s.patient_id = ANY (few))
		AND (s.patient_id, s.program, s.payment_month, s.component, s.model_version,
				s.calibration)
			= (d.patient_id, d.program, d.payment_month, d.component, d.model_version,
				d.calibration);
	INSERT INTO @panel@.patient_hcc_model_score (patient_id, payment_year, payment_month,
		contract_id, program, component, model_version, calibration, segment, hcc_list,
		demographic_score, disease_score, interaction_score, raw_score, normalized_score,
		adjusted_score, blend_weight, weighted_score, run_id)
	SELECT r.patient_id, year, r.payment_month, r.contract_id, r.program, r.component,
		r.model_version, r.calibration, r.segment, r.hcc_list, r.demographic_score,
		r.disease_score, r.interaction_score, r.raw_score, r.normalized_score,
		r.adjusted_score, r.blend_weight, r.weighted_score, hcc_run_publish_models.run_id
	FROM @panel@.hcc_run_result r
		LEFT JOIN pg_temp.hcc_model_difference d
			ON (d.patient_id, d.program, d.payment_month, d.component, d.model_version,
					d.calibration)
				= (r.patient_id, r.program, r.payment_month, r.component, r.model_version,
					r.calibration)
	WHERE hcc_run_publish_models.first OR d.kind = 'added'
	ORDER BY r.patient_id;
	DROP TABLE pg_temp.hcc_model_difference;
END
$panel$;
COMMENT ON FUNCTION @panel@.hcc_run_publish_models(bigint, jsonb, boolean) IS
	'Part of a run: brings the differences to patient_hcc_model_score.';

CREATE FUNCTION @panel@.hcc_run_analyze(changes bigint) RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $panel$
DECLARE
	stale regclass;
	searched text;
BEGIN
	-- Refreshes are planned by the statistics of these tables. Only an owner may take them
	-- now; autovacuum will. Nobody looks for a person as scored, or for a list of codes, whose
	-- statistics take as long as all others.
	FOR stale, searched IN SELECT c.oid::regclass, (
			SELECT string_agg(quote_ident(a.attname), ', ') FROM pg_attribute a
			WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
				AND a.attname <> ALL ('{icd10_codes,beneficiary}'))
		FROM pg_class c
		WHERE c.oid IN (format('%I.patient_hcc_score', @panel_name@)::regclass,
				format('%I.patient_hcc_model_score', @panel_name@)::regclass,
				format('%I.patient_enrollee_score', @panel_name@)::regclass)
			AND changes > GREATEST(c.reltuples, 0) / 10 AND pg_has_role(c.relowner, 'USAGE')
	LOOP
		EXECUTE format('ANALYZE %s (%s)', stale, searched);
	END LOOP;
END
$panel$;
COMMENT ON FUNCTION @panel@.hcc_run_analyze(bigint) IS
	'Part of a run: takes the statistics of the score tables after many changes.';

CREATE FUNCTION @panel@.hcc_run_publish_unscored(run_id bigint, parameters jsonb) RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
SET jit = off
AS $panel$
DECLARE
	year integer := (parameters ->> 'payment_year')::integer;
	everybody boolean := (SELECT r.kind = 'full' FROM @panel@.hcc_run r
		WHERE r.run_id = hcc_run_publish_unscored.run_id);
	unscored bigint := (SELECT count(DISTINCT u.patient_id) FROM @panel@.hcc_run_unscored u);
BEGIN
	-- whom a run cannot score does not hang on its window: of one that is not in force, they
	-- are those of the one that is
	DELETE FROM @panel@.patient_hcc_unscored o
	WHERE (parameters ->> 'in_force')::boolean AND o.payment_year = year
		AND o.program = ANY (@panel@.hcc_run_programs(parameters))
		AND (everybody AND (parameters ->> 'remove_absent')::boolean
			OR o.patient_id IN (SELECT h.patient_id FROM @panel@.hcc_run_changed h
				UNION ALL SELECT i.patient_id FROM @panel@.hcc_run_input i
				UNION ALL SELECT u.patient_id FROM @panel@.hcc_run_unscored u));
	INSERT INTO @panel@.patient_hcc_unscored (patient_id, payment_year, program, reason, advice,
		run_id)
	SELECT u.patient_id, year, u.program, u.reason, u.advice, hcc_run_publish_unscored.run_id
	FROM @panel@.hcc_run_unscored u
	WHERE (parameters ->> 'in_force')::boolean;
	IF unscored > 0 THEN
		RAISE WARNING USING MESSAGE = format('run %s: %s patients could not be scored', run_id,
				to_char(unscored, 'FM999,999,999,990')),
			DETAIL = (SELECT string_agg(format('%s: %s', to_char(x.n, 'FM999,999,999,990'),
					x.reason), E'\n' ORDER BY x.n DESC, x.reason)
				FROM (SELECT u.reason, count(*) AS n FROM @panel@.hcc_run_unscored u
					GROUP BY u.reason ORDER BY n DESC, u.reason LIMIT 10) x),
			HINT = format('They are in %I.patient_hcc_unscored, with reason and advice.',
				@panel_name@);
	END IF;
END
$panel$;
COMMENT ON FUNCTION @panel@.hcc_run_publish_unscored(bigint, jsonb) IS
	'Part of a run: brings who could not be scored to patient_hcc_unscored, with a warning.';

CREATE FUNCTION @panel@.hcc_run_finish(run_id bigint, scores bigint, added bigint,
	changed bigint, removed bigint) RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $panel$
BEGIN
	UPDATE @panel@.hcc_run r SET status = 'done', finished_at = clock_timestamp(),
		scores_added = added, scores_changed = changed, scores_removed = removed,
		scores_unchanged = COALESCE(scores, r.patients) - added - changed
	WHERE r.run_id = hcc_run_finish.run_id;
	RAISE NOTICE 'run %: % scores added, % changed, % removed', run_id,
		to_char(added, 'FM999,999,999,990'), to_char(changed, 'FM999,999,999,990'),
		to_char(removed, 'FM999,999,999,990');
END
$panel$;
COMMENT ON FUNCTION @panel@.hcc_run_finish(bigint, bigint, bigint, bigint, bigint) IS
	'Part of a run: writes down and says what it has done; scores are NULL if one per patient.';

CREATE FUNCTION @panel@.hcc_run_publish(run_id bigint, parameters jsonb) RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $panel$
DECLARE
	first boolean := (parameters ->> 'in_force')::boolean AND @panel@.hcc_run_first(parameters);
	added bigint;
	changed bigint;
	removed bigint;
BEGIN
	PERFORM @panel@.hcc_run_check_stored(run_id, 'publish'::text);
	PERFORM @panel@.hcc_run_set_memory(parameters);
	PERFORM @panel@.hcc_run_compare(run_id, parameters, first);
	IF (parameters ->> 'in_force')::boolean THEN
		SELECT p.added, p.changed, p.removed INTO added, changed, removed
		FROM @panel@.hcc_run_publish_scores(run_id, parameters, first) p;
		PERFORM @panel@.hcc_run_publish_models(run_id, parameters, first);
	ELSE
		SELECT p.added, p.changed, p.removed INTO added, changed, removed
		FROM @panel@.hcc_run_publish_aside(run_id, parameters) p;
	END IF;
	DROP TABLE pg_temp.hcc_difference;
	PERFORM @panel@.hcc_run_publish_unscored(run_id, parameters);
	PERFORM @panel@.hcc_run_analyze(added + changed);
	PERFORM @panel@.hcc_changes_done(parameters);
	PERFORM @panel@.hcc_run_empty(), @panel@.hcc_changes_empty();
	PERFORM @panel@.hcc_run_finish(run_id, NULL::bigint, added, changed, removed);
END
$panel$;
COMMENT ON FUNCTION @panel@.hcc_run_publish(bigint, jsonb) IS
	'Part of a run: brings its differences to the score tables, in one transaction.';

-- Steps: one transaction each

CREATE FUNCTION @panel@.hcc_run_restart(run_id bigint) RETURNS text
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $panel$
DECLARE
	next_stage text;
BEGIN
	RAISE NOTICE 'run %: models or rules have changed, it starts again', run_id;
	UPDATE @panel@.hcc_run r SET stage = 'collect', kind = 'full',
		fingerprints = @panel@.hcc_run_rules(r.parameters),
		seconds = r.seconds || jsonb_build_object('restarts',
			COALESCE((r.seconds ->> 'restarts')::integer, 0) + 1)
	WHERE r.run_id = hcc_run_restart.run_id
		AND COALESCE((r.seconds ->> 'restarts')::integer, 0) < 10
	RETURNING r.stage INTO next_stage;
	IF next_stage IS NULL THEN
		PERFORM @extschema@.hcc_raise('55006'::text,
			'models or rules change faster than a run can score by them'::text, NULL::text,
			'Change them in one transaction, or run when the changes are done.'::text);
	END IF;
	RETURN next_stage;
END
$panel$;
COMMENT ON FUNCTION @panel@.hcc_run_restart(bigint) IS
	'Part of a run: begins it anew by the models and rules of now; returns the first stage.';

CREATE FUNCTION @panel@.hcc_run_stage(run_id bigint, parameters jsonb, stage text) RETURNS text
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $panel$
DECLARE
	started timestamptz := clock_timestamp();
	next_stage text := stage;
BEGIN
	IF parameters ? 'model' THEN
		PERFORM @panel@.hcc_run_set_memory(parameters);
		PERFORM @panel@.hcc_market_run_collect(run_id, parameters);
	ELSIF stage = 'collect' THEN
		PERFORM @panel@.hcc_run_changes(run_id, parameters);
		PERFORM @panel@.hcc_run_set_memory(parameters);
		PERFORM @panel@.hcc_run_read(run_id, parameters);
		PERFORM @panel@.hcc_run_collect(run_id, parameters);
		PERFORM @panel@.hcc_run_count(run_id, parameters);
		next_stage := 'score';
	ELSIF stage = 'score' AND @panel@.hcc_run_score(run_id, parameters) THEN
		next_stage := 'publish';
	END IF;
	-- One run, one model: what was computed by a mixture is computed again.
	IF NOT (SELECT r.fingerprints = @panel@.hcc_run_rules(r.parameters) FROM @panel@.hcc_run r
			WHERE r.run_id = hcc_run_stage.run_id) THEN
		RETURN @panel@.hcc_run_restart(run_id);
	END IF;
	IF parameters ? 'model' THEN
		PERFORM @panel@.hcc_market_run_publish(run_id, parameters);
		next_stage := 'done';
	ELSIF stage = 'publish' THEN
		PERFORM @panel@.hcc_run_publish(run_id, parameters);
		next_stage := 'done';
	END IF;
	UPDATE @panel@.hcc_run r SET stage = next_stage,
		seconds = r.seconds || jsonb_build_object(hcc_run_stage.stage,
			round(COALESCE((r.seconds ->> hcc_run_stage.stage)::numeric, 0)
				+ extract(epoch FROM clock_timestamp() - started), 3))
	WHERE r.run_id = hcc_run_stage.run_id;
	RETURN next_stage;
END
$panel$;
COMMENT ON FUNCTION @panel@.hcc_run_stage(bigint, jsonb, text) IS
	'Part of a run: one stage, or one batch of it; returns the next.';

CREATE FUNCTION @panel@.hcc_run_step(run_id bigint, parameters jsonb, INOUT stage text,
	OUT failure jsonb)
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $panel$
DECLARE
	state text;
	message text;
	detail text;
	hint text;
BEGIN
	stage := @panel@.hcc_run_stage(run_id, parameters, stage);
EXCEPTION WHEN query_canceled OR OTHERS THEN
	GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT,
		detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
	-- the server's own of a value that it cannot read shows the value, which is a patient's
	IF state IN ('22P02', '22007', '22008', '22P03', '22021') THEN
		message := 'a value that the run has read cannot be read as what it should be';
		detail := 'It is not shown, for it is about a patient.';
		hint := 'Where tables of the panel are views, look at their casts; '
			'the scores are as they were.';
	END IF;
	failure := jsonb_build_object('run_id', run_id, 'stage', stage, 'state', state,
		'message', message,
		-- that of a violated constraint shows a row, which is about a patient
		'detail', CASE WHEN state NOT LIKE '23%' AND state <> '44000' THEN detail END,
		'hint', hint);
	UPDATE @panel@.hcc_run r
	SET status = CASE WHEN state = '57014' THEN 'cancelled' ELSE 'failed' END,
		finished_at = clock_timestamp(), sqlstate = state, error = message
	WHERE r.run_id = hcc_run_step.run_id;
END
$panel$;
COMMENT ON FUNCTION @panel@.hcc_run_step(bigint, jsonb, text) IS
	'Part of a run: one stage, or one batch of it, and what comes next; a failure is written down.';

CREATE PROCEDURE @panel@.hcc_run_execute(kind text, parameters jsonb)
LANGUAGE plpgsql
AS $panel$
DECLARE
	run pg_catalog.record;
	step pg_catalog.record;
BEGIN
	-- A procedure that commits cannot fix its search_path: it calls functions
	-- that do, and has no bare name of an operator or type, which could be
	-- somebody else's.
	SELECT b.run_id, b.stage INTO run FROM @panel@.hcc_run_begin(kind, parameters) b;
	step := run;
	WHILE step.stage OPERATOR(pg_catalog.<>) 'done' LOOP
		IF step.stage OPERATOR(pg_catalog.=) 'publish' THEN
			COMMIT;
		ELSE
			COMMIT;
			-- One snapshot for all it reads, and for whether models have changed; to be
			-- said before anything else is asked, be it what the stage is.
			SET TRANSACTION ISOLATION LEVEL REPEATABLE READ;
		END IF;
		SELECT s.stage, s.failure INTO step
		FROM @panel@.hcc_run_step(run.run_id, parameters, step.stage) s;
		IF step.failure IS NOT NULL THEN
			COMMIT;
			PERFORM @extschema@.hcc_run_fail(step.failure);
		END IF;
	END LOOP;
	COMMIT;
	PERFORM @extschema@.hcc_run_unlock();
END
$panel$;
COMMENT ON PROCEDURE @panel@.hcc_run_execute(text, jsonb) IS
	'Part of a run: begins it and takes it through its stages.';

CREATE PROCEDURE @panel@.score_population(payment_year integer DEFAULT NULL,
	program text DEFAULT 'MA', component text DEFAULT NULL, other_programs text[] DEFAULT '{}',
	known_at timestamptz DEFAULT NULL, service_from date DEFAULT NULL,
	service_to date DEFAULT NULL, without_list text DEFAULT 'error', mce boolean DEFAULT true,
	allow_low_confidence boolean DEFAULT false, keep_history boolean DEFAULT true,
	remove_absent boolean DEFAULT true, batch_size integer DEFAULT 100000,
	work_mem text DEFAULT NULL, resume_within interval DEFAULT '1 day',
	expect_at_least numeric DEFAULT 0.5, payment_run text DEFAULT NULL)
LANGUAGE plpgsql
AS $panel$
BEGIN
	CALL @panel@.hcc_run_execute('full'::pg_catalog.text, @panel@.hcc_run_expect(expect_at_least,
		payment_year, program, component, other_programs, known_at, service_from, service_to,
		without_list, mce,
		allow_low_confidence, keep_history, remove_absent, batch_size, work_mem, resume_within,
		NULL::pg_catalog.interval, NULL::pg_catalog.bool, payment_run));
END
$panel$;
COMMENT ON PROCEDURE @panel@.score_population(integer, text, text, text[], timestamptz, date, date,
	text, boolean, boolean, boolean, boolean, integer, text, interval, numeric, text) IS
	'Scores everybody of a payment year and fills patient_hcc_score and patient_hcc_model_score.';

CREATE FUNCTION @panel@.scoring_run()
	RETURNS TABLE (run_id bigint, kind text, payment_year integer, program text, state text,
		stage text, started_at timestamptz, duration interval, patients bigint,
		patients_done bigint, patients_per_second numeric, remaining interval,
		scores_added bigint, scores_changed bigint, scores_unchanged bigint,
		scores_removed bigint, error text, patients_unscored bigint, payment_run text)
LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 100
SET search_path = pg_catalog, pg_temp
AS $panel$
DECLARE
	holder integer := @extschema@.hcc_run_lock_holder(
		format('%I.hcc_run', @panel_name@)::regclass);
BEGIN
	RETURN QUERY
		SELECT r.run_id, r.kind, r.payment_year, r.program,
			-- a run whose session is gone does not say so itself
			CASE WHEN r.status = 'running' AND r.pid IS DISTINCT FROM holder THEN 'interrupted'
				ELSE r.status END,
			r.stage, r.started_at,
			date_trunc('seconds', COALESCE(r.finished_at, clock_timestamp()) - r.started_at),
			r.patients, r.patients_done,
			round(r.patients_done / NULLIF((r.seconds ->> 'score')::numeric, 0)),
			-- of scoring; collecting and publishing take as long as in the run before
			CASE WHEN r.status = 'running' AND r.stage = 'score' AND r.patients_done > 0 THEN
				make_interval(secs => ((r.seconds ->> 'score')::float8 / r.patients_done
					* (r.patients - r.patients_done))::integer) END,
			r.scores_added, r.scores_changed, r.scores_unchanged, r.scores_removed, r.error,
			r.patients_unscored, r.parameters ->> 'payment_run'
		FROM @panel@.hcc_run r ORDER BY r.run_id DESC;
END
$panel$;
COMMENT ON FUNCTION @panel@.scoring_run() IS
	'How are the scoring runs doing, the newest first, with an estimate of what remains?';
