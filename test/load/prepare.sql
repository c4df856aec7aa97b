CREATE EXTENSION hccraf;

CREATE TABLE outcome (id serial, name text, passed boolean, detail text);
CREATE FUNCTION tested(name text, passed boolean, detail text DEFAULT NULL) RETURNS SETOF text
	LANGUAGE sql AS $$
	INSERT INTO outcome (name, passed, detail) VALUES (name, COALESCE(passed, false), detail);
	SELECT 'not ok: ' || name || COALESCE(E'\n' || detail, '') WHERE passed IS NOT TRUE;
$$;
CREATE VIEW summary AS
	SELECT count(*) FILTER (WHERE passed) || ' passed, ' || count(*) FILTER (WHERE NOT passed)
		|| ' failed' FROM outcome;

-- The report of the load in progress, and what it should say
CREATE TABLE report (line integer, outcome text, detail text, n bigint);
CREATE TABLE expected (function text, file text, written bigint);
CREATE FUNCTION loaded(function text, file text, written bigint DEFAULT NULL) RETURNS SETOF text
	LANGUAGE sql AS $$
	DELETE FROM report;
	DELETE FROM expected;
	INSERT INTO expected VALUES (function, file, written);
	SELECT ''::text WHERE false;
$$;
CREATE FUNCTION check_load() RETURNS SETOF text LANGUAGE sql AS $$
	SELECT tested(format('%s of %s', e.function, e.file),
		(SELECT count(*) FROM report WHERE outcome = 'loaded') = 1
			AND (SELECT n FROM report
				WHERE outcome = 'unusable' AND line IS NULL AND n IS NOT NULL) = 0
			AND (SELECT n FROM report WHERE outcome = 'loaded')
			= COALESCE(e.written, (SELECT n FROM report WHERE outcome = 'loaded')),
		(SELECT string_agg(concat_ws(' ', line, outcome, n, detail), E'\n')
			FROM (SELECT * FROM report LIMIT 15) r))
	FROM expected e;
$$;

-- What no file has: groups, variables, segments, and rules of the driver
-- programs. is_older: HCCs, hierarchies and interactions too.
CREATE FUNCTION copy_structure(model text, copy text, year integer, is_older boolean DEFAULT false)
	RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	t regclass;
	own text;
BEGIN
	FOREACH t IN ARRAY CASE WHEN is_older THEN '{hcc_group,hcc_variable,hcc_segment,hcc_age_rule,'
	'hcc_prerequisite,hcc_category,hcc_hierarchy,hcc_interaction}'
		ELSE '{hcc_group,hcc_variable,hcc_segment,hcc_age_rule,hcc_prerequisite}' END::regclass[]
	LOOP
		SELECT string_agg(quote_ident(attname), ', ') INTO own FROM pg_attribute
		WHERE attrelid = t AND attnum > 0 AND NOT attisdropped
			AND attname NOT IN ('id', 'model_version', 'custom');
		EXECUTE format('INSERT INTO %1$s (model_version, %2$s) SELECT %3$L, %2$s FROM '
			'%1$s WHERE model_version = %4$L', t, own, copy, model);
	END LOOP;
	-- Part D's interactions and ESRD's divisors are in the packages' programs.
	INSERT INTO hcc_interaction (model_version, interaction_name, hcc_combinations)
		SELECT copy, interaction_name, hcc_combinations FROM hcc_interaction
		WHERE model_version = model AND model LIKE 'RX%' AND NOT is_older;
	INSERT INTO hcc_coefficient (model_version, calibration, segment, variable, coefficient)
		SELECT copy, calibration, segment, variable, coefficient FROM hcc_coefficient
		WHERE model_version = model AND segment = 'ACTADJ';
	INSERT INTO hcc_model (model_version, first_payment_year, last_payment_year, label, hcc_prefix,
		reference_segment, hierarchy_order)
		SELECT copy, year, year, label, hcc_prefix, reference_segment, hierarchy_order
		FROM hcc_model
		WHERE model_version = model AND year BETWEEN first_payment_year AND last_payment_year;
END
$$;

-- All rows of the year, of both models; each differing one is told.
CREATE FUNCTION compare_rows(what text, a text, b text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	n bigint;
	found_rows text;
BEGIN
	EXECUTE format('SELECT count(*) FROM (%s) q', a) INTO n;
	EXECUTE format($q$ SELECT string_agg(x, E'\n') FROM (SELECT x FROM (
		(SELECT 'shipped only: ' || q::text AS x FROM ((%1$s) EXCEPT (%2$s)) q) UNION ALL
		(SELECT 'loaded only: ' || q::text FROM ((%2$s) EXCEPT (%1$s)) q)) d
		ORDER BY x LIMIT 12) d $q$, a, b) INTO found_rows;
	RETURN QUERY SELECT tested(format('%s: %s rows', what, n), found_rows IS NULL, found_rows);
END
$$;
CREATE FUNCTION compare(model text, copy text, year integer, edits boolean DEFAULT true,
	coefficients boolean DEFAULT true) RETURNS SETOF text LANGUAGE sql AS $$
	SELECT compare_rows(format('%s as loaded, %s', model, t.name), format(t.query, model),
		format(t.query, copy))
	FROM (VALUES
		('crosswalk', format('SELECT icd10_code, hcc_code FROM hcc_crosswalk '
			'WHERE model_version = %%L AND COALESCE(effective_year, 0) <= %1$s AND '
			'COALESCE(expiry_year, 9999) >= %1$s', year)),
		-- an edit of a code that maps to nothing has no effect
		('edits', format('SELECT icd10_code, edit_kind, sex, age_min, age_max, action, hcc_code
			FROM hcc_dx_edit e WHERE model_version = %%1$L
			AND COALESCE(effective_year, 0) <= %1$s AND COALESCE(expiry_year, 9999) >= %1$s
			AND EXISTS (SELECT FROM hcc_crosswalk x WHERE x.model_version = %%1$L
				AND x.icd10_code = e.icd10_code AND COALESCE(effective_year, 0) <= %1$s
				AND COALESCE(expiry_year, 9999) >= %1$s)',
			year)),
		('HCCs', 'SELECT hcc_code FROM hcc_category WHERE model_version = %L'),
		('hierarchy',
			'SELECT superior_hcc, subordinate_hcc FROM hcc_hierarchy WHERE model_version = %L'),
		-- ESRD_V21's file has a group that nothing uses
		('groups', 'SELECT group_name, (SELECT array_agg(h ORDER BY h) FROM unnest(hcc_codes) h)
			FROM hcc_group g WHERE model_version = %1$L
			AND EXISTS (SELECT FROM hcc_interaction i WHERE i.model_version = %1$L
			AND g.group_name = ANY (i.hcc_combinations))'),
		-- a name that the Python package spells otherwise than SAS and ours
		('interactions', 'SELECT regexp_replace(interaction_name, '
			'''^ART_OPENINGS_PRESSURE_ULCER_V24$'', ''ART_OPENINGS_PRESS_ULCER_V24''), '
			'(SELECT array_agg(h ORDER BY h) FROM unnest(hcc_combinations) h) FROM hcc_interaction '
			'WHERE model_version = %L'),
		('coefficients', format('SELECT k.calibration, segment, regexp_replace(variable,
			''^ART_OPENINGS_PRESSURE_ULCER_V24$'', ''ART_OPENINGS_PRESS_ULCER_V24''), coefficient
			FROM hcc_coefficient k JOIN hcc_calibration c USING (model_version, calibration)
			WHERE k.model_version = %%L
				AND %s BETWEEN c.first_payment_year AND c.last_payment_year', year) ||
			-- SAS files list variables of other segments with 0
			CASE WHEN edits THEN '' ELSE ' AND coefficient <> 0' END)) t(name, query)
	WHERE (edits OR t.name <> 'edits') AND (coefficients OR t.name <> 'coefficients');
$$;

-- Random people, among them many under 18 and around 65
CREATE FUNCTION compare_scores(model text, copy text, year integer) RETURNS SETOF text
	LANGUAGE plpgsql AS $$
DECLARE
	bad text;
	n bigint;
	differing bigint;
BEGIN
	PERFORM setseed(0.42);
	CREATE TEMPORARY TABLE code ON COMMIT DROP AS
		SELECT icd10_code, row_number() OVER (ORDER BY icd10_code) AS i
		FROM (SELECT DISTINCT icd10_code FROM hcc_crosswalk x
			WHERE x.model_version = model AND COALESCE(effective_year, 0) <= year
				AND COALESCE(expiry_year, 9999) >= year
			UNION SELECT 'Z0000' UNION SELECT 'XYZ') c;
	CREATE TEMPORARY TABLE dice ON COMMIT DROP AS
		SELECT p, (random() * 100)::int AS age, CASE WHEN random() < 0.5 THEN 'F'
			ELSE 'M' END AS sex, (random() * 3)::int::text AS orec,
			(ARRAY['00', '01', '02', '04', '06', NULL])[1 + floor(random() * 6)] AS dual,
			random() < 0.15 AS ne, random() < 0.2 AS snp,
			random() < 0.2 AS lti, random() < 0.4 AS low_income, floor(random() * 4)::int AS esrd,
			floor(random() * 14)::int AS months, floor(random() * 8)::int AS codes
		FROM generate_series(1, 4000) p;
	CREATE TEMPORARY TABLE person ON COMMIT DROP AS
		SELECT p, beneficiary(age, sex, orec, dual, ne, snp, lti, low_income,
				CASE WHEN model LIKE 'ESRD%'
				THEN (ARRAY['dialysis', 'dialysis', 'graft', 'transplant'])[esrd + 1]
				ELSE 'none' END,
				CASE WHEN model LIKE 'ESRD%' THEN CASE esrd WHEN 2 THEN 4 + months
				WHEN 3 THEN 1 + months % 3 END END) AS who,
			COALESCE((SELECT array_agg(c.icd10_code) FROM generate_series(1, d.codes) g
				JOIN code c ON c.i = 1
					+ (hashint4(d.p * 100 + g)::bigint + 2147483648) % (SELECT count(*) FROM code)),
				'{}') AS codes
		FROM dice d;
	SELECT count(*), count(*) FILTER (WHERE a IS DISTINCT FROM b OR ah IS DISTINCT FROM bh),
		min(who::text || ' ' || codes::text || ': ' || a || ', '
			|| b) FILTER (WHERE a IS DISTINCT FROM b OR ah IS DISTINCT FROM bh)
	INTO n, differing, bad
	FROM (SELECT who, codes, raf_score(codes, who, model, year) AS a,
		raf_score(codes, who, copy, year) AS b,
			
			(SELECT array_agg(concat_ws(' ', kind, variable, hcc_code, coefficient, reason)
				ORDER BY variable, hcc_code) FROM raf_explain(codes, who, model, year)) AS ah,
			(SELECT array_agg(concat_ws(' ', kind, variable, hcc_code, coefficient, reason)
				ORDER BY variable, hcc_code) FROM raf_explain(codes, who, copy, year)) AS bh
		FROM person) s;
	RETURN QUERY SELECT tested(format('%s as loaded scores %s random people alike', model, n),
		differing = 0 AND n = 4000, differing || ' differ: ' || bad);
	DROP TABLE code, dice, person;
END
$$;
