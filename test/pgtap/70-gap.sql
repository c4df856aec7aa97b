-- Recapture gaps of a population: status, scope, evidence, history, answers,
-- rates, deadlines. Expected values are those of the definitions or calculated
-- by hand beside them. V28, payment year 2027, unless said otherwise: a
-- community woman of 74, not dual, has a demographic score of 0.395.
BEGIN;
CREATE EXTENSION IF NOT EXISTS hccraf;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT plan(181);
SET client_min_messages = warning;
CREATE SCHEMA gap_test;
SELECT hccraf_setup('gap_test') \g /dev/null
SET search_path = gap_test, public;

CREATE FUNCTION pg_temp.patient(n integer) RETURNS uuid LANGUAGE sql
RETURN ('00000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid;
CREATE FUNCTION pg_temp.born(n integer, years integer[] DEFAULT '{2026,2027}') RETURNS void
	LANGUAGE sql AS $$
	INSERT INTO gap_test.patient_demographic (patient_id, payment_year, date_of_birth, sex,
		provider_npi, known_at)
	SELECT pg_temp.patient(n), y, '1952-05-01', 'F', '1', '2025-01-01' FROM unnest(years) y $$;
CREATE FUNCTION pg_temp.coded(n integer, codes text[], at date, submission text DEFAULT NULL,
	contract text DEFAULT NULL,
	valid boolean DEFAULT true, npi text DEFAULT NULL) RETURNS void LANGUAGE sql AS $$
	INSERT INTO gap_test.patient_diagnosis_hcc (patient_id, icd10_code, diagnosis_date, submission,
		contract_id, is_valid_encounter, provider_npi, known_at)
	SELECT pg_temp.patient(n), c, at, submission, contract, valid, npi, '2026-09-01'
	FROM unnest(codes) c $$;
-- one line per gap: HCC, status, closure
CREATE FUNCTION pg_temp.gaps(n integer) RETURNS text LANGUAGE sql AS $$
	SELECT string_agg(concat_ws(' ', hcc_code, status, closure), ', ' ORDER BY hcc_code::integer)
	FROM gap_test.patient_hcc_gap WHERE patient_id = pg_temp.patient(n) AND model_version = 'V28'
		AND collection_year = 2026 $$;
CREATE FUNCTION pg_temp.gap(n integer, hcc text DEFAULT NULL) RETURNS gap_test.patient_hcc_gap
	LANGUAGE sql AS $$
	SELECT g FROM gap_test.patient_hcc_gap g
	WHERE patient_id = pg_temp.patient(n) AND model_version = 'V28' AND collection_year = 2026
		AND (hcc IS NULL OR hcc_code = hcc) ORDER BY contract_id LIMIT 1 $$;

----------------------------------------------------------------------
-- Nobody; nothing; a year without data
----------------------------------------------------------------------
SELECT lives_ok('CALL refresh_gaps(2026)', 'an empty panel');
SELECT is_empty('SELECT * FROM patient_hcc_gap', 'has no gaps');
SELECT results_eq('SELECT closed, gaps, rate_strict, rate_lenient FROM recapture_rate(2026)',
	'SELECT 0::bigint, 0::bigint, NULL::numeric, NULL::numeric WHERE false',
	'nor a rate');
SELECT results_eq('SELECT DISTINCT gaps, rate_strict_ytd FROM recapture_rate_month(2026)',
	'VALUES (0::bigint, NULL::numeric)', 'nor one by month');
SELECT is_empty('SELECT * FROM recapture_rate_value(2026)', 'nor one by value');
SELECT results_eq('SELECT run, open_gaps FROM deadline_board(2027)',
	$$ VALUES ('initial', 0::bigint), ('midyear', 0), ('final', 0) $$,
	'the deadlines stand without gaps');
SELECT pg_temp.born(1) \g /dev/null
CALL refresh_gaps(2026);
SELECT is_empty('SELECT * FROM patient_hcc_gap', 'one patient of whom nothing is documented');
SELECT throws_ok('CALL refresh_gaps(2026, ''V99'')', '42704', 'model "V99" does not exist',
	'a model that does not exist is an error even for nobody');
SELECT throws_ok('CALL refresh_gaps(2026, policy => ''generous'')', '42704',
	'recapture policy "generous" does not exist', 'a policy that does not exist');
SELECT throws_ok('CALL refresh_gaps(2026, look_back => 0)', '22023', NULL,
	'no year to look back at');
SELECT throws_ok('CALL refresh_gaps(NULL)', '22004', NULL, 'no year');

----------------------------------------------------------------------
-- Definitions 5.2 and acceptance tests 1 to 5
----------------------------------------------------------------------
SELECT pg_temp.coded(1, '{E11.22,N18.4,I50.32,F33.1,J44.9}', '2025-03-01', npi => '11'),
	pg_temp.coded(1, '{E119,I509}', '2026-02-01', npi => '12') \g /dev/null
CREATE TEMPORARY TABLE expected (n integer, base text[], now text[], gaps text, hcc text,
	value_raw numeric, excluded text);
INSERT INTO expected VALUES
	(10, '{I5032}', '{I5084}', '226 closed superseding', '226', 0, NULL),
	-- 2.505 - 0.360
	(11, '{I5084}', '{I5032}', '222 downgraded', '222', 2.145, NULL),
	(12, '{Z941}', '{I5084}', '221 downgraded', '221', -1.452, NULL),
	(13, '{G809}', '{G8250}', '192 downgraded', '192', -0.811, NULL),
	(14, '{E1110}', '{E119}', '36 closed equivalent', '36', 0, NULL),
	(15, '{F331}', '{}', '155 open', '155', 0.299, NULL),
	(16, '{F339}', '{}', NULL, NULL, NULL, NULL),
	(17, '{S72001A}', '{}', '402 open', '402', NULL, 'acute'),
	(18, '{Z89511}', '{}', '409 open', '409', NULL, NULL),
	(19, '{Z89511}', '{S78011A}', '409 closed superseding', '409', 0, NULL),
	-- nothing before; the family of heart failure is not new
	(20, '{}', '{J449}', '280 net_new', '280', 0.319, NULL),
	(21, '{I5032}', '{I509,J449}', '226 closed same, 280 net_new', '280', 0.397, NULL),
	-- one gap with two codes; one code with two HCCs
	(22, '{E1122,E1142}', '{}', '37 open', '37', 0.166, NULL);
SELECT pg_temp.born(n), pg_temp.coded(n, base, '2025-06-01'),
	pg_temp.coded(n, now, '2026-06-01') FROM expected \g /dev/null
CALL refresh_gaps(2026);
SELECT results_eq($$ SELECT hcc_code, status, closure, by_hcc, value_raw, joint_raw, captured_raw
	FROM patient_hcc_gap
		WHERE patient_id = pg_temp.patient(1) ORDER BY hcc_code::integer $$,
	$$ VALUES ('37', 'closed', 'equivalent', '{38}'::text[], 0.000, 1.436, 1.033),
		('155', 'open', NULL, NULL, 0.299, 1.436, 1.033),
		-- without heart failure also its interaction with diabetes is gone: 0.360 + 0.112
		('226', 'closed', 'same', '{226}', 0.472, 1.436, 1.033),
		('280', 'open', NULL, NULL, 0.397, 1.436, 1.033),
		('327', 'open', NULL, NULL, 0.690, 1.436, 1.033) $$, 'the worked example');
SELECT is(pg_temp.gaps(n), e.gaps,
	format('%s, now %s: %s', base, e.now, COALESCE(e.gaps, 'no gap'))) FROM expected e ORDER BY n;
SELECT is((pg_temp.gap(n, hcc)).value_raw, value_raw,
	format('%s, now %s: worth %s', base, now, value_raw)) FROM expected
	WHERE value_raw IS NOT NULL ORDER BY n;
SELECT is((pg_temp.gap(n, hcc)).excluded, excluded,
	format('%s: %s', base, COALESCE(excluded, 'in scope'))) FROM expected
WHERE n IN (15, 17, 18) ORDER BY n;
SELECT is((pg_temp.gap(18)).recapture_class, 'lifelong', 'an amputation stays');
SELECT is((pg_temp.gap(22)).icd10_codes, '{E1122,E1142}', 'one gap lists all its codes');
SELECT results_eq($$ SELECT source_year, base_date, base_npi, evidence_date, evidence_npi,
	provider_npi FROM patient_hcc_gap
		WHERE patient_id = pg_temp.patient(1) AND hcc_code IN ('226', '280') ORDER BY hcc_code $$,
	$$ VALUES (2025, '2025-03-01'::date, '11', '2026-02-01'::date, '12', '1'),
		(2025, '2025-03-01', '11', NULL, NULL, '1') $$, 'evidence');
SELECT is((SELECT icd10_code FROM patient_diagnosis_hcc
	WHERE id = (pg_temp.gap(1, '37')).evidence_record_id), 'E119',
	'what is closed by another HCC has that HCC''s record as evidence');
-- of V28, V24-only HCCs are none: the codes are mapped again
SELECT is_empty($$ SELECT FROM recapture_gap(2026) WHERE patient_id = pg_temp.patient(16) $$,
	'a code that no longer maps gives no gap');
SELECT is_empty($$ SELECT FROM recapture_gap(2026) WHERE patient_id = pg_temp.patient(17) $$,
	'an acute condition is no gap');
SELECT results_eq($$ SELECT hcc_code, status FROM recapture_gap(2026, in_scope => false)
	WHERE patient_id = pg_temp.patient(17) $$,
	$$ VALUES ('402', 'open') $$, 'but can be seen');

-- the other policy; a row of one's own
CALL refresh_gaps(2026, policy => 'is_chronic');
SELECT is((pg_temp.gap(17)).excluded, 'acute',
	'policy is_chronic: a hip fracture is acute there too');
SELECT results_eq($$ SELECT hcc_code, a.recapture_class, b.recapture_class
	FROM hcc_recapture_class('V28') a JOIN hcc_recapture_class('V28', 'is_chronic') b
		USING (hcc_code) WHERE hcc_code IN ('37', '228', '249', '409', '152')
	ORDER BY hcc_code::integer $$,
	$$ VALUES ('37', 'chronic', 'chronic'), ('152', 'acute', 'acute'), ('228', 'acute', 'chronic'),
		('249', 'acute', 'chronic'), ('409', 'lifelong', 'chronic') $$,
	'the policies differ in acute infarction and stroke');
SELECT set_eq($$ SELECT hcc_code::integer FROM hcc_recapture_class('V28', 'is_chronic')
	WHERE recapture_class = 'acute' $$,
	'{2,6,68,78,92,152,212,213,267,282,283,385,397,398,399,401,402,405}'::integer[],
	'what the public file leaves unflagged');
INSERT INTO hcc_recapture_policy (policy, model_version, hcc_code, recapture_class, reason) VALUES
	('conservative', 'V28', '402', 'chronic', 'ours');
CALL refresh_gaps(2026);
SELECT is((pg_temp.gap(17)).excluded, NULL, 'a row of one''s own goes before the shipped one');
DELETE FROM hcc_recapture_policy WHERE custom;
CALL refresh_gaps(2026);

----------------------------------------------------------------------
-- Scope (3.3)
----------------------------------------------------------------------
SELECT pg_temp.born(n), pg_temp.coded(n, '{J449}', '2025-06-01') FROM generate_series(30, 49) n
\g /dev/null
UPDATE patient_demographic SET date_of_death = '2026-04-01' WHERE patient_id = pg_temp.patient(30);
UPDATE patient_demographic SET enrolled_to = '2026-04-01' WHERE patient_id = pg_temp.patient(31);
UPDATE patient_demographic SET hospice = true
WHERE patient_id = pg_temp.patient(32) AND payment_year = 2026;
UPDATE patient_demographic SET hospice = true
WHERE patient_id = pg_temp.patient(33) AND payment_year = 2027;
UPDATE patient_demographic SET new_enrollee = true
WHERE patient_id = pg_temp.patient(34) AND payment_year = 2027;
UPDATE patient_demographic SET esrd = 'dialysis'
WHERE patient_id = pg_temp.patient(35) AND payment_year = 2027;
UPDATE patient_demographic SET lti = true
WHERE patient_id = pg_temp.patient(36) AND payment_year = 2027;
-- 37: only a laboratory claim; 38: rejected; 39: deleted later; 40: a stay over new year; 41:
-- voided; 42: on the delete list
INSERT INTO eligible_procedure (service_year, procedure_code) SELECT y, '99213'
FROM generate_series(2025, 2026) y;
INSERT INTO patient_diagnosis_hcc (patient_id, icd10_code, diagnosis_date, claim_type,
	procedure_codes, modifiers)
	VALUES (pg_temp.patient(37), 'J449', '2026-03-01', 'professional', '{80053}', NULL),
	-- 43: by telephone; 44: chart review without an encounter
	(pg_temp.patient(43), 'J449', '2026-05-01', 'professional', '{99213}', '{93}');
INSERT INTO patient_diagnosis_hcc (patient_id, icd10_code, diagnosis_date, record_source) VALUES
	(pg_temp.patient(44), 'J449', '2026-05-01', 'unlinked_chart_review');
SELECT pg_temp.coded(38, '{J449}', '2026-03-01', 'rejected', npi => 'X 1'), pg_temp.coded(39,
	'{J449}', '2026-03-01'), pg_temp.coded(45, '{J449}', '2026-03-01', 'submitted') \g /dev/null
INSERT INTO patient_diagnosis_hcc (patient_id, icd10_code, service_from, diagnosis_date) VALUES
	(pg_temp.patient(40), 'J449', '2025-12-28', '2026-01-03');
INSERT INTO patient_diagnosis_hcc (patient_id, encounter_id, icd10_code, diagnosis_date) VALUES
	(pg_temp.patient(41), pg_temp.patient(1), 'J449', '2026-02-01');
INSERT INTO patient_diagnosis_hcc (patient_id, linked_encounter_id, icd10_code, diagnosis_date,
	record_action)
	VALUES (pg_temp.patient(41), pg_temp.patient(1), 'J449', '2026-02-01', 'void');
SELECT gap_event(pg_temp.patient(42), 2025, '280', 'delete_submitted',
	'not supported by the record', 'auditor') \g /dev/null
-- 46: known only from the collection year
DELETE FROM patient_demographic WHERE patient_id = pg_temp.patient(46) AND payment_year = 2027;
CALL refresh_gaps(2026);
SELECT is((g).status || COALESCE(', ' || (g).reason, '')
	|| COALESCE(', excluded: ' || (g).excluded, ''), expected, what)
FROM (VALUES (30, 'open, excluded: deceased', 'died in the collection year'),
	(31, 'open, excluded: disenrolled', 'left'),
	(32, 'open, excluded: hospice', 'hospice in the collection year'),
	(33, 'open, excluded: hospice', 'hospice in the payment year'),
	(34, 'open, new_enrollee', 'new enrollee'),
	(35, 'open, model_change, excluded: other_model', 'dialysis'), (36, 'open', 'institution'),
	(37, 'documented_not_eligible, no_acceptable_hcpcs', 'only a laboratory claim'),
	(38, 'documented_not_eligible, rejected', 'rejected'),
	(39, 'closed', 'documented'), (40, 'closed', 'a stay belongs to the year of discharge'),
	(41, 'open', 'a voided record is none'),
	(42, 'open, excluded: delete_list', 'the base is on the delete list'),
	(43, 'documented_not_eligible, audio_only', 'by telephone'),
	(44, 'documented_not_eligible, unlinked_crr', 'unlinked chart review'),
	(45, 'pending', 'submitted, not yet accepted'),
	(46, 'open, segment_assumed', 'not known in the payment year')) v(n, expected, what),
	pg_temp.gap(n) g;
SELECT is(ARRAY[(g).value_raw, (g).value_payment, (g).joint_raw], ARRAY[0, 0, 0]::numeric[],
	'of a new enrollee a gap is worth nothing') FROM pg_temp.gap(34) g;
SELECT is((pg_temp.gap(35)).value_payment, NULL, 'the model does not pay for dialysis');
CALL refresh_gaps(2026, 'ESRD_V24');
SELECT isnt((SELECT value_payment FROM patient_hcc_gap WHERE model_version = 'ESRD_V24'
	AND patient_id = pg_temp.patient(35)), NULL, 'that of ESRD does');
SELECT is((pg_temp.gap(36)).value_raw, (SELECT coefficient
	FROM hcc_coefficient k JOIN hcc_calibration c USING (model_version, calibration)
		WHERE model_version = 'V28' AND segment = 'INS' AND variable = 'HCC280'
			AND 2027 BETWEEN c.first_payment_year AND c.last_payment_year AND c.is_default),
	'in an institution its coefficients count');
SELECT is((pg_temp.gap(46)).value_raw, 0.319, 'whose segment is assumed has today''s');
SELECT is((pg_temp.gap(38)).evidence_npi, 'X 1', 'an identifier may have blanks');
SELECT is((pg_temp.gap(37)).evidence_date, '2026-03-01'::date,
	'the record that does not count is shown');
SELECT is_empty($$ SELECT FROM recapture_gap(2026)
	WHERE patient_id IN (SELECT pg_temp.patient(n) FROM unnest('{30,31,32,33,42}'::integer[]) n) $$,
	'no work for those out of scope');
-- the rules of the payment year decide, not those of the service
CALL refresh_gaps(2026, payment_year => 2026);
SELECT is((pg_temp.gap(43)).status, 'closed', 'by telephone counts in payment year 2026');
SELECT is((pg_temp.gap(44)).status, 'closed', 'and unlinked chart review');
CALL refresh_gaps(2026);

-- acceptance 9
INSERT INTO patient_diagnosis_hcc (patient_id, icd10_code, diagnosis_date, record_action, known_at)
	VALUES (pg_temp.patient(39), 'J44.9', '2026-03-01', 'delete', '2026-10-01');
CREATE TEMPORARY TABLE moment AS SELECT clock_timestamp() AS before_deletion;
CALL refresh_gaps(2026);
SELECT is((pg_temp.gap(39)).status, 'open', 'deleting the only record reopens the gap');
SELECT results_eq($$ SELECT h.status, h.closure, h.evidence_date, h.valid_to = g.status_since
	FROM patient_hcc_gap_history h JOIN patient_hcc_gap g
			USING (patient_id, model_version, collection_year, hcc_code)
		WHERE h.patient_id = pg_temp.patient(39) ORDER BY h.valid_from DESC LIMIT 1 $$, $$ VALUES
			('closed', 'same', '2026-03-01'::date, true) $$,
	'history keeps that it was closed');
SELECT is((SELECT status FROM recapture_gap(2026, statuses => NULL, as_of => before_deletion)
	WHERE patient_id = pg_temp.patient(39)), 'closed',
	'as of the time before, it is closed') FROM moment;
SELECT is((SELECT status FROM patient_gap(pg_temp.patient(39), 2026, as_of => '2026-09-15')),
	'closed', 'as it was known then, too');
SELECT is((SELECT status FROM patient_gap(pg_temp.patient(39), 2026)), 'open', 'now it is not');
SELECT throws_ok($$ CALL refresh_gaps(2026, as_of => '2026-09-15') $$, '55000',
	'the gaps stored are of a later time', 'time does not run backwards');
CREATE TEMPORARY TABLE before AS SELECT * FROM patient_hcc_gap;
CREATE TEMPORARY TABLE before_history AS SELECT * FROM patient_hcc_gap_history;
CALL refresh_gaps(2026);
SELECT set_eq('SELECT * FROM patient_hcc_gap', 'SELECT * FROM before',
	'a refresh that finds nothing new changes nothing');
SELECT set_eq('SELECT * FROM patient_hcc_gap_history', 'SELECT * FROM before_history',
	'nor adds to history');
SELECT set_eq($$ SELECT patient_id, contract_id, hcc_code, gap_source, status, closure, by_hcc,
	reason, excluded, base_record_id, evidence_record_id
		FROM patient_hcc_gap WHERE model_version = 'V28' $$,
	$$ SELECT p.patient_id, g.contract_id, g.hcc_code, g.gap_source, g.status, g.closure, g.by_hcc,
		g.reason, g.excluded, g.base_record_id, g.evidence_record_id
		FROM (SELECT DISTINCT patient_id FROM patient_demographic) p,
			patient_gap(p.patient_id, 2026) g $$, 'patient_gap says the same of everybody');
SELECT set_eq($$ SELECT patient_id, hcc_code, value_raw, value_payment, joint_payment
	FROM patient_hcc_gap WHERE model_version = 'V28' $$,
	$$ SELECT p.patient_id, g.hcc_code, g.value_raw, g.value_payment, g.joint_payment
		FROM (SELECT DISTINCT patient_id FROM patient_demographic) p,
			patient_gap_value(p.patient_id, 2026) g $$, 'and patient_gap_value');

----------------------------------------------------------------------
-- Contracts: records of another contract are no evidence
----------------------------------------------------------------------
SELECT pg_temp.born(n) FROM generate_series(60, 63) n \g /dev/null
UPDATE patient_demographic SET contract_id = CASE payment_year WHEN 2026 THEN 'H1' ELSE 'H2' END
	WHERE patient_id IN (pg_temp.patient(60), pg_temp.patient(61), pg_temp.patient(62));
UPDATE patient_demographic SET contract_id = 'H2' WHERE patient_id = pg_temp.patient(63);
SELECT pg_temp.coded(60, '{J449}', '2025-06-01', contract => 'H1'),
	pg_temp.coded(60, '{J449}', '2026-02-01', contract => 'H1') \g /dev/null
SELECT pg_temp.coded(61, '{J449}', '2025-06-01'),
	pg_temp.coded(61, '{J449}', '2026-02-01', contract => 'H1') \g /dev/null
SELECT pg_temp.coded(62, '{J449}', '2025-06-01', contract => 'H2'),
	pg_temp.coded(62, '{J449}', '2026-02-01', contract => 'H2') \g /dev/null
SELECT pg_temp.coded(63, '{J449}', '2025-06-01', contract => 'H1') \g /dev/null
CALL refresh_gaps(2026);
SELECT results_eq(format($$ SELECT contract_id, status, excluded FROM patient_hcc_gap
	WHERE patient_id = pg_temp.patient(%s) AND model_version = 'V28' ORDER BY 1 $$, n),
	format('SELECT * FROM (VALUES %s) v(a, b, c)', expected), what)
FROM (VALUES (60, $$ ('H1', 'closed', 'disenrolled') $$,
	'what the former contract has, the new one has not'),
	(61, $$ ('H1', 'closed', 'disenrolled'), ('H2', 'open', NULL) $$,
		'a gap of the new contract although the former got the diagnosis'),
	(62, $$ ('H2', 'closed', NULL) $$, 'a record of the new contract is its own')) v(n,
		expected, what);
SELECT is(pg_temp.gaps(63), NULL,
	'records of a contract that the patient was not in are nobody''s');
SELECT set_eq($$ SELECT DISTINCT contract_id FROM recapture_gap(2026, contract => 'H2') $$,
	'{H2}'::text[], 'by contract');
UPDATE patient_demographic SET contract_id = 'H1' WHERE patient_id = pg_temp.patient(61);
CALL refresh_gaps(2026);
SELECT results_eq($$ SELECT contract_id, status, excluded FROM patient_hcc_gap
	WHERE patient_id = pg_temp.patient(61) AND model_version = 'V28' $$,
	$$ VALUES ('H1', 'closed', NULL::text) $$,
	're-enrolment brings a gap back into scope, and the other goes');
SELECT is((SELECT count(*) FROM patient_hcc_gap_history
	WHERE patient_id = pg_temp.patient(61) AND contract_id = 'H2' AND status = 'open'), 1::bigint,
	'to history');

----------------------------------------------------------------------
-- Looking back further; families
----------------------------------------------------------------------
SELECT pg_temp.born(70), pg_temp.coded(70, '{I5032}', '2025-06-01'),
	pg_temp.coded(70, '{I5084}', '2024-06-01'), pg_temp.coded(70, '{J449}', '2023-06-01')
\g /dev/null
CALL refresh_gaps(2026);
SELECT is(pg_temp.gaps(70), '226 open', 'a year back');
CALL refresh_gaps(2026, look_back => 2);
SELECT results_eq($$ SELECT hcc_code, source_year, superseded_by, value_raw FROM patient_hcc_gap
	WHERE patient_id = pg_temp.patient(70) ORDER BY hcc_code $$,
	$$ VALUES ('222', 2024, NULL::text[], 2.505), ('226', 2025, '{222}', 0) $$,
	'two years: only the top of the family is worth something');
SELECT results_eq($$ SELECT hcc_code FROM recapture_gap(2026)
	WHERE patient_id = pg_temp.patient(70) $$, $$ VALUES ('222') $$, 'and work');
CALL refresh_gaps(2026, look_back => 3);
SELECT results_eq($$ SELECT hcc_code, source_year, base_date FROM patient_hcc_gap
	WHERE patient_id = pg_temp.patient(70) ORDER BY hcc_code $$,
	$$ VALUES ('222', 2024, '2024-06-01'::date), ('226', 2025, '2025-06-01'),
		('280', 2023, '2023-06-01') $$, 'three years');
CALL refresh_gaps(2026);
SELECT is(pg_temp.gaps(70), '226 open', 'and back');

----------------------------------------------------------------------
-- Answers (3.4)
----------------------------------------------------------------------
SELECT pg_temp.born(80), pg_temp.coded(80, '{J449,F331}', '2025-06-01') \g /dev/null
CREATE FUNCTION pg_temp.answered(event text, reason text DEFAULT NULL) RETURNS text
	LANGUAGE plpgsql AS $$
BEGIN
	PERFORM gap_test.gap_event(pg_temp.patient(80), 2026, '280', event, reason, 'Dr A');
	CALL gap_test.refresh_gaps(2026);
	RETURN (SELECT g.status || COALESCE(' ' || g.reason, '') FROM pg_temp.gap(80, '280') g);
END $$;
SELECT is(pg_temp.answered('deferred'), 'open', 'deferred stays open');
SELECT is(pg_temp.answered('never_had', 'spirometry normal'), 'invalid never_had', 'never had');
SELECT is((pg_temp.gap(80, '155')).joint_raw, 0.299, 'what is refuted is in no joint value');
SELECT is(pg_temp.answered('not_assessed'), 'invalid never_had', 'not assessed does not undo it');
SELECT is(pg_temp.answered('reopened', 'wrong patient'), 'open', 'reopened does');
SELECT is(pg_temp.answered('inactive', 'resolved'), 'invalid inactive', 'inactive');
SELECT results_eq($$ SELECT status, reason FROM patient_hcc_gap_history
	WHERE patient_id = pg_temp.patient(80) AND hcc_code = '280' ORDER BY valid_from $$,
	$$ VALUES ('open', NULL), ('invalid', 'never_had'), ('open', NULL) $$,
	'history has the states');
SELECT is((SELECT count(*) FROM patient_hcc_gap_event WHERE patient_id = pg_temp.patient(80)),
	5::bigint, 'and events the answers');
SELECT pg_temp.coded(80, '{J449}', '2026-08-01') \g /dev/null
SELECT is(pg_temp.answered('in_progress'), 'closed', 'a diagnosis closes what was refuted');
SELECT throws_ok(format('SELECT gap_event(%L, 2026, ''280'', %s)', pg_temp.patient(80), arguments),
	code, message)
FROM (VALUES ($$'perhaps'$$, '42704', 'gap event "perhaps" does not exist'),
	($$'never_had'$$, '22004', 'gap event "never_had" needs a reason'),
	($$'deferred', actor => ''$$, '22004',
		'a gap event needs a patient, a collection year and an actor'),
	($$'deferred', occurred_at => 'infinity'$$, '22023',
		'invalid value for argument "occurred_at"'),
	($$'deferred', model => 'V99'$$, '42704', 'model "V99" does not exist')) v(arguments,
		code, message);
-- an event of one contract says nothing of another
SELECT pg_temp.born(81), pg_temp.coded(81, '{J449}', '2025-06-01') \g /dev/null
UPDATE patient_demographic SET contract_id = 'H3' WHERE patient_id = pg_temp.patient(81);
SELECT gap_event(pg_temp.patient(81), 2026, '280', 'never_had', 'x', 'Dr A', contract => 'H4')
\g /dev/null
SELECT is((SELECT status FROM patient_gap(pg_temp.patient(81), 2026)), 'open',
	'an answer for another contract');

----------------------------------------------------------------------
-- Rates, by hand
----------------------------------------------------------------------
CREATE SCHEMA gap_rates;
SELECT hccraf_setup('gap_rates') \g /dev/null
INSERT INTO gap_rates.patient_demographic (patient_id, payment_year, date_of_birth, sex,
	date_of_death, contract_id, plan_id, provider_npi)
SELECT pg_temp.patient(n), y, '1952-05-01', 'F', died, 'H1', plan, provider
FROM (VALUES (1, NULL::date, '001', 'P1'), (2, NULL, '002', 'P2'), (3, '2026-05-01', '001', 'P1'),
	(4, NULL, '001', 'P2'), (5, NULL, '001', 'P1'),
	(6, NULL, '001', 'P1')) v(n, died, plan, provider), unnest('{2026,2027}'::integer[]) y;
INSERT INTO gap_rates.patient_diagnosis_hcc (patient_id, icd10_code, diagnosis_date,
	provider_npi, submission)
SELECT pg_temp.patient(n), code, at::date, npi, submission
FROM (VALUES (1, 'J449', '2025-01-01', 'X9', NULL), (1, 'F331', '2025-01-01', 'X9', NULL),
	(1, 'E119', '2025-01-01', 'X9', NULL),
	(1, 'J449', '2026-03-10', 'X1', NULL), (1, 'J449', '2026-04-10', 'X2', NULL),
	(2, 'I5084', '2025-01-01', 'X9', NULL), (2, 'I509', '2026-06-05', 'X2', NULL),
	(3, 'J449', '2025-01-01', 'X9', NULL), (3, 'J449', '2026-02-01', 'X1', NULL),
	(4, 'J449', '2025-01-01', 'X9', NULL), (4, 'J449', '2026-07-01', 'X3', 'submitted'),
	(5, 'F331', '2026-07-01', 'X3', NULL),
	(6, 'S72001A', '2025-07-01', 'X3', NULL)) v(n, code, at, npi, submission);
CALL gap_rates.refresh_gaps(2026);
SELECT results_eq($$ SELECT closed, downgraded, pending, open, gaps, rate_strict, rate_lenient
	FROM gap_rates.recapture_rate(2026) $$,
	$$ VALUES (1::bigint, 1::bigint, 1::bigint, 2::bigint, 5::bigint, 0.2000, 0.4000) $$,
	'the rate of those enrolled now');
SELECT results_eq($$ SELECT closed, gaps, rate_strict, rate_lenient
	FROM gap_rates.recapture_rate(2026, denominator => 'as_experienced') $$,
	$$ VALUES (2::bigint, 6::bigint, 0.3333, 0.5000) $$, 'as experienced, with the deceased');
SELECT results_eq(format($$ SELECT group_value, closed, gaps, rate_strict, rate_lenient
	FROM gap_rates.recapture_rate(2026, group_by => %L) $$, by),
	format('SELECT * FROM (VALUES %s) v(a, b, c, d, e)', expected), 'by ' || by)
FROM (VALUES
	-- acceptance 10
	('provider', $$ ('P1', 1::bigint, 3::bigint, 0.3333, 0.3333), ('P2', 0, 2, 0.0000, 0.5000) $$),
	('credited', $$ ('X1', 1::bigint, 1::bigint, 0.2000, 0.2000), ('X2', 0, 1, 0.0000, 0.2000),
		('X3', 0, 1, 0.0000, 0.0000), (NULL, 0, 2, 0.0000, 0.0000) $$),
	('contract', $$ ('H1', 1::bigint, 5::bigint, 0.2000, 0.4000) $$),
	('plan', $$ ('001', 1::bigint, 4::bigint, 0.2500, 0.2500), ('002', 0, 1, 0.0000, 1.0000) $$),
	('hcc', $$ ('155', 0::bigint, 1::bigint, 0.0000, 0.0000), ('222', 0, 1, 0.0000, 1.0000),
		('280', 1, 2, 0.5000, 0.5000), ('38', 0, 1, 0.0000, 0.0000) $$)) v(by, expected);
SELECT results_eq($$ SELECT rate_strict FROM gap_rates.recapture_rate(2026, provider => 'P2') $$,
	'VALUES (0.0000)', 'of one provider');
-- The first: closed P(.714) - P(.395) = .623 - .344; with the open ones P(1.179) = 1.029. The
-- second: P(2.900) - P(.755) = 2.529 - .659.
SELECT results_eq($$ SELECT value_closed, value_whole, rate_value
	FROM gap_rates.recapture_rate_value(2026) $$,
	$$ VALUES (0.279, 0.685 + 1.870, 0.1092) $$, 'by value, joint values');
SELECT results_eq($$ SELECT value_closed, value_whole
	FROM gap_rates.recapture_rate_value(2026, group_by => 'provider') $$,
	$$ VALUES (0.279, 0.685), (0, 1.870) $$, 'by value and provider');
SELECT results_eq($$ SELECT month, gaps
	FROM gap_rates.recapture_rate_month(2026, as_of => '2026-02-10') $$,
	$$ VALUES ('2026-01', 0::bigint), ('2026-02', 0) $$,
	'as of a time before any refresh there are no gaps, and months to come are left out');
SELECT results_eq($$ SELECT month, closed_ytd, downgraded_ytd, gaps, rate_strict_ytd,
	rate_lenient_ytd
		FROM gap_rates.recapture_rate_month(2026)
		WHERE month IN ('2026-02', '2026-03', '2026-05', '2026-06') $$,
	$$ VALUES ('2026-02', 0::bigint, 0::bigint, 5::bigint, 0.0000, 0.0000),
		('2026-03', 1, 0, 5, 0.2000, 0.2000), ('2026-05', 1, 0, 5, 0.2000, 0.2000),
		('2026-06', 1, 1, 5, 0.2000, 0.4000) $$, 'year to date, by month');
SELECT throws_ok($$ SELECT * FROM gap_rates.recapture_rate(2026, denominator => 'all') $$, '22023',
	NULL, 'an unknown denominator');
SELECT throws_ok($$ SELECT * FROM gap_rates.recapture_rate(2026, group_by => 'moon') $$, '22023',
	NULL, 'an unknown group');

----------------------------------------------------------------------
-- Dollars
----------------------------------------------------------------------
SELECT results_eq($$ SELECT hcc_code, value_payment, dollars, joint_dollars, rate_source
	FROM gap_rates.recapture_gap_value(2026, rate => 1000, provider => 'P2',
		statuses => '{downgraded}') $$, $$ VALUES
			('222', 1.870, 22440.00, 22440.00, 'argument') $$, 'a rate for twelve months');
SELECT results_eq($$ SELECT DISTINCT dollars, rate_source
	FROM gap_rates.recapture_gap_value(2026) $$, 'VALUES (NULL::numeric, NULL::text)',
	'no rate, no dollars');
INSERT INTO gap_rates.payment_rate VALUES
	('H1', 2027, 0, 900, 'bid'), ('H1', 2027, 2, 1000, 'amendment');
-- 1.870 x (900 + 1000 + 900)
SELECT results_eq($$ SELECT dollars, rate_source
	FROM gap_rates.recapture_gap_value(2026, months => 3, statuses => '{downgraded}') $$,
	$$ VALUES (5236.00, 'amendment, bid') $$, 'rates of months');

----------------------------------------------------------------------
-- Deadlines
----------------------------------------------------------------------
SELECT results_eq('SELECT payment_year, run, service_from, service_to, deadline '
	'FROM submission_deadline ORDER BY 1, 5',
	$$ VALUES (2025, 'initial', '2023-07-01'::date, '2024-06-30'::date, '2024-09-06'::date),
		(2025, 'midyear', '2024-01-01', '2024-12-31', '2025-03-07'),
		(2025, 'final', '2024-01-01', '2024-12-31', '2026-02-02'),
		(2026, 'initial', '2024-07-01', '2025-06-30', '2025-09-05'),
		(2026, 'midyear', '2025-01-01', '2025-12-31', '2026-03-06'),
		(2026, 'final', '2025-01-01', '2025-12-31', '2027-02-01'),
		(2027, 'initial', '2025-07-01', '2026-06-30', '2026-09-04'),
		(2027, 'midyear', '2026-01-01', '2026-12-31', '2027-03-05'),
		(2027, 'final', '2026-01-01', '2026-12-31', '2028-01-31') $$, 'the calendar');
INSERT INTO submission_deadline (payment_year, run, service_from, service_to,
	deadline, confirmed_at)
VALUES (2027, 'initial', '2025-07-01', '2026-06-30', current_date - 5, NULL),
	(2027, 'midyear', '2026-01-01', '2026-12-31', current_date + 9, current_date),
	(2027, 'final', '2026-01-01', '2026-12-31', current_date + 99, NULL);
-- open: 155 and 38 of the first, 222, and 280 that is pending since 1 July
SELECT results_eq($$ SELECT run, days_left, confirmed_at IS NOT NULL, open_gaps, evidence_in_hand
	FROM gap_rates.deadline_board(2027) $$,
	$$ VALUES ('initial', -5, false, 0::bigint, 0::bigint), ('midyear', 9, true, 4, 1),
		('final', 99, false, 4, 1) $$, 'the board');
SELECT results_eq($$ SELECT hcc_code, status, run, days_left, evidence_npi
	FROM gap_rates.late_window(2026) $$,
	$$ VALUES ('280', 'pending', 'midyear', 9, 'X3') $$, 'what can still be submitted');
SELECT bag_eq($$ SELECT status, reason FROM gap_test.late_window(2026) $$,
	$$ VALUES ('documented_not_eligible', 'no_acceptable_hcpcs'),
		('documented_not_eligible', 'rejected'), ('documented_not_eligible', 'audio_only'),
		('documented_not_eligible', 'unlinked_crr'),
		('pending', NULL) $$, 'evidence in hand of every kind');

----------------------------------------------------------------------
-- Who may see what
----------------------------------------------------------------------
CREATE ROLE gap_clinician;
GRANT USAGE ON SCHEMA gap_rates, public TO gap_clinician;
GRANT SELECT (patient_id, contract_id, model_version, collection_year, payment_year, hcc_code,
	label, gap_source, status, closure, by_hcc, superseded_by,
	source_year, icd10_codes, recapture_class, excluded, reason, base_date, base_record_id,
	base_npi, evidence_date, evidence_record_id, evidence_npi,
	provider_npi, plan_id, status_since, seen_since) ON gap_rates.patient_hcc_gap TO gap_clinician;
SET LOCAL ROLE gap_clinician;
SELECT is((SELECT count(*) FROM gap_rates.recapture_gap(2026)), 4::bigint, 'a clinician sees gaps');
SELECT lives_ok($$ SELECT * FROM gap_rates.recapture_rate(2026, group_by => 'provider') $$,
	'and rates');
SELECT lives_ok($$ SELECT * FROM gap_rates.late_window(2026) $$, 'and what is late');
SELECT throws_ok($$ SELECT * FROM gap_rates.recapture_gap(2026, as_of => '2026-10-01') $$, '42501',
	NULL, 'what was is another right');
SELECT throws_ok(format('SELECT * FROM gap_rates.%s(2026)', f), '42501', NULL, 'but not ' || f)
FROM unnest('{recapture_gap_value,recapture_rate_value}'::text[]) f;
RESET ROLE;
ALTER TABLE gap_rates.patient_hcc_gap ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON gap_rates.patient_hcc_gap USING (provider_npi = 'P2');
SET LOCAL ROLE gap_clinician;
SELECT set_eq($$ SELECT DISTINCT provider_npi FROM gap_rates.recapture_gap(2026) $$, '{P2}'::text[],
	'row security holds');
SELECT results_eq($$ SELECT gaps FROM gap_rates.recapture_rate(2026) $$, 'VALUES (2::bigint)',
	'for rates, too');
RESET ROLE;
SELECT is_empty($$ SELECT p.proname, a FROM pg_proc p, unnest(p.proargnames) a
	WHERE proname IN ('recapture_gap', 'patient_gap', 'recapture_rate', 'recapture_rate_month',
		'late_window', 'deadline_board')
		AND a ~ '(value(?!$)|coefficient|raw|payment(?!_year)|dollar|terms)'
		AND a <> 'group_value' $$, 'what clinicians call has no score in it');

----------------------------------------------------------------------
-- Everybody dead; fifty HCCs
----------------------------------------------------------------------
UPDATE gap_rates.patient_demographic SET date_of_death = '2026-05-01';
CALL gap_rates.refresh_gaps(2026);
SELECT is_empty($$ SELECT * FROM gap_rates.recapture_gap(2026) $$, 'everybody dead: no work');
SELECT is_empty($$ SELECT * FROM gap_rates.recapture_rate(2026) $$, 'no rate');
SELECT results_eq($$ SELECT gaps
	FROM gap_rates.recapture_rate(2026, denominator => 'as_experienced') $$, 'VALUES (6::bigint)',
	'but the year was');
CALL gap_test.refresh_gaps(2024);
SELECT is_empty($$ SELECT * FROM gap_test.recapture_gap(2024) $$, 'a year without data');
SELECT pg_temp.born(90) \g /dev/null
SELECT pg_temp.coded(90, array_agg(code), '2025-06-01') FROM (
	SELECT min(icd10_code) AS code FROM hcc_crosswalk c
	WHERE model_version = 'V28' AND 2027 BETWEEN effective_year AND expiry_year
		AND NOT EXISTS (SELECT FROM hcc_hierarchy h
			WHERE h.model_version = 'V28' AND c.hcc_code IN (h.superior_hcc, h.subordinate_hcc))
		AND icd_to_hcc(icd10_code, 'V28', 2027) = ARRAY[hcc_code]
	GROUP BY hcc_code) c \g /dev/null
CALL gap_test.refresh_gaps(2026);
SELECT is((SELECT count(*) FROM patient_hcc_gap WHERE patient_id = pg_temp.patient(90)),
	(SELECT count(*) FROM patient_diagnosis_hcc WHERE patient_id = pg_temp.patient(90)),
	'a patient with as many gaps as there are HCCs without family');


-- a table split by patient
CREATE SCHEMA gap_split;
SELECT hccraf_setup('gap_split', partitioned => true, partitions => 3) \g /dev/null
INSERT INTO gap_split.patient_demographic SELECT * FROM gap_test.patient_demographic;
INSERT INTO gap_split.patient_diagnosis_hcc SELECT * FROM gap_test.patient_diagnosis_hcc;
INSERT INTO gap_split.patient_hcc_gap_event SELECT * FROM gap_test.patient_hcc_gap_event;
CALL gap_split.refresh_gaps(2026);
SELECT set_eq($$ SELECT patient_id, contract_id, hcc_code, status, reason, value_payment
	FROM gap_split.patient_hcc_gap $$,
	$$ SELECT patient_id, contract_id, hcc_code, status, reason, value_payment
		FROM gap_test.patient_hcc_gap
		WHERE model_version = 'V28' AND collection_year = 2026 $$,
	'partitioned tables have the same gaps');

-- identifiers of other types; 41 has a record that is voided by its number, which is left out here
CREATE SCHEMA gap_number;
SELECT hccraf_setup('gap_number', 'bigint', diagnosis_id_type => 'text') \g /dev/null
CREATE TEMPORARY TABLE numbered AS SELECT patient_id, row_number() OVER (ORDER BY patient_id) AS n
	FROM (SELECT DISTINCT patient_id FROM gap_test.patient_demographic) p;
INSERT INTO gap_number.patient_demographic (patient_id, payment_year, payment_month, date_of_birth,
	date_of_death, sex, orec, new_enrollee, lti,
	esrd, hospice, contract_id, provider_npi, enrolled_to, known_at)
SELECT n, payment_year, payment_month, date_of_birth, date_of_death, sex, orec, new_enrollee, lti,
	esrd, hospice, contract_id, provider_npi,
	enrolled_to, known_at
FROM gap_test.patient_demographic JOIN numbered USING (patient_id);
INSERT INTO gap_number.patient_diagnosis_hcc (id, patient_id, icd10_code, diagnosis_date,
	provider_npi, contract_id, claim_type, procedure_codes,
	modifiers, record_source, record_action, submission, is_valid_encounter, known_at)
SELECT id::text, n, icd10_code, diagnosis_date, provider_npi, contract_id, claim_type,
	procedure_codes, modifiers, record_source, record_action,
	submission, is_valid_encounter, known_at
FROM gap_test.patient_diagnosis_hcc JOIN numbered USING (patient_id)
WHERE encounter_id IS NULL AND linked_encounter_id IS NULL;
INSERT INTO gap_number.patient_hcc_gap_event (patient_id, contract_id, model_version,
	collection_year, hcc_code, event, reason, actor, occurred_at)
SELECT n, contract_id, model_version, collection_year, hcc_code, event, reason, actor, occurred_at
FROM gap_test.patient_hcc_gap_event JOIN numbered USING (patient_id);
CALL gap_number.refresh_gaps(2026);
SELECT set_eq($$ SELECT m.patient_id, g.contract_id, g.hcc_code, g.status, g.reason,
	g.base_record_id, g.evidence_record_id, g.value_payment
		FROM gap_number.patient_hcc_gap g JOIN numbered m ON m.n = g.patient_id
		WHERE m.patient_id <> pg_temp.patient(41) $$,
	$$ SELECT patient_id, contract_id, hcc_code, status, reason, base_record_id::text,
		evidence_record_id::text, value_payment
		FROM gap_test.patient_hcc_gap WHERE model_version = 'V28' AND collection_year = 2026
			AND patient_id <> pg_temp.patient(41) $$,
	'identifiers of other types have the same gaps and records');
SELECT set_eq($$ SELECT patient_id, contract_id, hcc_code, status, base_record_id
	FROM gap_number.patient_hcc_gap $$,
	$$ SELECT n, g.contract_id, g.hcc_code, g.status, g.base_record_id
		FROM numbered, gap_number.patient_gap(n, 2026) g $$, 'also one by one');
SELECT isnt(gap_number.gap_event(1, 2026, '280', 'deferred', actor => 'Dr A'), NULL, 'and answers');

----------------------------------------------------------------------
-- Arguments that mean nothing
----------------------------------------------------------------------
SELECT throws_ok(format(call, y), state, NULL, format(call, y))
FROM unnest('{SELECT * FROM recapture_gap(%s),SELECT * FROM recapture_gap_value(%s),
	SELECT * FROM recapture_rate(%s),SELECT * FROM recapture_rate_value(%s),
		SELECT * FROM recapture_rate_month(%s),SELECT * FROM late_window(%s),
		SELECT * FROM deadline_board(%s),CALL refresh_gaps(%s)}'::text[]) call,
	(VALUES ('NULL::integer', '22004'), ('0', '22023'), ('2147483647', '22023')) v(y, state);
SELECT throws_ok(call, '22023', NULL, call)
FROM unnest(ARRAY[$$CALL refresh_gaps(2026, as_of => 'infinity')$$,
	'SELECT * FROM recapture_rate(2026, denominator => NULL)',
	'SELECT * FROM recapture_gap_value(2026, months => NULL)',
	'CALL refresh_gaps(2026, payment_year => 0)',
	'CALL refresh_gaps(2026, look_back => NULL)']) call;

SELECT * FROM finish();
ROLLBACK;
