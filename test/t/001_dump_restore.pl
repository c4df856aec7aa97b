# A dump holds what users have added and nothing that CREATE EXTENSION brings,
# and a database restored from it gives the scores of the old one: models,
# coefficients and payment years of one's own, patient tables, columns of the
# extension's types with indexes and defaults, views. In plain and custom
# format, with the extension in "public" and in a schema of its own, by a
# superuser and by a role that may only read. Both types survive COPY in binary
# format.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf('postgresql.conf', 'max_wal_size = 1GB');
$node->start;
my $directory = PostgreSQL::Test::Utils::tempdir;

# Where a database's extension is, for unqualified names
my %schema;

sub query
{
	my ($database, $sql) = @_;
	return $node->safe_psql($database, "SET search_path = public, $schema{$database};\n$sql");
}

# Tables with rows of the extension and of its users
my @tables;

sub counts
{
	my ($database, $custom) = @_;
	return query($database, join(' UNION ALL ', map { "SELECT '$_', count(*) FROM $_ WHERE custom = $custom" } @tables) . ' ORDER BY 1');
}

# Every column of every such row
sub contents
{
	my ($database) = @_;
	return query($database, join(' UNION ALL ',
		map { qq{SELECT '$_', md5(string_agg(t::text, E'\\n' ORDER BY t::text COLLATE "C")) FROM $_ t} } @tables) . ' ORDER BY 1');
}

# Everything that can be scored, by every model, and what views make of it
sub scores
{
	my ($database) = @_;
	return query($database, q{
		SELECT 'model', p, m, raf_score(codes, who, m), hccraf_fingerprint(m)
		FROM person, unnest('{V22,V24,V28,V28_WHAT_IF,MINE}'::text[]) m ORDER BY m, p;
		SELECT 'payment', p, y, raf_payment(codes, who, y) FROM person, generate_series(2024, 2026) y ORDER BY y, p;
		SELECT 'provisional', p, raf_payment(codes, who, 2028), raf_payment(codes, who, 2028) = raf_payment(codes, who, 2027)
		FROM person ORDER BY p;
		SELECT 'patient', patient_id, payment_year, public.raf_score(patient_id, payment_year),
			public.raf_score(patient_id, payment_year, 'V28_WHAT_IF')
		FROM patient_demographic ORDER BY 2, 3;
		SELECT 'filter', encounter_filter_fingerprint(2026, 'MA'),
			encounter_verdict(2026, 'MA', 'E119', '2025-11-01', 'professional', NULL, '{99213}', NULL, NULL, NULL, NULL, s, NULL, NULL)
		FROM unnest('{accepted,in_review}'::text[]) s;
		SELECT 'stored', * FROM public.patient_hcc_score ORDER BY patient_id, payment_year;
		SELECT 'stored by model', * FROM public.patient_hcc_model_score ORDER BY patient_id, program, model_version;
		SELECT 'in partitions', tableoid::regclass, * FROM patients.patient_hcc_score ORDER BY patient_id, payment_year;
		SELECT 'run', * FROM public.hcc_run ORDER BY run_id;
		SELECT 'view', * FROM person_score ORDER BY p;
		SELECT 'materialized', * FROM person_score_kept ORDER BY p;
		SELECT 'generated', p, codes, who, oddity, codes_count, base FROM person ORDER BY p;
	});
}

my $fill = q{
	CREATE EXTENSION hccraf SCHEMA @schema@;
	SET search_path = public, @schema@;

	-- a model in its simplest form
	INSERT INTO hcc_crosswalk (model_version, icd10_code, hcc_code, hcc_description, coefficient) VALUES
		('MINE', 'E119', '1', 'One', 0.5), ('MINE', 'I509', '2', 'Two', 0.25), ('MINE', 'n18.4', '3', 'Three', 0.125);
	INSERT INTO hcc_hierarchy (model_version, superior_hcc, subordinate_hcc) VALUES ('MINE', '1', '2');
	INSERT INTO hcc_interaction (model_version, interaction_name, hcc_combinations, coefficient)
		VALUES ('MINE', 'ONE_THREE', '{1,3}', 1);

	-- a model that differs from V28 in one coefficient
	DO $$
	DECLARE
		t regclass;
		columns text;
	BEGIN
		FOR t, columns IN
			SELECT attrelid, string_agg(quote_ident(attname), ', ') FROM pg_attribute
			WHERE attrelid IN (SELECT attrelid FROM pg_attribute WHERE attname = 'model_version')
				AND attrelid IN (SELECT oid FROM pg_class WHERE relkind = 'r' AND relname LIKE 'hcc\_%')
				AND attnum > 0 AND NOT attisdropped AND attname NOT IN ('id', 'model_version', 'custom')
				AND NOT (attrelid = 'hcc_model'::regclass AND attname = 'is_default')
			GROUP BY attrelid
		LOOP
			EXECUTE format($i$INSERT INTO %1$s (model_version, %2$s) SELECT 'V28_WHAT_IF', %2$s FROM %1$s WHERE model_version = 'V28'$i$, t, columns);
		END LOOP;
	END
	$$;
	UPDATE hcc_coefficient SET coefficient = coefficient + 1
	WHERE model_version = 'V28_WHAT_IF' AND segment = 'CNA' AND variable = 'HCC38';

	-- single rows in place of or beside shipped ones
	INSERT INTO hcc_coefficient VALUES ('V28', 'V28_2024', 'CNA', 'HCC37', 0.777);
	INSERT INTO payment_year_parameter (payment_year, program, component, model_version, calibration, normalization_factor,
		coding_pattern_adjustment, blend_weight) VALUES (2026, 'MA', 'part_c', 'V28', 'V28_2024', 1.234, 0.05, 1);
	INSERT INTO eligible_procedure (service_year, procedure_code) VALUES (2025, '99213');
	INSERT INTO icd10_code VALUES (2026, 'E119', 'Type 2 diabetes mellitus without complications');
	INSERT INTO encounter_modality (kind, code, modality) VALUES ('procedure', 'G0071', 'audio_only');
	INSERT INTO encounter_rule (priority, verdict, submissions, programs) VALUES (5, 'not_final', '{in_review}', '{MA}');

	-- a year that is not published yet
	SELECT count(*) FROM hccraf_copy_year(2027, 2028);

	-- people, and everything of the extension that a table can hold
	CREATE TABLE person (
		p int PRIMARY KEY,
		codes icd10_set NOT NULL DEFAULT '{E119}' CHECK (codes <> '{Z999}'),
		who beneficiary NOT NULL DEFAULT beneficiary(70, 'F'),
		oddity beneficiary,
		codes_count int GENERATED ALWAYS AS (cardinality(codes)) STORED,
		base numeric DEFAULT raf_score('{}'::icd10_set, beneficiary(70, 'F'), 'V28', 2026)
	);
	CREATE INDEX person_codes ON person (codes);
	CREATE INDEX person_codes_hash ON person USING hash (codes);
	CREATE INDEX person_codes_expression ON person (cardinality(codes), (codes - '{E119}'));
	CREATE INDEX person_who ON person (who) WHERE codes @> '{E119}';
	CREATE INDEX person_who_hash ON person USING hash (who);
	INSERT INTO person (p, codes, who, oddity)
	SELECT p, COALESCE(c.codes, '{E119,I509,N184}'),
		beneficiary(20 + p * 7 % 80, CASE WHEN p % 2 = 0 THEN 'F' ELSE 'M' END, CASE WHEN p * 7 % 80 < 45 THEN '1' ELSE '0' END,
			(ARRAY[NULL, '02', '03'])[1 + p % 3], p % 11 = 0, p % 22 = 0, p % 7 = 0),
		beneficiary(p % 100, 'F', esrd => 'graft', graft_months => p, medicaid_ne => p % 2 = 0, medicaid_lti => NULL,
			segment => 'CNA', metal => 'silver', csr_variant => '94', enrollment_days => p)
	FROM generate_series(1, 200) p, LATERAL (
		SELECT icd10_agg(icd10_code) AS codes FROM (SELECT DISTINCT icd10_code FROM hcc_crosswalk WHERE model_version = 'V28') x
		WHERE hashtext(icd10_code || p) % 2000 = 0) c;
	INSERT INTO person (p) VALUES (0);

	SELECT hccraf_setup('public');
	INSERT INTO patient_demographic (patient_id, payment_year, date_of_birth, sex)
	SELECT md5(p::text)::uuid, 2026, date '1930-01-01' + p * 100, 'F' FROM generate_series(1, 50) p;
	INSERT INTO patient_diagnosis_hcc (patient_id, icd10_code, diagnosis_date)
	SELECT md5(p::text)::uuid, unnest(codes::text[]), '2025-06-01' FROM person WHERE p % 50 > 10;

	-- scored by models of the year and by one's own
	INSERT INTO payment_year_parameter (payment_year, program, component, model_version, calibration, normalization_factor,
		coding_pattern_adjustment, blend_weight) VALUES (2026, 'OWN', 'part_c', 'V28_WHAT_IF', 'V28_2024', 1.1, 0, 1);
	SELECT public.track_changes();
	CREATE SCHEMA patients;
	SELECT hccraf_setup('patients', 'bigint', partitioned => true, partitions => 3);
	INSERT INTO patients.patient_demographic (patient_id, payment_year, date_of_birth, sex)
	SELECT p, 2026, date '1930-01-01' + p * 100, 'F' FROM generate_series(1, 50) p;
	INSERT INTO patients.patient_diagnosis_hcc (patient_id, icd10_code, diagnosis_date)
	SELECT p, unnest(codes::text[]), '2025-06-01' FROM person WHERE p % 50 > 10;
	CALL public.score_population(2026, other_programs => '{OWN}');
	CALL patients.score_population(2026, 'OWN');

	CREATE VIEW person_score AS SELECT p, raf_score(codes, who, 'V28_WHAT_IF', 2026) AS what_if, raf_segment(who) AS segment FROM person;
	CREATE MATERIALIZED VIEW person_score_kept AS SELECT p, raf_score(codes, who, 'V28_WHAT_IF', 2026) AS what_if,
		raf_score(codes, who, 'V28', 2026) AS own, raf_score(codes::text[], beneficiary(70, 'F')) AS aged,
		raf_payment(codes, who, 2026) AS payment FROM person;
	CREATE UNIQUE INDEX ON person_score_kept (p);

	-- privileges on the extension's tables are the DBA's, and are dumped
	GRANT INSERT, DELETE ON hcc_coefficient TO clerk;
	-- and so are those on what a panel has
	GRANT USAGE ON SCHEMA patients TO clerk;
	GRANT SELECT ON patients.patient_hcc_score TO clerk;
	GRANT EXECUTE ON FUNCTION patients.panel_value TO clerk;
	REVOKE EXECUTE ON FUNCTION patients.stored_score FROM PUBLIC;
};

# What CREATE EXTENSION alone brings
$node->safe_psql('postgres', 'CREATE ROLE clerk LOGIN');
$node->safe_psql('postgres', 'CREATE DATABASE fresh');
$schema{fresh} = 'public';
$node->safe_psql('fresh', 'CREATE EXTENSION hccraf');
@tables = split /\n/, $node->safe_psql('fresh', q{
	SELECT relname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_depend d ON d.objid = c.oid AND d.deptype = 'e'
	WHERE attname = 'custom' AND relkind = 'r' ORDER BY 1});
cmp_ok(scalar(@tables), '>=', 17, 'tables have shipped and custom rows');
my $shipped = counts('fresh', 'false');
like($shipped, qr/^hcc_crosswalk\|[1-9]\d{4,}$/m, 'rows are shipped');

# What hccraf_setup and track_changes make
$node->safe_psql('postgres', 'CREATE DATABASE reference');
$schema{reference} = 'hcc';
$node->safe_psql('reference', q{CREATE SCHEMA hcc; CREATE EXTENSION hccraf SCHEMA hcc; CREATE SCHEMA patients; SET search_path = hcc;
	SELECT hccraf_setup('public'), hccraf_setup('patients', 'bigint', partitioned => true, partitions => 3);
	SELECT public.track_changes()});

my @unlogged = map { "UNLOGGED TABLE $_" } split /\n/, query('reference', q{
	SELECT relnamespace::regnamespace || '.' || relname FROM pg_class
	WHERE relpersistence = 'u' AND relkind = 'r' AND relnamespace IN ('public'::regnamespace, 'patients'::regnamespace)});

# Who may do what with what is in a panel, and what goes when the extension does
my $panel_state = q{
	SELECT * FROM hccraf_panels();
	SELECT oid::regprocedure, proacl FROM pg_proc WHERE pronamespace = 'patients'::regnamespace ORDER BY oid::regprocedure::text;
	SELECT relname, relacl FROM pg_class WHERE relnamespace = 'patients'::regnamespace ORDER BY 1;
	SELECT pg_describe_object(classid, objid, 0) FROM pg_depend WHERE deptype = 'x' ORDER BY 1};

for my $schema ('public', 'hcc')
{
	my $old = "old_$schema";

	$node->safe_psql('postgres', "CREATE DATABASE $old");
	$schema{$old} = $schema;
	$node->safe_psql($old, 'CREATE SCHEMA hcc') if $schema eq 'hcc';
	$node->safe_psql($old, $fill =~ s/\@schema\@/$schema/gr);

	# or equality below would say nothing
	is(query($old, q{
		SELECT raf_score('{E119,I509,N184}'::text[], beneficiary(70, 'F'), 'MINE'),
			raf_score('{E119}'::text[], beneficiary(70, 'F'), 'V28_WHAT_IF', 2026) - raf_score('{E119}'::text[], beneficiary(70, 'F'), 'V28', 2026),
			raf_score('{E1122}'::text[], beneficiary(70, 'F'), 'V28', 2026) - raf_score('{E1122}'::text[], beneficiary(70, 'F'), 'V28_WHAT_IF', 2026),
			raf_payment('{}'::text[], beneficiary(70, 'F'), 2026) = round(round(0.395 / 1.234, 3) * 0.95, 3)}),
		'1.625|1.000|0.611|t', "$schema: models and rows of one's own are used");

	my $custom_counts = counts($old, 'true');
	my $contents = contents($old);
	my $scores = scores($old);
	my $panels = query($old, $panel_state);
	like($panels, qr/^patients\|\w+\|[\d.]+\|bigint\|t\npublic\|\w+\|[\d.]+\|uuid\|t$/m, "$schema: two panels");
	like($panels, qr/stored_score.*\|\{(\w+)=X\/\1\}$/m, "$schema: with rights of their own");
	my $last_id = query($old, 'SELECT last_value FROM hcc_row_id');
	cmp_ok($last_id, '>', 10000000, "$schema: custom rows have taken numbers");
	is(counts($old, 'false'), $shipped, "$schema: the shipped rows are as they were");

	my $plain = "$directory/$schema.sql";
	my $archive = "$directory/$schema.dump";
	$node->command_ok([ 'pg_dump', '-f', $plain, $old ], "$schema: dump, plain");
	$node->command_ok([ 'pg_dump', '-Fc', '-f', $archive, $old ], "$schema: dump, custom");

	# COPY blocks of the reference tables: so many rows, all custom
	my %dumped = map { $_ => 0 } @tables;
	my ($table, $flag, $shipped_rows) = ('', 0, 0);
	my $dump = slurp_file($plain);
	for (split /\n/, $dump)
	{
		if (/^COPY \Q$schema\E\.(\w+) \((.*)\) FROM stdin/ && exists $dumped{$1})
		{
			my @columns = split /, /, $2;
			$table = $1;
			($flag) = grep { $columns[$_] eq 'custom' } 0 .. $#columns;
		}
		elsif ($_ eq '\\.')
		{
			$table = '';
		}
		elsif ($table)
		{
			$dumped{$table}++;
			$shipped_rows++ if (split /\t/, $_, -1)[$flag] ne 't';
		}
	}
	is($shipped_rows, 0, "$schema: no shipped row is in the dump");
	is(join("\n", map { "$_|$dumped{$_}" } sort keys %dumped), $custom_counts, "$schema: all custom rows are");
	is(join(' ', sort $dump =~ /^CREATE (?!INDEX|UNIQUE INDEX|SCHEMA|TRIGGER|FUNCTION|PROCEDURE)(.*?)(?: \(| AS$| WITH |;)/mg),
		join(' ', sort('EXTENSION IF NOT EXISTS hccraf', 'VIEW public.person_score', 'MATERIALIZED VIEW public.person_score_kept',
			'TABLE public.person', @unlogged, split /\n/, query('reference', q{
				SELECT CASE relkind WHEN 'v' THEN 'VIEW ' ELSE 'TABLE ' END || relnamespace::regnamespace || '.' || relname
				FROM pg_class WHERE relpersistence = 'p' AND relnamespace IN ('public'::regnamespace, 'patients'::regnamespace)
					AND (relkind IN ('r', 'p') OR relname = 'patient_payment_score')}))),
		"$schema: the dump makes nothing that belongs to the extension");
	my %made = map { $_ => 1 } $dump =~ /^CREATE (?:FUNCTION|PROCEDURE) (\w+\.\w+)\(/mg;
	is(join("\n", sort keys %made), query('reference', q{
		SELECT DISTINCT (pronamespace::regnamespace || '.' || proname) COLLATE "C" FROM pg_proc
		WHERE pronamespace IN ('public'::regnamespace, 'patients'::regnamespace) ORDER BY 1}),
		"$schema: of functions, those of panels");

	# Custom format is restored by two processes at once
	my %restore = (
		plain => [ 'psql', '-XqAt', '-o', '/dev/null', '-v', 'ON_ERROR_STOP=1', '-f', $plain, '-d' ],
		custom => [ 'pg_restore', '-e', '-j', '2', $archive, '-d' ]);
	for my $format (sort keys %restore)
	{
		my $new = "new_${schema}_$format";
		my $what = "$schema, $format";

		$node->safe_psql('postgres', "CREATE DATABASE $new");
		$schema{$new} = $schema;
		$node->command_ok([ @{ $restore{$format} }, $new ], "$what: restore");
		is(scores($new), $scores, "$what: the same scores");
		is(query($new, $panel_state), $panels, "$what: the same panels, with their rights");
		is(counts($new, 'false'), $shipped, "$what: shipped rows once");
		is(counts($new, 'true'), $custom_counts, "$what: custom rows once");
		is(contents($new), $contents, "$what: every row as it was");
		is(query($new, q{
			SET enable_seqscan = off;
			SELECT count(*), (SELECT count(*) FROM person WHERE codes @> '{E119}' AND who = beneficiary(70, 'F'))
			FROM person WHERE codes = '{E119}'}),
			'1|1', "$what: rows are found");
		like(query($new, q{
			SET enable_seqscan = off;
			EXPLAIN (COSTS OFF) SELECT FROM person WHERE codes = '{E119}';
			EXPLAIN (COSTS OFF) SELECT FROM person WHERE codes @> '{E119}' AND who = beneficiary(70, 'F')}),
			qr/person_codes.*person_who/s, "$what: by indexes");
		is(query($new, q{
			INSERT INTO person (p) VALUES (-1);
			SELECT codes, who = beneficiary(70, 'F'), codes_count, base FROM person WHERE p = -1}),
			'{E119}|t|1|0.395', "$what: defaults");
		is(query($new, q{SELECT relname, has_table_privilege('clerk', c.oid, 'INSERT'), has_table_privilege('clerk', c.oid, 'UPDATE')
			FROM pg_class c WHERE relname = 'hcc_coefficient'}),
			'hcc_coefficient|t|f', "$what: privileges");
		is(query($new, q{
			CALL public.score_population(2026, other_programs => '{OWN}');
			CALL patients.score_population(2026, 'OWN');
			SELECT scores_added, scores_changed, scores_unchanged, scores_removed FROM public.scoring_run() LIMIT 1;
			SELECT scores_added, scores_changed, scores_unchanged, scores_removed FROM patients.scoring_run() LIMIT 1}),
			"0|0|50|0\n0|0|50|0", "$what: a run changes no score");
		is(query($new, q{
			INSERT INTO patient_diagnosis_hcc (patient_id, icd10_code, diagnosis_date) VALUES (md5('1')::uuid, 'G8250', '2025-02-02');
			CALL public.refresh_scores(2026, other_programs => '{OWN}');
			SELECT kind, patients, scores_changed FROM public.scoring_run() LIMIT 1}), 'refresh|1|1', "$what: changes are noted");
		# The next number, and what is added is seen
		is(query($new, q{
			INSERT INTO hcc_crosswalk (model_version, icd10_code, hcc_code, coefficient) VALUES ('MINE', 'A00', '3', 0.125) RETURNING id;
			SELECT raf_score('{A00}'::text[], beneficiary(70, 'F'), 'MINE')}),
			($last_id + 1) . "\n0.125", "$what: numbers continue");
	}
}

# Patient tables need nothing of the extension: it goes without CASCADE, with the
# functions of panels, and comes back to the same scores.
is(query('reference', q{
	INSERT INTO public.patient_demographic (patient_id, payment_year, date_of_birth, sex) SELECT md5(p::text)::uuid, 2026, '1950-01-01', 'F' FROM generate_series(1, 20) p;
	INSERT INTO public.patient_diagnosis_hcc (patient_id, icd10_code, diagnosis_date) SELECT md5(p::text)::uuid, 'E119', '2025-01-01' FROM generate_series(1, 10) p;
	CALL public.score_population(2026);
	GRANT SELECT ON public.patient_hcc_score TO clerk;
	DROP EXTENSION hccraf;
	SELECT proname FROM pg_proc WHERE pronamespace IN ('public'::regnamespace, 'patients'::regnamespace) AND prorettype <> 'trigger'::regtype;
	INSERT INTO public.patient_diagnosis_hcc (patient_id, icd10_code, diagnosis_date) VALUES (md5('11')::uuid, 'E119', '2025-01-01');
	SELECT count(*), sum(raf_score) > 0, (SELECT count(*) FROM public.patient_diagnosis_hcc), (SELECT count(*) FROM pg_class WHERE relnamespace = 'patients'::regnamespace) > 10
	FROM public.patient_hcc_score}), '20|t|11|t', 'DROP EXTENSION leaves patient tables, which work on');
is(query('reference', q{
	CREATE EXTENSION hccraf SCHEMA hcc;
	SELECT hccraf_setup('public') <> 'public';
	CALL public.refresh_scores(2026);
	SELECT kind, patients, scores_changed FROM public.scoring_run() LIMIT 1}), "f\nrefresh|1|1", 'created again, it goes on with them');
is(query('reference', q{SELECT has_table_privilege('clerk', 'public.patient_hcc_score', 'SELECT'), has_table_privilege('clerk', 'public.patient_hcc_score', 'UPDATE')}),
	't|f', 'and what was granted on them');
is(query('reference', q{
	SELECT hccraf_setup('patients', partitioned => true);
	CREATE VIEW public.known AS SELECT patient_id, age FROM public.person(2026);
	DROP EXTENSION hccraf CASCADE;
	SELECT count(*), to_regclass('public.known') IS NULL FROM public.patient_hcc_score}), "patients\n20|t", 'CASCADE takes what reads through the panel, and no table');

# Whoever may read may dump: backups are rarely made by a superuser.
$node->safe_psql('fresh', q{INSERT INTO hcc_coefficient VALUES ('V28', 'V28_2024', 'CNA', 'HCC37', 0.777)});
$node->command_like([ 'pg_dump', '-U', 'clerk', 'fresh' ], qr/^V28\tV28_2024\tCNA\tHCC37\t0.777\tt$/m, 'dump by a role that may only read');

# COPY in binary format
my $file = "$directory/person.binary";
is(query('old_public', qq{
	CREATE TABLE copied (p int, codes icd10_set, who beneficiary, oddity beneficiary);
	COPY person (p, codes, who, oddity) TO '$file' WITH (FORMAT binary);
	COPY copied FROM '$file' WITH (FORMAT binary);
	SELECT count(*), count(*) FILTER (WHERE (c.codes, c.who) = (p.codes, p.who) AND c.oddity IS NOT DISTINCT FROM p.oddity),
		count(*) FILTER (WHERE icd10_set_send(c.codes) = icd10_set_send(p.codes) AND beneficiary_send(c.who) = beneficiary_send(p.who))
	FROM copied c FULL JOIN person p USING (p)}),
	'201|201|201', 'COPY in binary format');

$node->stop;
done_testing();
