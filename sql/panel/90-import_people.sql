-- People: who they are for the models in a payment year
--
-- What a source does not say leaves alone what is known. A correction is
-- another row of patient_demographic, as everywhere in it.

CREATE FUNCTION @panel@.hcc_import_persons(batch_id bigint, payment_year integer) RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $panel$
BEGIN
	CREATE TEMPORARY TABLE hcc_import_record ON COMMIT DROP AS
	SELECT p.*, row_number() OVER (ORDER BY p.known_at NULLS FIRST, p.file_id, p."position") AS n,
		CASE WHEN p.scope = 'person' AND p.refused IS NULL THEN p.member_system END AS system,
		concat_ws('|', p.member_id, p.member_key) AS value
	FROM @panel@.import_people_read(hcc_import_persons.batch_id) p;
	-- claims may say who somebody is of whom nothing else does
	INSERT INTO pg_temp.hcc_import_record (file_id, "position", scope, record, member_system,
		member_id, member_key, date_of_birth, sex, date_of_death, contract_id, n, system, value,
		identifiers)
	SELECT c.file_id, c."position", 'claim', c.record, c.member_system, c.member_id, c.member_key,
		c.date_of_birth, c.sex, c.date_of_death, c.contract_id,
		-row_number() OVER (ORDER BY c.file_id DESC, c."position" DESC), c.member_system,
		concat_ws('|', c.member_id, c.member_key),
		CASE WHEN c.mbi IS NOT NULL THEN ARRAY[ROW('mbi', c.mbi, true, NULL, NULL)
			::@extschema@.import_identifier] END
	FROM (
		SELECT DISTINCT ON (r.member_system, r.member_id, r.member_key) r.*
		FROM @panel@.import_read(hcc_import_persons.batch_id) r
		WHERE r.scope = 'claim' AND r.refused IS NULL AND r.date_of_birth IS NOT NULL
			AND r.sex IS NOT NULL
		ORDER BY r.member_system, r.member_id, r.member_key, r.service_to DESC
	) c;
	-- what no index can hold is no number
	UPDATE pg_temp.hcc_import_record r SET system = NULL,
		refused = CASE WHEN r.scope = 'person' THEN array_append(r.refused,
			ROW('too_long', NULL, NULL)::@extschema@.import_finding) END
	WHERE octet_length(concat(r.system, r.value)) > 1000 OR EXISTS (
		SELECT FROM unnest(r.identifiers) i WHERE octet_length(concat(i.system, i.value)) > 1000);
	ANALYZE pg_temp.hcc_import_record;

	-- all numbers of a record are of one person
	CREATE TEMPORARY TABLE hcc_import_number ON COMMIT DROP AS
	SELECT i.n, i.system, i.value, i.is_current, NULL::text AS mbi,
		NULL::@patient_id@ AS patient_id
	FROM (
		SELECT r.n, r.system, r.value, true AS is_current
		FROM pg_temp.hcc_import_record r WHERE r.system IS NOT NULL
		UNION
		SELECT r.n, i.system, i.value, i.current IS NOT FALSE
		FROM pg_temp.hcc_import_record r CROSS JOIN LATERAL unnest(r.identifiers) i
		WHERE r.system IS NOT NULL AND i.value IS NOT NULL
	) i;
	-- what follows looks up one record after another
	CREATE INDEX ON pg_temp.hcc_import_number (n);
	ANALYZE pg_temp.hcc_import_number;
	CREATE TEMPORARY TABLE hcc_import_person ON COMMIT DROP AS
	SELECT r.n, r.file_id, r."position", r.scope, r.record,
		f.patients[1] AS patient_id,
		CASE WHEN cardinality(f.patients) > 1 THEN 'identifier_conflict' END AS verdict
	FROM pg_temp.hcc_import_record r CROSS JOIN LATERAL (
		SELECT array_agg(DISTINCT k.patient_id) FILTER (WHERE k.patient_id IS NOT NULL) AS patients
		FROM pg_temp.hcc_import_number m LEFT JOIN @panel@.patient_identifier k
			ON k.system = m.system AND k.value = m.value
		WHERE m.n = r.n) f
	WHERE r.system IS NOT NULL;
	CREATE INDEX ON pg_temp.hcc_import_person (n);
	ANALYZE pg_temp.hcc_import_person;
END
$panel$;
COMMENT ON FUNCTION @panel@.hcc_import_persons(bigint, integer) IS
	'Part of import_people: reads the batch, and finds out who is known already.';

CREATE FUNCTION @panel@.hcc_import_identify() RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $panel$
DECLARE
	person record;
	known @patient_id@;
	others bigint;
BEGIN
	-- One after another: what one record says of two numbers holds for those that follow, as
	-- where an MBI has changed.
	FOR person IN
		SELECT p.n, p.patient_id,
			(SELECT m.system FROM pg_temp.hcc_import_number m WHERE m.n = p.n
				ORDER BY m.system = 'mbi' DESC, m.is_current DESC, m.system, m.value LIMIT 1)
				AS system,
			(SELECT m.value FROM pg_temp.hcc_import_number m WHERE m.n = p.n
				ORDER BY m.system = 'mbi' DESC, m.is_current DESC, m.system, m.value LIMIT 1)
				AS value
		FROM pg_temp.hcc_import_person p WHERE p.verdict IS NULL AND p.patient_id IS NULL
		ORDER BY p.n
	LOOP
		SELECT min(k.patient_id::text)::@patient_id@, count(DISTINCT k.patient_id)
		INTO known, others
		FROM pg_temp.hcc_import_number m JOIN @panel@.patient_identifier k
			ON k.system = m.system AND k.value = m.value
		WHERE m.n = person.n;
		known := COALESCE(known, @extschema@.import_id('patient'::text, person.system,
			person.value, '@patient_id@'::regtype)::@patient_id@);
		UPDATE pg_temp.hcc_import_person p SET patient_id = known,
			verdict = CASE WHEN others > 1 THEN 'identifier_conflict'
				WHEN known IS NULL THEN 'unknown_member' END
		WHERE p.n = person.n;
		INSERT INTO @panel@.patient_identifier (system, value, patient_id, current)
		SELECT m.system, m.value, known, m.is_current
		FROM pg_temp.hcc_import_number m
		WHERE m.n = person.n AND known IS NOT NULL AND others <= 1
		ON CONFLICT DO NOTHING;
	END LOOP;
	INSERT INTO @panel@.patient_identifier (system, value, patient_id, current)
	SELECT DISTINCT ON (m.system, m.value) m.system, m.value, p.patient_id, m.is_current
	FROM pg_temp.hcc_import_person p JOIN pg_temp.hcc_import_number m USING (n)
	WHERE p.verdict IS NULL
	ORDER BY m.system, m.value, p.n
	ON CONFLICT DO NOTHING;
END
$panel$;
COMMENT ON FUNCTION @panel@.hcc_import_identify() IS
	'Part of import_people: who is new gets an identifier, and whose numbers are new has them.';

CREATE FUNCTION @panel@.hcc_import_months(payment_year integer) RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $panel$
BEGIN
	CREATE TEMPORARY TABLE hcc_import_month ON COMMIT DROP AS
	WITH span AS (
		-- what ends a coverage without saying when ends it with the eligibility; what ends
		-- before it begins was never in force
		SELECT r.n, s.ordinality, s.span_from, s.contract_id, s.plan_id,
			COALESCE(s.span_to, CASE WHEN 'end' IN (s.action, r.action) THEN
				(SELECT COALESCE(max(e.span_to), max(e.span_from)) FROM unnest(r.spans) e
				WHERE e.kind IN ('eligibility', 'maintenance')) END) AS span_to
		FROM pg_temp.hcc_import_record r CROSS JOIN LATERAL unnest(r.spans) WITH ORDINALITY s
		WHERE s.kind = 'enrolment' AND (s.line IS NULL OR s.line IN ('HLT', 'HMO', 'PPO', 'POS',
			'EPO', 'MM'))
	), enrolled AS (
		-- of each month the later span
		SELECT DISTINCT ON (s.n, m.month) s.n, m.month, s.contract_id, s.plan_id
		FROM span s CROSS JOIN LATERAL (
			SELECT g.month FROM generate_series(1, 12) g (month)
			WHERE s.span_from < make_date(hcc_import_months.payment_year, g.month, 1)
					+ interval '1 month'
				AND (s.span_to IS NULL OR s.span_to
					>= make_date(hcc_import_months.payment_year, g.month, 1))
				AND (s.span_to IS NULL OR s.span_to >= s.span_from)) m
		ORDER BY s.n, m.month, s.ordinality DESC
	), whole AS (
		SELECT e.n, count(*) AS months, min(e.month) AS first, max(e.month) AS last,
			(array_agg(e.contract_id ORDER BY e.month DESC))[1] AS contract_id,
			(array_agg(e.plan_id ORDER BY e.month DESC))[1] AS plan_id
		FROM enrolled e GROUP BY e.n
	)
	SELECT r.n, COALESCE(m.month, 0)::smallint AS payment_month,
		make_date(hcc_import_months.payment_year, w.first, 1) AS enrolled_from,
		(make_date(hcc_import_months.payment_year, w.last, 1) + interval '1 month - 1 day')::date
			AS enrolled_to,
		CASE WHEN m.month IS NULL AND s.n IS NOT NULL THEN COALESCE(w.months, 0)
			WHEN NOT m.enrolled THEN 0 END::smallint AS enrolled_months,
		COALESCE(m.contract_id, w.contract_id, r.contract_id) AS contract_id,
		COALESCE(m.plan_id, w.plan_id, r.plan_id) AS plan_id, m.dual_status, m.low_income, m.lti,
		m.hospice, m.esrd, m.graft_months, m.new_enrollee, m.snp
	FROM pg_temp.hcc_import_record r
		LEFT JOIN LATERAL unnest(r.months) m ON m.year = hcc_import_months.payment_year
		LEFT JOIN whole w ON w.n = r.n
		LEFT JOIN (SELECT DISTINCT span.n FROM span) s ON s.n = r.n
	-- who has spans and is in none of the year's months is not enrolled in it
	WHERE r.system IS NOT NULL AND (m.year IS NOT NULL OR r.months IS NULL);
	-- What takes a month back takes it from the contract that it is of. Where that is not so
	-- now, there is nothing to take.
	WITH nothing AS (
		DELETE FROM pg_temp.hcc_import_month m
		USING pg_temp.hcc_import_person p
		WHERE p.n = m.n AND m.payment_month > 0 AND m.enrolled_months = 0 AND NOT EXISTS (
			SELECT FROM (
				SELECT d.contract_id FROM @panel@.patient_demographic d
				WHERE d.patient_id = p.patient_id
					AND d.payment_year = hcc_import_months.payment_year
					AND d.payment_month = m.payment_month
				ORDER BY d.known_at DESC LIMIT 1) o
			WHERE o.contract_id = m.contract_id)
		RETURNING m.n
	)
	UPDATE pg_temp.hcc_import_person p SET verdict = 'month_removed'
	WHERE p.verdict IS NULL
		AND p.n IN (SELECT g.n FROM nothing g GROUP BY g.n HAVING count(*) = (
			SELECT count(*) FROM pg_temp.hcc_import_month m WHERE m.n = g.n));
END
$panel$;
COMMENT ON FUNCTION @panel@.hcc_import_months(integer) IS
	'Part of import_people: the months of a payment year that each record speaks of.';

CREATE FUNCTION @panel@.hcc_import_found(payment_year integer) RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $panel$
BEGIN
	-- All records about somebody together: of each fact what the last one says that says it,
	-- else what is known of the month, else what is known at all.
	CREATE TEMPORARY TABLE hcc_import_state ON COMMIT DROP AS
	WITH known AS (
		SELECT DISTINCT d.patient_id FROM @panel@.patient_demographic d
		WHERE d.payment_year = hcc_import_found.payment_year
	), spoken AS (
		SELECT p.patient_id, p.scope, m.*
		FROM pg_temp.hcc_import_month m
			JOIN pg_temp.hcc_import_person p ON p.n = m.n AND p.verdict IS NULL
	), said AS (
		-- What a claim says counts where nothing else is known. That somebody is not enrolled
		-- is said of who is known, if only by another record of the batch.
		SELECT s.*
		FROM spoken s
			LEFT JOIN known k ON k.patient_id = s.patient_id
			LEFT JOIN (
				SELECT DISTINCT o.patient_id FROM spoken o
				WHERE o.enrolled_months IS DISTINCT FROM 0
			) o ON o.patient_id = s.patient_id
		WHERE CASE WHEN s.scope = 'claim' THEN k.patient_id IS NULL
			WHEN s.enrolled_months = 0 AND s.payment_month = 0
				THEN COALESCE(k.patient_id, o.patient_id) IS NOT NULL
			ELSE true END
	), month AS (
		SELECT s.patient_id, s.payment_month,
			(array_agg(s.enrolled_from ORDER BY s.n DESC)
				FILTER (WHERE s.enrolled_from IS NOT NULL))[1] AS enrolled_from,
			(array_agg(s.enrolled_to ORDER BY s.n DESC)
				FILTER (WHERE s.enrolled_to IS NOT NULL))[1] AS enrolled_to,
			(array_agg(s.enrolled_months ORDER BY s.n DESC)
				FILTER (WHERE s.enrolled_months IS NOT NULL))[1] AS enrolled_months,
			(array_agg(s.contract_id ORDER BY s.n DESC)
				FILTER (WHERE s.contract_id IS NOT NULL))[1] AS contract_id,
			(array_agg(s.plan_id ORDER BY s.n DESC)
				FILTER (WHERE s.plan_id IS NOT NULL))[1] AS plan_id,
			(array_agg(s.dual_status ORDER BY s.n DESC)
				FILTER (WHERE s.dual_status IS NOT NULL))[1] AS dual_status,
			(array_agg(s.new_enrollee ORDER BY s.n DESC)
				FILTER (WHERE s.new_enrollee IS NOT NULL))[1] AS new_enrollee,
			(array_agg(s.snp ORDER BY s.n DESC) FILTER (WHERE s.snp IS NOT NULL))[1] AS snp,
			(array_agg(s.lti ORDER BY s.n DESC) FILTER (WHERE s.lti IS NOT NULL))[1] AS lti,
			(array_agg(s.low_income ORDER BY s.n DESC)
				FILTER (WHERE s.low_income IS NOT NULL))[1] AS low_income,
			(array_agg(s.esrd ORDER BY s.n DESC) FILTER (WHERE s.esrd IS NOT NULL))[1] AS esrd,
			(array_agg(s.graft_months ORDER BY s.n DESC)
				FILTER (WHERE s.graft_months IS NOT NULL))[1] AS graft_months,
			(array_agg(s.hospice ORDER BY s.n DESC)
				FILTER (WHERE s.hospice IS NOT NULL))[1] AS hospice
		FROM said s
		-- who is known by the month is not known by the year as well
		WHERE s.payment_month > 0 OR NOT EXISTS (
			SELECT FROM said o WHERE o.patient_id = s.patient_id AND o.payment_month > 0)
		GROUP BY s.patient_id, s.payment_month
	), person AS (
		SELECT p.patient_id,
			(array_agg(r.date_of_birth ORDER BY r.n DESC)
				FILTER (WHERE r.date_of_birth IS NOT NULL))[1] AS date_of_birth,
			(array_agg(r.date_of_death ORDER BY r.n DESC)
				FILTER (WHERE r.date_of_death IS NOT NULL))[1] AS date_of_death,
			(array_agg(r.sex ORDER BY r.n DESC) FILTER (WHERE r.sex IS NOT NULL))[1] AS sex,
			(array_agg(r.orec ORDER BY r.n DESC) FILTER (WHERE r.orec IS NOT NULL))[1] AS orec,
			(array_agg(r.esrd ORDER BY r.n DESC) FILTER (WHERE r.esrd IS NOT NULL))[1] AS esrd
		FROM pg_temp.hcc_import_record r JOIN pg_temp.hcc_import_person p USING (n)
		WHERE p.verdict IS NULL GROUP BY p.patient_id
	)
	SELECT m.patient_id, m.payment_month, e.date_of_birth AS known_birth, e.sex AS known_sex,
		COALESCE(p.date_of_birth, o.date_of_birth, e.date_of_birth) AS date_of_birth,
		COALESCE(p.date_of_death, o.date_of_death, e.date_of_death) AS date_of_death,
		COALESCE(p.sex, o.sex, e.sex) AS sex, COALESCE(p.orec, o.orec, e.orec, '0') AS orec,
		COALESCE(m.dual_status, o.dual_status) AS dual_status,
		COALESCE(m.new_enrollee, o.new_enrollee, false) AS new_enrollee,
		COALESCE(m.snp, o.snp, false) AS snp, COALESCE(m.lti, o.lti, false) AS lti,
		COALESCE(m.low_income, o.low_income, false) AS low_income,
		COALESCE(m.esrd, p.esrd, o.esrd, 'none') AS esrd,
		COALESCE(m.graft_months, o.graft_months) AS graft_months, o.graft_date,
		COALESCE(m.hospice, o.hospice, false) AS hospice,
		COALESCE(o.plan_switcher, false) AS plan_switcher,
		COALESCE(m.contract_id, o.contract_id) AS contract_id,
		COALESCE(m.plan_id, o.plan_id) AS plan_id, o.provider_npi,
		COALESCE(m.enrolled_from, o.enrolled_from) AS enrolled_from,
		COALESCE(m.enrolled_to, o.enrolled_to) AS enrolled_to,
		-- who is told of anew in a month that was taken back is there again
		COALESCE(m.enrolled_months, CASE WHEN m.payment_month = 0 OR o.enrolled_months > 0
			THEN o.enrolled_months END) AS enrolled_months
	FROM month m JOIN person p USING (patient_id)
		LEFT JOIN LATERAL (
			SELECT d.* FROM @panel@.patient_demographic d
			WHERE d.patient_id = m.patient_id AND d.payment_year = hcc_import_found.payment_year
				AND d.payment_month = m.payment_month
			ORDER BY d.known_at DESC LIMIT 1) o ON true
		LEFT JOIN LATERAL (
			SELECT d.* FROM @panel@.patient_demographic d WHERE d.patient_id = m.patient_id
			ORDER BY d.payment_year DESC, d.known_at DESC LIMIT 1) e ON true;
	ANALYZE pg_temp.hcc_import_state;
END
$panel$;
COMMENT ON FUNCTION @panel@.hcc_import_found(integer) IS
	'Part of import_people: how everybody is now, by what was known and what the batch says.';

CREATE FUNCTION @panel@.hcc_import_demographics(payment_year integer, loaded_at timestamptz)
	RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $panel$
BEGIN
	PERFORM @panel@.hcc_import_months(payment_year);
	PERFORM @panel@.hcc_import_found(payment_year);
	UPDATE pg_temp.hcc_import_person p SET verdict =
		CASE WHEN c.date_of_birth IS NULL THEN 'bad_dob' ELSE 'unknown_sex' END
	FROM pg_temp.hcc_import_state c
	WHERE p.verdict IS NULL AND c.patient_id = p.patient_id
		AND (c.date_of_birth IS NULL OR c.sex IS NULL);
	WITH written AS (
		INSERT INTO @panel@.patient_demographic (patient_id, payment_year, payment_month,
			date_of_birth, date_of_death, sex, orec, dual_status, new_enrollee, snp, lti,
			low_income, esrd, graft_months, graft_date, hospice, plan_switcher, contract_id,
			plan_id, provider_npi, enrolled_from, enrolled_to, enrolled_months, known_at)
		SELECT c.patient_id, hcc_import_demographics.payment_year, c.payment_month,
			c.date_of_birth, c.date_of_death, c.sex, c.orec, c.dual_status, c.new_enrollee,
			c.snp, c.lti, c.low_income, c.esrd, c.graft_months, c.graft_date, c.hospice,
			c.plan_switcher, c.contract_id, c.plan_id, c.provider_npi, c.enrolled_from,
			c.enrolled_to, c.enrolled_months, hcc_import_demographics.loaded_at
		FROM pg_temp.hcc_import_state c
		WHERE c.date_of_birth IS NOT NULL AND c.sex IS NOT NULL AND NOT EXISTS (
			SELECT FROM (
				SELECT d.* FROM @panel@.patient_demographic d
				WHERE d.patient_id = c.patient_id
					AND d.payment_year = hcc_import_demographics.payment_year
					AND d.payment_month = c.payment_month
				ORDER BY d.known_at DESC LIMIT 1) o
			WHERE (c.date_of_birth, c.date_of_death, c.sex, c.orec, c.dual_status,
					c.new_enrollee, c.snp, c.lti, c.low_income, c.esrd, c.graft_months,
					c.hospice, c.contract_id, c.plan_id, c.enrolled_from, c.enrolled_to,
					c.enrolled_months)
				IS NOT DISTINCT FROM (o.date_of_birth, o.date_of_death, o.sex, o.orec,
					o.dual_status, o.new_enrollee, o.snp, o.lti, o.low_income, o.esrd,
					o.graft_months, o.hospice, o.contract_id, o.plan_id, o.enrolled_from,
					o.enrolled_to, o.enrolled_months::integer))
		RETURNING patient_id
	)
	UPDATE pg_temp.hcc_import_person p SET verdict = 'loaded'
	WHERE p.verdict IS NULL AND p.patient_id IN (SELECT w.patient_id FROM written w);
	UPDATE pg_temp.hcc_import_person p SET verdict = CASE
		WHEN EXISTS (SELECT FROM pg_temp.hcc_import_state c WHERE c.patient_id = p.patient_id)
			THEN 'unchanged' ELSE 'not_enrolled' END
	WHERE p.verdict IS NULL;
END
$panel$;
COMMENT ON FUNCTION @panel@.hcc_import_demographics(integer, timestamptz) IS
	'Part of import_people: the rows of patient_demographic that are new or changed.';

CREATE PROCEDURE @panel@.import_people(batch_id bigint, payment_year integer)
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $panel$
DECLARE
	now timestamptz;
BEGIN
	PERFORM @panel@.hcc_import_begin(batch_id);
	PERFORM @extschema@.hcc_payment_year(payment_year);
	now := clock_timestamp();
	PERFORM @panel@.hcc_import_persons(batch_id, payment_year);
	PERFORM @panel@.hcc_import_identify();
	PERFORM @panel@.hcc_import_demographics(payment_year, now);
	CALL @panel@.import_mmr(batch_id);
	DELETE FROM @panel@.import_refusal r USING @panel@.import_file f
	WHERE f.file_id = r.file_id AND f.batch_id = import_people.batch_id
		AND (r.scope = 'person' OR r.reason = 'no_records'
			OR EXISTS (SELECT FROM @extschema@.import_format t
				WHERE t.format = f.format AND t.people AND NOT t.claims));
	INSERT INTO @panel@.import_refusal (file_id, "position", scope, record, refused, reason, field)
	SELECT r.file_id, COALESCE(f."position", r."position"), r.scope, r.record, true, f.reason,
		f.field
	FROM pg_temp.hcc_import_record r CROSS JOIN LATERAL unnest(r.refused) f
	UNION ALL
	SELECT r.file_id, COALESCE(f."position", r."position"), r.scope, r.record, false, f.reason,
		f.field
	FROM pg_temp.hcc_import_record r CROSS JOIN LATERAL unnest(r.warnings) f
	UNION ALL
	-- whoever was born on two days may be two people
	SELECT r.file_id, r."position", r.scope, r.record, false, w.reason, NULL
	FROM pg_temp.hcc_import_record r
		JOIN pg_temp.hcc_import_person p ON p.n = r.n
		JOIN (
			SELECT DISTINCT c.patient_id, c.date_of_birth, c.sex, c.known_birth, c.known_sex
			FROM pg_temp.hcc_import_state c
		) s ON s.patient_id = p.patient_id
		CROSS JOIN LATERAL (VALUES
			('dob_conflict',
				r.date_of_birth <> s.date_of_birth OR r.date_of_birth <> s.known_birth),
			('sex_conflict', r.sex <> s.sex OR r.sex <> s.known_sex)
		) w(reason, is_so)
	WHERE r.scope = 'person' AND w.is_so
	UNION ALL
	SELECT p.file_id, p."position", p.scope, p.record, true, p.verdict, NULL
	FROM pg_temp.hcc_import_person p
	WHERE p.scope = 'person' AND p.verdict NOT IN ('loaded', 'unchanged');
	UPDATE @panel@.import_file f SET loaded_at = now, people_read = a.records,
		people_loaded = a.loaded, people_unchanged = a.unchanged,
		people_refused = a.records - a.loaded - a.unchanged
	FROM (
		SELECT b.file_id, count(*) FILTER (WHERE r.scope = 'person' OR r.refused IS NOT NULL)
				AS records,
			count(*) FILTER (WHERE p.verdict = 'loaded') AS loaded,
			count(*) FILTER (WHERE p.verdict = 'unchanged') AS unchanged
		FROM @panel@.import_file b
			JOIN @extschema@.import_format t ON t.format = b.format AND t.people
			LEFT JOIN pg_temp.hcc_import_record r ON r.file_id = b.file_id AND r.scope <> 'claim'
			LEFT JOIN pg_temp.hcc_import_person p ON p.n = r.n
		WHERE b.batch_id = import_people.batch_id
		GROUP BY b.file_id
	) a
	WHERE f.file_id = a.file_id;
	PERFORM @panel@.hcc_import_empty(batch_id);
EXCEPTION WHEN integrity_constraint_violation OR with_check_option_violation THEN
	PERFORM @extschema@.hcc_raise_without_row(SQLSTATE, SQLERRM);
END
$panel$;
COMMENT ON PROCEDURE @panel@.import_people(bigint, integer) IS
	'Loads who the people of a batch are in a payment year; what it does not say stays.';

CREATE PROCEDURE @panel@.import_load(batch_id bigint, payment_year integer)
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $panel$
BEGIN
	CALL @panel@.import_claims(batch_id, false);
	CALL @panel@.import_people(batch_id, payment_year);
END
$panel$;
COMMENT ON PROCEDURE @panel@.import_load(bigint, integer) IS
	'Loads all that is in a batch: claims, and who people are in a payment year.';
