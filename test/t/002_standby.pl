# On a streaming standby, where nothing can be written, models are compiled and
# scores given as on the primary, by aggregates in parallel plans, too. A
# session that has compiled a model learns of a change on the primary as soon
# as it is replayed, and goes on after promotion.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $primary = PostgreSQL::Test::Cluster->new('primary');
$primary->init(allows_streaming => 1);
$primary->append_conf('postgresql.conf', 'shared_buffers = 32MB');
$primary->start;
$primary->backup('backup');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($primary, 'backup', has_streaming => 1);
$standby->start;

sub on_primary
{
	$primary->safe_psql('postgres', shift);
	$primary->wait_for_catchup($standby);
}

# The extension itself arrives by replay. Codes that repeat, cancel each other
# in the hierarchy or mean nothing
on_primary(q{
	CREATE EXTENSION hccraf;
	CREATE TABLE diagnosis AS
	SELECT p, beneficiary(20 + p % 80, CASE WHEN p % 2 = 0 THEN 'F' ELSE 'M' END) AS who,
		CASE WHEN d = 1 THEN 'I10' WHEN p % 5 = 0 THEN 'E119' WHEN p % 9 = d THEN NULL ELSE c.codes[1 + abs(hashint4(p * 100 + d)) % cardinality(c.codes)] END AS icd10_code
	FROM generate_series(1, 500) p, generate_series(1, 60) d,
		(SELECT array_agg(DISTINCT icd10_code ORDER BY icd10_code) AS codes FROM hcc_crosswalk WHERE model_version = 'V28') c;
	ANALYZE diagnosis;
});
my $score = q{SELECT raf_score('{E119}'::text[], beneficiary(70, 'F'), 'V28', 2026)};
my $payment = q{SELECT raf_payment('{}'::text[], beneficiary(70, 'F'), 2026)};
my $fingerprint = q{SELECT hccraf_fingerprint('V28', 2026)};

# A session that is kept: it compiles once
my $warm = $standby->background_psql('postgres');
is($warm->query_safe('SELECT pg_is_in_recovery()'), 't', 'a standby');
is($warm->query_safe($score), '0.561', 'score');
my $payment_before = $warm->query_safe($payment);
like($payment_before, qr/^0\.\d{3}$/, 'payment');
is($warm->query_safe($fingerprint), $primary->safe_psql('postgres', $fingerprint), 'the model of the primary');
is($warm->query_safe(q{SELECT count(*), bool_and(current) FROM hccraf_cache() WHERE (model_version, payment_year) = ('V28', 2026)}),
	'1|t', 'is in the cache');
is($warm->query_safe(q{SELECT sum(coefficient) FROM raf_explain('{E119}'::text[], beneficiary(70, 'F'), 'V28', 2026)}), '0.561', 'explanation');

# Aggregates, in one process and in several
my $serial = 'SET max_parallel_workers_per_gather = 0;';
my $parallel = q{
	SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0;
	SET max_parallel_workers_per_gather = 2; SET parallel_leader_participation = off;};
my $people = q{SELECT p, icd10_agg(icd10_code) AS codes, raf_score_agg(icd10_code, who, 'V28', 2026) AS score FROM diagnosis GROUP BY p};
my $aggregates = "SELECT count(*), sum(score), md5(string_agg(s::text, ' ' ORDER BY p)) FROM ($people) s";
my $expected = $primary->safe_psql('postgres', "$serial $aggregates");
like($expected, qr/^500\|[1-9]/, 'people');
is($standby->safe_psql('postgres', "$serial $aggregates"), $expected, 'aggregates');
is($standby->safe_psql('postgres', "$parallel $aggregates"), $expected, 'aggregates in parallel');
like($standby->safe_psql('postgres', "$parallel EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF) $people"),
	qr/Finalize .*Gather.*Workers Launched: [12].*Partial /s, 'by workers');

# What the primary commits, and nothing else, is seen after replay.
my $change = q{UPDATE hcc_coefficient SET coefficient = coefficient + 1 WHERE model_version = 'V28' AND segment = 'CNA' AND variable = 'HCC38'};
on_primary($change);
is($warm->query_safe($score), '1.561', 'a change');
is($warm->query_safe($fingerprint), $primary->safe_psql('postgres', $fingerprint), 'again the model of the primary');
is($standby->safe_psql('postgres', "$parallel $aggregates"), $primary->safe_psql('postgres', "$serial $aggregates"), 'in parallel plans, too');
isnt($standby->safe_psql('postgres', "$parallel $aggregates"), $expected, 'other scores than before');
on_primary("BEGIN; $change; ROLLBACK;");
is($warm->query_safe($score), '1.561', 'a change that was rolled back');
on_primary("BEGIN; SAVEPOINT s; $change; ROLLBACK TO s; INSERT INTO hcc_coefficient VALUES ('V28', 'V28_2024', 'CNA', 'HCC38', 3); COMMIT;");
is($warm->query_safe($score), '3.395', 'a subtransaction that was rolled back in one that was not');
on_primary('TRUNCATE hcc_age_rule; DELETE FROM hcc_coefficient WHERE custom');
is($warm->query_safe($score), '1.561', 'removal');
on_primary(q{UPDATE payment_year_parameter SET normalization_factor = normalization_factor / 2 WHERE payment_year = 2026});
isnt($warm->query_safe($payment), $payment_before, 'a change of a payment year');

# Within a transaction of the standby, too
$warm->query_safe('BEGIN');
is($warm->query_safe($score), '1.561', 'in a transaction');
on_primary($change);
is($warm->query_safe($score), '2.561', 'a change in the middle of it');
$warm->query_safe('COMMIT');

# The same session when the standby has become the primary
$standby->promote;
is($warm->query_safe($score), '2.561', 'after promotion');
$standby->safe_psql('postgres', $change);
is($warm->query_safe($score), '3.561', 'a change after promotion');
is($warm->query_safe(q{
	INSERT INTO hcc_crosswalk (model_version, icd10_code, hcc_code, coefficient) VALUES ('MINE', 'A00', '1', 0.5);
	SELECT raf_score('{A00}'::text[], beneficiary(70, 'F'), 'MINE')}), '0.500', 'a model of its own');

$warm->quit;
$standby->stop;
$primary->stop;
done_testing();
