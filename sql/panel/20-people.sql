-- Who a patient is. The functions of these first files are readers: the planner
-- puts their bodies in the place of their calls, so that conditions reach the
-- indexes and what is not asked for costs nothing. For that each is one SELECT,
-- STABLE, not STRICT, without SET; and since it has no SET, a body that was
-- bound when it was made, which no search_path can make mean something else.
-- In them a column wins over an argument of the same name: arguments are
-- written with the name of the function.

CREATE FUNCTION @panel@.hcc_key_problem(patient_id @patient_id@, payment_month integer)
	RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN patient_id IS NULL THEN 'patient_id: is missing'
	WHEN payment_month BETWEEN 0 AND 12 IS NOT TRUE
		THEN 'payment_month: takes 1 to 12, or 0 for a row of the whole year' END;
COMMENT ON FUNCTION @panel@.hcc_key_problem(@patient_id@, integer) IS
	'Why a row of people, which a view may give, is nobody''s or of no month; NULL if it is.';

CREATE FUNCTION @panel@.hcc_person_row(payment_year integer, as_of timestamptz,
	patients @patient_id@[])
	RETURNS TABLE (patient_id @patient_id@, payment_month smallint, latest boolean, age integer,
		who @extschema@.beneficiary, date_of_birth date, date_of_death date, sex text, orec text,
		dual_status text, new_enrollee boolean, lti boolean, esrd text, hospice boolean,
		plan_switcher boolean, contract_id text, plan_id text, provider_npi text,
		enrolled_from date, enrolled_to date, enrolled_months smallint, frailty numeric,
		msp_factor numeric, problem text)
LANGUAGE sql STABLE PARALLEL SAFE ROWS 1000
BEGIN ATOMIC
	SELECT q.patient_id, q.payment_month, q.latest, q.age,
		CASE WHEN q.problem IS NULL THEN @extschema@.beneficiary(age => q.age, sex => q.sex,
			orec => q.orec, dual_status => q.dual_status, new_enrollee => q.new_enrollee,
			snp => q.snp, lti => q.lti, low_income => q.low_income,
			-- months 1 to 3 after a transplant are paid as such, later ones as a graft, whichever
			-- of the two the row says
			esrd => CASE WHEN q.esrd IN ('transplant', 'graft') AND q.months IS NOT NULL
				THEN CASE WHEN q.months <= 3 THEN 'transplant' ELSE 'graft' END ELSE q.esrd END,
			graft_months => q.months, medicaid_ne => q.medicaid_ne,
			medicaid_lti => q.medicaid_lti, segment => q.segment) END,
		q.date_of_birth, q.date_of_death,
		CASE WHEN upper(left(q.sex, 1)) IN ('F', '2') THEN 'F' ELSE 'M' END, q.orec,
		q.dual_status, q.new_enrollee, q.lti, q.esrd, q.hospice, q.plan_switcher, q.contract_id,
		q.plan_id, q.provider_npi, q.enrolled_from, q.enrolled_to, q.enrolled_months, q.frailty,
		q.msp_factor, q.problem
	FROM (
		-- latest: what is about a person and not about months goes by the last row of the year
		SELECT p.*,
			lead(true) OVER (PARTITION BY p.patient_id ORDER BY p.payment_month) IS NULL AS latest,
			-- What beneficiary() would raise as an error is found beforehand and said in words: one
			-- bad row must not stop the run of everybody.
			COALESCE(@panel@.hcc_key_problem(p.patient_id, p.payment_month::integer),
				CASE WHEN p.grafted_later
					THEN 'graft_date: is after what the row pays' END,
				@extschema@.hcc_person_problem(p.age, p.sex, p.orec, p.dual_status,
					p.new_enrollee, p.snp, p.lti, p.low_income, p.esrd, p.months, p.medicaid_ne,
					p.medicaid_lti, p.segment),
				CASE WHEN p.date_of_death < p.date_of_birth
						THEN 'date_of_death: is before date_of_birth'
					WHEN NOT (abs(p.frailty) <= 10 AND scale(trim_scale(p.frailty)) <= 3)
						THEN 'frailty: takes a score from -10 to 10 with at most three decimals'
					WHEN NOT p.msp_factor BETWEEN 0 AND 1
						THEN 'msp_factor: takes a number from 0 to 1' END) AS problem
		FROM (
			-- a correction is another row; the latest known counts
			SELECT DISTINCT ON (d.patient_id, d.payment_month) d.patient_id, d.payment_month,
				-- who is not born yet has no age
				CASE WHEN isfinite(d.date_of_birth) AND d.date_of_birth
						<= LEAST(COALESCE(hcc_person_row.as_of, now())::date,
							make_date(@extschema@.hcc_payment_year(
								hcc_person_row.payment_year), 12, 31))
					THEN @extschema@.payment_year_age(d.date_of_birth, d.payment_year) END AS age,
				d.date_of_birth, d.date_of_death, NULLIF(btrim(d.sex::text), '') AS sex,
				COALESCE(NULLIF(btrim(d.orec::text), ''), '0') AS orec,
				NULLIF(btrim(d.dual_status), '') AS dual_status, d.new_enrollee, d.snp, d.lti,
				d.low_income, COALESCE(NULLIF(lower(btrim(d.esrd)), ''), 'none') AS esrd, d.hospice,
				d.plan_switcher, d.contract_id, d.plan_id,
				@extschema@.hcc_npi(d.provider_npi) AS provider_npi, d.enrolled_from, d.enrolled_to,
				d.enrolled_months, @optional(d.medicaid_ne)@ AS medicaid_ne,
				@optional(d.medicaid_lti)@ AS medicaid_lti,
				NULLIF(btrim(@optional(d.segment)@), '') AS segment,
				@optional(d.frailty)@ AS frailty, @optional(d.msp_factor)@ AS msp_factor,
				CASE WHEN lower(btrim(d.esrd)) IN ('transplant', 'graft') THEN COALESCE(
					d.graft_months,
					-- the month of the transplant is month 1
					CASE WHEN isfinite(d.graft_date) THEN
						GREATEST(1, d.payment_year * 12 + GREATEST(d.payment_month, 1)
							- (extract(year FROM d.graft_date) * 12
								+ extract(month FROM d.graft_date))::integer + 1) END) END
					AS months,
				lower(btrim(d.esrd)) IN ('transplant', 'graft') AND d.graft_months IS NULL
					AND d.graft_date >= make_date(d.payment_year, 1, 1) + make_interval(months =>
						CASE WHEN d.payment_month BETWEEN 1 AND 12 THEN d.payment_month
							ELSE 12 END) AS grafted_later
			FROM @panel@.patient_demographic d
			WHERE d.payment_year = @extschema@.hcc_payment_year(hcc_person_row.payment_year)
				AND (hcc_person_row.as_of IS NULL OR d.known_at <= hcc_person_row.as_of)
				AND (@extschema@.hcc_everybody(hcc_person_row.patients)
					OR d.patient_id = ANY (hcc_person_row.patients))
				AND @extschema@.hcc_panel_current(@panel_name@::name, '@extversion@'::text)
			ORDER BY d.patient_id, d.payment_month, d.known_at DESC
		) p
		-- a month that was taken back is none
		WHERE p.payment_month = 0 OR p.enrolled_months IS DISTINCT FROM 0
	) q;
END;
COMMENT ON FUNCTION @panel@.hcc_person_row(integer, timestamptz, @patient_id@[]) IS
	'Everybody''s latest known row of a payment year, or month, and what is wrong with it.';

CREATE FUNCTION @panel@.person(payment_year integer, as_of timestamptz DEFAULT NULL,
	patients @patient_id@[] DEFAULT NULL)
	RETURNS TABLE (patient_id @patient_id@, payment_month smallint, latest boolean, age integer,
		who @extschema@.beneficiary, date_of_birth date, date_of_death date, sex text, orec text,
		dual_status text, new_enrollee boolean, lti boolean, esrd text, hospice boolean,
		plan_switcher boolean, contract_id text, plan_id text, provider_npi text,
		enrolled_from date, enrolled_to date, enrolled_months smallint, msp_factor numeric)
LANGUAGE sql STABLE PARALLEL SAFE ROWS 1000
BEGIN ATOMIC
	SELECT p.patient_id, p.payment_month, p.latest, p.age, p.who, p.date_of_birth,
		p.date_of_death, p.sex, p.orec, p.dual_status, p.new_enrollee, p.lti, p.esrd,
		p.hospice, p.plan_switcher, p.contract_id, p.plan_id, p.provider_npi, p.enrolled_from,
		p.enrolled_to, p.enrolled_months, p.msp_factor
	FROM @panel@.hcc_person_row(person.payment_year, person.as_of, person.patients) p
	-- the rest is for unusable_rows
	WHERE p.problem IS NULL;
END;
COMMENT ON FUNCTION @panel@.person(integer, timestamptz, @patient_id@[]) IS
	'Everybody of a payment year, by month where demographics are monthly, as known at a time.';

CREATE FUNCTION @panel@.member(payment_year integer, as_of timestamptz DEFAULT NULL,
	contract text DEFAULT NULL, provider text DEFAULT NULL, patients @patient_id@[] DEFAULT NULL)
	RETURNS TABLE (patient_id @patient_id@, contract_id text, plan_id text, provider_npi text,
		enrolled_from date, enrolled_to date, enrolled_months smallint, segment_assumed boolean,
		who @extschema@.beneficiary, excluded text, msp_factor numeric)
LANGUAGE sql STABLE PARALLEL SAFE ROWS 1000
BEGIN ATOMIC
	SELECT p.patient_id, COALESCE(m.contract_id, p.contract_id),
		CASE WHEN m.patient_id IS NULL THEN p.plan_id ELSE m.plan_id END,
		CASE WHEN m.patient_id IS NULL THEN p.provider_npi ELSE m.provider_npi END,
		p.enrolled_from, p.enrolled_to, COALESCE(m.months, p.enrolled_months),
		p.segment_assumed, p.who,
		CASE WHEN m.patient_id IS NULL OR p.excluded = 'deceased' THEN p.excluded
			ELSE 'disenrolled' END, p.msp_factor
	FROM (
		-- who is not in this year's demographics yet, as in those of the year before; what
		-- these do not say of somebody's contract and provider is as it was, too
		SELECT patient_id, COALESCE(n.contract_id, b.contract_id, '') AS contract_id,
			COALESCE(n.plan_id, b.plan_id) AS plan_id,
			COALESCE(n.provider_npi, b.provider_npi) AS provider_npi,
			CASE WHEN a.assumed THEN b.enrolled_from ELSE n.enrolled_from END AS enrolled_from,
			a.enrolled_to,
			CASE WHEN a.assumed THEN b.enrolled_months ELSE n.enrolled_months END
				AS enrolled_months,
			a.assumed AS segment_assumed,
			CASE WHEN a.assumed THEN @extschema@.beneficiary_change(b.who,
					age => @extschema@.payment_year_age(b.date_of_birth, member.payment_year))
				ELSE n.who END AS who,
			CASE WHEN COALESCE(n.date_of_death, b.date_of_death)
					<= COALESCE(member.as_of, now())::date THEN 'deceased'
				WHEN a.enrolled_to < COALESCE(member.as_of, now())::date THEN 'disenrolled'
				WHEN CASE WHEN a.assumed THEN b.hospice ELSE n.hospice END THEN 'hospice'
				END AS excluded,
			CASE WHEN a.assumed THEN b.msp_factor ELSE n.msp_factor END AS msp_factor
		-- Before its first month a payment year has no rows, or few: work on its diagnoses is
		-- done in the year before. So both years are read, and the newer one goes first.
		FROM (
				SELECT * FROM @panel@.person(member.payment_year, member.as_of, member.patients)
				WHERE latest) n
			FULL JOIN (
				SELECT * FROM @panel@.person(@extschema@.hcc_payment_year(member.payment_year) - 1,
					member.as_of, member.patients)
				WHERE latest) b USING (patient_id)
			CROSS JOIN LATERAL (SELECT n.patient_id IS NULL AS assumed,
				CASE WHEN n.patient_id IS NULL THEN b.enrolled_to ELSE n.enrolled_to END
					AS enrolled_to) a
	) p
		-- Who was in the contract that is asked for in some months, and then in another one, is
		-- with the provider of then, and nothing is to do there any more.
		LEFT JOIN (
			SELECT DISTINCT ON (y.patient_id, y.assumed) y.patient_id, y.assumed,
				COALESCE(y.contract_id, '') AS contract_id, y.plan_id, y.provider_npi,
				count(*) OVER (PARTITION BY y.patient_id, y.assumed)::smallint AS months
			FROM (
				SELECT false AS assumed, n.* FROM @panel@.person(member.payment_year,
					member.as_of, member.patients) n
				UNION ALL
				SELECT true, b.*
				FROM @panel@.person(@extschema@.hcc_payment_year(member.payment_year) - 1,
					member.as_of, member.patients) b) y
			WHERE member.contract IS NOT NULL AND y.payment_month > 0
				AND COALESCE(y.contract_id, '') = member.contract
			ORDER BY y.patient_id, y.assumed, y.payment_month DESC) m
			ON m.patient_id = p.patient_id AND m.assumed = p.segment_assumed
				AND m.contract_id <> p.contract_id
	WHERE (member.contract IS NULL OR p.contract_id = member.contract
			OR m.patient_id IS NOT NULL)
		AND (member.provider IS NULL
			OR member.provider = CASE WHEN m.patient_id IS NULL THEN p.provider_npi
				ELSE m.provider_npi END);
END;
COMMENT ON FUNCTION @panel@.member(integer, timestamptz, text, text, @patient_id@[]) IS
	'Everybody a report on a payment year is about, one row each, and why there may be nothing '
	'to do.';
