----------------------------------------------------------------------
-- One pass, all models
----------------------------------------------------------------------
CREATE FUNCTION @extschema@.raf_scores(diagnoses @extschema@.icd10_set, who @extschema@.beneficiary,
	payment_year integer, programs text[] DEFAULT '{MA,MA-PD}', mce boolean DEFAULT true,
	OUT program text, OUT component text, OUT model_version text, OUT calibration text,
	OUT segment text, OUT raw_score numeric)
	RETURNS SETOF record
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE PARALLEL SAFE COST 300 ROWS 2;
COMMENT ON FUNCTION @extschema@.raf_scores(@extschema@.icd10_set, @extschema@.beneficiary, integer,
	text[], boolean) IS
	'Raw scores in every model by which the programs pay this person in the year.';

-- Not an overload of raf_scores, whose third argument is a year: an untyped
-- list would fit both.
CREATE FUNCTION @extschema@.raf_scores_of_models(diagnoses @extschema@.icd10_set,
	who @extschema@.beneficiary, models text[], payment_year integer DEFAULT NULL,
	mce boolean DEFAULT true)
	RETURNS numeric[]
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE PARALLEL SAFE COST 150;
COMMENT ON FUNCTION @extschema@.raf_scores_of_models(@extschema@.icd10_set, @extschema@.beneficiary,
	text[], integer, boolean) IS
	'Raw scores in these models, in their order, from one look at the diagnoses.';
