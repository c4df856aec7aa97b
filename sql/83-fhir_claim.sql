----------------------------------------------------------------------
-- FHIR: claims. One function for a resource of each kind, and fhir_claims for
-- any document. All are inlined into the query that calls them, where the
-- resource must be a column: an expression would be evaluated at each use.
----------------------------------------------------------------------

-- A provider's NPI: an identifier, the end of a conditional reference, or of
-- a resource that the reference finds.
CREATE FUNCTION @extschema@.hcc_fhir_npi(provider jsonb, context jsonb) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN COALESCE(provider #>> '{identifier,value}',
	CASE WHEN provider ->> 'reference' LIKE '%us-npi|%'
		THEN @extschema@.hcc_fhir_id(provider ->> 'reference') END,
	CASE WHEN context ? (provider ->> 'reference')
		THEN @extschema@.hcc_fhir_code(context -> (provider ->> 'reference'),
			'identifier[system].value'::text, 'npi'::text) END);
COMMENT ON FUNCTION @extschema@.hcc_fhir_npi(jsonb, jsonb) IS
	'The identifier of a provider element, which may be a reference into a context.';

CREATE FUNCTION @extschema@.hcc_fhir_finding(reason text, field text DEFAULT NULL)
	RETURNS @extschema@.import_finding
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN ROW(reason, NULL::bigint, field)::@extschema@.import_finding;
COMMENT ON FUNCTION @extschema@.hcc_fhir_finding(text, text) IS
	'A reason of import_reason for a whole record, with the element that it is about.';

-- Findings of an array without those that are NULL; NULL when none is left.
CREATE FUNCTION @extschema@.hcc_fhir_findings(findings @extschema@.import_finding[])
	RETURNS @extschema@.import_finding[]
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.hcc_fhir_findings(@extschema@.import_finding[]) IS
	'Those findings of an array that there are; NULL for none.';

CREATE FUNCTION @extschema@.hcc_fhir_known_at(instant text) RETURNS timestamptz
LANGUAGE sql STABLE PARALLEL SAFE
RETURN CASE WHEN @extschema@.hcc_fhir_is_instant(instant) THEN instant::timestamptz END;
COMMENT ON FUNCTION @extschema@.hcc_fhir_known_at(text) IS
	'The instant of meta.lastUpdated; NULL of what is none.';

-- In C as a whole, for a claim has some four and each is asked nine things; concepts that
-- are elsewhere come by their references.
CREATE FUNCTION @extschema@.hcc_fhir_codes(diagnosis jsonb, referred jsonb, systems jsonb,
	roles jsonb, OUT diagnoses @extschema@.import_diagnosis[], OUT icd10 bigint,
	OUT icd9 bigint, OUT others bigint, OUT bad bigint, OUT unresolved bigint,
	OUT misnumbered bigint)
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.hcc_fhir_codes(jsonb, jsonb, jsonb, jsonb) IS
	'The diagnoses of an element diagnosis, and how many codes are of which kind.';

CREATE FUNCTION @extschema@.hcc_fhir_diagnoses(resource jsonb, context jsonb)
	RETURNS TABLE (diagnoses @extschema@.import_diagnosis[], icd10 bigint, icd9 bigint,
		others bigint, bad bigint, unresolved bigint, misnumbered bigint)
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT (c.c).diagnoses, (c.c).icd10, (c.c).icd9, (c.c).others, (c.c).bad,
		(c.c).unresolved, (c.c).misnumbered
	FROM (
		SELECT @extschema@.hcc_fhir_codes(resource -> 'diagnosis',
			CASE WHEN @extschema@.hcc_json_find(resource,
				'diagnosis.diagnosisReference.reference'::text, NULL::jsonb) IS NOT NULL THEN (
				SELECT jsonb_object_agg(r.reference, r.concept)
				FROM (
					SELECT g.reference, COALESCE(context -> g.reference -> 'code',
						CASE WHEN g.reference LIKE '#%' THEN jsonb_path_query_first(resource,
							'$.contained[*] ? (@.id == $id).code'::jsonpath,
							jsonb_build_object('id', substr(g.reference, 2))) END) AS concept
					FROM unnest(@extschema@.hcc_json_texts(resource,
						'diagnosis.diagnosisReference.reference'::text)) g(reference)
					WHERE g.reference IS NOT NULL
				) r
				WHERE r.concept IS NOT NULL) END,
			@extschema@.hcc_fhir_system(), @extschema@.hcc_fhir_roles()) AS c
		OFFSET 0) c;
END;
COMMENT ON FUNCTION @extschema@.hcc_fhir_diagnoses(jsonb, jsonb) IS
	'The diagnoses of an ExplanationOfBenefit or Claim, and how many codes are of which kind.';

CREATE FUNCTION @extschema@.hcc_fhir_denied(adjudicated jsonb) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN COALESCE(@extschema@.hcc_json_find(adjudicated,
	'adjudication.reason'::text, NULL::jsonb) IS NOT NULL
	AND @extschema@.hcc_json_find(adjudicated,
	'adjudication[category.coding.code].reason'::text, '"denialreason"'::jsonb) IS NOT NULL
	AND jsonb_path_exists(adjudicated,
	'$.adjudication[*] ? (@.category.coding[*].code == "denialreason").reason.coding[*]
		? (!(@.system starts with "https://bluebutton.cms.gov/")
			&& !(@.code == "1" || @.code == "2" || @.code == "3"
				|| @.code == "45"))'::jsonpath), false);
COMMENT ON FUNCTION @extschema@.hcc_fhir_denied(jsonb) IS
	'Whether the adjudication of a claim or line denies it.';

-- The service lines of a claim. A line was denied by CMS's code of the line, or
-- for a reason of X12's list which is neither the patient's share (1 to 3) nor the
-- contract's (45); Blue Button puts other codes under denialreason.
CREATE FUNCTION @extschema@.hcc_fhir_lines(resource jsonb, context jsonb)
	RETURNS TABLE (lines @extschema@.import_line[], first_date date, last_date date,
		all_dated boolean, all_denied boolean, bad_dates bigint, misnumbered bigint,
		place_of_service text)
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT array_agg(ROW(l.line, l.code, l.modifiers, l.revenue, l.place, l.date_from, l.date_to,
			l.pointers, l.npi, l.ndc, NULLIF(l.denied, false), l.other_code, l.other_system)
			::@extschema@.import_line),
		min(l.date_from), max(l.date_to), bool_and(l.date_from IS NOT NULL), bool_and(l.denied),
		count(*) FILTER (WHERE l.date_text IS NOT NULL AND l.date_from IS NULL
			OR l.to_text IS NOT NULL AND l.date_to IS NULL),
		count(*) FILTER (WHERE l.line IS NULL AND l.numbered),
		COALESCE((array_agg(l.place) FILTER (WHERE l.code IS NOT NULL))[1],
			(array_agg(l.place))[1])
	FROM (
		SELECT i.line, i.numbered, i.revenue, i.date_text, i.to_text, i.pointers, i.place,
			CASE WHEN i.hipps THEN NULL ELSE i.hcpcs END AS code,
			-- v2 has the unit of a drug's quantity among them
			CASE WHEN NOT i.g ? 'modifier' THEN '{}'
				WHEN @extschema@.hcc_json_find(i.g, 'modifier.coding[system]'::text,
					@extschema@.hcc_fhir_system() -> 'units') IS NULL
				THEN @extschema@.hcc_json_texts(i.g, 'modifier.coding.code'::text)
				ELSE ARRAY(SELECT jsonb_path_query(i.g,
					'$.modifier[*].coding[*] ? (!(@.system == $units[*])).code'::jsonpath,
					@extschema@.hcc_fhir_system()) #>> '{}') END AS modifiers,
			@extschema@.hcc_fhir_date(i.date_text) AS date_from,
			@extschema@.hcc_fhir_date(COALESCE(i.to_text, i.date_text)) AS date_to,
			-- mostly the first of those who may be meant
			CASE WHEN i.team @> (i.performer -> 'sequence')
				THEN @extschema@.hcc_fhir_npi(i.performer -> 'provider', context)
				WHEN i.team IS NOT NULL THEN (
				SELECT @extschema@.hcc_fhir_npi(t.member -> 'provider', context)
				FROM (SELECT jsonb_path_query(resource,
					'$.careTeam[*] ? (@.role.coding[*].code == "performing"
					|| @.role.coding[*].code == "rendering")'::jsonpath) AS member OFFSET 0) t
				WHERE i.team @> (t.member -> 'sequence') LIMIT 1) END AS npi,
			@extschema@.hcc_fhir_ndc(i.ndc) AS ndc,
			-- v1 has it as the reason of an adjudication
			COALESCE(NULLIF(CASE WHEN i.g ? 'service' THEN @extschema@.hcc_fhir_code(i.g,
				'adjudication.reason.coding[system].code'::text, 'line_status'::text)
					WHEN i.g ? 'extension' THEN @extschema@.hcc_fhir_code(i.g,
						'extension[url].valueCoding.code'::text, 'line_status'::text) END, '')
					NOT IN ('A', 'R', 'S'), false)
				OR @extschema@.hcc_fhir_denied(i.g) AS denied,
			CASE WHEN i.hipps THEN i.hcpcs WHEN i.hcpcs IS NULL
				THEN jsonb_path_query_first(i.product,
					'$.coding[*] ? (@.system == $snomed || @.system == $cdt[*]).code'::jsonpath,
					@extschema@.hcc_fhir_system()) #>> '{}' END
						AS other_code,
			CASE WHEN i.hipps THEN 'hipps' WHEN i.hcpcs IS NULL THEN
				CASE WHEN @extschema@.hcc_fhir_code(i.product,
					'coding[system].code'::text, 'snomed'::text)
						IS NOT NULL THEN 'snomed'
					WHEN @extschema@.hcc_fhir_code(i.product,
						'coding[system].code'::text, 'cdt'::text)
						IS NOT NULL THEN 'cdt' END END AS other_system
		FROM (
			SELECT r.g, r.product, r.line, r.numbered, r.hcpcs, r.revenue,
				-- a case-mix group of a prospective payment line, five characters long
				r.revenue IN ('0022', '0023', '0024') AND length(r.hcpcs) = 5 AS hipps,
				COALESCE(r.g ->> 'servicedDate', r.g #>> '{servicedPeriod,start}') AS date_text,
				r.g #>> '{servicedPeriod,end}' AS to_text,
				COALESCE(
				CASE WHEN r.hcpcs IS NULL
					THEN @extschema@.hcc_fhir_code(r.product,
						'coding[system].code'::text, 'ndc'::text) END,
				CASE WHEN r.product ? 'extension' THEN @extschema@.hcc_fhir_code(r.product,
					'extension[url].valueCoding.code'::text, 'ndc'::text) END,
				CASE WHEN r.g ? 'service' THEN @extschema@.hcc_fhir_code(r.g,
					'extension[url].valueCoding.code'::text, 'ndc'::text) END,
				CASE WHEN r.g ? 'detail' THEN @extschema@.hcc_fhir_code(r.g,
					'detail.productOrService.coding[system].code'::text, 'ndc'::text) END) AS ndc,
				COALESCE(r.g -> 'careTeamSequence', r.g -> 'careTeamLinkId') AS team,
				CASE WHEN r.g ? 'careTeamSequence' OR r.g ? 'careTeamLinkId'
					THEN @extschema@.hcc_json_find(resource, 'careTeam[role.coding.code]'::text,
						'["performing", "rendering"]'::jsonb) END AS performer,
				CASE WHEN r.g ? 'diagnosisSequence' OR r.g ? 'diagnosisLinkId'
					THEN COALESCE(@extschema@.hcc_json_numbers(COALESCE(
						r.g -> 'diagnosisSequence', r.g -> 'diagnosisLinkId')), '{}') END
					AS pointers,
				lpad(@extschema@.hcc_fhir_code(r.g,
					'locationCodeableConcept.coding[system].code'::text, 'place'::text), 2, '0')
					AS place
			FROM (
				SELECT t.g, COALESCE(t.g -> 'productOrService', t.g -> 'service') AS product,
					@extschema@.hcc_json_number(t.g -> 'sequence') AS line,
					t.g ? 'sequence' OR jsonb_typeof(t.g) <> 'object' AS numbered,
					@extschema@.hcc_fhir_code(COALESCE(t.g -> 'productOrService', t.g -> 'service'),
						'coding[system].code'::text, 'hcpcs'::text) AS hcpcs,
					-- v2 has another code beside it under NUBC's system
					CASE WHEN t.g ? 'revenue' THEN lpad(@extschema@.hcc_fhir_code(t.g -> 'revenue',
						'coding[system].code'::text, 'revenue'::text), 4, '0') END AS revenue
				FROM (SELECT jsonb_path_query(resource, '$.item[*]'::jsonpath) AS g OFFSET 0) t
				OFFSET 0) r
			OFFSET 0) i
		OFFSET 0) l;
END;
COMMENT ON FUNCTION @extschema@.hcc_fhir_lines(jsonb, jsonb) IS
	'The service lines of an ExplanationOfBenefit or Claim, and what they say together.';

-- What a claim says of itself before its diagnoses and lines. v1 has the second
-- digit of the bill type among the codings of its type, v2 in an extension; v3
-- and CARIN have the whole bill type in NUBC's system.
CREATE FUNCTION @extschema@.hcc_fhir_header(resource jsonb, context jsonb)
	RETURNS TABLE (v3 boolean, member_system text, member_id text, mbi text, claim_system text,
		claim_id text, claim_key text, control_number text, queue_id text, replaces text,
		replacing boolean, superseded boolean, status text, origin text, final_action text,
		claim_type text, institutional boolean, bill_type text, bill_code text, bill_parts text,
		rendering_npi text, attending_npi text, prescriber_npi text, billing_npi text,
		contract_id text, plan_id text, denied_code text, denied boolean, period_from date,
		period_to date)
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT b.v3,
		CASE WHEN b.patient_mbi IS NOT NULL THEN 'mbi'
			WHEN b.clm_id IS NOT NULL AND b.member_id ~ '^-?[0-9]+$' THEN 'bene_id'
			ELSE 'fhir' END,
		COALESCE(b.patient_mbi, b.member_id), b.patient_mbi,
		'fhir:' || COALESCE(resource #>> '{identifier,0,system}',
			CASE WHEN b.v3 THEN 'bfd_v3' END, ''),
		b.claim_id,
		CASE WHEN b.v3 THEN COALESCE(resource ->> 'id', concat_ws('/', b.control_id, b.claim_id))
			ELSE b.claim_id END,
		COALESCE(b.control_id, CASE WHEN resource ? 'extension'
			THEN @extschema@.hcc_fhir_code(resource,
				'extension[url].valueIdentifier.value'::text, 'control'::text) END),
		b.queue_id,
		CASE WHEN resource ? 'related' THEN COALESCE(
			@extschema@.hcc_json_find_text(resource,
				'related[relationship.coding.code].claim.identifier.value'::text, '"prior"'::jsonb),
			@extschema@.hcc_json_find_text(resource,
				'related[relationship.coding.code].reference.value'::text, '"prior"'::jsonb),
			@extschema@.hcc_fhir_id(@extschema@.hcc_json_find_text(resource,
				'related[relationship.coding.code].claim.reference'::text, '"prior"'::jsonb))) END,
		b.replacing,
		COALESCE(resource ? 'related' AND jsonb_path_exists(resource,
			'$.related[*].relationship.coding[*] ? (@.code == "replacedby")'::jsonpath), false),
		CASE WHEN resource ->> 'status' IN ('cancelled', 'entered-in-error')
				OR ltrim(resource ->> 'disposition', '0') = '3'
				OR b.adjustment = '1' OR b.disposition = '03' OR b.drug_deleted = 'D' THEN 'void'
			WHEN b.replacing THEN 'replacement'
			WHEN b.drug_deleted = 'A' THEN 'adjusted'
			ELSE 'original' END,
		CASE WHEN b.v3 THEN @extschema@.hcc_fhir_code(resource,
			'meta.tag[system].code'::text, 'v3_origin'::text) END,
		CASE WHEN b.v3 THEN @extschema@.hcc_fhir_code(resource,
			'meta.tag[system].code'::text, 'v3_final'::text) END,
		b.claim_type, COALESCE(b.institutional, false),
		CASE WHEN NOT b.institutional THEN NULL
			WHEN b.bill_code ~ '^0?[1-9][0-9][0-9A-Z]$' THEN lpad(b.bill_code, 4, '0')
			WHEN b.bill_parts ~ '^[1-9][0-9][0-9A-Z]$' THEN '0' || b.bill_parts END,
		b.bill_code, b.bill_parts,
		@extschema@.hcc_fhir_npi(b.rendering, context),
		@extschema@.hcc_fhir_npi(b.attending, context),
		@extschema@.hcc_fhir_npi(b.prescribing, context),
		COALESCE(@extschema@.hcc_fhir_npi(resource -> 'provider', context),
			resource #>> '{organization,identifier,value}'),
		CASE WHEN b.v3 THEN @extschema@.hcc_json_find_text(b.info,
			'[category.coding.code].valueString'::text, '"CLM_SBMTR_CNTRCT_NUM"'::jsonb)
			WHEN b.coarse_type = 'pharmacy' THEN @extschema@.hcc_fhir_code(resource,
				'insurance.coverage.extension[url].valueIdentifier.value'::text,
				'contract'::text) END,
		CASE WHEN b.v3 THEN @extschema@.hcc_json_find_text(b.info,
			'[category.coding.code].valueString'::text, '"CLM_SBMTR_CNTRCT_PBP_NUM"'::jsonb)
			WHEN b.coarse_type = 'pharmacy' THEN @extschema@.hcc_fhir_code(resource,
				'insurance.coverage.extension[url].valueIdentifier.value'::text, 'plan'::text) END,
		CASE WHEN btrim(b.non_payment) NOT IN ('', 'P') THEN 'npmt ' || b.non_payment
			WHEN b.carrier_denies THEN 'carr ' || b.carrier_denial END,
		COALESCE(btrim(b.non_payment) NOT IN ('', 'P'), false)
			OR COALESCE(b.carrier_denies, false)
			OR COALESCE(resource #> '{payment,type,coding}' @> '[{"code": "denied"}]', false)
			OR COALESCE(@extschema@.hcc_fhir_denied(resource), false),
		@extschema@.hcc_fhir_date(resource #>> '{billablePeriod,start}'),
		@extschema@.hcc_fhir_date(resource #>> '{billablePeriod,end}')
	FROM (
		SELECT a.*,
			CASE WHEN a.coarse_type IS DISTINCT FROM 'institutional' THEN a.coarse_type
				ELSE COALESCE(
					@extschema@.hcc_fhir_bill_kind(substr(lpad(a.bill_code, 4, '0'), 2, 2)),
					@extschema@.hcc_fhir_type_word(@extschema@.hcc_json_find_text(resource,
						'subType.coding.code'::text, NULL::jsonb)),
					'institutional') END AS claim_type,
			COALESCE(a.clm_id, a.queue_id, CASE WHEN a.clm_id IS NULL
				THEN jsonb_path_query_first(resource, '$.identifier[*]
					? (@.type.coding[*].code == "uc"
						&& !(@.system == $claim_group)).value'::jsonpath,
					@extschema@.hcc_fhir_system()) #>> '{}' END,
				resource ->> 'id') AS claim_id,
			-- 0, C to Z, or any of several characters
			length(btrim(a.carrier_denial)) > 1 OR btrim(a.carrier_denial) = '0'
				OR btrim(a.carrier_denial) COLLATE "C" BETWEEN 'C' AND 'Z' AS carrier_denies,
			COALESCE(a.adjustment = '2', false) OR COALESCE(resource ? 'related'
				AND jsonb_path_exists(resource, '$.related[*].relationship.coding[*]
					? (@.code == "prior")'::jsonpath), false) AS replacing
		FROM (
			SELECT t.*,
				CASE WHEN resource ->> 'resourceType' = 'Claim'
					THEN @extschema@.hcc_fhir_code(resource,
						'identifier[system].value'::text, 'queue_id'::text) END AS queue_id,
				CASE WHEN t.v3 THEN @extschema@.hcc_fhir_code(resource,
					'identifier[system].value'::text, 'control_id'::text) END AS control_id,
				CASE WHEN t.institutional THEN @extschema@.hcc_fhir_code(t.info,
					'code.coding[system].code'::text, 'bill_type'::text) END AS bill_code,
				CASE WHEN t.institutional AND NOT t.v3 AND resource -> 'facility' ? 'extension' THEN
					@extschema@.hcc_fhir_code(resource,
						'facility.extension[url].valueCoding.code'::text, 'facility'::text)
					|| concat(
						COALESCE(@extschema@.hcc_fhir_code(resource,
							'extension[url].valueCoding.code'::text, 'class'::text),
							@extschema@.hcc_fhir_code(resource,
								'type.coding[system].code'::text, 'class'::text), '?'),
						COALESCE(@extschema@.hcc_fhir_code(t.info,
							'code.coding[system].code'::text, 'frequency'::text), '?')) END
					AS bill_parts,
				CASE WHEN t.v3 THEN @extschema@.hcc_fhir_code(t.info,
					'code.coding[system].code'::text, 'adjustment'::text) END AS adjustment,
				CASE WHEN t.v3 THEN @extschema@.hcc_fhir_code(t.info,
					'code.coding[system].code'::text, 'disposition'::text) END AS disposition,
				CASE WHEN t.v3 THEN @extschema@.hcc_fhir_code(t.info,
					'code.coding[system].code'::text, 'non_payment'::text)
					WHEN resource ? 'extension' THEN @extschema@.hcc_fhir_code(resource,
						'extension[url].valueCoding.code'::text, 'non_payment'::text) END
					AS non_payment,
				CASE WHEN t.v3 THEN @extschema@.hcc_fhir_code(t.info,
					'code.coding[system].code'::text, 'carrier_denial'::text)
					WHEN resource ? 'extension' THEN @extschema@.hcc_fhir_code(resource,
						'extension[url].valueCoding.code'::text, 'carrier_denial'::text) END
					AS carrier_denial,
				CASE WHEN t.coarse_type = 'pharmacy' THEN @extschema@.hcc_fhir_code(t.info,
					'code.coding[system].code'::text, 'drug_deleted'::text) END AS drug_deleted,
				CASE WHEN resource ? 'careTeam' THEN @extschema@.hcc_json_find(resource,
					'careTeam[role.coding.code].provider'::text,
					'["performing", "rendering"]'::jsonb) END AS rendering,
				CASE WHEN t.institutional THEN @extschema@.hcc_json_find(resource,
					'careTeam[role.coding.code].provider'::text, '"attending"'::jsonb) END
					AS attending,
				CASE WHEN t.coarse_type = 'pharmacy' THEN @extschema@.hcc_json_find(resource,
					'careTeam[role.coding.code].provider'::text, '"prescribing"'::jsonb) END
					AS prescribing,
				CASE WHEN t.patient LIKE '#%' THEN jsonb_path_query_first(resource,
					'$.contained[*] ? (@.id == $id).identifier[*]
						? (@.system == $mbi).value'::jsonpath,
					@extschema@.hcc_fhir_system() || jsonb_build_object('id', substr(t.patient, 2)))
					#>> '{}' END AS patient_mbi,
				COALESCE(context -> t.patient ->> 'id', @extschema@.hcc_fhir_id(t.patient),
					resource #>> '{patient,identifier,value}') AS member_id
			FROM (
				SELECT u.*, u.coarse_type IN ('institutional', 'inpatient', 'outpatient', 'snf',
						'home_health', 'hospice') AS institutional
				FROM (
					SELECT v.v3, resource #>> '{patient,reference}' AS patient,
						COALESCE(resource -> 'supportingInfo', resource -> 'information') AS info,
						@extschema@.hcc_fhir_code(resource,
							'identifier[system].value'::text, 'claim_id'::text) AS clm_id,
						COALESCE(
							@extschema@.hcc_fhir_cms_type(v.cms_type),
							@extschema@.hcc_fhir_type_word(@extschema@.hcc_fhir_code(resource,
								'type.coding[system].code'::text, 'eob_type'::text)),
							@extschema@.hcc_fhir_type_word(@extschema@.hcc_fhir_code(resource,
								'type.coding[system].code'::text, 'claim_type'::text)),
							@extschema@.hcc_fhir_type_word(@extschema@.hcc_json_find_text(resource,
								'subType.coding.code'::text, NULL::jsonb)),
							@extschema@.hcc_fhir_profile_type(resource #>> '{meta,profile,0}'))
							AS coarse_type
					FROM (SELECT @extschema@.hcc_fhir_code(resource,
								'type.coding[system].system'::text, 'v3_type'::text) IS NOT NULL
								AS v3,
							@extschema@.hcc_fhir_code(resource,
								'type.coding[system].code'::text, 'cms_type'::text) AS cms_type
						OFFSET 0) v
					OFFSET 0) u
				OFFSET 0) t
			OFFSET 0) a
		OFFSET 0) b
	-- each value is used several times, and worked out once
	OFFSET 0;
END;
COMMENT ON FUNCTION @extschema@.hcc_fhir_header(jsonb, jsonb) IS
	'What an ExplanationOfBenefit or Claim says of itself besides its diagnoses and lines.';

-- A claim. Its dates are those of the lines for professional, pharmacy and
-- supplier claims of which each line has one, and where the period is one year to
-- the day, as Synthea writes it.
CREATE FUNCTION @extschema@.hcc_fhir_eob(resource jsonb, context jsonb,
	file_id bigint DEFAULT NULL, line bigint DEFAULT NULL)
	RETURNS SETOF @extschema@.import_claim
LANGUAGE sql STABLE PARALLEL SAFE ROWS 1
BEGIN ATOMIC
	SELECT file_id, line, 'claim', resource ->> 'resourceType',
		c.member_system, c.member_id, NULL::text, c.mbi, NULL::text, NULL::text, NULL::date,
		NULL::text, NULL::date,
		c.claim_system, c.claim_id, c.claim_key, c.control_number, c.replaces, NULL::text,
		c.status, 'encounter',
		CASE WHEN c.superseded OR c.all_denied OR c.final_action = 'NotFinalAction' THEN 'none'
			WHEN c.status = 'void' THEN 'void'
			WHEN c.status = 'replacement' THEN 'replace' ELSE 'add' END,
		c.claim_type, c.bill_type, right(c.bill_type, 1),
		CASE WHEN c.claim_type = 'professional' THEN c.place_of_service END,
		c.date_from, c.date_to,
		CASE WHEN @extschema@.hcc_fhir_is_npi(c.npi) AND c.npi <> '0000000000' THEN c.npi END,
		CASE c.npi WHEN c.rendering_npi THEN 'rendering' WHEN c.attending_npi THEN 'attending'
			WHEN c.prescriber_npi THEN 'prescriber' WHEN c.billing_npi THEN 'billing' END,
		c.rendering_npi, c.attending_npi, c.billing_npi, c.prescriber_npi,
		NULL::text, c.contract_id, c.plan_id,
		NULLIF(c.all_denied, false), c.denied_code, NULL::text, NULL::boolean, NULL::text,
		NULL::date, @extschema@.hcc_fhir_known_at(resource #>> '{meta,lastUpdated}'),
		c.diagnoses, c.lines,
		@extschema@.hcc_fhir_findings(ARRAY[
			CASE WHEN resource ->> 'resourceType' = 'Claim' AND c.queue_id IS NULL
				THEN @extschema@.hcc_fhir_finding('claim_not_eob') END,
			CASE WHEN c.institutional AND c.bill_type IS NULL
					AND COALESCE(c.bill_code, c.bill_parts) IS NOT NULL
				THEN @extschema@.hcc_fhir_finding('bad_bill_type', 'supportingInfo') END,
			CASE WHEN c.bad > 0 THEN @extschema@.hcc_fhir_finding('bad_diagnosis', 'diagnosis') END,
			CASE WHEN c.others > 0 AND c.icd10 = 0
				THEN @extschema@.hcc_fhir_finding('no_icd10', 'diagnosis') END,
			CASE WHEN c.unresolved > 0
				THEN @extschema@.hcc_fhir_finding('unresolved_reference', 'diagnosisReference') END,
			CASE WHEN c.no_through
				THEN @extschema@.hcc_fhir_finding('no_through_date', 'billablePeriod.end') END,
			CASE WHEN c.replacing AND c.replaces IS NULL
				THEN @extschema@.hcc_fhir_finding('no_original_reference', 'related') END,
			CASE WHEN NOT @extschema@.hcc_fhir_is_npi(c.npi)
				THEN @extschema@.hcc_fhir_finding('bad_npi', 'careTeam') END]),
		-- what the record is not goes before what the claim lacks
		COALESCE(@extschema@.hcc_fhir_findings(ARRAY[
			CASE WHEN resource ->> 'use' <> 'claim'
				THEN @extschema@.hcc_fhir_finding('not_a_claim', 'use') END,
			CASE WHEN c.misnumbered > 0
				THEN @extschema@.hcc_fhir_finding('bad_json', 'sequence') END,
			CASE WHEN resource ->> 'status' = 'draft'
				THEN @extschema@.hcc_fhir_finding('draft', 'status') END,
			CASE WHEN resource ->> 'outcome' = 'error'
				THEN @extschema@.hcc_fhir_finding('outcome_error', 'outcome') END,
			CASE WHEN c.queue_id IS NOT NULL OR resource ->> 'outcome' = 'queued'
					OR resource ->> 'outcome' = 'partial' AND c.origin = 'SharedSystem'
				THEN @extschema@.hcc_fhir_finding('not_adjudicated', 'outcome') END,
			CASE WHEN c.final_action = 'NotFinalAction'
				THEN @extschema@.hcc_fhir_finding('not_final', 'meta.tag') END,
			CASE WHEN c.superseded THEN @extschema@.hcc_fhir_finding('superseded', 'related') END,
			CASE WHEN c.all_denied THEN @extschema@.hcc_fhir_finding('denied') END]),
		@extschema@.hcc_fhir_findings(ARRAY[
			CASE WHEN c.member_id IS NULL
				THEN @extschema@.hcc_fhir_finding('no_member_id', 'patient') END,
			CASE WHEN c.claim_key IS NULL OR c.claim_key = ''
				THEN @extschema@.hcc_fhir_finding('no_claim_id', 'identifier') END,
			CASE WHEN c.bad_date THEN @extschema@.hcc_fhir_finding('bad_date', 'billablePeriod')
				WHEN c.date_to IS NULL THEN @extschema@.hcc_fhir_finding('no_date',
					'billablePeriod')
				WHEN c.date_from > c.date_to
					THEN @extschema@.hcc_fhir_finding('date_order', 'billablePeriod') END,
			CASE WHEN c.icd10 > 0 OR c.claim_type IS NOT DISTINCT FROM 'pharmacy' THEN NULL
				WHEN c.icd9 > 0 THEN @extschema@.hcc_fhir_finding('icd9', 'diagnosis')
				ELSE @extschema@.hcc_fhir_finding('no_diagnosis', 'diagnosis') END])),
		CASE WHEN c.bill_type IS NULL AND c.bill_parts IS NOT NULL
			THEN jsonb_build_object('bill_type_partial', c.bill_parts) END
	FROM (
		SELECT h.*, d.diagnoses, d.icd10, d.icd9, d.others, d.bad, d.unresolved, l.lines,
			l.place_of_service, d.misnumbered + l.misnumbered AS misnumbered,
			h.denied OR COALESCE(l.all_denied, false) AS all_denied,
			CASE WHEN b.by_line THEN l.first_date ELSE COALESCE(h.period_from, l.first_date) END
				AS date_from,
			CASE WHEN b.by_line THEN l.last_date
				ELSE COALESCE(h.period_to, l.last_date, h.period_from) END AS date_to,
			NOT b.by_line AND h.period_to IS NULL
				AND COALESCE(l.last_date, h.period_from) IS NOT NULL AS no_through,
			l.bad_dates > 0
				OR resource #>> '{billablePeriod,start}' IS NOT NULL AND h.period_from IS NULL
				OR resource #>> '{billablePeriod,end}' IS NOT NULL AND h.period_to IS NULL
					AS bad_date,
			CASE
				WHEN h.claim_type IN ('professional', 'dme') THEN COALESCE(h.rendering_npi,
					CASE WHEN h.claim_type = 'professional'
						THEN @extschema@.hcc_fhir_npi(@extschema@.hcc_json_find(resource,
					'careTeam[role.coding.code].provider'::text, '"primary"'::jsonb),
								context) END,
					h.billing_npi)
				WHEN h.claim_type = 'pharmacy' THEN h.prescriber_npi
				ELSE COALESCE(h.attending_npi, h.billing_npi) END AS npi
		FROM @extschema@.hcc_fhir_header(resource, context) h
		CROSS JOIN LATERAL @extschema@.hcc_fhir_diagnoses(resource, context) d
		CROSS JOIN LATERAL @extschema@.hcc_fhir_lines(resource, context) l
		CROSS JOIN LATERAL (SELECT COALESCE(l.all_dated, false) AND (
			h.claim_type IN ('professional', 'dme', 'pharmacy', 'dental', 'vision')
			OR h.period_to = h.period_from + interval '1 year') AS by_line OFFSET 0) b
		OFFSET 0) c;
END;
COMMENT ON FUNCTION @extschema@.hcc_fhir_eob(jsonb, jsonb, bigint, bigint) IS
	'The claim of an ExplanationOfBenefit or Claim; context has what its references name.';

-- A diagnosis of a visit. A problem list alone is no evidence of a visit, and no
-- claim: is_valid_encounter is false for what has no finished encounter.
CREATE FUNCTION @extschema@.hcc_fhir_condition(resource jsonb, context jsonb,
	file_id bigint DEFAULT NULL, line bigint DEFAULT NULL)
	RETURNS SETOF @extschema@.import_claim
LANGUAGE sql STABLE PARALLEL SAFE ROWS 1
BEGIN ATOMIC
	SELECT file_id, line, 'claim', 'Condition',
		'fhir', c.member_id, NULL::text, NULL::text, NULL::text, NULL::text, NULL::date,
		NULL::text, NULL::date,
		'fhir:Condition', resource ->> 'id', resource ->> 'id', NULL::text, NULL::text, NULL::text,
		'final', 'encounter', 'add', NULL::text, NULL::text, NULL::text, NULL::text,
		c.date_from, c.date_to,
		NULL::text, NULL::text, NULL::text, NULL::text, NULL::text, NULL::text,
		NULL::text, NULL::text, NULL::text,
		NULL::boolean, NULL::text, NULL::text, NULL::boolean, NULL::text, NULL::date,
		@extschema@.hcc_fhir_known_at(resource #>> '{meta,lastUpdated}'),
		CASE WHEN @extschema@.hcc_fhir_is_icd10(c.code) THEN ARRAY[ROW(NULL, c.code, '10',
			'principal', NULL, NULL)::@extschema@.import_diagnosis] END,
		NULL::@extschema@.import_line[],
		@extschema@.hcc_fhir_findings(ARRAY[
			CASE WHEN c.reference IS NULL THEN @extschema@.hcc_fhir_finding('no_visit',
				'encounter') END,
			CASE WHEN c.reference IS NOT NULL AND c.encounter IS NULL
				THEN @extschema@.hcc_fhir_finding('unresolved_reference', 'encounter') END]),
		@extschema@.hcc_fhir_findings(ARRAY[
			CASE c.verification WHEN 'refuted'
				THEN @extschema@.hcc_fhir_finding('verification_refuted')
				WHEN 'entered-in-error'
					THEN @extschema@.hcc_fhir_finding('verification_entered-in-error') END,
			CASE WHEN c.verification IN ('provisional', 'differential', 'unconfirmed')
				THEN @extschema@.hcc_fhir_finding('not_confirmed', 'verificationStatus') END,
			CASE c.encounter ->> 'status'
				WHEN 'cancelled' THEN @extschema@.hcc_fhir_finding('encounter_cancelled',
					'encounter')
				WHEN 'planned' THEN @extschema@.hcc_fhir_finding('encounter_planned', 'encounter')
				WHEN 'entered-in-error'
					THEN @extschema@.hcc_fhir_finding('encounter_entered-in-error',
						'encounter') END,
			CASE WHEN c.code IS NULL THEN CASE WHEN @extschema@.hcc_fhir_code(resource,
				'code.coding[system].code'::text, 'icd9'::text) IS NOT NULL
					THEN @extschema@.hcc_fhir_finding('icd9', 'code')
					ELSE @extschema@.hcc_fhir_finding('no_icd10', 'code') END
				WHEN NOT @extschema@.hcc_fhir_is_icd10(c.code)
					THEN @extschema@.hcc_fhir_finding('no_diagnosis', 'code') END,
			CASE WHEN c.member_id IS NULL
				THEN @extschema@.hcc_fhir_finding('no_member_id', 'subject') END,
			CASE WHEN NOT resource ? 'id' THEN @extschema@.hcc_fhir_finding('no_claim_id',
				'id') END,
			CASE WHEN c.date_to IS NULL THEN @extschema@.hcc_fhir_finding('no_date', 'encounter')
				WHEN c.date_from > c.date_to
					THEN @extschema@.hcc_fhir_finding('date_order', 'encounter.period') END]),
		jsonb_build_object('is_valid_encounter', c.encounter IS NOT NULL, 'encounter',
			@extschema@.hcc_fhir_id(c.reference), 'encounter_class', COALESCE(
				c.encounter #>> '{class,code}', c.encounter #>> '{class,0,coding,0,code}'))
	FROM (
		SELECT v.*,
			COALESCE(@extschema@.hcc_fhir_date(v.encounter #>> '{period,start}'), v.recorded)
				AS date_from,
			CASE WHEN v.encounter IS NOT NULL
				THEN COALESCE(@extschema@.hcc_fhir_date(v.encounter #>> '{period,end}'),
					@extschema@.hcc_fhir_date(v.encounter #>> '{period,start}'))
				ELSE v.recorded END AS date_to
		FROM (
			SELECT context -> (resource #>> '{encounter,reference}') AS encounter,
				resource #>> '{encounter,reference}' AS reference,
				@extschema@.hcc_fhir_date(resource ->> 'recordedDate') AS recorded,
				@extschema@.hcc_json_find_text(resource,
					'verificationStatus.coding.code'::text, NULL::jsonb)
					AS verification,
				COALESCE(context -> (resource #>> '{subject,reference}') ->> 'id',
					@extschema@.hcc_fhir_id(resource #>> '{subject,reference}')) AS member_id,
				upper(replace(btrim(COALESCE(
					@extschema@.hcc_fhir_code(resource,
						'code.coding[system].code'::text, 'icd10cm'::text),
					@extschema@.hcc_fhir_code(resource,
						'code.coding[system].code'::text, 'icd10'::text))),
					'.', '')) AS code
			OFFSET 0) v
		OFFSET 0) c;
END;
COMMENT ON FUNCTION @extschema@.hcc_fhir_condition(jsonb, jsonb, bigint, bigint) IS
	'The diagnosis of a Condition as a record of its encounter, which the context has.';

-- The resources of a document: one alone, those of an array or of a Bundle, with
-- what its references may name by fullUrl and by type and id.
CREATE FUNCTION @extschema@.hcc_fhir_resource(document jsonb)
	RETURNS TABLE (number bigint, kind text, resource jsonb, context jsonb)
LANGUAGE sql IMMUTABLE PARALLEL SAFE ROWS 1
BEGIN ATOMIC
	SELECT 1, document ->> 'resourceType', document, NULL::jsonb
	WHERE document ->> 'resourceType' <> 'Bundle'
	UNION ALL
	SELECT e.number, e.resource ->> 'resourceType', e.resource, i.context
	FROM (
		SELECT jsonb_object_agg(k.key, r -> 'resource') AS context
		FROM jsonb_path_query(document, '$.entry[*]'::jsonpath) r,
			LATERAL (VALUES (r ->> 'fullUrl'),
				(r #>> '{resource,resourceType}' || '/' || (r #>> '{resource,id}'))) k(key)
		WHERE k.key IS NOT NULL AND r #>> '{resource,resourceType}'
			IN ('Patient', 'Condition', 'Encounter', 'Practitioner', 'Organization')
		OFFSET 0) i
	CROSS JOIN LATERAL (
		SELECT t.number, t.resource FROM jsonb_path_query(document, '$.entry[*].resource'::jsonpath)
			WITH ORDINALITY t(resource, number)
		OFFSET 0) e
	WHERE document ->> 'resourceType' = 'Bundle'
	UNION ALL
	SELECT e.number, e.resource ->> 'resourceType', e.resource, NULL
	FROM jsonb_path_query(document, '$[*]'::jsonpath) WITH ORDINALITY e(resource, number)
	WHERE jsonb_typeof(document) = 'array';
END;
COMMENT ON FUNCTION @extschema@.hcc_fhir_resource(jsonb) IS
	'The resources of a document, a Bundle or an array, and what their references may name.';

-- What is refused of a document, or is no claim and no person.
CREATE FUNCTION @extschema@.hcc_fhir_refusal(reason text, record text, file_id bigint,
	line bigint)
	RETURNS SETOF @extschema@.import_claim
LANGUAGE sql IMMUTABLE PARALLEL SAFE ROWS 1
BEGIN ATOMIC
	SELECT r.* FROM jsonb_populate_record(NULL::@extschema@.import_claim,
		jsonb_build_object('file_id', file_id, 'position', line, 'scope', 'record',
			'record', record, 'refused', jsonb_build_array(jsonb_build_object('reason',
				reason)))) r;
END;
COMMENT ON FUNCTION @extschema@.hcc_fhir_refusal(text, text, bigint, bigint) IS
	'The row of a record that is refused whole.';

-- Place in a Bundle is the position where no other is given, as that of a line.
CREATE FUNCTION @extschema@.fhir_claims(document jsonb, context jsonb DEFAULT NULL,
	file_id bigint DEFAULT NULL, line bigint DEFAULT NULL)
	RETURNS SETOF @extschema@.import_claim
LANGUAGE sql STABLE PARALLEL SAFE ROWS 1
BEGIN ATOMIC
	SELECT c.*
	FROM (
		SELECT r.kind, r.resource, COALESCE(r.context, fhir_claims.context) AS context,
			COALESCE(fhir_claims.line, r.number) AS number
		FROM @extschema@.hcc_fhir_resource(document) r
		OFFSET 0) r
	CROSS JOIN LATERAL (
		SELECT e.* FROM @extschema@.hcc_fhir_eob(r.resource, r.context, file_id, r.number) e
		WHERE r.kind IN ('ExplanationOfBenefit', 'Claim')
		UNION ALL
		SELECT o.* FROM @extschema@.hcc_fhir_condition(r.resource, r.context, file_id, r.number) o
		WHERE r.kind = 'Condition'
		UNION ALL
		SELECT f.* FROM @extschema@.hcc_fhir_refusal('not_input',
			CASE WHEN r.kind ~ '^[A-Za-z]{1,40}$' THEN r.kind END, file_id, r.number) f
		WHERE r.kind IS NULL OR r.kind NOT IN ('ExplanationOfBenefit', 'Claim', 'Condition',
			'Patient', 'Coverage')) c;
END;
COMMENT ON FUNCTION @extschema@.fhir_claims(jsonb, jsonb, bigint, bigint) IS
	'The claims and conditions of a FHIR document; context: what references beyond it name.';

-- JSON that the server does not take, or that has a key twice, is NULL and no
-- error, whose message would show what it says.
CREATE FUNCTION @extschema@.hcc_fhir_json(source text) RETURNS jsonb
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL UNSAFE COST 200;
COMMENT ON FUNCTION @extschema@.hcc_fhir_json(text) IS
	'A JSON object or array; NULL of what is none, is too deep, or has a key twice.';

-- Whether a file is one document over several lines, by its first bytes: it begins
-- with a bracket alone, with an array that goes on, or with an object that goes on
-- in a line which is none. A first line of NDJSON that is cut off is followed by
-- an object.
CREATE FUNCTION @extschema@.hcc_fhir_is_one(content bytea) RETURNS boolean
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN encode(substring(content FROM 1 FOR 262144), 'escape') ~ ('^(?:\\357\\273\\277)?\s*(?:'
	'[[{][ \t\r]*\n|\[[^\n]*[^]\s][ \t\r]*\n|\{[^\n]*[^}\s][ \t\r]*\n\s*[^{\s])');
COMMENT ON FUNCTION @extschema@.hcc_fhir_is_one(bytea) IS
	'Whether a file is one JSON document over several lines and not NDJSON.';

CREATE FUNCTION @extschema@.hcc_json_lines(content bytea)
	RETURNS TABLE ("position" bigint, document jsonb, refused text)
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL UNSAFE ROWS 10000;
COMMENT ON FUNCTION @extschema@.hcc_json_lines(bytea) IS
	'The JSON documents of lines that are not blank, as hcc_fhir_json, or why one cannot be read.';

-- The documents of a file: its lines (NDJSON), unless the first of them goes on
-- in the next; then the whole is one. What cannot be read says why.
CREATE FUNCTION @extschema@.fhir_documents(content bytea)
	RETURNS TABLE ("position" bigint, document jsonb, refused text)
LANGUAGE sql IMMUTABLE PARALLEL UNSAFE ROWS 10000
BEGIN ATOMIC
	SELECT d."position", d.document, d.refused
	FROM @extschema@.hcc_json_lines(content) d
	WHERE NOT @extschema@.hcc_fhir_is_one(content)
	UNION ALL
	SELECT 1, w.document, CASE WHEN w.document IS NULL THEN 'bad_json' END
	FROM (
		SELECT @extschema@.hcc_fhir_json(@extschema@.import_text(CASE
			WHEN substring(content FROM 1 FOR 3) = '\xefbbbf' THEN substring(content FROM 4)
			ELSE content END)) AS document
		OFFSET 0) w
	WHERE @extschema@.hcc_fhir_is_one(content);
END;
COMMENT ON FUNCTION @extschema@.fhir_documents(bytea) IS
	'The JSON documents of a file, by line where it is NDJSON, and why one cannot be read.';

CREATE FUNCTION @extschema@.fhir_documents(content refcursor)
	RETURNS TABLE ("position" bigint, document jsonb, refused text)
	AS 'MODULE_PATHNAME', 'hcc_json_lines' LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE ROWS 10000;
COMMENT ON FUNCTION @extschema@.fhir_documents(refcursor) IS
	'The JSON documents of NDJSON whose pieces an open cursor gives, in order.';
