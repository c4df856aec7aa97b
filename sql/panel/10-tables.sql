-- The tables of a panel. A table or view of yours that is there already takes
-- the place of one of these, if it has its columns; a view need not have those
-- that nothing reads.

-- No column here has a type, default or check of the extension: DROP EXTENSION CASCADE would
-- take the column along. What is checked is what makes nonsense of a person; the rest is a
-- verdict of the readers, for a view checks nothing. The ends of lines count for setup:
-- "not read" may be missing in a view, "optional" in a table, too, and reads as NULL there.

-- known_at is part of the key, so that a correction is a row beside the one that it corrects,
-- and what was known at a time can be told afterwards.
CREATE TABLE @panel@.patient_demographic (
	patient_id @patient_id@ NOT NULL,
	payment_year integer NOT NULL,
	payment_month smallint NOT NULL DEFAULT 0 CHECK (payment_month BETWEEN 0 AND 12),
	date_of_birth date NOT NULL
		CHECK (payment_year - extract(year FROM date_of_birth) BETWEEN 0 AND 131),
	date_of_death date CHECK (date_of_death >= date_of_birth),
	-- as beneficiary() takes them
	sex text NOT NULL CHECK (sex ~* '^\s*(f|female|m|male|[12])\s*$'),	-- or a number
	orec text NOT NULL DEFAULT '0' CHECK (orec ~ '^\s*[0-3]?\s*$'),	-- or a number
	dual_status text CHECK (dual_status ~* '^\s*(0?\d|10|99|na)?\s*$'),
	new_enrollee boolean NOT NULL DEFAULT false,
	snp boolean NOT NULL DEFAULT false,
	lti boolean NOT NULL DEFAULT false,
	low_income boolean NOT NULL DEFAULT false,
	esrd text NOT NULL DEFAULT 'none'
		CHECK (esrd IN ('none', 'dialysis', 'transplant', 'graft')),
	graft_months integer CHECK (graft_months BETWEEN 0 AND 1200),
	graft_date date,
	hospice boolean NOT NULL DEFAULT false,
	plan_switcher boolean NOT NULL DEFAULT false,
	contract_id text,
	plan_id text,
	provider_npi text,
	enrolled_from date,
	enrolled_to date,
	enrolled_months smallint CHECK (enrolled_months BETWEEN 0 AND 12),
	medicaid_ne boolean,	-- optional
	medicaid_lti boolean,	-- optional
	segment text,	-- optional
	-- scores are whole thousandths; a fourth decimal would have to be rounded by somebody
	frailty numeric CHECK (abs(frailty) <= 10 AND scale(trim_scale(frailty)) <= 3),	-- optional
	msp_factor numeric CHECK (msp_factor BETWEEN 0 AND 1),	-- optional
	known_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (patient_id, payment_year, payment_month, known_at)
) @by_patient@;
COMMENT ON TABLE @panel@.patient_demographic IS
	'Who a patient is for the models, by payment year or month of it; of corrections the '
	'latest known counts.';
COMMENT ON COLUMN @panel@.patient_demographic.payment_month IS
	'1 to 12, or 0 for the whole year.';
COMMENT ON COLUMN @panel@.patient_demographic.graft_date IS
	'Date of the kidney transplant; gives graft_months where that is NULL.';
COMMENT ON COLUMN @panel@.patient_demographic.plan_switcher IS
	'Came from another Medicare Advantage organization: unlinked chart reviews count.';
COMMENT ON COLUMN @panel@.patient_demographic.provider_npi IS
	'The provider the patient is attributed to.';
COMMENT ON COLUMN @panel@.patient_demographic.enrolled_months IS
	'Months of enrolment in the payment year, for member-month means and dollars; NULL: 12.';
COMMENT ON COLUMN @panel@.patient_demographic.plan_id IS 'The plan within the contract (PBP).';
COMMENT ON COLUMN @panel@.patient_demographic.medicaid_ne IS
	'Medicaid in the payment year, which new enrollees are scored by; NULL: from dual_status.';
COMMENT ON COLUMN @panel@.patient_demographic.medicaid_lti IS
	'Medicaid as models of the institutionalized ask for it; NULL: from dual_status.';
COMMENT ON COLUMN @panel@.patient_demographic.segment IS
	'The segment to score by, whatever the other columns say; NULL: the one that they give.';
COMMENT ON COLUMN @panel@.patient_demographic.frailty IS
	'Frailty score, added to each model''s score after the coding adjustment; NULL: 0.';
COMMENT ON COLUMN @panel@.patient_demographic.msp_factor IS
	'What Medicare pays of the dollars as secondary payer; no score has it in it; NULL: 1.';
COMMENT ON COLUMN @panel@.patient_demographic.known_at IS 'When the database learned of it.';
-- These two are of the few who matter to the verdict of everybody's diagnoses: see
-- hcc_death and hcc_switcher, which would have to read the whole table for each window.
CREATE INDEX patient_demographic_death ON @panel@.patient_demographic
	(patient_id, payment_year) WHERE date_of_death IS NOT NULL;
CREATE INDEX patient_demographic_switcher ON @panel@.patient_demographic
	(payment_year, patient_id) WHERE plan_switcher;
-- Rows of years gone by, which come in the order of time, need not be read.
CREATE INDEX patient_demographic_year ON @panel@.patient_demographic
	USING brin (payment_year);

CREATE TABLE @panel@.patient_diagnosis_hcc (
	id @diagnosis_id@ NOT NULL @diagnosis_id_default@,
	patient_id @patient_id@ NOT NULL,
	encounter_id @encounter_id@,
	icd10_code text NOT NULL,
	diagnosis_date date NOT NULL,
	-- a stay over new year belongs to the year of its last day, so the first decides nothing
	service_from date,	-- not read
	provider_npi text,
	contract_id text,
	claim_type text,
	bill_type text,
	procedure_codes text[],
	modifiers text[],
	place_of_service text,
	record_source text NOT NULL DEFAULT 'encounter'
		CHECK (record_source IN ('encounter', 'linked_chart_review', 'unlinked_chart_review',
			'raps')),
	record_action text NOT NULL DEFAULT 'add'
		CHECK (record_action IN ('add', 'delete', 'void', 'replace')),
	linked_encounter_id @encounter_id@,
	frequency_code text,	-- optional
	code_system text,	-- optional
	discharge_status text,	-- optional
	submission text
		CHECK (submission IN ('in_review', 'not_submitted', 'submitted', 'accepted', 'rejected')),
	is_valid_encounter boolean NOT NULL DEFAULT true,
	-- What annotate_diagnoses writes is for the eye. Nothing reads it back: a rule that changes
	-- or a deletion that comes later would leave a stale answer in a score.
	verdict text,	-- not read
	included_in_raf boolean NOT NULL DEFAULT true,	-- not read
	hcc_code text,	-- not read
	hcc_description text,	-- not read
	coefficient numeric,	-- not read
	superseded_by_hcc text,	-- not read
	known_at timestamptz NOT NULL DEFAULT now(),
	created_at timestamptz NOT NULL DEFAULT now(),	-- not read
	PRIMARY KEY (@id_key@)
) @by_patient@;
COMMENT ON TABLE @panel@.patient_diagnosis_hcc IS
	'One row per documented diagnosis, with what the encounter filter reads of its record.';
COMMENT ON COLUMN @panel@.patient_diagnosis_hcc.diagnosis_date IS
	'Through date of the service: its year is the collection year.';
COMMENT ON COLUMN @panel@.patient_diagnosis_hcc.claim_type IS
	'professional, institutional, another; NULL: nothing is known of the claim, '
	'is_valid_encounter says whether it counts.';
COMMENT ON COLUMN @panel@.patient_diagnosis_hcc.procedure_codes IS
	'HCPCS codes of all lines of the record.';
COMMENT ON COLUMN @panel@.patient_diagnosis_hcc.modifiers IS
	'One element per procedure code, blanks between several modifiers; of another length: of '
	'the whole record.';
COMMENT ON COLUMN @panel@.patient_diagnosis_hcc.record_action IS
	'add, or what it takes back: delete one code, void or replace the whole record '
	'linked_encounter_id.';
COMMENT ON COLUMN @panel@.patient_diagnosis_hcc.frequency_code IS
	'How often the claim has been sent: 7 replaces and 8 voids what was sent before, as the '
	'last digit of a bill type does.';
COMMENT ON COLUMN @panel@.patient_diagnosis_hcc.code_system IS
	'Of which system the code is, as record_word has it; NULL: ICD-9 before 2015-10-01, then '
	'ICD-10.';
COMMENT ON COLUMN @panel@.patient_diagnosis_hcc.discharge_status IS
	'Of an inpatient claim, where the patient went: read where market_discharge_status has rows.';
COMMENT ON COLUMN @panel@.patient_diagnosis_hcc.submission IS
	'How far the record is on its way to CMS; NULL: as accepted.';
COMMENT ON COLUMN @panel@.patient_diagnosis_hcc.verdict IS
	'Filled by annotate_diagnoses: ok, or the first reason why the row does not count.';
COMMENT ON COLUMN @panel@.patient_diagnosis_hcc.included_in_raf IS
	'Filled by annotate_diagnoses: whether the row counts in the score of its payment year.';
COMMENT ON COLUMN @panel@.patient_diagnosis_hcc.known_at IS 'When the database learned of it.';
CREATE INDEX patient_diagnosis_hcc_patient ON @panel@.patient_diagnosis_hcc
	(patient_id, diagnosis_date);
-- Corrections: by what the record says, by how often the claim was sent, or by the last digit
-- of the bill type. hcc_correction repeats the condition word for word, or the planner would
-- not see that the index has it.
CREATE INDEX patient_diagnosis_hcc_taken_back ON @panel@.patient_diagnosis_hcc
	(patient_id) WHERE record_action <> 'add' OR @optional(frequency_code)@ ~ '[78]'
		OR bill_type ~ '[78][^1-9]*$';
-- what became known since the last run, of those who do not track changes
CREATE INDEX patient_diagnosis_hcc_known ON @panel@.patient_diagnosis_hcc
	(known_at);
CREATE INDEX patient_diagnosis_hcc_date ON @panel@.patient_diagnosis_hcc
	USING brin (diagnosis_date);

-- Its first columns are those that people know from such tables, in their order. run_id and
-- what follows it makes a row reproducible. id is in the key of a partitioned table only
-- because a key must hold what the table is partitioned by.
CREATE TABLE @panel@.patient_hcc_score (
	id uuid NOT NULL DEFAULT gen_random_uuid(),
	patient_id @patient_id@ NOT NULL,
	payment_year integer NOT NULL,
	data_collection_year integer NOT NULL,
	age integer,
	gender text,
	medicaid_status text,
	disabled_status boolean,
	institutional_status boolean,
	demographic_score numeric,
	hcc_list text[],
	disease_score numeric,
	interaction_score numeric,
	raf_score numeric,
	calculated_at timestamptz NOT NULL DEFAULT now(),
	run_id bigint,
	program text,
	component text,
	model_version text,
	calibration text,
	segment text,
	raw_score numeric,
	icd10_codes text[],
	beneficiary text,
	frailty numeric,
	payment_run text NOT NULL DEFAULT 'final',
	PRIMARY KEY (@id_key@),
	UNIQUE (patient_id, payment_year)
) @by_patient@;
COMMENT ON TABLE @panel@.patient_hcc_score IS
	'One row per patient and payment year: raf_score is the payment score, its parts are '
	'of the leading model.';
COMMENT ON COLUMN @panel@.patient_hcc_score.raf_score IS
	'The payment score; what raf_score() gives, a raw score, is raw_score.';
COMMENT ON COLUMN @panel@.patient_hcc_score.run_id IS
	'The run that found this result first; later runs that find the same leave the row alone.';
COMMENT ON COLUMN @panel@.patient_hcc_score.icd10_codes IS
	'The codes that counted and have an HCC; with beneficiary and model, raf_explain gives '
	'the score again.';
COMMENT ON COLUMN @panel@.patient_hcc_score.beneficiary IS
	'The person as scored, in the text form of the type beneficiary.';
COMMENT ON COLUMN @panel@.patient_hcc_score.frailty IS
	'The frailty score that raf_score has in it; 0 where the component takes none.';
COMMENT ON COLUMN @panel@.patient_hcc_score.payment_run IS
	'The payment run that it is of: the one in force when it was made.';
CREATE INDEX patient_hcc_score_hcc ON @panel@.patient_hcc_score
	USING gin (hcc_list);
-- Runs write a year at a time, and its rows lie together: reports read those blocks alone.
CREATE INDEX patient_hcc_score_year ON @panel@.patient_hcc_score
	USING brin (payment_year);

-- Before the final run of a year the initial or mid-year one is what is paid, and whoever asks
-- for a score means that. Which it is must not follow from which was computed last.
CREATE TABLE @panel@.hcc_payment_run_in_force (
	payment_year integer PRIMARY KEY,
	payment_run text NOT NULL CHECK (payment_run <> '')
);
COMMENT ON TABLE @panel@.hcc_payment_run_in_force IS
	'Of which payment run patient_hcc_score is in a payment year; without a row, of the final one.';

CREATE TABLE @panel@.patient_hcc_run_score (
	LIKE @panel@.patient_hcc_score INCLUDING DEFAULTS,
	PRIMARY KEY (patient_id, payment_year, payment_run)
) @by_patient@;
COMMENT ON TABLE @panel@.patient_hcc_run_score IS
	'Scores of the payment runs that are not in force: one row per patient, payment year and run.';

-- Nobody is left out without a word: who has a row in the demographics has one here or in
-- the scores.
CREATE TABLE @panel@.patient_hcc_unscored (
	patient_id @patient_id@ NOT NULL,
	payment_year integer NOT NULL,
	program text NOT NULL,
	reason text NOT NULL,
	advice text,
	run_id bigint,
	PRIMARY KEY (patient_id, payment_year, program)
) @by_patient@;
COMMENT ON TABLE @panel@.patient_hcc_unscored IS
	'Who is in the demographics of a payment year and could not be scored by a program, and why.';
COMMENT ON COLUMN @panel@.patient_hcc_unscored.advice IS
	'What to do: the column to correct, or the row to add.';
COMMENT ON COLUMN @panel@.patient_hcc_unscored.run_id IS 'The run that found it so.';

-- The contract is a column and no part of the key: a month has one at the most, and a month
-- that moves to another contract is then one row to update.
CREATE TABLE @panel@.patient_hcc_model_score (
	patient_id @patient_id@ NOT NULL,
	payment_year integer NOT NULL,
	payment_month smallint NOT NULL,
	contract_id text,
	program text NOT NULL,
	component text NOT NULL,
	model_version text NOT NULL,
	calibration text NOT NULL,
	segment text NOT NULL,
	hcc_list text[] NOT NULL,
	demographic_score numeric NOT NULL,
	disease_score numeric NOT NULL,
	interaction_score numeric NOT NULL,
	raw_score numeric NOT NULL,
	normalized_score numeric NOT NULL,
	adjusted_score numeric NOT NULL,
	blend_weight numeric NOT NULL,
	weighted_score numeric NOT NULL,
	run_id bigint,
	PRIMARY KEY (patient_id, payment_year, program, payment_month, component, model_version,
		calibration)
) @by_patient@;
COMMENT ON TABLE @panel@.patient_hcc_model_score IS
	'Scores by program, month and model of the blend, whose weighted_score adds up to the '
	'payment score.';
COMMENT ON COLUMN @panel@.patient_hcc_model_score.contract_id IS
	'The contract of the month, which a month has one of at most; NULL: none is known.';
CREATE INDEX patient_hcc_model_score_year ON @panel@.patient_hcc_model_score
	USING brin (payment_year);

-- No key: rows are added by runs alone, and are looked for by patient.
CREATE TABLE @panel@.patient_hcc_score_history (
	LIKE @panel@.patient_hcc_score,
	superseded_at timestamptz NOT NULL,
	superseded_by_run bigint NOT NULL
);
COMMENT ON TABLE @panel@.patient_hcc_score_history IS
	'Scores that a later run replaced; each was valid from calculated_at to superseded_at.';
CREATE INDEX patient_hcc_score_history_patient ON @panel@.patient_hcc_score_history
	(patient_id, payment_year, superseded_at);

CREATE TABLE @panel@.hcc_run (
	run_id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
	kind text NOT NULL CHECK (kind IN ('full', 'refresh')),
	payment_year integer NOT NULL,
	program text NOT NULL,
	parameters jsonb NOT NULL,
	status text NOT NULL
		CHECK (status IN ('running', 'done', 'failed', 'cancelled', 'abandoned')),
	stage text NOT NULL,
	started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
	finished_at timestamptz,
	started_by name NOT NULL DEFAULT session_user,
	pid integer NOT NULL DEFAULT pg_backend_pid(),
	known_at timestamptz,
	snapshot_at timestamptz,
	-- of what the run scored by; a later batch that finds another state of them fails
	fingerprints jsonb,
	patients bigint,
	patients_done bigint NOT NULL DEFAULT 0,
	-- a batch is a range of blocks of hcc_run_input: to resume, one number is enough
	next_block bigint NOT NULL DEFAULT 0,
	patients_unscored bigint,
	diagnoses jsonb,
	scores_added bigint,
	scores_changed bigint,
	scores_unchanged bigint,
	scores_removed bigint,
	seconds jsonb NOT NULL DEFAULT '{}',
	sqlstate text,
	error text
);
COMMENT ON TABLE @panel@.hcc_run IS
	'One row per scoring run: what it was asked, what it saw, how far it came.';
COMMENT ON COLUMN @panel@.hcc_run.snapshot_at IS
	'The run sees what was committed at this moment, and nothing later.';
COMMENT ON COLUMN @panel@.hcc_run.known_at IS
	'Only what was known at this moment counts; NULL: everything.';
COMMENT ON COLUMN @panel@.hcc_run.fingerprints IS
	'Of the models, payment parameters and encounter rules used.';
COMMENT ON COLUMN @panel@.hcc_run.diagnoses IS
	'How many diagnosis rows of the service window had which verdict.';
COMMENT ON COLUMN @panel@.hcc_run.patients_unscored IS
	'How many could not be scored; they are in patient_hcc_unscored.';
COMMENT ON COLUMN @panel@.hcc_run.seconds IS 'Duration of each stage.';

-- A queue without a state: a run deletes what it has taken, in the transaction that publishes
-- what came of it, so that a run that fails leaves its work to the next one.
CREATE TABLE @panel@.patient_hcc_change (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	patient_id @patient_id@,
	payment_year integer,
	changed_at timestamptz NOT NULL DEFAULT now(),
	passed_on boolean NOT NULL DEFAULT false
);
COMMENT ON TABLE @panel@.patient_hcc_change IS
	'Patients whose data changed since they were scored (NULL: all, or in all years), as '
	'track_changes notes it.';
COMMENT ON COLUMN @panel@.patient_hcc_change.passed_on IS
	'Whether the run of another year has passed it on to this one.';

-- The contract is in the key, and empty where there is none, since what one contract has
-- documented closes no gap of the next one: each submits for itself. Columns from coefficient
-- to captured_payment are values; reports for clinicians select none of them, so that nobody
-- is asked to document what pays.
CREATE TABLE @panel@.patient_hcc_gap (
	patient_id @patient_id@ NOT NULL,
	contract_id text NOT NULL DEFAULT '',
	model_version text NOT NULL,
	collection_year integer NOT NULL,
	payment_year integer NOT NULL,
	hcc_code text NOT NULL,
	gap_source text NOT NULL CHECK (gap_source IN ('historic', 'net_new', 'suspected')),
	label text,
	status text NOT NULL
		CHECK (status IN ('closed', 'downgraded', 'pending', 'documented_not_eligible', 'invalid',
			'open', 'net_new')),
	closure text CHECK (closure IN ('same', 'superseding', 'equivalent')),
	by_hcc text[],
	source_year integer,
	superseded_by text[],
	icd10_codes text[],
	recapture_class text NOT NULL,
	excluded text,
	reason text,
	base_date date,
	base_record_id @diagnosis_id@,
	base_npi text,
	evidence_date date,
	evidence_record_id @diagnosis_id@,
	evidence_npi text,
	provider_npi text,
	plan_id text,
	status_since timestamptz NOT NULL,
	enrolled_months smallint,
	coefficient numeric,
	value_raw numeric,
	value_payment numeric,
	terms_gained text[],
	joint_raw numeric,
	joint_payment numeric,
	closed_raw numeric,
	closed_payment numeric,
	captured_raw numeric,
	captured_payment numeric,
	run_id bigint,
	seen_since timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (patient_id, collection_year, contract_id, model_version, hcc_code, gap_source)
) @by_patient@;
COMMENT ON TABLE @panel@.patient_hcc_gap IS
	'The gaps as of the last refresh_gaps, by patient, contract, model, collection year '
	'and HCC.';
COMMENT ON COLUMN @panel@.patient_hcc_gap.contract_id IS
	'The contract that the gap is of; empty: of none.';
COMMENT ON COLUMN @panel@.patient_hcc_gap.gap_source IS
	'historic: documented in the look-back years; net_new: this year only, and nothing of its '
	'family before.';
COMMENT ON COLUMN @panel@.patient_hcc_gap.closure IS
	'Closed by the same HCC, one that supersedes it, or one below it that is worth as much.';
COMMENT ON COLUMN @panel@.patient_hcc_gap.by_hcc IS
	'The HCCs of this year that close it or stand below it.';
COMMENT ON COLUMN @panel@.patient_hcc_gap.source_year IS
	'The newest look-back year that has the HCC.';
COMMENT ON COLUMN @panel@.patient_hcc_gap.superseded_by IS
	'Other gaps above it; NULL: it is the top open gap of its family.';
COMMENT ON COLUMN @panel@.patient_hcc_gap.icd10_codes IS
	'The codes behind it: of the look-back years; net_new: of this year.';
COMMENT ON COLUMN @panel@.patient_hcc_gap.excluded IS
	'NULL: in scope; else why not: delete_list, acute, other_model, or of the patient '
	'deceased, disenrolled, hospice.';
COMMENT ON COLUMN @panel@.patient_hcc_gap.reason IS
	'Why documented_not_eligible, invalid or questioned, or new_enrollee, segment_assumed, '
	'model_change of its value.';
COMMENT ON COLUMN @panel@.patient_hcc_gap.base_record_id IS
	'The newest record of the look-back years that counts, with base_date and base_npi.';
COMMENT ON COLUMN @panel@.patient_hcc_gap.evidence_record_id IS
	'The first record of this year that closes it, or the newest that is pending or fails, '
	'with evidence_date and _npi.';
COMMENT ON COLUMN @panel@.patient_hcc_gap.provider_npi IS
	'The provider the patient is attributed to.';
COMMENT ON COLUMN @panel@.patient_hcc_gap.status_since IS 'When the gap came into this state.';
COMMENT ON COLUMN @panel@.patient_hcc_gap.enrolled_months IS
	'Months of the payment year that the contract is paid for, as far as known; NULL: 12.';
COMMENT ON COLUMN @panel@.patient_hcc_gap.value_raw IS
	'What closing it adds to the raw score, or, if closed, adds now; may be zero or negative.';
COMMENT ON COLUMN @panel@.patient_hcc_gap.joint_raw IS
	'What closing all open ones of the patient together adds: the same on each of the '
	'patient''s rows.';
COMMENT ON COLUMN @panel@.patient_hcc_gap.closed_raw IS
	'What those already closed add together: the same on each of the patient''s rows.';
COMMENT ON COLUMN @panel@.patient_hcc_gap.captured_raw IS
	'The score of what CMS has of this year, whoever submitted it: the same on each of the '
	'patient''s rows.';
COMMENT ON COLUMN @panel@.patient_hcc_gap.run_id IS 'The row of hcc_gap_run that found it so.';
COMMENT ON COLUMN @panel@.patient_hcc_gap.seen_since IS
	'Since when the whole row is as it is; what it was before is in patient_hcc_gap_history.';
CREATE INDEX patient_hcc_gap_year ON @panel@.patient_hcc_gap
	USING brin (collection_year);

CREATE TABLE @panel@.patient_hcc_gap_history (
	patient_id @patient_id@ NOT NULL,
	contract_id text NOT NULL,
	model_version text NOT NULL,
	collection_year integer NOT NULL,
	payment_year integer NOT NULL,
	hcc_code text NOT NULL,
	gap_source text NOT NULL,
	label text,
	status text NOT NULL,
	closure text,
	by_hcc text[],
	source_year integer,
	superseded_by text[],
	icd10_codes text[],
	recapture_class text,
	excluded text,
	reason text,
	base_date date,
	base_record_id @diagnosis_id@,
	base_npi text,
	evidence_date date,
	evidence_record_id @diagnosis_id@,
	evidence_npi text,
	provider_npi text,
	plan_id text,
	status_since timestamptz,
	enrolled_months smallint,
	coefficient numeric,
	value_raw numeric,
	value_payment numeric,
	terms_gained text[],
	joint_raw numeric,
	joint_payment numeric,
	closed_raw numeric,
	closed_payment numeric,
	captured_raw numeric,
	captured_payment numeric,
	valid_from timestamptz NOT NULL,
	valid_to timestamptz NOT NULL
);
COMMENT ON TABLE @panel@.patient_hcc_gap_history IS
	'The rows of patient_hcc_gap that a refresh replaced, each as it was from valid_from until '
	'before valid_to.';
COMMENT ON COLUMN @panel@.patient_hcc_gap_history.status_since IS
	'When the gap came into this state; what else a row says may have changed within it.';
CREATE INDEX patient_hcc_gap_history_patient ON @panel@.patient_hcc_gap_history
	(patient_id, collection_year, valid_to);

-- Only added to, as are the other tables of events below: an answer that was wrong is followed
-- by another one. occurred_at is the actor's, known_at ours; reports as of a time go by known_at.
CREATE TABLE @panel@.patient_hcc_gap_event (
	event_id uuid NOT NULL DEFAULT gen_random_uuid() PRIMARY KEY,
	patient_id @patient_id@ NOT NULL,
	contract_id text,
	model_version text NOT NULL,
	collection_year integer NOT NULL,
	hcc_code text NOT NULL,
	event text NOT NULL,
	reason text,
	actor text NOT NULL,
	occurred_at timestamptz NOT NULL DEFAULT clock_timestamp(),
	known_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE @panel@.patient_hcc_gap_event IS
	'What people answered about gaps and what was submitted; written by gap_event(), never '
	'changed.';
COMMENT ON COLUMN @panel@.patient_hcc_gap_event.contract_id IS
	'NULL: of every contract, as what a clinician says is.';
CREATE INDEX patient_hcc_gap_event_patient ON @panel@.patient_hcc_gap_event
	(patient_id, collection_year);

CREATE TABLE @panel@.hcc_gap_run (
	run_id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
	collection_year integer NOT NULL,
	payment_year integer NOT NULL,
	model_version text NOT NULL,
	parameters jsonb NOT NULL,
	fingerprints jsonb NOT NULL,
	seen_at timestamptz NOT NULL,
	started_by name NOT NULL DEFAULT session_user,
	finished_at timestamptz NOT NULL DEFAULT clock_timestamp(),
	gaps_added bigint NOT NULL,
	gaps_changed bigint NOT NULL,
	gaps_removed bigint NOT NULL,
	seconds jsonb NOT NULL,
	worklist_at timestamptz
);
COMMENT ON TABLE @panel@.hcc_gap_run IS
	'One row per refresh_gaps: what it was asked, what it saw, what it changed.';
COMMENT ON COLUMN @panel@.hcc_gap_run.seen_at IS
	'The time whose state of things the gaps show.';
COMMENT ON COLUMN @panel@.hcc_gap_run.fingerprints IS
	'Of the model, and of the encounter rules of each payment year used.';
COMMENT ON COLUMN @panel@.hcc_gap_run.seconds IS 'Duration of each stage.';
COMMENT ON COLUMN @panel@.hcc_gap_run.worklist_at IS
	'When refresh_worklist last made work items of these gaps; NULL: never.';

-- What a plan is paid for a score of 1 follows from its bid, so rates are the user's. Without
-- a row there are no dollars, rather than an average in their place.
CREATE TABLE @panel@.payment_rate (
	contract_id text NOT NULL DEFAULT '',
	payment_year integer NOT NULL,
	payment_month smallint NOT NULL DEFAULT 0 CHECK (payment_month BETWEEN 0 AND 12),
	rate numeric NOT NULL,
	source text NOT NULL,
	PRIMARY KEY (contract_id, payment_year, payment_month)
);
COMMENT ON TABLE @panel@.payment_rate IS
	'Dollars per month for a payment score of 1.000, by contract.';
COMMENT ON COLUMN @panel@.payment_rate.contract_id IS 'Empty: of gaps without a contract.';
COMMENT ON COLUMN @panel@.payment_rate.payment_month IS
	'1 to 12, or 0 for the months without a row of their own.';

-- One item a gap and not a row per visit or outreach: its events tell these. reason is in the
-- key, for an HCC can be looked at for two reasons, with different ends.
CREATE TABLE @panel@.patient_work_item (
	item_id uuid NOT NULL DEFAULT gen_random_uuid() PRIMARY KEY,
	kind text NOT NULL CHECK (kind IN ('gap', 'delete')),
	patient_id @patient_id@ NOT NULL,
	contract_id text NOT NULL DEFAULT '',
	model_version text NOT NULL,
	collection_year integer NOT NULL,
	hcc_code text NOT NULL,
	reason text NOT NULL DEFAULT '',
	label text,
	provider_npi text,
	state text NOT NULL,
	state_since timestamptz NOT NULL,
	owner_role text NOT NULL,
	owner text,
	channel text,
	due_date date,
	sla_due date,
	created_at timestamptz NOT NULL,
	value_raw numeric,
	value_payment numeric,
	UNIQUE (patient_id, collection_year, kind, contract_id, model_version, hcc_code, reason)
);
COMMENT ON TABLE @panel@.patient_work_item IS
	'What is to be done, by whom and until when: a gap to document, an HCC to look at and '
	'perhaps take back.';
COMMENT ON COLUMN @panel@.patient_work_item.reason IS
	'Of a deletion, as in two_way(); of a gap empty.';
COMMENT ON COLUMN @panel@.patient_work_item.due_date IS
	'Of a gap the end of the next service window, then the next deadline; of a deletion since '
	'it was confirmed.';
COMMENT ON COLUMN @panel@.patient_work_item.sla_due IS
	'Until when the present state should have ended, by work_state.sla_days.';

CREATE TABLE @panel@.patient_work_event (
	event_id uuid NOT NULL DEFAULT gen_random_uuid() PRIMARY KEY,
	item_id uuid NOT NULL,
	patient_id @patient_id@ NOT NULL,
	from_state text,
	to_state text NOT NULL,
	reason text,
	actor text NOT NULL,
	owner text,
	channel text,
	occurred_at timestamptz NOT NULL DEFAULT clock_timestamp(),
	known_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE @panel@.patient_work_event IS
	'Each change of a work item: who, when, from, to, why; written by work_item_event(), '
	'never changed.';
CREATE INDEX patient_work_event_item ON @panel@.patient_work_event
	(item_id, known_at);
CREATE INDEX patient_work_event_patient ON @panel@.patient_work_event
	(patient_id);

-- A sample can be drawn again before an auditor: its lots are hashes of seed and record.
CREATE TABLE @panel@.hcc_audit_sample (
	sample_id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
	sample_size integer NOT NULL,
	seed text NOT NULL,
	collection_year integer NOT NULL,
	parameters jsonb NOT NULL,
	known_at timestamptz NOT NULL,
	drawn_by name NOT NULL DEFAULT session_user
);
COMMENT ON TABLE @panel@.hcc_audit_sample IS
	'Random samples drawn for audits: with seed and known_at each can be drawn again.';

CREATE TABLE @panel@.patient_audit_finding (
	finding_id uuid NOT NULL DEFAULT gen_random_uuid() PRIMARY KEY,
	sample_id bigint NOT NULL,
	"position" bigint NOT NULL,
	patient_id @patient_id@ NOT NULL,
	provider_npi text,
	service_date date NOT NULL,
	icd10_code text NOT NULL,
	finding text NOT NULL CHECK (finding IN ('supported', 'not_supported', 'missed')),
	actor text NOT NULL,
	known_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE @panel@.patient_audit_finding IS
	'What auditors found of the codes of audit samples; written by audit_finding(), never changed.';
COMMENT ON COLUMN @panel@.patient_audit_finding.finding IS
	'supported, or not_supported, by the note of a code of the encounter; missed: the note has it.';
CREATE INDEX patient_audit_finding_patient ON @panel@.patient_audit_finding
	(patient_id);
