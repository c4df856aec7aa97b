-- One patient explained: the score, its terms, and what each record did

CREATE FUNCTION @panel@.member_score(payment_year integer, as_of timestamptz DEFAULT NULL,
	contract text DEFAULT NULL, provider text DEFAULT NULL, model text DEFAULT NULL,
	run bigint DEFAULT NULL, payment_run text DEFAULT NULL)
	RETURNS TABLE (patient_id @patient_id@, contract_id text, provider_npi text,
		data_collection_year integer, age integer, gender text, program text, component text,
		model_version text, segment text, hcc_list text[], demographic_score numeric,
		disease_score numeric, interaction_score numeric, raw_score numeric, raf_score numeric,
		run_id bigint, calculated_at timestamptz, provisional boolean)
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 10000 ROWS 1000
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
AS $panel$
BEGIN
	PERFORM @panel@.hcc_require_scores(payment_year, payment_run, run, as_of);
	PERFORM @extschema@.hcc_require_model(model) WHERE model IS NOT NULL;
	IF model IS NOT NULL AND NOT EXISTS (SELECT FROM @panel@.stored_score(
			member_score.payment_year, member_score.run, member_score.as_of,
			member_score.payment_run) s WHERE s.model_version = member_score.model) THEN
		RAISE NOTICE USING MESSAGE = format('no stored score of payment year %s is of model "%s"',
				payment_year, model),
			HINT = 'A score is stored with the leading model of its blend; '
				'raf_score() computes that of any model.';
	END IF;
	RETURN QUERY
	SELECT s.patient_id, NULLIF(p.contract_id, ''), p.provider_npi, s.data_collection_year, s.age,
		s.gender, s.program, s.component, s.model_version, s.segment, s.hcc_list,
		s.demographic_score, s.disease_score, s.interaction_score, s.raw_score, s.raf_score,
		s.run_id, s.calculated_at, y.provisional
	FROM @panel@.stored_score(member_score.payment_year, member_score.run, member_score.as_of,
			member_score.payment_run) s
		LEFT JOIN @panel@.member(member_score.payment_year, member_score.as_of,
			member_score.contract, member_score.provider, NULL::@patient_id@[]) p
			ON p.patient_id = s.patient_id
		CROSS JOIN @panel@.hcc_scored_provisionally(member_score.payment_year, member_score.run,
			member_score.as_of) y (provisional)
	-- scores outlive the people's rows, unless it is asked whose they are
	WHERE (COALESCE(member_score.contract, member_score.provider) IS NULL
			OR p.patient_id IS NOT NULL)
		AND (member_score.model IS NULL OR s.model_version = member_score.model);
END
$panel$;
COMMENT ON FUNCTION @panel@.member_score(integer, timestamptz, text, text, text, bigint, text) IS
	'What is everybody''s stored score of a payment year, now, at a time, or after a run?';

CREATE FUNCTION @panel@.score_explanation(patient_id @patient_id@, payment_year integer,
	model text DEFAULT NULL, as_of timestamptz DEFAULT NULL, run bigint DEFAULT NULL,
	payment_run text DEFAULT NULL)
	RETURNS TABLE (model_version text, kind text, variable text, hcc_code text, label text,
		coefficient numeric, icd10_codes text[], reason text, superseded_by text[],
		provisional boolean)
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 10000 ROWS 15
SET search_path = pg_catalog, pg_temp
AS $panel$
BEGIN
	PERFORM @panel@.hcc_require_scores(payment_year, payment_run, run, as_of);
	PERFORM @extschema@.hcc_require_model(model) WHERE model IS NOT NULL;
	RETURN QUERY
	SELECT m.model_version, e.kind, e.variable, e.hcc_code, e.label, e.coefficient, e.icd10_codes,
		e.reason, e.superseded_by, y.provisional
	FROM @panel@.stored_score(score_explanation.payment_year, score_explanation.run,
			score_explanation.as_of, score_explanation.payment_run) s
		-- the calibration is that of the stored model
		CROSS JOIN LATERAL (
			SELECT COALESCE(score_explanation.model, s.model_version) AS model_version,
				CASE WHEN score_explanation.model IS NULL
					OR score_explanation.model = s.model_version THEN s.calibration END
					AS calibration) m
		CROSS JOIN LATERAL (
			SELECT x.*, count(*) FILTER (WHERE x.reason IS NULL AND x.kind <> 'none') OVER ()
				AS terms
			FROM (
				SELECT * FROM @extschema@.raf_explain(
					COALESCE(s.icd10_codes, '{}')::@extschema@.icd10_set,
					s.beneficiary::@extschema@.beneficiary, m.model_version,
					score_explanation.payment_year, m.calibration, true, NULL::text)
				UNION ALL
				-- a score has a row, though the model may have no term of the person
				SELECT 'none', NULL, NULL, 'The model has no term of this person', 0.000, NULL,
					NULL, NULL) x) e
		CROSS JOIN @panel@.hcc_scored_provisionally(score_explanation.payment_year,
			score_explanation.run, score_explanation.as_of) y (provisional)
	WHERE s.patient_id = score_explanation.patient_id AND (e.kind <> 'none' OR e.terms = 0);
	IF NOT FOUND AND patient_id IS NOT NULL THEN
		RAISE NOTICE USING MESSAGE = format('this patient has no stored score of payment year %s',
				payment_year),
			DETAIL = 'None that was asked for, or none that you may see.';
	END IF;
END
$panel$;
COMMENT ON FUNCTION @panel@.score_explanation(@patient_id@, integer, text, timestamptz, bigint,
	text) IS
	'Which terms make a patient''s stored score (reason NULL), and what did not count, and why?';

CREATE FUNCTION @panel@.hcc_market_dx_verdict(payment_year integer, patient @patient_id@,
	model text, as_of timestamptz, contract text, without_list text)
	RETURNS TABLE (patient_id @patient_id@, record_id @diagnosis_id@,
		encounter_id @encounter_id@, icd10_code text, diagnosis_date date, provider_npi text,
		counted boolean, verdict text, hcc_codes text[], superseded_by text[])
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 100000 ROWS 1000
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
SET enable_nestloop = off
SET jit = off
AS $panel$
DECLARE
	-- the default of dx_verdict is Medicare's, and no model of the marketplace
	chosen text := COALESCE((SELECT m.model_version FROM @extschema@.hcc_model m
		WHERE m.model_version = model AND m.concurrent LIMIT 1),
		@extschema@.hcc_market_model(payment_year));
BEGIN
	RETURN QUERY
	SELECT a.patient_id, a.id, a.encounter_id, a.icd10_code, a.diagnosis_date,
		@extschema@.hcc_npi(d.provider_npi), a.verdict = 'ok', a.verdict, a.hcc_codes,
		CASE WHEN a.verdict = 'superseded' THEN a.superseded_by END
	FROM @panel@.hcc_market_annotation(hcc_market_dx_verdict.payment_year, chosen,
			hcc_market_dx_verdict.as_of, hcc_market_dx_verdict.without_list,
			CASE WHEN patient IS NOT NULL THEN ARRAY[patient] END) a
		JOIN @panel@.patient_diagnosis_hcc d ON d.patient_id = a.patient_id AND d.id = a.id
	WHERE contract IS NULL OR a.issuer_id = contract
		OR a.issuer_id IS NULL AND EXISTS (SELECT FROM @panel@.patient_enrollment e
			WHERE e.patient_id = a.patient_id AND e.issuer_id = contract)
	ORDER BY a.patient_id, a.diagnosis_date, a.icd10_code, a.id;
	IF NOT FOUND THEN
		PERFORM @panel@.hcc_note_patient(patient);
	END IF;
END
$panel$;
COMMENT ON FUNCTION @panel@.hcc_market_dx_verdict(integer, @patient_id@, text, timestamptz, text,
	text) IS
	'Part of dx_verdict: of program ACA, whose year is that of the services.';

CREATE FUNCTION @panel@.dx_verdict(payment_year integer, patient @patient_id@ DEFAULT NULL,
	model text DEFAULT 'V28', program text DEFAULT 'MA', as_of timestamptz DEFAULT NULL,
	contract text DEFAULT NULL, provider text DEFAULT NULL, without_list text DEFAULT 'error')
	RETURNS TABLE (patient_id @patient_id@, record_id @diagnosis_id@,
		encounter_id @encounter_id@, icd10_code text, diagnosis_date date, provider_npi text,
		counted boolean, verdict text, hcc_codes text[], superseded_by text[])
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 100000 ROWS 1000
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
SET enable_nestloop = off
SET jit = off
AS $panel$
DECLARE
	pay_year integer := @extschema@.hcc_payment_year(payment_year);
	model_year integer := @extschema@.hcc_nearest_year(model, pay_year);
	patients @patient_id@[] := CASE WHEN patient IS NOT NULL THEN ARRAY[patient] END;
BEGIN
	PERFORM @extschema@.hcc_require_model(model);
	IF program = 'ACA' THEN
		IF provider IS NOT NULL THEN
			PERFORM @extschema@.hcc_raise('22023'::text,
				'argument "provider" is not for program ACA'::text,
				'Nothing says which provider an enrollee is attributed to.'::text,
				'Leave it out.'::text);
		END IF;
		RETURN QUERY SELECT v.* FROM @panel@.hcc_market_dx_verdict(pay_year, patient, model,
			as_of, contract, without_list) v;
		RETURN;
	END IF;
	PERFORM @extschema@.hcc_require_program(program),
		@extschema@.hcc_note_payment_year(pay_year);
	RETURN QUERY
	SELECT a.patient_id, a.id, a.encounter_id, a.icd10_code, a.diagnosis_date, a.provider_npi,
		a.verdict = 'ok', a.verdict, a.hcc_codes,
		CASE WHEN a.verdict = 'superseded' THEN a.superseded_by END
	FROM @panel@.hcc_annotation(pay_year, dx_verdict.model, model_year, dx_verdict.program,
			dx_verdict.as_of, dx_verdict.without_list, patients, NULL::@patient_id@,
			NULL::@patient_id@) a
		-- falls away where nobody asks whose they are
		LEFT JOIN @panel@.member(pay_year, dx_verdict.as_of, dx_verdict.contract,
			dx_verdict.provider, patients) m ON m.patient_id = a.patient_id
	WHERE COALESCE(dx_verdict.contract, dx_verdict.provider) IS NULL OR m.patient_id IS NOT NULL
	ORDER BY a.patient_id, a.diagnosis_date, a.icd10_code, a.id;
	IF NOT FOUND THEN
		PERFORM @panel@.hcc_note_patient(patient);
	END IF;
END
$panel$;
COMMENT ON FUNCTION @panel@.dx_verdict(integer, @patient_id@, text, text, timestamptz, text, text,
	text) IS
	'Why did each diagnosis of the collection year count or not: ok, or the first reason?';

CREATE FUNCTION @panel@.captured_hcc(collection_year integer, model text DEFAULT 'V28',
	payment_year integer DEFAULT NULL, program text DEFAULT 'MA', as_of timestamptz DEFAULT NULL,
	contract text DEFAULT NULL, provider text DEFAULT NULL, patient @patient_id@ DEFAULT NULL,
	without_list text DEFAULT 'error')
	RETURNS TABLE (patient_id @patient_id@, hcc_code text, label text, status text,
		superseded_by text[], icd10_codes text[], records bigint, first_date date, last_date date,
		newest_record_id @diagnosis_id@, sources text[], first_known_at timestamptz)
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 100000 ROWS 1000
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
SET enable_nestloop = off
SET jit = off
AS $panel$
DECLARE
	next_year integer := @extschema@.hcc_payment_year_of(collection_year);
	pay_year integer := @extschema@.hcc_payment_year(COALESCE(payment_year, next_year));
	patients @patient_id@[] := CASE WHEN patient IS NOT NULL THEN ARRAY[patient] END;
	taken_sources text[] := @extschema@.hcc_model_sources(pay_year, program, model);
BEGIN
	PERFORM @extschema@.hcc_require_model(model), @extschema@.hcc_require_program(program),
		@extschema@.hcc_require_payment_year(pay_year);
	RETURN QUERY
	WITH record AS MATERIALIZED (
		SELECT d.patient_id, @extschema@.hcc_canonical(d.icd10_code) AS code, d.id,
			d.diagnosis_date, d.record_source, d.known_at
		FROM @panel@.diagnosis(pay_year, captured_hcc.program, captured_hcc.as_of,
			captured_hcc.without_list, make_date(captured_hcc.collection_year, 1, 1),
			make_date(captured_hcc.collection_year, 12, 31), patients) d
		WHERE @extschema@.icd_has_hcc(
			@extschema@.hcc_canonical(d.icd10_code), captured_hcc.model, pay_year)
			AND @extschema@.encounter_counts(d.encounter_verdict)
			AND COALESCE(d.record_source = ANY (taken_sources), true)
	), captured AS (
		SELECT m.patient_id, e.hcc_code, e.label, e.superseded_by, e.icd10_codes,
			CASE WHEN e.reason IS NULL THEN 'payment'
				WHEN e.superseded_by IS NOT NULL THEN 'superseded'
				ELSE 'non_payment' END AS status
		FROM @panel@.member(pay_year, captured_hcc.as_of, captured_hcc.contract,
				captured_hcc.provider, patients) m
			JOIN (
				SELECT r.patient_id, @extschema@.icd10_agg(r.code) AS codes
				FROM record r GROUP BY r.patient_id
			) c ON c.patient_id = m.patient_id
			CROSS JOIN LATERAL @extschema@.raf_explain(c.codes, m.who, captured_hcc.model,
				pay_year, NULL::text, true, NULL::text) e
		WHERE e.kind = 'hcc'
	), spelled AS (
		SELECT c.*, u.code
		FROM captured c CROSS JOIN LATERAL unnest(c.icd10_codes) u (code)
	)
	SELECT s.patient_id, s.hcc_code, s.label, s.status, s.superseded_by, s.icd10_codes, count(*),
		min(r.diagnosis_date), max(r.diagnosis_date),
		(array_agg(r.id ORDER BY r.diagnosis_date DESC, r.known_at DESC, r.id))[1],
		array_agg(DISTINCT r.record_source ORDER BY r.record_source), min(r.known_at)
	FROM spelled s JOIN record r ON r.patient_id = s.patient_id AND r.code = s.code
	GROUP BY s.patient_id, s.hcc_code, s.label, s.status, s.superseded_by, s.icd10_codes
	ORDER BY s.patient_id, s.status, s.hcc_code;
END
$panel$;
COMMENT ON FUNCTION @panel@.captured_hcc(integer, text, integer, text, timestamptz, text, text,
	@patient_id@, text) IS
	'Which HCCs are documented in a collection year, on what records, and do they count in '
	'payment?';
