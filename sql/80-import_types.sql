----------------------------------------------------------------------
-- What every reader of a file yields, whatever the format: claims and persons
-- as the source has them, checked but not yet netted, and what is wrong with
-- them. A reader is pure; who is meant and what is loaded is for the panel.
----------------------------------------------------------------------
CREATE TYPE @extschema@.import_finding AS (
	reason text,
	"position" bigint,
	field text
);
COMMENT ON TYPE @extschema@.import_finding IS
	'What is wrong with a record: reason of import_reason, where, and in which field; no content.';
COMMENT ON COLUMN @extschema@.import_finding.position IS
	'Segment (X12) or line of the file, from 1; NULL: that of the record.';
COMMENT ON COLUMN @extschema@.import_finding.field IS
	'Name of the field in its format: DTP*472-03, CCLF5.CLM_FROM_DT, item[2].productOrService.';

CREATE TYPE @extschema@.import_diagnosis AS (
	seq integer,
	code text,
	icd text,
	role text,
	poa text,
	flag text
);
COMMENT ON TYPE @extschema@.import_diagnosis IS 'A diagnosis of a claim as its source has it.';
COMMENT ON COLUMN @extschema@.import_diagnosis.code IS 'Upper case, without dot and blanks.';
COMMENT ON COLUMN @extschema@.import_diagnosis.icd IS '10 or 9, by what the source says.';
COMMENT ON COLUMN @extschema@.import_diagnosis.role IS
	'principal, other, line, admitting, reason_for_visit, external_cause; NULL: not said.';
COMMENT ON COLUMN @extschema@.import_diagnosis.poa IS 'Present on admission: Y, N, U, W or 1.';
COMMENT ON COLUMN @extschema@.import_diagnosis.flag IS
	'add or delete where the source says so of single codes (MAO-004, RAPS); NULL: as the claim.';

CREATE TYPE @extschema@.import_line AS (
	line integer,
	code text,
	modifiers text[],
	revenue text,
	place_of_service text,
	service_from date,
	service_to date,
	pointers integer[],
	provider_npi text,
	ndc text,
	denied boolean,
	other_code text,
	other_system text
);
COMMENT ON TYPE @extschema@.import_line IS 'A service line of a claim.';
COMMENT ON COLUMN @extschema@.import_line.code IS 'HCPCS or CPT code; NULL: the line has none.';
COMMENT ON COLUMN @extschema@.import_line.revenue IS 'Four digits.';
COMMENT ON COLUMN @extschema@.import_line.pointers IS 'seq of the diagnoses that it is about.';
COMMENT ON COLUMN @extschema@.import_line.other_code IS
	'A code of another system: hipps, icd10-pcs, snomed, cdt, as other_system says.';

CREATE TYPE @extschema@.import_claim AS (
	file_id bigint,
	"position" bigint,
	scope text,
	record text,
	member_system text,
	member_id text,
	member_key text,
	mbi text,
	relation text,
	member_name text,
	date_of_birth date,
	sex text,
	date_of_death date,
	claim_system text,
	claim_id text,
	claim_key text,
	control_number text,
	replaces text,
	replaces_control_number text,
	status text,
	record_source text,
	record_action text,
	claim_type text,
	bill_type text,
	frequency_code text,
	place_of_service text,
	service_from date,
	service_to date,
	provider_npi text,
	provider_role text,
	rendering_npi text,
	attending_npi text,
	billing_npi text,
	prescriber_npi text,
	payer text,
	contract_id text,
	plan_id text,
	denied boolean,
	denied_code text,
	cancelled_by text,
	final boolean,
	submission text,
	submitted_at date,
	known_at timestamptz,
	diagnoses @extschema@.import_diagnosis[],
	lines @extschema@.import_line[],
	warnings @extschema@.import_finding[],
	refused @extschema@.import_finding[],
	attributes jsonb
);
COMMENT ON TYPE @extschema@.import_claim IS
	'A claim, encounter, chart review or condition as a reader found it, or what it refused.';
COMMENT ON COLUMN @extschema@.import_claim.file_id IS
	'The staged file; NULL when the reader was called on a text.';
COMMENT ON COLUMN @extschema@.import_claim.position IS
	'Where it begins: segment (X12, ISA is 1), line, or place in the bundle, from 1.';
COMMENT ON COLUMN @extschema@.import_claim.scope IS
	'claim; record, transaction or file: only what is refused of them, or said about them.';
COMMENT ON COLUMN @extschema@.import_claim.record IS
	'Kind and number of the record in its format: ST*0001, CCLF1, ExplanationOfBenefit.';
COMMENT ON COLUMN @extschema@.import_claim.member_system IS
	'Who gave member_id its meaning: mbi, bene_id, subscriber, or the system of the file.';
COMMENT ON COLUMN @extschema@.import_claim.member_key IS
	'What tells people with one member_id apart, as dependents; NULL: member_id alone does.';
COMMENT ON COLUMN @extschema@.import_claim.claim_key IS
	'What makes the claim one in claim_system: the same key is the same claim, sent again.';
COMMENT ON COLUMN @extschema@.import_claim.control_number IS
	'The number by which later records may name it besides claim_id (ICN, DCN).';
COMMENT ON COLUMN @extschema@.import_claim.replaces IS
	'The claim that it replaces, voids, or is linked to, as written.';
COMMENT ON COLUMN @extschema@.import_claim.status IS
	'original, replacement, void, adjusted, chart_review, chart_review_delete, denied, final ...';
COMMENT ON COLUMN @extschema@.import_claim.record_source IS
	'As in patient_diagnosis_hcc; chart_review: whether it is linked only the named record says.';
COMMENT ON COLUMN @extschema@.import_claim.record_action IS
	'add, delete, void, replace as in patient_diagnosis_hcc; none: a state that is not loaded.';
COMMENT ON COLUMN @extschema@.import_claim.claim_type IS
	'inpatient, outpatient, snf, home_health, hospice, institutional, professional, dme, '
	'pharmacy, dental, vision.';
COMMENT ON COLUMN @extschema@.import_claim.provider_role IS
	'Which one provider_npi is: rendering, attending, billing, prescriber, facility.';
COMMENT ON COLUMN @extschema@.import_claim.final IS
	'Of sources that carry all versions: whether this one remains; NULL: the panel nets.';
COMMENT ON COLUMN @extschema@.import_claim.known_at IS
	'When the source learned of it, if that decides which of two is later.';
COMMENT ON COLUMN @extschema@.import_claim.warnings IS 'What to tell though it is loaded.';
COMMENT ON COLUMN @extschema@.import_claim.refused IS
	'Why it cannot be loaded; NULL: it can. What was readable is there nevertheless.';
COMMENT ON COLUMN @extschema@.import_claim.attributes IS
	'What the source says besides, by its names; nothing is loaded from it.';

CREATE TYPE @extschema@.import_identifier AS (
	system text,
	value text,
	current boolean,
	valid_from date,
	valid_to date
);
COMMENT ON TYPE @extschema@.import_identifier IS
	'A number of a person: system mbi, medicaid, member, bene_id, or the source''s own.';
COMMENT ON COLUMN @extschema@.import_identifier.current IS
	'false: a former number of the same person; NULL: not said.';

CREATE TYPE @extschema@.import_span AS (
	kind text,
	action text,
	line text,
	contract_id text,
	plan_id text,
	span_from date,
	span_to date
);
COMMENT ON TYPE @extschema@.import_span IS
	'A time of a person: kind enrolment, hospice, part_a, part_b, part_d, medicaid, eligibility.';
COMMENT ON COLUMN @extschema@.import_span.line IS 'Line of insurance: HMO, HLT, PDG, DEN ...';
COMMENT ON COLUMN @extschema@.import_span.span_to IS
	'Last day; NULL: open. Before span_from: never in force.';

CREATE TYPE @extschema@.import_month AS (
	year integer,
	month integer,
	dual_status text,
	contract_id text,
	plan_id text,
	part_d_contract_id text,
	medicare_status text,
	buy_in text,
	hmo text,
	low_income boolean,
	lti boolean,
	hospice boolean,
	esrd text,
	graft_months integer,
	new_enrollee boolean,
	snp boolean,
	enrolled boolean
);
COMMENT ON TYPE @extschema@.import_month IS
	'A month of a person; NULL is not known, and leaves alone what is known.';
COMMENT ON COLUMN @extschema@.import_month.month IS '1 to 12, or 0: the whole year.';
COMMENT ON COLUMN @extschema@.import_month.dual_status IS 'Two digits; NA: none.';
COMMENT ON COLUMN @extschema@.import_month.enrolled IS
	'false: the contract takes the month back; NULL: as the month is there.';

CREATE TYPE @extschema@.import_person AS (
	file_id bigint,
	"position" bigint,
	scope text,
	record text,
	member_system text,
	member_id text,
	member_key text,
	identifiers @extschema@.import_identifier[],
	subscriber boolean,
	relation text,
	member_name text,
	action text,
	reason text,
	date_of_birth date,
	sex text,
	date_of_death date,
	deceased boolean,
	orec text,
	crec text,
	medicare_status text,
	esrd text,
	esrd_now boolean,
	contract_id text,
	plan_id text,
	spans @extschema@.import_span[],
	months @extschema@.import_month[],
	known_at timestamptz,
	warnings @extschema@.import_finding[],
	refused @extschema@.import_finding[],
	attributes jsonb
);
COMMENT ON TYPE @extschema@.import_person IS
	'A person, coverage or month of a person as a reader found it, or what it refused.';
COMMENT ON COLUMN @extschema@.import_person.scope IS
	'person; record, transaction or file: only what is refused of them, or said about them.';
COMMENT ON COLUMN @extschema@.import_person.identifiers IS
	'All numbers of the person that the record has, member_id among them or not.';
COMMENT ON COLUMN @extschema@.import_person.action IS
	'add, change, end, reinstate, correct, compare; NULL: the record says how things are.';
COMMENT ON COLUMN @extschema@.import_person.orec IS
	'Original reason for entitlement; NULL: not known, and no current reason in its place.';
COMMENT ON COLUMN @extschema@.import_person.esrd IS
	'Kind as in patient_demographic; esrd_now: ESRD at that time, its kind unknown.';
COMMENT ON COLUMN @extschema@.import_person.months IS
	'What is known by month; a month without a row is not known.';

CREATE TABLE @extschema@.import_reason (
	reason text PRIMARY KEY,
	of text NOT NULL
		CHECK (of IN ('file', 'transaction', 'record', 'claim', 'person', 'warning', 'state')),
	meaning text NOT NULL
);
COMMENT ON TABLE @extschema@.import_reason IS
	'Why something in a file is not loaded, or is loaded with a word.';
COMMENT ON COLUMN @extschema@.import_reason.of IS
	'The least that it refuses; warning: nothing; state: not an error, counted and not loaded.';
INSERT INTO @extschema@.import_reason (reason, of, meaning) VALUES
	('no_isa', 'file', 'does not begin with an X12 interchange'),
	('truncated', 'transaction', 'the envelope or file ends early'),
	('no_records', 'warning', 'there is no record in the file'),
	('bad_layout', 'file', 'not the layout that the format has'),
	('record_count', 'file', 'the file has another number of records than it says'),
	('bad_encoding', 'record', 'bytes that are no text of the format'),
	('too_long', 'record', 'longer than any record of the format can be'),
	('unsupported_transaction', 'transaction', 'of a kind or version that is not read'),
	('component_separator', 'claim', 'components with another separator than the ISA says'),
	('bad_json', 'record', 'no JSON'),
	('short_record', 'record', 'ends before the last field that is needed'),
	('not_input', 'record', 'a kind of record that nothing is loaded from'),
	('not_a_claim', 'record', 'a preauthorization, predetermination, or no claim at all'),
	('draft', 'record', 'not yet final at its source'),
	('not_adjudicated', 'record', 'not yet adjudicated'),
	('not_final', 'record', 'not the final action'),
	('superseded', 'record', 'a later record has taken its place'),
	('outcome_error', 'record', 'adjudication failed'),
	('delete_record', 'record', 'takes a record out'),
	('no_member_id', 'claim', 'says of nobody'),
	('unknown_member', 'claim', 'a number that patient_identifier does not have'),
	('no_claim_id', 'claim', 'has no number'),
	('no_date', 'claim', 'has no date of service'),
	('bad_date', 'claim', 'a date of service that is none'),
	('date_order', 'claim', 'ends before it begins'),
	('future_date', 'claim', 'in the future'),
	('no_diagnosis', 'claim', 'has no diagnosis that can be loaded'),
	('icd9', 'claim', 'has ICD-9 codes only'),
	('no_icd10', 'claim', 'has codes of other systems only'),
	('verification_refuted', 'claim', 'the diagnosis is refuted'),
	('verification_entered-in-error', 'claim', 'the diagnosis was entered in error'),
	('not_confirmed', 'claim', 'the diagnosis is not confirmed'),
	('encounter_cancelled', 'claim', 'the encounter is cancelled'),
	('encounter_entered-in-error', 'claim', 'the encounter was entered in error'),
	('encounter_planned', 'claim', 'the encounter is planned'),
	('bad_dob', 'person', 'no date of birth, or none that can be'),
	('unknown_sex', 'person', 'neither F nor M'),
	('identifier_conflict', 'person', 'its numbers are those of several patients'),
	('not_enrolled', 'state', 'not enrolled in the payment year'),
	('not_medicare', 'person', 'not enrolled in Medicare'),
	('se_count', 'warning', 'another number of segments, groups or sets than the trailer says'),
	('isa_length', 'warning', 'the interchange header has not 106 characters'),
	('test_data', 'warning', 'the interchange says that it is test data'),
	('clm05_qualifier', 'warning', 'the facility code is qualified as of the other claim type'),
	('sv1_in_institutional', 'warning', 'professional lines in an institutional claim'),
	('multiple_principal', 'warning', 'several principal diagnoses; the first is'),
	('bad_hi', 'warning', 'a diagnosis element without qualifier'),
	('bad_pointer', 'warning', 'a line points to a diagnosis that is not there'),
	('bad_diagnosis', 'warning', 'a code that is no ICD-10-CM code'),
	('dx_not_normal', 'warning', 'a code with dot or in lower case'),
	('hi_qualifier_case', 'warning', 'a qualifier in lower case'),
	('no_original_reference', 'warning', 'replaces or voids without naming what'),
	('no_original', 'warning', 'what it replaces, voids or is linked to is not here'),
	('frequency_X', 'warning', 'a frequency code of contractors, taken as given'),
	('bad_bill_type', 'warning', 'no complete bill type'),
	('unresolved_reference', 'warning', 'refers to what is not here'),
	('claim_not_eob', 'warning', 'a Claim, not its ExplanationOfBenefit'),
	('no_through_date', 'warning', 'has no last day; the greatest date was taken'),
	('icd_version_unknown', 'warning', 'which ICD is not said; taken by the date'),
	('cancellation_without_original', 'warning', 'cancels what is not here'),
	('ndc_padded', 'warning', 'a drug code was brought to eleven digits'),
	('sex_conflict', 'warning', 'two sexes'),
	('dob_conflict', 'warning', 'another date of birth than was known, or is said later'),
	('bad_npi', 'warning', 'a provider number that is no NPI'),
	('no_visit', 'warning', 'without an encounter'),
	('dependent_of_medicare', 'warning', 'a dependent, which Medicare has not'),
	('current_reason', 'warning', 'a current reason for entitlement, which is not the original'),
	('bad_value', 'warning', 'a value that its list has not; taken as unknown'),
	('void', 'state', 'voided'),
	('replaced', 'state', 'replaced'),
	('denied', 'state', 'denied'),
	('cancelled', 'state', 'cancelled');
GRANT SELECT ON @extschema@.import_reason TO PUBLIC;

CREATE TABLE @extschema@.import_format (
	format text PRIMARY KEY,
	what text NOT NULL,
	claims boolean NOT NULL,
	people boolean NOT NULL,
	keys_repeat boolean NOT NULL DEFAULT false,
	restates boolean NOT NULL DEFAULT false,
	replaces_codes boolean NOT NULL DEFAULT false
);
COMMENT ON TABLE @extschema@.import_format IS 'The formats that can be imported.';
COMMENT ON COLUMN @extschema@.import_format.claims IS 'Whether claims come out of it.';
COMMENT ON COLUMN @extschema@.import_format.people IS 'Whether persons come out of it.';
COMMENT ON COLUMN @extschema@.import_format.keys_repeat IS
	'Whether the same key twice in a file is two claims.';
COMMENT ON COLUMN @extschema@.import_format.restates IS
	'Whether a claim comes again under its key when it is denied, replaced or not final.';
COMMENT ON COLUMN @extschema@.import_format.replaces_codes IS
	'Whether a replacement tells of single codes, and leaves the others with what it replaces.';
GRANT SELECT ON @extschema@.import_format TO PUBLIC;

----------------------------------------------------------------------
-- Bytes
----------------------------------------------------------------------
CREATE FUNCTION @extschema@.import_lines(content bytea)
	RETURNS TABLE ("position" bigint, line bytea)
	AS 'MODULE_PATHNAME', 'import_lines' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE ROWS 10000;
COMMENT ON FUNCTION @extschema@.import_lines(bytea) IS
	'The lines of a file, without their ends; NULL: a line of more than 64 MB.';
CREATE FUNCTION @extschema@.import_lines(chunks refcursor)
	RETURNS TABLE ("position" bigint, line bytea)
	AS 'MODULE_PATHNAME', 'import_lines' LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE ROWS 10000;
COMMENT ON FUNCTION @extschema@.import_lines(refcursor) IS
	'The lines of a file whose pieces an open cursor gives, in order.';
CREATE FUNCTION @extschema@.import_text(bytes bytea) RETURNS text
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.import_text(bytea) IS
	'The text that bytes are in UTF-8; NULL: they are none, or not in the database''s encoding.';

----------------------------------------------------------------------
-- Numbers of our own for what sources have named
----------------------------------------------------------------------
CREATE FUNCTION @extschema@.import_hash(kind text, system text, value text) RETURNS bytea
LANGUAGE sql IMMUTABLE PARALLEL SAFE
-- lengths keep one pair of names from being another
RETURN pg_catalog.sha256(pg_catalog.convert_to(kind || ':'
	|| pg_catalog.length(system)::text || ':' || system || ':' || value, 'UTF8'));
COMMENT ON FUNCTION @extschema@.import_hash(text, text, text) IS
	'What identifiers are made of: a hash of what is named, who named it, and the name.';

-- In C, for a load asks for one or two for each row. Of a patient whose identifiers are
-- text it is system:value, else of 16 bytes of import_hash: a UUID of version 8 and
-- variant 10, 62 bits, or system:hexadecimal digits.
CREATE FUNCTION @extschema@.import_id(kind text, system text, value text, type regtype)
	RETURNS text
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.import_id(text, text, text, regtype) IS
	'The identifier of what a source has named, always the same; NULL: there is no room for one.';

-- The last argument says of which type identifiers are.
CREATE FUNCTION @extschema@.hcc_import_ids(system text, before text, codes text[], behind text,
	id uuid) RETURNS uuid[]
	AS 'MODULE_PATHNAME', 'hcc_import_ids_uuid' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.hcc_import_ids(text, text, text[], text, uuid) IS
	'Part of import_claims: import_id of the rows of a claim, where identifiers are UUIDs.';
CREATE FUNCTION @extschema@.hcc_import_ids(system text, before text, codes text[], behind text,
	id bigint) RETURNS bigint[]
	AS 'MODULE_PATHNAME', 'hcc_import_ids_bigint' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.hcc_import_ids(text, text, text[], text, bigint) IS
	'Part of import_claims: import_id of the rows of a claim, where identifiers are numbers.';
CREATE FUNCTION @extschema@.hcc_import_ids(system text, before text, codes text[], behind text,
	id integer) RETURNS integer[]
	AS 'MODULE_PATHNAME', 'hcc_import_ids_integer' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.hcc_import_ids(text, text, text[], text, integer) IS
	'Part of import_claims: NULL, for these identifiers are counted on.';
CREATE FUNCTION @extschema@.hcc_import_ids(system text, before text, codes text[], behind text,
	id text) RETURNS text[]
	AS 'MODULE_PATHNAME', 'hcc_import_ids_text' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.hcc_import_ids(text, text, text[], text, text) IS
	'Part of import_claims: import_id of the rows of a claim, where identifiers are texts.';

-- What a load takes out of the arrays of a claim. As sub-selects they were begun anew for each.
CREATE FUNCTION @extschema@.hcc_import_codes(diagnoses @extschema@.import_diagnosis[],
	roles text[]) RETURNS text[]
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.hcc_import_codes(@extschema@.import_diagnosis[], text[]) IS
	'Part of import_claims: the ICD-10 codes of a claim in given roles, each once, in order.';
CREATE FUNCTION @extschema@.hcc_import_flags(diagnoses @extschema@.import_diagnosis[],
	roles text[]) RETURNS text[]
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.hcc_import_flags(@extschema@.import_diagnosis[], text[]) IS
	'Part of import_claims: what the source says of these codes alone; NULL: of none anything.';
CREATE FUNCTION @extschema@.hcc_import_procedures(lines @extschema@.import_line[]) RETURNS text[]
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.hcc_import_procedures(@extschema@.import_line[]) IS
	'Part of import_claims: the procedures of the lines that were not denied, by line.';
CREATE FUNCTION @extschema@.hcc_import_modifiers(lines @extschema@.import_line[]) RETURNS text[]
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.hcc_import_modifiers(@extschema@.import_line[]) IS
	'Part of import_claims: the modifiers of each of these procedures, with blanks between them.';

CREATE FUNCTION @extschema@.import_is_mbi(value text) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN value ~ '^[0-9][A-Z][0-9A-Z][0-9][A-Z][0-9A-Z][0-9][A-Z]{2}[0-9]{2}$';
COMMENT ON FUNCTION @extschema@.import_is_mbi(text) IS
	'Whether a number has the shape of a Medicare beneficiary identifier, or of one for tests.';
