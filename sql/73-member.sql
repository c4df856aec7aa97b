----------------------------------------------------------------------
-- One patient explained: the score, its terms, and what each record did
----------------------------------------------------------------------
CREATE FUNCTION @extschema@.member_score(payment_year integer, as_of timestamptz DEFAULT NULL, contract text DEFAULT NULL, provider text DEFAULT NULL,
	model text DEFAULT NULL, run bigint DEFAULT NULL, patient_schema name DEFAULT NULL,
	OUT patient_id uuid, OUT contract_id text, OUT provider_npi text, OUT data_collection_year integer, OUT age integer, OUT gender text,
	OUT program text, OUT component text, OUT model_version text, OUT segment text, OUT hcc_list text[],
	OUT demographic_score numeric, OUT disease_score numeric, OUT interaction_score numeric, OUT raw_score numeric,
	OUT raf_score numeric, OUT run_id bigint, OUT calculated_at timestamptz)
	RETURNS SETOF record
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 10000 ROWS 1000
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	RETURN QUERY EXECUTE format($query$
		SELECT s.patient_id, NULLIF(p.contract_id, ''), p.provider_npi, s.data_collection_year, s.age, s.gender, s.program, s.component,
			s.model_version, s.segment, s.hcc_list, s.demographic_score, s.disease_score, s.interaction_score, s.raw_score, s.raf_score,
			s.run_id, s.calculated_at
		FROM (%s) s %s JOIN (%s) p ON p.patient_id = s.patient_id WHERE true %s$query$,
		@extschema@.hcc_scores_query(patient_schema, payment_year, run, as_of),
		-- scores outlive the people's rows, unless it is asked whose they are
		CASE WHEN COALESCE(contract, provider) IS NULL THEN 'LEFT' END,
		@extschema@.hcc_panel_query(patient_schema, payment_year, as_of, contract, provider),
		'AND s.model_version = ' || quote_literal(model));
END
$$;
COMMENT ON FUNCTION @extschema@.member_score(integer, timestamptz, text, text, text, bigint, name) IS
	'What is everybody''s stored score of a payment year, now, at a time, or after a run, and what is it made of?';

CREATE FUNCTION @extschema@.score_explanation(patient_id uuid, payment_year integer, model text DEFAULT NULL, as_of timestamptz DEFAULT NULL,
	run bigint DEFAULT NULL, patient_schema name DEFAULT NULL,
	OUT model_version text, OUT kind text, OUT variable text, OUT hcc_code text, OUT label text, OUT coefficient numeric,
	OUT icd10_codes text[], OUT reason text, OUT superseded_by text[])
	RETURNS SETOF record
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 10000 ROWS 15
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	RETURN QUERY EXECUTE format($query$
		SELECT m.model_version, e.*
		FROM (%s) s,
			-- the calibration is that of the stored model
			LATERAL (SELECT COALESCE($2, s.model_version) AS model_version,
				CASE WHEN $2 IS NULL OR $2 = s.model_version THEN s.calibration END AS calibration) m,
			LATERAL @extschema@.raf_explain(COALESCE(s.icd10_codes, '{}')::@extschema@.icd10_set, s.beneficiary::@extschema@.beneficiary,
				m.model_version, $3, m.calibration) e
		WHERE s.patient_id = $1$query$,
		@extschema@.hcc_scores_query(patient_schema, payment_year, run, as_of))
	USING patient_id, model, payment_year;
END
$$;
COMMENT ON FUNCTION @extschema@.score_explanation(uuid, integer, text, timestamptz, bigint, name) IS
	'Which terms make a patient''s stored score (reason NULL; they add up to raw_score), and what did not count, and why? From the stored codes and person; model: another one than the stored.';

CREATE FUNCTION @extschema@.dx_verdict(payment_year integer, patient uuid DEFAULT NULL, model text DEFAULT 'V28', program text DEFAULT 'MA',
	as_of timestamptz DEFAULT NULL, contract text DEFAULT NULL, provider text DEFAULT NULL,
	without_list text DEFAULT 'error', patient_schema name DEFAULT NULL,
	OUT patient_id uuid, OUT record_id uuid, OUT encounter_id uuid, OUT icd10_code text, OUT diagnosis_date date, OUT provider_npi text,
	OUT counted boolean, OUT verdict text, OUT hcc_codes text[], OUT superseded_by text[])
	RETURNS SETOF record
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 100000 ROWS 1000
SET search_path = pg_catalog, pg_temp
SET enable_nestloop = off
SET jit = off
AS $$
DECLARE
	whose text := CASE WHEN patient IS NULL THEN 'true' ELSE 'patient_id = $1' END;
BEGIN
	RETURN QUERY EXECUTE format($query$
		SELECT a.patient_id, a.id, a.encounter_id, a.code, a.diagnosis_date, a.provider_npi, a.verdict = 'ok', a.verdict, a.hcc_codes,
			CASE WHEN a.verdict = 'superseded' THEN a.superseded_by END
		FROM (%s) a WHERE true %s
		ORDER BY a.patient_id, a.diagnosis_date, a.code, a.id$query$,
		@extschema@.hcc_annotation_query(patient_schema, payment_year, model, program, as_of, without_list, whose),
		CASE WHEN COALESCE(contract, provider) IS NOT NULL THEN format('AND a.patient_id IN (SELECT m.patient_id FROM (%s) m)',
			@extschema@.hcc_panel_query(patient_schema, payment_year, as_of, contract, provider, whose)) END)
	USING patient;
END
$$;
COMMENT ON FUNCTION @extschema@.dx_verdict(integer, uuid, text, text, timestamptz, text, text, text, name) IS
	'Why did a diagnosis count or not? Each documented diagnosis of the collection year: ok, or the first reason why its record or its code gave nothing.';

CREATE FUNCTION @extschema@.captured_hcc(collection_year integer, model text DEFAULT 'V28', payment_year integer DEFAULT NULL, program text DEFAULT 'MA',
	as_of timestamptz DEFAULT NULL, contract text DEFAULT NULL, provider text DEFAULT NULL, patient uuid DEFAULT NULL,
	without_list text DEFAULT 'error', patient_schema name DEFAULT NULL)
	RETURNS TABLE (patient_id uuid, hcc_code text, label text, status text, superseded_by text[], icd10_codes text[], records bigint,
		first_date date, last_date date, newest_record_id uuid, sources text[], first_known_at timestamptz)
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 100000 ROWS 1000
SET search_path = pg_catalog, pg_temp
SET enable_nestloop = off
SET jit = off
AS $$
#variable_conflict use_column
DECLARE
	paid_in integer := COALESCE(payment_year, collection_year + 1);
	whose text := CASE WHEN patient IS NULL THEN 'true' ELSE 'patient_id = $3' END;
BEGIN
	RETURN QUERY EXECUTE format($query$
		WITH record AS MATERIALIZED (
			SELECT d.patient_id, @extschema@.icd10_canonical(d.icd10_code) AS code, d.id, d.diagnosis_date, d.record_source, d.known_at
			FROM (%1$s) d
			WHERE d.diagnosis_date BETWEEN %3$L AND %4$L AND @extschema@.icd_has_hcc(d.icd10_code, $1, $2)
				AND @extschema@.encounter_counts(d.encounter_verdict)
		), captured AS (
			SELECT p.patient_id, e.hcc_code, e.label, e.superseded_by, e.icd10_codes,
				CASE WHEN e.reason IS NULL THEN 'payment' WHEN e.superseded_by IS NOT NULL THEN 'superseded' ELSE 'non_payment' END AS status
			FROM (%2$s) p
				JOIN (SELECT r.patient_id, @extschema@.icd10_agg(r.code) AS codes FROM record r GROUP BY r.patient_id) c
					ON c.patient_id = p.patient_id,
				LATERAL @extschema@.raf_explain(c.codes, p.who, $1, $2) e
			WHERE e.kind = 'hcc'
		), spelled AS (
			SELECT c.*, u.code FROM captured c, LATERAL unnest(c.icd10_codes) u(code)
		)
		SELECT s.patient_id, s.hcc_code, s.label, s.status, s.superseded_by, s.icd10_codes, count(*), min(r.diagnosis_date), max(r.diagnosis_date),
			(array_agg(r.id ORDER BY r.diagnosis_date DESC, r.known_at DESC, r.id))[1],
			array_agg(DISTINCT r.record_source ORDER BY r.record_source), min(r.known_at)
		FROM spelled s JOIN record r ON r.patient_id = s.patient_id AND r.code = s.code
		GROUP BY s.patient_id, s.hcc_code, s.label, s.status, s.superseded_by, s.icd10_codes
		ORDER BY s.patient_id, s.status, s.hcc_code$query$,
		@extschema@.hcc_diagnoses_query(patient_schema, paid_in, program, as_of, make_date(collection_year, 1, 1), make_date(collection_year, 12, 31),
			without_list, whose => whose),
		@extschema@.hcc_panel_query(patient_schema, paid_in, as_of, contract, provider, whose),
		make_date(collection_year, 1, 1), make_date(collection_year, 12, 31))
	USING model, paid_in, patient;
END
$$;
COMMENT ON FUNCTION @extschema@.captured_hcc(integer, text, integer, text, timestamptz, text, text, uuid, text, name) IS
	'Which HCCs are documented in a collection year, on what records? status payment, superseded (by superseded_by), or non_payment: without a coefficient in the patient''s segment or without the HCC that it needs beside it. Codes, number of records, first and last service, the newest record, where the records come from, and when the first was known.';
