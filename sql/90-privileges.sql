----------------------------------------------------------------------
-- Reference data is public; who may change it is the DBA's decision.
----------------------------------------------------------------------
GRANT SELECT ON
	@extschema@.hcc_model_change, @extschema@.hcc_model, @extschema@.hcc_calibration,
	@extschema@.hcc_category, @extschema@.hcc_crosswalk, @extschema@.hcc_dx_edit,
	@extschema@.hcc_prerequisite, @extschema@.hcc_hierarchy, @extschema@.hcc_group,
	@extschema@.hcc_variable, @extschema@.hcc_interaction, @extschema@.hcc_segment,
	@extschema@.hcc_age_rule, @extschema@.hcc_coefficient, @extschema@.payment_component,
	@extschema@.payment_year_parameter, @extschema@.eligible_procedure,
	@extschema@.eligible_bill_type, @extschema@.hcc_recapture_policy,
	@extschema@.hcc_gap_event_kind, @extschema@.submission_deadline, @extschema@.icd10_code,
	@extschema@.encounter_modality, @extschema@.encounter_rule, @extschema@.visit_kind,
	@extschema@.unspecified_code, @extschema@.specificity_policy, @extschema@.two_way_rule,
	@extschema@.work_state
TO PUBLIC;

-- pg_dump reads the sequence, whoever runs it.
GRANT SELECT ON SEQUENCE @extschema@.hcc_row_id TO PUBLIC;

-- What holds scores and dollars beside a report is for those whom it is granted to.
REVOKE EXECUTE ON FUNCTION @extschema@.recapture_gap_value(integer, text, timestamptz, text, text,
		text[], boolean, numeric, integer, name),
	@extschema@.patient_gap_value(uuid, integer, text, integer, text, integer, text, timestamptz,
		text, name),
	@extschema@.recapture_rate_value(integer, text, text, text, text, text, name),
	@extschema@.awv_due_value(integer, text, text, timestamptz, text, text, regclass, integer,
		name),
	@extschema@.specificity_value(integer, text, integer, boolean, text, text, text, timestamptz,
		text, text, text, name),
	@extschema@.interaction_opportunity_value(integer, text, text, timestamptz, text, text, text,
		name),
	@extschema@.two_way_value(integer, text, integer, text[], text, timestamptz, text, text, text,
		name),
	@extschema@.panel_value(integer, timestamptz, text, text, text, regclass, integer, name),
	@extschema@.worklist_value(integer, text, text, text, text, boolean, timestamptz, text, text,
		text, name)
FROM PUBLIC;
