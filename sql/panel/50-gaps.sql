-- Recapture gaps: what was documented before and is not yet this year. One query
-- finds them, of everybody for refresh_gaps, of one patient for patient_gap.

-- As a run's, the patients are divided into shares, each of which a process of its own reads,
-- computes and compares; of few patients there is one.

CREATE FUNCTION @panel@.hcc_year_person(payment_year integer, as_of timestamptz,
	patients @patient_id@[], share integer, shares integer)
	RETURNS TABLE (patient_id @patient_id@, who @extschema@.beneficiary, date_of_birth date,
		date_of_death date, enrolled_to date, new_enrollee boolean, esrd text, provider_npi text,
		plan_id text, contract_id text, contracts text[], hospice boolean, last_month smallint,
		enrolled_months smallint)
LANGUAGE sql STABLE PARALLEL SAFE ROWS 1000
BEGIN ATOMIC
	SELECT y.patient_id, y.who, y.date_of_birth, y.date_of_death, y.enrolled_to, y.new_enrollee,
		y.esrd, y.provider_npi, y.plan_id, y.contract_id, y.contracts, y.some_hospice,
		y.payment_month, y.enrolled_months
	FROM (
		-- one month in hospice takes a person out of the measures of the whole year
		SELECT p.*, bool_or(p.hospice) OVER whole AS some_hospice,
			array_agg(p.contract_id) FILTER (WHERE p.contract_id IS NOT NULL) OVER whole
				AS contracts
		FROM @panel@.person(hcc_year_person.payment_year, hcc_year_person.as_of,
			hcc_year_person.patients) p
		WHERE hcc_year_person.shares = 1 OR @extschema@.hcc_in_share(p.patient_id,
			hcc_year_person.share, hcc_year_person.shares)
		WINDOW whole AS (PARTITION BY p.patient_id)
	) y
	WHERE y.latest;
END;
COMMENT ON FUNCTION @panel@.hcc_year_person(integer, timestamptz, @patient_id@[], integer,
	integer) IS
	'Everybody''s latest state in a payment year, with all contracts of the year.';

CREATE FUNCTION @panel@.hcc_gap_person(collection_year integer, payment_year integer,
	as_of timestamptz, patients @patient_id@[], share integer, shares integer)
	RETURNS TABLE (patient_id @patient_id@, contract_id text, is_last boolean,
		who @extschema@.beneficiary, segment_assumed boolean, new_enrollee boolean, esrd boolean,
		provider_npi text, plan_id text, excluded text, enrolled_months smallint)
LANGUAGE sql STABLE PARALLEL SAFE ROWS 1000
BEGIN ATOMIC
	SELECT m.patient_id, c.contract_id, c.contract_id = m.contract_id, m.who,
		m.segment_assumed, m.new_enrollee, m.esrd,
		m.provider_npi, m.plan_id,
		-- who left a contract is not in hospice there
		CASE WHEN c.contract_id = m.contract_id THEN m.excluded
			ELSE COALESCE(NULLIF(m.excluded, 'hospice'), 'disenrolled') END,
		CASE WHEN m.last_month > 0 THEN
				-- who was there in the last month that is known stays for the rest
				COALESCE(cardinality(array_positions(m.paid_contracts,
						NULLIF(c.contract_id, ''))), 0)
					+ CASE WHEN c.contract_id = m.contract_id THEN 12 - m.last_month ELSE 0 END
			ELSE m.enrolled_months END::smallint
	FROM (
		-- In autumn few are in the file of the year that pays. Who is not is taken to be as in
		-- the year of the services, a year older, and the gap says so (segment_assumed).
		SELECT patient_id, COALESCE(n.contract_id, c.contract_id, '') AS contract_id,
			array_cat(n.contracts, c.contracts) AS contracts, a.assumed AS segment_assumed,
			CASE WHEN a.assumed THEN @extschema@.beneficiary_change(c.who,
					age => @extschema@.payment_year_age(c.date_of_birth,
						hcc_gap_person.payment_year))
				ELSE n.who END AS who,
			CASE WHEN a.assumed THEN c.new_enrollee ELSE n.new_enrollee END AS new_enrollee,
			CASE WHEN a.assumed THEN c.esrd ELSE n.esrd END <> 'none' AS esrd,
			COALESCE(n.provider_npi, c.provider_npi) AS provider_npi,
			COALESCE(n.plan_id, c.plan_id) AS plan_id,
			n.last_month, n.enrolled_months, n.contracts AS paid_contracts,
			CASE WHEN COALESCE(n.date_of_death, c.date_of_death) <= a.day THEN 'deceased'
				WHEN CASE WHEN a.assumed THEN c.enrolled_to ELSE n.enrolled_to END < a.day
					THEN 'disenrolled'
				WHEN n.hospice OR c.hospice THEN 'hospice' END AS excluded
		FROM @panel@.hcc_year_person(hcc_gap_person.payment_year, hcc_gap_person.as_of,
				hcc_gap_person.patients, hcc_gap_person.share, hcc_gap_person.shares) n
			FULL JOIN @panel@.hcc_year_person(hcc_gap_person.collection_year,
				hcc_gap_person.as_of, hcc_gap_person.patients, hcc_gap_person.share,
				hcc_gap_person.shares) c USING (patient_id)
			CROSS JOIN LATERAL (SELECT n.patient_id IS NULL AS assumed,
				-- nobody leaves after the year that pays
				LEAST(COALESCE(hcc_gap_person.as_of, now())::date,
					make_date(hcc_gap_person.payment_year, 12, 31)) AS day) a
	) m
		-- The former contract keeps its gaps, as of one who has left: its rates of the year count
		-- them, and nobody works on them.
		CROSS JOIN LATERAL (SELECT m.contract_id
			UNION
			SELECT unnest(m.contracts)) c (contract_id);
END;
COMMENT ON FUNCTION @panel@.hcc_gap_person(integer, integer, timestamptz, @patient_id@[], integer,
	integer) IS
	'Who may have gaps: one row per patient and contract of both years, with why it is excluded.';

CREATE FUNCTION @panel@.hcc_gap_record(collection_year integer, payment_year integer, model text,
	program text, look_back integer, as_of timestamptz, without_list text,
	patients @patient_id@[], share integer, shares integer)
	RETURNS TABLE (patient_id @patient_id@, contract_id text, icd10_code text,
		years_back integer, state text, submitted boolean, claim_known boolean,
		id @diagnosis_id@, diagnosis_date date, provider_npi text)
LANGUAGE sql STABLE PARALLEL SAFE ROWS 1000
BEGIN ATOMIC
	SELECT d.patient_id, d.contract_id, d.icd10_code, y.back,
		CASE WHEN d.record_source <> ALL (y.sources)
				AND @extschema@.encounter_counts(d.encounter_verdict) THEN 'other_source'
			WHEN y.back = 0 AND @extschema@.encounter_counts(d.encounter_verdict)
				AND d.submission IN ('in_review', 'not_submitted', 'submitted') THEN 'pending'
			ELSE d.encounter_verdict END,
		d.submission IN ('in_review', 'not_submitted') IS NOT TRUE, d.claim_type IS NOT NULL,
		d.id, d.diagnosis_date, d.provider_npi
	FROM (
			SELECT back, @extschema@.hcc_model_sources(hcc_gap_record.payment_year - back,
				hcc_gap_record.program, hcc_gap_record.model) AS sources
			FROM generate_series(0, hcc_gap_record.look_back) back OFFSET 0) y
		-- Each year's records pass the filter of the payment year that they count for. A year
		-- is read as a whole: joined to the years one by one, each record would have the
		-- corrections of everybody collected for it.
		CROSS JOIN LATERAL (
			SELECT r.*
			FROM @panel@.diagnosis(hcc_gap_record.payment_year - y.back,
				hcc_gap_record.program, hcc_gap_record.as_of, hcc_gap_record.without_list,
				make_date(hcc_gap_record.collection_year - y.back, 1, 1),
				make_date(hcc_gap_record.collection_year - y.back, 12, 31),
				hcc_gap_record.patients) r
			WHERE (hcc_gap_record.shares = 1 OR @extschema@.hcc_in_share(r.patient_id,
					hcc_gap_record.share, hcc_gap_record.shares))
				AND @extschema@.icd_has_any_hcc(r.icd10_code, ARRAY[hcc_gap_record.model],
					hcc_gap_record.payment_year)
			OFFSET 0) d;
END;
COMMENT ON FUNCTION @panel@.hcc_gap_record(integer, integer, text, text, integer, timestamptz, text,
	@patient_id@[], integer, integer) IS
	'The diagnoses with an HCC, of whomever, of a year and of years before it, with their state.';

CREATE FUNCTION @panel@.hcc_gap(collection_year integer, payment_year integer, model text,
	program text, look_back integer, policy text, as_of timestamptz, without_list text,
	patients @patient_id@[], share integer, shares integer)
	RETURNS TABLE (patient_id @patient_id@, contract_id text, hcc_code text, gap_source text,
		label text, status text, closure text, by_hcc text[], source_year integer,
		superseded_by text[], icd10_codes text[], recapture_class text, excluded text, reason text,
		base_date date, base_record_id @diagnosis_id@, base_npi text, evidence_date date,
		evidence_record_id @diagnosis_id@, evidence_npi text, provider_npi text, plan_id text,
		enrolled_months smallint, coefficient numeric, value_raw numeric, value_payment numeric,
		terms_gained text[],
		joint_raw numeric, joint_payment numeric, closed_raw numeric, closed_payment numeric,
		captured_raw numeric, captured_payment numeric)
LANGUAGE sql STABLE PARALLEL SAFE ROWS 1000
BEGIN ATOMIC
	-- What is read more than once is materialized: opened, each use would collect the records of
	-- everybody again, and the planner cannot know how few of them the filter lets through.
	WITH RECURSIVE person AS MATERIALIZED (
		SELECT p.*, p.esrd AND (
				-- who is paid by another model has gaps in that one, and in its rates
				SELECT bool_and(f.model_version <> hcc_gap.model
					OR COALESCE('esrd' = ANY (k.forbids), false))
				FROM @extschema@.payment_year_parameter f
					JOIN @extschema@.payment_component k ON k.component = f.component
				WHERE f.payment_year = hcc_gap.payment_year AND f.program = hcc_gap.program)
				IS TRUE AS other_model
		FROM @panel@.hcc_gap_person(hcc_gap.collection_year, hcc_gap.payment_year,
			hcc_gap.as_of, hcc_gap.patients, hcc_gap.share, hcc_gap.shares) p
	), record AS MATERIALIZED (
		-- Codes are mapped as the payment year maps them, whenever they were written, and
		-- as it does for this person: some by age or sex.
		SELECT r.*, unnest(@extschema@.person_hccs(
			@extschema@.hcc_canonical(r.icd10_code), p.who, hcc_gap.model,
			hcc_gap.payment_year)) AS hcc_code
		FROM @panel@.hcc_gap_record(hcc_gap.collection_year, hcc_gap.payment_year,
				hcc_gap.model, hcc_gap.program, hcc_gap.look_back, hcc_gap.as_of,
				hcc_gap.without_list, hcc_gap.patients, hcc_gap.share, hcc_gap.shares) r
			JOIN person p ON p.patient_id = r.patient_id AND p.is_last
	), class AS MATERIALIZED (
		SELECT c.hcc_code, c.recapture_class
		FROM @extschema@.hcc_recapture_class(hcc_gap.model, hcc_gap.policy) c
	), above AS (
		-- by any path, as raf_gaps closes gaps; scoring goes by the pairs alone
		SELECT h.subordinate_hcc AS hcc_code, h.superior_hcc
		FROM @extschema@.hcc_hierarchy h WHERE h.model_version = hcc_gap.model
		UNION
		SELECT a.hcc_code, h.superior_hcc
		FROM above a JOIN @extschema@.hcc_hierarchy h
			ON h.model_version = hcc_gap.model AND h.subordinate_hcc = a.superior_hcc
	), superior AS MATERIALIZED (
		SELECT a.hcc_code, array_agg(a.superior_hcc) AS hccs FROM above a GROUP BY a.hcc_code
	), question AS MATERIALIZED (
		-- rules of two_way that doubt a record for what is not beside it
		SELECT c.icd10_code, w.*
		FROM (SELECT DISTINCT r.icd10_code FROM record r
				WHERE r.years_back > 0 AND r.state = 'ok') c
			JOIN @extschema@.hcc_two_way_rule() w
				ON @extschema@.hcc_canonical(c.icd10_code) ^@ ANY (w.icd10_prefixes)
		WHERE w.with_codes IS NULL AND (w.without_inpatient OR w.treated)
	), doubtful AS MATERIALIZED (
		SELECT DISTINCT r.patient_id, r.id, r.years_back, r.diagnosis_date, q.rule,
			q.icd10_prefixes, q.without_inpatient, q.treated, q.codes, q.procedure_prefixes,
			q.procedures
		FROM record r JOIN question q ON q.icd10_code = r.icd10_code
		WHERE r.years_back > 0 AND r.state = 'ok' AND (r.claim_known OR NOT q.without_inpatient)
	), supported AS (
		SELECT DISTINCT u.id, u.rule
		FROM doubtful u JOIN @panel@.hcc_evidence(
				make_date(hcc_gap.collection_year - hcc_gap.look_back - 1, 1, 1),
				make_date(hcc_gap.collection_year, 12, 31), hcc_gap.as_of, hcc_gap.patients) e
			ON e.patient_id = u.patient_id
		WHERE u.without_inpatient AND e.inpatient AND e.code ^@ ANY (u.icd10_prefixes)
				AND extract(year FROM e.diagnosis_date)::integer
					= hcc_gap.collection_year - u.years_back
			OR u.treated AND abs(e.diagnosis_date - u.diagnosis_date) <= 365
				AND (e.code ^@ ANY (u.codes) OR e.procedure_codes && u.procedures
					OR EXISTS (SELECT FROM unnest(e.procedure_codes) c
						WHERE c ^@ ANY (u.procedure_prefixes)))
	), questioned AS (
		-- where every record that a gap would rest on is doubtful
		SELECT p.patient_id, p.contract_id, r.hcc_code, min(u.rule) AS rule
		FROM record r JOIN person p ON p.patient_id = r.patient_id
			LEFT JOIN (
				SELECT u.id, min(u.rule) AS rule FROM doubtful u
				WHERE NOT EXISTS (SELECT FROM supported s
					WHERE s.id = u.id AND s.rule = u.rule)
				GROUP BY u.id) u ON u.id = r.id
		WHERE r.years_back > 0 AND r.state = 'ok'
			AND r.patient_id IN (SELECT u.patient_id FROM doubtful u)
			AND (r.contract_id IS NULL OR r.contract_id = p.contract_id OR p.contract_id = '')
		GROUP BY p.patient_id, p.contract_id, r.hcc_code
		HAVING bool_and(u.id IS NOT NULL)
	), answer AS MATERIALIZED (
		-- the last one that says so counts; a deletion concerns the look-back years
		SELECT v.patient_id, v.contract_id, v.hcc_code,
			max(v.event) FILTER (WHERE v.effect = 'invalid') AS refuted,
			max(v.event) FILTER (WHERE v.effect = 'question') AS questioned,
			bool_or(v.effect IN ('delete', 'question')) AS deleted
		FROM (
			(SELECT DISTINCT ON (p.patient_id, p.contract_id, e.hcc_code, k.effect = 'delete')
				p.patient_id, p.contract_id, e.hcc_code, e.event, k.effect
			FROM @panel@.patient_hcc_gap_event e
				JOIN @extschema@.hcc_gap_event_kind k ON k.event = e.event
				JOIN person p ON p.patient_id = e.patient_id
					AND (e.contract_id IS NULL OR e.contract_id = p.contract_id)
			WHERE e.model_version = hcc_gap.model
				AND (hcc_gap.as_of IS NULL OR e.known_at <= hcc_gap.as_of)
				AND (@extschema@.hcc_everybody(hcc_gap.patients)
					OR e.patient_id = ANY (hcc_gap.patients))
				AND CASE WHEN k.effect = 'delete'
						THEN e.collection_year BETWEEN hcc_gap.collection_year - hcc_gap.look_back
							AND hcc_gap.collection_year - 1
					ELSE e.collection_year = hcc_gap.collection_year
						AND k.effect IN ('invalid', 'reopen') END
			ORDER BY p.patient_id, p.contract_id, e.hcc_code, k.effect = 'delete',
				e.occurred_at DESC, e.known_at DESC, e.event_id)
			UNION ALL
			-- of whatever contract: that a person does not have it is so in each
			SELECT p.patient_id, p.contract_id, t.hcc_code, NULL, 'delete'
			FROM @panel@.hcc_taken_back(hcc_gap.collection_year - hcc_gap.look_back,
					hcc_gap.collection_year - 1, hcc_gap.model, hcc_gap.as_of,
					hcc_gap.patients) t
				JOIN person p ON p.patient_id = t.patient_id
			UNION ALL
			SELECT q.patient_id, q.contract_id, q.hcc_code, q.rule, 'question'
			FROM questioned q
		) v
		WHERE v.effect <> 'reopen'
		GROUP BY v.patient_id, v.contract_id, v.hcc_code
	), documented AS (
		SELECT y.patient_id, y.contract_id,
			COALESCE(array_agg(y.counted ORDER BY y.years_back) FILTER (WHERE y.years_back > 0),
				'{}') AS base,
			array_agg(y.years_back ORDER BY y.years_back) FILTER (WHERE y.years_back > 0)
				AS base_years_back,
			COALESCE(@extschema@.icd10_agg(y.counted) FILTER (WHERE y.years_back = 0), '{}')
				AS captured,
			@extschema@.icd10_agg(y.elsewhere) AS elsewhere,
			@extschema@.icd10_agg(y.pending) AS pending,
			@extschema@.icd10_agg(y.not_eligible) FILTER (WHERE y.years_back = 0) AS not_eligible
		FROM (
			SELECT p.patient_id, p.contract_id, r.years_back,
				@extschema@.icd10_agg(r.icd10_code) FILTER (WHERE o.own AND r.state = 'ok')
					AS counted,
				-- CMS scores the person: what another contract submitted is paid already
				@extschema@.icd10_agg(r.icd10_code) FILTER (WHERE NOT o.own) AS elsewhere,
				@extschema@.icd10_agg(r.icd10_code) FILTER (WHERE o.own AND r.state = 'pending')
					AS pending,
				@extschema@.icd10_agg(r.icd10_code) FILTER (WHERE o.own
					AND r.state NOT IN ('ok', 'pending', 'deleted', 'voided')) AS not_eligible
			FROM person p JOIN record r ON r.patient_id = p.patient_id
				CROSS JOIN LATERAL (SELECT COALESCE(r.contract_id = p.contract_id, true)
					OR p.contract_id = '' AS own) o
			WHERE o.own OR r.years_back = 0 AND r.submitted AND r.state IN ('ok', 'pending')
			GROUP BY p.patient_id, p.contract_id, r.years_back
		) y
		GROUP BY y.patient_id, y.contract_id
	), found AS MATERIALIZED (
		-- n stands for the key, by which evidence is found and joined
		SELECT row_number() OVER () AS n, p.patient_id, p.contract_id, p.provider_npi, p.plan_id,
			p.segment_assumed, p.new_enrollee, p.esrd, p.excluded, p.enrolled_months,
			CASE g.status WHEN 'net_new' THEN 'net_new' ELSE 'historic' END AS gap_source,
			g.hcc_code, g.label, g.status, g.closure, g.by_hcc, g.superseded_by, g.icd10_codes,
			hcc_gap.collection_year - d.base_years_back[g.base_position] AS source_year,
			g.coefficient, g.value_raw, g.value_payment, g.terms_gained, g.joint_raw,
			g.joint_payment, g.closed_raw, g.closed_payment, g.captured_raw, g.captured_payment,
			a.refuted, a.questioned, a.deleted, p.other_model
		FROM documented d
			JOIN person p ON p.patient_id = d.patient_id AND p.contract_id = d.contract_id
			LEFT JOIN (
				SELECT i.patient_id, i.contract_id, array_agg(i.hcc_code) AS hccs
				FROM answer i GROUP BY i.patient_id, i.contract_id
			) i ON i.patient_id = d.patient_id AND i.contract_id = d.contract_id
			CROSS JOIN LATERAL @extschema@.raf_gaps(d.base, d.captured,
				-- a model that has no segment for a person has no gaps of theirs
				CASE WHEN @extschema@.raf_segment_fits(p.who, hcc_gap.model, hcc_gap.payment_year)
					THEN p.who END,
				hcc_gap.payment_year, hcc_gap.model, hcc_gap.program, NULL::text, d.pending,
				-- what is acute or was answered has a row, and no part in values taken together
				d.not_eligible, array_cat(ARRAY(SELECT c.hcc_code FROM class c
					WHERE c.recapture_class = 'acute'), i.hccs), true, d.elsewhere) g
			LEFT JOIN answer a ON a.patient_id = d.patient_id AND a.contract_id = d.contract_id
				AND a.hcc_code = g.hcc_code
	), sought AS (
		-- the HCCs whose records speak for a gap
		SELECT g.n, g.patient_id, g.contract_id, g.hcc_code AS gap_hcc, g.status,
			unnest(CASE WHEN g.closure = 'same' THEN ARRAY[g.hcc_code]
				ELSE array_append(CASE WHEN g.status IN ('pending', 'documented_not_eligible')
					THEN s.hccs ELSE g.by_hcc END, g.hcc_code) END) AS hcc_code
		FROM found g LEFT JOIN superior s ON s.hcc_code = g.hcc_code
	), evidence AS (
		-- of what is captured the first record, of all else the newest
		SELECT DISTINCT ON (e.n, e.is_base) e.n, e.is_base, e.diagnosis_date, e.id, e.state,
			NULLIF(e.provider_npi, '') AS provider_npi
		FROM (
			SELECT g.n, r.years_back > 0 AS is_base, r.years_back = 0 AND r.state = 'ok' AS first,
				r.diagnosis_date, r.id, r.state, r.provider_npi
			FROM sought g JOIN record r ON r.patient_id = g.patient_id AND r.hcc_code = g.hcc_code
			WHERE (r.contract_id IS NULL OR r.contract_id = g.contract_id OR g.contract_id = '')
				AND CASE WHEN r.years_back > 0 THEN r.state = 'ok' AND r.hcc_code = g.gap_hcc
					WHEN g.status IN ('closed', 'downgraded', 'net_new') THEN r.state = 'ok'
					WHEN g.status = 'pending' THEN r.state = 'pending'
					WHEN g.status = 'documented_not_eligible'
						THEN r.state NOT IN ('ok', 'pending', 'deleted', 'voided')
					ELSE false END
		) e
		ORDER BY e.n, e.is_base, CASE WHEN e.first THEN e.diagnosis_date END,
			CASE WHEN e.first THEN e.id END, e.diagnosis_date DESC, e.id DESC
	)
	SELECT g.patient_id, g.contract_id, g.hcc_code, g.gap_source, g.label, s.status, g.closure,
		g.by_hcc, g.source_year, g.superseded_by, g.icd10_codes,
		COALESCE(c.recapture_class, 'chronic'),
		-- What the gap is goes before who the patient is: rates that keep those who
		-- left keep only gaps.
		CASE WHEN g.gap_source = 'historic' AND g.deleted THEN 'delete_list'
			WHEN g.gap_source = 'historic' AND c.recapture_class = 'acute' THEN 'acute'
			WHEN g.other_model THEN 'other_model'
			ELSE g.excluded END,
		NULLIF(concat_ws(', ',
			CASE s.status WHEN 'invalid' THEN g.refuted
				WHEN 'documented_not_eligible' THEN e.state END,
			CASE WHEN g.gap_source = 'historic' THEN g.questioned END,
			CASE WHEN g.new_enrollee THEN 'new_enrollee' END,
			CASE WHEN g.segment_assumed THEN 'segment_assumed' END,
			CASE WHEN g.captured_payment IS NULL AND g.esrd THEN 'model_change' END), ''),
		b.diagnosis_date, b.id, b.provider_npi, e.diagnosis_date, e.id, e.provider_npi,
		g.provider_npi, g.plan_id, g.enrolled_months, g.coefficient, g.value_raw,
		g.value_payment, g.terms_gained, g.joint_raw, g.joint_payment, g.closed_raw,
		g.closed_payment, g.captured_raw,
		g.captured_payment
	FROM found g
		CROSS JOIN LATERAL (SELECT CASE WHEN g.refuted IS NOT NULL
				AND g.status IN ('open', 'documented_not_eligible') THEN 'invalid'
			ELSE g.status END AS status) s
		LEFT JOIN class c ON c.hcc_code = g.hcc_code
		LEFT JOIN evidence b ON b.n = g.n AND b.is_base
		LEFT JOIN evidence e ON e.n = g.n AND NOT e.is_base;
END;
COMMENT ON FUNCTION @panel@.hcc_gap(integer, integer, text, text, integer, text, timestamptz, text,
	@patient_id@[], integer, integer) IS
	'Gaps as raf_gaps finds them, with the answers about them and the records that speak for them.';

-- What differs from the gaps that are stored: of most refreshes little, so that no more than that
-- leaves the process that has found it.
CREATE FUNCTION @panel@.hcc_gap_compare(collection_year integer, payment_year integer, model text,
	program text, look_back integer, policy text, as_of timestamptz, without_list text,
	share integer, shares integer)
	RETURNS TABLE (change text, moved boolean, patient_id @patient_id@, contract_id text,
		hcc_code text, gap_source text, label text, status text, closure text, by_hcc text[],
		source_year integer, superseded_by text[], icd10_codes text[], recapture_class text,
		excluded text, reason text, base_date date, base_record_id @diagnosis_id@, base_npi text,
		evidence_date date, evidence_record_id @diagnosis_id@, evidence_npi text,
		provider_npi text, plan_id text, enrolled_months smallint, coefficient numeric,
		value_raw numeric, value_payment numeric, terms_gained text[], joint_raw numeric,
		joint_payment numeric, closed_raw numeric, closed_payment numeric, captured_raw numeric,
		captured_payment numeric, worker integer)
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 100000 ROWS 1000
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
SET jit = off
-- the planner cannot know how many rows the encounter filter lets through
SET enable_nestloop = off
SET max_parallel_workers_per_gather = 0	-- a share is one process's
AS $panel$
BEGIN
	RETURN QUERY
	SELECT CASE WHEN n.patient_id IS NULL THEN 'removed' WHEN o.patient_id IS NULL THEN 'added'
			ELSE 'changed' END,
		-- a gap comes into another state by these alone; that it is worth more is no other state
		n.patient_id IS NULL OR (o.status, o.closure, o.by_hcc, o.reason, o.excluded)
			IS DISTINCT FROM (n.status, n.closure, n.by_hcc, n.reason, n.excluded),
		COALESCE(n.patient_id, o.patient_id), COALESCE(n.contract_id, o.contract_id),
		COALESCE(n.hcc_code, o.hcc_code), COALESCE(n.gap_source, o.gap_source),
		n.label, n.status, n.closure, n.by_hcc, n.source_year, n.superseded_by, n.icd10_codes,
		n.recapture_class, n.excluded, n.reason, n.base_date, n.base_record_id, n.base_npi,
		n.evidence_date, n.evidence_record_id, n.evidence_npi, n.provider_npi, n.plan_id,
		n.enrolled_months, n.coefficient, n.value_raw, n.value_payment, n.terms_gained,
		n.joint_raw, n.joint_payment, n.closed_raw, n.closed_payment, n.captured_raw,
		n.captured_payment, NULL::integer
	FROM @panel@.hcc_gap(hcc_gap_compare.collection_year, hcc_gap_compare.payment_year,
			hcc_gap_compare.model, hcc_gap_compare.program, hcc_gap_compare.look_back,
			hcc_gap_compare.policy, hcc_gap_compare.as_of, hcc_gap_compare.without_list,
			NULL::@patient_id@[], hcc_gap_compare.share, hcc_gap_compare.shares) n
		FULL JOIN (
			SELECT g.*
			FROM @panel@.patient_hcc_gap g
			WHERE g.model_version = hcc_gap_compare.model
				AND g.collection_year = hcc_gap_compare.collection_year
				AND g.gap_source IN ('historic', 'net_new')
				AND (hcc_gap_compare.shares = 1 OR @extschema@.hcc_in_share(g.patient_id,
					hcc_gap_compare.share, hcc_gap_compare.shares))) o
			ON n.patient_id = o.patient_id AND n.contract_id = o.contract_id
				AND n.hcc_code = o.hcc_code AND n.gap_source = o.gap_source
	WHERE n.patient_id IS NULL OR o.patient_id IS NULL
		OR (o.payment_year, o.label, o.status, o.closure, o.by_hcc, o.source_year,
				o.superseded_by, o.icd10_codes, o.recapture_class, o.excluded, o.reason,
				o.base_date, o.base_record_id, o.base_npi, o.evidence_date,
				o.evidence_record_id, o.evidence_npi, o.provider_npi, o.plan_id,
				o.enrolled_months, o.coefficient, o.value_raw, o.value_payment, o.terms_gained,
				o.joint_raw, o.joint_payment, o.closed_raw, o.closed_payment, o.captured_raw,
				o.captured_payment)
			IS DISTINCT FROM (hcc_gap_compare.payment_year, n.label, n.status, n.closure,
				n.by_hcc, n.source_year, n.superseded_by, n.icd10_codes, n.recapture_class,
				n.excluded, n.reason, n.base_date, n.base_record_id, n.base_npi,
				n.evidence_date, n.evidence_record_id, n.evidence_npi, n.provider_npi,
				n.plan_id, n.enrolled_months, n.coefficient, n.value_raw, n.value_payment,
				n.terms_gained, n.joint_raw, n.joint_payment, n.closed_raw, n.closed_payment,
				n.captured_raw, n.captured_payment);
	-- and, as a row of its own, who has done it, be there a difference or none
	worker := @extschema@.hcc_worker();
	RETURN NEXT;
END
$panel$;
COMMENT ON FUNCTION @panel@.hcc_gap_compare(integer, integer, text, text, integer, text,
	timestamptz, text, integer, integer) IS
	'Part of refresh_gaps: of a share of the patients, the gaps that differ from those stored.';

CREATE PROCEDURE @panel@.refresh_gaps(collection_year integer, model text DEFAULT 'V28',
	payment_year integer DEFAULT NULL, program text DEFAULT 'MA', look_back integer DEFAULT 1,
	policy text DEFAULT 'conservative', as_of timestamptz DEFAULT NULL,
	without_list text DEFAULT 'error', work_mem text DEFAULT NULL)
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
SET jit = off
SET enable_nestloop = off	-- nothing is known of a table that was just made
SET parallel_tuple_cost = 0	-- whether workers are worth it has been decided
SET parallel_setup_cost = 0
SET parallel_leader_participation = off	-- it has the writing to do
AS $panel$
DECLARE
	pay_year integer;
	at timestamptz := COALESCE(as_of, clock_timestamp());
	later timestamptz;
	run bigint;
	-- the name of the state of models and rules, which must be the same at the end
	rules numeric := @extschema@.hcc_model_state();
	times timestamptz[] := ARRAY[clock_timestamp()];
	shares integer;
	added bigint;
	changed bigint;
	removed bigint;
	detail text;
	hint text;
BEGIN
	pay_year := @extschema@.hcc_check_gap_arguments(collection_year, model, payment_year,
		look_back, policy);
	PERFORM @extschema@.hcc_require_program(program), @panel@.hcc_check_tables();
	IF NOT isfinite(at) THEN
		-- nothing could be refreshed after it
		PERFORM @extschema@.hcc_raise('22023'::text,
			format('invalid value for argument "as_of": %s', at),
			'It takes a time, or NULL for now.'::text, NULL::text);
	END IF;
	IF NOT @extschema@.hcc_table_lock(format('%I.patient_hcc_gap', @panel_name@)::regclass) THEN
		PERFORM @extschema@.hcc_raise('55P03'::text,
			format('another session refreshes the gaps of schema "%s"', @panel_name@), NULL::text,
			'Wait for it to commit, or end it with pg_cancel_backend.'::text);
	END IF;
	SELECT max(r.seen_at) INTO later FROM @panel@.hcc_gap_run r
	WHERE r.model_version = refresh_gaps.model
		AND r.collection_year = refresh_gaps.collection_year;
	IF later > at THEN
		PERFORM @extschema@.hcc_raise('55000'::text, 'the gaps stored are of a later time'::text,
			format('They are those of %s.', later),
			'To look back, use recapture_gap(as_of => ...), '
				'or patient_gap(as_of => ...) for one patient.'::text);
	END IF;
	IF work_mem IS NOT NULL THEN
		PERFORM set_config('work_mem', work_mem, true);
	END IF;

	PERFORM @panel@.hcc_warn_unusable(pay_year, as_of);
	-- in autumn few are in the file of the year that pays
	shares := GREATEST(@panel@.hcc_run_shares(pay_year, NULL::@patient_id@[]),
		@panel@.hcc_run_shares(collection_year, NULL::@patient_id@[]));
	run := nextval(pg_get_serial_sequence(format('%I.hcc_gap_run', @panel_name@), 'run_id'));
	-- What makes a table is planned in parallel, what inserts into one is not.
	CREATE TEMPORARY TABLE hcc_gap_change ON COMMIT DROP AS
	SELECT c.* FROM @panel@.hcc_gap_compare(refresh_gaps.collection_year, pay_year,
		refresh_gaps.model, refresh_gaps.program, refresh_gaps.look_back, refresh_gaps.policy,
		refresh_gaps.as_of, refresh_gaps.without_list, 0, shares) c
	UNION ALL
	SELECT c.* FROM @panel@.hcc_gap_compare(refresh_gaps.collection_year, pay_year,
		refresh_gaps.model, refresh_gaps.program, refresh_gaps.look_back, refresh_gaps.policy,
		refresh_gaps.as_of, refresh_gaps.without_list, 1, shares) c
	WHERE shares > 1
	UNION ALL
	SELECT c.* FROM @panel@.hcc_gap_compare(refresh_gaps.collection_year, pay_year,
		refresh_gaps.model, refresh_gaps.program, refresh_gaps.look_back, refresh_gaps.policy,
		refresh_gaps.as_of, refresh_gaps.without_list, 2, shares) c
	WHERE shares > 2
	UNION ALL
	SELECT c.* FROM @panel@.hcc_gap_compare(refresh_gaps.collection_year, pay_year,
		refresh_gaps.model, refresh_gaps.program, refresh_gaps.look_back, refresh_gaps.policy,
		refresh_gaps.as_of, refresh_gaps.without_list, 3, shares) c
	WHERE shares > 3
	UNION ALL
	SELECT c.* FROM @panel@.hcc_gap_compare(refresh_gaps.collection_year, pay_year,
		refresh_gaps.model, refresh_gaps.program, refresh_gaps.look_back, refresh_gaps.policy,
		refresh_gaps.as_of, refresh_gaps.without_list, 4, shares) c
	WHERE shares > 4
	UNION ALL
	SELECT c.* FROM @panel@.hcc_gap_compare(refresh_gaps.collection_year, pay_year,
		refresh_gaps.model, refresh_gaps.program, refresh_gaps.look_back, refresh_gaps.policy,
		refresh_gaps.as_of, refresh_gaps.without_list, 5, shares) c
	WHERE shares > 5
	UNION ALL
	SELECT c.* FROM @panel@.hcc_gap_compare(refresh_gaps.collection_year, pay_year,
		refresh_gaps.model, refresh_gaps.program, refresh_gaps.look_back, refresh_gaps.policy,
		refresh_gaps.as_of, refresh_gaps.without_list, 6, shares) c
	WHERE shares > 6
	UNION ALL
	SELECT c.* FROM @panel@.hcc_gap_compare(refresh_gaps.collection_year, pay_year,
		refresh_gaps.model, refresh_gaps.program, refresh_gaps.look_back, refresh_gaps.policy,
		refresh_gaps.as_of, refresh_gaps.without_list, 7, shares) c
	WHERE shares > 7;
	ANALYZE pg_temp.hcc_gap_change;
	times := times || clock_timestamp();
	RAISE NOTICE 'gaps %: computed', collection_year;
	IF shares > 1
		AND NOT EXISTS (SELECT FROM pg_temp.hcc_gap_change c WHERE c.worker IS NOT NULL) THEN
		RAISE NOTICE USING MESSAGE = format('gaps %s: computed alone, for no worker process was '
				'free', collection_year),
			HINT = format('It asked for %s: see max_parallel_workers and max_worker_processes.',
				shares);
	END IF;

	-- every report of an earlier time shows the whole row as it was
	INSERT INTO @panel@.patient_hcc_gap_history (patient_id, contract_id, model_version,
		collection_year, payment_year, hcc_code, gap_source, label, status, closure, by_hcc,
		source_year, superseded_by, icd10_codes, recapture_class, excluded, reason, base_date,
		base_record_id, base_npi, evidence_date, evidence_record_id, evidence_npi, provider_npi,
		plan_id, status_since, enrolled_months, coefficient, value_raw, value_payment,
		terms_gained, joint_raw,
		joint_payment, closed_raw, closed_payment, captured_raw, captured_payment, valid_from,
		valid_to)
	SELECT o.patient_id, o.contract_id, o.model_version, o.collection_year, o.payment_year,
		o.hcc_code, o.gap_source, o.label, o.status, o.closure, o.by_hcc, o.source_year,
		o.superseded_by, o.icd10_codes, o.recapture_class, o.excluded, o.reason, o.base_date,
		o.base_record_id, o.base_npi, o.evidence_date, o.evidence_record_id, o.evidence_npi,
		o.provider_npi, o.plan_id, o.status_since, o.enrolled_months, o.coefficient,
		o.value_raw, o.value_payment,
		o.terms_gained, o.joint_raw, o.joint_payment, o.closed_raw, o.closed_payment,
		o.captured_raw, o.captured_payment, o.seen_since, at
	FROM @panel@.patient_hcc_gap o JOIN pg_temp.hcc_gap_change c
		ON c.patient_id = o.patient_id AND c.contract_id = o.contract_id
			AND c.hcc_code = o.hcc_code AND c.gap_source = o.gap_source
	WHERE c.change <> 'added' AND o.model_version = refresh_gaps.model
		AND o.collection_year = refresh_gaps.collection_year;

	-- Only what differs is written: readers and replicas of a million rows see a few thousand.
	DELETE FROM @panel@.patient_hcc_gap o USING pg_temp.hcc_gap_change c
	WHERE o.model_version = refresh_gaps.model
		AND o.collection_year = refresh_gaps.collection_year
		AND c.patient_id = o.patient_id AND c.contract_id = o.contract_id
		AND c.hcc_code = o.hcc_code AND c.gap_source = o.gap_source AND c.change = 'removed';
	GET DIAGNOSTICS removed = ROW_COUNT;

	UPDATE @panel@.patient_hcc_gap o
	SET payment_year = pay_year, label = n.label, status = n.status, closure = n.closure,
		by_hcc = n.by_hcc, source_year = n.source_year, superseded_by = n.superseded_by,
		icd10_codes = n.icd10_codes, recapture_class = n.recapture_class, excluded = n.excluded,
		reason = n.reason, base_date = n.base_date, base_record_id = n.base_record_id,
		base_npi = n.base_npi, evidence_date = n.evidence_date,
		evidence_record_id = n.evidence_record_id, evidence_npi = n.evidence_npi,
		provider_npi = n.provider_npi, plan_id = n.plan_id,
		enrolled_months = n.enrolled_months, coefficient = n.coefficient,
		value_raw = n.value_raw, value_payment = n.value_payment, terms_gained = n.terms_gained,
		joint_raw = n.joint_raw, joint_payment = n.joint_payment, closed_raw = n.closed_raw,
		closed_payment = n.closed_payment, captured_raw = n.captured_raw,
		captured_payment = n.captured_payment, run_id = run, seen_since = at,
		status_since = CASE WHEN n.moved THEN at ELSE o.status_since END
	FROM pg_temp.hcc_gap_change n
	WHERE n.change = 'changed' AND o.model_version = refresh_gaps.model
		AND o.collection_year = refresh_gaps.collection_year
		AND n.patient_id = o.patient_id AND n.contract_id = o.contract_id
		AND n.hcc_code = o.hcc_code AND n.gap_source = o.gap_source;
	GET DIAGNOSTICS changed = ROW_COUNT;

	INSERT INTO @panel@.patient_hcc_gap (patient_id, contract_id, model_version, collection_year,
		payment_year, hcc_code, gap_source, label, status, closure, by_hcc, source_year,
		superseded_by, icd10_codes, recapture_class, excluded, reason, base_date, base_record_id,
		base_npi, evidence_date, evidence_record_id, evidence_npi, provider_npi, plan_id,
		enrolled_months, coefficient, value_raw, value_payment, terms_gained, joint_raw,
		joint_payment, closed_raw,
		closed_payment, captured_raw, captured_payment, status_since, run_id, seen_since)
	SELECT n.patient_id, n.contract_id, refresh_gaps.model, refresh_gaps.collection_year,
		pay_year, n.hcc_code, n.gap_source, n.label, n.status, n.closure, n.by_hcc, n.source_year,
		n.superseded_by, n.icd10_codes, n.recapture_class, n.excluded, n.reason, n.base_date,
		n.base_record_id, n.base_npi, n.evidence_date, n.evidence_record_id, n.evidence_npi,
		n.provider_npi, n.plan_id, n.enrolled_months, n.coefficient, n.value_raw,
		n.value_payment, n.terms_gained,
		n.joint_raw, n.joint_payment, n.closed_raw, n.closed_payment, n.captured_raw,
		n.captured_payment, at, run, at
	FROM pg_temp.hcc_gap_change n
	WHERE n.change = 'added'
	ORDER BY n.patient_id;
	GET DIAGNOSTICS added = ROW_COUNT;
	times := times || clock_timestamp();

	INSERT INTO @panel@.hcc_gap_run (run_id, collection_year, payment_year, model_version,
		parameters, fingerprints, seen_at, gaps_added, gaps_changed, gaps_removed, seconds)
	SELECT run, refresh_gaps.collection_year, pay_year, refresh_gaps.model,
		jsonb_build_object('program', refresh_gaps.program, 'look_back', refresh_gaps.look_back,
			'policy', refresh_gaps.policy, 'as_of', refresh_gaps.as_of,
			'without_list', refresh_gaps.without_list),
		jsonb_build_object(
			'model', @extschema@.hccraf_fingerprint(refresh_gaps.model, pay_year, NULL::text),
			'encounter_filter', (SELECT jsonb_object_agg(pay_year - back,
					@extschema@.encounter_filter_fingerprint(pay_year - back,
						refresh_gaps.program, NULL::integer[]))
				FROM generate_series(0, refresh_gaps.look_back) back))
			|| @extschema@.hcc_provisional(pay_year),
		at, added, changed, removed,
		jsonb_build_object('compute', extract(epoch FROM times[2] - times[1]),
			'publish', extract(epoch FROM times[3] - times[2]));
	IF @extschema@.hcc_model_state() <> rules THEN
		PERFORM @extschema@.hcc_raise('40001'::text,
			'models or rules have changed while gaps were computed by them'::text, NULL::text,
			'Call it again; the gaps are as they were.'::text);
	END IF;
	RAISE NOTICE 'gaps %: % added, % changed, % removed', collection_year, added, changed, removed;
	-- several calls may share a transaction
	DROP TABLE pg_temp.hcc_gap_change;
-- Raised again for what they would show: the detail of a violated constraint is a patient's
-- row, and the context a statement of hundreds of lines.
EXCEPTION WHEN integrity_constraint_violation OR with_check_option_violation THEN
	PERFORM @extschema@.hcc_raise_without_row(SQLSTATE, SQLERRM);
WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
	PERFORM @extschema@.hcc_raise(SQLSTATE, SQLERRM, detail,
		COALESCE(NULLIF(hint, ''), 'The gaps are as they were.'));
END
$panel$;
COMMENT ON PROCEDURE @panel@.refresh_gaps(integer, text, integer, text, integer, text, timestamptz,
	text, text) IS
	'Brings patient_hcc_gap up to date for a collection year and model, writing only what differs.';
