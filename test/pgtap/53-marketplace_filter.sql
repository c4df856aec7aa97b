-- Which diagnoses count in the marketplace: program ACA of the encounter filter,
-- which has bill types, service codes and reasons of its own.
BEGIN;
CREATE EXTENSION IF NOT EXISTS hccraf;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT * FROM no_plan();

-- Made by hand: Medicare's list has the visit alone, the marketplace's also a
-- chiropractor's and not the wellness visit. 2026 is taken over from 2025.
INSERT INTO eligible_procedure (service_year, procedure_code) SELECT y, c
FROM generate_series(2024, 2026) y, unnest('{99213,G0439}'::text[]) c;
INSERT INTO eligible_procedure (service_year, procedure_code, program) SELECT y, c, 'ACA'
FROM generate_series(2024, 2025) y, unnest('{99213,98940}'::text[]) c;

CREATE FUNCTION pg_temp.verdict(claim text DEFAULT 'professional', bill text DEFAULT NULL,
	procedures text[] DEFAULT '{99213}',
	source text DEFAULT NULL, outside boolean DEFAULT false, program text DEFAULT 'ACA',
	year int DEFAULT 2025, dos date DEFAULT '2025-05-01',
	modifiers text[] DEFAULT NULL, submission text DEFAULT NULL, state text DEFAULT NULL,
	code text DEFAULT 'E119') RETURNS text LANGUAGE sql STABLE
	RETURN encounter_verdict(year, program, code, dos, claim, bill, procedures, modifiers, '11',
		source, state, submission, NULL, false, outside);

-- Bill types, all three digits of them
SELECT is(pg_temp.verdict('institutional', b, NULL), 'ok',
	format('inpatient %s without any procedure', b)) FROM unnest('{111,117,0111,0117}'::text[]) b;
SELECT is(pg_temp.verdict('institutional', b, procedures), v,
	format('outpatient %s, procedures %s', b, procedures))
FROM unnest('{131,137,711,717,761,767,771,777,851,857}'::text[]) b,
	(VALUES ('{99213}'::text[], 'ok'), ('{80053}', 'no_acceptable_hcpcs'), ('{80053,98940}', 'ok'),
		(NULL, 'no_acceptable_hcpcs')) x(procedures, v);
SELECT is(pg_temp.verdict('institutional', b), 'bill_type',
	format('bill type %s', COALESCE(b, 'NULL')))
FROM unnest('{112,113,114,11X,11,121,132,134,211,321,731,811,871,877,NULL}'::text[]) b;
INSERT INTO eligible_bill_type (bill_type, setting, procedure_required, program) VALUES
	('871', 'outpatient', true, 'ACA');
SELECT is(pg_temp.verdict('institutional', '871'), 'ok',
	'opioid treatment programmes, once a row says so');
SELECT is(pg_temp.verdict('institutional', '877'), 'bill_type', 'and not their replacements');
-- Medicare's are of any frequency and are not touched
SELECT is(pg_temp.verdict('institutional', '114', program => 'MA', year => 2026), 'ok',
	'bill type 114 in Medicare');
SELECT is(pg_temp.verdict('institutional', '731', program => 'MA', year => 2026), 'ok',
	'bill type 731 in Medicare');

-- Lists of procedures of their own
SELECT is(pg_temp.verdict(procedures => '{98940}'), 'ok', 'a procedure of the marketplace''s list');
SELECT is(pg_temp.verdict(procedures => '{98940}', program => 'MA', year => 2026),
	'no_acceptable_hcpcs', 'which is not on Medicare''s');
SELECT is(pg_temp.verdict(procedures => '{G0439}'), 'no_acceptable_hcpcs',
	'one of Medicare''s list');
SELECT is(pg_temp.verdict(procedures => '{G0439}', program => 'PACE', year => 2026), 'ok',
	'which is not on the marketplace''s');
SELECT throws_ok($$ SELECT pg_temp.verdict(year => 2026, dos => '2026-05-01') $$, '55000',
	'there is no list of procedures for service year 2026',
	'Medicare''s list does not stand in for one that is missing');
INSERT INTO eligible_procedure (service_year, procedure_code, program, provisional)
SELECT 2026, procedure_code, program, true FROM eligible_procedure
WHERE service_year = 2025 AND program = 'ACA';
SELECT is(pg_temp.verdict(year => 2026, dos => '2026-05-01', procedures => '{98940}'), 'ok',
	'the list of the year before, marked provisional');
SELECT is((SELECT count(*) FROM hccraf_load_procedures(
	E'HCPCS/CPT Code,Short Description,In CY2026 Included List?\n99213,x,yes\n', 2026)
	WHERE outcome = 'error'), 0::bigint, 'a file of Medicare''s list');
SELECT results_eq($$ SELECT program, count(*) FROM eligible_procedure WHERE service_year = 2026
	GROUP BY program ORDER BY program $$,
	$$ VALUES ('', 1::bigint), ('ACA', 2) $$, 'leaves the marketplace''s alone');

-- Who and when
SELECT is(pg_temp.verdict(outside => true), 'outside_enrollment', 'no enrolment on that day');
SELECT is(pg_temp.verdict(dos => NULL), 'outside_enrollment', 'no day');
SELECT is(pg_temp.verdict(outside => true, program => 'MA', year => 2026), 'dos_outside_year',
	'what Medicare calls it');
SELECT is(pg_temp.verdict('pharmacy', procedures => NULL), 'no_acceptable_hcpcs',
	'drugs give no diagnoses');
SELECT is(pg_temp.verdict(submission => 'rejected'), 'rejected', 'a claim that was not accepted');
SELECT is(pg_temp.verdict(state => s), s, format('a claim that is %s', s))
FROM unnest('{voided,deleted}'::text[]) s;
SELECT is(pg_temp.verdict(code => 'A00.0'), 'ok', 'whether a code is mapped is not asked here');
SELECT is(pg_temp.verdict(code => '25000'), 'not_a_code', 'but whether it is one');

-- Supplemental diagnoses belong to a claim.
SELECT is(pg_temp.verdict(source => 'linked_chart_review'), 'ok',
	'a supplemental diagnosis of an eligible claim');
SELECT is(pg_temp.verdict(source => 'linked_chart_review', procedures => '{80053}'),
	'no_acceptable_hcpcs', 'of one that is not');
SELECT is(pg_temp.verdict(source => 'unlinked_chart_review'), 'unlinked_supplemental', 'of none');
SELECT is(pg_temp.verdict(source => 'unlinked_chart_review', program => 'MA', year => 2026), 'ok',
	'in Medicare such a record may count');

-- What Medicare decided for 2027 is not the marketplace's.
INSERT INTO eligible_procedure (service_year, procedure_code, program) SELECT 2027, '99213', p
FROM unnest('{"",ACA}'::text[]) p;
SELECT is(pg_temp.verdict(year => 2027, dos => '2027-05-01', modifiers => '{93}', program => p), v,
	'by telephone, ' || p)
FROM (VALUES ('ACA', 'ok'), ('MA', 'audio_only'), ('PACE', 'audio_only')) x(p, v);

-- The fingerprint is of the program's own lists.
CREATE TEMP TABLE before AS SELECT p, encounter_filter_fingerprint(2025, p, '{2025}') AS f
FROM unnest('{ACA,MA}'::text[]) p;
INSERT INTO eligible_procedure (service_year, procedure_code, program) VALUES
	(2025, 'G9999', 'ACA');
SELECT results_eq($$ SELECT p, f = encounter_filter_fingerprint(2025, p, '{2025}') FROM before
	ORDER BY p $$, $$ VALUES ('ACA', false), ('MA', true) $$,
	'another list, another fingerprint');

SELECT * FROM finish();
ROLLBACK;
