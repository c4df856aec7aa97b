# A backend's memory for models has a bound, whatever is asked for, and whatever
# takes long can be stopped within a second.
use strict;
use warnings;
no warnings 'portable';	# integers of 64 bits
use Time::HiRes qw(time);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf('postgresql.conf', "shared_buffers = 64MB\nmax_wal_size = 4GB\nfsync = off");
$node->start;

sub query { return $node->safe_psql('postgres', shift) }
# Results and errors of one session
sub told
{
	my ($status, $out, $err) = $node->psql('postgres', shift, on_error_stop => 0);
	return join "\n", grep { $_ ne '' } $out, $err =~ /(?:ERROR|WARNING|HINT):  .*/g;
}
# Megabytes that a session holds for models, and how many states
my $held = q{SELECT (COALESCE(sum(total_bytes), 0) / 1048576)::integer, count(*) FILTER (WHERE name = 'hccraf models')
	FROM pg_backend_memory_contexts WHERE name LIKE 'hccraf%'};
sub holds_at_most
{
	my ($sql, $megabytes, $states, $what) = @_;
	my ($m, $s) = told("$sql; $held") =~ /^(\d+)\|(\d+)$/m;
	ok(defined $m && $m <= $megabytes && $s <= $states, $what) or diag(defined $m ? "$m MB, $s states" : told("$sql; $held"));
}

query(q{
	CREATE EXTENSION hccraf;
	INSERT INTO hcc_crosswalk (model_version, icd10_code, hcc_code, coefficient) SELECT 'YEARLESS', icd10_code, hcc_code, 1
		FROM hcc_crosswalk WHERE model_version = 'V28' AND 2026 BETWEEN COALESCE(effective_year, 0) AND COALESCE(expiry_year, 9999);
	INSERT INTO hcc_crosswalk (model_version, icd10_code, hcc_code, coefficient, effective_year)
		SELECT 'BOUNDED', icd10_code, hcc_code, 1, 1900 FROM hcc_crosswalk WHERE model_version = 'YEARLESS'});
my $score = "raf_score('{E119}'::text[], beneficiary(70, 'F'), %s)";
sub score { return sprintf $score, shift }

# ---- memory ----
my $edit = q{UPDATE hcc_coefficient SET coefficient = 0.166 + i WHERE model_version = 'V28' AND segment = 'CNA' AND variable = 'HCC38'};
holds_at_most("DO \$\$ DECLARE s numeric; BEGIN FOR i IN 1 .. 200 LOOP $edit; s := " . score("'V28', 2026") . '; ASSERT s = 0.561 + i, s; END LOOP; END $$',
	8, 5, '200 edits and scores in one transaction');
holds_at_most("DO \$\$ DECLARE s numeric; BEGIN FOR i IN 1 .. 200 LOOP $edit; EXECUTE 'SELECT " . score("''V28'', 2026") =~ s/'\{/''{/r =~ s/\}'/}''/r =~ s/'F'/''F''/r
	. "' INTO s; ASSERT s = 0.561 + i, s; END LOOP; RAISE EXCEPTION 'no'; END \$\$", 8, 5, 'in statements of their own, rolled back');
query(q{UPDATE hcc_coefficient SET coefficient = 0.166 WHERE model_version = 'V28' AND segment = 'CNA' AND variable = 'HCC38'});
holds_at_most('SELECT sum(' . score("'YEARLESS', y") . ') FROM generate_series(1900, 2899) y', 24, 5, 'a thousand years of a model without years');
is(query(q{SELECT count(*) FROM generate_series(1900, 2899) y WHERE } . score("'YEARLESS', y") . ' = 1.000'), '1000', 'which is the same in all');
is(query('SELECT sum(' . score("'YEARLESS', y") . q{), (SELECT sum(total_bytes) < 2000000 FROM pg_backend_memory_contexts WHERE name LIKE 'hccraf%') FROM generate_series(1900, 2899) y}),
	'1000.000|t', 'for as many settings as years in one place no more is held');
holds_at_most('SELECT sum(' . score("'BOUNDED', y") . ') FROM generate_series(1900, 2899) y', 128, 5, 'of one with years');
is(query(q{SELECT count(*) FROM generate_series(1900, 2899) y WHERE } . score("'BOUNDED', y") . ' = 1.000'), '1000', 'with the right scores');
holds_at_most(q{SET hccraf.cache_size = '8MB'; SELECT count(*) FROM generate_series(1, 20) i, unnest('{V22,V24,V28,RX_V08,ESRD_V24,ESRD_V21}'::text[]) m WHERE }
	. score('m') . ' IS NULL', 9, 5, 'a smaller bound');
is(query(q{SET hccraf.cache_size = '8MB'; SELECT count(DISTINCT s) FROM (SELECT m, } . score('m')
	. q{ AS s FROM generate_series(1, 20) i, unnest('{V22,V24,V28,RX_V08}'::text[]) m) q GROUP BY m}), "1\n1\n1\n1", 'the scores are the same');
like(told(q{SET hccraf.cache_size = '8MB'; SELECT count(s) FROM (SELECT raf_score_agg('E119', beneficiary(70, 'F'), 'BOUNDED', y) AS s FROM generate_series(1900, 2899) y GROUP BY y) q}),
	qr/ERROR:  the models in use need more memory than hccraf\.cache_size \(8192 kB\)\nHINT:  Use fewer models/, 'groups of more models than there is room for: an error');
is(query(q{SELECT sum(s) FROM (SELECT raf_score_agg('E119', beneficiary(70, 'F'), 'BOUNDED', y) AS s FROM generate_series(1900, 1950) y GROUP BY y) q}), '51.000', 'fewer have it');
my $programs = 'FROM generate_series(1, 20000) i';
holds_at_most("DO \$\$ BEGIN FOR i IN 1 .. 20000 LOOP BEGIN PERFORM raf_payment('{E119}'::text[], beneficiary(70, 'F'), 2026, 'X' || i);
	EXCEPTION WHEN object_not_in_prerequisite_state THEN END; END LOOP; END \$\$", 8, 5, '20,000 programs that are not there: raf_payment');
holds_at_most("SELECT count(*) $programs, raf_gaps(ARRAY['{E119}'::icd10_set], '{E119}', beneficiary(70, 'F'), 2026, program => 'X' || i)", 8, 5, 'raf_gaps');
holds_at_most("DO \$\$ BEGIN FOR i IN 1 .. 20000 LOOP BEGIN PERFORM encounter_verdict(2026, 'X' || i, 'E119', '2025-01-01', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, true, false);
	EXCEPTION WHEN undefined_object THEN END; END LOOP; END \$\$", 8, 5, 'encounter_verdict');
like(told(q{SELECT encounter_verdict(2026, 'X', 'E119', '2025-01-01', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, true, false)}),
	qr/program "X" does not exist/, 'which names no program');
holds_at_most("SELECT count(encounter_verdict(1900 + i % 1100, 'MA', 'E119', date '1900-01-01' + i * 30, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, true, false)) $programs",
	24, 5, 'a thousand years of the encounter filter');
holds_at_most("DO \$\$ BEGIN FOR i IN 1 .. 20000 LOOP BEGIN PERFORM raf_score('{E119}'::text[], beneficiary(70, 'F'), 'X' || i);
	EXCEPTION WHEN undefined_object THEN END; BEGIN PERFORM raf_score('{E119}'::text[], beneficiary(70, 'F'), 'V28', 2026, 'X' || i);
	EXCEPTION WHEN undefined_object THEN END; IF i > 2000 THEN EXIT; END IF; END LOOP; END \$\$", 8, 5, 'models and calibrations that are not there');
like(told("SET hccraf.annotating = 'on'"), qr/^\z|ERROR/, 'no other setting of that name');

# ---- time ----
query(q{
	CREATE TABLE lots AS SELECT string_agg('Z' || lpad(to_hex((random() * 268435455)::integer), 7, '0'), ',') AS text FROM generate_series(1, 8000000);
	CREATE TABLE lots_set AS SELECT ('{' || text || '}')::icd10_set AS set FROM lots;
	CREATE TABLE lots_array AS SELECT string_to_array(text, ',') AS list FROM lots;
	INSERT INTO hcc_crosswalk (model_version, icd10_code, hcc_code) SELECT 'HUGE', 'A' || lpad(i::text, 4, '0'), i FROM generate_series(1, 900) i;
	INSERT INTO hcc_segment (model_version, segment, priority, age_min, age_max) SELECT 'HUGE', 'S' || i, i, 0, 0 FROM generate_series(1, 32000) i;
	INSERT INTO hcc_coefficient (model_version, calibration, segment, variable, coefficient)
		SELECT 'HUGE', 'C', 'S' || i, 'HCC' || j, 1 FROM generate_series(1, 32000) i, generate_series(1, 20) j;
	INSERT INTO hcc_interaction (model_version, interaction_name, hcc_combinations) SELECT 'HUGE', 'I' || i, ARRAY[(1 + i % 900)::text] FROM generate_series(1, 100000) i;
	SELECT hccraf_setup();
	INSERT INTO patient_demographic (patient_id, payment_year, date_of_birth, sex) SELECT gen_random_uuid(), y, '1950-01-01', 'F' FROM generate_series(2024, 2027) y, generate_series(1, 50);
	ANALYZE});
for my $sql (
	q{SELECT cardinality(('{' || text || '}')::icd10_set) FROM lots},
	q{SELECT cardinality(icd10_set(list)) FROM lots_array},
	q{SELECT cardinality(icd10_agg(code)) FROM lots_array, unnest(list) code},
	q{SELECT count(*) FROM lots_set, raf_explain(set, beneficiary(70, 'F'))},
	q{SELECT count(*) FROM lots_array, raf_explain(list, beneficiary(70, 'F'))},
	q{SELECT count(*) FROM lots_set, generate_series(1, 50) i, raf_gaps(ARRAY[set, set], set, beneficiary(70, 'F'), 2026)},
	q{SELECT sum(raf_score(set, beneficiary(70, 'F'))) FROM lots_set, generate_series(1, 50) i},
	q{SELECT sum(raf_score(list, beneficiary(70, 'F'))) FROM lots_array, generate_series(1, 50) i},
	q{SELECT raf_marginal(list, beneficiary(70, 'F'), 'E119') FROM lots_array, generate_series(1, 50) i},
	q{SELECT set::text[] FROM lots_set, generate_series(1, 50) i},
	q{SELECT raf_score('{A0001}'::text[], beneficiary(70, 'F'), 'HUGE')},
	q{SELECT count(*) FROM generate_series(1, 100000) i, raf_shapley('{}', beneficiary(70, 'F'), '{1,2,3,4,5,6,7,8,9,10}', 'HUGE')},
	q{SELECT count(*) FROM specificity(2025, look_back => 1899)},
	q{SELECT count(*) FROM two_way(2027, look_back => 2024)},
	q{SELECT count(*) FROM two_way_value(2026, look_back => 2025)},
	q{SELECT count(*) FROM no_encounter(2025, look_back => 100000)},
	q{CALL refresh_worklist(2027, look_back => 2024)},
	q{SELECT count(*) FROM patient_gap(gen_random_uuid(), 2025, look_back => 100000)})
{
	my $start = time;
	my $answer = told("SET statement_timeout = 300; $sql");
	my $took = time - $start;
	(my $name = $sql) =~ s/(.{100}).*/$1.../;
	like($answer, qr/ERROR:  (canceling statement due to statement timeout|invalid value for argument "look_back"|a compiled model would take more)/, $name);
	cmp_ok($took, '<', 1.9, sprintf('ends in time (%.1f s)', $took));
}

# ---- binary input ----
my $file = PostgreSQL::Test::Utils::tempdir . '/input';
sub copied
{
	my ($type, $value) = @_;
	append_to_file($file, '') if !-e $file;
	open my $f, '>:raw', $file or die;
	print $f "PGCOPY\n\xff\r\n\0", pack('NN', 0, 0), pack('n', 1), pack('N', length $value), $value, pack('n', 0xFFFF);
	close $f;
	return told("CREATE TEMPORARY TABLE t (v $type); COPY t FROM '$file' (FORMAT binary); SELECT v FROM t");
}
my $person = "\x46\x02\x00\xff" . "\0" x 20;
is(copied('beneficiary', $person . 'CNA' . "\0" x 21), 'age=70,sex=F,segment=CNA', 'a person');
is(copied('beneficiary', $person . "\0" x 24), 'age=70,sex=F', 'without segment');
like(copied('beneficiary', $person . $_), qr/ERROR:  invalid binary value for type beneficiary/, 'bytes after the end of the segment') for
	"CNA\0x" . "\0" x 19, "\0" x 23 . 'x', "\0CNA" . "\0" x 20, 'CNA' . "\0" x 20 . 'x', 'x' x 24, "C A" . "\0" x 21, "\xff" . "\0" x 23;
like(copied('beneficiary', substr($person, 0, $_) . "\x01" . substr($person, $_ + 1) . "\0" x 24), qr/ERROR:  invalid binary value for type beneficiary/, "reserved byte $_") for 14 .. 16, 20;	# the last is a day too late
like(copied('beneficiary', $person), qr/ERROR/, 'too short');
like(copied('beneficiary', $person . "\0" x 25), qr/ERROR/, 'too long');
my $code = pack('Q>', 0x4531313900000000);
is(copied('icd10_set', pack('N', 1) . $code), '{E119}', 'a set');
like(copied('icd10_set', $_), qr/ERROR/, 'no set') for pack('N', 2) . $code, pack('N', 2) . $code x 2, pack('N', 0xFFFFFFFF) . $code, pack('N', 1) . pack('Q>', 0),
	pack('N', 1) . pack('Q>', 0x45313100), pack('N', 1) . pack('Q>', 0x6531313900000000), pack('N', 1) . $code . 'x', '', "\0\0";

$node->stop;
done_testing();
