#!/usr/bin/perl
# Calls every function, procedure and aggregate of the extension and of two panels with values
# that nobody meant them for, and with good ones, on the server that the PG*
# variables name, of which script/server keeps the log beside the socket:
#
#     script/server perl test/callers/random_calls.pl
#
# What there is to call comes from the catalog; values go by the type of an
# argument, good ones also by its name (a column of that name) and by the words
# in a function's own text. As a superuser, and as a role without any grants.
# An error is a fine answer, unless it is an internal one or names a patient. The
# server must not crash, a call must end when its time is over, and text that is
# SQL must not be run: public.canary() tells.
#
# RANDOM_CALLS: how many (3000); RANDOM_SEED: which ones (1), the same calls with
# the same number; RANDOM_TIMEOUT: statement_timeout in ms (1000), for slow
# servers; RANDOM_ONLY: a pattern of the signatures to call; RANDOM_VERBOSE: more examples.
use strict;
use warnings;
use utf8;
use FindBin;
use lib "$FindBin::RealBin/../t";
use Encode qw(decode);
use File::Temp qw(tempdir);
use JSON::PP;
use POSIX qw(WNOHANG);
use Population;
use Time::HiRes qw(sleep time);

my $calls = $ENV{RANDOM_CALLS} || 3000;
my $seed = $ENV{RANDOM_SEED} || 1;
my $timeout = $ENV{RANDOM_TIMEOUT} || 1000;
my $only = $ENV{RANDOM_ONLY} || '.';
my $database = 'hccraf_random';
my $clone = 'hccraf_random_fresh';
my $nobody = 'hccraf_random_nobody';
my $log = "$ENV{PGHOST}/log";
my $directory = tempdir(CLEANUP => 1);
my $started = time;
binmode STDOUT, ':utf8';
$| = 1;

-r $log or die "random_calls.pl: there is no log of a server of script/server in $ENV{PGHOST}\n";
srand $seed;

#---------------------------------------------------------------------
# The server
#---------------------------------------------------------------------
# What a statement gives; the program ends when it fails.
sub query
{
	my ($in, $sql) = @_;
	open my $file, '>:utf8', "$directory/query" or die $!;
	print $file $sql;
	close $file;
	open my $psql, '-|:utf8', 'psql', '-XqAt', '-v', 'ON_ERROR_STOP=1', '-d', $in, '-f', "$directory/query" or die $!;
	my $answer = join '', <$psql>;
	close $psql or die "random_calls.pl: this failed:\n$sql\n";
	chomp $answer;
	return $answer;
}

sub rows { return @{ decode_json(Encode::encode('UTF-8', query($database, "SELECT COALESCE(json_agg(q), '[]') FROM ($_[0]) q"))) } }

sub wait_for_server
{
	for (1 .. 600)
	{
		return if system("psql -XqAt -d postgres -c '' >/dev/null 2>&1") == 0;
		sleep 0.1;
	}
	die "random_calls.pl: the server does not come back\n";
}

# A small population, also in a schema with a name of the worst kind, and
# relations with such names and columns
my $odd = q{Odd "name' %I $f$ é};
my $odd_name = '"' . $odd =~ s/"/""/gr . '"';
sub prepare
{
	query('postgres', "SET client_min_messages = warning;\nDROP DATABASE IF EXISTS $database");
	query('postgres', "SET client_min_messages = warning;\nDROP DATABASE IF EXISTS $clone");
	query('postgres', "SET client_min_messages = warning;\nDROP ROLE IF EXISTS $nobody");
	query('postgres', "CREATE DATABASE $database");
	query('postgres', "CREATE ROLE $nobody LOGIN");
	query($database, "SET client_min_messages = warning;\nCREATE EXTENSION hccraf;\n" . fill('public', people => 40) . qq{
		CREATE FUNCTION public.canary() RETURNS integer LANGUAGE plpgsql AS \$\$
		BEGIN RAISE LOG 'the canary was called'; RETURN 1; END \$\$;
		SELECT track_changes();
		CREATE SCHEMA $odd_name;
		SELECT hccraf_setup('@{[ $odd =~ s/'/''/gr ]}');
		INSERT INTO $odd_name.patient_demographic SELECT * FROM public.patient_demographic;
		INSERT INTO $odd_name.patient_diagnosis_hcc SELECT * FROM public.patient_diagnosis_hcc;
		CREATE VIEW $odd_name."view %s ""'" AS SELECT * FROM public.patient_demographic;
		CREATE VIEW $odd_name."view 2 \$f\$" AS SELECT * FROM public.patient_diagnosis_hcc;
		CREATE TABLE $odd_name."x'); SELECT public.canary(); --" (patient_id uuid, "a""'; SELECT public.canary()" integer);
		CALL score_population(2025);
		CALL score_population(2026);
		CALL refresh_gaps(2026);
		CALL refresh_worklist(2026);
		CALL $odd_name.score_population(2026);
		ANALYZE;
	});
}

#---------------------------------------------------------------------
# What there is to call
#---------------------------------------------------------------------
prepare();
my @routines = rows(q{
	SELECT p.oid::regprocedure::text AS signature, p.prokind AS kind, p.proretset AS is_set, format('%I.%I', n.nspname, p.proname) AS name,
		p.provolatile AS volatile, p.pronargdefaults AS defaults, array_to_json(p.proargtypes::oid[]) AS types,
		array_to_json(ARRAY(SELECT a FROM unnest(p.proargnames, p.proargmodes) WITH ORDINALITY u(a, mode, i)
			WHERE mode IS NULL OR mode IN ('i', 'b', 'v') ORDER BY i)) AS names,
		-- words that mean something to the function
		array_to_json(ARRAY(SELECT DISTINCT m[1] COLLATE "C" FROM regexp_matches(p.prosrc, '''([A-Za-z][A-Za-z0-9_ -]{1,24})''', 'g') m ORDER BY 1)) AS words
	FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid AND d.refclassid = 'pg_extension'::regclass
		JOIN pg_proc p ON p.oid = d.objid JOIN pg_namespace n ON n.oid = p.pronamespace
	-- members, and functions of panels, which go with it
	WHERE d.classid = 'pg_proc'::regclass AND d.deptype IN ('e', 'x') AND e.extname = 'hccraf'
		AND NOT p.proargtypes::oid[] && '{internal,cstring}'::regtype[]::oid[]
		AND p.prorettype <> ALL ('{internal,trigger,event_trigger}'::regtype[])
	ORDER BY p.oid::regprocedure::text COLLATE "C"});
@routines = grep { $_->{signature} =~ /$only/ } @routines;
my %type = map { $_->{oid} => $_ } rows(q{
	SELECT t.oid, format_type(t.oid, NULL) AS name, t.typtype AS kind, CASE WHEN t.typcategory = 'A' THEN t.typelem END AS element,
		array_to_json(ARRAY(SELECT enumlabel FROM pg_enum WHERE enumtypid = t.oid ORDER BY enumsortorder)) AS labels,
		(SELECT json_agg(json_build_array(attname, atttypid) ORDER BY attnum) FROM pg_attribute
			WHERE attrelid = t.typrelid AND attnum > 0 AND NOT attisdropped) AS attributes
	FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace WHERE n.nspname <> 'information_schema' AND n.nspname !~ '^pg_t'});

# Values of columns, by name: what an argument of that name takes
my %column;
for (rows(q{
	SELECT a.attname AS name, c.oid::regclass::text AS relation FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
	WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND a.attnum > 0 AND NOT a.attisdropped
	ORDER BY c.relname COLLATE "C", a.attnum}))
{
	push @{ $column{ $_->{name} } }, $_->{relation};
}
# Arguments that are called otherwise than the column
my %alias = (model => 'model_version', from_model => 'model_version', to_model => 'model_version', old_model => 'model_version',
	new_model => 'model_version', source_model => 'model_version', code => 'icd10_code', icd10 => 'icd10_code', diagnosis => 'id',
	diagnosis_id => 'id', record_id => 'id', item => 'item_id', work_item => 'item_id', year => 'payment_year', provider => 'provider_npi',
	contract => 'contract_id', run => 'run_id', old_run => 'run_id', new_run => 'run_id', hcc => 'hcc_code', state => 'state');
my %sampled;
sub sample
{
	my ($name) = @_;
	return $sampled{$name} //= do
	{
		my @names = grep { $column{$_} } $name, $alias{$name} // (), $name =~ s/s$//r, $alias{ $name =~ s/s$//r } // ();
		my @values;
		if (@names)
		{
			my $column = $names[0];
			@values = map { $_->{v} } rows(join ' UNION ', map {
				qq{(SELECT DISTINCT $column\::text COLLATE "C" AS v FROM $_ WHERE $column IS NOT NULL ORDER BY 1 LIMIT 8)} } @{ $column{$column} });
			@values = sort @values;
		}
		\@values;
	};
}

my %patient = map { $_->{id} => 1 } rows('SELECT DISTINCT patient_id::text AS id FROM patient_demographic
	UNION SELECT patient_id::text FROM patient_diagnosis_hcc');
my @patients = (sort keys %patient)[ 0 .. 5 ];
my @records = map { $_->{id} } rows('(SELECT id::text FROM patient_diagnosis_hcc ORDER BY id LIMIT 6)
	UNION ALL (SELECT item_id::text FROM patient_work_item ORDER BY patient_id, hcc_code, contract_id LIMIT 6)');
my @people = map { $_->{who} } rows(q{
	SELECT DISTINCT beneficiary(30 + 8 * n, (ARRAY['F', 'M'])[1 + n % 2], (n % 3)::text, (ARRAY[NULL, '02'])[1 + n % 2], lti => n % 4 = 0,
		esrd => (ARRAY['none', 'none', 'none', 'dialysis'])[1 + n % 4])::text COLLATE "C" AS who FROM generate_series(1, 9) n ORDER BY 1});

#---------------------------------------------------------------------
# Values
#---------------------------------------------------------------------
sub one { return $_[ int rand @_ ] }
sub chance { return rand() < $_[0] }
sub quoted { return "'" . $_[0] =~ s/'/''/gr . "'" }

my @hostile = ('', ' ', "\t", "\n", "a\nb", "'", "''", '"', '""', '\\', "\\'", '$f$', '$$', '$q$', '$1', '%', '%I', '%L', '%s', '%1$s %2$I', '%n',
	'{', '}', '{}', '[]', '(', ')', '*', '.', ',', ';', '--', '/*', '[[:', '^(a+)+$', 'NULL', 'null', 'select', 'user', 'CAPITALS', 'Mixed Case',
	' E11.9 ', 'é', 'ß', '日本語', "\x{1F600}", "e\x{301}", "\x{202E}", "\x{FEFF}V28", 'a' x 70, 'x' x 20000, 'é' x 40, '-1', '1e400', '0x10', '2026',
	'public', 'public.canary()', 'canary', '(SELECT public.canary())', "'; SELECT public.canary(); --", "' || public.canary() || '",
	"x') OR public.canary() > 0 --", "' OR public.canary() > 0 OR '' = '", '$f$ || public.canary() || $f$', '$$; SELECT public.canary(); $$',
	'"; SELECT public.canary(); --', '" || public.canary() || "', '); SELECT public.canary(); --', '1; SELECT public.canary()',
	'1 OR public.canary() > 0', 'a, public.canary()', 'patient_id, public.canary()', "\\'; SELECT public.canary(); --", '%L\'; SELECT public.canary(); --',
	'"a".b', 'a.b.c', 'x" y', "O'Brien", $odd, 'pg_catalog', 'pg_temp', 'information_schema', "V28\n", 'v28', 'V28 ');
my @words = ('V28', 'V24', 'MA', 'part_c', 'E11.9', '38', 'public', 'F', 'A');
my @content = ("ICD10,HCC\nE119,38\n", "Diagnosis Code\tDescription\tV28\nE119\tx\t38\n", "HCC,Label\n38,\"x\"\n", "\"a\"\"b\",'\n\n;", "E119 38\nI509 226\n");

# Values by type: good ones and others
my %pool = (
	'integer' => [ [ 1, 1, 2, 3, 12, 70 ], [ 0, 1, -1, 3, 2026, 1899, 1900, 2999, 3000, 65535, 2147483647, -2147483648 ] ],
	'smallint' => [ [ 0, 1, 2, 12 ], [ -1, 32767, -32768 ] ],
	'bigint' => [ [ 0, 1, 2, 100 ], [ -1, 2147483648, '9223372036854775807', '-9223372036854775808' ] ],
	'numeric' => [ [ 0, 1, 0.5, 12.345 ], [ -1, 'NaN', 'Infinity', '-Infinity', '1e30', '-1e30', '99999999999999999999.9999', '1e-20', '1e100000' ] ],
	'double precision' => [ [ 0, 1, 0.5 ], [ -1, 'NaN', 'Infinity', '-Infinity', '1e308', '1e-308' ] ],
	'boolean' => [ [ 'true', 'false' ], [ 'true', 'false' ] ],
	'date' => [ [ '2024-02-29', '2025-06-01', '2026-12-31', '1950-05-05' ],
		[ 'infinity', '-infinity', '4713-01-01 BC', '0001-01-01', '5874897-12-31', '1899-12-31' ] ],
	'timestamp with time zone' => [ [ '2026-03-01 00:00+00', '2027-01-01 00:00+00', '2030-01-01 00:00+00' ],
		[ 'infinity', '-infinity', '4713-01-01 00:00 BC', '294276-12-31 00:00+00', 'epoch' ] ],
	'interval' => [ [ '1 day', '1 hour', '0' ], [ '-1 day', '178000000 years', '-178000000 years', '1 microsecond' ] ],
	'uuid' => [ [ @patients, @records ], [ '00000000-0000-0000-0000-000000000000', 'ffffffff-ffff-ffff-ffff-ffffffffffff' ] ],
	'jsonb' => [ [ '{}', '{"payment_year": 2026, "program": "MA"}' ], [ 'null', '[]', '1', '"x"', '{"a": [1, {"b": null}]}',
		map { my $s = JSON::PP->new->allow_nonref->encode($_); (qq{{$s: $s}}, qq{{"payment_year": $s, "program": $s}}) }
			q{'; SELECT public.canary(); --}, '$f$ || public.canary() || $f$', '"; SELECT public.canary(); --', $odd ] ],
	'oid' => [ [ 0, 1, 2200 ], [ 1259, 4294967295 ] ],
	'regprocedure' => [ [ 'public.raf_segment(public.beneficiary,text,integer)' ], [ '0', 'no_such()', q{'; --()}, '"' ] ],
	'regclass' => [ [ 'public.patient_demographic', 'public.patient_diagnosis_hcc', qq{$odd_name."view %s ""'"}, qq{$odd_name."view 2 \$f\$"} ],
		[ 'pg_catalog.pg_class', 'public.hcc_row_id', 0, 4294967294, qq{$odd_name."x'); SELECT public.canary(); --"}, 'pg_catalog.pg_class_oid_index' ] ],
	'icd10_set' => [ [ '{}', '{E119}', '{E119,I509,N184}', '{E1122,I5022,J449,F331,Z0000}', '{G8250}' ],
		[ '{ZZZZZZZ}', '{A}', '{' . join(',', map { sprintf 'A%05d', $_ } 1 .. 3000) . '}', '{E119,E119}', ' { e11.9 } ' ] ],
	'beneficiary' => [ [@people], [ 'age=0,sex=F', 'age=130,sex=M', 'age=64,sex=F,orec=3', map { "age=70,sex=F,segment=$_" } 'CNA', 'NONE' ] ],
	'int4range' => [ [ '[1,5)', '[0,120]' ], [ 'empty', '(,)', '[2147483646,2147483647)' ] ],
	'daterange' => [ [ '[2025-01-01,2025-12-31]' ], [ 'empty', '(,)' ] ],
	'datemultirange' => [ [ '{[2025-01-01,2025-12-31]}', '{}' ], [ '{(,)}', '{[5874897-01-01,)}' ] ],
	'jsonpath' => [ [ '$.a', '$' ], [ '$[*] ? (@.b == 1)', 'strict $.a' ] ],
	'refcursor' => [ ['no_such'], [ '', '"; --', '$f$' ] ],
	'bytea' => [ [ '\x', '\x00ff' ], [ '\xdeadbeef' ] ],
	'regtype' => [ [ 'uuid', 'bigint', 'integer', 'text' ], [ 'numeric', 'date', 'anyarray', 'internal', 0, 4294967294 ] ],
	'aclitem' => [ [ '=X/postgres' ], [ '=r/postgres', 'postgres=arwdDxt/postgres' ] ],
);
my %unknown_type;

# A value as SQL; $wanted: good, bad or any
sub value
{
	my ($oid, $name, $wanted, $routine) = @_;
	my $type = $type{$oid} or die "type $oid";
	my $cast = "::$type->{name}";

	$wanted = one('good', 'good', 'bad') if $wanted eq 'any';
	return "NULL$cast" if chance($wanted eq 'bad' ? 0.12 : 0.03);
	if (defined $type->{element})
	{
		return one("'{}'", "'{NULL}'", "ARRAY[NULL]") . $cast if $wanted eq 'bad' && chance(0.25);
		return 'ARRAY[' . join(', ', map { value($type->{element}, $name, $wanted, $routine) } 1 .. one(1, 1, 2, 3)) . "]$cast";
	}
	return 'ROW(' . join(', ', map { value($_->[1], $_->[0], $wanted, $routine) } @{ $type->{attributes} }) . ")$cast"
		if $type->{attributes};
	return quoted(one(@{ $type->{labels} })) . $cast if @{ $type->{labels} };
	if ($type->{name} =~ /^(text|name|character varying|character|"char")$/)
	{
		return quoted(one(@hostile)) . $cast if $wanted eq 'bad';
		return quoted(one('public', 'public', 'public', $odd)) . $cast if $name =~ /schema$/;
		return quoted(one(@content)) . $cast if $name =~ /content|^line/ && chance(0.8);
		my $sample = sample($name);
		return quoted(one(@$sample)) . $cast if @$sample && chance(0.85);
		return quoted(one(@{ $routine->{words} })) . $cast if @{ $routine->{words} } && chance(0.7);
		return quoted(one(@words)) . $cast;
	}
	my $pool = $pool{ $type->{name} };
	if (!$pool)
	{
		$unknown_type{ $type->{name} } = 1;
		return "NULL$cast";
	}
	if ($wanted eq 'bad')
	{
		# what is no value of the type at all comes to its input function
		return quoted(one(@hostile)) . $cast if $type->{name} =~ /^(icd10_set|beneficiary)$/ && chance(0.2);
		return quoted(one(@{ $pool->[1] })) . $cast;
	}
	my $sample = $type->{name} =~ /^(integer|bigint|jsonb|uuid|date|boolean|numeric|smallint)$/ ? sample($name) : [];
	# of an argument that looks like a year, years of the population
	return quoted(one(2025, 2026, 2026, 2027)) . $cast if $type->{name} eq 'integer' && $name =~ /year$/ && chance(0.8);
	return quoted(one(@$sample)) . $cast if @$sample && $name ne 'id' && chance(0.7);
	return quoted(one(@{ $pool->[0] })) . $cast;
}

#---------------------------------------------------------------------
# Calls
#---------------------------------------------------------------------
sub arguments
{
	my ($routine) = @_;
	my @types = @{ $routine->{types} };
	my $mood = one(('good') x 9, ('one bad') x 7, ('any') x 4);
	my $bad = $mood eq 'one bad' && @types ? int rand @types : -1;
	my @wanted = map { $_ == $bad ? 'bad' : $mood eq 'any' ? 'any' : 'good' } 0 .. $#types;
	my @values = map { value($types[$_], $routine->{names}[$_] // '', $wanted[$_], $routine) } 0 .. $#types;
	return ($bad, @values);
}

# One statement
sub statement
{
	my ($routine) = @_;
	my @types = @{ $routine->{types} };
	my @names = @{ $routine->{names} };
	my ($bad, @values) = arguments($routine);
	my $name = $routine->{name};

	if ($routine->{kind} eq 'a')
	{
		my @rows = map { my ($b, @v) = arguments($routine); \@v } 1 .. int rand 5;
		my $from = '(VALUES ' . join(', ', map { '(' . join(', ', $_ % 2, @{ [ \@values, @rows ]->[$_] }) . ')' } 0 .. @rows)
			. ') v(g' . join('', map { ", a$_" } 0 .. $#types) . ')';
		my $arguments = join ', ', map { "v.a$_" } 0 .. $#types;
		return one("SELECT $name($arguments) FROM $from", "SELECT g, $name($arguments) FROM $from GROUP BY g",
			"SELECT $name($arguments) FILTER (WHERE g = 1) FROM $from", "SELECT $name(DISTINCT $arguments) FROM $from",
			"SELECT $name($arguments ORDER BY g) FROM $from", "SELECT $name($arguments) OVER (ORDER BY g) FROM $from",
			"SELECT $name($arguments) FROM $from WHERE false");
	}

	my $named = @names == @types && !grep { $_ eq '' } @names;
	my $notation = $named ? one('named', 'named', 'named', 'positional', 'mixed') : 'positional';
	my $first_default = @types - $routine->{defaults};
	my @given;
	my $positional = $notation eq 'named' ? 0 : $notation eq 'mixed' ? one(0 .. @types) : chance(0.7) ? @types : one($first_default .. @types);
	$positional = $bad + 1 if $notation eq 'positional' && $bad >= $positional;
	@given = @values[ 0 .. $positional - 1 ];
	if ($notation ne 'positional')
	{
		my @rest = grep { $_ < $first_default || $_ == $bad || chance($names[$_] =~ /schema$/ ? 0.9 : 0.35) } $positional .. $#types;
		@rest = reverse @rest if chance(0.3);
		push @given, map { qq{"$names[$_]" => $values[$_]} } @rest;
	}
	my $call = "$name(" . join(', ', @given) . ')';
	return "CALL $call" if $routine->{kind} eq 'p';

	# different values in rows of one statement
	if (@types && chance(0.15))
	{
		my @rows = map { my ($b, @v) = arguments($routine); \@v } 1 .. one(1, 2, 3);
		my $from = '(VALUES ' . join(', ', map { '(' . join(', ', @$_) . ')' } \@values, @rows) . ') v('
			. join(', ', map { "a$_" } 0 .. $#types) . ')';
		my $of = "$name(" . join(', ', map { "v.a$_" } 0 .. $#types) . ')';
		return $routine->{is_set} ? one("SELECT * FROM $from, $of x", "SELECT $of FROM $from") : "SELECT $of FROM $from";
	}
	return one("SELECT * FROM $call x", "SELECT * FROM $call x", "SELECT * FROM $call x LIMIT 1", "SELECT $call",
		"SELECT i, $call FROM generate_series(1, 2) i", "SELECT * FROM generate_series(1, 2) i, LATERAL $call x")
		if $routine->{is_set};
	return one("SELECT $call", "SELECT $call", "SELECT * FROM $call x", "SELECT i, $call FROM generate_series(1, 3) i");
}

#---------------------------------------------------------------------
# Answers
#---------------------------------------------------------------------
my (%failure, %raw, %succeeded, %called, %state, %example);
my ($passed, $answered) = (0, 0);

sub fail
{
	my ($what, $call, $detail) = @_;
	my $key = "$what: " . ($call ? $call->{routine}{signature} : '');
	$failure{$key} //= { count => 0, statement => $call ? "-- as $call->{role}, $call->{how}\n$call->{statement};" : '', detail => $detail };
	$failure{$key}{count}++;
	$call->{failed} = 1 if $call;
}

# Is a patient named?
sub names_patient { return grep { $patient{$_} } $_[0] =~ /\b([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})\b/gi }

# Is a syntax error gone when text among the arguments has no more quotes and the
# like? Then it was text that became SQL. A NULL that is missing there, which is
# only an ugly message, gives the error still.
sub without_quotes
{
	my ($text) = @_;
	return 'public' if $text eq $odd;
	return 'public.patient_demographic' if $text =~ /^\Q$odd_name\E/;
	return $text =~ tr/'"$\\%;()//dr if $text !~ /^\s*\{.*:/s;
	my $json = JSON::PP->new->canonical->allow_nonref;
	my $value = eval { $json->decode($text) } // return $text;
	my $walk;
	$walk = sub {
		my ($v) = @_;
		return ref $v eq 'HASH' ? { map { without_quotes($_) => $walk->($v->{$_}) } keys %$v }
			: ref $v eq 'ARRAY' ? [ map { $walk->($_) } @$v ]
			: ref $v || !defined $v || $v =~ /^-?\d+$/ ? $v : without_quotes($v);
	};
	return $json->encode($walk->($value));
}

sub is_of_hostile_text
{
	my ($call) = @_;
	my @texts = map { s/''/'/gr } $call->{statement} =~ /'((?:[^']|'')*)'/g;
	return 0 if !grep { /['"\$\\%;]/ } @texts;
	my $harmless = $call->{statement} =~ s/'((?:[^']|'')*)'/quoted(without_quotes($1 =~ s{''}{'}gr))/ger;
	my $said = run_psql($call->{role}, $database, '', "\\set VERBOSITY verbose\n\\o /dev/null\nBEGIN;\n$harmless;\nROLLBACK;\n");
	return $said !~ /^ERROR:  42601:/m;
}

# What psql has printed about a call
sub judge
{
	my ($call, $said) = @_;
	my ($state) = $said =~ /^\@state (\w+)$/m;
	my ($ms) = $said =~ /^Time: ([\d.]+) ms/m;
	my $message = $said =~ s/^(?:\@state|Time:) .*\n//mgr;
	my $signature = $call->{routine}{signature};
	my ($error) = $message =~ /^((?:ERROR|FATAL|PANIC):.*(?:\n(?!LINE|QUERY|CONTEXT|LOCATION).*)*)/m;

	$called{$signature}++;
	$answered++;
	if (!defined $state)
	{
		fail('the connection was lost', $call, $message);
		return;
	}
	$state{$state}++;
	$example{$state} //= $call->{statement};
	# LINE shows the caller's own statement, unless it is that of QUERY
	my $told = $message =~ /^QUERY: /m ? $message : $message =~ s/^LINE \d+:.*\n//mgr;
	if (names_patient($told))
	{
		fail("a patient is named in a message, SQLSTATE $state", $call, $message);
		$call->{named} = 1;
	}
	fail("not over when its $timeout ms are", $call, "$ms ms\n$message")
		if defined $ms && $ms > $timeout + ($timeout > 1000 ? $timeout : 1000);
	fail("internal error $state", $call, $message) if $state =~ /^XX/ || $message =~ /cache lookup failed/;
	# An error of the parser within a function, which the caller is told as it is
	if ($state =~ /^(42601|42703|42P01)$/ && $message =~ /^(?:CONTEXT|QUERY): /m && $message !~ /^LOCATION: .*exec_stmt_raise/m)
	{
		# parts of setup are given a statement, which they run
		if ($state eq '42601' && $message !~ /PL\/pgSQL function \S*hcc_setup_(?:table|index|view|routine)\(/
			&& is_of_hostile_text($call))
		{
			fail('an argument becomes SQL', $call, $message);
		}
		else
		{
			my $short = (split /\n/, $error)[0] =~ s/".*"/"..."/r =~ s/(?<!\.)"(?!\.)[^"]*$/"..."/r;
			my $kind = $raw{$short} //= { count => 0, routines => {} };
			$kind->{count}++;
			$kind->{routines}{$signature} //= $call->{statement};
		}
	}
	$succeeded{$signature}++ if $state eq '00000';
	$passed++ unless $call->{failed};
}

# What the server has written since the last time; STATEMENT lines are the
# caller's own words.
my $log_read = -s $log;
sub read_log
{
	my (@calls) = @_;
	open my $file, '<:raw', $log or die "$log: $!\n";
	seek $file, $log_read, 0;
	my $text = do { local $/; <$file> } // '';
	$log_read += length $text;
	$text = decode('UTF-8', $text);
	my $statement;
	for my $entry (reverse split /\n(?=\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)/, $text)
	{
		my ($kind, $said) = $entry =~ /^\S+ \S+ \S+ \[\d+\].*? ([A-Z]+):  (.*)/s or next;
		if ($kind eq 'STATEMENT') { $statement = $said =~ s/\n\t/\n/gr =~ s/;\s*$//r; next }
		next if $said =~ /^Failed process was running/;
		my ($call) = defined $statement ? grep { $_->{statement} eq $statement } @calls : ();
		fail('the canary was called', $call, $said) if $said =~ /the canary was called/;
		fail("a patient is named in the log, $kind", $call, $said) if names_patient($said) && !($call && $call->{named});
		fail('the server crashed', undef, $said) if $kind eq 'PANIC' || $said =~ /was terminated by signal/;
		undef $statement if $kind =~ /^(ERROR|FATAL|LOG|WARNING)$/;
	}
}

# Run psql, and end its session when nothing happens for too long.
sub run_psql
{
	my ($role, $in, $options, $script) = @_;
	open my $file, '>:utf8', "$directory/script" or die $!;
	print $file $script;
	close $file;
	my $pid = fork // die $!;
	if ($pid == 0)
	{
		$ENV{PGUSER} = $role;
		$ENV{PGAPPNAME} = 'random_calls';
		$ENV{PGOPTIONS} = "-c statement_timeout=$timeout -c jit=off $options";
		open STDIN, '<', "$directory/script" or die $!;
		open STDOUT, '>', "$directory/output" or die $!;
		open STDERR, '>&', \*STDOUT or die $!;
		exec 'psql', '-XqAt', '-d', $in or die $!;
	}
	my ($size, $since) = (0, time);
	while (waitpid($pid, WNOHANG) == 0)
	{
		sleep 0.02;
		my $now = -s "$directory/output" // 0;
		($size, $since) = ($now, time) if $now != $size;
		if (time - $since > 30 + 10 * $timeout / 1000)
		{
			system "psql -XqAt -d postgres -o /dev/null -c \"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'random_calls'\"";
			$since = time;
		}
	}
	open my $output, '<:raw', "$directory/output" or die $!;
	my $said = do { local $/; <$output> } // '';
	return decode('UTF-8', $said);
}

# Many calls in one session, each in a transaction of its own
sub run_batch
{
	my ($role, $options, @calls) = @_;
	while (@calls)
	{
		my $script = "\\set VERBOSITY verbose\n\\o /dev/null\n";
		for my $n (0 .. $#calls)
		{
			my $call = $calls[$n];
			$call->{how} = ($call->{block} ? 'in a transaction block' : 'by itself') . ($options ? ", $options" : '');
			$script .= "\\echo \@call $n\n" . ($call->{block} ? "BEGIN;\n" : '')
				. "\\timing on\n$call->{statement};\n\\timing off\n\\echo \@state :SQLSTATE\n" . ($call->{block} ? "ROLLBACK;\n" : '');
		}
		my $said = run_psql($role, $database, $options, $script . "\\echo \@call end\n");
		my ($before, @answers) = split /^\@call \w+\n/m, $said, -1;
		die "random_calls.pl: no session: $said\n" unless @answers;
		my $complete = $said =~ /^\@call end$/m;
		pop @answers if $complete;
		judge($calls[$_], $answers[$_]) for 0 .. $#answers;
		if (!$complete)
		{
			wait_for_server();
		}
		read_log(@calls);
		splice @calls, 0, scalar @answers;
	}
}

# Calls that are the first thing a session does, and that stay done; in a copy of
# the database, made anew before what was done there leaves too little.
my $clone_calls = 0;
sub run_fresh
{
	my ($call) = @_;
	if ($clone_calls++ % 60 == 0)
	{
		query('postgres', "SET client_min_messages = warning;\nDROP DATABASE IF EXISTS $clone WITH (FORCE)");
		query('postgres', "CREATE DATABASE $clone TEMPLATE $database");
	}
	$call->{how} = 'first in a session';
	my $said = run_psql($call->{role}, $clone, '', "\\set VERBOSITY verbose\n\\o /dev/null\n\\timing on\n$call->{statement};\n\\echo \@state :SQLSTATE\n");
	judge($call, $said);
	wait_for_server() if $said !~ /^\@state/m;
	read_log($call);
}

#---------------------------------------------------------------------
# The whole
#---------------------------------------------------------------------
# Is the canary heard?
query($database, 'SELECT public.canary()');
read_log();
fail('the canary is not heard', undef, '') if !delete $failure{'the canary was called: '};

print "random calls: seed $seed, $calls calls of ", scalar(@routines), " routines, statement_timeout $timeout ms\n";
my ($parallel) = map { $_->{name} } rows(q{SELECT name FROM pg_settings WHERE name IN ('force_parallel_mode', 'debug_parallel_query')});
my @roles = ($ENV{PGUSER}, $ENV{PGUSER}, $nobody);
my @turn;
my $done = 0;
for (my $batch = 0; $done < $calls; $batch++)
{
	my $role = $roles[ $batch % @roles ];
	my $n = $calls - $done < 200 ? $calls - $done : 200;
	my (@batch, @fresh);
	for (1 .. $n)
	{
		# everyone has its turn, in another order each time
		if (!@turn)
		{
			@turn = @routines;
			for my $i (reverse 1 .. $#turn) { my $j = int rand($i + 1); @turn[ $i, $j ] = @turn[ $j, $i ] }
		}
		my $routine = shift @turn;
		my $call = { routine => $routine, role => $role, statement => statement($routine), block => $routine->{kind} ne 'p' || chance(0.2) };
		if (chance(0.06)) { push @fresh, $call } else { push @batch, $call }
	}
	my $options = one('', '', '', "-c $parallel=on", '-c search_path=pg_temp');
	run_batch($role, $options, @batch);
	run_fresh($_) for @fresh;
	$done += $n;
}

query('postgres', "DROP DATABASE IF EXISTS $_ WITH (FORCE)") for $clone, $database;
query('postgres', "DROP ROLE $nobody");

if (%raw)
{
	my $count = 0;
	$count += $_->{count} for values %raw;
	print "raw errors, which the parser gives to text that a function has made: $count (no failures), of these kinds:\n";
	for my $short (sort { $raw{$b}{count} <=> $raw{$a}{count} || $a cmp $b } keys %raw)
	{
		my @of = sort keys %{ $raw{$short}{routines} };
		print "    $raw{$short}{count} $short\n        in ", join(', ', map { s/\(.*//sr } @of), "\n";
		print map { "        such as $raw{$short}{routines}{$_};\n" } $ENV{RANDOM_VERBOSE} ? @of : ();
	}
}
my $good = $state{'00000'} // 0;
my @never = grep { !$succeeded{$_} } map { $_->{signature} } @routines;
printf "%d calls answered in %.0f s, %d%% without an error; never so: %s\n", $answered, time - $started, 100 * $good / ($answered || 1),
	@never ? join(', ', map { s/\(.*//sr } @never) : 'none';
print 'SQLSTATEs: ', join(', ', map { "$_ $state{$_}" } sort { $state{$b} <=> $state{$a} || $a cmp $b } keys %state), "\n";
print map { "    $_ such as $example{$_};\n" } $ENV{RANDOM_VERBOSE} ? sort keys %example : ();
fail("no values of type $_", undef, 'test/callers/random_calls.pl: %pool') for sort keys %unknown_type;
fail('too few calls succeed', undef, "$good of $answered") if $good < 0.25 * $answered;
fail('not every routine was called', undef, '') if $calls >= @routines && grep { !$called{ $_->{signature} } } @routines;
for my $key (sort keys %failure)
{
	my $f = $failure{$key};
	# of long messages the beginning, the end and what is the matter
	my @lines = split /\n/, $f->{detail};
	my @shown = grep { @lines <= 12 || $_ < 4 || $_ >= @lines - 3 || names_patient($lines[$_]) } 0 .. $#lines;
	splice @shown, 8, @shown - 11, '...' if @shown > 12;
	print "not ok $key ($f->{count} times)\n", map { substr("    $_", 0, 700) . "\n" }
		split(/\n/, $f->{statement}), map { $_ eq '...' ? $_ : $lines[$_] } @shown;
}
print "$passed passed, ", scalar(keys %failure), " failed\n";
exit(%failure ? 1 : 0);
