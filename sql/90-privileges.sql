----------------------------------------------------------------------
-- Reference data is public; who may change it is the DBA's decision.
----------------------------------------------------------------------
GRANT SELECT ON hcc_model, hcc_calibration, hcc_category, hcc_crosswalk, hcc_dx_edit, hcc_prerequisite,
	hcc_hierarchy, hcc_group, hcc_variable, hcc_interaction, hcc_segment, hcc_age_rule, hcc_coefficient,
	payment_component, payment_year_parameter, eligible_procedure, eligible_bill_type TO PUBLIC;

-- pg_dump reads the sequence, whoever runs it.
GRANT SELECT ON SEQUENCE hcc_row_id TO PUBLIC;
