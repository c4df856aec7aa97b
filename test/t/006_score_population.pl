# What score_population stores is what the scoring functions give one patient
# at a time: every column, in plain and partitioned tables, for years and
# programs of several models, by month, from other tables and views, as known
# at an earlier time. What has not changed is not written again.
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

query('CREATE EXTENSION hccraf');
query(fill('plain'));
query(fill('split', partitioned => 1));
query('VACUUM ANALYZE');
is(query("SELECT count(DISTINCT tableoid) > 1 FROM split.patient_diagnosis_hcc"), 't', 'rows in partitions');
is(query('SELECT count(*) FROM (TABLE plain.patient_diagnosis_hcc EXCEPT TABLE split.patient_diagnosis_hcc) d WHERE created_at IS NULL'), '0', 'same rows');

# Rows that only one side has, and how many there are
sub differences
{
	my ($stored, $wanted) = @_;
	return "SELECT (SELECT count(*) FROM ($stored) s), (SELECT count(*) FROM (SELECT * FROM $wanted) w),
		(SELECT count(*) FROM (($stored) EXCEPT ALL SELECT * FROM $wanted) x), (SELECT count(*) FROM (SELECT * FROM $wanted EXCEPT ALL ($stored)) x);";
}

my @case = (
	{ what => 'blend of V24 and V28, 2024', year => 2024, models => [ 'V24', 'V28', 'ESRD_V24' ] },
	{ what => 'blend of 2025', year => 2025, models => [ 'V24', 'V28', 'ESRD_V24' ] },
	{ what => '2026 with Part D', year => 2026, models => [ 'V28', 'ESRD_V24', 'RX_V08' ], other_programs => ['MA-PD'] },
	{ what => 'PACE by component', year => 2026, models => [ 'V22', 'V28', 'ESRD_V21', 'ESRD_V24', 'RX_V08' ], program => 'PACE', component => 'part_d',
		allow_low_confidence => 'true' },
	{ what => '2027, unlinked chart reviews', year => 2027, models => [ 'V28', 'ESRD_V24' ] },
	{ what => 'window of the initial run', year => 2026, models => [ 'V28', 'ESRD_V24' ], service_from => '2024-07-01', service_to => '2025-06-30' },
	{ what => 'as known in April', year => 2026, models => [ 'V28', 'ESRD_V24' ], known_at => '2026-04-01 00:00+00' },
);

for my $case (@case)
{
	my %case = %$case;
	my $year = $case{year};
	my $arguments = join ', ', "payment_year => $year", "resume_within => '0'", "batch_size => 700",
		map { "$_ => '$case{$_}'" } grep { defined $case{$_} } qw(program component allow_low_confidence service_from service_to known_at);
	$arguments .= qq{, other_programs => '{$case{other_programs}[0]}'} if $case{other_programs};
	query("TRUNCATE $_.patient_hcc_score, $_.patient_hcc_model_score") for 'plain', 'split';
	query("CALL $_.score_population($arguments)") for 'plain', 'split';

	my $checks = wanted_scores('plain', $year, %case) . differences(scores('plain'), 'wanted_score')
		. differences('SELECT * FROM (' . models('plain') . ') m', '(SELECT ' . (models('plain') =~ /SELECT (.*) FROM/s)[0] . ' FROM wanted_model) w')
		. q{SELECT count(*) FROM plain.patient_hcc_score WHERE demographic_score + disease_score + interaction_score <> raw_score;
		SELECT count(*) FROM plain.patient_hcc_score s WHERE raf_score <> (SELECT sum(weighted_score) FROM plain.patient_hcc_model_score m
			WHERE m.patient_id = s.patient_id AND m.program = s.program AND payment_month = (SELECT max(payment_month) FROM plain.patient_hcc_model_score x
				WHERE x.patient_id = s.patient_id));
		SELECT count(*) FROM plain.patient_hcc_score WHERE raw_score <> raf_score(icd10_codes, beneficiary::beneficiary, model_version, payment_year, calibration);
		SELECT count(DISTINCT run_id), count(DISTINCT calculated_at), count(*) FILTER (WHERE run_id IS NULL) FROM plain.patient_hcc_score;
		SELECT diagnoses = (SELECT jsonb_object_agg(v, n) FROM (
			SELECT CASE WHEN verdict <> 'ok' THEN verdict WHEN patient_id NOT IN (SELECT patient_id FROM person) THEN 'no_demographic'
				WHEN NOT (} . join(' OR ', map { "icd_has_hcc(icd10_code, '$_', $year)" } @{ $case{models} }) . q{) THEN CASE WHEN EXISTS (SELECT FROM hcc_crosswalk x
					WHERE x.model_version IN (} . join(', ', map { "'$_'" } @{ $case{models} }) . qq{) AND COALESCE(x.effective_year <= $year, true) AND COALESCE(x.expiry_year >= $year, true)
						AND x.icd10_code LIKE upper(replace(trim(verdict.icd10_code), '.', '')) || '_%') THEN 'incomplete_code' ELSE 'no_hcc' END ELSE 'ok' END AS v,
} . q{				count(*) AS n FROM verdict GROUP BY 1) x) FROM plain.hcc_run ORDER BY run_id DESC LIMIT 1;
		SELECT patients = (SELECT count(*) FROM person WHERE latest) AND patients_done = patients AND scores_added = patients AND scores_removed = 0
			AND scores_unchanged = 0 FROM plain.hcc_run ORDER BY run_id DESC LIMIT 1;};
	my @got = split /\n/, query($checks);
	like($got[0], qr/^(\d{4})\|\1\|0\|0$/, "$case{what}: patient_hcc_score");
	like($got[1], qr/^(\d{4,5})\|\1\|0\|0$/, "$case{what}: patient_hcc_model_score");
	is(join(' ', @got[2 .. $#got]), '0 0 0 1|1|0 t t', "$case{what}: parts add up, the row tells how to score again, the run counts verdicts and patients");
	is(query(model_scores('split')), query(model_scores('plain')), "$case{what}: partitioned tables");
}


# The same again, and a new run that finds nothing new, write no row.
my $arguments = "payment_year => 2026, other_programs => '{MA-PD}'";
query("CALL plain.score_population($arguments)");
my $rows = q{SELECT md5(string_agg(x, ' ' ORDER BY x)) FROM (SELECT concat_ws(' ', xmin, ctid, s::text) FROM plain.patient_hcc_score s
	UNION ALL SELECT concat_ws(' ', xmin, ctid, s::text) FROM plain.patient_hcc_model_score s) r(x)};
my $written = query($rows);
my ($status, $out, $err) = $node->psql('postgres', "CALL plain.score_population($arguments)");
is(query($rows), $written, 'the same again writes no row');
my $patients = query('SELECT count(DISTINCT patient_id) FROM plain.patient_demographic WHERE payment_year = 2026');
my $shown = $patients =~ s/(\d)(\d{3})$/$1,$2/r;
like($err, qr/run (\d+): $shown patients collected\n.*run \1: $shown of $shown patients scored\n.*run \1: 0 scores added, 0 changed, 0 removed/s, 'notices of progress');
is(query(q{SELECT kind, payment_year, program, state, stage, patients, patients_done, scores_added, scores_changed, scores_unchanged, scores_removed,
	error IS NULL FROM plain.scoring_run() LIMIT 1}), "full|2026|MA|done|done|$patients|$patients|0|0|$patients|0|t", 'scoring_run');
is(query(q{SELECT parameters ->> 'payment_year', fingerprints #>> '{models,V28 V28_2024}' = hccraf_fingerprint('V28', 2026, 'V28_2024'),
	fingerprints -> 'encounter_filter' ->> 'MA' = encounter_filter_fingerprint(2026, 'MA'), snapshot_at BETWEEN started_at AND finished_at,
	started_by, known_at IS NULL FROM plain.hcc_run ORDER BY run_id DESC LIMIT 1}), '2026|t|t|t|' . query('SELECT current_user') . '|t', 'hcc_run');
is(query(q{SELECT count(*) FROM pg_class WHERE relname ~ '^hcc_run_\d+_'}), '0', 'a run leaves no tables behind');
is(query("SET search_path = plain, public; CALL plain.score_population($arguments); SHOW search_path; SHOW transaction_isolation"),
	"plain, public\nread committed", 'nor settings');

# Batches of any size give the same.
my $whole = query(model_scores('plain'));
query(q{TRUNCATE plain.patient_hcc_score, plain.patient_hcc_model_score});
query("CALL plain.score_population($arguments, batch_size => 1, work_mem => '128kB')");
is(query(model_scores('plain')), $whole, 'batches of one patient');

# Who has an HCC is an index lookup.
is(query(q{SELECT count(*) > 0 AND count(*) = (SELECT count(*) FROM plain.patient_hcc_score WHERE payment_year = 2026 AND '226' = ANY (hcc_list))
	FROM plain.patient_hcc_score WHERE payment_year = 2026 AND hcc_list @> '{226}'}), 't', 'who has HCC 226 for 2026');
# A table of this size is a few pages, which that of years would serve as well; that the index
# serves is the question.
like(query(q{SET enable_seqscan = off; EXPLAIN (COSTS OFF) SELECT patient_id FROM plain.patient_hcc_score WHERE hcc_list @> '{226}'}),
	qr/Bitmap Index Scan on patient_hcc_score_hcc\s+Index Cond: \(hcc_list @> '\{226\}'/, 'by the index');

# From tables and views of other names and places, through views of theirs in a panel
query(q{
	CREATE SCHEMA claims;
	CREATE TABLE claims.claim AS SELECT * FROM plain.patient_diagnosis_hcc;
	CREATE TABLE claims."who is who" AS SELECT * FROM plain.patient_demographic;
	CREATE SCHEMA other;
	CREATE VIEW other.patient_demographic AS TABLE claims."who is who";
	CREATE VIEW other.patient_diagnosis_hcc AS TABLE claims.claim;
	SELECT hccraf_setup('other');
});
query(q{CALL other.score_population(payment_year => 2026, other_programs => '{MA-PD}')});
is(query(model_scores('other')), $whole, 'other tables and views');
query(q{CREATE SCHEMA lacking;
	CREATE TABLE lacking.patient_diagnosis_hcc AS TABLE claims.claim;
	ALTER TABLE lacking.patient_diagnosis_hcc DROP procedure_codes, DROP modifiers});
($status, $out, $err) = $node->psql('postgres', q{SELECT hccraf_setup('lacking')},
	extra_params => [ '-v', 'VERBOSITY=verbose' ]);
like($err, qr/ERROR:  42703: .*lacking.patient_diagnosis_hcc .* lacks columns: "procedure_codes" text.*, "modifiers" text/,
	'a missing column is named');
is(query(q{SELECT count(*) FROM pg_class WHERE relnamespace = 'lacking'::regnamespace}), '1', 'and nothing is made');
# A column that goes later
query(q{CREATE SCHEMA later; CREATE TABLE later.patient_diagnosis_hcc AS TABLE claims.claim; SELECT hccraf_setup('later')});
($status, $out, $err) = $node->psql('postgres', q{ALTER TABLE later.patient_diagnosis_hcc DROP procedure_codes});
like($err, qr/cannot drop column procedure_codes .* because other objects depend on it/, 'a column that is read cannot go');

# As known at a time: the same after later loads, deletes and corrections
my $at = "payment_year => 2026, known_at => '2026-05-15 12:00+00'";
query("CALL plain.score_population($at)");
my $then = query(model_scores('plain'));
isnt($then, $whole, 'less was known then');
query(q{
	INSERT INTO plain.patient_diagnosis_hcc (patient_id, icd10_code, diagnosis_date) SELECT patient_id, 'E1165', '2025-03-03' FROM plain.patient_demographic WHERE payment_year = 2026;
	INSERT INTO plain.patient_diagnosis_hcc (patient_id, encounter_id, icd10_code, diagnosis_date, record_action, linked_encounter_id)
		SELECT patient_id, gen_random_uuid(), icd10_code, diagnosis_date, CASE WHEN icd10_code < 'H' THEN 'delete' ELSE 'void' END, encounter_id
		FROM plain.patient_diagnosis_hcc WHERE record_action = 'add' AND encounter_id IS NOT NULL;
	INSERT INTO plain.patient_demographic (patient_id, payment_year, payment_month, date_of_birth, sex, plan_switcher)
		SELECT DISTINCT patient_id, payment_year, payment_month, date '1960-01-01', 'M', true FROM plain.patient_demographic;
});
query("CALL plain.score_population($at)");
is(query(model_scores('plain')), $then, 'known_at gives the same again');
query("CALL plain.score_population($arguments)");
isnt(query(model_scores('plain')), $whole, 'without it, what is known now');

# People who are gone; what was replaced
query('TRUNCATE plain.patient_hcc_score_history');
my $before = query('CREATE TABLE before AS TABLE plain.patient_hcc_score; SELECT count(*) FROM before');
query(q{
	DELETE FROM plain.patient_demographic WHERE patient_id IN (SELECT patient_id FROM before ORDER BY 1 LIMIT 10);
	INSERT INTO plain.patient_diagnosis_hcc (patient_id, icd10_code, diagnosis_date)
		SELECT patient_id, 'G8250', '2025-03-04' FROM before WHERE segment = 'CNA' ORDER BY patient_id DESC LIMIT 20;
});
query("CALL plain.score_population($arguments, remove_absent => false)");
is(query(q{SELECT count(*) FROM plain.patient_hcc_score s JOIN before b ON s.id = b.id}), $before, 'remove_absent => false keeps them');
is(query(q{SELECT scores_added, scores_changed, scores_removed FROM plain.scoring_run() LIMIT 1}), '0|20|0', '20 scores changed');
is(query(q{SELECT count(*), count(DISTINCT superseded_by_run) FROM plain.patient_hcc_score_history h JOIN plain.patient_hcc_score s USING (patient_id, payment_year)
	WHERE h.superseded_by_run = s.run_id AND h.superseded_at = s.calculated_at AND (SELECT b FROM before b WHERE b.id = h.id)::text
		= (SELECT x FROM (SELECT h.id, h.patient_id, h.payment_year, h.data_collection_year, h.age, h.gender, h.medicaid_status, h.disabled_status,
			h.institutional_status, h.demographic_score, h.hcc_list, h.disease_score, h.interaction_score, h.raf_score, h.calculated_at, h.run_id,
			h.program, h.component, h.model_version, h.calibration, h.segment, h.raw_score, h.icd10_codes, h.beneficiary,
			h.frailty, h.payment_run) x)::text}), '20|1',
	'history has them whole, each valid until the new one');
query("CALL plain.score_population($arguments)");
is(query(q{SELECT scores_added, scores_changed, scores_removed FROM plain.scoring_run() LIMIT 1}), '0|0|10', 'ten removed');
is(query(q{SELECT count(*), count(*) FILTER (WHERE patient_id IN (SELECT patient_id FROM plain.patient_demographic WHERE payment_year = 2026))
	FROM plain.patient_hcc_score_history WHERE superseded_by_run = (SELECT max(run_id) FROM plain.hcc_run)}), '10|0', 'kept in history');
is(query(q{SELECT count(*) FROM plain.patient_hcc_model_score m WHERE NOT EXISTS (SELECT FROM plain.patient_hcc_score s WHERE s.patient_id = m.patient_id)}), '0',
	'nothing left of them by model');
query(q{UPDATE plain.patient_demographic SET sex = CASE WHEN sex IN ('F', '2') THEN 'M' ELSE 'F' END});
query("CALL plain.score_population($arguments, keep_history => false)");
is(query(q{SELECT scores_changed > 1000, (SELECT count(*) FROM plain.patient_hcc_score_history) FROM plain.scoring_run() LIMIT 1}), 't|30', 'keep_history => false');

# What annotate_diagnoses writes is what explain_diagnosis says.
query(q{CALL split.annotate_diagnoses(2026, batch_size => 400)});
is(query(q{SELECT count(*) > 1000, count(DISTINCT d.verdict) > 8, count(*) FILTER (WHERE (d.verdict, d.hcc_code, d.superseded_by_hcc, d.coefficient, d.included_in_raf)
		IS DISTINCT FROM (e.verdict, e.hcc_code, e.superseded_by_hcc, e.coefficient, e.counts))
	FROM split.patient_diagnosis_hcc d, split.explain_diagnosis(d.id, 2026) e
	WHERE d.diagnosis_date BETWEEN '2025-01-01' AND '2025-12-31' AND d.id::text < '6'}), 't|t|0', 'annotation and explanation');
is(query(q{SELECT count(*) FROM split.patient_diagnosis_hcc WHERE verdict IS NULL AND diagnosis_date BETWEEN '2025-01-01' AND '2025-12-31'
	OR verdict IS NOT NULL AND diagnosis_date NOT BETWEEN '2025-01-01' AND '2025-12-31'}), '0', 'of the year, and no other, all');
$written = query('SELECT md5(string_agg(xmin::text || d::text, \' \' ORDER BY id)) FROM split.patient_diagnosis_hcc d');
query(q{CALL split.annotate_diagnoses(2026)});
is(query('SELECT md5(string_agg(xmin::text || d::text, \' \' ORDER BY id)) FROM split.patient_diagnosis_hcc d'), $written, 'again it writes no row');
query(q{CALL split.score_population(2026)});
is(query(q{SELECT count(*) > 300, count(*) FILTER (WHERE NOT s.hcc_list @> ARRAY[d.hcc_code]) FROM split.patient_diagnosis_hcc d JOIN split.patient_hcc_score s
	ON (s.patient_id, s.payment_year, s.model_version) = (d.patient_id, 2026, 'V28') WHERE d.verdict = 'ok'}), 't|0', 'what counts is in the score');

# Nobody to score
query(q{TRUNCATE plain.patient_demographic});
query("CALL plain.score_population($arguments, expect_at_least => 0)");
is(query(q{SELECT state, patients, scores_removed > 1000, (SELECT count(*) FROM plain.patient_hcc_score) FROM plain.scoring_run() LIMIT 1}), 'done|0|t|0', 'nobody');

# Several codes in one row are not one unreadable code, which would cost somebody
# their score without a word: they have a verdict of their own.
query(q{CREATE SCHEMA slip; SELECT hccraf_setup('slip');
	INSERT INTO slip.patient_demographic (patient_id, payment_year, date_of_birth, sex)
	SELECT md5(i::text)::uuid, 2026, '1956-01-01', 'F' FROM generate_series(1, 2) i;
	INSERT INTO slip.patient_diagnosis_hcc (patient_id, icd10_code, diagnosis_date)
	VALUES (md5('1')::uuid, 'E11.9,I50.9', '2025-03-03')});
for my $job ('score_population', 'refresh_scores')
{
	($status, $out, $err) = $node->psql('postgres', "CALL slip.$job(2026)");
	is($status, 0, "$job: a list in a row stops nobody");
	unlike($err, qr/E11|I50|c4ca4238/, 'and shows neither codes nor patients');
}
is(query('SELECT diagnoses FROM slip.hcc_run ORDER BY run_id LIMIT 1'), '{"not_a_code": 1}', 'it is counted');
is(query('SELECT "column", diagnosis_id = (SELECT id FROM slip.patient_diagnosis_hcc) FROM slip.unusable_rows(2026)'), 'icd10_code|t', 'and found');
query(q{DELETE FROM slip.patient_diagnosis_hcc; INSERT INTO slip.patient_diagnosis_hcc (patient_id, icd10_code, diagnosis_date)
	SELECT md5('1')::uuid, c, '2025-03-03' FROM unnest('{E11.9,I50.9}'::text[]) c});
query(q{CALL slip.score_population(2026)});
is(query(q{SELECT string_agg(format('%s %s', raw_score, raf_score), ', ' ORDER BY raw_score)
	FROM slip.patient_hcc_score}), '0.395 0.348, 1.033 0.911', 'once put right, everybody is scored');

# However many processes read, side by side, they find the same: all patients each once, those
# without people's rows, what counts of the records of some sources only, and every verdict.
query(q{CREATE SCHEMA shares; SELECT hccraf_setup('shares', 'text');
	INSERT INTO shares.patient_demographic (patient_id, payment_year, date_of_birth, sex)
	SELECT 'p' || n, 2026, '1940-01-01'::date + n, 'F' FROM generate_series(1, 10500) n;
	INSERT INTO shares.patient_diagnosis_hcc (id, patient_id, encounter_id, icd10_code,
		diagnosis_date, record_source, record_action)
	SELECT gen_random_uuid(), 'p' || n, 'e' || n, c, '2025-03-03',
		(ARRAY['encounter', 'raps'])[1 + n % 2], CASE n % 97 WHEN 0 THEN 'void' ELSE 'add' END
	FROM generate_series(7, 11000, 7) n, unnest('{E11.9,I50.9,I10,C50}'::text[]) c;
	ANALYZE shares.patient_demographic, shares.patient_diagnosis_hcc});
my @read;
for ([ 0, 8 ], [ 1, 8 ], [ 2, 8 ], [ 5, 8 ], [ 9, 8 ], [ 3, 0 ])
{
	my ($asked, $free) = @$_;
	local $ENV{PGOPTIONS} =
		"-c max_parallel_workers_per_gather=$asked -c max_parallel_workers=$free";
	query('TRUNCATE shares.patient_hcc_score, shares.patient_hcc_model_score');
	($status, $out, $err) = $node->psql('postgres', q{CALL shares.score_population(2026,
		program => 'PACE', component => 'part_c', without_list => 'accept',
		allow_low_confidence => true, resume_within => '0')});
	is($status, 0, "$asked processes asked for, $free free") or diag $err;
	is($err =~ /reads alone, for no worker process was free/ ? 1 : 0,
		$asked > 1 && $free == 0 ? 1 : 0, 'whoever has none says so');
	push @read, query(q{SELECT count(*), sum(raf_score), sum(cardinality(icd10_codes)),
			(SELECT diagnoses FROM shares.hcc_run ORDER BY run_id DESC LIMIT 1),
			(SELECT md5(string_agg(format('%s %s %s %s', patient_id, model_version, hcc_list,
				weighted_score), ',' ORDER BY patient_id, model_version))
			FROM shares.patient_hcc_model_score)
		FROM shares.patient_hcc_score});
}
is($read[$_], $read[0], 'the same as one process') for 1 .. $#read;
like($read[0], qr/^10500\|/, 'everybody once');
is(query(q{SELECT sum(v::integer) FROM shares.hcc_run, jsonb_each_text(diagnoses) d (k, v)
	WHERE run_id = 1}), query('SELECT count(*) FROM shares.patient_diagnosis_hcc'),
	'every diagnosis has a verdict');
is(query(q{SELECT diagnoses -> 'no_demographic' FROM shares.hcc_run WHERE run_id = 1}),
	query(q{SELECT count(*) FROM shares.patient_diagnosis_hcc
		WHERE substr(patient_id, 2)::integer > 10500 AND record_action = 'add'}),
	'those of nobody, too');
is(query(q{SELECT count(DISTINCT score) > 1 FROM (SELECT model_version, sum(disease_score) AS score
	FROM shares.patient_hcc_model_score GROUP BY 1) m}), 't', 'and models take their sources');
# Gaps, too: found, compared and brought up to date by as many processes as there are.
query(q{INSERT INTO shares.patient_diagnosis_hcc (id, patient_id, icd10_code, diagnosis_date,
		submission)
	SELECT gen_random_uuid(), 'p' || n, c, d,
		CASE WHEN n % 4 = 0 THEN 'in_review' END
	FROM generate_series(5, 11000, 5) n, unnest('{E11.42,I50.22,J44.9,I21.9,N18.4}'::text[]) c,
		unnest('{2024-06-06,2025-06-06}'::date[]) d
	WHERE d < '2025-01-01' OR n % 3 = 0;
	SELECT shares.gap_event('p35', 2025, '280', 'inactive', 'cured');
	ANALYZE shares.patient_diagnosis_hcc});
my $gaps = q{SELECT count(*), count(DISTINCT status), md5(string_agg(format('%s %s %s %s %s %s %s %s',
		patient_id, hcc_code, status, by_hcc, reason, base_record_id, evidence_record_id,
		joint_payment), ',' ORDER BY patient_id, hcc_code)) FROM shares.patient_hcc_gap};
my @gaps;
for ([ 0, 8 ], [ 1, 8 ], [ 2, 8 ], [ 5, 8 ], [ 9, 8 ], [ 3, 0 ])
{
	my ($asked, $free) = @$_;
	local $ENV{PGOPTIONS} =
		"-c max_parallel_workers_per_gather=$asked -c max_parallel_workers=$free";
	query('TRUNCATE shares.patient_hcc_gap, shares.patient_hcc_gap_history');
	for my $again (0, 1)
	{
		($status, $out, $err) = $node->psql('postgres',
			q{CALL shares.refresh_gaps(2025, without_list => 'accept')});
		is($status, 0, "gaps: $asked processes asked for, $free free, $again") or diag $err;
		is($err =~ /computed alone, for no worker process was free/ ? 1 : 0,
			$asked > 1 && $free == 0 ? 1 : 0, 'whoever has none says so');
		like($err, $again ? qr/ 0 added, 0 changed, 0 removed/ : qr/ [1-9]\d* added, 0 changed/,
			'what differs is written');
	}
	push @gaps, query($gaps);
}
is($gaps[$_], $gaps[0], 'the same gaps as of one process') for 1 .. $#gaps;
like($gaps[0], qr/^\d{4,}\|[4-9]\|/, 'of several kinds');
query(q{DELETE FROM shares.patient_diagnosis_hcc WHERE patient_id IN ('p5', 'p10', 'p25');
	UPDATE shares.patient_diagnosis_hcc SET diagnosis_date = '2025-07-07'
	WHERE patient_id LIKE 'p10__' AND icd10_code = 'E11.42' AND diagnosis_date = '2024-06-06'});
{
	local $ENV{PGOPTIONS} = '-c max_parallel_workers_per_gather=3';
	($status, $out, $err) = $node->psql('postgres',
		q{CALL shares.refresh_gaps(2025, without_list => 'accept')});
	like($err, qr/ [1-9]\d* changed, [1-9]\d* removed/, 'some changed, some are gone');
}
my $refreshed = query($gaps);
isnt($refreshed, $gaps[0], 'which shows');
is(query(q{SELECT count(*) FROM shares.patient_hcc_gap_history}),
	query(q{SELECT gaps_changed + gaps_removed FROM shares.hcc_gap_run ORDER BY run_id DESC LIMIT 1}),
	'as it was before is history');
query(q{TRUNCATE shares.patient_hcc_gap; CALL shares.refresh_gaps(2025, without_list => 'accept')});
is(query($gaps), $refreshed, 'as if they were found anew');

# every identifier is in one share, whatever its type, and shares are of about one size
for my $type (qw(uuid bigint integer text))
{
	my $id = $type eq 'uuid' ? 'md5(n::text)::uuid' : "n::$type";
	my $in = "SELECT n, s FROM generate_series(1, 7000) n, generate_series(0, 6) s
		WHERE hcc_in_share($id, s, 7)";
	is(query("SELECT count(*), count(DISTINCT n) FROM ($in) i"), '7000|7000', "shares of $type");
	is(query("SELECT bool_and(c BETWEEN 900 AND 1100) FROM (
		SELECT count(*) AS c FROM ($in) i GROUP BY s) z"), 't', 'are of about one size');
	is(query("SELECT hcc_in_share(NULL::$type, 0, 2), hcc_in_share(NULL::$type, 1, 2)"), 't|f',
		'nobody is in the first');
	($status, $out, $err) = $node->psql('postgres', "SELECT hcc_in_share(NULL::$type, 2, 2)");
	like($err, qr/there is no share 2 of 2/, 'there is no third of two');
}

# That a year is a copy of another is said once, not in each statement of a job, nor
# for each row where years take turns.
query(q{SELECT hccraf_copy_year(2027, 2028); SELECT hccraf_copy_year(2028, 2029);
	UPDATE slip.patient_demographic SET payment_year = 2028});
my $twice = q{SELECT raf_score('{}'::text[], beneficiary(70, 'F'), 'V28', 2028 + i % 2)
	FROM generate_series(1, 6) i};
for (
	[ 'CALL slip.score_population(2028)', 1 ], [ 'CALL slip.refresh_gaps(2027)', 1 ],
	[ $twice, 2 ], [ "DO \$\$BEGIN PERFORM f FROM ($twice) q (f); PERFORM f FROM ($twice) q (f); END\$\$", 2 ])
{
	my ($statement, $years) = @$_;
	($status, $out, $err) = $node->psql('postgres', $statement);
	is($status, 0, $statement);
	is(scalar(() = $err =~ /payment year \d+ is provisional/g), $years, 'says once of each year');
}

$node->stop;
done_testing();
