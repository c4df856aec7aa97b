# Names are data. Whoever names a schema, a table, a provider, a model or an HCC
# may use any character, so every routine that takes one is called twice on the
# same population: once where names are plain, once where they are quotes, format
# directives, comment marks and pieces of SQL. The answers must be the same but
# for the names, and nothing in a name may run. A routine that takes names and
# has no call here fails the test.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

# C: answers are ordered alike, see plain()
my $node = PostgreSQL::Test::Cluster->new('main');
$node->init(extra => [ '--locale=C', '--encoding=UTF8' ]);
$node->append_conf('postgresql.conf', "shared_buffers = 64MB\ntimezone = UTC\nfsync = off");
$node->start;

# ---- names ----
# The number of a role takes the place of #; 23 bytes is the most that a segment may have.
my @solid = (q{'||public.canary()||'#}, q{$f$#$query$$$}, q{%I#%L%s%1$s%%}, "\\#\\n'\\",
	q{"#"",{a,b}}, "\xc3\x89#\xc3\xa9/*\xc3\x9f*/", q{#;--}, q[{#,"}], q{$body$#$ddl$$q$},
	q{CamelCase#'"}, q{#)||$1||(}, q{'#}, q{"#}, q{--#'});
my @blank = ("Tab\t#\ttab", q{a#'b c "D" }, q{ #; DROP TABLE x;--}, q{-- # /* '}, q{NULL # $1 %3$I},
	"line\n#'", q{'' # ""}, q{# $$ AS x, $$ }, @solid);
my @call_of_canary = (q{'||public.canary()||'#}, q{"||public.canary()||"#});
# An HCC of a recapture policy has no blanks; loaders take blanks as a spreadsheet would
# and identifiers of providers lose them where they are read.
my @solid_role = qw(h1 h2 h3 h4 h5 h6 h7 h8 seg3 var4 var5 p1 p2 p3 p4);
my @role = qw(schema whole_panel tuva_panel omop_panel viewed diagnoses demographics appointments specialties
	c1 c2 l1 l2 model model2 loaded cal cal2 seg1 seg2 prefix var1 var2 var3 helper
	g1 i1 i2 label program component policy spolicy rule because event actor reason owner channel
	state state2 role job seed source claim note event2 db user column);

sub hostile
{
	my ($turn) = @_;
	my %name;
	my $n = 10;
	for my $role (@role, @solid_role)
	{
		my $pool = $turn == 2 ? \@call_of_canary
			: (grep { $_ eq $role } @solid_role) ? \@solid : \@blank;
		($name{$role} = $pool->[ ($n + 9 * $turn) % @$pool ]) =~ s/#/$n/;
		$n++;
	}
	$name{schema} = q~S'"$query$%s\\ --/*,{;||public.canary()||'~ if $turn == 1;
	$name{whole_panel} .= "\xc3\xa9" x ((63 - length $name{whole_panel}) / 2);	# as long as can be
	# of an extension's schema PostgreSQL itself refuses quotes, dollars, backslashes and comments
	$name{extension} = $turn ? "Risk; \xc3\xa9, {x}" : q{pg risk||)(};
	return \%name;
}

# Plain names of the same length that sort alike
sub plain
{
	my ($hostile) = @_;
	my %name;
	my $n = 10;
	for my $role (sort { $hostile->{$a} cmp $hostile->{$b} } keys %$hostile)
	{
		my $name = 'k' . $n++;
		$name{$role} = $name . 'z' x (length($hostile->{$role}) - length($name));
	}
	return \%name;
}

# What an answer says, with roles in the place of names, in whatever quotes they are
sub without_names
{
	my ($answer, $name) = @_;
	my (%said, %said_in_json);
	for my $role (keys %$name)
	{
		my $raw = $name->{$role};
		(my $ident = $raw) =~ s/"/""/g;
		(my $literal = $raw) =~ s/'/''/g;
		$literal = $raw =~ /\\/ ? " E'" . ($literal =~ s/\\/\\\\/gr) . "'" : "'$literal'";
		for my $form ($raw, qq{"$ident"}, $literal)
		{
			$said{$form} = "<$role>";
			my $json = $form =~ s/(["\\])/\\$1/gr;
			$json =~ s/\t/\\t/g;
			$json =~ s/\n/\\n/g;
			$said_in_json{$json} = "<$role>";
		}
	}
	my ($any, $any_in_json) =
		map { join '|', map { quotemeta } sort { length $b <=> length $a } @$_ }
		[ keys %said ], [ keys %said_in_json ];
	# rows are JSON, errors are not
	$answer =~ s/^(\{.*)$|((?:^(?!\{).*\n?)+)/
		defined $1 ? $1 =~ s{($any_in_json)}{$said_in_json{$1}}gr
			: $2 =~ s{($any)}{$said{$1}}gr/gme;
	# plain names are not quoted where others are
	$answer =~ s/(\\?["'])(<\w+>)\1/$2/g;
	return $answer;
}

# ---- what is there before the calls ----
my $population = <<'EOS';
CREATE SEQUENCE public.called;
CREATE FUNCTION public.canary() RETURNS text LANGUAGE sql AS
	$$ SELECT nextval('public.called')::text $$;

INSERT INTO eligible_procedure (service_year, procedure_code)
SELECT y, '99213' FROM generate_series(2023, 2026) y;

-- a model
INSERT INTO hcc_model (model_version, first_payment_year, last_payment_year, label, hcc_prefix,
	reference_segment, source)
VALUES (:'model', 2024, 2027, :'label', :'prefix', :'seg1', :'source');
INSERT INTO hcc_calibration (model_version, calibration, first_payment_year, last_payment_year,
	is_default, program, note)
VALUES (:'model', :'cal', 2024, 2027, true, :'program', :'note'),
	(:'model', :'cal2', 2024, 2027, false, :'program', :'note');
CREATE TEMPORARY TABLE h (n int, hcc text, icd10 text);
INSERT INTO h VALUES (1, :'h1', 'E1122'), (2, :'h2', 'E119'), (3, :'h3', 'I509'),
	(4, :'h4', 'I5084'), (5, :'h5', 'J449'), (6, :'h6', 'N184'), (7, :'h7', 'F331'),
	(8, :'h8', 'C50911');
INSERT INTO hcc_category (model_version, hcc_code, label, is_chronic)
SELECT :'model', hcc, :'label' || n, n <> 8 FROM h;
INSERT INTO hcc_crosswalk (model_version, icd10_code, hcc_code, hcc_description)
SELECT :'model', icd10, hcc, :'label' || n FROM h;
INSERT INTO hcc_dx_edit (model_version, icd10_code, edit_kind, sex, action, hcc_code, source) VALUES
	(:'model', 'C50911', 'mandatory', 'M', 'invalid', NULL, :'source'),
	(:'model', 'F331', 'mandatory', 'M', 'reassign', :'h8', :'source');
INSERT INTO hcc_prerequisite (model_version, hcc_code, requires_any, source)
VALUES (:'model', :'h6', ARRAY[:'h1', :'h3', :'h7'], :'source');
INSERT INTO hcc_hierarchy (model_version, superior_hcc, subordinate_hcc)
VALUES (:'model', :'h1', :'h2'), (:'model', :'h4', :'h3');
INSERT INTO hcc_group (model_version, group_name, hcc_codes)
VALUES (:'model', :'g1', ARRAY[:'h1', :'h2']);
INSERT INTO hcc_variable (model_version, variable, kind, label, sex, age_min, count_min) VALUES
	(:'model', :'var1', 'demographic', :'label', 'F', 0, NULL),
	(:'model', :'var2', 'demographic', :'label', 'M', 0, NULL),
	(:'model', :'var3', 'count', :'label', NULL, NULL, 3),
	(:'model', :'helper', 'helper', :'label', NULL, 65, NULL);
INSERT INTO hcc_interaction (model_version, interaction_name, hcc_combinations) VALUES
	(:'model', :'i1', ARRAY[:'g1', :'prefix' || :'h3']),
	(:'model', :'i2', ARRAY[:'h5', :'helper']);
INSERT INTO hcc_segment (model_version, segment, priority, label, age_min) VALUES
	(:'model', :'seg1', 10, :'label', 65), (:'model', :'seg2', 20, :'label', NULL);
INSERT INTO hcc_coefficient (model_version, calibration, segment, variable, coefficient)
SELECT :'model', c.c, s.s, v.v, v.n * 0.1 + s.n * 0.01 + c.n * 0.001
FROM (SELECT :'prefix' || hcc, n FROM h UNION ALL VALUES (:'var1', 3.1), (:'var2', 2.9),
		(:'var3', 0.5), (:'i1', 1.5), (:'i2', 0.7)) v(v, n),
	(VALUES (:'seg1', 1), (:'seg2', 2)) s(s, n), (VALUES (:'cal', 1), (:'cal2', 5)) c(c, n);
INSERT INTO payment_component (component, label) VALUES (:'component', :'label');
INSERT INTO payment_year_parameter (payment_year, program, component, model_version, calibration,
	normalization_factor, coding_pattern_adjustment, blend_weight, source_note)
SELECT y, :'program', :'component', :'model', :'cal', 1.05, 0.059, 1, :'note'
FROM generate_series(2025, 2026) y;

-- policies, rules, states
INSERT INTO hcc_recapture_policy (policy, model_version, hcc_code, recapture_class, reason, source)
SELECT :'policy', v.* FROM (VALUES (:'model', :'h5', 'acute', :'reason', :'source'),
	(:'model', :'h3', 'lifelong', :'reason', :'source'), ('V28', '37', 'acute', :'reason', '')) v;
INSERT INTO specificity_policy (policy, second_review_from, evidence_dates)
VALUES (:'spolicy', 0, 3);
INSERT INTO two_way_rule (rule, icd10_prefixes, reason, source)
VALUES (:'rule', '{E11,J44}', :'because', :'source');
INSERT INTO hcc_gap_event_kind (event, effect, reason_required, label) VALUES
	(:'event', 'invalid', true, :'label'), (:'event2', 'none', false, :'label');
INSERT INTO work_state (kind, state, owner_role, next_states, sla_days, reason_required) VALUES
	('gap', 'new', :'role', ARRAY[:'state', 'cancelled'], 14, false),
	('gap', :'state', :'role', ARRAY[:'state2'], 5, true),
	('gap', :'state2', :'role', '{cancelled,closed}', NULL, false);
INSERT INTO encounter_rule (priority, verdict, claim_types, programs, note, source)
VALUES (25, 'odd_claim', ARRAY[:'claim'], ARRAY['MA', :'program'], :'note', :'source');

-- people, in tables with a column more than ours
ALTER TABLE :"schema".patient_demographic ADD COLUMN :"column" text DEFAULT 'x';
ALTER TABLE :"schema".patient_diagnosis_hcc ADD COLUMN :"column" text DEFAULT 'x';
ALTER TABLE :"schema".patient_hcc_score ADD COLUMN :"column" text DEFAULT 'x';
ALTER TABLE :"schema".patient_hcc_score_history ADD COLUMN :"column" text DEFAULT 'x';
CREATE FUNCTION pg_temp.chance(p integer, question text, of integer) RETURNS integer
LANGUAGE sql AS $$ SELECT (hashtext(question || p) & 2147483647) % of $$;
INSERT INTO :"schema".patient_demographic (patient_id, payment_year, date_of_birth, sex, orec,
	contract_id, plan_id, provider_npi, hospice, enrolled_months, known_at)
SELECT md5('p' || p)::uuid, y, b, (ARRAY['F', 'M'])[1 + p % 2],
	CASE WHEN b > '1959-01-01' THEN '1' ELSE '0' END,
	(ARRAY[:'c1', :'c2', NULL])[1 + pg_temp.chance(p, 'contract', 3)],
	(ARRAY[:'l1', :'l2', NULL])[1 + pg_temp.chance(p, 'plan', 3)],
	(ARRAY[:'p1', :'p2', :'p3', :'p4', NULL])[1 + pg_temp.chance(p, 'provider' || y / 2026, 5)],
	p % 15 = 0, 12 - p % 3, '2025-01-01'
FROM generate_series(1, 60) p, generate_series(2025, 2026) y,
	LATERAL (SELECT date '1935-01-01' + p * 180) d(b);
INSERT INTO :"schema".patient_diagnosis_hcc (id, patient_id, encounter_id, icd10_code,
	diagnosis_date, provider_npi, contract_id, claim_type, procedure_codes, modifiers,
	place_of_service, record_source, submission, known_at)
SELECT md5('d' || d)::uuid, md5('p' || pg_temp.chance(d, 'who', 60) + 1)::uuid,
	md5('e' || d / 3)::uuid, (ARRAY['E11.22', 'E119', 'I509', 'I5084', 'J449', 'N184', 'F331',
		'C50911', 'F32A', 'Z0000', 'I739', '$$%s'';--'])[1 + pg_temp.chance(d, 'code', 12)],
	date '2024-01-01' + pg_temp.chance(d, 'day', 730),
	(ARRAY[:'p1', :'p2', :'p3', :'p4', NULL])[1 + pg_temp.chance(d, 'by', 5)],
	(ARRAY[:'c1', :'c2', NULL, NULL])[1 + pg_temp.chance(d, 'contract', 4)],
	(ARRAY[NULL, NULL, 'professional', :'claim'])[1 + pg_temp.chance(d, 'claim', 4)],
	ARRAY['99213', CASE WHEN d % 30 = 0 THEN 'G0439' END], ARRAY[:'note', '95', NULL],
	CASE WHEN d % 9 = 0 THEN :'note' ELSE '11' END,
	(ARRAY['encounter', 'encounter', 'raps', 'unlinked_chart_review'])
		[1 + pg_temp.chance(d, 'source', 4)],
	(ARRAY[NULL, NULL, 'submitted', 'rejected', 'accepted'])[1 + pg_temp.chance(d, 'sent', 5)],
	timestamptz '2025-01-01' + pg_temp.chance(d, 'known', 360) * interval '1 day'
FROM generate_series(1, 500) d;
INSERT INTO :"schema".payment_rate (contract_id, payment_year, rate, source)
VALUES (:'c1', 2026, 1000, :'source'), (:'c2', 2026, 900, :'source'), ('', 2026, 800, 'x');

-- tables besides
CREATE TABLE :"schema".:"diagnoses" AS SELECT * FROM :"schema".patient_diagnosis_hcc
WHERE icd10_code <> 'I509';
CREATE VIEW :"schema".:"demographics" AS SELECT * FROM :"schema".patient_demographic
WHERE patient_id > '20000000-0000-0000-0000-000000000000';
CREATE TABLE :"schema".:"appointments" AS
SELECT patient_id, provider_npi, timestamp '2025-12-20 10:00' + interval '1 hour' AS appointment_at
FROM :"schema".patient_demographic WHERE payment_year = 2026;
CREATE TABLE :"schema".:"specialties" AS
SELECT v.* FROM (VALUES (:'p1', :'label'), (:'p2', :'label'), (:'p3', :'note'))
	v(provider_npi, specialty);
SELECT format('%I.%I', :'schema', :'diagnoses') AS diagnoses_table,
	format('%I.%I', :'schema', :'demographics') AS demographics_table,
	format('%I.%I', :'schema', :'appointments') AS appointments_table,
	format('%I.%I', :'schema', :'specialties') AS specialties_table \gset
SELECT id AS dx FROM :"schema".patient_diagnosis_hcc
WHERE icd10_code = 'I509' AND claim_type IS NULL AND diagnosis_date > '2025-01-01'
ORDER BY id LIMIT 1 \gset
SELECT id AS odd_dx FROM :"schema".patient_diagnosis_hcc
WHERE claim_type = :'claim' AND diagnosis_date > '2025-01-01' ORDER BY id LIMIT 1 \gset
SELECT md5('p3')::uuid AS p \gset
INSERT INTO :"schema".patient_enrollment
VALUES (:'p', :'c1', :'note', '2025-01-01', '2026-12-31', '1955-05-05', 'F', 'gold', '01');

-- pg_cron's interface, for what it is asked to run
SET allow_system_table_mods = on;
INSERT INTO pg_extension (oid, extname, extowner, extnamespace, extrelocatable, extversion)
SELECT 4200000000, 'pg_cron', extowner, extnamespace, false, '0' FROM pg_extension LIMIT 1;
RESET allow_system_table_mods;
CREATE SCHEMA cron;
CREATE TABLE cron.job (jobid bigserial, jobname text, schedule text, command text,
	database text DEFAULT 'x', username text DEFAULT current_user, active boolean DEFAULT true);
CREATE TABLE cron.job_run_details (jobid bigint, runid bigint, start_time timestamptz,
	end_time timestamptz, status text, return_message text);
CREATE FUNCTION cron.schedule(text, text, text) RETURNS bigint LANGUAGE sql AS $$
	INSERT INTO cron.job (jobname, schedule, command) VALUES ($1, $2, $3) RETURNING jobid $$;
CREATE FUNCTION cron.unschedule(text) RETURNS boolean LANGUAGE sql AS $$
	DELETE FROM cron.job WHERE jobname = $1 RETURNING true $$;
EOS

# ---- the calls ----
# Of which routine, what, and more: first, before there are people; see, what to look at
# afterwards; any_order, for answers that are ordered by names among ours; loose, of which only
# the number of rows is the same; empty, with no row; fails, with an error.
my @call;
# What is told IN_PANEL is called in the panel's schema.
sub call
{
	my ($of, $sql, %more) = @_;
	my ($name) = $of =~ /^(\w+)/;
	$sql =~ s/\b$name\(/:"schema".$name(/g if $sql =~ s/(?:, )?\bIN_PANEL\b//g;
	push @call, { of => $of, sql => $sql, %more };
}
sub from { my ($of, $arguments, %more) = @_; call($of, "SELECT * FROM $of($arguments)", %more) }

my $in = 'IN_PANEL';
my $people = q{'{E1122,I509,J449,C50911}'};
my $who = q{beneficiary(70, 'F')};

call('hccraf_setup', q{SELECT hccraf_setup(:'schema')}, first => 1);
call('hccraf_setup', q{SELECT hccraf_setup(:'schema')}, first => 1);
call('track_changes', "SELECT track_changes($in)", first => 1);

call('schedule_scoring', "SELECT schedule_scoring('0 0 1 1 *', $in)", first => 1, fails => 1);
call('hcc_check_schema', q{SELECT hcc_check_schema(:'schema')});
call('hcc_check_schema_owner', q{SELECT hcc_check_schema_owner(:'schema')}, empty => 1);
call('hcc_refuse_panel', q{SELECT hcc_refuse_panel(:'schema', '0')}, fails => 1);
call('hcc_panel_current', q{SELECT hcc_panel_current(:'schema', '0')}, fails => 1);
call('hcc_id_type', q{SELECT hcc_id_type(:'schema', :'diagnoses', 'id', 'uuid')});
call('hcc_panel_words', q{SELECT hcc_panel_words(:'schema', 'uuid', 'uuid', 'uuid', false) - 'panel_name'
	- 'panel' AS words});
call('hcc_check_columns', q{SELECT hcc_check_columns((:'diagnoses_table')::regclass, E'\tid uuid,\n')});
call('hcc_check_columns', q{SELECT hcc_check_columns((:'diagnoses_table')::regclass, E'\tiq uuid,\n')},
	fails => 1);
call('hcc_check_distributed', q{SELECT hcc_check_distributed((:'diagnoses_table')::regclass)});
call('hcc_check_own', q{SELECT hcc_check_own((:'diagnoses_table')::regclass)});
call('hcc_check_source', q{SELECT hcc_check_source((:'diagnoses_table')::regclass, '{"id": null}')});
call('hcc_check_source', q{SELECT hcc_check_source((:'appointments_table')::regclass,
	jsonb_build_object(:'note', null, 'id', 'uuid'))}, fails => 1);
from('hcc_specialty', q{(:'specialties_table')::regclass}, any_order => 1);
call('hcc_run_lock', q{SELECT hcc_run_lock(format('%I.hcc_run', :'schema')::regclass)});
call('hcc_run_lock_holder', q{SELECT hcc_run_lock_holder(format('%I.hcc_run', :'schema')::regclass)
	= pg_backend_pid() AS mine, hcc_run_unlock() AS given_back});
call('hcc_table_lock', q{SELECT hcc_table_lock((:'diagnoses_table')::regclass)});
call('hcc_setup_table', q{SELECT hcc_setup_table(t, 'CREATE TABLE ' || t || E' (\n\ta text)', 1),
	hcc_setup_table(t, 'CREATE TABLE ' || t || E' (\n\ta text)', 1)
	FROM format('%I.%I', :'schema', :'note') t});
call('hcc_setup_index', q{SELECT hcc_setup_index(i, t, s), hcc_setup_index(i, t, s)
	FROM format('%I.%I', :'schema', :'note') t, format('%I.%I', :'schema', 'i' || :'note') i,
		format('CREATE INDEX %I ON %s (a)', 'i' || :'note', t) s});
call('hcc_setup_routine', q{SELECT hcc_setup_routine(:'schema', f, 'CREATE FUNCTION ' || f
	|| ' RETURNS integer LANGUAGE sql RETURN 1', true, NULL)
	FROM format('%I.%I()', :'schema', :'note') f});
call('hcc_check_no_type', q{SELECT hcc_check_no_type(format('%I.%I', :'schema', 'no' || :'note'))});
call('hcc_namesakes', q{SELECT count(*) FROM hcc_namesakes(:'schema')});
call('hcc_check_called', q{SELECT hcc_check_called(:'schema')});
call('hcc_panel_text', q{SELECT hcc_panel_text('@panel@.x', jsonb_build_object('panel', :'note'))});
call('hcc_panel_routines', q{SELECT count(*) FROM hcc_panel_routines(:'schema')});
# what an update does to a panel, and setup after it
call('hcc_release_panel', q{SELECT hcc_release_panel(:'schema')});
call('hcc_setup_again', q{SELECT hcc_setup_again(:'schema')});
call('hcc_drop_obsolete', q{SELECT count(*) FROM jsonb_object_keys(hcc_drop_obsolete(:'schema',
	hcc_panel_words(:'schema', 'uuid', 'uuid', 'uuid', false)))});
from('hccraf_panels', '');

# models
for my $model (q{:'model'}, q{'V28'})
{
	my ($cal, $hcc) = $model eq q{'V28'} ? (q{'V28_2024'}, q{'226'}) : (q{:'cal2'}, q{:'h3'});
	my $m = "$model, 2026";
	call('hccraf_model_year', "SELECT hccraf_model_year($model)");
	from('hccraf_model_calibrations', "$m");
	call('hccraf_fingerprint', "SELECT hccraf_fingerprint($m, $cal) IS NOT NULL");
	call('hccraf_checksum', "SELECT hccraf_checksum($m) IS NOT NULL");
	call('icd_has_any_hcc', "SELECT icd_has_any_hcc('I50.9', ARRAY[$model], 2026)");
	call('hcc_check_gap_arguments', "SELECT hcc_check_gap_arguments(2025, $model, NULL, 2, :'policy')");
	call('hcc_nearest_year', "SELECT hcc_nearest_year($model, 2050)");
	call('hcc_year_hint', "SELECT hcc_year_hint(2050, $model)");
	call('hccraf_coefficients', "SELECT * FROM hccraf_coefficients($m, $cal)
		ORDER BY segment, coefficient, variable LIMIT 200");
	call('hccraf_check_model', "SELECT * FROM hccraf_check_model($m) 
		WHERE check_name NOT IN ('fingerprint', 'changed since release')");
	call('icd_to_hcc', "SELECT icd_to_hcc('I50.9', $m)");
	call('icd_has_hcc', "SELECT icd_has_hcc('I50.9', $m)");
	call('apply_hierarchy', "SELECT apply_hierarchy(ARRAY[$hcc], $m)");
	call('raf_segment', "SELECT raf_segment($who, $m)");
	call('raf_csr_factor', "SELECT raf_csr_factor($who, $m)");
	call('raf_metal_scores', "SELECT raf_metal_scores($people, $who, $m)");
	call('raf_segment_fits', "SELECT raf_segment_fits($who, $m)");
	for my $type ('text[]', 'icd10_set')
	{
		my $start = "${people}::$type, $who";
		call("raf_score($type,beneficiary,text,integer,text,boolean,text)",
			"SELECT raf_score($start, $m, $cal)");
		call("raf_explain($type,beneficiary,text,integer,text,boolean,text)",
			"SELECT * FROM raf_explain($start, $m, $cal)");
		call("raf_marginal($type,beneficiary,text,text,integer,text,boolean)",
			"SELECT raf_marginal($start, 'N18.4'::text, $m, $cal)");
		call("raf_marginal_hccs($type,beneficiary,text[],text,integer,text,boolean)",
			"SELECT raf_marginal_hccs($start, ARRAY[$hcc], $m, $cal)");
		call("raf_csr_score($type,beneficiary,text,integer,text,boolean)",
			"SELECT raf_csr_score($start, $m, $cal)");
	}
	call('raf_score_agg(text,date,text,text,beneficiary,text,integer)',
		"SELECT raf_score_agg(c, NULL, NULL, NULL, $who, $m) FROM unnest(${people}::text[]) c");
	my $arguments = '';
	my $types = 'text,beneficiary';
	for ([ $model, 'text' ], [ 2026, 'integer' ], [ $cal, 'text' ], [ 'true', 'boolean' ])
	{
		$arguments .= ", $_->[0]";
		$types .= ",$_->[1]";
		call("raf_score_agg($types)",
			"SELECT raf_score_agg(c, $who$arguments) FROM unnest(${people}::text[]) c");
	}
	call('raf_scores_of_models',
		"SELECT raf_scores_of_models($people, $who, ARRAY['V24', $model], 2025)");
	from('raf_shapley', "'{J449}', $who, ARRAY[$hcc], $m");
	from('hcc_recapture_class', "$model, :'policy'");
	# programs
	my ($program, $component) = $model eq q{'V28'} ? ("'MA'", "'part_c'")
		: (q{:'program'}, q{:'component'});
	for my $type ('text[]', 'icd10_set')
	{
		my $paid = "${people}::$type, $who, 2026, $program, $component";
		my $types = "$type,beneficiary,integer,text,text,boolean,boolean,numeric";
		call("raf_payment($types)", "SELECT raf_payment($paid)");
		call("raf_payment_explain($types)", "SELECT * FROM raf_payment_explain($paid)");
	}
	call('raf_scores',
		"SELECT * FROM raf_scores($people, $who, 2026, ARRAY[$program])");
	from('raf_gaps', "ARRAY[$people]::icd10_set[], '{J449}', $who, 2026,
		$model, $program, $component, ignored_hccs => ARRAY[$hcc]");
	call('raf_payment_or', "SELECT raf_payment_or(NULL, $people, $who, 2026, $program)");
	call('encounter_verdict', "SELECT encounter_verdict(2026, $program, 'I509', '2025-02-02',
		:'claim', NULL, ARRAY[:'note'], ARRAY[:'note'], :'note', 'encounter',
		NULL, NULL, true, false)");
	call('encounter_filter_fingerprint',
		"SELECT encounter_filter_fingerprint(2026, $program) IS NOT NULL");
	call('hcc_leading_model', "SELECT hcc_leading_model(2026, $program)");
	from('hcc_run_models', "2026, ARRAY[$program]");
	call('hcc_run_fingerprints', "SELECT k, count(*)
		FROM jsonb_each(hcc_run_fingerprints(2026, ARRAY[$program], '{2025}')) j(k, v) GROUP BY k
		UNION ALL SELECT k, 1 FROM jsonb_object_keys(hcc_run_fingerprints(2026, ARRAY[$program],
			'{2025}') -> 'models') k");
}
call('hcc_market_fingerprints',
	q{SELECT k FROM jsonb_object_keys(hcc_market_fingerprints('HHS_V08', 2025)) k});
call('hcc_market_model', 'SELECT hcc_market_model(2025)');
call('hcc_market_discharge_statuses', 'SELECT hcc_market_discharge_statuses(2025)');
call('hcc_discharge_status', q{SELECT hcc_discharge_status(:'note'), hcc_discharge_status(' 1')});
call('hcc_run_check_kept', q{SELECT hcc_run_check_kept(jsonb_build_object('program', :'program',
	'payment_year', 2025, 'expect_at_least', 0.5), 9, 1, 0, 0)}, fails => 1);
from('hccraf_kinds_of_people', q{:'model', 2026});

# errors that show names
call('hccraf_fingerprint', q{SELECT hccraf_fingerprint(:'note')}, fails => 1);
call('hccraf_fingerprint', q{SELECT hccraf_fingerprint(:'model', 2026, :'note')}, fails => 1);
from('hccraf_check_model', q{:'note'}, fails => 1);
from('hcc_recapture_class', q{'V28', :'note'}, fails => 1);
call('hcc_require_program', q{SELECT hcc_require_program(:'program')});
call('hcc_codes_through', q{SELECT hcc_codes_through(ARRAY[:'model'], 2026)});
call('hcc_code_verdict', q{SELECT hcc_code_verdict(c, ARRAY[:'model', 'V28'], 2026) FROM unnest(ARRAY['E119', 'I10']) c});
call('hcc_dated_id', q{SELECT hcc_dated_id(md5('a')::uuid, '2026-01-01', 1)});
call('hcc_in_share', q{SELECT hcc_in_share(:'note'::text, 0, 1)});
call('hcc_worker', q{SELECT hcc_worker() IS NULL});
call('hcc_tally', q{SELECT hcc_tally(t) FROM (SELECT hcc_tally(c) AS t FROM unnest(ARRAY['ok', 'no_hcc']) c) x});
call('person_hccs', q{SELECT person_hccs(c, beneficiary(70, 'F'), :'model', 2026) FROM unnest(ARRAY['E119', 'D66']) c}, empty => 1);
call('person_has_hcc', q{SELECT person_has_hcc(c, beneficiary(70, 'F'), :'model', 2026) FROM unnest(ARRAY['E119', 'D66']) c});
call('raf_pair_values', q{SELECT raf_pair_values('{}', beneficiary(70, 'F'), :'h1', :'h2', :'model', 2026)});
call('icd10_agg(text,date,text,text)', q{SELECT icd10_agg(:'note', '2026-01-01', :'note', :'note')});
from('enrollee_diagnosis', "2025, without_list => 'reject', $in", any_order => 1);
from('plan_transfer', q{ARRAY[ROW(2025, NULL, :'note', :'source', :'claim', :'label', :'note',
	'Silver', 12, 1.1, 1.2, 1, 500, NULL, NULL)::plan_month]});
call('enrollee', q{SELECT enrollee('1970-01-01', 'F', '2026-01-01', '2026-12-31', 'gold', '06')});
call('enrollee_of_spans', q{SELECT enrollee_of_spans('1970-01-01', 'F', '{[2026-01-01,2026-02-01)}', 2026)});
call('hcc_payment_problem', q{SELECT cardinality(hcc_payment_problem(beneficiary(70, 'F'), 2026, :'program', :'component', true,
	NULL::numeric))}, empty => 1);
call('hcc_claim_type', q{SELECT hcc_claim_type(2026, 'MA', 'P'), hcc_claim_type(2026, 'MA', '837I')});
call('hcc_plain', q{SELECT hcc_plain(:'model', :'h1'), hcc_plain('V28', 'HCC155')});
call('hcc_least_certainty', q{SELECT hcc_least_certainty('probable', ARRAY[:'note'])});
call('hcc_raise', q{SELECT hcc_raise('22023', :'note', :'note', NULL)}, fails => 1);
from('hcc_own_rows', '', any_order => 1);
call('hcc_setting', q{SELECT hcc_setting(2026, 'MA', :'note', '111')});
call('hcc_record_action', q{SELECT hcc_record_action(2026, 'MA', 'add', '8', 'institutional', '111')});
call('hcc_model_sources', q{SELECT hcc_model_sources(2026, :'program', :'model')});
call('hcc_findings', q{SELECT (unnest(hcc_findings(ARRAY[:'note'], ARRAY[:'model'], 1))).field});
call('hcc_import_person', q{SELECT (hcc_import_person(member_id => :'note')).member_id});
call('hcc_part_sources', q{SELECT count(*) FROM hcc_part_sources(2026, :'program')});
call('hcc_takes_frailty', q{SELECT hcc_takes_frailty(2026, :'program', :'component')});
call('hcc_component_of', q{SELECT hcc_component_of(:'model', beneficiary(70, 'F'), 2026, :'program')}, empty => 1);
call('hcc_other_model_pays', q{SELECT hcc_other_model_pays(:'model', beneficiary(70, 'F'), 2026,
	:'program')});
call('hcc_source_sets', q{SELECT count(*) FROM hcc_source_sets(2026, ARRAY[:'program'])});
call('hcc_require_program', q{SELECT hcc_require_program(:'note')}, fails => 1);
call('hcc_payment_fingerprint', q{SELECT hcc_payment_fingerprint(2026, ARRAY[:'program']) IS NOT NULL});
from('hcc_specificity_policy', q{:'spolicy'});
from('hcc_specificity_policy', q{:'note'}, fails => 1);
call('gap_event', "SELECT gap_event(:'p', 2025, '37', :'note', 'x', $in)", fails => 1);
from('specificity', "2025, policy => :'note', $in", fails => 1);
call('score_population', "CALL score_population(2026, program => :'note', $in)", fails => 1);
call('score_population', "CALL score_population(2026, component => :'note', $in)", fails => 1);
call('hccraf_setup', q{SELECT hccraf_setup(:'note')}, fails => 1);

# loaders: a whole model under such a name, then copies
my $file = sub {
	my ($loader, $content, $more) = @_;
	call($loader, "SELECT * FROM $loader($content, :'loaded'$more)");
};
my $year = q{, 2030, :'source', '2029-01-01'};
from('hccraf_load_hierarchies', q{E'HCC,SecondaryHCC_1\nHCC1,HCC2\n'
	'HCC2,\nHCC3,\n"' || replace(:'var4', '"', '""') || '"', :'loaded', 2030});
$file->('hccraf_load_hierarchies', q{E'HCC,SecondaryHCC_1\nHCC1,HCC2\nHCC2,\nHCC3,\n'}, $year);
$file->('hccraf_load_groups', q{E'diag_category,hcc_1,hcc_2\nLIVER,HCC1,HCC2\n'}, $year);
$file->('hccraf_load_interactions', q{E'interaction,var_1,var_2\nLIVER_HCC3,LIVER,HCC3\n'}, $year);
my $field = sub { return qq{'"' || replace($_[0], '"', '""') || '"'} };
my ($seg3, $var4, $var5) = map { $field->(":'$_'") } 'seg3', 'var4', 'var5';
call('hccraf_load_coefficients', qq{
	INSERT INTO hcc_segment (model_version, segment, priority) VALUES (:'loaded', :'seg3', 1);
	INSERT INTO hcc_variable (model_version, variable, kind, sex) VALUES
		(:'loaded', :'var4', 'demographic', 'F'), (:'loaded', :'var5', 'demographic', 'M')},
	see => qq{SELECT * FROM hccraf_load_coefficients(
	'Variable,Label,' || $seg3 || E'\\n' || $var4 || E',,0.4\\n' || $var5
	|| E',,0.2\\nHCC1,x,0.9\\nHCC2,"y ""z",0.4\\nHCC3,,0.3\\nLIVER_HCC3,,0.1\\n',
	:'loaded', :'cal'$year)}, loose => 1);
$file->('hccraf_load_mappings', q{
	E'ICD10,CC,MCE_AGE_CONDITION,AGE_EDIT_CONDITION,SEX_EDIT_CONDITION\n'
	'K7210,1,,,\nK7460,2,,age >= 18,\nK7460,1,,age < 18,\nI509,3,age >= 15,,\n'}, $year);
call('hccraf_load_mappings', q{SELECT raf_score('{K74.60,I50.9}'::text[], beneficiary(70, 'F'),
	:'loaded', 2030, :'cal')});
$file->('hccraf_load_icd10_mapping_table', q{
	E'Diagnosis Code,Description,"CMS-HCC Model Category V99"\n'
	'K7210,"a ""b",1\nK7460,x,2\nI509,,3\n'},
	q{, 2031, 'CMS-HCC Model Category V99', :'source'});
$file->('hccraf_load_icd10_mapping_table', q{
	E'Diagnosis Code,Description,CMS-HCC Model Category V99\n'
	'K7210,x,1\n'}, q{, 2031, :'note', :'source'});
$call[-1]{fails} = 1;
$file->('hccraf_load_sas_format', q{E'K7210\t1\nK7460\t2\nI509\t3\n'}, q{, 2032, :'source'});
$file->('hccraf_load_sas_labels', q{E'HCC1="Liver ""x"\nHCC2=''it %s''\nHCC3="Heart $$ \\\\"\n'},
	q{, 2032, :'source'});
$file->('hccraf_load_sas_hierarchy', q{E'%SET0(CC=1, HIER=%STR(2 ));'}, q{, 2032, :'source'});
$file->('hccraf_load_sas_coefficients', q{E'OLD_HCC1\n0.5'}, q{, :'cal2', 2032, :'source'});
from('hccraf_load_procedures', q{
	E'HCPCS/CPT Code,Short Description,In CY2040 Included List?\n99213,'
	|| '"x ' || replace(translate(:'note', E'\n', ' '), '"', '""') || E'",yes\n', 2040, :'source'});
from('hccraf_load_icd10', q{E'E119 Type 2 ' || 'unspecified %s $$ ''"'
	|| E'\nE1122 Type 2 with kidney\nI509 Heart failure, unspecified\n', 2040, :'source'});
from('hcc_unspecified', q{:'model', 2026});
from('refresh_unspecified_codes', q{:'model', 2026, 2040});
call('hccraf_load_groups', q{SELECT model_version, payment_year, kind, source, rows FROM hcc_release
	ORDER BY payment_year, kind});
call('hccraf_seal_model', q{SELECT hccraf_seal_model(:'model')});
from('hccraf_copy_model', q{:'model', :'model2'});
from('hccraf_copy_model', q{:'model', :'model2'}, fails => 1);
call('hccraf_diff_models', q{UPDATE hcc_coefficient SET coefficient = coefficient + 0.1
	WHERE model_version = :'model2' AND variable IN (:'prefix' || :'h3', :'i1')}, see => q{
	SELECT * FROM hccraf_diff_models(:'model', :'model2', 2026, 2026, :'cal', :'cal')});
from('hccraf_diff_models', q{:'loaded', :'model2', 2030, 2026}, any_order => 1);
from('hccraf_diff_summary', q{:'loaded', :'model', 2030, 2026});
call('hccraf_copy_model', q{INSERT INTO payment_year_parameter (payment_year, program, component,
	model_version, calibration, normalization_factor, blend_weight)
	SELECT 2026, :'program', :'component', :'model2', :'cal', 1.1, 0.4;
	UPDATE payment_year_parameter SET blend_weight = 0.6
	WHERE model_version = :'model' AND payment_year = 2026},
	see => "SELECT * FROM raf_payment_explain(${people}::icd10_set, $who, 2026, :'program')");
call('hccraf_drop_model', q{SELECT hccraf_drop_model(:'loaded')});
call('hccraf_drop_model', q{SELECT hccraf_drop_model(:'loaded')}, fails => 1);

# jobs
my $score = q{SELECT * FROM :"schema".patient_hcc_score ORDER BY patient_id, payment_year};
my $model_score = q{SELECT * FROM :"schema".patient_hcc_model_score};
my $gap = q{SELECT * FROM :"schema".patient_hcc_gap};
my $item = q{SELECT * FROM :"schema".patient_work_item};
call('score_population', "CALL score_population(2025, $in)", see => $score);
call('score_population', "CALL score_population(2026, $in)", see => $score);
call('refresh_scores', q{UPDATE :"schema".patient_diagnosis_hcc SET icd10_code = 'E1122'
	WHERE icd10_code = 'E119' AND patient_id < '40000000-0000-0000-0000-000000000000'},
	see => q{SELECT patient_id, payment_year FROM :"schema".patient_hcc_change ORDER BY 1, 2});
call('refresh_scores', "CALL refresh_scores(2026, $in)", see => $score);
call('scoring_run', "SELECT run_id, kind, state, stage, patients, scores_changed, error
	FROM scoring_run($in)");
from('scoring_run', $in);
call('annotate_diagnoses', "CALL annotate_diagnoses(2026, $in)",
	see => q{SELECT * FROM :"schema".patient_diagnosis_hcc ORDER BY id});
for my $dx ('dx', 'odd_dx')
{
	from('explain_diagnosis', ":'$dx', $in");
	from('explain_diagnosis', ":'$dx', 2026, :'model', :'program', $in");
}
call('raf_score(uuid,integer,text)', "SELECT raf_score(:'p', 2026, 'V28', $in)");
call('raf_score(uuid,integer,text)', "SELECT raf_score(:'p', 2026, :'model', $in)");

# reports, of Medicare Advantage and of the model
for my $of ('shipped', 'own')
{
	my $own = $of eq 'own';
	my ($model, $program, $hcc, $policy, $spolicy) = $own
		? map { ":'$_'" } 'model', 'program', 'h5', 'policy', 'spolicy'
		: map { "'$_'" } 'V28', 'MA', '280', 'conservative', 'default';
	my $m = "model => $model";
	my $mp = "$m, program => $program";
	my $as_of = q{as_of => '2025-12-15'};
	if ($own)
	{
		# the same again with tables and programs named
		call('score_population', "CALL score_population(2025, $program, $in)", see => $score);
		call('score_population', "CALL score_population(2026, $program, :'component',
			ARRAY['MA', $program], $in)", see => $model_score, any_order => 1);
		call('score_population', q{SELECT k AS verdict, v AS n FROM :"schema".hcc_run,
			jsonb_each(diagnoses) d(k, v) ORDER BY run_id, k});
		call('annotate_diagnoses', "CALL annotate_diagnoses(2026, $model, $program, $in)",
			see => q{SELECT * FROM :"schema".patient_diagnosis_hcc ORDER BY id});
	}
	call('refresh_gaps', "CALL refresh_gaps(2025, $mp, policy => $policy,
		as_of => '2025-12-01', $in)", see => $gap, any_order => 1);
	call('gap_event', "SELECT count(gap_event(patient_id, 2025, hcc_code, :'event', :'reason',
		:'actor', $model, NULLIF(contract_id, ''), '2025-11-30', $in))
		FROM (SELECT * FROM :\"schema\".patient_hcc_gap WHERE model_version = $model
			ORDER BY patient_id, contract_id, hcc_code LIMIT 12) g");
	call('gap_event', "SELECT count(gap_event(:'p', 2025, $hcc, :'event2', :'reason', :'actor',
		$model, :'c1', '2025-11-30', $in))");
	call('gap_event', "SELECT count(gap_event(:'p', 2025, $hcc, :'event2', model => $model, $in))");
	call('gap_event', q{UPDATE :"schema".patient_hcc_gap_event SET known_at = '2025-12-02',
		occurred_at = '2025-11-30'},
		see => q{SELECT * FROM :"schema".patient_hcc_gap_event}, any_order => 1);
	call('refresh_gaps', "CALL refresh_gaps(2025, $mp, policy => $policy, look_back => 2,
		as_of => '2025-12-10', $in)", see => $gap, any_order => 1);
	call('refresh_gaps', q{SELECT * FROM :"schema".patient_hcc_gap_history}, any_order => 1);
	from('patient_gap', ":'p', 2025, $mp, policy => $policy, $as_of, $in");
	from('patient_gap_value', ":'p', 2025, $mp, policy => $policy, $as_of, $in");
	from('recapture_rate', "2025, $m, $_, $in")
		for map { "group_by => '$_'" } 'provider', 'credited', 'contract', 'plan', 'hcc';
	from('recapture_rate_value', "2025, $m, $_, $in")
		for map { "group_by => '$_'" } 'provider', 'contract', 'plan', 'hcc';
	call('refresh_worklist', "CALL refresh_worklist(2025, $mp, $as_of, $in)", see => $item,
		any_order => 1);
	call('work_item_event', "SELECT count(work_item_event(item_id, :'state', :'actor', NULL,
		:'owner', :'channel', '2025-12-16', $in))
		FROM (SELECT item_id FROM :\"schema\".patient_work_item
			WHERE kind = 'gap' AND model_version = $model AND state = 'new'
			ORDER BY patient_id, contract_id, hcc_code LIMIT 5) i", fails => 1);
	call('work_item_event', "SELECT count(work_item_event(item_id, :'state', :'actor', :'reason',
		:'owner', :'channel', '2025-12-16', $in))
		FROM (SELECT item_id FROM :\"schema\".patient_work_item
			WHERE kind = 'gap' AND model_version = $model AND state = 'new'
			ORDER BY patient_id, contract_id, hcc_code LIMIT 5) i");
	call('work_item_event', "SELECT work_item_event(item_id, :'note', :'actor', $in)
		FROM :\"schema\".patient_work_item WHERE state = :'state' LIMIT 1", fails => 1);
	call('work_item_event', q{SELECT e.*, i.hcc_code FROM :"schema".patient_work_event e
		JOIN :"schema".patient_work_item i USING (item_id)}, any_order => 1);
	from('worklist', "$_, $in", any_order => 1)
		for "owner => :'owner'", "owner_role => :'role', $m", "state => :'state'";
	from('worklist_value', "$_, $in", any_order => 1)
		for "owner => :'owner'", "owner_role => :'role', $m", "state => :'state'";
	call('refresh_worklist', "CALL refresh_worklist(2025, $mp, 
		reasons => ARRAY[:'rule', 'once_only'], as_of => '2025-12-20', $in)",
		see => $item, any_order => 1);
	from('two_way', "2025, $mp, reasons => ARRAY[:'rule', 'invalid'], $as_of, $in",
		any_order => 1);
	from('two_way_value', "2025, $mp, reasons => ARRAY[:'rule'], $as_of, $in");
	from('no_encounter', "2025, $mp, policy => $policy, as_of => '2025-06-01', $in");
	from('specificity', "2025, $mp, policy => $spolicy, route => NULL,
		document_quality => true, $as_of, $in");
	from('specificity_value', "2025, $mp, policy => $spolicy,
		document_quality => true, $as_of, $in");
	my $two = $own ? q{:'model', :'model2'} : q{'V24', 'V28'};
	my $v24 = "'V24', $model";
	from('model_impact_summary', "2026, $two, $program, $as_of, $in");
	from('score_change_summary', "2026, from_payment_year => 2025, $in");
	from('score_explanation', ":'p', 2026, $in");
	from('score_explanation', ":'p', 2026, $m, $in");
	my $enrollees = "2026, issuer => :'c1', without_list => 'reject', $m, $in";
	from('enrollee_score', $enrollees);
	from('stored_enrollee_score', "2026, as_of => 'infinity', $in", empty => 1);
	from('enrollee_gap', $enrollees, empty => 1);
	from('unusable_rows', "2026, $as_of, program => $program, $in", empty => 1);

	# those that take a contract and a provider, for all and for some
	my $appointments = q{(:'appointments_table')::regclass};
	my @filter = ('', q{contract => :'c1', }, q{provider => :'p2', });
	for my $some (@filter)
	{
		my $end = "$some$in";
		my $now = "$as_of, $end";
		from('model_impact', "2026, $two, $program, $now", any_order => 1);
		from('lost_condition', "2026, $v24, $program, $now");
		from('score_change', "2026, from_payment_year => 2025, $end", any_order => 1);
		from('member_score', "2026, $m, $end", any_order => 1);
		from('member', "2026, $now", any_order => 1);
		from('diagnosis', "2026, $program, $as_of, $in", any_order => 1);
		from('counted_diagnosis', "2026, $program, $as_of, years => 2, $in", any_order => 1);
		from('dx_verdict', "2026, $mp, $now");
		from('captured_hcc', "2025, $mp, $now");
		from('recapture_gap', "2025, $m, statuses => NULL, in_scope => false, $now");
		from('recapture_gap_value', "2025, $m, $end");
		from('recapture_rate', "2025, $m, $now");
		from('recapture_rate_value', "2025, $m, $end");
		from('recapture_rate_month', "2025, $m, $now");
		from('deadline_board', "2026, $m, $now");
		from('late_window', "2025, $m, $now", $own && $some ? (empty => 1) : ());
		from('awv_due', "2025, $mp, appointments => $appointments, $now");
		from('awv_due_value', "2025, $mp, appointments => $appointments, $now");
		from('unspecified_rate', "2025, $mp, $now");
		from('interaction_opportunity', "2025, $mp, $now");
		from('interaction_opportunity_value', "2025, $mp, $now");
		from('provider_panel', "2025, $mp, min_patients => 3, $now");
		from('panel_value', "2026, $m, min_patients => 3,
			specialties => (:'specialties_table')::regclass, $end");
		from('hcc_outlier', "2026, $m, min_patients => 3, threshold => 0.1, $end",
			any_order => 1);
		from('worklist', "2025, $m, as_of => '2025-12-21', $end", any_order => 1);
		# of pages what is no name and no time: the numbers of their tables, and the conditions
		call((split /\(/)[0], "SELECT m[1] AS cell FROM regexp_matches($_,
			'<td class=\"n\">([^<]*)|<h3>([^<]*)', 'g') m", any_order => 1,
			# of gaps of the model of these tests, a clinician has nothing to do
			empty => /^patient_page\(/ ? 1 : 0)
			for "panel_page(2026, $mp, $in)", "patient_page(:'p', 2026, $m, $in)",
				"patient_page_value(:'p', 2026, $mp, $in)",
				"provider_page((SELECT max(provider_npi) FROM :\"schema\".patient_demographic
					WHERE patient_id = :'p'), 2026, $mp, min_patients => 3, $in)";
		from('worklist_value', "2025, $m, $end", any_order => 1);
		from('prospective_list', "$appointments, '2025-12-15', '2025-12-31', $m, $end",
			any_order => 1);
		from('two_way_balance', "2025, $m, $end");
		from('cdi_feedback', "2025, $mp, $now", any_order => 1);
		from('audit_sample', "7, 2025, :'seed', $mp, $now", loose => 1);
		from('audit_sample', "7, 2025, 'seed', $mp, $now");
		call('audit_finding', "SELECT audit_finding(sample_id, 1, :'note', 'supported', $in)
			FROM :\"schema\".hcc_audit_sample LIMIT 1", fails => 1);
		call('audit_sample_again', "SELECT a.* FROM :\"schema\".hcc_audit_sample s,
			audit_sample_again(s.sample_id, $in) a WHERE seed = 'seed'
			AND s.sample_id = (SELECT max(sample_id) FROM :\"schema\".hcc_audit_sample)");
	}
}

# files
call('import_hash', q{SELECT import_hash('patient', :'note', 'a') IS NOT NULL});
call('import_id', q{SELECT import_id('patient', :'note', 'a', 'uuid')::uuid IS NOT NULL});
call('hcc_import_ids', q{SELECT hcc_import_ids('x12', :'note', '{E119}', NULL, NULL::uuid) IS NOT NULL});
call('hcc_import_codes', q{SELECT hcc_import_codes('{"(1,E119,10,,,)"}', '{other}')});
call('hcc_import_flags', q{SELECT hcc_import_flags('{"(1,E119,10,,,delete)"}', '{other}')});
call('hcc_import_procedures', q{SELECT hcc_import_procedures('{"(1,99213,{25},,,,,,,,,,)"}')});
call('hcc_import_modifiers', q{SELECT hcc_import_modifiers('{"(1,99213,{25},,,,,,,,,,)"}')});
call('import_is_mbi', q{SELECT import_is_mbi(:'note')});
call('import_open', "SELECT import_open(:'note', $in)");
call('import_stage', "SELECT import_stage(1, 'x12_837', :'note', 'x', $in)");
call('import_stage', "SELECT import_stage(1, :'note', 'a', '', $in)", fails => 1);
call('hcc_import_write', q{CALL :"schema".import_load(1, 2026)}, see => q{SELECT name, "read", refused
	FROM :"schema".import_report()});
from('hcc_import_target', ":'p', 'x12', 'a', :'note', NULL, :'note', NULL, NULL, NULL, now(), 1, 1, $in", empty => 1);

# other tables, by run and by the clock
call('score_population', q{CREATE SCHEMA :"viewed";
	CREATE VIEW :"viewed".patient_demographic AS SELECT * FROM :"schema".:"demographics";
	CREATE VIEW :"viewed".patient_diagnosis_hcc AS SELECT * FROM :"schema".:"diagnoses";
	SELECT hccraf_setup(:'viewed');
	CALL :"viewed".score_population(2026, :'program', remove_absent => false, keep_history => true,
		batch_size => 10)}, see => q{SELECT * FROM :"viewed".patient_hcc_score ORDER BY patient_id});
call('refresh_scores', q{DELETE FROM :"schema".:"diagnoses" WHERE icd10_code = 'J449';
	CALL :"viewed".refresh_scores(2026, :'program', overlap => '1000 days')},
	see => q{SELECT * FROM :"viewed".patient_hcc_model_score}, any_order => 1);
call('score_population', "CALL score_population(2026, :'program', remove_absent => false,
	keep_history => true, batch_size => 10, $in)", see => $score);
call('refresh_scores', "CALL refresh_scores(2026, :'program', $in)", see => $model_score,
	any_order => 1);
call('score_population', q{SELECT * FROM :"schema".patient_hcc_score_history
	ORDER BY patient_id, payment_year, superseded_by_run});
call('schedule_scoring', "SELECT schedule_scoring('0 0 1 1 *', :'job', 2026, :'program', $in)");
call('schedule_scoring', "SELECT schedule_scoring('0 0 1 1 *', :'note', 2026, :'program',
	false, jsonb_build_object('component', :'component', 'work_mem', '8MB'), $in)");
call('schedule_scoring', "SELECT schedule_scoring('* * * * *',
	options => jsonb_build_object(:'note', 1), $in)", fails => 1);
call('scoring_schedule', "SELECT job_id, job_name, schedule, active FROM scoring_schedule($in)");
call('schedule_scoring', q{SELECT command FROM cron.job ORDER BY jobid \gexec}, see => $score);
call('schedule_job', "SELECT schedule_job('0 0 1 1 *', 'refresh_gaps', jsonb_build_object('collection_year', 2026,
	'model', :'model', 'policy', :'note'), $in)");
call('unschedule_scoring', "SELECT unschedule_scoring(:'job', $in) AS a,
	unschedule_scoring(:'note') AS b, unschedule_scoring(:'model') AS c");
call('track_changes', "SELECT track_changes(false, $in)");

# a partitioned panel beside it
call('score_population', q{SELECT run_id, kind, program,
	parameters - '{tables}'::text[], status, started_by
	FROM :"schema".hcc_run ORDER BY hcc_run.run_id});
call('hccraf_setup', q{CREATE SCHEMA :"whole_panel"; 
	SELECT hccraf_setup(:'whole_panel', partitioned => true, partitions => 4);
	ALTER TABLE :"whole_panel".patient_demographic ADD COLUMN :"column" text;
	ALTER TABLE :"whole_panel".patient_diagnosis_hcc ADD COLUMN :"column" text;
	INSERT INTO :"whole_panel".patient_demographic SELECT * FROM :"schema".patient_demographic;
	INSERT INTO :"whole_panel".patient_diagnosis_hcc SELECT * FROM :"schema".patient_diagnosis_hcc;
	CALL :"whole_panel".score_population(2026)},
	see => q{SELECT * FROM :"whole_panel".patient_hcc_score ORDER BY patient_id});
call('hcc_split_table', q{CREATE TABLE :"whole_panel".:"note" (a int) PARTITION BY HASH (a);
	SELECT hcc_split_table(format('%I.%I', :'whole_panel', :'note')::regclass, 3)},
	see => q{SELECT count(*) AS partitions FROM pg_inherits
		WHERE inhparent = format('%I.%I', :'whole_panel', :'note')::regclass});

# importers of FHIR, and views over other layers, which may be called anything
my $eob = q('{"resourceType":"ExplanationOfBenefit","id":"1","patient":{"reference":"Patient/2"},"diagnosis":[{"diagnosisCodeableConcept":{"coding":[{"system":"http://hl7.org/fhir/sid/icd-10-cm","code":"N18.4"}]}}]}');
call('fhir_claims', "SELECT claim_id, member_id, diagnoses FROM fhir_claims($eob)");
call('fhir_people', q{SELECT member_id, sex FROM fhir_people('{"resourceType":"Patient","id":"2","gender":"male"}')});
call('fhir_documents(bytea)', "SELECT * FROM fhir_documents(convert_to($eob, 'UTF8'))");
call('hcc_fhir_json', "SELECT hcc_fhir_json($eob) IS NULL AS a");
call('hcc_json_lines', "SELECT * FROM hcc_json_lines(convert_to($eob, 'UTF8'))");
call('hcc_json_find', "SELECT hcc_json_find($eob, 'patient[reference]', '\"Patient/2\"') AS a");
call('hcc_json_find_text', "SELECT hcc_json_find_text($eob, 'patient.reference', NULL) AS a");
call('hcc_json_texts', "SELECT hcc_json_texts($eob, 'patient.reference') AS a");
call('hcc_json_number', q{SELECT hcc_json_number('1') AS a});
call('hcc_json_numbers', q{SELECT hcc_json_numbers('[1]') AS a});
call('hcc_fhir_codes', "SELECT hcc_fhir_codes(${eob}::jsonb -> 'diagnosis', NULL, hcc_fhir_system(),
	hcc_fhir_roles()) AS a");
call('hcc_fhir_findings', q{SELECT hcc_fhir_findings('{NULL,"(denied,,)"}') AS a});
call('hcc_fhir_is_icd10', q{SELECT hcc_fhir_is_icd10('E1122') AS a});
call('hcc_fhir_is_npi', q{SELECT hcc_fhir_is_npi('1245319599') AS a});
call('hcc_fhir_is_instant', q{SELECT hcc_fhir_is_instant('2026-02-03T04:05:06Z') AS a});
call('hcc_fhir_finding', q{SELECT hcc_fhir_finding(:'note', :'program') AS a});
call('hcc_fhir_refusal', q{SELECT record, refused FROM hcc_fhir_refusal(:'note', :'program', 1, 1)});
call('import_read_fhir', q{SELECT * FROM :"schema".import_read_fhir(0)}, empty => 1);
call('import_people_fhir', q{SELECT * FROM :"schema".import_people_fhir(0)}, empty => 1);
call('tuva_views', q{CREATE SCHEMA :"tuva_panel";
	CREATE TABLE :"tuva_panel".:"note" (person_id text, gender text, birth_date date, enrollment_start_date date, enrollment_end_date date);
	CREATE TABLE :"tuva_panel".:"program" (claim_id text, claim_line_number int, claim_type text, person_id text, claim_start_date date,
		claim_end_date date, bill_type_code text, hcpcs_code text, diagnosis_code_1 text);
	INSERT INTO :"tuva_panel".:"note" VALUES ('1', 'male', '1950-01-01', '2026-01-01', '2026-02-28');
	INSERT INTO :"tuva_panel".:"program" VALUES ('1', 1, 'professional', '1', '2025-01-01', '2025-01-01', NULL, '99213', 'N18.4');
	CALL tuva_views(:'tuva_panel', format('%I.%I', :'tuva_panel', :'program'), format('%I.%I', :'tuva_panel', :'note'))},
	see => q{SELECT d.icd10_code, p.payment_month FROM :"tuva_panel".patient_diagnosis_hcc d JOIN :"tuva_panel".patient_demographic p USING (patient_id) ORDER BY 2});
call('hcc_contract_view', q{SELECT hcc_contract_view(:'tuva_panel', :'cal', format('%I.%I', :'tuva_panel', :'note')::regclass,
	E'person_id text\nsnp text -- optional') AS a}, see => q{SELECT * FROM :"tuva_panel".:"cal"});
call('hcc_check_views', q{SELECT hcc_check_views(:'tuva_panel')});
call('omop_views', q{CREATE SCHEMA :"omop_panel";
	CREATE TABLE :"omop_panel".:"note" (person_id int, condition_start_date date, condition_end_date date, condition_source_value text, visit_occurrence_id int);
	CREATE TABLE :"omop_panel".:"program" (visit_occurrence_id int, person_id int, visit_concept_id int, visit_start_date date, visit_end_date date, provider_id int);
	CREATE TABLE :"omop_panel".:"model" (person_id int, procedure_date date, procedure_source_value text, visit_occurrence_id int);
	CREATE TABLE :"omop_panel".:"cal2" (person_id int, gender_concept_id int, year_of_birth int, month_of_birth int, day_of_birth int);
	INSERT INTO :"omop_panel".:"note" VALUES (1, '2025-01-01', NULL, 'N18.4', NULL);
	CALL omop_views(:'omop_panel', format('%I.%I', :'omop_panel', :'note'), format('%I.%I', :'omop_panel', :'program'),
		format('%I.%I', :'omop_panel', :'model'), format('%I.%I', :'omop_panel', :'cal2'))},
	see => q{SELECT icd10_code, is_valid_encounter FROM :"omop_panel".patient_diagnosis_hcc});

# ---- what they answer ----
# Random, of the clock, or hashes of names
my $drop = "'{" . join(',', qw(id item_id event_id run_id superseded_by_run calculated_at
	superseded_at known_at started_at finished_at created_at duration patients_per_second
	fingerprint checksum loaded_at))
	. "}'::text[] - :'column'";

# The script of all calls for psql, which quotes the names itself
sub script
{
	my @line = (q{CREATE SCHEMA :"extension"; CREATE EXTENSION hccraf SCHEMA :"extension";},
		q{CREATE SCHEMA :"schema"; SET search_path = :"extension", public;},
		'SET client_min_messages = warning;');
	my $populated = 0;
	for my $n (0 .. $#call)
	{
		my %call = %{ $call[$n] };
		push @line, $population if !$call{first} && !$populated++;
		push @line, '\echo @@@ call ' . $n;
		my $check = "\\if :ERROR\n\\echo error: :LAST_ERROR_MESSAGE\n\\endif";
		my $last = $call{see} // $call{sql};
		if ($call{see} || $call{sql} =~ /^CALL/)
		{
			push @line, $call{sql} . ($call{sql} =~ /gexec$/ ? '' : ';'), $check;
		}
		push @line, "SELECT to_jsonb(answer) - $drop FROM ($last) answer;", $check
			unless $last =~ /^CALL/;
	}
	push @line, '\echo @@@ end';
	return join "\n", @line, '';
}

sub run
{
	my ($name) = @_;
	my %run = (out => '', err => '', script => script());
	my @command = ('psql', '-XAtq', '-d', $node->connstr($name->{db}), '-U', $name->{user},
		'-f', '-', map { ('-v', "$_=$name->{$_}") } sort keys %$name);
	$run{handle} = IPC::Run::start(\@command, '<', \$run{script},
		'>', \$run{out}, '2>', \$run{err});
	return \%run;
}

# Of each call, what it answered; the log has all of it as it came
sub answers
{
	my ($of) = @_;
	my $run = $of->{run};
	$run->{handle}->finish;
	append_to_file("$PostgreSQL::Test::Utils::log_path/012_names_$of->{kind}.$_", $run->{$_})
		for 'out', 'err';
	my $out = without_names($run->{out}, $of->{name});
	my %answer = $out =~ /^\@\@\@ call (\d+)\n(.*?)(?=^\@\@\@ )/msg;
	return \%answer;
}

# Every routine that takes a name has a call that calls it, by its name or, of several of one
# name, by its arguments. Routines that are part of others, by their comment, are called by
# those; of internal arguments nobody has any.
$node->safe_psql('postgres', 'CREATE EXTENSION hccraf; SELECT hccraf_setup()');
my @routine = split /\n/, $node->safe_psql('postgres', q{
	SELECT DISTINCT CASE WHEN count(*) OVER same = 1 THEN proname ELSE signature END
	FROM (SELECT p.proname::text, p.oid::regprocedure::text AS signature,
			EXISTS (SELECT FROM unnest(p.proargtypes::regtype[],
					p.proargnames[:p.pronargs]) a(t, name)
				WHERE t = ANY ('{regclass,regclass[],name,name[]}'::regtype[])
					OR t = ANY ('{text,text[]}'::regtype[]) AND name = ANY ('{schema,model,models,
						old_model,new_model,a,b,source,target,calibration,program,programs,
						other_programs,component,contract,provider,policy,actor,owner,reason,
						reasons,event,job_name}')) AS named,
			obj_description(p.oid, 'pg_proc') ~ '^(Part of|Internal to)' AS part,
			'internal'::regtype = ANY (p.proargtypes) AS internal
		FROM pg_proc p JOIN pg_depend d ON (d.classid, d.objid) = ('pg_proc'::regclass, p.oid)
			-- of a panel what people call: that calls the rest
			AND (d.deptype = 'e' OR d.deptype = 'x' AND p.proname !~ '^hcc_')
			JOIN pg_extension e ON (d.refclassid, d.refobjid) = ('pg_extension'::regclass, e.oid)
		WHERE e.extname = 'hccraf' AND p.prorettype <> 'trigger'::regtype) r
	WHERE named AND NOT part AND NOT internal WINDOW same AS (PARTITION BY proname) ORDER BY 1});
cmp_ok(scalar(@routine), '>', 100, 'routines that take names');
my %called;
for my $call (@call)
{
	my ($name) = $call->{of} =~ /^(\w+)/;
	$called{ $call->{of} } = 1 if "$call->{sql} " . ($call->{see} // '') =~ /\b$name\(/;
}
ok($called{$_}, "there is a call of $_") or diag("no call for $_") for @routine;

my @run;
for my $turn (0 .. 2)
{
	my $hostile = hostile($turn);
	my $plain = plain($hostile);
	push @run, { turn => $turn, name => $plain, kind => "plain$turn" },
		{ turn => $turn, name => $hostile, kind => "hostile$turn" };
}
for my $name (map { $_->{name} } @run)
{
	my ($db, $user) = map { $name->{$_} =~ s/"/""/gr } 'db', 'user';
	$node->safe_psql('postgres', qq{CREATE ROLE "$user" SUPERUSER LOGIN});
	$node->safe_psql('postgres', qq{CREATE DATABASE "$db" OWNER "$user"});
}
$_->{run} = run($_->{name}) for @run;
$_->{answers} = answers($_) for @run;
for my $turn (0 .. 2)
{
	my ($plain, $hostile) = grep { $_->{turn} == $turn } @run;
	for my $n (0 .. $#call)
	{
		my %call = %{ $call[$n] };
		my $what = "call $n, names $turn: " . ($call{sql} =~ s/\s+/ /gr);
		my ($wanted, $got) = map { $_->{answers}{$n} // 'no answer' } $plain, $hostile;
		if ($call{any_order})
		{
			$_ = join "\n", sort split /\n/, $_ for $wanted, $got;
		}
		my $failed = $wanted =~ /^error: |^no answer/m;
		if ($failed && !$call{fails} || !$failed && $call{fails} || $wanted eq '' && !$call{empty})
		{
			fail($what);
			diag("with plain names: " . substr($wanted, 0, 500));
		}
		elsif ($call{loose})
		{
			is($got =~ tr/\n//, $wanted =~ tr/\n//, $what) or diag(substr($got, 0, 500));
		}
		else
		{
			is_deeply([ split /\n/, $got ], [ split /\n/, $wanted ], $what);
		}
	}
	is($hostile->{run}{err} =~ /^.*?(FATAL|PANIC).*$/m ? $& : '', '',
		"names $turn: the server is well");
	is($node->safe_psql($_->{name}{db}, 'SELECT is_called FROM public.called'), 'f',
		"$_->{kind}: no name has run") for $plain, $hostile;
}

# ---- names that together read like others ----
sub query { return $node->safe_psql('postgres', shift) }

# 'A B' with 'C', and 'A' with 'B C'
query(q{
	SELECT hccraf_copy_model('V28', 'A B', 2026), hccraf_copy_model('V28', 'A', 2026);
	UPDATE hcc_calibration SET calibration = CASE model_version WHEN 'A' THEN 'B C' ELSE 'C' END
	WHERE model_version IN ('A', 'A B');
	UPDATE hcc_coefficient SET calibration = CASE model_version WHEN 'A' THEN 'B C' ELSE 'C' END
	WHERE model_version IN ('A', 'A B');
	INSERT INTO payment_year_parameter (payment_year, program, component, model_version,
		calibration, normalization_factor, blend_weight) VALUES
		(2026, 'TWO', 'part_c', 'A', 'B C', 1, 0.5), (2026, 'TWO', 'part_c', 'A B', 'C', 1, 0.5)});
my $depends = q{SELECT hcc_run_fingerprints(2026, '{TWO}', '{2025}')};
for my $model ('A', 'A B')
{
	my $before = query($depends);
	query("UPDATE hcc_coefficient SET coefficient = 9 WHERE model_version = '$model'");
	isnt(query($depends), $before, "a run sees a change of model $model");
}

# a component 'q r' of program P, and 'r' of 'P q', whose factor is not known
query(q{
	INSERT INTO payment_component (component) VALUES ('q r'), ('r');
	INSERT INTO payment_year_parameter (payment_year, program, component, model_version,
		normalization_factor, blend_weight) VALUES (2026, 'P', 'q r', 'V28', 1, 1);
	SELECT hccraf_setup();
	INSERT INTO patient_demographic (patient_id, payment_year, date_of_birth, sex)
	VALUES (md5('1')::uuid, 2026, '1950-01-01', 'F');
	CALL score_population(2026, 'P');
	INSERT INTO patient_diagnosis_hcc (patient_id, icd10_code, diagnosis_date)
	VALUES (md5('1')::uuid, 'E119', '2025-02-02');
	CALL score_population(2026, 'P')});
my $change = 'SELECT difference, diagnoses_added FROM score_change(2026)';
is(query($change), '0.166|0.166', 'a diagnosis adds to a score');
query(q{INSERT INTO payment_year_parameter (payment_year, program, component, model_version)
	VALUES (2026, 'P q', 'r', 'V28')});
is(query($change), '0.166|0.166', 'and still does beside another program');

# an HCC '1, 2', and HCCs 1 and 2
query(q{
	INSERT INTO hcc_crosswalk (model_version, icd10_code, hcc_code, coefficient)
	VALUES ('X', 'E119', '1, 2', 0.1), ('X', 'I10', '1', 0.1), ('X', 'I509', '2', 0.1);
	SELECT hccraf_copy_model('X', 'Y');
	UPDATE hcc_crosswalk SET hcc_code = '1' WHERE model_version = 'Y' AND icd10_code = 'E119';
	INSERT INTO hcc_crosswalk (model_version, icd10_code, hcc_code, coefficient)
	VALUES ('Y', 'E119', '2', 0.1)});
is(query(q{SELECT item FROM hccraf_diff_models('X', 'Y') WHERE what = 'code moved'}), 'E119',
	'a code that moves from one HCC to two');

# ---- the schema of the extension ----
query('CREATE DATABASE percent');
my ($status, $out, $err) = $node->psql('percent', q{
	CREATE SCHEMA "100 %s";
	CREATE EXTENSION hccraf SCHEMA "100 %s";
	SELECT count(*) FROM pg_extension WHERE extname = 'hccraf'}, on_error_stop => 0);
like($err, qr/ERROR:  hccraf cannot be installed into a schema with a percent sign in its name/,
	'a format directive in the name of the schema of the extension is refused');
is($out, '0', 'and nothing is there');

$node->stop;
done_testing();
