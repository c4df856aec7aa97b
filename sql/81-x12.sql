----------------------------------------------------------------------
-- X12: claims (837) and enrolments (834)
----------------------------------------------------------------------
-- the key of a claim has the control numbers of its file, and account numbers are not unique
INSERT INTO @extschema@.import_format (format, what, claims, people, keys_repeat) VALUES
	('x12_837', 'X12 837 claims, professional and institutional (005010X222, X223)', true, false,
		true),
	('x12_834', 'X12 834 enrolment (005010X220)', false, true, false);

CREATE FUNCTION @extschema@.x12_837(content bytea) RETURNS SETOF @extschema@.import_claim
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE STRICT PARALLEL SAFE COST 10000 ROWS 1000;
COMMENT ON FUNCTION @extschema@.x12_837(bytea) IS
	'The claims of an X12 837 file, and what is wrong with it.';
CREATE FUNCTION @extschema@.x12_837(chunks refcursor, file_id bigint)
	RETURNS SETOF @extschema@.import_claim
	AS 'MODULE_PATHNAME' LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE COST 10000 ROWS 1000;
COMMENT ON FUNCTION @extschema@.x12_837(refcursor, bigint) IS
	'The claims of an X12 837 file whose pieces an open cursor gives, in order.';
CREATE FUNCTION @extschema@.x12_834(content bytea) RETURNS SETOF @extschema@.import_person
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE STRICT PARALLEL SAFE COST 10000 ROWS 1000;
COMMENT ON FUNCTION @extschema@.x12_834(bytea) IS
	'The members of an X12 834 file, and what is wrong with it.';
CREATE FUNCTION @extschema@.x12_834(chunks refcursor, file_id bigint)
	RETURNS SETOF @extschema@.import_person
	AS 'MODULE_PATHNAME' LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE COST 10000 ROWS 1000;
COMMENT ON FUNCTION @extschema@.x12_834(refcursor, bigint) IS
	'The members of an X12 834 file whose pieces an open cursor gives, in order.';
