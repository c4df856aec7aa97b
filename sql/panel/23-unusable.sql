-- What cannot be used of what is there

-- A body is bound to the table that it was made for. If that was renamed, as a load does that puts
-- a new one in its place, readers go on with the old one, and what finds tables by name does not.
CREATE FUNCTION @panel@.hcc_check_tables() RETURNS void
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $panel$
DECLARE
	moved text := (SELECT format('%I.%I', @panel_name@, r.source)
		FROM (VALUES ('hcc_person_row', 'patient_demographic'),
			('diagnosis', 'patient_diagnosis_hcc')) r (reader, source)
		WHERE NOT EXISTS (SELECT FROM pg_depend d JOIN pg_proc p ON p.oid = d.objid
			WHERE p.pronamespace = quote_ident(@panel_name@)::regnamespace
				AND p.proname = r.reader
				AND d.classid = 'pg_proc'::regclass AND d.refclassid = 'pg_class'::regclass
				AND d.refobjid = to_regclass(format('%I.%I', @panel_name@, r.source)))
		LIMIT 1);
BEGIN
	IF moved IS NOT NULL THEN
		PERFORM @extschema@.hcc_raise('55000'::text,
			format('the panel was made for another table than %s', moved),
			'That one was renamed, or moved to another schema, and would still be read.'::text,
			format('SELECT @extschema@.hccraf_setup(%L);', @panel_name@));
	END IF;
END
$panel$;
COMMENT ON FUNCTION @panel@.hcc_check_tables() IS
	'An error if the patient tables are no longer those for which the panel was made.';

CREATE FUNCTION @panel@.hcc_warn_unusable(payment_year integer, as_of timestamptz) RETURNS void
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
SET enable_nestloop = off
SET jit = off
AS $panel$
DECLARE
	left_out bigint := (SELECT count(DISTINCT p.patient_id)
		-- as member, of the year or else of the year before
		FROM generate_series(hcc_warn_unusable.payment_year - 1,
				hcc_warn_unusable.payment_year) y (payment_year)
			CROSS JOIN LATERAL @panel@.hcc_person_row(y.payment_year, hcc_warn_unusable.as_of,
				NULL::@patient_id@[]) p
		WHERE p.problem IS NOT NULL AND p.patient_id NOT IN (
			SELECT m.patient_id FROM @panel@.member(hcc_warn_unusable.payment_year,
				hcc_warn_unusable.as_of, NULL::text, NULL::text, NULL::@patient_id@[]) m
			WHERE m.patient_id IS NOT NULL));
BEGIN
	IF left_out > 0 THEN
		RAISE WARNING USING MESSAGE = format('%s patients are left out: their rows in '
				'patient_demographic cannot be used', to_char(left_out, 'FM999,999,999,990')),
			HINT = format('SELECT * FROM %I.unusable_rows(%s);', @panel_name@, payment_year);
	END IF;
END
$panel$;
COMMENT ON FUNCTION @panel@.hcc_warn_unusable(integer, timestamptz) IS
	'A warning of how many people a job leaves out because their rows cannot be used.';

CREATE FUNCTION @panel@.hcc_note_patient(patient @patient_id@) RETURNS void
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $panel$
BEGIN
	IF patient IS NOT NULL
		AND NOT EXISTS (SELECT FROM @panel@.patient_demographic d
			WHERE d.patient_id = hcc_note_patient.patient)
		AND NOT EXISTS (SELECT FROM @panel@.patient_diagnosis_hcc d
			WHERE d.patient_id = hcc_note_patient.patient) THEN
		RAISE NOTICE USING MESSAGE = 'there is no patient with this id',
			DETAIL = 'Neither patient_demographic nor patient_diagnosis_hcc has a row of it, '
				'or none that you may see.';
	END IF;
END
$panel$;
COMMENT ON FUNCTION @panel@.hcc_note_patient(@patient_id@) IS
	'A notice if neither patient table knows a patient who is asked about.';

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
	service_year integer := @extschema@.hcc_payment_year(payment_year)
		- CASE WHEN program = 'ACA' THEN 0 ELSE 1 END;
	first_day date := make_date(service_year, 1, 1);
	last_day date := make_date(service_year, 12, 31);
	today date := COALESCE(as_of, now())::date;
BEGIN
	PERFORM @extschema@.hcc_note_payment_year(payment_year);
	-- the marketplace has rules, and no factors there
	PERFORM @extschema@.hcc_require_program(program) WHERE program IS DISTINCT FROM 'ACA';
	RETURN QUERY
	SELECT p.patient_id, 'patient_demographic', NULL::@diagnosis_id@, p.payment_month,
		split_part(p.problem, ': ', 1), substr(p.problem, strpos(p.problem, ': ') + 2)
	FROM @panel@.hcc_person_row(unusable_rows.payment_year, unusable_rows.as_of,
		NULL::@patient_id@[]) p
	WHERE p.problem IS NOT NULL AND unusable_rows.program IS DISTINCT FROM 'ACA'
	UNION ALL
	-- of no year, as below: listed in all
	SELECT y.patient_id, 'patient_demographic', NULL, y.payment_month, 'payment_year',
		'no run takes it: it takes a year from 2000 to 2999'
	FROM @panel@.patient_demographic y
	WHERE (y.payment_year BETWEEN 2000 AND 2999) IS NOT TRUE
		AND (as_of IS NULL OR y.known_at <= as_of)
		AND unusable_rows.program IS DISTINCT FROM 'ACA'
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
		CASE d.verdict WHEN 'no_year' THEN 'no payment year takes it: it takes a day since 1999'
			ELSE COALESCE((SELECT r.note FROM @extschema@.encounter_rule r
				WHERE r.verdict = d.verdict ORDER BY r.priority LIMIT 1), d.verdict) END
	FROM (
		SELECT x.patient_id, x.id,
			CASE WHEN x.diagnosis_date BETWEEN first_day AND last_day
					OR x.encounter_verdict IN ('deleted', 'voided') THEN x.encounter_verdict
				WHEN x.diagnosis_date > today AND isfinite(x.diagnosis_date) THEN 'in_future'
				ELSE 'no_year' END AS verdict
		FROM @panel@.diagnosis(unusable_rows.payment_year, unusable_rows.program,
			unusable_rows.as_of, 'accept'::text, '-infinity'::date, 'infinity'::date,
			NULL::@patient_id@[]) x
		-- What is of no year would be listed in none, and is in all. Payment by diagnoses
		-- began with payment year 2000.
		WHERE x.diagnosis_date BETWEEN first_day AND last_day
			OR x.diagnosis_date < '1999-01-01'::date OR x.diagnosis_date > today
		UNION ALL
		SELECT t.patient_id, t.id, 'no_year'
		FROM @panel@.patient_diagnosis_hcc t
		WHERE t.diagnosis_date IS NULL AND (as_of IS NULL OR t.known_at <= as_of)
			-- what takes back needs no day
			AND @extschema@.hcc_record_action(unusable_rows.payment_year, unusable_rows.program,
				t.record_action, @optional(t.frequency_code)@, t.claim_type, t.bill_type)
				IN ('add', 'replace')
	) d
	WHERE d.verdict IN ('not_a_code', 'not_icd10', 'unknown_claim_type', 'unknown_record_action',
		'unknown_record_source', 'unknown_submission', 'after_death', 'in_future', 'no_year')
	ORDER BY 1, 2, 4, 3;
END
$panel$;
COMMENT ON FUNCTION @panel@.unusable_rows(integer, timestamptz, text) IS
	'Which rows of people and diagnoses of a payment year cannot be used, and why?';
