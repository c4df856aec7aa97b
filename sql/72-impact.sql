----------------------------------------------------------------------
-- What another model, another year or another run makes of the same people
----------------------------------------------------------------------
CREATE FUNCTION @extschema@.raf_full_payment(raw_score numeric, normalization_factor numeric, coding_pattern_adjustment numeric)
	RETURNS numeric
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE STRICT PARALLEL SAFE COST 2;
COMMENT ON FUNCTION @extschema@.raf_full_payment(numeric, numeric, numeric) IS
	'The payment score that a raw score would give if its model were the whole of the blend.';

CREATE FUNCTION @extschema@.model_impact(payment_year integer, old_model text DEFAULT 'V24', new_model text DEFAULT 'V28',
	program text DEFAULT 'MA', as_of timestamptz DEFAULT NULL, contract text DEFAULT NULL, provider text DEFAULT NULL,
	without_list text DEFAULT 'error', patient_schema name DEFAULT NULL,
	OUT patient_id uuid, OUT old_hccs text[], OUT new_hccs text[],
	OUT old_raw numeric, OUT new_raw numeric, OUT old_normalized numeric, OUT new_normalized numeric,
	OUT old_payment numeric, OUT new_payment numeric, OUT blend_payment numeric, OUT difference numeric,
	OUT mapping_loss numeric, OUT regrouping numeric, OUT coefficient numeric, OUT interaction_count numeric,
	OUT normalization numeric, OUT lost_codes text[], OUT gained_codes text[])
	RETURNS SETOF record
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 100000 ROWS 1000
SET search_path = pg_catalog, pg_temp
SET enable_nestloop = off
SET jit = off
AS $$
DECLARE
	-- a model is scored by its tables of the year, or of the nearest year it has
	old_year integer := @extschema@.hcc_nearest_year(old_model, payment_year);
	new_year integer := @extschema@.hcc_nearest_year(new_model, payment_year);
BEGIN
	RETURN QUERY EXECUTE format($query$
		WITH factor AS MATERIALIZED (
			SELECT DISTINCT ON (f.component, f.model_version) f.component, f.model_version,
				f.normalization_factor AS norm, f.coding_pattern_adjustment AS adjustment
			FROM @extschema@.payment_year_parameter f
			WHERE f.program = $4 AND f.model_version IN ($2, $3) AND f.normalization_factor IS NOT NULL
			ORDER BY f.component, f.model_version, abs(f.payment_year - $1), f.custom DESC
		), counted AS (
			SELECT d.patient_id, @extschema@.icd10_agg(d.icd10_code) AS codes FROM (%2$s) d GROUP BY d.patient_id
		), member AS (
			SELECT p.patient_id, p.who, s.codes,
				(SELECT r.component FROM @extschema@.raf_scores(s.codes, p.who, $1, ARRAY[$4]) r LIMIT 1) AS component,
				(SELECT COALESCE(array_agg(c ORDER BY c), '{}') FROM unnest(s.codes::text[]) c
					WHERE @extschema@.icd_has_hcc(c, $2, $5) AND NOT @extschema@.icd_has_hcc(c, $3, $6)) AS lost,
				(SELECT COALESCE(array_agg(c ORDER BY c), '{}') FROM unnest(s.codes::text[]) c
					WHERE @extschema@.icd_has_hcc(c, $3, $6) AND NOT @extschema@.icd_has_hcc(c, $2, $5)) AS gained
			FROM (%1$s) p LEFT JOIN counted d ON d.patient_id = p.patient_id,
				LATERAL (SELECT COALESCE(d.codes, '{}') AS codes) s
		), scored AS (
			SELECT m.*, fo.norm AS old_norm, fo.adjustment AS old_adjustment, fn.norm AS new_norm, fn.adjustment AS new_adjustment,
				o.hccs AS old_hccs, o.raw AS old_raw, n.hccs AS new_hccs, n.raw AS new_raw,
				k.raw AS kept, k.raw - k.disease + n.regrouped AS regrouped, n.raw - n.interaction + k.interaction AS revalued
			FROM member m
				JOIN factor fo ON fo.component = m.component AND fo.model_version = $2
				JOIN factor fn ON fn.component = m.component AND fn.model_version = $3,
				LATERAL (SELECT COALESCE(array_agg(e.hcc_code) FILTER (WHERE e.kind = 'hcc'), '{}') AS hccs, sum(e.coefficient) AS raw
					FROM @extschema@.raf_explain(m.codes, m.who, $2, $5) e WHERE e.reason IS NULL) o,
				LATERAL (SELECT sum(e.coefficient) AS raw, COALESCE(sum(e.coefficient) FILTER (WHERE e.kind = 'hcc'), 0) AS disease,
						COALESCE(sum(e.coefficient) FILTER (WHERE e.kind IN ('interaction', 'count')), 0) AS interaction
					FROM @extschema@.raf_explain(@extschema@.icd10_set_difference(m.codes, m.lost::@extschema@.icd10_set), m.who, $2, $5) e
					WHERE e.reason IS NULL) k,
				LATERAL (SELECT COALESCE(array_agg(e.hcc_code) FILTER (WHERE e.kind = 'hcc'), '{}') AS hccs, sum(e.coefficient) AS raw,
						COALESCE(sum(e.coefficient) FILTER (WHERE e.kind IN ('interaction', 'count')), 0) AS interaction,
						-- each new HCC at the largest coefficient that the old model gives to its codes alone
						COALESCE(sum((SELECT max(h.coefficient) FROM @extschema@.raf_explain(e.icd10_codes, m.who, $2, $5) h
							WHERE h.kind = 'hcc' AND h.reason IS NULL)) FILTER (WHERE e.kind = 'hcc'), 0) AS regrouped
					FROM @extschema@.raf_explain(m.codes, m.who, $3, $6) e WHERE e.reason IS NULL) n
		), step AS (
			SELECT s.*, @extschema@.raf_full_payment(old_raw, old_norm, old_adjustment) AS s0,
				@extschema@.raf_full_payment(kept, old_norm, old_adjustment) AS s1,
				@extschema@.raf_full_payment(regrouped, old_norm, old_adjustment) AS s2,
				@extschema@.raf_full_payment(revalued, old_norm, old_adjustment) AS s3,
				@extschema@.raf_full_payment(new_raw, old_norm, old_adjustment) AS s4,
				@extschema@.raf_full_payment(new_raw, new_norm, new_adjustment) AS s5
			FROM scored s
		)
		SELECT patient_id, old_hccs, new_hccs, old_raw, new_raw, round(old_raw / old_norm, 3), round(new_raw / new_norm, 3),
			s0, s5, @extschema@.raf_payment(codes, who, $1, $4, allow_low_confidence => true),
			s5 - s0, s1 - s0, s2 - s1, s3 - s2, s4 - s3, s5 - s4, lost, gained
		FROM step$query$,
		@extschema@.hcc_panel_query(patient_schema, payment_year, as_of, contract, provider),
		@extschema@.hcc_counted_query(patient_schema, payment_year, program, as_of, without_list))
	USING payment_year, old_model, new_model, program, old_year, new_year;
END
$$;
COMMENT ON FUNCTION @extschema@.model_impact(integer, text, text, text, timestamptz, text, text, text, name) IS
	'What does a new model make of the same people and diagnoses? Per patient: scores in both models, the payment score of the year, and the difference of the two payment scores (each model as the whole blend) split by replacing, in this order, the codes that no longer map, the grouping into HCCs, the coefficients, interactions and counts, and the normalization; the parts add up exactly.';

CREATE FUNCTION @extschema@.model_impact_summary(payment_year integer, old_model text DEFAULT 'V24', new_model text DEFAULT 'V28',
	program text DEFAULT 'MA', as_of timestamptz DEFAULT NULL, contract text DEFAULT NULL, provider text DEFAULT NULL,
	without_list text DEFAULT 'error', patient_schema name DEFAULT NULL,
	OUT patients bigint, OUT old_raw numeric, OUT new_raw numeric, OUT old_normalized numeric, OUT new_normalized numeric,
	OUT old_payment numeric, OUT new_payment numeric, OUT blend_payment numeric, OUT difference numeric,
	OUT mapping_loss numeric, OUT regrouping numeric, OUT coefficient numeric, OUT interaction_count numeric,
	OUT normalization numeric)
LANGUAGE sql STABLE PARALLEL SAFE COST 100000
BEGIN ATOMIC
	SELECT count(*), sum(i.old_raw), sum(i.new_raw), sum(i.old_normalized), sum(i.new_normalized),
		sum(i.old_payment), sum(i.new_payment), sum(i.blend_payment), sum(i.difference),
		sum(i.mapping_loss), sum(i.regrouping), sum(i.coefficient), sum(i.interaction_count), sum(i.normalization)
	FROM @extschema@.model_impact(payment_year, old_model, new_model, program, as_of, contract, provider, without_list, patient_schema) i;
END;
COMMENT ON FUNCTION @extschema@.model_impact_summary(integer, text, text, text, timestamptz, text, text, text, name) IS
	'What does a new model make of a population? The columns of model_impact added up; NULL sums for nobody.';

CREATE FUNCTION @extschema@.lost_condition(payment_year integer, old_model text DEFAULT 'V24', new_model text DEFAULT 'V28',
	program text DEFAULT 'MA', as_of timestamptz DEFAULT NULL, contract text DEFAULT NULL, provider text DEFAULT NULL,
	without_list text DEFAULT 'error', patient_schema name DEFAULT NULL,
	OUT icd10_code text, OUT change text, OUT old_hccs text[], OUT new_hccs text[], OUT patients bigint)
	RETURNS SETOF record
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 100000 ROWS 100
SET search_path = pg_catalog, pg_temp
SET enable_nestloop = off
SET jit = off
AS $$
BEGIN
	RETURN QUERY EXECUTE format($query$
		SELECT h.code, CASE WHEN h.old_hccs = '{}' THEN 'gained' ELSE 'lost' END, h.old_hccs, h.new_hccs, h.patients
		FROM (
			SELECT c.code, c.patients, @extschema@.icd_to_hcc(c.code, $1, $3) AS old_hccs, @extschema@.icd_to_hcc(c.code, $2, $4) AS new_hccs
			FROM (
				SELECT s.code, count(DISTINCT d.patient_id) AS patients
				FROM (%1$s) p JOIN (%2$s) d ON d.patient_id = p.patient_id,
					-- one spelling for each code
					unnest(@extschema@.icd10_set(ARRAY[d.icd10_code])::text[]) s(code)
				WHERE @extschema@.icd_has_hcc(d.icd10_code, $1, $3) <> @extschema@.icd_has_hcc(d.icd10_code, $2, $4)
				GROUP BY s.code
			) c
		) h
		ORDER BY 2 DESC, h.patients DESC, h.code$query$,
		@extschema@.hcc_panel_query(patient_schema, payment_year, as_of, contract, provider),
		@extschema@.hcc_counted_query(patient_schema, payment_year, program, as_of, without_list))
	USING old_model, new_model, @extschema@.hcc_nearest_year(old_model, payment_year), @extschema@.hcc_nearest_year(new_model, payment_year);
END
$$;
COMMENT ON FUNCTION @extschema@.lost_condition(integer, text, text, text, timestamptz, text, text, text, name) IS
	'Which documented codes have an HCC in the old model only (lost) or in the new one only (gained), and how many patients have each?';

----------------------------------------------------------------------
-- Why is a score another one than before?
----------------------------------------------------------------------
CREATE FUNCTION @extschema@.raf_payment_or(otherwise numeric, diagnoses @extschema@.icd10_set, who @extschema@.beneficiary, payment_year integer, program text) RETURNS numeric
LANGUAGE sql STABLE PARALLEL SAFE COST 500
BEGIN ATOMIC
	SELECT CASE WHEN EXISTS (SELECT FROM @extschema@.payment_year_parameter f
			WHERE f.payment_year = raf_payment_or.payment_year AND f.program = raf_payment_or.program AND f.normalization_factor IS NOT NULL
				AND f.component = (SELECT s.component FROM @extschema@.raf_scores(diagnoses, who, raf_payment_or.payment_year, ARRAY[raf_payment_or.program]) s LIMIT 1))
		THEN @extschema@.raf_payment(diagnoses, who, raf_payment_or.payment_year, raf_payment_or.program, allow_low_confidence => true)
		ELSE otherwise END;
END;
COMMENT ON FUNCTION @extschema@.raf_payment_or(numeric, @extschema@.icd10_set, @extschema@.beneficiary, integer, text) IS
	'Payment score, or another number where the year does not say how this person is paid.';

CREATE FUNCTION @extschema@.score_change(payment_year integer, from_run bigint DEFAULT NULL, to_run bigint DEFAULT NULL,
	from_payment_year integer DEFAULT NULL, contract text DEFAULT NULL, provider text DEFAULT NULL,
	without_list text DEFAULT 'error', patient_schema name DEFAULT NULL,
	OUT patient_id uuid, OUT from_score numeric, OUT to_score numeric, OUT difference numeric, OUT membership numeric,
	OUT diagnoses_added numeric, OUT diagnoses_dropped numeric, OUT demographics numeric, OUT model numeric,
	OUT filter numeric, OUT reference_release numeric,
	OUT added_codes text[], OUT dropped_codes text[], OUT filter_codes text[])
	RETURNS SETOF record
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 100000 ROWS 1000
SET search_path = pg_catalog, pg_temp
SET enable_nestloop = off
SET jit = off
AS $$
DECLARE
	schema name := @extschema@.hcc_panel_schema(patient_schema);
	from_year integer := COALESCE(from_payment_year, payment_year);
	-- within a year, by default what the newest run changed
	first_run bigint := from_run;
	-- The payment score, or that of the step before where a factor of the person's component is not known:
	-- somebody may not be payable as another person or in another year.
	step text := $step$CASE WHEN EXISTS (SELECT FROM @extschema@.raf_scores(%1$s, %2$s, %3$s, ARRAY[%4$s]) r
		WHERE %5$s <> '{}' AND jsonb_build_array(%4$s, r.component)::text = ANY (%5$s)) THEN %6$s
		ELSE @extschema@.raf_payment(%1$s, %2$s, %3$s, %4$s, allow_low_confidence => true) END$step$;
BEGIN
	IF first_run IS NULL AND from_year = payment_year THEN
		EXECUTE format($query$SELECT COALESCE(max(run_id) - 1, 0) FROM %I.hcc_run
			WHERE payment_year = $1 AND status = 'done' AND run_id <= $2 IS NOT FALSE$query$, schema)
		INTO first_run USING payment_year, to_run;
	END IF;
	RETURN QUERY EXECUTE format($query$
		WITH pair AS (
			SELECT patient_id, o.raf_score AS old_score, n.raf_score AS new_score, o.calculated_at,
				-- nobody, for whom is in one of the two only: then nothing is scored again
				CASE WHEN n.raf_score IS NOT NULL THEN o.beneficiary END::@extschema@.beneficiary AS w0,
				CASE WHEN o.raf_score IS NOT NULL THEN n.beneficiary END::@extschema@.beneficiary AS w1,
				COALESCE(o.program, 'MA') AS p0, COALESCE(n.program, 'MA') AS p1,
				COALESCE(o.icd10_codes, '{}')::@extschema@.icd10_set AS c0, COALESCE(n.icd10_codes, '{}')::@extschema@.icd10_set AS c1
			FROM (%1$s) o FULL JOIN (%2$s) n USING (patient_id)
			WHERE true %3$s
		), held AS (
			-- on a record that the rules leave out, and only for that no longer counted or not counted before
			SELECT p.patient_id,
				@extschema@.icd10_agg(d.icd10_code) FILTER (WHERE d.now AND d.encounter_verdict NOT IN ('ok', 'deleted', 'voided', 'dos_outside_year')) AS now,
				@extschema@.icd10_agg(d.icd10_code) FILTER (WHERE d.before AND d.known_at <= p.calculated_at AND CASE WHEN $1 = $2
					THEN d.encounter_verdict = 'ok' ELSE d.encounter_verdict NOT IN ('ok', 'deleted', 'voided', 'dos_outside_year') END) AS before
			FROM pair p JOIN (
				SELECT d.patient_id, d.icd10_code, d.known_at, d.encounter_verdict, true AS now, $1 = $2 AS before FROM (%4$s) d
				WHERE d.diagnosis_date BETWEEN make_date($2 - 1, 1, 1) AND make_date($2 - 1, 12, 31)
				UNION ALL
				SELECT d.patient_id, d.icd10_code, d.known_at, d.encounter_verdict, false, true FROM (%5$s) d
				WHERE $1 <> $2 AND d.diagnosis_date BETWEEN make_date($1 - 1, 1, 1) AND make_date($1 - 1, 12, 31)
			) d ON d.patient_id = p.patient_id
			WHERE p.c0 OPERATOR(@extschema@.<>) p.c1
			GROUP BY p.patient_id
		), code AS (
			SELECT p.*, f.filtered,
				@extschema@.icd10_set_difference(@extschema@.icd10_set_difference(c1, c0), f.filtered) AS added,
				@extschema@.icd10_set_difference(@extschema@.icd10_set_difference(c0, c1), f.filtered) AS dropped
			FROM pair p LEFT JOIN held h ON h.patient_id = p.patient_id, LATERAL (SELECT @extschema@.icd10_set_union(
				@extschema@.icd10_set_intersection(@extschema@.icd10_set_difference(c0, c1), COALESCE(h.now, '{}')),
				@extschema@.icd10_set_intersection(@extschema@.icd10_set_difference(c1, c0), COALESCE(h.before, '{}'))) AS filtered) f
		)
		SELECT patient_id, old_score, new_score, COALESCE(new_score, 0) - COALESCE(old_score, 0),
			CASE WHEN old_score IS NULL OR new_score IS NULL THEN COALESCE(new_score, 0) - COALESCE(old_score, 0) ELSE 0 END,
			COALESCE(s1 - s0, 0), COALESCE(s2 - s1, 0), COALESCE(s3 - s2, 0), COALESCE(s4 - s3, 0), COALESCE(s5 - s4, 0),
			COALESCE(s0 - old_score + new_score - s5, 0), added::text[], dropped::text[], filtered::text[]
		FROM code c,
			LATERAL (SELECT %6$s AS s0) a,
			LATERAL (SELECT @extschema@.icd10_set_union(c0, added) AS more) b,
			LATERAL (SELECT %7$s AS s1) d,
			LATERAL (SELECT @extschema@.icd10_set_difference(more, dropped) AS kept) e,
			LATERAL (SELECT %8$s AS s2) f,
			LATERAL (SELECT %9$s AS s3) g,
			LATERAL (SELECT %10$s AS s4) h,
			LATERAL (SELECT %11$s AS s5) i
		$query$,
		@extschema@.hcc_scores_query(schema, from_year, first_run), @extschema@.hcc_scores_query(schema, payment_year, to_run),
		CASE WHEN COALESCE(contract, provider) IS NOT NULL THEN format('AND patient_id IN (SELECT patient_id FROM (%s) m)',
			@extschema@.hcc_panel_query(schema, payment_year, NULL::timestamptz, contract, provider)) END,
		@extschema@.hcc_diagnoses_query(schema, payment_year, without_list => without_list),
		@extschema@.hcc_diagnoses_query(schema, from_year, without_list => without_list),
		format(step, 'c0', 'w0', '$1', 'p0', '$3', 'old_score'), format(step, 'more', 'w0', '$1', 'p0', '$3', 's0'),
		format(step, 'kept', 'w0', '$1', 'p0', '$3', 's1'), format(step, 'kept', 'w1', '$1', 'p0', '$3', 's2'),
		format(step, 'kept', 'w1', '$2', 'p1', '$4', 's3'), format(step, 'c1', 'w1', '$2', 'p1', '$4', 's4'))
	USING from_year, payment_year,
		ARRAY(SELECT jsonb_build_array(f.program, f.component)::text FROM @extschema@.payment_year_parameter f WHERE f.payment_year = from_year AND f.normalization_factor IS NULL),
		ARRAY(SELECT jsonb_build_array(f.program, f.component)::text FROM @extschema@.payment_year_parameter f
			WHERE f.payment_year = score_change.payment_year AND f.normalization_factor IS NULL);
END
$$;
COMMENT ON FUNCTION @extschema@.score_change(integer, bigint, bigint, integer, text, text, text, name) IS
	'Why did payment scores change between two runs (by default, by the newest) or two payment years? Per patient the difference in parts that add up exactly, by scoring again after each of these, in this order: diagnoses added, diagnoses dropped, demographics, model (payment year and program), filter (documented, but counted only before or after). membership: who is in one of the two only; reference_release: what today''s tables do not score as stored.';

CREATE FUNCTION @extschema@.score_change_summary(payment_year integer, from_run bigint DEFAULT NULL, to_run bigint DEFAULT NULL,
	from_payment_year integer DEFAULT NULL, contract text DEFAULT NULL, provider text DEFAULT NULL,
	without_list text DEFAULT 'error', patient_schema name DEFAULT NULL,
	OUT "position" integer, OUT part text, OUT patients bigint, OUT score numeric)
	RETURNS SETOF record
LANGUAGE sql STABLE PARALLEL SAFE COST 100000 ROWS 9
BEGIN ATOMIC
	SELECT v.n, v.part, count(*) FILTER (WHERE v.score <> 0), COALESCE(sum(v.score), 0)
	FROM (VALUES (1)) one
		LEFT JOIN @extschema@.score_change(payment_year, from_run, to_run, from_payment_year, contract, provider, without_list, patient_schema) c ON true,
		LATERAL (VALUES (1, 'before', c.from_score), (2, 'membership', c.membership), (3, 'diagnoses added', c.diagnoses_added),
			(4, 'diagnoses dropped', c.diagnoses_dropped), (5, 'demographics', c.demographics), (6, 'model', c.model),
			(7, 'filter', c.filter), (8, 'reference release', c.reference_release), (9, 'after', c.to_score)) v(n, part, score)
	GROUP BY v.n, v.part ORDER BY v.n;
END;
COMMENT ON FUNCTION @extschema@.score_change_summary(integer, bigint, bigint, integer, text, text, text, name) IS
	'The waterfall from one run (or payment year) to another: score_change added up; before and the parts give after exactly. patients: for how many a part is not zero.';
