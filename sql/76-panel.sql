----------------------------------------------------------------------
-- Providers and their panels
----------------------------------------------------------------------
CREATE FUNCTION @extschema@.provider_panel(collection_year integer, model text DEFAULT 'V28', program text DEFAULT 'MA', as_of timestamptz DEFAULT NULL,
	contract text DEFAULT NULL, provider text DEFAULT NULL, min_patients integer DEFAULT 30, without_list text DEFAULT 'error',
	patient_schema name DEFAULT NULL,
	OUT provider_npi text, OUT patients bigint, OUT seen bigint, OUT seen_rate numeric, OUT gaps bigint, OUT gaps_open bigint, OUT gaps_downgraded bigint,
	OUT gaps_closed bigint, OUT rate_strict numeric, OUT rate_lenient numeric, OUT unspecified_rate numeric, OUT peer_rate_strict numeric,
	OUT peer_patients bigint, OUT suppressed boolean)
	RETURNS SETOF record
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 100000 ROWS 100
SET search_path = pg_catalog, pg_temp
SET enable_nestloop = off
SET jit = off
AS $$
BEGIN
	RETURN QUERY EXECUTE format($query$
		WITH person AS (
			SELECT p.patient_id, p.contract_id, p.provider_npi FROM (%1$s) p WHERE p.excluded IS NULL
		), coded AS (
			SELECT d.patient_id, count(u.icd10_code) AS unspecified,
				count(*) FILTER (WHERE u.icd10_code IS NOT NULL OR @extschema@.icd_has_hcc(d.icd10_code, $2, $3)) AS relevant
			FROM (%2$s) d LEFT JOIN @extschema@.unspecified_code u
				ON u.icd10_code = (@extschema@.icd10_set(ARRAY[d.icd10_code])::text[])[1] AND u.basis <> 'sibling'
			GROUP BY d.patient_id
		), gap AS (
			SELECT g.patient_id, g.contract_id, count(*) AS gaps, count(*) FILTER (WHERE g.status IN ('open', 'documented_not_eligible', 'pending')) AS open,
				count(*) FILTER (WHERE g.status = 'downgraded') AS downgraded, count(*) FILTER (WHERE g.status = 'closed') AS closed
			FROM %3$I.patient_hcc_gap g
			WHERE g.collection_year = $1 AND g.model_version = $2 AND g.gap_source = 'historic' AND g.excluded IS NULL AND g.status <> 'invalid'
			GROUP BY g.patient_id, g.contract_id
		), panel AS (
			SELECT p.provider_npi, count(*) AS patients, count(c.patient_id) AS seen, COALESCE(sum(g.gaps), 0)::bigint AS gaps, COALESCE(sum(g.open), 0)::bigint AS open,
				COALESCE(sum(g.downgraded), 0)::bigint AS downgraded, COALESCE(sum(g.closed), 0)::bigint AS closed,
				sum(c.unspecified) AS unspecified, sum(c.relevant) AS relevant
			FROM person p LEFT JOIN coded c ON c.patient_id = p.patient_id LEFT JOIN gap g ON g.patient_id = p.patient_id AND g.contract_id = p.contract_id
			GROUP BY p.provider_npi
		), whole AS (
			SELECT sum(patients) AS patients, sum(gaps) AS gaps, sum(closed) AS closed FROM panel
		)
		SELECT p.provider_npi, p.patients, p.seen, round(p.seen::numeric / p.patients, 4), p.gaps, p.open, p.downgraded, p.closed,
			round(p.closed::numeric / NULLIF(p.gaps, 0), 4), round((p.closed + p.downgraded)::numeric / NULLIF(p.gaps, 0), 4),
			round(p.unspecified / NULLIF(p.relevant, 0), 4),
			CASE WHEN p.patients >= $4 THEN round((w.closed - p.closed) / NULLIF(w.gaps - p.gaps, 0), 4) END,
			(w.patients - p.patients)::bigint, p.patients < $4
		FROM panel p, whole w WHERE true %4$s ORDER BY p.provider_npi$query$,
		@extschema@.hcc_panel_query(patient_schema, collection_year + 1, as_of, contract),
		@extschema@.hcc_counted_query(patient_schema, collection_year + 1, program, as_of, without_list),
		@extschema@.hcc_panel_schema(patient_schema), 'AND p.provider_npi = ' || quote_literal(provider))
	USING collection_year, model, @extschema@.hcc_nearest_year(model, collection_year + 1), min_patients;
END
$$;
COMMENT ON FUNCTION @extschema@.provider_panel(integer, text, text, timestamptz, text, text, integer, text, name) IS
	'How does each provider''s panel stand: patients, seen this year, gaps and recapture rates (strict: closed; lenient: or downgraded), unspecified codes, and the rate of all others? suppressed: too few patients to compare.';

CREATE FUNCTION @extschema@.panel_value(payment_year integer, as_of timestamptz DEFAULT NULL, contract text DEFAULT NULL, provider text DEFAULT NULL,
	model text DEFAULT NULL, specialties regclass DEFAULT NULL, min_patients integer DEFAULT 30, patient_schema name DEFAULT NULL,
	OUT provider_npi text, OUT specialty text, OUT patients bigint, OUT mean_raw numeric, OUT mean_payment numeric, OUT member_month_payment numeric,
	OUT hccs_per_patient numeric, OUT no_hcc_rate numeric, OUT open_value numeric, OUT burden numeric, OUT peer_patients bigint, OUT peer_burden numeric,
	OUT benchmark numeric, OUT benchmark_low numeric, OUT benchmark_high numeric, OUT outlier text, OUT suppressed boolean)
	RETURNS SETOF record
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 100000 ROWS 100
SET search_path = pg_catalog, pg_temp
SET enable_nestloop = off
SET jit = off
AS $$
BEGIN
	IF specialties IS NOT NULL THEN
		PERFORM @extschema@.hcc_check_source(specialties, '{provider_npi,specialty}'::name[]);
	END IF;
	RETURN QUERY EXECUTE format($query$
		WITH score AS (
			-- without a provider is a panel, too
			SELECT COALESCE(p.provider_npi, '') AS provider_npi, t.specialty, s.raw_score, s.demographic_score, s.raf_score, COALESCE(p.enrolled_months, 12)::integer AS months,
				cardinality(s.hcc_list) AS hccs, g.open_value
			FROM (%1$s) p JOIN (%2$s) s ON s.patient_id = p.patient_id %3$s
				LEFT JOIN (%4$s) t ON t.provider_npi = p.provider_npi
				-- joint values are the same on all gaps of a patient; a panel's is their sum over patients
				LEFT JOIN (SELECT g.patient_id, g.contract_id, max(g.joint_payment) AS open_value FROM %5$I.patient_hcc_gap g
					WHERE g.payment_year = $1 AND ($2 IS NULL OR g.model_version = $2) GROUP BY g.patient_id, g.contract_id) g
					ON g.patient_id = p.patient_id AND g.contract_id = p.contract_id
			WHERE p.excluded IS NULL
		), panel AS (
			SELECT provider_npi, specialty, count(*) AS n, avg(raw_score) AS mean_raw, avg(raf_score) AS mean_payment,
				@extschema@.raf_member_months(raf_score, months) AS member_month, avg(hccs) AS hccs,
				count(*) FILTER (WHERE COALESCE(hccs, 0) = 0) AS no_hcc, sum(open_value) AS open_value,
				sum(raw_score) AS raw, sum(demographic_score) AS demographic
			FROM score GROUP BY provider_npi, specialty
		), peer AS (
			SELECT *, sum(n) OVER w - n AS peers, (sum(raw) OVER w - raw) / NULLIF(sum(demographic) OVER w - demographic, 0) AS peer_burden,
				raw / NULLIF(demographic, 0) AS burden
			FROM panel WINDOW w AS (PARTITION BY specialty)
		), spread AS (
			-- standard error of a ratio of sums
			SELECT provider_npi, 1.96 * stddev_samp(s.raw_score - r.burden * s.demographic_score) * sqrt(r.n::numeric) / NULLIF(r.demographic, 0) AS half
			FROM peer r JOIN score s USING (provider_npi) GROUP BY provider_npi, r.n, r.demographic
		), shown AS (
			SELECT r.*, r.n < $3 AS suppressed, round(r.burden / NULLIF(r.peer_burden, 0), 3) AS benchmark,
				round((r.burden - d.half) / NULLIF(r.peer_burden, 0), 3) AS low, round((r.burden + d.half) / NULLIF(r.peer_burden, 0), 3) AS high
			FROM peer r JOIN spread d USING (provider_npi)
		)
		SELECT NULLIF(provider_npi, ''), specialty, n, round(mean_raw, 3), round(mean_payment, 3), member_month, round(hccs, 2), round(no_hcc::numeric / n, 4), open_value,
			round(burden, 3), COALESCE(peers, 0)::bigint, round(peer_burden, 3), CASE WHEN NOT suppressed THEN benchmark END, CASE WHEN NOT suppressed THEN low END,
			CASE WHEN NOT suppressed THEN high END, CASE WHEN suppressed THEN NULL WHEN low > 1 THEN 'high' WHEN high < 1 THEN 'low' END, suppressed
		FROM shown WHERE true %6$s ORDER BY provider_npi$query$,
		@extschema@.hcc_panel_query(patient_schema, payment_year, as_of, contract),
		@extschema@.hcc_scores_query(patient_schema, payment_year, NULL::bigint, as_of), 'AND s.model_version = ' || quote_literal(model),
		CASE WHEN specialties IS NULL THEN 'SELECT NULL::text AS provider_npi, NULL::text AS specialty'
			ELSE format('SELECT x.provider_npi::text, max(x.specialty::text) AS specialty FROM %s x GROUP BY x.provider_npi', specialties) END,
		@extschema@.hcc_panel_schema(patient_schema), 'AND provider_npi = ' || quote_literal(provider))
	USING payment_year, model, min_patients;
END
$$;
COMMENT ON FUNCTION @extschema@.panel_value(integer, timestamptz, text, text, text, regclass, integer, name) IS
	'What are the scores of each provider''s panel, and how do they compare? burden: raw scores divided by their demographic parts; benchmark: burden divided by that of all peers (of the specialty, if given), with a 95 % interval; outlier where that leaves out 1. open_value: joint payment value of the open gaps.';

CREATE FUNCTION @extschema@.hcc_outlier(payment_year integer, as_of timestamptz DEFAULT NULL, contract text DEFAULT NULL, provider text DEFAULT NULL,
	model text DEFAULT 'V28', threshold numeric DEFAULT 3, min_patients integer DEFAULT 30, patient_schema name DEFAULT NULL,
	OUT provider_npi text, OUT hcc_code text, OUT label text, OUT patients bigint, OUT with_hcc bigint, OUT rate numeric,
	OUT peer_patients bigint, OUT peer_rate numeric, OUT z numeric, OUT direction text)
	RETURNS SETOF record
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 100000 ROWS 100
SET search_path = pg_catalog, pg_temp
SET enable_nestloop = off
SET jit = off
AS $$
BEGIN
	RETURN QUERY EXECUTE format($query$
		WITH score AS (
			SELECT COALESCE(p.provider_npi, '') AS provider_npi, s.hcc_list FROM (%1$s) p JOIN (%2$s) s ON s.patient_id = p.patient_id
			WHERE p.excluded IS NULL AND s.model_version = $1
		), panel AS (
			SELECT provider_npi, count(*) AS n, sum(count(*)) OVER () AS whole FROM score GROUP BY provider_npi
		), coded AS (
			SELECT provider_npi, h AS hcc_code, count(*) AS n FROM score, unnest(hcc_list) h GROUP BY provider_npi, h
		), rate AS (
			SELECT p.provider_npi, h.hcc_code, p.n, COALESCE(c.n, 0) AS with_hcc, (p.whole - p.n)::bigint AS peers,
				COALESCE(c.n, 0)::numeric / p.n AS rate, (h.n - COALESCE(c.n, 0)) / NULLIF(p.whole - p.n, 0) AS peer_rate, h.n / p.whole AS common_rate
			FROM panel p CROSS JOIN (SELECT hcc_code, sum(n) AS n FROM coded GROUP BY hcc_code) h
				LEFT JOIN coded c ON c.hcc_code = h.hcc_code AND c.provider_npi = p.provider_npi
			WHERE p.n >= $3
		), tested AS (
			-- two proportions
			SELECT *, (rate - peer_rate) / NULLIF(sqrt(common_rate * (1 - common_rate) * (1.0 / n + 1.0 / NULLIF(peers, 0))), 0) AS z FROM rate
		)
		SELECT NULLIF(t.provider_npi, ''), t.hcc_code, g.label, t.n, t.with_hcc, round(t.rate, 4), t.peers, round(t.peer_rate, 4), round(t.z, 2),
			CASE WHEN t.z > 0 THEN 'high' ELSE 'low' END
		FROM tested t LEFT JOIN @extschema@.hcc_category g ON g.model_version = $1 AND g.hcc_code = t.hcc_code
		WHERE abs(t.z) >= $2 %3$s ORDER BY abs(t.z) DESC, t.provider_npi, t.hcc_code$query$,
		@extschema@.hcc_panel_query(patient_schema, payment_year, as_of, contract),
		@extschema@.hcc_scores_query(patient_schema, payment_year, NULL::bigint, as_of), 'AND t.provider_npi = ' || quote_literal(provider))
	USING model, threshold, min_patients;
END
$$;
COMMENT ON FUNCTION @extschema@.hcc_outlier(integer, timestamptz, text, text, text, numeric, integer, name) IS
	'Which HCCs does a provider''s panel have much more or much less often than all others (difference of two proportions in standard errors)? High is a signal for compliance, low for documentation.';
