-- Loaders, with files made up here: a small model loaded from every shape, and
-- what a file may not be. Own samples, because CMS's files are not ours.
BEGIN;
CREATE EXTENSION IF NOT EXISTS hccraf;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT plan(121);

-- A report without its examples
CREATE FUNCTION pg_temp.short(r hcc_load_report) RETURNS text
	LANGUAGE sql AS $$ SELECT concat_ws(' ', (r).line, (r).outcome, (r).n) $$;
CREATE FUNCTION pg_temp.rows_of(model text) RETURNS SETOF text LANGUAGE sql AS $$
	SELECT 'maps ' || concat_ws(' ', icd10_code, hcc_code, effective_year, expiry_year)
	FROM hcc_crosswalk WHERE model_version = model
	UNION ALL SELECT 'edit ' || concat_ws(' ', icd10_code, edit_kind, sex,
		COALESCE(age_min::text, '-'), COALESCE(age_max::text, '-'), action, hcc_code,
		effective_year, expiry_year)
		FROM hcc_dx_edit WHERE model_version = model
	UNION ALL SELECT 'hcc ' || concat_ws(' ', hcc_code, label) FROM hcc_category
	WHERE model_version = model
	UNION ALL SELECT 'drops ' || concat_ws(' ', superior_hcc, subordinate_hcc) FROM hcc_hierarchy
	WHERE model_version = model
	UNION ALL SELECT 'group ' || concat_ws(' ', group_name, hcc_codes) FROM hcc_group
	WHERE model_version = model
	UNION ALL SELECT 'interaction ' || concat_ws(' ', interaction_name, hcc_combinations)
	FROM hcc_interaction WHERE model_version = model
	UNION ALL SELECT 'coefficient ' || concat_ws(' ', calibration, segment, variable, coefficient)
	FROM hcc_coefficient WHERE model_version = model
	UNION ALL SELECT 'year ' || concat_ws(' ', first_payment_year, last_payment_year,
		hierarchy_order) FROM hcc_model WHERE model_version = model
$$;

----------------------------------------------------------------------
-- A small model from the shapes of the software packages
----------------------------------------------------------------------
SELECT results_eq($$ SELECT pg_temp.short(r) FROM hccraf_load_hierarchies(E'HCC,SecondaryHCC_1,'
	'SecondaryHCC_2\nHCC1,HCC2,HCC3\nHCC2,HCC3,\nHCC3,,\nHCC9,,\n', 'demo', 2028) r $$,
	'{read 4,unusable 0,new 4,changed 0,unchanged 0,gone 0,loaded 8}'::text[],
	'hierarchies: 4 HCCs, 3 pairs and the model''s year');
INSERT INTO hcc_segment (model_version, segment, priority, age_min, age_max) VALUES
	('demo', 'OLD', 1, 65, NULL), ('demo', 'YOUNG', 2, NULL, 64);
INSERT INTO hcc_variable (model_version, variable, kind, age_max) VALUES
	('demo', 'DISABL', 'helper', 64), ('demo', 'F0_64', 'demographic', 64);
INSERT INTO hcc_variable (model_version, variable, kind, age_min) VALUES
	('demo', 'F65_GT', 'demographic', 65);
SELECT results_eq($$ SELECT pg_temp.short(r)
	FROM hccraf_load_groups(E'diag_category,hcc_1,hcc_2,\nLIVER,HCC1,HCC2,\n', 'demo', 2028) r $$,
	'{read 1,unusable 0,new 1,changed 0,unchanged 0,gone 0,loaded 1}'::text[],
	'groups; a column without title is none');
SELECT results_eq($$ SELECT pg_temp.short(r) FROM hccraf_load_interactions(E'interaction,var_1,'
	'var_2\nLIVER_HCC9,LIVER,HCC9\nDISABLED_LIVER_HCC9, Disabl,liver_HCC9 \n', 'demo', 2028) r $$,
	'{read 2,unusable 0,new 2,changed 0,unchanged 0,gone 0,loaded 2}'::text[],
	'interactions, one of another one');
SELECT is(hcc_combinations, '{DISABL,LIVER,9}',
	'an interaction in an interaction stands for its elements') FROM hcc_interaction
WHERE interaction_name = 'DISABLED_LIVER_HCC9';
SELECT results_eq($$ SELECT pg_temp.short(r) FROM hccraf_load_coefficients(
	E'Variable,Label,OLD,YOUNG\nF0_64,"Under 65",,0.1\nf65_gt ,, .5,\nHCC1,"Liver, severe",1.5,1\n'
	'HCC2,Liver,0.7,0.3000\nHCC3,Liver,0,0.050\nHCC9,"Nine ""9""",,\nLIVER_HCC9,,0.25,-.1\n,,,\n',
	'demo', 'demo_2028', 2028) r $$,
	'{read 7,unusable 0,new 10,changed 0,unchanged 0,gone 0,segments 2,without coefficient '
	'1,loaded 15}'::text[], 'coefficients: 10, 4 labels and the calibration');
SELECT results_eq($$ SELECT pg_temp.short(r)
	FROM hccraf_load_mappings(E'ICD10,CC,MCE_AGE_CONDITION,AGE_EDIT_CONDITION,SEX_EDIT_CONDITION\n'
	'A000,1.0,,,\nA001,2.0,age >= 15,,\nA002,3.0,,,\nA002,9.0,,,\nB000,1.0,,age >= 50,\nB000,'
	'2.0,,age < 50,\nC000,1,,,1.0\nC000,2,,,2.0\n'
	'D000,3,,6 <= age <= 18,\nE000,9,0 <= age <= 17,age < 2,\nE000,777,0 <= age <= 17,age >= 2,\n',
	'demo', 2028) r $$,
	'{read 11,unusable 0,new 7,changed 0,unchanged 0,gone 0,not paid for 1,edits 7,'
	'loaded 15}'::text[], 'mappings');
SELECT set_eq($$ SELECT pg_temp.rows_of('demo') $$, ARRAY[
	'year 2028 2028 simultaneous', 'hcc 1 Liver, severe', 'hcc 2 Liver', 'hcc 3 Liver',
	'hcc 9 Nine "9"', 'drops 1 2', 'drops 1 3', 'drops 2 3',
	'group LIVER {1,2}', 'interaction LIVER_HCC9 {LIVER,9}',
	'interaction DISABLED_LIVER_HCC9 {DISABL,LIVER,9}',
	'coefficient demo_2028 OLD F65_GT 0.500', 'coefficient demo_2028 OLD HCC1 1.500',
	'coefficient demo_2028 OLD HCC2 0.700', 'coefficient demo_2028 OLD HCC3 0.000',
	'coefficient demo_2028 OLD LIVER_HCC9 0.250', 'coefficient demo_2028 YOUNG F0_64 0.100',
	'coefficient demo_2028 YOUNG HCC1 1.000',
	'coefficient demo_2028 YOUNG HCC2 0.300', 'coefficient demo_2028 YOUNG HCC3 0.050',
	'coefficient demo_2028 YOUNG LIVER_HCC9 -0.100',
	'maps A000 1 2028 2028', 'maps A001 2 2028 2028', 'maps A002 3 2028 2028',
	'maps A002 9 2028 2028', 'maps B000 1 2028 2028', 'maps C000 1 2028 2028',
	'maps D000 3 2028 2028', 'maps E000 9 2028 2028',
	'edit A001 mce 0 14 invalid 2028 2028', 'edit B000 mandatory 0 49 reassign 2 2028 2028',
	'edit C000 mandatory F - - reassign 2 2028 2028',
	'edit D000 mandatory 0 5 invalid 2028 2028', 'edit D000 mandatory 19 - invalid 2028 2028',
	'edit E000 mandatory 2 - invalid 2028 2028', 'edit E000 mce 18 - invalid 2028 2028'],
	'the rows of the model');
SELECT is(raf_score('{A000,A002}'::text[], beneficiary(70, 'F'), 'demo', 2028), 2.250,
	'it scores: 0.500 + 1.500 + 0.250');
SELECT is(raf_score('{C00.0,A002}'::text[], beneficiary(40, 'F'), 'demo', 2028), 0.300,
	'and by sex: 0.100 + 0.300 - 0.100');
SELECT is(count(*), 5::bigint, 'five releases') FROM hcc_release
WHERE model_version = 'demo' AND custom AND checksum ~ '^[0-9a-f]{64}$';

----------------------------------------------------------------------
-- The next year, again, and back
----------------------------------------------------------------------
CREATE TEMPORARY TABLE file (name text PRIMARY KEY, content text);
INSERT INTO file VALUES
	('2028', E'ICD10,CC,MCE_AGE_CONDITION,AGE_EDIT_CONDITION,SEX_EDIT_CONDITION\n'
	'A000,1.0,,,\nA001,2.0,age >= 15,,\nA002,3.0,,,\nA002,9.0,,,\nB000,1.0,,age >= 50,\nB000,'
	'2.0,,age < 50,\nC000,1,,,1.0\nC000,2,,,2.0\n'
	'D000,3,,6 <= age <= 18,\nE000,9,0 <= age <= 17,age < 2,\nE000,777,0 <= age <= 17,age >= 2,\n'),
	('2029', E'ICD10,CC,MCE_AGE_CONDITION,AGE_EDIT_CONDITION,SEX_EDIT_CONDITION\n'
	'A000,1.0,,,\nA001,1.0,age >= 15,,\nA002,3.0,,,\nA002,9.0,,,\nF000,2.0,,,'
	'\nB000,1.0,,age >= 40,\nB000,2.0,,age < 40,\n');
CREATE TEMPORARY TABLE before AS SELECT r FROM pg_temp.rows_of('demo') r;
SELECT results_eq($$ SELECT pg_temp.short(r)
	FROM file, hccraf_load_mappings(content, 'demo', 2028) r WHERE name = '2028' $$,
	'{read 11,unusable 0,new 7,changed 0,unchanged 0,gone 0,not paid for 1,edits 7,'
	'loaded 0}'::text[], 'again: nothing changes');
SELECT set_eq($$ SELECT pg_temp.rows_of('demo') $$, $$ SELECT r FROM before $$, 'not one row');
SELECT is(count(*), 5::bigint, 'and the release is known') FROM hcc_release
WHERE model_version = 'demo';
SELECT results_eq($$ SELECT pg_temp.short(r) FROM file,
	hccraf_load_mappings(content, 'demo', 2029, dry_run => true) r WHERE name = '2029' $$,
	'{read 7,unusable 0,new 1,changed 1,unchanged 3,gone 3,edits 2,nothing loaded 0}'::text[],
	'the next year, dry');
SELECT set_eq($$ SELECT pg_temp.rows_of('demo') $$, $$ SELECT r FROM before $$,
	'a dry run writes nothing');
SELECT results_eq($$ SELECT pg_temp.short(r)
	FROM file, hccraf_load_mappings(content, 'demo', 2029, 'next year') r WHERE name = '2029' $$,
	'{read 7,unusable 0,new 1,changed 1,unchanged 3,gone 3,edits 2,loaded 9}'::text[],
	'the next year: new, changed, unchanged and gone codes');
SELECT set_eq($$ SELECT r FROM pg_temp.rows_of('demo') r WHERE r ~ '^(maps|edit|year)' $$,
	ARRAY['year 2028 2028 simultaneous', 'year 2029 2029 simultaneous',
	'maps A000 1 2028 2029', 'maps A001 2 2028 2028', 'maps A001 1 2029 2029',
	'maps A002 3 2028 2029', 'maps A002 9 2028 2029', 'maps B000 1 2028 2029',
	'maps C000 1 2028 2028',
	'maps D000 3 2028 2028', 'maps E000 9 2028 2028', 'maps F000 2 2029 2029',
	'edit A001 mce 0 14 invalid 2028 2029', 'edit B000 mandatory 0 49 reassign 2 2028 2028',
	'edit B000 mandatory 0 39 reassign 2 2029 2029',
	'edit C000 mandatory F - - reassign 2 2028 2028',
	'edit D000 mandatory 0 5 invalid 2028 2028', 'edit D000 mandatory 19 - invalid 2028 2028',
	'edit E000 mandatory 2 - invalid 2028 2028', 'edit E000 mce 18 - invalid 2028 2028'],
	'rows that stay the same go on, others end');
SELECT results_eq($$ SELECT pg_temp.short(r)
	FROM file, hccraf_load_mappings(content, 'demo', 2029) r WHERE name = '2028' $$,
	'{read 11,unusable 0,new 0,changed 0,unchanged 7,gone 0,not paid for 1,edits 7,'
	'loaded 13}'::text[], 'a corrected file takes the place of the first');
SELECT set_eq($$ SELECT replace(r, '2028 2029', '2028 2028') FROM pg_temp.rows_of('demo') r
	WHERE r !~ '^year' $$, $$ SELECT r FROM before WHERE r !~ '^year' $$,
	'and leaves what the first file would have');
-- A year in the midst of a row's range
UPDATE hcc_crosswalk SET effective_year = NULL, expiry_year = NULL
WHERE model_version = 'demo' AND icd10_code = 'A001' AND hcc_code = '2';
SELECT lives_ok($$ SELECT hccraf_load_mappings(content, 'demo', 2029) FROM file
	WHERE name = '2029' $$, 'a row without bounds is divided');
SELECT set_eq($$ SELECT r FROM pg_temp.rows_of('demo') r WHERE r ~ '^maps A001' $$,
	ARRAY['maps A001 2 2028', 'maps A001 2 2030', 'maps A001 1 2029 2029'],
	'before and after stay');
SELECT is(hcc_load_previous_year('demo', 2029), 2028, 'compared with the year before');

----------------------------------------------------------------------
-- Tolerant of form
----------------------------------------------------------------------
CREATE TEMPORARY TABLE form AS SELECT r FROM pg_temp.rows_of('demo') r;
SELECT is((SELECT string_agg(pg_temp.short(r), ',') FROM hccraf_load_mappings(E'\uFEFF'
	|| replace(E'sex_edit_condition ,cc,"Icd10",Age_Edit_Condition,MCE_AGE_CONDITION,,\n'
	',HCC1, a00.0 ,,,,\n,1,"A001","","age>=15"\n\n,3.0,A002,,\n,9.0,A002,,,,\n , 2 ,F000,,\n,'
	'01,B000,AGE >= 40,\n,2,b000,age  <40,\n,2,B000,age <40,\n   \n,,,,', E'\n', E'\r\n'),
	'demo', 2029) r), 'read 8,unusable 0,new 1,changed 1,unchanged 3,gone 3,edits 2,loaded 0',
	'mark, line ends, case, blanks, quotes, dots, order of columns, '
	'a repeated line and trailing commas do not matter');
SELECT set_eq($$ SELECT pg_temp.rows_of('demo') $$, $$ SELECT r FROM form $$, 'the same rows');

----------------------------------------------------------------------
-- Strict about meaning
----------------------------------------------------------------------
CREATE TEMPORARY TABLE strict AS SELECT r FROM pg_temp.rows_of('demo') r;
SELECT throws_ok(format('SELECT %s', call), state, message, 'refused: ' || message)
FROM (VALUES
	($$ hccraf_load_mappings(NULL, 'demo', 2029) $$, '22004', 'the content to load is NULL'),
	($$ hccraf_load_mappings('', 'demo', 2029) $$, '22P04', 'the file is empty'),
	($$ hccraf_load_mappings(E'\n\r\n , ,\n', 'demo', 2029) $$, '22P04', 'the file is empty'),
	($$ hccraf_load_mappings('x', '', 2029) $$, '22023', 'cannot load into model ""'),
	($$ hccraf_load_mappings('x', 'demo', 20290) $$, '22023',
		'cannot load into payment year "20290"'),
	($$ hccraf_load_mappings(E'ICD10,CC,MCE_AGE_CONDITION\nA000,1,', 'no such model', 2029) $$,
		'42704', 'model "no such model" has no HCCs yet'),
	($$ hccraf_load_mappings(E'ICD10,MCE_AGE_CONDITION\nA000,', 'demo', 2029) $$, '22P04',
		'the file lacks a column: CC'),
	($$ hccraf_load_mappings(E'A000,1,,,\nA001,2,,,', 'demo', 2029) $$, '22P04',
		'the file lacks a column: ICD10, CC, MCE_AGE_CONDITION'),
	($$ hccraf_load_mappings(E'ICD10,CC,MCE_AGE_CONDITION\nA000,1,', 'demo', 2029) $$, '22P04',
		'the file lacks a column: AGE_EDIT_CONDITION, SEX_EDIT_CONDITION'),
	($$ hccraf_load_mappings(E'ICD10,CC,MCE_AGE_CONDITION,AGE_EDIT_CONDITION\nA000,1,,', 'demo',
		2029) $$, '22P04', 'the file lacks a column: SEX_EDIT_CONDITION'),
	($$ hccraf_load_mappings(E'ICD10,CC,MCE_AGE_CONDITION,AGE_EDIT_CONDITION,'
		'SEX_EDIT_CONDITION,WEIGHT\nA000,1,,,,5', 'demo', 2029) $$, '22P04',
		'the file has an unknown column: "WEIGHT"'),
	($$ hccraf_load_mappings(E'ICD10,CC,cc,MCE_AGE_CONDITION,AGE_EDIT_CONDITION,'
		'SEX_EDIT_CONDITION\nA000,1,,,,', 'demo', 2029) $$, '22P04',
		'the file has a column twice: cc'),
	($$ hccraf_load_mappings((SELECT content FROM file
		WHERE name = '2028'), 'demo', 2029, hierarchy_order => 'sequential') $$, '22023',
		'model "demo" of payment year 2029 is not as the file or the caller says'),
	($$ hccraf_load_coefficients(E'Variable,Label,OLD\nHCC1,,1', 'demo', 'x', 2029) $$, '22P04',
		'the file lacks a column: YOUNG'),
	($$ hccraf_load_coefficients(E'Variable,Label,OLD,YOUNG,MIDDLE\nHCC1,,1,1,1', 'demo', 'x',
		2029) $$, '22P04', 'the file has an unknown column: "MIDDLE"'),
	($$ hccraf_load_coefficients(E'Variable,Label\nHCC1,', 'demo', 'x', 2029) $$, '22P04',
		'the file has no column with coefficients'),
	($$ hccraf_load_coefficients(E'Variable,OLD,old,YOUNG\nHCC1,1,1,1', 'demo', 'x', 2029) $$,
		'22P04', 'the file has a column twice: old'),
	($$ hccraf_load_coefficients(E'Variable,OLD,YOUNG\nHCC1,1,1', 'demo', NULL, 2029) $$, '22023',
		'cannot load into calibration NULL'),
	($$ hccraf_load_coefficients(E'Variable,OLD,YOUNG\nHCC1,1,1', 'no such model', 'x', 2029) $$,
		'42704', 'model "no such model" has no segments yet'),
	($$ hccraf_load_coefficients(E'Variable,COMMUNITY_NA,COMMUNITY_PBA,COMMUNITY_FBA,COMMUNITY_ND,'
		'COMMUNITY_PBD,COMMUNITY_FBD\nHCC1,1,1,1,1,1,1', 'V28', 'x', 2029) $$, '22P04',
		'the file lacks a column: INSTITUTIONAL'),
	($$ hccraf_load_coefficients(E'Variable,NE\nHCC1,1', 'V28', 'x', 2029) $$, '22P04',
		'the file lacks a column: NE_SNP'),
	($$ hccraf_load_coefficients(E'Variable,NE_SNP\nHCC1,1', 'V28', 'x', 2029) $$, '22P04',
		'the file lacks a column: NE or NEW_ENROLLEE'),
	($$ hccraf_load_hierarchies(E'HCC,Label\nHCC1,x', 'demo', 2029) $$, '22P04',
		'the file lacks a column: SecondaryHCC_1'),
	($$ hccraf_load_hierarchies(E'RXHCC,SecondaryRxHCC_1\n1,2\n2,\n3,\n9,', 'demo', 2029) $$,
		'22023', 'model "demo" of payment year 2029 is not as the file or the caller says'),
	($$ hccraf_load_groups(E'diag_category,hcc_1,note\nLIVER,HCC1,x', 'demo', 2029) $$, '22P04',
		'the file has an unknown column: "note"'),
	($$ hccraf_load_interactions(E'interaction,var_1\nx,HCC1', 'demo', 2029) $$, '22P04',
		'the file lacks a column: var_2'),
	($$ hccraf_load_icd10_mapping_table(E'Code,Text\nA000,x', 'demo', 2029) $$, '22P04',
		'the file has no header'),
	($$ hccraf_load_icd10_mapping_table(E'Diagnosis Code,Description,'
		'CMS-HCC Model Category V28\nA000,x,1', 'demo', 2029) $$, '22P04',
		'the file has no column for model "demo"'),
	($$ hccraf_load_sas_format('A000,1', 'demo', 2029) $$, '22P04',
		'the file is no SAS format text'),
	($$ hccraf_load_sas_hierarchy('HCC1 drops HCC2', 'demo', 2029) $$, '22P04',
		'the file is no SAS hierarchy macro'),
	($$ hccraf_load_sas_labels('HCC1: Liver', 'demo', 2029) $$, '22P04',
		'the file is no SAS label macro'),
	($$ hccraf_load_sas_coefficients(E'Variable,OLD\nHCC1,1', 'demo', 'x', 2029) $$, '22P04',
		'the file is no SAS coefficient file'),
	($$ hccraf_load_sas_coefficients(E'OLD_HCC1,OLD_HCC2\n1', 'demo', 'x', 2029) $$, '22P04',
		'names and coefficients are not equally many: the file is not complete'),
	($$ hccraf_load_procedures(E'HCPCS/CPT Code,Short Description,In CY2028 Included '
		'List?\nG0001,x,yes', 2029) $$, '22P04', 'the file has no column for service year 2029'))
	v(call, state, message);
SELECT throws_like(
	$$ SELECT hccraf_load_mappings(E'ICD-10,CC,MCE_AGE_CONDITION\nA000,1,', 'demo', 2029) $$,
	'%lacks a column: ICD10', 'a renamed column');
INSERT INTO hcc_load_rule (kind, in_file, name) VALUES ('column', 'ICD-?10( code)?', 'ICD10');
SELECT lives_ok(
	$$ SELECT hccraf_load_mappings(replace(content, 'ICD10', 'icd-10 code'), 'demo', 2029) FROM file
		WHERE name = '2029' $$, 'is loaded with a rule');

-- Each line that cannot be used, with its number and reason; then nothing is loaded.
CREATE TEMPORARY TABLE bad AS SELECT *
FROM hccraf_load_mappings(E'ICD10,CC,MCE_AGE_CONDITION,AGE_EDIT_CONDITION,SEX_EDIT_CONDITION\n'
	'A000,1.0,,,\nA001,888,,,\nA002,3.0,,,\nA002,nine times,,,\nF000,2,age about 5,,\n1234,'
	'2,,,\n"'';DROP TABLE hcc_model;--",2,,,\nF001,2,,,3\nF002,2\n'
	'F003,2,,,,surplus\nF004,9,age >= 15,,\nF004,9,age >= 16,,\n"F005\nF006",2,,,\nF007,2,,'
	'5 <= age <= 3,\n' || repeat('x', 100000) || E',2,,,\n' || repeat(',', 1000000)
	|| E'1\nF008,"2,,,', 'demo', 2030);
SELECT results_eq($$ SELECT line, detail FROM bad
	WHERE outcome = 'unusable' AND line IS NOT NULL $$, $$ VALUES
	(3, 'code A001: HCC 888 is not in hcc_category'),
	(4, 'code A002: another line of the code is unusable'),
	(5, 'code A002: "nine times" is no HCC'),
	(6, 'code F000: "age about 5" is no condition on age'), (7, '"1234" is no diagnosis code'),
	(8, '"'';DROP TABLE hcc_model;--" is no diagnosis code'),
	(9, 'code F001: "3" is no sex; 1 is male, 2 is female'), (10, 'has 2 fields, the header has 5'),
	(11, 'has more fields than the header, which has 5'),
	(12, 'code F004: its lines have different conditions of the code editor'),
	(14, 'a quoted field goes on over the end of the line'),
	(16, 'code F007: "5 <= age <= 3" is no condition on age'),
	(17, '"' || repeat('x', 57) || '..." is no diagnosis code'),
	(18, 'has more fields than the header, which has 5'),
	(19, 'a quote in or after this line does not end') $$, 'unusable lines of mappings');
SELECT is((SELECT string_agg(detail, ', ' ORDER BY detail) FROM bad
	WHERE outcome = 'unusable' AND line IS NULL AND n IS NULL),
	'no line gives HCC 2, 3, 9: is the file complete?', 'and HCCs without code, in one row');
SELECT is(n, 16::bigint, 'all counted') FROM bad WHERE outcome = 'unusable' AND n IS NOT NULL;
SELECT is(detail, 'because of the unusable lines; skip_unusable => true loads the others',
	'nothing loaded') FROM bad WHERE outcome = 'nothing loaded';
SELECT set_eq($$ SELECT pg_temp.rows_of('demo') $$, $$ SELECT r FROM strict $$,
	'not one row changed');
SELECT is(count(*), 0::bigint, 'no release either') FROM hcc_release WHERE payment_year = 2030;
SELECT results_eq($$ SELECT pg_temp.short(r)
	FROM hccraf_load_mappings(E'ICD10,CC,MCE_AGE_CONDITION,AGE_EDIT_CONDITION,SEX_EDIT_CONDITION\n'
	'A000,1,,,\nA001,x,,,\nA002,3,,,\nF000,2,,,\nE000,9,,,\n', 'demo', 2030,
	skip_unusable => true) r $$,
	'{read 5,unusable 1,new 1,changed 1,unchanged 2,gone 2,edits 0,loaded 6,3 unusable}'::text[],
	'the usable lines, if asked');
SELECT is_empty($$ SELECT FROM hcc_crosswalk WHERE model_version = 'demo' AND icd10_code = 'A001'
	AND effective_year <= 2030 AND expiry_year >= 2030 $$, 'the line left out is not there');

SELECT is((SELECT string_agg(concat_ws(' ', line, detail), E'\n' ORDER BY line NULLS LAST, detail)
	FROM hccraf_load_coefficients(
		E'Variable,Label,OLD,YOUNG\nHCC1,,1.5,1\nHCC1,,1.5,1\nHCC1,,1.4,\n'
	'HCC2,,0.1234,x\nHCC77,,1,1\n,,1,\nHCC9,,1e3,NaN\nF65_GT,,0.5\n', 'demo', 'x', 2029)
	WHERE outcome = 'unusable' AND n IS NULL),
	$$4 segment OLD, variable HCC1: "1.400", but an earlier line says "1.500"
5 variable HCC2, segment OLD: "0.1234" is no coefficient of at most three decimals
5 variable HCC2, segment YOUNG: "x" is no coefficient of at most three decimals
6 "HCC77" is no variable of the model
7 has no variable
8 variable HCC9, segment OLD: "1e3" is no coefficient of at most three decimals
8 variable HCC9, segment YOUNG: "NaN" is no coefficient of at most three decimals
9 has 3 fields, the header has 4
no line is about variable HCC3: is the file complete?$$,
	'unusable lines of coefficients; the same line twice does no harm');
SELECT is((SELECT string_agg(concat_ws(' ', line, detail), E'\n' ORDER BY line NULLS LAST, detail)
	FROM hccraf_load_hierarchies(E'HCC,SecondaryHCC_1,SecondaryHCC_2\nHCC1,HCC2,HCC3\n'
		'HCC1,HCC2,\nHCC2,HCC2,\nHCC3,H?,\n,HCC1,\n', 'demo', 2029)
	WHERE outcome = 'unusable' AND n IS NULL), $$2 HCC 1 removes HCC 2, which has no line of its own
2 HCC 1 removes HCC 3, which has no line of its own
3 HCC 1: "{2}", but an earlier line says "{2,3}"
4 HCC 2 would remove itself
5 HCC HCC3: "H?" is no HCC
6 "" is no HCC
no line is about HCC 2, 3, 9: is the file complete?$$, 'unusable lines of hierarchies');
SELECT is((SELECT string_agg(concat_ws(' ', line, detail), E'\n' ORDER BY line NULLS LAST, detail)
	FROM hccraf_load_groups(E'diag_category,hcc_1,hcc_2\nKIDNEY,HCC1,HCC55\n'
		'KIDNEY 2,HCC1,\nEMPTY,,\nLIVER,HCC1,\nLIVER,HCC2,\n', 'demo', 2029)
	WHERE outcome = 'unusable' AND n IS NULL), $$2 group KIDNEY: "HCC55" is no HCC of the model
3 "KIDNEY 2" is no name of a group
4 group EMPTY: needs 1 or more elements, has 0
6 group LIVER: "{2}", but an earlier line says "{1}"$$, 'unusable lines of groups');
SELECT is((SELECT string_agg(concat_ws(' ', line, detail), E'\n' ORDER BY line NULLS LAST, detail)
	FROM hccraf_load_interactions(E'interaction,var_1,var_2\nA_B,LIVER,WEATHER\nONE,LIVER,\n',
		'demo', 2029)
	WHERE outcome = 'unusable' AND n IS NULL),
	$$2 interaction A_B: "WEATHER" is no HCC, group or helper variable of the model
3 interaction ONE: needs 2 or more elements, has 1$$, 'unusable lines of interactions');

----------------------------------------------------------------------
-- The SAS texts
----------------------------------------------------------------------
SELECT results_eq($$ SELECT pg_temp.short(r)
	FROM hccraf_load_sas_labels(E'%MACRO L1;\r\n LABEL\r\n  HCC1 ="Liver, ""severe"" "\r\n  HCC2 = '
		'"Liver,\r\n     moderate"\r\n  HCC19=\'Other\'\r\n ;\r\n%MEND;\r\n', 'sas', 2022) r $$,
	'{read 3,unusable 0,new 3,changed 0,unchanged 0,gone 0,loaded 4}'::text[], 'labels');
SELECT results_eq($$ SELECT pg_temp.short(r) FROM hccraf_load_sas_hierarchy(E'%MACRO H1;\n%MACRO '
	'SET0( CC=, HIER= );\n%MEND;\n/* %SET0(CC=9, HIER=%STR(9));\n */\n /*Liver 1 */ %SET0(CC=1   '
	', HIER=%STR(2 ,\n     19 ));\n%set0(cc=2,hier=%str(19));\n%MEND;', 'sas', 2022) r $$,
	'{read 2,unusable 0,new 2,changed 0,unchanged 0,gone 0,loaded 3}'::text[],
	'hierarchies, a rule over two lines and one in a comment');
SELECT results_eq($$ SELECT pg_temp.short(r) FROM hccraf_load_sas_format(
	E'A000\t1\t\r\nA001 2\r\nA001\t19\tD\r\nA01.1   19   \r\n', 'sas', 2022) r $$,
	'{read 4,unusable 0,new 3,changed 0,unchanged 0,gone 0,edits 0,loaded 4}'::text[], 'format');
INSERT INTO hcc_segment (model_version, segment, priority) VALUES
	('sas', 'NE', 1), ('sas', 'SNP_NE', 2);
INSERT INTO hcc_variable (model_version, variable, kind) VALUES ('sas', 'ORIGDIS', 'demographic');
SELECT results_eq($$ SELECT pg_temp.short(r) FROM hccraf_load_sas_coefficients(E'NE_HCC1,NE_HCC2,'
	'ne_hcc19,SNP_NE_HCC1,SNP_NE_ORIGDS,\n1,0.5,.25,2,-0.125,\n', 'sas', 'sas', 2022) r $$,
	'{read 5,unusable 0,new 5,changed 0,unchanged 0,gone 0,segments 2,loaded 6}'::text[],
	'coefficients, one by a rule');
SELECT set_eq($$ SELECT pg_temp.rows_of('sas') $$, ARRAY['year 2022 2022 simultaneous',
	'hcc 1 Liver, "severe"', 'hcc 2 Liver, moderate', 'hcc 19 Other',
	'drops 1 2', 'drops 1 19', 'drops 2 19', 'maps A000 1 2022 2022', 'maps A001 2 2022 2022',
	'maps A001 19 2022 2022', 'maps A011 19 2022 2022',
	'coefficient sas NE HCC1 1.000', 'coefficient sas NE HCC2 0.500',
	'coefficient sas NE HCC19 0.250', 'coefficient sas SNP_NE HCC1 2.000',
	'coefficient sas SNP_NE ORIGDIS -0.125'],
	'the rows of the SAS texts');
SELECT is((SELECT string_agg(concat_ws(' ', line, detail), E'\n' ORDER BY line NULLS LAST, detail)
	FROM hccraf_load_sas_hierarchy(E'%SET0(CC=1, HIER=%STR(2,\n 19', 'sas', 2022)
	WHERE outcome = 'unusable' AND n IS NULL),
	'1 "%SET0(CC=1, HIER=%STR(2, 19" is not like %SET0(CC=17, HIER=%STR(18, 19));',
	'a macro that was cut off');
SELECT is((SELECT string_agg(concat_ws(' ', line, detail), E'\n' ORDER BY line NULLS LAST, detail)
	FROM hccraf_load_sas_format(E'A000\t1\nA001\t2\tx\nA002\t77\nA003 19', 'sas', 2022)
	WHERE outcome = 'unusable' AND n IS NULL),
	E'2 "A001 2 x" is not like A000 1\n3 code A002: HCC 77 is not in hcc_category\n'
	'no line gives HCC 2: is the file complete?', 'unusable lines of a format');

----------------------------------------------------------------------
-- The yearly mapping table and the procedures
----------------------------------------------------------------------
INSERT INTO file VALUES ('table', E'"2031 Midyear Final ICD-10-CM Mappings",,,,,\n"Diagnosis\n'
	' Code",Description,"CMS-HCC\n Model Category V99",Rx HCC Model Category V99,'
	'CMS-HCC Model Category V99 for 2031 Payment Year,Rx HCC Model for 2028 Payment Year\n'
	'A000,"Cholera, vibrio 01",1,,Yes,No\nA001,Cholera,2,3,Yes,Yes\nA002,Other,3,3,No,Yes\nA003,'
	'Other,3,9,Yes,Yes\nA004,None,,,No,No\nA005,Both,"1, 9",,Yes,\n'
	'Note: codes under revision,,,,,\n');
SELECT results_eq($$ SELECT pg_temp.short(r) FROM file,
	hccraf_load_icd10_mapping_table(content, 'demo', 2031, 'cms-hcc model category V99') r
	WHERE name = 'table' $$,
	'{read 5,unusable 0,new 3,changed 0,unchanged 1,gone 3,edits 0,loaded 5}'::text[],
	'a column of the mapping table, those flagged Yes');
SELECT set_eq($$ SELECT concat_ws(' ', icd10_code, hcc_code) FROM hcc_crosswalk WHERE model_version
	= 'demo' AND effective_year <= 2031 AND COALESCE(expiry_year, 2031) >= 2031 $$,
	'{A000 1,A001 2,A003 3,A005 1,A005 9}'::text[],
	'title above, titles over two lines, notes under the table');
SELECT is((SELECT string_agg(detail, '') FROM file, hccraf_load_icd10_mapping_table(content, 'demo',
	2031, 'Rx HCC Model Category V99', dry_run => true) r
	WHERE name = 'table' AND outcome = 'note'),
	'no flag for payment year 2031 beside "Rx HCC Model Category V99" (there are flags '
	'for: 2028); every code with a category counts',
	'flags of another year are said to be no help');
SELECT results_eq($$ SELECT pg_temp.short(r) FROM hccraf_load_procedures(E'"Included List, '
	'2029",,\n(notice),,\nHCPCS/CPT Code,Short Description,In CY2029 Included List?,,\nG0001,'
	'"One, two",yes,,\ng0002,Two,Yes\n0003T,x,no\nNotes:,,\nnot a code,,\n', 2029) r $$,
	'{read 3,unusable 0,new 2,changed 0,unchanged 0,gone 0,loaded 2}'::text[],
	'procedures; those not included are left out');
SELECT set_eq($$ SELECT procedure_code FROM eligible_procedure WHERE service_year = 2029 $$,
	'{G0001,G0002}'::text[], 'eligible_procedure');
SELECT results_eq($$ SELECT pg_temp.short(r)
	FROM hccraf_load_procedures(E'HCPCS/CPT Code,Short Description,In CY2029 Included List?\nG0001,'
		'x,no\nG0003,x,yes\nG00033,x,yes\nG0004,x,perhaps\nG0003,x,no', 2029) r $$,
	'{read 5,unusable 3,new 1,changed 0,unchanged 0,gone 0,nothing loaded 0,4 unusable,'
	'5 unusable,6 unusable}'::text[], 'all or nothing');

-- Diagnosis codes: the plain list, the same list again, the order file of the next year
SELECT results_eq($$ SELECT pg_temp.short(r)
	FROM hccraf_load_icd10(E'A000    Cholera due to Vibrio cholerae 01\r\n'
		'A001    Cholera due to el tor\r\nS72.001A\tFracture\r\n\r\n', 2029) r $$,
	'{read 3,unusable 0,new 3,changed 0,unchanged 0,gone 0,loaded 3}'::text[], 'diagnosis codes');
SELECT results_eq($$ SELECT concat_ws('|', fiscal_year, icd10_code, description) FROM icd10_code
	ORDER BY icd10_code COLLATE "C" $$,
	'{2029|A000|Cholera due to Vibrio cholerae 01,2029|A001|Cholera due to el tor,'
	'2029|S72001A|Fracture}'::text[], 'icd10_code');
SELECT results_eq($$ SELECT pg_temp.short(r) FROM hccraf_load_icd10(E'A000    Cholera '
	'due to Vibrio cholerae 01\nA001    Cholera due to el tor\nS72001A Fracture', 2029) r $$,
	'{read 3,unusable 0,new 3,changed 0,unchanged 0,gone 0,loaded 0}'::text[],
	'the same again changes nothing');
CREATE TEMPORARY TABLE icd10_order AS SELECT string_agg(format('%s %s %s %s %s',
	lpad(n::text, 5, '0'), rpad(c, 7), valid, rpad(short, 60), long), E'\n' ORDER BY n) AS content
	FROM (VALUES (1, 'A00', 0, 'Cholera', 'Cholera'),
		(2, 'A000', 1, 'Cholera d/t V', 'Cholera due to Vibrio cholerae 01'),
		(3, 'A001', 1, 'El tor', 'Cholera due to another name'),
		(4, 'S72001D', 1, 'Fracture, next', 'Fracture, next visit')) v(n, c, valid, short, long);
SELECT results_eq($$ SELECT pg_temp.short(r)
	FROM icd10_order, hccraf_load_icd10(content, 2030) r $$,
	'{read 3,unusable 0,new 1,changed 1,unchanged 1,gone 1,headings 1,loaded 3}'::text[],
	'the order file, headings left out, against the year before');
SELECT set_eq($$ SELECT icd10_code || ' ' || description FROM icd10_code
	WHERE fiscal_year = 2030 $$,
	'{A000 Cholera due to Vibrio cholerae 01,A001 Cholera due to another name,"S72001D Fracture, '
	'next visit"}'::text[], 'with the long descriptions');
SELECT results_eq($$ SELECT pg_temp.short(r)
	FROM hccraf_load_icd10(E'A000    Cholera\nA001\n???     What\nA000    Other', 2030) r $$,
	'{read 4,unusable 3,new 0,changed 1,unchanged 0,gone 2,nothing loaded 0,2 unusable,'
	'3 unusable,4 unusable}'::text[], 'codes too are loaded all or not at all');
SELECT results_eq($$ SELECT pg_temp.short(r)
	FROM hccraf_load_icd10(E'A000    Cholera\n???     What\n', 2030, skip_unusable => true) r
	WHERE outcome = 'loaded' $$, '{loaded 3}'::text[], 'or the usable ones: one renamed, two gone');
SELECT is((SELECT count(*) FROM hcc_release WHERE kind = 'icd10'), 4::bigint,
	'hcc_release has the files of diagnosis codes');

----------------------------------------------------------------------
-- Shipped models: what came with the extension stays
----------------------------------------------------------------------
SELECT ok((SELECT detail ~ '^code \w+: a shipped row gives HCC \w+ in payment year 2026, the '
	'file does not; load under another model name$' FROM
	hccraf_load_mappings(E'ICD10,CC,MCE_AGE_CONDITION,AGE_EDIT_CONDITION,SEX_EDIT_CONDITION\n'
		'E119,38,,,\n', 'V28', 2026) WHERE outcome = 'unusable' AND detail ~ 'shipped' LIMIT 1),
	'a shipped row cannot be withdrawn');
SELECT ok((SELECT bool_or(detail = 'HCC 17: the shipped hierarchy differs and holds for '
	'all years; load under another model name') FROM
	hccraf_load_hierarchies(E'HCC,SecondaryHCC_1\nHCC17,HCC18\nHCC18,\n', 'V28', 2028)),
	'a shipped hierarchy cannot change');
SELECT ok((SELECT bool_or(detail
	= 'group CANCER_V28: the shipped group has other HCCs; load under another model name') FROM
	hccraf_load_groups(E'diag_category,hcc_1\nCANCER_V28,HCC18\n', 'V28', 2028)),
	'nor a shipped group');

-- A file that has some segments is compared with those of the year before.
SELECT is((SELECT n FROM hccraf_load_coefficients(E'Variable,NE,NE_SNP\nHCC17,,\n', 'V28', 'x',
	2026, dry_run => true) WHERE outcome = 'gone'),
	(SELECT count(*) FROM hcc_coefficient WHERE model_version = 'V28'
		AND segment IN ('NE', 'SNPNE')), 'the other segments are not gone');

----------------------------------------------------------------------
-- What the formats say
----------------------------------------------------------------------
SELECT set_eq($$ SELECT 'hccraf_load_' || format FROM hcc_load_format $$,
	$$ SELECT proname FROM pg_proc WHERE proname LIKE 'hccraf\_load\_%' $$,
	'each format has its function');
SELECT is_empty($$ SELECT format FROM hcc_load_format
	WHERE shape = 'text' AND (record IS NULL OR sample !~* record OR hint IS NULL) $$,
	'samples are like their records');
SELECT is_empty($$ SELECT format FROM hcc_load_format
	WHERE (shape = 'table') <> (columns IS NOT NULL) $$, 'tables have columns');

----------------------------------------------------------------------
-- Round trip: V28 in CMS's shapes, into another name
----------------------------------------------------------------------
CREATE FUNCTION pg_temp.quoted(VARIADIC f text[]) RETURNS text LANGUAGE sql AS $$
	SELECT string_agg(CASE WHEN x ~ '[",]' THEN '"' || replace(x, '"', '""') || '"'
		ELSE COALESCE(x, '') END, ',' ORDER BY i) FROM unnest(f) WITH ORDINALITY u(x, i) $$;
INSERT INTO hcc_model (model_version, first_payment_year, last_payment_year, label, hcc_prefix,
	reference_segment, hierarchy_order)
	SELECT 'trip', 2026, 2026, label, hcc_prefix, reference_segment, hierarchy_order FROM hcc_model
	WHERE model_version = 'V28' AND 2026 BETWEEN first_payment_year AND last_payment_year;
INSERT INTO hcc_variable (model_version, variable, kind, label, age_min, age_max, sex, requires,
	forbids, months_min, months_max, count_min, count_max)
	SELECT 'trip', variable, kind, label, age_min, age_max, sex, requires, forbids, months_min,
		months_max, count_min, count_max FROM hcc_variable WHERE model_version = 'V28';
INSERT INTO hcc_segment (model_version, segment, priority, label, age_min, age_max,
	requires, forbids)
	SELECT 'trip', segment, priority, label, age_min, age_max, requires, forbids FROM hcc_segment
	WHERE model_version = 'V28';
INSERT INTO hcc_age_rule (model_version, age, orec, scored_age, applies_to)
SELECT 'trip', age, orec, scored_age, applies_to FROM hcc_age_rule WHERE model_version = 'V28';
INSERT INTO hcc_prerequisite (model_version, hcc_code, requires_any) SELECT 'trip', hcc_code,
	requires_any FROM hcc_prerequisite WHERE model_version = 'V28';
INSERT INTO file
SELECT 'trip hierarchies', E'HCC,' || (SELECT string_agg('SecondaryHCC_' || i, ',' ORDER BY i)
	FROM generate_series(1, 10) i) || E'\n' || string_agg(line, E'\n' ORDER BY random())
FROM (SELECT 'HCC' || g.hcc_code || ',' || COALESCE(string_agg('HCC' || x.subordinate_hcc, ','
	ORDER BY random()), '') || repeat(',', 10 - greatest(count(x.id), 1)::int) AS line
	FROM hcc_category g LEFT JOIN hcc_hierarchy x ON x.model_version = 'V28'
		AND x.superior_hcc = g.hcc_code WHERE g.model_version = 'V28' GROUP BY g.hcc_code) q
UNION ALL
SELECT 'trip groups', 'diag_category,' || (SELECT string_agg('hcc_' || i, ',' ORDER BY i)
	FROM generate_series(1, 20) i) || E'\n' || string_agg(group_name || ',HCC'
		|| array_to_string(hcc_codes, ',HCC') || repeat(',', 20 - cardinality(hcc_codes)), E'\n')
FROM hcc_group WHERE model_version = 'V28'
UNION ALL
SELECT 'trip interactions', E'interaction,var_1,var_2,var_3\n' || string_agg(interaction_name || ','
	|| regexp_replace(array_to_string(hcc_combinations, ','), '\m(\d+)\M', 'HCC\1', 'g')
	|| ',', E'\n')
FROM hcc_interaction WHERE model_version = 'V28'
UNION ALL
SELECT 'trip coefficients', E'Variable,Label,CNA,CPA,CFA,CND,CPD,CFD,INSTITUTIONAL,NE,NE_SNP\n'
	|| string_agg(pg_temp.quoted(variable, label, v[1], v[2], v[3], v[4], v[5], v[6], v[7], v[8],
		v[9]), E'\n' ORDER BY random())
FROM (SELECT variable, min(g.label) AS label, ARRAY(SELECT (SELECT trim_scale(y.coefficient)::text
	FROM hcc_coefficient y WHERE y.model_version = 'V28' AND y.calibration = k.calibration
		AND y.segment = s AND y.variable = k.variable)
		FROM unnest('{CNA,CPA,CFA,CND,CPD,CFD,INS,NE,SNPNE}'::text[]) WITH ORDINALITY u(s, i)
		ORDER BY i) AS v
	FROM hcc_coefficient k LEFT JOIN hcc_category g ON g.model_version = 'V28'
		AND 'HCC' || g.hcc_code = k.variable
	WHERE k.model_version = 'V28' AND k.calibration = 'V28_2024' GROUP BY k.calibration, variable) c
UNION ALL
-- Where an edit is, the base holds for the ages and the sex that no edit names.
SELECT 'trip mappings', E'SEX_EDIT_CONDITION,ICD10,CC,MCE_AGE_CONDITION,AGE_EDIT_CONDITION\r\n'
	|| string_agg(sex || ',' || icd10_code || ',' || hcc || '.0,' || mce || ',' || ages,
		E'\r\n' ORDER BY random())
FROM (SELECT x.icd10_code, c.hcc, CASE WHEN lo > 0 AND hi IS NULL THEN 'age >= ' || lo WHEN hi
	IS NOT NULL THEN COALESCE(lo, 0) || ' <= age <= ' || hi ELSE '' END AS mce, c.ages, c.sex
	FROM hcc_crosswalk x
		LEFT JOIN LATERAL (SELECT max(age_max + 1) FILTER (WHERE age_min = 0) AS lo,
			min(age_min - 1) FILTER (WHERE age_max IS NULL) AS hi
			FROM hcc_dx_edit e WHERE e.model_version = 'V28' AND e.icd10_code = x.icd10_code
				AND edit_kind = 'mce' AND 2026 BETWEEN effective_year AND expiry_year) m ON true
		LEFT JOIN hcc_dx_edit e ON e.model_version = 'V28' AND e.icd10_code = x.icd10_code
			AND e.edit_kind = 'mandatory' AND 2026 BETWEEN e.effective_year AND e.expiry_year
		CROSS JOIN LATERAL (
			SELECT x.hcc_code AS hcc, CASE WHEN e.age_min = 0 THEN 'age >= ' || e.age_max + 1
				WHEN e.age_min > 0 THEN 'age < ' || e.age_min ELSE '' END AS ages,
				CASE e.sex WHEN 'F' THEN '1.0' WHEN 'M' THEN '2.0' ELSE '' END AS sex
			UNION ALL
			SELECT e.hcc_code, CASE WHEN e.age_min = 0 THEN 'age < ' || e.age_max + 1
				WHEN e.age_min > 0 THEN 'age >= ' || e.age_min ELSE '' END,
				CASE e.sex WHEN 'F' THEN '2.0' WHEN 'M' THEN '1.0' ELSE '' END
			WHERE e.action = 'reassign') c
	WHERE x.model_version = 'V28' AND 2026 BETWEEN x.effective_year AND x.expiry_year) q;
SELECT is((SELECT string_agg(r.detail, ', ')
	FROM file, hccraf_load_hierarchies(content, 'trip', 2026) r WHERE name = 'trip hierarchies'
		AND outcome = 'unusable' AND (n > 0 OR n IS NULL)), NULL, 'round trip: hierarchies');
SELECT is((SELECT string_agg(r.detail, ', ') FROM file, hccraf_load_groups(content, 'trip', 2026) r
	WHERE name = 'trip groups' AND outcome = 'unusable' AND (n > 0 OR n IS NULL)), NULL,
	'round trip: groups');
SELECT is((SELECT string_agg(r.detail, ', ')
	FROM file, hccraf_load_interactions(content, 'trip', 2026) r WHERE name = 'trip interactions'
		AND outcome = 'unusable' AND (n > 0 OR n IS NULL)), NULL, 'round trip: interactions');
SELECT is((SELECT string_agg(r.detail, ', ') FROM file,
	hccraf_load_coefficients(content, 'trip', 'V28_2024', 2026) r WHERE name = 'trip coefficients'
		AND outcome = 'unusable' AND (n > 0 OR n IS NULL)), NULL, 'round trip: coefficients');
SELECT is((SELECT string_agg(r.detail, ', ')
	FROM file, hccraf_load_mappings(content, 'trip', 2026) r WHERE name = 'trip mappings'
		AND outcome = 'unusable' AND (n > 0 OR n IS NULL)), NULL, 'round trip: mappings');
SELECT set_eq(format(q, 'trip'), format(q, 'V28'), 'round trip: ' || what) FROM (VALUES
	('HCCs and labels', 'SELECT hcc_code, label FROM hcc_category WHERE model_version = %L'),
	('hierarchy',
		'SELECT superior_hcc, subordinate_hcc FROM hcc_hierarchy WHERE model_version = %L'),
	('groups', 'SELECT group_name, (SELECT array_agg(h '
		'ORDER BY h) FROM unnest(hcc_codes) h) FROM hcc_group WHERE model_version = %L'),
	('interactions', 'SELECT interaction_name, hcc_combinations, coefficient FROM hcc_interaction '
		'WHERE model_version = %L'),
	('coefficients', 'SELECT calibration, segment, variable, coefficient FROM hcc_coefficient '
		'WHERE model_version = %L'),
	('codes, with what is displayed beside them',
		'SELECT icd10_code, hcc_code, hcc_description, coefficient FROM hcc_crosswalk '
		'WHERE model_version = %L AND 2026 BETWEEN effective_year AND expiry_year'),
	('edits', 'SELECT icd10_code, edit_kind, sex, age_min, age_max, action, hcc_code
		FROM hcc_dx_edit e WHERE model_version = %1$L
			AND 2026 BETWEEN effective_year AND expiry_year
			AND EXISTS (SELECT FROM hcc_crosswalk x WHERE x.model_version = %1$L
				AND x.icd10_code = e.icd10_code
				AND 2026 BETWEEN x.effective_year AND x.expiry_year)')) v(what, q);
SELECT is(raf_score(codes, who, 'trip', 2026), raf_score(codes, who, 'V28', 2026),
	'round trip: a score')
FROM (VALUES ('{E1122,I509,N184}'::text[], beneficiary(72, 'F')),
	('{C50911}', beneficiary(45, 'F', orec => '1')),
	('{D66,J449}', beneficiary(17, 'F', orec => '1')),
	('{Z944,K7210,G931}', beneficiary(70, 'M', dual_status => '02')),
	('{}', beneficiary(67, 'M', orec => '1', dual_status => '02', new_enrollee => true))) v(codes,
		who);
-- Cut off after any line: never unnoticed where an HCC is lost
SELECT ok((SELECT bool_or(outcome = 'nothing loaded')
	FROM file, hccraf_load_mappings(left(content, length(content) - 3), 'trip', 2026)
	WHERE name = 'trip mappings'), 'a cut line');
SELECT ok((SELECT bool_or(outcome = 'nothing loaded')
	FROM hccraf_load_mappings((SELECT E'ICD10,CC,MCE_AGE_CONDITION,AGE_EDIT_CONDITION,'
		'SEX_EDIT_CONDITION\n' || string_agg(format('%s,%s,,,', icd10_code, hcc_code), E'\n')
	FROM (SELECT * FROM hcc_crosswalk WHERE model_version = 'trip' ORDER BY icd10_code
		LIMIT 8000) c), 'trip', 2026)), 'a cut file lacks the HCCs of the last codes');

----------------------------------------------------------------------
-- Who may
----------------------------------------------------------------------
CREATE ROLE hccraf_test_loader;
SELECT is_empty($$ SELECT p.oid::regprocedure FROM pg_proc p JOIN pg_depend d ON d.objid = p.oid
	AND d.classid = 'pg_proc'::regclass AND d.deptype = 'e'
	WHERE p.provolatile = 'v' AND p.proname ~ '^(hccraf|hcc)_load_' AND has_function_privilege(
		'hccraf_test_loader', p.oid, 'EXECUTE') $$, 'nobody may load without a grant');
SET LOCAL ROLE hccraf_test_loader;
SELECT throws_ok($$ SELECT hccraf_load_mappings('x', 'demo', 2029) $$, '42501');
RESET ROLE;

SELECT * FROM finish();
ROLLBACK;
