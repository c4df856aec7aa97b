-- What the scalar functions know of a person and the tables have as columns of
-- their own: Medicaid flags, the segment, frailty, Medicare as secondary payer. Runs commit,
-- so what this file makes it drops.
CREATE EXTENSION IF NOT EXISTS hccraf;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT no_plan();
CREATE SCHEMA cols;
SELECT hccraf_setup('cols', 'text') \g /dev/null
SET search_path = cols, public;

-- All are 76 on 1 February 2026
INSERT INTO patient_demographic (patient_id, payment_year, date_of_birth, sex, new_enrollee,
	lti, segment, medicaid_ne, medicaid_lti, frailty, msp_factor, contract_id)
SELECT id, 2026, '1950-01-01', 'F', ne, lti, segment, medicaid_ne, medicaid_lti, frailty, msp, 'H1'
FROM (VALUES
	('plain', false, false, NULL, NULL::boolean, NULL::boolean, NULL::numeric, NULL::numeric),
	('frail', false, false, NULL, NULL, NULL, 0.123, NULL),
	('less', false, false, NULL, NULL, NULL, -0.05, NULL),
	('segment', false, false, ' INS ', NULL, NULL, NULL, NULL),
	('blank', false, false, ' ', NULL, NULL, 0.000, 1),
	('new', true, false, NULL, NULL, NULL, NULL, NULL),
	('new_medicaid', true, false, NULL, true, NULL, NULL, NULL),
	('lti_medicaid', false, true, NULL, NULL, true, NULL, NULL),
	('secondary', false, false, NULL, NULL, NULL, NULL, 0.2))
	v (id, ne, lti, segment, medicaid_ne, medicaid_lti, frailty, msp);
INSERT INTO patient_diagnosis_hcc (patient_id, icd10_code, diagnosis_date, claim_type, id,
	contract_id, bill_type)
SELECT patient_id, 'E11.9', '2025-05-05', 'institutional', patient_id, 'H1', '0111'
FROM patient_demographic;
CALL score_population(2026, other_programs => '{MA-PD}');

-- V28 2026: F75_79 0.465, HCC 38 0.166; institutional 0.965 and 0.280; new enrollees 0.901
-- and with Medicaid 1.128; Medicaid of the institutionalized 0.130;
-- normalized by 1.067, less 5.9 %, then frailty
SELECT results_eq($$
	SELECT patient_id, raw_score, raf_score, frailty FROM patient_hcc_score ORDER BY patient_id $$,
	$$ VALUES ('blank', 0.631, 0.556, 0.000), ('frail', 0.631, 0.556 + 0.123, 0.123),
		('less', 0.631, 0.556 - 0.05, -0.05),
		('lti_medicaid', 0.965 + 0.280 + 0.130, round(round(1.375 / 1.067, 3) * 0.941, 3), 0),
		('new', 0.901, round(round(0.901 / 1.067, 3) * 0.941, 3), 0),
		('new_medicaid', 1.128, round(round(1.128 / 1.067, 3) * 0.941, 3), 0),
		('plain', 0.631, 0.556, 0), ('secondary', 0.631, 0.556, 0),
		('segment', 1.245, round(round(1.245 / 1.067, 3) * 0.941, 3), 0) $$,
	'the columns count as the arguments of beneficiary and raf_payment do');
SELECT results_eq($$
	SELECT patient_id, raw_score FROM patient_hcc_score ORDER BY patient_id $$, $$
	SELECT patient_id, raf_score(patient_id, 2026) FROM patient_hcc_score ORDER BY patient_id $$,
	'and the score of one patient is that of the run');
SELECT is(d.adjusted_score - p.adjusted_score, 0.123, 'frailty comes after the coding adjustment')
FROM patient_hcc_model_score d, patient_hcc_model_score p
WHERE d.patient_id = 'frail' AND p.patient_id = 'plain' AND d.program = 'MA' AND p.program = 'MA';
SELECT is((SELECT count(DISTINCT adjusted_score) FROM patient_hcc_model_score
	WHERE program = 'MA-PD' AND patient_id IN ('frail', 'less', 'plain')), 1::bigint,
	'and no score for prescriptions has it');

-- A change of frailty is one of the person
UPDATE patient_demographic SET frailty = 0.2 WHERE patient_id = 'frail';
CALL score_population(2026, other_programs => '{MA-PD}');
SELECT results_eq($$
	SELECT patient_id, difference, demographics, reference_release FROM score_change(2026)
	WHERE difference <> 0 $$,
	$$ VALUES ('frail', 0.077, 0.077, 0.000) $$, 'score_change tells it from the rest');
SELECT is((SELECT frailty FROM patient_hcc_score_history WHERE patient_id = 'frail'), 0.123,
	'and history has what it was');

-- PACE is paid by two scores, of which one takes frailty; 2026: V22 F75_79 0.448, HCC 19
-- 0.104 for nine tenths, and V28 for the tenth
CALL score_population(2026, 'PACE', 'part_c');
SELECT is((SELECT raf_score FROM patient_hcc_score WHERE patient_id = 'frail'),
	round((round(round(0.552 / 1.187, 3) * 0.941, 3) + 0.2) * 0.90, 3)
		+ round((round(round(0.631 / 1.067, 3) * 0.941, 3) + 0.2) * 0.10, 3),
	'each model of a blend has it');
UPDATE patient_demographic SET frailty = 0.3 WHERE patient_id = 'frail';
CALL score_population(2026, 'PACE', 'part_c');
SELECT results_eq($$
	SELECT patient_id, difference, demographics FROM score_change(2026) WHERE difference <> 0 $$,
	$$ VALUES ('frail', 0.100, 0.100) $$, 'score_change knows which score it explains');
SELECT is(blend_payment,
	raf_payment('{E119}'::text[], beneficiary(76, 'F'), 2026, 'PACE', 'part_c'),
	'model_impact takes the score that the model is of') FROM model_impact(2026, program => 'PACE')
WHERE patient_id = 'frail';
SELECT lives_ok($$ SELECT * FROM specificity_value(2025, program => 'PACE') $$,
	'and so does specificity_value');
CALL score_population(2026, 'PACE', 'part_d',
	allow_low_confidence => true);
SELECT is((SELECT s.frailty FROM patient_hcc_score s WHERE patient_id = 'frail'), 0::numeric,
	'the score for prescriptions is made without');

-- Dollars: an open gap of HCC 38, 0.146 in payment, at 1,000 dollars for 12 months
INSERT INTO patient_demographic (patient_id, payment_year, date_of_birth, sex, msp_factor,
	contract_id)
SELECT patient_id, 2027, '1950-01-01', 'F', msp_factor, contract_id FROM patient_demographic
WHERE patient_id IN ('plain', 'secondary');
CALL refresh_gaps(2026);
SELECT is(s.dollars, round(p.dollars * 0.2, 2), 'the secondary payer pays its part')
FROM recapture_gap_value(2026, rate => 1000) s, recapture_gap_value(2026, rate => 1000) p
WHERE s.patient_id = 'secondary' AND p.patient_id = 'plain' AND p.dollars > 0;
SELECT is(s.value_payment, p.value_payment, 'of the same score')
FROM recapture_gap_value(2026) s, recapture_gap_value(2026) p
WHERE s.patient_id = 'secondary' AND p.patient_id = 'plain' AND p.hcc_code = '38';

-- What a table of setup's refuses, a view may give: the person is told, the rest scored
CREATE SCHEMA shown;
CREATE VIEW shown.patient_demographic AS
SELECT d.patient_id || b.n AS patient_id, d.payment_year, d.payment_month, d.date_of_birth,
	d.date_of_death, d.sex, d.orec, d.dual_status, d.new_enrollee, d.snp, d.lti, d.low_income,
	d.esrd, d.graft_months, d.graft_date, d.hospice, d.plan_switcher, d.contract_id, d.plan_id,
	d.provider_npi, d.enrolled_from, d.enrolled_to, d.enrolled_months, b.segment, b.frailty,
	b.msp_factor, d.known_at
FROM cols.patient_demographic d, (VALUES
	(1, NULL, 10.5, NULL::numeric), (2, NULL, 'NaN', NULL), (3, NULL, 0.0001, NULL),
	(4, NULL, NULL, 1.5), (5, NULL, NULL, -0.1), (6, 'no such segment at all', NULL, NULL),
	(7, 'no-name', NULL, NULL), (8, NULL, 0.1, 0.5)) b (n, segment, frailty, msp_factor)
WHERE d.patient_id = 'plain';
SELECT hccraf_setup('shown', 'text') \g /dev/null
SELECT set_eq($$ SELECT patient_id, "column" FROM shown.unusable_rows(2026) $$,
	$$ VALUES ('plain1', 'frailty'), ('plain2', 'frailty'), ('plain3', 'frailty'),
		('plain4', 'msp_factor'), ('plain5', 'msp_factor'), ('plain6', 'segment'),
		('plain7', 'segment') $$, 'each is an unusable row, by its column');
CALL shown.score_population(2026);
SELECT results_eq($$ SELECT patient_id, raf_score FROM shown.patient_hcc_score $$,
	$$ VALUES ('plain8', round(round(0.465 / 1.067, 3) * 0.941, 3) + 0.1) $$,
	'the others have their score');
SELECT is((SELECT count(*) FROM shown.patient_hcc_unscored), 7::bigint, 'and the seven are named');

-- Rows that are nobody's or of no month, which a view may give
CREATE SCHEMA keyless;
CREATE VIEW keyless.patient_demographic AS
SELECT b.id AS patient_id, d.payment_year, b.month::smallint AS payment_month, d.date_of_birth,
	d.date_of_death, d.sex, d.orec, d.dual_status, d.new_enrollee, d.snp, d.lti, d.low_income,
	d.esrd, d.graft_months, d.graft_date, d.hospice, d.plan_switcher, d.contract_id, d.plan_id,
	d.provider_npi, d.enrolled_from, d.enrolled_to, d.enrolled_months, d.known_at
FROM cols.patient_demographic d, (VALUES (NULL, 0), ('none', NULL), ('late', 13), ('early', -1),
	('twelve', 12), ('year', 0)) b (id, month)
WHERE d.patient_id = 'plain' AND d.payment_year = 2026;
SELECT hccraf_setup('keyless', 'text') \g /dev/null
SELECT set_eq($$ SELECT patient_id, "column" FROM keyless.unusable_rows(2026) $$,
	$$ VALUES (NULL, 'patient_id'), ('none', 'payment_month'), ('late', 'payment_month'),
		('early', 'payment_month') $$, 'rows without a person or a month are unusable');
CALL keyless.score_population(2026);
SELECT set_eq('SELECT patient_id FROM keyless.patient_hcc_score', '{twelve,year}'::text[],
	'they do not stop the others');
SELECT set_eq('SELECT patient_id FROM keyless.patient_hcc_unscored', '{none,late,early}'::text[],
	'and whose they are is told');

-- One diagnosis explained: whose row cannot be used, and what is still to come
INSERT INTO shown.patient_diagnosis_hcc (id, patient_id, icd10_code, diagnosis_date, claim_type,
	procedure_codes)
VALUES ('unusable', 'plain1', 'I50.9', '2025-05-05', NULL, NULL),
	('nobody', 'plain9', 'I50.9', '2025-05-05', NULL, NULL),
	('ahead', 'plain8', 'I50.9', current_date + 400, 'professional', '{99213}');
SELECT matches(explanation, 'for payment year 2026 that can be used: frailty: takes ',
	'which row cannot be used, and why') FROM shown.explain_diagnosis('unusable', 2026);
SELECT matches(explanation, 'no row in patient_demographic for payment year 2026\.$',
	'who has no row at all') FROM shown.explain_diagnosis('nobody', 2026);
SELECT is(verdict, 'in_future', 'a service to come, whose year has no list of procedures yet')
FROM shown.explain_diagnosis('ahead');
SELECT throws_ok(format($$ UPDATE cols.patient_demographic SET %s $$, s), '23514', NULL, s)
FROM unnest('{frailty = 11,frailty = 0.0001,frailty = ''NaN'',msp_factor = 1.1}'::text[]) s;
-- Random people, each compared with the scalar functions given the same values
CREATE SCHEMA many;
SELECT hccraf_setup('many', 'text') \g /dev/null
SELECT setseed(0.11) \g /dev/null
CREATE FUNCTION pg_temp.one_of(VARIADIC choice anyarray) RETURNS anyelement LANGUAGE sql VOLATILE
	AS 'SELECT choice[1 + floor(random() * cardinality(choice))]';
CREATE TEMPORARY TABLE someone AS
SELECT n, 'p' || n AS id, date '1930-01-01' + (random() * 18000)::integer AS born,
	pg_temp.one_of('F'::text, 'M') AS sex, pg_temp.one_of('0'::text, '0', '1') AS orec,
	pg_temp.one_of(NULL::text, NULL, '01', '02', '03', '08') AS dual, random() < 0.15 AS new,
	random() < 0.15 AS lti, random() < 0.2 AS snp, random() < 0.3 AS low,
	pg_temp.one_of(NULL::boolean, NULL, true, false) AS mne,
	pg_temp.one_of(NULL::boolean, NULL, true, false) AS mlti,
	CASE WHEN random() < 0.1 THEN pg_temp.one_of('CNA'::text, 'CFA', 'INS', 'CPA') END AS segment,
	CASE WHEN random() < 0.3 THEN round((random() - 0.2)::numeric, 3) END AS frailty,
	CASE WHEN random() < 0.3 THEN round(random()::numeric, 3) END AS msp,
	pg_temp.one_of(NULL::text, '001', '002', '003') AS plan,
	ARRAY(SELECT c FROM unnest('{E11.9,J44.9,F33.1,I50.9,N18.4,C50.911,I10}'::text[]) c
		WHERE n > 0 AND random() < 0.3) AS codes	-- n: once for each
FROM generate_series(1, 500) n;
INSERT INTO many.patient_demographic (patient_id, payment_year, date_of_birth, sex, orec,
	dual_status, new_enrollee, lti, snp, low_income, medicaid_ne, medicaid_lti, segment, frailty,
	msp_factor, plan_id, contract_id)
SELECT id, y, born, sex, orec, dual, new, lti, snp, low, mne, mlti, segment, frailty,
	msp, plan, 'H1'
FROM someone, generate_series(2026, 2027) y;
INSERT INTO many.patient_diagnosis_hcc (id, patient_id, icd10_code, diagnosis_date, claim_type,
	bill_type, contract_id)
SELECT id || c, id, c, '2025-05-05', 'institutional', '0111', 'H1'
FROM someone CROSS JOIN LATERAL unnest(codes) c;
CREATE TEMPORARY TABLE called AS
SELECT s.id, s.codes, s.frailty, s.segment IS NOT NULL AS forced, w.who
FROM someone s CROSS JOIN LATERAL (SELECT beneficiary(payment_year_age(born, 2026), sex, orec,
	dual, new_enrollee => new, snp => snp, lti => lti, low_income => low, medicaid_ne => mne,
	medicaid_lti => mlti, segment => segment) AS who) w;
CALL many.score_population(2026, other_programs => '{MA-PD}', allow_low_confidence => true);
SELECT set_eq('SELECT patient_id, raf_score FROM many.patient_hcc_score',
	$$ SELECT id, raf_payment(codes, who, 2026, frailty => COALESCE(frailty, 0)) FROM called $$,
	'the payment score of each is what raf_payment gives');
SELECT set_eq($$ SELECT patient_id, raw_score, segment FROM many.patient_hcc_model_score
		WHERE program = 'MA' AND model_version = 'V28' $$,
	$$ SELECT id, raf_score(codes, who, 'V28', 2026), raf_segment(who, 'V28', 2026) FROM called $$,
	'the raw score and the segment, what raf_score and raf_segment give');
SELECT set_eq($$ SELECT patient_id, sum(weighted_score) FROM many.patient_hcc_model_score
		WHERE program = 'MA-PD' GROUP BY patient_id $$,
	$$ SELECT id, raf_payment(codes, who, 2026, 'MA-PD', allow_low_confidence => true)
	FROM called WHERE NOT forced $$, 'the score for prescriptions takes no frailty');
SELECT set_eq($$ SELECT patient_id, program FROM many.patient_hcc_unscored $$,
	$$ SELECT id, 'MA-PD' FROM called WHERE forced $$, 'and has no segment of another model');
SELECT set_eq('SELECT patient_id, many.raf_score(patient_id, 2026) FROM many.patient_hcc_score',
	$$ SELECT id, raf_score(codes, who, 'V28', 2026) FROM called $$, 'one patient at a time, too');
SELECT set_eq('SELECT patient_id, plan_id, msp_factor FROM many.member(2026)',
	'SELECT id, plan, msp FROM someone', 'plan and secondary payer as they were told');
CALL many.refresh_gaps(2026);
SELECT cmp_ok((SELECT count(*) FROM many.recapture_gap_value(2026, rate => 1000)), '>', 300::bigint,
	'many gaps');
SELECT is_empty($$ SELECT g.patient_id FROM many.recapture_gap_value(2026, rate => 1000) g
		JOIN someone s ON s.id = g.patient_id
	WHERE g.dollars IS DISTINCT FROM
		round(g.value_payment * 1000 * 12 * COALESCE(s.msp, 1), 2) $$,
	'dollars are those that Medicare pays of them');
SELECT set_eq('SELECT DISTINCT patient_id, plan_id FROM many.patient_hcc_gap',
	$$ SELECT id, plan FROM someone JOIN many.patient_hcc_gap ON patient_id = id $$,
	'gaps know the plan');
SELECT * FROM finish();
DROP SCHEMA keyless, shown, cols, many CASCADE;
