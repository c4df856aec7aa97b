# schedule_scoring with a real pg_cron: a job runs by the clock and fills
# patient_hcc_score; one that fails is seen and stops no other. pg_cron up to
# 1.4 knows minutes only, so this may wait for the next.
use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use Population;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
my $directory = $node->config_data('--sharedir');
plan skip_all => "pg_cron is not installed in $directory" unless -e "$directory/extension/pg_cron.control";
my $host = $node->host;
$node->append_conf('postgresql.conf', qq{
shared_preload_libraries = 'pg_cron'
cron.database_name = 'postgres'
cron.host = '$host'
shared_buffers = 64MB
timezone = UTC
});
$node->start;

sub query { return $node->safe_psql('postgres', shift) }
sub failure
{
	my ($sql) = @_;
	my ($status, $out, $err) = $node->psql('postgres', $sql, extra_params => [ '-v', 'VERBOSITY=verbose' ]);
	return $err;
}

query('CREATE EXTENSION hccraf');
query('SELECT hccraf_setup()');
query(fill('nightly', people => 300));
query('CREATE DATABASE elsewhere');
$node->safe_psql('elsewhere', 'CREATE EXTENSION hccraf; SELECT hccraf_setup()');
query(q{CREATE EXTENSION pg_cron; CREATE SCHEMA broken; SELECT hccraf_setup('broken')});

# What is asked for is checked when it is asked for.
like(failure(q{SELECT schedule_scoring('* * * * *', options => '{"keep_histroy": false, "payment_year": 2026}')}),
	qr/22023: these are no options of refresh_scores: keep_histroy, payment_year\nDETAIL:  There are: allow_low_confidence, batch_size, by_known_at, component, expect_at_least, keep_history,/, 'unknown options');
like(failure(q{SELECT schedule_scoring('* * * * *', options => '{"known_at": "2026-01-01"}')}), qr/no options of refresh_scores: known_at/, 'an option of the other procedure');
like(failure(q{SELECT schedule_scoring('sometimes')}), qr/ERROR:.*sometimes/, 'an invalid schedule');
unlike(failure("SELECT $_"), qr/CONTEXT/, "$_: without how pg_cron was asked")
	for q{schedule_scoring('sometimes')}, q{schedule_job('often', 'annotate_diagnoses')};
# of both panels
my $schedule = '(SELECT * FROM nightly.scoring_schedule() UNION ALL SELECT * FROM broken.scoring_schedule() ORDER BY 1) s';
is(query("SELECT count(*) FROM $schedule"), '0', 'nothing is scheduled yet');

my ($version) = split /-/, query(q{SELECT extversion FROM pg_extension WHERE extname = 'pg_cron'});
my $often = $version >= 1.5 ? '1 second' : '* * * * *';

# Arguments arrive as they were given.
my $job = query(q{SELECT nightly.schedule_scoring('0 3 * * *', 'arguments', 2026, 'PACE', false,
	'{"keep_history": false, "batch_size": 500, "component": "it''s", "other_programs": "{MA-PD,PDP}", "work_mem": null}')});
is(query("SELECT command, schedule, active, username FROM cron.job WHERE jobid = $job"),
	q{CALL nightly.score_population(payment_year => 2026, program => 'PACE', batch_size => '500', component => 'it''s', keep_history => 'false', other_programs => '{MA-PD,PDP}', work_mem => NULL)|0 3 * * *|t|}
	. query('SELECT current_user'), 'the command');
is(query(q{SELECT nightly.unschedule_scoring('arguments')}), 't', 'taken away');

my $wrong = query("SELECT broken.schedule_scoring('$often', 'failing', 1999)");
$job = query("SELECT nightly.schedule_scoring('0 3 1 1 *', payment_year => 2026)");
is(query("SELECT nightly.schedule_scoring('$often', payment_year => 2026, options => '{\"batch_size\": 100}')"), $job, 'the same name: the same job');
query(q{SELECT cron.schedule('vacuum', '0 3 * * *', 'VACUUM')});
is(query("SELECT job_id, job_name, schedule, database, active, last_status FROM $schedule"), "$wrong|failing|$often|postgres|t|\n$job|hccraf|$often|postgres|t|", 'scoring_schedule');

$node->poll_query_until('postgres', q{SELECT count(*) > 200 FROM nightly.patient_hcc_score}) or die 'the job has not run';
$node->poll_query_until('postgres', "SELECT bool_and(last_status IN ('succeeded', 'failed')) FROM $schedule");
my $scores = query(model_scores('nightly'));
is(query(q{SELECT kind, state, payment_year FROM nightly.scoring_run() ORDER BY run_id LIMIT 1}), 'full|done|2026', 'the first run did everybody');
is(query("SELECT job_name, last_status FROM $schedule"), "failing|failed\nhccraf|succeeded", 'one fails, the other does not');
like(query("SELECT last_message FROM $schedule WHERE job_name = 'failing'"), qr/program "MA" has no payment parameters for payment year 1999/, 'why');
is(query(q{SELECT DISTINCT state, stage, payment_year FROM broken.scoring_run()}), 'failed|collect|1999', 'in its runs, too');
query(q{CALL nightly.score_population(2026, resume_within => '0')}) if query(q{SELECT nightly.unschedule_scoring()}) eq 't';
is(query(model_scores('nightly')), $scores, 'as a run by hand');
is(query(q{SELECT nightly.unschedule_scoring(), broken.unschedule_scoring('vacuum'), broken.unschedule_scoring('failing')}), 'f|f|t', 'unschedule_scoring');
is(query('SELECT jobname FROM cron.job'), 'vacuum', 'other jobs are left alone');
is(query("SELECT count(*) FROM $schedule"), '0', 'nothing is scheduled any more');

# A panel of any name, and a job of one panel that another does not touch.
query(q{CREATE SCHEMA "Q""x'y z"; SELECT hccraf_setup('Q"x''y z')});
query(q{SELECT "Q""x'y z".schedule_scoring('0 3 * * *', 'odd', 2026, 'M''A', options => '{"component": "a\\"b"}')});
is(query(q{SELECT command FROM "Q""x'y z".scoring_schedule()}),
	q{CALL "Q""x'y z".refresh_scores(payment_year => 2026, program => 'M''A', component => 'a"b')}, 'names with quotes');
is(query(q{SELECT nightly.unschedule_scoring('odd'), (SELECT count(*) FROM nightly.scoring_schedule())}), 'f|0', 'not of this panel');
my ($failed, undef, $why) = $node->psql('postgres', query(q{SELECT command FROM cron.job WHERE jobname = 'odd'}));
like($why, qr/M'A/, 'the command is one that runs');
is(query(q{SELECT "Q""x'y z".unschedule_scoring('odd')}), 't', 'of its own it is');

# Every job of a panel, for two years at once; and none is left when the extension goes
query(qq{SELECT nightly.schedule_scoring('0 3 * * *', 'scores ' || y, y) FROM generate_series(2026, 2027) y;
	SELECT nightly.schedule_job('0 4 * * *', j, o::jsonb) FROM (VALUES ('annotate_diagnoses', '{"payment_year": 2026}'),
		('refresh_gaps', '{"collection_year": 2026, "model": "V28"}'), ('refresh_worklist', '{"collection_year": 2026}')) v(j, o);
	SELECT nightly.schedule_job('$often', 'refresh_gaps', '{"collection_year": 2025, "without_list": "accept"}', 'gaps')});
is(query('SELECT job_name, command FROM nightly.scoring_schedule()'), join("\n",
	"scores 2026|CALL nightly.refresh_scores(payment_year => 2026, program => 'MA')",
	"scores 2027|CALL nightly.refresh_scores(payment_year => 2027, program => 'MA')",
	"nightly annotate_diagnoses|CALL nightly.annotate_diagnoses(payment_year => '2026')",
	"nightly refresh_gaps|CALL nightly.refresh_gaps(collection_year => '2026', model => 'V28')",
	"nightly refresh_worklist|CALL nightly.refresh_worklist(collection_year => '2026')",
	"gaps|CALL nightly.refresh_gaps(collection_year => '2025', without_list => 'accept')"), 'jobs of all kinds');
like(failure("SELECT nightly.schedule_job('0 4 * * *', $_->[0])"), $_->[1], $_->[2]) for
	[ q{'vacuum'}, qr/22023: a panel has no job "vacuum"\nDETAIL:  There are: score_population/, 'no such job' ],
	[ q{NULL}, qr/^psql:[^\n]*ERROR:  22023: a panel has no job ""/, 'none is none, too' ],
	[ q{'refresh_gaps', '[2026]'}, qr/22023: invalid value for argument "options": \[2026\]\n/,
		'options are an object' ],
	[ q{'refresh_gaps'}, qr/22004: refresh_gaps needs a collection year/, 'a year is needed' ],
	[ q{'refresh_gaps', '{"collection_year": 2026, "modell": "V28"}'}, qr/22023: these are no options of refresh_gaps: modell/, 'no such option' ];
$node->poll_query_until('postgres', 'SELECT count(*) > 0 FROM nightly.hcc_gap_run') or die 'the job has not run';
is(query(q{SELECT nightly.unschedule_scoring('gaps')}), 't', 'taken away');
query(q{INSERT INTO eligible_procedure (service_year, procedure_code) VALUES (2031, '99213');
	SELECT cron.schedule('own', '0 3 * * *', 'CALL nightly.clean_up()')});
my $jobs = query('SELECT count(*) FROM cron.job');
query('CREATE EXTENSION citext');
query('DROP EXTENSION citext CASCADE /* not needed by hccraf */');
is(query('SELECT count(*) FROM cron.job'), $jobs, 'DROP EXTENSION of another, with a word about this one, takes no job away');
like(failure('DROP EXTENSION hccraf'), qr/WARNING:  01000: rows of yours in reference tables go with hccraf\nDETAIL:  There are: .*eligible_procedure: \d/, 'what goes with it is told');
is(query('SELECT jobname FROM cron.job ORDER BY jobname'), "own\nvacuum", 'and no job of it is left, but those of others, of its schema too');

# Where there is no pg_cron
my ($status, $out, $err) = $node->psql('elsewhere', q{SELECT schedule_scoring('* * * * *')}, extra_params => [ '-v', 'VERBOSITY=verbose' ]);
like($err, qr/55000: database "elsewhere" has no pg_cron\nHINT:  Install it .*cron.database_name = 'elsewhere'/, 'a database without pg_cron');

$node->stop;
done_testing();
