# No patient in any message: whatever goes wrong in whatever function, neither
# the client nor the server's log is told an id or a diagnosis code of the data,
# be it in a message, a detail, a hint or a context.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/../t";
use Population;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
# The text of the caller's own statement is the caller's.
$node->append_conf('postgresql.conf', q{
	shared_buffers = 64MB
	timezone = UTC
	log_min_messages = notice
	log_error_verbosity = verbose
	log_min_error_statement = panic
	log_statement = none});
$node->start;
sub query { return $node->safe_psql('postgres', shift) }

query('CREATE EXTENSION hccraf; CREATE ROLE nobody LOGIN');
query(fill('data', people => 40));
query(q{
	SELECT data.track_changes();
	CALL data.score_population(2026);
	CALL data.refresh_gaps(2025);
	CALL data.refresh_worklist(2025);
	GRANT USAGE, CREATE ON SCHEMA data TO nobody;
	GRANT USAGE ON ALL SEQUENCES IN SCHEMA data TO nobody;
	GRANT ALL ON ALL TABLES IN SCHEMA data TO nobody;
	GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public, data TO nobody});
my %secret = map { $_ => 1 } split /\n/, query(q{
	SELECT patient_id FROM data.patient_demographic UNION SELECT id FROM data.patient_diagnosis_hcc UNION SELECT encounter_id FROM data.patient_diagnosis_hcc
	UNION SELECT item_id FROM data.patient_work_item UNION SELECT linked_encounter_id FROM data.patient_diagnosis_hcc WHERE linked_encounter_id IS NOT NULL});
my %code = map { $_ => 1 } split /\n/, query(q{SELECT DISTINCT icd10_code FROM data.patient_diagnosis_hcc WHERE length(icd10_code) > 4});
cmp_ok(scalar(keys %secret), '>', 300, 'ids to keep');

my ($patient, $record, $item, $hcc) = split /\|/, query(q{SELECT d.patient_id, d.id, i.item_id, i.hcc_code
	FROM data.patient_diagnosis_hcc d JOIN data.patient_work_item i USING (patient_id) JOIN data.patient_hcc_score s USING (patient_id)
	WHERE s.payment_year = 2026 AND d.diagnosis_date BETWEEN '2025-01-01' AND '2025-12-31' AND i.kind = 'gap' ORDER BY 1, 2 LIMIT 1});
my @call = (
	q{CALL data.score_population(2026)}, q{CALL data.score_population(2026, other_programs => '{MA-PD,MA,MA-PD}')}, q{CALL data.refresh_scores(2026)},
	q{CALL data.score_population(2026, without_list => 'x')}, q{CALL data.annotate_diagnoses(2026)}, q{CALL data.annotate_diagnoses(2026, batch_size => 3, without_list => 'x')},
	q{CALL data.refresh_gaps(2025)}, q{CALL data.refresh_gaps(2025, without_list => 'x')}, q{CALL data.refresh_worklist(2025)},
	q{CALL data.refresh_worklist(2025, without_list => 'x')},
	qq{SELECT data.raf_score('$patient'::uuid, 2026)}, qq{SELECT * FROM data.score_explanation('$patient', 2026)},
	qq{SELECT * FROM data.explain_diagnosis('$record')}, qq{SELECT * FROM data.explain_diagnosis('$record', 2026, without_list => 'x')},
	qq{SELECT * FROM data.dx_verdict(2026, '$patient')}, qq{SELECT * FROM data.dx_verdict(2026, '$patient', without_list => 'x')}, q{SELECT * FROM data.dx_verdict(2026)},
	qq{SELECT * FROM data.captured_hcc(2025, patient => '$patient')}, qq{SELECT * FROM data.captured_hcc(2025, patient => '$patient', without_list => 'x')},
	qq{SELECT * FROM data.patient_gap('$patient', 2025)}, qq{SELECT * FROM data.patient_gap('$patient', 2025, without_list => 'x')},
	qq{SELECT * FROM data.patient_gap_value('$patient', 2025)}, qq{SELECT data.gap_event('$patient', 2025, '$hcc', 'inactive', 'because')},
	qq{SELECT data.work_item_event('$item', 'assigned', 'me')}, qq{SELECT data.work_item_event('$item', 'no such state', 'me')},
	q{SELECT * FROM data.model_impact(2026)}, q{SELECT * FROM data.score_change(2026)}, q{SELECT * FROM data.two_way(2025)}, q{SELECT * FROM data.two_way_value(2025)},
	q{SELECT * FROM data.specificity(2025)}, q{SELECT * FROM data.interaction_opportunity(2025)}, q{SELECT * FROM data.awv_due(2025)}, q{SELECT * FROM data.no_encounter(2025)},
	q{SELECT * FROM data.provider_panel(2025)}, q{SELECT * FROM data.panel_value(2026)}, q{SELECT * FROM data.cdi_feedback(2025)}, q{SELECT * FROM data.audit_sample(3, 2025)},
	q{SELECT * FROM data.member_score(2026)}, q{SELECT * FROM data.lost_condition(2026)}, q{SELECT * FROM data.unspecified_rate(2025)}, q{SELECT * FROM data.recapture_gap(2025)},
	q{SELECT * FROM data.recapture_gap_value(2025)}, q{SELECT * FROM data.worklist()}, q{SELECT * FROM data.worklist_value()},
	q{INSERT INTO data.patient_diagnosis_hcc TABLE data.patient_diagnosis_hcc LIMIT 0}, q{UPDATE data.patient_demographic SET lti = NOT lti});

# What can be wrong, and how it is put right again
my %checked = (patient_hcc_score => 'raf_score > 99', patient_hcc_gap => 'value_raw > 99', patient_hcc_gap_event => 'actor IS NULL',
	patient_work_item => 'item_id IS NULL', patient_work_event => 'item_id IS NULL', patient_diagnosis_hcc => 'verdict IS NULL');
my @evil = (
	[ 'nothing', 'SELECT 1', 'SELECT 1' ],
	[ 'a model that does not compile', q{INSERT INTO hcc_hierarchy (model_version, superior_hcc, subordinate_hcc) SELECT m, '38', 'no such' FROM unnest('{V22,V24,V28}'::text[]) m},
		q{DELETE FROM hcc_hierarchy WHERE custom} ],
	[ 'no coefficients', q{REVOKE SELECT ON hcc_coefficient FROM PUBLIC}, q{GRANT SELECT ON hcc_coefficient TO PUBLIC} ],
	[ 'no payment parameters', q{CREATE TABLE was AS TABLE payment_year_parameter; DELETE FROM payment_year_parameter},
		q{INSERT INTO payment_year_parameter TABLE was; DROP TABLE was} ],
	[ 'factors that overflow', q{INSERT INTO payment_year_parameter (payment_year, program, component, model_version, calibration, normalization_factor, coding_pattern_adjustment, blend_weight)
			SELECT payment_year, program, component, model_version, calibration, 0.000001, -1000000, 1000000 FROM payment_year_parameter WHERE NOT custom AND payment_year = 2026},
		q{DELETE FROM payment_year_parameter WHERE custom AND coding_pattern_adjustment = -1000000} ],
	[ 'no list of procedures', q{DELETE FROM eligible_procedure}, q{INSERT INTO eligible_procedure (service_year, procedure_code) SELECT y, '99213' FROM generate_series(2023, 2026) y} ],
	[ 'an unreadable person', q{DO $$ BEGIN EXECUTE (SELECT string_agg(format('ALTER TABLE data.patient_demographic DROP CONSTRAINT %I', conname), '; ')
			FROM pg_constraint WHERE conrelid = 'data.patient_demographic'::regclass AND contype = 'c'); END $$; UPDATE data.patient_demographic SET dual_status = 'full'},
		q{UPDATE data.patient_demographic SET dual_status = '02'} ],
	[ 'an impossible birth', q{UPDATE data.patient_demographic SET date_of_birth = 'infinity'}, q{UPDATE data.patient_demographic SET date_of_birth = '1950-01-01'} ],
	[ 'a born one of long ago', q{UPDATE data.patient_demographic SET date_of_birth = '1750-01-01'}, q{UPDATE data.patient_demographic SET date_of_birth = '1950-01-01'} ],
	[ 'an unknown source', q{ALTER TABLE data.patient_diagnosis_hcc DROP CONSTRAINT patient_diagnosis_hcc_record_source_check; UPDATE data.patient_diagnosis_hcc SET record_source = 'fax'},
		q{UPDATE data.patient_diagnosis_hcc SET record_source = 'encounter'} ],
	[ 'several codes in a row', q{UPDATE data.patient_diagnosis_hcc SET icd10_code = icd10_code || ',' || icd10_code},
		q{UPDATE data.patient_diagnosis_hcc SET icd10_code = split_part(icd10_code, ',', 1)} ],
	[ 'scores that may not be', q{ALTER TABLE data.patient_hcc_score ADD CONSTRAINT c CHECK (raf_score < -1) NOT VALID; ALTER TABLE data.patient_hcc_model_score ADD CONSTRAINT c CHECK (raw_score < -1) NOT VALID;
		ALTER TABLE data.patient_hcc_gap ADD CONSTRAINT c CHECK (value_raw < -99) NOT VALID; ALTER TABLE data.patient_work_item ADD CONSTRAINT c CHECK (item_id IS NULL) NOT VALID;
		ALTER TABLE data.patient_hcc_gap_event ADD CONSTRAINT c CHECK (event_id IS NULL) NOT VALID; ALTER TABLE data.patient_work_event ADD CONSTRAINT c CHECK (event_id IS NULL) NOT VALID;
		ALTER TABLE data.patient_diagnosis_hcc ADD CONSTRAINT c CHECK (verdict = '') NOT VALID;
		DELETE FROM data.patient_hcc_score; DELETE FROM data.patient_hcc_gap; DELETE FROM data.patient_work_item WHERE kind = 'delete'},
		join(';', map { "ALTER TABLE data.$_ DROP CONSTRAINT c" } qw(patient_hcc_score patient_hcc_model_score patient_hcc_gap patient_work_item patient_hcc_gap_event patient_work_event patient_diagnosis_hcc)) ],
	[ 'columns that must have a value', join(';', map { "ALTER TABLE data.$_ ADD COLUMN needed integer; ALTER TABLE data.$_ ADD CONSTRAINT needed CHECK (needed IS NOT NULL) NOT VALID" }
			qw(patient_hcc_score patient_hcc_gap patient_work_item patient_hcc_gap_event patient_work_event)),
		join(';', map { "ALTER TABLE data.$_ DROP COLUMN needed" } qw(patient_hcc_score patient_hcc_gap patient_work_item patient_hcc_gap_event patient_work_event)) ],
	[ 'somebody is there twice', q{DELETE FROM data.patient_hcc_score; DELETE FROM data.patient_hcc_gap; DELETE FROM data.patient_hcc_gap_event;
		CREATE UNIQUE INDEX once ON data.patient_hcc_score (payment_year); CREATE UNIQUE INDEX one_gap ON data.patient_hcc_gap (model_version);
		CREATE UNIQUE INDEX one_event ON data.patient_hcc_gap_event (model_version);
		INSERT INTO data.patient_hcc_gap_event (patient_id, model_version, collection_year, hcc_code, event, actor)
			SELECT patient_id, 'V28', 2025, '1', 'deferred', 'me' FROM data.patient_demographic LIMIT 1}, q{DROP INDEX data.once, data.one_gap, data.one_event} ],
	[ 'views that take nothing', join(';', map { "ALTER TABLE data.$_ RENAME TO $_\_0; CREATE VIEW data.$_ AS SELECT * FROM data.$_\_0 WHERE $checked{$_} WITH CHECK OPTION; GRANT ALL ON data.$_ TO nobody" } sort keys %checked),
		join(';', map { "DROP VIEW data.$_; ALTER TABLE data.$_\_0 RENAME TO $_" } sort keys %checked) ],
	[ 'identifiers of another type', q{ALTER TABLE data.patient_diagnosis_hcc RENAME TO d0; CREATE VIEW data.patient_diagnosis_hcc AS SELECT 'claim ' || id AS id, patient_id, encounter_id, icd10_code,
			diagnosis_date, provider_npi, contract_id, claim_type, bill_type, procedure_codes, modifiers, place_of_service, record_source, record_action, linked_encounter_id, submission,
			is_valid_encounter, known_at FROM data.d0; GRANT ALL ON data.patient_diagnosis_hcc TO nobody}, q{DROP VIEW data.patient_diagnosis_hcc; ALTER TABLE data.d0 RENAME TO patient_diagnosis_hcc} ],
	[ 'time', q{ALTER ROLE nobody SET statement_timeout = 4}, q{ALTER ROLE nobody RESET statement_timeout} ],
	[ 'rights', q{REVOKE INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA data FROM nobody; REVOKE SELECT ON data.patient_diagnosis_hcc FROM nobody}, q{GRANT ALL ON ALL TABLES IN SCHEMA data TO nobody} ]);

my %begins = map { substr($_, 0, 18) => 1 } keys %secret;
my %errors;
my $calls = 0;
sub leaks
{
	my ($text) = @_;
	# a part of one tells as much
	my @found = grep { $begins{$_} } $text =~ /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}/g;
	# a code of the data that stands alone, outside the names of models and HCCs
	push @found, grep { $code{$_} } $text =~ /(?<![\w"])([A-Z][0-9][0-9A-Z]{3,5})(?!\w)/g;
	return join ' ', @found;
}
for my $evil (@evil)
{
	my ($what, $break, $mend) = @$evil;
	query("SET session_replication_role = replica; $break") if $break =~ /UPDATE data/;
	query($break) if $break !~ /UPDATE data/;
	my $offset = -s $node->logfile;
	my ($told, $failed) = ('', 0);
	for my $call (@call)
	{
		my ($status, $out, $err) = $node->psql('postgres', "\\set VERBOSITY verbose\n$call", extra_params => [ '-U', 'nobody' ], on_error_stop => 0);
		$err =~ s/^LINE \d+:.*\n.*\^\n//mg;	# the caller's own text
		$told .= $err;
		$failed++ if $err =~ /ERROR/;
		$errors{$1}++ while $err =~ /ERROR:  (\w{5}):/g;
		$calls++;
		note("$what: $call: $1") if $err =~ /ERROR:  (.{0,140})/ && $ENV{MESSAGES_VERBOSE};
	}
	my $log = slurp_file($node->logfile, $offset);
	is(leaks($told), '', "$what: no id or code is told ($failed errors)");
	is(leaks($log), '', 'nor logged') or diag(join "\n", grep { leaks($_) } split /\n/, $log);
	cmp_ok($failed, '>', $what eq 'nothing' ? 5 : 0, 'though something went wrong');
	query("SET session_replication_role = replica; $mend") if $mend =~ /UPDATE data/;
	query($mend) if $mend !~ /UPDATE data/;
}
note("$calls calls, errors: " . join ', ', map { "$_ $errors{$_}" } sort keys %errors);
cmp_ok($errors{23514} // 0, '>', 5, 'violated checks among them');
cmp_ok($errors{23505} // 0, '>', 1, 'and keys');
is(query(q{SELECT count(*) FROM data.hcc_run WHERE error ~ '[0-9a-f]{8}-[0-9a-f]{4}'}), '0', 'nor in the table of runs');

# Named twice, a program is run once.
query(q{CALL data.score_population(2026, other_programs => '{MA-PD,MA,MA-PD}')});
is(query(q{SELECT status FROM data.hcc_run ORDER BY run_id DESC LIMIT 1}), 'done', 'a program that is named twice');

$node->stop;
done_testing();
