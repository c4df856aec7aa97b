-- What annotate_diagnoses writes, batch by batch, is what explain_diagnosis says of each; into
-- tables whole and split, of any identifier, and through a view that takes it. It commits, so
-- this is no transaction.
CREATE EXTENSION IF NOT EXISTS hccraf;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT plan(18);

CREATE FUNCTION pg_temp.fill(panel text, id text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format($q$
		INSERT INTO %1$s.patient_demographic (patient_id, payment_year, date_of_birth, sex)
		SELECT %2$s, 2026, '1950-01-01', 'F' FROM generate_series(1, 5) p;
		INSERT INTO %1$s.patient_diagnosis_hcc (patient_id, icd10_code, diagnosis_date, claim_type,
			is_valid_encounter)
		SELECT %2$s, c, '2025-05-05', CASE WHEN c = 'J449' THEN 'pharmacy' END, c <> 'F32A'
		FROM generate_series(1, 6) p, unnest('{E11.22,E119,Z0000,J449,F32A}'::text[]) c;
		INSERT INTO %1$s.patient_diagnosis_hcc (patient_id, icd10_code, diagnosis_date)
		SELECT %2$s, 'E119', '2024-05-05' FROM generate_series(1, 2) p $q$, panel, id);
END $$;
-- differences between what is written and what is said
CREATE FUNCTION pg_temp.differences(panel text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
	n bigint;
BEGIN
	EXECUTE format($q$ SELECT count(*)
		FROM %1$s.patient_diagnosis_hcc d, %1$s.explain_diagnosis(d.id, 2026) e
		WHERE d.diagnosis_date >= '2025-01-01' AND (d.verdict, d.included_in_raf, d.hcc_code,
			d.coefficient, d.superseded_by_hcc)
			IS DISTINCT FROM (e.verdict, e.counts, e.hcc_code, e.coefficient,
				e.superseded_by_hcc) $q$, panel) INTO n;
	RETURN n;
END $$;
CREATE FUNCTION pg_temp.verdicts(panel text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	found text;
BEGIN
	EXECUTE format($q$ SELECT string_agg(concat_ws(' ', v, n, valid), ', ' ORDER BY v, n) FROM (
		SELECT verdict AS v, count(*) AS n, count(*) FILTER (WHERE is_valid_encounter) AS valid
		FROM %1$s.patient_diagnosis_hcc GROUP BY 1) x $q$, panel) INTO found;
	RETURN found;
END $$;

CREATE SCHEMA annotated;
CREATE SCHEMA "Split ""1";
SELECT ok(count(hccraf_setup(s, t, p)) = 1, 'a panel: ' || s)
FROM (VALUES ('annotated'::name, 'uuid'::regtype, false),
	('Split "1', 'bigint', true)) v (s, t, p) GROUP BY s;
SELECT pg_temp.fill('annotated', 'md5(p::text)::uuid'), pg_temp.fill('"Split ""1"', 'p');

CALL annotated.annotate_diagnoses(2026);
CALL "Split ""1".annotate_diagnoses(2026, batch_size => 2);
SELECT is(pg_temp.differences(s), 0::bigint, 'what is written is what is said: ' || s)
FROM unnest(ARRAY['annotated', '"Split ""1"']) s;
-- J449 is of a kind of record that never counts, F32A said not to; of the sixth nothing is known
SELECT is(pg_temp.verdicts(s), 'invalid_encounter 6 0, no_acceptable_hcpcs 6 0, no_demographic '
	'3 3, no_hcc 5 5, ok 5 5, superseded 5 5, 2 2', 'verdicts: ' || s)
FROM unnest(ARRAY['annotated', '"Split ""1"']) s;
CREATE TEMP TABLE written AS SELECT id, xmin::text AS by FROM annotated.patient_diagnosis_hcc;
CALL annotated.annotate_diagnoses(2026, batch_size => 1);
SELECT is_empty('SELECT id, xmin::text AS by FROM annotated.patient_diagnosis_hcc '
	'EXCEPT TABLE written', 'a second time changes no row');
SELECT is(e.verdict, 'dos_outside_year', 'another year')
FROM annotated.patient_diagnosis_hcc d, annotated.explain_diagnosis(d.id, 2026) e
WHERE d.diagnosis_date < '2025-01-01' LIMIT 1;

-- Views
CREATE SCHEMA through;
CREATE VIEW through.patient_diagnosis_hcc AS SELECT * FROM annotated.patient_diagnosis_hcc;
CREATE VIEW through.patient_demographic AS SELECT * FROM annotated.patient_demographic;
SELECT is(hccraf_setup('through'), 'through', 'a panel of views');
UPDATE annotated.patient_diagnosis_hcc SET verdict = NULL;
CALL through.annotate_diagnoses(2026);
SELECT is(pg_temp.differences('annotated'), 0::bigint, 'is written through');
CREATE SCHEMA closed;
CREATE VIEW closed.patient_diagnosis_hcc AS SELECT id, patient_id, encounter_id, icd10_code,
	diagnosis_date, provider_npi, contract_id, claim_type,
	bill_type, procedure_codes, modifiers, place_of_service, record_source, record_action,
	linked_encounter_id, submission,
	is_valid_encounter, known_at, upper(verdict) AS verdict FROM annotated.patient_diagnosis_hcc;
CREATE VIEW closed.patient_demographic AS SELECT * FROM annotated.patient_demographic;
SELECT is(hccraf_setup('closed'), 'closed', 'a panel of a view with fewer columns');
SELECT throws_ok('CALL closed.annotate_diagnoses(2026)', '55000',
	'closed.patient_diagnosis_hcc is a view through which these columns cannot be written: '
	|| '"verdict", "included_in_raf", "hcc_code", "hcc_description", "coefficient", '
	'"superseded_by_hcc"', 'is not written through');
SELECT is(count(e.verdict), 32::bigint, 'but explained')
FROM closed.patient_diagnosis_hcc d, closed.explain_diagnosis(d.id, 2026) e;

-- Arguments
SELECT throws_ok(format('CALL annotated.annotate_diagnoses(%s)', a), state, message, a)
FROM (VALUES ('2026, batch_size => 0', '22023', 'invalid value for argument "batch_size": 0'),
	('9999', '22023', 'invalid value for argument "payment_year": 9999'),
	('2026, model => ''XX''', '42704', 'model "XX" does not exist'),
	('2026, program => ''XX''', '42704', 'program "XX" does not exist')) v (a, state, message);
UPDATE annotated.patient_diagnosis_hcc SET diagnosis_date = '1850-01-01'
WHERE diagnosis_date < '2025-01-01';
SELECT throws_ok($$ SELECT annotated.explain_diagnosis(id) FROM annotated.patient_diagnosis_hcc
	WHERE diagnosis_date < '1900-01-01' $$,
	'22023', 'the service of this diagnosis is of a year that counts for no payment year',
	'a year that is none');

DROP SCHEMA annotated, "Split ""1", through, closed CASCADE;
SELECT * FROM finish();
