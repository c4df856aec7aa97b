-- What hccraf does, shown on the panel of panel.sql. Every figure printed
-- comes from a query below.

\pset pager off
\pset footer off
\pset border 0
\pset null ''

CREATE TEMPORARY TABLE clock (step text, at timestamptz DEFAULT clock_timestamp());
INSERT INTO clock VALUES ('start');

CREATE FUNCTION pg_temp.bar(patients bigint) RETURNS text LANGUAGE sql
RETURN lpad(to_char(patients, 'FM9,999'), 5) || ' ' || repeat('#', round(patients / 250.0)::int);

-- At most so many characters, cut between words
CREATE FUNCTION pg_temp.short(line text, length int) RETURNS text LANGUAGE sql
RETURN CASE WHEN length(line) <= length THEN line
	ELSE regexp_replace(left(line, length - 2), '([ ,;]+(and|or|with))?[ ,;]+\S*$', '') || ' ..' END;

CREATE EXTENSION hccraf;
SELECT hccraf_setup() \g /dev/null
INSERT INTO clock VALUES ('create the extension');

\echo
\echo '1. THE PANEL'
\echo

\ir panel.sql
INSERT INTO clock VALUES ('make the panel and load it');

\pset tuples_only on
SELECT rpad(what, 46) || to_char(number, '9,999,999')
FROM (VALUES
	(1, 'invented patients', (SELECT count(DISTINCT patient_id) FROM patient_demographic)),
	(2, 'patient-years (some join in the second year)', (SELECT count(*) FROM patient_demographic)),
	(3, 'providers', (SELECT count(DISTINCT provider_npi) FROM patient_diagnosis_hcc)),
	(4, 'claims of 2025 and 2026', (SELECT count(DISTINCT encounter_id) FROM patient_diagnosis_hcc)),
	(5, '  voided later', (SELECT count(DISTINCT linked_encounter_id) FROM patient_diagnosis_hcc WHERE record_action = 'void')),
	(6, 'diagnoses on them', (SELECT count(*) FROM patient_diagnosis_hcc WHERE record_action = 'add')),
	(7, 'distinct codes', (SELECT count(DISTINCT replace(icd10_code, '.', '')) FROM patient_diagnosis_hcc))
) v (line, what, number)
ORDER BY line;
\pset tuples_only off

\echo '2. THE NIGHTLY JOB'
\echo
\echo 'Diagnoses of 2025 are paid in 2026, those of 2026 in 2027, by the model V28 in'
\echo 'both years. It is 1 November 2026; a claim arrives three weeks after the visit,'
\echo 'and later ones are not known yet. All it takes:'
\echo

INSERT INTO clock VALUES ('analyse and print');
SET client_min_messages = notice;
\set ECHO queries
CALL score_population(2026, known_at => '2026-11-01', batch_size => 5000);
CALL score_population(2027, known_at => '2026-11-01', batch_size => 5000);
\set ECHO none
SET client_min_messages = warning;
INSERT INTO clock VALUES ('score two payment years with V28');
\echo
\echo 'What the runs say of themselves:'
\echo
SELECT run_id AS run, payment_year AS paid, state, to_char(patients, '99,999') AS patients, to_char(scores_added, '99,999') AS added,
	to_char(patients_per_second, '9,999,999') AS "scored per s",
	to_char((SELECT sum(value::numeric) FROM hcc_run h, jsonb_each_text(seconds) WHERE h.run_id = r.run_id), '0.00') AS seconds
FROM scoring_run() r ORDER BY run_id;

\echo 'Which diagnoses of the year before counted, and the first reason why not:'
\echo
SELECT key AS verdict, to_char(sum(value::int) FILTER (WHERE payment_year = 2026), '999,999') AS "for 2026",
	to_char(sum(value::int) FILTER (WHERE payment_year = 2027), '999,999') AS "for 2027",
	CASE key WHEN 'ok' THEN 'counts and has an HCC' WHEN 'no_hcc' THEN 'counts, but V28 does not pay for it'
		WHEN 'no_acceptable_hcpcs' THEN 'a laboratory alone, for instance' WHEN 'bill_type' THEN 'home health, for instance'
		WHEN 'voided' THEN 'the claim was taken back' END AS meaning
FROM hcc_run, jsonb_each_text(diagnoses)
GROUP BY key ORDER BY sum(value::int) DESC;

CREATE TABLE demo.score AS
SELECT patient_id, payment_year, icd10_codes::icd10_set AS codes,
	beneficiary::beneficiary AS who, m.raw_score AS v28, s.raf_score AS payment
FROM patient_hcc_score s
	JOIN patient_hcc_model_score m USING (patient_id, payment_year, model_version);
ANALYZE demo.score;

\echo 'The scores. Those for 2027 will grow until the claims of 2026 are all in:'
\echo
SELECT payment_year AS "payment year", kind AS score, to_char(count(*), '99,999') AS patients,
	round(avg(score), 3) AS mean,
	percentile_disc(0.5) WITHIN GROUP (ORDER BY score) AS median,
	percentile_disc(0.9) WITHIN GROUP (ORDER BY score) AS p90, max(score)
FROM demo.score, LATERAL (VALUES ('V28 raw', v28), ('payment', payment)) v (kind, score)
GROUP BY payment_year, kind ORDER BY payment_year, kind = 'payment';

\echo 'How the raw scores spread, from each score to the next; # is 250 patients:'
\echo
SELECT to_char(score, '0.00') || CASE score WHEN 3 THEN '+' ELSE ' ' END AS " from",
	pg_temp.bar(for_2026) AS "for 2026", pg_temp.bar(for_2027) AS "for 2027"
FROM (
	SELECT LEAST(floor(v28 * 4) / 4, 3) AS score,
		count(*) FILTER (WHERE payment_year = 2026) AS for_2026,
		count(*) FILTER (WHERE payment_year = 2027) AS for_2027
	FROM demo.score GROUP BY 1
) h
ORDER BY score;
INSERT INTO clock VALUES ('analyse and print');

-- Every V28 score explained
CREATE TABLE demo.term AS
SELECT patient_id, payment_year, e.*
FROM demo.score, raf_explain(codes, who, 'V28', payment_year) e;
INSERT INTO clock VALUES ('explain every V28 score');
ANALYZE demo.term;

\echo '3. THE GAPS OF TODAY'
\echo
INSERT INTO clock VALUES ('analyse and print');
SET client_min_messages = notice;
\set ECHO queries
CALL refresh_gaps(2026, as_of => '2026-11-01');
\set ECHO none
SET client_min_messages = warning;
ANALYZE patient_hcc_gap;
INSERT INTO clock VALUES ('find all recapture gaps and what each is worth');

\echo
\echo 'Conditions of 2025, or new in 2026, by what 2026 says of them so far:'
\echo
SELECT status, to_char(count(*) FILTER (WHERE excluded IS NULL), '99,999') AS "in scope",
	to_char(count(*) FILTER (WHERE excluded = 'acute'), '99,999') AS acute,
	CASE status WHEN 'closed' THEN 'documented again' WHEN 'downgraded' THEN 'documented as something lesser'
		WHEN 'documented_not_eligible' THEN 'documented, on no claim that counts'
		WHEN 'open' THEN 'not documented this year' WHEN 'net_new' THEN 'not there the year before' END AS meaning
FROM patient_hcc_gap GROUP BY status ORDER BY status = 'net_new', count(*) DESC;

\echo 'Recapture so far, by services up to the end of each second month:'
\echo
SELECT month, to_char(closed_ytd, '99,999') AS closed, to_char(gaps, '99,999') AS "of",
	to_char(100 * rate_strict_ytd, '990.0') || ' %' AS rate, repeat('#', (50 * rate_strict_ytd)::int) AS " "
FROM recapture_rate_month(2026, as_of => '2026-11-01')
WHERE right(month, 2)::int % 2 = 0;

\echo 'The days left for 2026 and the gaps that can still be closed for it:'
\echo
SELECT run, deadline, days_left AS "days left", to_char(open_gaps, '99,999') AS "open gaps", evidence_in_hand AS "evidence in hand"
FROM deadline_board(2027, as_of => '2026-11-01') WHERE days_left > 0;

\echo 'What a clinic gets: whom to see, for what, and where it was last documented. No'
\echo 'value is in it. The first five of the provider with the most open gaps:'
\echo
SELECT provider_npi AS provider, count(*) AS open_gaps
FROM recapture_gap(2026, statuses => '{open}') GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 1
\gset
SELECT right(patient_id::text, 5)::int AS patient, 'HCC ' || hcc_code AS gap, pg_temp.short(label, 31) AS label,
	array_to_string(icd10_codes, ' ') AS codes, base_date AS documented
FROM recapture_gap(2026, provider => :'provider', statuses => '{open}') ORDER BY base_date, patient_id, hcc_code LIMIT 5;

\echo 'What the plan sees: the ten patients with the most to recapture, what their gaps'
\echo 'are worth together in V28, and in the payment score.'
\echo
CREATE TEMPORARY TABLE top_ten AS
SELECT patient_id, array_agg(hcc_code ORDER BY hcc_code::int) AS hccs, max(joint_raw) AS joint_raw, max(joint_payment) AS joint_payment
FROM recapture_gap_value(2026)
GROUP BY patient_id ORDER BY joint_payment DESC, patient_id LIMIT 10;
SELECT right(patient_id::text, 5)::int AS patient, array_to_string(hccs, ' ') AS "HCCs not documented again",
	joint_raw AS "V28 raw", joint_payment AS payment
FROM top_ten ORDER BY joint_payment DESC, patient_id;

CREATE TEMPORARY TABLE closing AS
SELECT patient_id, payment, raf_payment(codes | added, who, 2027) AS payment_then
FROM demo.score JOIN (
	SELECT patient_id, icd10_agg(code) AS added
	FROM recapture_gap(2026) JOIN top_ten USING (patient_id), unnest(icd10_codes) code
	GROUP BY patient_id) t USING (patient_id)
WHERE payment_year = 2027;
SELECT sum(payment) AS before, sum(payment_then) AS after, sum(payment_then - payment) AS more,
	(SELECT sum(joint_payment) FROM top_ten) AS worth,
	(SELECT round(avg(payment), 4) FROM demo.score WHERE payment_year = 2027) AS mean_before,
	(SELECT round(avg(COALESCE(payment_then, s.payment)), 4) FROM demo.score s LEFT JOIN closing USING (patient_id) WHERE payment_year = 2027) AS mean_after
FROM closing
\gset
\echo 'If all ten were seen and had what they had: scored again with last year''s codes,'
\echo 'their payment scores add up to' :after 'in place of' :before','
\echo :more 'more. (The gaps said' :worth'.)'
\echo 'The mean of the panel would go from' :mean_before 'to' :mean_after'.'
\echo

\echo '4. A PROVIDER''S SCORECARD'
\echo
\echo 'Provider' :provider', with' :open_gaps 'open gaps, beside all other providers:'
\echo
INSERT INTO clock VALUES ('analyse and print');
\pset tuples_only on
SELECT rpad(what, 46) || lpad(COALESCE(value, '-'), 8) || COALESCE('   ' || note, '')
FROM provider_panel(2026, as_of => '2026-11-01', provider => :'provider') p
	JOIN panel_value(2027, provider => :'provider') v USING (provider_npi),
	LATERAL (VALUES
		(1, 'patients attributed', p.patients::text, NULL),
		(2, 'seen this year, percent', to_char(100 * seen_rate, 'FM990.0'), NULL),
		(3, 'gaps in scope', gaps::text, NULL),
		(4, '  closed', gaps_closed::text, NULL),
		(5, '  documented as something lesser', gaps_downgraded::text, NULL),
		(6, '  open', gaps_open::text, NULL),
		(7, 'recapture rate, percent', to_char(100 * rate_strict, 'FM990.0'), 'others ' || to_char(100 * peer_rate_strict, 'FM990.0')),
		(8, 'unspecified where it matters, percent', to_char(100 * unspecified_rate, 'FM990.0'), NULL),
		(9, 'HCCs per patient', hccs_per_patient::text, NULL),
		(10, 'mean raw score', mean_raw::text, NULL),
		(11, 'burden of disease, others = 1', benchmark::text, format('95 %%: %s to %s', benchmark_low, benchmark_high)),
		(12, 'outlier', COALESCE(outlier, 'no'), NULL)
	) l (line, what, value, note)
ORDER BY line;
\pset tuples_only off
INSERT INTO clock VALUES ('scorecard');

\echo '5. ONE PATIENT'
\echo

-- Someone with enough to tell: four or five HCCs, an interaction, something
-- superseded, an open gap; of those, the one with most codes.
SELECT s.patient_id AS patient, right(s.patient_id::text, 5)::int AS number, p.age,
	CASE p.gender WHEN 'F' THEN 'woman' ELSE 'man' END AS person, g.label AS segment, cardinality(codes) AS codes, payment
FROM demo.score s
	JOIN patient_hcc_score p USING (patient_id, payment_year)
	JOIN hcc_segment g ON g.model_version = 'V28' AND g.segment = raf_segment(who, 'V28', payment_year)
	JOIN demo.term t USING (patient_id, payment_year)
WHERE payment_year = 2027 AND g.segment = 'CNA' AND cardinality(hcc_list) BETWEEN 4 AND 5
	AND s.patient_id IN (SELECT patient_id FROM recapture_gap(2026, statuses => '{open}'))
GROUP BY s.patient_id, p.age, p.gender, g.label, codes, payment
HAVING count(*) FILTER (WHERE t.kind = 'interaction') BETWEEN 1 AND 2 AND count(superseded_by) BETWEEN 1 AND 2
ORDER BY cardinality(codes) DESC, s.patient_id LIMIT 1
\gset
SELECT count(*) AS diagnoses, count(DISTINCT encounter_id) AS encounters
FROM patient_diagnosis_hcc
WHERE patient_id = :'patient' AND record_action = 'add' AND diagnosis_date >= '2026-01-01' AND known_at <= '2026-11-01'
\gset

\echo 'Patient' :number', a' :person 'of' :age'; segment:' :segment'.'
\echo :encounters 'claims of 2026 so far, with' :diagnoses 'diagnoses; what became of them:'
\echo
SELECT verdict, count(*) AS diagnoses, pg_temp.short(string_agg(DISTINCT icd10_code, ' ' ORDER BY icd10_code), 55) AS codes
FROM dx_verdict(2027, :'patient', as_of => '2026-11-01') WHERE diagnosis_date >= '2026-01-01'
GROUP BY verdict ORDER BY verdict <> 'ok', verdict;

\echo 'What counts for 2027:'
\echo

CREATE TEMPORARY TABLE told AS
SELECT e.*
FROM demo.score, raf_explain(codes, who, 'V28', payment_year) WITH ORDINALITY
	e (kind, variable, hcc_code, label, coefficient, icd10_codes, reason, superseded_by, line)
WHERE patient_id = :'patient' AND payment_year = 2027;

SELECT to_char(coefficient, '0.000') AS points, kind, pg_temp.short(label, 42) AS what, codes AS "from"
FROM (
	SELECT line, coefficient, COALESCE('HCC ' || hcc_code, kind) AS kind,
		COALESCE(label, variable) AS label, array_to_string(icd10_codes, ' ') AS codes
	FROM told WHERE reason IS NULL
	UNION ALL
	SELECT 1000, sum(coefficient), 'raw score', NULL, NULL FROM told
) t
ORDER BY line;

\echo 'What does not count, and why:'
\echo
SELECT COALESCE('HCC ' || hcc_code, kind) AS what, reason,
	string_agg(array_to_string(icd10_codes, ' '), ' ' ORDER BY line) AS codes
FROM (SELECT *, row_number() OVER (PARTITION BY kind, reason ORDER BY line) AS nth FROM told WHERE reason IS NOT NULL) t
GROUP BY what, reason, (nth - 1) / 7
ORDER BY what DESC, reason, min(line);

\echo 'From raw score to payment score:'
\echo
SELECT raw_score AS "raw", normalization_factor AS "/ norm", normalized_score AS "= normal",
	1 - coding_pattern_adjustment AS "x coding", adjusted_score AS "= payment"
FROM demo.score, raf_payment_explain(codes, who, payment_year)
WHERE patient_id = :'patient' AND payment_year = 2027;

\echo 'What the job has stored of it, beside the year before:'
\echo
SELECT payment_year AS paid, demographic_score AS demographic, disease_score AS disease,
	interaction_score AS inter, raf_score AS payment, array_to_string(hcc_list, ' ') AS "HCCs"
FROM patient_hcc_score WHERE patient_id = :'patient' ORDER BY payment_year;

\echo 'And what was documented in 2025 and is not yet in 2026:'
\echo
SELECT 'HCC ' || hcc_code AS gap, pg_temp.short(label, 40) AS label, status, base_date AS "documented"
FROM patient_gap(:'patient', 2026, as_of => '2026-11-01')
WHERE gap_source = 'historic' AND status <> 'closed' AND excluded IS NULL ORDER BY hcc_code::int;

SELECT count(*) AS unequal
FROM demo.score JOIN (SELECT patient_id, payment_year, sum(coefficient) AS sum FROM demo.term GROUP BY 1, 2) t USING (patient_id, payment_year)
WHERE v28 <> sum
\gset
\echo 'Explained for everyone; patient-years whose terms do not add up to V28:' :unequal
\echo
INSERT INTO clock VALUES ('analyse and print');

\echo '6. PAGES'
\echo
\echo 'The same for people who do not open psql: HTML files that need nothing else.'
\echo 'They show what was known on 1 November, and the worklist of that day.'
\echo
SET client_min_messages = notice;
\set ECHO queries
CALL refresh_worklist(2026, as_of => '2026-11-01');
\set ECHO none
SET client_min_messages = warning;
INSERT INTO clock VALUES ('make a worklist of the gaps');
\pset tuples_only on
\pset format unaligned
\set file :pages '/panel.html'
\o :file
SELECT panel_page(2027, as_of => '2026-11-01', title => 'An invented panel', again => true);
\set file :pages '/patient-for-clinicians.html'
\o :file
SELECT patient_page(:'patient', 2027, title => 'Patient ' || :number);
\set file :pages '/patient-for-analysts.html'
\o :file
SELECT patient_page_value(:'patient', 2027, title => 'Patient ' || :number);
\set file :pages '/provider.html'
\o :file
SELECT provider_page(:'provider', 2027, as_of => '2026-11-01');
\o
\pset format aligned
\pset tuples_only off
INSERT INTO clock VALUES ('make four pages');
\echo
\echo 'Open these in a browser:'
\echo :pages'/panel.html'
\echo :pages'/patient-for-clinicians.html'
\echo :pages'/patient-for-analysts.html'
\echo :pages'/provider.html'
\echo

\echo '7. SOME WEEKS LATER'
\echo
\echo 'Without a date it is today: more claims are in, and what is dated after today does'
\echo 'not count yet. The next runs find what changed since 1 November:'
\echo
SET client_min_messages = notice;
\set ECHO queries
CALL score_population(2027);
CALL refresh_gaps(2026);
\set ECHO none
SET client_min_messages = warning;
INSERT INTO clock VALUES ('score 2027 and find its gaps once more');
SELECT count(*) FILTER (WHERE g.status = 'closed') AS closed_now, count(*) AS top_gaps
FROM top_ten t JOIN patient_hcc_gap g ON g.patient_id = t.patient_id AND g.hcc_code = ANY (t.hccs)
WHERE g.collection_year = 2026 AND g.model_version = 'V28' AND g.gap_source = 'historic'
\gset
SELECT round(100 * rate_strict, 1) AS rate, closed AS closed_gaps, gaps FROM recapture_rate(2026)
\gset
SELECT round(avg(raf_score), 4) AS mean_now, (SELECT count(*) FROM patient_hcc_score_history WHERE payment_year = 2027) AS kept
FROM patient_hcc_score WHERE payment_year = 2027
\gset
\echo
\echo 'Of the' :top_gaps 'gaps of the ten patients' :closed_now 'have been closed since.'
\echo 'Of all' :gaps 'gaps' :closed_gaps 'are closed,' :rate 'percent.'
\echo 'The mean payment score is' :mean_now'.'
\echo 'The' :kept 'scores that changed are kept with the time in which they were valid.'
\echo

\echo '8. THE TEN MOST FREQUENT HCCS'
\echo
\echo 'V28, for 2027, as of 1 November. "again": of those who had it the year before,'
\echo 'how many have it again, or one above it. "points": in the largest segment, CNA.'
\echo
CREATE TEMPORARY TABLE held AS
SELECT patient_id, payment_year, hcc_code, variable, label
FROM demo.term WHERE kind = 'hcc' AND reason IS NULL;
CREATE TEMPORARY TABLE had AS
SELECT patient_id, payment_year, hcc_code FROM held
UNION
SELECT patient_id, payment_year, subordinate_hcc
FROM held JOIN hcc_hierarchy ON model_version = 'V28' AND superior_hcc = hcc_code;
ANALYZE held, had;

WITH again AS (
	SELECT hcc_code, round(100.0 * count(now.hcc_code) / count(*)) AS again
	FROM (SELECT * FROM held WHERE payment_year = 2026) before
		LEFT JOIN (SELECT * FROM had WHERE payment_year = 2027) now USING (patient_id, hcc_code)
	GROUP BY 1
)
SELECT hcc_code AS "HCC", pg_temp.short(label, 40) AS label, count(*) AS patients,
	round(100.0 * count(*) / (SELECT count(*) FROM demo.score WHERE payment_year = 2027), 1) AS "share %",
	max(again) AS "again %", max(coefficient) AS points
FROM held JOIN hcc_coefficient k USING (variable) LEFT JOIN again USING (hcc_code)
WHERE held.payment_year = 2027 AND k.model_version = 'V28' AND k.calibration = 'V28_2024' AND k.segment = 'CNA'
GROUP BY hcc_code, label ORDER BY patients DESC, hcc_code LIMIT 10;

INSERT INTO clock VALUES ('analyse and print');

\echo '9. WHAT IF'
\echo
\echo 'A model is rows. One of them edited, in a transaction: heart arrhythmias, for'
\echo 'community members of 65 and older without Medicaid.'
\echo
\set ECHO queries
BEGIN;
UPDATE hcc_coefficient SET coefficient = coefficient + 0.100
WHERE model_version = 'V28' AND segment = 'CNA' AND variable = 'HCC238'
RETURNING variable, coefficient - 0.100 AS "was", coefficient AS "is";
\set ECHO none
CREATE TEMPORARY TABLE edited ON COMMIT DROP AS
SELECT patient_id, payment_year, v28, raf_score(codes, who, 'V28', payment_year) AS v28_edited,
	payment, raf_payment(codes, who, payment_year) AS payment_edited
FROM demo.score;
SELECT payment_year AS "payment year", count(*) FILTER (WHERE v28 <> v28_edited) AS "patients changed",
	round(avg(v28), 4) AS "mean V28", round(avg(v28_edited), 4) AS "then",
	round(avg(payment), 4) AS "mean payment", round(avg(payment_edited), 4) AS "then"
FROM edited GROUP BY 1 ORDER BY 1;
\set ECHO queries
ROLLBACK;
\set ECHO none
SELECT count(*) AS different
FROM demo.score
WHERE (v28, payment) <> (raf_score(codes, who, 'V28', payment_year), raf_payment(codes, who, payment_year))
\gset
\echo
\echo 'Scored once more:' :different 'scores differ from those before the edit.'
\echo
INSERT INTO clock VALUES ('edit a coefficient, score again, roll back, score again');

\echo '10. THE TIME'
\echo
CREATE TEMPORARY VIEW took AS
SELECT step, min(at) AS first, sum(seconds) AS seconds
FROM (SELECT step, at, extract(epoch FROM at - lag(at) OVER (ORDER BY at)) AS seconds FROM clock) s
WHERE seconds IS NOT NULL
GROUP BY step;

SELECT step, to_char(seconds, '990.00') AS seconds FROM took ORDER BY step = 'analyse and print', first;

SELECT to_char(count(*), 'FM999,999') AS patient_years,
	to_char((SELECT seconds FROM took WHERE step LIKE 'score two%'), 'FM990.00') AS seconds
FROM demo.score
\gset
\echo 'Scored' :patient_years 'patient-years in' :seconds's.'
