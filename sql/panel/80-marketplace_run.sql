-- A run of program ACA: scores of a benefit year, stored
--
-- It is a run as any other, with its lock, its row in hcc_run, its check that models and
-- rules stay the same, and its failures. But it is one stage: who is scored, and by what,
-- is a person in a plan, not in a month, and enrollee_score makes it in one statement. So
-- nothing is kept between stages, and there is nothing to go on with.

CREATE TABLE @panel@.patient_enrollee_score (
	patient_id @patient_id@ NOT NULL,
	payment_year integer NOT NULL,
	issuer_id text NOT NULL,
	plan_id text NOT NULL,
	metal text NOT NULL,
	csr_variant text NOT NULL DEFAULT '',
	billable boolean NOT NULL,
	plan_days integer NOT NULL,
	enrolled_days integer NOT NULL,
	age integer NOT NULL,
	score numeric NOT NULL,
	csr_factor numeric NOT NULL,
	csr_score numeric NOT NULL,
	metal_scores numeric[] NOT NULL,
	model_version text NOT NULL,
	icd10_codes text[] NOT NULL,
	beneficiary text NOT NULL,
	calculated_at timestamptz NOT NULL DEFAULT now(),
	run_id bigint,
	PRIMARY KEY (patient_id, payment_year, issuer_id, plan_id, metal, csr_variant, billable)
) @by_patient@;
COMMENT ON TABLE @panel@.patient_enrollee_score IS
	'Scores of the marketplace as of the last run: one row per person, benefit year and plan.';
COMMENT ON COLUMN @panel@.patient_enrollee_score.csr_variant IS 'Empty: none is known.';
COMMENT ON COLUMN @panel@.patient_enrollee_score.metal_scores IS
	'What the score would be in platinum, gold, silver, bronze and catastrophic.';
COMMENT ON COLUMN @panel@.patient_enrollee_score.icd10_codes IS
	'What was scored, drugs and procedures with it; with beneficiary and model, raf_explain '
	'gives the score again.';
COMMENT ON COLUMN @panel@.patient_enrollee_score.run_id IS
	'The run that found this result first; later runs that find the same leave the row alone.';

CREATE TABLE @panel@.patient_enrollee_score_history (
	LIKE @panel@.patient_enrollee_score,
	superseded_at timestamptz NOT NULL,
	superseded_by_run bigint NOT NULL
);
COMMENT ON TABLE @panel@.patient_enrollee_score_history IS
	'Scores of the marketplace that a later run replaced; each was valid until superseded_at.';
CREATE INDEX patient_enrollee_score_history_patient ON @panel@.patient_enrollee_score_history
	(patient_id, payment_year, superseded_at);

CREATE FUNCTION @panel@.stored_enrollee_score(payment_year integer, run bigint DEFAULT NULL,
	as_of timestamptz DEFAULT NULL)
	RETURNS TABLE (patient_id @patient_id@, issuer_id text, plan_id text, metal text,
		csr_variant text, billable boolean, plan_days integer, enrolled_days integer, age integer,
		score numeric, csr_factor numeric, csr_score numeric, metal_scores numeric[],
		model_version text, icd10_codes text[], beneficiary text, run_id bigint,
		calculated_at timestamptz)
LANGUAGE sql STABLE PARALLEL SAFE ROWS 1000
BEGIN ATOMIC
	SELECT s.patient_id, s.issuer_id, s.plan_id, s.metal, s.csr_variant, s.billable, s.plan_days,
		s.enrolled_days, s.age, s.score, s.csr_factor, s.csr_score, s.metal_scores,
		s.model_version, s.icd10_codes, s.beneficiary, s.run_id, s.calculated_at
	FROM @panel@.patient_enrollee_score s
	WHERE s.payment_year = @extschema@.hcc_payment_year(stored_enrollee_score.payment_year)
		AND (stored_enrollee_score.run IS NULL OR s.run_id <= stored_enrollee_score.run)
		AND (stored_enrollee_score.as_of IS NULL
			OR s.calculated_at <= stored_enrollee_score.as_of)
		AND @extschema@.hcc_panel_current(@panel_name@::name, '@extversion@'::text)
	UNION ALL
	SELECT h.patient_id, h.issuer_id, h.plan_id, h.metal, h.csr_variant, h.billable, h.plan_days,
		h.enrolled_days, h.age, h.score, h.csr_factor, h.csr_score, h.metal_scores,
		h.model_version, h.icd10_codes, h.beneficiary, h.run_id, h.calculated_at
	FROM @panel@.patient_enrollee_score_history h
	-- what was replaced counts for the time before it was
	WHERE (stored_enrollee_score.run IS NOT NULL OR stored_enrollee_score.as_of IS NOT NULL)
		AND h.payment_year = stored_enrollee_score.payment_year
		AND (stored_enrollee_score.run IS NULL OR h.run_id <= stored_enrollee_score.run
			AND h.superseded_by_run > stored_enrollee_score.run)
		AND (stored_enrollee_score.as_of IS NULL OR h.calculated_at <= stored_enrollee_score.as_of
			AND h.superseded_at > stored_enrollee_score.as_of);
END;
COMMENT ON FUNCTION @panel@.stored_enrollee_score(integer, bigint, timestamptz) IS
	'The stored scores of the marketplace as they are, as a run left them, or as of a time.';

CREATE FUNCTION @panel@.hcc_market_run_check(payment_year integer, component text,
	other_programs text[], service_from date, service_to date, mce boolean, payment_run text)
	RETURNS void
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $panel$
DECLARE
	wrong text := CASE WHEN component IS NOT NULL THEN 'component'
		WHEN other_programs <> '{}' THEN 'other_programs'
		WHEN service_from IS NOT NULL THEN 'service_from'
		WHEN service_to IS NOT NULL THEN 'service_to'
		WHEN NOT mce THEN 'mce'
		WHEN payment_run IS NOT NULL THEN 'payment_run' END;
BEGIN
	IF wrong IS NOT NULL THEN
		PERFORM @extschema@.hcc_raise('22023'::text,
			format('argument "%s" is not for program ACA', wrong),
			'A benefit year is scored once, by its own services and the edits of its model.'::text,
			'Leave it out.'::text);
	END IF;
	PERFORM @extschema@.hcc_market_model(payment_year);
END
$panel$;
COMMENT ON FUNCTION @panel@.hcc_market_run_check(integer, text, text[], date, date, boolean, text)
	IS 'Part of a run of program ACA: an error at what it was asked and does not know.';

CREATE FUNCTION @panel@.hcc_market_run_verdicts(parameters jsonb) RETURNS jsonb
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT COALESCE(jsonb_object_agg(v.verdict, v.n), '{}')
	FROM (
		SELECT CASE WHEN d.verdict = 'ok' THEN @extschema@.hcc_code_verdict(d.icd10_code,
				ARRAY[parameters ->> 'model'], (parameters ->> 'payment_year')::integer)
			ELSE d.verdict END AS verdict, count(*) AS n
		FROM @panel@.enrollee_diagnosis((parameters ->> 'payment_year')::integer,
			(parameters ->> 'known_at')::timestamptz, parameters ->> 'without_list',
			NULL::@patient_id@[]) d
		GROUP BY 1) v;
END;
COMMENT ON FUNCTION @panel@.hcc_market_run_verdicts(jsonb) IS
	'Part of a run of program ACA: how many diagnoses of the benefit year have which verdict.';

CREATE FUNCTION @panel@.hcc_market_run_count(run_id bigint, parameters jsonb) RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
SET jit = off
SET enable_nestloop = off	-- nothing is known of a table that was just made
AS $panel$
DECLARE
	year integer := (parameters ->> 'payment_year')::integer;
	unscored bigint := (SELECT count(*) FROM @panel@.hcc_run_unscored u);
	scored bigint;
	stored record;
BEGIN
	scored := (SELECT count(DISTINCT e.patient_id) FROM pg_temp.hcc_enrollee e
		WHERE e.problem IS NULL);
	UPDATE @panel@.hcc_run r SET snapshot_at = now(), patients = scored, patients_done = scored,
		patients_unscored = unscored,
		diagnoses = @panel@.hcc_market_run_verdicts(hcc_market_run_count.parameters)
	WHERE r.run_id = hcc_market_run_count.run_id;
	PERFORM @panel@.hcc_run_check_scorable(parameters ->> 'program', scored, unscored);
	-- whoever does not see everybody cannot tell who is gone
	IF (parameters ->> 'expect_at_least')::numeric = 0
			OR parameters ->> 'row_security' IS NOT NULL THEN
		RETURN;
	END IF;
	SELECT count(*) AS people, count(n.patient_id) AS people_kept,
		count(*) FILTER (WHERE s.coded) AS coded,
		count(*) FILTER (WHERE s.coded AND n.coded) AS coded_kept INTO stored
	FROM (SELECT o.patient_id, bool_or(o.icd10_codes <> '{}') AS coded
			FROM @panel@.patient_enrollee_score o
			WHERE o.payment_year = year
			GROUP BY o.patient_id) s
		LEFT JOIN (SELECT e.patient_id, bool_or(e.icd10_codes <> '{}') AS coded
			FROM pg_temp.hcc_enrollee e WHERE e.problem IS NULL GROUP BY e.patient_id) n
			ON n.patient_id = s.patient_id;
	PERFORM @extschema@.hcc_run_check_kept(parameters, stored.people, stored.people_kept,
		stored.coded, stored.coded_kept);
END
$panel$;
COMMENT ON FUNCTION @panel@.hcc_market_run_count(bigint, jsonb) IS
	'Part of a run of program ACA: counts people and verdicts; an error if too many are gone.';

-- That there are such, the engine warns of; here it is counted.
CREATE FUNCTION @panel@.hcc_market_run_note_variants(run_id bigint, parameters jsonb, scored jsonb)
	RETURNS void
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
SET jit = off
AS $panel$
DECLARE
	unknown record;
BEGIN
	SELECT sum(v.n) AS scores, string_agg(format('variant %s, %s: %s', v.csr_variant, v.metal,
			to_char(v.n, 'FM999,999,999,990')), E'\n' ORDER BY v.n DESC, v.csr_variant, v.metal)
		AS listed INTO unknown
	FROM jsonb_to_recordset(scored) v (csr_variant text, metal text, n bigint)
		JOIN (
			SELECT f.model_version, f.payment_year, array_agg(f.csr_variant
				|| COALESCE(f.metal, '')) AS known
			FROM @extschema@.hcc_csr_factor f GROUP BY f.model_version, f.payment_year) m
			ON m.model_version = parameters ->> 'model'
				AND m.payment_year = (parameters ->> 'payment_year')::integer
	WHERE v.csr_variant <> ALL (m.known) AND v.csr_variant || v.metal <> ALL (m.known);
	IF unknown.scores > 0 THEN
		RAISE NOTICE USING MESSAGE = format('run %s: the cost-sharing variant of %s scores has no '
				'factor and counts as 1.00', run_id,
				to_char(unknown.scores, 'FM999,999,999,990')),
			DETAIL = unknown.listed;
	END IF;
END
$panel$;
COMMENT ON FUNCTION @panel@.hcc_market_run_note_variants(bigint, jsonb, jsonb) IS
	'Part of a run of program ACA: says how many scores have a variant without a factor.';

CREATE FUNCTION @panel@.hcc_market_run_collect(run_id bigint, parameters jsonb) RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
SET jit = off
AS $panel$
DECLARE
	year integer := (parameters ->> 'payment_year')::integer;
	model text := parameters ->> 'model';
BEGIN
	CREATE TEMPORARY TABLE hcc_enrollee ON COMMIT DROP AS
	SELECT s.patient_id, s.issuer_id, s.plan_id, s.metal,
		COALESCE(s.csr_variant, '') AS csr_variant, s.billable, s.plan_days, s.enrolled_days,
		s.age, s.score, s.csr_factor, s.csr_score,
		@extschema@.raf_metal_scores(s.codes, s.who, model, year) AS metal_scores,
		s.codes::text[] AS icd10_codes, s.who::text AS beneficiary, s.problem
	FROM @panel@.enrollee_score(year, (parameters ->> 'known_at')::timestamptz,
		parameters ->> 'without_list', NULL::text, NULL::@patient_id@[], model) s;
	PERFORM @panel@.hcc_run_empty();
	-- of several plans, the first that cannot be scored
	INSERT INTO @panel@.hcc_run_unscored (patient_id, program, reason, advice)
	SELECT DISTINCT ON (e.patient_id) e.patient_id, 'ACA', e.problem,
		'Correct it in patient_enrollment.'
	FROM pg_temp.hcc_enrollee e WHERE e.problem IS NOT NULL
	ORDER BY e.patient_id, e.issuer_id, e.plan_id, e.problem;
	PERFORM @panel@.hcc_market_run_count(run_id, parameters),
		@panel@.hcc_market_run_note_variants(run_id, parameters, (SELECT jsonb_agg(v)
			FROM (
				SELECT substring(e.beneficiary, 'csr_variant=([0-9]{2})') AS csr_variant,
					substring(e.beneficiary, 'metal=([a-z]+)') AS metal, count(*) AS n
				FROM pg_temp.hcc_enrollee e WHERE e.problem IS NULL GROUP BY 1, 2) v));
END
$panel$;
COMMENT ON FUNCTION @panel@.hcc_market_run_collect(bigint, jsonb) IS
	'Part of a run of program ACA: scores everybody, and lists who cannot be.';

CREATE FUNCTION @panel@.hcc_market_run_publish(run_id bigint, parameters jsonb) RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
SET jit = off
SET enable_nestloop = off	-- nothing is known of a table that was just made
AS $panel$
DECLARE
	year integer := (parameters ->> 'payment_year')::integer;
	scores bigint;
	added bigint;
	changed bigint;
	removed bigint;
BEGIN
	WITH gone AS (
		DELETE FROM @panel@.patient_enrollee_score s
		USING (
			SELECT o.patient_id, o.issuer_id, o.plan_id, o.metal, o.csr_variant, o.billable,
				n.patient_id IS NOT NULL AS changed
			FROM @panel@.patient_enrollee_score o
				LEFT JOIN (SELECT e.* FROM pg_temp.hcc_enrollee e WHERE e.problem IS NULL) n
					USING (patient_id, issuer_id, plan_id, metal, csr_variant, billable)
			WHERE o.payment_year = year
				AND CASE WHEN n.patient_id IS NULL
					THEN (parameters ->> 'remove_absent')::boolean
					ELSE (o.plan_days, o.enrolled_days, o.age, o.score, o.csr_factor, o.csr_score,
							o.metal_scores, o.model_version, o.icd10_codes, o.beneficiary)
						IS DISTINCT FROM (n.plan_days, n.enrolled_days, n.age, n.score,
							n.csr_factor, n.csr_score, n.metal_scores, parameters ->> 'model',
							n.icd10_codes, n.beneficiary) END) d
		WHERE s.payment_year = year
			AND (s.patient_id, s.issuer_id, s.plan_id, s.metal, s.csr_variant, s.billable)
				= (d.patient_id, d.issuer_id, d.plan_id, d.metal, d.csr_variant, d.billable)
		RETURNING s.*, d.changed
	), kept AS (
		INSERT INTO @panel@.patient_enrollee_score_history (patient_id, payment_year, issuer_id,
			plan_id, metal, csr_variant, billable, plan_days, enrolled_days, age, score,
			csr_factor, csr_score, metal_scores, model_version, icd10_codes, beneficiary,
			calculated_at, run_id, superseded_at, superseded_by_run)
		SELECT g.patient_id, g.payment_year, g.issuer_id, g.plan_id, g.metal, g.csr_variant,
			g.billable, g.plan_days, g.enrolled_days, g.age, g.score, g.csr_factor, g.csr_score,
			g.metal_scores, g.model_version, g.icd10_codes, g.beneficiary, g.calculated_at,
			g.run_id, now(), hcc_market_run_publish.run_id
		FROM gone g
		WHERE (parameters ->> 'keep_history')::boolean
	)
	SELECT count(*) FILTER (WHERE g.changed), count(*) FILTER (WHERE NOT g.changed)
	INTO changed, removed FROM gone g;
	INSERT INTO @panel@.patient_enrollee_score (patient_id, payment_year, issuer_id, plan_id, metal,
		csr_variant, billable, plan_days, enrolled_days, age, score, csr_factor, csr_score,
		metal_scores, model_version, icd10_codes, beneficiary, calculated_at, run_id)
	SELECT e.patient_id, year, e.issuer_id, e.plan_id, e.metal, e.csr_variant, e.billable,
		e.plan_days, e.enrolled_days, e.age, e.score, e.csr_factor, e.csr_score, e.metal_scores,
		parameters ->> 'model', e.icd10_codes, e.beneficiary, now(),
		hcc_market_run_publish.run_id
	FROM pg_temp.hcc_enrollee e
	WHERE e.problem IS NULL AND NOT EXISTS (SELECT FROM @panel@.patient_enrollee_score s
		WHERE s.payment_year = year
			AND (s.patient_id, s.issuer_id, s.plan_id, s.metal, s.csr_variant, s.billable)
				= (e.patient_id, e.issuer_id, e.plan_id, e.metal, e.csr_variant, e.billable))
	ORDER BY e.patient_id;
	GET DIAGNOSTICS added = ROW_COUNT;
	added := added - changed;
	scores := (SELECT count(*) FROM pg_temp.hcc_enrollee e WHERE e.problem IS NULL);
	DROP TABLE pg_temp.hcc_enrollee;
	-- they are those of this program, whatever run of another is in force
	PERFORM @panel@.hcc_run_publish_unscored(run_id, parameters || '{"in_force": true}');
	PERFORM @panel@.hcc_run_analyze(added + changed), @panel@.hcc_run_empty();
	PERFORM @panel@.hcc_run_finish(run_id, scores, added, changed, removed);
END
$panel$;
COMMENT ON FUNCTION @panel@.hcc_market_run_publish(bigint, jsonb) IS
	'Part of a run of program ACA: brings the differences to patient_enrollee_score.';
