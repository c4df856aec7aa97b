-- What nobody means: every function that loads, checks, compares, copies or
-- drops a model, with every value that is none. An answer is fine, and so is an
-- error that was meant: with one of these states and a hint, and with the value
-- that was refused. An error in the server's own words is not.
BEGIN;
CREATE EXTENSION IF NOT EXISTS hccraf;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT * FROM no_plan();

CREATE TEMPORARY TABLE hostile (what text PRIMARY KEY, value text);
INSERT INTO hostile VALUES
	('NULL', NULL), ('empty', ''), ('a blank', ' '), ('a tab', E'\t'), ('a line', E'a\nb'),
	('dollars', '$$'), ('a quote', ''''), ('a double quote', '"'), ('a backslash', '\'),
	('percent', '%'), ('a directive', '%1$s %I %L %n'), ('braces', '{"a",{}}'),
	('a comment', 'a -- /*'), ('SQL', '''; DROP TABLE hcc_model; --'), ('capitals', 'SEQUENTIAL'),
	('other capitals', 'v28'), ('a blank after it', 'V28 '), ('an accent', 'É'),
	('another script', '日本'),
	('a zero', '0'), ('a pattern', '^(a+)+$'), ('long', repeat('x', 100000)),
	('long and not Latin', repeat('é', 5000));
CREATE TEMPORARY TABLE hostile_year (value text);
INSERT INTO hostile_year VALUES ('NULL'), ('0'), ('-1'), ('1'), ('1999'), ('3000'), ('2147483647'),
	('-2147483648');

-- #: what is hostile; @: a file of groups
CREATE TEMPORARY TABLE call (of text, sql text);
INSERT INTO call VALUES
	('hccraf_facts', 'hccraf_facts()'),
	('hccraf_in_year', 'hccraf_in_year(#year, #year, #year)'),
	('hccraf_impossible',
		'hccraf_impossible(ARRAY[#], ARRAY[#], #year, #year, #year, #year, #year, #year)'),
	('hccraf_word', 'hccraf_word(#)'),
	('hccraf_model_year', 'hccraf_model_year(#)'),
	('hccraf_model_year', 'hccraf_model_year(''V28'', #year)'),
	('hccraf_model_calibrations', 'hccraf_model_calibrations(#)'),
	('hccraf_model_calibrations', 'hccraf_model_calibrations(''V28'', #year)'),
	('hccraf_coefficients', 'hccraf_coefficients(#)'),
	('hccraf_coefficients', 'hccraf_coefficients(''V28'', #year)'),
	('hccraf_coefficients', 'hccraf_coefficients(''V28'', 2026, #)'),
	('hccraf_kinds_of_people', 'hccraf_kinds_of_people(#)'),
	('hccraf_kinds_of_people', 'hccraf_kinds_of_people(''V28'', #year)'),
	('hccraf_checksum', 'hccraf_checksum(#)'),
	('hccraf_checksum', 'hccraf_checksum(''V28'', #year)'),
	('hccraf_seal_model', 'hccraf_seal_model(#)'),
	('hccraf_seal_model', 'hccraf_seal_model(''V24'', ''infinity'')'),
	('hccraf_check_model', 'hccraf_check_model(#)'),
	('hccraf_check_model', 'hccraf_check_model(''V23'', #year)'),
	('hccraf_diff_models', 'hccraf_diff_models(#, ''V28'')'),
	('hccraf_diff_models', 'hccraf_diff_models(''V28'', #)'),
	('hccraf_diff_models', 'hccraf_diff_models(''V28'', ''V28'', #year, #year)'),
	('hccraf_diff_models', 'hccraf_diff_models(''V28'', ''V28'', 2026, 2026, #, #)'),
	('hccraf_diff_summary', 'hccraf_diff_summary(#, #)'),
	('hccraf_diff_summary', 'hccraf_diff_summary(''V28'', ''V28'', 2026, #year, NULL, #)'),
	('hccraf_copy_model', 'hccraf_copy_model(#, ''copy'')'),
	('hccraf_copy_model', 'hccraf_copy_model(''RX_V05'', #, 2025)'),
	('hccraf_copy_model', 'hccraf_copy_model(''V28'', ''copy'', #year)'),
	('hccraf_drop_model', 'hccraf_drop_model(#)'),
	('hccraf_copy_year', 'hccraf_copy_year(#year, 2029)'),
	('hccraf_copy_year', 'hccraf_copy_year(2027, #year)'),
	('hccraf_drop_year', 'hccraf_drop_year(#year)');
-- the model, the year, the content and the options of each loader
INSERT INTO call
SELECT f, format('%s(%s)', f,
	a) FROM
	unnest('{groups,hierarchies,interactions,mappings,sas_format,sas_hierarchy,sas_labels}'::text[])
	l,
	format('hccraf_load_%s', l) f, unnest(ARRAY['#, ''V28'', 2029', '@, #, 2029',
		'@, ''V28'', #year', '@, ''V28'', 2029, #, NULL, NULL',
		'@, ''V28'', 2029, #, NULL, true, NULL']) a
UNION ALL SELECT f, format('%s(%s)', f, a) FROM unnest('{coefficients,sas_coefficients}'::text[]) l,
	format('hccraf_load_%s', l) f,
	unnest(ARRAY['#, ''V28'', ''x'', 2029', '@, #, ''x'', 2029', '@, ''V28'', #, 2029',
		'@, ''V28'', ''x'', #year']) a
UNION ALL SELECT f, format('%s(%s)', f, a) FROM unnest('{procedures,icd10}'::text[]) l,
	format('hccraf_load_%s', l) f,
	unnest(ARRAY['#, 2029', '@, #year', '@, 2029, #, ''-infinity'', NULL']) a
UNION ALL SELECT 'hccraf_load_hierarchies',
	format('hccraf_load_hierarchies(@, ''V28'', 2029, hierarchy_order => %s)', '#')
UNION ALL SELECT 'hccraf_load_icd10_mapping_table', format('hccraf_load_icd10_mapping_table(%s)', a)
FROM unnest(ARRAY['#, ''V28'', 2029', '@, #, 2029', '@, ''V28'', #year', '@, ''V28'', 2029, #',
	'@, ''V28'', 2029, hierarchy_order => #']) a;
CREATE TEMPORARY TABLE content (of text PRIMARY KEY, content text);
INSERT INTO content VALUES
	('hccraf_load_groups', E'diag_category,hcc_1\nEYES,HCC298\n'),
	('hccraf_load_hierarchies', E'HCC,SecondaryHCC_1\nHCC1,\n'),
	('hccraf_load_interactions', E'interaction,var_1,var_2\nX_Y,HCC35,HCC36\n'),
	('hccraf_load_mappings',
		E'ICD10,CC,MCE_AGE_CONDITION,AGE_EDIT_CONDITION,SEX_EDIT_CONDITION\nE119,38,,,\n'),
	('hccraf_load_icd10_mapping_table',
		E'Diagnosis Code,Description,CMS-HCC Model Category V28\nE119,x,38\n'),
	('hccraf_load_sas_format', E'E119\t38\n'),
	('hccraf_load_sas_hierarchy', '%SET0(CC=35, HIER=%STR(36));'),
	('hccraf_load_sas_labels', 'HCC1 = "HIV/AIDS"'),
	('hccraf_load_coefficients', E'Variable,NE,NE_SNP\nNEF65,1,1\n'),
	('hccraf_load_sas_coefficients', E'CNA_HCC1\n0.1'),
	('hccraf_load_procedures',
		E'HCPCS/CPT Code,Short Description,In CY2029 Included List?\nG0001,x,yes\n'),
	('hccraf_load_icd10', 'A000 Cholera');

-- The answer, or the error; what was done is undone.
CREATE FUNCTION pg_temp.answer(sql text, OUT state text, OUT said text,
	OUT hint text, OUT context text) LANGUAGE plpgsql AS $$
DECLARE
	n bigint;
BEGIN
	EXECUTE 'SELECT count(*) FROM ' || sql INTO n;
	RAISE EXCEPTION USING ERRCODE = 'ZZ001';
EXCEPTION WHEN SQLSTATE 'ZZ001' THEN
	state := 'answered';
WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS said = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT,
		context = PG_EXCEPTION_CONTEXT;
	state := SQLSTATE;
	said := SQLERRM || ' ' || said;
END
$$;
CREATE TEMPORARY TABLE answer AS
SELECT c.of, c.sql, h.what, h.value, a.* FROM call c
	CROSS JOIN LATERAL (
		SELECT * FROM hostile WHERE c.sql ~ '#' AND c.sql !~ '#year'
		UNION ALL SELECT 'the year ' || y.value, y.value FROM hostile_year y WHERE c.sql ~ '#year'
		UNION ALL SELECT 'nothing', NULL WHERE c.sql !~ '#') h
	LEFT JOIN content f ON f.of = c.of
	CROSS JOIN LATERAL pg_temp.answer(replace(replace(replace(c.sql, '@',
		quote_nullable(f.content)),
		'#year', COALESCE(h.value, 'NULL')), '#', quote_nullable(h.value) || '::text')) a;

SELECT is((SELECT string_agg(DISTINCT format('%s with %s: %s %s', a.sql, a.what, a.state,
	left(a.said, 200)), E'\n') FROM answer a
	WHERE a.of = o.of AND a.state NOT IN ('answered', '22004', '22023', '22P04', '42704', '42710',
		'55000')), NULL, o.of || ' answers, or refuses on purpose')
FROM (SELECT DISTINCT of FROM call) o ORDER BY o.of;
SELECT is((SELECT string_agg(DISTINCT format('%s with %s: %s', a.sql, a.what, left(a.said, 200)),
	E'\n') FROM answer a
	WHERE a.state <> 'answered' AND a.hint = ''), NULL, 'every refusal has a hint');
SELECT is((SELECT string_agg(DISTINCT format('%s with %s: %s', a.sql, a.what,
		left(a.context, 200)), E'\n') FROM answer a
	WHERE a.context <> ''), NULL, 'no refusal shows which functions called each other');
-- a year, and a name that is not too long, is told; the text of a file that was never a table is
-- told by its beginning
SELECT is((SELECT string_agg(DISTINCT format('%s with %s: %s', a.sql, a.what, left(a.said, 200)),
	E'\n') FROM answer a
	WHERE a.state IN ('22023', '42704') AND a.value <> '' AND strpos(a.said, left(a.value,
		100)) = 0 AND a.said !~ 'with (dry_run|skip_unusable) NULL'), NULL,
	'what is refused is shown');
SELECT cmp_ok((SELECT count(*) FROM answer), '>', 900::bigint, 'many calls');
SELECT cmp_ok((SELECT count(*) FROM answer WHERE state <> 'answered'),
	'>', 500::bigint, 'many refusals');
SELECT is((SELECT count(*) FROM hcc_model WHERE custom), 0::bigint, 'and nothing is left of them');

-- No function of these files is forgotten.
SELECT set_eq($$ SELECT DISTINCT of FROM call $$,
	$$ SELECT proname::text FROM pg_proc
		WHERE proname ~ '^hccraf_(load_|facts|in_year|impossible|word|model_|coefficients|kinds_)'
			OR proname ~ '^hccraf_(check|seal|diff_|copy_|drop_)' $$,
	'every public function is called');

-- What is refused, word for word
SELECT throws_ok('SELECT * FROM ' || sql, state, message, message) FROM (VALUES
	('hccraf_load_groups(''x'', '' '', 2029)', '22023', 'cannot load into model " "'),
	('hccraf_load_groups(''x'', ''V28'', -5)', '22023', 'cannot load into payment year "-5"'),
	('hccraf_load_icd10(''x'', NULL)', '22023', 'cannot load into fiscal year NULL'),
	('hccraf_load_procedures(''x'', 3000)', '22023', 'cannot load into service year "3000"'),
	('hccraf_load_coefficients(''x'', ''V28'', '''', 2029)', '22023',
		'cannot load into calibration ""'),
	('hccraf_load_hierarchies(''x'', ''V28'', 2029, hierarchy_order => ''any'')', '22023',
		'cannot load with hierarchy_order "any"'),
	('hccraf_load_groups(''x'', ''V28'', 2029, dry_run => NULL)', '22023',
		'cannot load with dry_run NULL'),
	('hccraf_checksum(''V28'', 2000)', '42704', 'model "V28" has no tables for payment year 2000'),
	('hccraf_model_year(NULL)', '42704', 'a model needs a name, not NULL'),
	('hccraf_coefficients(''%s'')', '42704', 'model "%s" does not exist')) v(sql, state, message);

SELECT * FROM finish();
ROLLBACK;
