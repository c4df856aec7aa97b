-- Compares every golden case with what the extension gives. Run by test/golden/run.
CREATE EXTENSION hccraf;

CREATE TABLE medicare (
	case_id text PRIMARY KEY, model text, payment_year int, calibration text, purpose text, age int,
	date_of_birth date,
	sex text, orec text, dual_status text, flags text, esrd text, graft_months int,
	mce boolean, codes text[], segment text, hccs text, terms text, divisor numeric, score numeric,
	sequential_hccs text, sequential_score numeric, aged_segment text, aged_score numeric
);
CREATE TABLE payment (
	case_id text PRIMARY KEY, program text, component text, payment_year int, confidence text,
	age int, sex text,
	orec text, dual_status text, flags text, esrd text, graft_months int, codes text[],
	payment_score numeric
);
CREATE TABLE payment_step (
	case_id text, model text, calibration text, segment text, hccs text, raw numeric,
	normalization numeric,
	normalized numeric, coding_pattern_adjustment numeric, adjusted numeric, blend_weight numeric,
	weighted numeric, UNIQUE (case_id, model, calibration)
);
\copy medicare FROM 'test/golden/medicare.csv' CSV HEADER
\copy payment FROM 'test/golden/medicare_payment.csv' CSV HEADER
\copy payment_step FROM 'test/golden/medicare_payment_step.csv' CSV HEADER

-- The edits are read from the files, not from the extension's tables, to find
-- the cases in which none applies.
CREATE TABLE dx_edit (
	model text, icd10_code text, edit_kind text, sex text, age_min int, age_max int, action text,
	hcc_code text, effective_year int, expiry_year int, source text
);
\copy dx_edit FROM PROGRAM 'for m in V22 V24 V28 ESRD_V21 ESRD_V24 RX_V08; do sed "1d; s/^/$m,/" data/$m/dx_edit.csv; done' CSV
CREATE INDEX ON dx_edit (model, icd10_code);

-- One row per case and code editor setting; a case without a setting must
-- come out the same with both.
CREATE TABLE scored AS
SELECT g.case_id, m.mce, g.model, g.payment_year, g.calibration, g.codes,
	icd10_set(g.codes) AS code_set,
	-- People of 64 entitled by age: the cases expect the disabled segment,
	-- the model's rules choose the aged one, which is checked separately.
	beneficiary(age => COALESCE(payment_year_age(g.date_of_birth, g.payment_year), g.age),
		sex => g.sex, orec => g.orec, dual_status => g.dual_status,
		new_enrollee => 'new_enrollee' = ANY (f.flags), snp => 'snp' = ANY (f.flags),
		lti => 'lti' = ANY (f.flags), low_income => 'low_income' = ANY (f.flags),
		esrd => g.esrd, graft_months => g.graft_months,
		segment => CASE WHEN g.aged_segment IS NOT NULL THEN g.segment END) AS who,
	COALESCE(string_to_array(g.hccs, ' '), '{}') AS hccs, g.segment, g.terms, g.divisor, g.score
FROM medicare g
	CROSS JOIN LATERAL (SELECT COALESCE(string_to_array(g.flags, ' '), '{}') AS flags) f
	JOIN (VALUES (true), (false)) m(mce) ON g.mce IS NULL OR g.mce = m.mce;

CREATE TABLE explained AS
SELECT s.case_id, s.mce, e.*
FROM scored s CROSS JOIN LATERAL raf_explain(s.codes, s.who, s.model, s.payment_year,
	s.calibration, s.mce) e;
CREATE INDEX ON explained (case_id, mce);

CREATE TABLE outcome (check_id int, check_name text, case_id text, passed boolean,
	expected text, got text);
CREATE FUNCTION in_order(hccs text[]) RETURNS text[] LANGUAGE sql IMMUTABLE
	RETURN COALESCE((SELECT array_agg(h ORDER BY h::int) FROM unnest(hccs) h), '{}');

-- A short file must not pass for a good one.
INSERT INTO outcome
SELECT 1, 'cases read', what, expected = got, expected, got
FROM (VALUES
	('all', 12562, (SELECT count(*) FROM medicare)),
	('models, years and calibrations', 14,
		(SELECT count(DISTINCT (model, payment_year, calibration)) FROM medicare)),
	('with a date of birth', 165, (SELECT count(date_of_birth) FROM medicare)),
	('divided', 137, (SELECT count(divisor) FROM medicare)),
	('hierarchy order matters', 36, (SELECT count(sequential_score) FROM medicare)),
	('64 and entitled by age', 8, (SELECT count(aged_score) FROM medicare)),
	('payment', 470, (SELECT count(*) FROM payment)),
	('payment steps', 680, (SELECT count(*) FROM payment_step)),
	('not sure', 52, (SELECT count(*) FROM payment WHERE confidence = 'low'))) v(what,
		expected, got);

INSERT INTO outcome
SELECT 2, 'raf_score(text[])', case_id, score IS NOT DISTINCT FROM got, score, got
FROM (SELECT *, raf_score(codes, who, model, payment_year, calibration, mce) AS got FROM scored) s;

INSERT INTO outcome
SELECT 3, 'raf_score(icd10_set)', case_id, score IS NOT DISTINCT FROM got, score, got
FROM (SELECT *, raf_score(code_set, who, model, payment_year, calibration, mce) AS got
	FROM scored) s;

-- A person without diagnoses is one row with a NULL code.
INSERT INTO outcome
SELECT 4, 'raf_score as an aggregate', case_id, score IS NOT DISTINCT FROM got, score, got
FROM (SELECT s.case_id, s.mce, s.score,
	raf_score_agg(c, s.who, s.model, s.payment_year, s.calibration, s.mce) AS got
	FROM scored s LEFT JOIN LATERAL unnest(s.codes) c ON true
	GROUP BY s.case_id, s.mce, s.score) a;

INSERT INTO outcome
SELECT 5, 'raf_score(icd10_agg(code))', case_id, score IS NOT DISTINCT FROM got, score, got
FROM (SELECT s.case_id, s.score,
	raf_score(icd10_agg(c), s.who, s.model, s.payment_year, s.calibration, s.mce) AS got
	FROM scored s LEFT JOIN LATERAL unnest(s.codes) c ON true
	GROUP BY s.case_id, s.mce, s.who, s.model, s.payment_year, s.calibration, s.score) a;

INSERT INTO outcome
SELECT 6, 'raf_segment', case_id, segment IS NOT DISTINCT FROM got, segment, got
FROM (SELECT *, raf_segment(who, model, payment_year) AS got FROM scored) s;

-- HCCs that the segment does not pay for (all of a new enrollee's) are still reported.
INSERT INTO outcome
SELECT 7, 'raf_explain: HCCs', case_id, hccs = got, hccs, got
FROM (SELECT s.*, in_order(ARRAY(SELECT e.hcc_code FROM explained e
		WHERE e.case_id = s.case_id AND e.mce = s.mce AND e.hcc_code IS NOT NULL
			AND (e.reason IS NULL OR e.reason LIKE 'not in segment%'))) AS got
	FROM scored s) s;

INSERT INTO outcome
SELECT 8, 'raf_explain: variables and coefficients', case_id, expected = got, expected, got
FROM (SELECT s.case_id,
		ARRAY(SELECT split_part(t, '=', 1) || '=' || trim_scale(split_part(t, '=', 2)::numeric)
			FROM string_to_table(s.terms, ' ') t ORDER BY 1) AS expected,
		ARRAY(SELECT e.variable || '=' || trim_scale(e.coefficient) FROM explained e
			WHERE e.case_id = s.case_id AND e.mce = s.mce AND e.reason IS NULL
				AND e.kind <> 'divisor' ORDER BY 1) AS got
	FROM scored s) s;

INSERT INTO outcome
SELECT 9, 'raf_explain: sum', case_id, score IS NOT DISTINCT FROM got, score, got
FROM (SELECT s.*, (SELECT COALESCE(sum(e.coefficient), 0) FROM explained e
		WHERE e.case_id = s.case_id AND e.mce = s.mce AND e.reason IS NULL) AS got
	FROM scored s) s;

-- What a division takes away or adds is a row, so that the rows still add up.
INSERT INTO outcome
SELECT 16, 'raf_explain: divisor', case_id, expected = got, expected, got
FROM (SELECT s.case_id,
		CASE WHEN s.divisor IS NULL THEN '{}'
		ELSE ARRAY[format('Divided by %s: %s', s.divisor, s.score - t.sum)] END AS expected,
		ARRAY(SELECT e.label || ': ' || e.coefficient FROM explained e
			WHERE e.case_id = s.case_id AND e.mce = s.mce AND e.kind = 'divisor'
				AND e.reason IS NULL) AS got
	FROM scored s CROSS JOIN LATERAL (SELECT sum(split_part(t, '=', 2)::numeric)
		FROM string_to_table(s.terms, ' ') t) t) s;

-- Every code given has its row: canonical, or as it came when it cannot be a
-- code (a dot belongs behind the third character; eight characters are the most).
INSERT INTO outcome
SELECT 10, 'raf_explain: every code', case_id, expected = got, expected, got
FROM (SELECT s.case_id,
		ARRAY(SELECT DISTINCT CASE WHEN c ~* '^([A-Z0-9]{1,8}|[A-Z0-9]{3}[.][A-Z0-9]{0,5})$'
			THEN upper(replace(c, '.', ''))
				ELSE c END COLLATE "C" AS code
			FROM unnest(s.codes) c ORDER BY code) AS expected,
		ARRAY(SELECT DISTINCT c COLLATE "C" AS code FROM explained e, unnest(e.icd10_codes) c
			WHERE e.case_id = s.case_id AND e.mce = s.mce ORDER BY code) AS got
	FROM scored s) s;

-- What is left of the hierarchy stays, except V28's HCC 223: it counts only
-- beside one of those that it may have removed itself.
INSERT INTO outcome
SELECT 11, 'apply_hierarchy of its own result', case_id, expected = got, expected, got
FROM (SELECT case_id,
		CASE WHEN model = 'V28' AND NOT hccs && '{221,222,224,225,226}'
		THEN array_remove(hccs, '223') ELSE hccs END AS expected,
		apply_hierarchy(hccs, model, payment_year) AS got
	FROM scored) s;

INSERT INTO outcome
SELECT 12, 'icd_to_hcc, then apply_hierarchy', case_id, hccs = got, hccs, got
FROM (SELECT s.*, apply_hierarchy(
			ARRAY(SELECT DISTINCT h
				FROM unnest(s.codes) c, unnest(icd_to_hcc(c, s.model, s.payment_year)) h),
			s.model, s.payment_year) AS got
	FROM scored s JOIN medicare g USING (case_id)
	WHERE NOT EXISTS (SELECT FROM unnest(s.codes) c JOIN dx_edit e
		ON e.model = s.model AND e.icd10_code = upper(replace(btrim(c), '.', ''))
			AND (s.mce OR e.edit_kind = 'mandatory')
			AND (e.sex IS NULL OR e.sex = g.sex)
			AND (e.age_min IS NULL OR g.age >= e.age_min)
			AND (e.age_max IS NULL OR g.age <= e.age_max)
			AND s.payment_year BETWEEN e.effective_year AND e.expiry_year)) s;

INSERT INTO outcome
SELECT 13, 'hierarchy_order sequential: score', case_id, sequential_score IS NOT DISTINCT FROM got,
	sequential_score, got
FROM (SELECT g.case_id, g.sequential_score,
		raf_score(s.codes, s.who, s.model, s.payment_year, s.calibration, s.mce,
			'sequential') AS got
	FROM scored s JOIN medicare g USING (case_id) WHERE g.sequential_score IS NOT NULL) s;

INSERT INTO outcome
SELECT 14, 'hierarchy_order sequential: HCCs', case_id, expected = got, expected, got
FROM (SELECT g.case_id, string_to_array(g.sequential_hccs, ' ') AS expected,
		in_order(ARRAY(SELECT e.hcc_code
			FROM raf_explain(s.codes, s.who, s.model, s.payment_year, s.calibration, s.mce,
				'sequential') e
			WHERE e.hcc_code IS NOT NULL
				AND (e.reason IS NULL OR e.reason LIKE 'not in segment%'))) AS got
	FROM scored s JOIN medicare g USING (case_id) WHERE g.sequential_hccs IS NOT NULL) s;

-- Without a forced segment, people of 64 entitled by age go to the aged one.
INSERT INTO outcome
SELECT 15, 'chosen segment at 64, entitled by age', case_id,
	(expected_segment, expected_score) IS NOT DISTINCT FROM (got_segment, got_score),
	format('%s %s', expected_segment, expected_score), format('%s %s', got_segment, got_score)
FROM (SELECT g.case_id, g.aged_segment AS expected_segment, g.aged_score AS expected_score,
		raf_segment(b, g.model, g.payment_year) AS got_segment,
		raf_score(g.codes, b, g.model, g.payment_year, g.calibration, s.mce) AS got_score
	FROM scored s JOIN medicare g USING (case_id)
		CROSS JOIN LATERAL beneficiary(
			age => COALESCE(payment_year_age(g.date_of_birth, g.payment_year), g.age),
			sex => g.sex, orec => g.orec, dual_status => g.dual_status,
			low_income => g.flags ~ 'low_income') b
	WHERE g.aged_segment IS NOT NULL) s;

-- From raw to payment score
CREATE TABLE paid AS
SELECT p.*, icd10_set(p.codes) AS code_set,
	beneficiary(age => p.age, sex => p.sex, orec => p.orec, dual_status => p.dual_status,
		new_enrollee => 'new_enrollee' = ANY (f.flags), snp => 'snp' = ANY (f.flags),
		lti => 'lti' = ANY (f.flags), low_income => 'low_income' = ANY (f.flags),
		esrd => p.esrd, graft_months => p.graft_months) AS who,
	confidence = 'low' AS low
FROM payment p CROSS JOIN LATERAL (SELECT COALESCE(string_to_array(p.flags, ' '), '{}') AS flags) f;

INSERT INTO outcome
SELECT 20, 'raf_payment(text[])', case_id, payment_score = got, payment_score, got
FROM (SELECT *,
	raf_payment(codes, who, payment_year, program, component, allow_low_confidence => low) AS got
	FROM paid) p;

INSERT INTO outcome
SELECT 21, 'raf_payment(icd10_set), person decides', case_id, payment_score = got,
	payment_score, got
FROM (SELECT *, raf_payment(code_set, who, payment_year, program,
			CASE WHEN program = 'PACE' THEN component END, allow_low_confidence => low) AS got
	FROM paid) p;

-- With factors that are not sure unless the caller allows them, there is an
-- error that names the row.
CREATE FUNCTION refused(p paid) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	RETURN raf_payment(p.codes, p.who, p.payment_year, p.program, p.component);
EXCEPTION WHEN object_not_in_prerequisite_state THEN
	RETURN SQLERRM;
END
$$;
INSERT INTO outcome
SELECT 22, 'raf_payment: refused', case_id, got = ANY (expected), expected, got
FROM (SELECT p.case_id, refused(p) AS got,
		ARRAY(SELECT format('the payment parameters of model "%s" for payment year '
			'%s, program "%s", component "%s" are of low confidence',
				s.model, p.payment_year, p.program, p.component)
			FROM payment_step s WHERE s.case_id = p.case_id) AS expected
	FROM paid p WHERE p.low) p;

INSERT INTO outcome
SELECT 23, 'raf_payment_explain: every step',
	COALESCE(x.case_id, g.case_id) || ' ' || COALESCE(x.model, g.model),
	x IS NOT DISTINCT FROM g, x, g
FROM (SELECT case_id, model, COALESCE(calibration, (SELECT c.calibration FROM hcc_calibration c
	WHERE c.model_version = model)) AS calibration,
		segment, raw, normalization, normalized, coding_pattern_adjustment, adjusted,
		blend_weight, weighted
	FROM payment_step) x
	FULL JOIN (SELECT p.case_id, e.model_version AS model, e.calibration, e.segment,
		e.raw_score AS raw,
			e.normalization_factor AS normalization, e.normalized_score AS normalized,
			e.coding_pattern_adjustment, e.adjusted_score AS adjusted, e.blend_weight,
			e.weighted_score AS weighted
		FROM paid p CROSS JOIN LATERAL raf_payment_explain(p.codes, p.who, p.payment_year,
			p.program, p.component, allow_low_confidence => p.low) e) g
		ON (x.case_id, x.model, x.calibration) = (g.case_id, g.model, g.calibration);

INSERT INTO outcome
SELECT 24, 'payment cases: HCCs per model', case_id || ' ' || model, expected = got, expected, got
FROM (SELECT p.case_id, s.model, COALESCE(string_to_array(s.hccs, ' '), '{}') AS expected,
		in_order(ARRAY(SELECT e.hcc_code
			FROM raf_explain(p.codes, p.who, s.model, p.payment_year, s.calibration) e
			WHERE e.hcc_code IS NOT NULL
				AND (e.reason IS NULL OR e.reason LIKE 'not in segment%'))) AS got
	FROM paid p JOIN payment_step s USING (case_id)) x;

-- The pieces that a stored score keeps, from the terms of raf_explain by kind
INSERT INTO outcome
SELECT 25, 'raf_payment_explain: pieces and HCCs', case_id || ' ' || model,
	x IS NOT DISTINCT FROM g, x, g
FROM (SELECT p.case_id, e.model_version AS model,
		ROW(e.hcc_list, e.demographic_score, e.disease_score, e.interaction_score, e.payment_score,
			e.is_leading) AS g,
		ROW(COALESCE(t.hccs, '{}'), t.raw - t.disease - t.interaction, t.disease,
			t.interaction, e.total, row_number() OVER heaviest = 1) AS x
	FROM paid p
		CROSS JOIN LATERAL (SELECT e.*, sum(e.weighted_score) OVER () AS total
			FROM raf_payment_explain(p.codes, p.who, p.payment_year, p.program, p.component,
				allow_low_confidence => p.low) e) e
		CROSS JOIN LATERAL (SELECT sum(coefficient) FILTER (WHERE reason IS NULL) AS raw,
				COALESCE(sum(coefficient) FILTER (WHERE kind = 'hcc'), 0) AS disease,
				COALESCE(sum(coefficient) FILTER (WHERE kind IN ('interaction', 'count')),
					0) AS interaction,
				in_order(array_agg(hcc_code) FILTER (WHERE hcc_code IS NOT NULL
					AND (reason IS NULL OR reason LIKE 'not in segment%'))) AS hccs
			FROM raf_explain(p.codes, p.who, e.model_version, p.payment_year, e.calibration)) t
	WINDOW heaviest AS (PARTITION BY p.case_id ORDER BY e.blend_weight DESC, e.model_version,
		e.calibration)) x;

-- The marketplace. An element of diagnoses is a code with its date.
CREATE TABLE marketplace (
	case_id text PRIMARY KEY, benefit_year int, purpose text, submodel text, sex text,
	date_of_birth date, first_day date,
	last_day date, enrollment_days int, age int, metal text, csr_variant text, diagnoses text[],
	ndc text[], hcpcs text[],
	hccs text, groups text, hcc_count int, terms text, score numeric, csr_factor numeric,
	csr_score numeric
);
\copy marketplace FROM 'test/golden/marketplace.csv' CSV HEADER

INSERT INTO outcome
SELECT 1, 'cases read', what, expected = got, expected, got
FROM (VALUES
	('marketplace', 1417, (SELECT count(*) FROM marketplace)),
	('marketplace years, submodels and metals', 30,
		(SELECT count(DISTINCT (benefit_year, submodel, metal)) FROM marketplace)),
	('marketplace with drugs', 195, (SELECT count(*) FROM marketplace
		WHERE ndc <> '{}' OR hcpcs <> '{}')),
	('marketplace with another factor', 448, (SELECT count(*) FROM marketplace
		WHERE csr_factor <> 1))) v(what, expected, got);

CREATE TABLE enrolled AS
SELECT m.*, c.codes, icd10_set(c.codes) AS code_set, w.who
FROM marketplace m
	CROSS JOIN LATERAL (SELECT m.diagnoses || ARRAY(SELECT 'ndc:' || n FROM unnest(m.ndc) n)
		|| ARRAY(SELECT 'hcpcs:' || h FROM unnest(m.hcpcs) h) AS codes) c
	CROSS JOIN LATERAL (SELECT enrollee(m.date_of_birth, m.sex, m.first_day, m.last_day, m.metal,
		m.csr_variant) AS who) w;

-- One row per service, of one system each; nobody is without a row.
CREATE TABLE service AS
SELECT case_id, split_part(d, '@', 1) AS icd10_code, split_part(d, '@', 2)::date AS service_date,
	NULL AS ndc, NULL AS hcpcs
FROM marketplace, unnest(diagnoses) d
UNION ALL SELECT case_id, NULL, first_day, n, NULL FROM marketplace, unnest(ndc) n
UNION ALL SELECT case_id, NULL, last_day, NULL, h FROM marketplace, unnest(hcpcs) h
UNION ALL SELECT case_id, NULL, NULL, NULL, NULL FROM marketplace;

CREATE TABLE explained_enrolled AS
SELECT m.case_id, e.*
FROM enrolled m CROSS JOIN LATERAL raf_explain(m.codes, m.who, 'HHS_V08', m.benefit_year) e;
CREATE INDEX ON explained_enrolled (case_id);

INSERT INTO outcome
SELECT 30, 'marketplace: enrollee()', case_id, x IS NOT DISTINCT FROM g, x, g
FROM (SELECT case_id, format('age=%s,sex=%s,metal=%s,csr_variant=%s,enrollment_days=%s,'
	'date_of_birth=%s,enrolled_until=%s',
			age, sex, lower(metal), csr_variant, enrollment_days, date_of_birth, last_day) AS x,
	who::text AS g
	FROM enrolled) m;

INSERT INTO outcome
SELECT 31, 'marketplace: raf_score(text[])', case_id, score IS NOT DISTINCT FROM got, score, got
FROM (SELECT *, raf_score(codes, who, 'HHS_V08', benefit_year) AS got FROM enrolled) m;

INSERT INTO outcome
SELECT 32, 'marketplace: raf_score(icd10_set)', case_id, score IS NOT DISTINCT FROM got, score, got
FROM (SELECT *, raf_score(code_set, who, 'HHS_V08', benefit_year) AS got FROM enrolled) m;

INSERT INTO outcome
SELECT 33, 'marketplace: raf_score_agg over services', case_id,
	score IS NOT DISTINCT FROM got, score, got
FROM (SELECT m.case_id, m.score,
		raf_score_agg(s.icd10_code, s.service_date, s.ndc, s.hcpcs, m.who, 'HHS_V08',
			m.benefit_year) AS got
	FROM enrolled m JOIN service s USING (case_id) GROUP BY m.case_id, m.score) m;

INSERT INTO outcome
SELECT 34, 'marketplace: raf_score_agg over codes', case_id,
	score IS NOT DISTINCT FROM got, score, got
FROM (SELECT m.case_id, m.score, raf_score_agg(c, m.who, 'HHS_V08', m.benefit_year) AS got
	FROM enrolled m LEFT JOIN LATERAL unnest(m.codes) c ON true GROUP BY m.case_id, m.score) m;

INSERT INTO outcome
SELECT 35, 'marketplace: raf_score(icd10_agg(service))', case_id,
	score IS NOT DISTINCT FROM got, score, got
FROM (SELECT m.case_id, m.score,
		raf_score(icd10_agg(s.icd10_code, s.service_date, s.ndc, s.hcpcs), m.who, 'HHS_V08',
			m.benefit_year) AS got
	FROM enrolled m JOIN service s USING (case_id)
	GROUP BY m.case_id, m.score, m.who, m.benefit_year) m;

INSERT INTO outcome
SELECT 36, 'marketplace: raf_segment', case_id, x = got, x, got
FROM (SELECT case_id, submodel || '_' || metal AS x,
	raf_segment(who, 'HHS_V08', benefit_year) AS got FROM enrolled) m;

INSERT INTO outcome
SELECT 37, 'marketplace: HCCs', case_id, x = got, x, got
FROM (SELECT case_id,
	ARRAY(SELECT h FROM string_to_table(COALESCE(hccs, ''), ' ') h WHERE h <> '' ORDER BY h) AS x,
		ARRAY(SELECT e.hcc_code FROM explained_enrolled e
			WHERE e.case_id = m.case_id AND e.kind = 'hcc'
			AND (e.reason IS NULL OR e.reason ~ '^(in group|not in segment) ')
			ORDER BY e.hcc_code) AS got
	FROM enrolled m) m;

INSERT INTO outcome
SELECT 38, 'marketplace: groups', case_id, x = got, x, got
FROM (SELECT case_id,
	ARRAY(SELECT g FROM string_to_table(COALESCE(groups, ''), ' ') g WHERE g <> '' ORDER BY g) AS x,
		ARRAY(SELECT e.variable FROM explained_enrolled e
			WHERE e.case_id = m.case_id AND e.kind = 'group' ORDER BY e.variable) AS got
	FROM enrolled m) m;

-- What counts is what scores in adults and children, but for the HCC that is no payment HCC.
INSERT INTO outcome
SELECT 39, 'marketplace: HCC count', case_id, hcc_count = got, hcc_count, got
FROM (SELECT case_id, hcc_count, (SELECT count(*) FROM explained_enrolled e LEFT JOIN hcc_category c
			ON c.model_version = 'HHS_V08' AND c.hcc_code = e.hcc_code
			WHERE e.case_id = m.case_id AND e.reason IS NULL
				AND (e.kind = 'group' OR (e.kind = 'hcc' AND c.is_payment))) AS got
	FROM enrolled m WHERE hcc_count IS NOT NULL) m;

INSERT INTO outcome
SELECT 40, 'marketplace: terms', case_id, x = got, x, got
FROM (SELECT case_id,
		ARRAY(SELECT split_part(t, '=', 1) || '=' || trim_scale(split_part(t, '=', 2)::numeric)
			FROM string_to_table(m.terms, ' ') t ORDER BY 1) AS x,
		ARRAY(SELECT e.variable || '=' || trim_scale(e.coefficient) FROM explained_enrolled e
			WHERE e.case_id = m.case_id AND e.reason IS NULL AND e.kind <> 'factor'
			ORDER BY 1) AS got
	FROM enrolled m) m;

INSERT INTO outcome
SELECT 41, 'marketplace: sum of terms', case_id, score = got, score, got
FROM (SELECT *, (SELECT sum(e.coefficient) FROM explained_enrolled e
	WHERE e.case_id = m.case_id AND e.reason IS NULL) AS got
	FROM enrolled m) m;

INSERT INTO outcome
SELECT 42, 'marketplace: raf_csr_factor', case_id, csr_factor = got, csr_factor, got
FROM (SELECT *, raf_csr_factor(who, 'HHS_V08', benefit_year) AS got FROM enrolled) m;

INSERT INTO outcome
SELECT 43, 'marketplace: raf_csr_score', case_id, csr_score = a AND csr_score = b, csr_score,
	format('%s, %s', a, b)
FROM (SELECT *, raf_csr_score(codes, who, 'HHS_V08', benefit_year) AS a,
		raf_csr_score(code_set, who, 'HHS_V08', benefit_year) AS b FROM enrolled) m;

INSERT INTO outcome
SELECT 44, 'marketplace: raf_metal_scores', case_id, score = got, score, got
FROM (SELECT *, (raf_metal_scores(code_set, who, 'HHS_V08', benefit_year))[
		array_position('{Platinum,Gold,Silver,Bronze,Catastrophic}', metal)] AS got
	FROM enrolled) m;

\pset tuples_only
\pset format unaligned
SELECT format('%s %s passed, %s failed', rpad(check_name, 42),
	lpad((count(*) FILTER (WHERE passed))::text, 5),
	count(*) FILTER (WHERE NOT passed))
FROM outcome GROUP BY check_id, check_name ORDER BY check_id;

SELECT format('not ok: %s, case %s: expected %s, got %s', check_name, case_id, expected,
	COALESCE(got, 'NULL'))
FROM (SELECT *, row_number() OVER (PARTITION BY check_id ORDER BY case_id) AS n FROM outcome
	WHERE NOT passed) o
WHERE n <= 5 ORDER BY check_id, n;
