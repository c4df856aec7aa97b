# The people of CMS's synthetic RIF files (Blue Button's) from their files to scores
# and gaps, by the commands of doc/import.md, on the server that the PG* variables name.
# What must come out is found here from the files themselves, by another way: split at
# |, filtered by the rule of CMS as far as these files need it, and their codes looked up
# in data. Only the sum of factors is asked of raf_score(). Skipped where ../shared is
# absent.
#
# The files are of 2015 to 2021, and gaps are of V28, which has tables from 2024 on. So
# all their dates, and the year that a row is about, are moved by four years before they
# are imported: 29 February stays a day, and nothing is in the future.
use strict;
use warnings;
use List::Util qw(uniq);

my $source = '../shared/data/cms_rif_sample';
if (!-d $source)
{
	print "rif_scores: skipped, $source is absent\n";
	exit 0;
}
my $shift = 4;
my $year = 2024;
# CMS's list of procedures is not here; of those in the files these two are to be on it
my @procedures = qw(G0444 99241);

my $database = 'hccraf_rif_scores';
my $folder = "build/rif_scores.$$";
system("mkdir -p $folder/rif") == 0 or die;
$ENV{PGOPTIONS} = '-c client_min_messages=warning -c jit=off';
sub run { system(@_) == 0 or die "failed: @_\n" }
sub query
{
	# one statement after another, not all in one transaction, as -c has them
	open my $script, '>', "$folder/query" or die;
	print $script $_[0];
	close $script or die;
	open my $psql, '-|', 'psql', '-XAtq', '-v', 'ON_ERROR_STOP=1', '-d', $database, '-f', "$folder/query" or die;
	local $/;
	my $got = <$psql> // '';
	close $psql or die "failed: $_[0]\n";
	return $got =~ s/\n\z//r;
}
END { system("rm -rf $folder; dropdb --if-exists $database 2>/dev/null") if $database && -d "$folder" }

# ---- the files, moved, and what they say ----

my (%person, @line);
for my $file (sort glob "$source/*.csv")
{
	my ($name) = $file =~ m{([^/]+)\.csv$};
	open my $in, '<', $file or die "$file: $!";
	open my $out, '>', "$folder/rif/$name.csv" or die;
	my @header;
	while (my $row = <$in>)
	{
		my ($end) = $row =~ s/(\r?\n?)\z// ? $1 : '';
		my @values = split /\|/, $row, -1;
		if (!@header)
		{
			print $out "$row$end";
			@header = map { s/^\xEF\xBB\xBF//r } @values;
			next;
		}
		for my $i (0 .. $#values)
		{
			$values[$i] =~ s/^(\d\d-[A-Za-z]{3}-)(\d{4})$/$1 . ($2 + $shift)/e;
			$values[$i] += $shift if $header[$i] eq 'RFRNC_YR';
		}
		print $out join('|', @values) . $end;
		my %of;
		@of{@header} = @values;
		s/^\s+|\s+$//g for values %of;
		if ($name =~ /^beneficiary/) { $person{ $of{BENE_ID} }{ $of{RFRNC_YR} } = \%of }
		else { push @line, { %of, FILE => $name } }
	}
	close $out or die;
}

# A claim counts if it is a stay, or one of its lines has a procedure of the list; a nursing
# facility's never does. Its codes are those that its lines repeat.
my %claim;
for my $line (@line)
{
	my $claim = $claim{ $line->{CLM_ID} } //= { who => $line->{BENE_ID}, year => substr($line->{CLM_THRU_DT}, -4) };
	die 'a claim that is not final' if $line->{FINAL_ACTION} ne 'F' || $line->{DML_IND} ne 'INSERT';
	die 'a code of ICD-9' if grep { /^ICD_DGNS_VRSN_CD/ && $line->{$_} eq '9' } keys %$line;
	$claim->{codes}{ $line->{$_} } = 1 for grep { /^(PRNCPAL_DGNS_CD|ICD_DGNS_(E_)?CD\d+)$/ && $line->{$_} ne '' } keys %$line;
	$claim->{counts} = 1
	  if $line->{FILE} eq 'inpatient' || $line->{FILE} =~ /carrier|outpatient/ && grep { $line->{HCPCS_CD} eq $_ } @procedures;
}

# Codes of somebody in a year, of claims that count or of all
sub codes
{
	my ($who, $of, $all) = @_;
	return sort { $a cmp $b } uniq(map { keys %{ $_->{codes} } }
		grep { $_->{who} eq $who && $_->{year} == $of && ($all || $_->{counts}) } values %claim);
}

# ---- models ----

sub table
{
	open my $in, '<', "data/$_[0].csv" or die "$_[0]: $!";
	my ($header, @rows) = map { s/\s+\z//r } <$in>;
	return map { [ split /,/ ] } @rows;
}
my (%hcc, %below);
for my $model (qw(V24 V28))
{
	push @{ $hcc{$model}{ $_->[0] } }, $_ for table("$model/crosswalk");
	$below{$model}{ $_->[0] }{ $_->[1] } = 1 for table("$model/hierarchy");
}
# Categories of codes in a payment year, without those that a higher one takes in
sub hccs
{
	my ($model, $payment_year, @codes) = @_;
	my %got = map { $_->[1] => 1 } grep { $_->[2] <= $payment_year && $payment_year <= $_->[3] } map { @{ $hcc{$model}{$_} // [] } } @codes;
	return grep {
		my $hcc = $_;
		!grep { $below{$model}{$_}{$hcc} } keys %got
	} sort { $a <=> $b } keys %got;
}

# ---- by the documented commands ----

run('createdb', $database);
query('CREATE EXTENSION hccraf');
query("CREATE SCHEMA risk; DO \$\$ BEGIN PERFORM hccraf_setup('risk'); END \$\$");
query(sprintf q{INSERT INTO eligible_procedure (service_year, procedure_code) SELECT y, c
	FROM generate_series(2018, 2026) y, unnest('{%s}'::text[]) c}, join ',', @procedures);
$ENV{PGDATABASE} = $database;
my $said = `script/hccraf-import -q -s risk -y $year rif $folder/rif`;
my $status = $? >> 8;
query("SET search_path = public, risk; CALL score_population($year); CALL refresh_gaps($year - 1); CALL refresh_gaps($year)");

my ($passed, $failed) = (0, 0);
sub is
{
	my ($got, $expected, $what) = @_;
	print $got eq $expected ? 'ok' : 'not ok', " rif_scores: $what\n";
	$got eq $expected ? $passed++ : $failed++;
	print map { s/^/# /mgr . "\n" } "expected:\n$expected", "found:\n$got" if $got ne $expected;
}

my $people = 0;
$people += () = `tail -q -n +2 $_` =~ /^./mg for glob "$source/beneficiary_*.csv";
is("$status, " . join(' ', $said =~ /(\d+) records, \S+, (\d+) refused/), '0, ' . (keys(%claim) + $people) . ' 0',
	'each claim and each row of a person is loaded, by how many there are');

# three decimals after each step, and away from zero at half
sub rounded { return int($_[0] * 1000 + 0.5 + 1e-9) / 1000 }
my %payment = (V24 => [ 1.146, 0.67 ], V28 => [ 1.015, 0.33 ]);
my (@models, @scores);
for my $who (sort keys %person)
{
	my $row = $person{$who}{$year} or die "nobody is $who in $year";
	my ($day, $month, $born) = $row->{BENE_BIRTH_DT} =~ /^(\d\d)-(\w{3})-(\d{4})$/ or die;
	my @dual = uniq(map { $row->{"META_DUAL_ELGBL_STUS_${_}_CD"} } qw(JAN FEB MAR APR MAY JUN JUL AUG SEPT OCT NOV DEC));
	s/^(\d)$/0$1/ || s/^N$/NA/ for @dual;
	die "not the same in each month, or not aged: @dual" if @dual != 1 || $row->{BENE_ENTLMT_RSN_ORIG} ne '0';
	# as of the first of February
	my $age = $year - $born - ($month eq 'Jan' ? 0 : 1);
	my $beneficiary = sprintf "beneficiary(%d, '%s', dual_status => '%s')", $age, $row->{BENE_SEX_IDENT_CD} == 1 ? 'M' : 'F', $dual[0];
	my @codes = codes($who, $year - 1);
	my $score = 0;
	for my $model (sort keys %payment)
	{
		my ($factor, $weight) = @{ $payment{$model} };
		my $raw = query(sprintf "SELECT raf_score('{%s}'::text[], %s, '%s', %d)", join(',', @codes), $beneficiary, $model, $year);
		my $part = rounded(rounded(rounded($raw / $factor) * (1 - 0.059)) * $weight);
		push @models, sprintf '%s|%s|{%s}|%.3f|%.3f', $who, $model, join(',', hccs($model, $year, @codes)), $raw, $part;
		$score += $part;
	}
	push @scores, sprintf '%s|%.3f', $who, $score;
}
my $who = "JOIN patient_identifier i ON i.patient_id = x.patient_id AND i.system = 'bene_id'";
is(query("SET search_path = public, risk; SELECT DISTINCT i.value, x.model_version,
		ARRAY(SELECT h FROM unnest(x.hcc_list) h ORDER BY h::int)::text, x.raw_score::numeric(9, 3), x.weighted_score::numeric(9, 3)
		FROM patient_hcc_model_score x $who WHERE x.payment_year = $year ORDER BY 1, 2"), join("\n", @models),
	'categories and scores of each model, in every month');
is(query("SET search_path = public, risk; SELECT i.value, x.raf_score::numeric(9, 3) FROM patient_hcc_score x $who
		WHERE x.payment_year = $year ORDER BY 1"), join("\n", @scores), 'scores');

# A gap is a category of the year before. It is closed if it is there again, and not on a
# claim that counts: documented_not_eligible.
my @gaps;
for my $of ($year - 1, $year)
{
	for my $who (sort keys %person)
	{
		my %again = map { $_ => 1 } hccs('V28', $of + 1, codes($who, $of));
		my %seen = map { $_ => 1 } hccs('V28', $of + 1, codes($who, $of, 1));
		for my $hcc (hccs('V28', $of + 1, codes($who, $of - 1)))
		{
			die 'a higher category: not in these files' if grep { $below{V28}{$_}{$hcc} } keys %seen;
			push @gaps, "$of|$who|$hcc|" . ($again{$hcc} ? 'closed' : $seen{$hcc} ? 'documented_not_eligible' : 'open');
		}
	}
}
is(query("SET search_path = public, risk; SELECT x.collection_year, i.value, x.hcc_code, x.status FROM patient_hcc_gap x $who
		WHERE x.model_version = 'V28' AND x.gap_source = 'historic' ORDER BY 1, 2, x.hcc_code::int"), join("\n", @gaps), 'gaps');

# of what is compared there has to be something of each kind
is(join(' ', map { my $kind = $_; (grep { /\|$kind$/ } @gaps) ? 1 : 0 } qw(closed documented_not_eligible open)), '1 1 1',
	'of each state there is a gap');
print "$passed passed, $failed failed\n";
exit($failed > 0);
