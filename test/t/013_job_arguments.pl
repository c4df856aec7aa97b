# Procedures of a panel commit, so they are not in test/pgtap/92: each argument
# of each is asked what nobody means, and answers, or refuses on purpose,
# without a word of a patient.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf('postgresql.conf', "shared_buffers = 64MB\ntimezone = UTC\nlog_min_error_statement = panic");
$node->start;
sub query { return $node->safe_psql('postgres', shift) }

my $patient = '7d5b6c3a-1111-4222-8333-9f9f9f9f9f9f';
my $code = 'C7801';
query(qq{
	CREATE EXTENSION hccraf;
	CREATE SCHEMA "Job ""x"" %s";
	SELECT hccraf_setup('Job "x" %s');
	SET search_path = "Job ""x"" %s", public;
	INSERT INTO patient_demographic (patient_id, payment_year, date_of_birth, sex) VALUES ('$patient', 2026, '1951-03-17', 'F');
	INSERT INTO patient_diagnosis_hcc (patient_id, icd10_code, diagnosis_date) VALUES ('$patient', '$code', '2025-04-19');
	SELECT track_changes();
	CALL score_population(2026); CALL refresh_gaps(2025); SELECT import_open('nothing')});

# What nobody means, by the type of an argument, as literals
my @text = ("NULL", "''", "' '", "'''; DROP TABLE hcc_run; --'", "'\$\$'", "'\$panel\$'", "'%s %I \\'", "'Ünïcode'", "'" . 'x' x 3000 . "'", "'$patient'");
my %hostile = (
	'integer' => [ 'NULL', 0, -1, -2147483648, 2147483647 ],
	'bigint' => [ 'NULL', 0, -1, '-9223372036854775808', '9223372036854775807' ],
	'numeric' => [ 'NULL', 0, -1, "'NaN'", "'Infinity'", '1e300' ],
	'boolean' => ['NULL'],
	'date' => [ 'NULL', "'infinity'", "'-infinity'", "'0001-01-01'", "'5874897-12-31'" ],
	'timestamp with time zone' => [ 'NULL', "'infinity'", "'-infinity'", "'0001-01-01'", "'4713-01-01 BC'" ],
	'interval' => [ 'NULL', "'0'", "'-1 day'", "'178000000 years'" ],
	'text' => \@text,
	'text[]' => [ 'NULL', "'{}'", "'{NULL}'", "'{\"\"}'", "ARRAY[" . join(', ', @text) . ']', "'{{MA},{PDP}}'" ],
);
my %good = (batch_id => 1, collection_year => 2025, payment_year => 2026);
# on purpose: no value, no such value, no such thing, not the state for it, not such a text, memory
my $deliberate = qr/^(22004|22023|42704|55000|22P02|22003|22008|0A000|P0002)$/;

my @procedure = split /\n/, query(q{
	SELECT p.proname || '|' || p.pronargs - p.pronargdefaults || '|'
		|| string_agg(a.name || ':' || format_type(a.type, NULL), ',' ORDER BY a.n)
	FROM pg_proc p, unnest(p.proargnames[1:p.pronargs], p.proargtypes::oid[]) WITH ORDINALITY a (name, type, n)
	WHERE p.pronamespace = 'Job "x" %s'::regnamespace AND p.prokind = 'p' AND p.proname !~ '^hcc_'
	GROUP BY p.oid ORDER BY 1} =~ s/'Job "x" %s'::regnamespace/(SELECT oid FROM pg_namespace WHERE nspname = 'Job "x" %s')/r);
cmp_ok(scalar(@procedure), '>=', 5, 'procedures of a panel');

my $log = -s $node->logfile;
for (@procedure)
{
	my ($name, $required, $arguments) = split /\|/;
	my @argument = map { [ split /:/ ] } split /,/, $arguments;
	my (@wrong, $asked);
	for my $argument (@argument)
	{
		my ($called, $type) = @$argument;
		my $values = $hostile{$type} or fail("values of type $type"), next;
		for my $value (@$values)
		{
			# of what is not asked about, and must be said or is a year, one that is there
			my ($year) = grep { /_year$/ } map { $_->[0] } @argument;
			my %named = map { $_ => $good{$_} } grep { $_ ne $called } grep { defined }
				(map { $_->[0] } @argument[ 0 .. $required - 1 ]), $year;
			my $good = join '', map { "$_ => $named{$_}, " } sort keys %named;
			my $call = qq{CALL "Job ""x"" %s".$name($good$called => $value)};
			my (undef, $out, $err) = $node->psql('postgres', "\\set VERBOSITY verbose\n$call", on_error_stop => 0, timeout => 60);
			my ($state) = $err =~ /ERROR:\s+(\w{5}):/;
			$asked++;
			push @wrong, substr($call, 0, 200) . ": $err" if defined $state && $state !~ $deliberate;
			push @wrong, "$call tells of the patient: $err" if $value !~ /$patient/ && $err =~ /$patient|$code|1951-03-17|2025-04-19/;
		}
	}
	is(join("\n", @wrong), '', "$name: $asked calls, of each argument");
}
my $said = slurp_file($node->logfile, $log);
$said =~ s/^.*STATEMENT:.*$//mg;
my @told = grep { /$code|1951-03-17|2025-04-19/ } split /\n/, $said;
is(join("\n", @told), '', 'nothing of the patient is in the log');
is(query(qq{SELECT count(*) FROM "Job ""x"" %s".patient_hcc_score}), '1', 'and the score is there');

$node->stop;
done_testing();
