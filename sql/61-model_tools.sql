----------------------------------------------------------------------
-- Tools for those who change models: is a model consistent, what differs
-- between two, and a copy to try things on. All of it reads the tables, not
-- the compiled model, so that it works where a model does not compile.
----------------------------------------------------------------------
CREATE FUNCTION hccraf_facts(OUT about text, OUT value text, OUT facts text[]) RETURNS SETOF record
LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 1 ROWS 30
BEGIN ATOMIC
	SELECT v.about, v.value, v.facts::text[]
	FROM (VALUES
		('sex', 'F', '{female}'), ('sex', 'M', '{male}'),
		('orec', '0', '{orec_0}'), ('orec', '1', '{orec_1}'), ('orec', '2', '{orec_2}'), ('orec', '3', '{orec_3}'),
		('dual_status', 'full', '{dual_full,medicaid}'), ('dual_status', 'partial', '{dual_partial,medicaid}'),
		('dual_status', 'none', '{dual_none}'),
		('medicaid_ne', 'no', '{}'), ('medicaid_ne', 'yes', '{medicaid_ne}'),
		('medicaid_lti', 'no', '{}'), ('medicaid_lti', 'yes', '{medicaid_lti}'),
		('new_enrollee', 'no', '{}'), ('new_enrollee', 'yes', '{new_enrollee}'),
		('snp', 'no', '{}'), ('snp', 'yes', '{snp}'),
		('lti', 'no', '{}'), ('lti', 'yes', '{lti}'),
		('low_income', 'no', '{}'), ('low_income', 'yes', '{low_income}'),
		('esrd', 'none', '{}'), ('esrd', 'dialysis', '{esrd,esrd_dialysis}'),
		('esrd', 'transplant', '{esrd,esrd_transplant}'), ('esrd', 'graft', '{esrd,esrd_graft}')
	) v(about, value, facts);
END;
COMMENT ON FUNCTION hccraf_facts() IS
	'What conditions may ask: for every argument of beneficiary() and each of its values, the facts that hold. Facts of one argument with different values exclude each other.';

CREATE FUNCTION hccraf_in_year(first integer, last integer, payment_year integer) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 1
RETURN payment_year IS NULL OR (COALESCE(first, payment_year) <= payment_year AND COALESCE(last, payment_year) >= payment_year);
COMMENT ON FUNCTION hccraf_in_year(integer, integer, integer) IS
	'Is a row with these bounds valid in the payment year? A NULL bound is none; without a year every row is.';

CREATE FUNCTION hccraf_model_year(model text, payment_year integer DEFAULT NULL) RETURNS integer
LANGUAGE sql STABLE PARALLEL SAFE COST 500
RETURN COALESCE(hccraf_model_year.payment_year,
	(SELECT max(h.last_payment_year) FROM hcc_model h WHERE h.model_version = hccraf_model_year.model),
	(SELECT max(COALESCE(x.expiry_year, x.effective_year)) FROM hcc_crosswalk x WHERE x.model_version = hccraf_model_year.model));
COMMENT ON FUNCTION hccraf_model_year(text, integer) IS
	'The payment year that scoring takes: as asked, or the newest of the model; NULL if its rows name none.';

CREATE FUNCTION hccraf_model_calibrations(model text, payment_year integer DEFAULT NULL,
	OUT calibration text, OUT is_default boolean) RETURNS SETOF record
LANGUAGE sql STABLE PARALLEL SAFE COST 500 ROWS 2
BEGIN ATOMIC
	SELECT c.calibration, c.is_default
	FROM hcc_calibration c
	WHERE c.model_version = hccraf_model_calibrations.model
		AND hccraf_in_year(c.first_payment_year, c.last_payment_year,
			hccraf_model_year(hccraf_model_calibrations.model, hccraf_model_calibrations.payment_year))
	UNION ALL
	-- a model that says nothing of calibrations has those of its coefficients, or one without name
	SELECT COALESCE(k.calibration, ''), count(*) OVER () = 1
	FROM (SELECT) one LEFT JOIN
		(SELECT DISTINCT h.calibration FROM hcc_coefficient h WHERE h.model_version = hccraf_model_calibrations.model) k ON true
	WHERE NOT EXISTS (SELECT FROM hcc_calibration c WHERE c.model_version = hccraf_model_calibrations.model);
END;
COMMENT ON FUNCTION hccraf_model_calibrations(text, integer) IS
	'The calibrations of a model in a payment year (by default its newest), and which one is used when none is asked for.';

CREATE FUNCTION hccraf_coefficients(model text, payment_year integer DEFAULT NULL, calibration text DEFAULT NULL,
	OUT segment text, OUT variable text, OUT coefficient numeric) RETURNS SETOF record
LANGUAGE sql STABLE PARALLEL SAFE COST 2000 ROWS 1000
BEGIN ATOMIC
	WITH chosen AS MATERIALIZED (
		SELECT COALESCE(hccraf_coefficients.calibration,
				(SELECT c.calibration FROM hccraf_model_calibrations(hccraf_coefficients.model, hccraf_coefficients.payment_year) c
				WHERE c.is_default LIMIT 1)) AS calibration,
			hccraf_model_year(hccraf_coefficients.model, hccraf_coefficients.payment_year) AS year
	), given AS MATERIALIZED (
		-- a custom row takes the place of the shipped one
		SELECT DISTINCT ON (k.segment, k.variable) k.segment, k.variable, k.coefficient
		FROM hcc_coefficient k JOIN chosen ON k.calibration = chosen.calibration
		WHERE k.model_version = hccraf_coefficients.model
		ORDER BY k.segment, k.variable, k.custom DESC
	), own AS (
		SELECT COALESCE(h.prefix, 'HCC') || x.hcc_code AS variable, min(x.coefficient) AS coefficient
		FROM hcc_crosswalk x
			LEFT JOIN (SELECT max(m.hcc_prefix) AS prefix FROM hcc_model m
				WHERE m.model_version = hccraf_coefficients.model) h ON true
			JOIN chosen ON hccraf_in_year(x.effective_year, x.expiry_year, chosen.year)
		WHERE x.model_version = hccraf_coefficients.model
		GROUP BY 1
		UNION ALL
		SELECT i.interaction_name, i.coefficient
		FROM hcc_interaction i
		WHERE i.model_version = hccraf_coefficients.model
	)
	SELECT g.segment, g.variable, g.coefficient FROM given g
	UNION ALL
	-- without segments, the coefficients beside codes and interactions count
	SELECT COALESCE((SELECT min(g.segment) FROM given g), 'all'), o.variable, o.coefficient
	FROM own o
	WHERE o.coefficient IS NOT NULL
		AND NOT EXISTS (SELECT FROM hcc_segment s WHERE s.model_version = hccraf_coefficients.model)
		AND NOT EXISTS (SELECT FROM given g WHERE g.variable = o.variable);
END;
COMMENT ON FUNCTION hccraf_coefficients(text, integer, text) IS
	'The coefficients that scoring uses: custom rows in place of shipped ones; in a model without segments also those beside codes and interactions.';

CREATE FUNCTION hccraf_impossible(requires text[], forbids text[], age_min integer, age_max integer,
	months_min integer, months_max integer, count_min integer, count_max integer) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 500
RETURN CASE
	WHEN age_min > age_max OR age_max < 0 OR age_min > 130
		THEN pg_catalog.format('no age is from %s to %s', COALESCE(age_min, 0), COALESCE(age_max, 130))
	WHEN months_min > months_max OR months_max < 0
		THEN pg_catalog.format('no number of months is from %s to %s', COALESCE(months_min, 0), months_max)
	WHEN count_min > count_max OR count_max < 0
		THEN pg_catalog.format('no number of HCCs is from %s to %s', COALESCE(count_min, 0), count_max)
	ELSE (
		-- some argument of beneficiary() has no value that gives what is required and nothing forbidden
		SELECT pg_catalog.format('no value of %s gives these facts', pg_catalog.string_agg(about, ' and ' ORDER BY about))
		FROM (
			SELECT f.about
			FROM (SELECT about, facts, pg_catalog.array_agg(fact) OVER (PARTITION BY about) AS own
				FROM hccraf_facts() LEFT JOIN LATERAL pg_catalog.unnest(facts) fact ON true) f
			GROUP BY f.about
			HAVING NOT pg_catalog.bool_or(
				NOT EXISTS (SELECT FROM pg_catalog.unnest(requires) r WHERE r = ANY (f.own) AND r <> ALL (f.facts))
				AND NOT COALESCE(f.facts && forbids, false))
		) contradiction
		HAVING pg_catalog.count(*) > 0)
	END;
COMMENT ON FUNCTION hccraf_impossible(text[], text[], integer, integer, integer, integer, integer, integer) IS
	'Why nobody can meet a condition of hcc_variable or hcc_segment; NULL if somebody can.';

-- Who is there and in which segment: one row per kind of person that the
-- model's conditions tell apart. Ages and months stand for those up to the
-- next one that a condition names; bits of facts are numbered by name.
CREATE FUNCTION hccraf_kinds_of_people(model text, payment_year integer DEFAULT NULL,
	OUT facts bigint, OUT age integer, OUT age_to integer, OUT months integer, OUT months_to integer,
	OUT priority integer, OUT segment text, OUT adds text, OUT own_age integer, OUT new_enrollee_age integer)
	RETURNS SETOF record
LANGUAGE sql STABLE PARALLEL SAFE COST 100000 ROWS 20000
BEGIN ATOMIC
	WITH RECURSIVE year AS MATERIALIZED (
		SELECT hccraf_model_year(hccraf_kinds_of_people.model, hccraf_kinds_of_people.payment_year) AS y
	), condition AS MATERIALIZED (
		SELECT s.age_min, s.age_max, s.months_min, s.months_max, COALESCE(s.requires, '{}') AS requires,
			COALESCE(s.forbids, '{}') AS forbids, s.priority, s.segment, s.adds
		FROM hcc_segment s WHERE s.model_version = hccraf_kinds_of_people.model
		UNION ALL
		SELECT v.age_min, v.age_max, v.months_min, v.months_max,
			COALESCE(v.requires, '{}') || CASE v.sex WHEN 'F' THEN ARRAY['female'] WHEN 'M' THEN ARRAY['male'] ELSE '{}' END,
			COALESCE(v.forbids, '{}'), NULL, NULL, NULL
		FROM hcc_variable v
		WHERE v.model_version = hccraf_kinds_of_people.model AND v.kind IN ('demographic', 'new_enrollee', 'addon')
	), rule AS MATERIALIZED (
		SELECT r.age, 'orec_' || r.orec AS fact, r.scored_age, r.applies_to
		FROM hcc_age_rule r, year
		WHERE r.model_version = hccraf_kinds_of_people.model AND hccraf_in_year(r.effective_year, r.expiry_year, year.y)
	), mentioned AS (
		SELECT unnest(c.requires || c.forbids) AS fact FROM condition c
		UNION
		SELECT r.fact FROM rule r
	), bit AS MATERIALIZED (
		SELECT f.fact, 1::bigint << (row_number() OVER (ORDER BY f.fact)::integer - 1) AS bit
		FROM (SELECT DISTINCT unnest(h.facts) AS fact FROM hccraf_facts() h) f
	), choice AS MATERIALIZED (
		-- what nobody mentions need not be told apart
		SELECT DISTINCT dense_rank() OVER (ORDER BY h.about) AS n,
			COALESCE((SELECT sum(b.bit) FROM bit b WHERE b.fact = ANY (h.facts)
				AND b.fact IN (SELECT m.fact FROM mentioned m)), 0)::bigint AS bits
		FROM hccraf_facts() h
	), combination AS (
		SELECT 0::bigint AS n, 0::bigint AS facts
		UNION ALL
		SELECT c.n, p.facts | c.bits
		FROM combination p JOIN choice c ON c.n = p.n + 1
	), ages AS (
		SELECT a.age, lead(a.age, 1, 131) OVER (ORDER BY a.age) - 1 AS age_to
		FROM (SELECT 0 AS age
			UNION SELECT c.age_min FROM condition c
			UNION SELECT c.age_max + 1 FROM condition c
			UNION SELECT unnest(ARRAY[r.age, r.age + 1, r.scored_age, r.scored_age + 1]) FROM rule r) a
		WHERE a.age BETWEEN 0 AND 130
	), months AS (
		SELECT a.months, lead(a.months) OVER (ORDER BY a.months) - 1 AS months_to
		FROM (SELECT 0 AS months
			UNION SELECT c.months_min FROM condition c
			UNION SELECT c.months_max + 1 FROM condition c) a
		WHERE a.months >= 0
	), person AS (
		SELECT p.facts, a.age, a.age_to, t.months, t.months_to,
			COALESCE((SELECT r.scored_age FROM rule r JOIN bit b ON b.fact = r.fact
				WHERE r.age = a.age AND p.facts & b.bit <> 0 AND r.applies_to IN ('everything', 'segment') LIMIT 1), a.age) AS segment_age,
			COALESCE((SELECT r.scored_age FROM rule r JOIN bit b ON b.fact = r.fact
				WHERE r.age = a.age AND p.facts & b.bit <> 0 AND r.applies_to = 'everything' LIMIT 1), a.age) AS own_age,
			COALESCE((SELECT r.scored_age FROM rule r JOIN bit b ON b.fact = r.fact
				WHERE r.age = a.age AND p.facts & b.bit <> 0 AND r.applies_to IN ('everything', 'new enrollee') LIMIT 1), a.age) AS new_enrollee_age
		FROM combination p CROSS JOIN ages a CROSS JOIN months t
		WHERE p.n = (SELECT max(c.n) FROM choice c)
	), segment AS MATERIALIZED (
		SELECT c.*, COALESCE((SELECT sum(b.bit) FROM bit b WHERE b.fact = ANY (c.requires)), 0)::bigint AS needs,
			COALESCE((SELECT sum(b.bit) FROM bit b WHERE b.fact = ANY (c.forbids)), 0)::bigint AS refuses
		FROM condition c WHERE c.priority IS NOT NULL
		UNION ALL
		-- without rows in hcc_segment there is one, for everybody
		SELECT NULL, NULL, NULL, NULL, '{}', '{}', 0,
			COALESCE((SELECT min(k.segment) FROM hcc_coefficient k WHERE k.model_version = hccraf_kinds_of_people.model), 'all'), NULL, 0, 0
		WHERE NOT EXISTS (SELECT FROM hcc_segment s WHERE s.model_version = hccraf_kinds_of_people.model)
	)
	SELECT p.facts, p.age, p.age_to, p.months, p.months_to, s.priority, s.segment, s.adds, p.own_age, p.new_enrollee_age
	FROM person p LEFT JOIN LATERAL (
		SELECT s.priority, s.segment, s.adds
		FROM segment s
		WHERE p.facts & s.needs = s.needs AND p.facts & s.refuses = 0
			AND p.segment_age BETWEEN COALESCE(s.age_min, 0) AND COALESCE(s.age_max, 200)
			AND p.months >= COALESCE(s.months_min, 0) AND p.months <= COALESCE(s.months_max, p.months)
		ORDER BY s.priority LIMIT 1) s ON true;
END;
COMMENT ON FUNCTION hccraf_kinds_of_people(text, integer) IS
	'Every kind of person that a model''s segments, age rules and person variables tell apart, with the segment that the rules choose. facts has a bit per fact of hccraf_facts(), by name.';
