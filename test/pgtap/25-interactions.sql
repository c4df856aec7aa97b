-- Which HCCs make an interaction 1: each HCC of the model is tried, by one of
-- its codes, beside a code for the interaction's other part. Exactly the HCCs
-- of CMS's definition must do it, which also shows who is in a group.
BEGIN;
CREATE EXTENSION IF NOT EXISTS hccraf;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT plan(143 + 4);

-- A disabled man of 60, at home or in an institution: every interaction has a
-- coefficient for one of the two.
CREATE TEMPORARY TABLE person (institution boolean, who beneficiary);
INSERT INTO person VALUES (false, beneficiary(60, 'M', orec => '1')), (true, beneficiary(60, 'M', orec => '1', lti => true));

CREATE TEMPORARY TABLE model_year (model text, payment_year int);
INSERT INTO model_year VALUES ('V22', 2026), ('V23', 2019), ('V24', 2025), ('V28', 2026);

-- A code for every HCC that gives no other and is not edited for him
CREATE TEMPORARY TABLE code_for AS
SELECT y.model, y.payment_year, c.hcc_code AS hcc, min(c.icd10_code) AS code
FROM model_year y JOIN hcc_crosswalk c ON c.model_version = y.model AND y.payment_year BETWEEN c.effective_year AND c.expiry_year
WHERE icd_to_hcc(c.icd10_code, y.model, y.payment_year) = ARRAY[c.hcc_code]
	AND NOT EXISTS (SELECT FROM hcc_dx_edit e WHERE e.model_version = y.model AND e.icd10_code = c.icd10_code
		AND COALESCE(e.sex, 'M') = 'M' AND 60 BETWEEN COALESCE(e.age_min, 0) AND COALESCE(e.age_max, 200))
GROUP BY y.model, y.payment_year, c.hcc_code;
SELECT is((SELECT count(*) FROM code_for c WHERE c.model = v.model), n::bigint, format('%s: a code for each of %s HCCs', model, n))
FROM (VALUES ('V22', 79), ('V23', 83), ('V24', 86), ('V28', 115)) v(model, n);

-- V28's HCC 223 is in the heart failure group, but alone it does not count.
CREATE TEMPORARY TABLE interaction (model text, institution boolean, name text, beside text[], hccs text[]);
INSERT INTO interaction VALUES
	('V22', true, 'ART_OPENINGS_PRESSURE_ULCER', '{L89000}', '{188}'),
	('V22', true, 'ART_OPENINGS_PRESSURE_ULCER', '{Z931}', '{157,158}'),
	('V22', true, 'ASP_SPEC_BACT_PNEUM_PRES_ULC', '{L89000}', '{114}'),
	('V22', true, 'ASP_SPEC_BACT_PNEUM_PRES_ULC', '{J690}', '{157,158}'),
	('V22', true, 'CHF_gCopdCF', '{J449}', '{85}'),
	('V22', true, 'CHF_gCopdCF', '{I509}', '{110,111,112}'),
	('V22', true, 'DIABETES_CHF', '{I509}', '{17,18,19}'),
	('V22', true, 'DIABETES_CHF', '{E1165}', '{85}'),
	('V22', true, 'DISABLED_HCC6', '{}', '{6}'),
	('V22', true, 'DISABLED_HCC39', '{}', '{39}'),
	('V22', true, 'DISABLED_HCC77', '{}', '{77}'),
	('V22', true, 'DISABLED_HCC85', '{}', '{85}'),
	('V22', true, 'DISABLED_HCC161', '{}', '{161}'),
	('V22', true, 'DISABLED_PRESSURE_ULCER', '{}', '{157,158}'),
	('V22', false, 'HCC47_gCancer', '{C430}', '{47}'),
	('V22', false, 'HCC47_gCancer', '{D61810}', '{8,9,10,11,12}'),
	('V22', false, 'HCC85_HCC96', '{I442}', '{85}'),
	('V22', false, 'HCC85_HCC96', '{I509}', '{96}'),
	('V22', false, 'HCC85_gCopdCF', '{J449}', '{85}'),
	('V22', false, 'HCC85_gCopdCF', '{I509}', '{110,111,112}'),
	('V22', false, 'HCC85_gDiabetesMellit', '{E1165}', '{85}'),
	('V22', false, 'HCC85_gDiabetesMellit', '{I509}', '{17,18,19}'),
	('V22', false, 'HCC85_gRenal', '{N184}', '{85}'),
	('V22', false, 'HCC85_gRenal', '{I509}', '{134,135,136,137}'),
	('V22', true, 'SCHIZOPHRENIA_CHF', '{I509}', '{57}'),
	('V22', true, 'SCHIZOPHRENIA_CHF', '{F200}', '{85}'),
	('V22', true, 'SCHIZOPHRENIA_SEIZURES', '{G40001}', '{57}'),
	('V22', true, 'SCHIZOPHRENIA_SEIZURES', '{F200}', '{79}'),
	('V22', true, 'SCHIZOPHRENIA_gCopdCF', '{J449}', '{57}'),
	('V22', true, 'SCHIZOPHRENIA_gCopdCF', '{F200}', '{110,111,112}'),
	('V22', true, 'SEPSIS_ARTIF_OPENINGS', '{Z931}', '{2}'),
	('V22', true, 'SEPSIS_ARTIF_OPENINGS', '{A419}', '{188}'),
	('V22', true, 'SEPSIS_ASP_SPEC_BACT_PNEUM', '{J690}', '{2}'),
	('V22', true, 'SEPSIS_ASP_SPEC_BACT_PNEUM', '{A419}', '{114}'),
	('V22', true, 'SEPSIS_PRESSURE_ULCER', '{L89000}', '{2}'),
	('V22', true, 'SEPSIS_PRESSURE_ULCER', '{A419}', '{157,158}'),
	('V22', true, 'gCopdCF_ASP_SPEC_BACT_PNEUM', '{J690}', '{110,111,112}'),
	('V22', true, 'gCopdCF_ASP_SPEC_BACT_PNEUM', '{J449}', '{114}'),
	('V22', true, 'gCopdCF_CARD_RESP_FAIL', '{J9600}', '{110,111,112}'),
	('V22', true, 'gCopdCF_CARD_RESP_FAIL', '{J449}', '{82,83,84}'),
	('V22', false, 'gRespDepandArre_gCopdCF', '{J449}', '{82,83,84}'),
	('V22', false, 'gRespDepandArre_gCopdCF', '{J9600}', '{110,111,112}'),
	('V22', false, 'gSubstanceAbuse_gPsychiatric', '{F22}', '{54,55}'),
	('V22', false, 'gSubstanceAbuse_gPsychiatric', '{F1020}', '{57,58}'),
	('V23', true, 'ART_OPENINGS_PRESS_ULCER', '{L89000}', '{188}'),
	('V23', true, 'ART_OPENINGS_PRESS_ULCER', '{Z931}', '{157,158}'),
	('V23', true, 'ASP_SPEC_B_PNEUM_PRES_ULC', '{L89000}', '{114}'),
	('V23', true, 'ASP_SPEC_B_PNEUM_PRES_ULC', '{J690}', '{157,158}'),
	('V23', true, 'CHF_gCopdCF', '{J449}', '{85}'),
	('V23', true, 'CHF_gCopdCF', '{I509}', '{110,111,112}'),
	('V23', true, 'DIABETES_CHF', '{I509}', '{17,18,19}'),
	('V23', true, 'DIABETES_CHF', '{E1165}', '{85}'),
	('V23', true, 'DISABLED_HCC6', '{}', '{6}'),
	('V23', true, 'DISABLED_HCC39', '{}', '{39}'),
	('V23', true, 'DISABLED_HCC77', '{}', '{77}'),
	('V23', true, 'DISABLED_HCC85', '{}', '{85}'),
	('V23', true, 'DISABLED_HCC161', '{}', '{161}'),
	('V23', true, 'DISABLED_PRESSURE_ULCER', '{}', '{157,158}'),
	('V23', false, 'HCC47_gCancer', '{C430}', '{47}'),
	('V23', false, 'HCC47_gCancer', '{D61810}', '{8,9,10,11,12}'),
	('V23', false, 'HCC85_HCC96', '{I442}', '{85}'),
	('V23', false, 'HCC85_HCC96', '{I509}', '{96}'),
	('V23', false, 'HCC85_gCopdCF', '{J449}', '{85}'),
	('V23', false, 'HCC85_gCopdCF', '{I509}', '{110,111,112}'),
	('V23', false, 'HCC85_gDiabetesMellit', '{E1165}', '{85}'),
	('V23', false, 'HCC85_gDiabetesMellit', '{I509}', '{17,18,19}'),
	('V23', false, 'HCC85_gRenal_V23', '{N183}', '{85}'),
	('V23', false, 'HCC85_gRenal_V23', '{I509}', '{134,135,136,137,138}'),
	('V23', true, 'SCHIZOPHRENIA_CHF', '{I509}', '{57}'),
	('V23', true, 'SCHIZOPHRENIA_CHF', '{F200}', '{85}'),
	('V23', true, 'SCHIZOPHRENIA_SEIZURES', '{G40001}', '{57}'),
	('V23', true, 'SCHIZOPHRENIA_SEIZURES', '{F200}', '{79}'),
	('V23', true, 'SCHIZOPHRENIA_gCopdCF', '{J449}', '{57}'),
	('V23', true, 'SCHIZOPHRENIA_gCopdCF', '{F200}', '{110,111,112}'),
	('V23', true, 'SEPSIS_ARTIF_OPENINGS', '{Z931}', '{2}'),
	('V23', true, 'SEPSIS_ARTIF_OPENINGS', '{A419}', '{188}'),
	('V23', true, 'SEPSIS_ASP_SPEC_BACT_PNEUM', '{J690}', '{2}'),
	('V23', true, 'SEPSIS_ASP_SPEC_BACT_PNEUM', '{A419}', '{114}'),
	('V23', true, 'SEPSIS_PRESSURE_ULCER', '{L89000}', '{2}'),
	('V23', true, 'SEPSIS_PRESSURE_ULCER', '{A419}', '{157,158}'),
	('V23', false, 'disable_substAbuse_psych_V23', '{F21}', '{54,55,56}'),
	('V23', false, 'disable_substAbuse_psych_V23', '{F1110}', '{57,58,59,60}'),
	('V23', true, 'gCopdCF_ASP_SPEC_B_PNEUM', '{J690}', '{110,111,112}'),
	('V23', true, 'gCopdCF_ASP_SPEC_B_PNEUM', '{J449}', '{114}'),
	('V23', true, 'gCopdCF_CARD_RESP_FAIL', '{J9600}', '{110,111,112}'),
	('V23', true, 'gCopdCF_CARD_RESP_FAIL', '{J449}', '{82,83,84}'),
	('V23', false, 'gRespDepandArre_gCopdCF', '{J449}', '{82,83,84}'),
	('V23', false, 'gRespDepandArre_gCopdCF', '{J9600}', '{110,111,112}'),
	('V24', true, 'ART_OPENINGS_PRESS_ULCER', '{L89002}', '{188}'),
	('V24', true, 'ART_OPENINGS_PRESS_ULCER', '{Z931}', '{157,158,159}'),
	('V24', true, 'ASP_SPEC_B_PNEUM_PRES_ULC', '{L89002}', '{114}'),
	('V24', true, 'ASP_SPEC_B_PNEUM_PRES_ULC', '{J690}', '{157,158,159}'),
	('V24', false, 'CHF_gCopdCF', '{J449}', '{85}'),
	('V24', false, 'CHF_gCopdCF', '{I509}', '{110,111,112}'),
	('V24', false, 'DIABETES_CHF', '{I509}', '{17,18,19}'),
	('V24', false, 'DIABETES_CHF', '{E1165}', '{85}'),
	('V24', true, 'DISABLED_HCC6', '{}', '{6}'),
	('V24', true, 'DISABLED_HCC39', '{}', '{39}'),
	('V24', true, 'DISABLED_HCC77', '{}', '{77}'),
	('V24', true, 'DISABLED_HCC85', '{}', '{85}'),
	('V24', true, 'DISABLED_HCC161', '{}', '{161}'),
	('V24', true, 'DISABLED_PRESSURE_ULCER', '{}', '{157,158,159}'),
	('V24', false, 'HCC47_gCancer', '{C430}', '{47}'),
	('V24', false, 'HCC47_gCancer', '{D61810}', '{8,9,10,11,12}'),
	('V24', false, 'HCC85_HCC96', '{I442}', '{85}'),
	('V24', false, 'HCC85_HCC96', '{I509}', '{96}'),
	('V24', false, 'HCC85_gRenal_V24', '{N1830}', '{85}'),
	('V24', false, 'HCC85_gRenal_V24', '{I509}', '{134,135,136,137,138}'),
	('V24', true, 'SCHIZOPHRENIA_CHF', '{I509}', '{57}'),
	('V24', true, 'SCHIZOPHRENIA_CHF', '{F200}', '{85}'),
	('V24', true, 'SCHIZOPHRENIA_SEIZURES', '{G40001}', '{57}'),
	('V24', true, 'SCHIZOPHRENIA_SEIZURES', '{F200}', '{79}'),
	('V24', true, 'SCHIZOPHRENIA_gCopdCF', '{J449}', '{57}'),
	('V24', true, 'SCHIZOPHRENIA_gCopdCF', '{F200}', '{110,111,112}'),
	('V24', true, 'SEPSIS_ARTIF_OPENINGS', '{Z931}', '{2}'),
	('V24', true, 'SEPSIS_ARTIF_OPENINGS', '{A419}', '{188}'),
	('V24', true, 'SEPSIS_ASP_SPEC_BACT_PNEUM', '{J690}', '{2}'),
	('V24', true, 'SEPSIS_ASP_SPEC_BACT_PNEUM', '{A419}', '{114}'),
	('V24', true, 'SEPSIS_PRESSURE_ULCER', '{L89002}', '{2}'),
	('V24', true, 'SEPSIS_PRESSURE_ULCER', '{A419}', '{157,158,159}'),
	('V24', true, 'gCopdCF_ASP_SPEC_B_PNEUM', '{J690}', '{110,111,112}'),
	('V24', true, 'gCopdCF_ASP_SPEC_B_PNEUM', '{J449}', '{114}'),
	('V24', false, 'gCopdCF_CARD_RESP_FAIL', '{J9600}', '{110,111,112}'),
	('V24', false, 'gCopdCF_CARD_RESP_FAIL', '{J449}', '{82,83,84}'),
	('V24', false, 'gSubstanceUseDisorder_gPsych', '{F21}', '{54,55,56}'),
	('V24', false, 'gSubstanceUseDisorder_gPsych', '{F1110}', '{57,58,59,60}'),
	('V28', false, 'CHR_LUNG_CARD_RESP_FAIL_V28', '{I462}', '{276,277,278,279,280}'),
	('V28', false, 'CHR_LUNG_CARD_RESP_FAIL_V28', '{B4481}', '{211,212,213}'),
	('V28', false, 'DIABETES_HF_V28', '{I509}', '{35,36,37,38}'),
	('V28', false, 'DIABETES_HF_V28', '{E0821}', '{221,222,224,225,226}'),
	('V28', true, 'DISABLED_CANCER_V28', '{}', '{17,18,19,20,21,22,23}'),
	('V28', true, 'DISABLED_CHR_LUNG_V28', '{}', '{276,277,278,279,280}'),
	('V28', true, 'DISABLED_HF_V28', '{}', '{221,222,224,225,226}'),
	('V28', true, 'DISABLED_NEURO_V28', '{}', '{180,181,182,190,191,192,195,196,198,199}'),
	('V28', true, 'DISABLED_ULCER_V28', '{}', '{379,380,381,382}'),
	('V28', false, 'HF_CHR_LUNG_V28', '{B4481}', '{221,222,224,225,226}'),
	('V28', false, 'HF_CHR_LUNG_V28', '{I509}', '{276,277,278,279,280}'),
	('V28', false, 'HF_HCC238_V28', '{I442}', '{221,222,224,225,226}'),
	('V28', false, 'HF_HCC238_V28', '{I509}', '{238}'),
	('V28', false, 'HF_KIDNEY_V28', '{N1830}', '{221,222,224,225,226}'),
	('V28', false, 'HF_KIDNEY_V28', '{I509}', '{326,327,328,329}'),
	('V28', false, 'gSubUseDisorder_gPsych_V28', '{F321}', '{135,136,137,138,139}'),
	('V28', false, 'gSubUseDisorder_gPsych_V28', '{F10130}', '{151,152,153,154,155}');

SELECT is(ARRAY(SELECT c.hcc FROM code_for c JOIN person p ON p.institution = i.institution
		WHERE c.model = i.model AND EXISTS (
			SELECT FROM raf_explain(i.beside || c.code, p.who, c.model, c.payment_year) e
			WHERE e.variable = i.name AND e.reason IS NULL)
		ORDER BY c.hcc::int),
	i.hccs, format('%s %s beside %s', i.model, i.name, i.beside))
FROM interaction i ORDER BY i.model, i.name, i.beside;

SELECT * FROM finish();
ROLLBACK;
