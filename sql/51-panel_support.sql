----------------------------------------------------------------------
-- What panels call that is the same for all of them
----------------------------------------------------------------------
CREATE FUNCTION @extschema@.hcc_everybody_support(internal) RETURNS internal
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.hcc_everybody_support(internal) IS
	'What the planner may know of hcc_everybody.';
-- One for each type of identifier: one of any array would give way to somebody's of the
-- type itself.
CREATE FUNCTION @extschema@.hcc_everybody(patients uuid[]) RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE
	SUPPORT @extschema@.hcc_everybody_support;
COMMENT ON FUNCTION @extschema@.hcc_everybody(uuid[]) IS
	'Whether a reader is asked for everybody: NULL, where an array names patients.';
CREATE FUNCTION @extschema@.hcc_everybody(patients bigint[]) RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE
	SUPPORT @extschema@.hcc_everybody_support;
COMMENT ON FUNCTION @extschema@.hcc_everybody(bigint[]) IS
	'Whether a reader is asked for everybody: NULL, where an array names patients.';
CREATE FUNCTION @extschema@.hcc_everybody(patients integer[]) RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE
	SUPPORT @extschema@.hcc_everybody_support;
COMMENT ON FUNCTION @extschema@.hcc_everybody(integer[]) IS
	'Whether a reader is asked for everybody: NULL, where an array names patients.';
CREATE FUNCTION @extschema@.hcc_everybody(patients text[]) RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE
	SUPPORT @extschema@.hcc_everybody_support;
COMMENT ON FUNCTION @extschema@.hcc_everybody(text[]) IS
	'Whether a reader is asked for everybody: NULL, where an array names patients.';

CREATE FUNCTION @extschema@.hcc_in_share_support(internal) RETURNS internal
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.hcc_in_share_support(internal) IS
	'What the planner may know of hcc_in_share.';
-- It costs more than a comparison: whose year or day is not asked for is not looked at.
CREATE FUNCTION @extschema@.hcc_in_share(patient uuid, share integer, shares integer)
	RETURNS boolean
	AS 'MODULE_PATHNAME', 'hcc_in_share_uuid' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2
	SUPPORT @extschema@.hcc_in_share_support;
COMMENT ON FUNCTION @extschema@.hcc_in_share(uuid, integer, integer) IS
	'Whether somebody is in the share of that number, counted from 0, of so many of the patients.';
CREATE FUNCTION @extschema@.hcc_in_share(patient bigint, share integer, shares integer)
	RETURNS boolean
	AS 'MODULE_PATHNAME', 'hcc_in_share_bigint' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2
	SUPPORT @extschema@.hcc_in_share_support;
COMMENT ON FUNCTION @extschema@.hcc_in_share(bigint, integer, integer) IS
	'Whether somebody is in the share of that number, counted from 0, of so many of the patients.';
CREATE FUNCTION @extschema@.hcc_in_share(patient integer, share integer, shares integer)
	RETURNS boolean
	AS 'MODULE_PATHNAME', 'hcc_in_share_integer' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2
	SUPPORT @extschema@.hcc_in_share_support;
COMMENT ON FUNCTION @extschema@.hcc_in_share(integer, integer, integer) IS
	'Whether somebody is in the share of that number, counted from 0, of so many of the patients.';
CREATE FUNCTION @extschema@.hcc_in_share(patient text, share integer, shares integer)
	RETURNS boolean
	AS 'MODULE_PATHNAME', 'hcc_in_share_text' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2
	SUPPORT @extschema@.hcc_in_share_support;
COMMENT ON FUNCTION @extschema@.hcc_in_share(text, integer, integer) IS
	'Whether somebody is in the share of that number, counted from 0, of so many of the patients.';
CREATE FUNCTION @extschema@.hcc_worker() RETURNS integer
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.hcc_worker() IS
	'The number of the worker process of a query that asks, counted from 0; NULL in its session.';

CREATE FUNCTION @extschema@.hcc_run_lock("table" regclass) RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE;
COMMENT ON FUNCTION @extschema@.hcc_run_lock(regclass) IS
	'Takes the lock of the one scoring run of a table hcc_run; false if another session has it.';
CREATE FUNCTION @extschema@.hcc_run_unlock() RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION @extschema@.hcc_run_unlock() IS
	'Gives the lock of hcc_run_lock back; false if there is none.';
CREATE FUNCTION @extschema@.hcc_table_lock("table" regclass) RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE;
COMMENT ON FUNCTION @extschema@.hcc_table_lock(regclass) IS
	'Takes the lock of the one refresh of a table, for the transaction; false if another has it.';

CREATE FUNCTION @extschema@.hcc_run_lock_holder("table" regclass) RETURNS integer
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	-- the lock is that of src/table_lock.c
	SELECT l.pid FROM pg_catalog.pg_locks l
	WHERE l.locktype = 'advisory' AND l.classid = 'pg_catalog.pg_class'::regclass
		AND l.objid = "table" AND l.objsubid = x'6863'::integer AND l.granted
		AND l.database = (SELECT d.oid FROM pg_catalog.pg_database d
			WHERE d.datname = pg_catalog.current_database());
END;
COMMENT ON FUNCTION @extschema@.hcc_run_lock_holder(regclass) IS
	'The process whose run on a table goes on; NULL: none.';

CREATE FUNCTION @extschema@.hcc_run_fail(failure jsonb) RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	PERFORM @extschema@.hcc_raise(failure ->> 'state', failure ->> 'message',
		COALESCE(NULLIF(failure ->> 'detail', ''),
			format('It was run %s, stage %s.', failure ->> 'run_id', failure ->> 'stage')),
		COALESCE(NULLIF(failure ->> 'hint', ''), 'The scores are as they were.'
			-- of what would be the same again, nobody should hope
			|| CASE WHEN failure ->> 'state' ~ '^(08|40|53|55P03|57|58)'
				THEN ' The same call goes on with the run, or starts anew.' ELSE '' END));
END
$$;
COMMENT ON FUNCTION @extschema@.hcc_run_fail(jsonb) IS
	'The error of a run whose failure has been written down.';

CREATE FUNCTION @extschema@.hcc_run_models(payment_year integer, programs text[])
	RETURNS TABLE (model_version text, calibration text)
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT DISTINCT p.model_version, p.calibration
	FROM @extschema@.payment_year_parameter p
	WHERE p.payment_year = hcc_run_models.payment_year AND p.program = ANY (programs)
		-- who would be paid by a model that has no tables of the year meets the error
		-- when scored; for the others, it is not needed
		AND (NOT EXISTS (SELECT FROM @extschema@.hcc_model m
				WHERE m.model_version = p.model_version)
			OR EXISTS (SELECT FROM @extschema@.hcc_model m
				WHERE m.model_version = p.model_version AND p.payment_year
					BETWEEN m.first_payment_year AND m.last_payment_year));
END;
COMMENT ON FUNCTION @extschema@.hcc_run_models(integer, text[]) IS
	'The models, of those with tables, that the programs pay by in a payment year.';

-- Somebody's frailty score is of Part C; what is paid for prescriptions has no
-- place for it.
CREATE FUNCTION @extschema@.hcc_takes_frailty(payment_year integer, program text, component text)
	RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE
RETURN EXISTS (SELECT FROM @extschema@.payment_year_parameter p
		JOIN @extschema@.payment_component c ON c.component = p.component
	WHERE p.payment_year = hcc_takes_frailty.payment_year
		AND p.program = hcc_takes_frailty.program AND c.takes_frailty
		AND p.component = COALESCE(hcc_takes_frailty.component, p.component));
COMMENT ON FUNCTION @extschema@.hcc_takes_frailty(integer, text, text) IS
	'Whether a frailty score may be added to a component of a program; NULL: to any of them.';

CREATE FUNCTION @extschema@.hcc_part_sources(payment_year integer, program text)
	RETURNS TABLE (component text, model_version text, calibration text, record_sources text[])
LANGUAGE sql STABLE PARALLEL SAFE ROWS 5
BEGIN ATOMIC
	-- a custom row that says nothing of sources leaves them as the shipped one has them
	SELECT p.component, p.model_version, p.calibration,
		COALESCE(max(p.record_sources) FILTER (WHERE p.custom), max(p.record_sources))
	FROM @extschema@.payment_year_parameter p
	WHERE p.payment_year = hcc_part_sources.payment_year
		AND p.program = hcc_part_sources.program
	GROUP BY p.component, p.model_version, p.calibration;
END;
COMMENT ON FUNCTION @extschema@.hcc_part_sources(integer, text) IS
	'The parts of a program''s blend and the sources of records that each takes; NULL: all.';

CREATE FUNCTION @extschema@.hcc_source_sets(payment_year integer, programs text[])
	RETURNS text[]
LANGUAGE sql STABLE PARALLEL SAFE
RETURN ARRAY(SELECT DISTINCT s.record_sources::text
	FROM unnest(programs) program
		CROSS JOIN LATERAL @extschema@.hcc_part_sources(hcc_source_sets.payment_year, program) s
	WHERE s.record_sources IS NOT NULL ORDER BY 1);
COMMENT ON FUNCTION @extschema@.hcc_source_sets(integer, text[]) IS
	'The sets of sources, each as text, that parts of the programs take instead of all.';

CREATE FUNCTION @extschema@.hcc_model_sources(payment_year integer, program text, model text)
	RETURNS text[]
LANGUAGE sql STABLE PARALLEL SAFE COST 10000
RETURN (SELECT CASE WHEN bool_and(p.record_sources IS NOT NULL) THEN
		array_agg(DISTINCT s.source) END
	FROM @extschema@.hcc_part_sources(hcc_model_sources.payment_year,
			hcc_model_sources.program) p
		LEFT JOIN LATERAL unnest(p.record_sources) s (source) ON true
	WHERE p.model_version = hcc_model_sources.model);
COMMENT ON FUNCTION @extschema@.hcc_model_sources(integer, text, text) IS
	'The sources of records that a model takes in a program''s blend; NULL: all.';

-- Part of a run: what raf_payment_explain gives where models of the blend take
-- different records. The codes of all records, and under the text of a set of
-- sources those of its records, if they are fewer.
CREATE FUNCTION @extschema@.hcc_payment_by_source(diagnoses text[], codes_of_sources jsonb,
	who @extschema@.beneficiary, payment_year integer, program text, component text,
	mce boolean, allow_low_confidence boolean, frailty numeric)
	RETURNS TABLE (component text, model_version text, calibration text, segment text,
		hcc_list text[], demographic_score numeric, disease_score numeric,
		interaction_score numeric, raw_score numeric, normalization_factor numeric,
		normalized_score numeric, coding_pattern_adjustment numeric, adjusted_score numeric,
		blend_weight numeric, weighted_score numeric, payment_score numeric,
		is_leading boolean, provisional boolean, codes text[])
LANGUAGE sql STABLE PARALLEL SAFE COST 1000 ROWS 2
BEGIN ATOMIC
	SELECT e.component, e.model_version, e.calibration, e.segment, e.hcc_list,
		e.demographic_score, e.disease_score, e.interaction_score, e.raw_score,
		e.normalization_factor, e.normalized_score, e.coding_pattern_adjustment,
		e.adjusted_score, e.blend_weight, e.weighted_score, sum(e.weighted_score) OVER (),
		e.is_leading, e.provisional, taken.codes
	FROM (
		SELECT NULL::text AS sources, diagnoses AS codes
		UNION ALL
		SELECT s.key, ARRAY(SELECT jsonb_array_elements_text(s.value))
		FROM jsonb_each(codes_of_sources) s
	) taken
		CROSS JOIN LATERAL @extschema@.raf_payment_explain(taken.codes, who,
			hcc_payment_by_source.payment_year, hcc_payment_by_source.program,
			hcc_payment_by_source.component, hcc_payment_by_source.mce,
			hcc_payment_by_source.allow_low_confidence, hcc_payment_by_source.frailty) e
		LEFT JOIN @extschema@.hcc_part_sources(hcc_payment_by_source.payment_year,
				hcc_payment_by_source.program) p
			ON p.component = e.component AND p.model_version = e.model_version
				AND COALESCE(p.calibration, e.calibration) = e.calibration
	WHERE taken.sources IS NOT DISTINCT FROM
		CASE WHEN codes_of_sources ? p.record_sources::text THEN p.record_sources::text END;
END;
COMMENT ON FUNCTION @extschema@.hcc_payment_by_source(text[], jsonb, @extschema@.beneficiary,
	integer, text, text, boolean, boolean, numeric) IS
	'Part of a run: every step to a payment score whose models take different records.';

-- Of the columns that decide a score; notes and sources of rows do not.
CREATE FUNCTION @extschema@.hcc_payment_fingerprint(payment_year integer, programs text[])
	RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT left(encode(sha256(convert_to(COALESCE(string_agg(ROW(p.program, p.component,
			p.model_version, p.calibration, p.normalization_factor, p.coding_pattern_adjustment,
			p.blend_weight, p.record_sources, p.confidence, p.custom, c.requires, c.forbids,
			c.takes_frailty)::text,
			E'\n' ORDER BY p.program, p.component, p.model_version, p.calibration, p.custom), ''),
		'UTF8')), 'hex'), 16)
	FROM @extschema@.payment_year_parameter p
		JOIN @extschema@.payment_component c ON c.component = p.component
	WHERE p.payment_year = hcc_payment_fingerprint.payment_year AND p.program = ANY (programs);
END;
COMMENT ON FUNCTION @extschema@.hcc_payment_fingerprint(integer, text[]) IS
	'A hash of the payment parameters of programs in a payment year.';

CREATE FUNCTION @extschema@.hcc_provisional_rows(payment_year integer,
	OUT place integer, OUT table_name text, OUT n bigint) RETURNS SETOF record
LANGUAGE sql STABLE PARALLEL SAFE COST 50000 ROWS 14
SET search_path = pg_catalog, pg_temp
AS $$
	SELECT t.place, t.name, count(r.name)
	FROM unnest('{hcc_model,hcc_calibration,hcc_crosswalk,hcc_dx_edit,hcc_prerequisite,
			hcc_age_rule,payment_year_parameter,encounter_rule,eligible_procedure,
			encounter_modality,submission_deadline,hcc_group,hcc_drug_crosswalk,
			hcc_csr_factor}'::text[]) WITH ORDINALITY t(name, place)
		LEFT JOIN (
			SELECT 'hcc_model', first_payment_year FROM @extschema@.hcc_model
			WHERE provisional
			UNION ALL SELECT 'hcc_calibration', first_payment_year
			FROM @extschema@.hcc_calibration WHERE provisional
			UNION ALL SELECT 'hcc_crosswalk', effective_year FROM @extschema@.hcc_crosswalk
			WHERE provisional
			UNION ALL SELECT 'hcc_dx_edit', effective_year FROM @extschema@.hcc_dx_edit
			WHERE provisional
			UNION ALL SELECT 'hcc_prerequisite', effective_year
			FROM @extschema@.hcc_prerequisite WHERE provisional
			UNION ALL SELECT 'hcc_age_rule', effective_year FROM @extschema@.hcc_age_rule
			WHERE provisional
			UNION ALL SELECT 'hcc_group', effective_year FROM @extschema@.hcc_group
			WHERE provisional
			UNION ALL SELECT 'hcc_drug_crosswalk', effective_year
			FROM @extschema@.hcc_drug_crosswalk WHERE provisional
			UNION ALL SELECT 'hcc_csr_factor', f.payment_year
			FROM @extschema@.hcc_csr_factor f WHERE provisional
			UNION ALL SELECT 'payment_year_parameter', q.payment_year
			FROM @extschema@.payment_year_parameter q WHERE provisional
			UNION ALL SELECT 'encounter_rule', first_payment_year
			FROM @extschema@.encounter_rule WHERE provisional
			-- services count for the payment of the next year
			UNION ALL SELECT 'eligible_procedure', service_year + 1
			FROM @extschema@.eligible_procedure WHERE provisional
			UNION ALL SELECT 'encounter_modality', first_service_year + 1
			FROM @extschema@.encounter_modality WHERE provisional
			UNION ALL SELECT 'submission_deadline', d.payment_year
			FROM @extschema@.submission_deadline d WHERE provisional
		) r(name, year) ON r.name = t.name AND r.year = hcc_provisional_rows.payment_year
	GROUP BY t.place, t.name ORDER BY t.place
$$;
COMMENT ON FUNCTION @extschema@.hcc_provisional_rows(integer) IS
	'How many rows of each reference table are provisional in a payment year.';

CREATE FUNCTION @extschema@.hcc_provisional(payment_year integer) RETURNS jsonb
LANGUAGE sql STABLE PARALLEL SAFE COST 50000
BEGIN ATOMIC
	SELECT COALESCE(jsonb_object_agg('provisional', r.tables), '{}')
	FROM (SELECT jsonb_agg(p.table_name ORDER BY p.place) AS tables
		FROM @extschema@.hcc_provisional_rows(hcc_provisional.payment_year) p
		WHERE p.n > 0 HAVING count(*) > 0) r;
END;
COMMENT ON FUNCTION @extschema@.hcc_provisional(integer) IS
	'What runs write down of a provisional year: the tables with such rows; {} of any other.';

CREATE FUNCTION @extschema@.hcc_run_fingerprints(payment_year integer, programs text[],
	service_years integer[]) RETURNS jsonb
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT jsonb_build_object(
		-- names with blanks could come to the same label: then it stands for both
		'models', (SELECT COALESCE(jsonb_object_agg(f.label, f.fingerprints), '{}') FROM (
			SELECT m.model_version || COALESCE(' ' || m.calibration, '') AS label,
				string_agg(@extschema@.hccraf_fingerprint(m.model_version,
						hcc_run_fingerprints.payment_year, m.calibration), ' '
					ORDER BY m.model_version, m.calibration) AS fingerprints
			FROM @extschema@.hcc_run_models(hcc_run_fingerprints.payment_year, programs) m
			GROUP BY 1) f),
		'payment', @extschema@.hcc_payment_fingerprint(hcc_run_fingerprints.payment_year, programs),
		'encounter_filter', (SELECT COALESCE(jsonb_object_agg(program,
				@extschema@.encounter_filter_fingerprint(hcc_run_fingerprints.payment_year,
					program, service_years)), '{}')
			FROM unnest(programs) program))
		|| @extschema@.hcc_provisional(hcc_run_fingerprints.payment_year);
END;
COMMENT ON FUNCTION @extschema@.hcc_run_fingerprints(integer, text[], integer[]) IS
	'Hashes of what a run depends on besides people and diagnoses.';

CREATE FUNCTION @extschema@.icd_has_any_hcc(icd10 text, models text[], payment_year integer)
	RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE PARALLEL SAFE COST 5;
COMMENT ON FUNCTION @extschema@.icd_has_any_hcc(text, text[], integer) IS
	'Whether a code gives an HCC in any of several models in a payment year.';
CREATE FUNCTION @extschema@.hcc_person_problem(age integer, sex text, orec text,
	dual_status text, new_enrollee boolean, snp boolean, lti boolean, low_income boolean,
	esrd text, graft_months integer, medicaid_ne boolean, medicaid_lti boolean, segment text)
	RETURNS text
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.hcc_person_problem(integer, text, text, text, boolean, boolean,
	boolean, boolean, text, integer, boolean, boolean, text) IS
	'Of which column no beneficiary can be made, and what it takes; NULL if one can.';
CREATE FUNCTION @extschema@.hcc_payment_problem(who @extschema@.beneficiary, payment_year integer,
	program text, component text, allow_low_confidence boolean, frailty numeric)
	RETURNS text[]
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE PARALLEL SAFE COST 5;
COMMENT ON FUNCTION @extschema@.hcc_payment_problem(@extschema@.beneficiary, integer, text, text,
	boolean, numeric) IS
	'Why raf_payment cannot pay a person, and what to do; NULL if it can.';
CREATE FUNCTION @extschema@.hcc_code_verdict(icd10 text, models text[], payment_year integer)
	RETURNS text
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE PARALLEL SAFE COST 5;
COMMENT ON FUNCTION @extschema@.hcc_code_verdict(text, text[], integer) IS
	'ok, or why a code gives no HCC in any of several models: no_hcc, incomplete_code, not_a_code.';
CREATE FUNCTION @extschema@.hcc_canonical(icd10 text) RETURNS text
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.hcc_canonical(text) IS
	'As icd10_canonical, for rows of data: a list is no code there, and no error.';

CREATE FUNCTION @extschema@.hcc_dated_id(start uuid, moment timestamptz, n bigint) RETURNS uuid
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.hcc_dated_id(uuid, timestamptz, bigint) IS
	'The n-th identifier after a random one, its time in front: those made together lie together.';

-- How often each of a few words occurs: of a group as bytea, and then of all groups. What
-- they hold is written by src/tally.c.
CREATE FUNCTION @extschema@.hcc_tally_word(internal, text) RETURNS internal
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION @extschema@.hcc_tally_add(internal, bytea) RETURNS internal
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION @extschema@.hcc_tally_combine(internal, internal) RETURNS internal
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION @extschema@.hcc_tally_write(internal) RETURNS bytea
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.hcc_tally_read(bytea, internal) RETURNS internal
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.hcc_tally_final(internal) RETURNS jsonb
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.hcc_tally_word(internal, text) IS
	'Support of the aggregate hcc_tally.';
COMMENT ON FUNCTION @extschema@.hcc_tally_add(internal, bytea) IS
	'Support of the aggregate hcc_tally.';
COMMENT ON FUNCTION @extschema@.hcc_tally_combine(internal, internal) IS
	'Support of the aggregate hcc_tally.';
COMMENT ON FUNCTION @extschema@.hcc_tally_write(internal) IS 'Support of the aggregate hcc_tally.';
COMMENT ON FUNCTION @extschema@.hcc_tally_read(bytea, internal) IS
	'Support of the aggregate hcc_tally.';
COMMENT ON FUNCTION @extschema@.hcc_tally_final(internal) IS 'Support of the aggregate hcc_tally.';
CREATE AGGREGATE @extschema@.hcc_tally(text) (
	SFUNC = @extschema@.hcc_tally_word, STYPE = internal, SSPACE = 80,
	FINALFUNC = @extschema@.hcc_tally_write, COMBINEFUNC = @extschema@.hcc_tally_combine,
	SERIALFUNC = @extschema@.hcc_tally_write, DESERIALFUNC = @extschema@.hcc_tally_read,
	PARALLEL = SAFE);
COMMENT ON AGGREGATE @extschema@.hcc_tally(text) IS
	'How often each of a few words occurs, in a form to add up; NULL where there is no row.';
CREATE AGGREGATE @extschema@.hcc_tally(bytea) (
	SFUNC = @extschema@.hcc_tally_add, STYPE = internal, SSPACE = 80,
	FINALFUNC = @extschema@.hcc_tally_final, COMBINEFUNC = @extschema@.hcc_tally_combine,
	SERIALFUNC = @extschema@.hcc_tally_write, DESERIALFUNC = @extschema@.hcc_tally_read,
	PARALLEL = SAFE);
COMMENT ON AGGREGATE @extschema@.hcc_tally(bytea) IS
	'The sum of tallies, as an object from words to counts; NULL where there is no row.';

-- Codes that are valid and not mapped yet. What the tables of models map they
-- map up to a fiscal year; a code that became valid after that one has no HCC
-- because nobody has said so. Without the list of that year every code of a
-- later one may be such a code.
CREATE FUNCTION @extschema@.hcc_code_is_listed(icd10 text, fiscal_year integer) RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE STRICT PARALLEL SAFE COST 5;
COMMENT ON FUNCTION @extschema@.hcc_code_is_listed(text, integer) IS
	'Whether a code is valid in a fiscal year; NULL where icd10_code does not have the year.';

CREATE FUNCTION @extschema@.hcc_codes_through(models text[], payment_year integer)
	RETURNS integer
LANGUAGE sql STABLE PARALLEL SAFE
RETURN (SELECT min(m.codes_through) FROM @extschema@.hcc_model m
	WHERE m.model_version = ANY (models) AND hcc_codes_through.payment_year
		BETWEEN m.first_payment_year AND m.last_payment_year);
COMMENT ON FUNCTION @extschema@.hcc_codes_through(text[], integer) IS
	'The last fiscal year whose codes the models'' tables of a payment year map; NULL: all.';

CREATE FUNCTION @extschema@.hcc_not_mapped_yet(icd10 text, service_date date,
	codes_through integer) RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE
RETURN CASE WHEN service_date >= make_date(codes_through, 10, 1)
	THEN COALESCE(@extschema@.hcc_code_is_listed(icd10,
			extract(year FROM service_date + interval '3 months')::integer), false)
		AND NOT COALESCE(@extschema@.hcc_code_is_listed(icd10, codes_through), false)
	ELSE false END;
COMMENT ON FUNCTION @extschema@.hcc_not_mapped_yet(text, date, integer) IS
	'Whether a code without HCC is valid at its date and newer than what the tables map.';

CREATE FUNCTION @extschema@.hcc_leading_model(payment_year integer, program text DEFAULT 'MA')
	RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT p.model_version
	FROM @extschema@.payment_year_parameter p
		JOIN @extschema@.payment_component c USING (component)
	WHERE p.payment_year = hcc_leading_model.payment_year
		AND p.program = hcc_leading_model.program
	-- the component of people without ESRD status is the one that requires nothing
	ORDER BY COALESCE(cardinality(c.requires), 0), p.blend_weight DESC NULLS LAST,
		p.custom DESC, p.id
	LIMIT 1;
END;
COMMENT ON FUNCTION @extschema@.hcc_leading_model(integer, text) IS
	'The model with the largest weight in a program''s payment year, for people without ESRD '
	'status.';

CREATE FUNCTION @extschema@.hcc_nearest_year(model text, payment_year integer) RETURNS integer
LANGUAGE sql STABLE PARALLEL SAFE COST 500
RETURN COALESCE((SELECT LEAST(GREATEST(hcc_nearest_year.payment_year, min(m.first_payment_year)),
		max(m.last_payment_year))
	FROM @extschema@.hcc_model m WHERE m.model_version = hcc_nearest_year.model),
	hcc_nearest_year.payment_year);
COMMENT ON FUNCTION @extschema@.hcc_nearest_year(text, integer) IS
	'The payment year asked, or the nearest that the model has tables of.';

CREATE FUNCTION @extschema@.hcc_require_program(program text) RETURNS boolean
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	IF NOT EXISTS (SELECT FROM @extschema@.payment_year_parameter p
			WHERE p.program = hcc_require_program.program) THEN
		PERFORM @extschema@.hcc_raise(CASE WHEN program IS NULL THEN '22004' ELSE '42704' END,
			CASE WHEN program IS NULL THEN 'a program needs a name, not NULL'
				ELSE format('program "%s" does not exist', left(program, 200)) END,
			format('The programs are: %s.',
				(SELECT string_agg(DISTINCT p.program, ', ')
				FROM @extschema@.payment_year_parameter p)),
			COALESCE((SELECT 'Write it as it is there: ' || min(p.program) || '.'
					FROM @extschema@.payment_year_parameter p
					WHERE lower(p.program) = lower(btrim(hcc_require_program.program))),
				'A program is made by adding its rows to payment_year_parameter.'));
	END IF;
	RETURN true;
END
$$;
COMMENT ON FUNCTION @extschema@.hcc_require_program(text) IS
	'An error that names the programs there are unless one of them pays.';

CREATE FUNCTION @extschema@.hcc_check_look_back(look_back integer, fewest integer DEFAULT 1)
	RETURNS void
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	IF look_back IS NULL OR look_back NOT BETWEEN fewest AND 10 THEN
		PERFORM @extschema@.hcc_raise('22023'::text,
			format('invalid value for argument "look_back": %s',
				COALESCE(look_back::text, 'NULL')),
			format('It takes a number of years from %s to 10.', fewest), NULL::text);
	END IF;
END
$$;
COMMENT ON FUNCTION @extschema@.hcc_check_look_back(integer, integer) IS
	'An error unless a number of look-back years is from the fewest to ten.';

CREATE FUNCTION @extschema@.hcc_check_number(argument text, number integer, fewest integer,
	most integer) RETURNS void
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	IF number IS NULL OR number NOT BETWEEN fewest AND most THEN
		PERFORM @extschema@.hcc_raise('22023'::text,
			format('invalid value for argument "%s": %s', argument,
				COALESCE(number::text, 'NULL')),
			format('It takes a number from %s to %s.', fewest, most), NULL::text);
	END IF;
END
$$;
COMMENT ON FUNCTION @extschema@.hcc_check_number(text, integer, integer, integer) IS
	'An error that names the argument unless a number is in a range.';

CREATE FUNCTION @extschema@.hcc_years(years integer) RETURNS integer
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	PERFORM @extschema@.hcc_check_number('years'::text, years, 1, 100);
	RETURN years;
END
$$;
COMMENT ON FUNCTION @extschema@.hcc_years(integer) IS
	'The number itself; an error unless it is one of years that can be counted back.';

CREATE FUNCTION @extschema@.hcc_check_amount(argument text, amount numeric, fewest numeric,
	most numeric) RETURNS void
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	-- not a number is above all numbers
	IF amount IS NULL OR amount NOT BETWEEN fewest AND most THEN
		PERFORM @extschema@.hcc_raise('22023'::text,
			format('invalid value for argument "%s": %s', argument,
				COALESCE(left(amount::text, 30), 'NULL')),
			format('It takes a number from %s to %s.', fewest, most), NULL::text);
	END IF;
END
$$;
COMMENT ON FUNCTION @extschema@.hcc_check_amount(text, numeric, numeric, numeric) IS
	'As hcc_check_number, of a number with decimals.';

CREATE FUNCTION @extschema@.hcc_check_day(argument text, day date) RETURNS date
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	-- the value is not shown: a day may be of a patient
	IF day IS NULL OR day NOT BETWEEN '0001-01-01' AND '9999-12-31' THEN
		PERFORM @extschema@.hcc_raise('22023'::text,
			format('invalid value for argument "%s"', argument),
			'It takes a day of the years 1 to 9999.'::text, NULL::text);
	END IF;
	RETURN day;
END
$$;
COMMENT ON FUNCTION @extschema@.hcc_check_day(text, date) IS
	'The day itself; an error that names the argument unless days can be counted from it.';

CREATE FUNCTION @extschema@.hcc_check_source(source regclass, columns jsonb) RETURNS void
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	lacks text;
	misfits text;
BEGIN
	SELECT string_agg(format('"%s"', c.key), ', ') FILTER (WHERE a.attname IS NULL),
		string_agg(format('"%s" is %s and should be %s', c.key,
				format_type(a.atttypid, a.atttypmod), c.value), ', ')
			FILTER (WHERE NOT @extschema@.hcc_type_fits(a.atttypid, t.oid))
	INTO lacks, misfits
	FROM jsonb_each_text(columns) c LEFT JOIN pg_attribute a ON a.attrelid = source
			AND a.attname = c.key AND a.attnum > 0 AND NOT a.attisdropped
		-- looked up, not read as the text of a type, which anything could be in
		LEFT JOIN pg_type t ON t.typnamespace = 'pg_catalog'::regnamespace AND t.typname = c.value;
	IF lacks IS NOT NULL THEN
		PERFORM @extschema@.hcc_raise('42703'::text, format('%s lacks columns: %s', source, lacks),
			NULL::text,
			format('Give a table or view with %s.',
				(SELECT string_agg(format('"%s"', c), ', ') FROM jsonb_object_keys(columns) c)));
	ELSIF misfits IS NOT NULL THEN
		PERFORM @extschema@.hcc_raise('42804'::text,
			format('%s has columns of other types: %s', source, misfits), NULL::text,
			'Give a view that casts them.'::text);
	END IF;
END
$$;
COMMENT ON FUNCTION @extschema@.hcc_check_source(regclass, jsonb) IS
	'An error that names the columns that a table lacks or has of another type; type null: of any.';

CREATE FUNCTION @extschema@.raf_full_payment(raw_score numeric, normalization_factor numeric,
	coding_pattern_adjustment numeric) RETURNS numeric
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE STRICT PARALLEL SAFE COST 2;
COMMENT ON FUNCTION @extschema@.raf_full_payment(numeric, numeric, numeric) IS
	'The payment score that a raw score would give if its model were the whole of the blend.';

-- A report on a model values what that model pays for: of PACE's two scores, the
-- one for care or the one for prescriptions.
CREATE FUNCTION @extschema@.hcc_component_of(model text, who @extschema@.beneficiary,
	payment_year integer, program text) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE COST 500
RETURN (SELECT CASE WHEN count(DISTINCT s.component) > 1
		THEN min(s.component) FILTER (WHERE s.model_version = model) END
	FROM @extschema@.raf_scores('{}', who, hcc_component_of.payment_year,
		ARRAY[hcc_component_of.program]) s);
COMMENT ON FUNCTION @extschema@.hcc_component_of(text, @extschema@.beneficiary, integer, text) IS
	'Of several scores by which a program pays a person, the one that has a model; else NULL.';

CREATE FUNCTION @extschema@.hcc_other_model_pays(model text, who @extschema@.beneficiary,
	payment_year integer, program text) RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE COST 500
RETURN EXISTS (SELECT FROM @extschema@.payment_year_parameter f
		WHERE f.payment_year = hcc_other_model_pays.payment_year
			AND f.program = hcc_other_model_pays.program
			AND f.model_version = hcc_other_model_pays.model)
	AND NOT EXISTS (SELECT FROM @extschema@.raf_scores('{}', who,
			hcc_other_model_pays.payment_year, ARRAY[hcc_other_model_pays.program]) s
		JOIN @extschema@.payment_year_parameter f ON f.component = s.component
			AND f.payment_year = hcc_other_model_pays.payment_year
			AND f.program = hcc_other_model_pays.program
			AND f.model_version = hcc_other_model_pays.model);
COMMENT ON FUNCTION @extschema@.hcc_other_model_pays(text, @extschema@.beneficiary, integer, text)
	IS 'Whether a program pays by a model, and this person, as one on dialysis, by another.';

CREATE FUNCTION @extschema@.raf_payment_or(otherwise numeric, diagnoses @extschema@.icd10_set,
	who @extschema@.beneficiary, payment_year integer, program text, component text DEFAULT NULL)
	RETURNS numeric
LANGUAGE sql STABLE PARALLEL SAFE COST 500
BEGIN ATOMIC
	SELECT CASE WHEN EXISTS (
			SELECT FROM @extschema@.payment_year_parameter f
			WHERE f.payment_year = raf_payment_or.payment_year
				AND f.program = raf_payment_or.program AND f.normalization_factor IS NOT NULL
				AND f.component = COALESCE(raf_payment_or.component, (
					SELECT s.component FROM @extschema@.raf_scores(diagnoses, who,
						raf_payment_or.payment_year, ARRAY[raf_payment_or.program]) s LIMIT 1)))
		THEN @extschema@.raf_payment(diagnoses, who, raf_payment_or.payment_year,
			raf_payment_or.program, raf_payment_or.component, allow_low_confidence => true)
		ELSE otherwise END;
END;
COMMENT ON FUNCTION @extschema@.raf_payment_or(numeric, @extschema@.icd10_set,
	@extschema@.beneficiary, integer, text, text) IS
	'Payment score, or another number where the year does not say how this person is paid.';

----------------------------------------------------------------------
-- Policies and states, which are rows of reference tables
----------------------------------------------------------------------
CREATE FUNCTION @extschema@.hcc_recapture_class(model text, policy text DEFAULT 'conservative')
	RETURNS TABLE (hcc_code text, label text, recapture_class text, reason text, source text)
LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 100
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
	IF hcc_recapture_class.policy IS DISTINCT FROM 'is_chronic'
			AND NOT EXISTS (SELECT FROM @extschema@.hcc_recapture_policy p
				WHERE p.policy = hcc_recapture_class.policy) THEN
		PERFORM @extschema@.hcc_raise('42704'::text,
			CASE WHEN hcc_recapture_class.policy IS NULL
				THEN 'a recapture policy needs a name, not NULL'
				ELSE format('recapture policy "%s" does not exist', hcc_recapture_class.policy) END,
			format('There are: is_chronic, %s.', (
				SELECT string_agg(DISTINCT p.policy, ', ')
				FROM @extschema@.hcc_recapture_policy p)),
			'A policy is its rows in hcc_recapture_policy.'::text);
	END IF;
	RETURN QUERY
		SELECT c.hcc_code, c.label, COALESCE(p.recapture_class,
				CASE WHEN c.is_chronic IS FALSE THEN 'acute' ELSE 'chronic' END),
			CASE WHEN p.hcc_code IS NULL THEN 'hcc_category.is_chronic' ELSE p.reason END, p.source
		FROM @extschema@.hcc_category c LEFT JOIN (
			SELECT DISTINCT ON (hcc_code) * FROM @extschema@.hcc_recapture_policy r
			WHERE r.policy = hcc_recapture_class.policy
				AND r.model_version = hcc_recapture_class.model
			ORDER BY hcc_code, custom DESC) p ON p.hcc_code = c.hcc_code
		WHERE c.model_version = hcc_recapture_class.model
		ORDER BY c.hcc_code;
END
$$;
COMMENT ON FUNCTION @extschema@.hcc_recapture_class(text, text) IS
	'Which HCCs of a model does a policy expect every year (chronic, lifelong), and which not '
	'(acute)?';

CREATE FUNCTION @extschema@.hcc_specificity_policy(policy text)
	RETURNS @extschema@.specificity_policy
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	found_policy @extschema@.specificity_policy;
BEGIN
	SELECT p.* INTO found_policy FROM @extschema@.specificity_policy p
	WHERE p.policy = hcc_specificity_policy.policy ORDER BY p.custom DESC LIMIT 1;
	IF NOT FOUND THEN
		PERFORM @extschema@.hcc_raise('42704'::text,
			CASE WHEN policy IS NULL THEN 'a specificity policy needs a name, not NULL'
				ELSE format('specificity policy "%s" does not exist', policy) END,
			format('There are: %s.', (SELECT string_agg(DISTINCT p.policy, ', ')
				FROM @extschema@.specificity_policy p)),
			'A policy is a row in specificity_policy.'::text);
	END IF;
	RETURN found_policy;
END
$$;
COMMENT ON FUNCTION @extschema@.hcc_specificity_policy(text) IS
	'What goes to a second review by a policy, a custom row in place of a shipped one.';

CREATE FUNCTION @extschema@.hcc_gap_open(status text, excluded text, superseded_by text[])
	RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 1
RETURN status IN ('open', 'documented_not_eligible', 'downgraded') AND excluded IS NULL
	AND superseded_by IS NULL;
COMMENT ON FUNCTION @extschema@.hcc_gap_open(text, text, text[]) IS
	'Is a gap something to work on: open, in scope, and the top one of its family?';

CREATE FUNCTION @extschema@.hcc_gap_in_rate(gap_source text, status text, excluded text,
	superseded_by text[], denominator text) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 1
RETURN gap_source = 'historic' AND superseded_by IS NULL AND status <> 'invalid'
	AND (excluded IS NULL
		OR denominator = 'as_experienced' AND excluded IN ('deceased', 'disenrolled'));
COMMENT ON FUNCTION @extschema@.hcc_gap_in_rate(text, text, text, text[], text) IS
	'Does a rate count a gap: expected every year, not refuted, the top of its family, in scope?';

-- Gaps counted by what rates and deadlines ask of them: some hundred rows, however many gaps
CREATE TYPE @extschema@.hcc_gap_count AS (collection_year integer, payment_year integer,
	status text, evidence_date date, in_rate boolean, in_scope boolean, gaps bigint);
COMMENT ON TYPE @extschema@.hcc_gap_count IS
	'How many top gaps of a year there are, by status and by the day of their evidence.';

CREATE FUNCTION @extschema@.hcc_gap_months(counts @extschema@.hcc_gap_count[],
	collection_year integer, through date)
	RETURNS TABLE (month text, closed_ytd bigint, downgraded_ytd bigint, gaps bigint,
		rate_strict_ytd numeric, rate_lenient_ytd numeric)
LANGUAGE sql STABLE PARALLEL SAFE ROWS 12
BEGIN ATOMIC
	WITH day AS MATERIALIZED (
		SELECT c.evidence_date, sum(c.gaps) AS gaps,
			sum(c.gaps) FILTER (WHERE c.status = 'closed') AS closed,
			sum(c.gaps) FILTER (WHERE c.status = 'downgraded') AS downgraded
		FROM unnest(hcc_gap_months.counts) c
		WHERE c.in_rate AND c.collection_year = hcc_gap_months.collection_year
		GROUP BY c.evidence_date
	)
	SELECT to_char(r.month, 'YYYY-MM'), r.closed, r.downgraded, r.gaps,
		round(r.closed::numeric / NULLIF(r.gaps, 0), 4),
		round((r.closed + r.downgraded)::numeric / NULLIF(r.gaps, 0), 4)
	FROM (
		SELECT m.month, COALESCE(sum(g.gaps), 0)::bigint AS gaps,
			COALESCE(sum(g.closed) FILTER (
				WHERE g.evidence_date < m.month + interval '1 month'), 0)::bigint AS closed,
			COALESCE(sum(g.downgraded) FILTER (
				WHERE g.evidence_date < m.month + interval '1 month'), 0)::bigint AS downgraded
		FROM generate_series(make_date(hcc_gap_months.collection_year, 1, 1)::timestamp,
				LEAST(make_date(hcc_gap_months.collection_year, 12, 1), hcc_gap_months.through),
				interval '1 month') m (month)
			LEFT JOIN day g ON true
		GROUP BY m.month
	) r
	ORDER BY r.month;
END;
COMMENT ON FUNCTION @extschema@.hcc_gap_months(@extschema@.hcc_gap_count[], integer, date) IS
	'What recapture_rate_month answers, from gaps that have been counted.';

CREATE FUNCTION @extschema@.hcc_check_named(argument text, given text[], accepted text[])
	RETURNS void
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	unknown text := (SELECT min(g) FROM unnest(given) g WHERE g <> ALL (accepted));
BEGIN
	IF unknown IS NOT NULL THEN
		PERFORM @extschema@.hcc_raise('22023'::text,
			format('invalid value for argument "%s": "%s"', argument,
				left(unknown, 100)), format('It takes %s.', array_to_string(accepted, ', ')),
			NULL::text);
	END IF;
END
$$;
COMMENT ON FUNCTION @extschema@.hcc_check_named(text, text[], text[]) IS
	'An error that names the argument unless all its names are among those accepted.';

CREATE FUNCTION @extschema@.hcc_gap_statuses() RETURNS text[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN '{closed,downgraded,pending,documented_not_eligible,invalid,open,net_new}'::text[];
COMMENT ON FUNCTION @extschema@.hcc_gap_statuses() IS 'The states that gaps can be in.';

CREATE FUNCTION @extschema@.hcc_two_way_reasons() RETURNS text[]
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	-- those that are no rules are in two_way itself
	SELECT ARRAY(SELECT unnest('{invalid,no_eligible_record,once_only,single_provider,
			unlinked_chart_review}'::text[])
		UNION SELECT r.rule FROM @extschema@.two_way_rule r ORDER BY 1);
END;
COMMENT ON FUNCTION @extschema@.hcc_two_way_reasons() IS
	'The reasons why two_way looks at an HCC again.';

CREATE FUNCTION @extschema@.hcc_plain(model text, hcc_code text) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	-- as it is, where the model has one of that name
	SELECT CASE WHEN EXISTS (SELECT FROM @extschema@.hcc_category c
				WHERE c.model_version = hcc_plain.model AND c.hcc_code = hcc_plain.hcc_code)
			THEN hcc_plain.hcc_code
		-- the number is another HCC in a model whose HCCs are not called that
		WHEN hcc_plain.hcc_code ~* '^\s*rx' AND NOT EXISTS (SELECT FROM @extschema@.hcc_model m
				WHERE m.model_version = hcc_plain.model AND m.hcc_prefix ~* '^rx')
			THEN hcc_plain.hcc_code
		ELSE pg_catalog.regexp_replace(hcc_plain.hcc_code, '^\s*(?:rx)?(?:hcc)?[\s_]*0*(\d+)\s*$',
			'\1', 'i') END;
END;
COMMENT ON FUNCTION @extschema@.hcc_plain(text, text) IS
	'An HCC as hcc_category writes it: 155 of HCC155, hcc 155 and, of an RxHCC model, RXHCC155.';

CREATE FUNCTION @extschema@.hcc_least_certainty(at_least text, reasons text[]) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	PERFORM @extschema@.hcc_check_named('at_least'::text, ARRAY[at_least],
		'{potential,probable,confirmed}'::text[]);
	-- whoever names reasons wants them
	RETURN COALESCE(at_least, CASE WHEN reasons IS NULL THEN 'probable' ELSE 'potential' END);
END
$$;
COMMENT ON FUNCTION @extschema@.hcc_least_certainty(text, text[]) IS
	'How certain an item of two_way must be to be listed: as asked, else probable.';

CREATE FUNCTION @extschema@.hcc_check_rate(group_by text, denominator text) RETURNS void
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	groups text[] := '{provider,credited,contract,plan,hcc}'::text[];
	denominators text[] := '{enrolled_now,as_experienced}'::text[];
BEGIN
	IF group_by <> ALL (groups) THEN
		PERFORM @extschema@.hcc_raise('22023'::text,
			format('invalid value for argument "group_by": %s', group_by),
			format('It takes %s, or NULL.', array_to_string(groups, ', ')), NULL::text);
	ELSIF denominator = ANY (denominators) IS NOT TRUE THEN
		PERFORM @extschema@.hcc_raise('22023'::text,
			format('invalid value for argument "denominator": %s',
				COALESCE(denominator, 'NULL')),
			format('It takes %s.', array_to_string(denominators, ' or ')), NULL::text);
	END IF;
END
$$;
COMMENT ON FUNCTION @extschema@.hcc_check_rate(text, text) IS
	'An error unless a recapture rate can be grouped so, over such a denominator.';

CREATE FUNCTION @extschema@.hcc_check_gap_arguments(collection_year integer, model text,
	payment_year integer, look_back integer, policy text) RETURNS integer
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	next_year integer := @extschema@.hcc_payment_year_of(collection_year);
	pay_year integer := @extschema@.hcc_payment_year(COALESCE(payment_year, next_year));
BEGIN
	IF model IS NULL OR policy IS NULL THEN
		PERFORM @extschema@.hcc_raise('22004'::text,
			'gaps need a collection year, a model and a policy'::text, NULL::text, NULL::text);
	END IF;
	PERFORM @extschema@.hcc_check_look_back(look_back, 1);
	-- these raise their own errors
	PERFORM @extschema@.hccraf_fingerprint(model, pay_year, NULL::text),
		@extschema@.hcc_recapture_class(model, policy);
	RETURN pay_year;
END
$$;
COMMENT ON FUNCTION @extschema@.hcc_check_gap_arguments(integer, text, integer, integer, text) IS
	'The payment year of gaps; an error for arguments that name nothing, even if nobody has gaps.';

CREATE FUNCTION @extschema@.hcc_work_state(kind text) RETURNS SETOF @extschema@.work_state
LANGUAGE sql STABLE PARALLEL SAFE ROWS 15
BEGIN ATOMIC
	SELECT DISTINCT ON (s.state) s.* FROM @extschema@.work_state s
	WHERE s.kind = hcc_work_state.kind ORDER BY s.state, s.custom DESC;
END;
COMMENT ON FUNCTION @extschema@.hcc_work_state(text) IS
	'The states that items of a kind can be in, custom rows in place of shipped ones.';

CREATE FUNCTION @extschema@.hcc_two_way_rule()
	RETURNS TABLE (rule text, icd10_prefixes text[], without_inpatient boolean, treated boolean,
		codes text[], procedure_prefixes text[], procedures text[], with_codes text[],
		certainty text, reason text)
LANGUAGE sql STABLE PARALLEL SAFE ROWS 20
BEGIN ATOMIC
	SELECT DISTINCT ON (w.rule) w.rule, w.icd10_prefixes, w.without_inpatient,
		COALESCE(w.without_codes, w.without_procedures) IS NOT NULL OR w.without_kind IS NOT NULL,
		w.without_codes, w.without_procedures,
		ARRAY(SELECT v.procedure_code FROM @extschema@.visit_kind v
			WHERE v.kind = w.without_kind),
		w.with_codes, w.certainty, w.reason
	FROM @extschema@.two_way_rule w
	ORDER BY w.rule, w.custom DESC;
END;
COMMENT ON FUNCTION @extschema@.hcc_two_way_rule() IS
	'The rules of two_way, a custom row in place of a shipped one, with what a treatment is.';

CREATE FUNCTION @extschema@.hcc_deadline(payment_year integer)
	RETURNS TABLE (run text, service_from date, service_to date, deadline date,
		deadline_source text, confirmed_at date)
LANGUAGE sql STABLE PARALLEL SAFE ROWS 3
BEGIN ATOMIC
	SELECT DISTINCT ON (d.run) d.run, d.service_from, d.service_to, d.deadline,
		d.deadline_source, d.confirmed_at
	FROM @extschema@.submission_deadline d
	WHERE d.payment_year = hcc_deadline.payment_year
	ORDER BY d.run, d.provisional, d.custom DESC;
END;
COMMENT ON FUNCTION @extschema@.hcc_deadline(integer) IS
	'Until when can be submitted for each run of a payment year?';

CREATE FUNCTION @extschema@.hcc_gap_deadlines(counts @extschema@.hcc_gap_count[],
	payment_year integer, today date)
	RETURNS TABLE (run text, service_from date, service_to date, deadline date, days_left integer,
		deadline_source text, confirmed_at date, open_gaps bigint, evidence_in_hand bigint)
LANGUAGE sql STABLE PARALLEL SAFE ROWS 3
BEGIN ATOMIC
	SELECT d.run, d.service_from, d.service_to, d.deadline,
		CASE WHEN isfinite(hcc_gap_deadlines.today)
			THEN d.deadline - hcc_gap_deadlines.today END, d.deadline_source, d.confirmed_at,
		-- what a visit within the window can still close, or a record of it that is there
		COALESCE(sum(c.gaps) FILTER (WHERE d.service_to >= hcc_gap_deadlines.today
			OR e.in_hand AND d.deadline >= hcc_gap_deadlines.today), 0)::bigint,
		COALESCE(sum(c.gaps) FILTER (WHERE e.in_hand), 0)::bigint
	FROM @extschema@.hcc_deadline(hcc_gap_deadlines.payment_year) d
		LEFT JOIN unnest(hcc_gap_deadlines.counts) c
			ON c.in_scope AND c.payment_year = hcc_gap_deadlines.payment_year
				AND c.status IN ('open', 'documented_not_eligible', 'downgraded', 'pending')
		CROSS JOIN LATERAL (SELECT c.status IN ('documented_not_eligible', 'pending')
			AND c.evidence_date BETWEEN d.service_from AND d.service_to AS in_hand) e
	GROUP BY d.run, d.service_from, d.service_to, d.deadline, d.deadline_source, d.confirmed_at
	ORDER BY d.deadline;
END;
COMMENT ON FUNCTION @extschema@.hcc_gap_deadlines(@extschema@.hcc_gap_count[], integer, date) IS
	'What deadline_board answers, from gaps that have been counted.';

CREATE FUNCTION @extschema@.hcc_visit_due_by(payment_year integer, day date) RETURNS date
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	-- when all visits are over, a record of one can still be found and submitted
	SELECT COALESCE(min(d.service_to) FILTER (WHERE d.service_to >= hcc_visit_due_by.day),
		min(d.deadline) FILTER (WHERE d.deadline >= hcc_visit_due_by.day))
	FROM @extschema@.hcc_deadline(hcc_visit_due_by.payment_year) d;
END;
COMMENT ON FUNCTION @extschema@.hcc_visit_due_by(integer, date) IS
	'Until when a visit can still be paid for: the last service date of the next window to end.';

CREATE FUNCTION @extschema@.hcc_unspecified(model text, payment_year integer)
	RETURNS TABLE (icd10_code text)
LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 2000
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	-- In ICD-10-CM's own words, and where the model cares. An atomic body would hold the
	-- columns of the model's table fast.
	RETURN QUERY
	SELECT u.icd10_code
	FROM @extschema@.unspecified_code u
	WHERE u.basis = 'description' AND EXISTS (
		SELECT FROM unnest(COALESCE(u.family, ARRAY[u.icd10_code])) f (prefix)
		WHERE left(f.prefix, 3) IN (
			SELECT left(x.icd10_code, 3) FROM @extschema@.hcc_crosswalk x
			WHERE x.model_version = hcc_unspecified.model
				AND COALESCE(x.effective_year <= hcc_unspecified.payment_year, true)
				AND COALESCE(x.expiry_year >= hcc_unspecified.payment_year, true)));
END
$$;
COMMENT ON FUNCTION @extschema@.hcc_unspecified(text, integer) IS
	'Codes whose title says unspecified, of categories in which the model has an HCC.';

CREATE FUNCTION @extschema@.refresh_unspecified_codes(model text DEFAULT 'V28',
	payment_year integer DEFAULT NULL, fiscal_year integer DEFAULT NULL)
	RETURNS TABLE (basis text, codes bigint)
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	listed integer := COALESCE(refresh_unspecified_codes.fiscal_year,
		(SELECT max(c.fiscal_year) FROM @extschema@.icd10_code c));
BEGIN
	IF NOT EXISTS (SELECT FROM @extschema@.icd10_code c WHERE c.fiscal_year = listed) THEN
		PERFORM @extschema@.hcc_raise('55000'::text,
			'the descriptions of diagnosis codes are not loaded'::text, NULL::text,
			'Load them with hccraf_load_icd10(content, fiscal_year).'::text);
	END IF;
	DELETE FROM @extschema@.unspecified_code u WHERE u.custom AND u.basis <> 'list';
	INSERT INTO @extschema@.unspecified_code (icd10_code, basis)
	SELECT c.icd10_code,
		CASE WHEN c.description ILIKE '%unspecified%' THEN 'description' ELSE 'sibling' END
	FROM (SELECT *, @extschema@.icd_has_hcc(i.icd10_code, model, payment_year) AS has_hcc
		FROM @extschema@.icd10_code i WHERE i.fiscal_year = listed) c
	WHERE c.description ILIKE '%unspecified%'
		OR NOT c.has_hcc AND left(c.icd10_code, 3) IN (SELECT left(x.icd10_code, 3)
			FROM @extschema@.hcc_crosswalk x WHERE x.model_version = model)
	ON CONFLICT (icd10_code) DO NOTHING;
	RETURN QUERY SELECT u.basis, count(*) FROM @extschema@.unspecified_code u
		GROUP BY u.basis ORDER BY u.basis;
END
$$;
COMMENT ON FUNCTION @extschema@.refresh_unspecified_codes(text, integer, integer) IS
	'Fills unspecified_code from the loaded code list: codes that say so, and codes without HCC '
	'among siblings.';
REVOKE EXECUTE ON FUNCTION @extschema@.refresh_unspecified_codes(text, integer, integer)
	FROM PUBLIC;

CREATE FUNCTION @extschema@.hcc_specialty(specialties regclass)
	RETURNS TABLE (provider_npi text, specialty text)
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 10000 ROWS 1000
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	IF specialties IS NULL THEN
		RETURN;
	END IF;
	PERFORM @extschema@.hcc_check_source(specialties,
		'{"provider_npi": null, "specialty": null}'::jsonb);
	-- The table is the caller's, and may be another in each call.
	RETURN QUERY EXECUTE format('SELECT s.provider_npi::text, max(s.specialty::text) FROM %s s '
		'GROUP BY s.provider_npi', specialties);
END
$$;
COMMENT ON FUNCTION @extschema@.hcc_specialty(regclass) IS
	'The specialty of each provider in a table or view of the caller''s; none without a table.';

CREATE FUNCTION @extschema@.hcc_require_cron() RETURNS void
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	IF NOT EXISTS (SELECT FROM pg_extension WHERE extname = 'pg_cron') THEN
		PERFORM @extschema@.hcc_raise('55000'::text,
			format('database "%s" has no pg_cron', current_database()), NULL::text,
			format('Install it (Debian: postgresql-%s-cron), set '
				'shared_preload_libraries = ''pg_cron'' and cron.database_name = ''%s'', restart '
				'the server and CREATE EXTENSION pg_cron; or run CALL refresh_scores() from a '
				'systemd timer or cron, see doc/jobs.md.',
				current_setting('server_version_num')::integer / 10000, current_database()));
	END IF;
END
$$;
COMMENT ON FUNCTION @extschema@.hcc_require_cron() IS
	'An error with advice when pg_cron is not installed in this database.';

-- What is gone of the input of a run, before anything that it has stored is replaced
CREATE FUNCTION @extschema@.hcc_run_check_kept(parameters jsonb, people bigint,
	people_kept bigint, coded bigint, coded_kept bigint) RETURNS void
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	share CONSTANT numeric := (parameters ->> 'expect_at_least')::numeric;
	-- of the marketplace, drugs count, too
	market CONSTANT boolean := parameters ->> 'program' = 'ACA';
	lost text;
BEGIN
	IF people_kept < share * people THEN
		lost := format('of %s %s with a score, %s can still be scored', people,
			CASE WHEN market THEN 'people' ELSE 'patients' END, people_kept);
	ELSIF coded_kept < share * coded THEN
		lost := format('of %s %s counted, %s still have some that do', coded,
			CASE WHEN market THEN 'people whose codes' ELSE 'patients whose diagnoses' END,
			coded_kept);
	ELSE
		RETURN;
	END IF;
	PERFORM @extschema@.hcc_raise('55000'::text,
		format('a large part of the input of %s year %s is gone: %s',
			CASE WHEN market THEN 'benefit' ELSE 'payment' END, parameters ->> 'payment_year',
			lost), NULL::text, format('The scores are as they were. If the data are right, say '
			'so: expect_at_least => 0, or the share of %s that must be left.',
			CASE WHEN market THEN 'people' ELSE 'patients' END));
END
$$;
COMMENT ON FUNCTION @extschema@.hcc_run_check_kept(jsonb, bigint, bigint, bigint, bigint) IS
	'Part of a run: an error if too many of those scored before, or of their codes, are gone.';
