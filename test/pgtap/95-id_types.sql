-- A panel answers alike whatever its patients, encounters and diagnoses are known
-- by. The same people, with identifiers that sort alike, in panels of several
-- types; every job runs in each, and every function that a panel offers is called.
CREATE EXTENSION IF NOT EXISTS hccraf;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT plan(295);
SET client_min_messages = error;
SET track_functions = 'all';

CREATE TEMPORARY TABLE panel (schema name, type regtype, encounter regtype, parts boolean);
INSERT INTO panel VALUES
	('types_uuid', 'uuid', 'uuid', false), ('types_bigint', 'bigint', 'bigint', true),
	('types_integer', 'integer', 'text', false), ('types_text', 'text', 'bigint', true);

-- A number as an identifier: of patients from 1,000,001, encounters 2,000,001, diagnoses 3,000,001
CREATE FUNCTION pg_temp.id(type regtype, number bigint) RETURNS text LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE $1 WHEN 'uuid'::regtype THEN lpad($2::text, 32, '0')::uuid::text
		WHEN 'text'::regtype THEN 'id' || $2 ELSE $2::text END
$$;
CREATE FUNCTION pg_temp.chance(n bigint, question text, of integer) RETURNS integer
	LANGUAGE sql IMMUTABLE
	AS $$ SELECT (hashtext(question || n) & 2147483647) % of $$;

INSERT INTO eligible_procedure (service_year, procedure_code, source)
SELECT y, '99213', 'id types' FROM generate_series(2022, 2026) y ON CONFLICT DO NOTHING;
INSERT INTO eligible_procedure (service_year, procedure_code, program, source)
SELECT y, '99213', 'ACA', 'id types' FROM generate_series(2024, 2025) y ON CONFLICT DO NOTHING;
CREATE TEMPORARY TABLE person AS
SELECT 1000000 + p AS patient, y AS payment_year, m AS payment_month,
	date '1930-03-03' + p * 250 AS date_of_birth, (ARRAY['F', 'M'])[1 + p % 2] AS sex,
	CASE WHEN p % 9 = 0 THEN '1' ELSE '0' END AS orec,
	(ARRAY[NULL, NULL, '02', '01'])[1 + p % 4] AS dual_status,
	p % 11 = 0 AS plan_switcher, p % 13 = 0 AS hospice,
	(ARRAY['H1', 'H2', NULL])[1 + p % 3] AS contract_id,
	'00' || p % 2 AS plan_id, 'N' || p % 4 AS provider_npi, 12 - p % 3 AS enrolled_months
FROM generate_series(1, 60) p, generate_series(2024, 2026) y, generate_series(0, 3) m
WHERE CASE WHEN p % 20 = 7 THEN m > 0 ELSE m = 0 END AND p + y <> 2034;
CREATE TEMPORARY TABLE documented AS
SELECT 3000000 + d AS id, 1000001 + pg_temp.chance(d, 'who', 60) AS patient,
	2000001 + d / 3 AS encounter,
	(ARRAY['E11.22', 'E119', 'I509', 'I5084', 'J449', 'N184', 'F331', 'F32A', 'C50911',
		'Z0000', 'I739', 'E1165'])[1 + pg_temp.chance(d, 'code', 12)] AS icd10_code,
	date '2022-06-01' + pg_temp.chance(d, 'day', 1300) AS diagnosis_date,
	'N' || pg_temp.chance(d, 'by', 4) AS provider_npi,
	(ARRAY[NULL, 'professional', 'professional', 'institutional'])[
		1 + pg_temp.chance(d, 'claim', 4)] AS claim_type,
	(ARRAY['111', '131', '211'])[1 + pg_temp.chance(d, 'bill', 3)] AS bill_type,
	ARRAY['99213', CASE WHEN d % 30 = 0 THEN 'G0439' END] AS procedure_codes,
	(ARRAY['encounter', 'encounter', 'raps', 'unlinked_chart_review', 'linked_chart_review'])
		[1 + pg_temp.chance(d, 'source', 5)] AS record_source,
	CASE WHEN d % 40 = 0 THEN 'void' WHEN d % 25 = 0 THEN 'delete' ELSE 'add' END AS record_action,
	2000001 + (d - 10) / 3 AS linked,
	(ARRAY[NULL, NULL, NULL, 'submitted', 'rejected', 'accepted'])[
		1 + pg_temp.chance(d, 'sent', 6)] AS submission,
	timestamptz '2026-01-10' + pg_temp.chance(d, 'known', 60) * interval '1 day' AS known_at
FROM generate_series(1, 900) d;

CREATE PROCEDURE pg_temp.fill(schema name, type regtype, encounter regtype) LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('INSERT INTO %1$I.patient_demographic (patient_id, payment_year, payment_month,
		date_of_birth,
			sex, orec, dual_status, plan_switcher, hospice, contract_id, plan_id, provider_npi,
			enrolled_months, known_at)
		SELECT pg_temp.id(%2$L, patient)::%2$s, payment_year, payment_month, date_of_birth, sex,
		orec, dual_status,
			plan_switcher, hospice, contract_id, plan_id, provider_npi, enrolled_months,
			''2024-01-01'' FROM person;
		INSERT INTO %1$I.patient_diagnosis_hcc (id, patient_id, encounter_id, icd10_code,
		diagnosis_date,
			provider_npi, claim_type, bill_type, procedure_codes, record_source, record_action,
			linked_encounter_id,
			submission, known_at)
		SELECT pg_temp.id(%2$L, id)::%2$s, pg_temp.id(%2$L, patient)::%2$s, pg_temp.id(%3$L,
		encounter)::%3$s, icd10_code,
			diagnosis_date, provider_npi, claim_type, bill_type, procedure_codes, record_source,
			record_action,
			CASE WHEN record_action <> ''add'' THEN pg_temp.id(%3$L, linked)::%3$s END, submission,
			known_at FROM documented;
		INSERT INTO %1$I.patient_enrollment
		SELECT pg_temp.id(%2$L, patient)::%2$s, ''I1'', plan_id, make_date(payment_year, 1, 1),
		make_date(payment_year, 12, 31),
			date_of_birth, sex, ''Silver'', ''06'', true FROM person WHERE payment_month <= 1;
		INSERT INTO %1$I.patient_drug (patient_id, fill_date, ndc)
		SELECT pg_temp.id(%2$L, patient)::%2$s, ''2025-05-05'', ''00002739359'' FROM person
		WHERE payment_year = 2025 AND payment_month <= 1;
		INSERT INTO %1$I.payment_rate (contract_id, payment_year, rate, source)
		VALUES (''H1'', 2026, 1000, ''x''), (''H2'', 2026, 900, ''x''), ('''', 2026, 800, ''x'');
		CREATE TABLE %1$I.appointment AS SELECT patient_id, provider_npi,
		timestamp ''2026-12-20 10:00'' AS appointment_at
		FROM %1$I.patient_demographic WHERE payment_year = 2026;
		CREATE TABLE %1$I.specialty AS SELECT ''N'' || n AS provider_npi, ''S'' || n %% 2
		AS specialty
		FROM generate_series(0, 3) n', schema, type, encounter);
END
$$;
SELECT format('CREATE SCHEMA %I', schema) FROM panel \gexec
SELECT hccraf_setup(schema, type, partitioned => parts, partitions => 3,
	encounter_id_type => encounter, diagnosis_id_type => type) FROM panel \g /dev/null
SELECT format('CALL pg_temp.fill(%L, %L, %L)', schema, type, encounter) FROM panel \gexec
ANALYZE;

----------------------------------------------------------------------
-- The jobs
----------------------------------------------------------------------
SELECT format('SELECT %I.track_changes()', schema),
	format('CALL %I.score_population(2025)', schema),
	format('CALL %I.score_population(2026)', schema),
	format('CALL %I.score_population(2025, program => ''ACA'')', schema),
	format('UPDATE %I.patient_diagnosis_hcc SET icd10_code = ''E1122'', known_at = ''2026-04-01''
		WHERE icd10_code = ''E119'' AND patient_id < %L', schema, pg_temp.id(type, 1000020)),
	format('CALL %I.refresh_scores(2026)', schema),
	format('CALL %I.annotate_diagnoses(2026, batch_size => 7)', schema),
	format('CALL %I.refresh_gaps(2025, as_of => ''2026-04-02'')', schema),
	format('SELECT count(%1$I.gap_event(patient_id, 2025, hcc_code, ''inactive'', ''because'',
		''me'', occurred_at => ''2026-04-03''))
		FROM (SELECT * FROM %1$I.patient_hcc_gap WHERE status = ''open''
		ORDER BY patient_id, hcc_code LIMIT 5) g',
		schema),
	format('UPDATE %I.patient_hcc_gap_event SET known_at = ''2026-04-03''', schema),
	format('CALL %I.refresh_gaps(2025, as_of => ''2026-04-04'')', schema),
	format('CALL %I.refresh_worklist(2025)', schema),
	format('SELECT count(%1$I.work_item_event(item_id, ''assigned'', ''me'')) FROM (SELECT *
		FROM %1$I.patient_work_item
		WHERE kind = ''gap'' AND state = ''new'' ORDER BY patient_id, hcc_code LIMIT 5) i', schema),
	format('SELECT count(*) FROM %I.audit_sample(1000, 2025, ''seed'')', schema)
FROM panel \gexec

----------------------------------------------------------------------
-- What there is then, and what every function says. #1000007 is the patient of that number.
----------------------------------------------------------------------
CREATE TEMPORARY TABLE asked (name text, what text, may_be_empty boolean DEFAULT false);
INSERT INTO asked SELECT t, format('TABLE PANEL.%I', t)
FROM unnest('{patient_hcc_score,patient_hcc_model_score,
	patient_hcc_score_history,patient_hcc_gap,patient_hcc_gap_history,patient_hcc_gap_event,
	patient_diagnosis_hcc,
	patient_work_item,patient_work_event,hcc_run,hcc_gap_run}'::text[]) t;
INSERT INTO asked (name, what) VALUES
	('raf_score',
		'SELECT r.patient_id, PANEL.raf_score(r.patient_id, 2026) FROM PANEL.person(2026) r'),
	('person', 'SELECT * FROM PANEL.person(2026)'), ('member', 'SELECT * FROM PANEL.member(2026)'),
	('diagnosis', 'SELECT * FROM PANEL.diagnosis(2026)'),
	('counted_diagnosis', 'SELECT * FROM PANEL.counted_diagnosis(2026, years => 3)'),
	('stored_score', 'SELECT * FROM PANEL.stored_score(2026)'),
	('stored_score', 'SELECT * FROM PANEL.stored_score(2026, 2)'),
	('scoring_run', 'SELECT * FROM PANEL.scoring_run()'),
	('member_score', 'SELECT * FROM PANEL.member_score(2026)'),
	('score_change', 'SELECT * FROM PANEL.score_change(2026)'),
	('score_change', 'SELECT * FROM PANEL.score_change(2026, from_payment_year => 2025)'),
	('score_change_summary',
		'SELECT * FROM PANEL.score_change_summary(2026, from_payment_year => 2025)'),
	('score_explanation', 'SELECT * FROM PANEL.score_explanation(#1000012, 2026)'),
	('dx_verdict', 'SELECT * FROM PANEL.dx_verdict(2026)'),
	('dx_verdict', 'SELECT * FROM PANEL.dx_verdict(2026, #1000012)'),
	('explain_diagnosis',
		'SELECT d.id, e.* FROM PANEL.patient_diagnosis_hcc d, PANEL.explain_diagnosis(d.id) e
		WHERE d.diagnosis_date >= ''2025-01-01'''),
	('model_impact', 'SELECT * FROM PANEL.model_impact(2025)'),
	('model_impact_summary', 'SELECT * FROM PANEL.model_impact_summary(2025)'),
	('lost_condition', 'SELECT * FROM PANEL.lost_condition(2025)'),
	('patient_gap', 'SELECT p.patient_id, g.* FROM PANEL.person(2026) '
		'p, PANEL.patient_gap(p.patient_id, 2025) g'),
	('patient_gap_value', 'SELECT p.patient_id, g.* FROM PANEL.person(2026) '
		'p, PANEL.patient_gap_value(p.patient_id, 2025) g'),
	('recapture_gap', 'SELECT * FROM PANEL.recapture_gap(2025)'),
	('recapture_gap',
		'SELECT * FROM PANEL.recapture_gap(2025, as_of => ''2026-04-02 12:00'', statuses => NULL)'),
	('recapture_gap_value', 'SELECT * FROM PANEL.recapture_gap_value(2025)'),
	('recapture_rate', 'SELECT * FROM PANEL.recapture_rate(2025, group_by => ''provider'')'),
	('recapture_rate',
		'SELECT * FROM PANEL.recapture_rate(2025, denominator => ''as_experienced'')'),
	('recapture_rate_month', 'SELECT * FROM PANEL.recapture_rate_month(2025)'),
	('recapture_rate_value',
		'SELECT * FROM PANEL.recapture_rate_value(2025, group_by => ''contract'')'),
	('captured_hcc', 'SELECT * FROM PANEL.captured_hcc(2025)'),
	('captured_hcc', 'SELECT * FROM PANEL.captured_hcc(2025, patient => #1000012)'),
	('no_encounter', 'SELECT * FROM PANEL.no_encounter(2025)'),
	('awv_due', 'SELECT * FROM PANEL.awv_due(2025, as_of => ''2026-12-01'', appointments '
		'=> ''PANEL.appointment'')'),
	('awv_due_value', 'SELECT * FROM PANEL.awv_due_value(2025, as_of => ''2026-12-01'')'),
	('prospective_list', 'SELECT * FROM PANEL.prospective_list(''PANEL.appointment'', '
		'''2026-12-01'', ''2026-12-31'')'),
	('interaction_opportunity', 'SELECT * FROM PANEL.interaction_opportunity(2025)'),
	('interaction_opportunity_value', 'SELECT * FROM PANEL.interaction_opportunity_value(2025)'),
	('specificity', 'SELECT * FROM PANEL.specificity(2025, route => NULL)'),
	('specificity_value', 'SELECT * FROM PANEL.specificity_value(2025)'),
	('unspecified_rate', 'SELECT * FROM PANEL.unspecified_rate(2025)'),
	('cdi_feedback', 'SELECT * FROM PANEL.cdi_feedback(2025)'),
	('two_way', 'SELECT * FROM PANEL.two_way(2025)'),
	('two_way_value', 'SELECT * FROM PANEL.two_way_value(2025)'),
	('two_way_balance', 'SELECT * FROM PANEL.two_way_balance(2025)'),
	('provider_panel', 'SELECT * FROM PANEL.provider_panel(2025, min_patients => 3)'),
	('panel_value', 'SELECT * FROM PANEL.panel_value(2026, min_patients => 3, specialties '
		'=> ''PANEL.specialty'')'),
	('worklist', 'SELECT * FROM PANEL.worklist()'),
	('worklist', 'SELECT * FROM PANEL.worklist(2025, owner_role => NULL)'),
	('worklist_value', 'SELECT * FROM PANEL.worklist_value(2025)'),
	('deadline_board', 'SELECT * FROM PANEL.deadline_board(2026)'),
	('panel_page', 'SELECT m[1] AS cell FROM regexp_matches(PANEL.panel_page(2026), '
		'''<td class="n">([^<]*)'', ''g'') m'),
	('patient_page', 'SELECT m[1] AS heading FROM regexp_matches(PANEL.patient_page(#1000007, '
		'2026), ''<h[23][^>]*>([^<]*)'', ''g'') m'),
	('patient_page_value',
		'SELECT m[1] AS cell FROM regexp_matches(PANEL.patient_page_value(#1000007, 2026), ''<td '
		'class="n">([^<]*)'', ''g'') m'),
	('provider_page', 'SELECT m[1] AS cell FROM regexp_matches(PANEL.provider_page(''N1'', '
		'2026, min_patients => 3), ''<td class="n">([^<]*)'', ''g'') m'),
	('audit_sample_again',
		'SELECT a.* FROM PANEL.hcc_audit_sample s, PANEL.audit_sample_again(s.sample_id) a');
INSERT INTO asked VALUES ('late_window', 'SELECT * FROM PANEL.late_window(2025)', true),
	('unusable_rows', 'SELECT * FROM PANEL.unusable_rows(2026)', true);
INSERT INTO asked (name, what) VALUES
	('enrollee_diagnosis', 'SELECT * FROM PANEL.enrollee_diagnosis(2025)'),
	('enrollee_score', 'SELECT * FROM PANEL.enrollee_score(2025)'),
	('enrollee_gap', 'SELECT * FROM PANEL.enrollee_gap(2025)'),
	('stored_enrollee_score', 'SELECT * FROM PANEL.stored_enrollee_score(2025)');
-- jobs are above; those by the clock need pg_cron, see test/t/009_cron.pl; imports are in
-- 96-import.sql
SELECT set_eq($$ SELECT name FROM asked WHERE what !~ '^TABLE'
	UNION SELECT unnest('{score_population,refresh_scores,annotate_diagnoses,refresh_gaps,
		refresh_worklist,track_changes,forget_patient,gap_event,
		work_item_event,audit_sample,audit_finding,schedule_scoring,unschedule_scoring,
		scoring_schedule,schedule_job}'::text[])
	UNION SELECT proname::text FROM pg_proc
	WHERE pronamespace = 'types_uuid'::regnamespace AND proname ~ '^import_' $$,
	$$ SELECT DISTINCT proname::text FROM pg_proc WHERE pronamespace = 'types_uuid'::regnamespace
		AND proname !~ '^hcc_' AND prorettype <> 'trigger'::regtype $$,
	'every function that a panel offers is called');

CREATE TEMPORARY TABLE said (n bigint, schema name, rows text[]);
CREATE FUNCTION pg_temp.answer(what text, schema name, type regtype) RETURNS text[]
	LANGUAGE plpgsql AS $$
DECLARE
	said text[];
	part text;
BEGIN
	FOR part IN SELECT DISTINCT m[1] FROM regexp_matches(what, '#(\d{7})', 'g') m LOOP
		what := replace(what, '#' || part, quote_literal(pg_temp.id(type, part::bigint)));
	END LOOP;
	-- random, or of the clock, or ordered by a hash of identifiers
	EXECUTE format('SELECT array_agg(r '
		'ORDER BY r) FROM (SELECT (to_jsonb(q) - %L::text[])::text AS r FROM (%s) q) x',
		'{item_id,event_id,position,started_at,finished_at,duration,patients_per_second,remaining,
			calculated_at,superseded_at,
			status_since,state_since,seconds,pid,snapshot_at,created_at,changed_at,identified_at,
			due_date,sla_due,valid_from,valid_to,
			known_at,occurred_at,next_block,parameters,as_of,table,from_at,until_at,worklist_at}',
		replace(what, 'PANEL', quote_ident(schema))) INTO said;
	RETURN said;
END
$$;
CREATE TEMPORARY TABLE numbered AS SELECT row_number() OVER () AS n, * FROM asked;
INSERT INTO said SELECT a.n, p.schema, pg_temp.answer(a.what, p.schema, p.type)
FROM numbered a, panel p;
-- when all has been said, somebody is erased
INSERT INTO numbered VALUES
	(0, 'forget_patient', 'SELECT * FROM PANEL.forget_patient(#1000012)', false);
INSERT INTO said SELECT 0, p.schema, pg_temp.answer(a.what, p.schema, p.type)
FROM numbered a, panel p WHERE a.n = 0;
-- Identifiers in one form, ids that are made at random in none
UPDATE said SET rows = (SELECT array_agg(r ORDER BY r) FROM unnest(rows) u,
	LATERAL (SELECT regexp_replace(regexp_replace(regexp_replace(u,
		'"0{8}-0{4}-0{4}-0{4}-0{5}([123]\d{6})"', '"id\1"', 'g'),
		'(?<=[:\[,] )([123]\d{6})(?=[,}\]])', '"id\1"', 'g'),
		'"id": "(?!id)[0-9a-f-]{36}"', '"id": "made"', 'g')) x (r));

SELECT cmp_ok(COALESCE(cardinality(rows), 0), '>=', CASE WHEN may_be_empty THEN 0 ELSE 1 END,
	'says something: ' || what)
FROM said JOIN numbered USING (n) WHERE schema = 'types_uuid' ORDER BY n;
SELECT is(s.rows, u.rows, format('%s: %s', s.schema, a.what))
FROM said s JOIN said u USING (n) JOIN numbered a USING (n)
WHERE u.schema = 'types_uuid' AND s.schema <> 'types_uuid' ORDER BY s.schema, n;
-- They are the types that were asked for.
SELECT is(format_type(a.atttypid, NULL), p.type::text, 'identifiers of their type: ' || p.schema)
FROM panel p JOIN pg_attribute a ON a.attrelid = format('%I.patient_hcc_gap', p.schema)::regclass
	AND a.attname = 'base_record_id' ORDER BY p.schema;

----------------------------------------------------------------------
-- No report, job or reader has called a reader: all were part of its queries.
----------------------------------------------------------------------
SELECT pg_stat_force_next_flush() \g /dev/null
CREATE FUNCTION pg_temp.called() RETURNS TABLE (schema name, routine name, calls bigint)
	LANGUAGE sql AS $$
	SELECT s.schemaname, s.funcname, s.calls
	FROM pg_stat_user_functions s JOIN pg_proc p ON p.oid = s.funcid
		JOIN pg_language l ON l.oid = p.prolang
	WHERE s.schemaname LIKE 'types\_%' AND l.lanname = 'sql' AND p.proretset AND s.calls > 0
$$;
SELECT is_empty('SELECT * FROM pg_temp.called()', 'readers are inlined wherever they are called');
SELECT count(*) FROM types_text.person((SELECT 2026)) \g /dev/null
SELECT pg_stat_force_next_flush() \g /dev/null
SELECT results_eq('SELECT routine FROM pg_temp.called()', $$ VALUES ('person'::name) $$,
	'one that is not is counted');

DELETE FROM eligible_procedure WHERE source = 'id types';
SELECT format('DROP SCHEMA %I CASCADE', schema) FROM panel \gexec
SELECT * FROM finish();
