----------------------------------------------------------------------
-- Patient tables: ordinary tables of the caller, not of the extension
----------------------------------------------------------------------
CREATE FUNCTION @extschema@.hcc_split_table(parent regclass, partitions integer) RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	named record;
BEGIN
	-- tables that were there before, whole or split, stay as they are
	SELECT n.nspname, c.relname INTO named FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
	WHERE c.oid = parent AND c.relkind = 'p' AND NOT EXISTS (SELECT FROM pg_inherits i WHERE i.inhparent = c.oid);
	IF NOT FOUND THEN
		RETURN;
	END IF;
	FOR n IN 0 .. partitions - 1 LOOP
		EXECUTE format('CREATE TABLE %I.%I PARTITION OF %s FOR VALUES WITH (MODULUS %s, REMAINDER %s)',
			named.nspname, named.relname || '_p' || n, parent, partitions, n);
	END LOOP;
END
$$;
COMMENT ON FUNCTION @extschema@.hcc_split_table(regclass, integer) IS 'Gives a table partitioned by hash its partitions, unless it has some.';

CREATE FUNCTION @extschema@.hcc_raise_without_row(state text, message text) RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	RAISE EXCEPTION USING ERRCODE = state, MESSAGE = message, DETAIL = 'The row is not shown, for it is about a patient.';
END
$$;
COMMENT ON FUNCTION @extschema@.hcc_raise_without_row(text, text) IS
	'The error of a violated constraint without its detail, which would show a row of a patient table.';

CREATE FUNCTION @extschema@.hcc_check_own(relation regclass) RETURNS void
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	me oid := (SELECT r.oid FROM pg_roles r WHERE r.rolname = current_user);
	owner name := (SELECT pg_get_userbyid(c.relowner) FROM pg_class c WHERE c.oid = relation AND c.relowner <> me);
	foreign_trigger record;
	rule name;
BEGIN
	IF owner IS NOT NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege',
			MESSAGE = format('must be owner of %s', relation),
			DETAIL = format('It is there already and belongs to role "%s": what its owner has put on it would run with your rights.', owner),
			HINT = format('SET ROLE %I, if you are to act for it; else choose another schema, or drop it.', owner);
	END IF;
	SELECT t.tgname, p.oid::regprocedure AS function, pg_get_userbyid(p.proowner) AS owner INTO foreign_trigger
	FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid JOIN pg_roles o ON o.oid = p.proowner
	WHERE t.tgrelid = relation AND NOT t.tgisinternal AND p.proowner <> me AND NOT o.rolsuper
	ORDER BY t.tgname LIMIT 1;
	IF FOUND THEN
		RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege',
			MESSAGE = format('%s is there already and has trigger "%s" of role "%s"', relation, foreign_trigger.tgname, foreign_trigger.owner),
			DETAIL = 'It would run with the rights of whoever writes the table.',
			HINT = format('DROP TRIGGER %I ON %s;', foreign_trigger.tgname, relation);
	END IF;
	SELECT r.rulename INTO rule FROM pg_rewrite r WHERE r.ev_class = relation AND r.rulename <> '_RETURN' ORDER BY 1 LIMIT 1;
	IF FOUND THEN
		RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state',
			MESSAGE = format('%s is there already and has rule "%s"', relation, rule),
			HINT = format('DROP RULE %I ON %s;', rule, relation);
	END IF;
END
$$;
COMMENT ON FUNCTION @extschema@.hcc_check_own(regclass) IS
	'An error unless a table or view is the caller''s own, without rules and without triggers of others.';

CREATE FUNCTION @extschema@.hcc_setup_table(schema name, "table" name, columns text, storage text) RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	present regclass := to_regclass(format('%I.%I', schema, "table"));
	lacks text;
BEGIN
	IF present IS NULL THEN
		-- not IF NOT EXISTS: what somebody else makes meanwhile is an error
		EXECUTE format('CREATE TABLE %I.%I (%s) %s', schema, "table", columns, storage);
		RETURN;
	END IF;
	PERFORM @extschema@.hcc_check_own(present);
	-- a column's line begins with its name and type, as no other does
	SELECT string_agg(format('"%s" %s', c[1], c[2]), ', ') INTO lacks
	FROM regexp_matches(columns, '^\s*([a-z][a-z0-9_]*) ([a-z]+(?:\[\])?)', 'gn') c
	WHERE NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = present AND a.attnum > 0 AND NOT a.attisdropped
		AND a.attname = c[1] AND a.atttypid = to_regtype(c[2]));
	IF lacks IS NOT NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'datatype_mismatch',
			MESSAGE = format('%s is there already and lacks columns: %s', present, lacks),
			HINT = 'Drop or rename it, or choose another schema.';
	END IF;
END
$$;
COMMENT ON FUNCTION @extschema@.hcc_setup_table(name, name, text, text) IS
	'Part of hccraf_setup: makes a table, or checks that the one that is there is the caller''s own and has the columns.';

CREATE FUNCTION @extschema@.hcc_setup_index(schema name, "table" name, index name, definition text) RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	present regclass := to_regclass(format('%I.%I', schema, index));
BEGIN
	IF present IS NULL THEN
		EXECUTE format('CREATE INDEX %I ON %I.%I %s', index, schema, "table", definition);
	ELSIF NOT EXISTS (SELECT FROM pg_index WHERE indexrelid = present AND indrelid = format('%I.%I', schema, "table")::regclass) THEN
		RAISE EXCEPTION USING ERRCODE = 'duplicate_table',
			MESSAGE = format('%s is there already and is no index on %I.%I', present, schema, "table"),
			HINT = 'Drop or rename it, or choose another schema.';
	END IF;
END
$$;
COMMENT ON FUNCTION @extschema@.hcc_setup_index(name, name, name, text) IS
	'Part of hccraf_setup: makes an index unless the table has it.';

CREATE FUNCTION @extschema@.hcc_is_view(relation text) RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
RETURN EXISTS (SELECT FROM pg_catalog.pg_class c WHERE c.oid = to_regclass(relation) AND c.relkind = 'v');
COMMENT ON FUNCTION @extschema@.hcc_is_view(text) IS 'Whether there is a view of that name.';

CREATE FUNCTION @extschema@.hccraf_setup(schema name DEFAULT NULL, partitioned boolean DEFAULT false, partitions integer DEFAULT 16) RETURNS name
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
SET client_min_messages = warning
AS $$
DECLARE
	target name := COALESCE(schema,
		(SELECT n.nspname FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'hccraf'));
	by_patient text := CASE WHEN partitioned THEN 'PARTITION BY HASH (patient_id)' ELSE '' END;
	-- a unique key of a partitioned table must hold what it is partitioned by
	id_key text := CASE WHEN partitioned THEN 'patient_id, id' ELSE 'id' END;
	split name;
BEGIN
	IF NOT EXISTS (SELECT FROM pg_namespace WHERE nspname = target) THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_schema_name',
			MESSAGE = format('schema "%s" does not exist', target),
			HINT = format('CREATE SCHEMA %I;', target);
	END IF;
	IF partitions IS NULL OR partitions NOT BETWEEN 1 AND 1024 THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
			MESSAGE = 'invalid value for argument "partitions"', DETAIL = 'It takes a number from 1 to 1024.';
	END IF;

	IF EXISTS (SELECT FROM pg_namespace n CROSS JOIN LATERAL aclexplode(n.nspacl) a
		WHERE n.nspname = target AND a.privilege_type = 'CREATE' AND a.grantee = 0) THEN
		RAISE WARNING USING MESSAGE = format('everybody can create objects in schema "%s"', target),
			HINT = format('REVOKE CREATE ON SCHEMA %I FROM PUBLIC;', target);
	END IF;

	-- Views of these names serve as well as tables: those stay as they are.
	IF @extschema@.hcc_is_view(format('%I.patient_demographic', target)) THEN
		PERFORM @extschema@.hcc_check_own(format('%I.patient_demographic', target)::regclass);
	ELSE
		PERFORM @extschema@.hcc_setup_table(target, 'patient_demographic'::name, $columns$
			patient_id uuid NOT NULL,
			payment_year integer NOT NULL,
			payment_month smallint NOT NULL DEFAULT 0 CHECK (payment_month BETWEEN 0 AND 12),
			date_of_birth date NOT NULL,
			date_of_death date,
			sex text NOT NULL CHECK (sex IN ('F', 'M', '2', '1')),
			orec text NOT NULL DEFAULT '0' CHECK (orec IN ('0', '1', '2', '3')),
			dual_status text,
			new_enrollee boolean NOT NULL DEFAULT false,
			snp boolean NOT NULL DEFAULT false,
			lti boolean NOT NULL DEFAULT false,
			low_income boolean NOT NULL DEFAULT false,
			esrd text NOT NULL DEFAULT 'none' CHECK (esrd IN ('none', 'dialysis', 'transplant', 'graft')),
			graft_months integer,
			graft_date date,
			hospice boolean NOT NULL DEFAULT false,
			plan_switcher boolean NOT NULL DEFAULT false,
			contract_id text,
			plan_id text,
			provider_npi text,
			enrolled_from date,
			enrolled_to date,
			enrolled_months smallint CHECK (enrolled_months BETWEEN 0 AND 12),
			known_at timestamptz NOT NULL DEFAULT now(),
			PRIMARY KEY (patient_id, payment_year, payment_month, known_at)
		$columns$::text, by_patient);
		PERFORM @extschema@.hcc_setup_index(target, 'patient_demographic'::name, 'patient_demographic_switcher'::name,
			'(payment_year, patient_id) WHERE plan_switcher'::text);
		EXECUTE format($ddl$
			COMMENT ON TABLE %1$I.patient_demographic IS 'Who a patient is for the models: by payment year, or by month of it. A correction is another row; the latest known counts.';
			COMMENT ON COLUMN %1$I.patient_demographic.payment_month IS '1 to 12, or 0 for the whole year.';
			COMMENT ON COLUMN %1$I.patient_demographic.graft_date IS 'Date of the kidney transplant; gives graft_months where that is NULL.';
			COMMENT ON COLUMN %1$I.patient_demographic.plan_switcher IS 'Came from another Medicare Advantage organization: unlinked chart reviews count.';
			COMMENT ON COLUMN %1$I.patient_demographic.provider_npi IS 'The provider the patient is attributed to.';
			COMMENT ON COLUMN %1$I.patient_demographic.enrolled_months IS 'Months of enrolment in the payment year, for member-month means and dollars; NULL: 12.';
			COMMENT ON COLUMN %1$I.patient_demographic.known_at IS 'When the database learned of it.';
		$ddl$, target);
	END IF;
	IF @extschema@.hcc_is_view(format('%I.patient_diagnosis_hcc', target)) THEN
		PERFORM @extschema@.hcc_check_own(format('%I.patient_diagnosis_hcc', target)::regclass);
	ELSE
		PERFORM @extschema@.hcc_setup_table(target, 'patient_diagnosis_hcc'::name, format($columns$
			id uuid NOT NULL DEFAULT gen_random_uuid(),
			patient_id uuid NOT NULL,
			encounter_id uuid,
			icd10_code text NOT NULL,
			diagnosis_date date NOT NULL,
			service_from date,
			provider_npi text,
			contract_id text,
			claim_type text,
			bill_type text,
			procedure_codes text[],
			modifiers text[],
			place_of_service text,
			record_source text NOT NULL DEFAULT 'encounter'
			CHECK (record_source IN ('encounter', 'linked_chart_review', 'unlinked_chart_review', 'raps')),
			record_action text NOT NULL DEFAULT 'add' CHECK (record_action IN ('add', 'delete', 'void', 'replace')),
			linked_encounter_id uuid,
			submission text CHECK (submission IN ('in_review', 'not_submitted', 'submitted', 'accepted', 'rejected')),
			is_valid_encounter boolean NOT NULL DEFAULT true,
			verdict text,
			included_in_raf boolean NOT NULL DEFAULT true,
			hcc_code text,
			hcc_description text,
			coefficient numeric,
			superseded_by_hcc text,
			known_at timestamptz NOT NULL DEFAULT now(),
			created_at timestamptz NOT NULL DEFAULT now(),
			PRIMARY KEY (%3$s)
		$columns$, target, NULL, id_key), by_patient);
		PERFORM @extschema@.hcc_setup_index(target, 'patient_diagnosis_hcc'::name, 'patient_diagnosis_hcc_patient'::name,
			'(patient_id, diagnosis_date)'::text);
		PERFORM @extschema@.hcc_setup_index(target, 'patient_diagnosis_hcc'::name, 'patient_diagnosis_hcc_correction'::name,
			'(patient_id) WHERE record_action <> ''add'''::text);
		PERFORM @extschema@.hcc_setup_index(target, 'patient_diagnosis_hcc'::name, 'patient_diagnosis_hcc_known'::name,
			'(known_at)'::text);
		EXECUTE format($ddl$
			COMMENT ON TABLE %1$I.patient_diagnosis_hcc IS 'One row per documented diagnosis, with what the encounter filter needs to know of its record.';
			COMMENT ON COLUMN %1$I.patient_diagnosis_hcc.diagnosis_date IS 'Through date of the service: its year is the collection year.';
			COMMENT ON COLUMN %1$I.patient_diagnosis_hcc.claim_type IS 'professional, institutional, another; NULL: nothing is known of the claim, and is_valid_encounter says whether it counts.';
			COMMENT ON COLUMN %1$I.patient_diagnosis_hcc.procedure_codes IS 'HCPCS codes of all lines of the record.';
			COMMENT ON COLUMN %1$I.patient_diagnosis_hcc.modifiers IS 'One element per procedure code, blanks between several modifiers; of another length: of the whole record.';
			COMMENT ON COLUMN %1$I.patient_diagnosis_hcc.record_action IS 'add; delete: takes the code from the record linked_encounter_id, or without one from the patient''s records of that date; void and replace: the whole record linked_encounter_id no longer counts.';
			COMMENT ON COLUMN %1$I.patient_diagnosis_hcc.submission IS 'How far the record is on its way to CMS; NULL: as accepted.';
			COMMENT ON COLUMN %1$I.patient_diagnosis_hcc.verdict IS 'Filled by annotate_diagnoses: ok, or the first reason why the row does not count.';
			COMMENT ON COLUMN %1$I.patient_diagnosis_hcc.included_in_raf IS 'Filled by annotate_diagnoses: whether the row counts in the score of its payment year.';
			COMMENT ON COLUMN %1$I.patient_diagnosis_hcc.known_at IS 'When the database learned of it.';
		$ddl$, target);
	END IF;
	PERFORM @extschema@.hcc_setup_table(target, 'patient_hcc_score'::name, format($columns$
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
		run_id bigint,
		program text,
		component text,
		model_version text,
		calibration text,
		segment text,
		raw_score numeric,
		icd10_codes text[],
		beneficiary text,
		PRIMARY KEY (%3$s),
		UNIQUE (patient_id, payment_year)
	$columns$, target, NULL, id_key), by_patient);
	PERFORM @extschema@.hcc_setup_index(target, 'patient_hcc_score'::name, 'patient_hcc_score_hcc'::name,
		'USING gin (hcc_list)'::text);
	EXECUTE format($ddl$
		COMMENT ON TABLE %1$I.patient_hcc_score IS 'One row per patient and payment year. raf_score is the payment score of the year; its parts, HCCs and raw_score are those of the model with the largest weight in the year''s blend.';
		COMMENT ON COLUMN %1$I.patient_hcc_score.run_id IS 'The run that found this result first; later runs that find the same leave the row alone.';
		COMMENT ON COLUMN %1$I.patient_hcc_score.icd10_codes IS 'The codes that counted and have an HCC in a model of the run; with beneficiary and model, raf_explain gives the score again.';
		COMMENT ON COLUMN %1$I.patient_hcc_score.beneficiary IS 'The person as scored, in the text form of the type beneficiary.';
	$ddl$, target);
	PERFORM @extschema@.hcc_setup_table(target, 'patient_hcc_model_score'::name, $columns$
		patient_id uuid NOT NULL,
		payment_year integer NOT NULL,
		payment_month smallint NOT NULL,
		program text NOT NULL,
		component text NOT NULL,
		model_version text NOT NULL,
		calibration text NOT NULL,
		segment text NOT NULL,
		hcc_list text[] NOT NULL,
		demographic_score numeric NOT NULL,
		disease_score numeric NOT NULL,
		interaction_score numeric NOT NULL,
		raw_score numeric NOT NULL,
		normalized_score numeric NOT NULL,
		adjusted_score numeric NOT NULL,
		blend_weight numeric NOT NULL,
		weighted_score numeric NOT NULL,
		run_id bigint,
		PRIMARY KEY (patient_id, payment_year, program, payment_month, component, model_version, calibration)
	$columns$::text, by_patient);
	EXECUTE format($ddl$
		COMMENT ON TABLE %1$I.patient_hcc_model_score IS 'One row per patient, payment year, program, model of the blend, and month where demographics are monthly. weighted_score adds up to the payment score.';
	$ddl$, target);
	PERFORM @extschema@.hcc_setup_table(target, 'patient_hcc_score_history'::name, format($columns$
		LIKE %1$I.patient_hcc_score,
		superseded_at timestamptz NOT NULL,
		superseded_by_run bigint NOT NULL
	$columns$, target, NULL, id_key), ''::text);
	PERFORM @extschema@.hcc_setup_index(target, 'patient_hcc_score_history'::name, 'patient_hcc_score_history_patient'::name,
		'(patient_id, payment_year, superseded_at)'::text);
	EXECUTE format($ddl$
		COMMENT ON TABLE %1$I.patient_hcc_score_history IS 'Scores that a later run replaced; each was valid from calculated_at to superseded_at.';
	$ddl$, target);
	PERFORM @extschema@.hcc_setup_table(target, 'hcc_run'::name, $columns$
		run_id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
		kind text NOT NULL CHECK (kind IN ('full', 'refresh')),
		payment_year integer NOT NULL,
		program text NOT NULL,
		parameters jsonb NOT NULL,
		status text NOT NULL CHECK (status IN ('running', 'done', 'failed', 'cancelled', 'abandoned')),
		stage text NOT NULL,
		started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
		finished_at timestamptz,
		started_by name NOT NULL DEFAULT session_user,
		pid integer NOT NULL DEFAULT pg_backend_pid(),
		known_at timestamptz,
		snapshot_at timestamptz,
		fingerprints jsonb,
		patients bigint,
		patients_done bigint NOT NULL DEFAULT 0,
		next_block bigint NOT NULL DEFAULT 0,
		diagnoses jsonb,
		scores_added bigint,
		scores_changed bigint,
		scores_unchanged bigint,
		scores_removed bigint,
		seconds jsonb NOT NULL DEFAULT '{}',
		sqlstate text,
		error text
	$columns$::text, ''::text);
	EXECUTE format($ddl$
		COMMENT ON TABLE %1$I.hcc_run IS 'One row per scoring run: what it was asked, what it saw, how far it came.';
		COMMENT ON COLUMN %1$I.hcc_run.snapshot_at IS 'The run sees what was committed at this moment, and nothing later.';
		COMMENT ON COLUMN %1$I.hcc_run.known_at IS 'Only what was known at this moment counts; NULL: everything.';
		COMMENT ON COLUMN %1$I.hcc_run.fingerprints IS 'Of the models, payment parameters and encounter rules used.';
		COMMENT ON COLUMN %1$I.hcc_run.diagnoses IS 'How many diagnosis rows of the service window had which verdict.';
		COMMENT ON COLUMN %1$I.hcc_run.seconds IS 'Duration of each stage.';
	$ddl$, target);

	IF partitioned THEN
		FOREACH split IN ARRAY '{patient_demographic,patient_diagnosis_hcc,patient_hcc_score,patient_hcc_model_score}'::name[] LOOP
			PERFORM @extschema@.hcc_split_table(format('%I.%I', target, split)::regclass, partitions);
		END LOOP;
	END IF;

	PERFORM @extschema@.hcc_setup_gaps(target, partitioned, partitions);
	PERFORM @extschema@.hcc_setup_worklist(target);
	RETURN target;
END
$$;
COMMENT ON FUNCTION @extschema@.hccraf_setup(name, boolean, integer) IS
	'Makes the patient tables in a schema (default: the extension''s) unless they are there, and returns its name; partitioned: the large ones by hash of the patient. They belong to the caller; DROP EXTENSION leaves them.';

-- In PL/pgSQL, which keeps its plans: this is asked in every call that finds a schema.
CREATE FUNCTION @extschema@.hcc_trusts(owner oid) RETURNS boolean
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	me record;
BEGIN
	SELECT r.oid, r.rolsuper INTO me FROM pg_roles r WHERE r.rolname = current_user;
	RETURN owner = me.oid
		OR EXISTS (SELECT FROM pg_roles r WHERE r.oid = owner AND r.rolsuper)
		OR EXISTS (SELECT FROM pg_database d WHERE d.datname = current_database() AND d.datdba = owner)
		OR EXISTS (SELECT FROM pg_extension e WHERE e.extname = 'hccraf' AND e.extowner = owner)
		-- A superuser is a member of every role and need not trust any for that; and
		-- whoever may admit members to a role could admit somebody unasked.
		OR NOT me.rolsuper AND pg_has_role(owner, 'USAGE') AND owner IN (
			WITH RECURSIVE given (role) AS (
				SELECT me.oid
				UNION
				SELECT m.roleid FROM pg_auth_members m JOIN given g ON m.member = g.role
					JOIN pg_roles by ON by.oid = m.grantor AND by.rolsuper
			)
			SELECT g.role FROM given g);
END
$$;
COMMENT ON FUNCTION @extschema@.hcc_trusts(oid) IS
	'Whether what belongs to a role may be used without being named: it is the user, one whose rights a superuser gave the user, a superuser, or the owner of the database or the extension.';

CREATE FUNCTION @extschema@.hcc_panel_tables() RETURNS name[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN ARRAY['patient_hcc_score', 'patient_hcc_model_score', 'patient_hcc_score_history', 'hcc_run', 'patient_hcc_gap',
	'patient_hcc_gap_history', 'patient_hcc_gap_event', 'hcc_gap_run', 'payment_rate', 'patient_work_item', 'patient_work_event',
	'hcc_audit_sample']::name[];
COMMENT ON FUNCTION @extschema@.hcc_panel_tables() IS 'The tables that hccraf_setup makes beside patient_demographic and patient_diagnosis_hcc.';

CREATE FUNCTION @extschema@.hcc_patient_schema(schema name) RETURNS name
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	-- No list of them is kept: a schema that is gone or not yours does not
	-- count, nor do tables of somebody who might only want to be in the way.
	known name[] := CASE WHEN schema IS NULL THEN ARRAY(SELECT n.nspname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE c.relname IN ('patient_demographic', 'patient_diagnosis_hcc') AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
			AND c.relpersistence <> 't' AND has_schema_privilege(n.oid, 'USAGE') AND @extschema@.hcc_trusts(c.relowner)
		GROUP BY n.nspname HAVING count(*) = 2 ORDER BY 1) END;
BEGIN
	IF schema IS NOT NULL THEN
		RETURN schema;
	ELSIF cardinality(known) = 1 THEN
		RETURN known[1];
	ELSIF cardinality(known) = 0 THEN
		RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state',
			MESSAGE = 'there are no patient tables yet',
			DETAIL = COALESCE((SELECT format('There are some in %s, of roles that are not trusted without being named.', string_agg(s, ', ' ORDER BY s))
				FROM (SELECT quote_ident(n.nspname) AS s FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
					WHERE c.relname IN ('patient_demographic', 'patient_diagnosis_hcc') AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
						AND c.relpersistence <> 't' AND has_schema_privilege(n.oid, 'USAGE')
					GROUP BY n.nspname HAVING count(*) = 2) others HAVING count(*) > 0),
				'No schema that you may use has patient_demographic and patient_diagnosis_hcc.'),
			HINT = 'Make them with SELECT hccraf_setup(); or name those of another role with patient_schema => ''...''.';
	END IF;
	RAISE EXCEPTION USING ERRCODE = 'ambiguous_parameter',
		MESSAGE = 'there are patient tables in several schemas',
		DETAIL = format('They are in %s.', array_to_string(known, ', ')),
		HINT = 'Name one with patient_schema => ''...''.';
END
$$;
COMMENT ON FUNCTION @extschema@.hcc_patient_schema(name) IS
	'The schema of the patient tables: the one given, else the only one that has patient_demographic and patient_diagnosis_hcc of an owner whom the user trusts, see hcc_trusts.';

CREATE FUNCTION @extschema@.hcc_panel_schema(schema name) RETURNS name
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	panel name := @extschema@.hcc_patient_schema(schema);
	other record;
BEGIN
	SELECT c.relname, pg_get_userbyid(c.relowner) AS owner INTO other
	FROM (
		SELECT DISTINCT ON (c.relowner) c.relowner, c.relname, c.relnamespace
		FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE n.nspname = panel AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
			AND c.relname = ANY (@extschema@.hcc_panel_tables())
		ORDER BY c.relowner, c.relname OFFSET 0) c
	WHERE (SELECT count(*) FROM pg_class p WHERE p.relnamespace = c.relnamespace AND p.relowner = c.relowner
			AND p.relname IN ('patient_demographic', 'patient_diagnosis_hcc')) < 2
		AND NOT @extschema@.hcc_trusts(c.relowner)
	ORDER BY c.relname LIMIT 1;
	IF FOUND THEN
		RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege',
			MESSAGE = format('%I.%I belongs to role "%s", and the patient tables do not', panel, other.relname, other.owner),
			DETAIL = 'What its owner has put on it would run with your rights.',
			HINT = 'Give it to the owner of the patient tables, or drop it; hccraf_setup() makes it again.';
	END IF;
	RETURN panel;
END
$$;
COMMENT ON FUNCTION @extschema@.hcc_panel_schema(name) IS
	'The schema of the patient tables for whoever uses the tables beside them, as hcc_patient_schema finds it; an error if one of these belongs neither to their owner nor to somebody whom the user trusts.';

CREATE FUNCTION @extschema@.hcc_check_source(source regclass, columns name[]) RETURNS void
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	missing text := (SELECT string_agg(format('"%s"', c), ', ' ORDER BY n) FROM unnest(columns) WITH ORDINALITY u(c, n)
		WHERE NOT EXISTS (SELECT FROM pg_attribute WHERE attrelid = source AND attname = c AND attnum > 0 AND NOT attisdropped));
	-- of another type, a message about a value could show it
	no_uuid text := (SELECT string_agg(format('"%s" %s', attname, format_type(atttypid, atttypmod)), ', ' ORDER BY attnum) FROM pg_attribute
		WHERE attrelid = source AND attname = ANY (columns) AND attname IN ('id', 'patient_id', 'encounter_id', 'linked_encounter_id')
			AND atttypid <> 'pg_catalog.uuid'::regtype);
BEGIN
	IF missing IS NOT NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'undefined_column',
			MESSAGE = format('%s lacks what scoring reads: %s', source, missing),
			HINT = 'A view can supply them, as NULL or their default where you have nothing to say; hccraf_setup() makes tables that have them all.';
	ELSIF no_uuid IS NOT NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'datatype_mismatch',
			MESSAGE = format('%s has columns that are not of type uuid: %s', source, no_uuid),
			HINT = 'A view can supply them: a hash such as md5(...)::uuid makes an identifier of anything.';
	END IF;
END
$$;
COMMENT ON FUNCTION @extschema@.hcc_check_source(regclass, name[]) IS 'An error that names the columns that a table or view lacks, or whose identifiers are not of type uuid.';

----------------------------------------------------------------------
-- What is read of them, as the text of a query. One place decides who a
-- patient is and which diagnoses count; jobs, functions and reports all
-- read through it.
----------------------------------------------------------------------
CREATE FUNCTION @extschema@.hcc_people_query(patient_schema name, payment_year integer, known_at timestamptz DEFAULT NULL,
	demographics regclass DEFAULT NULL, whose text DEFAULT 'true')
	RETURNS text
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	source regclass := COALESCE(demographics, format('%I.patient_demographic', @extschema@.hcc_patient_schema(patient_schema))::regclass);
BEGIN
	PERFORM @extschema@.hcc_check_source(source, '{patient_id,payment_year,payment_month,date_of_birth,date_of_death,sex,orec,dual_status,
		new_enrollee,snp,lti,low_income,esrd,graft_months,graft_date,hospice,plan_switcher,contract_id,plan_id,provider_npi,
		enrolled_from,enrolled_to,enrolled_months,known_at}'::name[]);
	RETURN format($query$
		SELECT p.*, lead(p.payment_month) OVER (PARTITION BY p.patient_id ORDER BY p.payment_month) IS NULL AS latest,
			@extschema@.payment_year_age(p.date_of_birth, p.payment_year) AS age,
			@extschema@.beneficiary(age => @extschema@.payment_year_age(p.date_of_birth, p.payment_year), sex => p.sex,
				orec => p.orec, dual_status => p.dual_status, new_enrollee => p.new_enrollee, snp => p.snp,
				lti => p.lti, low_income => p.low_income,
				esrd => CASE WHEN p.esrd IN ('transplant', 'graft') AND p.months IS NOT NULL
					THEN CASE WHEN p.months <= 3 THEN 'transplant' ELSE 'graft' END ELSE p.esrd END,
				graft_months => p.months) AS who
		FROM (
			SELECT DISTINCT ON (patient_id, payment_month) *,
				CASE WHEN esrd IN ('transplant', 'graft') THEN COALESCE(graft_months,
					-- the month of the transplant is month 1
					GREATEST(1, payment_year * 12 + GREATEST(payment_month, 1)
						- (extract(year FROM graft_date) * 12 + extract(month FROM graft_date))::integer + 1)) END AS months
			FROM %s
			WHERE payment_year = %s AND %s %s
			ORDER BY patient_id, payment_month, known_at DESC
		) p$query$,
		source, payment_year, whose, 'AND known_at <= ' || quote_literal(known_at));
END
$$;
COMMENT ON FUNCTION @extschema@.hcc_people_query(name, integer, timestamptz, regclass, text) IS
	'Text of a query: everybody of a payment year as known at a time, with age, beneficiary (who), and whether a row is the patient''s latest month; whose is a condition on patient_id.';

CREATE FUNCTION @extschema@.hcc_diagnoses_query(patient_schema name, payment_year integer, program text DEFAULT 'MA',
	known_at timestamptz DEFAULT NULL, service_from date DEFAULT NULL, service_to date DEFAULT NULL,
	without_list text DEFAULT 'error', diagnoses regclass DEFAULT NULL, demographics regclass DEFAULT NULL, whose text DEFAULT 'true')
	RETURNS text
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	schema name := CASE WHEN diagnoses IS NULL OR demographics IS NULL THEN @extschema@.hcc_patient_schema(patient_schema) END;
	source regclass := COALESCE(diagnoses, format('%I.patient_diagnosis_hcc', schema)::regclass);
	people regclass := COALESCE(demographics, format('%I.patient_demographic', schema)::regclass);
BEGIN
	PERFORM @extschema@.hcc_check_source(source, '{id,patient_id,encounter_id,icd10_code,diagnosis_date,provider_npi,contract_id,claim_type,
		bill_type,procedure_codes,modifiers,place_of_service,record_source,record_action,linked_encounter_id,submission,
		is_valid_encounter,known_at}'::name[]);
	-- Corrections are few: what was taken back is one map for each patient who has
	-- any, from a record, a record and code, or a date and code to when it was known.
	RETURN format($query$
		SELECT d.*, @extschema@.encounter_verdict(%2$s, %3$L, d.icd10_code, d.diagnosis_date, d.claim_type, d.bill_type,
			d.procedure_codes, d.modifiers, d.place_of_service, d.record_source,
			CASE WHEN d.record_action = 'delete' THEN 'deleted'
				WHEN d.record_action = 'void' THEN 'voided'
				WHEN taken_back.at IS NULL THEN NULL
				-- a replacement may bear the number of what it replaces
				WHEN taken_back.at ? d.encounter_id::text AND (d.record_action <> 'replace' OR d.encounter_id IS DISTINCT FROM d.linked_encounter_id
					OR (taken_back.at ->> d.encounter_id::text)::timestamptz > d.known_at) THEN 'voided'
				WHEN (taken_back.at ->> concat_ws(' ', d.encounter_id, @extschema@.icd10_canonical(d.icd10_code)))::timestamptz >= d.known_at
					OR (taken_back.at ->> concat_ws(' ', d.diagnosis_date, @extschema@.icd10_canonical(d.icd10_code)))::timestamptz >= d.known_at
					THEN 'deleted'
			END,
			d.submission, d.is_valid_encounter,
			d.record_source <> 'encounter' AND d.patient_id IN (SELECT p.patient_id FROM %5$s p WHERE p.payment_year = %2$s AND p.plan_switcher %11$s
				AND NOT EXISTS (SELECT FROM %5$s later WHERE (later.patient_id, later.payment_year, later.payment_month)
					= (p.patient_id, p.payment_year, p.payment_month) AND later.known_at > p.known_at %12$s)),
			NOT d.diagnosis_date BETWEEN %6$L AND %7$L, %8$L) AS encounter_verdict
		FROM (SELECT * FROM %1$s WHERE %10$s) d LEFT JOIN (
			SELECT patient_id, jsonb_object_agg(what, known_at) AS at
			FROM (
				SELECT patient_id, CASE WHEN record_action = 'delete'
						THEN concat_ws(' ', COALESCE(linked_encounter_id::text, diagnosis_date::text), @extschema@.icd10_canonical(icd10_code))
						ELSE linked_encounter_id::text END AS what, max(known_at) AS known_at
				FROM %1$s
				WHERE record_action <> 'add' AND (record_action = 'delete' OR linked_encounter_id IS NOT NULL) AND %10$s %4$s
				GROUP BY 1, 2
			) correction
			GROUP BY patient_id
		) taken_back ON taken_back.patient_id = d.patient_id
		WHERE true %9$s$query$,
		source, payment_year, program, 'AND known_at <= ' || quote_literal(known_at), people,
		COALESCE(service_from, make_date(payment_year - 1, 1, 1)), COALESCE(service_to, make_date(payment_year - 1, 12, 31)),
		without_list, 'AND d.known_at <= ' || quote_literal(known_at), whose,
		'AND p.known_at <= ' || quote_literal(known_at), 'AND later.known_at <= ' || quote_literal(known_at));
END
$$;
COMMENT ON FUNCTION @extschema@.hcc_diagnoses_query(name, integer, text, timestamptz, date, date, text, regclass, regclass, text) IS
	'Text of a query: every diagnosis row as known at a time, with the encounter filter''s verdict for a payment year (encounter_verdict). The caller restricts it to the service window; whose is a condition on patient_id.';

CREATE FUNCTION @extschema@.raf_score(patient_id uuid, payment_year integer, model text DEFAULT 'V28', patient_schema name DEFAULT NULL)
	RETURNS numeric
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 5000
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	score numeric;
BEGIN
	IF patient_id IS NULL OR payment_year IS NULL THEN
		RETURN NULL;
	END IF;
	EXECUTE format($query$
		SELECT @extschema@.raf_score(
			COALESCE((SELECT @extschema@.icd10_agg(d.icd10_code) FROM (%2$s) d
				WHERE d.patient_id = $1 AND d.diagnosis_date BETWEEN make_date($2 - 1, 1, 1) AND make_date($2 - 1, 12, 31)
					AND d.encounter_verdict = 'ok'), '{}'),
			p.who, $3, $2)
		FROM (%1$s) p WHERE p.patient_id = $1 AND p.latest
		$query$, @extschema@.hcc_people_query(patient_schema, payment_year), @extschema@.hcc_diagnoses_query(patient_schema, payment_year))
	INTO score USING patient_id, payment_year, model;
	RETURN score;
END
$$;
COMMENT ON FUNCTION @extschema@.raf_score(uuid, integer, text, name) IS
	'Raw risk score of a patient in the patient tables, from the diagnoses of the year before the payment year that count; NULL without a patient_demographic row.';
