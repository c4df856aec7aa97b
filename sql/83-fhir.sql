----------------------------------------------------------------------
-- FHIR: what its code systems mean here, and documents as resources.
-- All is jsonb, the server's; a name or code of FHIR that decides something
-- stands in this file, the readers of claims and persons come after it.
----------------------------------------------------------------------

-- The systems and addresses by the names under which the readers ask for them.
-- Blue Button and BFD v1, v2: bluebutton../resources; BFD v3: bluebutton../fhir;
-- CARIN: hl7.org/fhir/us/carin-bb. They are one constant, of which the planner
-- folds what is asked for into each call.
CREATE FUNCTION @extschema@.hcc_fhir_system() RETURNS jsonb
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN '{
	"icd10cm": "http://hl7.org/fhir/sid/icd-10-cm",
	"icd10": "http://hl7.org/fhir/sid/icd-10",
	"icd9": ["http://hl7.org/fhir/sid/icd-9-cm", "http://hl7.org/fhir/sid/icd-9",
		"http://terminology.hl7.org/CodeSystem/icd9cm"],
	"snomed": "http://snomed.info/sct",
	"ndc": "http://hl7.org/fhir/sid/ndc",
	"npi": "http://hl7.org/fhir/sid/us-npi",
	"mbi": "http://hl7.org/fhir/sid/us-mbi",
	"bene_id": "https://bluebutton.cms.gov/resources/variables/bene_id",
	"currency": "https://bluebutton.cms.gov/resources/codesystem/identifier-currency",
	"hcpcs": ["https://bluebutton.cms.gov/resources/codesystem/hcpcs",
		"https://bluebutton.cms.gov/resources/variables/hcpcs_cd",
		"https://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets",
		"http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets",
		"urn:oid:2.16.840.1.113883.6.285",
		"http://www.ama-assn.org/go/cpt", "https://www.ama-assn.org/go/cpt"],
	"cdt": ["http://www.ada.org/cdt", "https://www.ada.org/cdt"],
	"units": ["http://unitsofmeasure.org",
		"https://bluebutton.cms.gov/resources/variables/rev_cntr_ndc_qty_qlfr_cd"],
	"revenue": ["https://bluebutton.cms.gov/resources/variables/rev_cntr",
		"https://bluebutton.cms.gov/fhir/CodeSystem/CLM-REV-CNTR-CD",
		"https://www.nubc.org/CodeSystem/RevenueCodes"],
	"place": ["https://bluebutton.cms.gov/resources/variables/line_place_of_srvc_cd",
		"https://www.cms.gov/Medicare/Coding/place-of-service-codes/Place_of_Service_Code_Set",
		"https://www.cms.gov/Medicare/Coding/place-of-service-codes",
		"http://terminology.hl7.org/CodeSystem/ex-serviceplace",
		"http://hl7.org/fhir/ex-serviceplace"],
	"bill_type": ["https://www.nubc.org/CodeSystem/TypeOfBill",
		"http://www.nubc.org/CodeSystem/TypeOfBill"],
	"frequency": "https://bluebutton.cms.gov/resources/variables/clm_freq_cd",
	"facility": "https://bluebutton.cms.gov/resources/variables/clm_fac_type_cd",
	"class": "https://bluebutton.cms.gov/resources/variables/clm_srvc_clsfctn_type_cd",
	"cms_type": ["https://bluebutton.cms.gov/resources/variables/nch_clm_type_cd",
		"https://bluebutton.cms.gov/fhir/CodeSystem/CLM-TYPE-CD"],
	"eob_type": ["https://bluebutton.cms.gov/resources/codesystem/eob-type",
		"https://bluebutton.cms.gov/fhir/CodeSystem/EOB-TYPE"],
	"claim_type": ["http://terminology.hl7.org/CodeSystem/claim-type",
		"http://hl7.org/fhir/ex-claimtype"],
	"v3_type": "https://bluebutton.cms.gov/fhir/CodeSystem/CLM-TYPE-CD",
	"v3_info": "https://bluebutton.cms.gov/fhir/CodeSystem/Supporting-Information",
	"v3_final": "https://bluebutton.cms.gov/fhir/CodeSystem/Final-Action",
	"v3_origin": "https://bluebutton.cms.gov/fhir/CodeSystem/System-Type",
	"claim_id": ["https://bluebutton.cms.gov/resources/variables/clm_id",
		"https://bluebutton.cms.gov/resources/variables/pde_id"],
	"claim_group": "https://bluebutton.cms.gov/resources/identifier/claim-group",
	"queue_id": ["https://bluebutton.cms.gov/resources/variables/fiss/dcn",
		"https://bluebutton.cms.gov/resources/variables/mcs/icn"],
	"control_id": "https://bluebutton.cms.gov/identifiers/CLM-CNTL-NUM",
	"control": ["https://bluebutton.cms.gov/resources/variables/carr_clm_cntl_num",
		"https://bluebutton.cms.gov/resources/variables/fi_doc_clm_cntl_num"],
	"non_payment": ["https://bluebutton.cms.gov/resources/variables/clm_mdcr_non_pmt_rsn_cd",
		"https://bluebutton.cms.gov/fhir/CodeSystem/CLM-MDCR-NPMT-RSN-CD"],
	"carrier_denial": ["https://bluebutton.cms.gov/resources/variables/carr_clm_pmt_dnl_cd",
		"https://bluebutton.cms.gov/fhir/CodeSystem/CLM-CARR-PMT-DNL-CD"],
	"adjustment": "https://bluebutton.cms.gov/fhir/CodeSystem/CLM-ADJSTMT-TYPE-CD",
	"disposition": "https://bluebutton.cms.gov/fhir/CodeSystem/CLM-DISP-CD",
	"line_status": ["https://bluebutton.cms.gov/resources/variables/line_prcsg_ind_cd",
		"https://bluebutton.cms.gov/fhir/StructureDefinition/CLM-PRCSG-IND-CD"],
	"drug_deleted": "https://bluebutton.cms.gov/resources/variables/adjstmt_dltn_cd",
	"contract": "https://bluebutton.cms.gov/resources/variables/plan_cntrct_rec_id",
	"plan": "https://bluebutton.cms.gov/resources/variables/plan_pbp_rec_num",
	"orec": "https://bluebutton.cms.gov/resources/variables/orec",
	"crec": "https://bluebutton.cms.gov/resources/variables/crec",
	"medicare_status": ["https://bluebutton.cms.gov/resources/variables/ms_cd",
		"https://bluebutton.cms.gov/fhir/StructureDefinition/BENE-MDCR-STUS-CD"],
	"esrd": ["https://bluebutton.cms.gov/resources/variables/esrd_ind",
		"https://bluebutton.cms.gov/fhir/StructureDefinition/BENE-ESRD-STUS-ID"],
	"v3_reason": "https://bluebutton.cms.gov/fhir/StructureDefinition/BENE-MDCR-ENTLMT-RSN-CD",
	"v3_dual": "https://bluebutton.cms.gov/fhir/StructureDefinition/BENE-DUAL-STUS-CD",
	"v3_contract": "https://bluebutton.cms.gov/fhir/StructureDefinition/BENE-CNTRCT-NUM",
	"v3_plan": "https://bluebutton.cms.gov/fhir/StructureDefinition/BENE-PBP-NUM",
	"birthsex": "http://hl7.org/fhir/us/core/StructureDefinition/us-core-birthsex",
	"core_sex": "http://hl7.org/fhir/us/core/StructureDefinition/us-core-sex"
}'::jsonb;
COMMENT ON FUNCTION @extschema@.hcc_fhir_system() IS
	'The code systems and extensions that the FHIR readers know, by the names of their paths.';

-- A path is names with dots between them, an array stands for its elements, and
-- what is in brackets must be one of what is wanted. In C, for a claim is asked for
-- some forty, and jsonpath takes five times as long for each.
CREATE FUNCTION @extschema@.hcc_json_find(document jsonb, path text, wanted jsonb) RETURNS jsonb
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.hcc_json_find(jsonb, text, jsonb) IS
	'The first element at a path, as type.coding[system].code, whose condition is what is wanted.';
CREATE FUNCTION @extschema@.hcc_json_find_text(document jsonb, path text, wanted jsonb)
	RETURNS text
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.hcc_json_find_text(jsonb, text, jsonb) IS
	'What hcc_json_find finds, as text.';

CREATE FUNCTION @extschema@.hcc_json_texts(document jsonb, path text) RETURNS text[]
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.hcc_json_texts(jsonb, text) IS
	'All elements at a path as text; an empty array where there is none.';
-- NULL of a text, even of one with digits: between two numbers there are only numbers.
CREATE FUNCTION @extschema@.hcc_json_number(number jsonb) RETURNS integer
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.hcc_json_number(jsonb) IS
	'The number from 0 to 999999999 that an element is, rounded; NULL of anything else.';
CREATE FUNCTION @extschema@.hcc_json_numbers(numbers jsonb) RETURNS integer[]
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.hcc_json_numbers(jsonb) IS
	'The numbers that the elements of an array are, as hcc_json_number has them.';

-- In the FROM of a query a constant is folded into what uses it, a function of
-- one expression is replaced by it: what follows costs no call.
CREATE FUNCTION @extschema@.hcc_fhir_code(concept jsonb, path text, system text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN @extschema@.hcc_json_find_text(concept, path, @extschema@.hcc_fhir_system() -> system);
COMMENT ON FUNCTION @extschema@.hcc_fhir_code(jsonb, text, text) IS
	'The first value at a path whose condition is one of the systems of a name in hcc_fhir_system.';

CREATE FUNCTION @extschema@.hcc_fhir_date(value text) RETURNS date
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.hcc_fhir_date(text) IS
	'The day of a FHIR date or dateTime as written; NULL of a partial date and of none.';

CREATE FUNCTION @extschema@.hcc_fhir_is_instant(value text) RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.hcc_fhir_is_instant(text) IS
	'Whether a text is an instant of FHIR: a date, a time with its seconds, and a time zone.';

CREATE FUNCTION @extschema@.hcc_fhir_is_icd10(code text) RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.hcc_fhir_is_icd10(text) IS
	'Whether a code has the shape of ICD-10: a capital, a digit, and one to five of either.';
CREATE FUNCTION @extschema@.hcc_fhir_is_npi(number text) RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.hcc_fhir_is_npi(text) IS
	'Whether a number has the ten digits of an NPI.';

-- Setting of an institutional claim by facility and class, the first two digits of
-- a bill type. 12x is inpatient by name, and Part B, which is filtered as outpatient.
CREATE FUNCTION @extschema@.hcc_fhir_bill_kind(digits text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
	WHEN digits IN ('11', '41') THEN 'inpatient'
	WHEN digits IN ('18', '21', '22', '23', '28') THEN 'snf'
	WHEN digits LIKE '3_' THEN 'home_health'
	WHEN digits IN ('81', '82') THEN 'hospice'
	WHEN digits ~ '^(1[234]|43|7[1-7]|8[3579])$' THEN 'outpatient'
END;
COMMENT ON FUNCTION @extschema@.hcc_fhir_bill_kind(text) IS
	'The setting that the first two digits of a bill type tell; NULL of others.';

-- Type of a claim, most reliable source first: a CMS code says dme where HL7's
-- type says institutional. Four digits: of shared systems, a bill type at the end.
CREATE FUNCTION @extschema@.hcc_fhir_cms_type(code text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
	WHEN code IN ('71', '72', '1700', '2700') THEN 'professional'
	WHEN code IN ('60', '61', '62', '63', '64') THEN 'inpatient'
	WHEN code = '40' THEN 'outpatient'
	WHEN code IN ('20', '30') THEN 'snf'
	WHEN code = '10' THEN 'home_health'
	WHEN code IN ('50', '1900', '2900') THEN 'hospice'
	WHEN code IN ('81', '82', '1800', '2800') THEN 'dme'
	WHEN code IN ('1', '2', '3', '4', '01', '02', '03', '04') THEN 'pharmacy'
	WHEN code ~ '^[12]0[0-9][0-9]$' THEN
		COALESCE(@extschema@.hcc_fhir_bill_kind(right(code, 2)), 'institutional')
END;
COMMENT ON FUNCTION @extschema@.hcc_fhir_cms_type(text) IS
	'The claim type that a code of NCH_CLM_TYPE_CD or CLM-TYPE-CD tells; NULL of others.';

CREATE FUNCTION @extschema@.hcc_fhir_type_word(word text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE word
	WHEN 'CARRIER' THEN 'professional' WHEN 'INPATIENT' THEN 'inpatient'
	WHEN 'OUTPATIENT' THEN 'outpatient' WHEN 'SNF' THEN 'snf' WHEN 'HHA' THEN 'home_health'
	WHEN 'HOSPICE' THEN 'hospice' WHEN 'DME' THEN 'dme' WHEN 'PDE' THEN 'pharmacy'
	WHEN 'professional' THEN 'professional' WHEN 'institutional' THEN 'institutional'
	WHEN 'pharmacy' THEN 'pharmacy' WHEN 'oral' THEN 'dental' WHEN 'vision' THEN 'vision'
	WHEN 'inpatient' THEN 'inpatient' WHEN 'outpatient' THEN 'outpatient'
END;
COMMENT ON FUNCTION @extschema@.hcc_fhir_type_word(text) IS
	'The claim type that a word of eob-type, claim-type or subType tells; NULL of others.';

CREATE FUNCTION @extschema@.hcc_fhir_profile_type(profile text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
	WHEN profile LIKE '%Inpatient-Institutional%' THEN 'inpatient'
	WHEN profile LIKE '%Outpatient-Institutional%' THEN 'outpatient'
	WHEN profile LIKE '%Professional-NonClinician%' THEN 'professional'
	WHEN profile LIKE '%Pharmacy%' THEN 'pharmacy'
	WHEN profile LIKE '%Oral%' THEN 'dental'
END;
COMMENT ON FUNCTION @extschema@.hcc_fhir_profile_type(text) IS
	'The claim type that a CARIN profile is for; NULL of others.';

-- Of several roles of one diagnosis the strongest: principal, other, external
-- cause, reason for visit, admitting. No role at all is other, the last.
CREATE FUNCTION @extschema@.hcc_fhir_roles() RETURNS jsonb
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN '{
	"words": ["principal", "secondary", "other", "clinical", "discharge",
		"externalcauseofinjury", "external-first", "external",
		"patientreasonforvisit", "admitting"],
	"roles": ["principal", "other", "other", "other", "other",
		"external_cause", "external_cause", "external_cause",
		"reason_for_visit", "admitting", "other"]
}'::jsonb;
COMMENT ON FUNCTION @extschema@.hcc_fhir_roles() IS
	'The words of the types of a diagnosis, the strongest first, and the role of each and of none.';

-- Who is named by a reference: the id behind the last slash, without version. Not
-- STRICT, for a CASE in a strict function is not put in the place of its call.
CREATE FUNCTION @extschema@.hcc_fhir_id(reference text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
	WHEN reference LIKE 'urn:uuid:%' THEN substr(reference, 10)
	WHEN reference LIKE '%|%' THEN split_part(reference, '|', -1)
	ELSE split_part(split_part(reference, '/_history/', 1), '/', -1)
END;
COMMENT ON FUNCTION @extschema@.hcc_fhir_id(text) IS
	'The id that a FHIR reference has: of Patient/1, an address, urn:uuid: or a query.';

-- Eleven digits of a drug code in three parts; without dashes it stays as it is.
CREATE FUNCTION @extschema@.hcc_fhir_ndc(code text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN code ~ '^[0-9]{1,5}-[0-9]{1,4}-[0-9]{1,2}$'
	THEN lpad(split_part(code, '-', 1), 5, '0') || lpad(split_part(code, '-', 2), 4, '0')
		|| lpad(split_part(code, '-', 3), 2, '0')
	ELSE code END;
COMMENT ON FUNCTION @extschema@.hcc_fhir_ndc(text) IS
	'A drug code as eleven digits where its dashes say which zeros it lacks.';
