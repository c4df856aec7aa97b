-- Which diagnoses count: section 12 of the definitions, case by case. The
-- list of procedures here is the examples of that section, made by hand.
BEGIN;
CREATE EXTENSION IF NOT EXISTS hccraf;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT plan(225);

INSERT INTO eligible_procedure (service_year, procedure_code)
SELECT y, c FROM generate_series(2023, 2026) y,
	unnest('{G0402,G0438,G0439,G0468,99213,99495,90834,90960,92014,97110,99281,G0463,99490,99491,'
		'99487,G0071}'::text[]) c;
INSERT INTO eligible_procedure (service_year, procedure_code) VALUES
	(2023, 'G2012'), (2024, 'G2012');

-- A professional visit with E11.9 on 1 May before the payment year, unless said otherwise
CREATE FUNCTION pg_temp.verdict(py integer DEFAULT 2026, program text DEFAULT 'MA',
	code text DEFAULT 'E119', dos date DEFAULT '-infinity',
	claim text DEFAULT 'professional', bill text DEFAULT NULL, procedures text[] DEFAULT '{99213}',
	modifiers text[] DEFAULT NULL,
	place text DEFAULT '11', source text DEFAULT NULL, state text DEFAULT NULL,
	submission text DEFAULT NULL, valid boolean DEFAULT NULL,
	switcher boolean DEFAULT NULL, outside boolean DEFAULT false,
	without_list text DEFAULT 'error') RETURNS text
LANGUAGE sql STABLE AS $$
	SELECT encounter_verdict(py, program, code, CASE
		WHEN dos = '-infinity' THEN make_date(py - 1, 5, 1) ELSE dos END, claim, bill, procedures,
		modifiers, place, source, state, submission, valid, switcher, outside, without_list)
$$;

----------------------------------------------------------------------
-- 12.1, row by row
----------------------------------------------------------------------
SELECT is(pg_temp.verdict(procedures => ARRAY[c]), 'ok',
	format('professional, %s is on the list', c))
FROM unnest('{G0402,G0438,G0439,G0468,99213,99495,90834,90960,92014,97110,99281,G0463,99490,99491,'
	'99487,G0071}'::text[]) c;
SELECT is(pg_temp.verdict(procedures => ARRAY[c]), 'no_acceptable_hcpcs',
	format('professional, %s is not', c))
FROM unnest('{99441,99442,99497,G2025,T1015,70450,80053,93000,E0601,A0427}'::text[]) c;
SELECT is(pg_temp.verdict(procedures => p), 'no_acceptable_hcpcs',
	format('professional, procedures %s', COALESCE(p::text, 'NULL')))
FROM (VALUES ('{}'::text[]), (NULL), ('{NULL}'), ('{""}'), ('{9921}'), ('{992133}')) v(p);
SELECT is(pg_temp.verdict(procedures => '{" g0439 "}'), 'ok', 'any case, surrounding blanks');

SELECT is(pg_temp.verdict(claim => 'institutional', bill => b, procedures => p), 'ok',
	format('inpatient %s, procedures %s', b, COALESCE(p::text, 'NULL')))
FROM (VALUES ('111', NULL::text[]), ('11X', '{}'), ('0117', '{80053}'), ('411', NULL),
	('041x', NULL)) v(b, p);
SELECT is(pg_temp.verdict(claim => 'institutional', bill => b || '1',
	procedures => '{80053,99213}'), 'ok', format('outpatient %sX with a procedure of the list', b))
FROM unnest('{12,13,43,71,73,76,77,85,87}'::text[]) b;
SELECT is(pg_temp.verdict(claim => 'institutional', bill => b || '1', procedures => '{80053}'),
	'no_acceptable_hcpcs', format('outpatient %sX without one', b))
FROM unnest('{12,13,43,71,73,76,77,85,87}'::text[]) b;
SELECT is(pg_temp.verdict(claim => 'institutional', bill => b, procedures => '{99213}'),
	'bill_type', format('institutional with bill type %s', COALESCE(quote_literal(b), 'NULL')))
FROM unnest('{181,18X,211,0211,321,32X,811,081X,014X,"",1,NULL}'::text[]) b;
SELECT is(pg_temp.verdict(claim => c, procedures => '{99213}'), 'no_acceptable_hcpcs',
	format('%s claims have no way in, whatever their codes', c))
FROM unnest('{dme,pharmacy,dental,vision}'::text[]) c;
SELECT is(pg_temp.verdict(claim => 'Professional', bill => '111'), 'ok',
	'a claim type in any case; the bill type of a professional claim is nothing');

----------------------------------------------------------------------
-- Lists go by the year of the service
----------------------------------------------------------------------
-- G2012 was on the list until 2024. The year asked is the service's, not the payment year's.
SELECT is(pg_temp.verdict(py, procedures => '{G2012}', dos => dos), v,
	format('D40: G2012 on %s for payment year %s: %s', dos, py, v))
FROM (VALUES (2024, date '2023-12-31', 'ok'), (2025, '2024-01-01', 'ok'),
	(2025, '2024-12-31', 'ok'), (2026, '2025-01-01', 'no_acceptable_hcpcs'),
	(2025, '2025-01-01', 'no_acceptable_hcpcs'), (2026, '2024-12-31', 'ok')) v(py, dos, v);
-- Nothing is copied forward into a year that has no list of its own.
SELECT throws_ok($$ SELECT pg_temp.verdict(2028) $$, '55000',
	'there is no list of procedures for service year 2027',
	'D40: a year without a list has none; the last year''s is not copied forward');
-- The posting names 0266T and does not include it; another library's list has it.
SELECT is((SELECT n FROM hccraf_load_procedures(E'HCPCS/CPT Code,Short Description,'
	'In CY2029 Included List?\n99213,x,yes\n0266T,x,no\n0552T,x,yes\n', 2029)
	WHERE outcome = 'loaded'), 2::bigint, 'D4: CMS''s list of a service year is loaded');
SELECT is(pg_temp.verdict(2030, procedures => ARRAY[c]), v,
	format('D4: %s: %s, as CMS''s own list says', c, v))
FROM (VALUES ('0266T', 'no_acceptable_hcpcs'), ('0552T', 'ok'), ('99213', 'ok')) v(c, v);
SELECT is(pg_temp.verdict(2026, procedures => '{0552T}'), 'no_acceptable_hcpcs',
	'D4: a list is of its own year only');
SELECT is(pg_temp.verdict(claim => 'institutional', bill => '871', procedures => '{99213}'), 'ok',
	'D38: 87X with a procedure of the list counts');
SELECT is(pg_temp.verdict(claim => c, bill => b, procedures => '{80053,36415,99213,93000}'), 'ok',
	format('D39: one line qualifies the whole %s claim', c))
FROM (VALUES ('professional', NULL), ('institutional', '131')) v(c, b);

----------------------------------------------------------------------
-- 12.2 Modality
----------------------------------------------------------------------
SELECT is(encounter_modality('2026-05-01', p, m, place), v, format(
	'modality of %s with %s at %s: %s', p, COALESCE(m::text, 'NULL'), COALESCE(place, 'NULL'), v))
FROM (VALUES ('{99213}'::text[], NULL::text[], '11', 'in_person'),
	('{99213}', '{25}', NULL, 'in_person'), ('{99213}', '{95}', '11', 'audio_video'),
	('{99213}', '{GT}', '02', 'audio_video'), ('{99213}', NULL, '02', 'telehealth'),
	('{99213}', '{25}', '10', 'telehealth'),
	('{99213}', '{93}', '10', 'audio_only'), ('{99213}', '{fq}', '11', 'audio_only'),
	('{99213}', '{"25 93"}', '11', 'audio_only'),
	('{99213,99214}', '{93,NULL}', '11', 'audio_only'),
	('{99213,G0439}', '{93,NULL}', '11', 'in_person'),
	('{99213,G0439}', '{93}', '11', 'audio_only'),
	('{99213,G0439}', '{93,95}', '11', 'audio_video')) v(p, m, place, v);
SELECT is(encounter_modality(NULL, '{99213}', '{93}', '11'), NULL, 'no modality without a date');
SELECT is(encounter_modality('infinity', '{99213}', '{93}', '11'), NULL, 'nor for one in no year');
SELECT is(pg_temp.verdict(py, modifiers => m, place => place), v,
	format('payment year %s, modifiers %s at %s: %s', py, m, place, v))
FROM (VALUES (2027, '{95}'::text[], '10', 'ok'), (2027, '{GT}', '02', 'ok'),
	(2027, '{}', '10', 'ok'), (2027, '{FQ}', '11', 'audio_only'), (2026, '{FQ}', '11', 'ok'),
	(2027, '{93}', '02', 'audio_only')) v(py, m, place, v);
SELECT is(pg_temp.verdict(2027, procedures => '{99213,G0439}', modifiers => '{93,NULL}'), 'ok',
	'one acceptable line that is not audio only is enough');
SELECT is(pg_temp.verdict(2027, procedures => '{99213,80053}', modifiers => '{93,NULL}'),
	'audio_only', 'a line that is not acceptable is not');
SELECT is(pg_temp.verdict(2027, claim => 'institutional', bill => '131', modifiers => '{93}'),
	'audio_only', 'outpatient too');
SELECT is(pg_temp.verdict(2027, claim => 'institutional', bill => '111', modifiers => '{93}'), 'ok',
	'a stay in hospital is not by telephone');
INSERT INTO encounter_modality (kind, code, modality, first_service_year) VALUES
	('procedure', 'G0071', 'audio_only', 2026);
SELECT is(pg_temp.verdict(py, procedures => '{G0071}'), v,
	format('a procedure that is audio only from 2026 on, payment year %s: %s', py, v))
FROM (VALUES (2026, 'ok'), (2027, 'audio_only')) v(py, v);

----------------------------------------------------------------------
-- 12.3 Chart review
----------------------------------------------------------------------
SELECT is(pg_temp.verdict(py, source => s, switcher => w), v,
	format('D41: payment year %s, %s, changed plan %s: %s', py, s, COALESCE(w::text, 'NULL'), v))
FROM (VALUES (2026, 'unlinked_chart_review', false, 'ok'),
	(2027, 'unlinked_chart_review', false, 'unlinked_crr'),
	(2027, 'unlinked_chart_review', NULL, 'unlinked_crr'),
	(2027, 'unlinked_chart_review', true, 'ok'),
	(2027, 'linked_chart_review', false, 'ok'), (2027, 'encounter', false, 'ok')) v(py, s, w, v);
SELECT is(pg_temp.verdict(2027, program => p, source => 'unlinked_chart_review'), 'unlinked_crr',
	format('D41: in %s as well', p))
FROM unnest('{PACE,MA-PD,PDP}'::text[]) p;
SELECT is(pg_temp.verdict(2027, modifiers => '{93}'), 'audio_only',
	'D41: audio only from payment year 2027 on');
SELECT is(pg_temp.verdict(2028, dos => '2026-05-01', modifiers => '{93}'), 'audio_only',
	'D41: and after');
SELECT is(pg_temp.verdict(source => 'raps', procedures => NULL, valid => v), r,
	format('a RAPS record declared %s: %s', COALESCE(v::text, 'NULL'), r))
FROM (VALUES (true, 'ok'), (NULL, 'ok'), (false, 'invalid_encounter')) v(v, r);

----------------------------------------------------------------------
-- Acceptance tests
----------------------------------------------------------------------
SELECT is(pg_temp.verdict(2027, procedures => '{80053}'), 'no_acceptable_hcpcs',
	'acceptance 7: E11.9 on a laboratory claim only');
SELECT is(pg_temp.verdict(2026, dos => '2026-05-01', modifiers => '{93}'), 'ok',
	'acceptance 8: modifier 93 counts by the rules of 2026');
SELECT is(pg_temp.verdict(2027, dos => '2026-05-01', modifiers => '{93}'), 'audio_only',
	'acceptance 8: not by those of 2027');
SELECT is(pg_temp.verdict(2026, dos => '2026-05-01', source => 'unlinked_chart_review'), 'ok',
	'acceptance 8: so does encounter switch 7');
SELECT is(pg_temp.verdict(2027, dos => '2026-05-01', source => 'unlinked_chart_review'),
	'unlinked_crr', 'acceptance 8: and likewise not');

----------------------------------------------------------------------
-- What else is known of a record
----------------------------------------------------------------------
SELECT is(pg_temp.verdict(state => s), s, s) FROM unnest('{voided,deleted}'::text[]) s;
SELECT is(pg_temp.verdict(submission => s), CASE s WHEN 'rejected' THEN 'rejected' ELSE 'ok' END,
	format('submission %s', s))
FROM unnest('{accepted,in_review,not_submitted,submitted,rejected}'::text[]) s;
SELECT is(pg_temp.verdict(outside => true), 'dos_outside_year',
	'outside the year, as the caller says');
SELECT is(pg_temp.verdict(dos => d), 'dos_outside_year',
	format('a record of %s is of no year', COALESCE(d::text, 'NULL')))
FROM (VALUES (NULL::date), ('infinity')) v(d);
-- Nothing known of the claim: the data's own word, without any list
SELECT is(pg_temp.verdict(2040, claim => c, procedures => NULL, valid => v), r,
	format('claim type %s, declared %s: %s', COALESCE(quote_literal(c), 'NULL'),
		COALESCE(v::text, 'NULL'), r))
FROM (VALUES (NULL, true, 'ok'), (NULL, NULL, 'ok'), (NULL, false, 'invalid_encounter'),
	('', false, 'invalid_encounter')) v(c, v, r);
SELECT is(pg_temp.verdict(valid => false), 'ok',
	'of a known claim the filter decides, not what the data say');

-- Each record has every reason that is after its own in the list.
SELECT is(encounter_verdict(2027, 'MA', CASE WHEN i <= 3 THEN '?' ELSE 'E118' END, '2026-11-01',
		CASE WHEN i <= 5 THEN 'by mail' WHEN i <= 7 THEN 'institutional' WHEN i = 14 THEN NULL
		ELSE 'professional' END,
		CASE WHEN i = 6 THEN '131' ELSE '211' END,
		CASE WHEN i = 6 THEN '{80053}' ELSE '{99213}'::text[] END,
		CASE WHEN i <= 12 THEN '{93}'::text[] END, '11',
		CASE WHEN i <= 11 THEN 'unlinked_chart_review' END,
		CASE i WHEN 1 THEN 'voided' WHEN 2 THEN 'deleted' END,
		CASE WHEN i <= 13 THEN 'rejected' END, i < 14, false, i <= 8, 'error',
		CASE WHEN i = 4 THEN 'ICD-9-CM' END, CASE WHEN i <= 9 THEN date '2026-10-31' END,
		CASE WHEN i <= 10 THEN timestamptz '2026-10-01' END), v, format('reason %s is %s', i, v))
FROM unnest('{voided,deleted,not_a_code,not_icd10,unknown_claim_type,no_acceptable_hcpcs,'
	'bill_type,dos_outside_year,after_death,in_future,unlinked_crr,audio_only,rejected,'
	'invalid_encounter}'::text[])
	WITH ORDINALITY u(v, i);
SELECT results_eq($$ SELECT verdict FROM encounter_rule
	WHERE NOT custom AND programs IS DISTINCT FROM '{ACA}'
	GROUP BY verdict ORDER BY min(priority), min(id) $$,
	$$ VALUES ('voided'), ('deleted'), ('unknown_record_action'), ('not_a_code'), ('not_icd10'),
		('unknown_claim_type'), ('unknown_record_source'), ('unknown_submission'),
		('no_acceptable_hcpcs'), ('bill_type'), ('dos_outside_year'), ('after_death'),
		('in_future'),
		('unlinked_crr'), ('audio_only'), ('icd_invalid_for_date'), ('rejected'),
		('invalid_encounter') $$, 'the order of reasons');
SELECT is(encounter_verdict(2026, 'MA', 'E11.9', '2025-05-01', 'by mail', NULL, NULL, NULL, NULL,
	'raps', NULL, NULL, true, false), 'ok',
	'a RAPS record has been filtered, whatever its claim is called');
SELECT is(encounter_verdict(2026, 'MA', 'E11.9', '2025-05-01', 'by mail', NULL, NULL, NULL, NULL,
	NULL, NULL, NULL, true, false), 'unknown_claim_type',
	'a claim type that nobody knows has a reason of its own');

----------------------------------------------------------------------
-- Codes by fiscal year
----------------------------------------------------------------------
INSERT INTO icd10_code (fiscal_year, icd10_code) VALUES
	(2026, 'E119'), (2026, 'G35'), (2027, 'E119'), (2027, 'G35A');
SELECT is(pg_temp.verdict(2027, code => c, dos => d), v,
	format('%s on %s: %s', COALESCE(c, 'NULL'), d, v))
FROM (VALUES ('G35', date '2026-09-30', 'ok'), ('G35', '2026-10-01', 'icd_invalid_for_date'),
	('G35.A', '2026-09-30', 'icd_invalid_for_date'),
	('G35.A', '2026-10-01', 'ok'), ('g35a', '2026-12-31', 'ok'), ('E11.9', '2026-01-01', 'ok'),
	('???', '2026-01-01', 'not_a_code'), (NULL, '2026-01-01', 'ok')) v(c, d, v);
SELECT is(pg_temp.verdict(2026, code => 'G35A'), 'ok',
	'a fiscal year without codes is not checked');
SELECT is(pg_temp.verdict(2027, code => 'G35A', modifiers => '{93}'), 'audio_only',
	'audio only comes before the code');
SELECT is(pg_temp.verdict(2027, code => 'G35A', submission => 'rejected'), 'icd_invalid_for_date',
	'the code before the submission');

----------------------------------------------------------------------
-- Without a list
----------------------------------------------------------------------
SELECT is(pg_temp.verdict(2040, without_list => w), v, format('without a list: %s', w))
FROM (VALUES ('accept', 'ok'), ('reject', 'no_acceptable_hcpcs')) v(w, v);
SELECT is(pg_temp.verdict(2040, claim => 'institutional', bill => '131', procedures => NULL,
	without_list => 'accept'), 'ok', 'accept: as if a procedure were listed');
SELECT is(pg_temp.verdict(2040, claim => 'institutional', bill => b, procedures => NULL), v,
	format('%s needs no list', b))
FROM (VALUES ('111', 'ok'), ('211', 'bill_type')) v(b, v);
SELECT is(pg_temp.verdict(2040, modifiers => '{93}', without_list => 'accept'), 'audio_only',
	'modifiers need none either');
SELECT throws_ok($$ SELECT pg_temp.verdict(2040, without_list => NULL) $$, '55000', NULL,
	'NULL is the default');
SELECT throws_ok($$ SELECT pg_temp.verdict(without_list => 'ignore') $$, '22023',
	'invalid value for argument "without_list": "ignore"', 'another value is an error');

----------------------------------------------------------------------
-- Arguments
----------------------------------------------------------------------
SELECT throws_ok(format('SELECT pg_temp.verdict(%s)', a), c, m, m)
FROM (VALUES ('NULL', '22004', 'payment_year and program must not be NULL'),
	('program => NULL', '22004', 'payment_year and program must not be NULL'),
	('26, dos => NULL', '22003', 'invalid value for argument "payment_year": 26')) v(a, c, m);
SELECT is(pg_temp.verdict(source => s, state => t, submission => u), v, v)
FROM (VALUES ('mail', NULL, NULL, 'unknown_record_source'),
	(NULL, 'lost', NULL, 'unknown_record_action'), (NULL, NULL, 'perhaps', 'unknown_submission'),
	('mail', 'lost', 'perhaps', 'unknown_record_action'),
	('mail', 'voided', 'perhaps', 'voided')) v(s, t, u, v);
SELECT is(encounter_verdict(2026, 'MA', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
	NULL, NULL, NULL, NULL), 'dos_outside_year', 'all NULL');
-- More lines than there is usually room for, from a table: packed and compressed
CREATE TEMPORARY TABLE long_record AS
SELECT n, array_fill('80053'::text, ARRAY[n]) || '{99213}'::text[] AS procedures,
	array_fill('25'::text, ARRAY[n]) || '{93}'::text[] AS modifiers
FROM unnest('{0,1,5,23,24,998,20000}'::integer[]) n;
SELECT is_empty($$ SELECT n FROM long_record WHERE pg_temp.verdict(2027, procedures => procedures,
	modifiers => modifiers) <> 'audio_only' $$, 'long records');

----------------------------------------------------------------------
-- Rules are rows
----------------------------------------------------------------------
CREATE TEMPORARY TABLE fingerprint AS SELECT 'before' AS what,
	encounter_filter_fingerprint(2026, 'MA') AS f;
INSERT INTO encounter_rule (priority, verdict, submissions, first_payment_year,
	last_payment_year, programs)
	VALUES (5, 'not_final', '{in_review,not_submitted,submitted}', 2026, 2026, '{MA}');
SELECT is(pg_temp.verdict(submission => 'in_review', procedures => '{80053}'), 'not_final',
	'a row of one''s own is seen by the next statement, at its place');
SELECT is(pg_temp.verdict(2027, submission => 'in_review'), 'ok', 'in its payment years only');
SELECT is(pg_temp.verdict(program => 'PACE', submission => 'in_review'), 'ok', 'and its programs');
INSERT INTO fingerprint VALUES ('rule', encounter_filter_fingerprint(2026, 'MA'));
SELECT is(encounter_filter_fingerprint(2026, 'PACE'), (SELECT f FROM fingerprint
	WHERE what = 'before'), 'the fingerprint of another program is as before');
UPDATE encounter_rule SET verdict = 'ok' WHERE verdict = 'not_final';
SELECT is(pg_temp.verdict(submission => 'in_review', procedures => '{80053}'), 'ok',
	'ok accepts before other reasons');
DELETE FROM encounter_rule WHERE custom;
SELECT is(pg_temp.verdict(submission => 'in_review', procedures => '{80053}'),
	'no_acceptable_hcpcs', 'a row that is gone is gone');
SELECT is(encounter_filter_fingerprint(2026, 'MA'),
	(SELECT f FROM fingerprint WHERE what = 'before'), 'and the fingerprint as before');
SELECT isnt((SELECT f FROM fingerprint WHERE what = 'rule'),
	(SELECT f FROM fingerprint WHERE what = 'before'), 'rules are in the fingerprint');
INSERT INTO encounter_rule (priority, verdict, claim_types) VALUES (1, 'dental_claim', '{dental}');
SELECT is(pg_temp.verdict(claim => c), v,
	format('claim type %s beside a rule for dental: %s', c, v))
FROM (VALUES ('dental', 'dental_claim'), ('pharmacy', 'no_acceptable_hcpcs'),
	('professional', 'ok')) v(c, v);
UPDATE encounter_rule SET first_payment_year = 2099 WHERE custom;
SELECT is(pg_temp.verdict(claim => 'dental'), 'no_acceptable_hcpcs',
	'dental is another type again');

CREATE FUNCTION pg_temp.filter_error(change text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	message text;
BEGIN
	EXECUTE change;
	PERFORM pg_temp.verdict();
	RETURN 'no error';
EXCEPTION WHEN invalid_object_definition THEN
	GET STACKED DIAGNOSTICS message = MESSAGE_TEXT;
	RETURN message;
END
$$;
SELECT is(pg_temp.filter_error(c), 'the encounter filter is inconsistent: in ' || m, m)
FROM (VALUES
	($$ INSERT INTO encounter_rule (id, priority, verdict, settings) VALUES
		(-1, 1, 'x', '{outdoor}') $$,
		'encounter_rule, row -1 has in settings an unknown value "outdoor"'),
	($$ INSERT INTO encounter_rule (id, priority, verdict) VALUES
		(-2, 1, 'Not ok') $$, 'encounter_rule, row -2 has in verdict an unknown value "Not ok"'),
	($$ INSERT INTO encounter_rule (id, priority, verdict, modalities) VALUES
		(-3, 1, 'x', '{telepathy}') $$,
		'encounter_rule, row -3 has in modalities an unknown value "telepathy"'),
	($$ INSERT INTO encounter_modality (kind, code, modality) VALUES
		('modifier', '?', 'telehealth') $$, 'encounter_modality, modifier "?" is no code'),
	($$ INSERT INTO eligible_bill_type VALUES
		('1311', 'outpatient', true) $$, 'eligible_bill_type, '
		'bill_type "1311" is not the first two or all three digits of a bill type')) v(c, m);
SELECT is(pg_temp.verdict(), 'ok', 'none of which has left anything behind');

----------------------------------------------------------------------
-- The fingerprint
----------------------------------------------------------------------
CREATE FUNCTION pg_temp.fingerprint_after(change text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
	before text := encounter_filter_fingerprint(2027, 'MA');
	after text;
BEGIN
	BEGIN
		EXECUTE change;
		after := encounter_filter_fingerprint(2027, 'MA');
		RAISE EXCEPTION USING ERRCODE = 'P9999';
	EXCEPTION WHEN SQLSTATE 'P9999' THEN
		RETURN before IS DISTINCT FROM after;
	END;
END
$$;
SELECT is(pg_temp.fingerprint_after(c), v, format('the fingerprint of 2027 %s %s',
	CASE WHEN v THEN 'changes with' ELSE 'does not change with' END, w))
FROM (VALUES
	($$ INSERT INTO eligible_procedure (service_year, procedure_code) VALUES
		(2026, 'G9999') $$, true, 'a procedure of 2026'),
	($$ INSERT INTO eligible_procedure (service_year, procedure_code) VALUES
		(2025, 'G9999') $$, false, 'one of 2025'),
	($$ INSERT INTO icd10_code VALUES (2026, 'Z999') $$, true, 'a code of fiscal year 2026'),
	($$ INSERT INTO icd10_code VALUES (2027, 'Z999') $$, true, 'one of fiscal year 2027'),
	($$ INSERT INTO icd10_code VALUES (2025, 'Z999') $$, false, 'one of fiscal year 2025'),
	($$ UPDATE encounter_modality SET modality = 'audio_only'
		WHERE code = '02' $$, true, 'a modality'),
	($$ UPDATE eligible_bill_type SET procedure_required = false
		WHERE bill_type = '87' $$, true, 'a bill type'),
	($$ UPDATE encounter_rule SET note = 'x', priority = priority * 2 $$, false,
		'notes and numbers'),
	($$ UPDATE encounter_rule SET priority = -priority $$, true, 'the order of rules')) v(c, v, w);
SELECT is(encounter_filter_fingerprint(2027, 'MA', '{2026}'),
	encounter_filter_fingerprint(2027, 'MA'), 'by default of the year before the payment year');
SELECT isnt(encounter_filter_fingerprint(2027, 'MA', '{2026,2025}'),
	encounter_filter_fingerprint(2027, 'MA'), 'other years, another fingerprint');
SELECT is(encounter_filter_fingerprint(2027, 'MA', '{2026,2025,2026}'),
	encounter_filter_fingerprint(2027, 'MA', '{2025,2026}'), 'whatever their order');

SELECT * FROM finish();
ROLLBACK;
