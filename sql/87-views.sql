----------------------------------------------------------------------
-- Views of the shape of a panel's tables over Tuva's input layer and over OMOP
-- CDM 5.3 and 5.4 in this database. They are made in a schema of their own, which
-- hccraf_setup then makes a panel: its patient tables are these views. They use
-- nothing of the extension, so that dropping it leaves them.
----------------------------------------------------------------------

-- The views name each other and what is built in without a schema: what others have in the
-- schema must not answer in place of it.
CREATE FUNCTION @extschema@.hcc_check_views(target name) RETURNS void
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	planted record;
BEGIN
	PERFORM @extschema@.hcc_check_schema(target);
	PERFORM @extschema@.hcc_check_own(c.oid::regclass) FROM pg_class c
	WHERE c.relnamespace = (SELECT n.oid FROM pg_namespace n WHERE n.nspname = target)
		AND c.relkind IN ('r', 'v', 'm', 'f', 'p') AND c.relname ~ '^(tuva|omop)_'
			'|^(patient_diagnosis_hcc|patient_demographic|refused_record)$';
	SELECT o.name, pg_get_userbyid(o.owner) AS owner INTO planted
	FROM pg_namespace n CROSS JOIN LATERAL (
			SELECT p.oid::regprocedure::text, p.proowner FROM pg_proc p
			WHERE p.pronamespace = n.oid AND EXISTS (SELECT FROM pg_proc b
				WHERE b.pronamespace = 'pg_catalog'::regnamespace AND b.proname = p.proname)
			UNION ALL
			SELECT 'operator ' || p.oid::regoperator::text, p.oprowner FROM pg_operator p
			WHERE p.oprnamespace = n.oid) o (name, owner)
		JOIN pg_roles r ON r.oid = o.owner
	WHERE n.nspname = target AND NOT r.rolsuper AND r.rolname <> current_user
	LIMIT 1;
	IF FOUND THEN
		PERFORM @extschema@.hcc_raise('42501'::text,
			format('%s is there already and belongs to role "%s"',
				planted.name, planted.owner),
			'The views could call it in place of what is built in.'::text,
			'Choose another schema, or drop it.'::text);
	END IF;
END
$$;
COMMENT ON FUNCTION @extschema@.hcc_check_views(name) IS
	'An error if somebody else has in a schema what views made there would be, or would call.';

-- A view of a relation of somebody else, with all columns of a list and of their
-- types: what the relation lacks is NULL if the list calls it optional, else an
-- error that names it. Which columns there are is known when it is made only;
-- what is built on it need not ask.
CREATE FUNCTION @extschema@.hcc_contract_view(target name, view name, relation regclass,
	columns text) RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	lacks text;
	misfits text;
	selected text;
BEGIN
	SELECT string_agg(format('"%s"', c.name), ', ' ORDER BY c.n)
			FILTER (WHERE a.attname IS NULL AND NOT c.optional),
		string_agg(format('"%s" is %s and should be %s', c.name, format_type(a.atttypid, NULL),
				c.type), ', ' ORDER BY c.n)
			FILTER (WHERE c.type = 'date' AND a.atttypid NOT IN ('date'::regtype,
				'timestamp'::regtype, 'timestamptz'::regtype)),
		string_agg(CASE WHEN a.attname IS NULL THEN format('NULL::%s AS %I', c.type, c.name)
			WHEN c.type = 'text' THEN format('NULLIF(btrim(%1$I::text), '''') AS %1$I', c.name)
			ELSE format('%1$I::%2$s AS %1$I', c.name, c.type) END, ', ' ORDER BY c.n)
	INTO lacks, misfits, selected
	FROM (SELECT part[1] AS name, part[2] AS type, part[3] IS NOT NULL AS optional, n
			FROM regexp_matches(columns, '^\s*([a-z][a-z0-9_]*) ([a-z]+)(?: -- (optional))?$', 'gn')
				WITH ORDINALITY m(part, n)) c
		LEFT JOIN pg_attribute a ON a.attrelid = relation AND a.attname = c.name
			AND a.attnum > 0 AND NOT a.attisdropped;
	IF lacks IS NOT NULL THEN
		PERFORM @extschema@.hcc_raise('42703'::text,
			format('%s lacks columns: %s', relation, lacks), NULL::text,
			'Name the relation of that layer, or a view of yours that has them.'::text);
	ELSIF misfits IS NOT NULL THEN
		PERFORM @extschema@.hcc_raise('42804'::text,
			format('%s has columns of other types: %s', relation, misfits), NULL::text,
			'Name a view of yours that casts them.'::text);
	END IF;
	EXECUTE format('CREATE OR REPLACE VIEW %I.%I AS SELECT %s FROM %s', target, view, selected,
		relation);
END
$$;
COMMENT ON FUNCTION @extschema@.hcc_contract_view(name, name, regclass, text) IS
	'A view of a relation with the columns of a list; an error names those that it lacks.';

-- The views are made in the schema that stands first; names of pg_catalog go before.
CREATE PROCEDURE @extschema@.tuva_views(target name, medical_claim regclass, eligibility regclass)
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	PERFORM @extschema@.hcc_check_views(target);
	PERFORM @extschema@.hcc_contract_view(target, 'tuva_medical_claim', medical_claim, '
		claim_id text
		claim_line_number text
		claim_type text
		person_id text
		data_source text -- optional
		claim_start_date date
		claim_end_date date
		claim_line_start_date date -- optional
		claim_line_end_date date -- optional
		discharge_date date -- optional
		place_of_service_code text -- optional
		bill_type_code text
		revenue_center_code text -- optional
		hcpcs_code text
		hcpcs_modifier_1 text -- optional
		hcpcs_modifier_2 text -- optional
		hcpcs_modifier_3 text -- optional
		hcpcs_modifier_4 text -- optional
		hcpcs_modifier_5 text -- optional
		rendering_npi text -- optional
		rendering_id text -- optional
		facility_npi text -- optional
		billing_npi text -- optional
		diagnosis_code_type text -- optional
		diagnosis_code_1 text
		diagnosis_code_2 text -- optional
		diagnosis_code_3 text -- optional
		diagnosis_code_4 text -- optional
		diagnosis_code_5 text -- optional
		diagnosis_code_6 text -- optional
		diagnosis_code_7 text -- optional
		diagnosis_code_8 text -- optional
		diagnosis_code_9 text -- optional
		diagnosis_code_10 text -- optional
		diagnosis_code_11 text -- optional
		diagnosis_code_12 text -- optional
		diagnosis_code_13 text -- optional
		diagnosis_code_14 text -- optional
		diagnosis_code_15 text -- optional
		diagnosis_code_16 text -- optional
		diagnosis_code_17 text -- optional
		diagnosis_code_18 text -- optional
		diagnosis_code_19 text -- optional
		diagnosis_code_20 text -- optional
		diagnosis_code_21 text -- optional
		diagnosis_code_22 text -- optional
		diagnosis_code_23 text -- optional
		diagnosis_code_24 text -- optional
		diagnosis_code_25 text -- optional
		ingest_datetime timestamptz -- optional');
	PERFORM @extschema@.hcc_contract_view(target, 'tuva_eligibility', eligibility, '
		person_id text
		gender text
		birth_date date
		death_date date -- optional
		enrollment_start_date date
		enrollment_end_date date
		payer_type text -- optional
		plan text -- optional
		original_reason_entitlement_code text -- optional
		dual_status_code text -- optional
		medicare_status_code text -- optional
		enrollment_status text -- optional
		hospice_flag text -- optional
		snp_type text -- optional
		institutional_snp_flag text -- optional
		long_term_institutional_flag text -- optional
		low_income_subsidy_indicator text -- optional
		esrd_status text -- optional
		transplant_duration_months text -- optional
		ingest_datetime timestamptz -- optional');
	PERFORM set_config('search_path', format('%I, pg_temp', target), true);

	-- A claim of all its lines. Without a last day the greatest other date is taken.
	CREATE OR REPLACE VIEW tuva_claim AS
	SELECT c.person_id, c.data_source, c.claim_id, c.encounter_id,
		CASE WHEN c.claim_type <> 'undetermined' THEN c.claim_type END AS claim_type,
		c.claim_start_date AS service_from,
		COALESCE(c.claim_end_date, c.last_line_date, c.discharge_date, c.claim_start_date)
			AS service_to,
		c.claim_end_date IS NULL AS no_through_date,
		CASE WHEN c.bill_type_code ~ '^0?[1-9][0-9][0-9A-Za-z]$'
			THEN lpad(upper(c.bill_type_code), 4, '0') END AS bill_type,
		CASE WHEN c.claim_type = 'professional' THEN c.rendering_npi
			ELSE c.facility_npi END AS provider_npi,
		c.procedure_codes, c.modifiers,
		CASE WHEN c.claim_type = 'professional'
			THEN lpad(COALESCE(c.coded_places[1], c.places[1]), 2, '0') END AS place_of_service,
		COALESCE(c.diagnosis_code_type, CASE WHEN COALESCE(c.claim_end_date, c.claim_start_date)
			< date '2015-10-01' THEN 'icd-9-cm' ELSE 'icd-10-cm' END) AS code_type,
		c.known_at
	FROM (
		SELECT l.person_id, l.data_source, l.claim_id,
			COALESCE(l.data_source || ':', '') || l.claim_id AS encounter_id,
			min(lower(l.claim_type)) AS claim_type, min(l.claim_start_date) AS claim_start_date,
			max(l.claim_end_date) AS claim_end_date,
			max(GREATEST(l.claim_line_start_date, l.claim_line_end_date)) AS last_line_date,
			max(l.discharge_date) AS discharge_date, min(l.bill_type_code) AS bill_type_code,
			min(COALESCE(l.rendering_npi, l.rendering_id)) AS rendering_npi,
			min(l.facility_npi) AS facility_npi,
			-- a case-mix group of a prospective payment line is no procedure
			array_agg(upper(l.hcpcs_code) ORDER BY l.line) FILTER (WHERE l.coded)
				AS procedure_codes,
			array_agg(concat_ws(' ', l.hcpcs_modifier_1, l.hcpcs_modifier_2, l.hcpcs_modifier_3,
				l.hcpcs_modifier_4, l.hcpcs_modifier_5) ORDER BY l.line) FILTER (WHERE l.coded)
				AS modifiers,
			array_agg(l.place_of_service_code ORDER BY l.line) FILTER (WHERE l.coded)
				AS coded_places,
			array_agg(l.place_of_service_code ORDER BY l.line) AS places,
			min(lower(l.diagnosis_code_type)) AS diagnosis_code_type,
			max(l.ingest_datetime) AS known_at
		FROM (
			SELECT m.*, lpad(m.claim_line_number, 10, '0') AS line,
				m.hcpcs_code IS NOT NULL AND (lpad(m.revenue_center_code, 4, '0') IN ('0022',
					'0023',
					'0024') AND length(m.hcpcs_code) = 5) IS NOT TRUE AS coded
			FROM tuva_medical_claim m) l
		GROUP BY l.person_id, l.data_source, l.claim_id) c;

	-- The layer has the codes of a claim on each of its lines.
	CREATE OR REPLACE VIEW tuva_claim_code AS
	SELECT DISTINCT c.person_id, c.data_source, c.claim_id,
		upper(replace(btrim(d.code), '.', '')) AS code
	FROM tuva_medical_claim c
	CROSS JOIN LATERAL unnest(ARRAY[c.diagnosis_code_1, c.diagnosis_code_2, c.diagnosis_code_3,
					c.diagnosis_code_4, c.diagnosis_code_5, c.diagnosis_code_6,
					c.diagnosis_code_7, c.diagnosis_code_8, c.diagnosis_code_9,
					c.diagnosis_code_10, c.diagnosis_code_11, c.diagnosis_code_12,
					c.diagnosis_code_13, c.diagnosis_code_14, c.diagnosis_code_15,
					c.diagnosis_code_16, c.diagnosis_code_17, c.diagnosis_code_18,
					c.diagnosis_code_19, c.diagnosis_code_20, c.diagnosis_code_21,
					c.diagnosis_code_22, c.diagnosis_code_23, c.diagnosis_code_24,
					c.diagnosis_code_25]) d(code)
	WHERE d.code IS NOT NULL;

	CREATE OR REPLACE VIEW patient_diagnosis_hcc AS
	SELECT c.encounter_id || ':' || d.code AS id, c.person_id AS patient_id, c.encounter_id,
		d.code AS icd10_code, c.service_to AS diagnosis_date, c.service_from,
		c.provider_npi, NULL::text AS contract_id, c.claim_type, c.bill_type, c.procedure_codes,
		c.modifiers, c.place_of_service, 'encounter' AS record_source, 'add' AS record_action,
		NULL::text AS linked_encounter_id, 'ICD10CM' AS code_system, NULL::text AS submission,
		true AS is_valid_encounter,
		COALESCE(c.known_at, timestamptz '2000-01-01 00:00+00') AS known_at
	FROM tuva_claim c
		JOIN tuva_claim_code d ON d.person_id = c.person_id AND d.claim_id = c.claim_id
			AND d.data_source IS NOT DISTINCT FROM c.data_source
	WHERE c.code_type LIKE 'icd-10%' AND c.service_to IS NOT NULL
		AND d.code ~ '^[A-Z][0-9][0-9A-Z]{1,5}$';

	-- A span, with what its words mean. NULL is unknown.
	CREATE OR REPLACE VIEW tuva_span AS
	SELECT e.person_id, e.birth_date, e.death_date,
		CASE lower(e.gender) WHEN 'male' THEN 'M' WHEN 'm' THEN 'M'
			WHEN 'female' THEN 'F' WHEN 'f' THEN 'F' END AS sex,
		e.enrollment_start_date AS span_from, e.enrollment_end_date AS span_to,
		CASE WHEN e.original_reason_entitlement_code IN ('0', '1', '2', '3')
			THEN e.original_reason_entitlement_code END AS orec,
		CASE WHEN upper(e.dual_status_code) IN ('NA', '00', '0') THEN 'NA'
			WHEN e.dual_status_code ~ '^0?[1-9]$|^10$' THEN lpad(e.dual_status_code, 2, '0')
			END AS dual_status,
		e.medicare_status_code AS medicare_status,
		CASE WHEN lower(e.esrd_status) LIKE '%dialysis%' THEN 'dialysis'
			WHEN lower(e.esrd_status) LIKE '%transplant%' THEN 'transplant'
			WHEN lower(e.esrd_status) LIKE '%graft%' THEN 'graft'
			WHEN lower(e.esrd_status) = 'none' OR e.medicare_status_code IN ('10', '20') THEN 'none'
			END AS esrd,
		CASE WHEN e.transplant_duration_months ~ '^[0-9]{1,3}$'
			THEN e.transplant_duration_months::integer END AS graft_months,
		lower(e.long_term_institutional_flag) IN ('1', 'true', 't', 'yes', 'y') AS lti,
		lower(e.hospice_flag) IN ('1', 'true', 't', 'yes', 'y') AS hospice,
		lower(e.low_income_subsidy_indicator) IN ('1', 'true', 't', 'yes', 'y') AS low_income,
		lower(e.snp_type) LIKE 'c%' AS snp, lower(e.enrollment_status) LIKE 'new%' AS new_enrollee,
		e.plan, substring(e.plan FROM '^([HRSE][0-9]{4})(?:-|$)') AS contract_id,
		substring(e.plan FROM '^[HRSE][0-9]{4}-([0-9]{3})') AS plan_id,
		COALESCE(lower(e.payer_type) LIKE '%medicare%', true) AS medicare, e.ingest_datetime
	FROM tuva_eligibility e;

	-- A row for each month of a span; where spans overlap, the later to begin counts.
	CREATE OR REPLACE VIEW patient_demographic AS
	SELECT DISTINCT ON (s.person_id, m.first_day) s.person_id AS patient_id,
		extract(year FROM m.first_day)::integer AS payment_year,
		extract(month FROM m.first_day)::smallint AS payment_month,
		s.birth_date AS date_of_birth, s.death_date AS date_of_death, s.sex, s.orec, s.dual_status,
		COALESCE(s.new_enrollee, false) AS new_enrollee, COALESCE(s.snp, false) AS snp,
		COALESCE(s.lti, false) AS lti, COALESCE(s.low_income, false) AS low_income, s.esrd,
		s.graft_months, NULL::date AS graft_date, COALESCE(s.hospice, false) AS hospice,
		false AS plan_switcher, s.contract_id, s.plan_id, NULL::text AS provider_npi,
		s.span_from AS enrolled_from, s.span_to AS enrolled_to, NULL::smallint AS enrolled_months,
		COALESCE(s.ingest_datetime, timestamptz '2000-01-01 00:00+00') AS known_at
	FROM tuva_span s
	-- what has no end may have one that is far away; before July 1966 there was no Medicare
	CROSS JOIN LATERAL (SELECT g::date AS first_day FROM generate_series(
		date_trunc('month', GREATEST(s.span_from, date '1966-07-01')::timestamp),
		LEAST(s.death_date, s.span_to,
			make_date(extract(year FROM current_date)::integer + 1, 12, 31))::timestamp,
		interval '1 month') g) m
	WHERE s.medicare AND s.sex IS NOT NULL AND s.birth_date IS NOT NULL
		AND s.span_from IS NOT NULL
	ORDER BY s.person_id, m.first_day, s.span_from DESC;

	CREATE OR REPLACE VIEW refused_record AS
	SELECT 'member' AS kind, s.person_id AS patient_id, NULL::text AS encounter_id,
		NULL::text AS code, r.reason, true AS refused
	FROM tuva_span s CROSS JOIN LATERAL unnest(ARRAY[
		CASE WHEN s.birth_date IS NULL THEN 'bad_dob' END,
		CASE WHEN s.sex IS NULL THEN 'unknown_sex' END,
		CASE WHEN NOT s.medicare THEN 'not_medicare' END]) r(reason)
	WHERE r.reason IS NOT NULL
	UNION ALL
	SELECT 'claim', c.person_id, c.encounter_id, d.code, CASE
			WHEN c.code_type LIKE 'icd-9%' THEN 'icd9'
			WHEN c.code_type NOT LIKE 'icd-10%' THEN 'no_icd10'
			WHEN c.service_to IS NULL THEN 'no_date' ELSE 'bad_diagnosis' END, true
	FROM tuva_claim c
		JOIN tuva_claim_code d ON d.person_id = c.person_id AND d.claim_id = c.claim_id
			AND d.data_source IS NOT DISTINCT FROM c.data_source
	WHERE (c.code_type LIKE 'icd-10%' AND c.service_to IS NOT NULL
		AND d.code ~ '^[A-Z][0-9][0-9A-Z]{1,5}$') IS NOT TRUE
	UNION ALL
	SELECT 'claim', c.person_id, c.encounter_id, NULL, 'no_diagnosis', true
	FROM tuva_claim c
	WHERE NOT EXISTS (SELECT FROM tuva_claim_code d WHERE d.person_id = c.person_id
		AND d.claim_id = c.claim_id AND d.data_source IS NOT DISTINCT FROM c.data_source)
	UNION ALL
	SELECT 'claim', c.person_id, c.encounter_id, NULL, 'no_through_date', false
	FROM tuva_claim c WHERE c.no_through_date;
END
$$;
COMMENT ON PROCEDURE @extschema@.tuva_views(name, regclass, regclass) IS
	'Makes views over Tuva''s input layer that are a schema''s patient tables.';

-- What a CDM lacks is not there: bill type, place, dual status and the like. A
-- visit stands for a claim. Source values are ICD-10 codes by their shape and
-- date, SNOMED concepts alone are too coarse.
CREATE PROCEDURE @extschema@.omop_views(target name, condition_occurrence regclass,
	visit_occurrence regclass, procedure_occurrence regclass, person regclass,
	death regclass DEFAULT NULL, provider regclass DEFAULT NULL)
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	PERFORM @extschema@.hcc_check_views(target);
	PERFORM @extschema@.hcc_contract_view(target, 'omop_condition', condition_occurrence, '
		person_id text
		condition_start_date date
		condition_end_date date
		condition_source_value text
		condition_status_concept_id text -- optional
		visit_occurrence_id text');
	PERFORM @extschema@.hcc_contract_view(target, 'omop_visit', visit_occurrence, '
		visit_occurrence_id text
		person_id text
		visit_concept_id text
		visit_start_date date
		visit_end_date date
		provider_id text');
	PERFORM @extschema@.hcc_contract_view(target, 'omop_procedure', procedure_occurrence, '
		person_id text
		procedure_date date
		procedure_source_value text
		modifier_source_value text -- optional
		qualifier_source_value text -- optional
		visit_occurrence_id text');
	PERFORM @extschema@.hcc_contract_view(target, 'omop_person', person, '
		person_id text
		gender_concept_id text
		year_of_birth integer
		month_of_birth integer
		day_of_birth integer');
	-- a CDM without them has what no row of person has
	PERFORM @extschema@.hcc_contract_view(target, 'omop_death', COALESCE(death, person),
		CASE WHEN death IS NULL THEN '
		person_id text
		death_date date -- optional' ELSE '
		person_id text
		death_date date' END);
	PERFORM @extschema@.hcc_contract_view(target, 'omop_provider', COALESCE(provider, person),
		CASE WHEN provider IS NULL THEN '
		provider_id text -- optional
		npi text -- optional' ELSE '
		provider_id text
		npi text' END);
	PERFORM set_config('search_path', format('%I, pg_temp', target), true);

	-- What a condition is: a code of ICD-10, of ICD-9, or of neither.
	CREATE OR REPLACE VIEW omop_code AS
	SELECT c.person_id, c.visit_occurrence_id, c.condition_status_concept_id,
		upper(replace(c.condition_source_value, '.', '')) AS code, v.kind,
		COALESCE(o.visit_end_date, c.condition_end_date, o.visit_start_date, c.condition_start_date)
			AS service_to,
		COALESCE(o.visit_start_date, c.condition_start_date) AS service_from,
		o.visit_concept_id, o.provider_id
	FROM omop_condition c
	LEFT JOIN omop_visit o ON o.visit_occurrence_id = c.visit_occurrence_id
	CROSS JOIN LATERAL (SELECT CASE
		WHEN upper(replace(c.condition_source_value, '.', '')) ~ '^[0-9]{3,5}$'
			OR c.condition_start_date < date '2015-10-01' THEN 'icd9'
		WHEN upper(replace(c.condition_source_value, '.', '')) ~ '^[A-Z][0-9][0-9A-Z]{1,5}$'
			THEN 'icd10' ELSE 'no_icd10' END AS kind) v;

	CREATE OR REPLACE VIEW omop_visit_procedure AS
	SELECT p.person_id, p.visit_occurrence_id,
		array_agg(upper(p.procedure_source_value) ORDER BY p.procedure_date,
			p.procedure_source_value) AS procedure_codes,
		array_agg(COALESCE(p.modifier_source_value, p.qualifier_source_value, '')
			ORDER BY p.procedure_date, p.procedure_source_value) AS modifiers
	FROM omop_procedure p
	-- CPT or HCPCS by its shape; ICD-10-PCS has seven characters
	WHERE upper(p.procedure_source_value) ~ '^([0-9]{4}[0-9A-Z]|[A-V][0-9]{4})$'
	GROUP BY p.person_id, p.visit_occurrence_id;

	CREATE OR REPLACE VIEW patient_diagnosis_hcc AS
	SELECT concat_ws(':', c.person_id, COALESCE(c.visit_occurrence_id, c.service_to::text), c.code)
			AS id,
		c.person_id AS patient_id, c.visit_occurrence_id AS encounter_id, c.code AS icd10_code,
		c.service_to AS diagnosis_date, c.service_from, n.npi AS provider_npi,
		NULL::text AS contract_id,
		CASE WHEN c.visit_concept_id IN ('9201', '262') THEN 'institutional'
			WHEN c.visit_concept_id IN ('9202', '9203', '5083') THEN 'professional' END
				AS claim_type,
		NULL::text AS bill_type, p.procedure_codes, p.modifiers, NULL::text AS place_of_service,
		'encounter' AS record_source, 'add' AS record_action, NULL::text AS linked_encounter_id,
		'ICD10CM' AS code_system, NULL::text AS submission,
		c.visit_concept_id IS NOT NULL AS is_valid_encounter,
		timestamptz '2000-01-01 00:00+00' AS known_at
	FROM (
		SELECT DISTINCT o.person_id, o.visit_occurrence_id, o.code, o.service_to, o.service_from,
			o.visit_concept_id, o.provider_id
		FROM omop_code o
		-- a code of admission is a symptom, or comes again as another
		WHERE o.kind = 'icd10' AND o.condition_status_concept_id IS DISTINCT FROM '32890') c
	LEFT JOIN omop_visit_procedure p ON p.person_id = c.person_id
		AND p.visit_occurrence_id = c.visit_occurrence_id
	LEFT JOIN omop_provider n ON n.provider_id = c.provider_id AND n.npi ~ '^[0-9]{10}$';

	CREATE OR REPLACE VIEW omop_member AS
	SELECT p.person_id,
		CASE WHEN p.year_of_birth BETWEEN 1 AND 9999 AND p.month_of_birth BETWEEN 1 AND 12
				AND p.day_of_birth BETWEEN 1 AND
				extract(day FROM make_date(p.year_of_birth, p.month_of_birth, 1)
					+ interval '1 month - 1 day')
			THEN make_date(p.year_of_birth, p.month_of_birth, p.day_of_birth) END AS date_of_birth,
		CASE p.gender_concept_id WHEN '8507' THEN 'M' WHEN '8532' THEN 'F' END AS sex,
		(SELECT min(d.death_date) FROM omop_death d WHERE d.person_id = p.person_id)
			AS date_of_death
	FROM omop_person p;

	-- A payment year for each year in which somebody had a visit.
	CREATE OR REPLACE VIEW patient_demographic AS
	SELECT m.person_id AS patient_id, y.payment_year, 0::smallint AS payment_month,
		m.date_of_birth, m.date_of_death, m.sex, NULL::text AS orec, NULL::text AS dual_status,
		false AS new_enrollee, false AS snp, false AS lti, false AS low_income,
		NULL::text AS esrd, NULL::integer AS graft_months, NULL::date AS graft_date,
		false AS hospice, false AS plan_switcher, NULL::text AS contract_id, NULL::text AS plan_id,
		NULL::text AS provider_npi, NULL::date AS enrolled_from, NULL::date AS enrolled_to,
		NULL::smallint AS enrolled_months, timestamptz '2000-01-01 00:00+00' AS known_at
	FROM omop_member m
	CROSS JOIN LATERAL (SELECT DISTINCT extract(year FROM v.visit_start_date)::integer + 1
			AS payment_year
		FROM omop_visit v WHERE v.person_id = m.person_id AND isfinite(v.visit_start_date)) y
	WHERE m.date_of_birth IS NOT NULL AND m.sex IS NOT NULL;

	CREATE OR REPLACE VIEW refused_record AS
	SELECT 'member' AS kind, m.person_id AS patient_id, NULL::text AS encounter_id,
		NULL::text AS code, r.reason, true AS refused
	FROM omop_member m CROSS JOIN LATERAL unnest(ARRAY[
		CASE WHEN m.date_of_birth IS NULL THEN 'bad_dob' END,
		CASE WHEN m.sex IS NULL THEN 'unknown_sex' END]) r(reason)
	WHERE r.reason IS NOT NULL
	UNION ALL
	SELECT 'diagnosis', c.person_id, c.visit_occurrence_id, c.code, c.kind, true
	FROM omop_code c WHERE c.kind <> 'icd10'
	UNION ALL
	SELECT 'diagnosis', c.person_id, NULL, c.code, 'no_visit', false
	FROM omop_code c WHERE c.kind = 'icd10' AND c.visit_concept_id IS NULL;
END
$$;
COMMENT ON PROCEDURE @extschema@.omop_views(name, regclass, regclass, regclass, regclass, regclass,
	regclass) IS
	'Makes views over an OMOP CDM that are a schema''s patient tables.';
