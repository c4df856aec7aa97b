-- 1,200 people of 2026 and 2027 and 9,000 records of theirs, the same each time, in the
-- panel that is first in search_path
CREATE FUNCTION chance(n integer, question text, of integer)
	RETURNS integer IMMUTABLE RETURN (hashtext(question || n) & 2147483647) % of;
INSERT INTO eligible_procedure (service_year, procedure_code) SELECT year, '99213'
FROM generate_series(2023, 2027) year;
-- 1,200 people: of two contracts and in change between them, new, dual, with ESRD, dead, in hospice
INSERT INTO patient_demographic (patient_id, payment_year, date_of_birth, date_of_death, sex, orec,
	dual_status, new_enrollee, esrd, hospice, contract_id, provider_npi,
		enrolled_months, plan_switcher, known_at)
	SELECT md5(p::text)::uuid, y, date '1925-01-01' + chance(p, 'birth', 12000),
		CASE WHEN chance(p, 'dead', 30) = 0 THEN date '2026-03-01' END,
		(ARRAY['F', 'M'])[1 + chance(p, 'sex', 2)], '0',
		(ARRAY[NULL, NULL, '02', '01'])[1 + chance(p, 'dual' || y, 4)], chance(p, 'new', 15) = 0,
		CASE WHEN chance(p, 'esrd', 20) = 0 THEN 'dialysis' ELSE 'none' END,
		chance(p, 'hospice', 40) = 0, 'H' || chance(p, 'contract' || chance(p, 'stays', 3) * y, 2),
		(chance(p, 'npi', 9))::text, CASE WHEN chance(p, 'months', 3) = 0 THEN chance(p, 'm',
			13) END, chance(p, 'switch', 12) = 0, '2020-01-01'
	FROM generate_series(1, 1200) p, generate_series(2026, 2027) y
	WHERE y = 2026 OR chance(p, 'not yet', 8) > 0;
INSERT INTO patient_diagnosis_hcc (patient_id, encounter_id, icd10_code, diagnosis_date,
	provider_npi, contract_id, claim_type, procedure_codes, record_source, submission,
		record_action, linked_encounter_id, known_at)
	SELECT md5((1 + chance(d, 'who', 1200))::text)::uuid, md5('e' || d)::uuid,
		('{D66,E113511,E1122,E119,I509,I5021,J449,F331,F329,N184,N1832,G20A1,M059,C3490,'
			'C50911,I639,B20,K7460,L89154,D6859,Z0000}'::text[])[1 + chance(d, 'code', 21)],
		date '2025-01-01' + chance(d, 'day', 730), chance(d, 'npi', 9)::text,
		'H' || chance(d, 'contract', 2), 'professional',
		CASE WHEN chance(d, 'lab', 6) = 0 THEN '{80053}' ELSE '{99213}' END::text[],
		CASE WHEN chance(d, 'chart', 12) = 0 THEN 'unlinked_chart_review' ELSE 'encounter' END,
		(ARRAY[NULL, NULL, NULL, 'accepted', 'submitted', 'not_submitted', 'in_review',
			'rejected'])[1 + chance(d, 'sent', 8)],
		CASE WHEN chance(d, 'void', 20) = 0 THEN 'void' ELSE 'add' END, CASE WHEN chance(d, 'void',
			20) = 0 THEN md5('e' || chance(d, 'of', d))::uuid END, '2020-01-01'
	FROM generate_series(1, 9000) d;
ANALYZE patient_demographic, patient_diagnosis_hcc;
