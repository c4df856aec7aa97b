-- A function of one patient reads that patient's rows: by index, and not many more
-- than there are. Counted by the server in a panel of several thousand people, for
-- every function of a panel whose first argument, or one of the same name, is a
-- patient, a diagnosis or a work item.
CREATE EXTENSION IF NOT EXISTS hccraf;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT * FROM no_plan();
SET client_min_messages = warning;
SET track_counts = on;
\ir include/panel_calls.sql

CREATE SCHEMA one_patient;
SELECT hccraf_setup('one_patient');
INSERT INTO one_patient.patient_demographic (patient_id, payment_year, date_of_birth,
	sex, contract_id, provider_npi, known_at)
SELECT md5(p::text)::uuid, y, date '1940-01-01' + p, (ARRAY['F', 'M'])[1 + p % 2], 'H' || p % 3,
	'N' || p % 50, '2025-01-01'
FROM generate_series(1, 5000) p, generate_series(2024, 2026) y;
INSERT INTO one_patient.patient_diagnosis_hcc (id, patient_id, icd10_code, diagnosis_date,
	provider_npi, known_at)
SELECT md5('d' || p || ' ' || d)::uuid, md5(p::text)::uuid,
	(ARRAY['E1122', 'E119', 'I509', 'J449', 'F32A', 'F331', 'N184', 'Z0000'])[1 + (p + d * 3) % 8],
	date '2023-02-01' + (p * 7 + d * 137) % 1000, 'N' || p % 50, '2026-01-05'
FROM generate_series(1, 5000) p, generate_series(1, 8) d;
-- some who are corrected
INSERT INTO one_patient.patient_diagnosis_hcc (patient_id, icd10_code, diagnosis_date,
	record_action, known_at)
SELECT patient_id, icd10_code, diagnosis_date, 'delete', '2026-01-06'
FROM one_patient.patient_diagnosis_hcc WHERE id < '10000000-0000-0000-0000-000000000000';
CALL one_patient.score_population(2025);
CALL one_patient.score_population(2026);
-- a second; where each diagnosis had the corrections of everybody collected, it took minutes
SET statement_timeout = '30s';
CALL one_patient.refresh_gaps(2025);
RESET statement_timeout;
CALL one_patient.refresh_worklist(2025);
VACUUM ANALYZE;

-- The patient: with corrections, scores, gaps and work to do
SELECT d.patient_id AS patient,
	(SELECT x.id FROM one_patient.patient_diagnosis_hcc x WHERE x.patient_id = d.patient_id
		AND x.diagnosis_date BETWEEN '2025-01-01' AND '2025-12-31'
		AND x.record_action = 'add' LIMIT 1) AS diagnosis,
	min(i.item_id::text) AS item, (array_agg(i.hcc_code))[1] AS hcc
FROM one_patient.patient_diagnosis_hcc d JOIN one_patient.patient_work_item i USING (patient_id)
	JOIN one_patient.patient_hcc_score s ON s.patient_id = d.patient_id AND s.payment_year = 2026
WHERE d.record_action = 'delete' AND i.kind = 'gap'
	AND EXISTS (SELECT FROM one_patient.patient_diagnosis_hcc x WHERE x.patient_id = d.patient_id
		AND x.diagnosis_date BETWEEN '2025-01-01' AND '2025-12-31' AND x.record_action = 'add')
GROUP BY d.patient_id ORDER BY 1 LIMIT 1 \gset

-- How much is read of each table, by a call in a transaction of its own
CREATE FUNCTION pg_temp.read_so_far()
	RETURNS TABLE (relname name, scans bigint, by_scan bigint, by_index bigint)
LANGUAGE sql AS $$
	-- of rows that only an index is asked for, the index knows
	SELECT t.relname, t.seq_scan, t.seq_tup_read, GREATEST(t.idx_tup_fetch,
		(SELECT sum(pg_stat_get_xact_tuples_returned(i.indexrelid)) FROM pg_index i
			WHERE i.indrelid = t.relid))
	FROM pg_stat_xact_user_tables t WHERE t.schemaname = 'one_patient'
$$;
CREATE FUNCTION pg_temp.read_by(call text)
	RETURNS TABLE (relname name, scans bigint, by_scan bigint, by_index bigint)
LANGUAGE plpgsql AS $$
DECLARE
	so_far jsonb := (SELECT jsonb_object_agg(r.relname, to_jsonb(r)) FROM pg_temp.read_so_far() r);
BEGIN
	-- planned before it is counted: planning looks at the ends of indexes
	EXECUTE call;
	so_far := (SELECT jsonb_object_agg(r.relname, to_jsonb(r)) FROM pg_temp.read_so_far() r);
	EXECUTE call;
	RETURN QUERY
		SELECT r.relname, r.scans - COALESCE((so_far -> r.relname::text ->> 'scans')::bigint, 0),
			r.by_scan - COALESCE((so_far -> r.relname::text ->> 'by_scan')::bigint, 0),
			r.by_index - COALESCE((so_far -> r.relname::text ->> 'by_index')::bigint, 0)
		FROM pg_temp.read_so_far() r;
END
$$;
-- What is too much: a scan of a table that has more rows than a page, or more rows than a
-- hundred, of
-- which the patient has 24 at most
CREATE FUNCTION pg_temp.too_much(call text) RETURNS SETOF text
LANGUAGE sql AS $$
	SELECT format('%s: %s scans of %s rows, %s by index', r.relname, r.scans, r.by_scan, r.by_index)
	FROM pg_temp.read_by(call) r
		JOIN pg_class c ON c.oid = format('one_patient.%I', r.relname)::regclass
	WHERE r.relname ~ '^patient_' AND (r.by_scan > 100 OR r.by_index > 100)
$$;

-- What can be done once: it is undone, and has read what it has read
CREATE FUNCTION pg_temp.undone(call text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE call;
	RAISE SQLSTATE 'UNDO1';
EXCEPTION WHEN SQLSTATE 'UNDO1' THEN
	NULL;
END
$$;

CREATE TEMPORARY TABLE one_call AS
SELECT p.oid, p.proname,
	CASE p.proname
		WHEN 'gap_event'
		THEN format($$ SELECT one_patient.gap_event(%L, 2025, %L, 'inactive', 'because') $$,
			:'patient', :'hcc')
		WHEN 'work_item_event'
		THEN format($$ SELECT one_patient.work_item_event(%L, 'assigned', 'me') $$, :'item')
		WHEN 'import_merge' THEN format('SELECT pg_temp.undone(%L)', format(
			'SELECT one_patient.import_merge(%L, %L)', :'patient', (SELECT min(d.patient_id::text)
				FROM one_patient.patient_demographic d WHERE d.patient_id <> :'patient')))
		ELSE 'SELECT * FROM ' || pg_temp.call(p.oid,
			CASE WHEN 'diagnosis_id' = ANY (p.proargnames) THEN :'diagnosis' ELSE :'patient' END,
			'{patient,patients}') END AS call
FROM pg_proc p
WHERE p.pronamespace = 'one_patient'::regnamespace AND p.prokind = 'f'
	AND p.prorettype <> 'trigger'::regtype
	-- of a table that it is told
	AND p.proname <> 'hcc_erase'
	AND p.proargnames[1:p.pronargs] && '{patient,patient_id,patients,diagnosis_id,item}';
SELECT set_has('SELECT proname::text FROM one_call',
	$$ SELECT unnest('{raf_score,patient_gap,patient_gap_value,
	gap_event,score_explanation,dx_verdict,captured_hcc,explain_diagnosis,work_item_event,person,
	member,diagnosis,
	counted_diagnosis}'::text[]) $$, 'the functions of one patient');
SELECT is_empty(format('SELECT pg_temp.too_much(%L)', call),
	format('reads one patient: %s', proname))
FROM one_call WHERE proname <> 'forget_patient' ORDER BY proname;
-- the same in a session that has planned for anybody
SET plan_cache_mode = force_generic_plan;
SELECT is_empty(format('SELECT pg_temp.too_much(%L)', call),
	format('and with a generic plan: %s', c.proname))
FROM one_call c JOIN pg_proc p USING (oid) JOIN pg_language l ON l.oid = p.prolang
WHERE l.lanname = 'plpgsql' AND c.proname <> 'forget_patient' ORDER BY c.proname;
RESET plan_cache_mode;
-- at last the patient is erased: found once, and sought again where there is nobody
-- (events of work are found by their items, and are read through for this)
SELECT is_empty(format(
	'SELECT * FROM pg_temp.too_much(%L) t WHERE t NOT LIKE ''patient_work_event: %%''', call),
	'reads one patient: ' || proname) FROM one_call WHERE proname = 'forget_patient';
SELECT is((SELECT count(*) FROM one_patient.patient_diagnosis_hcc WHERE patient_id = :'patient'),
	0::bigint, 'who is gone');
-- It can fail: everybody, by an index and without
SELECT isnt_empty($$ SELECT pg_temp.too_much('SELECT * FROM one_patient.person(2026)') $$,
	'everybody is more');
SELECT isnt_empty($$ SELECT pg_temp.too_much(
	'SELECT count(*) FROM one_patient.patient_hcc_gap WHERE hcc_code = ''37''') $$,
	'as is a scan for some');


DROP SCHEMA one_patient CASCADE;
SELECT * FROM finish();
