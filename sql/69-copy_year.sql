----------------------------------------------------------------------
-- A payment year before it is published: rows copied from another year, each
-- marked provisional. What is loaded or added of the year itself takes their
-- place; hccraf_drop_year deletes them.
----------------------------------------------------------------------
CREATE FUNCTION @extschema@.hcc_copied_to(first text, last text, year integer) RETURNS jsonb
LANGUAGE sql VOLATILE PARALLEL UNSAFE
RETURN pg_catalog.jsonb_build_object('custom', true, 'provisional', true, first, year, last, year,
	'id', pg_catalog.nextval('@extschema@.hcc_row_id'::regclass));
COMMENT ON FUNCTION @extschema@.hcc_copied_to(text, text, integer) IS
	'Support of hccraf_copy_year: what differs in a row that is good for one year.';
REVOKE EXECUTE ON FUNCTION @extschema@.hcc_copied_to(text, text, integer) FROM PUBLIC;

-- Rows that hold in one year and not in the other.
CREATE FUNCTION @extschema@.hcc_ends_between(first integer, last integer, from_year integer,
	to_year integer) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 1
RETURN @extschema@.hccraf_in_year(first, last, from_year)
	AND NOT @extschema@.hccraf_in_year(first, last, to_year);
COMMENT ON FUNCTION @extschema@.hcc_ends_between(integer, integer, integer, integer) IS
	'Support of hccraf_copy_year: whether a row holds in a year and not in another.';

CREATE FUNCTION @extschema@.hcc_usual_deadline(run text, payment_year integer) RETURNS date
LANGUAGE sql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
	SELECT CASE
		-- 31 January after the payment year, or the next business day
		WHEN run = 'final' THEN d.day + CASE extract(isodow FROM d.day) WHEN 6 THEN 2 WHEN 7 THEN 1
			ELSE 0 END
		-- the first Friday of the month
		ELSE d.day + (12 - extract(isodow FROM d.day)::integer) % 7 END
	FROM (SELECT CASE run WHEN 'initial' THEN make_date(payment_year - 1, 9, 1)
		WHEN 'midyear' THEN make_date(payment_year, 3, 1)
		WHEN 'final' THEN make_date(payment_year + 1, 1, 31) END) d(day)
$$;
COMMENT ON FUNCTION @extschema@.hcc_usual_deadline(text, integer) IS
	'Support of hccraf_copy_year: when a run usually ends, as long as nothing is announced.';

CREATE FUNCTION @extschema@.hcc_check_copy_year(from_year integer, to_year integer) RETURNS void
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	IF from_year IS NULL OR to_year IS NULL THEN
		PERFORM @extschema@.hcc_raise('22004'::text,
			format('argument "%s" must not be NULL',
				CASE WHEN from_year IS NULL THEN 'from_year' ELSE 'to_year' END), NULL::text,
			'Give two payment years, as in hccraf_copy_year(2027, 2028).'::text);
	ELSIF NOT (from_year BETWEEN 1900 AND 2999 AND to_year BETWEEN 1900 AND 2999
			AND from_year < to_year) THEN
		PERFORM @extschema@.hcc_raise('22023'::text,
			format('cannot copy payment year %s to %s', from_year, to_year),
			'It takes a year and a later one, of 1900 to 2999.'::text,
			'Give the newest year that is published and the one after it.'::text);
	ELSIF EXISTS (SELECT FROM @extschema@.hcc_provisional_rows(to_year) r WHERE r.n > 0) THEN
		PERFORM @extschema@.hcc_raise('42710'::text,
			format('payment year %s has provisional rows already', to_year), NULL::text,
			format('To copy anew: SELECT hccraf_drop_year(%s);', to_year));
	ELSIF NOT EXISTS (SELECT FROM @extschema@.hcc_model h
			WHERE from_year BETWEEN h.first_payment_year AND h.last_payment_year) THEN
		PERFORM @extschema@.hcc_raise('42704'::text,
			format('no model has tables for payment year %s', from_year),
			format('The newest year with tables is %s.',
				(SELECT max(h.last_payment_year) FROM @extschema@.hcc_model h
				WHERE NOT h.provisional)), 'Copy a year that has tables.'::text);
	END IF;
END
$$;
COMMENT ON FUNCTION @extschema@.hcc_check_copy_year(integer, integer) IS
	'Support of hccraf_copy_year: checks its arguments.';

CREATE FUNCTION @extschema@.hcc_copy_year_of_models(from_year integer, to_year integer)
	RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	-- a model that has tables of the year, or says nothing of years, is left as it is
	models CONSTANT text[] := ARRAY(SELECT h.model_version FROM @extschema@.hcc_model h
		GROUP BY h.model_version
		HAVING bool_or(from_year BETWEEN h.first_payment_year AND h.last_payment_year)
			AND (NOT bool_or(to_year BETWEEN h.first_payment_year AND h.last_payment_year)
				OR NOT EXISTS (SELECT FROM @extschema@.hcc_crosswalk x
					WHERE x.model_version = h.model_version
						AND COALESCE(x.effective_year, x.expiry_year) IS NOT NULL
						AND @extschema@.hccraf_in_year(x.effective_year, x.expiry_year,
							to_year))));
BEGIN
	INSERT INTO @extschema@.hcc_crosswalk
	SELECT DISTINCT ON (r.model_version, r.icd10_code, r.hcc_code) c.*
	FROM @extschema@.hcc_crosswalk r CROSS JOIN LATERAL jsonb_populate_record(r,
		@extschema@.hcc_copied_to('effective_year'::text, 'expiry_year'::text, to_year)) c
	WHERE r.model_version = ANY (models)
		AND @extschema@.hcc_ends_between(r.effective_year, r.expiry_year, from_year, to_year)
	ORDER BY r.model_version, r.icd10_code, r.hcc_code, r.custom DESC;
	INSERT INTO @extschema@.hcc_dx_edit
	SELECT c.* FROM @extschema@.hcc_dx_edit r CROSS JOIN LATERAL jsonb_populate_record(r,
		@extschema@.hcc_copied_to('effective_year'::text, 'expiry_year'::text, to_year)) c
	WHERE r.model_version = ANY (models)
		AND @extschema@.hcc_ends_between(r.effective_year, r.expiry_year, from_year, to_year);
	INSERT INTO @extschema@.hcc_prerequisite
	SELECT c.* FROM @extschema@.hcc_prerequisite r CROSS JOIN LATERAL jsonb_populate_record(r,
		@extschema@.hcc_copied_to('effective_year'::text, 'expiry_year'::text, to_year)) c
	WHERE r.model_version = ANY (models)
		AND @extschema@.hcc_ends_between(r.effective_year, r.expiry_year, from_year, to_year);
	INSERT INTO @extschema@.hcc_age_rule
	SELECT c.* FROM @extschema@.hcc_age_rule r CROSS JOIN LATERAL jsonb_populate_record(r,
		@extschema@.hcc_copied_to('effective_year'::text, 'expiry_year'::text, to_year)) c
	WHERE r.model_version = ANY (models)
		AND @extschema@.hcc_ends_between(r.effective_year, r.expiry_year, from_year, to_year);
	INSERT INTO @extschema@.hcc_group
	SELECT c.* FROM @extschema@.hcc_group r CROSS JOIN LATERAL jsonb_populate_record(r,
		@extschema@.hcc_copied_to('effective_year'::text, 'expiry_year'::text, to_year)) c
	WHERE r.model_version = ANY (models)
		AND @extschema@.hcc_ends_between(r.effective_year, r.expiry_year, from_year, to_year);
	INSERT INTO @extschema@.hcc_drug_crosswalk
	SELECT DISTINCT ON (r.model_version, r.code_system, r.code, r.hcc_code) c.*
	FROM @extschema@.hcc_drug_crosswalk r CROSS JOIN LATERAL jsonb_populate_record(r,
		@extschema@.hcc_copied_to('effective_year'::text, 'expiry_year'::text, to_year)) c
	WHERE r.model_version = ANY (models)
		AND @extschema@.hcc_ends_between(r.effective_year, r.expiry_year, from_year, to_year)
	ORDER BY r.model_version, r.code_system, r.code, r.hcc_code, r.custom DESC;
	INSERT INTO @extschema@.hcc_csr_factor
	SELECT DISTINCT ON (r.model_version, r.csr_variant, r.metal) c.*
	FROM @extschema@.hcc_csr_factor r CROSS JOIN LATERAL jsonb_populate_record(r,
		@extschema@.hcc_copied_to('payment_year'::text, 'payment_year'::text, to_year)) c
	WHERE r.model_version = ANY (models) AND r.payment_year = from_year
		AND NOT EXISTS (SELECT FROM @extschema@.hcc_csr_factor o
			WHERE o.model_version = r.model_version AND o.payment_year = to_year)
	ORDER BY r.model_version, r.csr_variant, r.metal, r.custom DESC;
	-- coefficients go with the calibration, whatever the year
	INSERT INTO @extschema@.hcc_calibration
	SELECT DISTINCT ON (r.model_version, r.calibration) c.*
	FROM @extschema@.hcc_calibration r CROSS JOIN LATERAL jsonb_populate_record(r,
		@extschema@.hcc_copied_to('first_payment_year'::text, 'last_payment_year'::text,
			to_year)) c
	WHERE from_year BETWEEN r.first_payment_year AND r.last_payment_year
		AND NOT EXISTS (SELECT FROM @extschema@.hcc_calibration o
			WHERE o.model_version = r.model_version
				AND to_year BETWEEN o.first_payment_year AND o.last_payment_year)
	ORDER BY r.model_version, r.calibration, r.custom DESC;
	INSERT INTO @extschema@.hcc_model
	SELECT DISTINCT ON (r.model_version) c.*
	FROM @extschema@.hcc_model r CROSS JOIN LATERAL jsonb_populate_record(r,
		@extschema@.hcc_copied_to('first_payment_year'::text, 'last_payment_year'::text, to_year)
		|| jsonb_build_object('source', format('copy of payment year %s', from_year),
			'release_date', NULL, 'checksum', NULL, 'fingerprint', NULL)) c
	WHERE r.model_version = ANY (models)
		AND from_year BETWEEN r.first_payment_year AND r.last_payment_year
		AND NOT EXISTS (SELECT FROM @extschema@.hcc_model o
			WHERE o.model_version = r.model_version
				AND to_year BETWEEN o.first_payment_year AND o.last_payment_year)
	ORDER BY r.model_version, r.custom DESC;
END
$$;
COMMENT ON FUNCTION @extschema@.hcc_copy_year_of_models(integer, integer) IS
	'Support of hccraf_copy_year: copies what models say in a year.';
REVOKE EXECUTE ON FUNCTION @extschema@.hcc_copy_year_of_models(integer, integer) FROM PUBLIC;

CREATE FUNCTION @extschema@.hcc_copy_year_of_rules(from_year integer, to_year integer)
	RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	INSERT INTO @extschema@.payment_year_parameter
	SELECT DISTINCT ON (r.program, r.component, r.model_version, r.calibration) c.*
	FROM @extschema@.payment_year_parameter r CROSS JOIN LATERAL jsonb_populate_record(r,
		@extschema@.hcc_copied_to('payment_year'::text, 'payment_year'::text, to_year)
		|| jsonb_build_object('source_note', format('copy of payment year %s', from_year))) c
	WHERE r.payment_year = from_year
		AND NOT EXISTS (SELECT FROM @extschema@.payment_year_parameter o
			WHERE o.payment_year = to_year AND o.program = r.program
				AND o.component = r.component)
	ORDER BY r.program, r.component, r.model_version, r.calibration, r.custom DESC;
	INSERT INTO @extschema@.encounter_rule
	SELECT c.* FROM @extschema@.encounter_rule r CROSS JOIN LATERAL jsonb_populate_record(r,
		@extschema@.hcc_copied_to('first_payment_year'::text, 'last_payment_year'::text,
			to_year)) c
	WHERE @extschema@.hcc_ends_between(r.first_payment_year, r.last_payment_year, from_year,
			to_year)
	-- of equal priority, rows go by id
	ORDER BY r.priority, r.id;
	INSERT INTO @extschema@.encounter_modality
	SELECT c.* FROM @extschema@.encounter_modality r CROSS JOIN LATERAL jsonb_populate_record(r,
		@extschema@.hcc_copied_to('first_service_year'::text, 'last_service_year'::text,
			to_year - 1)) c
	WHERE @extschema@.hcc_ends_between(r.first_service_year, r.last_service_year, from_year - 1,
		to_year - 1);
	INSERT INTO @extschema@.eligible_procedure
	SELECT c.* FROM @extschema@.eligible_procedure r CROSS JOIN LATERAL jsonb_populate_record(r,
		@extschema@.hcc_copied_to('service_year'::text, 'service_year'::text, to_year - 1)
		|| jsonb_build_object('source', format('copy of service year %s', from_year - 1))) c
	WHERE r.service_year = from_year - 1 AND NOT EXISTS (
		SELECT FROM @extschema@.eligible_procedure o
		WHERE o.service_year = to_year - 1 AND o.program = r.program);
	-- the dates that are usual, for those of another year are none of this
	INSERT INTO @extschema@.submission_deadline (payment_year, run, service_from, service_to,
		deadline, deadline_source, provisional)
	SELECT DISTINCT ON (r.run) to_year, r.run,
		(r.service_from + make_interval(years => to_year - from_year))::date,
		(r.service_to + make_interval(years => to_year - from_year))::date,
		@extschema@.hcc_usual_deadline(r.run, to_year), r.deadline_source, true
	FROM @extschema@.submission_deadline r
	WHERE r.payment_year = from_year AND NOT EXISTS (
		SELECT FROM @extschema@.submission_deadline o
		WHERE o.payment_year = to_year AND o.run = r.run)
	ORDER BY r.run, r.custom DESC;
END
$$;
COMMENT ON FUNCTION @extschema@.hcc_copy_year_of_rules(integer, integer) IS
	'Support of hccraf_copy_year: copies what is by year besides models.';
REVOKE EXECUTE ON FUNCTION @extschema@.hcc_copy_year_of_rules(integer, integer) FROM PUBLIC;

CREATE FUNCTION @extschema@.hccraf_copy_year(from_year integer, to_year integer,
	OUT table_name text, OUT n bigint) RETURNS SETOF record
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 1000000 ROWS 14
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	PERFORM @extschema@.hcc_check_copy_year(from_year, to_year);
	PERFORM @extschema@.hcc_copy_year_of_models(from_year, to_year);
	PERFORM @extschema@.hcc_copy_year_of_rules(from_year, to_year);
	IF NOT EXISTS (SELECT FROM @extschema@.hcc_provisional_rows(to_year) r WHERE r.n > 0) THEN
		PERFORM @extschema@.hcc_raise('55000'::text,
			format('payment year %s lacks nothing that %s has', to_year, from_year), NULL::text,
			format('Score by it; hccraf_check_model(..., %s) looks for what is wrong.',
				to_year));
	END IF;
	RETURN QUERY SELECT r.table_name, r.n FROM @extschema@.hcc_provisional_rows(to_year) r
		ORDER BY r.place;
END
$$;
COMMENT ON FUNCTION @extschema@.hccraf_copy_year(integer, integer) IS
	'Makes what a payment year lacks of another year, marked provisional, until it is published.';
REVOKE EXECUTE ON FUNCTION @extschema@.hccraf_copy_year(integer, integer) FROM PUBLIC;

CREATE FUNCTION @extschema@.hccraf_drop_year(payment_year integer) RETURNS bigint
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 100000
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	y CONSTANT integer := payment_year;
	total CONSTANT bigint := (SELECT sum(r.n) FROM @extschema@.hcc_provisional_rows(y) r);
BEGIN
	IF total = 0 THEN
		PERFORM @extschema@.hcc_raise(CASE WHEN y IS NULL THEN '22004' ELSE '42704' END,
			CASE WHEN y IS NULL THEN 'payment_year must not be NULL'
				ELSE format('payment year %s has no provisional rows', y) END, NULL::text,
			'Only what hccraf_copy_year has made is dropped.'::text);
	END IF;
	DELETE FROM @extschema@.hcc_model WHERE provisional AND first_payment_year = y;
	DELETE FROM @extschema@.hcc_calibration WHERE provisional AND first_payment_year = y;
	DELETE FROM @extschema@.hcc_crosswalk WHERE provisional AND effective_year = y;
	DELETE FROM @extschema@.hcc_dx_edit WHERE provisional AND effective_year = y;
	DELETE FROM @extschema@.hcc_prerequisite WHERE provisional AND effective_year = y;
	DELETE FROM @extschema@.hcc_age_rule WHERE provisional AND effective_year = y;
	DELETE FROM @extschema@.hcc_group WHERE provisional AND effective_year = y;
	DELETE FROM @extschema@.hcc_drug_crosswalk WHERE provisional AND effective_year = y;
	DELETE FROM @extschema@.hcc_csr_factor f WHERE provisional AND f.payment_year = y;
	DELETE FROM @extschema@.payment_year_parameter q WHERE provisional AND q.payment_year = y;
	DELETE FROM @extschema@.encounter_rule WHERE provisional AND first_payment_year = y;
	DELETE FROM @extschema@.eligible_procedure WHERE provisional AND service_year = y - 1;
	DELETE FROM @extschema@.encounter_modality WHERE provisional AND first_service_year = y - 1;
	DELETE FROM @extschema@.submission_deadline d WHERE provisional AND d.payment_year = y;
	RETURN total;
END
$$;
COMMENT ON FUNCTION @extschema@.hccraf_drop_year(integer) IS
	'Deletes the provisional rows of a payment year, and returns how many they were.';
REVOKE EXECUTE ON FUNCTION @extschema@.hccraf_drop_year(integer) FROM PUBLIC;

-- Rows of the year itself take the place of provisional ones at once: a blend
-- of both would pay twice.
CREATE FUNCTION @extschema@.hcc_replace_provisional() RETURNS trigger
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	IF TG_RELID = '@extschema@.payment_year_parameter'::regclass THEN
		DELETE FROM @extschema@.payment_year_parameter p WHERE p.provisional AND EXISTS (
			SELECT FROM @extschema@.payment_year_parameter o
			WHERE NOT o.provisional AND o.payment_year = p.payment_year
				AND o.program = p.program AND o.component = p.component);
	ELSE
		DELETE FROM @extschema@.submission_deadline p WHERE p.provisional AND EXISTS (
			SELECT FROM @extschema@.submission_deadline o
			WHERE NOT o.provisional AND o.payment_year = p.payment_year AND o.run = p.run);
	END IF;
	RETURN NULL;
END
$$;
COMMENT ON FUNCTION @extschema@.hcc_replace_provisional() IS
	'Support of hccraf_copy_year: deletes provisional rows of which there are real ones.';
REVOKE EXECUTE ON FUNCTION @extschema@.hcc_replace_provisional() FROM PUBLIC;

CREATE TRIGGER hccraf_replace AFTER INSERT OR UPDATE ON @extschema@.payment_year_parameter
	FOR EACH STATEMENT EXECUTE FUNCTION @extschema@.hcc_replace_provisional();
CREATE TRIGGER hccraf_replace AFTER INSERT OR UPDATE ON @extschema@.submission_deadline
	FOR EACH STATEMENT EXECUTE FUNCTION @extschema@.hcc_replace_provisional();
