----------------------------------------------------------------------
-- Why this number?
----------------------------------------------------------------------
CREATE FUNCTION @extschema@.raf_explain(diagnoses text[], who @extschema@.beneficiary,
	model text DEFAULT 'V28', payment_year integer DEFAULT NULL, calibration text DEFAULT NULL,
	mce boolean DEFAULT true, hierarchy_order text DEFAULT NULL,
	OUT kind text, OUT variable text, OUT hcc_code text, OUT label text, OUT coefficient numeric,
	OUT icd10_codes text[], OUT reason text, OUT superseded_by text[])
	RETURNS SETOF record
	AS 'MODULE_PATHNAME', 'raf_explain' LANGUAGE C STABLE PARALLEL SAFE COST 1000 ROWS 15;
COMMENT ON FUNCTION @extschema@.raf_explain(text[], @extschema@.beneficiary, text, integer, text,
	boolean, text) IS
	'The terms of a raw score, which add up to it, then what did not count, with the reason.';
CREATE FUNCTION @extschema@.raf_explain(diagnoses @extschema@.icd10_set,
	who @extschema@.beneficiary, model text DEFAULT 'V28', payment_year integer DEFAULT NULL,
	calibration text DEFAULT NULL, mce boolean DEFAULT true, hierarchy_order text DEFAULT NULL,
	OUT kind text, OUT variable text, OUT hcc_code text, OUT label text, OUT coefficient numeric,
	OUT icd10_codes text[], OUT reason text, OUT superseded_by text[])
	RETURNS SETOF record
	AS 'MODULE_PATHNAME', 'raf_explain' LANGUAGE C STABLE PARALLEL SAFE COST 1000 ROWS 15;
COMMENT ON FUNCTION @extschema@.raf_explain(@extschema@.icd10_set, @extschema@.beneficiary, text,
	integer, text, boolean, text) IS
	'The terms of a raw score, which add up to it, then what did not count, with the reason.';
