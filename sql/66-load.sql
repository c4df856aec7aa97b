----------------------------------------------------------------------
-- The loader: read, compare with the year before, write unless a line is
-- unusable, report
----------------------------------------------------------------------
CREATE FUNCTION @extschema@.hcc_load_refuse(what text, given text, accepted text, hint text)
	RETURNS void
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	PERFORM @extschema@.hcc_raise('22023'::text,
		format('cannot load %s %s', what,
			COALESCE('"' || left(given, 200) || '"', 'NULL')), format('Accepted is %s.', accepted),
		hint);
END
$$;
COMMENT ON FUNCTION @extschema@.hcc_load_refuse(text, text, text, text) IS
	'Internal to loaders: an argument is not as it must be.';

-- What names a row of a table must fit into its index.
CREATE FUNCTION @extschema@.hcc_load_check_job(job @extschema@.hcc_load_job) RETURNS void
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	targets CONSTANT text[] := (job.format).targets;
	has_model CONSTANT boolean := targets[1] NOT IN ('procedure', 'icd10');
	year_is CONSTANT text := CASE targets[1] WHEN 'procedure' THEN 'service year'
		WHEN 'icd10' THEN 'fiscal year' ELSE 'payment year' END;
BEGIN
	IF has_model AND NOT COALESCE(btrim(job.model, E' \t\n') <> '' AND length(job.model) <= 200,
		false) THEN
		PERFORM @extschema@.hcc_load_refuse('into model'::text, job.model,
			'the name of a model, of at most 200 characters'::text,
			'hcc_model has the models; any other name makes a new one.'::text);
	END IF;
	IF NOT COALESCE(job.payment_year BETWEEN 2000 AND 2999, false) THEN
		PERFORM @extschema@.hcc_load_refuse('into ' || year_is, job.payment_year::text,
			'a year from 2000 to 2999'::text,
			format('Give the %s that the file is for.', year_is));
	END IF;
	IF targets[1] = 'coefficient' AND NOT COALESCE(btrim(job.calibration, E' \t\n') <> ''
		AND length(job.calibration) <= 200, false) THEN
		PERFORM @extschema@.hcc_load_refuse('into calibration'::text, job.calibration,
			'the name of a set of coefficients, of at most 200 characters'::text,
			format('Choose one, for instance "%s_%s".', job.model, job.payment_year));
	END IF;
	IF job.hierarchy_order NOT IN ('sequential', 'simultaneous') THEN
		PERFORM @extschema@.hcc_load_refuse('with hierarchy_order'::text, job.hierarchy_order,
			'sequential or simultaneous'::text,
			'Leave it out to have the order of the model''s other years.'::text);
	END IF;
	IF job.dry_run IS NULL OR job.skip_unusable IS NULL THEN
		PERFORM @extschema@.hcc_load_refuse(CASE WHEN job.dry_run IS NULL THEN 'with dry_run'
			ELSE 'with skip_unusable' END, NULL::text, 'true or false'::text,
			'Leave it out to have false.'::text);
	END IF;
END
$$;
COMMENT ON FUNCTION @extschema@.hcc_load_check_job(@extschema@.hcc_load_job) IS
	'Internal to loaders: checks the arguments.';

-- The row of hcc_model for the payment year, made if there is none: like the
-- model's year before, and as a longer range of that row if nothing differs.
CREATE FUNCTION @extschema@.hcc_load_model_year(job @extschema@.hcc_load_job, hcc_prefix text)
	RETURNS bigint
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	y CONSTANT integer := job.payment_year;
	prefix CONSTANT text := hcc_prefix;
	m @extschema@.hcc_model;
BEGIN
	SELECT * INTO m FROM @extschema@.hcc_model x
	WHERE x.model_version = job.model AND y BETWEEN x.first_payment_year AND x.last_payment_year;
	IF FOUND THEN
		IF m.hierarchy_order <> job.hierarchy_order OR m.hcc_prefix <> prefix THEN
			PERFORM @extschema@.hcc_raise('22023'::text,
				format('model "%s" of payment year %s is not as the file or the caller '
					'says', job.model, y),
				format('hcc_model has hierarchy_order "%s" and hcc_prefix "%s"; wanted '
					'are "%s" and "%s".', m.hierarchy_order, m.hcc_prefix,
					COALESCE(job.hierarchy_order, m.hierarchy_order),
					COALESCE(prefix, m.hcc_prefix)),
				'Correct the row of hcc_model, or load under another name.'::text);
		END IF;
		RETURN 0;
	END IF;
	-- The year before, or else the next known one
	SELECT * INTO m FROM @extschema@.hcc_model x WHERE x.model_version = job.model
	ORDER BY x.first_payment_year > y, abs(x.first_payment_year - y) LIMIT 1;
	IF m.last_payment_year = y - 1 AND m.custom AND NOT m.provisional
		AND m.hierarchy_order = COALESCE(job.hierarchy_order, m.hierarchy_order)
		AND m.source IS NOT DISTINCT FROM job.source THEN
		UPDATE @extschema@.hcc_model x SET last_payment_year = y
		WHERE x.model_version = job.model AND x.first_payment_year = m.first_payment_year;
	ELSE
		INSERT INTO @extschema@.hcc_model (model_version, first_payment_year, last_payment_year,
			label, hcc_prefix, reference_segment, hierarchy_order, source)
		VALUES (job.model, y, y, m.label, COALESCE(prefix, m.hcc_prefix, 'HCC'),
			m.reference_segment,
			COALESCE(job.hierarchy_order, m.hierarchy_order, 'simultaneous'), job.source);
	END IF;
	RETURN 1;
END
$$;
COMMENT ON FUNCTION @extschema@.hcc_load_model_year(@extschema@.hcc_load_job, text) IS
	'Internal to loaders: makes the row of hcc_model for a payment year.';

-- A model without segments scores with what these columns say: left alone.
CREATE FUNCTION @extschema@.hcc_load_display(model text, payment_year integer) RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	y CONSTANT integer := payment_year;
BEGIN
	IF NOT EXISTS (SELECT FROM @extschema@.hcc_segment s WHERE s.model_version = model) THEN
		RETURN;
	END IF;
	WITH reference AS MATERIALIZED (
		SELECT DISTINCT ON (k.variable) k.variable, k.coefficient, m.hcc_prefix
		FROM @extschema@.hcc_model m
			JOIN @extschema@.hcc_calibration c ON c.model_version = m.model_version AND c.is_default
				AND y BETWEEN c.first_payment_year AND c.last_payment_year
			JOIN @extschema@.hcc_coefficient k ON k.model_version = m.model_version
				AND k.calibration = c.calibration AND k.segment = m.reference_segment
		WHERE m.model_version = model AND y BETWEEN m.first_payment_year AND m.last_payment_year
		ORDER BY k.variable, k.custom DESC
	), interaction AS (
		UPDATE @extschema@.hcc_interaction i SET coefficient = r.coefficient FROM reference r
		WHERE i.model_version = model AND i.custom AND r.variable = i.interaction_name
			AND i.coefficient IS DISTINCT FROM r.coefficient
	)
	UPDATE @extschema@.hcc_crosswalk x SET hcc_description = g.label, coefficient = r.coefficient
	FROM @extschema@.hcc_category g LEFT JOIN reference r ON r.variable = r.hcc_prefix || g.hcc_code
	WHERE g.model_version = model AND x.model_version = model AND x.custom
		AND x.hcc_code = g.hcc_code
		AND @extschema@.hccraf_in_year(x.effective_year, x.expiry_year, y)
		AND (x.hcc_description, x.coefficient) IS DISTINCT FROM (g.label, r.coefficient);
END
$$;
COMMENT ON FUNCTION @extschema@.hcc_load_display(text, integer) IS
	'Internal to loaders: what hcc_crosswalk and hcc_interaction display beside custom rows.';

CREATE FUNCTION @extschema@.hcc_load_items(job @extschema@.hcc_load_job,
	INOUT file @extschema@.hcc_load_file, OUT items @extschema@.hcc_load_item[])
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	form CONSTANT @extschema@.hcc_load_format := job.format;
BEGIN
	CASE form.targets[1]
	WHEN 'crosswalk' THEN
		IF form.in_spreadsheet THEN
			file := @extschema@.hcc_load_flagged_codes(job, file);
		ELSE
			PERFORM @extschema@.hcc_load_check_conditions(job, file);
		END IF;
		items := ARRAY(SELECT i FROM @extschema@.hcc_load_code_items(job, file.record) i);
	WHEN 'coefficient' THEN
		items := ARRAY(SELECT i FROM @extschema@.hcc_load_coefficient_items(job, file) i);
	WHEN 'hierarchy', 'group', 'interaction' THEN
		items := ARRAY(SELECT i FROM @extschema@.hcc_load_list_items(job, file.record) i);
	ELSE
		items := ARRAY(SELECT i FROM @extschema@.hcc_load_value_items(job, file) i);
	END CASE;
END
$$;
COMMENT ON FUNCTION @extschema@.hcc_load_items(@extschema@.hcc_load_job,
	@extschema@.hcc_load_file) IS
	'Internal to loaders: the items of a file, by what its lines speak of.';

-- The same line twice does no harm; what a line says otherwise is a problem. So
-- is what a whole file may not say, and what it says there is not used.
CREATE FUNCTION @extschema@.hcc_load_settle(job @extschema@.hcc_load_job,
	items @extschema@.hcc_load_item[],
	OUT wanted @extschema@.hcc_load_item[], OUT problems @extschema@.hcc_load_item[])
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	form CONSTANT @extschema@.hcc_load_format := job.format;
	about CONSTANT text := form.targets[1];
	found_problems @extschema@.hcc_load_item[];
BEGIN
	SELECT COALESCE(array_agg(ROW(u.line, u.target, u.key, u.value, u.problem)
				::@extschema@.hcc_load_item) FILTER (WHERE u.problem IS NOT NULL), '{}'),
		COALESCE(array_agg(ROW(u.line, u.target, u.key, u.value, NULL)
				::@extschema@.hcc_load_item) FILTER (WHERE u.problem IS NULL AND u.nth = 1), '{}')
	INTO problems, wanted
	FROM (SELECT i.line, i.target, i.key, i.value, row_number() OVER same AS nth,
			COALESCE(i.problem, CASE
				WHEN i.target = about AND i.value <> first_value(i.value) OVER same
				THEN format('%s: %s, but an earlier line says %s', CASE about
					WHEN 'coefficient' THEN format('segment %s, variable %s', i.key[1], i.key[2])
					ELSE format('%s %s', form.subject, i.key[1]) END,
					@extschema@.hcc_load_quote(i.value),
					@extschema@.hcc_load_quote(first_value(i.value) OVER same)) END) AS problem
		FROM unnest(items) i
		WINDOW same AS (PARTITION BY i.target, i.key, i.problem IS NULL ORDER BY i.line)) u;
	-- a procedure that is not included has said so
	IF about = 'procedure' THEN
		wanted := ARRAY(SELECT w FROM unnest(wanted) w WHERE w.value = 'yes');
	END IF;
	found_problems := ARRAY(SELECT c FROM @extschema@.hcc_load_check(job, wanted) c);
	problems := problems || found_problems;
	wanted := ARRAY(SELECT w FROM unnest(wanted) w WHERE (w.target, w.key) NOT IN (
		SELECT p.target, p.key FROM unnest(found_problems) p WHERE p.key IS NOT NULL));
END
$$;
COMMENT ON FUNCTION @extschema@.hcc_load_settle(@extschema@.hcc_load_job,
	@extschema@.hcc_load_item[]) IS
	'Internal to loaders: the items that can be used, each once, and those with a problem.';

CREATE FUNCTION @extschema@.hcc_load_write(job @extschema@.hcc_load_job,
	file @extschema@.hcc_load_file, wanted @extschema@.hcc_load_item[]) RETURNS bigint
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	target text;
	written bigint := 0;
BEGIN
	written := @extschema@.hcc_load_replace_provisional(job);
	IF job.model <> '' THEN
		written := written + @extschema@.hcc_load_model_year(job, CASE
			WHEN (job.format).targets[1] NOT IN ('hierarchy', 'category') THEN NULL
			WHEN file.title[1] ~* '^RXHCC$' OR job.content ~* '\mRXHCC\d+\s*=' THEN 'RXHCC' END);
	END IF;
	FOREACH target IN ARRAY (job.format).targets LOOP
		written := written + CASE target
			WHEN 'crosswalk' THEN @extschema@.hcc_load_write_crosswalk(job, wanted)
			WHEN 'edit' THEN @extschema@.hcc_load_write_edits(job, wanted)
			WHEN 'category' THEN @extschema@.hcc_load_write_categories(job, wanted)
			WHEN 'hierarchy' THEN @extschema@.hcc_load_write_hierarchy(job, wanted)
			WHEN 'group' THEN @extschema@.hcc_load_write_groups(job, wanted)
			WHEN 'interaction' THEN @extschema@.hcc_load_write_interactions(job, wanted)
			WHEN 'calibration' THEN @extschema@.hcc_load_write_calibration(job)
			WHEN 'coefficient' THEN @extschema@.hcc_load_write_coefficients(job, wanted)
			WHEN 'procedure' THEN @extschema@.hcc_load_write_procedures(job, wanted)
			WHEN 'icd10' THEN @extschema@.hcc_load_write_icd10(job, wanted) END;
	END LOOP;
	IF job.model <> '' THEN
		PERFORM @extschema@.hcc_load_display(job.model, job.payment_year);
	END IF;
	RETURN written;
END
$$;
COMMENT ON FUNCTION @extschema@.hcc_load_write(@extschema@.hcc_load_job, @extschema@.hcc_load_file,
	@extschema@.hcc_load_item[]) IS
	'Internal to loaders: writes items, and returns how many rows.';

CREATE FUNCTION @extschema@.hcc_load_register(job @extschema@.hcc_load_job, lines bigint)
	RETURNS void
LANGUAGE sql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
	INSERT INTO @extschema@.hcc_release
		(model_version, payment_year, kind, source, release_date, checksum, rows)
	VALUES (job.model, job.payment_year, concat_ws(' ', (job.format).format, job.calibration),
		job.source, job.release_date, encode(sha256(convert_to(job.content, 'UTF8')), 'hex'), lines)
	ON CONFLICT (model_version, payment_year, kind, checksum) DO NOTHING
$$;
COMMENT ON FUNCTION @extschema@.hcc_load_register(@extschema@.hcc_load_job, bigint) IS
	'Internal to loaders: the row of hcc_release.';

----------------------------------------------------------------------
-- The report
----------------------------------------------------------------------
CREATE FUNCTION @extschema@.hcc_load_compare(compared text, wanted @extschema@.hcc_load_item[],
	previous @extschema@.hcc_load_item[]) RETURNS SETOF @extschema@.hcc_load_report
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	RETURN QUERY
	WITH compare AS (
		SELECT COALESCE(w.key, p.key) AS key, CASE
			WHEN p.key IS NULL THEN 'new' WHEN w.key IS NULL THEN 'gone'
			WHEN w.value IS DISTINCT FROM p.value THEN 'changed' ELSE 'unchanged' END AS outcome
		FROM unnest(wanted) w FULL JOIN unnest(previous) p ON p.key = w.key
	), example AS (
		SELECT c.outcome, array_to_string(c.key, ' ') AS what,
			row_number() OVER (PARTITION BY c.outcome ORDER BY c.key) AS i
		FROM compare c
	)
	SELECT NULL::integer, o.outcome, concat('against ', compared,
			': ' || string_agg(e.what, ', ' ORDER BY e.i)
				FILTER (WHERE e.i <= 5 AND o.outcome <> 'unchanged'),
			CASE WHEN count(e.i) > 5 AND o.outcome <> 'unchanged' THEN ', ...' END),
		count(e.i)
	FROM unnest(ARRAY['new', 'changed', 'unchanged', 'gone']) WITH ORDINALITY o(outcome, position)
		LEFT JOIN example e ON e.outcome = o.outcome
	GROUP BY o.outcome, o.position ORDER BY o.position;
END
$$;
COMMENT ON FUNCTION @extschema@.hcc_load_compare(text, @extschema@.hcc_load_item[],
	@extschema@.hcc_load_item[]) IS
	'Internal to loaders: what is new, changed, unchanged and gone.';

CREATE FUNCTION @extschema@.hcc_load_notes(job @extschema@.hcc_load_job,
	file @extschema@.hcc_load_file, items @extschema@.hcc_load_item[])
	RETURNS SETOF @extschema@.hcc_load_report
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	targets CONSTANT text[] := (job.format).targets;
	y CONSTANT integer := job.payment_year;
	previous CONSTANT integer := @extschema@.hcc_load_previous_year(job.model, y);
	with_edits CONSTANT boolean := 'edit' = ANY (targets);
BEGIN
	RETURN QUERY
	SELECT NULL::integer, 'headings', 'codes that only head others', file.headings
	WHERE file.headings > 0
	UNION ALL
	SELECT NULL, 'segments', string_agg(i.key[1], ', ' ORDER BY i.key[1]), count(*)
	FROM unnest(items) i WHERE i.target = 'segment' HAVING targets[1] = 'coefficient'
	UNION ALL
	SELECT NULL, 'without coefficient', string_agg(i.key[1], ', ' ORDER BY i.line), count(*)
	FROM unnest(items) i
	WHERE i.target = 'label' AND i.key[1] NOT IN (SELECT k.key[2] FROM unnest(items) k
		WHERE k.target = 'coefficient' AND k.key[2] IS NOT NULL) HAVING count(*) > 0
	UNION ALL
	SELECT NULL, 'not paid for', 'lines under conditions whose HCC is not in hcc_category: '
		|| string_agg(DISTINCT i.key[1], ', '), count(*)
	FROM unnest(items) i WHERE i.target = 'unpaid' HAVING count(*) > 0
	UNION ALL
	SELECT NULL, 'edits', CASE WHEN with_edits
			THEN 'conditions on age and sex, as rows of hcc_dx_edit' || CASE
				WHEN previous IS NULL THEN ''
				ELSE format('; payment year %s has %s', previous, count(*)) END
		ELSE format('files of this shape have none; that many rows of hcc_dx_edit hold in payment '
			'year %s', y) END,
		CASE WHEN with_edits THEN (SELECT count(*) FROM unnest(items) i WHERE i.target = 'edit')
			ELSE count(*) END
	FROM @extschema@.hcc_dx_edit e
	WHERE e.model_version = job.model AND @extschema@.hccraf_in_year(e.effective_year,
		e.expiry_year, CASE WHEN with_edits THEN previous ELSE y END)
	HAVING targets[1] = 'crosswalk'
	UNION ALL
	SELECT NULL, 'note', file.note, NULL WHERE file.note IS NOT NULL;
END
$$;
COMMENT ON FUNCTION @extschema@.hcc_load_notes(@extschema@.hcc_load_job, @extschema@.hcc_load_file,
	@extschema@.hcc_load_item[]) IS
	'Internal to loaders: what else there is to say of a file.';

-- HCCs that remove nothing are lines only where all HCCs are. Segments that a
-- file of coefficients does not speak of are none of its.
CREATE FUNCTION @extschema@.hcc_load_previous_items(job @extschema@.hcc_load_job, year integer,
	calibration text, items @extschema@.hcc_load_item[]) RETURNS @extschema@.hcc_load_item[]
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
	SELECT ARRAY(
		SELECT ROW(NULL, NULL, p.key, p.value, NULL)::@extschema@.hcc_load_item
		FROM @extschema@.hcc_load_present((job.format).targets[1], job.model, year, calibration,
			false) p
		WHERE CASE (job.format).targets[1]
			WHEN 'hierarchy' THEN p.value <> '{}' OR 'category' = ANY ((job.format).targets)
			WHEN 'coefficient' THEN p.key[1] IN (
				SELECT i.key[1] FROM unnest(items) i WHERE i.target = 'segment')
			ELSE true END)
$$;
COMMENT ON FUNCTION @extschema@.hcc_load_previous_items(@extschema@.hcc_load_job, integer, text,
	@extschema@.hcc_load_item[]) IS
	'Internal to loaders: what the rows say that a file is compared with.';

-- One load at a time: the order of two would decide what is changed and gone.
CREATE FUNCTION @extschema@.hcc_load_run(job @extschema@.hcc_load_job)
	RETURNS SETOF @extschema@.hcc_load_report
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
SET jit = off
AS $$
DECLARE
	form CONSTANT @extschema@.hcc_load_format := job.format;
	year integer;	-- with which, and with whose calibration, the file is compared
	calibration text;
	read record;
	settled record;
	previous @extschema@.hcc_load_item[];
	loaded boolean;
	written bigint := 0;
BEGIN
	PERFORM @extschema@.hcc_load_check_job(job);
	LOCK TABLE @extschema@.hcc_release IN SHARE ROW EXCLUSIVE MODE;
	year := @extschema@.hcc_load_previous_year(job.model, job.payment_year);
	calibration := @extschema@.hcc_load_previous_calibration(job.model, job.payment_year,
		job.calibration);
	read := @extschema@.hcc_load_items(job, @extschema@.hcc_load_read(job));
	settled := @extschema@.hcc_load_settle(job, read.items);
	previous := @extschema@.hcc_load_previous_items(job, year, calibration, read.items);
	loaded := NOT job.dry_run AND cardinality(settled.wanted) > 0
		AND (job.skip_unusable OR cardinality(settled.problems) = 0);
	RETURN QUERY SELECT NULL::integer, 'read', 'lines with content, without headings',
		cardinality((read.file).record)::bigint;
	RETURN QUERY SELECT NULL::integer, 'unusable', NULL::text,
		cardinality(settled.problems)::bigint;
	RETURN QUERY SELECT * FROM @extschema@.hcc_load_compare(
		CASE WHEN form.compared LIKE '%\%2$s%' AND calibration IS NULL
				OR form.compared LIKE '%\%1$s%' AND year IS NULL THEN 'no earlier year'
			ELSE format(form.compared, year, calibration) END,
		ARRAY(SELECT w FROM unnest(settled.wanted::@extschema@.hcc_load_item[]) w
			WHERE w.target = form.targets[1]), previous);
	RETURN QUERY SELECT * FROM @extschema@.hcc_load_notes(job, read.file, read.items);
	IF loaded THEN
		written := @extschema@.hcc_load_write(job, read.file, settled.wanted);
		PERFORM @extschema@.hcc_load_register(job, cardinality((read.file).record)::bigint
			- (SELECT count(DISTINCT p.line)
				FROM unnest(settled.problems::@extschema@.hcc_load_item[]) p));
	END IF;
	RETURN QUERY SELECT NULL::integer, CASE WHEN loaded THEN 'loaded' ELSE 'nothing loaded' END,
		CASE WHEN loaded THEN 'rows added, changed or removed' WHEN job.dry_run THEN 'dry run'
			WHEN cardinality(settled.problems) = 0 THEN 'the file has nothing to load'
			ELSE 'because of the unusable lines; skip_unusable => true loads the others' END,
		written;
	RETURN QUERY SELECT p.line, 'unusable', p.problem, NULL::bigint
	FROM unnest(settled.problems::@extschema@.hcc_load_item[]) p
	ORDER BY p.line NULLS LAST, p.problem;
END
$$;
COMMENT ON FUNCTION @extschema@.hcc_load_run(@extschema@.hcc_load_job) IS
	'Internal to loaders: loads a file of any format.';

CREATE FUNCTION @extschema@.hcc_load_file(format text, content text, model text,
	payment_year integer, calibration text, source text, release_date date, dry_run boolean,
	skip_unusable boolean, hierarchy_order text, is_default boolean, model_column text)
	RETURNS SETOF @extschema@.hcc_load_report
LANGUAGE sql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
	SELECT r.* FROM @extschema@.hcc_load_format f CROSS JOIN LATERAL @extschema@.hcc_load_run(
		ROW(f, content, model, payment_year, calibration, source, release_date, dry_run,
			skip_unusable, hierarchy_order, is_default, model_column)::@extschema@.hcc_load_job) r
	WHERE f.format = hcc_load_file.format
$$;
COMMENT ON FUNCTION @extschema@.hcc_load_file(text, text, text, integer, text, text, date, boolean,
	boolean, text, boolean, text) IS
	'Internal to loaders: loads a file as its row of hcc_load_format says.';

----------------------------------------------------------------------
-- What is called, one function for each row of hcc_load_format
----------------------------------------------------------------------
CREATE FUNCTION @extschema@.hccraf_load_mappings(content text, model text, payment_year integer,
	source text DEFAULT NULL, release_date date DEFAULT NULL, dry_run boolean DEFAULT false,
	skip_unusable boolean DEFAULT false, hierarchy_order text DEFAULT NULL)
	RETURNS SETOF @extschema@.hcc_load_report
LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	SELECT r.line, r.outcome, r.detail, r.n
	FROM @extschema@.hcc_load_file('mappings'::text, content, model, payment_year, NULL::text,
		source, release_date, dry_run, skip_unusable, hierarchy_order, NULL::boolean, NULL::text) r;
END;
COMMENT ON FUNCTION @extschema@.hccraf_load_mappings(text, text, integer, text, date, boolean,
	boolean, text) IS
	'Loads ICD10_CC_mappings_*.csv of a software package into hcc_crosswalk and hcc_dx_edit.';

CREATE FUNCTION @extschema@.hccraf_load_icd10_mapping_table(content text, model text,
	payment_year integer, model_column text DEFAULT NULL, source text DEFAULT NULL,
	release_date date DEFAULT NULL, dry_run boolean DEFAULT false,
	skip_unusable boolean DEFAULT false, hierarchy_order text DEFAULT NULL)
	RETURNS SETOF @extschema@.hcc_load_report
LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	SELECT r.line, r.outcome, r.detail, r.n
	FROM @extschema@.hcc_load_file('icd10_mapping_table'::text, content, model, payment_year,
		NULL::text, source, release_date, dry_run, skip_unusable, hierarchy_order, NULL::boolean,
		model_column) r;
END;
COMMENT ON FUNCTION @extschema@.hccraf_load_icd10_mapping_table(text, text, integer, text, text,
	date, boolean, boolean, text) IS
	'Loads one model''s column of the yearly ICD-10-CM mapping table into hcc_crosswalk.';

CREATE FUNCTION @extschema@.hccraf_load_sas_format(content text, model text, payment_year integer,
	source text DEFAULT NULL, release_date date DEFAULT NULL, dry_run boolean DEFAULT false,
	skip_unusable boolean DEFAULT false, hierarchy_order text DEFAULT NULL)
	RETURNS SETOF @extschema@.hcc_load_report
LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	SELECT r.line, r.outcome, r.detail, r.n
	FROM @extschema@.hcc_load_file('sas_format'::text, content, model, payment_year, NULL::text,
		source, release_date, dry_run, skip_unusable, hierarchy_order, NULL::boolean, NULL::text) r;
END;
COMMENT ON FUNCTION @extschema@.hccraf_load_sas_format(text, text, integer, text, date, boolean,
	boolean, text) IS
	'Loads a format text of the SAS software (code, tab, HCC) into hcc_crosswalk.';

CREATE FUNCTION @extschema@.hccraf_load_hierarchies(content text, model text, payment_year integer,
	source text DEFAULT NULL, release_date date DEFAULT NULL, dry_run boolean DEFAULT false,
	skip_unusable boolean DEFAULT false, hierarchy_order text DEFAULT NULL)
	RETURNS SETOF @extschema@.hcc_load_report
LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	SELECT r.line, r.outcome, r.detail, r.n
	FROM @extschema@.hcc_load_file('hierarchies'::text, content, model, payment_year, NULL::text,
		source, release_date, dry_run, skip_unusable, hierarchy_order, NULL::boolean, NULL::text) r;
END;
COMMENT ON FUNCTION @extschema@.hccraf_load_hierarchies(text, text, integer, text, date, boolean,
	boolean, text) IS
	'Loads *_HCC_Hierarchies.csv of a software package: all HCCs, and what each removes.';

CREATE FUNCTION @extschema@.hccraf_load_sas_hierarchy(content text, model text,
	payment_year integer, source text DEFAULT NULL, release_date date DEFAULT NULL,
	dry_run boolean DEFAULT false, skip_unusable boolean DEFAULT false,
	hierarchy_order text DEFAULT NULL)
	RETURNS SETOF @extschema@.hcc_load_report
LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	SELECT r.line, r.outcome, r.detail, r.n
	FROM @extschema@.hcc_load_file('sas_hierarchy'::text, content, model, payment_year, NULL::text,
		source, release_date, dry_run, skip_unusable, hierarchy_order, NULL::boolean, NULL::text) r;
END;
COMMENT ON FUNCTION @extschema@.hccraf_load_sas_hierarchy(text, text, integer, text, date, boolean,
	boolean, text) IS
	'Loads a hierarchy macro of the SAS software into hcc_hierarchy, after the labels.';

CREATE FUNCTION @extschema@.hccraf_load_sas_labels(content text, model text, payment_year integer,
	source text DEFAULT NULL, release_date date DEFAULT NULL, dry_run boolean DEFAULT false,
	skip_unusable boolean DEFAULT false)
	RETURNS SETOF @extschema@.hcc_load_report
LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	SELECT r.line, r.outcome, r.detail, r.n
	FROM @extschema@.hcc_load_file('sas_labels'::text, content, model, payment_year, NULL::text,
		source, release_date, dry_run, skip_unusable, NULL::text, NULL::boolean, NULL::text) r;
END;
COMMENT ON FUNCTION @extschema@.hccraf_load_sas_labels(text, text, integer, text, date, boolean,
	boolean) IS
	'Loads a label macro of the SAS software: HCCs and their labels, into hcc_category.';

CREATE FUNCTION @extschema@.hccraf_load_groups(content text, model text, payment_year integer,
	source text DEFAULT NULL, release_date date DEFAULT NULL, dry_run boolean DEFAULT false,
	skip_unusable boolean DEFAULT false)
	RETURNS SETOF @extschema@.hcc_load_report
LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	SELECT r.line, r.outcome, r.detail, r.n
	FROM @extschema@.hcc_load_file('groups'::text, content, model, payment_year, NULL::text, source,
		release_date, dry_run, skip_unusable, NULL::text, NULL::boolean, NULL::text) r;
END;
COMMENT ON FUNCTION @extschema@.hccraf_load_groups(text, text, integer, text, date, boolean,
	boolean) IS
	'Loads *_Diagnosis_Categories.csv of a software package into hcc_group.';

CREATE FUNCTION @extschema@.hccraf_load_interactions(content text, model text, payment_year integer,
	source text DEFAULT NULL, release_date date DEFAULT NULL, dry_run boolean DEFAULT false,
	skip_unusable boolean DEFAULT false)
	RETURNS SETOF @extschema@.hcc_load_report
LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	SELECT r.line, r.outcome, r.detail, r.n
	FROM @extschema@.hcc_load_file('interactions'::text, content, model, payment_year, NULL::text,
		source, release_date, dry_run, skip_unusable, NULL::text, NULL::boolean, NULL::text) r;
END;
COMMENT ON FUNCTION @extschema@.hccraf_load_interactions(text, text, integer, text, date, boolean,
	boolean) IS
	'Loads *_Interactions.csv of a software package into hcc_interaction.';

CREATE FUNCTION @extschema@.hccraf_load_coefficients(content text, model text, calibration text,
	payment_year integer, source text DEFAULT NULL, release_date date DEFAULT NULL,
	dry_run boolean DEFAULT false, skip_unusable boolean DEFAULT false,
	is_default boolean DEFAULT NULL)
	RETURNS SETOF @extschema@.hcc_load_report
LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	SELECT r.line, r.outcome, r.detail, r.n
	FROM @extschema@.hcc_load_file('coefficients'::text, content, model, payment_year, calibration,
		source, release_date, dry_run, skip_unusable, NULL::text, is_default, NULL::text) r;
END;
COMMENT ON FUNCTION @extschema@.hccraf_load_coefficients(text, text, text, integer, text, date,
	boolean, boolean, boolean) IS
	'Loads relative factors or scores of a software package into hcc_coefficient.';

CREATE FUNCTION @extschema@.hccraf_load_sas_coefficients(content text, model text, calibration text,
	payment_year integer, source text DEFAULT NULL, release_date date DEFAULT NULL,
	dry_run boolean DEFAULT false, skip_unusable boolean DEFAULT false,
	is_default boolean DEFAULT NULL)
	RETURNS SETOF @extschema@.hcc_load_report
LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	SELECT r.line, r.outcome, r.detail, r.n
	FROM @extschema@.hcc_load_file('sas_coefficients'::text, content, model, payment_year,
		calibration, source, release_date, dry_run, skip_unusable, NULL::text, is_default,
		NULL::text) r;
END;
COMMENT ON FUNCTION @extschema@.hccraf_load_sas_coefficients(text, text, text, integer, text, date,
	boolean, boolean, boolean) IS
	'Loads a coefficient file of the SAS software into hcc_coefficient.';

CREATE FUNCTION @extschema@.hccraf_load_procedures(content text, service_year integer,
	source text DEFAULT NULL, release_date date DEFAULT NULL, dry_run boolean DEFAULT false,
	skip_unusable boolean DEFAULT false)
	RETURNS SETOF @extschema@.hcc_load_report
LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	SELECT r.line, r.outcome, r.detail, r.n
	FROM @extschema@.hcc_load_file('procedures'::text, content, ''::text, service_year, NULL::text,
		source, release_date, dry_run, skip_unusable, NULL::text, NULL::boolean, NULL::text) r;
END;
COMMENT ON FUNCTION @extschema@.hccraf_load_procedures(text, integer, text, date, boolean,
	boolean) IS
	'Loads the list of CPT/HCPCS codes of a service year into eligible_procedure.';

CREATE FUNCTION @extschema@.hccraf_load_icd10(content text, fiscal_year integer,
	source text DEFAULT NULL, release_date date DEFAULT NULL, dry_run boolean DEFAULT false,
	skip_unusable boolean DEFAULT false)
	RETURNS SETOF @extschema@.hcc_load_report
LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	SELECT r.line, r.outcome, r.detail, r.n
	FROM @extschema@.hcc_load_file('icd10'::text, content, ''::text, fiscal_year, NULL::text,
		source, release_date, dry_run, skip_unusable, NULL::text, NULL::boolean, NULL::text) r;
END;
COMMENT ON FUNCTION @extschema@.hccraf_load_icd10(text, integer, text, date, boolean, boolean) IS
	'Loads the diagnosis codes of a fiscal year into icd10_code.';

-- Whoever may load is the DBA's decision; the tables' privileges count too.
DO $$
DECLARE
	f regprocedure;
BEGIN
	FOR f IN SELECT p.oid FROM pg_catalog.pg_proc p
		WHERE p.pronamespace = '@extschema@'::regnamespace AND p.provolatile = 'v'
			AND p.proname ~ '^hcc(raf)?_load_'
	LOOP
		EXECUTE pg_catalog.format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', f);
	END LOOP;
END
$$;
