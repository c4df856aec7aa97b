-- What the plain SQL needs to know of V28 in payment year 2026, worked out
-- from the reference tables once and not timed. Nothing here calls hccraf.
\set ON_ERROR_STOP on

-- An "item" is what a code gives a patient while age and sex are not known: an
-- HCC, or (numbers from 1000) an HCC under some age or sex edits. Claims write
-- a code with or without dot, so both spellings are rows.
CREATE TABLE bench.plain_code AS
WITH edited AS (
	SELECT icd10_code, array_agg(id ORDER BY id) AS ids,
		array_agg(concat_ws(' ', COALESCE(sex, '-'), COALESCE(age_min, -1), COALESCE(age_max, -1),
			action, hcc_code)
			ORDER BY id) AS rules
	FROM hcc_dx_edit WHERE model_version = 'V28' AND 2026 BETWEEN effective_year AND expiry_year
	GROUP BY icd10_code
), item AS (
	SELECT icd10_code, hcc_code::int AS hcc, ids,
		CASE WHEN rules IS NULL THEN hcc_code::int
			ELSE 999 + dense_rank() OVER (ORDER BY rules NULLS LAST, hcc_code)::int END AS item
	FROM hcc_crosswalk x LEFT JOIN edited USING (icd10_code)
	WHERE x.model_version = 'V28' AND 2026 BETWEEN effective_year AND expiry_year
)
SELECT spelling COLLATE "C" AS icd10_code, item, hcc, ids AS edits
FROM item, unnest(
	ARRAY[icd10_code, left(icd10_code, 3) || '.' || NULLIF(substr(icd10_code, 4), '')]) spelling
WHERE spelling IS NOT NULL;

-- Kinds of people: all that the model asks about a person, folded into one
-- number that plain SQL computes from the columns of a person.
CREATE FUNCTION bench.person_kind(age int, sex text, orec text, dual_status text,
	new_enrollee boolean, snp boolean, lti boolean) RETURNS int
	IMMUTABLE PARALLEL SAFE
	RETURN age + 128 * (sex = 'F')::int + 256 * orec::int
		+ 1024 * CASE WHEN dual_status IN ('02', '04', '08') THEN 2
			WHEN dual_status IN ('01', '03', '05', '06') THEN 1 ELSE 0 END
		+ 4096 * new_enrollee::int + 8192 * snp::int + 16384 * lti::int;

-- What follows from the kind of a person alone: segment, demographic score,
-- what interactions and HCC counts are worth (all in thousandths), and the
-- edit class: people whom all edits treat alike.
CREATE TABLE bench.plain_person AS
WITH coefficient AS (
	SELECT segment, variable, (coefficient * 1000)::int AS thousandths
	FROM hcc_coefficient WHERE model_version = 'V28' AND calibration = 'V28_2024'
), kind AS (
	SELECT DISTINCT ON (kind) kind, age, sex, COALESCE(r.scored_age, age) AS entry_age,
		ARRAY['orec_' || orec]
			|| CASE kind / 1024 % 4 WHEN 2 THEN '{dual_full,medicaid_ne,medicaid_lti}'::text[]
				WHEN 1 THEN '{dual_partial,medicaid_ne,medicaid_lti}' ELSE '{dual_none}' END
			|| CASE WHEN new_enrollee THEN '{new_enrollee}' ELSE '{}' END::text[]
			|| CASE WHEN snp THEN '{snp}' ELSE '{}' END::text[]
			|| CASE WHEN lti THEN '{lti}' ELSE '{}' END::text[] AS facts
	FROM bench.demographics
		CROSS JOIN LATERAL bench.person_kind(age, sex, orec, dual_status, new_enrollee,
			snp, lti) kind
		LEFT JOIN (SELECT * FROM hcc_age_rule WHERE model_version = 'V28') r USING (age, orec)
), person AS (
	SELECT kind, segment,
		array_position(ARRAY['SNPNE', 'NE', 'INS', 'CFA', 'CFD', 'CPA', 'CPD', 'CNA', 'CND'],
			segment) - 1 AS segment_number,
		(SELECT count(*)::int FROM unnest(ARRAY[1, 2, 9, 15, 18, 50, 65]) bound
			WHERE age >= bound) * 2
			+ (sex = 'F')::int AS edit_class,
		ARRAY(SELECT variable FROM hcc_variable v
			WHERE v.model_version = 'V28' AND v.kind <> 'count'
				AND CASE v.kind WHEN 'new_enrollee' THEN entry_age ELSE age END
					BETWEEN COALESCE(age_min, 0) AND COALESCE(age_max, 999)
				AND (v.sex IS NULL OR v.sex = k.sex)
				AND COALESCE(v.requires, '{}') <@ facts
				AND NOT COALESCE(v.forbids, '{}') && facts) AS variables
	FROM kind k CROSS JOIN LATERAL (SELECT segment FROM hcc_segment g
		WHERE model_version = 'V28'
			AND entry_age BETWEEN COALESCE(age_min, 0) AND COALESCE(age_max, 999)
			AND COALESCE(requires, '{}') <@ facts AND NOT COALESCE(forbids, '{}') && facts
		ORDER BY priority LIMIT 1) s
)
SELECT kind, segment_number, edit_class,
	(SELECT COALESCE(sum(thousandths), 0)::int FROM coefficient c
		WHERE c.segment = p.segment AND c.variable = ANY (variables)) AS demographic,
	ARRAY(SELECT COALESCE(c.thousandths, 0)
		FROM generate_series(0, 10) n LEFT JOIN coefficient c
			ON c.segment = p.segment AND c.variable = 'D' || n || CASE n
			WHEN 10 THEN 'P' ELSE '' END
		ORDER BY n) AS hcc_count,
	i.*
FROM person p CROSS JOIN LATERAL (
	SELECT COALESCE(sum(thousandths) FILTER (WHERE variable = 'DIABETES_HF_V28'),
		0)::int AS diabetes_hf,
		COALESCE(sum(thousandths) FILTER (WHERE variable = 'HF_CHR_LUNG_V28'),
			0)::int AS hf_chr_lung,
		COALESCE(sum(thousandths) FILTER (WHERE variable = 'HF_KIDNEY_V28'), 0)::int AS hf_kidney,
		COALESCE(sum(thousandths) FILTER (WHERE variable = 'CHR_LUNG_CARD_RESP_FAIL_V28'),
			0)::int AS chr_lung_card_resp_fail,
		COALESCE(sum(thousandths) FILTER (WHERE variable = 'HF_HCC238_V28'), 0)::int AS hf_hcc238,
		COALESCE(sum(thousandths) FILTER (WHERE variable = 'gSubUseDisorder_gPsych_V28'),
			0)::int AS substance_psychiatric,
		COALESCE(sum(thousandths) FILTER (WHERE variable = 'DISABLED_CANCER_V28'
			AND 'DISABL' = ANY (variables)), 0)::int AS disabled_cancer,
		COALESCE(sum(thousandths) FILTER (WHERE variable = 'DISABLED_CHR_LUNG_V28'
			AND 'DISABL' = ANY (variables)), 0)::int AS disabled_chr_lung,
		COALESCE(sum(thousandths) FILTER (WHERE variable = 'DISABLED_HF_V28'
			AND 'DISABL' = ANY (variables)), 0)::int AS disabled_hf,
		COALESCE(sum(thousandths) FILTER (WHERE variable = 'DISABLED_NEURO_V28'
			AND 'DISABL' = ANY (variables)), 0)::int AS disabled_neuro,
		COALESCE(sum(thousandths) FILTER (WHERE variable = 'DISABLED_ULCER_V28'
			AND 'DISABL' = ANY (variables)), 0)::int AS disabled_ulcer
	FROM coefficient c WHERE c.segment = p.segment) i;
ALTER TABLE bench.plain_person ADD PRIMARY KEY (kind);

-- The HCC, if any, that an item is for an edit class. invalid wins over
-- reassign. The bounds are those of edit_class above.
CREATE TABLE bench.plain_resolve AS
SELECT item, edit_class,
	CASE WHEN NOT COALESCE(bool_or(e.action = 'invalid'), false)
		THEN COALESCE(max(e.hcc_code::int), hcc) END AS hcc
FROM (SELECT DISTINCT item, hcc, edits FROM bench.plain_code WHERE item >= 1000) i
	CROSS JOIN generate_series(0, 15) edit_class
	LEFT JOIN hcc_dx_edit e ON e.id = ANY (edits)
		AND (e.sex IS NULL OR (e.sex = 'F') = (edit_class % 2 = 1))
		AND ('{0,1,2,9,15,18,50,65}'::int[])[edit_class / 2 + 1] BETWEEN COALESCE(age_min,
			0) AND COALESCE(age_max, 999)
GROUP BY item, edit_class, hcc, edits
UNION
SELECT item, edit_class, hcc FROM bench.plain_code, generate_series(0, 15) edit_class
WHERE item < 1000;
DELETE FROM bench.plain_resolve WHERE hcc IS NULL;
ALTER TABLE bench.plain_resolve ADD PRIMARY KEY (item, edit_class);

-- What an HCC is worth in a segment, and the groups it is in, one bit each.
CREATE TABLE bench.plain_hcc AS
SELECT n AS segment_number, h.hcc_code::int AS hcc,
	COALESCE((coefficient * 1000)::int, 0) AS thousandths,
	(SELECT COALESCE(sum(1 << p.position::int), 0)::int FROM hcc_group g
		JOIN unnest('{DIABETES_V28,HF_V28,CHR_LUNG_V28,KIDNEY_V28,CARD_RESP_FAIL,'
			'gSubUseDisorder_V28,gPsychiatric_V28,CANCER_V28,NEURO_V28,ULCER_V28}'::text[])
			WITH ORDINALITY p(name, position) ON p.name = g.group_name
		WHERE g.model_version = 'V28'
			AND h.hcc_code = ANY (g.hcc_codes)) + (h.hcc_code = '238')::int AS groups
FROM hcc_category h
	CROSS JOIN unnest(
		'{SNPNE,NE,INS,CFA,CFD,CPA,CPD,CNA,CND}'::text[]) WITH ORDINALITY s(segment, ordinality)
	CROSS JOIN LATERAL (SELECT ordinality::int - 1 AS n) o
	LEFT JOIN hcc_coefficient c ON c.model_version = 'V28' AND c.calibration = 'V28_2024'
		AND c.segment = s.segment AND c.variable = 'HCC' || h.hcc_code
WHERE h.model_version = 'V28' AND h.is_payment;
ALTER TABLE bench.plain_hcc ADD PRIMARY KEY (segment_number, hcc);

CREATE TABLE bench.plain_hierarchy AS
SELECT superior_hcc::int AS hcc, subordinate_hcc::int AS drops FROM hcc_hierarchy
WHERE model_version = 'V28';


-- For the variant in bits. The HCCs in order are bits of two words, drop1 and
-- drop2 what an HCC drops. 223 is left out there: it drops only when it counts.
CREATE TABLE bench.plain_bit AS
WITH p AS (
	SELECT hcc, position, CASE WHEN position < 64 THEN 1::bigint << position ELSE 0 END AS hcc1,
		CASE WHEN position >= 64 THEN 1::bigint << position - 64 ELSE 0 END AS hcc2
	FROM (SELECT DISTINCT hcc, dense_rank() OVER (ORDER BY hcc)::int - 1 AS position
		FROM bench.plain_hcc) h
)
SELECT p.*, COALESCE(bit_or(d.hcc1), 0) AS drop1, COALESCE(bit_or(d.hcc2), 0) AS drop2
FROM p
	LEFT JOIN bench.plain_hierarchy h ON h.hcc = p.hcc AND h.hcc <> 223
	LEFT JOIN p d ON d.hcc = h.drops
GROUP BY p.hcc, p.position, p.hcc1, p.hcc2;

-- A code's HCCs; those under edits are bits of a word of their own.
CREATE TABLE bench.plain_code_bits AS
SELECT icd10_code, COALESCE(bit_or(hcc1), 0) AS hcc1, COALESCE(bit_or(hcc2), 0) AS hcc2,
	COALESCE(bit_or(drop1), 0) AS drop1, COALESCE(bit_or(drop2), 0) AS drop2,
	COALESCE(bit_or(1 << item - 1000) FILTER (WHERE item >= 1000), 0) AS edit
FROM bench.plain_code c LEFT JOIN bench.plain_bit b ON b.hcc = c.item
GROUP BY icd10_code;

-- What each byte of that word stands for in an edit class.
CREATE TABLE bench.plain_edit_bits AS
SELECT class AS edit_class, chunk, byte, COALESCE(bit_or(hcc1), 0) AS hcc1,
	COALESCE(bit_or(hcc2), 0) AS hcc2,
	COALESCE(bit_or(drop1), 0) AS drop1, COALESCE(bit_or(drop2), 0) AS drop2
FROM generate_series(0, 15) class CROSS JOIN generate_series(0, 3) chunk
	CROSS JOIN generate_series(0, 255) byte
	LEFT JOIN (bench.plain_resolve r JOIN bench.plain_bit b USING (hcc))
		ON r.edit_class = class AND item >= 1000 AND (item - 1000) / 8 = chunk
		AND byte >> (item - 1000) % 8 & 1 = 1
GROUP BY class, chunk, byte;

-- What each byte of HCCs is worth in a segment, as one number: thousandths in
-- bits 0 to 19, how many HCCs in 20 to 27, then three bits for each group.
CREATE TABLE bench.plain_worth AS
SELECT segment AS segment_number, chunk, byte, COALESCE(sum(worth), 0)::bigint AS worth
FROM generate_series(0, 8) segment CROSS JOIN generate_series(0, 14) chunk
	CROSS JOIN generate_series(0, 255) byte
	LEFT JOIN (
		SELECT segment_number, position, thousandths + (1::bigint << 20)
			+ (SELECT COALESCE(sum(1::bigint << 28 + 3 * g), 0) FROM generate_series(0, 10) g
				WHERE groups >> g & 1 = 1) AS worth
		FROM bench.plain_hcc JOIN bench.plain_bit USING (hcc)
	) h ON h.segment_number = segment AND position / 8 = chunk AND byte >> position % 8 & 1 = 1
GROUP BY segment, chunk, byte;

ANALYZE bench.plain_code, bench.plain_person, bench.plain_resolve, bench.plain_hcc,
	bench.plain_hierarchy, bench.plain_code_bits, bench.plain_edit_bits, bench.plain_worth;
