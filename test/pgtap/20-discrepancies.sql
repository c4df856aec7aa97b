-- Rules on which public implementations of these models disagree, each as a
-- named test. Sums in comments are of rows of data/<model>/coefficient.csv.
BEGIN;
CREATE EXTENSION IF NOT EXISTS hccraf;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT plan(124);

-- The HCCs that count for a person, by number.
CREATE FUNCTION pg_temp.hccs(codes text[], who beneficiary, model text, payment_year int,
	mce boolean DEFAULT true, hierarchy_order text DEFAULT NULL) RETURNS text[] LANGUAGE sql
	AS $$ SELECT COALESCE(array_agg(hcc_code ORDER BY hcc_code::int), '{}')
		FROM raf_explain($1, $2, $3, $4, NULL, $5, $6) WHERE reason IS NULL AND hcc_code IS NOT NULL $$;

----------------------------------------------------------------------
-- Data
----------------------------------------------------------------------
SELECT is((SELECT count(*) FROM hcc_hierarchy WHERE model_version = 'V28' AND NOT custom), 149::bigint,
	'D1 all 149 hierarchy pairs of V28');
-- The 22 pairs that the CMS macro writes on two lines each
SELECT is(apply_hierarchy(ARRAY[superior, subordinate], 'V28', 2026), ARRAY[superior],
	format('D1 wrapped macro line: %s drops %s', superior, subordinate))
FROM (VALUES ('191', '{180,181,182,192,253,254}'::text[]), ('192', '{180,181,182,253,254}'),
		('221', '{222,223,224,225,226,227}'), ('222', '{223,224,225,226,227}')) v(superior, subordinates),
	unnest(subordinates) subordinate
ORDER BY superior, subordinate;
-- F70_74 0.395 + HCC221 1.053; D1 0
SELECT is(pg_temp.hccs('{Z941,I509}', beneficiary(70, 'F'), 'V28', 2026), '{221}',
	'D1 heart transplant drops heart failure');
SELECT is(raf_score('{Z941,I509}'::text[], beneficiary(70, 'F'), 'V28', 2026), 1.448, 'D1 score 1.448');

-- F70_74 0.395 + HCC198 0.647; D1 0
SELECT is(raf_score('{G35.A}'::text[], beneficiary(70, 'F'), 'V28', 2026), 1.042, 'D2 a code of October 2025 counts in 2026');
SELECT is(icd_to_hcc('G35.A', 'V28', 2026), '{198}', 'D2 its HCC');
SELECT is(icd_to_hcc('G35.A', 'V28', 2025), '{}', 'D2 and not in 2025');
SELECT is(icd_to_hcc('G20', 'V28', 2025), '{}', 'D2 a code deleted in October 2023 does not count in 2025');
SELECT is(icd_to_hcc('G20', 'V28', 2024), '{199}', 'D2 but does in 2024');

SELECT results_eq(
	$$ SELECT variable, coefficient FROM raf_explain('{E1122,I509,J449}'::text[], beneficiary(70, 'F'), 'V28', 2026)
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

SELECT is(pg_temp.hccs('{C50A0}', beneficiary(60, 'F', dual_status => '01'), 'V28', 2026), '{23}', 'D7 C50.A0 at 60: HCC 23 alone');
SELECT is(pg_temp.hccs('{C50A1}', beneficiary(50, 'F', orec => '1'), 'V28', 2026), '{23}', 'D7 C50.A1 at 50: HCC 23 alone');
SELECT is(pg_temp.hccs('{C50A2}', beneficiary(49, 'F', orec => '1'), 'V28', 2026), '{22}', 'D7 C50.A2 at 49: HCC 22 alone');

----------------------------------------------------------------------
-- Edits
----------------------------------------------------------------------
-- F70_74 0.386 + HCC48 0.192
SELECT is(pg_temp.hccs('{D66}', beneficiary(70, 'F'), 'V24', 2025), '{48}', 'D8 V24 haemophilia A in a woman: HCC 48');
SELECT is(raf_score('{D66}'::text[], beneficiary(70, 'F'), 'V24', 2025), 0.578, 'D8 score 0.578');
SELECT is(raf_score('{F34.81}'::text[], beneficiary(70, 'F'), 'V24', 2025), 0.386, 'D8 V24 F34.81 at 70: invalid');
SELECT is(pg_temp.hccs('{F3481}', beneficiary(a, 'M', orec => '1'), 'V24', 2025, false), h, format('D8 V24 F34.81 at %s', a))
FROM (VALUES (5, '{}'::text[]), (6, '{59}'), (18, '{59}'), (19, '{}')) v(a, h);
-- CND: F0_34 0.241 + HCC112 0.237
SELECT is(raf_score('{J44.9}'::text[], beneficiary(17, 'F', orec => '1'), 'V24', 2025), 0.478, 'D8 V24 COPD at 17: HCC 112');
SELECT is(pg_temp.hccs('{J44.9}', beneficiary(18, 'F', orec => '1'), 'V24', 2025), '{111}', 'D8 V24 COPD at 18: HCC 111');

-- An edit is about a diagnosis: both HCCs of B37.7 go, others stay.
INSERT INTO hcc_dx_edit (model_version, icd10_code, edit_kind, age_max, action) VALUES ('V28', 'B377', 'mandatory', 70, 'invalid');
SELECT is(pg_temp.hccs('{B377,E119}', beneficiary(70, 'M'), 'V28', 2026), '{38}', 'D9 an edit takes every HCC of its diagnosis');
SELECT is(pg_temp.hccs('{B377,E119}', beneficiary(71, 'M'), 'V28', 2026), '{2,6,38}', 'D9 and none where it does not apply');
SELECT is(pg_temp.hccs('{J449,J479}', beneficiary(17, 'M', orec => '1'), 'V28', 2026), '{280}', 'D9 another diagnosis still gives the HCC');

SELECT is(pg_temp.hccs('{D66}', beneficiary(70, 'F'), 'V28', 2026), '{112}', 'D10 V28 haemophilia A in a woman: HCC 112');
SELECT is(pg_temp.hccs('{D66}', beneficiary(70, 'M'), 'V28', 2026), '{111}', 'D10 in a man: HCC 111');
SELECT is(pg_temp.hccs('{C50.911}', beneficiary(45, 'F', orec => '1'), 'V28', 2026), '{22}', 'D10 V28 breast cancer at 45: HCC 22');

SELECT is(pg_temp.hccs(ARRAY[code], beneficiary(17, 'F', orec => '1'), 'V28', 2026), '{}', 'D11 V28 ' || code || ' at 17: nothing')
FROM unnest('{J4481,J4489}'::text[]) code;
SELECT is(pg_temp.hccs('{J4489}', beneficiary(18, 'F', orec => '1'), 'V28', 2026), '{280}', 'D11 V28 J4489 at 18: HCC 280');

-- CND: F0_34 0.238; with HCC19 1.989 in addition
SELECT is(raf_score('{C91.50}'::text[], beneficiary(10, 'F', orec => '1'), 'V28', 2026), 0.238, 'D12 code editor on: C91.50 at 10 does not count');
SELECT is(raf_score('{C91.50}'::text[], beneficiary(10, 'F', orec => '1'), 'V28', 2026, mce => false), 2.227, 'D12 off: HCC 19');
SELECT is(raf_score('{C91.50}'::text[], beneficiary(15, 'F', orec => '1'), 'V28', 2026), 2.227, 'D12 on, at 15: HCC 19');

SELECT is(pg_temp.hccs('{D66,E119}', beneficiary(70, 'F'), 'V28', 2026, mce => false), '{38,112}',
	'D13 the switch leaves mandatory edits and other HCCs alone');

----------------------------------------------------------------------
-- Before and in the hierarchy
----------------------------------------------------------------------
-- M70_74 0.396 + HCC227 0.189
SELECT is(raf_score('{Z95.811,I42.0}'::text[], beneficiary(70, 'M'), 'V28', 2026), 0.585, 'D14 a heart device that does not count drops nothing');
SELECT is(apply_hierarchy('{223,227}', 'V28', 2026), '{227}', 'D14 the same for given HCCs');
SELECT is(apply_hierarchy('{223,226}', 'V28', 2026), '{223}', 'D14 beside heart failure the device counts, and drops it');
SELECT is(raf_score('{Z95.811}'::text[], beneficiary(70, 'M'), 'V28', 2026), 0.396, 'D14 alone it does not count');

-- M70_74 0.396 + HCC62 0.376 (+ HCC202 0.543)
SELECT is(raf_score('{Z94.4,K72.10,G93.1}'::text[], beneficiary(70, 'M'), 'V28', 2025), 1.315, 'D15 2025 sequential: 62 and 202');
SELECT is(raf_score('{Z94.4,K72.10,G93.1}'::text[], beneficiary(70, 'M'), 'V28', 2026), 0.772, 'D15 2026 simultaneous: 62');
SELECT is(raf_score('{Z94.4,K72.10,G93.1}'::text[], beneficiary(70, 'M'), 'V28', 2025, hierarchy_order => 'simultaneous'), 0.772,
	'D15 2025 overridden');
SELECT is(raf_score('{Z94.4,K72.10,G93.1}'::text[], beneficiary(70, 'M'), 'V28', 2026, hierarchy_order => 'sequential'), 1.315,
	'D15 2026 overridden');
SELECT is(apply_hierarchy('{62,63,202}', 'V28', 2025), '{62,202}', 'D15 apply_hierarchy, 2025');
SELECT is(apply_hierarchy('{202,63,62}', 'V28', 2026), '{62}', 'D15 apply_hierarchy, 2026');
SELECT is(pg_temp.hccs('{Z944,K7210,G931}', beneficiary(70, 'M'), 'V28', 2026, hierarchy_order => 'sequential'), '{62,202}',
	'D15 raf_explain, overridden');

SELECT is(pg_temp.hccs('{Z944,G931}', beneficiary(70, 'M'), 'V28', y), '{62,202}', format('D16 an absent HCC drops nothing (%s)', y))
FROM unnest('{2025,2026}'::int[]) y;
SELECT is(raf_score('{Z944,G931}'::text[], beneficiary(70, 'M'), 'V28', 2026), 1.315, 'D16 score 1.315');

SELECT is(pg_temp.hccs('{G82.50,G80.0,I69.951}', beneficiary(70, 'F'), 'V28', 2026), '{191}', 'D17 no dropped HCC comes back');
SELECT set_eq(
	$$ SELECT hcc_code FROM raf_explain('{G8250,G800,I69951}'::text[], beneficiary(70, 'F'), 'V28', 2026)
		WHERE '191' = ANY (superseded_by) $$,
	'{180,253}'::text[], 'D17 both know what superseded them');

----------------------------------------------------------------------
-- Demographics
----------------------------------------------------------------------
SELECT is(raf_score('{}'::text[], beneficiary(70, 'F', orec => '3'), 'V24', 2025), 0.386, 'D19 OREC 3 is not originally disabled');
-- F70_74 0.386 + OriginallyDisabled_Female 0.250
SELECT is(raf_score('{}'::text[], beneficiary(70, 'F', orec => '1'), 'V24', 2025), 0.636, 'D19 OREC 1 is');

-- V24: F65_69 0.323 + HCC19 0.105. V28: the aged segment has no cell for 64, HCC38 0.166.
SELECT is(raf_score('{E11.9}'::text[], beneficiary(64, 'F'), 'V24', 2025), 0.428, 'D20 V24: 64 and entitled by age counts as 65');
SELECT is(raf_score('{E11.9}'::text[], beneficiary(64, 'F'), 'V28', 2026), 0.166, 'D20 V28: aged segment, no demographic cell');
SELECT is(raf_segment(beneficiary(64, 'F'), m, y), 'CNA', format('D20 %s: segment CNA', m))
FROM (VALUES ('V22', 2026), ('V23', 2019), ('V24', 2025), ('V28', 2026)) v(m, y);
SELECT is(raf_segment(beneficiary(64, 'F', orec => '1'), 'V28', 2026), 'CND', 'D20 64 and disabled: CND');

SELECT is(raf_score('{}'::text[], beneficiary(64, 'F', new_enrollee => true), 'V24', 2025), 0.520, 'D21 V24 new enrollee of 64: the cell of 65');
SELECT is(raf_score('{}'::text[], beneficiary(64, 'F', new_enrollee => true), 'V28', 2026), 0.532, 'D21 V28 the same');
SELECT is(raf_score('{}'::text[], beneficiary(64, 'F', orec => '1', new_enrollee => true), 'V24', 2025), 1.122,
	'D21 disabled, the cell of 60 to 64');

SELECT is(raf_score('{}'::text[], beneficiary(0, 'F', orec => '1'), 'V28', 2026), 0.238, 'D22 age 0, female: F0_34');
SELECT is(raf_score('{}'::text[], beneficiary(0, 'M', orec => '1'), 'V28', 2026), 0.106, 'D22 age 0, male: M0_34');

SELECT is(payment_year_age(b, 2026), a, format('D23 born %s: %s on 1 February 2026', b, a))
FROM (VALUES ('1961-02-01'::date, 65), ('1961-02-02', 64), ('1961-01-31', 65), ('1960-02-29', 65),
	('2026-01-31', 0), ('2026-02-01', 0), ('2026-12-31', 0)) v(b, a);

SELECT is(raf_score('{}'::text[], beneficiary(66, 'F', new_enrollee => true, lti => true), 'V28', 2026), 0.532,
	'D24 new enrollee before institutional: 0.532');
SELECT is(raf_segment(beneficiary(66, 'F', new_enrollee => true, lti => true), 'V28', 2026), 'NE', 'D24 segment NE');

SELECT is(raf_segment(beneficiary(66, 'F', new_enrollee => true, snp => true), 'V28', 2026), 'SNPNE', 'D25 new enrollee in a chronic-condition SNP');
SELECT is(raf_segment(beneficiary(66, 'F', snp => true), 'V28', 2026), 'CNA', 'D25 the SNP matters to new enrollees only');

-- Codes of CMS files that mean "no Medicaid" are taken, text that is no code is not.
SELECT is(raf_segment(beneficiary(70, 'F', dual_status => d), 'V28', 2026), 'CNA', format('dual status %s: not dual', COALESCE(d, 'NULL')))
FROM unnest('{00,07,09,10,99,NA,NULL}'::text[]) d;
SELECT throws_like(format($$ SELECT beneficiary(70, 'F', dual_status => %L) $$, d), 'invalid value for argument "dual_status" of beneficiary',
	format('dual status %s: refused', d))
FROM unnest('{11,12,full,XX,-1,255,002}'::text[]) d;

-- F70_74 0.395 and no OriginallyDisabled_Female
SELECT is(raf_score('{}'::text[], beneficiary(70, 'F', orec => '2'), 'V28', 2026), 0.395, 'D26 OREC 2 is not current ESRD');

-- INS, man of 60: M60_64 0.917, LTIMCAID 0.130, HCC226 0.217, HCC280 0.312, HCC379 1.420,
-- HF_CHR_LUNG_V28 0.145 = 3.141; disabled: + 0.488 (HF) + 0.278 (lung) + 0.537 (ulcer) = 4.444
SELECT is(raf_score('{I509,J449,L89154}'::text[], beneficiary(60, 'M', orec => o, dual_status => '02', lti => true), 'V28', 2026), s,
	format('D27 under 65 with OREC %s: %s', COALESCE(o, 'NULL, as 0'), s))
FROM (VALUES ('0', 3.141), ('1', 4.444), ('2', 4.444), ('3', 4.444), (NULL, 3.141)) v(o, s);

----------------------------------------------------------------------
-- Interactions
----------------------------------------------------------------------
-- F70_74 1.150 + HCC114 0.156 + HCC158 0.322 + ASP_SPEC_B_PNEUM_PRES_ULC 0.472
SELECT is(raf_score('{L89.153,J69.0}'::text[], beneficiary(70, 'F', lti => true), 'V24', 2025), 2.100,
	'D34 V24 aspiration pneumonia x pressure ulcer');

----------------------------------------------------------------------
-- From raw to payment score
----------------------------------------------------------------------
-- Unrounded, the year 2025 gives 1.46640 for this person.
SELECT is(raf_payment('{E1122,I509,N184}'::text[], beneficiary(72, 'F'), 2025, 'MA'), 1.467, 'D36 each step is rounded');
-- F65_69 0.330 / 4 = 0.0825. A factor of the user's own takes the place of the shipped one.
INSERT INTO payment_year_parameter (payment_year, program, component, model_version, calibration, normalization_factor,
	coding_pattern_adjustment, blend_weight)
VALUES (2026, 'MA', 'part_c', 'V28', 'V28_2024', 4, 0, 1);
SELECT is(raf_payment('{}'::text[], beneficiary(67, 'F'), 2026, 'MA'), 0.083, 'D36 half is rounded up, not to even');

SELECT results_eq($$ SELECT setting, procedure_required FROM eligible_bill_type WHERE bill_type = '87' $$,
	$$ VALUES ('outpatient', true) $$, 'D38 bill type 87X counts as outpatient');

SELECT * FROM finish();
ROLLBACK;
