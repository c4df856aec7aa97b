-- What CREATE EXTENSION leaves behind: comments, labels, privileges.
BEGIN;
CREATE EXTENSION IF NOT EXISTS hccraf;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT plan(26);

CREATE TEMPORARY VIEW member AS
SELECT d.classid, d.objid, i.type, i.identity
FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid
	CROSS JOIN LATERAL pg_identify_object(d.classid, d.objid, 0) i
WHERE d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e' AND e.extname = 'hccraf';

CREATE TEMPORARY VIEW member_function AS
SELECT p.* FROM member m JOIN pg_proc p ON m.classid = 'pg_proc'::regclass AND p.oid = m.objid;

CREATE TEMPORARY VIEW member_table AS
SELECT c.* FROM member m JOIN pg_class c ON m.classid = 'pg_class'::regclass AND c.oid = m.objid
	AND c.relkind IN ('r', 'v', 'p', 'm');

SELECT cmp_ok((SELECT count(*) FROM member), '>', 100::bigint, 'the extension has its members');

----------------------------------------------------------------------
-- Comments
----------------------------------------------------------------------
SELECT is_empty(format($$ SELECT type, identity FROM member
	WHERE obj_description(objid, classid::regclass::name) IS NULL AND %s $$, which),
	'commented: ' || what)
FROM (VALUES
	('tables, sequences and views', $$ classid = 'pg_class'::regclass $$),
	-- types of tables and of arrays come with these
	('types',
		$$ classid = 'pg_type'::regclass
		AND objid IN (SELECT oid FROM pg_type WHERE typrelid = 0 AND typelem = 0) $$),
	('functions that people call', $$ classid = 'pg_proc'::regclass
		AND objid IN (SELECT oid FROM pg_proc
			WHERE proname !~ '_(in|out|recv|send)$' AND proname !~ '^(icd10|raf)_agg_') $$),
	('type input and output, support of aggregates', $$ classid = 'pg_proc'::regclass
		AND objid IN (SELECT oid FROM pg_proc
			WHERE proname ~ '_(in|out|recv|send)$'
				OR proname ~ '^(icd10|raf)_agg_') $$),
	('operators', $$ classid = 'pg_operator'::regclass $$),
	('operator classes and families',
		$$ classid IN ('pg_opclass'::regclass, 'pg_opfamily'::regclass) $$),
	('casts', $$ classid = 'pg_cast'::regclass $$)) v(what, which);
SELECT isnt(obj_description(oid, 'pg_extension'), NULL, 'commented: the extension')
FROM pg_extension WHERE extname = 'hccraf';

----------------------------------------------------------------------
-- Volatility and parallel safety
----------------------------------------------------------------------
-- Scores read the reference tables: STABLE. Codes and people are values: IMMUTABLE.
SELECT is_empty($$ SELECT oid::regprocedure FROM member_function
	WHERE prokind = 'f' AND (proname ~ '^raf_(?!member_months)'
		OR proname IN ('icd_to_hcc', 'icd10_is_listed', 'apply_hierarchy', 'hccraf_fingerprint',
			'encounter_verdict', 'encounter_modality', 'encounter_filter_fingerprint'))
		AND (provolatile, proparallel) <> ('s', 's') $$,
	'functions that read models are STABLE PARALLEL SAFE');
SELECT is_empty($$ SELECT oid::regprocedure FROM member_function
	WHERE prokind = 'f'
		AND proname ~ '^(icd10(?!_is_listed)|beneficiary|cardinality$|payment_year_age)'
		AND (provolatile, proparallel) <> ('i', 's') $$,
	'functions of codes and people are IMMUTABLE PARALLEL SAFE');
SELECT is_empty($$ SELECT oid::regprocedure FROM member_function
	WHERE prokind = 'a' AND proparallel <> 's' $$, 'aggregates are PARALLEL SAFE');
SELECT is_empty($$ SELECT a.aggfnoid
	FROM pg_aggregate a JOIN member_function f ON f.oid = a.aggfnoid
	WHERE aggtranstype = 'internal'::regtype
		AND (aggcombinefn = 0 OR aggserialfn = 0 OR aggdeserialfn = 0) $$,
	'aggregates can be computed in parts');
SELECT set_eq($$ SELECT proname::text, provolatile::text, proparallel::text FROM member_function
	WHERE prokind = 'f' AND provolatile = 'v' AND proname !~ '^hcc(raf)?_load_' $$,
	$$ VALUES ('hccraf_cache', 'v', 'r'), ('hccraf_cache_reset', 'v', 'r'),
		('hccraf_invalidate', 'v', 'u'), ('hccraf_setup', 'v', 'u'),
		('hccraf_copy_model', 'v', 'u'), ('hccraf_drop_model', 'v', 'u'),
		('hccraf_seal_model', 'v', 'u'),
		('hccraf_copy_year', 'v', 'u'), ('hccraf_drop_year', 'v', 'u'), ('hcc_copied_to', 'v', 'u'),
		('hcc_copy_year_of_models', 'v', 'u'), ('hcc_copy_year_of_rules', 'v', 'u'),
		('hcc_replace_provisional', 'v', 'u'),
		('hcc_copied', 'v', 'u'), ('hcc_copy_model_rows', 'v', 'u'),
		('hcc_copy_rule_rows', 'v', 'u'),
		('hcc_setup_table', 'v', 'u'), ('hcc_setup_index', 'v', 'u'), ('hcc_setup_view', 'v', 'u'),
		('hcc_setup_routine', 'v', 'u'), ('hcc_split_table', 'v', 'u'),
		('hccraf_update', 'v', 'u'), ('import_lines', 'v', 'u'), ('x12_837', 'v', 'u'),
		('x12_834', 'v', 'u'), ('file_records', 'v', 'u'),
		('hcc_setup_again', 'v', 'u'), ('hcc_release_panel', 'v', 'u'),
		('hcc_drop_routine', 'v', 'u'),
		('hcc_drop_obsolete', 'v', 'u'), ('hcc_grant_routine', 'v', 'u'),
		('hcc_table_lock', 'v', 'u'), ('hcc_run_lock', 'v', 'u'), ('hcc_run_unlock', 'v', 'u'),
		('refresh_unspecified_codes', 'v', 'u'),
		('fhir_documents', 'v', 'u'), ('hcc_contract_view', 'v', 'u'),
		('hcc_unschedule_all', 'v', 'u'), ('hcc_before_drop', 'v', 'u'),
		-- errors and no more
		('hcc_raise_without_row', 'v', 's'), ('hcc_run_fail', 'v', 's') $$,
	'the functions with effects are VOLATILE, none PARALLEL SAFE that does more than fail');
SELECT is_empty($$ SELECT oid::regprocedure FROM member_function WHERE prosecdef $$,
	'no function runs with its owner''s rights');
-- Through search_path somebody else's function could answer.
SELECT is_empty($$ SELECT f.oid::regprocedure
	FROM member_function f JOIN pg_language l ON l.oid = f.prolang
	WHERE l.lanname IN ('plpgsql', 'sql') AND f.prosqlbody IS NULL
		-- a procedure that commits cannot: it has nothing that is looked up, no operator and
		-- no bare type or function
		AND NOT (f.prokind = 'p' AND regexp_replace(regexp_replace(f.prosrc, '--[^\n]*', '', 'g'),
			':=|OPERATOR\(pg_catalog\.[^ )]+\)', '', 'g') !~ '[-+*/<>=~!@#%^&|]'
			AND regexp_replace(f.prosrc, '--[^\n]*|OPERATOR\(', '', 'g') !~ '(^|[^.\w])(\w+)\('
			AND f.prosrc !~ '\m(?<!pg_catalog\.)(record|uuid|text|integer|bigint)\M')
		AND NOT EXISTS (SELECT FROM unnest(f.proconfig) c WHERE c LIKE 'search_path=%') $$,
	'functions in SQL or PL/pgSQL fix their search_path');

----------------------------------------------------------------------
-- Names: everything is where it was asked to be, and refers to itself and to
-- what is built in alone
----------------------------------------------------------------------
SELECT is_empty($$ SELECT i.identity
	FROM member m CROSS JOIN LATERAL pg_identify_object(m.classid, m.objid, 0) i
	WHERE COALESCE(i.schema, '') <> (SELECT extnamespace::regnamespace::text FROM pg_extension
		WHERE extname = 'hccraf')
		AND i.type NOT IN ('cast', 'event trigger') $$,
	'all members but those that have no schema are in that of the extension');
SELECT is_empty($$ SELECT DISTINCT m.identity, r.identity
	FROM member m JOIN pg_depend d ON (d.classid, d.objid) = (m.classid, m.objid)
		CROSS JOIN LATERAL pg_identify_object(d.refclassid, d.refobjid, 0) r
	WHERE d.deptype <> 'e' AND d.refobjid >= 16384
		AND (d.refclassid, d.refobjid) NOT IN (SELECT classid, objid FROM member)
		AND d.refclassid <> 'pg_namespace'::regclass
		-- what belongs to a member: types of tables, indexes, defaults
		AND NOT EXISTS (SELECT
			FROM pg_depend i JOIN member o ON (i.refclassid, i.refobjid) = (o.classid, o.objid)
			WHERE (i.classid, i.objid) = (d.refclassid, d.refobjid) AND i.deptype IN ('i', 'a')) $$,
	'and depend on members and built-in objects alone');
SELECT is_empty($$ SELECT oid::regprocedure FROM member_function
	WHERE has_function_privilege('public', oid, 'EXECUTE') AND prorettype = 'trigger'::regtype $$,
	'nobody else can make triggers of its functions');

----------------------------------------------------------------------
-- Privileges
----------------------------------------------------------------------
CREATE ROLE hccraf_test_nobody;
SELECT set_eq($$ SELECT relname::text FROM member_table
	WHERE has_table_privilege('hccraf_test_nobody', oid, 'SELECT') $$,
	'{hcc_model_change,hcc_model,hcc_calibration,hcc_category,hcc_crosswalk,hcc_dx_edit,
		hcc_prerequisite,hcc_hierarchy,hcc_group,hcc_variable,
		hcc_interaction,hcc_segment,hcc_age_rule,hcc_coefficient,payment_component,
		payment_year_parameter,eligible_procedure,eligible_bill_type,
		icd10_code,encounter_modality,encounter_rule,record_word,hcc_drug_crosswalk,hcc_csr_factor,
		hcc_panel_source,hcc_release,hcc_load_format,hcc_load_rule,hcc_recapture_policy,
		hcc_gap_event_kind,submission_deadline,
		visit_kind,unspecified_code,specificity_policy,two_way_rule,work_state,market_model,
		market_discharge_status,market_parameter,
		market_metal,market_age_factor,import_reason,import_format,file_layout}'::text[],
	'everybody may read the reference tables');
SELECT is_empty($$ SELECT relname FROM member_table
	WHERE has_table_privilege('hccraf_test_nobody', oid,
		'INSERT, UPDATE, DELETE, TRUNCATE, TRIGGER, REFERENCES') $$,
	'nobody may change them');
SELECT is_empty($$ SELECT objid::regclass FROM member
	WHERE CASE WHEN type = 'sequence' THEN has_sequence_privilege('hccraf_test_nobody', objid,
		'USAGE, UPDATE') END $$, 'nor the sequence');
SELECT set_eq($$ SELECT oid::regprocedure::text FROM member_function
	WHERE NOT has_function_privilege('hccraf_test_nobody', oid, 'EXECUTE')
		AND proname !~ '^hcc(raf)?_load_|_value$' $$,
	'{hccraf_cache_reset(),hccraf_invalidate(),"hccraf_copy_model(text,text,integer)",
		hccraf_drop_model(text),hccraf_update(text),"hccraf_seal_model(text,date)",
		"hccraf_copy_year(integer,integer)",hccraf_drop_year(integer),
		"hcc_copied_to(text,text,integer)",
		"hcc_copy_year_of_models(integer,integer)","hcc_copy_year_of_rules(integer,integer)",
		hcc_replace_provisional(),
		hcc_copied(text),"hcc_copy_model_rows(text,text,integer)",
		"hcc_copy_rule_rows(text,text,integer)",
		"refresh_unspecified_codes(text,integer,integer)",hcc_unschedule_all()}'::text[],
	'everybody may execute all functions but those that change reference tables or the cache');
-- of a panel as soon as it is made; what its functions call reads with the caller's rights
CREATE SCHEMA panel;
SELECT hccraf_setup('panel');
SELECT is((SELECT array_agg(DISTINCT (proname ~ '_value$|^panel_page$',
	has_function_privilege('hccraf_test_nobody', oid, 'EXECUTE'))::text) FROM pg_proc
	WHERE pronamespace = 'panel'::regnamespace AND prorettype <> 'trigger'::regtype
		AND proname !~ '^(hcc_|forget_patient$)'), '{"(f,t)","(t,f)"}',
	'everybody may see lists, but their values only who is allowed to');
-- what changes tables is VOLATILE; parsers of text are not, and may be called
SELECT is_empty($$ SELECT oid::regprocedure FROM member_function
	WHERE proname ~ '^hcc(raf)?_load_'
		AND (provolatile = 'v') = has_function_privilege('hccraf_test_nobody', oid, 'EXECUTE') $$,
	'loaders are for whom they are granted to');

SET LOCAL ROLE hccraf_test_nobody;
CREATE TEMPORARY TABLE unprivileged AS
	SELECT raf_score('{E1122,I509,N184}'::text[], beneficiary(72, 'F'), 'V28', 2026) AS score;
RESET ROLE;
SELECT is(score, 1.723, 'somebody without privileges can score') FROM unprivileged;

SELECT * FROM finish();
ROLLBACK;
