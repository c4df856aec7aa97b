----------------------------------------------------------------------
-- Recapture: which gaps, how many are closed, what can still be submitted
--
-- What a clinician is shown has neither score nor dollar in it. Functions with
-- such columns are others (..._value), to be granted to others; a role needs
-- SELECT on the columns that its functions read, and no more.
----------------------------------------------------------------------
CREATE FUNCTION @extschema@.hcc_gap_state_query(patient_schema name, columns text[], collection_year integer, model text, as_of timestamptz DEFAULT NULL,
	contract text DEFAULT NULL, provider text DEFAULT NULL) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
	-- of a former state, history has what made it one; the rest is as it is now, and values of another state are not known
	SELECT format($query$
		SELECT %2$s FROM %1$I.patient_hcc_gap g
		WHERE g.model_version = %3$L AND g.collection_year = COALESCE(%4$L, g.collection_year) AND %5$s$query$
		|| CASE WHEN as_of IS NULL THEN '' ELSE $query$ AND g.status_since <= %6$L
		UNION ALL
		SELECT %7$s FROM %1$I.patient_hcc_gap_history h LEFT JOIN %1$I.patient_hcc_gap g
			USING (patient_id, contract_id, model_version, collection_year, hcc_code, gap_source)
		WHERE h.model_version = %3$L AND h.collection_year = COALESCE(%4$L, h.collection_year) AND h.valid_from <= %6$L AND h.valid_to > %6$L AND %5$s$query$ END,
		@extschema@.hcc_panel_schema(patient_schema), string_agg('g.' || c, ', ' ORDER BY n), model, collection_year,
		format('(%1$L IS NULL OR contract_id = %1$L) AND (%2$L IS NULL OR g.provider_npi = %2$L)', contract, provider), as_of,
		string_agg(CASE WHEN c = 'status_since' THEN 'h.valid_from'
			WHEN c ~ '^(coefficient|terms_gained|(value|joint|closed|captured)_)' THEN 'NULL'
			WHEN c ~ '^evidence_' OR c IN ('patient_id', 'contract_id', 'payment_year', 'hcc_code', 'gap_source', 'status', 'closure', 'by_hcc',
				'reason', 'excluded') THEN 'h.' || c
			ELSE 'g.' || c END, ', ' ORDER BY n))
	FROM unnest(columns) WITH ORDINALITY u(c, n);
END;
COMMENT ON FUNCTION @extschema@.hcc_gap_state_query(name, text[], integer, text, timestamptz, text, text) IS
	'Text of a query for columns of patient_hcc_gap as they were at a time, NULL: as they are; of a collection year, NULL: of all. It reads no other columns but keys and the provider.';

CREATE FUNCTION @extschema@.recapture_gap(collection_year integer, model text DEFAULT 'V28', as_of timestamptz DEFAULT NULL, contract text DEFAULT NULL,
	provider text DEFAULT NULL, statuses text[] DEFAULT '{open,documented_not_eligible,downgraded,pending}', in_scope boolean DEFAULT true,
	patient_schema name DEFAULT NULL)
	RETURNS TABLE (patient_id uuid, contract_id text, payment_year integer, hcc_code text, label text, gap_source text, status text,
		closure text, by_hcc text[], superseded_by text[], source_year integer, icd10_codes text[], recapture_class text,
		excluded text, reason text, base_date date, base_record_id uuid, base_npi text, evidence_date date,
		evidence_record_id uuid, evidence_npi text, provider_npi text, status_since timestamptz)
LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 1000
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	RETURN QUERY EXECUTE format($query$
		SELECT * FROM (%s) g
		WHERE ($1 IS NULL OR status = ANY ($1)) AND (NOT $2 OR excluded IS NULL AND superseded_by IS NULL)
		ORDER BY patient_id, contract_id, hcc_code, gap_source$query$,
		@extschema@.hcc_gap_state_query(patient_schema, '{patient_id, contract_id, payment_year, hcc_code, label, gap_source, status, closure, by_hcc, superseded_by,
			source_year, icd10_codes, recapture_class, excluded, reason, base_date, base_record_id, base_npi,
			evidence_date, evidence_record_id, evidence_npi, provider_npi, status_since}'::text[],
			collection_year, model, as_of, contract, provider))
	USING statuses, in_scope;
END
$$;
COMMENT ON FUNCTION @extschema@.recapture_gap(integer, text, timestamptz, text, text, text[], boolean, name) IS
	'Which conditions documented before are not documented again this year, of whom, with what evidence? As of the last refresh_gaps, or at a time; by default those that are work: in scope, not closed, the top of their family. statuses NULL: all. For clinicians: no scores.';

CREATE FUNCTION @extschema@.hcc_year_rate(patient_schema name, payment_year integer, months integer) RETURNS TABLE (contract_id text, rate numeric, source text)
LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 10
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	-- a contract with a month that has no rate has none for the year
	RETURN QUERY EXECUTE format($query$
		SELECT c.contract_id, CASE WHEN count(r.rate) = $2 THEN sum(r.rate) END, string_agg(DISTINCT r.source, ', ')
		FROM (SELECT DISTINCT contract_id FROM %1$I.payment_rate WHERE payment_year = $1) c CROSS JOIN generate_series(1, $2) m
			LEFT JOIN LATERAL (SELECT p.rate, p.source FROM %1$I.payment_rate p
				WHERE p.contract_id = c.contract_id AND p.payment_year = $1 AND p.payment_month IN (0, m)
				ORDER BY p.payment_month DESC LIMIT 1) r ON true
		GROUP BY c.contract_id$query$, @extschema@.hcc_panel_schema(patient_schema))
	USING payment_year, months;
END
$$;
COMMENT ON FUNCTION @extschema@.hcc_year_rate(name, integer, integer) IS
	'Dollars for a payment score of 1.000 in the first months of a payment year, by contract, from payment_rate.';

CREATE FUNCTION @extschema@.recapture_gap_value(collection_year integer, model text DEFAULT 'V28', as_of timestamptz DEFAULT NULL, contract text DEFAULT NULL,
	provider text DEFAULT NULL, statuses text[] DEFAULT '{open,documented_not_eligible,downgraded,pending}', in_scope boolean DEFAULT true,
	rate numeric DEFAULT NULL, months integer DEFAULT 12, patient_schema name DEFAULT NULL)
	RETURNS TABLE (patient_id uuid, contract_id text, payment_year integer, hcc_code text, label text, status text, coefficient numeric,
		value_raw numeric, value_payment numeric, terms_gained text[], joint_raw numeric, joint_payment numeric,
		closed_raw numeric, closed_payment numeric, captured_raw numeric, captured_payment numeric, dollars numeric,
		joint_dollars numeric, rate_source text)
LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 1000
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	IF months IS NULL OR months NOT BETWEEN 1 AND 12 THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
			MESSAGE = 'invalid value for argument "months"', DETAIL = 'It takes a number from 1 to 12.';
	END IF;
	RETURN QUERY EXECUTE format($query$
		SELECT g.patient_id, g.contract_id, g.payment_year, g.hcc_code, g.label, g.status, g.coefficient, g.value_raw,
			g.value_payment, g.terms_gained, g.joint_raw, g.joint_payment, g.closed_raw, g.closed_payment, g.captured_raw,
			g.captured_payment,
			round(g.value_payment * r.rate, 2), round(g.joint_payment * r.rate, 2), r.source
		FROM (%s) g LEFT JOIN LATERAL (
			SELECT $3 * $4 AS rate, 'argument' AS source WHERE $3 IS NOT NULL
			UNION ALL
			SELECT y.rate, y.source FROM @extschema@.hcc_year_rate(%L, g.payment_year, $4) y WHERE $3 IS NULL AND y.contract_id = g.contract_id
		) r ON true
		WHERE ($1 IS NULL OR g.status = ANY ($1)) AND (NOT $2 OR g.excluded IS NULL AND g.superseded_by IS NULL)
		ORDER BY g.patient_id, g.contract_id, g.value_payment DESC NULLS LAST, g.hcc_code$query$,
		@extschema@.hcc_gap_state_query(patient_schema, '{patient_id, contract_id, payment_year, hcc_code, label, status, coefficient, value_raw, value_payment,
			terms_gained, joint_raw, joint_payment, closed_raw, closed_payment, captured_raw, captured_payment, excluded,
			superseded_by}'::text[],
			collection_year, model, as_of, contract, provider),
		@extschema@.hcc_panel_schema(patient_schema))
	USING statuses, in_scope, rate, months;
END
$$;
COMMENT ON FUNCTION @extschema@.recapture_gap_value(integer, text, timestamptz, text, text, text[], boolean, numeric, integer, name) IS
	'What is each gap worth, alone and together with the patient''s others? joint values are the same on all rows of a patient: take one, never the sum of single ones. Dollars: rate per 1.000 and month times months, from the argument or payment_rate; NULL where no rate is known.';

CREATE FUNCTION @extschema@.hcc_patient_gap_query(patient_schema name, collection_year integer, model text, payment_year integer, program text,
	look_back integer, policy text, as_of timestamptz, without_list text) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
RETURN format('WITH hccraf_people AS MATERIALIZED (%s), hccraf_records AS MATERIALIZED (%s), hccraf_found AS MATERIALIZED (%s) %s',
	@extschema@.hcc_gap_people_query(patient_schema, collection_year, payment_year, as_of, 'AND p.patient_id = $1'),
	@extschema@.hcc_gap_record_query(patient_schema, collection_year, payment_year, model, program, look_back, as_of, without_list,
		'AND d.patient_id = $1'),
	@extschema@.hcc_gap_query('hccraf_people', 'hccraf_records',
		format('%I.patient_hcc_gap_event', @extschema@.hcc_panel_schema(patient_schema))::regclass,
		collection_year, payment_year, model, program, look_back, policy, as_of),
	'SELECT * FROM (' || @extschema@.hcc_gap_evidence_query('hccraf_found', 'hccraf_records', collection_year, payment_year, model, policy) || ') g');
COMMENT ON FUNCTION @extschema@.hcc_patient_gap_query(name, integer, text, integer, text, integer, text, timestamptz, text) IS
	'Part of the gap engine: text of a query for the gaps of the patient $1, from people and diagnoses as they are.';

CREATE FUNCTION @extschema@.patient_gap(patient_id uuid, collection_year integer, model text DEFAULT 'V28', payment_year integer DEFAULT NULL,
	program text DEFAULT 'MA', look_back integer DEFAULT 1, policy text DEFAULT 'conservative', as_of timestamptz DEFAULT NULL,
	without_list text DEFAULT 'error', patient_schema name DEFAULT NULL)
	RETURNS TABLE (contract_id text, hcc_code text, label text, gap_source text, status text, closure text,
		by_hcc text[], superseded_by text[], source_year integer, icd10_codes text[], recapture_class text, excluded text,
		reason text, base_date date, base_record_id uuid, base_npi text, evidence_date date, evidence_record_id uuid,
		evidence_npi text, provider_npi text)
LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 10
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	PERFORM @extschema@.hcc_check_gap_arguments(collection_year, model, COALESCE(payment_year, collection_year + 1), look_back, policy);
	RETURN QUERY EXECUTE format($query$SELECT contract_id, hcc_code, label, gap_source, status, closure, by_hcc, superseded_by, source_year,
			icd10_codes, recapture_class, excluded, reason, base_date, base_record_id, base_npi, evidence_date,
			evidence_record_id, evidence_npi, provider_npi
		FROM (%s) g ORDER BY contract_id, hcc_code, gap_source$query$,
		@extschema@.hcc_patient_gap_query(patient_schema, collection_year, model, COALESCE(payment_year, collection_year + 1), program,
			look_back, policy, as_of, without_list))
	USING patient_id;
END
$$;
COMMENT ON FUNCTION @extschema@.patient_gap(uuid, integer, text, integer, text, integer, text, timestamptz, text, name) IS
	'The gaps of one patient, in whatever status, from people and diagnoses as they are now, or as they were known at a time; needs no refresh_gaps. payment_year NULL: the year after. For clinicians: no scores.';

CREATE FUNCTION @extschema@.patient_gap_value(patient_id uuid, collection_year integer, model text DEFAULT 'V28', payment_year integer DEFAULT NULL,
	program text DEFAULT 'MA', look_back integer DEFAULT 1, policy text DEFAULT 'conservative', as_of timestamptz DEFAULT NULL,
	without_list text DEFAULT 'error', patient_schema name DEFAULT NULL)
	RETURNS TABLE (contract_id text, hcc_code text, label text, status text, coefficient numeric,
		value_raw numeric, value_payment numeric, terms_gained text[], joint_raw numeric, joint_payment numeric,
		closed_raw numeric, closed_payment numeric, captured_raw numeric, captured_payment numeric)
LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 10
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	PERFORM @extschema@.hcc_check_gap_arguments(collection_year, model, COALESCE(payment_year, collection_year + 1), look_back, policy);
	RETURN QUERY EXECUTE format($query$SELECT contract_id, hcc_code, label, status, coefficient, value_raw, value_payment, terms_gained,
			joint_raw, joint_payment, closed_raw, closed_payment, captured_raw, captured_payment
		FROM (%s) g ORDER BY contract_id, value_payment DESC NULLS LAST, hcc_code$query$,
		@extschema@.hcc_patient_gap_query(patient_schema, collection_year, model, COALESCE(payment_year, collection_year + 1), program,
			look_back, policy, as_of, without_list))
	USING patient_id;
END
$$;
COMMENT ON FUNCTION @extschema@.patient_gap_value(uuid, integer, text, integer, text, integer, text, timestamptz, text, name) IS
	'What the gaps of one patient are worth; the rows of patient_gap.';

----------------------------------------------------------------------
-- Answers
----------------------------------------------------------------------
CREATE FUNCTION @extschema@.gap_event(patient_id uuid, collection_year integer, hcc_code text, event text, reason text DEFAULT NULL,
	actor text DEFAULT session_user, model text DEFAULT 'V28', contract text DEFAULT NULL, occurred_at timestamptz DEFAULT clock_timestamp(),
	patient_schema name DEFAULT NULL)
	RETURNS uuid
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	kind record;
	id uuid;
BEGIN
	SELECT k.* INTO kind FROM @extschema@.hcc_gap_event_kind k WHERE k.event = gap_event.event;
	IF NOT FOUND THEN
		RAISE EXCEPTION USING ERRCODE = 'undefined_object',
			MESSAGE = format('gap event "%s" does not exist', gap_event.event),
			DETAIL = format('There are: %s.', (SELECT string_agg(k.event, ', ' ORDER BY k.event) FROM @extschema@.hcc_gap_event_kind k)),
			HINT = 'Events are rows of hcc_gap_event_kind.';
	ELSIF NOT EXISTS (SELECT FROM @extschema@.hcc_category c WHERE c.model_version = gap_event.model AND c.hcc_code = gap_event.hcc_code
			UNION ALL SELECT FROM @extschema@.hcc_crosswalk x WHERE x.model_version = gap_event.model AND x.hcc_code = gap_event.hcc_code) THEN
		RAISE EXCEPTION USING ERRCODE = 'undefined_object',
			MESSAGE = format('model "%s" has no such HCC', gap_event.model),
			HINT = 'HCCs are written as in hcc_category, without a prefix.';
	ELSIF patient_id IS NULL OR collection_year IS NULL OR trim(COALESCE(actor, '')) = '' THEN
		RAISE EXCEPTION USING ERRCODE = 'null_value_not_allowed',
			MESSAGE = 'a gap event needs a patient, a collection year and an actor';
	ELSIF kind.reason_required AND trim(COALESCE(reason, '')) = '' THEN
		RAISE EXCEPTION USING ERRCODE = 'null_value_not_allowed',
			MESSAGE = format('gap event "%s" needs a reason', gap_event.event);
	ELSIF occurred_at IS NULL OR occurred_at > clock_timestamp() THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
			MESSAGE = 'invalid value for argument "occurred_at"', DETAIL = 'It takes a time that is not in the future.';
	END IF;
	EXECUTE format($query$
		INSERT INTO %I.patient_hcc_gap_event (patient_id, contract_id, model_version, collection_year, hcc_code, event, reason, actor, occurred_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING event_id$query$, @extschema@.hcc_panel_schema(patient_schema))
	INTO id USING patient_id, contract, model, collection_year, hcc_code, event, reason, actor, occurred_at;
	RETURN id;
EXCEPTION WHEN integrity_constraint_violation OR with_check_option_violation THEN
	PERFORM @extschema@.hcc_raise_without_row(SQLSTATE, SQLERRM);
END
$$;
COMMENT ON FUNCTION @extschema@.gap_event(uuid, integer, text, text, text, text, text, text, timestamptz, name) IS
	'Records what somebody answered about a gap or did with it, and returns the event''s id; the next refresh_gaps takes it into account, patient_gap at once. contract NULL: of every contract.';

----------------------------------------------------------------------
-- Rates
----------------------------------------------------------------------
CREATE FUNCTION @extschema@.hcc_rate_gap_query(patient_schema name, columns text[], collection_year integer, model text, as_of timestamptz,
	contract text, provider text, denominator text) RETURNS text
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	IF denominator IS NULL OR denominator NOT IN ('enrolled_now', 'as_experienced') THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
			MESSAGE = 'invalid value for argument "denominator"', DETAIL = 'It takes enrolled_now or as_experienced.';
	END IF;
	RETURN format($query$SELECT * FROM (%s) g WHERE gap_source = 'historic' AND superseded_by IS NULL AND status <> 'invalid' AND %s$query$,
		@extschema@.hcc_gap_state_query(patient_schema, '{patient_id,contract_id,hcc_code,gap_source,status,excluded,superseded_by}'::text[] || columns,
			collection_year, model, as_of, contract, provider),
		CASE denominator WHEN 'enrolled_now' THEN 'excluded IS NULL' ELSE '(excluded IS NULL OR excluded IN (''deceased'', ''disenrolled''))' END);
END
$$;
COMMENT ON FUNCTION @extschema@.hcc_rate_gap_query(name, text[], integer, text, timestamptz, text, text, text) IS
	'Text of a query for the gaps that a recapture rate counts: historic, expected every year, not refuted, the top of their family, of people in scope.';

CREATE FUNCTION @extschema@.hcc_rate_group(group_by text) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	IF group_by IS NOT NULL AND group_by NOT IN ('provider', 'credited', 'contract', 'plan', 'hcc') THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
			MESSAGE = 'invalid value for argument "group_by"', DETAIL = 'It takes provider, credited, contract, plan, hcc, or NULL.';
	END IF;
	RETURN CASE group_by WHEN 'provider' THEN 'provider_npi' WHEN 'credited' THEN 'evidence_npi' WHEN 'contract' THEN 'contract_id'
		WHEN 'plan' THEN 'plan_id' WHEN 'hcc' THEN 'hcc_code' ELSE 'NULL::text' END;
END
$$;
COMMENT ON FUNCTION @extschema@.hcc_rate_group(text) IS 'The column that a recapture rate is grouped by.';

CREATE FUNCTION @extschema@.recapture_rate(collection_year integer, model text DEFAULT 'V28', group_by text DEFAULT NULL,
	denominator text DEFAULT 'enrolled_now', as_of timestamptz DEFAULT NULL, contract text DEFAULT NULL, provider text DEFAULT NULL,
	patient_schema name DEFAULT NULL)
	RETURNS TABLE (group_value text, patients bigint, closed bigint, downgraded bigint, pending bigint, open bigint, gaps bigint,
		rate_strict numeric, rate_lenient numeric)
LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 100
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	RETURN QUERY EXECUTE format($query$
		SELECT group_value, patients, closed, downgraded, pending, gaps - closed - downgraded - pending, gaps,
			round(closed::numeric / NULLIF(whole, 0), 4), round((closed + downgraded)::numeric / NULLIF(whole, 0), 4)
		FROM (
			-- what a provider is credited with is a share of all; of a gap nobody closed nobody is to blame
			SELECT %1$s AS group_value, count(DISTINCT patient_id) AS patients, count(*) FILTER (WHERE status = 'closed') AS closed,
				count(*) FILTER (WHERE status = 'downgraded') AS downgraded, count(*) FILTER (WHERE status = 'pending') AS pending,
				count(*) AS gaps, CASE WHEN $1 THEN sum(count(*)) OVER () ELSE count(*) END AS whole
			FROM (%2$s) g GROUP BY 1
		) r ORDER BY group_value$query$,
		@extschema@.hcc_rate_group(group_by),
		@extschema@.hcc_rate_gap_query(patient_schema, '{provider_npi,evidence_npi,plan_id}'::text[], collection_year, model, as_of,
			contract, provider, denominator))
	USING COALESCE(group_by = 'credited', false);
END
$$;
COMMENT ON FUNCTION @extschema@.recapture_rate(integer, text, text, text, timestamptz, text, text, name) IS
	'Which share of the gaps of a collection year is closed (strict), or closed or downgraded (lenient)? By provider (attributed), credited (whose record came first: a share of all gaps), contract, plan or hcc. enrolled_now leaves out the deceased and disenrolled, as_experienced keeps them. NULL without gaps.';

CREATE FUNCTION @extschema@.recapture_rate_value(collection_year integer, model text DEFAULT 'V28', group_by text DEFAULT NULL,
	denominator text DEFAULT 'enrolled_now', contract text DEFAULT NULL, provider text DEFAULT NULL, patient_schema name DEFAULT NULL)
	RETURNS TABLE (group_value text, patients bigint, value_closed numeric, value_whole numeric, rate_value numeric)
LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 100
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	IF group_by = 'credited' THEN
		RAISE EXCEPTION USING ERRCODE = 'feature_not_supported',
			MESSAGE = 'joint values have no credited provider',
			HINT = 'Group by provider, contract, plan or hcc.';
	END IF;
	RETURN QUERY EXECUTE format($query$
		SELECT group_value, count(DISTINCT patient_id), sum(closed), sum(whole), round(sum(closed) / NULLIF(sum(whole), 0), 4)
		FROM (
			-- values of a patient are joint, and the same on each row
			SELECT DISTINCT ON (patient_id, contract_id, group_value) *
			FROM (
				SELECT patient_id, contract_id, %1$s AS group_value, CASE WHEN $1 THEN CASE WHEN status = 'closed' THEN value_payment ELSE 0 END
						ELSE closed_payment END AS closed,
					CASE WHEN $1 THEN CASE WHEN status <> 'pending' THEN value_payment ELSE 0 END
						ELSE closed_payment + joint_payment END AS whole
				FROM (%2$s) g
			) v
			ORDER BY patient_id, contract_id, group_value
		) p GROUP BY group_value ORDER BY group_value$query$,
		@extschema@.hcc_rate_group(group_by),
		@extschema@.hcc_rate_gap_query(patient_schema, '{provider_npi,plan_id,value_payment,closed_payment,joint_payment}'::text[],
			collection_year, model, NULL::timestamptz, contract, provider, denominator))
	USING COALESCE(group_by = 'hcc', false);
END
$$;
COMMENT ON FUNCTION @extschema@.recapture_rate_value(integer, text, text, text, text, text, name) IS
	'Which share of the value at stake is recaptured? Payment score of the closed gaps over that of closed, open and downgraded ones, each the joint value of a patient''s gaps, summed over patients. By hcc: of the single gaps.';

CREATE FUNCTION @extschema@.recapture_rate_month(collection_year integer, model text DEFAULT 'V28', denominator text DEFAULT 'enrolled_now',
	as_of timestamptz DEFAULT NULL, contract text DEFAULT NULL, provider text DEFAULT NULL, patient_schema name DEFAULT NULL)
	RETURNS TABLE (month text, closed_ytd bigint, downgraded_ytd bigint, gaps bigint, rate_strict_ytd numeric, rate_lenient_ytd numeric)
LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 12
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	RETURN QUERY EXECUTE format($query$
		SELECT to_char(m, 'YYYY-MM'), closed, downgraded, gaps,
			round(closed::numeric / NULLIF(gaps, 0), 4), round((closed + downgraded)::numeric / NULLIF(gaps, 0), 4)
		FROM (
			SELECT m, count(*) FILTER (WHERE status = 'closed' AND evidence_date < m + interval '1 month') AS closed,
				count(*) FILTER (WHERE status = 'downgraded' AND evidence_date < m + interval '1 month') AS downgraded, count(status) AS gaps
			FROM generate_series(make_date($1, 1, 1)::timestamp, LEAST(make_date($1, 12, 1), COALESCE($2, now())::date), interval '1 month') m
				LEFT JOIN (%s) g ON true
			GROUP BY m
		) r ORDER BY m$query$,
		@extschema@.hcc_rate_gap_query(patient_schema, '{evidence_date}'::text[], collection_year, model, as_of, contract, provider, denominator))
	USING collection_year, as_of;
END
$$;
COMMENT ON FUNCTION @extschema@.recapture_rate_month(integer, text, text, timestamptz, text, text, name) IS
	'How did the recapture rate grow over the collection year? Each month: gaps closed by a service up to its end, over all gaps of the whole year. Months that have not begun are left out.';

----------------------------------------------------------------------
-- Deadlines
----------------------------------------------------------------------
CREATE FUNCTION @extschema@.hcc_deadline(payment_year integer)
	RETURNS TABLE (run text, service_from date, service_to date, deadline date, deadline_source text, confirmed_at date)
LANGUAGE sql STABLE PARALLEL SAFE ROWS 3
BEGIN ATOMIC
	SELECT DISTINCT ON (d.run) d.run, d.service_from, d.service_to, d.deadline, d.deadline_source, d.confirmed_at
	FROM @extschema@.submission_deadline d WHERE d.payment_year = hcc_deadline.payment_year
	ORDER BY d.run, d.custom DESC;
END;
COMMENT ON FUNCTION @extschema@.hcc_deadline(integer) IS 'Until when can be submitted for each run of a payment year? The rows of submission_deadline that are in force.';

CREATE FUNCTION @extschema@.deadline_board(payment_year integer, model text DEFAULT 'V28', as_of timestamptz DEFAULT NULL, contract text DEFAULT NULL,
	provider text DEFAULT NULL, patient_schema name DEFAULT NULL)
	RETURNS TABLE (run text, service_from date, service_to date, deadline date, days_left integer, deadline_source text, confirmed_at date,
		open_gaps bigint, evidence_in_hand bigint)
LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 3
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	RETURN QUERY EXECUTE format($query$
		SELECT d.run, d.service_from, d.service_to, d.deadline, d.deadline - $2, d.deadline_source, d.confirmed_at,
			count(g.status), count(*) FILTER (WHERE g.status IN ('documented_not_eligible', 'pending')
				AND g.evidence_date BETWEEN d.service_from AND d.service_to)
		FROM @extschema@.hcc_deadline($1) d
			LEFT JOIN (%s) g ON g.payment_year = $1 AND g.status IN ('open', 'documented_not_eligible', 'downgraded', 'pending')
				AND g.excluded IS NULL AND g.superseded_by IS NULL
		GROUP BY 1, 2, 3, 4, 5, 6, 7 ORDER BY d.deadline$query$,
		@extschema@.hcc_gap_state_query(patient_schema, '{payment_year,status,excluded,superseded_by,evidence_date}'::text[], NULL::integer, model, as_of,
			contract, provider))
	USING payment_year, COALESCE(as_of, now())::date;
END
$$;
COMMENT ON FUNCTION @extschema@.deadline_board(integer, text, timestamptz, text, text, name) IS
	'How many days are left to submit for each run of a payment year, how many gaps are open, and for how many of them is there evidence already that can be put right? Negative: the deadline has passed; deletions stay due. confirmed_at NULL: nobody has checked the date yet.';

CREATE FUNCTION @extschema@.late_window(collection_year integer, model text DEFAULT 'V28', as_of timestamptz DEFAULT NULL, contract text DEFAULT NULL,
	provider text DEFAULT NULL, patient_schema name DEFAULT NULL)
	RETURNS TABLE (patient_id uuid, contract_id text, payment_year integer, hcc_code text, label text, status text, reason text,
		evidence_date date, evidence_record_id uuid, evidence_npi text, provider_npi text, run text, deadline date, days_left integer)
LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 1000
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	RETURN QUERY EXECUTE format($query$
		SELECT g.patient_id, g.contract_id, g.payment_year, g.hcc_code, g.label, g.status, g.reason, g.evidence_date, g.evidence_record_id,
			g.evidence_npi, g.provider_npi, d.run, d.deadline, d.deadline - $1
		FROM (%s) g CROSS JOIN LATERAL (
			SELECT * FROM @extschema@.hcc_deadline(g.payment_year) d
			WHERE d.deadline >= $1 AND g.evidence_date BETWEEN d.service_from AND d.service_to
			ORDER BY d.deadline LIMIT 1) d
		WHERE g.status IN ('documented_not_eligible', 'pending') AND g.excluded IS NULL AND g.superseded_by IS NULL
		ORDER BY d.deadline, g.patient_id, g.contract_id, g.hcc_code$query$,
		@extschema@.hcc_gap_state_query(patient_schema, '{patient_id,contract_id,payment_year,hcc_code,label,status,reason,evidence_date,
			evidence_record_id,evidence_npi,provider_npi,excluded,superseded_by}'::text[], collection_year, model, as_of, contract, provider))
	USING COALESCE(as_of, now())::date;
END
$$;
COMMENT ON FUNCTION @extschema@.late_window(integer, text, timestamptz, text, text, name) IS
	'Which open gaps have evidence already, on a record that is pending, rejected, unlinked or of the wrong kind, and until when can it still be submitted? Only those whose deadline has not passed. For clinicians: no scores.';
