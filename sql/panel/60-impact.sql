-- What another model, another year or another run makes of the same people

CREATE FUNCTION @panel@.model_impact(payment_year integer, old_model text DEFAULT 'V24',
	new_model text DEFAULT 'V28', program text DEFAULT 'MA', as_of timestamptz DEFAULT NULL,
	contract text DEFAULT NULL, provider text DEFAULT NULL, without_list text DEFAULT 'error')
	RETURNS TABLE (patient_id @patient_id@, old_hccs text[], new_hccs text[], old_raw numeric,
		new_raw numeric, old_normalized numeric, new_normalized numeric, old_payment numeric,
		new_payment numeric, blend_payment numeric, difference numeric, mapping_loss numeric,
		regrouping numeric, coefficient numeric, interaction_count numeric, normalization numeric,
		lost_codes text[], gained_codes text[])
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 100000 ROWS 1000
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
SET enable_nestloop = off
SET jit = off
AS $panel$
DECLARE
	pay_year integer := @extschema@.hcc_payment_year(payment_year);
	-- a model is scored by its tables of the year, or of the nearest year it has
	old_year integer := @extschema@.hcc_nearest_year(old_model, pay_year);
	new_year integer := @extschema@.hcc_nearest_year(new_model, pay_year);
BEGIN
	PERFORM @extschema@.hcc_require_model(old_model), @extschema@.hcc_require_model(new_model),
		@extschema@.hcc_note_payment_year(pay_year);
	PERFORM @extschema@.hcc_require_program(program);
	RETURN QUERY
	WITH factor AS MATERIALIZED (
		SELECT DISTINCT ON (f.component, f.model_version) f.component, f.model_version,
			f.normalization_factor AS norm, f.coding_pattern_adjustment AS adjustment
		FROM @extschema@.payment_year_parameter f
		WHERE f.program = model_impact.program AND f.normalization_factor IS NOT NULL
			AND f.model_version IN (model_impact.old_model, model_impact.new_model)
		ORDER BY f.component, f.model_version, abs(f.payment_year - pay_year), f.custom DESC
	), counted AS (
		SELECT d.patient_id, @extschema@.icd10_agg(d.icd10_code) AS codes
		FROM @panel@.counted_diagnosis(pay_year, model_impact.program, model_impact.as_of,
			model_impact.without_list, 1, NULL::@patient_id@[]) d
		GROUP BY d.patient_id
	), member AS (
		SELECT m.patient_id, m.who, s.codes,
			(SELECT r.component
				FROM @extschema@.raf_scores(s.codes, m.who, pay_year,
					ARRAY[model_impact.program], true) r LIMIT 1) AS component,
			(SELECT COALESCE(array_agg(c ORDER BY c), '{}') FROM unnest(s.codes::text[]) c
				WHERE @extschema@.person_has_hcc(c, m.who, model_impact.old_model, old_year)
					AND NOT @extschema@.person_has_hcc(c, m.who, model_impact.new_model, new_year))
				AS lost,
			(SELECT COALESCE(array_agg(c ORDER BY c), '{}') FROM unnest(s.codes::text[]) c
				WHERE @extschema@.person_has_hcc(c, m.who, model_impact.new_model, new_year)
					AND NOT @extschema@.person_has_hcc(c, m.who, model_impact.old_model, old_year))
				AS gained
		FROM @panel@.member(pay_year, model_impact.as_of, model_impact.contract,
				model_impact.provider, NULL::@patient_id@[]) m
			LEFT JOIN counted d ON d.patient_id = m.patient_id
			CROSS JOIN LATERAL (SELECT COALESCE(d.codes, '{}') AS codes) s
	), scored AS (
		SELECT m.patient_id, m.who, m.codes, m.lost, m.gained, fo.norm AS old_norm,
			fo.adjustment AS old_adjustment, fn.norm AS new_norm, fn.adjustment AS new_adjustment,
			o.hccs AS old_hccs, o.raw AS old_raw, n.hccs AS new_hccs, n.raw AS new_raw,
			k.raw AS kept, k.raw - k.disease + n.regrouped AS regrouped,
			n.raw - n.interaction + k.interaction AS revalued
		FROM member m
			JOIN factor fo ON fo.component = m.component
				AND fo.model_version = model_impact.old_model
			JOIN factor fn ON fn.component = m.component
				AND fn.model_version = model_impact.new_model
			CROSS JOIN LATERAL (
				SELECT COALESCE(array_agg(e.hcc_code) FILTER (WHERE e.kind = 'hcc'), '{}') AS hccs,
					-- of whom a model has no term, the score is 0
					COALESCE(sum(e.coefficient), 0) AS raw
				FROM @extschema@.raf_explain(m.codes, m.who, model_impact.old_model, old_year,
					NULL::text, true, NULL::text) e
				WHERE e.reason IS NULL) o
			-- the old model without the codes that no longer map
			CROSS JOIN LATERAL (
				SELECT COALESCE(sum(e.coefficient), 0) AS raw,
					COALESCE(sum(e.coefficient) FILTER (WHERE e.kind = 'hcc'), 0) AS disease,
					COALESCE(sum(e.coefficient)
						FILTER (WHERE e.kind IN ('interaction', 'count')), 0) AS interaction
				FROM @extschema@.raf_explain(@extschema@.icd10_set_difference(m.codes,
						m.lost::@extschema@.icd10_set), m.who, model_impact.old_model, old_year,
					NULL::text, true, NULL::text) e
				WHERE e.reason IS NULL) k
			CROSS JOIN LATERAL (
				SELECT COALESCE(array_agg(e.hcc_code) FILTER (WHERE e.kind = 'hcc'), '{}') AS hccs,
					COALESCE(sum(e.coefficient), 0) AS raw,
					COALESCE(sum(e.coefficient)
						FILTER (WHERE e.kind IN ('interaction', 'count')), 0) AS interaction,
					-- each new HCC at the largest coefficient that the old model gives to
					-- its codes alone
					COALESCE(sum((SELECT max(h.coefficient)
							FROM @extschema@.raf_explain(e.icd10_codes, m.who,
								model_impact.old_model, old_year, NULL::text, true, NULL::text) h
							WHERE h.kind = 'hcc' AND h.reason IS NULL))
						FILTER (WHERE e.kind = 'hcc'), 0) AS regrouped
				FROM @extschema@.raf_explain(m.codes, m.who, model_impact.new_model, new_year,
					NULL::text, true, NULL::text) e
				WHERE e.reason IS NULL) n
	-- Each step changes one thing of the one before it and is rounded as payment is, so that the
	-- parts add up to the difference to the last digit. In another order they would be others.
	), step AS (
		SELECT s.*,
			@extschema@.raf_full_payment(s.old_raw, s.old_norm, s.old_adjustment) AS s0,
			@extschema@.raf_full_payment(s.kept, s.old_norm, s.old_adjustment) AS s1,
			@extschema@.raf_full_payment(s.regrouped, s.old_norm, s.old_adjustment) AS s2,
			@extschema@.raf_full_payment(s.revalued, s.old_norm, s.old_adjustment) AS s3,
			@extschema@.raf_full_payment(s.new_raw, s.old_norm, s.old_adjustment) AS s4,
			@extschema@.raf_full_payment(s.new_raw, s.new_norm, s.new_adjustment) AS s5
		FROM scored s
	)
	SELECT s.patient_id, s.old_hccs, s.new_hccs, s.old_raw, s.new_raw,
		round(s.old_raw / s.old_norm, 3), round(s.new_raw / s.new_norm, 3), s.s0, s.s5,
		@extschema@.raf_payment(s.codes, s.who, pay_year, model_impact.program,
			@extschema@.hcc_component_of(model_impact.new_model, s.who, pay_year,
				model_impact.program), true, true, 0::numeric),
		s.s5 - s.s0, s.s1 - s.s0, s.s2 - s.s1, s.s3 - s.s2, s.s4 - s.s3, s.s5 - s.s4, s.lost,
		s.gained
	FROM step s;
END
$panel$;
COMMENT ON FUNCTION @panel@.model_impact(integer, text, text, text, timestamptz, text, text, text)
	IS 'What does a new model make of the same people and diagnoses, in parts that add up?';

CREATE FUNCTION @panel@.model_impact_summary(payment_year integer, old_model text DEFAULT 'V24',
	new_model text DEFAULT 'V28', program text DEFAULT 'MA', as_of timestamptz DEFAULT NULL,
	contract text DEFAULT NULL, provider text DEFAULT NULL, without_list text DEFAULT 'error',
	OUT patients bigint, OUT old_raw numeric, OUT new_raw numeric, OUT old_normalized numeric,
	OUT new_normalized numeric, OUT old_payment numeric, OUT new_payment numeric,
	OUT blend_payment numeric, OUT difference numeric, OUT mapping_loss numeric,
	OUT regrouping numeric, OUT coefficient numeric, OUT interaction_count numeric,
	OUT normalization numeric)
LANGUAGE sql STABLE PARALLEL SAFE COST 100000
BEGIN ATOMIC
	SELECT count(*), sum(i.old_raw), sum(i.new_raw), sum(i.old_normalized), sum(i.new_normalized),
		sum(i.old_payment), sum(i.new_payment), sum(i.blend_payment), sum(i.difference),
		sum(i.mapping_loss), sum(i.regrouping), sum(i.coefficient), sum(i.interaction_count),
		sum(i.normalization)
	FROM @panel@.model_impact(payment_year, old_model, new_model, program, as_of, contract,
		provider, without_list) i;
END;
COMMENT ON FUNCTION @panel@.model_impact_summary(integer, text, text, text, timestamptz, text,
	text, text) IS
	'What does a new model make of a population? model_impact added up; NULL sums for nobody.';

CREATE FUNCTION @panel@.lost_condition(payment_year integer, old_model text DEFAULT 'V24',
	new_model text DEFAULT 'V28', program text DEFAULT 'MA', as_of timestamptz DEFAULT NULL,
	contract text DEFAULT NULL, provider text DEFAULT NULL, without_list text DEFAULT 'error')
	RETURNS TABLE (icd10_code text, change text, old_hccs text[], new_hccs text[],
		patients bigint)
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 100000 ROWS 100
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
SET enable_nestloop = off
SET jit = off
AS $panel$
DECLARE
	pay_year integer := @extschema@.hcc_payment_year(payment_year);
	old_year integer := @extschema@.hcc_nearest_year(old_model, pay_year);
	new_year integer := @extschema@.hcc_nearest_year(new_model, pay_year);
BEGIN
	PERFORM @extschema@.hcc_require_model(old_model), @extschema@.hcc_require_model(new_model),
		@extschema@.hcc_require_program(program), @extschema@.hcc_note_payment_year(pay_year);
	RETURN QUERY
	SELECT h.code, CASE WHEN h.old_hccs = '{}' THEN 'gained' ELSE 'lost' END, h.old_hccs,
		h.new_hccs, h.patients
	FROM (
		SELECT c.code, c.old_hccs, c.new_hccs, count(DISTINCT c.patient_id) AS patients
		FROM (
			-- some codes have other HCCs, or none, by age or sex
			SELECT s.code, d.patient_id, @extschema@.person_hccs(s.code, m.who,
					lost_condition.old_model, old_year) AS old_hccs,
				@extschema@.person_hccs(s.code, m.who, lost_condition.new_model, new_year)
					AS new_hccs
			FROM @panel@.member(pay_year, lost_condition.as_of, lost_condition.contract,
					lost_condition.provider, NULL::@patient_id@[]) m
				JOIN @panel@.counted_diagnosis(pay_year, lost_condition.program,
					lost_condition.as_of, lost_condition.without_list, 1, NULL::@patient_id@[]) d
					ON d.patient_id = m.patient_id
				-- one spelling for each code
				CROSS JOIN LATERAL unnest(@extschema@.icd10_set(ARRAY[d.icd10_code])::text[])
					s (code)
			WHERE @extschema@.icd_has_hcc(
					@extschema@.hcc_canonical(d.icd10_code), lost_condition.old_model, old_year)
				OR @extschema@.icd_has_hcc(
					@extschema@.hcc_canonical(d.icd10_code), lost_condition.new_model, new_year)
		) c
		WHERE (c.old_hccs = '{}') <> (c.new_hccs = '{}')
		GROUP BY c.code, c.old_hccs, c.new_hccs
	) h
	ORDER BY 2 DESC, h.patients DESC, h.code;
END
$panel$;
COMMENT ON FUNCTION @panel@.lost_condition(integer, text, text, text, timestamptz, text, text,
	text) IS
	'Which documented codes have an HCC in the old model only (lost) or in the new one only '
	'(gained)?';

-- Why is a score another one than before?

CREATE FUNCTION @panel@.hcc_step(diagnoses @extschema@.icd10_set, who @extschema@.beneficiary,
	payment_year integer, program text, component text, frailty numeric, unknown text[],
	before numeric)
	RETURNS TABLE (score numeric)
LANGUAGE sql STABLE PARALLEL SAFE ROWS 1
BEGIN ATOMIC
	SELECT CASE WHEN EXISTS (
				SELECT FROM @extschema@.raf_scores(hcc_step.diagnoses, hcc_step.who,
					hcc_step.payment_year, ARRAY[hcc_step.program]) r
				WHERE hcc_step.unknown <> '{}'
					AND r.component = COALESCE(part.component, r.component)
					AND jsonb_build_array(hcc_step.program, r.component)::text
						= ANY (hcc_step.unknown))
			THEN hcc_step.before
		ELSE @extschema@.raf_payment(hcc_step.diagnoses, hcc_step.who, hcc_step.payment_year,
			hcc_step.program, part.component, allow_low_confidence => true,
			frailty => CASE WHEN @extschema@.hcc_takes_frailty(hcc_step.payment_year,
				hcc_step.program, part.component) THEN hcc_step.frailty END) END
	-- the score that is explained, where the program pays the person by several
	FROM (SELECT (SELECT min(p.component) FROM @extschema@.payment_year_parameter p
		WHERE p.payment_year = hcc_step.payment_year AND p.program = hcc_step.program
			AND p.component = hcc_step.component) AS component OFFSET 0) part;
END;
COMMENT ON FUNCTION @panel@.hcc_step(@extschema@.icd10_set, @extschema@.beneficiary, integer, text,
	text, numeric, text[], numeric) IS
	'Part of score_change: the payment score, or that of the step before for an unknown factor.';

CREATE FUNCTION @panel@.hcc_scored_window(payment_year integer, run bigint, payment_run text)
	RETURNS TABLE (first_day date, last_day date, program text)
LANGUAGE sql STABLE PARALLEL SAFE ROWS 1
BEGIN ATOMIC
	SELECT COALESCE((r.parameters ->> 'service_from')::date,
			@extschema@.hcc_service_start(hcc_scored_window.payment_year)),
		COALESCE((r.parameters ->> 'service_to')::date,
			@extschema@.hcc_service_end(hcc_scored_window.payment_year)),
		COALESCE(r.program, 'MA')
	-- scores of the user's may be of no run
	FROM (VALUES (1)) one
		LEFT JOIN (
			SELECT h.parameters, h.program FROM @panel@.hcc_run h
			WHERE h.payment_year = hcc_scored_window.payment_year AND h.status = 'done'
				AND (hcc_scored_window.run IS NULL OR h.run_id <= hcc_scored_window.run)
				AND CASE WHEN hcc_scored_window.payment_run IS NULL
						THEN h.parameters ->> 'in_force' IS DISTINCT FROM 'false'
					ELSE h.parameters ->> 'payment_run' = hcc_scored_window.payment_run END
				AND h.program <> 'ACA'
			ORDER BY h.run_id DESC LIMIT 1) r ON true;
END;
COMMENT ON FUNCTION @panel@.hcc_scored_window(integer, bigint, text) IS
	'Of which days, and by the rules of which program, the newest run up to one took records.';

CREATE FUNCTION @panel@.score_change(payment_year integer, from_run bigint DEFAULT NULL,
	to_run bigint DEFAULT NULL, from_payment_year integer DEFAULT NULL,
	contract text DEFAULT NULL, provider text DEFAULT NULL, without_list text DEFAULT 'error',
	from_payment_run text DEFAULT NULL, to_payment_run text DEFAULT NULL)
	RETURNS TABLE (patient_id @patient_id@, from_score numeric, to_score numeric,
		difference numeric, membership numeric, diagnoses_added numeric,
		diagnoses_dropped numeric, demographics numeric, model numeric, filter numeric,
		reference_release numeric, added_codes text[], dropped_codes text[], filter_codes text[])
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 100000 ROWS 1000
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
SET enable_nestloop = off
SET jit = off
AS $panel$
DECLARE
	to_year integer := @extschema@.hcc_payment_year(payment_year);
	from_year integer := @extschema@.hcc_payment_year(COALESCE(from_payment_year, to_year));
	-- within a year, by default what the newest run changed
	first_run bigint := COALESCE(from_run, CASE WHEN from_year = to_year
			AND COALESCE(from_payment_run, to_payment_run) IS NULL THEN (
		SELECT COALESCE(max(r.run_id) - 1, 0) FROM @panel@.hcc_run r
		WHERE r.payment_year = to_year AND r.status = 'done'
			AND r.parameters ->> 'in_force' IS DISTINCT FROM 'false'
			AND (score_change.to_run IS NULL OR r.run_id <= score_change.to_run)) END);
	-- somebody may not be payable as another person or in another year
	from_unknown text[] := ARRAY(SELECT jsonb_build_array(f.program, f.component)::text
		FROM @extschema@.payment_year_parameter f
		WHERE f.payment_year = from_year AND f.normalization_factor IS NULL);
	to_unknown text[] := ARRAY(SELECT jsonb_build_array(f.program, f.component)::text
		FROM @extschema@.payment_year_parameter f
		WHERE f.payment_year = to_year AND f.normalization_factor IS NULL);
	-- out of the rules or out of the year is not what the filter holds back
	gone text[] := '{ok,deleted,voided,dos_outside_year}'::text[];
	-- a record was held back only where the run looked for it
	from_window record;
	to_window record;
	same_window boolean;
BEGIN
	PERFORM @panel@.hcc_require_scores(from_year, from_payment_run, from_run,
			NULL::timestamptz),
		@panel@.hcc_require_scores(to_year, to_payment_run, to_run, NULL::timestamptz);
	SELECT w.* INTO from_window
	FROM @panel@.hcc_scored_window(from_year, first_run, from_payment_run) w;
	SELECT w.* INTO to_window FROM @panel@.hcc_scored_window(to_year, to_run, to_payment_run) w;
	same_window := from_year = to_year AND from_window = to_window;
	RETURN QUERY
	WITH pair AS (
		SELECT COALESCE(o.patient_id, n.patient_id) AS patient_id, o.raf_score AS old_score,
			n.raf_score AS new_score,
			-- what the run before may have known of
			LEAST(o.calculated_at, (SELECT u.known_at FROM @panel@.hcc_run u
				WHERE u.run_id = o.run_id)) AS known_until,
			-- nobody, for whom is in one of the two only: then nothing is scored again
			CASE WHEN n.raf_score IS NOT NULL THEN o.beneficiary END::@extschema@.beneficiary
				AS w0,
			CASE WHEN o.raf_score IS NOT NULL THEN n.beneficiary END::@extschema@.beneficiary
				AS w1,
			o.component AS part0, n.component AS part1, o.frailty AS f0, n.frailty AS f1,
			COALESCE(o.program, 'MA') AS p0, COALESCE(n.program, 'MA') AS p1,
			COALESCE(o.icd10_codes, '{}')::@extschema@.icd10_set AS c0,
			COALESCE(n.icd10_codes, '{}')::@extschema@.icd10_set AS c1
		FROM @panel@.stored_score(from_year, first_run, NULL::timestamptz,
				score_change.from_payment_run) o
			FULL JOIN @panel@.stored_score(to_year, score_change.to_run, NULL::timestamptz,
				score_change.to_payment_run) n ON n.patient_id = o.patient_id
	), asked AS (
		SELECT p.*
		FROM pair p
			-- falls away where nobody asks whose they are
			LEFT JOIN @panel@.member(to_year, NULL::timestamptz, score_change.contract,
				score_change.provider, NULL::@patient_id@[]) m ON m.patient_id = p.patient_id
		WHERE COALESCE(score_change.contract, score_change.provider) IS NULL
			OR m.patient_id IS NOT NULL
	), record AS (
		SELECT d.patient_id, d.icd10_code, d.known_at, d.encounter_verdict, true AS now,
			same_window AS before
		FROM @panel@.diagnosis(to_year, to_window.program, NULL::timestamptz,
			score_change.without_list, to_window.first_day, to_window.last_day,
			NULL::@patient_id@[]) d
		UNION ALL
		SELECT d.patient_id, d.icd10_code, d.known_at, d.encounter_verdict, false, true
		FROM @panel@.diagnosis(from_year, from_window.program, NULL::timestamptz,
			score_change.without_list, from_window.first_day, from_window.last_day,
			NULL::@patient_id@[]) d
		WHERE NOT same_window
	), held AS (
		-- on a record that the rules leave out, and only for that no longer counted or
		-- not counted before
		SELECT p.patient_id,
			@extschema@.icd10_agg(r.icd10_code)
				FILTER (WHERE r.now AND r.encounter_verdict <> ALL (gone)) AS now,
			@extschema@.icd10_agg(r.icd10_code)
				FILTER (WHERE r.before AND r.known_at <= p.known_until
					AND CASE WHEN from_year = to_year THEN r.encounter_verdict = 'ok'
						ELSE r.encounter_verdict <> ALL (gone) END) AS before
		FROM asked p JOIN record r ON r.patient_id = p.patient_id
		WHERE p.c0 OPERATOR(@extschema@.<>) p.c1
		GROUP BY p.patient_id
	), code AS (
		SELECT p.*, f.filtered,
			@extschema@.icd10_set_difference(@extschema@.icd10_set_difference(p.c1, p.c0),
				f.filtered) AS added,
			@extschema@.icd10_set_difference(@extschema@.icd10_set_difference(p.c0, p.c1),
				f.filtered) AS dropped
		FROM asked p LEFT JOIN held h ON h.patient_id = p.patient_id
			CROSS JOIN LATERAL (SELECT @extschema@.icd10_set_union(
				@extschema@.icd10_set_intersection(
					@extschema@.icd10_set_difference(p.c0, p.c1), COALESCE(h.now, '{}')),
				@extschema@.icd10_set_intersection(
					@extschema@.icd10_set_difference(p.c1, p.c0), COALESCE(h.before, '{}')))
				AS filtered) f
	), scored AS MATERIALIZED (
		-- scored once, though each is the end of one part and the beginning of the next
		SELECT c.patient_id, c.old_score, c.new_score, c.added, c.dropped, c.filtered,
			s0.score AS s0, s1.score AS s1, s2.score AS s2, s3.score AS s3, s4.score AS s4,
			s5.score AS s5
		FROM code c
			CROSS JOIN LATERAL (SELECT @extschema@.icd10_set_union(c.c0, c.added) AS more) m
			CROSS JOIN LATERAL (
				SELECT @extschema@.icd10_set_difference(m.more, c.dropped) AS kept) k
			CROSS JOIN LATERAL @panel@.hcc_step(c.c0, c.w0, from_year, c.p0, c.part0, c.f0,
				from_unknown, c.old_score) s0
			CROSS JOIN LATERAL @panel@.hcc_step(m.more, c.w0, from_year, c.p0, c.part0, c.f0,
				from_unknown, s0.score) s1
			CROSS JOIN LATERAL @panel@.hcc_step(k.kept, c.w0, from_year, c.p0, c.part0, c.f0,
				from_unknown, s1.score) s2
			CROSS JOIN LATERAL @panel@.hcc_step(k.kept, c.w1, from_year, c.p0, c.part1, c.f1,
				from_unknown, s2.score) s3
			CROSS JOIN LATERAL @panel@.hcc_step(k.kept, c.w1, to_year, c.p1, c.part1, c.f1,
				to_unknown, s3.score) s4
			CROSS JOIN LATERAL @panel@.hcc_step(c.c1, c.w1, to_year, c.p1, c.part1, c.f1,
				to_unknown, s4.score) s5
	)
	SELECT s.patient_id, s.old_score, s.new_score, d.difference,
		CASE WHEN s.old_score IS NULL OR s.new_score IS NULL THEN d.difference ELSE 0 END,
		COALESCE(s.s1 - s.s0, 0), COALESCE(s.s2 - s.s1, 0), COALESCE(s.s3 - s.s2, 0),
		COALESCE(s.s4 - s.s3, 0), COALESCE(s.s5 - s.s4, 0),
		COALESCE(s.s0 - s.old_score + s.new_score - s.s5, 0), s.added::text[],
		s.dropped::text[], s.filtered::text[]
	FROM scored s
		CROSS JOIN LATERAL (
			SELECT COALESCE(s.new_score, 0) - COALESCE(s.old_score, 0) AS difference) d;
END
$panel$;
COMMENT ON FUNCTION @panel@.score_change(integer, bigint, bigint, integer, text, text, text, text,
	text) IS
	'Why did payment scores change between two runs or years, per patient, in parts that add up?';

CREATE FUNCTION @panel@.score_change_summary(payment_year integer, from_run bigint DEFAULT NULL,
	to_run bigint DEFAULT NULL, from_payment_year integer DEFAULT NULL,
	contract text DEFAULT NULL, provider text DEFAULT NULL, without_list text DEFAULT 'error',
	from_payment_run text DEFAULT NULL, to_payment_run text DEFAULT NULL)
	RETURNS TABLE ("position" integer, part text, patients bigint, score numeric)
LANGUAGE sql STABLE PARALLEL SAFE COST 100000 ROWS 9
BEGIN ATOMIC
	SELECT v.n, v.part, count(*) FILTER (WHERE v.score <> 0), COALESCE(sum(v.score), 0)
	FROM (VALUES (1)) one
		LEFT JOIN @panel@.score_change(payment_year, from_run, to_run, from_payment_year,
			contract, provider, without_list, from_payment_run, to_payment_run) c ON true
		CROSS JOIN LATERAL (VALUES (1, 'before', c.from_score), (2, 'membership', c.membership),
			(3, 'diagnoses added', c.diagnoses_added),
			(4, 'diagnoses dropped', c.diagnoses_dropped), (5, 'demographics', c.demographics),
			(6, 'model', c.model), (7, 'filter', c.filter),
			(8, 'reference release', c.reference_release), (9, 'after', c.to_score))
			v (n, part, score)
	GROUP BY v.n, v.part ORDER BY v.n;
END;
COMMENT ON FUNCTION @panel@.score_change_summary(integer, bigint, bigint, integer, text, text,
	text, text, text) IS
	'The waterfall from one run or year to another: before and the parts add up to after exactly.';
