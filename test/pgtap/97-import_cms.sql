-- Files of CMS in fixed positions and with headers: how a line is read by its layout, and
-- what comes of CCLF, RIF, MAO-004, MMR and RAPS. The files are made up here; those of
-- others are compared by test/cms_files/run.
CREATE EXTENSION IF NOT EXISTS hccraf;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT plan(122);
SET client_min_messages = error;
SET jit = off;

-- A line of so many blanks, with texts at positions: '20:1S00E00AA01'
CREATE FUNCTION pg_temp.line(width integer, VARIADIC fields text[]) RETURNS text
	LANGUAGE plpgsql AS $$
DECLARE
	line text := repeat(' ', width);
	field text;
BEGIN
	FOREACH field IN ARRAY fields LOOP
		CONTINUE WHEN field IS NULL;
		line := overlay(line PLACING substr(field, position(':' IN field) + 1)
			FROM split_part(field, ':', 1)::integer);
	END LOOP;
	RETURN line || E'\n';
END
$$;
-- Positions as the CCLF Information Packet has them
CREATE FUNCTION pg_temp.cclf1(claim text, mbi text, day text, bill text DEFAULT '131',
	dx text DEFAULT 'E119',
	adjustment text DEFAULT '0', effective text DEFAULT '2025-12-01',
	nonpayment text DEFAULT '') RETURNS text
	LANGUAGE sql AS $$
	SELECT pg_temp.line(437, '1:' || lpad(claim, 13, '0'), '14:050001', '20:' || mbi, '42:40',
		'44:' || day, '54:' || day,
		'64:' || left(bill, 2), '66:' || dx, '80:' || nonpayment, '82:' || '0000000000100.00',
		'129:1033118872',
		'149:' || adjustment, '151:' || effective, '186:' || right(bill, 1), '188:0')
$$;
CREATE FUNCTION pg_temp.cclf2(claim text, line text, mbi text, hcpcs text, day text,
	revenue text DEFAULT '0510')
	RETURNS text LANGUAGE sql AS $$
	SELECT pg_temp.line(199, '1:' || lpad(claim, 13, '0'), '14:' || lpad(line, 10, ' '),
		'24:' || mbi, '46:40', '48:' || day, '58:' || day, '68:' || revenue, '82:' || hcpcs)
$$;
CREATE FUNCTION pg_temp.cclf4(claim text, mbi text, sequence text, code text, kind text DEFAULT 'D',
	icd text DEFAULT '0')
	RETURNS text LANGUAGE sql AS $$
	SELECT pg_temp.line(112, '1:' || lpad(claim, 13, '0'), '14:' || mbi, '36:40', '38:' || kind,
		'39:' || lpad(sequence, 2, ' '), '41:' || code, '85:Y', '92:' || icd)
$$;
CREATE FUNCTION pg_temp.cclf5(claim text, line text, mbi text, day text, dx text, control text,
	adjustment text DEFAULT '0',
	effective text DEFAULT '2025-12-01', denial text DEFAULT '1', processing text DEFAULT 'A',
	hcpcs text DEFAULT '99214')
	RETURNS text LANGUAGE sql AS $$
	SELECT pg_temp.line(388, '1:' || lpad(claim, 13, '0'), '14:' || lpad(line, 10, '0'),
		'24:' || mbi, '46:71', '48:' || day,
		'58:' || day, '76:11', '78:' || day, '88:' || day, '98:' || hcpcs, '119:' || dx,
		'146:' || denial, '148:' || processing,
		'150:' || adjustment, '152:' || effective, '172:' || control, '276:' || dx, '332:0',
		'364:1033118872')
$$;
CREATE FUNCTION pg_temp.cclf8(mbi text, birth text, sex text DEFAULT '2', dual text DEFAULT 'NA',
	since text DEFAULT '2013-01-01')
	RETURNS text LANGUAGE sql AS $$
	SELECT pg_temp.line(549, '1:' || mbi, '33:' || birth, '43:' || sex, '48:10', '50:' || dual,
		'82:ANN', '127:OTHER', '167:0', '169:' || since, '179:' || since)
$$;
CREATE FUNCTION pg_temp.cclf9(present text, former text) RETURNS text LANGUAGE sql
	AS $$ SELECT pg_temp.line(55, '1:M', '2:' || present, '13:' || former, '24:2018-01-01') $$;
CREATE FUNCTION pg_temp.bytes(content text) RETURNS bytea
	LANGUAGE sql AS $$ SELECT convert_to(content, 'UTF8') $$;

----------------------------------------------------------------------
-- A line by its layout
----------------------------------------------------------------------
CREATE FUNCTION pg_temp.read1(content bytea) RETURNS text LANGUAGE sql AS $$
	SELECT string_agg(r::text, ' ' ORDER BY r.line)
	FROM file_records(content,
		'CCLF1') AS r(line bigint, reason text, field text, warning text, cur_clm_uniq_id text,
		clm_thru_dt date, prncpl_dgns_cd text, clm_pmt_amt numeric, clm_cntl_num text)
$$;
CREATE FUNCTION pg_temp.good() RETURNS text
	LANGUAGE sql AS $$ SELECT pg_temp.cclf1('7', '1S00E00AA01', '2025-03-04') $$;
INSERT INTO file_layout (file, version, field, type, delimiter) VALUES
	('HEADED', '1', 'former', 'text', '|'), ('HEADED', '1', 'since', 'yyyymmdd', '|');
SELECT is(pg_temp.read1(pg_temp.bytes(content)), expected, message) FROM (VALUES
	(pg_temp.good(), '(1,,,,0000000000007,2025-03-04,E119,100.00,)',
		'fields by name, of their types, blank ones NULL'),
	(rtrim(pg_temp.good(), E'\n'), '(1,,,,0000000000007,2025-03-04,E119,100.00,)',
		'the last line need not end'),
	(replace(pg_temp.good(), E'\n', E'\r\n') || E'\n\r\n' || pg_temp.good(),
		'(1,,,,0000000000007,2025-03-04,E119,100.00,) (4,,,,0000000000007,2025-03-04,E119,100.00,)',
		'CR LF ends a line, empty lines are none, and they are counted'),
	(U&'\FEFF' || pg_temp.good(), '(1,,,,0000000000007,2025-03-04,E119,100.00,)',
		'a byte order mark belongs to no line'),
	(replace(pg_temp.good() || pg_temp.good(), E'\n', E'\r'), '(1,,,,0000000000007,2025-03-04,E119,'
		'100.00,) (2,,,,0000000000007,2025-03-04,E119,100.00,)', 'CR alone ends a line, too'),
	(left(pg_temp.good(), 292) || E'\n', '(1,,,,0000000000007,2025-03-04,E119,100.00,)',
		'an older, shorter record is read'),
	(left(pg_temp.good(), 185) || E'\n', '(1,short_record,clm_bill_freq_cd,,,,,,)',
		'one that ends before a field that is needed is not'),
	(left(pg_temp.good(), 30) || E'\n', '(1,short_record,clm_type_cd,,,,,,)',
		'and the first of these is named'),
	(rtrim(pg_temp.good(), E'\n') || '  X',
		'(1,,,long_record,0000000000007,2025-03-04,E119,100.00,)', 'a longer one is told of'),
	(overlay(pg_temp.good() PLACING '2025-02-30'
		FROM 54), '(1,bad_date,clm_thru_dt,,,,,,)', 'a date that is none'),
	(overlay(pg_temp.good() PLACING '2025/02/03'
		FROM 54), '(1,bad_date,clm_thru_dt,,,,,,)', 'or is written otherwise'),
	(overlay(pg_temp.good() PLACING '1000-01-01'
		FROM 54), '(1,,,,0000000000007,,E119,100.00,)', 'one that stands for none'),
	(overlay(pg_temp.good() PLACING '12x'
		FROM 95), '(1,bad_number,clm_pmt_amt,,,,,,)', 'a number that is none'),
	(overlay(pg_temp.good() PLACING U&'\00C9' FROM 200), '(1,bad_encoding,,,,,,,)',
		'a letter of two bytes moves what is behind it: such a record is refused'),
	(left(overlay(pg_temp.good() PLACING U&'\00C9' FROM 200), 436),
		'(1,,,,0000000000007,2025-03-04,E119,100.00,)',
		'but not where the record has the bytes that it should have')
) t (content, expected, message);
SELECT is(pg_temp.read1(overlay(pg_temp.bytes(pg_temp.good()) PLACING bytes FROM at)), expected,
	message) FROM (VALUES
	('\xC9'::bytea, 200, '(1,,,,0000000000007,2025-03-04,E119,100.00,)',
		'Latin-1 in a field that is not asked for'),
	('\xC9'::bytea, 67, '(1,bad_encoding,prncpl_dgns_cd,,,,,,)', 'and in one that is'),
	('\x00'::bytea, 300, '(1,bad_encoding,,,,,,,)', 'a zero byte')
) t (bytes, at, expected, message);
-- what nothing ends may go on: a file that is cut off says nothing else
SELECT is(pg_temp.read1(pg_temp.bytes(content)), expected, message) FROM (VALUES
	(left(pg_temp.good(), 300), '(1,truncated,,,,,,,)',
		'a record without end, which has all fields that are needed'),
	(pg_temp.good() || left(pg_temp.good(), 436), '(2,truncated,,,,,,,)',
		'one byte less than the record before'),
	(pg_temp.good() || left(pg_temp.good(), 10), '(2,truncated,,,,,,,)', 'or most of it'),
	(left(pg_temp.good(), 292) || E'\n' || left(pg_temp.good(), 292),
		'(1,,,,0000000000007,2025-03-04,E119,100.00,) (2,,,,0000000000007,2025-03-04,E119,100.00,)',
		'as long as all before it'),
	(left(pg_temp.good(), 292) || E'\r' || left(pg_temp.good(), 291) || E'\r'
		|| left(pg_temp.good(), 292), '(3,truncated,,,,,,,)',
		'or as some'),
	(pg_temp.good() || E'\032', '(1,,,,0000000000007,2025-03-04,E119,100.00,)',
		'a mark at the end is no record')
) t (content, expected, message);
SELECT is(
	(SELECT string_agg(concat_ws(' ', r.line, r.reason, r.former, r.since), '; ' ORDER BY r.line)
	FROM file_records(convert_to(content, 'UTF8'),
		'HEADED') AS r(line bigint, reason text, former text, since date)), expected, message)
FROM (VALUES
	(E'FORMER|SINCE|X\nA|20250101|\nB|20250102|', '2 A 2025-01-01; 3 B 2025-01-02',
		'all fields, and the last is not read'),
	(E'FORMER|SINCE|X\nA|20250101|\nB|2025', '3 truncated', 'a field too few'),
	(E'FORMER|SINCE\nA|20250101\nB|20250102', '2 A 2025-01-01; 3 B 2025-01-02',
		'a day is whole if it is one'),
	(E'FORMER|SINCE\nA|20250101\nB|2025010', '3 truncated', 'and is not if it is none'),
	(E'SINCE|FORMER\n20250101|A\n20250102|B', '3 truncated', 'of a text nobody knows'),
	(E'SINCE|FORMER\n20250101|A\n20250102|B\n', '2 A 2025-01-01; 3 B 2025-01-02',
		'unless its line ends'),
	(E'SINCE|FORM', NULL, 'a header that is cut off')
) t (content, expected, message);
-- wherever a file is cut into pieces
CREATE FUNCTION pg_temp.in_chunks(content bytea, size integer) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	chunks refcursor;
	got text;
BEGIN
	OPEN chunks FOR SELECT substr(content, i, size)
	FROM generate_series(1, length(content), size) i;
	SELECT string_agg(r::text, ' ' ORDER BY r.line) INTO got
	FROM file_records(chunks, 'CCLF1') AS r(line bigint,
		reason text, field text, warning text, cur_clm_uniq_id text, clm_thru_dt date,
		prncpl_dgns_cd text, clm_pmt_amt numeric, clm_cntl_num text);
	CLOSE chunks;
	RETURN got;
END
$$;
SELECT is_empty($$ SELECT s.size
	FROM unnest('{1,2,3,100,437,438,439,500,875,876,877,5000}'::integer[]) s(size),
	(SELECT pg_temp.bytes(pg_temp.good() || E'\n' || replace(pg_temp.good(), E'\n', E'\r\n')
		|| rtrim(pg_temp.good(), E'\n')) AS content) c
	WHERE pg_temp.in_chunks(c.content, s.size) IS DISTINCT FROM pg_temp.read1(c.content) $$,
	'wherever it is cut, a file is read the same');
SELECT is_empty($$ SELECT s.size
	FROM unnest('{1,2,3,100,437,438,439,500,875,876,877,5000}'::integer[]) s(size),
	(SELECT pg_temp.bytes(replace(pg_temp.good() || E'\n' || pg_temp.good(), E'\n', E'\r')
		|| replace(pg_temp.good(), E'\n', E'\r\r\n') || rtrim(pg_temp.good(), E'\n')) AS content) c
	WHERE pg_temp.in_chunks(c.content, s.size) IS DISTINCT FROM pg_temp.read1(c.content) $$,
	'also by CR alone, and a mix of line ends');
-- files without an LF that are longer than a line may be, whole and in pieces
CREATE FUNCTION pg_temp.headed(content bytea, size integer) RETURNS TABLE (rows bigint, last bigint,
	reason text, first text) LANGUAGE plpgsql AS $$
DECLARE
	chunks refcursor;
BEGIN
	OPEN chunks FOR SELECT substr(content, i, size)
	FROM generate_series(1, length(content), size) i;
	RETURN QUERY SELECT count(*), max(r.line), max(r.reason), min(r.former)
	FROM file_records(chunks, 'HEADED') AS r(line bigint, reason text, former text);
	CLOSE chunks;
END
$$;
SELECT is(f::text, expected, message) FROM (VALUES
	(E'FORMER|SINCE\r' || repeat(E'A|20250101\r', 200000), 3000000, '(200000,200001,,A)',
		'2 MB by CR alone'),
	(E'FORMER|SINCE\r' || repeat(E'A|20250101\r', 200000), 65536, '(200000,200001,,A)',
		'in pieces'),
	('FORMER|SINCE|' || repeat('A|20250101|', 200000), 65536, '(1,1,too_long,)',
		'without any line end: no header, and no file without records'),
	('FORMER|SINCE|' || repeat('A|20250101|', 200000) || E'\nA|20250101\n', 65536,
		'(2,2,too_long,)', 'behind such a header nothing has a place')
) t (content, size, expected, message)
	CROSS JOIN LATERAL pg_temp.headed(pg_temp.bytes(content), size) f;
SELECT throws_ok(sql, code, NULL, message) FROM (VALUES
	($$ SELECT FROM file_records('x'::bytea, 'NOPE') AS r(line bigint) $$, '42704',
		'a file without layout'),
	($$ SELECT FROM file_records('x'::bytea, 'CCLF1', 'v1') AS r(line bigint) $$, '42704',
		'a version without layout'),
	($$ SELECT FROM file_records('x'::bytea, 'MAO004') AS r(line bigint) $$, '42P08',
		'one of several versions is to be named'),
	($$ SELECT FROM file_records('x'::bytea, NULL) AS r(line bigint) $$, '22004', 'no file'),
	($$ SELECT FROM file_records('x'::bytea, 'CCLF1') AS r(nope text) $$, '42703',
		'a field that the layout has not'),
	($$ SELECT FROM file_records('x'::bytea, 'CCLF1') AS r(prncpl_dgns_cd date) $$, '42804',
		'a text is no date'),
	($$ SELECT FROM file_records('x'::bytea, 'CCLF1') AS r(clm_thru_dt boolean) $$, '42804',
		'nothing is boolean'),
	($$ SELECT FROM file_records('x'::bytea, 'CCLF1') AS r(line text) $$, '42804',
		'line has a type'),
	($$ SELECT FROM file_records('nope'::refcursor, 'CCLF1') AS r(line bigint) $$, '34000',
		'a cursor that is not open')
) t (sql, code, message);
SELECT is_empty($$ SELECT * FROM file_records(NULL::bytea, 'CCLF1') AS r(line bigint) $$,
	'no content, no rows');

-- rows of users
INSERT INTO file_layout (file, version, record_type, field, start, length) VALUES
	('CCLF1', 'v38', '', 'prncpl_dgns_cd', 73, 7), ('MINE', '1', 'A', 'flag_1', 2, 1),
	('MINE', '1', 'A', 'flag_2', 3, 1),
	('MINE', '1', 'A', 'flag_3', 4, 1), ('MINE', '1', 'AB', 'other', 3, 2);
SELECT is(pg_temp.read1(pg_temp.bytes(pg_temp.good())), '(1,,,,0000000000007,2025-03-04,,100.00,)',
	'a row of a user takes the place of a shipped one');
DELETE FROM file_layout WHERE custom AND file = 'CCLF1';
SELECT results_eq($$ SELECT * FROM file_records('Axy
AB12
B
A z
'::bytea,
	'MINE') AS r(line bigint, record_type text, reason text, flag text[], other text, raw bytea) $$,
	$$ VALUES (1::bigint, 'A', NULL, '{x,y}'::text[], NULL, 'Axy'::bytea),
		(2, 'AB', NULL, NULL, '12', 'AB12'),
		(3, NULL, 'unknown_record_type', NULL, NULL, 'B'),
		(4, 'A', NULL, '{NULL,z}', NULL, 'A z') $$,
	'lines of several types, numbered fields as an array, the line itself');
SELECT is((SELECT count(*) FROM file_layout a JOIN file_layout b USING (file, version, record_type)
		WHERE a.start < b.start AND a.length IS NOT NULL AND a.start + a.length > b.start),
	0::bigint, 'no fields overlap');

-- with a header
CREATE FUNCTION pg_temp.synpuf(content text) RETURNS text LANGUAGE sql AS $$
	SELECT string_agg(r::text, ' ' ORDER BY r.line)
	FROM file_records(pg_temp.bytes(content), 'SYNPUF_CLAIM')
		AS r(line bigint, reason text, field text, warning text, desynpuf_id text, clm_thru_dt date,
			icd9_dgns_cd text[])
$$;
SELECT is(pg_temp.synpuf(content), expected, message) FROM (VALUES
	(E'clm_thru_dt,CLM_ID,DESYNPUF_ID,CLM_FROM_DT\n20080203,1,A,20080202\n', '(2,,,,A,2008-02-03,)',
		'columns are found by name, in any case and order; those that are missing have no value'),
	(E'"CLM_THRU_DT","CLM_ID","DESYNPUF_ID","CLM_FROM_DT","ICD9_DGNS_CD_2"\n'
		'20080203,1,"A ""b"", c",20080202,250\n',
		'(2,,,,"A ""b"", c",2008-02-03,"{NULL,250}")', 'fields in quotes'),
	(E'CLM_THRU_DT,CLM_ID,DESYNPUF_ID\n20080203,1,A\n', '(2,bad_layout,clm_from_dt,,,,)',
		'a column that is needed is missing'),
	(E'CLM_THRU_DT,CLM_ID,DESYNPUF_ID,CLM_FROM_DT\n20080203,1,A\n',
		'(2,short_record,clm_from_dt,,,,)', 'a line without all fields'),
	(E'CLM_THRU_DT,CLM_ID,DESYNPUF_ID,CLM_FROM_DT\n20080203,1,A,,,\n', '(2,,,,A,2008-02-03,)',
		'with delimiters at its end'),
	(E'CLM_THRU_DT,CLM_ID,DESYNPUF_ID,CLM_FROM_DT\n20080203,1,A,,x\n',
		'(2,,,long_record,A,2008-02-03,)', 'with another field'),
	('', NULL, 'an empty file')
) t (content, expected, message);

----------------------------------------------------------------------
-- CCLF
----------------------------------------------------------------------
CREATE SCHEMA cms;
SELECT hccraf_setup('cms') \gset
CREATE PROCEDURE cms.stage_cclf(batch bigint, month text, VARIADIC files text[])
	LANGUAGE plpgsql AS $$
BEGIN
	PERFORM cms.import_stage(batch, 'cclf', format('P.A1111.ACO.ZC%sY26.D%s.T1', left(f, 1), month),
		pg_temp.bytes(substr(f, 3)))
	FROM unnest(files) f;
END
$$;
CREATE FUNCTION pg_temp.claims(batch bigint) RETURNS TABLE (claim text, what text)
	LANGUAGE sql AS $$
	SELECT ltrim(c.claim_id, '0'),
		concat_ws(' ', c.status, c.record_action, CASE WHEN c.final THEN 'final' END,
		ltrim(c.cancelled_by, '0'), (SELECT string_agg(r.reason, ' ') FROM unnest(c.refused) r))
	FROM cms.import_read_cclf(batch) c WHERE c.scope = 'claim'
$$;
SELECT cms.import_open('netting') AS batch \gset
CALL cms.stage_cclf(:batch, '260115',
	'1:' || pg_temp.cclf1('1', '1S00E00AA91', '2025-03-01')
	|| pg_temp.cclf1('2', '1S00E00AA91', '2025-03-01', '138', adjustment => '1')
		|| pg_temp.cclf1('3', '1S00E00AA01', '2025-03-01', '137', 'I509', '2')
		-- two of one key and one cancellation: the equal one goes, not the earliest
		|| pg_temp.cclf1('4', '1S00E00AA01', '2025-04-01', dx => 'E1165', effective => '2025-05-01')
		|| pg_temp.cclf1('5', '1S00E00AA01', '2025-04-01', dx => 'J449', effective => '2025-05-02')
		|| pg_temp.cclf1('6', '1S00E00AA01', '2025-04-01', '138', 'J449', '1', '2025-05-03')
		-- nothing equal: the earliest goes
		|| pg_temp.cclf1('7', '1S00E00AA01', '2025-06-01', dx => 'E1165', effective => '2025-07-01')
		|| pg_temp.cclf1('8', '1S00E00AA01', '2025-06-01', dx => 'J449', effective => '2025-07-02')
		|| pg_temp.cclf1('9', '1S00E00AA01', '2025-06-01', '138', 'I10', '1', '2025-07-03')
		|| pg_temp.cclf1('10', '1S00E00AA01', '2025-06-02', nonpayment => 'N')
		|| pg_temp.cclf1('11', '1S00E00AA01', '2025-06-03', nonpayment => 'P')
		|| pg_temp.cclf1('12', '1S00E00AA01', '2999-06-03')
		|| pg_temp.cclf1('13', '1S00E00AA01', '2025-06-04', '138', adjustment => '1'),
	'5:' || pg_temp.cclf5('21', '1', '1S00E00AA01', '2025-05-05', 'E119', 'K1') || pg_temp.cclf5(
		'21', '2', '1S00E00AA01', '2025-05-05', 'E119', 'K1', processing => 'D', hcpcs => '99999')
		|| pg_temp.cclf5('22', '1', '1S00E00AA01', '2025-05-06', 'E119', 'K2', processing => 'D')
		|| pg_temp.cclf5('23', '1', '1S00E00AA01', '2025-05-07', 'E119', 'K3', denial => '0'),
	'9:' || pg_temp.cclf9('1S00E00AA01', '1S00E00AA90')
	|| pg_temp.cclf9('1S00E00AA90', '1S00E00AA91'));
SELECT set_eq(format('SELECT * FROM pg_temp.claims(%s)', :batch),
	$$ VALUES ('1', 'superseded none 2 superseded'), ('2', 'cancellation none cancelled'),
	('3', 'adjusted add final'), ('4', 'original add final'), ('5', 'superseded none 6 superseded'),
	('6', 'cancellation none cancelled'),
	('7', 'superseded none 9 superseded'), ('8', 'original add final'),
	('9', 'cancellation none cancelled'), ('10', 'denied none denied'),
	('11', 'original add final'), ('12', 'original add final future_date'),
	('13', 'cancellation void'),
	('21', 'original add final'), ('22', 'denied none denied'),
	('23', 'denied none denied') $$, 'cancellations take away what they cancel');
SELECT is((SELECT array_agg(DISTINCT c.member_id) FROM cms.import_read_cclf(:batch) c
	WHERE c.scope = 'claim'), '{1S00E00AA01}'::text[],
	'former numbers become the present one, over several steps');
SELECT is((SELECT array_agg(l.code ORDER BY l.line) FILTER (WHERE NOT l.denied)
	FROM cms.import_read_cclf(:batch) c, unnest(c.lines) l
	WHERE c.claim_id LIKE '%21'), '{99214}'::text[], 'denied lines of a paid claim are marked');

-- over months
SELECT cms.import_open('first month') AS first \gset
SELECT cms.import_open('second month') AS second \gset
CALL cms.stage_cclf(:first, '260115', '8:' || pg_temp.cclf8('1S00E00BB01', '1950-02-03',
	dual => '02') || pg_temp.cclf8('1S00E00BB02', '1951-02-03'),
	'1:' || pg_temp.cclf1('101', '1S00E00BB01', '2025-03-01', dx => 'I509')
	|| pg_temp.cclf1('102', '1S00E00BB01', '2025-03-02'),
	'2:' || pg_temp.cclf2('101', '1', '1S00E00BB01', '99214', '2025-03-01')
	|| pg_temp.cclf2('102', '1', '1S00E00BB01', '99214', '2025-03-02'),
	'4:' || pg_temp.cclf4('101', '1S00E00BB01', '1', 'I509')
	|| pg_temp.cclf4('101', '1S00E00BB01', '2', 'E1122')
		|| pg_temp.cclf4('102', '1S00E00BB01', '1', 'E119'),
	'5:' || pg_temp.cclf5('201', '1', '1S00E00BB02', '2025-05-05', 'J449', 'K9'));
-- the claim of the first month comes again with what cancels and adjusts it
CALL cms.stage_cclf(:second, '260215', '8:' || pg_temp.cclf8('1S00E00BB01', '1950-02-03',
	dual => '08') || pg_temp.cclf8('1S00E00BB02', '1951-02-03'),
	'1:' || pg_temp.cclf1('101', '1S00E00BB01', '2025-03-01', dx => 'I509')
	|| pg_temp.cclf1('111', '1S00E00BB01', '2025-03-01', '138', 'I509', '1', '2026-01-02')
		|| pg_temp.cclf1('112', '1S00E00BB01', '2025-03-01', '137', 'E1165', '2', '2026-01-02'),
	'2:' || pg_temp.cclf2('112', '1', '1S00E00BB01', '99214', '2025-03-01'),
	'4:' || pg_temp.cclf4('112', '1S00E00BB01', '1', 'E1165'),
	'5:'
	|| pg_temp.cclf5('211', '1', '1S00E00BB02', '2025-05-05', 'J449', 'K9', '1', '2026-01-03'));
CREATE FUNCTION pg_temp.counted() RETURNS text LANGUAGE sql AS $$
	SELECT string_agg(d.icd10_code, ' ' ORDER BY d.icd10_code)
	FROM cms.diagnosis(2026, without_list => 'accept') d WHERE d.encounter_verdict = 'ok'
$$;
CREATE FUNCTION pg_temp.accounts(batches bigint[])
	RETURNS TABLE (read bigint, loaded bigint, unchanged bigint, refused bigint) LANGUAGE sql AS $$
	SELECT sum(r.read)::bigint, sum(r.loaded)::bigint, sum(r.unchanged)::bigint,
		sum(r.refused)::bigint
	FROM unnest(batches) b, cms.import_report(b) r
$$;
CALL cms.import_people(:first, 2026);
CALL cms.import_claims(:first);
SELECT is(pg_temp.counted(), 'E1122 E119 I509 J449', 'the first month');
CALL cms.import_people(:second, 2026);
CALL cms.import_claims(:second);
SELECT is(pg_temp.counted(), 'E1165 E119', 'what the second month cancels does not count any more');
CREATE TEMPORARY TABLE before AS SELECT * FROM cms.patient_diagnosis_hcc;
CREATE TEMPORARY TABLE people AS SELECT * FROM cms.patient_demographic;
CALL cms.import_claims(:first);
CALL cms.import_claims(:second);
CALL cms.import_people(:first, 2026);
CALL cms.import_people(:second, 2026);
SELECT set_eq('SELECT * FROM cms.patient_diagnosis_hcc', 'SELECT * FROM before',
	'loading again changes no claim');
SELECT set_eq('SELECT * FROM cms.patient_demographic', 'SELECT * FROM people', 'and no person');
SELECT results_eq(format('SELECT loaded, read = loaded + unchanged + refused FROM '
	'pg_temp.accounts(%L)', ARRAY[:first, :second]),
	'VALUES (0::bigint, true)', 'and every record is accounted for');
SELECT set_eq($$ SELECT payment_month::integer, dual_status FROM cms.patient_demographic
	WHERE date_of_birth = '1950-02-03' $$,
	$$ VALUES (1, '02'), (2, '08') $$, 'the status of a person by the month of the file');
CALL cms.score_population(2026, without_list => 'accept');
CALL cms.refresh_gaps(2025, without_list => 'accept');
SELECT results_eq($$ SELECT s.icd10_codes, s.raw_score > s.demographic_score
	FROM cms.patient_hcc_score s ORDER BY 1 DESC $$,
	$$ VALUES ('{E1165,E119}'::text[], true), ('{}', false) $$, 'from files to scores');
SELECT isnt_empty($$ SELECT FROM cms.patient_hcc_gap WHERE status = 'net_new' $$, 'and gaps');

-- a cancellation that comes before what it cancels
SELECT cms.import_open('late') AS late \gset
SELECT cms.import_open('early') AS early \gset
CALL cms.stage_cclf(:early, '260315',
	'5:' || pg_temp.cclf5('311', '1', '1S00E00BB02', '2025-08-05', 'G20A1', 'K7', '1'));
CALL cms.stage_cclf(:late, '260315',
	'5:' || pg_temp.cclf5('301', '1', '1S00E00BB02', '2025-08-05', 'G20A1', 'K7'));
CALL cms.import_claims(:early);
CALL cms.import_claims(:late);
SELECT is(pg_temp.counted(), 'E1165 E119', 'finds it when that comes');
SELECT is((SELECT array_agg(DISTINCT r.reason ORDER BY r.reason)
	FROM cms.import_refusal r JOIN cms.import_file f USING (file_id)
	WHERE f.batch_id = :early), '{cancellation_without_original,no_original}'::text[],
	'and was told of before');

-- files and lines that cannot be used
SELECT cms.import_open('broken') AS broken \gset
CALL cms.stage_cclf(:broken, '260415',
	'0:CCLF1        |Part A                                    |          3|  437' || E'\n',
	'1:' || pg_temp.cclf1('401', '1S00E00BB01', '2025-09-01') || left(pg_temp.good(), 40) || E'\n',
	'2:' || pg_temp.cclf2('999', '1', 'X', '99214', '2025-03-01')
		|| pg_temp.cclf2('401', '1', '1S00E00BB01', '99214', '2025-02-30'),
	'8:' || pg_temp.cclf8('1S00E00BB09', '1000-01-01', '0') || E'\n'
	|| left(pg_temp.cclf8('1S00E00BB09', ''), 5) || E'\n', '3:' || 'x', 'Z:');
CALL cms.import_claims(:broken);
CALL cms.import_people(:broken, 2026);
SELECT set_eq(format($$ SELECT substr(f.name, 15, 1), r.position, r.reason, r.field, r.refused
	FROM cms.import_refusal r JOIN cms.import_file f USING (file_id)
	WHERE f.batch_id = %s $$, :broken), $$ VALUES ('0', NULL::bigint, 'not_input', NULL, true),
		('1', NULL, 'record_count', NULL, false),
	('1', 2, 'short_record', 'CCLF1.clm_type_cd', true),
	('2', 1, 'unresolved_reference', 'CCLF2.cur_clm_uniq_id', true),
	('2', 2, 'bad_date', 'CCLF2.clm_line_from_dt', true),
	('8', 1, 'bad_dob', 'CCLF8.bene_dob', true), ('8', 1, 'unknown_sex', 'CCLF8.bene_sex_cd', true),
	('8', 3, 'short_record', 'CCLF8.bene_mbi_id', true), ('3', NULL, 'not_input', NULL, true),
	('Z', NULL, 'unknown_file', NULL, true) $$,
	'reason, line and field of all of them');

----------------------------------------------------------------------
-- RIF
----------------------------------------------------------------------
CREATE FUNCTION pg_temp.carrier(VARIADIC lines text[]) RETURNS bytea LANGUAGE sql AS $$
	SELECT pg_temp.bytes(U&'\FEFF' || 'DML_IND|BENE_ID|CLM_ID|FINAL_ACTION|NCH_CLM_TYPE_CD|'
		'CLM_FROM_DT|CLM_THRU_DT|CARR_CLM_PMT_DNL_CD|'
		'PRNCPAL_DGNS_CD|PRNCPAL_DGNS_VRSN_CD|ICD_DGNS_CD1|ICD_DGNS_VRSN_CD1|ICD_DGNS_CD2|'
		'ICD_DGNS_VRSN_CD2|LINE_NUM|PRF_PHYSN_NPI|'
		'LINE_PLACE_OF_SRVC_CD|LINE_1ST_EXPNS_DT|LINE_LAST_EXPNS_DT|HCPCS_CD|LINE_PRCSG_IND_CD|'
		'LINE_ICD_DGNS_CD|LINE_ICD_DGNS_VRSN_CD' || E'\n'
		|| array_to_string(lines, E'\n') || E'\n')
$$;
CREATE FUNCTION pg_temp.rif_line(action text, claim text, line text, codes text,
	final text DEFAULT 'F', denial text DEFAULT '1') RETURNS text
	LANGUAGE sql AS $$
	SELECT format('%s|-77|%s|%s|71|04-MAR-2025|05-Mar-2025|%s|%s|0|%s|0|%s|0|%s|1033118872|'
		'11|04-MAR-2025|04-MAR-2025|99214|A|%s|0', action, claim,
		final, denial, split_part(codes, ' ', 1), split_part(codes, ' ', 1),
		split_part(codes, ' ', 2), line, split_part(codes, ' ', 3))
$$;
CREATE FUNCTION pg_temp.beneficiary(birth text, dual text) RETURNS bytea LANGUAGE sql AS $$
	SELECT pg_temp.bytes('BENE_ID|MBI_NUM|BENE_BIRTH_DT|BENE_SEX_IDENT_CD|BENE_ENTLMT_RSN_ORIG|'
		'RFRNC_YR|META_DUAL_ELGBL_STUS_JAN_CD|'
		|| 'META_DUAL_ELGBL_STUS_SEPT_CD' || E'\n'
		|| format('-77|1S00E00CC01|%s|2|0|2026|%s|%s', birth, dual, dual) || E'\n')
$$;
SELECT cms.import_open('rif') AS rif \gset
SELECT cms.import_stage(:rif, 'rif', 'beneficiary_2026.csv',
	pg_temp.beneficiary('03-FEB-1950', '4')) \gset
SELECT cms.import_stage(:rif, 'rif', 'carrier.csv',
	pg_temp.carrier(pg_temp.rif_line('INSERT', '1', '1', 'E1122 N184'),
	pg_temp.rif_line('INSERT', '1', '2', 'E1122 N184 I509'),
	pg_temp.rif_line('INSERT', '2', '1', 'J449'),
	pg_temp.rif_line('INSERT', '3', '1', 'G20A1', denial => '0'),
	pg_temp.rif_line('INSERT', '4', '1', 'F200', final => 'N'))) \gset
CALL cms.import_people(:rif, 2026);
CALL cms.import_claims(:rif);
CREATE FUNCTION pg_temp.counted_of(number text) RETURNS text LANGUAGE sql AS $$
	SELECT string_agg(DISTINCT d.icd10_code, ' ' ORDER BY d.icd10_code)
	FROM cms.diagnosis(2026, without_list => 'accept') d
	WHERE d.encounter_verdict = 'ok' AND d.patient_id = (SELECT i.patient_id
		FROM cms.patient_identifier i WHERE i.value = number)
$$;
SELECT is(pg_temp.counted_of('-77'), 'E1122 I509 J449 N184',
	'lines of a claim are one claim, with what only a line names');
SELECT is(pg_temp.counted_of('1S00E00CC01'), pg_temp.counted_of('-77'),
	'and the person has an MBI, too');
SELECT set_eq($$ SELECT payment_month::integer, dual_status FROM cms.patient_demographic
	WHERE date_of_birth = '1950-02-03' AND contract_id IS NULL $$,
	$$ SELECT m, CASE WHEN m IN (1, 9) THEN '04' END FROM generate_series(1, 12) m $$,
	'months by their names, codes of two digits');
SELECT cms.import_open('rif again') AS again \gset
SELECT cms.import_stage(:again, 'rif', 'carrier.csv', pg_temp.carrier(
	pg_temp.rif_line('UPDATE', '1', '1', 'E1165'), pg_temp.rif_line('DELETE', '2', '1', 'J449'),
	pg_temp.rif_line('DELETE', '9', '1', 'J449'))) \gset
CALL cms.import_claims(:again);
SELECT is(pg_temp.counted_of('-77'), 'E1165',
	'an update takes the place of a claim, a deletion takes it out');
CALL cms.import_claims(:again);
SELECT is(pg_temp.counted_of('-77'), 'E1165', 'once more, the same');
CREATE FUNCTION pg_temp.load_carrier(VARIADIC lines text[]) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	batch bigint := cms.import_open();
BEGIN
	PERFORM cms.import_stage(batch, 'rif', f, pg_temp.carrier(VARIADIC lines))
	FROM unnest('{carrier.csv,copy.csv}'::text[]) f;
	CALL cms.import_claims(batch);
	RETURN (SELECT string_agg(concat_ws(' ', r.loaded, r.unchanged, r.refused), ', '
		ORDER BY r.file_id) FROM cms.import_report(batch) r);
END
$$;
SELECT is(pg_temp.load_carrier(pg_temp.rif_line('UPDATE', '4', '1', 'F200')), '0 1 0, 1 0 0',
	'a claim that was not final comes as final, twice');
SELECT is(pg_temp.counted_of('-77'), 'E1165 F200', 'and counts');
SELECT is(pg_temp.load_carrier(pg_temp.rif_line('UPDATE', '4', '1', 'F200', final => 'N')),
	'0 1 0, 1 0 0', 'it is not final again');
SELECT is(pg_temp.counted_of('-77'), 'E1165', 'and counts no more');
SELECT is(pg_temp.load_carrier(pg_temp.rif_line('UPDATE', '4', '1', 'F200')),
	'0 1 0, 1 0 0', 'and final');
SELECT is(pg_temp.counted_of('-77'), 'E1165 F200', 'and counts as at first');
SELECT pg_temp.load_carrier(pg_temp.rif_line('DELETE', '4', '1', 'F200')) \g /dev/null
CALL cms.score_population(2026, without_list => 'accept');
SELECT isnt_empty($$ SELECT FROM cms.patient_hcc_score WHERE icd10_codes = '{E1165}' $$,
	'to a score');

----------------------------------------------------------------------
-- Reports to plans
----------------------------------------------------------------------
-- The older MAO-004: no allowed flag, an ICN of 44, a processing date, versions by code
CREATE FUNCTION pg_temp.mao2(switch text, icn text, linked text, codes text, flag text) RETURNS text
	LANGUAGE sql AS $$
	SELECT concat_ws('*', '1', 'MAO-004', 'H1234', rpad('1S00E00CC01', 12), rpad(icn, 44), switch,
		rpad(linked, 44), '20250301', '20250302', '20250201',
		'20250202', 'P', rpad(codes, 7), '0', flag) || '*' || repeat('       * * *', 24) || E'\n'
$$;
SELECT cms.import_open('reports') AS reports \gset
SELECT cms.import_stage(:reports, 'mao004', 'old',
	pg_temp.bytes(E'0*MAO-004*H1234*20250401*Encounter Data*          *TEST*\n'
	|| pg_temp.mao2('1', 'I1', '', 'E1122', 'A') || pg_temp.mao2('4', 'I2', 'I1', 'N184', 'A')
	|| pg_temp.mao2('7', 'I3', '', 'I509', 'A')
	|| pg_temp.mao2('8', 'I4', 'I3', 'I509', 'D') || E'9*MAO-004*H1234*000000000000000005*\n'))
\gset
SELECT cms.import_stage(:reports, 'mao004', 'new',
	pg_temp.bytes(E'0*MAO-004*H1234*20250401*Encounter Data*          *PROD*4*1*\n')) \gset
SELECT set_eq(format('SELECT claim_id, record_source, record_action, status, replaces '
	'FROM cms.import_read_mao004(%s) WHERE scope = ''claim''', :reports),
	$$ VALUES ('I1', 'encounter', 'add', 'original', NULL),
		('I2', 'linked_chart_review', 'add', 'original', 'I1'),
		('I3', 'unlinked_chart_review', 'add', 'original', NULL),
		('I4', 'unlinked_chart_review', 'void', 'void', 'I3') $$, 'switches of the older report');
SELECT cms.import_open('mark') AS mark \gset
SELECT cms.import_stage(:mark, 'mao004', 'mark',
	pg_temp.bytes(U&'\FEFF' || E'0*MAO-004*H1234*20250401*Encounter Data*          *PROD*\r\n'))
\g /dev/null
SELECT is(cms.hcc_mao004_version(r.first_line), '2', 'a report that begins with a byte order mark')
FROM cms.hcc_report_file(:mark, 'mao004') r;
SELECT set_eq(format('SELECT (refused || warnings)[1].reason FROM cms.import_read_mao004(%s) '
	'WHERE scope = ''file''', :reports),
	'{test_data,record_count,bad_layout}'::text[],
	'test data, another count than the trailer''s, a phase that nobody knows');
-- MMR: a month is as the latest run has it
CREATE FUNCTION pg_temp.mmr(run text, month text, factor text, score text, reason text DEFAULT '',
	dual text DEFAULT '02', span text DEFAULT NULL) RETURNS text
	LANGUAGE sql AS $$
	SELECT pg_temp.line(495, '1:H1234', '6:' || run, '14:' || month, '20:1S00E00DD01', '40:F',
		'41:19500203', '72:' || score, '90:' || reason,
		'92:' || COALESCE(span, month || '01' || month || '28'), '185:001', '189:' || factor,
		'192:0', '446:' || dual)
$$;
SELECT cms.import_stage(:reports, 'mmr', 'mmr',
	pg_temp.bytes(pg_temp.mmr('20260115', '202601', 'CN', '1.0', dual => '00')
	|| pg_temp.mmr('20260315', '202603', 'CN', '-1.0', '26', '00', '2026010120260131')
	|| pg_temp.mmr('20260315', '202603', 'CF', '1.2', '26', '08', '2026010120260131')
	|| pg_temp.mmr('20260215', '202602', 'CN', '1.0', dual => '00')
	|| pg_temp.mmr('20260415', '202604', 'CN', '-1.0', '03', '00', '2026020120260228'))) \gset
-- what one contract takes back another pays, though it said so before
SELECT cms.import_stage(:reports, 'mmr', 'moved', pg_temp.bytes(
	pg_temp.mmr('20260116', '202605', 'CN', '1.0')
	|| replace(pg_temp.mmr('20260216', '202605', 'CF', '1.0'), 'H1234', 'H9999')
	|| pg_temp.mmr('20260316', '202605', 'CN', '-1.0', '03'))) \gset
SELECT cms.import_stage(:reports, 'raps', 'raps',
	pg_temp.bytes(E'AAA SH1234\n' || pg_temp.line(512, '1:CCC', '4:0000001', '54:1S00E00DD01',
		'93:012025020120250202 E1122  408', '125:012025020120250202DI509')
	|| E'CCC0000002\nYYY\nZZZ\n')) \gset
CALL cms.import_people(:reports, 2026);
CALL cms.import_claims(:reports);
SELECT set_eq($$ SELECT payment_month::integer, dual_status, contract_id, plan_id
	FROM cms.patient_demographic d JOIN cms.patient_identifier i USING (patient_id)
	WHERE i.value = '1S00E00DD01' $$, $$ VALUES
		(1, '08', 'H1234', '001'), (5, '02', 'H9999', '001') $$,
	'the new state of a month, none of one that was taken back, and one that another '
	'contract pays');
SELECT set_eq(format($$ SELECT r.position, r.reason FROM cms.import_refusal r
	JOIN cms.import_file f USING (file_id) WHERE f.batch_id = %s AND f.name = 'mmr' $$, :reports),
	$$ VALUES (1::bigint, 'superseded'), (2, 'superseded'), (4, 'superseded'),
		(5, 'month_removed') $$, 'what came before it');
-- a month that is taken back alone, one that is another contract's, and one that is paid anew
CREATE FUNCTION pg_temp.load_mmr(VARIADIC lines text[]) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	batch bigint := cms.import_open();
BEGIN
	PERFORM cms.import_stage(batch, 'mmr', 'mmr', pg_temp.bytes(array_to_string(lines, '')));
	CALL cms.import_people(batch, 2026);
	RETURN (SELECT concat_ws(' ', r.read, r.loaded, r.unchanged, r.refused)
		FROM cms.import_report(batch) r);
END
$$;
CREATE FUNCTION pg_temp.months(at timestamptz DEFAULT NULL) RETURNS text LANGUAGE sql AS $$
	SELECT string_agg(concat_ws(' ', p.payment_month, p.dual_status, p.contract_id),
		', ' ORDER BY p.payment_month)
	FROM cms.person(2026, at) p JOIN cms.patient_identifier i USING (patient_id)
	WHERE i.value = '1S00E00DD01'
$$;
CALL cms.score_population(2026, without_list => 'accept');
CREATE FUNCTION pg_temp.scored() RETURNS SETOF integer LANGUAGE sql AS $$
	SELECT s.payment_month FROM cms.patient_hcc_model_score s
		JOIN cms.patient_identifier i USING (patient_id) WHERE i.value = '1S00E00DD01' $$;
SELECT set_eq('SELECT * FROM pg_temp.scored()', '{1,5}'::integer[], 'both months are scored');
SELECT clock_timestamp() AS before \gset
SELECT is(pg_temp.load_mmr(pg_temp.mmr('20260515', '202605', 'CF', '-1.2', '03', '08',
	'2026010120260131')), '1 1 0 0', 'a negative line alone');
SELECT is(pg_temp.months(), '5 02 H9999', 'removes the month');
SELECT is(pg_temp.months(:'before'), '1 08 H1234, 5 02 H9999', 'which was there before');
CALL cms.refresh_scores(2026, without_list => 'accept');
SELECT set_eq('SELECT * FROM pg_temp.scored()', '{5}'::integer[], 'and its score goes');
SELECT is(pg_temp.load_mmr(pg_temp.mmr('20260515', '202605', 'CF', '-1.2', '03', '08',
	'2026010120260131')), '1 0 1 0', 'again: nothing changes');
SELECT is(pg_temp.load_mmr(pg_temp.mmr('20260515', '202605', 'CF', '-1.2', '03', '08',
	'2026050120260531')), '1 0 0 1', 'a month of another contract');
SELECT is(pg_temp.load_mmr(pg_temp.mmr('20260515', '202605', 'CF', '-1.2', '03', '08',
	'2026060120260630')), '1 0 0 1', 'a month of nobody');
SELECT is((SELECT array_agg(reason) FROM (SELECT reason FROM cms.import_refusal
	ORDER BY file_id DESC LIMIT 2) r), '{month_removed,month_removed}'::text[], 'are told of');
SELECT is(pg_temp.months(), '5 02 H9999', 'and nothing else');
SELECT is(pg_temp.load_mmr(pg_temp.mmr('20260615', '202606', 'CF', '1.2', '26', '08',
	'2026010120260131')), '1 1 0 0', 'a month that is paid anew');
SELECT is(pg_temp.months(), '1 08 H1234, 5 02 H9999', 'is there again');
SELECT is((SELECT count(*) FROM cms.import_mmr_record), 10::bigint,
	'all lines of the MMR are kept');
SELECT is((SELECT count(*) FROM cms.import_mao004_record), 4::bigint, 'and of the MAO-004');
SELECT set_eq(
	'SELECT cluster, diagnosis, deleted, errors, service_from FROM cms.import_raps_record',
	$$ VALUES (1, 'E1122', false, '{408}'::text[], '2025-02-01'::date),
		(2, 'I509', true, NULL, '2025-02-01') $$, 'clusters of the RAPS return');
CALL cms.import_claims(:reports);
SELECT results_eq(format($$ SELECT read, loaded, unchanged, refused FROM cms.import_report(%s)
	WHERE format = 'raps' $$, :reports),
	'VALUES (2::bigint, 0::bigint, 1::bigint, 1::bigint)', 'which come again unchanged');
-- reports that are loaded after later ones
SELECT is(pg_temp.load_mmr(pg_temp.mmr('20260115', '202601', 'CN', '1.0', dual => '00')), '1 0 0 1',
	'a month of a run that a later one has changed');
SELECT is(pg_temp.months(), '1 08 H1234, 5 02 H9999', 'stays as the later one has it');
SELECT is(pg_temp.load_mmr(pg_temp.mmr('20260410', '202604', 'CN', '1.0', dual => '00')), '1 1 0 0',
	'one that no later run speaks of');
SELECT is(pg_temp.months(), '1 08 H1234, 4 NA H1234, 5 02 H9999', 'is loaded');
SELECT cms.import_open('later') AS later \gset
SELECT cms.import_open('earlier') AS earlier \gset
SELECT cms.import_stage(batch, 'mao004', 'report', pg_temp.bytes(format(
	E'0*MAO-004*H1234*%s*Encounter Data*          *PROD*\n%s9*MAO-004*H1234*000000000000000001*\n',
	day, pg_temp.mao2('1', 'I77', '', code, 'A')))) FROM (VALUES
		(:later, '20260401', 'C61'), (:earlier, '20260301', 'C20')) r (batch, day, code)
\g /dev/null
CALL cms.import_claims(:later);
CALL cms.import_claims(:earlier);
SELECT results_eq(format('SELECT loaded, refused FROM cms.import_report(%s)', :earlier),
	'VALUES (0::bigint, 1::bigint)', 'a record as an earlier report had it');
SELECT results_eq($$ SELECT d.icd10_code, d.record_action
	FROM cms.patient_diagnosis_hcc d JOIN cms.import_claim_record r USING (encounter_id)
	WHERE r.claim_key = 'I77' $$, $$ VALUES
		('C61', 'add') $$, 'does not change what the later one said');
-- staged whole; with rows of a layout they can be read
SELECT cms.import_stage(:reports, 'mor', 'mor', pg_temp.bytes(E'1H1234\nMxxx\n')) \gset
SELECT is((SELECT convert_from(c.content, 'UTF8') FROM cms.import_chunk c
	JOIN cms.import_file f USING (file_id) WHERE f.format = 'mor'), E'1H1234\nMxxx\n',
	'MOR is staged whole');

----------------------------------------------------------------------
-- Files that are cut off, and files without records
----------------------------------------------------------------------
-- a delivery: two claims with a line and a diagnosis each, one of a physician, a person and a
-- former number
CREATE PROCEDURE pg_temp.stage_cut(batch bigint, cut text, bytes integer) LANGUAGE sql AS $$
	SELECT cms.import_stage(stage_cut.batch, 'cclf',
		'P.A9999.ACO.ZC' || f.kind || 'Y26.D260615.T0900001',
		pg_temp.bytes(CASE WHEN f.kind = stage_cut.cut THEN left(f.content, stage_cut.bytes)
			ELSE f.content END))
	FROM (VALUES ('1', pg_temp.cclf1('801', '1S00E00HH01', '2025-03-04')
		|| pg_temp.cclf1('802', '1S00E00HH01', '2025-04-04')),
		('2', pg_temp.cclf2('801', '1', '1S00E00HH01', '99214', '2025-03-04')
			|| pg_temp.cclf2('802', '1', '1S00E00HH01', '99214', '2025-04-04')),
		('4', pg_temp.cclf4('801', '1S00E00HH01', '1', 'E119')
			|| pg_temp.cclf4('802', '1S00E00HH01', '1', 'C61')),
		('5', pg_temp.cclf5('803', '1', '1S00E00HH01', '2025-05-05', 'J449', 'K9')),
		('8', pg_temp.cclf8('1S00E00HH01', '1950-01-01')),
		('9', pg_temp.cclf9('1S00E00HH02', '1S00E00HH01'))) f (kind, content)
$$;
-- what is loaded, and what was refused of which file
CREATE FUNCTION pg_temp.cut(cut text, bytes integer) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	opened bigint := cms.import_open('cut');
	said text;
BEGIN
	CALL pg_temp.stage_cut(opened, cut, bytes);
	CALL cms.import_load(opened, 2026);
	said := concat_ws(', ',
		(SELECT concat('claims: ', string_agg(r.claim_id::bigint::text, ' ' ORDER BY r.claim_id))
			FROM cms.import_claim_record r
			JOIN cms.import_file f USING (file_id) WHERE f.batch_id = opened),
		(SELECT concat('people: ', count(DISTINCT d.patient_id))
			FROM cms.patient_demographic d JOIN cms.patient_identifier i USING (patient_id)
			WHERE i.value ~ '^1S00E00HH'),
		(SELECT concat('refused: ', string_agg(concat(substr(f.name, 15, 1), '.', r.position, ' ',
			r.reason), ' ' ORDER BY f.name, r.position))
			FROM cms.import_refusal r JOIN cms.import_file f USING (file_id)
			WHERE f.batch_id = opened AND r.refused));
	IF EXISTS (SELECT FROM cms.import_report(opened) r
		WHERE r.read <> r.loaded + r.unchanged + r.refused) THEN
		said := said || ', not all accounted for';
	END IF;
	DELETE FROM cms.import_claim_record WHERE claim_id ~ '80[123]$';
	DELETE FROM cms.patient_demographic d USING cms.patient_identifier i
	WHERE i.patient_id = d.patient_id AND i.value ~ '^1S00E00HH';
	DELETE FROM cms.patient_diagnosis_hcc d USING cms.patient_identifier i
	WHERE i.patient_id = d.patient_id AND i.value ~ '^1S00E00HH';
	DELETE FROM cms.patient_identifier WHERE value ~ '^1S00E00HH';
	RETURN said;
END
$$;
SELECT is(pg_temp.cut(file, bytes), expected, message) FROM (VALUES
	('0', 0, 'claims: 801 802 803, people: 1, refused: ', 'a whole delivery'),
	('1', 700, 'claims: , people: 1, refused: 1.2 truncated 2.1 unresolved_reference '
		'2.2 unresolved_reference 4.1 unresolved_reference '
		'4.2 unresolved_reference 5.1 truncated',
		'a claim is cut off, and with it what may cancel others'),
	('2', 300, 'claims: , people: 1, refused: 1.1 truncated 1.2 truncated 2.2 truncated 5.1 '
		'truncated', 'a line of a claim'),
	('4', 205, 'claims: , people: 1, refused: 1.1 truncated 1.2 truncated 4.2 truncated 5.1 '
		'truncated', 'a diagnosis'),
	('5', 387, 'claims: , people: 1, refused: 1.1 truncated 1.2 truncated 5.1 truncated',
		'one byte of a claim'),
	('8', 540, 'claims: 801 802 803, people: 0, refused: 8.1 truncated 9.1 not_enrolled',
		'a person'),
	('9', 50, 'claims: , people: 0, refused: 1.1 truncated 1.2 truncated 5.1 truncated 8.1 '
		'truncated 9.1 truncated', 'who is who')
) t (file, bytes, expected, message);
-- reports are whole with their trailers
SELECT cms.import_open('cut reports') AS cut \gset
SELECT cms.import_stage(:cut, 'mao004', 'mao004',
	pg_temp.bytes(E'0*MAO-004*H1234*20260401*Encounter Data*          *PROD*\n'
	|| pg_temp.mao2('1', 'I8', '', 'E1122', 'A'))), cms.import_stage(:cut, 'raps', 'raps',
		pg_temp.bytes(E'AAA SH1239\n'
	|| pg_temp.line(512, '1:CCC', '4:0000001', '54:1S00E00DD01',
		'93:012025020120250202 E1122  408'))),
	cms.import_stage(:cut, 'mmr', 'mmr',
		pg_temp.bytes(left(pg_temp.mmr('20260715', '202607', 'CN', '1.0')
		|| pg_temp.mmr('20260715', '202608', 'CN', '1.0'), 900))) \gset
CALL cms.import_load(:cut, 2026);
SELECT set_eq(format($$ SELECT f.format, r.position, r.reason
	FROM cms.import_refusal r JOIN cms.import_file f USING (file_id)
	WHERE f.batch_id = %s AND r.refused $$, :cut), $$ VALUES
		('mao004', 2::bigint, 'truncated'), ('raps', 2, 'truncated'), ('mmr', 2, 'truncated') $$,
	'reports without their ends are refused');
SELECT is((SELECT count(*) FROM (SELECT file_id FROM cms.import_mao004_record
	UNION ALL SELECT file_id FROM cms.import_raps_record
	UNION ALL SELECT file_id FROM cms.import_mmr_record) r JOIN cms.import_file f USING (file_id)
	WHERE f.batch_id = :cut), 0::bigint, 'and nothing of them is kept');
-- nothing at all, and what has nothing but a header or envelopes
SELECT cms.import_open('nothing') AS nothing \gset
SELECT cms.import_stage(:nothing, f.format, f.name, pg_temp.bytes(f.content)) FROM (VALUES
	('x12_837', 'no interchange', ''),
	('x12_837', 'envelope', 'ISA*00*          *00*          *ZZ*S              *ZZ*R              '
		'*260115*0930*^*00501*000000001*0*P*:~IEA*0*000000001~'),
	('x12_834', 'member', 'ISA*00*          *00*          *ZZ*S              *ZZ*R              '
		'*260115*0930*^*00501*000000001*0*P*:~GS*BE*S*R*20260115*0930*1*X*005010X220A1~'
		'ST*834*1*005010X220A1~BGN*00*1*20260110~SE*3*1~GE*1*1~IEA*1*000000001~'),
	('fhir', 'no line', ''),
	('fhir', 'bundle', '{"resourceType":"Bundle","type":"searchset","entry":[]}'),
	('fhir', 'lines', E'\n\n'),
	('cclf', 'P.A9999.ACO.ZC5Y26.D260715.T0900001', ''),
	('cclf', 'P.A9999.ACO.ZC8Y26.D260715.T0900001', E'\r\n'),
	('rif', 'header', E'DML_IND|BENE_ID|CLM_ID|NCH_CLM_TYPE_CD|CLM_FROM_DT|CLM_THRU_DT\n'),
	('rif', 'half a header', 'DML_IND|BENE_ID|CLM_ID'),
	('rif', 'no header', ''), ('mao004', 'ends', E'0*MAO-004*H1234*20260501*Encounter '
		'Data*          *PROD*\n9*MAO-004*H1234*000000000000000000*\n'),
	('mmr', 'mmr', ''), ('raps', 'raps', E'AAA SH1240\nYYY\nZZZ\n'),
	('mor', 'mor', '')) f (format, name, content) \g /dev/null
CALL cms.import_load(:nothing, 2026);
SELECT set_eq(format($$ SELECT f.name, r.refused, r.reason FROM cms.import_file f
	LEFT JOIN cms.import_refusal r USING (file_id) WHERE f.batch_id = %s $$, :nothing),
	$$ VALUES ('no interchange', true, 'no_isa'), ('no header', true, 'unknown_file'),
		('envelope', false, 'no_records'), ('member', false, 'no_records'),
		('no line', false, 'no_records'), ('bundle', false, 'no_records'),
		('lines', false, 'no_records'),
		('P.A9999.ACO.ZC5Y26.D260715.T0900001', false, 'no_records'),
		('P.A9999.ACO.ZC8Y26.D260715.T0900001', false, 'no_records'),
		('header', false, 'no_records'), ('half a header', false, 'no_records'),
		('ends', false, 'no_records'), ('mmr', false, 'no_records'),
		('raps', false, 'no_records'), ('mor', false, 'no_records') $$, 'each is told of, once');
CALL cms.import_people(:nothing, 2026);
CALL cms.import_claims(:nothing);
SELECT is((SELECT count(*) FROM cms.import_refusal r JOIN cms.import_file f USING (file_id)
	WHERE f.batch_id = :nothing), 15::bigint, 'however often it is loaded');

SELECT * FROM finish();
DROP SCHEMA cms CASCADE;
DELETE FROM file_layout WHERE custom;
