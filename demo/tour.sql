-- What hccraf does, shown on the panel of panel.sql. Every figure printed
-- comes from a query below.

\pset pager off
\pset footer off
\pset border 0
\pset null ''

CREATE TEMPORARY TABLE clock (step text, at timestamptz DEFAULT clock_timestamp());
INSERT INTO clock VALUES ('start');

CREATE FUNCTION pg_temp.bar(patients bigint) RETURNS text LANGUAGE sql
RETURN lpad(to_char(patients, 'FM9,999'), 5) || ' ' || repeat('#', round(patients / 250.0)::int);

-- At most so many characters, cut between words
CREATE FUNCTION pg_temp.short(line text, length int) RETURNS text LANGUAGE sql
RETURN CASE WHEN length(line) <= length THEN line
	ELSE regexp_replace(left(line, length - 2), '([ ,;]+(and|or|with))?[ ,;]+\S*$', '') || ' ..' END;

CREATE EXTENSION hccraf;
SELECT hccraf_setup() \g /dev/null
INSERT INTO clock VALUES ('create the extension');

\echo
\echo '1. THE PANEL'
\echo

\ir panel.sql
INSERT INTO clock VALUES ('make the panel and load it');

\pset tuples_only on
SELECT rpad(what, 46) || to_char(number, '9,999,999')
FROM (VALUES
	(1, 'invented patients', (SELECT count(DISTINCT patient_id) FROM patient_demographic)),
	(2, 'patient-years (some join in the second year)', (SELECT count(*) FROM patient_demographic)),
	(3, 'encounters in 2023 and 2024', (SELECT count(DISTINCT encounter_id) FROM patient_diagnosis_hcc)),
	(4, 'diagnoses', (SELECT count(*) FROM patient_diagnosis_hcc)),
	(5, '  of encounters that do not count', (SELECT count(*) FROM patient_diagnosis_hcc WHERE NOT included_in_raf)),
	(6, 'distinct codes', (SELECT count(DISTINCT replace(icd10_code, '.', '')) FROM patient_diagnosis_hcc))
) v (line, what, number)
ORDER BY line;
\pset tuples_only off

\echo '2. THE SCORES'
\echo
\echo 'Diagnoses of 2023 are paid in 2024, those of 2024 in 2025. In both years the'
\echo 'payment blends two models, V24 and V28. This is all it takes:'
\echo

INSERT INTO clock VALUES ('analyse and print');
\set ECHO queries
CREATE TABLE demo.score AS
WITH collected AS (
	SELECT patient_id, extract(year FROM diagnosis_date)::int + 1 AS payment_year,
		icd10_agg(icd10_code) AS codes
	FROM patient_diagnosis_hcc WHERE included_in_raf GROUP BY 1, 2
), panel AS (
	SELECT patient_id, payment_year, COALESCE(codes, '{}') AS codes,
		beneficiary(payment_year_age(date_of_birth, payment_year), sex, orec,
			dual_status, new_enrollee => new_enrollee, lti => lti) AS who
	FROM patient_demographic LEFT JOIN collected USING (patient_id, payment_year)
)
SELECT *, raf_score(codes, who, 'V24', payment_year) AS v24,
	raf_score(codes, who, 'V28', payment_year) AS v28,
	raf_payment(codes, who, payment_year) AS payment
FROM panel;
\set ECHO none
INSERT INTO clock VALUES ('score with V24, V28 and the blend');
ANALYZE demo.score;

CREATE TEMPORARY VIEW score_by_kind AS
SELECT payment_year, kind, score
FROM demo.score, LATERAL (VALUES ('V24 raw', v24), ('V28 raw', v28), ('payment', payment)) v (kind, score);

\echo
SELECT payment_year AS "payment year", kind AS score, to_char(count(*), '99,999') AS patients,
	round(avg(score), 3) AS mean,
	percentile_disc(0.5) WITHIN GROUP (ORDER BY score) AS median,
	percentile_disc(0.9) WITHIN GROUP (ORDER BY score) AS p90, max(score)
FROM score_by_kind
GROUP BY payment_year, kind ORDER BY payment_year, kind = 'payment', kind;

\echo 'How the raw scores spread, from each score to the next; # is 250 patients:'
\echo
SELECT to_char(score, '0.00') || CASE score WHEN 3 THEN '+' ELSE ' ' END AS " from",
	pg_temp.bar(v24_2024) AS "2024 V24", pg_temp.bar(v28_2024) AS "2024 V28",
	pg_temp.bar(v24_2025) AS "2025 V24", pg_temp.bar(v28_2025) AS "2025 V28"
FROM (
	SELECT LEAST(floor(score * 4) / 4, 3) AS score,
		count(*) FILTER (WHERE payment_year = 2024 AND kind = 'V24 raw') AS v24_2024,
		count(*) FILTER (WHERE payment_year = 2024 AND kind = 'V28 raw') AS v28_2024,
		count(*) FILTER (WHERE payment_year = 2025 AND kind = 'V24 raw') AS v24_2025,
		count(*) FILTER (WHERE payment_year = 2025 AND kind = 'V28 raw') AS v28_2025
	FROM score_by_kind GROUP BY 1
) h
ORDER BY score;
INSERT INTO clock VALUES ('analyse and print');

-- Every V28 score explained, and from the terms the patients' score rows
CREATE TABLE demo.term AS
SELECT patient_id, payment_year, e.*
FROM demo.score, raf_explain(codes, who, 'V28', payment_year) e;

INSERT INTO patient_hcc_score (patient_id, payment_year, data_collection_year, age, gender, medicaid_status,
	disabled_status, institutional_status, demographic_score, hcc_list, disease_score, interaction_score, raf_score)
SELECT patient_id, payment_year, payment_year - 1, age, sex, dual_status, age < 65 AND orec <> '0', lti,
	demographic, hccs, disease, interaction, payment
FROM patient_demographic
	CROSS JOIN LATERAL payment_year_age(date_of_birth, payment_year) age
	JOIN demo.score USING (patient_id, payment_year)
	JOIN (
		SELECT patient_id, payment_year,
			COALESCE(sum(coefficient) FILTER (WHERE kind IN ('demographic', 'new_enrollee')), 0) AS demographic,
			COALESCE(array_agg(hcc_code ORDER BY hcc_code::int) FILTER (WHERE kind = 'hcc'), '{}') AS hccs,
			COALESCE(sum(coefficient) FILTER (WHERE kind = 'hcc'), 0) AS disease,
			COALESCE(sum(coefficient) FILTER (WHERE kind IN ('interaction', 'count')), 0) AS interaction
		FROM demo.term WHERE reason IS NULL GROUP BY 1, 2
	) t USING (patient_id, payment_year);
INSERT INTO clock VALUES ('explain every score, fill patient_hcc_score');
ANALYZE demo.term, patient_hcc_score;

\echo '3. ONE PATIENT'
\echo

-- Someone with enough to tell: four or five HCCs, an interaction, something
-- superseded; of those, the one with most codes.
SELECT s.patient_id AS patient, right(s.patient_id::text, 5)::int AS number, p.age,
	CASE p.gender WHEN 'F' THEN 'woman' ELSE 'man' END AS person, g.label AS segment, cardinality(codes) AS codes, payment
FROM demo.score s
	JOIN patient_hcc_score p USING (patient_id, payment_year)
	JOIN hcc_segment g ON g.model_version = 'V28' AND g.segment = raf_segment(who, 'V28', payment_year)
	JOIN demo.term t USING (patient_id, payment_year)
WHERE payment_year = 2025 AND g.segment = 'CNA' AND cardinality(hcc_list) BETWEEN 4 AND 5
GROUP BY s.patient_id, p.age, p.gender, g.label, codes, payment
HAVING count(*) FILTER (WHERE t.kind = 'interaction') BETWEEN 1 AND 2 AND count(superseded_by) BETWEEN 1 AND 2
ORDER BY cardinality(codes) DESC, s.patient_id LIMIT 1
\gset
SELECT count(*) AS diagnoses, count(DISTINCT encounter_id) AS encounters
FROM patient_diagnosis_hcc
WHERE patient_id = :'patient' AND included_in_raf AND diagnosis_date BETWEEN '2024-01-01' AND '2024-12-31'
\gset

\echo 'Patient' :number', a' :person 'of' :age'; segment:' :segment'.'
\echo :encounters 'encounters of 2024 left' :diagnoses 'diagnoses with' :codes 'distinct codes.'
\echo
\echo 'What counts for 2025:'
\echo

CREATE TEMPORARY TABLE told AS
SELECT model, e.*
FROM demo.score, LATERAL (VALUES ('V28'), ('V24')) m (model),
	raf_explain(codes, who, model, payment_year) WITH ORDINALITY
		e (kind, variable, hcc_code, label, coefficient, icd10_codes, reason, superseded_by, line)
WHERE patient_id = :'patient' AND payment_year = 2025;

SELECT CASE WHEN line = 1 THEN model END AS model, to_char(coefficient, '0.000') AS points, kind,
	pg_temp.short(label, 37) AS what, codes AS "from"
FROM (
	SELECT model, line, coefficient, COALESCE('HCC ' || hcc_code, kind) AS kind,
		COALESCE(label, variable) AS label, array_to_string(icd10_codes, ' ') AS codes
	FROM told WHERE reason IS NULL
	UNION ALL
	SELECT model, 1000, sum(coefficient), 'raw score', NULL, NULL FROM told GROUP BY model
) t
ORDER BY t.model DESC, line;

\echo 'What does not count, and why:'
\echo
SELECT model, COALESCE('HCC ' || hcc_code, kind) AS what, reason,
	string_agg(array_to_string(icd10_codes, ' '), ' ' ORDER BY line) AS codes
FROM (SELECT *, row_number() OVER (PARTITION BY model, kind, reason ORDER BY line) AS nth FROM told WHERE reason IS NOT NULL) t
GROUP BY model, what, reason, (nth - 1) / 7
ORDER BY model DESC, what DESC, reason, min(line);

\echo 'From raw score to payment:'
\echo
SELECT model_version AS model, raw_score AS "raw", normalization_factor AS "/ norm", normalized_score AS "= normal",
	1 - coding_pattern_adjustment AS "x coding", adjusted_score AS "= adjusted", blend_weight AS "x blend",
	weighted_score AS "= part"
FROM demo.score, raf_payment_explain(codes, who, payment_year)
WHERE patient_id = :'patient' AND payment_year = 2025
ORDER BY 1 DESC;

\echo 'The parts add up to the payment score' :payment'. The rows kept of this patient:'
\echo
SELECT payment_year AS paid, demographic_score AS demographic, disease_score AS disease,
	interaction_score AS interactions, raf_score AS payment, array_to_string(hcc_list, ' ') AS "V28 HCCs"
FROM patient_hcc_score WHERE patient_id = :'patient' ORDER BY payment_year;

\echo 'Chronic, paid last year and not documented again; what it would add to V28:'
\echo
SELECT 'HCC ' || hcc_code AS gap, label, raf_marginal(codes, who, ARRAY[hcc_code], 'V28', 2025) AS points
FROM demo.score JOIN demo.term t USING (patient_id) JOIN hcc_category c USING (hcc_code, label)
WHERE patient_id = :'patient' AND score.payment_year = 2025
	AND t.payment_year = 2024 AND t.kind = 'hcc' AND t.reason IS NULL AND c.model_version = 'V28' AND c.is_chronic
	AND hcc_code NOT IN (SELECT hcc_code FROM told WHERE model = 'V28' AND kind = 'hcc')
ORDER BY hcc_code::int;

SELECT count(*) AS unequal
FROM demo.score JOIN patient_hcc_score USING (patient_id, payment_year)
WHERE v28 <> demographic_score + disease_score + interaction_score
\gset
\echo 'Kept for everyone; patient-years whose terms do not add up to their score:' :unequal
\echo

\echo '4. THE TEN MOST FREQUENT HCCS'
\echo
\echo 'V28, paid in 2025. "again": of those who had it the year before, how many have'
\echo 'it again, or one above it. "points": in the largest segment, CNA.'
\echo
CREATE TEMPORARY TABLE held AS
SELECT patient_id, payment_year, hcc_code, variable, label
FROM demo.term WHERE kind = 'hcc' AND reason IS NULL;
CREATE TEMPORARY TABLE had AS
SELECT patient_id, payment_year, hcc_code FROM held
UNION
SELECT patient_id, payment_year, subordinate_hcc
FROM held JOIN hcc_hierarchy ON model_version = 'V28' AND superior_hcc = hcc_code;
ANALYZE held, had;

WITH again AS (
	SELECT hcc_code, round(100.0 * count(now.hcc_code) / count(*)) AS again
	FROM (SELECT * FROM held WHERE payment_year = 2024) before
		LEFT JOIN (SELECT * FROM had WHERE payment_year = 2025) now USING (patient_id, hcc_code)
	GROUP BY 1
)
SELECT hcc_code AS "HCC", pg_temp.short(label, 40) AS label, count(*) AS patients,
	round(100.0 * count(*) / (SELECT count(*) FROM demo.score WHERE payment_year = 2025), 1) AS "share %",
	max(again) AS "again %", max(coefficient) AS points
FROM held JOIN hcc_coefficient k USING (variable) LEFT JOIN again USING (hcc_code)
WHERE held.payment_year = 2025 AND k.model_version = 'V28' AND k.calibration = 'V28_2024' AND k.segment = 'CNA'
GROUP BY hcc_code, label ORDER BY patients DESC, hcc_code LIMIT 10;

INSERT INTO clock VALUES ('analyse and print');

\echo '5. WHAT IF'
\echo
\echo 'A model is rows. One of them edited, in a transaction: heart arrhythmias, for'
\echo 'community members of 65 and older without Medicaid.'
\echo
\set ECHO queries
BEGIN;
UPDATE hcc_coefficient SET coefficient = coefficient + 0.100
WHERE model_version = 'V28' AND segment = 'CNA' AND variable = 'HCC238'
RETURNING variable, coefficient - 0.100 AS "was", coefficient AS "is";
\set ECHO none
CREATE TEMPORARY TABLE edited ON COMMIT DROP AS
SELECT patient_id, payment_year, v28, raf_score(codes, who, 'V28', payment_year) AS v28_edited,
	payment, raf_payment(codes, who, payment_year) AS payment_edited
FROM demo.score;
SELECT payment_year AS "payment year", count(*) FILTER (WHERE v28 <> v28_edited) AS "patients changed",
	round(avg(v28), 4) AS "mean V28", round(avg(v28_edited), 4) AS "then",
	round(avg(payment), 4) AS "mean payment", round(avg(payment_edited), 4) AS "then"
FROM edited GROUP BY 1 ORDER BY 1;
\set ECHO queries
ROLLBACK;
\set ECHO none
SELECT count(*) AS different
FROM demo.score
WHERE (v28, payment) <> (raf_score(codes, who, 'V28', payment_year), raf_payment(codes, who, payment_year))
\gset
\echo
\echo 'Scored once more:' :different 'scores differ from those before the edit.'
\echo
INSERT INTO clock VALUES ('edit a coefficient, score again, roll back, score again');

\echo '6. THE TIME'
\echo
CREATE TEMPORARY VIEW took AS
SELECT step, min(at) AS first, sum(seconds) AS seconds
FROM (SELECT step, at, extract(epoch FROM at - lag(at) OVER (ORDER BY at)) AS seconds FROM clock) s
WHERE seconds IS NOT NULL
GROUP BY step;

SELECT step, to_char(seconds, '990.00') AS seconds FROM took ORDER BY step = 'analyse and print', first;

SELECT to_char(count(*), 'FM999,999') AS patient_years,
	to_char((SELECT seconds FROM took WHERE step LIKE 'score %'), 'FM990.00') AS seconds
FROM demo.score
\gset
\echo 'Scored' :patient_years 'patient-years with two models and their blend in' :seconds's.'
