----------------------------------------------------------------------
-- From records to items: what a line says of a table, or why it is unusable
----------------------------------------------------------------------

-- "19", "19.0", "HCC19", "RXHCC19" and "CC19" are HCC 19.
CREATE FUNCTION @extschema@.hcc_load_hcc(what text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN COALESCE((regexp_match(what, '^(?:(?:RX)?H?CC\s*)?0*(\d{1,5})(?:\.0*)?$', 'i'))[1],
	CASE WHEN what ~ '^[A-Za-z0-9_.-]{1,40}$' THEN what END);
COMMENT ON FUNCTION @extschema@.hcc_load_hcc(text) IS
	'Internal to loaders: an HCC in a file as hcc_category has it; NULL if it cannot be one.';

-- Scores have three decimals.
CREATE FUNCTION @extschema@.hcc_load_number(what text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN what ~ '^[+-]?(\d{1,6}(\.\d{0,3}0*)?|\.\d{1,3}0*)$' AND length(what) < 40
	THEN round(what::numeric, 3)::text END;
COMMENT ON FUNCTION @extschema@.hcc_load_number(text) IS
	'Internal to loaders: a coefficient with three decimals; NULL if it is none.';

CREATE FUNCTION @extschema@.hcc_load_age(condition text) RETURNS int4range
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	c text := lower(regexp_replace(condition, '\s', '', 'g'));
	m text[] := regexp_match(c, '^(?:(\d{1,3})<=)?age(<|<=|>=|>|=|==)(\d{1,3})$');
	n integer := m[3]::integer;
BEGIN
	RETURN CASE
		WHEN c = '' THEN '[0,)'::int4range
		WHEN m[1] IS NOT NULL THEN CASE
			WHEN m[2] = '<=' AND m[1]::integer <= n THEN int4range(m[1]::integer, n + 1)
			WHEN m[2] = '<' AND m[1]::integer < n THEN int4range(m[1]::integer, n) END
		WHEN m[2] = '<' AND n > 0 THEN int4range(0, n)
		WHEN m[2] = '<=' THEN int4range(0, n + 1)
		WHEN m[2] = '>=' THEN int4range(n, NULL)
		WHEN m[2] = '>' THEN int4range(n + 1, NULL)
		WHEN m[2] IN ('=', '==') THEN int4range(n, n + 1) END;
END
$$;
COMMENT ON FUNCTION @extschema@.hcc_load_age(text) IS
	'Internal to loaders: the ages that a condition admits; NULL if it cannot be read.';

----------------------------------------------------------------------
-- A name and others: hierarchies, groups, interactions
----------------------------------------------------------------------
CREATE FUNCTION @extschema@.hcc_load_element(target text, model text, said text) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
	SELECT CASE WHEN target = 'hierarchy' THEN @extschema@.hcc_load_hcc(said)
		ELSE COALESCE(
			(SELECT g.hcc_code FROM @extschema@.hcc_category g
				WHERE g.model_version = model AND g.hcc_code = @extschema@.hcc_load_hcc(said)
					AND (target = 'group' OR said ~* '^(RX)?H?CC')),
			(SELECT @extschema@.hcc_load_resolve('group'::text, said, array_agg(g.group_name))
				FROM @extschema@.hcc_group g
				WHERE g.model_version = model AND target = 'interaction'),
			(SELECT @extschema@.hcc_load_resolve('variable'::text, said, array_agg(v.variable))
				FROM @extschema@.hcc_variable v
				WHERE v.model_version = model AND v.kind = 'helper' AND target = 'interaction')) END
$$;
COMMENT ON FUNCTION @extschema@.hcc_load_element(text, text, text) IS
	'Internal to loaders: what an element of a line is in the model; NULL if it is nothing.';

CREATE FUNCTION @extschema@.hcc_load_list_key(form @extschema@.hcc_load_format, model text,
	name text) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
	SELECT CASE WHEN name ~ form.key_pattern THEN CASE form.targets[1]
		WHEN 'group' THEN COALESCE((
			SELECT @extschema@.hcc_load_resolve('group'::text, name, array_agg(g.group_name))
			FROM @extschema@.hcc_group g WHERE g.model_version = model), name)
		WHEN 'interaction' THEN COALESCE((
			SELECT @extschema@.hcc_load_resolve('variable'::text, name,
				array_agg(i.interaction_name))
			FROM @extschema@.hcc_interaction i WHERE i.model_version = model), name)
		ELSE @extschema@.hcc_load_hcc(name) END END
$$;
COMMENT ON FUNCTION @extschema@.hcc_load_list_key(@extschema@.hcc_load_format, text, text) IS
	'Internal to loaders: what the name of a line is in the model; NULL if it cannot be one.';

-- An interaction in an interaction stands for its elements. Their order in an
-- interaction is kept, since people read it.
CREATE FUNCTION @extschema@.hcc_load_list_items(job @extschema@.hcc_load_job,
	records @extschema@.hcc_load_record[]) RETURNS SETOF @extschema@.hcc_load_item
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	form CONSTANT @extschema@.hcc_load_format := job.format;
	about CONSTANT text := form.targets[1];
BEGIN
	RETURN QUERY
	WITH record AS MATERIALIZED (
		SELECT r.line, r.problem, r.field[1] AS name, e.said, e.n
		FROM unnest(records) r
			LEFT JOIN LATERAL unnest(r.field[2:]) WITH ORDINALITY e(said, n) ON e.said <> ''
	), expanded AS (
		SELECT r.line, r.problem, r.name, COALESCE(i.said, r.said) AS said, ROW(r.n, i.n) AS n
		FROM record r LEFT JOIN record i ON about = 'interaction' AND lower(i.name) = lower(r.said)
			AND i.line <> r.line
			AND i.line = (SELECT min(j.line) FROM record j WHERE lower(j.name) = lower(r.said))
	), meant AS (
		SELECT e.*, @extschema@.hcc_load_element(about, job.model, e.said) AS means FROM expanded e
	), list AS (
		SELECT m.line, m.name, m.problem, count(m.said) AS n,
			CASE about WHEN 'interaction' THEN array_agg(m.means ORDER BY m.n)
				ELSE array_agg(DISTINCT m.means ORDER BY m.means) FILTER (WHERE m.means <> '')
			END AS means, min(m.said) FILTER (WHERE m.means IS NULL) AS bad,
			@extschema@.hcc_load_list_key(form, job.model, m.name) AS key
		FROM meant m GROUP BY m.line, m.name, m.problem
	)
	SELECT l.line, about, ARRAY[l.key], COALESCE(l.means, '{}')::text, COALESCE(l.problem, CASE
		WHEN l.key IS NULL
			THEN format('%s is no %s', @extschema@.hcc_load_quote(l.name), form.key_is)
		WHEN l.bad IS NOT NULL THEN format('%s %s: %s is no %s', form.subject, l.name,
			@extschema@.hcc_load_quote(l.bad), form.value_is)
		WHEN l.n < form.least THEN format('%s %s: needs %s or more elements, has %s',
			form.subject, l.name, form.least, l.n)
		WHEN about = 'hierarchy' AND l.key = ANY (l.means)
			THEN format('HCC %s would remove itself', l.key) END)
	FROM list l ORDER BY l.line;
END
$$;
COMMENT ON FUNCTION @extschema@.hcc_load_list_items(@extschema@.hcc_load_job,
	@extschema@.hcc_load_record[]) IS
	'Internal to loaders: items of lines with a name and what belongs to it.';

----------------------------------------------------------------------
-- A name and a value: labels, procedures, diagnosis codes
----------------------------------------------------------------------
CREATE FUNCTION @extschema@.hcc_load_value_items(job @extschema@.hcc_load_job,
	file @extschema@.hcc_load_file) RETURNS SETOF @extschema@.hcc_load_item
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	form CONSTANT @extschema@.hcc_load_format := job.format;
	about CONSTANT text := form.targets[1];
	at integer := 2;
BEGIN
	IF about = 'procedure' THEN
		SELECT n INTO at FROM unnest(file.title) WITH ORDINALITY u(t, n)
		WHERE t ~* ('^in cy ?' || job.payment_year);
		IF at IS NULL THEN
			PERFORM @extschema@.hcc_raise('22P04'::text,
				format('the file has no column for service year %s', job.payment_year),
				format('Expected: In CY%s Included List? Found: %s.', job.payment_year,
					array_to_string(file.title, ', ')),
				'Load the file of that year, or name the year that the file is for.'::text);
		END IF;
	END IF;
	RETURN QUERY
	SELECT v.line, about, ARRAY[v.key], v.value, COALESCE(v.problem, CASE
		WHEN v.key !~ form.key_pattern
			THEN format('%s is no %s', @extschema@.hcc_load_quote(v.key), form.key_is)
		WHEN v.value !~ form.value_pattern THEN format('%s %s: %s is no %s', form.subject, v.key,
			@extschema@.hcc_load_quote(v.value), form.value_is) END)
	FROM (SELECT r.line, r.problem, upper(replace(btrim(r.field[1]), '.', '')) AS key, CASE about
			WHEN 'category'
				THEN btrim(regexp_replace(replace(r.field[2], '""', '"'), '\s+', ' ', 'g'))
			WHEN 'procedure' THEN lower(r.field[at])
			-- the order file has a short description in 60 columns, and a long one
			ELSE btrim(CASE WHEN r.field[3] IS NULL THEN r.field[2]
				ELSE COALESCE(NULLIF(btrim(substr(r.field[3], 61)), ''), r.field[3]) END, E' \t')
			END AS value
		FROM unnest(file.record) r) v;
END
$$;
COMMENT ON FUNCTION @extschema@.hcc_load_value_items(@extschema@.hcc_load_job,
	@extschema@.hcc_load_file) IS
	'Internal to loaders: items of lines with a name and what is said of it.';

----------------------------------------------------------------------
-- Coefficients
----------------------------------------------------------------------
CREATE FUNCTION @extschema@.hcc_load_segments(model text) RETURNS text[]
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
	SELECT ARRAY(SELECT DISTINCT s FROM @extschema@.hcc_segment x
		CROSS JOIN LATERAL unnest(ARRAY[x.segment, x.adds, x.divided_by]) s
		WHERE x.model_version = model AND s IS NOT NULL)
$$;
COMMENT ON FUNCTION @extschema@.hcc_load_segments(text) IS
	'Internal to loaders: the segments of a model, those that are added or divide too.';

CREATE FUNCTION @extschema@.hcc_load_prefix(model text, payment_year integer) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
	SELECT m.hcc_prefix FROM @extschema@.hcc_model m WHERE m.model_version = model
	ORDER BY payment_year BETWEEN m.first_payment_year AND m.last_payment_year DESC,
		m.last_payment_year DESC LIMIT 1
$$;
COMMENT ON FUNCTION @extschema@.hcc_load_prefix(text, integer) IS
	'Internal to loaders: with what the variables of HCCs begin; NULL if the model has no years.';

CREATE FUNCTION @extschema@.hcc_load_variables(model text, payment_year integer) RETURNS text[]
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
	SELECT ARRAY(
		SELECT v.variable FROM @extschema@.hcc_variable v
		WHERE v.model_version = model AND v.kind <> 'helper'
		UNION SELECT i.interaction_name FROM @extschema@.hcc_interaction i
		WHERE i.model_version = model
		UNION SELECT p.prefix || g.hcc_code FROM @extschema@.hcc_category g
			CROSS JOIN @extschema@.hcc_load_prefix(model, payment_year) p(prefix)
		WHERE g.model_version = model AND p.prefix IS NOT NULL)
$$;
COMMENT ON FUNCTION @extschema@.hcc_load_variables(text, integer) IS
	'Internal to loaders: the variables that may have a coefficient.';

-- What CMS calls the segments that a file ought to have and has not: those of
-- one file come together. A segment without rule belongs to the files of a
-- model that has no rules at all.
CREATE FUNCTION @extschema@.hcc_load_lacking_segments(known text[], segment text[]) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
	SELECT string_agg(COALESCE(r.titles, k), ', ' ORDER BY k)
	FROM unnest(known) k
		CROSS JOIN LATERAL (
			SELECT string_agg(x.in_file, ' or ' ORDER BY x.in_file) AS titles, min(x.note) AS note
			FROM @extschema@.hcc_load_rule x
			WHERE x.kind = 'segment' AND x.name = k AND NOT x.custom) r
	WHERE array_position(segment, k) IS NULL AND CASE WHEN r.titles IS NULL
		THEN NOT EXISTS (SELECT FROM @extschema@.hcc_load_rule f
			WHERE f.kind IN ('segment', 'score') AND f.name = ANY (known))
		ELSE r.note IN (SELECT f.note FROM @extschema@.hcc_load_rule f
			WHERE f.kind = 'segment' AND f.name = ANY (segment)) END
$$;
COMMENT ON FUNCTION @extschema@.hcc_load_lacking_segments(text[], text[]) IS
	'Internal to loaders: which columns of coefficients a file lacks.';

-- The first three titles are variable, label and score. Scores stand in one
-- column, and which segment they belong to is in the names of the variables.
CREATE FUNCTION @extschema@.hcc_load_segment_columns(model text, title text[]) RETURNS text[]
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	known CONSTANT text[] := @extschema@.hcc_load_segments(model);
	segment CONSTANT text[] := ARRAY(
		SELECT CASE WHEN n > 3 THEN @extschema@.hcc_load_resolve('segment'::text, t, known) END
		FROM unnest(title) WITH ORDINALITY u(t, n) ORDER BY n);
	unknown CONSTANT text := (SELECT string_agg(@extschema@.hcc_load_quote(t), ', ' ORDER BY n)
		FROM unnest(title, segment) WITH ORDINALITY u(t, s, n) WHERE n > 3 AND s IS NULL);
	twice CONSTANT text := (SELECT string_agg(s, ', ') FROM (
		SELECT s FROM unnest(segment) s WHERE s IS NOT NULL GROUP BY s HAVING count(*) > 1) d);
	lacking CONSTANT text := CASE WHEN title[3] IS NULL
		THEN @extschema@.hcc_load_lacking_segments(known, segment) END;
BEGIN
	IF unknown IS NOT NULL OR twice IS NOT NULL OR lacking IS NOT NULL
		OR cardinality(title) = 3 AND title[3] IS NULL THEN
		PERFORM @extschema@.hcc_raise('22P04'::text,
			CASE
				WHEN unknown IS NOT NULL
					THEN 'the file has an unknown column: ' || left(unknown, 500)
				WHEN cardinality(title) = 3 THEN 'the file has no column with coefficients'
				WHEN twice IS NOT NULL THEN 'the file has two columns for segment ' || twice
				ELSE 'the file lacks a column: ' || lacking END,
			format('Expected: Variable, Label, and segments of model "%s" (%s), those of '
				'one file together, as CMS calls them: %s. Found: %s.', model,
				array_to_string(known, ', '),
				(SELECT string_agg(r.in_file, ', ' ORDER BY r.note, r.in_file)
					FROM @extschema@.hcc_load_rule r
					WHERE r.kind = 'segment' AND r.name = ANY (known)),
				left(array_to_string(title, ', '), 500)),
			'If the column was renamed, add a row of kind "segment" to hcc_load_rule.'::text);
	END IF;
	RETURN segment;
END
$$;
COMMENT ON FUNCTION @extschema@.hcc_load_segment_columns(text, text[]) IS
	'Internal to loaders: the segment of each column, NULL for others; not to know is an error.';

-- A coefficient by its column, by the name of its variable (scores), or by the
-- name of segment, "_" and variable: the longest segment that leaves one.
CREATE FUNCTION @extschema@.hcc_load_cells(job @extschema@.hcc_load_job,
	file @extschema@.hcc_load_file,
	OUT line integer, OUT problem text, OUT name text, OUT variable text, OUT label text,
	OUT segment text, OUT value text) RETURNS SETOF record
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	known CONSTANT text[] := @extschema@.hcc_load_segments(job.model);
	variables CONSTANT text[] := @extschema@.hcc_load_variables(job.model, job.payment_year);
	columns text[];
BEGIN
	IF (job.format).shape = 'table' THEN
		columns := @extschema@.hcc_load_segment_columns(job.model, file.title);
		RETURN QUERY
		SELECT r.line, r.problem, r.field[1],
			@extschema@.hcc_load_resolve('variable'::text, r.field[1], variables), r.field[2],
			CASE c.n WHEN 3 THEN @extschema@.hcc_load_resolve('score'::text, r.field[1], known)
				ELSE columns[c.n] END, c.v
		FROM unnest(file.record) r
			LEFT JOIN LATERAL unnest(r.field) WITH ORDINALITY c(v, n)
				ON c.n >= 3 AND c.v <> '' AND r.problem IS NULL;
	ELSE
		RETURN QUERY
		SELECT r.line, r.problem, r.field[1], m.variable, NULL::text, m.segment, r.field[2]
		FROM unnest(file.record) r
			LEFT JOIN LATERAL (
				SELECT s.segment, v.variable
				FROM unnest(known) s(segment)
					CROSS JOIN LATERAL @extschema@.hcc_load_resolve('variable'::text,
						substr(r.field[1], length(s.segment) + 2), variables) v(variable)
				WHERE lower(left(r.field[1], length(s.segment) + 1)) = lower(s.segment) || '_'
				ORDER BY v.variable IS NULL, length(s.segment) DESC LIMIT 1) m ON true;
	END IF;
END
$$;
COMMENT ON FUNCTION @extschema@.hcc_load_cells(@extschema@.hcc_load_job,
	@extschema@.hcc_load_file) IS
	'Internal to loaders: the coefficients of a file, with segment and variable.';

-- An item of the target label is a variable that has a line, with its label, for
-- CMS lists HCCs without any coefficient; one of the target segment is a segment
-- that the file speaks of, even if it says nothing.
CREATE FUNCTION @extschema@.hcc_load_coefficient_items(job @extschema@.hcc_load_job,
	file @extschema@.hcc_load_file) RETURNS SETOF @extschema@.hcc_load_item
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	IF @extschema@.hcc_load_segments(job.model) = '{}' THEN
		PERFORM @extschema@.hcc_raise('42704'::text,
			format('model "%s" has no segments yet', job.model), NULL::text,
			'Coefficients need the model''s rows in hcc_segment and hcc_variable: for a new '
				'model, copy those of one like it.'::text);
	END IF;
	RETURN QUERY
	WITH cell AS MATERIALIZED (
		SELECT c.*, @extschema@.hcc_load_number(c.value) AS number
		FROM @extschema@.hcc_load_cells(job, file) c
	), segment AS (
		SELECT s FROM unnest(CASE WHEN (job.format).shape = 'table' AND file.title[3] IS NULL
			THEN @extschema@.hcc_load_segment_columns(job.model, file.title) END) s
		UNION SELECT c.segment FROM cell c WHERE c.number IS NOT NULL
	)
	SELECT DISTINCT i.* FROM (
		SELECT c.line, 'coefficient',
			CASE WHEN c.variable <> '' THEN ARRAY[c.segment, c.variable] END, c.number,
			COALESCE(c.problem, CASE
				WHEN c.name = '' THEN 'has no variable'
				WHEN c.variable IS NULL THEN format('%s is no variable of the model',
					@extschema@.hcc_load_quote(c.name))
				WHEN c.value IS NOT NULL AND c.segment IS NULL
					THEN format('variable %s belongs to no segment with one score', c.name)
				WHEN c.value IS NOT NULL AND c.number IS NULL THEN format(
					'variable %s, segment %s: %s is no coefficient of at most three decimals',
					c.name, c.segment, @extschema@.hcc_load_quote(c.value)) END)
		FROM cell c
		UNION ALL
		SELECT c.line, 'label', ARRAY[c.variable], COALESCE(c.label, ''), NULL FROM cell c
		WHERE c.problem IS NULL AND c.variable IS NOT NULL
		UNION ALL
		SELECT NULL, 'segment', ARRAY[s.s], '', NULL FROM segment s WHERE s.s IS NOT NULL
	) i(line, target, key, value, problem)
	WHERE i.value IS NOT NULL OR i.problem IS NOT NULL
	ORDER BY i.line;
END
$$;
COMMENT ON FUNCTION @extschema@.hcc_load_coefficient_items(@extschema@.hcc_load_job,
	@extschema@.hcc_load_file) IS
	'Internal to loaders: items of coefficients, and of the variables and segments of a file.';
