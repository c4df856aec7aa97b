----------------------------------------------------------------------
-- Shipped rows. @rows(NAME)@ is replaced at build time by the lines of
-- data/*/NAME.csv (or data/NAME.csv) as a subquery of text columns.
----------------------------------------------------------------------
INSERT INTO @extschema@.hcc_model (model_version, first_payment_year, last_payment_year, label,
	hcc_prefix, reference_segment, hierarchy_order, codes_through,
	is_default, source, custom, concurrent, checksum, fingerprint)
SELECT model_version, first_payment_year::int, last_payment_year::int, label,
	COALESCE(hcc_prefix, ''), reference_segment, hierarchy_order, codes_through::int,
	is_default::boolean, source, false, COALESCE(concurrent::boolean, false), checksum, fingerprint
FROM @rows(model)@;

INSERT INTO @extschema@.hcc_calibration
SELECT model_version, calibration, first_payment_year::int, last_payment_year::int,
	is_default::boolean, program, note, false
FROM @rows(calibration)@;

INSERT INTO @extschema@.hcc_category
SELECT model_version, hcc_code, label, is_payment::boolean, is_chronic::boolean, false,
	COALESCE(kind, 'hcc'), age_min::int, age_max::int
FROM @rows(category)@;

INSERT INTO @extschema@.hcc_coefficient
SELECT model_version, calibration, segment, variable, coefficient::numeric, false
FROM @rows(coefficient)@;

-- Of a crosswalk and an interaction, the coefficient in the reference segment
-- of the newest years is displayed; scoring does not read it.
CREATE FUNCTION @extschema@.hcc_reference_coefficient()
	RETURNS TABLE (model_version text, variable text, coefficient numeric, hcc_prefix text)
LANGUAGE sql STABLE ROWS 3000
BEGIN ATOMIC
	SELECT DISTINCT ON (k.model_version, k.variable)
		k.model_version, k.variable, k.coefficient, m.hcc_prefix
	FROM @extschema@.hcc_coefficient k
		JOIN @extschema@.hcc_model m
			ON m.model_version = k.model_version AND m.reference_segment = k.segment
		JOIN @extschema@.hcc_calibration c
			ON c.model_version = k.model_version AND c.calibration = k.calibration
	ORDER BY k.model_version, k.variable, c.last_payment_year DESC, m.last_payment_year DESC;
END;

-- MATERIALIZED, or the join is planned for tables of any size
WITH shown AS MATERIALIZED (
	SELECT g.model_version, g.hcc_code, g.label, k.coefficient
	FROM @extschema@.hcc_category g LEFT JOIN @extschema@.hcc_reference_coefficient() k
		ON k.model_version = g.model_version AND k.variable = k.hcc_prefix || g.hcc_code
)
INSERT INTO @extschema@.hcc_crosswalk
SELECT row_number() OVER (), d.model_version, d.icd10_code, d.hcc_code, s.label, s.coefficient,
	d.effective_year::int, d.expiry_year::int, false, false, d.valid_from::date, d.valid_to::date,
	d.mce_age_min::int, d.mce_age_max::int, d.age_min::int, d.age_max::int, d.sex
FROM @rows(crosswalk)@ d
	LEFT JOIN shown s ON s.model_version = d.model_version AND s.hcc_code = d.hcc_code;

-- Constraints after the rows: building an index is cheaper than growing it.
ALTER TABLE @extschema@.hcc_crosswalk ADD PRIMARY KEY (id);
ALTER TABLE @extschema@.hcc_crosswalk
	ADD UNIQUE NULLS NOT DISTINCT (model_version, icd10_code, hcc_code, effective_year);
CREATE INDEX ON @extschema@.hcc_crosswalk (model_version, hcc_code);
-- next to none, and each run asks for them several times
CREATE INDEX ON @extschema@.hcc_crosswalk (icd10_code)
	WHERE NOT upper(btrim(icd10_code)) ~ '^[A-Z][0-9][0-9A-Z.]+$';

INSERT INTO @extschema@.hcc_drug_crosswalk
SELECT row_number() OVER (), model_version, code_system, code, hcc_code, effective_year::int,
	expiry_year::int, false
FROM @rows(drug)@;
ALTER TABLE @extschema@.hcc_drug_crosswalk ADD PRIMARY KEY (id);
ALTER TABLE @extschema@.hcc_drug_crosswalk
	ADD UNIQUE NULLS NOT DISTINCT (model_version, code_system, code, hcc_code, effective_year);

INSERT INTO @extschema@.hcc_csr_factor
SELECT row_number() OVER (), model_version, payment_year::int, csr_variant, metal,
	factor::numeric, label, false
FROM @rows(csr_factor)@;

INSERT INTO @extschema@.hcc_dx_edit
SELECT row_number() OVER (), model_version, icd10_code, edit_kind, sex, age_min::int,
	age_max::int, action, hcc_code, effective_year::int, expiry_year::int, source, false
FROM @rows(dx_edit)@;

INSERT INTO @extschema@.hcc_prerequisite
SELECT row_number() OVER (), model_version, hcc_code, requires_any::text[], NULL, NULL, source,
	false
FROM @rows(prerequisite)@;

INSERT INTO @extschema@.hcc_hierarchy
SELECT row_number() OVER (), model_version, superior_hcc, subordinate_hcc, false
FROM @rows(hierarchy)@;

INSERT INTO @extschema@.hcc_group
SELECT model_version, group_name, hcc_codes::text[], false, COALESCE(replaces::boolean, false),
	family, rank::int, age_min::int, age_max::int, effective_year::int, expiry_year::int
FROM @rows(group)@;

INSERT INTO @extschema@.hcc_variable
SELECT row_number() OVER (), model_version, variable, kind, label, age_min::int, age_max::int,
	sex, requires::text[], forbids::text[], months_min::int, months_max::int, count_min::int,
	count_max::int, false, days_min::int, days_max::int
FROM @rows(variable)@;

INSERT INTO @extschema@.hcc_interaction
SELECT row_number() OVER (), d.model_version, d.interaction_name, d.hcc_combinations::text[],
	k.coefficient, false
FROM @rows(interaction)@ d
	LEFT JOIN @extschema@.hcc_reference_coefficient() k
		ON k.model_version = d.model_version AND k.variable = d.interaction_name;

INSERT INTO @extschema@.hcc_segment
SELECT row_number() OVER (), model_version, segment, priority::int, label, age_min::int,
	age_max::int, requires::text[], forbids::text[], months_min::int, months_max::int, adds,
	divided_by, false
FROM @rows(segment)@;

INSERT INTO @extschema@.hcc_age_rule
SELECT row_number() OVER (), model_version, age::int, orec, scored_age::int, applies_to,
	effective_year::int, expiry_year::int, source, false
FROM @rows(age_rule)@;

INSERT INTO @extschema@.payment_component
SELECT component, requires::text[], forbids::text[], takes_frailty::boolean, label, false
FROM @rows(payment_component)@;

INSERT INTO @extschema@.payment_year_parameter
SELECT row_number() OVER (), payment_year::int, program, component, model_version, calibration,
	normalization_factor::numeric, coding_pattern_adjustment::numeric, blend_weight::numeric,
	record_sources::text[], confidence, source_note, false
FROM @rows(payment_year_parameter)@;

INSERT INTO @extschema@.eligible_bill_type
SELECT bill_type, setting, procedure_required::boolean, note, false, COALESCE(program, '')
FROM @rows(eligible_bill_type)@;

INSERT INTO @extschema@.hcc_recapture_policy
SELECT policy, model_version, hcc_code, recapture_class, reason, source, false
FROM @rows(recapture_policy)@;

INSERT INTO @extschema@.hcc_gap_event_kind
SELECT event, effect, reason_required::boolean, label, refutes_before::boolean, false
FROM @rows(gap_event_kind)@;

INSERT INTO @extschema@.submission_deadline
SELECT payment_year::int, run, service_from::date, service_to::date, deadline::date,
	deadline_source, NULL, false
FROM @rows(submission_deadline)@;

INSERT INTO @extschema@.encounter_modality
SELECT row_number() OVER (), kind, code, modality, first_service_year::int,
	last_service_year::int, false
FROM @rows(encounter_modality)@;

INSERT INTO @extschema@.encounter_rule
SELECT row_number() OVER (), priority::int, verdict, claim_types::text[], claim_known::boolean,
	settings::text[], procedure_required::boolean, procedure_listed::boolean, in_year::boolean,
	record_states::text[], record_sources::text[], plan_switcher::boolean, modalities::text[],
	submissions::text[], declared_valid::boolean, code_valid::boolean, code_kinds::text[],
	after_death::boolean, in_future::boolean, first_payment_year::int, last_payment_year::int,
	programs::text[], note, source, false
FROM @rows(encounter_rule)@;

INSERT INTO @extschema@.record_word
SELECT kind, word, meaning, note, false
FROM @rows(record_word)@;

INSERT INTO @extschema@.visit_kind
SELECT kind, procedure_code, false
FROM @rows(visit_kind)@;

INSERT INTO @extschema@.unspecified_code
SELECT icd10_code, basis, family::text[], false
FROM @rows(unspecified_code)@;

INSERT INTO @extschema@.specificity_policy
SELECT policy, second_review_from::numeric, evidence_dates::int, false
FROM @rows(specificity_policy)@;

INSERT INTO @extschema@.two_way_rule
SELECT rule, icd10_prefixes::text[], without_inpatient::boolean, without_codes::text[],
	without_procedures::text[], without_kind, with_codes::text[], certainty, reason, source,
	false
FROM @rows(two_way_rule)@;

INSERT INTO @extschema@.work_state
SELECT kind, state, owner_role, next_states::text[], sla_days::int, reason_required::boolean,
	is_final::boolean, takes_back::boolean, due_days::int, false
FROM @rows(work_state)@;

INSERT INTO @extschema@.market_model
SELECT effective_year::int, expiry_year::int, model_version, false
FROM @rows(market_model)@;

INSERT INTO @extschema@.market_parameter
SELECT first_payment_year::int, last_payment_year::int, administrative_reduction::numeric,
	high_cost_threshold::numeric, high_cost_coinsurance::numeric, confidence, source, false
FROM @rows(market_parameter)@;

INSERT INTO @extschema@.market_metal
SELECT metal, risk_pool, actuarial_value::numeric, induced_demand_factor::numeric, false
FROM @rows(market_metal)@;

INSERT INTO @extschema@.market_age_factor
SELECT state, age::int, factor::numeric, false
FROM @rows(market_age_factor)@;

DROP FUNCTION @extschema@.hcc_reference_coefficient();

CREATE INDEX ON @extschema@.hcc_crosswalk (effective_year) WHERE provisional;

-- The compiler of models reads each table by model.
CREATE INDEX ON @extschema@.hcc_dx_edit (model_version);
CREATE INDEX ON @extschema@.hcc_prerequisite (model_version);
CREATE INDEX ON @extschema@.hcc_variable (model_version);
CREATE INDEX ON @extschema@.hcc_age_rule (model_version);

-- Without, the planner takes what is no code of ICD-10-CM for most of the table.
CREATE STATISTICS @extschema@.hcc_crosswalk_code
	ON (upper(btrim(icd10_code))) FROM @extschema@.hcc_crosswalk;

-- Queries that join these tables are planned badly until something analyzes
-- them; autovacuum may take its time. What no query asks is left to it.
ANALYZE @extschema@.hcc_model,
	@extschema@.hcc_calibration,
	@extschema@.hcc_category,
	@extschema@.hcc_crosswalk (model_version, icd10_code, hcc_code, effective_year, expiry_year),
	@extschema@.hcc_dx_edit,
	@extschema@.hcc_hierarchy,
	@extschema@.hcc_group,
	@extschema@.hcc_variable,
	@extschema@.hcc_interaction,
	@extschema@.hcc_segment,
	@extschema@.hcc_coefficient (model_version, calibration, segment, variable),
	@extschema@.payment_year_parameter;
