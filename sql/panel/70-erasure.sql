-- Erasing a person

CREATE FUNCTION @panel@.hcc_erase(patient_id @patient_id@, relation regclass) RETURNS bigint
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $panel$
DECLARE
	erased bigint;
BEGIN
	-- whoever does not see all of a person cannot erase it
	IF row_security_active(relation) THEN
		PERFORM @extschema@.hcc_raise('42501'::text,
			format('row security of %s may hide rows of the person from role "%s"',
				relation, current_user), NULL::text,
			'Call it as the owner, or as a role with BYPASSRLS.'::text);
	END IF;
	-- one statement for each table that has patients, whichever there are
	EXECUTE format('DELETE FROM %s t WHERE t.patient_id = $1', relation) USING patient_id;
	GET DIAGNOSTICS erased = ROW_COUNT;
	RETURN erased;
EXCEPTION WHEN integrity_constraint_violation OR with_check_option_violation THEN
	PERFORM @extschema@.hcc_raise_without_row(SQLSTATE, SQLERRM);
WHEN object_not_in_prerequisite_state THEN
	IF (SELECT c.relkind <> 'v' FROM pg_class c WHERE c.oid = relation) THEN
		RAISE;
	END IF;
	RAISE WARNING USING MESSAGE = format('cannot delete from view %s', relation),
		DETAIL = 'What it shows of the person is still there.',
		HINT = 'Erase the person from the tables behind it, too.';
	RETURN NULL;
END
$panel$;
COMMENT ON FUNCTION @panel@.hcc_erase(@patient_id@, regclass) IS
	'Part of forget_patient: erases a person from a table; NULL with a warning: from a view it '
	'cannot.';

CREATE FUNCTION @panel@.forget_patient(patient_id @patient_id@)
	RETURNS TABLE ("table" name, rows bigint)
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE ROWS 15
SET search_path = pg_catalog, pg_temp
AS $panel$
DECLARE
	busy name;
	erased record;
	former @patient_id@;
	merged @patient_id@[];
BEGIN
	PERFORM @extschema@.hcc_panel_current(@panel_name@::name, '@extversion@'::text);
	IF patient_id IS NULL THEN
		PERFORM @extschema@.hcc_raise('22004'::text, 'argument "patient_id" must not be NULL'::text,
			NULL::text, NULL::text);
	END IF;
	-- what goes on has read the person, and would write them again
	FOREACH busy IN ARRAY '{hcc_run,patient_hcc_gap,patient_work_item}'::name[] LOOP
		IF NOT @extschema@.hcc_table_lock(format('%I.%I', @panel_name@, busy)::regclass) THEN
			PERFORM @extschema@.hcc_raise('55P03'::text,
				format('a run that fills %I of schema "%s" is going on', busy,
					@panel_name@), NULL::text, 'Call it again when the run has ended.'::text);
		END IF;
	END LOOP;
	merged := ARRAY(SELECT i.value::@patient_id@ FROM @panel@.patient_identifier i
		WHERE i.system = 'merged' AND i.patient_id = forget_patient.patient_id);
	FOR erased IN
		SELECT s.name, c.oid::regclass AS relation
		FROM @extschema@.hcc_panel_source s
			JOIN pg_class c ON c.oid = to_regclass(format('%I.%I', @panel_name@, s.name))
			JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'patient_id'
				AND a.attnum > 0 AND NOT a.attisdropped
		WHERE s.kind = 'table'
		-- last of all the notes of changes, to which the triggers add
		ORDER BY s.name = 'patient_hcc_change', s.position
	LOOP
		"table" := erased.name;
		rows := @panel@.hcc_erase(patient_id, erased.relation);
		-- what was computed of those who were merged into the person is the person's, too
		FOREACH former IN ARRAY merged LOOP
			rows := rows + @panel@.hcc_erase(former, erased.relation);
		END LOOP;
		RETURN NEXT;
	END LOOP;
END
$panel$;
COMMENT ON FUNCTION @panel@.forget_patient(@patient_id@) IS
	'Erases a person from every table of the panel; returns how many rows each of them had.';
