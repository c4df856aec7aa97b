----------------------------------------------------------------------
-- Scores. Years are payment years; NULL model settings take the default:
-- the newest payment year of the model, the calibration in force, the
-- hierarchy order of the year.
----------------------------------------------------------------------
CREATE FUNCTION @extschema@.icd_to_hcc(icd10 text, model text DEFAULT 'V28', payment_year integer DEFAULT NULL)
	RETURNS text[]
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE PARALLEL SAFE COST 20;
COMMENT ON FUNCTION @extschema@.icd_to_hcc(text, text, integer) IS
	'The HCCs a diagnosis code gives before edits and hierarchy; empty for a code without mapping, NULL for NULL.';

CREATE FUNCTION @extschema@.icd_has_hcc(icd10 text, model text DEFAULT 'V28', payment_year integer DEFAULT NULL)
	RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE PARALLEL SAFE COST 5;
COMMENT ON FUNCTION @extschema@.icd_has_hcc(text, text, integer) IS
	'Whether a code gives any HCC in a model and payment year; a cheap filter for claims. NULL for NULL.';

CREATE FUNCTION @extschema@.apply_hierarchy(hccs text[], model text DEFAULT 'V28', payment_year integer DEFAULT NULL,
	hierarchy_order text DEFAULT NULL)
	RETURNS text[]
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE PARALLEL SAFE COST 50;
COMMENT ON FUNCTION @extschema@.apply_hierarchy(text[], text, integer, text) IS
	'The HCCs that remain after prerequisites and hierarchy, in order. An HCC the model does not have is an error.';

CREATE FUNCTION @extschema@.raf_score(diagnoses text[], who @extschema@.beneficiary, model text DEFAULT 'V28', payment_year integer DEFAULT NULL,
	calibration text DEFAULT NULL, mce boolean DEFAULT true, hierarchy_order text DEFAULT NULL)
	RETURNS numeric
	AS 'MODULE_PATHNAME', 'raf_score_array' LANGUAGE C STABLE PARALLEL SAFE COST 100;
COMMENT ON FUNCTION @extschema@.raf_score(text[], @extschema@.beneficiary, text, integer, text, boolean, text) IS
	'Raw risk score (before normalization). No diagnoses: the demographic score. NULL diagnoses or beneficiary: NULL.';

CREATE FUNCTION @extschema@.raf_score(diagnoses @extschema@.icd10_set, who @extschema@.beneficiary, model text DEFAULT 'V28', payment_year integer DEFAULT NULL,
	calibration text DEFAULT NULL, mce boolean DEFAULT true, hierarchy_order text DEFAULT NULL)
	RETURNS numeric
	AS 'MODULE_PATHNAME', 'raf_score_set' LANGUAGE C STABLE PARALLEL SAFE COST 50;
COMMENT ON FUNCTION @extschema@.raf_score(@extschema@.icd10_set, @extschema@.beneficiary, text, integer, text, boolean, text) IS
	'Raw risk score (before normalization). An empty set: the demographic score. NULL set or beneficiary: NULL.';

CREATE FUNCTION @extschema@.raf_score(diagnoses text[], age integer, sex text)
	RETURNS numeric
	LANGUAGE sql STABLE PARALLEL SAFE
	-- all arguments: a function of somebody else's could fit fewer as well
	RETURN @extschema@.raf_score(diagnoses, @extschema@.beneficiary(age, sex, '0'::text, NULL::text, false, false, false, false, 'none'::text,
		NULL::integer, NULL::boolean, NULL::boolean, NULL::text, NULL::text, NULL::text, NULL::integer),
		NULL::text, NULL::integer, NULL::text, true, NULL::text);
COMMENT ON FUNCTION @extschema@.raf_score(text[], integer, text) IS
	'Raw risk score of the default model in its newest payment year for a community, non-dual person, entitled by age.';

CREATE FUNCTION @extschema@.raf_agg_step(internal, text, @extschema@.beneficiary) RETURNS internal
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE PARALLEL SAFE;
CREATE FUNCTION @extschema@.raf_agg_step(internal, text, @extschema@.beneficiary, text) RETURNS internal
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE PARALLEL SAFE;
CREATE FUNCTION @extschema@.raf_agg_step(internal, text, @extschema@.beneficiary, text, integer) RETURNS internal
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE PARALLEL SAFE;
CREATE FUNCTION @extschema@.raf_agg_step(internal, text, @extschema@.beneficiary, text, integer, text) RETURNS internal
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE PARALLEL SAFE;
CREATE FUNCTION @extschema@.raf_agg_step(internal, text, @extschema@.beneficiary, text, integer, text, boolean) RETURNS internal
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE PARALLEL SAFE;
CREATE FUNCTION @extschema@.raf_agg_combine(internal, internal) RETURNS internal
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE PARALLEL SAFE;
CREATE FUNCTION @extschema@.raf_agg_serialize(internal) RETURNS bytea
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.raf_agg_deserialize(bytea, internal) RETURNS internal
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.raf_agg_final(internal) RETURNS numeric
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE PARALLEL SAFE COST 50;
COMMENT ON FUNCTION @extschema@.raf_agg_step(internal, text, @extschema@.beneficiary) IS 'aggregate transition function';
COMMENT ON FUNCTION @extschema@.raf_agg_step(internal, text, @extschema@.beneficiary, text) IS 'aggregate transition function';
COMMENT ON FUNCTION @extschema@.raf_agg_step(internal, text, @extschema@.beneficiary, text, integer) IS 'aggregate transition function';
COMMENT ON FUNCTION @extschema@.raf_agg_step(internal, text, @extschema@.beneficiary, text, integer, text) IS 'aggregate transition function';
COMMENT ON FUNCTION @extschema@.raf_agg_step(internal, text, @extschema@.beneficiary, text, integer, text, boolean) IS 'aggregate transition function';
COMMENT ON FUNCTION @extschema@.raf_agg_combine(internal, internal) IS 'aggregate combine function';
COMMENT ON FUNCTION @extschema@.raf_agg_serialize(internal) IS 'aggregate serial function';
COMMENT ON FUNCTION @extschema@.raf_agg_deserialize(bytea, internal) IS 'aggregate deserial function';
COMMENT ON FUNCTION @extschema@.raf_agg_final(internal) IS 'aggregate final function';

CREATE AGGREGATE @extschema@.raf_score(icd10_code text, who @extschema@.beneficiary) (
	SFUNC = @extschema@.raf_agg_step, STYPE = internal, SSPACE = 48,
	FINALFUNC = @extschema@.raf_agg_final, COMBINEFUNC = @extschema@.raf_agg_combine,
	SERIALFUNC = @extschema@.raf_agg_serialize, DESERIALFUNC = @extschema@.raf_agg_deserialize, PARALLEL = SAFE);
COMMENT ON AGGREGATE @extschema@.raf_score(text, @extschema@.beneficiary) IS
	'Raw risk score over rows of codes. NULL codes are ignored; all rows of a group must be about one beneficiary; NULL when no row names one.';
CREATE AGGREGATE @extschema@.raf_score(icd10_code text, who @extschema@.beneficiary, model text) (
	SFUNC = @extschema@.raf_agg_step, STYPE = internal, SSPACE = 48,
	FINALFUNC = @extschema@.raf_agg_final, COMBINEFUNC = @extschema@.raf_agg_combine,
	SERIALFUNC = @extschema@.raf_agg_serialize, DESERIALFUNC = @extschema@.raf_agg_deserialize, PARALLEL = SAFE);
COMMENT ON AGGREGATE @extschema@.raf_score(text, @extschema@.beneficiary, text) IS 'Raw risk score over rows of codes, in a model.';
CREATE AGGREGATE @extschema@.raf_score(icd10_code text, who @extschema@.beneficiary, model text, payment_year integer) (
	SFUNC = @extschema@.raf_agg_step, STYPE = internal, SSPACE = 48,
	FINALFUNC = @extschema@.raf_agg_final, COMBINEFUNC = @extschema@.raf_agg_combine,
	SERIALFUNC = @extschema@.raf_agg_serialize, DESERIALFUNC = @extschema@.raf_agg_deserialize, PARALLEL = SAFE);
COMMENT ON AGGREGATE @extschema@.raf_score(text, @extschema@.beneficiary, text, integer) IS 'Raw risk score over rows of codes, in a model and payment year.';
CREATE AGGREGATE @extschema@.raf_score(icd10_code text, who @extschema@.beneficiary, model text, payment_year integer, calibration text) (
	SFUNC = @extschema@.raf_agg_step, STYPE = internal, SSPACE = 48,
	FINALFUNC = @extschema@.raf_agg_final, COMBINEFUNC = @extschema@.raf_agg_combine,
	SERIALFUNC = @extschema@.raf_agg_serialize, DESERIALFUNC = @extschema@.raf_agg_deserialize, PARALLEL = SAFE);
COMMENT ON AGGREGATE @extschema@.raf_score(text, @extschema@.beneficiary, text, integer, text) IS 'Raw risk score over rows of codes, in a model, payment year and calibration.';
CREATE AGGREGATE @extschema@.raf_score(icd10_code text, who @extschema@.beneficiary, model text, payment_year integer, calibration text, mce boolean) (
	SFUNC = @extschema@.raf_agg_step, STYPE = internal, SSPACE = 48,
	FINALFUNC = @extschema@.raf_agg_final, COMBINEFUNC = @extschema@.raf_agg_combine,
	SERIALFUNC = @extschema@.raf_agg_serialize, DESERIALFUNC = @extschema@.raf_agg_deserialize, PARALLEL = SAFE);
COMMENT ON AGGREGATE @extschema@.raf_score(text, @extschema@.beneficiary, text, integer, text, boolean) IS
	'Raw risk score over rows of codes, in a model, payment year and calibration, with or without the code editor''s age edits.';

CREATE FUNCTION @extschema@.raf_segment(who @extschema@.beneficiary, model text DEFAULT 'V28', payment_year integer DEFAULT NULL)
	RETURNS text
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE PARALLEL SAFE COST 20;
COMMENT ON FUNCTION @extschema@.raf_segment(@extschema@.beneficiary, text, integer) IS 'The segment that the model''s rules choose for this person.';

CREATE FUNCTION @extschema@.raf_segment_fits(who @extschema@.beneficiary, model text DEFAULT 'V28', payment_year integer DEFAULT NULL)
	RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE PARALLEL SAFE COST 20;
COMMENT ON FUNCTION @extschema@.raf_segment_fits(@extschema@.beneficiary, text, integer) IS 'Whether the model has a segment for this person; where it has none, a score is an error.';

CREATE FUNCTION @extschema@.raf_marginal(diagnoses text[], who @extschema@.beneficiary, icd10 text, model text DEFAULT 'V28',
	payment_year integer DEFAULT NULL, calibration text DEFAULT NULL, mce boolean DEFAULT true)
	RETURNS numeric
	AS 'MODULE_PATHNAME', 'raf_marginal_code' LANGUAGE C STABLE PARALLEL SAFE COST 200;
COMMENT ON FUNCTION @extschema@.raf_marginal(text[], @extschema@.beneficiary, text, text, integer, text, boolean) IS
	'What one diagnosis code is worth to this person: raw score with it minus raw score without it; may be zero or negative.';
CREATE FUNCTION @extschema@.raf_marginal(diagnoses text[], who @extschema@.beneficiary, hccs text[], model text DEFAULT 'V28',
	payment_year integer DEFAULT NULL, calibration text DEFAULT NULL, mce boolean DEFAULT true)
	RETURNS numeric
	AS 'MODULE_PATHNAME', 'raf_marginal_hccs' LANGUAGE C STABLE PARALLEL SAFE COST 200;
COMMENT ON FUNCTION @extschema@.raf_marginal(text[], @extschema@.beneficiary, text[], text, integer, text, boolean) IS
	'What a set of HCCs is worth together: raw score with all of them minus raw score with none, put in before the hierarchy.';
CREATE FUNCTION @extschema@.raf_marginal(diagnoses @extschema@.icd10_set, who @extschema@.beneficiary, icd10 text, model text DEFAULT 'V28',
	payment_year integer DEFAULT NULL, calibration text DEFAULT NULL, mce boolean DEFAULT true)
	RETURNS numeric
	AS 'MODULE_PATHNAME', 'raf_marginal_code' LANGUAGE C STABLE PARALLEL SAFE COST 150;
COMMENT ON FUNCTION @extschema@.raf_marginal(@extschema@.icd10_set, @extschema@.beneficiary, text, text, integer, text, boolean) IS
	'What one diagnosis code is worth to this person: raw score with it minus raw score without it; may be zero or negative.';
CREATE FUNCTION @extschema@.raf_marginal(diagnoses @extschema@.icd10_set, who @extschema@.beneficiary, hccs text[], model text DEFAULT 'V28',
	payment_year integer DEFAULT NULL, calibration text DEFAULT NULL, mce boolean DEFAULT true)
	RETURNS numeric
	AS 'MODULE_PATHNAME', 'raf_marginal_hccs' LANGUAGE C STABLE PARALLEL SAFE COST 150;
COMMENT ON FUNCTION @extschema@.raf_marginal(@extschema@.icd10_set, @extschema@.beneficiary, text[], text, integer, text, boolean) IS
	'What a set of HCCs is worth together: raw score with all of them minus raw score with none, put in before the hierarchy.';
