-- Recapture: which gaps, how many are closed, what can still be submitted
--
-- What a clinician is shown has neither score nor dollar in it. Functions with
-- such columns are others (..._value), to be granted to others; a role needs
-- SELECT on the columns that its functions read, and no more.

-- Not among the readers that the planner opens: who asks for gaps as they are
-- now needs no right to read the history.
CREATE FUNCTION @panel@.hcc_gap_former(year integer, model text, as_of timestamptz,
	contract text, provider text)
	RETURNS TABLE (patient_id @patient_id@, contract_id text, payment_year integer, hcc_code text,
		label text, gap_source text, status text, closure text, by_hcc text[], superseded_by
		text[], source_year integer, icd10_codes text[], recapture_class text, excluded
		text, reason text, base_date date, base_record_id @diagnosis_id@, base_npi text,
		evidence_date date, evidence_record_id @diagnosis_id@, evidence_npi text,
		provider_npi text, plan_id text, status_since timestamptz, collection_year integer)
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 10000 ROWS 1000
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
AS $panel$
BEGIN
	RETURN QUERY
	SELECT h.patient_id, h.contract_id, h.payment_year, h.hcc_code, h.label, h.gap_source,
		h.status, h.closure, h.by_hcc, h.superseded_by, h.source_year, h.icd10_codes,
		h.recapture_class, h.excluded, h.reason, h.base_date, h.base_record_id, h.base_npi,
		h.evidence_date, h.evidence_record_id, h.evidence_npi, h.provider_npi, h.plan_id,
		h.status_since, h.collection_year
	FROM @panel@.patient_hcc_gap_history h
	WHERE h.model_version = hcc_gap_former.model
		AND (hcc_gap_former.year IS NULL
			OR h.collection_year = hcc_gap_former.year)
		AND h.valid_from <= hcc_gap_former.as_of AND h.valid_to > hcc_gap_former.as_of
		AND (hcc_gap_former.contract IS NULL OR h.contract_id = hcc_gap_former.contract)
		AND (hcc_gap_former.provider IS NULL OR h.provider_npi = hcc_gap_former.provider);
END
$panel$;
COMMENT ON FUNCTION @panel@.hcc_gap_former(integer, text, timestamptz, text, text) IS
	'The gaps of which something was otherwise at a time, as they were.';

CREATE FUNCTION @panel@.hcc_gap_state(year integer, model text, as_of timestamptz,
	contract text, provider text)
	RETURNS TABLE (patient_id @patient_id@, contract_id text, payment_year integer, hcc_code text,
		label text, gap_source text, status text, closure text, by_hcc text[], superseded_by
		text[], source_year integer, icd10_codes text[], recapture_class text, excluded
		text, reason text, base_date date, base_record_id @diagnosis_id@, base_npi text,
		evidence_date date, evidence_record_id @diagnosis_id@, evidence_npi text,
		provider_npi text, plan_id text, status_since timestamptz, collection_year integer)
LANGUAGE sql STABLE PARALLEL SAFE ROWS 1000
BEGIN ATOMIC
	SELECT g.patient_id, g.contract_id, g.payment_year, g.hcc_code, g.label, g.gap_source,
		g.status, g.closure, g.by_hcc, g.superseded_by, g.source_year, g.icd10_codes,
		g.recapture_class, g.excluded, g.reason, g.base_date, g.base_record_id, g.base_npi,
		g.evidence_date, g.evidence_record_id, g.evidence_npi, g.provider_npi, g.plan_id,
		g.status_since, g.collection_year
	FROM @panel@.patient_hcc_gap g
	WHERE g.model_version = hcc_gap_state.model
		AND (hcc_gap_state.year IS NULL
			OR g.collection_year = hcc_gap_state.year)
		AND (hcc_gap_state.as_of IS NULL OR g.seen_since <= hcc_gap_state.as_of)
		AND (hcc_gap_state.contract IS NULL OR g.contract_id = hcc_gap_state.contract)
		AND (hcc_gap_state.provider IS NULL OR g.provider_npi = hcc_gap_state.provider)
		AND @extschema@.hcc_panel_current(@panel_name@::name, '@extversion@'::text)
	UNION ALL
	SELECT f.patient_id, f.contract_id, f.payment_year, f.hcc_code, f.label, f.gap_source,
		f.status, f.closure, f.by_hcc, f.superseded_by, f.source_year, f.icd10_codes,
		f.recapture_class, f.excluded, f.reason, f.base_date, f.base_record_id, f.base_npi,
		f.evidence_date, f.evidence_record_id, f.evidence_npi, f.provider_npi, f.plan_id,
		f.status_since, f.collection_year
	FROM @panel@.hcc_gap_former(hcc_gap_state.year, hcc_gap_state.model,
		hcc_gap_state.as_of, hcc_gap_state.contract, hcc_gap_state.provider) f
	WHERE hcc_gap_state.as_of IS NOT NULL;
END;
COMMENT ON FUNCTION @panel@.hcc_gap_state(integer, text, timestamptz, text, text) IS
	'Gaps as they were at a time, NULL: as they are; of a collection year, NULL: of all.';

-- One pass over the gaps for all that rates and deadlines ask. What answers rows is planned in
-- parallel, what selects into variables is not.
CREATE FUNCTION @panel@.hcc_gap_counts(collection_years integer[], payment_year integer, model text,
	denominator text, as_of timestamptz, contract text, provider text)
	RETURNS SETOF @extschema@.hcc_gap_count
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 100000 ROWS 1000
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
SET jit = off
SET enable_sort = off
SET parallel_tuple_cost = 0
AS $panel$
BEGIN
	RETURN QUERY
	SELECT c.collection_year, c.payment_year, c.status, c.evidence_date, c.counts_in & 1 > 0,
		c.counts_in & 2 > 0, c.gaps
	FROM (
		-- of two conditions in a number the planner expects fewer groups than of the two, few
		-- enough for workers to make them
		SELECT g.collection_year, g.payment_year, g.status, g.evidence_date,
			CASE WHEN @extschema@.hcc_gap_in_rate(g.gap_source, g.status, g.excluded,
				g.superseded_by, hcc_gap_counts.denominator) THEN 1 ELSE 0 END
				+ CASE WHEN g.excluded IS NULL THEN 2 ELSE 0 END AS counts_in, count(*) AS gaps
		FROM @panel@.hcc_gap_state(CASE WHEN hcc_gap_counts.payment_year IS NULL
					AND cardinality(hcc_gap_counts.collection_years) = 1
				THEN hcc_gap_counts.collection_years[1] END, hcc_gap_counts.model,
			hcc_gap_counts.as_of, hcc_gap_counts.contract, hcc_gap_counts.provider) g
		WHERE (g.collection_year = ANY (hcc_gap_counts.collection_years)
				OR g.payment_year = hcc_gap_counts.payment_year)
			AND g.superseded_by IS NULL AND g.status NOT IN ('invalid', 'net_new')
		GROUP BY 1, 2, 3, 4, 5) c;
END
$panel$;
COMMENT ON FUNCTION @panel@.hcc_gap_counts(integer[], integer, text, text, timestamptz, text,
	text) IS
	'The top gaps of collection years, and those of a payment year, counted by status and day.';

-- The same once more with the columns of values: a role without the right to these could not
-- call a function that has them in it, even where it does not ask for them.
CREATE FUNCTION @panel@.hcc_gap_former_value(collection_year integer, model text, as_of timestamptz,
	contract text, provider text)
	RETURNS TABLE (patient_id @patient_id@, contract_id text, payment_year integer, hcc_code text,
		label text, gap_source text, status text, superseded_by text[], excluded text,
		provider_npi text, plan_id text, enrolled_months smallint, coefficient numeric,
		value_raw numeric, value_payment numeric, terms_gained text[], joint_raw numeric,
		joint_payment numeric, closed_raw numeric, closed_payment numeric, captured_raw numeric,
		captured_payment numeric)
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 10000 ROWS 1000
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
AS $panel$
BEGIN
	RETURN QUERY
	SELECT h.patient_id, h.contract_id, h.payment_year, h.hcc_code, h.label, h.gap_source,
		h.status, h.superseded_by, h.excluded, h.provider_npi, h.plan_id,
		h.enrolled_months, h.coefficient,
		h.value_raw, h.value_payment, h.terms_gained, h.joint_raw, h.joint_payment,
		h.closed_raw, h.closed_payment, h.captured_raw, h.captured_payment
	FROM @panel@.patient_hcc_gap_history h
	WHERE (hcc_gap_former_value.model IS NULL OR h.model_version = hcc_gap_former_value.model)
		AND (hcc_gap_former_value.collection_year IS NULL
			OR h.collection_year = hcc_gap_former_value.collection_year)
		AND h.valid_from <= hcc_gap_former_value.as_of AND h.valid_to > hcc_gap_former_value.as_of
		AND (hcc_gap_former_value.contract IS NULL OR h.contract_id = hcc_gap_former_value.contract)
		AND (hcc_gap_former_value.provider IS NULL
			OR h.provider_npi = hcc_gap_former_value.provider);
END
$panel$;
COMMENT ON FUNCTION @panel@.hcc_gap_former_value(integer, text, timestamptz, text, text) IS
	'What gaps were worth at a time of which something was otherwise then.';

CREATE FUNCTION @panel@.hcc_gap_state_value(collection_year integer, model text, as_of timestamptz,
	contract text, provider text)
	RETURNS TABLE (patient_id @patient_id@, contract_id text, payment_year integer, hcc_code text,
		label text, gap_source text, status text, superseded_by text[], excluded text,
		provider_npi text, plan_id text, enrolled_months smallint, coefficient numeric,
		value_raw numeric, value_payment numeric, terms_gained text[], joint_raw numeric,
		joint_payment numeric, closed_raw numeric, closed_payment numeric, captured_raw numeric,
		captured_payment numeric)
LANGUAGE sql STABLE PARALLEL SAFE ROWS 1000
BEGIN ATOMIC
	SELECT g.patient_id, g.contract_id, g.payment_year, g.hcc_code, g.label, g.gap_source,
		g.status, g.superseded_by, g.excluded, g.provider_npi, g.plan_id,
		g.enrolled_months, g.coefficient,
		g.value_raw, g.value_payment, g.terms_gained, g.joint_raw, g.joint_payment,
		g.closed_raw, g.closed_payment, g.captured_raw, g.captured_payment
	FROM @panel@.patient_hcc_gap g
	WHERE (hcc_gap_state_value.model IS NULL OR g.model_version = hcc_gap_state_value.model)
		AND (hcc_gap_state_value.collection_year IS NULL
			OR g.collection_year = hcc_gap_state_value.collection_year)
		AND (hcc_gap_state_value.as_of IS NULL OR g.seen_since <= hcc_gap_state_value.as_of)
		AND (hcc_gap_state_value.contract IS NULL OR g.contract_id = hcc_gap_state_value.contract)
		AND (hcc_gap_state_value.provider IS NULL OR g.provider_npi = hcc_gap_state_value.provider)
		AND @extschema@.hcc_panel_current(@panel_name@::name, '@extversion@'::text)
	UNION ALL
	SELECT f.patient_id, f.contract_id, f.payment_year, f.hcc_code, f.label, f.gap_source,
		f.status, f.superseded_by, f.excluded, f.provider_npi, f.plan_id,
		f.enrolled_months, f.coefficient,
		f.value_raw, f.value_payment, f.terms_gained, f.joint_raw, f.joint_payment,
		f.closed_raw, f.closed_payment, f.captured_raw, f.captured_payment
	FROM @panel@.hcc_gap_former_value(hcc_gap_state_value.collection_year,
		hcc_gap_state_value.model, hcc_gap_state_value.as_of, hcc_gap_state_value.contract,
		hcc_gap_state_value.provider) f
	WHERE hcc_gap_state_value.as_of IS NOT NULL;
END;
COMMENT ON FUNCTION @panel@.hcc_gap_state_value(integer, text, timestamptz, text, text) IS
	'What gaps are worth, as they are, or as they were at a time.';

CREATE FUNCTION @panel@.recapture_gap(collection_year integer, model text DEFAULT 'V28',
	as_of timestamptz DEFAULT NULL, contract text DEFAULT NULL, provider text DEFAULT NULL,
	statuses text[] DEFAULT '{open,documented_not_eligible,downgraded,pending}',
	in_scope boolean DEFAULT true)
	RETURNS TABLE (patient_id @patient_id@, contract_id text, payment_year integer, hcc_code text,
		label text, gap_source text, status text, closure text, by_hcc text[], superseded_by
		text[], source_year integer, icd10_codes text[], recapture_class text, excluded
		text, reason text, base_date date, base_record_id @diagnosis_id@, base_npi text,
		evidence_date date, evidence_record_id @diagnosis_id@, evidence_npi text,
		provider_npi text, status_since timestamptz)
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 10000 ROWS 1000
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
AS $panel$
BEGIN
	PERFORM @panel@.hcc_require_gaps(collection_year, model, NULL::integer);
	PERFORM @panel@.hcc_note_first_gaps(collection_year, NULL::integer, model, as_of);
	PERFORM @extschema@.hcc_check_named('statuses'::text, statuses,
		@extschema@.hcc_gap_statuses());
	RETURN QUERY
	SELECT g.patient_id, g.contract_id, g.payment_year, g.hcc_code, g.label, g.gap_source,
		g.status, g.closure, g.by_hcc, g.superseded_by, g.source_year, g.icd10_codes,
		g.recapture_class, g.excluded, g.reason, g.base_date, g.base_record_id, g.base_npi,
		g.evidence_date, g.evidence_record_id, g.evidence_npi, g.provider_npi,
		g.status_since
	FROM @panel@.hcc_gap_state(recapture_gap.collection_year, recapture_gap.model,
		recapture_gap.as_of, recapture_gap.contract, recapture_gap.provider) g
	WHERE (recapture_gap.statuses IS NULL OR g.status = ANY (recapture_gap.statuses))
		AND (NOT recapture_gap.in_scope OR g.excluded IS NULL AND g.superseded_by IS NULL)
	ORDER BY g.patient_id, g.contract_id, g.hcc_code, g.gap_source;
END
$panel$;
COMMENT ON FUNCTION @panel@.recapture_gap(integer, text, timestamptz, text, text, text[],
	boolean) IS
	'Which conditions documented before are not documented again this year, with what evidence?';

CREATE FUNCTION @panel@.hcc_year_rate(payment_year integer)
	RETURNS TABLE (contract_id text, months integer, rate numeric, source text)
LANGUAGE sql STABLE PARALLEL SAFE ROWS 100
BEGIN ATOMIC
	-- a contract with a month that has no rate has none for the year
	SELECT c.contract_id, n, CASE WHEN count(r.rate) = n THEN COALESCE(sum(r.rate), 0) END,
		string_agg(DISTINCT r.source, ', ')
	FROM (SELECT DISTINCT p.contract_id FROM @panel@.payment_rate p
			WHERE p.payment_year = hcc_year_rate.payment_year) c
		CROSS JOIN generate_series(0, 12) n
		LEFT JOIN generate_series(1, 12) m ON m <= n
		LEFT JOIN @panel@.payment_rate y ON y.contract_id = c.contract_id
			AND y.payment_year = hcc_year_rate.payment_year AND y.payment_month = 0
		LEFT JOIN @panel@.payment_rate o ON o.contract_id = c.contract_id
			AND o.payment_year = hcc_year_rate.payment_year AND o.payment_month = m
		-- that of the month goes before that of the year
		CROSS JOIN LATERAL (SELECT
			CASE WHEN m IS NULL THEN NULL WHEN o.rate IS NOT NULL THEN o.rate ELSE y.rate END
				AS rate,
			CASE WHEN m IS NULL THEN NULL WHEN o.rate IS NOT NULL THEN o.source ELSE y.source END
				AS source) r
	GROUP BY c.contract_id, n;
END;
COMMENT ON FUNCTION @panel@.hcc_year_rate(integer) IS
	'Dollars for a payment score of 1.000 in so many first months of a payment year, by contract.';

CREATE FUNCTION @panel@.recapture_gap_value(collection_year integer, model text DEFAULT 'V28',
	as_of timestamptz DEFAULT NULL, contract text DEFAULT NULL, provider text DEFAULT NULL,
	statuses text[] DEFAULT '{open,documented_not_eligible,downgraded,pending}',
	in_scope boolean DEFAULT true, rate numeric DEFAULT NULL, months integer DEFAULT 12)
	RETURNS TABLE (patient_id @patient_id@, contract_id text, payment_year integer, hcc_code text,
		label text, status text, coefficient numeric, value_raw numeric, value_payment numeric,
		terms_gained text[], joint_raw numeric, joint_payment numeric, closed_raw numeric,
		closed_payment numeric, captured_raw numeric, captured_payment numeric, dollars numeric,
		joint_dollars numeric, rate_source text)
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 10000 ROWS 1000
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
AS $panel$
BEGIN
	PERFORM @panel@.hcc_require_gaps(collection_year, model, NULL::integer);
	PERFORM @panel@.hcc_note_first_gaps(collection_year, NULL::integer, model, as_of);
	PERFORM @extschema@.hcc_check_number('months'::text, months, 1, 12);
	PERFORM @extschema@.hcc_check_named('statuses'::text, statuses,
		@extschema@.hcc_gap_statuses());
	RETURN QUERY
	WITH gap AS MATERIALIZED (
		SELECT g.*, LEAST(recapture_gap_value.months, g.enrolled_months)::integer AS paid_months
		FROM @panel@.hcc_gap_state_value(recapture_gap_value.collection_year,
			recapture_gap_value.model, recapture_gap_value.as_of, recapture_gap_value.contract,
			recapture_gap_value.provider) g
		WHERE (recapture_gap_value.statuses IS NULL
				OR g.status = ANY (recapture_gap_value.statuses))
			AND (NOT recapture_gap_value.in_scope
				OR g.excluded IS NULL AND g.superseded_by IS NULL)
	), year_rate AS MATERIALIZED (
		SELECT y.payment_year, r.contract_id, r.months, r.rate, r.source
		FROM (SELECT DISTINCT g.payment_year FROM gap g) y
			CROSS JOIN LATERAL @panel@.hcc_year_rate(y.payment_year) r
		WHERE recapture_gap_value.rate IS NULL
	), secondary AS MATERIALIZED (
		-- as secondary payer, Medicare pays a part of what the score comes to
		SELECT y.payment_year, m.patient_id, m.msp_factor
		FROM (SELECT DISTINCT g.payment_year FROM gap g) y
			CROSS JOIN LATERAL @panel@.member(y.payment_year, recapture_gap_value.as_of,
				NULL::text, NULL::text, NULL::@patient_id@[]) m
		WHERE m.msp_factor < 1
			-- nearly every panel has nobody like that, and then nobody is looked at
			AND EXISTS (SELECT FROM @panel@.patient_demographic d
				WHERE @optional(d.msp_factor)@ < 1)
	)
	SELECT g.patient_id, g.contract_id, g.payment_year, g.hcc_code, g.label, g.status,
		g.coefficient, g.value_raw, g.value_payment, g.terms_gained, g.joint_raw, g.joint_payment,
		g.closed_raw, g.closed_payment, g.captured_raw, g.captured_payment,
		round(g.value_payment * d.rate, 2), round(g.joint_payment * d.rate, 2),
		CASE WHEN recapture_gap_value.rate IS NULL THEN r.source ELSE 'argument' END
	FROM gap g
		LEFT JOIN year_rate r ON r.payment_year = g.payment_year AND r.contract_id = g.contract_id
			AND r.months = g.paid_months
		LEFT JOIN secondary s ON s.patient_id = g.patient_id AND s.payment_year = g.payment_year
		CROSS JOIN LATERAL (SELECT COALESCE(recapture_gap_value.rate * g.paid_months, r.rate)
			* COALESCE(s.msp_factor, 1) AS rate) d
	ORDER BY g.patient_id, g.contract_id, g.value_payment DESC NULLS LAST, g.hcc_code;
END
$panel$;
COMMENT ON FUNCTION @panel@.recapture_gap_value(integer, text, timestamptz, text, text, text[],
	boolean, numeric, integer) IS
	'What is each gap worth, alone and with the patient''s others (joint: once per patient)?';
REVOKE EXECUTE ON FUNCTION @panel@.recapture_gap_value(integer, text, timestamptz, text, text,
	text[], boolean, numeric, integer) FROM PUBLIC;

CREATE FUNCTION @panel@.patient_gap(patient_id @patient_id@, collection_year integer,
	model text DEFAULT 'V28', payment_year integer DEFAULT NULL, program text DEFAULT 'MA',
	look_back integer DEFAULT 1, policy text DEFAULT 'conservative',
	as_of timestamptz DEFAULT NULL, without_list text DEFAULT 'error')
	RETURNS TABLE (contract_id text, hcc_code text, label text, gap_source text, status text,
		closure
		text, by_hcc text[], superseded_by text[], source_year integer, icd10_codes text[],
		recapture_class text, excluded text, reason text, base_date date, base_record_id
		@diagnosis_id@, base_npi text, evidence_date date, evidence_record_id
		@diagnosis_id@, evidence_npi text, provider_npi text)
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 10000 ROWS 10
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
AS $panel$
DECLARE
	pay_year integer := @extschema@.hcc_check_gap_arguments(collection_year, model, payment_year,
		look_back, policy);
BEGIN
	PERFORM @extschema@.hcc_require_program(program);
	RETURN QUERY
	SELECT g.contract_id, g.hcc_code, g.label, g.gap_source, g.status, g.closure, g.by_hcc,
		g.superseded_by, g.source_year, g.icd10_codes, g.recapture_class, g.excluded,
		g.reason, g.base_date, g.base_record_id, g.base_npi, g.evidence_date,
		g.evidence_record_id, g.evidence_npi, g.provider_npi
	FROM @panel@.hcc_gap(patient_gap.collection_year, pay_year, patient_gap.model,
		patient_gap.program, patient_gap.look_back, patient_gap.policy, patient_gap.as_of,
		patient_gap.without_list, ARRAY[patient_gap.patient_id], 0, 1) g
	ORDER BY g.contract_id, g.hcc_code, g.gap_source;
	IF NOT FOUND THEN
		PERFORM @panel@.hcc_note_patient(patient_id);
	END IF;
END
$panel$;
COMMENT ON FUNCTION @panel@.patient_gap(@patient_id@, integer, text, integer, text, integer, text,
	timestamptz, text) IS
	'The gaps of one patient, in whatever status, from the patient tables as they are or were.';

CREATE FUNCTION @panel@.patient_gap_value(patient_id @patient_id@, collection_year integer,
	model text DEFAULT 'V28', payment_year integer DEFAULT NULL, program text DEFAULT 'MA',
	look_back integer DEFAULT 1, policy text DEFAULT 'conservative',
	as_of timestamptz DEFAULT NULL, without_list text DEFAULT 'error')
	RETURNS TABLE (contract_id text, hcc_code text, label text, status text, coefficient numeric,
		value_raw numeric, value_payment numeric, terms_gained text[], joint_raw numeric,
		joint_payment numeric, closed_raw numeric, closed_payment numeric, captured_raw
		numeric, captured_payment numeric)
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 10000 ROWS 10
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
AS $panel$
DECLARE
	pay_year integer := @extschema@.hcc_check_gap_arguments(collection_year, model, payment_year,
		look_back, policy);
BEGIN
	PERFORM @extschema@.hcc_require_program(program);
	RETURN QUERY
	SELECT g.contract_id, g.hcc_code, g.label, g.status, g.coefficient, g.value_raw,
		g.value_payment, g.terms_gained, g.joint_raw, g.joint_payment, g.closed_raw,
		g.closed_payment, g.captured_raw, g.captured_payment
	FROM @panel@.hcc_gap(patient_gap_value.collection_year, pay_year, patient_gap_value.model,
		patient_gap_value.program, patient_gap_value.look_back, patient_gap_value.policy,
		patient_gap_value.as_of, patient_gap_value.without_list,
		ARRAY[patient_gap_value.patient_id], 0, 1) g
	ORDER BY g.contract_id, g.value_payment DESC NULLS LAST, g.hcc_code;
	IF NOT FOUND THEN
		PERFORM @panel@.hcc_note_patient(patient_id);
	END IF;
END
$panel$;
COMMENT ON FUNCTION @panel@.patient_gap_value(@patient_id@, integer, text, integer, text, integer,
	text, timestamptz, text) IS
	'What the gaps of one patient are worth; the rows of patient_gap.';
REVOKE EXECUTE ON FUNCTION @panel@.patient_gap_value(@patient_id@, integer, text, integer, text,
	integer, text, timestamptz, text) FROM PUBLIC;

CREATE FUNCTION @panel@.gap_event(patient_id @patient_id@, collection_year integer, hcc_code text,
	event text, reason text DEFAULT NULL, actor text DEFAULT session_user,
	model text DEFAULT 'V28', contract text DEFAULT NULL,
	occurred_at timestamptz DEFAULT clock_timestamp())
	RETURNS uuid
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $panel$
DECLARE
	kind @extschema@.hcc_gap_event_kind;
	id uuid;
	hcc text := @extschema@.hcc_plain(model, hcc_code);
BEGIN
	PERFORM @extschema@.hcc_require_model(model);
	SELECT k.* INTO kind FROM @extschema@.hcc_gap_event_kind k
	WHERE k.event = gap_event.event
		AND @extschema@.hcc_panel_current(@panel_name@::name, '@extversion@'::text);
	IF NOT FOUND THEN
		PERFORM @extschema@.hcc_raise('42704'::text,
			format('gap event "%s" does not exist', gap_event.event),
			format('There are: %s.', (SELECT string_agg(k.event, ', ' ORDER BY k.event)
				FROM @extschema@.hcc_gap_event_kind k)),
			'Events are rows of hcc_gap_event_kind.'::text);
	ELSIF NOT EXISTS (
			SELECT FROM @extschema@.hcc_category c
			WHERE c.model_version = gap_event.model AND c.hcc_code = hcc
			UNION ALL
			SELECT FROM @extschema@.hcc_crosswalk x
			WHERE x.model_version = gap_event.model AND x.hcc_code = hcc) THEN
		PERFORM @extschema@.hcc_raise('42704'::text,
			format('model "%s" has no such HCC', gap_event.model), NULL::text,
			'HCCs are written as in hcc_category, without a prefix.'::text);
	ELSIF patient_id IS NULL OR collection_year IS NULL OR trim(COALESCE(actor, '')) = '' THEN
		PERFORM @extschema@.hcc_raise('22004'::text,
			'a gap event needs a patient, a collection year and an actor'::text, NULL::text,
			NULL::text);
	ELSIF kind.reason_required AND trim(COALESCE(reason, '')) = '' THEN
		PERFORM @extschema@.hcc_raise('22004'::text,
			format('gap event "%s" needs a reason', gap_event.event), NULL::text, NULL::text);
	ELSIF occurred_at IS NULL OR occurred_at > clock_timestamp() THEN
		PERFORM @extschema@.hcc_raise('22023'::text,
			'invalid value for argument "occurred_at"'::text,
			'It takes a time that is not in the future.'::text, NULL::text);
	END IF;
	PERFORM @extschema@.hcc_payment_year_of(collection_year);
	INSERT INTO @panel@.patient_hcc_gap_event AS e (patient_id, contract_id, model_version,
		collection_year, hcc_code, event, reason, actor, occurred_at)
	VALUES (gap_event.patient_id, gap_event.contract, gap_event.model, gap_event.collection_year,
		hcc, gap_event.event, gap_event.reason, gap_event.actor,
		gap_event.occurred_at)
	RETURNING e.event_id INTO id;
	RETURN id;
EXCEPTION WHEN integrity_constraint_violation OR with_check_option_violation THEN
	PERFORM @extschema@.hcc_raise_without_row(SQLSTATE, SQLERRM);
END
$panel$;
COMMENT ON FUNCTION @panel@.gap_event(@patient_id@, integer, text, text, text, text, text, text,
	timestamptz) IS
	'Records what somebody answered about a gap or did with it, and returns the event''s id.';

-- Rates

CREATE FUNCTION @panel@.recapture_rate(collection_year integer, model text DEFAULT 'V28',
	group_by text DEFAULT NULL, denominator text DEFAULT 'enrolled_now',
	as_of timestamptz DEFAULT NULL, contract text DEFAULT NULL, provider text DEFAULT NULL)
	RETURNS TABLE (group_value text, patients bigint, closed bigint, downgraded bigint,
		pending bigint, open bigint, gaps bigint, rate_strict numeric, rate_lenient numeric)
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 10000 ROWS 100
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
AS $panel$
BEGIN
	PERFORM @panel@.hcc_require_gaps(collection_year, model, NULL::integer);
	PERFORM @panel@.hcc_note_first_gaps(collection_year, NULL::integer, model, as_of);
	PERFORM @extschema@.hcc_check_rate(group_by, denominator);
	RETURN QUERY
	SELECT r.group_value, r.patients, r.closed, r.downgraded, r.pending,
		r.gaps - r.closed - r.downgraded - r.pending, r.gaps,
		round(r.closed::numeric / NULLIF(r.whole, 0), 4),
		round((r.closed + r.downgraded)::numeric / NULLIF(r.whole, 0), 4)
	FROM (
		SELECT v.group_value, count(DISTINCT g.patient_id) AS patients,
			count(*) FILTER (WHERE g.status = 'closed') AS closed,
			count(*) FILTER (WHERE g.status = 'downgraded') AS downgraded,
			count(*) FILTER (WHERE g.status = 'pending') AS pending, count(*) AS gaps,
			-- what a provider is credited with is a share of all; of a gap nobody closed
			-- nobody is to blame
			CASE WHEN recapture_rate.group_by = 'credited' THEN sum(count(*)) OVER ()
				ELSE count(*) END AS whole
		FROM @panel@.hcc_gap_state(recapture_rate.collection_year, recapture_rate.model,
				recapture_rate.as_of, recapture_rate.contract, recapture_rate.provider) g
			CROSS JOIN LATERAL (SELECT CASE recapture_rate.group_by
				WHEN 'provider' THEN g.provider_npi WHEN 'credited' THEN g.evidence_npi
				WHEN 'contract' THEN g.contract_id WHEN 'plan' THEN g.plan_id
				WHEN 'hcc' THEN g.hcc_code END AS group_value) v
		WHERE @extschema@.hcc_gap_in_rate(g.gap_source, g.status, g.excluded, g.superseded_by,
			recapture_rate.denominator)
		GROUP BY v.group_value
	) r
	ORDER BY r.group_value;
END
$panel$;
COMMENT ON FUNCTION @panel@.recapture_rate(integer, text, text, text, timestamptz, text, text) IS
	'Which share of the gaps of a year is closed (strict), or closed or downgraded (lenient)?';

CREATE FUNCTION @panel@.recapture_rate_value(collection_year integer, model text DEFAULT 'V28',
	group_by text DEFAULT NULL, denominator text DEFAULT 'enrolled_now',
	contract text DEFAULT NULL, provider text DEFAULT NULL)
	RETURNS TABLE (group_value text, patients bigint, value_closed numeric, value_whole numeric,
		rate_value numeric)
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 10000 ROWS 100
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
AS $panel$
BEGIN
	PERFORM @panel@.hcc_require_gaps(collection_year, model, NULL::integer);
	IF group_by = 'credited' THEN
		PERFORM @extschema@.hcc_raise('0A000'::text, 'joint values have no credited provider'::text,
			NULL::text, 'Group by provider, contract, plan or hcc.'::text);
	END IF;
	PERFORM @extschema@.hcc_check_rate(group_by, denominator);
	RETURN QUERY
	SELECT p.group_value, count(DISTINCT p.patient_id), sum(p.closed), sum(p.whole),
		round(sum(p.closed) / NULLIF(sum(p.whole), 0), 4)
	FROM (
		-- values of a patient are joint, and the same on each row
		SELECT DISTINCT ON (g.patient_id, g.contract_id, v.group_value) g.patient_id,
			v.group_value, v.closed, v.whole
		FROM @panel@.hcc_gap_state_value(recapture_rate_value.collection_year,
				recapture_rate_value.model, NULL::timestamptz, recapture_rate_value.contract,
				recapture_rate_value.provider) g
			CROSS JOIN LATERAL (SELECT
				CASE recapture_rate_value.group_by WHEN 'provider' THEN g.provider_npi
					WHEN 'contract' THEN g.contract_id WHEN 'plan' THEN g.plan_id
					WHEN 'hcc' THEN g.hcc_code END AS group_value,
				CASE WHEN recapture_rate_value.group_by = 'hcc'
						THEN CASE WHEN g.status = 'closed' THEN g.value_payment ELSE 0 END
					ELSE g.closed_payment END AS closed,
				CASE WHEN recapture_rate_value.group_by = 'hcc'
						THEN CASE WHEN g.status <> 'pending' THEN g.value_payment ELSE 0 END
					ELSE g.closed_payment + g.joint_payment END AS whole) v
		WHERE @extschema@.hcc_gap_in_rate(g.gap_source, g.status, g.excluded, g.superseded_by,
			recapture_rate_value.denominator)
		ORDER BY g.patient_id, g.contract_id, v.group_value
	) p
	GROUP BY p.group_value
	ORDER BY p.group_value;
END
$panel$;
COMMENT ON FUNCTION @panel@.recapture_rate_value(integer, text, text, text, text, text) IS
	'Which share of the value at stake is recaptured (joint values; by hcc those of single gaps)?';
REVOKE EXECUTE ON FUNCTION @panel@.recapture_rate_value(integer, text, text, text, text, text)
	FROM PUBLIC;

CREATE FUNCTION @panel@.recapture_rate_month(collection_year integer, model text DEFAULT 'V28',
	denominator text DEFAULT 'enrolled_now', as_of timestamptz DEFAULT NULL,
	contract text DEFAULT NULL, provider text DEFAULT NULL)
	RETURNS TABLE (month text, closed_ytd bigint, downgraded_ytd bigint, gaps bigint,
		rate_strict_ytd numeric, rate_lenient_ytd numeric)
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 10000 ROWS 12
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
AS $panel$
BEGIN
	PERFORM @panel@.hcc_require_gaps(collection_year, model, NULL::integer);
	PERFORM @panel@.hcc_note_first_gaps(collection_year, NULL::integer, model, as_of);
	PERFORM @extschema@.hcc_check_rate(NULL::text, denominator);
	RETURN QUERY
	SELECT m.month, m.closed_ytd, m.downgraded_ytd, m.gaps, m.rate_strict_ytd, m.rate_lenient_ytd
	FROM @extschema@.hcc_gap_months(ARRAY(
			SELECT c FROM @panel@.hcc_gap_counts(ARRAY[recapture_rate_month.collection_year],
				NULL::integer, recapture_rate_month.model, recapture_rate_month.denominator,
				recapture_rate_month.as_of, recapture_rate_month.contract,
				recapture_rate_month.provider) c),
		recapture_rate_month.collection_year,
		COALESCE(recapture_rate_month.as_of, now())::date) m;
END
$panel$;
COMMENT ON FUNCTION @panel@.recapture_rate_month(integer, text, text, timestamptz, text, text) IS
	'How did the recapture rate grow over the collection year, by month of service?';

-- Deadlines

CREATE FUNCTION @panel@.deadline_board(payment_year integer, model text DEFAULT 'V28',
	as_of timestamptz DEFAULT NULL, contract text DEFAULT NULL, provider text DEFAULT NULL)
	RETURNS TABLE (run text, service_from date, service_to date, deadline date, days_left integer,
		deadline_source text, confirmed_at date, open_gaps bigint, evidence_in_hand bigint)
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 10000 ROWS 3
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
AS $panel$
BEGIN
	PERFORM @panel@.hcc_require_gaps(NULL::integer, model,
		@extschema@.hcc_payment_year(payment_year));
	PERFORM @panel@.hcc_note_first_gaps(NULL::integer, payment_year, model, as_of);
	RETURN QUERY
	SELECT d.run, d.service_from, d.service_to, d.deadline, d.days_left, d.deadline_source,
		d.confirmed_at, d.open_gaps, d.evidence_in_hand
	FROM @extschema@.hcc_gap_deadlines(ARRAY(
			SELECT c FROM @panel@.hcc_gap_counts(NULL::integer[], deadline_board.payment_year,
				deadline_board.model, 'enrolled_now'::text, deadline_board.as_of,
				deadline_board.contract, deadline_board.provider) c),
		deadline_board.payment_year, COALESCE(deadline_board.as_of, now())::date) d;
END
$panel$;
COMMENT ON FUNCTION @panel@.deadline_board(integer, text, timestamptz, text, text) IS
	'How many days are left for each run of a payment year, for how many gaps, with what evidence?';

CREATE FUNCTION @panel@.late_window(collection_year integer, model text DEFAULT 'V28',
	as_of timestamptz DEFAULT NULL, contract text DEFAULT NULL, provider text DEFAULT NULL)
	RETURNS TABLE (patient_id @patient_id@, contract_id text, payment_year integer, hcc_code text,
		label text, status text, reason text, evidence_date date,
		evidence_record_id @diagnosis_id@, evidence_npi text, provider_npi text, run text,
		deadline date, days_left integer)
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 10000 ROWS 1000
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
AS $panel$
DECLARE
	today date := COALESCE(as_of, now())::date;
BEGIN
	PERFORM @panel@.hcc_require_gaps(collection_year, model, NULL::integer);
	PERFORM @panel@.hcc_note_first_gaps(collection_year, NULL::integer, model, as_of);
	RETURN QUERY
	SELECT g.patient_id, g.contract_id, g.payment_year, g.hcc_code, g.label, g.status, g.reason,
		g.evidence_date, g.evidence_record_id, g.evidence_npi, g.provider_npi, d.run, d.deadline,
		CASE WHEN isfinite(today) THEN d.deadline - today END
	FROM @panel@.hcc_gap_state(late_window.collection_year, late_window.model, late_window.as_of,
			late_window.contract, late_window.provider) g
		CROSS JOIN LATERAL (
			SELECT x.run, x.deadline FROM @extschema@.hcc_deadline(g.payment_year) x
			WHERE x.deadline >= today AND g.evidence_date BETWEEN x.service_from AND x.service_to
			ORDER BY x.deadline LIMIT 1) d
	WHERE g.status IN ('documented_not_eligible', 'pending') AND g.excluded IS NULL
		AND g.superseded_by IS NULL
	ORDER BY d.deadline, g.patient_id, g.contract_id, g.hcc_code;
END
$panel$;
COMMENT ON FUNCTION @panel@.late_window(integer, text, timestamptz, text, text) IS
	'Which open gaps have evidence on a record that can be put right, and until when?';
