-- Compares every drawn enrollee, a CSV file on standard input, with what the
-- extension gives. Run by test/marketplace/run. The people are made up.
CREATE TABLE enrollee_drawn (
	enrollee int PRIMARY KEY, benefit_year int, sex text, birth_date date, spans datemultirange,
	metal text, hios_variant text,
	icd10_codes text[], service_dates date[], ndc text[], fill_dates date[], hcpcs text[],
	line_dates date[], model text, age_last int, enrollment_days int, last_day date,
	hccs text[], groups text[], hcc_count int, terms text, score numeric, csr_factor numeric,
	adjusted_score numeric, metal_scores numeric[]
);
\copy enrollee_drawn FROM pstdin CSV HEADER

CREATE TABLE code AS
SELECT e.enrollee, c.* FROM enrollee_drawn e CROSS JOIN LATERAL (
	SELECT i.code AS icd10_code, i.day AS service_date, NULL AS ndc, NULL AS hcpcs
	FROM unnest(icd10_codes, service_dates) i(code, day)
	UNION ALL SELECT NULL, n.day, n.code, NULL FROM unnest(ndc, fill_dates) n(code, day)
	UNION ALL SELECT NULL, h.day, NULL, h.code FROM unnest(hcpcs, line_dates) h(code, day)) c;
CREATE TABLE scored AS
SELECT e.*, w.who, COALESCE(s.codes, '{}') AS codes,
	-- the same as text, which people type
	ARRAY(SELECT format('%s@%s', d.code, d.day)
		FROM unnest(icd10_codes, service_dates) d(code, day))
		|| ARRAY(SELECT format('ndc:%s@%s', d.code, d.day)
			FROM unnest(ndc, fill_dates) d(code, day))
		|| ARRAY(SELECT format('hcpcs:%s@%s', d.code, d.day)
			FROM unnest(hcpcs, line_dates) d(code, day)) AS written
FROM enrollee_drawn e
	CROSS JOIN LATERAL (SELECT enrollee_of_spans(birth_date, sex, spans, benefit_year, metal,
		hios_variant) AS who) w
	LEFT JOIN (SELECT enrollee, icd10_agg(icd10_code, service_date, ndc, hcpcs) AS codes FROM code
		GROUP BY enrollee) s USING (enrollee);
CREATE TABLE explained AS
SELECT s.enrollee, e.*
FROM scored s CROSS JOIN LATERAL raf_explain(s.codes, s.who, 'HHS_V08', s.benefit_year) e;
CREATE TABLE got AS
SELECT e.enrollee,
	-- a category that stands is one whether it is paid by itself, in a group or not at all
	COALESCE(array_agg(e.hcc_code ORDER BY e.hcc_code COLLATE "C")
		FILTER (WHERE e.hcc_code LIKE 'HHS_HCC%'
		AND (e.reason IS NULL OR e.reason ~ '^(in group|not in segment)')), '{}') AS hccs,
	COALESCE(array_agg(e.variable ORDER BY e.variable COLLATE "C") FILTER (WHERE e.kind = 'group'
		AND e.reason IS NULL), '{}') AS groups,
	count(*) FILTER (WHERE e.kind IN ('hcc', 'group') AND e.reason IS NULL
		AND e.variable <> 'HHS_HCC022') AS hcc_count,
	string_agg(e.variable || '=' || e.coefficient, ' ' ORDER BY e.variable COLLATE "C")
	FILTER (WHERE e.coefficient IS NOT NULL AND e.reason IS NULL
		AND e.kind <> 'factor') AS terms
FROM explained e GROUP BY e.enrollee;

CREATE TABLE outcome AS
SELECT s.enrollee, x.*, x.expected IS NOT DISTINCT FROM x.got AS passed
FROM scored s LEFT JOIN got g USING (enrollee)
	CROSS JOIN LATERAL (VALUES
		('score', s.score::text, raf_score(s.codes, s.who, 'HHS_V08', s.benefit_year)::text),
		('score of text', s.score::text,
			raf_score(s.written, s.who, 'HHS_V08', s.benefit_year)::text),
		('cost-sharing factor', s.csr_factor::text,
			raf_csr_factor(s.who, 'HHS_V08', s.benefit_year)::text),
		('adjusted score', trim_scale(s.adjusted_score)::text,
			trim_scale(raf_csr_score(s.codes, s.who, 'HHS_V08', s.benefit_year))::text),
		('scores of all metals', s.metal_scores::text,
			raf_metal_scores(s.codes, s.who, 'HHS_V08', s.benefit_year)::text),
		('model', s.model || '_' || s.metal, raf_segment(s.who, 'HHS_V08', s.benefit_year)),
		('categories', s.hccs::text, g.hccs::text),
		('groups', s.groups::text, g.groups::text),
		('count', s.hcc_count::text, CASE WHEN s.model <> 'Infant' THEN g.hcc_count::text END),
		('terms', s.terms, g.terms)) x(what, expected, got);

-- The aggregate goes over the rows themselves.
INSERT INTO outcome
SELECT s.enrollee, 'aggregate', s.score::text, a.score::text, s.score IS NOT DISTINCT FROM a.score
FROM scored s JOIN (SELECT c.enrollee, raf_score_agg(c.icd10_code, c.service_date, c.ndc, c.hcpcs,
	s.who, 'HHS_V08', s.benefit_year) AS score
	FROM code c JOIN scored s USING (enrollee) GROUP BY c.enrollee) a USING (enrollee);

-- A short file must not pass for a good one, nor a drawing that lacks something.
INSERT INTO outcome
SELECT NULL, what, expected::text, found::text, found >= expected FROM (VALUES
	('enrollees read', :count, (SELECT count(*) FROM scored)),
	('variables that were 1, of the 326 in three models', CASE WHEN :count < 20000 THEN 1
		ELSE 326 END, (SELECT count(DISTINCT (s.model, split_part(t, '=', 1)))
		FROM scored s, string_to_table(s.terms, ' ') t))) v(what, expected, found);

\pset tuples_only
\pset format unaligned
SELECT format('%s %s passed, %s failed', rpad(what, 50),
	lpad((count(*) FILTER (WHERE passed))::text, 6), count(*) FILTER (WHERE NOT passed))
FROM outcome GROUP BY what ORDER BY what;
SELECT format('not ok: %s, enrollee %s: expected %s, got %s', what, enrollee, expected,
	COALESCE(got, 'NULL'))
FROM (SELECT *, row_number() OVER (PARTITION BY what ORDER BY enrollee) AS n FROM outcome
	WHERE NOT passed) o
WHERE n <= 5 ORDER BY what, n;
