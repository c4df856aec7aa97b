----------------------------------------------------------------------
-- What reports read, as the text of queries: everybody a report is about,
-- and the codes that count for them. The planner cannot know how many rows the
-- encounter filter lets through and expects next to none: the functions that
-- run these queries over a whole panel forbid it the nested loops that would
-- follow from that.
----------------------------------------------------------------------
CREATE FUNCTION @extschema@.hcc_panel_query(patient_schema name, payment_year integer, as_of timestamptz DEFAULT NULL,
	contract text DEFAULT NULL, provider text DEFAULT NULL, whose text DEFAULT 'true')
	RETURNS text
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	today date := COALESCE(as_of, now())::date;
BEGIN
	RETURN format($query$
		SELECT * FROM (
			SELECT DISTINCT ON (p.patient_id) p.patient_id, COALESCE(p.contract_id, '') AS contract_id, p.plan_id, p.provider_npi,
				p.enrolled_from, p.enrolled_to, p.enrolled_months, p.payment_year <> %3$s AS segment_assumed,
				@extschema@.beneficiary_change(p.who, age => @extschema@.payment_year_age(p.date_of_birth, %3$s)) AS who,
				CASE WHEN p.date_of_death <= %4$L THEN 'deceased' WHEN p.enrolled_to < %4$L THEN 'disenrolled'
					WHEN p.hospice THEN 'hospice' END AS excluded
			FROM (SELECT * FROM (%1$s) y UNION ALL SELECT * FROM (%2$s) y) p
			WHERE p.latest
			ORDER BY p.patient_id, p.payment_year DESC
		) p WHERE true %5$s %6$s$query$,
		@extschema@.hcc_people_query(patient_schema, payment_year, as_of, whose => whose),
		@extschema@.hcc_people_query(patient_schema, payment_year - 1, as_of, whose => whose),
		payment_year, today, 'AND p.contract_id = ' || quote_literal(contract), 'AND p.provider_npi = ' || quote_literal(provider));
END
$$;
COMMENT ON FUNCTION @extschema@.hcc_panel_query(name, integer, timestamptz, text, text, text) IS
	'Text of a query: everybody a report on a payment year is about, one row each, at the age of that year; who is not in its demographics yet, as in those of the year before (segment_assumed). excluded: why there is nothing to do for them. whose: a condition on patient_id, for the query of a few.';

CREATE FUNCTION @extschema@.hcc_check_look_back(look_back integer, fewest integer DEFAULT 1) RETURNS void
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	-- each year is a part of the query, and planning a thousand of them takes long
	IF look_back IS NULL OR look_back NOT BETWEEN fewest AND 10 THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
			MESSAGE = 'invalid value for argument "look_back"',
			DETAIL = format('It takes a number of years from %s to 10.', fewest);
	END IF;
END
$$;
COMMENT ON FUNCTION @extschema@.hcc_check_look_back(integer, integer) IS 'An error unless a number of look-back years is from the fewest to ten.';

CREATE FUNCTION @extschema@.hcc_counted_query(patient_schema name, payment_year integer, program text DEFAULT 'MA',
	as_of timestamptz DEFAULT NULL, without_list text DEFAULT 'error', years integer DEFAULT 1)
	RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
	SELECT string_agg(format($query$
		SELECT d.*, %s AS collection_year FROM (%s) d WHERE d.diagnosis_date BETWEEN %L AND %L AND @extschema@.encounter_counts(d.encounter_verdict)$query$,
		year - 1, @extschema@.hcc_diagnoses_query(patient_schema, year, program, as_of, without_list => without_list),
		make_date(year - 1, 1, 1), make_date(year - 1, 12, 31)), ' UNION ALL ')
	FROM generate_series(payment_year - years + 1, payment_year) year;
END;
COMMENT ON FUNCTION @extschema@.hcc_counted_query(name, integer, text, timestamptz, text, integer) IS
	'Text of a query: the diagnosis rows that count for a payment year, and for as many years up to it as asked, each under its own rules.';

CREATE FUNCTION @extschema@.hcc_nearest_year(model text, payment_year integer) RETURNS integer
	LANGUAGE sql STABLE PARALLEL SAFE COST 500
	RETURN COALESCE((SELECT LEAST(GREATEST(hcc_nearest_year.payment_year, min(m.first_payment_year)), max(m.last_payment_year))
		FROM @extschema@.hcc_model m WHERE m.model_version = hcc_nearest_year.model), hcc_nearest_year.payment_year);
COMMENT ON FUNCTION @extschema@.hcc_nearest_year(text, integer) IS
	'The payment year by whose tables a model is compared with others: the one asked, or the nearest that the model has.';

CREATE FUNCTION @extschema@.hcc_scores_query(patient_schema name, payment_year integer, run bigint DEFAULT NULL, as_of timestamptz DEFAULT NULL)
	RETURNS text
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	schema name := @extschema@.hcc_panel_schema(patient_schema);
	columns text := @extschema@.hcc_run_columns(format('%I.patient_hcc_score', schema)::regclass);
BEGIN
	RETURN format($query$
		SELECT %2$s FROM (
			SELECT %2$s, NULL::bigint AS superseded_by_run, NULL::timestamptz AS superseded_at FROM %1$I.patient_hcc_score
			UNION ALL
			SELECT %2$s, superseded_by_run, superseded_at FROM %1$I.patient_hcc_score_history
		) s WHERE payment_year = %3$s %4$s %5$s$query$,
		schema, columns, payment_year,
		CASE WHEN run IS NOT NULL THEN format('AND COALESCE(run_id, 0) <= %1$s AND superseded_by_run > %1$s IS NOT FALSE', run)
			WHEN as_of IS NULL THEN 'AND superseded_at IS NULL' END,
		CASE WHEN as_of IS NOT NULL THEN format('AND calculated_at <= %1$L AND superseded_at > %1$L IS NOT FALSE', as_of) END);
END
$$;
COMMENT ON FUNCTION @extschema@.hcc_scores_query(name, integer, bigint, timestamptz) IS
	'Text of a query: the stored scores of a payment year as a run left them, or as they were at a time, or as they are.';
