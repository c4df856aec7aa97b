-- The marketplace model: every worked example, and the rules that
-- implementations differ on or that no golden case notices, each as a named
-- test. Sums in comments are of rows of data/HHS_V08/coefficient.csv.
BEGIN;
CREATE EXTENSION IF NOT EXISTS hccraf;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT plan(266);

CREATE FUNCTION pg_temp.score(codes text[], who beneficiary, benefit_year int)
	RETURNS numeric LANGUAGE sql
	RETURN raf_score($1, $2, 'HHS_V08', $3);
-- The HCCs before grouping, without drugs
CREATE FUNCTION pg_temp.hccs(codes text[], who beneficiary, benefit_year int,
	mce boolean DEFAULT true) RETURNS text
	LANGUAGE sql RETURN (SELECT COALESCE(string_agg(substr(hcc_code, 8), ' ' ORDER BY hcc_code), '')
		FROM raf_explain($1, $2, 'HHS_V08', $3, NULL, $4)
		WHERE kind = 'hcc' AND (reason IS NULL OR reason ~ '^(in group|not in segment) '));
-- The variables that are 1, but for age and sex
CREATE FUNCTION pg_temp.terms(codes text[], who beneficiary, benefit_year int)
	RETURNS text LANGUAGE sql
	RETURN (SELECT COALESCE(string_agg(variable, ' ' ORDER BY variable), '')
		FROM raf_explain($1, $2, 'HHS_V08', $3)
		WHERE reason IS NULL AND kind NOT IN ('demographic', 'factor'));
-- Why a code gave nothing
CREATE FUNCTION pg_temp.reason(code text, who beneficiary, benefit_year int)
	RETURNS text LANGUAGE sql
	RETURN (SELECT reason FROM raf_explain(ARRAY[$1], $2, 'HHS_V08', $3) WHERE kind = 'code');
-- Somebody of a sex and date of birth, enrolled all the year in a silver plan
CREATE FUNCTION pg_temp.silver(sex text, born date, benefit_year int)
	RETURNS beneficiary LANGUAGE sql
	RETURN enrollee($2, $1, make_date($3, 1, 1), make_date($3, 12, 31), 'silver', '01');

----------------------------------------------------------------------
-- Worked examples, by hand: score, and score times the factor
----------------------------------------------------------------------
CREATE TEMP TABLE example (name text, benefit_year int, metal text, csr_variant text,
	sex text, born date,
	first_day date, last_day date, codes text[], score numeric, csr_score numeric);
INSERT INTO example VALUES
	-- FAGE_LAST_45_49 0.277
	('E01 adult without claims', 2025, 'Silver', '01', 'F', '1980-06-15', '2025-01-01',
		'2025-12-31', '{}', 0.277, 0.277),
	-- 0.164 + G01 0.172; x 1.12
	('E02 group and cost sharing', 2025, 'Silver', '06', 'M', '1980-06-15', '2025-01-01',
		'2025-12-31', '{E11.9@2025-03-01}', 0.336, 0.37632),
	-- 0.070 + G01 0.102 + 022 0.098 + ED3 2.224 + RXC_06 0.861 + RXC_06_X 0.496
	('E03 type 1 diabetes and insulin', 2026, 'Bronze', '01', 'M', '1996-02-10',
		'2026-01-01', '2026-03-31',
		'{E10.65@2026-02-01,ndc:00002739359,ndc:00002115201}', 3.851, 3.851),
	-- 0.358 + 002 8.875 + G13 8.341 + 130 1.809 - COUNT3 4.952
	('E04 severity band', 2025, 'Gold', '01', 'F', '1965-09-09', '2025-01-01', '2025-12-31',
		'{A41.9@2025-02-02,J96.01@2025-02-02,I50.9@2025-02-02}', 14.431, 14.431),
	-- 0.416 + G14 15.142 + 158 11.135 + G24 6.005 + G01 0.225 - 4.153 + 3.477
	('E05 transplant band and two HCCs of a code', 2026, 'Platinum', '01', 'M', '1970-01-20',
		'2026-01-01', '2026-12-31',
		'{Z94.3@2026-03-03,Z94.0@2026-03-03,E11.9@2026-03-03}', 32.247, 32.247),
	-- 0.115 + G07A 3.511
	('E06a child, group of 2024', 2024, 'Silver', '01', 'M', '2014-05-01', '2024-01-01',
		'2024-12-31', '{D57.1@2024-06-01}', 3.626, 3.626),
	-- 0.115 + 070 3.303
	('E06b and without it', 2025, 'Silver', '01', 'M', '2014-05-01', '2025-01-01', '2025-12-31',
		'{D57.1@2025-06-01}', 3.418, 3.418),
	-- 0.040 + 14.776 + 15.114 + 3.557 + 50.658 + 2.670 + 2.101 - 2.629
	('E07 child with six HCCs', 2026, 'Bronze', '01', 'F', '2018-03-03', '2026-01-01', '2026-12-31',
		'{A41.9@2026-04-04,J96.01@2026-04-04,I50.9@2026-04-04,E84.0@2026-04-04,I48.91@2026-04-04,'
		'F34.81@2026-04-04}', 86.287, 86.287),
	-- 200.721 + 0.569
	('E08 extremely immature', 2026, 'Gold', '01', 'M', '2026-05-10', '2026-05-10', '2026-12-31',
		'{P07.02@2026-05-10,P77.9@2026-05-20}', 201.290, 201.290),
	-- 0.431 + AGE1_MALE 0.044
	('E09 newborn without claims', 2026, 'Silver', '01', 'M', '2026-05-10', '2026-05-10',
		'2026-12-31', '{}', 0.475, 0.475),
	('E10a infant severity of 2024', 2024, 'Bronze', '01', 'F', '2023-02-01', '2024-01-01',
		'2024-12-31', '{D57.1@2024-05-05}', 1.324, 1.324),
	('E10b and of 2025, newborn code at 1', 2025, 'Bronze', '01', 'F', '2024-02-01',
		'2025-01-01', '2025-12-31', '{Z38.00@2025-01-15,D57.1@2025-05-05}', 2.179, 2.179),
	-- 0.174 + 001 0.265 + RXC_01 4.612 + RXC_01_X_HCC001 2.521
	('E11 drug with HCC', 2025, 'Gold', '01', 'M', '1990-07-07', '2025-01-01', '2025-12-31',
		'{B20@2025-05-05,ndc:00003196401}', 7.572, 7.572),
	-- 0.106 + 3.609
	('E12a PrEP', 2026, 'Silver', '01', 'M', '1995-04-04', '2026-01-01', '2026-12-31',
		'{hcpcs:J0739}', 3.715, 3.715),
	-- 0.106 + 4.309
	('E12b PrEP beside RXC_01', 2026, 'Silver', '01', 'M', '1995-04-04', '2026-01-01', '2026-12-31',
		'{hcpcs:J0739,ndc:00003196401}', 4.415, 4.415),
	-- 0.135 + 2.016
	('E12c PrEP at 16', 2026, 'Silver', '01', 'M', '2010-04-04', '2026-01-01', '2026-12-31',
		'{hcpcs:J0739}', 2.151, 2.151),
	-- 0.211 + 0.820 + 0.845 + 11.335 + 1.634 - 0.845 + 0.492
	('E13 three interactions of a drug', 2025, 'Bronze', '01', 'F', '1985-01-01',
		'2025-01-01', '2025-12-31',
		'{K50.90@2025-06-06,M06.9@2025-06-06,ndc:00002418230}', 14.492, 14.492),
	-- 0.122 + 0.146; x 1.15
	('E14a zero cost sharing of 2024', 2024, 'Bronze', '02', 'F', '1993-01-01', '2024-01-01',
		'2024-12-31', '{K50.90@2024-06-06}', 0.268, 0.30820),
	-- 0.126 + 0.820; x 1.51
	('E14b and of 2025', 2025, 'Bronze', '02', 'F', '1994-01-01', '2025-01-01', '2025-12-31',
		'{K50.90@2025-06-06}', 0.946, 1.42846),
	-- 0.307 + 012 2.230
	('E15a split on the age of the last day', 2025, 'Silver', '01', 'F', '1975-12-31', '2025-01-01',
		'2025-12-31', '{C50.911@2025-06-01}', 2.537, 2.537),
	-- 0.277 + 011 3.405
	('E15b a day earlier', 2025, 'Silver', '01', 'F', '1975-12-31', '2025-01-01', '2025-12-30',
		'{C50.911@2025-06-01}', 3.682, 3.682),
	('E16a code retired the day before', 2025, 'Catastrophic', '01', 'F', '1985-05-05',
		'2025-01-01', '2025-12-31', '{G35@2025-10-01}', 0.209, 0.209),
	-- 0.209 + 1.941
	('E16b code new on the day', 2025, 'Catastrophic', '01', 'F', '1985-05-05', '2025-01-01',
		'2025-12-31', '{G35.A@2025-10-01}', 2.150, 2.150),
	-- 0.174 + RXC_07 0.702
	('E17 duration needs an HCC', 2025, 'Gold', '01', 'M', '1990-07-07', '2025-12-01', '2025-12-31',
		'{ndc:00002115201}', 0.876, 0.876),
	-- 0.358 + 1.809 + ED2 4.458
	('E18 32 days are two months', 2025, 'Gold', '01', 'F', '1960-07-07', '2025-01-01',
		'2025-02-01', '{I50.9@2025-01-15}', 6.625, 6.625),
	-- 0.271 + 2.020
	('E19 split on sex', 2025, 'Silver', '01', 'F', '1970-07-07', '2025-01-01', '2025-12-31',
		'{D66@2025-05-05}', 2.291, 2.291),
	-- 0.239 + 8.830 - 6.119; x 1.12
	('E20 one severe HCC', 2025, 'Silver', '05', 'F', '1988-08-08', '2025-01-01', '2025-12-31',
		'{A41.9@2025-05-05}', 2.950, 3.30400),
	-- 0.813 + 0.484
	('E21 term newborn boy', 2026, 'Bronze', '01', 'M', '2026-06-20', '2026-06-20', '2026-12-31',
		'{Z38.00@2026-06-20}', 1.297, 1.297),
	('E22a sex edit of 2024', 2024, 'Gold', '01', 'M', '1964-01-01', '2024-01-01', '2024-12-31',
		'{C50.911@2024-06-01}', 0.366, 0.366),
	-- 0.365 + 012 2.295
	('E22b none in 2025', 2025, 'Gold', '01', 'M', '1965-01-01', '2025-01-01', '2025-12-31',
		'{C50.911@2025-06-01}', 2.660, 2.660);

SELECT is(raf_score(x.codes, w.who, 'HHS_V08', x.benefit_year), x.score, x.name)
FROM example x CROSS JOIN LATERAL enrollee(x.born, x.sex, x.first_day, x.last_day, x.metal,
	x.csr_variant) w(who);
SELECT is(raf_csr_score(icd10_set(x.codes), w.who, 'HHS_V08', x.benefit_year), x.csr_score,
	x.name || ', with the factor')
FROM example x CROSS JOIN LATERAL enrollee(x.born, x.sex, x.first_day, x.last_day, x.metal,
	x.csr_variant) w(who);

----------------------------------------------------------------------
-- Ages and dates
----------------------------------------------------------------------
-- O80, delivery, is for ages 9 to 64 by the code editor
SELECT is(pg_temp.hccs(ARRAY['O80@' || day], pg_temp.silver('F', born::date, 2025), 2025), hccs,
	name)
FROM (VALUES
	('code editor: 64 at diagnosis, 65 on the last day', '1960-07-01', '2025-06-30', '209'),
	('code editor: 65 at diagnosis', '1960-07-01', '2025-07-01', ''),
	('code editor: 8 at diagnosis, 9 on the last day', '2016-07-01', '2025-06-30', ''),
	('code editor: 9 at diagnosis', '2016-07-01', '2025-07-01', '209')) v(name, born, day, hccs);
SELECT is(pg_temp.hccs('{O80}', pg_temp.silver('F', '1960-07-01', 2025), 2025), '',
	'a code without date has the age of the last day');
SELECT is(pg_temp.hccs('{O80@2025-07-01}', pg_temp.silver('F', '1960-07-01', 2025), 2025,
	mce => false), '209', 'the code editor can be switched off');
SELECT is(pg_temp.hccs('{Z38.00}', pg_temp.silver('F', '2024-02-01', 2025), 2025, mce => false), '',
	'which leaves the split on the age of the last day');
-- The edit would accept it, the split is for 21 and more
SELECT is(pg_temp.hccs(ARRAY['E10.52@2025-03-01'], pg_temp.silver('M', born::date, 2025), 2025),
	hccs, name)
FROM (VALUES ('several HCCs of a code: adult', '2004-12-31', '020 022 153'),
	('several HCCs of a code: child', '2005-01-01', '020 153')) v(name, born, hccs);

SELECT is(pg_temp.reason(code, pg_temp.silver('F', born::date, 2025), 2025), reason, name)
FROM (VALUES ('diagnosis before birth', 'Z38.00@2025-05-09', '2025-05-10', 'before birth'),
	('diagnosis of the year before', 'E11.9@2024-12-31', '1980-01-01', 'not of the payment year'),
	('diagnosis of the year after', 'E11.9@2026-01-01', '1980-01-01', 'not of the payment year'),
	('drug of another year', 'ndc:00003196401@2024-12-31', '1980-01-01', 'not of the payment year'),
	('procedure of another year', 'hcpcs:J0738@2026-01-01', '1980-01-01',
		'not of the payment year'),
	('code not yet valid', 'G35.A@2025-09-30', '1980-01-01', 'not valid on its date'),
	('code no longer valid', 'G35@2025-10-01', '1980-01-01', 'not valid on its date'),
	('code retired before the last day, without date', 'G35', '1980-01-01',
		'not valid on its date'),
	('age of the code editor', 'O80@2025-03-01', '1950-01-01',
		'edit: not valid at this age (code editor)'),
	('age of the person', 'Z38.00@2025-01-15', '2024-02-01', 'edit: not valid at this age or sex'),
	('no such drug', 'ndc:99999999999', '1980-01-01', 'no mapping')) v(name, code, born, reason);
-- Somebody of another age than the date of birth gives is not scored by it
SELECT is(pg_temp.reason('E11.9@2025-03-01',
	beneficiary(age => 40, sex => 'F', metal => 'silver', date_of_birth => born), 2025),
	'the age at diagnosis does not fit the age', 'guard: ' || name)
FROM (VALUES ('older at diagnosis than on the last day', '1980-01-01'::date),
	('two years younger', '1987-01-01')) v(name, born);
SELECT is(pg_temp.hccs('{G35@2025-09-30}', pg_temp.silver('F', '1980-01-01', 2025), 2025), '118',
	'valid on its last day');
SELECT is(pg_temp.hccs('{G35.A}', pg_temp.silver('F', '1980-01-01', 2025), 2025), '118',
	'a code without date: the last day decides');
SELECT is(pg_temp.hccs('{G35.A}',
	enrollee('1980-01-01', 'F', '2025-01-01', '2025-09-30', 'silver'), 2025), '',
	'which is the last day enrolled');
SELECT is(pg_temp.hccs('{G35}', enrollee('1980-01-01', 'F', '2025-01-01', '2025-09-30', 'silver'),
	2025), '118', 'and not 31 December');
SELECT is(pg_temp.hccs('{E11.9@2025-11-30}',
	enrollee('1980-01-01', 'F', '2025-01-01', '2025-03-31', 'silver'), 2025), '021',
	'days enrolled are the claim filter''s: scoring does not look');
SELECT is(pg_temp.hccs('{D57.20@2024-12-31}', pg_temp.silver('F', '1980-01-01', 2024), 2024), '',
	'sickle cell codes give nothing in 2024');
SELECT is(pg_temp.hccs('{D57.20@2025-01-01}', pg_temp.silver('F', '1980-01-01', 2025), 2025), '071',
	'and do from 2025-01-01 on');

-- The year difference, less one before the birthday
SELECT is((beneficiary_text.who)::text ~ ('^age=' || age || ','), true, name)
FROM (VALUES ('calendar years, not days / 365.25', '1993-01-01'::date, '2026-01-01'::date, 33),
	('the day before', '1993-01-02', '2026-01-01', 32),
	('born on 29 February, 28 February', '2004-02-29', '2025-02-28', 20),
	('born on 29 February, 1 March', '2004-02-29', '2025-03-01', 21),
	('born on the last day', '2025-03-01', '2025-03-01', 0)) v(name, born, last_day, age)
	CROSS JOIN LATERAL (SELECT enrollee(v.born, 'F', v.last_day, v.last_day,
		'silver') AS who) beneficiary_text;
SELECT is(raf_segment(enrollee('2004-02-29', 'F', '2025-01-01', last_day, 'silver'), 'HHS_V08',
	2025), segment, format('born on 29 February: %s on %s', segment, last_day))
FROM (VALUES ('2025-02-28'::date, 'Child_Silver'),
	('2025-03-01', 'Adult_Silver')) v(last_day, segment);
SELECT is(raf_segment(beneficiary(age => age, sex => 'M', metal => 'gold'), 'HHS_V08', 2026),
	segment, format('age %s: %s', age, segment))
FROM (VALUES (0, 'Infant_Gold'), (1, 'Infant_Gold'), (2, 'Child_Gold'), (20, 'Child_Gold'),
	(21, 'Adult_Gold'), (130, 'Adult_Gold')) v(age, segment);

----------------------------------------------------------------------
-- Spans
----------------------------------------------------------------------
SELECT is(enrollee_of_spans('1980-06-15', 'F', spans::datemultirange, 2025, 'silver')::text, who,
	name)
FROM (VALUES ('spans that overlap count once', '{[2025-01-01,2025-02-01),[2025-01-15,2025-03-01)}',
		'age=44,sex=F,metal=silver,enrollment_days=59,date_of_birth=1980-06-15,'
		'enrolled_until=2025-02-28'),
	('a gap does not count', '{[2025-01-01,2025-02-01),[2025-12-01,2026-01-01)}',
		'age=45,sex=F,metal=silver,enrollment_days=62,date_of_birth=1980-06-15,'
		'enrolled_until=2025-12-31'),
	('only the benefit year counts', '{[2024-07-01,2025-01-11),[2025-12-31,2026-03-01)}',
		'age=45,sex=F,metal=silver,enrollment_days=11,date_of_birth=1980-06-15,'
		'enrolled_until=2025-12-31'),
	('no day of the year: nobody', '{[2024-07-01,2025-01-01)}', NULL),
	('open ends', '{(,2025-02-01),[2025-12-01,)}',
		'age=45,sex=F,metal=silver,enrollment_days=62,date_of_birth=1980-06-15,'
		'enrolled_until=2025-12-31')) v(name, spans, who);
SELECT is(enrollee('1980-06-15', 'F', first_day, last_day, 'silver', NULL, 2025)::text, who, name)
FROM (VALUES ('from the year before to the year after', '2024-03-01'::date, '2026-05-01'::date,
		'age=45,sex=F,metal=silver,enrollment_days=365,date_of_birth=1980-06-15,'
		'enrolled_until=2025-12-31'),
	('without last day', '2025-12-01', NULL,
		'age=45,sex=F,metal=silver,enrollment_days=31,date_of_birth=1980-06-15,'
		'enrolled_until=2025-12-31'),
	('one day', '2025-06-14', '2025-06-14',
		'age=44,sex=F,metal=silver,enrollment_days=1,date_of_birth=1980-06-15,'
		'enrolled_until=2025-06-14'),
	('another year', '2024-01-01', '2024-12-31', NULL)) v(name, first_day, last_day, who);
SELECT is(enrollee('1980-06-15', 'F', '2024-01-01', '2024-12-31', 'silver')::text
	~ 'enrollment_days=366', true, 'a leap year has 366 days');
-- The months of days: 0.358 + 1.809 beside ED
SELECT is(pg_temp.terms('{I50.9}',
	beneficiary(age => 64, sex => 'F', metal => 'gold', enrollment_days => days), 2025),
	concat_ws(' ', 'HCC_ED' || month, 'HHS_HCC130'),
	format('%s days enrolled: %s', days, COALESCE('month ' || month, 'no duration')))
FROM (VALUES (1, 1), (31, 1), (32, 2), (62, 2), (63, 3), (92, 3), (93, 4), (123, 4), (124, 5),
	(153, 5), (154, 6), (184, 6),
	(185, NULL), (366, NULL)) v(days, month);
SELECT is(pg_temp.terms('{hcpcs:J0739}',
	enrollee('1995-04-04', 'M', '2026-01-01', '2026-01-31', 'silver'), 2026), 'ACF_PREP',
	'a cost factor does not open the duration');
SELECT is(pg_temp.terms('{I50.9}',
	enrollee('2015-04-04', 'M', '2026-01-01', '2026-01-31', 'silver'), 2026), 'HHS_HCC130',
	'children have no duration');

----------------------------------------------------------------------
-- Counts, groups, drugs
----------------------------------------------------------------------
SELECT is(pg_temp.terms('{E10.9,A41.9}', pg_temp.silver('M', '1980-01-01', 2025), 2025),
	'G01 HHS_HCC002 HHS_HCC022 SEVERE_HCC_COUNT2', '022 is paid and not counted');
SELECT is(pg_temp.terms('{J96.01,J96.01,A41.9}', pg_temp.silver('M', '1980-01-01', 2025), 2025),
	'G13 HHS_HCC002 SEVERE_HCC_COUNT2', 'a group counts once');
SELECT is(pg_temp.terms('{A41.9,ndc:00003196401}', pg_temp.silver('M', '1980-01-01', 2025), 2025),
	'HHS_HCC002 RXC_01 SEVERE_HCC_COUNT1', 'drugs are not counted');
SELECT is(pg_temp.terms('{Z94.0}', pg_temp.silver('M', born, 2025), 2025), terms, name)
FROM (VALUES ('a kidney transplant of an adult is of group G24', '1980-01-01'::date,
	'G24 SEVERE_HCC_COUNT1'),
	('a child''s is not', '2015-01-01', 'HHS_HCC183 SEVERE_HCC_COUNT1')) v(name, born, terms);
SELECT is(pg_temp.terms('{D57.1}', pg_temp.silver('M', '1980-01-01', benefit_year), benefit_year),
	terms, format('sickle cell in %s', benefit_year))
FROM (VALUES (2024, 'G07A'), (2025, 'HHS_HCC070'), (2026, 'HHS_HCC070')) v(benefit_year, terms);
-- Years of drug codes
SELECT is(icd_to_hcc(code, 'HHS_V08', benefit_year)::text, hccs,
	format('%s in %s', code, benefit_year))
FROM (VALUES ('hcpcs:J0738', 2025, '{RXC_01}'), ('hcpcs:J0738', 2026, '{ACF_PREP,ACF_PREP_CHILD}'),
	('hcpcs:J0738', 2024, '{}'),
	('ndc:00002144211', 2026, '{RXC_09}'), ('ndc:00002144211', 2025, '{}'),
	('ndc:00024574000', 2024, '{RXC_07}'),
	('ndc:00024574000', 2025, '{}'), ('ndc:00002311602', 2025, '{RXC_09}'),
	('ndc:00002311602', 2026, '{}'),
	('hcpcs:C9166', 2024, '{RXC_09}'), ('hcpcs:C9166', 2025, '{}')) v(code, benefit_year, hccs);
SELECT is(pg_temp.terms('{ndc:00003196401}', pg_temp.silver('M', '2015-01-01', 2025), 2025), '',
	'drugs are the adult model''s');
SELECT is(pg_temp.terms('{B20,hcpcs:J0739}', pg_temp.silver('M', '2010-01-01', 2026), 2026),
	'HHS_HCC001', 'a child with HIV has no cost factor');
SELECT is(pg_temp.terms('{B20,hcpcs:J0739}', pg_temp.silver('M', '1990-01-01', 2026), 2026),
	'ACF_PREP HHS_HCC001', 'an adult with HIV and no drug of RXC_01 has');
SELECT is(pg_temp.terms('{hcpcs:J0739}', pg_temp.silver('M', born, 2026), 2026), terms, name)
FROM (VALUES ('PrEP at 11', '2015-01-01'::date, ''), ('PrEP at 12', '2014-12-31', 'ACF_PREP_CHILD'),
	('PrEP at 20', '2006-01-01', 'ACF_PREP_CHILD'),
	('PrEP at 21', '2005-12-31', 'ACF_PREP')) v(name, born, terms);
SELECT is(pg_temp.terms('{ndc:00002739359,ndc:00002115201}',
	pg_temp.silver('M', '1980-01-01', 2025), 2025), 'RXC_06', 'insulin drops RXC_07');
SELECT is(pg_temp.terms('{ndc:00002115201,E11.9}', pg_temp.silver('M', '1980-01-01', 2025), 2025),
	'G01 RXC_07 RXC_07_X_HCC018_019_020_021', 'interactions are with HCCs before grouping');

----------------------------------------------------------------------
-- Infants
----------------------------------------------------------------------
SELECT is(pg_temp.terms(codes, enrollee(born, sex, '2026-01-01', '2026-12-31', 'silver'), 2026),
	terms, name)
FROM (VALUES ('boy of 0 without claims', '{}'::text[], '2026-03-01'::date, 'M',
	'AGE1_MALE AGE1_X_SEVERITY1'),
	('girl of 0 without claims', '{}', '2026-03-01', 'F', 'AGE1_X_SEVERITY1'),
	('boy of 1', '{}', '2025-03-01', 'M', 'AGE1_MALE AGE1_X_SEVERITY1'),
	('the most immature', '{Z38.00@2026-03-01,P07.02@2026-03-01}', '2026-03-01', 'M',
		'AGE0_MALE EXTREMELY_IMMATURE_X_SEVERITY1'),
	('the most severe', '{P77.9@2026-04-01,D57.1@2026-04-01}', '2026-03-01', 'F',
		'AGE1_X_SEVERITY5'),
	('newborn HCCs are ignored at 1', '{Z38.00}', '2025-03-01', 'F', 'AGE1_X_SEVERITY1'),
	('no groups, count or severity', '{A41.9,J96.01}', '2025-03-01', 'F',
		'AGE1_X_SEVERITY4')) v(name, codes, born, sex, terms);
SELECT is(raf_marginal_hccs('{}'::text[], pg_temp.silver('F', '2025-03-01', 2026), '{HHS_HCC249}',
	'HHS_V08', 2026), 0.000, 'not even if somebody names them');
SELECT is(pg_temp.hccs('{O80@2026-03-02,Z38.00@2026-03-02}', who, 2026), hccs, name)
FROM (VALUES
	('bundle: the newborn code of the mother', pg_temp.silver('F', '1996-01-01', 2026), '209'),
	('bundle: the delivery code of the newborn', pg_temp.silver('F', '2026-03-01', 2026),
		'249')) v(name, who, hccs);

----------------------------------------------------------------------
-- What the model does not pay
----------------------------------------------------------------------
SELECT is((SELECT string_agg(hcc_code, ' ' ORDER BY hcc_code) FROM hcc_category
	WHERE model_version = 'HHS_V08' AND kind = 'hcc'
	AND NOT age BETWEEN COALESCE(age_min, 0) AND COALESCE(age_max, 130)), hccs,
	format('not paid at %s', age))
FROM (VALUES (30, 'HHS_HCC028 HHS_HCC064 HHS_HCC242 HHS_HCC243 HHS_HCC244 HHS_HCC245 '
	'HHS_HCC246 HHS_HCC247 HHS_HCC248 HHS_HCC249'),
	(10, 'HHS_HCC022 HHS_HCC064 HHS_HCC174 HHS_HCC242 HHS_HCC243 HHS_HCC244 HHS_HCC245 HHS_HCC246 '
		'HHS_HCC247 HHS_HCC248 HHS_HCC249'),
	(1, 'HHS_HCC022 HHS_HCC087_1 HHS_HCC087_2 HHS_HCC088 HHS_HCC090 HHS_HCC094 HHS_HCC123 '
		'HHS_HCC174 HHS_HCC203 HHS_HCC204 '
		'HHS_HCC205 HHS_HCC207 HHS_HCC208 HHS_HCC209 HHS_HCC210 HHS_HCC211 HHS_HCC212')) v(age,
			hccs);
SELECT is(raf_marginal_hccs('{A41.9}'::text[], pg_temp.silver('F', '1996-01-01', 2026),
	'{HHS_HCC064}', 'HHS_V08', 2026), 0.000, 'what is not paid is not counted either');
SELECT is(apply_hierarchy('{HHS_HCC018,HHS_HCC019,HHS_HCC021,HHS_HCC022}', 'HHS_V08', 2026),
	'{HHS_HCC018}', 'hierarchy');
SELECT is(apply_hierarchy('{RXC_06,RXC_07,RXC_01,ACF_PREP}', 'HHS_V08', 2026), '{RXC_01,RXC_06}',
	'hierarchy of drugs');

----------------------------------------------------------------------
-- Cost sharing
----------------------------------------------------------------------
SELECT is(raf_csr_factor(beneficiary(age => 40, sex => 'F', metal => metal,
	csr_variant => csr_variant), 'HHS_V08', benefit_year), factor,
	format('variant %s of %s in %s: %s', csr_variant, metal, benefit_year, factor))
FROM (VALUES (2024, '02', 'bronze', 1.15), (2025, '02', 'bronze', 1.51),
	(2025, '02', 'silver', 1.46), (2025, '02', 'gold', 1.39),
	(2025, '02', 'platinum', 1.31), (2025, '03', 'bronze', 1.19), (2025, '03', 'silver', 1.15),
	(2025, '03', 'gold', 1.10),
	(2025, '03', 'platinum', 1.04), (2025, '04', 'silver', 1.00), (2026, '05', 'silver', 1.12),
	(2026, '06', 'silver', 1.12),
	-- another metal than the variant's, and variants that are not published
	(2025, '06', 'gold', 1.00), (2025, '02', 'catastrophic', 1.00), (2025, '33', 'silver', 1.00),
	(2024, '42', 'gold', 1.00),
	(2025, '42', 'gold', 1.07), (2025, '43', 'gold', 1.10), (2025, '36', 'silver', 1.12),
	(2025, '00', 'gold', 1.00),
	(2025, NULL, 'gold', 1.00)) v(benefit_year, csr_variant, metal, factor);
SELECT results_eq(format($$SELECT label, reason
	FROM raf_explain('{}'::text[], %L::beneficiary, 'HHS_V08', 2025) WHERE kind = 'factor'$$, who),
	format('VALUES (%L::text, %L::text)', label, reason),
	'explained: ' || label || COALESCE(', ' || reason, ''))
FROM (VALUES ('age=40,sex=F,metal=silver,csr_variant=06', 'Times 1.12 for cost sharing', NULL),
	('age=40,sex=F,metal=gold,csr_variant=33', 'Times 1.00 for cost sharing',
		'no factor for this variant and metal: 1.00')) v(who, label, reason);
SELECT is(raf_metal_scores('{E11.9}', pg_temp.silver('M', '1980-06-15', 2025), 'HHS_V08', 2025),
	ARRAY(SELECT raf_score('{E11.9}'::text[], beneficiary(age => 45, sex => 'M', metal => m),
		'HHS_V08', 2025)
		FROM unnest('{platinum,gold,silver,bronze,catastrophic}'::text[]) m),
	'the scores of five metals');
SELECT is(beneficiary(40, 'F', metal => 'Expanded Bronze'), beneficiary(40, 'F', metal => 'bronze'),
	'expanded bronze is bronze');

----------------------------------------------------------------------
-- How codes are written
----------------------------------------------------------------------
SELECT is(icd10_set(ARRAY[written])::text, stored, format('"%s"', written))
FROM (VALUES (' e11.65 ', '{E1165}'), ('e11.65@2025-03-01', '{E1165@2025-03-01}'),
	('qa0.0101', '{QA00101}'),
	(' NDC:00117a52902', '{ndc:00117A52902}'), ('ndc:00117-A529-02', '{ndc:00117A52902}'),
	('ndc:00003196401@2025-07-01', '{ndc:00003196401@2025}'),
	('Hcpcs:j0739', '{hcpcs:J0739}'), ('hcpcs:J0739@2026-12-31', '{hcpcs:J0739@2026-12-31}'),
	('E11.65@2025-02-29', '{?}'),
	('E11.65@2025', '{?}'), ('ndc:1234567890', '{?}'), ('ndc:', '{?}'), ('cpt:99213', '{?}'),
	('E11.65@', '{?}')) v(written, stored);
SELECT is(s::text::icd10_set, s, 'the text of ' || s)
FROM (VALUES ('{E1165,E1165@2025-03-01,hcpcs:J0739,ndc:00003196401@2025}'::icd10_set)) v(s);
SELECT is(pg_temp.hccs('{QA0.0101@2025-10-01}', pg_temp.silver('F', '2015-01-01', 2025), 2025),
	'097', 'a letter in second place');
SELECT is(icd10_agg(c, d, n, h)::text,
	'{Z0000,E1165@2025-03-01,hcpcs:J0739@2025-04-01,ndc:00003196401@2025}', 'icd10_agg of services')
FROM (VALUES ('E11.65', '2025-03-01'::date, NULL, NULL), ('Z00.00', NULL, NULL, NULL),
	(NULL, '2025-04-01', '00003196401', 'J0739'),
	('', '2025-04-01', ' ', NULL), (NULL, NULL, NULL, NULL)) v(c, d, n, h);
SELECT is(
	(SELECT raf_score_agg(c, d, n, h, pg_temp.silver('M', '1990-07-07', 2025), 'HHS_V08', 2025)
	FROM (VALUES ('B20', '2025-05-05'::date, '00003196401', 'X'),
		('E11.9', '2024-12-31', '00002115201', NULL), ('E11.9', '9999-12-31', NULL, NULL))
		v(c, d, n, h)), pg_temp.score('{B20,ndc:00003196401}',
		pg_temp.silver('M', '1990-07-07', 2025), 2025), 'raf_score_agg leaves out other years');
SELECT throws_ok($$SELECT icd10_agg('E11.9', '9999-12-31'::date, NULL, NULL)$$, '22008', NULL,
	'icd10_agg keeps dates from 1900 to 2258');
SELECT is(raf_score('{E11.9@2020-01-01,ndc:00003196401,hcpcs:J0739}'::text[],
	beneficiary(70, 'F'), 'V28', 2026),
	raf_score('{E11.9}'::text[], beneficiary(70, 'F'), 'V28', 2026),
	'Medicare''s models look at no dates and have no drugs');
SELECT is(person_hccs('D66@2025-05-05', pg_temp.silver(sex, '1990-01-01', 2025), 'HHS_V08', 2025),
	ARRAY[hcc], 'person_hccs: D66, ' || sex)
FROM (VALUES ('M', 'HHS_HCC066'), ('F', 'HHS_HCC075')) v(sex, hcc);
SELECT is(icd_to_hcc('D66', 'HHS_V08', 2025), '{HHS_HCC066,HHS_HCC075}',
	'icd_to_hcc: whoever has it');
SELECT is(icd_to_hcc(code, 'HHS_V08', 2025)::text, hccs, 'icd_to_hcc: ' || code)
FROM (VALUES ('G35', '{HHS_HCC118}'), ('G35@2025-10-01', '{}'), ('G35@2025-09-30', '{HHS_HCC118}'),
	('G35@2024-09-30', '{}')) v(code, hccs);
SELECT ok(icd_has_hcc('G35@2025-10-01', 'HHS_V08', 2025), 'icd_has_hcc does not look at dates');

----------------------------------------------------------------------
-- Refused
----------------------------------------------------------------------
SELECT throws_ok(format(
	$$SELECT raf_score('{}'::text[], beneficiary(40, 'F', metal => 'gold'), 'HHS_V08', %s)$$, y),
	'42704',
	format('model "HHS_V08" has no tables for payment year %s', y),
	format('benefit year %s is not loaded', y)) FROM unnest('{2023,2027}'::int[]) y;
SELECT throws_ok($$SELECT raf_score('{}'::text[], beneficiary(40, 'F'), 'HHS_V08', 2025)$$, '22023',
	'no segment of model "HHS_V08" fits this beneficiary', 'a plan has a metal');
SELECT throws_ok(call, state, NULL, name) FROM (VALUES
	('born after the last day',
		$$SELECT enrollee('2025-06-01', 'F', '2025-01-01', '2025-05-31', 'gold')$$, '22023'),
	('no sex', $$SELECT enrollee('1990-06-01', 'X', '2025-01-01', '2025-05-31', 'gold')$$, '22023'),
	('no metal', $$SELECT enrollee('1990-06-01', 'F', '2025-01-01', '2025-05-31', 'tin')$$,
		'22023'),
	('a date of birth that cannot be',
		$$SELECT beneficiary(40, 'F', date_of_birth => '1850-01-01')$$, '22008'),
	('infinity', $$SELECT beneficiary(40, 'F', enrolled_until => 'infinity')$$, '22008'),
	('a date that is none', $$SELECT 'age=40,sex=F,date_of_birth=1980-02-30'::beneficiary$$,
		'22P02')) v(name, call, state);

----------------------------------------------------------------------
-- Rows
----------------------------------------------------------------------
SELECT is((SELECT count(*) FROM hcc_coefficient k
	WHERE k.model_version = 'HHS_V08' AND k.calibration = c), n, c || ' has its coefficients')
FROM (VALUES ('HHS_V08_2024', 2030::bigint), ('HHS_V08_2025', 2020),
	('HHS_V08_2026', 2030)) v(c, n);
SELECT is((SELECT k.coefficient FROM hcc_coefficient k
	WHERE k.model_version = 'HHS_V08' AND k.calibration = calibration_ AND k.segment = segment_
	AND k.variable = variable_), coefficient_, format('%s %s %s', calibration_,
	segment_, variable_))
FROM (VALUES ('HHS_V08_2024', 'Child_Platinum', 'SEVERE_HCC_COUNT8PLUS', 20.186),
	('HHS_V08_2024', 'Child_Catastrophic', 'SEVERE_HCC_COUNT8PLUS', 22.529),
	('HHS_V08_2024', 'Adult_Silver', 'HHS_HCC018', 0.000)) v(calibration_, segment_, variable_,
		coefficient_);
SELECT is((SELECT count(DISTINCT x.icd10_code) FROM hcc_crosswalk x
	WHERE x.model_version = 'HHS_V08'
		AND y BETWEEN x.effective_year AND x.expiry_year), n, format('codes of %s', y))
FROM (VALUES (2024, 11136::bigint), (2025, 11320), (2026, 11315)) v(y, n);
SELECT results_eq(format($$ SELECT hcc_code, value_raw, terms_gained FROM raf_gaps(
	ARRAY['{E119}'::icd10_set], %L, pg_temp.silver('M', '1980-06-15', 2025), 2025, 'HHS_V08', 'ACA')
		WHERE status = 'open' $$, codes), format('VALUES (%L, %s, %L::text[])', 'HHS_HCC021',
			value, terms), name)
FROM (VALUES ('a gap that scores as a group'::text, '{}'::icd10_set, 0.172, '{G01}'),
	('with an interaction of a drug that is there', '{ndc:00002115201}', 0.172 - 0.172,
		'{G01,RXC_07_X_HCC018_019_020_021}')) v(name, codes, value, terms);
-- Of 2024, which few examples are of, sums of what is published
SELECT results_eq($$ SELECT segment, sum(coefficient) FROM hcc_coefficient WHERE model_version
	= 'HHS_V08' AND calibration = 'HHS_V08_2024' GROUP BY segment ORDER BY segment $$,
	$$ VALUES ('Adult_Bronze', 834.842), ('Adult_Catastrophic', 834.575), ('Adult_Gold', 855.056),
		('Adult_Platinum', 877.488), ('Adult_Silver', 842.993),
		('Child_Bronze', 902.052), ('Child_Catastrophic', 901.776), ('Child_Gold', 923.111),
		('Child_Platinum', 942.887), ('Child_Silver', 911.215),
		('Infant_Bronze', 1137.074), ('Infant_Catastrophic', 1136.833), ('Infant_Gold', 1161.143),
		('Infant_Platinum', 1189.284), ('Infant_Silver', 1145.981) $$, 'coefficients of 2024');
-- A row that is taken away or changed is named by the check of the model, of each kind
CREATE FUNCTION pg_temp.names(change text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	found text;
BEGIN
	EXECUTE change;
	SELECT string_agg(concat_ws(' ', check_name, item, detail), E'\n') INTO found
	FROM hccraf_check_model('HHS_V08', 2025)
	WHERE severity <> 'count' AND check_name <> 'changed since release';
	RAISE EXCEPTION USING ERRCODE = 'P0099', MESSAGE = found;
EXCEPTION WHEN SQLSTATE 'P0099' THEN
	RETURN SQLERRM;
END
$$;
SELECT matches(
	pg_temp.names(regexp_replace(change, ' WHERE ', ' WHERE model_version = ''HHS_V08'' AND ')),
	found, regexp_replace(change, '\s+', ' ', 'g'))
FROM (VALUES
	($$DELETE FROM hcc_crosswalk WHERE hcc_code = 'HHS_HCC075'$$, 'HCC without code .*HHS_HCC075'),
	($$UPDATE hcc_crosswalk SET valid_from = '2025-12-31', valid_to = '2025-01-01'
		WHERE icd10_code = 'E119'$$, 'row can never hold E119'),
	($$DELETE FROM hcc_drug_crosswalk WHERE hcc_code = 'RXC_01'$$, 'HCC without code .*RXC_01'),
	($$UPDATE hcc_drug_crosswalk SET hcc_code = 'RXC_99'
		WHERE hcc_code = 'RXC_01'$$, 'unknown HCC RXC_99'),
	($$DELETE FROM hcc_category WHERE hcc_code = 'RXC_01'$$, 'unknown HCC RXC_01'),
	($$UPDATE hcc_category SET age_min = 21, age_max = 20
		WHERE hcc_code = 'HHS_HCC022'$$, 'row can never hold HHS_HCC022'),
	($$DELETE FROM hcc_group WHERE group_name = 'G01'$$, 'coefficient without variable G01'),
	($$UPDATE hcc_group SET age_min = 30, age_max = 20
		WHERE group_name = 'G01'$$, 'row can never hold G01'),
	($$DELETE FROM hcc_group WHERE group_name = 'SEVERITY5'$$, 'unknown element TERM_X_SEVERITY5'),
	($$DELETE FROM hcc_coefficient WHERE segment = 'Adult_Silver' AND variable = 'G01'$$,
		'group without coefficient Adult_Silver in this segment of HHS_V08_2025, '
		'though in others: G01'),
	($$DELETE FROM hcc_variable
		WHERE variable = 'HCC_ED3'$$, 'coefficient without variable HCC_ED3'),
	($$UPDATE hcc_variable SET days_min = days_max + 1
		WHERE variable = 'HCC_ED3'$$, 'row can never hold HCC_ED3'),
	($$INSERT INTO hcc_variable
		SELECT (jsonb_populate_record(v, jsonb_build_object('id', nextval('hcc_row_id')))).*
		FROM hcc_variable v WHERE variable = 'HCC_ED3'$$, 'duplicate row HCC_ED3'),
	($$DELETE FROM hcc_interaction WHERE interaction_name = 'RXC_07_X_HCC018_019_020_021'$$,
		'coefficient without variable RXC_07_X_HCC018_019_020_021'),
	($$DELETE FROM hcc_csr_factor
		WHERE payment_year = 2025 AND csr_variant = '06'$$, 'cost-sharing factor gone 06'),
	($$DELETE FROM hcc_csr_factor WHERE payment_year = 2025$$, 'cost-sharing factor gone 03'),
	($$UPDATE hcc_csr_factor SET factor = -1 WHERE payment_year = 2025
		AND csr_variant = '06'$$, 'does not compile .*hcc_csr_factor')) v(change, found);
-- A row of yours counts like those that come with the extension
INSERT INTO hcc_drug_crosswalk (model_version, code_system, code, hcc_code,
	effective_year, expiry_year)
VALUES ('HHS_V08', 'ndc', '99999999901', 'RXC_01', 2025, 2025);
INSERT INTO hcc_csr_factor (model_version, payment_year, csr_variant, metal, factor) VALUES
	('HHS_V08', 2025, '33', 'silver', 1.125),
	('HHS_V08', 2025, '06', 'silver', 1.13);
SELECT is(icd_to_hcc('ndc:99999999901', 'HHS_V08', 2025), '{RXC_01}', 'a drug that was added');
SELECT is(raf_csr_factor(beneficiary(40, 'F', metal => 'silver', csr_variant => '33'), 'HHS_V08',
	2025), 1.125, 'a factor that was added');
SELECT is(raf_csr_factor(beneficiary(40, 'F', metal => 'silver', csr_variant => '06'), 'HHS_V08',
	2025), 1.13, 'a factor that was replaced');
SELECT * FROM finish();
ROLLBACK;
