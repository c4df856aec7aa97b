-- What the comparisons of all formats need. Run by test/import/run.
CREATE EXTENSION hccraf;
CREATE TABLE staged (format text, name text, base64 text);
CREATE VIEW sample AS SELECT format, name, decode(base64, 'base64') AS content FROM staged;
CREATE TABLE expected (format text, line jsonb);
-- one row of a reader, written as an expectation
CREATE TABLE got (format text, name text, line jsonb);

-- What has no value is left out, and lists of words are in order.
CREATE FUNCTION plain(j jsonb) RETURNS jsonb LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
	IF jsonb_typeof(j) = 'object' THEN
		RETURN NULLIF(COALESCE((SELECT jsonb_object_agg(key, plain(value))
			FROM jsonb_each(j) WHERE plain(value) IS NOT NULL), '{}'), '{}');
	ELSIF jsonb_typeof(j) = 'array' THEN
		RETURN NULLIF(COALESCE((SELECT jsonb_agg(plain(e) ORDER BY n)
			FROM jsonb_array_elements(j) WITH ORDINALITY a (e, n)), '[]'), '[]');
	END IF;
	RETURN NULLIF(j, 'null');
END
$$;
CREATE FUNCTION reasons(findings import_finding[]) RETURNS text[] LANGUAGE sql IMMUTABLE
	RETURN ARRAY(SELECT DISTINCT f.reason FROM unnest(findings) f ORDER BY 1);

CREATE VIEW difference AS
WITH e AS (SELECT format, line ->> 'file' AS name, plain(line) AS line FROM expected),
	g AS (SELECT got.format, got.name, plain(got.line) AS line
		FROM got JOIN (SELECT DISTINCT format, name FROM e) n USING (format, name))
SELECT 'expected' AS side, * FROM (SELECT * FROM e EXCEPT ALL SELECT * FROM g) m
UNION ALL
SELECT 'got', * FROM (SELECT * FROM g EXCEPT ALL SELECT * FROM e) m;

-- Every sample, with an expectation or not, staged and loaded twice: no record is lost.
CREATE SCHEMA risk;
SELECT hccraf_setup('risk') \gset
CREATE PROCEDURE load_samples() LANGUAGE plpgsql AS $$
DECLARE
	batch bigint := risk.import_open('samples');
	first jsonb;
BEGIN
	PERFORM risk.import_stage(batch, s.format, s.name, s.content) FROM sample s;
	CALL risk.import_claims(batch);
	CALL risk.import_people(batch, 2026);
	first := (SELECT jsonb_object_agg(f.file_id, ARRAY[f.read, f.loaded])
		FROM risk.import_report(batch) f);
	CALL risk.import_claims(batch);
	CALL risk.import_people(batch, 2026);
	INSERT INTO accounted
	SELECT f.format, f.name, f.read, f.loaded, f.unchanged, f.refused,
		(first -> f.file_id::text -> 0)::bigint, (first -> f.file_id::text -> 1)::bigint
	FROM risk.import_report(batch) f;
END
$$;
CREATE TABLE accounted (format text, name text, "read" bigint, loaded bigint, unchanged bigint,
	refused bigint, read_before bigint, loaded_before bigint);
CREATE VIEW unaccounted AS SELECT * FROM accounted
WHERE "read" <> loaded + unchanged + refused OR "read" <> read_before OR loaded <> 0
	OR unchanged <> loaded_before OR "read" = 0;
