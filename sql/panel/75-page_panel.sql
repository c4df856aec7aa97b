-- The page of a panel: one section each of the reports and of what runs have stored. It runs as
-- the caller; what has not been computed, and what the caller may not read, is said in its place.
--
-- Each function of a section returns its markup and the tile that it has at the head of the page.

-- A page shows what was known at a time: the scores that a run left which saw no more than that.
CREATE FUNCTION @panel@.hcc_page_run(payment_year integer, as_of timestamptz) RETURNS bigint
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 100
SET search_path = pg_catalog, pg_temp
AS $panel$
DECLARE
	run bigint;
BEGIN
	PERFORM @panel@.hcc_require_scores(payment_year);
	IF as_of IS NULL THEN
		RETURN NULL;
	END IF;
	SELECT max(r.run_id) INTO run FROM @panel@.hcc_run r
	WHERE r.payment_year = hcc_page_run.payment_year AND r.status = 'done'
		AND r.parameters ->> 'in_force' IS DISTINCT FROM 'false'
		AND COALESCE(r.known_at, r.snapshot_at) <= hcc_page_run.as_of;
	IF run IS NULL THEN
		PERFORM @extschema@.hcc_raise('55000'::text,
			format('no scores of payment year %s are of what was known by %s',
				payment_year, as_of), NULL::text,
			format('CALL %I.score_population(%s, known_at => %L);', @panel_name@,
				payment_year, as_of));
	END IF;
	RETURN run;
END
$panel$;
COMMENT ON FUNCTION @panel@.hcc_page_run(integer, timestamptz) IS
	'The newest run of a year that saw nothing later than a time; NULL for now.';

-- What sections draw is counted by functions that answer rows: these are planned in parallel,
-- what selects into variables is not.

CREATE FUNCTION @panel@.hcc_page_score_counts(payment_year integer, as_of timestamptz,
	contract text)
	RETURNS TABLE (year integer, score numeric, patients bigint)
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 100000 ROWS 1000
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
SET jit = off
SET parallel_tuple_cost = 0	-- few rows are handed on, which the planner cannot know
AS $panel$
DECLARE
	run bigint := @panel@.hcc_page_run(payment_year, as_of);
	-- there may be none of the year before
	run_before bigint := CASE WHEN as_of IS NOT NULL THEN COALESCE((SELECT max(r.run_id)
		FROM @panel@.hcc_run r WHERE r.payment_year = hcc_page_score_counts.payment_year - 1
			AND r.status = 'done' AND r.parameters ->> 'in_force' IS DISTINCT FROM 'false'
			AND COALESCE(r.known_at, r.snapshot_at) <= hcc_page_score_counts.as_of), 0) END;
BEGIN
	RETURN QUERY
	WITH asked AS MATERIALIZED (
		SELECT y AS payment_year, m.patient_id
		FROM generate_series(hcc_page_score_counts.payment_year - 1,
				hcc_page_score_counts.payment_year) y
			CROSS JOIN LATERAL @panel@.member(y, hcc_page_score_counts.as_of,
				hcc_page_score_counts.contract, NULL::text, NULL::@patient_id@[]) m
		WHERE hcc_page_score_counts.contract IS NOT NULL
	)
	SELECT s.year, s.score, count(*)
	FROM (
		SELECT hcc_page_score_counts.payment_year AS year, t.patient_id, t.raf_score AS score
		FROM @panel@.stored_score(hcc_page_score_counts.payment_year, run, NULL::timestamptz) t
		UNION ALL
		SELECT hcc_page_score_counts.payment_year - 1, t.patient_id, t.raf_score
		FROM @panel@.stored_score(hcc_page_score_counts.payment_year - 1, run_before,
			NULL::timestamptz) t
	) s
	WHERE s.score IS NOT NULL AND (hcc_page_score_counts.contract IS NULL
		OR (s.patient_id, s.year) IN (SELECT a.patient_id, a.payment_year FROM asked a))
	GROUP BY s.year, s.score;
END
$panel$;
COMMENT ON FUNCTION @panel@.hcc_page_score_counts(integer, timestamptz, text) IS
	'Part of panel_page: how many patients have which payment score, this year and last.';

CREATE FUNCTION @panel@.hcc_page_scores(payment_year integer, as_of timestamptz, model text,
	contract text, program text, OUT markup text, OUT tile text, OUT figure text, OUT note text)
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 100000
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
SET jit = off
AS $panel$
DECLARE
	year text := hcc_page_scores.payment_year::text;
	before text := (hcc_page_scores.payment_year - 1)::text;
	years text[];
	bounds text[];
	shares numeric[];
	bins text[];
	measures text[];
	mean numeric;
	mean_before numeric;
BEGIN
	WITH counted AS MATERIALIZED (
		SELECT c.year AS y, c.score, c.patients AS n
		FROM @panel@.hcc_page_score_counts(hcc_page_scores.payment_year, hcc_page_scores.as_of,
			hcc_page_scores.contract) c
	), ranked AS (
		SELECT c.*, sum(c.n) OVER (PARTITION BY c.y ORDER BY c.score) AS upto,
			sum(c.n) OVER (PARTITION BY c.y) AS whole
		FROM counted c
	), measure AS (
		SELECT g.y, max(r.whole) AS patients, round(sum(r.score * r.n) / max(r.whole), 4) AS mean,
			min(r.score) FILTER (WHERE 2 * r.upto >= r.whole) AS median,
			min(r.score) FILTER (WHERE 10 * r.upto >= 9 * r.whole) AS p90, max(r.score) AS highest
		FROM (VALUES (hcc_page_scores.payment_year), (hcc_page_scores.payment_year - 1)) g (y)
			LEFT JOIN ranked r ON r.y = g.y
		GROUP BY g.y
	), bin AS (
		SELECT b, m.y, COALESCE(sum(c.n), 0) AS n, max(m.patients) AS patients
		FROM generate_series(0, 12) b
			CROSS JOIN measure m
			LEFT JOIN counted c ON c.y = m.y
				AND LEAST(GREATEST(floor(c.score * 4), 0), 12) = b
		GROUP BY b, m.y
	), share AS (
		SELECT i.y, array_agg(round(i.n / i.patients, 5) ORDER BY i.b) AS shares FROM bin i
		WHERE i.patients > 0 GROUP BY i.y
	)
	SELECT (SELECT array_agg(m.y::text ORDER BY m.y DESC) FROM measure m WHERE m.patients > 0),
		(SELECT array_agg(trim_scale(b * 0.25) || CASE b WHEN 12 THEN '+' ELSE '' END ORDER BY b)
			FROM generate_series(0, 12) b),
		(SELECT array_agg(s.shares ORDER BY s.y DESC) FROM share s),
		(SELECT array_agg(ARRAY[CASE t.b WHEN 12 THEN '3 and above'
				ELSE format('%s to below %s', t.b * 0.25, t.b * 0.25 + 0.25) END, t.this, t.share,
				t.last] ORDER BY t.b)
			FROM (SELECT i.b, to_char(i.n, 'FM999,999,999') AS this,
					@extschema@.hcc_page_percent(i.n, i.patients) AS share,
					to_char(l.n, 'FM999,999,999') AS last
				FROM bin i LEFT JOIN bin l ON l.b = i.b AND l.y = i.y - 1 AND l.patients > 0
				WHERE i.y = hcc_page_scores.payment_year) t),
		(SELECT array_agg(ARRAY[m.y::text, to_char(m.patients, 'FM999,999,999'), m.mean::text,
			m.median::text, m.p90::text, m.highest::text] ORDER BY m.y DESC) FROM measure m),
		(SELECT m.mean FROM measure m WHERE m.y = hcc_page_scores.payment_year),
		(SELECT m.mean FROM measure m WHERE m.y = hcc_page_scores.payment_year - 1)
	INTO years, bounds, shares, bins, measures, mean, mean_before;
	tile := 'Mean payment score ' || year;
	figure := round(mean, 3)::text;
	note := CASE WHEN mean_before IS NOT NULL THEN format('%s: %s', before, round(mean_before, 3))
		ELSE format('%s has not been scored', before) END;
	markup := @extschema@.hcc_html_p('Share of patients by payment score. Each column is a range '
			'of a quarter of a point; the last has everybody from 3 on.'::text, 'lead'::text)
		|| CASE WHEN mean_before IS NULL THEN @extschema@.hcc_html_missing(
			format('the scores of payment year %s, to compare with', before),
			format('CALL %I.score_population(%s);', @panel_name@, before)) ELSE '' END
		|| @extschema@.hcc_html_pair(
			@extschema@.chart_histogram(format('Payment scores of %s', array_to_string(years,
				' and ')), 'Columns of the share of patients in each range of the payment score; '
				'the numbers are in the table.'::text, bounds, years, shares, '%'::text)
			|| '<div class="below">' || @extschema@.hcc_html_table(
				'Mean, median, 90th percentile and highest score'::text,
				'{Year,Patients,Mean,Median,90th,Highest}'::text[], 'tnnnnn'::text,
				measures) || '</div>',
			@extschema@.hcc_html_table('Patients by payment score'::text,
				ARRAY['Score', year, 'Share', before], 'tnnn'::text, bins));
END
$panel$;
COMMENT ON FUNCTION @panel@.hcc_page_scores(integer, timestamptz, text, text, text) IS
	'Section of panel_page: the distribution of payment scores, this year beside last.';

CREATE FUNCTION @panel@.hcc_page_model_sums(payment_year integer, as_of timestamptz, contract text,
	program text)
	RETURNS TABLE (component text, model_version text, calibration text, blend_weight numeric,
		scores bigint, raw numeric, normalized numeric, adjusted numeric, weighted numeric,
		monthly boolean)
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 100000 ROWS 10
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
SET jit = off
SET parallel_tuple_cost = 0	-- few rows are handed on, which the planner cannot know
AS $panel$
BEGIN
	RETURN QUERY
	WITH asked AS MATERIALIZED (
		SELECT m.patient_id
		FROM @panel@.member(hcc_page_model_sums.payment_year, hcc_page_model_sums.as_of,
			hcc_page_model_sums.contract, NULL::text, NULL::@patient_id@[]) m
		WHERE hcc_page_model_sums.contract IS NOT NULL
	)
	SELECT s.component, s.model_version, s.calibration, s.blend_weight, count(*),
		sum(s.raw_score), sum(s.normalized_score), sum(s.adjusted_score), sum(s.weighted_score),
		bool_or(s.payment_month > 0)
	FROM @panel@.patient_hcc_model_score s
	WHERE s.payment_year = hcc_page_model_sums.payment_year
		AND s.program = hcc_page_model_sums.program
		AND (hcc_page_model_sums.contract IS NULL
			OR CASE WHEN s.payment_month > 0
					THEN COALESCE(s.contract_id, '') = hcc_page_model_sums.contract
				ELSE s.patient_id IN (SELECT a.patient_id FROM asked a) END)
	GROUP BY s.component, s.model_version, s.calibration, s.blend_weight;
END
$panel$;
COMMENT ON FUNCTION @panel@.hcc_page_model_sums(integer, timestamptz, text, text) IS
	'Part of panel_page: what the scores of each model come to, step by step.';

CREATE FUNCTION @panel@.hcc_page_payment(payment_year integer, as_of timestamptz, model text,
	contract text, program text, OUT markup text, OUT tile text, OUT figure text, OUT note text)
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 100000
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
SET jit = off
AS $panel$
DECLARE
	raw numeric;
	normalized numeric;
	adjusted numeric;
	paid numeric;
	persons numeric;
	monthly boolean;
	sums numeric[];
	steps text[] := '{Raw score,Normalization,Coding adjustment,Rounding,Payment score}'::text[];
	models text[];
	run bigint := @panel@.hcc_page_run(payment_year, as_of);
BEGIN
	IF EXISTS (SELECT FROM @panel@.hcc_run r
			WHERE r.payment_year = hcc_page_payment.payment_year AND r.status = 'done'
				AND r.parameters ->> 'in_force' IS DISTINCT FROM 'false'
				AND r.run_id > run) THEN
		markup := @extschema@.hcc_html_missing(format('the steps as of run %s: they are kept of '
			'the newest run only', run));
		RETURN;
	END IF;
	SELECT sum(p.raw * p.blend_weight), sum(p.normalized * p.blend_weight),
		sum(p.adjusted * p.blend_weight), sum(p.weighted), sum(p.scores * p.blend_weight),
		bool_or(p.monthly),
		array_agg(ARRAY[concat_ws(' ', p.model_version, NULLIF(p.component, 'part_c'), 'at',
					@extschema@.hcc_page_percent(p.blend_weight, 1)),
				round(p.raw / p.scores, 4)::text, round(p.normalized / p.scores, 4)::text,
				round(p.adjusted / p.scores, 4)::text, round(p.weighted / p.scores, 4)::text]
			ORDER BY p.scores DESC, p.blend_weight DESC, p.model_version)
	INTO raw, normalized, adjusted, paid, persons, monthly, models
	FROM @panel@.hcc_page_model_sums(hcc_page_payment.payment_year, hcc_page_payment.as_of,
		hcc_page_payment.contract, hcc_page_payment.program) p;
	IF persons IS NULL THEN
		markup := @extschema@.hcc_html_missing(format('nobody of program %s has a score in payment '
			'year %s', program, payment_year));
		RETURN;
	END IF;
	sums := ARRAY[raw, normalized - raw, adjusted - normalized, paid - adjusted, paid];
	markup := @extschema@.hcc_html_p(format('Mean of %s. Raw scores are taken with the weight of '
			'their model, then divided by its normalization factor, lowered by the coding pattern '
			'adjustment and rounded to three decimals at each step.', CASE WHEN monthly
			THEN 'all months of all patients' ELSE 'all patients' END), 'lead'::text)
		|| @extschema@.hcc_html_pair(
			@extschema@.chart_waterfall('From raw score to payment score'::text,
				'A waterfall of means: the raw score, what each step takes away, and the payment '
				'score.'::text, steps, ARRAY(SELECT round(u.s / persons, 4)
					FROM unnest(sums) WITH ORDINALITY u (s, n) ORDER BY u.n))
			|| '<div class="below">' || @extschema@.hcc_html_table('By model: means'::text,
				'{Model and weight,Raw,Normal,Adjusted,Part}'::text[], 'tnnnn'::text, models)
			|| '</div>', @extschema@.hcc_html_table('The same, exactly'::text,
				'{Step,Mean,Sum}'::text[], 'tnn'::text,
				(SELECT array_agg(ARRAY[u.step, round(u.s / persons, 6)::text,
					@extschema@.hcc_page_exact(u.s)] ORDER BY u.n)
				FROM unnest(steps, sums) WITH ORDINALITY u (step, s, n)), true));
END
$panel$;
COMMENT ON FUNCTION @panel@.hcc_page_payment(integer, timestamptz, text, text, text) IS
	'Section of panel_page: the way from raw score to payment.';

CREATE FUNCTION @panel@.hcc_page_recapture(payment_year integer, as_of timestamptz, model text,
	gap_counts @extschema@.hcc_gap_count[], OUT markup text, OUT tile text, OUT figure text,
	OUT note text)
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 100000
SET search_path = pg_catalog, pg_temp
AS $panel$
DECLARE
	year integer := hcc_page_recapture.payment_year - 1;
	today date := COALESCE(as_of, now())::date;
	compared boolean := @panel@.hcc_gaps_computed(year - 1, model, NULL::integer);
	months text[];
	rates numeric[];
	cells text[];
	counts numeric[];
	gaps bigint;
	closed bigint;
	rate numeric;
	rate_before numeric;
BEGIN
	PERFORM @panel@.hcc_require_gaps(year, model, NULL::integer),
		@panel@.hcc_note_first_gaps(year, NULL::integer, model, as_of);
	WITH month AS (
		SELECT right(r.month, 2) AS month, r.closed_ytd AS closed, r.gaps,
			r.rate_strict_ytd AS rate, NULL::numeric AS before
		FROM @extschema@.hcc_gap_months(gap_counts, year, today) r
		UNION ALL
		SELECT right(r.month, 2), NULL, NULL, NULL, r.rate_strict_ytd
		FROM @extschema@.hcc_gap_months(gap_counts, year - 1, today) r
		WHERE compared
	), joined AS (
		SELECT m.n, to_char(make_date(2000, m.n, 1), 'Mon') AS month, max(r.closed) AS closed,
			max(r.gaps) AS gaps, max(r.rate) AS rate, max(r.before) AS before
		FROM generate_series(1, 12) m (n) LEFT JOIN month r ON r.month::integer = m.n
		GROUP BY m.n
	)
	SELECT array_agg(j.month ORDER BY j.n),
		ARRAY[array_agg(j.rate ORDER BY j.n), array_agg(j.before ORDER BY j.n)],
		array_agg(ARRAY[j.month, to_char(j.closed, 'FM999,999,999'),
			@extschema@.hcc_page_percent(j.rate, 1), @extschema@.hcc_page_percent(j.before, 1)]
			ORDER BY j.n) FILTER (WHERE j.rate IS NOT NULL OR j.before IS NOT NULL),
		(array_agg(j.rate ORDER BY j.n DESC) FILTER (WHERE j.rate IS NOT NULL))[1],
		(array_agg(j.before ORDER BY j.n DESC) FILTER (WHERE j.rate IS NOT NULL))[1]
	INTO months, rates, cells, rate, rate_before FROM joined j;
	SELECT ARRAY[r.closed, r.downgraded, r.pending, r.gaps - r.closed - r.downgraded - r.pending],
		r.gaps, r.closed
	INTO counts, gaps, closed
	FROM (SELECT COALESCE(sum(g.gaps), 0) AS gaps,
			COALESCE(sum(g.gaps) FILTER (WHERE g.status = 'closed'), 0) AS closed,
			COALESCE(sum(g.gaps) FILTER (WHERE g.status = 'downgraded'), 0) AS downgraded,
			COALESCE(sum(g.gaps) FILTER (WHERE g.status = 'pending'), 0) AS pending
		FROM unnest(gap_counts) g WHERE g.in_rate AND g.collection_year = year) r;
	tile := format('Recaptured of %s', year - 1);
	figure := round(100 * rate, 1) || ' %';
	note := CASE WHEN rate_before IS NULL THEN format('%s of %s gaps closed',
			@extschema@.hcc_page_number(closed), @extschema@.hcc_page_number(gaps))
		ELSE format('a year before: %s %%', round(100 * rate_before, 1)) END;
	IF gaps = 0 THEN
		markup := @extschema@.hcc_html_p(format('The gaps of %s have been computed, and there is '
			'none to recapture.', year));
		RETURN;
	END IF;
	markup := @extschema@.hcc_html_p(format('Of the conditions documented in %s that are expected '
			'every year, how many are documented again, by services up to the end of each month '
			'of %s.', year - 1, year), 'lead'::text)
		|| CASE WHEN NOT compared THEN @extschema@.hcc_html_missing(
			format('the gaps of %s, to compare with', year - 1),
			format('CALL %I.refresh_gaps(%s);', @panel_name@, year - 1)) ELSE '' END
		|| @extschema@.hcc_html_pair(
			@extschema@.chart_line(format('Recapture rate through %s', year),
				'A line of the share closed by the end of each month; the numbers are in the '
				'table.'::text, months, CASE WHEN compared THEN ARRAY[year::text,
				(year - 1)::text] ELSE ARRAY[year::text] END, rates, '%'::text),
			@extschema@.hcc_html_table('Closed by the end of the month'::text,
				ARRAY['Month', 'Closed', year::text, (year - 1)::text], 'tnnn'::text, cells))
		|| '<h3>What became of the gaps</h3>' || @extschema@.hcc_html_pair(
			@extschema@.chart_stacked_bar('Gaps by state'::text, 'One bar of all gaps by state.'
				::text, ARRAY[format('Gaps of %s', year)],
				'{Closed,Something lesser,Pending,Open}'::text[], ARRAY[counts]),
			@extschema@.hcc_html_table('Gaps by state'::text, '{State,Gaps,Share}'::text[],
				'tnn'::text, (SELECT array_agg(ARRAY[u.state, @extschema@.hcc_page_number(u.n),
					CASE WHEN u.line < 5 THEN @extschema@.hcc_page_percent(u.n, gaps) END]
					ORDER BY u.line)
				FROM unnest('{Closed,Documented as something lesser,Pending,Open,All}'::text[],
					counts || gaps::numeric) WITH ORDINALITY u (state, n, line)), true));
END
$panel$;
COMMENT ON FUNCTION @panel@.hcc_page_recapture(integer, timestamptz, text,
	@extschema@.hcc_gap_count[]) IS
	'Section of panel_page: the recapture rate through the year, beside last year''s.';

CREATE FUNCTION @panel@.hcc_page_gap_hccs(payment_year integer, as_of timestamptz, model text,
	contract text)
	RETURNS TABLE (hcc_code text, label text, gaps bigint, value numeric)
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 100000 ROWS 100
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
SET jit = off
SET parallel_tuple_cost = 0	-- few rows are handed on, which the planner cannot know
AS $panel$
BEGIN
	RETURN QUERY
	SELECT g.hcc_code, min(g.label), count(*), sum(g.value_payment)
	FROM @panel@.hcc_gap_state_value(hcc_page_gap_hccs.payment_year - 1, hcc_page_gap_hccs.model,
		hcc_page_gap_hccs.as_of, hcc_page_gap_hccs.contract, NULL::text) g
	WHERE @extschema@.hcc_gap_open(g.status, g.excluded, g.superseded_by)
	GROUP BY g.hcc_code;
END
$panel$;
COMMENT ON FUNCTION @panel@.hcc_page_gap_hccs(integer, timestamptz, text, text) IS
	'Part of panel_page: the open gaps of each HCC, and what each is worth by itself.';

-- A share of the patients is a process's own: it can group their gaps by patient, and hand on no
-- more than a row for each provider. Whoever calls adds up, also what stands in rows of its own:
-- patients are told apart without what their gaps come to, which would be kept with each.
CREATE FUNCTION @panel@.hcc_page_gap_share(payment_year integer, as_of timestamptz, model text,
	contract text, share integer, shares integer)
	RETURNS TABLE (of_all boolean, provider_npi text, patients bigint, gaps numeric, value numeric,
		dollars numeric, unpriced bigint)
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 100000 ROWS 1000
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
SET jit = off
SET enable_sort = off	-- it expects fewer patients, and would sort them
SET max_parallel_workers_per_gather = 0
AS $panel$
BEGIN
	RETURN QUERY
	WITH of_contract AS MATERIALIZED (
		-- joint values are the same on all gaps that a patient has of a contract
		SELECT g.patient_id, g.provider_npi, g.contract_id,
			max(LEAST(12, g.enrolled_months))::integer AS months, count(*) AS gaps,
			max(g.joint_payment) AS joint
		FROM @panel@.hcc_gap_state_value(hcc_page_gap_share.payment_year - 1,
			hcc_page_gap_share.model, hcc_page_gap_share.as_of, hcc_page_gap_share.contract,
			NULL::text) g
		WHERE @extschema@.hcc_gap_open(g.status, g.excluded, g.superseded_by)
			AND @extschema@.hcc_in_share(g.patient_id, hcc_page_gap_share.share,
				hcc_page_gap_share.shares)
		GROUP BY g.patient_id, g.provider_npi, g.contract_id
	)
	SELECT grouping(c.provider_npi) = 1, c.provider_npi, NULL::bigint, sum(c.gaps), sum(c.joint),
		sum(v.dollars), count(*) FILTER (WHERE v.dollars IS NULL)
	FROM of_contract c
		LEFT JOIN @panel@.hcc_year_rate(hcc_page_gap_share.payment_year) r
			ON r.contract_id = c.contract_id AND r.months = c.months
		CROSS JOIN LATERAL (SELECT round(c.joint * r.rate, 2) AS dollars) v
	GROUP BY GROUPING SETS ((c.provider_npi), ())
	UNION ALL
	SELECT false, p.provider_npi, count(*), NULL, NULL, NULL, NULL
	FROM (SELECT DISTINCT c.patient_id, c.provider_npi FROM of_contract c) p
	GROUP BY p.provider_npi
	UNION ALL
	SELECT true, NULL, count(*), NULL, NULL, NULL, NULL
	FROM (SELECT DISTINCT c.patient_id FROM of_contract c) p;
END
$panel$;
COMMENT ON FUNCTION @panel@.hcc_page_gap_share(integer, timestamptz, text, text, integer,
	integer) IS
	'Part of panel_page: hcc_page_gap_providers of a share of the patients.';

CREATE FUNCTION @panel@.hcc_page_gap_providers(payment_year integer, as_of timestamptz, model text,
	contract text)
	RETURNS TABLE (of_all boolean, provider_npi text, patients numeric, gaps numeric,
		value numeric, dollars numeric, unpriced numeric)
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 100000 ROWS 1000
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
SET jit = off
SET parallel_setup_cost = 0	-- of what a share costs the planner knows nothing
SET parallel_tuple_cost = 0
AS $panel$
DECLARE
	n integer := LEAST(4, GREATEST(1,
		current_setting('max_parallel_workers_per_gather')::integer));
BEGIN
	RETURN QUERY
	SELECT s.of_all, s.provider_npi, sum(s.patients), sum(s.gaps), sum(s.value), sum(s.dollars),
		sum(s.unpriced)
	FROM (
		SELECT a.* FROM @panel@.hcc_page_gap_share(hcc_page_gap_providers.payment_year,
			hcc_page_gap_providers.as_of, hcc_page_gap_providers.model,
			hcc_page_gap_providers.contract, 0, n) a
		UNION ALL
		SELECT a.* FROM @panel@.hcc_page_gap_share(hcc_page_gap_providers.payment_year,
			hcc_page_gap_providers.as_of, hcc_page_gap_providers.model,
			hcc_page_gap_providers.contract, 1, n) a
		WHERE n > 1
		UNION ALL
		SELECT a.* FROM @panel@.hcc_page_gap_share(hcc_page_gap_providers.payment_year,
			hcc_page_gap_providers.as_of, hcc_page_gap_providers.model,
			hcc_page_gap_providers.contract, 2, n) a
		WHERE n > 2
		UNION ALL
		SELECT a.* FROM @panel@.hcc_page_gap_share(hcc_page_gap_providers.payment_year,
			hcc_page_gap_providers.as_of, hcc_page_gap_providers.model,
			hcc_page_gap_providers.contract, 3, n) a
		WHERE n > 3) s
	GROUP BY s.of_all, s.provider_npi
	HAVING sum(s.patients) > 0;	-- without any gap there is no row of all either
END
$panel$;
COMMENT ON FUNCTION @panel@.hcc_page_gap_providers(integer, timestamptz, text, text) IS
	'Part of panel_page: what open gaps are worth together, by provider and in all.';

CREATE FUNCTION @panel@.hcc_page_gaps(payment_year integer, as_of timestamptz, model text,
	contract text, program text, OUT markup text, OUT tile text, OUT figure text, OUT note text)
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 100000
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
SET jit = off
AS $panel$
DECLARE
	year integer := hcc_page_gaps.payment_year - 1;
	hccs text[];
	hcc_labels text[];
	hcc_gaps numeric[];
	providers text[];
	provider_labels text[];
	provider_values numeric[];
	gaps bigint;
	patients bigint;
	value numeric;
	dollars numeric;
	unpriced bigint;
	shown text[];
BEGIN
	PERFORM @panel@.hcc_require_gaps(year, model, NULL::integer);
	WITH hcc AS (
		SELECT row_number() OVER (ORDER BY g.gaps DESC, g.hcc_code) AS n, g.*
		FROM @panel@.hcc_page_gap_hccs(hcc_page_gaps.payment_year, hcc_page_gaps.as_of,
			hcc_page_gaps.model, hcc_page_gaps.contract) g
	), shown_hcc AS (
		SELECT LEAST(h.n, 13) AS n, CASE WHEN LEAST(h.n, 13) = 13 THEN format('%s other HCCs',
				count(*)) ELSE min(concat_ws(' ', h.hcc_code, h.label)) END AS label,
			sum(h.gaps) AS gaps, sum(h.value) AS value
		FROM hcc h GROUP BY LEAST(h.n, 13)
	), provider AS MATERIALIZED (
		SELECT row_number() OVER (ORDER BY g.of_all, g.value DESC NULLS LAST, g.provider_npi)
			AS n, g.*
		FROM @panel@.hcc_page_gap_providers(hcc_page_gaps.payment_year, hcc_page_gaps.as_of,
			hcc_page_gaps.model, hcc_page_gaps.contract) g
	), shown_provider AS (
		SELECT LEAST(p.n, 13) AS n, CASE WHEN LEAST(p.n, 13) = 13 THEN format('%s others',
				count(*)) ELSE min(COALESCE(p.provider_npi, 'No provider')) END AS label,
			sum(p.patients) AS patients, sum(p.gaps) AS gaps, sum(p.value) AS value,
			sum(p.dollars) AS dollars
		FROM provider p WHERE NOT p.of_all GROUP BY LEAST(p.n, 13)
	), whole AS (
		SELECT COALESCE(sum(p.patients), 0) AS patients, COALESCE(sum(p.gaps), 0) AS gaps,
			COALESCE(sum(p.value), 0) AS value, sum(p.dollars) AS dollars,
			COALESCE(sum(p.unpriced), 0) AS unpriced
		FROM provider p WHERE p.of_all
	)
	SELECT (SELECT array_agg(ARRAY[h.label, to_char(h.gaps, 'FM999,999,999'),
			@extschema@.hcc_page_exact(h.value)] ORDER BY h.n) FROM shown_hcc h),
		(SELECT array_agg(h.label ORDER BY h.n) FROM shown_hcc h WHERE h.n <= 12),
		(SELECT array_agg(h.gaps ORDER BY h.n) FROM shown_hcc h WHERE h.n <= 12),
		(SELECT array_agg(ARRAY[p.label, to_char(p.patients, 'FM999,999,999'),
			to_char(p.gaps, 'FM999,999,999'), @extschema@.hcc_page_exact(p.value),
			to_char(p.dollars, 'FM999,999,999,990.00')] ORDER BY p.n) FROM shown_provider p),
		(SELECT array_agg(p.label ORDER BY p.n) FROM shown_provider p WHERE p.n <= 12),
		(SELECT array_agg(p.value ORDER BY p.n) FROM shown_provider p WHERE p.n <= 12),
		w.gaps, w.patients, w.value, w.dollars, w.unpriced
	INTO hccs, hcc_labels, hcc_gaps, providers, provider_labels, provider_values, gaps, patients,
		value, dollars, unpriced
	FROM whole w;
	tile := format('Open gaps of %s', year);
	figure := @extschema@.hcc_page_number(gaps);
	note := format('of %s patients, worth %s points', @extschema@.hcc_page_number(patients),
		@extschema@.hcc_page_number(round(value)));
	IF gaps = 0 THEN
		markup := @extschema@.hcc_html_p(format('The gaps of %s have been computed, and none is '
			'open.', year));
		RETURN;
	END IF;
	-- dollars are shown where somebody has said what a point is worth
	shown := CASE WHEN dollars IS NULL THEN '{Provider,Patients,Gaps,Value}'::text[]
		ELSE '{Provider,Patients,Gaps,Value,Dollars}'::text[] END;
	markup := @extschema@.hcc_html_p(format('Conditions documented before and not again in %s, of '
			'patients who are here. The value of an HCC is what each gap would add to the payment '
			'score by itself: gaps of one patient act together, so that only the values by '
			'provider, which are joint ones, add up.', year), 'lead'::text)
		|| CASE WHEN dollars IS NULL THEN @extschema@.hcc_html_p('Dollars are shown once '
			'payment_rate has the rates of this payment year.'::text, 'fine'::text)
			WHEN unpriced > 0 THEN @extschema@.hcc_html_missing(format(
				'the dollars of %s patients, whose contract has no rate in payment_rate',
				@extschema@.hcc_page_number(unpriced)))
			ELSE '' END
		|| '<h3>By HCC</h3>' || @extschema@.hcc_html_pair(
			@extschema@.chart_bar('Open gaps by HCC'::text, 'A bar of the number of open gaps for '
				'each of the most frequent HCCs.'::text, hcc_labels, hcc_gaps),
			@extschema@.hcc_html_table('Open gaps by HCC'::text,
				'{HCC,Gaps,Value each by itself}'::text[], 'tnn'::text, hccs))
		|| '<h3>By provider</h3>' || @extschema@.hcc_html_pair(
			@extschema@.chart_bar('Joint value of open gaps by provider'::text, 'A bar of what the '
				'open gaps of a provider''s patients are worth together, in payment score, for '
				'each of the first providers.'::text, provider_labels, provider_values),
			@extschema@.hcc_html_table('Open gaps by provider'::text, shown,
				CASE cardinality(shown) WHEN 4 THEN 'cnnn' ELSE 'cnnnn' END,
				providers || ARRAY[ARRAY['All', to_char(patients, 'FM999,999,999'),
					to_char(gaps, 'FM999,999,999'), @extschema@.hcc_page_exact(value),
					to_char(dollars, 'FM999,999,999,990.00')]], true));
END
$panel$;
COMMENT ON FUNCTION @panel@.hcc_page_gaps(integer, timestamptz, text, text, text) IS
	'Section of panel_page: open gaps by HCC and by provider, with their value.';

CREATE FUNCTION @panel@.hcc_page_impact(payment_year integer, as_of timestamptz, contract text,
	program text, without_list text) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE COST 100000
BEGIN ATOMIC
	SELECT CASE WHEN i.patients = 0 THEN @extschema@.hcc_html_p(
			'There is nobody to compare the models with.'::text)
		ELSE @extschema@.hcc_html_pair(
			@extschema@.chart_waterfall(format('What %s makes of the people of %s', n.new, n.old),
				'A waterfall of mean payment scores from the old model to the new one.'::text,
				s.steps, s.means),
			@extschema@.hcc_html_table('The same, exactly'::text, '{Step,Mean,Sum}'::text[],
				'tnn'::text, (SELECT array_agg(ARRAY[u.step, round(u.s / i.patients, 6)::text,
						@extschema@.hcc_page_exact(u.s)] ORDER BY u.n)
					FROM unnest(s.steps, s.sums) WITH ORDINALITY u (step, s, n)), true)) END
	FROM (VALUES ('V24', 'V28')) n (old, new)
		CROSS JOIN LATERAL @panel@.model_impact_summary(hcc_page_impact.payment_year, n.old, n.new,
			hcc_page_impact.program, hcc_page_impact.as_of, hcc_page_impact.contract,
			NULL::text, hcc_page_impact.without_list) i
		CROSS JOIN LATERAL (SELECT ARRAY['If ' || n.old || ' alone paid',
				'Codes without an HCC now', 'Other HCCs', 'Coefficients',
				'Interactions and counts', 'Normalization',
				'If ' || n.new || ' alone paid'] AS steps,
			ARRAY[i.old_payment, i.mapping_loss, i.regrouping, i.coefficient, i.interaction_count,
				i.normalization, i.new_payment] AS sums,
			(SELECT array_agg(round(u.s / NULLIF(i.patients, 0), 4) ORDER BY u.n)
				FROM unnest(ARRAY[i.old_payment, i.mapping_loss, i.regrouping, i.coefficient,
					i.interaction_count, i.normalization, i.new_payment]) WITH ORDINALITY u (s, n))
				AS means) s;
END;
COMMENT ON FUNCTION @panel@.hcc_page_impact(integer, timestamptz, text, text, text) IS
	'Part of panel_page: what V28 makes of the people, step by step from V24.';

CREATE FUNCTION @panel@.hcc_page_causes(payment_year integer, from_run bigint,
	to_run bigint, contract text, without_list text) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE COST 100000
BEGIN ATOMIC
	SELECT @extschema@.hcc_html_pair(
		@extschema@.chart_bar('Causes of the change'::text, 'A bar of the change of the sum of '
			'payment scores for each cause.'::text,
			array_agg(initcap(left(s.part, 1)) || substr(s.part, 2) ORDER BY s.position)
				FILTER (WHERE s.position BETWEEN 2 AND 8),
			array_agg(s.score ORDER BY s.position) FILTER (WHERE s.position BETWEEN 2 AND 8)),
		@extschema@.hcc_html_table('From before the run to after it'::text,
			'{Part,Patients,Score}'::text[], 'tnn'::text,
			array_agg(ARRAY[initcap(left(s.part, 1)) || substr(s.part, 2),
				to_char(s.patients, 'FM999,999,999'), @extschema@.hcc_page_exact(s.score)]
				ORDER BY s.position), true))
	FROM @panel@.score_change_summary(hcc_page_causes.payment_year, hcc_page_causes.from_run,
		hcc_page_causes.to_run, contract => hcc_page_causes.contract,
		without_list => hcc_page_causes.without_list) s;
END;
COMMENT ON FUNCTION @panel@.hcc_page_causes(integer, bigint, bigint, text, text) IS
	'Part of panel_page: why a run changed scores, by scoring again.';

-- What a run changed is told by the rows that it wrote and those that it put into the history;
-- nothing is scored again.
CREATE FUNCTION @panel@.hcc_page_change(payment_year integer, as_of timestamptz, contract text,
	again boolean, without_list text, OUT markup text, OUT tile text, OUT figure text,
	OUT note text)
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 100000
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
SET jit = off
AS $panel$
DECLARE
	last_run bigint;
	earlier_run bigint;
	labels text[];
	scores numeric[];
	cells text[];
BEGIN
	PERFORM @panel@.hcc_require_scores(payment_year);
	SELECT max(r.run_id) INTO last_run FROM @panel@.hcc_run r
	WHERE r.payment_year = hcc_page_change.payment_year AND r.status = 'done'
		AND r.parameters ->> 'in_force' IS DISTINCT FROM 'false'
		AND (hcc_page_change.as_of IS NULL
			OR COALESCE(r.known_at, r.snapshot_at) <= hcc_page_change.as_of);
	SELECT max(r.run_id) INTO earlier_run FROM @panel@.hcc_run r
	WHERE r.payment_year = hcc_page_change.payment_year AND r.status = 'done'
		AND r.parameters ->> 'in_force' IS DISTINCT FROM 'false'
		AND r.run_id < last_run;
	IF earlier_run IS NULL THEN
		markup := @extschema@.hcc_html_p(format('There is one run of %s: nothing to compare it '
			'with.', payment_year));
		RETURN;
	END IF;
	WITH asked AS MATERIALIZED (
		SELECT m.patient_id
		FROM @panel@.member(hcc_page_change.payment_year, hcc_page_change.as_of,
			hcc_page_change.contract, NULL::text, NULL::@patient_id@[]) m
		WHERE hcc_page_change.contract IS NOT NULL
	), pair AS (
		SELECT COALESCE(o.patient_id, n.patient_id) AS patient_id, o.raf_score AS old,
			n.raf_score AS new, o.icd10_codes AS old_codes, n.icd10_codes AS new_codes,
			o.beneficiary IS DISTINCT FROM n.beneficiary AS person
		FROM (SELECT h.* FROM @panel@.patient_hcc_score_history h
				WHERE h.payment_year = hcc_page_change.payment_year
					AND h.superseded_by_run = last_run) o
			FULL JOIN (SELECT s.* FROM @panel@.stored_score(hcc_page_change.payment_year, last_run,
					NULL::timestamptz) s WHERE s.run_id = last_run) n
				ON n.patient_id = o.patient_id
	), kind AS (
		SELECT k.n, k.label, count(p.patient_id) AS patients, COALESCE(sum(COALESCE(p.new, 0)
			- COALESCE(p.old, 0)), 0) AS score
		FROM (VALUES (1, 'New patients'), (2, 'Patients who left'), (3, 'More diagnoses'),
				(4, 'Fewer diagnoses'), (5, 'Other diagnoses'),
				(6, 'The person: age, status, segment'),
				(7, 'Same person and diagnoses: model or rules')) k (n, label)
			LEFT JOIN (SELECT p.*, CASE WHEN p.old IS NULL THEN 1 WHEN p.new IS NULL THEN 2
					WHEN p.old_codes <@ p.new_codes AND p.new_codes <@ p.old_codes
						THEN CASE WHEN p.person THEN 6 ELSE 7 END
					WHEN p.old_codes <@ p.new_codes THEN 3
					WHEN p.new_codes <@ p.old_codes THEN 4 ELSE 5 END AS n
				FROM pair p
				WHERE hcc_page_change.contract IS NULL
					OR p.patient_id IN (SELECT a.patient_id FROM asked a)) p ON p.n = k.n
		GROUP BY k.n, k.label
	)
	SELECT array_agg(k.label ORDER BY k.n) FILTER (WHERE k.patients > 0),
		array_agg(k.score ORDER BY k.n) FILTER (WHERE k.patients > 0),
		array_agg(ARRAY[k.label, to_char(k.patients, 'FM999,999,999'),
				@extschema@.hcc_page_exact(k.score)] ORDER BY k.n)
			|| ARRAY[ARRAY['All', to_char(sum(k.patients), 'FM999,999,999'),
				@extschema@.hcc_page_exact(sum(k.score))]]
	INTO labels, scores, cells FROM kind k;
	markup := CASE WHEN labels IS NULL THEN @extschema@.hcc_html_p(format('Run %s found the same '
			'scores as the run before it.', last_run))
		ELSE @extschema@.hcc_html_p(format('Payment scores that run %s changed, added up over '
			'patients, by what was different of them.', last_run), 'lead'::text)
			|| @extschema@.hcc_html_pair(@extschema@.chart_bar('Change of payment scores'::text,
				'A bar of the change of the sum of payment scores for each kind of change; those '
				'below zero go to the left.'::text, labels, scores),
			@extschema@.hcc_html_table('What changed'::text, '{Different,Patients,Score}'::text[],
				'tnn'::text, cells, true))
			|| CASE WHEN again THEN @panel@.hcc_page_causes(payment_year, earlier_run, last_run,
				contract, without_list) ELSE '' END END;
END
$panel$;
COMMENT ON FUNCTION @panel@.hcc_page_change(integer, timestamptz, text, boolean, text) IS
	'Section of panel_page: what the newest run changed.';

CREATE FUNCTION @panel@.hcc_page_verdicts(payment_year integer, as_of timestamptz, model text,
	contract text, program text, OUT markup text, OUT tile text, OUT figure text, OUT note text)
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 10000
SET search_path = pg_catalog, pg_temp
AS $panel$
DECLARE
	run bigint;
	cells text[];
	labels text[];
	counts numeric[];
BEGIN
	PERFORM @panel@.hcc_require_scores(payment_year);
	SELECT r.run_id INTO run FROM @panel@.hcc_run r
	WHERE r.payment_year = hcc_page_verdicts.payment_year AND r.status = 'done' AND r.kind = 'full'
		AND r.program = hcc_page_verdicts.program AND r.diagnoses IS NOT NULL
		AND (hcc_page_verdicts.as_of IS NULL
			OR COALESCE(r.known_at, r.snapshot_at) <= hcc_page_verdicts.as_of)
	ORDER BY r.run_id DESC LIMIT 1;
	IF run IS NULL THEN
		markup := @extschema@.hcc_html_missing(format('no run of program %s has counted the '
			'diagnoses of payment year %s', program, payment_year),
			format('CALL %I.score_population(%s);', @panel_name@, payment_year));
		RETURN;
	END IF;
	SELECT array_agg(ARRAY[v.meaning, v.verdict, to_char(v.n, 'FM999,999,999,999'),
				@extschema@.hcc_page_percent(v.n, v.whole)] ORDER BY v.n DESC, v.verdict)
			|| ARRAY[ARRAY['All', '', to_char(max(v.whole), 'FM999,999,999,999'), '']],
		array_agg(v.label ORDER BY v.n DESC, v.verdict), array_agg(v.n ORDER BY v.n DESC, v.verdict)
	INTO cells, labels, counts
	FROM (SELECT d.key AS verdict, m.meaning, d.value::numeric AS n,
			COALESCE(m.meaning, d.key) AS label, sum(d.value::numeric) OVER () AS whole
		FROM @panel@.hcc_run r CROSS JOIN LATERAL jsonb_each_text(r.diagnoses) d
			CROSS JOIN LATERAL (SELECT @extschema@.hcc_page_verdict(d.key) AS meaning) m
		WHERE r.run_id = run) v;
	markup := @extschema@.hcc_html_p(format('What became of the diagnoses of %s in run %s, of all '
			'contracts: whether they count, and the first reason why not.', payment_year - 1, run),
			'lead'::text)
		|| @extschema@.hcc_html_pair(
			@extschema@.chart_bar('Diagnoses by verdict'::text, 'A bar of the number of diagnoses '
				'for each verdict.'::text, labels, counts),
			@extschema@.hcc_html_table('Diagnoses by verdict'::text,
				'{Meaning,Verdict,Diagnoses,Share}'::text[], 'tknn'::text, cells, true));
END
$panel$;
COMMENT ON FUNCTION @panel@.hcc_page_verdicts(integer, timestamptz, text, text, text) IS
	'Section of panel_page: which diagnoses counted, and why not.';

CREATE FUNCTION @panel@.hcc_page_deadlines(payment_year integer, as_of timestamptz, model text,
	gap_counts @extschema@.hcc_gap_count[], OUT markup text, OUT tile text, OUT figure text,
	OUT note text)
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 100000
SET search_path = pg_catalog, pg_temp
AS $panel$
DECLARE
	today date := COALESCE(as_of, now())::date;
	cells text[];
	labels text[];
	amounts numeric[];
BEGIN
	PERFORM @panel@.hcc_require_gaps(NULL::integer, model, payment_year),
		@panel@.hcc_note_first_gaps(NULL::integer, payment_year, model, as_of);
	tile := 'Next deadline';
	WITH board AS (
		SELECT b.*, LEAST(b.evidence_in_hand, b.open_gaps) AS by_record
		FROM @extschema@.hcc_gap_deadlines(gap_counts, hcc_page_deadlines.payment_year, today) b
	)
	SELECT array_agg(ARRAY[format('%s: services %s to %s', initcap(b.run), b.service_from,
				b.service_to),
			b.deadline || CASE WHEN b.confirmed_at IS NULL THEN ' (by rule)' ELSE '' END,
			CASE WHEN b.days_left < 0 THEN 'past' ELSE to_char(b.days_left, 'FM999,999') END,
			to_char(b.open_gaps, 'FM999,999,999'), to_char(b.by_record, 'FM999,999,999')]
			ORDER BY b.deadline),
		array_agg(format('%s, %s', initcap(b.run), b.deadline) ORDER BY b.deadline)
			FILTER (WHERE b.days_left >= 0 AND b.open_gaps > 0),
		array_agg(ARRAY[b.by_record, b.open_gaps - b.by_record]::numeric[] ORDER BY b.deadline)
			FILTER (WHERE b.days_left >= 0 AND b.open_gaps > 0),
		min(b.days_left) FILTER (WHERE b.days_left >= 0),
		(array_agg(format('%s, the %s run', b.deadline, b.run) ORDER BY b.deadline)
			FILTER (WHERE b.days_left >= 0))[1]
	INTO cells, labels, amounts, figure, note
	FROM board b;
	figure := COALESCE(figure || CASE figure WHEN '1' THEN ' day' ELSE ' days' END, 'none left');
	note := COALESCE(note, 'deletions stay due');
	markup := @extschema@.hcc_html_p(format('As of %s: what each run of payment year %s can still '
			'get, by a visit within its services or by a record that is there and does not count '
			'yet. After a deadline nothing can be added; deletions stay due.', today,
			payment_year), 'lead'::text)
		|| @extschema@.hcc_html_pair(
			CASE WHEN labels IS NULL THEN @extschema@.hcc_html_p('No run can still get anything.'
				::text) ELSE @extschema@.chart_stacked_bar('Gaps that runs can still get'::text,
				'A bar for each run to come: gaps with a record in hand, and gaps that need a '
				'visit.'::text, labels, '{Record in hand,By a visit}'::text[], amounts) END,
			@extschema@.hcc_html_table('Runs and deadlines'::text,
				'{Run,Deadline,Days left,Still open,Record in hand}'::text[], 'ddnnn'::text,
				cells));
END
$panel$;
COMMENT ON FUNCTION @panel@.hcc_page_deadlines(integer, timestamptz, text,
	@extschema@.hcc_gap_count[]) IS
	'Section of panel_page: deadlines, and what can still be got before each.';

CREATE FUNCTION @panel@.hcc_page_balance(payment_year integer, as_of timestamptz, model text,
	contract text, program text, OUT markup text, OUT tile text, OUT figure text, OUT note text)
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 100000
SET search_path = pg_catalog, pg_temp
AS $panel$
DECLARE
	cells text[];
	labels text[];
	amounts numeric[];
	total bigint[];
BEGIN
	WITH hcc AS (
		SELECT row_number() OVER (ORDER BY b.additions_open + b.deletions_open DESC, b.hcc_code)
			AS n, b.*
		FROM @panel@.two_way_balance(hcc_page_balance.payment_year - 1, hcc_page_balance.model,
			NULL::date, NULL::date, hcc_page_balance.contract, NULL::text) b
	), shown AS (
		SELECT LEAST(h.n, 13) AS n, CASE WHEN LEAST(h.n, 13) = 13
				THEN format('%s other HCCs', count(*))
				ELSE min(concat_ws(' ', h.hcc_code, h.label)) END AS label,
			sum(h.additions_open) AS additions_open, sum(h.additions_done) AS additions_done,
			sum(h.deletions_open) AS deletions_open, sum(h.deletions_done) AS deletions_done,
			sum(h.retained) AS retained
		FROM hcc h GROUP BY LEAST(h.n, 13)
	)
	SELECT array_agg(ARRAY[s.label, to_char(s.additions_open, 'FM999,999,999'),
			to_char(s.additions_done, 'FM999,999,999'), to_char(s.deletions_open, 'FM999,999,999'),
			to_char(s.deletions_done, 'FM999,999,999'), to_char(s.retained, 'FM999,999,999')]
			ORDER BY s.n),
		array_agg(s.label ORDER BY s.n) FILTER (WHERE s.n <= 8),
		array_agg(ARRAY[s.additions_open, s.deletions_open] ORDER BY s.n) FILTER (WHERE s.n <= 8),
		ARRAY[sum(s.additions_open), sum(s.additions_done), sum(s.deletions_open),
			sum(s.deletions_done), sum(s.retained)]::bigint[]
	INTO cells, labels, amounts, total FROM shown s;
	tile := 'To take back, perhaps';
	figure := @extschema@.hcc_page_number(total[3]);
	note := format('beside %s to add%s', @extschema@.hcc_page_number(total[1]),
		CASE WHEN as_of IS NOT NULL THEN ', as of now' ELSE '' END);
	markup := @extschema@.hcc_html_p('HCCs to document again beside HCCs whose documentation '
			'should be looked at, and perhaps taken back: a list that only adds is half a list.'
			::text, 'lead'::text)
		|| CASE WHEN as_of IS NOT NULL THEN @extschema@.hcc_html_p('As it is now: work items are '
			'balanced as they are.'::text, 'fine'::text) ELSE '' END
		|| CASE WHEN cells IS NULL THEN @extschema@.hcc_html_p('There are no work items.'::text)
			ELSE @extschema@.hcc_html_pair(
				@extschema@.chart_stacked_bar('To add and to take back, by HCC'::text, 'A bar for '
					'each of the eight first HCCs: patients with it to add, and to take back.'
					::text, labels, '{To add,To take back}'::text[], amounts),
				@extschema@.hcc_html_table('Patients by HCC'::text,
					'{HCC,To add,Added,To take back,Taken back,Kept}'::text[], 'tnnnnn'::text,
					cells || ARRAY[array_prepend('All'::text, ARRAY(SELECT
						to_char(u.t, 'FM999,999,999') FROM unnest(total) WITH ORDINALITY u (t, n)
						ORDER BY u.n))], true)) END;
END
$panel$;
COMMENT ON FUNCTION @panel@.hcc_page_balance(integer, timestamptz, text, text, text) IS
	'Section of panel_page: what is to be added beside what is to be taken back.';

CREATE FUNCTION @panel@.hcc_page_work_counts(payment_year integer, as_of timestamptz, model text,
	contract text)
	RETURNS TABLE (kind text, state text, owner_role text, owner text, items bigint, overdue bigint)
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 100000 ROWS 100
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
SET jit = off
SET parallel_tuple_cost = 0	-- few rows are handed on, which the planner cannot know
AS $panel$
BEGIN
	RETURN QUERY
	SELECT i.kind, i.state, i.owner_role, i.owner, count(*),
		count(*) FILTER (WHERE LEAST(i.due_date, i.sla_due)
			< COALESCE(hcc_page_work_counts.as_of, now())::date)
	FROM @panel@.hcc_work_item(hcc_page_work_counts.as_of) i
	WHERE i.collection_year = hcc_page_work_counts.payment_year - 1
		AND i.model_version = hcc_page_work_counts.model
		AND (hcc_page_work_counts.contract IS NULL
			OR i.contract_id = hcc_page_work_counts.contract)
	GROUP BY i.kind, i.state, i.owner_role, i.owner;
END
$panel$;
COMMENT ON FUNCTION @panel@.hcc_page_work_counts(integer, timestamptz, text, text) IS
	'Part of panel_page: how many work items of each kind and state each owner has.';

CREATE FUNCTION @panel@.hcc_page_worklist(payment_year integer, as_of timestamptz, model text,
	contract text, program text, OUT markup text, OUT tile text, OUT figure text, OUT note text)
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 100000
SET search_path = pg_catalog, pg_temp
AS $panel$
DECLARE
	cells text[];
	labels text[];
	amounts numeric[];
	items bigint;
	overdue bigint;
	made bigint;
BEGIN
	PERFORM @panel@.hcc_require_worklist(payment_year - 1, model);
	WITH item AS MATERIALIZED (
		SELECT i.kind, i.state, i.owner_role, i.owner, i.items AS n, i.overdue
		FROM @panel@.hcc_page_work_counts(hcc_page_worklist.payment_year,
			hcc_page_worklist.as_of, hcc_page_worklist.model, hcc_page_worklist.contract) i
	), owner AS (
		SELECT row_number() OVER (ORDER BY sum(i.n) DESC, i.owner_role, i.owner) AS n,
			i.owner_role, i.owner, sum(i.n) FILTER (WHERE i.kind = 'gap') AS gaps,
			sum(i.n) FILTER (WHERE i.kind = 'delete') AS deletions, sum(i.n) AS items,
			sum(i.overdue) AS overdue
		FROM item i
		WHERE NOT EXISTS (SELECT FROM @extschema@.hcc_work_state(i.kind) s
			WHERE s.state = i.state AND s.is_final)
		GROUP BY i.owner_role, i.owner
	), shown AS (
		SELECT LEAST(o.n, 16) AS n, CASE WHEN LEAST(o.n, 16) = 16
				THEN format('%s other owners', count(*))
				ELSE min(concat(replace(initcap(replace(o.owner_role, '_', ' ')), 'Ra ', 'RA '),
					': ' || o.owner)) END AS label,
			COALESCE(sum(o.gaps), 0) AS gaps, COALESCE(sum(o.deletions), 0) AS deletions,
			sum(o.items) AS items, sum(o.overdue) AS overdue
		FROM owner o GROUP BY LEAST(o.n, 16)
	)
	SELECT array_agg(ARRAY[s.label, to_char(s.gaps, 'FM999,999,999'),
			to_char(s.deletions, 'FM999,999,999'), to_char(s.items, 'FM999,999,999'),
			to_char(s.overdue, 'FM999,999,999')] ORDER BY s.n)
			|| ARRAY[ARRAY['All', to_char(sum(s.gaps), 'FM999,999,999'),
				to_char(sum(s.deletions), 'FM999,999,999'), to_char(sum(s.items), 'FM999,999,999'),
				to_char(sum(s.overdue), 'FM999,999,999')]],
		array_agg(s.label ORDER BY s.n) FILTER (WHERE s.n <= 8),
		array_agg(ARRAY[s.overdue, s.items - s.overdue] ORDER BY s.n) FILTER (WHERE s.n <= 8),
		COALESCE(sum(s.items), 0), COALESCE(sum(s.overdue), 0),
		(SELECT COALESCE(sum(i.n), 0) FROM item i)
	INTO cells, labels, amounts, items, overdue, made FROM shown s;
	IF made = 0 AND as_of IS NOT NULL THEN
		markup := @extschema@.hcc_html_missing('the work items of then: none had been made'::text);
		RETURN;
	END IF;
	tile := 'Work items overdue';
	figure := @extschema@.hcc_page_number(overdue);
	note := format('of %s to be done', @extschema@.hcc_page_number(items));
	markup := CASE WHEN labels IS NULL THEN @extschema@.hcc_html_p(CASE made WHEN 0
			THEN 'There are no work items.' ELSE 'All work items are done.' END)
		ELSE @extschema@.hcc_html_p('What is to be done, by whose turn it is: a role, and a person '
				'where somebody has taken it.'::text, 'lead'::text)
			|| @extschema@.hcc_html_pair(
				@extschema@.chart_stacked_bar('Work items by owner'::text, 'A bar for each owner: '
					'items overdue, and items in time.'::text, labels, '{Overdue,In time}'::text[],
					amounts),
				@extschema@.hcc_html_table('Work items by owner'::text,
					'{Owner,Gaps,To look at again,All,Overdue}'::text[], 'tnnnn'::text,
					cells, true)) END;
END
$panel$;
COMMENT ON FUNCTION @panel@.hcc_page_worklist(integer, timestamptz, text, text, text) IS
	'Section of panel_page: the worklist by owner, and what is overdue.';

-- The facts of the runs that the page shows
CREATE FUNCTION @panel@.hcc_page_runs(payment_year integer, as_of timestamptz, model text)
	RETURNS text
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 1000
SET search_path = pg_catalog, pg_temp
AS $panel$
DECLARE
	runs text[];
	fingerprints text[];
BEGIN
	WITH run AS (
		(SELECT DISTINCT ON (r.payment_year) format('Scores of %s, run %s', r.payment_year,
				r.run_id) AS what, r.finished_at, r.started_by,
			COALESCE(r.known_at, r.snapshot_at) AS known_at, r.fingerprints,
			r.payment_year AS year, 1 AS n
		FROM @panel@.hcc_run r
		WHERE r.payment_year IN (hcc_page_runs.payment_year, hcc_page_runs.payment_year - 1)
			AND r.status = 'done' AND r.parameters ->> 'in_force' IS DISTINCT FROM 'false'
			AND (hcc_page_runs.as_of IS NULL
				OR COALESCE(r.known_at, r.snapshot_at) <= hcc_page_runs.as_of)
		ORDER BY r.payment_year DESC, r.run_id DESC)
		UNION ALL
		(SELECT DISTINCT ON (r.collection_year) format('Gaps of %s, run %s', r.collection_year,
				r.run_id), r.finished_at, r.started_by, r.seen_at, r.fingerprints,
			r.payment_year, 2
		FROM @panel@.hcc_gap_run r
		WHERE r.payment_year IN (hcc_page_runs.payment_year, hcc_page_runs.payment_year - 1)
			AND r.model_version = hcc_page_runs.model AND (hcc_page_runs.as_of IS NULL
				OR r.seen_at <= hcc_page_runs.as_of)
		ORDER BY r.collection_year DESC, r.run_id DESC)
	)
	SELECT (SELECT array_agg(ARRAY[r.what, to_char(r.finished_at, 'YYYY-MM-DD HH24:MI'),
			r.started_by, to_char(r.known_at, 'YYYY-MM-DD HH24:MI')] ORDER BY r.n, r.year DESC)
		FROM run r),
		(SELECT array_agg(ARRAY[r.what, f.name, f.fingerprint] ORDER BY r.n, r.year DESC, f.name)
		FROM run r CROSS JOIN LATERAL (
			SELECT concat_ws(' ', replace(k.key, '_', ' '), l.key) AS name,
				COALESCE(l.value, k.value #>> '{}') AS fingerprint
			FROM jsonb_each(r.fingerprints) k
				LEFT JOIN LATERAL jsonb_each_text(CASE jsonb_typeof(k.value)
					WHEN 'object' THEN k.value END) l ON true) f)
	INTO runs, fingerprints;
	RETURN @extschema@.hcc_html_table('Runs shown on this page'::text,
			'{Run,Finished,By,What was known by}'::text[], 'tttt'::text, runs)
		|| '<div class="below">' || @extschema@.hcc_html_table('Fingerprints of models and rules'
			::text, '{Run,Of,Fingerprint}'::text[], 'ttc'::text, fingerprints) || '</div>';
END
$panel$;
COMMENT ON FUNCTION @panel@.hcc_page_runs(integer, timestamptz, text) IS
	'Part of pages: the runs behind them, when and by whom, and the fingerprints of their models.';

CREATE FUNCTION @panel@.panel_page(payment_year integer, as_of timestamptz DEFAULT NULL,
	model text DEFAULT 'V28', contract text DEFAULT NULL, program text DEFAULT 'MA',
	title text DEFAULT NULL, again boolean DEFAULT false, without_list text DEFAULT 'error')
	RETURNS text
LANGUAGE plpgsql STABLE PARALLEL UNSAFE COST 1000000
SET search_path = pg_catalog, pg_temp
AS $panel$
DECLARE
	year integer := @extschema@.hcc_payment_year(payment_year);
	ids text[] := '{scores,payment,recapture,gaps,change,verdicts,deadlines,balance,
		worklist}'::text[];
	headings text[] := '{Scores,From raw score to payment,Recapture,Open gaps,Models and runs,
		Verdicts of diagnoses,Deadlines,Two-way balance,Worklist}'::text[];
	gap_counts @extschema@.hcc_gap_count[];
	part record;
	parts text[] := '{}'::text[];
	tiles text[] := '{}'::text[];
	figures text[] := '{}'::text[];
	notes text[] := '{}'::text[];
	markup text;
	missing text;
	hint text;
BEGIN
	PERFORM @extschema@.hcc_panel_current(@panel_name@::name, '@extversion@'::text),
		@extschema@.hcc_require_model(model), @extschema@.hcc_require_program(program);
	FOR i IN 1 .. cardinality(ids) LOOP
		-- a section that cannot be made says so; the others are made
		BEGIN
			IF ids[i] IN ('recapture', 'deadlines') AND gap_counts IS NULL THEN
				gap_counts := ARRAY(SELECT c FROM @panel@.hcc_gap_counts(ARRAY[year - 1, year - 2],
					year, model, 'enrolled_now'::text, as_of, contract, NULL::text) c);
			END IF;
			CASE ids[i]
				WHEN 'scores' THEN
					part := @panel@.hcc_page_scores(year, as_of, model, contract, program);
				WHEN 'payment' THEN
					part := @panel@.hcc_page_payment(year, as_of, model, contract, program);
				WHEN 'recapture' THEN
					part := @panel@.hcc_page_recapture(year, as_of, model, gap_counts);
				WHEN 'gaps' THEN
					part := @panel@.hcc_page_gaps(year, as_of, model, contract, program);
				WHEN 'change' THEN
					part := @panel@.hcc_page_change(year, as_of, contract, again, without_list);
				WHEN 'verdicts' THEN
					part := @panel@.hcc_page_verdicts(year, as_of, model, contract, program);
				WHEN 'deadlines' THEN
					part := @panel@.hcc_page_deadlines(year, as_of, model, gap_counts);
				WHEN 'balance' THEN
					part := @panel@.hcc_page_balance(year, as_of, model, contract, program);
				ELSE part := @panel@.hcc_page_worklist(year, as_of, model, contract, program);
			END CASE;
			markup := part.markup;
			IF part.tile IS NOT NULL THEN
				tiles := tiles || part.tile;
				figures := figures || part.figure;
				notes := notes || part.note;
			END IF;
			IF ids[i] = 'change' THEN
				markup := '<h3>What the newest run changed</h3>' || markup
					|| '<h3>What V28 did, beside V24</h3>' || CASE WHEN again
						THEN @panel@.hcc_page_impact(year, as_of, contract, program, without_list)
						ELSE @extschema@.hcc_html_missing('the steps from one model to the other, '
							'for which everybody has to be scored again', format(
							'SELECT %I.panel_page(%s, again => true);', @panel_name@, year)) END;
			END IF;
		EXCEPTION WHEN object_not_in_prerequisite_state OR insufficient_privilege
			OR undefined_object THEN
			GET STACKED DIAGNOSTICS missing = MESSAGE_TEXT, hint = PG_EXCEPTION_HINT;
			markup := @extschema@.hcc_html_missing(missing, hint);
		END;
		parts := parts || @extschema@.hcc_html_section(ids[i], trim(headings[i]), markup);
	END LOOP;
	BEGIN
		markup := @panel@.hcc_page_runs(year, as_of, model);
	EXCEPTION WHEN insufficient_privilege THEN
		GET STACKED DIAGNOSTICS missing = MESSAGE_TEXT;
		markup := @extschema@.hcc_html_missing(missing);
	END;
	RETURN @extschema@.hcc_html_page(
		COALESCE(title, format('Panel %s, payment year %s', @panel_name@, year)),
		concat_ws('. ', format('Services of %s, paid in %s', year - 1, year), 'Gaps by ' || model,
			'Contract ' || contract, CASE WHEN as_of IS NOT NULL
				THEN 'As of ' || to_char(as_of, 'FMDD FMMonth YYYY HH24:MI') END,
			'Made ' || to_char(now(), 'FMDD FMMonth YYYY HH24:MI')) || '.',
		@extschema@.hcc_html_nav(ids, ARRAY(SELECT trim(h) FROM unnest(headings) h)),
		@extschema@.hcc_html_tiles(tiles, figures, notes) || array_to_string(parts, E'\n'),
		format('<h2>Where this is from</h2><p>hccraf @extversion@, made %s by %s.</p>%s',
			to_char(now(), 'YYYY-MM-DD HH24:MI TZ'), @extschema@.html_escape(session_user),
			markup));
END
$panel$;
COMMENT ON FUNCTION @panel@.panel_page(integer, timestamptz, text, text, text, text, boolean,
	text) IS
	'How does the panel stand, as one HTML document for analysts and managers?';
REVOKE EXECUTE ON FUNCTION @panel@.panel_page(integer, timestamptz, text, text, text, text, boolean,
	text) FROM PUBLIC;
