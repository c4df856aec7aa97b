----------------------------------------------------------------------
-- What was coded before and is not, or is, coded again; what it is worth
----------------------------------------------------------------------
CREATE FUNCTION @extschema@.raf_gaps(base @extschema@.icd10_set[], captured @extschema@.icd10_set, who @extschema@.beneficiary, payment_year integer, model text DEFAULT 'V28',
	program text DEFAULT 'MA', component text DEFAULT NULL, pending @extschema@.icd10_set DEFAULT NULL, not_eligible @extschema@.icd10_set DEFAULT NULL,
	ignored_hccs text[] DEFAULT NULL, mce boolean DEFAULT true,
	OUT hcc_code text, OUT label text, OUT status text, OUT closure text, OUT by_hcc text[], OUT base_position integer,
	OUT superseded_by text[], OUT icd10_codes text[], OUT ignored boolean, OUT coefficient numeric,
	OUT value_raw numeric, OUT value_payment numeric, OUT terms_gained text[],
	OUT joint_raw numeric, OUT joint_payment numeric, OUT closed_raw numeric, OUT closed_payment numeric,
	OUT captured_raw numeric, OUT captured_payment numeric)
	RETURNS SETOF record
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE PARALLEL SAFE COST 800 ROWS 6;
COMMENT ON FUNCTION @extschema@.raf_gaps(@extschema@.icd10_set[], @extschema@.icd10_set, @extschema@.beneficiary, integer, text, text, text, @extschema@.icd10_set, @extschema@.icd10_set, text[], boolean) IS
$$Which HCCs of earlier years (base: one set of eligible codes per year, the newest first; a NULL or empty set is a year without) are captured again in the collection year of this payment year, and what each is worth; one row per base HCC that the model values, and one per captured HCC of a family that base has nothing of. All codes are mapped in the payment year, for the person as expected there.
status: closed (closure same: captured; superseding: an HCC above it by any path of the hierarchy is; equivalent: an HCC below it is, and adding this one changes no score), downgraded (an HCC below it is captured, and adding this one changes the score, up or down), pending (it, or one above it, is on codes of pending: eligible but not final), documented_not_eligible (it, or one above it, is on codes of not_eligible: records that do not count), open, net_new. The first that applies in the order closed, downgraded, pending, documented_not_eligible, open.
by_hcc: the captured HCCs that close or downgrade it. base_position: the newest element of base with it. superseded_by: other base HCCs above it that are not closed; then it is worth 0, for only the top gap of a family is a gap. ignored: it is in ignored_hccs (not recapturable, or refuted); such a row supersedes nothing and is in no joint value. coefficient: in the person's segment, NULL if it has none there.
value_raw: of what is not closed, what the raw score would gain if the HCC were added before the hierarchy; it may be 0 or negative. Of what is captured (closed as same, net_new), what it adds to the score now: with it minus without it. 0 if closed by another HCC. value_payment: the same in this model's part of the payment score, each step rounded, without frailty; the values of the models of a blend add up. NULL if the program does not pay this person by this model in the year, or a factor is not known. terms_gained: the interactions and counts that would be added with it.
On every row: joint_*: the value of all gaps together that are open, documented_not_eligible or downgraded, neither ignored nor superseded; never the sum of the single values. closed_*: what the captured HCCs that close gaps add now. captured_*: the score as captured.
NULL base, captured or who: no rows.$$;

CREATE FUNCTION @extschema@.raf_shapley(captured @extschema@.icd10_set, who @extschema@.beneficiary, hccs text[], model text DEFAULT 'V28', payment_year integer DEFAULT NULL)
	RETURNS TABLE(hcc_code text, share numeric)
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE PARALLEL SAFE COST 20000 ROWS 4;
COMMENT ON FUNCTION @extschema@.raf_shapley(@extschema@.icd10_set, @extschema@.beneficiary, text[], text, integer) IS
	'What up to 10 HCCs add together to the raw score of the captured codes, split among them: for each the mean of what it adds over all orders of adding them (Shapley value). Six decimals; the largest share takes what rounding leaves, so that they add up exactly. NULL captured, who or hccs: no rows.';
