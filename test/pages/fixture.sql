-- Panels for the pages: one with everything, in it names that nobody should have; one with one
-- patient; one with nobody.
SET client_min_messages = warning;
CREATE EXTENSION hccraf;
CREATE SCHEMA whole;
CREATE SCHEMA one;
CREATE SCHEMA nobody;
SELECT hccraf_setup(panel) FROM unnest('{whole,one,nobody}'::name[]) panel;

-- Providers: the second to the ninth try what a page must not take at its word.
CREATE TABLE public.hostile AS
SELECT n, name FROM unnest(ARRAY['1000000001', '<script>alert(1)</script>',
	'"><img src=x onerror=alert(2)>', 'O''Neil & Sons "North" <b>', E'bell\x07 and escape\x1b[31m',
	U&'right\202Eto left', U&'\00DCnic\00F6de \2603 \+01F600',
	'</style></title><svg onload=alert(3)>',
	repeat('Wwwwwwwww', 9), '&lt;script&gt;', 'javascript:alert(4)', '1000000012'])
	WITH ORDINALITY AS p (name, n);

INSERT INTO whole.patient_demographic (patient_id, payment_year, date_of_birth, sex, contract_id,
	provider_npi, known_at)
SELECT ('00000000-0000-4000-8000-' || lpad(g.i::text, 12, '0'))::uuid, year,
	date '1940-01-15' + 97 * (g.i % 60), CASE g.i % 2 WHEN 0 THEN 'F' ELSE 'M' END,
	CASE g.i % 3 WHEN 0 THEN 'H"<i>1' ELSE 'H0001' END, h.name, '2024-08-01'
FROM generate_series(1, 400) g (i) CROSS JOIN generate_series(2025, 2027) year
	JOIN public.hostile h ON h.n = CASE WHEN g.i % 5 = 0 THEN 1 ELSE 1 + g.i % 12 END;

INSERT INTO whole.patient_diagnosis_hcc (patient_id, icd10_code, diagnosis_date, provider_npi,
	submission, is_valid_encounter, known_at)
SELECT ('00000000-0000-4000-8000-' || lpad(g.i::text, 12, '0'))::uuid, d.code,
	v.day, h.name,
	CASE WHEN year = 2026 AND g.i % 11 = 0 THEN 'submitted' WHEN year = 2026 AND g.i % 13 = 0
		THEN 'rejected' END, g.i % 29 > 0, v.day + 8
FROM generate_series(1, 400) g (i) CROSS JOIN generate_series(2024, 2026) year
	CROSS JOIN (VALUES (1, 'E11.22', 3), (2, 'N18.4', 5), (3, 'I50.32', 4), (4, 'J44.9', 3),
		(5, 'F33.1', 6), (6, 'I48.91', 5), (7, 'E66.01', 4), (8, 'C50.911', 21), (9, 'G20', 31),
		(10, 'F32.A', 7), (11, 'E11.9', 2), (12, 'I50.9', 9), (13, 'Z00.00', 2), (14, 'M06.9', 8),
		(15, 'L97.411', 17), (16, 'B20', 41), (17, 'K50.90', 23), (18, 'G35', 37), (19, 'E43', 43),
		(20, 'I21.4', 47)) d (k, code, every)
	JOIN public.hostile h ON h.n = 1 + (g.i + d.k) % 12
	CROSS JOIN LATERAL (SELECT make_date(year, 1 + (g.i * d.k) % 10, 1 + (g.i + d.k) % 28)) v (day)
WHERE g.i % d.every = 0 AND (year < 2026 OR (g.i + d.k) % 3 > 0);
CALL whole.score_population(2026, known_at => '2026-11-22');
CALL whole.score_population(2027, known_at => '2026-10-01');
CALL whole.score_population(2027);
CALL whole.refresh_gaps(2025, as_of => '2025-12-31');
CALL whole.refresh_gaps(2026, as_of => '2026-11-22');
CALL whole.refresh_worklist(2026, as_of => '2026-11-22');
SELECT whole.gap_event(patient_id, 2026, hcc_code, 'never_had', '<i>"no"</i> & never', 'Dr <b>')
FROM whole.recapture_gap(2026, statuses => '{open}') ORDER BY patient_id, hcc_code LIMIT 12;
SELECT whole.work_item_event(item_id, 'assigned', 'Manager', owner => '<script>alert(5)</script>')
FROM whole.patient_work_item WHERE kind = 'gap' AND state = 'new' ORDER BY item_id LIMIT 20;
CALL whole.refresh_gaps(2026);
INSERT INTO whole.payment_rate (contract_id, payment_year, rate, source)
VALUES ('H0001', 2027, 1012.34, 'contract');

INSERT INTO one.patient_demographic (patient_id, payment_year, date_of_birth, sex, known_at)
VALUES ('00000000-0000-4000-8000-000000000001', 2027, '1950-06-01', 'F', '2024-08-01');
INSERT INTO one.patient_diagnosis_hcc (patient_id, icd10_code, diagnosis_date, known_at)
VALUES ('00000000-0000-4000-8000-000000000001', 'E11.9', '2026-03-01', '2026-03-01');
CALL one.score_population(2027);
CALL one.refresh_gaps(2026);

-- A clinician sees the columns without values, and whether they were computed.
CREATE ROLE pages_clinician;
GRANT USAGE ON SCHEMA whole TO pages_clinician;
GRANT SELECT ON whole.hcc_gap_run TO pages_clinician;
GRANT SELECT (patient_id, contract_id, model_version, collection_year, payment_year, hcc_code,
	label, gap_source, status, closure, by_hcc, superseded_by, source_year, icd10_codes,
	recapture_class, excluded, reason, base_date, base_record_id, base_npi, evidence_date,
	evidence_record_id, evidence_npi, provider_npi, plan_id, status_since, seen_since)
	ON whole.patient_hcc_gap TO pages_clinician;
CREATE ROLE pages_stranger;
GRANT USAGE ON SCHEMA whole TO pages_stranger;
