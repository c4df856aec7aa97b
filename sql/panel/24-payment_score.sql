-- The stored scores under names that say what they are: raf_score() is a raw score, the
-- column of that name a payment score

CREATE VIEW @panel@.patient_payment_score AS
SELECT s.patient_id, s.payment_year, s.program, s.component, s.raf_score AS payment_score,
	s.model_version AS leading_model, s.segment AS leading_segment,
	s.raw_score AS leading_raw_score, s.demographic_score AS leading_demographic_score,
	s.disease_score AS leading_disease_score, s.interaction_score AS leading_interaction_score,
	s.hcc_list AS leading_hccs, s.calculated_at, s.run_id
FROM @panel@.patient_hcc_score s;
COMMENT ON VIEW @panel@.patient_payment_score IS
	'Made by hccraf_setup: patient_hcc_score with names that tell payment from raw scores.';
