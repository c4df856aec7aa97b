\echo Use "CREATE EXTENSION hccraf" to load this file. \quit

-- Function costs below are multiples of cpu_operator_cost and come from
-- measurement (doc/performance.md): a call that looks up one code costs about
-- 10, one that scores a patient about 50, one that explains a patient 1000.
