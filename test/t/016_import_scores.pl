# Claims and enrolment in X12, CCLF and RIF from their files to scores and gaps,
# by the commands of doc/import.md. In each format the same two people have the
# same claims, one of which is taken back, as the format has it. What must come
# out are sums of the factors that CMS has published for 2026.
use strict;
use warnings;
use MIME::Base64;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf('postgresql.conf', "shared_buffers = 64MB\ntimezone = UTC");
$node->start;
sub query { return $node->safe_psql('postgres', "SET client_min_messages = warning; $_[0]") }
query(q{CREATE EXTENSION hccraf;
	INSERT INTO eligible_procedure (service_year, procedure_code) VALUES (2025, '99214')});
$ENV{PGHOST} = $node->host;
$ENV{PGPORT} = $node->port;
$ENV{PGDATABASE} = 'postgres';

# Anna is 74 and Ben 65 on the first of February 2026. Of V28's community, non-dual, aged:
# F70_74 0.395, HCC 37 0.166 (E11.22), 226 0.360 (I50.9), 280 0.319 (J44.9), 327 0.514 (N18.4),
# diabetes and heart failure 0.112, heart and lung 0.078, heart and kidney 0.176; M65_69 0.332.
# The relative score is divided by 1.067 and less 5.9 percent. Ben's prostate cancer was
# claimed and taken back, his schizophrenia is on a bill of a laboratory only.
my %raw = (anna => 0.395 + 0.166 + 0.360 + 0.319 + 0.514 + 0.112 + 0.078 + 0.176,
	ben => 0.332 + 0.319);
my %hccs = (anna => [ 37, 226, 280, 327 ], ben => [280]);
my @claims = (
	{ id => '101', who => 'anna', day => '20250310', cpt => '99214', codes => [ 'E1122', 'I509' ] },
	{ id => '102', who => 'anna', day => '20250402', cpt => '99214', codes => [ 'N184', 'J449' ] },
	{ id => '103', who => 'ben', day => '20250505', cpt => '99214', codes => ['J449'] },
	{ id => '104', who => 'ben', day => '20250506', cpt => '80053', codes => ['F200'] },
	{ id => '105', who => 'ben', day => '20250507', cpt => '99214', codes => ['C61'], back => 1 });
my %person = (
	anna => { mbi => '1S00E00AA01', born => '19510305', sex => 'F', bene => '-101' },
	ben => { mbi => '1S00E00AA02', born => '19601231', sex => 'M', bene => '-102' });

sub iso { return $_[0] =~ s/^(....)(..)(..)$/$1-$2-$3/r }
sub rif_day
{
	my ($year, $month, $day) = $_[0] =~ /^(....)(..)(..)$/;
	return "$day-" . (qw(JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC))[ $month - 1 ] . "-$year";
}

# X12: an enrolment with both numbers, and claims of the MBI
sub envelope
{
	my ($group, $set, $guide, $body) = @_;
	my $segments = 2 + ($body =~ tr/~//);
	return 'ISA*00*          *00*          *ZZ*CLEARING       *ZZ*PLAN           *260115*0930*^*00501*000000001*0*P*:~'
	  . "GS*$group*CLEARING*PLAN*20260115*0930*1*X*$guide~ST*$set*0001*$guide~${body}SE*$segments*0001~GE*1*1~IEA*1*000000001~";
}
sub x12_member
{
	my ($name) = @_;
	my $p = $person{$name};
	return "INS*Y*18*030*XN*A*C:0**FT~REF*0F*\U$name\E~REF*F6*$p->{mbi}~NM1*IL*1*\U$name\E*X****ZZ*\U$name\E~"
	  . "DMG*D8*$p->{born}*$p->{sex}~HD*030**HMO*H9999-001~DTP*348*D8*20260101~";
}
sub x12_claim
{
	my ($claim, $frequency, $reference) = @_;
	my $p = $person{ $claim->{who} };
	my @codes = @{ $claim->{codes} };
	my $hi = join '*', 'HI', "ABK:$codes[0]", map { "ABF:$_" } @codes[ 1 .. $#codes ];
	return "HL*2*1*22*0~SBR*P*18*******16~NM1*IL*1*X*Y****MI*$p->{mbi}~DMG*D8*$p->{born}*$p->{sex}~NM1*PR*2*PLAN*****PI*H9999~"
	  . "CLM*$claim->{id}*310***11:B:$frequency*Y*A*Y*Y~$reference$hi~LX*1~SV1*HC:$claim->{cpt}*150*UN*1***1~DTP*472*D8*$claim->{day}~";
}
sub x12_claims
{
	my $body = 'BHT*0019*00*0001*20260115*0930*CH~HL*1**20*1~NM1*85*2*CLINIC*****XX*1245319599~';
	$body .= x12_claim($_, 1, '') for @claims;
	$body .= x12_claim($_, 8, "REF*F8*$_->{id}~") for grep { $_->{back} } @claims;
	return envelope('HC', '837', '005010X222A1', $body);
}

# CCLF: a line of fixed width
sub fixed
{
	my ($length, %field) = @_;
	my $line = ' ' x $length;
	substr($line, $_ - 1, length $field{$_}) = $field{$_} for keys %field;
	return "$line\n";
}
sub cclf5
{
	my ($claim, $id, $adjustment) = @_;
	my $day = iso($claim->{day});
	my @codes = @{ $claim->{codes} };
	return fixed(388, 1 => "0000000000$id", 14 => '0000000001', 24 => $person{ $claim->{who} }{mbi}, 46 => '71', 48 => $day, 58 => $day,
		76 => '11', 78 => $day, 88 => $day, 98 => $claim->{cpt}, 119 => $codes[0], 146 => '1', 148 => 'A', 150 => $adjustment,
		152 => '2025-12-01', 172 => "CNTL$claim->{id}", 332 => '0', map { 276 + 7 * $_ => $codes[$_] } 0 .. $#codes);
}
sub cclf_delivery
{
	my $people = join '', map {
		my $p = $person{$_};
		fixed(549, 1 => $p->{mbi}, 33 => iso($p->{born}), 43 => $p->{sex} eq 'M' ? 1 : 2, 48 => '10', 50 => 'NA', 167 => '0',
			169 => '2015-01-01', 179 => '2015-01-01')
	} sort keys %person;
	return (5 => join('', (map { cclf5($_, $_->{id}, 0) } @claims), map { cclf5($_, $_->{id} + 100, 1) } grep { $_->{back} } @claims),
		8 => $people);
}

# RIF: what is under the names of the header
sub rif
{
	my ($names, @rows) = @_;
	return join '', map { join('|', @$_) . "\n" } $names, @rows;
}
sub rif_claims
{
	my ($action, @of) = @_;
	return rif([ qw(DML_IND BENE_ID CLM_ID FINAL_ACTION NCH_CLM_TYPE_CD CLM_FROM_DT CLM_THRU_DT CARR_CLM_PMT_DNL_CD
			PRNCPAL_DGNS_CD PRNCPAL_DGNS_VRSN_CD ICD_DGNS_CD1 ICD_DGNS_VRSN_CD1 ICD_DGNS_CD2 ICD_DGNS_VRSN_CD2
			LINE_NUM HCPCS_CD LINE_PLACE_OF_SRVC_CD LINE_1ST_EXPNS_DT LINE_LAST_EXPNS_DT LINE_PRCSG_IND_CD) ],
		map {
			my ($day, @codes) = (rif_day($_->{day}), @{ $_->{codes} });
			[ $action, $person{ $_->{who} }{bene}, "-$_->{id}", 'F', '71', $day, $day, '1', $codes[0], '0', $codes[0], '0',
				$codes[1] // '', defined $codes[1] ? '0' : '', 1, $_->{cpt}, '11', $day, $day, 'A' ]
		} @of);
}
sub rif_people
{
	my @months = qw(JAN FEB MAR APR MAY JUN JUL AUG SEPT OCT NOV DEC);
	return rif([ qw(DML_IND BENE_ID MBI_NUM BENE_BIRTH_DT BENE_SEX_IDENT_CD BENE_ENTLMT_RSN_ORIG BENE_MDCR_STATUS_CD RFRNC_YR),
			(map { ("META_DUAL_ELGBL_STUS_${_}_CD", "PTC_CNTRCT_${_}_ID") } @months), map { "MDCR_ENTLMT_BUYIN_${_}_IND" } 1 .. 12 ],
		map {
			my $p = $person{$_};
			[ 'INSERT', $p->{bene}, $p->{mbi}, rif_day($p->{born}), $p->{sex} eq 'M' ? 1 : 2, '0', '10', '2026', ('NA', 'H9999') x 12, ('3') x 12 ]
		} sort keys %person);
}

my $folder = PostgreSQL::Test::Utils::tempdir();
sub write_file { append_to_file("$folder/$_[0]", $_[1]); return "$folder/$_[0]" }
sub import_ok
{
	my ($panel, $format, $says, @files) = @_;
	command_checks_all([ 'script/hccraf-import', '-q', '-s', $panel, '-y', 2026, $format, @files ], 0, [$says], [qr/^$/], "$panel: $format is imported");
}

# Who has which number; scores and gaps by name
sub scores_and_gaps
{
	my ($panel) = @_;
	query("SET search_path = public, $panel; CALL score_population(2026); CALL refresh_gaps(2026)");
	my $names = join ',', map { "('$_', '$person{$_}{mbi}')" } sort keys %person;
	my $who = "(SELECT p.name, i.patient_id FROM (VALUES $names) p (name, mbi) JOIN $panel.patient_identifier i ON i.system = 'mbi' AND i.value = p.mbi)";
	return query("SELECT w.name, s.hcc_list::text, s.raw_score::numeric(9, 3), s.raf_score::numeric(9, 3) FROM $panel.patient_hcc_score s
			LEFT JOIN $who w USING (patient_id) WHERE s.payment_year = 2026 ORDER BY 1;
		SELECT w.name, g.hcc_code, g.status FROM $panel.patient_hcc_gap g
			LEFT JOIN $who w USING (patient_id) WHERE g.collection_year = 2026 ORDER BY 1, g.hcc_code::int");
}
my $expected = join "\n",
	(map { sprintf '%s|{%s}|%.3f|%.3f', $_, join(',', @{ $hccs{$_} }), $raw{$_}, $raw{$_} / 1.067 * (1 - 0.059) } qw(anna ben)),
	map { my $name = $_; map { "$name|$_|open" } @{ $hccs{$name} } } qw(anna ben);

query("CREATE SCHEMA $_; SELECT hccraf_setup('$_')") for qw(x12 copied cclf rif);

import_ok('x12', 'x12_834', qr/^enrolment\.834: 2 read, 2 loaded, 0 unchanged, 0 refused, 0 warnings$/m,
	write_file('enrolment.834', envelope('BE', '834', '005010X220A1', 'BGN*00*12345*20260110*1200****4~' . x12_member('anna') . x12_member('ben'))));
import_ok('x12', 'x12_837', qr/^claims\.837: 6 read, 6 loaded, 0 unchanged, 0 refused, 0 warnings$/m, write_file('claims.837', x12_claims()));
is(scores_and_gaps('x12'), $expected, 'X12: scores and gaps');

# as gzip has it that a file may be packed: part by part
my $whole = slurp_file("$folder/claims.837");
mkdir "$folder/packed";
for my $part (substr($whole, 0, 700), substr($whole, 700))
{
	write_file('part', $part);
	is(system("gzip -c '$folder/part' >>'$folder/packed/claims.837.gz' && rm '$folder/part'"), 0, 'a part');
}
import_ok('x12', 'x12_837', qr/^claims\.837: 6 read, 0 loaded, 6 unchanged, 0 refused, 0 warnings$/m, "$folder/packed/claims.837.gz");

# the same files by psql's \copy
my $copies = join "\n", map {
	my ($name, $format) = @$_;
	write_file("$name.base64", encode_base64(slurp_file("$folder/$name")));
	"TRUNCATE piece RESTART IDENTITY;\n\\copy piece (base64) from '$folder/$name.base64'\nSELECT import_stage(:batch, '$format', '$name') AS file \\gset\n"
	  . "INSERT INTO import_chunk SELECT :file, chunk, decode(base64, 'base64') FROM piece;\nSELECT import_staged(:file);"
} [ 'enrolment.834', 'x12_834' ], [ 'claims.837', 'x12_837' ];
command_ok([ 'psql', '-XqAt', '-v', 'ON_ERROR_STOP=1', '-f', write_file('copy.sql', "SET search_path = public, copied;
CREATE TEMPORARY TABLE piece (chunk int GENERATED ALWAYS AS IDENTITY, base64 text);
SELECT import_open() AS batch \\gset\n$copies\nCALL import_load(:batch, 2026);\n") ], 'by \copy and CALL');
is(scores_and_gaps('copied'), $expected, 'scores and gaps are the same');

my %delivery = cclf_delivery();
my @cclf = map { write_file("P.A9999.ACO.ZC${_}Y26.D260115.T0900001", $delivery{$_}) } sort keys %delivery;
command_checks_all([ 'script/hccraf-import', '-q', '-s', 'cclf', '-y', 2026, 'cclf', @cclf ], 1,
	[qr/^P\.A9999\.ACO\.ZC5Y26\.D260115\.T0900001: 6 read, 4 loaded, 0 unchanged, 2 refused.*^1 refused: cancelled\n.*^1 refused: superseded$/ms], [qr/^$/],
	'cclf: what is cancelled is refused, and the cancellation');
is(scores_and_gaps('cclf'), $expected, 'CCLF: scores and gaps');

import_ok('rif', 'rif', qr/^batch \d+: 2 files, 7 records, \d+\/s, 0 refused$/m, write_file('beneficiary_2026.csv', rif_people()),
	write_file('carrier.csv', rif_claims('INSERT', @claims)));
like(scores_and_gaps('rif'), qr/^ben\|\{23,280\}\|/m, 'RIF: what is to be deleted counts at first');
import_ok('rif', 'rif', qr/1 loaded, 0 unchanged, 0 refused/, write_file('carrier_update.csv', rif_claims('DELETE', grep { $_->{back} } @claims)));
is(scores_and_gaps('rif'), $expected, 'and not when it is; scores and gaps');

# Files without a record, and such as are cut off
command_checks_all([ 'script/hccraf-import', '-q', '-s', 'rif', 'rif', write_file('header.csv', rif_claims('INSERT')) ], 1,
	[qr/^header\.csv: 0 read, .*, 1 warnings\n.*^1 warned: no_records$/ms], [qr/^$/], 'a header only');
command_checks_all([ 'script/hccraf-import', '-q', '-s', 'rif', 'rif', write_file('cut.csv', substr(rif_claims('INSERT', @claims), 0, -20)) ], 1,
	[qr/^cut\.csv: 1 read, 0 loaded, 0 unchanged, 1 refused, .*^1 refused: truncated$/ms], [qr/^$/], 'a file that is cut off');
is(scores_and_gaps('rif'), $expected, 'nothing of it is loaded');
done_testing();
