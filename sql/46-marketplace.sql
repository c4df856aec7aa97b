----------------------------------------------------------------------
-- The marketplace from scores to transfers: what a plan's enrollees are
-- worth, what the market's are on average, and who pays whom. Plain numeric
-- arithmetic: nothing is rounded but the sum in dollars of a plan.
----------------------------------------------------------------------
CREATE FUNCTION @extschema@.hcc_liability_step(state numeric[], score numeric,
	member_months numeric, billable boolean)
	RETURNS numeric[]
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN ARRAY[state[1] + score * member_months,
		state[2] + CASE WHEN billable THEN member_months WHEN NOT billable THEN 0 END];
COMMENT ON FUNCTION @extschema@.hcc_liability_step(numeric[], numeric, numeric, boolean) IS
	'Support of the aggregate plan_liability_risk_score.';
CREATE FUNCTION @extschema@.hcc_liability_final(state numeric[]) RETURNS numeric
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
	RETURN state[1] / NULLIF(state[2], 0);
COMMENT ON FUNCTION @extschema@.hcc_liability_final(numeric[]) IS
	'Support of the aggregate plan_liability_risk_score.';
-- A score that is not known makes the plan's unknown, not smaller.
CREATE AGGREGATE @extschema@.plan_liability_risk_score(score numeric, member_months numeric,
	billable boolean) (
	SFUNC = @extschema@.hcc_liability_step, STYPE = numeric[], INITCOND = '{0,0}',
	FINALFUNC = @extschema@.hcc_liability_final,
	COMBINEFUNC = @extschema@.raf_member_months_combine, PARALLEL = SAFE);
COMMENT ON AGGREGATE @extschema@.plan_liability_risk_score(numeric, numeric, boolean) IS
	'Scores of all enrollees by member months, over the member months that are billable.';

CREATE FUNCTION @extschema@.hcc_market_parameter(payment_year integer)
	RETURNS @extschema@.market_parameter
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	found_row @extschema@.market_parameter;
BEGIN
	SELECT * INTO found_row FROM @extschema@.market_parameter p
	WHERE hcc_market_parameter.payment_year BETWEEN p.first_payment_year AND p.last_payment_year
	ORDER BY p.custom DESC, p.first_payment_year DESC LIMIT 1;
	IF NOT FOUND THEN
		PERFORM @extschema@.hcc_raise(CASE WHEN payment_year IS NULL THEN '22004' ELSE '42704' END,
			CASE WHEN payment_year IS NULL THEN 'payment_year must not be NULL'
				ELSE format('market_parameter has no row for benefit year %s', payment_year) END,
			NULL::text, 'Add a row with the figures of HHS''s notice for the year.'::text);
	END IF;
	RETURN found_row;
END
$$;
COMMENT ON FUNCTION @extschema@.hcc_market_parameter(integer) IS
	'Support of transfers: the row of market_parameter of a year, or an error.';

CREATE FUNCTION @extschema@.age_rating_factor(age integer, state text DEFAULT NULL)
	RETURNS numeric
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 200
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	curve text := COALESCE((SELECT f.state FROM @extschema@.market_age_factor f
		WHERE f.state = upper(trim(age_rating_factor.state)) LIMIT 1), 'US');
	found_factor numeric;
BEGIN
	IF age IS NULL THEN
		RETURN NULL;
	END IF;
	SELECT f.factor INTO found_factor FROM @extschema@.market_age_factor f
	WHERE f.state = curve AND f.age = LEAST(age_rating_factor.age,
		(SELECT max(l.age) FROM @extschema@.market_age_factor l WHERE l.state = curve))
	ORDER BY f.custom DESC LIMIT 1;
	IF NOT FOUND THEN
		PERFORM @extschema@.hcc_raise('22023'::text,
			format('market_age_factor has no row for age %s in state %s', age, curve), NULL::text,
			'Ages are completed years from 0; a state''s curve needs a row for each.'::text);
	END IF;
	RETURN found_factor;
END
$$;
COMMENT ON FUNCTION @extschema@.age_rating_factor(integer, text) IS
	'Age rating factor of a billable member, of the state''s own curve or the federal default.';

CREATE FUNCTION @extschema@.high_cost_payment(paid_claims numeric, payment_year integer)
	RETURNS numeric
	LANGUAGE sql STABLE PARALLEL SAFE COST 200
BEGIN ATOMIC
	SELECT CASE WHEN high_cost_payment.paid_claims IS NOT NULL
		THEN p.high_cost_coinsurance * GREATEST(0,
			high_cost_payment.paid_claims - p.high_cost_threshold) END
	FROM @extschema@.hcc_market_parameter(high_cost_payment.payment_year) p;
END;
COMMENT ON FUNCTION @extschema@.high_cost_payment(numeric, integer) IS
	'What the high-cost risk pool pays for an enrollee''s paid claims of a benefit year.';

-- A plan of a market, in a month or in the whole year
CREATE TYPE @extschema@.plan_month AS (
	payment_year integer,
	month date,
	state text,
	market text,
	risk_pool text,
	plan_id text,
	rating_area text,
	metal text,
	billable_member_months numeric,
	plrs numeric,
	age_rating_factor numeric,
	geographic_cost_factor numeric,
	average_premium numeric,
	actuarial_value numeric,
	induced_demand_factor numeric
);
COMMENT ON TYPE @extschema@.plan_month IS
	'A plan with what the marketplace''s transfer asks about it, by month or for a benefit year.';

CREATE FUNCTION @extschema@.plan_month_change(plan @extschema@.plan_month,
	plrs numeric DEFAULT NULL, billable_member_months numeric DEFAULT NULL,
	age_rating_factor numeric DEFAULT NULL, geographic_cost_factor numeric DEFAULT NULL,
	average_premium numeric DEFAULT NULL)
	RETURNS @extschema@.plan_month
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT ROW(($1).payment_year, ($1).month, ($1).state, ($1).market, ($1).risk_pool,
		($1).plan_id, ($1).rating_area, ($1).metal,
		COALESCE($3, ($1).billable_member_months), COALESCE($2, ($1).plrs),
		COALESCE($4, ($1).age_rating_factor), COALESCE($5, ($1).geographic_cost_factor),
		COALESCE($6, ($1).average_premium), ($1).actuarial_value,
		($1).induced_demand_factor)::@extschema@.plan_month;
END;
COMMENT ON FUNCTION @extschema@.plan_month_change(@extschema@.plan_month, numeric, numeric, numeric,
	numeric, numeric) IS
	'The same plan with other values, as for a what-if; NULL keeps a value.';

-- What is missing or cannot be in the rows of plans, the first of it
CREATE FUNCTION @extschema@.hcc_check_plans(plans @extschema@.plan_month[]) RETURNS void
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	wrong record;
BEGIN
	SELECT p.place, c.field, c.value INTO wrong
	FROM unnest(plans) WITH ORDINALITY p(payment_year, month, state, market, risk_pool, plan_id,
			rating_area, metal, billable_member_months, plrs, age_rating_factor,
			geographic_cost_factor, average_premium, actuarial_value, induced_demand_factor,
			place)
		CROSS JOIN LATERAL (VALUES
			('payment_year', p.payment_year::text, p.payment_year IS NOT NULL),
			('state', p.state, p.state <> ''),
			('market', p.market, p.market <> ''),
			('plan_id', p.plan_id, p.plan_id <> ''),
			('metal', p.metal, EXISTS (SELECT FROM @extschema@.market_metal m
				WHERE m.metal = p.metal)),
			('billable_member_months', p.billable_member_months::text,
				p.billable_member_months >= 0),
			('plrs', p.plrs::text, p.plrs > 0),
			('age_rating_factor', p.age_rating_factor::text, p.age_rating_factor > 0),
			('geographic_cost_factor', p.geographic_cost_factor::text,
				p.geographic_cost_factor > 0),
			('average_premium', p.average_premium::text, p.average_premium >= 0),
			('actuarial_value', p.actuarial_value::text,
				COALESCE(p.actuarial_value > 0, true)),
			('induced_demand_factor', p.induced_demand_factor::text,
				COALESCE(p.induced_demand_factor > 0, true)))
			c(field, value, holds)
	WHERE c.holds IS NOT TRUE OR c.value IN ('NaN', 'Infinity')
	ORDER BY p.place LIMIT 1;
	IF FOUND THEN
		PERFORM @extschema@.hcc_raise(CASE WHEN wrong.value IS NULL THEN '22004' ELSE '22023' END,
			format('invalid %s of a plan: %s', wrong.field,
				COALESCE(wrong.value, 'NULL')), format('It is row %s of the plans.', wrong.place),
			CASE WHEN wrong.field = 'metal' THEN format('Metals are %s.',
					(SELECT string_agg(DISTINCT m.metal, ', ') FROM @extschema@.market_metal m))
				ELSE 'Factors and scores are above 0, member months and premiums 0 or more.' END);
	END IF;
END
$$;
COMMENT ON FUNCTION @extschema@.hcc_check_plans(@extschema@.plan_month[]) IS
	'Support of transfers: an error at the first plan with a value that cannot be.';

-- Weighted sums are kept undivided, so that a pool's transfers sum to zero as
-- exactly as one division each allows.
CREATE FUNCTION @extschema@.hcc_plan_term(plans @extschema@.plan_month[])
	RETURNS TABLE (place bigint, payment_year integer, month date, state text, market text,
		risk_pool text, plan_id text, rating_area text, metal text, months numeric,
		score_sum numeric, risk_term numeric, cost_term numeric, premium numeric,
		pool_months numeric, pool_score numeric, pool_risk numeric, pool_cost numeric,
		pool_premium numeric)
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	PERFORM @extschema@.hcc_check_plans(plans);
	RETURN QUERY
	WITH metal_value AS (
		SELECT DISTINCT ON (m.metal) m.* FROM @extschema@.market_metal m
		ORDER BY m.metal, m.custom DESC
	), term AS (
		SELECT p.place, p.payment_year, p.month, p.state, p.market,
			COALESCE(p.risk_pool, m.risk_pool) AS risk_pool, p.plan_id, p.rating_area, p.metal,
			p.billable_member_months AS months, p.plrs AS score,
			p.plrs * f.idf * p.geographic_cost_factor AS risk,
			COALESCE(p.actuarial_value, m.actuarial_value) * p.age_rating_factor * f.idf
				* p.geographic_cost_factor AS cost,
			p.average_premium AS premium
		FROM unnest(plans) WITH ORDINALITY p(payment_year, month, state, market, risk_pool,
				plan_id, rating_area, metal, billable_member_months, plrs, age_rating_factor,
				geographic_cost_factor, average_premium, actuarial_value,
				induced_demand_factor, place)
			JOIN metal_value m ON m.metal = p.metal
			CROSS JOIN LATERAL (SELECT COALESCE(p.induced_demand_factor,
				m.induced_demand_factor) AS idf) f
	)
	SELECT t.place, t.payment_year, t.month, t.state, t.market, t.risk_pool, t.plan_id,
		t.rating_area, t.metal, t.months, t.score, t.risk, t.cost, t.premium,
		sum(t.months) OVER pool, sum(t.months * t.score) OVER pool,
		sum(t.months * t.risk) OVER pool, sum(t.months * t.cost) OVER pool,
		sum(t.months * t.premium) OVER pool
	FROM term t
	WINDOW pool AS (PARTITION BY t.payment_year, t.month, t.state, t.market, t.risk_pool);
END
$$;
COMMENT ON FUNCTION @extschema@.hcc_plan_term(@extschema@.plan_month[]) IS
	'Support of transfers: the terms of each plan and their sums over its pool.';

CREATE FUNCTION @extschema@.market_average(plans @extschema@.plan_month[])
	RETURNS TABLE (payment_year integer, month date, state text, market text, risk_pool text,
		plans_counted bigint, billable_member_months numeric, average_plrs numeric,
		average_risk numeric, average_cost numeric, average_premium numeric,
		adjusted_premium numeric)
LANGUAGE sql STABLE PARALLEL SAFE COST 10000 ROWS 10
BEGIN ATOMIC
	SELECT t.payment_year, t.month, t.state, t.market, t.risk_pool, count(*),
		t.pool_months, t.pool_score / NULLIF(t.pool_months, 0),
		t.pool_risk / NULLIF(t.pool_months, 0), t.pool_cost / NULLIF(t.pool_months, 0),
		t.pool_premium / NULLIF(t.pool_months, 0),
		(1 - a.administrative_reduction) * t.pool_premium / NULLIF(t.pool_months, 0)
	FROM @extschema@.hcc_plan_term(market_average.plans) t
		CROSS JOIN LATERAL @extschema@.hcc_market_parameter(t.payment_year) a
	GROUP BY t.payment_year, t.month, t.state, t.market, t.risk_pool, t.pool_months,
		t.pool_score, t.pool_risk, t.pool_cost, t.pool_premium, a.administrative_reduction;
END;
COMMENT ON FUNCTION @extschema@.market_average(@extschema@.plan_month[]) IS
	'Averages of a state, market and risk pool, weighted by billable member months.';

CREATE FUNCTION @extschema@.plan_transfer(plans @extschema@.plan_month[])
	RETURNS TABLE (payment_year integer, month date, state text, market text, risk_pool text,
		plan_id text, rating_area text, metal text, billable_member_months numeric,
		risk_ratio numeric, cost_ratio numeric, per_member_month numeric, transfer numeric)
LANGUAGE sql STABLE PARALLEL SAFE COST 10000 ROWS 100
BEGIN ATOMIC
	SELECT t.payment_year, t.month, t.state, t.market, t.risk_pool, t.plan_id, t.rating_area,
		t.metal, t.months,
		t.risk_term * t.pool_months / NULLIF(t.pool_risk, 0),
		t.cost_term * t.pool_months / NULLIF(t.pool_cost, 0),
		x.dividend / NULLIF(x.divisor, 0),
		round(t.months * x.dividend / NULLIF(x.divisor, 0), 2)
	FROM @extschema@.hcc_plan_term(plan_transfer.plans) t
		CROSS JOIN LATERAL @extschema@.hcc_market_parameter(t.payment_year) a
		-- premium x (risk / average risk - cost / average cost), as one fraction
		CROSS JOIN LATERAL (SELECT (1 - a.administrative_reduction) * t.pool_premium
			* (t.risk_term * t.pool_cost - t.cost_term * t.pool_risk) AS dividend,
			t.pool_risk * t.pool_cost AS divisor) x
	ORDER BY t.place;
END;
COMMENT ON FUNCTION @extschema@.plan_transfer(@extschema@.plan_month[]) IS
	'What the marketplace''s risk adjustment pays each plan, or takes from it if below zero.';

CREATE FUNCTION @extschema@.plan_transfer_change(before @extschema@.plan_month[],
	after @extschema@.plan_month[])
	RETURNS TABLE (payment_year integer, month date, state text, market text, risk_pool text,
		plan_id text, rating_area text, transfer_before numeric, transfer_after numeric,
		change numeric)
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 20000 ROWS 100
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	IF EXISTS (SELECT FROM unnest(before) WITH ORDINALITY b FULL JOIN
			unnest(after) WITH ORDINALITY a USING (ordinality)
		WHERE (b.payment_year, b.month, b.state, b.market, b.plan_id, b.rating_area, b.metal)
			IS DISTINCT FROM
			(a.payment_year, a.month, a.state, a.market, a.plan_id, a.rating_area, a.metal))
	THEN
		PERFORM @extschema@.hcc_raise('22023'::text,
			'before and after are not the same plans'::text, NULL::text,
			'Give the same plans in the same order, changed by plan_month_change.'::text);
	END IF;
	RETURN QUERY
	SELECT b.payment_year, b.month, b.state, b.market, b.risk_pool, b.plan_id, b.rating_area,
		b.transfer, a.transfer, a.transfer - b.transfer
	FROM @extschema@.plan_transfer(before) WITH ORDINALITY b
		JOIN @extschema@.plan_transfer(after) WITH ORDINALITY a USING (ordinality)
	ORDER BY ordinality;
END
$$;
COMMENT ON FUNCTION @extschema@.plan_transfer_change(@extschema@.plan_month[],
	@extschema@.plan_month[]) IS
	'What the transfers of the same plans are before and after a change, as for a what-if.';

-- The one place that knows which model program ACA is scored by
CREATE FUNCTION @extschema@.hcc_market_model(payment_year integer) RETURNS text
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	year CONSTANT integer := @extschema@.hcc_payment_year(payment_year);
	model CONSTANT text := (SELECT m.model_version FROM @extschema@.market_model m
		WHERE @extschema@.hccraf_in_year(m.effective_year, m.expiry_year, year)
		ORDER BY m.custom DESC, m.effective_year DESC NULLS LAST LIMIT 1);
BEGIN
	IF model IS NULL THEN
		PERFORM @extschema@.hcc_raise('42704'::text,
			format('market_model has no row for benefit year %s', year), NULL::text,
			'Add one with the name of the model.'::text);
	END IF;
	PERFORM @extschema@.hcc_require_model(model), @extschema@.hcc_require_year(model, year);
	RETURN model;
END
$$;
COMMENT ON FUNCTION @extschema@.hcc_market_model(integer) IS
	'The marketplace''s model of a benefit year; an error that says what to load if it lacks it.';

CREATE FUNCTION @extschema@.hcc_has_benefit_year(payment_year integer) RETURNS boolean
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	PERFORM @extschema@.hcc_market_model(payment_year);
	RETURN true;
END
$$;
COMMENT ON FUNCTION @extschema@.hcc_has_benefit_year(integer) IS
	'True; an error that says what to load where the marketplace''s model lacks the year.';

CREATE FUNCTION @extschema@.hcc_discharge_status(status text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN lpad(NULLIF(upper(btrim(status)), ''), 2, '0');
COMMENT ON FUNCTION @extschema@.hcc_discharge_status(text) IS
	'A discharge status in two characters, with the zero that a file may lack.';

CREATE FUNCTION @extschema@.hcc_market_discharge_statuses(payment_year integer) RETURNS text[]
LANGUAGE sql STABLE PARALLEL SAFE
RETURN ARRAY(SELECT DISTINCT @extschema@.hcc_discharge_status(s.discharge_status)
	FROM @extschema@.market_discharge_status s
	WHERE s.effective_year <= payment_year IS NOT FALSE
		AND s.expiry_year >= payment_year IS NOT FALSE);
COMMENT ON FUNCTION @extschema@.hcc_market_discharge_statuses(integer) IS
	'The discharge statuses that a benefit year takes of inpatient claims; none: it takes any.';

-- What a run of the marketplace goes by. Its services and codes are those of the benefit
-- year itself.
CREATE FUNCTION @extschema@.hcc_market_fingerprints(model text, payment_year integer)
	RETURNS jsonb
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT jsonb_build_object(
			'models', jsonb_build_object(model,
				@extschema@.hccraf_fingerprint(model, payment_year, NULL::text)),
			'encounter_filter', jsonb_build_object('ACA',
				@extschema@.encounter_filter_fingerprint(payment_year, 'ACA'::text,
					ARRAY[payment_year])))
		|| COALESCE((SELECT jsonb_build_object('discharge_status', jsonb_agg(d.status))
			FROM (SELECT s.status
				FROM unnest(@extschema@.hcc_market_discharge_statuses(payment_year)) s (status)
				ORDER BY s.status) d
			HAVING count(*) > 0), '{}')
		|| COALESCE((SELECT jsonb_build_object('provisional', jsonb_agg(p.table_name))
			FROM (SELECT 'hcc_model' AS table_name FROM @extschema@.hcc_model m
				WHERE m.model_version = hcc_market_fingerprints.model AND m.provisional
					AND m.first_payment_year = hcc_market_fingerprints.payment_year
				UNION
				SELECT 'hcc_csr_factor' FROM @extschema@.hcc_csr_factor f
				WHERE f.model_version = hcc_market_fingerprints.model AND f.provisional
					AND f.payment_year = hcc_market_fingerprints.payment_year
				UNION
				SELECT 'eligible_procedure' FROM @extschema@.eligible_procedure e
				WHERE e.program = 'ACA' AND e.provisional
					AND e.service_year = hcc_market_fingerprints.payment_year
				ORDER BY 1) p
			HAVING count(*) > 0), '{}');
END;
COMMENT ON FUNCTION @extschema@.hcc_market_fingerprints(text, integer) IS
	'Support of runs: hashes of the marketplace''s model and filter, and what is provisional.';
