#!/usr/bin/perl
# Does doc/reference.md have everything that is installed, and nothing else?
#
#     script/server perl test/readme/reference.pl
#
# On the server that the PG* variables name. A part of the file begins with a
# comment "covers:" and names files of sql/: of every function that people call
# (whose comment does not begin with "Support of"), every type, operator and
# table that these files create, the part has a heading
#
#     #### `name`, of a type Type `name`, of a table Table `name`
#
# and below it a table of arguments (argument, type, default, meaning), one of
# result columns (column, type, meaning), or, of a table, one of its columns;
# of operators, rows of the table "operator". What the headings and tables have
# is compared with the catalog, names, types and defaults. The comments of
# these objects are one sentence of at most 120 characters.
#
# What files of sql/panel/ create is looked for in a panel that hccraf_setup has
# made. Functions hcc_... of these files, and of those of sql/ from 50 on, are
# parts of others, and have a heading only if they are for calls.
use strict;
use warnings;
use FindBin;
use JSON::PP;

chdir "$FindBin::RealBin/../..";
my $document = 'doc/reference.md';
my $database = 'hccraf_reference';
my ($passed, $failed) = (0, 0);

sub ok
{
	my ($right, $name, @why) = @_;
	if ($right) { $passed++ } else { $failed++; print "not ok $name\n", map { "    $_\n" } @why }
}

sub query
{
	my ($sql) = @_;
	my @psql = ('psql', '-XqAt', '-v', 'ON_ERROR_STOP=1', '-d', $database, '-c', $sql);
	open my $psql, '-|', @psql or die;
	my $said = do { local $/; <$psql> };
	close $psql or die "$0: a query failed\n";
	return $said =~ /\S/ ? decode_json($said) : [];
}

system("dropdb --if-exists $database 2>/dev/null; createdb $database") == 0 or die;
END { my $status = $?; system("dropdb --if-exists $database") if $database; $? = $status }
system('psql', '-XAtqo', '/dev/null', '-d', $database, '-c', 'CREATE EXTENSION hccraf',
	'-c', 'CREATE SCHEMA panel', '-c', q{SELECT hccraf_setup('panel')}) == 0 or die;

#---------------------------------------------------------------------
# What is installed
#---------------------------------------------------------------------
my $member = q{JOIN pg_depend d ON d.deptype = 'e'
	AND d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'hccraf')
	AND (d.classid, d.objid) =};
my $in_panel = q{'panel'::regnamespace};
my $functions = query(qq{SELECT json_agg(json_build_object('name', p.proname,
		'of', CASE p.pronamespace WHEN $in_panel THEN 'panel' ELSE 'extension' END,
		'comment', COALESCE(obj_description(p.oid, 'pg_proc'), ''),
		'arguments', (SELECT COALESCE(json_agg(json_build_object(
				'name', COALESCE(NULLIF(p.proargnames[i], ''), '\$' || i),
				'type', format_type(COALESCE(p.proallargtypes[i], p.proargtypes[i - 1]), NULL),
				'mode', COALESCE(p.proargmodes[i]::text, 'i'),
				'default', pg_get_function_arg_default(p.oid, i)) ORDER BY i), '[]')
			FROM generate_series(1, COALESCE(cardinality(p.proallargtypes), p.pronargs)) i)))
	FROM pg_proc p LEFT $member ('pg_proc'::regclass, p.oid)
	WHERE (d.objid IS NOT NULL OR p.pronamespace = $in_panel) AND p.prorettype <> 'trigger'::regtype});
my $tables = query(qq{SELECT json_agg(json_build_object('name', c.relname,
		'of', CASE c.relnamespace WHEN $in_panel THEN 'panel' ELSE 'extension' END,
		'comments', (SELECT json_agg(t) FROM (SELECT obj_description(c.oid, 'pg_class') AS t
			UNION ALL SELECT col_description(c.oid, attnum)
			FROM pg_attribute WHERE attrelid = c.oid) u WHERE t <> ''),
		'columns', (SELECT json_agg(json_build_object('name', a.attname,
				'type', format_type(a.atttypid, a.atttypmod)) ORDER BY a.attnum)
			FROM pg_attribute a
			WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped)))
	FROM pg_class c LEFT $member ('pg_class'::regclass, c.oid)
	WHERE (d.objid IS NOT NULL OR c.relnamespace = $in_panel) AND c.relkind IN ('r', 'v', 'p', 'm')});
my $types = query(qq{SELECT json_agg(json_build_object('name', t.typname,
		'comment', COALESCE(obj_description(t.oid, 'pg_type'), '')))
	FROM pg_type t $member ('pg_type'::regclass, t.oid)
	WHERE t.typrelid = 0 AND t.typelem = 0});
my $operators = query(qq{SELECT json_agg(json_build_object(
		'name', format('%s %s %s', format_type(NULLIF(o.oprleft, 0), NULL), o.oprname,
			format_type(o.oprright, NULL)),
		'type', format_type(o.oprresult, NULL)))
	FROM pg_operator o $member ('pg_operator'::regclass, o.oid)});

#---------------------------------------------------------------------
# What the files of sql/ create: functions by name and names of arguments,
# which tells overloads of different files apart
#---------------------------------------------------------------------
sub argument_names
{
	my ($text) = @_;
	my ($depth, $string, @arguments) = (0, 0, '');
	for my $c (split //, $text)
	{
		$string = !$string if $c eq q{'};
		if (!$string && $c eq '(') { $depth++; next if $depth == 1 }
		if (!$string && $c eq ')') { $depth--; last if $depth == 0 }
		if (!$string && $c eq ',' && $depth == 1) { push @arguments, ''; next }
		$arguments[-1] .= $c;
	}
	my @names;
	for my $i (0 .. $#arguments)
	{
		$arguments[$i] =~ s/--[^\n]*//g;
		my @words = split ' ', $arguments[$i] =~ s/\bDEFAULT\b.*//sr;
		next unless @words;
		shift @words if $words[0] =~ /^(?:INOUT|IN|OUT|VARIADIC)$/;
		push @names, @words > 1 ? $words[0] : '$' . ($i + 1);
	}
	return join ',', @names;
}

my %creates;    # by file, kind and name, the lists of argument names
my $kinds = qr/FUNCTION|PROCEDURE|AGGREGATE|TABLE|VIEW|TYPE|OPERATOR/;
for my $path (glob 'sql/[0-9][0-9]-*.sql sql/panel/*.sql')
{
	open my $file, '<', $path or die "$path: $!\n";
	my $text = do { local $/; <$file> };
	while ($text =~ /^CREATE (?:UNLOGGED )?($kinds) \@(?:extschema|panel)\@\.(\S+?)(?=[\s(;])/mg)
	{
		my ($kind, $name) = ($1, $2);
		$kind = 'FUNCTION' if $kind =~ /PROCEDURE|AGGREGATE/;
		$kind = 'TABLE' if $kind eq 'VIEW';
		my $names = $kind eq 'FUNCTION' ? argument_names(substr $text, pos $text) : '';
		push @{ $creates{$path}{$kind}{$name} }, $names;
	}
}

#---------------------------------------------------------------------
# What the file says
#---------------------------------------------------------------------
my @parts;
{
	open my $file, '<', $document or die "$document: $!\n";
	my ($heading, $kind);
	while (my $line = <$file>)
	{
		if ($line =~ /^<!-- covers: (.*?) -->/)
		{
			my @files = map { glob } split ' ', $1;
			push @parts, { files => \@files, headings => {}, operators => {} };
			($heading, $kind) = ();
		}
		next unless @parts;
		if ($line =~ /^#### (Type |Table |)`(.*)`$/)
		{
			ok(!$parts[-1]{headings}{"$1$2"}, "$document:$.: a second heading $1$2");
			$heading = $parts[-1]{headings}{"$1$2"} = { line => $. };
			$kind = undef;
		}
		elsif ($line =~ /^#/) { ($heading, $kind) = () }
		elsif ($line =~ /^\| (argument|column|operator) \|/) { $kind = $1 }
		elsif ($line !~ /^\|/) { $kind = undef }
		elsif ($kind && $line =~ /^\| `/)
		{
			my @cells = map { s/^\s+|\s+$//gr } split /(?<!\\)\|/, $line;
			s/\\\|/|/g for @cells;
			shift @cells;
			my ($name) = $cells[0] =~ /^`(.*)`$/;
			my $types = join ' or ', sort $cells[1] =~ /`([^`]+)`/g;
			if ($kind eq 'operator') { $parts[-1]{operators}{$name} = $types }
			else
			{
				my ($default) = $kind eq 'argument' ? ($cells[2] // '') =~ /^`(.*)`$/ : ();
				push @{ $heading->{$kind} }, join ' ', $name, $types,
					defined $default ? "= $default" : ();
				ok($cells[-1] =~ /\w/, "$document:$.: $name has a meaning");
			}
		}
	}
}
ok(scalar @parts, "$document has parts");

#---------------------------------------------------------------------
# Are they the same?
#---------------------------------------------------------------------
sub same
{
	my ($name, $wanted, $got) = @_;
	my %wanted = map { $_ => 1 } @$wanted;
	my %got = map { $_ => 1 } @$got;
	my @why = ((map { "installed: $_" } grep { !$got{$_} } @$wanted),
		(map { "in the file: $_" } grep { !$wanted{$_} } @$got));
	ok("@$wanted" eq "@$got", $name, @why ? @why : 'in another order');
}

sub default_text
{
	my ($default) = @_;
	return () unless defined $default;
	$default =~ s/::[\w ]+(?:\[\])?$//;
	return '= ' . ($default =~ /^'(.*)'$/ ? $1 : $default);
}

# Of overloads together: the arguments of the longest, each with all types
sub arguments_of
{
	my ($modes, @overloads) = @_;
	my ($longest, @others) = sort { @$b <=> @$a }
		map { [ grep { $_->{mode} =~ /[$modes]/ } @{ $_->{arguments} } ] } @overloads;
	my @arguments;
	for my $i (0 .. $#$longest)
	{
		my $argument = $longest->[$i];
		my %type = ($argument->{type} => 1);
		for my $other (grep { $i < @$_ } @others)
		{
			$type{ $other->[$i]{type} } = 1 if $other->[$i]{name} eq $argument->{name};
		}
		push @arguments, join ' ', $argument->{name}, join(' or ', sort keys %type),
			$modes =~ /i/ ? default_text($argument->{default}) : ();
	}
	return @arguments;
}

sub one_sentence
{
	my ($what, $comment) = @_;
	ok(length $comment && length $comment <= 120 && $comment !~ /[.!?] +[A-Z]|\n/,
		"the comment of $what is one sentence of at most 120 characters", $comment);
}

for my $part (@parts)
{
	my %of = map { $_ => {} } map { ("extension $_", "panel $_") } qw(FUNCTION TABLE TYPE OPERATOR);
	for my $path (@{ $part->{files} })
	{
		my $whose = $path =~ m{^sql/panel/} ? 'panel' : 'extension';
		for my $kind (keys %{ $creates{$path} })
		{
			my $created = $creates{$path}{$kind};
			push @{ $of{"$whose $kind"}{$_} }, @{ $created->{$_} } for keys %$created;
		}
	}
	my $has_helpers = grep { m{^sql/(?:panel/|[5-9])} } @{ $part->{files} };

	my %public;
	for my $f (@$functions)
	{
		my $names = join ',', map { $_->{name} } @{ $f->{arguments} };
		# columns of a TABLE are no arguments in the file
		my $without = join ',', map { $_->{name} } grep { $_->{mode} ne 't' } @{ $f->{arguments} };
		next unless grep { $_ eq $names || $_ eq $without }
			@{ $of{"$f->{of} FUNCTION"}{ $f->{name} } // [] };
		one_sentence("$f->{name}($names)", $f->{comment});
		next if $f->{comment} =~ /^Support of/
			|| $has_helpers && $f->{name} =~ /^hcc_/ && !$part->{headings}{ $f->{name} };
		push @{ $public{ $f->{name} } }, $f;
	}
	my %table = map { $_->{name} => $_ } grep { $of{"$_->{of} TABLE"}{ $_->{name} } } @$tables;
	my %type = map { $_->{name} => $_ } grep { $of{'extension TYPE'}{ $_->{name} } } @$types;

	for my $name (sort keys %public)
	{
		my $heading = $part->{headings}{$name};
		ok(defined $heading, "$document has $name");
		next unless $heading;
		my @overloads = @{ $public{$name} };
		same("arguments of $name", [ arguments_of('ibv', @overloads) ], $heading->{argument} // []);
		same("columns of $name", [ arguments_of('obt', @overloads) ], $heading->{column} // []);
	}
	for my $name (sort keys %table)
	{
		my $heading = $part->{headings}{"Table $name"};
		ok(defined $heading, "$document has the table $name");
		my @columns = map { "$_->{name} $_->{type}" } @{ $table{$name}{columns} };
		same("columns of $name", \@columns, $heading->{column} // []) if $heading;
		one_sentence($name, $_) for @{ $table{$name}{comments} };
	}
	for my $name (sort keys %type)
	{
		ok(defined $part->{headings}{"Type $name"}, "$document has the type $name");
		one_sentence($name, $type{$name}{comment});
	}
	for my $name (sort keys %{ $part->{headings} })
	{
		my ($kind, $bare) = $name =~ /^(?:(\w+) )?(\w+)$/;
		my $objects = !$kind ? \%public : $kind eq 'Type' ? \%type : \%table;
		ok($objects->{$bare},
			"$document:$part->{headings}{$name}{line}: there is a $name in these files");
	}
	if (%{ $of{'extension OPERATOR'} })
	{
		my %installed = map { $_->{name} => $_->{type} } @$operators;
		my $told = $part->{operators};
		same('operators', [ map { "$_ $installed{$_}" } sort keys %installed ],
			[ map { "$_ $told->{$_}" } sort keys %$told ]);
	}
}

print "$passed passed, $failed failed\n";
exit($failed > 0);
