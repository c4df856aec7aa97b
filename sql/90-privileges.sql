----------------------------------------------------------------------
-- Reference data is public; who may change it is the DBA's decision.
----------------------------------------------------------------------
GRANT SELECT ON hcc_model, hcc_calibration, hcc_category, hcc_crosswalk, hcc_dx_edit, hcc_prerequisite,
	hcc_hierarchy, hcc_group, hcc_variable, hcc_interaction, hcc_segment, hcc_age_rule, hcc_coefficient,
	payment_component, payment_year_parameter, eligible_procedure, eligible_bill_type,
	hcc_recapture_policy, hcc_gap_event_kind, submission_deadline,
	icd10_code, encounter_modality, encounter_rule, visit_kind, unspecified_code, specificity_policy, two_way_rule, work_state TO PUBLIC;

-- pg_dump reads the sequence, whoever runs it.
GRANT SELECT ON SEQUENCE hcc_row_id TO PUBLIC;

-- What holds scores and dollars beside a report is for those whom it is granted to.
REVOKE EXECUTE ON FUNCTION recapture_gap_value, patient_gap_value, recapture_rate_value, awv_due_value, specificity_value,
	interaction_opportunity_value, two_way_value, panel_value, worklist_value FROM PUBLIC;
