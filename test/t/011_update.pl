# hccraf_update() carries the extension and its panels over to another version,
# here a made-up one that drops and makes anew a function of the extension that
# panels call, and those that do the update, gives a reader another column, a function another argument, and
# has a function more and one less. All of it or nothing: rights, views,
# models and scores are as they were. A panel that an older version made, as one
# from a dump, refuses with the command that mends it.
use strict;
use warnings;
use File::Basename;
use FindBin;
use lib $FindBin::RealBin;
use Population;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

# A copy of the installation, which has another version besides: it finds its
# files from where its programs are. Files that do not change are links.
my %installed = map { $_ => (run_command([ $ENV{PG_CONFIG} || 'pg_config', "--$_" ]))[0] } qw(bindir sharedir pkglibdir);
my $copy = PostgreSQL::Test::Utils::tempdir;
for my $kind (sort keys %installed)
{
	my $to = $copy . dirname($installed{$kind});
	system('mkdir', '-p', $to);
	system('cp', $kind eq 'bindir' ? '-RL' : '-Rs', $installed{$kind}, $to) == 0 or die "cannot copy $installed{$kind}";
}
my $extension = "$copy$installed{sharedir}/extension";
my ($version) = slurp_file("$extension/hccraf.control") =~ /^default_version *= *'(.*)'/m;
my $next = "$version.next";

# The update script: what shows the version, and the changes above.
my $script = slurp_file("$extension/hccraf--$version.sql");
sub made
{
	my ($name, $create) = @_;
	my ($statement) = $script =~ /^(CREATE FUNCTION \@extschema\@\.\Q$name\E\(.*?)^COMMENT ON FUNCTION/ms;
	$statement =~ s/\Q$version\E/$next/g;
	$statement =~ s/^CREATE/CREATE OR REPLACE/ unless $create;
	return $statement;
}
append_to_file("$extension/hccraf--$version--$next.sql", q{
	DROP FUNCTION @extschema@.hcc_service_start(integer);
	-- these while they run
	DROP FUNCTION @extschema@.hccraf_update(text), @extschema@.hcc_release_panel(name), @extschema@.hcc_setup_again(name);
	} . join('', map { made($_, 'anew') } qw(hcc_service_start hcc_release_panel hcc_setup_again hccraf_update)) . join('', map { made($_) } qw(hcc_refuse_panel hcc_panel_current hccraf_panels)) . qq{
	UPDATE \@extschema\@.hcc_panel_source SET statement = replace(statement, '''$version''', '''$next''');
	} . q{
	UPDATE @extschema@.hcc_panel_source SET statement = replace(replace(statement,
		'excluded text, msp_factor numeric)', 'excluded text, msp_factor numeric, news text)'),
		'END, p.msp_factor', 'END, p.msp_factor, ''new''') WHERE name = 'member';
	UPDATE @extschema@.hcc_panel_source SET statement = replace(replace(statement, '.scoring_schedule() IS', '.scoring_schedule(boolean) IS'),
		'.scoring_schedule()', '.scoring_schedule(news boolean DEFAULT true)'), signature = replace(signature, '()', '(boolean)')
	WHERE name = 'scoring_schedule';
	DELETE FROM @extschema@.hcc_panel_source WHERE name = 'explain_diagnosis';
	INSERT INTO @extschema@.hcc_panel_source (position, topic, kind, name, signature, statement)
	SELECT max(position) + 1, 'news', 'routine', 'news', U&'\0040panel\0040.news()', U&'CREATE FUNCTION \0040panel\0040.news() RETURNS text LANGUAGE sql RETURN ''news'';'
	FROM @extschema@.hcc_panel_source;
	INSERT INTO @extschema@.hcc_panel_source (position, topic, kind, name, statement)
	SELECT max(position) + 1, 'news', 'table', 'novelty', U&'CREATE TABLE \0040panel\0040.novelty (n integer);' FROM @extschema@.hcc_panel_source;
});

my $node = PostgreSQL::Test::Cluster->new('main', install_path => $copy . dirname($installed{bindir}));
$node->init;
$node->start;
sub query { return $node->safe_psql(shift, shift) }
sub failure
{
	my ($database, $sql) = @_;
	my ($status, $out, $err) = $node->psql($database, $sql, extra_params => [ '-v', 'VERBOSITY=verbose' ]);
	return $err;
}

query('postgres', 'CREATE DATABASE old; CREATE ROLE own NOLOGIN; CREATE ROLE clerk; CREATE ROLE boss');
query('old', q{
	CREATE SCHEMA hcc;
	CREATE EXTENSION hccraf SCHEMA hcc;
	GRANT USAGE ON SCHEMA hcc TO PUBLIC;
	ALTER DATABASE old SET search_path = hcc, public});
query('old', fill(q{"Odd 'one"}, people => 300) =~ s/hccraf_setup\('"Odd 'one"'/hccraf_setup('Odd ''one'/r);
query('old', q{
	INSERT INTO hcc_crosswalk (model_version, icd10_code, hcc_code, coefficient) VALUES ('MINE', 'A00', '1', 0.5);
	CREATE SCHEMA numbered AUTHORIZATION own;
	SET ROLE own;
	SELECT hccraf_setup('numbered', 'bigint', partitioned => true, partitions => 3);
	SELECT numbered.track_changes();
	GRANT USAGE ON SCHEMA numbered TO clerk;
	GRANT SELECT ON numbered.patient_demographic, numbered.patient_diagnosis_hcc TO clerk;
	GRANT EXECUTE ON FUNCTION numbered.two_way_value TO boss WITH GRANT OPTION;
	REVOKE EXECUTE ON FUNCTION numbered.member, numbered.scoring_schedule FROM PUBLIC;
	GRANT EXECUTE ON FUNCTION numbered.member TO clerk;
	GRANT EXECUTE ON FUNCTION numbered.member TO boss WITH GRANT OPTION;
	GRANT EXECUTE ON FUNCTION numbered.scoring_schedule TO clerk;
	INSERT INTO numbered.patient_demographic (patient_id, payment_year, date_of_birth, sex) SELECT p, 2026, '1950-01-01', 'F' FROM generate_series(1, 20) p;
	INSERT INTO numbered.patient_diagnosis_hcc (patient_id, icd10_code, diagnosis_date) SELECT p, 'E119', '2025-05-05' FROM generate_series(1, 10) p;
	CALL numbered.score_population(2026);
	CREATE VIEW numbered.mine AS SELECT patient_id, age FROM numbered.person(2026);
	RESET ROLE;
	CALL "Odd 'one".score_population(2026)});

my $people = q{
	SELECT md5(string_agg(p::text, E'\n' ORDER BY p::text)) FROM "Odd 'one".person(2026) p;
	SELECT md5(string_agg(d::text, E'\n' ORDER BY d::text)) FROM "Odd 'one".diagnosis(2026) d;
	SELECT raf_score('{A00}'::text[], beneficiary(70, 'F'), 'MINE');
	SELECT count(*), sum(age) FROM numbered.mine;
	SELECT patient_id, raf_score FROM numbered.patient_hcc_score ORDER BY 1;
	} . scores('"Odd \'one"') . ' ORDER BY 1';
my $objects_before;
# What there is, whose it is, and who may do what with it
my $objects = q{
	SELECT p.oid::regprocedure, prokind, proowner::regrole, proacl, proconfig, provolatile, proparallel, prorettype::regtype, procost, prorows
	FROM pg_proc p WHERE pronamespace IN ('numbered'::regnamespace, '"Odd ''one"'::regnamespace)
		AND proname NOT IN ('member', 'scoring_schedule', 'explain_diagnosis', 'news') ORDER BY 1::text;
	SELECT c.oid::regclass, relowner::regrole, relacl FROM pg_class c WHERE relname <> 'novelty'
		AND relnamespace IN ('numbered'::regnamespace, '"Odd ''one"'::regnamespace) ORDER BY 1::text;
	SELECT pg_describe_object(classid, objid, 0) COLLATE "C" FROM pg_depend WHERE deptype = 'x'
		AND pg_describe_object(classid, objid, 0) !~ 'scoring_schedule|explain_diagnosis|news' ORDER BY 1};
# Shows what differs, for there are many
sub unchanged
{
	my ($database, $what) = @_;
	my %lines;
	$lines{$_}-- for split /\n/, $objects_before;
	$lines{$_}++ for split /\n/, query($database, $objects);
	is(join("\n", map { ($lines{$_} > 0 ? '+' : '-') . $_ } grep { $lines{$_} } sort keys %lines), '', $what);
}
my $panels = 'SELECT * FROM hccraf_panels() ORDER BY 1';
my $superuser = query('old', 'SELECT current_user');
sub panels { return join "\n", map { "$_->[0]|$_->[1]|$_->[2]|$_->[3]|" . ($_->[4] // 't') } @_ }
my $before = panels([ "Odd 'one", $superuser, $version, 'uuid' ], [ 'numbered', 'own', $version, 'bigint' ]);
my $after = $before =~ s/\Q$version\E/$next/gr;
my $scores_before = query('old', $people);
$objects_before = query('old', $objects);
like($scores_before, qr/^20\|1520$/m, 'there are people');
is(query('old', $panels), $before, 'hccraf_panels');
my $dump = "$copy/dump.sql";
$node->command_ok([ 'pg_dump', '-f', $dump, 'old' ], 'a dump of the old version');

# Nobody else
like(failure('old', 'SET ROLE own; SELECT hccraf_update()'), qr/42501: permission denied for function hccraf_update/, 'not for everybody');
like(failure('old', "ALTER EXTENSION hccraf UPDATE TO '$next'"), qr/2BP01: cannot drop function (hcc\.)?hcc_service_start/, 'not without the panels');

# A default whose constants are read by functions of a panel's owner, and so as the one who updates
query('old', q{
	GRANT CREATE ON SCHEMA public TO own;
	SET ROLE own;
	CREATE TYPE public.planted AS RANGE (subtype = text);
	CREATE FUNCTION numbered.planted(p public.planted DEFAULT '[a,b]') RETURNS integer LANGUAGE sql RETURN 1;
	ALTER FUNCTION numbered.planted DEPENDS ON EXTENSION hccraf});
like(failure('old', 'SELECT hccraf_update()'), qr/42501: numbered.planted\((public\.)?planted\) has a default that hccraf_setup has not given it/, 'a planted default');
query('old', 'DROP TYPE public.planted CASCADE');

# Without a newer version it makes the functions anew and changes nothing.
is(query('old', 'SELECT hccraf_update()'), $version, 'the same version again');
unchanged('old', 'everything is as it was');
is(query('old', $people), $scores_before, 'with the same results');

like(failure('old', "SELECT hccraf_update('$_')"), qr/22023: /, "no version: $_") for '', 'nosuch', "it''s";

# What somebody has built on what goes is in the way: nothing is half made.
for my $built ([ 'SELECT FROM numbered.explain_diagnosis(1)', 'numbered\.explain_diagnosis\(bigint,integer,text,text,text\) is no longer part of a panel' ],
	[ 'SELECT patient_id FROM numbered.member(2026)', 'numbered\.member\(.*\) has another result or other arguments in this version' ])
{
	query('old', "CREATE VIEW public.built AS $built->[0]");
	like(failure('old', "SELECT hccraf_update('$next')"), qr/2BP01: $built->[1], and something depends on it\nDETAIL:  view (public\.)?built depends on/, $built->[1]);
	is(query('old', "SELECT extversion FROM pg_extension WHERE extname = 'hccraf'"), $version, 'then it is not updated');
	is(query('old', $panels), $before, 'and neither are its panels');
	query('old', 'DROP VIEW public.built');
}
unchanged('old', 'everything is as it was');
is(query('old', $people), $scores_before, 'with the same results');

# A run that goes on is not pulled the carpet from under.
my ($stdin, $stdout, $stderr) = ('', '', '');
my $other = IPC::Run::start([ 'psql', '-XAtq', '-f', '-', '-d', $node->connstr('old') ], '<', \$stdin, '>', \$stdout, '2>', \$stderr);
$stdin .= "SELECT hcc_run_lock('numbered.hcc_run');\n";
$other->pump until $stdout =~ /t/ || $stderr;
like(failure('old', "SELECT hccraf_update('$next')"), qr/55P03: a scoring run of schema "numbered" is going on\nDETAIL:  It is process \d+/, 'not during a run');
$stdin .= "\\q\n";
$other->finish;

# The update
is(query('old', "SELECT hccraf_update('$next')"), $next, 'hccraf_update');
is(query('old', $panels), $after, 'the panels are those of the new version');
unchanged('old', 'whose everything is, and who may do what, is as it was');
is(query('old', $people), $scores_before, 'with the same results');
is(query('old', q{SELECT "Odd 'one".news(), numbered.news(), (SELECT news FROM numbered.member(2026) LIMIT 1)}), 'news|news|new', 'what is new');
is(query('old', q{SELECT c.oid::regclass, relowner::regrole FROM pg_class c WHERE relname = 'novelty' ORDER BY 1::text}),
	qq{"Odd 'one".novelty|$superuser\nnumbered.novelty|own}, 'also tables, which are the owners');
is(query('old', q{SELECT count(*) FROM pg_proc WHERE proname = 'explain_diagnosis'}), '0', 'what is no longer there');
is(query('old', q{SELECT proname, pg_get_function_identity_arguments(p.oid), proowner::regrole, a
	FROM pg_proc p, unnest(ARRAY(SELECT x::text FROM unnest(proacl) x ORDER BY 1)) WITH ORDINALITY u(a, n)
	WHERE pronamespace = 'numbered'::regnamespace AND proname IN ('member', 'scoring_schedule') ORDER BY 1, n}) =~ s/payment_year[^|]*/*/gr,
	"member|*|own|boss=X*/own\nmember|*|own|clerk=X/own\nmember|*|own|own=X/own\nscoring_schedule|news boolean|own|clerk=X/own\nscoring_schedule|news boolean|own|own=X/own",
	'rights go to what is in the place of what had them');
is(query('old', q{
	CALL "Odd 'one".score_population(2026);
	SELECT scores_added, scores_changed, scores_removed FROM "Odd 'one".scoring_run() LIMIT 1;
	SET ROLE own;
	INSERT INTO numbered.patient_diagnosis_hcc (patient_id, icd10_code, diagnosis_date) VALUES (11, 'E119', '2025-05-05');
	CALL numbered.refresh_scores(2026);
	SELECT kind, patients, scores_changed FROM numbered.scoring_run() LIMIT 1}), "0|0|0\nrefresh|1|1", 'jobs run, and changes are noted');

# A dump of the old version, restored beside the new one
append_to_file("$extension/control.next", slurp_file("$extension/hccraf.control") =~ s/^(default_version *= *').*'/$1$next'/mr);
rename "$extension/control.next", "$extension/hccraf.control" or die "hccraf.control: $!";
query('postgres', 'CREATE DATABASE restored');
query('restored', 'ALTER DATABASE restored SET search_path = hcc, public');
$node->command_ok([ 'psql', '-XqAt', '-o', '/dev/null', '-v', 'ON_ERROR_STOP=1', '-f', $dump, '-d', 'restored' ], 'restored beside the new version');
is(query('restored', $panels), $before =~ s/\|t$/|f/gmr, 'its panels are of the old version');
for my $call ('SELECT FROM numbered.person(2026)', 'SELECT numbered.raf_score(1, 2026)', 'CALL numbered.score_population(2026)')
{
	like(failure('restored', $call),
		qr/55000: panel "numbered" was made by version \Q$version\E of hccraf, and this is \Q$next\E\nHINT:  As its owner: SELECT hcc.hccraf_setup\('numbered'\);/, "refused: $call");
}
query('restored', q{SET ROLE own; SELECT hcc.hccraf_setup('numbered')});
is(query('restored', 'SELECT schema, is_current FROM hccraf_panels()'), "Odd 'one|f\nnumbered|t", 'one is mended by its owner');
is(query('restored', 'SELECT hccraf_update()'), $next, 'all are by hccraf_update');
is(query('restored', $panels), $after, 'then they are of the new version');
unchanged('restored', 'with the same rights');
is(query('restored', $people), $scores_before, 'and the same results');

$node->stop;
done_testing();
