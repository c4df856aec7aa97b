#!/usr/bin/perl
# Writes the extension's install script to standard output: the files of sql/
# in order, each @rows(NAME)@ replaced by the rows of data/*/NAME.csv (with
# the folder's name as model_version) or data/NAME.csv, as a subquery whose
# columns are text, and @panel_source@ by the statements of sql/panel/. Uses
# nothing beyond perl-base.
use strict;
use warnings;

# One CSV record per line; a field may be quoted, "" is a quote.
sub fields
{
	my ($line) = @_;
	my @fields;
	while ($line =~ /\G(?:"((?:[^"]|"")*)"|([^,]*))(,|$)/g)
	{
		my ($quoted, $plain, $end) = ($1, $2, $3);
		$quoted =~ s/""/"/g if defined $quoted;
		push @fields, defined $quoted ? $quoted : $plain;
		last if $end eq '';
	}
	return @fields;
}

# The columns of a file
sub header
{
	my ($path) = @_;
	open my $file, '<', $path or die "$path: $!\n";
	chomp(my $header = <$file>);
	return fields($header);
}

# The subquery for one file: lines as tab-separated text, an empty field is
# NULL, and so is a column that only other files have.
sub rows
{
	my ($path, $model, @all) = @_;
	open my $file, '<', $path or die "$path: $!\n";
	my @columns = header($path);
	my %place = map { $columns[ $_ - 1 ] => $_ } 1 .. @columns;
	my $select = join ', ', ($model ? "'$model'::text AS model_version" : ()),
	  map { ($place{$_} ? "r[$place{$_}]" : 'NULL::text') . " AS $_" } @all;
	<$file>;
	my @lines;
	while (my $line = <$file>)
	{
		chomp $line;
		my @values = fields($line);
		die "$path:$.: " . @values . " fields, the header has " . @columns . "\n" if @values != @columns;
		die "$path:$.: a field holds a tab or a dollar-quote\n" if "@values" =~ /\t|\$rows\$/;
		push @lines, join "\t", @values;
	}
	close $file;
	return unless @lines;
	# Split in the list of the subquery: a function in FROM fills a store for each line.
	return "SELECT $select FROM (SELECT string_to_array(line, E'\\t', '') AS r"
	  . " FROM string_to_table(\$rows\$" . join("\n", @lines)
	  . "\$rows\$, E'\\n') line OFFSET 0) l";
}

sub subquery
{
	my ($name) = @_;
	my @paths = grep { -e } "data/$name.csv", sort glob "data/*/$name.csv";
	my (%seen, @parts);
	my @columns = grep { !$seen{$_}++ } map { header($_) } @paths;
	for my $path (@paths)
	{
		my ($model) = $path =~ m{^data/([^/]+)/};
		push @parts, rows($path, $model, @columns);
	}
	die "no rows for $name\n" unless @parts;
	return '(' . join("\nUNION ALL\n", @parts) . ') d';
}

# A statement of the script makes objects in the extension's schema, by name,
# takes over none that is there, and makes none that is temporary: the script
# runs as a superuser, in a schema that need not be its own.
sub check_statement
{
	my ($line, $where) = @_;
	return unless $line =~ /^(?:CREATE|ALTER|DROP|COMMENT ON|GRANT|REVOKE|INSERT INTO|ANALYZE) /;
	die "$where: takes over what is there\n" if $line =~ /^CREATE OR REPLACE |IF (?:NOT )?EXISTS/;
	die "$where: makes a temporary object\n" if $line =~ /^CREATE (?:LOCAL |GLOBAL )?TEMP/;
	die "$where: names something without its schema\n" if $line !~ /\@extschema\@\./ && $line !~ /\(text\[\] AS |^COMMENT ON CAST|^GRANT SELECT ON$/;
}

# The statements of a file of sql/panel/, each of which begins at the margin:
# rows of hcc_panel_source. What a function or procedure is comes with its
# comment, which names it in full.
sub panel_rows
{
	my ($path) = @_;
	my ($topic) = $path =~ m{\d\d-(\w+)\.sql$};
	open my $file, '<', $path or die "$path: $!\n";
	my (@statements, $where);
	while (my $line = <$file>)
	{
		next if $line =~ /^--/;
		push @statements, [ "$path:$.", q() ] if $line =~ /^(?:CREATE|COMMENT|REVOKE) /;
		die "$path:$.: not part of a statement\n" if !@statements && $line =~ /\S/;
		$statements[-1][1] .= $line if @statements;
	}
	close $file;
	my @rows;
	for (@statements)
	{
		($where, my $statement) = @$_;
		$statement =~ s/\s+\z/\n/;
		die "$where: a statement does not end with a semicolon\n" if $statement !~ /;\n\z/;
		die "$where: names something of the panel without its schema\n"
		  if $statement !~ /^[^\n]*\@panel\@\.|^CREATE INDEX \w+ ON \@panel\@\./;
		my ($routine, $name) = $statement =~ /^CREATE (FUNCTION|PROCEDURE) \@panel\@\.(\w+)/;
		if ($routine)
		{
			push @rows, [ $topic, 'routine', $name, undef, $statement, $where ];
		}
		elsif ($statement =~ /^COMMENT ON (?:FUNCTION|PROCEDURE) (\@panel\@\.(\w+)\([^)]*\))\s+IS/)
		{
			my $last = $rows[-1];
			die "$where: a comment on what is not right above it\n"
			  if $last->[1] ne 'routine' || $last->[2] ne $2 || defined $last->[3];
			($last->[3] = $1) =~ s/\s+/ /g;
			$last->[4] .= $statement;
		}
		elsif ($statement =~ /^CREATE (?:UNLOGGED )?TABLE \@panel\@\.(\w+)/)
		{
			push @rows, [ $topic, 'table', $1, undef, $statement, $where ];
		}
		elsif ($statement =~ /^CREATE VIEW \@panel\@\.(\w+)/)
		{
			push @rows, [ $topic, 'view', $1, undef, $statement, $where ];
		}
		elsif ($statement =~ /^COMMENT ON VIEW \@panel\@\.(\w+)/)
		{
			die "$where: a comment on what is not right above it\n"
			  if $rows[-1][1] ne 'view' || $rows[-1][2] ne $1;
			$rows[-1][4] .= $statement;
		}
		elsif ($statement =~ /^CREATE INDEX (\w+) ON (\@panel\@\.\w+)/)
		{
			push @rows, [ $topic, 'index', $1, $2, $statement, $where ];
		}
		elsif ($statement =~ /^COMMENT ON (?:TABLE|COLUMN) \@panel\@\.(\w+)/)
		{
			push @rows, [ $topic, 'comment', $1, undef, $statement, $where ];
		}
		elsif ($statement =~ /^REVOKE EXECUTE ON FUNCTION (\@panel\@\.(\w+)\([^)]*\))\s+FROM PUBLIC;/)
		{
			my ($signature, $revoked) = ($1, $2);
			$signature =~ s/\s+/ /g;
			push @rows, [ $topic, 'revoke', $revoked, $signature, $statement, $where ];
		}
		else
		{
			die "$where: a statement of a kind that a panel has not\n";
		}
	}
	for (@rows)
	{
		die "$_->[5]: a function without a comment\n" if $_->[1] eq 'routine' && !defined $_->[3];
	}
	return @rows;
}

sub panel_source
{
	my ($position, @values) = (0);
	for my $row (map { panel_rows($_) } sort glob 'sql/panel/[0-9][0-9]-*.sql')
	{
		my ($topic, $kind, $name, $signature, $statement, $where) = @$row;
		die "$where: holds a dollar-quote of the install script\n" if $statement =~ /\$source\$/;
		$signature = defined $signature ? "'$signature'" : 'NULL';
		push @values, '(' . ++$position . ", '$topic', '$kind', '$name', $signature,\n"
		  . "\$source\$$statement\$source\$)";
	}
	return join ",\n", @values;
}

my ($version) = do { local (@ARGV, $/) = 'hccraf.control'; <> =~ /^default_version *= *'(.*)'/m };

for my $path (sort glob 'sql/[0-9][0-9]-*.sql')
{
	open my $file, '<', $path or die "$path: $!\n";
	while (my $line = <$file>)
	{
		check_statement($line, "$path:$.");
		# The subquery's alias is d, whether or not the statement names it.
		$line =~ s/\@rows\((\w+)\)\@(?: d\b)?/subquery($1)/e unless $line =~ /^--/;
		$line =~ s/\@panel_source\@/panel_source()/e;
		$line =~ s/\@extversion\@/$version/g;
		print $line;
	}
	close $file;
	print "\n";
}
