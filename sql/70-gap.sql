----------------------------------------------------------------------
-- Recapture gaps: what was documented before and is not yet this year
----------------------------------------------------------------------
CREATE FUNCTION @extschema@.hcc_setup_gaps(schema name, partitioned boolean DEFAULT false, partitions integer DEFAULT 16) RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
SET client_min_messages = warning
AS $$
BEGIN
	PERFORM @extschema@.hcc_setup_table(schema, 'patient_hcc_gap'::name, $columns$
		patient_id uuid NOT NULL,
		contract_id text NOT NULL DEFAULT '',
		model_version text NOT NULL,
		collection_year integer NOT NULL,
		payment_year integer NOT NULL,
		hcc_code text NOT NULL,
		gap_source text NOT NULL CHECK (gap_source IN ('historic', 'net_new', 'suspected')),
		label text,
		status text NOT NULL
		CHECK (status IN ('closed', 'downgraded', 'pending', 'documented_not_eligible', 'invalid', 'open', 'net_new')),
		closure text CHECK (closure IN ('same', 'superseding', 'equivalent')),
		by_hcc text[],
		source_year integer,
		superseded_by text[],
		icd10_codes text[],
		recapture_class text NOT NULL,
		excluded text,
		reason text,
		base_date date,
		base_record_id uuid,
		base_npi text,
		evidence_date date,
		evidence_record_id uuid,
		evidence_npi text,
		provider_npi text,
		plan_id text,
		status_since timestamptz NOT NULL,
		coefficient numeric,
		value_raw numeric,
		value_payment numeric,
		terms_gained text[],
		joint_raw numeric,
		joint_payment numeric,
		closed_raw numeric,
		closed_payment numeric,
		captured_raw numeric,
		captured_payment numeric,
		run_id bigint,
		PRIMARY KEY (patient_id, collection_year, contract_id, model_version, hcc_code, gap_source)
	$columns$::text, CASE WHEN partitioned THEN 'PARTITION BY HASH (patient_id)' ELSE '' END);
	EXECUTE format($ddl$
		COMMENT ON TABLE %1$I.patient_hcc_gap IS 'The gaps as of the last refresh_gaps: one row per patient, contract, model, collection year and HCC.';
		COMMENT ON COLUMN %1$I.patient_hcc_gap.contract_id IS 'The contract that the gap is of; empty: of none.';
		COMMENT ON COLUMN %1$I.patient_hcc_gap.gap_source IS 'historic: documented in the look-back years; net_new: this year only, and nothing of its family before.';
		COMMENT ON COLUMN %1$I.patient_hcc_gap.closure IS 'Closed by the same HCC, one that supersedes it, or one below it that is worth as much.';
		COMMENT ON COLUMN %1$I.patient_hcc_gap.by_hcc IS 'The HCCs of this year that close it or stand below it.';
		COMMENT ON COLUMN %1$I.patient_hcc_gap.source_year IS 'The newest look-back year that has the HCC.';
		COMMENT ON COLUMN %1$I.patient_hcc_gap.superseded_by IS 'Other gaps above it; NULL: it is the top open gap of its family.';
		COMMENT ON COLUMN %1$I.patient_hcc_gap.icd10_codes IS 'The codes behind it: of the look-back years; net_new: of this year.';
		COMMENT ON COLUMN %1$I.patient_hcc_gap.excluded IS 'NULL: in scope; else why it is in no list: delete_list, acute, or of the patient deceased, disenrolled, hospice.';
		COMMENT ON COLUMN %1$I.patient_hcc_gap.reason IS 'Why documented_not_eligible or invalid, or what its value rests on: new_enrollee, segment_assumed, model_change.';
		COMMENT ON COLUMN %1$I.patient_hcc_gap.base_record_id IS 'The newest record of the look-back years that counts, with base_date and base_npi.';
		COMMENT ON COLUMN %1$I.patient_hcc_gap.evidence_record_id IS 'The first record of this year that closes it, or the newest that is pending or fails, with evidence_date and evidence_npi.';
		COMMENT ON COLUMN %1$I.patient_hcc_gap.provider_npi IS 'The provider the patient is attributed to.';
		COMMENT ON COLUMN %1$I.patient_hcc_gap.status_since IS 'When the gap came into this state.';
		COMMENT ON COLUMN %1$I.patient_hcc_gap.value_raw IS 'What closing it adds to the raw score; of a closed one what it adds now. May be zero or negative.';
		COMMENT ON COLUMN %1$I.patient_hcc_gap.joint_raw IS 'What closing all open ones of the patient together adds: the same on each of the patient''s rows.';
		COMMENT ON COLUMN %1$I.patient_hcc_gap.closed_raw IS 'What those already closed add together: the same on each of the patient''s rows.';
		COMMENT ON COLUMN %1$I.patient_hcc_gap.captured_raw IS 'The score of what is documented this year: the same on each of the patient''s rows.';
		COMMENT ON COLUMN %1$I.patient_hcc_gap.run_id IS 'The row of hcc_gap_run that found it so.';
	$ddl$, schema);
	PERFORM @extschema@.hcc_setup_table(schema, 'patient_hcc_gap_history'::name, $columns$
		patient_id uuid NOT NULL,
		contract_id text NOT NULL,
		model_version text NOT NULL,
		collection_year integer NOT NULL,
		payment_year integer NOT NULL,
		hcc_code text NOT NULL,
		gap_source text NOT NULL,
		status text NOT NULL,
		closure text,
		by_hcc text[],
		reason text,
		excluded text,
		evidence_date date,
		evidence_record_id uuid,
		evidence_npi text,
		valid_from timestamptz NOT NULL,
		valid_to timestamptz NOT NULL
	$columns$::text, ''::text);
	PERFORM @extschema@.hcc_setup_index(schema, 'patient_hcc_gap_history'::name, 'patient_hcc_gap_history_patient'::name,
		'(patient_id, collection_year, valid_to)'::text);
	EXECUTE format($ddl$
		COMMENT ON TABLE %1$I.patient_hcc_gap_history IS 'The states a gap had before the present one, each from valid_from until before valid_to.';
	$ddl$, schema);
	PERFORM @extschema@.hcc_setup_table(schema, 'patient_hcc_gap_event'::name, $columns$
		event_id uuid NOT NULL DEFAULT gen_random_uuid() PRIMARY KEY,
		patient_id uuid NOT NULL,
		contract_id text,
		model_version text NOT NULL,
		collection_year integer NOT NULL,
		hcc_code text NOT NULL,
		event text NOT NULL,
		reason text,
		actor text NOT NULL,
		occurred_at timestamptz NOT NULL DEFAULT clock_timestamp(),
		known_at timestamptz NOT NULL DEFAULT clock_timestamp()
	$columns$::text, ''::text);
	PERFORM @extschema@.hcc_setup_index(schema, 'patient_hcc_gap_event'::name, 'patient_hcc_gap_event_patient'::name,
		'(patient_id, collection_year)'::text);
	EXECUTE format($ddl$
		COMMENT ON TABLE %1$I.patient_hcc_gap_event IS 'What people answered about gaps and what was submitted. Rows are added, never changed; write them with gap_event().';
		COMMENT ON COLUMN %1$I.patient_hcc_gap_event.contract_id IS 'NULL: of every contract, as what a clinician says is.';
	$ddl$, schema);
	PERFORM @extschema@.hcc_setup_table(schema, 'hcc_gap_run'::name, $columns$
		run_id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
		collection_year integer NOT NULL,
		payment_year integer NOT NULL,
		model_version text NOT NULL,
		parameters jsonb NOT NULL,
		fingerprints jsonb NOT NULL,
		seen_at timestamptz NOT NULL,
		started_by name NOT NULL DEFAULT session_user,
		finished_at timestamptz NOT NULL DEFAULT clock_timestamp(),
		gaps_added bigint NOT NULL,
		gaps_changed bigint NOT NULL,
		gaps_removed bigint NOT NULL,
		seconds jsonb NOT NULL
	$columns$::text, ''::text);
	EXECUTE format($ddl$
		COMMENT ON TABLE %1$I.hcc_gap_run IS 'One row per refresh_gaps: what it was asked, what it saw, what it changed.';
		COMMENT ON COLUMN %1$I.hcc_gap_run.seen_at IS 'The time whose state of things the gaps show.';
		COMMENT ON COLUMN %1$I.hcc_gap_run.fingerprints IS 'Of the model, and of the encounter rules of each payment year used.';
		COMMENT ON COLUMN %1$I.hcc_gap_run.seconds IS 'Duration of each stage.';
	$ddl$, schema);
	PERFORM @extschema@.hcc_setup_table(schema, 'payment_rate'::name, $columns$
		contract_id text NOT NULL DEFAULT '',
		payment_year integer NOT NULL,
		payment_month smallint NOT NULL DEFAULT 0 CHECK (payment_month BETWEEN 0 AND 12),
		rate numeric NOT NULL,
		source text NOT NULL,
		PRIMARY KEY (contract_id, payment_year, payment_month)
	$columns$::text, ''::text);
	EXECUTE format($ddl$
		COMMENT ON TABLE %1$I.payment_rate IS 'Dollars per month for a payment score of 1.000, by contract.';
		COMMENT ON COLUMN %1$I.payment_rate.contract_id IS 'Empty: of gaps without a contract.';
		COMMENT ON COLUMN %1$I.payment_rate.payment_month IS '1 to 12, or 0 for the months without a row of their own.';
	$ddl$, schema);
	IF partitioned THEN
		PERFORM @extschema@.hcc_split_table(format('%I.patient_hcc_gap', schema)::regclass, partitions);
	END IF;
END
$$;
COMMENT ON FUNCTION @extschema@.hcc_setup_gaps(name, boolean, integer) IS
	'Makes the tables of recapture gaps in a schema unless they are there; hccraf_setup() calls it.';

CREATE FUNCTION @extschema@.hcc_recapture_class(model text, policy text DEFAULT 'conservative')
	RETURNS TABLE (hcc_code text, label text, recapture_class text, reason text, source text)
LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 100
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
	IF hcc_recapture_class.policy <> 'is_chronic'
			AND NOT EXISTS (SELECT FROM @extschema@.hcc_recapture_policy p WHERE p.policy = hcc_recapture_class.policy) THEN
		RAISE EXCEPTION USING ERRCODE = 'undefined_object',
			MESSAGE = format('recapture policy "%s" does not exist', hcc_recapture_class.policy),
			DETAIL = format('There are: is_chronic, %s.',
				(SELECT string_agg(DISTINCT p.policy, ', ') FROM @extschema@.hcc_recapture_policy p)),
			HINT = 'A policy is its rows in hcc_recapture_policy.';
	END IF;
	RETURN QUERY
		SELECT c.hcc_code, c.label, COALESCE(p.recapture_class, CASE WHEN c.is_chronic IS FALSE THEN 'acute' ELSE 'chronic' END),
			CASE WHEN p.hcc_code IS NULL THEN 'hcc_category.is_chronic' ELSE p.reason END, p.source
		FROM @extschema@.hcc_category c LEFT JOIN (
			SELECT DISTINCT ON (hcc_code) * FROM @extschema@.hcc_recapture_policy r
			WHERE r.policy = hcc_recapture_class.policy AND r.model_version = hcc_recapture_class.model
			ORDER BY hcc_code, custom DESC) p ON p.hcc_code = c.hcc_code
		WHERE c.model_version = hcc_recapture_class.model;
END
$$;
COMMENT ON FUNCTION @extschema@.hcc_recapture_class(text, text) IS
	'Which HCCs of a model does a policy expect again every year (chronic, lifelong), and which not (acute), and why?';

----------------------------------------------------------------------
-- The gap engine as texts of queries: people, records, gaps. refresh_gaps
-- stores the first two for everybody, patient_gap reads them for one patient;
-- either way the gaps come from the same query.
----------------------------------------------------------------------
CREATE FUNCTION @extschema@.hcc_gap_year_query(patient_schema name, year integer, as_of timestamptz, restriction text) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
RETURN format($query$
	SELECT * FROM (
		SELECT patient_id, payment_year, latest, who, date_of_birth, date_of_death, enrolled_to, new_enrollee, esrd, provider_npi, plan_id,
			contract_id, array_agg(contract_id) FILTER (WHERE contract_id IS NOT NULL) OVER whole AS contracts,
			bool_or(hospice) OVER whole AS hospice
		FROM (%s) p WHERE true %s WINDOW whole AS (PARTITION BY patient_id)) y
	WHERE latest$query$,
	@extschema@.hcc_people_query(patient_schema, year, as_of), restriction);
COMMENT ON FUNCTION @extschema@.hcc_gap_year_query(name, integer, timestamptz, text) IS
	'Part of the gap engine: text of a query for everybody''s latest state in a payment year, with all contracts of the year.';

CREATE FUNCTION @extschema@.hcc_gap_people_query(patient_schema name, collection_year integer, payment_year integer,
	as_of timestamptz DEFAULT NULL, restriction text DEFAULT '') RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
RETURN format($query$
	WITH member AS (
		SELECT patient_id, COALESCE(n.contract_id, c.contract_id, '') AS contract_id, array_cat(n.contracts, c.contracts) AS contracts,
			CASE WHEN n.payment_year IS NOT NULL THEN n.who
				ELSE @extschema@.beneficiary_change(c.who, age => @extschema@.payment_year_age(c.date_of_birth, %2$s)) END AS who,
			n.payment_year IS NULL AS segment_assumed,
			CASE WHEN n.payment_year IS NULL THEN c.new_enrollee ELSE n.new_enrollee END AS new_enrollee,
			CASE WHEN n.payment_year IS NULL THEN c.esrd ELSE n.esrd END <> 'none' AS esrd,
			COALESCE(n.provider_npi, c.provider_npi) AS provider_npi, COALESCE(n.plan_id, c.plan_id) AS plan_id,
			CASE WHEN COALESCE(n.date_of_death, c.date_of_death) <= day THEN 'deceased'
				WHEN CASE WHEN n.payment_year IS NULL THEN c.enrolled_to ELSE n.enrolled_to END < day THEN 'disenrolled'
				WHEN n.hospice OR c.hospice THEN 'hospice' END AS excluded
		FROM (%3$s) n FULL JOIN (%4$s) c USING (patient_id),
			-- nobody leaves after the year that pays
			LEAST(%5$L::date, make_date(%2$s, 12, 31)) AS day
	)
	SELECT patient_id, contract_id, who, segment_assumed, new_enrollee, esrd, provider_npi, plan_id, excluded FROM member
	UNION ALL
	SELECT DISTINCT ON (patient_id, left_contract) patient_id, left_contract, who, segment_assumed, new_enrollee, esrd, provider_npi, plan_id,
		COALESCE(NULLIF(excluded, 'hospice'), 'disenrolled')
	FROM member, unnest(contracts) left_contract WHERE left_contract <> contract_id$query$,
	collection_year, payment_year,
	@extschema@.hcc_gap_year_query(patient_schema, payment_year, as_of, restriction),
	@extschema@.hcc_gap_year_query(patient_schema, collection_year, as_of, restriction),
	COALESCE(as_of, now()));
COMMENT ON FUNCTION @extschema@.hcc_gap_people_query(name, integer, integer, timestamptz, text) IS
	'Part of the gap engine: text of a query for who may have gaps: one row per patient and contract of the collection or payment year, with why it is excluded.';

CREATE FUNCTION @extschema@.hcc_gap_record_query(patient_schema name, collection_year integer, payment_year integer, model text, program text,
	look_back integer, as_of timestamptz DEFAULT NULL, without_list text DEFAULT 'error', restriction text DEFAULT '') RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
	-- each year's records pass the encounter filter of the payment year that they count for
	SELECT string_agg(format($query$
		SELECT d.patient_id, d.contract_id, d.icd10_code, unnest(@extschema@.icd_to_hcc(d.icd10_code, %1$L, %2$s)) AS hcc_code,
			%3$s AS position, %4$s AS state, d.diagnosis_date, d.id, d.provider_npi
		FROM (%5$s) d
		WHERE d.diagnosis_date BETWEEN %6$L AND %7$L AND @extschema@.icd_has_hcc(d.icd10_code, %1$L, %2$s) %8$s$query$,
		model, payment_year, n, CASE WHEN n > 0 THEN 'd.encounter_verdict' ELSE $state$CASE WHEN d.encounter_verdict <> 'ok' THEN d.encounter_verdict
			WHEN d.submission IN ('in_review', 'not_submitted', 'submitted') THEN 'pending' ELSE 'ok' END$state$ END,
		@extschema@.hcc_diagnoses_query(patient_schema, payment_year - n, program, as_of,
			make_date(collection_year - n, 1, 1), make_date(collection_year - n, 12, 31), without_list),
		make_date(collection_year - n, 1, 1), make_date(collection_year - n, 12, 31), restriction), ' UNION ALL ' ORDER BY n)
	FROM generate_series(0, look_back) n;
END;
COMMENT ON FUNCTION @extschema@.hcc_gap_record_query(name, integer, integer, text, text, integer, timestamptz, text, text) IS
	'Part of the gap engine: text of a query for the diagnoses that map to an HCC, once for each: of the collection year (position 0) and of the look-back years (1 is the newest), with the verdict, or pending, as state.';

CREATE FUNCTION @extschema@.hcc_gap_query(people text, records text, events regclass, collection_year integer, payment_year integer, model text,
	program text, look_back integer, policy text, as_of timestamptz DEFAULT NULL) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
RETURN format($query$
	WITH answer AS MATERIALIZED (
		-- the last one that says so counts; a deletion concerns the look-back years
		SELECT patient_id, contract_id, hcc_code, max(event) FILTER (WHERE effect = 'invalid') AS refuted, bool_or(effect = 'delete') AS deleted
		FROM (
			SELECT DISTINCT ON (p.patient_id, p.contract_id, v.hcc_code, k.effect = 'delete') p.patient_id, p.contract_id, v.hcc_code, v.event, k.effect
			FROM %1$s v JOIN @extschema@.hcc_gap_event_kind k USING (event)
				JOIN %2$s p ON p.patient_id = v.patient_id AND (v.contract_id IS NULL OR v.contract_id = p.contract_id)
			WHERE v.model_version = %3$L AND v.known_at <= %4$L
				AND CASE WHEN k.effect = 'delete' THEN v.collection_year BETWEEN %5$s - %6$s AND %5$s - 1
					ELSE v.collection_year = %5$s AND k.effect IN ('invalid', 'reopen') END
			ORDER BY p.patient_id, p.contract_id, v.hcc_code, k.effect = 'delete', v.occurred_at DESC, v.known_at DESC, v.event_id
		) v
		WHERE effect <> 'reopen'
		GROUP BY patient_id, contract_id, hcc_code
	), documented AS (
		SELECT p.patient_id, p.contract_id, ARRAY[%7$s] AS base,
			COALESCE(@extschema@.icd10_agg(r.icd10_code) FILTER (WHERE position = 0 AND state = 'ok'), '{}') AS captured,
			@extschema@.icd10_agg(r.icd10_code) FILTER (WHERE position = 0 AND state = 'pending') AS pending,
			@extschema@.icd10_agg(r.icd10_code) FILTER (WHERE position = 0 AND state NOT IN ('ok', 'pending', 'deleted', 'voided')) AS not_eligible
		FROM %2$s p JOIN %8$s r ON r.patient_id = p.patient_id
			AND (r.contract_id IS NULL OR r.contract_id = p.contract_id OR p.contract_id = '')
		GROUP BY p.patient_id, p.contract_id
	)
	SELECT patient_id, contract_id, p.provider_npi, p.plan_id, p.segment_assumed, p.new_enrollee, p.esrd, p.excluded, g.*,
		CASE WHEN g.status = 'net_new' THEN 'net_new' ELSE 'historic' END AS gap_source, a.refuted, a.deleted
	FROM documented d JOIN %2$s p USING (patient_id, contract_id)
		LEFT JOIN (SELECT patient_id, contract_id, array_agg(hcc_code) AS hccs FROM answer GROUP BY patient_id, contract_id) i
			USING (patient_id, contract_id)
		-- a model that has no segment for a person has no gaps of theirs
		CROSS JOIN LATERAL @extschema@.raf_gaps(d.base, d.captured, CASE WHEN @extschema@.raf_segment_fits(p.who, %3$L, %9$s) THEN p.who END,
			%9$s, %3$L, %10$L, pending => d.pending, not_eligible => d.not_eligible,
			ignored_hccs => array_cat(%11$L::text[], i.hccs)) g
		LEFT JOIN answer a USING (patient_id, contract_id, hcc_code)$query$,
	events, people, model, COALESCE(as_of, 'infinity'), collection_year, look_back,
	(SELECT string_agg(format('@extschema@.icd10_agg(r.icd10_code) FILTER (WHERE position = %s AND state = ''ok'')', n), ', ' ORDER BY n)
		FROM generate_series(1, look_back) n),
	records, payment_year, program,
	ARRAY(SELECT hcc_code FROM @extschema@.hcc_recapture_class(model, policy) WHERE recapture_class = 'acute' ORDER BY hcc_code));
COMMENT ON FUNCTION @extschema@.hcc_gap_query(text, text, regclass, integer, integer, text, text, integer, text, timestamptz) IS
	'Part of the gap engine: text of a query for gaps as raf_gaps finds them, with the answers about them, from relations with the rows of hcc_gap_people_query and hcc_gap_record_query.';

CREATE FUNCTION @extschema@.hcc_gap_evidence_query(gaps text, records text, collection_year integer, payment_year integer, model text, policy text) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
RETURN format($query$
	WITH RECURSIVE class AS MATERIALIZED (
		SELECT hcc_code, recapture_class FROM @extschema@.hcc_recapture_class(%1$L, %2$L)
	), above AS (
		SELECT subordinate_hcc AS hcc_code, superior_hcc FROM @extschema@.hcc_hierarchy WHERE model_version = %1$L
		UNION
		SELECT a.hcc_code, h.superior_hcc FROM above a JOIN @extschema@.hcc_hierarchy h
			ON h.model_version = %1$L AND h.subordinate_hcc = a.superior_hcc
	), superior AS MATERIALIZED (
		SELECT hcc_code, array_agg(superior_hcc) AS hccs FROM above GROUP BY hcc_code
	), sought AS (
		-- the HCCs whose records speak for a gap
		SELECT g.patient_id, g.contract_id, g.gap_source, g.hcc_code AS gap_hcc, unnest(CASE WHEN g.closure = 'same' THEN ARRAY[g.hcc_code]
			ELSE array_append(CASE WHEN g.status IN ('pending', 'documented_not_eligible') THEN s.hccs ELSE g.by_hcc END, g.hcc_code) END) AS hcc_code
		FROM %3$s g LEFT JOIN superior s USING (hcc_code)
	), evidence AS (
		-- a record as one text, so that the first and the last of many are a min and a max
		SELECT patient_id, g.contract_id, gap_source, gap_hcc AS hcc_code,
			max(r.record) FILTER (WHERE position > 0 AND state = 'ok' AND r.hcc_code = gap_hcc) AS base,
			min(r.record) FILTER (WHERE position = 0 AND state = 'ok') AS first,
			max(r.record) FILTER (WHERE position = 0 AND state = 'pending') AS pending,
			max(r.record) FILTER (WHERE position = 0 AND state NOT IN ('ok', 'pending', 'deleted', 'voided')) AS failed
		FROM sought g JOIN (
			SELECT *, to_char(diagnosis_date, 'YYYY-MM-DD') || id || state || ' ' || COALESCE(provider_npi, '') AS record FROM %4$s) r
			USING (patient_id, hcc_code)
		WHERE r.contract_id IS NULL OR r.contract_id = g.contract_id OR g.contract_id = ''
		GROUP BY patient_id, g.contract_id, gap_source, gap_hcc
	), state AS (
		SELECT g.*, e.base AS base_record, CASE WHEN g.status IN ('closed', 'downgraded', 'net_new') THEN e.first
				WHEN g.status = 'pending' THEN e.pending WHEN g.status = 'documented_not_eligible' THEN e.failed END AS record,
			CASE WHEN g.status IN ('open', 'documented_not_eligible') AND g.refuted IS NOT NULL THEN 'invalid' ELSE g.status END AS new_status
		FROM %3$s g LEFT JOIN evidence e USING (patient_id, contract_id, hcc_code, gap_source)
	)
	SELECT g.patient_id, g.contract_id, %1$L::text AS model_version, %5$s AS collection_year, %6$s AS payment_year, g.hcc_code, g.gap_source,
		g.label, g.new_status AS status, g.closure, g.by_hcc, %5$s - g.base_position AS source_year, g.superseded_by, g.icd10_codes,
		COALESCE(c.recapture_class, 'chronic') AS recapture_class,
		-- what the gap is goes before who the patient is: rates that keep those who left keep only gaps
		CASE WHEN g.gap_source = 'historic' AND g.deleted THEN 'delete_list'
			WHEN g.gap_source = 'historic' AND c.recapture_class = 'acute' THEN 'acute' ELSE g.excluded END AS excluded,
		NULLIF(concat_ws(', ', CASE g.new_status WHEN 'invalid' THEN g.refuted
				WHEN 'documented_not_eligible' THEN split_part(substr(g.record, 47), ' ', 1) END,
			CASE WHEN g.new_enrollee THEN 'new_enrollee' END, CASE WHEN g.segment_assumed THEN 'segment_assumed' END,
			CASE WHEN g.captured_payment IS NULL AND g.esrd THEN 'model_change' END), '') AS reason,
		left(g.base_record, 10)::date AS base_date, substr(g.base_record, 11, 36)::uuid AS base_record_id,
		NULLIF(substr(g.base_record, strpos(g.base_record, ' ') + 1), '') AS base_npi,
		left(g.record, 10)::date AS evidence_date, substr(g.record, 11, 36)::uuid AS evidence_record_id,
		NULLIF(substr(g.record, strpos(g.record, ' ') + 1), '') AS evidence_npi, g.provider_npi, g.plan_id,
		g.coefficient, g.value_raw, g.value_payment, g.terms_gained, g.joint_raw, g.joint_payment, g.closed_raw, g.closed_payment,
		g.captured_raw, g.captured_payment
	FROM state g LEFT JOIN class c USING (hcc_code)$query$,
	model, policy, gaps, records, collection_year, payment_year);
COMMENT ON FUNCTION @extschema@.hcc_gap_evidence_query(text, text, integer, integer, text, text) IS
	'Part of the gap engine: text of a query for the rows of patient_hcc_gap: gaps from a relation with the rows of hcc_gap_query, with the records that speak for them.';

CREATE FUNCTION @extschema@.hcc_check_gap_arguments(collection_year integer, model text, payment_year integer, look_back integer, policy text) RETURNS void
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	IF collection_year IS NULL OR payment_year IS NULL OR model IS NULL OR policy IS NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'null_value_not_allowed',
			MESSAGE = 'gaps need a collection year, a payment year, a model and a policy';
	END IF;
	PERFORM @extschema@.hcc_check_look_back(look_back);
	-- these raise their own errors
	PERFORM @extschema@.hccraf_fingerprint(model, payment_year), @extschema@.hcc_recapture_class(model, policy);
END
$$;
COMMENT ON FUNCTION @extschema@.hcc_check_gap_arguments(integer, text, integer, integer, text) IS
	'Part of the gap engine: an error for arguments that name nothing, even where there is nobody to have gaps.';

----------------------------------------------------------------------
-- The stored gaps
----------------------------------------------------------------------
CREATE PROCEDURE @extschema@.refresh_gaps(collection_year integer, model text DEFAULT 'V28', payment_year integer DEFAULT NULL, program text DEFAULT 'MA',
	look_back integer DEFAULT 1, policy text DEFAULT 'conservative', as_of timestamptz DEFAULT NULL, patient_schema name DEFAULT NULL,
	without_list text DEFAULT 'error', work_mem text DEFAULT NULL)
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
SET jit = off
-- the statistics of a table that was empty a moment ago say that it is
SET enable_nestloop = off
-- a group for every few rows: the planner would rather not share that among workers, but it pays
SET parallel_tuple_cost = 0.01
SET parallel_setup_cost = 100
AS $$
#variable_conflict use_variable
DECLARE
	schema name := @extschema@.hcc_panel_schema(patient_schema);
	paid_in integer := COALESCE(payment_year, collection_year + 1);
	seen_at timestamptz := COALESCE(as_of, clock_timestamp());
	later timestamptz;
	run bigint;
	-- what a gap is; the rest of a row is what is known about it
	state text := 'status, closure, by_hcc, reason, excluded';
	target text := format('%I.patient_hcc_gap', schema);
	scope text := format('o.model_version = %L AND o.collection_year = %s AND o.gap_source IN (''historic'', ''net_new'')', model, collection_year);
	same text := 'n.patient_id = o.patient_id AND n.contract_id = o.contract_id AND n.hcc_code = o.hcc_code AND n.gap_source = o.gap_source';
	columns text;
	rules numeric := @extschema@.hcc_model_state();
	times timestamptz[] := ARRAY[clock_timestamp()];
	added bigint;
	changed bigint;
	removed bigint;
BEGIN
	PERFORM @extschema@.hcc_check_gap_arguments(collection_year, model, paid_in, look_back, policy);
	IF to_regclass(target) IS NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state',
			MESSAGE = format('schema "%s" has no tables for gaps', schema),
			HINT = format('Make them with SELECT hccraf_setup(%L);', schema);
	END IF;
	IF NOT @extschema@.hcc_table_lock(target::regclass) THEN
		RAISE EXCEPTION USING ERRCODE = 'lock_not_available',
			MESSAGE = format('another session refreshes the gaps of schema "%s"', schema),
			HINT = 'Wait for it to commit, or end it with pg_cancel_backend.';
	END IF;
	EXECUTE format('SELECT max(seen_at) FROM %I.hcc_gap_run WHERE model_version = $1 AND collection_year = $2', schema)
	INTO later USING model, collection_year;
	IF later > seen_at THEN
		RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state',
			MESSAGE = 'the gaps stored are of a later time',
			DETAIL = format('They are those of %s.', later),
			HINT = 'To look back, use recapture_gap(as_of => ...), or patient_gap(as_of => ...) for one patient.';
	END IF;
	IF work_mem IS NOT NULL THEN
		PERFORM set_config('work_mem', work_mem, true);
	END IF;

	EXECUTE format('CREATE TEMPORARY TABLE hccraf_gap_people ON COMMIT DROP AS %s',
		@extschema@.hcc_gap_people_query(schema, collection_year, paid_in, as_of));
	EXECUTE format('CREATE TEMPORARY TABLE hccraf_gap_record ON COMMIT DROP AS %s',
		@extschema@.hcc_gap_record_query(schema, collection_year, paid_in, model, program, look_back, as_of, without_list));
	ANALYZE pg_temp.hccraf_gap_people;
	ANALYZE pg_temp.hccraf_gap_record;
	times := times || clock_timestamp();
	RAISE NOTICE 'gaps %: people and diagnoses collected', collection_year;

	EXECUTE format('CREATE TEMPORARY TABLE hccraf_gap_found ON COMMIT DROP AS %s',
		@extschema@.hcc_gap_query('pg_temp.hccraf_gap_people'::text, 'pg_temp.hccraf_gap_record'::text, format('%I.patient_hcc_gap_event', schema)::regclass,
			collection_year, paid_in, model, program, look_back, policy, as_of));
	ANALYZE pg_temp.hccraf_gap_found;
	EXECUTE format('CREATE TEMPORARY TABLE hccraf_gap ON COMMIT DROP AS %s',
		@extschema@.hcc_gap_evidence_query('pg_temp.hccraf_gap_found'::text, 'pg_temp.hccraf_gap_record'::text, collection_year, paid_in, model, policy));
	ANALYZE pg_temp.hccraf_gap;
	times := times || clock_timestamp();
	RAISE NOTICE 'gaps %: computed', collection_year;

	columns := @extschema@.hcc_run_columns('pg_temp.hccraf_gap'::regclass);
	EXECUTE format('SELECT nextval(pg_get_serial_sequence(%L, ''run_id''))', format('%I.hcc_gap_run', schema)) INTO run;
	EXECUTE format('CREATE TEMPORARY TABLE hccraf_gap_change ON COMMIT DROP AS
		SELECT o.patient_id, o.contract_id, o.hcc_code, o.gap_source, n.patient_id IS NULL AS removed,
			n.patient_id IS NULL OR ROW(%1$s) IS DISTINCT FROM ROW(%2$s) AS moved
		FROM (SELECT * FROM %3$s o WHERE %4$s) o LEFT JOIN pg_temp.hccraf_gap n ON %5$s
		WHERE n.patient_id IS NULL OR ROW(%6$s) IS DISTINCT FROM ROW(%7$s)',
		regexp_replace(state, '(\w+)', 'o.\1', 'g'), regexp_replace(state, '(\w+)', 'n.\1', 'g'), target, scope, same,
		regexp_replace(columns, '(\w+)', 'o.\1', 'g'), regexp_replace(columns, '(\w+)', 'n.\1', 'g'));
	ANALYZE pg_temp.hccraf_gap_change;
	EXECUTE format('INSERT INTO %I.patient_hcc_gap_history (%2$s, valid_from, valid_to)
		SELECT %2$s, status_since, $1
		FROM %3$s o JOIN pg_temp.hccraf_gap_change n USING (patient_id, contract_id, hcc_code, gap_source) WHERE %4$s AND n.moved',
		schema, 'patient_id, contract_id, hcc_code, gap_source, model_version, collection_year, payment_year, '
			|| 'evidence_date, evidence_record_id, evidence_npi, ' || state, target, scope) USING seen_at;
	EXECUTE format('DELETE FROM %s o USING pg_temp.hccraf_gap_change n WHERE %s AND %s AND n.removed', target, scope, same);
	GET DIAGNOSTICS removed = ROW_COUNT;
	EXECUTE format('UPDATE %s o SET (%s, status_since, run_id) = ROW(%s, CASE WHEN c.moved THEN $1 ELSE o.status_since END, $2)
		FROM pg_temp.hccraf_gap n JOIN pg_temp.hccraf_gap_change c USING (patient_id, contract_id, hcc_code, gap_source)
		WHERE %s AND %s',
		target, columns, regexp_replace(columns, '(\w+)', 'n.\1', 'g'), scope, same) USING seen_at, run;
	GET DIAGNOSTICS changed = ROW_COUNT;
	EXECUTE format('INSERT INTO %s (%s, status_since, run_id) SELECT %2$s, $1, $2 FROM pg_temp.hccraf_gap n
		WHERE NOT EXISTS (SELECT FROM %1$s o WHERE %3$s AND %4$s)', target, columns, scope, same) USING seen_at, run;
	GET DIAGNOSTICS added = ROW_COUNT;
	times := times || clock_timestamp();
	EXECUTE format('INSERT INTO %I.hcc_gap_run (run_id, collection_year, payment_year, model_version, parameters, fingerprints, seen_at,
			gaps_added, gaps_changed, gaps_removed, seconds)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)', schema)
	USING run, collection_year, paid_in, model,
		jsonb_build_object('program', program, 'look_back', look_back, 'policy', policy, 'as_of', as_of, 'without_list', without_list),
		jsonb_build_object('model', @extschema@.hccraf_fingerprint(model, paid_in),
			'encounter_filter', (SELECT jsonb_object_agg(paid_in - n, @extschema@.encounter_filter_fingerprint(paid_in - n, program))
				FROM generate_series(0, look_back) n)),
		seen_at, added, changed, removed,
		jsonb_build_object('collect', extract(epoch FROM times[2] - times[1]), 'compute', extract(epoch FROM times[3] - times[2]),
			'publish', extract(epoch FROM times[4] - times[3]));
	IF @extschema@.hcc_model_state() <> rules THEN
		RAISE EXCEPTION USING ERRCODE = 'serialization_failure',
			MESSAGE = 'models or rules have changed while gaps were computed by them',
			HINT = 'Call it again; the gaps are as they were.';
	END IF;
	RAISE NOTICE 'gaps %: % added, % changed, % removed', collection_year, added, changed, removed;
	-- several calls may share a transaction
	DROP TABLE pg_temp.hccraf_gap_people, pg_temp.hccraf_gap_record, pg_temp.hccraf_gap_found, pg_temp.hccraf_gap, pg_temp.hccraf_gap_change;
EXCEPTION WHEN integrity_constraint_violation OR with_check_option_violation THEN
	PERFORM @extschema@.hcc_raise_without_row(SQLSTATE, SQLERRM);
END
$$;
COMMENT ON PROCEDURE @extschema@.refresh_gaps(integer, text, integer, text, integer, text, timestamptz, name, text, text) IS
	'Brings patient_hcc_gap up to date for a collection year and model: everybody''s gaps with status, evidence and value. Writes only what differs, keeps former states in patient_hcc_gap_history, all in one transaction. payment_year NULL: the year after.';
