-- What the page of a panel counts, by hand: patients of several contracts and providers, shares
-- of the patients, and what rates and deadlines ask of gaps.
BEGIN;
CREATE EXTENSION IF NOT EXISTS hccraf;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT * FROM no_plan();
CREATE SCHEMA paged;
SELECT hccraf_setup('paged', 'text') \g /dev/null

-- a and b are in two contracts, and a's gaps say different months of one, whose joint value is
-- one all the same; whose gaps are closed, refuted, out of scope or below others has
-- no open one
INSERT INTO paged.patient_hcc_gap (patient_id, contract_id, model_version, collection_year,
	payment_year, hcc_code, gap_source, label, status, recapture_class, provider_npi, excluded,
	superseded_by, evidence_date, enrolled_months, value_payment, joint_payment, status_since)
SELECT p, c, m, y, y + 1, h, s, 'label of ' || h, t, 'chronic', n, x, u::text[], e::date, w, v, j,
	now()
FROM (VALUES
	('a', 'X', 'V28', 2025, '37', 'historic', 'open', '1', NULL, NULL, NULL, NULL, 0.166, 0.3),
	('a', 'X', 'V28', 2025, '226', 'historic', 'open', '1', NULL, NULL, NULL, 6, 0.134, 0.3),
	('a', 'Y', 'V28', 2025, '37', 'historic', 'open', '1', NULL, NULL, NULL, 12, 0.15, 0.15),
	('b', 'X', 'V28', 2025, '238', 'historic', 'downgraded', '2', NULL, NULL, '2025-03-31', NULL,
		0.299, 0.299),
	('b', 'Y', 'V28', 2025, '238', 'historic', 'open', '1', NULL, NULL, NULL, 6, 0.1, 0.1),
	('c', '', 'V28', 2025, '1', 'historic', 'documented_not_eligible', NULL, NULL, NULL,
		'2025-02-01', NULL, NULL, NULL),
	('d', 'X', 'V28', 2025, '1', 'historic', 'open', '1', 'deceased', NULL, NULL, 12, 9, 9),
	('e', 'X', 'V28', 2025, '38', 'historic', 'open', '1', NULL, '{37}', NULL, 12, 9, 9),
	('f', 'X', 'V28', 2025, '37', 'historic', 'closed', '1', NULL, NULL, '2025-01-31', 12, 9, 9),
	('g', 'X', 'V28', 2025, '37', 'historic', 'pending', '1', NULL, NULL, '2025-04-01', 12, 9, 9),
	('h', 'X', 'V28', 2025, '37', 'historic', 'invalid', '1', NULL, NULL, NULL, 12, 9, 9),
	('i', 'X', 'V28', 2025, '37', 'net_new', 'net_new', '1', NULL, NULL, '2025-01-01', 12, 9, 9),
	('j', 'X', 'V28', 2025, '37', 'historic', 'open', '1', 'acute', NULL, NULL, 12, 9, 9),
	('k', 'X', 'V28', 2025, '37', 'suspected', 'open', '3', NULL, NULL, NULL, 12, NULL, NULL),
	('a', 'X', 'V28', 2024, '37', 'historic', 'closed', '1', NULL, NULL, '2024-06-01', 12, 9, 9),
	('a', 'X', 'V28', 2023, '37', 'historic', 'open', '1', NULL, NULL, NULL, 12, 9, 9),
	('a', 'X', 'V24', 2025, '18', 'historic', 'open', '1', NULL, NULL, NULL, 12, 9, 9))
	r (p, c, m, y, h, s, t, n, x, u, e, w, v, j);
-- a year of X is 13 times 1,000; six months of Y are 3,000, a year 6,000
INSERT INTO paged.payment_rate (contract_id, payment_year, payment_month, rate, source)
VALUES ('X', 2026, 0, 1000, 'a'), ('X', 2026, 1, 2000, 'b'), ('Y', 2026, 0, 500, 'a'),
	('X', 2025, 0, 7, 'a');
ANALYZE paged.patient_hcc_gap;

-- Each with so many workers, and as many shares of the patients
CREATE FUNCTION pg_temp.counted(workers integer) RETURNS SETOF text
LANGUAGE plpgsql
SET parallel_setup_cost = 0
SET min_parallel_table_scan_size = 0
AS $$
BEGIN
	PERFORM set_config('max_parallel_workers_per_gather', workers::text, true);
	RETURN NEXT bag_eq($q$ SELECT * FROM paged.hcc_page_gap_providers(2026, NULL, 'V28', NULL) $q$,
		$q$ VALUES (false, '1', 2::numeric, 4::numeric, 0.55, 5100.00, 0::numeric),
			(false, '2', 1, 1, 0.299, 3887.00, 0), (false, '3', 1, 1, NULL, NULL, 1),
			(false, NULL, 1, 1, NULL, NULL, 1), (true, NULL, 4, 7, 0.849, 8987.00, 2) $q$,
		format('by provider and in all, with %s workers', workers));
	RETURN NEXT bag_eq($q$ SELECT * FROM paged.hcc_page_gap_providers(2026, NULL, 'V28', 'Y') $q$,
		$q$ VALUES (false, '1', 2::numeric, 2::numeric, 0.25, 1200.00, 0::numeric),
			(true, NULL, 2, 2, 0.25, 1200.00, 0) $q$,
		format('of one contract, with %s workers', workers));
	RETURN NEXT is_empty($q$ SELECT FROM paged.hcc_page_gap_providers(2026, NULL, 'V28', 'Z') $q$,
		format('of one that is none, with %s workers', workers));
	RETURN NEXT bag_eq($q$ SELECT * FROM paged.hcc_page_gap_hccs(2026, NULL, 'V28', NULL) $q$,
		$q$ VALUES ('37', 'label of 37', 3::bigint, 0.316), ('226', 'label of 226', 1, 0.134),
			('238', 'label of 238', 2, 0.399), ('1', 'label of 1', 1, NULL) $q$,
		format('by HCC, with %s workers', workers));
	RETURN NEXT bag_eq($q$ SELECT * FROM paged.hcc_gap_counts('{2025,2024}', NULL, 'V28',
			'enrolled_now', NULL, NULL, NULL) $q$,
		$q$ VALUES (2025, 2026, 'open', NULL::date, true, true, 4::bigint),
			(2025, 2026, 'open', NULL, false, true, 1), (2025, 2026, 'open', NULL, false, false, 2),
			(2025, 2026, 'downgraded', '2025-03-31', true, true, 1),
			(2025, 2026, 'documented_not_eligible', '2025-02-01', true, true, 1),
			(2025, 2026, 'closed', '2025-01-31', true, true, 1),
			(2025, 2026, 'pending', '2025-04-01', true, true, 1),
			(2024, 2025, 'closed', '2024-06-01', true, true, 1) $q$,
		format('by what rates and deadlines ask, with %s workers', workers));
END
$$;
SELECT pg_temp.counted(n) FROM unnest('{0,1,2,4,8}'::integer[]) n;
-- they are of as many shares: of one worker everybody's
SELECT isnt(hcc_in_share('a'::text, 0, 2), hcc_in_share('a'::text, 1, 2),
	'somebody is in one of two shares');

SELECT bag_eq($$ SELECT status, evidence_date, in_rate, in_scope, gaps
	FROM paged.hcc_gap_counts('{2025}', NULL, 'V28', 'as_experienced', NULL, NULL, NULL)
	WHERE status = 'open' $$,
	$$ VALUES ('open', NULL::date, true, true, 4::bigint), ('open', NULL, false, true, 1),
		('open', NULL, true, false, 1), ('open', NULL, false, false, 1) $$,
	'of those who left, gaps are in a rate as it was experienced');
SELECT bag_eq($$ SELECT collection_year, sum(gaps) FROM paged.hcc_gap_counts(NULL, 2025, 'V28',
		'enrolled_now', NULL, NULL, NULL) GROUP BY collection_year $$,
	$$ VALUES (2024, 1::numeric) $$, 'of a payment year');
SELECT bag_eq($$ SELECT status, gaps FROM paged.hcc_gap_counts('{2025}', 2024, 'V28',
		'enrolled_now', NULL, 'X', '2') $$,
	$$ VALUES ('downgraded', 1::bigint) $$, 'of a contract and a provider');
SELECT bag_eq($$ SELECT collection_year, status, gaps FROM paged.hcc_gap_counts('{2025}', 2024,
		'V24', 'enrolled_now', NULL, NULL, NULL) $$,
	$$ VALUES (2025, 'open', 1::bigint) $$, 'of another model');

CREATE TEMPORARY TABLE counted AS
SELECT ARRAY(SELECT c FROM paged.hcc_gap_counts('{2025,2024}', 2026, 'V28', 'enrolled_now', NULL,
	NULL, NULL) c) AS counts;
SELECT results_eq($$ SELECT m.* FROM counted CROSS JOIN LATERAL
		hcc_gap_months(counts, 2025, '2025-04-15') m $$,
	$$ VALUES ('2025-01', 1::bigint, 0::bigint, 8::bigint, 0.1250, 0.1250),
		('2025-02', 1, 0, 8, 0.1250, 0.1250), ('2025-03', 1, 1, 8, 0.1250, 0.2500),
		('2025-04', 1, 1, 8, 0.1250, 0.2500) $$, 'the rate of each month is of all gaps');
SELECT is_empty($$ SELECT FROM counted CROSS JOIN LATERAL
	hcc_gap_months(counts, 2025, '2024-12-31') $$, 'of a year to come there is no month');
-- the initial run is of services to the end of June 2025, due on 5 September
SELECT results_eq(format($$ SELECT d.run, d.open_gaps, d.evidence_in_hand FROM counted
		CROSS JOIN LATERAL hcc_gap_deadlines(counts, 2026, %L) d $$, today),
	format($$ VALUES ('initial', %s::bigint, 2::bigint), ('midyear', 8, 2), ('final', 8, 2) $$,
		initial), 'what each run can still get on ' || today)
FROM (VALUES ('2025-06-30', 8), ('2025-07-01', 2), ('2025-09-05', 2), ('2025-09-06', 0))
	v (today, initial);
SELECT is(sum(d.open_gaps + d.evidence_in_hand), 0::numeric, 'nothing was counted: nothing to get')
FROM hcc_gap_deadlines('{}', 2026, '2025-06-30') d;
SELECT is(d.days_left, NULL, 'to a day without an end there are no days')
FROM hcc_gap_deadlines('{}', 2026, 'infinity') d LIMIT 1;

SELECT * FROM finish();
ROLLBACK;
