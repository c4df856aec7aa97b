-- raf_gaps and raf_shapley. Expected values are those of the definition
-- (worked examples, tables of coefficients), sums of coefficients done by hand,
-- or another formulation in plain SQL over raf_score, raf_marginal, raf_payment.
BEGIN;
CREATE EXTENSION IF NOT EXISTS hccraf;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT * FROM no_plan();

CREATE FUNCTION pg_temp.years(VARIADIC years text[]) RETURNS icd10_set[] LANGUAGE sql AS
$$ SELECT array_agg(y::icd10_set ORDER BY n) FROM unnest(years) WITH ORDINALITY u(y, n) $$;

-- A code that gives this HCC alone and has no edits
CREATE TEMPORARY TABLE only_code AS
SELECT model_version AS model, hcc_code AS hcc, min(icd10_code) AS code
FROM hcc_crosswalk w
WHERE model_version IN ('V24', 'V28') AND icd_to_hcc(icd10_code, model_version) = ARRAY[hcc_code]
	AND NOT EXISTS (SELECT FROM hcc_dx_edit e
		WHERE (e.model_version, e.icd10_code) = (w.model_version, w.icd10_code))
GROUP BY model_version, hcc_code;
CREATE FUNCTION pg_temp.code_of(hcc text, model text DEFAULT 'V28') RETURNS text LANGUAGE sql AS
$$ SELECT o.code FROM only_code o WHERE (o.model, o.hcc) = ($2, $1) $$;

CREATE FUNCTION pg_temp.codes_of(hccs text[], model text DEFAULT 'V28') RETURNS icd10_set
	LANGUAGE sql AS
$$ SELECT COALESCE(array_agg(pg_temp.code_of(h, model)), '{}')::icd10_set FROM unnest(hccs) h $$;

----------------------------------------------------------------------
-- The worked examples: a community, non-dual, aged woman of 74
----------------------------------------------------------------------
CREATE TEMPORARY TABLE example AS
SELECT * FROM raf_gaps(pg_temp.years('{E1122,N184,I5032,F331,J449}'), '{E119,I509}',
	beneficiary(74, 'F'), 2027);

SELECT results_eq(
	$$ SELECT hcc_code, status, closure, by_hcc, icd10_codes, coefficient, value_raw, terms_gained
		FROM example $$,
	$$ VALUES ('37', 'closed', 'equivalent', '{38}'::text[], '{E1122}'::text[], 0.166, 0.000,
		NULL::text[]),
		('155', 'open', NULL, NULL, '{F331}', 0.299, 0.299, NULL),
		('226', 'closed', 'same', '{226}', '{I5032}', 0.360, 0.472, NULL),
		('280', 'open', NULL, NULL, '{J449}', 0.319, 0.397, '{HF_CHR_LUNG_V28}'),
		('327', 'open', NULL, NULL, '{N184}', 0.514, 0.690, '{HF_KIDNEY_V28}') $$,
	'first example: status, coefficient and marginal value (226: .360 + diabetes x HF .112 is what '
	'it adds now)');
SELECT results_eq($$ SELECT DISTINCT captured_raw, joint_raw FROM example $$,
	$$ VALUES (1.033, 1.436) $$,
	'first example: score 1.033, all three gaps together 1.436, with D5');
-- without 38 and 226 the woman has her demographic score, .395
SELECT results_eq($$ SELECT DISTINCT closed_raw FROM example $$, $$ VALUES (0.638) $$,
	'first example: what closes gaps adds 1.033 - .395');
SELECT is(sum(value_raw), 1.386,
	'first example: the marginals add to 1.386, less than the joint value')
FROM example WHERE status = 'open';
SELECT results_eq($$ SELECT DISTINCT captured_payment, joint_payment FROM example $$,
	$$ SELECT round(round(1.033 / 1.079, 3) * 0.941, 3),
		round(round(2.469 / 1.079, 3) * 0.941, 3) - round(round(1.033 / 1.079, 3) * 0.941, 3) $$,
	'first example: payment values are differences of rounded payment scores');
SELECT is(value_payment,
	round(round((1.033 + 0.690) / 1.079, 3) * 0.941, 3) - round(round(1.033 / 1.079, 3) * 0.941, 3),
	'first example: payment value of 327') FROM example WHERE hcc_code = '327';
SELECT ok(label IS NOT NULL AND base_position = 1 AND NOT ignored AND superseded_by IS NULL,
	'first example: the other columns of ' || hcc_code)
FROM example;

-- D5 .050 comes with any of the three as the last: a third of it each; 280 and 327 have
-- interactions with HF alone
SELECT results_eq($$ SELECT *
	FROM raf_shapley('{E119,I509}', beneficiary(74, 'F'), '{HCC327,280,155}') $$,
	$$ VALUES ('155', 0.315667), ('280', 0.413667), ('327', 0.706666) $$,
	'Shapley shares of the first example: marginals + .050 / 3, the remainder on the largest');

-- .717 is the value of the code E11.51: 18 and 108 in V24
SELECT results_eq(
	format($$ SELECT DISTINCT joint_raw, captured_raw + joint_raw
		FROM raf_gaps(pg_temp.years('{%s}'), '{E1151,N1832,I5022}' - '{%1$s}'::icd10_set,
		beneficiary(74, 'F'), %s, %L) $$, code, year, model),
	format('VALUES (%s, %s)', value, score),
	format('second example: %s in %s', code, model))
FROM (VALUES ('V24', 2025, 1.659, 'E1151', 0.717), ('V24', 2025, 1.659, 'N1832', 0.231),
	('V24', 2025, 1.659, 'I5022', 0.614),
	('V28', 2027, 1.336, 'E1151', 0.278), ('V28', 2027, 1.336, 'N1832', 0.303),
	('V28', 2027, 1.336, 'I5022', 0.648)) v(model, year, score, code, value);
SELECT results_eq(
	$$ SELECT hcc_code, closure, value_raw FROM raf_gaps(pg_temp.years('{N1832,I5022}'),
		'{E1151,N1832,I5022}', beneficiary(74, 'F'), 2027) WHERE status = 'closed' $$,
	$$ VALUES ('226', 'same', 0.648), ('328', 'same', 0.303) $$,
	'second example: the same values when they are captured');
SELECT results_eq(
	$$ SELECT hcc_code, status, value_raw, icd10_codes FROM raf_gaps(pg_temp.years('{N1832,I5022}'),
		'{E1151,N1832,I5022}', beneficiary(74, 'F'), 2027) WHERE status <> 'closed' $$,
	$$ VALUES ('37', 'net_new', 0.278, '{E1151}'::text[]) $$,
	'second example: diabetes is net new');

----------------------------------------------------------------------
-- Superiors that pay less than what they supersede
----------------------------------------------------------------------
CREATE TEMPORARY TABLE edge (superior text, captured text[], by_hcc text[], change numeric);
INSERT INTO edge VALUES
	('192', '{180}', '{180}', -0.811), ('192', '{181}', '{181}', -0.628),
	('192', '{182}', '{182}', -0.164),
	('192', '{253}', '{253}', -0.073), ('192', '{254}', '{254}', -0.007),
	('191', '{180}', '{180}', -0.270), ('191', '{181}', '{181}', -0.087),
	('221', '{222}', '{222}', -1.452), ('221', '{223,226}', '{223}', -1.452),
	('62', '{63}', '{63}', -0.586), ('62', '{64}', '{64}', -0.071), ('62', '{68}', '{68}', -0.012),
	('397', '{202}', '{202}', -0.344), ('398', '{202}', '{202}', -0.344);
SELECT results_eq(
	format($$ SELECT hcc_code, status, closure, by_hcc, value_raw, joint_raw,
		(captured_raw + value_raw)
		FROM raf_gaps(ARRAY[pg_temp.codes_of('{%s}')], pg_temp.codes_of(%L), beneficiary(70, 'F'),
			2027) $$, superior, captured),
	format('VALUES (%L, %L, NULL::text, %L::text[], %s, %4$s, %s)', superior, 'downgraded',
		by_hcc, change,
		raf_score(pg_temp.codes_of(captured || superior), beneficiary(70, 'F'), 'V28', 2027)),
	format('%s beside %s: %s', superior, captured, change))
FROM edge;
SELECT results_eq($$ SELECT joint_raw, value_payment < 0
	FROM raf_gaps(pg_temp.years('{I462}'), '{}', beneficiary(70, 'F'), 2027) $$,
	$$ SELECT raf_score('{I462}'::text[], beneficiary(70, 'F'), 'V28', 2027) - 0.395, false $$,
	'a gap of a woman of 70 with nothing else');

----------------------------------------------------------------------
-- Above, below, beside: every pair of families
----------------------------------------------------------------------
CREATE TEMPORARY TABLE family_case (prior text[], current text[], status text, closure text,
	value numeric, what text);
INSERT INTO family_case VALUES
	('{226}', '{222}', 'closed', 'superseding', 0.000, 'prior 226, current 222'),
	('{222}', '{226}', 'downgraded', NULL, 2.145,
		'prior 222, current 226: the residual 2.505 - .360'),
	('{221}', '{222}', 'downgraded', NULL, -1.452, 'prior 221, current 222: a negative residual'),
	('{192}', '{180}', 'downgraded', NULL, -0.811, 'prior 192, current 180: the score would fall'),
	('{36}', '{38}', 'closed', 'equivalent', 0.000, 'prior 36, current 38'),
	('{409}', '{405}', 'closed', 'superseding', 0.000, '409 is below 405'),
	('{409}', '{263}', 'closed', 'superseding', 0.000, '409 is below 263, too'),
	('{405}', '{263}', 'open', NULL, 0.598, '405 and 263 are of no common line'),
	('{327}', '{}', 'open', NULL, 0.514, 'prior 327, nothing this year');
SELECT results_eq(
	format($$ SELECT hcc_code, status, closure, value_raw
		FROM raf_gaps(ARRAY[pg_temp.codes_of(%L)], pg_temp.codes_of(%L), beneficiary(70, 'F'), 2027)
		WHERE status <> 'net_new' $$, prior, current),
	format('VALUES (%L, %L, %L::text, %s)', prior[1], status, closure, value), what)
FROM family_case;
SELECT is_empty(format($$ SELECT *
	FROM raf_gaps(ARRAY[pg_temp.codes_of(%L)], pg_temp.codes_of(%L), beneficiary(70, 'F'), 2027)
	WHERE status = 'net_new' $$, prior, current), what || ': nothing of the family is net new')
FROM family_case WHERE what NOT LIKE '405 and 263%';

-- 405 > 409 and 263 > 409: both lines from below
SELECT results_eq(
	$$ SELECT hcc_code, status, by_hcc FROM raf_gaps(ARRAY[pg_temp.codes_of('{405,263}')],
		pg_temp.codes_of('{409}'), beneficiary(70, 'F'), 2027) $$,
	$$ VALUES ('263', 'downgraded', '{409}'::text[]), ('405', 'closed', '{409}') $$,
	'prior 263 and 405, current 409: 405 pays as much as 409');

-- Constrained coefficients close in every segment.
SELECT results_eq(
	format($$ SELECT status, closure, value_raw
		FROM raf_gaps(ARRAY[pg_temp.codes_of('{%s}')], pg_temp.codes_of('{%s}'),
		beneficiary(70, 'F', segment => %L), 2027) $$, prior, current, segment),
	$$ VALUES ('closed', 'equivalent', 0.000) $$, format('%s by %s in %s', prior, current, segment))
FROM unnest('{CNA,CND,CPA,CPD,CFA,CFD,INS}'::text[]) segment,
	(VALUES ('36', '37'), ('36', '38'), ('37', '38'), ('224', '225'), ('224', '226'),
		('225', '226')) v(prior, current);

-- Paths count, not only pairs: every two HCCs of which one is above the other.
CREATE TEMPORARY TABLE path AS
WITH RECURSIVE p AS (
	SELECT model_version AS model, superior_hcc AS superior, subordinate_hcc AS subordinate
	FROM hcc_hierarchy WHERE model_version IN ('V24', 'V28')
	UNION SELECT p.model, p.superior, h.subordinate_hcc
	FROM p JOIN hcc_hierarchy h ON (h.model_version, h.superior_hcc) = (p.model, p.subordinate))
SELECT * FROM p;
SELECT ok(EXISTS (SELECT FROM path WHERE (model, superior, subordinate) = ('V28', '62', '202')),
	'62 is above 202 by a path that is no pair');
SELECT results_eq($$ SELECT status, closure, by_hcc FROM raf_gaps(ARRAY[pg_temp.codes_of('{202}')],
	pg_temp.codes_of('{62}'), beneficiary(70, 'F'), 2027) $$,
	$$ VALUES ('closed', 'superseding', '{62}'::text[]) $$, '202 is closed by 62, by a path');

----------------------------------------------------------------------
-- What the models make of codes
----------------------------------------------------------------------
SELECT is_empty(
	$$ SELECT * FROM raf_gaps(pg_temp.years('{F339}'), '{}', beneficiary(70, 'F'), 2027) $$,
	'F33.9, an HCC of V24, is no gap in V28');
SELECT results_eq($$ SELECT hcc_code
	FROM raf_gaps(pg_temp.years('{F339}'), '{}', beneficiary(70, 'F'), 2025, 'V24') $$,
	$$ VALUES ('59') $$, 'F33.9 is a gap in V24');
SELECT results_eq(
	$$ SELECT hcc_code FROM raf_gaps(pg_temp.years('{F331}'), '{}', beneficiary(70, 'F'), 2027) $$,
	$$ VALUES ('155') $$, 'F33.1 is a gap in V28');
SELECT results_eq(
	$$ SELECT hcc_code, status, icd10_codes, joint_raw
		FROM raf_gaps(pg_temp.years('{B377}'), '{}', beneficiary(70, 'F'), 2027) $$,
	$$ SELECT hcc, 'open', '{B377}'::text[],
		raf_score('{B377}'::text[], beneficiary(70, 'F'), 'V28', 2027) - 0.395
		FROM unnest('{2,6}'::text[]) hcc $$,
	'B37.7 gives two HCCs: two gaps, valued together');
SELECT results_eq(
	$$ SELECT hcc_code, icd10_codes FROM raf_gaps(
		pg_temp.years('{I5032,I509,E1122}', '{I5022,I5032}'), '{}', beneficiary(70, 'F'), 2027) $$,
	$$ VALUES ('37', '{E1122}'::text[]), ('226', '{I5022,I5032,I509}') $$,
	'one gap for an HCC with several codes');
-- chronic bronchitis under 18 is invalid in V28: the edit, for the person as expected
SELECT is_empty(
	$$ SELECT * FROM raf_gaps(pg_temp.years('{J449}'), '{}', beneficiary(17, 'F', '1'), 2027) $$,
	'an edit holds for gaps, too');
-- 223 alone counts for nothing, so it is not there and downgrades nothing; with 221 it is
-- superseded
SELECT results_eq(
	$$ SELECT hcc_code, status, value_raw FROM raf_gaps(ARRAY[pg_temp.codes_of('{221}')],
		pg_temp.codes_of('{223}'), beneficiary(70, 'F'), 2027) $$,
	$$ VALUES ('221', 'open', 1.053) $$, 'what lacks its prerequisite is not captured');

----------------------------------------------------------------------
-- Records that are not final or do not count; HCCs to ignore
----------------------------------------------------------------------
CREATE FUNCTION pg_temp.with_others(pending text, not_eligible text, ignored text[] DEFAULT NULL)
	RETURNS text LANGUAGE sql AS $$
	SELECT string_agg(hcc_code || ' ' || status || CASE WHEN ignored THEN ' ignored' ELSE '' END,
		', ' ORDER BY hcc_code::int) || ': ' || max(joint_raw)
	FROM raf_gaps(ARRAY[pg_temp.codes_of('{226,327}')], '{}', beneficiary(70, 'F'), 2027,
		pending => pending::icd10_set, not_eligible => not_eligible::icd10_set,
		ignored_hccs => $3) $$;
-- 226 .360, 327 .514, together with HF x kidney .176: 1.050
SELECT is(pg_temp.with_others(NULL, NULL), '226 open, 327 open: 1.050', 'open');
SELECT is(pg_temp.with_others('{I509}', NULL), '226 pending, 327 open: 0.514',
	'pending, and not in the joint value');
SELECT is(pg_temp.with_others('{I5084}', NULL), '226 pending, 327 open: 0.514',
	'pending by an HCC above');
SELECT is(pg_temp.with_others(NULL, '{N184}'), '226 open, 327 documented_not_eligible: 1.050',
	'documented on records that do not count');
SELECT is(pg_temp.with_others(NULL, '{N186}'), '226 open, 327 documented_not_eligible: 1.050',
	'documented by an HCC above');
SELECT is(pg_temp.with_others('{I509}', '{I509,N1830}'), '226 pending, 327 open: 0.514',
	'pending first; an HCC below documents nothing');
SELECT is(pg_temp.with_others(NULL, NULL, '{327}'), '226 open, 327 open ignored: 0.360',
	'what is ignored has a row and no part in the joint value');
SELECT results_eq($$ SELECT hcc_code, ignored, joint_raw FROM raf_gaps(
	ARRAY[pg_temp.codes_of('{402}')], '{}', beneficiary(70, 'F'), 2027, ignored_hccs => '{402}') $$,
	$$ VALUES ('402', true, 0.000) $$, 'a hip fracture of last year is no gap');
SELECT results_eq($$ SELECT DISTINCT closed_raw FROM raf_gaps(ARRAY[pg_temp.codes_of('{226,2}')],
	pg_temp.codes_of('{226,2}'), beneficiary(70, 'F'), 2027, ignored_hccs => '{2}') $$,
	$$ VALUES (0.360) $$, 'nor is what it adds a value of closed gaps');
SELECT throws_ok($$ SELECT *
	FROM raf_gaps('{}', '{}', beneficiary(70, 'F'), 2027, ignored_hccs => '{999}') $$, '42704',
	NULL, 'an unknown HCC to ignore');

----------------------------------------------------------------------
-- Several years
----------------------------------------------------------------------
SELECT results_eq(
	$$ SELECT hcc_code, base_position, superseded_by, value_raw, terms_gained, joint_raw
		FROM raf_gaps(pg_temp.years('{I509,E119}', NULL, '{}', '{I5084,E119,J449}'), '{}',
			beneficiary(70, 'F'), 2027) $$,
	$$ SELECT hcc, position, superior, value, NULL::text[],
		raf_score('{E119,I5084,J449}'::text[], beneficiary(70, 'F'), 'V28', 2027) - 0.395
		FROM (VALUES ('38', 1, NULL::text[], 0.166), ('222', 4, NULL, 2.505),
			('226', 1, '{222}', 0.000),
			('280', 4, NULL, 0.319)) v(hcc, position, superior, value) $$,
	'the newest year of each; only the top gap of a family is worth anything');
SELECT results_eq(
	$$ SELECT hcc_code, superseded_by, value_raw, joint_raw
		FROM raf_gaps(pg_temp.years('{I509}', '{I5084}'), '{}', beneficiary(70, 'F'), 2027,
			ignored_hccs => '{222}') $$,
	$$ VALUES ('222', NULL::text[], 2.505, 0.360), ('226', NULL, 0.360, 0.360) $$,
	'what is ignored supersedes nothing');
SELECT results_eq(
	$$ SELECT hcc_code, status, superseded_by, value_raw
		FROM raf_gaps(pg_temp.years('{I509}', '{I5084}'), '{I509}', beneficiary(70, 'F'), 2027) $$,
	$$ VALUES ('222', 'downgraded', NULL::text[], 2.145), ('226', 'closed', NULL, 0.360) $$,
	'what is closed is not superseded');

----------------------------------------------------------------------
-- Nothing, and NULL
----------------------------------------------------------------------
SELECT results_eq(format($$ SELECT hcc_code, status, base_position, value_raw, joint_raw, closed_raw
	FROM raf_gaps(%s, '{E119}', beneficiary(70, 'F'), 2027) $$, base),
	$$ VALUES ('38', 'net_new', NULL::integer, 0.166, 0.000, 0.000) $$,
	'without earlier years: ' || base)
FROM unnest(
	ARRAY['''{}''', 'ARRAY[NULL::icd10_set]', 'ARRAY[''{}''::icd10_set, ''{Z0000}'']']) base;
SELECT is_empty(format('SELECT * FROM raf_gaps(%s, 2027)', arguments), 'no rows: ' || arguments)
FROM unnest(ARRAY[$$ NULL, '{}', beneficiary(70, 'F') $$, $$ '{}', NULL, beneficiary(70, 'F') $$,
	$$ '{}', '{}', NULL $$, $$ '{}', '{}', beneficiary(70, 'F') $$]) arguments;
SELECT throws_ok($$ SELECT * FROM raf_gaps('{}', '{}', beneficiary(70, 'F'), NULL) $$, '22004',
	NULL, 'no payment year');
SELECT throws_ok($$ SELECT * FROM raf_gaps('{}', '{}', beneficiary(70, 'F'), 2027, 'V99') $$,
	'42704', NULL, 'no such model');
SELECT results_eq(
	$$ SELECT i, (g).hcc_code, (g).joint_raw FROM (SELECT i, raf_gaps(CASE
		WHEN i <> 2 THEN pg_temp.years('{E119,N184}') END, '{}', beneficiary(70, 'F'), 2027) AS g
		FROM generate_series(1, 3) i OFFSET 0) s $$,
	$$ SELECT i, hcc, 0.680 FROM unnest('{1,3}'::int[]) i, unnest('{38,327}'::text[]) hcc $$,
	'in a target list, with a person without rows');

----------------------------------------------------------------------
-- People of other segments
----------------------------------------------------------------------
SELECT results_eq(
	$$ SELECT hcc_code, status, coefficient, value_raw, value_payment, joint_raw
		FROM raf_gaps(pg_temp.years('{E119,N184,I509}'), '{J449}',
			beneficiary(66, 'F', new_enrollee => true), 2027) WHERE status <> 'net_new' $$,
	$$ SELECT hcc, 'open', NULL::numeric, 0.000, 0.000, 0.000
		FROM unnest('{38,226,327}'::text[]) hcc $$, 'a new enrollee''s gaps are worth nothing');
CREATE TEMPORARY TABLE esrd AS SELECT beneficiary(68, 'M', '2', '02', esrd => 'dialysis') AS who;
SELECT results_eq(
	format($$ SELECT DISTINCT captured_raw, captured_payment, joint_raw, joint_payment
		FROM esrd, raf_gaps(pg_temp.years('{E1122,J449}'), '{I509}', who, 2026, %L) $$, model),
	format($$ SELECT raf_score('{I509}'::icd10_set, who, %1$L, 2026), %2$s,
		raf_score('{I509,E1122,J449}'::icd10_set, who, %1$L, 2026) - raf_score('{I509}'::icd10_set,
			who, %1$L, 2026), %3$s FROM esrd $$,
		model, paid[1], paid[2]), 'a person on dialysis in ' || model)
FROM (VALUES ('ESRD_V24', ARRAY[$$ raf_payment('{I509}'::icd10_set, who, 2026) $$,
	$$ 0.824 - raf_payment('{I509}'::icd10_set, who, 2026) $$]),
	('V28', '{NULL::numeric,NULL::numeric}')) v(model, paid);
SELECT results_eq($$ SELECT joint_raw, joint_payment, value_payment
	FROM raf_gaps(pg_temp.years('{E119}'), '{}', beneficiary(70, 'F'), 2025, 'V22', 'PACE') $$,
	$$ SELECT raf_score('{E119}'::icd10_set, beneficiary(70, 'F'), 'V22', 2025)
		- raf_score('{}'::icd10_set, beneficiary(70, 'F'), 'V22', 2025), NULL::numeric,
		NULL::numeric $$,
	'a factor that is not known is no error, and no value');
SELECT results_eq($$ SELECT joint_payment
	FROM raf_gaps(pg_temp.years('{E119}'), '{}', beneficiary(70, 'F'), 2027, program => 'PDP') $$,
	$$ VALUES (NULL::numeric) $$, 'a program that does not pay by the model');
SELECT throws_ok($$ SELECT
	FROM raf_gaps(pg_temp.years('{E119}'), '{}', beneficiary(70, 'F'), 2027, program => 'HMO') $$,
	'42704', 'program "HMO" does not exist', 'a program that there is not');

-- The parts of a blend add up to differences of raf_payment; each case is one code more.
SELECT is(sum(g.joint_payment) FILTER (WHERE first) || ' '
	|| sum(g.captured_payment) FILTER (WHERE first),
	(raf_payment(captured | ARRAY[code]::icd10_set, who, year, program, component,
		allow_low_confidence => true)
		- raf_payment(captured, who, year, program, component, allow_low_confidence => true)) || ' '
	||
		raf_payment(captured, who, year, program, component, allow_low_confidence => true),
	format('%s %s %s: %s beside %s', program, component, year, code, captured))
FROM (VALUES (2024, 'MA', NULL, '{V24,V28}'::text[], beneficiary(74, 'F')),
	(2025, 'MA', NULL, '{V24,V28}', beneficiary(60, 'M', '1', '02')),
		(2026, 'PACE', 'part_c', '{V22,V28}', beneficiary(81, 'F', '0', '01')),
		(2026, 'PACE', 'part_d', '{RX_V08}', beneficiary(81, 'F')),
		(2026, 'PACE', 'dialysis_and_transplant', '{ESRD_V21,ESRD_V24}',
			beneficiary(68, 'M', '2', '02', esrd => 'dialysis')),
		(2026, 'MA-PD', NULL, '{RX_V08}', beneficiary(70, 'F')), (2027, 'MA', NULL, '{V28}',
			beneficiary(55, 'F', '1', segment => 'INS'))) p(year, program, component, models, who),
	unnest('{E1151,I5022,C3490,G35,J449,B20}'::text[]) code,
	unnest(ARRAY['{}', '{I10,N184}', '{E119,N1832,F331,I4891}']::icd10_set[]) captured,
	LATERAL (SELECT g.*, row_number() OVER (PARTITION BY m) = 1 AS first FROM unnest(models) m,
		raf_gaps(ARRAY[ARRAY[code]::icd10_set], captured, who, year, m, program, component) g
		WHERE g.status <> 'net_new') g
WHERE g.superseded_by IS NULL
GROUP BY year, program, component, who, code, captured
HAVING count(*) FILTER (WHERE g.status <> 'open') = 0;

----------------------------------------------------------------------
-- Fifty HCCs
----------------------------------------------------------------------
CREATE TEMPORARY TABLE fifty AS
SELECT array_agg(hcc ORDER BY hcc::int) AS hccs FROM unnest(apply_hierarchy(ARRAY(SELECT hcc_code
	FROM hcc_category WHERE model_version = 'V28' AND hcc_code <> '223'
	AND hcc_code IN (SELECT hcc FROM only_code WHERE model = 'V28') AND hcc_code NOT
	IN (SELECT superior_hcc FROM hcc_hierarchy WHERE model_version = 'V28')), 'V28', 2027)) hcc;
SELECT cmp_ok(cardinality(hccs), '>=', 50, 'there are fifty HCCs in no common line') FROM fifty;
SELECT results_eq(
	$$ SELECT hcc_code, status, joint_raw
		FROM fifty, raf_gaps(ARRAY[pg_temp.codes_of(hccs)], '{}', beneficiary(70, 'F'), 2027) $$,
	$$ SELECT unnest(hccs), 'open',
		raf_score(pg_temp.codes_of(hccs), beneficiary(70, 'F'), 'V28', 2027) - 0.395 FROM fifty $$,
	'all of them open');
SELECT results_eq(
	$$ SELECT hcc_code, closure, closed_raw, joint_raw FROM fifty, raf_gaps(
		ARRAY[pg_temp.codes_of(hccs)], pg_temp.codes_of(hccs), beneficiary(70, 'F'), 2027) $$,
	$$ SELECT unnest(hccs),
		'same', raf_score(pg_temp.codes_of(hccs), beneficiary(70, 'F'), 'V28', 2027) - 0.395, 0.000
		FROM fifty $$, 'all of them closed');

----------------------------------------------------------------------
-- What a more specific code would change, by scores
----------------------------------------------------------------------
SELECT is(raf_score(ARRAY[specific], beneficiary(74, 'F'), model, year)
	- raf_score(ARRAY[unspecific], beneficiary(74, 'F'), model, year), uplift,
	format('%s: %s instead of %s', model, specific, unspecific))
FROM (VALUES ('V28', 2027, 'E119', 'E1122', 0.000), ('V28', 2027, 'E119', 'E1165', 0.000),
	('V24', 2025, 'E119', 'E1165', 0.197),
	('V28', 2027, 'I509', 'I5022', 0.000), ('V28', 2027, 'I509', 'I5032', 0.000),
	('V28', 2027, 'I509', 'I5023', 0.000), ('V28', 2027, 'I509', 'I5043', 0.000),
	('V24', 2025, 'I509', 'I5022', 0.000), ('V28', 2027, 'I509', 'I5084', 2.145),
	('V28', 2027, 'F32A', 'F331', 0.299), ('V28', 2027, 'F329', 'F321', 0.299),
	('V28', 2027, 'F320', 'F321', 0.299), ('V28', 2027, 'F339', 'F331', 0.299),
	('V28', 2027, 'F3340', 'F331', 0.299),
	('V28', 2027, 'N189', 'N184', 0.514), ('V24', 2025, 'N189', 'N184', 0.289),
	('V28', 2027, 'N1830', 'N1832', 0.000),
	('V28', 2027, 'E669', 'E6601', 0.186), ('V28', 2027, 'E669', 'E66813', 0.186),
	('V28', 2027, 'J449', 'J441', 0.000)) v(model, year, unspecific, specific, uplift);

----------------------------------------------------------------------
-- Shapley
----------------------------------------------------------------------
SELECT is_empty(format('SELECT * FROM raf_shapley(%s)', arguments), 'no shares: ' || arguments)
FROM unnest(ARRAY[$$ NULL, beneficiary(70, 'F'), '{38}' $$, $$ '{}', NULL, '{38}' $$,
	$$ '{}', beneficiary(70, 'F'), NULL $$, $$ '{}', beneficiary(70, 'F'), '{}' $$]) arguments;
SELECT throws_ok($$ SELECT *
	FROM raf_shapley('{}', beneficiary(70, 'F'), '{1,2,6,17,18,19,20,21,22,23,35}') $$, '54000',
	NULL, 'eleven HCCs are too many');
SELECT results_eq($$ SELECT * FROM raf_shapley('{I509}', beneficiary(70, 'F'), '{226,226,327}') $$,
	$$ VALUES ('226', 0.000000), ('327', 0.690000) $$,
	'what is there already has no share; an HCC counts once');
-- 37 and 38 can do without each other: .166 either way
SELECT results_eq($$ SELECT * FROM raf_shapley('{}', beneficiary(70, 'F'), '{37,38}') $$,
	$$ VALUES ('37', 0.083000), ('38', 0.083000) $$, 'equals share alike');
-- 192 takes from 180: orders (180, 192): 1.125, -.811; (192, 180): .314, 0
SELECT results_eq($$ SELECT * FROM raf_shapley('{}', beneficiary(70, 'F'), '{180,192}') $$,
	$$ VALUES ('180', 0.562500), ('192', -0.248500) $$, 'a share can be negative');
SELECT is(sum(share), raf_score(pg_temp.codes_of(hccs), who, 'V28', 2027)
	- raf_score('{}'::icd10_set, who, 'V28', 2027), format('shares of %s add up', hccs))
FROM (SELECT beneficiary(70, 'F') AS who, (SELECT array_agg(h)
	FROM unnest(f.hccs[i * 5 + 1:i * 5 + 10]) h) AS hccs FROM fifty f, generate_series(0, 8) i) s,
	raf_shapley('{}', who, hccs, 'V28', 2027)
GROUP BY hccs, who;

----------------------------------------------------------------------
-- Random people against another formulation, in sets of rows
----------------------------------------------------------------------
SELECT setseed(0.28);
CREATE TEMPORARY TABLE pool AS
SELECT model, array_agg(icd10_code ORDER BY icd10_code) AS codes
FROM (SELECT DISTINCT model, w.icd10_code,
	dense_rank() OVER (PARTITION BY model, w.hcc_code ORDER BY w.icd10_code) AS nth
	FROM (VALUES ('V28', 2027), ('V24', 2025)) m(model, year)
		JOIN hcc_crosswalk w ON w.model_version = model
	WHERE icd_to_hcc(w.icd10_code, model, year) <> '{}'
		AND NOT EXISTS (SELECT FROM hcc_dx_edit e
			WHERE (e.model_version, e.icd10_code) = (model, w.icd10_code))) c
WHERE nth <= 2 GROUP BY model;

-- Codes near each other in the list are near in the classification, so of one family often.
CREATE FUNCTION pg_temp.draw(codes text[], around integer, n integer) RETURNS icd10_set
	LANGUAGE sql VOLATILE AS $$
	SELECT COALESCE(array_agg(codes[1 + (CASE WHEN random() < 0.6 THEN around + random() * 12
		ELSE random() * cardinality(codes) END)::int % cardinality(codes)]), '{}')::icd10_set
	FROM generate_series(1, n) $$;
CREATE TEMPORARY TABLE person AS
SELECT id, model, year, who, ARRAY[pg_temp.draw(codes, around, 4),
	CASE WHEN random() < 0.5 THEN pg_temp.draw(codes, around, 3) END] AS base,
	pg_temp.draw(codes, around, (random() * 5)::int) AS captured, pg_temp.draw(codes, around,
		(random() * 2)::int) AS pending,
	pg_temp.draw(codes, around, (random() * 2)::int) AS not_eligible,
	pg_temp.draw(codes, around, 2) AS to_ignore
FROM (SELECT id, model, CASE model WHEN 'V28' THEN 2027 ELSE 2025 END AS year, codes,
	(random() * cardinality(codes))::int AS around,
		beneficiary((20 + random() * 75)::int, CASE WHEN random() < 0.5 THEN 'F' ELSE 'M' END,
			CASE WHEN random() < 0.3 THEN '1' ELSE '0' END,
			CASE WHEN random() < 0.3 THEN '02' WHEN random() < 0.2 THEN '01' END,
			new_enrollee => random() < 0.05, lti => random() < 0.1) AS who
	FROM generate_series(1, 3000) id JOIN pool ON model = CASE WHEN id % 3 = 0 THEN 'V24'
		ELSE 'V28' END) p;

CREATE TEMPORARY TABLE got AS
SELECT p.id, g.* FROM person p CROSS JOIN LATERAL raf_gaps(base, captured, who, year, model,
	pending => pending, not_eligible => not_eligible,
	ignored_hccs => (SELECT array_agg(h)
		FROM unnest(to_ignore::text[]) c, unnest(icd_to_hcc(c, model, year)) h)) g;

-- HCCs before and after prerequisites, per person and kind of record
CREATE TEMPORARY TABLE mapped AS
SELECT DISTINCT p.id, p.model, p.year, s.kind, s.position, h AS hcc, c AS code
FROM person p CROSS JOIN LATERAL (SELECT 'base' AS kind, u.position, u.codes
	FROM unnest(base) WITH ORDINALITY u(codes, position)
		UNION ALL VALUES ('captured', 0, captured), ('pending', 0, pending),
			('not_eligible', 0, not_eligible), ('ignored', 0, to_ignore)) s(kind, position, codes),
	unnest(s.codes::text[]) c, unnest(icd_to_hcc(c, p.model, p.year)) h;
CREATE INDEX ON mapped (id, kind, hcc);
ANALYZE mapped;
CREATE TEMPORARY TABLE present AS
SELECT DISTINCT m.id, m.model, m.kind, m.hcc FROM mapped m
WHERE m.kind <> 'base' AND NOT EXISTS (SELECT FROM hcc_prerequisite r
	WHERE (r.model_version, r.hcc_code) = (m.model, m.hcc)
	AND NOT EXISTS (SELECT FROM mapped o
		WHERE o.id = m.id AND o.kind IN ('captured', m.kind) AND o.hcc = ANY (r.requires_any)));
CREATE INDEX ON present (id, kind, hcc);
ANALYZE present;
CREATE TEMPORARY TABLE active AS
SELECT p.id, h AS hcc FROM person p, unnest(apply_hierarchy(ARRAY(SELECT hcc FROM mapped m
	WHERE m.id = p.id AND kind = 'captured'), model, year)) h;
CREATE TEMPORARY TABLE base AS
SELECT y.id, y.model, h AS hcc, min(y.position) AS position
FROM (SELECT id, model, year, position, array_agg(DISTINCT hcc) AS hccs FROM mapped
	WHERE kind = 'base' GROUP BY id, model, year, position) y,
	unnest(apply_hierarchy(y.hccs, model, year)) h
GROUP BY y.id, y.model, h;
CREATE INDEX ON active (id, hcc);
CREATE INDEX ON base (id, hcc);
CREATE INDEX ON path (model, subordinate, superior);
ANALYZE active; ANALYZE base; ANALYZE path;

CREATE TEMPORARY TABLE judged AS
SELECT b.*, p.who, p.year, p.captured, EXISTS (SELECT FROM mapped i
	WHERE i.id = b.id AND i.kind = 'ignored' AND i.hcc = b.hcc) AS ignored,
	raf_marginal_hccs(p.captured, p.who, ARRAY[b.hcc], b.model, p.year) AS marginal,
	EXISTS (SELECT FROM active a WHERE (a.id, a.hcc) = (b.id, b.hcc)) AS same,
	ARRAY(SELECT a.hcc FROM active a JOIN path ON (path.model, superior, subordinate)
		= (b.model, a.hcc, b.hcc) WHERE a.id = b.id ORDER BY a.hcc::int) AS superior,
	ARRAY(SELECT c.hcc
		FROM present c JOIN path ON (path.model, superior, subordinate) = (b.model, b.hcc, c.hcc)
		WHERE c.id = b.id AND c.kind = 'captured' ORDER BY c.hcc::int) AS subordinate,
	EXISTS (SELECT FROM present c WHERE c.id = b.id AND c.kind = 'pending'
		AND (c.hcc = b.hcc OR (b.model, c.hcc, b.hcc) IN (SELECT * FROM path))) AS pending,
	EXISTS (SELECT FROM present c WHERE c.id = b.id AND c.kind = 'not_eligible'
		AND (c.hcc = b.hcc OR (b.model, c.hcc, b.hcc) IN (SELECT * FROM path))) AS not_eligible
FROM base b JOIN person p USING (id);

CREATE TEMPORARY TABLE status AS
SELECT *, CASE WHEN same OR superior <> '{}' OR (subordinate <> '{}' AND marginal = 0) THEN 'closed'
	WHEN subordinate <> '{}' THEN 'downgraded'
		WHEN pending THEN 'pending' WHEN not_eligible THEN 'documented_not_eligible'
		ELSE 'open' END AS status,
	CASE WHEN same THEN 'same' WHEN superior <> '{}' THEN 'superseding' WHEN subordinate <> '{}'
	AND marginal = 0 THEN 'equivalent' END AS closure
FROM judged;
CREATE INDEX ON status (id, hcc);
ANALYZE status;
CREATE TEMPORARY TABLE gap AS
SELECT s.id, s.hcc, s.status, s.closure, s.position::int, s.ignored, s.who, s.year, s.model,
	s.captured, s.marginal, CASE WHEN same THEN ARRAY[s.hcc] WHEN superior <> '{}' THEN superior
		WHEN subordinate <> '{}' THEN COALESCE((SELECT array_agg(h ORDER BY h::int)
			FROM unnest(subordinate) h WHERE (s.id, h) IN (SELECT id, hcc FROM active)),
			subordinate) END AS by_hcc,
	CASE WHEN s.status <> 'closed' THEN (SELECT array_agg(o.hcc ORDER BY o.hcc::int) FROM status o
		JOIN path ON (path.model, path.superior, path.subordinate) = (s.model, o.hcc, s.hcc)
		WHERE o.id = s.id AND o.status <> 'closed' AND NOT o.ignored) END AS superseded_by,
	(SELECT array_agg(DISTINCT code ORDER BY code) FROM mapped m
		WHERE m.id = s.id AND kind = 'base' AND m.hcc = s.hcc) AS codes
FROM status s
UNION ALL
SELECT a.id, a.hcc, 'net_new', NULL, NULL, EXISTS (SELECT FROM mapped i
	WHERE i.id = a.id AND i.kind = 'ignored' AND i.hcc = a.hcc), p.who, p.year, p.model, p.captured,
	raf_marginal_hccs(p.captured, p.who, ARRAY[a.hcc], p.model, p.year), NULL, NULL,
	(SELECT array_agg(DISTINCT code ORDER BY code) FROM mapped m
		WHERE m.id = a.id AND kind = 'captured' AND m.hcc = a.hcc)
FROM active a JOIN person p USING (id)
WHERE NOT EXISTS (SELECT FROM base b WHERE b.id = a.id AND (b.hcc = a.hcc OR (p.model, b.hcc, a.hcc)
	IN (SELECT * FROM path) OR (p.model, a.hcc, b.hcc) IN (SELECT * FROM path)));
CREATE INDEX ON gap (id);
ANALYZE gap;
CREATE TEMPORARY TABLE expected AS
WITH together AS (
	SELECT id, COALESCE(array_agg(hcc) FILTER (WHERE status IN ('open', 'documented_not_eligible',
		'downgraded') AND NOT ignored AND superseded_by IS NULL), '{}') AS joint,
		ARRAY(SELECT DISTINCT h FROM gap g, unnest(by_hcc) h
			WHERE g.id = gap.id AND status = 'closed' AND NOT ignored) AS closing
	FROM gap GROUP BY id),
valued AS (
	SELECT g.*, raf_score(captured, who, model, year) AS score,
		CASE WHEN closure IN ('superseding', 'equivalent') OR superseded_by IS NOT NULL THEN 0
		ELSE marginal END AS value,
		raf_marginal_hccs(captured, who, joint, model, year) AS joint,
		raf_marginal_hccs(captured, who, closing, model, year) AS closed,
		normalization_factor AS norm, 1 - coding_pattern_adjustment AS adj, blend_weight AS weight
	FROM gap g JOIN together USING (id) JOIN payment_year_parameter y ON (y.payment_year, y.program,
		y.component, y.model_version) = (g.year, 'MA', 'part_c', g.model))
SELECT v.*, round(round(round(score / norm, 3) * adj, 3) * weight, 3) AS paid,
	round(round(round((score + CASE WHEN status IN ('closed', 'net_new') THEN -value
		ELSE value END) / norm, 3) * adj, 3) * weight, 3) AS paid_changed,
	round(round(round((score + joint) / norm, 3) * adj, 3) * weight, 3) AS paid_joint,
	round(round(round((score - closed) / norm, 3) * adj, 3) * weight, 3) AS paid_without
FROM valued v;

SELECT cmp_ok(count(*), '>=', 20::bigint, format('random people: cases of %s %s', status, closure))
FROM got GROUP BY status, closure;
SELECT is((SELECT count(DISTINCT (status, closure)) FROM got), 8::bigint,
	'random people: every status and closure is among them');
SELECT set_eq($$ SELECT id, hcc_code, status, closure, by_hcc, base_position, superseded_by,
	icd10_codes, ignored FROM got $$,
	$$ SELECT id, hcc, status, closure, by_hcc, position, superseded_by, codes, ignored
		FROM expected $$, 'random people: status and evidence');
SELECT set_eq($$ SELECT id, hcc_code, value_raw, joint_raw, closed_raw, captured_raw FROM got $$,
	$$ SELECT id, hcc, value, joint, closed, score FROM expected $$, 'random people: raw values');
SELECT set_eq($$ SELECT id, hcc_code, value_payment, joint_payment, closed_payment,
	captured_payment FROM got $$,
	$$ SELECT id, hcc, CASE WHEN status IN ('closed', 'net_new') THEN paid - paid_changed
		ELSE paid_changed - paid END AS value,
		paid_joint - paid AS joint, paid - paid_without AS closed, paid
		FROM expected $$, 'random people: payment values');
-- The names of the terms that are in one explanation and not in the other
SELECT set_eq($$ SELECT id, hcc_code, t FROM got, unnest(terms_gained) t WHERE id <= 600 $$,
	$$ SELECT id, hcc, t.variable FROM expected e
		CROSS JOIN LATERAL (SELECT variable
			FROM raf_explain(captured | pg_temp.codes_of(ARRAY[hcc], model), who, model, year)
				WHERE kind IN ('interaction', 'count') AND coefficient <> 0
			EXCEPT SELECT variable FROM raf_explain(captured, who, model, year)
			WHERE kind IN ('interaction', 'count')) t
		WHERE id <= 600 AND status NOT IN ('closed', 'net_new') AND superseded_by IS NULL
			AND pg_temp.code_of(hcc, model) IS NOT NULL $$,
	'random people: terms gained');

SELECT * FROM finish();
ROLLBACK;
