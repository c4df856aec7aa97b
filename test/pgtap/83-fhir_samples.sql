-- Samples that this project did not write, with what must come out of them, read
-- from ../shared/formats where it is beside the checkout: every difference is one
-- of the list below, which names the rule by which the expectation is wrong, and
-- every line of the list is a difference that is there.
BEGIN;
CREATE EXTENSION IF NOT EXISTS hccraf;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT plan(8);
-- compiling such a query takes longer than running it
SET LOCAL jit = off;
\set formats `cd ../shared/formats 2>/dev/null && pwd`
SELECT :'formats' = '' AS absent \gset
\if :absent
SELECT skip('../shared/formats is absent', 8);
\else

CREATE FUNCTION pg_temp.content_of(path text) RETURNS text LANGUAGE sql
RETURN convert_from(pg_read_binary_file(path), 'UTF8');
CREATE TEMPORARY TABLE sample AS
SELECT d AS folder, f AS file, :'formats' || '/data/' || d || '/' || f AS path,
	:'formats' || '/expected/' || d || '/' || f || '.jsonl' AS expected
FROM pg_ls_dir(:'formats' || '/data') d CROSS JOIN LATERAL pg_ls_dir(:'formats' || '/data/' || d) f
WHERE d LIKE 'fhir_%' AND f ~ 'json$';
CREATE TEMPORARY TABLE document AS
SELECT s.folder, s.file, d."position", d.document, d.refused
FROM sample s CROSS JOIN LATERAL fhir_documents(pg_read_binary_file(s.path)) d;
CREATE TEMPORARY TABLE expected AS
SELECT s.folder, s.file, l.n, jsonb_strip_nulls(l.line::jsonb) AS e
FROM sample s CROSS JOIN LATERAL
	string_to_table(pg_temp.content_of(s.expected), E'\n') WITH ORDINALITY l(line, n)
WHERE l.line <> '';
SELECT cmp_ok((SELECT count(*) FROM sample), '>=', 30::bigint, 'there are samples');
SELECT is((SELECT count(*) FROM document WHERE refused IS NOT NULL), 0::bigint,
	'each is JSON that is read');

----------------------------------------------------------------------
-- Claims
----------------------------------------------------------------------
CREATE TEMPORARY TABLE claim AS
SELECT d.folder, d.file, c.scope, row_number() OVER (PARTITION BY d.folder, d.file, c.scope
		ORDER BY d."position", c."position") AS k,
	CASE WHEN c.refused[1].reason = 'not_a_claim' THEN jsonb_build_object('resource', c.record,
		'reject', c.refused[1].reason)
	WHEN c.record = 'Condition' THEN jsonb_build_object('resource', c.record, 'id', c.claim_id,
		'member', c.member_id, 'dx', c.diagnoses[1].code, 'encounter', c.attributes -> 'encounter',
		'encounter_date', CASE WHEN (c.attributes ->> 'is_valid_encounter')::boolean
			THEN c.service_to END, 'encounter_class', c.attributes -> 'encounter_class',
		'warnings', (SELECT jsonb_agg(w.reason) FROM unnest(c.warnings) w))
	ELSE jsonb_build_object('resource', c.record, 'member', c.member_id, 'claim', c.claim_id,
		'control_number', c.control_number, 'claim_type', c.claim_type, 'from', c.service_from,
		'through', c.service_to, 'bill_type', c.bill_type, 'status', c.status, 'denied', c.denied,
		'denied_code', c.denied_code, 'replaces', c.replaces, 'rendering_npi', c.rendering_npi,
		'attending_npi', c.attending_npi, 'prescriber_npi', c.prescriber_npi,
		'contract', c.contract_id, 'plan', c.plan_id,
		'bill_type_partial', c.attributes -> 'bill_type_partial',
		'dx', (SELECT COALESCE(jsonb_agg(jsonb_strip_nulls(jsonb_build_object('seq', d.seq,
				'code', d.code, 'role', d.role, 'poa', d.poa,
				'icd', CASE d.icd WHEN '9' THEN 9 END))), '[]') FROM unnest(c.diagnoses) d),
		'procedures', (SELECT COALESCE(jsonb_agg(jsonb_strip_nulls(jsonb_build_object(
				'line', l.line, 'code', l.code, 'modifiers', l.modifiers, 'pos', l.place_of_service,
				'revenue', l.revenue, 'from', l.service_from, 'through', l.service_to,
				'dx', l.pointers, 'npi', l.provider_npi, 'ndc', l.ndc, 'denied', l.denied,
				'snomed', CASE l.other_system WHEN 'snomed' THEN l.other_code END))), '[]')
			FROM unnest(c.lines) l),
		'warnings', (SELECT jsonb_agg(w.reason) FROM unnest(c.warnings) w)) END
	-- denied says so itself
	|| jsonb_build_object('rejects', (SELECT jsonb_agg(r.reason) FROM unnest(c.refused) r
		WHERE r.reason NOT IN ('denied', 'not_a_claim'))) AS a
FROM document d CROSS JOIN LATERAL fhir_claims(d.document) c;
CREATE TEMPORARY TABLE difference AS
SELECT COALESCE(e.folder, c.folder) AS folder, COALESCE(e.file, c.file) AS file, f.key
FROM (SELECT x.folder, x.file, row_number() OVER (PARTITION BY x.folder, x.file ORDER BY x.n) AS k,
		-- the number of the drug as it was written is not kept
		jsonb_strip_nulls(regexp_replace(x.e::text, '"ndc_raw": "[^"]*", ', '')::jsonb) AS e
	FROM expected x WHERE x.e ->> 'resource' IN ('ExplanationOfBenefit', 'Claim', 'Condition')) e
FULL JOIN (SELECT folder, file, k, jsonb_strip_nulls(a) AS a FROM claim WHERE scope = 'claim') c
	USING (folder, file, k)
CROSS JOIN LATERAL (SELECT key
	FROM jsonb_object_keys(COALESCE(e.e, '{}') || COALESCE(c.a, '{}')) key) f
WHERE e.e -> f.key IS DISTINCT FROM c.a -> f.key
	-- what an expectation tells besides, and the number of a claim at its contractor,
	-- which v1 and v2 have in an extension (6.1)
	AND f.key NOT IN ('file', 'id', 'what', 'onset', 'recorded', 'verification', 'clinical',
		'category', 'encounter_status', 'snomed')
	AND NOT (f.key = 'control_number' AND NOT COALESCE(e.e, '{}') ? 'control_number');
CREATE TEMPORARY TABLE named (folder text, file text, key text, rule text);
INSERT INTO named VALUES
	('fhir_ab2d', 'EOB-for-Inpatient-R4.json', 'dx', '0.2: 7840 has not the shape of ICD-10'),
	('fhir_ab2d', 'EOB-for-Inpatient-R4.json', 'warnings', '0.2: bad_diagnosis, bad_npi'),
	('fhir_bcda', 'ExplanationOfBenefit_bfd_v2.ndjson', 'warnings', '0.2: bad_npi'),
	('fhir_bfd_v1_stu3', 'eobReadInpatient.json', 'warnings', '0.2: bad_npi'),
	('fhir_bfd_v1_stu3', 'eobReadInpatient.json', 'bill_type',
		'0.1: its class digit is among the codings of type'),
	('fhir_bfd_v1_stu3', 'eobReadInpatient.json', 'bill_type_partial', 'the same'),
	('fhir_bfd_v2', 'eobReadCarrier.json', 'warnings', '0.2: bad_npi'),
	('fhir_bfd_v2', 'eobReadInpatient.json', 'warnings', '0.2: bad_npi'),
	('fhir_bfd_v3', 'ExplanationOfBenefit-Pharmacy.json', 'contract', '6.3: CLM_SBMTR_CNTRCT_NUM'),
	('fhir_bfd_v3', 'ExplanationOfBenefit-Pharmacy.json', 'plan', '6.3: CLM_SBMTR_CNTRCT_PBP_NUM'),
	('fhir_clinical', 'own_conditions_bundle.json', 'warnings', '5.4: a problem list has no visit');
SELECT results_eq('SELECT DISTINCT folder, file, key FROM difference ORDER BY 1, 2, 3',
	'SELECT folder, file, key FROM named ORDER BY 1, 2, 3', 'claims come out as expected');
SELECT results_eq($$ SELECT folder, file, count(*) FROM claim WHERE scope = 'record' GROUP BY 1, 2
	ORDER BY 1, 2 $$,
	$$ SELECT folder, file, count(*) FROM expected WHERE e ->> 'skip' = 'true' GROUP BY 1, 2
		ORDER BY 1, 2 $$,
	'resources that are no input are told');

-- 0.1: an institutional claim's setting follows from its bill type, and CMS says it besides.
-- v1 has the class among the codings of type, in every institutional claim of the sample.
SELECT results_eq($$ SELECT DISTINCT c.claim_type, left(c.bill_type, 3)
	FROM fhir_documents(pg_read_binary_file($$
		|| quote_literal(:'formats' || '/../data/fhir_eob/sample_eob_200.ndjson') || $$)) d,
		fhir_claims(d.document) c
	WHERE c.claim_type IN ('inpatient', 'outpatient', 'hospice') ORDER BY 1 $$,
	$$ VALUES ('hospice', '081'), ('inpatient', '011'), ('outpatient', '013') $$,
	'bill types of v1 are those of their settings');

----------------------------------------------------------------------
-- People
----------------------------------------------------------------------
-- A code by month of the year that a resource is about
CREATE FUNCTION pg_temp.by_month(months import_month[], field text) RETURNS jsonb LANGUAGE sql
RETURN (SELECT CASE WHEN count(v) > 0 THEN jsonb_agg(v ORDER BY m.month) END
	FROM generate_series(1, 12) m(month) LEFT JOIN LATERAL (SELECT to_jsonb(u) ->> field AS v
		FROM unnest(months) u WHERE u.month = m.month AND u.year >= 2018
		ORDER BY u.year DESC LIMIT 1) x ON true);
CREATE TEMPORARY VIEW person AS
SELECT d.folder, d.file, row_number() OVER (PARTITION BY d.folder, d.file
		ORDER BY d."position", p."position") AS k, p.*
FROM document d CROSS JOIN LATERAL fhir_people(d.document) p;
-- What expectations say as written, in the words of the contract: two digits, NA
-- for none, NULL for unknown
CREATE TEMPORARY VIEW expected_person AS
SELECT x.folder, x.file, row_number() OVER (PARTITION BY x.folder, x.file ORDER BY x.n) AS k, x.e,
	(SELECT CASE WHEN count(NULLIF(v, '**')) > 0 THEN jsonb_agg(CASE v WHEN '**' THEN NULL
			WHEN '00' THEN 'NA' ELSE v END ORDER BY n) END
		FROM jsonb_array_elements_text(x.e -> 'dual') WITH ORDINALITY t(v, n)) AS dual
FROM expected x WHERE x.e ->> 'resource' IN ('Patient', 'Coverage');
SELECT results_eq($$ SELECT folder, file, k, record, member_id,
	CASE WHEN record = 'Patient' THEN date_of_birth END,
		CASE WHEN record = 'Patient' THEN sex END, date_of_death, orec, crec, medicare_status,
		esrd_now, contract_id, plan_id, (spans[1]).span_from, (spans[1]).span_to
	FROM person ORDER BY folder, file, k $$,
	$$ SELECT folder, file, k, e ->> 'resource', e ->> 'member',
		CASE WHEN length(e ->> 'dob') = 10 THEN (e ->> 'dob')::date END,
		-- 5.3: birthsex where gender says nothing
		COALESCE(e ->> 'sex', e ->> 'birthsex'), (e ->> 'death')::date, e ->> 'orec',
		COALESCE(e ->> 'crec', e ->> 'entitlement_reason'), e ->> 'ms_cd',
		CASE e ->> 'esrd_ind' WHEN 'Y' THEN true WHEN 'N' THEN false WHEN '0' THEN false END,
		e ->> 'contract', e ->> 'plan', (e ->> 'from')::date, (e ->> 'to')::date
	FROM expected_person ORDER BY folder, file, k $$, 'people come out as expected');
SELECT results_eq($$ SELECT folder, file, k, (SELECT i.value FROM unnest(identifiers) i
			WHERE i.system = 'mbi' AND i.current),
		(SELECT array_agg(i.value ORDER BY i.value) FROM unnest(identifiers) i
			WHERE i.system = 'mbi')
	FROM person WHERE record = 'Patient' ORDER BY folder, file, k $$,
	$$ SELECT folder, file, k, e ->> 'mbi', (SELECT array_agg(m ->> 'mbi' ORDER BY m ->> 'mbi')
			FROM jsonb_array_elements(e -> 'mbis') m)
	FROM expected_person WHERE e ->> 'resource' = 'Patient' ORDER BY folder, file, k $$,
	'and their Medicare numbers, the current one known');
SELECT results_eq($$ SELECT folder, file, k, pg_temp.by_month(months, 'dual_status'),
		pg_temp.by_month(months, 'buy_in'), pg_temp.by_month(months, 'hmo'),
		pg_temp.by_month(months, 'contract_id')
	FROM person WHERE folder <> 'fhir_bfd_v3' ORDER BY folder, file, k $$,
	$$ SELECT folder, file, k, dual, e -> 'buyin_months', e -> 'hmo',
		(SELECT jsonb_agg(NULLIF(v, '0') ORDER BY n)
			FROM jsonb_array_elements_text(e -> 'part_c_contract') WITH ORDINALITY t(v, n))
	FROM expected_person WHERE folder <> 'fhir_bfd_v3' ORDER BY folder, file, k $$,
	'and what is known by month');
\endif
SELECT finish();
ROLLBACK;
