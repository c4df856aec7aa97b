----------------------------------------------------------------------
-- From items to rows: what the tables say already, what a file may not say,
-- and a function that writes for each table
----------------------------------------------------------------------
CREATE FUNCTION @extschema@.hcc_load_previous_year(model text, payment_year integer)
	RETURNS integer
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
	SELECT CASE WHEN model = '' THEN payment_year - 1 ELSE (
		SELECT max(least(m.last_payment_year, payment_year - 1)) FROM @extschema@.hcc_model m
		WHERE m.model_version = model AND m.first_payment_year < payment_year) END
$$;
COMMENT ON FUNCTION @extschema@.hcc_load_previous_year(text, integer) IS
	'Internal to loaders: the year before this one that the model has, or NULL.';

-- The calibration itself if it served the year before, else that year's default
CREATE FUNCTION @extschema@.hcc_load_previous_calibration(model text, payment_year integer,
	calibration text) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
	SELECT c.calibration FROM @extschema@.hcc_calibration c
	WHERE c.model_version = model
		AND @extschema@.hcc_load_previous_year(model, payment_year)
			BETWEEN c.first_payment_year AND c.last_payment_year
	ORDER BY c.calibration = hcc_load_previous_calibration.calibration DESC, c.is_default DESC
	LIMIT 1
$$;
COMMENT ON FUNCTION @extschema@.hcc_load_previous_calibration(text, integer, text) IS
	'Internal to loaders: with which calibration a file of coefficients is compared.';

-- The arguments need not be those of a job: a file is compared with another
-- year. What has no years is the same in all.
CREATE FUNCTION @extschema@.hcc_load_present(target text, model text, payment_year integer,
	calibration text, shipped_only boolean, OUT key text[], OUT value text) RETURNS SETOF record
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	y CONSTANT integer := payment_year;
BEGIN
	CASE target
	WHEN 'crosswalk' THEN RETURN QUERY
		SELECT ARRAY[x.icd10_code], array_agg(DISTINCT x.hcc_code ORDER BY x.hcc_code)::text
		FROM @extschema@.hcc_crosswalk x
		WHERE x.model_version = model AND y IS NOT NULL AND NOT (shipped_only AND x.custom)
			AND @extschema@.hccraf_in_year(x.effective_year, x.expiry_year, y)
		GROUP BY x.icd10_code;
	WHEN 'category' THEN RETURN QUERY
		SELECT ARRAY[g.hcc_code], g.label FROM @extschema@.hcc_category g
		WHERE g.model_version = model;
	WHEN 'hierarchy' THEN RETURN QUERY
		SELECT ARRAY[g.hcc_code], ARRAY(SELECT h.subordinate_hcc FROM @extschema@.hcc_hierarchy h
			WHERE h.model_version = model AND h.superior_hcc = g.hcc_code ORDER BY 1)::text
		FROM @extschema@.hcc_category g WHERE g.model_version = model;
	WHEN 'group' THEN RETURN QUERY
		SELECT ARRAY[g.group_name],
			(SELECT array_agg(c ORDER BY c) FROM unnest(g.hcc_codes) c)::text
		FROM @extschema@.hcc_group g
		WHERE g.model_version = model AND NOT (shipped_only AND g.custom);
	WHEN 'interaction' THEN RETURN QUERY
		SELECT ARRAY[i.interaction_name], i.hcc_combinations::text
		FROM @extschema@.hcc_interaction i
		WHERE i.model_version = model AND NOT (shipped_only AND i.custom);
	WHEN 'coefficient' THEN RETURN QUERY
		SELECT DISTINCT ON (k.segment, k.variable)
			ARRAY[k.segment, k.variable], round(k.coefficient, 3)::text
		FROM @extschema@.hcc_coefficient k
		WHERE k.model_version = model AND k.calibration = hcc_load_present.calibration
			AND NOT (shipped_only AND k.custom)
		ORDER BY k.segment, k.variable, k.custom DESC;
	WHEN 'procedure' THEN RETURN QUERY
		SELECT ARRAY[p.procedure_code], 'yes' FROM @extschema@.eligible_procedure p
		WHERE p.service_year = y AND p.program = '' AND NOT (shipped_only AND p.custom);
	WHEN 'icd10' THEN RETURN QUERY
		SELECT ARRAY[c.icd10_code], c.description FROM @extschema@.icd10_code c
		WHERE c.fiscal_year = y;
	END CASE;
END
$$;
COMMENT ON FUNCTION @extschema@.hcc_load_present(text, text, integer, text, boolean) IS
	'Internal to loaders: what the rows of a year say, like the items of a file.';

----------------------------------------------------------------------
-- What a file may not say, or not omit, as items with a problem. One that has a
-- key concerns the item of that key, which then is not used.
----------------------------------------------------------------------

-- A file that was cut off lacks HCCs. Files of coefficients for new enrollees
-- have none at all.
CREATE FUNCTION @extschema@.hcc_load_incomplete(job @extschema@.hcc_load_job,
	items @extschema@.hcc_load_item[]) RETURNS SETOF @extschema@.hcc_load_item
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
	WITH form AS (SELECT (job.format).targets, (job.format).targets[1] AS target),
	wanted AS MATERIALIZED (
		SELECT g.hcc_code AS hcc, g.is_payment, CASE form.target
			WHEN 'coefficient'
				THEN @extschema@.hcc_load_prefix(job.model, job.payment_year) || g.hcc_code
			ELSE g.hcc_code END AS name
		FROM form CROSS JOIN @extschema@.hcc_category g
		WHERE g.model_version = job.model
	), named AS MATERIALIZED (
		SELECT CASE form.target WHEN 'crosswalk' THEN h ELSE i.key[1] END AS name
		FROM form CROSS JOIN unnest(items) i
			LEFT JOIN LATERAL unnest(CASE WHEN i.target = 'crosswalk' THEN i.value::text[] END) h
				ON true
		WHERE i.target = CASE form.target WHEN 'coefficient' THEN 'label' ELSE form.target END
	)
	-- one row, however many are not there
	SELECT NULL::integer, form.target, NULL::text[], NULL::text, format(CASE form.target
			WHEN 'crosswalk' THEN 'no line gives %s: is the file complete?'
			WHEN 'category' THEN 'no line has a label of %s: is the file complete?'
			ELSE 'no line is about %s: is the file complete?' END,
		CASE WHEN form.target = 'coefficient' THEN 'variable ' ELSE 'HCC ' END
			|| array_to_string((array_agg(CASE form.target WHEN 'coefficient' THEN w.name
				ELSE w.hcc END ORDER BY length(w.hcc), w.hcc))[1:10], ', ')
			|| CASE WHEN count(*) > 10 THEN format(' and %s more', count(*) - 10) ELSE '' END)
	FROM form CROSS JOIN wanted w
	WHERE w.name NOT IN (SELECT n.name FROM named n WHERE n.name IS NOT NULL)
		AND CASE form.target
			WHEN 'crosswalk' THEN w.is_payment AND EXISTS (SELECT FROM named)
			WHEN 'hierarchy' THEN 'category' = ANY (form.targets) AND EXISTS (SELECT FROM named)
			WHEN 'category' THEN true
			WHEN 'coefficient' THEN w.is_payment
				AND EXISTS (SELECT FROM named n WHERE n.name ~* '^(RX)?HCC\d+$')
			ELSE false END
	GROUP BY form.target
$$;
COMMENT ON FUNCTION @extschema@.hcc_load_incomplete(@extschema@.hcc_load_job,
	@extschema@.hcc_load_item[]) IS
	'Internal to loaders: which HCCs of the model a file lacks.';

-- Shipped rows come back with CREATE EXTENSION: what they say stays. A custom
-- coefficient takes the place of the shipped one, and labels stay as they are.
-- Hierarchies have no years: a change would change the scores of all.
CREATE FUNCTION @extschema@.hcc_load_contradicted(job @extschema@.hcc_load_job,
	items @extschema@.hcc_load_item[]) RETURNS SETOF @extschema@.hcc_load_item
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	about CONSTANT text := (job.format).targets[1];
	message CONSTANT text := CASE about
		WHEN 'crosswalk' THEN 'code %1$s: a shipped row gives HCC %2$s in payment year %3$s, '
			'the file does not; load under another model name'
		WHEN 'hierarchy' THEN 'HCC %1$s: the shipped hierarchy differs and holds for all years; '
			'load under another model name'
		WHEN 'group' THEN 'group %1$s: the shipped group has other HCCs; '
			'load under another model name'
		WHEN 'interaction' THEN 'interaction %1$s: the shipped one has other elements; '
			'load under another model name'
		WHEN 'coefficient' THEN 'segment %1$s, variable %2$s: a shipped coefficient of '
			'calibration "%4$s" is not in the file; choose another calibration'
		WHEN 'procedure' THEN 'code %1$s: a shipped row includes it, the file does not' END;
	is_shipped CONSTANT boolean := EXISTS (SELECT FROM @extschema@.hcc_model m
		WHERE m.model_version = job.model AND NOT m.custom);
BEGIN
	IF message IS NULL THEN
		RETURN;
	END IF;
	RETURN QUERY
	SELECT i.line, about, CASE WHEN about <> 'crosswalk' THEN i.key END, NULL::text,
		format(message, COALESCE(i.key[1], s.key[1]), COALESCE(x.hcc, s.key[2]), job.payment_year,
			job.calibration)
	FROM @extschema@.hcc_load_present(about, job.model, job.payment_year, job.calibration, true) s
		FULL JOIN (SELECT u.* FROM unnest(items) u WHERE u.target = about) i ON i.key = s.key
		LEFT JOIN LATERAL unnest(CASE about WHEN 'crosswalk' THEN s.value::text[] END) x(hcc)
			ON x.hcc <> ALL (COALESCE(i.value, '{}')::text[])
	WHERE CASE about
		WHEN 'crosswalk' THEN x.hcc IS NOT NULL
		WHEN 'hierarchy' THEN is_shipped AND COALESCE(i.value, '{}') <> COALESCE(s.value, '{}')
		WHEN 'coefficient' THEN i.key IS NULL AND s.key[1] IN (
			SELECT g.key[1] FROM unnest(items) g WHERE g.target = 'segment')
		WHEN 'procedure' THEN i.key IS NULL
		WHEN 'group' THEN i.value <> s.value
		ELSE NOT (i.value::text[] @> s.value::text[] AND i.value::text[] <@ s.value::text[]) END;
END
$$;
COMMENT ON FUNCTION @extschema@.hcc_load_contradicted(@extschema@.hcc_load_job,
	@extschema@.hcc_load_item[]) IS
	'Internal to loaders: which shipped rows a file contradicts.';

CREATE FUNCTION @extschema@.hcc_load_contradicted_edits(job @extschema@.hcc_load_job,
	items @extschema@.hcc_load_item[]) RETURNS SETOF @extschema@.hcc_load_item
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	RETURN QUERY
	SELECT NULL::integer, 'edit', NULL::text[], NULL::text,
		format('code %s: a shipped edit for ages %s to %s holds in payment year %s, the file has '
			'none like it; load under another model name', e.icd10_code, COALESCE(e.age_min, 0),
			COALESCE(e.age_max::text, 'any'), job.payment_year)
	FROM @extschema@.hcc_dx_edit e
	WHERE e.model_version = job.model AND NOT e.custom
		AND @extschema@.hccraf_in_year(e.effective_year, e.expiry_year, job.payment_year)
		AND e.icd10_code IN (SELECT i.key[1] FROM unnest(items) i WHERE i.target = 'crosswalk')
		AND ARRAY[e.icd10_code, e.edit_kind, e.sex, e.age_min::text, e.age_max::text, e.action,
			e.hcc_code] NOT IN (SELECT i.key FROM unnest(items) i WHERE i.target = 'edit');
END
$$;
COMMENT ON FUNCTION @extschema@.hcc_load_contradicted_edits(@extschema@.hcc_load_job,
	@extschema@.hcc_load_item[]) IS
	'Internal to loaders: which shipped edits a file contradicts.';

-- Every line of the packages' file names an HCC, so that what a line removes
-- has a line of its own; elsewhere it is in hcc_category, as the line's HCC is.
CREATE FUNCTION @extschema@.hcc_load_misplaced(job @extschema@.hcc_load_job,
	items @extschema@.hcc_load_item[]) RETURNS SETOF @extschema@.hcc_load_item
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	all_hccs CONSTANT boolean := 'category' = ANY ((job.format).targets);
	known CONSTANT text[] := CASE WHEN all_hccs
		THEN ARRAY(SELECT i.key[1] FROM unnest(items) i)
		ELSE ARRAY(SELECT g.hcc_code FROM @extschema@.hcc_category g
			WHERE g.model_version = job.model) END;
BEGIN
	RETURN QUERY
	SELECT i.line, i.target, i.key, NULL::text, format('HCC %s removes HCC %s, which %s', i.key[1],
		h, CASE WHEN all_hccs THEN 'has no line of its own' ELSE 'is not in hcc_category' END)
	FROM unnest(items) i CROSS JOIN LATERAL unnest(i.value::text[]) h
	WHERE h <> ALL (known)
	UNION ALL
	SELECT i.line, i.target, i.key, NULL, format('HCC %s is not in hcc_category', i.key[1])
	FROM unnest(items) i WHERE NOT all_hccs AND i.key[1] <> ALL (known);
END
$$;
COMMENT ON FUNCTION @extschema@.hcc_load_misplaced(@extschema@.hcc_load_job,
	@extschema@.hcc_load_item[]) IS
	'Internal to loaders: which HCCs of a hierarchy have no place in it.';

CREATE FUNCTION @extschema@.hcc_load_check(job @extschema@.hcc_load_job,
	items @extschema@.hcc_load_item[]) RETURNS SETOF @extschema@.hcc_load_item
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	targets CONSTANT text[] := (job.format).targets;
BEGIN
	-- a file without a usable line contradicts nothing
	IF targets[1] = 'crosswalk' AND cardinality(items) = 0 THEN
		RETURN;
	END IF;
	RETURN QUERY SELECT * FROM @extschema@.hcc_load_incomplete(job, items);
	RETURN QUERY SELECT * FROM @extschema@.hcc_load_contradicted(job, items);
	IF 'edit' = ANY (targets) THEN
		RETURN QUERY SELECT * FROM @extschema@.hcc_load_contradicted_edits(job, items);
	END IF;
	IF 'hierarchy' = ANY (targets) THEN
		RETURN QUERY SELECT * FROM @extschema@.hcc_load_misplaced(job, items);
	END IF;
END
$$;
COMMENT ON FUNCTION @extschema@.hcc_load_check(@extschema@.hcc_load_job,
	@extschema@.hcc_load_item[]) IS
	'Internal to loaders: what a file may not say or omit.';

----------------------------------------------------------------------
-- Rows that hold in a range of years
----------------------------------------------------------------------

-- What a file speaks of is no copy of another year any more.
CREATE FUNCTION @extschema@.hcc_load_replace_provisional(job @extschema@.hcc_load_job)
	RETURNS bigint
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	y CONSTANT integer := job.payment_year;
	targets CONSTANT text[] := (job.format).targets;
	total bigint := 0;
	removed bigint;
BEGIN
	IF 'crosswalk' = ANY (targets) THEN
		DELETE FROM @extschema@.hcc_model h
		WHERE h.model_version = job.model AND h.provisional AND h.first_payment_year = y;
		GET DIAGNOSTICS total = ROW_COUNT;
		DELETE FROM @extschema@.hcc_crosswalk x
		WHERE x.model_version = job.model AND x.provisional AND x.effective_year = y;
		GET DIAGNOSTICS removed = ROW_COUNT;
		total := total + removed;
	END IF;
	IF 'edit' = ANY (targets) THEN
		DELETE FROM @extschema@.hcc_dx_edit e
		WHERE e.model_version = job.model AND e.provisional AND e.effective_year = y;
		GET DIAGNOSTICS removed = ROW_COUNT;
		total := total + removed;
	END IF;
	IF 'calibration' = ANY (targets) THEN
		DELETE FROM @extschema@.hcc_calibration c
		WHERE c.model_version = job.model AND c.calibration = job.calibration
			AND c.provisional AND c.first_payment_year = y;
		GET DIAGNOSTICS removed = ROW_COUNT;
		total := total + removed;
	END IF;
	IF targets[1] = 'procedure' THEN
		DELETE FROM @extschema@.eligible_procedure p
		WHERE p.provisional AND p.service_year = y AND p.program = '';
		GET DIAGNOSTICS removed = ROW_COUNT;
		total := total + removed;
	END IF;
	RETURN total;
END
$$;
COMMENT ON FUNCTION @extschema@.hcc_load_replace_provisional(@extschema@.hcc_load_job) IS
	'Internal to loaders: deletes the provisional rows that a file takes the place of.';

-- The part of a row after the year is a row of its own, copied from the one of
-- the same id; what comes without id is new.
CREATE FUNCTION @extschema@.hcc_load_revision(present @extschema@.hcc_load_change[],
	wanted @extschema@.hcc_load_item[], payment_year integer)
	RETURNS SETOF @extschema@.hcc_load_change
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	y CONSTANT integer := payment_year;
BEGIN
	RETURN QUERY
	WITH said AS MATERIALIZED (
		SELECT DISTINCT w.key FROM unnest(wanted) w
	), here AS MATERIALIZED (
		SELECT p.*, p.key IN (SELECT s.key FROM said s) AS stays,
			@extschema@.hccraf_in_year(p.first, p.last, y) AS holds,
			COALESCE(p.first < y, true) AS before, COALESCE(p.last > y, true) AS after
		FROM unnest(present) p
	), withdrawn AS (
		SELECT * FROM here WHERE action = 'custom' AND holds AND NOT stays
	), adjoining AS (
		SELECT * FROM here WHERE action = 'custom' AND last = y - 1 AND stays
	)
	SELECT 'add the part after', w.id, w.key, y + 1, w.last FROM withdrawn w WHERE before AND after
	UNION ALL
	SELECT CASE WHEN before OR after THEN 'change' ELSE 'remove' END, w.id, w.key,
		CASE WHEN before THEN w.first ELSE y + 1 END, CASE WHEN before THEN y - 1 ELSE w.last END
	FROM withdrawn w
	UNION ALL
	SELECT 'change', a.id, a.key, a.first, y FROM adjoining a
	WHERE a.key NOT IN (SELECT h.key FROM here h WHERE holds)
	UNION ALL
	SELECT 'add', NULL, s.key, y, y FROM said s
	WHERE s.key NOT IN (
		SELECT h.key FROM here h WHERE holds UNION ALL SELECT a.key FROM adjoining a);
END
$$;
COMMENT ON FUNCTION @extschema@.hcc_load_revision(@extschema@.hcc_load_change[],
	@extschema@.hcc_load_item[], integer) IS
	'Internal to loaders: what happens to rows so that they say in a year what a file does.';

CREATE FUNCTION @extschema@.hcc_load_write_crosswalk(job @extschema@.hcc_load_job,
	items @extschema@.hcc_load_item[]) RETURNS bigint
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	change @extschema@.hcc_load_change[];
BEGIN
	change := ARRAY(SELECT r FROM @extschema@.hcc_load_revision(
		ARRAY(SELECT ROW(CASE WHEN x.custom AND NOT x.provisional THEN 'custom'
				ELSE 'shipped' END, x.id,
				ARRAY[x.icd10_code, x.hcc_code], x.effective_year, x.expiry_year)
				::@extschema@.hcc_load_change
			FROM @extschema@.hcc_crosswalk x WHERE x.model_version = job.model),
		ARRAY(SELECT ROW(NULL, NULL, ARRAY[i.key[1], h], NULL, NULL)::@extschema@.hcc_load_item
			FROM unnest(items) i CROSS JOIN LATERAL unnest(i.value::text[]) h
			WHERE i.target = 'crosswalk'),
		job.payment_year) r);
	INSERT INTO @extschema@.hcc_crosswalk (model_version, icd10_code, hcc_code, hcc_description,
		coefficient, effective_year, expiry_year)
	SELECT job.model, c.key[1], c.key[2], x.hcc_description, x.coefficient, c.first, c.last
	FROM unnest(change) c LEFT JOIN @extschema@.hcc_crosswalk x ON x.id = c.id
	WHERE c.action LIKE 'add%';
	UPDATE @extschema@.hcc_crosswalk x SET effective_year = c.first, expiry_year = c.last
	FROM unnest(change) c WHERE c.action = 'change' AND x.id = c.id;
	DELETE FROM @extschema@.hcc_crosswalk x
	USING unnest(change) c WHERE c.action = 'remove' AND x.id = c.id;
	RETURN (SELECT count(*) FROM unnest(change) c WHERE c.action <> 'add the part after');
END
$$;
COMMENT ON FUNCTION @extschema@.hcc_load_write_crosswalk(@extschema@.hcc_load_job,
	@extschema@.hcc_load_item[]) IS
	'Internal to loaders: writes the codes of a payment year.';

CREATE FUNCTION @extschema@.hcc_load_write_edits(job @extschema@.hcc_load_job,
	items @extschema@.hcc_load_item[]) RETURNS bigint
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	change @extschema@.hcc_load_change[];
BEGIN
	change := ARRAY(SELECT r FROM @extschema@.hcc_load_revision(
		ARRAY(SELECT ROW(CASE WHEN e.custom AND NOT e.provisional THEN 'custom'
				ELSE 'shipped' END, e.id,
				ARRAY[e.icd10_code, e.edit_kind, e.sex, e.age_min::text, e.age_max::text, e.action,
					e.hcc_code], e.effective_year, e.expiry_year)::@extschema@.hcc_load_change
			FROM @extschema@.hcc_dx_edit e WHERE e.model_version = job.model),
		ARRAY(SELECT i FROM unnest(items) i WHERE i.target = 'edit'), job.payment_year) r);
	INSERT INTO @extschema@.hcc_dx_edit (model_version, icd10_code, edit_kind, sex, age_min,
		age_max, action, hcc_code, effective_year, expiry_year, source)
	SELECT job.model, c.key[1], c.key[2], c.key[3], c.key[4]::integer, c.key[5]::integer, c.key[6],
		c.key[7], c.first, c.last, CASE WHEN c.id IS NULL THEN job.source ELSE e.source END
	FROM unnest(change) c LEFT JOIN @extschema@.hcc_dx_edit e ON e.id = c.id
	WHERE c.action LIKE 'add%';
	UPDATE @extschema@.hcc_dx_edit e SET effective_year = c.first, expiry_year = c.last
	FROM unnest(change) c WHERE c.action = 'change' AND e.id = c.id;
	DELETE FROM @extschema@.hcc_dx_edit e
	USING unnest(change) c WHERE c.action = 'remove' AND e.id = c.id;
	RETURN (SELECT count(*) FROM unnest(change) c WHERE c.action <> 'add the part after');
END
$$;
COMMENT ON FUNCTION @extschema@.hcc_load_write_edits(@extschema@.hcc_load_job,
	@extschema@.hcc_load_item[]) IS
	'Internal to loaders: writes the edits of a payment year.';

----------------------------------------------------------------------
-- Rows without years
----------------------------------------------------------------------
CREATE FUNCTION @extschema@.hcc_load_write_categories(job @extschema@.hcc_load_job,
	items @extschema@.hcc_load_item[]) RETURNS bigint
LANGUAGE sql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
	WITH written AS (
		INSERT INTO @extschema@.hcc_category AS g (model_version, hcc_code, label)
		SELECT job.model, i.key[1], CASE i.target WHEN 'category' THEN i.value END
		FROM unnest(items) i
		ON CONFLICT (model_version, hcc_code) DO UPDATE SET label = EXCLUDED.label
			WHERE g.custom AND g.label <> EXCLUDED.label
				OR g.custom AND g.label IS NULL AND EXCLUDED.label IS NOT NULL
		RETURNING 1
	)
	SELECT count(*) FROM written
$$;
COMMENT ON FUNCTION @extschema@.hcc_load_write_categories(@extschema@.hcc_load_job,
	@extschema@.hcc_load_item[]) IS
	'Internal to loaders: writes HCCs, and labels where a file has some.';

-- Of a shipped model the hierarchy is as the file has it, or the file is refused.
CREATE FUNCTION @extschema@.hcc_load_write_hierarchy(job @extschema@.hcc_load_job,
	items @extschema@.hcc_load_item[]) RETURNS bigint
LANGUAGE sql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
	WITH said AS MATERIALIZED (
		SELECT i.key[1] AS superior, h AS subordinate
		FROM unnest(items) i CROSS JOIN LATERAL unnest(i.value::text[]) h
		WHERE NOT EXISTS (SELECT FROM @extschema@.hcc_model m
			WHERE m.model_version = job.model AND NOT m.custom)
	), removed AS (
		DELETE FROM @extschema@.hcc_hierarchy x
		WHERE x.model_version = job.model AND x.custom
			AND (x.superior_hcc, x.subordinate_hcc) NOT IN (SELECT superior, subordinate FROM said)
			AND NOT EXISTS (SELECT FROM @extschema@.hcc_model m
				WHERE m.model_version = job.model AND NOT m.custom)
		RETURNING 1
	), added AS (
		INSERT INTO @extschema@.hcc_hierarchy (model_version, superior_hcc, subordinate_hcc)
		SELECT job.model, superior, subordinate FROM said
		ON CONFLICT (model_version, superior_hcc, subordinate_hcc) DO NOTHING
		RETURNING 1
	)
	SELECT count(*) FROM (TABLE removed UNION ALL TABLE added) w
$$;
COMMENT ON FUNCTION @extschema@.hcc_load_write_hierarchy(@extschema@.hcc_load_job,
	@extschema@.hcc_load_item[]) IS
	'Internal to loaders: writes which HCCs remove which.';

CREATE FUNCTION @extschema@.hcc_load_write_groups(job @extschema@.hcc_load_job,
	items @extschema@.hcc_load_item[]) RETURNS bigint
LANGUAGE sql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
	WITH written AS (
		INSERT INTO @extschema@.hcc_group AS g (model_version, group_name, hcc_codes)
		SELECT job.model, i.key[1], i.value::text[] FROM unnest(items) i
		ON CONFLICT (model_version, group_name, effective_year)
			DO UPDATE SET hcc_codes = EXCLUDED.hcc_codes
			WHERE g.custom AND NOT (g.hcc_codes @> EXCLUDED.hcc_codes
				AND g.hcc_codes <@ EXCLUDED.hcc_codes)
		RETURNING 1
	)
	SELECT count(*) FROM written
$$;
COMMENT ON FUNCTION @extschema@.hcc_load_write_groups(@extschema@.hcc_load_job,
	@extschema@.hcc_load_item[]) IS
	'Internal to loaders: writes groups.';

CREATE FUNCTION @extschema@.hcc_load_write_interactions(job @extschema@.hcc_load_job,
	items @extschema@.hcc_load_item[]) RETURNS bigint
LANGUAGE sql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
	WITH written AS (
		INSERT INTO @extschema@.hcc_interaction AS i
			(model_version, interaction_name, hcc_combinations)
		SELECT job.model, w.key[1], w.value::text[] FROM unnest(items) w
		ON CONFLICT (model_version, interaction_name)
			DO UPDATE SET hcc_combinations = EXCLUDED.hcc_combinations
			WHERE i.custom AND NOT (i.hcc_combinations @> EXCLUDED.hcc_combinations
				AND i.hcc_combinations <@ EXCLUDED.hcc_combinations)
		RETURNING 1
	)
	SELECT count(*) FROM written
$$;
COMMENT ON FUNCTION @extschema@.hcc_load_write_interactions(@extschema@.hcc_load_job,
	@extschema@.hcc_load_item[]) IS
	'Internal to loaders: writes interactions.';

----------------------------------------------------------------------
-- Coefficients
----------------------------------------------------------------------

-- The first calibration of a year is its default, unless the caller says.
CREATE FUNCTION @extschema@.hcc_load_write_calibration(job @extschema@.hcc_load_job)
	RETURNS bigint
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	y CONSTANT integer := job.payment_year;
	serves_all boolean;
BEGIN
	IF EXISTS (SELECT FROM @extschema@.hcc_calibration c WHERE c.model_version = job.model
		AND c.calibration = job.calibration
		AND y BETWEEN c.first_payment_year AND c.last_payment_year) THEN
		RETURN 0;
	END IF;
	serves_all := COALESCE(job.is_default, NOT EXISTS (
		SELECT FROM @extschema@.hcc_calibration c WHERE c.model_version = job.model AND c.is_default
			AND NOT c.provisional AND y BETWEEN c.first_payment_year AND c.last_payment_year));
	-- provisional parameters may name it still
	UPDATE @extschema@.hcc_calibration c SET is_default = false
	WHERE serves_all AND c.model_version = job.model AND c.provisional
		AND c.first_payment_year = y;
	UPDATE @extschema@.hcc_calibration c SET last_payment_year = y
	WHERE c.model_version = job.model AND c.calibration = job.calibration AND c.custom
		AND NOT c.provisional
		AND c.last_payment_year = y - 1 AND c.is_default = serves_all;
	IF NOT FOUND THEN
		INSERT INTO @extschema@.hcc_calibration (model_version, calibration, first_payment_year,
			last_payment_year, is_default, note)
		VALUES (job.model, job.calibration, y, y, serves_all, job.source);
	END IF;
	RETURN 1;
END
$$;
COMMENT ON FUNCTION @extschema@.hcc_load_write_calibration(@extschema@.hcc_load_job) IS
	'Internal to loaders: makes the row of hcc_calibration for a payment year.';

-- A custom row is not needed beside a shipped one that says the same.
CREATE FUNCTION @extschema@.hcc_load_write_coefficients(job @extschema@.hcc_load_job,
	items @extschema@.hcc_load_item[]) RETURNS bigint
LANGUAGE sql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
	WITH own AS MATERIALIZED (
		SELECT k.segment, k.variable, k.coefficient, k.custom FROM @extschema@.hcc_coefficient k
		WHERE k.model_version = job.model AND k.calibration = job.calibration
	), said AS MATERIALIZED (
		SELECT i.key[1] AS segment, i.key[2] AS variable, i.value::numeric AS coefficient
		FROM unnest(items) i WHERE i.target = 'coefficient'
		EXCEPT SELECT o.segment, o.variable, o.coefficient FROM own o WHERE NOT o.custom
	), removed AS (
		DELETE FROM @extschema@.hcc_coefficient k
		WHERE k.model_version = job.model AND k.calibration = job.calibration AND k.custom
			AND k.segment IN (SELECT i.key[1] FROM unnest(items) i WHERE i.target = 'segment')
			AND (k.segment, k.variable) NOT IN (SELECT s.segment, s.variable FROM said s)
		RETURNING 1
	), written AS (
		INSERT INTO @extschema@.hcc_coefficient AS k
			(model_version, calibration, segment, variable, coefficient)
		SELECT job.model, job.calibration, s.segment, s.variable, s.coefficient FROM said s
		ON CONFLICT (model_version, calibration, segment, variable, custom)
			DO UPDATE SET coefficient = EXCLUDED.coefficient
			WHERE k.coefficient <> EXCLUDED.coefficient
		RETURNING 1
	), labelled AS (
		UPDATE @extschema@.hcc_category g SET label = i.value
		FROM unnest(items) i
		WHERE i.target = 'label' AND i.value <> '' AND i.key[1] ~* '^(RX)?HCC\d+$'
			AND g.hcc_code = @extschema@.hcc_load_hcc(i.key[1])
			AND g.model_version = job.model AND g.custom AND g.label IS NULL
		RETURNING 1
	)
	SELECT count(*) FROM (TABLE removed UNION ALL TABLE written UNION ALL TABLE labelled) w
$$;
COMMENT ON FUNCTION @extschema@.hcc_load_write_coefficients(@extschema@.hcc_load_job,
	@extschema@.hcc_load_item[]) IS
	'Internal to loaders: writes the coefficients of segments, and labels that are missing.';

----------------------------------------------------------------------
-- Lists of codes
----------------------------------------------------------------------
CREATE FUNCTION @extschema@.hcc_load_write_procedures(job @extschema@.hcc_load_job,
	items @extschema@.hcc_load_item[]) RETURNS bigint
LANGUAGE sql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
	WITH removed AS (
		DELETE FROM @extschema@.eligible_procedure p
		WHERE p.service_year = job.payment_year AND p.program = '' AND p.custom
			AND p.procedure_code NOT IN (SELECT i.key[1] FROM unnest(items) i)
		RETURNING 1
	), added AS (
		INSERT INTO @extschema@.eligible_procedure (service_year, procedure_code, source)
		SELECT job.payment_year, i.key[1], job.source FROM unnest(items) i
		ON CONFLICT (service_year, procedure_code, program) DO NOTHING
		RETURNING 1
	)
	SELECT count(*) FROM (TABLE removed UNION ALL TABLE added) w
$$;
COMMENT ON FUNCTION @extschema@.hcc_load_write_procedures(@extschema@.hcc_load_job,
	@extschema@.hcc_load_item[]) IS
	'Internal to loaders: writes the procedures of a service year.';

CREATE FUNCTION @extschema@.hcc_load_write_icd10(job @extschema@.hcc_load_job,
	items @extschema@.hcc_load_item[]) RETURNS bigint
LANGUAGE sql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
	WITH removed AS (
		DELETE FROM @extschema@.icd10_code c
		WHERE c.fiscal_year = job.payment_year
			AND c.icd10_code NOT IN (SELECT i.key[1] FROM unnest(items) i)
		RETURNING 1
	), written AS (
		INSERT INTO @extschema@.icd10_code AS c (fiscal_year, icd10_code, description)
		SELECT job.payment_year, i.key[1], i.value FROM unnest(items) i
		ON CONFLICT (fiscal_year, icd10_code) DO UPDATE SET description = EXCLUDED.description
			WHERE c.description IS DISTINCT FROM EXCLUDED.description
		RETURNING 1
	)
	SELECT count(*) FROM (TABLE removed UNION ALL TABLE written) w
$$;
COMMENT ON FUNCTION @extschema@.hcc_load_write_icd10(@extschema@.hcc_load_job,
	@extschema@.hcc_load_item[]) IS
	'Internal to loaders: writes the diagnosis codes of a fiscal year.';
