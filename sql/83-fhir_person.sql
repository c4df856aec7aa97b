----------------------------------------------------------------------
-- FHIR: people. A Patient says who somebody is, a Coverage what Medicare or a
-- plan has of him; BFD has the months of one year in extensions of either.
----------------------------------------------------------------------

-- Two digits of a dual status, NA for none, NULL for what is not known.
CREATE FUNCTION @extschema@.hcc_fhir_dual(code text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN upper(code) IN ('NA', '00', '0') THEN 'NA'
	WHEN code ~ '^0?[1-9]$|^10$' THEN lpad(code, 2, '0') END;
COMMENT ON FUNCTION @extschema@.hcc_fhir_dual(text) IS
	'A dual status code in two digits; NA: none; NULL: not known.';

-- A contract or plan number of a month; 0, N and * say that there is none.
CREATE FUNCTION @extschema@.hcc_fhir_contract(code text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN code NOT IN ('0', 'N', '*', '') THEN code END;
COMMENT ON FUNCTION @extschema@.hcc_fhir_contract(text) IS
	'A contract or plan number; NULL of the signs for none.';

-- The monthly extensions of BFD v1 and v2: variable, month, and the year behind a
-- slash, else that of the resource (rfrnc_yr). Low income is a cost sharing group.
CREATE FUNCTION @extschema@.hcc_fhir_months(resource jsonb)
	RETURNS TABLE (months @extschema@.import_month[])
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT array_agg(ROW(m.year, m.month, @extschema@.hcc_fhir_dual(m.dual),
			@extschema@.hcc_fhir_contract(m.contract),
			CASE WHEN @extschema@.hcc_fhir_contract(m.contract) IS NOT NULL
				THEN @extschema@.hcc_fhir_contract(m.plan) END,
			@extschema@.hcc_fhir_contract(m.part_d), NULL, m.buy_in, m.hmo,
			CASE WHEN m.cost_sharing BETWEEN '01' AND '08' THEN true
				WHEN m.cost_sharing IN ('09', '10') THEN false END,
			NULL, NULL, NULL, NULL, NULL, NULL, NULL)::@extschema@.import_month
		ORDER BY m.year, m.month)
	FROM (
		SELECT COALESCE(v.part[3], left(y.year, 4))::integer AS year, v.part[2]::integer AS month,
			max(v.code) FILTER (WHERE v.part[1] = 'dual_') AS dual,
			max(v.code) FILTER (WHERE v.part[1] = 'ptc_cntrct_id_') AS contract,
			max(v.code) FILTER (WHERE v.part[1] = 'ptc_pbp_id_') AS plan,
			max(v.code) FILTER (WHERE v.part[1] = 'ptdcntrct') AS part_d,
			max(v.code) FILTER (WHERE v.part[1] = 'buyin') AS buy_in,
			max(v.code) FILTER (WHERE v.part[1] = 'hmo_ind_') AS hmo,
			max(v.code) FILTER (WHERE v.part[1] = 'cst_shr_grp_') AS cost_sharing
		FROM (SELECT jsonb_path_query_first(resource,
				'$.extension[*]
					? (@.url like_regex "/rfrnc_yr$").valueDate'::jsonpath) #>> '{}' AS year
			OFFSET 0) y
		CROSS JOIN LATERAL (
			SELECT regexp_match(e ->> 'url',
				'resources/variables/(dual_|ptc_cntrct_id_|ptc_pbp_id_|'
					'ptdcntrct|buyin|hmo_ind_|cst_shr_grp_)(0[1-9]|1[0-2])(?:/([0-9]{4})-[0-9]+)?$')
						AS part,
				COALESCE(e #>> '{valueCoding,code}', e #>> '{valueIdentifier,value}') AS code
			FROM jsonb_path_query(resource, '$.extension[*]'::jsonpath) e
			OFFSET 0) v
		WHERE v.part IS NOT NULL AND COALESCE(v.part[3], left(y.year, 4)) ~ '^[12][0-9]{3}$'
		GROUP BY 1, 2) m;
END;
COMMENT ON FUNCTION @extschema@.hcc_fhir_months(jsonb) IS
	'What the monthly extensions of a Patient or Coverage of BFD v1 and v2 say.';

-- The MBIs of a Patient or Coverage, the current one first: so called, without an
-- end, and the latest to begin.
CREATE FUNCTION @extschema@.hcc_fhir_mbis(resource jsonb)
	RETURNS TABLE (identifiers @extschema@.import_identifier[])
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT array_agg(ROW('mbi', i.value, i.n = 1, i.valid_from, i.valid_to)
		::@extschema@.import_identifier ORDER BY i.n)
	FROM (
		SELECT v.value, v.valid_from, v.valid_to, row_number() OVER (ORDER BY
			v.currency IS DISTINCT FROM 'current', v.currency IS NOT DISTINCT FROM 'historic',
			v.valid_to IS NOT NULL, v.valid_from DESC NULLS LAST, v.number) AS n
		FROM (
			SELECT t.number, upper(replace(t.i ->> 'value', '-', '')) AS value,
				COALESCE(@extschema@.hcc_fhir_code(t.i,
					'type.coding.extension[url].valueCoding.code'::text, 'currency'::text),
					@extschema@.hcc_fhir_code(t.i,
						'extension[url].valueCoding.code'::text, 'currency'::text)) AS currency,
				@extschema@.hcc_fhir_date(t.i #>> '{period,start}') AS valid_from,
				@extschema@.hcc_fhir_date(t.i #>> '{period,end}') AS valid_to
			FROM jsonb_path_query(resource, '$.identifier[*] ? (@.system == $mbi)'::jsonpath,
				@extschema@.hcc_fhir_system()) WITH ORDINALITY t(i, number)
			WHERE t.i ? 'value'
			OFFSET 0) v) i;
END;
COMMENT ON FUNCTION @extschema@.hcc_fhir_mbis(jsonb) IS
	'The Medicare numbers of a Patient or Coverage, the current one first.';

CREATE FUNCTION @extschema@.hcc_fhir_patient(resource jsonb, file_id bigint DEFAULT NULL,
	line bigint DEFAULT NULL)
	RETURNS SETOF @extschema@.import_person
LANGUAGE sql STABLE PARALLEL SAFE ROWS 1
BEGIN ATOMIC
	SELECT file_id, line, 'person', 'Patient',
		CASE WHEN p.bene_id IS NOT NULL THEN 'bene_id' ELSE 'fhir' END,
		COALESCE(p.bene_id, resource ->> 'id'), NULL::text,
		i.identifiers || CASE WHEN p.bene_id IS NOT NULL AND resource ? 'id' THEN
			ARRAY[ROW('fhir', resource ->> 'id', NULL, NULL,
				NULL)::@extschema@.import_identifier] END,
		NULL::boolean, NULL::text, NULL::text, NULL::text, NULL::text,
		@extschema@.hcc_fhir_date(resource ->> 'birthDate'), COALESCE(p.gender, p.other_sex),
		@extschema@.hcc_fhir_date(resource ->> 'deceasedDateTime'),
		CASE WHEN resource ? 'deceasedDateTime' THEN true
			WHEN resource -> 'deceasedBoolean' IN ('true', 'false')
			THEN (resource ->> 'deceasedBoolean')::boolean END,
		NULL::text, NULL::text, NULL::text, NULL::text, NULL::boolean, NULL::text, NULL::text,
		NULL::@extschema@.import_span[], m.months,
		@extschema@.hcc_fhir_known_at(resource #>> '{meta,lastUpdated}'),
		@extschema@.hcc_fhir_findings(ARRAY[
			CASE WHEN p.gender <> p.other_sex
				THEN @extschema@.hcc_fhir_finding('sex_conflict', 'gender') END,
			CASE WHEN resource ? 'deceasedDateTime'
					AND @extschema@.hcc_fhir_date(resource ->> 'deceasedDateTime') IS NULL
				THEN @extschema@.hcc_fhir_finding('bad_value', 'deceasedDateTime') END]),
		@extschema@.hcc_fhir_findings(ARRAY[
			CASE WHEN COALESCE(p.bene_id, resource ->> 'id') IS NULL
				THEN @extschema@.hcc_fhir_finding('no_member_id', 'id') END,
			CASE WHEN @extschema@.hcc_fhir_date(resource ->> 'birthDate') IS NULL
				THEN @extschema@.hcc_fhir_finding('bad_dob', 'birthDate') END,
			CASE WHEN COALESCE(p.gender, p.other_sex) IS NULL
				THEN @extschema@.hcc_fhir_finding('unknown_sex', 'gender') END]),
		NULL::jsonb
	FROM (
		SELECT CASE resource ->> 'gender' WHEN 'male' THEN 'M' WHEN 'female' THEN 'F' END AS gender,
			CASE COALESCE(
					@extschema@.hcc_fhir_code(resource,
						'extension[url].valueCode'::text, 'birthsex'::text),
					@extschema@.hcc_fhir_code(resource,
						'extension[url].valueCode'::text, 'core_sex'::text))
				WHEN 'F' THEN 'F' WHEN '248152002' THEN 'F'
				WHEN 'M' THEN 'M' WHEN '248153007' THEN 'M' END AS other_sex,
			@extschema@.hcc_fhir_code(resource, 'identifier[system].value'::text, 'bene_id'::text)
				AS bene_id
		OFFSET 0) p
	CROSS JOIN LATERAL @extschema@.hcc_fhir_mbis(resource) i
	CROSS JOIN LATERAL @extschema@.hcc_fhir_months(resource) m;
END;
COMMENT ON FUNCTION @extschema@.hcc_fhir_patient(jsonb, bigint, bigint) IS
	'Who a Patient is: birth, sex, death, Medicare numbers, and months where it has them.';

-- A Coverage. Which reason for entitlement v3 has it does not say: taken as the
-- current one. Its dual status is that of the month in which it was written.
CREATE FUNCTION @extschema@.hcc_fhir_coverage(resource jsonb, file_id bigint DEFAULT NULL,
	line bigint DEFAULT NULL)
	RETURNS SETOF @extschema@.import_person
LANGUAGE sql STABLE PARALLEL SAFE ROWS 1
BEGIN ATOMIC
	SELECT file_id, line, 'person', 'Coverage',
		CASE WHEN c.by_variables AND c.member_id ~ '^-?[0-9]+$' THEN 'bene_id' ELSE 'fhir' END,
		c.member_id, NULL::text,
		COALESCE(i.identifiers, CASE WHEN c.subscriber
				~ ('^[1-9][AC-HJKMNP-RT-Y][0-9AC-HJKMNP-RT-Y][0-9][AC-HJKMNP-RT-Y]'
					'[0-9AC-HJKMNP-RT-Y][0-9][AC-HJKMNP-RT-Y]{2}[0-9]{2}$') THEN
			ARRAY[ROW('mbi', c.subscriber, NULL, NULL, NULL)::@extschema@.import_identifier] END),
		NULL::boolean, NULL::text, NULL::text, NULL::text, NULL::text,
		NULL::date, NULL::text, NULL::date, NULL::boolean,
		CASE WHEN c.orec IN ('0', '1', '2', '3') THEN c.orec END,
		COALESCE(c.crec, c.reason), c.medicare_status, NULL::text,
		CASE c.esrd WHEN 'Y' THEN true WHEN 'N' THEN false WHEN '0' THEN false END,
		c.contract, c.plan,
		CASE WHEN c.date_from IS NOT NULL THEN ARRAY[ROW(
			CASE c.part WHEN 'Part A' THEN 'part_a' WHEN 'Part B' THEN 'part_b'
				WHEN 'Part D' THEN 'part_d' WHEN 'Dual Medicare/Medicaid' THEN 'medicaid'
				ELSE 'enrolment' END,
			NULL, CASE WHEN c.part = 'Part C' THEN 'HMO' WHEN c.part LIKE 'Part _' THEN c.part END,
			c.contract, c.plan,
			c.date_from, c.date_to)::@extschema@.import_span] END,
		m.months || CASE WHEN c.dual IS NOT NULL AND c.written IS NOT NULL THEN ARRAY[ROW(
			extract(year FROM c.written), extract(month FROM c.written),
			@extschema@.hcc_fhir_dual(c.dual), NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
				NULL,
			NULL, NULL, NULL, NULL)::@extschema@.import_month] END,
		@extschema@.hcc_fhir_known_at(resource #>> '{meta,lastUpdated}'),
		@extschema@.hcc_fhir_findings(ARRAY[
			CASE WHEN c.reason IS NOT NULL
				THEN @extschema@.hcc_fhir_finding('current_reason', 'extension') END,
			CASE WHEN c.date_from > c.date_to
				THEN @extschema@.hcc_fhir_finding('date_order', 'period') END]),
		CASE WHEN c.member_id IS NULL
			THEN ARRAY[@extschema@.hcc_fhir_finding('no_member_id', 'beneficiary')] END,
		jsonb_strip_nulls(jsonb_build_object('part', c.part, 'status', resource ->> 'status',
			'dual_status', c.dual))
	FROM (
		SELECT @extschema@.hcc_fhir_id(resource #>> '{beneficiary,reference}') AS member_id,
			jsonb_path_exists(resource, '$.extension[*]
				? (@.url starts with "https://bluebutton.cms.gov/resources/")'::jsonpath)
				AS by_variables,
			upper(replace(resource ->> 'subscriberId', '-', '')) AS subscriber,
			COALESCE(@extschema@.hcc_json_find_text(resource,
				'class[type.coding.code].value'::text, '"plan"'::jsonb),
				resource #>> '{grouping,subPlan}') AS part,
			@extschema@.hcc_fhir_code(resource,
				'extension[url].valueCoding.code'::text, 'orec'::text) AS orec,
			@extschema@.hcc_fhir_code(resource,
				'extension[url].valueCoding.code'::text, 'crec'::text) AS crec,
			@extschema@.hcc_fhir_code(resource,
				'extension[url].valueCoding.code'::text, 'v3_reason'::text) AS reason,
			@extschema@.hcc_fhir_code(resource,
				'extension[url].valueCoding.code'::text, 'medicare_status'::text)
				AS medicare_status,
			@extschema@.hcc_fhir_code(resource,
				'extension[url].valueCoding.code'::text, 'esrd'::text) AS esrd,
			@extschema@.hcc_fhir_code(resource,
				'extension[url].valueCoding.code'::text, 'v3_dual'::text) AS dual,
			@extschema@.hcc_fhir_code(resource,
				'extension[url].valueString'::text, 'v3_contract'::text)
				AS contract,
			@extschema@.hcc_fhir_code(resource, 'extension[url].valueString'::text, 'v3_plan'::text)
				AS plan,
			@extschema@.hcc_fhir_date(resource #>> '{period,start}') AS date_from,
			@extschema@.hcc_fhir_date(resource #>> '{period,end}') AS date_to,
			@extschema@.hcc_fhir_date(resource #>> '{meta,lastUpdated}') AS written
		OFFSET 0) c
	CROSS JOIN LATERAL @extschema@.hcc_fhir_mbis(resource) i
	CROSS JOIN LATERAL @extschema@.hcc_fhir_months(resource) m;
END;
COMMENT ON FUNCTION @extschema@.hcc_fhir_coverage(jsonb, bigint, bigint) IS
	'What a Coverage says of its beneficiary: times, months, reasons for entitlement, contract.';

CREATE FUNCTION @extschema@.fhir_people(document jsonb, file_id bigint DEFAULT NULL,
	line bigint DEFAULT NULL)
	RETURNS SETOF @extschema@.import_person
LANGUAGE sql STABLE PARALLEL SAFE ROWS 1
BEGIN ATOMIC
	SELECT p.*
	FROM (
		SELECT r.kind, r.resource, COALESCE(fhir_people.line, r.number) AS number
		FROM @extschema@.hcc_fhir_resource(document) r
		OFFSET 0) r
	CROSS JOIN LATERAL (
		SELECT a.* FROM @extschema@.hcc_fhir_patient(r.resource, file_id, r.number) a
		WHERE r.kind = 'Patient'
		UNION ALL
		SELECT c.* FROM @extschema@.hcc_fhir_coverage(r.resource, file_id, r.number) c
		WHERE r.kind = 'Coverage') p;
END;
COMMENT ON FUNCTION @extschema@.fhir_people(jsonb, bigint, bigint) IS
	'The people and coverages of a FHIR document, whichever profile it follows.';

INSERT INTO @extschema@.import_format (format, what, claims, people, restates) VALUES
	('fhir', 'FHIR R4 and STU3: NDJSON, Bundle, array or one resource', true, true, true);
