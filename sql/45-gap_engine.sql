----------------------------------------------------------------------
-- What was coded before and is not, or is, coded again; what it is worth
----------------------------------------------------------------------
CREATE FUNCTION @extschema@.raf_gaps(base @extschema@.icd10_set[], captured @extschema@.icd10_set,
	who @extschema@.beneficiary, payment_year integer, model text DEFAULT 'V28',
	program text DEFAULT 'MA', component text DEFAULT NULL,
	pending @extschema@.icd10_set DEFAULT NULL, not_eligible @extschema@.icd10_set DEFAULT NULL,
	ignored_hccs text[] DEFAULT NULL, mce boolean DEFAULT true,
	elsewhere @extschema@.icd10_set DEFAULT NULL,
	OUT hcc_code text, OUT label text, OUT status text, OUT closure text, OUT by_hcc text[],
	OUT base_position integer, OUT superseded_by text[], OUT icd10_codes text[],
	OUT ignored boolean, OUT coefficient numeric, OUT value_raw numeric,
	OUT value_payment numeric, OUT terms_gained text[], OUT joint_raw numeric,
	OUT joint_payment numeric, OUT closed_raw numeric, OUT closed_payment numeric,
	OUT captured_raw numeric, OUT captured_payment numeric)
	RETURNS SETOF record
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE PARALLEL SAFE COST 800 ROWS 6;
COMMENT ON FUNCTION @extschema@.raf_gaps(@extschema@.icd10_set[], @extschema@.icd10_set,
	@extschema@.beneficiary, integer, text, text, text, @extschema@.icd10_set,
	@extschema@.icd10_set, text[], boolean, @extschema@.icd10_set) IS
	'Which HCCs of earlier years are captured again and which are not, and what each is worth.';

CREATE FUNCTION @extschema@.raf_pair_values(diagnoses @extschema@.icd10_set,
	who @extschema@.beneficiary, hcc text, other_hcc text, model text DEFAULT 'V28',
	payment_year integer DEFAULT NULL)
	RETURNS numeric[]
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE PARALLEL SAFE COST 100;
COMMENT ON FUNCTION @extschema@.raf_pair_values(@extschema@.icd10_set, @extschema@.beneficiary,
	text, text, text, integer) IS
	'What one HCC, another, and both add to the raw score of the diagnoses without the two.';

CREATE FUNCTION @extschema@.raf_shapley(captured @extschema@.icd10_set, who @extschema@.beneficiary,
	hccs text[], model text DEFAULT 'V28', payment_year integer DEFAULT NULL)
	RETURNS TABLE(hcc_code text, share numeric)
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE PARALLEL SAFE COST 20000 ROWS 4;
COMMENT ON FUNCTION @extschema@.raf_shapley(@extschema@.icd10_set, @extschema@.beneficiary, text[],
	text, integer) IS
	'What up to 10 HCCs add together to the raw score, split among them (Shapley value).';
