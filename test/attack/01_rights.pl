# Nobody gains rights: what a role without any grant can prepare so that others
# run it, by triggers, names, tables, operators and locks. Each attack here once
# succeeded, or is a sibling of one that did.
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
$node->append_conf('postgresql.conf', "shared_buffers = 64MB\ntimezone = UTC\nlog_min_messages = notice");
$node->start;

sub query { return $node->safe_psql('postgres', shift) }
# What a role is told: its result, or the error
sub as
{
	my ($role, $sql) = @_;
	my ($status, $out, $err) = $node->psql('postgres', $sql, extra_params => [ '-U', $role ]);
	return $err =~ /ERROR:\s+(.*)/ ? $1 : $out;
}
# Has anything of eve's run as somebody else?
sub caught
{
	my $caught = query('SELECT count(*) FROM eve.caught');
	query('TRUNCATE eve.caught');
	return $caught;
}

query(q{
	CREATE ROLE eve LOGIN;
	CREATE ROLE hcc_owner LOGIN;
	CREATE ROLE hcc_scheduler LOGIN;
	CREATE SCHEMA eve AUTHORIZATION eve;
	CREATE SCHEMA hcc_data AUTHORIZATION hcc_owner;
	GRANT CREATE ON DATABASE postgres TO eve;
	CREATE EXTENSION hccraf;
	SELECT hccraf_setup();
	SELECT track_changes()});
# Eve's code notes whom it runs as, if that is not eve.
as('eve', q{
	GRANT USAGE ON SCHEMA eve TO PUBLIC;
	CREATE TABLE eve.caught (who name, what text);
	GRANT INSERT, SELECT ON eve.caught TO PUBLIC;
	CREATE FUNCTION eve.spring(what text) RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$
	BEGIN
		IF current_user <> 'eve' THEN
			INSERT INTO eve.caught VALUES (current_user, what);
		END IF;
		RETURN true;
	END $$});

# ---- a trigger function on a table of one's own ----
my $lever = q{
	CREATE TYPE eve.bait AS (x text);
	CREATE FUNCTION eve.to_uuid(eve.bait) RETURNS uuid LANGUAGE plpgsql AS $$
		BEGIN PERFORM eve.spring('cast'); RETURN gen_random_uuid(); END $$;
	CREATE CAST (eve.bait AS uuid) WITH FUNCTION eve.to_uuid(eve.bait) AS ASSIGNMENT;
	CREATE TEMPORARY TABLE trap (patient_id eve.bait, payment_year integer, date_of_death date);
	CREATE TRIGGER t AFTER INSERT ON trap REFERENCING NEW TABLE AS come
		FOR EACH STATEMENT EXECUTE FUNCTION public.patient_hcc_change('patient_demographic')};
like(as('eve', $lever), qr/^permission denied for function/, 'the trigger function cannot be attached');
query('GRANT EXECUTE ON FUNCTION patient_hcc_change() TO eve');
(my $again = $lever) =~ s/.*(?=CREATE TEMPORARY)//s;
like(as('eve', "$again; INSERT INTO trap VALUES (ROW('x'), 2026)"), qr/^permission denied for (table|schema)/, 'and if it could, it runs as its caller');
query('REVOKE EXECUTE ON FUNCTION patient_hcc_change() FROM eve');
is(caught(), '0', 'no rights by a trigger');
is(query(q{SELECT string_agg(p.oid::regprocedure::text, ', ') FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang
	WHERE p.prosecdef AND (p.proname ~ '^(hcc|raf|icd|patient)' OR p.probin ~ 'hccraf')}), '', 'no function of hccraf is SECURITY DEFINER, nor one that it makes');
like(as('eve', q{CREATE TABLE eve.t (x int); CREATE TRIGGER t BEFORE INSERT ON eve.t EXECUTE FUNCTION hccraf_invalidate()}),
	qr/^permission denied for function hccraf_invalidate/, 'nor can the one of the reference tables');
query('CREATE SCHEMA other; CREATE TABLE other.t (x int); CREATE TRIGGER t BEFORE INSERT ON other.t EXECUTE FUNCTION hccraf_invalidate()');
like(as('postgres', 'INSERT INTO other.t VALUES (1)'), qr/is the trigger of hccraf's reference tables and of no other/, 'which serves no other table');

# ---- notes without more rights ----
query(q{CREATE ROLE loader LOGIN;
	GRANT INSERT, UPDATE, SELECT ON patient_diagnosis_hcc TO loader});
my $p = '00000000-0000-0000-0000-000000000001';
my $insert = "INSERT INTO patient_diagnosis_hcc (patient_id, icd10_code, diagnosis_date) VALUES ('$p', 'I10', '2025-02-02')";
like(as('loader', $insert), qr/^permission denied for table patient_hcc_change/, 'a change that cannot be noted is not made');
query('GRANT INSERT ON patient_hcc_change TO loader');
is(as('loader', $insert), '', 'with the grant it is');
is(query("SELECT count(*) FROM patient_hcc_change WHERE patient_id = '$p' AND payment_year = 2026"), '1', 'and noted');
like(as('loader', $_), qr/^permission denied/, "no more than that: $_") for 'DELETE FROM patient_hcc_change', 'SELECT * FROM patient_hcc_change';

# ---- a setting that a session can forge ----
query('TRUNCATE patient_hcc_change');
for my $way (q{SET hccraf.annotating = 'on'; }, q{SELECT set_config('hccraf.annotating', 'on', false); },
	q{SELECT raf_score('{E119}'::text[], beneficiary(70, 'F')); SET hccraf.annotating = 'on'; })
{
	query('TRUNCATE patient_hcc_change');
	my ($status, $out, $err) = $node->psql('postgres', $way . "UPDATE patient_diagnosis_hcc SET icd10_code = 'G8250' WHERE patient_id = '$p' AND icd10_code <> 'G8250'",
		extra_params => [ '-U', 'loader', '-v', 'ON_ERROR_STOP=0' ]);
	is(query("SELECT count(*) > 0 FROM patient_hcc_change WHERE patient_id = '$p'"), 't', "noted in spite of: $way");
	query("UPDATE patient_diagnosis_hcc SET icd10_code = 'I10'");
}
# What annotating writes is no change; what it reads is: of statements and, in a session that is a
# replica, of rows.
my %writer = (statements => sub { as('loader', shift) },
	rows => sub { query('SET session_replication_role = replica; ' . shift) });
for my $kind (sort keys %writer)
{
	query('TRUNCATE patient_hcc_change');
	$writer{$kind}->(q{UPDATE patient_diagnosis_hcc SET verdict = 'x', included_in_raf = false,
		hcc_code = '1', hcc_description = 'x', coefficient = 1, superseded_by_hcc = '2'});
	is(query('SELECT count(*) FROM patient_hcc_change'), '0', "an annotation is none: $kind");
}
my %change = (encounter_id => 'gen_random_uuid()', icd10_code => q{'G8251'}, diagnosis_date => q{'2025-03-03'}, provider_npi => q{'1'}, contract_id => q{'H'},
	claim_type => q{'professional'}, bill_type => q{'111'}, procedure_codes => q{'{99213}'}, modifiers => q{'{93}'}, place_of_service => q{'11'},
	record_source => q{'raps'}, record_action => q{'void'}, linked_encounter_id => 'gen_random_uuid()', submission => q{'rejected'},
	is_valid_encounter => 'NOT is_valid_encounter', known_at => q{known_at - interval '1 day'},
	patient_id => 'gen_random_uuid()', id => 'gen_random_uuid()',
	frequency_code => q{frequency_code || '7'}, code_system => q{code_system || 'x'});
for my $kind (sort keys %writer)
{
	query(q{UPDATE patient_diagnosis_hcc SET frequency_code = '', code_system = '',
		icd10_code = 'I10', diagnosis_date = '2025-02-02', provider_npi = NULL, contract_id = NULL,
		claim_type = NULL, bill_type = NULL, procedure_codes = NULL, modifiers = NULL,
		place_of_service = NULL, record_source = 'encounter', record_action = 'add',
		submission = NULL});
	for my $column (sort keys %change)
	{
		query('TRUNCATE patient_hcc_change');
		$writer{$kind}->("UPDATE patient_diagnosis_hcc SET $column = $change{$column}");
		is(query('SELECT count(*) > 0 FROM patient_hcc_change'), 't',
			"a change of $column is noted: $kind");
	}
}
query('TRUNCATE patient_hcc_change');
query("SET session_replication_role = replica; $insert; DELETE FROM patient_diagnosis_hcc");
is(query('SELECT count(*) FROM patient_hcc_change'), '3', 'each row that comes or goes is noted');

# ---- names of schemas ----
for my $name (q{'||eve.f()||'}, q{$f$ $body$ $ddl$}, q{a"b'c\d%e %I %s %%L}, "Caf\x{e9} \x{df} A;--", q{x', eve.spring('name')) --})
{
	(my $ident = $name) =~ s/"/""/g;
	utf8::encode($ident);
	(my $literal = $ident) =~ s/""/"/g;
	$literal =~ s/'/''/g;
	query(qq{CREATE SCHEMA "$ident"; SELECT hccraf_setup(E'}. ($literal =~ s/\\/\\\\/gr) . q{')});
	is(query(qq{SELECT "$ident".track_changes()}), 't', "track_changes in schema $ident");
	query(qq{INSERT INTO "$ident".patient_demographic (patient_id, payment_year, date_of_birth, sex) VALUES ('$p', 2026, '1950-01-01', 'F');
		INSERT INTO "$ident".patient_diagnosis_hcc (patient_id, icd10_code, diagnosis_date) VALUES ('$p', 'E119', '2025-02-02');
		UPDATE "$ident".patient_diagnosis_hcc SET icd10_code = 'I10';
		DELETE FROM "$ident".patient_diagnosis_hcc;
		TRUNCATE "$ident".patient_demographic});
	is(query(qq{SELECT count(DISTINCT patient_id), count(*) > 4 FROM "$ident".patient_hcc_change}), '1|t', 'all four events are noted');
	is(query(qq{SELECT "$ident".track_changes(false)}), 'f', 'and no longer');
	query(qq{DROP SCHEMA "$ident" CASCADE});
}
is(caught(), '0', 'no rights by a name');

# ---- what is there before the setup ----
my $trap = q{CREATE FUNCTION eve.t() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM eve.spring(TG_TABLE_NAME); RETURN NULL; END $$;
	GRANT CREATE ON SCHEMA eve TO PUBLIC};
as('eve', $trap);
my @table = split /\n/, query(q{SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
	AND relname ~ '^(patient_|hcc_(run|gap_run|audit_sample)$|payment_rate)' ORDER BY 1});
cmp_ok(scalar(@table), '>', 12, 'tables of a panel');
query('GRANT SELECT ON ALL TABLES IN SCHEMA public TO eve');
for my $table (@table)
{
	as('eve', "CREATE TABLE eve.$table (LIKE public.$table INCLUDING ALL); GRANT ALL ON eve.$table TO PUBLIC;
		CREATE TRIGGER t AFTER INSERT OR UPDATE OR DELETE ON eve.$table FOR EACH STATEMENT EXECUTE FUNCTION eve.t()");
	my $call = q{SELECT hccraf_setup('eve')};
	my $answer = as('postgres', "BEGIN; $call");
	is($answer, "must be owner of eve.$table", "a table $table of somebody else's is refused");
	as('eve', "DROP TABLE eve.$table; CREATE VIEW eve.$table AS SELECT * FROM public.$table WHERE eve.spring('view')");
	like(as('postgres', "BEGIN; $call"), qr/^must be owner of eve/, 'and a view');
	as('eve', "DROP VIEW eve.$table");
}
is(query(q{SELECT count(*) FROM pg_class WHERE relnamespace = 'eve'::regnamespace AND relname ~ '^(patient_|hcc_)'}), '0', 'nothing is left half made');
# the function of the triggers
query(q{CREATE SCHEMA mine; GRANT CREATE, USAGE ON SCHEMA mine TO eve});
as('eve', q{CREATE FUNCTION mine.patient_hcc_change() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'});
like(as('postgres', q{SELECT hccraf_setup('mine')}), qr/^mine\.patient_hcc_change\(\) is there already and belongs to role "eve"/, 'nor a function');
as('eve', 'DROP FUNCTION mine.patient_hcc_change()');
# an overload that fits a call better than the panel's own
as('eve', q{CREATE FUNCTION mine.person(integer) RETURNS integer LANGUAGE sql AS 'SELECT 1'});
like(as('postgres', q{SELECT hccraf_setup('mine')}), qr/^mine\.person\(integer\) is there already and belongs to role "eve"/, 'nor an overload of one');
as('eve', 'DROP FUNCTION mine.person(integer)');
like(($node->psql('postgres', q{SELECT hccraf_setup('mine')}))[2], qr/WARNING:  eve can create objects in schema "mine"/, 'who could make one is said');
# one's own table with somebody else's trigger or a rule on it
query('GRANT TRIGGER ON mine.patient_hcc_score TO eve');
as('eve', 'CREATE TRIGGER t AFTER INSERT ON mine.patient_hcc_score FOR EACH STATEMENT EXECUTE FUNCTION eve.t()');
like(as('postgres', q{SELECT hccraf_setup('mine')}), qr/mine\.patient_hcc_score is there already and has trigger "t" of role "eve"/, 'a trigger of somebody else');
query('DROP TRIGGER t ON mine.patient_hcc_score; CREATE RULE r AS ON INSERT TO mine.patient_hcc_score DO ALSO NOTIFY x');
like(as('postgres', q{SELECT hccraf_setup('mine')}), qr/has rule "r"/, 'a rule');
query('DROP RULE r ON mine.patient_hcc_score; ALTER TABLE mine.hcc_run DROP COLUMN stage');
like(as('postgres', q{SELECT hccraf_setup('mine')}), qr/mine\.hcc_run is there already and lacks columns: "stage" text/, 'another shape');
query('ALTER TABLE mine.hcc_run ADD COLUMN stage integer');
like(as('postgres', q{SELECT hccraf_setup('mine')}), qr/mine\.hcc_run is there already with columns of other types: "stage" is integer and should be text/, 'another type');
query(q{DROP SCHEMA mine CASCADE; CREATE SCHEMA mine; SELECT hccraf_setup('mine'), hccraf_setup('mine')});
query('SELECT mine.track_changes(), mine.track_changes()');
pass('again over tables of one\'s own');
query('DROP SCHEMA mine CASCADE');
# Where nobody tracks changes the name of the notes is taken, too.
query(q{GRANT CREATE, USAGE ON SCHEMA hcc_data TO eve});
as('hcc_owner', q{SELECT hccraf_setup('hcc_data')});
like(as('eve', q{CREATE VIEW hcc_data.patient_hcc_change AS SELECT 1::bigint AS id, NULL::uuid AS patient_id, 2026 AS payment_year WHERE eve.spring('notes')}),
	qr/already exists/, 'notes cannot be planted');
as('hcc_owner', q{CALL hcc_data.score_population(2026)});
is(as('hcc_owner', q{CALL hcc_data.refresh_scores(2026)}), '', 'a job without notes');
is(caught(), '0', 'no rights by what was there before');
# A run makes no relation but temporary ones, so that no name can be waited for: what it keeps between
# its stages is in tables of the panel, which are empty when it ends.
query(q{INSERT INTO hcc_data.patient_demographic (patient_id, payment_year, date_of_birth, sex)
	SELECT md5(n::text)::uuid, 2026, '1950-01-01', 'F' FROM generate_series(1, 21) n});
my $relations = q{SELECT string_agg(relname, ' ' ORDER BY relname) FROM pg_class WHERE relnamespace = 'hcc_data'::regnamespace};
my $before = query($relations);
query(qq{CREATE TABLE looked (before text, now text); GRANT INSERT ON looked TO PUBLIC;
	CREATE FUNCTION look() RETURNS trigger LANGUAGE plpgsql AS \$\$ BEGIN INSERT INTO public.looked VALUES ('$before', ($relations)); RETURN NULL; END \$\$;
	CREATE TRIGGER look AFTER UPDATE ON hcc_data.hcc_run EXECUTE FUNCTION look()});
for my $role ('hcc_owner', 'postgres')
{
	is(as($role, "CALL hcc_data.$_(2026)"), '', "$role: $_") for 'score_population', 'refresh_scores';
}
query('DROP TRIGGER look ON hcc_data.hcc_run');
is(query('SELECT count(*) > 4, bool_and(before = now) FROM looked'), 't|t', 'a run makes nothing that others could have made first');
is(query(join ' UNION ALL ', map { "SELECT count(*) FROM hcc_data.hcc_run_$_" } qw(input result changed consumed)), "0\n0\n0\n0", 'and leaves nothing');
is(query(q{SELECT count(*) FROM hcc_data.patient_hcc_score WHERE raf_score = raf_payment('{}'::text[], beneficiary(76, 'F'), 2026)}), '21', 'the scores are there');
like(as('eve', "SELECT * FROM hcc_data.hcc_run_$_"), qr/^permission denied/, "which nobody else reads: $_") for qw(input result changed consumed);
# What is done to them while a run goes on: a grant is somebody's wish, rows that are gone are an error.
as('hcc_owner', q{SELECT hcc_data.track_changes(); CALL hcc_data.score_population(2026)});
query(q{CREATE TABLE public.meanwhile (stage text, sql text);
	CREATE FUNCTION meanwhile() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ DECLARE s text := (SELECT sql FROM public.meanwhile WHERE stage = NEW.stage); BEGIN
		IF s IS NOT NULL THEN EXECUTE s; END IF; RETURN NEW; END $$;
	CREATE TRIGGER meanwhile AFTER UPDATE ON hcc_data.hcc_run FOR EACH ROW WHEN (NEW.stage <> OLD.stage) EXECUTE FUNCTION meanwhile()});
my $people = 'SELECT count(*) FROM hcc_data.patient_hcc_score';
for my $case ([ 'score_population', 'score', 'GRANT ALL ON hcc_data.hcc_run_input TO hcc_scheduler', 0 ], [ 'refresh_scores', 'score', 'GRANT ALL ON hcc_data.hcc_run_input TO hcc_scheduler', 0 ],
	[ 'score_population', 'score', 'DELETE FROM hcc_data.hcc_run_input', 1 ], [ 'score_population', 'publish', 'DELETE FROM hcc_data.hcc_run_result', 1 ],
	[ 'refresh_scores', 'score', 'DELETE FROM hcc_data.hcc_run_input', 1 ], [ 'refresh_scores', 'publish', 'DELETE FROM hcc_data.hcc_run_result', 1 ])
{
	my ($call, $stage, $sql, $missing) = @$case;
	query('TRUNCATE public.meanwhile');
	query("INSERT INTO public.meanwhile VALUES ('$stage', '$sql'); UPDATE hcc_data.patient_demographic SET sex = CASE sex WHEN 'F' THEN 'M' ELSE 'F' END WHERE patient_id = md5('7')::uuid");
	like(as('hcc_owner', "CALL hcc_data.$call(2026)"), $missing ? qr/^what run \d+ has stored is no longer there as it was$/ : qr/^$/, "$call, meanwhile $sql");
	is(query($people), '21', 'everybody has a score');
	query('TRUNCATE public.meanwhile');
	is(as('hcc_owner', "CALL hcc_data.$call(2026)"), '', 'the same call starts anew');
	is(query(q{SELECT count(*) FROM hcc_data.hcc_run_result}), '0', 'and leaves nothing');
}
query('DROP TRIGGER meanwhile ON hcc_data.hcc_run; DROP FUNCTION meanwhile()');
is(caught(), '0', 'no rights by that');
# A table that belongs to somebody else, in place of one that is gone: setup refuses it, whoever calls.
my @panel = split /\n/, query(q{SELECT relname FROM pg_class WHERE relnamespace = 'hcc_data'::regnamespace AND relkind IN ('r', 'p') ORDER BY 1});
cmp_ok(scalar(@panel), '>', 12, 'tables of a panel');
for my $table (@panel)
{
	query("ALTER TABLE hcc_data.$table RENAME TO away");
	as('eve', "CREATE VIEW hcc_data.$table AS SELECT * FROM hcc_data.away WHERE eve.spring('panel'); GRANT ALL ON hcc_data.$table TO PUBLIC");
	like(as('hcc_owner', q{SELECT hccraf_setup('hcc_data')}), qr/^must be owner of hcc_data\.$table$/, "owner: $table of eve");
	like(as('postgres', q{SELECT hccraf_setup('hcc_data')}), qr/^hcc_data\.\w+\(.*\) is there already and belongs to role "hcc_owner"/, "superuser: $table of eve");
	query("DROP VIEW hcc_data.$table; ALTER TABLE hcc_data.away RENAME TO $table");
}
is(as('hcc_owner', q{SELECT hccraf_setup('hcc_data')}), 'hcc_data', 'and is set up again');
is(as('hcc_owner', q{CALL hcc_data.score_population(2026)}), '', 'and run again');
is(caught(), '0', 'no rights by them either');
# A name of an index that is taken is no reason to go without.
query(q{CREATE SCHEMA narrow AUTHORIZATION hcc_owner; GRANT ALL ON SCHEMA narrow TO eve});
as('eve', 'CREATE TABLE narrow.patient_diagnosis_hcc_patient (x int)');
like(as('hcc_owner', q{SELECT hccraf_setup('narrow')}), qr/^narrow\.patient_diagnosis_hcc_patient is there already and is no index on narrow\.patient_diagnosis_hcc$/, 'an index whose name is taken');
query('DROP SCHEMA narrow CASCADE; REVOKE CREATE ON SCHEMA hcc_data FROM eve');

# ---- in the way of others ----
# Tables of others are in their schemas, and nobody's function looks there.
my $score = "SELECT raf_score('$p'::uuid, 2026)";
query(qq{INSERT INTO patient_demographic (patient_id, payment_year, date_of_birth, sex) VALUES ('$p', 2026, '1950-01-01', 'F')});
my $wanted = query($score);
as('eve', q{CREATE SCHEMA in_the_way; GRANT USAGE ON SCHEMA in_the_way TO PUBLIC;
	CREATE VIEW in_the_way.patient_demographic AS SELECT * FROM public.patient_demographic WHERE eve.spring('people');
	CREATE VIEW in_the_way.patient_diagnosis_hcc AS SELECT * FROM public.patient_diagnosis_hcc WHERE eve.spring('diagnoses');
	GRANT SELECT ON ALL TABLES IN SCHEMA in_the_way TO PUBLIC});
is(query(q{SELECT count(*) FROM pg_class WHERE relnamespace = 'in_the_way'::regnamespace}), '2', 'tables in the way');
query('GRANT SELECT ON patient_demographic, patient_diagnosis_hcc TO loader');
is(as($_, "SET search_path = in_the_way, public; $score"), $wanted, "are not read, by $_") for 'postgres', 'loader';
is(caught(), '0', 'no rights by tables in the way');

# The lock of a run
my @lock = (q{SELECT hcc_run_lock('hcc_data.hcc_run')}, q{SELECT hcc_table_lock('hcc_data.hcc_run')}, q{SELECT hcc_table_lock('hcc_data.patient_hcc_gap')});
query('GRANT USAGE ON SCHEMA hcc_data TO eve');
like(as('eve', $_), qr/^permission denied for table/, "eve: $_") for @lock;
my $eve = $node->background_psql('postgres', on_error_stop => 0, extra_params => [ '-U', 'eve' ]);
my $schema = query(q{SELECT 'hcc_data'::regnamespace::oid});
my $runs = query(q{SELECT 'hcc_data.hcc_run'::regclass::oid});
$eve->query(qq{SELECT pg_advisory_lock(1751343986, $schema), pg_advisory_lock(1751343986, $runs), pg_advisory_lock(1259, $runs),
	pg_advisory_lock(hashtext('hccraf gaps'), hashtext('hcc_data')), pg_advisory_lock(hashtextextended('hccraf refresh_worklist hcc_data', 0))});
is(as('hcc_owner', q{CALL hcc_data.score_population(2026)}), '', 'a run in spite of advisory locks');
is(as('hcc_owner', q{CALL hcc_data.refresh_gaps(2025)}), '', 'and gaps');
is(as('hcc_owner', q{CALL hcc_data.refresh_worklist(2025)}), '', 'and worklists');
$eve->quit;
# It does lock: another run of somebody who may.
my $run = $node->background_psql('postgres', on_error_stop => 0, extra_params => [ '-U', 'hcc_owner' ]);
is($run->query($lock[0]), 't', 'the owner takes it');
like(as('hcc_owner', q{CALL hcc_data.score_population(2026)}), qr/^a scoring run of schema "hcc_data" is going on/, 'and nobody else meanwhile');
is(query(q{SELECT hcc_run_lock_holder('hcc_data.hcc_run') = pid FROM pg_stat_activity WHERE usename = 'hcc_owner' AND pid <> pg_backend_pid()}), 't', 'whose process is known');
$run->quit;
ok($node->poll_query_until('postgres', q{SELECT hcc_run_lock_holder('hcc_data.hcc_run') IS NULL}), 'until the session ends');
$run = $node->background_psql('postgres', on_error_stop => 0, extra_params => [ '-U', 'hcc_owner' ]);
$run->query("BEGIN; $lock[2]");
like(as('hcc_owner', q{CALL hcc_data.refresh_gaps(2025)}), qr/^another session refreshes the gaps/, 'gaps, too');
$run->query('ROLLBACK');
is(as('hcc_owner', q{CALL hcc_data.refresh_gaps(2025)}), '', 'until the transaction ends');
$run->quit;

# ---- operators, functions and types on the path of whoever calls ----
my @decoy;
for my $type ('jsonb', 'text', 'name', 'uuid', 'integer', 'bigint', 'boolean', 'date', 'timestamptz', 'numeric', 'text[]', 'icd10_set')
{
	push @decoy, map { "CREATE FUNCTION eve.op(a $type, b $_) RETURNS boolean LANGUAGE sql AS \$\$ SELECT eve.spring('operator') \$\$" }
		$type eq 'text' ? $type : ($type, 'text');
	push @decoy, map { "CREATE OPERATOR eve.$_ (LEFTARG = $type, RIGHTARG = $type, FUNCTION = eve.op)" } '=', '<>', '<', '>', '<=', '>=', '||', '->>', '->', '-', '+', '&&', '@>', '~', '?';
}
push @decoy, map { "CREATE OPERATOR eve.$_ (LEFTARG = jsonb, RIGHTARG = text, FUNCTION = eve.op)" } '->>', '->', '?', '-';
push @decoy, map { "CREATE FUNCTION eve.$_ LANGUAGE sql AS \$\$ SELECT eve.spring('function') \$\$" }
	'format(text, text) RETURNS boolean', 'format(text, name) RETURNS boolean', 'format(text, integer) RETURNS boolean', 'set_config(text, text, boolean, text DEFAULT NULL) RETURNS boolean',
	'now() RETURNS boolean', 'unnest(text[], text DEFAULT NULL) RETURNS boolean', 'cardinality(text[], text DEFAULT NULL) RETURNS boolean';
push @decoy, map { "CREATE DOMAIN eve.$_ AS pg_catalog.$_ CHECK (eve.spring('type'))" } 'record' eq $_ ? () : $_ for 'uuid', 'text', 'jsonb', 'bool', 'int8', 'name';
my $decoys = join "\n", map { "$_;" } @decoy;
$node->psql('postgres', $decoys, extra_params => [ '-U', 'eve' ], on_error_stop => 0);
cmp_ok(query(q{SELECT count(*) FROM pg_operator WHERE oprnamespace = 'eve'::regnamespace}), '>', 100, 'operators to step on');
(my $fill = fill('hcc_data', people => 60)) =~ s/SELECT hccraf_setup\('hcc_data'\);//;
query($fill);
query(q{GRANT USAGE ON SCHEMA eve TO PUBLIC;
	ALTER ROLE hcc_owner SET search_path = eve, public, pg_catalog});
as('hcc_owner', 'SELECT 1');
is(as('hcc_owner', q{CALL hcc_data.score_population(2026, other_programs => '{MA-PD}')}), '', 'a job with a hostile path');
like(as('hcc_owner', q{CALL hcc_data.score_population(2026, component => 'nobody')}), qr/nobody/, 'one that fails');
is(as('hcc_owner', q{CALL hcc_data.annotate_diagnoses(2026)}), '', 'annotations');
is(as('hcc_owner', q{CALL hcc_data.refresh_gaps(2025)}), '', 'gaps');
is(as('hcc_owner', q{CALL hcc_data.refresh_worklist(2025)}), '', 'worklists');
is(as('hcc_owner', q{CALL hcc_data.refresh_scores(2026, other_programs => '{MA-PD}')}), '', 'a refresh');
is(caught(), '0', 'no rights by operators, functions and types on the path');
query('ALTER ROLE hcc_owner RESET search_path');

# ---- reference tables that are not for everybody ----
query('CREATE ROLE analyst LOGIN');
my %need = (
	hcc_coefficient => q{SELECT raf_score('{E119}'::text[], beneficiary(70, 'F'))},
	hcc_crosswalk => q{SELECT icd_to_hcc('E119')},
	hcc_model => q{SELECT * FROM raf_explain('{E119}'::text[], beneficiary(70, 'F'))},
	payment_year_parameter => q{SELECT raf_payment('{E119}'::text[], beneficiary(70, 'F'), 2026)},
	encounter_rule => q{SELECT encounter_verdict(2026, 'MA', 'E119', '2025-01-01', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, true, false)},
	eligible_procedure => q{SELECT encounter_modality('2025-01-01', '{99213}', NULL, '11')});
for my $table (sort keys %need)
{
	unlike(as('analyst', $need{$table}), qr/denied/, "with SELECT on $table");
	query("REVOKE SELECT ON $table FROM PUBLIC");
	like(as('analyst', $need{$table}), qr/^permission denied for table $table/, "and without: $need{$table}");
	# what another role has compiled in the session does not serve
	$node->psql('postgres', "$need{$table}; SET ROLE analyst; $need{$table}", stderr => \my $err);
	like($err, qr/permission denied for table $table/, 'nor by what is compiled already');
	$node->psql('postgres', "DO \$\$ BEGIN FOR i IN 1 .. 2 LOOP PERFORM * FROM ($need{$table}) q; SET ROLE analyst; END LOOP; END \$\$", stderr => \$err);
	like($err, qr/permission denied for table $table/, 'nor in the middle of a block');
	query("GRANT SELECT ON $table TO PUBLIC");
}
query('REVOKE SELECT ON hcc_coefficient FROM PUBLIC');
query('GRANT SELECT (' . query(q{SELECT string_agg(attname, ', ') FROM pg_attribute WHERE attrelid = 'hcc_coefficient'::regclass AND attnum > 0}) . ') ON hcc_coefficient TO analyst');
is(as('analyst', $need{hcc_coefficient}), '0.561', 'SELECT on all columns will do');
query('GRANT SELECT ON hcc_coefficient TO PUBLIC; ALTER TABLE hcc_coefficient ENABLE ROW LEVEL SECURITY');
like(as('analyst', $need{hcc_coefficient}), qr/has row security, by which models cannot be read/, 'row security is not passed over');
query('ALTER TABLE hcc_coefficient DISABLE ROW LEVEL SECURITY');

# ---- what is named as pg_cron's, where there is no pg_cron ----
as('eve', q{
	CREATE SCHEMA cron;
	GRANT USAGE ON SCHEMA cron TO PUBLIC;
	CREATE VIEW cron.job AS SELECT 1::bigint AS jobid, current_database() AS database, 'CALL public.refresh_scores()'::text AS command WHERE eve.spring('cron.job');
	GRANT SELECT ON cron.job TO PUBLIC;
	CREATE FUNCTION cron.unschedule(bigint) RETURNS boolean LANGUAGE sql AS $$ SELECT eve.spring('cron.unschedule') $$});
query('DROP EXTENSION hccraf CASCADE');
is(caught(), '0', 'no rights by a schema cron when the extension is dropped');

$node->stop;
done_testing();
