-- Reports that CMS sends to plans: what of an encounter counts (MAO-004), who was
-- paid for and how (MMR), what became of RAPS submissions. Each is kept as it
-- came in a table of its own, and what says something of patients or diagnoses
-- is read as other files are. MOR and MAO-002, whose positions nobody has
-- confirmed, are staged whole.

CREATE TABLE @panel@.import_mao004_record (
	contract_id text NOT NULL,
	report_date date NOT NULL,
	"position" bigint NOT NULL,
	file_id bigint NOT NULL,
	patient_id @patient_id@,
	member_id text NOT NULL,
	icn text NOT NULL,
	encounter_switch text,
	linked_icn text,
	linked_allowed_status text,
	submission_date date,
	processing_date date,
	service_from date,
	service_to date,
	service_type text,
	allowed_flag text,
	disallow_reason text,
	icd_version text,
	diagnoses text[],
	flags text[],
	PRIMARY KEY (contract_id, report_date, "position")
);
COMMENT ON TABLE @panel@.import_mao004_record IS
	'What CMS says of each encounter record: whether its diagnoses count, and which changed.';
COMMENT ON COLUMN @panel@.import_mao004_record.patient_id IS 'NULL: nobody has the number yet.';
COMMENT ON COLUMN @panel@.import_mao004_record.flags IS
	'A added, D deleted, of the diagnosis in the same place.';
CREATE INDEX import_mao004_record_patient ON @panel@.import_mao004_record (patient_id);

CREATE TABLE @panel@.import_mmr_record (
	contract_id text NOT NULL,
	run_date date NOT NULL,
	"position" bigint NOT NULL,
	file_id bigint NOT NULL,
	patient_id @patient_id@,
	member_id text NOT NULL,
	plan_id text,
	segment_id text,
	payment_month date NOT NULL,
	adjustment_reason text,
	month_from date NOT NULL,
	month_to date NOT NULL,
	negative boolean NOT NULL,
	ra_factor_type text,
	risk_factor_a numeric,
	risk_factor_b numeric,
	months_a integer,
	months_b integer,
	default_risk_factor text,
	part_d_ra_factor_type text,
	part_d_risk_factor numeric,
	frailty_factor numeric,
	msp_factor numeric,
	total_payment_a numeric,
	total_payment_b numeric,
	total_payment numeric,
	cleanup_id text,
	PRIMARY KEY (contract_id, run_date, "position")
);
COMMENT ON TABLE @panel@.import_mmr_record IS
	'What CMS paid for each person and month, and each later adjustment of that.';
COMMENT ON COLUMN @panel@.import_mmr_record.negative IS
	'Whether it takes back what was paid before.';
CREATE INDEX import_mmr_record_patient ON @panel@.import_mmr_record (patient_id, payment_month);

CREATE TABLE @panel@.import_raps_record (
	delivery text NOT NULL,
	"position" bigint NOT NULL,
	cluster integer NOT NULL,
	file_id bigint NOT NULL,
	patient_id @patient_id@,
	member_id text NOT NULL,
	corrected_member_id text,
	record_errors text[],
	provider_type text,
	service_from date,
	service_to date,
	deleted boolean NOT NULL,
	diagnosis text,
	errors text[],
	PRIMARY KEY (delivery, "position", cluster)
);
COMMENT ON TABLE @panel@.import_raps_record IS
	'What became of each diagnosis cluster of a RAPS submission; errors NULL: it was accepted.';
COMMENT ON COLUMN @panel@.import_raps_record.delivery IS
	'A hash of the first line of the file, by which it is known when it comes again.';
CREATE INDEX import_raps_record_patient ON @panel@.import_raps_record (patient_id);

CREATE FUNCTION @panel@.hcc_report_file(batch_id bigint, format text)
	RETURNS TABLE (file_id bigint, first_line text)
LANGUAGE sql STABLE PARALLEL SAFE ROWS 10
BEGIN ATOMIC
	-- a byte order mark belongs to no line
	SELECT f.file_id, regexp_replace(encode(substring(string_agg(c.content, '' ORDER BY c.chunk)
		FROM 1 FOR 512), 'escape'), '^\\357\\273\\277|[\r\n].*$', '', 'g')
	FROM @panel@.import_file f LEFT JOIN @panel@.import_chunk c
		ON c.file_id = f.file_id AND c.chunk < (SELECT min(b.chunk) + 4
			FROM @panel@.import_chunk b WHERE b.file_id = f.file_id)
	WHERE f.batch_id = hcc_report_file.batch_id AND f.format = hcc_report_file.format
	GROUP BY f.file_id;
END;
COMMENT ON FUNCTION @panel@.hcc_report_file(bigint, text) IS
	'The files of a report in a batch, and how each begins.';

CREATE FUNCTION @panel@.hcc_mao004_version(first_line text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
	-- the older report does not say its phase
	SELECT CASE COALESCE(NULLIF(btrim(split_part(
				split_part(hcc_mao004_version.first_line, E'\n', 1), '*', 8)), ''), '2')
			WHEN '3' THEN '3' WHEN '2' THEN '2' WHEN '1' THEN '2' END
	WHERE left(hcc_mao004_version.first_line, 2) = '0*';
END;
COMMENT ON FUNCTION @panel@.hcc_mao004_version(text) IS
	'The layout of an MAO-004 file by the phase of its header; NULL: one that nobody knows.';

CREATE FUNCTION @panel@.hcc_mao004_line(batch_id bigint)
	RETURNS TABLE (file_id bigint, line bigint, record_type text, reason text, field text,
		warning text, contract_id text, report_date date, environment text, record_count bigint,
		member_id text, icn text, encounter_switch text, linked_icn text,
		linked_allowed_status text, submission_date date, processing_date date,
		service_from date, service_to date, service_type text, allowed_flag text,
		disallow_reason text, icd_version text, diagnoses text[], flags text[])
LANGUAGE sql VOLATILE PARALLEL UNSAFE ROWS 100000
BEGIN ATOMIC
	-- a report ends with its trailer: without it what else it said is not there
	SELECT f.file_id, r.line, r.record_type, COALESCE(r.reason, CASE WHEN r.record_type = '1'
			AND count(*) FILTER (WHERE r.record_type = '9') OVER (PARTITION BY f.file_id) = 0
			THEN 'truncated' END), r.field, r.warning, r.contract_id,
		max(r.report_date) OVER (PARTITION BY f.file_id), r.environment, r.record_count,
		r.beneficiary_id, r.icn, r.encounter_switch, r.linked_icn, r.linked_allowed_status,
		r.submission_date, NULL, r.service_from, r.service_to, r.service_type,
		r.allowed_flag, r.disallow_reason, r.icd_version, r.diagnosis, r.flag
	FROM @panel@.hcc_report_file(hcc_mao004_line.batch_id, 'mao004'::text) f,
		@extschema@.file_records(@panel@.hcc_import_chunks(f.file_id), 'MAO004'::text, '3'::text)
			AS r(line bigint, record_type text, reason text, field text, warning text,
				contract_id text, report_date date, environment text, record_count bigint,
				beneficiary_id text, icn text, encounter_switch text, linked_icn text,
				linked_allowed_status text, submission_date date, service_from date,
				service_to date, service_type text, allowed_flag text,
				disallow_reason text, icd_version text, diagnosis text[], flag text[])
	WHERE @panel@.hcc_mao004_version(f.first_line) = '3'
	UNION ALL
	SELECT f.file_id, r.line, r.record_type, COALESCE(r.reason, CASE WHEN r.record_type = '1'
			AND count(*) FILTER (WHERE r.record_type = '9') OVER (PARTITION BY f.file_id) = 0
			THEN 'truncated' END), r.field, r.warning, r.contract_id,
		max(r.report_date) OVER (PARTITION BY f.file_id), r.environment, r.record_count,
		r.beneficiary_id, r.icn, r.encounter_switch, r.linked_icn, NULL,
		r.submission_date, r.processing_date, r.service_from, r.service_to, r.service_type,
		NULL, NULL, r.version[1], r.diagnosis, r.flag
	FROM @panel@.hcc_report_file(hcc_mao004_line.batch_id, 'mao004'::text) f,
		@extschema@.file_records(@panel@.hcc_import_chunks(f.file_id), 'MAO004'::text, '2'::text)
			AS r(line bigint, record_type text, reason text, field text, warning text,
				contract_id text, report_date date, environment text, record_count bigint,
				beneficiary_id text, icn text, encounter_switch text, linked_icn text,
				submission_date date, processing_date date, service_from date,
				service_to date, service_type text, diagnosis text[], version text[],
				flag text[])
	WHERE @panel@.hcc_mao004_version(f.first_line) = '2';
END;
COMMENT ON FUNCTION @panel@.hcc_mao004_line(bigint) IS
	'The lines of the MAO-004 files of a batch, of both layouts.';

CREATE FUNCTION @panel@.import_read_mao004(batch_id bigint)
	RETURNS SETOF @extschema@.import_claim
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE ROWS 100000
SET search_path = pg_catalog, pg_temp
SET jit = off
AS $panel$
BEGIN
	RETURN QUERY
	WITH line AS MATERIALIZED (
		SELECT * FROM @panel@.hcc_mao004_line(import_read_mao004.batch_id)
	), meaning AS (
		SELECT l.*,
			@panel@.hcc_mao004_version(f.first_line) = '2' AS is_older,
			l.encounter_switch IN ('4', '5', '6', '7', '8', '9') AS is_chart_review
		FROM line l JOIN @panel@.hcc_report_file(import_read_mao004.batch_id, 'mao004') f
			ON f.file_id = l.file_id
		WHERE l.reason IS NOT NULL OR l.record_type = '1'
	)
	SELECT (@extschema@.hcc_import_claim(
		file_id => m.file_id,
		"position" => m.line,
		scope => CASE WHEN m.reason IS NULL THEN 'claim' ELSE 'record' END,
		record => 'MAO-004',
		member_system => 'mbi',
		member_id => m.member_id,
		claim_system => 'mao004',
		claim_id => m.icn,
		claim_key => m.icn,
		replaces => m.linked_icn,
		status => CASE WHEN m.encounter_switch IN ('2', '5', '8') THEN 'void'
			WHEN m.encounter_switch = '7' AND NOT m.is_older THEN 'chart_review_delete'
			WHEN m.encounter_switch IN ('3', '6', '9') THEN 'replacement'
			ELSE 'original' END,
		record_source => CASE WHEN NOT m.is_chart_review THEN 'encounter'
			WHEN m.is_older THEN CASE WHEN m.encounter_switch IN ('4', '5', '6')
				THEN 'linked_chart_review' ELSE 'unlinked_chart_review' END
			WHEN m.linked_icn IS NULL THEN 'unlinked_chart_review'
			ELSE 'linked_chart_review' END,
		record_action => CASE WHEN m.encounter_switch IN ('2', '5', '8') THEN 'void'
			WHEN m.encounter_switch = '7' AND NOT m.is_older THEN 'delete'
			WHEN m.encounter_switch IN ('3', '6', '9') THEN 'replace'
			ELSE 'add' END,
		service_from => m.service_from,
		service_to => m.service_to,
		contract_id => m.contract_id,
		submission => CASE m.allowed_flag WHEN 'A' THEN 'accepted' WHEN 'D' THEN 'rejected' END,
		submitted_at => m.submission_date,
		known_at => m.report_date::timestamptz,
		diagnoses => (
			SELECT array_agg(ROW(d.place, d.code,
				@extschema@.hcc_cms_icd_version(m.icd_version, m.service_to), NULL, NULL,
				CASE d.flag WHEN 'A' THEN 'add' WHEN 'D' THEN 'delete' END
				)::@extschema@.import_diagnosis ORDER BY d.place)
			FROM (
				SELECT x.place::integer, @extschema@.hcc_cms_diagnosis(x.code) AS code, x.flag
				FROM unnest(m.diagnoses, m.flags) WITH ORDINALITY x(code, flag, place)
			) d
			WHERE d.code IS NOT NULL),
		warnings => @extschema@.hcc_findings(ARRAY[m.warning,
			CASE WHEN (SELECT bool_or(NOT @extschema@.hcc_cms_is_icd10(
					@extschema@.hcc_cms_diagnosis(d)))
				FROM unnest(m.diagnoses) d) THEN 'bad_diagnosis' END], NULL, m.line),
		refused => @extschema@.hcc_findings(ARRAY[CASE
			WHEN m.reason IS NOT NULL THEN m.reason
			WHEN m.member_id IS NULL THEN 'no_member_id'
			WHEN m.icn IS NULL THEN 'no_claim_id'
			WHEN m.encounter_switch !~ '^[1-9]$' THEN 'bad_value'
			WHEN m.service_to IS NULL THEN 'no_date'
			WHEN m.service_from > m.service_to THEN 'date_order'
			WHEN m.service_to > current_date THEN 'future_date'
			WHEN m.diagnoses IS NULL AND m.encounter_switch NOT IN ('2', '5', '8')
				THEN 'no_diagnosis'
			WHEN m.icd_version = '9' THEN 'icd9' END], ARRAY[m.field], m.line),
		attributes => jsonb_strip_nulls(jsonb_build_object(
			-- of what service type: the filter has been applied by CMS
			'claim_type', CASE m.service_type WHEN 'P' THEN 'professional'
				WHEN 'I' THEN 'inpatient' WHEN 'O' THEN 'outpatient' WHEN 'D' THEN 'dme'
				WHEN 'N' THEN 'not_applicable' END,
			'reason', m.disallow_reason,
			'linked_allowed_status', m.linked_allowed_status)))).*
	FROM meaning m
	UNION ALL
	SELECT (@extschema@.hcc_import_claim(
		file_id => f.file_id,
		scope => 'file',
		record => 'MAO-004',
		warnings => CASE WHEN q.of = 'warning' THEN @extschema@.hcc_findings(ARRAY[q.reason], NULL,
			NULL) END,
		refused => CASE WHEN q.of = 'file' THEN @extschema@.hcc_findings(ARRAY[q.reason], NULL,
			NULL) END)).*
	FROM @panel@.hcc_report_file(import_read_mao004.batch_id, 'mao004') f
		CROSS JOIN LATERAL (
			SELECT count(*) FILTER (WHERE l.record_type = '1') AS details,
				max(l.record_count) AS said, bool_or(l.environment = 'TEST') AS is_test
			FROM line l WHERE l.file_id = f.file_id
		) n
		CROSS JOIN LATERAL (VALUES
			('file', CASE WHEN @panel@.hcc_mao004_version(f.first_line) IS NULL
				THEN 'bad_layout' END),
			('warning', CASE WHEN n.is_test THEN 'test_data' END),
			('warning', CASE WHEN @panel@.hcc_mao004_version(f.first_line) IS NOT NULL
				AND n.details IS DISTINCT FROM n.said THEN 'record_count' END)
		) q(of, reason)
	WHERE q.reason IS NOT NULL;
END;
$panel$;
COMMENT ON FUNCTION @panel@.import_read_mao004(bigint) IS
	'The records of the MAO-004 files of a batch, with what CMS allowed of them.';

CREATE PROCEDURE @panel@.import_mao004(batch_id bigint)
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
SET jit = off
AS $panel$
BEGIN
	INSERT INTO @panel@.import_mao004_record AS old
	SELECT l.contract_id, l.report_date, l.line, l.file_id, i.patient_id, l.member_id, l.icn,
		l.encounter_switch, l.linked_icn, l.linked_allowed_status, l.submission_date,
		l.processing_date, l.service_from, l.service_to, l.service_type, l.allowed_flag,
		l.disallow_reason, l.icd_version, l.diagnoses, l.flags
	FROM (
		-- the last of files that are the same report
		SELECT DISTINCT ON (m.contract_id, m.report_date, m.line) m.*
		FROM @panel@.hcc_mao004_line(import_mao004.batch_id) m
		WHERE m.reason IS NULL AND m.record_type = '1' AND m.contract_id IS NOT NULL
			AND m.report_date IS NOT NULL AND m.member_id IS NOT NULL AND m.icn IS NOT NULL
		ORDER BY m.contract_id, m.report_date, m.line, m.file_id DESC
	) l LEFT JOIN @panel@.patient_identifier i ON i.system = 'mbi' AND i.value = l.member_id
	ON CONFLICT (contract_id, report_date, "position") DO UPDATE
	SET file_id = EXCLUDED.file_id, patient_id = EXCLUDED.patient_id,
		member_id = EXCLUDED.member_id, icn = EXCLUDED.icn,
		encounter_switch = EXCLUDED.encounter_switch, linked_icn = EXCLUDED.linked_icn,
		linked_allowed_status = EXCLUDED.linked_allowed_status,
		submission_date = EXCLUDED.submission_date, processing_date = EXCLUDED.processing_date,
		service_from = EXCLUDED.service_from, service_to = EXCLUDED.service_to,
		service_type = EXCLUDED.service_type, allowed_flag = EXCLUDED.allowed_flag,
		disallow_reason = EXCLUDED.disallow_reason, icd_version = EXCLUDED.icd_version,
		diagnoses = EXCLUDED.diagnoses, flags = EXCLUDED.flags
	WHERE (old.patient_id, old.member_id, old.icn, old.encounter_switch, old.linked_icn,
		old.allowed_flag, old.disallow_reason, old.diagnoses, old.flags)
		IS DISTINCT FROM (EXCLUDED.patient_id, EXCLUDED.member_id, EXCLUDED.icn,
		EXCLUDED.encounter_switch, EXCLUDED.linked_icn, EXCLUDED.allowed_flag,
		EXCLUDED.disallow_reason, EXCLUDED.diagnoses, EXCLUDED.flags);
END;
$panel$;
COMMENT ON PROCEDURE @panel@.import_mao004(bigint) IS
	'Keeps the records of the MAO-004 files of a batch in import_mao004_record, each once.';

CREATE FUNCTION @panel@.hcc_mmr_line(batch_id bigint)
	RETURNS TABLE (file_id bigint, line bigint, reason text, field text, warning text,
		contract_id text, run_date date, payment_month date, member_id text, sex text,
		birth_date date, state_county text, hospice text, esrd text, lti text,
		default_risk_factor text, risk_factor_a numeric, risk_factor_b numeric,
		months_a integer, months_b integer, adjustment_reason text, month_from date,
		month_to date, plan_id text, ra_factor_type text, orec text, segment_id text,
		total_payment_a numeric, total_payment_b numeric, total_payment numeric,
		part_d_risk_factor numeric, frailty_factor numeric, msp_factor numeric,
		dual_status text, part_d_ra_factor_type text, cleanup_id text, negative boolean)
LANGUAGE sql VOLATILE PARALLEL UNSAFE ROWS 100000
BEGIN ATOMIC
	SELECT f.file_id, r.line, r.reason, r.field, r.warning, r.contract_id, r.run_date,
		r.payment_month, r.beneficiary_id, r.sex, r.birth_date, r.state_county, r.hospice,
		r.esrd, r.lti, r.default_risk_factor, r.risk_factor_a, r.risk_factor_b, r.months_a,
		r.months_b, NULLIF(r.adjustment_reason, '00'),
		COALESCE(r.adjustment_from, r.payment_month),
		COALESCE(r.adjustment_to, (r.payment_month + interval '1 month - 1 day')::date),
		r.plan_id, r.ra_factor_type, r.orec, r.segment_id, r.total_payment_a,
		r.total_payment_b, r.total_payment, r.part_d_risk_factor, r.frailty_factor,
		r.msp_factor, r.dual_status, r.part_d_ra_factor_type, r.cleanup_id,
		COALESCE(LEAST(r.risk_factor_a, r.risk_factor_b, r.total_payment,
			r.monthly_payment_a, r.monthly_payment_b), 0) < 0
	FROM @panel@.hcc_report_file(hcc_mmr_line.batch_id, 'mmr'::text) f,
		@extschema@.file_records(@panel@.hcc_import_chunks(f.file_id), 'MMR'::text, NULL::text)
			AS r(line bigint, reason text, field text, warning text, contract_id text,
				run_date date, payment_month date, beneficiary_id text, sex text,
				birth_date date, state_county text, hospice text, esrd text, lti text,
				default_risk_factor text, risk_factor_a numeric, risk_factor_b numeric,
				months_a integer, months_b integer, adjustment_reason text,
				adjustment_from date, adjustment_to date, monthly_payment_a numeric,
				monthly_payment_b numeric, plan_id text, ra_factor_type text, orec text,
				segment_id text, total_payment_a numeric, total_payment_b numeric,
				total_payment numeric, part_d_risk_factor numeric, frailty_factor numeric,
				msp_factor numeric, dual_status text, part_d_ra_factor_type text,
				cleanup_id text);
END;
COMMENT ON FUNCTION @panel@.hcc_mmr_line(bigint) IS 'The lines of the MMR files of a batch.';

CREATE FUNCTION @panel@.import_people_mmr(batch_id bigint)
	RETURNS SETOF @extschema@.import_person
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE ROWS 10000
SET search_path = pg_catalog, pg_temp
SET jit = off
AS $panel$
BEGIN
	RETURN QUERY
	WITH line AS MATERIALIZED (
		SELECT * FROM @panel@.hcc_mmr_line(import_people_mmr.batch_id)
	), person_month AS (
		SELECT s.*, row_number() OVER (PARTITION BY s.member_id, s.month
				ORDER BY NOT s.stands, s.run_date DESC, s.negative, s.file_id DESC,
					s.line DESC) = 1
				-- nor has a later run said otherwise that was loaded before
				AND NOT EXISTS (SELECT FROM @panel@.import_mmr_record k
					WHERE k.member_id = s.member_id AND k.run_date > s.run_date
						AND s.month BETWEEN date_trunc('month', k.month_from) AND k.month_to
						AND (k.contract_id = s.contract_id OR NOT k.negative)) AS latest
		FROM (
			SELECT l.*, m.month::date AS month,
				-- What one contract takes back another may pay. Of a run the new state of a
				-- month comes after what it takes back.
				NOT l.negative AND row_number() OVER (
					PARTITION BY l.member_id, m.month, l.contract_id
					ORDER BY l.run_date DESC, l.negative, l.file_id DESC, l.line DESC) = 1 AS stands
			FROM line l CROSS JOIN LATERAL generate_series(date_trunc('month', l.month_from),
				l.month_to, interval '1 month') m(month)
			WHERE l.reason IS NULL) s
	), month AS (
		SELECT p.file_id, p.line,
			array_agg(ROW(extract(year FROM p.month)::integer,
				extract(month FROM p.month)::integer,
				@extschema@.hcc_cms_dual_status(p.dual_status),
				p.contract_id, p.plan_id, NULL, NULL, NULL, NULL, NULL,
				COALESCE(p.lti = 'Y', false)
					OR COALESCE(p.ra_factor_type IN ('I', 'I1', 'I2'), false),
				COALESCE(p.hospice IN ('Y', '1'), false),
				CASE WHEN p.ra_factor_type IN ('D', 'ED') THEN 'dialysis'
					WHEN p.ra_factor_type IN ('G1', 'G2') THEN 'transplant'
					WHEN p.ra_factor_type IN ('C1', 'C2', 'I1', 'I2', 'E1', 'E2') THEN 'graft'
					WHEN p.ra_factor_type ~ '^(C|CN|CP|CF|I|E|SE)$' THEN 'none' END,
				CASE WHEN p.ra_factor_type = 'G1' THEN 1 WHEN p.ra_factor_type = 'G2' THEN 2
					WHEN p.ra_factor_type IN ('C1', 'I1', 'E1') THEN 4
					WHEN p.ra_factor_type IN ('C2', 'I2', 'E2') THEN 10 END,
				CASE WHEN p.ra_factor_type IN ('E', 'SE', 'ED', 'E1', 'E2') THEN true
					WHEN p.ra_factor_type ~ '^(C|CN|CP|CF|I|D|[CIG][12])$' THEN false END,
				CASE WHEN p.ra_factor_type = 'SE' THEN true END,
				-- a negative line that no positive one answers
				CASE WHEN p.negative THEN false END
				)::@extschema@.import_month ORDER BY p.month)
				FILTER (WHERE p.latest) AS months
		FROM person_month p GROUP BY p.file_id, p.line
	)
	SELECT (@extschema@.hcc_import_person(
		file_id => l.file_id,
		"position" => l.line,
		scope => CASE WHEN l.reason IS NULL THEN 'person' ELSE 'record' END,
		record => 'MMR',
		member_system => 'mbi',
		member_id => l.member_id,
		date_of_birth => l.birth_date,
		sex => @extschema@.hcc_cms_sex(l.sex),
		orec => @extschema@.hcc_cms_orec(l.orec),
		esrd => CASE WHEN (m.months[1]).enrolled IS NULL THEN (m.months[1]).esrd END,
		esrd_now => CASE WHEN l.reason IS NULL THEN COALESCE(l.esrd IN ('Y', '1'), false) END,
		contract_id => l.contract_id,
		plan_id => l.plan_id,
		months => m.months,
		known_at => l.run_date::timestamptz,
		warnings => @extschema@.hcc_findings(ARRAY[l.warning,
			CASE WHEN l.reason IS NULL AND l.ra_factor_type
				!~ '^(C|CN|CP|CF|I|E|SE|D|ED|[CIGE][12]|P[A-Z0-9])$' THEN 'bad_value' END],
			ARRAY[NULL, 'ra_factor_type'], l.line),
		refused => @extschema@.hcc_findings(ARRAY[l.reason,
			CASE WHEN l.reason IS NULL AND l.member_id IS NULL THEN 'no_member_id' END,
			CASE WHEN l.reason IS NULL AND l.birth_date IS NULL THEN 'bad_dob' END,
			CASE WHEN l.reason IS NULL AND @extschema@.hcc_cms_sex(l.sex) IS NULL
				THEN 'unknown_sex' END,
			CASE WHEN l.reason IS NULL AND m.months IS NULL THEN 'superseded' END],
			ARRAY[l.field, 'beneficiary_id', 'birth_date', 'sex'], l.line),
		attributes => jsonb_strip_nulls(jsonb_build_object(
			'payment_month', to_char(l.payment_month, 'YYYYMM'),
			'from', l.month_from, 'through', l.month_to, 'segment', l.segment_id,
			'ra_factor_type', l.ra_factor_type, 'default_risk_factor', l.default_risk_factor,
			'adjustment_reason', l.adjustment_reason, 'state_county', l.state_county,
			'lti', COALESCE(l.lti = 'Y', false),
			'hospice', COALESCE(l.hospice IN ('Y', '1'), false),
			'dual_status', @extschema@.hcc_cms_dual_status(l.dual_status))))).*
	FROM line l LEFT JOIN month m ON m.file_id = l.file_id AND m.line = l.line;
END;
$panel$;
COMMENT ON FUNCTION @panel@.import_people_mmr(bigint) IS
	'The people of the MMR files of a batch, each month as the latest run has it.';

CREATE PROCEDURE @panel@.import_mmr(batch_id bigint)
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
SET jit = off
AS $panel$
BEGIN
	INSERT INTO @panel@.import_mmr_record AS old
	SELECT l.contract_id, l.run_date, l.line, l.file_id, i.patient_id, l.member_id, l.plan_id,
		l.segment_id, l.payment_month, l.adjustment_reason, l.month_from, l.month_to,
		l.negative, l.ra_factor_type, l.risk_factor_a, l.risk_factor_b, l.months_a, l.months_b,
		l.default_risk_factor, l.part_d_ra_factor_type, l.part_d_risk_factor,
		l.frailty_factor, l.msp_factor, l.total_payment_a, l.total_payment_b,
		l.total_payment, l.cleanup_id
	FROM (
		SELECT DISTINCT ON (m.contract_id, m.run_date, m.line) m.*
		FROM @panel@.hcc_mmr_line(import_mmr.batch_id) m
		WHERE m.reason IS NULL AND m.contract_id IS NOT NULL AND m.run_date IS NOT NULL
			AND m.payment_month IS NOT NULL AND m.member_id IS NOT NULL
		ORDER BY m.contract_id, m.run_date, m.line, m.file_id DESC
	) l LEFT JOIN @panel@.patient_identifier i ON i.system = 'mbi' AND i.value = l.member_id
	ON CONFLICT (contract_id, run_date, "position") DO UPDATE
	SET patient_id = EXCLUDED.patient_id
	WHERE old.patient_id IS DISTINCT FROM EXCLUDED.patient_id;
END;
$panel$;
COMMENT ON PROCEDURE @panel@.import_mmr(bigint) IS
	'Keeps the lines of the MMR files of a batch in import_mmr_record, each once.';

CREATE FUNCTION @panel@.hcc_raps_line(batch_id bigint)
	RETURNS TABLE (file_id bigint, delivery text, line bigint, reason text, field text,
		warning text, member_id text, corrected_member_id text, record_errors text[],
		providers text[], first_days text[], last_days text[], deletes text[], diagnoses text[],
		errors_a text[], errors_b text[])
LANGUAGE sql VOLATILE PARALLEL UNSAFE ROWS 100000
BEGIN ATOMIC
	SELECT f.file_id, md5(split_part(f.first_line, E'\n', 1)), r.line,
		-- nothing comes after the record ZZZ, and a file without it is not whole
		COALESCE(r.reason, CASE WHEN NOT r.is_whole THEN 'truncated' END), r.field,
		r.warning, r.beneficiary_id, r.corrected_beneficiary_id,
		array_remove(ARRAY[r.sequence_error, r.beneficiary_error, r.birth_date_error], NULL),
		r.provider_type, r."from", r.through, r.delete, r.diagnosis, r.error_a, r.error_b
	FROM @panel@.hcc_report_file(hcc_raps_line.batch_id, 'raps'::text) f
		CROSS JOIN LATERAL (
			SELECT x.*, bool_or(COALESCE(x.record_type = 'ZZZ', false)) OVER () AS is_whole
			FROM @extschema@.file_records(@panel@.hcc_import_chunks(f.file_id), 'RAPS'::text,
				NULL::text)
				AS x(line bigint, record_type text, reason text, field text, warning text,
					beneficiary_id text, corrected_beneficiary_id text, sequence_error text,
					beneficiary_error text, birth_date_error text, provider_type text[],
					"from" text[], through text[], delete text[], diagnosis text[],
					error_a text[], error_b text[])
		) r
	WHERE r.reason IS NOT NULL OR r.record_type = 'CCC';
END;
COMMENT ON FUNCTION @panel@.hcc_raps_line(bigint) IS
	'The detail lines of the RAPS return files of a batch.';

CREATE FUNCTION @panel@.hcc_raps_date(value text) RETURNS date
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN value ~ '^(19|20)\d{2}(0[1-9]|1[0-2])(0[1-9]|1\d|2[0-8])$'
	OR value ~ '^(19|20)\d{2}(0[13-9]|1[0-2])(29|30)$|^(19|20)\d{2}(0[13578]|1[02])31$'
	OR value ~ '^(19|20)([02468][048]|[13579][26])0229$' AND value !~ '^1900'
	THEN make_date(left(value, 4)::integer, substr(value, 5, 2)::integer,
		right(value, 2)::integer) END;
COMMENT ON FUNCTION @panel@.hcc_raps_date(text) IS
	'A date of a RAPS cluster; NULL: none that can be.';

CREATE PROCEDURE @panel@.import_raps(batch_id bigint)
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
SET jit = off
AS $panel$
BEGIN
	DELETE FROM @panel@.import_refusal r USING @panel@.import_file f
	WHERE f.batch_id = import_raps.batch_id AND f.format = 'raps' AND r.file_id = f.file_id;
	INSERT INTO @panel@.import_refusal (file_id, "position", scope, record, refused, reason, field)
	SELECT l.file_id, l.line, 'record', 'RAPS', true, COALESCE(l.reason, 'no_member_id'),
		COALESCE(l.field, CASE WHEN l.reason IS NULL THEN 'beneficiary_id' END)
	FROM @panel@.hcc_raps_line(import_raps.batch_id) l
	WHERE l.reason IS NOT NULL OR l.member_id IS NULL;

	WITH line AS MATERIALIZED (
		SELECT l.*, EXISTS (SELECT FROM @panel@.import_raps_record r
			WHERE r.delivery = l.delivery AND r."position" = l.line) AS is_known
		FROM @panel@.hcc_raps_line(import_raps.batch_id) l
	), kept AS (
		INSERT INTO @panel@.import_raps_record
		SELECT DISTINCT ON (l.delivery, l.line, c.cluster) l.delivery, l.line, c.cluster,
			l.file_id, i.patient_id, l.member_id, l.corrected_member_id,
			NULLIF(l.record_errors, '{}'), l.providers[c.cluster],
			@panel@.hcc_raps_date(l.first_days[c.cluster]),
			@panel@.hcc_raps_date(l.last_days[c.cluster]),
			COALESCE(l.deletes[c.cluster] = 'D', false),
			@extschema@.hcc_cms_diagnosis(l.diagnoses[c.cluster]),
			NULLIF(array_remove(ARRAY[l.errors_a[c.cluster], l.errors_b[c.cluster]], NULL), '{}')
		FROM line l
			CROSS JOIN LATERAL generate_series(1, GREATEST(cardinality(l.diagnoses), 1)) c(cluster)
			LEFT JOIN @panel@.patient_identifier i ON i.system = 'mbi'
				AND i.value = COALESCE(l.corrected_member_id, l.member_id)
		WHERE l.reason IS NULL AND l.member_id IS NOT NULL
		ORDER BY l.delivery, l.line, c.cluster, l.file_id DESC
		ON CONFLICT (delivery, "position", cluster) DO NOTHING
	)
	UPDATE @panel@.import_file f
	SET records_read = n.read, records_loaded = n.loaded, records_unchanged = n.unchanged,
		records_refused = n.read - n.loaded - n.unchanged, loaded_at = clock_timestamp()
	FROM (
		SELECT b.file_id, count(l.line) AS read,
			count(l.line) FILTER (WHERE l.reason IS NULL AND l.member_id IS NOT NULL
				AND NOT l.is_known) AS loaded,
			count(l.line) FILTER (WHERE l.reason IS NULL AND l.member_id IS NOT NULL
				AND l.is_known) AS unchanged
		FROM @panel@.import_file b LEFT JOIN line l ON l.file_id = b.file_id
		WHERE b.batch_id = import_raps.batch_id AND b.format = 'raps'
		GROUP BY b.file_id
	) n
	WHERE n.file_id = f.file_id;
END;
$panel$;
COMMENT ON PROCEDURE @panel@.import_raps(bigint) IS
	'Keeps and counts the clusters of RAPS return files in import_raps_record, each once.';
