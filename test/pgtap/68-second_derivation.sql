-- What stored gaps and the reports on them say, derived a second time: one person at
-- a time with the scalar functions of the engine, and by plain counting.
BEGIN;
CREATE EXTENSION IF NOT EXISTS hccraf;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT * FROM no_plan();
SET LOCAL client_min_messages = warning;
SELECT hccraf_setup() \g /dev/null
\ir include/random_people.sql
CALL refresh_gaps(2026);

-- What HCCs add to a score that may have them already
CREATE FUNCTION added(codes icd10_set, who beneficiary, hccs text[]) RETURNS numeric
	LANGUAGE sql AS $$
	SELECT raf_marginal_hccs(codes, who, ARRAY(SELECT h FROM unnest(hccs) h
		EXCEPT SELECT h FROM unnest(codes::text[]) c, unnest(person_hccs(c, who, 'V28', 2027)) h),
		'V28', 2027) $$;
-- What counts this year for a contract of a person: its own records that CMS has, and what
-- others submitted
CREATE TEMPORARY TABLE taken AS SELECT d.* FROM counted_diagnosis(2027) d;
CREATE TEMPORARY TABLE gap AS
SELECT g.*, m.who,
	COALESCE((SELECT icd10_agg(t.icd10_code) FROM taken t WHERE t.patient_id = g.patient_id
		AND (COALESCE(t.submission, 'accepted') = 'accepted' OR t.contract_id <> g.contract_id
			AND t.submission = 'submitted')), '{}') AS codes
FROM patient_hcc_gap g JOIN member(2027) m USING (patient_id);
SELECT cmp_ok((SELECT count(*) FROM gap), '>', 2000::bigint, 'many gaps');
SELECT cmp_ok((SELECT count(*) FROM gap WHERE hcc_code IN ('111', '112')), '>', 20::bigint,
	'and such as go by sex');
SELECT is_empty($$ SELECT g.patient_id, g.hcc_code, g.status, value_raw FROM gap g
	WHERE status IN ('open', 'downgraded', 'documented_not_eligible') AND superseded_by IS NULL
	AND value_raw IS DISTINCT FROM added(codes, who, ARRAY[hcc_code]) $$,
	'value of an open gap: the score with it, less that without');
SELECT is_empty($$ SELECT g.patient_id FROM gap g
	WHERE captured_raw <> raf_score(codes, who, 'V28', 2027) $$, 'captured score: of what CMS has');
SELECT is_empty($$ SELECT patient_id, contract_id, min(joint_raw) FROM gap g
	GROUP BY patient_id, contract_id, who, codes
	HAVING min(joint_raw) <> max(joint_raw)
		OR min(joint_raw) <> added(codes, who, COALESCE(array_agg(hcc_code)
		FILTER (WHERE status IN ('open', 'downgraded', 'documented_not_eligible')
			AND superseded_by IS NULL
			AND gap_source = 'historic' AND excluded IS DISTINCT FROM 'acute'
			AND excluded IS DISTINCT FROM 'delete_list'), '{}')) $$,
	'joint value: all open gaps at once');
SELECT is_empty($$ SELECT g.patient_id, g.hcc_code FROM gap g
	WHERE closure = 'same' AND NOT EXISTS (SELECT FROM taken t
		WHERE t.patient_id = g.patient_id AND t.contract_id = g.contract_id
			AND t.id = g.evidence_record_id
			AND g.hcc_code = ANY (person_hccs(t.icd10_code, g.who, 'V28', 2027))) $$,
	'what is closed is so by a record of it');
SELECT is_empty($$ SELECT g.patient_id, g.hcc_code FROM gap g
	WHERE gap_source = 'historic' AND NOT EXISTS (SELECT FROM counted_diagnosis(2026) t
		WHERE t.id = g.base_record_id AND g.hcc_code
			= ANY (person_hccs(t.icd10_code, g.who, 'V28', 2027))) $$, 'and rests on one');
SELECT is_empty($$ SELECT g.patient_id
	FROM gap g JOIN patient_demographic p ON p.patient_id = g.patient_id AND p.payment_year = 2026
	WHERE p.esrd <> 'none' AND g.excluded IS NULL $$, 'nobody with ESRD is in scope');

-- Reports by plain counting
SELECT set_eq($$ SELECT group_value, closed, downgraded, pending, open, gaps, rate_strict
	FROM recapture_rate(2026, group_by => 'provider') $$,
	$$ SELECT provider_npi, sum((status = 'closed')::int) AS c,
		sum((status = 'downgraded')::int) AS d, sum((status = 'pending')::int) AS p,
		sum((status IN ('open', 'documented_not_eligible'))::int) AS o, count(*),
		round(avg((status = 'closed')::int), 4)
	FROM patient_hcc_gap WHERE gap_source = 'historic' AND status <> 'invalid' AND excluded IS NULL
		AND superseded_by IS NULL GROUP BY provider_npi $$, 'recapture_rate');
SELECT set_eq('SELECT provider_npi, gaps, gaps_closed FROM provider_panel(2026)',
	$$ SELECT group_value, gaps, closed FROM recapture_rate(2026, group_by => 'provider') $$,
	'provider_panel');
SELECT is((SELECT max(closed_ytd) FROM recapture_rate_month(2026)),
	(SELECT closed FROM recapture_rate(2026)), 'every closed gap has a month');
SELECT is_empty($$ SELECT v.patient_id, v.hcc_code FROM recapture_gap_value(2026, rate => 100) v
	JOIN member(2027) m USING (patient_id)
	WHERE v.dollars <> round(v.value_payment * 100 * CASE WHEN m.segment_assumed THEN 12
		ELSE COALESCE(m.enrolled_months, 12) END, 2) $$, 'dollars');
CREATE TEMPORARY TABLE pair AS
SELECT a.patient_id, a.contract_id, a.hcc_code, b.hcc_code AS other_hcc,
	added(c.codes, m.who, ARRAY[a.hcc_code]) AS v, added(c.codes, m.who, ARRAY[b.hcc_code]) AS w,
	added(c.codes, m.who, ARRAY[a.hcc_code, b.hcc_code]) AS joint
FROM recapture_gap(2026, statuses => '{open,downgraded,documented_not_eligible}') a
	JOIN recapture_gap(2026, statuses => '{open,downgraded,documented_not_eligible}') b
		ON b.patient_id = a.patient_id AND b.contract_id = a.contract_id AND b.hcc_code > a.hcc_code
	JOIN member(2027) m ON m.patient_id = a.patient_id
	CROSS JOIN LATERAL (SELECT COALESCE(icd10_agg(t.icd10_code), '{}') AS codes FROM taken t
		WHERE t.patient_id = a.patient_id) c
-- a gap of a contract may be captured in another, or not be submitted yet: the pair is then
-- valued without
WHERE NOT ARRAY[a.hcc_code, b.hcc_code] && COALESCE((SELECT array_agg(h)
	FROM unnest(c.codes::text[]) x, unnest(person_hccs(x, m.who, 'V28', 2027)) h), '{}');
SELECT cmp_ok((SELECT count(*) FROM pair), '>', 100::bigint, 'pairs of gaps');
SELECT is_empty($$ SELECT p.patient_id, p.hcc_code, p.other_hcc
	FROM pair p LEFT JOIN interaction_opportunity_value(2026) i
		ON NOT i.other_captured AND (i.patient_id, i.contract_id, i.hcc_code,
			i.other_hcc) = (p.patient_id, p.contract_id, p.hcc_code, p.other_hcc)
	WHERE (p.joint > p.v + p.w) <> (i.patient_id IS NOT NULL) OR (i.value_raw, i.other_value_raw,
		i.joint_raw) <> (p.v, p.w, p.joint) $$, 'worth more together or not');
SELECT set_eq($$ SELECT DISTINCT patient_id, service_year, hcc_code, delete_value_raw
	FROM two_way_value(2026, look_back => 0, at_least => 'potential')
	WHERE reason <> 'no_eligible_record' $$,
	$$ SELECT DISTINCT w.patient_id, 2026, w.hcc_code,
		raf_marginal_hccs(c.codes, m.who, ARRAY[w.hcc_code], 'V28', 2027)
		FROM two_way(2026, look_back => 0, at_least => 'potential') w
			JOIN member(2027) m USING (patient_id)
			CROSS JOIN LATERAL (SELECT icd10_agg(t.icd10_code) AS codes FROM taken t
				WHERE t.patient_id = w.patient_id) c WHERE w.reason <> 'no_eligible_record' $$,
	'two_way_value');
SELECT is_empty(
	$$ SELECT w.patient_id, w.hcc_code FROM two_way(2026, look_back => 0, at_least => 'potential') w
		JOIN member(2027) m USING (patient_id)
	WHERE NOT EXISTS (SELECT FROM unnest(w.icd10_codes) c WHERE w.hcc_code
		= ANY (person_hccs(c, m.who, 'V28', 2027))) $$, 'HCCs of two_way are the person''s');

SELECT * FROM finish();
ROLLBACK;
