----------------------------------------------------------------------
-- Which diagnoses counted, and why others did not
----------------------------------------------------------------------
CREATE FUNCTION @extschema@.hcc_leading_model(payment_year integer, program text DEFAULT 'MA') RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT p.model_version FROM @extschema@.payment_year_parameter p JOIN @extschema@.payment_component c USING (component)
	WHERE p.payment_year = hcc_leading_model.payment_year AND p.program = hcc_leading_model.program
	-- the component of people without ESRD status is the one that requires nothing
	ORDER BY COALESCE(cardinality(c.requires), 0), p.blend_weight DESC NULLS LAST, p.custom DESC, p.id LIMIT 1;
END;
COMMENT ON FUNCTION @extschema@.hcc_leading_model(integer, text) IS 'The model with the largest weight in a program''s payment year, for people without ESRD status.';

CREATE FUNCTION @extschema@.hcc_annotation_query(patient_schema name, payment_year integer, model text, program text DEFAULT 'MA',
	known_at timestamptz DEFAULT NULL, without_list text DEFAULT 'error', whose text DEFAULT 'true')
	RETURNS text
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	-- Of a code with several HCCs, one that counts is enough, and the one worth most stands for it.
	RETURN format($query$
		WITH record AS MATERIALIZED (
			SELECT d.*, @extschema@.icd10_canonical(d.icd10_code) AS code
			FROM (%1$s) d WHERE d.diagnosis_date BETWEEN '%2$s-01-01' AND '%2$s-12-31'
		), counted AS (
			SELECT r.patient_id, p.who, @extschema@.icd10_agg(r.code) AS codes
			FROM record r JOIN (%3$s) p ON p.patient_id = r.patient_id AND p.latest
			WHERE @extschema@.encounter_counts(r.encounter_verdict) GROUP BY r.patient_id, p.who
		), explained AS (
			SELECT DISTINCT ON (c.patient_id, u.code) c.patient_id, u.code, e.hcc_code, e.label, e.coefficient, e.superseded_by,
				array_agg(e.hcc_code) FILTER (WHERE e.hcc_code IS NOT NULL) OVER (PARTITION BY c.patient_id, u.code
					ORDER BY e.hcc_code ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS hcc_codes,
				CASE WHEN e.reason IS NULL THEN 'ok'
					WHEN e.superseded_by IS NOT NULL THEN 'superseded'
					WHEN e.reason LIKE 'prerequisite:%%' THEN 'prerequisite'
					WHEN e.reason LIKE 'edit:%%' THEN CASE WHEN EXISTS (SELECT FROM @extschema@.hcc_dx_edit x
							WHERE x.model_version = %4$L AND x.icd10_code = u.code AND x.sex IS NOT NULL) THEN 'edit_sex' ELSE 'edit_age' END
					WHEN e.hcc_code IS NULL THEN 'no_hcc'
					ELSE 'not_payment_hcc' END AS verdict
			FROM counted c, LATERAL @extschema@.raf_explain(c.codes, c.who, %4$L, %5$s) e, LATERAL unnest(e.icd10_codes) u(code)
			WHERE e.kind IN ('hcc', 'code')
			ORDER BY c.patient_id, u.code, e.reason IS NOT NULL, e.hcc_code IS NULL, e.coefficient DESC NULLS LAST, e.hcc_code
		)
		SELECT r.id, r.patient_id, r.encounter_id, r.diagnosis_date, r.provider_npi, r.claim_type, r.encounter_verdict, r.code,
			CASE WHEN r.encounter_verdict <> 'ok' THEN r.encounter_verdict
				ELSE COALESCE(e.verdict, CASE WHEN r.patient_id IN (SELECT patient_id FROM counted) THEN 'no_hcc' ELSE 'no_demographic' END)
			END AS verdict,
			e.hcc_code, e.label AS hcc_description, CASE WHEN e.verdict = 'ok' THEN e.coefficient END AS coefficient,
			e.superseded_by, e.hcc_codes
		FROM record r LEFT JOIN explained e ON e.patient_id = r.patient_id AND e.code = r.code AND r.encounter_verdict = 'ok'$query$,
		@extschema@.hcc_diagnoses_query(patient_schema, payment_year, program, known_at, without_list => without_list, whose => whose),
		payment_year - 1, @extschema@.hcc_people_query(patient_schema, payment_year, known_at, whose => whose), model,
		@extschema@.hcc_nearest_year(model, payment_year));
END
$$;
COMMENT ON FUNCTION @extschema@.hcc_annotation_query(name, integer, text, text, timestamptz, text, text) IS
	'Text of a query: the verdict of every diagnosis row of a payment year in a model, with its HCCs; whose is a condition on patient_id.';

CREATE FUNCTION @extschema@.hcc_annotate_batch(patient_schema name, payment_year integer, model text, program text, without_list text,
	batch_size integer, INOUT after_patient uuid, OUT annotated bigint, OUT last boolean)
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
SET jit = off
AS $$
DECLARE
	upto uuid;
	whose text;
BEGIN
	EXECUTE format('SELECT patient_id FROM %I.patient_demographic WHERE payment_year = $1 AND ($2 IS NULL OR patient_id > $2)
		ORDER BY patient_id OFFSET $3 LIMIT 1', patient_schema)
	INTO upto USING payment_year, after_patient, batch_size - 1;
	whose := concat_ws(' AND ', 'true', CASE WHEN after_patient IS NOT NULL THEN 'patient_id > $1' END,
		CASE WHEN upto IS NOT NULL THEN 'patient_id <= $2' END);
	EXECUTE format($query$
		UPDATE %I.patient_diagnosis_hcc t
		SET verdict = a.verdict, included_in_raf = a.verdict = 'ok', hcc_code = a.hcc_code, hcc_description = a.hcc_description,
			coefficient = a.coefficient, superseded_by_hcc = a.superseded_by[1],
			is_valid_encounter = CASE WHEN t.claim_type IS NULL THEN t.is_valid_encounter ELSE a.encounter_verdict = 'ok' END
		FROM (%s) a
		WHERE t.id = a.id AND t.patient_id = a.patient_id
			AND (t.verdict, t.included_in_raf, t.hcc_code, t.hcc_description, t.coefficient, t.superseded_by_hcc, t.is_valid_encounter)
				IS DISTINCT FROM (a.verdict, a.verdict = 'ok', a.hcc_code, a.hcc_description, a.coefficient, a.superseded_by[1],
					CASE WHEN t.claim_type IS NULL THEN t.is_valid_encounter ELSE a.encounter_verdict = 'ok' END)$query$,
		patient_schema, @extschema@.hcc_annotation_query(patient_schema, payment_year, model, program, NULL::timestamptz, without_list, whose))
	USING after_patient, upto;
	GET DIAGNOSTICS annotated = ROW_COUNT;
	after_patient := upto;
	last := upto IS NULL;
	RAISE NOTICE '% diagnoses annotated', to_char(annotated, 'FM999,999,999,990');
EXCEPTION WHEN integrity_constraint_violation OR with_check_option_violation THEN
	PERFORM @extschema@.hcc_raise_without_row(SQLSTATE, SQLERRM);
END
$$;
COMMENT ON FUNCTION @extschema@.hcc_annotate_batch(name, integer, text, text, text, integer, uuid) IS 'Part of annotate_diagnoses: the patients after one, so many of them.';

CREATE FUNCTION @extschema@.hcc_annotate_arguments(payment_year integer, model text, program text, patient_schema name,
	without_list text, batch_size integer, OUT schema name, OUT year integer, OUT chosen text)
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	schema := @extschema@.hcc_patient_schema(patient_schema);
	year := @extschema@.hcc_run_parameters(payment_year, program, NULL::text, NULL::text[], schema, NULL::regclass, NULL::regclass,
		NULL::timestamptz, NULL::date, NULL::date, without_list, NULL::boolean, NULL::boolean, NULL::boolean, NULL::boolean, batch_size,
		NULL::text, NULL::interval, NULL::interval) ->> 'payment_year';
	chosen := COALESCE(model, @extschema@.hcc_leading_model(year, program));
END
$$;
COMMENT ON FUNCTION @extschema@.hcc_annotate_arguments(integer, text, text, name, text, integer) IS
	'Part of annotate_diagnoses: checks the arguments and fills in defaults.';

CREATE PROCEDURE @extschema@.annotate_diagnoses(payment_year integer DEFAULT NULL, model text DEFAULT NULL, program text DEFAULT 'MA',
	patient_schema name DEFAULT NULL, without_list text DEFAULT 'error', batch_size integer DEFAULT 100000)
LANGUAGE plpgsql
AS $$
DECLARE
	arguments pg_catalog.record;
	batch pg_catalog.record;
	after_patient pg_catalog.uuid;
BEGIN
	-- it commits, and so has no bare names: see hcc_run_execute
	SELECT a.schema, a.year, a.chosen INTO arguments
	FROM @extschema@.hcc_annotate_arguments(payment_year, model, program, patient_schema, without_list, batch_size) a;
	LOOP
		SELECT b.after_patient, b.last INTO batch FROM @extschema@.hcc_annotate_batch(arguments.schema, arguments.year,
			arguments.chosen, program, without_list, batch_size, after_patient) b;
		after_patient := batch.after_patient;
		COMMIT;
		EXIT WHEN batch.last;
	END LOOP;
END
$$;
COMMENT ON PROCEDURE @extschema@.annotate_diagnoses(integer, text, text, name, text, integer) IS
	'Writes into patient_diagnosis_hcc, for the diagnoses of a payment year (NULL: as score_population), the verdict, the HCC in a model (NULL: the one with the largest weight), its label and coefficient, what superseded it, and whether it counts. Commits between batches; changes only what differs.';

CREATE FUNCTION @extschema@.explain_diagnosis(diagnosis_id uuid, payment_year integer DEFAULT NULL, model text DEFAULT NULL, program text DEFAULT 'MA',
	patient_schema name DEFAULT NULL, without_list text DEFAULT 'error',
	OUT verdict text, OUT counts boolean, OUT hcc_code text, OUT superseded_by_hcc text, OUT coefficient numeric, OUT explanation text)
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	schema name := @extschema@.hcc_patient_schema(patient_schema);
	diagnosis record;
	found record;
	description text;
	year integer;
	chosen text;
	rule_note text;
BEGIN
	EXECUTE format('SELECT * FROM %I.patient_diagnosis_hcc WHERE id = $1', schema) INTO diagnosis USING diagnosis_id;
	IF diagnosis.id IS NULL THEN
		RETURN;
	END IF;
	year := COALESCE(payment_year, extract(year FROM diagnosis.diagnosis_date)::integer + 1);
	chosen := COALESCE(model, @extschema@.hcc_leading_model(year, program));
	IF extract(year FROM diagnosis.diagnosis_date) <> year - 1 THEN
		verdict := 'dos_outside_year';
	ELSE
		EXECUTE @extschema@.hcc_annotation_query(schema, year, chosen, program, NULL::timestamptz, without_list, 'patient_id = $1')
			|| ' WHERE r.id = $2' INTO found USING diagnosis.patient_id, diagnosis_id;
		verdict := found.verdict;
		hcc_code := found.hcc_code;
		superseded_by_hcc := found.superseded_by[1];
		coefficient := found.coefficient;
		description := found.hcc_description;
	END IF;
	counts := verdict = 'ok';
	-- of several rules with the verdict, one that is about records of this kind
	rule_note := (SELECT r.note FROM @extschema@.encounter_rule r WHERE r.verdict = explain_diagnosis.verdict
		AND year BETWEEN COALESCE(r.first_payment_year, year) AND COALESCE(r.last_payment_year, year)
		AND COALESCE(CASE WHEN diagnosis.claim_type IN ('professional', 'institutional') THEN diagnosis.claim_type
			WHEN diagnosis.claim_type IS NOT NULL THEN 'other' ELSE 'unknown' END = ANY (r.claim_types), r.claim_types IS NULL)
		AND COALESCE(diagnosis.record_source = ANY (r.record_sources), r.record_sources IS NULL)
		ORDER BY r.priority LIMIT 1);
	explanation := CASE verdict
		WHEN 'ok' THEN format('Counts for payment year %s: %s gives HCC %s of %s (%s), worth %s by itself.', year, diagnosis.icd10_code,
			hcc_code, chosen, description, coefficient)
		WHEN 'superseded' THEN format('Does not add to the score of payment year %s: %s gives HCC %s of %s (%s), which HCC %s supersedes.', year,
			diagnosis.icd10_code, hcc_code, chosen, description, superseded_by_hcc)
		WHEN 'prerequisite' THEN format('Does not count for payment year %s: %s gives HCC %s of %s, which counts only beside another HCC that this patient does not have.',
			year, diagnosis.icd10_code, hcc_code, chosen)
		WHEN 'no_hcc' THEN format('The record counts for payment year %s, but %s has no HCC in %s.', year, diagnosis.icd10_code, chosen)
		WHEN 'not_payment_hcc' THEN format('The record counts for payment year %s, but HCC %s of %s is not paid for in this patient''s segment.', year, hcc_code, chosen)
		WHEN 'edit_age' THEN format('Does not count for payment year %s: %s is not accepted at this patient''s age.', year, diagnosis.icd10_code)
		WHEN 'edit_sex' THEN format('Does not count for payment year %s: %s is not accepted for this patient''s sex.', year, diagnosis.icd10_code)
		WHEN 'no_demographic' THEN format('Is not scored: the patient has no row in patient_demographic for payment year %s.', year)
		WHEN 'dos_outside_year' THEN format('Does not count for payment year %s: the service ended on %s, and the year takes services of %s.', year,
			diagnosis.diagnosis_date, year - 1)
		ELSE format('Does not count for payment year %s: %s (%s).', year, COALESCE(rule_note, 'the record is excluded'), verdict) END;
END
$$;
COMMENT ON FUNCTION @extschema@.explain_diagnosis(uuid, integer, text, text, name, text) IS
	'Why did this diagnosis count or not? The verdict and a sentence; payment_year NULL: the year after the service; model NULL: the one with the largest weight. All NULL for an id that is not there.';
