-- What the job reads and says, as far as one transaction can see: who people
-- are, which diagnoses count, arguments, explanations. Whole runs, which
-- commit, are in test/t/006 to 010.
BEGIN;
CREATE EXTENSION IF NOT EXISTS hccraf;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT plan(102);

CREATE SCHEMA job;
SELECT is(hccraf_setup('job'), 'job', 'hccraf_setup');
INSERT INTO eligible_procedure (service_year, procedure_code) SELECT y, '99213'
FROM generate_series(2024, 2026) y;

----------------------------------------------------------------------
-- Tables
----------------------------------------------------------------------
SELECT has_table('job', t, 'table ' || t) FROM unnest('{patient_demographic,patient_diagnosis_hcc,'
	'patient_hcc_score,patient_hcc_model_score,hcc_run}'::name[]) t;
CREATE TEMP VIEW shape AS
SELECT c.relname, a.attname, a.atttypid::regtype, a.attnotnull,
	pg_get_expr(d.adbin, d.adrelid) AS value
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND attnum > 0
	LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
WHERE relnamespace = 'job'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition;
CREATE TEMP TABLE plain_shape AS TABLE shape;
CREATE TEMP TABLE plain_objects AS SELECT oid, relname FROM pg_class
WHERE relnamespace = 'job'::regnamespace;
SELECT hccraf_setup('job', partitioned => true, partitions => 3);
SELECT results_eq('SELECT oid, relname FROM pg_class WHERE relnamespace = ''job''::regnamespace '
	'ORDER BY 1', 'TABLE plain_objects ORDER BY 1',
	'a second time it changes nothing, partitioned or not');
CREATE SCHEMA split;
SELECT hccraf_setup('split', partitioned => true, partitions => 3);
SELECT is(count(*), 12::bigint, 'partitioned: four tables of three partitions') FROM pg_class
WHERE relnamespace = 'split'::regnamespace AND relkind = 'r' AND relispartition
	AND relname ~ '^patient_(demographic|diagnosis_hcc|hcc_score|hcc_model_score)_p';
SELECT is_empty($$
	SELECT c.relname, a.attname, a.atttypid::regtype, a.attnotnull, pg_get_expr(d.adbin, d.adrelid)
	FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND attnum > 0
		LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
	WHERE relnamespace = 'split'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition
	EXCEPT TABLE plain_shape $$, 'with the same columns');
SELECT is(count(*), (SELECT count(*) FROM pg_class WHERE relnamespace = 'split'::regnamespace),
	'a second time it changes nothing')
FROM (SELECT hccraf_setup('split', partitioned => true, partitions => 5)) s, pg_class
WHERE relnamespace = 'split'::regnamespace;
SELECT is_empty($$ SELECT objid FROM pg_depend
	WHERE refclassid = 'pg_extension'::regclass AND classid = 'pg_class'::regclass
	AND objid IN (SELECT oid FROM pg_class
		WHERE relnamespace IN ('job'::regnamespace, 'split'::regnamespace)) $$,
	'they are no members of the extension');
SELECT is_empty($$ SELECT d.objid FROM pg_depend d JOIN pg_class c ON c.oid = d.objid
	AND relnamespace IN ('job'::regnamespace, 'split'::regnamespace)
	JOIN pg_depend e ON e.classid = d.refclassid AND e.objid = d.refobjid AND e.deptype = 'e'
		JOIN pg_extension x ON x.oid = e.refobjid AND extname = 'hccraf' $$,
	'and need nothing of it');
SELECT throws_ok($$ SELECT hccraf_setup('nowhere') $$, '3F000', 'schema "nowhere" does not exist',
	'no such schema');
SELECT throws_ok(format($$ SELECT hccraf_setup('job', partitioned => true, partitions => %s) $$, n),
	'22023', 'invalid value for argument "partitions": ' || n, 'partitions: ' || n)
FROM unnest('{0,1025,"NULL"}'::text[]) n;

----------------------------------------------------------------------
-- Each panel reads its own tables
----------------------------------------------------------------------
INSERT INTO split.patient_demographic (patient_id, payment_year, date_of_birth, sex) VALUES
	(md5('split')::uuid, 2026, '1950-01-01', 'F');
SELECT is(count(*), 1::bigint, 'people of a panel') FROM split.person(2026);
SELECT is(count(*), 0::bigint, 'are not those of another') FROM job.person(2026);
DROP SCHEMA split CASCADE;
SELECT is(count(*), 0::bigint, 'nor when it is gone') FROM job.person(2026);

----------------------------------------------------------------------
-- Who people are
----------------------------------------------------------------------
CREATE FUNCTION pg_temp.u(n integer) RETURNS uuid LANGUAGE sql IMMUTABLE RETURN md5(n::text)::uuid;
CREATE FUNCTION pg_temp.people(year integer, at timestamptz DEFAULT NULL)
	RETURNS TABLE (patient_id uuid, payment_month smallint, latest boolean, age integer,
		who beneficiary) LANGUAGE sql AS $$
	SELECT p.patient_id, p.payment_month, p.latest, p.age, p.who FROM job.person(year, at) p $$;
INSERT INTO job.patient_demographic (patient_id, payment_year, payment_month, date_of_birth, sex,
	orec, dual_status, esrd, graft_months, graft_date, known_at) VALUES
	(pg_temp.u(1), 2026, 0, '1956-02-01', 'F', '0', NULL, 'none', NULL, NULL, '2026-01-01'),
	(pg_temp.u(2), 2026, 0, '1956-02-02', '1', '0', '02', 'none', NULL, NULL, '2026-01-01'),
	-- a correction
	(pg_temp.u(3), 2026, 0, '1960-01-01', 'M', '1', NULL, 'none', NULL, NULL, '2026-01-01'),
	(pg_temp.u(3), 2026, 0, '1960-01-01', 'M', '1', '02', 'none', NULL, NULL, '2026-03-01'),
	-- months: a transplant on 20 January, which is month 1
	(pg_temp.u(4), 2026, 1, '1950-01-01', 'F', '0', NULL, 'transplant', NULL, '2026-01-20',
		'2026-01-01'),
	(pg_temp.u(4), 2026, 3, '1950-01-01', 'F', '0', NULL, 'transplant', NULL, '2026-01-20',
		'2026-01-01'),
	(pg_temp.u(4), 2026, 4, '1950-01-01', 'F', '0', NULL, 'transplant', NULL, '2026-01-20',
		'2026-01-01'),
	(pg_temp.u(4), 2026, 12, '1950-01-01', 'F', '0', NULL, 'graft', NULL, '2026-01-20',
		'2026-01-01'),
	-- what is given goes before the date
	(pg_temp.u(5), 2026, 0, '1950-01-01', 'F', '0', NULL, 'graft', 11, '2025-12-01', '2026-01-01'),
	-- a date without the status says nothing
	(pg_temp.u(6), 2026, 0, '1950-01-01', 'F', '0', NULL, 'none', NULL, '2025-12-01', '2026-01-01'),
	(pg_temp.u(7), 2026, 0, '1950-01-01', 'F', '0', NULL, 'graft', NULL, '1990-01-01',
		'2026-01-01'),
	(pg_temp.u(8), 2025, 0, '1950-01-01', 'F', '0', NULL, 'none', NULL, NULL, '2026-01-01');
SELECT is(age, a, format('born %s: %s on 1 February 2026', b, a))
FROM (VALUES (1, '1956-02-01', 70), (2, '1956-02-02', 69)) v(n, b, a), pg_temp.people(2026)
WHERE patient_id = pg_temp.u(n);
SELECT is(who, beneficiary(a, s, dual_status => d), 'patient ' || n)
FROM (VALUES (1, 70, 'F', NULL), (2, 69, 'M', '02')) v(n, a, s, d), pg_temp.people(2026)
WHERE patient_id = pg_temp.u(n);
SELECT is(array_agg(who), ARRAY[beneficiary(66, 'M', '1', '02')], 'the latest correction counts')
FROM pg_temp.people(2026) WHERE patient_id = pg_temp.u(3);
SELECT is(array_agg(who), ARRAY[beneficiary(66, 'M', '1')], 'or what was known')
FROM pg_temp.people(2026, '2026-02-28') WHERE patient_id = pg_temp.u(3);
SELECT is_empty($$ SELECT * FROM pg_temp.people(2026, '2025-12-31') $$, 'nobody was known');
SELECT results_eq($$ SELECT payment_month::int, latest, who FROM pg_temp.people(2026)
	WHERE patient_id = pg_temp.u(4) ORDER BY 1 $$,
	$$ VALUES (1, false, beneficiary(76, 'F', esrd => 'transplant', graft_months => 1)),
		(3, false, beneficiary(76, 'F', esrd => 'transplant', graft_months => 3)),
		(4, false, beneficiary(76, 'F', esrd => 'graft', graft_months => 4)),
		(12, true, beneficiary(76, 'F', esrd => 'graft', graft_months => 12)) $$,
	'months since the transplant; the last month is the latest');
SELECT is(who, beneficiary(76, 'F', esrd => 'graft', graft_months => 11),
	'graft_months before graft_date') FROM pg_temp.people(2026) WHERE patient_id = pg_temp.u(5);
SELECT is(who, beneficiary(76, 'F'), 'no ESRD status') FROM pg_temp.people(2026)
WHERE patient_id = pg_temp.u(6);
SELECT is(raf_segment(who, 'ESRD_V24', 2026), 'GNPA', 'a graft of 36 years')
FROM pg_temp.people(2026) WHERE patient_id = pg_temp.u(7);
SELECT is(count(*), 1::bigint, 'another payment year') FROM pg_temp.people(2025);

----------------------------------------------------------------------
-- Which diagnoses count
----------------------------------------------------------------------
-- Identifiers with their time in front, as version 7 of RFC 9562 has it: the one of its appendix
SELECT is(hcc_dated_id('00000000-0000-0cc3-18c4-dc0c0c07398f', '2022-02-22 14:22:22-05', 0),
	'017f22e2-79b0-7cc3-98c4-dc0c0c07398f', 'version 7');
SELECT is(hcc_dated_id('00000000-0000-0cc3-18c4-dc0c0c07398f', '2022-02-22 14:22:22-05', n), id,
	format('%s further', n))
FROM (VALUES (1, '017f22e2-79b0-7cc3-98c4-dc0c0c073990'::uuid),
	(x'10000'::bigint, '017f22e2-79b0-7cc3-98c4-dc0c0c08398f'),
	-- 62 bits in all, after which they begin again
	(x'2733f3f3f8c67100'::bigint, '017f22e2-79b0-7cc3-bff8-d00004cdaa8f'),
	(x'3fffffffffffffff'::bigint, '017f22e2-79b0-7cc3-98c4-dc0c0c07398e')) v (n, id);
SELECT is(count(*), 0::bigint, 'the later, the greater')
FROM generate_series(1, 1000) n
WHERE hcc_dated_id(gen_random_uuid(), '2026-01-01'::timestamptz + n * interval '1 millisecond', 0)
	<= hcc_dated_id(gen_random_uuid(),
		'2026-01-01'::timestamptz + (n - 1) * interval '1 millisecond', 1000);
SELECT is(count(*), 100000::bigint, 'of one start and moment each is greater than the one before')
FROM (SELECT n, lag(id) OVER (ORDER BY n) < id AS greater
	FROM (SELECT n, hcc_dated_id('0c0c0c0c-0c0c-0c0c-0c0c-fffffffffff0', '2026-01-01', n) AS id
		FROM generate_series(0, 100000) n) i) g
WHERE greater;
SELECT throws_ok(format('SELECT hcc_dated_id(gen_random_uuid(), %L, 0)', t), '22008',
	'the moment of an identifier is out of range')
FROM unnest('{infinity}'::text[]) t;

-- Counts of words, against count(*)
CREATE TEMP TABLE word AS
SELECT n % 7 AS owner, CASE WHEN n % 11 > 0 THEN 'w"' || n % 5 * (n % 7) END AS word
FROM generate_series(1, 1000) n;
CREATE TEMP VIEW counted_words AS SELECT owner, word, count(word) AS n FROM word
WHERE word IS NOT NULL GROUP BY owner, word;
SELECT is((SELECT hcc_tally(t) FROM (SELECT hcc_tally(word) AS t FROM word GROUP BY owner) o),
	(SELECT jsonb_object_agg(word, n) FROM (SELECT word, sum(n) AS n FROM counted_words
		GROUP BY word) w), 'words are counted by group and added up');
SELECT is((SELECT hcc_tally(t) FROM (SELECT hcc_tally(word) AS t FROM word WHERE owner = 3) o),
	(SELECT jsonb_object_agg(word, n) FROM counted_words WHERE owner = 3), 'of one group');
SELECT is((SELECT hcc_tally(t) FROM (SELECT hcc_tally(''::text) AS t) o), '{}',
	'no word is counted nowhere');
SELECT is((SELECT hcc_tally(word) FROM word WHERE false), NULL, 'no row, no tally');
SELECT throws_ok(format(
	'SELECT hcc_tally(substr(t, 1, length(t) - 1)) FROM (SELECT hcc_tally(%L::text) AS t) o', 'ok'),
	'22P03', 'this is no tally', 'what is no tally is refused');

CREATE FUNCTION pg_temp.verdicts(patient integer, at timestamptz DEFAULT NULL,
	year integer DEFAULT 2026) RETURNS text LANGUAGE sql AS $$
	SELECT string_agg(d.encounter_verdict, ' ' ORDER BY d.known_at, d.id)
	FROM job.diagnosis(year, 'MA', at) d WHERE d.patient_id = pg_temp.u(patient) $$;
CREATE FUNCTION pg_temp.dx(patient integer, known date, code text DEFAULT 'E11.9',
	action text DEFAULT 'add', encounter integer DEFAULT NULL, linked integer DEFAULT NULL,
	dos date DEFAULT '2025-05-05', source text DEFAULT 'encounter') RETURNS void LANGUAGE sql AS $$
	INSERT INTO job.patient_diagnosis_hcc (id, patient_id, encounter_id, icd10_code, diagnosis_date,
		record_action, linked_encounter_id, known_at, record_source)
	SELECT md5(count(*)::text)::uuid, pg_temp.u(patient), pg_temp.u(encounter), code, dos, action,
		pg_temp.u(linked), known, source FROM job.patient_diagnosis_hcc
$$;
-- 10: deleted from its record by another spelling of the code, and added again
SELECT pg_temp.dx(10, '2026-01-01', encounter => 1);
SELECT pg_temp.dx(10, '2026-01-02', 'e119 ', 'delete', 2, 1);
SELECT is(pg_temp.verdicts(10), 'deleted deleted',
	'a delete takes the code from the record, however it is written');
SELECT is(pg_temp.verdicts(10, '2026-01-01 12:00'), 'ok', 'as known before');
SELECT pg_temp.dx(10, '2026-01-03', encounter => 1);
SELECT is(pg_temp.verdicts(10), 'deleted deleted ok', 'added again');
SELECT is(pg_temp.verdicts(10, '2026-01-02 12:00'), 'deleted deleted', 'as known before that');
-- 11: other codes and other records stay
SELECT pg_temp.dx(11, '2026-01-01', encounter => 3), pg_temp.dx(11, '2026-01-02', 'I509',
	encounter => 3), pg_temp.dx(11, '2026-01-03', encounter => 4);
SELECT pg_temp.dx(11, '2026-01-04', 'E119', 'delete', 5, 3);
SELECT is(pg_temp.verdicts(11), 'deleted ok ok deleted', 'nothing else is deleted');
-- 12: without a link, the patient's records of the date
SELECT pg_temp.dx(12, '2026-01-01', encounter => 6), pg_temp.dx(12, '2026-01-02', encounter => 7),
	pg_temp.dx(12, '2026-01-03', encounter => 8, dos => '2025-05-06');
SELECT pg_temp.dx(12, '2026-01-04', 'E119', 'delete');
SELECT is(pg_temp.verdicts(12), 'deleted deleted ok deleted',
	'an unlinked delete: all records of the date');
-- 13: void, whatever came later; of the same patient only
SELECT pg_temp.dx(13, '2026-01-01', encounter => 9),
	pg_temp.dx(13, '2026-01-02', 'I509', encounter => 9),
	pg_temp.dx(13, '2026-01-03', encounter => 10), pg_temp.dx(14, '2026-01-01', encounter => 9);
SELECT pg_temp.dx(13, '2026-01-04', 'Z00', 'void', 11, 9);
SELECT is(pg_temp.verdicts(13), 'voided voided ok voided', 'a void takes the whole record');
SELECT is(pg_temp.verdicts(14), 'ok', 'of that patient');
-- 15: replaced by a record of another number, and one of its own number twice
SELECT pg_temp.dx(15, '2026-01-01', encounter => 12),
	pg_temp.dx(15, '2026-01-02', 'I509', 'replace', 13, 12);
SELECT is(pg_temp.verdicts(15), 'voided ok', 'a replacement counts, what it replaces does not');
SELECT pg_temp.dx(16, '2026-01-01', encounter => 14),
	pg_temp.dx(16, '2026-01-02', 'I509', 'replace', 14, 14);
SELECT is(pg_temp.verdicts(16), 'voided ok', 'under the same number');
SELECT pg_temp.dx(16, '2026-01-03', 'J449', 'replace', 14, 14);
SELECT is(pg_temp.verdicts(16), 'voided voided ok', 'and again');
SELECT is(pg_temp.verdicts(16, '2026-01-02 12:00'), 'voided ok', 'as known before');
SELECT pg_temp.dx(16, '2026-01-04', 'Z00', 'void', 15, 14);
SELECT is(pg_temp.verdicts(16), 'voided voided voided voided', 'and taken back for good');
-- 17: a correction without a number to correct
SELECT pg_temp.dx(17, '2026-01-01'), pg_temp.dx(17, '2026-01-02', 'I509', 'void', 16, NULL);
SELECT is(pg_temp.verdicts(17), 'ok voided', 'a void that names no record voids itself alone');
-- 18: unlinked chart review from service year 2026; people who switched plans, as corrected
SELECT pg_temp.dx(18, '2026-01-01', dos => '2026-01-01', source => 'unlinked_chart_review');
SELECT is(pg_temp.verdicts(18, NULL, 2027), 'unlinked_crr', 'unlinked chart review');
INSERT INTO job.patient_demographic (patient_id, payment_year, date_of_birth, sex, plan_switcher,
	known_at) VALUES
	(pg_temp.u(18), 2027, '1950-01-01', 'F', true, '2026-02-01'),
	(pg_temp.u(18), 2027, '1950-01-01', 'F', false, '2026-03-01');
SELECT is(pg_temp.verdicts(18, '2026-02-02', 2027), 'ok', 'of somebody who switched plans');
SELECT is(pg_temp.verdicts(18, '2026-01-02', 2027), 'unlinked_crr', 'as not known yet');
SELECT is(pg_temp.verdicts(18, NULL, 2027), 'unlinked_crr', 'as corrected since');

SELECT is(job.raf_score(pg_temp.u(1), 2026), raf_score('{}'::text[], beneficiary(70, 'F'), 'V28',
	2026), 'raf_score of a patient without diagnoses');
SELECT is(job.raf_score(pg_temp.u(99), 2026), NULL, 'of nobody');

----------------------------------------------------------------------
-- Sources
----------------------------------------------------------------------
CREATE SCHEMA thin;
CREATE VIEW thin.patient_demographic AS SELECT patient_id, payment_year, date_of_birth
FROM job.patient_demographic;
SELECT throws_like($$ SELECT hccraf_setup('thin') $$,
	'thin.patient_demographic is there already and lacks columns: "payment_month" '
	'smallint, "date_of_death" date, "sex" text%', 'missing columns are named');
SELECT throws_ok($$ SELECT hcc_check_source('thin.patient_demographic',
	'{"patient_id": "uuid", "sex": "text"}') $$, '42703',
	'thin.patient_demographic lacks columns: "sex"', 'with their SQLSTATE');

----------------------------------------------------------------------
-- Arguments of a run
----------------------------------------------------------------------
CREATE FUNCTION pg_temp.parameters(year integer DEFAULT 2026, program text DEFAULT 'MA',
	known_at timestamptz DEFAULT NULL, service_from date DEFAULT NULL,
	service_to date DEFAULT NULL, batch_size integer DEFAULT 1) RETURNS jsonb LANGUAGE sql AS $$
	SELECT job.hcc_run_parameters(year, program, NULL, NULL, known_at, service_from, service_to,
		NULL, NULL, NULL, NULL, NULL, batch_size, NULL, NULL, NULL, NULL) $$;
SELECT throws_ok($$ SELECT pg_temp.parameters(batch_size => 0) $$, '22023',
	'invalid value for argument "batch_size": 0', 'batch_size');
SELECT throws_ok($$ SELECT pg_temp.parameters(batch_size => NULL) $$, '22023',
	'invalid value for argument "batch_size": NULL', 'no batch_size');
SELECT throws_ok($$ SELECT pg_temp.parameters(NULL, 'XX') $$, '55000',
	'there are no payment parameters for program "XX"', 'program');
SELECT throws_ok(
	$$ SELECT pg_temp.parameters(service_from => '2025-02-01', service_to => '2025-01-31') $$,
	'22023', 'service_from is after service_to', 'window');
SELECT throws_ok($$ SELECT pg_temp.parameters(known_at => now() + interval '1 minute') $$, '22023',
	'known_at is in the future', 'known_at');
SELECT is(pg_temp.parameters() -> k, v::jsonb, 'default of ' || k)
FROM (VALUES ('service_from', '"2025-01-01"'), ('service_to', '"2025-12-31"'),
	('data_collection_year', '2025'),
	('without_list', '"error"'), ('remove_absent', 'true'), ('keep_history', 'true'),
	('mce', 'true'), ('other_programs', '[]')) v(k, v);
SELECT throws_ok('CALL job.score_population(2026)', '25001',
	'a scoring run cannot be part of a transaction block', 'not in a transaction block');
SELECT throws_ok($$ SELECT hcc_refuse_panel('job', '0.0.1') $$, '55000',
	format('panel "job" was made by version 0.0.1 of hccraf, and this is %s', (SELECT extversion
		FROM pg_extension WHERE extname = 'hccraf')), 'a panel of another version');

----------------------------------------------------------------------
-- Why a diagnosis did or did not count
----------------------------------------------------------------------
INSERT INTO job.patient_demographic (patient_id, payment_year, date_of_birth, sex)
SELECT pg_temp.u(n), 2026, CASE WHEN n = 25 THEN date '2015-01-01' ELSE '1950-01-01' END,
	CASE WHEN n = 26 THEN 'F' ELSE 'M' END FROM generate_series(20, 29) n;
INSERT INTO job.patient_diagnosis_hcc (id, patient_id, icd10_code, diagnosis_date, claim_type,
	procedure_codes) VALUES
	(pg_temp.u(200), pg_temp.u(20), 'E11.22', '2025-05-05', 'professional', '{99213}'),
	(pg_temp.u(201), pg_temp.u(20), 'E119', '2025-05-05', NULL, NULL),
	(pg_temp.u(202), pg_temp.u(21), 'Z0000', '2025-05-05', NULL, NULL),
	(pg_temp.u(203), pg_temp.u(22), 'E119', '2025-05-05', 'professional', '{80053}'),
	(pg_temp.u(204), pg_temp.u(23), 'E119', '2024-12-31', NULL, NULL),
	(pg_temp.u(205), pg_temp.u(24), 'I5A', '2025-05-05', NULL, NULL),
	(pg_temp.u(206), pg_temp.u(25), 'J449', '2025-05-05', NULL, NULL),
	(pg_temp.u(207), pg_temp.u(26), 'D66', '2025-05-05', NULL, NULL),
	(pg_temp.u(208), pg_temp.u(90), 'E119', '2025-05-05', NULL, NULL);
INSERT INTO job.patient_diagnosis_hcc (id, patient_id, icd10_code, diagnosis_date, claim_type,
	bill_type, procedure_codes) VALUES
	(pg_temp.u(209), pg_temp.u(27), 'E119', '2025-05-05', 'institutional', '131', '{80053}'),
	(pg_temp.u(210), pg_temp.u(28), 'E119', '2025-05-05', 'pharmacy', NULL, NULL);
SELECT matches(e.verdict || ' ' || e.counts || ' ' || e.explanation, wanted, name)
FROM (VALUES
	(200, 'ok true Counts for payment year 2026: E11\.22 gives HCC 37 of V28 \(.+\), '
		'worth 0\.166 by itself\.', 'counts'),
	(201, 'superseded false Does not add to the score of payment year 2026: E119 gives '
		'HCC 38 of V28 \(.+\), which HCC 37 supersedes\.', 'superseded'),
	(202, 'no_hcc false The record counts for payment year 2026, but Z0000 has no HCC in V28\.',
		'no HCC'),
	(203, 'no_acceptable_hcpcs false Does not count for payment year 2026: no line has a procedure '
		'.*\(no_acceptable_hcpcs\)\.', 'excluded by a rule'),
	(209, 'no_acceptable_hcpcs false Does not count for payment year 2026: an outpatient claim '
		'.*\(no_acceptable_hcpcs\)\.', 'by the rule for outpatient claims'),
	(210, 'no_acceptable_hcpcs false Does not count for payment year 2026: only professional '
		'and institutional .*\(no_acceptable_hcpcs\)\.', 'by the rule for other claims'),
	(204, 'dos_outside_year false Does not count for payment year 2026: the service ended '
		'on 2024-12-31, and the year takes services of 2025\.', 'another year'),
	(206, 'edit_age false Does not count for payment year 2026: J449 is not accepted '
		'at this patient''s age\.', 'age'),
	(208, 'no_demographic false Is not scored: the patient has no row in patient_demographic '
		'for payment year 2026\.', 'nobody')) v(n, wanted, name),
	job.explain_diagnosis(pg_temp.u(n), 2026) e;
SELECT is(e.hcc_code || ' ' || e.verdict, '112 ok', 'haemophilia in a woman: the milder category')
FROM job.explain_diagnosis(pg_temp.u(207), 2026) e;
SELECT is(e.verdict, 'no_demographic', 'payment year NULL: the one after the service')
FROM job.explain_diagnosis(pg_temp.u(204)) e;
SELECT throws_ok('SELECT * FROM job.explain_diagnosis(pg_temp.u(-1))', 'P0002',
	'there is no diagnosis with this id', 'an id that is not there');

----------------------------------------------------------------------
-- Without pg_cron
----------------------------------------------------------------------
SELECT throws_ok(c, '55000', format('database "%s" has no pg_cron', current_database()), c)
FROM unnest(ARRAY['SELECT job.schedule_scoring(''0 3 * * *'')', 'SELECT job.unschedule_scoring()',
	'SELECT * FROM job.scoring_schedule()']) c;

----------------------------------------------------------------------
-- Views under the names of the tables
----------------------------------------------------------------------
CREATE SCHEMA viewed_tables;
SELECT hccraf_setup('viewed_tables');
INSERT INTO viewed_tables.patient_demographic (patient_id, payment_year, date_of_birth, sex)
VALUES ('00000000-0000-0000-0000-0000000000f1', 2026, '1953-05-17', 'F');
INSERT INTO viewed_tables.patient_diagnosis_hcc (patient_id, icd10_code, diagnosis_date,
	record_source) VALUES
	('00000000-0000-0000-0000-0000000000f1', 'E11.22', '2025-02-01', 'encounter'),
	('00000000-0000-0000-0000-0000000000f1', 'e11.9', '2025-02-01', 'encounter'),
	('00000000-0000-0000-0000-0000000000f1', 'E11.9', '2025-08-01', 'linked_chart_review'),
	('00000000-0000-0000-0000-0000000000f1', 'I50.9', '2025-08-01', 'encounter'),
	('00000000-0000-0000-0000-0000000000f1', 'I50.9', '2024-08-01', 'encounter'),
	('00000000-0000-0000-0000-0000000000f1', 'I10', '2025-08-01', 'encounter');
CREATE SCHEMA views;
CREATE VIEW views.patient_demographic AS SELECT * FROM viewed_tables.patient_demographic;
CREATE VIEW views.patient_diagnosis_hcc AS SELECT * FROM viewed_tables.patient_diagnosis_hcc;
SELECT lives_ok($$ SELECT hccraf_setup('views'), hccraf_setup('views', partitioned => true) $$,
	'hccraf_setup leaves views of the names as they are');
SELECT is((SELECT array_agg(relname::text ORDER BY relname) FROM pg_class
	WHERE relnamespace = 'views'::regnamespace AND relkind = 'v'),
	'{patient_demographic,patient_diagnosis_hcc,patient_payment_score}',
	'and makes the other tables beside them, and its own view');
-- F70_74 0.395 + HCC37 0.166 + HCC226 0.360 + DIABETES_HF_V28 0.112
SELECT is(views.raf_score('00000000-0000-0000-0000-0000000000f1'::uuid, 2026), 1.033,
	'which are scored from');

-- With statistics of score tables that were empty, nested loops over the table that is being
-- filled took hours.
SELECT is(array_agg(proname::text ORDER BY proname), '{hcc_run_compare,hcc_run_publish_models}',
	'what compares everybody is not planned by the statistics of empty tables')
FROM pg_proc WHERE pronamespace = 'job'::regnamespace AND proname IN ('hcc_run_compare',
	'hcc_run_publish_models') AND 'enable_nestloop=off' = ANY (proconfig);

INSERT INTO views.hcc_run (kind, payment_year, program, parameters, status, stage, patients,
	patients_done, seconds)
VALUES ('full', 2026, 'MA', '{}', 'running', 'score', 1000, 250, '{"collect": 7, "score": 5}');
SELECT results_eq($$ SELECT state, patients_per_second, remaining FROM views.scoring_run() $$,
	$$ VALUES ('interrupted', 50::numeric, '15 seconds'::interval) $$,
	'progress of a run, and that nobody is at it');

----------------------------------------------------------------------
-- Captured HCCs with their evidence
----------------------------------------------------------------------
SELECT results_eq($$ SELECT hcc_code, status, superseded_by, icd10_codes, records, first_date,
	last_date, sources
	FROM views.captured_hcc(2025) ORDER BY hcc_code $$,
	$$ VALUES ('226', 'payment', NULL::text[], '{I509}'::text[], 1::bigint, '2025-08-01'::date,
		'2025-08-01'::date, '{encounter}'::text[]),
		('37', 'payment', NULL, '{E1122}', 1, '2025-02-01', '2025-02-01', '{encounter}'),
		('38', 'superseded', '{37}', '{E119}', 2, '2025-02-01', '2025-08-01',
			'{encounter,linked_chart_review}') $$,
	'captured HCCs, with what supersedes them and their records');

SELECT * FROM finish();
ROLLBACK;
