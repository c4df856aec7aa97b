-- What is in the files of a batch, whatever their format: a format that is
-- new has one call here. They read cursors, and so are VOLATILE.
--
-- A reader is called only where there is a file of its format: to plan what joins
-- the twelve files of a delivery takes a quarter of a second, and finds nothing.

CREATE FUNCTION @panel@.import_read(batch_id bigint) RETURNS SETOF @extschema@.import_claim
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE ROWS 100000
SET search_path = pg_catalog, pg_temp
AS $panel$
DECLARE
	formats text[] := ARRAY(SELECT DISTINCT f.format FROM @panel@.import_file f
		WHERE f.batch_id = import_read.batch_id);
BEGIN
	IF 'x12_837' = ANY (formats) THEN
		RETURN QUERY SELECT c.* FROM @panel@.import_read_x12_837(batch_id) c;
	END IF;
	IF 'fhir' = ANY (formats) THEN
		RETURN QUERY SELECT c.* FROM @panel@.import_read_fhir(batch_id) c;
	END IF;
	IF 'cclf' = ANY (formats) THEN
		RETURN QUERY SELECT c.* FROM @panel@.import_read_cclf(batch_id) c;
	END IF;
	IF 'rif' = ANY (formats) THEN
		RETURN QUERY SELECT c.* FROM @panel@.import_read_rif(batch_id) c;
	END IF;
	IF 'synpuf' = ANY (formats) THEN
		RETURN QUERY SELECT c.* FROM @panel@.import_read_synpuf(batch_id) c;
	END IF;
	IF 'mao004' = ANY (formats) THEN
		RETURN QUERY SELECT c.* FROM @panel@.import_read_mao004(batch_id) c;
	END IF;
END
$panel$;
COMMENT ON FUNCTION @panel@.import_read(bigint) IS 'The claims of the files of a batch.';

CREATE FUNCTION @panel@.import_people_read(batch_id bigint)
	RETURNS SETOF @extschema@.import_person
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE ROWS 100000
SET search_path = pg_catalog, pg_temp
AS $panel$
DECLARE
	formats text[] := ARRAY(SELECT DISTINCT f.format FROM @panel@.import_file f
		WHERE f.batch_id = import_people_read.batch_id);
BEGIN
	IF 'x12_834' = ANY (formats) THEN
		RETURN QUERY SELECT p.* FROM @panel@.import_people_x12_834(batch_id) p;
	END IF;
	IF 'fhir' = ANY (formats) THEN
		RETURN QUERY SELECT p.* FROM @panel@.import_people_fhir(batch_id) p;
	END IF;
	IF 'cclf' = ANY (formats) THEN
		RETURN QUERY SELECT p.* FROM @panel@.import_people_cclf(batch_id) p;
	END IF;
	IF 'rif' = ANY (formats) THEN
		RETURN QUERY SELECT p.* FROM @panel@.import_people_rif(batch_id) p;
	END IF;
	IF 'synpuf' = ANY (formats) THEN
		RETURN QUERY SELECT p.* FROM @panel@.import_people_synpuf(batch_id) p;
	END IF;
	IF 'mmr' = ANY (formats) THEN
		RETURN QUERY SELECT p.* FROM @panel@.import_people_mmr(batch_id) p;
	END IF;
END
$panel$;
COMMENT ON FUNCTION @panel@.import_people_read(bigint) IS 'The people of the files of a batch.';
