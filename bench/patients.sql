-- A panel as patient tables, with what the encounter filter reads: claims of
-- every kind of two years, a list of 7,000 made-up procedure codes, and
-- corrections. Indexes are made when the rows are there.
--   psql -v schema=S -v demographics=TABLE -v diagnoses=TABLE -v earlier=TABLE -f patients.sql
\set ON_ERROR_STOP on

CREATE SCHEMA :schema;
SELECT hccraf_setup(:'schema') \g /dev/null
INSERT INTO eligible_procedure (service_year, procedure_code, source)
SELECT year, to_char(n, 'FM00000'), 'made up'
FROM generate_series(10000, 16999) n, generate_series(2024, 2026) year
ON CONFLICT DO NOTHING;

-- What is dropped here is made again below, word for word.
CREATE TEMPORARY TABLE made_later AS
SELECT conrelid::regclass::text AS of, conname::text AS name,
	format('ALTER TABLE %s ADD %s', conrelid::regclass, pg_get_constraintdef(oid)) AS ddl
FROM pg_constraint WHERE contype = 'p'
	AND conrelid IN (format('%I.patient_demographic', :'schema')::regclass,
		format('%I.patient_diagnosis_hcc', :'schema')::regclass)
UNION ALL
SELECT NULL, indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index
WHERE NOT indisprimary
	AND indrelid IN (format('%I.patient_demographic', :'schema')::regclass,
		format('%I.patient_diagnosis_hcc', :'schema')::regclass);
SELECT CASE WHEN of IS NULL THEN format('DROP INDEX %s', name)
	ELSE format('ALTER TABLE %s DROP CONSTRAINT %I', of, name) END
FROM made_later \gexec

INSERT INTO :schema.patient_demographic (patient_id, payment_year, date_of_birth, sex, orec,
	dual_status, new_enrollee, snp, lti, plan_switcher, contract_id, provider_npi, known_at)
SELECT patient_id, 2026, make_date(2026 - age, 1, 15), sex, orec, dual_status,
	new_enrollee, snp, lti,
	n % 50 = 7, 'H' || 1000 + n % 5, to_char(1000000000 + n / 1000, 'FM0000000000'), '2025-11-01'
FROM :demographics;

-- The kinds of claims, a thousand: 70 % professional, of which one in eight is all
-- laboratory or supplies; 12 % outpatient, 4 % inpatient, 3 % of bill types that do
-- not count; 1 % chart reviews; the rest is known to be valid and no more.
CREATE TEMPORARY TABLE kind AS
SELECT kind,
	CASE WHEN kind < 700 THEN 'professional' WHEN kind < 890 THEN 'institutional' END AS claim_type,
	CASE WHEN kind < 700 THEN NULL WHEN kind < 820 THEN '131' WHEN kind < 860 THEN '111'
	WHEN kind < 890 THEN '211' END AS bill_type,
	CASE WHEN kind < 88 THEN ARRAY[(80000 + 7 * kind)::text]
		WHEN kind < 820 THEN ARRAY[(10000 + 8 * kind)::text,
			(80000 + 7 * kind)::text] END AS procedure_codes,
	CASE WHEN kind < 100 THEN NULL WHEN kind < 130 THEN '{95,NULL}'::text[]
	WHEN kind < 135 THEN '{93,NULL}' END AS modifiers,
	CASE WHEN kind >= 700 THEN NULL WHEN kind >= 100 AND kind < 135 THEN '10'
	ELSE '11' END AS place_of_service,
	CASE WHEN kind >= 995 THEN 'unlinked_chart_review' WHEN kind >= 990 THEN 'linked_chart_review'
	ELSE 'encounter' END AS record_source
FROM generate_series(0, 999) kind;
ANALYZE kind;

-- Rows are numbered as they lie in the panel.
SET synchronize_seqscans = off;
SET max_parallel_workers_per_gather = 0;
INSERT INTO :schema.patient_diagnosis_hcc (id, patient_id, encounter_id, icd10_code, diagnosis_date,
	claim_type, bill_type, procedure_codes, modifiers, place_of_service, record_source, known_at)
SELECT lpad(to_hex(row_number() OVER ()), 32, '0')::uuid, patient_id,
	lpad(to_hex(encounter), 32, '0')::uuid, icd10_code, diagnosis_date,
	claim_type, bill_type, procedure_codes, modifiers, place_of_service, record_source,
	diagnosis_date + interval '20 days'
FROM (SELECT *, uuid_hash_extended(patient_id, diagnosis_date - '2020-01-01') AS encounter
	FROM (TABLE :earlier UNION ALL TABLE :diagnoses) d) e
	JOIN kind k ON k.kind = abs(encounter % 1000);

-- One encounter in 500 is taken back, whole or code by code.
INSERT INTO :schema.patient_diagnosis_hcc (id, patient_id, linked_encounter_id, icd10_code,
	diagnosis_date, record_action, known_at)
SELECT md5(id::text)::uuid, patient_id, encounter_id, icd10_code, diagnosis_date,
	CASE WHEN uuid_hash(encounter_id) % 1000 = 0 THEN 'void' ELSE 'delete' END,
	known_at + interval '30 days'
FROM :schema.patient_diagnosis_hcc WHERE uuid_hash(encounter_id) % 500 = 0;
RESET synchronize_seqscans;
RESET max_parallel_workers_per_gather;

SET maintenance_work_mem = '1GB';
SELECT ddl FROM made_later ORDER BY name \gexec
RESET maintenance_work_mem;
VACUUM (ANALYZE) :schema.patient_demographic;
VACUUM (ANALYZE) :schema.patient_diagnosis_hcc;
DROP TABLE made_later, kind;
