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
torn('aggregates', looped(300, q{(SELECT count(DISTINCT s) <> 1 OR min(s) <> 3 FROM (SELECT raf_score_agg('A00', beneficiary(70, 'F'), 'A') AS s FROM patient GROUP BY p % 50) q)}));
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

# Two statements whose snapshots count as many transactions as running, of which
# one has ended and another one begun: a subtransaction of one that was there.
query(q{INSERT INTO hcc_crosswalk (model_version, icd10_code, hcc_code, coefficient) VALUES ('C', 'A00', '1', 1), ('C', 'A01', '2', 1)});
my ($old, $ends, $begins, $reader) = map { session() } 1 .. 4;
query('CREATE TABLE work (x integer)');
$old->query('BEGIN; SELECT pg_current_xact_id(), pg_advisory_lock(77)');
$ends->query(q{BEGIN; UPDATE hcc_crosswalk SET coefficient = 5 WHERE model_version = 'C' AND icd10_code = 'A00'});
$begins->query('BEGIN; SELECT pg_current_xact_id()');
query('SELECT pg_current_xact_id()');
$reader->query_until(qr/asked/, q{\echo asked
	DO $$ DECLARE seen text = ''; a numeric; b numeric; BEGIN
		FOR i IN 1 .. 2 LOOP
			a := raf_score(ARRAY['A00'], beneficiary(70, 'F'), 'C');
			b := (SELECT coefficient FROM hcc_crosswalk WHERE model_version = 'C' AND icd10_code = 'A00');
			seen := concat_ws(' ', seen, a, b);
			PERFORM pg_advisory_lock(77), pg_advisory_unlock(77);
		END LOOP;
		PERFORM set_config('test.seen', seen, false); END $$;
	});
$node->poll_query_until('postgres', q{SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted)});
$ends->query('COMMIT');
$begins->query('SAVEPOINT s; INSERT INTO work VALUES (1)');
$old->query('SELECT pg_advisory_unlock(77)');
is($reader->query(q{SELECT current_setting('test.seen')}), ' 1.000 1 5.000 5', 'snapshots of as many transactions, but others');
$_->quit for $old, $ends, $begins, $reader;

# In the midst of a statement, every look sees the rows that a query sees.
query(q{CREATE TABLE seen (score numeric, rows numeric);
	CREATE FUNCTION see() RETURNS void LANGUAGE sql VOLATILE AS $$
		INSERT INTO seen SELECT raf_score('{A00,A01}'::text[], beneficiary(70, 'F'), 'C'), (SELECT sum(coefficient) FROM hcc_crosswalk WHERE model_version = 'C') $$;
	CREATE FUNCTION look() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM see(); RETURN NEW; END $$;
	CREATE FUNCTION seen(c numeric) RETURNS numeric LANGUAGE plpgsql VOLATILE AS $$ BEGIN PERFORM see(); RETURN c; END $$});
my $each = q{SELECT count(*) || ' looks, wrong: ' || count(*) FILTER (WHERE score <> rows) FROM seen};
my $add = q{UPDATE hcc_crosswalk SET coefficient = coefficient + 10 WHERE model_version = 'C'};
for my $how ([ 'triggers', 6, q{CREATE TRIGGER a BEFORE UPDATE ON hcc_crosswalk FOR EACH ROW EXECUTE FUNCTION look();
		CREATE TRIGGER z AFTER UPDATE ON hcc_crosswalk FOR EACH ROW EXECUTE FUNCTION look();
		CREATE TRIGGER y AFTER UPDATE ON hcc_crosswalk FOR EACH STATEMENT EXECUTE FUNCTION look();
		CREATE TRIGGER b BEFORE UPDATE ON hcc_crosswalk FOR EACH STATEMENT EXECUTE FUNCTION look()}, $add ],
	[ 'its own functions', 2, 'SELECT 1', q{UPDATE hcc_crosswalk SET coefficient = seen(coefficient) + 10 WHERE model_version = 'C'} ])
{
	my ($what, $looks, $prepare, $update) = @$how;
	my $s = session();
	$s->query("TRUNCATE seen; $prepare; SELECT see(); BEGIN; $update");
	is($s->query($each), ($looks + 1) . ' looks, wrong: 0', "the midst of a statement, seen by $what");
	is($s->query(q{SELECT raf_score('{A00,A01}'::text[], beneficiary(70, 'F'), 'C')}), '26.000', 'and after it');
	is($s->query(q{ROLLBACK; SELECT raf_score('{A00,A01}'::text[], beneficiary(70, 'F'), 'C')}), '6.000', 'and after it was rolled back');
	# a change that failed is not gone on with
	$s->query(qq{BEGIN; DO \$\$ BEGIN $update; RAISE division_by_zero; EXCEPTION WHEN division_by_zero THEN END \$\$;
		DO \$\$ BEGIN UPDATE hcc_crosswalk SET coefficient = 1 / (coefficient - 5) WHERE model_version = 'C'; EXCEPTION WHEN division_by_zero THEN END \$\$});
	is($s->query(q{SELECT raf_score('{A00,A01}'::text[], beneficiary(70, 'F'), 'C')}), '6.000', 'or failed');
	is($s->query(q{SELECT current FROM hccraf_cache() WHERE model_version = 'C' AND current}), 't', 'then what is compiled is kept');
	$s->query('COMMIT; DROP TRIGGER IF EXISTS a ON hcc_crosswalk; DROP TRIGGER IF EXISTS z ON hcc_crosswalk; DROP TRIGGER IF EXISTS y ON hcc_crosswalk; DROP TRIGGER IF EXISTS b ON hcc_crosswalk');
	$s->quit;
}

# A function that writes nothing, called for each row: its expressions keep what
# they have, though each time there is more to see.
query(q{CREATE FUNCTION twice() RETURNS trigger LANGUAGE plpgsql AS $$ DECLARE kept numeric; fresh numeric; BEGIN
		kept := raf_score(ARRAY['A00', 'A01'], beneficiary(70, 'F'), 'C');
		EXECUTE $q$SELECT sum(coefficient) FROM hcc_crosswalk WHERE model_version = 'C'$q$ INTO fresh;
		PERFORM set_config('test.seen', concat_ws(' ', current_setting('test.seen', true), kept - fresh), true);
		RETURN NEW; END $$;
	CREATE TRIGGER a BEFORE UPDATE ON hcc_crosswalk FOR EACH ROW EXECUTE FUNCTION twice();
	CREATE TRIGGER z AFTER UPDATE ON hcc_crosswalk FOR EACH ROW EXECUTE FUNCTION twice()});
like(query("BEGIN; $add; SELECT current_setting('test.seen'); ROLLBACK"), qr/^ ?0\.000 0\.000 0\.000 0\.000$/, 'nor do expressions keep the first row\'s');
query('DROP FUNCTION twice() CASCADE');

# A subtransaction that is rolled back takes its state along, though its number
# is not the newest and no command has been counted.
query(q{CREATE FUNCTION c() RETURNS numeric LANGUAGE plpgsql AS $$ BEGIN RETURN raf_score(ARRAY['A00', 'A01'], beneficiary(70, 'F'), 'C'); END $$;
	CREATE ROLE some_reader; REVOKE SELECT ON hcc_crosswalk FROM PUBLIC});
my $b = session();
is($b->query('BEGIN; SELECT c()'), '6.000', 'in a transaction');
$b->query("SAVEPOINT a; $add");
query('SELECT pg_current_xact_id()');
is($b->query('SELECT c()'), '26.000', 'after a change in a subtransaction');
is($b->query('ROLLBACK TO a; SELECT c()'), '6.000', 'and when that was rolled back');
$b->query('SAVEPOINT a; GRANT SELECT ON hcc_crosswalk TO some_reader');
query('SELECT pg_current_xact_id()');
is($b->query('SET LOCAL ROLE some_reader; SELECT c()'), '6.000', 'with a right of the subtransaction');
$b->query('ROLLBACK TO a; SET LOCAL ROLE some_reader');
$b->{stderr} = '';
$b->query('SELECT c()');
like($b->{stderr}, qr/permission denied for table hcc_crosswalk/, 'which was rolled back, too');
$b->query('ROLLBACK');
query('GRANT SELECT ON hcc_crosswalk TO PUBLIC; SELECT pg_advisory_unlock_all()');
my $l = session();
$l->query('SELECT pg_advisory_lock(78)');
$b->query_until(qr/asked/, qq{\\echo asked
	DO \$\$ DECLARE a numeric[]; BEGIN
		FOR i IN 1 .. 3 LOOP BEGIN
			a[i] := raf_score(ARRAY['A00', 'A01'], beneficiary(70, 'F'), 'C');
			IF i = 2 THEN
				$add;
				PERFORM pg_advisory_lock(78), pg_advisory_unlock(78);
				a[4] := raf_score(ARRAY['A00', 'A01'], beneficiary(70, 'F'), 'C');
				RAISE division_by_zero;
			END IF;
		EXCEPTION WHEN division_by_zero THEN END; END LOOP;
		PERFORM set_config('test.seen', a::text, false); END \$\$;
	});
$node->poll_query_until('postgres', q{SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted)});
query('SELECT pg_current_xact_id()');
$l->query('SELECT pg_advisory_unlock(78)');
is($b->query(q{SELECT current_setting('test.seen')}), '{6.000,6.000,6.000,26.000}', 'in a block with an exception');
# Rights and roles change without a change of what is compiled, or of what an older snapshot sees.
$b->query('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1');
query('GRANT SELECT ON hcc_crosswalk, hcc_coefficient TO some_reader; ANALYZE hcc_crosswalk; CREATE INDEX some_index ON hcc_crosswalk (hcc_code)');
is($b->query('SELECT hccraf_cache_reset(); SELECT c()') =~ s/^\n//r, '6.000', 'a grant beside an older snapshot');
$b->query('COMMIT; SELECT c()');
query(q{ALTER ROLE some_reader PASSWORD NULL});
is($b->query(q{SELECT current FROM hccraf_cache() WHERE model_version = 'C'}), 't', 'what is compiled outlives a change of a role');
query('DROP INDEX some_index; REVOKE SELECT ON hcc_crosswalk, hcc_coefficient FROM some_reader');
$_->quit for $b, $l;

# Changes without a trigger: of the definition of a table, or of its storage
my $codes = q{'{E119,E1122,I509}'::text[], beneficiary(70, 'F')};
my $right = query("SELECT string_agg(m || raf_score($codes, m), ' ' ORDER BY m) FROM unnest('{V22,V24,V28}'::text[]) m");
my $all = "SELECT string_agg(m || raf_score($codes, m), ' ' ORDER BY m) FROM unnest('{V22,V24,V28}'::text[]) m";
my $away = q{ALTER TABLE hcc_crosswalk ALTER icd10_code TYPE text USING 'Z' || icd10_code};
my $back = q{ALTER TABLE hcc_crosswalk ALTER icd10_code TYPE text USING substr(icd10_code, 2)};
my $demographic = query("SELECT string_agg(m || raf_score('{}'::text[], beneficiary(70, 'F'), m), ' ' ORDER BY m) FROM unnest('{V22,V24,V28}'::text[]) m");
isnt($demographic, $right, 'codes that count');
my $s = session();
my $t = session();
is($_->query($all), $right, 'compiled') for $s, $t;
is($s->query("BEGIN; $away; $all"), $demographic, 'altered: seen by its own transaction');
is($s->query("ROLLBACK; $all"), $right, 'not after it was rolled back');
$t->query('BEGIN; SELECT 1');
query($away);
is($t->query($all), $demographic, 'committed: seen by the next statement of another, in a transaction or not');
is($s->query($all), $demographic, 'or not');
query($back);
is($_->query($all), $right, 'and back') for $s, $t;
$t->query('COMMIT');
for my $empty ('TRUNCATE hcc_hierarchy', 'TRUNCATE hcc_hierarchy, hcc_interaction, hcc_coefficient', $away)
{
	my $c = session();
	$c->query("BEGIN; DECLARE c CURSOR FOR SELECT raf_score($codes, m) FROM unnest('{V28,V24,V22}'::text[]) m; FETCH c");
	$c->query($empty);
	$c->query('FETCH c');
	like($c->{stderr}, qr/reference table "\w+" was altered or emptied/, "$empty beside a cursor: no mixture");
	$c->{stderr} = '';
	is($c->query("ROLLBACK; $all"), $right, 'and none later');
	$c->quit;
}
is($s->query(q{BEGIN; UPDATE hcc_coefficient SET coefficient = coefficient WHERE variable = 'HCC226'; TRUNCATE hcc_model_change;
	UPDATE hcc_coefficient SET coefficient = coefficient + 1 WHERE variable = 'HCC226'; SELECT count(*) BETWEEN 1 AND 2 FROM hcc_model_change}), 't', 'changes are counted anew');
isnt($s->query($all), $right, 'and seen');
is($s->query("ROLLBACK; $all"), $right, 'and taken back');

# Who may no longer read a table does not score by what was compiled of it.
query('CREATE ROLE reader LOGIN; CREATE ROLE readers; GRANT readers TO reader; REVOKE SELECT ON hcc_coefficient FROM PUBLIC; GRANT SELECT ON hcc_coefficient TO readers');
my $r = $node->background_psql('postgres', on_error_stop => 0, extra_params => [ '-U', 'reader' ]);
for my $how ([ 'REVOKE SELECT ON hcc_coefficient FROM readers', 'GRANT SELECT ON hcc_coefficient TO readers' ], [ 'REVOKE readers FROM reader', 'GRANT readers TO reader' ])
{
	is($r->query("BEGIN; $all"), $right, 'who may read');
	is($r->query('SELECT count(*) > 0 FROM hccraf_cache()'), 't', 'and look at what is compiled');
	query($how->[0]);
	is($r->query('SELECT count(*) FROM hccraf_cache()'), '0', "$how->[0]: no longer");
	$r->{stderr} = '';
	$r->query($all);
	like($r->{stderr}, qr/permission denied for table hcc_coefficient/, 'nor may score, in the midst of a transaction');
	$r->query('ROLLBACK');
	query($how->[1]);
}
query('GRANT SELECT ON hcc_coefficient TO PUBLIC');
$_->quit for $r, $s, $t;

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
