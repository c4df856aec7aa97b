-- Whom to see, and what to document better.
BEGIN;
CREATE EXTENSION IF NOT EXISTS hccraf;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT plan(43);
SELECT hccraf_setup();

CREATE FUNCTION patient(n integer)
	RETURNS uuid RETURN ('00000000-0000-0000-0000-' || lpad(n::text, 12, '0'))::uuid;
-- Women of 75 in payment year 2027: collection year 2026, look-back 2025
CREATE FUNCTION a_person(n integer, contract text DEFAULT 'H1', provider text DEFAULT '1',
	died date DEFAULT NULL, new boolean DEFAULT false) RETURNS void
	BEGIN ATOMIC
	INSERT INTO patient_demographic (patient_id, payment_year, date_of_birth, sex, contract_id,
		provider_npi, date_of_death, new_enrollee, known_at)
		VALUES (patient(n), 2027, '1951-06-01', 'F', contract, provider, died, new, '2020-01-01');
	END;
CREATE FUNCTION coded(n integer, codes text[], day date, valid boolean DEFAULT true,
	npi text DEFAULT 'A', procedures text[] DEFAULT NULL) RETURNS void
	BEGIN ATOMIC
	INSERT INTO patient_diagnosis_hcc (patient_id, icd10_code, diagnosis_date, is_valid_encounter,
		provider_npi, procedure_codes, known_at)
		SELECT patient(n), c, day, valid, npi, procedures, '2020-01-01' FROM unnest(codes) c;
	END;

----------------------------------------------------------------------
-- Nobody there: no rows, no errors, once somebody has looked for gaps
----------------------------------------------------------------------
CALL refresh_gaps(2026, as_of => '2026-01-01');
SELECT is_empty('SELECT FROM no_encounter(2026)', 'empty panel: no_encounter');
SELECT is_empty('SELECT FROM awv_due(2026)', 'empty panel: awv_due');
SELECT is_empty('SELECT FROM awv_due_value(2026)', 'empty panel: awv_due_value');
SELECT is_empty('SELECT FROM specificity(2026)', 'empty panel: specificity');
SELECT is_empty('SELECT FROM unspecified_rate(2026)', 'empty panel: unspecified_rate');
SELECT is_empty('SELECT FROM interaction_opportunity_value(2026)',
	'empty panel: interaction_opportunity_value');

SELECT a_person(n) FROM generate_series(1, 3) n;
SELECT a_person(4, provider => '2'), a_person(5, died => '2026-03-01'), a_person(6, 'H2');
-- 1 chronic, unseen; 2 chronic, seen; 3 acute only; 4 chronic, a record of this year that does
-- not count; 5 dead; 6 nothing
SELECT coded(1, '{E11.22,E11.9,I50.9}', '2025-03-01'), coded(1, '{E11.22}', '2025-09-01'),
	coded(1, '{C61}', '2025-12-01', false),
	coded(2, '{E119}', '2025-03-01'), coded(2, '{Z0000}', '2026-01-01'),
	coded(3, '{A419}', '2025-03-01'), coded(4, '{J449}', '2025-03-01'),
	coded(4, '{J449}', '2026-03-01', false), coded(5, '{J449}', '2025-03-01');

----------------------------------------------------------------------
-- no_encounter
----------------------------------------------------------------------
SELECT results_eq($$ SELECT patient_id, provider_npi, hcc_codes, last_encounter, last_record
	FROM no_encounter(2026) $$, $$ VALUES
	(patient(1), '1', '{37,226}'::text[], '2025-09-01'::date, NULL::date),
	(patient(4), '2', '{280}', '2025-03-01', '2026-03-01') $$,
	'chronic conditions and no encounter that counts');
SELECT is(labels[1], 'Diabetes with Chronic Complications', 'by their names')
FROM no_encounter(2026, provider => '1');
SELECT results_eq($$ SELECT patient_id FROM no_encounter(2026, policy => 'is_chronic') $$,
	$$ VALUES (patient(1)), (patient(4)) $$, 'by another policy');
SELECT set_eq($$ SELECT patient_id FROM no_encounter(2027, look_back => 2) $$,
	ARRAY[patient(1), patient(2), patient(4)],
	'two years back, with the people of the year before');
SELECT is_empty($$ SELECT FROM no_encounter(2026, contract => 'H2') $$, 'of a contract');
SELECT is_empty($$ SELECT FROM no_encounter(2026, as_of => '2019-01-01') $$,
	'before anything was known');
-- the only diagnosis of the visit of the year is deleted, and then the visit is voided
SAVEPOINT corrected;
INSERT INTO patient_diagnosis_hcc (patient_id, encounter_id, icd10_code, diagnosis_date,
	record_action, known_at)
SELECT patient(1), patient(100), 'I50.9', '2026-04-01', a, '2020-01-01'
FROM unnest('{add,delete}'::text[]) a;
SELECT results_eq('SELECT patient_id FROM no_encounter(2026)', 'SELECT patient(4)',
	'whose diagnosis was deleted was seen all the same');
INSERT INTO patient_diagnosis_hcc (patient_id, encounter_id, icd10_code, diagnosis_date,
	record_action, known_at)
VALUES (patient(1), patient(100), 'I50.9', '2026-04-01', 'void', '2020-01-02');
SELECT results_eq('SELECT patient_id FROM no_encounter(2026)', 'VALUES (patient(1)), (patient(4))',
	'whose visit was voided was not');
ROLLBACK TO corrected;

----------------------------------------------------------------------
-- awv_due
----------------------------------------------------------------------
SELECT coded(2, '{Z0000}', '2026-01-01', npi => 'A', procedures => '{99213,G0439}'),
	coded(6, '{Z0000}', '2025-11-30', procedures => '{G0438}'),
	coded(3, '{Z0000}', '2025-12-01', procedures => '{G0463}');
CREATE TEMPORARY TABLE appointment AS SELECT patient(1) AS patient_id,
	'2026-12-10 10:00'::timestamp AS appointment_at
	UNION ALL SELECT patient(1), '2026-12-05 10:00' UNION ALL SELECT patient(3), '2027-01-05 10:00'
	UNION ALL SELECT patient(3), '2026-01-05 10:00';
CALL refresh_gaps(2026, as_of => '2026-11-22');
-- gaps: 1 has 37 and 226, 2 has 38, 4 has 280 (documented, not eligible)
SELECT results_eq($$ SELECT rank, patient_id, last_visit, open_gaps
	FROM awv_due(2026, as_of => '2026-11-22') $$, $$ VALUES
	(1::bigint, patient(1), NULL::date, 2), (2, patient(4), NULL, 1), (3, patient(3), NULL, 0),
	(4, patient(6), '2025-11-30', 0) $$, 'whose visit is due, most open gaps first');
SELECT set_eq($$ SELECT patient_id, last_visit, open_gaps
	FROM awv_due(2026, as_of => '2026-11-22', months => 0)
	WHERE last_visit IS NOT NULL OR open_gaps > 0 $$, $$ VALUES
	(patient(1), NULL::date, 2), (patient(2), '2026-01-01', 1), (patient(4), NULL, 1),
	(patient(6), '2025-11-30', 0) $$, 'the newest visit, by its code');
SELECT is_empty($$ SELECT FROM awv_due(2026, months => 1200) WHERE last_visit IS NOT NULL $$,
	'not due before the time');
SELECT results_eq($$ SELECT patient_id, joint_raw FROM awv_due_value(2026, months => 1200)
	WHERE joint_raw > 0 $$,
	-- 37 .166, 226 .360, diabetes x heart failure .112; 280 .319
	$$ VALUES (patient(1), 0.638), (patient(4), 0.319) $$,
	'by what the open gaps are worth together');
SELECT results_eq($$ SELECT patient_id, next_appointment FROM awv_due(2026, as_of => '2099-01-01')
	WHERE patient_id = patient(1) $$,
	$$ VALUES (patient(1), NULL::date) $$, 'no appointments given');
SELECT results_eq($$ SELECT next_appointment
	FROM awv_due(2026, as_of => '2026-11-22', appointments => 'appointment')
	WHERE patient_id IN (patient(1), patient(3)) ORDER BY 1 $$,
	$$ VALUES ('2026-12-05'::date), (NULL) $$,
	'the next appointment of the year');
CREATE TEMPORARY TABLE dated AS SELECT *, '2026-11-25'::timestamptz AS known_at FROM appointment;
SELECT results_eq(format($$ SELECT next_appointment
	FROM awv_due(2026, as_of => %L, appointments => 'dated') WHERE patient_id = patient(1) $$, t),
	format('SELECT %L::date', v),
	'appointments known on ' || t) FROM (VALUES
	('2026-11-24'::date, NULL::date), ('2026-11-25', '2026-12-05')) k (t, v);
DELETE FROM visit_kind WHERE procedure_code = 'G0439';
SELECT set_has($$ SELECT patient_id, last_visit FROM awv_due(2026, as_of => '2026-11-22') $$,
	$$ VALUES (patient(2), NULL::date) $$, 'which codes are such visits is a table');

----------------------------------------------------------------------
-- interaction_opportunity
----------------------------------------------------------------------
SELECT a_person(n, 'H3') FROM generate_series(11, 13) n;
-- section 5.2: open 327, 280, 155 beside 38 and 226
SELECT coded(11, '{E1122,N184,I5032,F331,J449}', '2025-03-01'),
	coded(11, '{E119,I509}', '2026-02-01'), coded(12, '{E119,I509}', '2025-03-01'),
	coded(13, '{E119}', '2025-03-01');
CALL refresh_gaps(2026);
SELECT results_eq($$ SELECT hcc_code, other_hcc, other_captured, value_raw, other_value_raw,
	joint_raw, excess_raw
	FROM interaction_opportunity_value(2026, contract => 'H3') WHERE patient_id = patient(11)
	ORDER BY 3, 1, 2 $$, $$ VALUES
	-- four payment HCCs count nothing, so that no two open ones are worth more together than apart
	('280', '226', true, 0.319, 0.360 + 0.112, 0.319 + 0.360 + 0.112 + 0.078, 0.078),
	('327', '226', true, 0.514, 0.360 + 0.112, 0.514 + 0.360 + 0.112 + 0.176, 0.176) $$,
	'an open gap and a captured HCC');
SELECT results_eq($$ SELECT hcc_code, other_hcc, other_captured, excess_raw
	FROM interaction_opportunity_value(2026, contract => 'H3') WHERE patient_id = patient(12) $$,
	$$ VALUES ('226', '38', false, 0.112) $$, 'two open gaps');
SELECT is_empty($$ SELECT FROM interaction_opportunity(2026, contract => 'H3')
	WHERE patient_id = patient(13) $$, 'one alone is no pair');
SELECT set_eq($$ SELECT patient_id, hcc_code, other_hcc FROM interaction_opportunity(2026) $$,
	$$ SELECT patient_id, hcc_code, other_hcc FROM interaction_opportunity_value(2026) $$,
	'the same without values');

----------------------------------------------------------------------
-- specificity: the table of section 6, V28
----------------------------------------------------------------------
CREATE TEMPORARY TABLE uplift (n integer, vague text, specific text, uplift numeric);
INSERT INTO uplift VALUES (21, 'E119', 'E1122', 0), (22, 'E119', 'E1165', 0),
	(23, 'I509', 'I5022', 0), (24, 'I509', 'I5043', 0), (25, 'I509', 'I5084', 2.145),
	(26, 'F32A', 'F321', 0.299), (27, 'F329', 'F331', 0.299), (28, 'F320', 'F331', 0.299),
	(29, 'F3340', 'F331', 0.299), (30, 'N189', 'N184', 0.514),
	(31, 'N1830', 'N1832', 0), (32, 'E669', 'E6601', 0.186), (33, 'F32A', 'F339', NULL),
	(34, 'N189', 'I509', NULL);
SELECT a_person(n, 'H4', '3') FROM uplift;
SELECT coded(n, ARRAY[specific], '2025-05-01'),
	coded(n, ARRAY[vague], '2026-05-01', npi => 'B') FROM uplift;
SELECT set_eq($$ SELECT patient_id, unspecified_code, specific_code, uplift_raw
	FROM specificity_value(2026, document_quality => true, contract => 'H4') $$,
	$$ SELECT patient(n), vague, specific, uplift FROM uplift WHERE uplift IS NOT NULL $$,
	'what V28 makes of the well-known pairs');
SELECT set_eq($$ SELECT patient_id FROM specificity_value(2026, contract => 'H4') $$,
	$$ SELECT patient(n) FROM uplift WHERE uplift > 0 $$, 'those worth nothing are not shown');
SELECT set_eq($$ SELECT patient_id FROM specificity(2026, contract => 'H4') $$, $$ SELECT patient(n)
	FROM uplift WHERE uplift > 0 AND n <> 25 $$, 'nor is the dangerous one to the provider');
SELECT results_eq($$ SELECT patient_id, specific_code, routed_to, coded_by, coded_on, last_evidence
	FROM specificity(2026, route => 'second_review') $$,
	$$ VALUES
		(patient(25), 'I5084', 'second_review', 'B', '2026-05-01'::date, '2025-05-01'::date) $$,
	'it goes to a second review');
SELECT coded(25, '{I5084}', '2025-07-01');
SELECT is(routed_to, 'provider', 'unless it was documented on two days')
FROM specificity(2026, contract => 'H4') WHERE patient_id = patient(25);
INSERT INTO specificity_policy VALUES ('default', 0.500, 9);
SELECT set_eq($$ SELECT patient_id FROM specificity(2026, route => 'second_review') $$,
	ARRAY[patient(25), patient(30)], 'the threshold is a row');
SELECT throws_ok($$ SELECT FROM specificity(2026, policy => 'none') $$, '42704',
	'specificity policy "none" does not exist', 'an unknown policy');
-- N18.9 and N18.4 at once: there is nothing to specify
SELECT coded(30, '{N18.4}', '2026-06-01');
SELECT is_empty($$ SELECT FROM specificity(2026, route => NULL) WHERE patient_id = patient(30) $$,
	'specified meanwhile');
-- heart failure beside it: .514 and heart failure x kidney .176
SELECT coded(30, '{I50.9}', '2026-06-01'), coded(30, '{N18.9}', '2026-06-01');
DELETE FROM patient_diagnosis_hcc WHERE patient_id = patient(30) AND icd10_code = 'N18.4';
SELECT is(uplift_raw, 0.690, 'with interactions') FROM specificity_value(2026)
WHERE patient_id = patient(30);
-- On dialysis, ESRD V24 pays, in which kidney disease is worth nothing
UPDATE patient_demographic SET esrd = 'dialysis' WHERE patient_id = patient(30);
SELECT is_empty($$ SELECT FROM specificity(2026, document_quality => true, route => NULL)
	WHERE patient_id = patient(30) $$, 'of who is on dialysis there is nothing by V28');
SELECT set_eq($$ SELECT hcc_other_model_pays(m, beneficiary(75, 'F', esrd => e), 2027, 'MA'), m, e
	FROM unnest('{V28,ESRD_V24,V24}'::text[]) m, unnest('{none,dialysis,graft}'::text[]) e $$,
	$$ SELECT m = 'V28' AND e <> 'none' OR m = 'ESRD_V24' AND e = 'none', m, e
	FROM unnest('{V28,ESRD_V24,V24}'::text[]) m, unnest('{none,dialysis,graft}'::text[]) e $$,
	'another model pays, or this one, or the program has it not');
UPDATE patient_demographic SET esrd = 'none' WHERE patient_id = patient(30);
SELECT results_eq($$ SELECT uplift_payment FROM specificity_value(2026)
	WHERE patient_id = patient(26) $$,
	$$ SELECT raf_payment('{F321}'::text[], beneficiary(75, 'F'), 2027)
		- raf_payment('{}'::text[], beneficiary(75, 'F'), 2027) $$, 'on the payment score');

-- B coded 14: of these E11.9 twice, which is not unspecified, and F32.0, which is neither that
-- nor has an HCC (N18.9 twice, I50.9 of patient 30 is A's)
SELECT results_eq($$ SELECT provider_npi, diagnoses, unspecified, rate
	FROM unspecified_rate(2026, contract => 'H4') $$,
	$$ VALUES ('A', 2::bigint, 2::bigint, 1.0000), ('B', 13, 11, round(11 / 13.0, 4)) $$,
	'unspecified rate per provider');
SELECT results_eq($$ SELECT c, c IN (SELECT icd10_code FROM hcc_unspecified('V28', 2027))
	FROM unnest('{E119,F320,F330,F3341,F3342,I509,N189,N1830,F32A,F329,F339,F3340,E669,J449,C50919,'
		'E785,C50911,E1122}'::text[]) c $$,
	$$ VALUES ('E119', false), ('F320', false), ('F330', false), ('F3341', false), ('F3342', false),
		('I509', true), ('N189', true), ('N1830', true), ('F32A', true), ('F329', true),
		('F339', true),
		('F3340', true), ('E669', true), ('J449', true), ('C50919', true), ('E785', false),
		('C50911', true), ('E1122', false) $$, 'in ICD-10-CM''s own words, where the model cares');
SELECT ok(EXISTS (SELECT FROM hcc_unspecified('RX_V08', 2026) WHERE icd10_code = 'E785'),
	'as another model does');
INSERT INTO icd10_code (fiscal_year, icd10_code, description) VALUES
	(2026, 'J189', 'Pneumonia, unspecified organism'),
	(2026, 'E1010', 'Type 1 diabetes mellitus with ketoacidosis without coma'),
	(2026, 'G4700', 'Insomnia, unspecified'),
	(2026, 'F3289', 'Other specified depressive episodes'), (2026, 'Z0000', 'General examination');
SELECT refresh_unspecified_codes();
SELECT set_eq($$ SELECT icd10_code, basis FROM unspecified_code WHERE custom $$,
	$$ VALUES ('J189', 'description'), ('G4700', 'description'), ('F3289', 'sibling') $$,
	'codes that say unspecified, and those without HCC among others with one');

SELECT * FROM finish();
ROLLBACK;
