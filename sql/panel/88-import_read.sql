-- What is in the files of a batch, whatever their format: a format that is
-- new has one line here.

CREATE FUNCTION @panel@.import_read(batch_id bigint) RETURNS SETOF @extschema@.import_claim
LANGUAGE sql STABLE PARALLEL UNSAFE ROWS 100000
BEGIN ATOMIC
	SELECT c.* FROM @panel@.import_read_x12_837(import_read.batch_id) c
	UNION ALL
	SELECT c.* FROM @panel@.import_read_cclf(import_read.batch_id) c
	UNION ALL
	SELECT c.* FROM @panel@.import_read_rif(import_read.batch_id) c
	UNION ALL
	SELECT c.* FROM @panel@.import_read_synpuf(import_read.batch_id) c
	UNION ALL
	SELECT c.* FROM @panel@.import_read_mao004(import_read.batch_id) c;
END;
COMMENT ON FUNCTION @panel@.import_read(bigint) IS 'The claims of the files of a batch.';

CREATE FUNCTION @panel@.import_people_read(batch_id bigint)
	RETURNS SETOF @extschema@.import_person
LANGUAGE sql STABLE PARALLEL UNSAFE ROWS 100000
BEGIN ATOMIC
	SELECT p.* FROM @panel@.import_people_x12_834(import_people_read.batch_id) p
	UNION ALL
	SELECT p.* FROM @panel@.import_people_cclf(import_people_read.batch_id) p
	UNION ALL
	SELECT p.* FROM @panel@.import_people_rif(import_people_read.batch_id) p
	UNION ALL
	SELECT p.* FROM @panel@.import_people_synpuf(import_people_read.batch_id) p
	UNION ALL
	SELECT p.* FROM @panel@.import_people_mmr(import_people_read.batch_id) p;
END;
COMMENT ON FUNCTION @panel@.import_people_read(bigint) IS 'The people of the files of a batch.';
