-- The type icd10_set and its aggregates
-- reading: any case, a dot or none, blanks around, in any order, repeated
SELECT '{i50.22, E11.65 ,E1165}'::icd10_set;
SELECT '{}'::icd10_set, ' { } '::icd10_set;
SELECT '{?}'::icd10_set;
SELECT ARRAY['e11.65', NULL, '', 'E11-9', 'way too long a code', 'I10.']::icd10_set;
SELECT ('{I5022,E1165}'::icd10_set)::text[];
SELECT '{}'::icd10_set::text[] = '{}'::text[] AS empty_array;

-- what text[] writes is read, as drivers send lists: quotes, NULL and nothing
SELECT '{"E11.9",NULL,"", null ,"i10 ","?"}'::icd10_set AS list, '{""}'::icd10_set AS nothing,
	'{NULL}'::icd10_set AS nulls;
-- so a code that reads like NULL is written in quotes
SELECT icd10_set(ARRAY['null', 'A00', NULL]) AS set, icd10_set(
	ARRAY['null', 'A00'])::text::icd10_set = icd10_set(ARRAY['A00', 'NULL']) AS round_trip;

-- what somebody typed wrongly is an error
\set VERBOSITY terse
SELECT 'E1165'::icd10_set;
SELECT '{E1165'::icd10_set;
SELECT '{E1165,}'::icd10_set;
SELECT '{,E1165}'::icd10_set;
SELECT '{E11-65}'::icd10_set;
SELECT '{E11.65,ABC123456}'::icd10_set;
SELECT '{"E1165,I5022"}'::icd10_set;
SELECT '{"E1165"I5022}'::icd10_set;
SELECT '{E1165,"I5022}'::icd10_set;
SELECT '{"E1165",}'::icd10_set;
SELECT '["E1165"]'::icd10_set;
\set VERBOSITY default

-- several codes where one is expected are an error, wherever a code is read
SELECT icd10_canonical('{E1165,I5022}');
SELECT ARRAY['I10', 'E1165;I5022']::icd10_set;
SELECT icd10_agg(c) FROM (VALUES ('I10'), ('E1165 I5022')) v(c);
-- other text is not: it becomes "?" and stops nothing
SELECT icd10_agg(c) FROM (VALUES ('I10'), ('type 2 diabetes E11.65'), ('E11-65'),
	('not known'), (' ')) v(c);

-- operators, against the same on arrays
SELECT '{A00,B00}'::icd10_set | '{B00,C00}' AS
union, '{A00,B00}'::icd10_set - '{B00,C00}' AS difference,
	'{A00,B00}'::icd10_set & '{B00,C00}' AS intersection;
SELECT '{A00,B00}'::icd10_set @> '{B00}' AS contains, '{A00}'::icd10_set @> '{B00}' AS contains_not,
	'{B00}'::icd10_set <@ '{A00,B00}' AS contained, '{A00}'::icd10_set @> '{}' AS contains_empty;
SELECT '{B00,A00}'::icd10_set = '{a00,b00}' AS equal, '{A00}'::icd10_set <> '{A00}' AS different,
	'{A00}'::icd10_set < '{A00,B00}' AS prefix_first, '{}'::icd10_set < '{A00}' AS empty_first,
	'{A00,Z00}'::icd10_set < '{B00}' AS by_code, '{B00}'::icd10_set >= '{A00,Z00}' AS ge;
SELECT cardinality('{}'::icd10_set), cardinality('{A00,B00,A00}'::icd10_set);

-- a thousand random pairs of sets
CREATE TEMPORARY TABLE pair AS
SELECT ARRAY(SELECT 'A' || (abs(hashint4(n * 31 + i)) % 30) FROM generate_series(1, n % 20) i) AS a,
	ARRAY(SELECT 'A' || (abs(hashint4(n * 37 + i)) % 30) FROM generate_series(1, n % 17) i) AS b
FROM generate_series(1, 1000) n;
SELECT count(*) AS pairs,
	count(*) FILTER (WHERE (a::icd10_set | b::icd10_set)::text[] = ARRAY(SELECT unnest(a)
		UNION SELECT unnest(b) ORDER BY 1)) AS unions,
	count(*) FILTER (WHERE (a::icd10_set & b::icd10_set)::text[] = ARRAY(SELECT unnest(a)
		INTERSECT SELECT unnest(b) ORDER BY 1)) AS intersections,
	count(*) FILTER (WHERE (a::icd10_set - b::icd10_set)::text[] = ARRAY(SELECT unnest(a)
		EXCEPT SELECT unnest(b) ORDER BY 1)) AS differences,
	count(*) FILTER (WHERE (a::icd10_set @> b::icd10_set) = (a @> b)) AS contains,
	count(*) FILTER (WHERE (a::icd10_set = b::icd10_set) = (a @> b AND a <@ b)) AS equals,
	count(*) FILTER (WHERE cardinality(a::icd10_set) = (SELECT count(DISTINCT x)
		FROM unnest(a) x)) AS cardinalities,
	count(*) FILTER (WHERE a::icd10_set::text::icd10_set = a::icd10_set) AS round_trips
FROM pair;

-- sorting, grouping, hashing, indexing
SELECT count(DISTINCT a::icd10_set) = (SELECT count(DISTINCT ARRAY(SELECT DISTINCT unnest(a)
	ORDER BY 1)) FROM pair) AS distinct_by_sort
FROM pair;
SET enable_sort = off;
SELECT count(*) = (SELECT count(DISTINCT ARRAY(SELECT DISTINCT unnest(a) ORDER BY 1))
	FROM pair) AS distinct_by_hash
FROM (SELECT a::icd10_set AS a FROM pair GROUP BY 1) g;
RESET enable_sort;
CREATE TEMPORARY TABLE stored AS SELECT a::icd10_set AS s FROM pair;
CREATE INDEX ON stored (s);
SET enable_seqscan = off;
SELECT count(*) = (SELECT count(*) FROM pair WHERE a::icd10_set = '{A5}') AS found FROM stored
WHERE s = '{A5}';
RESET enable_seqscan;

-- a big one goes to toast and back
CREATE TEMPORARY TABLE big AS
SELECT array_agg(chr(65 + i % 26) || lpad(i::text, 6, '0'))::icd10_set AS s
FROM generate_series(1, 20000) i;
SELECT cardinality(s), md5(s::text) = md5(s::text::icd10_set::text) AS same FROM big;

-- COPY in binary form
COPY stored TO '/dev/null' (FORMAT binary);

-- aggregates
SELECT icd10_agg(c) FROM (VALUES ('E11.65'), (NULL), ('I50.22'), ('E1165'), (''),
	('bad code')) v(c);
SELECT icd10_agg(c) FROM (VALUES (NULL::text), (NULL)) v(c);
SELECT icd10_agg(c) IS NULL AS no_rows FROM (VALUES ('A00')) v(c) WHERE false;
SELECT icd10_agg(s) FROM (VALUES ('{A00}'::icd10_set), (NULL), ('{B00,A00}')) v(s);
SELECT icd10_agg('A' || i % 500) = (SELECT array_agg('A' || i)::icd10_set
	FROM generate_series(0, 499) i) AS many
FROM generate_series(1, 100000) i;
-- as a window function the state goes on after each result
SELECT i, icd10_agg('C' || i % 3) OVER (ORDER BY i) FROM generate_series(1, 4) i;
