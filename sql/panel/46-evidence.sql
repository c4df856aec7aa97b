-- What speaks for a condition beside its own records, and what has been taken back

CREATE FUNCTION @panel@.hcc_evidence(first_day date, last_day date, as_of timestamptz,
	patients @patient_id@[])
	RETURNS TABLE (patient_id @patient_id@, diagnosis_date date, code text, inpatient boolean,
		procedure_codes text[])
LANGUAGE sql STABLE PARALLEL SAFE ROWS 1000
BEGIN ATOMIC
	-- whether it counts in payment or not: a treatment is one on any claim
	SELECT d.patient_id, d.diagnosis_date, @extschema@.hcc_canonical(d.icd10_code),
		-- of a record that does not say what it is nothing is known
		CASE WHEN d.claim_type IS NOT NULL THEN d.setting = 'inpatient' END,
		d.procedure_codes
	FROM @panel@.diagnosis(extract(year FROM hcc_evidence.last_day)::integer + 1, 'MA',
		hcc_evidence.as_of, 'accept', hcc_evidence.first_day, hcc_evidence.last_day,
		hcc_evidence.patients) d
	-- a treatment of which a diagnosis was deleted is one all the same
	WHERE d.encounter_verdict <> 'voided' AND d.record_action IN ('add', 'replace');
END;
COMMENT ON FUNCTION @panel@.hcc_evidence(date, date, timestamptz, @patient_id@[]) IS
	'Diagnoses and procedures of all records that were not taken back, as signs of treatment.';

CREATE FUNCTION @panel@.hcc_work_state_at(item uuid, as_of timestamptz) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE COST 1000
BEGIN ATOMIC
	SELECT e.to_state FROM @panel@.patient_work_event e
	WHERE e.item_id = hcc_work_state_at.item AND e.known_at <= hcc_work_state_at.as_of
	ORDER BY e.known_at DESC, e.event_id LIMIT 1;
END;
COMMENT ON FUNCTION @panel@.hcc_work_state_at(uuid, timestamptz) IS
	'The state that a work item was in at a time; NULL: it was not there yet.';

CREATE FUNCTION @panel@.hcc_work_confirmed(item uuid, as_of timestamptz)
	RETURNS TABLE (confirmed_on date, due_by date)
LANGUAGE sql STABLE PARALLEL SAFE COST 1000 ROWS 1
BEGIN ATOMIC
	-- when it came from a state that takes nothing back to one that does, if it is in one
	SELECT c.occurred_at::date, c.occurred_at::date + c.due_days
	FROM (
		SELECT e.occurred_at, e.known_at, e.event_id, s.takes_back, s.due_days
		FROM @panel@.patient_work_event e
			JOIN @extschema@.hcc_work_state('delete') s ON s.state = e.to_state
			LEFT JOIN @extschema@.hcc_work_state('delete') f ON f.state = e.from_state
		WHERE e.item_id = hcc_work_confirmed.item
			AND (hcc_work_confirmed.as_of IS NULL OR e.known_at <= hcc_work_confirmed.as_of)
			AND s.takes_back IS DISTINCT FROM COALESCE(f.takes_back, false)
		ORDER BY e.known_at DESC, e.event_id LIMIT 1) c
	WHERE c.takes_back;
END;
COMMENT ON FUNCTION @panel@.hcc_work_confirmed(uuid, timestamptz) IS
	'When a deletion was confirmed, and until when it is due; no row: it is not confirmed.';

CREATE FUNCTION @panel@.hcc_taken_back(first_year integer, last_year integer, model text,
	as_of timestamptz, patients @patient_id@[])
	RETURNS TABLE (patient_id @patient_id@, collection_year integer, hcc_code text)
LANGUAGE sql STABLE PARALLEL SAFE ROWS 100
BEGIN ATOMIC
	SELECT i.patient_id, i.collection_year, i.hcc_code
	FROM @panel@.patient_work_item i
	WHERE i.kind = 'delete' AND i.model_version = hcc_taken_back.model
		AND i.collection_year BETWEEN hcc_taken_back.first_year AND hcc_taken_back.last_year
		AND (@extschema@.hcc_everybody(hcc_taken_back.patients)
			OR i.patient_id = ANY (hcc_taken_back.patients))
		AND CASE WHEN hcc_taken_back.as_of IS NULL THEN i.state
				ELSE @panel@.hcc_work_state_at(i.item_id, hcc_taken_back.as_of) END
			IN (SELECT s.state FROM @extschema@.hcc_work_state('delete') s WHERE s.takes_back);
END;
COMMENT ON FUNCTION @panel@.hcc_taken_back(integer, integer, text, timestamptz, @patient_id@[]) IS
	'The HCCs of some years whose deletion is confirmed: no gap of a later year rests on them.';
