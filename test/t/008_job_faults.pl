# Whatever happens to a run, the scores are the old ones or the new ones, never
# a part of them: sessions cancelled, terminated and killed, servers that stop
# and crash, triggers that fail, disks that are full, at each stage; two runs at
# once; diagnoses and models that change meanwhile. The next call goes on where
# the run was, or starts anew, and comes to what an undisturbed run does.
use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use Population;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time usleep);

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init(extra => ['--wal-segsize=2']);
$node->append_conf('postgresql.conf', "shared_buffers = 64MB\ntimezone = UTC\nrestart_after_crash = on\nautovacuum = off");
$node->start;

sub query { return $node->safe_psql('postgres', shift) }

query('CREATE EXTENSION hccraf');
query(fill($_, people => 500)) for 'job', 'reference';

# Where a run can be held: in the second batch of stage score by lock 1, half
# way through publishing by lock 2. Nobody waits for a lock that nobody holds.
query(q{
	CREATE FUNCTION hold() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_advisory_xact_lock(TG_ARGV[0]::bigint); RETURN NEW; END';
	CREATE TRIGGER hold BEFORE UPDATE ON job.hcc_run FOR EACH ROW
		WHEN (OLD.next_block > 0 AND NEW.next_block > OLD.next_block) EXECUTE FUNCTION hold('1');
	CREATE TRIGGER hold BEFORE UPDATE ON job.patient_hcc_score FOR EACH ROW
		WHEN (NEW.patient_id > '80000000-0000-0000-0000-000000000000') EXECUTE FUNCTION hold('2');
	CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION USING ERRCODE = ''P7777'', MESSAGE = ''no''; END';
});
my %hold = (collect => 'BEGIN; LOCK job.patient_diagnosis_hcc IN ACCESS EXCLUSIVE MODE', score => 'SELECT pg_advisory_lock(1)', publish => 'SELECT pg_advisory_lock(2)');

my $arguments = "payment_year => 2026, other_programs => '{MA-PD}', batch_size => 60";
sub call { return "CALL $_[0].score_population($arguments)" }
sub run { return query(call($_[0] // 'job')) }
sub state { return query(q{SELECT state, stage FROM job.scoring_run() LIMIT 1}) }

# Every score becomes another one; what the tables are before and should be after
my ($before, $after);
sub new_data
{
	query("UPDATE $_.patient_demographic SET date_of_birth = date_of_birth + 1, dual_status = CASE WHEN dual_status = '02' THEN '00' ELSE '02' END") for 'job', 'reference';
	run('reference');
	$before = query(model_scores('job'));
	$after = query(model_scores('reference'));
	die 'nothing to do' if $before eq $after;
}

# A session that holds a run at a stage, and one that runs into it
my ($holder, $job, $pid);
sub begin_and_hold
{
	my ($stage) = @_;
	$holder = $node->background_psql('postgres');
	$holder->query_safe($hold{$stage});
	$job = $node->background_psql('postgres', on_error_stop => 0);
	$pid = $job->query_safe('SELECT pg_backend_pid()');
	$job->query_until(qr/begun/, "\\echo begun\n" . call('job') . ";\n");
	$node->poll_query_until('postgres', "SELECT count(*) = 1 FROM pg_locks WHERE pid = $pid AND NOT granted") or die 'not held';
}
sub release { eval { $holder->quit } }
sub ended { $job->query_until(qr/ended/, "\\echo ended\n") }

run($_) for 'job', 'reference';
is(query(model_scores('job')), query(model_scores('reference')), 'two schemas with the same scores');

my $cancel = sub { query("SELECT pg_cancel_backend($pid)"); ended() };
my $terminate = sub { query("SELECT pg_terminate_backend($pid)") };
my $kill = sub { kill 'KILL', $pid };
my $immediate = sub { $node->stop('immediate'); $node->start };
# its processes take a moment to notice
my $server_kill = sub {
	my @process = split /\n/, query('SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid()');
	$node->kill9;
	usleep(20_000) while kill 0, @process;
	$node->start;
};
my @fault = (
	[ cancelled => $cancel, 'cancelled', 1 ], [ terminated => $terminate, 'interrupted', 1 ],
	[ killed => $kill, 'interrupted', 0 ], [ 'server stopped at once' => $immediate, 'interrupted', 0 ], [ 'server killed' => $server_kill, 'interrupted', 0 ]);
for my $fault (@fault)
{
	my ($what, $do, $state, $goes_on) = @$fault;
	for my $stage (qw(collect score publish))
	{
		# one crash at the stage where something is stored and at the one where scores are written
		next if $stage eq 'collect' && !$goes_on;
		new_data();
		begin_and_hold($stage);
		is(query(q{SELECT state, stage FROM job.scoring_run() LIMIT 1}), "running|$stage", "$what: in stage $stage") if $stage ne 'collect';
		my $start = time;
		$do->();
		if ($state eq 'cancelled')
		{
			cmp_ok(time - $start, '<', 5, "$what in $stage: at once");
			like($job->{stderr}, qr/ERROR:  canceling statement due to user request\nDETAIL:  It was run \d+, stage $stage\.\nHINT:  The scores are as they were/, "$what in $stage: message");
			$job->quit;
		}
		else
		{
			eval { $job->quit };
			$node->poll_query_until('postgres', "SELECT NOT EXISTS (SELECT FROM pg_stat_activity WHERE pid = $pid)") or die;
		}
		release();
		is(query(model_scores('job')), $before, "$what in $stage: the scores are as they were");
		is(state(), "$state|$stage", "$what in $stage: $state");
		my ($run, $block) = split /\|/, query('SELECT run_id, next_block FROM job.hcc_run ORDER BY run_id DESC LIMIT 1');
		my ($status, $out, $err) = $node->psql('postgres', call('job'));
		is(query(model_scores('job')), $after, "$what in $stage: the next call completes it");
		if ($goes_on && $stage ne 'collect')
		{
			like($err, qr/run $run: goes on where it was, stage $stage/, "$what in $stage: goes on");
			unlike($err, qr/collected/, "$what in $stage: nothing is collected again");
			# the first batch is not done again
			my @batches = $err =~ /of \d+ patients scored/g;
			my $blocks = query("SELECT next_block FROM job.hcc_run WHERE run_id = $run");
			is(scalar(@batches), $stage eq 'score' ? int(($blocks - $block + $block - 1) / $block) : 0, "$what in $stage: at the next batch");
			is(query("SELECT status FROM job.hcc_run WHERE run_id = $run"), 'done', "$what in $stage: done");
		}
		else
		{
			# after a crash numbers are left out
			like($err, qr/run (?!$run:)\d+: \d+ patients collected/, "$what in $stage: starts anew");
			is(query("SELECT status FROM job.hcc_run WHERE run_id = $run"), $state eq 'cancelled' ? 'cancelled' : 'abandoned', "$what in $stage: the old run is given up");
		}
	}
}
is(query(q{SELECT count(*) FROM pg_class WHERE relname ~ '^hcc_run_\d+_'}), '0', 'nothing is left behind');

# A trigger that fails half way through publishing; the same session runs again
new_data();
query(q{CREATE TRIGGER fail BEFORE UPDATE ON job.patient_hcc_score FOR EACH ROW
	WHEN (NEW.patient_id > '80000000-0000-0000-0000-000000000000') EXECUTE FUNCTION fail()});
my $session = $node->background_psql('postgres', on_error_stop => 0);
$session->query(call('job'));
like($session->{stderr}, qr/ERROR:  no\nDETAIL:  It was run \d+, stage publish/, 'a failing trigger');
is(query(model_scores('job')), $before, 'a failing trigger: the scores are as they were');
is(query(q{SELECT state, stage, error FROM job.scoring_run() LIMIT 1}), 'failed|publish|no', 'a failing trigger: written down');
is(query(q{SELECT sqlstate FROM job.hcc_run ORDER BY run_id DESC LIMIT 1}), 'P7777', 'with its SQLSTATE');
query('DROP TRIGGER fail ON job.patient_hcc_score');
$session->{stderr} = '';
$session->query(call('job'));
like($session->{stderr}, qr/goes on where it was, stage publish/, 'the same session goes on');
is(query(model_scores('job')), $after, 'and completes it');
$session->quit;

# A full disk: a session whose files cannot grow, and temporary files
query(fill('large', people => 4500));
query(q{CALL large.score_population(2026)});
my $scores = query(model_scores('large'));
SKIP:
{
	skip 'no prlimit', 4 if system('prlimit --version >/dev/null 2>&1') != 0;
	$session = $node->background_psql('postgres', on_error_stop => 0);
	my $limited = $session->query_safe('SELECT pg_backend_pid()');
	system_or_bail('prlimit', '--pid', $limited, '--fsize=' . 2 * 1024 * 1024);
	$session->query(q{CALL large.score_population(2026, other_programs => '{MA-PD,PDP}', batch_size => 100)});
	like($session->{stderr}, qr/ERROR:  could not extend file .*DETAIL:  It was run \d+, stage score/s, 'no room');
	is(query(q{SELECT state, stage, patients_done > 0, patients_done < patients FROM large.scoring_run() LIMIT 1}), 'failed|score|t|t', 'no room: in the middle');
	is(query(model_scores('large')), $scores, 'no room: the scores are as they were');
	$session->quit;
	query(q{CALL large.score_population(2026, other_programs => '{MA-PD,PDP}', batch_size => 100)});
	is(query(q{SELECT count(*) FROM (} . scores('large') . ') s') . '|' . query(q{SELECT max(run_id) FROM large.hcc_run}), (split /\|/, $scores)[0] . '|2', 'with room, the run goes on');
}
new_data();
my ($status, $out, $err) = $node->psql('postgres', "SET temp_file_limit = 8; SET work_mem = '64kB'; SET hash_mem_multiplier = 1; SET statement_timeout = '60s';" . call('job'));
like($err, qr/ERROR:  temporary file size exceeds "?temp_file_limit/, 'no room for temporary files');
is(query(model_scores('job')), $before, 'no room for temporary files: the scores are as they were');
run();
is(query(model_scores('job')), $after, 'with room');

# Two runs at once
new_data();
begin_and_hold('score');
($status, $out, $err) = $node->psql('postgres', call('job'), extra_params => [ '-v', 'VERBOSITY=verbose' ]);
my $user = query('SELECT session_user');
like($err, qr/ERROR:  55P03: a scoring run of schema "job" is going on\nDETAIL:  Run \d+ of role $user, process $pid, since 2\d\d\d-\S+ \S+: stage score, \d+ of \d+ patients\./, 'a second caller is told who runs');
($status, $out, $err) = $node->psql('postgres', q{CALL job.refresh_scores(2026)});
like($err, qr/process $pid,/, 'a refresh, too');
run('reference');
is(query(q{SELECT state FROM reference.scoring_run() LIMIT 1}), 'done', 'another schema runs beside it');
is(query(model_scores('job')), $before, 'nothing is seen of what is not complete');
is(query(q{SELECT count(*) FROM job.scoring_run() WHERE state = 'running'}), '1', 'one run');
release();
ended();
$job->quit;
is(query(model_scores('job')), $after, 'the first completes');

# Diagnoses that arrive during a run are for the next.
new_data();
begin_and_hold('score');
my $arrive = q{INSERT INTO %1$s.patient_diagnosis_hcc (id, patient_id, icd10_code, diagnosis_date)
	SELECT gen_random_uuid(), patient_id, 'G8250', '2025-09-09' FROM %1$s.patient_hcc_score};
query(sprintf($arrive, 'job'));
release();
ended();
$job->quit;
is(query(model_scores('job')), $after, 'diagnoses that arrive during a run are not seen');
query(sprintf($arrive, 'reference'));
run($_) for 'job', 'reference';
is(query(model_scores('job')), query(model_scores('reference')), 'the next run sees them');
isnt(query(model_scores('job')), $after, 'and they count');

# One run, one model
for my $stage (qw(collect score publish))
{
	new_data();
	begin_and_hold($stage);
	query(q{UPDATE hcc_coefficient SET coefficient = coefficient + 0.01 WHERE model_version = 'V28' AND variable LIKE 'F%'});
	release();
	ended();
	if ($stage eq 'publish')
	{
		is(query(model_scores('job')), $after, 'model edited while scores are written: all by the old one');
		run('reference');
		query("CALL job.refresh_scores($arguments)");
		is(query(model_scores('job')), query(model_scores('reference')), 'the next refresh does everybody');
	}
	else
	{
		like($job->{stderr}, qr/models or rules have changed, it starts again/, "model edited in $stage: notice") if $stage eq 'score';
		run('reference');
		isnt(query(model_scores('reference')), $after, "model edited in $stage: other scores");
		is(query(model_scores('job')), query(model_scores('reference')), "model edited in $stage: all by the new one");
		is(query(q{SELECT seconds ->> 'restarts' FROM job.hcc_run ORDER BY run_id DESC LIMIT 1}), '1', "model edited in $stage: it started again");
		is(query(q{SELECT fingerprints -> 'models' ->> 'V28 V28_2024' = hccraf_fingerprint('V28', 2026, 'V28_2024') FROM job.hcc_run ORDER BY run_id DESC LIMIT 1}), 't',
			"model edited in $stage: the run names it");
	}
	$job->quit;
}

# Where a run cannot be
new_data();
my $runs = query('SELECT count(*) FROM job.hcc_run');
$session = $node->background_psql('postgres', on_error_stop => 0);
my $call = call('job');
my %wrong = ('a transaction block' => "BEGIN; $call; ROLLBACK;", 'a savepoint' => "BEGIN; SAVEPOINT s; $call; ROLLBACK;",
	'a block with EXCEPTION' => "DO \$\$ BEGIN $call; EXCEPTION WHEN OTHERS THEN RAISE WARNING 'ERROR:  %', SQLERRM; END \$\$;");
for my $what (sort keys %wrong)
{
	$session->{stderr} = '';
	$session->query($wrong{$what});
	like($session->{stderr}, qr/ERROR:  a scoring run cannot be part of a transaction block/, "in $what");
	is(query("SELECT count(*), hcc_run_lock_holder('job.hcc_run') IS NULL, (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory') FROM job.hcc_run"), "$runs|t|0", "in $what: no trace, no lock");
	is(query(model_scores('job')), $before, "in $what: the scores are as they were");
}
query('UPDATE large.patient_demographic SET lti = NOT lti');
# what a session does once is done, so that the time is over while it computes
$session->query(q{SELECT large.hcc_run_rules(r.parameters)
	FROM large.hcc_run r ORDER BY r.run_id DESC LIMIT 1});
$session->query(q{SET statement_timeout = '400ms'});
$scores = query(model_scores('large'));
$session->{stderr} = '';
my $start = time;
$session->query(q{CALL large.score_population(2026, other_programs => '{MA-PD,PDP}', batch_size => 100)});
like($session->{stderr}, qr/canceling statement due to statement timeout/, 'a timeout while it computes');
cmp_ok(time - $start, '<', 2, 'stops it at once');
is(query(q{SELECT state IN ('cancelled', 'interrupted') FROM large.scoring_run() LIMIT 1}), 't', 'and is written down');
is(query(model_scores('large')), $scores, 'the scores are as they were');
$session->query('RESET statement_timeout');
$session->query(q{CALL large.score_population(2026, other_programs => '{MA-PD,PDP}', batch_size => 100)});
isnt(query(model_scores('large')), $scores, 'the next call completes it');
$session->query($call);
is(query(model_scores('job')), $after, 'the same session can run after all that');
$session->quit;
is(query(q{SELECT count(*) FROM (SELECT patient_id FROM job.patient_hcc_score GROUP BY patient_id, payment_year HAVING count(*) > 1) x}), '0', 'nobody twice');
is(query(q{SELECT count(*) FROM pg_class WHERE relname ~ '^hcc_run_\d+_'}), '0', 'nothing is left behind');

$node->stop;
done_testing();
