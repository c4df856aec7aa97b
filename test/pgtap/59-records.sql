-- Records as they come from the field: corrections that name no other record,
-- words and numbers as files have them, and what must not be evidence.
BEGIN;
CREATE EXTENSION IF NOT EXISTS hccraf;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT no_plan();

CREATE SCHEMA rec;
SELECT hccraf_setup('rec');
INSERT INTO eligible_procedure (service_year, procedure_code) SELECT y, c
FROM generate_series(2023, 2027) y, unnest('{99213,G0439}'::text[]) c;
CREATE FUNCTION pg_temp.u(n integer) RETURNS uuid LANGUAGE sql IMMUTABLE RETURN md5(n::text)::uuid;
INSERT INTO rec.patient_demographic (patient_id, payment_year, date_of_birth, sex, known_at)
SELECT pg_temp.u(n), y, '1955-03-01', 'F', '2026-01-01'
FROM generate_series(1, 99) n, unnest('{2026,2027}'::integer[]) y;

-- A professional record of an office visit on 5 May 2025, unless said otherwise
CREATE SEQUENCE pg_temp.line;
CREATE FUNCTION pg_temp.dx(patient integer, known date, code text, action text DEFAULT 'add',
	encounter integer DEFAULT NULL,
	linked integer DEFAULT NULL, frequency text DEFAULT NULL, claim text DEFAULT 'professional',
	bill text DEFAULT NULL,
	procedures text[] DEFAULT '{99213}', modifiers text[] DEFAULT NULL, place text DEFAULT NULL,
	dos date DEFAULT '2025-05-05', system text DEFAULT NULL, submitted text DEFAULT NULL)
	RETURNS uuid LANGUAGE sql AS $$
	INSERT INTO rec.patient_diagnosis_hcc (id, patient_id, encounter_id, icd10_code, diagnosis_date,
		record_action, linked_encounter_id, known_at, frequency_code,
		claim_type, bill_type, procedure_codes, modifiers, place_of_service,
		code_system, submission)
	VALUES (md5('line' || nextval('pg_temp.line'))::uuid, pg_temp.u(patient), pg_temp.u(encounter),
		code, dos, action, pg_temp.u(linked), known, frequency,
		claim, bill, procedures, modifiers, place, system, submitted) RETURNING id
$$;
CREATE FUNCTION pg_temp.verdicts(patient integer, at timestamptz DEFAULT NULL,
	year integer DEFAULT 2026) RETURNS text LANGUAGE sql AS $$
	SELECT string_agg(d.icd10_code || ' ' || d.encounter_verdict, ', ' ORDER BY d.known_at,
		d.icd10_code, d.record_action) FROM rec.diagnosis(year, 'MA', at) d
	WHERE d.patient_id = pg_temp.u(patient) $$;
CREATE FUNCTION pg_temp.score(patient integer, year integer DEFAULT 2026) RETURNS numeric
	LANGUAGE sql AS $$ SELECT rec.raf_score(pg_temp.u(patient), year) $$;

----------------------------------------------------------------------
-- A void or replacement that bears the claim's own number
----------------------------------------------------------------------
CREATE TEMPORARY TABLE nobody AS SELECT pg_temp.score(99) AS score;
SELECT is(count(pg_temp.dx(1, d, 'C78.00', a, 1)), 1::bigint, a)
FROM (VALUES (date '2025-06-01', 'add')) v(d, a) GROUP BY a;
SELECT is(pg_temp.score(1), raf_score('{C78.00}'::text[], beneficiary(70, 'F'), 'V28', 2026),
	'a claim counts');
SELECT pg_temp.dx(1, '2025-07-01', 'C78.00', 'void', 1);
SELECT is(pg_temp.verdicts(1), 'C78.00 voided, C78.00 voided',
	'a void of the claim''s own number takes it back');
SELECT is(pg_temp.score(1), (SELECT score FROM nobody), 'and it no longer scores');
SELECT is(pg_temp.verdicts(1, '2025-06-15'), 'C78.00 ok', 'as known before it counts');
SELECT pg_temp.dx(1, '2025-08-01', 'C34.90', 'add', 1);
SELECT is(pg_temp.verdicts(1), 'C78.00 voided, C78.00 voided, C34.90 ok',
	'a resubmission after the void counts again');
SELECT is(pg_temp.score(1), raf_score('{C34.90}'::text[], beneficiary(70, 'F'), 'V28', 2026),
	'and scores');
SELECT pg_temp.dx(1, '2025-09-01', 'C34.90', 'void', 1);
SELECT is(pg_temp.verdicts(1), 'C78.00 voided, C78.00 voided, C34.90 voided, C34.90 voided',
	'until it is voided again');

SELECT pg_temp.dx(2, '2025-06-01', 'C78.00', 'add', 1),
	pg_temp.dx(2, '2025-06-01', 'I50.9', 'add', 1), pg_temp.dx(2, '2025-06-01', 'E11.9', 'add', 2);
SELECT pg_temp.dx(2, '2025-07-01', 'C34.90', 'replace', 1),
	pg_temp.dx(2, '2025-07-01', 'J44.9', 'replace', 1);
SELECT is(pg_temp.verdicts(2), 'C78.00 voided, E11.9 ok, I50.9 voided, C34.90 ok, J44.9 ok',
	'a replacement of its own number, of several lines, and of that record alone');
SELECT pg_temp.dx(2, '2025-08-01', 'C34.90', 'replace', 1);
SELECT is(pg_temp.verdicts(2),
	'C78.00 voided, E11.9 ok, I50.9 voided, C34.90 voided, J44.9 voided, C34.90 ok',
	'replaced again');
SELECT is(pg_temp.verdicts(2, '2025-06-15'), 'C78.00 ok, E11.9 ok, I50.9 ok', 'as known before');
-- What becomes known at one moment: add, then replace, then void; a deletion after what it deletes
SELECT pg_temp.dx(3, '2025-06-01', 'C78.00', 'void', 1),
	pg_temp.dx(3, '2025-06-01', 'C78.00', 'add', 1);
SELECT is(pg_temp.verdicts(3), 'C78.00 voided, C78.00 voided',
	'added and voided in one load: voided, whichever row is first');
SELECT pg_temp.dx(4, '2025-06-01', 'C34.90', 'replace', 1),
	pg_temp.dx(4, '2025-06-01', 'C78.00', 'add', 1);
SELECT is(pg_temp.verdicts(4), 'C34.90 ok, C78.00 voided',
	'added and replaced in one load: the replacement counts');
SELECT pg_temp.dx(4, '2025-06-01', 'Z00.00', 'void', 1);
SELECT is(pg_temp.verdicts(4), 'C34.90 voided, C78.00 voided, Z00.00 voided',
	'added, replaced and voided in one load: voided');
SELECT pg_temp.dx(5, '2025-06-01', 'E11.9', 'delete', 1),
	pg_temp.dx(5, '2025-06-01', 'E11.9', 'add', 1);
SELECT is(pg_temp.verdicts(5), 'E11.9 deleted, E11.9 deleted',
	'added and deleted in one load: deleted');
-- A link goes before the own number
SELECT pg_temp.dx(6, '2025-06-01', 'C78.00', 'add', 1), pg_temp.dx(6, '2025-06-02', 'E11.9', 'add',
	2), pg_temp.dx(6, '2025-06-03', 'Z00.00', 'void', 2, 1);
SELECT is(pg_temp.verdicts(6), 'C78.00 voided, E11.9 ok, Z00.00 voided',
	'a void that names another record takes back that one');
SELECT pg_temp.dx(6, '2025-06-04', 'C78.00', 'add', 1);
SELECT is(pg_temp.verdicts(6), 'C78.00 voided, E11.9 ok, Z00.00 voided, C78.00 ok',
	'which may be sent again');
-- Deletions of the own number
SELECT pg_temp.dx(7, '2025-06-01', 'J44.9', 'add', 1), pg_temp.dx(7, '2025-06-01', 'J44.9', 'add',
	2), pg_temp.dx(7, '2025-06-02', 'J44.9', 'delete', 2);
SELECT is(pg_temp.verdicts(7), 'J44.9 deleted, J44.9 ok, J44.9 deleted',
	'a deletion that bears a record''s number takes the code from that one')
FROM (SELECT) x WHERE false;
SELECT is((SELECT array_agg(d.encounter_verdict ORDER BY d.encounter_id = pg_temp.u(2),
	d.record_action) FROM rec.diagnosis(2026) d WHERE d.patient_id = pg_temp.u(7)),
	'{ok,deleted,deleted}'::text[],
	'a deletion that bears a record''s number takes the code from that one');
SELECT pg_temp.dx(8, '2025-06-01', 'J44.9', 'add', 1, dos => '2025-05-05'),
	pg_temp.dx(8, '2025-06-02', 'J44.9', 'delete', 1, dos => '2025-05-06');
SELECT is(pg_temp.verdicts(8), 'J44.9 deleted, J44.9 deleted', 'even if dated otherwise');
SELECT pg_temp.dx(9, '2025-06-01', 'J44.9', 'add', 1),
	pg_temp.dx(9, '2025-06-02', 'J44.9', 'delete', 12);
SELECT is(pg_temp.verdicts(9), 'J44.9 deleted, J44.9 deleted',
	'a number of no other record: the records of the date');

----------------------------------------------------------------------
-- Frequencies
----------------------------------------------------------------------
SELECT pg_temp.dx(10, '2025-06-01', 'C78.00', 'add', 1, claim => 'institutional', bill => '111');
SELECT pg_temp.dx(10, '2025-06-02', 'C78.00', 'add', 1, claim => 'institutional', bill => '0118');
SELECT is(pg_temp.verdicts(10), 'C78.00 voided, C78.00 voided', 'bill type 118 voids');
SELECT is(pg_temp.score(10), (SELECT score FROM nobody), 'and does not score');
SELECT pg_temp.dx(11, '2025-06-01', 'C78.00', 'add', 1, claim => 'I', bill => '131'),
	pg_temp.dx(11, '2025-06-02', 'C34.90', 'add', 1, claim => 'I', bill => '137.0');
SELECT is(pg_temp.verdicts(11), 'C78.00 voided, C34.90 ok', 'bill type 137 replaces');
SELECT pg_temp.dx(12, '2025-06-01', 'C78.00', 'add', 1),
	pg_temp.dx(12, '2025-06-02', 'C78.00', 'add', 1, frequency => '8');
SELECT is(pg_temp.verdicts(12), 'C78.00 voided, C78.00 voided',
	'a professional claim of frequency 8 voids');
SELECT pg_temp.dx(13, '2025-06-01', 'C78.00', 'add', 1),
	pg_temp.dx(13, '2025-06-02', 'C34.90', 'add', 2, 1, frequency => '7');
SELECT is(pg_temp.verdicts(13), 'C78.00 voided, C34.90 ok',
	'of frequency 7 it replaces, here one of another number');
SELECT pg_temp.dx(14, '2025-06-01', 'C78.00', 'add', 1, claim => 'P'),
	pg_temp.dx(14, '2025-06-02', 'C34.90', 'add', 1, claim => 'P', bill => '118');
SELECT is(pg_temp.verdicts(14), 'C78.00 ok, C34.90 ok',
	'the bill type of a professional claim is nothing');
SELECT pg_temp.dx(15, '2025-06-01', 'C78.00', 'add', 1, claim => 'institutional', bill => '118',
	frequency => '1');
SELECT is(pg_temp.verdicts(15), 'C78.00 ok',
	'a frequency of its own goes before that of the bill type');

----------------------------------------------------------------------
-- Before every other reason, and evidence for nothing
----------------------------------------------------------------------
SELECT pg_temp.dx(20, '2025-06-01', 'E11.9', 'delete', procedures => NULL),
	pg_temp.dx(20, '2025-06-01', 'E11.9', 'void', 1, bill => '211', claim => 'institutional');
SELECT is(pg_temp.verdicts(20), 'E11.9 deleted, E11.9 voided',
	'deleted and voided before what else is wrong with a record');
SELECT results_eq($$ SELECT verdict FROM encounter_rule WHERE NOT custom
	ORDER BY priority LIMIT 2 $$, $$ VALUES ('voided'), ('deleted') $$, 'as the rules say');
-- a gap whose only record of the year is a deletion without procedures
SELECT pg_temp.dx(21, '2025-06-01', 'I50.9', 'add', 1),
	pg_temp.dx(21, '2026-06-01', 'I50.9', 'delete', 2, procedures => NULL, dos => '2026-04-01');
SELECT is((SELECT string_agg(g.status, ' ') FROM rec.patient_gap(pg_temp.u(21), 2026) g), 'open',
	'a deletion documents nothing');
SELECT is_empty($$ SELECT 1 FROM rec.two_way(2026, without_list => 'accept') t
	WHERE t.patient_id = pg_temp.u(21) $$, 'nor is there anything to be taken back');
-- a visit stays one when its only diagnosis is deleted, and is none when it is voided
SELECT pg_temp.dx(22, '2026-05-20', 'I50.9', 'add', 1, procedures => '{" g0439"}',
	dos => '2026-05-01'),
	pg_temp.dx(22, '2026-06-01', 'I50.9', 'delete', 1, procedures => NULL, dos => '2026-05-01'),
	pg_temp.dx(23, '2026-05-20', 'I50.9', 'add', 1, procedures => '{G0439}', dos => '2026-05-01'),
	pg_temp.dx(23, '2026-06-01', 'I50.9', 'void', 1, procedures => '{G0439}', dos => '2026-05-01'),
	pg_temp.dx(24, '2026-06-01', 'I50.9', 'delete', 9, procedures => '{G0439}',
		dos => '2026-05-01');
CALL rec.refresh_gaps(2026);
SELECT is((SELECT array_agg(n ORDER BY n) FROM generate_series(22, 24) n
	JOIN rec.awv_due(2026, as_of => '2026-09-01') a ON a.patient_id = pg_temp.u(n)), '{23,24}',
	'a visit of which a diagnosis was deleted; one that was voided, and a deletion by itself');

----------------------------------------------------------------------
-- Codes
----------------------------------------------------------------------
SELECT is(raf_score(ARRAY[b || 'E11.9' || b], beneficiary(70, 'F'), 'V28', 2026),
	raf_score('{E11.9}'::text[], beneficiary(70, 'F'), 'V28', 2026), 'around a code: ' || h)
FROM unnest('{0009,000b,000c,0085,00a0,00ad,061c,1680,180e,2000,200a,200b,200c,200d,200e,200f,2028,'
	'2029,202a,202e,202f,205f,2060,2066,206f,3000,feff}'::text[]) h,
	LATERAL (SELECT chr(('x' || h)::bit(16)::integer) AS b) b;
SELECT is(icd10_is_code(c), false, 'no code: ' || c)
FROM unnest(ARRAY['1.00E+10', 'E1.165', 'E11.9 I50.9', '', 'E11' || chr(160) || '9']) c;
SELECT pg_temp.dx(30, d, c) FROM (VALUES (date '2025-06-01', '1.00E+10'), ('2025-06-02', 'E1.165'),
	('2025-06-03', 'E11.9,I50.9'), ('2025-06-04', ''), ('2025-06-05', '{E11.9}'),
	('2025-06-06', 'E11.9' || chr(160))) v(d, c);
SELECT is(pg_temp.verdicts(30), '1.00E+10 not_a_code, E1.165 not_a_code, E11.9,I50.9 not_a_code,  '
	'not_a_code, {E11.9} not_a_code, E11.9' || chr(160) || ' ok', 'text that is no code');
SELECT is(pg_temp.score(30), raf_score('{E11.9}'::text[], beneficiary(70, 'F'), 'V28', 2026),
	'which stops nobody');
-- before every reason of the record: readable text that is no code is none either
SELECT is(encounter_verdict(2027, 'MA', c, '2026-05-01', 'by mail', '211', '{80053}', '{93}', NULL,
	'unlinked_chart_review', NULL, 'rejected', false, false), v, 'first of all: ' || c)
FROM (VALUES ('oops', 'not_a_code'), ('25000', 'not_a_code'), ('250.00', 'not_a_code'),
	('ABC', 'not_a_code'), ('E1', 'not_a_code'), ('E119', 'unknown_claim_type'),
	('C7A.1', 'unknown_claim_type')) v(c, v);
SELECT is(encounter_verdict(2026, 'MA', 'oops', '2025-05-01', NULL, NULL, NULL,
	NULL, NULL, NULL, s, NULL, NULL, NULL), s, 'but not before what took it back: ' || s)
FROM unnest('{voided,deleted}'::text[]) s;
CREATE TEMPORARY TABLE own_code AS SELECT encounter_filter_fingerprint(2026, 'MA') AS fingerprint;
INSERT INTO hcc_crosswalk (model_version, icd10_code, hcc_code) VALUES ('OWN', 'OOPS', '1');
SELECT is(encounter_verdict(2026, 'MA', c, '2025-05-01', NULL, NULL, NULL,
	NULL, NULL, NULL, NULL, NULL, NULL, NULL), v, 'a model has a code of its own: ' || c)
FROM (VALUES ('oops', 'ok'), ('25000', 'not_a_code')) v(c, v);
SELECT isnt(encounter_filter_fingerprint(2026, 'MA'), fingerprint, 'which the fingerprint knows')
FROM own_code;
DELETE FROM hcc_crosswalk WHERE model_version = 'OWN';
SELECT is(encounter_filter_fingerprint(2026, 'MA'), fingerprint, 'and forgets') FROM own_code;
SELECT is(encounter_verdict(2026, 'MA', 'oops', '2025-05-01', NULL, NULL, NULL, NULL, NULL, NULL,
	NULL, NULL, NULL, NULL), 'not_a_code', 'as the filter does');
SELECT throws_ok($$ SELECT raf_score('{"E11.9,I50.9"}'::text[], beneficiary(70, 'F')) $$, '22P02',
	NULL, 'but is an error where it is an argument');
SELECT lives_ok($$ SELECT * FROM rec.patient_gap(pg_temp.u(30), 2025) $$, 'no list stops gaps');
SELECT is(hcc_code_verdict(c, '{V28}', 2026), v, format('%s: %s', c, v))
FROM (VALUES ('C50.11', 'incomplete_code'), ('N18.3', 'incomplete_code'),
	('E11', 'incomplete_code'), ('C50.111', 'ok'), ('N18.31', 'ok'), ('Z00.00', 'no_hcc'),
	('N18', 'incomplete_code'),
	('N1', 'not_a_code'), ('250.00', 'not_a_code'), ('A,B', 'not_a_code'), ('', 'not_a_code'),
	(NULL, 'not_a_code'), ('ZZZ', 'not_a_code'), ('?', 'not_a_code')) v(c, v);
SELECT is(hcc_code_verdict('N18.3', '{V24}', 2020), 'ok', 'a code that was whole in its year');
SELECT results_eq($$ SELECT icd10_codes, reason
	FROM raf_explain('{C50.11,Z00.00,???}'::text[], beneficiary(70, 'F'), 'V28', 2026)
	WHERE kind = 'code' ORDER BY 1 $$,
	$$ VALUES ('{???}'::text[], 'not a diagnosis code'),
		('{C5011}', 'incomplete code: mapped codes begin with it'), ('{Z0000}', 'no mapping') $$,
	'raf_explain names them');
CREATE TEMPORARY TABLE told AS SELECT c, pg_temp.dx(31, '2025-06-01', c) AS id
FROM unnest('{C50.11,"E11.9 I50.9",E11.9,Z00.00}'::text[]) c;
SELECT is((rec.explain_diagnosis(id, 2026)).verdict, v, format('explain_diagnosis: %s', v))
FROM told JOIN (VALUES ('C50.11', 'incomplete_code'), ('E11.9 I50.9', 'not_a_code'),
	('E11.9', 'ok'),
	('Z00.00', 'no_hcc')) v(c, v) USING (c);
SELECT ok((rec.explain_diagnosis(id, 2026)).explanation ~ 'not a whole code', 'in a sentence')
FROM told WHERE c = 'C50.11';
-- ICD-9
SELECT pg_temp.dx(32, '2016-01-01', 'V45.1', dos => '2015-09-30'),
	pg_temp.dx(32, '2016-01-02', 'E11.9', dos => '2015-10-01'),
	pg_temp.dx(32, '2016-01-03', 'E11.9', dos => '2015-05-01', system => 'ICD-10-CM'),
	pg_temp.dx(32, '2016-01-04', 'E11.9', dos => '2015-11-01', system => '9'),
	pg_temp.dx(32, '2016-01-05', 'E11.9', dos => '2015-11-01', system => 'http://snomed.info/sct');
SELECT is((SELECT string_agg(d.encounter_verdict, ' ' ORDER BY d.known_at)
	FROM rec.diagnosis(2016, without_list => 'accept') d WHERE d.patient_id = pg_temp.u(32)),
	'not_icd10 ok ok not_icd10 not_icd10', 'ICD-9 by date or by code system');

----------------------------------------------------------------------
-- Words and numbers of records
----------------------------------------------------------------------
SELECT is(encounter_verdict(2026, 'MA', 'E11.9', '2025-05-01', c, b, p, NULL, NULL, NULL, NULL,
	NULL, NULL, NULL), v, format('claim type %s, bill type %s, %s: %s', c, b, p, v))
FROM (VALUES ('P', NULL, '{99213}'::text[], 'ok'), ('837P', NULL, '{99213}', 'ok'),
	('837-P', NULL, '{80053}', 'no_acceptable_hcpcs'), ('CMS-1500', NULL, '{99213}', 'ok'),
	('I', '111', NULL, 'ok'),
	('837I', '131', '{99213}', 'ok'), ('Inpatient', NULL, NULL, 'ok'),
	('inpatient', '211', NULL, 'bill_type'), ('outpatient', NULL, '{80053}', 'no_acceptable_hcpcs'),
	('outpatient', NULL, '{99213}', 'ok'),
	('UB-04', '0111', NULL, 'ok'), ('institutional', '011', NULL, 'ok'),
	('institutional', '111.0', NULL, 'ok'), ('institutional', '11X', NULL, 'ok'),
	('60', NULL, NULL, 'ok'), ('dme', NULL, '{99213}', 'no_acceptable_hcpcs'),
	('mail order', NULL, '{99213}', 'unknown_claim_type'),
	('professionnal', NULL, '{99213}', 'unknown_claim_type')) v(c, b, p, v);
SELECT is(encounter_verdict(2026, 'MA', 'E11.9', '2025-05-01', '', '', '{""}', '{""}', '', '', '',
	' ', true, false), 'ok', 'an empty string is NULL');
SELECT is(encounter_verdict(2026, 'MA', 'E11.9', '2025-05-01', NULL, NULL, NULL, NULL, NULL,
	' RAPS', 'Voided ', NULL, true, false), 'voided', 'words of records in any case, with blanks');
INSERT INTO record_word (kind, word, meaning) VALUES
	('claim_type', 'Arzt', 'professional'), ('claim_type', 'P', 'pharmacy');
SELECT is(encounter_verdict(2026, 'MA', 'E11.9', '2025-05-01', c, NULL, '{99213}', NULL, NULL, NULL,
	NULL, NULL, NULL, NULL), v, 'a word is a row, and one''s own goes first: ' || c)
FROM (VALUES ('arzt', 'ok'), ('P', 'no_acceptable_hcpcs')) v(c, v);
DELETE FROM record_word WHERE custom;
SELECT is(encounter_modality('2026-05-01', '{99213}', ARRAY[m], '11'), 'audio_only', 'modifiers '
	|| m) FROM unnest('{93,25:93,"25,93",2593,"25 93",25-93,"25|FQ","\u00a093"}'::text[]) m
WHERE m !~ 'u00';
SELECT is(encounter_modality('2026-05-01', '{99213}', NULL, p), 'telehealth',
	'place of service ' || p) FROM unnest('{02,2,10," 2","2.0"}'::text[]) p;
SELECT is(hcc_npi(n), e, format('provider %s', COALESCE(n, 'NULL'))) FROM (VALUES
	('1234567893', '1234567893'), (' 1234567893 ', '1234567893'), ('1234567893.0', '1234567893'),
	('123456789', '0123456789'),
	('', NULL), ('A12', 'A12')) v(n, e);

----------------------------------------------------------------------
-- Services that cannot be
----------------------------------------------------------------------
UPDATE rec.patient_demographic SET date_of_death = '2025-05-05'
WHERE patient_id = pg_temp.u(40) AND payment_year = 2026;
SELECT pg_temp.dx(40, '2025-06-01', 'I50.9', dos => '2025-05-05'),
	pg_temp.dx(40, '2025-06-02', 'C78.00', dos => '2025-05-06');
SELECT is(pg_temp.verdicts(40), 'I50.9 ok, C78.00 after_death', 'a service after death');
INSERT INTO rec.patient_demographic (patient_id, payment_year, date_of_birth, sex, known_at) VALUES
	(pg_temp.u(40), 2026, '1955-03-01', 'F', '2026-02-01');
SELECT is(pg_temp.verdicts(40), 'I50.9 ok, C78.00 ok', 'a corrected date of death counts');
SELECT is(pg_temp.verdicts(40, '2026-01-15'), 'I50.9 ok, C78.00 after_death', 'as known before');
SELECT pg_temp.dx(41, '2025-01-01', 'I50.9', dos => '2025-03-01');
SELECT is(pg_temp.verdicts(41, '2025-02-01'), 'I50.9 in_future',
	'a service after the moment asked about');
SELECT is(pg_temp.verdicts(41), 'I50.9 ok', 'which is over now');
SELECT pg_temp.dx(42, current_date, 'I50.9', dos => current_date + 1),
	pg_temp.dx(42, current_date, 'E11.9', dos => current_date);
SELECT is((SELECT array_agg(d.encounter_verdict ORDER BY d.diagnosis_date)
	FROM rec.diagnosis(extract(year
		FROM current_date)::integer + 1, without_list => 'accept', last_day => current_date + 1) d
	WHERE d.patient_id = pg_temp.u(42)), '{ok,in_future}'::text[], 'a service of tomorrow');

-- Who has died has in all years
UPDATE rec.patient_demographic SET date_of_death = '2025-05-05'
WHERE patient_id = pg_temp.u(43) AND payment_year = 2027;
SELECT pg_temp.dx(43, '2025-06-01', 'I50.9', dos => '2025-05-05'),
	pg_temp.dx(43, '2025-06-02', 'C78.00', dos => '2025-05-06');
SELECT is(pg_temp.verdicts(43), 'I50.9 ok, C78.00 after_death',
	'a death that only another year''s row has');
UPDATE rec.patient_demographic SET date_of_death = '2025-05-06'
WHERE patient_id = pg_temp.u(43) AND payment_year = 2026;
SELECT is(pg_temp.verdicts(43), 'I50.9 ok, C78.00 ok',
	'of two dates that of the payment year''s row counts');
UPDATE rec.patient_demographic SET date_of_death = CASE payment_year
	WHEN 2026 THEN date '2025-05-05' END WHERE patient_id = pg_temp.u(43);
SELECT is((SELECT excluded FROM rec.member(2027, '2026-06-01') WHERE patient_id = pg_temp.u(43)),
	'deceased', 'who died in the year before is dead');

----------------------------------------------------------------------
-- A correction that was taken back itself
----------------------------------------------------------------------
-- claim 1 has J44.9, claim 2 takes something back from it, claim 3 voids claim 2
-- what was replaced stays replaced, whatever becomes of the replacement
CREATE TEMPORARY TABLE undone (n, what, action, linked, frequency, undo, own, link, before) AS
VALUES (1, 'a deletion', 'delete', 1, NULL, 'void', 3, 2, 'deleted'),
	(2, 'a deletion, by its own number', 'delete', 1, NULL, 'void', 2, NULL, 'deleted'),
	(3, 'a deletion without a link', 'delete', NULL, NULL, 'void', 3, 2, 'deleted'),
	(4, 'a void', 'void', 1, NULL, 'void', 3, 2, 'voided'), (5, 'a replacement', 'replace', 1, NULL,
		'void', 3, 2, 'voided'), (6, 'a void by frequency', 'add', 1, '8', 'void', 3, 2, 'voided'),
	(7, 'a deletion, by a replacement', 'delete', 1, NULL, 'replace', 3, 2, 'deleted');
SELECT pg_temp.dx(50 + n, '2025-06-01', 'J44.9', 'add', 1),
	pg_temp.dx(50 + n, '2025-06-02', 'J44.9', action, 2, linked, frequency => frequency),
	pg_temp.dx(50 + n, '2025-06-03', 'J44.9', undo, own, link) FROM undone \g /dev/null
CREATE FUNCTION pg_temp.first_claim(patient integer, at timestamptz DEFAULT NULL) RETURNS text
	LANGUAGE sql AS $$
	SELECT string_agg(d.encounter_verdict, ' ') FROM rec.diagnosis(2026, as_of => at) d
	WHERE d.patient_id = pg_temp.u(patient) AND d.encounter_id = pg_temp.u(1) $$;
SELECT is(pg_temp.first_claim(50 + n), CASE WHEN action = 'replace' THEN 'voided' ELSE 'ok' END,
	format('taken back by %s, which was taken back', what)) FROM undone;
SELECT is(pg_temp.first_claim(50 + n, '2025-06-02 12:00'), before,
	format('%s, before it was taken back', what)) FROM undone;
-- what replaces a replacement stands in its place: the first claim stays replaced
SELECT pg_temp.dx(49, '2025-06-01', 'J44.9', 'add', 1), pg_temp.dx(49, '2025-06-02', 'C61',
	'replace', 2, 1), pg_temp.dx(49, '2025-06-03', 'E11.9', 'replace', 3, 2) \g /dev/null
SELECT is(pg_temp.verdicts(49), 'J44.9 voided, C61 voided, E11.9 ok',
	'of a chain of replacements the last counts');
-- known before the correction, or of another record: nothing is undone
SELECT pg_temp.dx(58, '2025-06-01', 'J44.9', 'add', 1), pg_temp.dx(58, '2025-06-02', 'Z00.00',
	'void', 3, 2), pg_temp.dx(58, '2025-06-03', 'J44.9', 'delete', 2, 1),
	pg_temp.dx(59, '2025-06-01', 'J44.9', 'add', 1), pg_temp.dx(59, '2025-06-02', 'Z00.00', 'void',
		3, 4), pg_temp.dx(59, '2025-06-02', 'J44.9', 'delete', 2, 1);
SELECT is(pg_temp.first_claim(n), 'deleted', 'a void of something else undoes nothing')
FROM generate_series(58, 59) n;

----------------------------------------------------------------------
-- RAPS records, and by telephone
----------------------------------------------------------------------
SELECT is(encounter_verdict(2027, 'MA', 'E11.9', '2026-05-01', NULL, NULL, p, m, NULL, 'raps', NULL,
	NULL, NULL, NULL, false, 'accept'), v, format('RAPS, %s, %s: %s', p, m, v))
FROM (VALUES (NULL::text[], NULL::text[], 'ok'), ('{G0439}', '{93}', 'audio_only'),
	(NULL, '{93}', 'audio_only')) v(p, m, v);

----------------------------------------------------------------------
-- Words that nobody knows, in views: rows that cannot be used, and the rest counts
----------------------------------------------------------------------
CREATE SCHEMA seen;
CREATE TABLE seen.line (id uuid DEFAULT gen_random_uuid(), patient_id uuid, source text,
	action text, sent text, claim text);
CREATE VIEW seen.patient_demographic AS TABLE rec.patient_demographic;
CREATE VIEW seen.patient_diagnosis_hcc AS SELECT id, patient_id, NULL::uuid AS encounter_id,
	'I50.9' AS icd10_code, date '2025-05-05' AS diagnosis_date, NULL::text AS provider_npi,
	NULL::text AS contract_id,
	claim AS claim_type, NULL::text AS bill_type, '{99213}'::text[] AS procedure_codes,
	NULL::text[] AS modifiers, NULL::text AS place_of_service, source AS record_source,
	action AS record_action,
	NULL::uuid AS linked_encounter_id, sent AS submission, true AS is_valid_encounter,
	timestamptz '2025-06-01' AS known_at FROM seen.line;
SELECT is(hccraf_setup('seen'), 'seen', 'a panel of views');
INSERT INTO seen.line (patient_id, source, action, sent, claim) VALUES
	(pg_temp.u(1), 'fax', 'add', NULL, NULL), (pg_temp.u(2), 'encounter', 'undo', NULL, NULL),
	(pg_temp.u(3), 'encounter', 'add', 'perhaps', NULL),
	(pg_temp.u(4), 'encounter', 'add', NULL, 'by mail'), (pg_temp.u(5), 'encounter', 'add',
		'accepted', 'professional'), (pg_temp.u(6), NULL, '', ' ', 'P');
SELECT set_eq($$ SELECT patient_id, "column", reason <> '' FROM seen.unusable_rows(2026)
	WHERE "table" = 'patient_diagnosis_hcc' $$,
	$$ VALUES (pg_temp.u(1), 'record_source', true), (pg_temp.u(2), 'record_action', true),
		(pg_temp.u(3), 'submission', true), (pg_temp.u(4), 'claim_type', true) $$,
	'column and reason');
SELECT is(seen.raf_score(pg_temp.u(n), 2026),
	CASE WHEN n >= 5 THEN raf_score('{I50.9}'::text[], beneficiary(70, 'F'), 'V28', 2026)
	ELSE (SELECT score FROM nobody) END, 'the others count') FROM generate_series(1, 6) n;
SELECT lives_ok($$ CALL seen.refresh_gaps(2025) $$, 'nor do they stop gaps');
-- by the program asked for
INSERT INTO encounter_rule (priority, verdict, claim_types, programs) VALUES
	(1, 'after_death', '{professional}', '{PACE}');
SELECT is((SELECT array_agg(patient_id ORDER BY patient_id)
	FROM seen.unusable_rows(2026, program => p) WHERE "column" = 'diagnosis_date'), w,
	'unusable by the rules of ' || p)
FROM (VALUES ('MA', NULL::uuid[]),
	('PACE', ARRAY(SELECT pg_temp.u(n) FROM generate_series(5, 6) n ORDER BY 1))) v(p, w);
SELECT throws_ok($$ SELECT * FROM seen.unusable_rows(2026, program => 'none') $$, '42704', NULL,
	'a program that there is not');
DELETE FROM encounter_rule WHERE custom;

----------------------------------------------------------------------
-- Days of no year: listed in each, or nobody would see them
----------------------------------------------------------------------
CREATE SCHEMA dated;
CREATE TABLE dated.line (n integer, day date, action text DEFAULT 'add',
	since timestamptz DEFAULT '2025-06-01');
CREATE VIEW dated.patient_demographic AS TABLE rec.patient_demographic;
CREATE VIEW dated.patient_diagnosis_hcc AS SELECT pg_temp.u(n) AS id, pg_temp.u(n) AS patient_id,
	NULL::uuid AS encounter_id, 'I50.9' AS icd10_code,
	day AS diagnosis_date, NULL::text AS provider_npi, NULL::text AS contract_id,
	NULL::text AS claim_type, NULL::text AS bill_type, NULL::text[] AS procedure_codes,
	NULL::text[] AS modifiers, NULL::text AS place_of_service, 'encounter' AS record_source,
	action AS record_action, NULL::uuid AS linked_encounter_id,
	NULL::text AS submission, true AS is_valid_encounter, since AS known_at FROM dated.line;
SELECT is(hccraf_setup('dated'), 'dated', 'a panel of views');
INSERT INTO dated.line VALUES (1, '0025-05-01'), (2, 'infinity'), (3, '-infinity'),
	(4, '1925-05-01'), (5, NULL), (6, '1998-12-31'), (7, '9999-12-31'),
	(8, '1999-01-01'), (9, '2025-05-01');
INSERT INTO dated.line VALUES (10, NULL, 'delete'), (11, '1925-05-01', 'void');
INSERT INTO dated.line VALUES (12, '0025-05-01', 'add', '2026-06-01');
SELECT set_eq(format($$ SELECT patient_id, "column", reason ~ 'later than' AS ahead
	FROM dated.unusable_rows(%s) $$, y),
	$$ SELECT pg_temp.u(n), 'diagnosis_date', n = 7 AS ahead
		FROM unnest('{1,2,3,4,5,6,7,12}'::integer[]) n $$,
	'services of no year are listed in ' || y)
FROM generate_series(2025, 2027) y;
SELECT set_eq($$ SELECT patient_id FROM dated.unusable_rows(2026, '2026-01-01') $$,
	$$ SELECT pg_temp.u(n) FROM generate_series(1, 7) n $$, 'those known at the time');
SELECT is((SELECT count(*) FROM dated.unusable_rows(2999)), 8::bigint,
	'each once, also in the last year that there can be');

----------------------------------------------------------------------
-- Tables without the optional columns
----------------------------------------------------------------------
CREATE SCHEMA old;
CREATE TABLE old.patient_diagnosis_hcc (LIKE rec.patient_diagnosis_hcc INCLUDING DEFAULTS);
ALTER TABLE old.patient_diagnosis_hcc DROP frequency_code, DROP code_system;
SELECT lives_ok($$ SELECT hccraf_setup('old') $$,
	'a table without the optional columns is taken over');
INSERT INTO old.patient_diagnosis_hcc (patient_id, encounter_id, icd10_code, diagnosis_date,
	record_action, known_at) SELECT pg_temp.u(1), pg_temp.u(1), 'C78.00', '2025-05-05',
		a, '2025-06-01'
FROM unnest('{add,void}'::text[]) a;
SELECT is((SELECT string_agg(d.encounter_verdict, ' ') FROM old.diagnosis(2026) d),
	'voided voided', 'and read');
ALTER TABLE old.patient_diagnosis_hcc ADD frequency_code text;
SELECT hccraf_setup('old');
INSERT INTO old.patient_diagnosis_hcc (patient_id, encounter_id, icd10_code, diagnosis_date,
	frequency_code, known_at) SELECT pg_temp.u(2), pg_temp.u(1), 'C78.00', '2025-05-05',
		f, '2025-06-01'
FROM unnest('{1,8}'::text[]) f;
SELECT is((SELECT string_agg(d.encounter_verdict, ' ') FROM old.diagnosis(2026) d WHERE d.patient_id
	= pg_temp.u(2)), 'voided voided', 'a column that is added is read after the next setup');
ALTER TABLE old.patient_diagnosis_hcc ADD code_system integer;
SELECT throws_ok($$ SELECT hccraf_setup('old') $$, '42804', NULL,
	'an optional column of another type is an error');
SELECT track_changes FROM rec.track_changes();

SELECT * FROM finish();
ROLLBACK;
