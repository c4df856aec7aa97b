-- Scores: of one patient from the patient tables, and those that a run has stored

CREATE FUNCTION @panel@.raf_score(patient_id @patient_id@, payment_year integer,
	model text DEFAULT 'V28') RETURNS numeric
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 5000
SET search_path = pg_catalog, pg_temp
AS $panel$
DECLARE
	problem text;
	score numeric;
BEGIN
	IF patient_id IS NULL OR payment_year IS NULL THEN
		RETURN NULL;
	END IF;
	-- A run leaves out whom it cannot score and says so; here the one who asks is told.
	problem := (SELECT p.problem FROM @panel@.hcc_person_row(raf_score.payment_year,
			NULL::timestamptz, ARRAY[raf_score.patient_id]) p
		WHERE p.latest);
	IF problem IS NOT NULL THEN
		PERFORM @extschema@.hcc_raise('22023'::text,
			format('the row of this patient in patient_demographic cannot be used: %s',
				problem), NULL::text, 'unusable_rows() lists all such rows.'::text);
	END IF;
	score := (
		SELECT @extschema@.raf_score(COALESCE((SELECT @extschema@.icd10_agg(d.icd10_code)
				FROM @panel@.diagnosis(raf_score.payment_year,
					patients => ARRAY[raf_score.patient_id]) d
				WHERE d.encounter_verdict = 'ok'), '{}'::@extschema@.icd10_set),
			p.who, raf_score.model, raf_score.payment_year, NULL::text, true, NULL::text)
		FROM @panel@.person(raf_score.payment_year, patients => ARRAY[raf_score.patient_id]) p
		WHERE p.latest);
	-- NULL is for a patient without a row. That there is no such model must not look like it.
	IF score IS NULL THEN
		PERFORM @extschema@.hcc_require_model(model),
			@extschema@.hcc_require_year(model, payment_year);
	END IF;
	RETURN score;
END
$panel$;
COMMENT ON FUNCTION @panel@.raf_score(@patient_id@, integer, text) IS
	'Raw score of a patient from the diagnoses that count; NULL without a patient_demographic row.';

-- Three places, since what is in force has the key that most queries look by: the scores as they
-- are, those that were replaced, and those of payment runs that are not in force.
CREATE FUNCTION @panel@.stored_score(payment_year integer, run bigint DEFAULT NULL,
	as_of timestamptz DEFAULT NULL, payment_run text DEFAULT NULL)
	RETURNS TABLE (patient_id @patient_id@, data_collection_year integer, age integer, gender text,
		program text, component text, model_version text, calibration text, segment text,
		hcc_list text[], demographic_score numeric, disease_score numeric,
		interaction_score numeric, raw_score numeric, raf_score numeric, icd10_codes text[],
		beneficiary text, frailty numeric, run_id bigint, calculated_at timestamptz)
LANGUAGE sql STABLE PARALLEL SAFE ROWS 1000
BEGIN ATOMIC
	SELECT s.patient_id, s.data_collection_year, s.age, s.gender, s.program, s.component,
		s.model_version, s.calibration, s.segment, s.hcc_list, s.demographic_score,
		s.disease_score, s.interaction_score, s.raw_score, s.raf_score, s.icd10_codes,
		s.beneficiary, s.frailty, s.run_id, s.calculated_at
	FROM @panel@.patient_hcc_score s
	WHERE s.payment_year = @extschema@.hcc_payment_year(stored_score.payment_year)
		AND (stored_score.payment_run IS NULL OR s.payment_run = stored_score.payment_run)
		-- rows that no run has made were there before the first
		AND (stored_score.run IS NULL OR COALESCE(s.run_id, 0) <= stored_score.run)
		AND (stored_score.as_of IS NULL OR s.calculated_at <= stored_score.as_of)
		AND @extschema@.hcc_panel_current(@panel_name@::name, '@extversion@'::text)
	UNION ALL
	SELECT h.patient_id, h.data_collection_year, h.age, h.gender, h.program, h.component,
		h.model_version, h.calibration, h.segment, h.hcc_list, h.demographic_score,
		h.disease_score, h.interaction_score, h.raw_score, h.raf_score, h.icd10_codes,
		h.beneficiary, h.frailty, h.run_id, h.calculated_at
	FROM @panel@.patient_hcc_score_history h
	-- what was replaced counts for the time before it was
	WHERE (stored_score.run IS NOT NULL OR stored_score.as_of IS NOT NULL)
		AND h.payment_year = stored_score.payment_year
		AND (stored_score.payment_run IS NULL OR h.payment_run = stored_score.payment_run)
		AND (stored_score.run IS NULL OR COALESCE(h.run_id, 0) <= stored_score.run
			AND h.superseded_by_run > stored_score.run)
		AND (stored_score.as_of IS NULL OR h.calculated_at <= stored_score.as_of
			AND h.superseded_at > stored_score.as_of)
	UNION ALL
	SELECT a.patient_id, a.data_collection_year, a.age, a.gender, a.program, a.component,
		a.model_version, a.calibration, a.segment, a.hcc_list, a.demographic_score,
		a.disease_score, a.interaction_score, a.raw_score, a.raf_score, a.icd10_codes,
		a.beneficiary, a.frailty, a.run_id, a.calculated_at
	FROM @panel@.patient_hcc_run_score a
	WHERE stored_score.payment_run IS NOT NULL AND a.payment_run = stored_score.payment_run
		AND a.payment_year = stored_score.payment_year
		-- of a run that came in force since, those are the newer ones
		AND NOT EXISTS (SELECT FROM @panel@.patient_hcc_score s
			WHERE s.patient_id = a.patient_id AND s.payment_year = a.payment_year
				AND s.payment_run = a.payment_run);
END;
COMMENT ON FUNCTION @panel@.stored_score(integer, bigint, timestamptz, text) IS
	'The stored scores of a payment year as they are, as a run left them, or as they were at a '
	'time.';

CREATE FUNCTION @panel@.hcc_scored_provisionally(payment_year integer, run bigint,
	as_of timestamptz) RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	-- Later runs that find the same leave a score alone, and the newest knows.
	SELECT COALESCE((SELECT r.fingerprints ? 'provisional' FROM @panel@.hcc_run r
		WHERE r.status = 'done' AND r.payment_year = hcc_scored_provisionally.payment_year
			AND r.parameters ->> 'in_force' IS DISTINCT FROM 'false'
			AND (hcc_scored_provisionally.run IS NULL
				OR r.run_id <= hcc_scored_provisionally.run)
			AND (hcc_scored_provisionally.as_of IS NULL
				OR r.finished_at <= hcc_scored_provisionally.as_of)
		ORDER BY r.run_id DESC LIMIT 1), false);
END;
COMMENT ON FUNCTION @panel@.hcc_scored_provisionally(integer, bigint, timestamptz) IS
	'Whether the scores of a year were made by rules copied from another year.';
