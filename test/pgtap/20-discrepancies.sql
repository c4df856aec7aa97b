-- Rules on which public implementations of these models disagree, each as a
-- named test. Sums in comments are of rows of data/<model>/coefficient.csv.
BEGIN;
CREATE EXTENSION IF NOT EXISTS hccraf;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT plan(329);

-- The HCCs that count for a person, by number.
CREATE FUNCTION pg_temp.hccs(codes text[], who beneficiary, model text, payment_year int,
	mce boolean DEFAULT true, hierarchy_order text DEFAULT NULL) RETURNS text[] LANGUAGE sql
	AS $$ SELECT COALESCE(array_agg(hcc_code ORDER BY hcc_code::int), '{}')
		FROM raf_explain($1, $2, $3, $4, NULL, $5, $6)
		WHERE reason IS NULL AND hcc_code IS NOT NULL $$;

----------------------------------------------------------------------
-- Data
----------------------------------------------------------------------
SELECT is((SELECT count(*) FROM hcc_hierarchy WHERE model_version = 'V28' AND NOT custom),
	149::bigint, 'D1 all 149 hierarchy pairs of V28');
-- The 22 pairs that the CMS macro writes on two lines each
SELECT is(apply_hierarchy(ARRAY[superior, subordinate], 'V28', 2026), ARRAY[superior],
	format('D1 wrapped macro line: %s drops %s', superior, subordinate))
FROM (VALUES ('191', '{180,181,182,192,253,254}'::text[]), ('192', '{180,181,182,253,254}'),
		('221', '{222,223,224,225,226,227}'),
		('222', '{223,224,225,226,227}')) v(superior, subordinates),
	unnest(subordinates) subordinate
ORDER BY superior, subordinate;
-- F70_74 0.395 + HCC221 1.053; D1 0
SELECT is(pg_temp.hccs('{Z941,I509}', beneficiary(70, 'F'), 'V28', 2026), '{221}',
	'D1 heart transplant drops heart failure');
SELECT is(raf_score('{Z941,I509}'::text[], beneficiary(70, 'F'), 'V28', 2026), 1.448,
	'D1 score 1.448');

-- F70_74 0.395 + HCC198 0.647; D1 0
SELECT is(raf_score('{G35.A}'::text[], beneficiary(70, 'F'), 'V28', 2026), 1.042,
	'D2 a code of October 2025 counts in 2026');
SELECT is(icd_to_hcc('G35.A', 'V28', 2026), '{198}', 'D2 its HCC');
SELECT is(icd_to_hcc('G35.A', 'V28', 2025), '{}', 'D2 and not in 2025');
SELECT is(icd_to_hcc('G20', 'V28', 2025), '{}',
	'D2 a code deleted in October 2023 does not count in 2025');
SELECT is(icd_to_hcc('G20', 'V28', 2024), '{199}', 'D2 but does in 2024');

-- Not low income, 2026 X: F70_74 0.035 + RXHCC31 0.248
SELECT is(raf_score('{E11.9}'::text[], beneficiary(70, 'F'), 'RX_V08', 2026), 0.283,
	'D3 RX_V08: the coefficients of 2026, set X');
SELECT is((SELECT count(*) FROM hcc_coefficient
	WHERE model_version = 'RX_V08' AND segment = 'Rx_CE_NoLowAged' AND variable = 'RXHCC31'),
	7::bigint, 'D3 each calibration has a coefficient of its own');

SELECT results_eq(
	$$ SELECT variable, coefficient
		FROM raf_explain('{E1122,I509,J449}'::text[], beneficiary(70, 'F'), 'V28', 2026)
		WHERE kind = 'interaction' AND reason IS NULL ORDER BY variable COLLATE "C" $$,
	$$ VALUES ('DIABETES_HF_V28', 0.112), ('HF_CHR_LUNG_V28', 0.078) $$,
	'D5 V28 interactions carry CMS''s names, with suffix');

-- F70_74 0.381 + HCC84 0.314 + HCC111 0.335 + gRespDepandArre_gCopdCF 0.384
SELECT is(raf_score('{J9600,J449}'::text[], beneficiary(70, 'F'), 'V23', 2019), 1.414,
	'D6 V23: the interaction whose name CMS spells in two ways');
-- INS: F70_74 1.150 + HCC158 0.322 + HCC188 0.514 + ART_OPENINGS_PRESS_ULCER 0.359
SELECT is(raf_score('{L89153,Z931}'::text[], beneficiary(70, 'F', lti => true), 'V24', 2025), 2.345,
	'D6 V24: ART_OPENINGS_PRESS_ULCER');
-- INS: F70_74 1.092 + HCC158 0.295 + HCC188 0.500 + ART_OPENINGS_PRESSURE_ULCER 0.331
SELECT is(raf_score('{L89153,Z931}'::text[], beneficiary(70, 'F', lti => true), 'V22', 2026), 2.218,
	'D6 V22: ART_OPENINGS_PRESSURE_ULCER');
-- GI: F70_74 1.202 + HCC158 0.243 + HCC188 0.272 + ART_OPENINGS_PRESS_ULCER_V24 0.476 +
-- LTI_GE65 0.955
SELECT is(raf_score('{L89153,Z931}'::text[], beneficiary(70, 'F', lti => true, esrd => 'graft'),
	'ESRD_V24', 2026), 3.148, 'D6 ESRD_V24: ART_OPENINGS_PRESS_ULCER_V24');
SELECT results_eq(format($$ SELECT variable FROM raf_explain('{}'::text[], %L, 'RX_V08', 2026)
	WHERE kind <> 'hcc' AND variable ~ %L $$, who, pattern),
	format('VALUES (%L)', variable), 'D6 RX_V08: ' || variable)
FROM (VALUES (beneficiary(66, 'F', new_enrollee => true), 'ESRD', 'NESRD_NORIGDIS_X_F66'),
	(beneficiary(66, 'M', orec => '1', new_enrollee => true, esrd => 'graft'), 'ESRD',
		'ESRD_ORIGDIS_X_M66'),
	(beneficiary(66, 'M', orec => '1', lti => true), 'OD|ORIG', 'OD65'),
	(beneficiary(66, 'M', orec => '1', low_income => true), 'OD|ORIG', 'M65OD')) v(who,
		pattern, variable);

SELECT is(pg_temp.hccs('{C50A0}', beneficiary(60, 'F', dual_status => '01'), 'V28', 2026), '{23}',
	'D7 C50.A0 at 60: HCC 23 alone');
SELECT is(pg_temp.hccs('{C50A1}', beneficiary(50, 'F', orec => '1'), 'V28', 2026), '{23}',
	'D7 C50.A1 at 50: HCC 23 alone');
SELECT is(pg_temp.hccs('{C50A2}', beneficiary(49, 'F', orec => '1'), 'V28', 2026), '{22}',
	'D7 C50.A2 at 49: HCC 22 alone');

----------------------------------------------------------------------
-- Edits
----------------------------------------------------------------------
-- F70_74 0.386 + HCC48 0.192
SELECT is(pg_temp.hccs('{D66}', beneficiary(70, 'F'), 'V24', 2025), '{48}',
	'D8 V24 haemophilia A in a woman: HCC 48');
SELECT is(raf_score('{D66}'::text[], beneficiary(70, 'F'), 'V24', 2025), 0.578, 'D8 score 0.578');
SELECT is(raf_score('{F34.81}'::text[], beneficiary(70, 'F'), 'V24', 2025), 0.386,
	'D8 V24 F34.81 at 70: invalid');
SELECT is(pg_temp.hccs('{F3481}', beneficiary(a, 'M', orec => '1'), 'V24', 2025, false), h,
	format('D8 V24 F34.81 at %s', a))
FROM (VALUES (5, '{}'::text[]), (6, '{59}'), (18, '{59}'), (19, '{}')) v(a, h);
-- CND: F0_34 0.241 + HCC112 0.237
SELECT is(raf_score('{J44.9}'::text[], beneficiary(17, 'F', orec => '1'), 'V24', 2025), 0.478,
	'D8 V24 COPD at 17: HCC 112');
SELECT is(pg_temp.hccs('{J44.9}', beneficiary(18, 'F', orec => '1'), 'V24', 2025), '{111}',
	'D8 V24 COPD at 18: HCC 111');
-- Dialysis, woman of 70: ESRD_V21 F70_74 0.653 + HCC48 0.059; ESRD_V24 0.624 + 0.063. RxHCC
-- has no such edit.
SELECT is(raf_score('{D66}'::text[], beneficiary(70, 'F', esrd => 'dialysis'), m, 2026), s,
	format('D8 %s haemophilia A in a woman: HCC 48', m))
FROM (VALUES ('ESRD_V21', 0.712), ('ESRD_V24', 0.687)) v(m, s);
SELECT is(pg_temp.hccs('{F3481}', beneficiary(a, 'M', orec => '1', esrd => 'dialysis'), m, 2026,
	false), h, format('D8 %s F34.81 at %s', m, a))
FROM (VALUES ('ESRD_V21', 5, '{}'::text[]), ('ESRD_V21', 6, '{58}'), ('ESRD_V21', 18, '{58}'),
	('ESRD_V21', 19, '{}'),
	('ESRD_V24', 5, '{}'), ('ESRD_V24', 6, '{59}'), ('ESRD_V24', 18, '{59}'),
	('ESRD_V24', 19, '{}'),
	('RX_V08', 5, '{133}'), ('RX_V08', 19, '{133}')) v(m, a, h);
-- Dialysis, girl of 17: ESRD_V21 F0_34 0.618 + HCC112 0.066; ESRD_V24 0.644 + 0.058
SELECT is(raf_score(ARRAY[c], beneficiary(17, 'F', orec => '2', esrd => 'dialysis'), m, 2026), s,
	format('D8 %s %s at 17: HCC 112', m, c))
FROM (VALUES ('ESRD_V21', 0.684), ('ESRD_V24', 0.702)) v(m, s),
	unnest('{J449,J4481,J4489}'::text[]) c;
SELECT is(pg_temp.hccs('{J449}', beneficiary(17, 'F'), 'RX_V08', 2026), '{229}',
	'D8 RX_V08 COPD at 17 as at any age');

-- An edit is about a diagnosis: both HCCs of B37.7 go, others stay.
INSERT INTO hcc_dx_edit (model_version, icd10_code, edit_kind, age_max, action) VALUES
	('V28', 'B377', 'mandatory', 70, 'invalid');
SELECT is(pg_temp.hccs('{B377,E119}', beneficiary(70, 'M'), 'V28', 2026), '{38}',
	'D9 an edit takes every HCC of its diagnosis');
SELECT is(pg_temp.hccs('{B377,E119}', beneficiary(71, 'M'), 'V28', 2026), '{2,6,38}',
	'D9 and none where it does not apply');
SELECT is(pg_temp.hccs('{J449,J479}', beneficiary(17, 'M', orec => '1'), 'V28', 2026), '{280}',
	'D9 another diagnosis still gives the HCC');

SELECT is(pg_temp.hccs('{D66}', beneficiary(70, 'F'), 'V28', 2026), '{112}',
	'D10 V28 haemophilia A in a woman: HCC 112');
SELECT is(pg_temp.hccs('{D66}', beneficiary(70, 'M'), 'V28', 2026), '{111}',
	'D10 in a man: HCC 111');
SELECT is(pg_temp.hccs('{C50.911}', beneficiary(45, 'F', orec => '1'), 'V28', 2026), '{22}',
	'D10 V28 breast cancer at 45: HCC 22');

SELECT is(pg_temp.hccs(ARRAY[code], beneficiary(17, 'F', orec => '1'), 'V28', 2026), '{}',
	'D11 V28 ' || code || ' at 17: nothing')
FROM unnest('{J4481,J4489}'::text[]) code;
SELECT is(pg_temp.hccs('{J4489}', beneficiary(18, 'F', orec => '1'), 'V28', 2026), '{280}',
	'D11 V28 J4489 at 18: HCC 280');

-- CND: F0_34 0.238; with HCC19 1.989 in addition
SELECT is(raf_score('{C91.50}'::text[], beneficiary(10, 'F', orec => '1'), 'V28', 2026), 0.238,
	'D12 code editor on: C91.50 at 10 does not count');
SELECT is(raf_score('{C91.50}'::text[], beneficiary(10, 'F', orec => '1'), 'V28', 2026,
	mce => false), 2.227, 'D12 off: HCC 19');
SELECT is(raf_score('{C91.50}'::text[], beneficiary(15, 'F', orec => '1'), 'V28', 2026), 2.227,
	'D12 on, at 15: HCC 19');
SELECT is(pg_temp.hccs('{C91.50}', beneficiary(10, 'F', orec => '1', esrd => 'dialysis'), m,
	2026, mce), h, format('D12 %s code editor %s', m, CASE WHEN mce THEN 'on' ELSE 'off' END))
FROM (VALUES ('ESRD_V21', true, '{}'::text[]), ('ESRD_V21', false, '{10}'),
	('ESRD_V24', true, '{}'), ('ESRD_V24', false, '{10}'),
	('RX_V08', true, '{}'), ('RX_V08', false, '{19}')) v(m, mce, h);

SELECT is(pg_temp.hccs('{D66,E119}', beneficiary(70, 'F'), 'V28', 2026, mce => false), '{38,112}',
	'D13 the switch leaves mandatory edits and other HCCs alone');

----------------------------------------------------------------------
-- Before and in the hierarchy
----------------------------------------------------------------------
-- M70_74 0.396 + HCC227 0.189
SELECT is(raf_score('{Z95.811,I42.0}'::text[], beneficiary(70, 'M'), 'V28', 2026), 0.585,
	'D14 a heart device that does not count drops nothing');
SELECT is(apply_hierarchy('{223,227}', 'V28', 2026), '{227}', 'D14 the same for given HCCs');
SELECT is(apply_hierarchy('{223,226}', 'V28', 2026), '{223}',
	'D14 beside heart failure the device counts, and drops it');
SELECT is(raf_score('{Z95.811}'::text[], beneficiary(70, 'M'), 'V28', 2026), 0.396,
	'D14 alone it does not count');

-- M70_74 0.396 + HCC62 0.376 (+ HCC202 0.543)
SELECT is(raf_score('{Z94.4,K72.10,G93.1}'::text[], beneficiary(70, 'M'), 'V28', 2025), 1.315,
	'D15 2025 sequential: 62 and 202');
SELECT is(raf_score('{Z94.4,K72.10,G93.1}'::text[], beneficiary(70, 'M'), 'V28', 2026), 0.772,
	'D15 2026 simultaneous: 62');
SELECT is(raf_score('{Z94.4,K72.10,G93.1}'::text[], beneficiary(70, 'M'), 'V28', 2025,
	hierarchy_order => 'simultaneous'), 0.772,
	'D15 2025 overridden');
SELECT is(raf_score('{Z94.4,K72.10,G93.1}'::text[], beneficiary(70, 'M'), 'V28', 2026,
	hierarchy_order => 'sequential'), 1.315, 'D15 2026 overridden');
SELECT is(apply_hierarchy('{62,63,202}', 'V28', 2025), '{62,202}', 'D15 apply_hierarchy, 2025');
SELECT is(apply_hierarchy('{202,63,62}', 'V28', 2026), '{62}', 'D15 apply_hierarchy, 2026');
SELECT is(pg_temp.hccs('{Z944,K7210,G931}', beneficiary(70, 'M'), 'V28', 2026,
	hierarchy_order => 'sequential'), '{62,202}',
	'D15 raf_explain, overridden');
-- RX_V08: 82 drops 84, 84 drops 317. 2026 X: M70_74 0.146 + RXHCC82 1.282 (+ RXHCC317 0.076)
SELECT is(apply_hierarchy(ARRAY[h, '84', '317'], 'RX_V08', 2026, o),
	h || CASE o WHEN 'sequential' THEN '{317}' ELSE '{}' END::text[],
	format('D15 RX_V08 %s, 84, 317: %s', h, o))
FROM unnest('{81,82,83}'::text[]) h, unnest('{simultaneous,sequential}'::text[]) o;
SELECT is(raf_score('{M340,M300,H01121}'::text[], beneficiary(70, 'M'), 'RX_V08', 2026), 1.428,
	'D15 RX_V08 2026 simultaneous');
SELECT is(raf_score('{M340,M300,H01121}'::text[], beneficiary(70, 'M'), 'RX_V08', 2026,
	hierarchy_order => 'sequential'), 1.504, 'D15 RX_V08 2026 overridden');
SELECT is(pg_temp.hccs('{M340,M300,H01121}', beneficiary(70, 'M'), 'RX_V08', 2025), '{82,317}',
	'D15 RX_V08 2025 sequential');

SELECT is(pg_temp.hccs('{Z944,G931}', beneficiary(70, 'M'), 'V28', y), '{62,202}',
	format('D16 an absent HCC drops nothing (%s)', y))
FROM unnest('{2025,2026}'::int[]) y;
SELECT is(raf_score('{Z944,G931}'::text[], beneficiary(70, 'M'), 'V28', 2026), 1.315,
	'D16 score 1.315');

SELECT is(pg_temp.hccs('{G82.50,G80.0,I69.951}', beneficiary(70, 'F'), 'V28', 2026), '{191}',
	'D17 no dropped HCC comes back');
SELECT set_eq(
	$$ SELECT hcc_code
		FROM raf_explain('{G8250,G800,I69951}'::text[], beneficiary(70, 'F'), 'V28', 2026)
		WHERE '191' = ANY (superseded_by) $$,
	'{180,253}'::text[], 'D17 both know what superseded them');

-- Dialysis, woman of 70: F70_74 0.624. N18.30 has HCC 138, Z99.2 134, N18.6 136.
SELECT is(raf_score('{N18.30}'::text[], beneficiary(70, 'F', esrd => 'dialysis'), 'ESRD_V24', 2026),
	0.624, 'D18 ESRD_V24 dialysis and kidney disease');
SELECT is(pg_temp.hccs(ARRAY[c], beneficiary(70, 'F', esrd => esrd, graft_months => months),
	'ESRD_V24', y), '{}', format('D18 ESRD_V24 %s %s %s: no HCC', y, esrd, c))
FROM unnest('{N18.30,Z99.2,N18.6,N17.0,N18.4}'::text[]) c,
	(VALUES ('dialysis', NULL), ('graft', 12)) e(esrd, months), unnest('{2024,2026}'::int[]) y;
-- ESRD_V21 has them all but 134, which drops nothing: 0.653, and the kidney terms 0.
SELECT is(pg_temp.hccs('{T81502A,N170,N19}', beneficiary(70, 'F', esrd => 'dialysis'), 'ESRD_V21',
	y), '{135}', format('D18 ESRD_V21 %s: HCC 134 is cleared before the hierarchy', y))
FROM unnest('{2019,2021,2024,2025,2026}'::int[]) y;
SELECT is(raf_score('{T81502A,N170,N19}'::text[], beneficiary(70, 'F', esrd => 'dialysis'),
	'ESRD_V21', 2026), 0.653, 'D18 ESRD_V21 score');
SELECT is(apply_hierarchy('{85,134,135,136,137,138}', m, 2026), h, format('D18 %s: given HCCs', m))
FROM (VALUES ('ESRD_V21', '{85,135}'::text[]), ('ESRD_V24', '{85}')) v(m, h);

----------------------------------------------------------------------
-- Demographics
----------------------------------------------------------------------
SELECT is(raf_score('{}'::text[], beneficiary(70, 'F', orec => '3'), 'V24', 2025), 0.386,
	'D19 OREC 3 is not originally disabled');
-- F70_74 0.386 + OriginallyDisabled_Female 0.250
SELECT is(raf_score('{}'::text[], beneficiary(70, 'F', orec => '1'), 'V24', 2025), 0.636,
	'D19 OREC 1 is');
-- ESRD_V21 GC: F70_74 0.350 (+ OriginallyDisabled_Female 0.184); RX_V08 2026 X: 0.035 (+ F65OD
-- 0.042)
SELECT is(raf_score('{}'::text[], beneficiary(70, 'F', orec => o, esrd => e), m, 2026), s,
	format('D19 %s OREC %s', m, o))
FROM (VALUES ('ESRD_V21', '3', 'graft', 0.350), ('ESRD_V21', '1', 'graft', 0.534),
	('RX_V08', '3', 'none', 0.035), ('RX_V08', '1', 'none', 0.077)) v(m, o, e, s);
-- OREC 2 and 3 are originally ESRD, in dialysis from 65: ESRD_V24 0.624 - 0.024, ESRD_V21
-- 0.653 - 0.078.
SELECT is(raf_score('{}'::text[], beneficiary(70, 'F', orec => o, esrd => 'dialysis'), m, 2026), s,
	format('D19 %s: originally ESRD, OREC %s', m, o))
FROM (VALUES ('ESRD_V24', '2', 0.600), ('ESRD_V24', '3', 0.600), ('ESRD_V24', '0', 0.624),
	('ESRD_V21', '2', 0.575), ('ESRD_V21', '3', 0.575)) v(m, o, s);

-- V24: F65_69 0.323 + HCC19 0.105. V28: the aged segment has no cell for 64, HCC38 0.166.
SELECT is(raf_score('{E11.9}'::text[], beneficiary(64, 'F'), 'V24', 2025), 0.428,
	'D20 V24: 64 and entitled by age counts as 65');
SELECT is(raf_score('{E11.9}'::text[], beneficiary(64, 'F'), 'V28', 2026), 0.166,
	'D20 V28: aged segment, no demographic cell');
SELECT is(raf_segment(beneficiary(64, 'F'), m, y), 'CNA', format('D20 %s: segment CNA', m))
FROM (VALUES ('V22', 2026), ('V23', 2019), ('V24', 2025), ('V28', 2026)) v(m, y);
SELECT is(raf_segment(beneficiary(64, 'F', orec => '1'), 'V28', 2026), 'CND',
	'D20 64 and disabled: CND');
-- RX: the segment goes by the age of 64. 2026 X: F60_64 0.165 + RXHCC31 0.281, with low income
-- 0.257 + 0.695; RX_V05 0.482 without a code. ESRD_V24: 64 it is, F60_64 0.569 and 0.373.
-- ESRD_V21: everything as 65 up to 2025 (F65_69 0.635 and 0.291), F60_64 0.553 and 0.360 from 2026;
-- with a graft of 12 months the add-on is 1.121 from 65, 0.840 below.
SELECT is(raf_score('{E11.9}'::text[], beneficiary(64, 'F', low_income => l), 'RX_V08', 2026), s,
	'D20 RX_V08: not the aged segment')
FROM (VALUES (false, 0.446), (true, 0.952)) v(l, s);
SELECT is(raf_score('{}'::text[], beneficiary(64, 'F'), 'RX_V05', y), 0.482,
	'D20 RX_V05: not the aged segment') FROM (VALUES (2021), (2025)) v(y);
SELECT is(raf_segment(beneficiary(64, 'F', low_income => l, orec => o), 'RX_V08', 2026), s,
	format('D20 RX_V08 OREC %s: %s', o, s))
FROM (VALUES ('0', false, 'Rx_CE_NoLowNoAged'), ('0', true, 'Rx_CE_LowNoAged'),
	('1', false, 'Rx_CE_NoLowNoAged'), ('2', true, 'Rx_CE_LowNoAged')) v(o, l, s);
SELECT is(raf_score('{}'::text[],
	beneficiary(64, 'F', esrd => e, graft_months => CASE e WHEN 'graft' THEN 12 END), m, y), s,
	format('D20 %s %s %s', m, y, e))
FROM (VALUES ('ESRD_V21', 2019, 'dialysis', 0.635), ('ESRD_V21', 2021, 'dialysis', 0.635),
	('ESRD_V21', 2024, 'dialysis', 0.635),
	('ESRD_V21', 2025, 'dialysis', 0.635), ('ESRD_V21', 2026, 'dialysis', 0.553),
	('ESRD_V21', 2027, 'dialysis', 0.553),
	('ESRD_V21', 2025, 'graft', 0.291 + 1.121), ('ESRD_V21', 2026, 'graft', 0.360 + 0.840),
	('ESRD_V24', 2024, 'dialysis', 0.569), ('ESRD_V24', 2027, 'dialysis', 0.569),
	('ESRD_V24', 2025, 'graft', 0.373 + 0.335)) v(m, y, e, s);
SELECT is(raf_score('{}'::text[], beneficiary(64, 'F', orec => '2', esrd => 'dialysis'), 'ESRD_V21',
	2025), 0.553, 'D20 ESRD_V21 2025 not entitled by age: 64');
SELECT is(raf_segment(beneficiary(64, 'F', esrd => 'graft', graft_months => 12), 'ESRD_V24', 2026),
	'GNPN', 'D20 ESRD_V24: not the aged segment');

SELECT is(raf_score('{}'::text[], beneficiary(64, 'F', new_enrollee => true), 'V24', 2025), 0.520,
	'D21 V24 new enrollee of 64: the cell of 65');
SELECT is(raf_score('{}'::text[], beneficiary(64, 'F', new_enrollee => true), 'V28', 2026), 0.532,
	'D21 V28 the same');
SELECT is(raf_score('{}'::text[], beneficiary(64, 'F', orec => '1', new_enrollee => true),
	'V24', 2025), 1.122, 'D21 disabled, the cell of 60 to 64');
-- DNE: 1.121 and 0.936 (65 to 69), 0.975 and 0.768 (60 to 64). GNE, 12 months: ESRD_V21 0.520
-- + 1.121,
-- ESRD_V24 (0.527 + 0.905) / 0.698 = 2.052; disabled 1.133 + 0.840, (1.202 + 0.335) / 0.698 =
-- 2.202.
SELECT is(raf_score('{}'::text[], beneficiary(64, 'F', orec => o, new_enrollee => true, esrd => e,
		graft_months => CASE e WHEN 'graft' THEN 12 END), m, y), s,
	format('D21 %s %s new enrollee of 64, %s, OREC %s', m, y, e, o))
FROM (VALUES ('ESRD_V21', 2026, 'dialysis', '0', 1.121), ('ESRD_V21', 2025, 'dialysis', '0', 1.121),
	('ESRD_V21', 2026, 'dialysis', '2', 0.975),
	('ESRD_V21', 2026, 'graft', '0', 1.641), ('ESRD_V21', 2025, 'graft', '0', 1.641),
	('ESRD_V21', 2025, 'graft', '2', 1.973),
	('ESRD_V24', 2026, 'dialysis', '0', 0.936), ('ESRD_V24', 2026, 'dialysis', '2', 0.768),
	('ESRD_V24', 2026, 'graft', '0', 2.052), ('ESRD_V24', 2026, 'graft', '2', 2.202),
	('RX_V08', 2026, 'none', '0', 0.388), ('RX_V08', 2026, 'none', '1', 1.306)) v(m, y, e, o, s);

SELECT is(raf_score('{}'::text[], beneficiary(0, 'F', orec => '1'), 'V28', 2026), 0.238,
	'D22 age 0, female: F0_34');
SELECT is(raf_score('{}'::text[], beneficiary(0, 'M', orec => '1'), 'V28', 2026), 0.106,
	'D22 age 0, male: M0_34');
SELECT is(raf_score('{}'::text[], beneficiary(0, 'F', orec => '2', esrd => e), m, 2026), s,
	format('D22 age 0, %s: F0_34', m))
FROM (VALUES ('ESRD_V21', 'dialysis', 0.618), ('ESRD_V24', 'dialysis', 0.644),
	('RX_V08', 'none', 0.328)) v(m, e, s);

SELECT is(payment_year_age(b, 2026), a, format('D23 born %s: %s on 1 February 2026', b, a))
FROM (VALUES ('1961-02-01'::date, 65), ('1961-02-02', 64), ('1961-01-31', 65), ('1960-02-29', 65),
	('2026-01-31', 0), ('2026-02-01', 0), ('2026-12-31', 0)) v(b, a);

SELECT is(raf_score('{}'::text[], beneficiary(66, 'F', new_enrollee => true, lti => true),
	'V28', 2026), 0.532, 'D24 new enrollee before institutional: 0.532');
SELECT is(raf_segment(beneficiary(66, 'F', new_enrollee => true, lti => true), 'V28', 2026), 'NE',
	'D24 segment NE');
SELECT is(raf_segment(beneficiary(66, 'F', new_enrollee => true, lti => true, low_income => true,
	esrd => e), m, 2026), s, format('D24 %s %s: %s', m, e, s))
FROM (VALUES ('ESRD_V21', 'dialysis', 'DNE'), ('ESRD_V24', 'dialysis', 'DNE'),
	('ESRD_V21', 'graft', 'GNE'), ('ESRD_V24', 'graft', 'GNE'),
	('RX_V08', 'none', 'Rx_NE_LTI'), ('RX_V08', 'dialysis', 'Rx_NE_LTI')) v(m, e, s);
SELECT is(raf_score('{}'::text[], beneficiary(66, 'F', new_enrollee => true, lti => true),
	'RX_V08', 2026), 2.651, 'D24 Part D has cells for institutional new enrollees');

SELECT is(raf_segment(beneficiary(66, 'F', new_enrollee => true, snp => true), 'V28', 2026),
	'SNPNE', 'D25 new enrollee in a chronic-condition SNP');
SELECT is(raf_segment(beneficiary(66, 'F', snp => true), 'V28', 2026), 'CNA',
	'D25 the SNP matters to new enrollees only');

-- Codes of CMS files that mean "no Medicaid" are taken, text that is no code is not.
SELECT is(raf_segment(beneficiary(70, 'F', dual_status => d), 'V28', 2026), 'CNA',
	format('dual status %s: not dual', COALESCE(d, 'NULL')))
FROM unnest('{00,07,09,10,99,NA,NULL}'::text[]) d;
SELECT throws_like(format($$ SELECT beneficiary(70, 'F', dual_status => %L) $$, d),
	'invalid value for argument "dual_status" of beneficiary',
	format('dual status %s: refused', d))
FROM unnest('{11,12,full,XX,-1,255,002}'::text[]) d;

-- F70_74 0.395 and no OriginallyDisabled_Female
SELECT is(raf_score('{}'::text[], beneficiary(70, 'F', orec => '2'), 'V28', 2026), 0.395,
	'D26 OREC 2 is not current ESRD');
-- OREC 0 on dialysis: 0.624
SELECT is(raf_score('{}'::text[], beneficiary(70, 'F', orec => '0', esrd => 'dialysis'), 'ESRD_V24',
	2026), 0.624, 'D26 current ESRD with OREC 0');
SELECT throws_like(format($$ SELECT raf_score('{N186,Z992}'::text[],
	beneficiary(70, 'F', orec => %L), 'ESRD_V24', 2026) $$, o),
	'no segment of model "ESRD_V24" fits this beneficiary',
	format('D26 no ESRD score from OREC %s and codes', o))
FROM unnest('{2,3}'::text[]) o;
SELECT set_eq(format($$ SELECT model_version
	FROM raf_scores('{N186,Z992}', beneficiary(50, 'F', orec => %L, esrd => %L), 2026) $$, o, e),
	models, format('D26 OREC %s, ESRD %s: %s', o, e, models))
FROM (VALUES ('2', 'none', '{V28,RX_V08}'::text[]),
	('0', 'dialysis', '{ESRD_V24,RX_V08}')) v(o, e, models);

-- INS, man of 60: M60_64 0.917, LTIMCAID 0.130, HCC226 0.217, HCC280 0.312, HCC379 1.420,
-- HF_CHR_LUNG_V28 0.145 = 3.141; disabled: + 0.488 (HF) + 0.278 (lung) + 0.537 (ulcer) = 4.444
SELECT is(raf_score('{I509,J449,L89154}'::text[],
	beneficiary(60, 'M', orec => o, dual_status => '02', lti => true), 'V28', 2026), s,
	format('D27 under 65 with OREC %s: %s', COALESCE(o, 'NULL, as 0'), s))
FROM (VALUES ('0', 3.141), ('1', 4.444), ('2', 4.444), ('3', 4.444), (NULL, 3.141)) v(o, s);
-- ESRD_V21 on dialysis, man of 50 with Medicaid: M45_54 0.478 + MCAID_Male_Aged 0.122, or
-- ..._NonAged 0.090 (disabled).
-- ESRD_V24 goes by age alone: M45_54 0.551 + FBDual_Male_NonAged 0.076.
SELECT is(raf_score('{}'::text[],
	beneficiary(50, 'M', orec => o, dual_status => '02', esrd => 'dialysis'), m, 2026), s,
	format('D27 %s under 65 with OREC %s: %s', m, COALESCE(o, 'NULL, as 0'), s))
FROM (VALUES ('ESRD_V21', '0', 0.600), ('ESRD_V21', NULL, 0.600), ('ESRD_V21', '1', 0.568),
	('ESRD_V21', '2', 0.568),
	('ESRD_V24', '0', 0.627), ('ESRD_V24', '2', 0.627)) v(m, o, s);

----------------------------------------------------------------------
-- ESRD
----------------------------------------------------------------------
-- (1.223 + 2.605) / 0.905; (0.570 + 0.905) / 0.698
SELECT is(raf_score('{}'::text[], beneficiary(66, 'M', dual_status => '02', new_enrollee => true,
	esrd => 'graft', graft_months => 6), 'ESRD_V24', 2026),
	4.230, 'D28 graft new enrollee, full dual, 6 months');
SELECT is(raf_score('{}'::text[], beneficiary(66, 'M', dual_status => '01', new_enrollee => true,
	esrd => 'graft', graft_months => 12), 'ESRD_V24', 2026),
	2.113, 'D28 partial dual, 12 months: no flag');
SELECT results_eq($$ SELECT kind, variable, coefficient, label FROM raf_explain('{}'::text[],
		beneficiary(66, 'M', dual_status => '02', new_enrollee => true, esrd => 'graft',
			graft_months => 6), 'ESRD_V24', 2026) $$,
	$$ VALUES ('new_enrollee', 'FBD_NORIGDIS_G_NEM66', 1.223,
		'New enrollee: male, age 66, full benefit dual, not originally disabled'),
		('addon', 'GE65_DUR4_9_FBD', 2.605, 'Graft add-on: GE65_DUR4_9_FBD'),
		('divisor', 'DUR4_9', 0.402, 'Divided by 0.905') $$,
	'D28 the division is a row');

SELECT is(raf_score('{}'::text[], beneficiary(87, 'M', new_enrollee => true, esrd => 'dialysis'),
	'ESRD_V24', 2026), 0.978, 'D29 dialysis new enrollee of 87');
SELECT is(raf_score('{}'::text[],
	beneficiary(50, 'M', orec => o, new_enrollee => true, esrd => 'dialysis'), 'ESRD_V24', 2026), s,
	format('D29 of 50, OREC %s', o))
FROM (VALUES ('1', 0.851), ('0', 0.690), ('2', 0.690), ('3', 0.690)) v(o, s);

SELECT is(raf_score('{E119,I509}'::text[], beneficiary(50, 'M', orec => '2', dual_status => d,
	new_enrollee => n, lti => l, esrd => e, graft_months => months), m, 2026), s,
	format('D30 %s month %s, %s, dual %s, new enrollee %s, institutional %s', m,
		months, e, d, n, l))
FROM (VALUES ('ESRD_V24', 1, 5.985), ('ESRD_V24', 2, 0.941), ('ESRD_V24', 3, 0.941),
		('ESRD_V21', 1, 6.030), ('ESRD_V21', 2, 0.895), ('ESRD_V21', 3, 0.895)) v(m, months, s),
	(VALUES ('transplant', '00', false, false), ('graft', '02', true, false),
		('transplant', '01', false, true)) k(e, d, n, l);

-- ESRD_V21 GC: F70_74 0.350 + HCC19 0.094 + HCC85 0.336 + DIABETES_CHF 0.160
SELECT is(raf_score('{E11.9,I50.9}'::text[], beneficiary(70, 'F', esrd => 'graft'), 'ESRD_V21',
	2026), 0.940, 'D31 graft coefficients, duration unknown');
SELECT is(raf_score('{E11.9,I50.9}'::text[],
	beneficiary(70, 'F', esrd => 'graft', graft_months => 5), 'ESRD_V21', 2026), 0.940 + 2.562,
	'D31 with 5 months');

-- Graft duration, man of 50 and of 70 without diagnoses. ESRD_V24 GNPN M45_54 0.197, GNPA
-- M70_74 0.358;
-- ESRD_V21 GC 0.149 and 0.353.
SELECT is(raf_score('{}'::text[], beneficiary(age, 'M', orec => '2', esrd => 'graft',
	graft_months => months), m, 2026), cell + CASE
		WHEN months IS NULL THEN 0 WHEN months < 10 THEN early ELSE late END,
	format('%s, %s, graft of %s months', m, age, COALESCE(months::text, 'unknown')))
FROM (VALUES ('ESRD_V24', 50, 0.197, 1.737, 0.335), ('ESRD_V24', 70, 0.358, 2.529, 0.905),
		('ESRD_V21', 50, 0.149, 2.174, 0.840),
		('ESRD_V21', 70, 0.353, 2.562, 1.121)) v(m, age, cell, early, late),
	unnest('{4,9,10,120,NULL}'::int[]) months;
-- New enrollees, ESRD_V24: man of 66 (0.570): (0.570 + 2.529) / 0.905 = 3.424; / 0.698 as
-- above; unknown: neither
SELECT is(raf_score('{}'::text[], beneficiary(66, 'M', new_enrollee => true, esrd => 'graft',
	graft_months => months), 'ESRD_V24', 2026), s,
	format('graft new enrollee, %s months', COALESCE(months::text, 'unknown')))
FROM (VALUES (4, 3.424), (9, 3.424), (10, 2.113), (240, 2.113), (NULL, 0.570)) v(months, s);
-- Partial duals: 0.141 below 65, 0.162 from 65, with and without known duration;
-- institutional: 2.146 and 0.955
SELECT is(raf_score('{}'::text[], beneficiary(age, 'M', orec => '2', dual_status => '05', lti => l,
	esrd => 'graft', graft_months => 12), 'ESRD_V24', 2026),
	s, format('ESRD_V24 partial dual of %s%s', age, CASE WHEN l THEN ', institutional' ELSE '' END))
FROM (VALUES (50, false, 0.197 + 0.335 + 0.141), (70, false, 0.358 + 0.905 + 0.162),
	(50, true, 1.148 + 0.335 + 0.141 + 2.146),
	(70, true, 1.265 + 0.905 + 0.162 + 0.955)) v(age, l, s);
SELECT is(raf_score('{}'::text[],
	beneficiary(50, 'M', orec => '2', dual_status => d, esrd => 'graft'), 'ESRD_V24', 2026), s,
	format('ESRD_V24 dual %s, duration unknown', d))
FROM (VALUES ('05', 0.197 + 0.141), ('00', 0.197)) v(d, s);
-- Dialysis in an institution: LTI_Aged 0.020, LTI_NonAged 0.098
SELECT is(raf_score('{}'::text[],
	beneficiary(age, 'M', orec => '1', lti => true, esrd => 'dialysis'), m, 2026), s,
	format('%s dialysis in an institution, %s', m, age))
FROM (VALUES ('ESRD_V24', 50, 0.551 + 0.098), ('ESRD_V24', 70, 0.551 + 0.000 + 0.020),
	('ESRD_V21', 50, 0.478)) v(m, age, s);

SELECT is((SELECT hcc_codes FROM hcc_group WHERE model_version = m
	AND group_name = 'PRESSURE_ULCER'), h, format('D35 %s: pressure ulcers', m))
FROM (VALUES ('ESRD_V24', '{157,158,159}'::text[]), ('ESRD_V21', '{157,158,159,160}')) v(m, h);
SELECT throws_like($$ SELECT apply_hierarchy('{160}', 'ESRD_V24', 2026) $$,
	'model "ESRD_V24" has no HCC "160"', 'D35 160 is no category of ESRD_V24');

----------------------------------------------------------------------
-- RxHCC
----------------------------------------------------------------------
SELECT is(raf_score('{}'::text[], beneficiary(66, 'F', new_enrollee => true), 'RX_V08', 2026),
	0.414, 'D32 new enrollee');
-- LTI: 0.923 + 0.298; community: 0.035 + 0.042
SELECT is(raf_score('{}'::text[], beneficiary(70, 'F', orec => '1', lti => l), 'RX_V08', 2026), s,
	'D33 originally disabled, ' || what)
FROM (VALUES (true, 1.221, 'institutional'), (false, 0.077, 'community')) v(l, s, what);
SELECT is(raf_segment(beneficiary(70, 'F', lti => true, low_income => true), 'RX_V08', 2026),
	'Rx_CE_LTI', 'D33 institutional before low income');

----------------------------------------------------------------------
-- Interactions
----------------------------------------------------------------------
-- F70_74 1.150 + HCC114 0.156 + HCC158 0.322 + ASP_SPEC_B_PNEUM_PRES_ULC 0.472
SELECT is(raf_score('{L89.153,J69.0}'::text[], beneficiary(70, 'F', lti => true), 'V24', 2025),
	2.100, 'D34 V24 aspiration pneumonia x pressure ulcer');

----------------------------------------------------------------------
-- From raw to payment score
----------------------------------------------------------------------
-- Unrounded, the year 2025 gives 1.46640 for this person.
SELECT is(raf_payment('{E1122,I509,N184}'::text[], beneficiary(72, 'F'), 2025, 'MA'), 1.467,
	'D36 each step is rounded');
-- F65_69 0.330 / 4 = 0.0825. A factor of the user's own takes the place of the shipped one.
INSERT INTO payment_year_parameter (payment_year, program, component, model_version, calibration,
	normalization_factor, coding_pattern_adjustment, blend_weight)
VALUES (2026, 'MA', 'part_c', 'V28', 'V28_2024', 4, 0, 1);
SELECT is(raf_payment('{}'::text[], beneficiary(67, 'F'), 2026, 'MA'), 0.083,
	'D36 half is rounded up, not to even');
SELECT is_empty($$ SELECT * FROM payment_year_parameter
	WHERE component = 'part_d' AND coding_pattern_adjustment <> 0 $$,
	'D37 no coding-pattern adjustment in Part D');
SELECT is((SELECT array_agg(DISTINCT coding_pattern_adjustment) FROM payment_year_parameter
	WHERE component <> 'part_d' AND NOT custom),
	ARRAY[0.059], 'D37 but everywhere else');
-- 0.283 / 1.194
SELECT is(raf_payment('{E11.9}'::text[], beneficiary(70, 'F'), 2026, 'MA-PD'), 0.237,
	'D37 Part D: normalized only');

SELECT results_eq($$ SELECT setting, procedure_required FROM eligible_bill_type
	WHERE bill_type = '87' $$,
	$$ VALUES ('outpatient', true) $$, 'D38 bill type 87X counts as outpatient');

SELECT * FROM finish();
ROLLBACK;
