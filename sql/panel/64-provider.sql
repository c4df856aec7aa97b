-- Providers and their panels.

CREATE FUNCTION @panel@.provider_panel(collection_year integer, model text DEFAULT 'V28',
	program text DEFAULT 'MA', as_of timestamptz DEFAULT NULL, contract text DEFAULT NULL,
	provider text DEFAULT NULL, min_patients integer DEFAULT 30, without_list text DEFAULT 'error')
	RETURNS TABLE (provider_npi text, patients bigint, seen bigint, seen_rate numeric, gaps bigint,
		gaps_open bigint, gaps_downgraded bigint, gaps_closed bigint, rate_strict numeric,
		rate_lenient numeric, unspecified_rate numeric, peer_rate_strict numeric,
		peer_patients bigint, suppressed boolean)
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 100000 ROWS 100
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
SET enable_nestloop = off
SET jit = off
AS $panel$
DECLARE
	pay_year integer := @extschema@.hcc_payment_year_of(collection_year);
	model_year integer := @extschema@.hcc_nearest_year(model, pay_year);
	gaps_known boolean;
BEGIN
	PERFORM @extschema@.hcc_require_model(model), @extschema@.hcc_require_program(program),
		@extschema@.hcc_note_payment_year(pay_year);
	gaps_known := @panel@.hcc_note_gaps('gaps and rates are'::text, collection_year, model);
	PERFORM @extschema@.hcc_check_number('min_patients'::text, min_patients, 0, 2147483647);
	RETURN QUERY
	WITH person AS MATERIALIZED (
		SELECT m.patient_id, m.provider_npi, m.who
		FROM @panel@.member(pay_year, provider_panel.as_of, provider_panel.contract, NULL::text,
			NULL::@patient_id@[]) m
		WHERE m.excluded IS NULL
	), coded AS (
		SELECT d.patient_id, count(u.icd10_code) AS unspecified,
			count(*) FILTER (WHERE u.icd10_code IS NOT NULL OR @extschema@.person_has_hcc(
				@extschema@.hcc_canonical(d.icd10_code), p.who, provider_panel.model,
				model_year)) AS relevant
		FROM person p JOIN @panel@.counted_diagnosis(pay_year, provider_panel.program,
				provider_panel.as_of,
				provider_panel.without_list, 1, NULL::@patient_id@[]) d
				ON d.patient_id = p.patient_id
			LEFT JOIN @extschema@.hcc_unspecified(provider_panel.model, model_year) u
				ON u.icd10_code = @extschema@.hcc_canonical(d.icd10_code)
		GROUP BY d.patient_id
	), gap AS (
		-- the gaps, and the attribution, of recapture_rate
		SELECT g.provider_npi, count(*) AS gaps,
			count(*) FILTER (WHERE g.status IN ('open', 'documented_not_eligible', 'pending'))
				AS open,
			count(*) FILTER (WHERE g.status = 'downgraded') AS downgraded,
			count(*) FILTER (WHERE g.status = 'closed') AS closed
		FROM @panel@.hcc_gap_state(provider_panel.collection_year, provider_panel.model,
			provider_panel.as_of, provider_panel.contract, NULL::text) g
		WHERE @extschema@.hcc_gap_in_rate(g.gap_source, g.status, g.excluded, g.superseded_by,
			'enrolled_now'::text)
		GROUP BY g.provider_npi
	), attributed AS (
		SELECT p.provider_npi, count(*) AS patients, count(c.patient_id) AS seen,
			sum(c.unspecified) AS unspecified, sum(c.relevant) AS relevant
		FROM person p LEFT JOIN coded c ON c.patient_id = p.patient_id
		GROUP BY p.provider_npi
	), panel AS (
		SELECT a.*, CASE WHEN gaps_known THEN COALESCE(g.gaps, 0) END AS gaps,
			CASE WHEN gaps_known THEN COALESCE(g.open, 0) END AS open,
			CASE WHEN gaps_known THEN COALESCE(g.downgraded, 0) END AS downgraded,
			CASE WHEN gaps_known THEN COALESCE(g.closed, 0) END AS closed
		FROM attributed a
			LEFT JOIN gap g ON COALESCE(g.provider_npi, '') = COALESCE(a.provider_npi, '')
	), whole AS (
		SELECT sum(p.patients) AS patients, sum(p.gaps) AS gaps, sum(p.closed) AS closed
		FROM panel p
	)
	SELECT p.provider_npi, p.patients, p.seen,
		round(p.seen::numeric / p.patients, 4), p.gaps,
		p.open, p.downgraded, p.closed, round(p.closed::numeric / NULLIF(p.gaps, 0), 4),
		round((p.closed + p.downgraded)::numeric / NULLIF(p.gaps, 0), 4),
		round(p.unspecified / NULLIF(p.relevant, 0), 4),
		CASE WHEN p.patients >= provider_panel.min_patients
			THEN round((w.closed - p.closed) / NULLIF(w.gaps - p.gaps, 0), 4) END,
		(w.patients - p.patients)::bigint, p.patients < provider_panel.min_patients
	FROM panel p CROSS JOIN whole w
	WHERE provider_panel.provider IS NULL OR p.provider_npi = provider_panel.provider
	ORDER BY p.provider_npi;
END
$panel$;
COMMENT ON FUNCTION @panel@.provider_panel(integer, text, text, timestamptz, text, text, integer,
	text) IS
	'How does each provider''s panel stand: seen, gaps, recapture and unspecified rates, beside '
	'all others?';

-- What each month pays, of people whose demographics are monthly. Of the run in force it is
-- stored by model; else it is scored again by the codes that counted, as whom the month says.
CREATE FUNCTION @panel@.hcc_month_score(payment_year integer, as_of timestamptz, payment_run text)
	RETURNS TABLE (patient_id @patient_id@, payment_month smallint, contract_id text,
		provider_npi text, score numeric)
LANGUAGE sql STABLE PARALLEL SAFE ROWS 1000
BEGIN ATOMIC
	SELECT p.patient_id, p.payment_month, COALESCE(p.contract_id, ''), p.provider_npi,
		CASE WHEN m.score IS NOT NULL THEN m.score
			-- a row of the user's may not say as whom
			WHEN s.beneficiary IS NULL OR s.beneficiary = p.who::text
				AND COALESCE(s.frailty, 0) = COALESCE(p.frailty, 0) THEN s.raf_score
			ELSE (SELECT t.score FROM @panel@.hcc_step(
				COALESCE(s.icd10_codes, '{}')::@extschema@.icd10_set, p.who,
				hcc_month_score.payment_year, s.program, s.component, p.frailty, '{}'::text[],
				NULL::numeric) t) END
	FROM @panel@.hcc_person_row(hcc_month_score.payment_year, hcc_month_score.as_of,
			NULL::@patient_id@[]) p
		JOIN @panel@.stored_score(hcc_month_score.payment_year, NULL::bigint,
			hcc_month_score.as_of, hcc_month_score.payment_run) s ON s.patient_id = p.patient_id
		LEFT JOIN (
			SELECT w.patient_id, w.payment_month, w.program, sum(w.weighted_score) AS score
			FROM @panel@.patient_hcc_model_score w
			WHERE w.payment_year = hcc_month_score.payment_year AND w.payment_month > 0
				AND hcc_month_score.as_of IS NULL
				AND EXISTS (SELECT FROM @panel@.patient_hcc_score f
					WHERE f.patient_id = w.patient_id AND f.payment_year = w.payment_year
						AND f.payment_run = COALESCE(hcc_month_score.payment_run, f.payment_run))
			GROUP BY w.patient_id, w.payment_month, w.program) m
			ON m.patient_id = p.patient_id AND m.payment_month = p.payment_month
				AND m.program = s.program
	WHERE p.payment_month > 0 AND p.problem IS NULL;
END;
COMMENT ON FUNCTION @panel@.hcc_month_score(integer, timestamptz, text) IS
	'Part of panel_value: the payment score of each month, where demographics are monthly.';

CREATE FUNCTION @panel@.panel_value(payment_year integer, as_of timestamptz DEFAULT NULL,
	contract text DEFAULT NULL, provider text DEFAULT NULL, model text DEFAULT NULL,
	specialties regclass DEFAULT NULL, min_patients integer DEFAULT 30,
	payment_run text DEFAULT NULL)
	RETURNS TABLE (provider_npi text, specialty text, patients bigint, mean_raw numeric,
		mean_payment numeric, member_month_payment numeric, hccs_per_patient numeric,
		no_hcc_rate numeric, open_value numeric, burden numeric, peer_patients bigint,
		peer_burden numeric, benchmark numeric, benchmark_low numeric, benchmark_high numeric,
		outlier text, suppressed boolean, member_months bigint, score_months numeric)
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 100000 ROWS 100
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
SET enable_nestloop = off
SET jit = off
AS $panel$
BEGIN
	PERFORM @extschema@.hcc_require_model(model) WHERE model IS NOT NULL;
	PERFORM @extschema@.hcc_check_number('min_patients'::text, min_patients, 0, 2147483647);
	PERFORM @panel@.hcc_require_scores(payment_year, payment_run, NULL::bigint, as_of);
	PERFORM @panel@.hcc_note_gaps('open_value is'::text, payment_year - 1, model);
	RETURN QUERY
	WITH month AS (
		SELECT p.patient_id, count(*) FILTER (WHERE p.asked)::integer AS months,
			sum(p.score) FILTER (WHERE p.asked) AS score_months,
			(array_agg(p.provider_npi ORDER BY p.payment_month DESC) FILTER (WHERE p.asked))[1]
				AS provider_npi
		FROM (
			SELECT h.*, panel_value.contract IS NULL OR h.contract_id = panel_value.contract
				AS asked
			FROM @panel@.hcc_month_score(panel_value.payment_year, panel_value.as_of,
				panel_value.payment_run) h) p
		GROUP BY p.patient_id
	), score AS (
		-- without a provider is a panel, too
		SELECT COALESCE(a.provider_npi, '') AS provider_npi, t.specialty, s.raw_score,
			s.demographic_score, s.raf_score, a.months,
			CASE WHEN n.patient_id IS NULL THEN s.raf_score * a.months ELSE n.score_months END
				AS score_months,
			cardinality(s.hcc_list) AS hccs, g.open_value
		FROM @panel@.member(panel_value.payment_year, panel_value.as_of, NULL::text, NULL::text,
				NULL::@patient_id@[]) m
			LEFT JOIN month n ON n.patient_id = m.patient_id
			CROSS JOIN LATERAL (
				SELECT COALESCE(n.months, m.enrolled_months, 12)::bigint AS months,
					-- who has left the contract was with the provider of then
					CASE WHEN panel_value.contract <> m.contract_id THEN n.provider_npi
						ELSE m.provider_npi END AS provider_npi) a
			JOIN @panel@.stored_score(panel_value.payment_year, NULL::bigint, panel_value.as_of,
				panel_value.payment_run) s
				ON s.patient_id = m.patient_id
			LEFT JOIN @extschema@.hcc_specialty(panel_value.specialties) t
				ON t.provider_npi = a.provider_npi
			LEFT JOIN (
				-- joint values are the same on all gaps of a patient; a panel's is their
				-- sum over patients
				SELECT o.patient_id, o.contract_id, max(o.joint_payment) AS open_value
				FROM @panel@.hcc_gap_state_value(NULL::integer, panel_value.model,
					panel_value.as_of, panel_value.contract, NULL::text) o
				WHERE o.payment_year = panel_value.payment_year
				GROUP BY o.patient_id, o.contract_id
			) g ON g.patient_id = m.patient_id AND g.contract_id = m.contract_id
		WHERE m.excluded IS NULL
			-- of monthly contracts somebody is in each, for its months
			AND (panel_value.contract IS NULL OR COALESCE(n.months > 0,
				m.contract_id = panel_value.contract))
			AND (panel_value.model IS NULL OR s.model_version = panel_value.model)
	), panel AS (
		SELECT s.provider_npi, s.specialty, count(*) AS n, avg(s.raw_score) AS mean_raw,
			avg(s.raf_score) AS mean_payment,
			sum(s.months) FILTER (WHERE s.score_months IS NOT NULL)::bigint AS member_months,
			sum(s.score_months) AS score_months,
			avg(s.hccs) AS hccs, count(*) FILTER (WHERE COALESCE(s.hccs, 0) = 0) AS no_hcc,
			sum(s.open_value) AS open_value, sum(s.raw_score) AS raw,
			sum(s.demographic_score) AS demographic
		FROM score s GROUP BY s.provider_npi, s.specialty
	), peer AS (
		SELECT p.*, sum(p.n) OVER w - p.n AS peers,
			(sum(p.raw) OVER w - p.raw) / NULLIF(sum(p.demographic) OVER w - p.demographic, 0)
				AS peer_burden,
			p.raw / NULLIF(p.demographic, 0) AS burden
		FROM panel p WINDOW w AS (PARTITION BY p.specialty)
	), spread AS (
		-- standard error of a ratio of sums
		SELECT r.provider_npi, 1.96 * stddev_samp(s.raw_score - r.burden * s.demographic_score)
				* sqrt(r.n::numeric) / NULLIF(r.demographic, 0) AS half
		FROM peer r JOIN score s ON s.provider_npi = r.provider_npi
		GROUP BY r.provider_npi, r.n, r.demographic
	), shown AS (
		SELECT r.*, r.n < panel_value.min_patients AS few,
			round(r.burden / NULLIF(r.peer_burden, 0), 3) AS benchmark,
			round((r.burden - d.half) / NULLIF(r.peer_burden, 0), 3) AS low,
			round((r.burden + d.half) / NULLIF(r.peer_burden, 0), 3) AS high
		FROM peer r JOIN spread d ON d.provider_npi = r.provider_npi
	)
	SELECT NULLIF(p.provider_npi, ''), p.specialty, p.n, round(p.mean_raw, 3),
		round(p.mean_payment, 3), round(p.score_months / NULLIF(p.member_months, 0), 3),
		round(p.hccs, 2),
		round(p.no_hcc::numeric / p.n, 4), p.open_value, round(p.burden, 3),
		COALESCE(p.peers, 0)::bigint, round(p.peer_burden, 3),
		CASE WHEN NOT p.few THEN p.benchmark END, CASE WHEN NOT p.few THEN p.low END,
		CASE WHEN NOT p.few THEN p.high END,
		CASE WHEN p.few THEN NULL WHEN p.low > 1 THEN 'high' WHEN p.high < 1 THEN 'low' END, p.few,
		p.member_months, p.score_months
	FROM shown p
	WHERE panel_value.provider IS NULL OR p.provider_npi = panel_value.provider
	ORDER BY p.provider_npi;
END
$panel$;
COMMENT ON FUNCTION @panel@.panel_value(integer, timestamptz, text, text, text, regclass, integer,
	text) IS
	'What are the scores of each provider''s panel, and its disease burden beside that of all '
	'peers?';
REVOKE EXECUTE ON FUNCTION @panel@.panel_value(integer, timestamptz, text, text, text, regclass,
	integer, text) FROM PUBLIC;

CREATE FUNCTION @panel@.hcc_outlier(payment_year integer, as_of timestamptz DEFAULT NULL,
	contract text DEFAULT NULL, provider text DEFAULT NULL, model text DEFAULT 'V28',
	threshold numeric DEFAULT 3, min_patients integer DEFAULT 30)
	RETURNS TABLE (provider_npi text, hcc_code text, label text, patients bigint, with_hcc bigint,
		rate numeric, peer_patients bigint, peer_rate numeric, z numeric, direction text)
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 100000 ROWS 100
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
SET enable_nestloop = off
SET jit = off
AS $panel$
BEGIN
	PERFORM @extschema@.hcc_require_model(model);
	PERFORM @extschema@.hcc_check_number('min_patients'::text, min_patients, 0, 2147483647);
	PERFORM @extschema@.hcc_check_amount('threshold'::text, threshold, 0, 1000000);
	PERFORM @panel@.hcc_require_scores(payment_year, NULL::text, NULL::bigint,
		NULL::timestamptz);
	RETURN QUERY
	WITH score AS (
		SELECT COALESCE(m.provider_npi, '') AS provider_npi, s.hcc_list
		FROM @panel@.member(hcc_outlier.payment_year, hcc_outlier.as_of, hcc_outlier.contract,
				NULL::text, NULL::@patient_id@[]) m
			JOIN @panel@.stored_score(hcc_outlier.payment_year, NULL::bigint, hcc_outlier.as_of,
				NULL::text) s
				ON s.patient_id = m.patient_id
		WHERE m.excluded IS NULL AND s.model_version = hcc_outlier.model
	), panel AS (
		SELECT s.provider_npi, count(*) AS n, sum(count(*)) OVER () AS whole
		FROM score s GROUP BY s.provider_npi
	), coded AS (
		SELECT s.provider_npi, h.hcc_code, count(*) AS n
		FROM score s CROSS JOIN LATERAL unnest(s.hcc_list) h (hcc_code)
		GROUP BY s.provider_npi, h.hcc_code
	), common AS (
		SELECT c.hcc_code, sum(c.n) AS n FROM coded c GROUP BY c.hcc_code
	), compared AS (
		SELECT p.provider_npi, h.hcc_code, p.n, COALESCE(c.n, 0) AS with_hcc,
			(p.whole - p.n)::bigint AS peers, COALESCE(c.n, 0)::numeric / p.n AS rate,
			(h.n - COALESCE(c.n, 0)) / NULLIF(p.whole - p.n, 0) AS peer_rate,
			h.n / p.whole AS common_rate
		FROM panel p CROSS JOIN common h
			LEFT JOIN coded c ON c.hcc_code = h.hcc_code AND c.provider_npi = p.provider_npi
		WHERE p.n >= hcc_outlier.min_patients
	), tested AS (
		-- two proportions
		SELECT c.*, (c.rate - c.peer_rate) / NULLIF(sqrt(c.common_rate * (1 - c.common_rate)
			* (1.0 / c.n + 1.0 / NULLIF(c.peers, 0))), 0) AS z
		FROM compared c
	)
	SELECT NULLIF(t.provider_npi, ''), t.hcc_code, g.label, t.n, t.with_hcc, round(t.rate, 4),
		t.peers, round(t.peer_rate, 4), round(t.z, 2),
		CASE WHEN t.z > 0 THEN 'high' ELSE 'low' END
	FROM tested t LEFT JOIN @extschema@.hcc_category g
		ON g.model_version = hcc_outlier.model AND g.hcc_code = t.hcc_code
	WHERE abs(t.z) >= hcc_outlier.threshold
		AND (hcc_outlier.provider IS NULL OR t.provider_npi = hcc_outlier.provider)
	ORDER BY abs(t.z) DESC, t.provider_npi, t.hcc_code;
END
$panel$;
COMMENT ON FUNCTION @panel@.hcc_outlier(integer, timestamptz, text, text, text, numeric, integer) IS
	'Which HCCs has a provider''s panel much more (a signal for compliance) or less often than '
	'all others?';
