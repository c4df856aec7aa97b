-- What should be taken back, beside what should be added.

CREATE FUNCTION @panel@.hcc_two_way(payment_year integer, model text, look_back integer,
	reasons text[], program text, as_of timestamptz, contract text, provider text,
	without_list text, at_least text)
	RETURNS TABLE (patient_id @patient_id@, contract_id text, provider_npi text,
		collection_year integer, hcc_code text, label text, reason text, detail text,
		icd10_codes text[], records bigint, providers text[], newest date, certainty text,
		item_id uuid, state text, found_at timestamptz, confirmed_on date, due_by date,
		delete_value numeric)
LANGUAGE sql STABLE PARALLEL SAFE ROWS 1000
BEGIN ATOMIC
	-- The planner expects next to no rows that count: what is made once must not be
	-- made again for each of those that there are.
	WITH person AS MATERIALIZED (
		SELECT y.payment_year - 1 AS collection_year, m.patient_id, m.contract_id,
			m.provider_npi, m.who
		FROM generate_series(hcc_two_way.payment_year - hcc_two_way.look_back,
				hcc_two_way.payment_year) y (payment_year)
			CROSS JOIN LATERAL @panel@.member(y.payment_year, hcc_two_way.as_of) m
	), record AS (
		SELECT d.collection_year, d.patient_id, d.id, d.diagnosis_date, d.provider_npi,
			d.contract_id, d.record_source, d.claim_type,
			@extschema@.hcc_canonical(d.icd10_code) AS code
		FROM @panel@.counted_diagnosis(hcc_two_way.payment_year, hcc_two_way.program,
				hcc_two_way.as_of, hcc_two_way.without_list, hcc_two_way.look_back + 1) d
	), model_year AS MATERIALIZED (
		SELECT y.payment_year - 1 AS collection_year,
			@extschema@.hcc_nearest_year(hcc_two_way.model, y.payment_year) AS tables_of
		FROM generate_series(hcc_two_way.payment_year - hcc_two_way.look_back,
			hcc_two_way.payment_year) y (payment_year)
	), documented AS MATERIALIZED (
		SELECT r.*, h.hcc_code
		FROM record r JOIN model_year y ON y.collection_year = r.collection_year
			JOIN person p ON p.patient_id = r.patient_id
				AND p.collection_year = r.collection_year
			CROSS JOIN LATERAL unnest(@extschema@.person_hccs(r.code, p.who,
				hcc_two_way.model, y.tables_of)) h (hcc_code)
	), year_hcc AS (
		SELECT d.patient_id, d.collection_year, d.hcc_code,
			array_agg(DISTINCT d.code ORDER BY d.code) AS codes,
			count(DISTINCT d.id) AS records,
			array_agg(DISTINCT d.provider_npi ORDER BY d.provider_npi)
				FILTER (WHERE d.provider_npi IS NOT NULL) AS providers,
			max(d.diagnosis_date) AS newest, array_agg(DISTINCT d.contract_id) AS contracts,
			bool_and(d.record_source = 'unlinked_chart_review') AS unlinked
		FROM documented d
		GROUP BY d.patient_id, d.collection_year, d.hcc_code
	), ever AS (
		SELECT d.patient_id, d.hcc_code, count(DISTINCT d.diagnosis_date) AS dates,
			count(DISTINCT d.provider_npi) AS providers,
			count(d.provider_npi) = count(*) AS providers_known
		FROM documented d
		GROUP BY d.patient_id, d.hcc_code
	), rule_code AS MATERIALIZED (
		SELECT c.code, r.*
		FROM (SELECT DISTINCT d.code FROM documented d) c
			JOIN @extschema@.hcc_two_way_rule() r ON c.code ^@ ANY (r.icd10_prefixes)
	), candidate AS MATERIALIZED (
		SELECT d.*, r.rule, r.reason, r.certainty, r.icd10_prefixes, r.without_inpatient,
			r.treated, r.codes,
			r.procedure_prefixes, r.procedures, r.with_codes
		FROM documented d JOIN rule_code r ON r.code = d.code
		WHERE d.collection_year = hcc_two_way.payment_year - 1
	), supported AS (
		-- a stay of the year, a treatment within twelve months, on whatever claim
		SELECT DISTINCT t.id, t.rule
		FROM candidate t JOIN @panel@.hcc_evidence(make_date(hcc_two_way.payment_year - 2, 1, 1),
				make_date(hcc_two_way.payment_year, 12, 31), hcc_two_way.as_of, NULL) e
			ON e.patient_id = t.patient_id
		WHERE t.without_inpatient AND e.inpatient AND e.code ^@ ANY (t.icd10_prefixes)
				AND extract(year FROM e.diagnosis_date)::integer = t.collection_year
			OR t.treated AND abs(e.diagnosis_date - t.diagnosis_date) <= 365
				AND (e.code ^@ ANY (t.codes) OR e.procedure_codes && t.procedures
					OR EXISTS (SELECT FROM unnest(e.procedure_codes) c
						WHERE c ^@ ANY (t.procedure_prefixes)))
	), contradicted AS (
		SELECT DISTINCT t.id, t.rule
		FROM candidate t JOIN record r ON r.patient_id = t.patient_id
			AND r.collection_year = t.collection_year AND r.code ^@ ANY (t.with_codes)
	), answer AS (
		SELECT v.patient_id, v.hcc_code, v.event, v.refutes_before
		FROM (
			SELECT DISTINCT ON (e.patient_id, e.hcc_code) e.patient_id, e.hcc_code, e.event,
				k.effect, k.refutes_before
			FROM @panel@.patient_hcc_gap_event e
				JOIN @extschema@.hcc_gap_event_kind k ON k.event = e.event
			WHERE e.model_version = hcc_two_way.model
				AND e.collection_year = hcc_two_way.payment_year - 1
				AND k.effect IN ('invalid', 'reopen')
				AND (hcc_two_way.as_of IS NULL OR e.known_at <= hcc_two_way.as_of)
			ORDER BY e.patient_id, e.hcc_code, e.occurred_at DESC, e.known_at DESC, e.event_id) v
		WHERE v.effect = 'invalid'
	), found AS (
		SELECT y.patient_id, y.collection_year, y.hcc_code, 'invalid' AS reason,
			'probable' AS certainty, 'refuted: ' || a.event AS detail, y.codes, y.records,
			y.providers, y.newest, y.contracts
		FROM year_hcc y
			JOIN answer a ON a.patient_id = y.patient_id AND a.hcc_code = y.hcc_code
		-- what is over was there before
		WHERE a.refutes_before OR y.collection_year = hcc_two_way.payment_year - 1
		UNION ALL
		SELECT t.patient_id, t.collection_year, t.hcc_code, t.rule, t.certainty, t.reason,
			array_agg(DISTINCT t.code ORDER BY t.code), count(DISTINCT t.id),
			array_agg(DISTINCT t.provider_npi ORDER BY t.provider_npi)
				FILTER (WHERE t.provider_npi IS NOT NULL),
			max(t.diagnosis_date), array_agg(DISTINCT t.contract_id)
		FROM candidate t
			LEFT JOIN supported s ON s.id = t.id AND s.rule = t.rule
			LEFT JOIN contradicted c ON c.id = t.id AND c.rule = t.rule
		-- of a claim that nothing is known of, nobody can say where it was
		WHERE (NOT t.without_inpatient OR t.claim_type IS NOT NULL)
			AND s.id IS NULL AND (t.with_codes IS NULL OR c.id IS NOT NULL)
		GROUP BY t.patient_id, t.collection_year, t.hcc_code, t.rule, t.certainty, t.reason
		UNION ALL
		SELECT y.patient_id, y.collection_year, y.hcc_code, v.reason, 'potential', v.detail,
			y.codes, y.records, y.providers, y.newest, y.contracts
		FROM year_hcc y
			JOIN ever e ON e.patient_id = y.patient_id AND e.hcc_code = y.hcc_code
			CROSS JOIN LATERAL (VALUES
				('unlinked_chart_review', 'only on chart reviews without an encounter',
					y.unlinked),
				('single_provider', 'several records, all of one provider',
					e.dates > 1 AND e.providers = 1 AND e.providers_known),
				('once_only', 'on one day only in the years looked at', e.dates = 1))
				v (reason, detail, holds)
		WHERE y.collection_year = hcc_two_way.payment_year - 1 AND v.holds
		UNION ALL
		SELECT d.patient_id, y.collection_year, h.hcc_code, 'no_eligible_record',
			'probable', 'submitted, and no record of the year counts: ' || min(d.encounter_verdict),
			array_agg(DISTINCT c.code ORDER BY c.code), count(DISTINCT d.id),
			array_agg(DISTINCT d.provider_npi ORDER BY d.provider_npi)
				FILTER (WHERE d.provider_npi IS NOT NULL),
			max(d.diagnosis_date), array_agg(DISTINCT d.contract_id)
		FROM @panel@.diagnosis(hcc_two_way.payment_year, hcc_two_way.program, hcc_two_way.as_of,
				hcc_two_way.without_list) d
			JOIN model_year y ON y.collection_year = hcc_two_way.payment_year - 1
			CROSS JOIN LATERAL (
				SELECT @extschema@.hcc_canonical(d.icd10_code) AS code) c
			JOIN person p ON p.patient_id = d.patient_id
				AND p.collection_year = y.collection_year
			CROSS JOIN LATERAL unnest(@extschema@.person_hccs(c.code, p.who,
				hcc_two_way.model, y.tables_of)) h (hcc_code)
		WHERE d.submission IN ('submitted', 'accepted')
			AND d.encounter_verdict NOT IN ('ok', 'deleted', 'voided')
			AND NOT EXISTS (
				SELECT FROM year_hcc x
				WHERE x.patient_id = d.patient_id AND x.hcc_code = h.hcc_code
					AND x.collection_year = y.collection_year)
		GROUP BY d.patient_id, y.collection_year, h.hcc_code
	), captured AS (
		SELECT r.patient_id, r.collection_year, @extschema@.icd10_agg(r.code) AS codes
		FROM record r GROUP BY r.patient_id, r.collection_year
	)
	SELECT f.patient_id, o.contract_id, p.provider_npi, f.collection_year, f.hcc_code, g.label,
		f.reason, f.detail, f.codes, f.records, f.providers, f.newest,
		CASE WHEN n.confirmed_on IS NOT NULL THEN 'confirmed' ELSE f.certainty END, i.item_id,
		s.state, i.created_at, n.confirmed_on, n.due_by,
		-- an HCC that does not count now takes nothing away
		CASE WHEN f.reason = 'no_eligible_record' THEN 0
			ELSE @extschema@.raf_marginal_hccs(COALESCE(c.codes, '{}'), p.who, ARRAY[f.hcc_code],
				hcc_two_way.model, y.tables_of) END
	FROM found f
		JOIN person p ON p.patient_id = f.patient_id AND p.collection_year = f.collection_year
		JOIN model_year y ON y.collection_year = f.collection_year
		-- who submitted takes back, whoever has the patient now
		CROSS JOIN LATERAL (SELECT DISTINCT COALESCE(c.contract_id, p.contract_id) AS contract_id
			FROM unnest(f.contracts) c (contract_id)) o
		LEFT JOIN captured c
			ON c.patient_id = f.patient_id AND c.collection_year = f.collection_year
		LEFT JOIN @extschema@.hcc_category g
			ON g.model_version = hcc_two_way.model AND g.hcc_code = f.hcc_code
		LEFT JOIN @panel@.patient_work_item i ON i.kind = 'delete' AND i.patient_id = f.patient_id
			AND i.contract_id = o.contract_id AND i.model_version = hcc_two_way.model
			AND i.collection_year = f.collection_year AND i.hcc_code = f.hcc_code
			AND i.reason = f.reason
		LEFT JOIN LATERAL (SELECT CASE
			WHEN hcc_two_way.as_of IS NULL OR hcc_two_way.as_of >= now() THEN i.state
			ELSE @panel@.hcc_work_state_at(i.item_id, hcc_two_way.as_of) END AS state) s ON true
		LEFT JOIN LATERAL @panel@.hcc_work_confirmed(i.item_id, hcc_two_way.as_of) n ON true
	WHERE (hcc_two_way.contract IS NULL OR o.contract_id = hcc_two_way.contract)
		AND (hcc_two_way.provider IS NULL OR p.provider_npi = hcc_two_way.provider)
		AND (hcc_two_way.reasons IS NULL OR f.reason = ANY (hcc_two_way.reasons))
		AND CASE hcc_two_way.at_least WHEN 'potential' THEN true
			WHEN 'probable' THEN f.certainty = 'probable' OR n.confirmed_on IS NOT NULL
			ELSE n.confirmed_on IS NOT NULL END;
END;
COMMENT ON FUNCTION @panel@.hcc_two_way(integer, text, integer, text[], text, timestamptz, text,
	text, text, text) IS
	'What two_way, two_way_value and refresh_worklist find: HCCs that may have to be taken back.';

CREATE FUNCTION @panel@.two_way(collection_year integer, model text DEFAULT 'V28',
	look_back integer DEFAULT 1, reasons text[] DEFAULT NULL, program text DEFAULT 'MA',
	as_of timestamptz DEFAULT NULL, contract text DEFAULT NULL, provider text DEFAULT NULL,
	without_list text DEFAULT 'error', at_least text DEFAULT NULL)
	RETURNS TABLE (patient_id @patient_id@, contract_id text, provider_npi text,
		service_year integer, hcc_code text, label text, reason text, detail text,
		icd10_codes text[], records bigint, coded_by text[], last_date date,
		certainty text, state text, identified_on date, confirmed_on date, delete_due_by date)
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 100000 ROWS 1000
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
SET enable_nestloop = off
SET jit = off
AS $panel$
DECLARE
	pay_year integer := @extschema@.hcc_payment_year_of(collection_year);
	least text := @extschema@.hcc_least_certainty(at_least, reasons);
BEGIN
	PERFORM @extschema@.hcc_require_model(model), @extschema@.hcc_require_program(program),
		@extschema@.hcc_note_payment_year(pay_year);
	PERFORM @extschema@.hcc_check_look_back(look_back, 0);
	PERFORM @extschema@.hcc_check_named('reasons'::text, reasons,
		@extschema@.hcc_two_way_reasons());
	RETURN QUERY
	SELECT w.patient_id, NULLIF(w.contract_id, ''), w.provider_npi, w.collection_year, w.hcc_code,
		w.label, w.reason, w.detail, w.icd10_codes, w.records, w.providers, w.newest, w.certainty,
		COALESCE(w.state, 'open'),
		COALESCE(CASE WHEN w.state IS NOT NULL THEN w.found_at END, two_way.as_of, now())::date,
		w.confirmed_on, w.due_by
	FROM @panel@.hcc_two_way(pay_year, two_way.model, two_way.look_back, two_way.reasons,
			two_way.program, two_way.as_of, two_way.contract, two_way.provider,
			two_way.without_list, least) w
	ORDER BY w.patient_id, w.collection_year, w.hcc_code, w.reason, w.contract_id;
END
$panel$;
COMMENT ON FUNCTION @panel@.two_way(integer, text, integer, text[], text, timestamptz, text, text,
	text, text) IS
	'Which documented HCCs should be looked at again, why, how surely, and since when?';

CREATE FUNCTION @panel@.two_way_value(collection_year integer, model text DEFAULT 'V28',
	look_back integer DEFAULT 1, reasons text[] DEFAULT NULL, program text DEFAULT 'MA',
	as_of timestamptz DEFAULT NULL, contract text DEFAULT NULL, provider text DEFAULT NULL,
	without_list text DEFAULT 'error', at_least text DEFAULT NULL)
	RETURNS TABLE (patient_id @patient_id@, contract_id text, service_year integer, hcc_code text,
		reason text, delete_value_raw numeric)
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 100000 ROWS 1000
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
SET enable_nestloop = off
SET jit = off
AS $panel$
DECLARE
	pay_year integer := @extschema@.hcc_payment_year_of(collection_year);
	least text := @extschema@.hcc_least_certainty(at_least, reasons);
BEGIN
	PERFORM @extschema@.hcc_require_model(model), @extschema@.hcc_require_program(program),
		@extschema@.hcc_note_payment_year(pay_year);
	PERFORM @extschema@.hcc_check_look_back(look_back, 0);
	PERFORM @extschema@.hcc_check_named('reasons'::text, reasons,
		@extschema@.hcc_two_way_reasons());
	RETURN QUERY
	SELECT w.patient_id, NULLIF(w.contract_id, ''), w.collection_year, w.hcc_code, w.reason,
		w.delete_value
	FROM @panel@.hcc_two_way(pay_year, two_way_value.model, two_way_value.look_back,
			two_way_value.reasons, two_way_value.program, two_way_value.as_of,
			two_way_value.contract, two_way_value.provider, two_way_value.without_list, least) w
	ORDER BY 6 DESC, w.patient_id, w.collection_year, w.hcc_code, w.reason, w.contract_id;
END
$panel$;
COMMENT ON FUNCTION @panel@.two_way_value(integer, text, integer, text[], text, timestamptz, text,
	text, text, text) IS
	'What would the raw score of its year lose, or gain, without each item of two_way?';
REVOKE EXECUTE ON FUNCTION @panel@.two_way_value(integer, text, integer, text[], text, timestamptz,
	text, text, text, text) FROM PUBLIC;
