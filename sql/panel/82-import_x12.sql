-- X12 files of a batch

CREATE FUNCTION @panel@.import_read_x12_837(batch_id bigint)
	RETURNS SETOF @extschema@.import_claim
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE ROWS 100000
SET search_path = pg_catalog, pg_temp
AS $panel$
DECLARE
	file bigint;
	chunks CURSOR FOR SELECT c.content FROM @panel@.import_chunk c
		WHERE c.file_id = file ORDER BY c.chunk;
BEGIN
	FOR file IN SELECT f.file_id FROM @panel@.import_file f
		WHERE f.batch_id = import_read_x12_837.batch_id AND f.format = 'x12_837' ORDER BY 1
	LOOP
		OPEN chunks;
		RETURN QUERY SELECT x.* FROM @extschema@.x12_837(chunks, file) x;
		CLOSE chunks;
	END LOOP;
END
$panel$;
COMMENT ON FUNCTION @panel@.import_read_x12_837(bigint) IS
	'The claims of the 837 files of a batch.';

CREATE FUNCTION @panel@.import_people_x12_834(batch_id bigint)
	RETURNS SETOF @extschema@.import_person
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE ROWS 100000
SET search_path = pg_catalog, pg_temp
AS $panel$
DECLARE
	file bigint;
	chunks CURSOR FOR SELECT c.content FROM @panel@.import_chunk c
		WHERE c.file_id = file ORDER BY c.chunk;
BEGIN
	FOR file IN SELECT f.file_id FROM @panel@.import_file f
		WHERE f.batch_id = import_people_x12_834.batch_id AND f.format = 'x12_834' ORDER BY 1
	LOOP
		OPEN chunks;
		RETURN QUERY SELECT x.* FROM @extschema@.x12_834(chunks, file) x;
		CLOSE chunks;
	END LOOP;
END
$panel$;
COMMENT ON FUNCTION @panel@.import_people_x12_834(bigint) IS
	'The members of the 834 files of a batch.';
