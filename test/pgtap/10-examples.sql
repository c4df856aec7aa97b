-- The worked examples: people with their codes, and every variable with its
-- coefficient that makes up their raw score; then from raw to payment score.
BEGIN;
CREATE EXTENSION IF NOT EXISTS hccraf;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT plan(57 * 5 + 14);

CREATE TEMPORARY TABLE example (
	title text, model text, payment_year int, calibration text, who beneficiary, mce boolean,
	codes text[], segment text, hccs text[], score numeric, terms text
);
INSERT INTO example VALUES
	('E01 diabetes, heart failure, CKD 4: two disease interactions', 'V28', 2026, NULL,
		beneficiary(72, 'F'), true, '{E1122,I509,N184}', 'CNA', '{37,226,327}', 1.723,
		'D3=0.000 DIABETES_HF_V28=0.112 F70_74=0.395 HCC226=0.360 HCC327=0.514 '
		'HCC37=0.166 HF_KIDNEY_V28=0.176'),
	('E02 same person and codes in V24', 'V24', 2025, NULL, beneficiary(72, 'F'), true,
		'{E1122,I509,N184}', 'CNA', '{18,85,137}', 1.585,
		'D3=0.000 DIABETES_CHF=0.121 F70_74=0.386 HCC137=0.289 HCC18=0.302 HCC85=0.331 '
		'HCC85_gRenal_V24=0.156'),
	('E03 no diagnosis at all', 'V28', 2026, NULL, beneficiary(67, 'M'), true,
		'{}', 'CNA', '{}', 0.332,
		'M65_69=0.332'),
	('E04 full benefit dual, aged, originally disabled', 'V28', 2026, NULL,
		beneficiary(69, 'F', orec => '1', dual_status => '02'), true,
		'{E119,J449}', 'CFA', '{38,280}', 1.171,
		'D2=0.000 F65_69=0.435 HCC280=0.390 HCC38=0.186 OriginallyDisabled_Female=0.160'),
	('E05 OREC 3 is NOT originally disabled', 'V28', 2026, NULL,
		beneficiary(69, 'F', orec => '3'), true, '{E119}', 'CNA', '{38}', 0.496,
		'D1=0.000 F65_69=0.330 HCC38=0.166'),
	('E06 disabled non-dual: substance use x psychiatric exists only in the disabled segments',
		'V28', 2026, NULL, beneficiary(45, 'M', orec => '1'), true,
		'{F1120,F200}', 'CND', '{137,151}', 1.047,
		'D2=0.000 HCC137=0.365 HCC151=0.380 M45_54=0.215 gSubUseDisorder_gPsych_V28=0.087'),
	('E07 the same two conditions in an aged segment: no such interaction', 'V28', 2026, NULL,
		beneficiary(70, 'M'), true, '{F1120,F200}', 'CNA', '{137,151}', 1.331,
		'D2=0.000 HCC137=0.424 HCC151=0.511 M70_74=0.396'),
	('E08 heart transplant drops heart failure', 'V28', 2026, NULL, beneficiary(70, 'F'), true,
		'{Z941,I509}', 'CNA', '{221}', 1.448,
		'D1=0.000 F70_74=0.395 HCC221=1.053'),
	('E09 heart patch: assist device alone is not counted', 'V28', 2026, NULL,
		beneficiary(70, 'M'), true, '{Z95811}', 'CNA', '{}', 0.396,
		'M70_74=0.396'),
	('E10 heart patch is applied before the hierarchy', 'V28', 2026, NULL,
		beneficiary(70, 'M'), true, '{Z95811,I420}', 'CNA', '{227}', 0.585,
		'D1=0.000 HCC227=0.189 M70_74=0.396'),
	('E11 assist device with heart failure: HCC223 counts and drops HCC226', 'V28', 2026, NULL,
		beneficiary(70, 'M'), true, '{Z95811,I509}', 'CNA', '{223}', 2.901,
		'D1=0.000 HCC223=2.505 M70_74=0.396'),
	('E12 breast cancer under 50: reassigned to HCC22', 'V28', 2026, NULL,
		beneficiary(45, 'F', orec => '1'), true, '{C50911}', 'CND', '{22}', 0.706,
		'D1=0.000 F45_54=0.340 HCC22=0.366'),
	('E13 breast cancer at 50 or more: HCC23', 'V28', 2026, NULL, beneficiary(66, 'F'), true,
		'{C50911}', 'CNA', '{23}', 0.516,
		'D1=0.000 F65_69=0.330 HCC23=0.186'),
	('E14 haemophilia A, female: HCC112 in V28', 'V28', 2026, NULL, beneficiary(70, 'F'), true,
		'{D66}', 'CNA', '{112}', 0.845,
		'D1=0.000 F70_74=0.395 HCC112=0.450'),
	('E15 haemophilia A, male: HCC111 in V28', 'V28', 2026, NULL, beneficiary(70, 'M'), true,
		'{D66}', 'CNA', '{111}', 5.035,
		'D1=0.000 HCC111=4.639 M70_74=0.396'),
	('E16 one code that maps to two categories', 'V28', 2026, NULL, beneficiary(70, 'M'), true,
		'{B377}', 'CNA', '{2,6}', 1.277,
		'D2=0.000 HCC2=0.500 HCC6=0.381 M70_74=0.396'),
	('E17 ten or more payment HCCs', 'V28', 2026, NULL,
		beneficiary(80, 'F', dual_status => '01'), true,
		'{C7800,E1122,K7460,G20A1,I509,J449,N185,I4891,F0390,L89154,I70261,F3132}', 'CPA',
		'{17,37,64,127,154,199,226,238,263,280,326,379}', 12.962,
		'D10P=0.901 DIABETES_HF_V28=0.164 F80_84=0.544 HCC127=0.401 HCC154=0.314 '
		'HCC17=3.946 HCC199=0.474 HCC226=0.311 HCC238=0.293 HCC263=1.007 HCC280=0.321 HCC326=0.965 '
		'HCC37=0.166 HCC379=2.349 HCC64=0.391 HF_CHR_LUNG_V28=0.140 HF_HCC238_V28=0.135 '
		'HF_KIDNEY_V28=0.140'),
	('E18 institutional, disabled, with LTIMCAID', 'V28', 2026, NULL,
		beneficiary(60, 'M', orec => '1', dual_status => '02', lti => true), true,
		'{I509,J449,L89154}', 'INS', '{226,280,379}', 4.444,
		'D3=0.000 DISABLED_CHR_LUNG_V28=0.278 DISABLED_HF_V28=0.488 DISABLED_ULCER_V28=0.537 '
		'HCC226=0.217 HCC280=0.312 HCC379=1.420 HF_CHR_LUNG_V28=0.145 LTIMCAID=0.130 M60_64=0.917'),
	('E19 institutional: payment count coefficient only at ten or more', 'V28', 2026, NULL,
		beneficiary(85, 'F', lti => true), true,
		'{I509,J449,E119,F0390}', 'INS', '{38,127,226,280}', 1.913,
		'D4=0.000 DIABETES_HF_V28=0.209 F85_89=0.750 HCC127=0.000 HCC226=0.217 HCC280=0.312 '
		'HCC38=0.280 HF_CHR_LUNG_V28=0.145'),
	('E20 new enrollee, 65, no Medicaid', 'V28', 2026, NULL,
		beneficiary(65, 'F', new_enrollee => true), true,
		'{E119}', 'NE', '{}', 0.532,
		'NMCAID_NORIGDIS_NEF65=0.532'),
	('E21 new enrollee aged 64 with OREC 0 uses the 65 cell', 'V28', 2026, NULL,
		beneficiary(64, 'F', new_enrollee => true), true,
		'{}', 'NE', '{}', 0.532,
		'NMCAID_NORIGDIS_NEF65=0.532'),
	('E22 new enrollee aged 64 with OREC 1 uses the 60 to 64 cell', 'V28', 2026, NULL,
		beneficiary(64, 'F', orec => '1', new_enrollee => true), true,
		'{}', 'NE', '{}', 1.212,
		'NMCAID_NORIGDIS_NEF60_64=1.212'),
	('E23 new enrollee, Medicaid, originally disabled', 'V28', 2026, NULL,
		beneficiary(67, 'M', orec => '1', dual_status => '02', new_enrollee => true), true,
		'{}', 'NE', '{}', 1.959,
		'MCAID_ORIGDIS_NEM67=1.959'),
	('E24 chronic condition SNP new enrollee', 'V28', 2026, NULL,
		beneficiary(66, 'M', new_enrollee => true, snp => true), true,
		'{}', 'SNPNE', '{}', 0.944,
		'NMCAID_NORIGDIS_NEM66=0.944'),
	('E25 newborn code in an adult is rejected', 'V28', 2026, NULL,
		beneficiary(30, 'F', orec => '1'), true, '{P270,E119}', 'CND', '{38}', 0.429,
		'D1=0.000 F0_34=0.238 HCC38=0.191'),
	('E26 code new in October 2025', 'V28', 2026, NULL, beneficiary(70, 'F'), true,
		'{G35A}', 'CNA', '{198}', 1.042,
		'D1=0.000 F70_74=0.395 HCC198=0.647'),
	('E27 V24 count variable D4', 'V24', 2025, NULL, beneficiary(75, 'M'), true,
		'{E1122,I509,J449,N1830}', 'CNA', '{18,85,111,138}', 1.948,
		'CHF_gCopdCF=0.155 D4=0.006 DIABETES_CHF=0.121 HCC111=0.335 HCC138=0.069 '
		'HCC18=0.302 HCC85=0.331 HCC85_gRenal_V24=0.156 M75_79=0.473'),
	('E28 V24 partial dual disabled with SUD x psychiatric', 'V24', 2025, NULL,
		beneficiary(40, 'M', orec => '1', dual_status => '01'), true,
		'{F1020,F319}', 'CPD', '{55,59}', 0.867,
		'D2=0.000 HCC55=0.275 HCC59=0.109 M35_44=0.282 gSubstanceUseDisorder_gPsych=0.201'),
	('E29 V24 institutional: aspiration pneumonia x pressure ulcer', 'V24', 2025, NULL,
		beneficiary(70, 'F', lti => true), true, '{L89153,J690}', 'INS', '{114,158}', 2.100,
		'ASP_SPEC_B_PNEUM_PRES_ULC=0.472 F70_74=1.150 HCC114=0.156 HCC158=0.322'),
	('E30 V24 aged 64 with OREC 0 becomes 65 for everything', 'V24', 2025, NULL,
		beneficiary(64, 'F'), true, '{E119}', 'CNA', '{19}', 0.428,
		'D1=0.000 F65_69=0.323 HCC19=0.105'),
	('E31 V24 haemophilia A, female: HCC48', 'V24', 2025, NULL, beneficiary(70, 'F'), true,
		'{D66}', 'CNA', '{48}', 0.578,
		'D1=0.000 F70_74=0.386 HCC48=0.192'),
	('E32 V24 disruptive mood dysregulation outside ages 6 to 18: rejected', 'V24', 2025, NULL,
		beneficiary(70, 'F'), true, '{F3481}', 'CNA', '{}', 0.386,
		'F70_74=0.386'),
	('E33 V24 COPD under 18: reassigned to HCC112 (MCE switched off)', 'V24', 2025, NULL,
		beneficiary(17, 'F', orec => '1'), false,
		'{J449}', 'CND', '{112}', 0.478,
		'D1=0.000 F0_34=0.241 HCC112=0.237'),
	('E34 V24 new enrollee originally disabled', 'V24', 2025, NULL,
		beneficiary(66, 'M', orec => '1', new_enrollee => true), true,
		'{}', 'NE', '{}', 1.071,
		'NMCAID_ORIGDIS_NEM66=1.071'),
	('E35 V22 (PACE): no counts', 'V22', 2026, NULL,
		beneficiary(78, 'F', dual_status => '02'), true,
		'{E119,I509}', 'CFA', '{19,85}', 1.268,
		'F75_79=0.611 HCC19=0.097 HCC85=0.355 HCC85_gDiabetesMellit=0.205'),
	('E36 ESRD V24 dialysis, full dual, originally ESRD', 'ESRD_V24', 2026, NULL,
		beneficiary(68, 'M', orec => '2', dual_status => '02', esrd => 'dialysis'), true,
		'{I509,E1122,J449}', 'DI', '{18,85,111}', 0.930,
		'CHF_gCopdCF=0.003 DIABETES_CHF=0.000 FBDual_Male_Aged=0.128 HCC111=0.058 '
		'HCC18=0.084 HCC85=0.063 M65_69=0.577 Originally_ESRD_Male=0.017'),
	('E37 ESRD V24 dialysis, under 65, negative and zero coefficients', 'ESRD_V24', 2026, NULL,
		beneficiary(50, 'F', orec => '2', esrd => 'dialysis'), true,
		'{N186,Z992,D571}', 'DI', '{46}', 1.007,
		'F45_54=0.564 HCC46=0.223 NONAGED_HCC46=0.220'),
	('E38 ESRD V24 dialysis new enrollee: originally disabled at any age', 'ESRD_V24', 2026, NULL,
		beneficiary(50, 'M', orec => '1', new_enrollee => true, esrd => 'dialysis'), true,
		'{}', 'DNE', '{}', 0.851,
		'ND_PBD_ORIGDIS_NEM45_54=0.851'),
	('E39 ESRD V24 dialysis new enrollee: 85 and over is one band', 'ESRD_V24', 2026, NULL,
		beneficiary(87, 'M', orec => '2', new_enrollee => true, esrd => 'dialysis'), true,
		'{}', 'DNE', '{}', 0.978,
		'ND_PBD_NORIGDIS_NEM85_GT=0.978'),
	('E40 ESRD V24 graft community, partial dual, 6 months', 'ESRD_V24', 2026, NULL,
		beneficiary(70, 'F', dual_status => '01', esrd => 'graft', graft_months => 6), true,
		'{E119,I509}', 'GNPA', '{19,85}', 3.506,
		'DIABETES_CHF=0.132 F70_74=0.359 HCC19=0.073 HCC85=0.251 GE65_DUR4_9_ND_PBD=2.529 '
		'PBD_GE65_flag=0.162'),
	('E41 ESRD V24 graft community, full dual, under 65, 14 months', 'ESRD_V24', 2026, NULL,
		beneficiary(55, 'M', orec => '2', dual_status => '02', esrd => 'graft', graft_months => 14),
		true, '{F1020,F319}', 'GFN', '{55,59}', 1.687,
		'HCC55=0.355 HCC59=0.129 M55_59=0.350 gSubUseDs_gPsych_V24=0.205 LT65_DUR10PL_FBD=0.648'),
	('E42 ESRD V24 graft institutional, partial dual, LTI, 15 months', 'ESRD_V24', 2026, NULL,
		beneficiary(50, 'M', orec => '2', dual_status => '01', lti => true, esrd => 'graft',
			graft_months => 15), true,
		'{I509}', 'GI', '{85}', 4.430,
		'HCC85=0.169 M45_54=1.148 NONAGED_HCC85=0.491 LT65_DUR10PL_ND_PBD=0.335 LTI_LT65=2.146 '
		'PBD_LT65_flag=0.141'),
	('E43 ESRD V24 graft new enrollee, full dual, 6 months (divided by 0.905)', 'ESRD_V24', 2026,
		NULL, beneficiary(66, 'M', dual_status => '02', new_enrollee => true, esrd => 'graft',
			graft_months => 6), true,
		'{}', 'GNE', '{}', 4.230,
		'FBD_NORIGDIS_G_NEM66=1.223 GE65_DUR4_9_FBD=2.605 DUR4_9=0.402'),
	('E44 ESRD V24 graft new enrollee, partial dual, 12 months (divided by 0.698; no PBD flag)',
		'ESRD_V24', 2026, NULL, beneficiary(66, 'M', dual_status => '01', new_enrollee => true,
			esrd => 'graft', graft_months => 12), true,
		'{}', 'GNE', '{}', 2.113,
		'ND_PBD_NORIGDIS_G_NEM66=0.570 GE65_DUR10PL_ND_PBD=0.905 DUR10PL=0.638'),
	('E45 ESRD V24 kidney transplant month 1', 'ESRD_V24', 2026, NULL,
		beneficiary(60, 'M', orec => '2', esrd => 'transplant', graft_months => 1), true,
		'{}', 'TRANSPLANT', '{}', 5.985,
		'TRANSPLANT_KIDNEY_ONLY_1M=5.985'),
	('E46 ESRD V21 (PACE) graft community, Medicaid, 5 months', 'ESRD_V21', 2026, NULL,
		beneficiary(70, 'F', dual_status => '02', esrd => 'graft', graft_months => 5), true,
		'{E119,I509}', 'GC', '{19,85}', 3.777,
		'DIABETES_CHF=0.160 F70_74=0.350 HCC19=0.094 HCC85=0.336 MCAID_Female_Aged=0.275 '
		'GE65_DUR4_9=2.562'),
	('E47 RxHCC non-low-income aged', 'RX_V08', 2026, NULL, beneficiary(70, 'F'), true,
		'{E119,I10,F320}', 'Rx_CE_NoLowAged', '{31,132,187}', 0.369,
		'F70_74=0.035 RXHCC132=0.040 RXHCC187=0.046 RXHCC31=0.248'),
	('E48 RxHCC low-income non-aged with HIV', 'RX_V08', 2026, NULL,
		beneficiary(50, 'M', orec => '1', low_income => true), true,
		'{B20,E119}', 'Rx_CE_LowNoAged', '{1,31}', 11.009,
		'M45_54=0.541 RXHCC1=9.773 RXHCC31=0.695'),
	('E49 RxHCC institutional non-aged schizophrenia: the NONAGED term exists only here', 'RX_V08',
		2026, NULL, beneficiary(50, 'F', orec => '1', lti => true), true,
		'{F200}', 'Rx_CE_LTI', '{130}', 3.108,
		'F45_54=1.543 NONAGED_RXHCC130=1.054 RXHCC130=0.511'),
	('E50 RxHCC institutional, originally disabled: OD65', 'RX_V08', 2026, NULL,
		beneficiary(70, 'F', orec => '1', lti => true), true,
		'{}', 'Rx_CE_LTI', '{}', 1.221,
		'F70_74=0.923 OD65=0.298'),
	('E51 RxHCC community, originally disabled: F65OD', 'RX_V08', 2026, NULL,
		beneficiary(70, 'F', orec => '1'), true, '{}', 'Rx_CE_NoLowAged', '{}', 0.077,
		'F65OD=0.042 F70_74=0.035'),
	('E52 RxHCC new enrollee, not ESRD', 'RX_V08', 2026, NULL,
		beneficiary(66, 'F', new_enrollee => true), true,
		'{}', 'Rx_NE_NoLo', '{}', 0.414,
		'NESRD_NORIGDIS_X_F66=0.414'),
	('E53 RxHCC new enrollee, ESRD, originally disabled, low income', 'RX_V08', 2026,
		NULL, beneficiary(67, 'M', orec => '1', new_enrollee => true, low_income => true,
			esrd => 'dialysis'), true,
		'{}', 'Rx_NE_Lo', '{}', 2.183,
		'ESRD_ORIGDIS_X_M67=2.183'),
	('E54 RxHCC 2027 MA-PD set, same person as the first RxHCC case', 'RX_V08', 2027,
		'RX_V08_2027_Y1', beneficiary(70, 'F'), true,
		'{E119,I10,F320}', 'Rx_CE_NoLowAged', '{31,132,187}', 0.330,
		'F70_74=0.013 RXHCC132=0.040 RXHCC187=0.045 RXHCC31=0.232'),
	('E55 RxHCC 2027 PDP set, same person', 'RX_V08', 2027, 'RX_V08_2027_Y2',
		beneficiary(70, 'F'), true, '{E119,I10,F320}', 'Rx_CE_NoLowAged', '{31,132,187}', 0.406,
		'F70_74=0.036 RXHCC132=0.039 RXHCC187=0.032 RXHCC31=0.299'),
	('E56 non-transitive hierarchy, payment year 2025 (sequential rule, SAS)', 'V28', 2025, NULL,
		beneficiary(70, 'M'), true, '{Z944,K7210,G931}', 'CNA', '{62,202}', 1.315,
		'D2=0.000 HCC202=0.543 HCC62=0.376 M70_74=0.396'),
	('E57 the same person, payment year 2026 (simultaneous rule, CMS Python package)', 'V28', 2026,
		NULL, beneficiary(70, 'M'), true, '{Z944,K7210,G931}', 'CNA', '{62}', 0.772,
		'D1=0.000 HCC62=0.376 M70_74=0.396');

CREATE TEMPORARY VIEW explained AS
SELECT x.title, e.* FROM example x
	CROSS JOIN LATERAL raf_explain(x.codes, x.who, x.model, x.payment_year, x.calibration, x.mce) e;

SELECT is(raf_score(codes, who, model, payment_year, calibration, mce), score,
	title || ': score of text[]')
FROM example ORDER BY title;
SELECT is(raf_score(icd10_set(codes), who, model, payment_year, calibration, mce), score,
	title || ': score of icd10_set')
FROM example ORDER BY title;
SELECT is(raf_segment(who, model, payment_year), segment, title || ': segment')
FROM example ORDER BY title;

-- HCCs of new enrollees and of transplant months do not count, so the examples list none.
SELECT is(ARRAY(SELECT hcc_code FROM explained e
		WHERE e.title = x.title AND reason IS NULL AND hcc_code IS NOT NULL ORDER BY hcc_code::int),
	hccs, title || ': HCCs')
FROM example x ORDER BY title;

SELECT is(ARRAY(SELECT variable || '=' || coefficient FROM explained e
		WHERE e.title = x.title AND reason IS NULL ORDER BY variable COLLATE "C"),
	ARRAY(SELECT t FROM string_to_table(terms, ' ') t ORDER BY split_part(t, '=', 1) COLLATE "C"),
	title || ': variables and coefficients')
FROM example x ORDER BY title;

-- The person of E01 and E02 through the payment steps, each rounded half up
-- to three decimals.
CREATE TEMPORARY VIEW step AS
SELECT y.payment_year, e.*
FROM (VALUES (2025), (2026), (2027)) y(payment_year)
	CROSS JOIN LATERAL raf_payment_explain(ARRAY['E1122', 'I509', 'N184'], beneficiary(72, 'F'),
		y.payment_year) e;

SELECT results_eq(
	$$ SELECT model_version, raw_score, normalization_factor, normalized_score,
		coding_pattern_adjustment,
		adjusted_score, blend_weight, weighted_score FROM step WHERE payment_year = 2025
		ORDER BY 1 $$,
	$$ VALUES ('V24', 1.585, 1.153, 1.375, 0.059, 1.294, 0.33, 0.427),
	          ('V28', 1.723, 1.045, 1.649, 0.059, 1.552, 0.67, 1.040) $$,
	'P1 payment year 2025: the steps of both models');
SELECT is(raf_payment('{E1122,I509,N184}'::text[], beneficiary(72, 'F'), 2025), 1.467,
	'P1 payment year 2025: 0.427 + 1.040');
SELECT results_eq(
	$$ SELECT model_version, raw_score, normalization_factor, normalized_score, adjusted_score,
		weighted_score
		FROM step WHERE payment_year = 2026 $$,
	$$ VALUES ('V28', 1.723, 1.067, 1.615, 1.520, 1.520) $$,
	'P2 payment year 2026: the steps');
SELECT is(raf_payment('{E1122,I509,N184}'::text[], beneficiary(72, 'F'), 2026), 1.520,
	'P2 payment year 2026');
SELECT results_eq(
	$$ SELECT model_version, raw_score, normalization_factor, normalized_score, adjusted_score,
		weighted_score
		FROM step WHERE payment_year = 2027 $$,
	$$ VALUES ('V28', 1.723, 1.079, 1.597, 1.503, 1.503) $$,
	'P3 payment year 2027: the steps');
SELECT is(raf_payment('{E1122,I509,N184}'::text[], beneficiary(72, 'F'), 2027), 1.503,
	'P3 payment year 2027');
SELECT is(raf_payment(icd10_set('{E1122,I509,N184}'), beneficiary(72, 'F'), 2027), 1.503,
	'P3 through icd10_set');

-- The person of E47, without coding-pattern adjustment
SELECT results_eq(
	format($$ SELECT model_version, calibration, segment, raw_score, normalization_factor,
		normalized_score,
			coding_pattern_adjustment, adjusted_score, blend_weight, weighted_score
		FROM raf_payment_explain('{E119,I10,F320}'::text[], beneficiary(70, 'F'), 2026, %L,
			'part_d') $$, program),
	format($$ VALUES
		('RX_V08', 'RX_V08_2026_X', 'Rx_CE_NoLowAged', 0.369, %s, %s, 0.000, %2$s, 1.000, %2$s) $$,
		factor, score),
	format('P4 payment year 2026, %s: the steps', program))
FROM (VALUES ('MA-PD', 1.194, 0.309), ('PDP', 0.887, 0.416)) v(program, factor, score);
SELECT is(raf_payment('{E119,I10,F320}'::text[], beneficiary(70, 'F'), 2026, program), score,
	format('P4 payment year 2026, %s', program))
FROM (VALUES ('MA-PD', 0.309), ('PDP', 0.416)) v(program, score);

-- The person of E36
SELECT results_eq(
	$$ SELECT model_version, segment, raw_score, normalization_factor, normalized_score,
		coding_pattern_adjustment,
			adjusted_score, blend_weight, weighted_score
		FROM raf_payment_explain('{I509,E1122,J449}'::text[],
			beneficiary(68, 'M', orec => '2', dual_status => '02', esrd => 'dialysis'), 2026, 'MA',
			'dialysis_and_transplant') $$,
	$$ VALUES ('ESRD_V24', 'DI', 0.930, 1.062, 0.876, 0.059, 0.824, 1.000, 0.824) $$,
	'P5 payment year 2026, dialysis: the steps');
SELECT is(raf_payment(codes, beneficiary(68, 'M', orec => '2', dual_status => '02',
	esrd => 'dialysis'), 2026, 'MA', component),
	0.824, format('P5 payment year 2026, component %s', COALESCE(component, 'of the person')))
FROM (VALUES ('{I509,E1122,J449}'::icd10_set)) c(codes),
	(VALUES ('dialysis_and_transplant'), (NULL)) v(component);

SELECT * FROM finish();
ROLLBACK;
