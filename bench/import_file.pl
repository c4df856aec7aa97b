#!/usr/bin/env perl
# Writes a large file that nobody has to store, as rows of COPY BINARY for
# import_chunk: import_file.pl FORMAT MEGABYTES FILE_ID
#
# x12_837: one interchange, one transaction of 1,000 claims after another;
# cclf: lines of CCLF5. Numbers of claims and members differ.
use strict;
use warnings;

my ($format, $megabytes, $file) = @ARGV;
my ($chunk, $claim, $bytes, $buffer) = (0, 0, 0, '');
my $size = $megabytes * 1048576;
binmode STDOUT;
print "PGCOPY\n\xff\r\n\0", pack('NN', 0, 0);

sub put
{
	$buffer .= $_[0];
	$bytes += length $_[0];
	flush(4194304) if length $buffer >= 4194304;
}
sub flush
{
	my $piece = substr $buffer, 0, $_[0], '';
	print pack('nNNNNNN', 3, 8, 0, $file, 4, ++$chunk, length $piece), $piece;
}

sub transaction
{
	my ($t) = @_;
	my $body = "ST*837*$t*005010X222A1~BHT*0019*00*1*20260115*0930*CH~HL*1**20*1~"
	  . "NM1*85*2*CLINIC*****XX*1245319599~N3*1 MAIN ST~N4*ANYTOWN*CA*900010000~";
	for (1 .. 1000)
	{
		$body .= sprintf 'HL*2*1*22*0~SBR*P*18*******16~NM1*IL*1*ALPHA*ANNA****MI*M%08d~'
		  . 'N3*2 OAK ST~N4*ANYTOWN*CA*900010000~DMG*D8*19480305*F~NM1*PR*2*PLAN*****PI*H9999~'
		  . 'CLM*P%09d*310***11:B:1*Y*A*Y*Y~REF*D9*CLEAR%09d~HI*ABK:E1122*ABF:I509*ABF:N184~'
		  . 'NM1*82*1*RENDER*RITA****XX*1679576722~LX*1~SV1*HC:99214:25*150*UN*1***1:2~'
		  . 'DTP*472*D8*20250310~', $claim / 4, $claim, $claim;
		$claim++;
	}
	my $segments = ($body =~ tr/~//) + 1;
	return "${body}SE*$segments*$t~";
}

sub cclf5
{
	my $line = ' ' x 388;
	my %field = (1 => sprintf('%013d', $claim / 2), 14 => sprintf('%010d', 1 + $claim % 2),
		24 => sprintf('1S0%dE00AA%02d', $claim / 200 % 10, $claim / 2 % 100), 46 => '71',
		48 => '2025-03-10', 58 => '2025-03-10', 76 => '11', 78 => '2025-03-10',
		88 => '2025-03-10', 98 => '99214', 119 => 'E119', 146 => '1', 148 => 'A', 150 => '0',
		152 => '2025-12-01', 172 => sprintf('K%d', $claim / 2), 276 => 'E119', 332 => '0',
		364 => '1033118872');
	substr($line, $_ - 1, length $field{$_}) = $field{$_} for keys %field;
	$claim++;
	return "$line\n";
}

if ($format eq 'cclf')
{
	put(cclf5()) while $bytes < $size;
}
else
{
	my $t = 0;
	put('ISA*00*          *00*          *ZZ*S              *ZZ*R              *260115*0930*^*00501*'
		  . '000000001*0*P*:~GS*HC*S*R*20260115*0930*1*X*005010X222A1~');
	put(transaction(++$t)) while $bytes < $size;
	put("GE*$t*1~IEA*1*000000001~");
}
flush(4194304) while length $buffer;
print "\xff\xff";
