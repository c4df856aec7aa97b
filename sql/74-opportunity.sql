----------------------------------------------------------------------
-- Whom to see, and what to document better. Functions without _value show
-- neither scores nor dollars and read no column that holds them; both forms
-- run the same query.
----------------------------------------------------------------------
CREATE FUNCTION @extschema@.no_encounter(collection_year integer, model text DEFAULT 'V28', look_back integer DEFAULT 1,
	policy text DEFAULT 'conservative', program text DEFAULT 'MA', as_of timestamptz DEFAULT NULL,
	contract text DEFAULT NULL, provider text DEFAULT NULL, without_list text DEFAULT 'error', patient_schema name DEFAULT NULL,
	OUT patient_id uuid, OUT contract_id text, OUT provider_npi text, OUT hcc_codes text[], OUT labels text[],
	OUT last_encounter date, OUT last_record date)
	RETURNS SETOF record
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 100000 ROWS 1000
SET search_path = pg_catalog, pg_temp
SET enable_nestloop = off
SET jit = off
AS $$
DECLARE
	payment_year integer := collection_year + 1;
BEGIN
	PERFORM @extschema@.hcc_check_look_back(look_back);
	RETURN QUERY EXECUTE format($query$
		WITH expected AS MATERIALIZED (
			SELECT c.hcc_code FROM @extschema@.hcc_recapture_class($1, $2) c WHERE c.recapture_class <> 'acute'
		), unseen AS (
			SELECT p.patient_id, p.contract_id, p.provider_npi, p.who FROM (%1$s) p
			WHERE p.excluded IS NULL AND p.patient_id NOT IN (SELECT d.patient_id FROM (%2$s) d)
		), base AS (
			SELECT d.patient_id, @extschema@.icd10_agg(d.icd10_code) AS codes, max(d.diagnosis_date) AS last_encounter
			FROM (%3$s) d WHERE d.patient_id IN (SELECT patient_id FROM unseen) GROUP BY d.patient_id
		), year_record AS (
			SELECT d.patient_id, max(d.diagnosis_date) AS last_record FROM (%4$s) d
			WHERE d.diagnosis_date BETWEEN make_date($3 - 1, 1, 1) AND make_date($3 - 1, 12, 31)
				AND d.encounter_verdict NOT IN ('deleted', 'voided')
				AND d.patient_id IN (SELECT patient_id FROM unseen) GROUP BY d.patient_id
		)
		SELECT u.patient_id, NULLIF(u.contract_id, ''), u.provider_npi, h.codes, h.labels, b.last_encounter, y.last_record
		FROM unseen u JOIN base b ON b.patient_id = u.patient_id LEFT JOIN year_record y ON y.patient_id = u.patient_id,
			LATERAL (SELECT array_agg(e.hcc_code) AS codes, array_agg(e.label) AS labels
				FROM @extschema@.raf_explain(b.codes, u.who, $1, @extschema@.hcc_nearest_year($1, $3)) e
				WHERE e.kind = 'hcc' AND e.reason IS NULL AND e.hcc_code IN (SELECT hcc_code FROM expected)) h
		WHERE h.codes IS NOT NULL
		ORDER BY cardinality(h.codes) DESC, b.last_encounter, u.patient_id$query$,
		@extschema@.hcc_panel_query(patient_schema, payment_year, as_of, contract, provider),
		@extschema@.hcc_counted_query(patient_schema, payment_year, program, as_of, without_list),
		@extschema@.hcc_counted_query(patient_schema, collection_year, program, as_of, without_list, look_back),
		@extschema@.hcc_diagnoses_query(patient_schema, payment_year, program, as_of, without_list => 'accept'))
	USING model, policy, payment_year;
END
$$;
COMMENT ON FUNCTION @extschema@.no_encounter(integer, text, integer, text, text, timestamptz, text, text, text, name) IS
	'Who had chronic conditions in the look-back years and no encounter that counts in the collection year? last_record: a record of this year that does not count.';

CREATE FUNCTION @extschema@.hcc_gap_open(status text, excluded text, superseded_by text[]) RETURNS boolean
	LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 1
	RETURN status IN ('open', 'documented_not_eligible', 'downgraded') AND excluded IS NULL AND superseded_by IS NULL;
COMMENT ON FUNCTION @extschema@.hcc_gap_open(text, text, text[]) IS 'Is a gap something to work on: open, in scope, and the top one of its family?';

CREATE FUNCTION @extschema@.hcc_awv_query(patient_schema name, collection_year integer, model text, program text, as_of timestamptz,
	contract text, provider text, appointments regclass, months integer, extra text)
	RETURNS text
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	today date := COALESCE(as_of, now())::date;
BEGIN
	RETURN format($query$
		SELECT p.patient_id, NULLIF(p.contract_id, '') AS contract_id, p.provider_npi, v.last_visit, a.next_appointment,
			COALESCE(g.open_gaps, 0) AS open_gaps %10$s
		FROM (%1$s) p
			LEFT JOIN (SELECT d.patient_id, max(d.diagnosis_date) AS last_visit FROM (%2$s) d
				WHERE d.procedure_codes && ARRAY(SELECT k.procedure_code FROM @extschema@.visit_kind k WHERE k.kind = 'annual_wellness')
					AND d.encounter_verdict NOT IN ('deleted', 'voided') AND d.diagnosis_date <= %3$L GROUP BY d.patient_id) v USING (patient_id)
			LEFT JOIN (SELECT g.patient_id, g.contract_id, count(*)::integer AS open_gaps %4$s FROM %5$I.patient_hcc_gap g
				WHERE g.collection_year = %6$s AND g.model_version = %7$L AND g.gap_source = 'historic'
					AND @extschema@.hcc_gap_open(g.status, g.excluded, g.superseded_by)
				GROUP BY g.patient_id, g.contract_id) g USING (patient_id, contract_id)
			LEFT JOIN (%8$s) a USING (patient_id)
		WHERE p.excluded IS NULL AND (v.last_visit IS NULL OR v.last_visit < %3$L::date - make_interval(months => %9$s))$query$,
		@extschema@.hcc_panel_query(patient_schema, collection_year + 1, as_of, contract, provider),
		-- of whatever year, and whether it counts or not
		@extschema@.hcc_diagnoses_query(patient_schema, collection_year + 1, program, as_of, '1900-01-01'::date, today, 'accept'),
		today, CASE WHEN extra <> '' THEN ', max(g.joint_raw) AS joint_raw, max(g.joint_payment) AS joint_payment' END,
		@extschema@.hcc_panel_schema(patient_schema), collection_year, model,
		CASE WHEN appointments IS NULL THEN 'SELECT NULL::uuid AS patient_id, NULL::date AS next_appointment'
			ELSE format('SELECT x.patient_id, min(x.appointment_at)::date AS next_appointment FROM %s x
				WHERE x.appointment_at >= %L AND x.appointment_at < %L GROUP BY x.patient_id', appointments, today, make_date(collection_year + 1, 1, 1)) END,
		months, extra);
END
$$;
COMMENT ON FUNCTION @extschema@.hcc_awv_query(name, integer, text, text, timestamptz, text, text, regclass, integer, text) IS
	'Part of awv_due and awv_due_value: text of a query for the patients whose annual wellness visit is due.';

CREATE FUNCTION @extschema@.awv_due(collection_year integer, model text DEFAULT 'V28', program text DEFAULT 'MA', as_of timestamptz DEFAULT NULL,
	contract text DEFAULT NULL, provider text DEFAULT NULL, appointments regclass DEFAULT NULL, months integer DEFAULT 11,
	patient_schema name DEFAULT NULL,
	OUT rank bigint, OUT patient_id uuid, OUT contract_id text, OUT provider_npi text, OUT last_visit date, OUT next_appointment date,
	OUT open_gaps integer)
	RETURNS SETOF record
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 100000 ROWS 1000
SET search_path = pg_catalog, pg_temp
SET enable_nestloop = off
SET jit = off
AS $$
BEGIN
	RETURN QUERY EXECUTE format($query$
		SELECT rank() OVER (ORDER BY q.open_gaps DESC, q.last_visit NULLS FIRST), q.* FROM (%s) q ORDER BY 1, q.patient_id$query$,
		@extschema@.hcc_awv_query(patient_schema, collection_year, model, program, as_of, contract, provider, appointments, months, ''));
END
$$;
COMMENT ON FUNCTION @extschema@.awv_due(integer, text, text, timestamptz, text, text, regclass, integer, name) IS
	'Whose annual wellness visit is due (none, or none for more than 11 months), those with most open gaps first? appointments: a table or view with patient_id and appointment_at.';

CREATE FUNCTION @extschema@.awv_due_value(collection_year integer, model text DEFAULT 'V28', program text DEFAULT 'MA', as_of timestamptz DEFAULT NULL,
	contract text DEFAULT NULL, provider text DEFAULT NULL, appointments regclass DEFAULT NULL, months integer DEFAULT 11,
	patient_schema name DEFAULT NULL,
	OUT rank bigint, OUT patient_id uuid, OUT contract_id text, OUT provider_npi text, OUT last_visit date, OUT next_appointment date,
	OUT open_gaps integer, OUT joint_raw numeric, OUT joint_payment numeric)
	RETURNS SETOF record
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 100000 ROWS 1000
SET search_path = pg_catalog, pg_temp
SET enable_nestloop = off
SET jit = off
AS $$
BEGIN
	RETURN QUERY EXECUTE format($query$
		SELECT rank() OVER (ORDER BY q.joint_payment DESC, q.joint_raw DESC, q.last_visit NULLS FIRST), q.* FROM (%s) q ORDER BY 1, q.patient_id$query$,
		@extschema@.hcc_awv_query(patient_schema, collection_year, model, program, as_of, contract, provider, appointments, months,
			', COALESCE(g.joint_raw, 0) AS joint_raw, COALESCE(g.joint_payment, 0) AS joint_payment'));
END
$$;
COMMENT ON FUNCTION @extschema@.awv_due_value(integer, text, text, timestamptz, text, text, regclass, integer, name) IS
	'Whose annual wellness visit is due, those whose open gaps are worth most together first?';

----------------------------------------------------------------------
-- Specificity: an unspecified code now, a specific one before
----------------------------------------------------------------------
CREATE FUNCTION @extschema@.refresh_unspecified_codes(model text DEFAULT 'V28', payment_year integer DEFAULT NULL, fiscal_year integer DEFAULT NULL)
	RETURNS TABLE (basis text, codes bigint)
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	listed integer := COALESCE(refresh_unspecified_codes.fiscal_year, (SELECT max(c.fiscal_year) FROM @extschema@.icd10_code c));
BEGIN
	IF NOT EXISTS (SELECT FROM @extschema@.icd10_code c WHERE c.fiscal_year = listed) THEN
		RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state',
			MESSAGE = 'the descriptions of diagnosis codes are not loaded',
			HINT = 'Load them with hccraf_load_icd10(content, fiscal_year).';
	END IF;
	DELETE FROM @extschema@.unspecified_code u WHERE u.custom AND u.basis <> 'list';
	INSERT INTO @extschema@.unspecified_code (icd10_code, basis)
	SELECT c.icd10_code, CASE WHEN c.description ILIKE '%unspecified%' THEN 'description' ELSE 'sibling' END
	FROM (SELECT *, @extschema@.icd_has_hcc(i.icd10_code, model, payment_year) AS has_hcc FROM @extschema@.icd10_code i WHERE i.fiscal_year = listed) c
	WHERE c.description ILIKE '%unspecified%'
		OR NOT c.has_hcc AND left(c.icd10_code, 3) IN (SELECT left(x.icd10_code, 3) FROM @extschema@.hcc_crosswalk x WHERE x.model_version = model)
	ON CONFLICT (icd10_code) DO NOTHING;
	RETURN QUERY SELECT u.basis, count(*) FROM @extschema@.unspecified_code u GROUP BY u.basis ORDER BY u.basis;
END
$$;
COMMENT ON FUNCTION @extschema@.refresh_unspecified_codes(text, integer, integer) IS
	'Fills unspecified_code from the loaded code list of a fiscal year (default: the newest): codes that say unspecified, and codes without HCC in a category where others have one.';
REVOKE EXECUTE ON FUNCTION @extschema@.refresh_unspecified_codes(text, integer, integer) FROM PUBLIC;

CREATE FUNCTION @extschema@.hcc_specificity_query(patient_schema name, collection_year integer, model text, look_back integer, document_quality boolean,
	policy text, route text, program text, as_of timestamptz, contract text, provider text, without_list text)
	RETURNS text
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	payment_year integer := collection_year + 1;
	review record;
BEGIN
	PERFORM @extschema@.hcc_check_look_back(look_back);
	SELECT DISTINCT ON (p.policy) p.* INTO review FROM @extschema@.specificity_policy p
	WHERE p.policy = hcc_specificity_query.policy ORDER BY p.policy, p.custom DESC;
	IF NOT FOUND THEN
		RAISE EXCEPTION USING ERRCODE = 'undefined_object',
			MESSAGE = format('specificity policy "%s" does not exist', policy), HINT = 'A policy is a row in specificity_policy.';
	END IF;
	RETURN format($query$
		WITH counted AS (
			SELECT d.patient_id, d.provider_npi, d.diagnosis_date, (@extschema@.icd10_set(ARRAY[d.icd10_code])::text[])[1] AS code FROM (%2$s) d
		), captured AS (
			SELECT patient_id, @extschema@.icd10_agg(code) AS codes FROM counted GROUP BY patient_id
		), vague AS (
			SELECT DISTINCT ON (c.patient_id, c.code) c.*, COALESCE(u.family, ARRAY[left(u.icd10_code, 3)]) AS family
			FROM counted c JOIN @extschema@.unspecified_code u ON u.icd10_code = c.code
			ORDER BY c.patient_id, c.code, c.diagnosis_date DESC
		), evidence AS (
			SELECT d.patient_id, s.code, count(DISTINCT d.diagnosis_date) AS dates, max(d.diagnosis_date) AS newest
			FROM (%3$s) d, unnest(@extschema@.icd10_set(ARRAY[d.icd10_code])::text[]) s(code)
			WHERE d.patient_id IN (SELECT patient_id FROM vague) AND @extschema@.icd_has_hcc(d.icd10_code, %4$L, %5$s)
			GROUP BY d.patient_id, s.code
		), item AS (
			SELECT p.patient_id, p.contract_id, p.provider_npi, p.who, c.codes AS captured, v.code AS unspecified_code, v.diagnosis_date, v.provider_npi AS coded_by,
				e.code AS specific_code, @extschema@.icd_to_hcc(e.code, %4$L, %5$s) AS hcc_codes, e.dates, e.newest,
				@extschema@.icd10_set_union(@extschema@.icd10_set_difference(c.codes, @extschema@.icd10_set(ARRAY[v.code])), @extschema@.icd10_set(ARRAY[e.code])) AS specified
			FROM (%1$s) p JOIN captured c ON c.patient_id = p.patient_id JOIN vague v ON v.patient_id = p.patient_id
				JOIN evidence e ON e.patient_id = p.patient_id AND e.code ^@ ANY (v.family)
			WHERE p.excluded IS NULL AND NOT e.code = ANY (c.codes::text[])
				AND NOT EXISTS (SELECT FROM @extschema@.unspecified_code u WHERE u.icd10_code = e.code AND u.basis <> 'sibling')
		), valued AS (
			SELECT DISTINCT ON (patient_id, unspecified_code, hcc_codes) *,
				@extschema@.raf_score(specified, who, %4$L, %5$s) - @extschema@.raf_score(captured, who, %4$L, %5$s) AS uplift
			FROM item ORDER BY patient_id, unspecified_code, hcc_codes, dates DESC, newest DESC, specific_code
		), routed AS (
			SELECT *, CASE WHEN uplift >= %6$s AND dates < %7$s THEN 'second_review' ELSE 'provider' END AS route FROM valued
		)
		SELECT * FROM routed WHERE (uplift > 0 OR %8$L) %9$s$query$,
		@extschema@.hcc_panel_query(patient_schema, payment_year, as_of, contract, provider),
		@extschema@.hcc_counted_query(patient_schema, payment_year, program, as_of, without_list),
		@extschema@.hcc_counted_query(patient_schema, collection_year, program, as_of, without_list, look_back),
		model, @extschema@.hcc_nearest_year(model, payment_year), review.second_review_from, review.evidence_dates, document_quality,
		'AND route = ' || quote_literal(route));
END
$$;
COMMENT ON FUNCTION @extschema@.hcc_specificity_query(name, integer, text, integer, boolean, text, text, text, timestamptz, text, text, text) IS
	'Part of specificity and specificity_value: text of a query for unspecified codes of this year with a specific one of the look-back years.';

CREATE FUNCTION @extschema@.specificity(collection_year integer, model text DEFAULT 'V28', look_back integer DEFAULT 2,
	document_quality boolean DEFAULT false, policy text DEFAULT 'default', route text DEFAULT 'provider',
	program text DEFAULT 'MA', as_of timestamptz DEFAULT NULL, contract text DEFAULT NULL, provider text DEFAULT NULL,
	without_list text DEFAULT 'error', patient_schema name DEFAULT NULL,
	OUT patient_id uuid, OUT contract_id text, OUT provider_npi text, OUT unspecified_code text, OUT coded_on date, OUT coded_by text,
	OUT specific_code text, OUT hcc_codes text[], OUT evidence_dates bigint, OUT last_evidence date, OUT routed_to text)
	RETURNS SETOF record
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 100000 ROWS 1000
SET search_path = pg_catalog, pg_temp
SET enable_nestloop = off
SET jit = off
AS $$
BEGIN
	RETURN QUERY EXECUTE format($query$
		SELECT patient_id, NULLIF(contract_id, ''), provider_npi, unspecified_code, diagnosis_date, coded_by, specific_code, hcc_codes, dates, newest, route
		FROM (%s) q ORDER BY patient_id, unspecified_code, specific_code$query$,
		@extschema@.hcc_specificity_query(patient_schema, collection_year, model, look_back, document_quality, policy, route, program, as_of,
			contract, provider, without_list));
END
$$;
COMMENT ON FUNCTION @extschema@.specificity(integer, text, integer, boolean, text, text, text, timestamptz, text, text, text, name) IS
	'For whom is an unspecified code documented this year, and one of the same family with another score in the years before? document_quality: also where the score is the same or falls. route: provider, second_review, or NULL for both.';

CREATE FUNCTION @extschema@.specificity_value(collection_year integer, model text DEFAULT 'V28', look_back integer DEFAULT 2,
	document_quality boolean DEFAULT false, policy text DEFAULT 'default', route text DEFAULT NULL,
	program text DEFAULT 'MA', as_of timestamptz DEFAULT NULL, contract text DEFAULT NULL, provider text DEFAULT NULL,
	without_list text DEFAULT 'error', patient_schema name DEFAULT NULL,
	OUT patient_id uuid, OUT unspecified_code text, OUT specific_code text, OUT routed_to text, OUT uplift_raw numeric, OUT uplift_payment numeric)
	RETURNS SETOF record
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 100000 ROWS 1000
SET search_path = pg_catalog, pg_temp
SET enable_nestloop = off
SET jit = off
AS $$
BEGIN
	RETURN QUERY EXECUTE format($query$
		SELECT patient_id, unspecified_code, specific_code, route, uplift,
			@extschema@.raf_payment_or(NULL::numeric, specified, who, $1, $2) - @extschema@.raf_payment_or(NULL::numeric, captured, who, $1, $2)
		FROM (%s) q ORDER BY uplift DESC, patient_id, unspecified_code, specific_code$query$,
		@extschema@.hcc_specificity_query(patient_schema, collection_year, model, look_back, document_quality, policy, route, program, as_of,
			contract, provider, without_list))
	USING collection_year + 1, program;
END
$$;
COMMENT ON FUNCTION @extschema@.specificity_value(integer, text, integer, boolean, text, text, text, timestamptz, text, text, text, name) IS
	'What would each item of specificity change: score with the specific code in place of the unspecified one, minus the score as it is? Payment: of the whole blend, NULL where the year does not say how.';

CREATE FUNCTION @extschema@.unspecified_rate(collection_year integer, model text DEFAULT 'V28', program text DEFAULT 'MA', as_of timestamptz DEFAULT NULL,
	contract text DEFAULT NULL, provider text DEFAULT NULL, without_list text DEFAULT 'error', patient_schema name DEFAULT NULL,
	OUT provider_npi text, OUT patients bigint, OUT diagnoses bigint, OUT unspecified bigint, OUT rate numeric)
	RETURNS SETOF record
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 100000 ROWS 100
SET search_path = pg_catalog, pg_temp
SET enable_nestloop = off
SET jit = off
AS $$
BEGIN
	RETURN QUERY EXECUTE format($query$
		SELECT d.provider_npi, count(DISTINCT d.patient_id), count(*), count(u.icd10_code), round(count(u.icd10_code)::numeric / count(*), 4)
		FROM (%1$s) p JOIN (%2$s) d ON d.patient_id = p.patient_id
			LEFT JOIN @extschema@.unspecified_code u ON u.icd10_code = (@extschema@.icd10_set(ARRAY[d.icd10_code])::text[])[1] AND u.basis <> 'sibling'
		WHERE (u.icd10_code IS NOT NULL OR @extschema@.icd_has_hcc(d.icd10_code, $1, $2)) %3$s
		GROUP BY d.provider_npi ORDER BY 5 DESC, 3 DESC, 1$query$,
		@extschema@.hcc_panel_query(patient_schema, collection_year + 1, as_of, contract),
		@extschema@.hcc_counted_query(patient_schema, collection_year + 1, program, as_of, without_list),
		'AND d.provider_npi = ' || quote_literal(provider))
	USING model, @extschema@.hcc_nearest_year(model, collection_year + 1);
END
$$;
COMMENT ON FUNCTION @extschema@.unspecified_rate(integer, text, text, timestamptz, text, text, text, name) IS
	'How often does each provider code unspecified? Unspecified codes divided by all that are unspecified or have an HCC, by the provider of the record.';

----------------------------------------------------------------------
-- Interactions and counts
----------------------------------------------------------------------
CREATE FUNCTION @extschema@.hcc_interaction_query(patient_schema name, collection_year integer, model text, program text, as_of timestamptz,
	contract text, provider text, without_list text)
	RETURNS text
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	payment_year integer := @extschema@.hcc_nearest_year(model, collection_year + 1);
BEGIN
	RETURN format($query$
		WITH gap AS (
			SELECT g.patient_id, g.contract_id, g.provider_npi, g.hcc_code, g.icd10_codes, p.who, p.codes
			FROM %1$I.patient_hcc_gap g JOIN (
				SELECT p.patient_id, p.contract_id, p.who, COALESCE(d.codes, '{}') AS codes
				FROM (%2$s) p LEFT JOIN (SELECT d.patient_id, @extschema@.icd10_agg(d.icd10_code) AS codes FROM (%3$s) d GROUP BY d.patient_id) d
					ON d.patient_id = p.patient_id) p ON p.patient_id = g.patient_id AND p.contract_id = g.contract_id
			WHERE g.collection_year = %4$s AND g.model_version = %5$L AND g.gap_source = 'historic'
				AND @extschema@.hcc_gap_open(g.status, g.excluded, g.superseded_by)
		), pair AS (
			SELECT a.patient_id, a.contract_id, a.provider_npi, a.who, a.codes, a.hcc_code AS hcc_code, b.hcc_code AS other_hcc, false AS other_captured,
				@extschema@.raf_marginal_hccs(a.codes, a.who, ARRAY[a.hcc_code], %5$L, %6$s) AS value,
				@extschema@.raf_marginal_hccs(a.codes, a.who, ARRAY[b.hcc_code], %5$L, %6$s) AS other_value,
				@extschema@.raf_marginal_hccs(a.codes, a.who, ARRAY[a.hcc_code, b.hcc_code], %5$L, %6$s) AS joint_value
			FROM gap a JOIN gap b ON b.patient_id = a.patient_id AND b.contract_id = a.contract_id AND b.hcc_code > a.hcc_code
			UNION ALL
			-- the captured HCC is taken away and put back, alone and with the gap
			SELECT g.patient_id, g.contract_id, g.provider_npi, g.who, g.codes, g.hcc_code, c.hcc_code, true,
				@extschema@.raf_marginal_hccs(c.rest, g.who, ARRAY[g.hcc_code], %5$L, %6$s),
				@extschema@.raf_marginal_hccs(c.rest, g.who, ARRAY[c.hcc_code], %5$L, %6$s),
				@extschema@.raf_marginal_hccs(c.rest, g.who, ARRAY[g.hcc_code, c.hcc_code], %5$L, %6$s)
			FROM gap g, LATERAL (
				SELECT e.hcc_code, @extschema@.icd10_set_difference(g.codes, ARRAY(SELECT x FROM unnest(g.codes::text[]) x
					WHERE e.hcc_code = ANY (@extschema@.icd_to_hcc(x, %5$L, %6$s)))::@extschema@.icd10_set) AS rest
				FROM @extschema@.raf_explain(g.codes, g.who, %5$L, %6$s) e WHERE e.kind = 'hcc' AND e.reason IS NULL) c
		)
		SELECT *, joint_value - value - other_value AS excess FROM pair WHERE joint_value > value + other_value$query$,
		@extschema@.hcc_panel_schema(patient_schema), @extschema@.hcc_panel_query(patient_schema, collection_year + 1, as_of, contract, provider),
		@extschema@.hcc_counted_query(patient_schema, collection_year + 1, program, as_of, without_list), collection_year, model, payment_year);
END
$$;
COMMENT ON FUNCTION @extschema@.hcc_interaction_query(name, integer, text, text, timestamptz, text, text, text) IS
	'Part of interaction_opportunity and interaction_opportunity_value: text of a query for pairs worth more together than apart.';

CREATE FUNCTION @extschema@.interaction_opportunity(collection_year integer, model text DEFAULT 'V28', program text DEFAULT 'MA',
	as_of timestamptz DEFAULT NULL, contract text DEFAULT NULL, provider text DEFAULT NULL,
	without_list text DEFAULT 'error', patient_schema name DEFAULT NULL,
	OUT patient_id uuid, OUT contract_id text, OUT provider_npi text, OUT hcc_code text, OUT other_hcc text, OUT other_captured boolean)
	RETURNS SETOF record
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 100000 ROWS 1000
SET search_path = pg_catalog, pg_temp
SET enable_nestloop = off
SET jit = off
AS $$
BEGIN
	RETURN QUERY EXECUTE format($query$
		SELECT patient_id, NULLIF(contract_id, ''), provider_npi, hcc_code, other_hcc, other_captured FROM (%s) q ORDER BY 1, 2, 4, 5$query$,
		@extschema@.hcc_interaction_query(patient_schema, collection_year, model, program, as_of, contract, provider, without_list));
END
$$;
COMMENT ON FUNCTION @extschema@.interaction_opportunity(integer, text, text, timestamptz, text, text, text, name) IS
	'Which open gaps act together, with another open gap or with an HCC already captured? Conditions to look at in one visit; no reason to document any.';

CREATE FUNCTION @extschema@.interaction_opportunity_value(collection_year integer, model text DEFAULT 'V28', program text DEFAULT 'MA',
	as_of timestamptz DEFAULT NULL, contract text DEFAULT NULL, provider text DEFAULT NULL,
	without_list text DEFAULT 'error', patient_schema name DEFAULT NULL,
	OUT patient_id uuid, OUT contract_id text, OUT hcc_code text, OUT other_hcc text, OUT other_captured boolean,
	OUT value_raw numeric, OUT other_value_raw numeric, OUT joint_raw numeric, OUT excess_raw numeric)
	RETURNS SETOF record
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 100000 ROWS 1000
SET search_path = pg_catalog, pg_temp
SET enable_nestloop = off
SET jit = off
AS $$
BEGIN
	RETURN QUERY EXECUTE format($query$
		SELECT patient_id, NULLIF(contract_id, ''), hcc_code, other_hcc, other_captured, value, other_value, joint_value, excess
		FROM (%s) q ORDER BY excess DESC, 1, 2, 3, 4$query$,
		@extschema@.hcc_interaction_query(patient_schema, collection_year, model, program, as_of, contract, provider, without_list));
END
$$;
COMMENT ON FUNCTION @extschema@.interaction_opportunity_value(integer, text, text, timestamptz, text, text, text, name) IS
	'By how much is a pair (two open gaps, or one and a captured HCC) worth more together than the two apart, in raw score?';
