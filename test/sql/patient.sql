-- Patient tables: made for the caller, read by raf_score(patient_id, payment_year)
SELECT raf_score('00000000-0000-0000-0000-000000000001'::uuid, 2026);
SELECT hccraf_setup('no such schema');
SELECT hccraf_setup();
SELECT hccraf_setup() AS again;
INSERT INTO patient_demographic (patient_id, payment_year, date_of_birth, sex) VALUES
	('00000000-0000-0000-0000-000000000001', 2026, '1954-01-01', 'F'),
	('00000000-0000-0000-0000-000000000002', 2026, '1958-06-01', 'M');
INSERT INTO patient_diagnosis_hcc (patient_id, icd10_code, diagnosis_date,
	is_valid_encounter) VALUES
	('00000000-0000-0000-0000-000000000001', 'E11.22', '2025-01-01', true),
	('00000000-0000-0000-0000-000000000001', 'I50.9', '2025-12-31', true),
	('00000000-0000-0000-0000-000000000001', 'N18.4', '2025-07-01', true),
	-- not of the year, not of a valid encounter
	('00000000-0000-0000-0000-000000000001', 'C78.00', '2024-12-31', true),
	('00000000-0000-0000-0000-000000000001', 'C78.00', '2026-01-01', true),
	('00000000-0000-0000-0000-000000000001', 'C78.00', '2025-05-05', false);
-- example E01; a man of 67 without diagnoses; somebody unknown
SELECT raf_score('00000000-0000-0000-0000-000000000001'::uuid, 2026) = 1.723 AS with_diagnoses,
	raf_score('00000000-0000-0000-0000-000000000002'::uuid, 2026) = 0.332 AS without,
	raf_score('00000000-0000-0000-0000-000000000003'::uuid, 2026) IS NULL AS unknown,
	raf_score('00000000-0000-0000-0000-000000000001'::uuid, 2025) IS NULL AS no_such_year;

-- a second panel, of a name that has to be quoted, is another population
CREATE SCHEMA "Second ""Clinic""";
SELECT hccraf_setup('Second "Clinic"');
SELECT raf_score('00000000-0000-0000-0000-000000000001'::uuid, 2026) = 1.723 AS named,
	"Second ""Clinic""".raf_score('00000000-0000-0000-0000-000000000001'::uuid,
		2026) IS NULL AS empty;
SET client_min_messages = warning;
DROP SCHEMA "Second ""Clinic""" CASCADE;
RESET client_min_messages;
SELECT raf_score('00000000-0000-0000-0000-000000000001'::uuid, 2026, 'V28') = 1.723 AS still_there;

-- whatever the search_path
SET search_path = pg_catalog;
SELECT public.raf_score('00000000-0000-0000-0000-000000000001'::uuid,
	2026) OPERATOR(pg_catalog.=) 1.723 AS by_name,
	public.raf_score(ARRAY['E119'],
		public.beneficiary(70, 'F')) OPERATOR(pg_catalog.=) 0.561 AS of_codes;
RESET search_path;

-- the tables are the caller's
DROP EXTENSION hccraf;
SELECT count(*) AS diagnoses FROM patient_diagnosis_hcc;
CREATE EXTENSION hccraf;
DO $$
DECLARE
	t text;
BEGIN
	FOR t IN SELECT relname FROM pg_class WHERE relkind = 'r'
		AND relnamespace = 'public'::regnamespace AND relname ~ '^(patient|hcc_run|payment_rate)'
			AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = pg_class.oid AND deptype = 'e') LOOP
		-- with its view of scores
		EXECUTE format('DROP TABLE %I CASCADE', t);
	END LOOP;
END
$$;

-- a schema of any name
DROP EXTENSION hccraf;
CREATE SCHEMA "Risk Adjustment";
CREATE EXTENSION hccraf SCHEMA "Risk Adjustment";
SELECT "Risk Adjustment".raf_score(ARRAY['E1122', 'I509', 'N184'],
	"Risk Adjustment".beneficiary(72, 'F')) = 1.723 AS there;
SELECT "Risk Adjustment".raf_payment(ARRAY['E1122', 'I509', 'N184'],
	"Risk Adjustment".beneficiary(72, 'F'), 2026) = 1.520 AS payment;
SELECT "Risk Adjustment".hccraf_setup();
SELECT "Risk Adjustment".raf_score('00000000-0000-0000-0000-000000000003'::uuid,
	2026) IS NULL AS nobody;
DROP EXTENSION hccraf;
SET client_min_messages = warning;
DROP SCHEMA "Risk Adjustment" CASCADE;
RESET client_min_messages;
CREATE EXTENSION hccraf;
