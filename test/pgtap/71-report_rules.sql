-- Numbers of reports that were wrong once, against values worked out by hand from
-- the tables of the models and the rules of CMS, one person for each rule.
BEGIN;
CREATE EXTENSION IF NOT EXISTS hccraf;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT * FROM no_plan();
SET LOCAL client_min_messages = warning;
SELECT hccraf_setup() \g /dev/null

CREATE FUNCTION patient(n integer)
	RETURNS uuid RETURN ('00000000-0000-0000-0000-' || lpad(n::text, 12, '0'))::uuid;
-- People of payment years 2026 and 2027, that is of the services of 2025 and 2026
CREATE FUNCTION born(n integer, day date DEFAULT '1952-06-01', sex text DEFAULT 'F',
	contract text DEFAULT 'H1', provider text DEFAULT '1',
	years integer[] DEFAULT '{2026,2027}', months integer DEFAULT NULL, esrd text DEFAULT 'none',
	switcher boolean DEFAULT false) RETURNS void
	BEGIN ATOMIC
	INSERT INTO patient_demographic (patient_id, payment_year, date_of_birth, sex, contract_id,
		provider_npi, enrolled_months, esrd, plan_switcher, known_at)
		SELECT patient(n), y, day, sex, contract, provider, months, esrd, switcher, '2020-01-01'
		FROM unnest(years) y;
	END;
CREATE FUNCTION coded(n integer, codes text[], day date, npi text DEFAULT 'A',
	contract text DEFAULT NULL, procedures text[] DEFAULT '{99213}',
	bill text DEFAULT NULL, sent text DEFAULT NULL, source text DEFAULT 'encounter',
	known timestamptz DEFAULT '2020-01-01') RETURNS void
	BEGIN ATOMIC
	INSERT INTO patient_diagnosis_hcc (patient_id, icd10_code, diagnosis_date, provider_npi,
		contract_id, claim_type, bill_type, procedure_codes, submission,
			record_source, known_at)
		SELECT patient(n), c, day, npi, contract, CASE WHEN bill IS NULL THEN 'professional'
			ELSE 'institutional' END, bill, procedures, sent, source, known
		FROM unnest(codes) c;
	END;
INSERT INTO eligible_procedure (service_year, procedure_code) SELECT year, c
FROM generate_series(2023, 2027) year, unnest('{99213,G0439}'::text[]) c;

----------------------------------------------------------------------
-- A code whose HCC depends on age or sex: D66 is 112 in a woman, 111 in a man
----------------------------------------------------------------------
SELECT is(person_hccs('D66', beneficiary(74, 'F'), 'V28', 2027), '{112}', 'a carrier');
SELECT is(person_hccs('D66', beneficiary(74, 'M'), 'V28', 2027), '{111}', 'and a haemophiliac');
SELECT is_empty($$ SELECT x.icd10_code, age, s, h.hccs, e.hccs
	FROM hcc_dx_edit x CROSS JOIN unnest('{1,17,30,49,50,64,65,80}'::integer[]) age
		CROSS JOIN unnest('{F,M}'::text[]) s
		CROSS JOIN LATERAL (SELECT person_hccs(x.icd10_code, beneficiary(age, s), 'V28',
			2027) AS hccs) h
		CROSS JOIN LATERAL (SELECT COALESCE(array_agg(e.hcc_code
			ORDER BY e.hcc_code::integer), '{}') AS hccs
			FROM raf_explain(ARRAY[x.icd10_code], beneficiary(age, s), 'V28', 2027) e
			WHERE e.kind = 'hcc') e
	WHERE x.model_version = 'V28' AND ARRAY(SELECT c FROM unnest(h.hccs) c
		ORDER BY c::integer) <> e.hccs $$, 'every edited code as a score maps it');
SELECT born(1), coded(1, '{D66}', '2025-03-01'), coded(1, '{D66}', '2026-04-01') \g /dev/null
CALL refresh_gaps(2026);
SELECT results_eq($$ SELECT hcc_code, status, closure, base_date, evidence_date
	FROM recapture_gap(2026, statuses => NULL) WHERE patient_id = patient(1) $$,
	$$ VALUES ('112', 'closed', 'same', '2025-03-01'::date, '2026-04-01'::date) $$,
	'her gap is closed, by a record');
SELECT results_eq('SELECT rate_strict FROM recapture_rate(2026)',
	'SELECT max(rate_strict_ytd) FROM recapture_rate_month(2026)', 'in both rates');
SELECT results_eq($$ SELECT hcc_code, reason
	FROM two_way(2026, look_back => 1, at_least => 'potential') WHERE patient_id = patient(1) $$,
	$$ VALUES ('112', 'single_provider') $$, 'two_way');
SELECT results_eq($$ SELECT hcc_code, delete_value_raw
	FROM two_way_value(2026, at_least => 'potential') WHERE patient_id = patient(1) $$,
	$$ VALUES ('112', 0.450) $$, 'what it is worth');
SELECT results_eq($$ SELECT expected_hccs FROM audit_sample(5, 2026, seed => 'x')
	WHERE patient_id = patient(1) $$, $$ VALUES ('{112}'::text[]) $$, 'audits');
-- No report maps a code without the person
SELECT is_empty($$ SELECT p.proname FROM pg_proc p WHERE p.pronamespace = 'public'::regnamespace
		AND COALESCE(p.prosrc, '') || COALESCE(pg_get_function_sqlbody(p.oid),
			'') ~ '\micd_to_hcc\('
		AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e') $$,
	'nobody''s HCCs are looked up without them');
DELETE FROM patient_diagnosis_hcc; DELETE FROM patient_demographic;

----------------------------------------------------------------------
-- Treatments: diagnoses and procedures are not mixed, within twelve months
----------------------------------------------------------------------
SELECT born(n) FROM generate_series(1, 10) n \g /dev/null
SELECT coded(n, '{C3490}', day, npi) FROM generate_series(1, 9) n,
	(VALUES ('2026-03-01'::date, 'A'), ('2026-04-01', 'B')) d (day, npi) \g /dev/null
SELECT coded(1, '{J9601}', '2026-03-01'),	-- respiratory failure is no chemotherapy
	coded(2, '{Z0000}', '2026-05-01', procedures => '{99213,J9271}'),
	coded(3, '{Z5111}', '2026-05-01', procedures => '{80053}'),
	coded(4, '{Z0000}', '2026-05-01', procedures => '{G6012}'),
	coded(5, '{Z0000}', '2026-05-01', procedures => '{77385}'),
	coded(6, '{Z5111}', '2025-04-15'), coded(7, '{Z5111}', '2025-02-01'),
	coded(8, '{Z5111}', '2027-02-01'),
	coded(9, '{J90}', '2026-03-01'), coded(10, '{C50911,Z79811}', '2026-03-01'),
	coded(10, '{C50911}', '2026-04-01', 'B') \g /dev/null
SELECT set_eq($$ SELECT patient_id FROM two_way(2026, reasons => '{lung_cancer,breast_cancer}') $$,
	ARRAY[patient(1), patient(5), patient(7), patient(9)],
	'neither J96 nor J90 is a treatment, nor one of fourteen months before');
INSERT INTO visit_kind (kind, procedure_code) VALUES ('cancer_treatment', '77385');
SELECT set_eq($$ SELECT patient_id FROM two_way(2026, reasons => '{lung_cancer}') $$,
	ARRAY[patient(1), patient(7), patient(9)], 'procedures that the user loads');

----------------------------------------------------------------------
-- What is taken back, or was never treated, is no gap of the next year
----------------------------------------------------------------------
DELETE FROM patient_diagnosis_hcc; DELETE FROM patient_demographic;
SELECT born(n) FROM generate_series(1, 7) n \g /dev/null
SELECT coded(1, '{J449}', '2025-03-01'),	-- once only
	coded(2, '{C3490}', '2025-03-01'), coded(3, '{C3490}', '2025-03-01'),
	coded(3, '{Z0000}', '2025-05-01', procedures => '{J9271}'),
	coded(4, '{I214}', '2025-03-01'), coded(5, '{I214}', '2025-03-01'),
	coded(5, '{I214}', '2025-03-01', procedures => NULL, bill => '0111'),
	coded(6, '{C3490,J449}', '2025-03-01'), coded(7, '{J449}', '2025-03-01') \g /dev/null
CALL refresh_gaps(2026);
CALL refresh_worklist(2025, at_least => 'potential');
CALL refresh_worklist(2026);
SELECT set_eq($$ SELECT patient_id, hcc_code FROM recapture_gap(2026) $$,
	$$ VALUES (patient(1), '280'), (patient(3), '20'), (patient(6), '280'),
	(patient(7), '280') $$, 'active cancer without treatment is no gap');
SELECT results_eq($$ SELECT excluded, reason FROM recapture_gap(2026, in_scope => false)
	WHERE patient_id IN (patient(2), patient(4), patient(5)) ORDER BY patient_id $$,
	$$ VALUES ('delete_list', 'lung_cancer'), ('delete_list', 'acute_mi'), ('acute', NULL) $$,
	'and why');
SELECT is(joint_raw, 0.319, 'nor in joint values') FROM recapture_gap_value(2026)
WHERE patient_id = patient(6);
CREATE TEMPORARY TABLE visit AS SELECT patient(n) AS patient_id,
	'2026-12-01 10:00'::timestamp AS appointment_at, '1'::text AS provider_npi
FROM generate_series(1, 7) n;
CREATE FUNCTION listed(n integer) RETURNS text[] LANGUAGE sql AS $$ SELECT ARRAY[
	(SELECT count(*)::text FROM worklist(2026, kind => 'gap') WHERE patient_id = patient(n)),
	(SELECT count(*)::text FROM prospective_list('visit', '2026-12-01', '2026-12-01')
		WHERE patient_id = patient(n) AND what = 'assess')] $$;
SELECT is(listed(1), '{1,1}', 'an open gap is in the lists');
CREATE FUNCTION event(n integer, state text, why text DEFAULT NULL) RETURNS uuid
	RETURN work_item_event((SELECT item_id FROM patient_work_item WHERE patient_id = patient(n)
		AND kind = 'delete' AND collection_year = 2025), state, 'me', why);
SELECT event(1, 'confirmed') \g /dev/null
SELECT is(listed(1), '{0,0}', 'a confirmed deletion takes it out at once');
SELECT is(excluded, 'delete_list', 'of the gaps of the patient, too')
FROM patient_gap(patient(1), 2026);
CALL refresh_gaps(2026);
CALL refresh_worklist(2026);
SELECT is(listed(1), '{0,0}', 'and it stays out');
SELECT is_empty($$ SELECT FROM recapture_gap(2026) WHERE patient_id = patient(1) $$,
	'of the stored gaps as well');
SELECT is(gaps, 3::bigint, 'and of the rates') FROM recapture_rate(2026);
SELECT event(1, 'retained', 'spirometry') \g /dev/null
CALL refresh_gaps(2026);
CALL refresh_worklist(2026);
SELECT is(listed(1), '{1,1}', 'what is retained after all is a gap again');
SELECT event(7, 'confirmed'), event(7, 'deleted') \g /dev/null
CALL refresh_gaps(2026);
SELECT is_empty($$ SELECT FROM recapture_gap(2026) WHERE patient_id = patient(7) $$,
	'nor what has been deleted');
-- pending needs no visit
SELECT coded(6, '{J449}', '2026-03-01', sent => 'submitted') \g /dev/null
CALL refresh_gaps(2026);
SELECT is((listed(6))[2], '0', 'what is on its way is not to be assessed');

----------------------------------------------------------------------
-- Due dates
----------------------------------------------------------------------
CREATE FUNCTION due(at timestamptz) RETURNS date LANGUAGE plpgsql AS $$
BEGIN
	DELETE FROM patient_work_item; DELETE FROM patient_work_event;
	CALL refresh_worklist(2026, as_of => at);
	RETURN (SELECT i.due_date FROM patient_work_item i
		WHERE i.kind = 'gap' AND i.patient_id = patient(3));
END $$;
SELECT is(due('2026-03-01'), '2026-06-30', 'a visit in the first half year is paid from January');
SELECT is(due('2026-06-30'), '2026-06-30', 'until its last day');
SELECT is(due('2026-07-15'), '2026-12-31',
	'one in the second by the end of the year, not by a deadline of a window that is over');
SELECT is(due('2027-01-15'), '2027-03-05', 'after it a record of a visit can still be submitted');
SELECT is(due('2027-03-06'), '2028-01-31', 'until the last deadline');

----------------------------------------------------------------------
-- A person of whom a model has no term
----------------------------------------------------------------------
DELETE FROM patient_diagnosis_hcc; DELETE FROM patient_demographic;
SELECT born(1, '1963-01-15', 'M'), born(2, '1952-01-15', 'M') \g /dev/null
-- V24: M60_64 .308, M75_79 .473; normalized by 1.153, coding adjustment 5.9 %. V28: none,
-- .502; 1.079
SELECT results_eq('SELECT patient_id, old_raw, new_raw, old_payment, new_payment, difference FROM '
	'model_impact(2027) ORDER BY 1', $$ VALUES
	(patient(1), 0.308, 0.000, round(round(0.308 / 1.153, 3) * 0.941, 3), 0.000, -0.251),
	(patient(2), 0.473, 0.502, round(round(0.473 / 1.153, 3) * 0.941, 3),
		round(round(0.502 / 1.079, 3) * 0.941, 3), 0.052) $$, 'has a score of 0, and no NULL');
SELECT results_eq('SELECT patients, difference, new_raw FROM model_impact_summary(2027)',
	'VALUES (2::bigint, -0.199, 0.502)', 'and counts in sums');
SELECT is(difference, mapping_loss + regrouping + coefficient + interaction_count + normalization,
	'whose parts add up') FROM model_impact(2027) WHERE patient_id = patient(1);
INSERT INTO patient_hcc_score (patient_id, payment_year, data_collection_year, model_version,
	beneficiary, raw_score, raf_score, icd10_codes, hcc_list)
	SELECT patient(1), 2027, 2026, 'V28', beneficiary(64, 'M')::text, 0, 0, '{}', '{}';
SELECT results_eq('SELECT kind, coefficient, reason FROM score_explanation(patient(1), 2027)',
	$$ VALUES ('none', 0.000, NULL::text) $$, 'its explanation says so');

----------------------------------------------------------------------
-- Pairs: HCCs are taken away, not codes
----------------------------------------------------------------------
DELETE FROM patient_diagnosis_hcc; DELETE FROM patient_demographic; DELETE FROM patient_hcc_score;
SELECT born(1, '1950-06-01'), coded(1, '{F331}', '2025-03-01'),
	coded(1, '{E113511,J449,M059,G20A1}', '2026-03-01') \g /dev/null
CALL refresh_gaps(2026);
-- 155 .299, 298 .336; five HCCs .050, six .102
SELECT results_eq($$ SELECT value_raw, other_value_raw, joint_raw, excess_raw
	FROM interaction_opportunity_value(2026) WHERE hcc_code = '155' AND other_hcc = '298' $$,
	$$ VALUES (0.349, 0.386, 0.737, 0.002) $$, 'a code of two HCCs keeps the other one');

----------------------------------------------------------------------
-- Wellness visits, from the first of the month twelve months later
----------------------------------------------------------------------
SELECT coded(1, '{Z0000}', '2025-12-20', procedures => '{G0439}') \g /dev/null
SELECT is_empty($$ SELECT FROM awv_due(2026, as_of => '2026-11-30 12:00') $$, 'not yet');
SELECT isnt_empty($$ SELECT FROM awv_due(2026, as_of => '2026-12-01') $$, 'from 1 December');

----------------------------------------------------------------------
-- Chart reviews of who came from another plan, before the payment year has a row
----------------------------------------------------------------------
DELETE FROM patient_diagnosis_hcc; DELETE FROM patient_demographic;
SELECT born(1, years => '{2026}', switcher => true), born(2, years => '{2026}'),
	born(3, years => '{2026}', switcher => true), born(3, years => '{2027}') \g /dev/null
SELECT coded(n, '{J449}', '2026-03-01', source => 'unlinked_chart_review')
FROM generate_series(1, 3) n \g /dev/null
SELECT set_eq('SELECT patient_id FROM counted_diagnosis(2027)', ARRAY[patient(1)],
	'as in the collection year, unless the payment year says otherwise');

----------------------------------------------------------------------
-- Dollars by months of enrolment
----------------------------------------------------------------------
DELETE FROM patient_diagnosis_hcc; DELETE FROM patient_demographic;
SELECT born(1), born(2, months => 5), born(3, months => 0), born(4, years => '{2026}') \g /dev/null
INSERT INTO patient_demographic (patient_id, payment_year, payment_month, date_of_birth, sex,
	contract_id, known_at)
	SELECT patient(5), 2027, m, '1952-06-01', 'F', CASE WHEN m <= 2 THEN 'H2' ELSE 'H1' END,
		'2020-01-01' FROM generate_series(1, 6) m;
SELECT coded(n, '{J449}', '2025-03-01') FROM generate_series(1, 5) n \g /dev/null
CALL refresh_gaps(2026);
-- 280 .319: round(.319 / 1.079, 3) * .941 with and without; months: all, 5, none, not known:
-- all, and of monthly contracts 4 and the 6 to come
SELECT results_eq($$ SELECT patient_id, round(dollars / value_payment / 1000, 1)
	FROM recapture_gap_value(2026, rate => 1000) WHERE contract_id = 'H1' $$, $$ VALUES
	(patient(1), 12.0), (patient(2), 5.0), (patient(3), 0.0), (patient(4), 12.0),
	(patient(5), 10.0) $$, 'follow the months of enrolment');
SELECT is(dollars, 3 * 1000 * value_payment, 'at most those asked')
FROM recapture_gap_value(2026, rate => 1000, months => 3) WHERE patient_id = patient(2);
INSERT INTO payment_rate (contract_id, payment_year, payment_month, rate, source) VALUES
	('H1', 2027, 0, 1000, 'a'), ('H1', 2027, 2, 2000, 'b');
SELECT results_eq($$ SELECT patient_id, round(dollars / value_payment), rate_source
	FROM recapture_gap_value(2026) WHERE contract_id = 'H1' $$, $$ VALUES
	(patient(1), 13000::numeric, 'a, b'), (patient(2), 6000, 'a, b'), (patient(3), 0, NULL),
	(patient(4), 13000, 'a, b'), (patient(5), 11000, 'a, b') $$, 'by stored rates, too');

----------------------------------------------------------------------
-- ESRD: in the model that pays, and in no rate of another
----------------------------------------------------------------------
DELETE FROM patient_diagnosis_hcc; DELETE FROM patient_demographic;
SELECT born(1), born(2, esrd => 'dialysis') \g /dev/null
SELECT coded(n, '{J449}', '2025-03-01') FROM generate_series(1, 2) n \g /dev/null
CALL refresh_gaps(2026);
CALL refresh_gaps(2026, model => 'ESRD_V24');
SELECT results_eq($$ SELECT patient_id, excluded, reason
	FROM recapture_gap(2026, in_scope => false) $$, $$ VALUES
	(patient(1), NULL, NULL), (patient(2), 'other_model', 'model_change') $$,
	'V28 says who is paid by another model');
SELECT results_eq('SELECT gaps FROM recapture_rate(2026)', 'VALUES (1::bigint)',
	'and does not count them');
SELECT results_eq($$ SELECT gaps FROM recapture_rate(2026, denominator => 'as_experienced') $$,
	'VALUES (1::bigint)', 'in any rate');
SELECT results_eq($$ SELECT gaps FROM recapture_rate(2026, model => 'ESRD_V24') $$,
	'VALUES (1::bigint)', 'but in that of the model that pays');
SELECT is(value_payment > 0, true, 'where the gap has a value')
FROM recapture_gap_value(2026, model => 'ESRD_V24');

----------------------------------------------------------------------
-- CMS scores the beneficiary: what another plan submitted is paid already
----------------------------------------------------------------------
DELETE FROM patient_diagnosis_hcc; DELETE FROM patient_demographic;
SELECT born(n, contract => 'H1', years => '{2026}'), born(n, contract => 'H2', years => '{2027}')
FROM generate_series(1, 3) n \g /dev/null
SELECT coded(n, '{J449,F331}', '2025-03-01', contract => 'H2') FROM generate_series(1, 3) n
\g /dev/null
SELECT coded(1, '{J449}', '2026-02-01', contract => 'H1', sent => 'accepted'),
	coded(2, '{J449}', '2026-02-01', contract => 'H1', sent => 'not_submitted') \g /dev/null
CALL refresh_gaps(2026);
SELECT results_eq($$ SELECT patient_id, status, value_raw, joint_raw, captured_raw
	FROM recapture_gap_value(2026, contract => 'H2') WHERE hcc_code = '280' $$, $$
	VALUES (patient(1), 'open', 0.000, 0.299,
		raf_score('{J449}'::text[], beneficiary(74, 'F'), 'V28', 2027)),
		(patient(2), 'open', 0.319, 0.618,
			raf_score('{}'::text[], beneficiary(74, 'F'), 'V28', 2027)),
		(patient(3), 'open', 0.319, 0.618,
			raf_score('{}'::text[], beneficiary(74, 'F'), 'V28', 2027)) $$,
	'a gap of the new plan stays, and is worth nothing more');

----------------------------------------------------------------------
-- Monthly contracts: a panel of a contract has everybody who was in it, for those months
----------------------------------------------------------------------
DELETE FROM patient_diagnosis_hcc; DELETE FROM patient_demographic;
INSERT INTO patient_demographic (patient_id, payment_year, payment_month, date_of_birth, sex,
	contract_id, provider_npi, known_at)
	SELECT patient(n), 2027, m, '1952-06-01', 'F', CASE WHEN n = 1 AND m > 4 THEN 'H2'
		ELSE 'H1' END, '1', '2020-01-01' FROM generate_series(1, 2) n, generate_series(1, 12) m;
INSERT INTO patient_hcc_score (patient_id, payment_year, data_collection_year, model_version,
	raw_score, raf_score, demographic_score, hcc_list)
	VALUES (patient(1), 2027, 2026, 'V28', 1, 1.0, 0.5, '{}'),
		(patient(2), 2027, 2026, 'V28', 2, 2.0, 0.5, '{}');
-- H1: (4 x 1 + 12 x 2) / 16; H2: 1; all: (12 x 1 + 12 x 2) / 24
SELECT results_eq($$ SELECT patients, member_month_payment
	FROM panel_value(2027, contract => 'H1') $$, 'VALUES (2::bigint, round(28 / 16.0, 3))', 'H1');
SELECT results_eq($$ SELECT patients, member_month_payment
	FROM panel_value(2027, contract => 'H2') $$, 'VALUES (1::bigint, 1.000)', 'H2');
SELECT results_eq('SELECT patients, member_month_payment FROM panel_value(2027)',
	'VALUES (2::bigint, 1.500)', 'all');
DELETE FROM patient_hcc_score;

----------------------------------------------------------------------
-- as_of: every report shows what it showed then
----------------------------------------------------------------------
DELETE FROM patient_diagnosis_hcc; DELETE FROM patient_demographic; DELETE FROM patient_hcc_gap;
DELETE FROM patient_hcc_gap_history; DELETE FROM hcc_gap_run;
DELETE FROM patient_work_item; DELETE FROM patient_work_event; DELETE FROM payment_rate;
SELECT born(n, provider => (n % 3 + 1)::text) FROM generate_series(1, 60) n \g /dev/null
SELECT coded(n, '{E1122,I509,J449}', '2025-03-01', npi => 'A'),
	coded(n, '{E1122,F331}', '2025-06-01', npi => 'B') FROM generate_series(1, 60) n \g /dev/null
SELECT coded(n, '{J449}', '2026-02-01') FROM generate_series(1, 60, 4) n \g /dev/null
INSERT INTO patient_hcc_score (patient_id, payment_year, data_collection_year, model_version,
	raw_score, raf_score, demographic_score, hcc_list, calculated_at)
	SELECT patient(n), 2027, 2026, 'V28', 1.2, 1.0, 0.5, '{280}', '2026-01-01'
	FROM generate_series(1, 60) n;
CREATE TEMPORARY TABLE shown (report text, at timestamptz, rows text);
CREATE FUNCTION show(at timestamptz) RETURNS TABLE (report text, rows text) LANGUAGE plpgsql AS $$
DECLARE
	call text;
BEGIN
	FOREACH call IN ARRAY ARRAY['recapture_gap(2026, statuses => NULL, as_of => %L)',
		'recapture_gap_value(2026, statuses => NULL, rate => 100, as_of => %L)',
		$c$recapture_rate(2026, group_by => 'provider', as_of => %L)$c$,
		$c$recapture_rate(2026, group_by => 'credited', as_of => %L)$c$,
		'recapture_rate_month(2026, as_of => %L)', 'deadline_board(2027, as_of => %L)',
		'late_window(2026, as_of => %L)',
		'provider_panel(2026, min_patients => 1, as_of => %L)',
		'panel_value(2027, min_patients => 1, as_of => %L)', 'awv_due(2026, as_of => %L)',
		'awv_due_value(2026, as_of => %L)', 'interaction_opportunity(2026, as_of => %L)',
		'interaction_opportunity_value(2026, as_of => %L)',
		'cdi_feedback(2026, as_of => %L)', 'worklist(2026, as_of => %L)',
		'two_way(2025, as_of => %L)', 'no_encounter(2026, as_of => %L)',
		'captured_hcc(2026, as_of => %L)', 'specificity(2026, as_of => %L)',
		'unspecified_rate(2026, as_of => %L)', 'model_impact(2027, as_of => %L)'] LOOP
		show.report := call;
		EXECUTE format('SELECT md5(string_agg(r::text, E''\n'' ORDER BY r::text)) || '' of '' || '
			'count(*) FROM ' || call || ' r', at) INTO show.rows;
		RETURN NEXT;
	END LOOP;
END $$;
CALL refresh_gaps(2026, as_of => '2026-03-01');
CALL refresh_worklist(2026, as_of => '2026-03-01');
INSERT INTO shown SELECT report, '2026-03-01', rows FROM show('2026-03-01');
-- later: other evidence, an earlier record of what is closed, another provider, a diagnosis,
-- an answer
SELECT coded(n, '{J449}', '2026-01-15', npi => 'C', known => '2026-03-10')
FROM generate_series(1, 60, 8) n \g /dev/null
SELECT coded(n, '{E119,I509,Z0000}', '2026-03-02', procedures => '{G0439}', known => '2026-03-10')
FROM generate_series(2, 60, 3) n \g /dev/null
INSERT INTO patient_demographic (patient_id, payment_year, date_of_birth, sex, contract_id,
	provider_npi, known_at)
	SELECT patient(n), 2027, '1952-06-01', 'F', 'H1', '9', '2026-03-15'
	FROM generate_series(1, 60, 5) n;
INSERT INTO patient_hcc_gap_event (patient_id, model_version, collection_year, hcc_code, event,
	reason, actor, occurred_at, known_at)
	SELECT patient(n), 'V28', 2026, '155', 'never_had', 'x', 'me', '2026-03-20', '2026-03-20'
	FROM generate_series(3, 60, 7) n;
CALL refresh_gaps(2026, as_of => '2026-04-01');
CALL refresh_worklist(2026, as_of => '2026-04-01');
SELECT is(s.rows, w.rows, format('as it was: %s', s.report))
FROM show('2026-03-01') s JOIN shown w USING (report);
SELECT cmp_ok((SELECT count(*) FROM show('2026-04-01') s JOIN shown w USING (report)
	WHERE s.rows IS DISTINCT FROM w.rows), '>=', 15::bigint, 'and most have changed since');
-- provider_panel has the gaps of recapture_rate, and its attribution, then and now
SELECT results_eq(format('SELECT provider_npi, gaps, gaps_closed, gaps_downgraded, rate_strict, '
	'rate_lenient FROM provider_panel(2026, as_of => %L) ORDER BY 1', at),
	format($$ SELECT group_value, gaps, closed, downgraded, rate_strict, rate_lenient
		FROM recapture_rate(2026, group_by => 'provider', as_of => %L) ORDER BY 1 $$, at),
	'provider_panel has the gaps of recapture_rate at ' || COALESCE(at::text, 'this time'))
FROM unnest('{2026-03-01,2026-04-01,NULL}'::timestamptz[]) at;

SELECT * FROM finish();
ROLLBACK;
