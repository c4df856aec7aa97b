----------------------------------------------------------------------
-- Panels: a panel is a schema with one population in it. Its tables, readers,
-- jobs and reports are ordinary SQL under sql/panel/, kept in a table and run
-- where hccraf_setup() is told to.
----------------------------------------------------------------------
CREATE TABLE @extschema@.hcc_panel_source (
	position integer PRIMARY KEY,
	topic text NOT NULL,
	kind text NOT NULL CHECK (kind IN ('table', 'index', 'view', 'comment', 'routine',
		'revoke')),
	name name NOT NULL,
	signature text,
	statement text NOT NULL
);
COMMENT ON TABLE @extschema@.hcc_panel_source IS
	'The statements that hccraf_setup() runs to make a panel, in order.';
COMMENT ON COLUMN @extschema@.hcc_panel_source.topic IS 'The file of sql/panel/ that it is from.';
COMMENT ON COLUMN @extschema@.hcc_panel_source.kind IS
	'What it makes, or of what it is the comment or the rights.';
COMMENT ON COLUMN @extschema@.hcc_panel_source.name IS
	'The table or view, or the function or procedure without its arguments; of an index its own.';
COMMENT ON COLUMN @extschema@.hcc_panel_source.signature IS
	'Of an index its table; of a function or procedure its full signature.';
COMMENT ON COLUMN @extschema@.hcc_panel_source.statement IS
	'Words between at signs stand for the panel and its types; see hcc_panel_text.';

INSERT INTO @extschema@.hcc_panel_source (position, topic, kind, name, signature, statement) VALUES
@panel_source@;

CREATE FUNCTION @extschema@.hcc_refuse_panel(panel name, version text) RETURNS boolean
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	PERFORM @extschema@.hcc_raise('55000'::text,
		format('panel "%s" was made by version %s of hccraf, and this is @extversion@',
			panel, version), NULL::text,
		format('As its owner: SELECT @extschema@.hccraf_setup(%L);', panel));
	RETURN false;
END
$$;
COMMENT ON FUNCTION @extschema@.hcc_refuse_panel(name, text) IS
	'The error of hcc_panel_current.';

-- Where both are equal, the planner makes it true and nothing is left of it.
CREATE FUNCTION @extschema@.hcc_panel_current(panel name, version text) RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE COST 1
RETURN CASE WHEN version = '@extversion@' THEN true
	ELSE @extschema@.hcc_refuse_panel(panel, version) END;
COMMENT ON FUNCTION @extschema@.hcc_panel_current(name, text) IS
	'True if a panel was made by this version of the extension, else an error that says how.';

CREATE FUNCTION @extschema@.hcc_payment_year(payment_year integer) RETURNS integer
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.hcc_payment_year(integer) IS
	'The year itself; an error unless a year that models and rules can be about.';
CREATE FUNCTION @extschema@.hcc_payment_year_of(collection_year integer) RETURNS integer
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.hcc_payment_year_of(integer) IS
	'The payment year that the services of a year count for.';
CREATE FUNCTION @extschema@.hcc_service_start(payment_year integer) RETURNS date
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.hcc_service_start(integer) IS
	'The first day whose services count for a payment year.';
CREATE FUNCTION @extschema@.hcc_service_end(payment_year integer) RETURNS date
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.hcc_service_end(integer) IS
	'The last day whose services count for a payment year.';

CREATE FUNCTION @extschema@.hcc_raise(state text, message text, detail text, hint text)
	RETURNS void
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.hcc_raise(text, text, text, text) IS
	'An error without the lines that say which functions of a job called each other.';
CREATE FUNCTION @extschema@.hcc_raise_without_row(state text, message text) RETURNS void
LANGUAGE sql VOLATILE PARALLEL SAFE
RETURN @extschema@.hcc_raise(state, message, 'The row is not shown, for it is about a patient.',
	NULL);
COMMENT ON FUNCTION @extschema@.hcc_raise_without_row(text, text) IS
	'The error of a violated constraint without its detail, which would show a patient''s row.';

----------------------------------------------------------------------
-- What is there already: it must be the caller's own, and fit
----------------------------------------------------------------------
CREATE FUNCTION @extschema@.hcc_check_own(relation regclass) RETURNS void
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	me oid := (SELECT r.oid FROM pg_roles r WHERE r.rolname = current_user);
	owner name := (SELECT pg_get_userbyid(c.relowner) FROM pg_class c
		WHERE c.oid = relation AND c.relowner <> me);
	foreign_trigger record;
	rule name;
BEGIN
	IF owner IS NOT NULL THEN
		PERFORM @extschema@.hcc_raise('42501'::text, format('must be owner of %s', relation),
			format('It is there already and belongs to role "%s": '
				'what its owner has put on it would run with your rights.', owner),
			format('SET ROLE %I, if you are to act for it; '
				'else choose another schema, or drop it.', owner));
	END IF;
	SELECT t.tgname, pg_get_userbyid(p.proowner) AS owner INTO foreign_trigger
	FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid JOIN pg_roles o ON o.oid = p.proowner
	WHERE t.tgrelid = relation AND NOT t.tgisinternal AND p.proowner <> me AND NOT o.rolsuper
	ORDER BY t.tgname LIMIT 1;
	IF FOUND THEN
		PERFORM @extschema@.hcc_raise('42501'::text,
			format('%s is there already and has trigger "%s" of role "%s"',
				relation, foreign_trigger.tgname, foreign_trigger.owner),
			'It would run with the rights of whoever writes the table.'::text,
			format('DROP TRIGGER %I ON %s;', foreign_trigger.tgname, relation));
	END IF;
	SELECT r.rulename INTO rule FROM pg_rewrite r
	WHERE r.ev_class = relation AND r.rulename <> '_RETURN' ORDER BY 1 LIMIT 1;
	IF FOUND THEN
		PERFORM @extschema@.hcc_raise('55000'::text,
			format('%s is there already and has rule "%s"', relation, rule), NULL::text,
			format('DROP RULE %I ON %s;', rule, relation));
	END IF;
END
$$;
COMMENT ON FUNCTION @extschema@.hcc_check_own(regclass) IS
	'An error unless a relation is the caller''s own, without rules and triggers of others.';

-- A relation has a type of its own name, so that the server would refuse it with a message
-- about types that nobody asked for.
CREATE FUNCTION @extschema@.hcc_check_no_type(relation text) RETURNS void
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	IF to_regtype(relation) IS NOT NULL THEN
		PERFORM @extschema@.hcc_raise('42710'::text,
			format('a type %s is there already', relation),
			'A table or view has a type of its own name.'::text,
			'Drop or rename it, or choose another schema.'::text);
	END IF;
END
$$;
COMMENT ON FUNCTION @extschema@.hcc_check_no_type(text) IS
	'An error if a type has the name of a relation that is to be made.';

CREATE FUNCTION @extschema@.hcc_type_fits(given oid, wanted oid) RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT given = wanted
		OR EXISTS (SELECT FROM pg_catalog.pg_cast c
			WHERE c.castsource = given AND c.casttarget = wanted AND c.castcontext = 'i')
		-- whole numbers of any width
		OR given = ANY (ARRAY['int2'::regtype, 'int4'::regtype]::oid[])
			AND wanted = ANY (ARRAY['int2'::regtype, 'int4'::regtype]::oid[]);
END;
COMMENT ON FUNCTION @extschema@.hcc_type_fits(oid, oid) IS
	'Whether a column of one type can be read as another without a word.';

CREATE FUNCTION @extschema@.hcc_check_columns(relation regclass, columns text) RETURNS void
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	lacks text;
	misfits text;
BEGIN
	-- a column's line begins with its name and type, as no other does
	SELECT string_agg(format('"%s" %s', c.name, c.type), ', ' ORDER BY c.n)
			FILTER (WHERE a.attname IS NULL),
		string_agg(format('"%s" is %s and should be %s', c.name,
				format_type(a.atttypid, a.atttypmod), c.type), ', ' ORDER BY c.n)
			FILTER (WHERE NOT @extschema@.hcc_type_fits(a.atttypid, to_regtype(c.type)::oid)
				AND NOT (c.number AND a.atttypid = ANY (
					ARRAY['int2'::regtype, 'int4'::regtype, 'int8'::regtype]::oid[])))
	INTO lacks, misfits
	FROM (SELECT part[1] AS name, part[2] AS type, part[3] IS NOT NULL AS number, n
			FROM regexp_matches(columns,
					'^\s*([a-z][a-z0-9_]*) ([a-z]+(?:\[\])?)(?:.*-- (or a number))?', 'gn')
				WITH ORDINALITY m(part, n)) c
		LEFT JOIN pg_attribute a ON a.attrelid = relation AND a.attname = c.name
			AND a.attnum > 0 AND NOT a.attisdropped;
	IF lacks IS NOT NULL THEN
		PERFORM @extschema@.hcc_raise('42703'::text,
			format('%s is there already and lacks columns: %s', relation, lacks), NULL::text,
			'Add them, or put a view in its place that has them, as NULL or their default '
				'where you have nothing to say; or choose another schema.'::text);
	ELSIF misfits IS NOT NULL THEN
		PERFORM @extschema@.hcc_raise('42804'::text,
			format('%s is there already with columns of other types: %s',
				relation, misfits), NULL::text,
			'Change them, or put a view in its place that casts them; '
				'or choose another schema.'::text);
	END IF;
END
$$;
COMMENT ON FUNCTION @extschema@.hcc_check_columns(regclass, text) IS
	'An error that names the columns of CREATE TABLE that a relation lacks or has of another type.';

CREATE FUNCTION @extschema@.hcc_check_distributed(relation regclass) RETURNS void
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	distributed boolean := false;
BEGIN
	IF to_regclass('pg_catalog.pg_dist_partition') IS NOT NULL THEN
		-- the catalog of Citus is not there when this is compiled
		EXECUTE 'SELECT EXISTS (SELECT FROM pg_catalog.pg_dist_partition WHERE logicalrelid = $1)'
		INTO distributed USING relation;
	END IF;
	IF distributed THEN
		PERFORM @extschema@.hcc_raise('0A000'::text, format('%s is a distributed table', relation),
			'What reads it in place would read the shell of it, which is empty.'::text,
			'Make a panel of each shard, on its node.'::text);
	END IF;
END
$$;
COMMENT ON FUNCTION @extschema@.hcc_check_distributed(regclass) IS
	'An error if a table is distributed over several nodes.';

CREATE FUNCTION @extschema@.hcc_check_schema_owner(panel name) RETURNS void
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	owner name;
BEGIN
	SELECT o.rolname INTO owner FROM pg_namespace n JOIN pg_roles o ON o.oid = n.nspowner
		CROSS JOIN (SELECT * FROM pg_roles m WHERE m.rolname = current_user) me
	WHERE n.nspname = panel AND NOT o.rolsuper AND o.rolname <> 'pg_database_owner'
		AND o.oid <> me.oid AND (me.rolsuper OR NOT pg_has_role(me.oid, o.oid, 'MEMBER'));
	IF owner IS NOT NULL THEN
		PERFORM @extschema@.hcc_raise('42501'::text,
			format('schema "%s" belongs to role "%s"', panel, owner),
			'Its owner can replace every function of the panel, which would run with '
				'your rights.'::text,
			format('SET ROLE %I, if you are to act for it; else choose another schema.',
				owner));
	END IF;
END
$$;
COMMENT ON FUNCTION @extschema@.hcc_check_schema_owner(name) IS
	'An error unless a schema is the caller''s, of a role that it is in, or of a superuser.';

CREATE FUNCTION @extschema@.hcc_check_schema(panel name) RETURNS void
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	others text;
	planted record;
BEGIN
	IF NOT EXISTS (SELECT FROM pg_namespace WHERE nspname = panel) THEN
		PERFORM @extschema@.hcc_raise('3F000'::text, format('schema "%s" does not exist', panel),
			NULL::text, format('CREATE SCHEMA %I;', panel));
	ELSIF panel LIKE 'pg\_%' OR panel = 'information_schema' THEN
		PERFORM @extschema@.hcc_raise('42939'::text,
			format('schema "%s" is not for tables of yours', panel), NULL::text,
			'Make one: CREATE SCHEMA risk;'::text);
	ELSIF panel ~ '\$panel\$|@' THEN
		-- where the text of a function ends could not be told, or what to put in place of what
		PERFORM @extschema@.hcc_raise('42602'::text,
			format('schema "%s" cannot be a panel: '
				'its name has an at sign or $panel$ in it', panel), NULL::text,
			'Choose another schema.'::text);
	END IF;
	SELECT string_agg(COALESCE(r.rolname, 'PUBLIC'), ', ' ORDER BY r.rolname) INTO others
	FROM pg_namespace n CROSS JOIN LATERAL aclexplode(n.nspacl) a
		LEFT JOIN pg_roles r ON r.oid = a.grantee
	WHERE n.nspname = panel AND a.privilege_type = 'CREATE' AND r.rolsuper IS NOT TRUE
		AND a.grantee NOT IN (n.nspowner,
			(SELECT m.oid FROM pg_roles m WHERE m.rolname = current_user))
		AND r.rolname IS DISTINCT FROM 'pg_database_owner';
	IF others IS NOT NULL THEN
		RAISE WARNING USING MESSAGE = format('%s can create objects in schema "%s"', others, panel),
			DETAIL = 'A function of theirs could be called in place of one of the panel''s.',
			HINT = format('REVOKE CREATE ON SCHEMA %I FROM %s;', panel, others);
	END IF;
	SELECT p.oid::regprocedure AS routine, pg_get_userbyid(p.proowner) AS owner INTO planted
	FROM pg_proc p JOIN @extschema@.hcc_panel_source s ON s.kind = 'routine' AND s.name = p.proname
	WHERE p.pronamespace = (SELECT n.oid FROM pg_namespace n WHERE n.nspname = panel)
		AND p.proowner <> (SELECT m.oid FROM pg_roles m WHERE m.rolname = current_user)
		AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass
			AND d.objid = p.oid AND d.deptype = 'e')
	LIMIT 1;
	IF FOUND THEN
		PERFORM @extschema@.hcc_raise('42501'::text,
			format('%s is there already and belongs to role "%s"',
				planted.routine, planted.owner),
			'It could be called in place of the panel''s function of that name.'::text,
			format('SET ROLE %I, if you are to act for it; else drop it.', planted.owner));
	END IF;
END
$$;
COMMENT ON FUNCTION @extschema@.hcc_check_schema(name) IS
	'An error unless a schema can be made a panel by the caller.';

----------------------------------------------------------------------
-- Setup
----------------------------------------------------------------------
CREATE FUNCTION @extschema@.hcc_id_type(panel name, "table" text, "column" text, otherwise regtype)
	RETURNS regtype
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	found regtype := (SELECT a.atttypid FROM pg_attribute a
		WHERE a.attrelid = to_regclass(format('%I.%I', panel, "table")) AND a.attname = "column"
			AND a.attnum > 0 AND NOT a.attisdropped);
BEGIN
	IF found IN ('varchar'::regtype, 'bpchar'::regtype) THEN
		found := 'text'::regtype;
	END IF;
	IF COALESCE(found, otherwise) <> ALL ('{uuid,bigint,integer,text}'::regtype[]) THEN
		PERFORM @extschema@.hcc_raise('42804'::text,
			CASE WHEN found IS NULL
				THEN format('%s cannot be the type of an identifier', otherwise)
				ELSE format('%I.%I has "%s" of type %s, which cannot be that of an identifier',
					panel, "table", "column", found) END, NULL::text,
			'Identifiers are uuid, bigint, integer or text; a view can cast what you have.'::text);
	END IF;
	RETURN COALESCE(found, otherwise);
END
$$;
COMMENT ON FUNCTION @extschema@.hcc_id_type(name, text, text, regtype) IS
	'The type of an identifier: that of the table that is there, else the one given.';

-- A table or view of the user's need not have the columns that are marked
-- "-- optional" in the statement that would make it; they read as NULL there.
CREATE FUNCTION @extschema@.hcc_absent_columns(relation regclass, statement text) RETURNS jsonb
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	-- what is not there yet is made with all columns
	SELECT COALESCE(jsonb_object_agg(o[1], o[2]), '{}')
	FROM regexp_matches(statement, '^\s*([a-z_]+) ([a-z]+)[^\n]*-- optional$', 'gn') o
	WHERE relation IS NOT NULL AND NOT EXISTS (SELECT FROM pg_catalog.pg_attribute a
		WHERE a.attrelid = relation AND a.attname = o[1] AND a.attnum > 0 AND NOT a.attisdropped);
END;
COMMENT ON FUNCTION @extschema@.hcc_absent_columns(regclass, text) IS
	'Part of hccraf_setup: the optional columns that a relation that is there lacks, with types.';

CREATE FUNCTION @extschema@.hcc_panel_words(panel name, patient_id_type regtype,
	encounter_id_type regtype, diagnosis_id_type regtype, partitioned boolean) RETURNS jsonb
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	diagnosis text := 'patient_diagnosis_hcc';
	given regtype := COALESCE(patient_id_type, 'uuid'::regtype);
	patient regtype := @extschema@.hcc_id_type(panel, 'patient_demographic'::text,
		'patient_id'::text, @extschema@.hcc_id_type(panel, diagnosis, 'patient_id'::text, given));
	encounter regtype := @extschema@.hcc_id_type(panel, diagnosis, 'encounter_id'::text,
		COALESCE(encounter_id_type, patient));
	record regtype := @extschema@.hcc_id_type(panel, diagnosis, 'id'::text,
		COALESCE(diagnosis_id_type, patient));
BEGIN
	IF given NOT IN (patient, 'uuid'::regtype) THEN
		PERFORM @extschema@.hcc_raise('42804'::text,
			format('the patients of schema "%s" have identifiers of type %s, not %s',
				panel, patient, given), NULL::text,
			'Leave out patient_id_type, or choose another schema.'::text);
	END IF;
	RETURN jsonb_build_object('panel', quote_ident(panel), 'panel_name', quote_literal(panel),
		'patient_id', patient, 'encounter_id', encounter, 'diagnosis_id', record,
		'diagnosis_id_default', CASE record WHEN 'uuid'::regtype THEN 'DEFAULT gen_random_uuid()'
			WHEN 'text'::regtype THEN 'DEFAULT gen_random_uuid()::text'
			ELSE 'GENERATED BY DEFAULT AS IDENTITY' END,
		'by_patient', CASE WHEN partitioned THEN 'PARTITION BY HASH (patient_id)' ELSE '' END,
		-- a key of a partitioned table must hold what it is partitioned by
		'id_key', CASE WHEN partitioned THEN 'id, patient_id' ELSE 'id' END,
		'absent', (SELECT COALESCE(jsonb_object_agg(a.key, a.value), '{}')
			FROM @extschema@.hcc_panel_source s
				CROSS JOIN LATERAL jsonb_each(@extschema@.hcc_absent_columns(
					to_regclass(format('%I.%I', panel, s.name)), s.statement)) a
			WHERE s.kind = 'table'));
END
$$;
COMMENT ON FUNCTION @extschema@.hcc_panel_words(name, regtype, regtype, regtype, boolean) IS
	'What the words between at signs in hcc_panel_source stand for in a panel.';

CREATE FUNCTION @extschema@.hcc_panel_text(source text, words jsonb) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	word record;
BEGIN
	FOR word IN SELECT key, value FROM jsonb_each_text(words - 'absent') LOOP
		source := replace(source, '@' || word.key || '@', word.value);
	END LOOP;
	-- a column that a table of yours need not have reads as NULL where it has not
	FOR word IN SELECT DISTINCT m[1] AS item, m[2] AS name
		FROM regexp_matches(source, '@optional\(((?:[a-z]+\.)?([a-z_]+))\)@', 'g') m
	LOOP
		source := replace(source, '@optional(' || word.item || ')@',
			COALESCE('NULL::' || (words -> 'absent' ->> word.name), word.item));
	END LOOP;
	RETURN source;
END
$$;
COMMENT ON FUNCTION @extschema@.hcc_panel_text(text, jsonb) IS
	'A statement of hcc_panel_source with its words replaced.';

CREATE FUNCTION @extschema@.hcc_split_table(parent regclass, partitions integer) RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	named record;
	part text;
BEGIN
	-- tables that were there before, whole or split, stay as they are
	SELECT n.nspname, c.relname INTO named
	FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
	WHERE c.oid = parent AND c.relkind = 'p'
		AND NOT EXISTS (SELECT FROM pg_inherits i WHERE i.inhparent = c.oid);
	IF NOT FOUND THEN
		RETURN;
	END IF;
	FOR n IN 0 .. partitions - 1 LOOP
		part := format('%I.%I', named.nspname, named.relname || '_p' || n);
		IF to_regclass(part) IS NOT NULL THEN
			PERFORM @extschema@.hcc_raise('42P07'::text,
				format('%s is there already and is no partition of %s', part, parent), NULL::text,
				'Drop or rename it, or choose another schema.'::text);
		END IF;
		PERFORM @extschema@.hcc_check_no_type(part);
		EXECUTE format('CREATE TABLE %s PARTITION OF %s '
			'FOR VALUES WITH (MODULUS %s, REMAINDER %s)', part, parent, partitions, n);
	END LOOP;
END
$$;
COMMENT ON FUNCTION @extschema@.hcc_split_table(regclass, integer) IS
	'Gives a table partitioned by hash its partitions, unless it has some.';

CREATE FUNCTION @extschema@.hcc_setup_table("table" text, statement text, partitions integer)
	RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	present regclass := to_regclass("table");
	without_absent text;
BEGIN
	IF present IS NULL THEN
		PERFORM @extschema@.hcc_check_no_type("table");
		-- not IF NOT EXISTS: what somebody else makes meanwhile is an error
		EXECUTE statement;
		PERFORM @extschema@.hcc_split_table("table"::regclass, partitions);
		RETURN;
	END IF;
	PERFORM @extschema@.hcc_check_own(present);
	PERFORM @extschema@.hcc_check_distributed(present);
	IF NOT (SELECT c.relkind IN ('r', 'p', 'v') FROM pg_class c WHERE c.oid = present) THEN
		PERFORM @extschema@.hcc_raise('42809'::text,
			format('%s is there already and is neither a table nor a view', present), NULL::text,
			'Put a view in its place that reads it, or choose another schema.'::text);
	END IF;
	-- of the wrong type, an optional column is an error as any other
	SELECT regexp_replace(statement, '^\s*(?:' || string_agg(o, '|') || ') .*-- optional$', '',
		'gn') INTO without_absent
	FROM jsonb_object_keys(@extschema@.hcc_absent_columns(present, statement)) o;
	PERFORM @extschema@.hcc_check_columns(present, CASE
		WHEN (SELECT c.relkind = 'v' FROM pg_class c WHERE c.oid = present)
			THEN regexp_replace(COALESCE(without_absent, statement), '[^\n]*-- not read\n', '', 'g')
		ELSE COALESCE(without_absent, statement) END);
END
$$;
COMMENT ON FUNCTION @extschema@.hcc_setup_table(text, text, integer) IS
	'Part of hccraf_setup: makes a table, or checks that what is there is the caller''s and fits.';

CREATE FUNCTION @extschema@.hcc_setup_index(index text, "table" text, statement text) RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	present regclass := to_regclass(index);
BEGIN
	IF (SELECT c.relkind = 'v' FROM pg_class c WHERE c.oid = "table"::regclass) THEN
		RETURN;
	ELSIF present IS NULL THEN
		EXECUTE statement;
	ELSIF NOT EXISTS (SELECT FROM pg_index i
			WHERE i.indexrelid = present AND i.indrelid = "table"::regclass) THEN
		PERFORM @extschema@.hcc_raise('42P07'::text,
			format('%s is there already and is no index on %s', present, "table"), NULL::text,
			'Drop or rename it, or choose another schema.'::text);
	END IF;
END
$$;
COMMENT ON FUNCTION @extschema@.hcc_setup_index(text, text, text) IS
	'Part of hccraf_setup: makes an index unless the table has it, or is a view.';

CREATE FUNCTION @extschema@.hcc_setup_view(view text, statement text) RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	present regclass := to_regclass(view);
BEGIN
	IF present IS NULL THEN
		PERFORM @extschema@.hcc_check_no_type(view);
		EXECUTE statement;
		RETURN;
	END IF;
	PERFORM @extschema@.hcc_check_own(present);
	IF NOT (SELECT c.relkind = 'v' FROM pg_class c WHERE c.oid = present)
		OR COALESCE(obj_description(present, 'pg_class'), '') NOT LIKE 'Made by hccraf_setup%' THEN
		PERFORM @extschema@.hcc_raise('42P07'::text,
			format('%s is there already and is not the view of a panel', present), NULL::text,
			'Drop or rename it, or choose another schema.'::text);
	END IF;
	EXECUTE regexp_replace(statement, '^CREATE ', 'CREATE OR REPLACE ');
END
$$;
COMMENT ON FUNCTION @extschema@.hcc_setup_view(text, text) IS
	'Part of hccraf_setup: makes a view, or makes it anew.';

----------------------------------------------------------------------
-- Updates. The bodies of a panel's functions hold those of the extension fast,
-- and each other. So before anything of either is dropped, every function of
-- the panel becomes a stub of the same signature, on which stays what users
-- have built and granted; then they are made anew.
----------------------------------------------------------------------
CREATE FUNCTION @extschema@.hcc_panel_routines(panel name) RETURNS SETOF oid
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT p.oid
	FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_depend d ON d.objid = p.oid
		JOIN pg_catalog.pg_extension e ON e.oid = d.refobjid
		JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
	WHERE n.nspname = hcc_panel_routines.panel AND e.extname = 'hccraf' AND d.deptype = 'x'
		AND d.classid = 'pg_catalog.pg_proc'::regclass
		AND d.refclassid = 'pg_catalog.pg_extension'::regclass
	ORDER BY p.oid;
END;
COMMENT ON FUNCTION @extschema@.hcc_panel_routines(name) IS
	'The functions and procedures that hccraf_setup has made in a schema, triggers excepted.';

-- Functions of the user's that have the name of one of ours stay, and are called with other
-- arguments; but never by the panel, which would say what nobody has tested.
CREATE FUNCTION @extschema@.hcc_namesakes(panel name) RETURNS SETOF oid
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT p.oid
	FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
	WHERE n.nspname = hcc_namesakes.panel
		AND EXISTS (SELECT FROM @extschema@.hcc_panel_source s
			WHERE s.kind = 'routine' AND s.name = p.proname)
		AND p.prorettype <> 'pg_catalog.trigger'::regtype
		AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
				JOIN pg_catalog.pg_extension e ON e.oid = d.refobjid
			WHERE d.classid = 'pg_catalog.pg_proc'::regclass AND d.objid = p.oid
				AND d.refclassid = 'pg_catalog.pg_extension'::regclass
				AND d.deptype IN ('e', 'x'))
	ORDER BY p.oid;
END;
COMMENT ON FUNCTION @extschema@.hcc_namesakes(name) IS
	'Functions with the name of a panel''s in its schema that neither setup nor an extension made.';

CREATE FUNCTION @extschema@.hcc_check_called(panel name) RETURNS void
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	called record;
BEGIN
	SELECT o.oid::regprocedure AS namesake, r.oid::regprocedure AS caller INTO called
	FROM @extschema@.hcc_panel_routines(panel) r (oid)
		JOIN pg_depend d ON d.classid = 'pg_proc'::regclass AND d.objid = r.oid
			AND d.refclassid = 'pg_proc'::regclass
		JOIN @extschema@.hcc_namesakes(panel) o (oid) ON o.oid = d.refobjid
	ORDER BY o.oid, r.oid LIMIT 1;
	IF FOUND THEN
		PERFORM @extschema@.hcc_raise('42723'::text,
			format('%s is there already and is not the panel''s', called.namesake),
			format('%s would call it in place of the panel''s own.', called.caller),
			'Drop or rename it, or choose another schema.'::text);
	END IF;
END
$$;
COMMENT ON FUNCTION @extschema@.hcc_check_called(name) IS
	'An error if a function of the panel has come to call one of its namesakes.';

CREATE FUNCTION @extschema@.hccraf_panels()
	RETURNS TABLE (schema name, owner name, version text, patient_id_type regtype,
		is_current boolean)
LANGUAGE sql STABLE PARALLEL SAFE ROWS 5
BEGIN ATOMIC
	SELECT n.nspname, pg_catalog.pg_get_userbyid(p.proowner), v.version,
		(SELECT a.atttypid::regtype FROM pg_catalog.pg_class c
				JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid
			WHERE c.relnamespace = n.oid AND c.relname = 'patient_demographic'
				AND a.attname = 'patient_id'),
		COALESCE(v.version = '@extversion@', false)
	FROM pg_catalog.pg_namespace n
		CROSS JOIN LATERAL @extschema@.hcc_panel_routines(n.nspname) r (oid)
		JOIN pg_catalog.pg_proc p ON p.oid = r.oid
		-- read, not called: whoever asks must not run what an owner has put in its place
		CROSS JOIN LATERAL (SELECT substring(pg_catalog.pg_get_function_sqlbody(p.oid)
			FROM '''([^'']+)''') AS version) v
	WHERE p.proname = 'hcc_panel_version' AND p.pronargs = 0
	ORDER BY n.nspname;
END;
COMMENT ON FUNCTION @extschema@.hccraf_panels() IS
	'The panels of this database: owner, version that made it, and whether it is this one.';

-- The statement that makes a function a stub states its defaults, and a constant of a type of
-- its owner's is read by functions of its owner's, with the rights of who updates.
CREATE FUNCTION @extschema@.hcc_check_default(routine oid) RETURNS void
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	-- without constants; what is not of pg_catalog is written with its schema
	names text := (SELECT regexp_replace(pg_get_expr(p.proargdefaults, 0), '''(''''|[^''])*''', '',
		'g') FROM pg_proc p WHERE p.oid = routine);
BEGIN
	IF names ~ '"|\.[[:alpha:]_]' THEN
		PERFORM @extschema@.hcc_raise('42501'::text,
			format('%s has a default that hccraf_setup has not given it',
				routine::regprocedure), NULL::text,
			format('DROP ROUTINE %s;', routine::regprocedure));
	END IF;
END
$$;
COMMENT ON FUNCTION @extschema@.hcc_check_default(oid) IS
	'An error unless the defaults of a function need only what is built in.';

CREATE FUNCTION @extschema@.hcc_release_panel(panel name) RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	runs regclass := to_regclass(format('%I.hcc_run', panel));
	released oid;
BEGIN
	IF runs IS NOT NULL AND NOT @extschema@.hcc_table_lock(runs) THEN
		PERFORM @extschema@.hcc_raise('55P03'::text,
			format('a scoring run of schema "%s" is going on', panel),
			format('It is process %s.', @extschema@.hcc_run_lock_holder(runs)),
			'Wait for it, or end it with pg_cancel_backend.'::text);
	END IF;
	FOREACH released IN ARRAY ARRAY(SELECT @extschema@.hcc_panel_routines(panel)) LOOP
		PERFORM @extschema@.hcc_check_default(released);
		EXECUTE (SELECT format('CREATE OR REPLACE %s %I.%I(%s) %s LANGUAGE plpgsql AS %L',
				CASE p.prokind WHEN 'p' THEN 'PROCEDURE' ELSE 'FUNCTION' END, panel, p.proname,
				pg_get_function_arguments(p.oid), 'RETURNS ' || pg_get_function_result(p.oid),
				'BEGIN RAISE EXCEPTION ''this panel is being set up''; END')
			FROM pg_proc p WHERE p.oid = released);
		EXECUTE format('ALTER ROUTINE %s DEPENDS ON EXTENSION hccraf', released::regprocedure);
	END LOOP;
END
$$;
COMMENT ON FUNCTION @extschema@.hcc_release_panel(name) IS
	'Makes the functions of a panel stubs, which need nothing of the extension and of each other.';

CREATE FUNCTION @extschema@.hcc_drop_routine(routine oid, why text) RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	dependents text;
BEGIN
	EXECUTE format('DROP ROUTINE %s', routine::regprocedure);
EXCEPTION WHEN dependent_objects_still_exist THEN
	GET STACKED DIAGNOSTICS dependents = PG_EXCEPTION_DETAIL;
	PERFORM @extschema@.hcc_raise('2BP01'::text,
		format('%s %s, and something depends on it', routine::regprocedure, why), dependents,
		'Drop that first, and make it anew when the panel is set up.'::text);
END
$$;
COMMENT ON FUNCTION @extschema@.hcc_drop_routine(oid, text) IS
	'Drops a function of a panel; an error that names what of the user''s depends on it.';

CREATE FUNCTION @extschema@.hcc_drop_obsolete(panel name, words jsonb) RETURNS jsonb
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	present regprocedure[] := ARRAY(
		SELECT to_regprocedure(@extschema@.hcc_panel_text(s.signature, words))
		FROM @extschema@.hcc_panel_source s WHERE s.kind = 'routine');
	obsolete oid[] := ARRAY(SELECT r.oid FROM @extschema@.hcc_panel_routines(panel) r (oid)
		WHERE r.oid <> ALL (array_remove(present, NULL)::oid[]));
	-- what was granted on a function goes to the one of that name with other arguments
	granted jsonb := (SELECT jsonb_object_agg(p.proname, p.proacl::text) FROM pg_proc p
		WHERE p.oid = ANY (obsolete) AND p.proacl IS NOT NULL);
	dropped oid;
BEGIN
	FOREACH dropped IN ARRAY obsolete LOOP
		PERFORM @extschema@.hcc_drop_routine(dropped, 'is no longer part of a panel'::text);
	END LOOP;
	RETURN granted;
END
$$;
COMMENT ON FUNCTION @extschema@.hcc_drop_obsolete(name, jsonb) IS
	'Drops what a panel no longer has; what was granted on it, by name of the function.';

CREATE FUNCTION @extschema@.hcc_grant_routine(routine regprocedure, granted aclitem[])
	RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	statement text;
BEGIN
	IF granted IS NULL THEN
		RETURN;
	END IF;
	EXECUTE format('REVOKE EXECUTE ON ROUTINE %s FROM PUBLIC', routine);
	FOR statement IN SELECT format('GRANT EXECUTE ON ROUTINE %s TO %s%s', routine,
			CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END,
			CASE WHEN bool_or(a.is_grantable) THEN ' WITH GRANT OPTION' ELSE '' END)
		FROM aclexplode(granted) a GROUP BY a.grantee
	LOOP
		EXECUTE statement;
	END LOOP;
END
$$;
COMMENT ON FUNCTION @extschema@.hcc_grant_routine(regprocedure, aclitem[]) IS
	'Grants on a function what was granted on the one in whose place it is.';

CREATE FUNCTION @extschema@.hcc_setup_routine(panel name, signature text, statement text,
	revoked boolean, granted aclitem[]) RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	present oid := to_regprocedure(signature);
	anew boolean := present IS NULL;
BEGIN
	BEGIN
		-- in place, so that what was granted stays granted and what depends on it stays
		EXECUTE regexp_replace(statement, '^CREATE ', 'CREATE OR REPLACE ');
	EXCEPTION WHEN ambiguous_function THEN
		PERFORM @extschema@.hcc_raise('42723'::text,
			format('%s is there already and is not the panel''s', (
				SELECT string_agg(o::regprocedure::text, ', ' ORDER BY o)
				FROM @extschema@.hcc_namesakes(panel) o)),
			format('A call by %s fits it as well as the panel''s own function.', signature),
			'Drop or rename it, or choose another schema.'::text);
	WHEN invalid_function_definition OR wrong_object_type THEN
		-- What setup made may have another result, name of an argument or default now; what
		-- somebody else did is not ours to drop.
		SELECT p.proacl INTO granted FROM pg_proc p
		WHERE p.oid = present AND present IN (
			SELECT @extschema@.hcc_panel_routines(n.nspname) FROM pg_namespace n
			WHERE n.oid = p.pronamespace);
		IF NOT FOUND THEN
			PERFORM @extschema@.hcc_raise('42723'::text,
				format('%s is there already and is not the panel''s',
					COALESCE(present::regprocedure::text, signature)), SQLERRM,
				'Drop or rename it, or choose another schema.'::text);
		END IF;
		anew := true;
		PERFORM @extschema@.hcc_drop_routine(present,
			'has another result or other arguments in this version'::text);
		EXECUTE statement;
	END;
	-- a trigger stays with its table
	IF (SELECT p.prorettype <> 'trigger'::regtype FROM pg_proc p
			WHERE p.oid = to_regprocedure(signature)) THEN
		EXECUTE format('ALTER ROUTINE %s DEPENDS ON EXTENSION hccraf', signature);
	END IF;
	IF anew AND revoked THEN
		EXECUTE format('REVOKE EXECUTE ON ROUTINE %s FROM PUBLIC', signature);
	END IF;
	IF anew THEN
		PERFORM @extschema@.hcc_grant_routine(signature::regprocedure, granted);
	END IF;
END
$$;
COMMENT ON FUNCTION @extschema@.hcc_setup_routine(name, text, text, boolean, aclitem[]) IS
	'Part of hccraf_setup: makes a function or procedure, which goes when the extension does.';

CREATE FUNCTION @extschema@.hccraf_setup(schema name DEFAULT NULL,
	patient_id_type regtype DEFAULT 'uuid', partitioned boolean DEFAULT false,
	partitions integer DEFAULT 16, encounter_id_type regtype DEFAULT NULL,
	diagnosis_id_type regtype DEFAULT NULL)
	RETURNS name
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
SET client_min_messages = warning
SET standard_conforming_strings = on
SET quote_all_identifiers = off
AS $$
DECLARE
	panel name := COALESCE(schema, (SELECT n.nspname
		FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
		WHERE e.extname = 'hccraf'));
	words jsonb;
	source record;
	statement text;
	granted jsonb;
BEGIN
	IF partitioned IS NULL OR partitions IS NULL OR partitions NOT BETWEEN 1 AND 1024 THEN
		PERFORM @extschema@.hcc_raise('22023'::text,
			format('invalid value for argument "partitions": %s',
				COALESCE(partitions::text, 'NULL')),
			'It takes a number from 1 to 1024, and partitioned true or false.'::text, NULL::text);
	END IF;
	PERFORM @extschema@.hcc_check_schema(panel);
	words := @extschema@.hcc_panel_words(panel, patient_id_type, encounter_id_type,
		diagnosis_id_type, partitioned);
	IF EXISTS (SELECT FROM @extschema@.hccraf_panels() p
			WHERE p.schema = panel AND NOT p.is_current) THEN
		PERFORM @extschema@.hcc_release_panel(panel);
	END IF;
	granted := @extschema@.hcc_drop_obsolete(panel, words);
	FOR source IN SELECT s.kind, s.signature, s.statement, s.name,
			quote_ident(panel) || '.' || s.name AS made,
			EXISTS (SELECT FROM @extschema@.hcc_panel_source r
				WHERE r.kind = 'revoke' AND r.signature = s.signature) AS revoked,
			(SELECT t.statement FROM @extschema@.hcc_panel_source t
				WHERE t.kind = 'table' AND t.name = s.name) AS made_by
		FROM @extschema@.hcc_panel_source s ORDER BY s.position
	LOOP
		statement := @extschema@.hcc_panel_text(source.statement, words);
		CASE source.kind
			WHEN 'table' THEN
				PERFORM @extschema@.hcc_setup_table(source.made, statement, partitions);
			WHEN 'index' THEN
				PERFORM @extschema@.hcc_setup_index(source.made,
					@extschema@.hcc_panel_text(source.signature, words), statement);
			WHEN 'view' THEN
				PERFORM @extschema@.hcc_setup_view(source.made, statement);
			WHEN 'routine' THEN
				PERFORM @extschema@.hcc_setup_routine(panel,
					@extschema@.hcc_panel_text(source.signature, words), statement, source.revoked,
					(granted ->> source.name)::aclitem[]);
			WHEN 'comment' THEN
				IF (SELECT c.relkind <> 'v' FROM pg_class c WHERE c.oid = source.made::regclass)
					AND NOT EXISTS (SELECT FROM jsonb_object_keys(
							@extschema@.hcc_absent_columns(source.made::regclass, source.made_by)) a
						WHERE statement ^@ format('COMMENT ON COLUMN %s.%s IS', source.made, a))
				THEN
					EXECUTE statement;
				END IF;
			ELSE
				NULL;	-- rights are taken when the function is made
		END CASE;
	END LOOP;
	-- last, when all calls are bound
	PERFORM @extschema@.hcc_check_called(panel);
	-- and this, for what is wrong with a single table says more
	PERFORM @extschema@.hcc_check_schema_owner(panel);
	RETURN panel;
END
$$;
COMMENT ON FUNCTION @extschema@.hccraf_setup(name, regtype, boolean, integer, regtype, regtype) IS
	'Makes a schema (default: the extension''s) a panel: tables unless there, functions anew.';

CREATE FUNCTION @extschema@.hcc_setup_again(panel name) RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	scores regclass := to_regclass(format('%I.patient_hcc_score', panel));
	parts integer := (SELECT count(*) FROM pg_inherits i WHERE i.inhparent = scores);
BEGIN
	PERFORM @extschema@.hccraf_setup(panel, 'uuid'::regtype,
		EXISTS (SELECT FROM pg_class c WHERE c.oid = scores AND c.relkind = 'p'),
		CASE WHEN parts BETWEEN 1 AND 1024 THEN parts ELSE 16 END, NULL::regtype, NULL::regtype);
END
$$;
COMMENT ON FUNCTION @extschema@.hcc_setup_again(name) IS
	'Part of hccraf_update: hccraf_setup of a panel that is there, partitioned as it is.';

CREATE FUNCTION @extschema@.hccraf_update(version text DEFAULT NULL) RETURNS text
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	panels name[];
	owners name[];
	myself text := current_setting('role');
BEGIN
	SELECT array_agg(p.schema ORDER BY p.schema),
		array_agg(CASE p.owner WHEN current_user THEN myself ELSE p.owner END ORDER BY p.schema)
	INTO panels, owners FROM @extschema@.hccraf_panels() p;
	FOR i IN 1 .. COALESCE(cardinality(panels), 0) LOOP
		PERFORM set_config('role', owners[i], true);
		PERFORM @extschema@.hcc_release_panel(panels[i]);
	END LOOP;
	PERFORM set_config('role', myself, true);
	EXECUTE 'ALTER EXTENSION hccraf UPDATE' || COALESCE(' TO ' || quote_literal(version), '');
	-- From here on functions of the new version are called, though this is the old one: a later
	-- version has to have this one. What it makes new is the owner's, too.
	FOR i IN 1 .. COALESCE(cardinality(panels), 0) LOOP
		PERFORM set_config('role', owners[i], true);
		EXECUTE 'SELECT @extschema@.hcc_setup_again($1)' USING panels[i];
	END LOOP;
	PERFORM set_config('role', myself, true);
	RETURN (SELECT e.extversion FROM pg_extension e WHERE e.extname = 'hccraf');
END
$$;
COMMENT ON FUNCTION @extschema@.hccraf_update(text) IS
	'ALTER EXTENSION hccraf UPDATE, and hccraf_setup of every panel, in one transaction.';
REVOKE EXECUTE ON FUNCTION @extschema@.hccraf_update(text) FROM PUBLIC;
