# Changes of models that come by logical replication are seen like local ones.
# The apply worker runs no statements, so the statement triggers do not fire
# for rows; those for replicas do. Both servers have the extension, and with it
# the shipped rows; only changes travel, or the custom rows by a row filter.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $publisher = PostgreSQL::Test::Cluster->new('publisher');
$publisher->init(allows_streaming => 'logical');
$publisher->start;
my $subscriber = PostgreSQL::Test::Cluster->new('subscriber');
$subscriber->init(allows_streaming => 'logical');
$subscriber->start;

my $connection = $publisher->connstr . ' dbname=postgres';
$publisher->safe_psql('postgres', q{
	CREATE EXTENSION hccraf;
	CREATE PUBLICATION changes FOR TABLE hcc_coefficient, hcc_crosswalk, hcc_hierarchy, hcc_prerequisite, payment_year_parameter;
	CREATE PUBLICATION custom_rows FOR TABLE hcc_coefficient WHERE (custom);
});
$subscriber->safe_psql('postgres', 'CREATE EXTENSION hccraf');
$subscriber->safe_psql('postgres', "CREATE SUBSCRIPTION subscription CONNECTION '$connection' PUBLICATION changes WITH (copy_data = false)");
$subscriber->wait_for_subscription_sync($publisher, 'subscription');

# Sessions that have compiled their models before anything changes
my $warm = $subscriber->background_psql('postgres');
my $score = q{SELECT raf_score('{E119}'::text[], beneficiary(70, 'F'), 'V28', 2026)};
my $heart = q{SELECT raf_score('{Z95811}'::text[], beneficiary(70, 'M'), 'V28', 2026)};
my $mine = q{SELECT raf_score('{E119,A00}'::text[], beneficiary(70, 'F'), 'V28', 2026)};
my $payment = q{SELECT raf_payment('{}'::text[], beneficiary(70, 'F'), 2026)};
my $fingerprint = q{SELECT hccraf_fingerprint('V28', 2026)};
is($warm->query_safe($score), '0.561', 'score');
is($warm->query_safe($mine), '0.561', 'one without an HCC');
my $heart_before = $warm->query_safe($heart);
my $payment_before = $warm->query_safe($payment);

sub on_publisher
{
	$publisher->safe_psql('postgres', shift);
	$publisher->wait_for_catchup('subscription');
}

# The same is seen here and there.
sub arrives
{
	my ($what, $sql, $query, $expected) = @_;
	on_publisher($sql);
	is($warm->query_safe($query), $expected, $what);
	is($publisher->safe_psql('postgres', $query), $expected, "$what: at its source");
	is($warm->query_safe($fingerprint), $publisher->safe_psql('postgres', $fingerprint), "$what: the same model");
}

arrives('UPDATE', q{UPDATE hcc_coefficient SET coefficient = coefficient + 1
	WHERE model_version = 'V28' AND segment = 'CNA' AND variable = 'HCC38'}, $score, '1.561');
arrives('INSERT', q{INSERT INTO hcc_coefficient VALUES ('V28', 'V28_2024', 'CNA', 'HCC38', 2)}, $score, '2.395');
arrives('DELETE', q{DELETE FROM hcc_coefficient WHERE custom}, $score, '1.561');
arrives('UPDATE of every row', q{UPDATE hcc_coefficient SET coefficient = coefficient * 2}, $score, '3.122');
arrives('INSERT of a code', q{INSERT INTO hcc_crosswalk (model_version, icd10_code, hcc_code) VALUES ('V28', 'A00', '1')},
	$mine, $publisher->safe_psql('postgres', q{SELECT raf_score('{E119,B20}'::text[], beneficiary(70, 'F'), 'V28', 2026)}));
arrives('TRUNCATE', 'TRUNCATE hcc_prerequisite', $heart, $publisher->safe_psql('postgres', "TRUNCATE hcc_prerequisite; $heart"));
isnt($warm->query_safe($heart), $heart_before, 'which makes a difference');
on_publisher('UPDATE payment_year_parameter SET normalization_factor = normalization_factor / 2 WHERE payment_year = 2026');
isnt($warm->query_safe($payment), $payment_before, 'a change of a payment year');

# In the middle of a transaction, as other changes
$warm->query_safe('BEGIN');
is($warm->query_safe($score), '3.122', 'in a transaction');
on_publisher(q{UPDATE hcc_coefficient SET coefficient = 5 WHERE model_version = 'V28' AND segment = 'CNA' AND variable = 'HCC38'});
is($warm->query_safe($score), '5.790', 'a change in the middle of it');
$warm->query_safe('COMMIT');
on_publisher(q{BEGIN; DELETE FROM hcc_coefficient; ROLLBACK});
is($warm->query_safe($score), '5.790', 'a change that was rolled back');
$warm->quit;

# A subscription that begins with a copy: of the custom rows, as the shipped ones are there.
$publisher->safe_psql('postgres', q{INSERT INTO hcc_coefficient VALUES ('V28', 'V28_2024', 'CNA', 'HCC38', 2)});
$subscriber->safe_psql('postgres', 'CREATE DATABASE another');
$subscriber->safe_psql('another', 'CREATE EXTENSION hccraf');
$warm = $subscriber->background_psql('another');
is($warm->query_safe($score), '0.561', 'another subscriber');
$subscriber->safe_psql('another', "CREATE SUBSCRIPTION another CONNECTION '$connection' PUBLICATION custom_rows");
$subscriber->wait_for_subscription_sync($publisher, 'another', 'another');
is($warm->query_safe($score), '2.395', 'initial copy of custom rows');
$publisher->safe_psql('postgres', q{
	UPDATE hcc_coefficient SET coefficient = 9 WHERE NOT custom;
	UPDATE hcc_coefficient SET coefficient = 3 WHERE custom});
$publisher->wait_for_catchup('another');
is($warm->query_safe($score), '3.395', 'changes of custom rows');
$warm->quit;

# Patients that come by a subscription are noted row by row, also while it is copied and after it
# has gone: a refresh gives what a full run does.
my $panel = q{CREATE SCHEMA risk; SELECT hccraf_setup('risk', patient_id_type => 'bigint'};
$publisher->safe_psql('postgres', "$panel);" . q{
	INSERT INTO risk.patient_demographic (patient_id, payment_year, date_of_birth, sex, known_at)
		SELECT p, 2026, '1950-06-01', 'F', '2026-01-01' FROM generate_series(1, 9) p;
	INSERT INTO risk.patient_diagnosis_hcc (id, patient_id, icd10_code, diagnosis_date)
		SELECT p, p, 'I50.9', '2025-05-01' FROM generate_series(1, 5) p;
	-- the subscriber's key is another one
	ALTER TABLE risk.patient_diagnosis_hcc REPLICA IDENTITY FULL;
	CREATE PUBLICATION patients FOR TABLE risk.patient_demographic, risk.patient_diagnosis_hcc});
$subscriber->safe_psql('postgres', 'CREATE DATABASE risk');
$subscriber->safe_psql('risk', 'CREATE EXTENSION hccraf');
$subscriber->safe_psql('risk', "$panel, partitioned => true, partitions => 2);" . q{
	SELECT risk.track_changes();
	INSERT INTO risk.patient_demographic (patient_id, payment_year, date_of_birth, sex)
		VALUES (100, 2026, '1950-06-01', 'F');
	CALL risk.score_population(2026)});
sub subscribe
{
	my ($how) = @_;
	$subscriber->safe_psql('risk', "CREATE SUBSCRIPTION patients CONNECTION '$connection'
		PUBLICATION patients $how");
	$subscriber->wait_for_subscription_sync($publisher, 'patients', 'risk');
}
sub published
{
	$publisher->safe_psql('postgres', shift);
	$publisher->wait_for_catchup('patients');
}
my $did = q{SELECT kind, patients, scores_added, scores_changed, scores_removed
	FROM risk.scoring_run() LIMIT 1};
sub refreshed
{
	my ($expected, $what) = @_;
	$subscriber->safe_psql('risk', 'CALL risk.refresh_scores(2026, expect_at_least => 0)');
	is($subscriber->safe_psql('risk', $did), $expected, $what);
	$subscriber->safe_psql('risk', 'CALL risk.score_population(2026, expect_at_least => 0)');
	like($subscriber->safe_psql('risk', $did), qr/^full\|\d+\|0\|0\|0$/, "$what: as a full run");
}
my $hccs = q{SELECT string_agg(patient_id || ' ' || hcc_list::text, ', ' ORDER BY patient_id)
	FROM risk.patient_hcc_score WHERE hcc_list <> '{}'};
refreshed('refresh|0|0|0|0', 'not subscribed');
subscribe('');
published(q{INSERT INTO risk.patient_diagnosis_hcc (id, patient_id, icd10_code, diagnosis_date)
	VALUES (6, 6, 'I50.9', '2025-05-01')});
$subscriber->safe_psql('risk', 'DROP SUBSCRIPTION patients');
refreshed('refresh|9|9|0|0', 'subscribed, copied, applied and dropped between two runs');
is($subscriber->safe_psql('risk', $hccs), join(', ', map { "$_ {226}" } 1 .. 6),
	'all of it is seen');
subscribe('WITH (copy_data = false)');
for my $change (
	[ 'INSERT', q{INSERT INTO risk.patient_diagnosis_hcc
		(id, patient_id, icd10_code, diagnosis_date) VALUES (7, 7, 'I50.9', '2025-05-01')},
		'refresh|1|0|1|0' ],
	[ 'UPDATE', q{UPDATE risk.patient_diagnosis_hcc SET icd10_code = 'G82.50' WHERE id = 7},
		'refresh|1|0|1|0' ],
	[ 'UPDATE of the patient, which moves rows to other partitions',
		'UPDATE risk.patient_diagnosis_hcc SET patient_id = 15 - patient_id WHERE id > 6 OR id = 1',
		'refresh|4|1|3|0', q{INSERT INTO risk.patient_demographic
			(patient_id, payment_year, date_of_birth, sex) VALUES (14, 2026, '1950-06-01', 'F')} ],
	[ 'DELETE', 'DELETE FROM risk.patient_diagnosis_hcc WHERE id = 2', 'refresh|1|0|1|0' ],
	[ 'UPDATE of people', 'UPDATE risk.patient_demographic SET lti = true WHERE patient_id < 4',
		'refresh|3|0|3|0' ],
	[ 'DELETE of people', 'DELETE FROM risk.patient_demographic WHERE patient_id = 9',
		'refresh|0|0|0|1' ],
	[ 'what annotate_diagnoses writes', q{UPDATE risk.patient_diagnosis_hcc SET verdict = 'x'},
		'refresh|0|0|0|0' ],
	[ 'a death, in the row of another year', q{INSERT INTO risk.patient_demographic
		(patient_id, payment_year, date_of_birth, sex, date_of_death)
		VALUES (3, 2027, '1950-06-01', 'F', '2025-01-01')}, 'refresh|1|0|1|0' ],
	[ 'TRUNCATE', 'TRUNCATE risk.patient_diagnosis_hcc', 'full|10|0|5|0' ])
{
	my ($what, $sql, $expected, $before) = @$change;
	published($_) for grep { defined } $before, $sql;
	refreshed($expected, "replicated: $what");
}
is($subscriber->safe_psql('risk', $hccs), '', 'nothing is left');
# Without triggers known_at would have to say what is new, and is that of the publisher.
$subscriber->safe_psql('risk', $_)
	for 'SELECT risk.track_changes(false)', 'CALL risk.score_population(2026)';
sub by_known_at
{
	my ($expected, $what) = @_;
	my (undef, undef, $said) = $subscriber->psql('risk',
		'CALL risk.refresh_scores(2026, by_known_at => true)');
	my ($why) = $said =~ /everybody is scored: (.*)/;
	is($why // 'refresh', $expected, "by known_at: $what");
}
my $brought = 'rows that a subscription brings may have been known elsewhere for long; '
	. 'track_changes() notes them';
by_known_at($brought, 'subscribed');
published(q{INSERT INTO risk.patient_diagnosis_hcc
	(id, patient_id, icd10_code, diagnosis_date, known_at)
	VALUES (8, 8, 'I50.9', '2025-05-01', '2026-01-01')});
$subscriber->safe_psql('risk', 'DROP SUBSCRIPTION patients');
by_known_at($brought, 'no longer subscribed');
is($subscriber->safe_psql('risk', $hccs), '8 {226}', 'what it brought last is seen');
by_known_at('refresh', 'and all is known');

$subscriber->stop;
$publisher->stop;
done_testing();
