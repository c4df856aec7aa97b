-- Continues test/cms_sample/run, which has loaded the files as they are.

-- ICD-10 diagnoses of the claims that can count: professional (carrier, claim
-- type 71), outpatient (40) and inpatient (60), by the through date. Skilled
-- nursing (20) never counts. The admitting diagnosis is a first impression and
-- the external causes are no diseases; both are left out. The lists of
-- procedures that qualify a claim begin in 2023, so no claim is refused for
-- its procedures.
CREATE TABLE diagnosis AS
SELECT c.claim ->> 'bene_id' AS bene_id, c.source, c.claim ->> 'clm_id' AS claim_id,
	to_date(c.claim ->> 'clm_thru_dt', 'DD-Mon-YYYY') AS through_date, btrim(f.value) AS icd10_code
FROM (SELECT 'carrier' AS source, to_jsonb(x) AS claim FROM carrier x
	UNION ALL SELECT 'outpatient', to_jsonb(x) FROM outpatient x
	UNION ALL SELECT 'inpatient', to_jsonb(x) FROM inpatient x) c
	CROSS JOIN LATERAL jsonb_each_text(c.claim) f
WHERE f.key ~ '^(prncpal_dgns_cd|icd_dgns_cd[0-9]+|line_icd_dgns_cd)$'
	AND c.claim ->> replace(f.key, 'dgns_cd', 'dgns_vrsn_cd') = '0'	-- ICD-10
	AND btrim(f.value) <> '';

-- Who they were in the year of the services, as far as the sample says. Nobody
-- is a new enrollee: all have Part B in every month that the sample covers (of
-- 2021 it covers five).
CREATE TABLE person AS
SELECT b.bene_id, b.year + 1 AS payment_year,
	to_date(bene_birth_dt, 'DD-Mon-YYYY') AS date_of_birth,
	bene_sex_ident_cd AS sex, bene_entlmt_rsn_orig AS orec,
	CASE WHEN meta_dual_elgbl_stus_jan_cd ~ '^[0-9]+$' THEN lpad(meta_dual_elgbl_stus_jan_cd, 2,
		'0') END AS dual_status
FROM (SELECT 2015 AS year, * FROM beneficiary_2015
	UNION ALL SELECT 2016, * FROM beneficiary_2016 UNION ALL SELECT 2017, * FROM beneficiary_2017
	UNION ALL SELECT 2018, * FROM beneficiary_2018 UNION ALL SELECT 2019, * FROM beneficiary_2019
	UNION ALL SELECT 2020, * FROM beneficiary_2020 UNION ALL SELECT 2021, *
	FROM beneficiary_2021) b;

CREATE TABLE model_in_force (payment_year int, model text);
INSERT INTO model_in_force VALUES (2016, 'V22'), (2017, 'V22'), (2018, 'V22'), (2019, 'V22'),
	(2019, 'V23'),
	(2020, 'V22'), (2020, 'V24'), (2021, 'V22'), (2021, 'V24'), (2022, 'V24');

-- What the extension says
CREATE TABLE scored AS
SELECT p.*, f.model, d.codes,
	beneficiary(age => payment_year_age(p.date_of_birth, p.payment_year), sex => p.sex,
		orec => p.orec, dual_status => p.dual_status) AS who
FROM person p JOIN model_in_force f USING (payment_year)
	CROSS JOIN LATERAL (SELECT COALESCE(icd10_agg(d.icd10_code), '{}') AS codes FROM diagnosis d
		WHERE d.bene_id = p.bene_id AND extract(year FROM d.through_date) = p.payment_year - 1) d;

-- Years of a model without crosswalk cannot be scored, and say so.
CREATE FUNCTION refusal(codes icd10_set, who beneficiary, model text, payment_year int) RETURNS text
LANGUAGE plpgsql AS $$
BEGIN
	PERFORM raf_score(codes, who, model, payment_year);
	RETURN NULL;
EXCEPTION WHEN OTHERS THEN
	RETURN SQLERRM;
END
$$;

-- The independent reading: crosswalk, edits by hand (none applies to these
-- people, which is checked), hierarchy. Every dropper present drops: in these
-- models the order makes no difference.
CREATE TABLE fact_crosswalk (model text, icd10_code text, hcc text, first_payment_year int,
	last_payment_year int);
CREATE TABLE fact_hierarchy (model text, hcc text, drops_hcc text);
CREATE TABLE fact_dx_edit (model text, icd10_code text, edit_kind text, sex text, age_min int,
	age_max int, action text, hcc text, first_payment_year int, last_payment_year int, source text);
CREATE TABLE fact_coefficient (model text, calibration text, segment text, variable text,
	coefficient numeric);
\copy fact_crosswalk FROM '../shared/facts/medicare/crosswalk.csv' CSV HEADER
\copy fact_hierarchy FROM '../shared/facts/medicare/hierarchy.csv' CSV HEADER
\copy fact_dx_edit FROM '../shared/facts/medicare/dx_edit.csv' CSV HEADER
\copy fact_coefficient FROM '../shared/facts/medicare/coefficient.csv' CSV HEADER

CREATE TABLE expected_hcc AS
WITH present AS (
	SELECT DISTINCT p.bene_id, p.payment_year, f.model, x.hcc
	FROM person p JOIN model_in_force f USING (payment_year)
		JOIN diagnosis d ON d.bene_id = p.bene_id
			AND extract(year FROM d.through_date) = p.payment_year - 1
		JOIN fact_crosswalk x ON x.model = f.model
			AND x.icd10_code = upper(replace(d.icd10_code, '.', ''))
			AND p.payment_year BETWEEN x.first_payment_year AND x.last_payment_year)
SELECT * FROM present p
WHERE NOT EXISTS (SELECT FROM present s JOIN fact_hierarchy h ON h.model = s.model AND h.hcc = s.hcc
	AND h.drops_hcc = p.hcc
	WHERE (s.bene_id, s.payment_year, s.model) = (p.bene_id, p.payment_year, p.model));

CREATE TABLE result AS
SELECT s.*, raf_segment(s.who, s.model, s.payment_year) AS segment,
	raf_score(s.codes, s.who, s.model, s.payment_year) AS score,
	ARRAY(SELECT hcc_code FROM raf_explain(s.codes, s.who, s.model, s.payment_year) e
		WHERE hcc_code IS NOT NULL AND (reason IS NULL OR reason LIKE 'not in segment%')
		ORDER BY hcc_code::int) AS hccs,
	ARRAY(SELECT hcc FROM expected_hcc x
		WHERE (x.bene_id, x.payment_year, x.model) = (s.bene_id, s.payment_year, s.model)
		ORDER BY hcc::int) AS expected_hccs
FROM scored s WHERE s.payment_year > 2016;

CREATE TABLE outcome (what text, passed boolean, detail text);
INSERT INTO outcome
SELECT 'files read', expected = got, format('%s rows, expected %s', got, expected)
FROM (VALUES (221, (SELECT count(*) FROM carrier)), (16, (SELECT count(*) FROM inpatient)),
	(19, (SELECT count(*) FROM outpatient)),
	(67, (SELECT count(*) FROM snf)), (21, (SELECT count(*) FROM person))) v(expected, got);
INSERT INTO outcome
SELECT 'a year without crosswalk is refused',
	refusal(codes, who, model, payment_year) LIKE 'model % has no tables for payment year 2016',
	format('%s %s: %s', model, payment_year, refusal(codes, who, model, payment_year))
FROM scored WHERE payment_year = 2016;
INSERT INTO outcome
SELECT 'no edit applies', count(*) = 0, format('%s apply', count(*))
FROM person p JOIN diagnosis d ON d.bene_id = p.bene_id
	JOIN fact_dx_edit e ON e.icd10_code = d.icd10_code
	AND e.model IN ('V22', 'V23', 'V24') AND (e.sex IS NULL OR e.sex = p.sex)
	AND p.payment_year - extract(year FROM p.date_of_birth) BETWEEN COALESCE(e.age_min,
		0) AND COALESCE(e.age_max, 200);
-- A comparison of nothing with nothing would be no test.
INSERT INTO outcome
SELECT 'there are HCCs', count(*) >= 10, format('%s', count(*)) FROM expected_hcc;
INSERT INTO outcome
SELECT 'HCCs', hccs = expected_hccs, format('%s %s %s: expected %s, got %s', bene_id, payment_year,
	model, expected_hccs, hccs) FROM result;
INSERT INTO outcome
SELECT 'coefficients of HCCs', e.coefficient IS NOT DISTINCT FROM k.coefficient,
	format('%s %s %s %s: expected %s, got %s', r.bene_id, r.payment_year, r.model, e.variable,
		k.coefficient, e.coefficient)
FROM result r CROSS JOIN LATERAL raf_explain(r.codes, r.who, r.model, r.payment_year) e
	LEFT JOIN fact_coefficient k ON k.model = r.model AND k.segment = r.segment
		AND k.variable = e.variable
WHERE e.hcc_code IS NOT NULL AND e.reason IS NULL;
-- 2022: V24 alone, normalization 1.118, coding-pattern adjustment 0.059
INSERT INTO outcome
SELECT 'payment score', payment = round(round(score / 1.118, 3) * (1 - 0.059), 3),
	format('%s %s: %s', bene_id, payment_year, payment)
FROM (SELECT r.*, raf_payment(codes, who, payment_year, 'MA') AS payment FROM result r
	WHERE payment_year = 2022) r;

SELECT 'cms_sample: diagnoses read: ' || string_agg(format('%s %s', source, n),
	', ' ORDER BY source)
	|| '; skilled nursing claims are left out'
FROM (SELECT source, count(*) AS n FROM diagnosis GROUP BY source) d;
SELECT format('cms_sample: payment year %s: no model with a crosswalk, %s people not scored',
	payment_year, count(*))
FROM scored WHERE payment_year = 2016 GROUP BY payment_year;
SELECT format('cms_sample: %s %s %s: %s, age %s, HCCs %s, raw score %s', payment_year, model,
	bene_id, segment, payment_year_age(date_of_birth, payment_year), hccs, score)
FROM result ORDER BY payment_year, model, bene_id;
SELECT format('cms_sample: not ok: %s: %s', what, detail) FROM outcome WHERE NOT passed
ORDER BY what, detail;
SELECT format('%s passed, %s failed', count(*) FILTER (WHERE passed),
	count(*) FILTER (WHERE NOT passed)) FROM outcome;
