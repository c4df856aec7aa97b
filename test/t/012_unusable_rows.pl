# A run scores whom it can: people who cannot be read or paid are listed with
# reason and advice, diagnoses that cannot be used are counted, and an input
# that is gone stops it. None of it shows a patient or a code.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf('postgresql.conf', "shared_buffers = 64MB\ntimezone = UTC");
$node->start;

sub query { return $node->safe_psql('postgres', shift) }

# What a statement says, which must not be about anybody
sub says
{
	my ($statement) = @_;
	my ($status, $out, $err) = $node->psql('postgres', $statement);
	unlike($err, qr/E11|I50|C50|[0-9a-f]{8}-[0-9a-f]{4}|0052|1850/, "no patient and no code: $statement");
	return $err;
}

# A view over a table that checks nothing: people 1 to 20, each with E11.9
query(q{CREATE EXTENSION hccraf; CREATE SCHEMA feed; CREATE SCHEMA risk;
	CREATE TABLE feed.people AS SELECT md5(i::text)::uuid AS patient_id, 2026 AS payment_year, i AS n, date '1955-03-01' AS date_of_birth, NULL::date AS date_of_death,
		'F'::text AS sex, '0'::text AS orec, NULL::text AS dual_status, 'none'::text AS esrd, NULL::integer AS graft_months, NULL::date AS graft_date
	FROM generate_series(1, 20) i;
	CREATE VIEW risk.patient_demographic AS SELECT patient_id, payment_year, 0::smallint AS payment_month, date_of_birth, date_of_death, sex, orec, dual_status,
		false AS new_enrollee, false AS snp, false AS lti, false AS low_income, esrd, graft_months, graft_date, false AS hospice, false AS plan_switcher,
		NULL::text AS contract_id, NULL::text AS plan_id, NULL::text AS provider_npi, NULL::date AS enrolled_from, NULL::date AS enrolled_to, NULL::smallint AS enrolled_months,
		timestamptz '2026-01-01' AS known_at FROM feed.people;
	SELECT hccraf_setup('risk');
	INSERT INTO risk.patient_diagnosis_hcc (patient_id, icd10_code, diagnosis_date, known_at)
	SELECT patient_id, 'E11.9', '2025-03-03', '2025-04-01' FROM feed.people;});
says('CALL risk.score_population(2026)');
is(query('SELECT status, patients, patients_unscored, diagnoses FROM risk.hcc_run'), 'done|20|0|{"ok": 20}', 'everybody is scored');
my $all = query('SELECT patient_id, raf_score FROM risk.patient_hcc_score ORDER BY 1');

# Persons that cannot be, and empty strings, which are nothing
query(q{UPDATE feed.people SET dual_status = '', orec = '', esrd = '' WHERE n = 1;
	UPDATE feed.people SET sex = 'female', esrd = ' None ' WHERE n = 2});
says('CALL risk.score_population(2026)');
is(query('SELECT patient_id, raf_score FROM risk.patient_hcc_score ORDER BY 1'), $all, 'an empty string is NULL');
query(q{UPDATE feed.people SET dual_status = 'full' WHERE n = 3; UPDATE feed.people SET date_of_birth = '1850-01-01' WHERE n = 4;
	UPDATE feed.people SET date_of_birth = '0052-03-01' WHERE n = 5; UPDATE feed.people SET date_of_birth = current_date + 30 WHERE n = 6;
	UPDATE feed.people SET date_of_birth = '-infinity' WHERE n = 7; UPDATE feed.people SET sex = 'X' WHERE n = 8;
	UPDATE feed.people SET date_of_death = '1950-01-01' WHERE n = 9; UPDATE feed.people SET date_of_birth = NULL WHERE n = 10});
like(says('CALL risk.score_population(2026)'), qr/WARNING:  run 3: 8 patients could not be scored\nDETAIL:.*\nHINT:  They are in risk\.patient_hcc_unscored/s, 'a warning counts those left out');
is(query('SELECT status, patients, patients_unscored, scores_removed FROM risk.hcc_run ORDER BY run_id DESC LIMIT 1'), 'done|12|8|8', 'the run is done');
is(query('SELECT p.n, split_part(reason, $$:$$, 1) FROM risk.patient_hcc_unscored JOIN feed.people p USING (patient_id) ORDER BY 1'),
	"3|dual_status\n4|date_of_birth\n5|date_of_birth\n6|date_of_birth\n7|date_of_birth\n8|sex\n9|date_of_death\n10|date_of_birth", 'who was left out and by which column');
is(query('SELECT p.n, "column" FROM risk.unusable_rows(2026) u JOIN feed.people p USING (patient_id) WHERE u."table" = $$patient_demographic$$ ORDER BY 1'),
	"3|dual_status\n4|date_of_birth\n5|date_of_birth\n6|date_of_birth\n7|date_of_birth\n8|sex\n9|date_of_death\n10|date_of_birth", 'unusable_rows finds the same without a run');
query(q{UPDATE feed.people SET payment_year = CASE n WHEN 11 THEN 26 END WHERE n IN (11, 12)});
is(query(q{SELECT p.n, "column" FROM risk.unusable_rows(2027) u
		JOIN feed.people p USING (patient_id) WHERE u."column" = 'payment_year' ORDER BY 1}),
	"11|payment_year\n12|payment_year", 'people of no year are listed in every year');
query('UPDATE feed.people SET payment_year = 2026 WHERE n IN (11, 12)');
like(says("CALL risk.$_(2025)"), qr/WARNING:  8 patients are left out: their rows in patient_demographic cannot be used\nHINT:  SELECT \* FROM risk\.unusable_rows\(2026\);/, "$_ counts them")
	for qw(refresh_gaps refresh_worklist);
like(says(q{SELECT risk.raf_score(md5('3')::uuid, 2026)}), qr/ERROR:  the row of this patient in patient_demographic cannot be used: dual_status/, 'alone it is an error, and no silent NULL');
for my $report ("risk.patient_gap(md5('3')::uuid, 2025)", 'risk.two_way(2025)', 'risk.member_score(2026)', "risk.explain_diagnosis((SELECT id FROM risk.patient_diagnosis_hcc WHERE patient_id = md5('3')::uuid), 2026)")
{
	unlike(says("SELECT * FROM $report"), qr/invalid value for argument/, "$report is stopped by nobody");
}

# Who is asked about and is nobody; of whom there is nothing to say, nothing is said
for my $report ("patient_gap(%s, 2025)", "patient_gap_value(%s, 2025)", "dx_verdict(2026, %s)", "score_explanation(%s, 2026)")
{
	my $what = $report =~ /^score/ ? qr/this patient has no stored score of payment year 2026/ : qr/there is no patient with this id/;
	like(says('SELECT * FROM risk.' . sprintf($report, q{md5('no one')::uuid})), qr/NOTICE:  $what/, "$report of nobody");
	unlike(says('SELECT * FROM risk.' . sprintf($report, q{md5('1')::uuid})), qr/NOTICE:  $what/, "$report of somebody");
}
query(q{UPDATE feed.people SET dual_status = NULL, date_of_birth = '1955-03-01', date_of_death = NULL, sex = 'F'});
says('CALL risk.score_population(2026)');
is(query('SELECT patient_id, raf_score FROM risk.patient_hcc_score ORDER BY 1'), $all, 'once put right, everybody is scored');
is(query('SELECT count(*) FROM risk.patient_hcc_unscored'), '0', 'and nobody is listed');

# Whom a year cannot pay
query(q{INSERT INTO feed.people SELECT patient_id, 2025, n, date_of_birth, date_of_death, sex, orec, dual_status, CASE WHEN n <= 2 THEN 'dialysis' ELSE 'none' END FROM feed.people});
like(says('CALL risk.score_population(2025)'), qr/WARNING:  run \d+: 2 patients could not be scored/, 'ESRD in 2025');
is(query(q{SELECT count(*), min(reason) LIKE '%ESRD_V24%not known', min(advice) LIKE 'Add it: INSERT INTO payment_year_parameter%' FROM risk.patient_hcc_unscored WHERE payment_year = 2025}),
	'2|t|t', 'are told the row to add');
is(query('SELECT count(*) FROM risk.patient_hcc_score WHERE payment_year = 2025'), '18', 'the others are scored');
query(q{DELETE FROM feed.people WHERE payment_year = 2025 AND esrd = 'none'});
like(says('CALL risk.score_population(2025, expect_at_least => 0)'), qr/ERROR:  nobody can be scored: the normalization_factor/, 'nobody at all is an error');

# Diagnoses that cannot be used
query(q{INSERT INTO risk.patient_diagnosis_hcc (patient_id, icd10_code, diagnosis_date, claim_type, known_at)
	SELECT md5('1')::uuid, c, d, t, '2025-04-01' FROM (VALUES ('1.00E+10', date '2025-03-03', NULL), ('E11.9,I50.9', '2025-03-03', NULL), ('C50.11', '2025-03-03', NULL),
		('I10', '2025-03-03', NULL), ('I50.9', '2025-03-03', 'by pigeon')) v(c, d, t);
	INSERT INTO risk.patient_diagnosis_hcc (patient_id, icd10_code, diagnosis_date, known_at) VALUES (md5('nobody')::uuid, 'E11.9', '2025-03-03', '2025-04-01')});
like(says('CALL risk.score_population(2026)'), qr/WARNING:  run \d+: 1 diagnoses are of patients without a row in patient_demographic/, 'patients without demographics');
is(query('SELECT status, diagnoses FROM risk.hcc_run ORDER BY run_id DESC LIMIT 1'),
	'done|{"ok": 20, "no_hcc": 1, "not_a_code": 2, "no_demographic": 1, "incomplete_code": 1, "unknown_claim_type": 1}', 'are counted, as what is no code is');
is(query('SELECT patient_id, raf_score FROM risk.patient_hcc_score WHERE payment_year = 2026 ORDER BY 1'), $all, 'and change nothing');
is(query('SELECT string_agg("column", $$ $$ ORDER BY "column") FROM risk.unusable_rows(2026)'), 'claim_type icd10_code icd10_code', 'unusable_rows lists them');
query(q{CALL risk.annotate_diagnoses(2026)});
like(says('CALL risk.annotate_diagnoses(2032)'),
	qr/NOTICE:  no model has tables for payment year 2032, and those of the nearest year take/,
	'and says when it goes by the models of another year');
is(query(q{SELECT string_agg(DISTINCT verdict, ' ' ORDER BY verdict) FROM risk.patient_diagnosis_hcc}), 'incomplete_code no_demographic no_hcc not_a_code ok unknown_claim_type', 'annotate_diagnoses as well');

# An input that is gone
query('CREATE TABLE feed.kept AS TABLE risk.patient_diagnosis_hcc; TRUNCATE risk.patient_diagnosis_hcc');
for my $job ('score_population', 'refresh_scores')
{
	like(says("CALL risk.$job(2026)"), qr/ERROR:  a large part of the input of payment year 2026 is gone: of 20 patients whose diagnoses counted, 0 .*\n.*\nHINT:.*expect_at_least/s,
		"$job: no diagnoses any more");
}
is(query('SELECT patient_id, raf_score FROM risk.patient_hcc_score WHERE payment_year = 2026 ORDER BY 1'), $all, 'no score is touched');
query('INSERT INTO risk.patient_diagnosis_hcc TABLE feed.kept');
query('DELETE FROM feed.people WHERE payment_year = 2026 AND n > 9');
like(says('CALL risk.score_population(2026)'), qr/ERROR:  a large part .* of 20 patients with a score, 9 can still be scored/, 'more than half of the patients');
like(says('CALL risk.score_population(2026, expect_at_least => 0.4)'), qr/11 removed/, 'unless so few are expected');
query('TRUNCATE feed.people');
says('CALL risk.score_population(2026)');
is(query('SELECT count(*) FROM risk.patient_hcc_score WHERE payment_year = 2026'), '9', 'nobody');
says('CALL risk.score_population(2026, expect_at_least => 0)');
is(query('SELECT count(*) FROM risk.patient_hcc_score WHERE payment_year = 2026'), '0', 'unless told to go on');
like(says("CALL risk.score_population(2026, expect_at_least => $_)"), qr/ERROR:  invalid value for argument "expect_at_least"/, "expect_at_least => $_") for 'NULL', '-0.1', '2';

# Tables made by setup check what they can
query('CREATE SCHEMA made; SELECT hccraf_setup($$made$$)');
for my $bad (q{'1850-01-01', 'F', NULL, NULL}, q{'0052-03-01', 'F', NULL, NULL}, q{'2050-01-01', 'F', NULL, NULL}, q{'1955-01-01', 'F', 'full', NULL}, q{'1955-01-01', 'F', NULL, '1950-01-01'})
{
	my ($status) = $node->psql('postgres', "INSERT INTO made.patient_demographic (patient_id, payment_year, date_of_birth, sex, dual_status, date_of_death) VALUES (gen_random_uuid(), 2026, $bad)");
	isnt($status, 0, "refused: $bad");
}

$node->stop;
done_testing();
