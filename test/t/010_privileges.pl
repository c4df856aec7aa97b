# The roles of doc/security.md can do what they must and nothing else; every
# grant there is needed. Row security holds in functions and jobs.
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
$node->append_conf('postgresql.conf', "shared_buffers = 64MB\ntimezone = UTC");
$node->start;

sub query { return $node->safe_psql('postgres', shift) }
# What a role is told: its result, or the error
sub as
{
	my ($role, $sql) = @_;
	my ($status, $out, $err) = $node->psql('postgres', "SET SESSION AUTHORIZATION $role; $sql");
	return $err =~ /ERROR:\s+(.*)/ ? $1 : $out . ($err =~ /WARNING:(?!.* of patients without a row).*/ ? $& : '');
}

my @block = slurp_file("$FindBin::RealBin/../../doc/security.md") =~ /```sql\n(.*?)```/sg;
is(scalar(@block), 6, 'blocks of doc/security.md');
query('CREATE EXTENSION hccraf');
my ($roles, $scoring, $market, $reading, $gaps, $policies) = @block;
query(join "\n", $roles, $scoring, $market, $reading, $gaps);
# whose tables these are already
(my $people = fill('hcc_data', people => 300)) =~ s/SELECT hccraf_setup\('hcc_data'\);//;
query($people);
query(q{INSERT INTO hcc_data.patient_enrollment (patient_id, issuer_id, plan_id, first_day, last_day,
		date_of_birth, sex, metal)
	SELECT md5('market' || p)::uuid, '12345', '12345TX0010001', '2025-01-01', '2025-12-31',
		date '1970-01-01' + p, 'F', 'silver' FROM generate_series(1, 5) p});
query(fill('reference', people => 300));
query(q{CALL reference.score_population(2026)});
my $wanted = query(model_scores('reference'));

# A change of data, and all that a scheduler does
my $turn = 0;
sub change
{
	$turn++;
	query(qq{UPDATE hcc_data.patient_demographic SET low_income = NOT low_income, dual_status = CASE WHEN $turn % 2 = 1 THEN '02' END
			WHERE patient_id IN (SELECT patient_id FROM hcc_data.patient_demographic ORDER BY 1 LIMIT 20);
		DELETE FROM hcc_data.patient_hcc_score WHERE patient_id IN (SELECT patient_id FROM hcc_data.patient_hcc_score ORDER BY 1 DESC LIMIT 1);
		UPDATE hcc_data.patient_diagnosis_hcc SET verdict = NULL WHERE patient_id IN (SELECT patient_id FROM hcc_data.patient_demographic ORDER BY 1 LIMIT 20);
		INSERT INTO hcc_data.patient_hcc_score (patient_id, payment_year, data_collection_year) VALUES (gen_random_uuid(), 2026, 2025);
		UPDATE hcc_data.patient_enrollment SET sex = CASE sex WHEN 'F' THEN 'M' ELSE 'F' END;
		INSERT INTO hcc_data.patient_hcc_model_score SELECT gen_random_uuid(), 2026, 0, NULL, 'MA', 'part_c', 'V28', 'V28_2024', 'CNA', '{}', 0, 0, 0, 0, 0, 0, 1, 0});
}
my $work = q{CALL hcc_data.refresh_scores(2026); CALL hcc_data.score_population(2026);
	CALL hcc_data.score_population(2026, payment_run => 'initial');
	CALL hcc_data.annotate_diagnoses(2026); SELECT count(*) FROM hcc_data.scoring_run() WHERE state = 'running'};
is(as('hcc_scheduler', $work), '0', 'the scheduler runs the jobs');
my $scored = q{CALL hcc_data.score_population(2025, program => 'ACA', without_list => 'accept');
	SELECT count(*) FROM hcc_data.patient_enrollee_score};
is(as('hcc_scheduler', $scored), '5', 'and those of the marketplace');
is(query(model_scores('hcc_data')), $wanted, 'with the same scores');
change();
is(as('hcc_scheduler', $work), '0', 'and again when data have changed');
is(query(q{SELECT count(*) FROM hcc_data.patient_diagnosis_hcc WHERE verdict IS NULL AND diagnosis_date BETWEEN '2025-01-01' AND '2025-12-31'}), '0', 'diagnoses annotated');

# Every grant is needed.
my $reports = q{CALL hcc_data.refresh_gaps(2025); CALL hcc_data.refresh_worklist(2025); SELECT count(*) FROM hcc_data.worklist() WHERE hcc_code = ''};
is(as('hcc_scheduler', $reports), '0', 'the scheduler refreshes gaps and worklist');
for my $case (map { my $jobs = $_->[1]; map { [ $_, $jobs ] } $_->[0] =~ /GRANT (.*?;)/sg } 
	[ $scoring, $work ], [ $market, $scored ], [ $gaps, $reports ])
{
	my ($grant, $jobs) = @$case;
	$grant =~ s/\s+/ /g;
	my ($privileges, $kind, $objects) = $grant =~ /^(.*?) ON (SCHEMA |SEQUENCE )?(.*) TO hcc_scheduler;$/ or die $grant;
	# a list of columns is one privilege
	my @privileges = $privileges =~ /\(/ ? map { "UPDATE ($_)" } $privileges =~ /(\w+)(?=[,)])/g : split /, /, $privileges;
	for my $object (split /, /, $objects)
	{
		# DELETE from the tables of a run is for when they cannot be truncated, below
		for my $privilege ($object =~ /hcc_run_/ ? grep { $_ ne 'DELETE' } @privileges : @privileges)
		{
			my $target = ($kind // '') . $object;
			change();
			query("REVOKE $privilege ON $target FROM hcc_scheduler");
			like(as('hcc_scheduler', '\set ON_ERROR_STOP 1' . "\n$jobs"), qr/^permission denied for/, "needs $privilege on $object");
			query("GRANT $privilege ON $target TO hcc_scheduler");
		}
	}
}
is(as('hcc_scheduler', $work), '0', 'with all of them it goes on');

# A role that may only look into the schema locks a table by preparing a statement
# that it may not run; the jobs go on, and this is what DELETE is for.
query('CREATE ROLE onlooker LOGIN; GRANT USAGE ON SCHEMA hcc_data TO onlooker');
my $onlooker = $node->background_psql('postgres');
$onlooker->query_safe('SET SESSION AUTHORIZATION onlooker; BEGIN');
$onlooker->query_safe("PREPARE p$_ AS SELECT FROM hcc_data.$_") for qw(hcc_run_input hcc_run_result hcc_run_unscored hcc_run_changed hcc_run_consumed);
change();
is(as('hcc_scheduler', $work), '0', 'locks of somebody without rights stop no run');
is(query(q{SELECT (SELECT count(*) FROM hcc_data.hcc_run_input) + (SELECT count(*) FROM hcc_data.hcc_run_result)}), '0', 'nothing is left');
for my $table (qw(hcc_run_input hcc_run_result hcc_run_unscored hcc_run_changed hcc_run_consumed))
{
	change();
	query("REVOKE DELETE ON hcc_data.$table FROM hcc_scheduler");
	like(as('hcc_scheduler', '\set ON_ERROR_STOP 1' . "\n$work"), qr/^permission denied for table $table/, "needs DELETE on $table");
	query("GRANT DELETE ON hcc_data.$table TO hcc_scheduler");
}
is(as('hcc_scheduler', $work), '0', 'with all of them it goes on');
$onlooker->query_safe('ROLLBACK');
$onlooker->quit;

# What nobody but the owner may do
for my $sql ('UPDATE hcc_coefficient SET coefficient = 0', q{INSERT INTO encounter_rule (priority, verdict) VALUES (1, 'x')},
	'DELETE FROM hcc_data.patient_demographic', 'TRUNCATE hcc_data.patient_diagnosis_hcc', q{UPDATE hcc_data.patient_diagnosis_hcc SET icd10_code = 'I10'},
	'INSERT INTO hcc_data.patient_diagnosis_hcc (patient_id, icd10_code, diagnosis_date) VALUES (gen_random_uuid(), \'I10\', now())',
	'SELECT * FROM hcc_data.patient_hcc_score_history', 'DELETE FROM hcc_data.hcc_run')
{
	like(as($_, $sql), qr/^permission denied/, "$_ cannot: $sql") for 'hcc_scheduler', 'hcc_reader';
}
like(as('hcc_scheduler', q{SELECT hcc_data.track_changes(false)}), qr/^must be owner|^permission denied/, 'nor stop the notes of changes');
like(as('hcc_owner', 'UPDATE hcc_coefficient SET coefficient = 0'), qr/^permission denied/, 'the owner of patient tables cannot change models');

# The reader
my $somebody = query('SELECT patient_id FROM hcc_data.patient_hcc_score WHERE raf_score IS NOT NULL ORDER BY 1 LIMIT 1');
my $score = query("SELECT raf_score FROM hcc_data.patient_hcc_score WHERE patient_id = '$somebody' AND payment_year = 2026");
is(as('hcc_reader', "SELECT raf_score FROM hcc_data.patient_hcc_score WHERE patient_id = '$somebody' AND payment_year = 2026"), $score, 'the reader sees scores');
cmp_ok(as('hcc_reader', 'SELECT count(*) FROM hcc_data.patient_hcc_model_score'), '>', 200, 'by model, too');
is(as('hcc_reader', q{SELECT state FROM hcc_data.scoring_run() LIMIT 1}), 'done', 'and runs');
like(as('hcc_reader', $_), qr/^permission denied/, "but not: $_")
	for 'SELECT icd10_codes FROM hcc_data.patient_hcc_score', 'SELECT * FROM hcc_data.patient_hcc_score', 'TABLE hcc_data.patient_diagnosis_hcc',
	'TABLE hcc_data.patient_demographic', "SELECT hcc_data.raf_score('$somebody'::uuid, 2026)",
	"SELECT hcc_data.explain_diagnosis(gen_random_uuid())", q{CALL hcc_data.score_population(2026)},
	'TABLE hcc_data.patient_hcc_change';
is(query(q{SELECT count(*) FROM hcc_data.hcc_run WHERE started_by = 'hcc_reader'}), '0', 'no run of the reader');
is(as('hcc_scheduler', $work), '0', 'whose attempt leaves no lock');

# A loader's changes are noted.
query(q{CREATE ROLE loader LOGIN; GRANT USAGE ON SCHEMA hcc_data TO loader; GRANT INSERT ON hcc_data.patient_diagnosis_hcc, hcc_data.patient_hcc_change TO loader});
is(as('loader', qq{INSERT INTO hcc_data.patient_diagnosis_hcc (patient_id, icd10_code, diagnosis_date) VALUES ('$somebody', 'G8250', '2025-02-02')}), '', 'a loader');
is(query(qq{SELECT count(*) FROM hcc_data.patient_hcc_change WHERE patient_id = '$somebody' AND payment_year = 2026}), '1', 'is noted');
like(as('loader', 'DELETE FROM hcc_data.patient_hcc_change'), qr/^permission denied/, 'and cannot take it back');

# A run of another role that was interrupted is given up, its tables left to that role.
change();
query(q{CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''no''; END';
	CREATE TRIGGER fail BEFORE INSERT OR UPDATE ON hcc_data.patient_hcc_score FOR EACH ROW EXECUTE FUNCTION fail()});
is(as('hcc_owner', q{CALL hcc_data.score_population(2026)}), 'no', 'a run of the owner fails');
query('DROP TRIGGER fail ON hcc_data.patient_hcc_score');
is(as('hcc_scheduler', $work), '0', 'the scheduler starts anew');

# Row security
query(q{UPDATE hcc_data.patient_demographic SET contract_id = CASE WHEN patient_id < '80000000-0000-0000-0000-000000000000' THEN 'H0001' ELSE 'H0002' END;
	UPDATE hcc_data.patient_diagnosis_hcc SET contract_id = CASE WHEN patient_id < '80000000-0000-0000-0000-000000000000' THEN 'H0001' ELSE 'H0002' END});
query($policies);
is(as('hcc_scheduler', $work), '0', 'a policy for everybody');
$wanted = query(model_scores('hcc_data'));
my ($mine, $other) = map { query("SELECT patient_id FROM hcc_data.patient_demographic JOIN hcc_data.patient_diagnosis_hcc d USING (patient_id)
	WHERE payment_year = 2026 AND patient_id $_ '80000000-0000-0000-0000-000000000000' ORDER BY 1 LIMIT 1") } '<', '>=';
my $of = "hcc_data.raf_score('%s'::uuid, 2026)";
is(as('hcc_analyst', 'SELECT ' . sprintf($of, $mine)), query('SELECT ' . sprintf($of, $mine)), 'raf_score of a patient who is seen');
is(as('hcc_analyst', 'SELECT ' . sprintf($of, $other) . ' IS NULL'), 't', 'and of one who is not');
my ($my_diagnosis, $other_diagnosis) = map { query("SELECT id FROM hcc_data.patient_diagnosis_hcc WHERE patient_id = '$_' ORDER BY 1 LIMIT 1") } $mine, $other;
is(as('hcc_analyst', "SELECT verdict IS NOT NULL FROM hcc_data.explain_diagnosis('$my_diagnosis')"), 't', 'explain_diagnosis of one that is seen');
is(as('hcc_analyst', "SELECT count(verdict) FROM hcc_data.explain_diagnosis('$other_diagnosis')"), 'there is no diagnosis with this id', 'and of one that is not');
for my $reader ('person(2026)', 'diagnosis(2026)')
{
	is(as('hcc_analyst', "SELECT count(*) > 100, count(*) FILTER (WHERE patient_id >= '80000000-0000-0000-0000-000000000000')
		FROM hcc_data.$reader"), 't|0', "hcc_data.$reader");
}

# An analyst who may run jobs scores those who are seen and leaves the rest alone.
query(q{GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON ALL TABLES IN SCHEMA hcc_data TO hcc_analyst});
query("UPDATE hcc_data.patient_hcc_score SET raf_score = 99 WHERE payment_year = 2026");
my ($status, $out, $err) = $node->psql('postgres', q{SET SESSION AUTHORIZATION hcc_analyst; CALL hcc_data.score_population(2026)});
like($err, qr/NOTICE:  row security: only what role "hcc_analyst" may see is scored, and no score is removed/, 'a notice');
is(query(q{SELECT patient_id < '80000000-0000-0000-0000-000000000000' AS seen, raf_score = 99, count(*) > 80
	FROM hcc_data.patient_hcc_score WHERE payment_year = 2026 GROUP BY 1, 2 ORDER BY 1}), "f|t|t\nt|f|t", 'only those who are seen');
($status, $out, $err) = $node->psql('postgres', q{SET SESSION AUTHORIZATION hcc_scheduler; CALL hcc_data.refresh_scores(2026)});
like($err, qr/everybody is scored: the last run was asked for something else/, 'the next refresh of the scheduler does everybody');
is(query(model_scores('hcc_data')), $wanted, 'and all is as it was');
query(q{UPDATE hcc_data.patient_diagnosis_hcc SET verdict = 'old'});
as('hcc_analyst', q{CALL hcc_data.annotate_diagnoses(2026)});
is(query(q{SELECT count(*) FILTER (WHERE verdict <> 'old' AND contract_id = 'H0002'), count(*) FILTER (WHERE verdict = 'old' AND contract_id = 'H0001')
	FROM hcc_data.patient_diagnosis_hcc WHERE diagnosis_date BETWEEN '2025-01-01' AND '2025-12-31'}), '0|0', 'annotate_diagnoses writes what is seen');

# Row security behind a view that reads with the rights of whoever asks
query(q{CREATE SCHEMA behind; CREATE SCHEMA viewed;
	CREATE TABLE behind.p AS TABLE hcc_data.patient_demographic;
	CREATE TABLE behind.d AS TABLE hcc_data.patient_diagnosis_hcc;
	ALTER TABLE behind.p ENABLE ROW LEVEL SECURITY;
	CREATE POLICY part ON behind.p TO hcc_analyst USING (contract_id = 'H0001');
	CREATE VIEW viewed.inner_view WITH (security_invoker) AS TABLE behind.p;
	CREATE VIEW viewed.patient_demographic WITH (security_invoker) AS TABLE viewed.inner_view;
	CREATE VIEW viewed.patient_diagnosis_hcc WITH (security_invoker) AS TABLE behind.d;
	SELECT hccraf_setup('viewed');
	GRANT USAGE ON SCHEMA behind, viewed TO hcc_analyst;
	GRANT SELECT ON ALL TABLES IN SCHEMA behind TO hcc_analyst;
	GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON ALL TABLES IN SCHEMA viewed TO hcc_analyst;
	CALL viewed.score_population(2026)});
my $viewed = query(model_scores('viewed'));
($status, $out, $err) = $node->psql('postgres', q{SET SESSION AUTHORIZATION hcc_analyst; CALL viewed.score_population(2026)});
like($err, qr/NOTICE:  row security: only what role "hcc_analyst" may see is scored, and no score is removed/, 'views: a notice');
is(query(model_scores('viewed')), $viewed, 'and nobody is gone');

# Erasing is for who sees all, tells nobody's id, and leaves nothing behind in silence
my $erased = query('SELECT patient_id FROM viewed.patient_hcc_score ORDER BY 1 LIMIT 1');
query(qq{GRANT SELECT, DELETE ON hcc_data.patient_demographic, hcc_data.patient_diagnosis_hcc TO hcc_analyst});
like(as('hcc_analyst', qq{SELECT * FROM hcc_data.forget_patient('$mine')}), qr/^row security of hcc_data\.patient_\w+ may hide rows/, 'not under row security');
query(q{ALTER TABLE hcc_data.patient_demographic REPLICA IDENTITY NOTHING; CREATE PUBLICATION everything FOR TABLE hcc_data.patient_demographic});
like(as('hcc_owner', qq{SELECT * FROM hcc_data.forget_patient('$other')}), qr/^cannot delete from table "patient_demographic"/, 'what cannot be deleted is an error');
query('DROP PUBLICATION everything; ALTER TABLE hcc_data.patient_demographic REPLICA IDENTITY DEFAULT');
query(qq{CREATE TABLE behind.of_theirs (patient_id uuid, payment_year integer, payment_month smallint, known_at timestamptz,
		FOREIGN KEY (patient_id, payment_year, payment_month, known_at) REFERENCES hcc_data.patient_demographic);
	INSERT INTO behind.of_theirs SELECT patient_id, payment_year, payment_month, known_at FROM hcc_data.patient_demographic WHERE patient_id = '$other'});
($status, $out, $err) = $node->psql('postgres', "SET ROLE hcc_owner; SELECT * FROM hcc_data.forget_patient('$other')");
like($err, qr/violates foreign key constraint/, 'a row of yours that refers to the person');
unlike($err, qr/$other/, 'is not shown');

# A value that cannot be read is not shown, not to who may read runs either
query(q{CREATE SCHEMA misread; CREATE VIEW misread.patient_demographic AS TABLE behind.p;
	CREATE TABLE behind.text AS SELECT d.*, '2025-02-30'::text AS thru FROM behind.d d LIMIT 3;
	CREATE VIEW misread.patient_diagnosis_hcc AS SELECT id, patient_id, encounter_id, icd10_code, thru::date AS diagnosis_date, provider_npi,
		contract_id, claim_type, bill_type, procedure_codes, modifiers, place_of_service, record_source, record_action, linked_encounter_id,
		submission, is_valid_encounter, known_at FROM behind.text;
	SELECT hccraf_setup('misread')});
($status, $out, $err) = $node->psql('postgres', 'CALL misread.score_population(2026)');
like($err, qr/ERROR:  a value that the run has read cannot be read as what it should be/, 'a value that cannot be read');
unlike($err . query('SELECT error FROM misread.hcc_run'), qr/2025-02-30/, 'is not shown');

$node->stop;
done_testing();
