----------------------------------------------------------------------
-- What the files that CMS sends have in common: how their codes are read, and
-- rows of claims and persons of which a reader names what it has.
----------------------------------------------------------------------
INSERT INTO @extschema@.import_reason (reason, of, meaning) VALUES
	('unknown_record_type', 'record', 'begins as no record of the file does'),
	('bad_number', 'record', 'a number that is none'),
	('long_record', 'warning', 'longer than its layout; what is beyond is not read'),
	('month_removed', 'state', 'a month that is taken back and not paid anew'),
	('unknown_file', 'file', 'neither its name nor its header says which file of the format');

INSERT INTO @extschema@.import_format (format, what, claims, people, replaces_codes) VALUES
	('mao004', 'MAO-004, phases 2 and 3', true, false, true);
INSERT INTO @extschema@.import_format (format, what, claims, people) VALUES
	('cclf', 'Claim and Claim Line Feed, files 0 to 9, A and B', true, true),
	('rif', 'RIF and synthetic Medicare files, separated by |', true, true),
	('synpuf', 'DE-SynPUF, whose codes are ICD-9', true, true),
	('mmr', 'Monthly Membership Report, detail', false, true),
	('raps', 'RAPS return', false, false),
	('mor', 'Model Output Report; staged only', false, false),
	('mao002', 'MAO-002; staged only', false, false);

CREATE FUNCTION @extschema@.hcc_import_claim(
	file_id bigint DEFAULT NULL, "position" bigint DEFAULT NULL, scope text DEFAULT NULL,
	record text DEFAULT NULL, member_system text DEFAULT NULL, member_id text DEFAULT NULL,
	member_key text DEFAULT NULL, mbi text DEFAULT NULL, relation text DEFAULT NULL,
	member_name text DEFAULT NULL, date_of_birth date DEFAULT NULL, sex text DEFAULT NULL,
	date_of_death date DEFAULT NULL, claim_system text DEFAULT NULL, claim_id text DEFAULT NULL,
	claim_key text DEFAULT NULL, control_number text DEFAULT NULL, replaces text DEFAULT NULL,
	replaces_control_number text DEFAULT NULL, status text DEFAULT NULL,
	record_source text DEFAULT NULL, record_action text DEFAULT NULL,
	claim_type text DEFAULT NULL, bill_type text DEFAULT NULL, frequency_code text DEFAULT NULL,
	place_of_service text DEFAULT NULL, service_from date DEFAULT NULL,
	service_to date DEFAULT NULL, provider_npi text DEFAULT NULL,
	provider_role text DEFAULT NULL, rendering_npi text DEFAULT NULL,
	attending_npi text DEFAULT NULL, billing_npi text DEFAULT NULL,
	prescriber_npi text DEFAULT NULL, payer text DEFAULT NULL, contract_id text DEFAULT NULL,
	plan_id text DEFAULT NULL, denied boolean DEFAULT NULL, denied_code text DEFAULT NULL,
	cancelled_by text DEFAULT NULL, final boolean DEFAULT NULL, submission text DEFAULT NULL,
	submitted_at date DEFAULT NULL, known_at timestamptz DEFAULT NULL,
	diagnoses @extschema@.import_diagnosis[] DEFAULT NULL,
	lines @extschema@.import_line[] DEFAULT NULL,
	warnings @extschema@.import_finding[] DEFAULT NULL,
	refused @extschema@.import_finding[] DEFAULT NULL, attributes jsonb DEFAULT NULL)
	RETURNS @extschema@.import_claim
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT ROW(
		hcc_import_claim.file_id, hcc_import_claim."position", hcc_import_claim.scope,
		hcc_import_claim.record, hcc_import_claim.member_system, hcc_import_claim.member_id,
		hcc_import_claim.member_key, hcc_import_claim.mbi, hcc_import_claim.relation,
		hcc_import_claim.member_name, hcc_import_claim.date_of_birth, hcc_import_claim.sex,
		hcc_import_claim.date_of_death, hcc_import_claim.claim_system,
		hcc_import_claim.claim_id, hcc_import_claim.claim_key, hcc_import_claim.control_number,
		hcc_import_claim.replaces, hcc_import_claim.replaces_control_number,
		hcc_import_claim.status, hcc_import_claim.record_source, hcc_import_claim.record_action,
		hcc_import_claim.claim_type, hcc_import_claim.bill_type,
		hcc_import_claim.frequency_code, hcc_import_claim.place_of_service,
		hcc_import_claim.service_from, hcc_import_claim.service_to,
		hcc_import_claim.provider_npi, hcc_import_claim.provider_role,
		hcc_import_claim.rendering_npi, hcc_import_claim.attending_npi,
		hcc_import_claim.billing_npi, hcc_import_claim.prescriber_npi, hcc_import_claim.payer,
		hcc_import_claim.contract_id, hcc_import_claim.plan_id, hcc_import_claim.denied,
		hcc_import_claim.denied_code, hcc_import_claim.cancelled_by, hcc_import_claim.final,
		hcc_import_claim.submission, hcc_import_claim.submitted_at, hcc_import_claim.known_at,
		hcc_import_claim.diagnoses, hcc_import_claim.lines, hcc_import_claim.warnings,
		hcc_import_claim.refused, hcc_import_claim.attributes
	)::@extschema@.import_claim;
END;
COMMENT ON FUNCTION @extschema@.hcc_import_claim(
	bigint, bigint, text, text, text, text, text, text, text, text, date, text, date, text,
	text, text, text, text, text, text, text, text, text, text, text, text, date, date, text,
	text, text, text, text, text, text, text, text, boolean, text, text, boolean, text, date,
	timestamptz, @extschema@.import_diagnosis[], @extschema@.import_line[],
	@extschema@.import_finding[], @extschema@.import_finding[], jsonb) IS
	'A row of a reader of claims, of which what is not named is NULL.';

CREATE FUNCTION @extschema@.hcc_import_person(
	file_id bigint DEFAULT NULL, "position" bigint DEFAULT NULL, scope text DEFAULT NULL,
	record text DEFAULT NULL, member_system text DEFAULT NULL, member_id text DEFAULT NULL,
	member_key text DEFAULT NULL, identifiers @extschema@.import_identifier[] DEFAULT NULL,
	subscriber boolean DEFAULT NULL, relation text DEFAULT NULL, member_name text DEFAULT NULL,
	action text DEFAULT NULL, reason text DEFAULT NULL, date_of_birth date DEFAULT NULL,
	sex text DEFAULT NULL, date_of_death date DEFAULT NULL, deceased boolean DEFAULT NULL,
	orec text DEFAULT NULL, crec text DEFAULT NULL, medicare_status text DEFAULT NULL,
	esrd text DEFAULT NULL, esrd_now boolean DEFAULT NULL, contract_id text DEFAULT NULL,
	plan_id text DEFAULT NULL, spans @extschema@.import_span[] DEFAULT NULL,
	months @extschema@.import_month[] DEFAULT NULL, known_at timestamptz DEFAULT NULL,
	warnings @extschema@.import_finding[] DEFAULT NULL,
	refused @extschema@.import_finding[] DEFAULT NULL, attributes jsonb DEFAULT NULL)
	RETURNS @extschema@.import_person
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT ROW(
		hcc_import_person.file_id, hcc_import_person."position", hcc_import_person.scope,
		hcc_import_person.record, hcc_import_person.member_system, hcc_import_person.member_id,
		hcc_import_person.member_key, hcc_import_person.identifiers,
		hcc_import_person.subscriber, hcc_import_person.relation, hcc_import_person.member_name,
		hcc_import_person.action, hcc_import_person.reason, hcc_import_person.date_of_birth,
		hcc_import_person.sex, hcc_import_person.date_of_death, hcc_import_person.deceased,
		hcc_import_person.orec, hcc_import_person.crec, hcc_import_person.medicare_status,
		hcc_import_person.esrd, hcc_import_person.esrd_now, hcc_import_person.contract_id,
		hcc_import_person.plan_id, hcc_import_person.spans, hcc_import_person.months,
		hcc_import_person.known_at, hcc_import_person.warnings, hcc_import_person.refused,
		hcc_import_person.attributes
	)::@extschema@.import_person;
END;
COMMENT ON FUNCTION @extschema@.hcc_import_person(
	bigint, bigint, text, text, text, text, text, @extschema@.import_identifier[], boolean,
	text, text, text, text, date, text, date, boolean, text, text, text, text, boolean, text,
	text, @extschema@.import_span[], @extschema@.import_month[], timestamptz,
	@extschema@.import_finding[], @extschema@.import_finding[], jsonb) IS
	'A row of a reader of persons, of which what is not named is NULL.';

CREATE FUNCTION @extschema@.hcc_findings(reasons text[], fields text[] DEFAULT NULL,
	"position" bigint DEFAULT NULL)
	RETURNS @extschema@.import_finding[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT array_agg(ROW(r.reason, hcc_findings.position, hcc_findings.fields[r.at])
		::@extschema@.import_finding ORDER BY r.at)
	FROM unnest(hcc_findings.reasons) WITH ORDINALITY r(reason, at)
	WHERE r.reason IS NOT NULL;
END;
COMMENT ON FUNCTION @extschema@.hcc_findings(text[], text[], bigint) IS
	'Those findings that there are, each with its field; NULL: there is none.';

CREATE FUNCTION @extschema@.hcc_cms_diagnosis(code text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN NULLIF(upper(replace(replace(code, '.', ''), ' ', '')), '');
COMMENT ON FUNCTION @extschema@.hcc_cms_diagnosis(text) IS
	'A diagnosis code as a file has it, in upper case without dot and blanks; NULL: none.';

CREATE FUNCTION @extschema@.hcc_cms_is_icd10(code text) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN COALESCE(code ~ '^[A-Z][0-9][0-9A-Z]{1,5}$', false);
COMMENT ON FUNCTION @extschema@.hcc_cms_is_icd10(text) IS
	'Whether a code has the shape of ICD-10-CM; ICD-9 codes of E and V have it, too.';

CREATE FUNCTION @extschema@.hcc_cms_icd_version(indicator text, service_date date) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE indicator WHEN '0' THEN '10' WHEN '9' THEN '9'
	ELSE CASE WHEN service_date < '2015-10-01'::date THEN '9' ELSE '10' END END;
COMMENT ON FUNCTION @extschema@.hcc_cms_icd_version(text, date) IS
	'10 or 9 by the version column of a file, 0 or 9; where that does not say, by the date.';

CREATE FUNCTION @extschema@.hcc_cms_npi(number text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN number ~ '^[0-9]{10}$' AND number <> '0000000000' THEN number END;
COMMENT ON FUNCTION @extschema@.hcc_cms_npi(text) IS
	'Ten digits that are not all zero, or NULL; the check digit is not looked at.';

CREATE FUNCTION @extschema@.hcc_cms_is_no_number(number text) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN COALESCE(number ~ '^[~0 ]*$', true);
COMMENT ON FUNCTION @extschema@.hcc_cms_is_no_number(text) IS
	'Whether a number is one of the ways to say that there is none: blank, ~ or zeros.';

CREATE FUNCTION @extschema@.hcc_cms_claim_type(claim_type_code text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN claim_type_code = '10' THEN 'home_health'
	WHEN claim_type_code IN ('20', '30') THEN 'snf'
	WHEN claim_type_code = '40' THEN 'outpatient'
	WHEN claim_type_code = '50' THEN 'hospice'
	WHEN claim_type_code IN ('60', '61', '62', '63', '64') THEN 'inpatient'
	WHEN claim_type_code IN ('71', '72') THEN 'professional'
	WHEN claim_type_code IN ('81', '82') THEN 'dme'
	WHEN claim_type_code IN ('01', '02', '03', '04') THEN 'pharmacy' END;
COMMENT ON FUNCTION @extschema@.hcc_cms_claim_type(text) IS
	'What a claim type code of NCH, CCLF and RIF means; NULL: nobody knows.';

CREATE FUNCTION @extschema@.hcc_cms_bill_type(facility text, class text, frequency text)
	RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN '0' || facility || class || COALESCE(frequency, '');
COMMENT ON FUNCTION @extschema@.hcc_cms_bill_type(text, text, text) IS
	'0 and the three characters, of which frequency may be missing; NULL: no two of them.';

CREATE FUNCTION @extschema@.hcc_cms_claim_denied(nonpayment_code text, carrier_denial_code text)
	RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN COALESCE(nonpayment_code <> 'P', false)
	OR COALESCE(carrier_denial_code !~ '^[1-9AB]$', false);
COMMENT ON FUNCTION @extschema@.hcc_cms_claim_denied(text, text) IS
	'By the reason for no payment of an institutional claim, the denial code of a carrier''s.';

CREATE FUNCTION @extschema@.hcc_cms_line_denied(processing_code text) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN COALESCE(processing_code NOT IN ('A', 'R', 'S'), false);
COMMENT ON FUNCTION @extschema@.hcc_cms_line_denied(text) IS
	'By the processing indicator of a carrier''s line; NULL: it is not denied.';

CREATE FUNCTION @extschema@.hcc_cms_is_hipps(revenue text) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN COALESCE(revenue IN ('0022', '0023', '0024'), false);
COMMENT ON FUNCTION @extschema@.hcc_cms_is_hipps(text) IS
	'Whether lines of a revenue center have HIPPS codes where others have HCPCS.';

CREATE FUNCTION @extschema@.hcc_cms_sex(code text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN code IN ('1', 'M') THEN 'M' WHEN code IN ('2', 'F') THEN 'F' END;
COMMENT ON FUNCTION @extschema@.hcc_cms_sex(text) IS 'F, M, or NULL: not known.';

CREATE FUNCTION @extschema@.hcc_cms_orec(code text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN code IN ('0', '1', '2', '3') THEN code END;
COMMENT ON FUNCTION @extschema@.hcc_cms_orec(text) IS
	'A reason for entitlement, or NULL: not known.';

CREATE FUNCTION @extschema@.hcc_cms_dual_status(code text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN code IN ('NA', '00', '0') THEN 'NA' WHEN code ~ '^(0?[1-9]|10)$'
	THEN lpad(code, 2, '0') END;
COMMENT ON FUNCTION @extschema@.hcc_cms_dual_status(text) IS
	'Two digits; NA: none; NULL: not known, which is not none.';

CREATE FUNCTION @extschema@.hcc_cms_esrd_now(medicare_status text) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN medicare_status IN ('11', '21', '31') THEN true
	WHEN medicare_status IN ('10', '20') THEN false END;
COMMENT ON FUNCTION @extschema@.hcc_cms_esrd_now(text) IS
	'Whether a Medicare status code says ESRD at that time; NULL: not known.';

CREATE FUNCTION @extschema@.hcc_cms_codes(diagnoses @extschema@.import_diagnosis[],
	OUT icd10 boolean, OUT icd9 boolean, OUT bad boolean)
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT COALESCE(bool_or(d.icd = '10' AND @extschema@.hcc_cms_is_icd10(d.code)), false),
		COALESCE(bool_or(d.icd = '9'), false),
		COALESCE(bool_or(d.icd = '10' AND NOT @extschema@.hcc_cms_is_icd10(d.code)), false)
	FROM unnest(hcc_cms_codes.diagnoses) d;
END;
COMMENT ON FUNCTION @extschema@.hcc_cms_codes(@extschema@.import_diagnosis[]) IS
	'Whether among diagnoses are ICD-10 codes, ICD-9 codes, and such as are neither.';
