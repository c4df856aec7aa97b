-- Corrections of corrections, in one batch and in several: of a chain only the last counts.
BEGIN;
CREATE EXTENSION IF NOT EXISTS hccraf;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT * FROM no_plan();

CREATE SCHEMA chain;
SELECT hccraf_setup('chain') \g /dev/null

-- stages the texts, one file each, loads them as one batch
CREATE PROCEDURE pg_temp.load(format text, VARIADIC texts text[]) LANGUAGE plpgsql AS $$
DECLARE
	batch bigint := chain.import_open('chains');
BEGIN
	PERFORM chain.import_stage(batch, format, format('file %s', n), convert_to(t, 'UTF8'))
	FROM unnest(texts) WITH ORDINALITY u(t, n) ORDER BY n;
	CALL chain.import_load(batch, 2026);
END
$$;
-- what of the claims of a member has which verdict, without the rows of the corrections
CREATE FUNCTION pg_temp.counts(member text) RETURNS text LANGUAGE sql AS $$
	SELECT string_agg(DISTINCT d.icd10_code, ' ')
	FROM chain.patient_identifier i
		JOIN chain.diagnosis(2026, without_list => 'accept') d USING (patient_id)
	WHERE i.value = member AND d.encounter_verdict = 'ok' $$;

----------------------------------------------------------------------
-- X12: a chain of claims that all bear one number of the provider's
----------------------------------------------------------------------
-- each claim is frequency:code of the one number P1; interchange tells files apart
CREATE FUNCTION pg_temp.x12(member text, interchange integer, VARIADIC claims text[]) RETURNS text
	LANGUAGE sql AS $$
	SELECT format('ISA*00*          *00*          *ZZ*S              *ZZ*R              '
		'*260115*0930*^*00501*%s*0*P*:~'
		'GS*HC*S*R*20260115*0930*1*X*005010X222A1~ST*837*0001*005010X222A1~'
		'BHT*0019*00*1*20260115*0930*CH~HL*1**20*1~'
		'NM1*85*2*CLINIC*****XX*1245319599~HL*2*1*22*0~SBR*P*18*******16~'
		'NM1*IL*1*OMEGA*ANNA****MI*%s~DMG*D8*19510305*F~'
		'NM1*PR*2*PLAN*****PI*H9999~', lpad(interchange::text, 9, '0'), member)
		|| string_agg(format('CLM*P1*310***11:B:%s*Y*A*Y*Y~%sHI*ABK:%s~LX*1~'
			'SV1*HC:99214*150*UN*1***1~DTP*472*D8*20250310~',
			split_part(c, ':', 1), CASE WHEN c !~ '^1' THEN 'REF*F8*ICN' || n || '~' ELSE '' END,
			split_part(c, ':', 2)), '' ORDER BY n)
		|| format('SE*99*0001~GE*1*1~IEA*1*%s~', lpad(interchange::text, 9, '0'))
	FROM unnest(claims) WITH ORDINALITY u(c, n) $$;

-- encounter numbers are hashes, so that one member would be right by chance
DO $$ BEGIN
	FOR n IN 1 .. 8 LOOP
		CALL pg_temp.load('x12_837', pg_temp.x12('X' || n, n, '1:E1122', '7:J449', '7:C61'));
	END LOOP;
END $$;
SELECT is(pg_temp.counts('X' || n), 'C61',
	'of an original and two replacements in one file the last counts') FROM generate_series(1, 8) n;

CALL pg_temp.load('x12_837', pg_temp.x12('Y1', 11, '7:E1122'));
CALL pg_temp.load('x12_837', pg_temp.x12('Y1', 12, '7:J449'));
SELECT is(pg_temp.counts('Y1'), 'J449', 'of two replacements without original the later counts');
CALL pg_temp.load('x12_837', pg_temp.x12('Y2', 21, '1:E1122', '7:J449'));
CALL pg_temp.load('x12_837', pg_temp.x12('Y2', 22, '7:C61'));
SELECT is(pg_temp.counts('Y2'), 'C61',
	'a replacement of a later batch is about the last of an earlier one');
CALL pg_temp.load('x12_837', pg_temp.x12('Y3', 31, '7:J449'));
CALL pg_temp.load('x12_837', pg_temp.x12('Y3', 32, '1:E1122'));
SELECT is(pg_temp.counts('Y3'), 'J449', 'an original that comes after its replacement is replaced');
CALL pg_temp.load('x12_837', pg_temp.x12('Y4', 41, '1:E1122', '7:J449', '8:J449'));
SELECT is(pg_temp.counts('Y4'), NULL,
	'a void of a replacement ends the claim, and what it replaced does not come back');
CALL pg_temp.load('x12_837', pg_temp.x12('Y5', 51, '1:E1122', '7:J449'));
CALL pg_temp.load('x12_837', pg_temp.x12('Y5', 52, '8:J449'));
SELECT is(pg_temp.counts('Y5'), NULL, 'nor from an earlier batch');
SELECT is_empty($$ SELECT FROM chain.import_claim_record a JOIN chain.import_claim_record b
	ON b.encounter_id = a.linked_encounter_id AND b.linked_encounter_id = a.encounter_id $$,
	'no two are about each other');

----------------------------------------------------------------------
-- FHIR: a chain by related, and a claim that comes again in another state
----------------------------------------------------------------------
CREATE FUNCTION pg_temp.eob(member text, id text, code text, prior text DEFAULT NULL,
	updated text DEFAULT NULL, more jsonb DEFAULT '{}') RETURNS text LANGUAGE sql AS $$
	SELECT (jsonb_strip_nulls(jsonb_build_object('resourceType', 'ExplanationOfBenefit', 'id', id,
		'status', 'active', 'use', 'claim', 'outcome', 'complete',
		'meta', jsonb_build_object('lastUpdated', updated) || COALESCE(more -> 'meta', '{}'),
		'patient', jsonb_build_object('reference', 'Patient/' || member),
		'type', '{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/claim-type",'
		'"code":"professional"}]}'::jsonb,
		'billablePeriod', '{"start":"2025-03-05","end":"2025-03-05"}'::jsonb,
		'diagnosis', jsonb_build_array(jsonb_build_object('sequence', 1, 'diagnosisCodeableConcept',
			jsonb_build_object('coding', jsonb_build_array(
				jsonb_build_object('system', 'http://hl7.org/fhir/sid/icd-10-cm', 'code', code))))),
		'item', '[{"sequence":1,"servicedDate":"2025-03-05",'
		'"productOrService":{"coding":[{"system":"http://www.ama-assn.org/go/cpt",'
		'"code":"99214"}]}}]'::jsonb,
		'related', CASE WHEN prior IS NOT NULL THEN jsonb_build_array(
			jsonb_build_object('relationship', '{"coding":[{"code":"prior"}]}'::jsonb,
			'claim', jsonb_build_object('reference', 'ExplanationOfBenefit/' || prior))) END))
		|| (more - 'meta'))::text $$;
-- what a claim may become, and what it is before and after
CREATE FUNCTION pg_temp.states() RETURNS TABLE (what text, state jsonb, good jsonb)
	LANGUAGE sql AS $$ VALUES
	('denied', '{"payment":{"type":{"coding":[{"code":"denied"}]}}}'::jsonb, '{}'::jsonb),
	('replaced', '{"related":[{"relationship":{"coding":[{"code":"replacedby"}]},'
		'"claim":{"reference":"ExplanationOfBenefit/elsewhere"}}]}', '{}'),
	-- only BFD v3 says so
	('not final', '{"type":{"coding":[
		{"system":"https://bluebutton.cms.gov/fhir/CodeSystem/CLM-TYPE-CD","code":"2700"}]},
		"meta":{"tag":[{"system":"https://bluebutton.cms.gov/fhir/CodeSystem/Final-Action",
		"code":"NotFinalAction"}]}}',
		'{"type":{"coding":[{"system":"https://bluebutton.cms.gov/fhir/CodeSystem/CLM-TYPE-CD",
			"code":"2700"}]},
		"meta":{"tag":[{"system":"https://bluebutton.cms.gov/fhir/CodeSystem/Final-Action",
		"code":"FinalAction"}]}}') $$;

CALL pg_temp.load('fhir', concat_ws(E'\n', pg_temp.eob('f1', 'a1', 'E11.22'),
	pg_temp.eob('f1', 'b1', 'J44.9', 'a1'), pg_temp.eob('f1', 'c1', 'C61', 'b1')));
SELECT is(pg_temp.counts('f1'), 'C61', 'a chain of claims of FHIR in one file');
CALL pg_temp.load('fhir', concat_ws(E'\n', pg_temp.eob('f2', 'c2', 'C61', 'b2'),
	pg_temp.eob('f2', 'b2', 'J44.9', 'a2'), pg_temp.eob('f2', 'a2', 'E11.22')));
SELECT is(pg_temp.counts('f2'), 'C61', 'and the last one first');
CALL pg_temp.load('fhir',
	concat_ws(E'\n', pg_temp.eob('f4', 'a4', 'E11.22'), pg_temp.eob('f4', 'b4', 'J44.9', 'a4')));
CALL pg_temp.load('fhir', pg_temp.eob('f4', 'b4', 'J44.9', 'a4', more => '{"status":"cancelled"}'));
SELECT is(pg_temp.counts('f4'), NULL, 'a replacement that is cancelled later ends the claim');
CALL pg_temp.load('fhir', pg_temp.eob('f3', 'a3', 'E11.22'));
CALL pg_temp.load('fhir', pg_temp.eob('f3', 'b3', 'J44.9', 'a3'));
CALL pg_temp.load('fhir', pg_temp.eob('f3', 'c3', 'C61', 'b3'));
SELECT is(pg_temp.counts('f3'), 'C61', 'and in three batches');

DO $$ DECLARE s record; BEGIN
	FOR s IN SELECT * FROM pg_temp.states() LOOP
		CALL pg_temp.load('fhir', pg_temp.eob('g ' || s.what, 'g ' || s.what, 'C61', NULL,
			'2025-05-01T00:00:00Z', s.good));
		CALL pg_temp.load('fhir', pg_temp.eob('g ' || s.what, 'g ' || s.what, 'C61', NULL,
			'2025-06-01T00:00:00Z', s.state));
		CALL pg_temp.load('fhir', concat_ws(E'\n', pg_temp.eob('h ' || s.what, 'h ' || s.what,
			'C61', NULL, '2025-05-01T00:00:00Z', s.good),
			pg_temp.eob('h ' || s.what, 'h ' || s.what, 'C61', NULL,
				'2025-06-01T00:00:00Z', s.state)));
		CALL pg_temp.load('fhir', concat_ws(E'\n', pg_temp.eob('i ' || s.what, 'i ' || s.what,
			'C61', NULL, '2025-05-01T00:00:00Z', s.state),
			pg_temp.eob('i ' || s.what, 'i ' || s.what, 'C61', NULL,
				'2025-07-01T00:00:00Z', s.good)));
		-- good, not good, and good again, in three batches
		CALL pg_temp.load('fhir', pg_temp.eob('l ' || s.what, 'l ' || s.what, 'C61', NULL,
			'2025-05-01T00:00:00Z', s.good));
		CALL pg_temp.load('fhir', pg_temp.eob('l ' || s.what, 'l ' || s.what, 'C61', NULL,
			'2025-06-01T00:00:00Z', s.state));
		CALL pg_temp.load('fhir', pg_temp.eob('l ' || s.what, 'l ' || s.what, 'C61', NULL,
			'2025-07-01T00:00:00Z', s.good));
		-- and first not good, then good
		CALL pg_temp.load('fhir', pg_temp.eob('m ' || s.what, 'm ' || s.what, 'C61', NULL,
			'2025-05-01T00:00:00Z', s.state));
		CALL pg_temp.load('fhir', pg_temp.eob('m ' || s.what, 'm ' || s.what, 'C61', NULL,
			'2025-06-01T00:00:00Z', s.good));
	END LOOP;
END $$;
SELECT is(pg_temp.counts('g ' || what), NULL,
	format('a claim that comes again and is %s counts no more', what)) FROM pg_temp.states();
SELECT is(pg_temp.counts('h ' || what), NULL,
	format('nor in one file with its earlier version: %s', what)) FROM pg_temp.states();
SELECT is(pg_temp.counts('i ' || what), 'C61',
	format('but it counts if its later version is good: %s', what)) FROM pg_temp.states();
SELECT is(pg_temp.counts(who || what), 'C61', format('also in %s batches: %s', batches, what))
FROM pg_temp.states(), (VALUES ('l ', 'three'), ('m ', 'two')) v (who, batches);
CALL pg_temp.load('fhir',
	concat_ws(E'\n', pg_temp.eob('j', 'j', 'C61'), pg_temp.eob('j', 'j', 'C61')));
SELECT is((SELECT array_agg(r) FROM (SELECT loaded, unchanged, refused FROM chain.import_report()
	ORDER BY file_id DESC LIMIT 1) r)::text, '{"(1,1,0)"}', 'a copy in the same file is unchanged');
-- a condition whose visit comes later
CREATE FUNCTION pg_temp.condition(more jsonb DEFAULT '{}') RETURNS text LANGUAGE sql AS $$
	SELECT (jsonb_build_object('resourceType', 'Condition', 'id', 'k', 'subject',
		'{"reference":"Patient/k"}'::jsonb, 'recordedDate', '2025-08-01',
		'code', '{"coding":[{"system":"http://hl7.org/fhir/sid/icd-10-cm","code":"C61"}]}'::jsonb,
		'encounter', '{"reference":"Encounter/v"}'::jsonb) || more)::text $$;
CALL pg_temp.load('fhir', pg_temp.condition());
SELECT is(pg_temp.counts('k'), NULL, 'a condition without its visit does not count');
CALL pg_temp.load('fhir', pg_temp.condition(),
	'{"resourceType":"Encounter","id":"v","status":"finished","class":{"code":"AMB"},'
	'"period":{"start":"2025-08-01","end":"2025-08-01"}}');
SELECT is(pg_temp.counts('k'), 'C61', 'but when the visit has come');

----------------------------------------------------------------------
-- MAO-004: replacements tell of single codes, and a void of one ends the whole
----------------------------------------------------------------------
-- each record is switch:icn:linked:codes with flag
CREATE FUNCTION pg_temp.mao004(member text, day date, VARIADIC records text[]) RETURNS text
	LANGUAGE sql AS $$
	SELECT rpad(format('0*MAO-004*H9999*%s*Encounter Data Diagnosis Eligible for '
		'Risk Adjustment*%s*PROD*3*3*', to_char(day, 'YYYYMMDD'), repeat(' ', 30)), 500)
		|| E'\n' || string_agg(rpad(format(
			'1*MAO-004*H9999*%s*%s*%s*%s*A*20250210*20250115*20250115*P*A* *0*', rpad(member, 12),
			rpad(split_part(r, ':', 2), 20), split_part(r, ':', 1), rpad(split_part(r, ':', 3), 20))
			|| (SELECT string_agg(CASE WHEN c = '' THEN '       * *'
				ELSE rpad(left(c, -1), 7) || '*' || right(c, 1) || '*' END, '' ORDER BY m)
				FROM (SELECT COALESCE((string_to_array(split_part(r, ':', 4), ' '))[m], '') AS c, m
					FROM generate_series(1, 38) m) x), 500), E'\n' ORDER BY n)
		|| E'\n' || rpad(format('9*MAO-004*H9999*%s*', lpad(count(*)::text, 18, '0')), 500)
	FROM unnest(records) WITH ORDINALITY u(r, n) $$;
CREATE TEMPORARY TABLE report AS SELECT * FROM (VALUES
	(1, ARRAY['1:1::E1122A N1831A', '3:2:1:N1831D N1832A', '2:3:2:E1122D N1832D'], NULL,
		'a void of a replacement'),
	(2, ARRAY['1:11::E1122A N1831A', '3:12:11:N1831D N1832A', '3:13:12:E1122D'], 'N1832',
		'a replacement of a replacement'),
	(3, ARRAY['1:21::E1122A', '2:22:21:'], NULL, 'a void that names no code'),
	(4, ARRAY['1:31::E1122A N1831A', '3:32:31:N1831D', '4:33::C61A'], 'C61 E1122',
		'a replacement')) r (n, records, wanted, what);
DO $$ DECLARE r record; BEGIN
	FOR r IN SELECT * FROM report LOOP
		CALL pg_temp.load('mao004',
			pg_temp.mao004('1S00E00DD0' || r.n, '2025-07-01', VARIADIC r.records));
	END LOOP;
END $$;
SELECT is(pg_temp.counts('1S00E00DD0' || n), wanted, what || ' of MAO-004') FROM report;

SELECT * FROM finish();
ROLLBACK;
