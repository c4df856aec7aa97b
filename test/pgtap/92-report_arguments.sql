-- What nobody means, asked of the reports: every argument of every public function
-- of these files with every value of its type that is none, all others as they
-- should be. An answer is fine, and so is an error that was meant. An error in the
-- server's own words is not, nor one that tells anything of a patient.
BEGIN;
CREATE EXTENSION IF NOT EXISTS hccraf;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT * FROM no_plan();
SET LOCAL client_min_messages = warning;

CREATE SCHEMA asked;
SELECT hccraf_setup('asked');
SET LOCAL search_path = asked, public;

-- Which functions: add the topic of a file, and good values of its arguments below.
-- general: what is expected of an argument by its name holds for its functions.
CREATE TEMPORARY TABLE topic (topic text PRIMARY KEY, general boolean NOT NULL);
INSERT INTO topic VALUES ('impact', true), ('member', true), ('opportunity', true),
	('two_way', true), ('provider', true), ('worklist', true), ('people', false),
	('diagnoses', false), ('scores', false), ('gaps', false), ('recapture', false),
	('page_panel', false), ('page_patient', false), ('page_provider', false);

----------------------------------------------------------------------
-- A population in which every one of them finds something
----------------------------------------------------------------------
CREATE FUNCTION pg_temp.patient(n integer) RETURNS uuid RETURN md5('patient ' || n)::uuid;
INSERT INTO patient_demographic (patient_id, payment_year, date_of_birth, sex, contract_id,
	provider_npi, known_at)
SELECT pg_temp.patient(n), y, '1951-07-13', 'F', 'H1', 'P' || n % 2, '2020-01-01'
FROM generate_series(1, 8) n, generate_series(2025, 2027) y;
INSERT INTO patient_diagnosis_hcc (patient_id, icd10_code, diagnosis_date, provider_npi,
	procedure_codes, known_at)
SELECT pg_temp.patient(n), c, d::date, 'P1', p::text[], '2020-01-01'
FROM (VALUES (1, '{E11.22,I50.9,F33.9}', '2025-03-17', '{G0438}'),
		(1, '{E11.9}', '2026-03-18', NULL), (2, '{J44.9,E11.9}', '2025-04-19', NULL),
		(3, '{C50.911,I50.9}', '2024-05-21', '{99213}'),
		(3, '{F33.9}', '2026-05-22', NULL), (3, '{F33.1}', '2025-05-22', NULL),
		(4, '{I21.01,E11.22}', '2026-06-23', NULL), (5, '{N18.4,I50.9}', '2025-07-27', NULL))
		v (n, codes, d, p)
	CROSS JOIN LATERAL unnest(codes::text[]) c;
INSERT INTO patient_hcc_score (patient_id, payment_year, data_collection_year, program, component,
	model_version, calibration, segment, hcc_list, demographic_score, disease_score,
	interaction_score, raw_score, raf_score, icd10_codes, beneficiary, calculated_at, run_id)
SELECT p.patient_id, p.payment_year, p.payment_year - 1, 'MA', e.component, e.model_version,
	e.calibration, e.segment, e.hcc_list, e.demographic_score, e.disease_score,
	e.interaction_score, e.raw_score, e.payment_score, d.codes::text[], w.who::text, '2026-01-01', 1
FROM patient_demographic p
	CROSS JOIN LATERAL (
		SELECT beneficiary(payment_year_age(p.date_of_birth, p.payment_year), p.sex) AS who) w
	CROSS JOIN LATERAL (SELECT COALESCE(icd10_agg(d.icd10_code), '{}') AS codes
		FROM patient_diagnosis_hcc d WHERE d.patient_id = p.patient_id
			AND extract(year FROM d.diagnosis_date) = p.payment_year - 1) d
	CROSS JOIN LATERAL raf_payment_explain(d.codes, w.who, p.payment_year) e
WHERE e.is_leading;
INSERT INTO hcc_run (run_id, kind, payment_year, program, parameters, status, stage)
VALUES (1, 'full', 2026, 'MA', '{}', 'done', 'done');
CALL refresh_gaps(2026);
CALL refresh_worklist(2026);
CREATE TABLE asked.visit AS
SELECT pg_temp.patient(n) AS patient_id, '2026-12-05 10:00'::timestamp AS appointment_at,
	'P1'::text AS provider_npi, 'cardiology'::text AS specialty FROM generate_series(1, 8) n;
CREATE TABLE asked.visit_of_other_types (patient_id text, appointment_at text, provider_npi text,
	specialty text);
SELECT sample_id AS sample FROM audit_sample(5, 2026, 'seed') LIMIT 1 \gset

----------------------------------------------------------------------
-- Good values, by the name of the argument; of those that are not here, NULL
----------------------------------------------------------------------
CREATE TEMPORARY TABLE good (argument text, "of" text, value text);
INSERT INTO good VALUES ('payment_year', NULL, '2026'), ('collection_year', NULL, '2026'),
	('old_model', NULL, 'V24'), ('new_model', NULL, 'V28'), ('model', NULL, 'V28'),
	('program', NULL, 'MA'), ('without_list', NULL, 'error'), ('policy', NULL, 'conservative'),
	('policy', 'specificity', 'default'), ('policy', 'specificity_value', 'default'),
	('look_back', NULL, '1'), ('months', NULL, '11'), ('at_least', NULL, 'potential'),
	('min_patients', NULL, '1'), ('threshold', NULL, '0'), ('target', NULL, '0.95'),
	('sample_size', NULL, '5'), ('sample', NULL, :'sample'), ('document_quality', NULL, 'true'),
	('overdue_only', NULL, 'false'), ('patient_id', NULL, pg_temp.patient(1)::text),
	('appointments', NULL, 'asked.visit'), ('specialties', NULL, 'asked.visit'),
	('first_day', NULL, '2026-12-01'), ('last_day', NULL, '2026-12-31'),
	('first_day', 'diagnosis', '2025-01-01'), ('last_day', 'diagnosis', '2025-12-31'),
	('years', NULL, '2'), ('denominator', NULL, 'enrolled_now'), ('hcc_code', NULL, '38'),
	('place', NULL, '1'), ('icd10_code', NULL, 'Z99.89'), ('finding', NULL, 'missed'),
	('event', NULL, 'deferred'), ('occurred_at', 'gap_event', '2026-06-30'),
	('npi', NULL, 'P1'), ('again', NULL, 'false'),
	('as_of', 'late_window', '2027-01-05'), ('payment_year', 'deadline_board', '2027'),
	('state', 'work_item_event', 'assigned'), ('actor', NULL, 'A'), ('from_run', NULL, '0');
INSERT INTO good SELECT 'item', NULL, i.item_id::text FROM patient_work_item i
WHERE i.kind = 'gap' AND i.state = 'new' LIMIT 1;

CREATE TEMPORARY TABLE argument AS
SELECT p.oid, p.proname AS "of", t.general, p.prokind = 'p' AS is_procedure, a.n,
	a.name AS argument, a.type, COALESCE(g.value, f.value) AS good
FROM hcc_panel_source s JOIN topic t ON t.topic = s.topic
	JOIN pg_proc p ON p.pronamespace = 'asked'::regnamespace AND p.proname = s.name
	CROSS JOIN LATERAL unnest(p.proargtypes::regtype[], p.proargnames[:p.pronargs])
		WITH ORDINALITY a (type, name, n)
	LEFT JOIN good f ON f.argument = a.name AND f.of IS NULL
	LEFT JOIN good g ON g.argument = a.name AND g.of = p.proname
-- what begins so is called by others, who have checked; one report is named so
WHERE s.kind = 'routine' AND (p.proname !~ '^hcc_' OR p.proname = 'hcc_outlier');

CREATE FUNCTION pg_temp.statement("of" oid, argument text, value text) RETURNS text
LANGUAGE sql AS $$
	SELECT format(CASE WHEN bool_and(a.is_procedure) THEN 'CALL asked.%I(%s)'
			-- all columns, or none would be made
			ELSE 'SELECT count(t) FROM asked.%I(%s) t' END, min(a.of), string_agg(
		format('%I => %L::%s', a.argument, CASE WHEN a.argument = $2 THEN $3 ELSE a.good END,
			a.type), ', ' ORDER BY a.n))
	FROM argument a WHERE a.oid = $1
$$;
-- The answer, or the error; what was done is undone.
CREATE FUNCTION pg_temp.answer(statement text, OUT state text, OUT n bigint, OUT said text,
	OUT context text)
LANGUAGE plpgsql AS $$
DECLARE
	message text;
	detail text;
	hint text;
BEGIN
	IF statement LIKE 'CALL%' THEN
		EXECUTE statement;
	ELSE
		EXECUTE statement INTO n;
	END IF;
	RAISE EXCEPTION USING ERRCODE = 'ZZ001';
EXCEPTION WHEN SQLSTATE 'ZZ001' THEN
	state := 'OK';
WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL,
		hint = PG_EXCEPTION_HINT, context = PG_EXCEPTION_CONTEXT;
	state := SQLSTATE;
	-- the statement asked is that of the test
	context := replace(context, statement, '');
	said := concat_ws(E'\n', message, detail, hint, context);
END
$$;

SELECT is((SELECT string_agg(format('%s %s', s, a.said), E'\n')
	FROM (SELECT DISTINCT oid, "of" FROM argument) f
		CROSS JOIN LATERAL pg_temp.statement(f.oid, NULL, NULL) s
		CROSS JOIN LATERAL pg_temp.answer(s) a
	-- in the last window is only what came late
	WHERE a.state <> 'OK' OR a.n = 0 AND f.of <> 'late_window'), NULL,
	'with good values each finds something');

----------------------------------------------------------------------
-- Every value that nobody means, of every type
----------------------------------------------------------------------
CREATE TEMPORARY TABLE hostile (type regtype, value text);
INSERT INTO hostile
SELECT t, v FROM unnest('{integer,bigint,numeric}'::regtype[]) t,
	unnest('{NULL,0,-1,1,1999,3000,2147483647,-2147483648}'::text[]) v
UNION ALL VALUES ('bigint'::regtype, '9223372036854775807'), ('bigint', '-9223372036854775808'),
	('numeric', 'NaN'), ('numeric', 'Infinity'), ('numeric', '-Infinity'), ('numeric', '-0.001'),
	('numeric', '1e400'), ('numeric', '1e-400'),
	('boolean', NULL), ('boolean', 'true'), ('boolean', 'false')
UNION ALL SELECT 'text', v FROM unnest(ARRAY[NULL, '', ' ', '$panel$', '''', '"\', '%1$s %I %L',
	'{"a",{}}', '''; DROP TABLE asked.visit; --', 'v28', 'V28 ', 'ma', E'É日本\n',
	repeat('é', 3000)]) v
UNION ALL SELECT 'text[]', v FROM unnest(ARRAY[NULL, '{}', '{NULL}', '{"",''}', '{{a,b},{c,d}}',
	'{nobody}', '[5:6]={once_only,invalid}']) v
UNION ALL SELECT 'uuid[]', v FROM unnest(ARRAY[NULL, '{}', '{NULL}',
	'{00000000-0000-0000-0000-000000000000}']) v
UNION ALL SELECT 'uuid', v FROM unnest(ARRAY[NULL, '00000000-0000-0000-0000-000000000000',
	'ffffffff-ffff-ffff-ffff-ffffffffffff']) v
UNION ALL SELECT t, v FROM unnest('{date,timestamptz}'::regtype[]) t, unnest(ARRAY[NULL,
	'infinity', '-infinity', '4713-01-02 BC', '0001-01-01', '9999-12-31', '294276-12-30']) v
UNION ALL VALUES ('date'::regtype, '5874897-12-31'), ('regclass', NULL),
	('regclass', 'pg_class'), ('regclass', '1'), ('regclass', 'asked.visit_of_other_types'),
	('regclass', 'asked.hcc_run_run_id_seq'), ('regclass', 'asked.patient_hcc_score_hcc'),
	('regclass', 'asked.hcc_gap_run');
UPDATE hostile SET value = NULL WHERE value = 'NULL';

CREATE TEMPORARY TABLE answer AS
SELECT a.of, a.argument, a.type, h.value, s.statement, r.*
FROM argument a JOIN hostile h ON h.type = a.type
	CROSS JOIN LATERAL pg_temp.statement(a.oid, a.argument, h.value) s (statement)
	CROSS JOIN LATERAL pg_temp.answer(s.statement) r;

SELECT is((SELECT string_agg(DISTINCT format('%s => %L: %s %s', a.argument, left(a.value, 50),
		a.state, left(a.said, 300)), E'\n') FROM answer a
	WHERE a.of = f.of AND NOT (a.state IN ('OK', '22004', '22023', '42704', '55000', 'P0002')
		-- a table without the columns, with others, or that is none
		OR a.type = 'regclass'::regtype AND a.state IN ('42703', '42804', '42809')
		-- of days that are given, the encounter filter refuses the year
		OR a.of = 'diagnosis' AND a.argument = 'payment_year' AND a.state = '22003'
			AND a.said ~ 'It takes a year from')), NULL,
	f.of || ' answers, or refuses on purpose')
FROM (SELECT DISTINCT "of" FROM argument) f ORDER BY f.of;
SELECT is((SELECT string_agg(format('%s %s', a.of, a.type), ', ') FROM argument a
	WHERE NOT EXISTS (SELECT FROM hostile h WHERE h.type = a.type)), NULL,
	'there are such values of every type');

SELECT is((SELECT string_agg(DISTINCT format('%s(%s => %L): %s', a.of, a.argument,
		left(a.value, 50), a.said), E'\n') FROM answer a
	WHERE a.context <> ''), NULL, 'no refusal shows which functions called each other');

-- A name in another case, or with blanks: its right spelling is told
SELECT is((SELECT string_agg(format('%s(%s => %L): %s', a.of, a.argument, a.value, a.said), E'\n')
	FROM answer a
	WHERE (a.argument ~ '^(model|old_model|new_model)$' AND a.value IN ('v28', 'V28 ')
			OR a.argument = 'program' AND a.value = 'ma')
		AND a.said !~ 'Write it as it is there: (V28|MA)\.'), NULL, 'the right spelling is told');

-- Text that names nobody is plainly the name of nobody
SELECT is((SELECT string_agg(format('%s(%s => %L): %s %s', a.of, a.argument, left(a.value, 50),
		a.state, a.n), E'\n') FROM answer a
	WHERE a.argument IN ('contract', 'provider', 'owner', 'route')
		AND a.of NOT IN ('work_item_event', 'gap_event', 'deadline_board',
			'recapture_rate_month')
		-- a page of nobody is a page
		AND a.of !~ '_summary$|_page$' AND a.value <> ''
		AND (a.state <> 'OK' OR a.n > 0)), NULL, 'other text in a name finds no rows');
SELECT is((SELECT string_agg(format('%s(%s => %L): %s', a.of, a.argument, left(a.value, 50),
		a.state), E'\n') FROM answer a
	WHERE (a.of, a.argument) IN (('work_item_event', 'actor'), ('work_item_event', 'reason'),
			('work_item_event', 'owner'), ('work_item_event', 'channel'), ('audit_sample', 'seed'),
			('gap_event', 'actor'), ('gap_event', 'reason'), ('gap_event', 'contract'))
		AND NOT (a.argument = 'actor' AND trim(COALESCE(a.value, '')) = '')
		AND a.state <> 'OK'), NULL,
	'and what is to be written down is taken as it is');

-- What is known of the patients is in no message
SELECT is((SELECT string_agg(format('%s tells %s: %s', a.statement, k.what, a.said), E'\n')
	FROM answer a JOIN (
		SELECT p.patient_id::text AS what FROM patient_demographic p
		UNION SELECT p.date_of_birth::text FROM patient_demographic p
		UNION SELECT d.id::text FROM patient_diagnosis_hcc d
		UNION SELECT d.icd10_code FROM patient_diagnosis_hcc d
		UNION SELECT replace(d.icd10_code, '.', '') FROM patient_diagnosis_hcc d
		UNION SELECT d.diagnosis_date::text FROM patient_diagnosis_hcc d
		UNION SELECT i.item_id::text FROM patient_work_item i) k ON strpos(a.said, k.what) > 0),
	NULL, 'no message tells anything of a patient');
SELECT is((SELECT string_agg(DISTINCT format('%s: %s', a.statement, a.said), E'\n') FROM answer a
	WHERE a.state IN ('22023', '42704') AND a.said !~ '\n\S'), NULL,
	'what is accepted is said with each refusal');

----------------------------------------------------------------------
-- What is expected of the notable ones
----------------------------------------------------------------------
-- of NULL: every function that has the argument
CREATE TEMPORARY TABLE expected ("of" text, argument text, value text, state text);
INSERT INTO expected
SELECT f, a, v, CASE WHEN v IS NULL THEN '22004' ELSE '22023' END
FROM (VALUES (NULL, 'payment_year'), (NULL, 'collection_year')) y (f, a),
	unnest('{NULL,0,-1,1,3000,2147483647,-2147483648}'::text[]) w,
	LATERAL (SELECT NULLIF(w, 'NULL')) x (v)
UNION ALL
SELECT NULL, a, v, '42704'
FROM unnest('{model,old_model,new_model,policy}'::text[]) a,
	unnest(ARRAY[NULL, '', ' ', '''', 'v28', 'V28 ', '日本']) v
UNION ALL
SELECT NULL, 'look_back', v, '22023' FROM unnest('{NULL,0,-1,11,2147483647}'::text[]) w,
	LATERAL (SELECT NULLIF(w, 'NULL')) x (v)
UNION ALL
VALUES (NULL, 'without_list', 'nobody', '22023'), (NULL, 'without_list', '', '22023'),
	(NULL, 'program', NULL, '22004'), (NULL, 'program', 'nobody', '42704'),
	(NULL, 'program', '', '42704'),
	('person', 'payment_year', '1', '22023'), ('member', 'payment_year', '0', '22023'),
	('counted_diagnosis', 'years', NULL, '22023'), ('counted_diagnosis', 'years', '-1', '22023'),
	('counted_diagnosis', 'years', '-2147483648', '22023'),
	('counted_diagnosis', 'years', '2147483647', '22023'),
	('counted_diagnosis', 'years', '1', 'OK'),
	(NULL, 'months', NULL, '22023'), (NULL, 'months', '-1', '22023'),
	(NULL, 'months', '2147483647', '22023'), (NULL, 'months', '0', 'OK'),
	(NULL, 'at_least', 'sure', '22023'), (NULL, 'at_least', '', '22023'),
	(NULL, 'at_least', NULL, 'OK'), (NULL, 'at_least', 'confirmed', 'OK'),
	(NULL, 'min_patients', NULL, '22023'), (NULL, 'min_patients', '-1', '22023'),
	(NULL, 'min_patients', '0', 'OK'), (NULL, 'min_patients', '2147483647', 'OK'),
	(NULL, 'threshold', NULL, '22023'), (NULL, 'threshold', '-1', '22023'),
	(NULL, 'threshold', 'NaN', '22023'), (NULL, 'threshold', 'Infinity', '22023'),
	(NULL, 'threshold', '0', 'OK'),
	(NULL, 'target', NULL, '22023'), (NULL, 'target', '-0.001', '22023'),
	(NULL, 'target', '1.001', '22023'), (NULL, 'target', 'NaN', '22023'),
	(NULL, 'target', '0', 'OK'), (NULL, 'target', '1', 'OK'),
	(NULL, 'sample_size', NULL, '22023'), (NULL, 'sample_size', '0', '22023'),
	(NULL, 'sample_size', '-1', '22023'), (NULL, 'sample_size', '2147483647', 'OK'),
	(NULL, 'sample', NULL, 'P0002'), (NULL, 'sample', '-1', 'P0002'),
	(NULL, 'as_of', NULL, 'OK'), (NULL, 'as_of', 'infinity', 'OK'),
	(NULL, 'as_of', '-infinity', 'OK'), (NULL, 'as_of', '4713-01-02 BC', 'OK'),
	(NULL, 'as_of', '294276-12-30', 'OK'),
	(NULL, 'run', '-1', '42704'), (NULL, 'from_run', '-1', '42704'),
	(NULL, 'to_run', '-1', '42704'),
	(NULL, 'from_payment_year', '0', '22023'), (NULL, 'from_payment_year', NULL, 'OK'),
	(NULL, 'reasons', '{}', 'OK'), (NULL, 'reasons', '{NULL}', 'OK'),
	(NULL, 'reasons', '{nobody}', '22023'), (NULL, 'statuses', '{nobody}', '22023'),
	(NULL, 'statuses', '{}', 'OK'), (NULL, 'owner_role', 'nobody', '22023'),
	(NULL, 'owner_role', '', '22023'), (NULL, 'owner_role', NULL, 'OK'),
	('worklist', 'kind', 'nobody', '22023'),
	('worklist', 'state', 'nobody', '22023'), ('worklist_value', 'kind', 'nobody', '22023'),
	(NULL, 'patient', NULL, 'OK'), (NULL, 'patient_id', NULL, 'OK'),
	(NULL, 'appointments', NULL, 'OK'), (NULL, 'appointments', 'pg_class', '42703'),
	(NULL, 'appointments', 'asked.visit_of_other_types', '42804'),
	(NULL, 'specialties', NULL, 'OK'), (NULL, 'specialties', 'pg_class', '42703'),
	(NULL, 'first_day', '0001-01-01', 'OK'),
	('prospective_list', 'appointments', NULL, '22004'),
	('prospective_list', 'first_day', 'infinity', '22023'),
	('prospective_list', 'last_day', '-infinity', '22023'),
	('prospective_list', 'last_day', '5874897-12-31', '22023'),
	('two_way_balance', 'first_day', 'infinity', 'OK'),
	('two_way_balance', 'last_day', '5874897-12-31', 'OK'),
	-- these years back from the one asked, none is fine
	('two_way', 'look_back', '0', 'OK'), ('two_way_value', 'look_back', '0', 'OK'),
	('refresh_worklist', 'look_back', '0', 'OK'),
	-- NULL: whichever
	('worklist', 'collection_year', NULL, 'OK'), ('worklist_value', 'collection_year', NULL, 'OK'),
	('captured_hcc', 'payment_year', NULL, 'OK'), ('member_score', 'model', NULL, 'OK'),
	('score_explanation', 'model', NULL, 'OK'), ('panel_value', 'model', NULL, 'OK'),
	('worklist', 'model', NULL, 'OK'), ('worklist_value', 'model', NULL, 'OK'),
	('prospective_list', 'model', NULL, 'OK'),
	('gap_event', 'hcc_code', 'HCC38', 'OK'), ('gap_event', 'hcc_code', ' hcc 38', 'OK'),
	('gap_event', 'hcc_code', '999', '42704'), ('gap_event', 'hcc_code', 'HCC', '42704'),
	('work_item_event', 'item', NULL, '22004'),
	('work_item_event', 'item', '00000000-0000-0000-0000-000000000000', 'P0002'),
	('work_item_event', 'state', NULL, '22004'), ('work_item_event', 'state', '', '22023'),
	('work_item_event', 'state', 'nobody', '22023'),
	('work_item_event', 'state', 'accepted', '55000'),
	-- a state that needs a reason
	('work_item_event', 'state', 'cancelled', '22004'),
	('work_item_event', 'actor', NULL, '22004'), ('work_item_event', 'actor', '', '22004'),
	('work_item_event', 'occurred_at', 'infinity', 'OK'),
	('work_item_event', 'occurred_at', '-infinity', 'OK');

SELECT is((SELECT string_agg(format('%s => %L: %s, expected %s: %s', e.argument, e.value, r.state,
		e.state, left(r.said, 200)), E'\n')
	FROM argument a JOIN LATERAL (
			SELECT DISTINCT ON (x.value) x.* FROM expected x
			WHERE x.argument = a.argument AND (x.of IS NULL AND a.general OR x.of = a.of)
			ORDER BY x.value, x.of NULLS LAST) e ON true
		CROSS JOIN LATERAL pg_temp.answer(pg_temp.statement(a.oid, e.argument, e.value)) r
	WHERE a.of = f.of AND r.state <> e.state), NULL, f.of || ' refuses what it should')
FROM (SELECT DISTINCT "of" FROM argument) f ORDER BY f.of;
SELECT is((SELECT string_agg(format('%s %s', e.of, e.argument), ', ') FROM expected e
	WHERE NOT EXISTS (SELECT FROM argument a
		WHERE a.argument = e.argument AND (e.of IS NULL OR e.of = a.of))), NULL,
	'what is expected is of arguments that there are');

-- The years that are refused are shown, and so are models and policies
SELECT is((SELECT string_agg(format('%s: %s', a.statement, a.said), E'\n') FROM answer a
	WHERE a.argument IN ('payment_year', 'collection_year', 'from_payment_year', 'model',
			'old_model', 'new_model', 'policy', 'look_back', 'months', 'at_least', 'min_patients')
		AND a.state IN ('22023', '42704') AND strpos(a.said, left(a.value, 100)) = 0
		-- or of a collection year the payment year that it is asked for
		AND NOT (a.argument = 'collection_year' AND a.value = '1999'
			AND a.said ~ 'payment year 2000')), NULL,
	'what is refused is shown');

-- A row that is none of the code that it should be is refused, and not shown either
INSERT INTO patient_diagnosis_hcc (patient_id, icd10_code, diagnosis_date, known_at)
SELECT pg_temp.patient(1), 'E11.22 Q39.7', d::date, '2020-01-01'
FROM unnest('{2025-08-08,2026-08-08}'::text[]) d;
SELECT is((SELECT string_agg(format('%s: %s', r.state, r.said), E'\n')
	FROM (SELECT DISTINCT oid FROM argument) f
		CROSS JOIN LATERAL pg_temp.answer(pg_temp.statement(f.oid, NULL, NULL)) r
	WHERE r.state NOT IN ('OK', '22P02') OR strpos(r.said, 'Q39') > 0
		OR strpos(r.said, pg_temp.patient(1)::text) > 0), NULL,
	'a list in place of a code is refused without being shown');
DELETE FROM patient_diagnosis_hcc WHERE diagnosis_date IN ('2025-08-08', '2026-08-08');

----------------------------------------------------------------------
-- What is written down is what was said
----------------------------------------------------------------------
SELECT lives_ok(format('SELECT work_item_event(%L, ''assigned'', %L, %2$L, %2$L, %2$L)',
	(SELECT g.value FROM good g WHERE g.argument = 'item'), h.value), 'an event with hostile text')
FROM hostile h WHERE h.type = 'text'::regtype AND h.value = '''; DROP TABLE asked.visit; --';
SELECT set_eq($$ SELECT actor, reason, owner, channel FROM patient_work_event
	WHERE actor <> 'refresh_worklist' $$,
	$$ SELECT value AS a, value AS b, value AS c, value AS d FROM hostile
	WHERE value = '''; DROP TABLE asked.visit; --' $$, 'is stored as it was said');
SELECT lives_ok(format('SELECT FROM audit_sample(5, 2026, %L)', '%1$s ''\ $$ É'),
	'a sample with a hostile seed');
SELECT is((SELECT count(*) FROM hcc_audit_sample WHERE seed = '%1$s ''\ $$ É'), 1::bigint,
	'which is stored');

SELECT cmp_ok((SELECT count(*) FROM answer), '>', 1000::bigint, 'many calls');
SELECT cmp_ok((SELECT count(*) FROM answer WHERE state <> 'OK'), '>', 400::bigint,
	'many refusals');
SELECT * FROM finish();
ROLLBACK;
