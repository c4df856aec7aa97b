-- forget_patient: a person is in no table of the panel any more, and nobody else is touched
BEGIN;
CREATE EXTENSION IF NOT EXISTS hccraf;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT plan(15);
CREATE SCHEMA erasure;
SELECT hccraf_setup('erasure', 'text');
SELECT erasure.track_changes();

-- The same of Ann and of Bob in every table that has a patient, from its own columns
CREATE FUNCTION pg_temp.fill(patient text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	t record;
BEGIN
	FOR t IN
		SELECT c.oid::regclass AS name,
			string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) AS columns,
			string_agg(CASE WHEN a.attname = 'patient_id' THEN quote_literal(patient)
				WHEN a.attname
				IN ('id', 'linked_encounter_id', 'value', 'claim_key', 'contract_id', 'delivery')
				AND a.atttypid = 'text'::regtype THEN quote_literal(patient || ' record')
				WHEN a.attname = 'sex' THEN $v$'F'$v$ WHEN a.attname = 'kind' THEN $v$'gap'$v$
				WHEN a.attname = 'gap_source' THEN $v$'historic'$v$
				WHEN a.attname = 'status' THEN $v$'open'$v$
				WHEN a.attname = 'finding' THEN $v$'missed'$v$
				WHEN a.attname = 'payment_month' AND a.atttypid <> 'date'::regtype THEN '0'
				WHEN a.atttypid = 'bigint'::regtype AND a.attname = 'id' THEN '1'
				WHEN a.atttypid::regtype IN ('integer', 'smallint', 'bigint', 'numeric') THEN '2026'
				WHEN a.atttypid = 'text'::regtype THEN $v$'x'$v$
				WHEN a.atttypid = 'boolean'::regtype THEN 'true'
				WHEN a.atttypid = 'uuid'::regtype THEN 'gen_random_uuid()'
				WHEN a.atttypid::regtype IN ('date', 'timestamptz') THEN $v$'2026-01-01'$v$
				ELSE $v$'{}'$v$ END, ', ' ORDER BY a.attnum) AS "values"
		FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
			AND NOT a.attisdropped
		WHERE c.relnamespace = 'erasure'::regnamespace AND c.relkind = 'r'
			AND (a.attnotnull AND NOT a.atthasdef AND a.attidentity = ''
				OR a.attname IN ('patient_id', 'id') AND a.attidentity = '')
			AND EXISTS (SELECT FROM pg_attribute p
				WHERE p.attrelid = c.oid AND p.attname = 'patient_id')
		GROUP BY c.oid
	LOOP
		EXECUTE format('INSERT INTO %s (%s) VALUES (%s)', t.name, t.columns, t.values);
	END LOOP;
END
$$;
SELECT pg_temp.fill('Ann'), pg_temp.fill('Bob');

-- Every row of every table of the panel, as text
CREATE FUNCTION pg_temp.everything() RETURNS TABLE (relation text, content text)
	LANGUAGE plpgsql AS $$
BEGIN
	FOR relation IN SELECT c.relname FROM pg_class c
		WHERE c.relnamespace = 'erasure'::regnamespace AND c.relkind = 'r' LOOP
		RETURN QUERY EXECUTE format('SELECT %L, t::text FROM erasure.%I t', relation, relation);
	END LOOP;
END
$$;
CREATE TEMP TABLE before AS SELECT * FROM pg_temp.everything();
SELECT cmp_ok(count(DISTINCT relation) FILTER (WHERE content ~ 'Ann'), '>=', 14::bigint,
	'Ann is in every table that has patients') FROM before;
SELECT is(count(DISTINCT relation) FILTER (WHERE content ~ 'Ann'),
	count(DISTINCT relation) FILTER (WHERE content ~ 'Bob'), 'and Bob') FROM before;
SELECT is((SELECT count(DISTINCT relation) FROM before WHERE content ~ 'Ann'),
	(SELECT count(*) FROM pg_attribute a JOIN pg_class c ON c.oid = attrelid AND relkind = 'r'
		WHERE relnamespace = 'erasure'::regnamespace AND attname = 'patient_id'),
	'none is left out');

CREATE TEMP TABLE erased AS SELECT * FROM erasure.forget_patient('Ann');
SELECT is_empty($$ SELECT * FROM pg_temp.everything() WHERE content ~ 'Ann' $$,
	'nothing of Ann is left');
SELECT results_eq($$ SELECT relation COLLATE "C", content COLLATE "C" FROM before
	WHERE content !~ 'Ann' ORDER BY 1, 2 $$,
	$$ SELECT relation COLLATE "C", content COLLATE "C" FROM pg_temp.everything() ORDER BY 1, 2 $$,
	'all else is as it was');
-- the notes of her own changes are hers, and those that her erasure has made
SELECT results_eq($$ SELECT "table"::text COLLATE "C", rows FROM erased
	WHERE "table" <> 'patient_hcc_change' ORDER BY 1 $$,
	$$ SELECT relation COLLATE "C", count(*) FROM before
		WHERE content ~ 'Ann' AND relation <> 'patient_hcc_change' GROUP BY 1 ORDER BY 1 $$,
	'it says how many rows of which table');
SELECT cmp_ok(rows, '>=', 1::bigint, 'notes of changes among them') FROM erased
WHERE "table" = 'patient_hcc_change';
SELECT is(sum(rows), 0::numeric, 'a second time there is nothing')
FROM erasure.forget_patient('Ann');
SELECT is(sum(rows), 0::numeric, 'nor of somebody unknown')
FROM erasure.forget_patient($$'; DROP TABLE erasure.hcc_run; --$$);
SELECT throws_ok('SELECT * FROM erasure.forget_patient(NULL)', '22004',
	'argument "patient_id" must not be NULL', 'NULL');

-- Partitioned, and where a table is a view
CREATE SCHEMA erasure_parts;
SELECT hccraf_setup('erasure_parts', partitioned => true, partitions => 2);
INSERT INTO erasure_parts.patient_demographic (patient_id, payment_year, date_of_birth, sex)
SELECT md5(p)::uuid, 2026, '1950-01-01', 'F' FROM unnest('{Ann,Bob}'::text[]) p;
SELECT is(rows, 1::bigint, 'from a partition') FROM erasure_parts.forget_patient(md5('Ann')::uuid)
WHERE "table" = 'patient_demographic';
SELECT results_eq('SELECT patient_id FROM erasure_parts.patient_demographic',
	$$ VALUES (md5('Bob')::uuid) $$, 'and nobody else');
CREATE SCHEMA erasure_views;
CREATE VIEW erasure_views.patient_demographic AS SELECT DISTINCT *
FROM erasure_parts.patient_demographic;
SELECT hccraf_setup('erasure_views');
INSERT INTO erasure_views.patient_diagnosis_hcc (patient_id, icd10_code, diagnosis_date) VALUES
	(md5('Bob')::uuid, 'E119', '2025-01-01');
CREATE TEMP TABLE erased_view AS SELECT * FROM erasure_views.forget_patient(md5('Bob')::uuid);
SELECT is(rows, NULL, 'what a view shows cannot be erased, which does not look like nothing')
FROM erased_view WHERE "table" = 'patient_demographic';
SELECT is(rows, 1::bigint, 'all else is') FROM erased_view WHERE "table" = 'patient_diagnosis_hcc';
SELECT is_empty('SELECT FROM erasure_views.patient_diagnosis_hcc', 'is gone');
SELECT * FROM finish();
ROLLBACK;
