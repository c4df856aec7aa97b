----------------------------------------------------------------------
-- Reference data is public; who may change it is the DBA's decision.
----------------------------------------------------------------------
GRANT SELECT ON
	@extschema@.hcc_model_change, @extschema@.hcc_model, @extschema@.hcc_calibration,
	@extschema@.hcc_category, @extschema@.hcc_crosswalk, @extschema@.hcc_dx_edit,
	@extschema@.hcc_prerequisite, @extschema@.hcc_hierarchy, @extschema@.hcc_group,
	@extschema@.hcc_variable, @extschema@.hcc_interaction, @extschema@.hcc_segment,
	@extschema@.hcc_age_rule, @extschema@.hcc_coefficient,
	@extschema@.hcc_drug_crosswalk, @extschema@.hcc_csr_factor, @extschema@.payment_component,
	@extschema@.payment_year_parameter, @extschema@.eligible_procedure,
	@extschema@.eligible_bill_type, @extschema@.hcc_recapture_policy,
	@extschema@.hcc_gap_event_kind, @extschema@.submission_deadline, @extschema@.icd10_code,
	@extschema@.encounter_modality, @extschema@.encounter_rule, @extschema@.record_word,
	@extschema@.visit_kind,
	@extschema@.unspecified_code, @extschema@.specificity_policy, @extschema@.two_way_rule,
	@extschema@.work_state, @extschema@.market_model,
	@extschema@.market_discharge_status,
	@extschema@.market_parameter, @extschema@.market_metal,
	@extschema@.market_age_factor, @extschema@.hcc_panel_source
TO PUBLIC;

-- pg_dump reads the sequence, whoever runs it.
GRANT SELECT ON SEQUENCE @extschema@.hcc_row_id TO PUBLIC;
