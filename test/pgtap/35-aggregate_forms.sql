-- raf_score_agg in every form that SQL gives aggregates: the
-- worked examples again, their codes as rows of many patients.
BEGIN;
CREATE EXTENSION IF NOT EXISTS hccraf;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT plan(43);

-- The codes of a woman of 72 (E01), of a man of 70 (E11 with a repetition and
-- an unmapped code), of a man of 60 in an institution (E18) and of a woman of
-- 80 with many diseases (E17 with unmapped codes of other lengths)
CREATE TEMPORARY TABLE example (kind int, who beneficiary, codes text[], score numeric);
INSERT INTO example VALUES
	(0, beneficiary(72, 'F'), '{E1122,I509,N184}', 1.723),
	(1, beneficiary(70, 'M'), '{Z95811,I509,I50.9,Z0000}', 2.901),
	(2, beneficiary(60, 'M', orec => '1', dual_status => '02', lti => true),
		'{I509,J449,L89154}', 4.444),
	(3, beneficiary(80, 'F', dual_status => '01'),
		'{C7800,E1122,K7460,G20A1,I509,J449,N185,I4891,F0390,L89154,I70261,F3132,E11,I10,Z00.0000}',
		12.962);
CREATE TEMPORARY TABLE patient AS
SELECT p AS id, p % 4 AS kind, who, score
FROM generate_series(1, 600) p JOIN example ON kind = p % 4;
CREATE TEMPORARY TABLE diagnosis AS
SELECT p.id, p.kind, code, p.who FROM patient p JOIN example USING (kind), unnest(codes) code;
ANALYZE patient; ANALYZE diagnosis;

-- Patients for whom a query gives another score than the example
CREATE FUNCTION pg_temp.wrong(query text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
	n bigint;
BEGIN
	EXECUTE format('SELECT count(*) FROM patient p FULL JOIN (%s) q USING (id) '
		'WHERE p.score IS DISTINCT FROM q.score', query) INTO n;
	RETURN n;
END
$$;
SELECT is(pg_temp.wrong('SELECT id, raf_score_agg(code, who) AS score FROM diagnosis GROUP BY id'),
	0::bigint, 'GROUP BY');
SELECT is(pg_temp.wrong('SELECT id, raf_score_agg(code, who ORDER BY code DESC) AS '
	'score FROM diagnosis GROUP BY id'), 0::bigint, 'ORDER BY');
SELECT is(pg_temp.wrong('SELECT id, raf_score_agg(DISTINCT code, who) AS score FROM diagnosis '
	'GROUP BY id'), 0::bigint, 'DISTINCT');
SELECT is(pg_temp.wrong($$ SELECT id, raf_score_agg(code, who)
	FILTER (WHERE code <> 'I50.9') AS score FROM diagnosis GROUP BY id $$), 0::bigint, 'FILTER');
SELECT is(pg_temp.wrong('SELECT DISTINCT id, raf_score_agg(code, who) OVER (PARTITION '
	'BY id) AS score FROM diagnosis'), 0::bigint, 'OVER');
SELECT is(pg_temp.wrong('SELECT id, raf_score_agg(code, who) AS score
	FROM diagnosis GROUP BY GROUPING SETS ((id, who), (id))
	HAVING GROUPING(who) = 1'), 0::bigint, 'GROUPING SETS');
SELECT is(pg_temp.wrong('SELECT id, raf_score(icd10_agg(code), who) AS score FROM diagnosis '
	'GROUP BY id, who'), 0::bigint, 'icd10_agg');
SELECT is(pg_temp.wrong('SELECT id, raf_score(set, who) AS score FROM (
	SELECT id, who, icd10_agg(set) AS set FROM (SELECT id, who, code, icd10_agg(code) AS set
	FROM diagnosis GROUP BY id, who, code) a
	GROUP BY id, who) b'), 0::bigint, 'icd10_agg of icd10_agg');

-- The beneficiary a constant of the query: the woman of 80 alone
SELECT is_empty(format($$ SELECT id, score
	FROM (SELECT id, raf_score_agg(%s) AS score FROM diagnosis WHERE kind = 3 GROUP BY id) s
	WHERE score IS DISTINCT FROM 12.962 $$, format(arguments,
		$$beneficiary(80, 'F', dual_status => '01')$$)),
	'one beneficiary: ' || what)
FROM (VALUES ('GROUP BY', 'code, %s'), ('ORDER BY', 'code, %s ORDER BY code DESC'),
	('DISTINCT', 'DISTINCT code, %s')) v(what, arguments);
SELECT is_empty($$ SELECT id, score FROM (
		SELECT id, raf_score_agg(code, beneficiary(80, 'F', dual_status => '01'))
			OVER (PARTITION BY id) AS score FROM diagnosis WHERE kind = 3) s
	WHERE score IS DISTINCT FROM 12.962 $$, 'one beneficiary: OVER');

-- Rows that must not change anything
SELECT is(pg_temp.wrong('SELECT id, raf_score_agg(code, who) AS score FROM (
		SELECT id, code, who FROM diagnosis UNION ALL SELECT id, NULL, who
		FROM patient) d GROUP BY id'),
	0::bigint, 'NULL codes');
SELECT is((SELECT raf_score_agg(NULL, beneficiary(72, 'F'))), 0.395,
	'nothing but a NULL code: the demographic score');
SELECT is((SELECT raf_score_agg(code, who) FROM diagnosis WHERE false), NULL, 'no row: NULL');
SELECT throws_like('SELECT raf_score_agg(code, who) FROM diagnosis',
	'the rows of a group name different beneficiaries',
	'rows of several people are refused');

-- Model and payment year that differ by group: E56 and E57
SELECT results_eq($$ SELECT y, raf_score_agg(c, beneficiary(70, 'M'), 'V28', y)
	FROM unnest('{2025,2026}'::int[]) y,
		unnest('{Z944,K7210,G931}'::text[]) c GROUP BY y ORDER BY y $$,
	$$ VALUES (2025, 1.315), (2026, 0.772) $$, 'a payment year for each group');

-- The other models: E36, E40, E43 (whose sum is divided), E45, E47 and E55
CREATE TEMPORARY TABLE other (title text, model text, payment_year int, calibration text,
	who beneficiary, codes text[], score numeric);
INSERT INTO other VALUES
	('E36', 'ESRD_V24', 2026,
		NULL, beneficiary(68, 'M', orec => '2', dual_status => '02', esrd => 'dialysis'),
		'{I509,E1122,J449}', 0.930),
	('E40', 'ESRD_V24', 2026,
		NULL, beneficiary(70, 'F', dual_status => '01', esrd => 'graft', graft_months => 6),
		'{E119,I509}', 3.506),
	('E43', 'ESRD_V24', 2026, NULL, beneficiary(66, 'M', dual_status => '02', new_enrollee => true,
		esrd => 'graft', graft_months => 6), '{}', 4.230),
	('E45', 'ESRD_V24', 2026,
		NULL, beneficiary(60, 'M', orec => '2', esrd => 'transplant', graft_months => 1),
		'{I509}', 5.985),
	('E46', 'ESRD_V21', 2026,
		NULL, beneficiary(70, 'F', dual_status => '02', esrd => 'graft', graft_months => 5),
		'{E119,I509}', 3.777),
	('E47', 'RX_V08', 2026, NULL, beneficiary(70, 'F'), '{E119,I10,F320}', 0.369),
	('E54', 'RX_V08', 2027, NULL, beneficiary(70, 'F'), '{E119,I10,F320}', 0.330),
	('E55', 'RX_V08', 2027, 'RX_V08_2027_Y2', beneficiary(70, 'F'), '{E119,I10,F320}', 0.406);
SELECT is(raf_score_agg(c, who, model, payment_year, calibration), score, title || ' over rows')
FROM other LEFT JOIN LATERAL unnest(codes) c ON true GROUP BY title, score ORDER BY title;
SELECT is(raf_score(icd10_agg(c), who, model, payment_year, calibration), score,
	title || ' over a set made of rows')
FROM other LEFT JOIN LATERAL unnest(codes) c ON true
GROUP BY title, score, who, model, payment_year, calibration ORDER BY title;
SELECT results_eq($$ SELECT title, raf_score_agg(c, who, model, payment_year, calibration)
	OVER (PARTITION BY title) FROM other, unnest(codes) c ORDER BY title $$,
	$$ SELECT title, score FROM other, unnest(codes) ORDER BY title $$,
	'models, years and calibrations that differ by window');

-- One pass over a set: the worked examples, and for everybody the same as model by model
SELECT results_eq(format($$ SELECT program, component, model_version, calibration, segment,
	raw_score FROM raf_scores(%L, %L, %s, %L) $$, codes, who, y, programs),
	format('VALUES %s', expected), format('raf_scores of %s', title))
FROM (VALUES ('E02 and E01, 2025', '{E1122,I509,N184}', beneficiary(72, 'F'), 2025, '{MA}',
		$$ ('MA', 'part_c', 'V24', 'V24_2020', 'CNA', 1.585),
			('MA', 'part_c', 'V28', 'V28_2024', 'CNA', 1.723) $$),
	('E47', '{E119,I10,F320}', beneficiary(70, 'F'), 2026, '{MA-PD,PDP}',
		$$ ('MA-PD', 'part_d', 'RX_V08', 'RX_V08_2026_X', 'Rx_CE_NoLowAged', 0.369),
			('PDP', 'part_d', 'RX_V08', 'RX_V08_2026_X', 'Rx_CE_NoLowAged', 0.369) $$),
	('E54 and E55', '{E119,I10,F320}', beneficiary(70, 'F'), 2027, '{PDP,MA-PD}',
		$$ ('PDP', 'part_d', 'RX_V08', 'RX_V08_2027_Y2', 'Rx_CE_NoLowAged', 0.406),
			('MA-PD', 'part_d', 'RX_V08', 'RX_V08_2027_Y1', 'Rx_CE_NoLowAged', 0.330) $$),
	('E40', '{E119,I509}',
		beneficiary(70, 'F', dual_status => '01', esrd => 'graft', graft_months => 6), 2026, '{MA}',
		$$ ('MA', 'functioning_graft', 'ESRD_V24', 'ESRD_V24_2023', 'GNPA', 3.506) $$),
	('E45', '{}', beneficiary(60, 'M', orec => '2', esrd => 'transplant', graft_months => 1), 2026,
		'{MA}',
		$$ ('MA', 'dialysis_and_transplant', 'ESRD_V24', 'ESRD_V24_2023', 'TRANSPLANT',
			5.985) $$)) v(title, codes, who, y, programs, expected);

CREATE TEMPORARY TABLE anybody AS
SELECT who, set, y, programs, mce
FROM (SELECT beneficiary(age, sex, orec => orec, dual_status => dual, new_enrollee => ne,
	lti => ne AND age > 66, low_income => low,
			esrd => esrd, graft_months => CASE esrd WHEN 'graft' THEN age / 6 END) AS who
		FROM unnest('{10,50,64,66,80}'::int[]) age, unnest('{F,M}'::text[]) sex,
			unnest('{0,1,2}'::text[]) orec,
			unnest('{00,01,02}'::text[]) dual, unnest('{f,t}'::boolean[]) ne,
			unnest('{f,t}'::boolean[]) low, unnest('{none,dialysis,graft}'::text[]) esrd) w,
	(VALUES ('{}'::icd10_set), ('{E1122,I509,N184,J449,C9150,F3481,D66}'),
		('{Z944,K7210,G931,M340,M300,H01121}')) s(set),
	(VALUES (2024, '{MA}'::text[]), (2025, '{MA}'), (2026, '{MA,PACE,MA-PD,PDP}'),
		(2027, '{MA,MA-PD,PDP}')) p(y, programs),
	unnest('{t,f}'::boolean[]) mce;
SELECT is_empty($$ SELECT who, set, y, s
	FROM anybody CROSS JOIN LATERAL raf_scores(set, who, y, programs, mce) s
	WHERE s.raw_score IS DISTINCT FROM raf_score(set, who, s.model_version, y, s.calibration, mce)
		OR s.segment IS DISTINCT FROM raf_segment(who, s.model_version, y) $$,
	'raf_scores: every row as raf_score and raf_segment');
-- The rows are those of the year's parameters for the person's status and Part D.
SELECT is_empty($$ SELECT who, y FROM anybody
	CROSS JOIN LATERAL (SELECT array_agg((program, component, model_version, calibration)::text
		ORDER BY program, component, model_version, calibration) AS got
		FROM raf_scores(set, who, y, programs, mce)) g
	CROSS JOIN LATERAL (SELECT array_agg(
		(p.program, p.component, p.model_version, p.calibration)::text ORDER BY p.program,
			p.component, p.model_version, p.calibration) AS expected
		FROM payment_year_parameter p WHERE p.payment_year = y AND p.program = ANY (programs)
			AND (p.component = 'part_d' OR p.component = CASE
			WHEN who::text ~ 'esrd=dialysis'
			OR who::text ~ 'graft_months=1$|graft_months=1,' THEN 'dialysis_and_transplant'
			WHEN who::text ~ 'esrd=graft' THEN 'functioning_graft' ELSE 'part_c' END)) e
	WHERE got IS DISTINCT FROM expected $$,
	'raf_scores: a row for each model that the year pays by');
SELECT is_empty($$ SELECT who, set FROM anybody
	CROSS JOIN LATERAL (SELECT CASE WHEN who::text ~ 'esrd=' THEN '{ESRD_V24,RX_V08,ESRD_V21}'
			ELSE '{RX_V08,V28,V22}' END::text[] AS models) m
	WHERE y = 2026 AND raf_scores_of_models(set, who, models, y, mce)
		IS DISTINCT FROM ARRAY(SELECT raf_score(set, who, m, y, mce => mce)
			FROM unnest(models) WITH ORDINALITY u(m, n) ORDER BY n) $$,
	'raf_scores_of_models: as raf_score');
SELECT is(raf_scores_of_models(icd10_set('{E1122,I509,N184}'), beneficiary(72, 'F'),
	'{V24,V28,V24}'::text[]), '{1.585,1.723,1.585}',
	'a list in its order, each model in its newest year');

SELECT * FROM finish();
ROLLBACK;
