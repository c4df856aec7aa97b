----------------------------------------------------------------------
-- From raw score to payment score
----------------------------------------------------------------------
CREATE FUNCTION @extschema@.raf_payment(diagnoses text[],
	who @extschema@.beneficiary, payment_year integer, program text DEFAULT 'MA',
	component text DEFAULT NULL, mce boolean DEFAULT true,
	allow_low_confidence boolean DEFAULT false, frailty numeric DEFAULT 0)
	RETURNS numeric
	AS 'MODULE_PATHNAME', 'raf_payment' LANGUAGE C STABLE PARALLEL SAFE COST 200;
COMMENT ON FUNCTION @extschema@.raf_payment(text[], @extschema@.beneficiary, integer, text, text,
	boolean, boolean, numeric) IS
	'Payment score of a person: the raw scores of the year''s models, normalized and blended.';
CREATE FUNCTION @extschema@.raf_payment(diagnoses @extschema@.icd10_set,
	who @extschema@.beneficiary, payment_year integer, program text DEFAULT 'MA',
	component text DEFAULT NULL, mce boolean DEFAULT true,
	allow_low_confidence boolean DEFAULT false, frailty numeric DEFAULT 0)
	RETURNS numeric
	AS 'MODULE_PATHNAME', 'raf_payment' LANGUAGE C STABLE PARALLEL SAFE COST 150;
COMMENT ON FUNCTION @extschema@.raf_payment(@extschema@.icd10_set, @extschema@.beneficiary, integer,
	text, text, boolean, boolean, numeric) IS
	'Payment score of a person: the raw scores of the year''s models, normalized and blended.';

CREATE FUNCTION @extschema@.raf_payment_explain(diagnoses text[],
	who @extschema@.beneficiary, payment_year integer, program text DEFAULT 'MA',
	INOUT component text DEFAULT NULL, mce boolean DEFAULT true,
	allow_low_confidence boolean DEFAULT false, frailty numeric DEFAULT 0,
	OUT model_version text, OUT calibration text, OUT segment text, OUT hcc_list text[],
	OUT demographic_score numeric, OUT disease_score numeric, OUT interaction_score numeric,
	OUT raw_score numeric, OUT normalization_factor numeric, OUT normalized_score numeric,
	OUT coding_pattern_adjustment numeric, OUT adjusted_score numeric, OUT blend_weight numeric,
	OUT weighted_score numeric, OUT payment_score numeric, OUT is_leading boolean,
	OUT provisional boolean)
	RETURNS SETOF record
	AS 'MODULE_PATHNAME', 'raf_payment_explain' LANGUAGE C STABLE PARALLEL SAFE COST 300 ROWS 2;
COMMENT ON FUNCTION @extschema@.raf_payment_explain(text[], @extschema@.beneficiary, integer,
	text, text, boolean, boolean, numeric) IS
	'Every step from raw to payment score, one row per model of the year''s blend.';
CREATE FUNCTION @extschema@.raf_payment_explain(diagnoses @extschema@.icd10_set,
	who @extschema@.beneficiary, payment_year integer, program text DEFAULT 'MA',
	INOUT component text DEFAULT NULL, mce boolean DEFAULT true,
	allow_low_confidence boolean DEFAULT false, frailty numeric DEFAULT 0,
	OUT model_version text, OUT calibration text, OUT segment text, OUT hcc_list text[],
	OUT demographic_score numeric, OUT disease_score numeric, OUT interaction_score numeric,
	OUT raw_score numeric, OUT normalization_factor numeric, OUT normalized_score numeric,
	OUT coding_pattern_adjustment numeric, OUT adjusted_score numeric, OUT blend_weight numeric,
	OUT weighted_score numeric, OUT payment_score numeric, OUT is_leading boolean,
	OUT provisional boolean)
	RETURNS SETOF record
	AS 'MODULE_PATHNAME', 'raf_payment_explain' LANGUAGE C STABLE PARALLEL SAFE COST 300 ROWS 2;
COMMENT ON FUNCTION @extschema@.raf_payment_explain(@extschema@.icd10_set, @extschema@.beneficiary,
	integer, text, text, boolean, boolean, numeric) IS
	'Every step from raw to payment score, one row per model of the year''s blend.';

CREATE FUNCTION @extschema@.beneficiary_change(who @extschema@.beneficiary,
	age integer DEFAULT NULL, dual_status text DEFAULT NULL, new_enrollee boolean DEFAULT NULL,
	snp boolean DEFAULT NULL, lti boolean DEFAULT NULL, low_income boolean DEFAULT NULL,
	esrd text DEFAULT NULL, graft_months integer DEFAULT NULL, segment text DEFAULT NULL)
	RETURNS @extschema@.beneficiary
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 5;
COMMENT ON FUNCTION @extschema@.beneficiary_change(@extschema@.beneficiary, integer, text, boolean,
	boolean, boolean, boolean, text, integer, text) IS
	'The same person with other values, as for a projection; NULL keeps a value.';

CREATE FUNCTION @extschema@.raf_member_months_step(state numeric[], score numeric, months integer)
	RETURNS numeric[]
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN CASE WHEN score IS NULL OR months IS NULL THEN state
		ELSE ARRAY[state[1] + score * months, state[2] + months] END;
COMMENT ON FUNCTION @extschema@.raf_member_months_step(numeric[], numeric, integer) IS
	'Support of the aggregate raf_member_months.';
CREATE FUNCTION @extschema@.raf_member_months_combine(a numeric[], b numeric[]) RETURNS numeric[]
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
	RETURN ARRAY[a[1] + b[1], a[2] + b[2]];
COMMENT ON FUNCTION @extschema@.raf_member_months_combine(numeric[], numeric[]) IS
	'Support of the aggregate raf_member_months.';
CREATE FUNCTION @extschema@.raf_member_months_final(state numeric[]) RETURNS numeric
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
	RETURN round(state[1] / NULLIF(state[2], 0), 3);
COMMENT ON FUNCTION @extschema@.raf_member_months_final(numeric[]) IS
	'Support of the aggregate raf_member_months.';
CREATE AGGREGATE @extschema@.raf_member_months(score numeric, months integer) (
	SFUNC = @extschema@.raf_member_months_step, STYPE = numeric[], INITCOND = '{0,0}',
	FINALFUNC = @extschema@.raf_member_months_final,
	COMBINEFUNC = @extschema@.raf_member_months_combine, PARALLEL = SAFE);
COMMENT ON AGGREGATE @extschema@.raf_member_months(numeric, integer) IS
	'Mean score weighted by member months, rounded to three decimals.';
