# refresh_scores leaves what a full run would: after random changes of people
# and diagnoses, noted by triggers or known by known_at, of models, rules and
# lists, and of transactions that were open while a run took its snapshot.
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

# "tracked" and "appended" are refreshed, "whole" and "plain" are scored whole.
my %full = (tracked => 'whole', appended => 'plain');
my %manner = (tracked => '', appended => ', by_known_at => true');
my $people = 600;
query('CREATE EXTENSION hccraf');
query(fill($_, people => $people, partitioned => $_ eq 'whole')) for %full;
query(q{SELECT tracked.track_changes()});

# The same statements in a schema and its counterpart
sub change
{
	my ($schema, $sql) = @_;
	for my $target ($schema, $full{$schema})
	{
		query("SET search_path = $target, public; $sql");
	}
}

sub refresh
{
	my ($schema, $what, $kind, $least, $most) = @_;
	query("CALL $schema.refresh_scores(2026, other_programs => '{MA-PD}', expect_at_least => 0$manner{$schema})");
	query("CALL $full{$schema}.score_population(2026, other_programs => '{MA-PD}', expect_at_least => 0)");
	is(query(model_scores($schema)), query(model_scores($full{$schema})), "$what: as a full run");
	my ($did, $patients, $changed) = split /\|/, query("SELECT kind, patients, scores_added + scores_changed + scores_removed FROM $schema.scoring_run() LIMIT 1");
	is($did, $kind, "$what: kind of run");
	cmp_ok($patients, '<=', $most, "$what: no more patients than need be") if defined $most;
	cmp_ok($changed, '>=', $least, "$what: scores have changed") if defined $least;
}

refresh('tracked', 'the first', 'full', 400);
refresh('appended', 'the first', 'full', 400);
refresh('tracked', 'nothing changed', 'refresh', 0, 0);
# known_at of the rows is in the past
refresh('appended', 'nothing changed', 'refresh', 0, 0);

# Random changes of everything, noted by triggers
for my $round (1 .. 4)
{
	my $from = 10000 * $round;
	change('tracked', diagnoses('public', $from, $from + 60, $people) =~ s/public\.//gr);
	change('tracked', qq{
		UPDATE patient_diagnosis_hcc SET icd10_code = 'G8250' WHERE chance(('x' || left(md5(id::text), 6))::bit(24)::int, 'u$round', 150) = 0;
		UPDATE patient_diagnosis_hcc SET patient_id = md5((1 + chance($round, 'to', 500))::text)::uuid, diagnosis_date = '2025-07-07'
			WHERE chance(('x' || left(md5(id::text), 6))::bit(24)::int, 'm$round', 200) = 0;
		DELETE FROM patient_diagnosis_hcc WHERE chance(('x' || left(md5(id::text), 6))::bit(24)::int, 'd$round', 150) = 0;
		UPDATE patient_demographic SET dual_status = '02', lti = NOT lti WHERE chance(('x' || left(md5(patient_id::text), 6))::bit(24)::int, 'p$round', 100) = 0;
		DELETE FROM patient_demographic WHERE chance(('x' || left(md5(patient_id::text), 6))::bit(24)::int, 'q$round', 100) = 0;
		INSERT INTO patient_demographic (patient_id, payment_year, date_of_birth, sex, known_at)
			SELECT md5((2000 + $round)::text)::uuid, 2026, '1950-01-01', 'F', '2026-02-02'});
	refresh('tracked', "round $round", 'refresh', 10, 500);
}
is(query('SELECT count(*) FROM tracked.patient_hcc_change WHERE payment_year = 2026'), '0', 'changes are forgotten once they are in the scores');

# A correction may be dated in another year than what it takes back.
my $victim = query(q{SELECT DISTINCT s.patient_id FROM tracked.patient_hcc_score s JOIN tracked.patient_diagnosis_hcc d USING (patient_id)
	WHERE segment = 'CNA' AND cardinality(hcc_list) > 0 ORDER BY 1 LIMIT 1});
change('tracked', qq{
	INSERT INTO patient_diagnosis_hcc (id, patient_id, encounter_id, icd10_code, diagnosis_date, known_at)
		VALUES (md5('far')::uuid, '$victim', md5('far')::uuid, 'C787', '2025-05-05', '2026-05-05')});
refresh('tracked', 'a diagnosis', 'refresh', 1, 1);
change('tracked', qq{INSERT INTO patient_diagnosis_hcc (patient_id, encounter_id, icd10_code, diagnosis_date, record_action, linked_encounter_id)
	VALUES ('$victim', md5('farther')::uuid, 'C787', '2026-01-07', 'void', md5('far')::uuid)});
refresh('tracked', 'voided by a record of another year', 'refresh', 1, 1);

# Who has died has in all years: whichever year's row says it, and no longer says it
my $dead = query(q{SELECT DISTINCT s.patient_id FROM tracked.patient_hcc_score s JOIN tracked.patient_diagnosis_hcc d USING (patient_id)
	WHERE s.payment_year = 2026 AND cardinality(hcc_list) > 0 ORDER BY 1 DESC LIMIT 1});
my $row = "INSERT INTO patient_demographic (patient_id, payment_year, date_of_birth, sex, date_of_death, known_at) VALUES ('$dead', 2031, '1950-01-01', 'F'";
change('tracked', "$row, '2024-12-31', '2026-02-01')");
refresh('tracked', 'a death in the row of another year', 'refresh', 1, 1);
change('tracked', "$row, NULL, '2026-02-02')");
refresh('tracked', 'its correction', 'refresh', 1, 1);
change('tracked', "DELETE FROM patient_demographic WHERE payment_year = 2031");
refresh('tracked', 'both gone', 'refresh', 0, 1);

# What a correction or a death means in one year may hang on a row of another.
for my $manner ('tracked', 'by_known_at')
{
	my $by = $manner eq 'tracked' ? '' : ', by_known_at => true';
	query(qq{CREATE SCHEMA years; SELECT hccraf_setup('years', patient_id_type => 'bigint');
		INSERT INTO years.patient_demographic (patient_id, payment_year, date_of_birth, sex, known_at)
			SELECT p, y, '1950-06-01', 'F', '2024-01-01' FROM generate_series(1, 9) p, generate_series(2025, 2026) y;
		INSERT INTO years.patient_diagnosis_hcc (id, patient_id, encounter_id, icd10_code, diagnosis_date, known_at)
			SELECT p, p, 10 * p, 'I50.9', '2025-05-01', '2025-06-01' FROM generate_series(1, 9) p;
		INSERT INTO years.patient_diagnosis_hcc (id, patient_id, encounter_id, icd10_code, diagnosis_date, record_action, known_at)
			VALUES (101, 1, 999, 'I50.9', '2025-05-01', 'delete', '2025-07-01');
		INSERT INTO years.patient_demographic (patient_id, payment_year, date_of_birth, sex, known_at, date_of_death)
			VALUES (2, 2025, '1950-06-01', 'F', '2024-06-01', '2025-03-01')});
	query('SELECT years.track_changes()') if $manner eq 'tracked';
	query("CALL years.score_population($_)") for 2025, 2026;
	my $step = sub {
		my ($what, $sql, $patient, $hccs) = @_;
		query("SET search_path = years, public; $sql; CALL refresh_scores(2026$by)");
		is(query(qq{SELECT kind, scores_changed, hcc_list FROM years.scoring_run(), years.patient_hcc_score
			WHERE patient_id = $patient AND patient_hcc_score.payment_year = 2026 LIMIT 1}), "refresh|1|$hccs", "$manner: $what");
		query('CALL years.score_population(2026)');
		is(query('SELECT scores_changed FROM years.scoring_run() LIMIT 1'), '0', "$manner: $what: as a full run");
	};
	my $corrected = q{INSERT INTO patient_demographic (patient_id, payment_year, date_of_birth, sex, known_at)
		VALUES (2, 2025, '1950-06-01', 'F', now())};
	$step->('a record of another year bears the number of a deletion',
		q{INSERT INTO patient_diagnosis_hcc (id, patient_id, encounter_id, icd10_code, diagnosis_date) VALUES (102, 1, 999, 'Z00.00', '2024-12-30')}, 1, '{226}');
	$step->('a death in the row of another year is corrected', $corrected, 2, '{226}');
	if ($manner eq 'tracked')
	{
		$step->('the record has another number', 'UPDATE patient_diagnosis_hcc SET encounter_id = 998 WHERE id = 102', 1, '{}');
		$step->('and its own again', 'UPDATE patient_diagnosis_hcc SET encounter_id = 999 WHERE id = 102', 1, '{226}');
		# the run of its own year tells that of the other
		query('DELETE FROM years.patient_diagnosis_hcc WHERE id = 102; CALL years.refresh_scores(2025)');
		$step->('the record is gone, and its year was refreshed first', 'SELECT', 1, '{}');
		my $row = q{patient_demographic SET %s WHERE patient_id = 2 AND payment_year = 2025 AND date_of_death IS NULL AND known_at > '2024-01-01'};
		$step->('what corrects the death is of another month', sprintf("UPDATE $row", 'payment_month = 3'), 2, '{}');
		$step->('of the same again', sprintf("UPDATE $row", 'payment_month = 0'), 2, '{226}');
		$step->('known earlier than the death', sprintf("UPDATE $row", q{known_at = '2024-02-01'}), 2, '{}');
		$step->('and later', sprintf("UPDATE $row", q{known_at = '2024-07-01'}), 2, '{226}');
		$step->('gone', q{DELETE FROM patient_demographic WHERE patient_id = 2 AND payment_year = 2025 AND known_at = '2024-07-01'}, 2, '{}');
		query(q{UPDATE years.patient_demographic SET sex = 'F' WHERE patient_id = 2 AND payment_year = 2026; CALL years.refresh_scores(2026); CALL years.refresh_scores(2025)});
		query("CALL years.refresh_scores($_)") for 2026, 2025;
		is(query('SELECT patients FROM years.scoring_run() LIMIT 2'), "0\n0", 'what one year passes on to the other does not come back');
	}
	query('DROP SCHEMA years CASCADE');
}

# Models, rules and lists: everybody
my %rule = (
	'a coefficient' => q{UPDATE hcc_coefficient SET coefficient = coefficient + 0.1 WHERE model_version = 'V28' AND variable = 'HCC226'},
	'a payment parameter' => q{UPDATE payment_year_parameter SET normalization_factor = 1.1 WHERE payment_year = 2026 AND program = 'MA' AND component = 'part_c'},
	'an encounter rule' => q{INSERT INTO encounter_rule (priority, verdict, record_sources) VALUES (5, 'no_raps', '{raps}')},
	'the list of procedures' => q{INSERT INTO eligible_procedure (service_year, procedure_code) VALUES (2025, '80053')},
);
for my $what (sort keys %rule)
{
	query($rule{$what});
	my $scores = query(model_scores('tracked'));
	refresh('tracked', $what, 'full', 1);
	isnt(query(model_scores('tracked')), $scores, "$what: other scores");
}
query(q{CALL appended.refresh_scores(2026, other_programs => '{MA-PD}', by_known_at => true);
	CALL plain.score_population(2026, other_programs => '{MA-PD}')});

# Appended rows, by known_at
for my $round (1 .. 2)
{
	my $from = 20000 * $round;
	# the same times in both schemas
	my $now = query('SELECT now()');
	change('appended', diagnoses('public', $from, $from + 40, $people) =~ s/public\.//gr =~ s/timestamptz '2026-01-01'[^\n]*/'$now'::timestamptz/gr);
	change('appended', qq{INSERT INTO patient_demographic (patient_id, payment_year, date_of_birth, sex, dual_status, known_at)
		SELECT md5(p::text)::uuid, 2026, '1960-06-06', 'M', '02', '$now' FROM generate_series($round, 100, 20) p;
		INSERT INTO patient_diagnosis_hcc (patient_id, encounter_id, icd10_code, diagnosis_date, record_action, linked_encounter_id, known_at)
		SELECT patient_id, NULL, icd10_code, '2024-12-31', 'void', encounter_id, '$now' FROM patient_diagnosis_hcc
		WHERE record_action = 'add' AND diagnosis_date BETWEEN '2025-01-01' AND '2025-12-31' AND encounter_id::text LIKE '${round}7%'});
	refresh('appended', "appended, round $round", 'refresh', 10, 200);
}

# A transaction that is open while a run takes its snapshot
for my $schema (sort keys %full)
{
	my $open = $node->background_psql('postgres');
	my $late = qq{INSERT INTO %s.patient_diagnosis_hcc (id, patient_id, icd10_code, diagnosis_date) SELECT md5('late' || s.patient_id)::uuid, s.patient_id, 'G8250', '2025-09-09'
		FROM $full{$schema}.patient_hcc_score s WHERE segment = 'CNA' ORDER BY 2 LIMIT 7};
	$open->query_safe('BEGIN; ' . sprintf($late, $schema));
	my $scores = query(model_scores($schema));
	query("CALL $schema.refresh_scores(2026, other_programs => '{MA-PD}'$manner{$schema})");
	is(query(model_scores($schema)), $scores, "$schema: what is not committed is not seen");
	query(sprintf($late, $full{$schema}));
	$open->query_safe('COMMIT');
	$open->quit;
	refresh($schema, "$schema: committed during a run", 'refresh', 7);
}

# TRUNCATE, also after a refresh has begun: whose rows these were is unknown
query(q{
	CREATE FUNCTION pause() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_advisory_xact_lock(1); RETURN NEW; END';
	CREATE TRIGGER pause BEFORE INSERT ON tracked.hcc_run FOR EACH ROW EXECUTE FUNCTION pause()});
my $other = $node->background_psql('postgres');
$other->query_safe('SELECT pg_advisory_lock(1)');
my $job = $node->background_psql('postgres');
$job->query_until(qr/begun/, "\\echo begun\nCALL tracked.refresh_scores(2026, other_programs => '{MA-PD}', expect_at_least => 0);\n");
$node->poll_query_until('postgres', q{SELECT count(*) = 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted});
$other->query_safe('TRUNCATE tracked.patient_diagnosis_hcc');
query('TRUNCATE whole.patient_diagnosis_hcc');
$other->query_safe('SELECT pg_advisory_unlock(1)');
$job->quit;
$other->quit;
query("DROP TRIGGER pause ON tracked.hcc_run; CALL whole.score_population(2026, other_programs => '{MA-PD}', expect_at_least => 0)");
is(query(model_scores('tracked')), query(model_scores('whole')), 'emptied when a refresh had begun: as a full run');
is(query(q{SELECT kind, state FROM tracked.scoring_run() LIMIT 1}), 'full|done', 'it became a full run');
change('tracked', 'TRUNCATE patient_demographic');
refresh('tracked', 'people emptied', 'full', 100);
is(query('SELECT count(*) FROM tracked.patient_hcc_score WHERE payment_year = 2026'), '0', 'no scores of nobody');

# Asked for something else; a window that is not the calendar year's
change('tracked', q{INSERT INTO patient_demographic (patient_id, payment_year, date_of_birth, sex) SELECT md5(p::text)::uuid, 2026, '1950-01-01', 'F' FROM generate_series(1, 50) p});
my ($status, $out, $err) = $node->psql('postgres', q{CALL tracked.refresh_scores(2026)});
like($err, qr/everybody is scored: the last run was asked for something else/, 'other arguments: everybody');
query(q{CALL tracked.score_population(2026, service_from => '2024-07-01', service_to => '2025-06-30')});
query(q{INSERT INTO tracked.patient_diagnosis_hcc (patient_id, icd10_code, diagnosis_date) SELECT md5(p::text)::uuid, 'G8250', '2024-08-08' FROM generate_series(1, 5) p});
query(q{CALL tracked.refresh_scores(2026, service_from => '2024-07-01', service_to => '2025-06-30')});
is(query(q{SELECT count(*) FROM tracked.patient_hcc_score WHERE hcc_list = '{180}'}), '5', 'a diagnosis of the year before, in the window of the initial run');

# Where nobody notes changes, everybody is scored, unless it is said that rows are
# only ever added, and all say since when they are known.
sub kind_of
{
	my ($arguments) = @_;
	my (undef, undef, $said) = $node->psql('postgres', "CALL appended.refresh_scores($arguments)");
	my ($why) = $said =~ /everybody is scored: (.*)/;
	return query(q{SELECT kind FROM appended.scoring_run() LIMIT 1}) . ($why ? ": $why" : '');
}
my $asked = q{2026, other_programs => '{MA-PD}'};
query(q{DELETE FROM appended.patient_diagnosis_hcc d USING (SELECT patient_id FROM appended.patient_hcc_score
		WHERE cardinality(hcc_list) > 2 ORDER BY 1 LIMIT 3) s WHERE d.patient_id = s.patient_id;
	DELETE FROM plain.patient_diagnosis_hcc d USING (SELECT patient_id FROM plain.patient_hcc_score
		WHERE cardinality(hcc_list) > 2 ORDER BY 1 LIMIT 3) s WHERE d.patient_id = s.patient_id;
	CALL plain.score_population(2026, other_programs => '{MA-PD}')});
is(kind_of($asked), 'full: nobody notes which data change; track_changes() does', 'deleted rows: everybody, and why');
is(query(model_scores('appended')), query(model_scores('plain')), 'with the scores of a full run');
is(kind_of("$asked, by_known_at => true"), 'refresh', 'only added rows: those');
query(q{CREATE SCHEMA behind; ALTER TABLE appended.patient_diagnosis_hcc SET SCHEMA behind;
	CREATE VIEW appended.patient_diagnosis_hcc AS SELECT d.id, d.patient_id, d.encounter_id, d.icd10_code, d.diagnosis_date,
		d.provider_npi, d.contract_id, d.claim_type, d.bill_type, d.procedure_codes, d.modifiers, d.place_of_service,
		d.record_source, d.record_action, d.linked_encounter_id, d.submission, d.is_valid_encounter, NULL::timestamptz AS known_at
	FROM behind.patient_diagnosis_hcc d;
	SELECT hccraf_setup('appended')});
is(kind_of($asked), 'full: the patient tables, their partitions or triggers, or the panel have '
	. 'been changed or made anew', 'a view in place of a table');
is(kind_of($asked), 'full: nobody notes which data change; track_changes() does', 'a view: everybody');
is(kind_of("$asked, by_known_at => true"), 'full: rows without known_at may be new or old', 'a view that does not say since when');
query(q{INSERT INTO behind.patient_diagnosis_hcc (patient_id, icd10_code, diagnosis_date)
	SELECT patient_id, 'G8250', '2025-08-08' FROM appended.patient_hcc_score WHERE segment = 'CNA' ORDER BY 1 LIMIT 2});
for my $how ('', ', by_known_at => true')
{
	query("CALL appended.refresh_scores($asked$how)");
	is(query(q{SELECT count(*) FROM appended.patient_hcc_score s JOIN behind.patient_diagnosis_hcc d USING (patient_id)
		WHERE d.diagnosis_date = '2025-08-08' AND d.icd10_code = 'G8250' AND s.hcc_list @> '{180}'}), '2', "rows behind a view are seen$how");
}

# Off again
is(query(q{SELECT tracked.track_changes(false)}), 'f', 'track_changes off');
is(query(q{SELECT count(*) FROM pg_trigger WHERE tgname LIKE 'hccraf\_change%' AND tgrelid = 'tracked.patient_demographic'::regclass}), '0', 'no triggers');
query(q{INSERT INTO tracked.patient_demographic (patient_id, payment_year, date_of_birth, sex) VALUES (md5('99')::uuid, 2026, '1950-01-01', 'F')});
is(query('SELECT count(*) FROM tracked.patient_hcc_change'), '0', 'nothing is noted');

# Partitions are written to directly, too, and in sessions of any replication
# role; where a trigger is missing nobody knows what changed.
query(q{CREATE SCHEMA parts; SELECT hccraf_setup('parts', partitioned => true, partitions => 2); SELECT parts.track_changes();
	INSERT INTO eligible_procedure (service_year, procedure_code) VALUES (2025, '99213') ON CONFLICT DO NOTHING;
	INSERT INTO parts.patient_demographic (patient_id, payment_year, date_of_birth, sex) SELECT md5(p::text)::uuid, 2026, '1950-01-01', 'F' FROM generate_series(1, 20) p;
	CALL parts.score_population(2026)});
my $one = q{SELECT %s FROM (SELECT patient_id FROM parts.patient_demographic_p%d ORDER BY 1 LIMIT 1) p};
sub refreshed
{
	my ($how, $kind, $sql) = @_;
	query($sql);
	query(q{CALL parts.refresh_scores(2026)});
	is(query(q{SELECT kind, scores_changed FROM parts.scoring_run() LIMIT 1}), "$kind|1", $how);
}
my $add = "INSERT INTO %s (patient_id, icd10_code, diagnosis_date) " . sprintf($one, q{patient_id, '%s', '2025-02-02'}, 0);
refreshed('a diagnosis into a partition', 'refresh', sprintf $add, 'parts.patient_diagnosis_hcc_p0', 'E119');
refreshed('one by a session that is a replica', 'refresh', 'SET session_replication_role = replica; ' . sprintf $add, 'parts.patient_diagnosis_hcc', 'I509');
refreshed('a person of a partition', 'refresh', q{UPDATE parts.patient_demographic_p1 SET orec = '1' WHERE patient_id = (SELECT min(patient_id::text)::uuid FROM parts.patient_demographic_p1)});
query('ALTER TABLE parts.patient_diagnosis_hcc_p0 DISABLE TRIGGER hccraf_change_insert');
refreshed('one that no trigger noted', 'full', sprintf $add, 'parts.patient_diagnosis_hcc_p0', 'G8250');
query(q{ALTER TABLE parts.patient_diagnosis_hcc_p0 ENABLE ALWAYS TRIGGER hccraf_change_insert; CALL parts.refresh_scores(2026)});
refreshed('one while a trigger was off for a moment', 'full', 'ALTER TABLE parts.patient_diagnosis_hcc_p0 DISABLE TRIGGER USER; '
		. sprintf($add, 'parts.patient_diagnosis_hcc_p0', 'C7931') . '; ALTER TABLE parts.patient_diagnosis_hcc_p0 ENABLE ALWAYS TRIGGER hccraf_change_insert,
		ENABLE ALWAYS TRIGGER hccraf_change_update, ENABLE ALWAYS TRIGGER hccraf_change_delete, ENABLE ALWAYS TRIGGER hccraf_change_truncate');
refreshed('a partition that was away while it changed', 'full', 'ALTER TABLE parts.patient_diagnosis_hcc DETACH PARTITION parts.patient_diagnosis_hcc_p0;
	ALTER TABLE parts.patient_diagnosis_hcc_p0 DISABLE TRIGGER USER; ' . sprintf($add, 'parts.patient_diagnosis_hcc_p0', 'C7A00') . '; ALTER TABLE parts.patient_diagnosis_hcc_p0
	ENABLE ALWAYS TRIGGER hccraf_change_insert, ENABLE ALWAYS TRIGGER hccraf_change_update, ENABLE ALWAYS TRIGGER hccraf_change_delete,
	ENABLE ALWAYS TRIGGER hccraf_change_truncate; ALTER TABLE parts.patient_diagnosis_hcc ATTACH PARTITION parts.patient_diagnosis_hcc_p0
	FOR VALUES WITH (MODULUS 2, REMAINDER 0)');
query(q{ALTER TABLE parts.patient_diagnosis_hcc DETACH PARTITION parts.patient_diagnosis_hcc_p1;
	CREATE TABLE parts.another PARTITION OF parts.patient_diagnosis_hcc FOR VALUES WITH (MODULUS 2, REMAINDER 1);
	CALL parts.score_population(2026)});
refreshed('in a partition that came later', 'full', sprintf(q{INSERT INTO parts.another (patient_id, icd10_code, diagnosis_date) } . sprintf($one, q{patient_id, 'E1122', '2025-02-02'}, 1)));
query(q{SELECT parts.track_changes(); CALL parts.refresh_scores(2026)});
for my $sql ('DETACH PARTITION parts.another', 'ATTACH PARTITION parts.another FOR VALUES WITH (MODULUS 2, REMAINDER 1)')
{
	refreshed($sql, 'full', "ALTER TABLE parts.patient_diagnosis_hcc $sql");
}
query(q{CREATE SCHEMA heirs; SELECT hccraf_setup('heirs'); SELECT heirs.track_changes(); INSERT INTO heirs.patient_demographic TABLE parts.patient_demographic;
	CALL heirs.score_population(2026); CREATE TABLE heirs.child () INHERITS (heirs.patient_diagnosis_hcc);
	INSERT INTO heirs.child (patient_id, icd10_code, diagnosis_date) SELECT patient_id, 'E119', '2025-02-02' FROM heirs.patient_demographic;
	CALL heirs.refresh_scores(2026)});
is(query(q{SELECT kind, scores_changed FROM heirs.scoring_run() LIMIT 1}), 'full|20', 'rows of a child table');
# a date that has no year
query(q{INSERT INTO heirs.patient_diagnosis_hcc (patient_id, icd10_code, diagnosis_date) SELECT patient_id, 'E119', d::date
		FROM (SELECT patient_id FROM heirs.patient_demographic ORDER BY 1 LIMIT 1) p, unnest('{infinity,-infinity}'::text[]) d;
	CALL heirs.refresh_scores(2026);
	DELETE FROM heirs.patient_diagnosis_hcc WHERE NOT isfinite(diagnosis_date)});
is(query('SELECT count(*), bool_and(payment_year IS NULL) FROM heirs.patient_hcc_change'), '1|t', 'a date without a year is noted for all years');
query(q{CALL heirs.refresh_scores(2026)});
query(q{CREATE SCHEMA seen; SELECT hccraf_setup('seen'); ALTER TABLE seen.patient_demographic RENAME TO d; CREATE VIEW seen.patient_demographic AS TABLE seen.d});
($status, $out, $err) = $node->psql('postgres', q{SELECT seen.track_changes()});
like($err, qr/ERROR:  changes of the view seen\.patient_demographic cannot be noted/, 'changes of views are not tracked');
query('DROP SCHEMA seen CASCADE');
# notes that are dropped and made again while a run waits to go on
query(q{UPDATE heirs.patient_demographic SET lti = true; SELECT heirs.track_changes();
	CREATE FUNCTION anew() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
		ALTER TABLE heirs.patient_hcc_change RENAME TO old_notes;
		CREATE TABLE heirs.patient_hcc_change (LIKE heirs.old_notes INCLUDING ALL);
		INSERT INTO heirs.patient_hcc_change (id, patient_id, payment_year, changed_at) OVERRIDING SYSTEM VALUE
			SELECT id, patient_id, 2026, now() + '1 s' FROM heirs.old_notes WHERE patient_id IS NOT NULL;
		RETURN NEW; END $$;
	CREATE TRIGGER anew AFTER UPDATE ON heirs.hcc_run FOR EACH ROW WHEN (NEW.stage = 'score' AND OLD.stage = 'collect') EXECUTE FUNCTION anew();
	CALL heirs.score_population(2026)});
is(query('SELECT count(*) FROM heirs.patient_hcc_change'), '40', 'other notes of the same numbers are not forgotten');
refreshed('until it is tracked', 'refresh', sprintf(q{INSERT INTO parts.another (patient_id, icd10_code, diagnosis_date) } . sprintf($one, q{patient_id, 'C7800', '2025-02-02'}, 1)));

# A column that the panel did not read is filled, and read from the next setup on.
my $columns = '(patient_id, icd10_code, diagnosis_date)';
query(qq{CREATE SCHEMA grown;
	CREATE TABLE grown.patient_diagnosis_hcc (LIKE heirs.patient_diagnosis_hcc INCLUDING ALL);
	ALTER TABLE grown.patient_diagnosis_hcc DROP COLUMN code_system;
	SELECT hccraf_setup('grown'); SELECT grown.track_changes();
	INSERT INTO grown.patient_demographic TABLE heirs.patient_demographic;
	INSERT INTO grown.patient_diagnosis_hcc $columns
		SELECT patient_id, 'I50.9', '2025-02-02' FROM grown.patient_demographic;
	CALL grown.score_population(2026);
	ALTER TABLE grown.patient_diagnosis_hcc ADD COLUMN code_system text;
	UPDATE grown.patient_diagnosis_hcc SET code_system = 'ICD9'
		WHERE patient_id = (SELECT min(patient_id::text)::uuid FROM grown.patient_demographic);
	SELECT hccraf_setup('grown'); CALL grown.refresh_scores(2026)});
is(query('SELECT kind, scores_changed FROM grown.scoring_run() LIMIT 1'), 'full|1',
	'a column that came later');
# A new table in the place of one that the panel was made for, which its readers would still read
query(qq{CREATE SCHEMA moved; SELECT hccraf_setup('moved');
	INSERT INTO moved.patient_demographic TABLE grown.patient_demographic;
	CALL moved.score_population(2026); CALL moved.refresh_gaps(2025);
	CREATE TABLE moved.loaded (LIKE moved.patient_diagnosis_hcc INCLUDING DEFAULTS);
	INSERT INTO moved.loaded $columns
		SELECT patient_id, 'I50.9', '2025-02-02' FROM moved.patient_demographic;
	ALTER TABLE moved.patient_diagnosis_hcc RENAME TO old;
	ALTER TABLE moved.loaded RENAME TO patient_diagnosis_hcc});
for my $job ('refresh_scores(2026)', 'score_population(2026)', 'refresh_gaps(2025)',
	'refresh_worklist(2025)', 'annotate_diagnoses(2026)')
{
	($status, $out, $err) = $node->psql('postgres', "CALL moved.$job");
	like($err, qr/ERROR:  the panel was made for another table than moved\.patient_diagnosis_hcc$/m,
		"a table put in the place of another: $job");
	like($err, qr/^HINT:  SELECT public\.hccraf_setup\('moved'\);$/m, 'and what to do');
}
query(q{DROP INDEX moved.patient_diagnosis_hcc_patient, moved.patient_diagnosis_hcc_taken_back,
		moved.patient_diagnosis_hcc_known, moved.patient_diagnosis_hcc_date;
	SELECT hccraf_setup('moved'); CALL moved.refresh_scores(2026)});
is(query('SELECT kind, scores_changed FROM moved.scoring_run() LIMIT 1'), 'full|20',
	'and set up for it');
# Triggers as earlier versions made them
query(q{CALL grown.refresh_scores(2026);
	DROP TRIGGER hccraf_replicated_change ON grown.patient_diagnosis_hcc;
	ALTER TABLE grown.patient_diagnosis_hcc ENABLE ALWAYS TRIGGER hccraf_change_insert;
	CALL grown.refresh_scores(2026)});
($status, $out, $err) = $node->psql('postgres', 'CALL grown.refresh_scores(2026)');
like($err, qr/the triggers of track_changes are not on all .*; track_changes\(\) puts them there/,
	'without the trigger of replicated rows');
query('SELECT grown.track_changes()');
query('CALL grown.refresh_scores(2026)') for 1 .. 2;
is(query('SELECT kind FROM grown.scoring_run() LIMIT 1'), 'refresh', 'put there');

# Who was not born yet may be by the next day: it is tomorrow where the clock is a day ahead.
my $next = query('SELECT extract(year FROM current_date + 1) + 1');
my $last = query(q{SELECT max(payment_year) FROM payment_year_parameter WHERE program = 'MA'});
query("SELECT hccraf_copy_year($_ - 1, $_)") for $last + 1 .. $next;
query(qq{CREATE SCHEMA unborn; SELECT hccraf_setup('unborn', patient_id_type => 'bigint');
	INSERT INTO unborn.patient_demographic (patient_id, payment_year, date_of_birth, sex, known_at)
		VALUES (1, $next, '1950-01-01', 'F', '2026-01-01'), (2, $next, current_date + 1, 'F', '2026-01-01');
	CALL unborn.score_population($next)});
my $did = q{SELECT kind, patients, scores_added FROM unborn.scoring_run() LIMIT 1};
for my $how (', by_known_at => true', '')
{
	query('SELECT unborn.track_changes()') if $how eq '';
	query("CALL unborn.score_population($next)");
	query("CALL unborn.refresh_scores($next$how)");
	is(query($did), 'refresh|0|0', "not born yet$how");
	query("SET timezone = 'AHEAD-24'; CALL unborn.refresh_scores($next$how)");
	is(query($did), 'refresh|1|1', "born$how");
	query("SET timezone = 'AHEAD-24'; CALL unborn.score_population($next)");
	is(query($did), 'full|2|0', "born$how: as a full run");
}

$node->stop;
done_testing();
