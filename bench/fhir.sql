-- NDJSON of ExplanationOfBenefits beside its floor, the cast of the same lines to
-- jsonb: rows are counted, not stored. Alone, on any server with hccraf:
--
--     psql -f bench/fhir.sql
--
-- The best of 7 runs in turns, in processor time, which Linux tells of a process;
-- JIT is off, as in the panel's readers.
\set ON_ERROR_STOP on
\set QUIET on
SET client_min_messages = warning;
SET jit = off;
SET max_parallel_workers_per_gather = 0;
SET work_mem = '256MB';
CREATE EXTENSION IF NOT EXISTS hccraf;
DROP SCHEMA IF EXISTS bench_fhir CASCADE;
CREATE SCHEMA bench_fhir;

-- Claims as BFD v2 writes them: four diagnoses, two lines with ten adjudications
-- each, a dozen extensions; some 10 kB
CREATE FUNCTION bench_fhir.coding(system text, code text) RETURNS jsonb LANGUAGE sql
RETURN jsonb_build_object('coding',
	jsonb_build_array(jsonb_build_object('system', system, 'code', code, 'display', 'what it is')));
CREATE FUNCTION bench_fhir.claim(n integer) RETURNS jsonb LANGUAGE sql
RETURN jsonb_build_object('resourceType', 'ExplanationOfBenefit', 'id', 'carrier-' || n, 'status',
	'active', 'use', 'claim', 'outcome', 'complete',
	'meta',
	jsonb_build_object('lastUpdated', '2026-02-03T04:05:06.789-05:00', 'profile', jsonb_build_array(
		'http://hl7.org/fhir/us/carin-bb/StructureDefinition/'
		'C4BB-ExplanationOfBenefit-Professional-NonClinician')),
	'identifier', jsonb_build_array(jsonb_build_object('type',
		bench_fhir.coding('http://hl7.org/fhir/us/carin-bb/CodeSystem/C4BBIdentifierType', 'uc'),
			'system', 'https://bluebutton.cms.gov/resources/variables/clm_id', 'value',
			(1000000 + n)::text),
		jsonb_build_object('type', bench_fhir.coding(
			'http://hl7.org/fhir/us/carin-bb/CodeSystem/C4BBIdentifierType', 'uc'),
			'system', 'https://bluebutton.cms.gov/resources/identifier/claim-group',
			'value', '900')),
	'type', jsonb_build_object('coding', jsonb_build_array(
		jsonb_build_object('system',
			'https://bluebutton.cms.gov/resources/variables/nch_clm_type_cd', 'code', '71',
			'display', 'Local carrier non-durable medical equipment'),
		jsonb_build_object('system', 'https://bluebutton.cms.gov/resources/codesystem/eob-type',
			'code', 'CARRIER'),
		jsonb_build_object('system', 'http://terminology.hl7.org/CodeSystem/claim-type', 'code',
			'professional'))),
	'patient', jsonb_build_object('reference', 'Patient/-' || n % 977),
	'billablePeriod', jsonb_build_object('start', '2025-03-05', 'end', '2025-03-05'),
	'extension', (SELECT jsonb_agg(
		jsonb_build_object('url', 'https://bluebutton.cms.gov/resources/variables/' || u,
			'valueCoding', jsonb_build_object('system',
				'https://bluebutton.cms.gov/resources/variables/' || u, 'code', '1')))
		FROM unnest('{nch_near_line_rec_ident_cd,carr_num,carr_clm_cntl_num,carr_clm_pmt_dnl_cd,'
			'asgmntcd,clm_clncl_tril_num,carr_clm_entry_cd,carr_clm_cash_ddctbl_apld_amt,'
			'nch_clm_prvdr_pmt_amt,nch_clm_bene_pmt_amt,nch_carr_clm_sbmtd_chrg_amt,'
			'nch_carr_clm_alowd_amt}'::text[]) u),
	'careTeam', jsonb_build_array(jsonb_build_object('sequence', 1, 'provider',
		jsonb_build_object('identifier', jsonb_build_object('value', '1234567893')),
		'role', bench_fhir.coding(
			'http://hl7.org/fhir/us/carin-bb/CodeSystem/C4BBClaimCareTeamRole', 'performing'))),
	'supportingInfo', (SELECT jsonb_agg(jsonb_build_object('sequence', i, 'category',
		bench_fhir.coding('http://terminology.hl7.org/CodeSystem/claiminformationcategory', 'info'),
			'code',
			bench_fhir.coding('https://bluebutton.cms.gov/resources/variables/some_cd', i::text)))
		FROM generate_series(1, 4) i),
	'diagnosis', (SELECT jsonb_agg(jsonb_build_object('sequence', i, 'diagnosisCodeableConcept',
		jsonb_build_object('coding', jsonb_build_array(
				jsonb_build_object('system', 'http://hl7.org/fhir/sid/icd-10-cm', 'code', c,
					'display', 'a diagnosis in some words'),
				jsonb_build_object('system', 'http://hl7.org/fhir/sid/icd-10', 'code', c, 'display',
					'a diagnosis in some words'))),
			'type', jsonb_build_array(
				bench_fhir.coding('http://terminology.hl7.org/CodeSystem/ex-diagnosistype',
					CASE i WHEN 1 THEN 'principal' ELSE 'secondary' END))))
		FROM unnest('{E1165,I5022,N184,I10}'::text[]) WITH ORDINALITY t(c, i)),
	'item', (SELECT jsonb_agg(jsonb_build_object('sequence', i, 'careTeamSequence',
		jsonb_build_array(1), 'diagnosisSequence', jsonb_build_array(1, 2),
			'productOrService',
			bench_fhir.coding('https://bluebutton.cms.gov/resources/codesystem/hcpcs', '99214'),
			'modifier', jsonb_build_array(
				bench_fhir.coding('https://bluebutton.cms.gov/resources/codesystem/hcpcs', '25')),
			'servicedPeriod', jsonb_build_object('start', '2025-03-05', 'end', '2025-03-05'),
			'locationCodeableConcept', bench_fhir.coding(
				'https://bluebutton.cms.gov/resources/variables/line_place_of_srvc_cd', '11'),
			'extension', jsonb_build_array(jsonb_build_object('url',
				'https://bluebutton.cms.gov/resources/variables/line_prcsg_ind_cd', 'valueCoding',
				jsonb_build_object('code', 'A'))),
			'adjudication', (SELECT jsonb_agg(jsonb_build_object('category', bench_fhir.coding(
				'http://terminology.hl7.org/CodeSystem/adjudication', 'amount' || a),
				'amount', jsonb_build_object('value', 10.25 * a, 'currency', 'USD')))
				FROM generate_series(1, 10) a)))
		FROM generate_series(1, 2) i));
CREATE TABLE bench_fhir.line AS SELECT bench_fhir.claim(n)::text AS line
FROM generate_series(1, 3000) n;
CREATE TABLE bench_fhir.file AS SELECT string_agg(convert_to(line, 'UTF8'), '\x0a') AS content
FROM bench_fhir.line;
VACUUM ANALYZE bench_fhir.line;

CREATE TABLE bench_fhir.query (position integer, what text, statement text,
	ms numeric[] DEFAULT '{}');
INSERT INTO bench_fhir.query VALUES
	(1, 'floor: line::jsonb', 'SELECT count(line::jsonb) FROM bench_fhir.line'),
	(2, 'and a broken line is refused, a key twice is seen',
		'SELECT count(hcc_fhir_json(line)) FROM bench_fhir.line'),
	(3, 'and the lines are split from bytes: fhir_documents',
		'SELECT count(d.document) FROM bench_fhir.file f, fhir_documents(f.content) d'),
	(4, 'floor and fhir_claims', 'SELECT count(c.claim_id), count(c.refused), count(c.warnings),
		count(c.diagnoses), count(c.lines), count(c.provider_npi)
		FROM (SELECT line::jsonb AS document FROM bench_fhir.line OFFSET 0) d,
		fhir_claims(d.document) c'),
	(5, 'all: fhir_documents and fhir_claims', 'SELECT count(c.claim_id), count(c.refused),
		count(c.warnings), count(c.diagnoses), count(c.lines), count(c.provider_npi)
		FROM bench_fhir.file f, fhir_documents(f.content) d, fhir_claims(d.document) c');
CREATE FUNCTION bench_fhir.processor_ms() RETURNS numeric LANGUAGE sql VOLATILE
RETURN split_part(pg_read_file('/proc/self/schedstat'), ' ', 1)::numeric / 1000000;
CREATE PROCEDURE bench_fhir.measure(repeats integer) LANGUAGE plpgsql AS $$
DECLARE
	q record;
	started numeric;
BEGIN
	FOR run IN 0 .. repeats LOOP
		FOR q IN SELECT position, statement FROM bench_fhir.query ORDER BY position LOOP
			started := bench_fhir.processor_ms();
			EXECUTE q.statement;
			IF run > 0 THEN
				UPDATE bench_fhir.query SET ms = ms || (bench_fhir.processor_ms() - started)
				WHERE position = q.position;
			END IF;
		END LOOP;
	END LOOP;
END $$;
CALL bench_fhir.measure(7);
SELECT q.what, round((SELECT min(m) FROM unnest(q.ms) m) * 1000 / (SELECT count(*)
	FROM bench_fhir.line), 1) AS "us per claim",
	round((SELECT min(m) FROM unnest(f.ms) m) / (SELECT min(m) FROM unnest(q.ms) m),
		2) AS "of floor's speed",
	CASE q.position WHEN 4 THEN '0.67' END AS bar
FROM bench_fhir.query q, bench_fhir.query f WHERE f.position = 1 ORDER BY q.position;
SELECT round(avg(length(line))) AS "bytes per claim" FROM bench_fhir.line;
DROP SCHEMA bench_fhir CASCADE;
