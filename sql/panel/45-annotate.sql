-- Which diagnoses counted, and why others did not

CREATE FUNCTION @panel@.hcc_annotation(payment_year integer, model text, model_year integer,
	program text, as_of timestamptz, without_list text, patients @patient_id@[],
	after_patient @patient_id@, last_patient @patient_id@)
	RETURNS TABLE (id @diagnosis_id@, patient_id @patient_id@, encounter_id @encounter_id@,
		icd10_code text, diagnosis_date date, provider_npi text, encounter_verdict text,
		verdict text, hcc_code text, hcc_codes text[], hcc_description text, coefficient numeric,
		superseded_by text[])
LANGUAGE sql STABLE PARALLEL SAFE ROWS 1000
BEGIN ATOMIC
	WITH record AS MATERIALIZED (
		SELECT d.id, d.patient_id, d.encounter_id, d.diagnosis_date, d.provider_npi,
			d.encounter_verdict, @extschema@.hcc_canonical(d.icd10_code) AS code,
			@extschema@.encounter_counts(d.encounter_verdict)
				AND COALESCE(d.record_source = ANY (m.sources), true) AS taken
		FROM @extschema@.hcc_model_sources(hcc_annotation.payment_year, hcc_annotation.program,
				hcc_annotation.model) m (sources)
			CROSS JOIN @panel@.diagnosis(hcc_annotation.payment_year,
				hcc_annotation.program, hcc_annotation.as_of, hcc_annotation.without_list,
				make_date(hcc_annotation.payment_year - 1, 1, 1),
				make_date(hcc_annotation.payment_year - 1, 12, 31), hcc_annotation.patients) d
		WHERE (hcc_annotation.after_patient IS NULL
				OR d.patient_id > hcc_annotation.after_patient)
			AND (hcc_annotation.last_patient IS NULL
				OR d.patient_id <= hcc_annotation.last_patient)
	), counted AS (
		-- Not grouped by the person: pg_upgrade makes functions before the operator
		-- classes that would be needed for it.
		SELECT g.patient_id, p.who, g.codes
		FROM (SELECT r.patient_id, @extschema@.icd10_agg(r.code) AS codes
				FROM record r WHERE r.taken
				GROUP BY r.patient_id) g
			JOIN @panel@.person(hcc_annotation.payment_year, hcc_annotation.as_of,
				hcc_annotation.patients) p ON p.patient_id = g.patient_id
		WHERE p.latest
			AND (hcc_annotation.after_patient IS NULL
				OR p.patient_id > hcc_annotation.after_patient)
			AND (hcc_annotation.last_patient IS NULL
				OR p.patient_id <= hcc_annotation.last_patient)
	), explained AS (
		-- of a code with several HCCs, one that counts is enough, and the one worth most
		-- stands for it
		SELECT DISTINCT ON (c.patient_id, u.code) c.patient_id, u.code, e.hcc_code, e.label,
			e.coefficient, e.superseded_by,
			array_agg(e.hcc_code) FILTER (WHERE e.hcc_code IS NOT NULL)
				OVER (PARTITION BY c.patient_id, u.code ORDER BY e.hcc_code
					ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS hcc_codes,
			CASE WHEN e.reason IS NULL THEN 'ok'
				WHEN e.superseded_by IS NOT NULL THEN 'superseded'
				WHEN e.reason LIKE 'prerequisite:%' THEN 'prerequisite'
				WHEN e.reason LIKE 'edit:%' THEN CASE WHEN EXISTS (
						SELECT FROM @extschema@.hcc_dx_edit x
						WHERE x.model_version = hcc_annotation.model AND x.icd10_code = u.code
							AND x.sex IS NOT NULL) THEN 'edit_sex' ELSE 'edit_age' END
				WHEN e.reason LIKE 'incomplete code:%' THEN 'incomplete_code'
				WHEN e.reason = 'not a diagnosis code' THEN 'not_a_code'
				WHEN e.hcc_code IS NULL THEN 'no_hcc'
				ELSE 'not_payment_hcc' END AS verdict
		FROM counted c
			CROSS JOIN LATERAL @extschema@.raf_explain(c.codes, c.who, hcc_annotation.model,
				hcc_annotation.model_year, NULL::text, true, NULL::text) e
			CROSS JOIN LATERAL unnest(e.icd10_codes) u (code)
		WHERE e.kind IN ('hcc', 'code')
		ORDER BY c.patient_id, u.code, e.reason IS NOT NULL, e.hcc_code IS NULL,
			e.coefficient DESC NULLS LAST, e.hcc_code
	)
	SELECT r.id, r.patient_id, r.encounter_id, r.code, r.diagnosis_date, r.provider_npi,
		r.encounter_verdict,
		CASE WHEN r.encounter_verdict <> 'ok' THEN r.encounter_verdict
			WHEN NOT r.taken THEN 'other_source'
			WHEN e.verdict <> 'no_hcc' THEN e.verdict
			WHEN e.verdict IS NULL AND NOT EXISTS (SELECT FROM counted c
				WHERE c.patient_id = r.patient_id) THEN 'no_demographic'
			WHEN @extschema@.hcc_not_mapped_yet(r.code, r.diagnosis_date,
				(SELECT @extschema@.hcc_codes_through(ARRAY[hcc_annotation.model],
					hcc_annotation.model_year))) THEN 'valid_not_mapped_yet'
			ELSE 'no_hcc' END,
		e.hcc_code, e.hcc_codes, e.label, CASE WHEN e.verdict = 'ok' THEN e.coefficient END,
		e.superseded_by
	FROM record r LEFT JOIN explained e ON e.patient_id = r.patient_id AND e.code = r.code
		AND r.taken;
END;
COMMENT ON FUNCTION @panel@.hcc_annotation(integer, text, integer, text, timestamptz, text,
	@patient_id@[], @patient_id@, @patient_id@) IS
	'The verdict of each diagnosis of a payment year in a model, with the HCC that stands for it.';

CREATE FUNCTION @panel@.hcc_check_annotated() RETURNS void
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $panel$
DECLARE
	diagnoses regclass := format('%I.patient_diagnosis_hcc', @panel_name@)::regclass;
	written text[] := '{verdict,included_in_raf,hcc_code,hcc_description,coefficient,
		superseded_by_hcc,is_valid_encounter}'::text[];
	lacks text := (SELECT string_agg(format('"%s"', w), ', ' ORDER BY n)
		FROM unnest(written) WITH ORDINALITY c (w, n)
		WHERE NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = diagnoses
			AND a.attname = c.w AND NOT a.attisdropped
			AND pg_column_is_updatable(diagnoses, a.attnum, true)));
BEGIN
	IF lacks IS NOT NULL THEN
		PERFORM @extschema@.hcc_raise('55000'::text,
			format('%s is a view through which these columns cannot be written: %s',
				diagnoses, lacks), NULL::text,
			'Give it them from the one table below, or a trigger INSTEAD OF UPDATE; '
				'explain_diagnosis() says of a single one what would be written.'::text);
	END IF;
END
$panel$;
COMMENT ON FUNCTION @panel@.hcc_check_annotated() IS
	'Part of annotate_diagnoses: an error if diagnoses are a view that takes no updates.';

CREATE FUNCTION @panel@.hcc_annotate_arguments(payment_year integer, model text, program text,
	without_list text, batch_size integer) RETURNS jsonb
LANGUAGE plpgsql STABLE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $panel$
DECLARE
	year integer;
	chosen text;
	detail text;
	hint text;
BEGIN
	IF program = 'ACA' THEN
		year := @extschema@.hcc_payment_year(payment_year);
		chosen := COALESCE(model, @extschema@.hcc_market_model(year));
	ELSE
		year := @panel@.hcc_run_year(payment_year, program);
		chosen := COALESCE(model, @extschema@.hcc_leading_model(year, program));
	END IF;
	PERFORM @extschema@.hcc_check_number('batch_size'::text, batch_size, 1, 2147483647);
	PERFORM @panel@.hcc_check_tables(), @panel@.hcc_check_annotated(),
		@extschema@.hcc_note_payment_year(year);
	RETURN jsonb_build_object('payment_year', year, 'model', chosen,
		'model_year', @extschema@.hcc_nearest_year(chosen, year), 'program', program,
		'without_list', without_list, 'batch_size', batch_size, 'after_patient', NULL);
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
	PERFORM @extschema@.hcc_raise(SQLSTATE, SQLERRM, detail, hint);
END
$panel$;
COMMENT ON FUNCTION @panel@.hcc_annotate_arguments(integer, text, text, text, integer) IS
	'Part of annotate_diagnoses: checks the arguments and fills in defaults.';

CREATE FUNCTION @panel@.hcc_annotate_batch(arguments jsonb) RETURNS jsonb
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
SET jit = off
AS $panel$
DECLARE
	year integer := (arguments ->> 'payment_year')::integer;
	after_patient @patient_id@ := (arguments ->> 'after_patient')::@patient_id@;
	-- enrollees of the marketplace are one batch
	market boolean := arguments ->> 'program' = 'ACA';
	last_patient @patient_id@ := (SELECT d.patient_id FROM @panel@.patient_demographic d
		WHERE NOT market AND d.payment_year = year
			AND (after_patient IS NULL OR d.patient_id > after_patient)
		ORDER BY d.patient_id OFFSET (arguments ->> 'batch_size')::integer - 1 LIMIT 1);
	annotated bigint;
	detail text;
	hint text;
BEGIN
	UPDATE @panel@.patient_diagnosis_hcc t
	SET verdict = a.verdict, included_in_raf = a.verdict = 'ok', hcc_code = a.hcc_code,
		hcc_description = a.hcc_description, coefficient = a.coefficient,
		superseded_by_hcc = a.superseded_by[1],
		is_valid_encounter = CASE WHEN t.claim_type IS NULL THEN t.is_valid_encounter
			ELSE a.encounter_verdict = 'ok' END
	FROM (SELECT m.id, m.patient_id, m.encounter_verdict, m.verdict, m.hcc_code,
			m.hcc_description, m.coefficient, m.superseded_by
		FROM @panel@.hcc_annotation(year, arguments ->> 'model',
			(arguments ->> 'model_year')::integer, arguments ->> 'program', NULL::timestamptz,
			arguments ->> 'without_list', NULL::@patient_id@[], after_patient, last_patient) m
		WHERE NOT market
		UNION ALL
		SELECT m.id, m.patient_id, m.encounter_verdict, m.verdict, m.hcc_code,
			CASE WHEN m.hcc_code IS NOT NULL THEN m.hcc_description END, m.coefficient,
			m.superseded_by
		FROM @panel@.hcc_market_annotation(year, arguments ->> 'model', NULL::timestamptz,
			arguments ->> 'without_list', NULL::@patient_id@[]) m
		WHERE market) a
	WHERE t.id = a.id AND t.patient_id = a.patient_id
		AND (t.verdict, t.included_in_raf, t.hcc_code, t.hcc_description, t.coefficient,
				t.superseded_by_hcc, t.is_valid_encounter)
			IS DISTINCT FROM (a.verdict, a.verdict = 'ok', a.hcc_code, a.hcc_description,
				a.coefficient, a.superseded_by[1],
				CASE WHEN t.claim_type IS NULL THEN t.is_valid_encounter
					ELSE a.encounter_verdict = 'ok' END);
	GET DIAGNOSTICS annotated = ROW_COUNT;
	RAISE NOTICE '% diagnoses annotated', to_char(annotated, 'FM999,999,999,990');
	-- what is left to do; NULL: nothing
	RETURN CASE WHEN last_patient IS NOT NULL
		THEN arguments || jsonb_build_object('after_patient', last_patient) END;
EXCEPTION WHEN integrity_constraint_violation OR with_check_option_violation THEN
	PERFORM @extschema@.hcc_raise_without_row(SQLSTATE, SQLERRM);
WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
	PERFORM @extschema@.hcc_raise(SQLSTATE, SQLERRM, detail, hint);
END
$panel$;
COMMENT ON FUNCTION @panel@.hcc_annotate_batch(jsonb) IS
	'Part of annotate_diagnoses: a batch of patients; what to go on with, or NULL after the last.';

CREATE PROCEDURE @panel@.annotate_diagnoses(payment_year integer DEFAULT NULL,
	model text DEFAULT NULL, program text DEFAULT 'MA', without_list text DEFAULT 'error',
	batch_size integer DEFAULT 100000)
LANGUAGE plpgsql
AS $panel$
DECLARE
	-- it commits, and so has no bare names: see hcc_run_execute
	left_to_do pg_catalog.jsonb := @panel@.hcc_annotate_arguments(payment_year, model, program,
		without_list, batch_size);
BEGIN
	WHILE left_to_do IS NOT NULL LOOP
		left_to_do := @panel@.hcc_annotate_batch(left_to_do);
		COMMIT;
	END LOOP;
END
$panel$;
COMMENT ON PROCEDURE @panel@.annotate_diagnoses(integer, text, text, text, integer) IS
	'Writes to each diagnosis of a year its verdict, HCC and coefficient; commits between batches.';

CREATE FUNCTION @panel@.explain_diagnosis(diagnosis_id @diagnosis_id@,
	payment_year integer DEFAULT NULL, model text DEFAULT NULL, program text DEFAULT 'MA',
	without_list text DEFAULT 'error', OUT verdict text, OUT counts boolean, OUT hcc_code text,
	OUT superseded_by_hcc text, OUT coefficient numeric, OUT explanation text)
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 5000
SET search_path = pg_catalog, pg_temp
AS $panel$
DECLARE
	diagnosis record;
	description text;
	year integer;
	chosen text;
	note text;
	-- the marketplace's year is that of the services
	years_after integer := CASE WHEN program = 'ACA' THEN 0 ELSE 1 END;
BEGIN
	SELECT d.patient_id, d.icd10_code, d.diagnosis_date, d.claim_type, d.record_source,
		extract(year FROM d.diagnosis_date) AS year INTO diagnosis
	FROM @panel@.patient_diagnosis_hcc d WHERE d.id = explain_diagnosis.diagnosis_id;
	IF NOT FOUND THEN
		PERFORM @extschema@.hcc_raise('P0002'::text, 'there is no diagnosis with this id'::text,
			'patient_diagnosis_hcc has none, or none that you may see.'::text, NULL::text);
	ELSIF payment_year IS NULL AND NOT COALESCE(diagnosis.year BETWEEN 1899 AND 2998, false) THEN
		PERFORM @extschema@.hcc_raise('22023'::text,
			'the service of this diagnosis is of a year that counts for no payment year'::text,
			NULL::text, 'Name the payment year.'::text);
	END IF;
	year := @extschema@.hcc_payment_year(COALESCE(payment_year,
		diagnosis.year::integer + years_after));
	chosen := COALESCE(model, CASE WHEN program = 'ACA' THEN @extschema@.hcc_market_model(year)
		ELSE @extschema@.hcc_leading_model(year, program) END);
	-- what is still to come counts for nothing, whatever list its year will have
	IF without_list = 'error' AND diagnosis.diagnosis_date > now()::date THEN
		without_list := 'accept';
	END IF;
	IF diagnosis.year <> year - years_after THEN
		verdict := 'dos_outside_year';
	ELSIF program = 'ACA' THEN
		SELECT a.verdict, a.hcc_code, a.superseded_by[1], a.coefficient, a.hcc_description
		INTO verdict, hcc_code, superseded_by_hcc, coefficient, description
		FROM @panel@.hcc_market_annotation(year, chosen, NULL::timestamptz, without_list,
			ARRAY[diagnosis.patient_id]) a
		WHERE a.id = explain_diagnosis.diagnosis_id;
	ELSE
		SELECT a.verdict, a.hcc_code, a.superseded_by[1], a.coefficient, a.hcc_description
		INTO verdict, hcc_code, superseded_by_hcc, coefficient, description
		FROM @panel@.hcc_annotation(year, chosen, @extschema@.hcc_nearest_year(chosen, year),
			program, NULL::timestamptz, without_list, ARRAY[diagnosis.patient_id],
			NULL::@patient_id@, NULL::@patient_id@) a
		WHERE a.id = explain_diagnosis.diagnosis_id;
	END IF;
	counts := verdict = 'ok';
	-- of several rules with the verdict, one that is about records of this kind
	diagnosis.claim_type := @extschema@.hcc_claim_type(year, program, diagnosis.claim_type::text);
	note := (SELECT r.note FROM @extschema@.encounter_rule r
		WHERE r.verdict = explain_diagnosis.verdict
			AND year BETWEEN COALESCE(r.first_payment_year, year)
				AND COALESCE(r.last_payment_year, year)
			AND COALESCE(CASE WHEN explain_diagnosis.verdict = 'unknown_claim_type'
					THEN 'unrecognized'
				WHEN diagnosis.claim_type IN ('professional', 'institutional')
					THEN diagnosis.claim_type
				WHEN diagnosis.claim_type IS NOT NULL THEN 'other' ELSE 'unknown' END
				= ANY (r.claim_types), r.claim_types IS NULL)
			AND COALESCE(diagnosis.record_source = ANY (r.record_sources),
				r.record_sources IS NULL)
		ORDER BY r.priority LIMIT 1);
	explanation := CASE verdict
		WHEN 'ok' THEN format(
			'Counts for payment year %s: %s gives HCC %s of %s (%s), worth %s by itself.',
			year, diagnosis.icd10_code, hcc_code, chosen, description, coefficient)
		WHEN 'superseded' THEN format('Does not add to the score of payment year %s: '
			'%s gives HCC %s of %s (%s), which HCC %s supersedes.', year, diagnosis.icd10_code,
			hcc_code, chosen, description, superseded_by_hcc)
		WHEN 'prerequisite' THEN format('Does not count for payment year %s: %s gives HCC %s '
			'of %s, which counts only beside another HCC that this patient does not have.',
			year, diagnosis.icd10_code, hcc_code, chosen)
		WHEN 'no_hcc' THEN format(
			'The record counts for payment year %s, but %s has no HCC in %s.',
			year, diagnosis.icd10_code, chosen)
		WHEN 'valid_not_mapped_yet' THEN format('The record counts for payment year %s, and %s '
			'is a valid code, but newer than what the tables of %s map.', year,
			diagnosis.icd10_code, chosen)
		WHEN 'incomplete_code' THEN format('Does not count for payment year %s: %s is not a '
			'whole code; only codes that begin with it have an HCC in %s.', year,
			diagnosis.icd10_code, chosen)
		WHEN 'not_payment_hcc' THEN format('The record counts for payment year %s, but HCC %s '
			'of %s is not paid for in this patient''s segment.', year, hcc_code, chosen)
		WHEN 'edit_age' THEN format(
			'Does not count for payment year %s: %s is not accepted at this patient''s age.',
			year, diagnosis.icd10_code)
		WHEN 'edit_sex' THEN format(
			'Does not count for payment year %s: %s is not accepted for this patient''s sex.',
			year, diagnosis.icd10_code)
		WHEN 'edit' THEN format('Does not count for payment year %s: %s is not accepted at this '
			'person''s age or sex.', year, diagnosis.icd10_code)
		WHEN 'not_valid_on_date' THEN format('Does not count for payment year %s: %s is not '
			'mapped on %s; other days have other codes.', year, diagnosis.icd10_code,
			diagnosis.diagnosis_date)
		WHEN 'supplemental_without_claim' THEN format('Does not count for payment year %s: a '
			'supplemental diagnosis adds to a claim that counts, and the one that it names does '
			'not or is not there.', year)
		WHEN 'discharge_status' THEN format('Does not count for payment year %s: the discharge '
			'status of the inpatient claim is none of those that count (discharge_status).', year)
		WHEN 'not_scored' THEN format('The record counts for payment year %s, but the person '
			'cannot be scored: %s.', year, description)
		WHEN 'other_source' THEN format('Does not count for payment year %s in %s: its part of '
			'the blend of %s takes no records of this source (%s).', year, chosen, program,
			diagnosis.record_source)
		WHEN 'no_demographic' THEN format('Is not scored: the patient has no row in '
			'patient_demographic for payment year %s%s.', year, ' that can be used: '
			|| (SELECT p.problem FROM @panel@.hcc_person_row(year, NULL::timestamptz,
				ARRAY[diagnosis.patient_id]) p WHERE p.latest))
		WHEN 'dos_outside_year' THEN format('Does not count for payment year %s: the service '
			'ended on %s, and the year takes services of %s.', year, diagnosis.diagnosis_date,
			year - years_after)
		ELSE format('Does not count for payment year %s: %s (%s).', year,
			COALESCE(note, 'the record is excluded'), verdict) END;
END
$panel$;
COMMENT ON FUNCTION @panel@.explain_diagnosis(@diagnosis_id@, integer, text, text, text) IS
	'Says why a diagnosis counts or not, by default for the year after it: verdict and sentence.';
