-- Names as people write them, asked of every public function of the engine that
-- takes one: of a model, program or component in another case, an error says the
-- right spelling; an HCC may be written with its prefix, in any case.
BEGIN;
CREATE EXTENSION IF NOT EXISTS hccraf;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT * FROM no_plan();

-- Good values of arguments, as SQL; those with a default are left out unless asked
CREATE TEMPORARY TABLE good (argument text PRIMARY KEY, value text);
INSERT INTO good VALUES ('diagnoses', '''{E11.9}'''), ('icd10', '''E11.9'''),
	('who', 'beneficiary(72, ''F'')'), ('payment_year', '2026'), ('model', '''V28'''),
	('models', '''{V28}'''), ('a', '''V28'''), ('b', '''V24'''), ('program', '''MA'''),
	('programs', '''{MA}'''), ('component', '''part_c'''), ('hccs', '''{155}'''),
	('hcc', '''155'''), ('other_hcc', '''38'''), ('ignored_hccs', '''{155}'''),
	('base', '''{"{E11.9}","{F33.1}"}'''), ('captured', '''{}'''), ('icd10_code', '''E11.9'''),
	('service_date', '''2025-05-05'''), ('claim_type', '''professional'''),
	('procedure_codes', '''{99213}'''), ('without_list', '''accept'''), ('mce', 'true');
-- What a test writes otherwise: the argument, and the hint; without one, the answer is that of good
CREATE TEMPORARY TABLE other (argument text, value text, hint text);
INSERT INTO other
SELECT a, quote_literal(v), 'Write it as it is there: V28.'
FROM unnest('{model,a}'::text[]) a, unnest('{v28,"V28 "," v28"}'::text[]) v
UNION ALL VALUES ('b', '''v24''', 'Write it as it is there: V24.'),
	('models', '''{v28}''', 'Write it as it is there: V28.'),
	('models', '''{V28,"V28 "}''', 'Write it as it is there: V28.'),
	('program', '''ma''', 'Write it as it is there: MA.'),
	('program', ''' MA''', 'Write it as it is there: MA.'),
	('programs', '''{ma}''', 'Write it as it is there: MA.'),
	('programs', '''{MA,ma-pd}''', 'Write it as it is there: MA-PD.'),
	('component', '''Part_C''', 'Write it as it is there: part_c.')
UNION ALL SELECT a, quote_literal(format(w, v)), NULL
FROM (VALUES ('hccs', '{"%s"}'), ('ignored_hccs', '{"%s"}'), ('hcc', '%s')) a (a, w),
	unnest('{HCC155,hcc155,Hcc 155," 155","155 ",HCC0155}'::text[]) v;

CREATE TEMPORARY TABLE argument AS
SELECT p.oid, p.proname, p.prokind, a.n, a.name, format_type(p.proargtypes[a.n - 1], NULL) AS type,
	a.n > p.pronargs - p.pronargdefaults AS has_default
FROM pg_proc p JOIN pg_depend d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid
		AND d.deptype = 'e' AND d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'hccraf')
	CROSS JOIN LATERAL unnest(p.proargnames[:p.pronargs]) WITH ORDINALITY a (name, n)
-- what begins otherwise is part of others, or loads a model
WHERE p.proname ~ ('^(icd_|person_|apply_|raf_|encounter_|hccraf_(fingerprint|check_model|'
	'checksum|coefficients|diff_|kinds_|model_))')
	AND p.proname !~ '^raf_(payment_or|member_months)';

-- A call with the arguments that have no default, and with the one that is asked
CREATE FUNCTION pg_temp.call(function oid, argument text, value text) RETURNS text
LANGUAGE sql AS $$
	SELECT format('SELECT string_agg(f::text, '' '') FROM %s f', CASE min(a.prokind)
		-- whose arguments have no names
		WHEN 'a' THEN format('(SELECT %s(%s))', min(a.proname), string_agg(v, ', ' ORDER BY a.n))
		ELSE format('%s(%s)', min(a.proname), string_agg(format('%I => %s', a.name, v), ', ')) END)
	FROM argument a LEFT JOIN good g ON g.argument = a.name
		CROSS JOIN LATERAL (SELECT format('%s::%s',
			CASE WHEN a.name = $2 THEN $3 ELSE COALESCE(g.value, 'NULL') END, a.type)) w (v)
	WHERE a.oid = $1 AND (NOT a.has_default OR a.name IN ($2, 'payment_year', 'without_list'))
$$;
CREATE FUNCTION pg_temp.answer(call text, OUT said text, OUT hint text) LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE call INTO said;
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS said = MESSAGE_TEXT, hint = PG_EXCEPTION_HINT;
END
$$;

CREATE TEMPORARY TABLE answer AS
SELECT a.oid::regprocedure AS function, a.name, o.value, o.hint AS wanted, c.call, r.said, r.hint,
	plain.said AS plain, plain.hint AS plain_hint
FROM argument a JOIN good g ON g.argument = a.name JOIN other o ON o.argument = a.name
	CROSS JOIN LATERAL (SELECT pg_temp.call(a.oid, a.name, o.value)) c (call)
	CROSS JOIN LATERAL pg_temp.answer(c.call) r
	CROSS JOIN LATERAL pg_temp.answer(pg_temp.call(a.oid, a.name, g.value)) plain;

SELECT is((SELECT string_agg(DISTINCT format('%s: %s', call, plain), E'\n') FROM answer
	WHERE plain_hint IS NOT NULL), NULL, 'each has an answer where names are right');
SELECT is((SELECT string_agg(format('%s: %s %s', call, said, hint), E'\n') FROM answer
	WHERE wanted IS NOT NULL AND hint IS DISTINCT FROM wanted), NULL,
	'names in another case or with blanks: the right spelling is told');
SELECT is((SELECT string_agg(format('%s: %s %s', call, said, hint), E'\n') FROM answer
	WHERE wanted IS NULL AND (hint IS NOT NULL OR said IS DISTINCT FROM plain)), NULL,
	'an HCC with its prefix is that HCC');
SELECT set_eq('SELECT DISTINCT name FROM answer', 'SELECT argument FROM other',
	'every such argument is asked');
SELECT cmp_ok((SELECT count(DISTINCT function) FROM answer), '>', 30::bigint, 'many functions');

SELECT is(raf_marginal_hccs('{E11.9}'::text[],
	beneficiary(40, 'F', metal => 'silver', enrollment_days => 365), ARRAY[hcc], 'HHS_V08', 2026),
	raf_marginal_hccs('{E11.9}'::text[],
	beneficiary(40, 'F', metal => 'silver', enrollment_days => 365), '{HHS_HCC018}', 'HHS_V08',
	2026), 'a code that has letters: ' || hcc)
FROM unnest('{hhs_hcc018," Hhs_Hcc018"}'::text[]) hcc;
SELECT throws_ok(format('SELECT apply_hierarchy(ARRAY[%L], ''V28'', 2026)', hcc), '42704',
	format('model "V28" has no HCC "%s"', hcc), 'other text is none: ' || hcc)
FROM unnest('{999,HCC,HCC999,"",35 36,V28}'::text[]) hcc;

----------------------------------------------------------------------
-- The year before
----------------------------------------------------------------------
CREATE FUNCTION pg_temp.year_hint(call text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	hint text;
BEGIN
	EXECUTE 'SELECT ' || call;
	RETURN 'an answer';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
	RETURN substring(hint FROM 'hccraf_copy_year\([^)]*\)');
END
$$;
SELECT is(pg_temp.year_hint(format(call, year)), CASE WHEN year > 2027
	THEN format('hccraf_copy_year(2027, %s)', year) END,
	format('%s of %s: a year is copied that there is, to one that is not published', call, year))
FROM unnest('{1999,2015,2028,2031}'::integer[]) year, unnest(ARRAY[
	'raf_score(''{E119}''::text[], beneficiary(72, ''F''), ''V28'', %s)',
	'raf_payment(''{E119}''::text[], beneficiary(72, ''F''), %s)',
	'raf_scores(''{E119}'', beneficiary(72, ''F''), %s)',
	'hccraf_checksum(''V28'', %s)']) call;
SELECT is(pg_temp.year_hint(format(call, year)), format('hccraf_copy_year(2027, %s)', year),
	format('%s of %s: so is a list of procedures', call, year))
FROM unnest('{2028,2031}'::integer[]) year, unnest(ARRAY[
	'encounter_verdict(%1$s, ''MA'', ''E11.9'', make_date(%1$s - 1, 5, 5), ''professional'', NULL, '
		'''{99213}'', NULL, NULL, NULL, NULL, NULL, NULL, NULL)']) call;
SELECT is(pg_temp.year_hint('raf_score(''{E119}''::text[], beneficiary(72, ''F''), ''V23'', 2028)'),
	NULL, 'of a model that ended before, nothing would be copied');

----------------------------------------------------------------------
-- Sex and OREC as files have them
----------------------------------------------------------------------
SELECT is(beneficiary(72, sex)::text, 'age=72,sex=' || CASE WHEN sex ~* '^\s*(f|2)' THEN 'F'
	ELSE 'M' END, format('sex "%s"', sex))
FROM unnest('{F,f,Female,FEMALE,2," F ","2 ",M,m,Male,male,1," male","1 "}'::text[]) sex;
SELECT is(beneficiary(72, 'F', orec), beneficiary(72, 'F', btrim(orec)), format('orec "%s"', orec))
FROM unnest('{" 0","1 "," 2 ","3  "}'::text[]) orec;
SELECT results_eq('SELECT beneficiary(72, ' || call || ')',
	'SELECT beneficiary(72, ' || plain || ')', format('beneficiary(72, %s)', call))
FROM (VALUES ('''F'', 1', '''F'', ''1'''), ('2, ''1''', '''F'', ''1'''), ('2, 3', '''F'', ''3'''),
	('1', '''M'''), ('1, dual_status => ''02''', '''M'', ''0'', ''02'''), ('sex => 2, orec => 2',
	'''F'', ''2'''), ('2::smallint, 1::bigint', '''F'', ''1'''), ('''F'', NULL::integer', '''F'''),
	-- literals without a type are text
	('''F'', NULL', '''F'''), ('''2'', ''1''', '''F'', ''1'''), ('NULL', 'NULL::text'),
	('NULL, NULL', 'NULL::text, NULL::text')) v (call, plain);
PREPARE without_types AS SELECT beneficiary(72, $1, $2);
SELECT results_eq('EXECUTE without_types(''2'', ''1'')', 'SELECT beneficiary(72, ''F'', ''1'')',
	'and so are parameters without a type');
SELECT throws_ok('SELECT beneficiary(72, ' || wrong || ')', '22023', NULL, wrong || ' is neither')
FROM unnest(ARRAY['''F'', 4', '''F'', -1', '3', '0', '''x''', '''F'', ''1 1''',
	'''F'', ''''']) wrong;

-- RxHCC 155 is not HCC 155: it is none of a model whose HCCs are not called that
SELECT throws_ok(format($$ SELECT raf_marginal_hccs('{}', beneficiary(70, 'F'), ARRAY[%L],
	'V28', 2026) $$, h), '42704', format('model "V28" has no HCC "%s"', h), h || ' of V28')
FROM unnest('{RXHCC155,rxhcc155," RxHCC 155"}'::text[]) h;
SELECT results_eq($$ SELECT raf_marginal_hccs('{}', beneficiary(70, 'F'), ARRAY[h],
	'RX_V08', 2026) FROM unnest('{RXHCC5,rxhcc005,HCC5,5}'::text[]) h $$,
	'{0.654,0.654,0.654,0.654}'::numeric[], 'but of one whose HCCs are');
SELECT results_eq($$ SELECT hcc_plain(m, h) FROM unnest('{V28,RX_V08}'::text[]) m,
	unnest('{RXHCC155,hcc 155,155}'::text[]) h $$, '{RXHCC155,155,155,155,155,155}'::text[],
	'and so for gap_event');

SELECT * FROM finish();
ROLLBACK;
