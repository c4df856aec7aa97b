# pg_upgrade carries a database over with the extension and a panel in it: here from a
# server to another of the same version, which takes the same way as to a newer
# one. Shipped rows that were changed in place, which no dump holds, come along.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $old = PostgreSQL::Test::Cluster->new('old');
$old->init;
$old->start;
$old->safe_psql('postgres', q{
	CREATE SCHEMA hcc;
	CREATE EXTENSION hccraf SCHEMA hcc;
	SET search_path = public, hcc;
	UPDATE hcc_coefficient SET coefficient = coefficient + 1 WHERE model_version = 'V28' AND segment = 'CNA' AND variable = 'HCC38';
	INSERT INTO hcc_crosswalk (model_version, icd10_code, hcc_code, coefficient) VALUES ('MINE', 'A00', '1', 0.5);
	SELECT hccraf_setup('public');
	INSERT INTO patient_demographic (patient_id, payment_year, date_of_birth, sex)
		VALUES ('00000000-0000-0000-0000-000000000001', 2026, '1954-01-01', 'F');
	CREATE TABLE person (p int, codes icd10_set, who beneficiary);
	INSERT INTO person SELECT p, ARRAY['I10', 'E119']::icd10_set, beneficiary(p, 'F') FROM generate_series(1, 99) p;
	INSERT INTO person VALUES (100, (SELECT icd10_agg(icd10_code) FROM hcc_crosswalk), beneficiary(70, 'F'));
	CREATE INDEX ON person (codes, who) WHERE cardinality(codes) < 100;
	CREATE INDEX ON person USING hash (who);
	CREATE MATERIALIZED VIEW kept AS SELECT p, raf_score(codes, who) FROM person;
});

# Everything that is there: rows, objects, how triggers fire, what dumps hold
my $state = q{
	SET search_path = public, hcc;
	SELECT p, raf_score(codes, who, 'V28', 2026), raf_payment(codes, who, 2026), codes, who FROM person ORDER BY p;
	SELECT * FROM kept ORDER BY p;
	SELECT model_version, hccraf_fingerprint(model_version) FROM hcc_model GROUP BY 1 ORDER BY 1;
	SELECT raf_score('{A00}'::text[], beneficiary(70, 'F'), 'MINE'), raf_score('00000000-0000-0000-0000-000000000001'::uuid, 2026);
	SELECT * FROM hccraf_panels();
	SELECT * FROM person(2026);
	SELECT pg_describe_object(classid, objid, 0) FROM pg_depend WHERE refclassid = 'pg_extension'::regclass ORDER BY 1;
	SELECT tgrelid::regclass, tgname, tgenabled FROM pg_trigger WHERE tgname LIKE 'hccraf%' ORDER BY 1, 2;
	SELECT c.relname, e.condition FROM pg_extension, unnest(extconfig, extcondition) e(relation, condition)
		JOIN pg_class c ON c.oid = e.relation WHERE extname = 'hccraf' ORDER BY 1;
	SELECT last_value FROM hcc_row_id;
	SET enable_seqscan = off;
	SELECT p FROM person WHERE codes = '{I10,E119}' AND cardinality(codes) < 100 AND who = beneficiary(50, 'F');
	SELECT p FROM person WHERE who = beneficiary(51, 'F')};
my $before = $old->safe_psql('postgres', $state);
like($before, qr/^0\.500\|0\.395$/m, 'scores before');
$old->stop;

my $new = PostgreSQL::Test::Cluster->new('new');
$new->init;
my $bindir = $new->config_data('--bindir');
# It writes to the current directory.
chdir PostgreSQL::Test::Utils::tempdir;
command_ok([ 'pg_upgrade', '--no-sync', '-d', $old->data_dir, '-D', $new->data_dir, '-b', $bindir, '-B', $bindir,
	'-s', $new->host, '-p', $old->port, '-P', $new->port ], 'pg_upgrade');
$new->start;
is($new->safe_psql('postgres', $state), $before, 'everything as before');

# Models still follow their tables, and numbers continue.
is($new->safe_psql('postgres', q{
	SET search_path = public, hcc;
	SELECT raf_score('{E119}'::text[], beneficiary(70, 'F'), 'V28', 2026);
	UPDATE hcc_coefficient SET coefficient = coefficient + 1 WHERE model_version = 'V28' AND segment = 'CNA' AND variable = 'HCC38';
	SELECT raf_score('{E119}'::text[], beneficiary(70, 'F'), 'V28', 2026);
	INSERT INTO hcc_crosswalk (model_version, icd10_code, hcc_code, coefficient) VALUES ('MINE', 'B00', '1', 0.5) RETURNING id;
	DROP EXTENSION hccraf CASCADE;
	SELECT count(*) FROM pg_proc WHERE pronamespace = 'hcc'::regnamespace}),
	"1.561\n2.561\n10000001\n0", 'a change, and removal');

$new->stop;
done_testing();
