-- Contracts by month: each has the months and the scores of those months, as plain
-- arithmetic has them. Runs commit, so what this file makes it drops.
CREATE EXTENSION IF NOT EXISTS hccraf;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT no_plan();
CREATE SCHEMA contracts;
SELECT hccraf_setup('contracts', 'text') \g /dev/null
SET search_path = contracts, public;

-- All are women of 76 in 2026. V28: in the community 0.465 and HCC 38 0.166, in an institution
-- 0.965 and 0.280; normalized by 1.067, less 5.9 %.
CREATE TEMPORARY TABLE pays AS
SELECT lti, ill, round(round(raw / 1.067, 3) * 0.941, 3) AS score
FROM (VALUES (false, false, 0.465), (false, true, 0.465 + 0.166), (true, false, 0.965),
	(true, true, 0.965 + 0.280)) v (lti, ill, raw);
-- What is told of whom: from month to month (0: of the whole year), with how many months
CREATE TEMPORARY TABLE told (patient text, ill boolean, first integer, last integer,
	contract text, provider text, lti boolean, months integer);
INSERT INTO told VALUES
	('moves', true, 1, 6, 'H1', 'A', false, NULL), ('moves', true, 7, 12, 'H2', 'B', true, NULL),
	('stays', false, 0, 0, 'H1', 'A', false, NULL), ('five', true, 0, 0, 'H2', 'B', false, 5),
	('gap', false, 1, 3, 'H1', 'B', false, NULL), ('gap', false, 4, 5, NULL, NULL, false, NULL),
	('gap', false, 6, 9, 'H1', 'A', false, NULL), ('gap', false, 10, 12, 'H1', 'A', true, NULL),
	('none', true, 0, 0, NULL, 'A', false, NULL), ('short', true, 1, 2, 'H2', 'A', false, NULL),
	('returns', true, 1, 2, 'H2', 'B', true, NULL), ('returns', true, 3, 4, 'H1', 'A', false, NULL),
	('returns', true, 5, 11, 'H2', 'B', true, NULL);
INSERT INTO patient_demographic (patient_id, payment_year, payment_month, date_of_birth, sex,
	lti, contract_id, provider_npi, enrolled_months, known_at)
SELECT patient, 2026, m, '1950-01-01', 'F', lti, contract, provider, months, '2026-01-01'
FROM told, generate_series(first, last) m;
-- a correction: month 2 was in another contract
INSERT INTO patient_demographic (patient_id, payment_year, payment_month, date_of_birth, sex,
	contract_id, provider_npi, known_at)
VALUES ('short', 2026, 2, '1950-01-01', 'F', 'H1', 'A', '2026-02-01');
UPDATE told SET last = 1 WHERE patient = 'short';
INSERT INTO told VALUES ('short', true, 2, 2, 'H1', 'A', false, NULL);
INSERT INTO patient_diagnosis_hcc (id, patient_id, icd10_code, diagnosis_date, claim_type,
	bill_type, known_at)
SELECT DISTINCT patient, patient, 'E11.9', date '2025-05-05', 'institutional', '0111',
	timestamptz '2025-06-01' FROM told WHERE ill;

-- What each contract is paid for: months, and their scores added up
CREATE TEMPORARY VIEW paid AS
SELECT t.patient, COALESCE(t.contract, '') AS contract, t.provider, x.months,
	x.months * p.score AS score
FROM told t JOIN pays p USING (lti, ill)
	CROSS JOIN LATERAL (SELECT CASE WHEN first = 0 THEN COALESCE(t.months, 12)
		ELSE last - first + 1 END AS months) x;
CREATE FUNCTION pg_temp.value_of(contract text, run text DEFAULT NULL,
	seen timestamptz DEFAULT NULL)
	RETURNS TABLE (patients bigint, months bigint, score numeric, mean numeric) LANGUAGE sql AS $$
	SELECT sum(patients)::bigint, sum(member_months)::bigint, sum(score_months),
		round(sum(score_months) / sum(member_months), 3)
	FROM contracts.panel_value(2026, seen, contract, min_patients => 0, payment_run => run) $$;
CREATE FUNCTION pg_temp.expected(asked text) RETURNS TABLE (patients bigint, months bigint,
	score numeric, mean numeric) LANGUAGE sql AS $$
	SELECT count(DISTINCT patient), sum(months), sum(score), round(sum(score) / sum(months), 3)
	FROM pg_temp.paid WHERE asked IS NULL OR contract = asked $$;

CALL score_population(2026);
SELECT results_eq(format('SELECT * FROM pg_temp.value_of(%L)', c),
	format('SELECT * FROM pg_temp.expected(%L)', c), format('panel_value of %L', c))
FROM unnest('{H1,H2,"",NULL}'::text[]) c;
SELECT is((SELECT sum(v.score) FROM unnest('{H1,H2,""}'::text[]) c, pg_temp.value_of(c) v),
	(SELECT score FROM pg_temp.value_of(NULL)), 'contracts and months without one add up to all');
SELECT results_eq($$ SELECT provider_npi, member_months, score_months, member_month_payment
	FROM panel_value(2026, contract => 'H1', min_patients => 0) $$, $$
	SELECT a.provider, sum(p.months), sum(p.score), round(sum(p.score) / sum(p.months), 3)
	FROM paid p JOIN (VALUES ('moves', 'A'), ('stays', 'A'), ('gap', 'A'), ('short', 'A'),
		('returns', 'A')) a (patient, provider) USING (patient)
	WHERE p.contract = 'H1' GROUP BY a.provider ORDER BY 1 $$,
	'who has left is with the provider of then');
SELECT set_eq('SELECT patient_id, payment_month::integer, contract_id, weighted_score
		FROM patient_hcc_model_score',
	$$ SELECT t.patient, m, t.contract, p.score FROM told t JOIN pays p USING (lti, ill),
		generate_series(t.first, t.last) m $$, 'each month is stored under its contract');
SELECT is((SELECT count(*) FROM patient_hcc_score), (SELECT count(DISTINCT patient) FROM told),
	'one person is one row');

-- A month that moves to another contract is stored so by the next run
INSERT INTO patient_demographic (patient_id, payment_year, payment_month, date_of_birth, sex,
	contract_id, provider_npi)
VALUES ('short', 2026, 1, '1950-01-01', 'F', 'H1', 'A');
UPDATE told SET contract = 'H1' WHERE patient = 'short';
CALL score_population(2026);
SELECT is((SELECT string_agg(DISTINCT contract_id, ' ') FROM patient_hcc_model_score
	WHERE patient_id = 'short'), 'H1', 'a correction of the contract alone');
SELECT results_eq(format('SELECT * FROM pg_temp.value_of(%L, %L)', c, 'final'),
	format('SELECT * FROM pg_temp.expected(%L)', c), format('panel_value of %L, by name', c))
FROM unnest('{H1,H2,"",NULL}'::text[]) c;

-- The initial run is not in force and not stored by month: its window has the diagnoses, too
CALL score_population(2026, payment_run => 'initial', known_at => now());
SELECT results_eq(format('SELECT * FROM pg_temp.value_of(%L, %L)', c, 'initial'),
	format('SELECT * FROM pg_temp.expected(%L)', c), format('initial run of %L', c))
FROM unnest('{H1,H2,"",NULL}'::text[]) c;

-- As of a time when all were ill, later nobody is
SELECT clock_timestamp() AS before \gset
DELETE FROM patient_diagnosis_hcc;
CALL score_population(2026, expect_at_least => 0);
SELECT results_eq(format('SELECT * FROM pg_temp.value_of(%L, NULL, %L)', c, :'before'),
	format('SELECT * FROM pg_temp.expected(%L)', c), format('as of then, of %L', c))
FROM unnest('{H1,H2,"",NULL}'::text[]) c;
UPDATE told SET ill = false;
SELECT results_eq(format('SELECT * FROM pg_temp.value_of(%L)', c),
	format('SELECT * FROM pg_temp.expected(%L)', c), format('now, of %L', c))
FROM unnest('{H1,H2,"",NULL}'::text[]) c;

-- On dialysis since January, as is learned later: 0.617 / 1.062, less 5.9 %, by a model of its
-- own. A run that leaves who is absent alone takes the rows of the other model away all the same.
INSERT INTO patient_demographic (patient_id, payment_year, payment_month, date_of_birth, sex,
	contract_id, provider_npi, esrd)
SELECT 'gap', 2026, m, '1950-01-01', 'F', 'H1', 'B', 'dialysis' FROM generate_series(1, 3) m;
CALL score_population(2026, remove_absent => false);
SELECT is((SELECT score FROM pg_temp.value_of('H1')), (SELECT score FROM pg_temp.expected('H1'))
	+ 3 * (round(round(0.617 / 1.062, 3) * 0.941, 3) - (SELECT score FROM pays
		WHERE NOT lti AND NOT ill)), 'a month is paid by one model');
INSERT INTO patient_demographic (patient_id, payment_year, payment_month, date_of_birth, sex,
	contract_id, provider_npi)
SELECT 'gap', 2026, m, '1950-01-01', 'F', 'H1', 'B' FROM generate_series(1, 3) m;
CALL score_population(2026);

-- Other reports: somebody is in each contract of the months. Who has left one is still in what
-- it was paid for and has submitted, with the provider of then, and no longer in what is to do.
SELECT set_eq(format('SELECT patient_id FROM %s', report),
	$$ SELECT DISTINCT patient FROM told WHERE contract = 'H1' $$, report)
FROM unnest(ARRAY['member(2026, contract => ''H1'')', 'member_score(2026, contract => ''H1'')',
	'model_impact(2026, contract => ''H1'')', 'score_change(2026, contract => ''H1'')',
	-- no row of the year yet: as in the year before
	'member(2027, contract => ''H1'')']) report;
SELECT set_eq($$ SELECT patient_id, contract_id, provider_npi, excluded
	FROM member(2026, contract => 'H1') $$, $$ VALUES ('moves', 'H1', 'A', 'disenrolled'),
	('returns', 'H1', 'A', 'disenrolled'), ('stays', 'H1', 'A', NULL), ('gap', 'H1', 'A', NULL),
	('short', 'H1', 'A', NULL) $$, 'who has left is with the provider of then');
SELECT set_eq($$ SELECT patient_id FROM member(2026, contract => 'H2', provider => 'B') $$,
	'{moves,five,returns}'::text[], 'and so for providers');
SELECT set_eq(format('SELECT patient_id FROM awv_due(2025, as_of => %L, contract => %L)',
		timestamptz '2026-06-01', c), expected, format('who is due in %s', c))
FROM (VALUES ('H1', '{stays,gap,short}'::text[]), ('H2', '{five,moves,returns}')) v (c, expected);

-- Who submitted a diagnosis takes it back, and what is of no contract who has the patient
INSERT INTO patient_diagnosis_hcc (id, patient_id, icd10_code, diagnosis_date, contract_id,
	claim_type, bill_type, known_at)
SELECT code, 'moves', code, '2025-05-05', contract, 'institutional', '0111', '2025-06-01'
FROM (VALUES ('C34.90', 'H1'), ('C50.911', NULL)) v (code, contract);
SELECT set_eq(format('SELECT contract_id, hcc_code FROM %s(2025, contract => %L)', report, c),
	format('SELECT contract, hcc FROM (VALUES (%L, %L), (%L, %L)) v (contract, hcc) '
		'WHERE %L IS NULL OR contract = %5$L', 'H1', '20', 'H2', '23', c),
	format('%s of %L', report, c))
FROM unnest('{two_way,two_way_value}'::text[]) report, unnest('{H1,H2,H3,NULL}'::text[]) c;
CALL refresh_worklist(2025);
SELECT set_eq('SELECT contract_id, hcc_code FROM worklist(2025)',
	$$ VALUES ('H1', '20'), ('H2', '23') $$, 'so are the items');
SELECT * FROM finish();
DROP SCHEMA contracts CASCADE;
