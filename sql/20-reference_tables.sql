----------------------------------------------------------------------
-- Reference tables: a model is rows
--
-- "custom" marks the rows that users add: pg_dump carries them, shipped rows
-- come back with CREATE EXTENSION. effective_year and expiry_year are the
-- first and last PAYMENT year of a row; NULL means no bound. What the columns
-- mean in full is in doc/reference.md.
----------------------------------------------------------------------
CREATE TABLE @extschema@.hcc_model (
	model_version text NOT NULL,
	first_payment_year integer NOT NULL,
	last_payment_year integer NOT NULL,
	label text,
	hcc_prefix text NOT NULL DEFAULT 'HCC',
	reference_segment text,
	hierarchy_order text NOT NULL DEFAULT 'simultaneous'
		CHECK (hierarchy_order IN ('sequential', 'simultaneous')),
	codes_through integer,
	is_default boolean NOT NULL DEFAULT false,
	source text,
	release_date date,
	checksum text,
	fingerprint text,
	custom boolean NOT NULL DEFAULT true,
	provisional boolean NOT NULL DEFAULT false CHECK (custom OR NOT provisional),
	concurrent boolean NOT NULL DEFAULT false,
	PRIMARY KEY (model_version, first_payment_year),
	CHECK (first_payment_year <= last_payment_year)
);
COMMENT ON TABLE @extschema@.hcc_model IS
	'A model in a range of payment years: what holds for all of it in those years.';
COMMENT ON COLUMN @extschema@.hcc_model.provisional IS
	'Whether hccraf_copy_year has made it of another year.';
COMMENT ON COLUMN @extschema@.hcc_model.concurrent IS
	'Whether diagnoses of the payment year itself score, by their dates; else of the year before.';
COMMENT ON COLUMN @extschema@.hcc_model.hcc_prefix IS
	'The variable of HCC 18 is this prefix followed by 18.';
COMMENT ON COLUMN @extschema@.hcc_model.reference_segment IS
	'The segment whose coefficients hcc_crosswalk and hcc_interaction display.';
COMMENT ON COLUMN @extschema@.hcc_model.hierarchy_order IS
	'Whether an HCC that is removed itself still removes others: simultaneous or sequential.';
COMMENT ON COLUMN @extschema@.hcc_model.codes_through IS
	'The last fiscal year whose new codes the tables map; NULL: all of their payment years.';
COMMENT ON COLUMN @extschema@.hcc_model.is_default IS
	'Whether it is the model where none is named, as by raf_score_agg(code, who).';
COMMENT ON COLUMN @extschema@.hcc_model.source IS 'Where the tables of these years come from.';
COMMENT ON COLUMN @extschema@.hcc_model.release_date IS
	'When these tables were released, if known.';
COMMENT ON COLUMN @extschema@.hcc_model.checksum IS
	'hccraf_checksum of the rows as released; hccraf_check_model compares.';
COMMENT ON COLUMN @extschema@.hcc_model.fingerprint IS
	'hccraf_fingerprint as released, in the first of these years that has coefficients.';

-- A model can be calibrated anew without a new crosswalk, and in one year differently for
-- kinds of plans, as Part D's are. So coefficients are by calibration, all else by model.
CREATE TABLE @extschema@.hcc_calibration (
	model_version text NOT NULL,
	calibration text NOT NULL,
	first_payment_year integer NOT NULL,
	last_payment_year integer NOT NULL,
	is_default boolean NOT NULL DEFAULT true,
	program text,
	note text,
	custom boolean NOT NULL DEFAULT true,
	provisional boolean NOT NULL DEFAULT false CHECK (custom OR NOT provisional),
	PRIMARY KEY (model_version, calibration, first_payment_year)
);
COMMENT ON TABLE @extschema@.hcc_calibration IS
	'Which set of coefficients of a model serves which payment years.';
COMMENT ON COLUMN @extschema@.hcc_calibration.provisional IS
	'Whether hccraf_copy_year has made it of another year.';

-- HCC codes are text, since those of the marketplace and of drugs have letters in them; where
-- order matters, as in a sequential hierarchy, numbers in them are compared as numbers.
CREATE TABLE @extschema@.hcc_category (
	model_version text NOT NULL,
	hcc_code text NOT NULL,
	label text,
	is_payment boolean NOT NULL DEFAULT true,
	is_chronic boolean,
	custom boolean NOT NULL DEFAULT true,
	kind text NOT NULL DEFAULT 'hcc' CHECK (kind IN ('hcc', 'drug')),
	age_min integer,
	age_max integer,
	PRIMARY KEY (model_version, hcc_code)
);
COMMENT ON TABLE @extschema@.hcc_category IS 'The HCCs of a model, with their labels.';
COMMENT ON COLUMN @extschema@.hcc_category.kind IS
	'hcc: of diagnoses; drug: of drugs and procedures, as hcc_drug_crosswalk says.';
COMMENT ON COLUMN @extschema@.hcc_category.age_min IS
	'Least age at which it counts; people of other ages lose it after the hierarchy.';

-- The start keeps custom rows, which a dump restores with their numbers, clear of those that
-- a later version ships.
CREATE SEQUENCE @extschema@.hcc_row_id START 10000000;
COMMENT ON SEQUENCE @extschema@.hcc_row_id IS
	'Numbers the rows that users add; shipped rows have smaller numbers.';

-- Its keys are added after its rows, as those of other large tables: building an index is
-- cheaper than growing it. That nobody is in two rows of one HCC, whose ranges of years, dates
-- and ages may overlap, no key can say: hccraf_check_model does.
CREATE TABLE @extschema@.hcc_crosswalk (
	id bigint NOT NULL DEFAULT nextval('@extschema@.hcc_row_id'),
	model_version text NOT NULL,
	icd10_code text NOT NULL,
	hcc_code text NOT NULL,
	hcc_description text,
	coefficient numeric,
	effective_year integer,
	expiry_year integer,
	custom boolean NOT NULL DEFAULT true,
	provisional boolean NOT NULL DEFAULT false CHECK (custom OR NOT provisional),
	-- of models that are concurrent, where a code can be valid for part of a year
	valid_from date,
	valid_to date,
	mce_age_min integer,
	mce_age_max integer,
	age_min integer,
	age_max integer,
	sex text CHECK (sex IN ('F', 'M'))
);
COMMENT ON TABLE @extschema@.hcc_crosswalk IS
	'Which diagnosis code gives which HCC in which payment years; a code may give several.';
COMMENT ON COLUMN @extschema@.hcc_crosswalk.provisional IS
	'Whether hccraf_copy_year has made it of another year.';
COMMENT ON COLUMN @extschema@.hcc_crosswalk.coefficient IS
	'The coefficient in the reference segment, for display; scored only without segments.';
COMMENT ON COLUMN @extschema@.hcc_crosswalk.effective_year IS
	'First payment year in which the row holds; NULL: always held.';
COMMENT ON COLUMN @extschema@.hcc_crosswalk.expiry_year IS
	'Last payment year in which the row holds; NULL: still holds.';

COMMENT ON COLUMN @extschema@.hcc_crosswalk.valid_from IS
	'First date of a diagnosis that the row holds for, where dates count; NULL: no bound.';
COMMENT ON COLUMN @extschema@.hcc_crosswalk.mce_age_min IS
	'Least age at diagnosis by the code editor, whose edits can be switched off.';
COMMENT ON COLUMN @extschema@.hcc_crosswalk.age_min IS
	'Least age of the person for whom the row holds; other rows of the code may hold for others.';
COMMENT ON COLUMN @extschema@.hcc_crosswalk.sex IS
	'The sex for which the row holds; NULL: both.';

CREATE TABLE @extschema@.hcc_drug_crosswalk (
	id bigint NOT NULL DEFAULT nextval('@extschema@.hcc_row_id'),
	model_version text NOT NULL,
	code_system text NOT NULL CHECK (code_system IN ('ndc', 'hcpcs')),
	code text NOT NULL,
	hcc_code text NOT NULL,
	effective_year integer,
	expiry_year integer,
	custom boolean NOT NULL DEFAULT true,
	provisional boolean NOT NULL DEFAULT false CHECK (custom OR NOT provisional)
);
COMMENT ON TABLE @extschema@.hcc_drug_crosswalk IS
	'Which drug or procedure code gives which category of kind drug in which payment years.';
COMMENT ON COLUMN @extschema@.hcc_drug_crosswalk.provisional IS
	'Whether hccraf_copy_year has made it of another year.';
COMMENT ON COLUMN @extschema@.hcc_drug_crosswalk.code IS
	'An NDC of eleven digits or letters, without hyphens, or a HCPCS code.';

-- Keyed by variant and metal: of some variants the factor is another for each metal, and a
-- metal that the variant is not of finds none, which is 1.00. custom is in the key, so that
-- a user's row stands beside the shipped one and leaves nothing behind when it goes.
CREATE TABLE @extschema@.hcc_csr_factor (
	id bigint PRIMARY KEY DEFAULT nextval('@extschema@.hcc_row_id'),
	model_version text NOT NULL,
	payment_year integer NOT NULL,
	csr_variant text NOT NULL CHECK (csr_variant ~ '^[0-9]{2}$'),
	metal text CHECK (metal IN ('platinum', 'gold', 'silver', 'bronze', 'catastrophic')),
	factor numeric NOT NULL,
	label text,
	custom boolean NOT NULL DEFAULT true,
	provisional boolean NOT NULL DEFAULT false CHECK (custom OR NOT provisional),
	UNIQUE NULLS NOT DISTINCT (model_version, payment_year, csr_variant, metal, custom)
);
COMMENT ON TABLE @extschema@.hcc_csr_factor IS
	'What scores are multiplied by for cost sharing; a custom row replaces the shipped one.';
COMMENT ON COLUMN @extschema@.hcc_csr_factor.provisional IS
	'Whether hccraf_copy_year has made it of another year.';
COMMENT ON COLUMN @extschema@.hcc_csr_factor.csr_variant IS
	'The last two characters of the plan''s HIOS id.';
COMMENT ON COLUMN @extschema@.hcc_csr_factor.metal IS
	'NULL: any metal without a row of its own.';

-- An edit is about a code and a person, never about two codes. That lets raf_score_agg turn
-- each code into HCCs as it arrives and forget it.
CREATE TABLE @extschema@.hcc_dx_edit (
	id bigint PRIMARY KEY DEFAULT nextval('@extschema@.hcc_row_id'),
	model_version text NOT NULL,
	icd10_code text NOT NULL,
	edit_kind text NOT NULL CHECK (edit_kind IN ('mandatory', 'mce')),
	sex text CHECK (sex IN ('F', 'M')),
	age_min integer,
	age_max integer,
	action text NOT NULL CHECK (action IN ('invalid', 'reassign')),
	hcc_code text,
	effective_year integer,
	expiry_year integer,
	source text,
	custom boolean NOT NULL DEFAULT true,
	provisional boolean NOT NULL DEFAULT false CHECK (custom OR NOT provisional),
	CHECK ((action = 'reassign') = (hcc_code IS NOT NULL))
);
COMMENT ON TABLE @extschema@.hcc_dx_edit IS
	'Age and sex edits on one diagnosis, applied before the hierarchy.';
COMMENT ON COLUMN @extschema@.hcc_dx_edit.provisional IS
	'Whether hccraf_copy_year has made it of another year.';
COMMENT ON COLUMN @extschema@.hcc_dx_edit.action IS
	'invalid: the diagnosis gives no HCC; reassign: it gives hcc_code instead; invalid wins.';

-- V28's heart assist device (223) counts beside heart failure only, and before the hierarchy:
-- alone it must drop nothing.
CREATE TABLE @extschema@.hcc_prerequisite (
	id bigint PRIMARY KEY DEFAULT nextval('@extschema@.hcc_row_id'),
	model_version text NOT NULL,
	hcc_code text NOT NULL,
	requires_any text[] NOT NULL,
	effective_year integer,
	expiry_year integer,
	source text,
	custom boolean NOT NULL DEFAULT true,
	provisional boolean NOT NULL DEFAULT false CHECK (custom OR NOT provisional)
);
COMMENT ON TABLE @extschema@.hcc_prerequisite IS
	'An HCC that counts only beside others, applied before the hierarchy.';
COMMENT ON COLUMN @extschema@.hcc_prerequisite.provisional IS
	'Whether hccraf_copy_year has made it of another year.';

-- No pair is inferred from two others. CMS's relation is not transitive everywhere, and its
-- software does not close it.
CREATE TABLE @extschema@.hcc_hierarchy (
	id bigint PRIMARY KEY DEFAULT nextval('@extschema@.hcc_row_id'),
	model_version text NOT NULL,
	superior_hcc text NOT NULL,
	subordinate_hcc text NOT NULL,
	custom boolean NOT NULL DEFAULT true,
	UNIQUE (model_version, superior_hcc, subordinate_hcc)
);
COMMENT ON TABLE @extschema@.hcc_hierarchy IS
	'An HCC that removes another when both are there; every pair is a row.';

CREATE TABLE @extschema@.hcc_group (
	model_version text NOT NULL,
	group_name text NOT NULL,
	hcc_codes text[] NOT NULL,
	custom boolean NOT NULL DEFAULT true,
	replaces boolean NOT NULL DEFAULT false,
	family text,
	rank integer,
	age_min integer,
	age_max integer,
	effective_year integer,
	expiry_year integer,
	provisional boolean NOT NULL DEFAULT false CHECK (custom OR NOT provisional),
	UNIQUE NULLS NOT DISTINCT (model_version, group_name, effective_year),
	CHECK ((family IS NULL) = (rank IS NULL))
);
COMMENT ON TABLE @extschema@.hcc_group IS
	'A name for "any of these HCCs is active after the hierarchy", for interactions and counts.';
COMMENT ON COLUMN @extschema@.hcc_group.provisional IS
	'Whether hccraf_copy_year has made it of another year.';
COMMENT ON COLUMN @extschema@.hcc_group.replaces IS
	'Whether it scores and counts, once, in the place of its HCCs.';
COMMENT ON COLUMN @extschema@.hcc_group.family IS
	'Of the groups of a family only the first, by rank, is 1; one without HCCs if no other is.';
COMMENT ON COLUMN @extschema@.hcc_group.age_min IS 'Least age of those who can have the group.';

CREATE TABLE @extschema@.hcc_variable (
	id bigint PRIMARY KEY DEFAULT nextval('@extschema@.hcc_row_id'),
	model_version text NOT NULL,
	variable text NOT NULL,
	kind text NOT NULL CHECK (kind IN ('demographic', 'new_enrollee', 'count', 'helper', 'addon',
		'divisor', 'enrollment')),
	label text,
	age_min integer,
	age_max integer,
	sex text CHECK (sex IN ('F', 'M')),
	requires text[],
	forbids text[],
	months_min integer,
	months_max integer,
	count_min integer,
	count_max integer,
	custom boolean NOT NULL DEFAULT true,
	days_min integer,
	days_max integer
);
COMMENT ON TABLE @extschema@.hcc_variable IS
	'When a variable that is no HCC and no interaction is 1: where all conditions of a row hold.';
COMMENT ON COLUMN @extschema@.hcc_variable.kind IS
	'helper variables have no coefficient and serve in hcc_interaction.';
COMMENT ON COLUMN @extschema@.hcc_variable.requires IS
	'Facts of the beneficiary that must hold, as doc/reference.md lists them.';
COMMENT ON COLUMN @extschema@.hcc_variable.forbids IS
	'Facts of the beneficiary that must not hold.';
COMMENT ON COLUMN @extschema@.hcc_variable.months_min IS 'Least months since transplant.';
COMMENT ON COLUMN @extschema@.hcc_variable.count_min IS 'Least number of active payment HCCs.';
COMMENT ON COLUMN @extschema@.hcc_variable.days_min IS
	'Least number of days enrolled in the payment year.';

CREATE TABLE @extschema@.hcc_interaction (
	id bigint PRIMARY KEY DEFAULT nextval('@extschema@.hcc_row_id'),
	model_version text NOT NULL,
	interaction_name text NOT NULL,
	hcc_combinations text[] NOT NULL,
	coefficient numeric,
	custom boolean NOT NULL DEFAULT true,
	UNIQUE (model_version, interaction_name)
);
COMMENT ON TABLE @extschema@.hcc_interaction IS
	'A variable that is 1 when all elements of hcc_combinations are.';
COMMENT ON COLUMN @extschema@.hcc_interaction.coefficient IS
	'As in hcc_crosswalk: for display; scored only without segments.';

-- priority in place of conditions that exclude each other: CMS's text reads "else if", too.
CREATE TABLE @extschema@.hcc_segment (
	id bigint PRIMARY KEY DEFAULT nextval('@extschema@.hcc_row_id'),
	model_version text NOT NULL,
	segment text NOT NULL,
	priority integer NOT NULL,
	label text,
	age_min integer,
	age_max integer,
	requires text[],
	forbids text[],
	months_min integer,
	months_max integer,
	adds text,
	divided_by text,
	custom boolean NOT NULL DEFAULT true,
	UNIQUE (model_version, priority)
);
COMMENT ON TABLE @extschema@.hcc_segment IS
	'Who is scored by which set of coefficients: the first row, by priority, that fits.';
COMMENT ON COLUMN @extschema@.hcc_segment.adds IS
	'Coefficients, of a segment that nobody is in, whose terms are added.';
COMMENT ON COLUMN @extschema@.hcc_segment.divided_by IS
	'Coefficients whose one term divides the sum, rounded to three decimals.';

CREATE TABLE @extschema@.hcc_age_rule (
	id bigint PRIMARY KEY DEFAULT nextval('@extschema@.hcc_row_id'),
	model_version text NOT NULL,
	age integer NOT NULL,
	orec text NOT NULL,
	scored_age integer NOT NULL,
	applies_to text NOT NULL CHECK (applies_to IN ('everything', 'segment', 'new enrollee')),
	effective_year integer,
	expiry_year integer,
	source text,
	custom boolean NOT NULL DEFAULT true,
	provisional boolean NOT NULL DEFAULT false CHECK (custom OR NOT provisional)
);
COMMENT ON TABLE @extschema@.hcc_age_rule IS 'People of an age and OREC who count as another age.';
COMMENT ON COLUMN @extschema@.hcc_age_rule.provisional IS
	'Whether hccraf_copy_year has made it of another year.';

CREATE TABLE @extschema@.hcc_coefficient (
	model_version text NOT NULL,
	calibration text NOT NULL,
	segment text NOT NULL,
	variable text NOT NULL,
	coefficient numeric NOT NULL,
	custom boolean NOT NULL DEFAULT true,
	PRIMARY KEY (model_version, calibration, segment, variable, custom)
);
COMMENT ON TABLE @extschema@.hcc_coefficient IS
	'What a variable adds to the raw score in a segment; a custom row replaces the shipped one.';

CREATE TABLE @extschema@.payment_component (
	component text PRIMARY KEY,
	requires text[],
	forbids text[],
	takes_frailty boolean NOT NULL DEFAULT false,
	label text,
	custom boolean NOT NULL DEFAULT true
);
COMMENT ON TABLE @extschema@.payment_component IS
	'What is paid by a score of its own, and for whom.';
COMMENT ON COLUMN @extschema@.payment_component.takes_frailty IS
	'Whether a frailty score may be added.';

CREATE TABLE @extschema@.payment_year_parameter (
	id bigint PRIMARY KEY DEFAULT nextval('@extschema@.hcc_row_id'),
	payment_year integer NOT NULL,
	program text NOT NULL,
	component text NOT NULL,
	model_version text NOT NULL,
	calibration text,
	normalization_factor numeric,
	coding_pattern_adjustment numeric NOT NULL DEFAULT 0,
	blend_weight numeric,
	record_sources text[] CHECK (record_sources <@ '{encounter,linked_chart_review,
		unlinked_chart_review,raps}' AND record_sources <> '{}'),
	confidence text NOT NULL DEFAULT 'high' CHECK (confidence IN ('high', 'medium', 'low')),
	source_note text,
	custom boolean NOT NULL DEFAULT true,
	provisional boolean NOT NULL DEFAULT false CHECK (custom OR NOT provisional),
	UNIQUE NULLS NOT DISTINCT (payment_year, program, component, model_version, calibration,
		custom, provisional)
);
COMMENT ON TABLE @extschema@.payment_year_parameter IS
	'From raw to payment score: a row per payment year, program, component and model.';
COMMENT ON COLUMN @extschema@.payment_year_parameter.provisional IS
	'Whether hccraf_copy_year has made it of another year.';
COMMENT ON COLUMN @extschema@.payment_year_parameter.calibration IS
	'NULL: the default of model and year.';
COMMENT ON COLUMN @extschema@.payment_year_parameter.program IS 'MA, PACE, MA-PD or PDP.';
COMMENT ON COLUMN @extschema@.payment_year_parameter.component IS 'A row of payment_component.';
COMMENT ON COLUMN @extschema@.payment_year_parameter.record_sources IS
	'The sources of records whose diagnoses this model takes; NULL: of all that count.';
COMMENT ON COLUMN @extschema@.payment_year_parameter.confidence IS
	'How sure the row is; a low one is used only when the caller allows it.';

CREATE TABLE @extschema@.eligible_procedure (
	service_year integer NOT NULL,
	procedure_code text NOT NULL,
	source text,
	custom boolean NOT NULL DEFAULT true,
	provisional boolean NOT NULL DEFAULT false CHECK (custom OR NOT provisional),
	program text NOT NULL DEFAULT '',
	PRIMARY KEY (service_year, procedure_code, program)
);
COMMENT ON TABLE @extschema@.eligible_procedure IS
	'CPT and HCPCS codes that make a claim count, by service year; empty until loaded.';
COMMENT ON COLUMN @extschema@.eligible_procedure.program IS
	'A program with bill types of its own, whose list this is; empty: of all others.';
COMMENT ON COLUMN @extschema@.eligible_procedure.provisional IS
	'Whether hccraf_copy_year has made it of another year.';

CREATE TABLE @extschema@.eligible_bill_type (
	bill_type text NOT NULL,
	setting text NOT NULL CHECK (setting IN ('inpatient', 'outpatient')),
	procedure_required boolean NOT NULL,
	note text,
	custom boolean NOT NULL DEFAULT true,
	program text NOT NULL DEFAULT '',
	PRIMARY KEY (program, bill_type)
);
COMMENT ON TABLE @extschema@.eligible_bill_type IS
	'Institutional bill types, by their first two digits or all three, whose diagnoses count.';
COMMENT ON COLUMN @extschema@.eligible_bill_type.program IS
	'A program that goes by these rows alone; empty: all programs without rows of their own.';

CREATE TABLE @extschema@.hcc_recapture_policy (
	policy text NOT NULL,
	model_version text NOT NULL,
	hcc_code text NOT NULL CHECK (hcc_code <> '' AND hcc_code !~ '\s'),
	recapture_class text NOT NULL CHECK (recapture_class IN ('chronic', 'lifelong', 'acute')),
	reason text,
	source text,
	custom boolean NOT NULL DEFAULT true,
	PRIMARY KEY (policy, model_version, hcc_code, custom)
);
COMMENT ON TABLE @extschema@.hcc_recapture_policy IS
	'Whether an HCC is expected again every year, by named policies.';
COMMENT ON COLUMN @extschema@.hcc_recapture_policy.recapture_class IS
	'chronic: expected every year; lifelong: a status that stays; acute: not a gap next year.';

CREATE TABLE @extschema@.hcc_gap_event_kind (
	event text PRIMARY KEY,
	effect text NOT NULL CHECK (effect IN ('invalid', 'reopen', 'delete', 'none')),
	reason_required boolean NOT NULL DEFAULT false,
	label text,
	refutes_before boolean NOT NULL DEFAULT false,
	custom boolean NOT NULL DEFAULT true
);
COMMENT ON TABLE @extschema@.hcc_gap_event_kind IS
	'What can be answered or reported about a recapture gap, and what follows from it.';
COMMENT ON COLUMN @extschema@.hcc_gap_event_kind.effect IS
	'Whether the gap is refuted (invalid), reopened or loses its ground (delete), or none.';

COMMENT ON COLUMN @extschema@.hcc_gap_event_kind.refutes_before IS
	'Whether what is invalid now was wrong before, too: of a condition that is over it was not.';

CREATE TABLE @extschema@.submission_deadline (
	payment_year integer NOT NULL,
	run text NOT NULL CHECK (run IN ('initial', 'midyear', 'final')),
	service_from date NOT NULL,
	service_to date NOT NULL CHECK (service_to >= service_from),
	deadline date NOT NULL,
	deadline_source text,
	confirmed_at date,
	custom boolean NOT NULL DEFAULT true,
	provisional boolean NOT NULL DEFAULT false CHECK (custom OR NOT provisional),
	PRIMARY KEY (payment_year, run, custom, provisional)
);
COMMENT ON TABLE @extschema@.submission_deadline IS
	'Until when diagnoses of which service dates can be submitted for a payment year.';
COMMENT ON COLUMN @extschema@.submission_deadline.provisional IS
	'Whether hccraf_copy_year has made it of another year.';
COMMENT ON COLUMN @extschema@.submission_deadline.confirmed_at IS
	'When somebody checked the date against the announcement of CMS; NULL: never.';

CREATE TABLE @extschema@.icd10_code (
	fiscal_year integer NOT NULL,
	icd10_code text NOT NULL,
	description text,
	custom boolean NOT NULL DEFAULT true,
	PRIMARY KEY (fiscal_year, icd10_code)
);
COMMENT ON TABLE @extschema@.icd10_code IS
	'Diagnosis codes valid in a fiscal year; empty until loaded.';
COMMENT ON COLUMN @extschema@.icd10_code.fiscal_year IS
	'Fiscal year 2026 is 1 October 2025 to 30 September 2026.';

CREATE TABLE @extschema@.encounter_modality (
	id bigint PRIMARY KEY DEFAULT nextval('@extschema@.hcc_row_id'),
	kind text NOT NULL CHECK (kind IN ('modifier', 'procedure', 'place_of_service')),
	code text NOT NULL,
	modality text NOT NULL CHECK (modality IN ('in_person', 'audio_video', 'telehealth',
		'audio_only', 'asynchronous')),
	first_service_year integer,
	last_service_year integer,
	custom boolean NOT NULL DEFAULT true,
	provisional boolean NOT NULL DEFAULT false CHECK (custom OR NOT provisional)
);
COMMENT ON TABLE @extschema@.encounter_modality IS
	'What tells how the patient was seen: a modifier, a procedure or a place of service.';
COMMENT ON COLUMN @extschema@.encounter_modality.provisional IS
	'Whether hccraf_copy_year has made it of another year.';
COMMENT ON COLUMN @extschema@.encounter_modality.modality IS
	'telehealth: nothing says whether with video or without.';

CREATE TABLE @extschema@.encounter_rule (
	id bigint PRIMARY KEY DEFAULT nextval('@extschema@.hcc_row_id'),
	priority integer NOT NULL,
	verdict text NOT NULL,
	claim_types text[],
	claim_known boolean,
	settings text[],
	procedure_required boolean,
	procedure_listed boolean,
	in_year boolean,
	record_states text[],
	record_sources text[],
	plan_switcher boolean,
	modalities text[],
	submissions text[],
	declared_valid boolean,
	code_valid boolean,
	code_kinds text[],
	after_death boolean,
	in_future boolean,
	first_payment_year integer,
	last_payment_year integer,
	programs text[],
	note text,
	source text,
	custom boolean NOT NULL DEFAULT true,
	provisional boolean NOT NULL DEFAULT false CHECK (custom OR NOT provisional)
);
COMMENT ON TABLE @extschema@.encounter_rule IS
	'Which records do not count, and why: the first row, by priority, whose conditions hold.';
COMMENT ON COLUMN @extschema@.encounter_rule.provisional IS
	'Whether hccraf_copy_year has made it of another year.';
COMMENT ON COLUMN @extschema@.encounter_rule.priority IS 'Rows of equal priority go by id.';
COMMENT ON COLUMN @extschema@.encounter_rule.verdict IS
	'Lower case letters, digits and underscores; ok accepts, and no later row is asked.';
COMMENT ON COLUMN @extschema@.encounter_rule.claim_types IS
	'professional, institutional, unknown, other, the name of another claim type, or unrecognized.';
COMMENT ON COLUMN @extschema@.encounter_rule.claim_known IS 'Whether a claim type is given.';
COMMENT ON COLUMN @extschema@.encounter_rule.settings IS
	'inpatient or outpatient, as eligible_bill_type says of a claim, or none.';
COMMENT ON COLUMN @extschema@.encounter_rule.procedure_required IS
	'As eligible_bill_type says of an institutional claim.';
COMMENT ON COLUMN @extschema@.encounter_rule.procedure_listed IS
	'Whether a procedure is in eligible_procedure for the service year.';
COMMENT ON COLUMN @extschema@.encounter_rule.in_year IS
	'Whether there is a service date that the caller does not call outside the year.';
COMMENT ON COLUMN @extschema@.encounter_rule.record_states IS
	'active, voided, deleted, or unrecognized.';
COMMENT ON COLUMN @extschema@.encounter_rule.record_sources IS
	'encounter, linked_chart_review, unlinked_chart_review, raps, or unrecognized.';
COMMENT ON COLUMN @extschema@.encounter_rule.plan_switcher IS
	'Whether the person changed from one MA organization to another.';
COMMENT ON COLUMN @extschema@.encounter_rule.modalities IS
	'How the patient was seen, as encounter_modality says.';
COMMENT ON COLUMN @extschema@.encounter_rule.submissions IS
	'accepted, submitted, in_review, not_submitted, rejected, or unrecognized.';
COMMENT ON COLUMN @extschema@.encounter_rule.declared_valid IS
	'Whether the data say that the encounter is valid.';
COMMENT ON COLUMN @extschema@.encounter_rule.code_valid IS
	'Whether icd10_code has the code in the fiscal year of the service.';
COMMENT ON COLUMN @extschema@.encounter_rule.code_kinds IS
	'icd10, not_a_code, or other_system: by the code system of the record, else by the date.';
COMMENT ON COLUMN @extschema@.encounter_rule.after_death IS
	'Whether the service ended after the patient had died.';
COMMENT ON COLUMN @extschema@.encounter_rule.in_future IS
	'Whether the service is later than the moment as of which is asked.';
COMMENT ON COLUMN @extschema@.encounter_rule.programs IS
	'The programs that the row is for; NULL: all.';

CREATE TABLE @extschema@.record_word (
	kind text NOT NULL CHECK (kind IN ('claim_type', 'code_system')),
	word text NOT NULL CHECK (word ~ '[A-Za-z0-9]'),
	meaning text NOT NULL,
	note text,
	custom boolean NOT NULL DEFAULT true,
	PRIMARY KEY (kind, word, custom)
);
COMMENT ON TABLE @extschema@.record_word IS
	'How files write claim types and code systems; only letters, in any case, and digits count.';
COMMENT ON COLUMN @extschema@.record_word.meaning IS
	'A claim type of encounter_rule, inpatient or outpatient; of a code system icd10 or another.';

CREATE TABLE @extschema@.visit_kind (
	kind text NOT NULL,
	procedure_code text NOT NULL,
	custom boolean NOT NULL DEFAULT true,
	PRIMARY KEY (kind, procedure_code)
);
COMMENT ON TABLE @extschema@.visit_kind IS
	'The procedure codes by which reports know a kind of visit.';

CREATE TABLE @extschema@.unspecified_code (
	icd10_code text PRIMARY KEY,
	basis text NOT NULL DEFAULT 'description' CHECK (basis IN ('list', 'description', 'sibling')),
	family text[],
	custom boolean NOT NULL DEFAULT true
);
COMMENT ON TABLE @extschema@.unspecified_code IS
	'Diagnosis codes for which a more specific one may be documented.';
COMMENT ON COLUMN @extschema@.unspecified_code.basis IS
	'description: its title says unspecified; list: more is often known; sibling: only '
	'others of its kind have an HCC.';
COMMENT ON COLUMN @extschema@.unspecified_code.family IS
	'How codes of the same clinical family begin; NULL: like its first three characters.';

CREATE TABLE @extschema@.specificity_policy (
	policy text NOT NULL,
	second_review_from numeric NOT NULL,
	evidence_dates integer NOT NULL,
	custom boolean NOT NULL DEFAULT true,
	PRIMARY KEY (policy, custom)
);
COMMENT ON TABLE @extschema@.specificity_policy IS
	'When a more specific code goes to a second review before anybody is asked.';

CREATE TABLE @extschema@.two_way_rule (
	rule text NOT NULL,
	icd10_prefixes text[] NOT NULL,
	without_inpatient boolean NOT NULL DEFAULT false,
	without_codes text[],
	without_procedures text[],
	without_kind text,
	with_codes text[],
	certainty text NOT NULL DEFAULT 'probable' CHECK (certainty IN ('potential', 'probable')),
	reason text NOT NULL,
	source text,
	custom boolean NOT NULL DEFAULT true,
	PRIMARY KEY (rule, custom)
);
COMMENT ON TABLE @extschema@.two_way_rule IS
	'Which counted diagnoses are looked at again because they are often wrong.';
COMMENT ON COLUMN @extschema@.two_way_rule.without_inpatient IS
	'Only if no inpatient claim of the year has one of them.';
COMMENT ON COLUMN @extschema@.two_way_rule.without_codes IS
	'Only if no diagnosis within twelve months begins so, as of a treatment.';
COMMENT ON COLUMN @extschema@.two_way_rule.without_procedures IS
	'Only if no HCPCS code within twelve months begins so, as of a treatment.';
COMMENT ON COLUMN @extschema@.two_way_rule.without_kind IS
	'Only if no procedure of this kind, as rows of visit_kind say, is within twelve months.';
COMMENT ON COLUMN @extschema@.two_way_rule.certainty IS
	'potential: worth a look; probable: more often wrong than not; people confirm it.';
COMMENT ON COLUMN @extschema@.two_way_rule.with_codes IS
	'Only if a diagnosis of the year begins so, as what contradicts.';

CREATE TABLE @extschema@.work_state (
	kind text NOT NULL CHECK (kind IN ('gap', 'delete')),
	state text NOT NULL,
	owner_role text NOT NULL,
	next_states text[] NOT NULL,
	sla_days integer,
	reason_required boolean NOT NULL DEFAULT false,
	is_final boolean NOT NULL DEFAULT false,
	takes_back boolean NOT NULL DEFAULT false,
	due_days integer,
	custom boolean NOT NULL DEFAULT true,
	PRIMARY KEY (kind, state, custom)
);
COMMENT ON TABLE @extschema@.work_state IS
	'The states of work items: whose turn it is, what may follow, and how soon.';
COMMENT ON COLUMN @extschema@.work_state.kind IS
	'gap: something to document; delete: something to take back.';
COMMENT ON COLUMN @extschema@.work_state.takes_back IS
	'Of a deletion: it is sure enough that no gap of a later year rests on what it takes back.';

COMMENT ON COLUMN @extschema@.work_state.due_days IS
	'Days from a deletion''s coming into this state until it is due; NULL: it is not.';

CREATE TABLE @extschema@.market_model (
	effective_year integer,
	expiry_year integer,
	model_version text NOT NULL,
	custom boolean NOT NULL DEFAULT true,
	UNIQUE NULLS NOT DISTINCT (effective_year, custom)
);
COMMENT ON TABLE @extschema@.market_model IS
	'The model of the marketplace by benefit year; a custom row goes before the shipped one.';
COMMENT ON COLUMN @extschema@.market_model.effective_year IS
	'The first benefit year of the row; NULL: no bound; of several rows, the latest holds.';
COMMENT ON COLUMN @extschema@.market_model.expiry_year IS
	'The last benefit year of the row; NULL: no bound.';

CREATE TABLE @extschema@.market_discharge_status (
	discharge_status text NOT NULL CHECK (discharge_status <> ''),
	effective_year integer,
	expiry_year integer,
	note text,
	custom boolean NOT NULL DEFAULT true,
	UNIQUE NULLS NOT DISTINCT (discharge_status, effective_year, custom)
);
COMMENT ON TABLE @extschema@.market_discharge_status IS
	'Discharge statuses with which inpatient claims of the marketplace count; no rows: with any.';
COMMENT ON COLUMN @extschema@.market_discharge_status.discharge_status IS
	'As on the claim; a leading zero may be missing on either side.';
COMMENT ON COLUMN @extschema@.market_discharge_status.effective_year IS
	'The first benefit year of the row; NULL: no bound.';
COMMENT ON COLUMN @extschema@.market_discharge_status.expiry_year IS
	'The last benefit year of the row; NULL: no bound.';

CREATE TABLE @extschema@.market_parameter (
	first_payment_year integer NOT NULL,
	last_payment_year integer NOT NULL CHECK (last_payment_year >= first_payment_year),
	administrative_reduction numeric NOT NULL CHECK (administrative_reduction BETWEEN 0 AND 1),
	high_cost_threshold numeric NOT NULL CHECK (high_cost_threshold >= 0),
	high_cost_coinsurance numeric NOT NULL CHECK (high_cost_coinsurance BETWEEN 0 AND 1),
	confidence text NOT NULL CHECK (confidence IN ('high', 'medium', 'low')),
	source text,
	custom boolean NOT NULL DEFAULT true,
	PRIMARY KEY (first_payment_year, custom)
);
COMMENT ON TABLE @extschema@.market_parameter IS
	'Figures of a benefit year that the marketplace''s transfer and its high-cost risk pool use.';
COMMENT ON COLUMN @extschema@.market_parameter.administrative_reduction IS
	'The part of the average premium that transfers leave out: 0.14 is 14 %.';

CREATE TABLE @extschema@.market_metal (
	metal text NOT NULL,
	risk_pool text NOT NULL,
	actuarial_value numeric NOT NULL CHECK (actuarial_value > 0),
	induced_demand_factor numeric NOT NULL CHECK (induced_demand_factor > 0),
	custom boolean NOT NULL DEFAULT true,
	PRIMARY KEY (metal, custom)
);
COMMENT ON TABLE @extschema@.market_metal IS
	'Actuarial value and induced demand of a metal, and the risk pool its plans are in.';

CREATE TABLE @extschema@.market_age_factor (
	state text NOT NULL,
	age integer NOT NULL CHECK (age >= 0),
	factor numeric NOT NULL CHECK (factor > 0),
	custom boolean NOT NULL DEFAULT true,
	PRIMARY KEY (state, age, custom)
);
COMMENT ON TABLE @extschema@.market_age_factor IS
	'Age rating factors: the federal default as state US, and those of states that differ.';
COMMENT ON COLUMN @extschema@.market_age_factor.age IS
	'Completed years; the last row of a state serves all ages above.';

-- pg_dump carries the rows that users add.
DO $$
DECLARE
	t text;
BEGIN
	PERFORM pg_catalog.pg_extension_config_dump('@extschema@.hcc_row_id', '');
	FOREACH t IN ARRAY ARRAY['hcc_model', 'hcc_calibration', 'hcc_category', 'hcc_crosswalk',
		'hcc_dx_edit', 'hcc_prerequisite', 'hcc_hierarchy', 'hcc_group', 'hcc_variable',
		'hcc_interaction', 'hcc_segment', 'hcc_age_rule', 'hcc_coefficient',
		'hcc_drug_crosswalk', 'hcc_csr_factor', 'payment_component',
		'payment_year_parameter', 'eligible_procedure', 'eligible_bill_type',
		'hcc_recapture_policy', 'hcc_gap_event_kind', 'submission_deadline', 'icd10_code',
		'encounter_modality', 'encounter_rule', 'record_word', 'visit_kind', 'unspecified_code',
		'specificity_policy', 'two_way_rule', 'work_state', 'market_model',
		'market_discharge_status', 'market_parameter', 'market_metal', 'market_age_factor']
	LOOP
		PERFORM pg_catalog.pg_extension_config_dump(format('@extschema@.%I', t)::regclass,
			'WHERE custom');
	END LOOP;
END
$$;
