----------------------------------------------------------------------
-- What a model was, what differs between two, and a copy to try things on
----------------------------------------------------------------------

-- All that a row says, without what differs though the model is the same: its
-- name, numbers of rows, who added them, the identity itself.
CREATE FUNCTION @extschema@.hcc_model_lines(model text, years int4range,
	OUT place integer, OUT table_name text, OUT line text) RETURNS SETOF record
LANGUAGE sql STABLE PARALLEL SAFE COST 100000 ROWS 10000
SET search_path = pg_catalog, pg_temp
SET datestyle = 'ISO, YMD'
AS $$
	SELECT 1, 'hcc_model', ROW(first_payment_year, last_payment_year, label, hcc_prefix,
		reference_segment, hierarchy_order, codes_through, source, concurrent)::text
	FROM @extschema@.hcc_model WHERE model_version = model AND (years IS NULL
		OR int4range(first_payment_year, last_payment_year, '[]') && years)
	UNION ALL SELECT 2, 'hcc_calibration', ROW(calibration, first_payment_year, last_payment_year,
		program, note)::text
	FROM @extschema@.hcc_calibration WHERE model_version = model AND (years IS NULL
		OR int4range(first_payment_year, last_payment_year, '[]') && years)
	UNION ALL SELECT 3, 'hcc_category', ROW(hcc_code, label, is_payment, is_chronic, kind,
		age_min, age_max)::text
	FROM @extschema@.hcc_category WHERE model_version = model
	UNION ALL SELECT 4, 'hcc_crosswalk', ROW(icd10_code, hcc_code, hcc_description, coefficient,
		effective_year, expiry_year, valid_from, valid_to, mce_age_min, mce_age_max, age_min,
		age_max, sex)::text
	FROM @extschema@.hcc_crosswalk WHERE model_version = model AND (years IS NULL
		OR int4range(effective_year, expiry_year, '[]') && years)
	UNION ALL SELECT 5, 'hcc_dx_edit', ROW(icd10_code, edit_kind, sex, age_min, age_max, action,
		hcc_code, effective_year, expiry_year, source)::text
	FROM @extschema@.hcc_dx_edit WHERE model_version = model AND (years IS NULL
		OR int4range(effective_year, expiry_year, '[]') && years)
	UNION ALL SELECT 6, 'hcc_prerequisite', ROW(hcc_code, requires_any, effective_year, expiry_year,
		source)::text
	FROM @extschema@.hcc_prerequisite WHERE model_version = model AND (years IS NULL
		OR int4range(effective_year, expiry_year, '[]') && years)
	UNION ALL SELECT 7, 'hcc_hierarchy', ROW(superior_hcc, subordinate_hcc)::text
	FROM @extschema@.hcc_hierarchy WHERE model_version = model
	UNION ALL SELECT 8, 'hcc_group', ROW(group_name, hcc_codes, replaces, family, rank,
		age_min, age_max, effective_year, expiry_year)::text
	FROM @extschema@.hcc_group WHERE model_version = model AND (years IS NULL
		OR int4range(effective_year, expiry_year, '[]') && years)
	UNION ALL SELECT 9, 'hcc_variable', ROW(variable, kind, label, age_min, age_max, sex, requires,
		forbids, months_min, months_max, count_min, count_max, days_min, days_max)::text
	FROM @extschema@.hcc_variable WHERE model_version = model
	UNION ALL SELECT 10, 'hcc_interaction', ROW(interaction_name, hcc_combinations,
		coefficient)::text
	FROM @extschema@.hcc_interaction WHERE model_version = model
	UNION ALL SELECT 11, 'hcc_segment', ROW(segment, priority, label, age_min, age_max, requires,
		forbids, months_min, months_max, adds, divided_by)::text
	FROM @extschema@.hcc_segment WHERE model_version = model
	UNION ALL SELECT 12, 'hcc_age_rule', ROW(age, orec, scored_age, applies_to, effective_year,
		expiry_year, source)::text
	FROM @extschema@.hcc_age_rule WHERE model_version = model AND (years IS NULL
		OR int4range(effective_year, expiry_year, '[]') && years)
	UNION ALL SELECT 13, 'hcc_coefficient', ROW(calibration, segment, variable, coefficient)::text
	FROM @extschema@.hcc_coefficient WHERE model_version = model
	UNION ALL SELECT 14, 'hcc_drug_crosswalk', ROW(code_system, code, hcc_code, effective_year,
		expiry_year)::text
	FROM @extschema@.hcc_drug_crosswalk WHERE model_version = model AND (years IS NULL
		OR int4range(effective_year, expiry_year, '[]') && years)
	UNION ALL SELECT 15, 'hcc_csr_factor', ROW(payment_year, csr_variant, metal, factor,
		label)::text
	FROM @extschema@.hcc_csr_factor WHERE model_version = model AND (years IS NULL
		OR payment_year <@ years)
$$;
COMMENT ON FUNCTION @extschema@.hcc_model_lines(text, int4range) IS
	'Part of hccraf_checksum: all rows of a model in some years, as text.';

-- A table without rows counts too.
CREATE FUNCTION @extschema@.hccraf_checksum(model text, payment_year integer DEFAULT NULL)
	RETURNS text
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 200000
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	y CONSTANT integer := @extschema@.hccraf_model_year(model, payment_year);
	years int4range;
BEGIN
	PERFORM @extschema@.hcc_require_model(model);
	PERFORM @extschema@.hcc_require_year(model, payment_year);
	SELECT int4range(h.first_payment_year, h.last_payment_year, '[]') INTO years
	FROM @extschema@.hcc_model h
	WHERE h.model_version = model AND y BETWEEN h.first_payment_year AND h.last_payment_year
	ORDER BY h.first_payment_year LIMIT 1;
	RETURN (
		SELECT encode(sha256(convert_to(string_agg(t.name || ' ' || encode(sha256(convert_to(
			COALESCE(l.lines, ''), 'UTF8')), 'hex') || E'\n', '' ORDER BY t.place), 'UTF8')), 'hex')
		FROM unnest('{hcc_model,hcc_calibration,hcc_category,hcc_crosswalk,hcc_dx_edit,
				hcc_prerequisite,hcc_hierarchy,hcc_group,hcc_variable,hcc_interaction,hcc_segment,
				hcc_age_rule,hcc_coefficient,hcc_drug_crosswalk,hcc_csr_factor}'::text[])
				WITH ORDINALITY t(name, place)
			LEFT JOIN (SELECT m.table_name,
					string_agg(m.line, E'\n' ORDER BY m.line COLLATE "C") AS lines
				FROM @extschema@.hcc_model_lines(model, years) m GROUP BY m.table_name) l
				ON l.table_name = t.name);
END
$$;
COMMENT ON FUNCTION @extschema@.hccraf_checksum(text, integer) IS
	'SHA-256 over all rows of a model of the years of hcc_model that the payment year is in.';

CREATE FUNCTION @extschema@.hccraf_seal_model(model text, release_date date DEFAULT NULL)
	RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	day CONSTANT date := release_date;
BEGIN
	PERFORM @extschema@.hcc_require_model(model);
	-- the fingerprint is that of the first year in which the model scores
	UPDATE @extschema@.hcc_model h
	SET checksum = @extschema@.hccraf_checksum(model, h.first_payment_year),
		fingerprint = (SELECT @extschema@.hccraf_fingerprint(model, y)
			FROM generate_series(h.first_payment_year, h.last_payment_year) y
			WHERE EXISTS (SELECT FROM @extschema@.hccraf_model_calibrations(model, y) c
					WHERE c.is_default)
				AND EXISTS (SELECT FROM @extschema@.hcc_crosswalk x WHERE x.model_version = model
					AND @extschema@.hccraf_in_year(x.effective_year, x.expiry_year, y))
			ORDER BY y LIMIT 1),
		release_date = COALESCE(day, h.release_date)
	WHERE h.model_version = model;
	IF NOT FOUND THEN
		PERFORM @extschema@.hcc_raise('42704'::text,
			format('model "%s" has no row in hcc_model', model), NULL::text,
			'Add one for the payment years of its rows: it keeps the identity.'::text);
	END IF;
END
$$;
COMMENT ON FUNCTION @extschema@.hccraf_seal_model(text, date) IS
	'Writes checksum and fingerprint of a model''s rows as they are into hcc_model.';
REVOKE EXECUTE ON FUNCTION @extschema@.hccraf_seal_model(text, date) FROM PUBLIC;

----------------------------------------------------------------------
-- What differs between two models, years or calibrations?
----------------------------------------------------------------------
CREATE FUNCTION @extschema@.hccraf_word(word text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN word ~ '(, | and | > )' THEN pg_catalog.quote_ident(word) ELSE word END;
COMMENT ON FUNCTION @extschema@.hccraf_word(text) IS
	'A name for a list, in quotes if it could be taken for several.';

CREATE FUNCTION @extschema@.hcc_words(words text[]) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
	SELECT string_agg(@extschema@.hccraf_word(w), ', ' ORDER BY n)
	FROM unnest(words) WITH ORDINALITY u(w, n)
$$;
COMMENT ON FUNCTION @extschema@.hcc_words(text[]) IS 'Part of hccraf_diff_models: a list of names.';

CREATE FUNCTION @extschema@.hcc_facts_said(requires text[], forbids text[]) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
	SELECT NULLIF(concat_ws(' ', 'requires ' || NULLIF(array_to_string(requires, ','), ''),
		'forbids ' || NULLIF(array_to_string(forbids, ','), '')), '')
$$;
COMMENT ON FUNCTION @extschema@.hcc_facts_said(text[], text[]) IS
	'Part of hccraf_diff_models: conditions on facts, to be read; NULL if there are none.';

-- What a model says, as (kind, segment, item, value) and by which number two
-- values differ: of codes and HCCs
CREATE FUNCTION @extschema@.hcc_model_says_of_hccs(model text, payment_year integer,
	OUT place integer, OUT kind text, OUT segment text, OUT item text, OUT value text,
	OUT number numeric) RETURNS SETOF record
LANGUAGE sql STABLE PARALLEL SAFE COST 10000 ROWS 10000
SET search_path = pg_catalog, pg_temp
AS $$
	SELECT 1, 'setting', NULL, v.item, v.value, NULL::numeric
	FROM @extschema@.hcc_model h CROSS JOIN LATERAL (VALUES ('hcc_prefix', h.hcc_prefix),
		('hierarchy_order', h.hierarchy_order), ('concurrent', h.concurrent::text)) v(item, value)
	WHERE h.model_version = model
		AND payment_year BETWEEN h.first_payment_year AND h.last_payment_year
	UNION ALL
	SELECT 2, 'code', NULL, x.icd10_code, string_agg(concat_ws(' ',
			@extschema@.hccraf_word(x.hcc_code),
			@extschema@.hcc_mapping_in_words(x.valid_from, x.valid_to, x.mce_age_min,
				x.mce_age_max, x.age_min, x.age_max, x.sex)), ', '
		ORDER BY lpad(x.hcc_code, 10), x.hcc_code, x.valid_from, x.valid_to, x.mce_age_min,
			x.mce_age_max, x.age_min, x.age_max, x.sex), NULL
	FROM @extschema@.hcc_crosswalk x WHERE x.model_version = model
		AND @extschema@.hccraf_in_year(x.effective_year, x.expiry_year, payment_year)
	GROUP BY x.icd10_code
	UNION ALL
	SELECT v.place, v.kind, NULL, g.hcc_code, v.value, NULL
	FROM @extschema@.hcc_category g CROSS JOIN LATERAL (VALUES
		(3, 'HCC', concat_ws(' ', CASE WHEN g.is_payment THEN 'payment HCC'
			ELSE 'no payment HCC' END, @extschema@.hcc_category_in_words(g))),
		(4, 'label', g.label)) v(place, kind, value)
	WHERE g.model_version = model
	UNION ALL
	SELECT 5, 'hierarchy pair', NULL, @extschema@.hccraf_word(p.superior_hcc) || ' > '
		|| @extschema@.hccraf_word(p.subordinate_hcc), '', NULL
	FROM @extschema@.hcc_hierarchy p WHERE p.model_version = model
	UNION ALL
	SELECT 6, 'edit', NULL, e.item, string_agg(DISTINCT e.value, ', '), NULL
	FROM (SELECT concat_ws(' ', @extschema@.hccraf_word(d.icd10_code), d.edit_kind, d.sex,
				@extschema@.hcc_bounds_in_words(''::text, d.age_min, d.age_max)) AS item,
			COALESCE(@extschema@.hccraf_word(d.hcc_code), d.action) AS value
		FROM @extschema@.hcc_dx_edit d WHERE d.model_version = model
			AND @extschema@.hccraf_in_year(d.effective_year, d.expiry_year, payment_year)) e
	GROUP BY e.item
	UNION ALL
	SELECT 7, 'prerequisite', NULL, p.hcc_code, @extschema@.hcc_words(p.requires_any), NULL
	FROM @extschema@.hcc_prerequisite p WHERE p.model_version = model
		AND @extschema@.hccraf_in_year(p.effective_year, p.expiry_year, payment_year)
	UNION ALL
	SELECT 8, 'group', NULL, g.group_name, concat_ws(' ', @extschema@.hcc_words(g.hcc_codes),
		@extschema@.hcc_group_in_words(g)), NULL
	FROM @extschema@.hcc_group g WHERE g.model_version = model
		AND @extschema@.hccraf_in_year(g.effective_year, g.expiry_year, payment_year)
	UNION ALL
	SELECT 2, 'drug code', NULL, d.code_system || ':' || d.code, string_agg(
		@extschema@.hccraf_word(d.hcc_code), ', ' ORDER BY d.hcc_code), NULL
	FROM @extschema@.hcc_drug_crosswalk d WHERE d.model_version = model
		AND @extschema@.hccraf_in_year(d.effective_year, d.expiry_year, payment_year)
	GROUP BY d.code_system, d.code
$$;
COMMENT ON FUNCTION @extschema@.hcc_model_says_of_hccs(text, integer) IS
	'Part of hccraf_diff_models: what a model says of codes and HCCs.';

CREATE FUNCTION @extschema@.hcc_model_says_of_people(model text, payment_year integer,
	OUT place integer, OUT kind text, OUT segment text, OUT item text, OUT value text,
	OUT number numeric) RETURNS SETOF record
LANGUAGE sql STABLE PARALLEL SAFE COST 10000 ROWS 500
SET search_path = pg_catalog, pg_temp
AS $$
	SELECT 9, 'interaction', NULL, i.interaction_name, (
		SELECT string_agg(@extschema@.hccraf_word(e), ' and ' ORDER BY lpad(e, 40), e)
		FROM unnest(i.hcc_combinations) e), NULL::numeric
	FROM @extschema@.hcc_interaction i WHERE i.model_version = model
	UNION ALL
	SELECT 10, 'variable', NULL, v.variable, string_agg(concat_ws(' ', v.kind, v.sex,
			@extschema@.hcc_bounds_in_words('age '::text, v.age_min, v.age_max),
			@extschema@.hcc_bounds_in_words('months '::text, v.months_min, v.months_max),
			@extschema@.hcc_bounds_in_words('count '::text, v.count_min, v.count_max),
			@extschema@.hcc_bounds_in_words('days '::text, v.days_min, v.days_max),
			@extschema@.hcc_facts_said(v.requires, v.forbids)), ' or '
			ORDER BY v.age_min, v.age_max, v.requires, v.forbids, v.kind, v.sex, v.months_min,
				v.months_max, v.count_min, v.count_max, v.days_min, v.days_max), NULL
	FROM @extschema@.hcc_variable v WHERE v.model_version = model
	GROUP BY v.variable
	UNION ALL
	SELECT 11, 'segment rule', s.segment, s.priority::text, concat_ws(' ',
			@extschema@.hcc_bounds_in_words('age '::text, s.age_min, s.age_max),
			@extschema@.hcc_bounds_in_words('months '::text, s.months_min, s.months_max),
			@extschema@.hcc_facts_said(s.requires, s.forbids), 'adds ' || s.adds,
			'divided by ' || s.divided_by), NULL
	FROM @extschema@.hcc_segment s WHERE s.model_version = model
	UNION ALL
	SELECT 12, 'age rule', NULL, format('age %s, OREC %s, %s', r.age, r.orec, r.applies_to),
		string_agg(r.scored_age::text, ', '), NULL
	FROM @extschema@.hcc_age_rule r WHERE r.model_version = model
		AND @extschema@.hccraf_in_year(r.effective_year, r.expiry_year, payment_year)
	GROUP BY r.age, r.orec, r.applies_to
$$;
COMMENT ON FUNCTION @extschema@.hcc_model_says_of_people(text, integer) IS
	'Part of hccraf_diff_models: what a model says of people.';

CREATE FUNCTION @extschema@.hcc_model_says_of_numbers(model text, payment_year integer,
	calibration text, OUT place integer, OUT kind text, OUT segment text, OUT item text,
	OUT value text, OUT number numeric) RETURNS SETOF record
LANGUAGE sql STABLE PARALLEL SAFE COST 10000 ROWS 1000
SET search_path = pg_catalog, pg_temp
AS $$
	SELECT 13, 'coefficient', c.segment, c.variable, c.coefficient::text, c.coefficient
	FROM @extschema@.hccraf_coefficients(model, payment_year, calibration) c
	UNION ALL
	SELECT 15, 'cost-sharing factor', NULL, concat_ws(' ', f.csr_variant, f.metal),
		f.factor::text, f.factor
	FROM (SELECT DISTINCT ON (s.csr_variant, s.metal) s.* FROM @extschema@.hcc_csr_factor s
		WHERE s.model_version = model
			AND s.payment_year = hcc_model_says_of_numbers.payment_year
		ORDER BY s.csr_variant, s.metal, s.custom DESC) f
	UNION ALL
	SELECT 14, 'payment parameter', NULL, format('%s %s, %s', @extschema@.hccraf_word(p.program),
		@extschema@.hccraf_word(p.component), v.item), v.number::text, v.number
	FROM (SELECT DISTINCT ON (q.program, q.component, q.calibration) q.*
			FROM @extschema@.payment_year_parameter q
			WHERE q.model_version = model
				AND q.payment_year = hcc_model_says_of_numbers.payment_year
			ORDER BY q.program, q.component, q.calibration, q.custom DESC) p
		CROSS JOIN LATERAL (VALUES ('normalization', p.normalization_factor),
			('coding-pattern adjustment', p.coding_pattern_adjustment),
			('blend weight', p.blend_weight)) v(item, number)
	WHERE v.number IS NOT NULL AND p.calibration IS NOT DISTINCT FROM
		COALESCE(hcc_model_says_of_numbers.calibration, (SELECT c.calibration
			FROM @extschema@.hccraf_model_calibrations(model,
				hcc_model_says_of_numbers.payment_year) c WHERE c.is_default LIMIT 1))
$$;
COMMENT ON FUNCTION @extschema@.hcc_model_says_of_numbers(text, integer, text) IS
	'Part of hccraf_diff_models: coefficients and payment parameters of a calibration.';

CREATE FUNCTION @extschema@.hcc_model_says(model text, payment_year integer, calibration text,
	OUT place integer, OUT kind text, OUT segment text, OUT item text, OUT value text,
	OUT number numeric) RETURNS SETOF record
LANGUAGE sql STABLE PARALLEL SAFE COST 50000 ROWS 10000
BEGIN ATOMIC
	SELECT h.* FROM @extschema@.hcc_model_says_of_hccs(model, payment_year) h
	UNION ALL
	SELECT p.* FROM @extschema@.hcc_model_says_of_people(model, payment_year) p
	UNION ALL
	SELECT n.* FROM @extschema@.hcc_model_says_of_numbers(model, payment_year, calibration) n;
END;
COMMENT ON FUNCTION @extschema@.hcc_model_says(text, integer, text) IS
	'Part of hccraf_diff_models: all that a model says in a payment year.';

-- Comparing with what is not there would show everything as lost.
CREATE FUNCTION @extschema@.hcc_require_side(model text, payment_year integer, calibration text)
	RETURNS void
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	known CONSTANT text[] := ARRAY(SELECT c.calibration
		FROM @extschema@.hccraf_model_calibrations(model, payment_year) c ORDER BY 1);
BEGIN
	PERFORM @extschema@.hcc_require_model(model);
	PERFORM @extschema@.hcc_require_year(model, payment_year);
	IF calibration IS NOT NULL AND calibration <> ALL (known) THEN
		PERFORM @extschema@.hcc_raise('42704'::text,
			format('model "%s" has no calibration "%s" in payment year %s', model,
				left(calibration, 200), payment_year),
			format('Its calibrations of that year are: %s.', array_to_string(known, ', ')),
			'Leave the calibration out to have the default.'::text);
	END IF;
END
$$;
COMMENT ON FUNCTION @extschema@.hcc_require_side(text, integer, text) IS
	'Part of hccraf_diff_models: what is compared is there.';

CREATE FUNCTION @extschema@.hccraf_diff_models(a text, b text, a_year integer DEFAULT NULL,
	b_year integer DEFAULT NULL, a_calibration text DEFAULT NULL, b_calibration text DEFAULT NULL,
	OUT what text, OUT segment text, OUT item text, OUT a_value text, OUT b_value text,
	OUT difference numeric) RETURNS SETOF record
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 500000 ROWS 1000
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	year_a CONSTANT integer := @extschema@.hccraf_model_year(a, a_year);
	year_b CONSTANT integer := @extschema@.hccraf_model_year(b, b_year);
	paid boolean;	-- a copy has no payment parameters, which is no difference
BEGIN
	PERFORM @extschema@.hcc_require_side(a, year_a, a_calibration);
	PERFORM @extschema@.hcc_require_side(b, year_b, b_calibration);
	paid := EXISTS (SELECT FROM @extschema@.payment_year_parameter q
			WHERE q.model_version = a AND q.payment_year = year_a)
		AND EXISTS (SELECT FROM @extschema@.payment_year_parameter q
			WHERE q.model_version = b AND q.payment_year = year_b);
	RETURN QUERY
	SELECT CASE
			WHEN x.value IS NULL THEN COALESCE(z.kind, x.kind) || ' gained'
			WHEN z.value IS NULL THEN x.kind || ' lost'
			WHEN x.kind = 'code' THEN 'code moved'
			ELSE x.kind || ' changed' END,
		COALESCE(x.segment, z.segment), COALESCE(x.item, z.item), NULLIF(x.value, ''),
		NULLIF(z.value, ''), CASE WHEN COALESCE(x.number, z.number) IS NOT NULL
			THEN COALESCE(z.number, 0) - COALESCE(x.number, 0) END
	FROM @extschema@.hcc_model_says(a, year_a, a_calibration) x
		FULL JOIN @extschema@.hcc_model_says(b, year_b, b_calibration) z
			ON x.kind = z.kind AND x.item = z.item
				AND COALESCE(x.segment, '') = COALESCE(z.segment, '')
	WHERE CASE WHEN x.number IS NOT NULL AND z.number IS NOT NULL THEN x.number <> z.number
			ELSE x.value IS DISTINCT FROM z.value END
		-- the label of an HCC that is gained or lost is no news
		AND (COALESCE(x.kind, z.kind) <> 'label' OR x.kind = z.kind)
		AND (COALESCE(x.kind, z.kind) <> 'payment parameter' OR paid)
	ORDER BY COALESCE(x.place, z.place), 1, 2, lpad(COALESCE(x.item, z.item), 40);
END
$$;
COMMENT ON FUNCTION @extschema@.hccraf_diff_models(text, text, integer, integer, text, text) IS
	'What b has that a has not, and the other way round, a row for each difference.';

CREATE FUNCTION @extschema@.hccraf_diff_summary(a text, b text, a_year integer DEFAULT NULL,
	b_year integer DEFAULT NULL, a_calibration text DEFAULT NULL, b_calibration text DEFAULT NULL,
	OUT what text, OUT n bigint, OUT lowest numeric, OUT highest numeric)
	RETURNS SETOF record
LANGUAGE sql STABLE PARALLEL SAFE COST 500000 ROWS 15
BEGIN ATOMIC
	SELECT d.what, count(*), min(d.difference), max(d.difference)
	FROM @extschema@.hccraf_diff_models(a, b, a_year, b_year, a_calibration, b_calibration) d
	GROUP BY d.what ORDER BY d.what;
END;
COMMENT ON FUNCTION @extschema@.hccraf_diff_summary(text, text, integer, integer, text, text) IS
	'How many differences of each kind hccraf_diff_models finds, the lowest and the highest.';

----------------------------------------------------------------------
-- Copies, to try things on
----------------------------------------------------------------------
CREATE FUNCTION @extschema@.hcc_model_rows(model text, OUT place integer, OUT table_name text,
	OUT n bigint, OUT shipped bigint) RETURNS SETOF record
LANGUAGE sql STABLE PARALLEL SAFE COST 10000 ROWS 15
SET search_path = pg_catalog, pg_temp
AS $$
	SELECT r.place, r.table_name, count(*), count(*) FILTER (WHERE NOT r.custom) FROM (
		SELECT 1, 'hcc_model', custom FROM @extschema@.hcc_model WHERE model_version = model
		UNION ALL SELECT 2, 'hcc_calibration', custom FROM @extschema@.hcc_calibration
		WHERE model_version = model
		UNION ALL SELECT 3, 'hcc_category', custom FROM @extschema@.hcc_category
		WHERE model_version = model
		UNION ALL SELECT 4, 'hcc_crosswalk', custom FROM @extschema@.hcc_crosswalk
		WHERE model_version = model
		UNION ALL SELECT 5, 'hcc_dx_edit', custom FROM @extschema@.hcc_dx_edit
		WHERE model_version = model
		UNION ALL SELECT 6, 'hcc_prerequisite', custom FROM @extschema@.hcc_prerequisite
		WHERE model_version = model
		UNION ALL SELECT 7, 'hcc_hierarchy', custom FROM @extschema@.hcc_hierarchy
		WHERE model_version = model
		UNION ALL SELECT 8, 'hcc_group', custom FROM @extschema@.hcc_group
		WHERE model_version = model
		UNION ALL SELECT 9, 'hcc_variable', custom FROM @extschema@.hcc_variable
		WHERE model_version = model
		UNION ALL SELECT 10, 'hcc_interaction', custom FROM @extschema@.hcc_interaction
		WHERE model_version = model
		UNION ALL SELECT 11, 'hcc_segment', custom FROM @extschema@.hcc_segment
		WHERE model_version = model
		UNION ALL SELECT 12, 'hcc_age_rule', custom FROM @extschema@.hcc_age_rule
		WHERE model_version = model
		UNION ALL SELECT 13, 'hcc_coefficient', custom FROM @extschema@.hcc_coefficient
		WHERE model_version = model
		UNION ALL SELECT 14, 'payment_year_parameter', custom
		FROM @extschema@.payment_year_parameter WHERE model_version = model
		UNION ALL SELECT 15, 'hcc_release', custom FROM @extschema@.hcc_release
		WHERE model_version = model
		UNION ALL SELECT 16, 'hcc_drug_crosswalk', custom FROM @extschema@.hcc_drug_crosswalk
		WHERE model_version = model
		UNION ALL SELECT 17, 'hcc_csr_factor', custom FROM @extschema@.hcc_csr_factor
		WHERE model_version = model) r(place, table_name, custom)
	GROUP BY r.place, r.table_name
$$;
COMMENT ON FUNCTION @extschema@.hcc_model_rows(text) IS
	'Part of hccraf_copy_model and hccraf_drop_model: how many rows of a model a table has.';

CREATE FUNCTION @extschema@.hcc_check_copy(source text, target text, payment_year integer)
	RETURNS void
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	IF NOT COALESCE(btrim(target, E' \t\n') <> '' AND length(target) <= 200, false) THEN
		PERFORM @extschema@.hcc_raise('22023'::text, 'a copy needs a name'::text,
			format('Given is %s; accepted are 1 to 200 characters, not only blanks.',
				COALESCE('"' || left(target, 200) || '"', 'NULL')),
			'Choose a name that no model has.'::text);
	END IF;
	IF EXISTS (SELECT FROM @extschema@.hcc_model_rows(target) r WHERE r.place NOT IN (14, 15)) THEN
		PERFORM @extschema@.hcc_raise('42710'::text, format('model "%s" already exists', target),
			NULL::text,
			format('Choose another name, or remove it with hccraf_drop_model(%L).', target));
	END IF;
	PERFORM @extschema@.hcc_require_model(source);
	PERFORM @extschema@.hcc_require_year(source, payment_year);
END
$$;
COMMENT ON FUNCTION @extschema@.hcc_check_copy(text, text, integer) IS
	'Part of hccraf_copy_model: checks its arguments.';

-- A copy is a row with some columns replaced: the model's name, who added it
-- and its number. Whether there is a number, jsonb_populate_record sees.
CREATE FUNCTION @extschema@.hcc_copied(target text) RETURNS jsonb
LANGUAGE sql VOLATILE PARALLEL UNSAFE
RETURN pg_catalog.jsonb_build_object('model_version', target, 'custom', true,
	'id', pg_catalog.nextval('@extschema@.hcc_row_id'::regclass));
COMMENT ON FUNCTION @extschema@.hcc_copied(text) IS
	'Part of hccraf_copy_model: what differs in the row of a copy.';
REVOKE EXECUTE ON FUNCTION @extschema@.hcc_copied(text) FROM PUBLIC;

-- A copy is never the default, and one of a single year is good for that year
-- only.
CREATE FUNCTION @extschema@.hcc_copy_model_rows(source text, target text, payment_year integer)
	RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	original CONSTANT text := source;
	y CONSTANT integer := payment_year;
	own CONSTANT jsonb := jsonb_build_object('is_default', false, 'release_date', NULL,
		'checksum', NULL, 'fingerprint', NULL);
	years CONSTANT jsonb := CASE WHEN y IS NULL THEN '{}'
		ELSE jsonb_build_object('first_payment_year', y, 'last_payment_year', y) END;
BEGIN
	INSERT INTO @extschema@.hcc_model
	SELECT c.* FROM @extschema@.hcc_model r CROSS JOIN LATERAL jsonb_populate_record(
		r, @extschema@.hcc_copied(target) || own || years) c
	WHERE r.model_version = original
		AND @extschema@.hccraf_in_year(r.first_payment_year, r.last_payment_year, y);
	INSERT INTO @extschema@.hcc_calibration
	SELECT c.* FROM @extschema@.hcc_calibration r CROSS JOIN LATERAL jsonb_populate_record(
		r, @extschema@.hcc_copied(target) || years) c
	WHERE r.model_version = original
		AND @extschema@.hccraf_in_year(r.first_payment_year, r.last_payment_year, y);
	-- a custom row and the shipped one in whose place it is make one
	INSERT INTO @extschema@.hcc_coefficient
	SELECT target, r.calibration, r.segment, r.variable, r.coefficient, true
	FROM (SELECT DISTINCT ON (k.calibration, k.segment, k.variable) k.*
		FROM @extschema@.hcc_coefficient k WHERE k.model_version = original
		ORDER BY k.calibration, k.segment, k.variable, k.custom DESC) r
	WHERE y IS NULL OR r.calibration IN (
		SELECT c.calibration FROM @extschema@.hccraf_model_calibrations(original, y) c);
END
$$;
COMMENT ON FUNCTION @extschema@.hcc_copy_model_rows(text, text, integer) IS
	'Part of hccraf_copy_model: copies what says by which numbers a model scores.';
REVOKE EXECUTE ON FUNCTION @extschema@.hcc_copy_model_rows(text, text, integer) FROM PUBLIC;

CREATE FUNCTION @extschema@.hcc_copy_rule_rows(source text, target text, payment_year integer)
	RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	original CONSTANT text := source;
	y CONSTANT integer := payment_year;
BEGIN
	INSERT INTO @extschema@.hcc_category SELECT c.* FROM @extschema@.hcc_category r
		CROSS JOIN LATERAL jsonb_populate_record(r, @extschema@.hcc_copied(target)) c
	WHERE r.model_version = original;
	INSERT INTO @extschema@.hcc_crosswalk SELECT c.* FROM @extschema@.hcc_crosswalk r
		CROSS JOIN LATERAL jsonb_populate_record(r, @extschema@.hcc_copied(target)) c
	WHERE r.model_version = original
		AND @extschema@.hccraf_in_year(r.effective_year, r.expiry_year, y);
	INSERT INTO @extschema@.hcc_dx_edit SELECT c.* FROM @extschema@.hcc_dx_edit r
		CROSS JOIN LATERAL jsonb_populate_record(r, @extschema@.hcc_copied(target)) c
	WHERE r.model_version = original
		AND @extschema@.hccraf_in_year(r.effective_year, r.expiry_year, y);
	INSERT INTO @extschema@.hcc_prerequisite SELECT c.* FROM @extschema@.hcc_prerequisite r
		CROSS JOIN LATERAL jsonb_populate_record(r, @extschema@.hcc_copied(target)) c
	WHERE r.model_version = original
		AND @extschema@.hccraf_in_year(r.effective_year, r.expiry_year, y);
	INSERT INTO @extschema@.hcc_hierarchy SELECT c.* FROM @extschema@.hcc_hierarchy r
		CROSS JOIN LATERAL jsonb_populate_record(r, @extschema@.hcc_copied(target)) c
	WHERE r.model_version = original;
	INSERT INTO @extschema@.hcc_group SELECT c.* FROM @extschema@.hcc_group r
		CROSS JOIN LATERAL jsonb_populate_record(r, @extschema@.hcc_copied(target)) c
	WHERE r.model_version = original
		AND @extschema@.hccraf_in_year(r.effective_year, r.expiry_year, y);
	INSERT INTO @extschema@.hcc_drug_crosswalk SELECT c.* FROM @extschema@.hcc_drug_crosswalk r
		CROSS JOIN LATERAL jsonb_populate_record(r, @extschema@.hcc_copied(target)) c
	WHERE r.model_version = original
		AND @extschema@.hccraf_in_year(r.effective_year, r.expiry_year, y);
	-- of a custom row and the shipped one in whose place it is, the custom one
	INSERT INTO @extschema@.hcc_csr_factor
	SELECT DISTINCT ON (r.payment_year, r.csr_variant, r.metal) c.*
	FROM @extschema@.hcc_csr_factor r
		CROSS JOIN LATERAL jsonb_populate_record(r, @extschema@.hcc_copied(target)) c
	WHERE r.model_version = original AND (y IS NULL OR r.payment_year = y)
	ORDER BY r.payment_year, r.csr_variant, r.metal, r.custom DESC;
	INSERT INTO @extschema@.hcc_variable SELECT c.* FROM @extschema@.hcc_variable r
		CROSS JOIN LATERAL jsonb_populate_record(r, @extschema@.hcc_copied(target)) c
	WHERE r.model_version = original;
	INSERT INTO @extschema@.hcc_interaction SELECT c.* FROM @extschema@.hcc_interaction r
		CROSS JOIN LATERAL jsonb_populate_record(r, @extschema@.hcc_copied(target)) c
	WHERE r.model_version = original;
	INSERT INTO @extschema@.hcc_segment SELECT c.* FROM @extschema@.hcc_segment r
		CROSS JOIN LATERAL jsonb_populate_record(r, @extschema@.hcc_copied(target)) c
	WHERE r.model_version = original;
	INSERT INTO @extschema@.hcc_age_rule SELECT c.* FROM @extschema@.hcc_age_rule r
		CROSS JOIN LATERAL jsonb_populate_record(r, @extschema@.hcc_copied(target)) c
	WHERE r.model_version = original
		AND @extschema@.hccraf_in_year(r.effective_year, r.expiry_year, y);
END
$$;
COMMENT ON FUNCTION @extschema@.hcc_copy_rule_rows(text, text, integer) IS
	'Part of hccraf_copy_model: copies what a model says of codes, HCCs and people.';
REVOKE EXECUTE ON FUNCTION @extschema@.hcc_copy_rule_rows(text, text, integer) FROM PUBLIC;

CREATE FUNCTION @extschema@.hccraf_copy_model(source text, target text,
	payment_year integer DEFAULT NULL, OUT table_name text, OUT n bigint) RETURNS SETOF record
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 1000000 ROWS 15
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	PERFORM @extschema@.hcc_check_copy(source, target, payment_year);
	PERFORM @extschema@.hcc_copy_model_rows(source, target, payment_year);
	PERFORM @extschema@.hcc_copy_rule_rows(source, target, payment_year);
	-- From here on hccraf_check_model tells changes to the copy.
	IF EXISTS (SELECT FROM @extschema@.hcc_model h WHERE h.model_version = target) THEN
		PERFORM @extschema@.hccraf_seal_model(target, NULL::date);
	END IF;
	RETURN QUERY
	SELECT t.name, COALESCE(r.n, 0)
	FROM unnest('{hcc_model,hcc_calibration,hcc_category,hcc_crosswalk,hcc_dx_edit,
			hcc_prerequisite,hcc_hierarchy,hcc_group,hcc_variable,hcc_interaction,hcc_segment,
			hcc_age_rule,hcc_coefficient,hcc_drug_crosswalk,hcc_csr_factor}'::text[])
			WITH ORDINALITY t(name, place)
		LEFT JOIN @extschema@.hcc_model_rows(target) r ON r.table_name = t.name
	ORDER BY t.place;
END
$$;
COMMENT ON FUNCTION @extschema@.hccraf_copy_model(text, text, integer) IS
	'Copies a model, all years or one, under a new name, without its payment parameters.';
REVOKE EXECUTE ON FUNCTION @extschema@.hccraf_copy_model(text, text, integer) FROM PUBLIC;

CREATE FUNCTION @extschema@.hccraf_drop_model(model text) RETURNS bigint
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 100000
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	total bigint;
	shipped bigint;
BEGIN
	SELECT COALESCE(sum(r.n), 0), COALESCE(sum(r.shipped), 0) INTO total, shipped
	FROM @extschema@.hcc_model_rows(model) r;
	IF shipped > 0 THEN
		PERFORM @extschema@.hcc_raise('55000'::text,
			format('model "%s" comes with hccraf and cannot be dropped', model), NULL::text,
			'Rows that you added to it have custom set: delete those.'::text);
	END IF;
	IF total = 0 OR model = '' THEN
		PERFORM @extschema@.hcc_require_model(NULLIF(model, ''));
	END IF;
	DELETE FROM @extschema@.hcc_model WHERE model_version = model;
	DELETE FROM @extschema@.hcc_calibration WHERE model_version = model;
	DELETE FROM @extschema@.hcc_category WHERE model_version = model;
	DELETE FROM @extschema@.hcc_crosswalk WHERE model_version = model;
	DELETE FROM @extschema@.hcc_dx_edit WHERE model_version = model;
	DELETE FROM @extschema@.hcc_prerequisite WHERE model_version = model;
	DELETE FROM @extschema@.hcc_hierarchy WHERE model_version = model;
	DELETE FROM @extschema@.hcc_group WHERE model_version = model;
	DELETE FROM @extschema@.hcc_variable WHERE model_version = model;
	DELETE FROM @extschema@.hcc_interaction WHERE model_version = model;
	DELETE FROM @extschema@.hcc_segment WHERE model_version = model;
	DELETE FROM @extschema@.hcc_age_rule WHERE model_version = model;
	DELETE FROM @extschema@.hcc_coefficient WHERE model_version = model;
	DELETE FROM @extschema@.hcc_drug_crosswalk WHERE model_version = model;
	DELETE FROM @extschema@.hcc_csr_factor WHERE model_version = model;
	DELETE FROM @extschema@.payment_year_parameter WHERE model_version = model;
	DELETE FROM @extschema@.hcc_release WHERE model_version = model;
	RETURN total;
END
$$;
COMMENT ON FUNCTION @extschema@.hccraf_drop_model(text) IS
	'Deletes all rows of a model that you made, and returns how many; shipped ones are refused.';
REVOKE EXECUTE ON FUNCTION @extschema@.hccraf_drop_model(text) FROM PUBLIC;

-- The identity of what comes with hccraf, of models whose data/ does not say it (script/seal)
DO $$
BEGIN
	PERFORM @extschema@.hccraf_seal_model(model_version, NULL::date)
	FROM (SELECT DISTINCT model_version FROM @extschema@.hcc_model
		WHERE checksum IS NULL OR fingerprint IS NULL) unsealed;
END
$$;
