# A bulk export of FHIR from its files to scores and gaps, by the commands that
# doc/import.md has: what comes out is what a panel has whose rows were written
# by hand. The same export again changes nothing; a correction finds its claim.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf('postgresql.conf', "shared_buffers = 64MB\ntimezone = UTC");
$node->start;
sub query { return $node->safe_psql('postgres', "SET search_path = risk, public; $_[0]") }

# The line of one resource: a claim with its codes and one line of service
sub claim
{
	my ($id, $member, $type, $day, $codes, %more) = @_;
	my $diagnoses = join ',', map {
		qq({"sequence":$_,"diagnosisCodeableConcept":{"coding":[{"system":"http://hl7.org/fhir/sid/icd-10-cm","code":"$codes->[$_ - 1]"}]}})
	} 1 .. @$codes;
	my $more = join '', map { qq(,"$_":$more{$_}) } sort keys %more;
	return qq({"resourceType":"ExplanationOfBenefit","id":"$id","status":"active","use":"claim","outcome":"complete","patient":{"reference":"Patient/$member"},)
	  . qq("type":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/claim-type","code":"$type"}]},"billablePeriod":{"start":"$day","end":"$day"},"diagnosis":[$diagnoses],)
	  . qq("item":[{"sequence":1,"servicedDate":"$day","productOrService":{"coding":[{"system":"http://www.ama-assn.org/go/cpt","code":"99214"}]}}]$more});
}
sub bill_type { return qq([{"sequence":1,"code":{"coding":[{"system":"https://www.nubc.org/CodeSystem/TypeOfBill","code":"$_[0]"}]}}]) }
sub condition
{
	my ($id, $member, $code, $more) = @_;
	return qq({"resourceType":"Condition","id":"$id","subject":{"reference":"Patient/$member"},"code":{"coding":[{"system":"http://hl7.org/fhir/sid/icd-10-cm","code":"$code"}]}$more});
}

my %export = (
	'Patient' => [
		q({"resourceType":"Patient","id":"m1","gender":"female","birthDate":"1950-02-03","identifier":[{"system":"http://hl7.org/fhir/sid/us-mbi","value":"1S00E00AA01"}]}),
		q({"resourceType":"Patient","id":"m2","gender":"male","birthDate":"1961-02-03"}),
		q({"resourceType":"Patient","id":"m3","gender":"male","birthDate":"1961-02"}) ],
	'Coverage' => [
		q({"resourceType":"Coverage","id":"k1","status":"active","beneficiary":{"reference":"Patient/m1"},"period":{"start":"2026-01-01"},"class":[{"type":{"coding":[{"code":"plan"}]},"value":"Part C"}],)
		  . q("extension":[{"url":"https://bluebutton.cms.gov/fhir/StructureDefinition/BENE-CNTRCT-NUM","valueString":"H1234"}]}) ],
	'ExplanationOfBenefit' => [
		claim('e1', 'm1', 'professional', '2025-03-05', [ 'E11.65', 'I50.22' ]),
		claim('e2', 'm1', 'professional', '2025-03-06', ['C61'], payment => '{"type":{"coding":[{"code":"denied"}]}}'),
		q({"resourceType":"ExplanationOfBenefit","id":"e9",),
		claim('e3', 'm2', 'institutional', '2025-05-01', ['C92.10'], supportingInfo => bill_type('131'), meta => '{"lastUpdated":"2026-02-01T00:00:00Z"}'),
		# the same claim as it was a day before
		claim('e3', 'm2', 'institutional', '2025-05-01', ['C61'], supportingInfo => bill_type('131'), meta => '{"lastUpdated":"2026-01-31T00:00:00Z"}'),
		claim('e4', 'm2', 'institutional', '2025-06-01', ['J44.9'], supportingInfo => bill_type('0221')),
		claim('e5', 'm2', 'professional', '2025-07-01', ['I70.25']),
		claim('e6', 'm2', 'professional', '2025-07-01', ['E11.9'], related => '[{"relationship":{"coding":[{"code":"prior"}]},"claim":{"reference":"ExplanationOfBenefit/e5"}}]') ],
	'Encounter' => [ q({"resourceType":"Encounter","id":"v1","status":"finished","class":{"code":"AMB"},"period":{"start":"2025-08-01T23:30:00-08:00","end":"2025-08-01T23:50:00-08:00"}}) ],
	'Condition' => [
		condition('c1', 'm1', 'F20.0', ',"encounter":{"reference":"Encounter/v1"}'),
		condition('c2', 'm1', 'G35', ',"recordedDate":"2025-08-01"') ]);
my $folder = PostgreSQL::Test::Utils::tempdir();
sub write_export
{
	my (%files) = @_;
	append_to_file("$folder/$_.ndjson", join("\n", @{ $files{$_} }) . "\n") for sort keys %files;
}

query(q{CREATE EXTENSION hccraf;
	INSERT INTO eligible_procedure (service_year, procedure_code) VALUES (2025, '99214');
	CREATE SCHEMA risk; SELECT hccraf_setup('risk', patient_id_type => 'text'::regtype);
	CREATE SCHEMA hand; SELECT hccraf_setup('hand', patient_id_type => 'text'::regtype);});
$ENV{PGHOST} = $node->host;
$ENV{PGPORT} = $node->port;
$ENV{PGDATABASE} = 'postgres';

write_export(%export);
my @import = ('script/hccraf-import', '-q', '-s', 'risk', '-y', 2026, 'fhir', $folder);
command_checks_all(\@import, 1, [qr/./], [], 'an export is imported, and something was refused');
is(query(q{SELECT name, "read", loaded, unchanged, refused FROM import_report() ORDER BY name}), join("\n",
	'Condition.ndjson|2|2|0|0', 'Coverage.ndjson|1|1|0|0', 'Encounter.ndjson|1|0|0|1',
	'ExplanationOfBenefit.ndjson|8|5|0|3', 'Patient.ndjson|3|2|0|1'), 'each record is loaded or refused');
is(query(q{SELECT f.name, r."position", r.reason FROM import_refusal r JOIN import_file f USING (file_id) WHERE r.refused ORDER BY 1, 2}), join("\n",
	'Encounter.ndjson|1|not_input', 'ExplanationOfBenefit.ndjson|2|denied', 'ExplanationOfBenefit.ndjson|3|bad_json',
	'ExplanationOfBenefit.ndjson|5|superseded',
	'Patient.ndjson|3|bad_dob'), 'by line and reason');

# The same by hand: the visit of v1 was on the day that it was where it was
query(q{
	INSERT INTO hand.patient_demographic (patient_id, payment_year, date_of_birth, sex, contract_id, enrolled_from, enrolled_to, enrolled_months) VALUES
		('m1', 2026, '1950-02-03', 'F', 'H1234', '2026-01-01', '2026-12-31', 12), ('m2', 2026, '1961-02-03', 'M', NULL, NULL, NULL, NULL);
	INSERT INTO hand.patient_diagnosis_hcc (patient_id, encounter_id, icd10_code, diagnosis_date, claim_type, bill_type, procedure_codes, modifiers, is_valid_encounter) VALUES
		('m1', 'e1', 'E1165', '2025-03-05', 'professional', NULL, '{99214}', '{""}', true), ('m1', 'e1', 'I5022', '2025-03-05', 'professional', NULL, '{99214}', '{""}', true),
		('m1', 'c1', 'F200', '2025-08-01', NULL, NULL, NULL, NULL, true), ('m1', 'c2', 'G35', '2025-08-01', NULL, NULL, NULL, NULL, false),
		('m2', 'e3', 'C9210', '2025-05-01', 'institutional', '0131', '{99214}', '{""}', true), ('m2', 'e4', 'J449', '2025-06-01', 'institutional', '0221', '{99214}', '{""}', true),
		('m2', 'e6', 'E119', '2025-07-01', 'professional', NULL, '{99214}', '{""}', true)});
my $who = q{(SELECT i.patient_id, i.value FROM patient_identifier i WHERE i.system = 'fhir')};
my $score = q{SELECT %s, s.payment_year, s.raf_score, s.hcc_list, s.icd10_codes, s.beneficiary FROM %s.patient_hcc_score s %s ORDER BY 1};
my $gap = q{SELECT %s, to_jsonb(s) ->> 'hcc_code', to_jsonb(s) ->> 'status' FROM %s.patient_hcc_gap s %s ORDER BY 1, 2};
for my $panel ('risk', 'hand')
{
	query("CALL $panel.score_population(2026)");
	query("CALL $panel.refresh_gaps(2026)");
}
for ([ 'scores', $score ], [ 'gaps', $gap ])
{
	my ($name, $select) = @$_;
	my $expected = query(sprintf $select, 's.patient_id', 'hand', '');
	like($expected, qr/^m1\|.*^m2\|/ms, "there are $name");
	is(query(sprintf $select, 'w.value', 'risk', "JOIN $who w USING (patient_id)"), $expected, "$name are those of rows written by hand");
}

command_checks_all(\@import, 1, [qr/./], [], 'the export comes again');
is(query(q{SELECT sum(loaded), sum(unchanged) FROM import_report((SELECT max(batch_id) FROM import_batch))}), '0|10', 'and changes nothing');

unlink glob "$folder/*";
write_export('ExplanationOfBenefit' => [ claim('e1', 'm1', 'professional', '2025-03-05', ['E11.65']) ]);
command_ok(\@import, 'a claim comes again, corrected');
query('CALL score_population(2026); DELETE FROM hand.patient_diagnosis_hcc WHERE icd10_code = \'I5022\'; CALL hand.score_population(2026)');
is(query(sprintf $score, 'w.value', 'risk', "JOIN $who w USING (patient_id)"), query(sprintf $score, 's.patient_id', 'hand', ''), 'what it no longer says no longer counts');

append_to_file("$folder/broken.ndjson.gz", 'not packed');
command_checks_all(\@import, 2, [qr/^$/], [qr/not in gzip format/], 'a file that cannot be unpacked: nothing is loaded');
is(query('SELECT count(*) FROM import_batch WHERE loaded_at IS NULL'), 0, 'and nothing of it is left');
unlink "$folder/broken.ndjson.gz";

# Packed files, whatever their names; other archives are refused with a word
my $packed = PostgreSQL::Test::Utils::tempdir();
my $people = join("\n", @{ $export{Patient} }[0, 1]) . "\n";
sub packed
{
	my ($command, $name, $content) = @_;
	open my $out, '|-', "$command >'$packed/$name'" or die $!;
	print $out $content;
	close $out or die "$command: $?";
	return "$packed/$name";
}
sub last_batch { return query(q{SELECT name, "read", refused FROM import_report((SELECT max(batch_id) FROM import_batch)) ORDER BY file_id}) }
my @command = @import[0 .. 6];
for ([ 'a.ndjson.gz', 'a.ndjson' ], [ 'B.NDJSON.GZ', 'B.NDJSON' ], [ 'plain', 'plain' ])
{
	my ($name, $called) = @$_;
	command_ok([ @command, packed('gzip -c', $name, $people) ], "$name is unpacked");
	is(last_batch(), "$called|2|0", 'and read');
}
command_ok([ @command, packed('cat', 'not.packed', $people) ], 'a file that is not packed');
my %archive = (unzip => "PK\3\4", bunzip2 => 'BZh9', unxz => "\xfd7zXZ\0", unzstd => "\x28\xb5\x2f\xfd", '7z' => "7z\xbc\xaf\x27\x1c");
for my $by (sort keys %archive)
{
	my $file = packed('cat', "people.$by", "$archive{$by}...");
	command_checks_all([ @command, "$packed/not.packed", $file ], 2, [qr/^$/], [qr/^hccraf-import: \Q$file\E is packed; unpack it by $by, and name what comes out$/],
		"what $by unpacks");
	unlink $file;
}
my $cut = packed('gzip -c | head -c 60', 'cut.gz', $people);
command_checks_all([ @command, $cut ], 2, [qr/^$/], [qr/unexpected end of file/], 'a packed file that is cut off');
is(query('SELECT count(*) FROM import_batch WHERE loaded_at IS NULL'), 0, 'nothing is left of it');
unlink $cut;
# a stream: what is unpacked is more than a process may hold (of a format that is staged only)
packed('head -c 300000000 /dev/zero | gzip -1 -c', 'large.gz', '');
is(system('bash', '-c', "ulimit -v 200000; '$command[0]' -q -s risk mor '$packed/large.gz' >/dev/null") >> 8, 0, 'a large one goes through as a stream');
is(query('SELECT bytes FROM import_file ORDER BY file_id DESC LIMIT 1'), 300000000, 'to its end');
unlink glob "$packed/*";

command_ok([ 'bash', '-c', "'$command[0]' -q -s risk -y 2026 fhir <(printf '%s' '$people')" ], 'a pipe is a file, too');
like(last_batch(), qr/\|2\|0$/, 'whose first bytes are not lost');

# Directories: links are followed, hidden files left out, what cannot be read is an error
mkdir "$packed/in";
append_to_file("$packed/in/people.ndjson", $people);
append_to_file("$packed/in/.hidden", 'no JSON');
append_to_file("$folder/target", $people);
symlink "$folder/target", "$packed/in/link.ndjson";
command_checks_all([ @command, "$packed/in" ], 0, [qr/^link\.ndjson: 2 read, .*^people\.ndjson: 2 read, .*^batch \d+: 2 files, 4 records, \d+\/s, 0 refused$/ms], [qr/^$/], 'a directory, and the summary');
mkdir "$packed/empty";
command_checks_all([ @command, "$packed/empty" ], 2, [qr/^$/], [qr/^hccraf-import: there are no files$/], 'an empty one');
command_checks_all([ @command, "$packed/nowhere" ], 2, [qr/^$/], [qr/^hccraf-import: cannot read .*nowhere$/], 'a file that there is not');
SKIP: {
	skip 'root reads everything', 2 if $> == 0;
	mkdir "$packed/in/closed", 0;
	command_checks_all([ @command, "$packed/in" ], 2, [qr/^$/], [qr/cannot read all of /], 'a directory in it that cannot be read');
	rmdir "$packed/in/closed";
	chmod 0, "$packed/in/people.ndjson";
	command_checks_all([ @command, "$packed/in" ], 2, [qr/^$/], [qr/^hccraf-import: cannot read .*people\.ndjson$/], 'nor a file in it');
}
command_checks_all([ 'script/hccraf-import', '-y', 'MMXXVI', 'fhir', 'x' ], 2, [qr/^$/], [qr/^hccraf-import: no year: MMXXVI$/], 'no year');
command_checks_all([ @command[0 .. 5], 'fihr', "$folder/target" ], 2, [qr/^$/], [qr/there is no format "fihr"/], 'no format');
command_checks_all([ 'script/hccraf-import' ], 2, [qr/^$/], [qr/hccraf-import \[OPTION\]/], 'how it is called');
# Somebody who looks sees how far it is
SKIP: {
	skip 'no script(1)', 1 if system('script -qec true /dev/null >/dev/null 2>&1') != 0;
	my $seen = `script -qec "$command[0] -s risk -y 2026 fhir $folder/target" /dev/null </dev/null`;
	like($seen, qr/0 of 1 files, 0 MB.*1 files, 0 MB staged; loading.*batch \d+: 1 files, 2 records/s, 'the progress line');
}
unlink "$folder/target";
# Names that a shell's * puts among the arguments
my $odd = PostgreSQL::Test::Utils::tempdir();
mkdir "$odd/-delete";
append_to_file("$odd/-delete/kept.ndjson", join("\n", @{ $export{Patient} }) . "\n");
append_to_file("$odd/-", join("\n", @{ $export{Coverage} }) . "\n");
chomp(my $here = `pwd`);
is(system('sh', '-c', "cd '$odd' && '$here/script/hccraf-import' -q -s risk -y 2026 fhir -delete - </dev/null >/dev/null") >> 8, 1, 'a folder and a file are named as options');
ok(-e "$odd/-delete/kept.ndjson", 'nothing is deleted');
is(query(q{SELECT name, "read" FROM import_report((SELECT max(batch_id) FROM import_batch)) ORDER BY name}), "-|1\nkept.ndjson|3", 'and both are read');

my $long = join '', map { sprintf '%08x', $_ * 2654435761 % 4294967296 } 1 .. 1500;
append_to_file("$odd/long", qq({"resourceType":"Patient","id":"$long","birthDate":"1950-01-01","gender":"male"}\n));
command_checks_all(['script/hccraf-import', '-q', '-s', 'risk', '-y', 2026, 'fhir', "$odd/long"], 1, [qr/1 refused: too_long/], [],
	'a number that no index can hold is refused, and no more than that');
done_testing();
