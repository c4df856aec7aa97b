-- The large tables of the model as the extension has them, in the shape that
-- evaluate.py reads: psql -v directory=... -v model=... -f dump.sql
\set ON_ERROR_STOP on
\pset format csv
\pset footer off

-- Code editor edits are rows of their own here: a code that one sex cannot have
-- is, in each year, a row for the other. No other kind of edit is shipped.
SELECT 1 / count(*) FILTER (WHERE NOT (action = 'invalid' AND sex IS NOT NULL AND age_min IS NULL
	AND age_max IS NULL) IS TRUE) AS unknown_edit
FROM hcc_dx_edit WHERE model_version = :'model'
HAVING count(*) FILTER (WHERE NOT (action = 'invalid' AND sex IS NOT NULL
	AND age_min IS NULL AND age_max IS NULL) IS TRUE) > 0 \g /dev/null
\set file :directory '/crosswalk.csv'
SELECT c.icd10_code, c.hcc_code AS hcc, GREATEST(c.valid_from, make_date(y, 1, 1)) AS valid_from,
	LEAST(c.valid_to, make_date(y, 12, 31)) AS valid_to,
	c.mce_age_min, c.mce_age_max, c.age_min AS cc_age_min, c.age_max AS cc_age_max,
	COALESCE(c.sex, CASE e.sex WHEN 'F' THEN 'M' WHEN 'M' THEN 'F' END) AS sex
FROM hcc_crosswalk c JOIN hcc_model m USING (model_version)
	CROSS JOIN LATERAL generate_series(GREATEST(c.effective_year, m.first_payment_year),
		LEAST(c.expiry_year, m.last_payment_year)) y
	LEFT JOIN hcc_dx_edit e ON e.model_version = c.model_version AND e.icd10_code = c.icd10_code
		AND y BETWEEN COALESCE(e.effective_year, y) AND COALESCE(e.expiry_year, y)
WHERE c.model_version = :'model'
ORDER BY c.icd10_code, c.hcc_code, y, c.id \g :file
\set file :directory '/factor.csv'
SELECT c.first_payment_year AS benefit_year, split_part(k.segment, '_', 1) AS model,
	split_part(k.segment, '_', 2) AS metal, k.variable, k.coefficient
FROM hcc_coefficient k JOIN hcc_calibration c USING (model_version, calibration)
WHERE k.model_version = :'model' ORDER BY 1, 2, 3, 4 \g :file
\set file :directory '/rxc_ndc.csv'
SELECT code AS ndc, hcc_code AS rxc, effective_year AS by_first, expiry_year AS by_last
FROM hcc_drug_crosswalk WHERE model_version = :'model' AND code_system = 'ndc' AND hcc_code ~ '^RXC'
ORDER BY code, hcc_code, effective_year \g :file
\set file :directory '/rxc_hcpcs.csv'
SELECT code AS hcpcs, hcc_code AS rxc, effective_year AS by_first, expiry_year AS by_last
FROM hcc_drug_crosswalk WHERE model_version = :'model' AND code_system = 'hcpcs'
	AND hcc_code ~ '^RXC' ORDER BY code, hcc_code, effective_year \g :file
