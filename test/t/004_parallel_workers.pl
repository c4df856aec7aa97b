# Parallel workers compile models by themselves, each process anew, and come to
# what the leader computes alone: by each function, as aggregates of partial
# states, and when the leader's transaction has changed the model and not yet
# committed.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
# Enough workers for every query below to get those that it asks for
$node->append_conf('postgresql.conf', q{
max_worker_processes = 16
max_parallel_workers = 16
shared_buffers = 64MB
parallel_setup_cost = 0
parallel_tuple_cost = 0
min_parallel_table_scan_size = 0
});
$node->start;

# Everybody has one to six codes; some repeat, some are NULL, some no codes.
$node->safe_psql('postgres', q{
	CREATE EXTENSION hccraf;
	CREATE TABLE person AS
	SELECT p, p % 500 AS g, beneficiary(abs(hashint4(p)) % 100, CASE WHEN p % 2 = 0 THEN 'F' ELSE 'M' END, (p % 4)::text,
			(ARRAY['00', '02', '05', 'NA'])[1 + p % 4], p % 11 = 0, p % 22 = 0, p % 7 = 0) AS who
	FROM generate_series(1, 20000) p;
	CREATE TABLE diagnosis AS
	SELECT p, g, who, CASE WHEN d = 2 THEN 'I10' WHEN d = 3 AND p % 5 = 0 THEN NULL WHEN d = 4 AND p % 7 = 0 THEN 'no code'
			WHEN p % 20 = 0 THEN 'E119'
			ELSE c.codes[1 + abs(hashint4(p * 10 + d)) % cardinality(c.codes)] END AS icd10_code
	FROM person, generate_series(1, 1 + p % 6) d,
		(SELECT array_agg(DISTINCT icd10_code ORDER BY icd10_code) AS codes FROM hcc_crosswalk WHERE model_version IN ('V24', 'V28')) c;
	ALTER TABLE person ADD PRIMARY KEY (p), ADD COLUMN codes icd10_set, ADD COLUMN patient_id uuid;
	UPDATE person SET codes = d.codes, patient_id = md5(person.p::text)::uuid
	FROM (SELECT p, icd10_agg(icd10_code) AS codes FROM diagnosis GROUP BY p) d WHERE d.p = person.p;
	SELECT hccraf_setup();
	INSERT INTO patient_demographic (patient_id, payment_year, date_of_birth, sex)
	SELECT patient_id, 2026, date '1920-01-01' + p, 'F' FROM person;
	INSERT INTO patient_diagnosis_hcc (patient_id, icd10_code, diagnosis_date)
	SELECT patient_id, icd10_code, '2025-06-01' FROM diagnosis JOIN person USING (p) WHERE icd10_code IS NOT NULL;
});
$node->safe_psql('postgres', 'VACUUM ANALYZE');

my $serial = 'SET max_parallel_workers_per_gather = 0;';
# Workers only: were the leader to help, it might do everything before they start.
my $parallel = 'SET max_parallel_workers_per_gather = 2; SET parallel_leader_participation = off;';
my $change = q{UPDATE hcc_coefficient SET coefficient = coefficient + 1
	WHERE model_version IN ('V24', 'V28') AND (variable IN ('HCC19', 'HCC38') OR variable ~ '^[FM]\d');};

# Name, query, what its plan must look like
my $partial = qr/Finalize .*Gather.*Workers Launched: 2.*Partial /s;
my $scan = qr/Gather.*Workers Launched: 2.*Parallel /s;
my @queries = (
	[ 'raf_score_agg', q{SELECT who, raf_score_agg(icd10_code, who, 'V28', 2026) AS a, raf_score_agg(icd10_code, who, 'V24', 2025, NULL, false) AS b,
		raf_score_agg(icd10_code, who) AS c FROM diagnosis GROUP BY who}, $partial ],
	[ 'raf_score_agg of one beneficiary', q{SELECT g, raf_score_agg(icd10_code, beneficiary(70, 'F')) AS a FROM diagnosis GROUP BY g}, $partial ],
	[ 'aggregate icd10_agg', 'SELECT g, icd10_agg(icd10_code) AS a FROM diagnosis GROUP BY g', $partial ],
	[ 'aggregate icd10_agg of sets', 'SELECT g, icd10_agg(codes) AS a FROM person GROUP BY g', $partial ],
	[ 'raf_score', q{SELECT p, raf_score(codes, who, 'V28', 2026) AS a, raf_score(codes::text[], who, 'V24') AS b,
		raf_score(codes, who, CASE WHEN p % 2 = 0 THEN 'V28' ELSE 'V22' END) AS c FROM person}, $scan ],
	[ 'raf_payment', q{SELECT p, raf_payment(codes, who, 2025) AS a, raf_payment(codes::text[], who, 2026) AS b FROM person}, $scan ],
	[ 'raf_explain', q{SELECT p, e.* FROM person, raf_explain(codes, who, 'V28', 2026) e}, $scan ],
	[ 'raf_payment_explain', q{SELECT p, e.* FROM person, raf_payment_explain(codes, who, 2025) e}, $scan ],
	[ 'raf_payment_explain in a target list', q{SELECT p, raf_payment_explain(codes, who, 2025) AS e FROM person}, $scan ],
	[ 'raf_gaps', q{SELECT p, raf_gaps(ARRAY[codes, '{I5084,N184}'], codes - '{E119}', who, 2025) AS g FROM person}, $scan ],
	[ 'raf_shapley', q{SELECT p, raf_shapley(codes, who, '{38,226,327}') AS s FROM person}, $scan ],
	[ 'raf_marginal', q{SELECT p, raf_marginal(codes, who, 'I509') AS a, raf_marginal_hccs(codes::text[], who, '{38,226}'::text[]) AS b FROM person}, $scan ],
	[ 'codes, hierarchy, segment', q{SELECT p, icd_to_hcc((codes::text[])[1]) AS a, apply_hierarchy('{38,37,36}') AS b, raf_segment(who) AS c,
		hccraf_fingerprint('V24') AS d FROM person}, $scan ],
	[ 'raf_score of a patient', 'SELECT p, raf_score(patient_id, 2026) AS a FROM person WHERE p <= 1000', $scan ],
);

# Answers, as a number of rows and a hash of them all
sub answer
{
	my ($query) = @_;
	return "SELECT count(*), md5(string_agg(r::text, ' ' ORDER BY r::text)) FROM ($query) r;";
}

for (@queries)
{
	my ($name, $query, $plan) = @$_;
	my $answer = answer($query);
	my $expected = $node->safe_psql('postgres', "$serial $answer");

	like($expected, qr/^\d{3,}\|/, "$name: has rows");
	like($node->safe_psql('postgres', "$parallel EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF) $query"), $plan, "$name: is done by workers");
	is($node->safe_psql('postgres', "$parallel $answer"), $expected, "$name: in parallel");
	is($node->safe_psql('postgres', "SET max_parallel_workers_per_gather = 2; $answer"), $expected, "$name: with the leader's help");

	# What the leader has not committed, also in a subtransaction, and what it has taken back
	my $changed = $node->safe_psql('postgres', "$serial BEGIN; $change $answer ROLLBACK");
	isnt($changed, $expected, "$name: a change makes a difference") unless $name =~ /icd10_agg/;
	is($node->safe_psql('postgres', "$parallel BEGIN; $change $answer SAVEPOINT s; $change ROLLBACK TO s; $answer ROLLBACK; $answer"),
		"$changed\n$changed\n$expected", "$name: uncommitted changes");
	is($node->safe_psql('postgres', "$parallel BEGIN; SAVEPOINT s; $change $answer RELEASE s; $answer ROLLBACK; $answer"),
		"$changed\n$changed\n$expected", "$name: uncommitted changes of a subtransaction");
	is($node->safe_psql('postgres', "$parallel BEGIN; $answer $change $answer ROLLBACK"), "$expected\n$changed", "$name: before and after");
}

# A whole model that nobody else can see
is($node->safe_psql('postgres', qq{
	$parallel
	BEGIN;
	INSERT INTO hcc_crosswalk (model_version, icd10_code, hcc_code, coefficient) VALUES ('MINE', 'E119', '1', 0.5), ('MINE', 'I10', '2', 0.25);
	SELECT sum(a) FROM (SELECT raf_score_agg(icd10_code, who, 'MINE') AS a FROM diagnosis GROUP BY p) x;
	SELECT sum(raf_score(codes, who, 'MINE')) FROM person;
	ROLLBACK}),
	$node->safe_psql('postgres', q{
	SELECT sum(0.500 * (codes @> '{E119}')::int + 0.250 * (codes @> '{I10}')::int) FROM person, generate_series(1, 2) i GROUP BY i}),
	'a model of the own transaction');

# An error of a worker is the query's error, and the session goes on.
my ($status, $output, $error) = $node->psql('postgres', "$parallel SELECT sum(raf_score(codes, who, 'NO MODEL')) FROM person;
	SELECT raf_score('{E119}'::text[], beneficiary(70, 'F'), 'V28', 2026)", on_error_stop => 0);
like($error, qr/ERROR:  model "NO MODEL" does not exist.*CONTEXT:  parallel worker/s, 'an error in a worker');
is($output, '0.561', 'after it');

# Every query in a worker, planned to be or not
my $few = q{
	SELECT raf_score('{E119,I509}'::text[], beneficiary(70, 'F')), raf_score('{E119,I509}'::icd10_set, beneficiary(70, 'F'), 'V24'),
		raf_payment('{E119,I509}'::text[], beneficiary(70, 'F'), 2025), raf_segment(beneficiary(60, 'M', '1')), icd_to_hcc('E1122'),
		apply_hierarchy('{38,37}'), hccraf_fingerprint(), raf_marginal('{E119}'::text[], beneficiary(70, 'F'), 'I509');
	SELECT * FROM raf_explain('{E119,I509,I10}'::text[], beneficiary(70, 'F'));
	SELECT * FROM raf_payment_explain('{E119,I509}'::text[], beneficiary(70, 'F'), 2025);
	SELECT raf_score_agg(c, beneficiary(70, 'F')), icd10_agg(c) FROM (VALUES ('E119'), ('I509'), (NULL)) v(c);
	SELECT p, raf_score(codes, who), raf_score(patient_id, 2026) FROM person WHERE p <= 50 ORDER BY p;
	SELECT model_version, current FROM hccraf_cache() WHERE model_version = 'V28' AND payment_year = 2026};
my $force = $node->safe_psql('postgres', q{SELECT name FROM pg_settings WHERE name IN ('force_parallel_mode', 'debug_parallel_query')});
my $expected = $node->safe_psql('postgres', "$serial $few");
like($node->safe_psql('postgres', "SET $force = on; EXPLAIN (COSTS OFF) SELECT raf_score('{E119}'::text[], beneficiary(70, 'F'))"),
	qr/Gather.*Single Copy: true/s, "$force: goes to a worker");
# hccraf_cache is about the leader, who has compiled nothing unless asked
is($node->safe_psql('postgres', "SELECT raf_segment(beneficiary(70, 'F')); SET $force = on; $few"), "CNA\n$expected", "$force: the same answers");

# Servers built for finding bugs can drop their caches at every opportunity.
SKIP:
{
	($status) = $node->psql('postgres', 'SET debug_discard_caches = 1');
	skip 'this server has no debug_discard_caches', 2 if $status != 0;
	is($node->safe_psql('postgres', "SET debug_discard_caches = 1; $few"), $expected, 'debug_discard_caches: the same answers');
	is($node->safe_psql('postgres', "$parallel SET debug_discard_caches = 1; $few"), $expected, 'debug_discard_caches: in parallel');
}

$node->stop;
done_testing();
