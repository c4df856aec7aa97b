-- What cannot be used of what is there

CREATE FUNCTION @panel@.unusable_rows(payment_year integer, as_of timestamptz DEFAULT NULL,
	program text DEFAULT 'MA')
	RETURNS TABLE (patient_id @patient_id@, "table" text, diagnosis_id @diagnosis_id@,
		payment_month smallint, "column" text, reason text)
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 100000 ROWS 1000
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
SET enable_nestloop = off
SET jit = off
AS $panel$
DECLARE
	-- of the marketplace, the year of the services; else the collection year
	first_day date := CASE WHEN program = 'ACA' THEN make_date(
		@extschema@.hcc_payment_year(payment_year), 1, 1) END;
	last_day date := CASE WHEN program = 'ACA' THEN make_date(payment_year, 12, 31) END;
BEGIN
	RETURN QUERY
	SELECT p.patient_id, 'patient_demographic', NULL::@diagnosis_id@, p.payment_month,
		split_part(p.problem, ': ', 1), substr(p.problem, strpos(p.problem, ': ') + 2)
	FROM @panel@.hcc_person_row(unusable_rows.payment_year, unusable_rows.as_of,
		NULL::@patient_id@[]) p
	WHERE p.problem IS NOT NULL AND unusable_rows.program IS DISTINCT FROM 'ACA'
	UNION ALL
	SELECT m.patient_id, m."table", NULL, NULL, m."column", m.reason
	FROM @panel@.hcc_market_unusable(unusable_rows.payment_year, unusable_rows.as_of) m
	WHERE unusable_rows.program = 'ACA'
	UNION ALL
	SELECT d.patient_id, 'patient_diagnosis_hcc', d.id, NULL,
		CASE d.verdict WHEN 'unknown_claim_type' THEN 'claim_type'
			WHEN 'not_a_code' THEN 'icd10_code'
			WHEN 'not_icd10' THEN 'icd10_code'
			WHEN 'unknown_record_action' THEN 'record_action'
			WHEN 'unknown_record_source' THEN 'record_source'
			WHEN 'unknown_submission' THEN 'submission' ELSE 'diagnosis_date' END,
		COALESCE((SELECT r.note FROM @extschema@.encounter_rule r WHERE r.verdict = d.verdict
			ORDER BY r.priority LIMIT 1), d.verdict)
	FROM (
		SELECT x.patient_id, x.id, x.encounter_verdict AS verdict
		FROM @panel@.diagnosis(unusable_rows.payment_year, unusable_rows.program,
			unusable_rows.as_of,
			'accept'::text, first_day, last_day, NULL::@patient_id@[]) x
	) d
	WHERE d.verdict IN ('not_a_code', 'not_icd10', 'unknown_claim_type', 'unknown_record_action',
		'unknown_record_source', 'unknown_submission', 'after_death', 'in_future')
	ORDER BY 1, 2, 4, 3;
END
$panel$;
COMMENT ON FUNCTION @panel@.unusable_rows(integer, timestamptz, text) IS
	'Which rows of people and diagnoses of a payment year cannot be used, and why?';
