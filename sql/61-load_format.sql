----------------------------------------------------------------------
-- What CMS publishes, as rows: the shapes of files that can be loaded, the
-- names in them that differ from ours, and which files have been loaded.
--
-- A file becomes records (the fields of a line), records become items (what a
-- line says for a table, or why it cannot be used), and items become rows. A
-- shape of file is a row of hcc_load_format; what is particular to a table is
-- in the functions of its name.
----------------------------------------------------------------------
CREATE TABLE @extschema@.hcc_release (
	model_version text NOT NULL,
	payment_year integer NOT NULL,
	kind text NOT NULL,
	source text,
	release_date date,
	checksum text NOT NULL,
	rows bigint NOT NULL,
	loaded_at timestamptz NOT NULL DEFAULT now(),
	custom boolean NOT NULL DEFAULT true,
	PRIMARY KEY (model_version, payment_year, kind, checksum)
);
COMMENT ON TABLE @extschema@.hcc_release IS
	'The files that loaders have loaded: what, for which model and year, and its SHA-256.';
COMMENT ON COLUMN @extschema@.hcc_release.model_version IS
	'Empty for lists of procedures and of diagnosis codes, which have no model.';
COMMENT ON COLUMN @extschema@.hcc_release.payment_year IS
	'Of procedures the service year, of diagnosis codes the fiscal year.';
COMMENT ON COLUMN @extschema@.hcc_release.kind IS
	'The row of hcc_load_format; for coefficients also the calibration.';
COMMENT ON COLUMN @extschema@.hcc_release.checksum IS
	'SHA-256 of the text as UTF-8, as sha256sum prints it for a file in UTF-8.';
COMMENT ON COLUMN @extschema@.hcc_release.rows IS 'The lines used.';

CREATE TABLE @extschema@.hcc_load_format (
	format text PRIMARY KEY,
	is_a text NOT NULL,
	targets text[] NOT NULL,
	shape text NOT NULL CHECK (shape IN ('table', 'pairs', 'text')),
	columns text[],
	more text,
	in_spreadsheet boolean NOT NULL DEFAULT false,
	begins text,
	record text,
	heading text,
	sample text,
	subject text,
	key_is text,
	key_pattern text,
	value_is text,
	value_pattern text,
	least integer NOT NULL DEFAULT 0,
	compared text NOT NULL,
	hint text
);
COMMENT ON TABLE @extschema@.hcc_load_format IS
	'The shapes of files that can be loaded, one for each function hccraf_load_...';
COMMENT ON COLUMN @extschema@.hcc_load_format.is_a IS 'What a file of this shape is, for messages.';
COMMENT ON COLUMN @extschema@.hcc_load_format.targets IS
	'What its lines speak of, first what is compared with the year before.';
COMMENT ON COLUMN @extschema@.hcc_load_format.shape IS
	'table: CSV with a header; pairs: CSV of a line of names and one of values; text: by patterns.';
COMMENT ON COLUMN @extschema@.hcc_load_format.columns IS
	'Titles of a table in the order in which they are read; those with ? may be missing.';
COMMENT ON COLUMN @extschema@.hcc_load_format.more IS
	'Pattern of further titles of a table; of text: what separates the elements of the last field.';
COMMENT ON COLUMN @extschema@.hcc_load_format.in_spreadsheet IS
	'Whether lines may be above the header, and notes below the table.';
COMMENT ON COLUMN @extschema@.hcc_load_format.begins IS
	'Of text: pattern of the beginning of a record; NULL: each line is one.';
COMMENT ON COLUMN @extschema@.hcc_load_format.record IS
	'Of text: pattern of a record, with its fields in parentheses.';
COMMENT ON COLUMN @extschema@.hcc_load_format.heading IS
	'Of text: pattern of records that are only headings of others.';
COMMENT ON COLUMN @extschema@.hcc_load_format.sample IS 'A record that is as it should be.';
COMMENT ON COLUMN @extschema@.hcc_load_format.subject IS 'What a line is about, for messages.';
COMMENT ON COLUMN @extschema@.hcc_load_format.key_is IS 'What the first field is, for messages.';
COMMENT ON COLUMN @extschema@.hcc_load_format.key_pattern IS 'What the first field is like.';
COMMENT ON COLUMN @extschema@.hcc_load_format.value_is IS
	'What the other fields are, for messages.';
COMMENT ON COLUMN @extschema@.hcc_load_format.value_pattern IS 'What the second field is like.';
COMMENT ON COLUMN @extschema@.hcc_load_format.least IS 'How many other fields a record needs.';
COMMENT ON COLUMN @extschema@.hcc_load_format.compared IS
	'With what the report compares: %1$s is the year before, %2$s its calibration.';
COMMENT ON COLUMN @extschema@.hcc_load_format.hint IS 'What to do with a file that is none.';

-- Files of the software packages
INSERT INTO @extschema@.hcc_load_format (format, is_a, targets, shape, columns, more,
	subject, key_is, key_pattern, value_is, least, compared)
VALUES
	('hierarchies', 'file of hierarchies', '{hierarchy,category}', 'table',
		'{HCC,SecondaryHCC_1}', 'secondaryhcc_\d+',
		'HCC', 'HCC', '.', 'HCC', 0, 'the model as it was'),
	('groups', 'file of groups', '{group}', 'table', '{diag_category,hcc_1}', 'hcc_\d+',
		'group', 'name of a group', '^\w{1,60}$', 'HCC of the model', 1,
		'the model as it was (groups that the file lacks stay)'),
	('interactions', 'file of interactions', '{interaction}', 'table',
		'{interaction,var_1,var_2}', 'var_\d+',
		'interaction', 'name of an interaction', '^\w{1,60}$',
		'HCC, group or helper variable of the model', 2,
		'the model as it was (interactions that the file lacks stay)'),
	('coefficients', 'file of coefficients', '{coefficient,calibration}', 'table',
		'{Variable,Label?,Score?}', '.+', NULL, NULL, NULL, NULL, 0,
		'calibration "%2$s" of payment year %1$s'),
	('mappings', 'file of mappings', '{crosswalk,edit}', 'table',
		'{ICD10,CC,MCE_AGE_CONDITION,AGE_EDIT_CONDITION?,SEX_EDIT_CONDITION?}', NULL,
		'code', NULL, NULL, NULL, 0, 'payment year %1$s');

-- Spreadsheets, saved as CSV
INSERT INTO @extschema@.hcc_load_format (format, is_a, targets, shape, columns, more,
	in_spreadsheet, subject, key_is, key_pattern, value_is, value_pattern, compared)
VALUES
	('icd10_mapping_table', 'mapping table', '{crosswalk}', 'table',
		'{Diagnosis Code,Description}', '(?:cms-hcc|rx ?hcc) .*model.*', true,
		'code', NULL, NULL, NULL, NULL, 'payment year %1$s'),
	('procedures', 'list of procedures', '{procedure}', 'table',
		'{HCPCS/CPT Code,Short Description}', 'in cy ?\d{4} included list\?', true,
		'code', 'CPT or HCPCS code', '^[0-9A-Z][0-9]{3}[0-9A-Z]$', 'yes or no', '^(yes|no)$',
		'service year %1$s');

-- Texts: those of the SAS software, and the lists of diagnosis codes. In the
-- format text, D marks a code that an earlier line has with another HCC. A list
-- of diagnosis codes is plain, or the order file, which has columns: a number,
-- the code, whether it is valid (1) or heads others (0), two descriptions.
INSERT INTO @extschema@.hcc_load_format (format, is_a, targets, shape, more, begins, record,
	heading, sample, subject, key_is, key_pattern, value_is, value_pattern, compared, hint)
VALUES
	('sas_format', 'SAS format text', '{crosswalk}', 'text', NULL, NULL,
		'^[ \t]*([A-Z][0-9][0-9A-Z.]{1,6})[ \t]+([0-9A-Z.]+)(?:[ \t]+D)?[ \t]*$', NULL, 'A000 1',
		'code', NULL, NULL, NULL, NULL, 'payment year %1$s',
		'hccraf_load_mappings reads the CSV files of the software packages.'),
	('sas_labels', 'SAS label macro', '{category}', 'text', NULL, '\m(?:RX)?HCC\d+\s*=',
		'^(?:RX)?HCC0*(\d{1,5})\s*=\s*(?:"((?:[^"]|"")*)"|''([^'']*)'')',
		NULL, 'HCC1 = "HIV/AIDS"', 'HCC', 'HCC', '.', 'label', NULL,
		'the model as it was (labels of shipped HCCs stay)',
		'hccraf_load_coefficients takes labels from the CSV files of the software packages.'),
	('sas_hierarchy', 'SAS hierarchy macro', '{hierarchy}', 'text', '[\s,]+', '%SET0(?=\s*\()',
		'^%SET0\s*\(\s*CC\s*=\s*0*(\d{1,5})\s*,\s*HIER\s*=\s*%STR\s*\(\s*'
			'(\d{1,5}(?:[\s,]+\d{1,5})*)[\s,]*\)\s*\)\s*(?:;|$)',
		NULL, '%SET0(CC=17, HIER=%STR(18, 19));', 'HCC', 'HCC', '.', 'HCC', NULL,
		'the model as it was',
		'hccraf_load_hierarchies reads the CSV files of the software packages.'),
	('icd10', 'list of diagnosis codes', '{icd10}', 'text', NULL, NULL,
		'^(?:\d{5} (.{7}) ([01]) (.*)|[ \t]*([A-Z]\S*)[ \t]+(\S.*))$',
		'^\d{5} .{7} 0 ', 'A000 Cholera due to Vibrio cholerae 01, biovar cholerae',
		'code', 'diagnosis code', '^[A-Z][0-9][0-9A-Z]{1,5}$', 'description', '\S',
		'fiscal year %1$s', 'Give icd10cm_codes_*.txt or icd10cm_order_*.txt as it is.');

INSERT INTO @extschema@.hcc_load_format (format, is_a, targets, shape, sample, compared, hint)
VALUES
	('sas_coefficients', 'SAS coefficient file', '{coefficient,calibration}', 'pairs',
		'CNA_HCC19, CNA_HCC20 in one line and 0.1, 0.2 in the next',
		'calibration "%2$s" of payment year %1$s',
		'hccraf_load_coefficients reads the CSV files of the software packages.');

-- A rule applies to a whole name, in either case, and only if the model has
-- what it leads to.
CREATE TABLE @extschema@.hcc_load_rule (
	kind text NOT NULL
		CHECK (kind IN ('column', 'segment', 'variable', 'score', 'group', 'mapping column')),
	in_file text NOT NULL,
	name text NOT NULL,
	note text,
	custom boolean NOT NULL DEFAULT true,
	PRIMARY KEY (kind, in_file, name)
);
COMMENT ON TABLE @extschema@.hcc_load_rule IS
	'Names in published files that differ from the model''s own.';
COMMENT ON COLUMN @extschema@.hcc_load_rule.kind IS 'Of what it is a name, see doc/load.md.';
COMMENT ON COLUMN @extschema@.hcc_load_rule.in_file IS
	'Regular expression for the whole name in the file.';
COMMENT ON COLUMN @extschema@.hcc_load_rule.name IS
	'The name that it stands for; \1 is what the first parentheses matched.';
COMMENT ON COLUMN @extschema@.hcc_load_rule.note IS
	'Of a segment: the file it is in, whose segments come together or not at all.';

INSERT INTO @extschema@.hcc_load_rule (kind, in_file, name, note, custom)
SELECT kind, in_file, name, note, false FROM (VALUES
	('column', 'Graft Duration', 'Variable', NULL),
	('column', 'New Enrollees', 'Label', NULL),
	('column', 'RXHCC', 'HCC', NULL),
	('column', 'SecondaryRxHCC_(\d+)', 'SecondaryHCC_\1', NULL),
	('segment', 'COMMUNITY_NA', 'CNA', 'Part C, continuing enrollees'),
	('segment', 'COMMUNITY_PBA', 'CPA', 'Part C, continuing enrollees'),
	('segment', 'COMMUNITY_FBA', 'CFA', 'Part C, continuing enrollees'),
	('segment', 'COMMUNITY_ND', 'CND', 'Part C, continuing enrollees'),
	('segment', 'COMMUNITY_PBD', 'CPD', 'Part C, continuing enrollees'),
	('segment', 'COMMUNITY_FBD', 'CFD', 'Part C, continuing enrollees'),
	('segment', 'INSTITUTIONAL', 'INS', 'Part C, continuing enrollees'),
	('segment', 'NE', 'NE', 'Part C, new enrollees'),
	('segment', 'NEW_ENROLLEE', 'NE', 'Part C, new enrollees'),
	('segment', 'NE_SNP', 'SNPNE', 'Part C, new enrollees'),
	('segment', 'DIAL', 'DI', 'ESRD, continuing enrollees'),
	('segment', 'GRAFT_COMM', 'GC', 'ESRD, continuing enrollees'),
	('segment', 'GRAFT_INST', 'GI', 'ESRD, continuing enrollees'),
	('segment', 'G_COMM_ND_PBD_GE65', 'GNPA', 'ESRD, continuing enrollees'),
	('segment', 'G_COMM_ND_PBD_LT65', 'GNPN', 'ESRD, continuing enrollees'),
	('segment', 'G_COMM_FBD_GE65', 'GFA', 'ESRD, continuing enrollees'),
	('segment', 'G_COMM_FBD_LT65', 'GFN', 'ESRD, continuing enrollees'),
	('segment', 'DIAL_NE', 'DNE', 'ESRD, dialysis new enrollees'),
	('segment', 'GRAFT_NE', 'GNE', 'ESRD, graft new enrollees'),
	('segment', 'CE_NonLow_Aged', 'Rx_CE_NoLowAged', 'Part D, continuing enrollees'),
	('segment', 'CE_NonLow_NonAged', 'Rx_CE_NoLowNoAged', 'Part D, continuing enrollees'),
	('segment', 'CE_Low_Aged', 'Rx_CE_LowAged', 'Part D, continuing enrollees'),
	('segment', 'CE_Low_NonAged', 'Rx_CE_LowNoAged', 'Part D, continuing enrollees'),
	('segment', 'CE_LTI', 'Rx_CE_LTI', 'Part D, continuing enrollees'),
	('segment', 'NE_NonLow_Community', 'Rx_NE_NoLo', 'Part D, new enrollees'),
	('segment', 'NE_Low_Community', 'Rx_NE_Lo', 'Part D, new enrollees'),
	('segment', 'NE_LTI', 'Rx_NE_LTI', 'Part D, new enrollees'),
	('score', 'TRANSPLANT_.*', 'TRANSPLANT', 'ESRD, transplant'),
	('score', 'DUR(?:4_9|10PL)_(?:LT|GE)65', 'FG', 'ESRD, graft duration'),
	('score', '(?:LT65|GE65|PBD)_.*', 'FGC', 'ESRD, graft duration'),
	('score', '(?:FGI|LTI)_.*', 'FGI', 'ESRD, institutional graft'),
	('variable', 'DUR(4_9|10PL)_((?:LT|GE)65)', '\2_DUR\1', 'ESRD V21: parts in the other order'),
	('variable', 'FGI_(.*)', '\1', 'ESRD V24: the segment is in the name'),
	('variable', 'ART_OPENINGS_PRESSURE_ULCER(_V24)?', 'ART_OPENINGS_PRESS_ULCER\1',
		'SAS and Python packages differ'),
	('variable', 'ART_OPENINGS_PRESS_ULCER(_V24)?', 'ART_OPENINGS_PRESSURE_ULCER\1',
		'SAS and Python packages differ'),
	('variable', '(\w+)', '\1_V28', 'V28: names of interactions in the SAS software'),
	('variable', 'grespDepandArre_gCopdCF', 'gRespDepandArre_gCopdCF', 'V23'),
	('variable', '(N?ESRD)_NOD_X_(.*)', '\1_NORIGDIS_X_\2',
		'Part D: SAS and Python packages differ'),
	('variable', '(N?ESRD)_NORIGDIS_X_(.*)', '\1_NOD_X_\2',
		'Part D: SAS and Python packages differ'),
	('variable', '(N?ESRD)_OD_X_(.*)', '\1_ORIGDIS_X_\2', 'Part D: SAS and Python packages differ'),
	('variable', 'ORIGDS', 'ORIGDIS', 'SAS and Python packages differ'),
	('variable', 'ORIGDIS', 'ORIGDS', 'SAS and Python packages differ'),
	('variable', 'ORIGDS', 'OD65', 'Part D, institutional: SAS and Python packages differ'),
	('group', 'gSubstanceUseDisorder(?:_V\d+)?', 'gSubstanceUse', 'ESRD V24'),
	('group', 'gSubstanceAbuse', 'gSubstanceUse', 'V22'),
	('group', '(RENAL|gPsychiatric)_V\d+', '\1', 'ESRD V24'),
	('mapping column', 'CMS-HCC ESRD Model Category V(\d+)', 'ESRD_V\1', NULL),
	('mapping column', 'CMS-HCC Model Category V(\d+)', 'V\1', NULL),
	('mapping column', 'Rx ?HCC Model Category V(\d+)', 'RX_V\1', NULL)
) r(kind, in_file, name, note);

DO $$
BEGIN
	PERFORM pg_catalog.pg_extension_config_dump('@extschema@.hcc_release'::regclass,
		'WHERE custom');
	PERFORM pg_catalog.pg_extension_config_dump('@extschema@.hcc_load_rule'::regclass,
		'WHERE custom');
END
$$;
GRANT SELECT ON @extschema@.hcc_release, @extschema@.hcc_load_format, @extschema@.hcc_load_rule
TO PUBLIC;

----------------------------------------------------------------------
-- What loaders hand to each other
----------------------------------------------------------------------
CREATE TYPE @extschema@.hcc_load_report AS (line integer, outcome text, detail text, n bigint);
COMMENT ON TYPE @extschema@.hcc_load_report IS
	'What loaders return: first the summary, then the unusable lines with their numbers.';

CREATE TYPE @extschema@.hcc_load_job AS (
	format @extschema@.hcc_load_format, content text, model text, payment_year integer,
	calibration text, source text, release_date date, dry_run boolean, skip_unusable boolean,
	hierarchy_order text, is_default boolean, model_column text);
COMMENT ON TYPE @extschema@.hcc_load_job IS 'Internal to loaders: what the caller wants.';

CREATE TYPE @extschema@.hcc_load_record AS (line integer, field text[], problem text);
COMMENT ON TYPE @extschema@.hcc_load_record IS 'Internal to loaders: a line of a file.';

CREATE TYPE @extschema@.hcc_load_file AS (
	title text[], record @extschema@.hcc_load_record[], headings bigint, note text);
COMMENT ON TYPE @extschema@.hcc_load_file IS
	'Internal to loaders: the records, with the titles of their fields as printed.';

CREATE TYPE @extschema@.hcc_load_item AS (
	line integer, target text, key text[], value text, problem text);
COMMENT ON TYPE @extschema@.hcc_load_item IS
	'Internal to loaders: what a line says of a target, or why it cannot be used.';

CREATE TYPE @extschema@.hcc_load_change AS (
	action text, id bigint, key text[], first integer, last integer);
COMMENT ON TYPE @extschema@.hcc_load_change IS
	'Internal to loaders: a row that holds in a range of years, and what happens to it.';
