-- From timings to lines: what was measured, against what, and the bar.
\set ON_ERROR_STOP on

CREATE TABLE bench.line (
	position int GENERATED ALWAYS AS IDENTITY,
	section text NOT NULL,
	label text NOT NULL,
	value text,
	ratio text,
	bar text,
	verdict text
);

CREATE VIEW bench.stat AS
SELECT name, percentile_cont(0.5) WITHIN GROUP (ORDER BY ms) AS ms, min(ms) AS low, max(ms) AS high
FROM bench.timing GROUP BY name;

CREATE FUNCTION bench.ms(ms float8) RETURNS text
	RETURN to_char(ms, CASE WHEN ms < 100 THEN 'FM999990.0' ELSE 'FM999,999,999,990' END);
CREATE FUNCTION bench.ms(s bench.stat) RETURNS text
	RETURN format('%s (%s-%s) ms', bench.ms((s).ms), bench.ms((s).low), bench.ms((s).high));
CREATE FUNCTION bench.mb(kb float8) RETURNS text
	RETURN to_char(kb / 1024, CASE WHEN kb < 10240 THEN 'FM990.0' ELSE 'FM999,990' END) || ' MB';
CREATE FUNCTION bench.verdict(good boolean) RETURNS text
	RETURN CASE WHEN good THEN 'ok' WHEN NOT good THEN 'MISSED' END;

-- How many times as long a statement takes as another.
INSERT INTO bench.line (section, label, value, ratio, bar, verdict)
SELECT section, label, bench.ms(s), to_char(s.ms / a.ms, 'FM9990.00') || ' x',
	CASE WHEN most IS NOT NULL THEN '<= ' || most WHEN least IS NOT NULL THEN '>= ' || least END,
	bench.verdict(CASE WHEN most IS NOT NULL THEN s.ms / a.ms <= most
		WHEN least IS NOT NULL THEN s.ms / a.ms >= least END)
FROM (VALUES
	(1, 'one pass over the diagnoses, GROUP BY patient_id', 'floor: max(icd10_code)', 'floor', NULL,
		NULL::numeric, NULL::numeric),
	(2, 'one pass over the diagnoses, GROUP BY patient_id',
		'score: raf_score_agg(icd10_code, constant)', 'score', 'floor', 1.25, NULL),
	(2.1, 'one pass over the diagnoses, GROUP BY patient_id',
		'marketplace: raf_score_agg(icd10_code, date, ndc, hcpcs, constant)', 'marketplace',
		'floor', 1.25, NULL),
	(3, 'one pass over the diagnoses, GROUP BY patient_id', 'floor, 2 workers', 'floor_parallel',
		NULL, NULL, NULL),
	(4, 'one pass over the diagnoses, GROUP BY patient_id', 'score, 2 workers', 'score_parallel',
		'floor_parallel', 1.25, NULL),
	(5, 'everybody of the panel, joined with demographics', 'floor: max(icd10_code), join',
		'join_floor', NULL, NULL, NULL),
	(6, 'everybody of the panel, joined with demographics', 'score: icd10_agg, join, raf_score',
		'join_score', 'join_floor', 1.25, NULL),
	(6.1, 'everybody of the panel, joined with demographics', 'score: the same, WHERE icd_has_hcc',
		'filtered_score', 'join_floor', NULL, NULL),
	(7, 'everybody of the panel, joined with demographics', 'floor, 2 workers',
		'join_floor_parallel', NULL, NULL, NULL),
	(8, 'everybody of the panel, joined with demographics', 'score, 2 workers',
		'join_score_parallel', 'join_floor_parallel', 1.25, NULL),
	(8.1, 'everybody of the panel, joined with demographics', 'score, WHERE icd_has_hcc, 2 workers',
		'filtered_score_parallel', 'join_floor_parallel', NULL, NULL),
	(9, 'everybody of the panel, joined with demographics', 'floor: the same join for columns',
		'columns_floor', NULL, NULL, NULL),
	(10, 'everybody of the panel, joined with demographics', 'score: with beneficiary(columns)',
		'columns_score', 'columns_floor', NULL, NULL),
	(11, 'everybody of the panel, joined with demographics', 'floor, columns, 2 workers',
		'columns_floor_parallel', NULL, NULL, NULL),
	(12, 'everybody of the panel, joined with demographics', 'score, columns, 2 workers',
		'columns_score_parallel', 'columns_floor_parallel', NULL, NULL),
	(13, 'growth: 10 times the rows', 'floor, a tenth of the rows', 'floor_tenth',
		NULL, NULL, NULL),
	(14, 'growth: 10 times the rows', 'floor, all rows', 'floor', 'floor_tenth', NULL, NULL),
	(15, 'growth: 10 times the rows', 'score, a tenth of the rows', 'score_tenth',
		NULL, NULL, NULL),
	(16, 'growth: 10 times the rows', 'score, all rows', 'score', 'score_tenth', 11, NULL),
	(16.1, 'three models from one set', 'raf_score: V28', 'one_model', NULL, NULL, NULL),
	(16.2, 'three models from one set', 'raf_scores_of_models: V28, V24 and RX_V08', 'three_models',
		'one_model', 3, NULL),
	(17, 'plain SQL for the same scores, from columns', 'hccraf', 'plain_ours', NULL, NULL, NULL),
	(18, 'plain SQL for the same scores, from columns', 'compiled by hand to bits and arrays',
		'plain_bits', 'plain_ours', NULL, 10),
	(19, 'plain SQL for the same scores, from columns', 'joins and anti-joins', 'plain_relational',
		'plain_ours', NULL, 10)
	) l(position, section, label, name, against, most, least)
	JOIN bench.stat s ON s.name = l.name
	LEFT JOIN bench.stat a ON a.name = l.against
ORDER BY l.position;

-- Calls per second.
INSERT INTO bench.line (section, label, value, ratio, bar, verdict)
SELECT 'single calls, 8 codes each, one process', label, bench.ms(s),
	to_char(200 / s.ms, 'FM9990.00') || ' M/s', '>= ' || least || ' M/s',
	bench.verdict(200 / s.ms >= least)
FROM (VALUES
	(1, 'scan alone, text[]', 'array_floor', NULL::numeric),
	(2, 'raf_score(text[], beneficiary)', 'array_score', 0.8),
	(3, 'scan alone, icd10_set', 'set_floor', NULL),
	(4, 'raf_score(icd10_set, beneficiary)', 'set_score', 1.6),
	(5, 'scan alone, icd10_set with dates', 'marketplace_floor', NULL),
	(6, 'raf_score(icd10_set with dates, enrollee)', 'marketplace_call', 0.5)
	) l(position, label, name, least)
	JOIN bench.stat s USING (name)
ORDER BY l.position;

-- Memory. The limit is work_mem times hash_mem_multiplier.
INSERT INTO bench.line (section, label, value, ratio, bar, verdict)
SELECT 'memory of the hash aggregate', label || ', ' || CASE spilling WHEN 0 THEN 'no limit felt'
	ELSE 'work_mem ' || setting END,
	CASE spilling WHEN 0 THEN format('%s, %s bytes/group', bench.mb(peak_kb),
		peak_kb * 1024 / NULLIF(groups, 0))
		WHEN 1 THEN format('%s + %s on disk', bench.mb(peak_kb), bench.mb(disk_kb))
		ELSE 'process ' || bench.mb(process_kb) END,
	CASE spilling WHEN 1 THEN to_char(peak_kb / limit_kb, 'FM990.00') || ' x'
	WHEN 2 THEN to_char(process_kb / limit_kb, 'FM990.00') || ' x' END,
	CASE spilling WHEN 0 THEN NULL ELSE '<= 1.5' END,
	bench.verdict(CASE spilling WHEN 1 THEN peak_kb / limit_kb <= 1.5
		WHEN 2 THEN process_kb / limit_kb <= 1.5 END)
FROM bench.memory m
	JOIN (VALUES (1, 'floor', 'floor'), (2, 'score', 'score'),
		(3, 'collect', 'icd10_agg')) l(position, name, label) USING (name)
	CROSS JOIN LATERAL (SELECT pg_size_bytes(setting) / 1024
		* current_setting('hash_mem_multiplier')::float8 AS limit_kb) h
	CROSS JOIN generate_series(0, 2) spilling
WHERE (setting = current_setting('work_mem')) = (spilling = 0)
	AND (spilling < 2 OR process_kb IS NOT NULL)
ORDER BY l.position, spilling;

-- Beginnings.
INSERT INTO bench.line (section, label, value, bar, verdict)
SELECT 'beginnings', label, bench.ms(s), '<= ' || bench.ms(most) || ' ms',
	bench.verdict(s.ms <= most)
FROM (VALUES
	(1, 'CREATE EXTENSION', 'create_extension', 3000),
	(2, 'first raf_score in a connection', 'cold_first', NULL),
	(3, 'the same less a second call', 'cold', 15)
	) l(position, label, name, most)
	JOIN bench.stat s USING (name)
ORDER BY l.position;

-- The scoring job against what it must pay: the diagnoses in one pass, and INSERT.
INSERT INTO bench.timing
SELECT 'job_due' || suffix, run, f.ms + i.ms
FROM unnest('{"",_parallel}'::text[]) suffix, bench.timing f JOIN bench.timing i USING (run)
WHERE f.name = 'job_floor' || suffix AND i.name = 'job_insert';

INSERT INTO bench.line (section, label, value, ratio, bar, verdict)
SELECT 'the job: CALL score_population, both tables of scores', label, bench.ms(s),
	CASE WHEN percent THEN to_char(100 * s.ms / a.ms, 'FM9990.0') || ' %' ELSE to_char(s.ms / a.ms,
		'FM9990.00') || ' x' END,
	CASE WHEN percent THEN '<= ' || most || ' %' ELSE '<= ' || most END,
	bench.verdict(s.ms / a.ms * CASE WHEN percent THEN 100 ELSE 1 END <= most)
FROM (VALUES
	(1, 'floor: max(icd10_code), same verdicts', 'job_floor', NULL, NULL::numeric, false),
	(2, 'INSERT of the ready rows', 'job_insert', NULL, NULL, false),
	(3, 'the job, against both', 'job', 'job_due', 1.25, false),
	(4, 'floor, 2 workers', 'job_floor_parallel', NULL, NULL, false),
	(6, 'the job, 2 workers, against both', 'job_parallel', 'job_due_parallel', 1.25, false),
	(7, 'limit: sources read once, COPY of rows', 'job_limit', NULL, NULL, false),
	(8, 'the job, 2 workers, against the limit', 'job_parallel', 'job_limit', NULL, false),
	(20, 'the job again, nothing has changed', 'job_again', 'job_parallel', NULL, false),
	(21, 'refresh of 1 % changed, by triggers', 'refresh_tracked', 'job_parallel', 3, true),
	(22, 'refresh of 1 % changed, by known_at', 'refresh_known', 'job_parallel', 3, true),
	(23, 'the job on a tenth of the patients', 'job_tenth', NULL, NULL, false),
	(24, 'growth: all against a tenth', 'job_parallel', 'job_tenth', 11, false),
	(25, 'plain SQL in bits, raw score alone', 'job_plain', 'job_parallel', NULL, false),
	(26, 'recapture gaps: CALL refresh_gaps', 'gaps', 'job_parallel', 3, false)
	) l(position, label, name, against, most, percent)
	JOIN bench.stat s ON s.name = l.name
	LEFT JOIN bench.stat a ON a.name = l.against
ORDER BY l.position;

INSERT INTO bench.line (section, label, value, ratio)
SELECT 'where the time of the job goes', label || ': ' || stage, bench.ms(s.ms),
	to_char(100 * s.ms / of.ms, 'FM990') || ' %'
FROM (VALUES (1, 'the job', 'job'), (2, '2 workers', 'job_parallel'),
	(3, 'nothing has changed', 'job_again'), (4, 'refresh by triggers', 'refresh_tracked'),
		(5, 'refresh by known_at', 'refresh_known')) l(position, label, name)
	JOIN (SELECT name, stage, 1000 * percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds) AS ms
		FROM bench.stage GROUP BY 1, 2) s USING (name)
	JOIN bench.stat of USING (name)
ORDER BY l.position, array_position('{collect,score,publish}', stage);

INSERT INTO bench.line (section, label, value)
SELECT 'memory of the job', format('leader and %s workers, work_mem %s', workers, setting),
	'processes ' || bench.mb(kb)
FROM bench.job_memory WHERE kb IS NOT NULL;

-- Scores.
INSERT INTO bench.line (section, label, value, bar, verdict)
SELECT 'patients whose score differs', what, to_char(patients, 'FM999,999,990'), '0',
	CASE patients WHEN 0 THEN 'ok' ELSE 'WRONG' END
FROM bench.different;

-- The table as text.
SELECT split_part(version(), ' (', 1) || '; ' || string_agg(name || ' ' || current_setting(name),
	', ' ORDER BY position)
FROM unnest(
	'{shared_buffers,work_mem,hash_mem_multiplier,jit}'::text[]) WITH ORDINALITY s(name, position);
SELECT CASE WHEN section IS DISTINCT FROM lag(section) OVER w THEN E'\n' || CASE position
	WHEN 1 THEN rpad(section, 76) || 'ratio         bar' ELSE section END || E'\n' ELSE '' END
	|| rtrim(
		format('  %s %s %s %s  %s', rpad(label, 39), lpad(value, 27), lpad(COALESCE(ratio, ''), 10),
		lpad(COALESCE(bar, ''), 11), verdict))
FROM bench.line WINDOW w AS (ORDER BY position) ORDER BY position;

SELECT E'\nplans';
SELECT format(E'  %s\n      %s', regexp_replace(plan, '^Aggregate > (Subquery Scan > )?', ''),
	string_agg(name, ', ' ORDER BY position))
FROM bench.query WHERE family IN ('group', 'join', 'job') AND plan IS NOT NULL GROUP BY plan
ORDER BY min(position);
