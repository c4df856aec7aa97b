-- A panel of 10,000 invented patients and what was claimed for them in 2025 and
-- 2026. The percentages are ours: plausible for a Medicare Advantage
-- panel, taken from no one. The codes are real ICD-10-CM.
--
-- Every choice is a hash of the patient and of what is chosen, never random():
-- the panel is the same on every server, whatever the plan.

CREATE SCHEMA demo;

-- A number from 0 to 1 that belongs to this patient, topic and year.
CREATE FUNCTION demo.draw(patient integer, topic text, year integer DEFAULT 0) RETURNS float8
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (hashtextextended(topic COLLATE "C", patient * 10000::bigint + year) & 4294967295) / 4294967296::float8;

----------------------------------------------------------------------
-- People
----------------------------------------------------------------------
CREATE TABLE demo.person AS
SELECT n,
	-- readable on purpose: patient 42 ends in 42
	('00000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid AS patient_id,
	joined,
	-- completed years on 1 February 2026
	age,
	(date '2026-02-01' - make_interval(years => age))::date - floor(365 * demo.draw(n, 'birthday'))::int AS date_of_birth,
	CASE WHEN disabled THEN 1 WHEN age < 75 THEN 2 WHEN age < 85 THEN 3 ELSE 4 END AS band,
	CASE WHEN demo.draw(n, 'sex') < 0.56 THEN 'F' ELSE 'M' END AS sex,
	CASE WHEN disabled OR joined IS NULL AND demo.draw(n, 'was disabled') < CASE WHEN age < 75 THEN 0.12 ELSE 0.06 END
		THEN '1' ELSE '0' END AS orec,
	CASE WHEN demo.draw(n, 'full dual') < CASE WHEN disabled OR lti THEN 0.38 ELSE 0.10 END
			THEN CASE WHEN demo.draw(n, 'which dual') < 0.8 THEN '02' ELSE '08' END
		WHEN demo.draw(n, 'partial dual') < CASE WHEN disabled THEN 0.15 ELSE 0.05 END
			THEN CASE WHEN demo.draw(n, 'which dual') < 0.6 THEN '03' ELSE '06' END
		END AS dual_status,
	lti,
	-- multiplies the chance of every disease, for illness does not come alone;
	-- 1.25 on average, for the percentages are of what gets documented
	0.5 + 3 * demo.draw(n, 'frailty') ^ 3 + CASE WHEN lti THEN 0.6 ELSE 0 END AS frailty
FROM generate_series(1, 10000) n,
	-- one in twenty joins Medicare in each of the two years
	LATERAL (SELECT CASE WHEN demo.draw(n, 'joined') < 0.05 THEN 2025
			WHEN demo.draw(n, 'joined') < 0.10 THEN 2026 END AS joined,
		demo.draw(n, 'disabled') < 0.15 AS disabled) j,
	-- those who join by age do so at 65; the others thin out towards 97
	LATERAL (SELECT CASE WHEN disabled THEN 64 - floor(30 * demo.draw(n, 'age') ^ 2)::int
			WHEN joined IS NOT NULL THEN 65 + 2025 - joined
			ELSE 65 + floor(32 * (1 - sqrt(1 - demo.draw(n, 'age'))))::int END AS age) a,
	LATERAL (SELECT joined IS NULL AND demo.draw(n, 'institution')
			< CASE WHEN disabled THEN 0.01 WHEN age < 75 THEN 0.01 WHEN age < 85 THEN 0.035 ELSE 0.12 END AS lti) l;
ALTER TABLE demo.person ADD PRIMARY KEY (n);

-- Three practices see a patient; the first is the one he or she is attributed to.
-- No real provider's number starts with a 9.
CREATE FUNCTION demo.provider(patient integer, practice integer) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN 9000000000 + floor(200 * demo.draw(patient, 'provider ' || practice))::bigint;

-- CMS says in the summer before who will be there.
INSERT INTO patient_demographic (patient_id, payment_year, date_of_birth, sex, orec, dual_status, new_enrollee, lti,
	provider_npi, known_at)
SELECT patient_id, payment_year, date_of_birth, sex, orec, dual_status,
	joined IS NOT DISTINCT FROM payment_year - 1, lti, demo.provider(n, 0)::text, make_date(payment_year - 1, 8, 1)
FROM demo.person CROSS JOIN generate_series(2026, 2027) payment_year
WHERE joined IS NULL OR joined < payment_year;

----------------------------------------------------------------------
-- Diseases
--
-- percent: how many have it: disabled under 65, 65-74, 75-84, 85 and older
-- follows: these percentages are of the people with that other disease (listed
--          above); the rest have `elsewhere` of that chance
-- course:  chronic stays, acute comes anew each year
-- vague:   what the chart says at three visits in ten
----------------------------------------------------------------------
CREATE TABLE demo.disease (
	number integer GENERATED ALWAYS AS IDENTITY,
	disease text PRIMARY KEY,
	course text,
	percent float8[],
	follows text,
	elsewhere float8,
	sex text,
	vague text
);
INSERT INTO demo.disease (disease, course, percent, follows, elsewhere, sex, vague) VALUES
	('diabetes', 'chronic', '{30,24,26,22}', NULL, 1, NULL, 'E11.9'),
	('diabetic complication', 'chronic', '{50,45,55,55}', 'diabetes', 0, NULL, 'E11.9'),
	('insulin', 'chronic', '{30,22,22,18}', 'diabetes', 0, NULL, NULL),
	('kidney disease', 'chronic', '{14,17,27,40}', 'diabetes', 0.4, NULL, 'N18.9'),
	('parathyroid', 'chronic', '{8,6,6,6}', 'kidney disease', 0.02, NULL, NULL),
	('coronary disease', 'chronic', '{8,17,27,33}', NULL, 1, NULL, 'I25.10'),
	('heart failure', 'chronic', '{16,15,22,36}', 'coronary disease', 0.35, NULL, 'I50.9'),
	('arrhythmia', 'chronic', '{12,18,30,38}', 'heart failure', 0.3, NULL, NULL),
	('vascular disease', 'chronic', '{6,8,13,18}', NULL, 1, NULL, NULL),
	('COPD', 'chronic', '{14,9,12,11}', NULL, 1, NULL, NULL),
	('severe asthma', 'chronic', '{1.2,0.6,0.4,0.2}', NULL, 1, NULL, NULL),
	('morbid obesity', 'chronic', '{14,10,6,2}', NULL, 1, NULL, NULL),
	('depression', 'chronic', '{22,9,8,8}', NULL, 1, NULL, 'F32.A'),
	('bipolar disorder', 'chronic', '{8,1.1,0.7,0.4}', NULL, 1, NULL, NULL),
	('schizophrenia', 'chronic', '{6,0.7,0.5,0.4}', NULL, 1, NULL, NULL),
	('opioid use', 'chronic', '{6,1.3,0.6,0.2}', NULL, 1, NULL, NULL),
	('alcohol use', 'chronic', '{4,1.9,1,0.4}', NULL, 1, NULL, NULL),
	('dementia', 'chronic', '{0.8,2,8,24}', NULL, 1, NULL, NULL),
	('breast cancer', 'chronic', '{2,4,5,4}', NULL, 1, 'F', NULL),
	('prostate cancer', 'chronic', '{0.5,4.5,7,6}', NULL, 1, 'M', NULL),
	('bowel or bladder cancer', 'chronic', '{0.6,1.4,2.1,2.2}', NULL, 1, NULL, NULL),
	('lung cancer', 'chronic', '{0.4,0.8,1.1,0.7}', NULL, 1, NULL, NULL),
	('blood cancer', 'chronic', '{0.5,0.9,1.5,1.5}', NULL, 1, NULL, NULL),
	('rheumatic disease', 'chronic', '{6,4.5,5,5}', NULL, 1, NULL, NULL),
	('immunodeficiency', 'chronic', '{9,9,8,5}', 'rheumatic disease', 0.1, NULL, NULL),
	('multiple sclerosis', 'chronic', '{1.8,0.5,0.2,0.1}', NULL, 1, NULL, NULL),
	('seizures', 'chronic', '{6,1.5,1.9,2.3}', NULL, 1, NULL, NULL),
	('liver disease', 'chronic', '{3,1.6,1.1,0.5}', NULL, 1, NULL, NULL),
	('bowel inflammation', 'chronic', '{1.6,1,0.9,0.6}', NULL, 1, NULL, NULL),
	('wet macula', 'chronic', '{0.1,0.7,2.4,5}', NULL, 1, NULL, NULL),
	('low platelets', 'chronic', '{1.5,1.7,2.5,3.2}', NULL, 1, NULL, NULL),
	('old stroke', 'chronic', '{2,1.7,2.6,3.2}', 'arrhythmia', 0.4, NULL, NULL),
	('amputation', 'chronic', '{2.5,1.3,1.3,1}', 'diabetes', 0.1, NULL, NULL),
	('ostomy', 'chronic', '{0.8,0.5,0.6,0.8}', NULL, 1, NULL, NULL),
	('foot ulcer', 'acute', '{6,4,4,4.5}', 'diabetic complication', 0.07, NULL, NULL),
	('pressure ulcer', 'acute', '{4,3,3.5,5}', 'dementia', 0.12, NULL, NULL),
	('decompensation', 'acute', '{14,11,12,15}', 'heart failure', 0, NULL, NULL),
	('heart attack', 'acute', '{3,2.2,2.2,2.8}', 'coronary disease', 0.12, NULL, NULL),
	('stroke', 'acute', '{2.5,2.2,2.8,3.8}', 'arrhythmia', 0.3, NULL, NULL),
	('respiratory failure', 'acute', '{12,10,11,12}', 'COPD', 0.13, NULL, NULL),
	('kidney injury', 'acute', '{12,10,10,12}', 'kidney disease', 0.15, NULL, NULL),
	('sepsis', 'acute', '{2,1.2,2,3.8}', NULL, 1, NULL, NULL),
	('aspiration', 'acute', '{3,3,3.5,5}', 'dementia', 0.08, NULL, NULL),
	('pneumonia', 'acute', '{4,3,5,8}', NULL, 1, NULL, NULL),
	('clot', 'acute', '{1.4,1.1,1.5,1.9}', NULL, 1, NULL, NULL),
	('hip fracture', 'acute', '{0.3,0.4,1.2,3.4}', NULL, 1, NULL, NULL),
	('vertebral fracture', 'acute', '{0.4,0.5,1,1.9}', NULL, 1, NULL, NULL),
	('bowel obstruction', 'acute', '{0.6,0.6,0.9,1.2}', NULL, 1, NULL, NULL),
	('malnutrition', 'acute', '{1.6,1,1.6,3.2}', NULL, 1, NULL, NULL),
	-- everyday practice: codes that no payment model maps
	('hypertension', 'chronic', '{48,56,68,72}', NULL, 1, NULL, NULL),
	('lipids', 'chronic', '{42,52,54,42}', NULL, 1, NULL, NULL),
	('check-up', 'acute', '{45,60,55,40}', NULL, 1, NULL, NULL),
	('vaccination', 'acute', '{25,35,38,36}', NULL, 1, NULL, NULL),
	('back pain', 'acute', '{25,18,18,15}', NULL, 1, NULL, NULL),
	('reflux', 'chronic', '{24,20,20,17}', NULL, 1, NULL, NULL),
	('thyroid', 'chronic', '{12,14,16,18}', NULL, 1, NULL, NULL),
	('prostate enlargement', 'chronic', '{5,22,32,32}', NULL, 1, 'M', NULL),
	('knee arthrosis', 'chronic', '{12,16,20,20}', NULL, 1, NULL, NULL),
	('cataract', 'chronic', '{2,14,20,10}', NULL, 1, NULL, NULL),
	('anxiety', 'chronic', '{24,11,9,8}', NULL, 1, NULL, NULL),
	('sleep apnea', 'chronic', '{15,11,8,3}', NULL, 1, NULL, NULL),
	('urinary infection', 'acute', '{6,6,9,14}', NULL, 1, NULL, NULL);

-- How a disease is coded: `share` of its patients in percent. A year later
-- `worsens` percent of the chronic ones carry the code of the next stage.
CREATE TABLE demo.code (
	number integer GENERATED ALWAYS AS IDENTITY,
	disease text REFERENCES demo.disease,
	share integer,
	icd10_code text,
	worsens integer DEFAULT 0,
	next_stage text
);
INSERT INTO demo.code (disease, share, icd10_code, worsens, next_stage) VALUES
	('diabetes', 68, 'E11.9', 6, 'E11.65'), ('diabetes', 28, 'E11.65', 0, NULL), ('diabetes', 4, 'E10.9', 8, 'E10.65'),
	('diabetic complication', 38, 'E11.22', 0, NULL), ('diabetic complication', 27, 'E11.42', 0, NULL),
	('diabetic complication', 14, 'E11.51', 0, NULL), ('diabetic complication', 15, 'E11.319', 10, 'E11.3593'),
	('diabetic complication', 6, 'E11.3593', 0, NULL),
	('insulin', 100, 'Z79.4', 0, NULL),
	('kidney disease', 26, 'N18.30', 12, 'N18.32'), ('kidney disease', 40, 'N18.31', 12, 'N18.32'),
	('kidney disease', 22, 'N18.32', 12, 'N18.4'), ('kidney disease', 10, 'N18.4', 12, 'N18.5'), ('kidney disease', 2, 'N18.5', 0, NULL),
	('parathyroid', 100, 'N25.81', 0, NULL),
	('coronary disease', 74, 'I25.10', 4, 'I25.119'), ('coronary disease', 16, 'I25.119', 5, 'I20.0'), ('coronary disease', 10, 'I25.118', 0, NULL),
	('heart failure', 36, 'I50.32', 0, NULL), ('heart failure', 26, 'I50.22', 0, NULL), ('heart failure', 12, 'I50.42', 0, NULL),
	('heart failure', 14, 'I11.0', 0, NULL), ('heart failure', 12, 'I42.0', 15, 'I50.22'),
	('arrhythmia', 40, 'I48.0', 12, 'I48.20'), ('arrhythmia', 30, 'I48.91', 0, NULL), ('arrhythmia', 20, 'I48.20', 0, NULL), ('arrhythmia', 10, 'I49.5', 0, NULL),
	('vascular disease', 50, 'I73.9', 0, NULL), ('vascular disease', 24, 'I70.0', 0, NULL), ('vascular disease', 14, 'I70.213', 8, 'I70.235'),
	('vascular disease', 9, 'I71.40', 0, NULL), ('vascular disease', 3, 'I70.245', 0, NULL),
	('COPD', 66, 'J44.9', 0, NULL), ('COPD', 18, 'J44.1', 0, NULL), ('COPD', 10, 'J43.9', 0, NULL), ('COPD', 4, 'J84.10', 0, NULL), ('COPD', 2, 'J47.9', 0, NULL),
	('severe asthma', 100, 'J45.50', 0, NULL),
	('morbid obesity', 55, 'E66.01', 0, NULL), ('morbid obesity', 33, 'Z68.41', 6, 'Z68.42'), ('morbid obesity', 12, 'Z68.42', 0, NULL),
	('depression', 28, 'F33.1', 0, NULL), ('depression', 22, 'F33.0', 10, 'F33.1'), ('depression', 18, 'F33.9', 0, NULL),
	('depression', 14, 'F32.1', 0, NULL), ('depression', 10, 'F32.0', 0, NULL), ('depression', 8, 'F33.2', 0, NULL),
	('bipolar disorder', 65, 'F31.9', 0, NULL), ('bipolar disorder', 35, 'F31.32', 0, NULL),
	('schizophrenia', 55, 'F20.9', 0, NULL), ('schizophrenia', 45, 'F25.9', 0, NULL),
	('opioid use', 70, 'F11.20', 10, 'F11.21'), ('opioid use', 30, 'F11.21', 0, NULL),
	('alcohol use', 60, 'F10.20', 10, 'F10.21'), ('alcohol use', 40, 'F10.21', 0, NULL),
	('dementia', 46, 'F03.90', 10, 'F03.B0'), ('dementia', 26, 'G30.9', 0, NULL), ('dementia', 10, 'F01.50', 0, NULL),
	('dementia', 12, 'F03.B0', 15, 'F03.C0'), ('dementia', 6, 'F03.C0', 0, NULL),
	('breast cancer', 60, 'C50.911', 3, 'C79.51'), ('breast cancer', 40, 'C50.412', 3, 'C79.51'),
	('prostate cancer', 100, 'C61', 3, 'C79.51'),
	('bowel or bladder cancer', 60, 'C18.9', 6, 'C78.7'), ('bowel or bladder cancer', 40, 'C67.9', 3, 'C78.7'),
	('lung cancer', 70, 'C34.90', 15, 'C79.31'), ('lung cancer', 30, 'C34.31', 15, 'C78.7'),
	('blood cancer', 34, 'C85.90', 0, NULL), ('blood cancer', 30, 'C91.10', 0, NULL), ('blood cancer', 20, 'C90.00', 0, NULL), ('blood cancer', 16, 'D46.9', 0, NULL),
	('rheumatic disease', 60, 'M06.9', 0, NULL), ('rheumatic disease', 18, 'M35.3', 0, NULL), ('rheumatic disease', 12, 'M05.9', 0, NULL), ('rheumatic disease', 10, 'M32.9', 0, NULL),
	('immunodeficiency', 100, 'D84.821', 0, NULL),
	-- until September 2025 (see below)
	('multiple sclerosis', 100, 'G35', 0, NULL),
	('seizures', 70, 'G40.909', 0, NULL), ('seizures', 30, 'R56.9', 0, NULL),
	('liver disease', 55, 'K74.60', 12, 'K76.6'), ('liver disease', 45, 'B18.2', 6, 'K74.60'),
	('bowel inflammation', 50, 'K50.90', 0, NULL), ('bowel inflammation', 50, 'K51.90', 0, NULL),
	('wet macula', 60, 'H35.3211', 0, NULL), ('wet macula', 40, 'H35.3231', 0, NULL),
	('low platelets', 100, 'D69.6', 0, NULL),
	('old stroke', 50, 'I69.351', 0, NULL), ('old stroke', 50, 'I69.354', 0, NULL),
	('amputation', 55, 'Z89.411', 10, 'Z89.511'), ('amputation', 45, 'Z89.511', 0, NULL),
	('ostomy', 70, 'Z93.3', 0, NULL), ('ostomy', 30, 'Z93.1', 0, NULL),
	('foot ulcer', 60, 'L97.519', 0, NULL), ('foot ulcer', 40, 'L97.512', 0, NULL),
	('pressure ulcer', 50, 'L89.152', 0, NULL), ('pressure ulcer', 32, 'L89.153', 0, NULL), ('pressure ulcer', 18, 'L89.154', 0, NULL),
	('decompensation', 55, 'I50.33', 0, NULL), ('decompensation', 45, 'I50.23', 0, NULL),
	('heart attack', 100, 'I21.4', 0, NULL),
	('stroke', 100, 'I63.9', 0, NULL),
	('respiratory failure', 60, 'J96.01', 0, NULL), ('respiratory failure', 25, 'J96.11', 0, NULL), ('respiratory failure', 15, 'J96.21', 0, NULL),
	('kidney injury', 100, 'N17.9', 0, NULL),
	('sepsis', 70, 'A41.9', 0, NULL), ('sepsis', 18, 'A41.51', 0, NULL), ('sepsis', 12, 'R65.20', 0, NULL),
	('aspiration', 100, 'J69.0', 0, NULL),
	('pneumonia', 100, 'J18.9', 0, NULL),
	('clot', 50, 'I26.99', 0, NULL), ('clot', 50, 'I82.401', 0, NULL),
	('hip fracture', 50, 'S72.001A', 0, NULL), ('hip fracture', 50, 'S72.141A', 0, NULL),
	('vertebral fracture', 60, 'M80.08XA', 0, NULL), ('vertebral fracture', 40, 'S32.010A', 0, NULL),
	('bowel obstruction', 100, 'K56.609', 0, NULL),
	('malnutrition', 70, 'E44.0', 0, NULL), ('malnutrition', 30, 'E43', 0, NULL),
	('hypertension', 100, 'I10', 0, NULL), ('lipids', 100, 'E78.5', 0, NULL), ('check-up', 100, 'Z00.00', 0, NULL),
	('vaccination', 100, 'Z23', 0, NULL), ('back pain', 100, 'M54.50', 0, NULL), ('reflux', 100, 'K21.9', 0, NULL),
	('thyroid', 100, 'E03.9', 0, NULL), ('prostate enlargement', 100, 'N40.1', 0, NULL), ('knee arthrosis', 100, 'M17.11', 0, NULL),
	('cataract', 100, 'H25.13', 0, NULL), ('anxiety', 100, 'F41.9', 0, NULL), ('sleep apnea', 100, 'G47.33', 0, NULL),
	('urinary infection', 100, 'N39.0', 0, NULL);

----------------------------------------------------------------------
-- Who has what: what nature knows, whether or not anyone writes it down
----------------------------------------------------------------------
CREATE TABLE demo.illness (n integer, disease text, year integer, PRIMARY KEY (disease, year, n));

DO $$
DECLARE
	d demo.disease;
BEGIN
	-- one disease after the other, for a disease may follow another
	FOR d IN SELECT * FROM demo.disease ORDER BY number LOOP
		INSERT INTO demo.illness
		SELECT p.n, d.disease, y
		FROM demo.person p CROSS JOIN generate_series(2025, 2026) y
			LEFT JOIN demo.illness f ON (f.n, f.disease, f.year) = (p.n, d.follows, y)
			CROSS JOIN LATERAL (SELECT d.percent[p.band] / 100 * p.frailty
				* CASE WHEN f.n IS NULL THEN d.elsewhere ELSE 1 END AS chance) c
		WHERE (d.sex = p.sex OR d.sex IS NULL) AND (p.joined <= y OR p.joined IS NULL)
		  AND CASE WHEN d.course = 'acute' THEN demo.draw(p.n, d.disease, y) < chance
				-- chronic: there from the start, or new in the second year
				ELSE demo.draw(p.n, d.disease) < chance * CASE WHEN y = 2026 THEN 1.08 ELSE 1 END END;
	END LOOP;
END
$$;
ANALYZE demo.illness;

----------------------------------------------------------------------
-- What was written down
----------------------------------------------------------------------
-- Lists of procedures that make a claim count are CMS's, one for each year; of
-- these two years the demo knows three: an office visit, an outpatient clinic
-- visit, an annual wellness visit.
INSERT INTO eligible_procedure (service_year, procedure_code, source)
SELECT year, code, 'demo' FROM generate_series(2025, 2026) year, unnest('{99213,G0463,G0439}'::text[]) code;

INSERT INTO patient_diagnosis_hcc (id, patient_id, encounter_id, icd10_code, diagnosis_date, provider_npi,
	claim_type, bill_type, procedure_codes, modifiers, place_of_service, record_source, known_at)
WITH stage AS (
	SELECT number, disease, icd10_code, next_stage, worsens / 100.0 AS worsens,
		sum(share) OVER (PARTITION BY disease ORDER BY number) / 100.0 AS upto,
		(sum(share) OVER (PARTITION BY disease ORDER BY number) - share) / 100.0 AS above
	FROM demo.code
), coded AS (
	SELECT i.n, i.disease, i.year, s.icd10_code, d.vague,
		CASE WHEN i.year = 2026 AND demo.draw(i.n, 'worse ' || i.disease) < s.worsens THEN s.next_stage END AS next_stage
	FROM demo.illness i JOIN demo.disease d USING (disease) JOIN stage s USING (disease)
	WHERE demo.draw(i.n, 'code ' || i.disease, CASE WHEN d.course = 'acute' THEN i.year ELSE 0 END) BETWEEN s.above AND s.upto
	-- A chronic disease is documented in four years out of five: the others
	-- are the gaps that recapture looks for.
	  AND (d.course = 'acute' OR demo.draw(i.n, 'documented ' || i.disease, i.year) < 0.8)
), visit AS (
	-- up to four visits deal with a disease; from the second on, the next stage
	SELECT DISTINCT n, year, floor(encounters * demo.draw(n, visit || ' visit ' || disease, year))::int AS encounter, encounters, joined,
		CASE WHEN demo.draw(n, visit || ' vague ' || disease, year) < 0.3 AND vague IS NOT NULL THEN vague
			WHEN visit > 1 AND next_stage IS NOT NULL THEN next_stage
			ELSE icd10_code END AS icd10_code
	FROM coded JOIN demo.person USING (n)
		CROSS JOIN LATERAL (SELECT 3 + floor(6 * frailty * demo.draw(n, 'encounters', year))::int AS encounters) e
		CROSS JOIN LATERAL generate_series(1, 1 + floor(3.5 * demo.draw(n, 'visits ' || disease, year))::int) visit
), encounter AS (
	SELECT n, year, encounter, icd10_code,
		-- the year's encounters, evenly spread; who joins, joins on 1 July
		make_date(year, 1, 1) + CASE WHEN joined = year THEN 181 ELSE 0 END
			+ floor(CASE WHEN joined = year THEN 184 ELSE 365 END
				* (encounter + demo.draw(n, 'date ' || encounter, year)) / encounters)::int AS date,
		demo.provider(n, encounter % 3) AS provider,
		CASE WHEN demo.draw(n, 'eligible ' || encounter, year) < 0.03 THEN 'laboratory'
			WHEN demo.draw(n, 'eligible ' || encounter, year) < 0.05 THEN 'home health'
			WHEN demo.draw(n, 'claim ' || encounter, year) < 0.06 THEN 'inpatient'
			WHEN demo.draw(n, 'claim ' || encounter, year) < 0.20 THEN 'outpatient'
			WHEN demo.draw(n, 'claim ' || encounter, year) < 0.24 THEN 'video visit'
			WHEN demo.draw(n, 'claim ' || encounter, year) < 0.25 THEN 'chart review'
			WHEN icd10_code = 'Z00.00' THEN 'wellness visit'
			ELSE 'office visit' END AS claim
	FROM visit
), record AS (
	SELECT n, date, provider, claim,
		-- ICD-10-CM of fiscal year 2026 tells kinds of multiple sclerosis apart
		CASE WHEN icd10_code = 'G35' AND date >= '2025-10-01' THEN 'G35.D' ELSE icd10_code END AS icd10_code,
		('00000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid AS patient_id,
		('00000000-0000-4000-' || year || '-' || lpad((n * 100 + encounter)::text, 12, '0'))::uuid AS encounter_id
	FROM encounter
)
SELECT ('00000000-0000-4001-8000-' || lpad((row_number() OVER (ORDER BY n, date, icd10_code))::text, 12, '0'))::uuid, patient_id, encounter_id,
	-- one practice in three leaves out the dot
	CASE WHEN provider % 3 = 0 THEN replace(icd10_code, '.', '') ELSE icd10_code END,
	date, provider::text,
	CASE WHEN claim IN ('inpatient', 'outpatient', 'home health') THEN 'institutional' ELSE 'professional' END,
	CASE claim WHEN 'inpatient' THEN '111' WHEN 'outpatient' THEN '131' WHEN 'home health' THEN '321' END,
	CASE WHEN claim = 'laboratory' THEN '{80053}' WHEN claim = 'outpatient' THEN '{G0463}'
		WHEN claim = 'wellness visit' THEN '{G0439}' WHEN claim NOT IN ('inpatient', 'home health') THEN '{99213}' END::text[],
	CASE claim WHEN 'video visit' THEN '{95}' END::text[],
	CASE claim WHEN 'video visit' THEN '10' WHEN 'laboratory' THEN '81' ELSE '11' END,
	CASE claim WHEN 'chart review' THEN 'linked_chart_review' ELSE 'encounter' END,
	date + 21	-- claims take three weeks
FROM record
ORDER BY n, date, icd10_code;

-- One encounter in 300 is voided two months later.
INSERT INTO patient_diagnosis_hcc (id, patient_id, icd10_code, diagnosis_date, record_action, linked_encounter_id, known_at)
SELECT overlay(id::text PLACING '4002' FROM 15)::uuid, patient_id, icd10_code, diagnosis_date, 'void', encounter_id, known_at + interval '60 days'
FROM patient_diagnosis_hcc WHERE uuid_hash(encounter_id) % 300 = 0;

ANALYZE patient_demographic, patient_diagnosis_hcc;
