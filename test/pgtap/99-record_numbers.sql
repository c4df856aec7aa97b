-- What a record is called, and what takes it back, as files have it: numbers with blanks
-- around them, chains that become known at once, frequencies that are words, and
-- transplants of another time. Of a woman of 75 in 2026:
-- V28 by the tables, C78.00 is HCC 18, C34.90 HCC 20, I50.9 HCC 226, E11.9 HCC 38.
BEGIN;
CREATE EXTENSION IF NOT EXISTS hccraf;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT plan(19);
CREATE SCHEMA number;
SELECT hccraf_setup('number', 'text', encounter_id_type => 'text') \g /dev/null
SET LOCAL search_path = number, public;
INSERT INTO patient_demographic (patient_id, payment_year, date_of_birth, sex)
SELECT p::text, 2026, '1950-06-01', 'F' FROM generate_series(1, 40) p;

-- a record: whose, its number, code, what it does, what it names, and when that was known
CREATE FUNCTION pg_temp.record(patient integer, number text, code text,
	action text DEFAULT 'add', names text DEFAULT NULL, known timestamptz DEFAULT '2025-07-01',
	submission text DEFAULT NULL, frequency text DEFAULT NULL)
	RETURNS void LANGUAGE sql AS $$
	INSERT INTO patient_diagnosis_hcc (patient_id, encounter_id, icd10_code, diagnosis_date,
		record_action, linked_encounter_id, known_at, submission, frequency_code)
	VALUES (patient::text, number, code, '2025-05-01', action, names, known, submission, frequency)
$$;
CREATE FUNCTION pg_temp.counted(patient integer) RETURNS text LANGUAGE sql AS $$
	SELECT string_agg(d.icd10_code, ' ' ORDER BY d.icd10_code)
	FROM diagnosis(2026, patients => ARRAY[patient::text]) d WHERE d.encounter_verdict = 'ok'
$$;

-- Blanks around a number: of ASCII, no-break, and a number of blanks alone is none
SELECT pg_temp.record(p, 'C1', 'C78.00') FROM generate_series(1, 7) p;
SELECT pg_temp.record(1, 'C1 ', 'C78.00', 'void', NULL, '2025-07-02');
SELECT pg_temp.record(2, 'X', 'C78.00', 'void', E'\tC1', '2025-07-02');
SELECT pg_temp.record(3, 'C1', 'C78.00', 'void', ' ', '2025-07-02');
SELECT pg_temp.record(4, U&'\00A0C1', 'C34.90', 'replace', NULL, '2025-07-02');
SELECT pg_temp.record(5, ' C1 ', 'c7800', 'delete', NULL, '2025-07-02');
SELECT pg_temp.record(6, 'X', 'C78.00', 'delete', 'C1' || U&'\FEFF', '2025-07-02');
SELECT pg_temp.record(7, '  ', 'C78.00', 'void', ' ', '2025-07-02');
SELECT is(pg_temp.counted(p), counted, 'blanks: ' || what) FROM (VALUES
	(1, NULL, 'after the number of a void'), (2, NULL, 'before what it names'),
	(3, NULL, 'in place of what it names'), (4, 'C34.90', 'that do not break'),
	(5, NULL, 'of a deletion by its own number'), (6, NULL, 'a mark of byte order'),
	(7, 'C78.00', 'alone name nothing')) v (p, counted, what);

-- Chains: the last counts, whether it became known with the others or later
SELECT pg_temp.record(p, 'A', 'C78.00') FROM unnest('{11,12,13}'::integer[]) p;
SELECT pg_temp.record(11, 'B', 'E11.9', 'replace', 'A', '2025-07-02'),
	pg_temp.record(11, 'C', 'I50.9', 'replace', 'B', '2025-07-02');
SELECT pg_temp.record(12, 'B', 'E11.9', 'replace', 'A', '2025-07-02'),
	pg_temp.record(12, 'C', 'I50.9', 'replace', 'B', '2025-07-03');
SELECT pg_temp.record(13, 'A', 'E11.9', 'replace', NULL, '2025-07-02'),
	pg_temp.record(13, 'A', 'I50.9', 'replace', NULL, '2025-07-02');
SELECT is(pg_temp.counted(11), 'I50.9', 'a chain known at once: the last counts');
SELECT is(pg_temp.counted(12), 'I50.9', 'as one known link by link');
SELECT is(pg_temp.counted(13), 'E11.9 I50.9', 'lines of one replacement, known at once, all do');

-- Frequencies: one letter or digit, else nobody knows what the record does
SELECT pg_temp.record(31, 'F' || f, 'I50.9', frequency => f)
FROM unnest(ARRAY['VOID', 'void', '8-VOID', 'replace', U&'\FF17', '18', '?']) f;
SELECT is(pg_temp.counted(31), NULL, 'words count for nothing');
SELECT is((SELECT count(*) FROM unusable_rows(2026) u
	WHERE u."column" = 'record_action' AND u.reason LIKE '%frequency_code%'), 7::bigint,
	'and are listed');
SELECT pg_temp.record(32, 'F' || f, 'I50.9', frequency => f)
FROM unnest(ARRAY['1', '01', '1.0', ' 1 ', 'A', '', ' ']) f;
SELECT is((SELECT count(*) FROM diagnosis(2026, patients => '{32}') d
	WHERE d.encounter_verdict = 'ok'), 7::bigint, 'one letter or digit, however written, does');

-- Transplants: what a row pays begins with its month, or with the year
INSERT INTO patient_demographic (patient_id, payment_year, payment_month, date_of_birth, sex,
	esrd, graft_date)
VALUES ('41', 2026, 0, '1950-06-01', 'F', 'graft', '2027-05-01'),
	('42', 2026, 1, '1950-06-01', 'F', 'graft', '2026-02-01'),
	('43', 2026, 1, '1950-06-01', 'F', 'transplant', '2026-01-31'),
	('44', 2026, 4, '1950-06-01', 'F', 'graft', '2026-01-31'),
	('45', 2026, 0, '1950-06-01', 'F', 'none', '2027-05-01'),
	('46', 2026, 12, '1950-06-01', 'F', 'graft', '2026-12-31'),
	('47', 2026, 12, '1950-06-01', 'F', 'graft', '2099-12-31');
SELECT set_eq($$ SELECT patient_id, "column" FROM unusable_rows(2026) WHERE "table" =
	'patient_demographic' $$, $$ VALUES ('41', 'graft_date'), ('42', 'graft_date'),
	('47', 'graft_date') $$, 'a transplant after what is paid is none');
SELECT is((SELECT who FROM person(2026, patients => ARRAY[p])), w, 'paid as ' || what)
FROM (VALUES ('43', beneficiary(75, 'F', esrd => 'transplant', graft_months => 1), 'month 1'),
	('44', beneficiary(75, 'F', esrd => 'graft', graft_months => 4), 'month 4'),
	('46', beneficiary(75, 'F', esrd => 'transplant', graft_months => 1), 'month 1 in December'),
	('45', beneficiary(75, 'F'), 'somebody without one')) v (p, w, what);
SELECT is((SELECT count(*) FROM person(2026, patients => '{41,42,47}') p
	WHERE p.who IS NOT NULL), 0::bigint, 'and is not paid');
SELECT * FROM finish();
ROLLBACK;
