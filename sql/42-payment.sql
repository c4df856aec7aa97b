----------------------------------------------------------------------
-- From raw score to payment score
----------------------------------------------------------------------
CREATE FUNCTION raf_payment(diagnoses text[], who beneficiary, payment_year integer,
	program text DEFAULT 'MA', component text DEFAULT 'part_c', mce boolean DEFAULT true,
	allow_low_confidence boolean DEFAULT false)
	RETURNS numeric
	AS 'MODULE_PATHNAME', 'raf_payment' LANGUAGE C STABLE PARALLEL SAFE COST 200;
COMMENT ON FUNCTION raf_payment(text[], beneficiary, integer, text, text, boolean, boolean) IS
	'Payment score: per model of the year''s blend round3(raw / normalization), round3(x (1 - coding-pattern adjustment)), round3(x weight); the sum. NULL diagnoses or beneficiary: NULL.';
CREATE FUNCTION raf_payment(diagnoses icd10_set, who beneficiary, payment_year integer,
	program text DEFAULT 'MA', component text DEFAULT 'part_c', mce boolean DEFAULT true,
	allow_low_confidence boolean DEFAULT false)
	RETURNS numeric
	AS 'MODULE_PATHNAME', 'raf_payment' LANGUAGE C STABLE PARALLEL SAFE COST 150;
COMMENT ON FUNCTION raf_payment(icd10_set, beneficiary, integer, text, text, boolean, boolean) IS
	'Payment score: per model of the year''s blend round3(raw / normalization), round3(x (1 - coding-pattern adjustment)), round3(x weight); the sum. NULL set or beneficiary: NULL.';

CREATE FUNCTION raf_payment_explain(diagnoses text[], who beneficiary, payment_year integer,
	program text DEFAULT 'MA', component text DEFAULT 'part_c', mce boolean DEFAULT true,
	allow_low_confidence boolean DEFAULT false,
	OUT model_version text, OUT calibration text, OUT segment text, OUT raw_score numeric,
	OUT normalization_factor numeric, OUT normalized_score numeric, OUT coding_pattern_adjustment numeric,
	OUT adjusted_score numeric, OUT blend_weight numeric, OUT weighted_score numeric)
	RETURNS SETOF record
	AS 'MODULE_PATHNAME', 'raf_payment_explain' LANGUAGE C STABLE PARALLEL SAFE COST 500 ROWS 2;
COMMENT ON FUNCTION raf_payment_explain(text[], beneficiary, integer, text, text, boolean, boolean) IS
	'The steps of raf_payment, one row per model of the blend; weighted_score adds up to the payment score.';
CREATE FUNCTION raf_payment_explain(diagnoses icd10_set, who beneficiary, payment_year integer,
	program text DEFAULT 'MA', component text DEFAULT 'part_c', mce boolean DEFAULT true,
	allow_low_confidence boolean DEFAULT false,
	OUT model_version text, OUT calibration text, OUT segment text, OUT raw_score numeric,
	OUT normalization_factor numeric, OUT normalized_score numeric, OUT coding_pattern_adjustment numeric,
	OUT adjusted_score numeric, OUT blend_weight numeric, OUT weighted_score numeric)
	RETURNS SETOF record
	AS 'MODULE_PATHNAME', 'raf_payment_explain' LANGUAGE C STABLE PARALLEL SAFE COST 500 ROWS 2;
COMMENT ON FUNCTION raf_payment_explain(icd10_set, beneficiary, integer, text, text, boolean, boolean) IS
	'The steps of raf_payment, one row per model of the blend; weighted_score adds up to the payment score.';
