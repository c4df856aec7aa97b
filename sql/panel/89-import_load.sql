-- Loading what readers found
--
-- read      all records of the batch, as they are, into a temporary table
-- resolve   who is meant, whether the claim is there already, what it is about
-- write     rows are only added: a claim that came again with another content
--           first has its record voided, so that what was known before stays
--           known as it was
--
-- Voids and replacements are rows of patient_diagnosis_hcc like others; which
-- codes count after them is for diagnosis() to say.

CREATE FUNCTION @panel@.hcc_import_begin(batch_id bigint) RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
SET client_min_messages = warning
AS $panel$
DECLARE
	unfinished bigint := (SELECT min(f.file_id) FROM @panel@.import_file f
		WHERE f.batch_id = hcc_import_begin.batch_id AND f.bytes IS NULL);
	emptied bigint := (SELECT min(f.file_id) FROM @panel@.import_file f
		WHERE f.batch_id = hcc_import_begin.batch_id AND f.bytes > 0
			AND NOT EXISTS (SELECT FROM @panel@.import_chunk c WHERE c.file_id = f.file_id));
BEGIN
	PERFORM @extschema@.hcc_panel_current(@panel_name@::name, '@extversion@'::text);
	IF NOT EXISTS (SELECT FROM @panel@.import_batch b
			WHERE b.batch_id = hcc_import_begin.batch_id) THEN
		PERFORM @extschema@.hcc_raise('22023'::text,
			format('there is no batch %s',
				COALESCE(hcc_import_begin.batch_id::text, 'NULL')), NULL::text, NULL::text);
	ELSIF unfinished IS NOT NULL THEN
		PERFORM @extschema@.hcc_raise('55000'::text,
			format('file %s of the batch is not staged to its end', unfinished), NULL::text,
			format('When its last chunk is there: SELECT %I.import_staged(%s);',
				@panel_name@, unfinished));
	ELSIF emptied IS NOT NULL THEN
		PERFORM @extschema@.hcc_raise('55000'::text,
			format('the bytes of file %s of the batch are no longer there', emptied), NULL::text,
			'Stage the file again, in a batch of its own; hccraf-import -k keeps the bytes.'::text);
	ELSIF NOT @extschema@.hcc_table_lock(
			format('%I.import_claim_record', @panel_name@)::regclass) THEN
		PERFORM @extschema@.hcc_raise('55006'::text,
			'another session is loading a batch of this panel'::text, NULL::text, NULL::text);
	END IF;
	DROP TABLE IF EXISTS pg_temp.hcc_import_row, pg_temp.hcc_import_member,
		pg_temp.hcc_import_claim, pg_temp.hcc_import_record, pg_temp.hcc_import_number,
		pg_temp.hcc_import_person, pg_temp.hcc_import_month, pg_temp.hcc_import_state,
		pg_temp.hcc_import_withdrawn;
END
$panel$;
COMMENT ON FUNCTION @panel@.hcc_import_begin(bigint) IS
	'Part of import_claims and import_people: an error unless the batch can be loaded now.';

CREATE FUNCTION @panel@.hcc_import_members() RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $panel$
BEGIN
	-- the number itself, else the MBI beside it, says who is meant
	UPDATE pg_temp.hcc_import_member m SET patient_id = i.patient_id
	FROM @panel@.patient_identifier i
	WHERE i.system = m.system AND i.value = m.value;
	UPDATE pg_temp.hcc_import_member m SET patient_id = i.patient_id
	FROM @panel@.patient_identifier i
	WHERE m.patient_id IS NULL AND i.system = 'mbi' AND i.value = m.mbi;
	-- nobody yet
	UPDATE pg_temp.hcc_import_member m SET patient_id =
		CASE WHEN m.mbi IS NULL
			THEN @extschema@.import_id('patient'::text, m.system, m.value, '@patient_id@'::regtype)
			ELSE @extschema@.import_id('patient'::text, 'mbi'::text, m.mbi,
				'@patient_id@'::regtype) END::@patient_id@
	WHERE m.patient_id IS NULL;
	INSERT INTO @panel@.patient_identifier (system, value, patient_id)
	SELECT m.system, m.value, m.patient_id
	FROM pg_temp.hcc_import_member m WHERE m.patient_id IS NOT NULL
	UNION
	SELECT 'mbi', m.mbi, m.patient_id
	FROM pg_temp.hcc_import_member m WHERE m.patient_id IS NOT NULL AND m.mbi IS NOT NULL
	ON CONFLICT DO NOTHING;
END
$panel$;
COMMENT ON FUNCTION @panel@.hcc_import_members() IS
	'Part of loading: whose the numbers in hcc_import_member are; who is new gets an identifier.';

CREATE FUNCTION @panel@.hcc_import_rows(batch_id bigint, all_roles boolean) RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
-- texts of dates are part of what is hashed
SET DateStyle = ISO
AS $panel$
BEGIN
	CREATE TEMPORARY TABLE hcc_import_row ON COMMIT DROP AS
	SELECT c.*, row_number() OVER (ORDER BY c.known_at NULLS FIRST, c.file_id, c."position",
			c.claim_key) AS n,
		CASE WHEN c.scope = 'claim' AND c.refused IS NULL THEN c.member_system END AS system,
		concat_ws('|', c.member_id, c.member_key) AS value,
		t.keys_repeat, t.restates, t.replaces_codes
	FROM @panel@.import_read(hcc_import_rows.batch_id) c
		JOIN @panel@.import_file f ON f.file_id = c.file_id
		JOIN @extschema@.import_format t ON t.format = f.format;
	-- what no index can hold is no number
	UPDATE pg_temp.hcc_import_row r SET system = NULL,
		refused = array_append(r.refused, ROW('too_long', NULL, NULL)::@extschema@.import_finding)
	WHERE r.system IS NOT NULL AND GREATEST(octet_length(concat(r.system, r.value)),
		octet_length(r.mbi), octet_length(concat(r.claim_system, r.claim_key)),
		octet_length(r.claim_id), octet_length(r.control_number), octet_length(r.replaces),
		octet_length(r.replaces_control_number), octet_length(r.billing_npi)) > 1000;
	ANALYZE pg_temp.hcc_import_row;

	-- Where a claim comes again under its key with its new state, and that is none in which it
	-- counts, what was loaded of it is taken back, and earlier versions are not loaded.
	CREATE TEMPORARY TABLE hcc_import_withdrawn ON COMMIT DROP AS
	SELECT r.n, r.claim_system, r.claim_key FROM pg_temp.hcc_import_row r
	WHERE r.scope = 'claim' AND r.restates
		AND EXISTS (SELECT FROM unnest(r.refused) f
			WHERE f.reason IN ('denied', 'superseded', 'not_final', 'cancelled'));
	UPDATE pg_temp.hcc_import_row r SET system = NULL,
		refused = @extschema@.hcc_findings('{superseded}'::text[], NULL::text[], r."position")
	FROM pg_temp.hcc_import_withdrawn s
	WHERE s.claim_system = r.claim_system AND s.claim_key = r.claim_key AND s.n > r.n
		AND r.refused IS NULL;
	UPDATE pg_temp.hcc_import_row r SET system = r.member_system, refused = NULL,
		record_action = 'void', replaces = r.claim_id
	FROM pg_temp.hcc_import_withdrawn s
	WHERE s.n = r.n AND r.member_system IS NOT NULL
		AND EXISTS (SELECT FROM @panel@.import_claim_record k
			WHERE k.claim_system = r.claim_system AND k.claim_key = r.claim_key
				AND (r.known_at < k.said_at) IS NOT TRUE);

	CREATE TEMPORARY TABLE hcc_import_member ON COMMIT DROP AS
	SELECT r.system, r.value, max(r.mbi) FILTER (WHERE r.member_key IS NULL) AS mbi,
		NULL::@patient_id@ AS patient_id
	FROM pg_temp.hcc_import_row r WHERE r.system IS NOT NULL
	GROUP BY r.system, r.value;
	ANALYZE pg_temp.hcc_import_member;
	PERFORM @panel@.hcc_import_members();

	CREATE TEMPORARY TABLE hcc_import_claim ON COMMIT DROP AS
	SELECT x.*,
		@extschema@.import_hash('claim'::text, x.claim_system, x.claim_key) AS key_hash,
		sha256(convert_to(concat_ws('|', x.patient_id, x.diagnoses, x.procedure_codes, x.modifiers,
			x.service_from, x.service_to, x.claim_type, x.bill_type, x.frequency_code,
			x.place_of_service, x.provider_npi, x.contract_id, x.record_source, x.record_action,
			x.replaces, x.replaces_control_number, x.submission, x.is_valid_encounter,
			-- which of the diagnoses are loaded is part of it where there are others
			CASE WHEN hcc_import_rows.all_roles AND EXISTS (SELECT FROM unnest(x.diagnoses) d
				WHERE d.role IN ('admitting', 'reason_for_visit')) THEN 'all roles' END),
			'UTF8')) AS content,
		lead(true) OVER (PARTITION BY x.claim_system, x.claim_key ORDER BY x.n) AS superseded,
		NULL::@encounter_id@ AS encounter_id, NULL::@encounter_id@ AS linked_encounter_id,
		NULL::text AS verdict, 0 AS step
	FROM (
		SELECT r.n, r.file_id, r."position", r.scope, r.record, m.patient_id, r.claim_system,
			r.replaces_codes,
			CASE WHEN r.keys_repeat THEN r.claim_key || '#' || row_number() OVER (
				PARTITION BY r.file_id, r.claim_system, r.claim_key ORDER BY r.n)
				ELSE r.claim_key END AS claim_key,
			r.claim_id, r.control_number, r.billing_npi, r.replaces, r.replaces_control_number,
			r.record_source, r.record_action,
			CASE WHEN r.claim_type IN ('inpatient', 'outpatient', 'snf', 'home_health', 'hospice')
				THEN 'institutional' ELSE r.claim_type END AS claim_type,
			r.bill_type, r.frequency_code, r.place_of_service, r.service_from, r.service_to,
			r.provider_npi, r.contract_id, r.submission, r.known_at, r.diagnoses,
			COALESCE((r.attributes ->> 'is_valid_encounter')::boolean, true) AS is_valid_encounter,
			ARRAY(SELECT l.code FROM unnest(r.lines) l
				WHERE l.code IS NOT NULL AND l.denied IS NOT TRUE ORDER BY l.line)
				AS procedure_codes,
			ARRAY(SELECT COALESCE(array_to_string(l.modifiers, ' '), '') FROM unnest(r.lines) l
				WHERE l.code IS NOT NULL AND l.denied IS NOT TRUE ORDER BY l.line) AS modifiers
		FROM pg_temp.hcc_import_row r
			JOIN pg_temp.hcc_import_member m ON m.system = r.system AND m.value = r.value
	) x;
	CREATE INDEX ON pg_temp.hcc_import_claim (claim_system, claim_key);
	CREATE INDEX ON pg_temp.hcc_import_claim (claim_id, patient_id);
	CREATE INDEX ON pg_temp.hcc_import_claim (control_number);
	ANALYZE pg_temp.hcc_import_claim;
END
$panel$;
COMMENT ON FUNCTION @panel@.hcc_import_rows(bigint, boolean) IS
	'Part of import_claims: reads the batch, and finds out who is meant.';

CREATE FUNCTION @panel@.hcc_import_encounters() RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $panel$
DECLARE
	-- where identifiers have no room for a hash, they are counted on
	last_number bigint := CASE '@encounter_id@'::regtype WHEN 'integer'::regtype THEN
		(SELECT GREATEST(0, (SELECT max(d.encounter_id::text::bigint)
			FROM @panel@.patient_diagnosis_hcc d))) END;
BEGIN
	-- what cannot be loaded, or need not be
	UPDATE pg_temp.hcc_import_claim c SET verdict = CASE
		WHEN c.patient_id IS NULL THEN 'unknown_member'
		-- of copies the last is loaded, and the others say nothing else
		WHEN c.superseded THEN CASE WHEN c.content = (
				SELECT l.content FROM pg_temp.hcc_import_claim l
				WHERE l.claim_system = c.claim_system AND l.claim_key = c.claim_key
					AND l.superseded IS NULL)
			THEN 'unchanged' ELSE 'superseded' END
		WHEN c.record_action IS NULL OR c.record_action NOT IN ('add', 'delete', 'void', 'replace')
			THEN 'not_input' END;
	UPDATE pg_temp.hcc_import_claim c SET encounter_id = r.encounter_id,
		verdict = COALESCE(c.verdict, CASE WHEN r.content = c.content THEN 'unchanged'
			-- a file may be loaded after a later one
			WHEN c.known_at < r.said_at THEN 'superseded' ELSE 'changed' END)
	FROM @panel@.import_claim_record r
	WHERE r.claim_system = c.claim_system AND r.claim_key = c.claim_key;
	UPDATE pg_temp.hcc_import_claim c SET verdict = 'new',
		encounter_id = COALESCE(@extschema@.import_id('claim'::text, c.claim_system, c.claim_key,
			'@encounter_id@'::regtype), (last_number + c.n)::text)::@encounter_id@
	WHERE c.verdict IS NULL;
END
$panel$;
COMMENT ON FUNCTION @panel@.hcc_import_encounters() IS
	'Part of import_claims: which claims are new, changed or unchanged, and of which record.';

CREATE FUNCTION @panel@.hcc_import_target(patient_id @patient_id@, claim_system text,
	claim_key text, claim_id text, billing_npi text, replaces text,
	replaces_control_number text, service_from date, service_to date, loaded_at timestamptz,
	file_id bigint, place bigint)
	RETURNS TABLE (encounter_id @encounter_id@, record_source text)
LANGUAGE sql STABLE PARALLEL SAFE ROWS 1
BEGIN ATOMIC
	-- The payer's number says exactly what is meant. Else it is the provider's own number,
	-- which is not unique, so that provider and patient must be the same; and if it is only
	-- repeated, not named, the days must meet as well. A chain of corrections often bears one
	-- number: each is about the latest before it, and of later ones only about an original or
	-- about one of another number, so that no two are about each other.
	SELECT t.encounter_id, t.record_source
	FROM (
		SELECT r.encounter_id, r.record_source, 1 AS rank, true AS before, true AS is_meant,
			r.loaded_at, r.file_id, r."position"
		FROM @panel@.import_claim_record r
		WHERE r.control_number = COALESCE(hcc_import_target.replaces_control_number,
				hcc_import_target.replaces)
			AND r.claim_system = hcc_import_target.claim_system
			AND r.patient_id = hcc_import_target.patient_id
		UNION ALL
		SELECT r.encounter_id, r.record_source,
			CASE WHEN r.claim_id = hcc_import_target.replaces THEN 2
				WHEN (r.service_from, r.service_to) IS NOT DISTINCT FROM
					(hcc_import_target.service_from, hcc_import_target.service_to) THEN 3
				ELSE 4 END,
			(r.loaded_at, r.file_id, r."position") < (hcc_import_target.loaded_at,
				hcc_import_target.file_id, hcc_import_target.place),
			r.record_action = 'add' OR r.claim_id <> hcc_import_target.claim_id,
			r.loaded_at, r.file_id, r."position"
		FROM @panel@.import_claim_record r
		WHERE r.claim_id IN (hcc_import_target.replaces, hcc_import_target.claim_id)
			AND r.patient_id = hcc_import_target.patient_id
			AND r.claim_system = hcc_import_target.claim_system
			AND r.billing_npi IS NOT DISTINCT FROM hcc_import_target.billing_npi
			AND r.claim_key <> hcc_import_target.claim_key
			AND r.record_action <> 'void'
			AND (r.claim_id = hcc_import_target.replaces
				OR r.service_from <= hcc_import_target.service_to
				AND r.service_to >= hcc_import_target.service_from)
	) t
	WHERE t.before OR t.is_meant
	ORDER BY t.rank, t.before DESC, t.loaded_at DESC, t.file_id DESC, t."position" DESC,
		t.encounter_id
	LIMIT 1;
END;
COMMENT ON FUNCTION @panel@.hcc_import_target(@patient_id@, text, text, text, text, text, text,
	date, date, timestamptz, bigint, bigint) IS
	'The record that a claim replaces, voids or is linked to, if it is there.';

CREATE FUNCTION @panel@.hcc_import_link(loaded_at timestamptz) RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $panel$
BEGIN
	INSERT INTO @panel@.import_claim_record AS o (claim_system, claim_key, patient_id,
		encounter_id, claim_id, billing_npi, control_number, service_from, service_to,
		record_source, record_action, replaces, content, file_id, "position", loaded_at, said_at)
	SELECT c.claim_system, c.claim_key, c.patient_id, c.encounter_id, c.claim_id, c.billing_npi,
		c.control_number, c.service_from, c.service_to, c.record_source, c.record_action,
		COALESCE(c.replaces_control_number, c.replaces), c.content, c.file_id, c."position",
		hcc_import_link.loaded_at, c.known_at
	FROM pg_temp.hcc_import_claim c WHERE c.verdict IN ('new', 'changed')
	ON CONFLICT (claim_system, claim_key) DO UPDATE SET patient_id = excluded.patient_id,
		control_number = COALESCE(excluded.control_number, o.control_number),
		service_from = excluded.service_from, service_to = excluded.service_to,
		record_source = excluded.record_source, record_action = excluded.record_action,
		replaces = excluded.replaces, linked_encounter_id = NULL, content = excluded.content,
		file_id = excluded.file_id, "position" = excluded."position",
		loaded_at = excluded.loaded_at, said_at = excluded.said_at;
	UPDATE pg_temp.hcc_import_claim c SET linked_encounter_id = t.encounter_id,
		record_source = CASE WHEN c.record_source <> 'chart_review' THEN c.record_source
			ELSE t.record_source END
	FROM pg_temp.hcc_import_claim s CROSS JOIN LATERAL @panel@.hcc_import_target(s.patient_id,
		s.claim_system, s.claim_key, s.claim_id, s.billing_npi, s.replaces,
		s.replaces_control_number, s.service_from, s.service_to, hcc_import_link.loaded_at,
		s.file_id, s."position") t
	WHERE s.n = c.n AND c.verdict IN ('new', 'changed')
		AND (c.record_action IN ('void', 'replace') OR c.replaces IS NOT NULL
			OR c.replaces_control_number IS NOT NULL)
		AND t.encounter_id IS DISTINCT FROM c.encounter_id;
	UPDATE @panel@.import_claim_record r SET linked_encounter_id = c.linked_encounter_id,
		record_source = c.record_source
	FROM pg_temp.hcc_import_claim c
	WHERE c.linked_encounter_id IS NOT NULL AND r.claim_system = c.claim_system
		AND r.claim_key = c.claim_key;
	CREATE INDEX ON pg_temp.hcc_import_claim (encounter_id);
	-- A correction of a correction in one batch is known after it.
	UPDATE pg_temp.hcc_import_claim c SET step = d.step
	FROM (
		WITH RECURSIVE chain AS (
			SELECT x.n, x.linked_encounter_id AS target, 0 AS step
			FROM pg_temp.hcc_import_claim x
			WHERE x.linked_encounter_id IS NOT NULL AND x.verdict IN ('new', 'changed')
			UNION ALL
			SELECT h.n, t.linked_encounter_id, h.step + 1
			FROM chain h JOIN pg_temp.hcc_import_claim t ON t.encounter_id = h.target
			WHERE t.linked_encounter_id IS NOT NULL AND t.verdict IN ('new', 'changed')
				AND h.step < 1000
		)
		SELECT h.n, max(h.step) AS step FROM chain h GROUP BY h.n
	) d
	WHERE d.n = c.n AND d.step > 0;
END
$panel$;
COMMENT ON FUNCTION @panel@.hcc_import_link(timestamptz) IS
	'Part of import_claims: enters the claims, and finds what they replace, void or are linked to.';

CREATE FUNCTION @panel@.hcc_import_write(loaded_at timestamptz, roles text[]) RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $panel$
DECLARE
	last_number bigint := CASE '@diagnosis_id@'::regtype WHEN 'integer'::regtype THEN
		(SELECT GREATEST(0, (SELECT max(d.id::text::bigint)
			FROM @panel@.patient_diagnosis_hcc d))) END;
BEGIN
	INSERT INTO @panel@.patient_diagnosis_hcc (id, patient_id, encounter_id, icd10_code,
		diagnosis_date, service_from, provider_npi, contract_id, claim_type, bill_type,
		procedure_codes, modifiers, place_of_service, record_source, record_action,
		linked_encounter_id, submission, is_valid_encounter, known_at)
	SELECT COALESCE(@extschema@.import_id('diagnosis'::text, w.claim_system,
			-- a claim may come again as it once was: the time tells its rows from those
			concat_ws('|', w.claim_key, encode(w.content, 'hex'), w.part, w.code,
				CASE WHEN w.changed THEN extract(epoch FROM hcc_import_write.loaded_at) END),
			'@diagnosis_id@'::regtype),
			(last_number + row_number() OVER (ORDER BY w.n, w.part, w.code))::text)
			::@diagnosis_id@,
		w.patient_id, w.encounter_id, w.code, w.service_to, w.service_from, w.provider_npi,
		w.contract_id, w.claim_type, w.bill_type, w.procedure_codes, w.modifiers,
		w.place_of_service, w.source, w.action, w.linked, w.submission, w.is_valid_encounter,
		w.known_at
	FROM (
		-- a record that has come again is voided first
		SELECT c.n, true AS changed, 'old' AS part, c.claim_system, c.claim_key, c.content,
			o.patient_id, c.encounter_id, o.icd10_code AS code, o.diagnosis_date AS service_to,
			o.service_from, o.provider_npi, o.contract_id, o.claim_type, o.bill_type,
			o.procedure_codes, o.modifiers, o.place_of_service, o.record_source AS source,
			'void' AS action, c.encounter_id AS linked, o.submission, o.is_valid_encounter,
			hcc_import_write.loaded_at - interval '1 microsecond' AS known_at
		FROM pg_temp.hcc_import_claim c CROSS JOIN LATERAL (
			SELECT d.* FROM @panel@.patient_diagnosis_hcc d
			WHERE d.encounter_id = c.encounter_id ORDER BY d.known_at DESC, d.icd10_code LIMIT 1) o
		WHERE c.verdict = 'changed'
		UNION ALL
		SELECT c.n, c.verdict = 'changed', 'row', c.claim_system, c.claim_key, c.content,
			c.patient_id, c.encounter_id, x.code, c.service_to, c.service_from, c.provider_npi,
			c.contract_id, c.claim_type, c.bill_type, c.procedure_codes, c.modifiers,
			c.place_of_service,
			CASE c.record_source WHEN 'chart_review' THEN 'unlinked_chart_review'
				ELSE c.record_source END,
			-- a replacement may say of each code whether it is new or gone
			CASE WHEN c.record_action <> 'void' AND x.flag IN ('add', 'delete') THEN x.flag
				ELSE c.record_action END,
			-- what is named and not here must not be taken for the record itself
			COALESCE(c.linked_encounter_id, @extschema@.import_id('named'::text, c.claim_system,
				COALESCE(c.replaces_control_number, c.replaces),
				'@encounter_id@'::regtype)::@encounter_id@),
			c.submission, c.is_valid_encounter,
			hcc_import_write.loaded_at + c.step * interval '1 microsecond'
		FROM pg_temp.hcc_import_claim c CROSS JOIN LATERAL (
			SELECT d.code, min(d.flag) AS flag FROM unnest(c.diagnoses) d
			WHERE d.icd = '10' AND (d.role IS NULL OR d.role = ANY (hcc_import_write.roles))
			GROUP BY d.code
			UNION
			-- a void need not say what it voids
			SELECT d.icd10_code, NULL FROM @panel@.patient_diagnosis_hcc d
			WHERE c.record_action = 'void' AND d.encounter_id = c.linked_encounter_id
				AND NOT EXISTS (SELECT FROM unnest(c.diagnoses) i WHERE i.icd = '10')
			UNION
			-- nor what it voids in its own batch, whose rows are not there yet
			SELECT d.code, NULL
			FROM pg_temp.hcc_import_claim v CROSS JOIN LATERAL unnest(v.diagnoses) d
			WHERE c.record_action = 'void' AND v.encounter_id = c.linked_encounter_id
				AND v.verdict IN ('new', 'changed') AND d.icd = '10'
				AND NOT EXISTS (SELECT FROM unnest(c.diagnoses) i WHERE i.icd = '10')) x
		WHERE c.verdict IN ('new', 'changed')
		UNION ALL
		-- A replacement that tells of single codes leaves the others with the record that it
		-- replaces: what is taken back from the one is taken back from the other.
		SELECT c.n, c.verdict = 'changed', concat('row of ', o.encounter_id), c.claim_system,
			c.claim_key, c.content, c.patient_id, c.encounter_id, x.code, c.service_to,
			c.service_from, c.provider_npi, c.contract_id, c.claim_type, c.bill_type,
			c.procedure_codes, c.modifiers, c.place_of_service, c.record_source,
			CASE c.record_action WHEN 'void' THEN 'void' ELSE 'delete' END, o.encounter_id,
			c.submission, c.is_valid_encounter,
			hcc_import_write.loaded_at + c.step * interval '1 microsecond'
		FROM pg_temp.hcc_import_claim c CROSS JOIN LATERAL (
			WITH RECURSIVE replaced AS (
				SELECT c.linked_encounter_id AS encounter_id
				UNION
				SELECT r.linked_encounter_id
				FROM replaced p JOIN @panel@.import_claim_record r
					ON r.encounter_id = p.encounter_id
				WHERE r.record_action = 'replace' AND r.linked_encounter_id IS NOT NULL
			)
			SELECT p.encounter_id FROM replaced p
			WHERE p.encounter_id <> c.linked_encounter_id
		) o CROSS JOIN LATERAL (
			SELECT d.code FROM unnest(c.diagnoses) d
			WHERE d.icd = '10' AND (c.record_action = 'void' OR d.flag = 'delete')
			GROUP BY d.code) x
		WHERE c.verdict IN ('new', 'changed') AND c.replaces_codes
			AND c.linked_encounter_id IS NOT NULL
	) w;
END
$panel$;
COMMENT ON FUNCTION @panel@.hcc_import_write(timestamptz, text[]) IS
	'Part of import_claims: the rows of claims that are new or changed.';

CREATE FUNCTION @panel@.hcc_import_late(loaded_at timestamptz) RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $panel$
DECLARE
	last_number bigint := CASE '@diagnosis_id@'::regtype WHEN 'integer'::regtype THEN
		(SELECT GREATEST(0, (SELECT max(d.id::text::bigint)
			FROM @panel@.patient_diagnosis_hcc d))) END;
BEGIN
	-- A void or replacement may have come before what it is about. Its rows are written once
	-- more, known as of now, for what is voided must not be known later than its void.
	WITH late AS (
		UPDATE @panel@.import_claim_record r SET linked_encounter_id = t.encounter_id
		FROM @panel@.import_claim_record w CROSS JOIN LATERAL @panel@.hcc_import_target(
			w.patient_id, w.claim_system, w.claim_key, w.claim_id, w.billing_npi, w.replaces,
			NULL::text, w.service_from, w.service_to, w.loaded_at, w.file_id, w."position") t
		WHERE w.linked_encounter_id IS NULL AND w.replaces IS NOT NULL
			AND w.loaded_at < hcc_import_late.loaded_at
			AND EXISTS (SELECT FROM pg_temp.hcc_import_claim c WHERE c.verdict = 'new'
				AND c.patient_id = w.patient_id AND c.encounter_id = t.encounter_id)
			AND r.claim_system = w.claim_system AND r.claim_key = w.claim_key
			AND t.encounter_id <> r.encounter_id
		RETURNING r.encounter_id, r.linked_encounter_id, r.patient_id, r.loaded_at
	)
	INSERT INTO @panel@.patient_diagnosis_hcc (id, patient_id, encounter_id, icd10_code,
		diagnosis_date, service_from, provider_npi, contract_id, claim_type, bill_type,
		procedure_codes, modifiers, place_of_service, record_source, record_action,
		linked_encounter_id, submission, is_valid_encounter, known_at)
	SELECT COALESCE(@extschema@.import_id('diagnosis'::text, 'late'::text, d.id::text,
			'@diagnosis_id@'::regtype),
			(last_number + row_number() OVER (ORDER BY d.id))::text)::@diagnosis_id@,
		d.patient_id, d.encounter_id, d.icd10_code, d.diagnosis_date, d.service_from,
		d.provider_npi, d.contract_id, d.claim_type, d.bill_type, d.procedure_codes, d.modifiers,
		d.place_of_service, d.record_source, d.record_action, l.linked_encounter_id,
		d.submission, d.is_valid_encounter, hcc_import_late.loaded_at
	FROM late l JOIN @panel@.patient_diagnosis_hcc d
		ON d.patient_id = l.patient_id AND d.encounter_id = l.encounter_id
			AND d.known_at >= l.loaded_at;
END
$panel$;
COMMENT ON FUNCTION @panel@.hcc_import_late(timestamptz) IS
	'Part of import_claims: what came before the record that it is about finds it.';

CREATE FUNCTION @panel@.hcc_import_empty(batch_id bigint) RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $panel$
BEGIN
	-- what both claims and people are read from is empty when neither are there
	INSERT INTO @panel@.import_refusal (file_id, scope, record, refused, reason)
	SELECT f.file_id, 'file', f.format, false, 'no_records'
	FROM @panel@.import_file f JOIN @extschema@.import_format t ON t.format = f.format
	WHERE f.batch_id = hcc_import_empty.batch_id
		AND CASE WHEN t.claims AND t.people THEN f.records_read + f.people_read
			ELSE COALESCE(f.records_read, f.people_read, f.bytes) END = 0
		AND NOT EXISTS (SELECT FROM @panel@.import_refusal r
			WHERE r.file_id = f.file_id AND r.reason = 'no_records');
END
$panel$;
COMMENT ON FUNCTION @panel@.hcc_import_empty(bigint) IS
	'Part of loading: files that have been read and have no record are told of.';

CREATE FUNCTION @panel@.hcc_import_account(batch_id bigint, loaded_at timestamptz) RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $panel$
BEGIN
	INSERT INTO @panel@.import_refusal (file_id, "position", scope, record, refused, reason, field)
	SELECT r.file_id, COALESCE(f."position", r."position"), r.scope, r.record, true, f.reason,
		f.field
	FROM pg_temp.hcc_import_row r CROSS JOIN LATERAL unnest(r.refused) f
	UNION ALL
	SELECT r.file_id, COALESCE(f."position", r."position"), r.scope, r.record, false, f.reason,
		f.field
	FROM pg_temp.hcc_import_row r CROSS JOIN LATERAL unnest(r.warnings) f
	UNION ALL
	SELECT c.file_id, c."position", c.scope, c.record, true, c.verdict, NULL
	FROM pg_temp.hcc_import_claim c WHERE c.verdict NOT IN ('new', 'changed', 'unchanged')
	UNION ALL
	SELECT c.file_id, c."position", c.scope, c.record, false, 'no_original', NULL
	FROM pg_temp.hcc_import_claim c
	WHERE c.verdict IN ('new', 'changed') AND c.linked_encounter_id IS NULL
		AND (c.record_action <> 'add' OR c.replaces IS NOT NULL);
	UPDATE @panel@.import_file f SET loaded_at = hcc_import_account.loaded_at,
		records_read = COALESCE(f.records_read, 0) + a.records,
		records_loaded = COALESCE(f.records_loaded, 0) + a.loaded,
		records_unchanged = COALESCE(f.records_unchanged, 0) + a.unchanged,
		records_refused = COALESCE(f.records_refused, 0) + a.records - a.loaded - a.unchanged
	FROM (
		SELECT b.file_id, count(*) FILTER (WHERE r.scope = 'claim' OR r.refused IS NOT NULL)
				AS records,
			count(*) FILTER (WHERE c.verdict IN ('new', 'changed')) AS loaded,
			count(*) FILTER (WHERE c.verdict = 'unchanged') AS unchanged
		FROM @panel@.import_file b
			JOIN @extschema@.import_format t ON t.format = b.format AND t.claims
			LEFT JOIN pg_temp.hcc_import_row r ON r.file_id = b.file_id
			LEFT JOIN pg_temp.hcc_import_claim c ON c.n = r.n
		WHERE b.batch_id = hcc_import_account.batch_id
		GROUP BY b.file_id
	) a
	WHERE f.file_id = a.file_id;
END
$panel$;
COMMENT ON FUNCTION @panel@.hcc_import_account(bigint, timestamptz) IS
	'Part of import_claims: what was refused and why, and how many records came to what.';

CREATE PROCEDURE @panel@.import_claims(batch_id bigint, all_roles boolean DEFAULT false)
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $panel$
DECLARE
	now timestamptz;
BEGIN
	PERFORM @panel@.hcc_import_begin(batch_id);
	now := clock_timestamp();
	DELETE FROM @panel@.import_refusal r USING @panel@.import_file f
	WHERE f.file_id = r.file_id AND f.batch_id = import_claims.batch_id AND r.scope <> 'person';
	UPDATE @panel@.import_file f SET records_read = NULL, records_loaded = NULL,
		records_unchanged = NULL, records_refused = NULL
	WHERE f.batch_id = import_claims.batch_id;
	PERFORM @panel@.hcc_import_rows(batch_id, all_roles);
	PERFORM @panel@.hcc_import_encounters();
	PERFORM @panel@.hcc_import_link(now);
	PERFORM @panel@.hcc_import_write(now, CASE WHEN all_roles
		THEN '{principal,other,line,external_cause,admitting,reason_for_visit}'::text[]
		ELSE '{principal,other,line,external_cause}'::text[] END);
	PERFORM @panel@.hcc_import_late(now);
	PERFORM @panel@.hcc_import_account(batch_id, now);
	CALL @panel@.import_mao004(batch_id);
	CALL @panel@.import_raps(batch_id);
	PERFORM @panel@.hcc_import_empty(batch_id);
	UPDATE @panel@.import_batch b SET loaded_at = now WHERE b.batch_id = import_claims.batch_id;
EXCEPTION WHEN integrity_constraint_violation OR with_check_option_violation THEN
	PERFORM @extschema@.hcc_raise_without_row(SQLSTATE, SQLERRM);
END
$panel$;
COMMENT ON PROCEDURE @panel@.import_claims(bigint, boolean) IS
	'Loads the claims of a batch; what is there already stays, what has changed is corrected.';
