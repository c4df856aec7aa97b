-- A made-up panel, the same on every run and server: rows come from hashes of
-- their number, not from random().
--   psql -v patients=N -v diagnoses=N -f population.sql
\set ON_ERROR_STOP on

CREATE FUNCTION bench.uniform(number bigint, seed bigint) RETURNS float8
	IMMUTABLE PARALLEL SAFE
	RETURN (hashint8extended(number, seed) & 4503599627370495) / 4503599627370496.0::float8;

-- People as the models see them. 12 % are under 65, as in Medicare; one in 500
-- is a child, of whom Medicare has next to none, so that age edits are used.
CREATE TABLE bench.demographics AS
SELECT p.*, beneficiary(age => age, sex => sex, orec => orec, dual_status => dual_status,
	new_enrollee => new_enrollee, snp => snp, lti => lti) AS who
FROM (
	SELECT n, md5('patient ' || n)::uuid AS patient_id, a.age,
		CASE WHEN bench.uniform(n, 103) < 0.55 THEN 'F' ELSE 'M' END AS sex,
		CASE WHEN bench.uniform(n, 104) < CASE WHEN a.age < 65 THEN 0.90 ELSE 0.09 END THEN '1'
			WHEN bench.uniform(n, 105) < 0.03 THEN '2'
			WHEN bench.uniform(n, 105) < 0.05 THEN '3'
			ELSE '0' END AS orec,
		CASE WHEN bench.uniform(n, 106) < 0.80 THEN NULL
			WHEN bench.uniform(n, 106) < 0.90 THEN '02'
			WHEN bench.uniform(n, 106) < 0.94 THEN '08'
			WHEN bench.uniform(n, 106) < 0.98 THEN '03'
			ELSE '06' END AS dual_status,
		bench.uniform(n, 107) < 0.05 AS new_enrollee,
		bench.uniform(n, 108) < 0.04 AS snp,
		bench.uniform(n, 109) < 0.03 AS lti
	FROM generate_series(0, :patients - 1) n, LATERAL (
		SELECT CASE WHEN bench.uniform(n, 101) < 0.002 THEN (18 * bench.uniform(n, 102))::int
			WHEN bench.uniform(n, 101) < 0.120 THEN 65 - ceil(47 * bench.uniform(n, 102) ^ 2)::int
			ELSE 65 + floor(38 * bench.uniform(n, 102) ^ 1.6)::int END AS age) a
) p
ORDER BY patient_id;
ALTER TABLE bench.demographics ADD PRIMARY KEY (patient_id);

-- What is diagnosed: everyday codes that no model pays for, and the codes of
-- V28, well-known ones first. Of each list, how often a code is drawn falls
-- with its rank as 1 / rank.
CREATE TABLE bench.code AS
WITH everyday AS (
	SELECT code, rank FROM unnest(string_to_array(
		'I10 E785 Z0000 Z23 E782 K219 Z1231 M545 Z79899 E039 I2510 R079 N390 Z7901 M25561 '
		'M25562 F419 '
		'H2513 Z794 G4733 E559 J069 R0602 Z87891 M170 M1711 R51 N400 M810 '
		'H251 Z1211 R5383 Z8673 J309 '
		'M542 R109 E669 H5213 L570 G8929 Z951 K5900 R42 B351 Z7982 K573 M79604 H04123 '
		'R739 H40013 Z6835 '
		'L821 D649 R600 H6123 M5416 R001 Z7984 N200 I831 R7303 Z471 R310 '
		'Z85828 N281 J329 I119 M1990 '
		'R531 Z96651 E876 Z9181 K449 R911 H3530 M19011 E8881 L309 Z0001 H903',
		' ')) WITH ORDINALITY l(code, rank)
	WHERE NOT EXISTS (SELECT FROM hcc_crosswalk x
		WHERE x.model_version = 'V28' AND x.icd10_code = code)
), common AS (
	SELECT code, rank FROM unnest(string_to_array(
		'E119 E1165 I4891 J449 E1122 I509 N1831 F0390 I5032 E1142 E1151 I480 F329 F330 J9611 '
		'E1140 I5022 '
		'C61 N1832 C50911 E6601 I7025 I4820 E1169 F331 G20 D696 I739 K7460 '
		'N184 F1120 M069 I130 C3490 '
		'I5042 J441 E1121 C50912 F209 N186 L97519 F319 I2720 Z89511 G309 J84112 '
		'D6869 F1020 I70213 K5090', ' '))
		WITH ORDINALITY l(code, rank)
)
SELECT false AS mapped, row_number() OVER (ORDER BY rank) AS rank, code FROM everyday
UNION ALL
SELECT true, row_number() OVER (ORDER BY c.rank, md5(x.code)), x.code
FROM (SELECT DISTINCT icd10_code AS code FROM hcc_crosswalk
		WHERE model_version = 'V28' AND 2026 BETWEEN effective_year AND expiry_year) x
	LEFT JOIN common c USING (code);

-- Claims by number, in random patient order. 30 % of the patients have two thirds
-- of the rows, 3 % a sixth, spread so that any hundred consecutive numbers are a
-- panel of the same kind. A row is one of a patient's 24 facts, half of them with a
-- mapped code, so that codes repeat as they do in claims; one row in 20 is written
-- with a dot.
CREATE FUNCTION bench.claim(first bigint, claims bigint, patients bigint)
	RETURNS TABLE (number bigint, patient_id uuid, icd10_code text)
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT i, md5('patient ' || n)::uuid,
		CASE WHEN bench.uniform(i, 206) < 0.05 AND length(c.code) > 3
			THEN left(c.code, 3) || '.' || substr(c.code, 4) ELSE c.code END
	FROM (
		SELECT i, n, bench.uniform(fact, 204) < 0.5 AS mapped, bench.uniform(fact, 205) AS frequency
		FROM generate_series(first, first + claims - 1) i,
			LATERAL (SELECT CASE
				WHEN bench.uniform(i, 201) < 0.45 THEN floor(bench.uniform(i, 202) * patients)
				WHEN bench.uniform(i, 201) < 0.90
				THEN 10 * floor(bench.uniform(i, 202) * patients / 10)
					+ floor(3 * bench.uniform(i, 203))
				ELSE 100 * floor(bench.uniform(i, 202) * patients / 100)
					+ floor(3 * bench.uniform(i, 203)) END::bigint AS n) patient,
			LATERAL (SELECT 24 * n + floor(24 * bench.uniform(i, 207))::bigint AS fact) f
	) d
		JOIN (SELECT mapped, count(*) AS codes FROM bench.code GROUP BY mapped) l USING (mapped)
		JOIN bench.code c ON c.mapped = d.mapped
			AND c.rank = floor(exp(frequency * ln(codes + 1)))::bigint;
END;

-- In date order: 405 days, of which the 365 of 2025 are wanted.
SET work_mem = '1GB';
CREATE TABLE bench.diagnoses (patient_id uuid NOT NULL, icd10_code text COLLATE "C" NOT NULL,
	diagnosis_date date NOT NULL);
INSERT INTO bench.diagnoses
SELECT patient_id, icd10_code, '2024-12-01'::date + (number * 405 / :diagnoses)::int
FROM bench.claim(0, :diagnoses, :patients)
ORDER BY number;
RESET work_mem;

-- One tenth of the panel, for growth: the patients of every tenth hundred.
CREATE TABLE bench.demographics_tenth AS SELECT * FROM bench.demographics WHERE n / 100 % 10 = 0
ORDER BY patient_id;
ALTER TABLE bench.demographics_tenth ADD PRIMARY KEY (patient_id);
CREATE TABLE bench.diagnoses_tenth AS
SELECT d.* FROM bench.diagnoses d JOIN bench.demographics_tenth USING (patient_id)
ORDER BY diagnosis_date, d.ctid;

-- For single calls: 200,000 people with 8 codes each, as array and as set.
CREATE TABLE bench.panel AS
SELECT codes, icd10_set(codes) AS code_set,
	beneficiary(age => 65 + n % 30, sex => CASE WHEN n % 2 = 0 THEN 'F' ELSE 'M' END) AS who
FROM (
	SELECT n, array_agg(c.code ORDER BY s) AS codes
	FROM (SELECT n, s, s % 2 = 0 AS mapped, bench.uniform(8 * n + s, 301) AS frequency
			FROM generate_series(0, 199999) n, generate_series(0, 7) s) d
		JOIN (SELECT mapped, count(*) AS codes FROM bench.code GROUP BY mapped) l USING (mapped)
		JOIN bench.code c ON c.mapped = d.mapped
			AND c.rank = floor(exp(frequency * ln(codes + 1)))::bigint
	GROUP BY n
) p
ORDER BY n;

VACUUM (ANALYZE) bench.demographics;
VACUUM (ANALYZE) bench.diagnoses;
VACUUM (ANALYZE) bench.demographics_tenth;
VACUUM (ANALYZE) bench.diagnoses_tenth;
VACUUM (ANALYZE) bench.panel;
