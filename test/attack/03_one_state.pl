# Whatever changes of the reference tables are committed meanwhile, a statement
# scores by one state of all of them, the one that its queries see: in every
# model that it uses, in parallel workers, in cursors; and a change that is not
# committed is seen by nobody else, and by its own transaction at once.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf('postgresql.conf', q{
	shared_buffers = 64MB
	max_prepared_transactions = 2
	max_parallel_workers_per_gather = 2
	parallel_setup_cost = 0
	parallel_tuple_cost = 0
	min_parallel_table_scan_size = 0});
$node->start;

sub query { return $node->safe_psql('postgres', shift) }
sub session { return $node->background_psql('postgres', on_error_stop => 0) }

# Models whose coefficients of a code and of an interaction always add up to
# 3.000: two that are changed together, and a payment factor that goes with them.
query(q{
	CREATE EXTENSION hccraf;
	INSERT INTO hcc_crosswalk (model_version, icd10_code, hcc_code, coefficient) VALUES ('A', 'A00', '1', 1), ('B', 'A00', '1', 1);
	INSERT INTO hcc_interaction (model_version, interaction_name, hcc_combinations, coefficient) VALUES ('A', 'I', '{1}', 2), ('B', 'I', '{1}', 2);
	INSERT INTO payment_component (component) VALUES ('both');
	INSERT INTO payment_year_parameter (payment_year, program, component, model_version, normalization_factor, blend_weight)
		VALUES (2026, 'BOTH', 'both', 'A', 1, 0.5), (2026, 'BOTH', 'both', 'B', 1, 0.5);
	CREATE TABLE version (v integer, flips integer); INSERT INTO version VALUES (0, 0);
	CREATE TABLE patient AS SELECT p, ARRAY['A00'] AS codes, '{A00}'::icd10_set AS set, beneficiary(70, 'F') AS who FROM generate_series(1, 4000) p;
	ANALYZE patient;
	-- all tables at once: the code's part, and each part of the blend, tell the version
	CREATE PROCEDURE flip(n integer) LANGUAGE plpgsql AS $$
	BEGIN
		FOR i IN 1 .. n LOOP
			UPDATE hcc_crosswalk SET coefficient = 3 - coefficient WHERE model_version = 'B';
			UPDATE payment_year_parameter SET blend_weight = 1 - blend_weight WHERE program = 'BOTH' AND model_version = 'A';
			UPDATE hcc_interaction SET coefficient = 3 - coefficient WHERE model_version IN ('A', 'B');
			UPDATE payment_year_parameter SET blend_weight = 1 - blend_weight WHERE program = 'BOTH' AND model_version = 'B';
			UPDATE version SET v = 1 - v, flips = flips + 1;
			UPDATE hcc_crosswalk SET coefficient = 3 - coefficient WHERE model_version = 'A';
			COMMIT;
		END LOOP;
	END $$;
	-- what a statement sees of both, beside what it is seen to be: 0 or 1
	CREATE FUNCTION part(model text) RETURNS integer LANGUAGE sql STABLE
		RETURN (SELECT coefficient::integer - 1 FROM raf_explain('{A00}'::text[], beneficiary(70, 'F'), model) WHERE kind = 'hcc')});

# Runs readers while a writer flips; what they saw that never was
sub torn
{
	my ($what, @readers) = @_;
	my $writer = session();
	my @sessions = map { session() } @readers;
	$writer->query_until(qr//, "CALL flip(100000);\n");
	my $flips = query('SELECT flips FROM version');
	for my $i (0 .. $#readers)
	{
		like($sessions[$i]->query($readers[$i]), qr/^0(\n0)*$/, "$what: " . ($readers[$i] =~ s/\s+/ /gr =~ s/.*?(?=raf_|part)//r =~ s/(.{60}).*/$1/r));
	}
	cmp_ok(query('SELECT flips FROM version'), '>', $flips + 20, '... while the writer was writing');
	query(q{SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'CALL flip%'});
	eval { $writer->quit };
	$_->quit for @sessions;
}
# A loop of statements in one block; counts those that are wrong.
sub looped
{
	my ($n, $wrong) = @_;
	return qq{
		DO \$\$ DECLARE wrong integer := 0; BEGIN
			FOR i IN 1 .. $n LOOP wrong := wrong + (SELECT ($wrong)::integer); END LOOP;
			PERFORM set_config('test.wrong', wrong::text, false); END \$\$;
		SELECT current_setting('test.wrong')};
}
torn('in one model', looped(20000, q{raf_score('{A00}'::text[], beneficiary(70, 'F'), 'A') <> 3}));
torn('in two models', looped(8000, q{part('A') <> part('B')}));
torn('as queries see it', looped(8000, q{part('A') <> (SELECT v FROM version) OR part('B') <> (SELECT v FROM version)}));
torn('models and payment', looped(8000, q{(SELECT sum(blend_weight) FROM raf_payment_explain('{A00}'::text[], beneficiary(70, 'F'), 2026, 'BOTH')) <> 1}));
torn('aggregates', looped(300, q{(SELECT count(DISTINCT s) <> 1 OR min(s) <> 3 FROM (SELECT raf_score('A00', beneficiary(70, 'F'), 'A') AS s FROM patient GROUP BY p % 50) q)}));
torn('simple expressions', q{
	DO $$ DECLARE wrong integer := 0; a numeric; BEGIN
		FOR i IN 1 .. 30000 LOOP
			a := raf_score(ARRAY['A00'], beneficiary(70, 'F'), 'A');
			IF a <> 3 THEN wrong := wrong + 1; END IF;
			IF i % 3 = 0 THEN COMMIT; END IF;
		END LOOP;
		PERFORM set_config('test.wrong', wrong::text, false); END $$;
	SELECT current_setting('test.wrong')});
torn('a million in one statement', q{SELECT count(*) FROM (SELECT raf_score('{A00}'::text[], beneficiary(70, 'F'), 'A') AS s, count(*)
	FROM generate_series(1, 1000000) i GROUP BY raf_score(ARRAY['A00', CASE WHEN i < 0 THEN 'B' END], beneficiary(70, 'F'), 'A')) q WHERE s <> 3});

# Workers, and the leader with models of another state in its cache
is(query(q{EXPLAIN (COSTS OFF) SELECT sum(raf_score(codes, who, 'A')) FROM patient}) =~ /Parallel Seq Scan on patient/ ? 1 : 0, '1', 'a parallel plan');
my $workers = q{SELECT count(*) FILTER (WHERE c <> (SELECT v + 1 FROM version)) FROM
	(SELECT (SELECT coefficient FROM raf_explain(codes, who, 'A') WHERE kind = 'hcc') AS c FROM patient) q};
like(query("EXPLAIN (ANALYZE) $workers"), qr/Workers Launched: [12]/, 'and workers for it');
torn('workers', ("SELECT sum(n) FROM (VALUES (0)) v(n);\n" . join(";\n", ($workers) x 60)) x 1);

# A cursor: both models of one state, though the second is asked for when both have changed
for my $level ('READ COMMITTED', 'REPEATABLE READ', 'SERIALIZABLE')
{
	my $reader = session();
	my $was = query(q{SELECT part('A')});
	$reader->query(qq{BEGIN ISOLATION LEVEL $level; DECLARE c CURSOR FOR SELECT CASE i WHEN 1 THEN part('A') ELSE part('B') END FROM generate_series(1, 3) i;});
	is($reader->query('FETCH c'), $was, "$level: a cursor begins with one model");
	query('CALL flip(1)');
	is($reader->query('FETCH c'), $was, 'and goes on with another of the same state');
	is($reader->query(q{SELECT part('A'), part('B')}), $level eq 'READ COMMITTED' ? join('|', (1 - $was) x 2) : "$was|$was", 'the next statement sees what its snapshot does');
	$reader->query('COMMIT');
	is($reader->query(q{SELECT part('A'), part('B')}), join('|', (1 - $was) x 2), 'and the next transaction');
	$reader->quit;
}

# Own changes at once, those of others whole, and none that are taken back
my $own = session();
my $other = session();
my $was = query(q{SELECT part('A')});
my $now = 1 - $was;
$own->query(q{BEGIN});
$own->query(q{UPDATE hcc_crosswalk SET coefficient = 3 - coefficient WHERE model_version = 'A'});
is($own->query(q{SELECT part('A')}), $now, 'own changes at once');
is($other->query(q{SELECT part('A')}), $was, 'not by others');
$own->query(q{SAVEPOINT s; UPDATE hcc_crosswalk SET coefficient = 3 - coefficient WHERE model_version = 'A'});
is($own->query(q{SELECT part('A')}), $was, 'changed in a subtransaction');
$own->query(q{ROLLBACK TO s});
is($own->query(q{SELECT part('A')}), $now, 'and back');
$own->query(q{UPDATE hcc_crosswalk SET coefficient = 3 - coefficient WHERE model_version = 'B'});
is($own->query(q{SELECT part('A'), part('B')}), "$now|$now", 'changed after that');
# a cursor of the state between two changes, first read after the second
$own->query(q{DECLARE c CURSOR FOR SELECT part('A'); UPDATE hcc_crosswalk SET coefficient = 3 - coefficient WHERE model_version = 'A'});
is($own->query('FETCH c'), $now, 'a cursor from before a change');
is($own->query(q{SELECT part('A')}), $was, 'does not spoil what comes after');
$own->query(q{PREPARE TRANSACTION 't'});
is($own->query(q{SELECT part('A'), part('B')}), "$was|$was", 'prepared is not committed');
is($other->query(q{SELECT part('B')}), $was, 'for nobody');
query(q{COMMIT PREPARED 't'});
is($own->query(q{SELECT part('A'), part('B')}) . $other->query(q{SELECT part('B')}), "$was|$now$now", 'and then it is');
query(q{UPDATE hcc_crosswalk SET coefficient = 3 - coefficient WHERE model_version = 'B'});

# What a trigger sees in the midst of a statement is not what is there after it,
# or after it was taken back.
query(q{CREATE FUNCTION look() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
		PERFORM part('A'), part('B'); RETURN NULL; END $$;
	CREATE TRIGGER a_look AFTER UPDATE ON hcc_crosswalk FOR EACH ROW EXECUTE FUNCTION look();
	CREATE TRIGGER z_look AFTER UPDATE ON hcc_crosswalk FOR EACH STATEMENT EXECUTE FUNCTION look();
	CREATE TRIGGER b_look BEFORE UPDATE ON hcc_crosswalk FOR EACH STATEMENT EXECUTE FUNCTION look()});
my $change = q{UPDATE hcc_crosswalk SET coefficient = 3 - coefficient WHERE model_version IN ('A', 'B')};
is($own->query(q{SELECT part('A'), part('B')}), "$was|$was", 'before');
is($own->query("BEGIN; $change; SELECT part('A'), part('B')"), "$now|$now", 'seen by triggers: after the statement');
is($own->query(q{ROLLBACK; SELECT part('A'), part('B')}), "$was|$was", 'after it was rolled back');
is($own->query("$change; SELECT part('A'), part('B')"), "$now|$now", 'when it is committed');
is($own->query("$change; SELECT part('A'), part('B')"), "$was|$was", 'and again');
query(q{DROP FUNCTION look() CASCADE});

# Emptied under a snapshot that should see rows: nobody can know them any more.
$other->query(q{BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1});
query(q{CREATE TABLE kept AS TABLE hcc_interaction; TRUNCATE hcc_interaction});
my ($out) = $other->query(q{SELECT part('A')});
like($other->{stderr} // '', qr/reference table "hcc_interaction" was altered or emptied/, 'emptied: a serialization failure');
$other->{stderr} = '';
$other->query('ROLLBACK');
query(q{INSERT INTO hcc_interaction TABLE kept});

# Changes that fire no statement trigger, or in a session that is a replica
$own->query(q{SET session_replication_role = replica});
$own->query($change);
is($other->query(q{SELECT part('A'), part('B')}), "$now|$now", 'a session that is a replica');
$own->query(q{RESET session_replication_role});
$own->query($change);

# The table of changes stays small, whatever is done.
query(q{DO $$ BEGIN FOR i IN 1 .. 2000 LOOP UPDATE hcc_category SET label = label WHERE model_version = 'V28' AND hcc_code = '1'; END LOOP; END $$});
cmp_ok(query('SELECT count(*) FROM hcc_model_change'), '<', 10, 'many changes in a transaction');
query('CALL flip(300)');
cmp_ok(query('SELECT count(*) FROM hcc_model_change'), '<', 20, 'and in many');
is(query(q{SELECT part('A') = v AND part('B') = v FROM version}), 't', 'all is as it should be') or query('TABLE version');

$own->quit;
$other->quit;
$node->stop;
done_testing();
