#!/usr/bin/env perl
# Counts the records of files of one batch, by nothing of what reads them:
#
#     records.pl FORMAT FILE...
#
# A line for each file: its name, and how many claims, people and refused
# envelopes are in it.
use strict;
use warnings;
use File::Basename;
use JSON::PP;

my ($format, @files) = @ARGV;
my %content = map { $_ => content($_) } @files;

sub content
{
	my ($file) = @_;
	open my $in, '<:raw', $file or die "$file: $!\n";
	local $/;
	my $bytes = <$in> // '';
	$bytes =~ s/^\xef\xbb\xbf//;
	return $bytes;
}
sub lines { return grep { /\S/ } split /\r?\n/, $_[0] }
sub distinct { my %seen = map { $_ => 1 } @_; return scalar keys %seen }

# Claims or members of transactions that are read; transactions that are not, or do not end;
# interchanges that do not end; a file without any.
sub x12
{
	my ($bytes, $guides, $record) = @_;
	my $count = 0;
	return 1 unless $bytes =~ /^\s*ISA(.)/;
	while ($bytes =~ /\GISA(.)((?:(?!\1).)*\1){15}.(.)(.*?)(?=ISA\1|\z)/gs)
	{
		my ($separator, $end, $body) = ($1, $3, $4);
		my ($guide, $open, $read, $ends) = ('', 0, 0, 0);
		for my $segment (split /\Q$end\E\s*/, $body)
		{
			my @e = split /\Q$separator\E/, $segment;
			next unless @e;
			$guide = $e[8] if $e[0] eq 'GS';
			if ($e[0] eq 'ST')
			{
				$read = ($e[3] || $guide) =~ $guides;
				$count++ unless $read;
				$open = 1;
			}
			$open = 0 if $e[0] eq 'SE';
			$ends = 1 if $e[0] eq 'IEA';
			$count++ if $e[0] eq $record && $read && $open;
		}
		$count += ($open && $read) + !$ends;
	}
	return $count;
}

sub resources
{
	my ($json) = @_;
	return 0 unless ref $json;
	return map_sum(@$json) if ref $json eq 'ARRAY';
	return map_sum(map { $_->{resource} } @{ $json->{entry} })
	  if ($json->{resourceType} // '') eq 'Bundle';
	return 1;
}
sub map_sum { my $sum = 0; $sum += resources($_) for @_; return $sum }
sub fhir
{
	my ($bytes) = @_;
	my $whole = eval { decode_json($bytes) };
	return resources($whole) if $whole;
	return map_sum(map { eval { decode_json($_) } // {} } lines($bytes));
}

sub column	# of the files of CMS with a header
{
	my ($delimiter, $name, @lines) = @_;
	my @names = map { uc s/^"|"$//gr } split /\Q$delimiter\E/, shift @lines;
	my ($place) = grep { $names[$_] eq $name } 0 .. $#names;
	return map { defined $place ? (split /\Q$delimiter\E/, $_, -1)[$place] : '' } @lines;
}
sub rif
{
	my @lines = lines($_[0]);
	return @lines - 1 if $lines[0] =~ /BENE_BIRTH_DT|PDE_ID/i;
	my @action = column('|', 'DML_IND', @lines);
	my @claim = column('|', 'CLM_ID', @lines);
	return distinct(map { $action[$_] . ' ' . $claim[$_] } 0 .. $#claim);
}

sub kind { return basename($_[0]) =~ /ZC([0-9AB])/ ? $1 : '' }
sub cclf
{
	my ($bytes, $file) = @_;
	my $kind = kind($file);
	my @lines = lines($bytes);
	my %present = map { substr($_, 12, 11) => substr($_, 1, 11) } grep { /^M/ }
	  map { lines($content{$_}) } grep { kind($_) eq '9' } @files;
	my %claim = map { substr($_, 0, 13) => 1 } map { lines($content{$_}) }
	  grep { kind($_) eq '1' } @files;
	return scalar grep { !$claim{ substr($_, 0, 13) } } @lines if $kind =~ /[24]/;
	return distinct(map { substr($_, 0, 13) } @lines) if $kind =~ /[56]/;
	return distinct(map { $present{$_} // $_ } map { substr($_, 0, 11) } @lines) if $kind eq '8';
	return scalar @lines if $kind =~ /[179]/;
	return 1;
}

my %count = (
	x12_837 => sub { x12($_[0], qr/^005010X22[23]/, 'CLM') },
	x12_834 => sub { x12($_[0], qr/^005010X220/, 'INS') },
	fhir => \&fhir,
	cclf => \&cclf,
	rif => \&rif,
	synpuf => sub { lines($_[0]) - 1 },
	mao004 => sub { scalar grep { /^1\*/ } lines($_[0]) },
	mmr => sub { scalar lines($_[0]) },
	raps => sub { scalar grep { /^CCC/ } lines($_[0]) });
die "records.pl: no format $format\n" unless $count{$format};
printf "%s\t%d\n", basename($_), $count{$format}->($content{$_}, $_) for @files;
