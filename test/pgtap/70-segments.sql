-- Every segment of V22, V23, V24 and V28 can be reached, and everybody from 0
-- to 120 has the demographic cell that data/<model>/coefficient.csv gives.
-- To be run from the project's root, as pg_prove does in make test.
BEGIN;
CREATE EXTENSION IF NOT EXISTS hccraf;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT plan(140);

CREATE TEMPORARY TABLE read (calibration text, segment text, variable text, coefficient numeric);
CREATE TEMPORARY TABLE published (model text, segment text, variable text, coefficient numeric);
\copy read FROM 'data/V22/coefficient.csv' CSV HEADER
INSERT INTO published SELECT 'V22', segment, variable, coefficient FROM read;
TRUNCATE read;
\copy read FROM 'data/V23/coefficient.csv' CSV HEADER
INSERT INTO published SELECT 'V23', segment, variable, coefficient FROM read;
TRUNCATE read;
\copy read FROM 'data/V24/coefficient.csv' CSV HEADER
INSERT INTO published SELECT 'V24', segment, variable, coefficient FROM read;
TRUNCATE read;
\copy read FROM 'data/V28/coefficient.csv' CSV HEADER
INSERT INTO published SELECT 'V28', segment, variable, coefficient FROM read;
CREATE INDEX ON published (model, segment, variable);

CREATE TEMPORARY TABLE model_year (model text, payment_year int);
INSERT INTO model_year VALUES ('V22', 2026), ('V23', 2019), ('V24', 2025), ('V28', 2026);

-- Who belongs to which segment; Medicaid only where it does not change the segment.
CREATE TEMPORARY TABLE kind_of_person (segment text, dual_status text, new_enrollee boolean, snp boolean, lti boolean, age_min int, age_max int);
INSERT INTO kind_of_person VALUES
	('CNA', NULL, false, false, false, 65, 120), ('CNA', 'NA', false, true, false, 65, 120), ('CNA', '09', false, false, false, 65, 120),
	('CND', '00', false, false, false, 0, 64), ('CND', '10', false, false, false, 0, 64),
	('CPA', '01', false, false, false, 65, 120), ('CPA', '03', false, false, false, 65, 120),
	('CPD', '05', false, false, false, 0, 64), ('CPD', '06', false, true, false, 0, 64),
	('CFA', '02', false, false, false, 65, 120), ('CFA', '04', false, false, false, 65, 120),
	('CFD', '08', false, false, false, 0, 64), ('CFD', '02', false, false, false, 0, 64),
	('INS', NULL, false, false, true, 0, 120), ('INS', '02', false, false, true, 0, 120), ('INS', '06', false, true, true, 0, 120),
	('NE', NULL, true, false, false, 0, 120), ('NE', '02', true, false, false, 0, 120), ('NE', '01', true, false, true, 0, 120),
	('SNPNE', NULL, true, true, false, 0, 120), ('SNPNE', '08', true, true, true, 0, 120);

-- The person of every age and sex, entitled by age or disability, with the
-- names of the variables that CMS's rules give without a diagnosis.
CREATE TEMPORARY TABLE person AS
SELECT y.model, y.payment_year, k.segment, a.age, s.sex, o.orec, k.dual_status,
	beneficiary(age => a.age, sex => s.sex, orec => o.orec, dual_status => k.dual_status,
		new_enrollee => k.new_enrollee, snp => k.snp, lti => k.lti) AS who,
	CASE WHEN k.new_enrollee THEN ARRAY[
			CASE WHEN medicaid THEN 'MCAID_' ELSE 'NMCAID_' END
			|| CASE WHEN a.age >= 65 AND o.orec = '1' THEN 'ORIGDIS_NE' ELSE 'NORIGDIS_NE' END || s.sex
			|| CASE WHEN a.age BETWEEN 65 AND 69 THEN a.age::text ELSE band END]
		ELSE ARRAY[s.sex || band]
			|| CASE WHEN k.segment = 'INS' AND medicaid THEN ARRAY['LTIMCAID'] END
			|| CASE WHEN k.segment = 'INS' AND a.age >= 65 AND o.orec = '1' THEN ARRAY['ORIGDS'] END
			|| CASE WHEN k.segment ~ '^C.A$' AND o.orec = '1' THEN
				ARRAY['OriginallyDisabled_' || CASE s.sex WHEN 'F' THEN 'Female' ELSE 'Male' END] END
	END AS variables
FROM model_year y CROSS JOIN kind_of_person k
	JOIN generate_series(0, 120) a(age) ON a.age BETWEEN k.age_min AND k.age_max
	CROSS JOIN (VALUES ('F'), ('M')) s(sex)
	-- Those of 64 entitled by age have a rule of their own: 20-discrepancies.sql.
	JOIN (VALUES ('0'), ('1'), ('2'), ('3')) o(orec) ON a.age <> 64 OR o.orec <> '0'
	CROSS JOIN LATERAL (SELECT k.dual_status IN ('01', '02', '03', '04', '05', '06', '08') IS TRUE AS medicaid,
		CASE WHEN a.age < 35 THEN '0_34' WHEN a.age < 45 THEN '35_44' WHEN a.age < 55 THEN '45_54'
			WHEN a.age < 60 THEN '55_59' WHEN a.age < 65 THEN '60_64' WHEN a.age >= 95 THEN '95_GT'
			ELSE format('%s_%s', a.age / 5 * 5, a.age / 5 * 5 + 4) END AS band) b;

SELECT is((SELECT count(DISTINCT segment) FROM published p WHERE p.model = y.model), 9::bigint, model || ' has nine segments')
FROM model_year y ORDER BY 1;
SELECT is_empty(format($$ SELECT DISTINCT segment FROM published WHERE model = %1$L
	EXCEPT SELECT raf_segment(who, model, payment_year) FROM person WHERE model = %1$L $$, model),
	model || ': every segment is reached')
FROM model_year ORDER BY model;
SELECT is_empty(format($$ SELECT segment, raf_segment(who, model, payment_year), who FROM person
	WHERE model = %L AND raf_segment(who, model, payment_year) IS DISTINCT FROM segment $$, model),
	model || ': everybody is in the right segment')
FROM model_year ORDER BY model;
-- The cell must exist, or the test would pass with nothing against nothing.
SELECT is_empty(format($$ SELECT segment, variables[1] FROM person x WHERE model = %L AND NOT EXISTS (
		SELECT FROM published p WHERE p.model = x.model AND p.segment = x.segment AND p.variable = x.variables[1]) $$, model),
	model || ': everybody has a published cell')
FROM model_year ORDER BY model;
SELECT is_empty(format($$ SELECT segment, who, expected, got FROM (SELECT x.*, raf_score('{}'::icd10_set, who, model, payment_year) AS got,
			(SELECT sum(coefficient) FROM published p
				WHERE p.model = x.model AND p.segment = x.segment AND p.variable = ANY (x.variables)) AS expected
		FROM person x WHERE model = %L) x WHERE got IS DISTINCT FROM expected $$, model),
	model || ': everybody without diagnoses has the score of the cell')
FROM model_year ORDER BY model;

-- The youngest and the oldest of each segment, by name
SELECT results_eq(
	format($$ SELECT DISTINCT variable, coefficient FROM raf_explain('{}'::text[], %L::beneficiary, %L, %s)
		WHERE reason IS NULL AND variable ~ '[FM][0-9]' $$, x.who, x.model, x.payment_year),
	format($$ SELECT variable, coefficient FROM published WHERE model = %L AND segment = %L AND variable = %L $$,
		x.model, x.segment, x.variables[1]),
	format('%s %s: %s of %s', x.model, x.segment, x.sex, x.age))
FROM (SELECT DISTINCT ON (p.model, p.segment, p.sex, p.age) p.*
	FROM person p JOIN (SELECT segment, min(age_min) AS youngest, max(age_max) AS oldest FROM kind_of_person GROUP BY segment) k
		ON k.segment = p.segment AND p.age IN (youngest, oldest)
	WHERE p.age IN (0, 120) AND p.orec = CASE p.age WHEN 0 THEN '1' ELSE '0' END
	ORDER BY p.model, p.segment, p.sex, p.age, p.dual_status) x
ORDER BY x.model, x.segment, x.sex, x.age;

-- Outside the ages of a segment there is no cell: forced into it, the score is 0.
SELECT is(raf_score('{}'::text[], beneficiary(age, sex, orec => orec, segment => segment), model, payment_year), 0.000,
	format('%s %s forced at %s (%s): no cell', model, segment, age, sex))
FROM model_year, (VALUES ('CNA', 0, 'F', '1'), ('CPA', 0, 'M', '1'), ('CFA', 0, 'F', '1'),
	('CND', 120, 'F', '0'), ('CPD', 120, 'M', '0'), ('CFD', 120, 'M', '0')) v(segment, age, sex, orec)
ORDER BY model, segment;

SELECT * FROM finish();
ROLLBACK;
