----------------------------------------------------------------------
-- Scores. Years are payment years; NULL model settings take the default:
-- the newest payment year of the model, the calibration in force, the
-- hierarchy order of the year. doc/reference.md has all arguments.
----------------------------------------------------------------------
CREATE FUNCTION @extschema@.icd_to_hcc(icd10 text, model text DEFAULT 'V28',
	payment_year integer DEFAULT NULL)
	RETURNS text[]
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE PARALLEL SAFE COST 20;
COMMENT ON FUNCTION @extschema@.icd_to_hcc(text, text, integer) IS
	'The HCCs that a diagnosis code gives, before edits and hierarchy.';

CREATE FUNCTION @extschema@.icd_has_hcc(icd10 text, model text DEFAULT 'V28',
	payment_year integer DEFAULT NULL)
	RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE PARALLEL SAFE COST 5;
COMMENT ON FUNCTION @extschema@.icd_has_hcc(text, text, integer) IS
	'Whether a diagnosis code gives any HCC: a cheap filter for many claims.';

CREATE FUNCTION @extschema@.person_hccs(icd10 text, who @extschema@.beneficiary,
	model text DEFAULT 'V28', payment_year integer DEFAULT NULL)
	RETURNS text[]
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE PARALLEL SAFE COST 25;
COMMENT ON FUNCTION @extschema@.person_hccs(text, @extschema@.beneficiary, text, integer) IS
	'The HCCs that a diagnosis code gives this person, after edits of age and sex.';

CREATE FUNCTION @extschema@.person_has_hcc(icd10 text, who @extschema@.beneficiary,
	model text DEFAULT 'V28', payment_year integer DEFAULT NULL)
	RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE PARALLEL SAFE COST 8;
COMMENT ON FUNCTION @extschema@.person_has_hcc(text, @extschema@.beneficiary, text, integer) IS
	'Whether a diagnosis code gives this person any HCC: a cheap filter for many claims.';

CREATE FUNCTION @extschema@.apply_hierarchy(hccs text[], model text DEFAULT 'V28',
	payment_year integer DEFAULT NULL, hierarchy_order text DEFAULT NULL)
	RETURNS text[]
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE PARALLEL SAFE COST 50;
COMMENT ON FUNCTION @extschema@.apply_hierarchy(text[], text, integer, text) IS
	'The HCCs that remain after prerequisites and hierarchy, in order.';

CREATE FUNCTION @extschema@.raf_score(diagnoses text[], who @extschema@.beneficiary,
	model text DEFAULT 'V28', payment_year integer DEFAULT NULL, calibration text DEFAULT NULL,
	mce boolean DEFAULT true, hierarchy_order text DEFAULT NULL)
	RETURNS numeric
	AS 'MODULE_PATHNAME', 'raf_score_array' LANGUAGE C STABLE PARALLEL SAFE COST 100;
COMMENT ON FUNCTION @extschema@.raf_score(text[], @extschema@.beneficiary, text, integer, text,
	boolean, text) IS
	'Raw risk score, before normalization, of a person with these diagnoses.';

CREATE FUNCTION @extschema@.raf_score(diagnoses @extschema@.icd10_set, who @extschema@.beneficiary,
	model text DEFAULT 'V28', payment_year integer DEFAULT NULL, calibration text DEFAULT NULL,
	mce boolean DEFAULT true, hierarchy_order text DEFAULT NULL)
	RETURNS numeric
	AS 'MODULE_PATHNAME', 'raf_score_set' LANGUAGE C STABLE PARALLEL SAFE COST 50;
COMMENT ON FUNCTION @extschema@.raf_score(@extschema@.icd10_set, @extschema@.beneficiary, text,
	integer, text, boolean, text) IS
	'Raw risk score, before normalization, of a person with these diagnoses.';

CREATE FUNCTION @extschema@.raf_agg_step(internal, text, @extschema@.beneficiary)
	RETURNS internal
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE PARALLEL SAFE;
CREATE FUNCTION @extschema@.raf_agg_step(internal, text, @extschema@.beneficiary, text)
	RETURNS internal
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE PARALLEL SAFE;
CREATE FUNCTION @extschema@.raf_agg_step(internal, text, @extschema@.beneficiary, text, integer)
	RETURNS internal
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE PARALLEL SAFE;
CREATE FUNCTION @extschema@.raf_agg_step(internal, text, @extschema@.beneficiary, text, integer,
	text)
	RETURNS internal
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE PARALLEL SAFE;
CREATE FUNCTION @extschema@.raf_agg_step(internal, text, @extschema@.beneficiary, text, integer,
	text, boolean)
	RETURNS internal
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE PARALLEL SAFE;
CREATE FUNCTION @extschema@.raf_agg_row_step(internal, text, date, text, text,
	@extschema@.beneficiary, text, integer)
	RETURNS internal
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE PARALLEL SAFE;
CREATE FUNCTION @extschema@.raf_agg_combine(internal, internal) RETURNS internal
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE PARALLEL SAFE;
CREATE FUNCTION @extschema@.raf_agg_serialize(internal) RETURNS bytea
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.raf_agg_deserialize(bytea, internal) RETURNS internal
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.raf_agg_final(internal) RETURNS numeric
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE PARALLEL SAFE COST 50;
COMMENT ON FUNCTION @extschema@.raf_agg_step(internal, text, @extschema@.beneficiary) IS
	'Support of the aggregate raf_score_agg.';
COMMENT ON FUNCTION @extschema@.raf_agg_step(internal, text, @extschema@.beneficiary, text) IS
	'Support of the aggregate raf_score_agg.';
COMMENT ON FUNCTION @extschema@.raf_agg_step(internal, text, @extschema@.beneficiary, text,
	integer) IS
	'Support of the aggregate raf_score_agg.';
COMMENT ON FUNCTION @extschema@.raf_agg_step(internal, text, @extschema@.beneficiary, text,
	integer, text) IS
	'Support of the aggregate raf_score_agg.';
COMMENT ON FUNCTION @extschema@.raf_agg_step(internal, text, @extschema@.beneficiary, text,
	integer, text, boolean) IS
	'Support of the aggregate raf_score_agg.';
COMMENT ON FUNCTION @extschema@.raf_agg_row_step(internal, text, date, text, text,
	@extschema@.beneficiary, text, integer) IS
	'Support of the aggregate raf_score_agg.';
COMMENT ON FUNCTION @extschema@.raf_agg_combine(internal, internal) IS
	'Support of the aggregate raf_score_agg.';
COMMENT ON FUNCTION @extschema@.raf_agg_serialize(internal) IS
	'Support of the aggregate raf_score_agg.';
COMMENT ON FUNCTION @extschema@.raf_agg_deserialize(bytea, internal) IS
	'Support of the aggregate raf_score_agg.';
COMMENT ON FUNCTION @extschema@.raf_agg_final(internal) IS
	'Support of the aggregate raf_score_agg.';

-- Not under the name of the scalar function: text of several codes would find
-- the aggregate and be one code. An aggregate's arguments have no defaults.
CREATE AGGREGATE @extschema@.raf_score_agg(icd10_code text, who @extschema@.beneficiary) (
	SFUNC = @extschema@.raf_agg_step, STYPE = internal, SSPACE = 48,
	FINALFUNC = @extschema@.raf_agg_final, COMBINEFUNC = @extschema@.raf_agg_combine,
	SERIALFUNC = @extschema@.raf_agg_serialize, DESERIALFUNC = @extschema@.raf_agg_deserialize,
	PARALLEL = SAFE);
COMMENT ON AGGREGATE @extschema@.raf_score_agg(text, @extschema@.beneficiary) IS
	'Raw risk score of a person over rows of codes, in the model that is marked as default.';
CREATE AGGREGATE @extschema@.raf_score_agg(icd10_code text, who @extschema@.beneficiary,
	model text) (
	SFUNC = @extschema@.raf_agg_step, STYPE = internal, SSPACE = 48,
	FINALFUNC = @extschema@.raf_agg_final, COMBINEFUNC = @extschema@.raf_agg_combine,
	SERIALFUNC = @extschema@.raf_agg_serialize, DESERIALFUNC = @extschema@.raf_agg_deserialize,
	PARALLEL = SAFE);
COMMENT ON AGGREGATE @extschema@.raf_score_agg(text, @extschema@.beneficiary, text) IS
	'Raw risk score of a person over rows of codes, in a model.';
CREATE AGGREGATE @extschema@.raf_score_agg(icd10_code text, who @extschema@.beneficiary,
	model text, payment_year integer) (
	SFUNC = @extschema@.raf_agg_step, STYPE = internal, SSPACE = 48,
	FINALFUNC = @extschema@.raf_agg_final, COMBINEFUNC = @extschema@.raf_agg_combine,
	SERIALFUNC = @extschema@.raf_agg_serialize, DESERIALFUNC = @extschema@.raf_agg_deserialize,
	PARALLEL = SAFE);
COMMENT ON AGGREGATE @extschema@.raf_score_agg(text, @extschema@.beneficiary, text, integer) IS
	'Raw risk score of a person over rows of codes, in a model and payment year.';
CREATE AGGREGATE @extschema@.raf_score_agg(icd10_code text, who @extschema@.beneficiary,
	model text, payment_year integer, calibration text) (
	SFUNC = @extschema@.raf_agg_step, STYPE = internal, SSPACE = 48,
	FINALFUNC = @extschema@.raf_agg_final, COMBINEFUNC = @extschema@.raf_agg_combine,
	SERIALFUNC = @extschema@.raf_agg_serialize, DESERIALFUNC = @extschema@.raf_agg_deserialize,
	PARALLEL = SAFE);
COMMENT ON AGGREGATE @extschema@.raf_score_agg(text, @extschema@.beneficiary, text, integer,
	text) IS
	'Raw risk score of a person over rows of codes, in a model, payment year and calibration.';
CREATE AGGREGATE @extschema@.raf_score_agg(icd10_code text, who @extschema@.beneficiary,
	model text, payment_year integer, calibration text, mce boolean) (
	SFUNC = @extschema@.raf_agg_step, STYPE = internal, SSPACE = 48,
	FINALFUNC = @extschema@.raf_agg_final, COMBINEFUNC = @extschema@.raf_agg_combine,
	SERIALFUNC = @extschema@.raf_agg_serialize, DESERIALFUNC = @extschema@.raf_agg_deserialize,
	PARALLEL = SAFE);
COMMENT ON AGGREGATE @extschema@.raf_score_agg(text, @extschema@.beneficiary, text, integer,
	text, boolean) IS
	'Raw risk score of a person over rows of codes, with or without the code editor''s age edits.';

CREATE AGGREGATE @extschema@.raf_score_agg(icd10_code text, service_date date, ndc text,
	hcpcs text, who @extschema@.beneficiary, model text, payment_year integer) (
	SFUNC = @extschema@.raf_agg_row_step, STYPE = internal, SSPACE = 96,
	FINALFUNC = @extschema@.raf_agg_final, COMBINEFUNC = @extschema@.raf_agg_combine,
	SERIALFUNC = @extschema@.raf_agg_serialize, DESERIALFUNC = @extschema@.raf_agg_deserialize,
	PARALLEL = SAFE);
COMMENT ON AGGREGATE @extschema@.raf_score_agg(text, date, text, text, @extschema@.beneficiary,
	text, integer) IS
	'Raw risk score of a person over rows of diagnoses, drugs and procedures with their dates.';

CREATE FUNCTION @extschema@.raf_csr_factor(who @extschema@.beneficiary,
	model text DEFAULT 'HHS_V08', payment_year integer DEFAULT NULL)
	RETURNS numeric
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE PARALLEL SAFE COST 20;
COMMENT ON FUNCTION @extschema@.raf_csr_factor(@extschema@.beneficiary, text, integer) IS
	'What a person''s score is multiplied by for the plan''s cost sharing; 1 where no row fits.';

CREATE FUNCTION @extschema@.raf_csr_score(diagnoses text[], who @extschema@.beneficiary,
	model text DEFAULT 'HHS_V08', payment_year integer DEFAULT NULL,
	calibration text DEFAULT NULL, mce boolean DEFAULT true)
	RETURNS numeric
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE PARALLEL SAFE COST 120;
COMMENT ON FUNCTION @extschema@.raf_csr_score(text[], @extschema@.beneficiary, text, integer, text,
	boolean) IS
	'Raw risk score times the factor for the plan''s cost sharing, not rounded.';
CREATE FUNCTION @extschema@.raf_csr_score(diagnoses @extschema@.icd10_set,
	who @extschema@.beneficiary, model text DEFAULT 'HHS_V08', payment_year integer DEFAULT NULL,
	calibration text DEFAULT NULL, mce boolean DEFAULT true)
	RETURNS numeric
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE PARALLEL SAFE COST 70;
COMMENT ON FUNCTION @extschema@.raf_csr_score(@extschema@.icd10_set, @extschema@.beneficiary, text,
	integer, text, boolean) IS
	'Raw risk score times the factor for the plan''s cost sharing, not rounded.';

CREATE FUNCTION @extschema@.raf_metal_scores(diagnoses @extschema@.icd10_set,
	who @extschema@.beneficiary, model text DEFAULT 'HHS_V08', payment_year integer DEFAULT NULL)
	RETURNS numeric[]
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE PARALLEL SAFE COST 150;
COMMENT ON FUNCTION @extschema@.raf_metal_scores(@extschema@.icd10_set, @extschema@.beneficiary,
	text, integer) IS
	'Raw scores in plans of the metals platinum, gold, silver, bronze and catastrophic, in order.';

CREATE FUNCTION @extschema@.raf_segment(who @extschema@.beneficiary, model text DEFAULT 'V28',
	payment_year integer DEFAULT NULL)
	RETURNS text
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE PARALLEL SAFE COST 20;
COMMENT ON FUNCTION @extschema@.raf_segment(@extschema@.beneficiary, text, integer) IS
	'The segment that the model''s rules choose for this person.';

CREATE FUNCTION @extschema@.raf_segment_fits(who @extschema@.beneficiary,
	model text DEFAULT 'V28', payment_year integer DEFAULT NULL)
	RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE PARALLEL SAFE COST 20;
COMMENT ON FUNCTION @extschema@.raf_segment_fits(@extschema@.beneficiary, text, integer) IS
	'Whether the model has a segment for this person; where it has none, a score is an error.';

CREATE FUNCTION @extschema@.raf_marginal(diagnoses text[], who @extschema@.beneficiary,
	icd10 text, model text DEFAULT 'V28', payment_year integer DEFAULT NULL,
	calibration text DEFAULT NULL, mce boolean DEFAULT true)
	RETURNS numeric
	AS 'MODULE_PATHNAME', 'raf_marginal_code' LANGUAGE C STABLE PARALLEL SAFE COST 200;
COMMENT ON FUNCTION @extschema@.raf_marginal(text[], @extschema@.beneficiary, text, text, integer,
	text, boolean) IS
	'What a diagnosis code adds to this person''s raw score: with it minus without it.';
CREATE FUNCTION @extschema@.raf_marginal(diagnoses @extschema@.icd10_set,
	who @extschema@.beneficiary, icd10 text, model text DEFAULT 'V28',
	payment_year integer DEFAULT NULL, calibration text DEFAULT NULL, mce boolean DEFAULT true)
	RETURNS numeric
	AS 'MODULE_PATHNAME', 'raf_marginal_code' LANGUAGE C STABLE PARALLEL SAFE COST 150;
COMMENT ON FUNCTION @extschema@.raf_marginal(@extschema@.icd10_set, @extschema@.beneficiary, text,
	text, integer, text, boolean) IS
	'What a diagnosis code adds to this person''s raw score: with it minus without it.';

-- Not an overload of raf_marginal: a list without a type would be one code.
CREATE FUNCTION @extschema@.raf_marginal_hccs(diagnoses text[], who @extschema@.beneficiary,
	hccs text[], model text DEFAULT 'V28', payment_year integer DEFAULT NULL,
	calibration text DEFAULT NULL, mce boolean DEFAULT true)
	RETURNS numeric
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE PARALLEL SAFE COST 200;
COMMENT ON FUNCTION @extschema@.raf_marginal_hccs(text[], @extschema@.beneficiary, text[], text,
	integer, text, boolean) IS
	'What HCCs add together to this person''s raw score: with all minus with none of them.';
CREATE FUNCTION @extschema@.raf_marginal_hccs(diagnoses @extschema@.icd10_set,
	who @extschema@.beneficiary, hccs text[], model text DEFAULT 'V28',
	payment_year integer DEFAULT NULL, calibration text DEFAULT NULL, mce boolean DEFAULT true)
	RETURNS numeric
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE PARALLEL SAFE COST 150;
COMMENT ON FUNCTION @extschema@.raf_marginal_hccs(@extschema@.icd10_set, @extschema@.beneficiary,
	text[], text, integer, text, boolean) IS
	'What HCCs add together to this person''s raw score: with all minus with none of them.';
