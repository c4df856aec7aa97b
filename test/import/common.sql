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

-- Every sample, with an expectation or not, staged and loaded twice: no record is lost. What
-- is in a file has been counted by another program. Files of a folder are one batch.
CREATE TABLE counted (folder text, format text, name text, records bigint, base64 text);
CREATE SCHEMA risk;
SELECT hccraf_setup('risk') \gset
CREATE TABLE accounted (load integer, folder text, name text, records bigint, "read" bigint,
	loaded bigint, unchanged bigint, refused bigint, listed bigint);
CREATE PROCEDURE load_samples(folder text) LANGUAGE plpgsql AS $$
DECLARE
	batch bigint;
BEGIN
	-- each folder is a source of its own
	TRUNCATE risk.patient_diagnosis_hcc, risk.patient_demographic, risk.patient_identifier,
		risk.import_claim_record;
	FOR load IN 1 .. 2 LOOP
		batch := risk.import_open(load_samples.folder);
		PERFORM risk.import_stage(batch, c.format, c.name, decode(c.base64, 'base64'))
		FROM (SELECT * FROM counted k WHERE k.folder = load_samples.folder ORDER BY k.name) c;
		CALL risk.import_load(batch, 2026);
		INSERT INTO accounted
		SELECT load, c.folder, c.name, c.records, f.read, f.loaded, f.unchanged, f.refused,
			(SELECT count(*) FROM risk.import_refusal r
			WHERE r.file_id = f.file_id AND r.refused)
		FROM counted c JOIN risk.import_report(batch) f ON f.name = c.name
		WHERE c.folder = load_samples.folder;
	END LOOP;
END
$$;
-- The first time each record is loaded or refused, the second time what was loaded is
-- unchanged; what is refused is listed.
CREATE VIEW unaccounted AS
SELECT a.* FROM accounted a LEFT JOIN accounted b
	ON b.load = 1 AND (b.folder, b.name) = (a.folder, a.name)
WHERE (a.records = a.read AND a.read = a.loaded + a.unchanged + a.refused
	AND CASE a.load WHEN 1 THEN a.unchanged ELSE a.loaded END = 0
	AND a.loaded + a.unchanged = b.loaded AND a.listed >= a.refused
	AND (a.listed > 0) = (a.refused > 0)) IS NOT TRUE;
