#!/usr/bin/perl
# Writes the extension's install script to standard output: the files of sql/
# in order, each @rows(NAME)@ replaced by the rows of data/*/NAME.csv (with
# the folder's name as model_version) or data/NAME.csv, as a subquery whose
# columns are text. Uses nothing beyond perl-base.
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

# The subquery for one file: lines as tab-separated text, an empty field is NULL.
sub rows
{
	my ($path, $model) = @_;
	open my $file, '<', $path or die "$path: $!\n";
	chomp(my $header = <$file>);
	my @columns = fields($header);
	my $select = join ', ', ($model ? "'$model'::text AS model_version" : ()),
	  map { "r[$_] AS $columns[$_ - 1]" } 1 .. @columns;
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
	return "SELECT $select FROM string_to_table(\$rows\$" . join("\n", @lines)
	  . "\$rows\$, E'\\n') line, string_to_array(line, E'\\t', '') r";
}

sub subquery
{
	my ($name) = @_;
	my @parts = -e "data/$name.csv" ? (rows("data/$name.csv")) : ();
	for my $path (sort glob "data/*/$name.csv")
	{
		my ($model) = $path =~ m{^data/([^/]+)/};
		push @parts, rows($path, $model);
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

for my $path (sort glob 'sql/[0-9][0-9]-*.sql')
{
	open my $file, '<', $path or die "$path: $!\n";
	while (my $line = <$file>)
	{
		check_statement($line, "$path:$.");
		# The subquery's alias is d, whether or not the statement names it.
		$line =~ s/\@rows\((\w+)\)\@(?: d\b)?/subquery($1)/e unless $line =~ /^--/;
		print $line;
	}
	close $file;
	print "\n";
}
