-- FHIR: staged files. A bulk export has one type per file, so that an Encounter
-- is in another file than the Conditions that it dates; a Bundle has both. What
-- reads a cursor is VOLATILE, and so is what calls it.

CREATE FUNCTION @panel@.hcc_fhir_documents(file_id bigint)
	RETURNS TABLE ("position" bigint, document jsonb, refused text)
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE ROWS 10000
SET search_path = pg_catalog, pg_temp
AS $panel$
DECLARE
	chunks refcursor;
BEGIN
	IF (SELECT @extschema@.hcc_fhir_is_one(c.content) FROM @panel@.import_chunk c
		WHERE c.file_id = hcc_fhir_documents.file_id ORDER BY c.chunk LIMIT 1) THEN
		RETURN QUERY SELECT d."position", d.document, d.refused
		FROM @extschema@.fhir_documents((SELECT string_agg(c.content, '' ORDER BY c.chunk)
			FROM @panel@.import_chunk c WHERE c.file_id = hcc_fhir_documents.file_id)) d;
		RETURN;
	END IF;
	OPEN chunks NO SCROLL FOR SELECT c.content FROM @panel@.import_chunk c
		WHERE c.file_id = hcc_fhir_documents.file_id ORDER BY c.chunk;
	RETURN QUERY SELECT d."position", d.document, d.refused
	FROM @extschema@.fhir_documents(chunks) d;
	CLOSE chunks;
END;
$panel$;
COMMENT ON FUNCTION @panel@.hcc_fhir_documents(bigint) IS
	'The JSON documents of a staged file, and why one cannot be read.';

-- What Conditions need of the encounters of other files, by their references.
CREATE FUNCTION @panel@.hcc_fhir_encounters(batch_id bigint) RETURNS jsonb
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $panel$
BEGIN
	RETURN (SELECT jsonb_object_agg('Encounter/' || (d.document ->> 'id'), jsonb_build_object(
			'status', d.document -> 'status', 'class', d.document -> 'class',
			'period', d.document -> 'period'))
		FROM @panel@.import_file f
		JOIN @panel@.import_chunk c ON c.file_id = f.file_id AND c.chunk = (
			SELECT min(m.chunk) FROM @panel@.import_chunk m WHERE m.file_id = f.file_id)
		CROSS JOIN LATERAL @panel@.hcc_fhir_documents(f.file_id) d
		WHERE f.batch_id = hcc_fhir_encounters.batch_id AND f.format = 'fhir'
			AND position('"Encounter"'::bytea IN c.content) > 0
			AND d.document ->> 'resourceType' = 'Encounter' AND d.document ? 'id');
END;
$panel$;
COMMENT ON FUNCTION @panel@.hcc_fhir_encounters(bigint) IS
	'The encounters of a batch by reference, as fhir_claims takes them for its context.';

CREATE FUNCTION @panel@.import_read_fhir(batch_id bigint)
	RETURNS SETOF @extschema@.import_claim
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE ROWS 10000
SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan SET jit = off
AS $panel$
DECLARE
	encounters jsonb := @panel@.hcc_fhir_encounters(batch_id);
BEGIN
	RETURN QUERY
	SELECT c.* FROM @panel@.import_file f
	CROSS JOIN LATERAL @panel@.hcc_fhir_documents(f.file_id) d
	CROSS JOIN LATERAL (
		SELECT k.* FROM @extschema@.fhir_claims(d.document, encounters, f.file_id,
			CASE WHEN d.document ->> 'resourceType' <> 'Bundle' THEN d."position" END) k
		WHERE d.document IS NOT NULL
		UNION ALL
		SELECT r.* FROM @extschema@.hcc_fhir_refusal(d.refused, NULL, f.file_id, d."position") r
		WHERE d.document IS NULL) c
	WHERE f.batch_id = import_read_fhir.batch_id AND f.format = 'fhir';
END;
$panel$;
COMMENT ON FUNCTION @panel@.import_read_fhir(bigint) IS
	'The claims and conditions of the FHIR files of a batch, and what was refused of them.';

CREATE FUNCTION @panel@.import_people_fhir(batch_id bigint)
	RETURNS SETOF @extschema@.import_person
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE ROWS 10000
SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan SET jit = off
AS $panel$
BEGIN
	RETURN QUERY
	SELECT p.* FROM @panel@.import_file f
	CROSS JOIN LATERAL @panel@.hcc_fhir_documents(f.file_id) d
	CROSS JOIN LATERAL @extschema@.fhir_people(d.document, f.file_id,
		CASE WHEN d.document ->> 'resourceType' <> 'Bundle' THEN d."position" END) p
	WHERE f.batch_id = import_people_fhir.batch_id AND f.format = 'fhir'
		AND d.document IS NOT NULL;
END;
$panel$;
COMMENT ON FUNCTION @panel@.import_people_fhir(bigint) IS
	'The people of the FHIR files of a batch; what cannot be read import_read_fhir tells.';
