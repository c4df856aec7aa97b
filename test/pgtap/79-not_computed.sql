-- What was never computed does not look like zero: every report that reads
-- stored tables refuses before the job has run, says which, and answers after it,
-- also where there is nobody. Names in arguments that are none are errors.
BEGIN;
CREATE EXTENSION IF NOT EXISTS hccraf;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT * FROM no_plan();
SET LOCAL client_min_messages = warning;
CREATE SCHEMA "Not yet";
SELECT hccraf_setup('Not yet') \g /dev/null
SET LOCAL search_path = "Not yet", public;
CREATE TABLE visit (patient_id uuid, appointment_at timestamp, provider_npi text);

CREATE FUNCTION pg_temp.refusal(statement text, OUT state text, OUT message text, OUT hint text)
	LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE statement;
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT,
		hint = PG_EXCEPTION_HINT;
END $$;

-- The reports, by what they need: gaps, scores or work items
CREATE TEMPORARY TABLE report (needs text, call text);
INSERT INTO report VALUES
	('gaps', 'recapture_gap(2026)'), ('gaps', 'recapture_gap_value(2026)'),
	('gaps', 'recapture_rate(2026)'), ('gaps', 'recapture_rate_value(2026)'),
	('gaps', 'recapture_rate_month(2026)'), ('gaps', 'deadline_board(2027)'),
	('gaps', 'late_window(2026)'),
	('gaps', 'interaction_opportunity(2026)'), ('gaps', 'interaction_opportunity_value(2026)'),
	('scores', 'member_score(2027)'), ('scores', 'score_explanation(gen_random_uuid(), 2027)'),
	('scores', 'score_change(2027)'),
	('scores', 'score_change_summary(2027)'), ('scores', 'panel_value(2027)'),
	('scores', 'hcc_outlier(2027)'),
	('work items', 'worklist(2026)'), ('work items', 'worklist_value(2026)'),
	('work items', 'two_way_balance(2026)'), ('work items', 'worklist()'),
	('work items', 'prospective_list(''visit'')');

-- Which read stored tables is in the catalog: their bodies, and those of what these call
CREATE TEMPORARY TABLE reads AS
WITH RECURSIVE routine AS (
	SELECT p.oid, p.proname, COALESCE(p.prosrc || pg_get_function_sqlbody(p.oid), p.prosrc,
		pg_get_function_sqlbody(p.oid)) AS body, p.prokind
	FROM pg_proc p WHERE p.pronamespace = '"Not yet"'::regnamespace
), found AS (
	SELECT r.proname, r.body FROM routine r
	UNION
	SELECT f.proname, r.body FROM found f JOIN routine r
		ON f.body ~ ('"Not yet"\.' || r.proname || '\(') OR f.body ~ ('[ (]' || r.proname || '\(')
	WHERE r.proname !~ '^(hcc_require_|hcc_gaps_computed|hcc_not_computed|hcc_scored_)'
)
SELECT DISTINCT f.proname FROM found f JOIN routine r USING (proname)
WHERE f.body ~ '\m(FROM|JOIN)[\s(]+("Not yet"\.)?(patient_hcc_gap|patient_hcc_score|'
	'patient_work_item|hcc_gap_run)\M' AND r.prokind = 'f'
	AND r.proname !~ '^(hcc_(?!outlier)|patient_hcc_change)';
SELECT set_eq('SELECT proname::text FROM reads',
	$$ SELECT regexp_replace(call, '\(.*', '') FROM report UNION VALUES
	-- readers
	('stored_score'),
	-- this looks at one row and raises an error without it
	('work_item_event'),
	-- this tells of what is stored of two who become one
	('import_merge'),
	-- of these the stored part is beside what they find themselves: who works on it, what was
	-- answered
	('two_way'), ('two_way_value'), ('cdi_feedback'),
	-- of these what has been taken back
	('patient_gap'), ('patient_gap_value'),
	-- and these have NULL in place of it, with a notice
	('awv_due'), ('awv_due_value'), ('provider_panel'),
	-- pages say what is not known where it would be; see test/pages
	('panel_page'), ('patient_page'), ('patient_page_value'),
	('provider_page') $$, 'every report that reads stored tables is here');

SELECT is(state || ' ' || message,
	'55000 ' || CASE needs WHEN 'gaps' THEN 'the gaps of collection year 2026 and model "V28"'
		WHEN 'scores' THEN 'the scores of payment year 2027'
		ELSE concat_ws(' ', 'the work items', 'of collection year 2026' || CASE
			WHEN call ~ '^worklist\(\)|^prospective' THEN NULL ELSE '' END,
			'and model "V28"' || CASE
			WHEN call ~ '^two_way' THEN '' END) END || ' have not been computed', call)
FROM report, pg_temp.refusal('SELECT * FROM ' || call);
SELECT is(hint, CASE needs WHEN 'gaps' THEN 'CALL "Not yet".refresh_gaps(2026);'
	WHEN 'scores' THEN 'CALL "Not yet".score_population(2027);'
	ELSE format('CALL "Not yet".refresh_worklist(%s);', CASE WHEN call ~ '2026' THEN 2026
		ELSE extract(year FROM now()) END) END, 'what to run: ' || call)
FROM report, pg_temp.refusal('SELECT * FROM ' || call);

INSERT INTO patient_demographic (patient_id, payment_year, date_of_birth, sex, provider_npi) VALUES
	(gen_random_uuid(), 2027, '1952-05-01', 'F', 'P');
CREATE FUNCTION pg_temp.beside() RETURNS TABLE (report text, shown text) LANGUAGE sql AS $$
	SELECT 'awv_due', concat_ws(' ', rank, open_gaps) FROM awv_due(2026)
	UNION ALL SELECT 'awv_due_value', concat_ws(' ', rank, open_gaps, joint_raw, joint_payment)
	FROM awv_due_value(2026)
	UNION ALL SELECT 'provider_panel', concat_ws(' ', patients, gaps, gaps_open, gaps_downgraded,
		gaps_closed) FROM provider_panel(2026) $$;
SELECT set_eq('SELECT * FROM pg_temp.beside()',
	$$ VALUES ('awv_due', '1'), ('awv_due_value', '1'), ('provider_panel', '1') $$,
	'what is beside them is not known, and not zero');

-- The hint is a statement; another model is another hint
SELECT is(hint, 'CALL "Not yet".refresh_gaps(2026, ''V22'');', 'of another model')
FROM pg_temp.refusal('SELECT * FROM recapture_rate_month(2026, ''V22'')');
SELECT lives_ok(hint, 'what to run runs')
FROM pg_temp.refusal('SELECT * FROM recapture_rate_month(2026, ''V22'')');
SELECT lives_ok('SELECT * FROM recapture_rate_month(2026, ''V22'')', 'and then it answers');
SELECT throws_ok('SELECT * FROM recapture_rate_month(2026)', '55000', NULL, 'not of another model');
CALL refresh_gaps(2026);
SELECT is(state, CASE WHEN needs <> 'gaps' THEN '55000' END, 'gaps are computed: ' || call)
FROM report, pg_temp.refusal('SELECT * FROM ' || call);
SELECT throws_ok('SELECT * FROM recapture_rate_month(2025)', '55000', NULL, 'not of another year');
SELECT throws_ok('SELECT * FROM deadline_board(2026)', '55000', NULL,
	'nor of another payment year');
SELECT set_eq('SELECT * FROM pg_temp.beside()',
	$$ VALUES ('awv_due', '1 0'), ('awv_due_value', '1 0 0 0'), ('provider_panel', '1 0 0 0 0') $$,
	'and then it is zero');
CALL refresh_worklist(2026);
SELECT is(state, CASE WHEN needs = 'scores' THEN '55000' END, 'work items are made: ' || call)
FROM report, pg_temp.refusal('SELECT * FROM ' || call);
SELECT throws_ok('SELECT * FROM worklist(2025)', '55000', NULL, 'not of another year');
CALL refresh_gaps(2026);
SELECT lives_ok('SELECT * FROM worklist(2026)', 'another refresh_gaps does not undo it');
-- as a run that found nobody leaves it
INSERT INTO hcc_run (kind, payment_year, program, parameters, status, stage) VALUES
	('full', 2027, 'MA', '{}', 'failed', 'score');
SELECT throws_ok('SELECT * FROM member_score(2027)', '55000', NULL,
	'a run that failed has scored nobody');
UPDATE hcc_run SET status = 'done';
SELECT is(state, NULL, 'scored: ' || call) FROM report, pg_temp.refusal('SELECT * FROM ' || call);
SELECT throws_ok('SELECT * FROM member_score(2026)', '55000', NULL, 'not of another year');
SELECT lives_ok('SELECT * FROM score_change(2027, from_run => 0)',
	'before the first run is a time');

----------------------------------------------------------------------
-- Names and years that are none
----------------------------------------------------------------------
CREATE TEMPORARY TABLE wrong (call text, state text, message text);
INSERT INTO wrong VALUES
	('recapture_gap(2026, statuses => ''{open,opne}'')', '22023',
		'invalid value for argument "statuses": "opne"'),
	('recapture_gap_value(2026, statuses => ''{OPEN}'')', '22023',
		'invalid value for argument "statuses": "OPEN"'),
	('two_way(2026, reasons => ''{sepsis,sepsys}'')', '22023',
		'invalid value for argument "reasons": "sepsys"'),
	('two_way_value(2026, reasons => ''{x}'')', '22023',
		'invalid value for argument "reasons": "x"'),
	('worklist(2026, kind => ''gaps'')', '22023', 'invalid value for argument "kind": "gaps"'),
	('worklist(2026, state => ''done'')', '22023', 'invalid value for argument "state": "done"'),
	('worklist(2026, kind => ''gap'', state => ''retained'')', '22023',
		'invalid value for argument "state": "retained"'),
	('worklist_value(2026, state => ''done'')', '22023',
		'invalid value for argument "state": "done"'),
	('recapture_rate(2026, ''V99'')', '42704', 'model "V99" does not exist'),
	('recapture_gap(2026, ''V99'')', '42704', 'model "V99" does not exist'),
	('recapture_rate_month(2026, ''V99'')', '42704', 'model "V99" does not exist'),
	('late_window(2026, ''V99'')', '42704', 'model "V99" does not exist'),
	('deadline_board(2027, ''V99'')', '42704', 'model "V99" does not exist'),
	('recapture_rate(2031)', '42704', 'model "V28" has no tables for payment year 2032'),
	('deadline_board(2032)', '42704', 'model "V28" has no tables for payment year 2032'),
	('captured_hcc(2031)', '42704', 'no model has tables for payment year 2032'),
	('raf_score(gen_random_uuid(), 2032)', '42704',
		'model "V28" has no tables for payment year 2032'),
	('raf_score(gen_random_uuid(), 2027, ''V99'')', '42704', 'model "V99" does not exist'),
	('worklist(2026, owner_role => ''nurse'')', '22023',
		'invalid value for argument "owner_role": "nurse"'),
	('worklist_value(2026, owner_role => ''nurse'')', '22023',
		'invalid value for argument "owner_role": "nurse"'),
	('member_score(2027, run => 2147483648)', '42704', 'scoring run 2147483648 does not exist'),
	('member_score(2027, run => -1)', '42704', 'scoring run -1 does not exist'),
	('score_explanation(gen_random_uuid(), 2027, run => 2147483648)', '42704',
		'scoring run 2147483648 does not exist'),
	('score_change(2027, 2147483648, 2147483648)', '42704',
		'scoring run 2147483648 does not exist'),
	('score_change(2027, 0, 2147483648)', '42704', 'scoring run 2147483648 does not exist');
-- whatever takes a program, from the catalog, with its other arguments as they should be
INSERT INTO wrong
SELECT format('%s(%sprogram => ''XX'')', p.proname,
	(SELECT string_agg(format('%s => %s, ', a, CASE a
			WHEN 'patient_id' THEN 'gen_random_uuid()' WHEN 'diagnosis_id' THEN 'gen_random_uuid()'
			WHEN 'sample_size' THEN '5' WHEN 'npi' THEN '''P''' ELSE '2026' END), '' ORDER BY n)
		FROM unnest(p.proargnames) WITH ORDINALITY u(a, n)
		WHERE n <= p.pronargs - p.pronargdefaults)),
	'42704', 'program "XX" does not exist'
FROM pg_proc p WHERE p.pronamespace = '"Not yet"'::regnamespace AND p.prokind = 'f'
	AND p.proname !~ '^hcc_' AND 'program' = ANY (p.proargnames[:p.pronargs])
	-- what first says that there is no such diagnosis, or which run it would be
	AND p.proname NOT IN ('explain_diagnosis', 'schedule_scoring');
SELECT cmp_ok((SELECT count(*) FROM wrong WHERE message ~ 'program'), '>=', 20::bigint,
	'programs are asked of all reports');
SELECT throws_ok('SELECT * FROM ' || call, state, message, call) FROM wrong;
SELECT is_empty($$ SELECT call FROM wrong WHERE message ~ '2032' AND (SELECT hint
	FROM pg_temp.refusal('SELECT * FROM ' || call)) !~ 'hccraf_copy_year\(2027, 2032\)' $$,
	'a year that is not there: how to have it');
SELECT throws_ok(format('CALL %s(2026, program => %L)', j, 'XX'), '42704',
	'program "XX" does not exist', j) FROM unnest('{refresh_gaps,refresh_worklist}'::text[]) j;
SELECT lives_ok(format('SELECT * FROM worklist(2026, owner_role => %L)', owner_role),
	'a role that there is: ' || owner_role) FROM (SELECT DISTINCT owner_role FROM work_state) w;
SELECT lives_ok(
	format('SELECT * FROM two_way(2026, reasons => %L)', ARRAY(SELECT rule FROM two_way_rule)
		|| '{invalid,unlinked_chart_review,single_provider,once_only,no_eligible_record}'::text[]),
	'every reason that is one');
SELECT lives_ok(format('SELECT * FROM worklist(2026, kind => %L, state => %L)', kind, state),
	'every state that is one: ' || kind || ' ' || state) FROM work_state;
SELECT is_empty($$ SELECT s FROM unnest(hcc_gap_statuses()) s
	WHERE (SELECT pg_get_constraintdef(oid) FROM pg_constraint
		WHERE conrelid = 'patient_hcc_gap'::regclass AND conname ~ 'status') !~ quote_literal(s) $$,
	'the states of gaps are those of the table');

----------------------------------------------------------------------
-- Who may not read the runs is told so, and answered where there is something
----------------------------------------------------------------------
CREATE ROLE hcc_test_clinician;
GRANT USAGE ON SCHEMA "Not yet" TO hcc_test_clinician;
GRANT SELECT ON patient_hcc_gap, patient_hcc_score, patient_work_item,
	patient_demographic TO hcc_test_clinician;
SET LOCAL ROLE hcc_test_clinician;
SELECT throws_ok('SELECT * FROM recapture_gap(2026)', '42501', NULL, 'sees nothing, and not why');
RESET ROLE;
GRANT SELECT ON hcc_gap_run TO hcc_test_clinician;
SET LOCAL ROLE hcc_test_clinician;
SELECT lives_ok('SELECT * FROM recapture_gap(2026)', 'sees that there is nothing');
RESET ROLE;
REVOKE SELECT ON hcc_gap_run FROM hcc_test_clinician;
INSERT INTO patient_hcc_gap (patient_id, model_version, collection_year, payment_year, hcc_code,
	gap_source, status, recapture_class, status_since)
VALUES (gen_random_uuid(), 'V28', 2026, 2027, '37', 'historic', 'open', 'chronic', now());
SET LOCAL ROLE hcc_test_clinician;
SELECT is((SELECT count(*) FROM recapture_gap(2026)), 1::bigint,
	'needs no more where there is something');
RESET ROLE;

SELECT * FROM finish();
ROLLBACK;
