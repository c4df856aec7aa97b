-- The marketplace: enrolment spans and drugs beside the diagnoses of the panel,
-- which verdict each diagnosis has, and what an enrollee's score is in each plan.
-- A benefit year is scored by its own diagnoses. The issuer of a diagnosis or a
-- drug is its contract_id or issuer_id; NULL: the panel is of one issuer.

CREATE TABLE @panel@.patient_enrollment (
	patient_id @patient_id@ NOT NULL,
	issuer_id text NOT NULL,
	plan_id text NOT NULL,
	first_day date NOT NULL,
	last_day date NOT NULL CHECK (last_day >= first_day),
	date_of_birth date NOT NULL,
	sex text NOT NULL CHECK (sex ~* '^\s*(f|female|m|male|[12])\s*$'),	-- or a number
	metal text NOT NULL,
	csr_variant text,
	billable boolean NOT NULL DEFAULT true,
	PRIMARY KEY (patient_id, issuer_id, plan_id, first_day)
) @by_patient@;
COMMENT ON TABLE @panel@.patient_enrollment IS
	'Spans of enrolment in plans of the marketplace; those with one issuer are scored together.';
COMMENT ON COLUMN @panel@.patient_enrollment.plan_id IS
	'The plan of the span; of 16 characters, the last two are the variant.';
COMMENT ON COLUMN @panel@.patient_enrollment.csr_variant IS
	'Cost-sharing variant, two characters; NULL: as plan_id has it.';
COMMENT ON COLUMN @panel@.patient_enrollment.billable IS
	'Whether a premium is paid: not of children beyond those that a family is rated for.';

CREATE TABLE @panel@.patient_drug (
	id uuid NOT NULL DEFAULT gen_random_uuid(),
	patient_id @patient_id@ NOT NULL,
	issuer_id text,
	fill_date date NOT NULL,
	ndc text,
	hcpcs text,
	accepted boolean NOT NULL DEFAULT true,
	PRIMARY KEY (@id_key@)
) @by_patient@;
COMMENT ON TABLE @panel@.patient_drug IS
	'Drugs filled or given, by NDC or HCPCS; HCPCS of medical claims are in patient_diagnosis_hcc.';
COMMENT ON COLUMN @panel@.patient_drug.accepted IS
	'Whether the claim is paid and active; others are not read.';
CREATE INDEX patient_drug_patient ON @panel@.patient_drug (patient_id, fill_date);

-- Inpatient claims that do not count for how they ended. Without a list nothing is read.
CREATE FUNCTION @panel@.hcc_market_discharge(payment_year integer, patients @patient_id@[])
	RETURNS TABLE (id @diagnosis_id@, patient_id @patient_id@)
LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 1000
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
AS $panel$
DECLARE
	accepted text[] := @extschema@.hcc_market_discharge_statuses(payment_year);
BEGIN
	IF accepted = '{}' THEN
		RETURN;
	END IF;
	RETURN QUERY
		SELECT d.id::@diagnosis_id@, d.patient_id::@patient_id@
		FROM @panel@.patient_diagnosis_hcc d
		WHERE d.diagnosis_date >= make_date(hcc_market_discharge.payment_year, 1, 1)
			AND d.diagnosis_date <= make_date(hcc_market_discharge.payment_year, 12, 31)
			AND d.record_source = 'encounter'
			AND @extschema@.hcc_setting(hcc_market_discharge.payment_year, 'ACA'::text,
				d.claim_type, d.bill_type) = 'inpatient'
			-- none is none of them
			AND (@extschema@.hcc_discharge_status(@optional(d.discharge_status)@::text)
				= ANY (accepted)) IS NOT TRUE
			AND (@extschema@.hcc_everybody(hcc_market_discharge.patients)
				OR d.patient_id = ANY (hcc_market_discharge.patients));
END
$panel$;
COMMENT ON FUNCTION @panel@.hcc_market_discharge(integer, @patient_id@[]) IS
	'Inpatient records whose discharge status is not one that market_discharge_status lists.';

-- A supplemental diagnosis adds to a claim that counts: whether its own record would is
-- not enough. A claim counts, too, if of its diagnoses one was taken back or is no code.
CREATE FUNCTION @panel@.hcc_market_diagnosis(payment_year integer, as_of timestamptz,
	without_list text, patients @patient_id@[])
	RETURNS TABLE (id @diagnosis_id@, patient_id @patient_id@, encounter_id @encounter_id@,
		contract_id text, icd10_code text, diagnosis_date date, claim_type text, bill_type text,
		procedure_codes text[], record_source text, record_action text, known_at timestamptz,
		verdict text)
LANGUAGE sql STABLE PARALLEL SAFE ROWS 1000
BEGIN ATOMIC
	SELECT d.id, d.patient_id, d.encounter_id, d.contract_id, d.icd10_code, d.diagnosis_date,
		d.claim_type, d.bill_type, d.procedure_codes, d.record_source, d.record_action,
		d.known_at,
		-- so written that the verdict is found once
		COALESCE(NULLIF(d.encounter_verdict, 'ok'), CASE
			WHEN refused.id IS NOT NULL THEN 'discharge_status'
			WHEN d.record_source <> 'linked_chart_review' OR claim.id IS NOT NULL THEN 'ok'
			ELSE 'supplemental_without_claim' END)
	FROM @panel@.diagnosis(@extschema@.hcc_payment_year(hcc_market_diagnosis.payment_year), 'ACA',
			hcc_market_diagnosis.as_of, hcc_market_diagnosis.without_list,
			make_date(hcc_market_diagnosis.payment_year, 1, 1),
			make_date(hcc_market_diagnosis.payment_year, 12, 31),
			hcc_market_diagnosis.patients) d
		LEFT JOIN @panel@.hcc_market_discharge(hcc_market_diagnosis.payment_year,
			hcc_market_diagnosis.patients) refused
			ON refused.patient_id = d.patient_id AND refused.id = d.id
		LEFT JOIN (
			SELECT DISTINCT l.patient_id, l.id
			FROM @panel@.patient_diagnosis_hcc l
				JOIN @panel@.diagnosis(hcc_market_diagnosis.payment_year, 'ACA',
					hcc_market_diagnosis.as_of, hcc_market_diagnosis.without_list,
					make_date(hcc_market_diagnosis.payment_year, 1, 1),
					make_date(hcc_market_diagnosis.payment_year, 12, 31),
					hcc_market_diagnosis.patients) c
					ON c.patient_id = l.patient_id AND c.encounter_id = l.linked_encounter_id
				LEFT JOIN @panel@.hcc_market_discharge(hcc_market_diagnosis.payment_year,
					hcc_market_diagnosis.patients) r
					ON r.patient_id = c.patient_id AND r.id = c.id
			WHERE l.record_source = 'linked_chart_review' AND c.record_source = 'encounter'
				AND r.id IS NULL
				AND (@extschema@.hcc_everybody(hcc_market_diagnosis.patients)
					OR l.patient_id = ANY (hcc_market_diagnosis.patients))
				AND EXISTS (SELECT FROM @panel@.patient_enrollment e
					WHERE e.patient_id = c.patient_id
						AND (c.contract_id IS NULL OR c.contract_id = e.issuer_id)
						AND c.diagnosis_date >= e.first_day AND c.diagnosis_date <= e.last_day)
				AND CASE WHEN c.encounter_verdict NOT IN ('deleted', 'not_a_code', 'not_icd10')
					THEN c.encounter_verdict
					ELSE @extschema@.encounter_verdict(hcc_market_diagnosis.payment_year, 'ACA',
						'Z00.00', c.diagnosis_date, c.claim_type, c.bill_type, c.procedure_codes,
						NULL::text[], NULL::text, c.record_source, NULL::text, c.submission, NULL,
						false, false, hcc_market_diagnosis.without_list, NULL::text, NULL::date,
						NULL::timestamptz) END = 'ok') claim
			ON claim.patient_id = d.patient_id AND claim.id = d.id
				AND d.record_source = 'linked_chart_review';
END;
COMMENT ON FUNCTION @panel@.hcc_market_diagnosis(integer, timestamptz, text, @patient_id@[]) IS
	'Diagnoses of a benefit year with the verdict of their claims; enrolment is not looked at.';

CREATE FUNCTION @panel@.enrollee_diagnosis(payment_year integer, as_of timestamptz DEFAULT NULL,
	without_list text DEFAULT 'error', patients @patient_id@[] DEFAULT NULL)
	RETURNS TABLE (id @diagnosis_id@, patient_id @patient_id@, encounter_id @encounter_id@,
		issuer_id text, icd10_code text, diagnosis_date date, claim_type text, bill_type text,
		procedure_codes text[], record_source text, record_action text, known_at timestamptz,
		verdict text)
LANGUAGE sql STABLE PARALLEL SAFE ROWS 1000
BEGIN ATOMIC
	SELECT d.id, d.patient_id, d.encounter_id, d.contract_id, d.icd10_code, d.diagnosis_date,
		d.claim_type, d.bill_type, d.procedure_codes, d.record_source, d.record_action,
		d.known_at,
		COALESCE(NULLIF(d.verdict, 'ok'), CASE WHEN EXISTS (
				SELECT FROM @panel@.patient_enrollment e
				WHERE e.patient_id = d.patient_id
					AND (d.contract_id IS NULL OR d.contract_id = e.issuer_id)
					AND d.diagnosis_date >= e.first_day AND d.diagnosis_date <= e.last_day)
			THEN 'ok' ELSE 'outside_enrollment' END)
	FROM @panel@.hcc_market_diagnosis(enrollee_diagnosis.payment_year, enrollee_diagnosis.as_of,
		enrollee_diagnosis.without_list, enrollee_diagnosis.patients) d
	WHERE @extschema@.hcc_has_benefit_year(enrollee_diagnosis.payment_year);
END;
COMMENT ON FUNCTION @panel@.enrollee_diagnosis(integer, timestamptz, text, @patient_id@[]) IS
	'Every diagnosis of a benefit year, with the verdict of the marketplace''s claim filter.';

CREATE FUNCTION @panel@.enrollee_score(payment_year integer, as_of timestamptz DEFAULT NULL,
	without_list text DEFAULT 'error', issuer text DEFAULT NULL,
	patients @patient_id@[] DEFAULT NULL, model text DEFAULT NULL)
	RETURNS TABLE (patient_id @patient_id@, issuer_id text, plan_id text, metal text,
		csr_variant text, billable boolean, plan_days integer, enrolled_days integer, age integer,
		score numeric, csr_factor numeric, csr_score numeric, codes @extschema@.icd10_set,
		who @extschema@.beneficiary, problem text)
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 100000 ROWS 1000
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
SET enable_nestloop = off
SET jit = off
AS $panel$
DECLARE
	year integer := @extschema@.hcc_payment_year(payment_year);
	chosen text := COALESCE(model, @extschema@.hcc_market_model(year));
	days_of_year daterange := daterange(make_date(year, 1, 1), make_date(year, 12, 31), '[]');
	drugs text[] := ARRAY(SELECT DISTINCT x.code FROM @extschema@.hcc_drug_crosswalk x
		WHERE x.model_version = chosen AND x.code_system = 'hcpcs');
BEGIN
	PERFORM @extschema@.hcc_require_model(chosen), @extschema@.hcc_require_year(chosen, year);
	RETURN QUERY
	WITH span AS (
		SELECT e.patient_id, e.issuer_id, e.plan_id, e.metal,
			COALESCE(e.csr_variant, CASE WHEN length(btrim(e.plan_id)) = 16
				THEN right(btrim(e.plan_id), 2) END) AS csr_variant,
			e.billable, e.date_of_birth,
			CASE WHEN lower(btrim(e.sex::text)) IN ('f', 'female', '2') THEN 'F'
				WHEN lower(btrim(e.sex::text)) IN ('m', 'male', '1') THEN 'M'
				ELSE e.sex::text END AS sex,
			CASE WHEN e.first_day <= e.last_day
				THEN daterange(e.first_day, e.last_day, '[]') * days_of_year END AS days
		FROM @panel@.patient_enrollment e
		-- a view may not know when
		WHERE (e.first_day <= make_date(year, 12, 31) AND e.last_day >= make_date(year, 1, 1))
				IS NOT FALSE
			AND (enrollee_score.issuer IS NULL OR e.issuer_id = enrollee_score.issuer)
			AND (@extschema@.hcc_everybody(enrollee_score.patients)
				OR e.patient_id = ANY (enrollee_score.patients))
			AND @extschema@.hcc_panel_current(@panel_name@::name, '@extversion@'::text)
	), enrollee AS (
		SELECT s.patient_id, s.issuer_id, min(s.date_of_birth) AS born, min(s.sex) AS sex,
			range_agg(s.days) AS enrolled, max(upper(s.days)) - 1 AS last_day,
			CASE WHEN bool_or(s.days IS NULL)
					THEN 'first_day: is not known, or is after the last'
				WHEN min(s.date_of_birth) <> max(s.date_of_birth)
					THEN 'date_of_birth: differs between spans'
				WHEN min(s.sex) <> max(s.sex) THEN 'sex: differs between spans' END AS problem
		FROM span s GROUP BY s.patient_id, s.issuer_id
	), plan AS (
		SELECT s.patient_id, s.issuer_id, s.plan_id, s.metal, s.csr_variant, s.billable,
			range_agg(s.days) AS days
		FROM span s
		GROUP BY s.patient_id, s.issuer_id, s.plan_id, s.metal, s.csr_variant, s.billable
	), code AS (
		SELECT d.patient_id, d.contract_id AS issuer_id, c.icd10_code, d.diagnosis_date AS day,
			NULL::text AS ndc, c.hcpcs
		-- whether it is within a span, the join below asks
		FROM (SELECT r.patient_id, r.contract_id, r.icd10_code, r.diagnosis_date, r.record_action,
				r.procedure_codes, r.verdict
			FROM @panel@.hcc_market_diagnosis(year, enrollee_score.as_of,
				enrollee_score.without_list, enrollee_score.patients) r
			-- the verdict is found once
			OFFSET 0) d
			-- a line that is accepted gives its drugs, whether the claim gives diagnoses or not
			CROSS JOIN LATERAL (
				SELECT d.icd10_code, NULL::text WHERE d.verdict = 'ok'
				UNION ALL
				SELECT NULL, p FROM unnest(d.procedure_codes) p
				WHERE p = ANY (drugs) AND d.record_action IN ('add', 'replace')
					AND d.verdict NOT IN ('voided', 'rejected', 'after_death',
						'in_future')
			) c (icd10_code, hcpcs)
		UNION ALL
		SELECT r.patient_id, r.issuer_id, NULL, r.fill_date, r.ndc, r.hcpcs
		FROM @panel@.patient_drug r
		WHERE r.accepted AND r.fill_date >= make_date(year, 1, 1)
			AND r.fill_date <= make_date(year, 12, 31)
			AND (@extschema@.hcc_everybody(enrollee_score.patients)
				OR r.patient_id = ANY (enrollee_score.patients))
	), collected AS (
		SELECT e.patient_id, e.issuer_id,
			@extschema@.icd10_agg(c.icd10_code, c.day, c.ndc, c.hcpcs) AS codes
		FROM enrollee e JOIN code c ON c.patient_id = e.patient_id
			AND (c.issuer_id IS NULL OR c.issuer_id = e.issuer_id) AND e.enrolled @> c.day
		GROUP BY e.patient_id, e.issuer_id
	)
	SELECT p.patient_id, p.issuer_id, p.plan_id, p.metal, p.csr_variant, p.billable,
		(SELECT sum(upper(d) - lower(d))::integer FROM unnest(p.days) d),
		(SELECT sum(upper(d) - lower(d))::integer FROM unnest(e.enrolled) d),
		CASE WHEN o.problem IS NULL
			THEN extract(year FROM age(e.last_day, e.born))::integer END,
		x.score, f.factor, x.score * f.factor, k.codes, w.who, o.problem
	FROM plan p
		JOIN enrollee e ON e.patient_id = p.patient_id AND e.issuer_id = p.issuer_id
		LEFT JOIN collected c ON c.patient_id = p.patient_id AND c.issuer_id = p.issuer_id
		CROSS JOIN LATERAL (SELECT COALESCE(c.codes, '{}'::@extschema@.icd10_set) AS codes
			OFFSET 0) k
		CROSS JOIN LATERAL (SELECT COALESCE(e.problem, @extschema@.hcc_enrollee_problem(e.born,
			e.sex, e.last_day, 1, p.metal, p.csr_variant)) AS problem OFFSET 0) o
		CROSS JOIN LATERAL (SELECT CASE WHEN o.problem IS NULL THEN
			@extschema@.enrollee_of_spans(e.born, e.sex, e.enrolled, year, p.metal,
				p.csr_variant) END AS who OFFSET 0) w
		CROSS JOIN LATERAL (SELECT @extschema@.raf_score(k.codes, w.who, chosen, year,
			NULL::text, true, NULL::text) AS score OFFSET 0) x
		CROSS JOIN LATERAL (SELECT @extschema@.raf_csr_factor(w.who, chosen, year)
			AS factor OFFSET 0) f;
END
$panel$;
COMMENT ON FUNCTION @panel@.enrollee_score(integer, timestamptz, text, text, @patient_id@[], text)
	IS 'What is everybody''s score of a benefit year in each of their plans?';

CREATE FUNCTION @panel@.hcc_market_unusable(payment_year integer, as_of timestamptz)
	RETURNS TABLE (patient_id @patient_id@, "table" text, "column" text, reason text)
LANGUAGE sql STABLE PARALLEL SAFE ROWS 1000
BEGIN ATOMIC
	SELECT DISTINCT s.patient_id, 'patient_enrollment', split_part(s.problem, ': ', 1),
		substr(s.problem, strpos(s.problem, ': ') + 2)
	FROM @panel@.enrollee_score(hcc_market_unusable.payment_year, hcc_market_unusable.as_of,
		'accept'::text, NULL::text, NULL::@patient_id@[], NULL::text) s
	WHERE s.problem IS NOT NULL
	UNION ALL
	SELECT r.patient_id, 'patient_drug',
		CASE WHEN r.ndc IS NULL AND r.hcpcs IS NOT NULL THEN 'hcpcs' ELSE 'ndc' END,
		'is not there, or is no code: an NDC has 11 characters, a HCPCS code 5'
	FROM @panel@.patient_drug r
	WHERE r.accepted
		AND r.fill_date >= make_date(hcc_market_unusable.payment_year, 1, 1)
		AND r.fill_date <= make_date(hcc_market_unusable.payment_year, 12, 31)
		AND (SELECT '?'::text = ANY (s.codes) OR s.codes = '{}'
			FROM (SELECT @extschema@.icd10_agg(NULL::text, x.day, x.ndc, x.hcpcs)::text[]
				FROM (SELECT r.fill_date, r.ndc, r.hcpcs) x (day, ndc, hcpcs)) s (codes));
END;
COMMENT ON FUNCTION @panel@.hcc_market_unusable(integer, timestamptz) IS
	'Part of unusable_rows: spans of enrolment and drugs of a benefit year that cannot be used.';

CREATE FUNCTION @panel@.hcc_market_annotation(payment_year integer, model text,
	as_of timestamptz, without_list text, patients @patient_id@[])
	RETURNS TABLE (id @diagnosis_id@, patient_id @patient_id@, encounter_id @encounter_id@,
		issuer_id text, icd10_code text, diagnosis_date date, encounter_verdict text,
		verdict text, hcc_code text, hcc_codes text[], hcc_description text, coefficient numeric,
		superseded_by text[])
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 100000 ROWS 1000
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
SET enable_nestloop = off
SET jit = off
AS $panel$
BEGIN
	RETURN QUERY
	WITH record AS MATERIALIZED (
		SELECT d.id, d.patient_id, d.encounter_id, d.issuer_id, d.diagnosis_date, d.verdict,
			@extschema@.hcc_canonical(d.icd10_code) AS code,
			-- as a set of codes writes it
			concat(@extschema@.hcc_canonical(d.icd10_code), '@',
				to_char(d.diagnosis_date, 'YYYY-MM-DD')) AS dated_code
		FROM @panel@.enrollee_diagnosis(hcc_market_annotation.payment_year,
			hcc_market_annotation.as_of, hcc_market_annotation.without_list,
			hcc_market_annotation.patients) d
	), person AS MATERIALIZED (
		SELECT row_number() OVER () AS n, s.patient_id, s.issuer_id, s.plan_id, s.metal,
			s.codes, s.who, s.problem
		FROM @panel@.enrollee_score(hcc_market_annotation.payment_year,
			hcc_market_annotation.as_of, hcc_market_annotation.without_list, NULL::text,
			hcc_market_annotation.patients, hcc_market_annotation.model) s
	), placed AS (
		-- as it counts in the plan of that day
		SELECT DISTINCT ON (r.patient_id, r.id) r.patient_id, r.id, p.n, p.problem
		FROM record r
			JOIN @panel@.patient_enrollment e ON e.patient_id = r.patient_id
				AND (r.issuer_id IS NULL OR e.issuer_id = r.issuer_id)
				AND r.diagnosis_date BETWEEN e.first_day AND e.last_day
			JOIN person p ON p.patient_id = e.patient_id AND p.issuer_id = e.issuer_id
				AND p.plan_id = e.plan_id AND p.metal = e.metal
		WHERE r.verdict = 'ok'
		ORDER BY r.patient_id, r.id, p.problem IS NOT NULL, e.first_day DESC, p.plan_id, p.n
	), explained AS MATERIALIZED (
		SELECT p.n, e.kind, e.variable, e.hcc_code, e.label, e.coefficient, e.icd10_codes,
			e.superseded_by, e.reason
		FROM person p
			CROSS JOIN LATERAL @extschema@.raf_explain(p.codes, p.who,
				hcc_market_annotation.model, hcc_market_annotation.payment_year, NULL::text, true,
				NULL::text) e
		WHERE p.problem IS NULL AND e.kind IN ('hcc', 'code', 'group')
	), coded AS (
		-- An HCC of a group scores as the group; of several, one that counts is enough.
		SELECT DISTINCT ON (e.n, u.dated_code) e.n, u.dated_code, e.hcc_code,
			array_agg(e.hcc_code) FILTER (WHERE e.hcc_code IS NOT NULL)
				OVER (PARTITION BY e.n, u.dated_code ORDER BY e.hcc_code
					ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS hcc_codes,
			e.label || COALESCE(', in group ' || g.variable, '') AS description,
			COALESCE(g.coefficient, e.coefficient) AS coefficient, e.superseded_by,
			CASE WHEN e.reason IS NULL OR g.variable IS NOT NULL THEN 'ok'
				WHEN e.superseded_by IS NOT NULL THEN 'superseded'
				WHEN e.reason LIKE 'edit:%' THEN 'edit'
				WHEN e.reason = 'not valid on its date' THEN 'not_valid_on_date'
				WHEN e.hcc_code IS NOT NULL THEN 'not_payment_hcc' END AS verdict
		FROM explained e
			CROSS JOIN LATERAL unnest(e.icd10_codes) u (dated_code)
			LEFT JOIN explained g ON g.n = e.n AND g.kind = 'group' AND g.reason IS NULL
				AND e.reason = 'in group ' || g.variable
		WHERE e.kind IN ('hcc', 'code')
		ORDER BY e.n, u.dated_code, e.reason IS NOT NULL AND g.variable IS NULL,
			e.hcc_code IS NULL, COALESCE(g.coefficient, e.coefficient) DESC NULLS LAST, e.hcc_code
	)
	SELECT r.id, r.patient_id, r.encounter_id, r.issuer_id, r.code, r.diagnosis_date, r.verdict,
		CASE WHEN r.verdict <> 'ok' THEN r.verdict
			WHEN p.problem IS NOT NULL THEN 'not_scored'
			ELSE COALESCE(c.verdict, NULLIF(@extschema@.hcc_code_verdict(r.code,
				ARRAY[hcc_market_annotation.model], hcc_market_annotation.payment_year), 'ok'),
				'no_hcc') END,
		c.hcc_code, c.hcc_codes, COALESCE(p.problem, c.description),
		CASE WHEN c.verdict = 'ok' THEN c.coefficient END, c.superseded_by
	FROM record r
		LEFT JOIN placed p ON p.patient_id = r.patient_id AND p.id = r.id
		LEFT JOIN coded c ON c.n = p.n AND c.dated_code = r.dated_code;
END
$panel$;
COMMENT ON FUNCTION @panel@.hcc_market_annotation(integer, text, timestamptz, text, @patient_id@[])
	IS 'The verdict of each diagnosis of a benefit year, with the HCC that stands for it.';

CREATE FUNCTION @panel@.enrollee_gap(payment_year integer, as_of timestamptz DEFAULT NULL,
	without_list text DEFAULT 'error', issuer text DEFAULT NULL,
	patients @patient_id@[] DEFAULT NULL, model text DEFAULT NULL)
	RETURNS TABLE (patient_id @patient_id@, issuer_id text, plan_id text, billable boolean,
		plan_days integer, hcc_code text, label text, status text, closure text,
		superseded_by text[], icd10_codes text[], terms_gained text[], value_raw numeric,
		csr_value numeric, csr_joint numeric)
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 200000 ROWS 1000
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
SET enable_nestloop = off
SET jit = off
AS $panel$
DECLARE
	year integer := @extschema@.hcc_payment_year(payment_year);
	chosen text := COALESCE(model, @extschema@.hcc_market_model(year));
BEGIN
	RETURN QUERY
	WITH before AS (
		-- what was documented, as if it were again, whatever day it was
		SELECT DISTINCT ON (b.patient_id, b.issuer_id) b.patient_id, b.issuer_id,
			(SELECT @extschema@.icd10_agg(split_part(c, '@', 1))
				FROM unnest(b.codes::text[]) c WHERE c !~ ':') AS codes
		FROM @panel@.enrollee_score(year - 1, enrollee_gap.as_of, enrollee_gap.without_list,
			enrollee_gap.issuer, enrollee_gap.patients, enrollee_gap.model) b
		ORDER BY b.patient_id, b.issuer_id
	)
	SELECT n.patient_id, n.issuer_id, n.plan_id, n.billable, n.plan_days, g.hcc_code, g.label,
		g.status, g.closure, g.superseded_by, g.icd10_codes, g.terms_gained, g.value_raw,
		g.value_raw * n.csr_factor, g.joint_raw * n.csr_factor
	FROM @panel@.enrollee_score(year, enrollee_gap.as_of, enrollee_gap.without_list,
			enrollee_gap.issuer, enrollee_gap.patients, enrollee_gap.model) n
		JOIN before b ON b.patient_id = n.patient_id AND b.issuer_id = n.issuer_id
		CROSS JOIN LATERAL @extschema@.raf_gaps(ARRAY[b.codes], n.codes, n.who, year,
			chosen, 'ACA'::text, NULL::text, NULL::@extschema@.icd10_set,
			NULL::@extschema@.icd10_set, NULL::text[], true, NULL::@extschema@.icd10_set) g;
END
$panel$;
COMMENT ON FUNCTION @panel@.enrollee_gap(integer, timestamptz, text, text, @patient_id@[], text) IS
	'Which conditions of the year before are not documented again for re-enrolled members?';
