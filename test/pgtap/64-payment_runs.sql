-- CMS's three runs of a payment year, side by side. Runs commit, so what this
-- file makes it drops.
CREATE EXTENSION IF NOT EXISTS hccraf;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT no_plan();
CREATE SCHEMA runs;
SELECT hccraf_setup('runs', 'text') \g /dev/null
SET search_path = runs, public;

-- Payment year 2026: initial 2024-07-01 to 2025-06-30 by 2025-09-05, mid-year and final 2025,
-- by 2026-03-06 and 2027-02-01. Each patient has one diagnosis of HCC 38; all are 76.
INSERT INTO patient_demographic (patient_id, payment_year, date_of_birth, sex, known_at)
SELECT id, 2026, '1950-01-01', 'F', '2024-01-01'
FROM unnest('{early,both,late_known,second_half,none}'::text[]) id;
INSERT INTO patient_diagnosis_hcc (id, patient_id, icd10_code, diagnosis_date, claim_type,
	bill_type, known_at)
SELECT id, id, 'E11.9', day::date, 'institutional', '0111', known::timestamptz
FROM (VALUES ('early', '2024-08-01', '2024-09-01'), ('both', '2025-06-30', '2025-09-05 12:00'),
	('late_known', '2025-02-01', '2025-09-06 12:00'), ('second_half', '2025-07-01', '2025-08-01'))
	v (id, day, known);

CREATE FUNCTION pg_temp.diagnosed(run text) RETURNS text LANGUAGE sql AS $$
	SELECT string_agg(patient_id, ' ' ORDER BY patient_id)
	FROM runs.stored_score(2026, payment_run => run) WHERE hcc_list = '{38}' $$;
SELECT throws_ok($$ SELECT * FROM member_score(2026) $$, '55000', NULL, 'nothing yet');
CALL score_population(2026, payment_run => 'initial');
SELECT throws_ok($$ SELECT * FROM member_score(2026) $$, '55000', NULL,
	'a run that is not in force does not look like the one that is');
CALL score_population(2026);
CALL score_population(2026, payment_run => 'midyear');
CALL score_population(2026, payment_run => 'early 2025', service_from => '2025-01-01',
	service_to => '2025-03-31');
SELECT is(pg_temp.diagnosed(run), expected, run) FROM (VALUES
	('initial', 'both early'), ('midyear', 'both late_known second_half'),
	('final', 'both late_known second_half'), ('early 2025', 'late_known')) v (run, expected);
SELECT is((SELECT count(*) FROM stored_score(2026, payment_run => run)), 5::bigint,
	format('%s has everybody', run)) FROM unnest('{initial,midyear,final,early 2025}'::text[]) run;
SELECT is((SELECT string_agg(DISTINCT payment_run, ' ') FROM patient_hcc_score), 'final',
	'patient_hcc_score has the run in force');
SELECT is((SELECT count(*) FROM member_score(2026, payment_run => 'initial')
	WHERE hcc_list = '{38}'), 2::bigint, 'member_score takes a run');
SELECT is((SELECT mean_raw FROM panel_value(2026, min_patients => 0, payment_run => 'early 2025')),
	0.498, 'and panel_value');	-- 0.465 + 0.166 / 5
SELECT is((SELECT sum(coefficient) FROM score_explanation('second_half', 2026,
	payment_run => 'midyear') WHERE reason IS NULL), 0.631, 'and score_explanation');
-- A run that there is not: every report says which there are
CREATE FUNCTION pg_temp.told(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	detail text;
BEGIN
	EXECUTE statement;
	RETURN 'no error';
EXCEPTION WHEN invalid_parameter_value THEN
	GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
	RETURN SQLERRM || ' ' || detail;
END
$$;
SELECT is(pg_temp.told(format('SELECT * FROM ' || report, run)), format('payment year 2026 has '
	'no payment run "%s" There are: initial, midyear, final, early 2025.', run), report)
FROM unnest('{mid_year,Final,""}'::text[]) run, unnest(ARRAY[
	'member_score(2026, payment_run => %L)', 'panel_value(2026, payment_run => %L)',
	'score_explanation(''both'', 2026, payment_run => %L)',
	'score_change(2026, from_payment_run => %L)', 'score_change(2026, to_payment_run => %L)',
	'score_change_summary(2026, from_payment_run => ''initial'', to_payment_run => %L)']) report;
SELECT is(pg_temp.told($$ SELECT hcc_payment_run(2026, 'mid_year', NULL, NULL, NULL) $$),
	'payment run "mid_year" of payment year 2026 has no service window '
	'There are: initial, midyear, final.', 'and so does the job');
SELECT throws_ok($$ SELECT * FROM member_score(2027, payment_run => 'initial') $$, '55000',
	'the scores of payment run "initial" of payment year 2027 have not been computed',
	'a run that was never made');
SELECT throws_ok($$ SELECT * FROM member_score(2026, now(), payment_run => 'initial') $$, '0A000',
	NULL, 'runs that are not in force have no history');
SELECT throws_ok($$ SELECT hcc_payment_run(2026, 'what', NULL, '2025-06-30', NULL) $$, '22023',
	NULL, 'a name that is no run of CMS needs a window');

-- From one run to the other: 0.556 with HCC 38, 0.410 without
SELECT results_eq($$
	SELECT patient_id, difference, diagnoses_added, diagnoses_dropped
	FROM score_change(2026, from_payment_run => 'initial', to_payment_run => 'final')
	WHERE difference <> 0 ORDER BY patient_id $$,
	$$ VALUES ('early', -0.146, 0.000, -0.146), ('late_known', 0.146, 0.146, 0.000),
		('second_half', 0.146, 0.146, 0.000) $$, 'score_change between runs');
SELECT results_eq($$
	SELECT part, score FROM score_change_summary(2026, from_payment_run => 'initial',
		to_payment_run => 'final') WHERE part IN ('before', 'after') $$,
	$$ VALUES ('before', 2 * 0.556 + 3 * 0.410), ('after', 3 * 0.556 + 2 * 0.410) $$,
	'and its sums');

-- From the final run to the initial one of the next year: what was documented in the first half
-- of 2025 only is not in the window from July 2025 to June 2026. Three diagnoses: HCC 38 0.166
-- (March), HCC 280 0.319 (August), HCC 155 0.299 (November, and again in the May after); age and
-- sex 0.465; 2026 is normalized by 1.067, 2027 by 1.079.
CREATE SCHEMA dip;
SELECT hccraf_setup('dip', 'text') \g /dev/null
INSERT INTO dip.patient_demographic (patient_id, payment_year, date_of_birth, sex, known_at)
SELECT 'dips', y, '1950-01-01', 'F', '2024-01-01' FROM generate_series(2026, 2027) y;
INSERT INTO dip.patient_diagnosis_hcc (id, patient_id, icd10_code, diagnosis_date, claim_type,
	bill_type, known_at)
SELECT code || day, 'dips', code, day, 'institutional', '0111', day + 10
FROM (VALUES ('E11.9', date '2025-03-03'), ('J44.9', '2025-08-08'), ('F33.1', '2025-11-11'),
	('F33.1', '2026-05-05'), ('E11.9', '2026-08-01')) v (code, day);
CALL dip.score_population(2026, payment_run => 'final');
CALL dip.score_population(2027, payment_run => 'initial');
CREATE FUNCTION pg_temp.payment(raw numeric, norm numeric) RETURNS numeric LANGUAGE sql
	RETURN round(round(raw / norm, 3) * 0.941, 3);
SELECT results_eq($$ SELECT from_score, to_score, difference, diagnoses_added,
		diagnoses_dropped, demographics, model, filter, reference_release, dropped_codes
	FROM dip.score_change(2027, from_payment_year => 2026, from_payment_run => 'final',
		to_payment_run => 'initial') $$, $$
	SELECT before, after, after - before, 0.000, kept - before, 0.000, after - kept, 0.000,
		0.000, '{E119}'::text[]
	FROM pg_temp.payment(0.465 + 0.166 + 0.319 + 0.299, 1.067) before,
		pg_temp.payment(0.465 + 0.319 + 0.299, 1.067) kept,
		pg_temp.payment(0.465 + 0.319 + 0.299, 1.079) after $$,
	'the dip is the diagnosis of the first half, and the year');

-- Held back is what is on a record of the run's own window: a stay in a nursing facility
-- counts in no run. Of three that had lung disease in 2025 one has such a stay in the window
-- from July 2025, one in that of the next run, one in neither.
INSERT INTO dip.patient_demographic (patient_id, payment_year, date_of_birth, sex, known_at)
SELECT p, y, '1950-01-01', 'F', '2024-01-01'
FROM unnest('{inside,later,before}'::text[]) p, generate_series(2026, 2027) y;
INSERT INTO dip.patient_diagnosis_hcc (id, patient_id, icd10_code, diagnosis_date, claim_type,
	bill_type, known_at)
SELECT p || bill || day, p, 'J44.9', day, 'institutional', bill, day + 10
FROM (VALUES ('inside', date '2025-09-09'), ('later', '2026-09-09'), ('before', '2025-04-04'))
	v (p, other), LATERAL (VALUES ('0111', date '2025-03-03'), ('0211', v.other)) w (bill, day);
CALL dip.score_population(2026, payment_run => 'final');
CALL dip.score_population(2027, payment_run => 'initial');
SELECT results_eq($$ SELECT patient_id, diagnoses_dropped, filter, dropped_codes, filter_codes
	FROM dip.score_change(2027, from_payment_year => 2026, from_payment_run => 'final',
		to_payment_run => 'initial') WHERE patient_id <> 'dips' ORDER BY 1 $$, $$
	SELECT p, CASE WHEN p = 'inside' THEN 0.000
			ELSE pg_temp.payment(0.465, 1.067) - pg_temp.payment(0.465 + 0.319, 1.067) END,
		CASE WHEN p = 'inside' THEN pg_temp.payment(0.465, 1.079)
			- pg_temp.payment(0.465 + 0.319, 1.079) ELSE 0.000 END,
		CASE WHEN p = 'inside' THEN '{}' ELSE '{J449}' END::text[],
		CASE WHEN p = 'inside' THEN '{J449}' ELSE '{}' END::text[]
	FROM unnest('{before,inside,later}'::text[]) p ORDER BY 1 $$,
	'held back by the filter is what the window has');
DROP SCHEMA dip CASCADE;

-- What a run of an earlier day could not know was added, and held back by no rule
CALL score_population(2026, known_at => '2025-08-15', expect_at_least => 0);
CALL score_population(2026);
SELECT results_eq($$ SELECT patient_id, diagnoses_added, filter FROM score_change(2026)
	WHERE difference <> 0 ORDER BY patient_id $$,
	$$ VALUES ('both', 0.146, 0.000), ('late_known', 0.146, 0.000) $$,
	'score_change goes by what was known to the run');

-- A run that is not in force takes no changes from the refresh of the one that is
SELECT track_changes() \g /dev/null
CALL score_population(2026);
INSERT INTO patient_diagnosis_hcc (id, patient_id, icd10_code, diagnosis_date, claim_type,
	bill_type, known_at) VALUES ('more', 'none', 'E11.9', '2025-02-02', 'institutional', '0111',
	'2025-03-01');
CALL score_population(2026, payment_run => 'initial');
CALL refresh_scores(2026);
SELECT is((SELECT kind FROM scoring_run() LIMIT 1), 'refresh', 'a refresh after another run');
SELECT is(pg_temp.diagnosed('final'), 'both late_known none second_half', 'sees what changed');
SELECT is(pg_temp.diagnosed('initial'), 'both early none', 'as the other run did');

-- Another run in force
INSERT INTO hcc_payment_run_in_force VALUES (2026, 'initial');
CALL score_population(2026);
SELECT is((SELECT string_agg(DISTINCT payment_run, ' ') FROM patient_hcc_score), 'initial',
	'another run in force');
SELECT is(pg_temp.diagnosed(NULL), 'both early none', 'with its window and deadline');
SELECT is((SELECT count(*) FROM stored_score(2026, payment_run => 'initial')), 5::bigint,
	'everybody is in it once');
SELECT is((SELECT count(*) FROM patient_hcc_score_history WHERE payment_run = 'final'),
	-- all at the end, one at the refresh, two by the run of an earlier day and back
	5::bigint + 1 + 2 + 2,
	'and what was in force before is history');
-- Names that are none: the hint says what to do, not an empty list
CREATE FUNCTION pg_temp.hint(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	hint text;
BEGIN
	EXECUTE statement;
	RETURN NULL;
EXCEPTION WHEN undefined_object THEN
	GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
	RETURN hint;
END
$$;
SELECT is(pg_temp.hint($$ SELECT hcc_require_program('ACA') $$),
	'A program is made by adding its rows to payment_year_parameter.', 'no such program');
SELECT is(pg_temp.hint($$ SELECT hcc_require_program('ma') $$), 'Write it as it is there: MA.',
	'nearly one');
SELECT is(pg_temp.hint($$ SELECT hcc_require_model('V99') $$),
	'A model is made by adding rows to hcc_crosswalk and the tables beside it.', 'no such model');
SELECT is(pg_temp.hint($$ SELECT hcc_require_model('v28') $$), 'Write it as it is there: V28.',
	'nearly one');
SELECT * FROM finish();
DROP SCHEMA runs CASCADE;
