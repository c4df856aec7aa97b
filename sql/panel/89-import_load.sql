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
	DROP TABLE IF EXISTS pg_temp.hcc_import_row, pg_temp.hcc_import_seen,
		pg_temp.hcc_import_withdrawn, pg_temp.hcc_import_member, pg_temp.hcc_import_claim,
		pg_temp.hcc_import_met, pg_temp.hcc_import_record, pg_temp.hcc_import_number,
		pg_temp.hcc_import_person, pg_temp.hcc_import_month, pg_temp.hcc_import_state;
END
$panel$;
COMMENT ON FUNCTION @panel@.hcc_import_begin(bigint) IS
	'Part of import_claims and import_people: an error unless the batch can be loaded now.';

CREATE FUNCTION @panel@.hcc_import_members() RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $panel$
BEGIN
	-- the number itself, else the MBI beside it, says who is meant; else it is nobody yet
	CREATE TEMPORARY TABLE hcc_import_member ON COMMIT DROP AS
	SELECT m.system, m.value, m.mbi, i.patient_id IS NOT NULL AS is_known,
		COALESCE(i.patient_id, b.patient_id, CASE WHEN m.mbi IS NULL
			THEN @extschema@.import_id('patient'::text, m.system, m.value, '@patient_id@'::regtype)
			ELSE @extschema@.import_id('patient'::text, 'mbi'::text, m.mbi,
				'@patient_id@'::regtype) END::@patient_id@) AS patient_id
	FROM (
		SELECT r.system, r.value, max(r.mbi) FILTER (WHERE r.member_key IS NULL) AS mbi
		FROM pg_temp.hcc_import_row r WHERE r.system IS NOT NULL
		GROUP BY r.system, r.value
	) m
		LEFT JOIN @panel@.patient_identifier i ON i.system = m.system AND i.value = m.value
		LEFT JOIN @panel@.patient_identifier b ON b.system = 'mbi' AND b.value = m.mbi;
	ANALYZE pg_temp.hcc_import_member;
	INSERT INTO @panel@.patient_identifier (system, value, patient_id)
	SELECT m.system, m.value, m.patient_id
	FROM pg_temp.hcc_import_member m WHERE m.patient_id IS NOT NULL AND NOT m.is_known
	UNION
	SELECT 'mbi', m.mbi, m.patient_id
	FROM pg_temp.hcc_import_member m WHERE m.patient_id IS NOT NULL AND m.mbi IS NOT NULL
	ON CONFLICT DO NOTHING;
END
$panel$;
COMMENT ON FUNCTION @panel@.hcc_import_members() IS
	'Part of import_claims: whose the numbers of the records are; who is new gets an identifier.';

CREATE FUNCTION @panel@.hcc_import_withdraw() RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $panel$
BEGIN
	-- Where a claim comes again under its key with its new state, and that is none in which it
	-- counts, what was loaded of it is taken back, and earlier versions are not loaded.
	INSERT INTO pg_temp.hcc_import_withdrawn
	SELECT r.n, r.claim_system, r.claim_key FROM pg_temp.hcc_import_row r
	WHERE r.scope = 'claim' AND r.restates AND r.refused IS NOT NULL
		AND EXISTS (SELECT FROM unnest(r.refused) f
			WHERE f.reason IN ('denied', 'superseded', 'not_final', 'cancelled'));
	ANALYZE pg_temp.hcc_import_row (n, claim_system, claim_key);
	ANALYZE pg_temp.hcc_import_withdrawn;
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
	-- the earlier versions may be in another file
	UPDATE pg_temp.hcc_import_seen SET remarks = true;
END
$panel$;
COMMENT ON FUNCTION @panel@.hcc_import_withdraw() IS
	'Part of import_claims: what came again in a state that does not count is not loaded.';

CREATE FUNCTION @panel@.hcc_import_rows(batch_id bigint) RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $panel$
BEGIN
	-- What is needed of a record, once. Rows are wide and many: later steps join what they find
	-- out, for to write it here would write all of the row again.
	CREATE TEMPORARY TABLE hcc_import_row ON COMMIT DROP AS
	SELECT row_number() OVER () AS n, c.file_id, c."position", c.scope, c.record,
		CASE WHEN c.scope = 'claim' AND c.refused IS NULL THEN c.member_system END AS system,
		concat_ws('|', c.member_id, c.member_key) AS value, c.member_system, c.member_key, c.mbi,
		c.claim_system, c.claim_id, c.claim_key, c.control_number, c.billing_npi, c.replaces,
		c.replaces_control_number, c.record_source, c.record_action,
		CASE WHEN c.claim_type IN ('inpatient', 'outpatient', 'snf', 'home_health', 'hospice')
			THEN 'institutional' ELSE c.claim_type END AS claim_type,
		c.bill_type, c.frequency_code, c.place_of_service, c.service_from, c.service_to,
		c.provider_npi, c.contract_id, c.submission, c.known_at, c.diagnoses,
		@extschema@.hcc_import_procedures(c.lines) AS procedure_codes,
		@extschema@.hcc_import_modifiers(c.lines) AS modifiers,
		COALESCE((c.attributes ->> 'is_valid_encounter')::boolean, true) AS is_valid_encounter,
		c.warnings, c.refused, t.keys_repeat, t.restates, t.replaces_codes
	FROM @panel@.import_read(hcc_import_rows.batch_id) c
		JOIN @panel@.import_file f ON f.file_id = c.file_id
		JOIN @extschema@.import_format t ON t.format = f.format;
	-- What there is in each file, in one pass: each step below is needed seldom.
	CREATE TEMPORARY TABLE hcc_import_seen ON COMMIT DROP AS
	SELECT r.file_id, count(*) FILTER (WHERE r.scope = 'claim' OR r.refused IS NOT NULL)
			AS records,
		bool_or(r.refused IS NOT NULL OR r.warnings IS NOT NULL) AS remarks,
		bool_or(r.n > 1 AND (COALESCE(r.known_at, '-infinity'), r.file_id, r."position")
			> (r.known_before, r.file_before, r.position_before) IS NOT TRUE) AS disordered,
		bool_or(r.system IS NOT NULL AND r.is_too_long) AS too_long,
		bool_or(r.scope = 'claim' AND r.restates AND r.refused IS NOT NULL) AS restated
	FROM (
		SELECT x.*, lag(COALESCE(x.known_at, '-infinity')) OVER () AS known_before,
			lag(x.file_id) OVER () AS file_before, lag(x."position") OVER () AS position_before,
			GREATEST(octet_length(x.system) + octet_length(x.value), octet_length(x.mbi),
				COALESCE(octet_length(x.claim_system), 0) + COALESCE(octet_length(x.claim_key), 0),
				octet_length(x.claim_id), octet_length(x.control_number),
				octet_length(x.replaces), octet_length(x.replaces_control_number),
				octet_length(x.billing_npi)) > 1000 AS is_too_long
		FROM pg_temp.hcc_import_row x
	) r
	GROUP BY r.file_id;
	-- Records are counted in the order in which they were said. Of most files that is the order
	-- in which they are read.
	IF EXISTS (SELECT FROM pg_temp.hcc_import_seen s WHERE s.disordered) THEN
		UPDATE pg_temp.hcc_import_row r SET n = o.n
		FROM (
			SELECT x.n AS was, row_number() OVER (ORDER BY x.known_at NULLS FIRST, x.file_id,
				x."position", x.claim_key) AS n
			FROM pg_temp.hcc_import_row x
		) o
		WHERE o.was = r.n;
	END IF;
	-- what no index can hold is no number
	IF EXISTS (SELECT FROM pg_temp.hcc_import_seen s WHERE s.too_long) THEN
		UPDATE pg_temp.hcc_import_row r SET system = NULL, refused = array_append(r.refused,
			ROW('too_long', NULL, NULL)::@extschema@.import_finding)
		WHERE r.system IS NOT NULL AND GREATEST(
			octet_length(r.system) + octet_length(r.value), octet_length(r.mbi),
			COALESCE(octet_length(r.claim_system), 0) + COALESCE(octet_length(r.claim_key), 0),
			octet_length(r.claim_id), octet_length(r.control_number), octet_length(r.replaces),
			octet_length(r.replaces_control_number), octet_length(r.billing_npi)) > 1000;
		UPDATE pg_temp.hcc_import_seen s SET remarks = true WHERE s.too_long;
	END IF;
	CREATE TEMPORARY TABLE hcc_import_withdrawn ON COMMIT DROP AS
	SELECT r.n, r.claim_system, r.claim_key FROM pg_temp.hcc_import_row r
	WITH NO DATA;
	IF EXISTS (SELECT FROM pg_temp.hcc_import_seen s WHERE s.restated) THEN
		PERFORM @panel@.hcc_import_withdraw();
	END IF;
	PERFORM @panel@.hcc_import_members();
END
$panel$;
COMMENT ON FUNCTION @panel@.hcc_import_rows(bigint) IS
	'Part of import_claims: reads the batch, and finds out who is meant.';

CREATE FUNCTION @panel@.hcc_import_encounters(all_roles boolean) RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
-- texts of dates are part of what is hashed
SET DateStyle = ISO
AS $panel$
DECLARE
	-- Whether a claim is there twice. Where none is, and that is nearly always, the planner
	-- leaves out the sorting that finds the copies. By a hash: two claims of one hash only cost
	-- the sorting.
	copies boolean := EXISTS (
		SELECT FROM pg_temp.hcc_import_row r WHERE r.system IS NOT NULL
		GROUP BY hashtextextended(
			CASE WHEN r.keys_repeat THEN r.claim_key || '#1' ELSE r.claim_key END,
			hashtextextended(r.claim_system, 0))
		HAVING count(*) > 1);
	-- where identifiers have no room for a hash, they are counted on
	last_number bigint := CASE '@encounter_id@'::regtype WHEN 'integer'::regtype THEN
		(SELECT GREATEST(0, (SELECT max(d.encounter_id::text::bigint)
			FROM @panel@.patient_diagnosis_hcc d))) END;
BEGIN
	-- OFFSET 0: what a level has worked out is not worked out again where it is used
	CREATE TEMPORARY TABLE hcc_import_claim ON COMMIT DROP AS
	SELECT v.*, COALESCE(v.entered, CASE WHEN v.verdict = 'new' THEN
			COALESCE(@extschema@.import_id('claim'::text, v.claim_system, v.claim_key,
				'@encounter_id@'::regtype), (last_number + v.n)::text)::@encounter_id@ END)
			AS encounter_id,
		NULL::@encounter_id@ AS linked_encounter_id, 0 AS step
	FROM (
		SELECT x.*, o.encounter_id AS entered, o.patient_id AS entered_of, CASE
			-- what cannot be loaded, or need not be
			WHEN x.patient_id IS NULL THEN 'unknown_member'
			WHEN x.superseded THEN 'superseded'
			WHEN x.record_action IS NULL
				OR x.record_action NOT IN ('add', 'delete', 'void', 'replace') THEN 'not_input'
			WHEN o.content IS NULL THEN 'new'
			WHEN o.content = x.content THEN 'unchanged'
			-- a file may be loaded after a later one
			WHEN x.known_at < o.said_at THEN 'superseded' ELSE 'changed' END AS verdict
		FROM (
			SELECT k.*, CASE WHEN copies THEN lead(true) OVER (
					PARTITION BY k.claim_system, k.claim_key ORDER BY k.n) END AS superseded,
				sha256(convert_to(concat_ws('|', k.patient_id, k.diagnoses, k.procedure_codes,
					k.modifiers, k.service_from, k.service_to, k.claim_type, k.bill_type,
					k.frequency_code, k.place_of_service, k.provider_npi, k.contract_id,
					k.record_source, k.record_action, k.replaces, k.replaces_control_number,
					k.submission, k.is_valid_encounter,
					-- which of the diagnoses are loaded is part of it where there are others
					CASE WHEN hcc_import_encounters.all_roles AND EXISTS (
						SELECT FROM unnest(k.diagnoses) d
						WHERE d.role IN ('admitting', 'reason_for_visit')) THEN 'all roles' END),
					'UTF8')) AS content
			FROM (
				SELECT r.n, r.file_id, r."position", r.scope, r.record, m.patient_id,
					r.claim_system, r.replaces_codes,
					CASE WHEN NOT r.keys_repeat THEN r.claim_key
						WHEN copies THEN r.claim_key || '#' || row_number() OVER (
							PARTITION BY r.file_id, r.claim_system, r.claim_key ORDER BY r.n)
						ELSE r.claim_key || '#1' END AS claim_key,
					r.claim_id, r.control_number, r.billing_npi, r.replaces,
					r.replaces_control_number, r.record_source, r.record_action, r.claim_type,
					r.bill_type, r.frequency_code, r.place_of_service, r.service_from,
					r.service_to, r.provider_npi, r.contract_id, r.submission, r.known_at,
					r.diagnoses, r.is_valid_encounter, r.procedure_codes, r.modifiers
				FROM pg_temp.hcc_import_row r
					JOIN pg_temp.hcc_import_member m ON m.system = r.system AND m.value = r.value
			) k
			OFFSET 0
		) x
			LEFT JOIN @panel@.import_claim_record o ON o.claim_system = x.claim_system
				AND o.claim_key = x.claim_key
	) v;
	-- of copies the last is loaded, and the others say nothing else
	IF copies THEN
		UPDATE pg_temp.hcc_import_claim c SET verdict = 'unchanged'
		FROM pg_temp.hcc_import_claim l
		WHERE c.superseded AND c.verdict = 'superseded' AND l.superseded IS NULL
			AND l.claim_system = c.claim_system AND l.claim_key = c.claim_key
			AND l.content = c.content;
	END IF;
	-- what came of the claims of each file; most batches change and correct nothing
	CREATE TEMPORARY TABLE hcc_import_met ON COMMIT DROP AS
	SELECT c.file_id, count(*) FILTER (WHERE c.verdict = 'new') AS new,
		count(*) FILTER (WHERE c.verdict = 'changed') AS changed,
		count(*) FILTER (WHERE c.verdict = 'unchanged') AS unchanged, count(*) AS claims,
		bool_or(c.verdict IN ('new', 'changed') AND (c.record_action <> 'add'
			OR c.replaces IS NOT NULL OR c.replaces_control_number IS NOT NULL)) AS corrects
	FROM pg_temp.hcc_import_claim c GROUP BY c.file_id;
END
$panel$;
COMMENT ON FUNCTION @panel@.hcc_import_encounters(boolean) IS
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
	-- None of the new is there, and nobody else loads: an INSERT that looked for a conflict would
	-- search each key twice.
	INSERT INTO @panel@.import_claim_record (claim_system, claim_key, patient_id,
		encounter_id, claim_id, billing_npi, control_number, service_from, service_to,
		record_source, record_action, replaces, content, file_id, "position", loaded_at, said_at)
	SELECT c.claim_system, c.claim_key, c.patient_id, c.encounter_id, c.claim_id, c.billing_npi,
		c.control_number, c.service_from, c.service_to, c.record_source, c.record_action,
		COALESCE(c.replaces_control_number, c.replaces), c.content, c.file_id, c."position",
		hcc_import_link.loaded_at, c.known_at
	FROM pg_temp.hcc_import_claim c WHERE c.verdict = 'new';
	IF EXISTS (SELECT FROM pg_temp.hcc_import_met m WHERE m.changed > 0) THEN
		UPDATE @panel@.import_claim_record r SET patient_id = c.patient_id,
			control_number = COALESCE(c.control_number, r.control_number),
			service_from = c.service_from, service_to = c.service_to,
			record_source = c.record_source, record_action = c.record_action,
			replaces = COALESCE(c.replaces_control_number, c.replaces), linked_encounter_id = NULL,
			content = c.content, file_id = c.file_id, "position" = c."position",
			loaded_at = hcc_import_link.loaded_at, said_at = c.known_at
		FROM pg_temp.hcc_import_claim c
		WHERE c.verdict = 'changed' AND r.claim_system = c.claim_system
			AND r.claim_key = c.claim_key;
	END IF;
	IF NOT EXISTS (SELECT FROM pg_temp.hcc_import_met m WHERE m.corrects) THEN
		RETURN;
	END IF;
	ANALYZE pg_temp.hcc_import_claim (n, claim_system, claim_key, verdict, record_action, replaces,
		replaces_control_number);
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

CREATE FUNCTION @panel@.hcc_import_take_back(loaded_at timestamptz) RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $panel$
DECLARE
	last_number bigint := CASE '@diagnosis_id@'::regtype WHEN 'integer'::regtype THEN
		(SELECT GREATEST(0, (SELECT max(d.id::text::bigint)
			FROM @panel@.patient_diagnosis_hcc d))) END;
BEGIN
	IF NOT EXISTS (SELECT FROM pg_temp.hcc_import_met m WHERE m.changed > 0 OR m.corrects) THEN
		RETURN;
	END IF;
	INSERT INTO @panel@.patient_diagnosis_hcc (id, patient_id, encounter_id, icd10_code,
		diagnosis_date, service_from, provider_npi, contract_id, claim_type, bill_type,
		procedure_codes, modifiers, place_of_service, record_source, record_action,
		linked_encounter_id, submission, is_valid_encounter, known_at)
	SELECT COALESCE(@extschema@.import_id('diagnosis'::text, w.claim_system,
			-- a claim may come again as it once was: the time tells its rows from those
			concat_ws('|', w.claim_key, encode(w.content, 'hex'), w.part, w.code,
				CASE WHEN w.changed THEN extract(epoch FROM hcc_import_take_back.loaded_at) END),
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
			hcc_import_take_back.loaded_at - interval '1 microsecond' AS known_at
		FROM pg_temp.hcc_import_claim c CROSS JOIN LATERAL (
			SELECT d.* FROM @panel@.patient_diagnosis_hcc d
			-- a claim may come again with another patient; rows are found by theirs
			WHERE d.patient_id = c.entered_of AND d.encounter_id = c.encounter_id
			ORDER BY d.known_at DESC, d.icd10_code LIMIT 1) o
		WHERE c.verdict = 'changed'
		UNION ALL
		SELECT c.n, c.verdict = 'changed', 'row', c.claim_system, c.claim_key, c.content,
			c.patient_id, c.encounter_id, x.code, c.service_to, c.service_from, c.provider_npi,
			c.contract_id, c.claim_type, c.bill_type, c.procedure_codes, c.modifiers,
			c.place_of_service,
			CASE c.record_source WHEN 'chart_review' THEN 'unlinked_chart_review'
				ELSE c.record_source END,
			c.record_action, c.linked_encounter_id,
			c.submission, c.is_valid_encounter,
			hcc_import_take_back.loaded_at + c.step * interval '1 microsecond'
		FROM pg_temp.hcc_import_claim c CROSS JOIN LATERAL (
			-- a void need not say what it voids
			SELECT d.icd10_code AS code FROM @panel@.patient_diagnosis_hcc d
			WHERE d.patient_id = c.patient_id AND d.encounter_id = c.linked_encounter_id
			UNION
			-- nor what it voids in its own batch, whose rows are not there yet
			SELECT d.code
			FROM pg_temp.hcc_import_claim v CROSS JOIN LATERAL unnest(v.diagnoses) d
			WHERE v.encounter_id = c.linked_encounter_id
				AND v.verdict IN ('new', 'changed') AND d.icd = '10') x
		WHERE c.verdict IN ('new', 'changed') AND c.record_action = 'void'
			AND c.linked_encounter_id IS NOT NULL
			AND NOT EXISTS (SELECT FROM unnest(c.diagnoses) i WHERE i.icd = '10')
		UNION ALL
		-- A replacement that tells of single codes leaves the others with the record that it
		-- replaces: what is taken back from the one is taken back from the other.
		SELECT c.n, c.verdict = 'changed', concat('row of ', o.encounter_id), c.claim_system,
			c.claim_key, c.content, c.patient_id, c.encounter_id, x.code, c.service_to,
			c.service_from, c.provider_npi, c.contract_id, c.claim_type, c.bill_type,
			c.procedure_codes, c.modifiers, c.place_of_service, c.record_source,
			CASE c.record_action WHEN 'void' THEN 'void' ELSE 'delete' END, o.encounter_id,
			c.submission, c.is_valid_encounter,
			hcc_import_take_back.loaded_at + c.step * interval '1 microsecond'
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
COMMENT ON FUNCTION @panel@.hcc_import_take_back(timestamptz) IS
	'Part of import_claims: rows by which changes and corrections take back what was there.';

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
	-- numbers are counted on, and only of these the planner has to sort
	SELECT CASE '@diagnosis_id@'::regtype WHEN 'integer'::regtype
			THEN (last_number + row_number() OVER (ORDER BY w.n, w.code))::text::@diagnosis_id@
			ELSE w.id END,
		w.patient_id, w.encounter_id, w.code, w.service_to, w.service_from, w.provider_npi,
		w.contract_id, w.claim_type, w.bill_type, w.procedure_codes, w.modifiers,
		w.place_of_service, w.source,
		-- a replacement may say of each code whether it is new or gone
		CASE WHEN w.record_action <> 'void' AND w.flag IN ('add', 'delete') THEN w.flag
			ELSE w.record_action END,
		w.linked, w.submission, w.is_valid_encounter, w.known_at
	FROM (
		SELECT c.*, unnest(c.codes) AS code, unnest(c.flags) AS flag,
			unnest(@extschema@.hcc_import_ids(c.claim_system,
				concat_ws('|', c.claim_key, encode(c.content, 'hex'), 'row'), c.codes,
				-- a claim may come again as it once was: the time tells its rows from those
				CASE c.verdict WHEN 'changed' THEN
					extract(epoch FROM hcc_import_write.loaded_at)::text END,
				NULL::@diagnosis_id@)) AS id
		FROM (
			SELECT c.n, c.claim_system, c.claim_key, c.content, c.verdict, c.patient_id,
				c.encounter_id, c.service_to, c.service_from, c.provider_npi, c.contract_id,
				c.claim_type, c.bill_type, c.procedure_codes, c.modifiers,
				c.place_of_service, CASE c.record_source WHEN 'chart_review'
					THEN 'unlinked_chart_review' ELSE c.record_source END AS source,
				c.record_action,
				-- what is named and not here must not be taken for the record itself
				COALESCE(c.linked_encounter_id, @extschema@.import_id('named'::text,
					c.claim_system, COALESCE(c.replaces_control_number, c.replaces),
					'@encounter_id@'::regtype)::@encounter_id@) AS linked,
				c.submission, c.is_valid_encounter,
				hcc_import_write.loaded_at + c.step * interval '1 microsecond' AS known_at,
				@extschema@.hcc_import_codes(c.diagnoses, hcc_import_write.roles) AS codes,
				@extschema@.hcc_import_flags(c.diagnoses, hcc_import_write.roles) AS flags
			FROM pg_temp.hcc_import_claim c
			WHERE c.verdict IN ('new', 'changed')
			-- rows of a patient lie together, and his index grows from page to page
			ORDER BY c.patient_id, c.service_to
		) c
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
	IF EXISTS (SELECT FROM pg_temp.hcc_import_seen s WHERE s.remarks) THEN
		INSERT INTO @panel@.import_refusal (file_id, "position", scope, record, refused, reason,
			field)
		SELECT r.file_id, COALESCE(f."position", r."position"), r.scope, r.record, true, f.reason,
			f.field
		FROM pg_temp.hcc_import_row r CROSS JOIN LATERAL unnest(r.refused) f
		WHERE r.refused IS NOT NULL
		UNION ALL
		SELECT r.file_id, COALESCE(f."position", r."position"), r.scope, r.record, false,
			f.reason, f.field
		FROM pg_temp.hcc_import_row r CROSS JOIN LATERAL unnest(r.warnings) f
		WHERE r.warnings IS NOT NULL;
	END IF;
	IF EXISTS (SELECT FROM pg_temp.hcc_import_met m
			WHERE m.corrects OR m.claims > m.new + m.changed + m.unchanged) THEN
		INSERT INTO @panel@.import_refusal (file_id, "position", scope, record, refused, reason,
			field)
		SELECT c.file_id, c."position", c.scope, c.record, true, c.verdict, NULL
		FROM pg_temp.hcc_import_claim c WHERE c.verdict NOT IN ('new', 'changed', 'unchanged')
		UNION ALL
		SELECT c.file_id, c."position", c.scope, c.record, false, 'no_original', NULL
		FROM pg_temp.hcc_import_claim c
		WHERE c.verdict IN ('new', 'changed') AND c.linked_encounter_id IS NULL
			AND (c.record_action <> 'add' OR c.replaces IS NOT NULL);
	END IF;
	UPDATE @panel@.import_file f SET loaded_at = hcc_import_account.loaded_at,
		records_read = COALESCE(f.records_read, 0) + a.records,
		records_loaded = COALESCE(f.records_loaded, 0) + a.loaded,
		records_unchanged = COALESCE(f.records_unchanged, 0) + a.unchanged,
		records_refused = COALESCE(f.records_refused, 0) + a.records - a.loaded - a.unchanged
	FROM (
		SELECT b.file_id, COALESCE(s.records, 0) AS records,
			COALESCE(m.new + m.changed, 0) AS loaded, COALESCE(m.unchanged, 0) AS unchanged
		FROM @panel@.import_file b
			JOIN @extschema@.import_format t ON t.format = b.format AND t.claims
			LEFT JOIN pg_temp.hcc_import_seen s ON s.file_id = b.file_id
			LEFT JOIN pg_temp.hcc_import_met m ON m.file_id = b.file_id
		WHERE b.batch_id = hcc_import_account.batch_id
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
	PERFORM @panel@.hcc_import_rows(batch_id);
	PERFORM @panel@.hcc_import_encounters(all_roles);
	PERFORM @panel@.hcc_import_link(now);
	PERFORM @panel@.hcc_import_take_back(now);
	PERFORM @panel@.hcc_import_write(now, CASE WHEN all_roles
		THEN '{principal,other,line,external_cause,admitting,reason_for_visit}'::text[]
		ELSE '{principal,other,line,external_cause}'::text[] END);
	PERFORM @panel@.hcc_import_late(now);
	PERFORM @panel@.hcc_import_account(batch_id, now);
	IF EXISTS (SELECT FROM @panel@.import_file f
			WHERE f.batch_id = import_claims.batch_id AND f.format IN ('mao004', 'raps')) THEN
		CALL @panel@.import_mao004(batch_id);
		CALL @panel@.import_raps(batch_id);
	END IF;
	PERFORM @panel@.hcc_import_empty(batch_id);
	UPDATE @panel@.import_batch b SET loaded_at = now WHERE b.batch_id = import_claims.batch_id;
EXCEPTION WHEN integrity_constraint_violation OR with_check_option_violation THEN
	PERFORM @extschema@.hcc_raise_without_row(SQLSTATE, SQLERRM);
END
$panel$;
COMMENT ON PROCEDURE @panel@.import_claims(bigint, boolean) IS
	'Loads the claims of a batch; what is there already stays, what has changed is corrected.';
