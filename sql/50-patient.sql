----------------------------------------------------------------------
-- Patient tables: ordinary tables of the caller, not of the extension
----------------------------------------------------------------------
CREATE FUNCTION hccraf_setup(schema name DEFAULT NULL) RETURNS name
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
SET client_min_messages = warning
AS $$
DECLARE
	target name := COALESCE(schema,
		(SELECT n.nspname FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'hccraf'));
BEGIN
	IF NOT EXISTS (SELECT FROM pg_namespace WHERE nspname = target) THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_schema_name',
			MESSAGE = format('schema "%s" does not exist', target),
			HINT = format('CREATE SCHEMA %I;', target);
	END IF;

	EXECUTE format($ddl$
		CREATE TABLE IF NOT EXISTS %1$I.patient_demographic (
			patient_id uuid NOT NULL,
			payment_year integer NOT NULL,
			date_of_birth date NOT NULL,
			sex text NOT NULL,
			orec text NOT NULL DEFAULT '0',
			dual_status text,
			new_enrollee boolean NOT NULL DEFAULT false,
			snp boolean NOT NULL DEFAULT false,
			lti boolean NOT NULL DEFAULT false,
			low_income boolean NOT NULL DEFAULT false,
			esrd text NOT NULL DEFAULT 'none',
			graft_months integer,
			PRIMARY KEY (patient_id, payment_year)
		);
		COMMENT ON TABLE %1$I.patient_demographic IS 'Who a patient is for the models, by payment year.';
		CREATE TABLE IF NOT EXISTS %1$I.patient_diagnosis_hcc (
			id uuid NOT NULL DEFAULT gen_random_uuid(),
			patient_id uuid NOT NULL,
			encounter_id uuid,
			icd10_code text NOT NULL,
			diagnosis_date date NOT NULL,
			provider_npi text,
			hcc_code text,
			hcc_description text,
			coefficient numeric,
			is_valid_encounter boolean NOT NULL DEFAULT true,
			included_in_raf boolean NOT NULL DEFAULT true,
			superseded_by_hcc text,
			created_at timestamptz NOT NULL DEFAULT now(),
			PRIMARY KEY (id)
		);
		COMMENT ON TABLE %1$I.patient_diagnosis_hcc IS 'One row per documented diagnosis; diagnosis_date is the through date of the service.';
		CREATE INDEX IF NOT EXISTS patient_diagnosis_hcc_patient ON %1$I.patient_diagnosis_hcc (patient_id, diagnosis_date);
		CREATE TABLE IF NOT EXISTS %1$I.patient_hcc_score (
			id uuid NOT NULL DEFAULT gen_random_uuid(),
			patient_id uuid NOT NULL,
			payment_year integer NOT NULL,
			data_collection_year integer NOT NULL,
			age integer,
			gender text,
			medicaid_status text,
			disabled_status boolean,
			institutional_status boolean,
			demographic_score numeric,
			hcc_list text[],
			disease_score numeric,
			interaction_score numeric,
			raf_score numeric,
			calculated_at timestamptz NOT NULL DEFAULT now(),
			PRIMARY KEY (id),
			UNIQUE (patient_id, payment_year)
		);
		COMMENT ON TABLE %1$I.patient_hcc_score IS 'One row per patient and payment year. raf_score is the payment score of the year.';
	$ddl$, target);

	RETURN target;
END
$$;
COMMENT ON FUNCTION hccraf_setup(name) IS
	'Makes the patient tables in a schema (default: the extension''s) unless they are there, and returns its name. They belong to the caller; DROP EXTENSION leaves them.';

CREATE FUNCTION hcc_patient_schema(schema name) RETURNS name
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	-- no list of them is kept: a schema that is gone or not yours does not count
	known name[] := ARRAY(SELECT n.nspname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE c.relname IN ('patient_demographic', 'patient_diagnosis_hcc') AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
			AND c.relpersistence <> 't' AND has_schema_privilege(n.oid, 'USAGE')
		GROUP BY n.nspname HAVING count(*) = 2 ORDER BY 1);
BEGIN
	IF schema IS NOT NULL THEN
		RETURN schema;
	ELSIF cardinality(known) = 1 THEN
		RETURN known[1];
	ELSIF cardinality(known) = 0 THEN
		RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state',
			MESSAGE = 'there are no patient tables yet',
			HINT = 'Make them with SELECT hccraf_setup();';
	END IF;
	RAISE EXCEPTION USING ERRCODE = 'ambiguous_parameter',
		MESSAGE = 'there are patient tables in several schemas',
		DETAIL = format('They are in %s.', array_to_string(known, ', ')),
		HINT = 'Name one with patient_schema => ''...''.';
END
$$;
COMMENT ON FUNCTION hcc_patient_schema(name) IS
	'The schema of the patient tables: the one given, else the only one that has patient_demographic and patient_diagnosis_hcc and that the user may use.';

CREATE FUNCTION raf_score(patient_id uuid, payment_year integer, model text DEFAULT 'V28', patient_schema name DEFAULT NULL)
	RETURNS numeric
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 5000
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	score numeric;
BEGIN
	EXECUTE format($query$
		SELECT @extschema@.raf_score(
			COALESCE((SELECT @extschema@.icd10_agg(d.icd10_code) FROM %1$I.patient_diagnosis_hcc d
				WHERE d.patient_id = p.patient_id AND d.included_in_raf
				  AND d.diagnosis_date >= make_date(p.payment_year - 1, 1, 1)
				  AND d.diagnosis_date < make_date(p.payment_year, 1, 1)), '{}'),
			@extschema@.beneficiary(age => @extschema@.payment_year_age(p.date_of_birth, p.payment_year), sex => p.sex,
				orec => p.orec, dual_status => p.dual_status, new_enrollee => p.new_enrollee, snp => p.snp,
				lti => p.lti, low_income => p.low_income, esrd => p.esrd, graft_months => p.graft_months),
			$3, $2)
		FROM %1$I.patient_demographic p WHERE p.patient_id = $1 AND p.payment_year = $2
		$query$, @extschema@.hcc_patient_schema(patient_schema))
	INTO score USING patient_id, payment_year, model;
	RETURN score;
END
$$;
COMMENT ON FUNCTION raf_score(uuid, integer, text, name) IS
	'Raw risk score of a patient in the patient tables, from the included diagnoses of the year before the payment year; NULL without a patient_demographic row.';
