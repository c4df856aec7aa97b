----------------------------------------------------------------------
-- Files whose records are lines: where their fields stand is rows, which
-- users can add to and correct; one function reads all of them.
----------------------------------------------------------------------
CREATE TABLE @extschema@.file_layout (
	file text NOT NULL,
	version text NOT NULL,
	record_type text NOT NULL DEFAULT '',
	field text NOT NULL,
	start integer CHECK (start > 0),
	length integer CHECK (length > 0),
	type text NOT NULL DEFAULT 'text'
		CHECK (type IN ('text', 'date', 'yyyymmdd', 'yyyymm', 'dd-mon-yyyy', 'number')),
	delimiter text CHECK (delimiter ~ '^[ -~]$'),
	header text,
	required boolean NOT NULL DEFAULT false,
	source text,
	confirmed_at date,
	custom boolean NOT NULL DEFAULT true,
	PRIMARY KEY (file, version, record_type, field, custom),
	CHECK (delimiter IS NOT NULL OR (start IS NOT NULL AND length IS NOT NULL))
);
COMMENT ON TABLE @extschema@.file_layout IS
	'Where the fields of a line of a file are; a custom row takes the place of a shipped one.';
COMMENT ON COLUMN @extschema@.file_layout.record_type IS
	'How the lines begin that have the field; empty: all.';
COMMENT ON COLUMN @extschema@.file_layout.start IS
	'First byte, from 1; with a delimiter which field it is; NULL: the one that the header names.';
COMMENT ON COLUMN @extschema@.file_layout.length IS
	'Bytes; NULL: up to the delimiter.';
COMMENT ON COLUMN @extschema@.file_layout.type IS
	'text, number, or how a date is written: date is yyyy-mm-dd.';
COMMENT ON COLUMN @extschema@.file_layout.delimiter IS
	'What separates fields, one character; NULL: fields stand at fixed positions.';
COMMENT ON COLUMN @extschema@.file_layout.header IS
	'The name in the header, in any case; NULL: as field.';
COMMENT ON COLUMN @extschema@.file_layout.required IS
	'A line that ends before its end is refused, and so is a file whose header lacks it.';
COMMENT ON COLUMN @extschema@.file_layout.source IS 'Where position and type come from.';
COMMENT ON COLUMN @extschema@.file_layout.confirmed_at IS
	'When they were compared with the specification; NULL: never.';

INSERT INTO @extschema@.file_layout
SELECT file, version, COALESCE(record_type, ''), field, start::int, length::int, type, delimiter,
	header, required::boolean, source, confirmed_at::date, false
FROM @rows(file_layout)@;
SELECT pg_catalog.pg_extension_config_dump('@extschema@.file_layout', 'WHERE custom');
GRANT SELECT ON @extschema@.file_layout TO PUBLIC;

CREATE FUNCTION @extschema@.file_records(content bytea, file text, version text DEFAULT NULL)
	RETURNS SETOF record
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE PARALLEL SAFE COST 1000 ROWS 10000;
COMMENT ON FUNCTION @extschema@.file_records(bytea, text, text) IS
	'One row per line of a file, with those fields of its file_layout that the column list names.';
CREATE FUNCTION @extschema@.file_records(content refcursor, file text, version text DEFAULT NULL)
	RETURNS SETOF record
	AS 'MODULE_PATHNAME' LANGUAGE C VOLATILE PARALLEL UNSAFE COST 1000 ROWS 100000;
COMMENT ON FUNCTION @extschema@.file_records(refcursor, text, text) IS
	'The same of a file of any size, whose bytes an open cursor gives piece by piece.';
