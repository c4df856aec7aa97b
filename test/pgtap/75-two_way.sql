-- What should be taken back, beside what should be added.
BEGIN;
CREATE EXTENSION IF NOT EXISTS hccraf;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT * FROM no_plan();
SELECT hccraf_setup();

CREATE FUNCTION patient(n integer)
	RETURNS uuid RETURN ('00000000-0000-0000-0000-' || lpad(n::text, 12, '0'))::uuid;
-- Women of 75 in payment year 2026: collection year 2025, look-back 2024
INSERT INTO patient_demographic (patient_id, payment_year, date_of_birth, sex, contract_id,
	provider_npi, known_at)
SELECT patient(n), year, '1950-06-01', 'F', CASE WHEN n < 20 THEN 'H1' ELSE 'H2' END,
	'1', '2020-01-01'
FROM generate_series(1, 30) n, generate_series(2025, 2026) year;
INSERT INTO eligible_procedure (service_year, procedure_code) SELECT year, c
FROM generate_series(2024, 2026) year, unnest('{99213,G0439}'::text[]) c;
CREATE FUNCTION coded(n integer, codes text[], day date, npi text DEFAULT 'A',
	bill text DEFAULT NULL, procedures text[] DEFAULT '{99213}',
	source text DEFAULT 'encounter', sent text DEFAULT NULL) RETURNS void
	BEGIN ATOMIC
	INSERT INTO patient_diagnosis_hcc (patient_id, icd10_code, diagnosis_date, provider_npi,
		claim_type, bill_type, procedure_codes, record_source, submission, known_at)
		SELECT patient(n), c, day, npi, CASE WHEN bill IS NULL THEN 'professional'
			ELSE 'institutional' END, bill, procedures, source, sent, '2020-01-01'
		FROM unnest(codes) c;
	END;

SELECT is_empty($$ SELECT FROM two_way(2025, at_least => 'potential') $$, 'nothing documented');

----------------------------------------------------------------------
-- The groups that are often wrong
----------------------------------------------------------------------
-- each on two days, by two providers, so that no other reason holds
SELECT coded(n, codes, day, npi) FROM (VALUES
	(1, '{I63.9}'::text[]), (2, '{I21.4}'), (3, '{I26.99}'), (4, '{C34.90}'), (5, '{C50911}'),
	(6, '{C18.9}'), (7, '{C61}'), (8, '{A41.9}'), (9, '{L89154}'),
	(10, '{E119}'), (11, '{C50911,Z510}'), (12, '{C50911}'), (13, '{I639}'), (14, '{C50911,Z853}'),
	(15, '{E119,E1122}'), (16, '{N1830,N184}')) v(n, codes),
	(VALUES ('2025-03-01'::date, 'A'), ('2025-04-01', 'B')) d(day, npi);
SELECT coded(12, '{Z5111}', '2025-05-01', procedures => '{99213,J9267}'),
	coded(13, '{I639}', '2025-03-02', bill => '0111', procedures => NULL);
DELETE FROM patient_diagnosis_hcc WHERE patient_id = patient(12) AND icd10_code = 'Z5111';
SELECT coded(12, '{Z0000}', '2025-05-01', procedures => '{99213,J9267}');
SELECT set_eq($$ SELECT patient_id, reason FROM two_way(2025, at_least => 'potential') $$,
	$$ VALUES (patient(2), 'acute_mi'), (patient(3), 'embolism'), (patient(4), 'lung_cancer'),
	(patient(5), 'breast_cancer'), (patient(6), 'colon_cancer'), (patient(7), 'prostate_cancer'),
	(patient(8), 'sepsis'), (patient(9), 'pressure_ulcer'),
	(patient(14), 'breast_cancer'), (patient(14), 'breast_cancer_history'),
	(patient(15), 'diabetes_without_complication'), (patient(16), 'kidney_stage'),
	(patient(1), 'acute_stroke') $$,
	'high-risk groups, contradictions; neither what was treated nor what an inpatient claim has');
SELECT set_eq($$ SELECT patient_id
	FROM two_way(2025, model => 'V24', reasons => '{acute_stroke}') $$, ARRAY[patient(1)],
	'a stroke in the office, in a model that has it');
SELECT results_eq($$ SELECT hcc_code, detail, icd10_codes, records, coded_by, last_date,
	service_year FROM two_way(2025, at_least => 'potential') WHERE patient_id = patient(8) $$,
	$$ VALUES ('2', 'sepsis without an inpatient stay', '{A419}'::text[], 2::bigint,
		'{A,B}'::text[], '2025-04-01'::date, 2025) $$, 'with what is documented');
UPDATE patient_diagnosis_hcc SET claim_type = NULL, procedure_codes = NULL
WHERE patient_id = patient(8);
SELECT is_empty($$ SELECT FROM two_way(2025, at_least => 'potential') WHERE patient_id
	= patient(8) $$, 'where nothing is known of the claim, nobody can say where it was');
INSERT INTO two_way_rule (rule, icd10_prefixes, without_codes, reason) VALUES
	('sepsis', '{A41}', '{B}', 'mine');
SELECT is(detail, 'mine', 'a custom row takes the place of the shipped one')
FROM two_way(2025, at_least => 'potential') WHERE patient_id = patient(8);
DELETE FROM two_way_rule WHERE custom;

----------------------------------------------------------------------
-- One record, one provider, chart reviews, records that do not count
----------------------------------------------------------------------
SELECT coded(20, '{J449}', '2025-03-01'),	-- once
	coded(21, '{J449}', '2025-03-01'), coded(21, '{J449}', '2024-03-01', 'B'),	-- confirmed
	coded(22, '{J449}', '2025-03-01'), coded(22, '{J449}', '2025-06-01'),	-- one provider
	coded(23, '{J449}', '2025-03-01', source => 'unlinked_chart_review'),
	coded(23, '{J449}', '2025-05-01', 'B', source => 'unlinked_chart_review'),
	coded(24, '{J449}', '2025-03-01', source => 'unlinked_chart_review'),
	coded(24, '{J449}', '2025-05-01', 'B'),
	-- submitted, does not count
	coded(25, '{J449}', '2025-03-01', procedures => '{80053}', sent => 'accepted'),
	coded(26, '{J449}', '2025-03-01', procedures => '{80053}', sent => 'accepted'),
	coded(26, '{J449}', '2025-03-01'), coded(26, '{J449}', '2025-04-01', 'B'),
	coded(27, '{J449}', '2025-03-01', procedures => '{80053}');	-- never submitted
SELECT set_eq(
	$$ SELECT patient_id, reason FROM two_way(2025, contract => 'H2', at_least => 'potential') $$,
	$$ VALUES (patient(20), 'once_only'), (patient(22), 'single_provider'),
	(patient(23), 'unlinked_chart_review'),
	(patient(25), 'no_eligible_record') $$, 'weak evidence');
SELECT is(detail, 'submitted, and no record of the year counts: no_acceptable_hcpcs',
	'and why it does not count') FROM two_way(2025, at_least => 'potential')
WHERE patient_id = patient(25);
SELECT set_eq($$ SELECT patient_id FROM two_way(2025, reasons => '{once_only}') $$,
	ARRAY[patient(20)], 'by reason');
SELECT set_eq($$ SELECT patient_id, reason
	FROM two_way(2025, contract => 'H2', look_back => 0, at_least => 'potential')
	WHERE patient_id = patient(21) $$, $$ VALUES (patient(21), 'once_only') $$,
	'without a look back nothing confirms');

----------------------------------------------------------------------
-- Refuted by a clinician
----------------------------------------------------------------------
SELECT coded(28, '{I509}', '2024-03-01'), coded(28, '{I509}', '2024-05-01', 'B');
INSERT INTO patient_hcc_gap_event (patient_id, model_version, collection_year, hcc_code, event,
	reason, actor, occurred_at)
	VALUES (patient(28), 'V28', 2025, '226', 'never_had', 'misread', 'Dr. B', '2025-06-01');
SELECT results_eq($$ SELECT hcc_code, service_year, reason, detail
	FROM two_way(2025, at_least => 'potential') WHERE patient_id = patient(28) $$,
	$$ VALUES ('226', 2024, 'invalid', 'refuted: never_had') $$,
	'what was submitted before may be wrong');
INSERT INTO patient_hcc_gap_event (patient_id, model_version, collection_year, hcc_code, event,
	reason, actor, occurred_at)
	VALUES (patient(28), 'V28', 2025, '226', 'reopened', 'confirmed', 'Dr. C', '2025-07-01');
SELECT is_empty($$ SELECT FROM two_way(2025, at_least => 'potential')
	WHERE patient_id = patient(28) $$, 'unless that is taken back');
DELETE FROM patient_hcc_gap_event WHERE event = 'reopened';

----------------------------------------------------------------------
-- Values, due dates, states
----------------------------------------------------------------------
SELECT results_eq($$ SELECT delete_value_raw FROM two_way_value(2025, at_least => 'potential')
	WHERE patient_id = patient(20) $$, $$ VALUES (0.319) $$, 'what the score would lose');
SELECT results_eq($$ SELECT delete_value_raw FROM two_way_value(2025, at_least => 'potential')
	WHERE patient_id = patient(15) $$, $$ VALUES (0.000) $$,
	'nothing, where another HCC supersedes it');
SELECT results_eq($$ SELECT delete_value_raw FROM two_way_value(2025, at_least => 'potential')
	WHERE patient_id = patient(25) $$, $$ VALUES (0::numeric) $$,
	'nothing, where it does not count');
SELECT set_eq($$ SELECT patient_id, service_year, hcc_code, reason
	FROM two_way(2025, at_least => 'potential') $$, $$ SELECT patient_id, service_year, hcc_code,
		reason FROM two_way_value(2025, at_least => 'potential') $$,
	'both functions have the same items');
SELECT results_eq($$ SELECT state, identified_on, confirmed_on, delete_due_by
	FROM two_way(2025, as_of => '2026-02-01', at_least => 'potential')
	WHERE patient_id = patient(20) $$,
	$$ VALUES ('open', '2026-02-01'::date, NULL::date, NULL::date) $$,
	'what is in question has no date by which it is due');
-- how certain
SELECT results_eq($$ SELECT DISTINCT reason, certainty FROM two_way(2025, at_least => 'potential')
	WHERE reason IN ('once_only', 'single_provider', 'unlinked_chart_review', 'kidney_stage',
		'diabetes_without_complication', 'invalid', 'no_eligible_record', 'breast_cancer',
		'breast_cancer_history', 'acute_mi') ORDER BY 2, 1 $$,
	$$ VALUES ('diabetes_without_complication', 'potential'), ('kidney_stage', 'potential'),
		('once_only', 'potential'), ('single_provider', 'potential'),
		('unlinked_chart_review', 'potential'),
		('acute_mi', 'probable'), ('breast_cancer', 'probable'),
		('breast_cancer_history', 'probable'), ('invalid', 'probable'),
		('no_eligible_record', 'probable') $$, 'potential and probable');
SELECT set_eq($$ SELECT patient_id, reason FROM two_way(2025) $$, $$ SELECT patient_id, reason
	FROM two_way(2025, at_least => 'potential') WHERE certainty = 'probable' $$,
	'what is merely documented once is not listed unless asked for');
SELECT set_eq($$ SELECT patient_id, reason FROM two_way(2025, reasons => '{once_only}') $$,
	$$ SELECT patient_id, reason FROM two_way(2025, at_least => 'potential')
		WHERE reason = 'once_only' $$,
	'by its reason, too');
SELECT is_empty($$ SELECT FROM two_way(2025, at_least => 'confirmed') $$,
	'nothing is confirmed yet');
SELECT throws_ok($$ SELECT FROM two_way(2025, at_least => 'sure') $$, '22023', NULL,
	'no such certainty');

CREATE FUNCTION event(n integer, state text, reason text DEFAULT NULL) RETURNS uuid
	RETURN work_item_event((SELECT item_id FROM patient_work_item WHERE patient_id = patient(n)),
		state, 'me', reason);
CALL refresh_worklist(2025, as_of => '2026-02-01', at_least => 'potential');
SELECT is((SELECT count(*) FROM patient_work_item WHERE kind = 'delete'), (SELECT count(*)
	FROM two_way(2025, as_of => '2026-02-01', at_least => 'potential')), 'all are work items');
SELECT results_eq($$ SELECT state, identified_on, delete_due_by
	FROM two_way(2025, as_of => '2026-03-15', at_least => 'potential')
	WHERE patient_id = patient(20) $$,
	$$ VALUES ('open', '2026-02-01'::date, NULL::date) $$, 'since when it is in question');
CREATE FUNCTION dated(n integer, state text, day timestamptz, reason text DEFAULT NULL) RETURNS uuid
	RETURN work_item_event((SELECT item_id FROM patient_work_item WHERE patient_id = patient(n)),
		state, 'me', reason, occurred_at => day);
SELECT is(due_date, NULL, 'nor has the item') FROM patient_work_item WHERE patient_id = patient(20);
SELECT dated(20, 'confirmed', '2026-04-10') \g /dev/null
SELECT is(due_date, '2026-06-09'::date, 'the sixty days run from confirmation')
FROM patient_work_item WHERE patient_id = patient(20);
SELECT results_eq($$ SELECT patient_id, certainty, state, confirmed_on, delete_due_by
	FROM two_way(2025, at_least => 'confirmed') $$,
	$$ VALUES (patient(20), 'confirmed', 'confirmed', '2026-04-10'::date, '2026-06-09'::date) $$,
	'in the list, too');
SELECT set_has($$ SELECT patient_id FROM two_way(2025) $$, $$ VALUES (patient(20)) $$,
	'what was confirmed is in the usual list');
SELECT set_has($$ SELECT patient_id FROM two_way_value(2025) $$, $$ VALUES (patient(20)) $$,
	'and in that of values');
SELECT dated(20, 'open', '2026-04-11') \g /dev/null
SELECT results_eq($$ SELECT i.due_date, w.delete_due_by, w.certainty
	FROM patient_work_item i JOIN two_way(2025, reasons => '{once_only}') w USING (patient_id)
	WHERE patient_id = patient(20) $$,
	$$ VALUES (NULL::date, NULL::date, 'potential') $$, 'not after all');
SELECT dated(20, 'confirmed', '2026-05-01'), dated(20, 'deleted', '2026-05-20') \g /dev/null
SELECT results_eq($$ SELECT i.due_date, w.confirmed_on, w.delete_due_by FROM patient_work_item i
	JOIN two_way(2025) w USING (patient_id) WHERE patient_id = patient(20) $$,
	$$ VALUES ('2026-06-30'::date, '2026-05-01'::date, '2026-06-30'::date) $$,
	'deleted within its time');
CALL refresh_worklist(2025);
SELECT is((SELECT count(*) FROM patient_work_item WHERE kind = 'delete' AND state = 'open'),
	(SELECT count(*) FROM two_way(2025, at_least => 'potential') WHERE state = 'open'),
	'items stay what they are, whatever is asked for later');
SELECT throws_ok($$ SELECT event(22, 'retained') $$, '22004', 'state "retained" needs a reason',
	'to keep it needs a reason');
SELECT lives_ok($$ SELECT event(22, 'retained', 'spirometry') $$, 'with a reason');
SELECT results_eq($$ SELECT patient_id, state FROM two_way(2025, at_least => 'potential')
	WHERE patient_id IN (patient(20), patient(22)) ORDER BY 1 $$,
	$$ VALUES (patient(20), 'deleted'), (patient(22), 'retained') $$, 'states by events');
-- What is over was not wrong before
SELECT coded(29, '{I509}', '2024-03-01'), coded(29, '{I509}', '2024-05-01', 'B'),
	coded(30, '{I509}', '2025-03-01'), coded(30, '{I509}', '2025-04-01', 'B');
INSERT INTO patient_hcc_gap_event (patient_id, model_version, collection_year, hcc_code, event,
	reason, actor, occurred_at)
	SELECT patient(n), 'V28', 2025, '226', 'inactive', 'valve replaced', 'Dr. B', '2025-06-01'
	FROM generate_series(29, 30) n;
SELECT results_eq($$ SELECT patient_id, service_year FROM two_way(2025, reasons => '{invalid}')
	ORDER BY 1 $$, $$ VALUES (patient(28), 2024), (patient(30), 2025) $$,
	'inactive accuses what was coded this year, never_had what was coded before, too');
-- what answers itself: the chart review's encounter arrives; the submitted record is deleted
SELECT coded(23, '{J449}', '2025-06-01', 'C');
DELETE FROM patient_diagnosis_hcc WHERE patient_id = patient(25);
CALL refresh_worklist(2025, at_least => 'potential');
SELECT results_eq($$ SELECT patient_id, state, (SELECT reason FROM patient_work_event e
	WHERE e.item_id = i.item_id ORDER BY known_at DESC LIMIT 1)
	FROM patient_work_item i WHERE patient_id IN (patient(20), patient(22), patient(23),
		patient(25)) ORDER BY 1 $$, $$ VALUES
	(patient(20), 'deleted', NULL), (patient(22), 'retained', 'spirometry'),
	(patient(23), 'retained', 'no longer in question'),
	(patient(25), 'deleted', 'no record counts any longer') $$,
	'what answered itself; what a person said stays');
SELECT results_eq($$ SELECT hcc_code, additions_open, deletions_open, deletions_done, retained
	FROM two_way_balance(2025) WHERE hcc_code = '280' $$,
	$$ VALUES ('280', 0::bigint, 0::bigint, 2::bigint, 2::bigint) $$, 'side by side');
SELECT results_eq($$ SELECT deletions_done, retained
	FROM two_way_balance(2025, last_day => '2026-01-31') WHERE hcc_code = '280' $$,
	$$ VALUES (0::bigint, 0::bigint) $$, 'in a period');
CALL refresh_gaps(2025);
SELECT is_empty($$ SELECT FROM two_way(2025, as_of => '2019-01-01', at_least => 'potential') $$,
	'before anything was known');
SELECT is_empty($$ SELECT FROM two_way(2040) $$, 'a year without data');

SELECT * FROM finish();
ROLLBACK;
