-- From scores to transfers in the marketplace. Expected values are those of the
-- published formula, worked by hand, or of the formula written out here.
BEGIN;
CREATE EXTENSION IF NOT EXISTS hccraf;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT * FROM no_plan();

-- A plan in one line: id, metal, months, score, age rating factor, premium
CREATE FUNCTION pg_temp.a_plan(plan_id text, metal text, months numeric, plrs numeric, arf numeric,
	premium numeric,
	gcf numeric DEFAULT 1, state text DEFAULT 'XX', month date DEFAULT NULL, year int DEFAULT 2025)
	RETURNS plan_month LANGUAGE sql
	RETURN ROW(year, month, state, 'individual', NULL, plan_id, NULL, metal, months, plrs, arf, gcf,
		premium, NULL, NULL)::plan_month;

----------------------------------------------------------------------
-- Two plans by hand: premium 500, of which 430 count
----------------------------------------------------------------------
CREATE TEMP TABLE pair AS SELECT ARRAY[pg_temp.a_plan('A', 'Silver', 600, 1.20, 1.50, 500),
	pg_temp.a_plan('B', 'Bronze', 400, 0.90, 1.40, 500)] AS plans;
SELECT results_eq($$ SELECT plan_id, round(per_member_month, 6), transfer
	FROM pair, plan_transfer(plans) $$,
	$$ VALUES ('A', 10.287034, 6172.22), ('B', -15.430550, -6172.22) $$, 'two plans');
SELECT results_eq($$ SELECT risk_pool, plans_counted, billable_member_months, average_plrs,
	average_risk, average_cost, average_premium, adjusted_premium
	FROM pair, market_average(plans) $$,
	$$ VALUES
		('metal', 2::bigint, 1000::numeric, 1.08, 1.1016, 0.9849, 500::numeric, 430::numeric) $$,
	'their averages');
SELECT is((SELECT round(sum(billable_member_months * per_member_month), 9)
	FROM pair, plan_transfer(plans)), 0.000000000, 'they sum to zero');
-- 500 x 0.8 where a state has its own reduction
INSERT INTO market_parameter VALUES (2025, 2025, 0.20, 1000000, 0.60, 'high', 'a test');
SELECT is((SELECT round(sum(per_member_month) FILTER (WHERE plan_id = 'A'), 6)
	FROM pair, plan_transfer(plans)), round(10.287034 * 400 / 430, 6) ,
	'another administrative reduction, as a row');
DELETE FROM market_parameter WHERE custom;

-- A row with its own actuarial value and induced demand is what the metal would be.
SELECT results_eq($$ SELECT t.plan_id, t.transfer FROM pair, plan_transfer(ARRAY[
		ROW(2025, NULL, 'XX', 'individual', 'metal', 'A', '1', 'Gold', 600, 1.20, 1.50, 1, 500,
			0.70, 1.03)::plan_month, plans[2]]) t $$,
	$$ VALUES ('A', 6172.22), ('B', -6172.22) $$,
	'values of the row come before those of the metal');

----------------------------------------------------------------------
-- A thousand plans in many markets, against the formula written out
----------------------------------------------------------------------
SELECT setseed(0.14);
CREATE TEMP TABLE market AS
SELECT n, pg_temp.a_plan('P' || n,
	(ARRAY['Platinum', 'Gold', 'Silver', 'Bronze', 'Catastrophic'])[1 + n % 5],
	(random() * 5000)::int,
	round((0.3 + random() * 3)::numeric, 6) + 1.0 / 7, round((0.8 + random())::numeric, 3),
	round((300 + random() * 500)::numeric, 2),
	round((0.8 + random() * 0.5)::numeric, 4), 'S' || n % 3, make_date(2025, 1 + n % 4, 1),
	2024 + n % 2) AS plan
FROM generate_series(1, 1000) n;
CREATE TEMP TABLE written_out AS
SELECT n, (plan).plan_id, sum((plan).billable_member_months * (plan).average_premium)
	OVER pool / sum((plan).billable_member_months) OVER pool * 0.86
	* ((plan).plrs * idf * (plan).geographic_cost_factor
		/ (sum((plan).billable_member_months * (plan).plrs * idf * (plan).geographic_cost_factor)
			OVER pool / sum((plan).billable_member_months) OVER pool)
	- av * (plan).age_rating_factor * idf * (plan).geographic_cost_factor
		/ (sum((plan).billable_member_months * av * (plan).age_rating_factor * idf
			* (plan).geographic_cost_factor) OVER pool
			/ sum((plan).billable_member_months) OVER pool)) AS per_member_month
FROM market JOIN (VALUES ('Catastrophic', 0.57, 1.00), ('Bronze', 0.60, 1.00),
	('Silver', 0.70, 1.03), ('Gold', 0.80, 1.08), ('Platinum', 0.90, 1.15))
	v(metal, av, idf) ON v.metal = (plan).metal
WINDOW pool AS (PARTITION BY (plan).payment_year, (plan).month, (plan).state,
	(plan).metal = 'Catastrophic');
CREATE TEMP TABLE transferred AS SELECT *
FROM plan_transfer((SELECT array_agg(plan ORDER BY n) FROM market));
SELECT is((SELECT count(*) FROM transferred), 1000::bigint, 'a row for each plan');
SELECT is((SELECT count(DISTINCT (payment_year, month, state, risk_pool)) FROM transferred),
	24::bigint, '24 pools');
SELECT is_empty($$ SELECT w.plan_id FROM written_out w FULL JOIN transferred t USING (plan_id)
	WHERE (abs(w.per_member_month - t.per_member_month) < 1e-10) IS NOT TRUE $$,
	'each as by the formula');
SELECT is_empty($$ SELECT state FROM transferred GROUP BY payment_year, month, state, risk_pool
	HAVING abs(sum(billable_member_months * per_member_month)) > 1e-8 $$,
	'every pool sums to zero');
SELECT is_empty($$ SELECT state FROM transferred GROUP BY payment_year, month, state, risk_pool
	HAVING abs(sum(transfer)) > 0.005 * count(*) $$, 'in dollars, to half a cent a plan');
SELECT is_empty($$ SELECT plan_id FROM transferred WHERE transfer
	<> round(billable_member_months * per_member_month, 2) $$, 'dollars are rounded once');
SELECT is_empty($$ SELECT plan_id FROM transferred WHERE (risk_pool = 'catastrophic')
	<> (metal = 'Catastrophic') $$, 'catastrophic plans are a pool of their own');

-- What one plan gains the others of its pool pay, and nobody else.
CREATE TEMP TABLE what_if AS SELECT *
FROM plan_transfer_change((SELECT array_agg(plan ORDER BY n) FROM market),
	(SELECT array_agg(plan_month_change(plan, plrs => CASE
		WHEN (plan).plan_id = 'P7' THEN (plan).plrs + 0.25 END) ORDER BY n) FROM market));
SELECT ok((SELECT change > 0 FROM what_if WHERE plan_id = 'P7'), 'closed gaps raise a transfer');
SELECT ok((SELECT abs(sum(change)) <= 0.01 * count(*) FROM what_if), 'and the sum is zero again');
SELECT is((SELECT count(DISTINCT (payment_year, month, state, risk_pool)) FROM what_if
	WHERE change <> 0), 1::bigint, 'in its pool alone');
SELECT throws_ok($$ SELECT plan_transfer_change((SELECT array_agg(plan ORDER BY n)
	FROM market), (SELECT array_agg(plan ORDER BY n DESC) FROM market)) $$,
	'22023', 'before and after are not the same plans', 'plans in another order are refused');

-- No months: nothing to weigh by, which is not zero
SELECT results_eq($$ SELECT per_member_month, transfer
	FROM plan_transfer(ARRAY[pg_temp.a_plan('A', 'Silver', 0, 1, 1, 500)]) $$,
	$$ VALUES (NULL::numeric, NULL::numeric) $$, 'a pool without members has no transfer');
SELECT is_empty($$ SELECT plan_transfer('{}') $$, 'no plans: no rows');
SELECT is_empty($$ SELECT plan_transfer(NULL) $$, 'NULL: no rows');

SELECT throws_ok(c, state::char(5), NULL, m) FROM (VALUES
	($$ SELECT plan_transfer(ARRAY[pg_temp.a_plan('A', 'silver', 1, 1, 1, 1)]) $$, '22023',
		'an unknown metal'),
	($$ SELECT plan_transfer(ARRAY[pg_temp.a_plan('A', 'Silver', -1, 1, 1, 1)]) $$, '22023',
		'negative months'),
	($$ SELECT plan_transfer(ARRAY[pg_temp.a_plan('A', 'Silver', 1, NULL, 1, 1)]) $$,
		'22004', 'no score'),
	($$ SELECT plan_transfer(ARRAY[pg_temp.a_plan('A', 'Silver', 1, 'NaN', 1, 1)]) $$, '22023',
		'a score that is no number'),
	($$ SELECT plan_transfer(ARRAY[pg_temp.a_plan('A', 'Silver', 1, 1, 1, 1, NULL)]) $$, '22004',
		'no geographic cost factor'),
	($$ SELECT plan_transfer(ARRAY[NULL]::plan_month[]) $$, '22004', 'no plan at all'),
	($$ SELECT plan_transfer(ARRAY[pg_temp.a_plan('A', 'Silver', 1, 1, 1, 1, year => 2027)]) $$,
		'42704', 'a year without parameters'),
	($$ SELECT market_average(ARRAY[pg_temp.a_plan('A', 'Silver', 1, 1, 1, 1, year => 2017)]) $$,
		'42704', 'a year before them'),
	($$ SELECT high_cost_payment(1, NULL) $$, '22004', 'the high-cost pool of no year'),
	($$ SELECT age_rating_factor(-1) $$, '22023', 'a negative age')) v(c, state, m);

----------------------------------------------------------------------
-- Scores of a plan
----------------------------------------------------------------------
CREATE TEMP TABLE family (score numeric, months numeric, billable boolean);
INSERT INTO family VALUES (1.5, 12, true), (0.3, 12, true), (0.3, 6, true), (0.3, 12, true),
	(2.0, 12, false);
SELECT is((SELECT plan_liability_risk_score(score, months, billable) FROM family),
	(1.5 * 12 + 0.3 * 30 + 2.0 * 12) / 42, 'a fourth child''s score counts, its months do not');
SELECT is((SELECT plan_liability_risk_score(score, months, billable) FROM family
	WHERE NOT billable), NULL::numeric, 'nobody billable: no score');
SELECT is((SELECT plan_liability_risk_score(score, months, billable) FROM family WHERE false),
	NULL::numeric, 'nobody at all');
SELECT is((SELECT plan_liability_risk_score(NULLIF(score, 2.0), months, billable) FROM family),
	NULL::numeric, 'a score that is not known makes the plan''s unknown');
SELECT is((SELECT plan_liability_risk_score(score, months, NULLIF(billable, false)) FROM family),
	NULL::numeric, 'so does not knowing who is billable');

----------------------------------------------------------------------
-- Ages and high costs
----------------------------------------------------------------------
SELECT is((SELECT array_agg(age_rating_factor(a) ORDER BY a)
	FROM unnest('{0,14,15,20,21,24,25,40,63,64,65,99}'::int[]) a),
	'{0.765,0.765,0.833,0.970,1.000,1.000,1.004,1.278,2.952,3.000,3.000,3.000}'::numeric[],
	'the federal curve, which ends at 64');
INSERT INTO market_age_factor (state, age, factor) SELECT 'VT', a, 1 FROM generate_series(0, 64) a;
SELECT is((SELECT array_agg(age_rating_factor(a, ' vt') ORDER BY a)
	FROM unnest('{0,21,64,80}'::int[]) a), '{1,1,1,1}'::numeric[], 'a state with its own curve');
SELECT is(age_rating_factor(64, 'NH'), 3.000, 'a state without one');
SELECT is(age_rating_factor(NULL), NULL::numeric, 'no age');
SELECT results_eq($$ SELECT high_cost_payment(paid, 2025)
	FROM unnest('{1750000,1000000,1000001,0,NULL}'::numeric[]) paid $$,
	'{450000,0,0.60,0,NULL}'::numeric[], 'sixty per cent of what is above a million');

SELECT * FROM finish();
ROLLBACK;
