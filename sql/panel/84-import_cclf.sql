-- Claim and Claim Line Feed of CMS: up to twelve files of a delivery, of which
-- these functions join headers, lines and diagnoses. Former numbers of a person
-- become the present one first, then cancellations take away what they cancel,
-- and only then is a claim a claim.

CREATE FUNCTION @panel@.hcc_import_chunks(file_id bigint) RETURNS refcursor
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
SET jit = off
AS $panel$
DECLARE
	chunks refcursor;
BEGIN
	OPEN chunks FOR SELECT c.content FROM @panel@.import_chunk c
		WHERE c.file_id = hcc_import_chunks.file_id ORDER BY c.chunk;
	RETURN chunks;
END;
$panel$;
COMMENT ON FUNCTION @panel@.hcc_import_chunks(bigint) IS
	'A cursor over the bytes of a staged file.';

CREATE FUNCTION @panel@.hcc_cclf_file(batch_id bigint)
	RETURNS TABLE (file_id bigint, kind text, delivery text, aco_id text, file_month date)
LANGUAGE sql STABLE PARALLEL SAFE ROWS 12
BEGIN ATOMIC
	SELECT f.file_id, upper(substring(f.name FROM '(?i)(?:ZC|CCLF[_-]?)([0-9AB])')),
		upper(regexp_replace(f.name, '(?i)(ZC|CCLF[_-]?)[0-9AB]', 'ZC')),
		substring(f.name FROM '\.([AD]\d{4}|[A-Z]\d{4})\.ACO'),
		CASE WHEN f.name ~ '\.D\d{6}\.'
			THEN to_date(substring(f.name FROM '\.D(\d{6})\.'), 'YYMMDD') END
	FROM @panel@.import_file f
	WHERE f.batch_id = hcc_cclf_file.batch_id AND f.format = 'cclf';
END;
COMMENT ON FUNCTION @panel@.hcc_cclf_file(bigint) IS
	'Which file of a delivery each CCLF file of a batch is, by its name.';

CREATE FUNCTION @panel@.hcc_cclf_mbi(batch_id bigint)
	RETURNS TABLE (file_id bigint, line bigint, reason text, field text, indicator text,
		former text, present text, valid_from date, valid_to date, latest text)
LANGUAGE sql VOLATILE PARALLEL UNSAFE ROWS 1000
BEGIN ATOMIC
	WITH RECURSIVE record AS MATERIALIZED (
		SELECT f.file_id, r.*
		FROM @panel@.hcc_cclf_file(hcc_cclf_mbi.batch_id) f,
			@extschema@.file_records(@panel@.hcc_import_chunks(f.file_id), 'CCLF9'::text,
				NULL::text) AS r(line bigint, reason text, field text, hicn_mbi_xref_ind text,
				prvs_num text, crnt_num text, prvs_id_efctv_dt date, prvs_id_obslt_dt date)
		WHERE f.kind = '9'
	), pair AS (
		SELECT DISTINCT ON (r.prvs_num) r.prvs_num AS former, r.crnt_num AS present
		FROM record r
		WHERE r.reason IS NULL AND r.hicn_mbi_xref_ind = 'M' AND r.prvs_num <> r.crnt_num
		ORDER BY r.prvs_num, r.prvs_id_obslt_dt DESC NULLS FIRST, r.file_id DESC, r.line DESC
	), chain AS (
		SELECT p.former, ARRAY[p.former, p.present] AS path FROM pair p
		UNION ALL
		SELECT c.former, c.path || p.present
		FROM chain c JOIN pair p ON p.former = c.path[cardinality(c.path)]
		WHERE p.present <> ALL (c.path)
	), longest AS (
		SELECT DISTINCT ON (c.former) c.former, c.path FROM chain c
		ORDER BY c.former, cardinality(c.path) DESC
	), resolved AS (
		-- where numbers run in a circle all of them become the same one
		SELECT l.former, COALESCE((SELECT min(n)
				FROM unnest(l.path[array_position(l.path, p.present):]) n),
			l.path[cardinality(l.path)]) AS latest
		FROM longest l LEFT JOIN pair p ON p.former = l.path[cardinality(l.path)]
	)
	SELECT r.file_id, r.line, r.reason, r.field, r.hicn_mbi_xref_ind, r.prvs_num, r.crnt_num,
		r.prvs_id_efctv_dt, r.prvs_id_obslt_dt, s.latest
	FROM record r LEFT JOIN resolved s ON s.former = r.prvs_num;
END;
COMMENT ON FUNCTION @panel@.hcc_cclf_mbi(bigint) IS
	'CCLF9: former numbers, and which number each is at last.';

CREATE FUNCTION @panel@.hcc_cclf_part_a(batch_id bigint)
	RETURNS TABLE (file_id bigint, line bigint, reason text, field text, record text,
		claim_id text, recorded_mbi text, claim_type_code text, facility text, service_from date,
		service_to date, bill_type text, adjustment text, effective date, natural_key text,
		original_control_number text, denied boolean, denied_code text, amount numeric,
		principal text, admitting text, icd text, attending_npi text, facility_npi text,
		npi_is_bad boolean)
LANGUAGE sql VOLATILE PARALLEL UNSAFE ROWS 100000
BEGIN ATOMIC
	SELECT f.file_id, r.line, r.reason, r.field, 'CCLF1', r.cur_clm_uniq_id, r.bene_mbi_id,
		r.clm_type_cd, COALESCE(r.clm_blg_prvdr_oscar_num, r.prvdr_oscar_num), r.clm_from_dt,
		r.clm_thru_dt, @extschema@.hcc_cms_bill_type(r.clm_bill_fac_type_cd,
			r.clm_bill_clsfctn_cd, r.clm_bill_freq_cd),
		r.clm_adjsmt_type_cd, r.clm_efctv_dt,
		concat_ws(' ', COALESCE(r.clm_blg_prvdr_oscar_num, r.prvdr_oscar_num), r.clm_from_dt,
			r.clm_thru_dt),
		r.clm_org_cntl_num, @extschema@.hcc_cms_claim_denied(r.clm_mdcr_npmt_rsn_cd, NULL::text),
		r.clm_mdcr_npmt_rsn_cd, abs(r.clm_pmt_amt), @extschema@.hcc_cms_diagnosis(r.prncpl_dgns_cd),
		@extschema@.hcc_cms_diagnosis(r.admtg_dgns_cd), r.dgns_prcdr_icd_ind,
		COALESCE(@extschema@.hcc_cms_npi(r.clm_atndg_prvdr_npi_num),
			@extschema@.hcc_cms_npi(r.atndg_prvdr_npi_num)),
		@extschema@.hcc_cms_npi(r.fac_prvdr_npi_num),
		NOT @extschema@.hcc_cms_is_no_number(COALESCE(r.clm_atndg_prvdr_npi_num,
			r.atndg_prvdr_npi_num)) AND @extschema@.hcc_cms_npi(COALESCE(
			r.clm_atndg_prvdr_npi_num, r.atndg_prvdr_npi_num)) IS NULL
	FROM @panel@.hcc_cclf_file(hcc_cclf_part_a.batch_id) f,
		@extschema@.file_records(@panel@.hcc_import_chunks(f.file_id), 'CCLF1'::text, NULL::text)
			AS r(line bigint, reason text, field text, cur_clm_uniq_id text, prvdr_oscar_num text,
				bene_mbi_id text, clm_type_cd text, clm_from_dt date, clm_thru_dt date,
				clm_bill_fac_type_cd text, clm_bill_clsfctn_cd text, prncpl_dgns_cd text,
				admtg_dgns_cd text, clm_mdcr_npmt_rsn_cd text, clm_pmt_amt numeric,
				fac_prvdr_npi_num text, atndg_prvdr_npi_num text, clm_adjsmt_type_cd text,
				clm_efctv_dt date, clm_bill_freq_cd text, dgns_prcdr_icd_ind text,
				clm_blg_prvdr_oscar_num text, clm_atndg_prvdr_npi_num text,
				clm_org_cntl_num text)
	WHERE f.kind = '1';
END;
COMMENT ON FUNCTION @panel@.hcc_cclf_part_a(bigint) IS 'CCLF1: headers of institutional claims.';

CREATE FUNCTION @panel@.hcc_cclf_revenue(batch_id bigint)
	RETURNS TABLE (file_id bigint, line bigint, reason text, field text, claim_id text,
		line_number integer, import_line @extschema@.import_line)
LANGUAGE sql VOLATILE PARALLEL UNSAFE ROWS 100000
BEGIN ATOMIC
	SELECT f.file_id, r.line, r.reason, r.field, r.cur_clm_uniq_id, r.clm_line_num,
		ROW(r.clm_line_num, CASE WHEN NOT h.hipps THEN r.clm_line_hcpcs_cd END,
			array_remove(ARRAY[r.hcpcs_1_mdfr_cd, r.hcpcs_2_mdfr_cd, r.hcpcs_3_mdfr_cd,
				r.hcpcs_4_mdfr_cd, r.hcpcs_5_mdfr_cd], NULL),
			lpad(r.clm_line_prod_rev_ctr_cd, 4, '0'), NULL, r.clm_line_from_dt,
			r.clm_line_thru_dt, NULL, NULL, NULL, false,
			CASE WHEN h.hipps THEN r.clm_line_hcpcs_cd END,
			CASE WHEN h.hipps AND r.clm_line_hcpcs_cd IS NOT NULL THEN 'hipps' END
			)::@extschema@.import_line
	FROM @panel@.hcc_cclf_file(hcc_cclf_revenue.batch_id) f,
		@extschema@.file_records(@panel@.hcc_import_chunks(f.file_id), 'CCLF2'::text, NULL::text)
			AS r(line bigint, reason text, field text, cur_clm_uniq_id text, clm_line_num integer,
				clm_line_from_dt date, clm_line_thru_dt date, clm_line_prod_rev_ctr_cd text,
				clm_line_hcpcs_cd text, hcpcs_1_mdfr_cd text, hcpcs_2_mdfr_cd text,
				hcpcs_3_mdfr_cd text, hcpcs_4_mdfr_cd text, hcpcs_5_mdfr_cd text),
		LATERAL (SELECT @extschema@.hcc_cms_is_hipps(lpad(r.clm_line_prod_rev_ctr_cd, 4, '0'))
			AS hipps) h
	WHERE f.kind = '2';
END;
COMMENT ON FUNCTION @panel@.hcc_cclf_revenue(bigint) IS
	'CCLF2: revenue center lines of institutional claims.';

CREATE FUNCTION @panel@.hcc_cclf_diagnosis(batch_id bigint)
	RETURNS TABLE (file_id bigint, line bigint, reason text, field text, claim_id text,
		kind text, sequence integer, code text, icd text, poa text)
LANGUAGE sql VOLATILE PARALLEL UNSAFE ROWS 100000
BEGIN ATOMIC
	SELECT f.file_id, r.line, r.reason, r.field, r.cur_clm_uniq_id, r.clm_prod_type_cd,
		r.clm_val_sqnc_num, @extschema@.hcc_cms_diagnosis(r.clm_dgns_cd), r.dgns_prcdr_icd_ind,
		CASE WHEN r.clm_poa_ind IN ('Y', 'N', 'U', 'W', '1') THEN r.clm_poa_ind END
	FROM @panel@.hcc_cclf_file(hcc_cclf_diagnosis.batch_id) f,
		@extschema@.file_records(@panel@.hcc_import_chunks(f.file_id), 'CCLF4'::text, NULL::text)
			AS r(line bigint, reason text, field text, cur_clm_uniq_id text,
				clm_prod_type_cd text, clm_val_sqnc_num integer, clm_dgns_cd text,
				clm_poa_ind text, dgns_prcdr_icd_ind text)
	WHERE f.kind = '4';
END;
COMMENT ON FUNCTION @panel@.hcc_cclf_diagnosis(bigint) IS
	'CCLF4: diagnoses of institutional claims.';

CREATE FUNCTION @panel@.hcc_cclf_institutional(batch_id bigint)
	RETURNS TABLE (file_id bigint, line bigint, reason text, field text, record text,
		claim_id text, recorded_mbi text, claim_type text, service_from date, service_to date,
		bill_type text, adjustment text, effective date, natural_key text,
		original_control_number text, denied boolean, denied_code text, amount numeric,
		provider_npi text, provider_role text, npi_is_bad boolean, version_is_known boolean,
		diagnoses @extschema@.import_diagnosis[], lines @extschema@.import_line[])
LANGUAGE sql VOLATILE PARALLEL UNSAFE ROWS 100000
BEGIN ATOMIC
	WITH header AS MATERIALIZED (
		SELECT * FROM @panel@.hcc_cclf_part_a(hcc_cclf_institutional.batch_id)
	), coded AS MATERIALIZED (
		SELECT * FROM @panel@.hcc_cclf_diagnosis(hcc_cclf_institutional.batch_id)
	), revenue AS MATERIALIZED (
		SELECT * FROM @panel@.hcc_cclf_revenue(hcc_cclf_institutional.batch_id)
	), claim AS (
		-- a claim that comes in several months is one
		SELECT DISTINCT ON (h.claim_id) h.* FROM header h WHERE h.reason IS NULL
		ORDER BY h.claim_id, h.file_id DESC, h.line DESC
	), role AS (
		SELECT c.claim_id, c.principal AS code, 'principal' AS role, 1 AS strength,
			0 AS sequence, c.icd, NULL::text AS poa
		FROM claim c WHERE c.principal IS NOT NULL
		UNION ALL
		SELECT d.claim_id, d.code, CASE WHEN d.kind = 'D' THEN 'other' ELSE 'external_cause' END,
			CASE WHEN d.kind = 'D' THEN 2 ELSE 3 END, d.sequence, d.icd, d.poa
		FROM coded d WHERE d.reason IS NULL AND d.code IS NOT NULL
		UNION ALL
		SELECT c.claim_id, c.admitting, 'admitting', 4, 0, c.icd, NULL
		FROM claim c WHERE c.admitting IS NOT NULL
	), strongest AS (
		SELECT r.claim_id, r.code, min(r.strength) AS strength,
			(array_agg(r.role ORDER BY r.strength))[1] AS role,
			min(r.sequence) AS sequence, min(r.icd) AS icd, max(r.poa) AS poa
		FROM role r GROUP BY r.claim_id, r.code, r.strength = 4
	), diagnosis AS (
		SELECT s.claim_id, array_agg(ROW(s.place, s.code,
				@extschema@.hcc_cms_icd_version(COALESCE(s.icd, s.header_icd), s.service_to),
				s.role, s.poa, NULL)::@extschema@.import_diagnosis ORDER BY s.place) AS diagnoses,
			bool_and(COALESCE(s.icd, s.header_icd) IN ('0', '9')) AS version_is_known
		FROM (
			SELECT g.*, c.icd AS header_icd, c.service_to, (row_number() OVER (
				PARTITION BY g.claim_id ORDER BY g.strength, g.sequence, g.code))::integer AS place
			FROM strongest g JOIN claim c ON c.claim_id = g.claim_id
		) s
		GROUP BY s.claim_id
	), line AS (
		SELECT r.claim_id, array_agg(r.import_line ORDER BY r.line_number) AS lines
		FROM (
			SELECT DISTINCT ON (v.claim_id, v.line_number) v.* FROM revenue v
			WHERE v.reason IS NULL
			ORDER BY v.claim_id, v.line_number, v.file_id DESC, v.line DESC
		) r
		GROUP BY r.claim_id
	)
	SELECT h.file_id, h.line, h.reason, h.field, h.record, h.claim_id, h.recorded_mbi,
		@extschema@.hcc_cms_claim_type(h.claim_type_code), h.service_from, h.service_to,
		h.bill_type,
		h.adjustment, h.effective, h.natural_key, h.original_control_number, h.denied,
		CASE WHEN h.denied THEN h.denied_code END, h.amount,
		COALESCE(h.attending_npi, h.facility_npi),
		CASE WHEN h.attending_npi IS NOT NULL THEN 'attending'
			WHEN h.facility_npi IS NOT NULL THEN 'facility' END,
		h.npi_is_bad, d.version_is_known, d.diagnoses, l.lines
	FROM header h
		LEFT JOIN diagnosis d ON d.claim_id = h.claim_id
		LEFT JOIN line l ON l.claim_id = h.claim_id
	UNION ALL
	-- lines that cannot be read, or are of claims that are not here
	SELECT p.file_id, p.line, COALESCE(p.reason, 'unresolved_reference'),
		COALESCE(p.field, CASE WHEN p.reason IS NULL THEN 'cur_clm_uniq_id' END), p.record,
		NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
		NULL, NULL, NULL, NULL
	FROM (
		SELECT v.file_id, v.line, v.reason, v.field, v.claim_id, 'CCLF2' AS record FROM revenue v
		UNION ALL
		SELECT d.file_id, d.line, d.reason, d.field, d.claim_id, 'CCLF4' FROM coded d
	) p LEFT JOIN claim c ON c.claim_id = p.claim_id
	WHERE p.reason IS NOT NULL OR c.claim_id IS NULL;
END;
COMMENT ON FUNCTION @panel@.hcc_cclf_institutional(bigint) IS
	'CCLF1, 2 and 4: institutional claims with diagnoses and lines, before netting.';

CREATE FUNCTION @panel@.hcc_cclf_carrier(batch_id bigint)
	RETURNS TABLE (file_id bigint, line bigint, reason text, field text, record text,
		claim_id text, line_number integer, recorded_mbi text, claim_type_code text,
		service_from date, service_to date, adjustment text, effective date,
		control_number text, denial_code text, amount numeric, claim_npi text, raw_npi text,
		icd text, diagnoses text[], line_diagnosis text, import_line @extschema@.import_line)
LANGUAGE sql VOLATILE PARALLEL UNSAFE ROWS 100000
BEGIN ATOMIC
	SELECT f.file_id, r.line, r.reason, r.field, 'CCLF5', r.cur_clm_uniq_id, r.clm_line_num,
		r.bene_mbi_id, r.clm_type_cd, r.clm_from_dt, r.clm_thru_dt, r.clm_adjsmt_type_cd,
		r.clm_efctv_dt, r.clm_cntl_num, r.clm_carr_pmt_dnl_cd, NULL::numeric,
		@extschema@.hcc_cms_npi(r.clm_rndrg_prvdr_npi_num),
		COALESCE(r.clm_rndrg_prvdr_npi_num, r.rndrg_prvdr_npi_num), r.dgns_prcdr_icd_ind,
		ARRAY[r.clm_dgns_1_cd, r.clm_dgns_2_cd, r.clm_dgns_3_cd, r.clm_dgns_4_cd,
			r.clm_dgns_5_cd, r.clm_dgns_6_cd, r.clm_dgns_7_cd, r.clm_dgns_8_cd, r.clm_dgns_9_cd,
			r.clm_dgns_10_cd, r.clm_dgns_11_cd, r.clm_dgns_12_cd],
		@extschema@.hcc_cms_diagnosis(r.clm_line_dgns_cd),
		ROW(r.clm_line_num, r.clm_line_hcpcs_cd, array_remove(ARRAY[r.hcpcs_1_mdfr_cd,
				r.hcpcs_2_mdfr_cd, r.hcpcs_3_mdfr_cd, r.hcpcs_4_mdfr_cd, r.hcpcs_5_mdfr_cd], NULL),
			NULL, r.clm_pos_cd, r.clm_line_from_dt, r.clm_line_thru_dt, NULL,
			COALESCE(@extschema@.hcc_cms_npi(r.rndrg_prvdr_npi_num),
				@extschema@.hcc_cms_npi(r.clm_rndrg_prvdr_npi_num)),
			NULL, @extschema@.hcc_cms_line_denied(r.clm_prcsg_ind_cd), NULL, NULL
			)::@extschema@.import_line
	FROM @panel@.hcc_cclf_file(hcc_cclf_carrier.batch_id) f,
		@extschema@.file_records(@panel@.hcc_import_chunks(f.file_id), 'CCLF5'::text, NULL::text)
			AS r(line bigint, reason text, field text, cur_clm_uniq_id text, clm_line_num integer,
				bene_mbi_id text, clm_type_cd text, clm_from_dt date, clm_thru_dt date,
				clm_pos_cd text, clm_line_from_dt date, clm_line_thru_dt date,
				clm_line_hcpcs_cd text, clm_line_dgns_cd text, rndrg_prvdr_npi_num text,
				clm_carr_pmt_dnl_cd text, clm_prcsg_ind_cd text, clm_adjsmt_type_cd text,
				clm_efctv_dt date, clm_cntl_num text, hcpcs_1_mdfr_cd text, hcpcs_2_mdfr_cd text,
				hcpcs_3_mdfr_cd text, hcpcs_4_mdfr_cd text, hcpcs_5_mdfr_cd text,
				clm_dgns_1_cd text, clm_dgns_2_cd text, clm_dgns_3_cd text, clm_dgns_4_cd text,
				clm_dgns_5_cd text, clm_dgns_6_cd text, clm_dgns_7_cd text, clm_dgns_8_cd text,
				clm_dgns_9_cd text, clm_dgns_10_cd text, clm_dgns_11_cd text,
				clm_dgns_12_cd text, dgns_prcdr_icd_ind text, clm_rndrg_prvdr_npi_num text)
	WHERE f.kind = '5'
	UNION ALL
	SELECT f.file_id, r.line, r.reason, r.field, 'CCLF6', r.cur_clm_uniq_id, r.clm_line_num,
		r.bene_mbi_id, r.clm_type_cd, r.clm_from_dt, r.clm_thru_dt, r.clm_adjsmt_type_cd,
		r.clm_efctv_dt, r.clm_cntl_num, r.clm_carr_pmt_dnl_cd, abs(r.clm_line_cvrd_pd_amt),
		NULL, NULL, NULL, NULL, NULL,
		ROW(r.clm_line_num, r.clm_line_hcpcs_cd, '{}'::text[], NULL, r.clm_pos_cd,
			r.clm_line_from_dt, r.clm_line_thru_dt, NULL, NULL, NULL,
			@extschema@.hcc_cms_line_denied(r.clm_prcsg_ind_cd), NULL, NULL
			)::@extschema@.import_line
	FROM @panel@.hcc_cclf_file(hcc_cclf_carrier.batch_id) f,
		@extschema@.file_records(@panel@.hcc_import_chunks(f.file_id), 'CCLF6'::text, NULL::text)
			AS r(line bigint, reason text, field text, cur_clm_uniq_id text, clm_line_num integer,
				bene_mbi_id text, clm_type_cd text, clm_from_dt date, clm_thru_dt date,
				clm_pos_cd text, clm_line_from_dt date, clm_line_thru_dt date,
				clm_line_hcpcs_cd text, clm_line_cvrd_pd_amt numeric, clm_carr_pmt_dnl_cd text,
				clm_prcsg_ind_cd text, clm_adjsmt_type_cd text, clm_efctv_dt date,
				clm_cntl_num text)
	WHERE f.kind = '6';
END;
COMMENT ON FUNCTION @panel@.hcc_cclf_carrier(bigint) IS
	'CCLF5 and 6: the lines of claims of physicians and for equipment.';

CREATE FUNCTION @panel@.hcc_cclf_professional(batch_id bigint)
	RETURNS TABLE (file_id bigint, line bigint, reason text, field text, record text,
		claim_id text, recorded_mbi text, claim_type text, service_from date, service_to date,
		bill_type text, adjustment text, effective date, natural_key text,
		original_control_number text, denied boolean, denied_code text, amount numeric,
		provider_npi text, provider_role text, npi_is_bad boolean, version_is_known boolean,
		diagnoses @extschema@.import_diagnosis[], lines @extschema@.import_line[])
LANGUAGE sql VOLATILE PARALLEL UNSAFE ROWS 100000
BEGIN ATOMIC
	WITH line AS MATERIALIZED (
		SELECT * FROM @panel@.hcc_cclf_carrier(hcc_cclf_professional.batch_id)
	), role AS (
		SELECT DISTINCT ON (c.file_id, c.claim_id, c.code) c.*
		FROM (
			SELECT l.file_id, l.claim_id, l.icd, l.service_to,
				@extschema@.hcc_cms_diagnosis(d.code) AS code,
				CASE WHEN d.place = 1 THEN 'principal' ELSE 'other' END AS role, d.place
			FROM line l, unnest(l.diagnoses) WITH ORDINALITY d(code, place)
			WHERE l.reason IS NULL
			UNION ALL
			SELECT l.file_id, l.claim_id, l.icd, l.service_to, l.line_diagnosis, 'line',
				100 + COALESCE(l.line_number, 0)
			FROM line l WHERE l.reason IS NULL
		) c
		WHERE c.code IS NOT NULL
		ORDER BY c.file_id, c.claim_id, c.code, c.place
	), diagnosis AS (
		SELECT r.file_id, r.claim_id, array_agg(ROW(r.seq, r.code,
				@extschema@.hcc_cms_icd_version(r.icd, r.service_to), r.role, NULL, NULL
				)::@extschema@.import_diagnosis ORDER BY r.seq) AS diagnoses,
			bool_and(r.icd IN ('0', '9')) AS version_is_known
		FROM (
			SELECT o.*, (row_number() OVER (PARTITION BY o.file_id, o.claim_id
				ORDER BY o.place))::integer AS seq
			FROM role o
		) r
		GROUP BY r.file_id, r.claim_id
	), claim AS (
		SELECT l.file_id, l.claim_id, l.record, min(l.line) AS line,
			min(l.recorded_mbi) AS recorded_mbi, min(l.claim_type_code) AS claim_type_code,
			min(l.service_from) AS service_from, max(l.service_to) AS service_to,
			min(l.adjustment) AS adjustment, min(l.effective) AS effective,
			min(l.control_number) AS control_number, min(l.denial_code) AS denial_code,
			sum(l.amount) AS amount,
			(array_agg(l.claim_npi ORDER BY l.line_number)
				FILTER (WHERE l.claim_npi IS NOT NULL))[1] AS claim_npi,
			bool_or(NOT @extschema@.hcc_cms_is_no_number(l.raw_npi)
				AND @extschema@.hcc_cms_npi(l.raw_npi) IS NULL) AS npi_is_bad,
			bool_and((l.import_line).denied) AS all_denied,
			array_agg(l.import_line ORDER BY l.line_number) AS lines,
			array_agg(l.line_diagnosis ORDER BY l.line_number) AS line_diagnoses
		FROM line l WHERE l.reason IS NULL
		GROUP BY l.file_id, l.claim_id, l.record
	)
	SELECT c.file_id, c.line, NULL, NULL, c.record, c.claim_id, c.recorded_mbi,
		@extschema@.hcc_cms_claim_type(c.claim_type_code), c.service_from, c.service_to, NULL,
		c.adjustment, c.effective, c.control_number, NULL,
		c.all_denied OR @extschema@.hcc_cms_claim_denied(NULL::text, c.denial_code),
		CASE WHEN @extschema@.hcc_cms_claim_denied(NULL::text, c.denial_code)
			THEN c.denial_code END,
		c.amount, COALESCE(c.claim_npi, (c.lines[1]).provider_npi),
		CASE WHEN COALESCE(c.claim_npi, (c.lines[1]).provider_npi) IS NOT NULL
			THEN 'rendering' END,
		c.npi_is_bad, d.version_is_known, d.diagnoses,
		ARRAY(
			-- a line is about the diagnosis that it names
			SELECT ROW(n.line, n.code, n.modifiers, n.revenue, n.place_of_service,
				n.service_from, n.service_to, (SELECT array_agg(x.seq) FROM unnest(d.diagnoses) x
					WHERE x.code = c.line_diagnoses[n.at]),
				n.provider_npi, n.ndc, n.denied, n.other_code, n.other_system
				)::@extschema@.import_line
			FROM unnest(c.lines) WITH ORDINALITY n(line, code, modifiers, revenue,
				place_of_service, service_from, service_to, pointers, provider_npi, ndc, denied,
				other_code, other_system, at)
			ORDER BY n.at)
	FROM claim c LEFT JOIN diagnosis d ON d.file_id = c.file_id AND d.claim_id = c.claim_id
	UNION ALL
	SELECT l.file_id, l.line, l.reason, l.field, l.record, NULL, NULL, NULL, NULL, NULL, NULL,
		NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
	FROM line l WHERE l.reason IS NOT NULL
	UNION ALL
	SELECT f.file_id, r.line, r.reason, r.field, 'CCLF7', r.cur_clm_uniq_id, r.bene_mbi_id,
		'pharmacy', r.clm_line_from_dt, r.clm_line_from_dt, NULL, r.clm_adjsmt_type_cd,
		r.clm_efctv_dt, concat_ws(' ', r.clm_line_from_dt, r.prvdr_srvc_id_qlfyr_cd,
			r.clm_srvc_prvdr_gnrc_id_num, r.clm_dspnsng_stus_cd, r.clm_line_rx_srvc_rfrnc_num,
			r.clm_line_rx_fill_num),
		NULL, false, NULL, NULL,
		CASE WHEN r.prvdr_prsbng_id_qlfyr_cd = '01'
			THEN @extschema@.hcc_cms_npi(r.clm_prsbng_prvdr_gnrc_id_num) END, 'prescriber',
		false, NULL, NULL, ARRAY[ROW(1, NULL, '{}'::text[], NULL, NULL, r.clm_line_from_dt,
			r.clm_line_from_dt, NULL, NULL, r.clm_line_ndc_cd, false, NULL, NULL
			)::@extschema@.import_line]
	FROM @panel@.hcc_cclf_file(hcc_cclf_professional.batch_id) f,
		@extschema@.file_records(@panel@.hcc_import_chunks(f.file_id), 'CCLF7'::text, NULL::text)
			AS r(line bigint, reason text, field text, cur_clm_uniq_id text, bene_mbi_id text,
				clm_line_ndc_cd text, clm_line_from_dt date, prvdr_srvc_id_qlfyr_cd text,
				clm_srvc_prvdr_gnrc_id_num text, clm_dspnsng_stus_cd text,
				prvdr_prsbng_id_qlfyr_cd text, clm_prsbng_prvdr_gnrc_id_num text,
				clm_adjsmt_type_cd text, clm_efctv_dt date, clm_line_rx_srvc_rfrnc_num text,
				clm_line_rx_fill_num text)
	WHERE f.kind = '7';
END;
COMMENT ON FUNCTION @panel@.hcc_cclf_professional(bigint) IS
	'CCLF5, 6 and 7: claims of physicians, for equipment and for drugs, before netting.';

CREATE FUNCTION @panel@.hcc_cclf_claim(batch_id bigint)
	RETURNS TABLE (file_id bigint, line bigint, reason text, field text, record text,
		claim_id text, recorded_mbi text, mbi text, claim_type text, service_from date,
		service_to date, bill_type text, adjustment text, effective date, natural_key text,
		original_control_number text, denied boolean, denied_code text, provider_npi text,
		provider_role text, npi_is_bad boolean, version_is_known boolean, content text,
		diagnoses @extschema@.import_diagnosis[], lines @extschema@.import_line[])
LANGUAGE sql VOLATILE PARALLEL UNSAFE ROWS 100000
BEGIN ATOMIC
	SELECT c.file_id, c.line, c.reason, c.field, c.record, c.claim_id, c.recorded_mbi,
		COALESCE(m.latest, c.recorded_mbi), c.claim_type, c.service_from, c.service_to,
		c.bill_type, c.adjustment, c.effective, COALESCE(NULLIF(c.natural_key, ''), c.claim_id),
		c.original_control_number, c.denied, c.denied_code, c.provider_npi, c.provider_role,
		c.npi_is_bad, c.version_is_known,
		-- what a cancellation has in common with what it cancels
		concat_ws(';', c.amount,
			(SELECT string_agg(x.code, ' ' ORDER BY x.code COLLATE "C")
				FROM unnest(c.diagnoses) x),
			(SELECT string_agg(concat_ws(':', x.code, x.revenue, x.service_from), ' '
					ORDER BY x.line, x.code COLLATE "C")
				FROM unnest(c.lines) x)),
		c.diagnoses, c.lines
	FROM (
		SELECT * FROM @panel@.hcc_cclf_institutional(hcc_cclf_claim.batch_id)
		UNION ALL
		SELECT * FROM @panel@.hcc_cclf_professional(hcc_cclf_claim.batch_id)
	) c LEFT JOIN (
		SELECT DISTINCT x.former, x.latest FROM @panel@.hcc_cclf_mbi(hcc_cclf_claim.batch_id) x
		WHERE x.latest IS NOT NULL
	) m ON m.former = c.recorded_mbi;
END;
COMMENT ON FUNCTION @panel@.hcc_cclf_claim(bigint) IS
	'Every claim of the CCLF files of a batch, under the present number of its person.';

CREATE FUNCTION @panel@.hcc_cclf_cancelled(batch_id bigint)
	RETURNS TABLE (claim_id text, cancelled_by text)
LANGUAGE sql VOLATILE PARALLEL UNSAFE ROWS 1000
BEGIN ATOMIC
	WITH claim AS MATERIALIZED (
		SELECT DISTINCT ON (c.claim_id) c.claim_id, c.record, c.natural_key, c.mbi, c.effective,
			c.content, c.adjustment = '1' AS cancels
		FROM @panel@.hcc_cclf_claim(hcc_cclf_cancelled.batch_id) c
		WHERE c.reason IS NULL
		ORDER BY c.claim_id, c.file_id DESC, c.line DESC
	), earlier AS (
		-- what earlier batches loaded, unless it was cancelled by what is not in this one
		SELECT DISTINCT k.claim_id, c.record, c.natural_key, c.mbi, '-infinity'::date AS effective,
			NULL::text AS content
		FROM claim c
			JOIN @panel@.import_claim_record k
				ON k.control_number = c.natural_key AND k.claim_system = 'cclf'
			JOIN @panel@.patient_identifier i
				ON i.patient_id = k.patient_id AND i.system = 'mbi' AND i.value = c.mbi
		WHERE c.cancels AND k.record_action = 'add'
			AND NOT EXISTS (SELECT FROM claim s WHERE s.claim_id = k.claim_id)
			AND NOT EXISTS (SELECT FROM @panel@.import_claim_record v
				WHERE v.linked_encounter_id = k.encounter_id AND v.record_action = 'void'
					AND NOT EXISTS (SELECT FROM claim s WHERE s.claim_id = v.claim_id))
	), candidate AS (
		SELECT c.claim_id, c.record, c.natural_key, c.mbi, c.effective, c.content
		FROM claim c WHERE NOT c.cancels
		UNION ALL
		SELECT * FROM earlier
	), equal AS (
		SELECT o.claim_id, x.claim_id AS cancelled_by
		FROM (
			SELECT c.*, row_number() OVER (PARTITION BY c.record, c.natural_key, c.mbi, c.content
				ORDER BY c.effective, c.claim_id) AS place
			FROM claim c WHERE c.cancels
		) x JOIN (
			SELECT c.*, row_number() OVER (PARTITION BY c.record, c.natural_key, c.mbi, c.content
				ORDER BY c.effective, c.claim_id) AS place
			FROM candidate c
		) o USING (record, natural_key, mbi, content, place)
	), other AS (
		SELECT o.claim_id, x.claim_id AS cancelled_by
		FROM (
			SELECT c.*, row_number() OVER (PARTITION BY c.record, c.natural_key, c.mbi
				ORDER BY c.effective, c.claim_id) AS place
			FROM claim c
			WHERE c.cancels
				AND NOT EXISTS (SELECT FROM equal e WHERE e.cancelled_by = c.claim_id)
		) x JOIN (
			SELECT c.*, row_number() OVER (PARTITION BY c.record, c.natural_key, c.mbi
				ORDER BY c.effective, c.claim_id) AS place
			FROM candidate c
			WHERE NOT EXISTS (SELECT FROM equal e WHERE e.claim_id = c.claim_id)
		) o USING (record, natural_key, mbi, place)
	)
	SELECT * FROM equal
	UNION ALL
	SELECT * FROM other;
END;
COMMENT ON FUNCTION @panel@.hcc_cclf_cancelled(bigint) IS
	'Which claim each cancellation takes away: one of equal content, else the earliest.';

CREATE FUNCTION @panel@.hcc_cclf_file_finding(batch_id bigint)
	RETURNS TABLE (file_id bigint, record text, reason text, is_refused boolean)
LANGUAGE sql VOLATILE PARALLEL UNSAFE ROWS 10
BEGIN ATOMIC
	-- the list of a delivery says how many records each of its files has
	WITH listed AS MATERIALIZED (
		SELECT f.file_id, r.file_number, r.total_records_count::bigint AS records
		FROM @panel@.hcc_cclf_file(hcc_cclf_file_finding.batch_id) list
			CROSS JOIN LATERAL @extschema@.file_records(
				@panel@.hcc_import_chunks(list.file_id), 'CCLF0'::text, NULL::text)
				AS r(reason text, file_number text, total_records_count text)
			JOIN @panel@.hcc_cclf_file(hcc_cclf_file_finding.batch_id) f
				ON f.delivery = list.delivery AND 'CCLF' || f.kind = r.file_number
		WHERE list.kind = '0' AND r.reason IS NULL AND r.total_records_count ~ '^\d{1,18}$'
	)
	SELECT f.file_id, 'CCLF' || f.kind,
		CASE WHEN f.kind IS NULL THEN 'unknown_file' ELSE 'not_input' END, true
	FROM @panel@.hcc_cclf_file(hcc_cclf_file_finding.batch_id) f
	WHERE f.kind IS NULL OR f.kind IN ('0', '3', 'A', 'B')
	UNION ALL
	SELECT l.file_id, l.file_number, 'record_count', false
	FROM listed l CROSS JOIN LATERAL (
		SELECT count(*) AS records
		FROM @extschema@.file_records(@panel@.hcc_import_chunks(l.file_id), l.file_number,
			NULL::text) AS r(line bigint)
	) had
	WHERE had.records <> l.records;
END;
COMMENT ON FUNCTION @panel@.hcc_cclf_file_finding(bigint) IS
	'What is to be said of whole files: nothing is loaded from them, or records are missing.';

CREATE FUNCTION @panel@.import_read_cclf(batch_id bigint)
	RETURNS SETOF @extschema@.import_claim
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE ROWS 100000
SET search_path = pg_catalog, pg_temp
SET jit = off
AS $panel$
BEGIN
	RETURN QUERY
	WITH cancelled AS MATERIALIZED (
		SELECT * FROM @panel@.hcc_cclf_cancelled(import_read_cclf.batch_id)
	), record AS MATERIALIZED (
		SELECT c.*, f.aco_id, f.delivery
		FROM @panel@.hcc_cclf_claim(import_read_cclf.batch_id) c
			JOIN @panel@.hcc_cclf_file(import_read_cclf.batch_id) f ON f.file_id = c.file_id
	), broken AS MATERIALIZED (
		-- a claim may lack what was in the part of a file that is not there, or be cancelled,
		-- or somebody else's by it
		SELECT r.delivery FROM record r WHERE r.reason = 'truncated'
		UNION
		SELECT f.delivery
		FROM @panel@.hcc_cclf_mbi(import_read_cclf.batch_id) x
			JOIN @panel@.hcc_cclf_file(import_read_cclf.batch_id) f ON f.file_id = x.file_id
		WHERE x.reason = 'truncated'
	), claim AS (
		SELECT c.*, c.adjustment = '1' AS cancels, o.cancelled_by, x.claim_id AS cancelled_claim,
			has.icd10, has.bad AS bad_codes,
			CASE WHEN c.reason IS NOT NULL THEN c.reason
				WHEN c.delivery IN (SELECT b.delivery FROM broken b) THEN 'truncated'
				WHEN c.mbi IS NULL THEN 'no_member_id'
				WHEN c.claim_id IS NULL THEN 'no_claim_id'
				WHEN c.service_to IS NULL THEN 'no_date'
				WHEN c.service_from > c.service_to THEN 'date_order'
				WHEN c.service_to > current_date THEN 'future_date'
				WHEN o.cancelled_by IS NOT NULL THEN 'superseded'
				-- what was loaded before has to be voided
				WHEN c.adjustment = '1' AND x.claim_id IS NOT NULL AND k.claim_key IS NULL
					THEN 'cancelled'
				WHEN c.denied THEN 'denied'
				WHEN c.diagnoses IS NULL THEN 'no_diagnosis'
				WHEN NOT has.icd10 AND has.icd9 THEN 'icd9'
				WHEN NOT has.icd10 THEN 'no_diagnosis' END AS problem
		FROM record c
			LEFT JOIN cancelled o ON o.claim_id = c.claim_id
			LEFT JOIN cancelled x ON x.cancelled_by = c.claim_id
			LEFT JOIN @panel@.import_claim_record k
				ON k.claim_system = 'cclf' AND k.claim_key = x.claim_id
			CROSS JOIN LATERAL @extschema@.hcc_cms_codes(c.diagnoses) has
	)
	SELECT (@extschema@.hcc_import_claim(
		file_id => c.file_id,
		"position" => c.line,
		scope => CASE WHEN c.reason IS NULL THEN 'claim' ELSE 'record' END,
		record => c.record,
		member_system => CASE WHEN c.mbi IS NOT NULL THEN 'mbi' END,
		member_id => c.mbi,
		mbi => c.recorded_mbi,
		claim_system => CASE WHEN c.claim_id IS NOT NULL THEN 'cclf' END,
		claim_id => c.claim_id,
		claim_key => c.claim_id,
		control_number => c.natural_key,
		replaces => CASE WHEN c.cancels THEN COALESCE(c.cancelled_claim, c.natural_key) END,
		replaces_control_number => c.original_control_number,
		status => CASE WHEN c.cancels THEN 'cancellation'
			WHEN c.cancelled_by IS NOT NULL THEN 'superseded'
			WHEN c.denied THEN 'denied'
			WHEN c.adjustment = '2' THEN 'adjusted'
			ELSE 'original' END,
		record_source => 'encounter',
		record_action => CASE WHEN c.problem IN ('superseded', 'cancelled', 'denied') THEN 'none'
			WHEN c.cancels THEN 'void' ELSE 'add' END,
		claim_type => c.claim_type,
		bill_type => c.bill_type,
		frequency_code => substr(c.bill_type, 4, 1),
		place_of_service => (SELECT x.place_of_service FROM unnest(c.lines) x
			WHERE x.code IS NOT NULL ORDER BY x.line LIMIT 1),
		service_from => c.service_from,
		service_to => c.service_to,
		provider_npi => c.provider_npi,
		provider_role => c.provider_role,
		contract_id => c.aco_id,
		denied => c.denied,
		denied_code => c.denied_code,
		cancelled_by => c.cancelled_by,
		final => NOT c.cancels AND c.cancelled_by IS NULL AND NOT c.denied
			AND c.problem IS DISTINCT FROM 'icd9',
		diagnoses => c.diagnoses,
		lines => c.lines,
		warnings => @extschema@.hcc_findings(ARRAY[
			CASE WHEN c.bad_codes THEN 'bad_diagnosis' END,
			CASE WHEN c.npi_is_bad THEN 'bad_npi' END,
			CASE WHEN NOT c.version_is_known AND c.diagnoses IS NOT NULL
				THEN 'icd_version_unknown' END,
			CASE WHEN c.cancels AND c.cancelled_claim IS NULL
				THEN 'cancellation_without_original' END],
			NULL::text[], c.line),
		refused => @extschema@.hcc_findings(ARRAY[c.problem],
			ARRAY[CASE WHEN c.reason IS NOT NULL THEN c.record || '.' || c.field END], c.line))).*
	FROM claim c
	UNION ALL
	SELECT (@extschema@.hcc_import_claim(
		file_id => f.file_id,
		scope => 'file',
		record => f.record,
		warnings => CASE WHEN NOT f.is_refused
			THEN @extschema@.hcc_findings(ARRAY[f.reason], NULL::text[], NULL::bigint) END,
		refused => CASE WHEN f.is_refused
			THEN @extschema@.hcc_findings(ARRAY[f.reason], NULL::text[], NULL::bigint) END)).*
	FROM @panel@.hcc_cclf_file_finding(import_read_cclf.batch_id) f;
END;
$panel$;
COMMENT ON FUNCTION @panel@.import_read_cclf(bigint) IS
	'The claims of the CCLF files of a batch, netted, and what cannot be loaded of them.';

CREATE FUNCTION @panel@.import_people_cclf(batch_id bigint)
	RETURNS SETOF @extschema@.import_person
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE ROWS 10000
SET search_path = pg_catalog, pg_temp
SET jit = off
AS $panel$
BEGIN
	RETURN QUERY
	WITH xref AS MATERIALIZED (
		SELECT * FROM @panel@.hcc_cclf_mbi(import_people_cclf.batch_id)
	), latest AS (
		SELECT DISTINCT x.former, x.latest FROM xref x WHERE x.latest IS NOT NULL
	), broken AS MATERIALIZED (
		SELECT f.delivery
		FROM xref x JOIN @panel@.hcc_cclf_file(import_people_cclf.batch_id) f
			ON f.file_id = x.file_id
		WHERE x.reason = 'truncated'
	), record AS MATERIALIZED (
		SELECT f.file_id, f.aco_id, COALESCE(extract(year FROM f.file_month)::integer,
				2000 + substring(f.delivery FROM '\.ZC[YR](\d\d)')::integer) AS year,
			COALESCE(extract(month FROM f.file_month)::integer, 0) AS month, f.file_month,
			COALESCE(l.latest, r.bene_mbi_id) AS mbi,
			-- where former numbers are missing it may be somebody else
			CASE WHEN f.delivery IN (SELECT b.delivery FROM broken b) THEN 'truncated' END
				AS problem, r.*
		FROM @panel@.hcc_cclf_file(import_people_cclf.batch_id) f
			CROSS JOIN LATERAL @extschema@.file_records(
				@panel@.hcc_import_chunks(f.file_id), 'CCLF8', NULL) AS r(line bigint, reason text,
				field text, bene_mbi_id text, bene_dob date, bene_sex_cd text,
				bene_mdcr_stus_cd text, bene_dual_stus_cd text, bene_death_dt date,
				bene_rng_bgn_dt date, bene_rng_end_dt date, bene_1st_name text,
				bene_last_name text, bene_orgnl_entlmt_rsn_cd text, bene_entlmt_buyin_ind text,
				bene_part_a_enrlmt_bgn_dt date, bene_part_b_enrlmt_bgn_dt date)
			LEFT JOIN latest l ON l.former = r.bene_mbi_id
		WHERE f.kind = '8'
	), person AS (
		-- several lines of one person differ in their times of hospice
		SELECT DISTINCT ON (r.file_id, r.mbi) r.*,
			array_agg(ROW('hospice', NULL, NULL, NULL, NULL, r.bene_rng_bgn_dt, r.bene_rng_end_dt
				)::@extschema@.import_span) FILTER (WHERE r.bene_rng_bgn_dt IS NOT NULL) OVER w
				AS hospice_spans,
			COALESCE(bool_or(r.bene_rng_bgn_dt < r.file_month + interval '1 month'
				AND COALESCE(r.bene_rng_end_dt >= r.file_month, true)) OVER w, false)
				AS in_hospice
		FROM record r
		WHERE r.reason IS NULL AND r.mbi IS NOT NULL
		WINDOW w AS (PARTITION BY r.file_id, r.mbi ORDER BY r.line
			ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)
		ORDER BY r.file_id, r.mbi, r.line
	)
	SELECT (@extschema@.hcc_import_person(
		file_id => p.file_id,
		"position" => p.line,
		scope => 'person',
		record => 'CCLF8',
		member_system => 'mbi',
		member_id => p.mbi,
		identifiers => (SELECT array_agg(ROW('mbi', x.value, x.value = p.mbi, NULL, NULL
				)::@extschema@.import_identifier)
			FROM (SELECT p.mbi AS value UNION SELECT p.bene_mbi_id
				UNION SELECT l.former FROM latest l WHERE l.latest = p.mbi) x),
		member_name => NULLIF(concat_ws(', ', p.bene_last_name, p.bene_1st_name), ''),
		date_of_birth => p.bene_dob,
		sex => @extschema@.hcc_cms_sex(p.bene_sex_cd),
		date_of_death => p.bene_death_dt,
		orec => @extschema@.hcc_cms_orec(p.bene_orgnl_entlmt_rsn_cd),
		medicare_status => p.bene_mdcr_stus_cd,
		esrd_now => @extschema@.hcc_cms_esrd_now(p.bene_mdcr_stus_cd),
		contract_id => p.aco_id,
		spans => array_remove(array_prepend(
			CASE WHEN p.bene_part_a_enrlmt_bgn_dt IS NOT NULL THEN ROW('part_a', NULL, NULL, NULL,
				NULL, p.bene_part_a_enrlmt_bgn_dt, NULL)::@extschema@.import_span END,
			array_prepend(CASE WHEN p.bene_part_b_enrlmt_bgn_dt IS NOT NULL THEN ROW('part_b',
				NULL, NULL, NULL, NULL, p.bene_part_b_enrlmt_bgn_dt, NULL
				)::@extschema@.import_span END, p.hospice_spans)), NULL),
		months => CASE WHEN p.year IS NOT NULL THEN ARRAY[ROW(p.year, p.month,
			@extschema@.hcc_cms_dual_status(p.bene_dual_stus_cd), p.aco_id, NULL, NULL,
			p.bene_mdcr_stus_cd, p.bene_entlmt_buyin_ind, NULL, NULL, NULL,
			CASE WHEN p.file_month IS NOT NULL THEN p.in_hospice END, NULL, NULL,
			-- fewer than twelve months of Part B in the year before
			p.bene_part_b_enrlmt_bgn_dt > make_date(p.year - 1, 1, 1), NULL, NULL
			)::@extschema@.import_month] END,
		known_at => p.file_month::timestamptz,
		refused => @extschema@.hcc_findings(ARRAY[p.problem,
			CASE WHEN p.bene_dob IS NULL THEN 'bad_dob' END,
			CASE WHEN @extschema@.hcc_cms_sex(p.bene_sex_cd) IS NULL THEN 'unknown_sex' END],
			ARRAY[NULL, 'CCLF8.bene_dob', 'CCLF8.bene_sex_cd'], p.line))).*
	FROM person p
	UNION ALL
	SELECT (@extschema@.hcc_import_person(
		file_id => x.file_id,
		"position" => x.line,
		scope => CASE WHEN q.problem IS NULL THEN 'person' ELSE 'record' END,
		record => 'CCLF9',
		member_system => 'mbi',
		member_id => x.latest,
		-- says who is who, and nothing of any month
		months => '{}',
		identifiers => ARRAY[ROW('mbi', x.latest, true, NULL, NULL),
			ROW('mbi', x.former, false, x.valid_from, x.valid_to)]
			::@extschema@.import_identifier[],
		refused => @extschema@.hcc_findings(ARRAY[q.problem],
			ARRAY['CCLF9.' || CASE WHEN x.reason IS NULL THEN 'hicn_mbi_xref_ind' ELSE x.field END],
			x.line))).*
	FROM xref x CROSS JOIN LATERAL (SELECT CASE WHEN x.reason IS NOT NULL THEN x.reason
		WHEN x.indicator IS DISTINCT FROM 'M' THEN 'not_input'
		WHEN x.latest IS NULL THEN 'no_member_id' END AS problem) q
	UNION ALL
	SELECT (@extschema@.hcc_import_person(
		file_id => r.file_id,
		"position" => r.line,
		scope => 'record',
		record => 'CCLF8',
		refused => @extschema@.hcc_findings(ARRAY[COALESCE(r.reason, 'no_member_id')],
			ARRAY['CCLF8.' || CASE WHEN r.reason IS NULL THEN 'bene_mbi_id' ELSE r.field END],
			r.line))).*
	FROM record r WHERE r.reason IS NOT NULL OR r.mbi IS NULL;
END;
$panel$;
COMMENT ON FUNCTION @panel@.import_people_cclf(bigint) IS
	'The people of the CCLF files of a batch, with their former numbers.';
