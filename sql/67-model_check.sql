----------------------------------------------------------------------
-- Identity: what the rows of a release were
----------------------------------------------------------------------
CREATE FUNCTION @extschema@.hccraf_checksum(model text, payment_year integer DEFAULT NULL) RETURNS text
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 200000
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	y integer := @extschema@.hccraf_model_year(model, payment_year);
	years int4range;
	t text;
	digest bytea;
	digests text := '';
BEGIN
	SELECT int4range(h.first_payment_year, h.last_payment_year, '[]') INTO years
	FROM @extschema@.hcc_model h
	WHERE h.model_version = model AND y BETWEEN h.first_payment_year AND h.last_payment_year
	ORDER BY h.first_payment_year LIMIT 1;

	FOREACH t IN ARRAY ARRAY['hcc_model', 'hcc_calibration', 'hcc_category', 'hcc_crosswalk', 'hcc_dx_edit',
		'hcc_prerequisite', 'hcc_hierarchy', 'hcc_group', 'hcc_variable', 'hcc_interaction', 'hcc_segment',
		'hcc_age_rule', 'hcc_coefficient']
	LOOP
		-- Rows of the same years, without what differs though the model is the
		-- same: its name, numbers of rows, who added them, the identity itself.
		EXECUTE format($sql$
			SELECT sha256(convert_to(COALESCE(string_agg(line, E'\n' ORDER BY line COLLATE "C"), ''), 'UTF8'))
			FROM (SELECT ROW(%s)::text FROM @extschema@.%I r WHERE model_version = $1 %s) l(line)$sql$,
			(SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute
				WHERE attrelid = format('@extschema@.%I', t)::regclass AND attnum > 0 AND NOT attisdropped
					AND attname NOT IN ('id', 'model_version', 'custom', 'is_default', 'release_date', 'checksum', 'fingerprint')),
			t,
			CASE WHEN t IN ('hcc_model', 'hcc_calibration')
				THEN 'AND ($2 IS NULL OR int4range(first_payment_year, last_payment_year, ''[]'') && $2)'
			WHEN t IN ('hcc_crosswalk', 'hcc_dx_edit', 'hcc_prerequisite', 'hcc_age_rule')
				THEN 'AND ($2 IS NULL OR int4range(effective_year, expiry_year, ''[]'') && $2)'
			ELSE '' END)
		INTO digest USING model, years;
		digests := digests || t || ' ' || encode(digest, 'hex') || E'\n';
	END LOOP;
	RETURN encode(sha256(convert_to(digests, 'UTF8')), 'hex');
END
$$;
COMMENT ON FUNCTION @extschema@.hccraf_checksum(text, integer) IS
	'SHA-256 over all rows of a model, labels and notes included, for the years of the hcc_model row that holds in the payment year. A copy under another name has the same.';

CREATE FUNCTION @extschema@.hccraf_seal_model(model text, release_date date DEFAULT NULL) RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	r record;
	found_fingerprint text;
BEGIN
	FOR r IN SELECT h.first_payment_year AS first, h.last_payment_year AS last FROM @extschema@.hcc_model h
		WHERE h.model_version = model ORDER BY 1
	LOOP
		-- of the first year in which the model scores
		found_fingerprint := (
			SELECT @extschema@.hccraf_fingerprint(model, y)
			FROM generate_series(r.first, r.last) y
			WHERE EXISTS (SELECT FROM @extschema@.hccraf_model_calibrations(model, y) c WHERE c.is_default)
			ORDER BY y LIMIT 1);
		UPDATE @extschema@.hcc_model h
		SET checksum = @extschema@.hccraf_checksum(model, r.first), fingerprint = found_fingerprint,
			release_date = COALESCE(hccraf_seal_model.release_date, h.release_date)
		WHERE h.model_version = model AND h.first_payment_year = r.first;
	END LOOP;
	IF NOT FOUND THEN
		RAISE EXCEPTION USING ERRCODE = 'undefined_object',
			MESSAGE = format('model "%s" has no row in hcc_model', model),
			HINT = 'Add one for the payment years that its rows are good for; it keeps the identity.';
	END IF;
END
$$;
COMMENT ON FUNCTION @extschema@.hccraf_seal_model(text, date) IS
	'Writes checksum and fingerprint of a model''s rows as they are into hcc_model, so that hccraf_check_model can tell later changes.';
REVOKE EXECUTE ON FUNCTION @extschema@.hccraf_seal_model(text, date) FROM PUBLIC;

----------------------------------------------------------------------
-- Is a model consistent?
----------------------------------------------------------------------
CREATE FUNCTION @extschema@.hccraf_check_model(model text, payment_year integer DEFAULT NULL,
	OUT severity text, OUT check_name text, OUT n bigint, OUT item text, OUT detail text)
	RETURNS SETOF record
-- A block with an exception handler cannot run in parallel mode.
LANGUAGE plpgsql STABLE PARALLEL UNSAFE COST 1000000 ROWS 50
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	m CONSTANT text := model;
	y CONSTANT integer := @extschema@.hccraf_model_year(model, payment_year);
	has_years CONSTANT boolean := EXISTS (SELECT FROM @extschema@.hcc_model WHERE model_version = m);
	has_segments CONSTANT boolean := EXISTS (SELECT FROM @extschema@.hcc_segment WHERE model_version = m);
	prefix text := 'HCC';
	hccs text[];			-- the model's HCCs
	hcc_names text[];		-- what rows may call them
	calibrations text[];	-- those of the year
	person_kinds CONSTANT text[] := '{demographic,new_enrollee,addon}';
	message text;
	hint text;
	r record;
BEGIN
	IF NOT has_years AND NOT EXISTS (SELECT FROM @extschema@.hcc_crosswalk WHERE model_version = m) THEN
		RAISE EXCEPTION USING ERRCODE = 'undefined_object',
			MESSAGE = format('model "%s" does not exist', m),
			DETAIL = format('The models are: %s.', (SELECT string_agg(v, ', ' ORDER BY v) FROM (
				SELECT model_version FROM @extschema@.hcc_model UNION SELECT model_version FROM @extschema@.hcc_crosswalk) a(v))),
			HINT = 'A model is created by adding its rows to hcc_crosswalk and the tables beside it.';
	END IF;

	SELECT h.hcc_prefix INTO prefix FROM @extschema@.hcc_model h
	WHERE h.model_version = m AND @extschema@.hccraf_in_year(h.first_payment_year, h.last_payment_year, y) LIMIT 1;
	prefix := COALESCE(prefix, 'HCC');
	hccs := ARRAY(SELECT hcc_code FROM @extschema@.hcc_category WHERE model_version = m ORDER BY 1);
	IF hccs = '{}' THEN
		-- without categories, all that crosswalk and hierarchy mention
		hccs := ARRAY(SELECT hcc_code FROM @extschema@.hcc_crosswalk
			WHERE model_version = m AND @extschema@.hccraf_in_year(effective_year, expiry_year, y)
			UNION SELECT unnest(ARRAY[superior_hcc, subordinate_hcc]) FROM @extschema@.hcc_hierarchy WHERE model_version = m);
	END IF;
	hcc_names := ARRAY(SELECT h FROM unnest(hccs) h UNION SELECT prefix || h FROM unnest(hccs) h);
	calibrations := ARRAY(SELECT c.calibration FROM @extschema@.hccraf_model_calibrations(m, y) c ORDER BY c.is_default DESC, 1);

	-- How much there is
	RETURN QUERY
	SELECT 'count', c.* FROM (
		SELECT 'payment year', y::bigint, NULL::text, NULL::text
		UNION ALL
		(WITH code AS (SELECT icd10_code, count(*) AS given FROM @extschema@.hcc_crosswalk
				WHERE model_version = m AND @extschema@.hccraf_in_year(effective_year, expiry_year, y) GROUP BY 1)
			SELECT k.* FROM (SELECT count(*) AS codes, count(*) FILTER (WHERE given > 1) AS several FROM code) t
				CROSS JOIN LATERAL (VALUES ('codes', codes, NULL::text, NULL::text),
					('codes with several HCCs', several, NULL, NULL)) k)
		UNION ALL
		SELECT 'HCCs', cardinality(hccs), NULL, NULL
		UNION ALL
		SELECT 'hierarchy pairs', count(*), NULL, NULL FROM @extschema@.hcc_hierarchy WHERE model_version = m
		UNION ALL
		SELECT 'edits', count(*), NULL, NULL FROM @extschema@.hcc_dx_edit
		WHERE model_version = m AND @extschema@.hccraf_in_year(effective_year, expiry_year, y)
		UNION ALL
		SELECT 'prerequisites', count(*), NULL, NULL FROM @extschema@.hcc_prerequisite
		WHERE model_version = m AND @extschema@.hccraf_in_year(effective_year, expiry_year, y)
		UNION ALL
		SELECT 'groups', count(*), NULL, NULL FROM @extschema@.hcc_group WHERE model_version = m
		UNION ALL
		SELECT 'variables', count(DISTINCT variable), NULL, NULL FROM @extschema@.hcc_variable WHERE model_version = m
		UNION ALL
		SELECT 'interactions', count(*), NULL, NULL FROM @extschema@.hcc_interaction WHERE model_version = m
		UNION ALL
		SELECT 'segments', count(DISTINCT segment), NULL, NULL FROM @extschema@.hcc_segment WHERE model_version = m
		UNION ALL
		SELECT 'age rules', count(*), NULL, NULL FROM @extschema@.hcc_age_rule
		WHERE model_version = m AND @extschema@.hccraf_in_year(effective_year, expiry_year, y)
		UNION ALL
		(SELECT 'coefficients', (SELECT count(*) FROM @extschema@.hccraf_coefficients(m, y, c)), NULLIF(c, ''), NULL
			FROM unnest(calibrations) WITH ORDINALITY o(c, i) ORDER BY i)
		UNION ALL
		(SELECT 'custom rows', count(*), t, NULL FROM (
				SELECT 'hcc_crosswalk' FROM @extschema@.hcc_crosswalk WHERE model_version = m AND custom
				UNION ALL SELECT 'hcc_coefficient' FROM @extschema@.hcc_coefficient WHERE model_version = m AND custom
				UNION ALL SELECT 'hcc_hierarchy' FROM @extschema@.hcc_hierarchy WHERE model_version = m AND custom
				UNION ALL SELECT 'hcc_variable' FROM @extschema@.hcc_variable WHERE model_version = m AND custom) u(t)
			GROUP BY t ORDER BY t)) c;

	-- Does it compile, and what is it?
	FOR r IN SELECT c FROM unnest(calibrations) WITH ORDINALITY o(c, i) ORDER BY i LOOP
		BEGIN
			RETURN QUERY SELECT 'count', 'fingerprint', NULL::bigint, NULLIF(r.c, ''), @extschema@.hccraf_fingerprint(m, y, NULLIF(r.c, ''));
		EXCEPTION WHEN OTHERS THEN
			GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, hint = PG_EXCEPTION_HINT;
			RETURN QUERY SELECT 'error', 'does not compile', 1::bigint, NULLIF(r.c, ''), concat_ws('. ', message, NULLIF(hint, ''));
		END;
	END LOOP;

	-- Years and calibrations
	RETURN QUERY
	SELECT 'error', 'payment year', count(*), y::text, CASE count(*)
		WHEN 0 THEN 'no row of hcc_model covers this year' ELSE 'several rows of hcc_model cover this year' END
	FROM @extschema@.hcc_model
	WHERE model_version = m AND has_years AND y BETWEEN first_payment_year AND last_payment_year
	HAVING has_years AND count(*) <> 1;

	RETURN QUERY
	SELECT 'error', 'calibration', count(*), NULL::text, CASE count(*)
		WHEN 0 THEN format('no calibration in payment year %s: nobody can be scored', y)
		ELSE format('%s default calibrations in payment year %s; there must be one', count(*) FILTER (WHERE is_default), y) END
	FROM @extschema@.hccraf_model_calibrations(m, y)
	HAVING count(*) FILTER (WHERE is_default) <> 1;

	RETURN QUERY
	SELECT 'error', 'calibration', count(*), c.calibration,
		format('its rows overlap: %s', string_agg(format('%s to %s', first_payment_year, last_payment_year), ', ' ORDER BY first_payment_year))
	FROM @extschema@.hcc_calibration c
	WHERE model_version = m AND @extschema@.hccraf_in_year(first_payment_year, last_payment_year, y)
	GROUP BY c.calibration HAVING count(*) > 1;

	RETURN QUERY
	SELECT 'error', 'calibration', 0::bigint, c, 'has no coefficient'
	FROM unnest(calibrations) c
	WHERE NOT EXISTS (SELECT FROM @extschema@.hccraf_coefficients(m, y, c));

	RETURN QUERY
	SELECT 'warning', 'calibration', count(*), k.calibration, 'coefficients of a calibration that hcc_calibration does not have'
	FROM @extschema@.hcc_coefficient k
	WHERE model_version = m AND EXISTS (SELECT FROM @extschema@.hcc_calibration c WHERE c.model_version = m)
		AND NOT EXISTS (SELECT FROM @extschema@.hcc_calibration c WHERE c.model_version = m AND c.calibration = k.calibration)
	GROUP BY 4;

	-- Names: HCCs, groups and variables share one name space
	RETURN QUERY
	SELECT 'error', 'duplicate name', count(*), name, 'stands for: ' || string_agg(t, ', ' ORDER BY t)
	FROM (SELECT h AS name, 'hcc_category' AS t FROM unnest(hccs) h
		UNION ALL SELECT prefix || h, 'hcc_category' FROM unnest(hccs) h WHERE prefix <> ''
		UNION ALL SELECT group_name, 'hcc_group' FROM @extschema@.hcc_group WHERE model_version = m
		UNION ALL (SELECT DISTINCT variable, 'hcc_variable' FROM @extschema@.hcc_variable WHERE model_version = m)
		UNION ALL SELECT interaction_name, 'hcc_interaction' FROM @extschema@.hcc_interaction WHERE model_version = m) a
	GROUP BY name HAVING count(*) > 1 ORDER BY name;

	-- Names of HCCs that are not there
	RETURN QUERY
	SELECT 'error', 'unknown HCC', count(*), u.h, format('named by %s: %s', u.t,
		string_agg(u.row_name, ', ' ORDER BY u.row_name) FILTER (WHERE u.i <= 10) || CASE WHEN count(*) > 10 THEN ', ...' ELSE '' END)
	FROM (SELECT a.*, row_number() OVER (PARTITION BY a.t, a.h ORDER BY a.row_name) AS i
		FROM (
			SELECT 'hcc_crosswalk' AS t, hcc_code AS h, icd10_code AS row_name FROM @extschema@.hcc_crosswalk
			WHERE model_version = m AND @extschema@.hccraf_in_year(effective_year, expiry_year, y)
			UNION ALL
			SELECT 'hcc_dx_edit', hcc_code, icd10_code FROM @extschema@.hcc_dx_edit
			WHERE model_version = m AND @extschema@.hccraf_in_year(effective_year, expiry_year, y) AND hcc_code IS NOT NULL
			UNION ALL
			SELECT 'hcc_prerequisite', h, p.hcc_code FROM @extschema@.hcc_prerequisite p, unnest(hcc_code || requires_any) h
			WHERE model_version = m AND @extschema@.hccraf_in_year(effective_year, expiry_year, y)
			UNION ALL
			SELECT 'hcc_hierarchy', h, superior_hcc || ' > ' || subordinate_hcc
			FROM @extschema@.hcc_hierarchy, unnest(ARRAY[superior_hcc, subordinate_hcc]) h WHERE model_version = m
			UNION ALL
			SELECT 'hcc_group', h, group_name FROM @extschema@.hcc_group, unnest(hcc_codes) h WHERE model_version = m) a
		WHERE a.h NOT IN (SELECT unnest(hcc_names))) u
	GROUP BY u.t, u.h ORDER BY u.t, u.h;

	RETURN QUERY
	SELECT 'error', 'unknown element', 1::bigint, interaction_name, format('names "%s", which is no HCC, group or helper variable', e)
	FROM @extschema@.hcc_interaction, unnest(hcc_combinations) e
	WHERE model_version = m AND e <> ALL (hcc_names)
		AND NOT EXISTS (SELECT FROM @extschema@.hcc_group g WHERE g.model_version = m AND g.group_name = e)
		AND NOT EXISTS (SELECT FROM @extschema@.hcc_variable v WHERE v.model_version = m AND v.variable = e AND v.kind = 'helper')
	ORDER BY 4, 5;

	RETURN QUERY
	SELECT 'error', 'several helpers', count(*), interaction_name, 'combines helper variables ' || string_agg(e, ', ' ORDER BY e)
	FROM @extschema@.hcc_interaction, unnest(hcc_combinations) e
	WHERE model_version = m
		AND EXISTS (SELECT FROM @extschema@.hcc_variable v WHERE v.model_version = m AND v.variable = e AND v.kind = 'helper')
	GROUP BY 4 HAVING count(*) > 1 ORDER BY 4;

	RETURN QUERY
	SELECT 'error', 'unknown fact', count(*), f, format('named by %s: %s', t, string_agg(name, ', ' ORDER BY name))
	FROM (SELECT 'hcc_variable', variable, unnest(COALESCE(requires, '{}') || COALESCE(forbids, '{}'))
		FROM @extschema@.hcc_variable WHERE model_version = m
		UNION SELECT 'hcc_segment', segment, unnest(COALESCE(requires, '{}') || COALESCE(forbids, '{}'))
		FROM @extschema@.hcc_segment WHERE model_version = m) a(t, name, f)
	WHERE f NOT IN (SELECT unnest(facts) FROM @extschema@.hccraf_facts())
	GROUP BY t, f ORDER BY t, f;

	-- Codes
	RETURN QUERY
	SELECT 'error', 'unreadable code', count(*), code, 'in ' || t
	FROM (SELECT 'hcc_crosswalk', icd10_code FROM @extschema@.hcc_crosswalk WHERE model_version = m
		UNION ALL SELECT 'hcc_dx_edit', icd10_code FROM @extschema@.hcc_dx_edit WHERE model_version = m) a(t, code)
	WHERE btrim(code, E' \t\r\n') !~ '^[A-Za-z0-9]{3}[.]?[A-Za-z0-9]{0,5}$'
		AND btrim(code, E' \t\r\n') !~ '^[A-Za-z0-9]{1,8}$'
	GROUP BY t, code ORDER BY t, code;

	-- One row per code and HCC that overlaps the next
	RETURN QUERY
	SELECT CASE WHEN bool_or(@extschema@.hccraf_in_year(GREATEST(a.first, a.next_first), LEAST(a.last, a.next_last), y))
			THEN 'error' ELSE 'warning' END,
		'overlapping rows', count(*) + 1, a.code, format('hcc_crosswalk gives HCC %s twice in payment years %s', a.h,
			string_agg(format('%s to %s', NULLIF(GREATEST(a.first, a.next_first), 0), NULLIF(LEAST(a.last, a.next_last), 9999)), ', '))
	FROM (SELECT code, h, first, last, lead(first) OVER w AS next_first, lead(last) OVER w AS next_last
		FROM (SELECT upper(replace(btrim(icd10_code, E' \t\r\n'), '.', '')) AS code, hcc_code AS h,
				COALESCE(effective_year, 0) AS first, COALESCE(expiry_year, 9999) AS last
			FROM @extschema@.hcc_crosswalk WHERE model_version = m) x
		WINDOW w AS (PARTITION BY code, h ORDER BY first, last)) a
	WHERE a.next_first <= a.last
	GROUP BY a.code, a.h ORDER BY a.code, a.h;

	RETURN QUERY
	SELECT 'warning', 'edit without code', count(*), string_agg(DISTINCT e.icd10_code, ', '),
		'edits of codes that hcc_crosswalk does not have in this year'
	FROM @extschema@.hcc_dx_edit e
	WHERE model_version = m AND @extschema@.hccraf_in_year(effective_year, expiry_year, y)
		AND action = 'invalid' AND NOT EXISTS (SELECT FROM @extschema@.hcc_crosswalk x
			WHERE x.model_version = m AND x.icd10_code = e.icd10_code AND @extschema@.hccraf_in_year(x.effective_year, x.expiry_year, y))
	HAVING count(*) > 0;

	-- We have no list of all codes: those that any model maps in the year stand
	-- for it. Siblings are codes that differ in the last character only; one row
	-- per category, the first three characters.
	RETURN QUERY
	WITH known AS (
		SELECT icd10_code AS code, bool_or(model_version = m) AS mapped
		FROM @extschema@.hcc_crosswalk WHERE @extschema@.hccraf_in_year(effective_year, expiry_year, y) GROUP BY 1
	), family AS (
		SELECT left(code, -1) AS stem, count(*) FILTER (WHERE mapped) AS mapped,
			array_agg(code ORDER BY code) FILTER (WHERE NOT mapped) AS unmapped
		FROM known WHERE length(code) >= 4 GROUP BY 1
	)
	SELECT 'warning', 'unmapped siblings', count(*), left(code, 3),
		'no HCC, though most siblings have one: ' || string_agg(code, ', ' ORDER BY code) FILTER (WHERE i <= 8)
			|| CASE WHEN count(*) > 8 THEN ', ...' ELSE '' END
	FROM (SELECT code, row_number() OVER (PARTITION BY left(code, 3) ORDER BY code) AS i
		FROM family, unnest(unmapped) code
		WHERE mapped >= 2 AND mapped > cardinality(unmapped)) u
	GROUP BY left(code, 3) ORDER BY 4;

	-- Hierarchy
	RETURN QUERY
	WITH RECURSIVE pair AS (
		SELECT superior_hcc AS a, subordinate_hcc AS b FROM @extschema@.hcc_hierarchy WHERE model_version = m
	), reach AS (
		SELECT a, b FROM pair UNION SELECT reach.a, pair.b FROM reach JOIN pair ON pair.a = reach.b
	)
	SELECT 'error', 'hierarchy cycle', 1::bigint, pair.a || ' > ' || pair.b, format('HCC %s would supersede itself', pair.a)
	FROM pair JOIN reach ON reach.a = pair.b AND reach.b = pair.a
	UNION ALL
	SELECT 'error', 'hierarchy cycle', 1::bigint, a || ' > ' || b, format('HCC %s would supersede itself', a) FROM pair WHERE a = b
		AND NOT EXISTS (SELECT FROM reach WHERE reach.a = pair.b AND reach.b = pair.a)
	ORDER BY 4;

	RETURN QUERY
	SELECT 'warning', 'hierarchy not transitive', count(*), p.superior_hcc || ' > ' || q.subordinate_hcc,
		format('is no pair, though HCC %s drops %s, which drops %s: whether %s stays depends on hierarchy_order',
			p.superior_hcc, string_agg(p.subordinate_hcc, ' and '), q.subordinate_hcc, q.subordinate_hcc)
	FROM @extschema@.hcc_hierarchy p
		JOIN @extschema@.hcc_hierarchy q ON q.model_version = m AND q.superior_hcc = p.subordinate_hcc
	WHERE p.model_version = m AND p.superior_hcc <> q.subordinate_hcc
		AND NOT EXISTS (SELECT FROM @extschema@.hcc_hierarchy d
			WHERE d.model_version = m AND d.superior_hcc = p.superior_hcc AND d.subordinate_hcc = q.subordinate_hcc)
	GROUP BY p.superior_hcc, q.subordinate_hcc ORDER BY 4;

	-- HCCs and their coefficients. A blank cell of a published table is a
	-- missing row, so only an HCC without any is an error.
	RETURN QUERY
	WITH k AS MATERIALIZED (
		SELECT c, h.segment, h.variable FROM unnest(calibrations) c, @extschema@.hccraf_coefficients(m, y, c) h
	), scores AS (
		-- segments that score HCCs at all
		SELECT DISTINCT c, segment FROM k WHERE variable IN (SELECT prefix || h FROM unnest(hccs) h)
	), hcc AS (
		SELECT h FROM unnest(hccs) h
		WHERE NOT EXISTS (SELECT FROM @extschema@.hcc_category g WHERE g.model_version = m AND g.hcc_code = h AND NOT g.is_payment)
	)
	SELECT * FROM (
		-- in no calibration of any year: a row per HCC
		SELECT 'error', 'HCC without coefficient', 1::bigint, prefix || hcc.h, 'in no segment'
		FROM hcc
		WHERE NOT EXISTS (SELECT FROM k WHERE k.variable = prefix || hcc.h)
			AND NOT EXISTS (SELECT FROM @extschema@.hcc_coefficient o WHERE o.model_version = m AND o.variable = prefix || hcc.h)
		ORDER BY lpad(hcc.h, 10)) e
	UNION ALL
	SELECT * FROM (
		SELECT 'warning', 'HCC without coefficient', count(*), c.c, 'in no segment of this calibration: '
			|| string_agg(prefix || hcc.h, ', ' ORDER BY lpad(hcc.h, 10))
		FROM unnest(calibrations) c(c) CROSS JOIN hcc
		WHERE NOT EXISTS (SELECT FROM k WHERE k.c = c.c AND k.variable = prefix || hcc.h)
			AND EXISTS (SELECT FROM @extschema@.hcc_coefficient o WHERE o.model_version = m AND o.variable = prefix || hcc.h)
		GROUP BY c.c ORDER BY c.c) c
	UNION ALL
	SELECT * FROM (
		SELECT 'warning', 'HCC without coefficient', count(*), s.segment, format('in this segment of %s, though in others: %s', s.c,
			string_agg(prefix || hcc.h, ', ' ORDER BY lpad(hcc.h, 10)))
		FROM scores s CROSS JOIN hcc
		WHERE EXISTS (SELECT FROM k WHERE k.c = s.c AND k.variable = prefix || hcc.h)
			AND NOT EXISTS (SELECT FROM k WHERE k.c = s.c AND k.segment = s.segment AND k.variable = prefix || hcc.h)
		GROUP BY s.c, s.segment ORDER BY s.c, s.segment) s;

	RETURN QUERY
	SELECT 'warning', 'HCC without code', count(*), NULL::text,
		'no code maps to: ' || string_agg(prefix || h, ', ' ORDER BY lpad(h, 10))
	FROM unnest(hccs) h
	WHERE NOT EXISTS (SELECT FROM @extschema@.hcc_crosswalk x
			WHERE x.model_version = m AND x.hcc_code = h AND @extschema@.hccraf_in_year(x.effective_year, x.expiry_year, y))
		AND NOT EXISTS (SELECT FROM @extschema@.hcc_dx_edit e
			WHERE e.model_version = m AND e.hcc_code = h AND @extschema@.hccraf_in_year(e.effective_year, e.expiry_year, y))
	HAVING count(*) > 0;

	-- Coefficients, variables, segments
	RETURN QUERY
	WITH k AS (
		SELECT DISTINCT c, h.segment, h.variable FROM unnest(calibrations) c, @extschema@.hccraf_coefficients(m, y, c) h
	), variable AS (
		SELECT variable FROM @extschema@.hcc_variable WHERE model_version = m
		UNION SELECT interaction_name FROM @extschema@.hcc_interaction WHERE model_version = m
		UNION SELECT unnest(hcc_names)
	), segment AS (
		SELECT unnest(ARRAY[segment, adds, divided_by]) AS segment FROM @extschema@.hcc_segment WHERE model_version = m
	)
	SELECT 'error', 'coefficient without variable', count(*), k.variable,
		format('in segments %s of %s', string_agg(k.segment, ', ' ORDER BY k.segment), k.c)
	FROM k WHERE k.variable NOT IN (SELECT variable FROM variable) GROUP BY k.variable, k.c
	UNION ALL
	SELECT 'error', 'coefficient without segment', count(*), k.segment, format('%s coefficients of %s', count(*), k.c)
	FROM k WHERE has_segments AND NOT EXISTS (SELECT FROM segment s WHERE s.segment = k.segment) GROUP BY k.segment, k.c
	UNION ALL
	SELECT 'error', 'coefficient without segment', count(DISTINCT k.segment), NULL, 'no row of hcc_segment says who is in which of: '
		|| string_agg(DISTINCT k.segment, ', ')
	FROM k WHERE NOT has_segments HAVING count(DISTINCT k.segment) > 1
	UNION ALL
	(SELECT 'error', 'segment without coefficient', 0, s.segment, 'in ' || c
		FROM (SELECT DISTINCT segment FROM segment WHERE segment IS NOT NULL) s CROSS JOIN unnest(calibrations) c
		WHERE NOT EXISTS (SELECT FROM k WHERE k.segment = s.segment AND k.c = c) ORDER BY s.segment)
	UNION ALL
	SELECT 'error', 'segment name', 1, s.segment, 'is longer than 23 bytes'
	FROM segment s WHERE octet_length(s.segment) > 23
	UNION ALL
	SELECT 'warning', 'variable without coefficient', count(*), NULL, string_agg(v.variable, ', ' ORDER BY v.variable)
	FROM (SELECT DISTINCT variable FROM @extschema@.hcc_variable WHERE model_version = m AND kind <> 'helper'
		UNION SELECT interaction_name FROM @extschema@.hcc_interaction WHERE model_version = m) v
	WHERE v.variable NOT IN (SELECT variable FROM k) HAVING count(*) > 0
	UNION ALL
	SELECT 'warning', 'unused', 1, u.name, format('no interaction uses this %s', u.what)
	FROM (SELECT DISTINCT variable, 'helper variable' FROM @extschema@.hcc_variable WHERE model_version = m AND kind = 'helper'
		UNION ALL SELECT group_name, 'group' FROM @extschema@.hcc_group WHERE model_version = m) u(name, what)
	WHERE NOT EXISTS (SELECT FROM @extschema@.hcc_interaction i WHERE i.model_version = m AND u.name = ANY (i.hcc_combinations));

	RETURN QUERY
	SELECT 'error', 'too many decimals', 1::bigint, k.variable, format('coefficient %s in segment %s; three are kept', k.coefficient, k.segment)
	FROM unnest(calibrations) c, @extschema@.hccraf_coefficients(m, y, c) k
	WHERE k.coefficient <> round(k.coefficient, 3);

	RETURN QUERY
	SELECT 'error', 'variable of several kinds', count(DISTINCT kind), variable, string_agg(DISTINCT kind, ', ')
	FROM @extschema@.hcc_variable WHERE model_version = m GROUP BY variable HAVING count(DISTINCT kind) > 1
	UNION ALL
	SELECT 'error', 'count with other conditions', count(*), variable, 'only one range of counts is possible'
	FROM @extschema@.hcc_variable WHERE model_version = m AND kind = 'count' GROUP BY variable
	HAVING count(*) > 1 OR bool_or(age_min IS NOT NULL OR age_max IS NOT NULL OR sex IS NOT NULL OR months_min IS NOT NULL
		OR months_max IS NOT NULL OR cardinality(requires) > 0 OR cardinality(forbids) > 0);

	-- What can never be: a row, or a variable with all its rows
	RETURN QUERY
	WITH v AS (
		SELECT variable, @extschema@.hccraf_impossible(
			COALESCE(requires, '{}') || CASE sex WHEN 'F' THEN ARRAY['female'] WHEN 'M' THEN ARRAY['male'] ELSE '{}' END,
			forbids, age_min, age_max, months_min, months_max, count_min, count_max) AS why
		FROM @extschema@.hcc_variable WHERE model_version = m
	)
	SELECT CASE WHEN count(*) = count(why) THEN 'error' ELSE 'warning' END, 'variable can never be 1', count(why), variable,
		string_agg(DISTINCT why, '; ') || CASE WHEN count(*) > count(why) THEN format(' (in %s of %s rows)', count(why), count(*)) ELSE '' END
	FROM v GROUP BY variable HAVING count(why) > 0 ORDER BY variable;

	RETURN QUERY
	SELECT 'error', 'segment can never fit', 1::bigint, segment, format('row of priority %s: %s', priority, why)
	FROM @extschema@.hcc_segment CROSS JOIN LATERAL @extschema@.hccraf_impossible(requires, forbids, age_min, age_max,
		months_min, months_max, NULL::integer, NULL::integer) why
	WHERE model_version = m AND why IS NOT NULL ORDER BY priority;

	-- Two HCCs of which one drops the other are never active together.
	RETURN QUERY
	WITH element AS (
		SELECT i.interaction_name, e.name, COALESCE(g.hcc_codes, ARRAY[COALESCE(h.h, e.name)]) AS hccs
		FROM @extschema@.hcc_interaction i, unnest(i.hcc_combinations) e(name)
			LEFT JOIN @extschema@.hcc_group g ON g.model_version = m AND g.group_name = e.name
			LEFT JOIN LATERAL (SELECT h FROM unnest(hccs) h WHERE prefix || h = e.name) h ON true
		WHERE i.model_version = m AND (g.hcc_codes IS NOT NULL OR e.name = ANY (hcc_names))
	)
	SELECT 'error', 'interaction can never be 1', 1::bigint, a.interaction_name,
		CASE WHEN cardinality(a.hccs) = 0 THEN format('group %s is empty', a.name)
			ELSE format('of %s and %s, one always drops the other', a.name, b.name) END
	FROM element a JOIN element b ON b.interaction_name = a.interaction_name
		AND (b.name > a.name OR b.name = a.name AND cardinality(a.hccs) = 0)
	WHERE (a.name = b.name OR '{}' NOT IN (a.hccs, b.hccs)) AND NOT EXISTS (SELECT FROM unnest(a.hccs) p, unnest(b.hccs) q
		WHERE NOT EXISTS (SELECT FROM @extschema@.hcc_hierarchy d WHERE d.model_version = m
			AND (d.superior_hcc, d.subordinate_hcc) IN ((p, q), (q, p))))
	ORDER BY a.interaction_name;

	-- A coefficient in a segment whose members cannot have the variable
	RETURN QUERY
	WITH k AS (
		SELECT DISTINCT h.segment, h.variable FROM unnest(calibrations) c, @extschema@.hccraf_coefficients(m, y, c) h
	), member AS (
		-- ages as they are and as age rules make them
		SELECT p.segment, s.requires, s.forbids, s.months_min, s.months_max,
			LEAST(s.age_min, min(r.age) FILTER (WHERE r.scored_age >= s.age_min)) AS age_min,
			GREATEST(s.age_max, max(r.scored_age) FILTER (WHERE r.age <= s.age_max)) AS age_max
		FROM @extschema@.hcc_segment s CROSS JOIN LATERAL unnest(ARRAY[s.segment, s.adds, s.divided_by]) p(segment)
			LEFT JOIN @extschema@.hcc_age_rule r ON r.model_version = m AND @extschema@.hccraf_in_year(r.effective_year, r.expiry_year, y)
		WHERE s.model_version = m AND p.segment IS NOT NULL
		GROUP BY s.id, p.segment, s.requires, s.forbids, s.months_min, s.months_max, s.age_min, s.age_max
	), v AS (
		SELECT v.variable, COALESCE(v.requires, '{}') || CASE v.sex WHEN 'F' THEN ARRAY['female'] WHEN 'M' THEN ARRAY['male'] ELSE '{}' END AS requires,
			COALESCE(v.forbids, '{}') AS forbids, v.age_min, v.age_max, v.months_min, v.months_max
		FROM @extschema@.hcc_variable v WHERE v.model_version = m AND v.kind <> 'count'
			AND @extschema@.hccraf_impossible(v.requires, v.forbids, v.age_min, v.age_max, v.months_min, v.months_max, v.count_min, v.count_max) IS NULL
		UNION ALL
		-- an interaction has its helper's conditions
		SELECT i.interaction_name, COALESCE(v.requires, '{}'), COALESCE(v.forbids, '{}'), v.age_min, v.age_max, v.months_min, v.months_max
		FROM @extschema@.hcc_interaction i JOIN @extschema@.hcc_variable v ON v.model_version = m AND v.kind = 'helper' AND v.variable = ANY (i.hcc_combinations)
		WHERE i.model_version = m
	)
	SELECT 'warning', 'never 1 in segment', count(DISTINCT k.variable), k.segment, string_agg(DISTINCT k.variable, ', ')
	FROM k
	WHERE EXISTS (SELECT FROM v WHERE v.variable = k.variable) AND EXISTS (SELECT FROM member s WHERE s.segment = k.segment)
		AND NOT EXISTS (SELECT FROM v JOIN member s ON s.segment = k.segment
			WHERE v.variable = k.variable AND @extschema@.hccraf_impossible(
				v.requires || COALESCE(s.requires, '{}'), v.forbids || COALESCE(s.forbids, '{}'),
				GREATEST(v.age_min, s.age_min), LEAST(v.age_max, s.age_max),
				GREATEST(v.months_min, s.months_min), LEAST(v.months_max, s.months_max), NULL::integer, NULL::integer) IS NULL)
	GROUP BY k.segment ORDER BY k.segment;

	-- Who is where: segments that nobody is in, people in none, people without
	-- any term of their own
	RETURN QUERY
	WITH person AS MATERIALIZED (
		SELECT * FROM @extschema@.hccraf_kinds_of_people(m, y)
	), bit AS MATERIALIZED (
		SELECT fact, 1::bigint << (row_number() OVER (ORDER BY fact)::integer - 1) AS bit
		FROM (SELECT DISTINCT unnest(facts) AS fact FROM @extschema@.hccraf_facts()) f
	), term AS MATERIALIZED (
		SELECT k.c, s.segment, s.adds, v.age_min, v.age_max, v.months_min, v.months_max, v.kind,
			COALESCE((SELECT sum(b.bit) FROM bit b WHERE b.fact = ANY (COALESCE(v.requires, '{}') || CASE v.sex WHEN 'F' THEN 'female' ELSE 'male' END)
				AND (v.sex IS NOT NULL OR b.fact = ANY (v.requires))), 0)::bigint AS needs,
			COALESCE((SELECT sum(b.bit) FROM bit b WHERE b.fact = ANY (v.forbids)), 0)::bigint AS refuses,
			bool_or(v.kind = 'new_enrollee') OVER (PARTITION BY k.c, s.segment) AS new_enrollee
		FROM (SELECT DISTINCT segment, adds FROM person WHERE segment IS NOT NULL) s
			JOIN (SELECT c, h.segment, h.variable FROM unnest(calibrations) c, @extschema@.hccraf_coefficients(m, y, c) h) k
				ON k.segment IN (s.segment, s.adds)
			JOIN @extschema@.hcc_variable v ON v.model_version = m AND v.variable = k.variable AND v.kind = ANY (person_kinds)
	), about AS (
		-- the facts that a segment's terms and the age rules ask for
		SELECT c, segment, bool_or(new_enrollee) AS new_enrollee,
			bit_or(needs | refuses) | COALESCE((SELECT bit_or(b.bit) FROM bit b JOIN @extschema@.hcc_age_rule r
				ON r.model_version = m AND b.fact = 'orec_' || r.orec), 0) AS bits,
			bool_or(months_min IS NOT NULL OR months_max IS NOT NULL) AS asks_months
		FROM term GROUP BY c, segment
	), lacking AS MATERIALIZED (
		SELECT p.*
		FROM (SELECT DISTINCT a.c, p.segment, p.facts & a.bits AS facts, p.age, p.age_to,
				CASE WHEN a.asks_months THEN p.months END AS months, CASE WHEN a.asks_months THEN p.months_to END AS months_to,
				CASE WHEN a.new_enrollee THEN p.new_enrollee_age ELSE p.own_age END AS term_age
			FROM person p JOIN about a ON a.segment = p.segment) p
		WHERE NOT EXISTS (SELECT FROM term t WHERE t.c = p.c AND t.segment = p.segment
			AND p.facts & t.needs = t.needs AND p.facts & t.refuses = 0
			AND p.term_age >= COALESCE(t.age_min, 0) AND p.term_age <= COALESCE(t.age_max, 200)
			AND (t.months_min IS NULL OR p.months >= t.months_min) AND (t.months_max IS NULL OR p.months <= t.months_max))
	)
	SELECT 'warning', 'segment without people', 1::bigint, s.segment, format('the rows before priority %s take them all', s.priority)
	FROM @extschema@.hcc_segment s
	WHERE s.model_version = m AND NOT EXISTS (SELECT FROM person p WHERE p.priority = s.priority)
		AND @extschema@.hccraf_impossible(s.requires, s.forbids, s.age_min, s.age_max, s.months_min, s.months_max, NULL::integer, NULL::integer) IS NULL
	UNION ALL
	SELECT 'warning', 'people without segment', count(*), NULL, format('ages %s%s%s',
		(SELECT string_agg(format('%s to %s', lower(a), upper(a) - 1), ', ') FROM unnest(range_agg(int4range(age, age_to + 1))) a),
		CASE WHEN count(DISTINCT months) < (SELECT count(DISTINCT q.months) FROM person q) THEN format(', months %s', (SELECT string_agg(CASE WHEN upper(a) IS NULL THEN format('%s and more', lower(a))
			WHEN upper(a) = lower(a) + 1 THEN lower(a)::text ELSE format('%s to %s', lower(a), upper(a) - 1) END, ', ')
			FROM unnest(range_agg(int4range(months, months_to + 1))) a)) ELSE '' END,
		-- what they all have in common, or what none of them has
		(SELECT COALESCE(', all ' || string_agg(fact, ' and '), '') FROM bit WHERE bit & bit_and(person.facts) <> 0)
			|| (SELECT COALESCE(', none ' || string_agg(fact, ' or '), '') FROM bit
				WHERE bit & bit_or(person.facts) = 0 AND bit & (SELECT bit_or(q.facts) FROM person q) <> 0))
	FROM person WHERE segment IS NULL
	GROUP BY (SELECT array_agg(fact) FROM bit WHERE fact LIKE 'esrd%' AND bit & person.facts <> 0) HAVING count(*) > 0
	UNION ALL
	(SELECT 'warning', 'no demographic cell', count(*), l.segment, format('ages %s%s%s%s',
		(SELECT string_agg(CASE WHEN upper(a) = lower(a) + 1 THEN lower(a)::text ELSE format('%s to %s', lower(a), upper(a) - 1) END, ', ')
			FROM unnest(range_agg(int4range(l.age, l.age_to + 1))) a),
		CASE WHEN bool_or(l.months IS NOT NULL) THEN format(', months %s', (SELECT string_agg(CASE WHEN upper(a) IS NULL THEN format('%s and more', lower(a))
			WHEN upper(a) = lower(a) + 1 THEN lower(a)::text ELSE format('%s to %s', lower(a), upper(a) - 1) END, ', ')
			FROM unnest(range_agg(int4range(l.months, l.months_to + 1))) a)) ELSE '' END,
		(SELECT COALESCE(', all ' || string_agg(fact, ' and '), '') FROM bit WHERE bit & bit_and(l.facts) <> 0),
		CASE WHEN cardinality(calibrations) > 1 THEN ' (' || l.c || ')' ELSE '' END)
	FROM lacking l GROUP BY l.segment, l.c ORDER BY l.segment, l.c)
	UNION ALL
	SELECT 'warning', 'no demographic cell', 1, s.segment, 'has no demographic variable at all'
	FROM (SELECT DISTINCT segment FROM person WHERE segment IS NOT NULL) s
	WHERE EXISTS (SELECT FROM term) AND NOT EXISTS (SELECT FROM term t WHERE t.segment = s.segment);

	RETURN QUERY
	SELECT 'warning', 'reference segment', 1::bigint, h.reference_segment, 'no coefficient belongs to it'
	FROM @extschema@.hcc_model h
	WHERE h.model_version = m AND y BETWEEN h.first_payment_year AND h.last_payment_year AND h.reference_segment IS NOT NULL
		AND NOT EXISTS (SELECT FROM @extschema@.hcc_coefficient k WHERE k.model_version = m AND k.segment = h.reference_segment);

	-- Payment
	RETURN QUERY
	WITH p AS (
		SELECT DISTINCT ON (program, component, calibration) *
		FROM @extschema@.payment_year_parameter WHERE model_version = m AND payment_year = y
		ORDER BY program, component, calibration, custom DESC
	)
	SELECT CASE WHEN p.calibration IS NOT NULL AND p.calibration <> ALL (calibrations) THEN 'error' ELSE 'warning' END, 'payment parameter', 1::bigint,
		p.program || ' ' || p.component,
		concat_ws('; ',
			CASE WHEN p.calibration IS NOT NULL AND p.calibration <> ALL (calibrations) THEN format('calibration %s does not exist in this year', p.calibration) END,
			CASE WHEN p.normalization_factor IS NULL THEN 'normalization factor not known' END,
			CASE WHEN p.blend_weight IS NULL THEN 'blend weight not known' END,
			CASE WHEN p.confidence = 'low' THEN 'low confidence' END)
	FROM p
	WHERE (p.calibration IS NOT NULL AND p.calibration <> ALL (calibrations)) OR p.normalization_factor IS NULL OR p.blend_weight IS NULL OR p.confidence = 'low'
	UNION ALL
	SELECT 'warning', 'payment parameter', 0, NULL, 'payment_year_parameter has no row for this model and year'
	WHERE NOT EXISTS (SELECT FROM p);

	-- Identity
	RETURN QUERY
	SELECT 'warning', 'changed since release', 1::bigint, NULL::text,
		format('hcc_model has checksum %s..., the rows have %s...', left(h.checksum, 12), left(c, 12))
	FROM @extschema@.hcc_model h CROSS JOIN LATERAL @extschema@.hccraf_checksum(m, y) c
	WHERE h.model_version = m AND y BETWEEN h.first_payment_year AND h.last_payment_year AND h.checksum <> c;
END
$$;
COMMENT ON FUNCTION @extschema@.hccraf_check_model(text, integer) IS
	'What a model has in a payment year (severity count), what is wrong with it (error) and what to look at (warning), as rows; the model need not compile.';

----------------------------------------------------------------------
-- What differs between two models, years or calibrations?
----------------------------------------------------------------------
CREATE FUNCTION @extschema@.hccraf_word(word text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN word ~ '(, | and | > )' THEN pg_catalog.quote_ident(word) ELSE word END;
COMMENT ON FUNCTION @extschema@.hccraf_word(text) IS 'A name for a list, in quotes if it could be taken for several.';

CREATE FUNCTION @extschema@.hccraf_diff_models(a text, b text, a_year integer DEFAULT NULL, b_year integer DEFAULT NULL,
	a_calibration text DEFAULT NULL, b_calibration text DEFAULT NULL,
	OUT what text, OUT segment text, OUT item text, OUT a_value text, OUT b_value text, OUT difference numeric)
	RETURNS SETOF record
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 500000 ROWS 1000
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	year_a CONSTANT integer := @extschema@.hccraf_model_year(a, a_year);
	year_b CONSTANT integer := @extschema@.hccraf_model_year(b, b_year);
	side record;
BEGIN
	-- Comparing with what is not there would show everything as lost.
	FOR side IN SELECT * FROM (VALUES (a, year_a, a_calibration), (b, year_b, b_calibration)) v(model, year, calibration) LOOP
		IF NOT EXISTS (SELECT FROM @extschema@.hcc_model h WHERE h.model_version = side.model)
			AND NOT EXISTS (SELECT FROM @extschema@.hcc_crosswalk x WHERE x.model_version = side.model) THEN
			RAISE EXCEPTION USING ERRCODE = 'undefined_object', MESSAGE = format('model "%s" does not exist', side.model),
				DETAIL = format('The models are: %s.', (SELECT string_agg(v, ', ' ORDER BY v) FROM (
					SELECT model_version FROM @extschema@.hcc_model UNION SELECT model_version FROM @extschema@.hcc_crosswalk) u(v)));
		END IF;
		IF EXISTS (SELECT FROM @extschema@.hcc_model h WHERE h.model_version = side.model)
			AND NOT EXISTS (SELECT FROM @extschema@.hcc_model h WHERE h.model_version = side.model
				AND side.year BETWEEN h.first_payment_year AND h.last_payment_year) THEN
			RAISE EXCEPTION USING ERRCODE = 'undefined_object',
				MESSAGE = format('model "%s" has no tables for payment year %s', side.model, side.year),
				DETAIL = format('It has tables for payment years %s.', (
					SELECT string_agg(format('%s to %s', first_payment_year, last_payment_year), ', ' ORDER BY first_payment_year)
					FROM @extschema@.hcc_model WHERE model_version = side.model));
		END IF;
		IF side.calibration IS NOT NULL AND NOT EXISTS (
			SELECT FROM @extschema@.hccraf_model_calibrations(side.model, side.year) c WHERE c.calibration = side.calibration) THEN
			RAISE EXCEPTION USING ERRCODE = 'undefined_object',
				MESSAGE = format('model "%s" has no calibration "%s" in payment year %s', side.model, side.calibration, side.year),
				DETAIL = format('Its calibrations of that year are: %s.', (
					SELECT string_agg(c.calibration, ', ') FROM @extschema@.hccraf_model_calibrations(side.model, side.year) c));
		END IF;
	END LOOP;

	-- Everything that a model says, as (kind, segment, item, value), and who says it
	RETURN QUERY
	WITH side(s, m, y, k) AS (
		VALUES ('a', a, year_a, a_calibration), ('b', b, year_b, b_calibration)
	), said AS (
		SELECT s, 1 AS place, 'setting' AS kind, NULL AS segment, v.item, v.value, NULL::numeric AS number
		FROM side JOIN @extschema@.hcc_model h ON h.model_version = m AND y BETWEEN h.first_payment_year AND h.last_payment_year
			CROSS JOIN LATERAL (VALUES ('hcc_prefix', h.hcc_prefix), ('hierarchy_order', h.hierarchy_order)) v(item, value)
		UNION ALL
		SELECT s, 2, 'code', NULL, icd10_code, string_agg(@extschema@.hccraf_word(hcc_code), ', ' ORDER BY lpad(hcc_code, 10), hcc_code), NULL
		FROM side JOIN @extschema@.hcc_crosswalk ON model_version = m AND @extschema@.hccraf_in_year(effective_year, expiry_year, y)
		GROUP BY s, icd10_code
		UNION ALL
		SELECT s, 3, 'HCC', NULL, hcc_code, CASE WHEN is_payment THEN 'payment HCC' ELSE 'no payment HCC' END, NULL
		FROM side JOIN @extschema@.hcc_category ON model_version = m
		UNION ALL
		SELECT s, 4, 'label', NULL, hcc_code, label, NULL
		FROM side JOIN @extschema@.hcc_category ON model_version = m
		UNION ALL
		SELECT s, 5, 'hierarchy pair', NULL, @extschema@.hccraf_word(superior_hcc) || ' > ' || @extschema@.hccraf_word(subordinate_hcc), '', NULL
		FROM side JOIN @extschema@.hcc_hierarchy ON model_version = m
		UNION ALL
		SELECT s, 6, 'edit', NULL, concat_ws(' ', @extschema@.hccraf_word(icd10_code), edit_kind, sex,
				CASE WHEN age_min IS NOT NULL OR age_max IS NOT NULL THEN format('%s-%s', age_min, age_max) END),
			string_agg(DISTINCT COALESCE(@extschema@.hccraf_word(hcc_code), action), ', '), NULL
		FROM side JOIN @extschema@.hcc_dx_edit ON model_version = m AND @extschema@.hccraf_in_year(effective_year, expiry_year, y)
		GROUP BY s, 5
		UNION ALL
		SELECT s, 7, 'prerequisite', NULL, hcc_code, (SELECT string_agg(@extschema@.hccraf_word(h), ', ' ORDER BY n) FROM unnest(requires_any) WITH ORDINALITY u(h, n)), NULL
		FROM side JOIN @extschema@.hcc_prerequisite ON model_version = m AND @extschema@.hccraf_in_year(effective_year, expiry_year, y)
		UNION ALL
		SELECT s, 8, 'group', NULL, group_name, (SELECT string_agg(@extschema@.hccraf_word(h), ', ' ORDER BY n) FROM unnest(hcc_codes) WITH ORDINALITY u(h, n)), NULL
		FROM side JOIN @extschema@.hcc_group ON model_version = m
		UNION ALL
		SELECT s, 9, 'interaction', NULL, interaction_name,
			(SELECT string_agg(@extschema@.hccraf_word(e), ' and ' ORDER BY lpad(e, 40), e) FROM unnest(hcc_combinations) e), NULL
		FROM side JOIN @extschema@.hcc_interaction ON model_version = m
		UNION ALL
		SELECT s, 10, 'variable', NULL, variable, string_agg(concat_ws(' ', kind, sex,
				CASE WHEN age_min IS NOT NULL OR age_max IS NOT NULL THEN format('age %s-%s', age_min, age_max) END,
				CASE WHEN months_min IS NOT NULL OR months_max IS NOT NULL THEN format('months %s-%s', months_min, months_max) END,
				CASE WHEN count_min IS NOT NULL OR count_max IS NOT NULL THEN format('count %s-%s', count_min, count_max) END,
				'requires ' || NULLIF(array_to_string(requires, ','), ''), 'forbids ' || NULLIF(array_to_string(forbids, ','), '')), ' or '
				ORDER BY age_min, age_max, requires, forbids), NULL
		FROM side JOIN @extschema@.hcc_variable ON model_version = m
		GROUP BY s, variable
		UNION ALL
		SELECT s, 11, 'segment rule', segment, priority::text, concat_ws(' ',
				CASE WHEN age_min IS NOT NULL OR age_max IS NOT NULL THEN format('age %s-%s', age_min, age_max) END,
				CASE WHEN months_min IS NOT NULL OR months_max IS NOT NULL THEN format('months %s-%s', months_min, months_max) END,
				'requires ' || NULLIF(array_to_string(requires, ','), ''), 'forbids ' || NULLIF(array_to_string(forbids, ','), ''),
				'adds ' || adds, 'divided by ' || divided_by), NULL
		FROM side JOIN @extschema@.hcc_segment ON model_version = m
		UNION ALL
		SELECT s, 12, 'age rule', NULL, format('age %s, OREC %s, %s', age, orec, applies_to), string_agg(scored_age::text, ', '), NULL
		FROM side JOIN @extschema@.hcc_age_rule ON model_version = m AND @extschema@.hccraf_in_year(effective_year, expiry_year, y)
		GROUP BY s, 5
		UNION ALL
		SELECT s, 13, 'coefficient', c.segment, c.variable, c.coefficient::text, c.coefficient
		FROM side CROSS JOIN LATERAL @extschema@.hccraf_coefficients(m, y, k) c
		UNION ALL
		-- of the calibration compared; a copy has none, which is no difference
		SELECT s, 14, 'payment parameter', NULL, format('%s %s, %s', @extschema@.hccraf_word(p.program), @extschema@.hccraf_word(p.component), v.item), v.number::text, v.number
		FROM side CROSS JOIN LATERAL (
				SELECT DISTINCT ON (program, component, calibration) * FROM @extschema@.payment_year_parameter
				WHERE model_version = m AND payment_year = y ORDER BY program, component, calibration, custom DESC) p
			CROSS JOIN LATERAL (VALUES ('normalization', p.normalization_factor),
				('coding-pattern adjustment', p.coding_pattern_adjustment), ('blend weight', p.blend_weight)) v(item, number)
		WHERE v.number IS NOT NULL AND p.calibration IS NOT DISTINCT FROM COALESCE(k, (
				SELECT c.calibration FROM @extschema@.hccraf_model_calibrations(m, y) c WHERE c.is_default LIMIT 1))
			AND NOT EXISTS (SELECT FROM side o WHERE NOT EXISTS (SELECT FROM @extschema@.payment_year_parameter q
				WHERE q.model_version = o.m AND q.payment_year = o.y))
	)
	SELECT CASE
			WHEN x.value IS NULL THEN COALESCE(z.kind, x.kind) || ' gained'
			WHEN z.value IS NULL THEN x.kind || ' lost'
			WHEN x.kind = 'code' THEN 'code moved'
			ELSE x.kind || ' changed' END,
		COALESCE(x.segment, z.segment), COALESCE(x.item, z.item), NULLIF(x.value, ''), NULLIF(z.value, ''),
		CASE WHEN COALESCE(x.kind, z.kind) IN ('coefficient', 'payment parameter') THEN COALESCE(z.number, 0) - COALESCE(x.number, 0) END
	FROM (SELECT * FROM said WHERE s = 'a') x
		FULL JOIN (SELECT * FROM said WHERE s = 'b') z
			ON x.kind = z.kind AND x.item = z.item AND COALESCE(x.segment, '') = COALESCE(z.segment, '')
	WHERE CASE WHEN x.number IS NOT NULL AND z.number IS NOT NULL THEN x.number <> z.number
			ELSE x.value IS DISTINCT FROM z.value END
		-- the label of an HCC that is gained or lost is no news
		AND (COALESCE(x.kind, z.kind) <> 'label' OR (x.s IS NOT NULL AND z.s IS NOT NULL))
	ORDER BY COALESCE(x.place, z.place), 1, 2, lpad(COALESCE(x.item, z.item), 40);
END
$$;
COMMENT ON FUNCTION @extschema@.hccraf_diff_models(text, text, integer, integer, text, text) IS
	'What b has that a has not, and the other way round: codes, HCCs, hierarchy, edits, rules, coefficients by segment, payment parameters. The same model with two years or two calibrations is a comparison, too.';

CREATE FUNCTION @extschema@.hccraf_diff_summary(a text, b text, a_year integer DEFAULT NULL, b_year integer DEFAULT NULL,
	a_calibration text DEFAULT NULL, b_calibration text DEFAULT NULL,
	OUT what text, OUT n bigint, OUT lowest numeric, OUT highest numeric)
	RETURNS SETOF record
LANGUAGE sql STABLE PARALLEL SAFE COST 500000 ROWS 15
BEGIN ATOMIC
	SELECT d.what, count(*), min(d.difference), max(d.difference)
	FROM @extschema@.hccraf_diff_models(hccraf_diff_summary.a, hccraf_diff_summary.b, hccraf_diff_summary.a_year, hccraf_diff_summary.b_year,
		hccraf_diff_summary.a_calibration, hccraf_diff_summary.b_calibration) d
	GROUP BY d.what ORDER BY d.what;
END;
COMMENT ON FUNCTION @extschema@.hccraf_diff_summary(text, text, integer, integer, text, text) IS
	'How many differences of each kind hccraf_diff_models finds, with the lowest and highest difference.';

----------------------------------------------------------------------
-- Copies, to try things on
----------------------------------------------------------------------
CREATE FUNCTION @extschema@.hccraf_copy_model(source text, target text, payment_year integer DEFAULT NULL,
	OUT table_name text, OUT n bigint) RETURNS SETOF record
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 1000000 ROWS 13
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
	columns text;
	picked text;
BEGIN
	IF target IS NULL OR btrim(target) = '' THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = 'a copy needs a name';
	END IF;
	IF EXISTS (SELECT FROM @extschema@.hcc_model h WHERE h.model_version = target)
		OR EXISTS (SELECT FROM @extschema@.hcc_crosswalk x WHERE x.model_version = target)
		OR EXISTS (SELECT FROM @extschema@.hcc_coefficient k WHERE k.model_version = target) THEN
		RAISE EXCEPTION USING ERRCODE = 'duplicate_object', MESSAGE = format('model "%s" already exists', target),
			HINT = format('Choose another name, or remove it with hccraf_drop_model(%L).', target);
	END IF;
	IF NOT EXISTS (SELECT FROM @extschema@.hcc_model h WHERE h.model_version = source)
		AND NOT EXISTS (SELECT FROM @extschema@.hcc_crosswalk x WHERE x.model_version = source) THEN
		RAISE EXCEPTION USING ERRCODE = 'undefined_object', MESSAGE = format('model "%s" does not exist', source),
			DETAIL = format('The models are: %s.', (SELECT string_agg(v, ', ' ORDER BY v) FROM (
				SELECT h.model_version FROM @extschema@.hcc_model h UNION SELECT x.model_version FROM @extschema@.hcc_crosswalk x) u(v)));
	END IF;
	IF payment_year IS NOT NULL
		AND EXISTS (SELECT FROM @extschema@.hcc_model h WHERE h.model_version = source)
		AND NOT EXISTS (SELECT FROM @extschema@.hcc_model h WHERE h.model_version = source
			AND payment_year BETWEEN h.first_payment_year AND h.last_payment_year) THEN
		RAISE EXCEPTION USING ERRCODE = 'undefined_object',
			MESSAGE = format('model "%s" has no tables for payment year %s', source, payment_year),
			DETAIL = format('It has tables for payment years %s.', (
				SELECT string_agg(format('%s to %s', h.first_payment_year, h.last_payment_year), ', ' ORDER BY h.first_payment_year)
				FROM @extschema@.hcc_model h WHERE h.model_version = source));
	END IF;

	FOREACH table_name IN ARRAY ARRAY['hcc_model', 'hcc_calibration', 'hcc_category', 'hcc_crosswalk', 'hcc_dx_edit',
		'hcc_prerequisite', 'hcc_hierarchy', 'hcc_group', 'hcc_variable', 'hcc_interaction', 'hcc_segment',
		'hcc_age_rule', 'hcc_coefficient']
	LOOP
		-- All columns that say something; a copy is never the default, and one
		-- of a single year is good for that year only.
		SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum),
			string_agg(CASE
				WHEN attname = 'is_default' AND table_name = 'hcc_model' THEN 'false'
				WHEN attname IN ('first_payment_year', 'last_payment_year') THEN format('COALESCE($3, r.%I)', attname)
				ELSE format('r.%I', attname) END, ', ' ORDER BY attnum)
		INTO columns, picked
		FROM pg_attribute
		WHERE attrelid = format('@extschema@.%I', table_name)::regclass AND attnum > 0 AND NOT attisdropped
			AND attname NOT IN ('id', 'model_version', 'custom', 'release_date', 'checksum', 'fingerprint');
		EXECUTE format('INSERT INTO @extschema@.%I (model_version, custom, %s) SELECT $2, true, %s FROM %s r WHERE r.model_version = $1 %s',
			table_name, columns, picked,
			CASE WHEN table_name = 'hcc_coefficient'
				-- a custom row and the shipped one in whose place it is make one
				THEN '(SELECT DISTINCT ON (calibration, segment, variable) * FROM @extschema@.hcc_coefficient '
					'WHERE model_version = $1 ORDER BY calibration, segment, variable, custom DESC)'
				ELSE format('@extschema@.%I', table_name) END,
			CASE WHEN table_name IN ('hcc_model', 'hcc_calibration')
				THEN 'AND @extschema@.hccraf_in_year(r.first_payment_year, r.last_payment_year, $3)'
			WHEN table_name IN ('hcc_crosswalk', 'hcc_dx_edit', 'hcc_prerequisite', 'hcc_age_rule')
				THEN 'AND @extschema@.hccraf_in_year(r.effective_year, r.expiry_year, $3)'
			WHEN table_name = 'hcc_coefficient'
				THEN 'AND ($3 IS NULL OR r.calibration IN (SELECT c.calibration FROM @extschema@.hccraf_model_calibrations($1, $3) c))'
			ELSE '' END)
		USING source, target, payment_year;
		GET DIAGNOSTICS n = ROW_COUNT;
		RETURN NEXT;
	END LOOP;

	-- From here on hccraf_check_model tells changes to the copy.
	IF EXISTS (SELECT FROM @extschema@.hcc_model h WHERE h.model_version = target) THEN
		PERFORM @extschema@.hccraf_seal_model(target, NULL::date);
	END IF;
END
$$;
COMMENT ON FUNCTION @extschema@.hccraf_copy_model(text, text, integer) IS
	'Copies a model (all years, or one) under a new name, to change it there. Not copied: payment_year_parameter, where a second model would join the blend.';
REVOKE EXECUTE ON FUNCTION @extschema@.hccraf_copy_model(text, text, integer) FROM PUBLIC;

CREATE FUNCTION @extschema@.hccraf_drop_model(model text) RETURNS bigint
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 100000
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	t text;
	gone bigint;
	total bigint := 0;
	shipped boolean;
BEGIN
	FOR i IN 1..2 LOOP
		FOREACH t IN ARRAY ARRAY['hcc_model', 'hcc_calibration', 'hcc_category', 'hcc_crosswalk', 'hcc_dx_edit',
			'hcc_prerequisite', 'hcc_hierarchy', 'hcc_group', 'hcc_variable', 'hcc_interaction', 'hcc_segment',
			'hcc_age_rule', 'hcc_coefficient', 'payment_year_parameter', 'hcc_release']
		LOOP
			IF i = 1 THEN
				EXECUTE format('SELECT EXISTS (SELECT FROM @extschema@.%I WHERE model_version = $1 AND NOT custom)', t) INTO shipped USING model;
				IF shipped THEN
					RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state',
						MESSAGE = format('model "%s" comes with hccraf and cannot be dropped', model),
						HINT = 'Rows that you added to it have custom set: delete those.';
				END IF;
			ELSE
				EXECUTE format('DELETE FROM @extschema@.%I WHERE model_version = $1', t) USING model;
				GET DIAGNOSTICS gone = ROW_COUNT;
				total := total + gone;
			END IF;
		END LOOP;
	END LOOP;
	IF total = 0 THEN
		RAISE EXCEPTION USING ERRCODE = 'undefined_object', MESSAGE = format('model "%s" does not exist', model);
	END IF;
	RETURN total;
END
$$;
COMMENT ON FUNCTION @extschema@.hccraf_drop_model(text) IS
	'Deletes all rows of a model that you made; returns their number. Shipped models are refused.';
REVOKE EXECUTE ON FUNCTION @extschema@.hccraf_drop_model(text) FROM PUBLIC;

-- The identity of what comes with hccraf
DO $$
BEGIN
	PERFORM @extschema@.hccraf_seal_model(model_version, NULL::date) FROM (SELECT DISTINCT model_version FROM @extschema@.hcc_model) shipped;
END
$$;
