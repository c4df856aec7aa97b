-- Which diagnoses count

CREATE FUNCTION @panel@.diagnosis(payment_year integer, program text DEFAULT 'MA',
	as_of timestamptz DEFAULT NULL, without_list text DEFAULT 'error',
	first_day date DEFAULT NULL, last_day date DEFAULT NULL, patients @patient_id@[] DEFAULT NULL)
	RETURNS TABLE (id @diagnosis_id@, patient_id @patient_id@, encounter_id @encounter_id@,
		icd10_code text, diagnosis_date date, provider_npi text, contract_id text,
		claim_type text, bill_type text, procedure_codes text[], record_source text,
		record_action text, submission text, known_at timestamptz, encounter_verdict text)
LANGUAGE sql STABLE PARALLEL SAFE ROWS 1000
BEGIN ATOMIC
	SELECT d.id, d.patient_id, d.encounter_id, d.icd10_code, d.diagnosis_date, d.provider_npi,
		d.contract_id, d.claim_type, d.bill_type, d.procedure_codes, d.record_source,
		d.record_action, d.submission, d.known_at,
		@extschema@.encounter_verdict(diagnosis.payment_year, diagnosis.program, d.icd10_code,
			d.diagnosis_date, d.claim_type, d.bill_type, d.procedure_codes, d.modifiers,
			d.place_of_service, d.record_source,
			CASE WHEN d.record_action = 'delete' THEN 'deleted'
				WHEN d.record_action = 'void' THEN 'voided'
				WHEN taken_back.at IS NULL THEN NULL
				-- a replacement may bear the number of what it replaces
				WHEN taken_back.at ? d.encounter_id::text
					AND (d.record_action <> 'replace'
						OR d.encounter_id IS DISTINCT FROM d.linked_encounter_id
						OR (taken_back.at ->> d.encounter_id::text)::timestamptz > d.known_at)
					THEN 'voided'
				WHEN (taken_back.at ->> concat_ws(' ', d.encounter_id,
						@extschema@.icd10_canonical(d.icd10_code)))::timestamptz >= d.known_at
					OR (taken_back.at ->> concat_ws(' ', d.diagnosis_date,
						@extschema@.icd10_canonical(d.icd10_code)))::timestamptz >= d.known_at
					THEN 'deleted'
			END,
			d.submission, d.is_valid_encounter,
			d.record_source <> 'encounter' AND EXISTS (
				SELECT FROM @panel@.patient_demographic p
				WHERE p.patient_id = d.patient_id AND p.plan_switcher
					AND p.payment_year = diagnosis.payment_year
					AND (diagnosis.as_of IS NULL OR p.known_at <= diagnosis.as_of)
					AND (@extschema@.hcc_everybody(diagnosis.patients)
						OR p.patient_id = ANY (diagnosis.patients))
					AND NOT EXISTS (SELECT FROM @panel@.patient_demographic later
						WHERE later.patient_id = p.patient_id
							AND later.payment_year = p.payment_year
							AND later.payment_month = p.payment_month
							AND later.known_at > p.known_at
							AND (diagnosis.as_of IS NULL OR later.known_at <= diagnosis.as_of))),
			false, diagnosis.without_list)
	FROM @panel@.patient_diagnosis_hcc d
		-- Corrections are few: what was taken back is one map for each patient who has
		-- any, from a record, a record and code, or a date and code to when it was known.
		LEFT JOIN (
			SELECT c.patient_id, jsonb_object_agg(c.what, c.known_at) AS at
			FROM (
				SELECT r.patient_id, max(r.known_at) AS known_at,
					CASE WHEN r.record_action = 'delete' THEN concat_ws(' ',
							COALESCE(r.linked_encounter_id::text, r.diagnosis_date::text),
							@extschema@.icd10_canonical(r.icd10_code))
						ELSE r.linked_encounter_id::text END AS what
				FROM @panel@.patient_diagnosis_hcc r
				WHERE r.record_action <> 'add'
					AND (r.record_action = 'delete' OR r.linked_encounter_id IS NOT NULL)
					AND (diagnosis.as_of IS NULL OR r.known_at <= diagnosis.as_of)
					AND (@extschema@.hcc_everybody(diagnosis.patients)
						OR r.patient_id = ANY (diagnosis.patients))
				GROUP BY r.patient_id, 3
			) c
			GROUP BY c.patient_id
		) taken_back ON taken_back.patient_id = d.patient_id
	WHERE d.diagnosis_date >= COALESCE(diagnosis.first_day,
			@extschema@.hcc_service_start(diagnosis.payment_year))
		AND d.diagnosis_date <= COALESCE(diagnosis.last_day,
			@extschema@.hcc_service_end(diagnosis.payment_year))
		AND (diagnosis.as_of IS NULL OR d.known_at <= diagnosis.as_of)
		AND (@extschema@.hcc_everybody(diagnosis.patients)
			OR d.patient_id = ANY (diagnosis.patients))
		AND @extschema@.hcc_panel_current(@panel_name@::name, '@extversion@'::text);
END;
COMMENT ON FUNCTION @panel@.diagnosis(integer, text, timestamptz, text, date, date, @patient_id@[])
	IS 'Every diagnosis of a service window as known at a time, with the encounter filter''s '
	'verdict.';

CREATE FUNCTION @panel@.counted_diagnosis(payment_year integer, program text DEFAULT 'MA',
	as_of timestamptz DEFAULT NULL, without_list text DEFAULT 'error', years integer DEFAULT 1,
	patients @patient_id@[] DEFAULT NULL)
	RETURNS TABLE (collection_year integer, id @diagnosis_id@, patient_id @patient_id@,
		encounter_id @encounter_id@, icd10_code text, diagnosis_date date, provider_npi text,
		contract_id text, claim_type text, bill_type text, procedure_codes text[],
		record_source text, submission text, known_at timestamptz)
LANGUAGE sql STABLE PARALLEL SAFE ROWS 1000
BEGIN ATOMIC
	SELECT y.payment_year - 1, d.id, d.patient_id, d.encounter_id, d.icd10_code,
		d.diagnosis_date, d.provider_npi, d.contract_id, d.claim_type, d.bill_type,
		d.procedure_codes, d.record_source, d.submission, d.known_at
	FROM generate_series(
			@extschema@.hcc_payment_year(counted_diagnosis.payment_year)
				- @extschema@.hcc_years(counted_diagnosis.years) + 1,
			counted_diagnosis.payment_year) y (payment_year)
		-- each year under its own rules
		CROSS JOIN LATERAL @panel@.diagnosis(y.payment_year, counted_diagnosis.program,
			counted_diagnosis.as_of, counted_diagnosis.without_list,
			make_date(y.payment_year - 1, 1, 1), make_date(y.payment_year - 1, 12, 31),
			counted_diagnosis.patients) d
	WHERE @extschema@.encounter_counts(d.encounter_verdict)
		-- of all the years together, which the scan of the table can know
		AND d.diagnosis_date >= make_date(counted_diagnosis.payment_year
			- @extschema@.hcc_years(counted_diagnosis.years), 1, 1)
		AND d.diagnosis_date <= make_date(counted_diagnosis.payment_year - 1, 12, 31);
END;
COMMENT ON FUNCTION @panel@.counted_diagnosis(integer, text, timestamptz, text, integer,
	@patient_id@[]) IS
	'The diagnoses that count for a payment year, and for as many years up to it as asked.';
