-- Which diagnoses count

-- Corrections, deaths and people who changed plans are few. They are found by functions that
-- the planner does not look into: it would read them with workers of their own, which one that
-- is a worker cannot have, and so leave the join of all diagnoses to the leader.

-- What was taken back (a record, a record and code, or a date and code) and when that was
-- known is one map for each patient who has any. As JSON, times are read as they were
-- written whatever DateStyle and TimeZone are. What becomes known at one moment is taken in
-- the order add, replace, void; and a deletion after what it deletes.
CREATE FUNCTION @panel@.hcc_correction(payment_year integer, program text, as_of timestamptz,
	patients @patient_id@[]) RETURNS TABLE (patient_id @patient_id@, since jsonb)
LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 1000
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
SET enable_nestloop = on	-- these tables have indexes and statistics
AS $panel$
BEGIN
	RETURN QUERY
		WITH correction AS MATERIALIZED (
			SELECT x.patient_id, x.known_at, x.diagnosis_date, x.action, x.own,
				@extschema@.hcc_canonical(x.icd10_code) AS code,
				-- of a deletion that names no record, its own number is that of the
				-- record if there is one
				CASE WHEN x.action <> 'delete' THEN COALESCE(x.linked, x.own)
					WHEN x.linked IS NOT NULL THEN x.linked
					WHEN x.own IS NOT NULL AND (
						SELECT true FROM @panel@.patient_diagnosis_hcc o
						WHERE o.patient_id = x.patient_id
							AND @extschema@.hcc_record_id(o.encounter_id::text) = x.own
							AND o.record_action IS DISTINCT FROM 'delete'
							AND (hcc_correction.as_of IS NULL OR o.known_at <= hcc_correction.as_of)
						LIMIT 1) THEN x.own END AS target
			FROM (
				SELECT y.patient_id, y.known_at, y.diagnosis_date, y.icd10_code,
					y.encounter_id,
					@extschema@.hcc_record_id(y.linked_encounter_id::text) AS linked,
					@extschema@.hcc_record_id(y.encounter_id::text) AS own,
					@extschema@.hcc_record_action(hcc_correction.payment_year,
						hcc_correction.program, y.record_action,
						@optional(y.frequency_code)@, y.claim_type, y.bill_type)
						AS action
				FROM @panel@.patient_diagnosis_hcc y
				-- as the index has it
				WHERE (y.record_action <> 'add' OR @optional(y.frequency_code)@ ~ '[78]'
						OR y.bill_type ~ '[78][^1-9]*$')
					AND (hcc_correction.as_of IS NULL OR y.known_at <= hcc_correction.as_of)
					AND (@extschema@.hcc_everybody(hcc_correction.patients)
						OR y.patient_id = ANY (hcc_correction.patients))
				OFFSET 0
			) x
			WHERE x.action IN ('delete', 'void', 'replace')
			OFFSET 0
		)
		-- a column of the user's may be of a type that is only like it
		SELECT c.patient_id::@patient_id@, jsonb_object_agg(c.what, c.since)
		FROM (
			SELECT r.patient_id, to_jsonb(COALESCE(max(r.known_at), '-infinity')) AS since,
				CASE r.action WHEN 'delete' THEN concat(
						CASE WHEN r.target IS NULL THEN 'date ' ELSE 'code ' END, r.code, ' ',
						COALESCE(r.target, r.diagnosis_date::text))
					-- by its own number, it replaces what bore that before
					ELSE concat(CASE WHEN r.action = 'replace' AND r.target = r.own THEN 'renew'
						ELSE r.action END, ' ', r.target) END AS what
			FROM correction r
			WHERE (r.action = 'delete' OR r.target IS NOT NULL)
				-- What has a number of its own may have been taken back itself; but what was
				-- replaced stays replaced, whatever becomes of the replacement.
				AND NOT EXISTS (SELECT FROM correction v
					WHERE v.patient_id = r.patient_id AND v.target = r.own
						AND v.action <> 'delete' AND r.own IS DISTINCT FROM r.target
						AND r.action <> 'replace'
						AND COALESCE(v.known_at, '-infinity')
							>= COALESCE(r.known_at, '-infinity'))
			GROUP BY r.patient_id, 3
		) c
		GROUP BY c.patient_id;
END
$panel$;
COMMENT ON FUNCTION @panel@.hcc_correction(integer, text, timestamptz, @patient_id@[]) IS
	'What was taken back of a patient''s diagnoses, and since when, of whom anything was.';

CREATE FUNCTION @panel@.hcc_death(payment_year integer, as_of timestamptz,
	patients @patient_id@[]) RETURNS TABLE (patient_id @patient_id@, date_of_death date)
LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 1000
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
SET enable_nestloop = on	-- these tables have indexes and statistics
AS $panel$
BEGIN
	RETURN QUERY
		SELECT p.patient_id::@patient_id@, COALESCE(
			max(p.date_of_death) FILTER (WHERE p.payment_year = hcc_death.payment_year),
			max(p.date_of_death))::date
		FROM @panel@.patient_demographic p
		-- who has died has in all years, whichever year's row says it
		WHERE p.date_of_death IS NOT NULL
			AND (hcc_death.as_of IS NULL OR p.known_at <= hcc_death.as_of)
			AND (@extschema@.hcc_everybody(hcc_death.patients)
				OR p.patient_id = ANY (hcc_death.patients))
			AND NOT EXISTS (SELECT FROM @panel@.patient_demographic later
				WHERE later.patient_id = p.patient_id
					AND later.payment_year = p.payment_year
					AND later.payment_month = p.payment_month
					AND later.known_at > p.known_at
					AND (hcc_death.as_of IS NULL OR later.known_at <= hcc_death.as_of)
					AND (@extschema@.hcc_everybody(hcc_death.patients)
						OR later.patient_id = ANY (hcc_death.patients)))
		GROUP BY p.patient_id;
END
$panel$;
COMMENT ON FUNCTION @panel@.hcc_death(integer, timestamptz, @patient_id@[]) IS
	'Who has died, and when, as it was known at a time.';

CREATE FUNCTION @panel@.hcc_switcher(payment_year integer, as_of timestamptz,
	patients @patient_id@[]) RETURNS TABLE (patient_id @patient_id@)
LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 1000
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
SET enable_nestloop = on	-- these tables have indexes and statistics
AS $panel$
BEGIN
	RETURN QUERY
		SELECT p.patient_id::@patient_id@
		FROM @panel@.patient_demographic p
		WHERE p.plan_switcher
			AND p.payment_year <= hcc_switcher.payment_year
			AND p.payment_year >= hcc_switcher.payment_year::bigint - 1
			AND (hcc_switcher.as_of IS NULL OR p.known_at <= hcc_switcher.as_of)
			AND (@extschema@.hcc_everybody(hcc_switcher.patients)
				OR p.patient_id = ANY (hcc_switcher.patients))
			AND NOT EXISTS (SELECT FROM @panel@.patient_demographic later
				WHERE later.patient_id = p.patient_id
					AND later.payment_year <= hcc_switcher.payment_year
					AND later.payment_year >= hcc_switcher.payment_year::bigint - 1
					-- who has no row of the payment year yet is as in the year before
					AND (later.payment_year > p.payment_year
						OR later.payment_year = p.payment_year
							AND later.payment_month = p.payment_month
							AND later.known_at > p.known_at)
					AND (hcc_switcher.as_of IS NULL OR later.known_at <= hcc_switcher.as_of)
					AND (@extschema@.hcc_everybody(hcc_switcher.patients)
						OR later.patient_id = ANY (hcc_switcher.patients)))
		GROUP BY p.patient_id;
END
$panel$;
COMMENT ON FUNCTION @panel@.hcc_switcher(integer, timestamptz, @patient_id@[]) IS
	'Who changed plans in the collection or payment year, as it was known at a time.';

CREATE FUNCTION @panel@.diagnosis(payment_year integer, program text DEFAULT 'MA',
	as_of timestamptz DEFAULT NULL, without_list text DEFAULT 'error',
	first_day date DEFAULT NULL, last_day date DEFAULT NULL, patients @patient_id@[] DEFAULT NULL)
	RETURNS TABLE (id @diagnosis_id@, patient_id @patient_id@, encounter_id @encounter_id@,
		icd10_code text, diagnosis_date date, provider_npi text, contract_id text,
		claim_type text, bill_type text, setting text, procedure_codes text[],
		record_source text, record_action text, submission text, known_at timestamptz,
		encounter_verdict text)
LANGUAGE sql STABLE PARALLEL SAFE ROWS 1000
BEGIN ATOMIC
	SELECT d.id, d.patient_id, d.encounter_id, d.icd10_code, d.diagnosis_date,
		@extschema@.hcc_npi(d.provider_npi), d.contract_id,
		@extschema@.hcc_claim_type(diagnosis.payment_year, diagnosis.program, d.claim_type),
		@extschema@.hcc_bill_type(d.bill_type),
		@extschema@.hcc_setting(diagnosis.payment_year, diagnosis.program, d.claim_type,
			d.bill_type),
		@extschema@.hcc_codes(d.procedure_codes), d.record_source,
		@extschema@.hcc_record_action(diagnosis.payment_year, diagnosis.program,
			d.record_action, @optional(d.frequency_code)@, d.claim_type, d.bill_type),
		d.submission, d.known_at,
		@extschema@.encounter_verdict(diagnosis.payment_year, diagnosis.program,
			COALESCE(d.icd10_code, ''), d.diagnosis_date, d.claim_type, d.bill_type,
			d.procedure_codes, d.modifiers, d.place_of_service, d.record_source,
			CASE @extschema@.hcc_record_action(diagnosis.payment_year, diagnosis.program,
					d.record_action, @optional(d.frequency_code)@, d.claim_type, d.bill_type)
				WHEN 'delete' THEN 'deleted'
				WHEN 'void' THEN 'voided'
				ELSE CASE WHEN @extschema@.hcc_record_action(diagnosis.payment_year,
						diagnosis.program, d.record_action, @optional(d.frequency_code)@,
						d.claim_type, d.bill_type) NOT IN ('add', 'replace')
						THEN 'unrecognized'
					WHEN back.since IS NULL THEN NULL
					WHEN @extschema@.hcc_since(back.since, 'void'::text, d.encounter_id::text)
						>= COALESCE(d.known_at, '-infinity') THEN 'voided'
					WHEN @extschema@.hcc_since(back.since, 'replace'::text, d.encounter_id::text)
						>= COALESCE(d.known_at, '-infinity') THEN 'voided'
					-- what replaces by its own number may be several lines that became known
					-- together
					WHEN @extschema@.hcc_since(back.since, 'renew'::text, d.encounter_id::text)
						> COALESCE(d.known_at, '-infinity') THEN 'voided'
					WHEN @extschema@.hcc_since(back.since, 'renew'::text, d.encounter_id::text)
						= COALESCE(d.known_at, '-infinity')
						AND @extschema@.hcc_record_action(diagnosis.payment_year,
							diagnosis.program, d.record_action, @optional(d.frequency_code)@,
							d.claim_type, d.bill_type) <> 'replace' THEN 'voided'
					WHEN @extschema@.hcc_since(back.since, concat('code ',
							@extschema@.hcc_canonical(d.icd10_code)), d.encounter_id::text)
							>= COALESCE(d.known_at, '-infinity')
						OR @extschema@.hcc_since(back.since, concat('date ',
							@extschema@.hcc_canonical(d.icd10_code)), d.diagnosis_date::text)
							>= COALESCE(d.known_at, '-infinity') THEN 'deleted' END
			END,
			d.submission, d.is_valid_encounter,
			d.record_source <> 'encounter' AND switcher.patient_id IS NOT NULL,
			false, diagnosis.without_list, @optional(d.code_system)@,
			death.date_of_death, COALESCE(diagnosis.as_of, now()))
	FROM @panel@.patient_diagnosis_hcc d
		-- The planner must know that each patient is there once, or it takes the patients of a
		-- function for so few that it would rather make hash tables of all diagnoses.
		LEFT JOIN (
			SELECT DISTINCT ON (b.patient_id) b.patient_id, b.since
			FROM @panel@.hcc_correction(diagnosis.payment_year, diagnosis.program,
				diagnosis.as_of, diagnosis.patients) b) back ON back.patient_id = d.patient_id
		LEFT JOIN (
			SELECT DISTINCT ON (x.patient_id) x.patient_id, x.date_of_death
			FROM @panel@.hcc_death(diagnosis.payment_year, diagnosis.as_of,
				diagnosis.patients) x) death ON death.patient_id = d.patient_id
		LEFT JOIN (
			SELECT DISTINCT w.patient_id
			FROM @panel@.hcc_switcher(diagnosis.payment_year, diagnosis.as_of,
				diagnosis.patients) w) switcher ON switcher.patient_id = d.patient_id
	WHERE d.diagnosis_date >= COALESCE(diagnosis.first_day,
			@extschema@.hcc_service_start(diagnosis.payment_year))
		AND d.diagnosis_date <= COALESCE(diagnosis.last_day,
			@extschema@.hcc_service_end(diagnosis.payment_year))
		AND (diagnosis.as_of IS NULL OR d.known_at <= diagnosis.as_of)
		AND (@extschema@.hcc_everybody(diagnosis.patients)
			OR d.patient_id = ANY (diagnosis.patients))
		-- An error if nobody knows the program, also where there are no rows; of a program that
		-- there is it is NULL. Asked once, and most rows are expected to pass.
		AND @extschema@.hcc_claim_type(diagnosis.payment_year, diagnosis.program, NULL)
			IS DISTINCT FROM ''
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
