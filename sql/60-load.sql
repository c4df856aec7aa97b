----------------------------------------------------------------------
-- Loading what CMS publishes: one function for each shape of file.
--
-- Every loader takes the whole file as text and does the same: read lines
-- into items (a key, a value, or a problem), compare them with the previous
-- payment year, write unless a line is unusable, report. What is particular
-- to a shape is how a line is read and to which table it goes.
----------------------------------------------------------------------
CREATE TABLE @extschema@.hcc_release (
	model_version text NOT NULL,
	payment_year integer NOT NULL,
	kind text NOT NULL,
	source text,
	release_date date,
	checksum text NOT NULL,
	rows bigint NOT NULL,
	loaded_at timestamptz NOT NULL DEFAULT now(),
	custom boolean NOT NULL DEFAULT true,
	PRIMARY KEY (model_version, payment_year, kind, checksum)
);
COMMENT ON TABLE @extschema@.hcc_release IS 'The files that loaders have loaded: what, for which model and payment year, from where, and its SHA-256.';
COMMENT ON COLUMN @extschema@.hcc_release.payment_year IS 'Of procedures the service year, of diagnosis codes the fiscal year; both have no model, their model_version is empty.';
COMMENT ON COLUMN @extschema@.hcc_release.kind IS 'The loader without "hccraf_load_"; for coefficients also the calibration.';
COMMENT ON COLUMN @extschema@.hcc_release.checksum IS 'SHA-256 of the text as UTF-8, as sha256sum prints it for a file in UTF-8.';
COMMENT ON COLUMN @extschema@.hcc_release.rows IS 'The lines used.';

-- CMS's names that differ from ours. A rule applies to a whole name, in
-- either case, and only if the model has what it leads to.
CREATE TABLE @extschema@.hcc_load_rule (
	kind text NOT NULL CHECK (kind IN ('column', 'segment', 'variable', 'score', 'group', 'mapping column')),
	in_file text NOT NULL,
	name text NOT NULL,
	note text,
	custom boolean NOT NULL DEFAULT true,
	PRIMARY KEY (kind, in_file, name)
);
COMMENT ON TABLE @extschema@.hcc_load_rule IS 'Names in published files that differ from the model''s own: a renamed column is loaded by adding a row here.';
COMMENT ON COLUMN @extschema@.hcc_load_rule.kind IS 'column: a column''s title; segment: a column of coefficients; variable; score: from the name of a variable to its segment, for files with one column "Score"; group; mapping column: from a title of the yearly ICD-10 mapping table to a model.';
COMMENT ON COLUMN @extschema@.hcc_load_rule.in_file IS 'Regular expression for the whole name in the file.';
COMMENT ON COLUMN @extschema@.hcc_load_rule.name IS 'The name that it stands for; \1 is what the first parentheses matched.';
COMMENT ON COLUMN @extschema@.hcc_load_rule.note IS 'Of a segment: the file it is in. The segments of one file come together or not at all.';

INSERT INTO @extschema@.hcc_load_rule (kind, in_file, name, note, custom)
SELECT kind, in_file, name, note, false FROM (VALUES
	('column', 'Graft Duration', 'Variable', NULL),
	('column', 'New Enrollees', 'Label', NULL),
	('column', 'RXHCC', 'HCC', NULL),
	('column', 'SecondaryRxHCC_(\d+)', 'SecondaryHCC_\1', NULL),
	('segment', 'COMMUNITY_NA', 'CNA', 'Part C, continuing enrollees'),
	('segment', 'COMMUNITY_PBA', 'CPA', 'Part C, continuing enrollees'),
	('segment', 'COMMUNITY_FBA', 'CFA', 'Part C, continuing enrollees'),
	('segment', 'COMMUNITY_ND', 'CND', 'Part C, continuing enrollees'),
	('segment', 'COMMUNITY_PBD', 'CPD', 'Part C, continuing enrollees'),
	('segment', 'COMMUNITY_FBD', 'CFD', 'Part C, continuing enrollees'),
	('segment', 'INSTITUTIONAL', 'INS', 'Part C, continuing enrollees'),
	('segment', 'NE', 'NE', 'Part C, new enrollees'),
	('segment', 'NEW_ENROLLEE', 'NE', 'Part C, new enrollees'),
	('segment', 'NE_SNP', 'SNPNE', 'Part C, new enrollees'),
	('segment', 'DIAL', 'DI', 'ESRD, continuing enrollees'),
	('segment', 'GRAFT_COMM', 'GC', 'ESRD, continuing enrollees'),
	('segment', 'GRAFT_INST', 'GI', 'ESRD, continuing enrollees'),
	('segment', 'G_COMM_ND_PBD_GE65', 'GNPA', 'ESRD, continuing enrollees'),
	('segment', 'G_COMM_ND_PBD_LT65', 'GNPN', 'ESRD, continuing enrollees'),
	('segment', 'G_COMM_FBD_GE65', 'GFA', 'ESRD, continuing enrollees'),
	('segment', 'G_COMM_FBD_LT65', 'GFN', 'ESRD, continuing enrollees'),
	('segment', 'DIAL_NE', 'DNE', 'ESRD, dialysis new enrollees'),
	('segment', 'GRAFT_NE', 'GNE', 'ESRD, graft new enrollees'),
	('segment', 'CE_NonLow_Aged', 'Rx_CE_NoLowAged', 'Part D, continuing enrollees'),
	('segment', 'CE_NonLow_NonAged', 'Rx_CE_NoLowNoAged', 'Part D, continuing enrollees'),
	('segment', 'CE_Low_Aged', 'Rx_CE_LowAged', 'Part D, continuing enrollees'),
	('segment', 'CE_Low_NonAged', 'Rx_CE_LowNoAged', 'Part D, continuing enrollees'),
	('segment', 'CE_LTI', 'Rx_CE_LTI', 'Part D, continuing enrollees'),
	('segment', 'NE_NonLow_Community', 'Rx_NE_NoLo', 'Part D, new enrollees'),
	('segment', 'NE_Low_Community', 'Rx_NE_Lo', 'Part D, new enrollees'),
	('segment', 'NE_LTI', 'Rx_NE_LTI', 'Part D, new enrollees'),
	('score', 'TRANSPLANT_.*', 'TRANSPLANT', 'ESRD, transplant'),
	('score', 'DUR(?:4_9|10PL)_(?:LT|GE)65', 'FG', 'ESRD, graft duration'),
	('score', '(?:LT65|GE65|PBD)_.*', 'FGC', 'ESRD, graft duration'),
	('score', '(?:FGI|LTI)_.*', 'FGI', 'ESRD, institutional graft'),
	('variable', 'DUR(4_9|10PL)_((?:LT|GE)65)', '\2_DUR\1', 'ESRD V21: parts in the other order'),
	('variable', 'FGI_(.*)', '\1', 'ESRD V24: the segment is in the name'),
	('variable', 'ART_OPENINGS_PRESSURE_ULCER(_V24)?', 'ART_OPENINGS_PRESS_ULCER\1', 'SAS and Python packages differ'),
	('variable', 'ART_OPENINGS_PRESS_ULCER(_V24)?', 'ART_OPENINGS_PRESSURE_ULCER\1', 'SAS and Python packages differ'),
	('variable', '(\w+)', '\1_V28', 'V28: names of interactions in the SAS software'),
	('variable', 'grespDepandArre_gCopdCF', 'gRespDepandArre_gCopdCF', 'V23'),
	('variable', '(N?ESRD)_NOD_X_(.*)', '\1_NORIGDIS_X_\2', 'Part D: SAS and Python packages differ'),
	('variable', '(N?ESRD)_NORIGDIS_X_(.*)', '\1_NOD_X_\2', 'Part D: SAS and Python packages differ'),
	('variable', '(N?ESRD)_OD_X_(.*)', '\1_ORIGDIS_X_\2', 'Part D: SAS and Python packages differ'),
	('variable', 'ORIGDS', 'ORIGDIS', 'SAS and Python packages differ'),
	('variable', 'ORIGDIS', 'ORIGDS', 'SAS and Python packages differ'),
	('variable', 'ORIGDS', 'OD65', 'Part D, institutional: SAS and Python packages differ'),
	('group', 'gSubstanceUseDisorder(?:_V\d+)?', 'gSubstanceUse', 'ESRD V24'),
	('group', 'gSubstanceAbuse', 'gSubstanceUse', 'V22'),
	('group', '(RENAL|gPsychiatric)_V\d+', '\1', 'ESRD V24'),
	('mapping column', 'CMS-HCC ESRD Model Category V(\d+)', 'ESRD_V\1', NULL),
	('mapping column', 'CMS-HCC Model Category V(\d+)', 'V\1', NULL),
	('mapping column', 'Rx ?HCC Model Category V(\d+)', 'RX_V\1', NULL)) r(kind, in_file, name, note);

DO $$
BEGIN
	PERFORM pg_catalog.pg_extension_config_dump('@extschema@.hcc_release'::regclass, 'WHERE custom');
	PERFORM pg_catalog.pg_extension_config_dump('@extschema@.hcc_load_rule'::regclass, 'WHERE custom');
END
$$;
GRANT SELECT ON @extschema@.hcc_release, @extschema@.hcc_load_rule TO PUBLIC;

CREATE TYPE @extschema@.hcc_load_report AS (line integer, outcome text, detail text, n bigint);
COMMENT ON TYPE @extschema@.hcc_load_report IS 'What loaders return: first the summary, without line numbers, then the unusable lines with theirs, where there is one.';
CREATE TYPE @extschema@.hcc_load_record AS (line integer, field text[], problem text);
COMMENT ON TYPE @extschema@.hcc_load_record IS 'Internal to loaders: a line of a file.';
CREATE TYPE @extschema@.hcc_load_item AS (line integer, key text[], value text, problem text);
COMMENT ON TYPE @extschema@.hcc_load_item IS 'Internal to loaders: what a line says, or why it cannot be used.';

----------------------------------------------------------------------
-- Reading
----------------------------------------------------------------------

-- One form of line end, no byte-order mark, no control characters (the CSV
-- reader uses some of its own), no no-break spaces.
CREATE FUNCTION @extschema@.hcc_load_text(content text) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
	IF content IS NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'null_value_not_allowed',
			MESSAGE = 'the content to load is NULL',
			HINT = 'Give the whole file as one text. string_agg over an empty staging table is NULL.';
	END IF;
	IF getdatabaseencoding() = 'UTF8' THEN
		content := replace(ltrim(content, chr(65279)), chr(160), ' ');
	END IF;
	content := replace(replace(content, E'\r\n', E'\n'), E'\r', E'\n');
	RETURN translate(content, E'\x01\x02\x03\x1a', '    ');
END
$$;
COMMENT ON FUNCTION @extschema@.hcc_load_text(text) IS 'Internal to loaders: a file''s text without byte-order mark, carriage returns and control characters.';

-- Pieces between quotes alternate: outside, inside, outside, ... Inside,
-- commas and line ends are set aside as \x01 and \x02 while the text is split
-- at those outside; an empty piece outside that is neither first nor last is
-- a doubled quote.
CREATE FUNCTION @extschema@.hcc_load_csv(content text) RETURNS @extschema@.hcc_load_record[]
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
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
			-- an odd number of quotes: the last one does not end
			|| CASE WHEN cardinality(piece) % 2 = 0 THEN E'\x03' ELSE '' END
		INTO plain FROM unnest(piece) WITH ORDINALITY u(p, i);
	END IF;
	SELECT array_agg(ROW(l.line, f.field, CASE
			WHEN position(E'\x03' IN l.r) > 0 THEN 'a quote in or after this line does not end'
			WHEN position(E'\x02' IN l.r) > 0 THEN 'a quoted field goes on over the end of the line' END)
			::@extschema@.hcc_load_record ORDER BY l.line)
	INTO result
	FROM (SELECT r, (i + COALESCE(sum(length(r) - length(replace(r, E'\x02', ''))) OVER (ORDER BY i
				ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0))::integer AS line
			FROM string_to_table(plain, E'\n') WITH ORDINALITY s(r, i)) l
		CROSS JOIN LATERAL (SELECT array_agg(btrim(translate(v, E'\x01\x02\x03', ',  '), E' \t') ORDER BY j)
			FROM string_to_table(l.r, ',') WITH ORDINALITY t(v, j)) f(field)
	WHERE l.r ~ '[^ ,\t\x01-\x03]';
	RETURN COALESCE(result, '{}');
END
$$;
COMMENT ON FUNCTION @extschema@.hcc_load_csv(text) IS 'Internal to loaders: the records of a CSV text that are not blank.';

CREATE FUNCTION @extschema@.hcc_load_quote(what text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN '"' || CASE WHEN length(what) > 60 THEN left(what, 57) || '...' ELSE COALESCE(what, '') END || '"';
COMMENT ON FUNCTION @extschema@.hcc_load_quote(text) IS 'Internal to loaders: text of a file for a message, not too long.';

-- The candidate that a name of the file means: itself or by a rule.
CREATE FUNCTION @extschema@.hcc_load_resolve(kind text, found text, candidates text[]) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
	SELECT c FROM (
		SELECT c, 0 AS step, c = found AS exact FROM unnest(candidates) c WHERE lower(c) = lower(found)
		UNION ALL
		SELECT c, 1, r.custom
		FROM @extschema@.hcc_load_rule r
			CROSS JOIN LATERAL (SELECT regexp_replace(found, '^(?:' || r.in_file || ')$', r.name, 'i')) n(name)
			JOIN unnest(candidates) c ON lower(c) = lower(n.name)
		WHERE r.kind = hcc_load_resolve.kind AND length(found) <= 200 AND found ~* ('^(?:' || r.in_file || ')$')) x
	ORDER BY step, exact DESC, c LIMIT 1
$$;
COMMENT ON FUNCTION @extschema@.hcc_load_resolve(text, text, text[]) IS 'Internal to loaders: which of the model''s names a name in a file means, by hcc_load_rule where they differ.';

-- The header: in a file of the packages the first line, in a spreadsheet the
-- first line that has the first wanted title. Returns the titles as we call
-- them, in lower case; NULL for columns without title.
CREATE FUNCTION @extschema@.hcc_load_header(records @extschema@.hcc_load_record[], required text[], optional text,
	preamble boolean DEFAULT false, OUT at integer, OUT title text[], OUT printed text[])
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	found_titles text;
	bad text;
BEGIN
	IF records = '{}' THEN
		RAISE EXCEPTION USING ERRCODE = 'bad_copy_file_format',
			MESSAGE = 'the file is empty',
			DETAIL = format('Expected a header with the columns %s.', array_to_string(required, ', '));
	END IF;
	FOR i IN 1 .. CASE WHEN preamble THEN least(cardinality(records), 50) ELSE 1 END LOOP
		SELECT array_agg(NULLIF(btrim(regexp_replace(f, '\s+', ' ', 'g')), '') ORDER BY n) INTO printed
		FROM unnest(records[i].field) WITH ORDINALITY u(f, n);
		SELECT array_agg(lower(COALESCE(r.name, f)) ORDER BY n) INTO title
		FROM unnest(printed) WITH ORDINALITY u(f, n)
			LEFT JOIN LATERAL (SELECT regexp_replace(f, '^(?:' || c.in_file || ')$', c.name, 'i') AS name
				FROM @extschema@.hcc_load_rule c
				WHERE c.kind = 'column' AND length(f) <= 200 AND f ~* ('^(?:' || c.in_file || ')$')
				ORDER BY c.custom DESC LIMIT 1) r ON true;
		at := i;
		EXIT WHEN lower(required[1]) = ANY (title);
	END LOOP;
	IF preamble AND NOT lower(required[1]) = ANY (title) THEN
		RAISE EXCEPTION USING ERRCODE = 'bad_copy_file_format',
			MESSAGE = 'the file has no header',
			DETAIL = format('None of its first lines has a column "%s". The first line is %s.', required[1],
				@extschema@.hcc_load_quote(array_to_string(records[1].field, ','))),
			HINT = 'If the column was renamed, add a row of kind "column" to hcc_load_rule.';
	END IF;
	found_titles := left(array_to_string(printed, ', '), 500);
	SELECT string_agg(r, ', ') INTO bad FROM unnest(required) r WHERE NOT COALESCE(lower(r) = ANY (title), false);
	IF bad IS NOT NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'bad_copy_file_format',
			MESSAGE = format('the file lacks a column: %s', bad),
			DETAIL = format('Expected: %s. Found: %s.', array_to_string(required, ', '), found_titles),
			HINT = 'If the column was renamed, add a row of kind "column" to hcc_load_rule.';
	END IF;
	SELECT string_agg(@extschema@.hcc_load_quote(p), ', ') INTO bad FROM unnest(title, printed) u(t, p)
	WHERE optional IS NOT NULL AND NOT t ~ ('^(?:' || optional || ')$') AND NOT t = ANY (lower(required::text)::text[]);
	IF bad IS NOT NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'bad_copy_file_format',
			MESSAGE = format('the file has an unknown column: %s', left(bad, 500)),
			DETAIL = format('Expected: %s. Found: %s.', array_to_string(required, ', '), found_titles),
			HINT = 'If the column was renamed, add a row of kind "column" to hcc_load_rule; a new kind of column needs a new loader.';
	END IF;
	SELECT string_agg(DISTINCT t, ', ') INTO bad FROM (SELECT t FROM unnest(title) t WHERE t IS NOT NULL GROUP BY t HAVING count(*) > 1) d;
	IF bad IS NOT NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'bad_copy_file_format',
			MESSAGE = format('the file has a column twice: %s', left(bad, 500)),
			DETAIL = format('Found: %s.', found_titles);
	END IF;
END
$$;
COMMENT ON FUNCTION @extschema@.hcc_load_header(@extschema@.hcc_load_record[], text[], text, boolean) IS
	'Internal to loaders: where the header is and what the columns are; an unknown or missing column is an error.';

-- The records after the header, with a problem where fields are too few or too many.
CREATE FUNCTION @extschema@.hcc_load_body(records @extschema@.hcc_load_record[], at integer, title text[])
	RETURNS SETOF @extschema@.hcc_load_record
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
	SELECT r.line, r.field, COALESCE(r.problem, CASE
		WHEN cardinality(r.field) < last.n THEN format('has %s fields, the header has %s', cardinality(r.field), last.n)
		WHEN EXISTS (SELECT FROM unnest(r.field) WITH ORDINALITY u(f, n) WHERE f <> '' AND (u.n > cardinality(hcc_load_body.title) OR hcc_load_body.title[u.n] IS NULL))
			THEN format('has more fields than the header, which has %s', last.n) END)
	FROM (SELECT max(u.n)::integer AS n FROM unnest(title) WITH ORDINALITY u(t, n) WHERE t IS NOT NULL) last,
		unnest(records[at + 1 :]) r
$$;
COMMENT ON FUNCTION @extschema@.hcc_load_body(@extschema@.hcc_load_record[], integer, text[]) IS 'Internal to loaders: the lines after the header.';

-- "19", "19.0", "HCC19", "RXHCC19" and "CC19" are HCC 19.
CREATE FUNCTION @extschema@.hcc_load_hcc(what text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN COALESCE((regexp_match(what, '^(?:(?:RX)?H?CC\s*)?0*(\d{1,5})(?:\.0*)?$', 'i'))[1],
	CASE WHEN what ~ '^[A-Za-z0-9_.-]{1,40}$' THEN what END);
COMMENT ON FUNCTION @extschema@.hcc_load_hcc(text) IS 'Internal to loaders: an HCC as a file writes it, as hcc_category has it; NULL if it cannot be one.';

-- The ages of a condition of the mapping files; NULL if it cannot be read.
CREATE FUNCTION @extschema@.hcc_load_age(condition text) RETURNS int4range
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	c text := lower(regexp_replace(condition, '\s', '', 'g'));
	m text[] := regexp_match(c, '^(?:(\d{1,3})<=)?age(<|<=|>=|>|=|==)(\d{1,3})$');
	n integer := m[3];
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
COMMENT ON FUNCTION @extschema@.hcc_load_age(text) IS 'Internal to loaders: the ages that a condition like "age >= 15" or "0 <= age <= 17" admits.';

----------------------------------------------------------------------
-- Comparing, deciding, writing, reporting
----------------------------------------------------------------------

-- The payment year before this one that the model has, or NULL.
CREATE FUNCTION @extschema@.hcc_load_previous_year(model text, payment_year integer) RETURNS integer
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
	SELECT max(least(m.last_payment_year, payment_year - 1)) FROM @extschema@.hcc_model m
	WHERE m.model_version = model AND m.first_payment_year < payment_year
$$;
COMMENT ON FUNCTION @extschema@.hcc_load_previous_year(text, integer) IS 'Internal to loaders: the payment year with which a file is compared.';

-- What every loader does first: check the arguments, let one load at a time.
CREATE FUNCTION @extschema@.hcc_load_begin(model text, payment_year integer) RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
	IF model IS NULL OR btrim(model) = '' OR payment_year IS NULL OR payment_year NOT BETWEEN 2000 AND 2999 THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
			MESSAGE = format('cannot load into model %s, year %s', COALESCE('"' || model || '"', 'NULL'), COALESCE(payment_year::text, 'NULL')),
			DETAIL = 'A loader needs the model''s name and a year from 2000 to 2999.';
	END IF;
	LOCK TABLE @extschema@.hcc_release IN SHARE ROW EXCLUSIVE MODE;
END
$$;
COMMENT ON FUNCTION @extschema@.hcc_load_begin(text, integer) IS 'Internal to loaders: checks their arguments and lets one load at a time.';
REVOKE EXECUTE ON FUNCTION @extschema@.hcc_load_begin(text, integer) FROM PUBLIC;

CREATE FUNCTION @extschema@.hcc_load_may_write(problems @extschema@.hcc_load_item[], used bigint, dry_run boolean, skip_unusable boolean) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN NOT dry_run AND used > 0 AND (skip_unusable OR cardinality(problems) = 0);
COMMENT ON FUNCTION @extschema@.hcc_load_may_write(@extschema@.hcc_load_item[], bigint, boolean, boolean) IS 'Internal to loaders: all or nothing, unless asked otherwise.';

-- The row of hcc_model for the payment year, made if there is none: like the
-- model's year before, and as a longer range of that row if nothing differs.
CREATE FUNCTION @extschema@.hcc_load_model_year(model text, payment_year integer, hierarchy_order text, hcc_prefix text, source text) RETURNS integer
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	m @extschema@.hcc_model;
BEGIN
	SELECT * INTO m FROM @extschema@.hcc_model x
	WHERE x.model_version = model AND payment_year BETWEEN x.first_payment_year AND x.last_payment_year;
	IF FOUND THEN
		IF m.hierarchy_order <> hcc_load_model_year.hierarchy_order OR m.hcc_prefix <> hcc_load_model_year.hcc_prefix THEN
			RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
				MESSAGE = format('model "%s" of payment year %s is not as the file or the caller says', model, payment_year),
				DETAIL = format('hcc_model has hierarchy_order "%s" and hcc_prefix "%s"; wanted are "%s" and "%s".', m.hierarchy_order, m.hcc_prefix,
					COALESCE(hcc_load_model_year.hierarchy_order, m.hierarchy_order), COALESCE(hcc_load_model_year.hcc_prefix, m.hcc_prefix)),
				HINT = 'Correct the row of hcc_model, or load under another name.';
		END IF;
		RETURN 0;
	END IF;
	-- The year before, or else the next known one
	SELECT * INTO m FROM @extschema@.hcc_model x WHERE x.model_version = model
	ORDER BY x.first_payment_year > payment_year, abs(x.first_payment_year - payment_year) LIMIT 1;
	IF m.last_payment_year = payment_year - 1 AND m.custom
		AND m.hierarchy_order = COALESCE(hcc_load_model_year.hierarchy_order, m.hierarchy_order)
		AND m.source IS NOT DISTINCT FROM hcc_load_model_year.source THEN
		UPDATE @extschema@.hcc_model x SET last_payment_year = payment_year
		WHERE x.model_version = model AND x.first_payment_year = m.first_payment_year;
	ELSE
		INSERT INTO @extschema@.hcc_model (model_version, first_payment_year, last_payment_year, label, hcc_prefix,
			reference_segment, hierarchy_order, source)
		VALUES (model, payment_year, payment_year, m.label, COALESCE(hcc_load_model_year.hcc_prefix, m.hcc_prefix, 'HCC'),
			m.reference_segment, COALESCE(hcc_load_model_year.hierarchy_order, m.hierarchy_order, 'simultaneous'),
			hcc_load_model_year.source);
	END IF;
	RETURN 1;
END
$$;
COMMENT ON FUNCTION @extschema@.hcc_load_model_year(text, integer, text, text, text) IS 'Internal to loaders: makes the row of hcc_model for a payment year.';
REVOKE EXECUTE ON FUNCTION @extschema@.hcc_load_model_year(text, integer, text, text, text) FROM PUBLIC;

-- Coefficients and descriptions that hcc_crosswalk and hcc_interaction display
-- beside custom rows. A model without segments scores with them: left alone.
CREATE FUNCTION @extschema@.hcc_load_display(model text, payment_year integer) RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
SET jit = off
AS $$
#variable_conflict use_column
BEGIN
	IF NOT EXISTS (SELECT FROM @extschema@.hcc_segment s WHERE s.model_version = model) THEN
		RETURN;
	END IF;
	WITH reference AS MATERIALIZED (
		SELECT DISTINCT ON (k.variable) k.variable, k.coefficient, m.hcc_prefix
		FROM @extschema@.hcc_model m
			JOIN @extschema@.hcc_calibration c ON c.model_version = m.model_version AND c.is_default
				AND payment_year BETWEEN c.first_payment_year AND c.last_payment_year
			JOIN @extschema@.hcc_coefficient k ON k.model_version = m.model_version
				AND k.calibration = c.calibration AND k.segment = m.reference_segment
		WHERE m.model_version = model AND payment_year BETWEEN m.first_payment_year AND m.last_payment_year
		ORDER BY k.variable, k.custom DESC
	), interaction AS (
		UPDATE @extschema@.hcc_interaction i SET coefficient = r.coefficient FROM reference r
		WHERE i.model_version = model AND i.custom AND r.variable = i.interaction_name
			AND i.coefficient IS DISTINCT FROM r.coefficient
	)
	UPDATE @extschema@.hcc_crosswalk x SET hcc_description = g.label, coefficient = r.coefficient
	FROM @extschema@.hcc_category g LEFT JOIN reference r ON r.variable = r.hcc_prefix || g.hcc_code
	WHERE g.model_version = model AND x.model_version = model AND x.custom AND x.hcc_code = g.hcc_code
		AND COALESCE(x.effective_year <= payment_year, true) AND COALESCE(x.expiry_year >= payment_year, true)
		AND (x.hcc_description, x.coefficient) IS DISTINCT FROM (g.label, r.coefficient);
END
$$;
COMMENT ON FUNCTION @extschema@.hcc_load_display(text, integer) IS 'Internal to loaders: what hcc_crosswalk and hcc_interaction display beside custom rows.';
REVOKE EXECUTE ON FUNCTION @extschema@.hcc_load_display(text, integer) FROM PUBLIC;

-- The report, and the row of hcc_release if the file was loaded.
CREATE FUNCTION @extschema@.hcc_load_finish(kind text, content text, model text, payment_year integer, source text, release_date date,
	dry_run boolean, read bigint, wanted @extschema@.hcc_load_item[], compared text, previous @extschema@.hcc_load_item[],
	problems @extschema@.hcc_load_item[], loaded boolean, written bigint, notes @extschema@.hcc_load_report[] DEFAULT '{}')
	RETURNS SETOF @extschema@.hcc_load_report
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
SET jit = off
AS $$
#variable_conflict use_column
BEGIN
	IF loaded THEN
		INSERT INTO @extschema@.hcc_release (model_version, payment_year, kind, source, release_date, checksum, rows)
		VALUES (model, payment_year, kind, source, release_date, encode(sha256(convert_to(content, 'UTF8')), 'hex'),
			read - (SELECT count(DISTINCT p.line) FROM unnest(problems) p))
		ON CONFLICT DO NOTHING;
	END IF;
	RETURN QUERY SELECT NULL::integer, 'read', 'lines with content, without headings', read;
	RETURN QUERY SELECT NULL::integer, 'unusable', NULL::text, cardinality(problems)::bigint;
	RETURN QUERY
		WITH compare AS (
			SELECT COALESCE(w.key, p.key) AS key, CASE
				WHEN p.key IS NULL THEN 'new' WHEN w.key IS NULL THEN 'gone'
				WHEN w.value IS DISTINCT FROM p.value THEN 'changed' ELSE 'unchanged' END AS outcome
			FROM unnest(wanted) w FULL JOIN unnest(previous) p ON p.key = w.key
		), example AS (
			SELECT outcome, array_to_string(key, ' ') AS what, count(*) OVER (PARTITION BY outcome) AS n,
				row_number() OVER (PARTITION BY outcome ORDER BY key) AS i
			FROM compare
		)
		SELECT NULL::integer, o.outcome,
			CASE WHEN o.outcome = 'unchanged' OR e.n IS NULL THEN 'against ' || compared
				ELSE 'against ' || compared || ': ' || e.what || CASE WHEN e.n > 5 THEN ', ...' ELSE '' END END,
			COALESCE(e.n, 0)
		FROM unnest(ARRAY['new', 'changed', 'unchanged', 'gone']) WITH ORDINALITY o(outcome, position)
			LEFT JOIN (SELECT outcome, max(n) AS n, string_agg(what, ', ' ORDER BY i) FILTER (WHERE i <= 5) AS what
				FROM example GROUP BY outcome) e USING (outcome)
		ORDER BY o.position;
	RETURN QUERY SELECT * FROM unnest(notes);
	IF loaded THEN
		RETURN QUERY SELECT NULL::integer, 'loaded', 'rows added, changed or removed', written;
	ELSIF dry_run THEN
		RETURN QUERY SELECT NULL::integer, 'nothing loaded', 'dry run', 0::bigint;
	ELSE
		RETURN QUERY SELECT NULL::integer, 'nothing loaded', CASE WHEN cardinality(problems) = 0 THEN 'the file has nothing to load'
			ELSE 'because of the unusable lines; skip_unusable => true loads the others' END, 0::bigint;
	END IF;
	RETURN QUERY SELECT p.line, 'unusable', p.problem, NULL::bigint FROM unnest(problems) p ORDER BY p.line NULLS LAST, p.problem;
END
$$;
COMMENT ON FUNCTION @extschema@.hcc_load_finish(text, text, text, integer, text, date, boolean, bigint, @extschema@.hcc_load_item[], text, @extschema@.hcc_load_item[], @extschema@.hcc_load_item[],
	boolean, bigint, @extschema@.hcc_load_report[]) IS 'Internal to loaders: the report, and the row of hcc_release.';
REVOKE EXECUTE ON FUNCTION @extschema@.hcc_load_finish(text, text, text, integer, text, date, boolean, bigint, @extschema@.hcc_load_item[], text, @extschema@.hcc_load_item[], @extschema@.hcc_load_item[],
	boolean, bigint, @extschema@.hcc_load_report[]) FROM PUBLIC;

----------------------------------------------------------------------
-- Codes
----------------------------------------------------------------------

-- What all shapes of mappings come to. A line is a code, its HCC, and the
-- conditions on age and sex, of which the older shapes have none.
CREATE FUNCTION @extschema@.hcc_load_crosswalk(kind text, content text, model text, payment_year integer, source text, release_date date,
	dry_run boolean, skip_unusable boolean, hierarchy_order text, records @extschema@.hcc_load_record[], with_edits boolean, noted text)
	RETURNS SETOF @extschema@.hcc_load_report
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
SET jit = off
AS $$
#variable_conflict use_column
DECLARE
	-- field: code, HCC, MCE condition, age condition, sex
	lines @extschema@.hcc_load_record[];
	problems @extschema@.hcc_load_item[];
	wanted @extschema@.hcc_load_item[];	-- one per code; value: its HCCs
	edits @extschema@.hcc_load_item[];	-- key: code, kind, sex, age_min, age_max, action, HCC
	previous @extschema@.hcc_load_item[];
	previous_year integer := @extschema@.hcc_load_previous_year(model, payment_year);
	notes @extschema@.hcc_load_report[] := '{}';
	outside text;
	valid bigint;
	withdrawn bigint[];
	loaded boolean;
	n bigint;
	written bigint := 0;
BEGIN
	IF NOT EXISTS (SELECT FROM @extschema@.hcc_category g WHERE g.model_version = model) THEN
		RAISE EXCEPTION USING ERRCODE = 'undefined_object',
			MESSAGE = format('model "%s" has no HCCs yet', model),
			DETAIL = 'Which HCCs are payment HCCs decides which lines of the mappings count.',
			HINT = 'Load its hierarchies first: they name all its HCCs.';
	END IF;

	-- Each condition is read once: there are few.
	WITH condition AS MATERIALIZED (
		SELECT c AS said, @extschema@.hcc_load_age(c) AS ages
		FROM (SELECT r.field[3] AS c FROM unnest(records) r UNION SELECT r.field[4] FROM unnest(records) r) d
	)
	SELECT array_agg(ROW(r.line,
		ARRAY[replace(upper(r.field[1]), '.', ''), h.hcc, mce.ages::text, age.ages::text,
			CASE WHEN r.field[5] ~* '^(1(\.0*)?|M)$' THEN 'M' WHEN r.field[5] ~* '^(2(\.0*)?|F)$' THEN 'F' END],
		COALESCE(r.problem, CASE
			WHEN r.field[1] !~* '^[A-Z][0-9][0-9A-Z](\.?[0-9A-Z]{1,4})?$' THEN format('%s is no diagnosis code', @extschema@.hcc_load_quote(r.field[1]))
			WHEN h.hcc IS NULL THEN format('code %s: %s is no HCC', r.field[1], @extschema@.hcc_load_quote(r.field[2]))
			WHEN g.hcc_code IS NULL AND r.field[4] = '' AND r.field[5] = ''
				THEN format('code %s: HCC %s is not in hcc_category', r.field[1], h.hcc)
			WHEN mce.ages IS NULL THEN format('code %s: %s is no condition on age', r.field[1], @extschema@.hcc_load_quote(r.field[3]))
			WHEN age.ages IS NULL THEN format('code %s: %s is no condition on age', r.field[1], @extschema@.hcc_load_quote(r.field[4]))
			WHEN r.field[5] !~* '^([12](\.0*)?|[MF])?$' THEN format('code %s: %s is no sex; 1 is male, 2 is female', r.field[1], @extschema@.hcc_load_quote(r.field[5]))
			END))::@extschema@.hcc_load_record ORDER BY r.line)
	INTO lines
	FROM unnest(records) r
		CROSS JOIN LATERAL (SELECT @extschema@.hcc_load_hcc(r.field[2]) OFFSET 0) h(hcc)
		LEFT JOIN condition mce ON mce.said = r.field[3]
		LEFT JOIN condition age ON age.said = r.field[4]
		LEFT JOIN @extschema@.hcc_category g ON g.model_version = model AND g.hcc_code = h.hcc;
	lines := COALESCE(lines, '{}');

	-- Lines of one code have one meaning together: with one unusable, all are.
	SELECT array_agg(ROW(p.line, NULL, NULL, p.problem)::@extschema@.hcc_load_item) INTO problems
	FROM (SELECT l.line, l.problem FROM unnest(lines) l WHERE l.problem IS NOT NULL
		UNION ALL
		SELECT l.line, format('code %s: another line of the code is unusable', l.field[1]) FROM unnest(lines) l
		WHERE l.problem IS NULL AND l.field[1] IN (SELECT b.field[1] FROM unnest(lines) b WHERE b.problem IS NOT NULL)
		UNION ALL
		SELECT min(l.line), format('code %s: its lines have different conditions of the code editor', l.field[1]) FROM unnest(lines) l
		WHERE l.problem IS NULL GROUP BY l.field[1] HAVING count(DISTINCT l.field[3]) > 1) p;
	SELECT COALESCE(array_agg(l), '{}') INTO lines FROM unnest(lines) l
	WHERE l.problem IS NULL AND l.field[1] NOT IN (
		SELECT b.field[1] FROM unnest(lines) b WHERE b.problem IS NOT NULL AND b.field[1] IS NOT NULL
		UNION ALL SELECT b.field[1] FROM unnest(lines) b WHERE b.problem IS NULL
			GROUP BY b.field[1] HAVING count(DISTINCT b.field[3]) > 1);

	-- Under conditions, files also name categories that are not paid for.
	SELECT string_agg(DISTINCT l.field[2], ', '), count(*) INTO outside, n FROM unnest(lines) l
	WHERE NOT EXISTS (SELECT FROM @extschema@.hcc_category g WHERE g.model_version = model AND g.hcc_code = l.field[2]);
	IF n > 0 THEN
		notes := notes || ROW(NULL, 'not paid for', 'lines under conditions whose HCC is not in hcc_category: ' || outside, n)::@extschema@.hcc_load_report;
	END IF;

	-- Which HCCs a code gives by age and sex. The base is what it gives to most
	-- ages; a cell that differs is an edit.
	WITH line AS MATERIALIZED (
		SELECT l.field[1] AS code, g.hcc_code AS hcc, l.field[4]::int4range AS ages, l.field[5] AS sex, l.line,
			l.field[3]::int4range AS mce
		FROM unnest(lines) l LEFT JOIN @extschema@.hcc_category g ON g.model_version = model AND g.hcc_code = l.field[2]
	), start AS MATERIALIZED (
		SELECT code, low FROM line, LATERAL (VALUES (0), (lower(ages)), (upper(ages))) v(low) WHERE low IS NOT NULL GROUP BY code, low
	), cell AS MATERIALIZED (
		SELECT s.code, s.sex, s.low, s.high, array_agg(DISTINCT l.hcc ORDER BY l.hcc) FILTER (WHERE l.hcc IS NOT NULL) AS hccs
		FROM (SELECT code, x.sex, low, lead(low) OVER (PARTITION BY code, x.sex ORDER BY low) AS high
				FROM start CROSS JOIN (VALUES ('F'), ('M')) x(sex)
				WHERE code IN (SELECT code FROM line WHERE sex IS NOT NULL OR ages <> '[0,)')) s
			LEFT JOIN line l ON l.code = s.code AND l.ages @> s.low AND COALESCE(l.sex = s.sex, true)
		GROUP BY s.code, s.sex, s.low, s.high
	), base AS MATERIALIZED (
		SELECT DISTINCT ON (code) code, hccs FROM cell WHERE hccs IS NOT NULL
		GROUP BY code, hccs ORDER BY code, sum(COALESCE(high, 121) - low) DESC, hccs
	), every AS MATERIALIZED (
		SELECT code, hccs FROM base
		UNION ALL
		SELECT code, array_agg(DISTINCT hcc ORDER BY hcc) FROM line WHERE code NOT IN (SELECT code FROM cell) GROUP BY code
	), run AS (
		SELECT c.*, low IS DISTINCT FROM lag(high) OVER w OR hccs IS DISTINCT FROM lag(hccs) OVER w AS begins
		FROM cell c WINDOW w AS (PARTITION BY code, sex ORDER BY low)
	), numbered AS (
		SELECT *, count(*) FILTER (WHERE begins) OVER (PARTITION BY code, sex ORDER BY low) AS run FROM run
	), stretch AS (
		SELECT code, sex, hccs, min(low) AS low, CASE WHEN count(high) = count(*) THEN max(high) END AS high
		FROM numbered GROUP BY code, sex, run, hccs
	), exception AS (
		SELECT code, CASE count(*) WHEN 1 THEN min(sex) END AS sex, low, high, s.hccs
		FROM stretch s JOIN base b USING (code) WHERE s.hccs IS DISTINCT FROM b.hccs
		GROUP BY code, low, high, s.hccs
	), edit AS (
		SELECT ARRAY[code, 'mandatory', sex, CASE WHEN low > 0 OR high IS NOT NULL THEN low END::text, (high - 1)::text,
			CASE WHEN hccs IS NULL THEN 'invalid' ELSE 'reassign' END, h] AS key
		FROM exception LEFT JOIN LATERAL unnest(hccs) h ON true
		UNION ALL
		SELECT ARRAY[code, 'mce', NULL, v.age_min, v.age_max, 'invalid', NULL]
		FROM (SELECT DISTINCT code, mce FROM line) m JOIN every USING (code)
			CROSS JOIN LATERAL (SELECT '0', (lower(mce) - 1)::text WHERE lower(mce) > 0
				UNION ALL SELECT upper(mce)::text, NULL WHERE NOT upper_inf(mce)) v(age_min, age_max)
	)
	SELECT (SELECT array_agg(ROW(NULL, ARRAY[code], hccs::text, NULL)::@extschema@.hcc_load_item ORDER BY code) FROM every),
		(SELECT array_agg(ROW(NULL, key, NULL, NULL)::@extschema@.hcc_load_item ORDER BY key) FROM edit)
	INTO wanted, edits;
	wanted := COALESCE(wanted, '{}');
	edits := COALESCE(edits, '{}');

	-- A file that was cut off lacks the HCCs of its last codes.
	problems := COALESCE(problems, '{}') || ARRAY(
		SELECT ROW(NULL, NULL, NULL, format('no line gives HCC %s: is the file complete?', g.hcc_code))::@extschema@.hcc_load_item
		FROM @extschema@.hcc_category g
		WHERE g.model_version = model AND g.is_payment AND cardinality(wanted) > 0
			AND g.hcc_code NOT IN (SELECT h FROM unnest(wanted) w CROSS JOIN LATERAL unnest(w.value::text[]) h));

	-- Shipped rows come back with CREATE EXTENSION: what they say for this year stays.
	problems := problems || ARRAY(
		SELECT ROW(NULL, NULL, NULL, format('code %s: a shipped row gives HCC %s in payment year %s, the file does not; load under another model name',
			x.icd10_code, x.hcc_code, payment_year))::@extschema@.hcc_load_item
		FROM @extschema@.hcc_crosswalk x
		WHERE x.model_version = model AND NOT x.custom AND cardinality(wanted) > 0
			AND COALESCE(x.effective_year <= payment_year, true) AND COALESCE(x.expiry_year >= payment_year, true)
			AND (x.icd10_code, x.hcc_code) NOT IN (SELECT w.key[1], h FROM unnest(wanted) w CROSS JOIN LATERAL unnest(w.value::text[]) h));
	IF with_edits THEN
		problems := problems || ARRAY(
			SELECT ROW(NULL, NULL, NULL, format('code %s: a shipped edit for ages %s to %s holds in payment year %s, the file has none like it; load under another model name',
				x.icd10_code, COALESCE(x.age_min, 0), COALESCE(x.age_max::text, 'any'), payment_year))::@extschema@.hcc_load_item
			FROM @extschema@.hcc_dx_edit x
			WHERE x.model_version = model AND NOT x.custom
				AND x.icd10_code IN (SELECT w.key[1] FROM unnest(wanted) w)
				AND COALESCE(x.effective_year <= payment_year, true) AND COALESCE(x.expiry_year >= payment_year, true)
				AND NOT ARRAY[x.icd10_code, x.edit_kind, x.sex, x.age_min::text, x.age_max::text, x.action, x.hcc_code]
					IN (SELECT e.key FROM unnest(edits) e));
	END IF;

	SELECT COALESCE(array_agg(ROW(NULL, ARRAY[p.icd10_code], p.hccs, NULL)::@extschema@.hcc_load_item), '{}') INTO previous
	FROM (SELECT x.icd10_code, array_agg(DISTINCT x.hcc_code ORDER BY x.hcc_code)::text AS hccs
		FROM @extschema@.hcc_crosswalk x
		WHERE x.model_version = model AND previous_year IS NOT NULL
			AND COALESCE(x.effective_year <= previous_year, true) AND COALESCE(x.expiry_year >= previous_year, true)
		GROUP BY x.icd10_code) p;

	loaded := @extschema@.hcc_load_may_write(problems, cardinality(wanted), dry_run, skip_unusable);
	IF loaded THEN
		written := @extschema@.hcc_load_model_year(model, payment_year, hierarchy_order, NULL, source);

		-- What custom rows say for this year and the file does not: the row ends
		-- before, begins after, both, or goes.
		withdrawn := ARRAY(
			SELECT x.id FROM @extschema@.hcc_crosswalk x
			WHERE x.model_version = model AND x.custom
				AND COALESCE(x.effective_year <= payment_year, true) AND COALESCE(x.expiry_year >= payment_year, true)
				AND (x.icd10_code, x.hcc_code) NOT IN (SELECT w.key[1], h FROM unnest(wanted) w CROSS JOIN LATERAL unnest(w.value::text[]) h));
		INSERT INTO @extschema@.hcc_crosswalk (model_version, icd10_code, hcc_code, hcc_description, coefficient, effective_year, expiry_year)
		SELECT x.model_version, x.icd10_code, x.hcc_code, x.hcc_description, x.coefficient, payment_year + 1, x.expiry_year
		FROM @extschema@.hcc_crosswalk x
		WHERE x.id IN (SELECT unnest(withdrawn)) AND COALESCE(x.effective_year < payment_year, true) AND COALESCE(x.expiry_year > payment_year, true);
		DELETE FROM @extschema@.hcc_crosswalk x
		WHERE x.id IN (SELECT unnest(withdrawn)) AND x.effective_year = payment_year AND x.expiry_year = payment_year;
		UPDATE @extschema@.hcc_crosswalk x SET
			effective_year = CASE WHEN COALESCE(x.effective_year < payment_year, true) THEN x.effective_year ELSE payment_year + 1 END,
			expiry_year = CASE WHEN COALESCE(x.effective_year < payment_year, true) THEN payment_year - 1 ELSE x.expiry_year END
		WHERE x.id IN (SELECT unnest(withdrawn));
		written := written + cardinality(withdrawn);

		-- A custom row of the year before goes on; the rest is new.
		UPDATE @extschema@.hcc_crosswalk x SET expiry_year = payment_year
		FROM unnest(wanted) w CROSS JOIN LATERAL unnest(w.value::text[]) h
		WHERE x.model_version = model AND x.custom AND x.expiry_year = payment_year - 1 AND x.icd10_code = w.key[1] AND x.hcc_code = h
			AND NOT EXISTS (SELECT FROM @extschema@.hcc_crosswalk y WHERE y.model_version = model AND y.icd10_code = x.icd10_code AND y.hcc_code = x.hcc_code
				AND COALESCE(y.effective_year <= payment_year, true) AND COALESCE(y.expiry_year >= payment_year, true));
		GET DIAGNOSTICS n = ROW_COUNT;
		written := written + n;
		INSERT INTO @extschema@.hcc_crosswalk (model_version, icd10_code, hcc_code, effective_year, expiry_year)
		SELECT model, w.key[1], h, payment_year, payment_year
		FROM unnest(wanted) w CROSS JOIN LATERAL unnest(w.value::text[]) h
		WHERE NOT EXISTS (SELECT FROM @extschema@.hcc_crosswalk y WHERE y.model_version = model AND y.icd10_code = w.key[1] AND y.hcc_code = h
				AND COALESCE(y.effective_year <= payment_year, true) AND COALESCE(y.expiry_year >= payment_year, true));
		GET DIAGNOSTICS n = ROW_COUNT;
		written := written + n;

		IF with_edits THEN
			written := written + @extschema@.hcc_load_edits(model, payment_year, source, edits);
		END IF;
		PERFORM @extschema@.hcc_load_display(model, payment_year);
	END IF;

	IF with_edits THEN
		SELECT count(*) INTO valid FROM @extschema@.hcc_dx_edit x WHERE x.model_version = model AND previous_year IS NOT NULL
			AND COALESCE(x.effective_year <= previous_year, true) AND COALESCE(x.expiry_year >= previous_year, true);
		notes := notes || ROW(NULL, 'edits', 'conditions on age and sex, as rows of hcc_dx_edit' || CASE WHEN previous_year IS NULL THEN '' ELSE format('; payment year %s has %s', previous_year, valid) END,
			cardinality(edits))::@extschema@.hcc_load_report;
	ELSE
		SELECT count(*) INTO valid FROM @extschema@.hcc_dx_edit x WHERE x.model_version = model
			AND COALESCE(x.effective_year <= payment_year, true) AND COALESCE(x.expiry_year >= payment_year, true);
		notes := notes || ROW(NULL, 'edits', format('files of this shape have none; that many rows of hcc_dx_edit hold in payment year %s', payment_year), valid)::@extschema@.hcc_load_report;
	END IF;
	IF noted IS NOT NULL THEN
		notes := notes || ROW(NULL, 'note', noted, NULL)::@extschema@.hcc_load_report;
	END IF;
	RETURN QUERY SELECT * FROM @extschema@.hcc_load_finish(kind, content, model, payment_year, source, release_date, dry_run,
		cardinality(records), wanted, COALESCE('payment year ' || previous_year, 'no earlier year'), previous, problems, loaded, written, notes);
END
$$;
COMMENT ON FUNCTION @extschema@.hcc_load_crosswalk(text, text, text, integer, text, date, boolean, boolean, text, @extschema@.hcc_load_record[], boolean, text) IS
	'Internal to loaders: from lines of code, HCC and conditions to hcc_crosswalk and hcc_dx_edit.';
REVOKE EXECUTE ON FUNCTION @extschema@.hcc_load_crosswalk(text, text, text, integer, text, date, boolean, boolean, text, @extschema@.hcc_load_record[], boolean, text) FROM PUBLIC;

-- Edits of the year as the file has them, by the same rule as the crosswalk's rows.
CREATE FUNCTION @extschema@.hcc_load_edits(model text, payment_year integer, source text, edits @extschema@.hcc_load_item[]) RETURNS bigint
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
SET jit = off
AS $$
#variable_conflict use_column
DECLARE
	written bigint := 0;
	n bigint;
	x @extschema@.hcc_dx_edit;
BEGIN
	FOR x IN
		SELECT e.* FROM @extschema@.hcc_dx_edit e WHERE e.model_version = model AND e.custom
			AND COALESCE(e.effective_year <= payment_year, true) AND COALESCE(e.expiry_year >= payment_year, true)
			AND NOT ARRAY[e.icd10_code, e.edit_kind, e.sex, e.age_min::text, e.age_max::text, e.action, e.hcc_code] IN (SELECT i.key FROM unnest(edits) i)
	LOOP
		IF COALESCE(x.effective_year < payment_year, true) THEN
			UPDATE @extschema@.hcc_dx_edit e SET expiry_year = payment_year - 1 WHERE e.id = x.id;
			IF COALESCE(x.expiry_year > payment_year, true) THEN
				INSERT INTO @extschema@.hcc_dx_edit (model_version, icd10_code, edit_kind, sex, age_min, age_max, action, hcc_code,
					effective_year, expiry_year, source)
				VALUES (model, x.icd10_code, x.edit_kind, x.sex, x.age_min, x.age_max, x.action, x.hcc_code, payment_year + 1, x.expiry_year, x.source);
			END IF;
		ELSIF COALESCE(x.expiry_year > payment_year, true) THEN
			UPDATE @extschema@.hcc_dx_edit e SET effective_year = payment_year + 1 WHERE e.id = x.id;
		ELSE
			DELETE FROM @extschema@.hcc_dx_edit e WHERE e.id = x.id;
		END IF;
		written := written + 1;
	END LOOP;

	WITH present AS MATERIALIZED (
		SELECT e.id, e.custom AND e.expiry_year = payment_year - 1 AS adjoins,
			ARRAY[e.icd10_code, e.edit_kind, e.sex, e.age_min::text, e.age_max::text, e.action, e.hcc_code] AS key
		FROM @extschema@.hcc_dx_edit e
		WHERE e.model_version = model AND COALESCE(e.effective_year <= payment_year, true)
			AND (COALESCE(e.expiry_year >= payment_year, true) OR e.custom AND e.expiry_year = payment_year - 1)
	), extended AS (
		UPDATE @extschema@.hcc_dx_edit e SET expiry_year = payment_year
		FROM present p WHERE e.id = p.id AND p.adjoins AND p.key IN (SELECT i.key FROM unnest(edits) i)
			AND p.key NOT IN (SELECT q.key FROM present q WHERE NOT COALESCE(q.adjoins, false))
		RETURNING e.id
	), added AS (
		INSERT INTO @extschema@.hcc_dx_edit (model_version, icd10_code, edit_kind, sex, age_min, age_max, action, hcc_code,
			effective_year, expiry_year, source)
		SELECT model, i.key[1], i.key[2], i.key[3], i.key[4]::integer, i.key[5]::integer, i.key[6], i.key[7], payment_year, payment_year, source
		FROM unnest(edits) i WHERE i.key NOT IN (SELECT q.key FROM present q)
		RETURNING id
	)
	SELECT (SELECT count(*) FROM extended) + (SELECT count(*) FROM added) INTO n;
	RETURN written + n;
END
$$;
COMMENT ON FUNCTION @extschema@.hcc_load_edits(text, integer, text, @extschema@.hcc_load_item[]) IS 'Internal to loaders: writes the edits of a payment year.';
REVOKE EXECUTE ON FUNCTION @extschema@.hcc_load_edits(text, integer, text, @extschema@.hcc_load_item[]) FROM PUBLIC;

CREATE FUNCTION @extschema@.hccraf_load_mappings(content text, model text, payment_year integer, source text DEFAULT NULL, release_date date DEFAULT NULL,
	dry_run boolean DEFAULT false, skip_unusable boolean DEFAULT false, hierarchy_order text DEFAULT NULL)
	RETURNS SETOF @extschema@.hcc_load_report
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
SET jit = off
AS $$
#variable_conflict use_column
DECLARE
	records @extschema@.hcc_load_record[] := @extschema@.hcc_load_csv(content);
	h record;
	c integer[];
BEGIN
	PERFORM @extschema@.hcc_load_begin(model, payment_year);
	h := @extschema@.hcc_load_header(records, '{ICD10,CC,MCE_AGE_CONDITION}'::text[], 'age_edit_condition|sex_edit_condition');
	SELECT array_agg(array_position(h.title, t) ORDER BY n) INTO c
	FROM unnest('{icd10,cc,mce_age_condition,age_edit_condition,sex_edit_condition}'::text[]) WITH ORDINALITY u(t, n);
	-- Part D has no such columns. Elsewhere their absence would lose edits.
	IF (c[4] IS NULL) <> (c[5] IS NULL) OR c[4] IS NULL AND EXISTS (SELECT FROM @extschema@.hcc_dx_edit e
		WHERE e.model_version = model AND e.edit_kind = 'mandatory') THEN
		RAISE EXCEPTION USING ERRCODE = 'bad_copy_file_format',
			MESSAGE = format('the file lacks a column: %s', concat_ws(', ', CASE WHEN c[4] IS NULL THEN 'AGE_EDIT_CONDITION' END,
				CASE WHEN c[5] IS NULL THEN 'SEX_EDIT_CONDITION' END)),
			DETAIL = format('The columns come together, or not at all in a model without mandatory edits. Found: %s.', array_to_string(h.printed, ', ')),
			HINT = 'If the column was renamed, add a row of kind "column" to hcc_load_rule.';
	END IF;
	RETURN QUERY SELECT * FROM @extschema@.hcc_load_crosswalk('mappings', content, model, payment_year, source, release_date, dry_run, skip_unusable,
		hierarchy_order, ARRAY(SELECT ROW(r.line, ARRAY[r.field[c[1]], r.field[c[2]], COALESCE(r.field[c[3]], ''), COALESCE(r.field[c[4]], ''),
			COALESCE(r.field[c[5]], '')], r.problem)::@extschema@.hcc_load_record FROM @extschema@.hcc_load_body(records, h.at, h.title) r), true, NULL);
END
$$;
COMMENT ON FUNCTION @extschema@.hccraf_load_mappings(text, text, integer, text, date, boolean, boolean, text) IS
	'Loads ICD10_CC_mappings_*.csv of a CMS software package into hcc_crosswalk and hcc_dx_edit.';

CREATE FUNCTION @extschema@.hccraf_load_sas_format(content text, model text, payment_year integer, source text DEFAULT NULL, release_date date DEFAULT NULL,
	dry_run boolean DEFAULT false, skip_unusable boolean DEFAULT false, hierarchy_order text DEFAULT NULL)
	RETURNS SETOF @extschema@.hcc_load_report
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
SET jit = off
AS $$
#variable_conflict use_column
DECLARE
	plain text := @extschema@.hcc_load_text(content);
BEGIN
	PERFORM @extschema@.hcc_load_begin(model, payment_year);
	IF plain !~ '(^|\n)[ \t]*[A-Za-z][0-9][0-9A-Za-z.]{1,6}[ \t]+[0-9]' THEN
		RAISE EXCEPTION USING ERRCODE = 'bad_copy_file_format',
			MESSAGE = 'the file is no SAS format text',
			DETAIL = format('Expected are lines of a diagnosis code, a tab or blanks, and an HCC. It begins with %s.', @extschema@.hcc_load_quote(btrim(plain, E' \n'))),
			HINT = 'hccraf_load_mappings reads the CSV files of the software packages.';
	END IF;
	RETURN QUERY SELECT * FROM @extschema@.hcc_load_crosswalk('sas_format', content, model, payment_year, source, release_date, dry_run, skip_unusable,
		hierarchy_order, ARRAY(
			SELECT ROW(i::integer, ARRAY[f[1], f[2], '', '', ''],
				-- D marks a code that an earlier line has with another HCC
				CASE WHEN cardinality(f) <> 2 AND (cardinality(f) <> 3 OR upper(f[3]) <> 'D')
					THEN format('has %s words, not a code and an HCC', cardinality(f)) END)::@extschema@.hcc_load_record
			FROM string_to_table(plain, E'\n') WITH ORDINALITY l(line, i)
				CROSS JOIN LATERAL string_to_array(btrim(regexp_replace(line, '[ \t]+', ' ', 'g')), ' ') f
			WHERE line ~ '[^ \t]' ORDER BY i), false, NULL);
END
$$;
COMMENT ON FUNCTION @extschema@.hccraf_load_sas_format(text, text, integer, text, date, boolean, boolean, text) IS
	'Loads a format text of the SAS software (F2824T1N and its like: diagnosis code, tab, HCC) into hcc_crosswalk.';

CREATE FUNCTION @extschema@.hccraf_load_icd10_mapping_table(content text, model text, payment_year integer, model_column text DEFAULT NULL,
	source text DEFAULT NULL, release_date date DEFAULT NULL,
	dry_run boolean DEFAULT false, skip_unusable boolean DEFAULT false, hierarchy_order text DEFAULT NULL)
	RETURNS SETOF @extschema@.hcc_load_report
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
SET jit = off
AS $$
#variable_conflict use_column
DECLARE
	records @extschema@.hcc_load_record[] := @extschema@.hcc_load_csv(content);
	h record;
	category text[];	-- titles with the categories of a model
	stem text;
	at integer;
	flag integer;
	flag_years integer[];
	noted text;
BEGIN
	PERFORM @extschema@.hcc_load_begin(model, payment_year);
	h := @extschema@.hcc_load_header(records, '{Diagnosis Code,Description}'::text[], '(?:cms-hcc|rx ?hcc) .*model.*', true);
	SELECT COALESCE(array_agg(p), '{}') INTO category FROM unnest(h.printed) p
	WHERE p !~* 'for \d{4} payment year' AND p ~* 'model.* category';
	SELECT p, n INTO stem, at FROM unnest(h.printed) WITH ORDINALITY u(p, n)
	WHERE p = ANY (category) AND CASE WHEN model_column IS NULL THEN @extschema@.hcc_load_resolve('mapping column', p, ARRAY[model]) IS NOT NULL
		ELSE lower(p) = lower(regexp_replace(btrim(model_column), '\s+', ' ', 'g')) END;
	IF at IS NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'bad_copy_file_format',
			MESSAGE = format('the file has no column for model "%s"', model),
			DETAIL = format('Columns with categories are: %s.', array_to_string(category, ', ')),
			HINT = 'Name the column with model_column => ''...''.';
	END IF;
	-- The flags are called like the categories, sometimes without the version.
	SELECT max(n) FILTER (WHERE y = payment_year), array_agg(DISTINCT y ORDER BY y) INTO flag, flag_years
	FROM (SELECT n::integer, substring(p from '(?i)for (\d{4}) payment year')::integer AS y,
			lower(regexp_replace(p, '\s*for \d{4} payment year.*$', '', 'i')) AS s
		FROM unnest(h.printed) WITH ORDINALITY u(p, n) WHERE p ~* 'for \d{4} payment year') f
	WHERE s = lower(stem) OR s = lower(regexp_replace(stem, ' category v\d+$', '', 'i'));
	IF flag IS NULL THEN
		noted := format('no flag for payment year %s beside "%s" (there are flags for: %s); every code with a category counts', payment_year, stem,
			COALESCE(array_to_string(flag_years, ', '), 'no year'));
	END IF;
	RETURN QUERY SELECT * FROM @extschema@.hcc_load_crosswalk('icd10_mapping_table', content, model, payment_year, source, release_date, dry_run, skip_unusable,
		hierarchy_order, ARRAY(
			SELECT ROW(r.line, ARRAY[r.field[array_position(h.title, 'diagnosis code')], hcc, '', '', ''], COALESCE(r.problem, CASE
				WHEN flag IS NOT NULL AND r.field[flag] !~* '^(yes|no|--|)$' THEN format('the flag for payment year %s is %s, neither Yes nor No', payment_year, @extschema@.hcc_load_quote(r.field[flag]))
				WHEN flag IS NOT NULL AND r.field[flag] ~* '^yes$' AND r.field[at] = '' THEN 'is flagged Yes and has no category' END))::@extschema@.hcc_load_record
			FROM @extschema@.hcc_load_body(records, h.at, h.title) r
				CROSS JOIN LATERAL regexp_split_to_table(r.field[at], '[,; ]+') hcc
			-- notes under the table have nothing but a first field
			WHERE (r.problem IS NOT NULL AND EXISTS (SELECT FROM unnest(r.field[2:]) f WHERE f <> ''))
				OR r.problem IS NULL AND CASE WHEN flag IS NULL THEN r.field[at] <> '' ELSE r.field[flag] !~* '^(no|--|)$' END), false, noted);
END
$$;
COMMENT ON FUNCTION @extschema@.hccraf_load_icd10_mapping_table(text, text, integer, text, text, date, boolean, boolean, text) IS
	'Loads one model''s column of the yearly ICD-10-CM mapping table (the spreadsheet saved as CSV) into hcc_crosswalk.';

----------------------------------------------------------------------
-- HCCs, hierarchies, groups, interactions: rows without years
----------------------------------------------------------------------
CREATE FUNCTION @extschema@.hcc_load_is_shipped(model text) RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
	SELECT EXISTS (SELECT FROM @extschema@.hcc_model m WHERE m.model_version = model AND NOT m.custom)
$$;
COMMENT ON FUNCTION @extschema@.hcc_load_is_shipped(text) IS 'Internal to loaders: whether a model came with the extension.';

-- Items: an HCC and the list of those it removes.
CREATE FUNCTION @extschema@.hcc_load_hierarchy(kind text, content text, model text, payment_year integer, source text, release_date date,
	dry_run boolean, skip_unusable boolean, hierarchy_order text, hcc_prefix text, all_hccs boolean, items @extschema@.hcc_load_item[])
	RETURNS SETOF @extschema@.hcc_load_report
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
SET jit = off
AS $$
#variable_conflict use_column
DECLARE
	problems @extschema@.hcc_load_item[];
	wanted @extschema@.hcc_load_item[];
	previous @extschema@.hcc_load_item[];
	shipped boolean := @extschema@.hcc_load_is_shipped(model);
	loaded boolean;
	n bigint;
	written bigint := 0;
BEGIN
	SELECT COALESCE(array_agg(ROW(i.line, i.key, i.value, i.problem)::@extschema@.hcc_load_item) FILTER (WHERE i.problem IS NOT NULL), '{}'),
		COALESCE(array_agg(ROW(i.line, i.key, i.value, NULL)::@extschema@.hcc_load_item) FILTER (WHERE i.problem IS NULL AND i.nth = 1), '{}')
	INTO problems, wanted
	FROM (SELECT i.line, i.key, i.value, COALESCE(i.problem, CASE
				WHEN i.value IS DISTINCT FROM first_value(i.value) OVER w THEN format('HCC %s: an earlier line says otherwise', i.key[1])
				WHEN i.key[1] = ANY (i.value::text[]) THEN format('HCC %s would remove itself', i.key[1]) END) AS problem,
			row_number() OVER w AS nth
		FROM unnest(items) i WINDOW w AS (PARTITION BY i.key, i.problem IS NULL ORDER BY i.line)) i;

	-- Every line of the packages' file names an HCC, so that none may be missing;
	-- what a line removes must be there too.
	problems := problems || ARRAY(
		SELECT ROW(w.line, NULL, NULL, format('HCC %s removes HCC %s, which %s', w.key[1], h,
			CASE WHEN all_hccs THEN 'has no line of its own' ELSE 'is not in hcc_category' END))::@extschema@.hcc_load_item
		FROM unnest(wanted) w CROSS JOIN LATERAL unnest(w.value::text[]) h
		WHERE CASE WHEN all_hccs THEN h NOT IN (SELECT v.key[1] FROM unnest(wanted) v)
			ELSE h NOT IN (SELECT g.hcc_code FROM @extschema@.hcc_category g WHERE g.model_version = model) END
		UNION ALL
		SELECT ROW(w.line, NULL, NULL, format('HCC %s is not in hcc_category', w.key[1]))::@extschema@.hcc_load_item
		FROM unnest(wanted) w WHERE NOT all_hccs AND w.key[1] NOT IN (SELECT g.hcc_code FROM @extschema@.hcc_category g WHERE g.model_version = model)
		UNION ALL
		SELECT ROW(NULL, NULL, NULL, format('HCC %s of the model has no line: is the file complete?', g.hcc_code))::@extschema@.hcc_load_item
		FROM @extschema@.hcc_category g WHERE all_hccs AND g.model_version = model AND cardinality(wanted) > 0
			AND g.hcc_code NOT IN (SELECT w.key[1] FROM unnest(wanted) w)
		UNION ALL
		-- Hierarchies have no years: a change would change the scores of all.
		SELECT ROW(w.line, NULL, NULL, format('HCC %s: the shipped hierarchy differs and holds for all years; load under another model name', k.hcc))::@extschema@.hcc_load_item
		FROM unnest(wanted) w
			FULL JOIN (SELECT x.superior_hcc AS hcc, array_agg(x.subordinate_hcc ORDER BY x.subordinate_hcc)::text AS value
				FROM @extschema@.hcc_hierarchy x WHERE x.model_version = model GROUP BY x.superior_hcc) x ON x.hcc = w.key[1]
			CROSS JOIN LATERAL (SELECT COALESCE(w.key[1], x.hcc) AS hcc) k
		WHERE shipped AND COALESCE(w.value, '{}') <> COALESCE(x.value, '{}'));
	-- With skip_unusable, what a good line removes must still exist.
	SELECT COALESCE(array_agg(ROW(w.line, w.key, w.value, NULL)::@extschema@.hcc_load_item), '{}') INTO wanted FROM unnest(wanted) w
	WHERE w.line NOT IN (SELECT p.line FROM unnest(problems) p WHERE p.line IS NOT NULL);

	SELECT COALESCE(array_agg(ROW(NULL, ARRAY[g.hcc_code], COALESCE(x.value, '{}'), NULL)::@extschema@.hcc_load_item), '{}') INTO previous
	FROM @extschema@.hcc_category g
		LEFT JOIN (SELECT x.superior_hcc AS hcc, array_agg(x.subordinate_hcc ORDER BY x.subordinate_hcc)::text AS value
			FROM @extschema@.hcc_hierarchy x WHERE x.model_version = model GROUP BY x.superior_hcc) x ON x.hcc = g.hcc_code
	WHERE g.model_version = model AND (all_hccs OR x.hcc IS NOT NULL);

	loaded := @extschema@.hcc_load_may_write(problems, cardinality(wanted), dry_run, skip_unusable);
	IF loaded THEN
		written := @extschema@.hcc_load_model_year(model, payment_year, hierarchy_order, hcc_prefix, source);
		IF all_hccs THEN
			INSERT INTO @extschema@.hcc_category (model_version, hcc_code)
			SELECT model, w.key[1] FROM unnest(wanted) w
			WHERE w.key[1] NOT IN (SELECT g.hcc_code FROM @extschema@.hcc_category g WHERE g.model_version = model);
			GET DIAGNOSTICS n = ROW_COUNT;
			written := written + n;
		END IF;
		IF NOT shipped THEN
			DELETE FROM @extschema@.hcc_hierarchy x WHERE x.model_version = model AND x.custom
				AND (x.superior_hcc, x.subordinate_hcc) NOT IN (SELECT w.key[1], h FROM unnest(wanted) w CROSS JOIN LATERAL unnest(w.value::text[]) h);
			GET DIAGNOSTICS n = ROW_COUNT;
			written := written + n;
			INSERT INTO @extschema@.hcc_hierarchy (model_version, superior_hcc, subordinate_hcc)
			SELECT model, w.key[1], h FROM unnest(wanted) w CROSS JOIN LATERAL unnest(w.value::text[]) h
			ON CONFLICT DO NOTHING;
			GET DIAGNOSTICS n = ROW_COUNT;
			written := written + n;
		END IF;
	END IF;
	RETURN QUERY SELECT * FROM @extschema@.hcc_load_finish(kind, content, model, payment_year, source, release_date, dry_run,
		cardinality(items), wanted, 'the model as it was', previous, problems, loaded, written);
END
$$;
COMMENT ON FUNCTION @extschema@.hcc_load_hierarchy(text, text, text, integer, text, date, boolean, boolean, text, text, boolean, @extschema@.hcc_load_item[]) IS
	'Internal to loaders: from HCCs and what they remove to hcc_category and hcc_hierarchy.';
REVOKE EXECUTE ON FUNCTION @extschema@.hcc_load_hierarchy(text, text, text, integer, text, date, boolean, boolean, text, text, boolean, @extschema@.hcc_load_item[]) FROM PUBLIC;

CREATE FUNCTION @extschema@.hccraf_load_hierarchies(content text, model text, payment_year integer, source text DEFAULT NULL, release_date date DEFAULT NULL,
	dry_run boolean DEFAULT false, skip_unusable boolean DEFAULT false, hierarchy_order text DEFAULT NULL)
	RETURNS SETOF @extschema@.hcc_load_report
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
SET jit = off
AS $$
#variable_conflict use_column
DECLARE
	records @extschema@.hcc_load_record[] := @extschema@.hcc_load_csv(content);
	h record;
	own integer;
	items @extschema@.hcc_load_item[];
BEGIN
	PERFORM @extschema@.hcc_load_begin(model, payment_year);
	h := @extschema@.hcc_load_header(records, '{HCC,SecondaryHCC_1}'::text[], 'secondaryhcc_\d+');
	own := array_position(h.title, 'hcc');
	SELECT COALESCE(array_agg(ROW(r.line, ARRAY[@extschema@.hcc_load_hcc(r.field[own])], s.hccs::text, COALESCE(r.problem, CASE
			WHEN @extschema@.hcc_load_hcc(r.field[own]) IS NULL THEN format('%s is no HCC', @extschema@.hcc_load_quote(r.field[own]))
			WHEN s.bad IS NOT NULL THEN format('HCC %s: %s is no HCC', r.field[own], @extschema@.hcc_load_quote(s.bad)) END))::@extschema@.hcc_load_item
			ORDER BY r.line), '{}')
	INTO items
	FROM @extschema@.hcc_load_body(records, h.at, h.title) r
		CROSS JOIN LATERAL (SELECT COALESCE(array_agg(DISTINCT @extschema@.hcc_load_hcc(f) ORDER BY @extschema@.hcc_load_hcc(f)), '{}') AS hccs,
				min(f) FILTER (WHERE @extschema@.hcc_load_hcc(f) IS NULL) AS bad
			FROM unnest(r.field) WITH ORDINALITY u(f, n) WHERE n <> own AND f <> '') s;
	RETURN QUERY SELECT * FROM @extschema@.hcc_load_hierarchy('hierarchies', content, model, payment_year, source, release_date, dry_run, skip_unusable,
		hierarchy_order, CASE WHEN lower(h.printed[own]) = 'rxhcc' THEN 'RXHCC' END, true, items);
END
$$;
COMMENT ON FUNCTION @extschema@.hccraf_load_hierarchies(text, text, integer, text, date, boolean, boolean, text) IS
	'Loads *_HCC_Hierarchies.csv of a CMS software package: all HCCs of the model, and which of them each removes.';

CREATE FUNCTION @extschema@.hccraf_load_sas_hierarchy(content text, model text, payment_year integer, source text DEFAULT NULL, release_date date DEFAULT NULL,
	dry_run boolean DEFAULT false, skip_unusable boolean DEFAULT false, hierarchy_order text DEFAULT NULL)
	RETURNS SETOF @extschema@.hcc_load_report
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
SET jit = off
AS $$
#variable_conflict use_column
DECLARE
	plain text;
	items @extschema@.hcc_load_item[];
BEGIN
	PERFORM @extschema@.hcc_load_begin(model, payment_year);
	-- Comments become blanks of as many lines, so that line numbers stay.
	SELECT string_agg(CASE WHEN p ~ '^/\*' THEN regexp_replace(p, '[^\n]', '', 'g') ELSE p END, '' ORDER BY i) INTO plain
	FROM regexp_split_to_table(regexp_replace(@extschema@.hcc_load_text(content), '/\*([^*]|\*+[^*/])*\*+/', E'\x01\\&\x01', 'g'), E'\x01') WITH ORDINALITY s(p, i);
	IF plain !~* '%SET0\s*\(' THEN
		RAISE EXCEPTION USING ERRCODE = 'bad_copy_file_format',
			MESSAGE = 'the file is no SAS hierarchy macro',
			DETAIL = format('Expected are rules like %s. It begins with %s.', '%SET0(CC=17, HIER=%STR(18, 19));', @extschema@.hcc_load_quote(btrim(plain, E' \n'))),
			HINT = 'hccraf_load_hierarchies reads the CSV files of the software packages.';
	END IF;
	-- A rule goes to its semicolon, over as many lines as it takes.
	SELECT COALESCE(array_agg(ROW(x.line, ARRAY[x.m[1]], x.hccs::text, CASE
			WHEN x.m IS NULL THEN format('%s is no rule like %s', @extschema@.hcc_load_quote('%SET0' || x.rule), '%SET0(CC=17, HIER=%STR(18, 19));') END)::@extschema@.hcc_load_item
		ORDER BY x.line), '{}')
	INTO items
	FROM (SELECT s.line, btrim(regexp_replace(split_part(s.piece, ';', 1), '\s+', ' ', 'g')) AS rule, m.m, h.hccs
		FROM (SELECT piece, i, (1 + sum(length(piece) - length(replace(piece, E'\n', ''))) OVER (ORDER BY i)
					- (length(piece) - length(replace(piece, E'\n', ''))))::integer AS line
				FROM regexp_split_to_table(plain, '%SET0(?=\s*\()', 'i') WITH ORDINALITY s(piece, i)) s
			CROSS JOIN LATERAL (SELECT regexp_match(split_part(s.piece, ';', 1),
				'^\s*\(\s*CC\s*=\s*0*(\d{1,5})\s*,\s*HIER\s*=\s*%STR\s*\(\s*(\d{1,5}(?:[\s,]+\d{1,5})*)[\s,]*\)\s*\)\s*$', 'i')) m(m)
			LEFT JOIN LATERAL (SELECT array_agg(DISTINCT n ORDER BY n) AS hccs FROM regexp_split_to_table(m.m[2], '[\s,]+') n) h ON true
		WHERE s.i > 1) x;
	RETURN QUERY SELECT * FROM @extschema@.hcc_load_hierarchy('sas_hierarchy', content, model, payment_year, source, release_date, dry_run, skip_unusable,
		hierarchy_order, NULL, false, items);
END
$$;
COMMENT ON FUNCTION @extschema@.hccraf_load_sas_hierarchy(text, text, integer, text, date, boolean, boolean, text) IS
	'Loads a hierarchy macro of the SAS software (rules %SET0, also over several lines) into hcc_hierarchy; the HCCs must be there, from the labels.';

CREATE FUNCTION @extschema@.hccraf_load_sas_labels(content text, model text, payment_year integer, source text DEFAULT NULL, release_date date DEFAULT NULL,
	dry_run boolean DEFAULT false, skip_unusable boolean DEFAULT false)
	RETURNS SETOF @extschema@.hcc_load_report
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
SET jit = off
AS $$
#variable_conflict use_column
DECLARE
	plain text := @extschema@.hcc_load_text(content);
	items @extschema@.hcc_load_item[];
	problems @extschema@.hcc_load_item[];
	wanted @extschema@.hcc_load_item[];
	previous @extschema@.hcc_load_item[];
	prefix text;
	loaded boolean;
	n bigint;
	written bigint := 0;
BEGIN
	PERFORM @extschema@.hcc_load_begin(model, payment_year);
	IF plain !~* '\mHCC\d+\s*=\s*["'']|\mRXHCC\d+\s*=\s*["'']' THEN
		RAISE EXCEPTION USING ERRCODE = 'bad_copy_file_format',
			MESSAGE = 'the file is no SAS label macro',
			DETAIL = format('Expected are labels like HCC1 = "HIV/AIDS". It begins with %s.', @extschema@.hcc_load_quote(btrim(plain, E' \n')));
	END IF;
	SELECT CASE WHEN plain ~* '\mRXHCC\d+\s*=' THEN 'RXHCC' END INTO prefix;
	-- A piece begins at each name of an HCC that is followed by "=".
	SELECT COALESCE(array_agg(ROW(x.line, ARRAY[x.m[1]], btrim(regexp_replace(replace(COALESCE(x.m[2], x.m[3]), '""', '"'), '\s+', ' ', 'g')), CASE
			WHEN x.m IS NULL THEN format('%s is no label of an HCC', @extschema@.hcc_load_quote(btrim(x.piece, E' \n\t'))) END)::@extschema@.hcc_load_item ORDER BY x.line), '{}')
	INTO items
	FROM (SELECT s.piece, s.line, m.m
		FROM (SELECT piece, i, (1 + sum(length(piece) - length(replace(piece, E'\n', ''))) OVER (ORDER BY i)
					- (length(piece) - length(replace(piece, E'\n', ''))))::integer AS line
				FROM regexp_split_to_table(regexp_replace(plain, '\m((?:RX)?HCC\d+\s*=)', E'\x01\\1', 'gi'), E'\x01') WITH ORDINALITY s(piece, i)) s
			CROSS JOIN LATERAL (SELECT regexp_match(s.piece, '^(?:RX)?HCC0*(\d{1,5})\s*=\s*(?:"((?:[^"]|"")*)"|''([^'']*)'')', 'i')) m(m)
		WHERE s.i > 1) x;
	SELECT COALESCE(array_agg(ROW(i.line, i.key, i.value, i.problem)::@extschema@.hcc_load_item) FILTER (WHERE i.problem IS NOT NULL), '{}'),
		COALESCE(array_agg(ROW(i.line, i.key, i.value, NULL)::@extschema@.hcc_load_item) FILTER (WHERE i.problem IS NULL AND i.nth = 1), '{}')
	INTO problems, wanted
	FROM (SELECT i.line, i.key, i.value, COALESCE(i.problem, CASE
				WHEN i.value IS DISTINCT FROM first_value(i.value) OVER w THEN format('HCC %s: an earlier line says otherwise', i.key[1]) END) AS problem,
			row_number() OVER w AS nth
		FROM unnest(items) i WINDOW w AS (PARTITION BY i.key, i.problem IS NULL ORDER BY i.line)) i;
	problems := problems || ARRAY(
		SELECT ROW(NULL, NULL, NULL, format('HCC %s of the model has no label: is the file complete?', g.hcc_code))::@extschema@.hcc_load_item
		FROM @extschema@.hcc_category g WHERE g.model_version = model AND g.hcc_code NOT IN (SELECT w.key[1] FROM unnest(wanted) w));
	SELECT COALESCE(array_agg(ROW(NULL, ARRAY[g.hcc_code], g.label, NULL)::@extschema@.hcc_load_item), '{}') INTO previous
	FROM @extschema@.hcc_category g WHERE g.model_version = model;

	loaded := @extschema@.hcc_load_may_write(problems, cardinality(wanted), dry_run, skip_unusable);
	IF loaded THEN
		written := @extschema@.hcc_load_model_year(model, payment_year, NULL, prefix, source);
		INSERT INTO @extschema@.hcc_category AS g (model_version, hcc_code, label)
		SELECT model, w.key[1], w.value FROM unnest(wanted) w
		ON CONFLICT (model_version, hcc_code) DO UPDATE SET label = EXCLUDED.label
			WHERE g.custom AND g.label IS DISTINCT FROM EXCLUDED.label;
		GET DIAGNOSTICS n = ROW_COUNT;
		written := written + n;
		PERFORM @extschema@.hcc_load_display(model, payment_year);
	END IF;
	RETURN QUERY SELECT * FROM @extschema@.hcc_load_finish('sas_labels', content, model, payment_year, source, release_date, dry_run,
		cardinality(items), wanted, 'the model as it was (labels of shipped HCCs stay)', previous, problems, loaded, written);
END
$$;
COMMENT ON FUNCTION @extschema@.hccraf_load_sas_labels(text, text, integer, text, date, boolean, boolean) IS
	'Loads a label macro of the SAS software (HCC1 = "HIV/AIDS"): the HCCs of the model and their labels, into hcc_category.';

CREATE FUNCTION @extschema@.hccraf_load_groups(content text, model text, payment_year integer, source text DEFAULT NULL, release_date date DEFAULT NULL,
	dry_run boolean DEFAULT false, skip_unusable boolean DEFAULT false)
	RETURNS SETOF @extschema@.hcc_load_report
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
SET jit = off
AS $$
#variable_conflict use_column
DECLARE
	records @extschema@.hcc_load_record[] := @extschema@.hcc_load_csv(content);
	known text[] := ARRAY(SELECT g.group_name FROM @extschema@.hcc_group g WHERE g.model_version = model);
	h record;
	own integer;
	items @extschema@.hcc_load_item[];
	problems @extschema@.hcc_load_item[];
	wanted @extschema@.hcc_load_item[];
	previous @extschema@.hcc_load_item[];
	loaded boolean;
	n bigint;
	written bigint := 0;
BEGIN
	PERFORM @extschema@.hcc_load_begin(model, payment_year);
	h := @extschema@.hcc_load_header(records, '{diag_category,hcc_1}'::text[], 'hcc_\d+');
	own := array_position(h.title, 'diag_category');
	SELECT COALESCE(array_agg(ROW(r.line, ARRAY[COALESCE(@extschema@.hcc_load_resolve('group', r.field[own], known), r.field[own])], s.hccs::text, COALESCE(r.problem, CASE
			WHEN r.field[own] !~ '^\w{1,60}$' THEN format('%s is no name of a group', @extschema@.hcc_load_quote(r.field[own]))
			WHEN s.hccs IS NULL THEN format('group %s has no HCC', r.field[own])
			WHEN s.bad IS NOT NULL THEN format('group %s: %s is no HCC of the model', r.field[own], @extschema@.hcc_load_quote(s.bad)) END))::@extschema@.hcc_load_item
			ORDER BY r.line), '{}')
	INTO items
	FROM @extschema@.hcc_load_body(records, h.at, h.title) r
		CROSS JOIN LATERAL (SELECT array_agg(DISTINCT @extschema@.hcc_load_hcc(f) ORDER BY @extschema@.hcc_load_hcc(f)) AS hccs,
				min(f) FILTER (WHERE g.hcc_code IS NULL) AS bad
			FROM unnest(r.field) WITH ORDINALITY u(f, n)
				LEFT JOIN @extschema@.hcc_category g ON g.model_version = model AND g.hcc_code = @extschema@.hcc_load_hcc(f)
			WHERE n <> own AND f <> '') s;
	SELECT COALESCE(array_agg(ROW(i.line, i.key, i.value, i.problem)::@extschema@.hcc_load_item) FILTER (WHERE i.problem IS NOT NULL), '{}'),
		COALESCE(array_agg(ROW(i.line, i.key, i.value, NULL)::@extschema@.hcc_load_item) FILTER (WHERE i.problem IS NULL AND i.nth = 1), '{}')
	INTO problems, wanted
	FROM (SELECT i.line, i.key, i.value, COALESCE(i.problem, CASE
				WHEN i.value IS DISTINCT FROM first_value(i.value) OVER w THEN format('group %s: an earlier line says otherwise', i.key[1])
				WHEN g.hccs <> i.value THEN format('group %s: the shipped group has other HCCs; load under another model name', i.key[1]) END) AS problem,
			row_number() OVER w AS nth
		FROM unnest(items) i
			LEFT JOIN LATERAL (SELECT (SELECT array_agg(c ORDER BY c) FROM unnest(x.hcc_codes) c)::text AS hccs
				FROM @extschema@.hcc_group x WHERE x.model_version = model AND x.group_name = i.key[1] AND NOT x.custom) g ON true
		WINDOW w AS (PARTITION BY i.key, i.problem IS NULL ORDER BY i.line)) i;
	SELECT COALESCE(array_agg(ROW(NULL, ARRAY[g.group_name], (SELECT array_agg(c ORDER BY c) FROM unnest(g.hcc_codes) c)::text, NULL)::@extschema@.hcc_load_item), '{}')
	INTO previous FROM @extschema@.hcc_group g WHERE g.model_version = model;

	loaded := @extschema@.hcc_load_may_write(problems, cardinality(wanted), dry_run, skip_unusable);
	IF loaded THEN
		written := @extschema@.hcc_load_model_year(model, payment_year, NULL, NULL, source);
		INSERT INTO @extschema@.hcc_group AS g (model_version, group_name, hcc_codes)
		SELECT model, w.key[1], w.value::text[] FROM unnest(wanted) w
		ON CONFLICT (model_version, group_name) DO UPDATE SET hcc_codes = EXCLUDED.hcc_codes
			WHERE g.custom AND NOT (g.hcc_codes @> EXCLUDED.hcc_codes AND g.hcc_codes <@ EXCLUDED.hcc_codes);
		GET DIAGNOSTICS n = ROW_COUNT;
		written := written + n;
	END IF;
	RETURN QUERY SELECT * FROM @extschema@.hcc_load_finish('groups', content, model, payment_year, source, release_date, dry_run,
		cardinality(items), wanted, 'the model as it was (groups that the file lacks stay)', previous, problems, loaded, written);
END
$$;
COMMENT ON FUNCTION @extschema@.hccraf_load_groups(text, text, integer, text, date, boolean, boolean) IS
	'Loads *_Diagnosis_Categories.csv of a CMS software package into hcc_group: the groups of HCCs that interactions use.';

CREATE FUNCTION @extschema@.hccraf_load_interactions(content text, model text, payment_year integer, source text DEFAULT NULL, release_date date DEFAULT NULL,
	dry_run boolean DEFAULT false, skip_unusable boolean DEFAULT false)
	RETURNS SETOF @extschema@.hcc_load_report
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
SET jit = off
AS $$
#variable_conflict use_column
DECLARE
	records @extschema@.hcc_load_record[] := @extschema@.hcc_load_csv(content);
	known text[] := ARRAY(SELECT i.interaction_name FROM @extschema@.hcc_interaction i WHERE i.model_version = model);
	groups text[] := ARRAY(SELECT g.group_name FROM @extschema@.hcc_group g WHERE g.model_version = model);
	helpers text[] := ARRAY(SELECT DISTINCT v.variable FROM @extschema@.hcc_variable v WHERE v.model_version = model AND v.kind = 'helper');
	h record;
	own integer;
	items @extschema@.hcc_load_item[];
	problems @extschema@.hcc_load_item[];
	wanted @extschema@.hcc_load_item[];
	previous @extschema@.hcc_load_item[];
	loaded boolean;
	n bigint;
	written bigint := 0;
BEGIN
	PERFORM @extschema@.hcc_load_begin(model, payment_year);
	h := @extschema@.hcc_load_header(records, '{interaction,var_1,var_2}'::text[], 'var_\d+');
	own := array_position(h.title, 'interaction');
	-- An element is an HCC, a group, a helper variable, or another interaction
	-- of the file, which then stands for its elements.
	WITH line AS MATERIALIZED (
		SELECT r.line, r.problem, r.field[own] AS name, f.f AS element, f.n
		FROM @extschema@.hcc_load_body(records, h.at, h.title) r
			LEFT JOIN LATERAL (SELECT f, n FROM unnest(r.field) WITH ORDINALITY u(f, n) WHERE n <> own AND f <> '') f ON true
	), expanded AS (
		SELECT l.line, l.problem, l.name, COALESCE(i.element, l.element) AS element, l.n * 100 + COALESCE(i.n, 0) AS n
		FROM line l LEFT JOIN line i ON lower(i.name) = lower(l.element) AND i.line <> l.line
			AND i.line = (SELECT min(j.line) FROM line j WHERE lower(j.name) = lower(l.element))
	), resolved AS (
		SELECT e.*, COALESCE(
			(SELECT g.hcc_code FROM @extschema@.hcc_category g WHERE g.model_version = model AND e.element ~* '^(RX)?H?CC' AND g.hcc_code = @extschema@.hcc_load_hcc(e.element)),
			@extschema@.hcc_load_resolve('group', e.element, groups),
			@extschema@.hcc_load_resolve('variable', e.element, helpers)) AS means
		FROM expanded e
	)
	SELECT COALESCE(array_agg(ROW(r.line, ARRAY[COALESCE(@extschema@.hcc_load_resolve('variable', r.name, known), r.name)], r.means::text, r.problem)::@extschema@.hcc_load_item ORDER BY r.line), '{}')
	INTO items
	FROM (SELECT line, name, array_agg(means ORDER BY n) AS means, COALESCE(problem, CASE
			WHEN name !~ '^\w{1,60}$' THEN format('%s is no name of an interaction', @extschema@.hcc_load_quote(name))
			WHEN count(element) < 2 THEN format('interaction %s has fewer than two elements', name)
			WHEN bool_or(means IS NULL) THEN format('interaction %s: %s is no HCC, group or helper variable of the model', name,
				@extschema@.hcc_load_quote(min(element) FILTER (WHERE means IS NULL))) END) AS problem
		FROM resolved GROUP BY line, name, problem) r;
	SELECT COALESCE(array_agg(ROW(i.line, i.key, i.value, i.problem)::@extschema@.hcc_load_item) FILTER (WHERE i.problem IS NOT NULL), '{}'),
		COALESCE(array_agg(ROW(i.line, i.key, i.value, NULL)::@extschema@.hcc_load_item) FILTER (WHERE i.problem IS NULL AND i.nth = 1), '{}')
	INTO problems, wanted
	FROM (SELECT i.line, i.key, i.value, COALESCE(i.problem, CASE
				WHEN i.value IS DISTINCT FROM first_value(i.value) OVER w THEN format('interaction %s: an earlier line says otherwise', i.key[1])
				WHEN NOT (x.hcc_combinations @> i.value::text[] AND x.hcc_combinations <@ i.value::text[])
					THEN format('interaction %s: the shipped one has other elements; load under another model name', i.key[1]) END) AS problem,
			row_number() OVER w AS nth
		FROM unnest(items) i LEFT JOIN @extschema@.hcc_interaction x ON x.model_version = model AND x.interaction_name = i.key[1] AND NOT x.custom
		WINDOW w AS (PARTITION BY i.key, i.problem IS NULL ORDER BY i.line)) i;
	SELECT COALESCE(array_agg(ROW(NULL, ARRAY[i.interaction_name], i.hcc_combinations::text, NULL)::@extschema@.hcc_load_item), '{}')
	INTO previous FROM @extschema@.hcc_interaction i WHERE i.model_version = model;

	loaded := @extschema@.hcc_load_may_write(problems, cardinality(wanted), dry_run, skip_unusable);
	IF loaded THEN
		written := @extschema@.hcc_load_model_year(model, payment_year, NULL, NULL, source);
		INSERT INTO @extschema@.hcc_interaction AS i (model_version, interaction_name, hcc_combinations)
		SELECT model, w.key[1], w.value::text[] FROM unnest(wanted) w
		ON CONFLICT (model_version, interaction_name) DO UPDATE SET hcc_combinations = EXCLUDED.hcc_combinations
			WHERE i.custom AND NOT (i.hcc_combinations @> EXCLUDED.hcc_combinations AND i.hcc_combinations <@ EXCLUDED.hcc_combinations);
		GET DIAGNOSTICS n = ROW_COUNT;
		written := written + n;
		PERFORM @extschema@.hcc_load_display(model, payment_year);
	END IF;
	RETURN QUERY SELECT * FROM @extschema@.hcc_load_finish('interactions', content, model, payment_year, source, release_date, dry_run,
		cardinality(items), wanted, 'the model as it was (interactions that the file lacks stay)', previous, problems, loaded, written);
END
$$;
COMMENT ON FUNCTION @extschema@.hccraf_load_interactions(text, text, integer, text, date, boolean, boolean) IS
	'Loads *_Interactions.csv of a CMS software package into hcc_interaction; the groups and helper variables must be there.';

----------------------------------------------------------------------
-- Coefficients
----------------------------------------------------------------------

-- The variables of a model, which name its coefficients
CREATE FUNCTION @extschema@.hcc_load_variables(model text, payment_year integer) RETURNS text[]
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
	SELECT ARRAY(
		SELECT v.variable FROM @extschema@.hcc_variable v WHERE v.model_version = model AND v.kind <> 'helper'
		UNION SELECT i.interaction_name FROM @extschema@.hcc_interaction i WHERE i.model_version = model
		UNION SELECT m.hcc_prefix || g.hcc_code
		FROM @extschema@.hcc_category g
			CROSS JOIN (SELECT x.hcc_prefix FROM @extschema@.hcc_model x WHERE x.model_version = model
				ORDER BY payment_year BETWEEN x.first_payment_year AND x.last_payment_year DESC, x.last_payment_year DESC LIMIT 1) m
		WHERE g.model_version = model)
$$;
COMMENT ON FUNCTION @extschema@.hcc_load_variables(text, integer) IS 'Internal to loaders: the variables that may have a coefficient.';

-- Items: segment, variable; coefficient. Named: the variables that have a line,
-- with their labels where the file has some; CMS lists HCCs without any coefficient.
CREATE FUNCTION @extschema@.hcc_load_coefficient(kind text, content text, model text, calibration text, payment_year integer, source text, release_date date,
	dry_run boolean, skip_unusable boolean, is_default boolean, read bigint, items @extschema@.hcc_load_item[], segments text[],
	named @extschema@.hcc_load_item[])
	RETURNS SETOF @extschema@.hcc_load_report
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
SET jit = off
AS $$
#variable_conflict use_column
DECLARE
	problems @extschema@.hcc_load_item[];
	wanted @extschema@.hcc_load_item[];
	previous @extschema@.hcc_load_item[];
	previous_year integer := @extschema@.hcc_load_previous_year(model, payment_year);
	compared text;
	loaded boolean;
	n bigint;
	written bigint := 0;
BEGIN
	IF calibration IS NULL OR btrim(calibration) = '' THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
			MESSAGE = 'coefficients need the name of a calibration',
			HINT = format('Choose one, for instance "%s_%s".', model, payment_year);
	END IF;
	SELECT COALESCE(array_agg(ROW(i.line, i.key, i.value, i.problem)::@extschema@.hcc_load_item) FILTER (WHERE i.problem IS NOT NULL), '{}'),
		COALESCE(array_agg(ROW(i.line, i.key, i.value, NULL)::@extschema@.hcc_load_item) FILTER (WHERE i.problem IS NULL AND i.nth = 1), '{}')
	INTO problems, wanted
	FROM (SELECT i.line, i.key, i.value, COALESCE(i.problem, CASE WHEN i.value IS DISTINCT FROM first_value(i.value) OVER w
				THEN format('segment %s, variable %s: %s, but %s before', i.key[1], i.key[2], i.value, first_value(i.value) OVER w) END) AS problem,
			row_number() OVER w AS nth
		FROM unnest(items) i WINDOW w AS (PARTITION BY i.key, i.problem IS NULL ORDER BY i.line)) i;

	-- A file that was cut off lacks HCCs; files for new enrollees have none at all.
	problems := problems || ARRAY(
		SELECT ROW(NULL, NULL, NULL, format('variable %s is not in the file: is it complete?', x.variable))::@extschema@.hcc_load_item
		FROM (SELECT m.hcc_prefix || g.hcc_code AS variable FROM @extschema@.hcc_category g
				CROSS JOIN (SELECT x.hcc_prefix FROM @extschema@.hcc_model x WHERE x.model_version = model
					ORDER BY payment_year BETWEEN x.first_payment_year AND x.last_payment_year DESC, x.last_payment_year DESC LIMIT 1) m
			WHERE g.model_version = model AND g.is_payment) x
		WHERE x.variable NOT IN (SELECT v.key[1] FROM unnest(named) v)
			AND EXISTS (SELECT FROM unnest(named) v WHERE v.key[1] ~* '^(RX)?HCC\d+$'));
	problems := problems || ARRAY(
		SELECT ROW(NULL, NULL, NULL, format('segment %s, variable %s: a shipped coefficient of calibration "%s" is not in the file; choose another calibration',
			k.segment, k.variable, k.calibration))::@extschema@.hcc_load_item
		FROM @extschema@.hcc_coefficient k
		WHERE k.model_version = model AND k.calibration = hcc_load_coefficient.calibration AND NOT k.custom AND k.segment = ANY (segments)
			AND ARRAY[k.segment, k.variable] NOT IN (SELECT w.key FROM unnest(wanted) w));

	-- Compared is the calibration itself if it served the year before, else that year's default.
	SELECT c.calibration INTO compared FROM @extschema@.hcc_calibration c
	WHERE c.model_version = model AND previous_year BETWEEN c.first_payment_year AND c.last_payment_year
	ORDER BY c.calibration = hcc_load_coefficient.calibration DESC, c.is_default DESC LIMIT 1;
	SELECT COALESCE(array_agg(ROW(NULL, ARRAY[p.segment, p.variable], p.value, NULL)::@extschema@.hcc_load_item), '{}') INTO previous
	FROM (SELECT DISTINCT ON (k.segment, k.variable) k.segment, k.variable, round(k.coefficient, 3)::text AS value FROM @extschema@.hcc_coefficient k
		WHERE k.model_version = model AND k.calibration = compared AND k.segment = ANY (segments) ORDER BY k.segment, k.variable, k.custom DESC) p;

	loaded := @extschema@.hcc_load_may_write(problems, cardinality(wanted), dry_run, skip_unusable);
	IF loaded THEN
		written := @extschema@.hcc_load_model_year(model, payment_year, NULL, NULL, source);
		IF NOT EXISTS (SELECT FROM @extschema@.hcc_calibration c WHERE c.model_version = model AND c.calibration = hcc_load_coefficient.calibration
			AND payment_year BETWEEN c.first_payment_year AND c.last_payment_year) THEN
			-- The first calibration of a year is its default, unless the caller says.
			is_default := COALESCE(is_default, NOT EXISTS (SELECT FROM @extschema@.hcc_calibration c WHERE c.model_version = model AND c.is_default
				AND payment_year BETWEEN c.first_payment_year AND c.last_payment_year));
			UPDATE @extschema@.hcc_calibration c SET last_payment_year = payment_year
			WHERE c.model_version = model AND c.calibration = hcc_load_coefficient.calibration AND c.custom
				AND c.last_payment_year = payment_year - 1 AND c.is_default = hcc_load_coefficient.is_default;
			IF NOT FOUND THEN
				INSERT INTO @extschema@.hcc_calibration (model_version, calibration, first_payment_year, last_payment_year, is_default, note)
				VALUES (model, calibration, payment_year, payment_year, is_default, source);
			END IF;
			written := written + 1;
		END IF;
		DELETE FROM @extschema@.hcc_coefficient k
		WHERE k.model_version = model AND k.calibration = hcc_load_coefficient.calibration AND k.custom AND k.segment = ANY (segments)
			AND (ARRAY[k.segment, k.variable] NOT IN (SELECT w.key FROM unnest(wanted) w)
				-- not needed beside a shipped row that says the same
				OR EXISTS (SELECT FROM unnest(wanted) w JOIN @extschema@.hcc_coefficient s ON s.segment = w.key[1] AND s.variable = w.key[2]
					WHERE s.model_version = model AND s.calibration = k.calibration AND NOT s.custom AND s.segment = k.segment AND s.variable = k.variable
						AND s.coefficient = w.value::numeric));
		GET DIAGNOSTICS n = ROW_COUNT;
		written := written + n;
		INSERT INTO @extschema@.hcc_coefficient AS k (model_version, calibration, segment, variable, coefficient)
		SELECT model, hcc_load_coefficient.calibration, w.key[1], w.key[2], w.value::numeric FROM unnest(wanted) w
		WHERE NOT EXISTS (SELECT FROM @extschema@.hcc_coefficient s WHERE s.model_version = model AND s.calibration = hcc_load_coefficient.calibration
			AND s.segment = w.key[1] AND s.variable = w.key[2] AND NOT s.custom AND s.coefficient = w.value::numeric)
		ON CONFLICT (model_version, calibration, segment, variable, custom) DO UPDATE SET coefficient = EXCLUDED.coefficient
			WHERE k.coefficient <> EXCLUDED.coefficient;
		GET DIAGNOSTICS n = ROW_COUNT;
		written := written + n;
		UPDATE @extschema@.hcc_category g SET label = l.value
		FROM unnest(named) l WHERE g.model_version = model AND g.custom AND g.label IS NULL AND l.value <> ''
			AND l.key[1] ~* '^(RX)?HCC\d+$' AND @extschema@.hcc_load_hcc(l.key[1]) = g.hcc_code;
		GET DIAGNOSTICS n = ROW_COUNT;
		written := written + n;
		PERFORM @extschema@.hcc_load_display(model, payment_year);
	END IF;
	RETURN QUERY SELECT * FROM @extschema@.hcc_load_finish(kind || ' ' || calibration, content, model, payment_year, source, release_date, dry_run,
		read, wanted, CASE WHEN compared IS NULL THEN 'no earlier year' ELSE format('calibration "%s" of payment year %s', compared, previous_year) END, previous, problems, loaded, written,
		ARRAY[ROW(NULL, 'segments', array_to_string(segments, ', '), cardinality(segments))::@extschema@.hcc_load_report] || ARRAY(
			SELECT ROW(NULL, 'without coefficient', string_agg(v.key[1], ', ' ORDER BY v.line), count(*))::@extschema@.hcc_load_report
			FROM unnest(named) v WHERE v.key[1] NOT IN (SELECT i.key[2] FROM unnest(items) i WHERE i.key[2] IS NOT NULL) HAVING count(*) > 0));
END
$$;
COMMENT ON FUNCTION @extschema@.hcc_load_coefficient(text, text, text, text, integer, text, date, boolean, boolean, boolean, bigint, @extschema@.hcc_load_item[], text[], @extschema@.hcc_load_item[]) IS
	'Internal to loaders: from coefficients by segment and variable to hcc_coefficient and hcc_calibration.';
REVOKE EXECUTE ON FUNCTION @extschema@.hcc_load_coefficient(text, text, text, text, integer, text, date, boolean, boolean, boolean, bigint, @extschema@.hcc_load_item[], text[], @extschema@.hcc_load_item[]) FROM PUBLIC;

-- NULL if the text is no coefficient. Scores have three decimals.
CREATE FUNCTION @extschema@.hcc_load_number(what text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN what ~ '^[+-]?(\d{1,6}(\.\d{0,3}0*)?|\.\d{1,3}0*)$' AND length(what) < 40 THEN round(what::numeric, 3)::text END;
COMMENT ON FUNCTION @extschema@.hcc_load_number(text) IS 'Internal to loaders: a coefficient with three decimals; NULL if it is none.';

CREATE FUNCTION @extschema@.hccraf_load_coefficients(content text, model text, calibration text, payment_year integer, source text DEFAULT NULL, release_date date DEFAULT NULL,
	dry_run boolean DEFAULT false, skip_unusable boolean DEFAULT false, is_default boolean DEFAULT NULL)
	RETURNS SETOF @extschema@.hcc_load_report
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
SET jit = off
AS $$
#variable_conflict use_column
DECLARE
	records @extschema@.hcc_load_record[] := @extschema@.hcc_load_csv(content);
	known text[] := ARRAY(SELECT DISTINCT s FROM (SELECT x.segment, x.adds, x.divided_by FROM @extschema@.hcc_segment x WHERE x.model_version = model) x,
		LATERAL (VALUES (segment), (adds), (divided_by)) v(s) WHERE s IS NOT NULL);
	variables text[] := @extschema@.hcc_load_variables(model, payment_year);
	h record;
	own integer;
	label integer;
	score integer;
	segment text[];	-- of each column
	segments text[];
	bad text;
	items @extschema@.hcc_load_item[];
	named @extschema@.hcc_load_item[];
BEGIN
	PERFORM @extschema@.hcc_load_begin(model, payment_year);
	IF known = '{}' THEN
		RAISE EXCEPTION USING ERRCODE = 'undefined_object',
			MESSAGE = format('model "%s" has no segments yet', model),
			HINT = 'Coefficients need the model''s rows in hcc_segment and hcc_variable: for a new model, copy those of one like it.';
	END IF;
	h := @extschema@.hcc_load_header(records, '{Variable}'::text[], NULL);
	own := array_position(h.title, 'variable');
	label := array_position(h.title, 'label');
	score := array_position(h.title, 'score');
	SELECT array_agg(CASE WHEN n NOT IN (own, COALESCE(label, 0), COALESCE(score, 0)) AND p IS NOT NULL
		THEN COALESCE(@extschema@.hcc_load_resolve('segment', p, known), '') END ORDER BY n)
	INTO segment FROM unnest(h.printed) WITH ORDINALITY u(p, n);
	SELECT string_agg(@extschema@.hcc_load_quote(h.printed[n]), ', ') INTO bad FROM unnest(segment) WITH ORDINALITY u(s, n) WHERE s = '';
	IF bad IS NOT NULL OR score IS NULL AND NOT EXISTS (SELECT FROM unnest(segment) s WHERE s <> '') THEN
		RAISE EXCEPTION USING ERRCODE = 'bad_copy_file_format',
			MESSAGE = COALESCE('the file has an unknown column: ' || left(bad, 500), 'the file has no column with coefficients'),
			DETAIL = format('Expected: Variable, Label, and the segments of model "%s" (%s), as CMS calls them: %s.', model, array_to_string(known, ', '),
				(SELECT string_agg(r.in_file, ', ' ORDER BY r.note, r.in_file) FROM @extschema@.hcc_load_rule r WHERE r.kind = 'segment' AND r.name = ANY (known))),
			HINT = 'If the column was renamed, add a row of kind "segment" to hcc_load_rule.';
	END IF;
	SELECT string_agg(s, ', ') INTO bad FROM (SELECT s FROM unnest(segment) s WHERE s <> '' GROUP BY s HAVING count(*) > 1) d;
	IF bad IS NOT NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'bad_copy_file_format',
			MESSAGE = format('the file has two columns for segment %s', bad), DETAIL = format('Found: %s.', array_to_string(h.printed, ', '));
	END IF;
	-- Segments of one file come together.
	SELECT string_agg(COALESCE(r.titles, k), ', ' ORDER BY k) INTO bad
	FROM unnest(known) k
		LEFT JOIN LATERAL (SELECT string_agg(x.in_file, ' or ' ORDER BY x.in_file) AS titles, min(x.note) AS note
			FROM @extschema@.hcc_load_rule x WHERE x.kind = 'segment' AND x.name = k AND NOT x.custom) r ON true
	WHERE score IS NULL AND NOT k = ANY (array_remove(segment, NULL))
		AND CASE WHEN r.titles IS NOT NULL
			THEN r.note IN (SELECT f.note FROM @extschema@.hcc_load_rule f WHERE f.kind = 'segment' AND f.name = ANY (segment))
			ELSE NOT EXISTS (SELECT FROM @extschema@.hcc_load_rule f WHERE f.kind IN ('segment', 'score') AND f.name = ANY (known)) END;
	IF bad IS NOT NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'bad_copy_file_format',
			MESSAGE = format('the file lacks a column: %s', bad),
			DETAIL = format('Segments of one file come together. Found: %s.', array_to_string(h.printed, ', ')),
			HINT = 'If the column was renamed, add a row of kind "segment" to hcc_load_rule.';
	END IF;

	WITH line AS MATERIALIZED (
		SELECT r.line, r.field, r.field[own] AS name, @extschema@.hcc_load_resolve('variable', r.field[own], variables) AS variable, r.problem
		FROM @extschema@.hcc_load_body(records, h.at, h.title) r
	), cell AS (
		SELECT l.*, f.f AS value, CASE WHEN n = score THEN
			@extschema@.hcc_load_resolve('score', l.name, known) ELSE segment[n] END AS segment
		FROM line l LEFT JOIN LATERAL unnest(l.field) WITH ORDINALITY f(f, n) ON (segment[n] <> '' OR n = score) AND f <> '' AND l.problem IS NULL
	)
	SELECT COALESCE(array_agg(ROW(c.line, ARRAY[c.segment, c.variable], @extschema@.hcc_load_number(c.value), c.problem)::@extschema@.hcc_load_item ORDER BY c.line, c.segment)
		FILTER (WHERE c.problem IS NOT NULL OR c.value IS NOT NULL), '{}')
	INTO items
	FROM (SELECT c.line, c.segment, c.variable, c.value, COALESCE(c.problem, CASE
			WHEN c.name = '' THEN 'has no variable'
			WHEN c.variable IS NULL THEN format('%s is no variable of the model', @extschema@.hcc_load_quote(c.name))
			WHEN c.value IS NOT NULL AND c.segment IS NULL THEN format('variable %s belongs to no segment with one score', c.name)
			WHEN c.value IS NOT NULL AND @extschema@.hcc_load_number(c.value) IS NULL THEN format('variable %s, segment %s: %s is no coefficient of at most three decimals',
				c.name, c.segment, @extschema@.hcc_load_quote(c.value)) END) AS problem
		FROM cell c) c;
	-- one report line for a variable that is unknown in several columns
	SELECT array_agg(i ORDER BY (i).line) INTO items FROM (SELECT DISTINCT ON ((u).line, (u).problem, CASE WHEN (u).problem IS NULL THEN (u).key END) u AS i
		FROM unnest(items) u ORDER BY (u).line, (u).problem, CASE WHEN (u).problem IS NULL THEN (u).key END) d;

	segments := CASE WHEN score IS NULL THEN array_remove(segment, NULL)
		ELSE ARRAY(SELECT DISTINCT i.key[1] FROM unnest(items) i WHERE i.problem IS NULL) END;
	SELECT array_agg(ROW(r.line, ARRAY[v.variable], CASE WHEN label IS NOT NULL THEN r.field[label] END, NULL)::@extschema@.hcc_load_item) INTO named
	FROM @extschema@.hcc_load_body(records, h.at, h.title) r
		CROSS JOIN LATERAL (SELECT @extschema@.hcc_load_resolve('variable', r.field[own], variables)) v(variable)
	WHERE r.problem IS NULL AND v.variable IS NOT NULL;
	RETURN QUERY SELECT * FROM @extschema@.hcc_load_coefficient('coefficients', content, model, calibration, payment_year, source, release_date, dry_run, skip_unusable,
		is_default, cardinality(records) - h.at, COALESCE(items, '{}'), segments, COALESCE(named, '{}'));
END
$$;
COMMENT ON FUNCTION @extschema@.hccraf_load_coefficients(text, text, text, integer, text, date, boolean, boolean, boolean) IS
	'Loads a file of relative factors or scores of a CMS software package (continuing enrollees, new enrollees, dialysis, graft, transplant) into hcc_coefficient.';

CREATE FUNCTION @extschema@.hccraf_load_sas_coefficients(content text, model text, calibration text, payment_year integer, source text DEFAULT NULL, release_date date DEFAULT NULL,
	dry_run boolean DEFAULT false, skip_unusable boolean DEFAULT false, is_default boolean DEFAULT NULL)
	RETURNS SETOF @extschema@.hcc_load_report
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
SET jit = off
AS $$
#variable_conflict use_column
DECLARE
	records @extschema@.hcc_load_record[] := @extschema@.hcc_load_csv(content);
	known text[] := ARRAY(SELECT DISTINCT s FROM (SELECT x.segment, x.adds, x.divided_by FROM @extschema@.hcc_segment x WHERE x.model_version = model) x,
		LATERAL (VALUES (segment), (adds), (divided_by)) v(s) WHERE s IS NOT NULL);
	variables text[] := @extschema@.hcc_load_variables(model, payment_year);
	items @extschema@.hcc_load_item[];
BEGIN
	PERFORM @extschema@.hcc_load_begin(model, payment_year);
	IF cardinality(records) <> 2 OR records[1].field[1] !~ '^\w+_\w+$' THEN
		RAISE EXCEPTION USING ERRCODE = 'bad_copy_file_format',
			MESSAGE = 'the file is no SAS coefficient file',
			DETAIL = format('Expected are one line of names like CNA_HCC19 and one line of numbers. Found: %s lines, the first begins with %s.', cardinality(records),
				@extschema@.hcc_load_quote(array_to_string(records[1].field[1:5], ','))),
			HINT = 'hccraf_load_coefficients reads the CSV files of the software packages.';
	END IF;
	IF cardinality(array_remove(records[1].field, '')) <> cardinality(array_remove(records[2].field, '')) THEN
		RAISE EXCEPTION USING ERRCODE = 'bad_copy_file_format',
			MESSAGE = 'names and coefficients are not equally many: the file is not complete',
			DETAIL = format('The file has %s names and %s coefficients.', cardinality(array_remove(records[1].field, '')), cardinality(array_remove(records[2].field, '')));
	END IF;
	-- A name is a segment, "_" and a variable: the longest segment that leaves one.
	SELECT COALESCE(array_agg(ROW(records[2].line, ARRAY[m.segment, m.variable], @extschema@.hcc_load_number(u.value), COALESCE(records[2].problem, CASE
			WHEN m.variable IS NULL THEN format('column %s: %s is no segment and variable of the model', u.n, @extschema@.hcc_load_quote(u.name))
			WHEN @extschema@.hcc_load_number(u.value) IS NULL THEN format('column %s: %s is no coefficient of at most three decimals', u.n, @extschema@.hcc_load_quote(u.value))
			END))::@extschema@.hcc_load_item ORDER BY u.n), '{}')
	INTO items
	FROM unnest(records[1].field, records[2].field) WITH ORDINALITY u(name, value, n)
		LEFT JOIN LATERAL (SELECT s AS segment, @extschema@.hcc_load_resolve('variable', substr(u.name, length(s) + 2), variables) AS variable
			FROM unnest(known) s WHERE lower(left(u.name, length(s) + 1)) = lower(s) || '_'
			ORDER BY @extschema@.hcc_load_resolve('variable', substr(u.name, length(s) + 2), variables) IS NULL, length(s) DESC LIMIT 1) m ON true
	WHERE u.name <> '' OR u.value <> '';
	RETURN QUERY SELECT * FROM @extschema@.hcc_load_coefficient('sas_coefficients', content, model, calibration, payment_year, source, release_date, dry_run, skip_unusable,
		is_default, cardinality(items), items, ARRAY(SELECT DISTINCT i.key[1] FROM unnest(items) i WHERE i.problem IS NULL),
		ARRAY(SELECT ROW(NULL, ARRAY[i.key[2]], NULL, NULL)::@extschema@.hcc_load_item FROM unnest(items) i WHERE i.problem IS NULL));
END
$$;
COMMENT ON FUNCTION @extschema@.hccraf_load_sas_coefficients(text, text, text, integer, text, date, boolean, boolean, boolean) IS
	'Loads a coefficient file of the SAS software (C2824T2N and its like: one line of names like CNA_HCC19, one line of numbers) into hcc_coefficient.';

----------------------------------------------------------------------
-- Procedures that make a claim count
----------------------------------------------------------------------
CREATE FUNCTION @extschema@.hccraf_load_procedures(content text, service_year integer, source text DEFAULT NULL, release_date date DEFAULT NULL,
	dry_run boolean DEFAULT false, skip_unusable boolean DEFAULT false)
	RETURNS SETOF @extschema@.hcc_load_report
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
SET jit = off
AS $$
#variable_conflict use_column
DECLARE
	records @extschema@.hcc_load_record[] := @extschema@.hcc_load_csv(content);
	h record;
	own integer;
	included integer;
	items @extschema@.hcc_load_item[];
	problems @extschema@.hcc_load_item[];
	wanted @extschema@.hcc_load_item[];
	previous @extschema@.hcc_load_item[];
	loaded boolean;
	n bigint;
	written bigint := 0;
BEGIN
	PERFORM @extschema@.hcc_load_begin('procedures', service_year);
	h := @extschema@.hcc_load_header(records, '{HCPCS/CPT Code,Short Description}'::text[], 'in cy ?\d{4} included list\?', true);
	own := array_position(h.title, 'hcpcs/cpt code');
	SELECT n INTO included FROM unnest(h.title) WITH ORDINALITY u(t, n) WHERE t ~ ('^in cy ?' || service_year);
	IF included IS NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'bad_copy_file_format',
			MESSAGE = format('the file has no column for service year %s', service_year),
			DETAIL = format('Expected: In CY%s Included List? Found: %s.', service_year, array_to_string(h.printed, ', '));
	END IF;
	-- The table ends at its notes.
	SELECT COALESCE(array_agg(ROW(r.line, ARRAY[upper(r.field[own])], lower(r.field[included]), COALESCE(r.problem, CASE
			WHEN r.field[own] !~ '^[0-9A-Za-z][0-9]{3}[0-9A-Za-z]$' THEN format('%s is no CPT or HCPCS code', @extschema@.hcc_load_quote(r.field[own]))
			WHEN r.field[included] !~* '^(yes|no)$' THEN format('code %s: %s is neither yes nor no', r.field[own], @extschema@.hcc_load_quote(r.field[included])) END))::@extschema@.hcc_load_item
			ORDER BY r.line), '{}')
	INTO items
	FROM @extschema@.hcc_load_body(records, h.at, h.title) r
	WHERE r.line < COALESCE((SELECT min(e.line) FROM unnest(records) e WHERE e.field[1] ~* '^notes?:?$'), 2147483647);
	SELECT COALESCE(array_agg(ROW(i.line, i.key, i.value, i.problem)::@extschema@.hcc_load_item) FILTER (WHERE i.problem IS NOT NULL), '{}'),
		COALESCE(array_agg(ROW(i.line, i.key, '', NULL)::@extschema@.hcc_load_item) FILTER (WHERE i.problem IS NULL AND i.nth = 1 AND i.value = 'yes'), '{}')
	INTO problems, wanted
	FROM (SELECT i.line, i.key, i.value, COALESCE(i.problem, CASE
				WHEN i.value IS DISTINCT FROM first_value(i.value) OVER w THEN format('code %s: an earlier line says otherwise', i.key[1]) END) AS problem,
			row_number() OVER w AS nth
		FROM unnest(items) i WINDOW w AS (PARTITION BY i.key, i.problem IS NULL ORDER BY i.line)) i;
	SELECT COALESCE(array_agg(ROW(NULL, ARRAY[p.procedure_code], '', NULL)::@extschema@.hcc_load_item), '{}') INTO previous
	FROM @extschema@.eligible_procedure p WHERE p.service_year = hccraf_load_procedures.service_year - 1;
	problems := problems || ARRAY(
		SELECT ROW(NULL, NULL, NULL, format('code %s: a shipped row includes it, the file does not', p.procedure_code))::@extschema@.hcc_load_item
		FROM @extschema@.eligible_procedure p
		WHERE p.service_year = hccraf_load_procedures.service_year AND NOT p.custom AND p.procedure_code NOT IN (SELECT w.key[1] FROM unnest(wanted) w));

	loaded := @extschema@.hcc_load_may_write(problems, cardinality(wanted), dry_run, skip_unusable);
	IF loaded THEN
		DELETE FROM @extschema@.eligible_procedure p
		WHERE p.service_year = hccraf_load_procedures.service_year AND p.custom AND p.procedure_code NOT IN (SELECT w.key[1] FROM unnest(wanted) w);
		GET DIAGNOSTICS n = ROW_COUNT;
		written := n;
		INSERT INTO @extschema@.eligible_procedure (service_year, procedure_code, source)
		SELECT hccraf_load_procedures.service_year, w.key[1], hccraf_load_procedures.source FROM unnest(wanted) w
		ON CONFLICT DO NOTHING;
		GET DIAGNOSTICS n = ROW_COUNT;
		written := written + n;
	END IF;
	RETURN QUERY SELECT * FROM @extschema@.hcc_load_finish('procedures', content, '', service_year, source, release_date, dry_run,
		cardinality(items), wanted, format('service year %s', service_year - 1), previous, problems, loaded, written);
END
$$;
COMMENT ON FUNCTION @extschema@.hccraf_load_procedures(text, integer, text, date, boolean, boolean) IS
	'Loads the list of CPT/HCPCS codes of a service year (the spreadsheet saved as CSV) into eligible_procedure.';

----------------------------------------------------------------------
-- Diagnosis codes that are valid
----------------------------------------------------------------------

-- A plain list has code, blanks, description. The order file has columns: a
-- number in 1 to 5, the code in 7 to 13, in 15 whether it is valid (1) or the
-- heading of others (0), a short description in 17 to 76, a long one from 78.
CREATE FUNCTION @extschema@.hccraf_load_icd10(content text, fiscal_year integer, source text DEFAULT NULL, release_date date DEFAULT NULL,
	dry_run boolean DEFAULT false, skip_unusable boolean DEFAULT false)
	RETURNS SETOF @extschema@.hcc_load_report
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
SET jit = off
AS $$
#variable_conflict use_column
DECLARE
	lines text[] := string_to_array(@extschema@.hcc_load_text(content), E'\n');
	ordered boolean;
	items @extschema@.hcc_load_item[];
	problems @extschema@.hcc_load_item[];
	wanted @extschema@.hcc_load_item[];	-- one per valid code; value: its description
	previous @extschema@.hcc_load_item[];
	headings bigint;
	loaded boolean;
	n bigint;
	written bigint := 0;
BEGIN
	PERFORM @extschema@.hcc_load_begin('icd10', fiscal_year);
	ordered := (SELECT l ~ '^\d{5} ' FROM unnest(lines) WITH ORDINALITY u(l, i) WHERE l ~ '\S' ORDER BY i LIMIT 1);
	SELECT COALESCE(array_agg(ROW(c.line, ARRAY[c.code], c.description, CASE
			WHEN c.code IS NULL OR c.code !~ '^[A-Z][0-9][0-9A-Z]{1,5}$' THEN format('%s is no diagnosis code', @extschema@.hcc_load_quote(COALESCE(c.code, c.l)))
			WHEN ordered AND (c.l !~ '^\d{5} .{7} [01] ' OR c.flag NOT IN ('0', '1')) THEN format('code %s: the line is not as the order file has it', c.code)
			WHEN c.description = '' THEN format('code %s: has no description', c.code) END)::@extschema@.hcc_load_item ORDER BY c.line)
			FILTER (WHERE c.flag IS DISTINCT FROM '0'), '{}'),
		count(*) FILTER (WHERE c.flag = '0')
	INTO items, headings
	FROM (SELECT i::integer AS line, l, CASE WHEN ordered THEN substr(l, 15, 1) END AS flag,
			CASE WHEN ordered THEN upper(btrim(substr(l, 7, 7))) ELSE upper(replace(split_part(translate(btrim(l, E' \t'), E'\t', ' '), ' ', 1), '.', '')) END AS code,
			CASE WHEN NOT ordered THEN btrim(substr(btrim(l, E' \t'), strpos(translate(btrim(l, E' \t'), E'\t', ' ') || ' ', ' ')), E' \t')
				ELSE COALESCE(NULLIF(btrim(substr(l, 78)), ''), btrim(substr(l, 17, 60))) END AS description
		FROM unnest(lines) WITH ORDINALITY u(l, i) WHERE l ~ '\S') c;
	SELECT COALESCE(array_agg(ROW(i.line, i.key, i.value, i.problem)::@extschema@.hcc_load_item) FILTER (WHERE i.problem IS NOT NULL), '{}'),
		COALESCE(array_agg(ROW(i.line, i.key, i.value, NULL)::@extschema@.hcc_load_item) FILTER (WHERE i.problem IS NULL AND i.nth = 1), '{}')
	INTO problems, wanted
	FROM (SELECT i.line, i.key, i.value, COALESCE(i.problem, CASE
				WHEN i.value IS DISTINCT FROM first_value(i.value) OVER w THEN format('code %s: an earlier line says otherwise', i.key[1]) END) AS problem,
			row_number() OVER w AS nth
		FROM unnest(items) i WINDOW w AS (PARTITION BY i.key, i.problem IS NULL ORDER BY i.line)) i;
	SELECT COALESCE(array_agg(ROW(NULL, ARRAY[c.icd10_code], c.description, NULL)::@extschema@.hcc_load_item), '{}') INTO previous
	FROM @extschema@.icd10_code c WHERE c.fiscal_year = hccraf_load_icd10.fiscal_year - 1;

	loaded := @extschema@.hcc_load_may_write(problems, cardinality(wanted), dry_run, skip_unusable);
	IF loaded THEN
		DELETE FROM @extschema@.icd10_code c
		WHERE c.fiscal_year = hccraf_load_icd10.fiscal_year
			AND NOT EXISTS (SELECT FROM unnest(wanted) w WHERE w.key[1] = c.icd10_code);
		GET DIAGNOSTICS n = ROW_COUNT;
		written := n;
		INSERT INTO @extschema@.icd10_code AS c (fiscal_year, icd10_code, description)
		SELECT hccraf_load_icd10.fiscal_year, w.key[1], w.value FROM unnest(wanted) w
		ON CONFLICT ON CONSTRAINT icd10_code_pkey DO UPDATE SET description = EXCLUDED.description
			WHERE c.description IS DISTINCT FROM EXCLUDED.description;
		GET DIAGNOSTICS n = ROW_COUNT;
		written := written + n;
	END IF;
	RETURN QUERY SELECT * FROM @extschema@.hcc_load_finish('icd10', content, '', fiscal_year, source, release_date, dry_run,
		cardinality(items), wanted, format('fiscal year %s', fiscal_year - 1), previous, problems, loaded, written,
		CASE WHEN headings > 0 THEN ARRAY[ROW(NULL, 'headings', 'codes that only head others', headings)::@extschema@.hcc_load_report] ELSE '{}' END);
END
$$;
COMMENT ON FUNCTION @extschema@.hccraf_load_icd10(text, integer, text, date, boolean, boolean) IS
	'Loads the diagnosis codes of a fiscal year (icd10cm_codes_2026.txt: code, blanks, description; or icd10cm_order_2026.txt) into icd10_code.';

-- Whoever may load is the DBA's decision; the tables' privileges count too.
DO $$
DECLARE
	f regprocedure;
BEGIN
	FOR f IN SELECT p.oid FROM pg_catalog.pg_proc p
		WHERE p.pronamespace = '@extschema@'::regnamespace AND p.proname LIKE 'hccraf\_load\_%'
	LOOP
		EXECUTE pg_catalog.format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', f);
	END LOOP;
END
$$;
