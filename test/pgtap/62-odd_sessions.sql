-- What an audit found: settings of a session that changed who counts, and data
-- as files have it that stopped a run or were taken for something else.
BEGIN;
CREATE EXTENSION IF NOT EXISTS hccraf;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT no_plan();
CREATE SCHEMA odd;
SELECT hccraf_setup('odd', 'text') \g /dev/null
SET LOCAL search_path = odd, public;
INSERT INTO eligible_procedure (service_year, procedure_code) SELECT y, '99213'
FROM generate_series(2023, 2027) y ON CONFLICT DO NOTHING;

-- A void takes back what was known before it, and not what came after, whatever
-- times look like in the session.
INSERT INTO patient_demographic (patient_id, payment_year, date_of_birth, date_of_death, sex,
	plan_switcher) VALUES
	('void', 2026, '1953-01-01', NULL, 'F', false),
	('dead', 2026, '1953-01-01', '2025-06-01', 'F', true);
INSERT INTO patient_diagnosis_hcc (id, patient_id, encounter_id, icd10_code, diagnosis_date,
	record_action, known_at) VALUES
	('1', 'void', 'e1', 'E11.22', '2025-03-01', 'add', '2025-06-01 10:00+00'),
	('2', 'void', 'e1', 'E11.22', '2025-03-01', 'void', '2025-06-01 11:00+00'),
	('3', 'void', 'e1', 'I50.9', '2025-03-01', 'add', '2025-06-01 12:00+00'),
	('4', 'dead', 'e2', 'E11.9', '2025-05-31', 'add', '2025-06-01 12:00+00'),
	('5', 'dead', 'e3', 'I50.9', '2025-06-02', 'add', '2025-06-01 12:00+00');
CREATE TEMPORARY TABLE session (datestyle text, timezone text);
INSERT INTO session SELECT d, z
FROM unnest('{ISO,"SQL, DMY","SQL, MDY",German,"Postgres, DMY"}'::text[]) d,
	unnest('{UTC,Asia/Kolkata,Asia/Shanghai,Europe/Lisbon,America/St_Johns}'::text[]) z;
CREATE FUNCTION pg_temp.verdicts(datestyle text, timezone text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	PERFORM set_config('datestyle', verdicts.datestyle, true),
		set_config('timezone', verdicts.timezone, true);
	RETURN (SELECT string_agg(d.id || ' ' || d.encounter_verdict, ', ' ORDER BY d.id)
		FROM odd.diagnosis(2026) d);
END $$;
SELECT is(pg_temp.verdicts(datestyle, timezone), '1 voided, 2 voided, 3 ok, 4 ok, 5 after_death',
	format('%s in %s', datestyle, timezone)) FROM session;
SET LOCAL datestyle = 'ISO';
SET LOCAL timezone = 'UTC';

-- Several codes in a row are no code of any list, and stop nobody
INSERT INTO icd10_code (fiscal_year, icd10_code, description) VALUES
	(2027, 'E119', 'x') ON CONFLICT DO NOTHING;
SELECT is(hcc_code_is_listed(c, 2027), false, format('"%s" is not listed', c))
FROM unnest('{"E11.9,I50.9","E119 I509","E11.9;I50.9","{E119}"}'::text[]) c;
SELECT is(hcc_code_is_listed('E11.9', 2027), true, 'one that is');

-- A graft of which nobody knows since when adds nothing for its months: what
-- beneficiary() makes of it; by the tables GNPA 0.359 for a woman of 72
INSERT INTO patient_demographic (patient_id, payment_year, payment_month, date_of_birth, sex, esrd,
	graft_months, graft_date)
SELECT 'graft' || n, 2026, 0, '1953-06-15', 'F', 'graft', m, d::date
FROM (VALUES (1, NULL::integer, NULL), (2, 5, NULL), (3, NULL, '2020-03-01')) v (n, m, d);
SELECT is(raf_score('graft1', 2026, 'ESRD_V24'), 0.359, 'a graft without a date');
SELECT is(raf_score('graft1', 2026, 'ESRD_V24'),
	public.raf_score('{}'::text[], beneficiary(72, 'F', esrd => 'graft'), 'ESRD_V24', 2026),
	'as of the function');
SELECT is((SELECT who::text FROM person(2026, patients => '{graft3}')),
	(SELECT beneficiary(72, 'F', esrd => 'graft', graft_months => 71)::text),
	'with a date, its months');

-- An inpatient stay is one however the claim is written
CREATE TEMPORARY TABLE stay (n serial, claim_type text, bill_type text, inpatient boolean);
INSERT INTO stay (claim_type, bill_type, inpatient) VALUES
	('institutional', '0111', true), ('837I', '0111', true), ('UB-04', '111.0', true),
	('Institutional', ' 0111 ', true), ('inpatient', '0111', true), ('inpatient', NULL, true),
	('Hospital Inpatient', '', true),
	('institutional', '131', false), ('837I', NULL, false), ('professional', '0111', false),
	(NULL, '111', NULL), ('outpatient', NULL, false);
INSERT INTO patient_diagnosis_hcc (id, patient_id, icd10_code, diagnosis_date,
	claim_type, bill_type)
SELECT 'stay' || n, 'stay' || n, 'I21.4', '2024-05-01', claim_type, bill_type FROM stay;
SELECT is(e.inpatient, s.inpatient,
	format('claim type %L, bill type %L', s.claim_type, s.bill_type))
FROM stay s LEFT JOIN hcc_evidence('2024-01-01', '2024-12-31', NULL,
	NULL) e ON e.patient_id = 'stay' || n ORDER BY n;

SELECT * FROM finish();
ROLLBACK;
