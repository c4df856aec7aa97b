----------------------------------------------------------------------
-- From the text of a file to records
----------------------------------------------------------------------

-- The CSV reader uses control characters of its own.
CREATE FUNCTION @extschema@.hcc_load_text(content text) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	IF content IS NULL THEN
		PERFORM @extschema@.hcc_raise('22004'::text, 'the content to load is NULL'::text,
			NULL::text, 'Give the whole file as one text; string_agg over no rows is NULL.'::text);
	END IF;
	IF getdatabaseencoding() = 'UTF8' THEN
		content := replace(ltrim(content, chr(65279)), chr(160), ' ');
	END IF;
	content := replace(replace(content, E'\r\n', E'\n'), E'\r', E'\n');
	RETURN translate(content, E'\x01\x02\x03\x1a', '    ');
END
$$;
COMMENT ON FUNCTION @extschema@.hcc_load_text(text) IS
	'Internal to loaders: a text without byte-order mark, carriage returns, control characters.';

CREATE FUNCTION @extschema@.hcc_load_quote(what text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN '"' || CASE WHEN length(what) > 60 THEN left(what, 57) || '...'
	ELSE COALESCE(what, '') END || '"';
COMMENT ON FUNCTION @extschema@.hcc_load_quote(text) IS
	'Internal to loaders: text of a file for a message, not too long.';

-- Pieces between quotes alternate: outside, inside, outside, ... Inside,
-- commas and line ends are set aside as \x01 and \x02 while the text is split
-- at those outside; an empty piece outside that is neither first nor last is
-- a doubled quote. \x03 marks a quote that does not end.
CREATE FUNCTION @extschema@.hcc_load_csv(content text) RETURNS @extschema@.hcc_load_record[]
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	plain text := @extschema@.hcc_load_text(content);
	piece text[];
	result @extschema@.hcc_load_record[];
BEGIN
	IF position('"' IN plain) > 0 THEN
		piece := string_to_array(plain, '"');
		SELECT string_agg(CASE
			WHEN i % 2 = 0 THEN translate(p, E',\n', E'\x01\x02')
			WHEN p = '' AND i > 1 AND i < cardinality(piece) THEN '"'
			ELSE p END, '' ORDER BY i)
			|| CASE WHEN cardinality(piece) % 2 = 0 THEN E'\x03' ELSE '' END
		INTO plain FROM unnest(piece) WITH ORDINALITY u(p, i);
	END IF;
	SELECT array_agg(ROW(l.line, f.field, CASE
			WHEN position(E'\x03' IN l.r) > 0 THEN 'a quote in or after this line does not end'
			WHEN position(E'\x02' IN l.r) > 0
				THEN 'a quoted field goes on over the end of the line' END)
			::@extschema@.hcc_load_record ORDER BY l.line)
	INTO result
	FROM (SELECT r, (i + COALESCE(sum(length(r) - length(replace(r, E'\x02', ''))) OVER (ORDER BY i
				ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0))::integer AS line
			FROM string_to_table(plain, E'\n') WITH ORDINALITY s(r, i)) l
		CROSS JOIN LATERAL (
			SELECT array_agg(btrim(translate(v, E'\x01\x02\x03', ',  '), E' \t') ORDER BY j)
			FROM string_to_table(l.r, ',') WITH ORDINALITY t(v, j)) f(field)
	WHERE l.r ~ '[^ ,\t\x01-\x03]';
	RETURN COALESCE(result, '{}');
END
$$;
COMMENT ON FUNCTION @extschema@.hcc_load_csv(text) IS
	'Internal to loaders: the records of a CSV text that are not blank.';

CREATE FUNCTION @extschema@.hcc_load_resolve(kind text, found text, candidates text[]) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
	SELECT c FROM (
		SELECT c, 0 AS step, c = found AS exact
		FROM unnest(candidates) c WHERE lower(c) = lower(found)
		UNION ALL
		SELECT c, 1, r.custom
		FROM @extschema@.hcc_load_rule r
			CROSS JOIN LATERAL
				regexp_replace(found, '^(?:' || r.in_file || ')$', r.name, 'i') n(name)
			JOIN unnest(candidates) c ON lower(c) = lower(n.name)
		WHERE r.kind = hcc_load_resolve.kind AND length(found) <= 200
			AND found ~* ('^(?:' || r.in_file || ')$')) x
	ORDER BY step, exact DESC, c LIMIT 1
$$;
COMMENT ON FUNCTION @extschema@.hcc_load_resolve(text, text, text[]) IS
	'Internal to loaders: which of our names a name in a file means, if necessary by a rule.';

CREATE FUNCTION @extschema@.hcc_load_title(printed text) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
	SELECT lower(COALESCE(
		(SELECT regexp_replace(printed, '^(?:' || r.in_file || ')$', r.name, 'i')
			FROM @extschema@.hcc_load_rule r
			WHERE r.kind = 'column' AND length(printed) <= 200
				AND printed ~* ('^(?:' || r.in_file || ')$')
			ORDER BY r.custom DESC LIMIT 1), printed))
$$;
COMMENT ON FUNCTION @extschema@.hcc_load_title(text) IS
	'Internal to loaders: what we call a column, in lower case.';

----------------------------------------------------------------------
-- Tables: CSV with a header
----------------------------------------------------------------------

-- In a file of the packages the first line is the header, in a spreadsheet the
-- first that has the first wanted title. A column without title is none.
CREATE FUNCTION @extschema@.hcc_load_header(form @extschema@.hcc_load_format,
	records @extschema@.hcc_load_record[], OUT at integer, OUT title text[], OUT printed text[])
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	IF records = '{}' THEN
		PERFORM @extschema@.hcc_raise('22P04'::text, 'the file is empty'::text,
			format('Expected a header with the columns %s.',
				array_to_string(form.columns, ', ')), 'Give the whole file as one text.'::text);
	END IF;
	FOR i IN 1 .. CASE WHEN form.in_spreadsheet THEN least(cardinality(records), 50) ELSE 1 END
	LOOP
		SELECT array_agg(p ORDER BY n), array_agg(@extschema@.hcc_load_title(p) ORDER BY n)
		INTO printed, title
		FROM (SELECT NULLIF(btrim(regexp_replace(f, '\s+', ' ', 'g')), '') AS p, n
			FROM unnest(records[i].field) WITH ORDINALITY u(f, n)) u;
		at := i;
		IF lower(form.columns[1]) = ANY (title) THEN
			RETURN;
		END IF;
	END LOOP;
	IF form.in_spreadsheet THEN
		PERFORM @extschema@.hcc_raise('22P04'::text, 'the file has no header'::text,
			format(
				'None of its first lines has a column "%s". The first line is %s.',
				form.columns[1],
				@extschema@.hcc_load_quote(array_to_string(records[1].field, ','))),
			'If the column was renamed, add a row of kind "column" to hcc_load_rule.'::text);
	END IF;
END
$$;
COMMENT ON FUNCTION @extschema@.hcc_load_header(@extschema@.hcc_load_format,
	@extschema@.hcc_load_record[]) IS
	'Internal to loaders: where the header is, and its titles as we call them and as printed.';

CREATE FUNCTION @extschema@.hcc_load_check_columns(form @extschema@.hcc_load_format,
	title text[], printed text[]) RETURNS void
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	wanted CONSTANT text := array_to_string(form.columns, ', ');
	found_titles CONSTANT text := left(array_to_string(printed, ', '), 500);
	lacks text;
	unknown text;
	twice text;
	message text;
BEGIN
	SELECT string_agg(c, ', ') INTO lacks FROM unnest(form.columns) c
	WHERE c NOT LIKE '%?' AND NOT COALESCE(lower(c) = ANY (title), false);
	SELECT string_agg(@extschema@.hcc_load_quote(p), ', ') INTO unknown
	FROM unnest(title, printed) u(t, p)
	WHERE t <> ALL (string_to_array(lower(replace(array_to_string(form.columns, E'\n'), '?', '')),
		E'\n')) AND NOT COALESCE(t ~ ('^(?:' || form.more || ')$'), false);
	SELECT string_agg(t, ', ' ORDER BY t) INTO twice
	FROM (SELECT t FROM unnest(title) t WHERE t IS NOT NULL GROUP BY t HAVING count(*) > 1) d;
	message := CASE WHEN lacks IS NOT NULL THEN 'the file lacks a column: ' || lacks
		WHEN unknown IS NOT NULL THEN 'the file has an unknown column: ' || left(unknown, 500)
		WHEN twice IS NOT NULL THEN 'the file has a column twice: ' || left(twice, 500) END;
	IF message IS NOT NULL THEN
		PERFORM @extschema@.hcc_raise('22P04'::text, message,
			format('Expected: %s. Found: %s.', wanted, found_titles),
			'If the column was renamed, add a row of kind "column" to hcc_load_rule.'::text);
	END IF;
END
$$;
COMMENT ON FUNCTION @extschema@.hcc_load_check_columns(@extschema@.hcc_load_format, text[],
	text[]) IS
	'Internal to loaders: an unknown or missing column is an error.';

-- Fields come in the order of the format, whatever that of the file. Below the
-- table of a spreadsheet there are sentences, in the first column alone.
CREATE FUNCTION @extschema@.hcc_load_table(form @extschema@.hcc_load_format, content text)
	RETURNS @extschema@.hcc_load_file
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	records CONSTANT @extschema@.hcc_load_record[] := @extschema@.hcc_load_csv(content);
	h record;
	place integer[];
	last integer;
	file @extschema@.hcc_load_file;
BEGIN
	h := @extschema@.hcc_load_header(form, records);
	PERFORM @extschema@.hcc_load_check_columns(form, h.title, h.printed);
	place := ARRAY(
		SELECT array_position(h.title, lower(rtrim(c, '?')))
		FROM unnest(form.columns) WITH ORDINALITY u(c, n) ORDER BY n);
	place := place || ARRAY(
		SELECT n::integer FROM unnest(h.title) WITH ORDINALITY u(t, n)
		WHERE t IS NOT NULL AND array_position(place, n::integer) IS NULL ORDER BY n);
	last := (SELECT max(p) FROM unnest(place) p);
	file.title := ARRAY(SELECT h.printed[p] FROM unnest(place) WITH ORDINALITY u(p, n) ORDER BY n);
	file.record := ARRAY(
		SELECT ROW(r.line,
			ARRAY(SELECT COALESCE(r.field[p], '')
				FROM unnest(place) WITH ORDINALITY u(p, n) ORDER BY n),
			COALESCE(r.problem, CASE
				WHEN cardinality(r.field) < last
				THEN format('has %s fields, the header has %s', cardinality(r.field), last)
				WHEN EXISTS (SELECT FROM unnest(r.field) WITH ORDINALITY u(f, n)
					WHERE f <> '' AND (n > cardinality(h.title) OR h.title[n] IS NULL))
				THEN format('has more fields than the header, which has %s', last) END)
			)::@extschema@.hcc_load_record
		FROM unnest(records[h.at + 1:]) r
		WHERE NOT form.in_spreadsheet OR r.field[1] !~* '\s|^notes?:?$'
			OR EXISTS (SELECT FROM unnest(r.field[2:]) f WHERE f <> ''));
	RETURN file;
END
$$;
COMMENT ON FUNCTION @extschema@.hcc_load_table(@extschema@.hcc_load_format, text) IS
	'Internal to loaders: the records below the header of a CSV text.';

----------------------------------------------------------------------
-- Pairs: one line of names and one of values
----------------------------------------------------------------------
CREATE FUNCTION @extschema@.hcc_load_pairs(form @extschema@.hcc_load_format, content text)
	RETURNS @extschema@.hcc_load_file
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	records CONSTANT @extschema@.hcc_load_record[] := @extschema@.hcc_load_csv(content);
	names CONSTANT integer := cardinality(array_remove(records[1].field, ''));
	numbers CONSTANT integer := cardinality(array_remove(records[2].field, ''));
	file @extschema@.hcc_load_file;
BEGIN
	IF cardinality(records) <> 2 OR records[1].field[1] !~ '^\w+_\w+$' THEN
		PERFORM @extschema@.hcc_raise('22P04'::text,
			format('the file is no %s', form.is_a),
			format('Expected are %s. Found: %s lines, the first begins with %s.',
				form.sample, cardinality(records),
				@extschema@.hcc_load_quote(array_to_string(records[1].field[1:5], ','))),
			form.hint);
	END IF;
	IF names <> numbers THEN
		PERFORM @extschema@.hcc_raise('22P04'::text,
			'names and coefficients are not equally many: the file is not complete'::text,
			format('The file has %s names and %s coefficients.', names, numbers),
			'Give the whole file as one text.'::text);
	END IF;
	file.record := ARRAY(
		SELECT ROW(records[2].line, ARRAY[name, value], records[2].problem)
			::@extschema@.hcc_load_record
		FROM unnest(records[1].field, records[2].field) WITH ORDINALITY u(name, value, n)
		WHERE name <> '' OR value <> '' ORDER BY n);
	RETURN file;
END
$$;
COMMENT ON FUNCTION @extschema@.hcc_load_pairs(@extschema@.hcc_load_format, text) IS
	'Internal to loaders: a record of name and value for each column of a CSV text.';

----------------------------------------------------------------------
-- Text: by patterns
----------------------------------------------------------------------

-- \x01 is put before each record. Where records are not lines, comments become
-- blanks of as many lines first, so that the numbers of lines stay.
CREATE FUNCTION @extschema@.hcc_load_marked(form @extschema@.hcc_load_format, plain text)
	RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
	SELECT CASE
		WHEN form.begins IS NULL THEN E'\x01' || replace(plain, E'\n', E'\n\x01')
		ELSE (
			SELECT regexp_replace(string_agg(
				CASE WHEN p ~ '^/\*' THEN regexp_replace(p, '[^\n]', '', 'g') ELSE p END,
				'' ORDER BY i),
				form.begins, E'\x01\\&', 'gi')
			FROM regexp_split_to_table(
				regexp_replace(plain, '/\*([^*]|\*+[^*/])*\*+/', E'\x01\\&\x01', 'g'), E'\x01')
				WITH ORDINALITY s(p, i)) END
$$;
COMMENT ON FUNCTION @extschema@.hcc_load_marked(@extschema@.hcc_load_format, text) IS
	'Internal to loaders: a text with a mark before each of its records.';

CREATE FUNCTION @extschema@.hcc_load_records(form @extschema@.hcc_load_format, content text)
	RETURNS @extschema@.hcc_load_file
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	plain CONSTANT text := @extschema@.hcc_load_text(content);
	is_one boolean;
	file @extschema@.hcc_load_file;
BEGIN
	SELECT COALESCE(array_agg(ROW(line,
			CASE WHEN form.more IS NULL THEN f.field
				ELSE f.field[1:1] || regexp_split_to_array(f.field[2], form.more) END,
			CASE WHEN f.field IS NULL THEN format('%s is not like %s',
				@extschema@.hcc_load_quote(btrim(regexp_replace(piece, '\s+', ' ', 'g'))),
				form.sample) END)::@extschema@.hcc_load_record ORDER BY line)
			FILTER (WHERE piece !~ form.heading IS NOT FALSE), '{}'),
		count(*) FILTER (WHERE piece ~ form.heading),
		COALESCE(bool_or(f.field IS NOT NULL OR form.begins IS NOT NULL), false)
	INTO file.record, file.headings, is_one
	FROM (SELECT piece, i, (1 + COALESCE(sum(length(piece) - length(replace(piece, E'\n', '')))
				OVER (ORDER BY i ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0))::integer
				AS line
			FROM string_to_table(@extschema@.hcc_load_marked(form, plain), E'\x01')
				WITH ORDINALITY s(piece, i)) p
		-- of alternatives in the pattern, those that do not apply are NULL
		CROSS JOIN LATERAL (SELECT array_remove(
			regexp_match(rtrim(piece, E'\n'), form.record, 'i'), NULL) OFFSET 0) f(field)
	WHERE i > 1 AND piece ~ '\S';
	IF NOT is_one THEN
		PERFORM @extschema@.hcc_raise('22P04'::text,
			format('the file is no %s', form.is_a),
			format('Expected are records like %s. It begins with %s.',
				form.sample, @extschema@.hcc_load_quote(btrim(plain, E' \n'))), form.hint);
	END IF;
	RETURN file;
END
$$;
COMMENT ON FUNCTION @extschema@.hcc_load_records(@extschema@.hcc_load_format, text) IS
	'Internal to loaders: the records of a text.';

CREATE FUNCTION @extschema@.hcc_load_read(job @extschema@.hcc_load_job)
	RETURNS @extschema@.hcc_load_file
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	form CONSTANT @extschema@.hcc_load_format := job.format;
BEGIN
	CASE form.shape
		WHEN 'table' THEN RETURN @extschema@.hcc_load_table(form, job.content);
		WHEN 'pairs' THEN RETURN @extschema@.hcc_load_pairs(form, job.content);
		ELSE RETURN @extschema@.hcc_load_records(form, job.content);
	END CASE;
END
$$;
COMMENT ON FUNCTION @extschema@.hcc_load_read(@extschema@.hcc_load_job) IS
	'Internal to loaders: the records of a file, by the shape of its format.';
