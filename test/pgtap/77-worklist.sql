-- Work items, their events, lists for appointments, audit samples, feedback.
BEGIN;
CREATE EXTENSION IF NOT EXISTS hccraf;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT * FROM no_plan();
SELECT hccraf_setup();

CREATE FUNCTION patient(n integer)
	RETURNS uuid RETURN ('00000000-0000-0000-0000-' || lpad(n::text, 12, '0'))::uuid;
INSERT INTO patient_demographic (patient_id, payment_year, date_of_birth, sex, contract_id,
	provider_npi, known_at)
SELECT patient(n), 2027, '1951-06-01', 'F', 'H1', CASE WHEN n < 3 THEN 'A' ELSE 'B' END,
	'2020-01-01' FROM generate_series(1, 6) n;
CREATE FUNCTION coded(n integer, codes text[], day date, npi text DEFAULT 'X',
	valid boolean DEFAULT true) RETURNS void
	BEGIN ATOMIC
	INSERT INTO patient_diagnosis_hcc (patient_id, icd10_code, diagnosis_date, provider_npi,
		known_at, is_valid_encounter)
		SELECT patient(n), c, day, npi, '2020-01-01', valid FROM unnest(codes) c;
	END;
CREATE FUNCTION item(n integer, hcc text) RETURNS uuid RETURN (SELECT item_id FROM patient_work_item
	WHERE patient_id = patient(n) AND hcc_code = hcc);

CALL refresh_gaps(2026);
CALL refresh_worklist(2026);
SELECT is_empty('SELECT FROM worklist()', 'nothing to do');

-- 1: 37, 226; 2: 280; 3: hierarchy 191 over 180 (worth less than nothing beside it); 4 sepsis,
-- acute
SELECT coded(1, '{E1122,I509}', '2025-03-01'), coded(2, '{J449}', '2025-03-01'),
	coded(3, '{G800}', '2025-03-01'), coded(4, '{A419}', '2025-03-01');
CALL refresh_gaps(2026);
CALL refresh_worklist(2026, reasons => '{}', as_of => '2026-11-22');
SELECT set_eq($$ SELECT patient_id, hcc_code FROM worklist() $$,
	$$ SELECT patient_id, hcc_code FROM patient_hcc_gap WHERE status = 'open' AND excluded IS NULL
		AND gap_source = 'historic' $$, 'the open gaps in scope');
SELECT set_has($$ SELECT patient_id, hcc_code FROM worklist() $$,
	$$ VALUES (patient(1), '37'), (patient(1), '226'), (patient(2), '280') $$, 'of these patients');
SELECT is_empty($$ SELECT FROM worklist() WHERE patient_id = patient(4) $$,
	'nothing for what was acute');
-- the midyear run of 2027
SELECT results_eq($$ SELECT item_state, role, due_date, sla_due, overdue, service_year, item_kind
	FROM worklist(as_of => '2026-11-23', provider => 'A') WHERE hcc_code = '280' $$,
	$$ VALUES
		('new', 'ra_coordinator', '2026-12-31'::date, '2026-12-06'::date, false, 2026, 'gap') $$,
	'new, whose turn it is, until when');
SELECT is(overdue, true, 'overdue after fourteen days without a step')
FROM worklist(as_of => '2026-12-07', provider => 'A') WHERE hcc_code = '280';
SELECT is_empty($$ SELECT FROM worklist(overdue_only => true, as_of => '2026-11-23') $$,
	'nothing is overdue yet');
CALL refresh_worklist(2026, reasons => '{}', as_of => '2026-11-23');
SELECT is((SELECT count(*) FROM patient_work_event), (SELECT count(*) FROM patient_work_item),
	'a second time nothing happens');
SELECT is_empty($$ SELECT column_name FROM (SELECT unnest(proargnames) AS column_name FROM pg_proc
	WHERE proname IN ('worklist', 'prospective_list', 'awv_due', 'specificity', 'no_encounter',
		'interaction_opportunity', 'two_way', 'provider_panel', 'two_way_balance')) c
	WHERE column_name ~ 'value|score|usd|dollar|payment|raf|coefficient|joint|uplift'
		AND column_name <> 'payment_year' $$, 'no value in lists for clinicians');

----------------------------------------------------------------------
-- Events
----------------------------------------------------------------------
SELECT lives_ok($$ SELECT work_item_event(item(2, '280'), 'contacted', 'Ann', owner => 'Bob',
	channel => 'phone', occurred_at => '2026-11-24') $$, 'contacted');
SELECT results_eq($$ SELECT item_state, role, item_owner, channel, sla_due FROM worklist()
	WHERE hcc_code = '280' $$,
	$$ VALUES ('contacted', 'scheduler', 'Bob', 'phone', '2026-12-08'::date) $$,
	'the next one''s turn');
SELECT results_eq($$ SELECT from_state, to_state, actor, owner, channel, occurred_at
	FROM patient_work_event WHERE item_id = item(2, '280') ORDER BY known_at DESC LIMIT 1 $$,
	$$ VALUES ('new', 'contacted', 'Ann', 'Bob', 'phone', '2026-11-24'::timestamptz) $$,
	'who, when, from, to');
SELECT throws_ok($$ SELECT work_item_event(item(2, '280'), 'accepted', 'Ann') $$, '55000',
	'a work item cannot go from "contacted" to "accepted"', 'no such step');
SELECT throws_ok($$ SELECT work_item_event(item(2, '280'), 'paid', 'Ann') $$, '22023',
	'a work item of kind "gap" has no state "paid"', 'no such state');
SELECT throws_ok($$ SELECT work_item_event(item(2, '280'), 'cancelled', 'Ann') $$, '22004',
	'state "cancelled" needs a reason', 'a reason');
SELECT throws_ok($$ SELECT work_item_event(patient(99), 'contacted', 'Ann') $$, 'P0002',
	'there is no such work item', 'no such item');
SELECT throws_ok($$ SELECT work_item_event(item(2, '280'), 'scheduled', '') $$, '22004',
	'an event needs an item, a state and an actor', 'an actor');
SELECT lives_ok($$ SELECT work_item_event(item(1, '226'), s, 'Ann')
	FROM unnest('{seen,documented,coded,submitted,accepted,closed}'::text[]) s $$, 'all the way');
SELECT is_empty($$ SELECT FROM worklist() WHERE hcc_code = '226' $$, 'closed items are no work');
SELECT results_eq($$ SELECT hcc_code FROM worklist(state => 'closed') $$, $$ VALUES ('226') $$,
	'unless asked for');
INSERT INTO work_state (kind, state, owner_role, next_states, sla_days) VALUES
	('gap', 'contacted', 'nurse', '{paid}', 1), ('gap', 'paid', 'nurse', '{}', NULL);
SELECT lives_ok($$ SELECT work_item_event(item(2, '280'), 'paid', 'Ann') $$, 'states are rows');
DELETE FROM work_state WHERE custom;
UPDATE patient_work_item SET state = 'contacted' WHERE state = 'paid';

----------------------------------------------------------------------
-- What answers itself, and what comes back
----------------------------------------------------------------------
SELECT coded(1, '{E1122}', '2026-06-01', 'Y'), coded(2, '{J449}', '2026-06-01', 'Y');
CALL refresh_gaps(2026);
CALL refresh_worklist(2026, reasons => '{}');
SELECT results_eq($$ SELECT state, (SELECT reason FROM patient_work_event e
	WHERE e.item_id = i.item_id ORDER BY known_at DESC LIMIT 1)
	FROM patient_work_item i WHERE item_id IN (item(1, '37'), item(2, '280')) $$, $$ VALUES
		('closed', 'same'), ('closed', 'same') $$, 'documented: closed');
SELECT is(state, 'closed', 'what a person closed stays') FROM patient_work_item
WHERE item_id = item(1, '226');
DELETE FROM patient_diagnosis_hcc WHERE patient_id = patient(2) AND diagnosis_date >= '2026-01-01';
CALL refresh_gaps(2026);
CALL refresh_worklist(2026, reasons => '{}');
SELECT is(state, 'new', 'the only record is gone: new again') FROM patient_work_item
WHERE item_id = item(2, '280');
SELECT is((SELECT count(*) FROM patient_work_event WHERE item_id = item(2, '280')), 5::bigint,
	'with its history');
UPDATE patient_demographic SET date_of_death = '2026-11-01' WHERE patient_id = patient(2);
CALL refresh_gaps(2026);
CALL refresh_worklist(2026, reasons => '{}');
SELECT is(state, 'cancelled', 'nothing for the dead') FROM patient_work_item
WHERE item_id = item(2, '280');
UPDATE patient_demographic SET date_of_death = NULL WHERE patient_id = patient(2);
CALL refresh_gaps(2026);
CALL refresh_worklist(2026, reasons => '{}');
SELECT lives_ok($$ SELECT work_item_event(item(2, '280'), 'cancelled', 'Ann', 'moved away') $$,
	'a person cancels');
CALL refresh_worklist(2026, reasons => '{}');
SELECT is(state, 'cancelled', 'and it stays so') FROM patient_work_item
WHERE item_id = item(2, '280');

----------------------------------------------------------------------
-- Values
----------------------------------------------------------------------
SELECT results_eq($$ SELECT value_raw, value_payment FROM worklist_value(state => 'cancelled') $$,
	$$ VALUES (0.319, raf_payment('{J449}'::text[], beneficiary(75, 'F'), 2027)
		- raf_payment('{}'::text[], beneficiary(75, 'F'), 2027)) $$, 'what an item is worth');
-- a gap of negative value is an item, too: 221 over 222 lowers the score by 1.452
SELECT coded(5, '{I5084}', '2026-02-01'), coded(5, '{Z941}', '2025-02-01');
CALL refresh_gaps(2026);
CALL refresh_worklist(2026, reasons => '{}');
SELECT results_eq($$ SELECT hcc_code, value_raw FROM worklist_value()
	WHERE patient_id = patient(5) AND value_raw < 0 $$,
	$$ SELECT hcc_code, value_raw FROM patient_hcc_gap
		WHERE patient_id = patient(5) AND value_raw < 0 AND status <> 'net_new' $$, 'below zero');
SELECT cmp_ok((SELECT min(value_raw) FROM worklist_value()), '<', 0::numeric,
	'there is such a one');

CREATE ROLE hccraf_test_clinician;
GRANT SELECT (item_id, kind, patient_id, contract_id, provider_npi, collection_year, hcc_code,
	label, reason, state, owner_role, owner, channel, due_date, sla_due,
	model_version) ON patient_work_item TO hccraf_test_clinician;
GRANT SELECT ON patient_demographic, patient_diagnosis_hcc TO hccraf_test_clinician;
GRANT SELECT (patient_id, contract_id, model_version, collection_year, hcc_code, gap_source, status,
	base_date, base_npi, icd10_codes) ON patient_hcc_gap TO hccraf_test_clinician;
CREATE TEMPORARY TABLE appointment AS SELECT patient(n) AS patient_id,
	day::timestamp + interval '9 hours' AS appointment_at, 'A'::text AS provider_npi
	FROM (VALUES (3, '2026-12-01'), (1, '2026-12-01'), (3, '2027-01-02'),
		(6, '2026-12-01')) v(n, day);
GRANT SELECT ON appointment TO hccraf_test_clinician;
SET LOCAL ROLE hccraf_test_clinician;
SELECT lives_ok($$ SELECT FROM worklist() $$, 'the worklist without the right to see values');
SELECT throws_ok($$ SELECT FROM worklist_value() $$, '42501', NULL, 'but not its values');

----------------------------------------------------------------------
-- prospective_list
----------------------------------------------------------------------
SELECT set_eq($$ SELECT patient_id, what, appointment_at, last_documented, documented_by
	FROM prospective_list('appointment', '2026-12-01', '2026-12-31') $$,
	$$ VALUES (patient(3), 'assess', '2026-12-01 09:00'::timestamp, '2025-03-01'::date, 'X') $$,
	'what to assess at the coming appointments');
RESET ROLE;
SELECT is_empty($$ SELECT FROM prospective_list('appointment', '2027-01-01') $$,
	'next year it is no gap of this year');
SELECT is_empty($$ SELECT FROM prospective_list('appointment', '2026-11-01', '2026-11-30') $$,
	'none in these days');
SELECT throws_ok($$ SELECT FROM prospective_list('patient_work_item') $$, '42703', NULL,
	'a table without appointments');
SELECT coded(6, '{J449}', '2026-03-01');
CALL refresh_worklist(2026);
SELECT is_empty($$ SELECT FROM patient_work_item WHERE patient_id = patient(6) $$,
	'what is documented once is no work of itself');
CALL refresh_worklist(2026, at_least => 'potential');
SELECT results_eq($$ SELECT what, hcc_code, note FROM prospective_list('appointment', '2026-12-01')
	WHERE patient_id = patient(6) $$,
	$$ VALUES ('review', '280', 'once_only') $$, 'also what to review');

----------------------------------------------------------------------
-- audit_sample
----------------------------------------------------------------------
INSERT INTO patient_diagnosis_hcc (patient_id, encounter_id, icd10_code, diagnosis_date, known_at)
SELECT patient(1 + n % 6), patient(1000 + n / 2), CASE n % 2 WHEN 0 THEN 'I5022' ELSE 'Z0000' END,
	'2026-07-01', '2020-01-01' FROM generate_series(0, 199) n;
CREATE TEMPORARY TABLE sample AS SELECT * FROM audit_sample(25, 2026, 'seed');
SELECT results_eq('SELECT count(*), count(DISTINCT encounter_id), min(position), max(position) '
	'FROM sample', $$ VALUES (25::bigint, 25::bigint, 1::bigint, 25::bigint) $$,
	'as many encounters as asked');
INSERT INTO patient_diagnosis_hcc (patient_id, encounter_id, icd10_code, diagnosis_date)
SELECT patient(1), patient(5000 + n), 'I5022', '2026-07-01' FROM generate_series(0, 99) n;
UPDATE patient_diagnosis_hcc SET known_at = clock_timestamp() WHERE encounter_id >= patient(5000);
SELECT set_eq('SELECT * FROM audit_sample_again((SELECT max(sample_id) FROM hcc_audit_sample))',
	'SELECT * FROM sample', 'drawn again the same, whatever came later');
SELECT set_eq($$ SELECT encounter_id
	FROM audit_sample(25, 2026, 'seed', as_of => (SELECT max(known_at) FROM hcc_audit_sample)) $$,
	'SELECT encounter_id FROM sample', 'equal seed and time, equal sample');
SELECT set_ne($$ SELECT encounter_id
	FROM audit_sample(25, 2026, 'other', as_of => (SELECT min(known_at) FROM hcc_audit_sample)) $$,
	'SELECT encounter_id FROM sample', 'another seed, another sample');
SELECT is_empty($$ SELECT FROM sample WHERE expected_hccs = '{}' $$, 'encounters with an HCC');
SELECT is((SELECT count(*) FROM audit_sample(1000, 2020)), 0::bigint, 'a year without encounters');
SELECT throws_ok($$ SELECT FROM audit_sample(0, 2026) $$, '22023', NULL, 'a sample of nothing');

----------------------------------------------------------------------
-- cdi_feedback
----------------------------------------------------------------------
DELETE FROM patient_diagnosis_hcc WHERE diagnosis_date >= '2026-01-01';
SELECT coded(1, '{E119,J449,I509}', '2026-02-01', 'P'),
	coded(2, '{N184}', '2026-02-01', 'P', false), coded(2, '{Z0000}', '2026-02-01', 'P', false),
	coded(3, '{N184}', '2026-05-01', 'P', false), coded(3, '{N184}', '2026-05-01', 'Q');
INSERT INTO patient_hcc_gap_event (patient_id, model_version, collection_year, hcc_code, event,
	actor, occurred_at)
	VALUES (patient(1), 'V28', 2026, '226', 'not_assessed', 'P', '2026-05-05');
SELECT results_eq($$ SELECT quarter, provider_npi, source, reason, cases, diagnoses, pass_rate,
	audited, accuracy, below_target FROM cdi_feedback(2026) $$, $$ VALUES
	('2026-01-01'::date, 'P', 'verdict', 'invalid_encounter', 1::bigint, 4::bigint, 0.7500,
		NULL::bigint, NULL::numeric, NULL::boolean),
	('2026-04-01', 'P', 'verdict', 'invalid_encounter', 1, 1, 0.0000, NULL, NULL, NULL),
	('2026-04-01', 'Q', 'ok', NULL, 0, 1, 1.0000, NULL, NULL, NULL),
	('2026-04-01', 'X', 'answer', 'not_assessed', 1, NULL, NULL, NULL, NULL, NULL) $$,
	'per quarter, provider and reason; of accuracy nothing is known');
-- Accuracy is what auditors find: the record of patient 1 has E11.9, I50.9 and J44.9
UPDATE patient_diagnosis_hcc SET encounter_id = patient(900)
WHERE patient_id = patient(1) AND diagnosis_date = '2026-02-01';
SELECT sample_id AS sample, position AS place FROM audit_sample(50, 2026, 'accuracy')
WHERE patient_id = patient(1) \gset
CREATE FUNCTION found(code text, what text)
	RETURNS uuid RETURN audit_finding(:sample, :place, code, what, 'Eve');
SELECT lives_ok($$ SELECT found('E11.9', 'supported'), found('J44.9', 'supported'),
	found('I509', 'supported') $$, 'an audit');
SELECT lives_ok($$ SELECT found('I50.9', 'not_supported'), found('N18.4', 'missed'),
	found('Z00.00', 'missed') $$,
	'of one code the last finding counts; one without an HCC does not');
SELECT results_eq($$ SELECT source, reason, cases, pass_rate, audited, accuracy, below_target
	FROM cdi_feedback(2026) WHERE quarter = '2026-01-01' $$, $$ VALUES
	('verdict', 'invalid_encounter', 1::bigint, 0.7500, 4::bigint, 0.5000, true),
	('audit', 'supported', 2, 0.7500, 4, 0.5000, true),
	('audit', 'missed', 1, 0.7500, 4, 0.5000, true),
	('audit', 'not_supported', 1, 0.7500, 4, 0.5000, true) $$, 'two of four');
SELECT is((SELECT DISTINCT below_target FROM cdi_feedback(2026, target => 0.5)
	WHERE quarter = '2026-01-01'), false, 'the target is yours');
SELECT throws_ok(format($$ SELECT %s $$, c), s, m, m)
FROM (VALUES ($$found('J45', 'supported')$$, '22023', 'the encounter does not have this code'),
	($$found('J449', 'missed')$$, '22023', 'a code that the encounter has is not missed'),
	($$found('J449', 'so-so')$$, '22023', NULL), ($$found(NULL, 'missed')$$, '22004', NULL),
	($$audit_finding(-1, 1, 'J449', 'missed')$$, 'P0002', 'there is no such audit sample'),
	(format($$audit_finding(%s, 999, 'J449', 'missed')$$, :sample), 'P0002', NULL)) v(c, s, m);
SELECT is(hcc_erase(patient(1), 'patient_audit_finding'), 6::bigint,
	'findings are of a person, who may be erased');
SELECT is_empty($$ SELECT FROM cdi_feedback(2035) $$, 'a year without data');

----------------------------------------------------------------------
-- One patient with fifty HCCs
----------------------------------------------------------------------
DELETE FROM patient_diagnosis_hcc;
DELETE FROM patient_demographic WHERE patient_id <> patient(1);
SELECT coded(1, ARRAY(SELECT min(icd10_code) FROM hcc_crosswalk
	WHERE model_version = 'V28' AND expiry_year >= 2027
	AND icd10_code NOT IN (SELECT icd10_code FROM hcc_dx_edit) GROUP BY hcc_code
	ORDER BY hcc_code LIMIT 50), '2025-06-01');
CALL refresh_gaps(2026);
CALL refresh_worklist(2026);
SELECT set_eq($$ SELECT w.hcc_code FROM worklist() w WHERE item_kind = 'gap' $$,
	$$ SELECT hcc_code FROM patient_hcc_gap WHERE hcc_gap_open(status, excluded, superseded_by)
		AND gap_source = 'historic' $$, 'fifty HCCs: the top open gaps');
SELECT results_eq($$ SELECT hcc_codes FROM no_encounter(2026) $$,
	$$ SELECT array_agg(hcc_code ORDER BY hcc_code::integer) FROM hcc_recapture_class('V28')
		JOIN unnest(apply_hierarchy(ARRAY(SELECT x.hcc_code FROM hcc_crosswalk x
		JOIN patient_diagnosis_hcc USING (icd10_code) WHERE model_version = 'V28'
			AND expiry_year >= 2027), 'V28', 2027)) h(hcc_code) USING (hcc_code)
		WHERE recapture_class <> 'acute' $$, 'fifty HCCs: not seen this year');
SELECT is_empty($$ SELECT FROM model_impact(2026)
	WHERE difference <> mapping_loss + regrouping + coefficient + interaction_count + normalization
	UNION ALL SELECT FROM interaction_opportunity_value(2026)
	WHERE excess_raw <> joint_raw - value_raw - other_value_raw OR excess_raw <= 0 $$,
	'fifty HCCs: parts add up');

SELECT * FROM finish();
ROLLBACK;
