----------------------------------------------------------------------
-- What should be taken back, beside what should be added
----------------------------------------------------------------------
CREATE FUNCTION @extschema@.hcc_two_way_query(patient_schema name, collection_year integer, model text, look_back integer, reasons text[], program text,
	as_of timestamptz, contract text, provider text, without_list text)
	RETURNS text
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	schema name := @extschema@.hcc_panel_schema(patient_schema);
	payment_year integer := collection_year + 1;
BEGIN
	PERFORM @extschema@.hcc_check_look_back(look_back, 0);
	RETURN format($query$
		WITH person AS (
			%1$s
		), record AS (
			SELECT d.collection_year, d.patient_id, d.id, d.diagnosis_date, d.provider_npi, d.contract_id, d.record_source, d.claim_type, d.procedure_codes,
				b.setting IS NOT DISTINCT FROM 'inpatient' AND d.claim_type = 'institutional' AS inpatient,
				(@extschema@.icd10_set(ARRAY[d.icd10_code])::text[])[1] AS code
			FROM (%2$s) d LEFT JOIN @extschema@.eligible_bill_type b ON b.bill_type = left(ltrim(d.bill_type, '0'), 2)
		), documented AS MATERIALIZED (
			SELECT r.*, h.hcc_code FROM record r, unnest(@extschema@.icd_to_hcc(r.code, %3$L, @extschema@.hcc_nearest_year(%3$L, r.collection_year + 1))) h(hcc_code)
		), year_hcc AS (
			SELECT patient_id, collection_year, hcc_code, array_agg(DISTINCT code ORDER BY code) AS codes, count(DISTINCT id) AS records,
				array_agg(DISTINCT provider_npi ORDER BY provider_npi) FILTER (WHERE provider_npi IS NOT NULL) AS providers,
				max(diagnosis_date) AS newest, bool_and(record_source = 'unlinked_chart_review') AS unlinked
			FROM documented GROUP BY patient_id, collection_year, hcc_code
		), ever AS (
			SELECT patient_id, hcc_code, count(DISTINCT diagnosis_date) AS dates,
				count(DISTINCT provider_npi) AS providers, count(provider_npi) = count(*) AS providers_known
			FROM documented GROUP BY patient_id, hcc_code
		), rule AS (
			SELECT DISTINCT ON (w.rule) w.* FROM @extschema@.two_way_rule w ORDER BY w.rule, w.custom DESC
		), candidate AS MATERIALIZED (
			SELECT d.*, w.rule, w.reason, w.icd10_prefixes, w.without_inpatient, w.without_codes, w.with_codes
			FROM documented d JOIN (
				SELECT c.code, r.* FROM (SELECT DISTINCT code FROM documented) c JOIN rule r ON c.code ^@ ANY (r.icd10_prefixes)) w USING (code)
			WHERE d.collection_year = %5$s
		), seen AS (
			SELECT r.patient_id, array_agg(DISTINCT r.code) AS codes, array_agg(DISTINCT r.code) FILTER (WHERE r.inpatient) AS inpatient,
				array_agg(DISTINCT p.code) FILTER (WHERE p.code IS NOT NULL) AS procedures
			FROM record r LEFT JOIN LATERAL unnest(r.procedure_codes) p(code) ON true
			WHERE r.collection_year = %5$s AND r.patient_id IN (SELECT patient_id FROM candidate) GROUP BY r.patient_id
		), answer AS (
			SELECT patient_id, hcc_code, event FROM (
				SELECT DISTINCT ON (v.patient_id, v.hcc_code) v.patient_id, v.hcc_code, v.event, k.effect
				FROM %4$I.patient_hcc_gap_event v JOIN @extschema@.hcc_gap_event_kind k USING (event)
				WHERE v.model_version = %3$L AND v.collection_year = %5$s AND k.effect IN ('invalid', 'reopen') %6$s
				ORDER BY v.patient_id, v.hcc_code, v.occurred_at DESC, v.known_at DESC, v.event_id
			) v WHERE effect = 'invalid'
		), found AS (
			SELECT y.patient_id, y.collection_year, y.hcc_code, 'invalid' AS reason, 'refuted: ' || a.event AS detail, y.codes, y.records, y.providers, y.newest
			FROM year_hcc y JOIN answer a USING (patient_id, hcc_code)
			UNION ALL
			SELECT t.patient_id, t.collection_year, t.hcc_code, t.rule, t.reason, array_agg(DISTINCT t.code ORDER BY t.code), count(DISTINCT t.id),
				array_agg(DISTINCT t.provider_npi ORDER BY t.provider_npi) FILTER (WHERE t.provider_npi IS NOT NULL), max(t.diagnosis_date)
			FROM candidate t JOIN seen s USING (patient_id)
			-- of a claim that nothing is known of, nobody can say where it was
			WHERE (NOT t.without_inpatient OR t.claim_type IS NOT NULL AND NOT EXISTS (SELECT FROM unnest(s.inpatient) c WHERE c ^@ ANY (t.icd10_prefixes)))
				AND (t.without_codes IS NULL OR NOT EXISTS (SELECT FROM unnest(s.codes || s.procedures) c WHERE c ^@ ANY (t.without_codes)))
				AND (t.with_codes IS NULL OR EXISTS (SELECT FROM unnest(s.codes) c WHERE c ^@ ANY (t.with_codes)))
			GROUP BY t.patient_id, t.collection_year, t.hcc_code, t.rule, t.reason
			UNION ALL
			SELECT y.patient_id, y.collection_year, y.hcc_code, v.reason, v.detail, y.codes, y.records, y.providers, y.newest
			FROM year_hcc y JOIN ever e USING (patient_id, hcc_code), LATERAL (VALUES
				('unlinked_chart_review', 'only on chart reviews without an encounter', y.unlinked),
				('single_provider', 'several records, all of one provider', e.dates > 1 AND e.providers = 1 AND e.providers_known),
				('once_only', 'on one day only in the years looked at', e.dates = 1)) v(reason, detail, holds)
			WHERE y.collection_year = %5$s AND v.holds
			UNION ALL
			SELECT d.patient_id, %5$s, h.hcc_code, 'no_eligible_record', 'submitted, and no record of the year counts: ' || min(d.encounter_verdict),
				array_agg(DISTINCT c.code ORDER BY c.code), count(DISTINCT d.id),
				array_agg(DISTINCT d.provider_npi ORDER BY d.provider_npi) FILTER (WHERE d.provider_npi IS NOT NULL), max(d.diagnosis_date)
			FROM (%7$s) d, unnest(@extschema@.icd10_set(ARRAY[d.icd10_code])::text[]) c(code),
				unnest(@extschema@.icd_to_hcc(c.code, %3$L, @extschema@.hcc_nearest_year(%3$L, %5$s + 1))) h(hcc_code)
			WHERE d.diagnosis_date BETWEEN make_date(%5$s, 1, 1) AND make_date(%5$s, 12, 31) AND d.submission IN ('submitted', 'accepted')
				AND d.encounter_verdict NOT IN ('ok', 'deleted', 'voided')
				AND NOT EXISTS (SELECT FROM year_hcc y WHERE y.patient_id = d.patient_id AND y.collection_year = %5$s AND y.hcc_code = h.hcc_code)
			GROUP BY d.patient_id, h.hcc_code
		), captured AS (
			SELECT patient_id, collection_year, @extschema@.icd10_agg(code) AS codes FROM record GROUP BY patient_id, collection_year
		)
		SELECT f.patient_id, p.contract_id, p.provider_npi, f.collection_year, f.hcc_code, g.label, f.reason, f.detail, f.codes AS icd10_codes,
			f.records, f.providers, f.newest, p.who, COALESCE(c.codes, '{}') AS captured
		FROM found f JOIN person p USING (patient_id, collection_year) LEFT JOIN captured c USING (patient_id, collection_year)
			LEFT JOIN @extschema@.hcc_category g ON g.model_version = %3$L AND g.hcc_code = f.hcc_code
		WHERE true %8$s$query$,
		(SELECT string_agg(format('SELECT %s AS collection_year, * FROM (%s) p', year - 1,
				@extschema@.hcc_panel_query(schema, year, as_of, contract, provider)), ' UNION ALL ')
			FROM generate_series(payment_year - look_back, payment_year) year),
		@extschema@.hcc_counted_query(schema, payment_year, program, as_of, without_list, look_back + 1),
		model, schema, collection_year, 'AND v.known_at <= ' || quote_literal(as_of),
		@extschema@.hcc_diagnoses_query(schema, payment_year, program, as_of, without_list => without_list),
		'AND f.reason = ANY (' || quote_literal(reasons) || ')');
END
$$;
COMMENT ON FUNCTION @extschema@.hcc_two_way_query(name, integer, text, integer, text[], text, timestamptz, text, text, text) IS
	'Part of two_way: text of a query for documented HCCs that may have to be taken back, one row per reason.';

CREATE FUNCTION @extschema@.two_way(collection_year integer, model text DEFAULT 'V28', look_back integer DEFAULT 1, reasons text[] DEFAULT NULL,
	program text DEFAULT 'MA', as_of timestamptz DEFAULT NULL, contract text DEFAULT NULL, provider text DEFAULT NULL,
	due_days integer DEFAULT 60, without_list text DEFAULT 'error', patient_schema name DEFAULT NULL,
	OUT patient_id uuid, OUT contract_id text, OUT provider_npi text, OUT service_year integer, OUT hcc_code text, OUT label text,
	OUT reason text, OUT detail text, OUT icd10_codes text[], OUT records bigint, OUT coded_by text[], OUT last_date date,
	OUT state text, OUT identified_on date, OUT delete_due_by date)
	RETURNS SETOF record
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 100000 ROWS 1000
SET search_path = pg_catalog, pg_temp
SET enable_nestloop = off
SET jit = off
AS $$
BEGIN
	RETURN QUERY EXECUTE format($query$
		SELECT q.patient_id, NULLIF(q.contract_id, ''), q.provider_npi, q.collection_year, q.hcc_code, q.label, q.reason, q.detail, q.icd10_codes,
			q.records, q.providers, q.newest, COALESCE(i.state, 'open'), f.day, f.day + $1
		FROM (%s) q LEFT JOIN %I.patient_work_item i ON i.kind = 'delete' AND i.patient_id = q.patient_id AND i.contract_id = q.contract_id
				AND i.model_version = $2 AND i.collection_year = q.collection_year AND i.hcc_code = q.hcc_code AND i.reason = q.reason,
			LATERAL (SELECT COALESCE(i.created_at, $3, now())::date AS day) f
		ORDER BY q.patient_id, q.collection_year, q.hcc_code, q.reason$query$,
		@extschema@.hcc_two_way_query(patient_schema, collection_year, model, look_back, reasons, program, as_of, contract, provider, without_list),
		@extschema@.hcc_panel_schema(patient_schema))
	USING due_days, model, as_of;
END
$$;
COMMENT ON FUNCTION @extschema@.two_way(integer, text, integer, text[], text, timestamptz, text, text, integer, text, name) IS
	'Which documented HCCs should be looked at again and perhaps taken back, and why? reason: invalid (a clinician refuted it), no_eligible_record, unlinked_chart_review, single_provider, once_only, or a row of two_way_rule; reasons restricts. identified_on: since when it is a work item, else today.';

CREATE FUNCTION @extschema@.two_way_value(collection_year integer, model text DEFAULT 'V28', look_back integer DEFAULT 1, reasons text[] DEFAULT NULL,
	program text DEFAULT 'MA', as_of timestamptz DEFAULT NULL, contract text DEFAULT NULL, provider text DEFAULT NULL,
	without_list text DEFAULT 'error', patient_schema name DEFAULT NULL,
	OUT patient_id uuid, OUT contract_id text, OUT service_year integer, OUT hcc_code text, OUT reason text, OUT delete_value_raw numeric)
	RETURNS SETOF record
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 100000 ROWS 1000
SET search_path = pg_catalog, pg_temp
SET enable_nestloop = off
SET jit = off
AS $$
BEGIN
	RETURN QUERY EXECUTE format($query$
		SELECT q.patient_id, NULLIF(q.contract_id, ''), q.collection_year, q.hcc_code, q.reason,
			-- an HCC that does not count now takes nothing away
			CASE WHEN q.reason = 'no_eligible_record' THEN 0 ELSE
				@extschema@.raf_marginal_hccs(q.captured, q.who, ARRAY[q.hcc_code], $1, @extschema@.hcc_nearest_year($1, q.collection_year + 1)) END
		FROM (%s) q ORDER BY 6 DESC, q.patient_id, q.collection_year, q.hcc_code, q.reason$query$,
		@extschema@.hcc_two_way_query(patient_schema, collection_year, model, look_back, reasons, program, as_of, contract, provider, without_list))
	USING model;
END
$$;
COMMENT ON FUNCTION @extschema@.two_way_value(integer, text, integer, text[], text, timestamptz, text, text, text, name) IS
	'What would the raw score of that year lose without the HCC of each item of two_way? May be zero or negative.';
