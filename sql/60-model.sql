----------------------------------------------------------------------
-- What loaders and those who change models ask about a model. All of it reads
-- the tables, not the compiled model, so that it works where a model does not
-- compile.
----------------------------------------------------------------------
CREATE FUNCTION @extschema@.hccraf_facts(OUT about text, OUT value text, OUT facts text[])
	RETURNS SETOF record
LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 1 ROWS 30
BEGIN ATOMIC
	SELECT v.about, v.value, v.facts::text[]
	FROM (VALUES
		('sex', 'F', '{female}'), ('sex', 'M', '{male}'),
		('orec', '0', '{orec_0}'), ('orec', '1', '{orec_1}'),
		('orec', '2', '{orec_2}'), ('orec', '3', '{orec_3}'),
		('dual_status', 'full', '{dual_full,medicaid}'),
		('dual_status', 'partial', '{dual_partial,medicaid}'),
		('dual_status', 'none', '{dual_none}'),
		('medicaid_ne', 'no', '{}'), ('medicaid_ne', 'yes', '{medicaid_ne}'),
		('medicaid_lti', 'no', '{}'), ('medicaid_lti', 'yes', '{medicaid_lti}'),
		('new_enrollee', 'no', '{}'), ('new_enrollee', 'yes', '{new_enrollee}'),
		('snp', 'no', '{}'), ('snp', 'yes', '{snp}'),
		('lti', 'no', '{}'), ('lti', 'yes', '{lti}'),
		('low_income', 'no', '{}'), ('low_income', 'yes', '{low_income}'),
		('esrd', 'none', '{}'), ('esrd', 'dialysis', '{esrd,esrd_dialysis}'),
		('esrd', 'transplant', '{esrd,esrd_transplant}'), ('esrd', 'graft', '{esrd,esrd_graft}'),
		('metal', 'none', '{metal_none}'), ('metal', 'platinum', '{metal_platinum}'),
		('metal', 'gold', '{metal_gold}'), ('metal', 'silver', '{metal_silver}'),
		('metal', 'bronze', '{metal_bronze}'), ('metal', 'catastrophic', '{metal_catastrophic}')
	) v(about, value, facts);
END;
COMMENT ON FUNCTION @extschema@.hccraf_facts() IS
	'What conditions may ask: the facts that each value of each argument of beneficiary() gives.';

CREATE FUNCTION @extschema@.hccraf_in_year(first integer, last integer, payment_year integer)
	RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 1
RETURN payment_year IS NULL OR (COALESCE(first, payment_year) <= payment_year
	AND COALESCE(last, payment_year) >= payment_year);
COMMENT ON FUNCTION @extschema@.hccraf_in_year(integer, integer, integer) IS
	'Whether a row with these bounds, NULL for none, is valid in the payment year, NULL for any.';

----------------------------------------------------------------------
-- Which models, years and calibrations there are
----------------------------------------------------------------------
CREATE FUNCTION @extschema@.hcc_model_names() RETURNS SETOF text
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT h.model_version FROM @extschema@.hcc_model h
	UNION SELECT x.model_version FROM @extschema@.hcc_crosswalk x
	UNION SELECT k.model_version FROM @extschema@.hcc_coefficient k;
END;
COMMENT ON FUNCTION @extschema@.hcc_model_names() IS 'Part of others: the models that have rows.';

CREATE FUNCTION @extschema@.hcc_require_model(model text) RETURNS boolean
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	IF NOT EXISTS (SELECT FROM @extschema@.hcc_model h WHERE h.model_version = model)
		AND NOT EXISTS (SELECT FROM @extschema@.hcc_crosswalk x WHERE x.model_version = model)
		AND NOT EXISTS (SELECT FROM @extschema@.hcc_coefficient k WHERE k.model_version = model)
	THEN
		PERFORM @extschema@.hcc_raise('42704'::text,
			CASE WHEN model IS NULL THEN 'a model needs a name, not NULL'
				ELSE format('model "%s" does not exist', left(model, 200)) END,
			format('The models are: %s.',
				(SELECT string_agg(n, ', ' ORDER BY n) FROM @extschema@.hcc_model_names() n)),
			COALESCE((SELECT 'Write it as it is there: ' || min(n) || '.'
					FROM @extschema@.hcc_model_names() n WHERE lower(n) = lower(btrim(model))),
				'A model is made by adding rows to hcc_crosswalk and the tables beside it.'));
	END IF;
	RETURN true;
END
$$;
COMMENT ON FUNCTION @extschema@.hcc_require_model(text) IS
	'Part of others: a model that does not exist is an error that names those that do.';

CREATE FUNCTION @extschema@.hcc_year_hint(payment_year integer, model text) RETURNS text
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.hcc_year_hint(integer, text) IS
	'How to have a year that is later than all published, for the end of a hint; '''' of others.';

CREATE FUNCTION @extschema@.hcc_require_year(model text, payment_year integer) RETURNS void
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	y CONSTANT integer := payment_year;
	years CONSTANT text := (
		SELECT string_agg(format('%s to %s', h.first_payment_year, h.last_payment_year), ', '
			ORDER BY h.first_payment_year)
		FROM @extschema@.hcc_model h WHERE h.model_version = model);
BEGIN
	IF years <> '' AND y IS NOT NULL AND NOT EXISTS (
		SELECT FROM @extschema@.hcc_model h WHERE h.model_version = model
			AND y BETWEEN h.first_payment_year AND h.last_payment_year) THEN
		PERFORM @extschema@.hcc_raise('42704'::text,
			format('model "%s" has no tables for payment year %s', model, y),
			format('It has tables for payment years %s.', years),
			'Ask for one of these years, or load the tables of the year.'
				|| @extschema@.hcc_year_hint(y, model));
	END IF;
END
$$;
COMMENT ON FUNCTION @extschema@.hcc_require_year(text, integer) IS
	'Part of others: a year for which a model has no tables is an error that names those it has.';

CREATE FUNCTION @extschema@.hcc_year_exists(payment_year integer) RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT EXISTS (SELECT FROM @extschema@.hcc_model h
			WHERE hcc_year_exists.payment_year
				BETWEEN h.first_payment_year AND h.last_payment_year)
		OR EXISTS (SELECT FROM @extschema@.payment_year_parameter p
			WHERE p.payment_year = hcc_year_exists.payment_year);
END;
COMMENT ON FUNCTION @extschema@.hcc_year_exists(integer) IS
	'Part of others: whether any model has tables, or any program parameters, of a payment year.';

CREATE FUNCTION @extschema@.hcc_require_payment_year(payment_year integer) RETURNS void
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	IF NOT @extschema@.hcc_year_exists(payment_year) THEN
		PERFORM @extschema@.hcc_raise('42704'::text,
			format('no model has tables for payment year %s', payment_year),
			format('There are tables of payment years %s to %s.',
				(SELECT min(h.first_payment_year) FROM @extschema@.hcc_model h),
				(SELECT max(h.last_payment_year) FROM @extschema@.hcc_model h)),
			'Load the tables of the year.' || @extschema@.hcc_year_hint(payment_year, NULL::text));
	END IF;
END
$$;
COMMENT ON FUNCTION @extschema@.hcc_require_payment_year(integer) IS
	'Part of others: a payment year that no model has tables of is an error.';

CREATE FUNCTION @extschema@.hcc_note_payment_year(payment_year integer) RETURNS void
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	IF NOT @extschema@.hcc_year_exists(payment_year) THEN
		RAISE NOTICE USING
			MESSAGE = format('no model has tables for payment year %s, and those of the nearest '
				'year take their place', payment_year),
			DETAIL = format('There are tables of payment years %s to %s.',
				(SELECT min(h.first_payment_year) FROM @extschema@.hcc_model h),
				(SELECT max(h.last_payment_year) FROM @extschema@.hcc_model h)),
			HINT = 'Load the tables of the year, or ask for one of these.'
				|| @extschema@.hcc_year_hint(payment_year, NULL::text);
	END IF;
END
$$;
COMMENT ON FUNCTION @extschema@.hcc_note_payment_year(integer) IS
	'Part of others: the same as a notice, for reports that go by the nearest year there is.';

CREATE FUNCTION @extschema@.hccraf_model_year(model text, payment_year integer DEFAULT NULL)
	RETURNS integer
LANGUAGE sql STABLE PARALLEL SAFE COST 500
RETURN CASE WHEN @extschema@.hcc_require_model(hccraf_model_year.model) THEN
	COALESCE(hccraf_model_year.payment_year,
		(SELECT h.last_payment_year FROM @extschema@.hcc_model h
			WHERE h.model_version = hccraf_model_year.model
			ORDER BY h.provisional, h.last_payment_year DESC LIMIT 1),
		(SELECT max(COALESCE(x.expiry_year, x.effective_year)) FROM @extschema@.hcc_crosswalk x
			WHERE x.model_version = hccraf_model_year.model)) END;
COMMENT ON FUNCTION @extschema@.hccraf_model_year(text, integer) IS
	'The payment year that scoring takes: as asked, or the newest of the model''s rows, or NULL.';

CREATE FUNCTION @extschema@.hccraf_model_calibrations(model text, payment_year integer DEFAULT NULL,
	OUT calibration text, OUT is_default boolean) RETURNS SETOF record
LANGUAGE sql STABLE PARALLEL SAFE COST 500 ROWS 2
BEGIN ATOMIC
	SELECT c.calibration, c.is_default
	FROM @extschema@.hcc_calibration c
	WHERE c.model_version = hccraf_model_calibrations.model
		AND @extschema@.hccraf_in_year(c.first_payment_year, c.last_payment_year,
			@extschema@.hccraf_model_year(c.model_version, hccraf_model_calibrations.payment_year))
	UNION ALL
	-- a model that says nothing of calibrations has those of its coefficients, or one without name
	SELECT COALESCE(k.calibration, ''), count(*) OVER () = 1
	FROM (SELECT) one LEFT JOIN
		(SELECT DISTINCT h.calibration FROM @extschema@.hcc_coefficient h
			WHERE h.model_version = hccraf_model_calibrations.model) k ON true
	WHERE @extschema@.hcc_require_model(hccraf_model_calibrations.model)
		AND NOT EXISTS (SELECT FROM @extschema@.hcc_calibration c
			WHERE c.model_version = hccraf_model_calibrations.model);
END;
COMMENT ON FUNCTION @extschema@.hccraf_model_calibrations(text, integer) IS
	'The calibrations of a model in a payment year, and which is used when none is asked for.';

CREATE FUNCTION @extschema@.hccraf_coefficients(model text, payment_year integer DEFAULT NULL,
	calibration text DEFAULT NULL, OUT segment text, OUT variable text, OUT coefficient numeric)
	RETURNS SETOF record
LANGUAGE sql STABLE PARALLEL SAFE COST 2000 ROWS 1000
BEGIN ATOMIC
	WITH chosen AS MATERIALIZED (
		SELECT COALESCE(hccraf_coefficients.calibration,
				(SELECT c.calibration
				FROM @extschema@.hccraf_model_calibrations(hccraf_coefficients.model,
					hccraf_coefficients.payment_year) c
				WHERE c.is_default LIMIT 1)) AS calibration,
			@extschema@.hccraf_model_year(hccraf_coefficients.model,
				hccraf_coefficients.payment_year) AS year
	), given AS MATERIALIZED (
		-- a custom row takes the place of the shipped one
		SELECT DISTINCT ON (k.segment, k.variable) k.segment, k.variable, k.coefficient
		FROM @extschema@.hcc_coefficient k JOIN chosen ON k.calibration = chosen.calibration
		WHERE k.model_version = hccraf_coefficients.model
			AND @extschema@.hcc_require_model(hccraf_coefficients.model)
		ORDER BY k.segment, k.variable, k.custom DESC
	), own AS (
		SELECT COALESCE(h.prefix, 'HCC') || x.hcc_code AS variable,
			min(x.coefficient) AS coefficient
		FROM @extschema@.hcc_crosswalk x
			LEFT JOIN (SELECT max(m.hcc_prefix) AS prefix FROM @extschema@.hcc_model m
				WHERE m.model_version = hccraf_coefficients.model) h ON true
			JOIN chosen ON @extschema@.hccraf_in_year(x.effective_year, x.expiry_year, chosen.year)
		WHERE x.model_version = hccraf_coefficients.model
		GROUP BY 1
		UNION ALL
		SELECT i.interaction_name, i.coefficient
		FROM @extschema@.hcc_interaction i
		WHERE i.model_version = hccraf_coefficients.model
	)
	SELECT g.segment, g.variable, g.coefficient FROM given g
	UNION ALL
	-- without segments, the coefficients beside codes and interactions count
	SELECT COALESCE((SELECT min(g.segment) FROM given g), 'all'), o.variable, o.coefficient
	FROM own o
	WHERE o.coefficient IS NOT NULL
		AND NOT EXISTS (SELECT FROM @extschema@.hcc_segment s
			WHERE s.model_version = hccraf_coefficients.model)
		AND NOT EXISTS (SELECT FROM given g WHERE g.variable = o.variable);
END;
COMMENT ON FUNCTION @extschema@.hccraf_coefficients(text, integer, text) IS
	'The coefficients that scoring uses, custom ones in place of shipped ones.';

CREATE FUNCTION @extschema@.hcc_bounds_in_words(what text, lowest integer, highest integer)
	RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN lowest IS NOT NULL OR highest IS NOT NULL
	THEN what || COALESCE(lowest::text, '') || '-' || COALESCE(highest::text, '') END;
COMMENT ON FUNCTION @extschema@.hcc_bounds_in_words(text, integer, integer) IS
	'Part of hccraf_diff_models: bounds, to be read; NULL if there are none.';

-- Columns, not a row: an argument of a table's row type holds the table's columns fast.
CREATE FUNCTION @extschema@.hcc_mapping_in_words(valid_from date, valid_to date,
	mce_age_min integer, mce_age_max integer, age_min integer, age_max integer, sex text)
	RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
RETURN NULLIF(pg_catalog.concat_ws(' ', 'from ' || valid_from, 'to ' || valid_to,
	@extschema@.hcc_bounds_in_words('editor age '::text, mce_age_min, mce_age_max),
	@extschema@.hcc_bounds_in_words('age '::text, age_min, age_max), sex), '');
COMMENT ON FUNCTION @extschema@.hcc_mapping_in_words(date, date, integer, integer, integer, integer,
	text) IS
	'Part of others: when a row of hcc_crosswalk holds, to be read; NULL if always.';

CREATE FUNCTION @extschema@.hcc_group_in_words(group_row @extschema@.hcc_group) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
RETURN NULLIF(pg_catalog.concat_ws(' ', CASE WHEN group_row.replaces THEN 'replaces' END,
	group_row.family || ' ' || group_row.rank,
	@extschema@.hcc_bounds_in_words('age '::text, group_row.age_min, group_row.age_max)), '');
COMMENT ON FUNCTION @extschema@.hcc_group_in_words(@extschema@.hcc_group) IS
	'Part of others: what a group is besides any of its HCCs, to be read; NULL if nothing.';

CREATE FUNCTION @extschema@.hcc_category_in_words(category @extschema@.hcc_category) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
RETURN NULLIF(pg_catalog.concat_ws(' ', NULLIF(category.kind, 'hcc'),
	@extschema@.hcc_bounds_in_words('age '::text, category.age_min, category.age_max)), '');
COMMENT ON FUNCTION @extschema@.hcc_category_in_words(@extschema@.hcc_category) IS
	'Part of others: of what an HCC is and at which ages it counts; NULL if it is as most are.';

----------------------------------------------------------------------
-- Which people a model's conditions tell apart
----------------------------------------------------------------------
CREATE FUNCTION @extschema@.hccraf_impossible(requires text[], forbids text[],
	age_min integer, age_max integer, months_min integer, months_max integer,
	count_min integer, count_max integer) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 500
RETURN CASE
	WHEN age_min > age_max OR age_max < 0 OR age_min > 130
		THEN pg_catalog.format('no age is from %s to %s', COALESCE(age_min, 0),
			COALESCE(age_max, 130))
	WHEN months_min > months_max OR months_max < 0
		THEN pg_catalog.format('no number of months is from %s to %s', COALESCE(months_min, 0),
			months_max)
	WHEN count_min > count_max OR count_max < 0
		THEN pg_catalog.format('no number of HCCs is from %s to %s', COALESCE(count_min, 0),
			count_max)
	ELSE (
		-- some argument of beneficiary() has no value that gives what is
		-- required and nothing forbidden
		SELECT pg_catalog.format('no value of %s gives these facts',
			pg_catalog.string_agg(about, ' and ' ORDER BY about))
		FROM (
			SELECT f.about
			FROM (SELECT about, facts, pg_catalog.array_agg(fact) OVER (PARTITION BY about) AS own
				FROM @extschema@.hccraf_facts()
					LEFT JOIN LATERAL pg_catalog.unnest(facts) fact ON true) f
			GROUP BY f.about
			HAVING NOT pg_catalog.bool_or(
				NOT EXISTS (SELECT FROM pg_catalog.unnest(requires) r
					WHERE r = ANY (f.own) AND r <> ALL (f.facts))
				AND NOT COALESCE(f.facts && forbids, false))
		) contradiction
		HAVING pg_catalog.count(*) > 0)
	END;
COMMENT ON FUNCTION @extschema@.hccraf_impossible(text[], text[], integer, integer, integer,
	integer, integer, integer) IS
	'Why nobody can meet a condition of hcc_variable or hcc_segment; NULL if somebody can.';

CREATE FUNCTION @extschema@.hcc_fact_bits(OUT fact text, OUT mask bigint) RETURNS SETOF record
LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 100 ROWS 20
SET search_path = pg_catalog, pg_temp
AS $$
	SELECT f.fact, 1::bigint << (row_number() OVER (ORDER BY f.fact)::integer - 1)
	FROM (SELECT DISTINCT unnest(h.facts) AS fact FROM @extschema@.hccraf_facts() h) f
$$;
COMMENT ON FUNCTION @extschema@.hcc_fact_bits() IS 'Part of others: facts as bits, by name.';

CREATE FUNCTION @extschema@.hcc_bits_of(facts text[]) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 100
SET search_path = pg_catalog, pg_temp
AS $$
	SELECT COALESCE(sum(b.mask), 0)::bigint FROM @extschema@.hcc_fact_bits() b
	WHERE b.fact = ANY (facts)
$$;
COMMENT ON FUNCTION @extschema@.hcc_bits_of(text[]) IS 'Part of others: the bits of facts.';

CREATE FUNCTION @extschema@.hcc_sex_fact(sex text) RETURNS text[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE sex WHEN 'F' THEN ARRAY['female'::text] WHEN 'M' THEN ARRAY['male'::text]
	ELSE '{}'::text[] END;
COMMENT ON FUNCTION @extschema@.hcc_sex_fact(text) IS
	'Part of others: the condition on sex of hcc_variable as facts that are required.';

CREATE FUNCTION @extschema@.hcc_model_conditions(model text,
	OUT age_min integer, OUT age_max integer, OUT months_min integer, OUT months_max integer,
	OUT needs bigint, OUT refuses bigint, OUT priority integer, OUT segment text, OUT adds text,
	OUT variable text, OUT kind text) RETURNS SETOF record
LANGUAGE sql STABLE PARALLEL SAFE COST 10000 ROWS 200
SET search_path = pg_catalog, pg_temp
AS $$
	WITH bit AS MATERIALIZED (
		SELECT b.fact, b.mask FROM @extschema@.hcc_fact_bits() b
	), said AS (
		SELECT s.age_min, s.age_max, s.months_min, s.months_max, s.requires, s.forbids,
			s.priority, s.segment, s.adds, NULL AS variable, NULL AS kind
		FROM @extschema@.hcc_segment s WHERE s.model_version = model
		UNION ALL
		SELECT v.age_min, v.age_max, v.months_min, v.months_max,
			v.requires || @extschema@.hcc_sex_fact(v.sex), v.forbids, NULL, NULL, NULL, v.variable,
			v.kind
		FROM @extschema@.hcc_variable v
		WHERE v.model_version = model AND v.kind IN ('demographic', 'new_enrollee', 'addon')
		UNION ALL
		-- without rows in hcc_segment there is one, for everybody
		SELECT NULL, NULL, NULL, NULL, NULL, NULL, 0, COALESCE((SELECT min(k.segment)
			FROM @extschema@.hcc_coefficient k WHERE k.model_version = model), 'all'),
			NULL, NULL, NULL
		WHERE NOT EXISTS (SELECT FROM @extschema@.hcc_segment s WHERE s.model_version = model)
	)
	SELECT s.age_min, s.age_max, s.months_min, s.months_max, m.needs, m.refuses, s.priority,
		s.segment, s.adds, s.variable, s.kind
	FROM said s CROSS JOIN LATERAL (
		SELECT COALESCE(bit_or(b.mask) FILTER (WHERE b.fact = ANY (s.requires)), 0),
			COALESCE(bit_or(b.mask) FILTER (WHERE b.fact = ANY (s.forbids)), 0)
		FROM bit b) m(needs, refuses)
$$;
COMMENT ON FUNCTION @extschema@.hcc_model_conditions(text) IS
	'Part of others: the conditions of segments, and of the variables of people, facts as bits.';

CREATE FUNCTION @extschema@.hcc_model_people(model text, payment_year integer,
	OUT facts bigint, OUT age integer, OUT age_to integer, OUT months integer,
	OUT months_to integer, OUT own_age integer, OUT segment_age integer,
	OUT new_enrollee_age integer) RETURNS SETOF record
LANGUAGE sql STABLE PARALLEL SAFE COST 100000 ROWS 20000
SET search_path = pg_catalog, pg_temp
AS $$
	WITH RECURSIVE condition AS MATERIALIZED (
		SELECT * FROM @extschema@.hcc_model_conditions(model)
	), rule AS MATERIALIZED (
		SELECT r.age, @extschema@.hcc_bits_of(ARRAY['orec_' || r.orec]) AS mask, r.scored_age,
			r.applies_to
		FROM @extschema@.hcc_age_rule r
		WHERE r.model_version = model AND @extschema@.hccraf_in_year(r.effective_year,
			r.expiry_year, @extschema@.hccraf_model_year(model, payment_year))
	), choice AS MATERIALIZED (
		-- what nobody mentions need not be told apart
		SELECT DISTINCT dense_rank() OVER (ORDER BY h.about) AS n,
			@extschema@.hcc_bits_of(h.facts) & (SELECT bit_or(m.bits) FROM (
				SELECT c.needs | c.refuses FROM condition c
				UNION ALL SELECT r.mask FROM rule r) m(bits))
				AS bits
		FROM @extschema@.hccraf_facts() h
	), combination AS (
		SELECT 0::bigint AS n, 0::bigint AS facts
		UNION ALL
		SELECT c.n, p.facts | c.bits FROM combination p JOIN choice c ON c.n = p.n + 1
	), ages AS (
		SELECT a.age, lead(a.age, 1, 131) OVER (ORDER BY a.age) - 1 AS age_to
		FROM (SELECT 0 AS age UNION SELECT c.age_min FROM condition c
			UNION SELECT c.age_max + 1 FROM condition c UNION SELECT u.age FROM rule r
				CROSS JOIN unnest(ARRAY[r.age, r.age + 1, r.scored_age, r.scored_age + 1]) u(age)) a
		WHERE a.age BETWEEN 0 AND 130
	), months AS (
		SELECT a.months, lead(a.months) OVER (ORDER BY a.months) - 1 AS months_to
		FROM (SELECT 0 AS months UNION SELECT c.months_min FROM condition c
			UNION SELECT c.months_max + 1 FROM condition c) a
		WHERE a.months >= 0
	)
	SELECT p.facts, a.age, a.age_to, t.months, t.months_to, COALESCE(s.everything, a.age),
		COALESCE(s.segment, a.age), COALESCE(s.new_enrollee, a.age)
	FROM combination p CROSS JOIN ages a CROSS JOIN months t
		CROSS JOIN LATERAL (
			SELECT min(r.scored_age) FILTER (WHERE r.applies_to = 'everything'),
				min(r.scored_age) FILTER (WHERE r.applies_to IN ('everything', 'segment')),
				min(r.scored_age) FILTER (WHERE r.applies_to IN ('everything', 'new enrollee'))
			FROM rule r WHERE r.age = a.age AND p.facts & r.mask <> 0
		) s(everything, segment, new_enrollee)
	WHERE p.n = (SELECT max(c.n) FROM choice c)
$$;
COMMENT ON FUNCTION @extschema@.hcc_model_people(text, integer) IS
	'Part of hccraf_kinds_of_people: the people, with their ages by the age rules.';

-- Ages and months stand for those up to the next one that a condition names.
CREATE FUNCTION @extschema@.hccraf_kinds_of_people(model text, payment_year integer DEFAULT NULL,
	OUT facts bigint, OUT age integer, OUT age_to integer, OUT months integer,
	OUT months_to integer, OUT priority integer, OUT segment text, OUT adds text,
	OUT own_age integer, OUT new_enrollee_age integer) RETURNS SETOF record
LANGUAGE sql STABLE PARALLEL SAFE COST 100000 ROWS 20000
SET search_path = pg_catalog, pg_temp
AS $$
	WITH segment AS MATERIALIZED (
		SELECT * FROM @extschema@.hcc_model_conditions(model) c WHERE c.priority IS NOT NULL
	)
	SELECT p.facts, p.age, p.age_to, p.months, p.months_to, s.priority, s.segment, s.adds,
		p.own_age, p.new_enrollee_age
	FROM @extschema@.hcc_model_people(model, payment_year) p LEFT JOIN LATERAL (
		SELECT s.priority, s.segment, s.adds
		FROM segment s
		WHERE p.facts & s.needs = s.needs AND p.facts & s.refuses = 0
			AND p.segment_age BETWEEN COALESCE(s.age_min, 0) AND COALESCE(s.age_max, 200)
			AND p.months BETWEEN COALESCE(s.months_min, 0) AND COALESCE(s.months_max, p.months)
		ORDER BY s.priority LIMIT 1) s ON true
	WHERE @extschema@.hcc_require_model(model)
$$;
COMMENT ON FUNCTION @extschema@.hccraf_kinds_of_people(text, integer) IS
	'Every kind of person that a model tells apart, with the segment that the rules choose.';
