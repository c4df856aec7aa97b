----------------------------------------------------------------------
-- Which diagnoses count: the filter between a record and the codes of a
-- patient. Rules are in encounter_rule; lists go by the year of the service.
----------------------------------------------------------------------
CREATE FUNCTION @extschema@.encounter_verdict(payment_year integer, program text,
	icd10_code text, service_date date, claim_type text, bill_type text, procedure_codes text[],
	modifiers text[], place_of_service text, record_source text, record_state text,
	submission text, is_valid_encounter boolean, plan_switcher boolean,
	outside_year boolean DEFAULT false, without_list text DEFAULT 'error',
	code_system text DEFAULT NULL, date_of_death date DEFAULT NULL,
	seen_at timestamptz DEFAULT NULL)
	RETURNS text
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE PARALLEL SAFE COST 10;
COMMENT ON FUNCTION @extschema@.encounter_verdict(integer, text, text, date, text, text, text[],
	text[], text, text, text, text, boolean, boolean, boolean, text, text, date, timestamptz) IS
	'Whether a diagnosis on a record counts: ok, or the first reason why it does not.';

CREATE FUNCTION @extschema@.encounter_counts(verdict text) RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.encounter_counts(text) IS
	'Whether a verdict is ok; of verdict = ''ok'' the planner would expect next to no rows.';

CREATE FUNCTION @extschema@.encounter_modality(service_date date, procedure_codes text[],
	modifiers text[], place_of_service text)
	RETURNS text
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE PARALLEL SAFE COST 10;
COMMENT ON FUNCTION @extschema@.encounter_modality(date, text[], text[], text) IS
	'How the patient was seen: in_person, audio_video, telehealth, audio_only or asynchronous.';

CREATE FUNCTION @extschema@.hcc_claim_type(payment_year integer, program text, claim_type text)
	RETURNS text
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE PARALLEL SAFE COST 5;
COMMENT ON FUNCTION @extschema@.hcc_claim_type(integer, text, text) IS
	'What a claim type of a file means: professional, institutional, or the name of another.';
CREATE FUNCTION @extschema@.hcc_setting(payment_year integer, program text, claim_type text,
	bill_type text) RETURNS text
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE PARALLEL SAFE COST 5;
COMMENT ON FUNCTION @extschema@.hcc_setting(integer, text, text, text) IS
	'Where an institutional claim was: inpatient or outpatient; none of any other claim.';
CREATE FUNCTION @extschema@.hcc_bill_type(bill_type text) RETURNS text
	AS 'MODULE_PATHNAME', 'hcc_bill_type_text' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.hcc_bill_type(text) IS
	'The two or three characters of a bill type, without what files put around them.';
CREATE FUNCTION @extschema@.hcc_npi(provider_npi text) RETURNS text
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.hcc_npi(text) IS
	'A provider''s identifier without blanks, and with the zero that a spreadsheet drops.';
CREATE FUNCTION @extschema@.hcc_record_id(encounter_id text) RETURNS text
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.hcc_record_id(text) IS
	'The number of a record without blanks around it; NULL if nothing is left.';
CREATE FUNCTION @extschema@.hcc_since(since jsonb, what text, id text) RETURNS timestamptz
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT (hcc_since.since
		->> concat(hcc_since.what, ' ', @extschema@.hcc_record_id(hcc_since.id)))::timestamptz;
END;
COMMENT ON FUNCTION @extschema@.hcc_since(jsonb, text, text) IS
	'Since when something was done to a record, by a map of what was done; NULL if it was not.';
CREATE FUNCTION @extschema@.hcc_codes(codes text[]) RETURNS text[]
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.hcc_codes(text[]) IS
	'Procedure codes in upper case without blanks, those that can be read.';
CREATE FUNCTION @extschema@.hcc_record_action(payment_year integer, program text,
	record_action text, frequency_code text, claim_type text, bill_type text) RETURNS text
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE PARALLEL SAFE COST 2;
COMMENT ON FUNCTION @extschema@.hcc_record_action(integer, text, text, text, text, text) IS
	'What a record does: add, delete, void, replace or a word unknown; else by its frequency.';

-- Order of rules counts, their numbers and notes do not.
CREATE FUNCTION @extschema@.encounter_filter_fingerprint(payment_year integer, program text,
	service_years integer[] DEFAULT NULL)
	RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE COST 50000
SET search_path = pg_catalog, pg_temp
AS $$
	WITH service AS (
		SELECT DISTINCT y FROM unnest(COALESCE(service_years, ARRAY[payment_year - 1])) y
		WHERE y IS NOT NULL
	), list AS (
		SELECT COALESCE((SELECT b.program FROM @extschema@.eligible_bill_type b
			WHERE b.program = encounter_filter_fingerprint.program LIMIT 1), '') AS program
	), part(kind, position, line) AS (
		SELECT 'rule', row_number() OVER (ORDER BY r.priority, r.id), ROW(r.verdict, r.claim_types,
			r.claim_known, r.settings, r.procedure_required, r.procedure_listed, r.in_year,
			r.record_states, r.record_sources, r.plan_switcher, r.modalities, r.submissions,
			r.declared_valid, r.code_valid, r.code_kinds, r.after_death, r.in_future)::text
		FROM @extschema@.encounter_rule r
		WHERE COALESCE(r.first_payment_year <= payment_year, true)
			AND COALESCE(r.last_payment_year >= payment_year, true)
			AND COALESCE(program = ANY (r.programs), r.programs IS NULL)
		UNION ALL
		SELECT 'bill type', 0, ROW(b.bill_type, b.setting, b.procedure_required)::text
		FROM @extschema@.eligible_bill_type b JOIN list l ON b.program = l.program
		UNION ALL
		SELECT 'word', 0, ROW(w.kind, w.word, w.meaning, w.custom)::text
		FROM @extschema@.record_word w
		UNION ALL
		SELECT 'modality', s.y, ROW(m.kind, m.code, m.modality)::text
		FROM @extschema@.encounter_modality m JOIN service s
			ON COALESCE(m.first_service_year <= s.y, true)
				AND COALESCE(m.last_service_year >= s.y, true)
		UNION ALL
		SELECT 'procedure', p.service_year, p.procedure_code
		FROM @extschema@.eligible_procedure p JOIN service s ON s.y = p.service_year
			JOIN list l ON l.program = p.program
		UNION ALL
		-- what is no code of ICD-10-CM is one all the same if a model maps it
		SELECT DISTINCT 'own code', 0, x.icd10_code
		FROM @extschema@.hcc_crosswalk x
		WHERE NOT upper(btrim(x.icd10_code)) ~ '^[A-Z][0-9][0-9A-Z.]+$'
		UNION ALL
		SELECT 'diagnosis', c.fiscal_year, c.icd10_code
		FROM @extschema@.icd10_code c
		WHERE c.fiscal_year IN (SELECT s.y FROM service s UNION SELECT s.y + 1 FROM service s)
	)
	-- a program that no payment and no rule knows is a mistake
	SELECT CASE WHEN payment_year IS NOT NULL AND program IS NOT NULL
			AND (EXISTS (SELECT FROM @extschema@.encounter_rule r WHERE program = ANY (r.programs))
				OR @extschema@.hcc_require_program(program)) THEN
		encode(sha256(convert_to(string_agg(concat_ws(' ', kind, position, line), E'\n'
			ORDER BY kind COLLATE "C", position, line COLLATE "C"), 'UTF8')), 'hex') END
	FROM part
$$;
COMMENT ON FUNCTION @extschema@.encounter_filter_fingerprint(integer, text, integer[]) IS
	'SHA-256 over all that encounter_verdict goes by in a payment year and program.';
