\echo Use "CREATE EXTENSION hccraf" to load this file. \quit

-- Whatever else is in the schema that the extension is made in, or in any
-- other, must not answer to a name here: only what is built in is found by its
-- bare name, everything of ours is named with its schema. A function that
-- takes its arguments better would be preferred wherever it is on the path.
SET LOCAL search_path = pg_catalog, pg_temp;

-- Function costs below are multiples of cpu_operator_cost and come from
-- measurement (doc/performance.md): a call that looks up one code costs about
-- 10, one that scores a patient about 50, one that explains a patient 1000.

-- A function that somebody adds to the schema later could fit a call better
-- than ours does.
DO $$
DECLARE
	others text := (SELECT string_agg(COALESCE(r.rolname, 'PUBLIC'), ', ' ORDER BY 1)
		FROM pg_namespace n
			CROSS JOIN LATERAL aclexplode(COALESCE(n.nspacl, acldefault('n', n.nspowner))) a
			LEFT JOIN pg_roles r ON r.oid = a.grantee
		WHERE n.oid = '@extschema@'::regnamespace AND a.privilege_type = 'CREATE'
			AND r.rolsuper IS NOT TRUE
			AND r.rolname IS DISTINCT FROM current_user
			AND r.rolname IS DISTINCT FROM 'pg_database_owner'
			AND r.oid IS DISTINCT FROM
				(SELECT d.datdba FROM pg_database d WHERE d.datname = current_database()));
BEGIN
	-- its name stands in the text of many statements, which format() makes
	IF position('%' IN '@extschema@') > 0 THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_schema_name',
			MESSAGE = 'hccraf cannot be installed into a schema with a percent sign in its name';
	END IF;
	IF others IS NOT NULL THEN
		RAISE WARNING USING
			MESSAGE = format('%s can create objects in the schema of hccraf', others),
			DETAIL = 'What they create there could be called by its functions, '
				'with the rights of whoever calls these.',
			HINT = 'Revoke CREATE, or install into a schema of its own: '
				'CREATE SCHEMA hcc; CREATE EXTENSION hccraf SCHEMA hcc;';
	END IF;
END
$$;
