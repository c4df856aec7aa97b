-- Every report derived a second time, for 1,200 random people: by scalar functions
-- of the engine one person at a time, by loops, and by plain counting; see
-- 68-second_derivation.sql for gaps and what is on them. A run commits, so this is
-- no transaction: what it makes, it drops.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS hccraf;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT * FROM no_plan();
CREATE SCHEMA second;
SELECT hccraf_setup('second') \g /dev/null
SET search_path = second, public;
\ir include/random_people.sql
-- wellness visits, one in ten of which is voided
INSERT INTO visit_kind (kind, procedure_code) VALUES ('annual_wellness', 'AWV01');
INSERT INTO patient_diagnosis_hcc (patient_id, encounter_id, icd10_code, diagnosis_date,
	provider_npi, claim_type, procedure_codes, record_action, known_at)
	SELECT md5((1 + chance(v, 'visitor', 1200))::text)::uuid, md5('v' || v)::uuid, 'Z0000',
		date '2025-09-01' + chance(v, 'visit', 450), '1', 'professional', '{AWV01}', a, '2020-01-01'
	FROM generate_series(1, 700) v, unnest('{add,void}'::text[]) a
	WHERE a = 'add' OR chance(v, 'taken back', 10) = 0;
CALL score_population(2026, allow_low_confidence => true);
CALL score_population(2027, allow_low_confidence => true);
CALL refresh_gaps(2026, as_of => '2026-12-20');
SELECT count(gap_event(patient_id, 2026, hcc_code, 'deferred', NULL, 'me', 'V28', NULL,
	'2026-06-01')) FROM recapture_gap(2026, statuses => '{open}') WHERE hcc_code = '38' \g /dev/null
CALL refresh_worklist(2026, as_of => '2026-12-20', at_least => 'potential');

-- The rows of a report are those of another query, whose columns need no names
CREATE FUNCTION pg_temp.same(report text, derived text, name text) RETURNS text LANGUAGE sql AS $$
	SELECT set_eq(report, format('SELECT * FROM (%s) derived (%s)', derived, substring(report
		FROM '^\s*SELECT (.*?)\s+FROM ')), name) $$;
CREATE TEMPORARY TABLE m AS SELECT * FROM member(2027);
CREATE TEMPORARY TABLE d AS SELECT x.*, replace(icd10_code, '.', '') AS code, y AS year
FROM generate_series(2026, 2027) y, diagnosis(y) x;
CREATE TEMPORARY TABLE c AS SELECT * FROM d WHERE encounter_verdict = 'ok';
CREATE TEMPORARY TABLE h AS SELECT c.*, unnest(person_hccs(c.code, m.who, 'V28', 2027)) AS hcc
FROM c JOIN m USING (patient_id);
CREATE TEMPORARY TABLE s AS SELECT y.year, x.*
FROM (VALUES (2026), (2027)) y (year), stored_score(y.year) x;
ANALYZE m; ANALYZE d; ANALYZE c; ANALYZE h; ANALYZE s;

-- captured_hcc: what is left after the hierarchy, and has a coefficient for the person
CREATE TEMPORARY TABLE all_hcc AS SELECT patient_id, year,
	apply_hierarchy(array_agg(DISTINCT hcc), 'V28', 2027) AS top FROM h GROUP BY 1, 2;
SELECT pg_temp.same('SELECT patient_id, hcc_code, status, icd10_codes, records, first_date, '
	'last_date, newest_record_id, sources, first_known_at FROM captured_hcc(2026)', $$
	SELECT h.patient_id, h.hcc, CASE WHEN NOT h.hcc = ANY (t.top) THEN 'superseded'
		WHEN raf_marginal_hccs('{}', m.who, ARRAY[h.hcc], 'V28', 2027) = 0 THEN 'non_payment'
		ELSE 'payment' END,
		array_agg(DISTINCT h.code), count(*), min(h.diagnosis_date), max(h.diagnosis_date),
		(SELECT l.id FROM h l WHERE (l.patient_id, l.hcc, l.year) = (h.patient_id, h.hcc, 2027)
			ORDER BY l.diagnosis_date DESC, l.known_at DESC, l.id LIMIT 1),
		array_agg(DISTINCT h.record_source), min(h.known_at)
	FROM h JOIN all_hcc t USING (patient_id, year) JOIN m USING (patient_id) WHERE h.year = 2027
	GROUP BY h.patient_id, h.hcc, t.top, m.who $$, 'captured_hcc');

-- no_encounter
SELECT pg_temp.same('SELECT patient_id, provider_npi, hcc_codes, last_encounter, last_record FROM '
	'no_encounter(2026)', $$
	SELECT m.patient_id, m.provider_npi, k.hccs,
		(SELECT max(diagnosis_date) FROM c WHERE c.patient_id = m.patient_id AND c.year = 2026),
		(SELECT max(diagnosis_date) FROM d WHERE d.patient_id = m.patient_id AND d.year = 2027
			AND record_action IN ('add', 'replace') AND encounter_verdict <> 'voided')
	FROM m JOIN all_hcc t ON t.patient_id = m.patient_id AND t.year = 2026
		CROSS JOIN LATERAL (SELECT array_agg(x ORDER BY x::integer) AS hccs FROM unnest(t.top) x
			WHERE raf_marginal_hccs('{}', m.who, ARRAY[x], 'V28', 2027) <> 0
			AND x NOT IN (SELECT r.hcc_code FROM hcc_recapture_class('V28', 'conservative') r
				WHERE recapture_class = 'acute')) k
	WHERE m.excluded IS NULL AND k.hccs IS NOT NULL AND NOT EXISTS (SELECT FROM c
		WHERE c.patient_id = m.patient_id AND c.year = 2027)
		AND NOT EXISTS (SELECT FROM d WHERE d.patient_id = m.patient_id AND d.year = 2027
			AND record_action IN ('add', 'replace') AND encounter_verdict = 'deleted') $$,
	'no_encounter');

-- deadline_board and late_window, gap by gap
CREATE FUNCTION pg_temp.board(today date) RETURNS TABLE (run text, days_left integer,
	open_gaps bigint, evidence_in_hand bigint) LANGUAGE plpgsql AS $$
DECLARE
	g record;
	w record;
BEGIN
	FOR w IN SELECT * FROM submission_deadline x WHERE x.payment_year = 2027 LOOP
		run := w.run; days_left := w.deadline - today; open_gaps := 0; evidence_in_hand := 0;
		FOR g IN SELECT * FROM patient_hcc_gap x
		WHERE x.excluded IS NULL AND x.superseded_by IS NULL LOOP
			IF g.status IN ('documented_not_eligible', 'pending')
			AND g.evidence_date >= w.service_from AND g.evidence_date <= w.service_to THEN
				evidence_in_hand := evidence_in_hand + 1;
				IF w.deadline >= today OR w.service_to >= today THEN open_gaps := open_gaps + 1;
		END IF;
			ELSIF g.status IN ('open', 'downgraded', 'documented_not_eligible', 'pending')
				AND w.service_to >= today THEN
				open_gaps := open_gaps + 1;
			END IF;
		END LOOP;
		RETURN NEXT;
	END LOOP;
END $$;
SELECT pg_temp.same(format('SELECT run, days_left, open_gaps, evidence_in_hand '
	'FROM deadline_board(2027, as_of => %L)', t), format('SELECT * FROM pg_temp.board(%L)', t),
	'deadline_board on ' || t)
FROM unnest('{2026-12-20,2026-12-31,2027-01-01,2027-03-05,2027-03-06,2028-02-01}'::date[]) t;
SELECT pg_temp.same(
	format('SELECT patient_id, contract_id, hcc_code, status, reason, evidence_date, evidence_npi, '
		'run, deadline, days_left FROM late_window(2026, as_of => %L)', t), format($$
	SELECT g.patient_id, g.contract_id, g.hcc_code, g.status, g.reason, g.evidence_date,
		r.provider_npi, w.run, w.deadline, w.deadline - %1$L::date
	FROM patient_hcc_gap g JOIN patient_diagnosis_hcc r ON r.id = g.evidence_record_id
		JOIN submission_deadline w ON w.payment_year = 2027 AND w.deadline = (SELECT min(x.deadline)
			FROM submission_deadline x WHERE x.payment_year = 2027
			AND x.deadline >= %1$L AND r.diagnosis_date BETWEEN x.service_from AND x.service_to)
	WHERE g.status IN ('pending', 'documented_not_eligible') AND g.excluded IS NULL
		AND g.superseded_by IS NULL $$, t), 'late_window on ' || t)
FROM unnest('{2026-12-20,2027-03-06}'::date[]) t;

-- awv_due: from the first of the month twelve months after that of the last visit
SELECT pg_temp.same(
	format('SELECT patient_id, last_visit, open_gaps FROM awv_due(2026, as_of => %L)', t), format($$
	SELECT m.patient_id, v.last, (SELECT count(*)::integer FROM patient_hcc_gap g
		WHERE (g.patient_id, g.contract_id) = (m.patient_id, m.contract_id)
			AND gap_source = 'historic'
		AND g.status IN ('open', 'downgraded', 'documented_not_eligible') AND g.excluded IS NULL
		AND g.superseded_by IS NULL)
	FROM member(2027, %1$L) m CROSS JOIN LATERAL (SELECT max(x.diagnosis_date) AS last FROM d x
		WHERE x.patient_id = m.patient_id AND 'AWV01' = ANY (x.procedure_codes)
		AND x.record_action = 'add' AND x.encounter_verdict <> 'voided'
		AND x.diagnosis_date <= %1$L) v
	WHERE m.excluded IS NULL AND (v.last IS NULL OR make_date(extract(year FROM v.last)::integer
		+ 1, extract(month FROM v.last)::integer, 1) <= %1$L) $$, t), 'awv_due on ' || t)
FROM unnest('{2026-12-20,2026-12-31}'::date[]) t;
SELECT is_empty($$ SELECT a.patient_id FROM awv_due(2026, as_of => '2026-12-20') a
	JOIN awv_due(2026, as_of => '2026-12-20') b ON b.rank < a.rank
	WHERE b.open_gaps < a.open_gaps $$, 'those with most gaps first');

-- specificity: each unspecified code of this year beside each specific one of before
CREATE TEMPORARY TABLE coded AS SELECT patient_id, icd10_agg(code) AS codes FROM c
WHERE year = 2027 GROUP BY 1;
CREATE TEMPORARY TABLE specified AS
SELECT DISTINCT ON (m.patient_id, v.code, e.hccs) m.patient_id, m.provider_npi, v.code AS vague,
	v.on, e.code AS specific, e.hccs, e.dates, e.newest, u.uplift
FROM m JOIN coded USING (patient_id)
	JOIN (SELECT patient_id, code, max(diagnosis_date) AS on FROM c WHERE year = 2027
		GROUP BY 1, 2) v USING (patient_id)
	JOIN unspecified_code f ON f.icd10_code = v.code
	JOIN (SELECT h.patient_id, h.code, (SELECT array_agg(x ORDER BY x::integer)
		FROM (SELECT DISTINCT x FROM unnest(array_agg(h.hcc)) x) y) AS hccs,
		count(DISTINCT h.diagnosis_date) AS dates, max(h.diagnosis_date) AS newest FROM h
		WHERE year = 2026 GROUP BY 1, 2) e
		ON e.patient_id = m.patient_id AND left(e.code, 3) IN (SELECT left(p, 3)
			FROM unnest(COALESCE(f.family, ARRAY[v.code])) p)
	CROSS JOIN LATERAL (SELECT raf_score(
		array_append(array_remove(coded.codes::text[], v.code), e.code)::icd10_set, m.who, 'V28',
		2027) - raf_score(coded.codes, m.who, 'V28', 2027) AS uplift) u
WHERE m.excluded IS NULL
	AND m.patient_id NOT IN (SELECT patient_id FROM patient_demographic WHERE esrd <> 'none')
	AND NOT e.code = ANY (coded.codes::text[])
	AND e.code NOT IN (SELECT icd10_code FROM unspecified_code WHERE basis <> 'sibling')
ORDER BY m.patient_id, v.code, e.hccs, e.dates DESC, e.newest DESC, e.code;
SELECT cmp_ok((SELECT count(*) FROM specified WHERE uplift > 0), '>', 5::bigint,
	'something to specify');
SELECT pg_temp.same(
	'SELECT patient_id, unspecified_code, specific_code, uplift_raw, uplift_payment '
	'FROM specificity_value(2026, route => NULL)', $$ SELECT t.patient_id, vague, specific, uplift,
		raf_payment(array_append(array_remove(coded.codes::text[], vague), specific)::icd10_set,
			who, 2027) - raf_payment(coded.codes, who, 2027)
	FROM specified t JOIN m USING (patient_id) JOIN coded USING (patient_id)
	WHERE uplift > 0 $$, 'specificity_value');
SELECT pg_temp.same(
	'SELECT patient_id, unspecified_code, coded_on, specific_code, hcc_codes, evidence_dates, '
	'last_evidence, routed_to FROM specificity(2026, route => NULL, document_quality => true)',
	$$ SELECT patient_id, vague, "on", specific, hccs, dates, newest, CASE WHEN uplift >= 1
		AND dates < 2 THEN 'second_review' ELSE 'provider' END FROM specified $$, 'specificity');
SELECT pg_temp.same(
	'SELECT provider_npi, patients, diagnoses, unspecified, rate FROM unspecified_rate(2026)',
	$$ SELECT c.provider_npi, count(DISTINCT c.patient_id), count(*),
		sum((u.icd10_code IS NOT NULL)::integer), round(avg((u.icd10_code IS NOT NULL)::integer), 4)
	FROM c JOIN m USING (patient_id) LEFT JOIN unspecified_code u ON u.icd10_code = c.code
		AND u.basis = 'description'
		AND left(c.code, 3) IN (SELECT left(icd10_code, 3) FROM hcc_crosswalk
			WHERE model_version = 'V28' AND 2027 BETWEEN effective_year AND expiry_year)
	WHERE c.year = 2027 AND (u.icd10_code IS NOT NULL
		OR person_hccs(c.code, m.who, 'V28', 2027) <> '{}') GROUP BY 1 $$, 'unspecified_rate');

-- cdi_feedback
SELECT pg_temp.same($$ SELECT quarter, provider_npi, reason, cases, diagnoses, pass_rate
	FROM cdi_feedback(2026) WHERE source = 'verdict' $$, $$
	WITH q AS (SELECT make_date(2026, 3 * ((extract(month FROM d.diagnosis_date)::integer - 1) / 3)
		+ 1, 1) AS quarter, d.provider_npi, d.encounter_verdict AS v
		FROM d JOIN m USING (patient_id) WHERE d.year = 2027 AND d.record_action = 'add'
			AND person_hccs(d.code, m.who, 'V28', 2027) <> '{}')
	SELECT quarter, provider_npi, v, count(*), t.n, t.rate
	FROM q JOIN (SELECT quarter, provider_npi, count(*) AS n,
		round(avg((v = 'ok')::integer), 4) AS rate FROM q GROUP BY 1, 2) t
		USING (quarter, provider_npi) WHERE v <> 'ok'
		GROUP BY 1, 2, 3, 5, 6 $$, 'cdi_feedback: why diagnoses did not count');
SELECT pg_temp.same($$ SELECT quarter, provider_npi, reason, cases FROM cdi_feedback(2026)
	WHERE source = 'answer' $$, $$ SELECT date '2026-04-01', g.base_npi, 'deferred', count(*)
	FROM patient_hcc_gap_event e JOIN patient_hcc_gap g USING (patient_id, hcc_code)
		JOIN m ON m.patient_id = g.patient_id AND m.contract_id = g.contract_id
	GROUP BY 2 $$, 'and what was answered');

-- lost_condition
SELECT pg_temp.same(
	'SELECT icd10_code, change, old_hccs, new_hccs, patients FROM lost_condition(2027)', $$
	SELECT code, CASE WHEN n = '{}' THEN 'lost' ELSE 'gained' END, o, n, count(*) FROM (
		SELECT DISTINCT c.patient_id, c.code, person_hccs(c.code, m.who, 'V24', 2025) AS o,
			person_hccs(c.code, m.who, 'V28', 2027) AS n FROM c JOIN m USING (patient_id)
		WHERE year = 2027) x
	WHERE (o = '{}') <> (n = '{}') GROUP BY 1, 2, 3, 4 $$, 'lost_condition');

-- score_change between years: person by person, one thing after the other
CREATE FUNCTION pg_temp.less(a text[], b text[]) RETURNS text[]
	LANGUAGE sql AS $$ SELECT COALESCE(array_agg(x ORDER BY x), '{}')
		FROM (SELECT unnest(a) EXCEPT SELECT unnest(b)) y (x) $$;
CREATE FUNCTION pg_temp.pays(codes text[], who text, year integer) RETURNS numeric
	LANGUAGE sql AS $$ SELECT raf_payment(codes::icd10_set, who::beneficiary, year, 'MA',
		allow_low_confidence => true) $$;
CREATE TEMPORARY TABLE step AS
SELECT o.patient_id, o.raf_score AS a, n.raf_score AS b, o.beneficiary AS w0, n.beneficiary AS w1,
	o.icd10_codes AS c0, n.icd10_codes AS c1, f.filtered,
	pg_temp.less(pg_temp.less(n.icd10_codes, o.icd10_codes), f.filtered) AS added,
	pg_temp.less(pg_temp.less(o.icd10_codes, n.icd10_codes), f.filtered) AS dropped
FROM s o JOIN s n ON n.patient_id = o.patient_id AND n.year = 2027
	CROSS JOIN LATERAL (SELECT COALESCE(array_agg(DISTINCT d.code ORDER BY d.code),
		'{}') AS filtered FROM d WHERE d.patient_id = o.patient_id
		AND d.encounter_verdict NOT IN ('ok', 'deleted', 'voided', 'dos_outside_year')
		AND CASE d.year WHEN 2027 THEN d.code = ANY (o.icd10_codes)
		AND NOT d.code = ANY (n.icd10_codes) ELSE d.code = ANY (n.icd10_codes)
		AND NOT d.code = ANY (o.icd10_codes) END) f
WHERE o.year = 2026;
SELECT cmp_ok((SELECT count(*) FROM step WHERE c0 <> c1 AND filtered <> '{}'), '>', 10::bigint,
	'changes of codes, and such by the filter');
SELECT pg_temp.same($$ SELECT patient_id, from_score, to_score, difference, diagnoses_added,
	diagnoses_dropped, demographics, model, filter, reference_release, added_codes,
	dropped_codes, filter_codes
		FROM score_change(2027, from_payment_year => 2026)
		WHERE from_score IS NOT NULL AND to_score IS NOT NULL $$, $$
	SELECT patient_id, a, b, b - a, s1 - s0, s2 - s1, s3 - s2, s4 - s3, s5 - s4, s0 - a + b - s5,
		added, dropped, filtered
	FROM step CROSS JOIN LATERAL (SELECT pg_temp.less(c0 || added, dropped) AS kept) k
		CROSS JOIN LATERAL (SELECT pg_temp.pays(c0, w0, 2026) AS s0,
			pg_temp.pays(c0 || added, w0, 2026) AS s1, pg_temp.pays(kept, w0, 2026) AS s2,
			pg_temp.pays(kept, w1, 2026) AS s3,
			pg_temp.pays(kept, w1, 2027) AS s4, pg_temp.pays(c1, w1, 2027) AS s5) p $$,
	'score_change');
SELECT pg_temp.same('SELECT patient_id, from_score, to_score, membership FROM score_change(2027, '
	'from_payment_year => 2026) WHERE from_score IS NULL OR to_score IS NULL', $$
	SELECT patient_id, max(raf_score) FILTER (WHERE year = 2026), max(raf_score)
		FILTER (WHERE year = 2027), sum(CASE year WHEN 2026 THEN -raf_score ELSE raf_score END)
	FROM s GROUP BY 1 HAVING count(*) = 1 $$, 'who was in one of the years only');

-- panel_value and hcc_outlier, provider by provider against all others
CREATE TEMPORARY TABLE v AS SELECT COALESCE(m.provider_npi, '') AS npi, s.*,
	COALESCE(m.enrolled_months, 12) AS months, (SELECT max(joint_payment) FROM patient_hcc_gap g
	WHERE (g.patient_id, g.contract_id) = (m.patient_id, m.contract_id)) AS open_value
FROM m JOIN s USING (patient_id) WHERE s.year = 2027 AND m.excluded IS NULL;
CREATE TEMPORARY TABLE p AS SELECT p.npi, x.*, y.others, y.other_raw / y.other_demographic AS peer
FROM (SELECT DISTINCT npi FROM v) p
	CROSS JOIN LATERAL (SELECT count(*) AS n, sum(raw_score) AS raw,
		sum(demographic_score) AS demographic FROM v WHERE v.npi = p.npi) x
	CROSS JOIN LATERAL (SELECT count(*) AS others, sum(raw_score) AS other_raw,
		sum(demographic_score) AS other_demographic FROM v WHERE v.npi <> p.npi) y;
SELECT pg_temp.same('SELECT provider_npi, patients, mean_raw, mean_payment, member_month_payment, '
	'hccs_per_patient, no_hcc_rate, open_value, burden, peer_patients, peer_burden FROM '
	'panel_value(2027)', $$
	SELECT npi, p.n, round(sum(raw_score) / p.n, 3), round(sum(raf_score) / p.n, 3),
		round(sum(raf_score * months) / sum(months), 3),
		round(sum(cardinality(hcc_list))::numeric / p.n, 2),
		round(sum((cardinality(hcc_list) = 0)::integer)::numeric / p.n, 4), sum(open_value),
		round(p.raw / p.demographic, 3), p.others, round(p.peer, 3)
	FROM p JOIN v USING (npi) GROUP BY npi, p.n, p.raw, p.demographic, p.others, p.peer $$,
	'panel_value');
SELECT is_empty($$ SELECT w.provider_npi FROM panel_value(2027) w JOIN p ON p.npi = w.provider_npi
		CROSS JOIN LATERAL (SELECT sum(e) AS e, sum(e * e) AS ee FROM (SELECT raw_score
			- p.raw / p.demographic * demographic_score AS e FROM v WHERE v.npi = p.npi) r) r
		CROSS JOIN LATERAL (SELECT 1.96 * sqrt((ee - e * e / n) / (n - 1))
			* sqrt(n::numeric) / p.demographic AS half) i
	WHERE abs(w.benchmark - p.raw / p.demographic / p.peer) > 0.0005001
		OR abs(w.benchmark_low - (p.raw / p.demographic - half) / p.peer) > 0.0005001
		OR abs(w.benchmark_high - (p.raw / p.demographic + half) / p.peer) > 0.0005001
		OR w.outlier IS DISTINCT FROM CASE WHEN w.benchmark_low > 1 THEN 'high'
		WHEN w.benchmark_high < 1 THEN 'low' END OR w.suppressed $$, 'and its benchmarks');
SELECT pg_temp.same($$ SELECT provider_npi, hcc_code, patients, with_hcc, rate, peer_patients,
	peer_rate, z FROM hcc_outlier(2027, threshold => 0.5) $$, $$
	SELECT npi, hcc, n, k, round(k / n, 4), others, round(r / others, 4), round(z, 2)
	FROM (SELECT x.*, (k / n - r / others) / sqrt((k + r) / (n + others)
		* (1 - (k + r) / (n + others)) * (1 / n::numeric + 1 / others::numeric)) AS z FROM (
		SELECT o.npi, hcc,
			(SELECT count(*) FROM v WHERE v.npi = o.npi AND v.model_version = 'V28') AS n,
			(SELECT count(*) FROM v WHERE v.npi <> o.npi AND v.model_version = 'V28') AS others,
			(SELECT count(*)::numeric FROM v
				WHERE v.npi = o.npi AND v.model_version = 'V28' AND hcc = ANY (hcc_list)) AS k,
			(SELECT count(*)::numeric FROM v
				WHERE v.npi <> o.npi AND v.model_version = 'V28' AND hcc = ANY (hcc_list)) AS r
		FROM p o CROSS JOIN (SELECT DISTINCT unnest(hcc_list) AS hcc FROM v
			WHERE model_version = 'V28') l) x) y
	WHERE abs(z) >= 0.5 $$, 'hcc_outlier');

-- worklist: every open gap and every thing in question, once
SELECT pg_temp.same('SELECT item_kind, patient_id, contract_id, hcc_code, reason, '
	'item_state, role, due_date, value_raw, value_payment FROM worklist_value(2026)', $$
	SELECT 'gap', patient_id, NULLIF(contract_id, ''), hcc_code, NULL, 'new', 'ra_coordinator',
		date '2026-12-31', value_raw, value_payment FROM patient_hcc_gap
	WHERE gap_source = 'historic' AND status IN ('open', 'downgraded', 'documented_not_eligible')
		AND excluded IS NULL AND superseded_by IS NULL
	UNION ALL
	SELECT 'delete', w.patient_id, w.contract_id, w.hcc_code, w.reason, 'open', 'compliance', NULL,
		-v.delete_value_raw, NULL
	FROM two_way(2026, as_of => '2026-12-20', at_least => 'potential') w JOIN two_way_value(2026,
		as_of => '2026-12-20', at_least => 'potential') v USING (patient_id, service_year, hcc_code,
			reason) $$, 'worklist');
SELECT is_empty($$ SELECT FROM worklist(2026) WHERE sla_due <> CASE item_kind
	WHEN 'gap' THEN date '2027-01-03' ELSE '2027-01-19' END $$, 'when a step is due');
-- two_way_balance: after some of the items have been worked on
SELECT count(work_item_event(item_id, 'confirmed', 'me', occurred_at => '2026-12-22'))
FROM patient_work_item WHERE kind = 'delete'
	AND chance(('x' || left(md5(item_id::text || hcc_code), 6))::bit(24)::integer, 'yes', 3) = 0
\g /dev/null
SELECT count(work_item_event(item_id, 'deleted', 'me', occurred_at => '2026-12-24'))
FROM patient_work_item WHERE state = 'confirmed' AND hcc_code IN ('38', '226', '280') \g /dev/null
SELECT count(work_item_event(item_id, 'retained', 'me', 'seen', occurred_at => '2026-12-26'))
FROM patient_work_item WHERE kind = 'delete' AND state = 'open' AND hcc_code IN ('37', '226')
\g /dev/null
SELECT pg_temp.same($$ SELECT hcc_code, additions_open, additions_done, deletions_open,
	deletions_done, retained FROM two_way_balance(2026, last_day => '2026-12-25') $$, $$
	SELECT i.hcc_code, sum((kind = 'gap' AND state NOT IN ('closed', 'cancelled'))::integer),
		sum((kind = 'gap' AND state = 'closed' AND state_since < '2026-12-26')::integer),
		(SELECT count(*) FROM (SELECT DISTINCT patient_id FROM patient_work_item x WHERE x.hcc_code
			= i.hcc_code AND kind = 'delete' AND state IN ('open', 'confirmed')) y),
		(SELECT count(*) FROM (SELECT DISTINCT patient_id FROM patient_work_item x
			WHERE x.hcc_code = i.hcc_code AND state = 'deleted' AND state_since < '2026-12-26') y),
		(SELECT count(*) FROM (SELECT DISTINCT patient_id FROM patient_work_item x
			WHERE x.hcc_code = i.hcc_code AND state = 'retained' AND state_since < '2026-12-26') y)
	FROM patient_work_item i GROUP BY 1 $$, 'two_way_balance');

SELECT * FROM finish();
DROP SCHEMA second CASCADE;
DELETE FROM eligible_procedure WHERE custom;
DELETE FROM visit_kind WHERE custom;
