# CREATE EXTENSION into a schema where somebody else has put functions,
# operators, types and tables under every name that the script might look up:
# none is called, and nothing of the extension depends on one. The class of
# CVE-2018-1058 and CVE-2022-2625.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf('postgresql.conf', "shared_buffers = 64MB\nmax_prepared_transactions = 2\nfsync = off\nmax_locks_per_transaction = 256");
$node->start;
sub query { return $node->safe_psql('postgres', shift) }
sub as
{
	my ($role, $sql) = @_;
	my ($status, $out, $err) = $node->psql('postgres', $sql, extra_params => [ '-U', $role ], on_error_stop => 0);
	return ($out, $err);
}
sub caught
{
	my $caught = query(q{SELECT COALESCE(string_agg(DISTINCT what, ', '), '') FROM trap.caught});
	query('TRUNCATE trap.caught');
	return $caught;
}

query(q{CREATE ROLE eve LOGIN; CREATE SCHEMA evil AUTHORIZATION eve; CREATE SCHEMA trap AUTHORIZATION eve;
	GRANT USAGE ON SCHEMA trap TO PUBLIC});
as('eve', q{CREATE TABLE trap.caught (what text);
	GRANT ALL ON trap.caught TO PUBLIC;
	CREATE FUNCTION trap.spring(what text) RETURNS boolean LANGUAGE plpgsql AS $$
		BEGIN IF current_user <> 'eve' THEN INSERT INTO trap.caught VALUES (what); END IF; RETURN true; END $$});

# The names that the install script calls, and all operators that are there
my ($script) = glob $node->config_data('--sharedir') . '/extension/hccraf--*.sql';
my $text = slurp_file($script);
my %word = map { lc $_ => 1 } $text =~ /\b([a-z_][a-z_0-9]*)\s*\(/gi;
my @function = grep { $word{$_} } split /\n/, query(q{SELECT DISTINCT proname FROM pg_proc WHERE pronamespace = 'pg_catalog'::regnamespace AND prokind IN ('f', 'a', 'w') ORDER BY 1});
cmp_ok(scalar(@function), '>', 60, 'functions that the script calls');
my @type = ('text', 'name', 'integer', 'bigint', 'boolean', 'jsonb', 'text[]', 'name[]', 'integer[]', 'regclass', 'oid', 'date', 'numeric');
my @decoy;
my $body = sub { my ($name) = @_; return "LANGUAGE sql AS \$\$ SELECT trap.spring('$name') \$\$" };
for my $name (@function)
{
	my @arguments = ([], (map { my $a = $_; ([$a], map { [ $a, $_ ] } @type) } @type), [ ('text') x 3 ], [ 'text', 'name', 'name' ], [ ('text') x 4 ],
		[ 'text', 'text', 'boolean' ], [ 'jsonb', 'text', 'jsonb' ], [ ('name') x 4 ], [ 'text', 'name', 'text', 'integer', 'integer' ]);
	push @decoy, map { sprintf 'CREATE FUNCTION evil.%s(%s) RETURNS boolean %s', $name, join(', ', @$_), $body->($name) } @arguments;
}
# exactly as they are built in, too
push @decoy, map { my ($name, $arguments) = split /\|/; "CREATE FUNCTION evil.$name($arguments) RETURNS boolean " . $body->($name) }
	grep { !/internal|cstring|"any"|anyarray|anyelement|anycompatible|anynonarray|anyenum|anyrange|anymulti|trigger|OUT|VARIADIC|ORDER/ }
	split /\n/, query(q{SELECT proname || '|' || pg_get_function_identity_arguments(oid) FROM pg_proc
		WHERE pronamespace = 'pg_catalog'::regnamespace AND proname = ANY (string_to_array('} . join(',', @function) . q{', ',')) AND NOT 'internal'::regtype = ANY (proargtypes::oid[])});
my @operator = split /\n/, query(q{SELECT DISTINCT oprname FROM pg_operator WHERE oprcode::text !~ 'point|box|circle|poly|path|line|lseg|net|range' ORDER BY 1});
for my $type (@type)
{
	for my $other (@type)
	{
		push @decoy, "CREATE FUNCTION evil.op(a $type, b $other) RETURNS boolean " . $body->('operator');
		push @decoy, map { "CREATE OPERATOR evil.$_ (LEFTARG = $type, RIGHTARG = $other, FUNCTION = evil.op)" }
			$type eq $other || $type eq 'text' || $other eq 'text' ? grep { /^([=<>+*\/|&@~^!-]|<>|!=|<=|>=|\|\||&&|@>|<@|->|->>|~~|!~~|~\*|!~|!~\*|\^@|#>>|\?|\?\||\?&)$/ } @operator : ();
	}
}
push @decoy, map { "CREATE DOMAIN evil.$_ AS pg_catalog.$_ CHECK (trap.spring('type'))" } qw(text name int4 int8 bool jsonb uuid date numeric regclass oid timestamptz);
push @decoy, map { "CREATE VIEW evil.$_ AS SELECT * FROM pg_catalog.$_ WHERE trap.spring('catalog')" }
	qw(pg_class pg_proc pg_namespace pg_extension pg_attribute pg_roles pg_database pg_trigger pg_depend);
my $all = join "\n", map { "$_;" } @decoy;
as('eve', $all);
cmp_ok(query(q{SELECT count(*) FROM pg_proc WHERE pronamespace = 'evil'::regnamespace}), '>', 5000, 'functions in the way');
cmp_ok(query(q{SELECT count(*) FROM pg_operator WHERE oprnamespace = 'evil'::regnamespace}), '>', 500, 'operators');
query('GRANT ALL ON ALL TABLES IN SCHEMA evil TO PUBLIC');
caught();

# Installed there, with a path that begins with it
my ($out, $err) = as('postgres', q{SET search_path = evil, pg_catalog; CREATE EXTENSION hccraf SCHEMA evil});
unlike($err, qr/ERROR/, 'installed over them') or diag($err);
like($err, qr/WARNING:  eve can create objects in the schema of hccraf/, 'with a warning');
is(caught(), '', 'none is called');
my $foreign = q{
	WITH member AS (SELECT classid, objid FROM pg_depend
		WHERE refclassid = 'pg_extension'::regclass AND refobjid = (SELECT oid FROM pg_extension WHERE extname = 'hccraf') AND deptype = 'e')
	SELECT pg_describe_object(d.classid, d.objid, 0) || ' needs ' || pg_describe_object(d.refclassid, d.refobjid, 0)
	FROM pg_depend d JOIN member USING (classid, objid)
	WHERE d.refobjid >= 16384 AND d.deptype <> 'e' AND (d.refclassid, d.refobjid) NOT IN (SELECT classid, objid FROM member)
		AND d.refobjid <> 'evil'::regnamespace
		AND NOT EXISTS (SELECT FROM pg_depend i JOIN member o ON (i.refclassid, i.refobjid) = (o.classid, o.objid)
			WHERE (i.classid, i.objid) = (d.refclassid, d.refobjid) AND i.deptype IN ('i', 'a'))};
is(query($foreign), '', 'and nothing of the extension depends on one');
# expressions of its columns and bodies of its functions refer to them neither
is(query(q{SELECT count(*) FROM pg_depend d WHERE d.refobjid IN (SELECT oid FROM pg_proc WHERE pronamespace = 'evil'::regnamespace AND NOT EXISTS
		(SELECT FROM pg_depend e WHERE e.objid = pg_proc.oid AND e.deptype = 'e'))
	AND d.classid IN ('pg_attrdef'::regclass, 'pg_constraint'::regclass, 'pg_rewrite'::regclass, 'pg_cast'::regclass, 'pg_trigger'::regclass)
	AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.oid = d.objid AND c.contypid <> 0)
	AND NOT EXISTS (SELECT FROM pg_rewrite r JOIN pg_class v ON v.oid = r.ev_class WHERE r.oid = d.objid AND v.relkind = 'v')}), '0', 'nor do its defaults and checks');

# Used with the decoys on the path
my @use = (q{SELECT evil.raf_score('{E11.9,I50.9}'::text[], evil.beneficiary(70, 'F'))}, q{SELECT * FROM evil.raf_explain('{E11.9}'::text[], evil.beneficiary(70, 'F'))},
	q{SELECT evil.raf_payment('{E11.9}'::text[], evil.beneficiary(70, 'F'), 2026)}, q{SELECT evil.icd10_canonical('e11.9'), evil.hcc_nearest_year('V28', 2030), evil.hccraf_model_year('V28')},
	(map { my ($loader, $content, $more) = @$_;
		"SELECT * FROM evil.hccraf_load_$loader(E'$content'::pg_catalog.text, $more, dry_run => false::pg_catalog.bool, skip_unusable => true::pg_catalog.bool)" }
		[ 'hierarchies', 'HCC,SecondaryHCC_1\nHCC1,HCC2\nHCC2,\n', q{'M'::pg_catalog.text, 2030} ],
		[ 'sas_labels', 'HCC1 = "One"', q{'M'::pg_catalog.text, 2030} ],
		[ 'groups', 'diag_category,hcc_1\nG,HCC1\n', q{'M'::pg_catalog.text, 2030} ],
		[ 'interactions', 'interaction,var_1,var_2\nI,G,HCC2\n', q{'M'::pg_catalog.text, 2030} ],
		[ 'coefficients', 'Variable,NE,NE_SNP\nNEF65,1,1\n', q{'V28'::pg_catalog.text, 'x'::pg_catalog.text, 2030} ],
		[ 'sas_coefficients', 'CNA_HCC1,CNA_HCC2\n0.1,0.2', q{'V28'::pg_catalog.text, 'y'::pg_catalog.text, 2030} ],
		[ 'mappings', 'ICD10,CC,MCE_AGE_CONDITION,AGE_EDIT_CONDITION,SEX_EDIT_CONDITION\nE119,1,age >= 3,age < 50,1\nE119,2,age >= 3,age >= 50,1\n', q{'M'::pg_catalog.text, 2030} ],
		[ 'icd10_mapping_table', 'Diagnosis Code,Description,CMS-HCC Model Category V28\nE119,x,1\n', q{'M'::pg_catalog.text, 2031, 'CMS-HCC Model Category V28'::pg_catalog.text} ],
		[ 'procedures', 'HCPCS/CPT Code,Short Description,In CY2030 Included List?\nG0001,x,yes\n', 2030 ],
		[ 'icd10', 'A000 Cholera', 2030 ]),
	q{SELECT * FROM evil.hccraf_copy_model('V24'::pg_catalog.text, 'copy'::pg_catalog.text)}, q{SELECT evil.hccraf_drop_model('copy'::pg_catalog.text), evil.hccraf_drop_model('M'::pg_catalog.text)},
	q{SELECT * FROM evil.hccraf_diff_summary('V24'::pg_catalog.text, 'V28'::pg_catalog.text, 2025, 2025)},
	q{SELECT count(*) FROM evil.hccraf_check_model('V28')}, q{SELECT evil.hccraf_checksum('V28')}, q{SELECT evil.encounter_filter_fingerprint(2026, 'MA')},
	q{SELECT evil.hccraf_setup('panel'::pg_catalog.name)}, q{SELECT panel.track_changes()},
	q{INSERT INTO panel.patient_demographic (patient_id, payment_year, date_of_birth, sex) VALUES ('00000000-0000-0000-0000-000000000001', 2026, '1950-01-01', 'F')},
	q{INSERT INTO panel.patient_diagnosis_hcc (patient_id, icd10_code, diagnosis_date) VALUES ('00000000-0000-0000-0000-000000000001', 'E119', '2025-02-02')},
	q{CALL panel.score_population(2026)}, q{CALL panel.refresh_scores(2026)},
	q{CALL panel.annotate_diagnoses(2026)}, q{CALL panel.refresh_gaps(2025)},
	q{CALL panel.refresh_worklist(2025)}, q{SELECT * FROM panel.model_impact(2026)},
	q{SELECT * FROM panel.worklist()}, q{SELECT panel.raf_score('00000000-0000-0000-0000-000000000001'::pg_catalog.uuid, 2026)});
sub used
{
	query('DROP SCHEMA IF EXISTS panel CASCADE; CREATE SCHEMA panel');
	for my $sql (@use)
	{
		($out, $err) = as('postgres', "SET search_path = evil, public; $sql");
		unlike($err, qr/ERROR/, (substr $sql, 0, 90)) or diag($err);
	}
	is(caught(), '', 'none is called');
}
used();

# The extension's own names: a function for every call that passes an argument
# of another type than is declared, or an untyped one, which text fits best. (A
# caller's own call is the caller's to type.)
my @own = split /\n/, query(q{
	SELECT p.proname || '|' || p.pronargs - p.pronargdefaults || '|' || (SELECT string_agg(format_type(t, NULL), '|' ORDER BY n)
		FROM unnest(p.proargtypes) WITH ORDINALITY u(t, n))
	FROM pg_proc p JOIN pg_depend d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
	WHERE p.prokind = 'f' AND p.pronargs > 0 AND p.prorettype <> 'trigger'::regtype AND NOT p.proargtypes::oid[] && ARRAY['internal'::regtype::oid,
		'cstring'::regtype::oid, 'evil.icd10_set'::regtype::oid, 'evil.beneficiary'::regtype::oid]});
cmp_ok(scalar(@own), '>', 150, 'functions of the extension');
my (%is_own, %planted);
for (@own)
{
	my ($name, $least, @types) = split /\|/;
	$is_own{"$name(" . join(',', @types[ 0 .. $_ - 1 ]) . ')'} = 1 for $least .. @types;
}
for (@own)
{
	my ($name, $least, @types) = split /\|/;
	for my $n ($least .. @types)
	{
		my @given = @types[ 0 .. $n - 1 ];
		my @variants = map { my $i = $_; [ map { $_ == $i ? 'text' : $given[$_] } 0 .. $#given ] } 0 .. $#given;
		push @variants, [ ('text') x $n ];
		for my $as ([ 'name', 'text' ], [ 'text', 'name' ], [ 'integer', 'bigint' ], [ 'integer', 'smallint' ], [ 'regclass', 'text' ],
			[ 'timestamp with time zone', 'date' ], [ 'date', 'timestamp with time zone' ], [ 'name[]', 'text' ], [ 'text[]', 'text' ],
			[ 'anyarray', 'uuid[]' ], [ 'anyelement', 'text' ], [ '"any"', 'text' ])
		{
			push @variants, [ map { $_ eq $as->[0] ? $as->[1] : $_ } @given ];
		}
		$planted{"$name(" . join(',', @$_) . ')'} = 1 for @variants;
	}
}
query('DROP EXTENSION hccraf CASCADE; DROP SCHEMA evil CASCADE; CREATE SCHEMA evil AUTHORIZATION eve');
as('eve', join "\n", map { /^(\w+)/; "CREATE FUNCTION evil.$_ RETURNS text " . $body->($_) . ';' } grep { !$is_own{$_} } sort keys %planted);
cmp_ok(query(q{SELECT count(*) FROM pg_proc WHERE pronamespace = 'evil'::regnamespace}), '>', 1100, 'functions of the same names in the way');
($out, $err) = as('postgres', 'CREATE EXTENSION hccraf SCHEMA evil');
unlike($err, qr/ERROR/, 'installed over them') or diag($err);
is(caught(), '', 'none is called');
is(query($foreign), '', 'and nothing of the extension depends on one');
used();
query('DROP EXTENSION hccraf CASCADE; DROP SCHEMA evil CASCADE');

# Names that belong to somebody else are not taken over.
query('CREATE SCHEMA taken; GRANT ALL ON SCHEMA taken TO eve');
for my $thing ('TABLE taken.hcc_model (x int)', 'TABLE taken.hcc_model_change (change bigint)', 'SEQUENCE taken.hcc_row_id', q{FUNCTION taken.hcc_check_schema(name) RETURNS void LANGUAGE sql AS 'SELECT'},
	'TYPE taken.beneficiary AS (x int)', 'VIEW taken.hcc_coefficient AS SELECT 1 AS x')
{
	as('eve', "CREATE $thing");
	($out, $err) = as('postgres', 'CREATE EXTENSION hccraf SCHEMA taken');
	like($err, qr/ERROR:  .* (already exists|is not a member of extension)/, "refused: $thing");
	query('DROP SCHEMA taken CASCADE; CREATE SCHEMA taken; GRANT ALL ON SCHEMA taken TO eve');
}

# No temporary object: a coordinator can prepare the transaction.
($out, $err) = as('postgres', q{BEGIN; CREATE EXTENSION hccraf; PREPARE TRANSACTION 'install'; COMMIT PREPARED 'install'; SELECT raf_score('{E119}'::text[], beneficiary(70, 'F'))});
is($out, '0.561', 'CREATE EXTENSION in a transaction of two phases') or diag($err);
unlike($err, qr/WARNING/, 'no warning of a schema that is nobody else\'s');

$node->stop;
done_testing();
