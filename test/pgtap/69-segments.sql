-- Every segment can be reached, and everybody from 0 to 120 has the demographic
-- terms that data/<model>/coefficient.csv gives.
-- To be run from the project's root, as pg_prove does in make test.
BEGIN;
CREATE EXTENSION IF NOT EXISTS hccraf;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT plan(208);

CREATE TEMPORARY TABLE published (model text, calibration text, segment text, variable text,
	coefficient numeric);
-- the files of all models but the marketplace's, without their first lines
\copy published FROM PROGRAM 'cd data; for m in [VER]*; do sed "1d;s/^/$m,/" $m/coef*.csv; done' CSV
CREATE INDEX ON published (model, segment, variable);
CREATE INDEX ON published (calibration, segment, variable);
ANALYZE published;

CREATE TEMPORARY TABLE model_year (model text, payment_year int);
INSERT INTO model_year VALUES ('V22', 2026), ('V23', 2019), ('V24', 2025), ('V28', 2026);

-- Who belongs to which segment; Medicaid only where it does not change the segment.
CREATE TEMPORARY TABLE kind_of_person (segment text, dual_status text, new_enrollee boolean,
	snp boolean, lti boolean, age_min int, age_max int);
INSERT INTO kind_of_person VALUES
	('CNA', NULL, false, false, false, 65, 120), ('CNA', 'NA', false, true, false, 65, 120),
	('CNA', '09', false, false, false, 65, 120),
	('CND', '00', false, false, false, 0, 64), ('CND', '10', false, false, false, 0, 64),
	('CPA', '01', false, false, false, 65, 120), ('CPA', '03', false, false, false, 65, 120),
	('CPD', '05', false, false, false, 0, 64), ('CPD', '06', false, true, false, 0, 64),
	('CFA', '02', false, false, false, 65, 120), ('CFA', '04', false, false, false, 65, 120),
	('CFD', '08', false, false, false, 0, 64), ('CFD', '02', false, false, false, 0, 64),
	('INS', NULL, false, false, true, 0, 120), ('INS', '02', false, false, true, 0, 120),
	('INS', '06', false, true, true, 0, 120),
	('NE', NULL, true, false, false, 0, 120), ('NE', '02', true, false, false, 0, 120),
	('NE', '01', true, false, true, 0, 120),
	('SNPNE', NULL, true, true, false, 0, 120), ('SNPNE', '08', true, true, true, 0, 120);

-- The person of every age and sex, entitled by age or disability, with the
-- names of the variables that CMS's rules give without a diagnosis.
CREATE TEMPORARY TABLE person AS
SELECT y.model, y.payment_year, k.segment, a.age, s.sex, o.orec, k.dual_status,
	beneficiary(age => a.age, sex => s.sex, orec => o.orec, dual_status => k.dual_status,
		new_enrollee => k.new_enrollee, snp => k.snp, lti => k.lti) AS who,
	CASE WHEN k.new_enrollee THEN ARRAY[
			CASE WHEN medicaid THEN 'MCAID_' ELSE 'NMCAID_' END
			|| CASE WHEN a.age >= 65 AND o.orec = '1' THEN 'ORIGDIS_NE'
			ELSE 'NORIGDIS_NE' END || s.sex
			|| CASE WHEN a.age BETWEEN 65 AND 69 THEN a.age::text ELSE band END]
		ELSE ARRAY[s.sex || band]
			|| CASE WHEN k.segment = 'INS' AND medicaid THEN ARRAY['LTIMCAID'] END
			|| CASE WHEN k.segment = 'INS' AND a.age >= 65 AND o.orec = '1' THEN ARRAY['ORIGDS'] END
			|| CASE WHEN k.segment ~ '^C.A$' AND o.orec = '1' THEN
				ARRAY['OriginallyDisabled_' || CASE s.sex WHEN 'F' THEN 'Female'
					ELSE 'Male' END] END
	END AS variables
FROM model_year y CROSS JOIN kind_of_person k
	JOIN generate_series(0, 120) a(age) ON a.age BETWEEN k.age_min AND k.age_max
	CROSS JOIN (VALUES ('F'), ('M')) s(sex)
	-- Those of 64 entitled by age have a rule of their own: 20-discrepancies.sql.
	JOIN (VALUES ('0'), ('1'), ('2'), ('3')) o(orec) ON a.age <> 64 OR o.orec <> '0'
	CROSS JOIN LATERAL (SELECT k.dual_status IN ('01', '02', '03', '04', '05', '06', '08')
		IS TRUE AS medicaid,
		CASE WHEN a.age < 35 THEN '0_34' WHEN a.age < 45 THEN '35_44' WHEN a.age < 55 THEN '45_54'
			WHEN a.age < 60 THEN '55_59' WHEN a.age < 65 THEN '60_64' WHEN a.age >= 95 THEN '95_GT'
			ELSE format('%s_%s', a.age / 5 * 5, a.age / 5 * 5 + 4) END AS band) b;

SELECT is((SELECT count(DISTINCT segment) FROM published p WHERE p.model = y.model), 9::bigint,
	model || ' has nine segments')
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
SELECT is_empty(
	format($$ SELECT segment, variables[1] FROM person x WHERE model = %L AND NOT EXISTS (
		SELECT FROM published p WHERE p.model = x.model AND p.segment = x.segment
			AND p.variable = x.variables[1]) $$, model),
	model || ': everybody has a published cell')
FROM model_year ORDER BY model;
SELECT is_empty(format($$ SELECT segment, who, expected, got
	FROM (SELECT x.*, raf_score('{}'::icd10_set, who, model, payment_year) AS got,
			(SELECT sum(coefficient) FROM published p
				WHERE p.model = x.model AND p.segment = x.segment
					AND p.variable = ANY (x.variables)) AS expected
		FROM person x WHERE model = %L) x WHERE got IS DISTINCT FROM expected $$, model),
	model || ': everybody without diagnoses has the score of the cell')
FROM model_year ORDER BY model;

-- The youngest and the oldest of each segment, by name
SELECT results_eq(
	format($$ SELECT DISTINCT variable, coefficient
		FROM raf_explain('{}'::text[], %L::beneficiary, %L, %s)
		WHERE reason IS NULL AND variable ~ '[FM][0-9]' $$, x.who, x.model, x.payment_year),
	format($$ SELECT variable, coefficient FROM published
		WHERE model = %L AND segment = %L AND variable = %L $$,
		x.model, x.segment, x.variables[1]),
	format('%s %s: %s of %s', x.model, x.segment, x.sex, x.age))
FROM (SELECT DISTINCT ON (p.model, p.segment, p.sex, p.age) p.*
	FROM person p JOIN (SELECT segment, min(age_min) AS youngest, max(age_max) AS oldest
		FROM kind_of_person GROUP BY segment) k
		ON k.segment = p.segment AND p.age IN (youngest, oldest)
	WHERE p.age IN (0, 120) AND p.orec = CASE p.age WHEN 0 THEN '1' ELSE '0' END
	ORDER BY p.model, p.segment, p.sex, p.age, p.dual_status) x
ORDER BY x.model, x.segment, x.sex, x.age;

-- Outside the ages of a segment there is no cell: forced into it, the score is 0.
SELECT is(raf_score('{}'::text[], beneficiary(age, sex, orec => orec, segment => segment), model,
	payment_year), 0.000, format('%s %s forced at %s (%s): no cell', model, segment, age, sex))
FROM model_year, (VALUES ('CNA', 0, 'F', '1'), ('CPA', 0, 'M', '1'), ('CFA', 0, 'F', '1'),
	('CND', 120, 'F', '0'), ('CPD', 120, 'M', '0'),
	('CFD', 120, 'M', '0')) v(segment, age, sex, orec)
ORDER BY model, segment;

----------------------------------------------------------------------
-- ESRD and Part D
----------------------------------------------------------------------
CREATE TEMPORARY TABLE later_model (model text, payment_year int, calibration text);
INSERT INTO later_model VALUES
	('ESRD_V21', 2025, 'ESRD_V21_2019'), ('ESRD_V21', 2026, 'ESRD_V21_2019'),
	('ESRD_V24', 2025, 'ESRD_V24_2023'), ('ESRD_V24', 2026, 'ESRD_V24_2023'),
	('RX_V05', 2025, 'RX_V05_2020'),
	('RX_V08', 2025, 'RX_V08_2025'), ('RX_V08', 2025, 'RX_V08_2025_PACE'),
	('RX_V08', 2026, 'RX_V08_2026_T'), ('RX_V08', 2026, 'RX_V08_2026_X'),
	('RX_V08', 2027, 'RX_V08_2027_T2'), ('RX_V08', 2027, 'RX_V08_2027_Y1'),
	('RX_V08', 2027, 'RX_V08_2027_Y2');

-- Each of these circumstances, for every age, sex and OREC where they make a
-- difference in a cell, otherwise for the ages about which rules change
CREATE TEMPORARY TABLE circumstance AS
SELECT row_number() OVER () AS id, esrd, months, dual_status, new_enrollee, lti, low_income,
	dual_status IN ('02', '04', '08') IS TRUE AS full_dual,
	dual_status IN ('01', '03', '05', '06') IS TRUE AS partial_dual
FROM (VALUES ('none', NULL::int), ('dialysis', NULL), ('transplant', 1), ('transplant', 2),
	('transplant', 3), ('graft', 1), ('graft', 3),
		('graft', 4), ('graft', 9), ('graft', 10), ('graft', 300), ('graft', NULL)) e(esrd, months),
	(VALUES (NULL), ('00'), ('01'), ('02')) d(dual_status),
	(VALUES (false), (true)) n(new_enrollee), (VALUES (false), (true)) l(lti),
	(VALUES (false), (true)) i(low_income);
INSERT INTO circumstance (id, esrd, dual_status, new_enrollee, lti, low_income,
	full_dual, partial_dual)
SELECT 1000 + row_number() OVER (), 'dialysis', d, n, false, false, d IN ('04', '08'),
	d IN ('03', '05', '06')
FROM unnest('{03,04,05,06,07,08,09,10,99,NA}'::text[]) d, unnest('{f,t}'::boolean[]) n;

-- CMS's rules: the variables by name and the segment. With "counted" the age 64
-- of those entitled by age is 65: for a new enrollee's cell and graft add-on; in
-- ESRD_V21 up to 2025 for everything; in Part D for the choice of the segment.
CREATE TEMPORARY TABLE later_person AS
SELECT m.*, segment, adds, divisor, age, sex, orec, dual_status,
	beneficiary(age => age, sex => sex, orec => orec, dual_status => c.dual_status,
		new_enrollee => c.new_enrollee,
		lti => c.lti, low_income => c.low_income, esrd => c.esrd, graft_months => c.months) AS who,
	CASE WHEN segment = 'TRANSPLANT' THEN ARRAY[format('TRANSPLANT_KIDNEY_ONLY_%sM', months)]
		WHEN segment IN ('DNE', 'GNE') THEN ARRAY[CASE WHEN model = 'ESRD_V24' THEN CASE
			WHEN full_dual THEN 'FBD' ELSE 'ND_PBD' END
				WHEN full_dual OR partial_dual THEN 'MCAID' ELSE 'NMCAID' END
			|| CASE WHEN orec = '1' AND (segment = 'DNE' OR scored >= 65) THEN '_ORIGDIS_'
			ELSE '_NORIGDIS_' END
			|| CASE segment WHEN 'GNE' THEN 'G_NE' ELSE 'NE' END || sex
			|| CASE WHEN segment = 'GNE' AND counted BETWEEN 65 AND 69 THEN counted::text
			WHEN segment = 'DNE' AND counted >= 85 THEN '85_GT' ELSE cell END]
		WHEN segment LIKE 'Rx_NE%' THEN ARRAY[CASE esrd WHEN 'none' THEN 'NESRD' ELSE 'ESRD' END
			|| CASE WHEN orec = '1' AND scored >= 65 THEN '_ORIGDIS_X_'
			ELSE '_NORIGDIS_X_' END || sex
			|| CASE WHEN counted BETWEEN 65 AND 69 THEN counted::text ELSE cell END]
		WHEN model LIKE 'RX%' THEN ARRAY[sex || cell] || CASE WHEN orec = '1'
		AND scored >= 65 THEN ARRAY['OD65', sex || '65OD'] END
		WHEN model = 'ESRD_V21' THEN ARRAY[sex || cell] || CASE WHEN full_dual OR partial_dual THEN
				ARRAY['MCAID', format('MCAID_%s_%s', word, CASE WHEN scored < 65
					AND orec <> '0' THEN 'NonAged' ELSE 'Aged' END)] END
			|| CASE WHEN scored >= 65 THEN CASE orec WHEN '1' THEN ARRAY['ORIGDS',
				'OriginallyDisabled_' || word]
				WHEN '2' THEN ARRAY['Originally_ESRD_' || word]
				WHEN '3' THEN ARRAY['Originally_ESRD_' || word] END END
		ELSE ARRAY[sex || cell] || CASE WHEN full_dual THEN ARRAY[
			format('FBDual_%s_%s', word, CASE WHEN scored < 65 THEN 'NonAged' ELSE 'Aged' END)]
				WHEN partial_dual THEN ARRAY[format('PBDual_%s_%s', word,
					CASE WHEN scored < 65 THEN 'NonAged' ELSE 'Aged' END)] END
			|| CASE WHEN lti THEN ARRAY[CASE WHEN scored < 65 THEN 'LTI_NonAged'
				ELSE 'LTI_Aged' END] END
			|| CASE WHEN scored >= 65 THEN CASE orec WHEN '1' THEN ARRAY['ORIGDS',
				'OriginallyDisabled_' || word]
				WHEN '2' THEN ARRAY['Originally_ESRD_' || word]
				WHEN '3' THEN ARRAY['Originally_ESRD_' || word] END END
	END AS variables,
	ARRAY(SELECT side || '_' || duration || CASE WHEN model = 'ESRD_V21' THEN ''
		WHEN full_dual THEN '_FBD' ELSE '_ND_PBD' END WHERE duration IS NOT NULL)
		|| CASE WHEN partial_dual AND NOT new_enrollee THEN ARRAY[format('PBD_%s_flag', side)] END
		|| CASE WHEN lti THEN ARRAY['LTI_' || side] END AS add_variables
FROM later_model m CROSS JOIN circumstance c
	CROSS JOIN generate_series(0, 120) age CROSS JOIN unnest('{F,M}'::text[]) sex
		CROSS JOIN unnest('{0,1,2,3}'::text[]) orec
	CROSS JOIN LATERAL (SELECT CASE WHEN age = 64 AND orec = '0' THEN 65 ELSE age END AS counted,
		CASE WHEN age = 64 AND orec = '0' AND model = 'ESRD_V21' AND payment_year <= 2025 THEN 65
		ELSE age END AS scored, CASE sex WHEN 'F' THEN 'Female' ELSE 'Male' END AS word) a
	CROSS JOIN LATERAL (SELECT CASE
			WHEN model LIKE 'RX%' THEN 'Rx_' || CASE WHEN new_enrollee THEN 'NE_' || CASE
			WHEN lti THEN 'LTI' WHEN low_income THEN 'Lo' ELSE 'NoLo' END
				WHEN lti THEN 'CE_LTI' ELSE 'CE_' || CASE WHEN low_income THEN 'Low'
				ELSE 'NoLow' END || CASE WHEN age >= 65 THEN 'Aged' ELSE 'NoAged' END END
			WHEN months <= 3 THEN 'TRANSPLANT'
			WHEN new_enrollee THEN CASE esrd WHEN 'dialysis' THEN 'DNE' ELSE 'GNE' END
			WHEN esrd = 'dialysis' THEN 'DI' WHEN lti THEN 'GI' WHEN model = 'ESRD_V21' THEN 'GC'
			ELSE CASE WHEN full_dual THEN 'GF' ELSE 'GNP' END || CASE WHEN scored >= 65 THEN 'A'
			ELSE 'N' END END AS segment,
		CASE WHEN months BETWEEN 4 AND 9 THEN 'DUR4_9'
		WHEN months >= 10 THEN 'DUR10PL' END AS duration) g
	CROSS JOIN LATERAL (SELECT CASE
		WHEN segment NOT IN ('GNE', 'GI', 'GC', 'GFA', 'GFN', 'GNPA', 'GNPN') THEN NULL
			WHEN model = 'ESRD_V21' THEN 'FG' WHEN segment = 'GI' THEN 'FGI' ELSE 'FGC' END AS adds,
		CASE WHEN segment = 'GNE' AND model = 'ESRD_V24' THEN CASE duration WHEN 'DUR4_9' THEN 0.905
		WHEN 'DUR10PL' THEN 0.698 END END AS divisor,
		CASE WHEN CASE WHEN segment = 'GNE' THEN counted ELSE scored END >= 65 THEN 'GE65'
		ELSE 'LT65' END AS side,
		CASE WHEN segment LIKE '%NE%' THEN counted ELSE scored END AS cell_age) x
	CROSS JOIN LATERAL (SELECT CASE WHEN cell_age < 35 THEN '0_34' WHEN cell_age < 45 THEN '35_44'
		WHEN cell_age < 55 THEN '45_54'
			WHEN cell_age < 60 THEN '55_59' WHEN cell_age < 65 THEN '60_64'
			WHEN cell_age >= 95 THEN '95_GT'
			ELSE format('%s_%s', cell_age / 5 * 5, cell_age / 5 * 5 + 4) END AS cell) b
WHERE CASE WHEN model LIKE 'RX%' THEN COALESCE(months, 9) = 9 AND dual_status = '02'
			AND (esrd = 'none' OR esrd = 'dialysis' AND new_enrollee OR age IN (0, 64, 65, 120))
		ELSE esrd <> 'none' AND NOT low_income
			AND (months IS NULL AND (id < 1000 OR age IN (64, 65))
				OR age IN (0, 50, 63, 64, 65, 66, 67, 120)) END;

CREATE INDEX ON later_person (calibration, payment_year);
ANALYZE later_person;

SELECT is((SELECT count(DISTINCT segment) FROM published p
	WHERE p.model = m AND segment NOT IN ('FG', 'FGC', 'FGI', 'ACTADJ')), n::bigint,
	format('%s has %s segments', m, n))
FROM (VALUES ('ESRD_V21', 6), ('ESRD_V24', 9), ('RX_V05', 8), ('RX_V08', 8)) v(m, n);
SELECT is_empty(format($$ SELECT DISTINCT segment FROM published
	WHERE calibration = %2$L AND segment NOT IN ('FG', 'FGC', 'FGI', 'ACTADJ')
	EXCEPT SELECT raf_segment(who, %1$L, %3$s) FROM later_person
	WHERE calibration = %2$L AND payment_year = %3$s $$, model, calibration, payment_year),
	format('%s %s: every segment is reached', calibration, payment_year))
FROM later_model ORDER BY calibration, payment_year;
SELECT is_empty(
	format($$ SELECT segment, raf_segment(who, model, payment_year), who FROM later_person
	WHERE calibration = %L AND payment_year = %s AND raf_segment(who, model,
		payment_year) IS DISTINCT FROM segment $$, calibration, payment_year),
	format('%s %s: everybody is in the right segment', calibration, payment_year))
FROM later_model ORDER BY calibration, payment_year;

-- The cell must exist.
SELECT is_empty(
	format($$ SELECT segment, variables[1], who FROM later_person x WHERE calibration = %L
		AND NOT EXISTS (SELECT FROM published p WHERE p.calibration = x.calibration
			AND p.segment = x.segment AND p.variable = x.variables[1]) $$, calibration),
	calibration || ': everybody has a published cell')
FROM (SELECT DISTINCT calibration FROM later_model) c ORDER BY calibration;
SELECT is_empty(format($$ SELECT segment, who, expected, got
	FROM (SELECT x.*, raf_score('{}'::icd10_set, who, model, payment_year, calibration) AS got,
			CASE WHEN divisor IS NULL THEN sum ELSE round(sum / divisor, 3) END AS expected
		FROM later_person x
			CROSS JOIN LATERAL (SELECT COALESCE(sum(coefficient), 0) AS sum FROM published p
			WHERE p.calibration = x.calibration
				AND (p.segment = x.segment AND p.variable = ANY (x.variables)
				OR p.segment = x.adds AND p.variable = ANY (x.add_variables))) s
		WHERE calibration = %L AND payment_year = %s) x
	WHERE got IS DISTINCT FROM expected $$, calibration, payment_year),
	format('%s %s: everybody without diagnoses has the score of cell, flags and add-ons',
		calibration, payment_year))
FROM later_model ORDER BY calibration, payment_year;
-- Every variable that is about the person alone was somebody's.
SELECT is_empty(format($$ SELECT segment, variable FROM published p
	WHERE calibration = %L AND variable !~ 'HCC' AND segment <> 'ACTADJ'
		AND NOT EXISTS (SELECT FROM hcc_interaction i
			WHERE i.model_version = p.model AND i.interaction_name = p.variable)
	EXCEPT SELECT segment, unnest(variables) FROM later_person WHERE calibration = %1$L
	EXCEPT SELECT adds, unnest(add_variables) FROM later_person
	WHERE calibration = %1$L $$, calibration),
	calibration || ': every term without diagnosis is reached')
FROM (SELECT DISTINCT calibration FROM later_model) c ORDER BY calibration;

-- Without a current status there is no segment, and months that contradict it say which it is.
SELECT throws_like(format($$ SELECT raf_segment(beneficiary(70, 'F', orec => '2'), %L) $$, m),
	format('no segment of model "%s" fits this beneficiary', m), m || ': nobody without ESRD')
FROM unnest('{ESRD_V21,ESRD_V24}'::text[]) m;
SELECT is(raf_segment(beneficiary(70, 'F', esrd => e, graft_months => n), 'ESRD_V24', 2026), s,
	format('%s, %s months: %s', e, n, s))
FROM (VALUES ('transplant', 3, 'TRANSPLANT'), ('transplant', 4, 'GNPA'), ('graft', 3, 'TRANSPLANT'),
	('graft', 4, 'GNPA'),
	('dialysis', 2, 'DI'), ('dialysis', 40, 'DI')) v(e, n, s);

SELECT * FROM finish();
ROLLBACK;
