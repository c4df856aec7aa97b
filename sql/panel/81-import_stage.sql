-- Staging: the bytes of files, as they are

CREATE FUNCTION @panel@.import_open(label text DEFAULT NULL) RETURNS bigint
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $panel$
DECLARE
	opened bigint;
BEGIN
	INSERT INTO @panel@.import_batch (label) VALUES (import_open.label)
	RETURNING batch_id INTO opened;
	RETURN opened;
END
$panel$;
COMMENT ON FUNCTION @panel@.import_open(text) IS
	'Opens a batch, the files that are read and loaded together; returns its number.';

CREATE FUNCTION @panel@.import_stage(batch_id bigint, format text, name text,
	content bytea DEFAULT NULL) RETURNS bigint
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $panel$
DECLARE
	staged bigint;
BEGIN
	PERFORM @extschema@.hcc_panel_current(@panel_name@::name, '@extversion@'::text);
	IF NOT EXISTS (SELECT FROM @panel@.import_batch b WHERE b.batch_id = import_stage.batch_id) THEN
		PERFORM @extschema@.hcc_raise('22023'::text,
			format('there is no batch %s', COALESCE(import_stage.batch_id::text, 'NULL')),
			NULL::text,
			format('SELECT %I.import_open(); returns the number of a new one.',
				@panel_name@));
	ELSIF NOT EXISTS (SELECT FROM @extschema@.import_format f
			WHERE f.format = import_stage.format) THEN
		PERFORM @extschema@.hcc_raise('22023'::text,
			format('there is no format "%s"', COALESCE(import_stage.format, 'NULL')),
			(SELECT format('There are: %s.', string_agg(f.format, ', ' ORDER BY f.format))
				FROM @extschema@.import_format f), NULL::text);
	END IF;
	INSERT INTO @panel@.import_file (batch_id, format, name, bytes)
	VALUES (import_stage.batch_id, import_stage.format, import_stage.name,
		octet_length(import_stage.content))
	RETURNING file_id INTO staged;
	INSERT INTO @panel@.import_chunk (file_id, chunk, content)
	SELECT staged, 1, import_stage.content WHERE import_stage.content IS NOT NULL;
	RETURN staged;
END
$panel$;
COMMENT ON FUNCTION @panel@.import_stage(bigint, text, text, bytea) IS
	'Stages a file in a batch, with its bytes or to have import_chunk filled; returns its number.';

CREATE FUNCTION @panel@.import_staged(file_id bigint) RETURNS bigint
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $panel$
DECLARE
	length bigint;
BEGIN
	UPDATE @panel@.import_file f SET bytes = (SELECT COALESCE(sum(octet_length(c.content)), 0)
		FROM @panel@.import_chunk c WHERE c.file_id = f.file_id)
	WHERE f.file_id = import_staged.file_id
	RETURNING f.bytes INTO length;
	RETURN length;
END
$panel$;
COMMENT ON FUNCTION @panel@.import_staged(bigint) IS
	'Says that all chunks of a file are there; returns its length.';

CREATE FUNCTION @panel@.import_report(batch_id bigint DEFAULT NULL)
	RETURNS TABLE (batch bigint, file_id bigint, format text, name text, bytes bigint,
		"read" bigint, loaded bigint, unchanged bigint, refused bigint, warnings bigint)
LANGUAGE sql STABLE PARALLEL SAFE ROWS 100
BEGIN ATOMIC
	SELECT f.batch_id, f.file_id, f.format, f.name,
		f.bytes, COALESCE(f.records_read, 0) + COALESCE(f.people_read, 0),
		COALESCE(f.records_loaded, 0) + COALESCE(f.people_loaded, 0),
		COALESCE(f.records_unchanged, 0) + COALESCE(f.people_unchanged, 0),
		COALESCE(f.records_refused, 0) + COALESCE(f.people_refused, 0),
		(SELECT count(*) FROM @panel@.import_refusal r
			WHERE r.file_id = f.file_id AND NOT r.refused)
	FROM @panel@.import_file f
	WHERE (import_report.batch_id IS NULL OR f.batch_id = import_report.batch_id)
		AND @extschema@.hcc_panel_current(@panel_name@::name, '@extversion@'::text)
	ORDER BY f.batch_id, f.file_id;
END;
COMMENT ON FUNCTION @panel@.import_report(bigint) IS
	'What became of the records of staged files: read = loaded + unchanged + refused.';

CREATE FUNCTION @panel@.hcc_import_is_known(patient_id @patient_id@) RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT EXISTS (SELECT FROM @panel@.patient_identifier i
			WHERE i.patient_id = hcc_import_is_known.patient_id)
		OR EXISTS (SELECT FROM @panel@.patient_diagnosis_hcc d
			WHERE d.patient_id = hcc_import_is_known.patient_id)
		OR EXISTS (SELECT FROM @panel@.patient_demographic d
			WHERE d.patient_id = hcc_import_is_known.patient_id)
		OR EXISTS (SELECT FROM @panel@.patient_enrollment e
			WHERE e.patient_id = hcc_import_is_known.patient_id);
END;
COMMENT ON FUNCTION @panel@.hcc_import_is_known(@patient_id@) IS
	'Part of import_merge: whether somebody has a number, a diagnosis or a month.';

CREATE FUNCTION @panel@.hcc_import_merge_work(patient_id @patient_id@,
	into_patient_id @patient_id@) RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $panel$
DECLARE
	pair record;
BEGIN
	-- Where both have an item for the same work, it is one: with the events of both, and where
	-- the later of them has brought it.
	FOR pair IN
		SELECT o.item_id AS former, i.item_id AS item
		FROM @panel@.patient_work_item o JOIN @panel@.patient_work_item i
			USING (collection_year, kind, contract_id, model_version, hcc_code, reason)
		WHERE o.patient_id = hcc_import_merge_work.patient_id
			AND i.patient_id = hcc_import_merge_work.into_patient_id
	LOOP
		UPDATE @panel@.patient_work_event e SET item_id = pair.item WHERE e.item_id = pair.former;
		UPDATE @panel@.patient_work_item i SET state = o.state, state_since = o.state_since,
			owner_role = o.owner_role, owner = COALESCE(o.owner, i.owner),
			channel = COALESCE(o.channel, i.channel), sla_due = o.sla_due
		FROM @panel@.patient_work_item o
		WHERE i.item_id = pair.item AND o.item_id = pair.former AND o.state_since > i.state_since;
		UPDATE @panel@.patient_work_item i SET created_at = LEAST(i.created_at, o.created_at)
		FROM @panel@.patient_work_item o
		WHERE i.item_id = pair.item AND o.item_id = pair.former;
		DELETE FROM @panel@.patient_work_item o WHERE o.item_id = pair.former;
	END LOOP;
	UPDATE @panel@.patient_work_item i SET patient_id = hcc_import_merge_work.into_patient_id
	WHERE i.patient_id = hcc_import_merge_work.patient_id;
	UPDATE @panel@.patient_work_event e SET patient_id = hcc_import_merge_work.into_patient_id
	WHERE e.patient_id = hcc_import_merge_work.patient_id;
END
$panel$;
COMMENT ON FUNCTION @panel@.hcc_import_merge_work(@patient_id@, @patient_id@) IS
	'Part of import_merge: the work items of two patients become one patient''s.';

CREATE FUNCTION @panel@.hcc_import_merge_results(patient_id @patient_id@,
	into_patient_id @patient_id@) RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $panel$
DECLARE
	two @patient_id@[] := ARRAY[hcc_import_merge_results.patient_id,
		hcc_import_merge_results.into_patient_id];
	results text;
BEGIN
	-- whoever erases the one has to know of the other
	INSERT INTO @panel@.patient_identifier (system, value, patient_id, current)
	VALUES ('merged', hcc_import_merge_results.patient_id::text,
		hcc_import_merge_results.into_patient_id, false)
	ON CONFLICT (system, value) DO UPDATE SET patient_id = excluded.patient_id;
	-- triggers do not see that a month or row of neither year has moved
	INSERT INTO @panel@.patient_hcc_change (patient_id)
	SELECT unnest(two) WHERE @panel@.hcc_changes_tracked();
	results := (
		SELECT string_agg(r.name, ', ' ORDER BY r.name)
		FROM (
			SELECT 'patient_hcc_score' AS name FROM @panel@.patient_hcc_score s
			WHERE s.patient_id = ANY (two)
			UNION
			SELECT 'patient_hcc_unscored' FROM @panel@.patient_hcc_unscored u
			WHERE u.patient_id = ANY (two)
			UNION
			SELECT 'patient_hcc_gap' FROM @panel@.patient_hcc_gap g
			WHERE g.patient_id = ANY (two)
			UNION
			SELECT 'patient_enrollee_score' FROM @panel@.patient_enrollee_score e
			WHERE e.patient_id = ANY (two)
		) r);
	IF results IS NOT NULL THEN
		RAISE WARNING USING
			MESSAGE = 'what has been computed of two patients who were merged is still that of two',
			DETAIL = format('Of one of them or both are rows in: %s.', results),
			HINT = format('Run the jobs of all their years: CALL %I.score_population(...), '
				'%1$I.refresh_gaps(...), %1$I.refresh_worklist(...).', @panel_name@);
	END IF;
END
$panel$;
COMMENT ON FUNCTION @panel@.hcc_import_merge_results(@patient_id@, @patient_id@) IS
	'Part of import_merge: tells what has to be computed anew, and notes who became who.';

CREATE FUNCTION @panel@.import_merge(patient_id @patient_id@, into_patient_id @patient_id@)
	RETURNS bigint
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $panel$
DECLARE
	moved bigint;
BEGIN
	-- all that is of the first goes in the end
	IF import_merge.patient_id = import_merge.into_patient_id THEN
		PERFORM @extschema@.hcc_raise('22023'::text,
			'a patient cannot be merged into the same patient'::text, NULL::text, NULL::text);
	END IF;
	IF NOT COALESCE(@panel@.hcc_import_is_known(import_merge.patient_id)
			AND @panel@.hcc_import_is_known(import_merge.into_patient_id), false) THEN
		PERFORM @extschema@.hcc_raise('22023'::text,
			format('nobody of schema "%s" has the identifier that is argument "%s"',
				@panel_name@, CASE WHEN @panel@.hcc_import_is_known(import_merge.patient_id)
				THEN 'into_patient_id' ELSE 'patient_id' END), NULL::text,
			format('patient_id of %I.patient_identifier says whose number is whose.',
				@panel_name@));
	END IF;
	UPDATE @panel@.patient_identifier i SET patient_id = import_merge.into_patient_id
	WHERE i.patient_id = import_merge.patient_id;
	GET DIAGNOSTICS moved = ROW_COUNT;
	UPDATE @panel@.import_claim_record r SET patient_id = import_merge.into_patient_id
	WHERE r.patient_id = import_merge.patient_id;
	UPDATE @panel@.import_mao004_record r SET patient_id = import_merge.into_patient_id
	WHERE r.patient_id = import_merge.patient_id;
	UPDATE @panel@.import_mmr_record r SET patient_id = import_merge.into_patient_id
	WHERE r.patient_id = import_merge.patient_id;
	UPDATE @panel@.import_raps_record r SET patient_id = import_merge.into_patient_id
	WHERE r.patient_id = import_merge.patient_id;
	UPDATE @panel@.patient_diagnosis_hcc d SET patient_id = import_merge.into_patient_id
	WHERE d.patient_id = import_merge.patient_id;
	-- where both have a row of a month, that of the one who stays is the one
	UPDATE @panel@.patient_demographic p SET patient_id = import_merge.into_patient_id
	WHERE p.patient_id = import_merge.patient_id
		AND NOT EXISTS (SELECT FROM @panel@.patient_demographic o
			WHERE o.patient_id = import_merge.into_patient_id
				AND o.payment_year = p.payment_year AND o.payment_month = p.payment_month);
	DELETE FROM @panel@.patient_demographic p WHERE p.patient_id = import_merge.patient_id;
	UPDATE @panel@.patient_drug d SET patient_id = import_merge.into_patient_id
	WHERE d.patient_id = import_merge.patient_id;
	-- likewise of spans
	UPDATE @panel@.patient_enrollment e SET patient_id = import_merge.into_patient_id
	WHERE e.patient_id = import_merge.patient_id
		AND NOT EXISTS (SELECT FROM @panel@.patient_enrollment o
			WHERE o.patient_id = import_merge.into_patient_id AND o.issuer_id = e.issuer_id
				AND o.plan_id = e.plan_id AND o.first_day = e.first_day);
	DELETE FROM @panel@.patient_enrollment e WHERE e.patient_id = import_merge.patient_id;
	-- what people have said and done of the first they have of the second
	UPDATE @panel@.patient_hcc_gap_event e SET patient_id = import_merge.into_patient_id
	WHERE e.patient_id = import_merge.patient_id;
	UPDATE @panel@.patient_audit_finding f SET patient_id = import_merge.into_patient_id
	WHERE f.patient_id = import_merge.patient_id;
	PERFORM @panel@.hcc_import_merge_work(patient_id, into_patient_id),
		@panel@.hcc_import_merge_results(patient_id, into_patient_id);
	RETURN moved;
EXCEPTION WHEN integrity_constraint_violation OR with_check_option_violation THEN
	PERFORM @extschema@.hcc_raise_without_row(SQLSTATE, SQLERRM);
END
$panel$;
COMMENT ON FUNCTION @panel@.import_merge(@patient_id@, @patient_id@) IS
	'Makes two patients one: numbers, records and months of the first become the second''s.';
