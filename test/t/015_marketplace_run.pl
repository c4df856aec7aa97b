# A run of program ACA: scores of a benefit year are stored, with history; who cannot be
# scored is listed, verdicts are counted, and runs of Medicare beside it do not notice.
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
	unlike($err, qr/anna|bob|E11|1980/, "no patient and no code: $statement");
	return $err;
}
my $run = q{SELECT status, stage, patients, patients_unscored, scores_added, scores_changed,
	scores_unchanged, scores_removed FROM issuer.hcc_run ORDER BY run_id DESC LIMIT 1};
my $stored = q{SELECT patient_id, plan_id, score, csr_factor, csr_score, run_id
	FROM issuer.stored_enrollee_score(2025%s) ORDER BY 1, 2};

query(q{CREATE EXTENSION hccraf; CREATE SCHEMA issuer;
	SELECT hccraf_setup('issuer', patient_id_type => 'text');
	INSERT INTO eligible_procedure (service_year, procedure_code, program, provisional)
	VALUES (2025, '99213', 'ACA', true), (2025, '99213', '', false);
	INSERT INTO issuer.patient_enrollment (patient_id, issuer_id, plan_id, first_day, last_day,
		date_of_birth, sex, metal)
	VALUES ('anna', 'i', '12345XX001000106', '2025-01-01', '2025-12-31', '1980-06-15', 'F', 'Silver'),
		('anna', 'i', '12345XX002000101', '2025-01-01', '2025-12-31', '1980-06-15', 'F', 'Gold'),
		('bob', 'i', 'B', '2025-01-01', '2025-12-31', '1980-06-15', 'F', 'Silver'),
		('lead', 'i', 'B', '2025-01-01', '2025-12-31', '1980-06-15', 'F', 'lead'),
		('old', 'i', 'B', '2025-01-01', '2025-12-31', '1820-06-15', 'F', 'Silver'),
		('unborn', 'i', 'B', '2025-01-01', '2025-03-31', '2025-06-15', 'F', 'Silver'),
		('odd', 'i', '12345XX00100010X', '2025-01-01', '2025-12-31', '1980-06-15', 'F', 'Silver'),
		('last', 'i', 'B', '2024-01-01', '2024-12-31', '1980-06-15', 'F', 'Silver');
	INSERT INTO issuer.patient_diagnosis_hcc (patient_id, encounter_id, icd10_code,
		diagnosis_date, claim_type, procedure_codes, known_at)
	VALUES ('anna', 'a1', 'E11.9', '2025-03-01', 'professional', '{99213}', '2025-04-01'),
		('anna', 'a2', 'A00.0', '2025-03-01', 'professional', '{99213}', '2025-04-01'),
		('bob', 'b1', 'E11.9', '2025-03-01', 'professional', '{80053}', '2025-04-01'),
		('last', 'l1', 'E11.9', '2025-03-01', 'professional', '{99213}', '2025-04-01')});

# FAGE_LAST_45_49 and G01 of Silver 2025 are 0.277 and 0.172, variant 06 is 1.12
my $said = says(q{CALL issuer.score_population(2025, program => 'ACA')});
like($said, qr/WARNING:  run 1: 4 patients could not be scored/, 'who is left out is counted');
is(query($run), 'done|done|2|4|3|0|0|0', 'a run of the benefit year');
is(query($stored =~ s/%s//r), "anna|12345XX001000106|0.449|1.12|0.50288|1\n"
	. "anna|12345XX002000101|0.583|1.00|0.58300|1\nbob|B|0.277|1.00|0.27700|1",
	'a score for each person and plan');
is(query(q{SELECT metal_scores FROM issuer.patient_enrollee_score WHERE plan_id = '12345XX001000106'}),
	'{0.740,0.583,0.449,0.330,0.326}', 'and of each metal');
is(query(q{SELECT count(*) FROM issuer.patient_enrollee_score s
	WHERE raf_csr_score(icd10_codes, beneficiary::beneficiary, model_version, payment_year)
		= csr_score}), '3', 'what is stored gives them again');
is(query('SELECT patient_id, split_part(reason, $$:$$, 1) FROM issuer.patient_hcc_unscored ORDER BY 1'),
	"lead|metal\nodd|csr_variant\nold|date_of_birth\nunborn|date_of_birth",
	'who cannot be scored, and by which column');
is(query(q{SELECT count(*) FILTER (WHERE score IS NULL AND problem IS NOT NULL), count(score)
	FROM issuer.enrollee_score(2025)}), '4|3', 'the function lists them, too');
is(query('SELECT diagnoses, fingerprints -> $$provisional$$ FROM issuer.hcc_run'),
	'{"ok": 1, "no_hcc": 1, "outside_enrollment": 1, "no_acceptable_hcpcs": 1}|["eligible_procedure"]',
	'verdicts are counted, and that the list is provisional is written down');

# The same again, then a claim that is taken back
says(q{CALL issuer.score_population(2025, program => 'ACA')});
is(query($run), 'done|done|2|4|0|0|3|0', 'nothing has changed');
query(q{DELETE FROM issuer.patient_diagnosis_hcc WHERE encounter_id = 'a1';
	DELETE FROM issuer.patient_enrollment WHERE plan_id = '12345XX002000101'});
like(says(q{CALL issuer.refresh_scores(2025, program => 'ACA')}),
	qr/everybody is scored: nobody notes which enrolment and drugs change/, 'a refresh is a run');
is(query($run), 'done|done|2|4|0|1|1|1', 'one changed, one went');
is(query($stored =~ s/%s//r), "anna|12345XX001000106|0.277|1.12|0.31024|3\nbob|B|0.277|1.00|0.27700|1",
	'the scores as they are');
is(query($stored =~ s/%s/, run => 2/r), "anna|12345XX001000106|0.449|1.12|0.50288|1\n"
	. "anna|12345XX002000101|0.583|1.00|0.58300|1\nbob|B|0.277|1.00|0.27700|1", 'and as they were');
is(query('SELECT count(*) FROM issuer.patient_enrollee_score_history'), '2', 'history');

# What is known later, and input that is gone
query(q{INSERT INTO issuer.patient_diagnosis_hcc (patient_id, encounter_id, icd10_code,
		diagnosis_date, claim_type, procedure_codes, known_at)
	VALUES ('bob', 'b2', 'E11.9', '2025-03-01', 'professional', '{99213}', '2026-04-01')});
says(q{CALL issuer.score_population(2025, program => 'ACA', known_at => '2026-03-31')});
is(query($run), 'done|done|2|4|0|0|2|0', 'what was not known by then does not count');
says(q{CALL issuer.score_population(2025, program => 'ACA')});
is(query($run), 'done|done|2|4|0|1|1|0', 'until it is');
query(q{CREATE TABLE issuer.kept AS TABLE issuer.patient_enrollment;
	DELETE FROM issuer.patient_enrollment WHERE patient_id IN ('anna', 'bob')});
like(says(q{CALL issuer.score_population(2025, program => 'ACA')}),
	qr/nobody can be scored: /, 'nobody whom it could score');
query(q{INSERT INTO issuer.patient_enrollment
	SELECT 'new', issuer_id, plan_id, first_day, last_day, date_of_birth, sex, metal, csr_variant,
		billable FROM issuer.kept WHERE patient_id = 'bob'});
like(says(q{CALL issuer.score_population(2025, program => 'ACA')}),
	qr/a large part of the input of benefit year 2025 is gone: of 2 people with a score, 0 can/,
	'those who were scored are gone');
is(query($stored =~ s/%s//r), "anna|12345XX001000106|0.277|1.12|0.31024|3\nbob|B|0.449|1.00|0.44900|5",
	'nothing is changed then');
says(q{CALL issuer.score_population(2025, program => 'ACA', expect_at_least => 0,
	keep_history => false)});
is(query($run), 'done|done|1|4|1|0|0|2', 'unless it is said to be right');
is(query('SELECT count(*) FROM issuer.patient_enrollee_score_history'), '3', 'without history');

# Runs of Medicare are as they would be without
query(q{INSERT INTO issuer.patient_demographic (patient_id, payment_year, date_of_birth, sex)
		VALUES ('anna', 2026, '1950-01-01', 'F');
	SELECT issuer.track_changes()});
says('CALL issuer.score_population(2026)');
my $medicare = query('SELECT patient_id, raf_score, run_id FROM issuer.patient_hcc_score');
query(q{INSERT INTO eligible_procedure (service_year, procedure_code, program) VALUES (2026, '99213', 'ACA');
	INSERT INTO issuer.patient_diagnosis_hcc (patient_id, encounter_id, icd10_code, diagnosis_date,
		known_at) VALUES ('anna', 'm', 'I50.9', '2025-03-01', '2025-04-01')});
says(q{CALL issuer.score_population(2026, program => 'ACA')});
is(query('SELECT patient_id, raf_score, run_id FROM issuer.patient_hcc_score'), $medicare,
	'their scores stay');
unlike(says('CALL issuer.refresh_scores(2026)'), qr/everybody is scored/,
	'a refresh goes on from the last run of its own');
is(query('SELECT kind, scores_changed FROM issuer.hcc_run ORDER BY run_id DESC LIMIT 1'),
	'refresh|1', 'with the changes that it has not seen');

# A variant without a factor counts as 1, and that is said once, with how many there are
query(q{INSERT INTO issuer.patient_enrollment SELECT * FROM issuer.kept
	WHERE patient_id IN ('anna', 'bob')});
query(q{INSERT INTO issuer.patient_enrollment (patient_id, issuer_id, plan_id, first_day, last_day,
		date_of_birth, sex, metal)
	VALUES ('v1', 'i', '12345XX001000133', '2025-01-01', '2025-12-31', '1980-06-15', 'F', 'Silver'),
		('v2', 'i', '12345XX001000106', '2025-01-01', '2025-12-31', '1980-06-15', 'F', 'Gold'),
		('v3', 'i', '12345XX002000133', '2025-01-01', '2025-12-31', '1980-06-15', 'F', 'Silver')});
my $no_factor = says(q{CALL issuer.score_population(2025, program => 'ACA')});
is(scalar(() = $no_factor =~ /WARNING:  model "HHS_V08" has no factor for a cost-sharing variant/g),
	1, 'a warning');
like($no_factor, qr/NOTICE:  run \d+: the cost-sharing variant of 3 scores has no factor .*
DETAIL:  variant 33, silver: 2\nvariant 06, gold: 1\n/, 'how many they are');
is(scalar(() = says(q{SELECT raf_csr_factor(beneficiary(40, 'F', metal => 'silver',
		csr_variant => v), 'HHS_V08', 2025) FROM unnest('{33,06,33}'::text[]) v}) =~ /WARNING/g), 1,
	'of an expression, once in a statement');
unlike(says(q{SELECT raf_csr_factor(beneficiary(40, 'F', metal => 'silver', csr_variant => v),
	'HHS_V08', 2025) FROM unnest('{06,NULL}'::text[]) v}), qr/WARNING/, 'else nothing');
query(q{DELETE FROM issuer.patient_enrollment WHERE patient_id LIKE 'v_'});

# Verdicts are written to the diagnoses, those of the benefit year
my $annotated = q{SELECT encounter_id, verdict, included_in_raf, hcc_code, coefficient
	FROM issuer.patient_diagnosis_hcc WHERE patient_id <> 'anna' ORDER BY 1};
like(says(q{CALL issuer.annotate_diagnoses(2025, program => 'ACA')}),
	qr/5 diagnoses annotated/, 'annotations');
is(query($annotated), "b1|no_acceptable_hcpcs|f||\nb2|ok|t|HHS_HCC021|0.172\n"
	. 'l1|outside_enrollment|f||', 'are verdicts, HCCs and coefficients');
is(query(q{SELECT string_agg(DISTINCT v.encounter_id || ' ' || v.verdict, ', ')
	FROM issuer.dx_verdict(2025, program => 'ACA') v
		JOIN issuer.patient_diagnosis_hcc d ON d.id = v.record_id AND d.verdict = v.verdict
			AND d.included_in_raf = v.counted}), 'a2 no_hcc, b1 no_acceptable_hcpcs, b2 ok, '
	. 'l1 outside_enrollment, m ok', 'as dx_verdict tells them');
like(says(q{CALL issuer.annotate_diagnoses(2025, program => 'ACA')}),
	qr/0 diagnoses annotated/, 'only what has changed');
like(says(q{CALL issuer.annotate_diagnoses(program => 'ACA')}),
	qr/payment_year must not be NULL/, 'no year');
like(says(q{CALL issuer.annotate_diagnoses(2027, program => 'ACA')}),
	qr/model "HHS_V08" has no tables for payment year 2027/, 'a year without tables');
like(says(q{SELECT * FROM issuer.dx_verdict(2025, program => 'ACA', provider => '1')}),
	qr/argument "provider" is not for program ACA/, 'a provider');

# Another model: rows, and one that says so. HHS_HCC130 of Silver 2025 is 1.773.
query(q{DO $$ BEGIN PERFORM hccraf_copy_model('HHS_V08', 'OWN', 2025); END $$;
	UPDATE hcc_coefficient SET coefficient = coefficient + 1
	WHERE model_version = 'OWN' AND variable = 'FAGE_LAST_45_49';
	UPDATE hcc_csr_factor SET factor = 1.5 WHERE model_version = 'OWN' AND csr_variant = '06'});
says(q{CALL issuer.score_population(2025, program => 'ACA', expect_at_least => 0)});
is(query(q{SELECT DISTINCT model_version FROM issuer.patient_enrollee_score}), 'HHS_V08',
	'a model that nobody names for the marketplace');
query(q{INSERT INTO market_model (effective_year, expiry_year, model_version)
	VALUES (2025, 2025, 'OWN')});
says(q{CALL issuer.score_population(2025, program => 'ACA')});
is(query(q{SELECT patient_id, model_version, score, csr_factor, csr_score
	FROM issuer.patient_enrollee_score ORDER BY 1, 2}),
	"anna|OWN|3.050|1.50|4.57500\nbob|OWN|1.449|1.00|1.44900\nnew|OWN|1.277|1.00|1.27700", 'is that of every score');
is(query('SELECT fingerprints -> $$models$$ ? $$OWN$$ FROM issuer.hcc_run ORDER BY run_id DESC LIMIT 1'),
	't', 'that the run writes down');
is(query(q{SELECT string_agg(e.explanation, '') FROM issuer.patient_diagnosis_hcc d
		CROSS JOIN LATERAL issuer.explain_diagnosis(d.id, program => 'ACA') e
	WHERE d.encounter_id = 'b2'}), 'Counts for payment year 2025: E11.9 gives HCC HHS_HCC021 of OWN '
	. '(Diabetes without Complication, in group G01), worth 0.172 by itself.', 'and explanations');
is(query(q{SELECT count(*) FROM issuer.enrollee_score(2026)}), '0', 'of that year alone');
query(q{UPDATE market_model SET model_version = 'NONE' WHERE custom});
like(says(q{CALL issuer.score_population(2025, program => 'ACA')}),
	qr/model "NONE" does not exist/, 'that there is not');
query(q{DELETE FROM market_model WHERE custom});

# What a benefit year does not know
like(says("CALL issuer.score_population(2025, program => 'ACA', $_)"),
	qr/argument "\w+" is not for program ACA/, $_)
	for "component => 'x'", "other_programs => '{MA}'", "service_from => '2025-01-01'",
	"service_to => '2025-01-31'", 'mce => false', "payment_run => 'final'";
like(says("CALL issuer.score_population(2027, program => 'ACA')"),
	qr/model "HHS_V08" has no tables for payment year 2027\n.*\n.*load the tables of the year/,
	'a year without tables');
like(says("CALL issuer.score_population(program => 'ACA')"), qr/payment_year must not be NULL/,
	'no year');

$node->stop;
done_testing();
