-- Whom to see, and what to document better. Reports without _value show neither
-- scores nor dollars and read no column that holds them.

-- Reports of a population share three settings. A custom plan folds the arguments that are NULL,
-- and reads one contract by its index; a generic one would read all. The planner takes the
-- encounter filter to let next to nothing through, and a nested loop by that estimate does not
-- end. And a statement that runs once is compiled for longer than it runs.
CREATE FUNCTION @panel@.no_encounter(collection_year integer, model text DEFAULT 'V28',
	look_back integer DEFAULT 1, policy text DEFAULT 'conservative', program text DEFAULT 'MA',
	as_of timestamptz DEFAULT NULL, contract text DEFAULT NULL, provider text DEFAULT NULL,
	without_list text DEFAULT 'error')
	RETURNS TABLE (patient_id @patient_id@, contract_id text, provider_npi text, hcc_codes text[],
		labels text[], last_encounter date, last_record date)
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 100000 ROWS 1000
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
SET enable_nestloop = off
SET jit = off
AS $panel$
DECLARE
	pay_year integer := @extschema@.hcc_payment_year_of(collection_year);
	model_year integer := @extschema@.hcc_nearest_year(model, pay_year);
BEGIN
	PERFORM @extschema@.hcc_require_model(model), @extschema@.hcc_require_program(program),
		@extschema@.hcc_note_payment_year(pay_year);
	PERFORM @extschema@.hcc_check_look_back(look_back, 1);
	-- an unknown policy is an error for a population without patients, too
	PERFORM @extschema@.hcc_recapture_class(model, policy);
	RETURN QUERY
	WITH expected AS MATERIALIZED (
		SELECT c.hcc_code
		FROM @extschema@.hcc_recapture_class(no_encounter.model, no_encounter.policy) c
		WHERE c.recapture_class <> 'acute'
	), unseen AS (
		SELECT m.patient_id, m.contract_id, m.provider_npi, m.who
		FROM @panel@.member(pay_year, no_encounter.as_of, no_encounter.contract,
			no_encounter.provider, NULL::@patient_id@[]) m
		WHERE m.excluded IS NULL AND NOT EXISTS (
			SELECT FROM @panel@.diagnosis(pay_year, no_encounter.program, no_encounter.as_of,
				no_encounter.without_list, NULL::date, NULL::date, NULL::@patient_id@[]) d
			WHERE d.patient_id = m.patient_id
				-- a visit of which a diagnosis was deleted is one all the same
				AND (@extschema@.encounter_counts(d.encounter_verdict)
					OR d.encounter_verdict = 'deleted'
						AND d.record_action IN ('add', 'replace')))
	), base AS (
		SELECT d.patient_id, @extschema@.icd10_agg(d.icd10_code) AS codes,
			max(d.diagnosis_date) AS last_encounter
		FROM @panel@.counted_diagnosis(no_encounter.collection_year, no_encounter.program,
			no_encounter.as_of, no_encounter.without_list, no_encounter.look_back,
			NULL::@patient_id@[]) d
		WHERE d.patient_id IN (SELECT u.patient_id FROM unseen u)
		GROUP BY d.patient_id
	-- whatever became of the records: "nobody has seen her" must not be said of one who came
	), year_record AS (
		SELECT d.patient_id, max(d.diagnosis_date) AS last_record
		FROM @panel@.diagnosis(pay_year, no_encounter.program, no_encounter.as_of, 'accept'::text,
			NULL::date, NULL::date, NULL::@patient_id@[]) d
		WHERE d.encounter_verdict <> 'voided' AND d.record_action IN ('add', 'replace')
			AND d.patient_id IN (SELECT u.patient_id FROM unseen u)
		GROUP BY d.patient_id
	)
	SELECT u.patient_id, NULLIF(u.contract_id, ''), u.provider_npi, h.codes, h.labels,
		b.last_encounter, y.last_record
	FROM unseen u JOIN base b ON b.patient_id = u.patient_id
		LEFT JOIN year_record y ON y.patient_id = u.patient_id
		CROSS JOIN LATERAL (
			SELECT array_agg(e.hcc_code) AS codes, array_agg(e.label) AS labels
			FROM @extschema@.raf_explain(b.codes, u.who, no_encounter.model, model_year,
				NULL::text, true, NULL::text) e
			WHERE e.kind = 'hcc' AND e.reason IS NULL
				AND e.hcc_code IN (SELECT x.hcc_code FROM expected x)) h
	WHERE h.codes IS NOT NULL
	ORDER BY cardinality(h.codes) DESC, b.last_encounter, u.patient_id;
END
$panel$;
COMMENT ON FUNCTION @panel@.no_encounter(integer, text, integer, text, text, timestamptz, text,
	text, text) IS
	'Who had chronic conditions in the look-back years and has no encounter that counts in this '
	'year?';

CREATE FUNCTION @panel@.hcc_appointment(appointments regclass, first_day date, before date,
	with_provider boolean, as_of timestamptz)
	RETURNS TABLE (patient_id @patient_id@, appointment_at timestamp, provider_npi text)
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 10000 ROWS 1000
SET search_path = pg_catalog, pg_temp
AS $panel$
DECLARE
	dated boolean := EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = appointments
		AND a.attname = 'known_at' AND a.attnum > 0 AND NOT a.attisdropped);
BEGIN
	IF appointments IS NULL THEN
		RETURN;
	ELSIF as_of < now() AND NOT dated THEN
		RAISE NOTICE USING MESSAGE = format('the appointments are as they are in %s now',
				appointments),
			HINT = 'With a column known_at, those known at the time are taken.';
	END IF;
	PERFORM @extschema@.hcc_check_source(appointments, jsonb_build_object(
		'patient_id', (SELECT t.typname FROM pg_type t WHERE t.oid = '@patient_id@'::regtype),
		'appointment_at', 'timestamptz')
		|| CASE WHEN with_provider THEN '{"provider_npi": null}' ELSE '{}' END::jsonb);
	-- The table is the caller's, and may be another in each call. Days are compared
	-- with the column as it is, of whichever type, so that its index can serve.
	RETURN QUERY EXECUTE format(
		'SELECT a.patient_id::@patient_id@, a.appointment_at::timestamp, %s FROM %s a '
			'WHERE a.appointment_at >= $1 AND a.appointment_at < $2%s',
		CASE WHEN with_provider THEN 'a.provider_npi::text' ELSE 'NULL::text' END, appointments,
		CASE WHEN dated THEN ' AND ($3 IS NULL OR a.known_at <= $3)' ELSE '' END)
	USING first_day, before, as_of;
END
$panel$;
COMMENT ON FUNCTION @panel@.hcc_appointment(regclass, date, date, boolean, timestamptz) IS
	'The appointments of some days in a table or view of the caller''s; none without a table.';

CREATE FUNCTION @panel@.hcc_visit_due(payment_year integer, program text, as_of timestamptz,
	contract text, provider text, appointments regclass, months integer)
	RETURNS TABLE (patient_id @patient_id@, contract_id text, provider_npi text, last_visit date,
		next_appointment date)
LANGUAGE sql STABLE PARALLEL SAFE ROWS 1000
BEGIN ATOMIC
	SELECT m.patient_id, m.contract_id, m.provider_npi, v.last_visit, a.next_appointment
	FROM @panel@.member(hcc_visit_due.payment_year, hcc_visit_due.as_of, hcc_visit_due.contract,
			hcc_visit_due.provider) m
		LEFT JOIN (
			-- of whatever year, and whether it counts or not
			SELECT d.patient_id, max(d.diagnosis_date) AS last_visit
			FROM @panel@.diagnosis(hcc_visit_due.payment_year, hcc_visit_due.program,
				hcc_visit_due.as_of, 'accept', '-infinity',
				COALESCE(hcc_visit_due.as_of, now())::date) d
			WHERE d.procedure_codes && ARRAY(SELECT k.procedure_code
					FROM @extschema@.visit_kind k WHERE k.kind = 'annual_wellness')
				-- a visit of which a diagnosis was deleted is one all the same
				AND d.encounter_verdict <> 'voided' AND d.record_action IN ('add', 'replace')
			GROUP BY d.patient_id
		) v ON v.patient_id = m.patient_id
		LEFT JOIN (
			SELECT x.patient_id, min(x.appointment_at)::date AS next_appointment
			FROM @panel@.hcc_appointment(hcc_visit_due.appointments,
				COALESCE(hcc_visit_due.as_of, now())::date,
				make_date(hcc_visit_due.payment_year, 1, 1), false, hcc_visit_due.as_of) x
			GROUP BY x.patient_id
		) a ON a.patient_id = m.patient_id
	WHERE m.excluded IS NULL
		-- nothing was known so long ago, and days before the first cannot be counted back to
		AND (v.last_visit IS NULL
			-- the month of a visit does not count
			OR date_trunc('month', v.last_visit)
				<= GREATEST(COALESCE(hcc_visit_due.as_of, now())::date, '1000-01-01')
					- make_interval(months => hcc_visit_due.months + 1));
END;
COMMENT ON FUNCTION @panel@.hcc_visit_due(integer, text, timestamptz, text, text, regclass, integer)
	IS 'Whose annual wellness visit is due, and who has an appointment in the collection year?';

CREATE FUNCTION @panel@.awv_due(collection_year integer, model text DEFAULT 'V28',
	program text DEFAULT 'MA', as_of timestamptz DEFAULT NULL, contract text DEFAULT NULL,
	provider text DEFAULT NULL, appointments regclass DEFAULT NULL, months integer DEFAULT 11)
	RETURNS TABLE (rank bigint, patient_id @patient_id@, contract_id text, provider_npi text,
		last_visit date, next_appointment date, open_gaps integer)
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 100000 ROWS 1000
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
SET enable_nestloop = off
SET jit = off
AS $panel$
DECLARE
	pay_year integer := @extschema@.hcc_payment_year_of(collection_year);
	gaps_known boolean;
BEGIN
	PERFORM @extschema@.hcc_require_model(model), @extschema@.hcc_require_program(program),
		@extschema@.hcc_note_payment_year(pay_year);
	gaps_known := @panel@.hcc_note_gaps('open_gaps is'::text, collection_year, model);
	PERFORM @extschema@.hcc_check_number('months'::text, months, 0, 1200);
	RETURN QUERY
	SELECT rank() OVER (ORDER BY o.gaps DESC, w.last_visit NULLS FIRST), w.patient_id,
		NULLIF(w.contract_id, ''), w.provider_npi, w.last_visit, w.next_appointment, o.gaps
	FROM @panel@.hcc_visit_due(pay_year, awv_due.program, awv_due.as_of, awv_due.contract,
			awv_due.provider, awv_due.appointments, awv_due.months) w
		LEFT JOIN (
			SELECT x.patient_id, x.contract_id, count(*)::integer AS open_gaps
			FROM @panel@.hcc_gap_state(awv_due.collection_year, awv_due.model, awv_due.as_of,
				awv_due.contract, NULL::text) x
			WHERE x.gap_source = 'historic'
				AND @extschema@.hcc_gap_open(x.status, x.excluded, x.superseded_by)
			GROUP BY x.patient_id, x.contract_id
		) g ON g.patient_id = w.patient_id AND g.contract_id = w.contract_id
		CROSS JOIN LATERAL (
			SELECT CASE WHEN gaps_known THEN COALESCE(g.open_gaps, 0) END AS gaps) o
	ORDER BY 1, w.patient_id;
END
$panel$;
COMMENT ON FUNCTION @panel@.awv_due(integer, text, text, timestamptz, text, text, regclass, integer)
	IS 'Whose annual wellness visit is due (none for more than 11 months), those with most open '
	'gaps first?';

CREATE FUNCTION @panel@.awv_due_value(collection_year integer, model text DEFAULT 'V28',
	program text DEFAULT 'MA', as_of timestamptz DEFAULT NULL, contract text DEFAULT NULL,
	provider text DEFAULT NULL, appointments regclass DEFAULT NULL, months integer DEFAULT 11)
	RETURNS TABLE (rank bigint, patient_id @patient_id@, contract_id text, provider_npi text,
		last_visit date, next_appointment date, open_gaps integer, joint_raw numeric,
		joint_payment numeric)
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 100000 ROWS 1000
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
SET enable_nestloop = off
SET jit = off
AS $panel$
DECLARE
	pay_year integer := @extschema@.hcc_payment_year_of(collection_year);
	gaps_known boolean;
BEGIN
	PERFORM @extschema@.hcc_require_model(model), @extschema@.hcc_require_program(program),
		@extschema@.hcc_note_payment_year(pay_year);
	gaps_known := @panel@.hcc_note_gaps('what gaps are worth is'::text, collection_year, model);
	PERFORM @extschema@.hcc_check_number('months'::text, months, 0, 1200);
	RETURN QUERY
	SELECT rank() OVER (ORDER BY o.payment DESC, o.raw DESC, w.last_visit NULLS FIRST),
		w.patient_id, NULLIF(w.contract_id, ''), w.provider_npi, w.last_visit, w.next_appointment,
		o.gaps, o.raw, o.payment
	FROM @panel@.hcc_visit_due(pay_year, awv_due_value.program, awv_due_value.as_of,
			awv_due_value.contract, awv_due_value.provider, awv_due_value.appointments,
			awv_due_value.months) w
		LEFT JOIN (
			-- joint values are the same on each of a patient's gaps
			SELECT x.patient_id, x.contract_id, count(*)::integer AS open_gaps,
				max(x.joint_raw) AS joint_raw, max(x.joint_payment) AS joint_payment
			FROM @panel@.hcc_gap_state_value(awv_due_value.collection_year,
				awv_due_value.model, awv_due_value.as_of, awv_due_value.contract, NULL::text) x
			WHERE x.gap_source = 'historic'
				AND @extschema@.hcc_gap_open(x.status, x.excluded, x.superseded_by)
			GROUP BY x.patient_id, x.contract_id
		) g ON g.patient_id = w.patient_id AND g.contract_id = w.contract_id
		CROSS JOIN LATERAL (
			SELECT CASE WHEN gaps_known THEN COALESCE(g.open_gaps, 0) END AS gaps,
				CASE WHEN gaps_known THEN COALESCE(g.joint_raw, 0) END AS raw,
				CASE WHEN gaps_known THEN COALESCE(g.joint_payment, 0) END AS payment) o
	ORDER BY 1, w.patient_id;
END
$panel$;
COMMENT ON FUNCTION @panel@.awv_due_value(integer, text, text, timestamptz, text, text, regclass,
	integer) IS
	'Whose annual wellness visit is due, those whose open gaps are worth most together first?';
REVOKE EXECUTE ON FUNCTION @panel@.awv_due_value(integer, text, text, timestamptz, text, text,
	regclass, integer) FROM PUBLIC;

-- Specificity: an unspecified code now, a specific one before

CREATE FUNCTION @panel@.hcc_specificity(payment_year integer, model text, model_year integer,
	look_back integer, document_quality boolean, second_review_from numeric,
	evidence_dates integer, route text, program text, as_of timestamptz, contract text,
	provider text, without_list text)
	RETURNS TABLE (patient_id @patient_id@, contract_id text, provider_npi text,
		who @extschema@.beneficiary, captured @extschema@.icd10_set,
		specified @extschema@.icd10_set, unspecified_code text, coded_on date, coded_by text,
		specific_code text, hcc_codes text[], dates bigint, newest date, routed_to text,
		uplift numeric)
LANGUAGE sql STABLE PARALLEL SAFE ROWS 1000
BEGIN ATOMIC
	WITH counted AS (
		SELECT d.patient_id, d.provider_npi, d.diagnosis_date,
			@extschema@.hcc_canonical(d.icd10_code) AS code
		FROM @panel@.counted_diagnosis(hcc_specificity.payment_year, hcc_specificity.program,
			hcc_specificity.as_of, hcc_specificity.without_list) d
	), captured AS (
		SELECT c.patient_id, @extschema@.icd10_agg(c.code) AS codes
		FROM counted c GROUP BY c.patient_id
	), vague AS (
		SELECT DISTINCT ON (c.patient_id, c.code) c.*,
			COALESCE(u.family, ARRAY[left(u.icd10_code, 3)]) AS family
		FROM counted c JOIN @extschema@.unspecified_code u ON u.icd10_code = c.code
		ORDER BY c.patient_id, c.code, c.diagnosis_date DESC
	), evidence AS (
		SELECT d.patient_id, s.code, count(DISTINCT d.diagnosis_date) AS dates,
			max(d.diagnosis_date) AS newest
		FROM @panel@.counted_diagnosis(hcc_specificity.payment_year - 1, hcc_specificity.program,
				hcc_specificity.as_of, hcc_specificity.without_list, hcc_specificity.look_back) d
			CROSS JOIN LATERAL (SELECT @extschema@.hcc_canonical(d.icd10_code) AS code) s
		WHERE d.patient_id IN (SELECT v.patient_id FROM vague v)
			AND @extschema@.icd_has_hcc(
				@extschema@.hcc_canonical(d.icd10_code), hcc_specificity.model,
				hcc_specificity.model_year)
		GROUP BY d.patient_id, s.code
	), item AS (
		SELECT m.patient_id, m.contract_id, m.provider_npi, m.who, c.codes AS captured,
			v.code AS unspecified_code, v.diagnosis_date AS coded_on, v.provider_npi AS coded_by,
			e.code AS specific_code, e.dates, e.newest,
			h.hcc_codes,
			@extschema@.icd10_set_union(@extschema@.icd10_set_difference(c.codes,
				@extschema@.icd10_set(ARRAY[v.code])), @extschema@.icd10_set(ARRAY[e.code]))
				AS specified
		FROM @panel@.member(hcc_specificity.payment_year, hcc_specificity.as_of,
				hcc_specificity.contract, hcc_specificity.provider) m
			JOIN captured c ON c.patient_id = m.patient_id
			JOIN vague v ON v.patient_id = m.patient_id
			JOIN evidence e ON e.patient_id = m.patient_id AND e.code ^@ ANY (v.family)
			CROSS JOIN LATERAL (SELECT @extschema@.person_hccs(e.code, m.who,
				hcc_specificity.model, hcc_specificity.model_year) AS hcc_codes) h
		WHERE m.excluded IS NULL AND h.hcc_codes <> '{}' AND NOT e.code = ANY (c.codes::text[])
			AND NOT EXISTS (SELECT FROM @extschema@.unspecified_code u
				WHERE u.icd10_code = e.code AND u.basis <> 'sibling')
	), valued AS (
		SELECT DISTINCT ON (i.patient_id, i.unspecified_code, i.hcc_codes) i.*,
			@extschema@.raf_score(i.specified, i.who, hcc_specificity.model,
					hcc_specificity.model_year)
				- @extschema@.raf_score(i.captured, i.who, hcc_specificity.model,
					hcc_specificity.model_year) AS uplift
		FROM item i
		ORDER BY i.patient_id, i.unspecified_code, i.hcc_codes, i.dates DESC, i.newest DESC,
			i.specific_code
	)
	SELECT v.patient_id, v.contract_id, v.provider_npi, v.who, v.captured, v.specified,
		v.unspecified_code, v.coded_on, v.coded_by, v.specific_code, v.hcc_codes, v.dates,
		v.newest, r.route, v.uplift
	FROM valued v
		CROSS JOIN LATERAL (SELECT CASE WHEN v.uplift >= hcc_specificity.second_review_from
					AND v.dates < hcc_specificity.evidence_dates THEN 'second_review'
				ELSE 'provider' END AS route) r
	WHERE (v.uplift > 0 OR hcc_specificity.document_quality)
		-- of whom another model pays, this one's score is worth nothing
		AND NOT @extschema@.hcc_other_model_pays(hcc_specificity.model, v.who,
			hcc_specificity.payment_year, hcc_specificity.program)
		AND (hcc_specificity.route IS NULL OR r.route = hcc_specificity.route);
END;
COMMENT ON FUNCTION @panel@.hcc_specificity(integer, text, integer, integer, boolean, numeric,
	integer, text, text, timestamptz, text, text, text) IS
	'What specificity and specificity_value show: unspecified codes with a specific one before.';

CREATE FUNCTION @panel@.specificity(collection_year integer, model text DEFAULT 'V28',
	look_back integer DEFAULT 2, document_quality boolean DEFAULT false,
	policy text DEFAULT 'default', route text DEFAULT 'provider', program text DEFAULT 'MA',
	as_of timestamptz DEFAULT NULL, contract text DEFAULT NULL, provider text DEFAULT NULL,
	without_list text DEFAULT 'error')
	RETURNS TABLE (patient_id @patient_id@, contract_id text, provider_npi text,
		unspecified_code text, coded_on date, coded_by text, specific_code text, hcc_codes text[],
		evidence_dates bigint, last_evidence date, routed_to text)
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 100000 ROWS 1000
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
SET enable_nestloop = off
SET jit = off
AS $panel$
DECLARE
	pay_year integer := @extschema@.hcc_payment_year_of(collection_year);
	model_year integer := @extschema@.hcc_nearest_year(model, pay_year);
	review @extschema@.specificity_policy := @extschema@.hcc_specificity_policy(policy);
BEGIN
	PERFORM @extschema@.hcc_require_model(model), @extschema@.hcc_require_program(program),
		@extschema@.hcc_note_payment_year(pay_year);
	PERFORM @extschema@.hcc_check_look_back(look_back, 1);
	RETURN QUERY
	SELECT s.patient_id, NULLIF(s.contract_id, ''), s.provider_npi, s.unspecified_code, s.coded_on,
		s.coded_by, s.specific_code, s.hcc_codes, s.dates, s.newest, s.routed_to
	FROM @panel@.hcc_specificity(pay_year, model, model_year, look_back, document_quality,
		review.second_review_from, review.evidence_dates, route, program, as_of, contract,
		provider, without_list) s
	ORDER BY s.patient_id, s.unspecified_code, s.specific_code;
END
$panel$;
COMMENT ON FUNCTION @panel@.specificity(integer, text, integer, boolean, text, text, text,
	timestamptz, text, text, text) IS
	'For whom is an unspecified code documented this year, and one of its family that scores '
	'more before?';

CREATE FUNCTION @panel@.specificity_value(collection_year integer, model text DEFAULT 'V28',
	look_back integer DEFAULT 2, document_quality boolean DEFAULT false,
	policy text DEFAULT 'default', route text DEFAULT NULL, program text DEFAULT 'MA',
	as_of timestamptz DEFAULT NULL, contract text DEFAULT NULL, provider text DEFAULT NULL,
	without_list text DEFAULT 'error')
	RETURNS TABLE (patient_id @patient_id@, unspecified_code text, specific_code text,
		routed_to text, uplift_raw numeric, uplift_payment numeric)
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 100000 ROWS 1000
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
SET enable_nestloop = off
SET jit = off
AS $panel$
DECLARE
	pay_year integer := @extschema@.hcc_payment_year_of(collection_year);
	model_year integer := @extschema@.hcc_nearest_year(model, pay_year);
	review @extschema@.specificity_policy := @extschema@.hcc_specificity_policy(policy);
BEGIN
	PERFORM @extschema@.hcc_require_model(model), @extschema@.hcc_require_program(program),
		@extschema@.hcc_note_payment_year(pay_year);
	PERFORM @extschema@.hcc_check_look_back(look_back, 1);
	RETURN QUERY
	SELECT s.patient_id, s.unspecified_code, s.specific_code, s.routed_to, s.uplift,
		@extschema@.raf_payment_or(NULL::numeric, s.specified, s.who, pay_year, program,
				p.component)
			- @extschema@.raf_payment_or(NULL::numeric, s.captured, s.who, pay_year, program,
				p.component)
	FROM @panel@.hcc_specificity(pay_year, model, model_year, look_back, document_quality,
		review.second_review_from, review.evidence_dates, route, program, as_of, contract,
		provider, without_list) s
		CROSS JOIN LATERAL (SELECT @extschema@.hcc_component_of(model, s.who, pay_year, program)
			AS component) p
	ORDER BY s.uplift DESC, s.patient_id, s.unspecified_code, s.specific_code;
END
$panel$;
COMMENT ON FUNCTION @panel@.specificity_value(integer, text, integer, boolean, text, text, text,
	timestamptz, text, text, text) IS
	'What would each item of specificity change in the scores, where the year says how it pays?';
REVOKE EXECUTE ON FUNCTION @panel@.specificity_value(integer, text, integer, boolean, text, text,
	text, timestamptz, text, text, text) FROM PUBLIC;

CREATE FUNCTION @panel@.unspecified_rate(collection_year integer, model text DEFAULT 'V28',
	program text DEFAULT 'MA', as_of timestamptz DEFAULT NULL, contract text DEFAULT NULL,
	provider text DEFAULT NULL, without_list text DEFAULT 'error')
	RETURNS TABLE (provider_npi text, patients bigint, diagnoses bigint, unspecified bigint,
		rate numeric)
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 100000 ROWS 100
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
SET enable_nestloop = off
SET jit = off
AS $panel$
DECLARE
	pay_year integer := @extschema@.hcc_payment_year_of(collection_year);
	model_year integer := @extschema@.hcc_nearest_year(model, pay_year);
BEGIN
	PERFORM @extschema@.hcc_require_model(model), @extschema@.hcc_require_program(program),
		@extschema@.hcc_note_payment_year(pay_year);
	RETURN QUERY
	SELECT d.provider_npi, count(DISTINCT d.patient_id), count(*), count(u.icd10_code),
		round(count(u.icd10_code)::numeric / count(*), 4)
	FROM @panel@.member(pay_year, unspecified_rate.as_of, unspecified_rate.contract, NULL::text,
			NULL::@patient_id@[]) m
		JOIN @panel@.counted_diagnosis(pay_year, unspecified_rate.program, unspecified_rate.as_of,
			unspecified_rate.without_list, 1, NULL::@patient_id@[]) d
			ON d.patient_id = m.patient_id
		LEFT JOIN @extschema@.hcc_unspecified(unspecified_rate.model, model_year) u
			ON u.icd10_code = @extschema@.hcc_canonical(d.icd10_code)
	WHERE (u.icd10_code IS NOT NULL
			OR @extschema@.person_has_hcc(@extschema@.hcc_canonical(d.icd10_code), m.who,
				unspecified_rate.model, model_year))
		AND (unspecified_rate.provider IS NULL OR d.provider_npi = unspecified_rate.provider)
	GROUP BY d.provider_npi
	ORDER BY 5 DESC, 3 DESC, 1;
END
$panel$;
COMMENT ON FUNCTION @panel@.unspecified_rate(integer, text, text, timestamptz, text, text, text) IS
	'How often does the provider of a record code what ICD-10-CM calls unspecified, of all that '
	'matters?';

-- Interactions and counts

CREATE FUNCTION @panel@.hcc_pair_worth_more(collection_year integer, model text,
	model_year integer, program text, as_of timestamptz, contract text, provider text,
	without_list text)
	RETURNS TABLE (patient_id @patient_id@, contract_id text, provider_npi text, hcc_code text,
		other_hcc text, other_captured boolean, value numeric, other_value numeric,
		joint_value numeric)
LANGUAGE sql STABLE PARALLEL SAFE ROWS 1000
BEGIN ATOMIC
	WITH gap AS (
		SELECT g.patient_id, g.contract_id, g.provider_npi, g.hcc_code, m.who,
			COALESCE(c.codes, '{}') AS codes
		FROM @panel@.hcc_gap_state(hcc_pair_worth_more.collection_year,
				hcc_pair_worth_more.model, hcc_pair_worth_more.as_of,
				hcc_pair_worth_more.contract, NULL) g
			JOIN @panel@.member(hcc_pair_worth_more.collection_year + 1, hcc_pair_worth_more.as_of,
				hcc_pair_worth_more.contract, hcc_pair_worth_more.provider) m
				ON m.patient_id = g.patient_id AND m.contract_id = g.contract_id
			LEFT JOIN (
				SELECT d.patient_id, @extschema@.icd10_agg(d.icd10_code) AS codes
				FROM @panel@.counted_diagnosis(hcc_pair_worth_more.collection_year + 1,
					hcc_pair_worth_more.program, hcc_pair_worth_more.as_of,
					hcc_pair_worth_more.without_list) d
				GROUP BY d.patient_id) c ON c.patient_id = g.patient_id
		WHERE g.gap_source = 'historic'
			AND @extschema@.hcc_gap_open(g.status, g.excluded, g.superseded_by)
	), pair AS (
		SELECT a.patient_id, a.contract_id, a.provider_npi, a.who, a.codes, a.hcc_code,
			b.hcc_code AS other_hcc, false AS other_captured
		FROM gap a JOIN gap b ON b.patient_id = a.patient_id AND b.contract_id = a.contract_id
			AND b.hcc_code > a.hcc_code
		UNION ALL
		-- the captured HCC is taken away and put back, alone and with the gap
		SELECT g.patient_id, g.contract_id, g.provider_npi, g.who, g.codes, g.hcc_code,
			e.hcc_code, true
		FROM gap g CROSS JOIN LATERAL @extschema@.raf_explain(g.codes, g.who,
			hcc_pair_worth_more.model, hcc_pair_worth_more.model_year) e
		WHERE e.kind = 'hcc' AND e.reason IS NULL
	), valued AS MATERIALIZED (
		SELECT p.patient_id, p.contract_id, p.provider_npi, p.hcc_code, p.other_hcc,
			p.other_captured,
			@extschema@.raf_pair_values(p.codes, p.who, p.hcc_code, p.other_hcc,
				hcc_pair_worth_more.model, hcc_pair_worth_more.model_year) AS worth
		FROM pair p
	)
	SELECT v.patient_id, v.contract_id, v.provider_npi, v.hcc_code, v.other_hcc, v.other_captured,
		v.worth[1], v.worth[2], v.worth[3]
	FROM valued v
	WHERE v.worth[3] > v.worth[1] + v.worth[2];
END;
COMMENT ON FUNCTION @panel@.hcc_pair_worth_more(integer, text, integer, text, timestamptz, text,
	text, text) IS
	'What interaction_opportunity and its _value show: pairs worth more together than apart.';

CREATE FUNCTION @panel@.interaction_opportunity(collection_year integer, model text DEFAULT 'V28',
	program text DEFAULT 'MA', as_of timestamptz DEFAULT NULL, contract text DEFAULT NULL,
	provider text DEFAULT NULL, without_list text DEFAULT 'error')
	RETURNS TABLE (patient_id @patient_id@, contract_id text, provider_npi text, hcc_code text,
		other_hcc text, other_captured boolean)
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 100000 ROWS 1000
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
SET enable_nestloop = off
SET jit = off
AS $panel$
DECLARE
	model_year integer := @extschema@.hcc_nearest_year(model,
		@extschema@.hcc_payment_year_of(collection_year));
BEGIN
	PERFORM @extschema@.hcc_require_program(program),
		@panel@.hcc_require_gaps(collection_year, model, NULL::integer);
	RETURN QUERY
	SELECT p.patient_id, NULLIF(p.contract_id, ''), p.provider_npi, p.hcc_code, p.other_hcc,
		p.other_captured
	FROM @panel@.hcc_pair_worth_more(collection_year, model, model_year, program, as_of, contract,
		provider, without_list) p
	ORDER BY 1, 2, 4, 5;
END
$panel$;
COMMENT ON FUNCTION @panel@.interaction_opportunity(integer, text, text, timestamptz, text, text,
	text) IS
	'Which open gaps act together, with another or a captured HCC, and are best looked at in one '
	'visit?';

CREATE FUNCTION @panel@.interaction_opportunity_value(collection_year integer,
	model text DEFAULT 'V28', program text DEFAULT 'MA', as_of timestamptz DEFAULT NULL,
	contract text DEFAULT NULL, provider text DEFAULT NULL, without_list text DEFAULT 'error')
	RETURNS TABLE (patient_id @patient_id@, contract_id text, hcc_code text, other_hcc text,
		other_captured boolean, value_raw numeric, other_value_raw numeric, joint_raw numeric,
		excess_raw numeric)
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 100000 ROWS 1000
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
SET enable_nestloop = off
SET jit = off
AS $panel$
DECLARE
	model_year integer := @extschema@.hcc_nearest_year(model,
		@extschema@.hcc_payment_year_of(collection_year));
BEGIN
	PERFORM @extschema@.hcc_require_program(program),
		@panel@.hcc_require_gaps(collection_year, model, NULL::integer);
	RETURN QUERY
	SELECT p.patient_id, NULLIF(p.contract_id, ''), p.hcc_code, p.other_hcc, p.other_captured,
		p.value, p.other_value, p.joint_value, p.joint_value - p.value - p.other_value
	FROM @panel@.hcc_pair_worth_more(collection_year, model, model_year, program, as_of, contract,
		provider, without_list) p
	ORDER BY 9 DESC, 1, 2, 3, 4;
END
$panel$;
COMMENT ON FUNCTION @panel@.interaction_opportunity_value(integer, text, text, timestamptz, text,
	text, text) IS
	'By how much is a pair of HCCs, of which one is an open gap, worth more together than apart?';
REVOKE EXECUTE ON FUNCTION @panel@.interaction_opportunity_value(integer, text, text, timestamptz,
	text, text, text) FROM PUBLIC;
