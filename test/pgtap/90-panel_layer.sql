-- What holds for every function of the layer between patient tables and reports,
-- whichever there are: each check is one over the catalog, and each is shown to
-- find what it is for.
BEGIN;
CREATE EXTENSION IF NOT EXISTS hccraf;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT plan(51);
\ir include/panel_calls.sql

CREATE SCHEMA layer;
SELECT hccraf_setup('layer');

CREATE TEMPORARY VIEW engine_function AS
SELECT p.* FROM pg_proc p JOIN pg_depend d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid
	JOIN pg_extension e ON e.oid = d.refobjid
WHERE d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e' AND e.extname = 'hccraf';
CREATE TEMPORARY VIEW panel_function AS
SELECT p.* FROM pg_proc p WHERE p.pronamespace = 'layer'::regnamespace;
CREATE TEMPORARY VIEW layer_function AS
SELECT f.*, l.lanname, f.pronamespace = 'layer'::regnamespace AS of_panel,
	-- the body without comments and strings
	regexp_replace(regexp_replace(f.prosrc, '--[^\n]*', '', 'g'),
		'''(?:[^'']|'''')*''', '''''', 'g')
		AS code
FROM (TABLE engine_function UNION ALL TABLE panel_function) f
	JOIN pg_language l ON l.oid = f.prolang;
CREATE TEMPORARY VIEW reader AS
SELECT * FROM layer_function WHERE of_panel AND lanname = 'sql' AND proretset
	-- what reads staged files opens cursors: VOLATILE, and never in plans of others
	AND proname !~ '^hcc_(cclf|rif|report|mao004|mmr|raps)_';

SELECT cmp_ok((SELECT count(*) FROM panel_function), '>', 50::bigint,
	'the panel has its functions');
SELECT cmp_ok((SELECT count(*) FROM reader), '>', 5::bigint, 'and readers');

----------------------------------------------------------------------
-- Readers are pulled up into the query that calls them
----------------------------------------------------------------------
CREATE FUNCTION pg_temp.plan_of(call text) RETURNS jsonb
LANGUAGE plpgsql AS $$
DECLARE
	plan jsonb;
BEGIN
	EXECUTE 'EXPLAIN (FORMAT JSON, VERBOSE, COSTS OFF) SELECT * FROM ' || call INTO plan;
	RETURN plan;
END
$$;
-- The SQL functions that stay calls: as a scan, or in an expression
CREATE FUNCTION pg_temp.not_inlined(call text) RETURNS SETOF name
LANGUAGE sql AS $$
	SELECT DISTINCT r.proname FROM reader r, pg_temp.plan_of(call) p
	WHERE p::text ~ ('layer\.' || r.proname || '\(')
$$;

SELECT is_empty($$ SELECT c.call, f.name FROM reader r
		CROSS JOIN LATERAL (VALUES (pg_temp.call(r.oid, md5('one'))),
			(pg_temp.call(r.oid, md5('one'), NULL))) c (call)
		CROSS JOIN LATERAL pg_temp.not_inlined(c.call) f (name) $$,
	'a reader called with constants is part of the query that calls it');
SELECT is_empty($$ SELECT proname FROM reader WHERE provolatile <> 's' OR proparallel <> 's'
		OR proisstrict OR prosecdef OR proconfig IS NOT NULL OR prosqlbody IS NULL $$,
	'readers are STABLE PARALLEL SAFE, not STRICT, without SET, with an SQL body');

-- It can fail: a volatile argument, and a SET clause
SELECT set_has($$ SELECT pg_temp.not_inlined('layer.person(2026 + (random() * 0)::integer)') $$,
	$$ SELECT 'person'::name $$, 'a reader with a volatile argument is not, and is found');
SELECT set_has($$ SELECT pg_temp.not_inlined('layer.person((SELECT 2026))') $$,
	$$ SELECT 'person'::name $$, 'nor with a sub-select');
CREATE FUNCTION layer.bad_reader(payment_year integer) RETURNS SETOF layer.patient_demographic
LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog
BEGIN ATOMIC
	SELECT d.* FROM layer.patient_demographic d WHERE d.payment_year = bad_reader.payment_year;
END;
SELECT set_eq($$ SELECT pg_temp.not_inlined('layer.bad_reader(2026)') $$,
	$$ SELECT 'bad_reader'::name $$, 'nor one with SET');
DROP FUNCTION layer.bad_reader(integer);

-- Of an argument that is not given nothing is left. What a plan has of one that
-- could not be folded is a parameter, or a NULL that is compared.
CREATE FUNCTION pg_temp.left_over(call text) RETURNS SETOF text
LANGUAGE sql AS $$
	SELECT m[1] FROM regexp_matches(pg_temp.plan_of(call)::text,
		'(\$\d+ IS NULL|NULL::[a-z ]+(?:\[\])?\)? IS NULL|hcc_panel_current|hcc_refuse_panel|'
		'hcc_payment_year\(|known_at <= )', 'g') m
$$;
SELECT is_empty(format($$ SELECT * FROM pg_temp.left_over(%L) $$, call),
	'nothing is left of what is not asked for: ' || call)
FROM (VALUES ('layer.person(2026)'), ('layer.diagnosis(2026)'), ('layer.counted_diagnosis(2026)'),
	('layer.counted_diagnosis(2026, years => 3)'), ('layer.member(2026)'),
	('layer.stored_score(2026)')) v (call);
SELECT is_empty($$ SELECT r.proname, l.rest FROM reader r
		CROSS JOIN LATERAL pg_temp.left_over(pg_temp.call(r.oid, md5('one'))) l (rest)
	WHERE l.rest <> 'known_at <= ' $$, 'nor in any reader');
SELECT isnt_empty($$ SELECT pg_temp.left_over('layer.person(2026, as_of => now())') $$,
	'what is asked for is there');
CREATE FUNCTION pg_temp.unfolded() RETURNS SETOF text
LANGUAGE plpgsql AS $$
BEGIN
	SET LOCAL plan_cache_mode = force_generic_plan;
	PREPARE unfolded(timestamptz) AS SELECT * FROM layer.person(2026, $1);
	RETURN QUERY EXECUTE 'EXPLAIN EXECUTE unfolded(NULL)';
	DEALLOCATE unfolded;
	SET LOCAL plan_cache_mode = auto;
END
$$;
SELECT isnt_empty($$ SELECT FROM pg_temp.unfolded() line WHERE line ~ '\$\d+ IS NULL' $$,
	'and a parameter that does not fold is found');

-- Through an index on the patient: scans of tables of patients that are none
CREATE FUNCTION pg_temp.not_of_patient(call text)
	RETURNS TABLE (relation text, node text, condition text)
LANGUAGE sql SET enable_seqscan = off AS $$
	SELECT DISTINCT n ->> 'Relation Name', n ->> 'Node Type', c.condition
	FROM jsonb_path_query(pg_temp.plan_of(call),
			'strict $.** ? (@."Relation Name" starts with "patient_")') n
		CROSS JOIN LATERAL (SELECT COALESCE(n ->> 'Index Cond', n ->> 'Recheck Cond')) c (condition)
	WHERE (c.condition ~ '\mpatient_id = ') IS NOT TRUE
$$;
SELECT is_empty($$ SELECT r.proname, s.* FROM reader r
		CROSS JOIN LATERAL pg_temp.not_of_patient(pg_temp.call(r.oid, md5('one'), '{patients}')) s
	WHERE 'patients' = ANY (r.proargnames[1:r.pronargs]) $$,
	'readers of some patients reach them by index');
SELECT isnt_empty($$ SELECT * FROM pg_temp.not_of_patient('layer.diagnosis(2026)') $$,
	'scans of everybody are found');

----------------------------------------------------------------------
-- A column that hides an argument of its name
----------------------------------------------------------------------
CREATE FUNCTION pg_temp.unused_argument() RETURNS TABLE (routine name, argument text)
LANGUAGE sql AS $$
	SELECT f.proname, COALESCE(f.proargnames[a.n], a.n::text)
	FROM layer_function f CROSS JOIN LATERAL generate_series(1, f.pronargs) a (n)
	WHERE f.prosqlbody IS NOT NULL
		AND f.prosqlbody::text !~ (':paramkind 0 :paramid ' || a.n || ' ')
$$;
SELECT is_empty($$ SELECT * FROM pg_temp.unused_argument() $$,
	'every argument of a function in SQL is used');
CREATE FUNCTION pg_temp.itself() RETURNS SETOF name
LANGUAGE sql AS $$
	SELECT proname FROM layer_function WHERE prosqlbody::text
		~ ':args \(\{VAR ([^{}]*) :location -?\d+\} \{VAR \1 :location -?\d+\}\)'
$$;
SELECT is_empty('SELECT pg_temp.itself()', 'no function compares a column with itself');
CREATE FUNCTION layer.hidden(payment_year integer) RETURNS bigint
LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT count(*) FROM layer.patient_demographic WHERE payment_year = payment_year;
END;
SELECT results_eq($$ SELECT * FROM pg_temp.unused_argument() $$,
	$$ VALUES ('hidden'::name, 'payment_year') $$, 'a hidden argument is found');
SELECT results_eq('SELECT pg_temp.itself()', $$ VALUES ('hidden'::name) $$,
	'and the column compared with itself');
DROP FUNCTION layer.hidden(integer);

-- In PL/pgSQL a name that can be both is an error, unless a body says otherwise.
CREATE FUNCTION pg_temp.conflict() RETURNS SETOF name
LANGUAGE sql AS $$
	SELECT proname FROM layer_function WHERE prosrc ~ '#\s*variable_conflict'
$$;
SELECT set_eq('SELECT pg_temp.conflict()',
	'{hcc_load_cells,hcc_load_present,hcc_recapture_class,refresh_unspecified_codes}'::name[],
	'four functions of the engine say what a name is, none of a panel');

----------------------------------------------------------------------
-- Names mean what they meant when a function was made
----------------------------------------------------------------------
CREATE FUNCTION pg_temp.unbound() RETURNS SETOF name
LANGUAGE sql AS $$
	SELECT proname FROM layer_function WHERE lanname = 'sql' AND prosqlbody IS NULL
		AND (of_panel OR NOT ('search_path=pg_catalog, pg_temp' = ANY (proconfig)) IS TRUE)
$$;
SELECT is_empty('SELECT pg_temp.unbound()',
	'functions in SQL are bound when they are made; some of the engine find pg_catalog alone');
CREATE FUNCTION layer.unbound() RETURNS bigint
	LANGUAGE sql STABLE AS 'SELECT count(*) FROM pg_class';
SELECT results_eq('SELECT pg_temp.unbound()', $$ VALUES ('unbound'::name) $$,
	'one that is not is found');
DROP FUNCTION layer.unbound();

CREATE FUNCTION pg_temp.path_open() RETURNS SETOF name
LANGUAGE sql AS $$
	SELECT proname FROM layer_function f
	WHERE lanname = 'plpgsql' AND NOT (prokind = 'p' AND proconfig IS NULL)
		AND ('search_path=pg_catalog, pg_temp' = ANY (proconfig)) IS NOT TRUE
$$;
SELECT is_empty('SELECT pg_temp.path_open()',
	'functions in PL/pgSQL find pg_catalog, and last pg_temp, and nothing else');
CREATE FUNCTION layer.open_path() RETURNS integer LANGUAGE plpgsql SET search_path = pg_temp
	AS 'BEGIN RETURN 1; END';
CREATE FUNCTION layer.no_path() RETURNS integer LANGUAGE plpgsql AS 'BEGIN RETURN 1; END';
SELECT set_eq('SELECT pg_temp.path_open()', '{no_path,open_path}'::name[],
	'those that find more are found');
DROP FUNCTION layer.open_path();
DROP FUNCTION layer.no_path();

-- A procedure that commits, or calls one that does, cannot have SET.
-- What a procedure without SET may have: no operator and no cast, no name of a
-- function, procedure or type without its schema, no query of its own.
CREATE FUNCTION pg_temp.procedure_does() RETURNS TABLE (routine name, what text)
LANGUAGE sql AS $$
	SELECT f.proname, m[1] FROM layer_function f
		CROSS JOIN LATERAL regexp_replace(f.code, ':=|=>|OPERATOR\(pg_catalog\.[^ )]+\)',
			' ', 'g') c (code)
		CROSS JOIN LATERAL regexp_matches(c.code,
			'([-+*/<>=~!@#%^&|]+'	-- operators
			'|::\s*(?!pg_catalog\.)[\w."]+'	-- casts
			-- calls
			'|(?<![\w."])(?!if\M|elsif\M|when\M|exists\M|coalesce\M|row\M|in\M|and\M|'
			'or\M|not\M)[a-z_]\w*(?=\()'
			-- types
			'|(?<![\w."])(?:record|uuid|text|integer|bigint|boolean|jsonb|interval|'
			'timestamptz|regclass)\M(?!\s*(?:=>|:=|,|\)))'
			'|\mFROM(?! (?:\w+|"[^"]+")\.\w+\()'
			'|\m(?:JOIN|INSERT|UPDATE|DELETE|EXECUTE|TRUNCATE|CREATE)\M'	-- statements
			'|\m(?:IN|BETWEEN|LIKE|USING|IS DISTINCT)\M)', 'gi') m
	WHERE f.lanname = 'plpgsql' AND f.prokind = 'p' AND f.proconfig IS NULL
$$;
SELECT set_eq($$ SELECT proname FROM layer_function
		WHERE prokind = 'p' AND lanname = 'plpgsql' AND proconfig IS NULL $$,
	'{annotate_diagnoses,hcc_run_execute,refresh_scores,score_population}'::name[],
	'the procedures that commit have no SET');
SELECT is_empty('SELECT * FROM pg_temp.procedure_does()',
	'do nothing that search_path could make another thing');
CREATE PROCEDURE layer.loose() LANGUAGE plpgsql AS $$
DECLARE
	n integer := 1;
BEGIN
	IF n < 2 THEN PERFORM hcc_leading_model(2026) FROM pg_class; END IF;
	COMMIT;
END
$$;
SELECT set_eq($$ SELECT what FROM pg_temp.procedure_does() $$,
	'{integer,<,hcc_leading_model,FROM}'::text[],
	'an operator, a call and a type that are not qualified are found');
DROP PROCEDURE layer.loose();

-- A name of ours in a body of ours has its schema, also where a decoy would be harmless.
CREATE FUNCTION pg_temp.bare() RETURNS TABLE (routine name, what name)
LANGUAGE sql AS $$
	SELECT f.proname, o.proname
	FROM layer_function f JOIN (SELECT DISTINCT proname FROM layer_function
			WHERE proname !~ '^(cardinality|beneficiary|icd10_set|member)$') o
		ON f.code ~ ('(?<![\w."])' || o.proname || '\s*\(')
	WHERE f.lanname = 'plpgsql'
		-- INSERT INTO layer.patient_hcc_change (..) is no call
		AND NOT (o.proname = 'patient_hcc_change')
		-- WITH, aliases with columns
		AND f.code !~ ('(?:AS|,|WITH|\)) ' || o.proname || ' \(')
$$;
SELECT is_empty('SELECT * FROM pg_temp.bare()', 'functions of ours are called with their schema');
CREATE FUNCTION layer.bare() RETURNS text LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
	AS 'BEGIN RETURN hcc_leading_model(2026); END';
SELECT results_eq('SELECT * FROM pg_temp.bare()',
	$$ VALUES ('bare'::name, 'hcc_leading_model'::name) $$,
	'one without is found');
DROP FUNCTION layer.bare();

----------------------------------------------------------------------
-- No query in a string
----------------------------------------------------------------------
CREATE FUNCTION pg_temp.dynamic(panel boolean) RETURNS SETOF name
LANGUAGE sql AS $$
	SELECT DISTINCT proname FROM layer_function
	WHERE of_panel = $1 AND lanname = 'plpgsql' AND code ~* '\mEXECUTE\M(?! ON)'
$$;
-- hcc_appointment: a table that the caller names. hcc_run_analyze: ANALYZE of tables of a run,
-- whose owner the caller may not be. hcc_track_table: triggers on tables or what views read.
-- *schedul*: pg_cron, which may not be there. hcc_erase: each table that has patients.
SELECT set_eq('SELECT pg_temp.dynamic(true)',
	'{hcc_appointment,hcc_erase,hcc_run_analyze,hcc_schedule,hcc_track_table,scoring_schedule,
		unschedule_scoring}'::name[],
	'functions of a panel that make statements of text');
-- Setup and update run the sources; hcc_check_distributed: a catalog that may not be there;
-- hcc_specialty: as hcc_appointment.
SELECT set_eq('SELECT pg_temp.dynamic(false)',
	'{hcc_setup_index,hcc_setup_routine,hcc_setup_table,hcc_setup_view,
		hccraf_setup,hcc_split_table,hcc_release_panel,hcc_drop_routine,hcc_grant_routine,
		hccraf_update,
		hcc_check_distributed,hcc_specialty,hcc_unschedule_all}'::name[],
	'and of the engine');
CREATE FUNCTION layer.dynamic() RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
	AS $$ BEGIN EXECUTE 'SELECT 1'; END $$;
SELECT set_has('SELECT pg_temp.dynamic(true)', $$ SELECT 'dynamic'::name $$,
	'another one is found');
DROP FUNCTION layer.dynamic();
SELECT is_empty($$ SELECT proname FROM layer_function WHERE proname ~ '_query$' $$,
	'no function makes the text of a query');
SELECT is_empty($$ SELECT proname FROM layer_function WHERE 'patient_schema' = ANY (proargnames) $$,
	'none is told where the tables are');

----------------------------------------------------------------------
-- Comments and labels
----------------------------------------------------------------------
CREATE FUNCTION pg_temp.badly_commented() RETURNS TABLE (routine regprocedure, comment text)
LANGUAGE sql AS $$
	SELECT f.oid, d.comment
	FROM layer_function f CROSS JOIN LATERAL (SELECT obj_description(f.oid, 'pg_proc')) d (comment)
	WHERE f.of_panel
		AND (d.comment ~ '^.{10,160}$' AND d.comment ~ '[.?]$'
			AND d.comment !~ '[a-z)][.?] [A-Z]') IS NOT TRUE
$$;
SELECT is_empty('SELECT * FROM pg_temp.badly_commented()', 'every routine has one sentence on it');
COMMENT ON FUNCTION layer.person(integer, timestamptz, uuid[]) IS 'Too short. And two.';
SELECT results_eq('SELECT routine FROM pg_temp.badly_commented()',
	$$ VALUES ('layer.person(integer,timestamptz,uuid[])'::regprocedure) $$, 'another is found');
SELECT hccraf_setup('layer');
SELECT is_empty('SELECT * FROM pg_temp.badly_commented()', 'until setup comments on it again');
SELECT is_empty($$ SELECT c.oid::regclass FROM pg_class c
	WHERE c.relnamespace = 'layer'::regnamespace
		AND c.relkind IN ('r', 'v') AND obj_description(c.oid, 'pg_class') IS NULL $$,
	'every table says what it is');
SELECT is_empty($$ SELECT proname FROM layer_function WHERE prosecdef $$,
	'none runs with the rights of its owner');
SELECT is_empty($$ SELECT proname, procost, prorows FROM panel_function
	WHERE prokind = 'f' AND proretset AND prorows NOT BETWEEN 1 AND 1000000 $$,
	'the planner is told a sane number of rows');
-- what writes is VOLATILE, and what is VOLATILE writes: a report that were would see changes
-- halfway
CREATE FUNCTION pg_temp.badly_labelled() RETURNS SETOF name
LANGUAGE sql AS $$
	WITH body AS MATERIALIZED (
		-- of what reads staged files also what is called in an atomic body
		SELECT oid, CASE WHEN proname ~ '^hcc_(cclf|rif|report|mao004|mmr|raps)_'
			THEN concat(code, pg_get_function_sqlbody(oid)) ELSE code END AS calls
		FROM layer_function
	)
	SELECT f.proname FROM layer_function f JOIN body b USING (oid)
	WHERE f.of_panel AND f.prokind = 'f' AND f.prorettype <> 'trigger'::regtype
		AND (f.provolatile = 'v') <> (
			f.code ~ '\m(INSERT INTO|UPDATE|DELETE FROM|TRUNCATE|CREATE|DROP)\M'
			-- these by EXECUTE
			OR f.proname IN ('hcc_erase', 'hcc_run_analyze', 'hcc_schedule', 'hcc_track_table',
				'unschedule_scoring')
			-- this one opens a cursor
			OR f.proname = 'hcc_import_chunks'
			OR EXISTS (SELECT FROM layer_function v WHERE v.provolatile = 'v'
				AND b.calls ~ ('\.' || v.proname || '\(')) OR f.code ~ '\mset_config\(')
$$;
SELECT is_empty('SELECT pg_temp.badly_labelled()',
	'functions that write are VOLATILE, others are not');
CREATE FUNCTION layer.labelled() RETURNS integer LANGUAGE plpgsql AS 'BEGIN RETURN 1; END';
SELECT results_eq('SELECT pg_temp.badly_labelled()', $$ VALUES ('labelled'::name) $$,
	'one that is not is found');
DROP FUNCTION layer.labelled();
SELECT is_empty($$ SELECT proname FROM panel_function
	-- a handler begins a subtransaction, which parallel plans may not
	WHERE (provolatile = 'v' OR prosrc ~ '\mEXCEPTION WHEN\M') = (proparallel = 's')
		AND prokind = 'f' $$,
	'those that do not are for parallel plans, those that do are not');
SELECT is_empty($$ SELECT proname FROM panel_function WHERE proisstrict $$, 'none is STRICT');

----------------------------------------------------------------------
-- The catalogue
----------------------------------------------------------------------
SELECT set_eq($$ SELECT DISTINCT proname::text FROM panel_function
		WHERE proname !~ '^hcc_' AND prorettype <> 'trigger'::regtype $$,
	-- readers; jobs; events; scores; gaps and what is after them
	'{person,member,diagnosis,counted_diagnosis,stored_score,unusable_rows,
		score_population,refresh_scores,annotate_diagnoses,refresh_gaps,refresh_worklist,
		scoring_run,
		track_changes,schedule_scoring,schedule_job,unschedule_scoring,scoring_schedule,
		gap_event,work_item_event,forget_patient,audit_sample,audit_sample_again,
		raf_score,member_score,score_change,score_change_summary,score_explanation,dx_verdict,
		explain_diagnosis,model_impact,model_impact_summary,lost_condition,
		patient_gap,patient_gap_value,recapture_gap,recapture_gap_value,recapture_rate,
		recapture_rate_month,recapture_rate_value,captured_hcc,no_encounter,
		awv_due,awv_due_value,prospective_list,interaction_opportunity,
		interaction_opportunity_value,
		specificity,specificity_value,unspecified_rate,cdi_feedback,audit_finding,deadline_board,
		late_window,
		two_way,two_way_value,two_way_balance,provider_panel,panel_value,worklist,
		worklist_value,enrollee_diagnosis,enrollee_score,stored_enrollee_score,
		enrollee_gap,import_open,import_stage,
		import_staged,import_load,import_claims,import_people,import_report,import_merge,
		import_read,import_people_read,import_read_x12_837,import_people_x12_834,import_read_cclf,
		import_people_cclf,import_read_rif,import_people_rif,import_read_synpuf,
		import_people_synpuf,import_read_mao004,import_mao004,import_people_mmr,import_mmr,
		import_raps,import_read_fhir,import_people_fhir,panel_page,patient_page,
		patient_page_value,provider_page}'::text[],
	'what a panel offers');
SELECT is_empty($$ SELECT DISTINCT e.proname
	FROM engine_function e JOIN panel_function p USING (proname)
	WHERE e.proname <> 'raf_score' $$, 'the engine has none of these but scores');
SELECT set_eq($$ SELECT DISTINCT proname::text FROM engine_function
		WHERE proname !~ '^hcc_|^(beneficiary|icd10_set|icd10_agg|raf_agg|raf_member_months)_|'
			'^hccraf_load_' $$,
	'{person_hccs,raf_pair_values,apply_hierarchy,beneficiary,cardinality,encounter_counts,
		encounter_filter_fingerprint,
		encounter_modality,encounter_verdict,hccraf_cache,hccraf_cache_reset,hccraf_check_model,
		hccraf_checksum,hccraf_coefficients,hccraf_copy_model,hccraf_copy_year,hccraf_diff_models,
		hccraf_diff_summary,hccraf_drop_model,hccraf_drop_year,hccraf_facts,hccraf_fingerprint,
		hccraf_impossible,hccraf_in_year,
		hccraf_invalidate,hccraf_kinds_of_people,hccraf_model_calibrations,hccraf_model_year,
		hccraf_seal_model,hccraf_panels,hccraf_setup,hccraf_update,hccraf_word,icd10_agg,
		icd10_canonical,
		icd10_is_code,icd10_set,icd_has_any_hcc,icd_has_hcc,icd_to_hcc,payment_year_age,
		person_has_hcc,raf_pair_values,person_hccs,raf_explain,
		enrollee,enrollee_of_spans,raf_csr_factor,raf_csr_score,raf_metal_scores,
		raf_full_payment,raf_gaps,raf_marginal,raf_marginal_hccs,raf_member_months,raf_payment,
		raf_payment_explain,raf_payment_or,raf_score,raf_score_agg,raf_scores,raf_scores_of_models,
		raf_segment,raf_segment_fits,raf_shapley,refresh_unspecified_codes,
		plan_liability_risk_score,age_rating_factor,high_cost_payment,plan_month_change,
		market_average,plan_transfer,plan_transfer_change,import_hash,import_id,import_is_mbi,
		import_lines,import_text,x12_834,x12_837,file_records,
		fhir_claims,fhir_documents,fhir_people,omop_views,tuva_views,html_escape,chart_bar,
		chart_stacked_bar,chart_line,chart_waterfall,chart_histogram}'::text[],
	'what the engine offers');
SELECT is_empty($$ SELECT c.relname FROM pg_class c WHERE c.relnamespace = 'layer'::regnamespace
		AND c.relkind = 'r' AND c.relname !~ '^(patient|hcc|import)_'
		AND c.relname <> 'payment_rate' $$,
	'names of tables begin with patient_, hcc_ or import_');

SELECT * FROM finish();
ROLLBACK;
