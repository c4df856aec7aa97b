-- What readers found, in the shape of the expected rows, and where they differ.
-- An expectation that a rule of the facts overrules is named in `overruled`.
CREATE TABLE expected (batch_id bigint, doc jsonb);

CREATE FUNCTION span(person import_person, kind text) RETURNS jsonb LANGUAGE sql STABLE AS $$
	SELECT jsonb_build_array(s.span_from, s.span_to) FROM unnest(person.spans) s
	WHERE s.kind = span.kind
$$;

CREATE FUNCTION p_attributes(person import_person) RETURNS jsonb LANGUAGE sql STABLE AS $$
	SELECT COALESCE(person.attributes, '{}') - 'dual_status'
$$;

CREATE MATERIALIZED VIEW actual_claim AS
SELECT b.batch_id, c.file_id, c.position, jsonb_strip_nulls(jsonb_build_object(
	'member', c.member_id,
	'member_on_record', CASE WHEN c.mbi <> c.member_id THEN c.mbi END,
	'claim', c.claim_id,
	'claim_type', COALESCE(c.claim_type, c.attributes ->> 'claim_type'),
	'from', c.service_from, 'through', c.service_to,
	'bill_type', c.bill_type, 'status', c.status, 'final', c.final,
	'final_action', CASE WHEN c.final THEN 'F' WHEN NOT c.final THEN 'N' END,
	'cancelled_by', c.cancelled_by,
	'reject', (c.refused[1]).reason,
	'control_number', c.control_number,
	'replaces_control_number', c.replaces_control_number,
	'contract', c.contract_id, 'plan', c.plan_id, 'npi', c.provider_npi,
	'ndc', (c.lines[1]).ndc,
	'record_source', c.record_source, 'record_action', c.record_action,
	'linked_claim', c.replaces, 'submission', c.submitted_at,
	'allowed', CASE c.submission WHEN 'accepted' THEN true WHEN 'rejected' THEN false END,
	'reason', c.attributes ->> 'reason',
	'procedures', (
		SELECT COALESCE(jsonb_agg(jsonb_build_object('line', l.line::text, 'code', l.code,
			'modifiers', l.modifiers, 'revenue', l.revenue, 'pos', l.place_of_service,
			'from', l.service_from, 'through', l.service_to, 'rev_date', l.service_from,
			'dx', (SELECT d.code FROM unnest(c.diagnoses) d WHERE d.seq = l.pointers[1]),
			'npi', l.provider_npi, 'ndc', l.ndc, 'denied', NULLIF(l.denied, false))
			ORDER BY l.line), '[]')
		FROM unnest(c.lines) l
		WHERE l.code IS NOT NULL OR l.revenue IS NOT NULL),
	'dx', (
		SELECT COALESCE(jsonb_agg(jsonb_build_object('code', d.code, 'role', d.role, 'poa', d.poa,
			'flag', d.flag)), '[]')
		FROM unnest(c.diagnoses) d),
	'icd9', (SELECT jsonb_agg(d.code) FROM unnest(c.diagnoses) d WHERE d.icd = '9'))) AS doc
FROM import_batch b CROSS JOIN LATERAL (
	SELECT * FROM import_read_cclf(b.batch_id) UNION ALL
	SELECT * FROM import_read_rif(b.batch_id) UNION ALL
	SELECT * FROM import_read_synpuf(b.batch_id) UNION ALL
	SELECT * FROM import_read_mao004(b.batch_id)) c
WHERE c.scope = 'claim'
WITH NO DATA;

CREATE MATERIALIZED VIEW actual_person AS
SELECT b.batch_id, p.file_id, p.position, jsonb_strip_nulls(jsonb_build_object(
	'member', p.member_id,
	'mbi', (SELECT i.value FROM unnest(p.identifiers) i WHERE i.system = 'mbi' AND i.current),
	'name', p.member_name, 'dob', p.date_of_birth, 'sex', p.sex, 'death', p.date_of_death,
	'orec', p.orec, 'crec', p.crec, 'medicare_status', p.medicare_status,
	'esrd_now', p.esrd_now, 'esrd', p.esrd_now, 'contract', p.contract_id, 'plan', p.plan_id,
	'dual_status', COALESCE(p.attributes ->> 'dual_status', (p.months[1]).dual_status),
	'part_a_begin', span(p, 'part_a') ->> 0, 'part_a_end', span(p, 'part_a') ->> 1,
	'part_b_begin', span(p, 'part_b') ->> 0, 'part_b_end', span(p, 'part_b') ->> 1,
	'year', ((p.months[1]).year)::text,
	'dual', (SELECT jsonb_object_agg(lpad(m.month::text, 2, '0'), m.dual_status)
		FROM unnest(p.months) m WHERE m.month > 0),
	'medicare_status_months', (
		SELECT jsonb_object_agg(lpad(m.month::text, 2, '0'), m.medicare_status)
		FROM unnest(p.months) m WHERE m.month > 0),
	'contract_plan', (
		SELECT jsonb_object_agg(lpad(m.month::text, 2, '0'), concat_ws('-', m.contract_id,
			m.plan_id)) FROM unnest(p.months) m WHERE m.contract_id IS NOT NULL)
	) || p_attributes(p)) || jsonb_build_object('hospice', (
		SELECT COALESCE(jsonb_agg(jsonb_build_array(s.span_from, s.span_to)
			ORDER BY s.span_from), '[]')
		FROM unnest(p.spans) s WHERE s.kind = 'hospice')) || CASE WHEN p.record = 'MMR'
		THEN jsonb_build_object('hospice', p.attributes -> 'hospice') ELSE '{}' END AS doc
FROM import_batch b CROSS JOIN LATERAL (
	SELECT * FROM import_people_cclf(b.batch_id) UNION ALL
	SELECT * FROM import_people_rif(b.batch_id) UNION ALL
	SELECT * FROM import_people_synpuf(b.batch_id) UNION ALL
	SELECT * FROM import_people_mmr(b.batch_id)) p
WHERE p.scope = 'person' AND p.record <> 'CCLF9'
WITH NO DATA;

-- Of an expected row: which found row it is about
CREATE VIEW pair AS
SELECT e.batch_id, e.doc AS expected, a.doc AS actual
FROM (
	SELECT x.batch_id, x.doc, row_number() OVER (PARTITION BY x.batch_id, x.doc ->> 'member',
		x.doc ->> 'claim', x.doc ->> 'from') AS n
	FROM expected x
) e LEFT JOIN (
	SELECT u.batch_id, u.doc, row_number() OVER (PARTITION BY u.batch_id, u.doc ->> 'member',
		u.doc ->> 'claim', CASE WHEN u.doc ? 'from' THEN u.doc ->> 'from' END
		ORDER BY u.file_id, u.position) AS n
	FROM (SELECT * FROM actual_claim UNION ALL SELECT * FROM actual_person) u
) a ON a.batch_id = e.batch_id AND a.n = e.n
	AND a.doc ->> 'member' IS NOT DISTINCT FROM e.doc ->> 'member'
	AND a.doc ->> 'claim' IS NOT DISTINCT FROM e.doc ->> 'claim'
	AND a.doc ->> 'from' IS NOT DISTINCT FROM e.doc ->> 'from';

-- What the expected rows say against a rule of the facts is brought in line with it here
CREATE FUNCTION overruled(key text, value jsonb, OUT as_ruled jsonb, OUT rule text)
LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE
		WHEN key IN ('npi', 'ndc') AND value #>> '{}' ~ '^0+$|^.{1,8}$'
			OR key = 'npi' AND value #>> '{}' !~ '^[0-9]{10}$' THEN NULL
		WHEN value = '"none"' THEN '"NA"'
		WHEN value = '""' THEN NULL
		WHEN key = 'procedures' THEN (SELECT jsonb_agg(CASE
				WHEN x ->> 'npi' !~ '^[0-9]{10}$' OR x ->> 'ndc' ~ '^0+$'
				THEN x - CASE WHEN x ->> 'npi' !~ '^[0-9]{10}$' THEN 'npi' ELSE '' END
					- CASE WHEN x ->> 'ndc' ~ '^0+$' THEN 'ndc' ELSE '' END ELSE x END)
			FROM jsonb_array_elements(value) x)
		ELSE value END,
		CASE WHEN key = 'npi' AND value #>> '{}' !~ '^[0-9]{10}$'
				OR key = 'procedures' AND jsonb_path_exists(value,
					'$[*].npi ? (!(@ like_regex "^[0-9]{10}$"))')
			THEN '0.2: an NPI has ten digits'
			WHEN key = 'ndc' AND value #>> '{}' ~ '^0+$' OR key = 'procedures'
				AND jsonb_path_exists(value, '$[*].ndc ? (@ like_regex "^0+$")')
			THEN '8.1: an NDC of zeros is none' END
$$;

CREATE MATERIALIZED VIEW compared AS
SELECT p.batch_id, p.expected ->> 'file' AS file, COALESCE(p.expected ->> 'claim',
		p.expected ->> 'member') AS record, k.key, o.as_ruled AS expected,
	CASE WHEN k.key = 'dx' AND p.expected ? 'icd9' THEN '[]' ELSE p.actual -> k.key END AS actual,
	o.rule, p.actual IS NULL AS is_missing
FROM pair p CROSS JOIN LATERAL jsonb_each(jsonb_strip_nulls(p.expected)) k
	CROSS JOIN LATERAL overruled(k.key, k.value) o
-- of records, what they say of themselves; notes and names are not compared
WHERE k.key NOT IN ('file', 'kind', 'segment', 'icd9', 'esrd_kind')
UNION ALL
SELECT p.batch_id, p.expected ->> 'file', p.expected ->> 'claim', 'icd9',
	(SELECT jsonb_agg(x ORDER BY x) FROM jsonb_array_elements(p.expected -> 'icd9') x),
	(SELECT jsonb_agg(x ORDER BY x) FROM jsonb_array_elements(p.actual -> 'icd9') x), NULL, false
FROM pair p WHERE p.expected ? 'icd9'
WITH NO DATA;

CREATE VIEW difference AS
SELECT * FROM compared c
WHERE c.is_missing OR c.expected IS NOT NULL AND (c.actual IS NULL
	OR NOT CASE WHEN jsonb_typeof(c.expected) IN ('array', 'object')
		THEN c.actual @> c.expected AND (jsonb_typeof(c.expected) = 'object'
			OR jsonb_array_length(c.actual) = jsonb_array_length(c.expected))
		ELSE c.actual = c.expected END);

-- What is found and nobody expects
CREATE VIEW unexpected AS
SELECT u.batch_id, u.doc FROM (SELECT batch_id, doc FROM actual_claim
	UNION ALL SELECT batch_id, doc FROM actual_person) u
EXCEPT ALL
SELECT p.batch_id, p.actual FROM pair p;

CREATE VIEW outcome AS
SELECT format('%s %s: %s rows, %s fields, %s differences%s',
	CASE WHEN EXISTS (SELECT FROM difference d WHERE d.batch_id = b.batch_id)
		OR EXISTS (SELECT FROM unexpected u WHERE u.batch_id = b.batch_id)
		OR NOT EXISTS (SELECT FROM compared c WHERE c.batch_id = b.batch_id)
		THEN 'not ok' ELSE 'ok' END, b.label,
	(SELECT count(*) FROM expected e WHERE e.batch_id = b.batch_id),
	(SELECT count(*) FROM compared c WHERE c.batch_id = b.batch_id),
	(SELECT count(*) FROM difference d WHERE d.batch_id = b.batch_id),
	concat((SELECT string_agg(DISTINCT format(E'\n  as ruled in %s', c.rule), '')
		FROM compared c WHERE c.batch_id = b.batch_id AND c.rule IS NOT NULL),
	(SELECT string_agg(format(E'\n  %s %s: expected %s, found %s', d.record, d.key,
			d.expected, COALESCE(d.actual::text, 'nothing')), '')
		FROM difference d WHERE d.batch_id = b.batch_id),
	(SELECT string_agg(format(E'\n  not expected: %s', u.doc), '')
		FROM unexpected u WHERE u.batch_id = b.batch_id))) AS line
FROM import_batch b;
