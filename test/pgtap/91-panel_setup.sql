-- hccraf_setup: what it makes, takes over and refuses, and in which schemas.
-- Rights and decoys of others are test/attack/.
CREATE EXTENSION IF NOT EXISTS hccraf;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT * FROM no_plan();
SET client_min_messages = error;

-- Everything of a schema, in words
CREATE FUNCTION pg_temp.panel_of(schema name) RETURNS TABLE (what text)
LANGUAGE sql AS $$
	SELECT concat_ws(' ', c.relkind, c.relname, c.relacl, a.attname,
		format_type(a.atttypid, a.atttypmod),
			a.attnotnull, pg_get_expr(d.adbin, d.adrelid), col_description(c.oid, a.attnum),
			obj_description(c.oid, 'pg_class'))
	FROM pg_class c LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
		LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
	WHERE c.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = $1)
	UNION ALL
	SELECT concat_ws(' ', conrelid::regclass, conname, pg_get_constraintdef(oid)) FROM pg_constraint
	WHERE connamespace = (SELECT oid FROM pg_namespace WHERE nspname = $1)
	UNION ALL
	SELECT concat_ws(' ', p.oid, p.proacl, obj_description(p.oid, 'pg_proc'),
		pg_get_functiondef(p.oid)) FROM pg_proc p
	WHERE p.pronamespace = (SELECT oid FROM pg_namespace WHERE nspname = $1)
	UNION ALL
	SELECT pg_get_indexdef(i.indexrelid) FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
	WHERE c.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = $1)
$$;

----------------------------------------------------------------------
-- Again
----------------------------------------------------------------------
CREATE SCHEMA setup_twice;
SELECT is(hccraf_setup('setup_twice'), 'setup_twice', 'setup says which schema it made a panel');
CREATE ROLE setup_reader;
GRANT EXECUTE ON FUNCTION setup_twice.panel_value(integer, timestamptz, text, text, text, regclass,
	integer, text)
	TO setup_reader;
REVOKE EXECUTE ON FUNCTION setup_twice.person(integer, timestamptz, uuid[]) FROM PUBLIC;
INSERT INTO setup_twice.patient_demographic (patient_id, payment_year, date_of_birth, sex)
VALUES (md5('1')::uuid, 2026, '1950-01-01', 'F');
CREATE VIEW setup_twice.mine AS SELECT * FROM setup_twice.person(2026);
CREATE TEMPORARY TABLE before_it AS SELECT * FROM pg_temp.panel_of('setup_twice');
SELECT cmp_ok((SELECT count(*) FROM before_it), '>', 300::bigint, 'a panel has many things');
SELECT is(hccraf_setup('setup_twice'), 'setup_twice', 'setup again');
SELECT bag_eq($$ SELECT * FROM pg_temp.panel_of('setup_twice') $$, 'SELECT * FROM before_it',
	'changes nothing: neither what is granted nor what depends on it');
SELECT is((SELECT count(*) FROM setup_twice.mine), 1::bigint, 'rows are there');
-- partitions are asked for of tables that are made
SELECT hccraf_setup('setup_twice', partitioned => true, partitions => 3);
SELECT bag_eq($$ SELECT * FROM pg_temp.panel_of('setup_twice') $$, 'SELECT * FROM before_it',
	'nor does it when asked for partitions');
-- a function that somebody broke, and one that is gone
DROP VIEW setup_twice.mine;
DROP FUNCTION setup_twice.member(integer, timestamptz, text, text, uuid[]) CASCADE;
CREATE OR REPLACE FUNCTION setup_twice.raf_score(patient_id uuid, payment_year integer,
	model text DEFAULT 'V28') RETURNS numeric LANGUAGE sql AS 'SELECT 99.9';
SELECT hccraf_setup('setup_twice');
SELECT is(setup_twice.raf_score(md5('1')::uuid, 2026),
	raf_score('{}'::text[], beneficiary(76, 'F'), 'V28', 2026),
	'a changed function is as it was');
SELECT has_function('setup_twice'::name, 'member'::name, 'a dropped one is there again');

CREATE SCHEMA setup_parts;
SELECT hccraf_setup('setup_parts', partitioned => true, partitions => 5);
SELECT results_eq($$ SELECT count(*), min(parts), max(parts) FROM (
		SELECT c.relname, (SELECT count(*) FROM pg_inherits WHERE inhparent = c.oid) AS parts
		FROM pg_class c WHERE c.relnamespace = 'setup_parts'::regnamespace AND c.relkind = 'p') t
	WHERE relname IN ('patient_demographic', 'patient_diagnosis_hcc', 'patient_hcc_score',
		'patient_hcc_model_score', 'patient_hcc_gap') $$,
	'VALUES (5::bigint, 5::bigint, 5::bigint)', 'partitions as many as asked for');
SELECT hccraf_setup('setup_parts', partitioned => true, partitions => 7);
SELECT is((SELECT count(*) FROM pg_inherits
	WHERE inhparent = 'setup_parts.patient_hcc_gap'::regclass),
	5::bigint, 'which stay as many');

----------------------------------------------------------------------
-- What is there already: tables and views, and the types of their identifiers
----------------------------------------------------------------------
CREATE SCHEMA setup_origin;
SELECT hccraf_setup('setup_origin');
CREATE PROCEDURE pg_temp.there(schema text, id text, encounter text, record text, kind text)
LANGUAGE plpgsql AS $$
DECLARE
	place text;
BEGIN
	EXECUTE format('CREATE SCHEMA %I', $1);
	place := CASE kind WHEN 'view' THEN 'setup_of_views' ELSE quote_ident($1) END;
	IF kind = 'view' THEN
		DROP SCHEMA IF EXISTS setup_of_views CASCADE;
		CREATE SCHEMA setup_of_views;
	END IF;
	EXECUTE format('CREATE TABLE %1$s.patient_demographic (LIKE setup_origin.patient_demographic
			INCLUDING DEFAULTS);
		ALTER TABLE %1$s.patient_demographic ALTER patient_id TYPE %2$s USING NULL;
		CREATE TABLE %1$s.patient_diagnosis_hcc (LIKE setup_origin.patient_diagnosis_hcc
			INCLUDING DEFAULTS);
		ALTER TABLE %1$s.patient_diagnosis_hcc ALTER id DROP DEFAULT, ALTER id TYPE %4$s USING NULL,
			ALTER patient_id TYPE %2$s USING NULL, ALTER encounter_id TYPE %3$s USING NULL,
			ALTER linked_encounter_id TYPE %3$s USING NULL', place, id, encounter, record);
	IF kind = 'view' THEN
		EXECUTE format('CREATE VIEW %1$I.patient_demographic
			AS TABLE setup_of_views.patient_demographic;
			CREATE VIEW %1$I.patient_diagnosis_hcc AS TABLE setup_of_views.patient_diagnosis_hcc',
			$1);
	END IF;
END
$$;
-- One patient of each, scored: 4 is of patient and diagnosis alike
CREATE FUNCTION pg_temp.used(schema text, patient text, record text) RETURNS numeric
LANGUAGE plpgsql AS $$
DECLARE
	score numeric;
BEGIN
	EXECUTE format('INSERT INTO %1$I.patient_demographic (patient_id, payment_year, date_of_birth,
		sex)
			VALUES (%2$L, 2026, ''1954-01-01'', ''F'');
		INSERT INTO %1$I.patient_diagnosis_hcc (id, patient_id, icd10_code, diagnosis_date)
			VALUES (%3$L, %2$L, ''E119'', ''2025-03-03'')', $1, $2, $3);
	EXECUTE format('SELECT %I.raf_score(%L, 2026)', $1, $2) INTO score;
	RETURN score;
END
$$;
-- of people, encounters, records: what is there, what it becomes
CREATE TEMPORARY TABLE type_case AS
SELECT *, format('setup_%s_%s', kind, row_number() OVER ()) AS schema
FROM (VALUES ('table', 'uuid', 'uuid', 'uuid', 'uuid'),
	('table', 'bigint', 'bigint', 'bigint', 'bigint'),
	('table', 'integer', 'integer', 'integer', 'integer'),
	('table', 'text', 'text', 'text', 'text'),
	('table', 'varchar', 'varchar', 'varchar', 'text'),
	('table', 'varchar(20)', 'char(9)', 'bigint', 'text'),
	('table', 'bigint', 'text', 'uuid', 'bigint'), ('view', 'uuid', 'bigint', 'text', 'uuid'),
	('view', 'bigint', 'bigint', 'bigint', 'bigint'),
	('view', 'integer', 'text', 'integer', 'integer'),
	('view', 'text', 'uuid', 'text', 'text'), ('view', 'varchar', 'varchar', 'varchar', 'text'))
	v (kind, id, encounter, record, becomes);
SELECT format('CALL pg_temp.there(%L, %L, %L, %L, %L)', schema, id, encounter, record, kind)
	|| CASE WHEN kind = 'view' THEN format('; SELECT hccraf_setup(%1$L);
		SELECT is(pg_temp.used(%1$L, %2$L, %3$L),
		0.561, %4$L); SELECT throws_ok(%5$L, NULL, NULL, %6$L)', schema,
		CASE WHEN id = 'uuid' THEN md5('4') ELSE '4' END,
		CASE WHEN record = 'uuid' THEN md5('4') ELSE '4' END,
		'views of ' || concat_ws(', ', id, encounter, record),
		format('INSERT INTO %I.patient_demographic SELECT NULL', schema),
		'a view keeps what it is of')
	ELSE format('; SELECT hccraf_setup(%1$L); SELECT is(pg_temp.used(%1$L, %2$L, %3$L), '
		'0.561, %4$L)', schema,
		CASE WHEN id = 'uuid' THEN md5('4') ELSE '4' END,
		CASE WHEN record = 'uuid' THEN md5('4') ELSE '4' END,
		'tables of ' || concat_ws(', ', id, encounter, record)) END
FROM type_case \gexec
SELECT is((SELECT format_type(a.atttypid, a.atttypmod) FROM pg_attribute a
		WHERE a.attrelid = format('%I.patient_hcc_score', schema)::regclass
			AND a.attname = 'patient_id'),
	becomes, schema || ': the scores have the type of the people') FROM type_case;
SELECT is((SELECT format_type(a.atttypid, a.atttypmod) FROM pg_attribute a
		WHERE a.attrelid = format('%I.patient_hcc_gap', schema)::regclass
			AND a.attname = 'base_record_id'),
	CASE record WHEN 'varchar' THEN 'text' ELSE record END,
	schema || ': and gaps that of the records')
FROM type_case;
-- The ids that a panel of its own makes
CREATE TEMPORARY TABLE made AS SELECT 'setup_made_' || type AS schema, type
FROM unnest('{uuid,bigint,integer,text}'::text[]) type;
SELECT format('CREATE SCHEMA %I', schema) FROM made \gexec
SELECT hccraf_setup(schema, patient_id_type => type::regtype) FROM made \g /dev/null
SELECT lives_ok(
	format($$ INSERT INTO %I.patient_diagnosis_hcc (patient_id, icd10_code, diagnosis_date)
	SELECT %L, 'E119', '2025-03-03' FROM generate_series(1, 2) $$, schema,
	CASE WHEN type = 'uuid' THEN md5('4') ELSE '4' END),
	'records get their ids: ' || type) FROM made;
SELECT lives_ok($$ SELECT hccraf_setup('setup_made_bigint', 'bigint'),
	hccraf_setup('setup_made_bigint') $$, 'the type may be said again, or not');
SELECT throws_ok($$ SELECT hccraf_setup('setup_made_bigint', 'text') $$, '42804',
	'the patients of schema "setup_made_bigint" have identifiers of type bigint, not text',
	'but no other one');

----------------------------------------------------------------------
-- What is refused, and then nothing is made
----------------------------------------------------------------------
CREATE ROLE setup_owner;
CREATE ROLE setup_other;
CREATE FUNCTION pg_temp.refused(prepare text, state text, message text, called text,
	setup text DEFAULT 'hccraf_setup(''setup_bad'')') RETURNS SETOF text
LANGUAGE plpgsql AS $$
DECLARE
	things bigint;
	context text;
BEGIN
	DROP SCHEMA IF EXISTS setup_bad CASCADE;
	CREATE SCHEMA setup_bad;
	EXECUTE prepare;
	things := (SELECT count(*) FROM pg_temp.panel_of('setup_bad'));
	RETURN NEXT throws_like('SELECT ' || setup, message, called);
	BEGIN
		EXECUTE 'SELECT ' || setup;
	EXCEPTION WHEN OTHERS THEN
		GET STACKED DIAGNOSTICS context = PG_EXCEPTION_CONTEXT;
		RETURN NEXT is(SQLSTATE, state, 'code of it');
		RETURN NEXT is(context, '', 'without the functions that called each other');
		IF SQLERRM ~ 'relation|syntax error|does not exist$' AND message !~ 'does not exist' THEN
			RETURN NEXT fail('a message of the server''s own: ' || SQLERRM);
		END IF;
	END;
	RETURN NEXT is((SELECT count(*) FROM pg_temp.panel_of('setup_bad')), things,
		'and nothing is made');
END
$$;
-- columns
SELECT pg_temp.refused(
	'CREATE TABLE setup_bad.patient_demographic (patient_id uuid, payment_year integer)',
	'42703',
	'setup_bad.patient_demographic is there already and lacks columns: "payment_month" smallint,%',
	'missing columns');
SELECT pg_temp.refused('CREATE TABLE setup_bad.patient_diagnosis_hcc
			(LIKE setup_origin.patient_diagnosis_hcc);
		ALTER TABLE setup_bad.patient_diagnosis_hcc DROP COLUMN claim_type, DROP COLUMN known_at',
	'42703', 'setup_bad.patient_diagnosis_hcc is there already and lacks columns: "claim_type" '
	'text, "known_at" timestamptz',
	'dropped columns');
SELECT pg_temp.refused('CREATE TABLE setup_bad.patient_diagnosis_hcc
			(LIKE setup_origin.patient_diagnosis_hcc);
		ALTER TABLE setup_bad.patient_diagnosis_hcc DROP COLUMN patient_id',
	'42703',
	'setup_bad.patient_diagnosis_hcc is there already and lacks columns: "patient_id" uuid',
	'no patient');
SELECT pg_temp.refused(
	'CREATE VIEW setup_bad.patient_diagnosis_hcc AS SELECT md5(''1'')::uuid AS patient_id',
	'42703', 'setup_bad.patient_diagnosis_hcc is there already and lacks columns: '
	'%"icd10_code" text%', 'a view without');
SELECT pg_temp.refused('CREATE TABLE setup_bad.hcc_run (run_id bigint)', '42703',
	'setup_bad.hcc_run is there already and lacks columns: "kind" text,%',
	'a table that is no table of patients');
-- types
SELECT pg_temp.refused(format('CREATE TABLE setup_bad.patient_demographic
			(LIKE setup_origin.patient_demographic);
		ALTER TABLE setup_bad.patient_demographic ALTER %I TYPE %s USING NULL', c, t), '42804',
	format('setup_bad.patient_demographic is there already with columns of other types: '
		'"%s" is %s and should be %s', c, t, wanted),
	format('%s in place of %s', t, wanted))
FROM (VALUES ('date_of_birth', 'text', 'date'), ('payment_year', 'text', 'integer'),
	('hospice', 'integer', 'boolean'), ('contract_id', 'integer', 'text')) v (c, t, wanted);
SELECT pg_temp.refused('CREATE TABLE setup_bad.patient_diagnosis_hcc
			(LIKE setup_origin.patient_diagnosis_hcc);
		ALTER TABLE setup_bad.patient_diagnosis_hcc ALTER procedure_codes TYPE text', '42804',
	'%"procedure_codes" is text and should be text[]', 'a text that should be an array');
-- identifiers
SELECT pg_temp.refused(format('CREATE TABLE setup_bad.patient_demographic
			(LIKE setup_origin.patient_demographic);
		ALTER TABLE setup_bad.patient_demographic ALTER patient_id TYPE %s USING NULL', t), '42804',
	format('setup_bad.patient_demographic has "patient_id" of type %s, which cannot be that '
		'of an identifier', t),
	'people known by ' || t)
FROM unnest('{numeric,date}'::text[]) t;
SELECT pg_temp.refused('SELECT 1', '42804', t || ' cannot be the type of an identifier',
	'identifiers of type ' || t, format('hccraf_setup(''setup_bad'', %L)', t))
FROM unnest('{numeric,date,jsonb,smallint,"text[]"}'::text[]) t;
SELECT pg_temp.refused('CREATE TABLE setup_bad.patient_demographic
			(LIKE setup_origin.patient_demographic);
		CREATE TABLE setup_bad.patient_diagnosis_hcc (LIKE setup_origin.patient_diagnosis_hcc);
		ALTER TABLE setup_bad.patient_diagnosis_hcc ALTER patient_id TYPE bigint USING NULL',
	'42804',
	'setup_bad.patient_diagnosis_hcc is there already with columns of other types: "patient_id" '
	'is bigint and should be uuid',
	'people of one type and diagnoses of another');
-- kinds
SELECT pg_temp.refused('CREATE MATERIALIZED VIEW setup_bad.patient_demographic '
	'AS TABLE setup_origin.patient_demographic',
	'42809', 'setup_bad.patient_demographic is there already and is neither a table nor a view',
	'a materialized view');
SELECT pg_temp.refused('CREATE SEQUENCE setup_bad.hcc_run', '42809',
	'setup_bad.hcc_run is there already and is neither a table nor a view', 'a sequence');
CREATE EXTENSION IF NOT EXISTS file_fdw;
CREATE SERVER setup_server FOREIGN DATA WRAPPER file_fdw;
SELECT pg_temp.refused('CREATE FOREIGN TABLE setup_bad.patient_demographic (patient_id uuid)
		SERVER setup_server OPTIONS (filename ''/dev/null'')',
	'42809', 'setup_bad.patient_demographic is there already and is neither a table nor a view',
	'a foreign table');
SELECT pg_temp.refused('CREATE TABLE setup_bad.patient_diagnosis_hcc_known (x integer)', '42P07',
	'setup_bad.patient_diagnosis_hcc_known is there already and is no index '
	'on setup_bad.patient_diagnosis_hcc',
	'the name of an index');
-- others' things
SELECT pg_temp.refused('CREATE TABLE setup_bad.patient_demographic
			(LIKE setup_origin.patient_demographic);
		ALTER TABLE setup_bad.patient_demographic OWNER TO setup_other', '42501',
	'must be owner of setup_bad.patient_demographic', 'a table of somebody else');
SELECT pg_temp.refused('CREATE FUNCTION setup_bad.f() RETURNS trigger LANGUAGE plpgsql
	AS ''BEGIN RETURN NEW; END'';
		ALTER FUNCTION setup_bad.f() OWNER TO setup_other;
		CREATE TABLE setup_bad.hcc_run (LIKE setup_origin.hcc_run);
		CREATE TRIGGER t BEFORE INSERT ON setup_bad.hcc_run
		FOR EACH ROW EXECUTE FUNCTION setup_bad.f()',
	'42501',
	'setup_bad.hcc_run is there already and has trigger "t" of role "setup_other"',
	'a trigger of somebody else');
SELECT pg_temp.refused('CREATE TABLE setup_bad.patient_hcc_score
			(LIKE setup_origin.patient_hcc_score);
		CREATE RULE r AS ON INSERT TO setup_bad.patient_hcc_score DO INSTEAD NOTHING', '55000',
	'setup_bad.patient_hcc_score is there already and has rule "r"', 'a rule');
SELECT pg_temp.refused(format('CREATE FUNCTION setup_bad.%s(%s) RETURNS integer LANGUAGE sql
	AS ''SELECT 1'';
		ALTER FUNCTION setup_bad.%1$s(%2$s) OWNER TO setup_other', f, a), '42501',
	format('setup_bad.%s(%s) is there already and belongs to role "setup_other"', f, a),
	'a planted function: ' || f)
FROM (VALUES ('person', 'integer'), ('hcc_run_publish', 'text,text'),
	('score_population', 'bigint')) v (f, a);
-- an own function that setup has not made is not setup's to replace
SELECT pg_temp.refused('CREATE FUNCTION setup_bad.person(integer, timestamptz, uuid[])
	RETURNS integer
		LANGUAGE sql AS ''SELECT 1''', '42723',
	'setup_bad.person(integer,timestamp with time zone,uuid[]) is there already '
	'and is not the panel''s',
	'an own function of such a name');
SELECT pg_temp.refused('CREATE TYPE setup_bad.hcc_run AS ENUM (''a'')', '42710',
	'a type setup_bad.hcc_run is there already',
	'a type of a table''s name');
SELECT pg_temp.refused('CREATE TYPE setup_bad.patient_payment_score AS ENUM (''a'')', '42710',
	'a type setup_bad.patient_payment_score is there already', 'one of a view''s');
SELECT pg_temp.refused(prepare, state, message, called,
	'hccraf_setup(''setup_bad'', partitioned => true, partitions => 3)')
FROM (VALUES ('CREATE TABLE setup_bad.patient_hcc_score_p1 (x integer)', '42P07',
		'setup_bad.patient_hcc_score_p1 is there already and is no partition of '
		'setup_bad.patient_hcc_score', 'a table of a partition''s name'),
	('CREATE TYPE setup_bad.patient_hcc_gap_p2 AS ENUM (''a'')', '42710',
		'a type setup_bad.patient_hcc_gap_p2 is there already', 'a type of a partition''s name'))
	v (prepare, state, message, called);
-- Own functions with the name of one of the panel's are welcome, unless the panel would call them:
-- one that takes what a call has, and one that fits it as well.
SELECT pg_temp.refused(format('CREATE FUNCTION setup_bad.%s LANGUAGE plpgsql AS ''BEGIN END''', f),
	'42723', message, 'an own function: ' || f)
FROM (VALUES ('member(integer, timestamptz, text, text) RETURNS SETOF setup_twice.hcc_run',
		'setup_bad.member(integer,timestamp with time zone,text,text) is there already%'),
	('hcc_key_problem(uuid, integer, boolean DEFAULT false) RETURNS text',
		'setup_bad.hcc_key_problem(uuid,integer,boolean) is there already and is not the panel''s'))
	v (f, message);
SELECT pg_temp.refused(format('CREATE FUNCTION setup_bad.diagnosis(integer, text, timestamptz, text,
		text, date, uuid[] DEFAULT NULL) RETURNS %s LANGUAGE plpgsql AS ''BEGIN END''',
		pg_get_function_result('setup_twice.diagnosis'::regproc)), '42723',
	'setup_bad.diagnosis(integer,text,timestamp with time zone,text,text,date,uuid[]) is there %',
	'an own function that takes a literal as another type');
DROP SCHEMA setup_bad CASCADE;
CREATE SCHEMA setup_bad;
CREATE FUNCTION setup_bad.person(text) RETURNS text LANGUAGE sql AS 'SELECT $1';
SELECT is(hccraf_setup('setup_bad'), 'setup_bad', 'one that no call fits may stay');
SELECT pg_temp.refused('CREATE VIEW setup_bad.patient_payment_score AS SELECT 1 AS x', '42P07',
	'setup_bad.patient_payment_score is there already and is not the view of a panel',
	'a view of the view''s name');
-- people as files have them
CREATE SCHEMA setup_people;
CREATE TABLE setup_people.patient_demographic (
	LIKE setup_twice.patient_demographic INCLUDING DEFAULTS);
ALTER TABLE setup_people.patient_demographic ALTER orec DROP DEFAULT,
	ALTER orec TYPE integer USING orec::integer,
	ALTER sex TYPE integer USING sex::integer;
SELECT is(hccraf_setup('setup_people'), 'setup_people', 'numbers for orec and sex');
INSERT INTO setup_people.patient_demographic (patient_id, payment_year, date_of_birth, sex, orec)
SELECT md5(sex || ' ' || orec)::uuid, 2026, '1980-01-01', sex, orec
FROM generate_series(1, 2) sex, generate_series(0, 3) orec;
SELECT set_eq('SELECT who::text FROM setup_people.person(2026)',
	$$ SELECT beneficiary(46, sex, orec)::text
		FROM unnest('{M,F}'::text[]) sex, unnest('{0,1,2,3}'::text[]) orec $$, 'are read as such');
INSERT INTO setup_twice.patient_demographic (patient_id, payment_year, date_of_birth, sex)
SELECT md5(sex)::uuid, 2026, '1950-01-01', sex
FROM unnest('{F,f,female,Female,2," F "}'::text[]) sex;
SELECT is((SELECT array_agg(DISTINCT who::text) FROM setup_twice.person(2026)), '{"age=76,sex=F"}',
	'sex as beneficiary() takes it');
SELECT throws_ok(
	$$ INSERT INTO setup_twice.patient_demographic (patient_id, payment_year, date_of_birth, sex)
	VALUES (md5('x')::uuid, 2026, '1950-01-01', 'fem') $$, '23514', NULL, 'and nothing else');
DELETE FROM setup_twice.patient_demographic;
-- schemas
SELECT pg_temp.refused('SELECT 1', state, message, called, format('hccraf_setup(%L)', schema))
FROM (VALUES ('no such', '3F000', 'schema "no such" does not exist', 'no such schema'),
	('', '3F000', 'schema "" does not exist', 'no name'),
	('SETUP_BAD', '3F000', 'schema "SETUP_BAD" does not exist', 'names have their capitals'),
	('pg_catalog', '42939', 'schema "pg_catalog" is not for tables of yours', 'the catalog'),
	('pg_toast', '42939', 'schema "pg_toast" is not for tables of yours',
		'another of the server''s'),
	('information_schema', '42939', 'schema "information_schema" is not for tables of yours',
		'and another'))
	v (schema, state, message, called);
SELECT pg_temp.refused(format('DROP SCHEMA IF EXISTS %1$I CASCADE; CREATE SCHEMA %1$I', schema),
	'42602',
	format('schema "%s" cannot be a panel: its name has an at sign or $panel$ in it', schema),
	schema, format('hccraf_setup(%L)', schema))
FROM unnest('{a@b,"x$panel$y",@panel@,@}'::text[]) schema;
SELECT is((SELECT count(*) FROM pg_temp.panel_of(schema)), 0::bigint,
	'and nothing is in ' || schema)
FROM unnest('{a@b,"x$panel$y",@panel@,@}'::text[]) schema;
SELECT pg_temp.refused('SELECT 1', '22023', 'invalid value for argument "partitions": ' || said,
	'partitions: ' || said,
	format('hccraf_setup(''setup_bad'', partitioned => %s, partitions => %s)', p, n))
FROM (VALUES ('true', 'NULL', 'NULL'), ('true', '0', '0'), ('true', '-1', '-1'),
	('true', '1025', '1025'),
	('true', '2147483647', '2147483647'), ('false', '0', '0'), ('NULL', '16', '16')) v (p, n, said);

----------------------------------------------------------------------
-- Hostile names: everything runs in each as in a plain one
----------------------------------------------------------------------
CREATE TEMPORARY TABLE hostile AS
SELECT 'setup_h' || row_number() OVER () AS key, *
FROM (VALUES (name 'setup_plain'), ('Setup "Quoted"'),
	('setup''s'), ('$$setup$$'), ('setup$body$'), ('setup\''\\'), ('%I%s%%setup'),
	('setup blank  s '), ('SETUP'),
	('Überschuß ☃ setup'), ('setup.patient_demographic'), ('setup";--'), ('setup/*'),
	(E'setup\n\ttab'),
	('select'), ('setup{,"}'), (repeat('s', 63)::name)) v (name);
SELECT format('CREATE SCHEMA %I', name) FROM hostile \gexec
SELECT is(hccraf_setup(name), name, 'a panel in ' || name) FROM hostile;
SELECT format('INSERT INTO %1$I.patient_demographic (patient_id, payment_year, date_of_birth, sex,
	provider_npi)
		SELECT md5(p::text)::uuid, y, ''1950-01-01'', ''F'', ''N1'' FROM generate_series(1, 3) p,
		generate_series(2025, 2026) y;
	INSERT INTO %1$I.patient_diagnosis_hcc (patient_id, icd10_code, diagnosis_date)
		SELECT md5(p::text)::uuid, c, (y || ''-03-03'')::date
		FROM generate_series(1, 3) p, unnest(''{E1122,I509,J449,F32A}''::text[]) c,
		generate_series(2024, 2025) y
		WHERE y = 2024 OR p > 1', name)
FROM hostile \gexec
-- each by itself: they commit
SELECT format('CALL %I.score_population(2026)', name), format('CALL %I.refresh_scores(2026)', name),
	format('CALL %I.annotate_diagnoses(2026)', name), format('CALL %I.refresh_gaps(2025)', name),
	format('CALL %I.refresh_worklist(2025)', name) FROM hostile \gexec
CREATE TEMPORARY TABLE hostile_result (key text, result text);
SELECT format('INSERT INTO hostile_result SELECT %2$L, string_agg(r::text, E''\n'' ORDER BY r::text)
	FROM (
		SELECT ''score'', patient_id::text, raf_score::text FROM %1$I.patient_hcc_score
		UNION ALL SELECT ''one'', p::text, %1$I.raf_score(md5(p::text)::uuid, 2026)::text
		FROM generate_series(1, 3) p
		UNION ALL SELECT ''run'', status, scores_added::text FROM %1$I.hcc_run
		UNION ALL SELECT ''verdict'', icd10_code, string_agg(DISTINCT verdict, '' '')
		FROM %1$I.patient_diagnosis_hcc GROUP BY 2
		UNION ALL SELECT ''gap'', patient_id::text, hcc_code || status
		FROM %1$I.recapture_gap_value(2025)
		UNION ALL SELECT ''of one'', hcc_code, status FROM %1$I.patient_gap(md5(''1'')::uuid, 2025)
		UNION ALL SELECT ''rate'', provider_npi, rate::text FROM %1$I.unspecified_rate(2025)
		UNION ALL SELECT ''work'', patient_id::text, item_kind FROM %1$I.worklist(2025)) r', name,
	key)
FROM hostile \gexec
SELECT cmp_ok((SELECT count(*) FROM hostile_result WHERE length(result) > 500), '=',
	(SELECT count(*) FROM hostile), 'there are results');
SELECT is((SELECT result FROM hostile_result WHERE key = h.key),
	(SELECT result FROM hostile_result WHERE key = 'setup_h1'), 'the same in ' || h.name)
FROM hostile h;
-- The version that a panel checks itself by is said with its name
SELECT throws_ok(format('SELECT hcc_refuse_panel(%L, ''0'')', name), '55000',
	format('panel "%s" was made by version 0 of hccraf, and this is %s', name,
		(SELECT extversion FROM pg_extension WHERE extname = 'hccraf')), 'an older panel ' || name)
FROM hostile WHERE key IN ('setup_h2', 'setup_h6', 'setup_h7');

SELECT format('DROP SCHEMA %I CASCADE', nspname) FROM pg_namespace
WHERE nspname LIKE 'setup\_%' OR nspname IN ('a@b', 'x$panel$y', '@panel@', '@')
	OR nspname IN (SELECT name FROM hostile) \gexec
DROP SERVER setup_server;
DROP ROLE setup_reader, setup_owner, setup_other;
SELECT * FROM finish();
