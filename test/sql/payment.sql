-- raf_payment. V24 1.585 and V28 1.723 are examples E02 and E01 of the facts.
-- 2025: round3(1.585/1.153) 1.375 x 0.941 = 1.294 x 0.33 = 0.427; 1.723/1.045 = 1.649 x 0.941
-- = 1.552 x 0.67 = 1.040
SELECT model_version, calibration, segment, raw_score, normalization_factor, normalized_score,
	coding_pattern_adjustment, adjusted_score, blend_weight, weighted_score
FROM raf_payment_explain('{E1122,I509,N184}'::icd10_set, beneficiary(72, 'F'), 2025);
-- E01 and E02 by kind of term: F70_74 .395, HCC37 .166 + 226 .360 + 327 .514, diabetes x HF
-- .112 + HF x kidney .176;
-- V24 F70_74 .386, HCC18 .302 + 85 .331 + 137 .289, HF x diabetes .121 + HF x kidney .156. The
-- larger weight leads.
SELECT component, model_version, hcc_list, demographic_score, disease_score, interaction_score,
	payment_score, is_leading
FROM raf_payment_explain('{E1122,I509,N184}'::icd10_set, beneficiary(72, 'F'), 2025);
-- handed out row by row: beside another set, cut short and begun again, without a person in between
SELECT (e).model_version, (e).payment_score, n
FROM (SELECT raf_payment_explain('{E119}'::text[], beneficiary(70, 'F'), 2025) AS e,
	generate_series(1, 3) AS n) s;
SELECT codes, (SELECT e.payment_score
	FROM raf_payment_explain(codes, beneficiary(70, 'F'), 2025) e LIMIT 1),
	EXISTS (SELECT raf_payment_explain(codes, beneficiary(70, 'F'), 2025)) AS any_row
FROM (VALUES ('{E119}'::text[]), (NULL), ('{I509}')) v(codes);
SELECT year, raf_payment('{E1122,I509,N184}'::text[], beneficiary(72, 'F'), year) AS payment_score
FROM unnest('{2022,2023,2024,2025,2026,2027}'::int[]) year;
-- by hand: 2022 1.585/1.118 = 1.418 x 0.941 = 1.334; 2023 1.585/1.127 = 1.406 x 0.941 = 1.323;
-- 2024 1.585/1.146 = 1.383 -> 1.301 -> 0.872, 1.723/1.015 = 1.698 -> 1.598 -> 0.527; 2026
-- 1.520; 2027 1.503
SELECT raf_payment(NULL::text[], beneficiary(72, 'F'), 2026) IS NULL AS null_diagnoses,
	raf_payment('{E119}'::text[], NULL, 2026) IS NULL AS null_person,
	raf_payment('{}'::icd10_set, beneficiary(67, 'M'),
		2026) = round(round(0.332 / 1.067, 3) * 0.941, 3) AS no_diagnoses;
-- a negative score is rounded away from zero, too
BEGIN;
INSERT INTO hcc_coefficient VALUES ('V28', 'V28_2024', 'CNA', 'F70_74', -0.395);
SELECT raf_score('{}'::text[], beneficiary(72, 'F'), 'V28', 2026) AS raw,
	raf_payment('{}'::text[], beneficiary(72, 'F'), 2026) = round(round(-0.395 / 1.067, 3) * 0.941,
		3) AS rounded;
ROLLBACK;

-- what is not known is an error that says which row is missing
SELECT raf_payment('{E119}'::text[], beneficiary(72, 'F'), 2021);
SELECT raf_payment('{E119}'::text[], beneficiary(72, 'F'), 2031);
SELECT raf_payment('{E119}'::text[], beneficiary(72, 'F'), 2026, 'HMO');
BEGIN;
UPDATE payment_year_parameter SET blend_weight = NULL
WHERE payment_year = 2027 AND program = 'PACE';
SELECT raf_payment('{E119}'::text[], beneficiary(72, 'F'), 2027, 'PACE', 'part_c');
ROLLBACK;
SELECT raf_payment('{E119}'::text[], beneficiary(72, 'F'), NULL);
-- a row of the user's takes the place of the shipped one; a low confidence has to be allowed
BEGIN;
INSERT INTO payment_year_parameter (payment_year, program, component, model_version, calibration,
	normalization_factor, coding_pattern_adjustment, blend_weight, confidence)
VALUES (2026, 'MA', 'part_c', 'V28', 'V28_2024', 1.000, 0.059, 1, 'low');
SELECT raf_payment('{}'::text[], beneficiary(67, 'M'), 2026,
	allow_low_confidence => true) = round(0.332 * 0.941, 3) AS own_row;
SELECT raf_payment('{}'::text[], beneficiary(67, 'M'), 2026);
ROLLBACK;
SELECT raf_payment('{}'::text[], beneficiary(67, 'M'), 2026) = 0.293 AS as_shipped;

-- other programs and components. Examples P4 and P5 of the facts:
-- 0.369 / 1.194 = 0.309 and / 0.887 = 0.416; dialysis 0.930 / 1.062 = 0.876 x 0.941 = 0.824
SELECT raf_payment('{E119,I10,F320}'::text[], beneficiary(70, 'F'), 2026, 'MA-PD') AS ma_pd,
	raf_payment('{E119,I10,F320}'::text[], beneficiary(70, 'F'), 2026, 'PDP') AS pdp,
	raf_payment('{I509,E1122,J449}'::text[], beneficiary(68, 'M', '2', '02', esrd => 'dialysis'),
		2026) AS dialysis;
-- a program that pays one person by several scores wants to know which
SELECT raf_payment('{E119}'::text[], beneficiary(70, 'F'), 2026, 'PACE');
-- a component has to be the person's; months since a transplant have to be known while they are few
SELECT raf_payment('{}'::text[], beneficiary(70, 'F', esrd => 'dialysis'), 2026, 'MA',
	'functioning_graft');
SELECT raf_payment('{}'::text[], beneficiary(70, 'F', esrd => 'transplant'), 2026);
-- frailty after the adjustment: V22 0.386 + ... see raf_payment_explain; V28 (0.395 + 0.166) /
-- 1.067 = 0.526 x 0.941 = 0.495
SELECT model_version, adjusted_score, weighted_score FROM raf_payment_explain('{E119}'::text[],
	beneficiary(70, 'F'), 2026, 'PACE', 'part_c', frailty => 0.100)
WHERE model_version = 'V28';
SELECT raf_payment('{E119}'::text[], beneficiary(70, 'F'), 2026, 'MA-PD', frailty => 0.1);
SELECT raf_payment('{E119}'::text[], beneficiary(70, 'F'), 2026, frailty => 0.1234);
-- a projection: the same person with other values
SELECT beneficiary_change(beneficiary(64, 'F', '1', '02', segment => 'CFD'), age => 65,
	dual_status => 'NA', lti => true, segment => 'INS');
SELECT beneficiary_change(beneficiary(64, 'F'), age => 200);
SELECT beneficiary_change(NULL, age => 65) IS NULL AS nobody,
	beneficiary_change(beneficiary(64, 'F')) = beneficiary(64, 'F') AS unchanged;
-- weighted by member months: (1.0 x 6 + 2.0 x 3) / 9
SELECT raf_member_months(s, m) FROM (VALUES (1.0, 6), (2.0, 3), (NULL, 2), (5.0, NULL)) v(s, m);
SELECT raf_member_months(s, m) IS NULL AS no_months FROM (VALUES (1.0, 0)) v(s, m);

-- all models of a program, or a list of models, from one set
SELECT program, component, model_version, calibration, segment, raw_score = raf_score(
	'{E119,I509}'::text[], beneficiary(70, 'F'), model_version, 2025, calibration) AS as_alone
FROM raf_scores('{E119,I509}', beneficiary(70, 'F'), 2025);
SELECT program, component, model_version, calibration, segment
FROM raf_scores('{E119,I509}', beneficiary(50, 'F', '2', esrd => 'graft', graft_months => 7),
	2026, '{PACE}');
SELECT component, model_version, segment
FROM raf_scores('{E119}', beneficiary(50, 'F', '2', esrd => 'graft', graft_months => 2), 2026);
SELECT raf_scores_of_models('{E119,I509}', beneficiary(70, 'F'), ARRAY[m, 'V24', 'RX_V08'],
	2025) = ARRAY[raf_score('{E119,I509}'::icd10_set, beneficiary(70, 'F'), m, 2025),
	raf_score('{E119,I509}'::icd10_set, beneficiary(70, 'F'), 'V24', 2025),
	raf_score('{E119,I509}'::icd10_set, beneficiary(70, 'F'), 'RX_V08', 2025)] AS as_alone
FROM unnest('{V28,V24}'::text[]) m;
SELECT raf_scores_of_models('{E119,I509}', beneficiary(70, 'F'), '{V28,V24}', 2025) AS two_models,
	raf_scores_of_models('{E119}', beneficiary(70, 'F'), '{}') AS no_model;
SELECT * FROM raf_scores('{E119}', beneficiary(70, 'F'), 2031);

-- a year that is a copy of another one says so, once in a statement
BEGIN;
SELECT count(*) AS tables FROM hccraf_copy_year(2027, 2028);
SELECT raf_payment('{E119}'::text[], beneficiary(70, 'F'), 2028) AS copied,
	raf_payment('{E119,I509}'::text[], beneficiary(70, 'F'), 2028) AS again,
	raf_score('{E119}'::text[], beneficiary(70, 'F'), 'V22', 2028) AS of_another_model;
SELECT model_version, weighted_score, provisional
FROM raf_payment_explain('{E119}'::text[], beneficiary(70, 'F'), 2028);
SELECT raf_payment('{E119}'::text[], beneficiary(70, 'F'), 2027) AS published;
ROLLBACK;
-- a report that goes by the nearest year says so
BEGIN;
CREATE SCHEMA nearest;
SELECT hccraf_setup('nearest');
SELECT count(*) FROM nearest.no_encounter(2031);
-- and one of which a part was never computed
SELECT count(*) FROM nearest.awv_due(2026);
SELECT count(*) FROM nearest.provider_panel(2026, 'V24');
ROLLBACK;
