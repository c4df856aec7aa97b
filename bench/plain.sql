-- The V28 score of payment year 2026 in plain SQL, two ways, over the tables
-- named by the psql variables diagnoses and demographics. Both rest on the
-- small tables of plain_lookup.sql and give what raf_score gives, exactly.
\set ON_ERROR_STOP on

-- Joins and anti-joins, a row per patient and HCC: what one would write and
-- could maintain. Duplicates go before people are joined, and every step is a
-- hash join or a hash aggregate.
CREATE VIEW bench.plain_relational AS
WITH item AS MATERIALIZED (	-- what a patient's codes stand for
	SELECT DISTINCT d.patient_id, c.item
	FROM :diagnoses d JOIN bench.plain_code c USING (icd10_code)
	WHERE d.diagnosis_date >= '2025-01-01' AND d.diagnosis_date < '2026-01-01'
), present AS MATERIALIZED (	-- HCCs after the age and sex edits
	SELECT DISTINCT i.patient_id, k.segment_number, r.hcc
	FROM item i
		JOIN :demographics p USING (patient_id)
		JOIN bench.plain_person k ON k.kind
			= bench.person_kind(p.age, p.sex, p.orec, p.dual_status, p.new_enrollee, p.snp, p.lti)
		JOIN bench.plain_resolve r ON r.item = i.item AND r.edit_class = k.edit_class
), counted AS MATERIALIZED (	-- no HCC 223 without one of the other five
	SELECT * FROM present
	WHERE hcc <> 223
		OR patient_id IN (SELECT patient_id FROM present WHERE hcc IN (221, 222, 224, 225, 226))
), disease AS (	-- what the hierarchy leaves
	SELECT c.patient_id, sum(h.thousandths) AS thousandths, count(*) AS hccs,
		bit_or(h.groups) AS groups
	FROM counted c JOIN bench.plain_hcc h USING (segment_number, hcc)
	WHERE NOT EXISTS (SELECT FROM counted s JOIN bench.plain_hierarchy x USING (hcc)
		WHERE s.patient_id = c.patient_id AND x.drops = c.hcc)
	GROUP BY c.patient_id
)
SELECT p.patient_id, (k.demographic + COALESCE(s.thousandths + k.hcc_count[LEAST(s.hccs, 10) + 1]
	+ CASE WHEN s.groups & 6 = 6 THEN k.diabetes_hf ELSE 0 END
	+ CASE WHEN s.groups & 12 = 12 THEN k.hf_chr_lung ELSE 0 END
	+ CASE WHEN s.groups & 20 = 20 THEN k.hf_kidney ELSE 0 END
	+ CASE WHEN s.groups & 40 = 40 THEN k.chr_lung_card_resp_fail ELSE 0 END
	+ CASE WHEN s.groups & 5 = 5 THEN k.hf_hcc238 ELSE 0 END
	+ CASE WHEN s.groups & 192 = 192 THEN k.substance_psychiatric ELSE 0 END
	+ CASE WHEN s.groups & 256 <> 0 THEN k.disabled_cancer ELSE 0 END
	+ CASE WHEN s.groups & 8 <> 0 THEN k.disabled_chr_lung ELSE 0 END
	+ CASE WHEN s.groups & 4 <> 0 THEN k.disabled_hf ELSE 0 END
	+ CASE WHEN s.groups & 512 <> 0 THEN k.disabled_neuro ELSE 0 END
	+ CASE WHEN s.groups & 1024 <> 0 THEN k.disabled_ulcer ELSE 0 END, 0)) * 0.001 AS raf_score
FROM :demographics p
	JOIN bench.plain_person k ON k.kind
		= bench.person_kind(p.age, p.sex, p.orec, p.dual_status, p.new_enrollee, p.snp, p.lti)
	LEFT JOIN disease s USING (patient_id);

-- The fastest known to the authors: the model compiled by hand to words of bits
-- and arrays, so that diagnoses are joined and grouped once and a patient is
-- then arithmetic. The 115 HCCs in order are the bits of two words, plain_worth
-- adds up a byte of them. OFFSET 0 keeps the planner from repeating expressions.
CREATE VIEW bench.plain_bits AS
WITH worth AS MATERIALIZED (
	SELECT array_agg(worth) AS w
	FROM (SELECT worth FROM bench.plain_worth ORDER BY segment_number, chunk, byte) o
), edit AS MATERIALIZED (
	SELECT array_agg(hcc1) AS hcc1, array_agg(hcc2) AS hcc2, array_agg(drop1) AS drop1,
		array_agg(drop2) AS drop2
	FROM (SELECT * FROM bench.plain_edit_bits ORDER BY edit_class, chunk, byte) o
)
SELECT patient_id, (demographic + (worth & 1048575) + hcc_count[LEAST(worth >> 20 & 255, 10) + 1]
	+ CASE WHEN worth >> 34 & 7 <> 0 THEN disabled_hf
		+ CASE WHEN worth >> 31 & 7 <> 0 THEN diabetes_hf ELSE 0 END
		+ CASE WHEN worth >> 37 & 7 <> 0 THEN hf_chr_lung ELSE 0 END
		+ CASE WHEN worth >> 40 & 7 <> 0 THEN hf_kidney ELSE 0 END
		+ CASE WHEN worth >> 28 & 7 <> 0 THEN hf_hcc238 ELSE 0 END ELSE 0 END
	+ CASE WHEN worth >> 37 & 7 <> 0 THEN disabled_chr_lung
		+ CASE WHEN worth >> 43 & 7 <> 0 THEN chr_lung_card_resp_fail ELSE 0 END ELSE 0 END
	+ CASE WHEN worth >> 46 & 7 <> 0 AND worth >> 49 & 7 <> 0 THEN substance_psychiatric ELSE 0 END
	+ CASE WHEN worth >> 52 & 7 <> 0 THEN disabled_cancer ELSE 0 END
	+ CASE WHEN worth >> 55 & 7 <> 0 THEN disabled_neuro ELSE 0 END
	+ CASE WHEN worth >> 58 & 7 <> 0 THEN disabled_ulcer ELSE 0 END) * 0.001 AS raf_score
FROM (
	SELECT active.*, COALESCE((SELECT w FROM worth)[s + (left1 & 255)]
		+ (SELECT w FROM worth)[s + 256 + (left1 >> 8 & 255)]
		+ (SELECT w FROM worth)[s + 512 + (left1 >> 16 & 255)]
		+ (SELECT w FROM worth)[s + 768 + (left1 >> 24 & 255)]
		+ (SELECT w FROM worth)[s + 1024 + (left1 >> 32 & 255)]
		+ (SELECT w FROM worth)[s + 1280 + (left1 >> 40 & 255)]
		+ (SELECT w FROM worth)[s + 1536 + (left1 >> 48 & 255)]
		+ (SELECT w FROM worth)[s + 1792 + (left1 >> 56 & 255)]
		+ (SELECT w FROM worth)[s + 2048 + (left2 & 255)]
		+ (SELECT w FROM worth)[s + 2304 + (left2 >> 8 & 255)]
		+ (SELECT w FROM worth)[s + 2560 + (left2 >> 16 & 255)]
		+ (SELECT w FROM worth)[s + 2816 + (left2 >> 24 & 255)]
		+ (SELECT w FROM worth)[s + 3072 + (left2 >> 32 & 255)]
		+ (SELECT w FROM worth)[s + 3328 + (left2 >> 40 & 255)]
		+ (SELECT w FROM worth)[s + 3584 + (left2 >> 48 & 255)], 0) AS worth
	FROM (
		-- The hierarchy; and HCC 223 (bit 7 of the second word), which goes
		-- without one of its five neighbours, else drops 224 to 227.
		SELECT present.*, 3840 * segment_number + 1 AS s,
			hcc1 & ~drop1 AS left1,
			CASE WHEN hcc2 & 128 = 0 THEN hcc2 & ~drop2
				WHEN hcc2 & 1888 = 0 THEN hcc2 & ~(drop2 | 128)
				ELSE hcc2 & ~(drop2 | 3840) END AS left2
		FROM (
			-- The HCCs of codes under edits join the others.
			SELECT k.*, p.patient_id,
				CASE WHEN edit = 0 THEN d.hcc1 ELSE d.hcc1
					| (SELECT hcc1 FROM edit)[e + (edit & 255)]
					| (SELECT hcc1 FROM edit)[e + 256 + (edit >> 8 & 255)]
					| (SELECT hcc1 FROM edit)[e + 512 + (edit >> 16 & 255)]
					| (SELECT hcc1 FROM edit)[e + 768 + (edit >> 24 & 255)] END AS hcc1,
				CASE WHEN edit = 0 THEN d.hcc2 ELSE d.hcc2
					| (SELECT hcc2 FROM edit)[e + (edit & 255)]
					| (SELECT hcc2 FROM edit)[e + 256 + (edit >> 8 & 255)]
					| (SELECT hcc2 FROM edit)[e + 512 + (edit >> 16 & 255)]
					| (SELECT hcc2 FROM edit)[e + 768 + (edit >> 24 & 255)] END AS hcc2,
				CASE WHEN edit = 0 THEN d.drop1 ELSE d.drop1
					| (SELECT drop1 FROM edit)[e + (edit & 255)]
					| (SELECT drop1 FROM edit)[e + 256 + (edit >> 8 & 255)]
					| (SELECT drop1 FROM edit)[e + 512 + (edit >> 16 & 255)]
					| (SELECT drop1 FROM edit)[e + 768 + (edit >> 24 & 255)] END AS drop1,
				CASE WHEN edit = 0 THEN d.drop2 ELSE d.drop2
					| (SELECT drop2 FROM edit)[e + (edit & 255)]
					| (SELECT drop2 FROM edit)[e + 256 + (edit >> 8 & 255)]
					| (SELECT drop2 FROM edit)[e + 512 + (edit >> 16 & 255)]
					| (SELECT drop2 FROM edit)[e + 768 + (edit >> 24 & 255)] END AS drop2
			FROM :demographics p
				JOIN (SELECT *, 1024 * edit_class + 1 AS e FROM bench.plain_person) k ON k.kind
					= bench.person_kind(p.age, p.sex, p.orec, p.dual_status,
						p.new_enrollee, p.snp, p.lti)
				LEFT JOIN (
					SELECT patient_id, bit_or(hcc1) AS hcc1, bit_or(hcc2) AS hcc2,
						bit_or(drop1) AS drop1, bit_or(drop2) AS drop2, bit_or(edit) AS edit
					FROM :diagnoses JOIN bench.plain_code_bits USING (icd10_code)
					WHERE diagnosis_date >= '2025-01-01' AND diagnosis_date < '2026-01-01'
					GROUP BY patient_id
				) d USING (patient_id)
			OFFSET 0
		) present
		OFFSET 0
	) active
	OFFSET 0
) counted;

CREATE VIEW bench.plain_ours AS
SELECT patient_id, raf_score(COALESCE(codes, '{}'),
	beneficiary(age, sex, orec, dual_status, new_enrollee, snp, lti), 'V28', 2026) AS raf_score
FROM :demographics LEFT JOIN (
	SELECT patient_id, icd10_agg(icd10_code) AS codes FROM :diagnoses
	WHERE diagnosis_date >= '2025-01-01' AND diagnosis_date < '2026-01-01'
		AND icd_has_hcc(icd10_code, 'V28', 2026)
	GROUP BY patient_id) d USING (patient_id);
