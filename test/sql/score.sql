-- raf_score and what is around it. Expected values are worked out from the
-- published tables; sums are in the comments.
-- 0.395 + HCC37 0.166 + HCC226 0.360 + HCC327 0.514 + DIABETES_HF 0.112 + HF_KIDNEY 0.176
SELECT raf_score(ARRAY['E11.22', 'i509', 'N184'], beneficiary(72, 'F'), 'V28',
	2026) = 1.723 AS as_array,
	raf_score('{E1122,I509,N184}'::icd10_set, beneficiary(72, 'F'), 'V28', 2026) = 1.723 AS as_set,
	raf_score('{E11.22, i50.9, N184}', beneficiary(72, 'F')) = 1.723 AS untyped;
-- three decimals, always
SELECT raf_score('{}'::text[], beneficiary(67, 'M')) AS male_65_69,
	raf_score('{}'::text[], beneficiary(64, 'F')) AS zero;

-- an edit changes what a code gives, and gives nothing to one that is not mapped that year:
-- C50.A0 is valid from payment year 2026, and breast cancer under 50 is HCC 22 there (0.340 +
-- 0.366)
SELECT raf_score(ARRAY['C50A0'], beneficiary(45, 'F', '1'), 'V28', 2025) AS before,
	raf_score(ARRAY['C50A0'], beneficiary(45, 'F', '1'), 'V28', 2026) AS after;

-- nothing, NULL, nonsense
SELECT raf_score('{}'::text[], beneficiary(67, 'M')) = 0.332 AS empty_array,
	raf_score('{}'::icd10_set, beneficiary(67, 'M')) = 0.332 AS empty_set,
	raf_score(ARRAY[NULL, '', 'I10', 'no code', 'E11.9.9', 'ZZZ99']::text[],
		beneficiary(67, 'M')) = 0.332 AS nothing_mapped,
	raf_score(ARRAY['E119', 'E11.9', 'e11.9 ']::text[],
		beneficiary(67, 'M')) = 0.332 + 0.166 AS once,
	raf_score(NULL::text[], beneficiary(67, 'M')) IS NULL AS null_diagnoses,
	raf_score('{E119}'::text[], NULL::beneficiary) IS NULL AS null_person,
	raf_score('{{E119,I509},{N184,E1122}}'::text[], beneficiary(72, 'F')) = 1.723 AS two_dimensions;
SELECT icd_to_hcc('E11.65', 'V24'), icd_to_hcc('E11.65', 'V28'), icd_to_hcc('B37.7'),
	icd_to_hcc('I10'), icd_to_hcc('?'), icd_to_hcc(NULL) IS NULL AS null_code;
-- a filter: what it leaves out changes no score
SELECT icd_has_hcc('e11.65'), icd_has_hcc('I10'), icd_has_hcc('no code'),
	icd_has_hcc('G35A', 'V28', 2025), icd_has_hcc(NULL) IS NULL AS null_code;
-- valid in its years only: G35 was split in October 2025
SELECT icd_to_hcc('G35A', 'V28', 2025) AS before, icd_to_hcc('G35A', 'V28', 2026) AS after;
SELECT apply_hierarchy(ARRAY['18', '19'], 'V24'),
	apply_hierarchy(ARRAY['HCC36', '37', NULL, '226']), apply_hierarchy('{}'),
	apply_hierarchy(NULL) IS NULL AS null_hccs;
-- 223 needs one of 221, 222, 224, 225, 226, and drops nothing without it
SELECT apply_hierarchy('{223,227}'), apply_hierarchy('{223,226,227}');
-- sequential to 2025, simultaneous from 2026, and as asked
SELECT apply_hierarchy('{62,63,202}', 'V28', 2025), apply_hierarchy('{62,63,202}', 'V28', 2026),
	apply_hierarchy('{62,63,202}', 'V28', 2025, 'simultaneous'),
	apply_hierarchy('{62,63,202}', 'V28', 2026, 'sequential');
SELECT raf_segment(beneficiary(70, 'F')), raf_segment(beneficiary(50, 'F', '1', '02')),
	raf_segment(beneficiary(70, 'F', lti => true)),
	raf_segment(beneficiary(70, 'F', new_enrollee => true, lti => true)),
	raf_segment(beneficiary(70, 'F', new_enrollee => true, snp => true)),
	raf_segment(beneficiary(64, 'F')), raf_segment(NULL) IS NULL AS nobody;

-- errors that say what there is
SELECT raf_score('{E119}'::text[], beneficiary(70, 'F'), 'V99');
SELECT raf_score('{E119}'::text[], beneficiary(70, 'F'), 'V24', 2026);
SELECT raf_score('{E119}'::text[], beneficiary(70, 'F'), 'V22', 2023);
SELECT raf_score('{E119}'::text[], beneficiary(70, 'F'), 'V28', 26);
SELECT raf_score('{E119}'::text[], beneficiary(70, 'F'), calibration => 'V28_2030');
SELECT raf_score('{E119}'::text[], beneficiary(70, 'F', segment => 'XYZ'));
SELECT apply_hierarchy('{18,999}', 'V24');
SELECT apply_hierarchy('{18}', 'V24', hierarchy_order => 'backwards');

-- settings that differ from row to row
SELECT model, year, raf_score('{E1122,I509,N184}'::text[], beneficiary(72, 'F'), model,
	year) AS score
FROM (VALUES ('V28', 2026), ('V24', 2025), ('V28', 2025), (NULL, NULL),
	('V28', 2026)) v(model, year);

-- what one more code is worth: N184 brings 0.514 and, with heart failure, 0.176
SELECT raf_marginal('{E1122,I509}'::text[], beneficiary(72, 'F'), 'N18.4') = 0.690 AS gained,
	raf_marginal('{E1122,I509,N184}'::icd10_set, beneficiary(72, 'F'),
		'N184') = 0.690 AS already_there,
	raf_marginal('{E1122,I509,N184}'::text[], beneficiary(72, 'F'), 'I10') = 0 AS unmapped,
	raf_marginal('{E1122,I509,N184}'::text[], beneficiary(72, 'F'), 'E119') = 0 AS superseded,
	raf_marginal_hccs('{E1122,I509}'::text[], beneficiary(72, 'F'), ARRAY['327']) = 0.690 AS hcc,
	-- heart failure and kidney disease together: 0.360 + 0.514 + 0.112 + 0.176
	raf_marginal_hccs('{E1122}'::icd10_set, beneficiary(72, 'F'),
		ARRAY['226', '327']) = 1.162 AS two_hccs,
	raf_marginal('{E1122}'::text[], beneficiary(72, 'F'), NULL::text) IS NULL AS null_code;
SELECT raf_marginal_hccs('{E1122}'::text[], beneficiary(72, 'F'), ARRAY['999']);
