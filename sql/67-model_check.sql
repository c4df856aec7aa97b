----------------------------------------------------------------------
-- Is a model consistent? A function for each thing that can be wrong, all
-- with the same argument and the same result, and one that asks them all.
----------------------------------------------------------------------
CREATE TYPE @extschema@.hcc_model_scope AS (
	model text, payment_year integer, has_years boolean, has_segments boolean, prefix text,
	hccs text[], hcc_names text[], calibrations text[]);
COMMENT ON TYPE @extschema@.hcc_model_scope IS
	'Part of hccraf_check_model: a model in a year, its HCCs with and without prefix.';

CREATE TYPE @extschema@.hcc_model_finding AS (
	severity text, check_name text, n bigint, item text, detail text);
COMMENT ON TYPE @extschema@.hcc_model_finding IS 'Part of hccraf_check_model: a row of its result.';

CREATE FUNCTION @extschema@.hcc_model_scope(model text, payment_year integer)
	RETURNS @extschema@.hcc_model_scope
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 2000
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	m CONSTANT text := model;
	y CONSTANT integer := @extschema@.hccraf_model_year(model, payment_year);
	scope @extschema@.hcc_model_scope;
BEGIN
	scope.model := m;
	scope.payment_year := y;
	scope.has_years := EXISTS (SELECT FROM @extschema@.hcc_model h WHERE h.model_version = m);
	scope.has_segments := EXISTS (SELECT FROM @extschema@.hcc_segment s WHERE s.model_version = m);
	-- of a year without a row, as in the years that have one
	scope.prefix := COALESCE((SELECT h.hcc_prefix FROM @extschema@.hcc_model h
		WHERE h.model_version = m
		ORDER BY @extschema@.hccraf_in_year(h.first_payment_year, h.last_payment_year, y) DESC,
			h.last_payment_year DESC LIMIT 1), 'HCC');
	scope.hccs := ARRAY(SELECT g.hcc_code FROM @extschema@.hcc_category g
		WHERE g.model_version = m ORDER BY 1);
	IF scope.hccs = '{}' THEN
		-- without categories, all that crosswalk and hierarchy mention
		scope.hccs := ARRAY(
			SELECT x.hcc_code FROM @extschema@.hcc_crosswalk x WHERE x.model_version = m
				AND @extschema@.hccraf_in_year(x.effective_year, x.expiry_year, y)
			UNION SELECT h FROM @extschema@.hcc_hierarchy p
				CROSS JOIN unnest(ARRAY[p.superior_hcc, p.subordinate_hcc]) h
			WHERE p.model_version = m);
	END IF;
	scope.hcc_names := ARRAY(
		SELECT h FROM unnest(scope.hccs) h
		UNION SELECT scope.prefix || h FROM unnest(scope.hccs) h);
	scope.calibrations := ARRAY(SELECT c.calibration
		FROM @extschema@.hccraf_model_calibrations(m, y) c ORDER BY c.is_default DESC, 1);
	RETURN scope;
END
$$;
COMMENT ON FUNCTION @extschema@.hcc_model_scope(text, integer) IS
	'Part of hccraf_check_model: what its checks are about.';

CREATE FUNCTION @extschema@.hcc_scope_coefficients(scope @extschema@.hcc_model_scope,
	OUT calibration text, OUT segment text, OUT variable text, OUT coefficient numeric)
	RETURNS SETOF record
LANGUAGE sql STABLE PARALLEL SAFE COST 2000 ROWS 1000
SET search_path = pg_catalog, pg_temp
AS $$
	SELECT c, h.segment, h.variable, h.coefficient
	FROM unnest(scope.calibrations) c
		CROSS JOIN LATERAL @extschema@.hccraf_coefficients(scope.model, scope.payment_year, c) h
$$;
COMMENT ON FUNCTION @extschema@.hcc_scope_coefficients(@extschema@.hcc_model_scope) IS
	'Part of hccraf_check_model: the coefficients of all calibrations of the year.';

CREATE FUNCTION @extschema@.hcc_ranges(first integer[], last integer[]) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
	SELECT string_agg(CASE WHEN upper(r) IS NULL THEN format('%s and more', lower(r))
		WHEN upper(r) = lower(r) + 1 THEN lower(r)::text
		ELSE format('%s to %s', lower(r), upper(r) - 1) END, ', ')
	FROM (SELECT range_agg(int4range(f, l, '[]')) FROM unnest(first, last) u(f, l)) a(ranges)
		CROSS JOIN unnest(ranges) r
$$;
COMMENT ON FUNCTION @extschema@.hcc_ranges(integer[], integer[]) IS
	'Part of hccraf_check_model: ages or months, to be read.';

CREATE FUNCTION @extschema@.hcc_facts_in_words(mask bigint, word text, separator text)
	RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
	SELECT format(', %s %s', word, string_agg(b.fact, separator ORDER BY b.fact))
	FROM @extschema@.hcc_fact_bits() b WHERE b.mask & hcc_facts_in_words.mask <> 0
	HAVING count(*) > 0
$$;
COMMENT ON FUNCTION @extschema@.hcc_facts_in_words(bigint, text, text) IS
	'Part of hccraf_check_model: facts, to be read; NULL if there is none.';

----------------------------------------------------------------------
-- How much there is, and does it compile?
----------------------------------------------------------------------
CREATE FUNCTION @extschema@.hcc_check_counts(scope @extschema@.hcc_model_scope)
	RETURNS SETOF @extschema@.hcc_model_finding
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	m CONSTANT text := scope.model;
	y CONSTANT integer := scope.payment_year;
BEGIN
	RETURN QUERY
	WITH code AS (
		SELECT count(*) AS given FROM @extschema@.hcc_crosswalk x WHERE x.model_version = m
			AND @extschema@.hccraf_in_year(x.effective_year, x.expiry_year, y)
		GROUP BY x.icd10_code
	)
	SELECT 'count', c.what, c.n, NULL::text, NULL::text FROM (VALUES
		('payment year', y::bigint),
		('codes', (SELECT count(*) FROM code)),
		('codes with several HCCs', (SELECT count(*) FROM code WHERE given > 1)),
		('HCCs', cardinality(scope.hccs)),
		('hierarchy pairs', (SELECT count(*) FROM @extschema@.hcc_hierarchy
			WHERE model_version = m)),
		('edits', (SELECT count(*) FROM @extschema@.hcc_dx_edit WHERE model_version = m
			AND @extschema@.hccraf_in_year(effective_year, expiry_year, y))),
		('prerequisites', (SELECT count(*) FROM @extschema@.hcc_prerequisite WHERE model_version = m
			AND @extschema@.hccraf_in_year(effective_year, expiry_year, y))),
		('groups', (SELECT count(*) FROM @extschema@.hcc_group WHERE model_version = m
			AND @extschema@.hccraf_in_year(effective_year, expiry_year, y))),
		('variables', (SELECT count(DISTINCT variable) FROM @extschema@.hcc_variable
			WHERE model_version = m)),
		('interactions', (SELECT count(*) FROM @extschema@.hcc_interaction
			WHERE model_version = m)),
		('segments', (SELECT count(DISTINCT segment) FROM @extschema@.hcc_segment
			WHERE model_version = m)),
		('age rules', (SELECT count(*) FROM @extschema@.hcc_age_rule WHERE model_version = m
			AND @extschema@.hccraf_in_year(effective_year, expiry_year, y)))
	) c(what, n);
	-- what only some models have
	RETURN QUERY
	SELECT 'count', c.what, c.n, NULL::text, NULL::text FROM (VALUES
		('drug codes', (SELECT count(DISTINCT (d.code_system, d.code))
			FROM @extschema@.hcc_drug_crosswalk d WHERE d.model_version = m
				AND @extschema@.hccraf_in_year(d.effective_year, d.expiry_year, y))),
		('cost-sharing factors', (SELECT count(*) FROM @extschema@.hcc_csr_factor f
			WHERE f.model_version = m AND f.payment_year = y))) c(what, n)
	WHERE c.n > 0;
	RETURN QUERY
	SELECT 'count', 'coefficients', (SELECT count(*)
		FROM @extschema@.hccraf_coefficients(m, y, c)), NULLIF(c, ''), NULL::text
	FROM unnest(scope.calibrations) WITH ORDINALITY o(c, i) ORDER BY i;
	RETURN QUERY
	SELECT 'count', 'custom rows', c.n, c.t, NULL::text FROM (VALUES
		('hcc_coefficient', (SELECT count(*) FROM @extschema@.hcc_coefficient
			WHERE model_version = m AND custom)),
		('hcc_crosswalk', (SELECT count(*) FROM @extschema@.hcc_crosswalk
			WHERE model_version = m AND custom)),
		('hcc_hierarchy', (SELECT count(*) FROM @extschema@.hcc_hierarchy
			WHERE model_version = m AND custom)),
		('hcc_variable', (SELECT count(*) FROM @extschema@.hcc_variable
			WHERE model_version = m AND custom)),
		('hcc_drug_crosswalk', (SELECT count(*) FROM @extschema@.hcc_drug_crosswalk
			WHERE model_version = m AND custom)),
		('hcc_csr_factor', (SELECT count(*) FROM @extschema@.hcc_csr_factor
			WHERE model_version = m AND custom))) c(t, n)
	WHERE c.n > 0;
END
$$;
COMMENT ON FUNCTION @extschema@.hcc_check_counts(@extschema@.hcc_model_scope) IS
	'Part of hccraf_check_model: how much there is.';

-- A block with an exception handler cannot run in parallel mode.
CREATE FUNCTION @extschema@.hcc_check_compiles(scope @extschema@.hcc_model_scope)
	RETURNS SETOF @extschema@.hcc_model_finding
LANGUAGE plpgsql STABLE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	c text;
	message text;
	hint text;
BEGIN
	FOREACH c IN ARRAY scope.calibrations LOOP
		BEGIN
			RETURN QUERY SELECT 'count', 'fingerprint', NULL::bigint, NULLIF(c, ''),
				@extschema@.hccraf_fingerprint(scope.model, scope.payment_year, NULLIF(c, ''));
		EXCEPTION WHEN OTHERS THEN
			GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, hint = PG_EXCEPTION_HINT;
			RETURN QUERY SELECT 'error', 'does not compile', 1::bigint, NULLIF(c, ''),
				concat_ws('. ', message, NULLIF(hint, ''));
		END;
	END LOOP;
END
$$;
COMMENT ON FUNCTION @extschema@.hcc_check_compiles(@extschema@.hcc_model_scope) IS
	'Part of hccraf_check_model: does the model compile, and what is it?';

----------------------------------------------------------------------
-- Years and calibrations
----------------------------------------------------------------------
CREATE FUNCTION @extschema@.hcc_check_year(scope @extschema@.hcc_model_scope)
	RETURNS SETOF @extschema@.hcc_model_finding
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
	SELECT 'error', 'payment year', count(*), scope.payment_year::text, CASE count(*)
		WHEN 0 THEN 'no row of hcc_model covers this year'
		ELSE 'several rows of hcc_model cover this year' END
	FROM @extschema@.hcc_model h
	WHERE h.model_version = scope.model
		AND scope.payment_year BETWEEN h.first_payment_year AND h.last_payment_year
	HAVING scope.has_years AND count(*) <> 1
$$;
COMMENT ON FUNCTION @extschema@.hcc_check_year(@extschema@.hcc_model_scope) IS
	'Part of hccraf_check_model: there is one row for the year.';

CREATE FUNCTION @extschema@.hcc_check_calibrations(scope @extschema@.hcc_model_scope)
	RETURNS SETOF @extschema@.hcc_model_finding
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
	SELECT 'error', 'calibration', count(*), NULL::text, CASE count(*)
		WHEN 0 THEN format('no calibration in payment year %s: nobody can be scored',
			scope.payment_year)
		ELSE format('%s default calibrations in payment year %s; there must be one',
			count(*) FILTER (WHERE c.is_default), scope.payment_year) END
	FROM @extschema@.hccraf_model_calibrations(scope.model, scope.payment_year) c
	HAVING count(*) FILTER (WHERE c.is_default) <> 1
	UNION ALL
	SELECT 'error', 'calibration', count(*), c.calibration, format('its rows overlap: %s',
		string_agg(format('%s to %s', c.first_payment_year, c.last_payment_year), ', '
			ORDER BY c.first_payment_year))
	FROM @extschema@.hcc_calibration c
	WHERE c.model_version = scope.model AND @extschema@.hccraf_in_year(c.first_payment_year,
		c.last_payment_year, scope.payment_year)
	GROUP BY c.calibration HAVING count(*) > 1
	UNION ALL
	SELECT 'error', 'calibration', 0, c, 'has no coefficient'
	FROM unnest(scope.calibrations) c WHERE NOT EXISTS (
		SELECT FROM @extschema@.hccraf_coefficients(scope.model, scope.payment_year, c))
	UNION ALL
	SELECT 'warning', 'calibration', count(*), k.calibration,
		'coefficients of a calibration that hcc_calibration does not have'
	FROM @extschema@.hcc_coefficient k
	WHERE k.model_version = scope.model AND EXISTS (
			SELECT FROM @extschema@.hcc_calibration c WHERE c.model_version = scope.model)
		AND k.calibration NOT IN (SELECT c.calibration FROM @extschema@.hcc_calibration c
			WHERE c.model_version = scope.model)
	GROUP BY k.calibration
$$;
COMMENT ON FUNCTION @extschema@.hcc_check_calibrations(@extschema@.hcc_model_scope) IS
	'Part of hccraf_check_model: one default, no overlap, each with coefficients.';

----------------------------------------------------------------------
-- Names: HCCs, groups and variables share one name space
----------------------------------------------------------------------
CREATE FUNCTION @extschema@.hcc_check_duplicate_names(scope @extschema@.hcc_model_scope)
	RETURNS SETOF @extschema@.hcc_model_finding
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
	SELECT 'error', 'duplicate name', count(*), name,
		'stands for: ' || string_agg(t, ', ' ORDER BY t)
	FROM (SELECT h AS name, 'hcc_category' AS t FROM unnest(scope.hccs) h
		UNION ALL SELECT scope.prefix || h, 'hcc_category' FROM unnest(scope.hccs) h
		WHERE scope.prefix <> ''
		UNION ALL SELECT g.group_name, 'hcc_group' FROM @extschema@.hcc_group g
		WHERE g.model_version = scope.model
			AND @extschema@.hccraf_in_year(g.effective_year, g.expiry_year, scope.payment_year)
		UNION ALL (SELECT DISTINCT v.variable, 'hcc_variable' FROM @extschema@.hcc_variable v
		WHERE v.model_version = scope.model)
		UNION ALL SELECT i.interaction_name, 'hcc_interaction' FROM @extschema@.hcc_interaction i
		WHERE i.model_version = scope.model) a
	GROUP BY name HAVING count(*) > 1 ORDER BY name
$$;
COMMENT ON FUNCTION @extschema@.hcc_check_duplicate_names(@extschema@.hcc_model_scope) IS
	'Part of hccraf_check_model: a name stands for one thing.';

CREATE FUNCTION @extschema@.hcc_check_unknown_hccs(scope @extschema@.hcc_model_scope)
	RETURNS SETOF @extschema@.hcc_model_finding
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
	WITH named AS (
		SELECT 'hcc_crosswalk' AS t, x.hcc_code AS h, x.icd10_code AS row_name
		FROM @extschema@.hcc_crosswalk x WHERE x.model_version = scope.model
			AND @extschema@.hccraf_in_year(x.effective_year, x.expiry_year, scope.payment_year)
		UNION ALL
		SELECT 'hcc_dx_edit', e.hcc_code, e.icd10_code FROM @extschema@.hcc_dx_edit e
		WHERE e.model_version = scope.model AND e.hcc_code IS NOT NULL
			AND @extschema@.hccraf_in_year(e.effective_year, e.expiry_year, scope.payment_year)
		UNION ALL
		SELECT 'hcc_prerequisite', h, p.hcc_code
		FROM @extschema@.hcc_prerequisite p CROSS JOIN unnest(p.hcc_code || p.requires_any) h
		WHERE p.model_version = scope.model
			AND @extschema@.hccraf_in_year(p.effective_year, p.expiry_year, scope.payment_year)
		UNION ALL
		SELECT 'hcc_hierarchy', h, p.superior_hcc || ' > ' || p.subordinate_hcc
		FROM @extschema@.hcc_hierarchy p
			CROSS JOIN unnest(ARRAY[p.superior_hcc, p.subordinate_hcc]) h
		WHERE p.model_version = scope.model
		UNION ALL
		SELECT 'hcc_group', h, g.group_name
		FROM @extschema@.hcc_group g CROSS JOIN unnest(g.hcc_codes) h
		WHERE g.model_version = scope.model
			AND @extschema@.hccraf_in_year(g.effective_year, g.expiry_year, scope.payment_year)
		UNION ALL
		SELECT 'hcc_drug_crosswalk', d.hcc_code, d.code_system || ':' || d.code
		FROM @extschema@.hcc_drug_crosswalk d WHERE d.model_version = scope.model
			AND @extschema@.hccraf_in_year(d.effective_year, d.expiry_year, scope.payment_year)
	)
	SELECT 'error', 'unknown HCC', count(*), u.h, format('named by %s: %s', u.t,
		string_agg(u.row_name, ', ' ORDER BY u.row_name) FILTER (WHERE u.i <= 10)
			|| CASE WHEN count(*) > 10 THEN ', ...' ELSE '' END)
	FROM (SELECT n.*, row_number() OVER (PARTITION BY n.t, n.h ORDER BY n.row_name) AS i
		FROM named n WHERE n.h NOT IN (SELECT unnest(scope.hcc_names))) u
	GROUP BY u.t, u.h ORDER BY u.t, u.h
$$;
COMMENT ON FUNCTION @extschema@.hcc_check_unknown_hccs(@extschema@.hcc_model_scope) IS
	'Part of hccraf_check_model: rows name HCCs that are there.';

CREATE FUNCTION @extschema@.hcc_check_elements(scope @extschema@.hcc_model_scope)
	RETURNS SETOF @extschema@.hcc_model_finding
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	helpers CONSTANT text[] := ARRAY(SELECT DISTINCT v.variable FROM @extschema@.hcc_variable v
		WHERE v.model_version = scope.model AND v.kind = 'helper');
	known CONSTANT text[] := helpers || scope.hcc_names || ARRAY(
		SELECT g.group_name FROM @extschema@.hcc_group g WHERE g.model_version = scope.model
			AND @extschema@.hccraf_in_year(g.effective_year, g.expiry_year, scope.payment_year));
BEGIN
	RETURN QUERY
	SELECT 'error', 'unknown element', 1::bigint, i.interaction_name,
		format('names "%s", which is no HCC, group or helper variable', e)
	FROM @extschema@.hcc_interaction i CROSS JOIN unnest(i.hcc_combinations) e
	WHERE i.model_version = scope.model AND e <> ALL (known)
	ORDER BY 4, 5;
	RETURN QUERY
	SELECT 'error', 'several helpers', count(*), i.interaction_name,
		'combines helper variables ' || string_agg(e, ', ' ORDER BY e)
	FROM @extschema@.hcc_interaction i CROSS JOIN unnest(i.hcc_combinations) e
	WHERE i.model_version = scope.model AND e = ANY (helpers)
	GROUP BY 4 HAVING count(*) > 1 ORDER BY 4;
END
$$;
COMMENT ON FUNCTION @extschema@.hcc_check_elements(@extschema@.hcc_model_scope) IS
	'Part of hccraf_check_model: interactions are of HCCs, groups, and at most one helper.';

CREATE FUNCTION @extschema@.hcc_check_facts(scope @extschema@.hcc_model_scope)
	RETURNS SETOF @extschema@.hcc_model_finding
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
	SELECT 'error', 'unknown fact', count(*), f,
		format('named by %s: %s', t, string_agg(name, ', ' ORDER BY name))
	FROM (SELECT 'hcc_variable', v.variable, unnest(v.requires || v.forbids)
		FROM @extschema@.hcc_variable v WHERE v.model_version = scope.model
		UNION SELECT 'hcc_segment', s.segment, unnest(s.requires || s.forbids)
		FROM @extschema@.hcc_segment s WHERE s.model_version = scope.model) a(t, name, f)
	WHERE f NOT IN (SELECT b.fact FROM @extschema@.hcc_fact_bits() b)
	GROUP BY t, f ORDER BY t, f
$$;
COMMENT ON FUNCTION @extschema@.hcc_check_facts(@extschema@.hcc_model_scope) IS
	'Part of hccraf_check_model: conditions ask for facts that there are.';

----------------------------------------------------------------------
-- Codes
----------------------------------------------------------------------
CREATE FUNCTION @extschema@.hcc_check_readable_codes(scope @extschema@.hcc_model_scope)
	RETURNS SETOF @extschema@.hcc_model_finding
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
	SELECT 'error', 'unreadable code', count(*), code, 'in ' || t
	FROM (SELECT 'hcc_crosswalk', x.icd10_code FROM @extschema@.hcc_crosswalk x
		WHERE x.model_version = scope.model
		UNION ALL SELECT 'hcc_dx_edit', e.icd10_code FROM @extschema@.hcc_dx_edit e
		WHERE e.model_version = scope.model) a(t, code)
	WHERE btrim(code, E' \t\r\n') !~ '^(?:[A-Za-z0-9]{3}[.]?[A-Za-z0-9]{0,5}|[A-Za-z0-9]{1,8})$'
	GROUP BY t, code
	UNION ALL
	SELECT 'error', 'unreadable code', count(*), d.code, 'in hcc_drug_crosswalk'
	FROM @extschema@.hcc_drug_crosswalk d
	WHERE d.model_version = scope.model AND btrim(d.code, E' \t\r\n') !~ CASE d.code_system
		WHEN 'ndc' THEN '^(?:[A-Za-z0-9]{11}|[A-Za-z0-9]{5}-[A-Za-z0-9]{4}-[A-Za-z0-9]{2})$'
		ELSE '^[A-Za-z0-9]{1,8}$' END
	GROUP BY d.code
	ORDER BY 5, 4
$$;
COMMENT ON FUNCTION @extschema@.hcc_check_readable_codes(@extschema@.hcc_model_scope) IS
	'Part of hccraf_check_model: codes are of the form of codes.';

CREATE FUNCTION @extschema@.hcc_check_overlaps(scope @extschema@.hcc_model_scope)
	RETURNS SETOF @extschema@.hcc_model_finding
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
	SELECT CASE WHEN bool_or(scope.payment_year IS NULL OR scope.payment_year
			BETWEEN GREATEST(a.first, a.next_first) AND LEAST(a.last, a.next_last))
			THEN 'error' ELSE 'warning' END,
		'overlapping rows', count(*) + 1, a.code,
		format('%s gives HCC %s twice in payment years %s', a.t, a.h,
			string_agg(format('%s to %s', NULLIF(GREATEST(a.first, a.next_first), 0),
				NULLIF(LEAST(a.last, a.next_last), 9999)), ', '))
	FROM (SELECT t, code, h, first, last, lead(first) OVER w AS next_first,
			lead(last) OVER w AS next_last
		FROM (SELECT 'hcc_crosswalk' AS t,
				upper(replace(btrim(x.icd10_code, E' \t\r\n'), '.', '')) AS code,
				x.hcc_code AS h, COALESCE(x.effective_year, 0) AS first,
				COALESCE(x.expiry_year, 9999) AS last, 
				@extschema@.hcc_mapping_in_words(x.valid_from, x.valid_to, x.mce_age_min,
				x.mce_age_max, x.age_min, x.age_max, x.sex)
				AS rule
			FROM @extschema@.hcc_crosswalk x WHERE x.model_version = scope.model
			UNION ALL
			SELECT 'hcc_drug_crosswalk', d.code_system || ':' || upper(d.code), d.hcc_code,
				COALESCE(d.effective_year, 0), COALESCE(d.expiry_year, 9999), NULL
			FROM @extschema@.hcc_drug_crosswalk d WHERE d.model_version = scope.model) x
		WINDOW w AS (PARTITION BY t, code, h, rule ORDER BY first, last)) a
	WHERE a.next_first <= a.last
	GROUP BY a.t, a.code, a.h ORDER BY a.t, a.code, a.h
$$;
COMMENT ON FUNCTION @extschema@.hcc_check_overlaps(@extschema@.hcc_model_scope) IS
	'Part of hccraf_check_model: a code gives an HCC once in a year.';

CREATE FUNCTION @extschema@.hcc_check_edits(scope @extschema@.hcc_model_scope)
	RETURNS SETOF @extschema@.hcc_model_finding
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
	SELECT 'warning', 'edit without code', count(*), string_agg(DISTINCT e.icd10_code, ', '),
		'edits of codes that hcc_crosswalk does not have in this year'
	FROM @extschema@.hcc_dx_edit e
	WHERE e.model_version = scope.model AND e.action = 'invalid'
		AND @extschema@.hccraf_in_year(e.effective_year, e.expiry_year, scope.payment_year)
		AND NOT EXISTS (SELECT FROM @extschema@.hcc_crosswalk x
			WHERE x.model_version = scope.model AND x.icd10_code = e.icd10_code
				AND @extschema@.hccraf_in_year(x.effective_year, x.expiry_year, scope.payment_year))
	HAVING count(*) > 0
$$;
COMMENT ON FUNCTION @extschema@.hcc_check_edits(@extschema@.hcc_model_scope) IS
	'Part of hccraf_check_model: edits are of codes that are there.';

-- We have no list of all codes: those that any model maps in the year stand
-- for it. Siblings are codes that differ in the last character only; one row
-- per category, the first three characters.
CREATE FUNCTION @extschema@.hcc_check_siblings(scope @extschema@.hcc_model_scope)
	RETURNS SETOF @extschema@.hcc_model_finding
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
	WITH known AS (
		SELECT x.icd10_code AS code, bool_or(x.model_version = scope.model) AS mapped
		FROM @extschema@.hcc_crosswalk x
		WHERE @extschema@.hccraf_in_year(x.effective_year, x.expiry_year, scope.payment_year)
		GROUP BY x.icd10_code
	), family AS (
		SELECT count(*) FILTER (WHERE mapped) AS mapped,
			array_agg(code ORDER BY code) FILTER (WHERE NOT mapped) AS unmapped
		FROM known WHERE length(code) >= 4 GROUP BY left(code, -1)
	)
	SELECT 'warning', 'unmapped siblings', count(*), left(code, 3),
		'no HCC, though most siblings have one: '
			|| string_agg(code, ', ' ORDER BY code) FILTER (WHERE i <= 8)
			|| CASE WHEN count(*) > 8 THEN ', ...' ELSE '' END
	FROM (SELECT code, row_number() OVER (PARTITION BY left(code, 3) ORDER BY code) AS i
		FROM family CROSS JOIN unnest(unmapped) code
		WHERE mapped >= 2 AND mapped > cardinality(unmapped)) u
	GROUP BY left(code, 3) ORDER BY 4
$$;
COMMENT ON FUNCTION @extschema@.hcc_check_siblings(@extschema@.hcc_model_scope) IS
	'Part of hccraf_check_model: codes like others that have an HCC have one too.';

----------------------------------------------------------------------
-- Hierarchy
----------------------------------------------------------------------
CREATE FUNCTION @extschema@.hcc_check_cycles(scope @extschema@.hcc_model_scope)
	RETURNS SETOF @extschema@.hcc_model_finding
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
	WITH RECURSIVE pair AS (
		SELECT h.superior_hcc AS a, h.subordinate_hcc AS b
		FROM @extschema@.hcc_hierarchy h WHERE h.model_version = scope.model
	), reach AS (
		SELECT a, b FROM pair
		UNION SELECT reach.a, pair.b FROM reach JOIN pair ON pair.a = reach.b
	)
	SELECT 'error', 'hierarchy cycle', 1::bigint, pair.a || ' > ' || pair.b,
		format('HCC %s would supersede itself', pair.a)
	FROM pair WHERE EXISTS (SELECT FROM reach WHERE reach.a = pair.b AND reach.b = pair.a)
	ORDER BY 4
$$;
COMMENT ON FUNCTION @extschema@.hcc_check_cycles(@extschema@.hcc_model_scope) IS
	'Part of hccraf_check_model: no HCC drops itself.';

CREATE FUNCTION @extschema@.hcc_check_transitive(scope @extschema@.hcc_model_scope)
	RETURNS SETOF @extschema@.hcc_model_finding
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
	SELECT 'warning', 'hierarchy not transitive', count(*),
		p.superior_hcc || ' > ' || q.subordinate_hcc,
		format('is no pair, though HCC %s drops %s, which drops %s: whether %s stays depends on '
			'hierarchy_order', p.superior_hcc, string_agg(p.subordinate_hcc, ' and '),
			q.subordinate_hcc, q.subordinate_hcc)
	FROM @extschema@.hcc_hierarchy p
		JOIN @extschema@.hcc_hierarchy q
			ON q.model_version = scope.model AND q.superior_hcc = p.subordinate_hcc
	WHERE p.model_version = scope.model AND p.superior_hcc <> q.subordinate_hcc
		AND NOT EXISTS (SELECT FROM @extschema@.hcc_hierarchy d
			WHERE d.model_version = scope.model AND d.superior_hcc = p.superior_hcc
				AND d.subordinate_hcc = q.subordinate_hcc)
	GROUP BY p.superior_hcc, q.subordinate_hcc ORDER BY 4
$$;
COMMENT ON FUNCTION @extschema@.hcc_check_transitive(@extschema@.hcc_model_scope) IS
	'Part of hccraf_check_model: what an HCC drops drops nothing that it does not drop itself.';

----------------------------------------------------------------------
-- HCCs
----------------------------------------------------------------------

-- A blank cell of a published table is a missing row, so only an HCC without
-- any is an error.
CREATE FUNCTION @extschema@.hcc_check_hcc_coefficients(scope @extschema@.hcc_model_scope)
	RETURNS SETOF @extschema@.hcc_model_finding
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
	WITH k AS MATERIALIZED (
		SELECT c.calibration, c.segment, c.variable
		FROM @extschema@.hcc_scope_coefficients(scope) c
	), hcc AS MATERIALIZED (
		SELECT scope.prefix || h AS name, lpad(h, 10) AS place, EXISTS (
			SELECT FROM @extschema@.hcc_coefficient o
			WHERE o.model_version = scope.model AND o.variable = scope.prefix || h) AS ever
		FROM unnest(scope.hccs) h
		WHERE h NOT IN (SELECT g.hcc_code FROM @extschema@.hcc_category g
				WHERE g.model_version = scope.model AND NOT g.is_payment)
			-- what scores by its place in a family needs no coefficient of its own
			AND h NOT IN (SELECT unnest(f.hcc_codes) FROM @extschema@.hcc_group f
				WHERE f.model_version = scope.model AND f.family IS NOT NULL
				EXCEPT SELECT substr(k.variable, length(scope.prefix) + 1) FROM k)
	), scores AS (
		-- segments that score HCCs at all
		SELECT DISTINCT calibration, segment FROM k
		WHERE variable IN (SELECT scope.prefix || h FROM unnest(scope.hccs) h)
	), lacking AS (
		-- in no calibration of any year; in none of this one; in a segment of it
		SELECT 1 AS place, 'error' AS severity, NULL AS calibration, h.name AS item, h.name,
			h.place AS hcc, 'in no segment' AS detail
		FROM hcc h WHERE NOT h.ever AND h.name NOT IN (SELECT variable FROM k)
		UNION ALL
		SELECT 2, 'warning', c, c, h.name, h.place, 'in no segment of this calibration: '
		FROM unnest(scope.calibrations) c CROSS JOIN hcc h
		WHERE h.ever AND (c, h.name) NOT IN (SELECT calibration, variable FROM k)
		UNION ALL
		SELECT 3, 'warning', s.calibration, s.segment, h.name, h.place,
			format('in this segment of %s, though in others: ', s.calibration)
		FROM scores s CROSS JOIN hcc h
		WHERE NOT EXISTS (SELECT FROM @extschema@.hcc_category g
				JOIN @extschema@.hcc_segment e ON e.model_version = scope.model
					AND e.segment = s.segment
				WHERE g.model_version = scope.model AND scope.prefix || g.hcc_code = h.name
					AND (g.age_min > e.age_max OR g.age_max < e.age_min))
			AND (s.calibration, h.name) IN (SELECT calibration, variable FROM k)
			AND (s.calibration, s.segment, h.name) NOT IN (
				SELECT calibration, segment, variable FROM k)
	)
	SELECT severity, 'HCC without coefficient', count(*), item, detail || CASE WHEN place > 1
		THEN string_agg(name, ', ' ORDER BY hcc) ELSE '' END
	FROM lacking GROUP BY place, severity, calibration, item, detail
	ORDER BY place, calibration, CASE WHEN place = 1 THEN min(hcc) ELSE item END
$$;
COMMENT ON FUNCTION @extschema@.hcc_check_hcc_coefficients(@extschema@.hcc_model_scope) IS
	'Part of hccraf_check_model: HCCs have coefficients.';

CREATE FUNCTION @extschema@.hcc_check_hcc_codes(scope @extschema@.hcc_model_scope)
	RETURNS SETOF @extschema@.hcc_model_finding
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
	SELECT 'warning', 'HCC without code', count(*), NULL::text,
		'no code maps to: ' || string_agg(scope.prefix || h, ', ' ORDER BY lpad(h, 10))
	FROM unnest(scope.hccs) h
	WHERE h NOT IN (SELECT x.hcc_code FROM @extschema@.hcc_crosswalk x
			WHERE x.model_version = scope.model
				AND @extschema@.hccraf_in_year(x.effective_year, x.expiry_year, scope.payment_year))
		AND h NOT IN (SELECT e.hcc_code FROM @extschema@.hcc_dx_edit e
			WHERE e.model_version = scope.model AND e.hcc_code IS NOT NULL
				AND @extschema@.hccraf_in_year(e.effective_year, e.expiry_year, scope.payment_year))
		-- a category of drugs may be of other years
		AND h NOT IN (SELECT d.hcc_code FROM @extschema@.hcc_drug_crosswalk d
			WHERE d.model_version = scope.model)
	HAVING count(*) > 0
$$;
COMMENT ON FUNCTION @extschema@.hcc_check_hcc_codes(@extschema@.hcc_model_scope) IS
	'Part of hccraf_check_model: HCCs have codes.';

----------------------------------------------------------------------
-- Coefficients, variables, segments
----------------------------------------------------------------------
CREATE FUNCTION @extschema@.hcc_check_coefficients(scope @extschema@.hcc_model_scope)
	RETURNS SETOF @extschema@.hcc_model_finding
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
	WITH k AS MATERIALIZED (
		SELECT c.calibration, c.segment, c.variable
		FROM @extschema@.hcc_scope_coefficients(scope) c
	), variable AS MATERIALIZED (
		SELECT v.variable AS name FROM @extschema@.hcc_variable v
		WHERE v.model_version = scope.model AND v.kind <> 'helper'
		UNION SELECT i.interaction_name FROM @extschema@.hcc_interaction i
		WHERE i.model_version = scope.model
		UNION SELECT g.group_name FROM @extschema@.hcc_group g
		WHERE g.model_version = scope.model AND g.replaces
			AND @extschema@.hccraf_in_year(g.effective_year, g.expiry_year, scope.payment_year)
	), segment AS MATERIALIZED (
		SELECT DISTINCT u.name FROM @extschema@.hcc_segment s
			CROSS JOIN unnest(ARRAY[s.segment, s.adds, s.divided_by]) u(name)
		WHERE s.model_version = scope.model AND u.name IS NOT NULL
	)
	SELECT 'error', 'coefficient without variable', count(*), k.variable,
		format('in segments %s of %s', string_agg(k.segment, ', ' ORDER BY k.segment),
			k.calibration)
	FROM k WHERE k.variable NOT IN (SELECT name FROM variable UNION SELECT unnest(scope.hcc_names)
		UNION SELECT v.variable FROM @extschema@.hcc_variable v WHERE v.model_version = scope.model)
	GROUP BY k.variable, k.calibration
	UNION ALL
	SELECT 'error', 'coefficient without segment', count(*), k.segment,
		format('%s coefficients of %s', count(*), k.calibration)
	FROM k WHERE scope.has_segments AND k.segment NOT IN (SELECT name FROM segment)
	GROUP BY k.segment, k.calibration
	UNION ALL
	SELECT 'error', 'coefficient without segment', count(DISTINCT k.segment), NULL,
		'no row of hcc_segment says who is in which of: ' || string_agg(DISTINCT k.segment, ', ')
	FROM k WHERE NOT scope.has_segments HAVING count(DISTINCT k.segment) > 1
	UNION ALL
	(SELECT 'error', 'segment without coefficient', 0, s.name, 'in ' || c
	FROM segment s CROSS JOIN unnest(scope.calibrations) c
	WHERE (s.name, c) NOT IN (SELECT segment, calibration FROM k) ORDER BY s.name)
	UNION ALL
	SELECT 'error', 'segment name', 1, s.name, 'is longer than 23 bytes'
	FROM segment s WHERE octet_length(s.name) > 23
	UNION ALL
	SELECT 'warning', 'variable without coefficient', count(*), NULL,
		string_agg(v.name, ', ' ORDER BY v.name)
	FROM variable v WHERE v.name NOT IN (SELECT variable FROM k) HAVING count(*) > 0
$$;
COMMENT ON FUNCTION @extschema@.hcc_check_coefficients(@extschema@.hcc_model_scope) IS
	'Part of hccraf_check_model: coefficients are of variables and segments, which have some.';

CREATE FUNCTION @extschema@.hcc_check_unused(scope @extschema@.hcc_model_scope)
	RETURNS SETOF @extschema@.hcc_model_finding
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
	SELECT 'warning', 'unused', 1::bigint, u.name, format('no interaction uses this %s', u.what)
	FROM (SELECT DISTINCT v.variable, 'helper variable' FROM @extschema@.hcc_variable v
		WHERE v.model_version = scope.model AND v.kind = 'helper'
		UNION ALL SELECT DISTINCT g.group_name, 'group' FROM @extschema@.hcc_group g
		WHERE g.model_version = scope.model AND NOT g.replaces) u(name, what)
	WHERE NOT EXISTS (SELECT FROM @extschema@.hcc_interaction i
		WHERE i.model_version = scope.model AND u.name = ANY (i.hcc_combinations))
$$;
COMMENT ON FUNCTION @extschema@.hcc_check_unused(@extschema@.hcc_model_scope) IS
	'Part of hccraf_check_model: helpers and groups are in interactions.';

CREATE FUNCTION @extschema@.hcc_check_decimals(scope @extschema@.hcc_model_scope)
	RETURNS SETOF @extschema@.hcc_model_finding
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
	SELECT 'error', 'too many decimals', 1::bigint, k.variable,
		format('coefficient %s in segment %s; three are kept', k.coefficient, k.segment)
	FROM @extschema@.hcc_scope_coefficients(scope) k
	WHERE k.coefficient <> round(k.coefficient, 3)
$$;
COMMENT ON FUNCTION @extschema@.hcc_check_decimals(@extschema@.hcc_model_scope) IS
	'Part of hccraf_check_model: coefficients have three decimals.';

CREATE FUNCTION @extschema@.hcc_check_variables(scope @extschema@.hcc_model_scope)
	RETURNS SETOF @extschema@.hcc_model_finding
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
	SELECT 'error', 'variable of several kinds', count(DISTINCT v.kind), v.variable,
		string_agg(DISTINCT v.kind, ', ')
	FROM @extschema@.hcc_variable v WHERE v.model_version = scope.model
	GROUP BY v.variable HAVING count(DISTINCT v.kind) > 1
	UNION ALL
	SELECT 'error', 'count with other conditions', count(*), v.variable,
		'only one range of counts is possible'
	FROM @extschema@.hcc_variable v WHERE v.model_version = scope.model AND v.kind = 'count'
	GROUP BY v.variable
	HAVING count(*) > 1 OR bool_or(num_nonnulls(v.age_min, v.age_max, v.sex, v.months_min,
		v.months_max, v.days_min, v.days_max) > 0 OR cardinality(v.requires || v.forbids) > 0)
$$;
COMMENT ON FUNCTION @extschema@.hcc_check_variables(@extschema@.hcc_model_scope) IS
	'Part of hccraf_check_model: the rows of a variable go together.';

----------------------------------------------------------------------
-- What can never be
----------------------------------------------------------------------

-- A row, or a variable with all its rows
CREATE FUNCTION @extschema@.hcc_check_possible_variables(scope @extschema@.hcc_model_scope)
	RETURNS SETOF @extschema@.hcc_model_finding
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
	WITH v AS (
		SELECT v.variable, @extschema@.hccraf_impossible(
			v.requires || @extschema@.hcc_sex_fact(v.sex), v.forbids, v.age_min, v.age_max,
			v.months_min, v.months_max, v.count_min, v.count_max) AS why
		FROM @extschema@.hcc_variable v WHERE v.model_version = scope.model
	)
	SELECT CASE WHEN count(*) = count(why) THEN 'error' ELSE 'warning' END,
		'variable can never be 1', count(why), variable, string_agg(DISTINCT why, '; ')
			|| CASE WHEN count(*) > count(why)
				THEN format(' (in %s of %s rows)', count(why), count(*)) ELSE '' END
	FROM v GROUP BY variable HAVING count(why) > 0 ORDER BY variable
$$;
COMMENT ON FUNCTION @extschema@.hcc_check_possible_variables(@extschema@.hcc_model_scope) IS
	'Part of hccraf_check_model: somebody can have a variable.';

CREATE FUNCTION @extschema@.hcc_check_possible_segments(scope @extschema@.hcc_model_scope)
	RETURNS SETOF @extschema@.hcc_model_finding
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
	SELECT 'error', 'segment can never fit', 1::bigint, s.segment,
		format('row of priority %s: %s', s.priority, why)
	FROM @extschema@.hcc_segment s CROSS JOIN LATERAL @extschema@.hccraf_impossible(s.requires,
		s.forbids, s.age_min, s.age_max, s.months_min, s.months_max, NULL::integer,
		NULL::integer) why
	WHERE s.model_version = scope.model AND why IS NOT NULL ORDER BY s.priority
$$;
COMMENT ON FUNCTION @extschema@.hcc_check_possible_segments(@extschema@.hcc_model_scope) IS
	'Part of hccraf_check_model: somebody can be in a segment.';

-- Two HCCs of which one drops the other are never active together.
CREATE FUNCTION @extschema@.hcc_check_possible_interactions(scope @extschema@.hcc_model_scope)
	RETURNS SETOF @extschema@.hcc_model_finding
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
	WITH element AS (
		SELECT i.interaction_name, e.name,
			COALESCE(g.hcc_codes, ARRAY[COALESCE(h.h, e.name)]) AS hccs
		FROM @extschema@.hcc_interaction i CROSS JOIN unnest(i.hcc_combinations) e(name)
			LEFT JOIN @extschema@.hcc_group g
				ON g.model_version = scope.model AND g.group_name = e.name AND @extschema@.
					hccraf_in_year(g.effective_year, g.expiry_year, scope.payment_year)
			LEFT JOIN LATERAL (
				SELECT h FROM unnest(scope.hccs) h WHERE scope.prefix || h = e.name) h ON true
		WHERE i.model_version = scope.model
			AND (g.hcc_codes IS NOT NULL OR e.name = ANY (scope.hcc_names))
			-- the last of a family is for those who have none of the others
			AND NOT (g.family IS NOT NULL AND g.hcc_codes = '{}')
	)
	SELECT 'error', 'interaction can never be 1', 1::bigint, a.interaction_name,
		CASE WHEN cardinality(a.hccs) = 0 THEN format('group %s is empty', a.name)
			ELSE format('of %s and %s, one always drops the other', a.name, b.name) END
	FROM element a JOIN element b ON b.interaction_name = a.interaction_name
		AND (b.name > a.name OR b.name = a.name AND cardinality(a.hccs) = 0)
	WHERE (a.name = b.name OR '{}' NOT IN (a.hccs, b.hccs)) AND NOT EXISTS (
		SELECT FROM unnest(a.hccs) p CROSS JOIN unnest(b.hccs) q
		WHERE NOT EXISTS (SELECT FROM @extschema@.hcc_hierarchy d
			WHERE d.model_version = scope.model
				AND (d.superior_hcc, d.subordinate_hcc) IN ((p, q), (q, p))))
	ORDER BY a.interaction_name
$$;
COMMENT ON FUNCTION @extschema@.hcc_check_possible_interactions(@extschema@.hcc_model_scope) IS
	'Part of hccraf_check_model: somebody can have an interaction.';

-- Ages of members are those as they are and as age rules make them; an
-- interaction has its helper's conditions.
CREATE FUNCTION @extschema@.hcc_check_variables_in_segments(scope @extschema@.hcc_model_scope)
	RETURNS SETOF @extschema@.hcc_model_finding
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
	WITH k AS MATERIALIZED (
		SELECT DISTINCT c.segment, c.variable FROM @extschema@.hcc_scope_coefficients(scope) c
	), member AS MATERIALIZED (
		SELECT p.segment, s.requires, s.forbids, s.months_min, s.months_max,
			LEAST(s.age_min, min(r.age) FILTER (WHERE r.scored_age >= s.age_min)) AS age_min,
			GREATEST(s.age_max, max(r.scored_age) FILTER (WHERE r.age <= s.age_max)) AS age_max
		FROM @extschema@.hcc_segment s
			CROSS JOIN LATERAL unnest(ARRAY[s.segment, s.adds, s.divided_by]) p(segment)
			LEFT JOIN @extschema@.hcc_age_rule r ON r.model_version = scope.model
				AND @extschema@.hccraf_in_year(r.effective_year, r.expiry_year, scope.payment_year)
		WHERE s.model_version = scope.model AND p.segment IS NOT NULL
		GROUP BY s.id, p.segment
	), condition AS (
		SELECT v.variable, v.kind, v.requires || @extschema@.hcc_sex_fact(v.sex) AS requires,
			v.forbids, v.age_min, v.age_max, v.months_min, v.months_max, v.count_min, v.count_max
		FROM @extschema@.hcc_variable v WHERE v.model_version = scope.model AND v.kind <> 'count'
	), v AS MATERIALIZED (
		SELECT c.* FROM condition c WHERE @extschema@.hccraf_impossible(c.requires, c.forbids,
			c.age_min, c.age_max, c.months_min, c.months_max, c.count_min, c.count_max) IS NULL
		UNION ALL
		SELECT i.interaction_name, c.kind, c.requires, c.forbids, c.age_min, c.age_max,
			c.months_min, c.months_max, NULL, NULL
		FROM @extschema@.hcc_interaction i
			JOIN condition c ON c.kind = 'helper' AND c.variable = ANY (i.hcc_combinations)
		WHERE i.model_version = scope.model
	), possible AS MATERIALIZED (
		SELECT k.segment, k.variable
		FROM k JOIN v ON v.variable = k.variable JOIN member s ON s.segment = k.segment
		WHERE @extschema@.hccraf_impossible(v.requires || s.requires, v.forbids || s.forbids,
			GREATEST(v.age_min, s.age_min), LEAST(v.age_max, s.age_max),
			GREATEST(v.months_min, s.months_min), LEAST(v.months_max, s.months_max),
			NULL::integer, NULL::integer) IS NULL
	)
	SELECT 'warning', 'never 1 in segment', count(DISTINCT k.variable), k.segment,
		string_agg(DISTINCT k.variable, ', ')
	FROM k
	WHERE k.variable IN (SELECT variable FROM v) AND k.segment IN (SELECT segment FROM member)
		AND (k.segment, k.variable) NOT IN (SELECT segment, variable FROM possible)
	GROUP BY k.segment ORDER BY k.segment
$$;
COMMENT ON FUNCTION @extschema@.hcc_check_variables_in_segments(@extschema@.hcc_model_scope) IS
	'Part of hccraf_check_model: somebody in a segment can have its variables.';

----------------------------------------------------------------------
-- Kinds of rule of models that are concurrent
----------------------------------------------------------------------
CREATE FUNCTION @extschema@.hcc_check_possible_rows(scope @extschema@.hcc_model_scope)
	RETURNS SETOF @extschema@.hcc_model_finding
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
	SELECT 'error', 'row can never hold', count(*), r.item,
		string_agg(r.wrong, ', ' ORDER BY r.wrong)
	FROM (
		SELECT x.icd10_code AS item, 'mapped to ' || x.hcc_code AS wrong
		FROM @extschema@.hcc_crosswalk x
		WHERE x.model_version = scope.model AND @extschema@.hccraf_in_year(x.effective_year,
				x.expiry_year, scope.payment_year)
			AND (x.valid_from > x.valid_to OR x.mce_age_min > x.mce_age_max
				OR x.age_min > x.age_max)
		UNION ALL
		SELECT c.hcc_code, 'paid at no age' FROM @extschema@.hcc_category c
		WHERE c.model_version = scope.model AND c.age_min > c.age_max
		UNION ALL
		SELECT g.group_name, 'a group of no age' FROM @extschema@.hcc_group g
		WHERE g.model_version = scope.model AND g.age_min > g.age_max
			AND @extschema@.hccraf_in_year(g.effective_year, g.expiry_year, scope.payment_year)
		UNION ALL
		SELECT v.variable, 'enrolled for no number of days' FROM @extschema@.hcc_variable v
		WHERE v.model_version = scope.model AND v.days_min > v.days_max
	) r
	GROUP BY r.item ORDER BY r.item
$$;
COMMENT ON FUNCTION @extschema@.hcc_check_possible_rows(@extschema@.hcc_model_scope) IS
	'Part of hccraf_check_model: dates, ages and days of a row have a beginning before their end.';

CREATE FUNCTION @extschema@.hcc_check_alternatives(scope @extschema@.hcc_model_scope)
	RETURNS SETOF @extschema@.hcc_model_finding
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
	SELECT 'warning', 'duplicate row', v.n, v.variable, 'in hcc_variable'
	FROM (
		SELECT x.variable, count(*) AS n FROM @extschema@.hcc_variable x
		WHERE x.model_version = scope.model
		GROUP BY x.variable, x.kind, x.age_min, x.age_max, x.sex, x.requires, x.forbids,
			x.months_min, x.months_max, x.count_min, x.count_max, x.days_min, x.days_max
		HAVING count(*) > 1) v
	ORDER BY v.variable
$$;
COMMENT ON FUNCTION @extschema@.hcc_check_alternatives(@extschema@.hcc_model_scope) IS
	'Part of hccraf_check_model: alternatives of a variable differ.';

-- As of HCCs: a blank cell of a table is a missing row
CREATE FUNCTION @extschema@.hcc_check_group_coefficients(scope @extschema@.hcc_model_scope)
	RETURNS SETOF @extschema@.hcc_model_finding
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
	WITH k AS MATERIALIZED (
		SELECT c.calibration, c.segment, g.group_name, g.age_min, g.age_max
		FROM @extschema@.hcc_scope_coefficients(scope) c
			JOIN @extschema@.hcc_group g ON g.model_version = scope.model AND g.replaces
				AND g.group_name = c.variable
		WHERE @extschema@.hccraf_in_year(g.effective_year, g.expiry_year, scope.payment_year)
	)
	SELECT 'warning', 'group without coefficient', count(*), s.segment,
		format('in this segment of %s, though in others: %s', s.calibration,
			string_agg(g.group_name, ', ' ORDER BY g.group_name))
	FROM (SELECT DISTINCT k.calibration, k.segment FROM k) s
		JOIN (SELECT DISTINCT k.calibration, k.group_name, k.age_min, k.age_max FROM k) g
			USING (calibration)
		JOIN @extschema@.hcc_segment e ON e.model_version = scope.model AND e.segment = s.segment
	WHERE (g.age_min > e.age_max OR g.age_max < e.age_min) IS NOT TRUE
		AND NOT EXISTS (SELECT FROM k WHERE (k.calibration, k.segment, k.group_name)
			= (s.calibration, s.segment, g.group_name))
	GROUP BY s.calibration, s.segment ORDER BY s.calibration, s.segment
$$;
COMMENT ON FUNCTION @extschema@.hcc_check_group_coefficients(@extschema@.hcc_model_scope) IS
	'Part of hccraf_check_model: groups that score have coefficients.';

CREATE FUNCTION @extschema@.hcc_check_csr_factors(scope @extschema@.hcc_model_scope)
	RETURNS SETOF @extschema@.hcc_model_finding
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
	WITH f AS MATERIALIZED (
		SELECT c.payment_year, c.csr_variant, c.metal FROM @extschema@.hcc_csr_factor c
		WHERE c.model_version = scope.model
	), missing AS (
		-- the nearest year that has any is the one to go by
		SELECT DISTINCT f.csr_variant, f.metal FROM f
		WHERE f.payment_year = (SELECT n.payment_year FROM f n
				WHERE n.payment_year <> scope.payment_year
				ORDER BY abs(n.payment_year - scope.payment_year), n.payment_year LIMIT 1)
			AND (f.payment_year < scope.payment_year
				OR NOT EXISTS (SELECT FROM f y WHERE y.payment_year = scope.payment_year))
		EXCEPT SELECT f.csr_variant, f.metal FROM f WHERE f.payment_year = scope.payment_year
	)
	SELECT 'warning', 'cost-sharing factor gone', count(*), m.csr_variant,
		'the nearest other year has one: ' || string_agg(COALESCE(m.metal, 'any metal'), ', '
			ORDER BY m.metal)
	FROM missing m GROUP BY m.csr_variant ORDER BY m.csr_variant
$$;
COMMENT ON FUNCTION @extschema@.hcc_check_csr_factors(@extschema@.hcc_model_scope) IS
	'Part of hccraf_check_model: cost-sharing factors of the year before are there again.';

----------------------------------------------------------------------
-- Who is where
----------------------------------------------------------------------
CREATE FUNCTION @extschema@.hcc_check_people(scope @extschema@.hcc_model_scope)
	RETURNS SETOF @extschema@.hcc_model_finding
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
	WITH person AS MATERIALIZED (
		SELECT * FROM @extschema@.hccraf_kinds_of_people(scope.model, scope.payment_year)
	), everybody AS MATERIALIZED (
		SELECT bit_or(facts) AS facts, count(DISTINCT months) AS months, (SELECT bit_or(b.mask)
			FROM @extschema@.hcc_fact_bits() b WHERE b.fact LIKE 'esrd%') AS esrd
		FROM person
	)
	SELECT 'warning', 'segment without people', 1::bigint, s.segment,
		format('the rows before priority %s take them all', s.priority)
	FROM @extschema@.hcc_segment s
	WHERE s.model_version = scope.model
		AND s.priority NOT IN (SELECT priority FROM person WHERE priority IS NOT NULL)
		AND @extschema@.hccraf_impossible(s.requires, s.forbids, s.age_min, s.age_max, s.months_min,
			s.months_max, NULL::integer, NULL::integer) IS NULL
	UNION ALL
	(SELECT 'warning', 'people without segment', count(*), NULL, concat('ages ',
		@extschema@.hcc_ranges(array_agg(p.age), array_agg(p.age_to)),
		CASE WHEN count(DISTINCT p.months) < e.months THEN ', months '
			|| @extschema@.hcc_ranges(array_agg(p.months), array_agg(p.months_to)) END,
		-- what they all have in common, or what none of them has
		@extschema@.hcc_facts_in_words(bit_and(p.facts), 'all'::text, ' and '::text),
		@extschema@.hcc_facts_in_words(e.facts & ~bit_or(p.facts), 'none'::text, ' or '::text))
	FROM person p CROSS JOIN everybody e WHERE p.segment IS NULL
	GROUP BY p.facts & e.esrd, e.months, e.facts ORDER BY p.facts & e.esrd DESC)
$$;
COMMENT ON FUNCTION @extschema@.hcc_check_people(@extschema@.hcc_model_scope) IS
	'Part of hccraf_check_model: everybody has a segment, and segments have somebody.';

CREATE FUNCTION @extschema@.hcc_model_terms(scope @extschema@.hcc_model_scope,
	OUT calibration text, OUT segment text, OUT new_enrollee boolean, OUT needs bigint,
	OUT refuses bigint, OUT age_min integer, OUT age_max integer, OUT months_min integer,
	OUT months_max integer) RETURNS SETOF record
LANGUAGE sql STABLE PARALLEL SAFE COST 10000 ROWS 1000
SET search_path = pg_catalog, pg_temp
AS $$
	WITH condition AS MATERIALIZED (
		SELECT * FROM @extschema@.hcc_model_conditions(scope.model)
	)
	SELECT k.calibration, s.segment,
		bool_or(v.kind = 'new_enrollee') OVER (PARTITION BY k.calibration, s.segment),
		v.needs, v.refuses, v.age_min, v.age_max, v.months_min, v.months_max
	FROM (SELECT DISTINCT c.segment, c.adds FROM condition c WHERE c.priority IS NOT NULL) s
		JOIN @extschema@.hcc_scope_coefficients(scope) k ON k.segment IN (s.segment, s.adds)
		JOIN condition v ON v.variable = k.variable
$$;
COMMENT ON FUNCTION @extschema@.hcc_model_terms(@extschema@.hcc_model_scope) IS
	'Part of hccraf_check_model: the terms of people by calibration and segment.';

-- People count alike that the terms of their segment and the age rules do not
-- tell apart.
CREATE FUNCTION @extschema@.hcc_check_cells(scope @extschema@.hcc_model_scope)
	RETURNS SETOF @extschema@.hcc_model_finding
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
	WITH person AS MATERIALIZED (
		SELECT * FROM @extschema@.hccraf_kinds_of_people(scope.model, scope.payment_year) p
		WHERE p.segment IS NOT NULL
	), term AS MATERIALIZED (
		SELECT * FROM @extschema@.hcc_model_terms(scope) t
		WHERE t.segment IN (SELECT segment FROM person)
	), about AS MATERIALIZED (
		SELECT t.calibration, t.segment, bool_or(t.new_enrollee) AS new_enrollee,
			bit_or(t.needs | t.refuses) | @extschema@.hcc_bits_of(ARRAY(
				SELECT 'orec_' || r.orec FROM @extschema@.hcc_age_rule r
				WHERE r.model_version = scope.model)) AS facts,
			bool_or(num_nonnulls(t.months_min, t.months_max) > 0) AS asks_months
		FROM term t GROUP BY t.calibration, t.segment
	), kind AS (
		SELECT DISTINCT a.calibration, p.segment, p.facts & a.facts AS facts, p.age, p.age_to,
			CASE WHEN a.asks_months THEN p.months END AS months,
			CASE WHEN a.asks_months THEN p.months_to END AS months_to,
			CASE WHEN a.new_enrollee THEN p.new_enrollee_age ELSE p.own_age END AS term_age
		FROM person p JOIN about a ON a.segment = p.segment
	), lacking AS MATERIALIZED (
		SELECT p.* FROM kind p
		WHERE NOT EXISTS (SELECT FROM term t
			WHERE t.calibration = p.calibration AND t.segment = p.segment
				AND p.facts & t.needs = t.needs AND p.facts & t.refuses = 0
				AND p.term_age >= COALESCE(t.age_min, 0) AND p.term_age <= COALESCE(t.age_max, 200)
				AND (t.months_min IS NULL OR p.months >= t.months_min)
				AND (t.months_max IS NULL OR p.months <= t.months_max))
	)
	(SELECT 'warning', 'no demographic cell', count(*), l.segment, concat('ages ',
		@extschema@.hcc_ranges(array_agg(l.age), array_agg(l.age_to)),
		CASE WHEN bool_or(l.months IS NOT NULL) THEN ', months '
			|| @extschema@.hcc_ranges(array_agg(l.months), array_agg(l.months_to)) END,
		@extschema@.hcc_facts_in_words(bit_and(l.facts), 'all'::text, ' and '::text),
		CASE WHEN cardinality(scope.calibrations) > 1 THEN ' (' || l.calibration || ')' END)
	FROM lacking l GROUP BY l.segment, l.calibration ORDER BY l.segment, l.calibration)
	UNION ALL
	SELECT DISTINCT 'warning', 'no demographic cell', 1, p.segment,
		'has no demographic variable at all'
	FROM person p
	WHERE EXISTS (SELECT FROM term) AND p.segment NOT IN (SELECT t.segment FROM term t)
		-- a family with a group for everybody else is as good
		AND NOT EXISTS (SELECT FROM @extschema@.hcc_scope_coefficients(scope) k
			JOIN @extschema@.hcc_interaction i
				ON i.model_version = scope.model AND i.interaction_name = k.variable
			JOIN @extschema@.hcc_group g ON g.model_version = scope.model
				AND g.group_name = ANY (i.hcc_combinations) AND g.family IS NOT NULL
				AND g.hcc_codes = '{}'
			WHERE k.segment = p.segment)
$$;
COMMENT ON FUNCTION @extschema@.hcc_check_cells(@extschema@.hcc_model_scope) IS
	'Part of hccraf_check_model: everybody has a term of their own.';

----------------------------------------------------------------------
-- The rest
----------------------------------------------------------------------
CREATE FUNCTION @extschema@.hcc_check_reference_segment(scope @extschema@.hcc_model_scope)
	RETURNS SETOF @extschema@.hcc_model_finding
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
	SELECT 'warning', 'reference segment', 1::bigint, h.reference_segment,
		'no coefficient belongs to it'
	FROM @extschema@.hcc_model h
	WHERE h.model_version = scope.model AND h.reference_segment IS NOT NULL
		AND scope.payment_year BETWEEN h.first_payment_year AND h.last_payment_year
		AND NOT EXISTS (SELECT FROM @extschema@.hcc_coefficient k
			WHERE k.model_version = scope.model AND k.segment = h.reference_segment)
$$;
COMMENT ON FUNCTION @extschema@.hcc_check_reference_segment(@extschema@.hcc_model_scope) IS
	'Part of hccraf_check_model: the segment whose coefficients are displayed has some.';

CREATE FUNCTION @extschema@.hcc_check_payment(scope @extschema@.hcc_model_scope)
	RETURNS SETOF @extschema@.hcc_model_finding
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
	WITH p AS MATERIALIZED (
		SELECT DISTINCT ON (q.program, q.component, q.calibration) q.*,
			q.calibration IS NOT NULL AND q.calibration <> ALL (scope.calibrations) AS unknown
		FROM @extschema@.payment_year_parameter q
		WHERE q.model_version = scope.model AND q.payment_year = scope.payment_year
		ORDER BY q.program, q.component, q.calibration, q.custom DESC
	), doubt AS (
		SELECT p.program || ' ' || p.component AS item, p.unknown, concat_ws('; ',
			CASE WHEN p.unknown
				THEN format('calibration %s does not exist in this year', p.calibration) END,
			CASE WHEN p.normalization_factor IS NULL THEN 'normalization factor not known' END,
			CASE WHEN p.blend_weight IS NULL THEN 'blend weight not known' END,
			CASE WHEN p.confidence = 'low' THEN 'low confidence' END) AS detail
		FROM p
	)
	SELECT CASE WHEN d.unknown THEN 'error' ELSE 'warning' END, 'payment parameter', 1::bigint,
		d.item, d.detail
	FROM doubt d WHERE d.detail <> ''
	UNION ALL
	SELECT 'warning', 'payment parameter', 0, NULL,
		'payment_year_parameter has no row for this model and year'
	WHERE NOT EXISTS (SELECT FROM p)
		-- concurrent scores are not paid by it
		AND NOT EXISTS (SELECT FROM @extschema@.hcc_model h
			WHERE h.model_version = scope.model AND h.concurrent)
$$;
COMMENT ON FUNCTION @extschema@.hcc_check_payment(@extschema@.hcc_model_scope) IS
	'Part of hccraf_check_model: what payment needs is known.';

CREATE FUNCTION @extschema@.hcc_check_provisional(scope @extschema@.hcc_model_scope)
	RETURNS SETOF @extschema@.hcc_model_finding
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
	SELECT 'warning', 'provisional', count(*), r.name, 'made by hccraf_copy_year of another year'
	FROM (
		SELECT 'hcc_model' FROM @extschema@.hcc_model h
		WHERE h.model_version = scope.model AND h.provisional
			AND h.first_payment_year = scope.payment_year
		UNION ALL SELECT 'hcc_calibration' FROM @extschema@.hcc_calibration c
		WHERE c.model_version = scope.model AND c.provisional
			AND c.first_payment_year = scope.payment_year
		UNION ALL SELECT 'hcc_crosswalk' FROM @extschema@.hcc_crosswalk x
		WHERE x.model_version = scope.model AND x.provisional
			AND x.effective_year = scope.payment_year
		UNION ALL SELECT 'hcc_dx_edit' FROM @extschema@.hcc_dx_edit e
		WHERE e.model_version = scope.model AND e.provisional
			AND e.effective_year = scope.payment_year
		UNION ALL SELECT 'hcc_group' FROM @extschema@.hcc_group g
		WHERE g.model_version = scope.model AND g.provisional
			AND g.effective_year = scope.payment_year
		UNION ALL SELECT 'hcc_drug_crosswalk' FROM @extschema@.hcc_drug_crosswalk d
		WHERE d.model_version = scope.model AND d.provisional
			AND d.effective_year = scope.payment_year
		UNION ALL SELECT 'hcc_csr_factor' FROM @extschema@.hcc_csr_factor f
		WHERE f.model_version = scope.model AND f.provisional
			AND f.payment_year = scope.payment_year
		UNION ALL SELECT 'payment_year_parameter' FROM @extschema@.payment_year_parameter p
		WHERE p.model_version = scope.model AND p.provisional
			AND p.payment_year = scope.payment_year
	) r(name)
	GROUP BY r.name ORDER BY r.name
$$;
COMMENT ON FUNCTION @extschema@.hcc_check_provisional(@extschema@.hcc_model_scope) IS
	'Part of hccraf_check_model: which rows of the year are a copy of another year''s.';

CREATE FUNCTION @extschema@.hcc_check_identity(scope @extschema@.hcc_model_scope)
	RETURNS SETOF @extschema@.hcc_model_finding
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
	SELECT 'warning', 'changed since release', 1::bigint, NULL::text,
		format('hcc_model has checksum %s..., the rows have %s...', left(h.checksum, 12),
			left(c, 12))
	FROM @extschema@.hcc_model h
		CROSS JOIN LATERAL @extschema@.hccraf_checksum(scope.model, scope.payment_year) c
	WHERE h.model_version = scope.model AND h.checksum <> c
		AND scope.payment_year BETWEEN h.first_payment_year AND h.last_payment_year
$$;
COMMENT ON FUNCTION @extschema@.hcc_check_identity(@extschema@.hcc_model_scope) IS
	'Part of hccraf_check_model: rows are as they were released.';

CREATE FUNCTION @extschema@.hccraf_check_model(model text, payment_year integer DEFAULT NULL,
	OUT severity text, OUT check_name text, OUT n bigint, OUT item text, OUT detail text)
	RETURNS SETOF record
LANGUAGE plpgsql STABLE PARALLEL UNSAFE COST 1000000 ROWS 50
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	scope @extschema@.hcc_model_scope;
BEGIN
	PERFORM @extschema@.hcc_require_model(model);
	scope := @extschema@.hcc_model_scope(model, payment_year);
	RETURN QUERY SELECT * FROM @extschema@.hcc_check_counts(scope);
	RETURN QUERY SELECT * FROM @extschema@.hcc_check_compiles(scope);
	RETURN QUERY SELECT * FROM @extschema@.hcc_check_year(scope);
	RETURN QUERY SELECT * FROM @extschema@.hcc_check_calibrations(scope);
	RETURN QUERY SELECT * FROM @extschema@.hcc_check_duplicate_names(scope);
	RETURN QUERY SELECT * FROM @extschema@.hcc_check_unknown_hccs(scope);
	RETURN QUERY SELECT * FROM @extschema@.hcc_check_elements(scope);
	RETURN QUERY SELECT * FROM @extschema@.hcc_check_facts(scope);
	RETURN QUERY SELECT * FROM @extschema@.hcc_check_readable_codes(scope);
	RETURN QUERY SELECT * FROM @extschema@.hcc_check_overlaps(scope);
	RETURN QUERY SELECT * FROM @extschema@.hcc_check_edits(scope);
	RETURN QUERY SELECT * FROM @extschema@.hcc_check_siblings(scope);
	RETURN QUERY SELECT * FROM @extschema@.hcc_check_cycles(scope);
	RETURN QUERY SELECT * FROM @extschema@.hcc_check_transitive(scope);
	RETURN QUERY SELECT * FROM @extschema@.hcc_check_hcc_coefficients(scope);
	RETURN QUERY SELECT * FROM @extschema@.hcc_check_hcc_codes(scope);
	RETURN QUERY SELECT * FROM @extschema@.hcc_check_coefficients(scope);
	RETURN QUERY SELECT * FROM @extschema@.hcc_check_unused(scope);
	RETURN QUERY SELECT * FROM @extschema@.hcc_check_decimals(scope);
	RETURN QUERY SELECT * FROM @extschema@.hcc_check_variables(scope);
	RETURN QUERY SELECT * FROM @extschema@.hcc_check_possible_variables(scope);
	RETURN QUERY SELECT * FROM @extschema@.hcc_check_possible_segments(scope);
	RETURN QUERY SELECT * FROM @extschema@.hcc_check_possible_interactions(scope);
	RETURN QUERY SELECT * FROM @extschema@.hcc_check_variables_in_segments(scope);
	RETURN QUERY SELECT * FROM @extschema@.hcc_check_possible_rows(scope);
	RETURN QUERY SELECT * FROM @extschema@.hcc_check_alternatives(scope);
	RETURN QUERY SELECT * FROM @extschema@.hcc_check_group_coefficients(scope);
	RETURN QUERY SELECT * FROM @extschema@.hcc_check_csr_factors(scope);
	RETURN QUERY SELECT * FROM @extschema@.hcc_check_people(scope);
	RETURN QUERY SELECT * FROM @extschema@.hcc_check_cells(scope);
	RETURN QUERY SELECT * FROM @extschema@.hcc_check_reference_segment(scope);
	RETURN QUERY SELECT * FROM @extschema@.hcc_check_payment(scope);
	RETURN QUERY SELECT * FROM @extschema@.hcc_check_provisional(scope);
	RETURN QUERY SELECT * FROM @extschema@.hcc_check_identity(scope);
END
$$;
COMMENT ON FUNCTION @extschema@.hccraf_check_model(text, integer) IS
	'What a model has in a payment year (count), what is wrong (error), what to look at (warning).';
