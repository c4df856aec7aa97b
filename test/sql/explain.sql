-- raf_explain: terms that add up, and a reason for everything else
\pset null -
SELECT kind, variable, hcc_code, coefficient, icd10_codes, reason, superseded_by
FROM raf_explain(ARRAY['E11.22', 'E119', 'I509', 'N184', 'Z0000', 'what?', 'Z95.811', 'e1122'],
	beneficiary(72, 'F'), 'V28', 2026);
-- edits: haemophilia in a woman, a newborn's code in an adult, an adult's code in a child
SELECT kind, variable, hcc_code, coefficient, icd10_codes, reason
FROM raf_explain(ARRAY['D66', 'P270'], beneficiary(70, 'F'), 'V28', 2026);
SELECT kind, variable, hcc_code, coefficient, icd10_codes, reason
FROM raf_explain(ARRAY['C9150'], beneficiary(10, 'F', '1'), 'V28', 2026);
SELECT kind, variable, hcc_code, coefficient, icd10_codes, reason
FROM raf_explain(ARRAY['C9150'], beneficiary(10, 'F', '1'), 'V28', 2026, mce => false);
-- an assist device alone
SELECT kind, variable, hcc_code, coefficient, icd10_codes, reason
FROM raf_explain(ARRAY['Z95811', 'I420'], beneficiary(70, 'M'), 'V28', 2026);
-- HCCs of a new enrollee
SELECT kind, variable, hcc_code, coefficient, icd10_codes, reason
FROM raf_explain('{E119}'::icd10_set, beneficiary(66, 'M', new_enrollee => true), 'V28', 2026);
-- superseded by an HCC that is superseded itself
SELECT hcc_code, reason, superseded_by FROM raf_explain('{Z944,K7210,G931}'::icd10_set,
	beneficiary(70, 'M'), 'V28', 2026) WHERE kind = 'hcc';
SELECT hcc_code, reason, superseded_by FROM raf_explain('{Z944,K7210,G931}'::icd10_set,
	beneficiary(70, 'M'), 'V28', 2025) WHERE kind = 'hcc';
SELECT count(*) AS null_person FROM raf_explain('{E119}'::icd10_set, NULL);

-- for random people with random codes: the terms are the score, and every code is accounted for
CREATE TEMPORARY TABLE code AS
SELECT row_number() OVER (ORDER BY icd10_code) AS n, icd10_code
FROM (SELECT DISTINCT icd10_code FROM hcc_crosswalk WHERE model_version IN ('V22', 'V24', 'V28')) c;
CREATE TEMPORARY TABLE person AS
SELECT p, beneficiary(abs(hashint4(p)) % 100, CASE WHEN p % 2 = 0 THEN 'F' ELSE 'M' END,
	(p % 4)::text,
		(ARRAY['00', '02', '05', 'NA'])[1 + p % 4], p % 11 = 0, p % 22 = 0, p % 7 = 0) AS who,
	ARRAY(SELECT c.icd10_code FROM generate_series(1, p % 13) i
		JOIN code c ON c.n = 1 + abs(hashint8(p * 100 + i)) % (SELECT count(*) FROM code)) || ARRAY[
		'I10', 'bad!'] AS codes
FROM generate_series(1, 600) p;
SELECT model, year, count(*) AS people,
	count(*) FILTER (WHERE score = terms) AS terms_add_up,
	count(*) FILTER (WHERE accounted @> codes AND accounted <@ codes) AS all_codes_accounted,
	count(*) FILTER (WHERE set_score = score) AS set_equals_array
FROM (SELECT model, year, codes,
		raf_score(codes, who, model, year) AS score,
		raf_score(codes::icd10_set, who, model, year) AS set_score,
		(SELECT sum(coefficient) FROM raf_explain(codes, who, model, year)
			WHERE reason IS NULL) AS terms,
		ARRAY(SELECT DISTINCT unnest(icd10_codes)
			FROM raf_explain(codes, who, model, year)) AS accounted
	FROM person, (VALUES ('V22', 2027), ('V23', 2019), ('V24', 2025), ('V28', 2024),
		('V28', 2027)) m(model, year)) s
GROUP BY 1, 2 ORDER BY 1, 2;
