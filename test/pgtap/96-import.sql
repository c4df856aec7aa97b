-- From files to rows: staging, reading, netting, loading. The files are made up
-- here; those of others are compared by test/import/run.
CREATE EXTENSION IF NOT EXISTS hccraf;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT plan(134);
SET client_min_messages = error;

-- An interchange with one transaction around segments, its numbers right
CREATE FUNCTION pg_temp.x12(guide text, control text, body text) RETURNS bytea LANGUAGE sql AS $$
	SELECT convert_to(format('ISA*00*          *00*          *ZZ*S              *ZZ*R              '
		'*260115*0930*^*00501*%s*0*P*:~GS*%s*S*R*20260115*0930*1*X*%s~ST*%s*0001*%3$s~'
		'%5$sSE*%6$s*0001~'
		'GE*1*1~IEA*1*%1$s~', lpad(control, 9, '0'),
		CASE kind WHEN '834' THEN 'BE' ELSE 'HC' END, guide,
		kind, body, length(body) - length(replace(body, '~', '')) + 2), 'UTF8')
	FROM (SELECT CASE WHEN guide LIKE '%220%' THEN '834' ELSE '837' END) k (kind)
$$;
CREATE FUNCTION pg_temp.who(member text, birth text DEFAULT '19480305', sex text DEFAULT 'F')
	RETURNS text LANGUAGE sql AS $$
	SELECT format(
		'HL*1**20*1~NM1*85*2*C*****XX*1245319599~HL*2*1*22*0~SBR*P*18~NM1*IL*1*A*B****MI*%s~'
		'DMG*D8*%s*%s~NM1*PR*2*P*****PI*H9999~', member, birth, sex)
$$;
CREATE FUNCTION pg_temp.claim(id text, codes text[], frequency text DEFAULT '1',
	replaces text DEFAULT NULL, day text DEFAULT '20250310') RETURNS text LANGUAGE sql AS $$
	SELECT format(
		'CLM*%s*100***11:B:%s*Y*A*Y*Y~%sHI*%s~LX*1~SV1*HC:99213*100*UN*1***1~DTP*472*D8*%s~',
		id, frequency, 'REF*F8*' || replaces || '~',
		(SELECT string_agg(CASE n WHEN 1 THEN 'ABK:' ELSE 'ABF:' END || c, '*' ORDER BY n)
			FROM unnest(codes) WITH ORDINALITY u (c, n)), day)
$$;
CREATE FUNCTION pg_temp.p837(control text, body text) RETURNS bytea LANGUAGE sql
	AS $$ SELECT pg_temp.x12('005010X222A1', control, body) $$;
CREATE FUNCTION pg_temp.p834(control text, body text) RETURNS bytea LANGUAGE sql
	AS $$ SELECT pg_temp.x12('005010X220A1', control, body) $$;
CREATE FUNCTION pg_temp.member(number text, mbi text, spans text, birth text DEFAULT '19480210',
	sex text DEFAULT 'M', action text DEFAULT '030') RETURNS text LANGUAGE sql AS $$
	SELECT format('INS*Y*18*%1$s*XN*A*C:0**FT~REF*0F*%2$s~REF*1L*H9999-001~'
		'%3$sNM1*IL*1*O*P****ZZ*%2$s~%4$s%5$s',
		action, number, 'REF*F6*' || mbi || '~', format('DMG*D8*%s*%s~', birth, sex), spans)
$$;
CREATE FUNCTION pg_temp.reasons(findings import_finding[]) RETURNS text[] LANGUAGE sql
	AS $$ SELECT array_agg(f.reason ORDER BY f.reason) FROM unnest(findings) f $$;

----------------------------------------------------------------------
-- Reading one text
----------------------------------------------------------------------
CREATE TEMPORARY TABLE one AS
SELECT *
FROM x12_837(pg_temp.p837('1', pg_temp.who('1S00E00AA01') || pg_temp.claim('A', '{E11.22,i509}')));
SELECT is(count(*), 1::bigint, 'one claim, one row') FROM one;
SELECT is((scope, record, "position", member_system, member_id, claim_id, status, record_source,
	record_action)::text,
	'(claim,ST*0001,11,mbi,1S00E00AA01,A,original,encounter,add)', 'what it is') FROM one;
SELECT is((claim_type, place_of_service, service_from, service_to, provider_npi, provider_role,
	contract_id)::text,
	'(professional,11,2025-03-10,2025-03-10,1245319599,billing,H9999)',
	'where, when and by whom') FROM one;
-- A value is looked at eight bytes at once while it is copied: of any length, with any byte
-- anywhere, it is what it was, or is told to be no text.
CREATE TEMPORARY TABLE value_with AS
SELECT odd, decode(repeat('42', at), 'hex') || odd || decode(repeat('43', length - at - 1), 'hex')
	AS value, odd NOT IN ('\x00', '\x80', '\xff') AS is_text
FROM unnest('{41,7f,1f,01,c3a9,00,80,ff}'::text[]) h (hex)
	CROSS JOIN LATERAL decode(hex, 'hex') o (odd)
	CROSS JOIN generate_series(1, 36) length CROSS JOIN LATERAL generate_series(0, length - 1) at;
CREATE FUNCTION pg_temp.put(file bytea, value bytea) RETURNS bytea LANGUAGE sql AS $$
	SELECT substr(file, 1, at - 1) || value || substr(file, at + 6)
	FROM (SELECT position('@VALUE' IN encode(file, 'escape'))) p (at)
$$;
SELECT is_empty($$
	SELECT v.odd, v.value FROM value_with v CROSS JOIN LATERAL x12_837(pg_temp.put(
		pg_temp.p837('1', pg_temp.who('M1') || pg_temp.claim('@VALUE', '{I509}')), v.value)) c
	WHERE c.claim_id IS DISTINCT FROM
			CASE WHEN is_text THEN convert_from(v.value, 'UTF8') END COLLATE "C"
		OR pg_temp.reasons(c.refused) IS DISTINCT FROM
			CASE WHEN NOT is_text THEN '{bad_encoding}'::text[] END
	$$, 'a claim''s number, with any byte anywhere');
SELECT is_empty($$
	SELECT v.odd, v.value FROM value_with v CROSS JOIN LATERAL x12_834(pg_temp.put(
		pg_temp.p834('1', pg_temp.member('M1', '@VALUE', '')), v.value)) p
	WHERE is_text AND convert_from(v.value, 'UTF8') COLLATE "C" <> ALL (
			SELECT i.value FROM unnest(p.identifiers) i)
		OR ('bad_encoding' = ANY (pg_temp.reasons(p.refused))) IS NOT DISTINCT FROM is_text $$,
	'a member''s Medicare number, in an array');
SELECT is(diagnoses::text, '{"(1,E1122,10,principal,,)","(2,I509,10,other,,)"}',
	'its diagnoses') FROM one;
SELECT is(lines::text, '{"(1,99213,,,11,2025-03-10,2025-03-10,{1},,,,,)"}', 'its lines') FROM one;
SELECT is(warnings::text, '{"(dx_not_normal,12,HI)"}', 'what it says besides') FROM one;
SELECT is(refused, NULL, 'and nothing against it') FROM one;
SELECT is(pg_temp.reasons(refused), expected, message) FROM (VALUES
	('{truncated}'::text[], split_part(convert_from(pg_temp.p837('1',
		pg_temp.who('M1') || pg_temp.claim('A', '{E119}')), 'UTF8'), 'SE*', 1)::bytea,
		'cut off: the claim is refused'),
	('{future_date}', pg_temp.p837('1',
		pg_temp.who('M1') || pg_temp.claim('A', '{E119}', day => '29990101')), 'not yet'),
	('{bad_date}', pg_temp.p837('1',
		pg_temp.who('M1') || pg_temp.claim('A', '{E119}', day => '20250230')), 'no day'),
	('{no_member_id}',
		pg_temp.p837('1', pg_temp.who('') || pg_temp.claim('A', '{E119}')), 'of nobody'),
	('{no_diagnosis}', pg_temp.p837('1', pg_temp.who('M1') || pg_temp.claim('A', '{12345}')),
		'no code of ICD-10-CM'),
	('{bad_encoding}', pg_temp.p837('1', pg_temp.who('M_1') || pg_temp.claim('A', '{E119}')),
		'no text')) v (expected, content, message)
	CROSS JOIN LATERAL x12_837(CASE message WHEN 'no text'
		THEN decode(replace(encode(content, 'hex'), '4d5f31', '4dff31'), 'hex') ELSE content END) c
WHERE c.scope = 'claim';
-- a NUL in the name of a dependent, by which he is known, and in that of a member
SELECT is(pg_temp.reasons(c.refused), '{bad_encoding}', 'a dependent whose name is no text')
FROM x12_837(decode(replace(encode(pg_temp.p837('1', pg_temp.who('M1')
	|| 'HL*3*2*23*0~PAT*19~NM1*QC*1*A*B_C~' || pg_temp.claim('A', '{E119}')), 'hex'),
	encode('B_C', 'hex'), '420043'), 'hex')) c WHERE c.scope = 'claim';
SELECT is(pg_temp.reasons(p.refused), '{bad_encoding}', 'a member whose name is no text')
FROM x12_834(decode(replace(encode(pg_temp.p834('1', 'INS*Y*18*030*XN*A~REF*0F*M1~'
	'NM1*IL*1*O*B_C****ZZ*M1~'), 'hex'), encode('B_C', 'hex'), '420043'), 'hex')) p
WHERE p.scope = 'person';
-- A stretch of 70 KB without a terminator within claim A. By the count of SE it is one segment
-- and of claim A; or it is the levels of somebody else, M2, whose claim B is then: nobody knows.
CREATE TEMPORARY TABLE hidden AS SELECT hides, c.* FROM (SELECT hides, convert_to(replace(
	convert_from(pg_temp.p837('1', pg_temp.who('M1') || pg_temp.claim('A', '{E119}') || 'NTE*ADD*'
		|| text || '~' || pg_temp.claim('B', '{I509}')), 'UTF8'), text, translate(text, '~', '!')),
	'UTF8') AS content FROM (VALUES (false, repeat('x', 70000)),
		(true, repeat('HL*3*1*22*0~NM1*IL*1*O*P****MI*M2~', 2000))) v (hides, text)) f
	CROSS JOIN LATERAL x12_837(content) c;
SELECT results_eq($$ SELECT claim_id, refused::text FROM hidden WHERE NOT hides
	ORDER BY "position" $$, $$ VALUES ('A', '{"(too_long,16,)"}'), ('B', NULL) $$,
	'a segment that is too long refuses its claim');
SELECT results_eq($$ SELECT scope, claim_id, refused::text, attributes::text FROM hidden WHERE hides
	ORDER BY "position", scope $$, $$ VALUES ('claim', 'A', '{"(too_long,16,)"}', NULL),
	('transaction', NULL, '{"(too_long,16,)"}', NULL), ('claim', 'B', '{"(too_long,16,)"}', NULL),
	('transaction', NULL, NULL, '{"said": 4020, "counted": 20}') $$,
	'one that may be many refuses the transaction');
SELECT results_eq($$ SELECT m.kind, pg_temp.reasons(p.refused), p.member_id
	FROM unnest('{34,ZZ}'::text[]) m (kind)
		CROSS JOIN LATERAL x12_834(pg_temp.p834('1', format(
			'INS*Y*18*030*XN*A*C:0**FT~NM1*IL*1*O*P****%s*123456789~DMG*D8*19480210*M~', m.kind))) p
	ORDER BY 1 $$, $$ VALUES ('34', '{no_member_id}'::text[], NULL), ('ZZ', NULL, '123456789') $$,
	'a social security number is no number of a member');
SELECT is(array_agg((scope, refused)::text), expected::text[], message) FROM (VALUES
	('{"(file,\"{\"\"(no_isa,1,ISA)\"\"}\")"}', ''::bytea, 'an empty file'),
	('{"(file,\"{\"\"(bad_encoding,1,ISA)\"\"}\")"}', '\xfffe490053004100', 'UTF-16'),
	('{"(file,\"{\"\"(bad_encoding,1,ISA)\"\"}\")"}', '\x0049005300410000',
		'UTF-16, the other way round'),
	('{"(transaction,\"{\"\"(unsupported_transaction,3,ST03)\"\"}\")"}',
		pg_temp.x12('004010X098A1', '1', 'BHT*1~'),
		'version 4010'),
	('{"(transaction,\"{\"\"(unsupported_transaction,3,ST03)\"\"}\")"}',
		pg_temp.p834('1', 'BGN*00~'), 'an 834 among 837')) v (expected, content, message)
	CROSS JOIN LATERAL x12_837(content) GROUP BY expected, message, content;
SELECT is(count(*), 500::bigint, 'claims in pieces of a few bytes are the same claims') FROM (
	SELECT * FROM x12_837(pg_temp.p837('1',
		(SELECT string_agg(pg_temp.who('M' || n) || pg_temp.claim('C' || n, '{E119,I509}'), '')
		FROM generate_series(1, 500) n)))) c;
BEGIN;
DECLARE one_line CURSOR FOR SELECT convert_to(repeat('0123456789', 2000000), 'UTF8')
FROM generate_series(1, 2);
SELECT is((octet_length(line), sha256(line))::text,
	(40000000, sha256(convert_to(repeat('0123456789', 4000000), 'UTF8')))::text,
	'a long line without an end, in pieces')
FROM import_lines('one_line'::refcursor);
COMMIT;
BEGIN;
CREATE TEMPORARY TABLE pieces AS
SELECT n, substr(whole, n * 7 + 1, 7) AS content
FROM (SELECT pg_temp.p837('1',
	(SELECT string_agg(pg_temp.who('M' || n) || pg_temp.claim('C' || n, '{E119,I509}'), '')
		FROM generate_series(1, 50) n))) w (whole), generate_series(0, octet_length(whole) / 7) n;
DECLARE pieces_of_file CURSOR FOR SELECT content FROM pieces ORDER BY n;
CREATE TEMPORARY TABLE from_pieces AS SELECT * FROM x12_837('pieces_of_file'::refcursor, 5);
SELECT results_eq('SELECT DISTINCT file_id FROM from_pieces', 'VALUES (5::bigint)',
	'each claim knows its file');
SELECT is_empty($$ SELECT to_jsonb(c) - 'file_id' FROM from_pieces c EXCEPT ALL
	SELECT to_jsonb(c) - 'file_id'
	FROM x12_837((SELECT string_agg(content, '' ORDER BY n) FROM pieces)) c $$,
	'and is as it is in the whole');
SELECT throws_ok($$ SELECT * FROM x12_837('nowhere'::refcursor, 1) $$, '34000',
	'cursor "nowhere" does not exist', 'no cursor');
ROLLBACK;

----------------------------------------------------------------------
-- Loading
----------------------------------------------------------------------
CREATE SCHEMA import_test;
SELECT hccraf_setup('import_test') \g /dev/null
SET search_path = public, import_test;
-- Stages one file in a batch of its own, loads it, and tells what became of it.
CREATE FUNCTION pg_temp.load(content bytea, format text DEFAULT 'x12_837') RETURNS text
	LANGUAGE plpgsql AS $$
DECLARE
	batch bigint := import_test.import_open();
BEGIN
	PERFORM import_test.import_stage(batch, format, 'file', content);
	CALL import_test.import_load(batch, 2026);
	RETURN (SELECT concat_ws(' ', r.read, r.loaded, r.unchanged, r.refused)
		FROM import_test.import_report(batch) r);
END
$$;
-- The codes of a member that count
CREATE FUNCTION pg_temp.counted(member text) RETURNS text[] LANGUAGE sql AS $$
	SELECT array_agg(DISTINCT d.icd10_code ORDER BY d.icd10_code)
	FROM import_test.counted_diagnosis(2026, without_list => 'accept') d
		JOIN import_test.patient_identifier i USING (patient_id)
	WHERE i.value = member
$$;
INSERT INTO eligible_procedure (service_year, procedure_code, source) VALUES
	(2025, '99213', 'import') ON CONFLICT DO NOTHING;

SELECT is(pg_temp.load(pg_temp.p837('1',
	pg_temp.who('M1') || pg_temp.claim('A', '{E1122,I509}') || pg_temp.claim('B', '{J449}')
	|| pg_temp.claim('C', '{9}'))), '3 2 0 1', 'three claims, one of them refused');
SELECT is(pg_temp.counted('M1'), '{E1122,I509,J449}', 'their codes count');
SELECT is(pg_temp.load(pg_temp.p837('1',
	pg_temp.who('M1') || pg_temp.claim('A', '{E1122,I509}') || pg_temp.claim('B', '{J449}')
	|| pg_temp.claim('C', '{9}'))), '3 0 2 1', 'the same file again changes nothing');
SELECT results_eq('SELECT refused, reason, field, "position" FROM import_refusal '
	'ORDER BY file_id DESC, refused DESC LIMIT 2',
	$$ VALUES (true, 'no_diagnosis', 'HI', 21::bigint), (false, 'bad_diagnosis', 'HI', 22) $$,
	'what was refused, where and why');
SELECT is((SELECT count(*) FROM patient_diagnosis_hcc), 3::bigint, 'three rows');
SELECT is_empty($$ SELECT FROM patient_diagnosis_hcc d
	WHERE NOT EXISTS (SELECT FROM import_claim_record r
	JOIN import_file f USING (file_id) JOIN import_batch b USING (batch_id)
	WHERE r.encounter_id = d.encounter_id AND r."position" IN (11, 16)) $$,
	'each row leads to its batch, file and position');
SELECT is(pg_temp.load(pg_temp.p837('1',
	pg_temp.who('M1') || pg_temp.claim('A', '{E1122,N184}') || pg_temp.claim('B', '{J449}'))),
	'2 1 1 0', 'the same claim with another content');
SELECT is(pg_temp.counted('M1'), '{E1122,J449,N184}', 'is corrected');
SELECT is((SELECT count(*) FROM counted_diagnosis(2026, as_of => (SELECT min(known_at)
	FROM patient_diagnosis_hcc), without_list => 'accept')),
	3::bigint, 'and what was known before is known');
SELECT is(pg_temp.load(pg_temp.p837('1', pg_temp.who('M1') || pg_temp.claim('A', '{E1122,I509}'))),
	'1 1 0 0', 'as it was at first');
SELECT is(pg_temp.counted('M1'), '{E1122,I509,J449}', 'counts as at first');
SELECT is(pg_temp.load(pg_temp.p837('1', pg_temp.who('M1') || pg_temp.claim('A', '{E1122,N184}'))),
	'1 1 0 0', 'and corrected again');
SELECT is(pg_temp.counted('M1'), '{E1122,J449,N184}', 'counts as corrected');
-- two visits under one account number in one file are two claims
SELECT is(pg_temp.load(pg_temp.p837('2',
	pg_temp.who('M2') || pg_temp.claim('A', '{E119}') || pg_temp.claim('A', '{I10,F331}'))),
	'2 2 0 0', 'one account number, two claims');
SELECT is(pg_temp.counted('M2'), '{E119,F331,I10}', 'nothing of them is lost');
-- the same file twice in a batch: the copy is not refused
SELECT import_open('twice') AS batch \gset
SELECT import_stage(:batch,
	'x12_837', n, pg_temp.p837('22', pg_temp.who('M22') || pg_temp.claim('A', '{E119}')))
FROM unnest('{a,b}'::text[]) n \g /dev/null
CALL import_claims(:batch);
SELECT results_eq(format('SELECT read, loaded, unchanged, refused FROM import_report(%s)', :batch),
	'VALUES (1::bigint, 0::bigint, 1::bigint, 0::bigint), (1, 1, 0, 0)',
	'of copies one is loaded, and the other is unchanged');
CALL import_claims(:batch);
SELECT results_eq(format('SELECT read, loaded, unchanged, refused FROM import_report(%s)', :batch),
	'VALUES (1::bigint, 0::bigint, 1::bigint, 0::bigint), (1, 0, 1, 0)',
	'and both are the second time');

-- Voids and replacements
SELECT is(pg_temp.load(pg_temp.p837('3', pg_temp.who('M3') || pg_temp.claim('A', '{E119,I509}')
	|| pg_temp.claim('B', '{J449}', day => '20250401')
	|| pg_temp.claim('C', '{N184}', day => '20250501'))), '3 3 0 0', 'three claims');
SELECT is(pg_temp.load(pg_temp.p837('4', pg_temp.who('M3') || pg_temp.claim('A', '{E1122}', '7')
	|| pg_temp.claim('B', '{J449}', '8', day => '20250401'))), '2 2 0 0',
	'a replacement and a void of their own numbers');
SELECT is(pg_temp.counted('M3'), '{E1122,N184}', 'replaced and voided');
UPDATE import_claim_record SET control_number = 'ICN77'
WHERE claim_id = 'C' AND replaces IS NULL AND service_from = '2025-05-01';
SELECT is(pg_temp.load(pg_temp.p837('5',
	pg_temp.who('M3') || pg_temp.claim('X', '{N184}', '8', 'ICN77', day => '20250501'))),
	'1 1 0 0', 'a void of the payer''s number');
SELECT is(pg_temp.counted('M3'), '{E1122}', 'voids');
SELECT is(pg_temp.load(pg_temp.p837('6',
	pg_temp.who('M3') || pg_temp.claim('E', '{F331}', '8', 'D', day => '20250601'))),
	'1 1 0 0', 'a void that comes first');
SELECT results_eq($$ SELECT reason FROM import_refusal WHERE NOT refused
	ORDER BY file_id DESC LIMIT 1 $$,
	$$ VALUES ('no_original'::text) $$, 'is said to be of nothing');
SELECT is(pg_temp.load(pg_temp.p837('7', pg_temp.who('M3')
	|| pg_temp.claim('D', '{F331}', day => '20250601'))), '1 1 0 0', 'what it voids');
SELECT is(pg_temp.counted('M3'), '{E1122}', 'is voided though it came later');
SELECT is(pg_temp.load(pg_temp.p837('8',
	pg_temp.who('M4') || pg_temp.claim('C', '{N184}', '8', day => '20250501'))), '1 1 0 0',
	'another member''s void of a number of that name');
SELECT is((SELECT linked_encounter_id FROM import_claim_record WHERE claim_key LIKE '%|M4|%'), NULL,
	'is none of this one''s');

-- Roles that are loaded when asked for, after a load without them, too
SELECT import_open('roles') AS batch \gset
SELECT import_stage(:batch, 'x12_837', 'roles', pg_temp.p837('20', pg_temp.who('M8')
	|| replace(pg_temp.claim('A', '{E119}'), 'HI*ABK:E119', 'HI*ABK:E119~HI*ABJ:I5022')))
\g /dev/null
CALL import_claims(:batch);
SELECT is(pg_temp.counted('M8'), '{E119}', 'an admitting diagnosis is not loaded');
CALL import_claims(:batch, all_roles => true);
SELECT is(pg_temp.counted('M8'), '{E119,I5022}', 'unless it is asked for');
CALL import_claims(:batch, all_roles => true);
SELECT is((SELECT concat_ws(' ', r.read, r.loaded, r.unchanged, r.refused)
	FROM import_report(:batch) r), '1 0 1 0', 'which again changes nothing');

-- A batch is whole
SELECT import_open('half') AS batch \gset
SELECT import_stage(:batch, 'x12_837', 'half') AS file \gset
SELECT throws_ok('CALL import_claims(' || :batch || ')', '55000', NULL,
	'a file that is not staged to its end');
INSERT INTO import_chunk
SELECT :file, 1, pg_temp.p837('9', pg_temp.who('M9') || pg_temp.claim('A', '{E119}'));
SELECT isnt(import_staged(:file), NULL, 'now it is');
SELECT lives_ok('CALL import_claims(' || :batch || ')', 'and loads');
DELETE FROM import_chunk WHERE file_id = :file;
SELECT throws_ok('CALL import_claims(' || :batch || ')', '55000',
	format('the bytes of file %s of the batch are no longer there', :file), 'bytes that are gone');
SELECT throws_ok('CALL import_claims(-1)', '22023', 'there is no batch -1', 'no batch');
SELECT throws_ok($$ SELECT import_stage(1, 'x12', 'f', '') $$, '22023',
	'there is no format "x12"', 'no format');

----------------------------------------------------------------------
-- People
----------------------------------------------------------------------
SELECT is(pg_temp.load(pg_temp.p834('1',
	'BGN*00~' || pg_temp.member('M1', '1S00E00AC01', 'HD*030**HMO*H9999-001~DTP*348*D8*20250701~')
	|| pg_temp.member('M5', '1S00E00AC05',
		'HD*030**HMO*H9999-002~DTP*348*D8*20260301~DTP*349*D8*20260531~'
		'HD*030**HMO*H9999-003~DTP*348*D8*20260901~DTP*349*D8*20260831~'
		'HD*030**DEN~DTP*348*D8*20260101~')
	|| pg_temp.member('M6', NULL, '', birth => '19001301')), 'x12_834'), '3 2 0 1',
	'three members, one without a date of birth');
SELECT results_eq($$ SELECT i.value, d.date_of_birth, d.sex, d.contract_id, d.plan_id,
	d.enrolled_from, d.enrolled_to, d.enrolled_months::integer
	FROM patient_demographic d JOIN patient_identifier i USING (patient_id)
	WHERE payment_year = 2026 AND i.value IN ('M1', 'M5') AND d.known_at = (SELECT max(o.known_at)
		FROM patient_demographic o
		WHERE o.patient_id = d.patient_id) ORDER BY 1 $$,
	$$ VALUES
		('M1', date '1948-02-10', 'M', 'H9999', '001', date '2026-01-01', date '2026-12-31', 12),
		('M5', '1948-02-10', 'M', 'H9999', '002', '2026-03-01', '2026-05-31', 3) $$,
	'who they are; dental cover is none, nor what ends before it begins');
SELECT is(pg_temp.load(pg_temp.p834('2', 'BGN*00~' || pg_temp.member('M1', '1S00E00AC01',
	'HD*030**HMO*H9999-001~DTP*348*D8*20250701~')), 'x12_834'),
	'1 0 1 0', 'again: unchanged');
-- a file of claims that knows the MBI only, and the same person with a new MBI
SELECT is(
	pg_temp.load(pg_temp.p837('10', pg_temp.who('1S00E00AC01') || pg_temp.claim('Z', '{C61}'))),
	'1 1 0 0', 'a claim of the MBI');
SELECT is(pg_temp.counted('M1'), '{C61,E1122,J449,N184}', 'is the member''s');
SELECT is(pg_temp.load(pg_temp.p834('3', 'BGN*00~' || pg_temp.member('M1', '1S00E00AC99',
	'HD*030**HMO*H9999-001~DTP*348*D8*20250701~')), 'x12_834'),
	'1 0 1 0', 'a new MBI');
SELECT is(
	pg_temp.load(pg_temp.p837('11', pg_temp.who('1S00E00AC99') || pg_temp.claim('Y', '{F0390}'))),
	'1 1 0 0', 'under which claims come');
SELECT is(pg_temp.counted('M1'), '{C61,E1122,F0390,J449,N184}', 'they are the member''s, too');
SELECT is(pg_temp.load(pg_temp.p834('4', 'BGN*00~' || pg_temp.member('M1', '1S00E00AC05',
	'HD*030**HMO*H9999-001~DTP*348*D8*20250701~')), 'x12_834'),
	'1 0 0 1', 'two people''s numbers in one record');
SELECT results_eq($$ SELECT reason FROM import_refusal ORDER BY file_id DESC LIMIT 1 $$,
	$$ VALUES ('identifier_conflict'::text) $$, 'are refused');
SELECT is((SELECT import_merge(a.patient_id, b.patient_id)
	FROM patient_identifier a, patient_identifier b
	WHERE a.value = 'M2' AND b.value = 'M1'), 1::bigint, 'two people made one');
SELECT is(pg_temp.counted('M1'), '{C61,E1122,E119,F0390,F331,I10,J449,N184}',
	'with the records of both');
INSERT INTO patient_demographic (patient_id, payment_year, date_of_birth, sex, segment,
	frailty, msp_factor)
VALUES ('00000000-0000-4000-8000-000000000001', 2026, '1950-01-01', 'F', 'INS', 0.1, 0.2);
INSERT INTO patient_drug (patient_id, fill_date, ndc) VALUES
	('00000000-0000-4000-8000-000000000001', '2025-03-02', '00002115201');
INSERT INTO patient_enrollment (patient_id, issuer_id, plan_id, first_day, last_day,
	date_of_birth, sex, metal)
VALUES ('00000000-0000-4000-8000-000000000001', '12345', '12345XX001000106', '2025-01-01',
	'2025-12-31', '1980-06-15', 'F', 'Silver');
SELECT throws_ok($$ SELECT import_merge('00000000-0000-4000-8000-000000000001',
	'00000000-0000-4000-8000-000000000001') $$,
	'22023', 'a patient cannot be merged into the same patient',
	'the same patient twice is no merge');
SELECT throws_ok(format('SELECT import_merge(%s, %s)', a, b), '22023',
	format('nobody of schema "import_test" has the identifier that is argument "%s"', which),
	which || ' of nobody') FROM (VALUES
	($$ '00000000-0000-4000-8000-000000000003' $$, $$ '00000000-0000-4000-8000-000000000001' $$,
		'patient_id'),
	($$ '00000000-0000-4000-8000-000000000001' $$, $$ '00000000-0000-4000-8000-000000000003' $$,
		'into_patient_id'), ('NULL', 'NULL', 'patient_id')) v (a, b, which);
INSERT INTO patient_identifier (system, value, patient_id) VALUES
	('member', 'M30', '00000000-0000-4000-8000-000000000002');
INSERT INTO import_mmr_record (contract_id, run_date, "position", file_id, patient_id, member_id,
	payment_month, month_from, month_to, negative)
VALUES ('H9999', '2026-01-01', 1, 1, '00000000-0000-4000-8000-000000000001', 'M', '2026-01-01',
	'2026-01-01', '2026-01-31', false);
-- what people have said, done and found, and what was computed: both have an item for HCC 37, which
-- went on with the first later, and one for HCC 38, which went on with the second later
INSERT INTO patient_hcc_gap_event (patient_id, model_version, collection_year,
	hcc_code, event, actor)
VALUES ('00000000-0000-4000-8000-000000000001', 'V28', 2025, '37', 'inactive', 'me');
INSERT INTO patient_audit_finding (sample_id, "position", patient_id, service_date, icd10_code,
	finding, actor)
VALUES (1, 1, '00000000-0000-4000-8000-000000000001', '2025-01-01', 'E119', 'supported', 'me');
INSERT INTO patient_work_item (item_id, kind, patient_id, model_version, collection_year, hcc_code,
	state, state_since, owner_role, owner, created_at)
SELECT ('00000000-0000-4000-8000-0000000000' || item)::uuid, 'gap',
	('00000000-0000-4000-8000-00000000000' || who)::uuid, 'V28', 2025, hcc, state, since,
	'coder', owner, '2025-01-01'::timestamptz + who * interval '1 day'
FROM (VALUES ('11', 1, '37', 'assigned', '2025-03-03'::timestamptz, 'Ann'),
	('21', 2, '37', 'open', '2025-02-02', NULL), ('12', 1, '38', 'open', '2025-02-02', NULL),
	('22', 2, '38', 'assigned', '2025-03-03', 'Bob'),
	('13', 1, '226', 'open', '2025-02-02', NULL)) w (item, who, hcc, state, since, owner);
INSERT INTO patient_work_event (item_id, patient_id, to_state, actor)
SELECT i.item_id, i.patient_id, i.state, 'me' FROM patient_work_item i;
INSERT INTO patient_hcc_gap (patient_id, model_version, collection_year, payment_year, hcc_code,
	gap_source, status, recapture_class, status_since, run_id, seen_since)
VALUES ('00000000-0000-4000-8000-000000000001', 'V28', 2025, 2026, '37', 'historic', 'open', 'x',
	'2025-01-01', 1, '2025-01-01');
SELECT import_merge('00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-000000000002')
\g /dev/null
SELECT results_eq($$ SELECT right(item_id::text, 2), hcc_code, state, owner, created_at::date,
	(SELECT count(*) FROM patient_work_event e
		WHERE e.item_id = i.item_id AND e.patient_id = i.patient_id) FROM patient_work_item i
	WHERE i.patient_id = '00000000-0000-4000-8000-000000000002' ORDER BY 1 $$,
	$$ VALUES ('13', '226', 'open', NULL, '2025-01-02'::date, 1::bigint),
		('21', '37', 'assigned', 'Ann', '2025-01-02', 2),
		('22', '38', 'assigned', 'Bob', '2025-01-02', 2) $$,
	'work items go along, two of the same work are one, where the later has brought it');
SELECT results_eq($$ SELECT (SELECT count(*) FROM patient_hcc_gap_event
	WHERE patient_id = '00000000-0000-4000-8000-000000000002'),
	(SELECT count(*) FROM patient_audit_finding WHERE patient_id
		= '00000000-0000-4000-8000-000000000002') $$, 'VALUES (1::bigint, 1::bigint)',
	'so do answers about gaps, and what auditors found');
-- of the first there is nothing but what was computed, which is told of and goes with the jobs
CREATE FUNCTION pg_temp.tables_of(patient uuid) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	t record;
	n bigint;
	found text[];
BEGIN
	FOR t IN SELECT a.attrelid::regclass AS relation, c.relname
	FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid AND c.relkind = 'r'
		WHERE c.relnamespace = 'import_test'::regnamespace AND a.attname = 'patient_id'
		ORDER BY c.relname
	LOOP
		EXECUTE format('SELECT count(*) FROM %s WHERE patient_id = $1',
			t.relation) INTO n USING patient;
		IF n > 0 THEN
			found := found || t.relname::text;
		END IF;
	END LOOP;
	RETURN found::text;
END
$$;
SELECT is(pg_temp.tables_of('00000000-0000-4000-8000-000000000001'), '{patient_hcc_gap}',
	'in every other table of the panel the first is the second');
SELECT is((SELECT patient_id FROM patient_identifier
	WHERE system = 'merged' AND value = '00000000-0000-4000-8000-000000000001'),
	'00000000-0000-4000-8000-000000000002'::uuid, 'who became who is known');
BEGIN;
SELECT * FROM forget_patient('00000000-0000-4000-8000-000000000002') \g /dev/null
SELECT COALESCE(pg_temp.tables_of('00000000-0000-4000-8000-000000000001'), 'none') AS kept \gset
ROLLBACK;
SELECT is(:'kept'::text, 'none'::text, 'whoever forgets the second forgets the first');
DELETE FROM patient_hcc_gap;
SELECT is((SELECT patient_id FROM import_mmr_record), '00000000-0000-4000-8000-000000000002'::uuid,
	'so do lines of reports');
SELECT results_eq($$ SELECT segment, frailty, msp_factor FROM patient_demographic
	WHERE patient_id = '00000000-0000-4000-8000-000000000002' $$,
	$$ VALUES ('INS', 0.1, 0.2) $$, 'all that a row of demographics says goes along');
SELECT is((SELECT count(*) FROM patient_drug
	WHERE patient_id = '00000000-0000-4000-8000-000000000002'), 1::bigint, 'so do drugs');
SELECT is((SELECT count(*) FROM patient_enrollment
	WHERE patient_id = '00000000-0000-4000-8000-000000000002'), 1::bigint, 'and spans');
SELECT is(pg_temp.load(pg_temp.p834('5', 'BGN*00~' || pg_temp.member('M5', NULL,
	'HD*024**HMO~DTP*348*D8*20250101~DTP*349*D8*20251231~', action => '024')), 'x12_834'),
	'1 1 0 0', 'an end before the year');
SELECT is((SELECT enrolled_months::integer
	FROM patient_demographic d JOIN patient_identifier i USING (patient_id)
	WHERE i.value = 'M5' ORDER BY d.known_at DESC LIMIT 1), 0, 'leaves no month of it');
-- two dates of birth and two sexes may be two people
SELECT import_open('born twice') AS batch \gset
SELECT import_stage(:batch, 'x12_834', day, pg_temp.p834(n,
	'BGN*00~' || pg_temp.member('M6', NULL, 'HD*030**HMO~DTP*348*D8*20250101~', day, sex)))
FROM (VALUES ('91', '19500101', 'F'), ('92', '19510101', 'M')) v (n, day, sex) \g /dev/null
CALL import_people(:batch, 2026);
SELECT set_eq(format($$ SELECT f.name, r.refused, r.reason
	FROM import_refusal r JOIN import_file f USING (file_id) WHERE f.batch_id = %s $$, :batch),
	$$ VALUES ('19500101', false, 'dob_conflict'), ('19500101', false, 'sex_conflict') $$,
	'two birth dates and sexes are told of');
CALL import_people(:batch, 2026);
SELECT set_eq(format($$ SELECT f.name, r.refused, r.reason
	FROM import_refusal r JOIN import_file f USING (file_id) WHERE f.batch_id = %s $$, :batch),
	$$ VALUES ('19500101', false, 'dob_conflict'), ('19500101', false, 'sex_conflict') $$,
	'and are again');
-- an MBI as it is on the card, and a qualifier in lower case
SELECT is(
	(SELECT string_agg(concat_ws(' ', c.member_system, c.member_id, c.mbi, (c.lines)[1].code), '; ')
		FROM x12_837(pg_temp.p837('93', pg_temp.who(number)
	|| replace(pg_temp.claim('A', '{E119}'), '*HC:', '*hc:'))) c
		WHERE c.scope = 'claim'), 'mbi 1S00E00AC09 1S00E00AC09 99213', number)
FROM unnest('{1S00E00AC09,1S00-E00-AC09,1s00e00ac09,1S00 E00 AC09}'::text[]) number;
SELECT is((SELECT string_agg(concat_ws(' ', c.member_system, c.member_id, c.mbi), '; ')
	FROM x12_837(pg_temp.p837('94', pg_temp.who(number)
	|| pg_temp.claim('A', '{E119}'))) c WHERE c.scope = 'claim'), 'member ' || number,
	'no MBI: ' || number) FROM unnest('{1S00-E00-AC0,1S00E00AC091,m-1}'::text[]) number;
SELECT is((SELECT string_agg(i.value, ' ')
	FROM x12_834(pg_temp.p834('95', 'BGN*00~' || pg_temp.member('M7', '1s00-e00-ac09', ''))) p,
		unnest(p.identifiers) i
	WHERE i.system = 'mbi'), '1S00E00AC09', 'in an enrolment, too');
-- who is not enrolled, and of whom only a claim of the batch says anything
SELECT import_open('claims and enrolment') AS batch \gset
SELECT import_stage(:batch, 'x12_837', 'claims',
	pg_temp.p837('21', pg_temp.who('M21') || pg_temp.claim('A', '{E119}'))) \g /dev/null
SELECT import_stage(:batch, 'x12_834', 'enrolment', pg_temp.p834('21', 'BGN*00~'
	|| pg_temp.member('M21', NULL, 'HD*030**HMO~DTP*348*D8*20240101~DTP*349*D8*20241231~')))
\g /dev/null
CALL import_load(:batch, 2026);
CALL import_load(:batch, 2026);
SELECT results_eq(format('SELECT read, loaded, unchanged, refused FROM import_report(%s)', :batch),
	'VALUES (1::bigint, 0::bigint, 1::bigint, 0::bigint), (1, 0, 1, 0)',
	'the second load finds what the first one left');
SELECT results_eq($$ SELECT enrolled_months::integer
	FROM patient_demographic d JOIN patient_identifier i USING (patient_id)
	WHERE i.value = 'M21' $$, 'VALUES (0)', 'in one row, of no month');

----------------------------------------------------------------------
-- From files to a score and gaps
----------------------------------------------------------------------
SELECT is(pg_temp.load(
	pg_temp.p837('20', pg_temp.who('M20', '19501106', 'M') || pg_temp.claim('A', '{E1122,I509}')
	|| pg_temp.claim('B', '{J449}', day => '20250901'))), '2 2 0 0', 'claims of 2025');
CALL score_population(2026);
SELECT results_eq($$ SELECT s.hcc_list, s.raw_score
	FROM patient_hcc_score s JOIN patient_identifier i USING (patient_id)
	WHERE i.value = 'M20' AND payment_year = 2026 $$,
	$$ SELECT apply_hierarchy('{37,226,280}', 'V28', 2026),
		raf_score('{E1122,I509,J449}'::text[], beneficiary(75, 'M'), 'V28', 2026) $$,
	'are a score');
CALL refresh_gaps(2026);
SELECT set_eq($$ SELECT g.hcc_code
	FROM patient_hcc_gap g JOIN patient_identifier i USING (patient_id)
	WHERE i.value = 'M20' AND collection_year = 2026 AND status = 'open' $$, '{37,226,280}'::text[],
	'and gaps of the next year');

----------------------------------------------------------------------
-- Whatever identifies patients, encounters and diagnoses
----------------------------------------------------------------------
CREATE TEMPORARY TABLE panel (schema name, type regtype, encounter regtype, parts boolean);
INSERT INTO panel VALUES ('import_bigint', 'bigint', 'bigint', true),
	('import_text', 'text', 'uuid', false),
	('import_integer', 'integer', 'integer', false);
SELECT format('CREATE SCHEMA %I', schema) FROM panel \gexec
SELECT hccraf_setup(schema, type, partitioned => parts, partitions => 2,
	encounter_id_type => encounter, diagnosis_id_type => type) FROM panel \g /dev/null
-- where identifiers have no room for a hash, somebody has to say who is who
INSERT INTO import_integer.patient_identifier (system, value, patient_id) VALUES
	('member', 'M1', 7);
CREATE PROCEDURE pg_temp.load_in(panel name, content bytea) LANGUAGE plpgsql AS $$
DECLARE
	batch bigint;
BEGIN
	EXECUTE format('SELECT %1$I.import_stage(%1$I.import_open(), ''x12_837'', ''f'', $1)',
		panel) USING content;
	EXECUTE format('SELECT max(batch_id) FROM %I.import_batch', panel) INTO batch;
	EXECUTE format('CALL %I.import_load(%s, 2026)', panel, batch);
END
$$;
CREATE FUNCTION pg_temp.load_types(content bytea) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	FOR i IN 1 .. 2 LOOP
		CALL pg_temp.load_in('import_bigint', content);
		CALL pg_temp.load_in('import_text', content);
		CALL pg_temp.load_in('import_integer', content);
	END LOOP;
END
$$;
SELECT pg_temp.load_types(pg_temp.p837('1', pg_temp.who('M1') || pg_temp.claim('A', '{E1122,I509}')
	|| pg_temp.claim('B', '{J449}', day => '20250401')))
\g /dev/null
SELECT pg_temp.load_types(pg_temp.p837('2', pg_temp.who('M1') || pg_temp.claim('B', '{J449}', '8',
	day => '20250401') || pg_temp.who('M2') || pg_temp.claim('A', '{N184}')))
\g /dev/null
CREATE FUNCTION pg_temp.loaded(panel name) RETURNS TABLE (what text) LANGUAGE plpgsql AS $$
BEGIN
	RETURN QUERY EXECUTE format('SELECT concat_ws('' '', i.value, d.icd10_code, d.encounter_verdict)
		FROM %1$I.diagnosis(2026, without_list => ''accept'') d
		JOIN %1$I.patient_identifier i USING (patient_id)',
		panel);
END
$$;
SELECT set_eq(format('SELECT * FROM pg_temp.loaded(%L)', p.schema), e.rows,
	'what counts of panel ' || p.schema)
FROM panel p CROSS JOIN LATERAL (SELECT ARRAY['M1 E1122 ok', 'M1 I509 ok', 'M1 J449 voided']
	|| CASE WHEN p.type <> 'integer'::regtype THEN ARRAY['M2 N184 ok'] END) e (rows);
CREATE FUNCTION pg_temp.files(panel name) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
	RETURN QUERY EXECUTE format('SELECT concat_ws('' '', r.read, r.loaded, r.unchanged, r.refused)
		FROM %I.import_report() r ORDER BY r.file_id', panel);
END
$$;
SELECT results_eq(format('SELECT * FROM pg_temp.files(%L)', schema),
	CASE type WHEN 'integer'::regtype
	THEN '{2 2 0 0,2 0 2 0,2 1 0 1,2 0 1 1}'::text[] ELSE '{2 2 0 0,2 0 2 0,2 2 0 0,2 0 2 0}' END,
	'files of panel ' || schema) FROM panel;
SELECT results_eq($$ SELECT DISTINCT reason FROM import_integer.import_refusal WHERE refused $$,
	$$ VALUES ('unknown_member'::text) $$, 'nobody says who M2 is');
SELECT is(patient_id, 7, 'and M1 is who was said') FROM import_integer.patient_demographic
WHERE payment_year = 2026;
SELECT is((SELECT patient_id FROM import_text.patient_identifier WHERE value = 'M1'), 'member:M1',
	'a text says what it is');
SELECT is(import_id('patient', 'mbi', '1S00E00AA01', 'uuid')::uuid::text ~ '^.{14}8.{4}[89ab]',
	true, 'a UUID of version 8');
SELECT isnt(import_id('patient', 'a', 'bc', 'uuid'), import_id('patient', 'ab', 'c', 'uuid'),
	'of other names another one');
SELECT bag_eq($$ SELECT import_id(k, 'mbi', v, t) FROM unnest('{patient,claim}'::text[]) k,
		unnest('{1S00E00AA01,é}'::text[]) v, unnest('{uuid,bigint,text,integer}'::regtype[]) t $$,
	$$ SELECT CASE t::text
		WHEN 'uuid' THEN overlay(overlay(encode(h, 'hex') PLACING '8' FROM 13)
			PLACING to_hex(get_byte(h, 8) >> 4 & 3 | 8) FROM 17)
		WHEN 'bigint' THEN ((('x' || encode(h, 'hex'))::bit(64) << 2)::bit(62)::bigint)::text
		WHEN 'text' THEN 'mbi:' || CASE k WHEN 'patient' THEN v ELSE encode(h, 'hex') END END
	FROM unnest('{patient,claim}'::text[]) k, unnest('{1S00E00AA01,é}'::text[]) v,
		unnest('{uuid,bigint,text,integer}'::regtype[]) t,
		LATERAL (SELECT substr(sha256(convert_to(k || ':3:mbi:' || v, 'UTF8')), 1, 16) AS h) s $$,
	'an identifier is of the hash of its names');
SELECT is(import_id('patient', 'member', NULL, type), NULL, 'of nothing none')
FROM unnest('{uuid,text}'::regtype[]) type;

-- what a load asks of the arrays of a claim, beside what it is in SQL
CREATE TEMPORARY TABLE dissected AS
SELECT n, (ARRAY['{"(1,E1122,10,principal,,)","(2,I509,10,other,,)","(3,E1122,10,line,,)"}',
		'{"(1,I509,10,,,delete)","(2,I509,10,other,,add)","(3,N184,10,other,,)"}',
		'{"(1,25000,9,principal,,)","(2,J449,10,admitting,,)",NULL}', '{}', NULL])[n]
		::import_diagnosis[] AS diagnoses,
	(ARRAY['{"(2,99213,\"{25,59}\",,,,,,,,,,)","(1,G0439,,,,,,,,,f,,)"}',
		'{"(1,99213,\"{NULL,25,NULL,59}\",,,,,,,,,,)","(2,99214,{},,,,,,,,t,,)",NULL}',
		'{"(,99213,{},,,,,,,,,,)","(7,99214,{NULL},,,,,,,,,,)","(3,,{25},0450,,,,,,,,,)"}',
		'{}', NULL])[n]::import_line[] AS lines
FROM generate_series(1, 5) n;
SELECT results_eq($$ SELECT n, code, flag FROM (SELECT n,
			unnest(hcc_import_codes(diagnoses, '{principal,other,line}')) AS code,
			unnest(hcc_import_flags(diagnoses, '{principal,other,line}')) AS flag
		FROM dissected) d ORDER BY n, code $$,
	$$ SELECT n, d.code, min(d.flag) FROM dissected, unnest(diagnoses) d
		WHERE d.icd = '10' AND (d.role IS NULL OR d.role IN ('principal', 'other', 'line'))
		GROUP BY n, d.code ORDER BY n, code $$, 'codes that are loaded, and what is said of each');
SELECT results_eq($$ SELECT hcc_import_procedures(lines) FROM dissected ORDER BY n $$,
	$$ SELECT ARRAY(SELECT l.code FROM unnest(lines) l
		WHERE l.code IS NOT NULL AND l.denied IS NOT TRUE ORDER BY l.line)
	FROM dissected ORDER BY n $$, 'procedures of the lines');
SELECT results_eq($$ SELECT hcc_import_modifiers(lines) FROM dissected ORDER BY n $$,
	$$ SELECT ARRAY(SELECT COALESCE(array_to_string(l.modifiers, ' '), '') FROM unnest(lines) l
		WHERE l.code IS NOT NULL AND l.denied IS NOT TRUE ORDER BY l.line)
	FROM dissected ORDER BY n $$, 'and their modifiers');
SELECT results_eq($$ SELECT unnest(hcc_import_ids(s, 'A|0', '{E1122,I509}', b, NULL::uuid))::text,
		unnest(hcc_import_ids(s, 'A|0', '{E1122,I509}', b, NULL::bigint))::text,
		unnest(hcc_import_ids(s, 'A|0', '{E1122,I509}', b, NULL::text))
	FROM unnest('{x12,é}'::text[]) WITH ORDINALITY s (s, n), unnest('{1.5,NULL}'::text[])
		WITH ORDINALITY b (b, m) ORDER BY n, m $$,
	$$ SELECT import_id('diagnosis', s, v, 'uuid')::uuid::text,
		import_id('diagnosis', s, v, 'bigint'), import_id('diagnosis', s, v, 'text')
	FROM unnest('{x12,é}'::text[]) WITH ORDINALITY s (s, n), unnest('{1.5,NULL}'::text[])
		WITH ORDINALITY b (b, m), unnest('{E1122,I509}'::text[]) WITH ORDINALITY c (c, k),
		concat_ws('|', 'A|0', c, b) v ORDER BY n, m, k $$, 'identifiers of the rows of a claim');
SELECT is(hcc_import_ids('x12', 'A', '{E1122}', NULL, NULL::integer), NULL,
	'and none where they are counted');

-- A panel that was made before the column was there: it is named, and claims that are loaded
-- stay what they were when it is added
SELECT is(pg_temp.load(pg_temp.p837('96', pg_temp.who('M96') || pg_temp.claim('A', '{E119}'))),
	'1 1 0 0', 'a claim of a panel');
ALTER TABLE import_test.import_claim_record DROP COLUMN said_at;
SELECT throws_ok($$ SELECT hccraf_setup('import_test') $$, '42703',
	'import_test.import_claim_record is there already and lacks columns: "said_at" timestamptz',
	'of an earlier version: the column to add is named');
ALTER TABLE import_test.import_claim_record ADD COLUMN said_at timestamptz;
SELECT lives_ok($$ SELECT hccraf_setup('import_test') $$, 'with it the panel is of this version');
SELECT is(pg_temp.load(pg_temp.p837('96', pg_temp.who('M96') || pg_temp.claim('A', '{E119}'))),
	'1 0 1 0', 'the claim is known');
SELECT is(pg_temp.load(pg_temp.p837('96', pg_temp.who('M96') || pg_temp.claim('A', '{I509}'))),
	'1 1 0 0', 'and can be corrected');
SELECT is(pg_temp.counted('M96'), '{I509}', 'which counts');

SELECT * FROM finish();
SELECT format('DROP SCHEMA %I CASCADE', schema) FROM panel \gexec
DROP SCHEMA import_test CASCADE;
DELETE FROM eligible_procedure WHERE source = 'import';
