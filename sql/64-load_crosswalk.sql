----------------------------------------------------------------------
-- Items of mappings: which HCCs a code gives, to whom
--
-- All shapes come to lines of code, HCC, and conditions on age and sex, of
-- which the older shapes have none.
----------------------------------------------------------------------

-- Part D has no conditions. Elsewhere their absence would lose edits.
CREATE FUNCTION @extschema@.hcc_load_check_conditions(job @extschema@.hcc_load_job,
	file @extschema@.hcc_load_file) RETURNS void
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	lacks CONSTANT text := (SELECT string_agg(rtrim(c, '?'), ', ' ORDER BY n)
		FROM unnest((job.format).columns, file.title) WITH ORDINALITY u(c, t, n)
		WHERE c LIKE '%?' AND t IS NULL);
BEGIN
	IF lacks <> '' AND ((file.title[4] IS NULL) <> (file.title[5] IS NULL) OR EXISTS (
		SELECT FROM @extschema@.hcc_dx_edit e
		WHERE e.model_version = job.model AND e.edit_kind = 'mandatory')) THEN
		PERFORM @extschema@.hcc_raise('22P04'::text,
			format('the file lacks a column: %s', lacks),
			format('The columns come together, or not at all in a model without mandatory '
				'edits. Found: %s.', array_to_string(file.title, ', ')),
			'If the column was renamed, add a row of kind "column" to hcc_load_rule.'::text);
	END IF;
END
$$;
COMMENT ON FUNCTION @extschema@.hcc_load_check_conditions(@extschema@.hcc_load_job,
	@extschema@.hcc_load_file) IS
	'Internal to loaders: a file of mappings has its columns with conditions, or may lack them.';

-- Of the yearly mapping table, the column of a model. Flags of years are called
-- like the categories, sometimes without the version.
CREATE FUNCTION @extschema@.hcc_load_model_columns(job @extschema@.hcc_load_job, title text[],
	OUT category integer, OUT flag integer, OUT note text)
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	wanted CONSTANT text := lower(regexp_replace(btrim(job.model_column), '\s+', ' ', 'g'));
	year_flag CONSTANT text := '\s*for (\d{4}) payment year.*$';
	categories text[];
	stem text;
	years text;
BEGIN
	SELECT array_agg(t ORDER BY n) FILTER (WHERE t ~* 'model.* category' AND t !~* year_flag),
		max(n) FILTER (WHERE t ~* 'model.* category' AND t !~* year_flag
			AND COALESCE(lower(t) = wanted, @extschema@.hcc_load_resolve(
				'mapping column'::text, t, ARRAY[job.model]) IS NOT NULL))
	INTO categories, category FROM unnest(title) WITH ORDINALITY u(t, n);
	IF category IS NULL THEN
		PERFORM @extschema@.hcc_raise('22P04'::text,
			format('the file has no column for model "%s"', job.model)
				|| COALESCE(' called "' || job.model_column || '"', ''),
			format('Columns with categories are: %s.',
				COALESCE(array_to_string(categories, ', '), 'none')),
			'Name the column with model_column => ''...''.'::text);
	END IF;
	stem := title[category];
	SELECT max(n) FILTER (WHERE y = job.payment_year), string_agg(DISTINCT y::text, ', ')
	INTO flag, years
	FROM (SELECT n, substring(t from '(?i)for (\d{4}) payment year')::integer AS y,
			lower(regexp_replace(t, year_flag, '', 'i')) AS stem
		FROM unnest(title) WITH ORDINALITY u(t, n) WHERE t ~* year_flag) f
	WHERE f.stem IN (lower(title[category]),
		lower(regexp_replace(title[category], ' category v\d+$', '', 'i')));
	IF flag IS NULL THEN
		note := format('no flag for payment year %s beside "%s" (there are flags for: %s); '
			'every code with a category counts', job.payment_year, stem,
			COALESCE(years, 'no year'));
	END IF;
END
$$;
COMMENT ON FUNCTION @extschema@.hcc_load_model_columns(@extschema@.hcc_load_job, text[]) IS
	'Internal to loaders: where a mapping table has the categories and the flags of a model.';

CREATE FUNCTION @extschema@.hcc_load_flagged_codes(job @extschema@.hcc_load_job,
	file @extschema@.hcc_load_file) RETURNS @extschema@.hcc_load_file
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	at record;
BEGIN
	at := @extschema@.hcc_load_model_columns(job, file.title);
	file.note := at.note;
	file.record := ARRAY(
		SELECT ROW(r.line, ARRAY[r.field[1], hcc], COALESCE(r.problem, CASE
				WHEN flag NOT IN ('yes', 'no', '--', '') THEN format(
					'the flag for payment year %s is %s, neither Yes nor No', job.payment_year,
					@extschema@.hcc_load_quote(flag))
				WHEN flag = 'yes' AND categories = ''
					THEN 'is flagged Yes and has no category' END))::@extschema@.hcc_load_record
		FROM unnest(file.record) r
			CROSS JOIN LATERAL (SELECT lower(r.field[at.flag]), r.field[at.category])
				c(flag, categories)
			CROSS JOIN LATERAL regexp_split_to_table(categories, '[,; ]+') hcc
		WHERE r.problem IS NOT NULL
			OR COALESCE(flag NOT IN ('no', '--', ''), categories <> ''));
	RETURN file;
END
$$;
COMMENT ON FUNCTION @extschema@.hcc_load_flagged_codes(@extschema@.hcc_load_job,
	@extschema@.hcc_load_file) IS
	'Internal to loaders: the lines of a mapping table that count for a model in a year.';

-- Each condition is read once: there are few. Of a line without problem the
-- fields are what they mean: code, HCC, ages of the code editor, ages, sex.
CREATE FUNCTION @extschema@.hcc_load_code_lines(model text, records @extschema@.hcc_load_record[])
	RETURNS SETOF @extschema@.hcc_load_record
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	RETURN QUERY
	WITH said AS MATERIALIZED (
		SELECT r.line, r.problem, r.field[1] AS code, r.field[2] AS category,
			@extschema@.hcc_load_hcc(r.field[2]) AS hcc, COALESCE(r.field[3], '') AS mce,
			COALESCE(r.field[4], '') AS age, COALESCE(r.field[5], '') AS sex
		FROM unnest(records) r
	), condition AS MATERIALIZED (
		SELECT c.said, @extschema@.hcc_load_age(c.said) AS ages
		FROM (SELECT s.mce AS said FROM said s UNION SELECT s.age FROM said s) c
	)
	SELECT s.line, ARRAY[replace(upper(s.code), '.', ''), s.hcc, mce.ages::text, age.ages::text,
			CASE WHEN s.sex ~* '^(1(\.0*)?|M)$' THEN 'M' WHEN s.sex <> '' THEN 'F' END],
		COALESCE(s.problem, CASE
			WHEN s.code !~* '^[A-Z][0-9][0-9A-Z](\.?[0-9A-Z]{1,4})?$'
				THEN format('%s is no diagnosis code', @extschema@.hcc_load_quote(s.code))
			WHEN s.hcc IS NULL
				THEN format('code %s: %s is no HCC', s.code, @extschema@.hcc_load_quote(s.category))
			WHEN g.hcc_code IS NULL AND s.age = '' AND s.sex = ''
				THEN format('code %s: HCC %s is not in hcc_category', s.code, s.hcc)
			WHEN mce.ages IS NULL OR age.ages IS NULL
				THEN format('code %s: %s is no condition on age', s.code,
					@extschema@.hcc_load_quote(CASE WHEN mce.ages IS NULL THEN s.mce
						ELSE s.age END))
			WHEN s.sex !~* '^([12](\.0*)?|[MF])?$' THEN format(
				'code %s: %s is no sex; 1 is male, 2 is female', s.code,
				@extschema@.hcc_load_quote(s.sex)) END)
	FROM said s
		LEFT JOIN condition mce ON mce.said = s.mce
		LEFT JOIN condition age ON age.said = s.age
		LEFT JOIN @extschema@.hcc_category g ON g.model_version = model AND g.hcc_code = s.hcc;
END
$$;
COMMENT ON FUNCTION @extschema@.hcc_load_code_lines(text, @extschema@.hcc_load_record[]) IS
	'Internal to loaders: what the lines of a file of mappings mean.';

-- Which HCCs a code gives by age and sex: what it gives to most ages is the
-- code's, what others get is an edit. HCCs that are not the model's are none.
CREATE FUNCTION @extschema@.hcc_load_conditions(model text, lines @extschema@.hcc_load_record[])
	RETURNS SETOF @extschema@.hcc_load_item
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	RETURN QUERY
	WITH line AS MATERIALIZED (
		SELECT l.field[1] AS code, g.hcc_code AS hcc, l.field[3]::int4range AS mce,
			l.field[4]::int4range AS ages, l.field[5] AS sex
		FROM unnest(lines) l
			LEFT JOIN @extschema@.hcc_category g
				ON g.model_version = model AND g.hcc_code = l.field[2]
	), start AS MATERIALIZED (
		SELECT code, low FROM line CROSS JOIN LATERAL unnest(ARRAY[0, lower(ages), upper(ages)]) low
		WHERE low IS NOT NULL GROUP BY code, low
	), cell AS MATERIALIZED (
		SELECT s.code, s.sex, s.ages,
			array_agg(DISTINCT l.hcc ORDER BY l.hcc) FILTER (WHERE l.hcc IS NOT NULL) AS hccs
		FROM (SELECT code, x.sex, int4range(low, lead(low) OVER (PARTITION BY code, x.sex
					ORDER BY low)) AS ages
				FROM start CROSS JOIN (VALUES ('F'), ('M')) x(sex)
				WHERE code IN (SELECT code FROM line WHERE sex IS NOT NULL OR ages <> '[0,)')) s
			LEFT JOIN line l ON l.code = s.code AND l.ages @> s.ages
				AND COALESCE(l.sex = s.sex, true)
		GROUP BY s.code, s.sex, s.ages
	), base AS MATERIALIZED (
		SELECT DISTINCT ON (code) code, hccs FROM cell WHERE hccs IS NOT NULL GROUP BY code, hccs
		ORDER BY code, sum(COALESCE(upper(ages), 121) - lower(ages)) DESC, hccs
	), every AS MATERIALIZED (
		SELECT code, hccs FROM base
		UNION ALL
		SELECT code, array_agg(DISTINCT hcc ORDER BY hcc) FROM line
		WHERE code NOT IN (SELECT code FROM cell) GROUP BY code
	), exception AS (
		SELECT code, CASE count(*) WHEN 1 THEN min(sex) END AS sex, ages, hccs
		FROM (SELECT code, sex, c.hccs, unnest(range_agg(ages)) AS ages
			FROM cell c JOIN base b USING (code) WHERE c.hccs IS DISTINCT FROM b.hccs
			GROUP BY code, sex, c.hccs) stretch
		GROUP BY code, ages, hccs
	)
	SELECT NULL::integer, 'crosswalk', ARRAY[code], hccs::text, NULL::text FROM every
	UNION ALL
	SELECT NULL, 'edit', ARRAY[code, 'mandatory', sex,
		CASE WHEN ages <> '[0,)' THEN lower(ages) END::text, (upper(ages) - 1)::text,
		CASE WHEN hccs IS NULL THEN 'invalid' ELSE 'reassign' END, h], '', NULL
	FROM exception LEFT JOIN LATERAL unnest(hccs) h ON true
	UNION ALL
	SELECT NULL, 'edit', ARRAY[code, 'mce', NULL, v.age_min, v.age_max, 'invalid', NULL], '', NULL
	FROM (SELECT DISTINCT code, mce FROM line) m JOIN every USING (code)
		CROSS JOIN LATERAL (SELECT '0', (lower(mce) - 1)::text WHERE lower(mce) > 0
			UNION ALL SELECT upper(mce)::text, NULL WHERE NOT upper_inf(mce)) v(age_min, age_max);
END
$$;
COMMENT ON FUNCTION @extschema@.hcc_load_conditions(text, @extschema@.hcc_load_record[]) IS
	'Internal to loaders: the HCCs of codes, and the edits that conditions on age and sex are.';

-- Lines of one code have one meaning together: with one unusable, all are. An
-- item of the target unpaid is a category that is not paid for; files name them
-- under conditions.
CREATE FUNCTION @extschema@.hcc_load_code_items(job @extschema@.hcc_load_job,
	records @extschema@.hcc_load_record[]) RETURNS SETOF @extschema@.hcc_load_item
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	lines @extschema@.hcc_load_record[];
	bad text[];
	unlike text[];
BEGIN
	IF NOT EXISTS (SELECT FROM @extschema@.hcc_category g WHERE g.model_version = job.model) THEN
		PERFORM @extschema@.hcc_raise('42704'::text,
			format('model "%s" has no HCCs yet', job.model),
			'Which HCCs are payment HCCs decides which lines of the mappings count.'::text,
			'Load its hierarchies first: they name all its HCCs.'::text);
	END IF;
	lines := ARRAY(SELECT l FROM @extschema@.hcc_load_code_lines(job.model, records) l);
	bad := ARRAY(SELECT DISTINCT l.field[1] FROM unnest(lines) l WHERE l.problem IS NOT NULL);
	unlike := ARRAY(SELECT l.field[1] FROM unnest(lines) l WHERE l.problem IS NULL
		GROUP BY l.field[1] HAVING count(DISTINCT l.field[3]) > 1);
	RETURN QUERY
	SELECT l.line, 'crosswalk', NULL::text[], NULL::text, COALESCE(l.problem,
		format('code %s: another line of the code is unusable', l.field[1]))
	FROM unnest(lines) l WHERE l.problem IS NOT NULL OR l.field[1] IN (SELECT unnest(bad))
	UNION ALL
	SELECT min(l.line), 'crosswalk', NULL, NULL,
		format('code %s: its lines have different conditions of the code editor', l.field[1])
	FROM unnest(lines) l WHERE l.problem IS NULL AND l.field[1] IN (SELECT unnest(unlike))
	GROUP BY l.field[1];

	lines := ARRAY(SELECT l FROM unnest(lines) l
		WHERE l.problem IS NULL AND l.field[1] NOT IN (
			SELECT b FROM unnest(bad || unlike) b WHERE b IS NOT NULL));
	RETURN QUERY
	SELECT l.line, 'unpaid', ARRAY[l.field[2]], '', NULL::text FROM unnest(lines) l
	WHERE l.field[2] NOT IN (
		SELECT g.hcc_code FROM @extschema@.hcc_category g WHERE g.model_version = job.model)
	UNION ALL
	SELECT * FROM @extschema@.hcc_load_conditions(job.model, lines);
END
$$;
COMMENT ON FUNCTION @extschema@.hcc_load_code_items(@extschema@.hcc_load_job,
	@extschema@.hcc_load_record[]) IS
	'Internal to loaders: items of codes and edits.';
