-- What callers write without a type finds the function that they mean:
-- literals, parameters of a prepared statement, NULL and empty lists. And text
-- of several codes is never one code: it is an error, not a lower score.
BEGIN;
CREATE EXTENSION IF NOT EXISTS hccraf;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT no_plan();

-- Of every overloaded function a call, with %1$s for its diagnoses
CREATE TEMPORARY TABLE overloaded (call text, value text, of_none text);
INSERT INTO overloaded VALUES
	($$ raf_score(%s, beneficiary(70, 'F')) $$, '1.033', '0.395'),
	($$ raf_score(%s, beneficiary(70, 'F'), 'V24', 2025, NULL, true, 'sequential') $$, '0.943',
		'0.386'),
	($$ raf_score(diagnoses => %s, who => beneficiary(70, 'F'), payment_year => 2026) $$, '1.033',
		'0.395'),
	($$ raf_marginal(%s, beneficiary(70, 'F'), 'N18.4') $$, '0.690', '0.514'),
	($$ raf_marginal(%s, beneficiary(70, 'F'), icd10 => 'N18.4', model => 'V28') $$, '0.690',
		'0.514'),
	($$ raf_marginal_hccs(%s, beneficiary(70, 'F'), '{327}') $$, '0.690', '0.514'),
	($$ raf_marginal_hccs(%s, beneficiary(70, 'F'), hccs => '{327,36}') $$, '0.690', '0.680'),
	($$ raf_csr_score(%s, beneficiary(70, 'F'), 'V28') $$, '1.03300', '0.39500'),
	($$ raf_payment(%s, beneficiary(70, 'F'), 2026) $$, '0.911', '0.348'),
	($$ raf_payment(%s, beneficiary(70, 'F'), 2026, 'MA', NULL, true, false, 0) $$, '0.911',
		'0.348'),
	($$ (SELECT sum(coefficient) FROM raf_explain(%s, beneficiary(70, 'F'))
		WHERE reason IS NULL) $$, '1.033', '0.395'),
	($$ (SELECT payment_score FROM raf_payment_explain(%s, beneficiary(70, 'F'), 2026)) $$, '0.911',
		'0.348'),
	($$ (SELECT raw_score FROM raf_scores(%s, beneficiary(70, 'F'), 2026, '{MA}')) $$, '1.033',
		'0.395'),
	($$ raf_scores_of_models(%s, beneficiary(70, 'F'), '{V28,V24}', 2025) $$, '{1.033,0.943}',
		'{0.395,0.386}');

-- Is there one that this list does not have?
SELECT set_eq($$ SELECT p.proname::text FROM pg_proc p JOIN pg_depend d ON d.classid =
	'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
		WHERE p.prokind <> 'a' AND p.proname !~ '^hcc_'
			-- those of diagnoses, not of files
			AND NOT p.proargtypes::regtype[]
				&& '{internal,bytea,refcursor}'::regtype[]
			AND d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'hccraf')
		GROUP BY p.proname HAVING count(*) > 1 $$,
	-- beneficiary is asked in 37-names.sql
	$$ VALUES ('beneficiary') UNION
	SELECT DISTINCT substring(call FROM '(raf_\w+)\((?:%s|diagnoses)') FROM overloaded
		WHERE call !~ '_scores' $$,
	'all overloaded functions are here');
SELECT set_eq($$ SELECT p.proname::text FROM pg_proc p JOIN pg_depend d ON d.classid =
	'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
		WHERE d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'hccraf')
		GROUP BY p.proname HAVING count(DISTINCT p.prokind) > 1 $$, '{}'::text[],
			'no aggregate has the name of a function');

CREATE FUNCTION pg_temp.answer(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	answer text;
BEGIN
	EXECUTE query INTO answer;
	RETURN answer;
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE;
END
$$;
-- The same through PREPARE, whose parameter has no type but what the call gives it
CREATE FUNCTION pg_temp.prepared(call text, argument text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	answer text;
BEGIN
	EXECUTE 'PREPARE untyped AS SELECT ' || format(call, '$1');
	EXECUTE format('EXECUTE untyped (%s)', argument) INTO answer;
	DEALLOCATE untyped;
	RETURN answer;
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE;
END
$$;

SELECT is(pg_temp.answer('SELECT ' || format(call, argument)), expected, call || what)
FROM overloaded, LATERAL (VALUES
	($$'{E11.9,I50.9}'$$, value, 'of a literal'),
	($$'{"E11.9", e119, NULL, "I509"}'$$, value, 'of a literal as arrays are written'),
	($$'{}'$$, of_none, 'of an empty literal'), ('NULL', NULL, 'of NULL'),
	($$'{E11.9,I50.9}'::icd10_set$$, value, 'of an icd10_set')) v(argument, expected, what);
SELECT is(pg_temp.answer('SELECT ' || format(call, $$ARRAY['E11.9', 'I50.9', NULL, 'unknown']$$)),
	value, call || 'of a text[]')
FROM overloaded WHERE call !~ '_scores';
SELECT is(pg_temp.prepared(call, argument), expected, call || what)
FROM overloaded, LATERAL (VALUES
	($$'{E11.9,I50.9}'$$, value, 'of a parameter'), ($$'{}'$$, of_none, 'of an empty parameter'),
	('NULL', NULL, 'of a parameter that is NULL')) v(argument, expected, what);

-- Every argument a parameter, as an application writes it
PREPARE all_of_them AS SELECT raf_score($1, beneficiary($2, $3), $4, $5),
	raf_payment($1, beneficiary($2, $3), $5, $6),
	raf_marginal($1, beneficiary($2, $3), $7, $4, $5), raf_marginal_hccs($1, beneficiary($2, $3),
		$8, $4, $5);
SELECT results_eq(
	$$ EXECUTE all_of_them('{E11.9,I50.9}', 70, 'F', 'V28', 2026, 'MA', 'N18.4', '{327}') $$,
	$$ VALUES (1.033, 0.911, 0.690, 0.690) $$, 'parameters for everything');
PREPARE person AS SELECT raf_payment($1, $2, 2026), raf_explain($1, $2),
	raf_marginal($1, $2, 'I10'), raf_scores($1, $2, $3);
SELECT lives_ok($$ EXECUTE person('{E11.9}', 'age=70,sex=F', 2026) $$, 'a person as a parameter');

-- Operators of arrays mean what they meant.
SELECT ok(hccs @> '{37}' AND '{37}' <@ hccs AND hccs && '{37,1}' AND hccs = '{37,38}' AND hccs ||
	'{1}' = '{37,38,1}', 'operators of text[]')
FROM (VALUES ('{37,38}'::text[])) v(hccs);
SELECT ok(codes @> '{I50.9}' AND codes | '{Z00}' > codes AND '{E119,I509}' = codes AND
	cardinality(codes) = 2, 'operators of icd10_set')
FROM (VALUES ('{E11.9,I50.9}'::icd10_set)) v(codes);
SELECT ok('a' < 'b' AND 'a' || 'b' = 'ab' AND NULLIF('a', 'b') = 'a', 'literals are text');

-- Text of several codes is an error, whatever it is written like.
CREATE TEMPORARY TABLE several (codes text);
INSERT INTO several VALUES ('{E11.9,I50.9}'), ('{E119}'), ('{}'), ('["E11.9","I50.9"]'), ('[]'),
	('"E11.9"'), ('{"code": "E11.9"}'), ('E11.9,I50.9'),
	('E119, I509'), ('E11.9,'), ('E11.9;I50.9'), ('E11.9 I50.9'), (' E11.9   I50.9 '),
	(E'E119\tI509'), (E'E11.9\nI50.9'), ('E11.9|I50.9'), ('e119/i509'),
	('E11.9 and I50.9'), ('E11.0-E11.9'), ('(E11.9) (I50.9)'), ('{unknown}'), (' ;E11.9'),
	('dx: E11.9;'), ('E11.9 , 9, I50.9');
CREATE TEMPORARY TABLE single (call text);
INSERT INTO single VALUES
	('icd10_agg(%s::text)'), ('icd10_agg(%s)'), ($$ raf_score_agg(%s, beneficiary(70, 'F')) $$),
	($$ raf_score_agg(%s, beneficiary(70, 'F'), 'V24', 2025) $$),
	('icd_to_hcc(%s)'), ('icd_has_hcc(%s)'), ('icd10_canonical(%s)'),
	($$ raf_marginal('{I10}', beneficiary(70, 'F'), %s) $$),
	($$ raf_marginal('{I10}'::text[], beneficiary(70, 'F'), %s) $$),
	-- elements of a list
	($$ raf_score(ARRAY['I10', %s], beneficiary(70, 'F')) $$),
	($$ raf_payment(ARRAY['I10', %s], beneficiary(70, 'F'), 2026) $$),
	($$ (SELECT count(*) FROM raf_explain(ARRAY['I10', %s], beneficiary(70, 'F'))) $$),
	($$ (SELECT count(*) FROM
		raf_payment_explain(ARRAY['I10', %s], beneficiary(70, 'F'), 2026)) $$),
	($$ raf_marginal(ARRAY['I10', %s], beneficiary(70, 'F'), 'I10') $$),
	($$ raf_marginal_hccs(ARRAY['I10', %s], beneficiary(70, 'F'), '{37}') $$),
	($$ icd10_set(ARRAY['I10', %s]) $$), ($$ ARRAY['I10', %s]::icd10_set $$);
SELECT is_empty($$ SELECT call, codes, answer FROM single, several,
	pg_temp.answer('SELECT ' || format(call, quote_literal(codes))) answer
	WHERE answer IS DISTINCT FROM '22P02' $$, 'a list is an error wherever a code is expected');
SELECT throws_ok($$ SELECT raf_score_agg('{E11.9,I50.9}', beneficiary(70, 'F')) $$, '22P02',
	'a list was given where one diagnosis code is expected', 'and the message does not repeat it');
-- where a rule looks at the code
INSERT INTO icd10_code (fiscal_year, icd10_code) VALUES (2025, 'E119');
SELECT is(encounter_verdict(2026, 'MA', '{E119}', '2025-02-02', NULL, NULL, NULL,
		NULL, NULL, NULL, NULL, NULL, true, false), 'not_a_code',
	'a list in a record has a verdict');
DELETE FROM icd10_code;

-- A code with blanks around, with or without dot, in any case, is one; and text that is neither is
-- "?", which stops nothing.
SELECT is(icd10_agg(code),
	'{E119}', 'forms of a code') FROM unnest(ARRAY['E119', 'e11.9', ' E11.9 ', E'\tE119\r\n']) code;
SELECT is(icd10_agg(code),
	'{?}', 'no code and no list') FROM unnest(ARRAY['not known', 'E11.9.9', 'E11-9', 'no code',
	'ABC123456', '?', 'E1 19',
	'type 2 diabetes E11.9', 'E119I509I10', 'Ä11', 'n/a', '(E11.9)', '-', 'unknown, see note', ';',
		'"', 'E11,9', 'E11.9, type 2']) code;
-- Whoever has to find the rows asks which are one code.
SELECT is(array_agg(x ORDER BY n), ARRAY['e11.9', ' E119 ', 'I10'], 'icd10_is_code')
FROM unnest(ARRAY['e11.9', '{E11.9}', ' E119 ', 'no code', '', ' ', NULL, 'I10',
	'E11.9,I10']) WITH ORDINALITY u(x, n) WHERE icd10_is_code(x);
SELECT is(raf_score(ARRAY['E11.9', 'no code', '', NULL], beneficiary(70, 'F')),
	0.561, 'beside a code it does not count');
-- A set tells of what was no code, whatever comes before it.
SELECT results_eq(format($$ SELECT icd10_codes, reason
		FROM raf_explain(%L::icd10_set, beneficiary(70, 'F')) WHERE '?' = ANY (icd10_codes) $$, s),
	$$ VALUES ('{?}'::text[], 'not a diagnosis code') $$, 'raf_explain of ' || s)
FROM unnest('{"{25000,?}","{E119,?}","{?}"}'::text[]) s;

SELECT * FROM finish();
ROLLBACK;
