\echo Use "CREATE EXTENSION hccraf" to load this file. \quit

-- Whatever else is in the schema that the extension is made in, or in any
-- other, must not answer to a name here: only what is built in is found by its
-- bare name, everything of ours is named with its schema. A function that
-- takes its arguments better would be preferred wherever it is on the path.
SET LOCAL search_path = pg_catalog, pg_temp;

-- Function costs below are multiples of cpu_operator_cost and come from
-- measurement (doc/performance.md): a call that looks up one code costs about
-- 10, one that scores a patient about 50, one that explains a patient 1000.
