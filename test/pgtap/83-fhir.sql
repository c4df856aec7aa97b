-- FHIR with documents made up here, one for each trap of the format.
BEGIN;
CREATE EXTENSION IF NOT EXISTS hccraf;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT plan(74);
-- compiling such a query takes longer than running it
SET LOCAL jit = off;

----------------------------------------------------------------------
-- A claim that is right, and what a change of it makes of it
----------------------------------------------------------------------
CREATE FUNCTION pg_temp.coding(system text, code text) RETURNS jsonb LANGUAGE sql
RETURN jsonb_build_object('coding',
	jsonb_build_array(jsonb_build_object('system', system, 'code', code)));
CREATE FUNCTION pg_temp.dx(n integer, code text, role text,
	system text DEFAULT 'http://hl7.org/fhir/sid/icd-10-cm')
	RETURNS jsonb LANGUAGE sql
RETURN jsonb_build_object('sequence', n, 'diagnosisCodeableConcept', pg_temp.coding(system, code),
	'type', jsonb_build_array(
		pg_temp.coding('http://terminology.hl7.org/CodeSystem/ex-diagnosistype', role)));
CREATE FUNCTION pg_temp.line(n integer, code text, day text) RETURNS jsonb LANGUAGE sql
RETURN jsonb_build_object('sequence', n, 'servicedDate', day, 'productOrService',
	pg_temp.coding('http://www.ama-assn.org/go/cpt', code), 'diagnosisSequence', '[1]'::jsonb);
CREATE FUNCTION pg_temp.eob(change jsonb DEFAULT '{}') RETURNS jsonb LANGUAGE sql
RETURN jsonb_build_object('resourceType', 'ExplanationOfBenefit', 'id', 'e1', 'status', 'active',
	'use', 'claim', 'outcome', 'complete',
	'identifier', '[{"type": {"coding": [{"code": "uc"}]}, "system": "https://plan.example", '
	'"value": "C1"}]'::jsonb,
	'type', pg_temp.coding('http://terminology.hl7.org/CodeSystem/claim-type', 'professional'),
	'patient', '{"reference": "Patient/m1"}'::jsonb,
	'billablePeriod', '{"start": "2026-01-05", "end": "2026-01-31"}'::jsonb,
	'diagnosis',
	jsonb_build_array(pg_temp.dx(1, 'e11.65', 'principal'), pg_temp.dx(2, 'I50.22', 'secondary')),
	'item', jsonb_build_array(pg_temp.line(1, '99213', '2026-01-05'),
		pg_temp.line(2, '36415', '2026-01-07')))
	|| change;
-- one thing about the claim of a changed document
CREATE FUNCTION pg_temp.is_so(what text, change jsonb, expression text, expected text) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
	got text;
BEGIN
	EXECUTE format('SELECT (%s)::text FROM fhir_claims($1) c', expression) INTO got
		USING pg_temp.eob(change);
	RETURN is(got, expected, what);
END $$;
CREATE FUNCTION pg_temp.reasons(f import_finding[]) RETURNS text LANGUAGE sql
RETURN (SELECT string_agg(x.reason, ' ') FROM unnest(f) x);

SELECT pg_temp.is_so(t.what, t.change, t.expression, t.expected) FROM (VALUES
	('a claim has nothing against it', '{}'::jsonb, 'c.refused', NULL),
	('its number', '{}', 'c.claim_system || c.claim_id', 'fhir:https://plan.exampleC1'),
	('who', '{}', $$ c.member_system || ' ' || c.member_id $$, 'fhir m1'),
	('dates of a professional claim are those of its lines', '{}',
		'c.service_from || $$/$$ || c.service_to', '2026-01-05/2026-01-07'),
	('of its period when a line has none', '{"item": [{"sequence": 1}]}',
		'c.service_from || $$/$$ || c.service_to', '2026-01-05/2026-01-31'),
	('codes in upper case without dot', '{}',
		$$ (SELECT string_agg(d.code, ' ') FROM unnest(c.diagnoses) d) $$, 'E1165 I5022'),
	('roles', '{}', $$ (SELECT string_agg(d.role, ' ') FROM unnest(c.diagnoses) d) $$,
		'principal other'),
	('the local date, not that of UTC', '{"item": [{"sequence": 1, "servicedPeriod": '
		'{"start": "2025-12-31T23:30:00-08:00", "end": "2025-12-31T23:59:00-08:00"}}]}',
		'c.service_to', '2025-12-31'),
	('cancelled is void', '{"status": "cancelled"}',
		$$ c.status || ' ' || c.record_action $$, 'void void'),
	('entered in error is void', '{"status": "entered-in-error"}', 'c.record_action', 'void'),
	('a draft is refused', '{"status": "draft"}', 'pg_temp.reasons(c.refused)', 'draft'),
	('a preauthorization is no claim', '{"use": "preauthorization"}', 'pg_temp.reasons(c.refused)',
		'not_a_claim'),
	('an error is no outcome', '{"outcome": "error"}', 'pg_temp.reasons(c.refused)',
		'outcome_error'),
	('queued is not adjudicated', '{"outcome": "queued"}', 'pg_temp.reasons(c.refused)',
		'not_adjudicated'),
	('partial is final in CARIN', '{"outcome": "partial"}', 'c.refused', NULL),
	('prior: replaces', '{"related": [{"relationship": {"coding": [{"code": "prior"}]}, "claim": '
		'{"reference": "ExplanationOfBenefit/e0"}}]}',
		$$ c.record_action || ' ' || c.replaces $$, 'replace e0'),
	('replaced by another: superseded',
		'{"related": [{"relationship": {"coding": [{"code": "replacedby"}]}}]}',
		$$ c.record_action || ' ' || pg_temp.reasons(c.refused) $$, 'none superseded'),
	('denied', '{"payment": {"type": {"coding": [{"code": "denied"}]}}}',
		$$ c.record_action || ' ' || pg_temp.reasons(c.refused) $$, 'none denied'),
	('a copay denies nothing', '{"adjudication": [{"category": {"coding": [{"code": '
		'"denialreason"}]}, "reason": {"coding": '
		'[{"system": "https://x12.org/codes/claim-adjustment-reason-codes", "code": "3"}]}}]}',
		'c.denied', NULL),
	('a reason of X12 does', '{"adjudication": [{"category": {"coding": [{"code": '
		'"denialreason"}]}, "reason": {"coding": '
		'[{"system": "https://x12.org/codes/claim-adjustment-reason-codes", "code": "50"}]}}]}',
		'c.denied', 'true'),
	('nobody', '{"patient": {"display": "x"}}', 'pg_temp.reasons(c.refused)', 'no_member_id'),
	('a number of a patient alone', '{"patient": {"identifier": {"value": "77"}}}',
		'c.member_id', '77'),
	('an address', '{"patient": {"reference": "https://x.example/fhir/Patient/-5/_history/2"}}',
		'c.member_id', '-5'),
	('a contained patient is his Medicare number',
		'{"patient": {"reference": "#p"}, "contained": [{"id": "p", '
		'"identifier": [{"system": "http://hl7.org/fhir/sid/us-mbi", "value": "1S00E00AA01"}]}]}',
		$$ c.member_system || ' ' || c.member_id $$, 'mbi 1S00E00AA01'),
	('no day', '{"billablePeriod": null, "item": []}', 'pg_temp.reasons(c.refused)', 'no_date'),
	('a day that is none', '{"billablePeriod": {"start": "2026-02-30", "end": "2026-03-01"}}',
		'pg_temp.reasons(c.refused)', 'bad_date'),
	('days in the wrong order', '{"item": [], "billablePeriod": {"start": "2026-02-03", '
		'"end": "2026-02-01"}}', 'pg_temp.reasons(c.refused)', 'date_order'),
	('no last day', '{"item": [], "billablePeriod": {"start": "2026-02-03"}}',
		$$ c.service_to || ' ' || pg_temp.reasons(c.warnings) $$, '2026-02-03 no_through_date'),
	('no diagnosis', '{"diagnosis": []}', 'pg_temp.reasons(c.refused)', 'no_diagnosis'),
	('a drug claim needs none', '{"diagnosis": [], "type": {"coding": '
		'[{"system": "http://terminology.hl7.org/CodeSystem/claim-type", "code": "pharmacy"}]}}',
		'c.refused', NULL),
	('a number that is a text', '{"diagnosis": [{"sequence": "1", "diagnosisCodeableConcept": '
		'{"coding": [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "E11.9"}]}}]}',
		'pg_temp.reasons(c.refused)', 'bad_json'),
	('an object in place of an array', '{"diagnosis": {"sequence": 1, "diagnosisCodeableConcept": '
		'{"coding": {"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "E11.9"}}}}',
		'c.diagnoses[1].code', 'E119'),
	('texts in place of all', '{"item": "x", "billablePeriod": 7, "careTeam": "y", "type": '
		'5, "meta": "z", "diagnosis": "q"}', $$ pg_temp.reasons(c.refused) $$, 'bad_json'),
	('institutional without a bill type',
		'{"type": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/claim-type", '
		'"code": "institutional"}]}, "subType": {"coding": [{"code": "outpatient"}]}}',
		'c.claim_type', 'outpatient'),
	('a bill type of three digits',
		'{"type": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/claim-type", '
		'"code": "institutional"}]}, "supportingInfo": [{"code": {"coding": '
		'[{"system": "https://www.nubc.org/CodeSystem/TypeOfBill", "code": "217"}]}}]}',
		$$ c.claim_type || ' ' || c.bill_type || ' ' || c.frequency_code $$, 'snf 0217 7'),
	('and none',
		'{"type": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/claim-type", '
		'"code": "institutional"}]}, "supportingInfo": [{"code": {"coding": '
		'[{"system": "https://www.nubc.org/CodeSystem/TypeOfBill", "code": "Dummy"}]}}]}',
		$$ c.bill_type IS NULL || ' ' || pg_temp.reasons(c.warnings) $$, 'true bad_bill_type'),
	('CMS''s code goes before the type', '{"type": {"coding": '
		'[{"system": "http://terminology.hl7.org/CodeSystem/claim-type", "code": "institutional"}, '
		'{"system": "https://bluebutton.cms.gov/resources/variables/nch_clm_type_cd", '
		'"code": "82"}]}}',
		'c.claim_type', 'dme'),
	('a type that is absent: the profile',
		'{"type": {"coding": [{"code": "unknown"}]}, "meta": {"profile": '
		'["http://hl7.org/fhir/us/carin-bb/StructureDefinition/C4BB-ExplanationOfBenefit-Oral|'
		'2.0.0"]}}',
		'c.claim_type', 'dental')) t(what, change, expression, expected);

SELECT pg_temp.is_so('ICD-9 alone is refused, beside ICD-10 it stays as such',
	jsonb_build_object('diagnosis', jsonb_build_array(
	pg_temp.dx(1, '25000', 'principal', 'http://hl7.org/fhir/sid/icd-9-cm'))),
	'pg_temp.reasons(c.refused)', 'icd9');
SELECT pg_temp.is_so('SNOMED is no ICD-10', jsonb_build_object('diagnosis',
	jsonb_build_array(pg_temp.dx(1, '44054006', 'principal', 'http://snomed.info/sct'))),
	$$ pg_temp.reasons(c.refused) || ' ' || pg_temp.reasons(c.warnings) $$,
	'no_diagnosis no_icd10');
SELECT pg_temp.is_so('a code of another shape is left out', jsonb_build_object('diagnosis',
	jsonb_build_array(pg_temp.dx(1, 'E11.9', 'principal'), pg_temp.dx(2, '7840', 'other'))),
	$$ cardinality(c.diagnoses) || ' ' || pg_temp.reasons(c.warnings) $$, '1 bad_diagnosis');
SELECT pg_temp.is_so('a case-mix group is no procedure',
	jsonb_build_object('item', jsonb_build_array(pg_temp.line(1, 'RAB10', '2026-01-05')
	|| '{"revenue": {"coding": '
	'[{"system": "https://bluebutton.cms.gov/resources/variables/rev_cntr", "code": "22"}]}}')),
	$$ concat_ws(' ', c.lines[1].code, c.lines[1].other_system, c.lines[1].other_code,
		c.lines[1].revenue) $$, 'hipps RAB10 0022');
SELECT pg_temp.is_so('a drug code in three parts', '{"item": [{"sequence": 1, "productOrService": '
	'{"coding": [{"system": "http://hl7.org/fhir/sid/ndc", "code": "2-8215-1"}]}}]}',
	'c.lines[1].ndc', '00002821501');
SELECT pg_temp.is_so('modifiers in order, without units',
	jsonb_build_object('item', jsonb_build_array(pg_temp.line(1, '99213', '2026-01-05')
	|| '{"modifier": [{"coding": [{"code": "95"}]}, {"coding": '
	'[{"system": "http://unitsofmeasure.org", "code": "ML"}, {"code": "25"}]}]}')),
	'c.lines[1].modifiers', '{95,25}');
SELECT pg_temp.is_so('a line denied by CMS, its claim stays',
	jsonb_build_object('item', jsonb_build_array(pg_temp.line(1, '99213', '2026-01-05')
	|| '{"extension": [{"url": "https://bluebutton.cms.gov/resources/variables/line_prcsg_ind_cd", '
	'"valueCoding": {"code": "D"}}]}', pg_temp.line(2, '99214', '2026-01-05'))),
	$$ concat_ws(' ', c.lines[1].denied, c.lines[2].denied, c.denied) $$, 't');
SELECT pg_temp.is_so('v2: a bill type in three places', '{"type": {"coding": [
	{"system": "https://bluebutton.cms.gov/resources/variables/nch_clm_type_cd", "code": "40"}]},
	"facility": {"extension": [
	{"url": "https://bluebutton.cms.gov/resources/variables/clm_fac_type_cd",
	"valueCoding": {"code": "8"}}]},
	"extension": [{"url": "https://bluebutton.cms.gov/resources/variables/clm_srvc_clsfctn_type_cd",
	"valueCoding": {"code": "5"}}],
	"supportingInfo": [{"code": {"coding": [
	{"system": "https://bluebutton.cms.gov/resources/variables/clm_freq_cd", "code": "1"}]}}]}',
	$$ c.claim_type || ' ' || c.bill_type $$, 'outpatient 0851');
SELECT pg_temp.is_so('v1: a bill type in three places, the class among the codings of its type',
	'{"type": {"coding": [
	{"system": "https://bluebutton.cms.gov/resources/variables/nch_clm_type_cd", "code": "40"},
	{"system": "https://bluebutton.cms.gov/resources/variables/clm_srvc_clsfctn_type_cd",
	"code": "3"}]},
	"facility": {"extension": [
	{"url": "https://bluebutton.cms.gov/resources/variables/clm_fac_type_cd",
	"valueCoding": {"code": "1"}}]},
	"information": [{"code": {"coding": [
	{"system": "https://bluebutton.cms.gov/resources/variables/clm_freq_cd", "code": "7"}]}}]}',
	$$ concat_ws(' ', c.claim_type, c.bill_type, pg_temp.reasons(c.warnings)) $$,
	'outpatient 0137');
SELECT pg_temp.is_so('v1: without its class it is none', '{"type": {"coding": [
	{"system": "https://bluebutton.cms.gov/resources/variables/nch_clm_type_cd", "code": "40"}]},
	"facility": {"extension": [
	{"url": "https://bluebutton.cms.gov/resources/variables/clm_fac_type_cd",
	"valueCoding": {"code": "1"}}]},
	"information": [{"code": {"coding": [
	{"system": "https://bluebutton.cms.gov/resources/variables/clm_freq_cd", "code": "7"}]}}]}',
	$$ concat_ws(' ', c.claim_type, c.bill_type, pg_temp.reasons(c.warnings)) $$,
	'outpatient bad_bill_type');
SELECT pg_temp.is_so('CMS denies a claim, P does not', '{"extension": '
	'[{"url": "https://bluebutton.cms.gov/resources/variables/clm_mdcr_non_pmt_rsn_cd", '
	'"valueCoding": {"code": "N"}}]}',
	$$ c.denied || ' ' || c.denied_code $$, 'true npmt N');
SELECT pg_temp.is_so('nor does limited liability',
	'{"extension": [{"url": "https://bluebutton.cms.gov/resources/variables/carr_clm_pmt_dnl_cd", '
	'"valueCoding": {"code": "B"}}]}', 'c.denied', NULL);
SELECT pg_temp.is_so('v3: what is not final', '{"type": {"coding": [
	{"system": "https://bluebutton.cms.gov/fhir/CodeSystem/CLM-TYPE-CD", "code": "2013"}]},
	"meta": {"tag": [{"system": "https://bluebutton.cms.gov/fhir/CodeSystem/Final-Action",
	"code": "NotFinalAction"}]}}',
	$$ c.claim_type || ' ' || pg_temp.reasons(c.refused) $$, 'outpatient not_final');

----------------------------------------------------------------------
-- What is at a path is what jsonpath says is there
----------------------------------------------------------------------
CREATE TEMPORARY TABLE element (document jsonb);
INSERT INTO element VALUES
	('{"a": [{"s": "x", "c": null}, {"s": ["y", "x"], "c": 1}, {"s": "x", "c": "one"}]}'),
	('{"a": {"s": "x", "c": {"d": [2, 3]}}}'), ('{"a": [{"s": 1, "c": 2}, 3, "x"]}'),
	('[{"a": {"s": "y", "c": false}}]'),
	('"x"'), ('null'), ('[]'), ('{"a": []}'), ('{"a": [{"c": 1}, {"s": "x"}]}'), (NULL);
SELECT is_empty($$ SELECT e.document, w.wanted FROM element e,
	(VALUES ('"x"'::jsonb), ('["y", "z"]'), ('[]'), ('1')) w(wanted)
	WHERE hcc_json_find(e.document, 'a[s].c', w.wanted)
		IS DISTINCT FROM jsonb_path_query_first(e.document, '$.a[*] ? (@.s == $w[*]).c',
			jsonb_build_object('w', w.wanted))
	OR hcc_json_find(e.document, 'a.s',
		w.wanted) IS DISTINCT FROM jsonb_path_query_first(e.document, '$.a.s')
	OR hcc_json_find(e.document, 'a.c.d',
		NULL) IS DISTINCT FROM jsonb_path_query_first(e.document, '$.a.c.d')
	OR hcc_json_find_text(e.document, 'a[s]', w.wanted)
		IS DISTINCT FROM jsonb_path_query_first(e.document, '$.a[*] ? (@.s == $w[*])',
			jsonb_build_object('w', w.wanted)) #>> '{}' $$,
	'hcc_json_find finds what jsonpath does');
SELECT results_eq($$ SELECT hcc_json_find_text(t.document, 'a[s].c', '["x", "y"]')
	FROM (VALUES ('{"a": {"s": "x", "c": null}}'::jsonb),
		('[{"a": {"s": "y", "c": false}}]')) t(document) $$,
	$$ VALUES (NULL), ('false') $$, 'null is there and no text, a boolean is one');
SELECT throws_ok($$ SELECT hcc_json_find('{"a": 1}', 'a[b', '1') $$, '22023',
	'a condition in a path has no end', 'a bracket that stays open is refused');

SELECT is_empty($$ SELECT e.document FROM element e WHERE hcc_json_texts(e.document, 'a.c')
		IS DISTINCT FROM ARRAY(SELECT jsonb_path_query(e.document, '$.a.c') #>> '{}') $$,
	'hcc_json_texts finds all that jsonpath does');
-- what jsonpath and the operators find in each of many diagnoses, odd ones among them
CREATE TEMPORARY TABLE diagnosis AS
SELECT g || r || poa AS g FROM (
	SELECT jsonb_strip_nulls(jsonb_build_object('sequence', s, 'type', t,
		'diagnosisCodeableConcept', c)) AS g
	FROM unnest('{1,"\"1\"",1.5,-1,NULL}'::jsonb[]) s,
		unnest(ARRAY['[{"coding": [{"code": "admitting"}, {"code": "principal"}]}]',
			'{"coding": {"code": "external"}}', '[{"coding": [{"code": 5}]}]', NULL]::jsonb[]) t,
		unnest(ARRAY['{"coding": [{"system": "http://hl7.org/fhir/sid/icd-9-cm", "code": "250.00"},
			{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": " e11.22 "}]}',
			'{"coding": {"system": "http://hl7.org/fhir/sid/icd-9-cm", "code": "250.00"}}',
			'{"coding": [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": null},
			{"system": "http://hl7.org/fhir/sid/icd-10", "code": "éx.1"}]}',
			'{"coding": [{"system": "http://snomed.info/sct", "code": "1"}]}', '"x"', NULL]
			::jsonb[]) c) d,
	unnest(ARRAY['{}', '{"diagnosisReference": {"reference": "C/1"}}',
		'{"diagnosisReference": {"reference": "C/2"}}',
		'{"diagnosisReference": {"reference": "#p"}}',
		'{"diagnosisReference": {"reference": "#q"}}', '{"diagnosisReference": [5]}']::jsonb[]) r,
	unnest(ARRAY['{}', '{"onAdmission": {"coding": [{"code": "Y"}]}}',
		'{"extension": [{"url": "a/poa_ind_sw1", "valueCoding": {"code": "W"}}]}',
		'{"extension": [{"url": "b", "valueCoding": {"code": "W"}}]}']::jsonb[]) poa;
CREATE TEMPORARY TABLE concept AS
SELECT g, x.resource, x.context, COALESCE(g -> 'diagnosisCodeableConcept', x.context
		-> (g #>> '{diagnosisReference,reference}') -> 'code',
		CASE g #>> '{diagnosisReference,reference}'
		WHEN '#p' THEN x.resource #> '{contained,0,code}' END) AS concept
FROM diagnosis CROSS JOIN LATERAL (SELECT jsonb_build_object('diagnosis', g, 'contained',
	'[{"id": "p", "code": {"coding": {"system": "http://hl7.org/fhir/sid/icd-10", "code": "I10"}}}]'
	::jsonb) AS resource, '{"C/1": {"code": {"coding": [{"system":
	"http://hl7.org/fhir/sid/icd-10-cm", "code": "I50.9"}]}}}'::jsonb AS context) x
WHERE g ?| '{diagnosisCodeableConcept,diagnosisReference}';
CREATE TEMPORARY TABLE coded AS
SELECT c.*, icd, upper(replace(btrim(COALESCE(code10, code9)), '.', '')) AS code
FROM (
	SELECT g, resource, context, concept, COALESCE(
		jsonb_path_query_first(concept, '$.coding[*]
			? (@.system == "http://hl7.org/fhir/sid/icd-10-cm").code') #>> '{}',
		jsonb_path_query_first(concept, '$.coding[*]
			? (@.system == "http://hl7.org/fhir/sid/icd-10").code') #>> '{}') AS code10,
		jsonb_path_query_first(concept, '$.coding[*]
			? (@.system starts with "http://hl7.org/fhir/sid/icd-9").code') #>> '{}' AS code9
	FROM concept) c,
	LATERAL (SELECT CASE WHEN code10 IS NOT NULL THEN '10' WHEN code9 IS NOT NULL THEN '9' END
		AS icd) i;
SELECT is_empty($$ SELECT g FROM coded c, hcc_fhir_diagnoses(resource, context) d,
		LATERAL (SELECT COALESCE(icd = '10' AND hcc_fhir_is_icd10(code), false) AS fits) f
	WHERE (d.icd10, d.icd9, d.bad, d.others, d.unresolved, d.misnumbered)
		IS DISTINCT FROM (fits::integer::bigint, COALESCE(icd = '9', false)::integer::bigint,
			COALESCE(icd = '10' AND NOT fits, false)::integer::bigint,
			(concept IS NOT NULL AND icd IS NULL)::integer::bigint,
			(g ? 'diagnosisReference' AND concept IS NULL)::integer::bigint,
			(g ? 'sequence' AND hcc_json_number(g -> 'sequence') IS NULL)::integer::bigint) $$,
	'codes are counted by their kinds');
SELECT is_empty($$ SELECT g, d.diagnoses FROM coded c, hcc_fhir_diagnoses(resource, context) d,
		LATERAL (SELECT COALESCE(icd = '10' AND hcc_fhir_is_icd10(code), false) AS fits) f
	WHERE d.diagnoses IS DISTINCT FROM CASE WHEN fits OR icd = '9' THEN ARRAY[ROW(
		hcc_json_number(g -> 'sequence'), code, icd,
		CASE jsonb_path_query_array(g, '$.type.coding.code')
			WHEN '["admitting", "principal"]' THEN 'principal'
			WHEN '["external"]' THEN 'external_cause' ELSE 'other' END,
		CASE WHEN g ? 'onAdmission' THEN 'Y' WHEN g #>> '{extension,0,url}' ~ 'poa' THEN 'W' END,
		NULL)::import_diagnosis] END $$, 'and a diagnosis is what jsonpath finds of it');
SELECT is((SELECT diagnoses FROM hcc_fhir_diagnoses(jsonb_build_object('diagnosis',
		(SELECT jsonb_agg(g ORDER BY g::text) FROM coded)), NULL)),
	(SELECT array_agg(d.diagnoses[1] ORDER BY g::text) FILTER (WHERE d.diagnoses IS NOT NULL)
	FROM coded, hcc_fhir_diagnoses(jsonb_build_object('diagnosis', g), NULL) d),
	'several are the one and the other, in their order');
SELECT results_eq($$ SELECT hcc_json_number(n::jsonb) FROM unnest('{0,7,2.5,999999999,1000000000,
		999999999.4,-0.4,-1,1e300,"\"7\"",[7],null,true}'::text[]) n $$,
	$$ SELECT unnest(
		'{0,7,3,999999999,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL}'::integer[]) $$,
	'numbers from 0 to 999999999, rounded, and no text');
SELECT results_eq($$ SELECT hcc_json_numbers(n::jsonb)
	FROM unnest(ARRAY['[1, 2.5, "3", null, [4]]', '[]', '5', '{"a": 6}']) n $$,
	$$ VALUES ('{1,3,NULL,NULL,NULL}'::integer[]), ('{}'), ('{5}'), ('{NULL}') $$,
	'the numbers of an array, NULL in the place of others');
SELECT is_empty($$ SELECT c FROM unnest('{E11,E1122,Z794,I10,E1,e11,E11222222,11E,EE1,E11.9,É11,
		"E11 ",""}'::text[]) c
	WHERE hcc_fhir_is_icd10(c) IS DISTINCT FROM (c ~ '^[A-Z][0-9][0-9A-Z]{1,5}$') $$,
	'the shape of ICD-10');
SELECT is_empty($$ SELECT n FROM unnest('{1245319599,124531959,12453195999,124531959X,
		"1245319599 ",""}'::text[]) n
	WHERE hcc_fhir_is_npi(n) IS DISTINCT FROM (n ~ '^[0-9]{10}$') $$, 'the shape of an NPI');
SELECT is_empty($$ SELECT t FROM unnest('{2026-02-03T04:05:06Z,2026-02-03T04:05:06.789-05:00,
		2026-02-03T23:59:59+14:00,2026-02-03T04:05:06,2026-02-03T04:05Z,2026-02-03T24:05:06Z,
		2026-02-03T04:60:06Z,2026-02-03T04:05:60Z,2026-02-03T04:05:06.Z,2026-02-03T04:05:06z,
		2026-02-03T04:05:06+20:00,2026-02-03T04:05:06+05:60,2026-02-30T04:05:06Z,
		2026-02-03 04:05:06Z,2026-02-03T04:05:06.5,T04:05:06Z,2026-02-03T0a:05:06Z,
		2026-02-03T04:05:06+15:59,2026-02-03T04:05:06-16:00,2026-02-03T04:05:06+19:00,
		2026-02-03,""}'::text[] || format('2026-02-03T04:05:06.%sZ', repeat('7', 30))
			|| format('2026-02-03T04:05:06.%sZ', repeat('7', 31))) t
	WHERE hcc_fhir_is_instant(t) IS DISTINCT FROM (hcc_fhir_date(t) IS NOT NULL
			AND t ~ ('T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]([.][0-9]{1,30})?'
				'(Z|[+-](0[0-9]|1[0-5]):[0-5][0-9])$'))
		-- and the server can read each that is one
		OR hcc_fhir_is_instant(t) AND NOT isfinite(t::timestamptz) $$, 'the shape of an instant');
SELECT results_eq($$ SELECT hcc_fhir_findings(f::import_finding[])
	FROM unnest(
		ARRAY['{}', '{NULL,NULL}', '{NULL,"(a,,)",NULL,"(b,1,c)"}', '{"(a,,)"}', NULL]) f $$,
	$$ SELECT f::import_finding[]
	FROM unnest(ARRAY[NULL, NULL, '{"(a,,)","(b,1,c)"}', '{"(a,,)"}', NULL]) f $$,
	'of findings those that there are');

----------------------------------------------------------------------
-- Files: lines that cannot be read are refused alone
----------------------------------------------------------------------
CREATE TEMPORARY TABLE file AS
SELECT convert_to(E'\uFEFF{"resourceType":"Organization"}\r\n\n{"a":1,"a":2}\n{"b":{"c":1,"c":1}}\n'
	'{"a":"\\u0000"}\n', 'UTF8')
	|| '\xff7b7d0a'::bytea || convert_to(concat_ws(E'\n', repeat('[', 1000000), '{"a":', '"x"', '5',
	'{"a:b\":c":":","d":[{"e":1},{"e":2}]}', '{"resourceType":"Patient","id":"a"}'),
		'UTF8') AS content;
SELECT results_eq('SELECT d."position", d.refused FROM file f, fhir_documents(f.content) d',
	$$ VALUES (1::bigint, NULL), (3, 'bad_json'), (4, 'bad_json'), (5, 'bad_json'),
		(6, 'bad_encoding'),
		(7, 'bad_json'), (8, 'bad_json'), (9, 'bad_json'), (10, 'bad_json'), (11, NULL),
		(12, NULL) $$,
	'a bad line is refused, the others stay');
SELECT results_eq(
	$$ SELECT d."position", d.document ->> 'resourceType', d.refused FROM fhir_documents(
		convert_to(E'{\n "resourceType": "Bundle",\n "entry": []\n}\n', 'UTF8')) d $$,
	$$ VALUES (1::bigint, 'Bundle', NULL) $$, 'a document over several lines is one');
SELECT results_eq($$ SELECT d.refused
	FROM fhir_documents(convert_to(E'{\n "resourceType": "Bundle",\n', 'UTF8')) d $$,
	$$ VALUES ('bad_json') $$, 'and is refused as one');
SELECT results_eq($$ SELECT n, count(*), count(d.document)
	FROM (VALUES (1, E'\n{"a":1}\n{"a":2}\n'), (2, E'{"a":\n{"a":2}\n{"a":3}\n'),
		(3, E'{"a":1,\n "b":[\n{"c":2}\n]}'),
		(4, E'[{"a":1},\n{"a":2}]'), (5, E'[\n{"a":1}]'), (6, E'\uFEFF{\n"a":1}'), (7, E'{"a":1}'),
		(8, '{"a":1'), (9, '')) t(n, content),
		fhir_documents(convert_to(content, 'UTF8')) d GROUP BY n ORDER BY n $$,
	$$ VALUES (1, 2::bigint, 2::bigint), (2, 3, 2), (3, 1, 1), (4, 1, 1), (5, 1, 1), (6, 1, 1),
		(7, 1, 1), (8, 1, 0) $$, 'one document or several, by the first lines');
SELECT is_empty($$ SELECT * FROM file f, fhir_documents(f.content) d, fhir_claims(d.document) c
	WHERE c::text LIKE '%a:b%' $$, 'no finding says what a line has');

----------------------------------------------------------------------
-- References of a Bundle, and people
----------------------------------------------------------------------
CREATE TEMPORARY TABLE bundle AS SELECT jsonb_build_object('resourceType', 'Bundle', 'entry',
	jsonb_agg(jsonb_build_object('fullUrl', 'urn:uuid:' || (r ->> 'id'), 'resource', r)
		ORDER BY n)) AS document
FROM (VALUES (1, '{"resourceType": "Patient", "id": "p1", "birthDate": "1950-02", "gender": "other",
	"deceasedBoolean": true,
		"identifier": [{"system": "http://hl7.org/fhir/sid/us-mbi", "value": "1S00-E00-AA01",
		"period": {"end": "2020-01-01"}}, {"system": "http://hl7.org/fhir/sid/us-mbi",
		"value": "1S00E00AA02"}]}'::jsonb),
	(2, '{"resourceType": "Encounter", '
		'"id": "v1", "status": "finished", "period": {"start": "2026-01-05T10:00:00+01:00"}}'),
	(3, '{"resourceType": "Encounter", '
		'"id": "v2", "status": "planned", "period": {"start": "2026-01-06"}}'),
	(4, '{"resourceType": "Condition", "id": "c1", "subject": {"reference": "urn:uuid:p1"}, '
		'"encounter": {"reference": "urn:uuid:v1"}, '
		'"code": {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "N18.4"}]}}'),
	(5, '{"resourceType": "Condition", "id": "c2", "subject": {"reference": "urn:uuid:p1"}, '
		'"encounter": {"reference": "urn:uuid:v2"}, '
		'"code": {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "N18.4"}]}}'),
	(6, jsonb_set(pg_temp.eob(), '{diagnosis}',
		'[{"sequence": 1, "diagnosisReference": {"reference": "Condition/c1"}}, '
		'{"sequence": 2, "diagnosisReference": {"reference": "Condition/c9"}}]'))) t(n, r);
SELECT results_eq($$ SELECT c."position", c.record, c.diagnoses[1].code, c.service_to,
	pg_temp.reasons(c.warnings), pg_temp.reasons(c.refused) FROM bundle b, fhir_claims(b.document) c
	WHERE c.scope = 'claim' $$,
	$$ VALUES (4::bigint, 'Condition', 'N184', date '2026-01-05', NULL, NULL),
		(5, 'Condition', 'N184', '2026-01-06', NULL, 'encounter_planned'),
		(6, 'ExplanationOfBenefit', 'N184', '2026-01-07', 'unresolved_reference', NULL) $$,
	'references of a bundle are followed');
SELECT results_eq($$ SELECT p.member_id, p.deceased, pg_temp.reasons(p.refused),
	(SELECT string_agg(i.value || i.current, ' ') FROM unnest(p.identifiers) i)
	FROM bundle b, fhir_people(b.document) p $$,
	$$ VALUES ('p1', true, 'bad_dob unknown_sex', '1S00E00AA02true 1S00E00AA01false') $$,
	'half a date of birth and no sex refuse a person, not his numbers');
SELECT results_eq($$ SELECT m.month, m.dual_status, m.contract_id, m.plan_id, m.low_income
	FROM fhir_people('{"resourceType": "Coverage", "id": "part-c-5",
		"beneficiary": {"reference": "Patient/5"}, "extension": [
		{"url": "https://bluebutton.cms.gov/resources/variables/rfrnc_yr", "valueDate": "2025"},
		{"url": "https://bluebutton.cms.gov/resources/variables/dual_01",
		"valueCoding": {"code": "4"}},
		{"url": "https://bluebutton.cms.gov/resources/variables/dual_02",
		"valueCoding": {"code": "**"}},
		{"url": "https://bluebutton.cms.gov/resources/variables/dual_03",
		"valueCoding": {"code": "00"}},
		{"url": "https://bluebutton.cms.gov/resources/variables/ptc_cntrct_id_01",
		"valueCoding": {"code": "H9999"}},
		{"url": "https://bluebutton.cms.gov/resources/variables/ptc_pbp_id_01",
		"valueCoding": {"code": "003"}},
		{"url": "https://bluebutton.cms.gov/resources/variables/ptc_cntrct_id_02",
		"valueCoding": {"code": "N"}},
		{"url": "https://bluebutton.cms.gov/resources/variables/ptc_pbp_id_02",
		"valueCoding": {"code": "003"}},
		{"url": "https://bluebutton.cms.gov/resources/variables/cst_shr_grp_03",
		"valueCoding": {"code": "01"}}]}') p,
	unnest(p.months) m $$,
	$$ VALUES (1, '04', 'H9999', '003', NULL), (2, NULL, NULL, NULL, NULL::boolean),
		(3, 'NA', NULL, NULL, true) $$,
	'months: two digits, NA for none, NULL for what is not known');
SELECT results_eq($$ SELECT d::text, hcc_fhir_date(d) FROM unnest('{2024-02-29,2023-02-29,'
	'2025-06-11T23:30:00-08:00,2025-06,2025-6-11,2025-06-11x,0000-01-01,""}'::text[]) d $$,
	$$ VALUES ('2024-02-29', date '2024-02-29'), ('2023-02-29', NULL),
		('2025-06-11T23:30:00-08:00', '2025-06-11'), ('2025-06', NULL),
		('2025-6-11', NULL), ('2025-06-11x', NULL), ('0000-01-01', NULL),
		('', NULL) $$, 'a date as written, or none');
SELECT volatility_is('fhir_claims', ARRAY['jsonb', 'jsonb', 'bigint', 'bigint'], 'stable',
	'a reader changes nothing');
SELECT finish();
ROLLBACK;
