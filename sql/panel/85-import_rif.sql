-- Research files of CMS: RIF with one row per line of a claim, as the synthetic
-- Medicare files are too, and DE-SynPUF. Columns are found by the header, which
-- differs between releases.

CREATE FUNCTION @panel@.hcc_rif_file(batch_id bigint, format text)
	RETURNS TABLE (file_id bigint, name text, kind text, layout text)
LANGUAGE sql STABLE PARALLEL SAFE ROWS 10
BEGIN ATOMIC
	SELECT f.file_id, f.name, k.kind, CASE WHEN f.format = 'synpuf' THEN 'SYNPUF_' ELSE 'RIF_' END
		|| CASE WHEN k.kind IN ('beneficiary', 'pde') THEN upper(k.kind) ELSE 'CLAIM' END
	FROM @panel@.import_file f
		CROSS JOIN LATERAL (
			SELECT upper(encode(substring(string_agg(c.content, '' ORDER BY c.chunk)
				FROM 1 FOR 16384), 'escape')) AS header
			FROM (
				SELECT b.chunk, b.content FROM @panel@.import_chunk b
				WHERE b.file_id = f.file_id ORDER BY b.chunk LIMIT 4
			) c
		) h
		CROSS JOIN LATERAL (
			SELECT CASE WHEN h.header LIKE '%BENE\_BIRTH\_DT%' THEN
					CASE WHEN h.header LIKE '%RFRNC\_YR%' OR f.format = 'synpuf'
						THEN 'beneficiary' ELSE 'history' END
				WHEN h.header LIKE '%PDE\_ID%'
					THEN CASE WHEN f.format = 'synpuf' THEN 'history' ELSE 'pde' END
				WHEN h.header LIKE '%CLM\_ID%' THEN
					CASE WHEN f.format = 'rif' THEN 'claim'
						WHEN h.header LIKE '%CLM\_ADMSN\_DT%' THEN 'inpatient'
						WHEN h.header LIKE '%PRF\_PHYSN\_NPI%' THEN 'professional'
						ELSE 'outpatient' END END AS kind
		) k
	WHERE f.batch_id = hcc_rif_file.batch_id AND f.format = hcc_rif_file.format;
END;
COMMENT ON FUNCTION @panel@.hcc_rif_file(bigint, text) IS
	'What each file of a batch has, by the columns of its header; history: nothing is loaded.';

CREATE FUNCTION @panel@.hcc_rif_line(batch_id bigint)
	RETURNS TABLE (file_id bigint, line bigint, reason text, field text, action text,
		claim_id text, member_id text, final_action text, claim_type_code text,
		service_from date, service_to date, disposition text, bill_type text,
		nonpayment_code text, denial_code text, control_number text, original_number text,
		attending text, facility text, diagnoses @extschema@.import_diagnosis[],
		line_diagnosis text, line_icd text, version_is_known boolean,
		import_line @extschema@.import_line, raw_npi text, warning text)
LANGUAGE sql VOLATILE PARALLEL UNSAFE ROWS 100000
BEGIN ATOMIC
	SELECT f.file_id, r.line,
		COALESCE(r.reason, CASE WHEN r.clm_id IS NULL THEN 'no_claim_id' END),
		COALESCE(r.field, CASE WHEN r.reason IS NULL AND r.clm_id IS NULL THEN 'clm_id' END),
		COALESCE(upper(r.dml_ind), 'INSERT'), r.clm_id,
		r.bene_id, r.final_action, r.nch_clm_type_cd, r.clm_from_dt, r.clm_thru_dt,
		lpad(r.clm_disp_cd, 2, '0'), @extschema@.hcc_cms_bill_type(r.clm_fac_type_cd,
			r.clm_srvc_clsfctn_type_cd, r.clm_freq_cd), r.clm_mdcr_non_pmt_rsn_cd,
		r.carr_clm_pmt_dnl_cd, COALESCE(r.fi_doc_clm_cntl_num, r.carr_clm_cntl_num),
		r.fi_orig_clm_cntl_num, r.at_physn_npi, COALESCE(r.org_npi_num, r.carr_clm_blg_npi_num),
		d.diagnoses, @extschema@.hcc_cms_diagnosis(r.line_icd_dgns_cd), r.line_icd_dgns_vrsn_cd,
		d.version_is_known,
		ROW(CASE WHEN COALESCE(r.line_num, r.clm_line_num) ~ '^\d{1,9}$'
				THEN COALESCE(r.line_num, r.clm_line_num)::integer END,
			CASE WHEN NOT v.hipps THEN r.hcpcs_cd END,
			array_remove(ARRAY[r.hcpcs_1st_mdfr_cd, r.hcpcs_2nd_mdfr_cd, r.hcpcs_3rd_mdfr_cd,
				r.hcpcs_4th_mdfr_cd], NULL), v.revenue, r.line_place_of_srvc_cd,
			COALESCE(r.line_1st_expns_dt, r.rev_cntr_dt),
			COALESCE(r.line_last_expns_dt, r.rev_cntr_dt), NULL,
			COALESCE(@extschema@.hcc_cms_npi(r.prf_physn_npi), @extschema@.hcc_cms_npi(r.prvdr_npi),
				@extschema@.hcc_cms_npi(r.rndrng_physn_npi)),
			CASE WHEN NOT @extschema@.hcc_cms_is_no_number(
					COALESCE(r.line_ndc_cd, r.rev_cntr_ide_ndc_upc_num))
				THEN COALESCE(r.line_ndc_cd, r.rev_cntr_ide_ndc_upc_num) END,
			@extschema@.hcc_cms_line_denied(r.line_prcsg_ind_cd),
			CASE WHEN v.hipps THEN r.hcpcs_cd END,
			CASE WHEN v.hipps AND r.hcpcs_cd IS NOT NULL THEN 'hipps' END
			)::@extschema@.import_line,
		COALESCE(r.at_physn_npi, r.prf_physn_npi, r.prvdr_npi), r.warning
	FROM @panel@.hcc_rif_file(hcc_rif_line.batch_id, 'rif'::text) f,
		@extschema@.file_records(@panel@.hcc_import_chunks(f.file_id), 'RIF_CLAIM'::text,
			NULL::text) AS r(line bigint, reason text, field text, warning text, dml_ind text,
			bene_id text, clm_id text, final_action text, nch_clm_type_cd text, clm_from_dt date,
			clm_thru_dt date, clm_disp_cd text, clm_fac_type_cd text,
			clm_srvc_clsfctn_type_cd text, clm_freq_cd text, clm_mdcr_non_pmt_rsn_cd text,
			carr_clm_pmt_dnl_cd text, fi_doc_clm_cntl_num text, fi_orig_clm_cntl_num text,
			carr_clm_cntl_num text, carr_clm_blg_npi_num text, at_physn_npi text,
			rndrng_physn_npi text, org_npi_num text, prf_physn_npi text, prvdr_npi text,
			prncpal_dgns_cd text, prncpal_dgns_vrsn_cd text, admtg_dgns_cd text,
			admtg_dgns_vrsn_cd text, fst_dgns_e_cd text, fst_dgns_e_vrsn_cd text,
			icd_dgns_cd text[], icd_dgns_vrsn_cd text[], clm_poa_ind_sw text[],
			icd_dgns_e_cd text[], icd_dgns_e_vrsn_cd text[], clm_e_poa_ind_sw text[],
			rsn_visit_cd text[], rsn_visit_vrsn_cd text[], line_num text, clm_line_num text,
			rev_cntr text, rev_cntr_dt date, hcpcs_cd text, hcpcs_1st_mdfr_cd text,
			hcpcs_2nd_mdfr_cd text, hcpcs_3rd_mdfr_cd text, hcpcs_4th_mdfr_cd text,
			line_place_of_srvc_cd text, line_1st_expns_dt date, line_last_expns_dt date,
			line_prcsg_ind_cd text, line_icd_dgns_cd text, line_icd_dgns_vrsn_cd text,
			line_ndc_cd text, rev_cntr_ide_ndc_upc_num text),
		LATERAL (SELECT lpad(r.rev_cntr, 4, '0') AS revenue,
			@extschema@.hcc_cms_is_hipps(lpad(r.rev_cntr, 4, '0')) AS hipps) v,
		LATERAL (
			SELECT array_agg(ROW(c.seq, c.code,
					@extschema@.hcc_cms_icd_version(c.icd, r.clm_thru_dt), c.role, c.poa, NULL
					)::@extschema@.import_diagnosis ORDER BY c.seq) AS diagnoses,
				bool_and(c.icd IN ('0', '9')) AS version_is_known
			FROM (
				SELECT (row_number() OVER (ORDER BY s.strength, s.place))::integer AS seq, s.*
				FROM (
					-- the same code several times is once what it is most
					SELECT w.code, min(w.strength) AS strength, min(w.place) AS place,
						(array_agg(w.role ORDER BY w.strength))[1] AS role, min(w.icd) AS icd,
						max(w.poa) FILTER (WHERE w.poa IN ('Y', 'N', 'U', 'W', '1')) AS poa
					FROM (
						SELECT @extschema@.hcc_cms_diagnosis(r.prncpal_dgns_cd) AS code,
							'principal' AS role, 1 AS strength, 0::bigint AS place,
							r.prncpal_dgns_vrsn_cd AS icd, NULL::text AS poa
						UNION ALL
						SELECT @extschema@.hcc_cms_diagnosis(x.code), 'other', 2, x.place,
							r.icd_dgns_vrsn_cd[x.place], r.clm_poa_ind_sw[x.place]
						FROM unnest(r.icd_dgns_cd) WITH ORDINALITY x(code, place)
						UNION ALL
						SELECT @extschema@.hcc_cms_diagnosis(r.fst_dgns_e_cd), 'external_cause', 3,
							0, r.fst_dgns_e_vrsn_cd, NULL
						UNION ALL
						SELECT @extschema@.hcc_cms_diagnosis(x.code), 'external_cause', 3, x.place,
							r.icd_dgns_e_vrsn_cd[x.place], r.clm_e_poa_ind_sw[x.place]
						FROM unnest(r.icd_dgns_e_cd) WITH ORDINALITY x(code, place)
						UNION ALL
						SELECT @extschema@.hcc_cms_diagnosis(x.code), 'reason_for_visit', 5,
							x.place, r.rsn_visit_vrsn_cd[x.place], NULL
						FROM unnest(r.rsn_visit_cd) WITH ORDINALITY x(code, place)
						UNION ALL
						SELECT @extschema@.hcc_cms_diagnosis(r.admtg_dgns_cd), 'admitting', 4, 0,
							r.admtg_dgns_vrsn_cd, NULL
					) w
					WHERE w.code IS NOT NULL
					GROUP BY w.code, w.strength >= 4, CASE WHEN w.strength >= 4 THEN w.strength END
				) s
			) c
		) d
	WHERE f.kind = 'claim';
END;
COMMENT ON FUNCTION @panel@.hcc_rif_line(bigint) IS
	'The rows of RIF claim files, each a line with what it repeats of its claim.';

CREATE FUNCTION @panel@.hcc_rif_claim(batch_id bigint)
	RETURNS TABLE (file_id bigint, line bigint, action text, claim_id text, member_id text,
		final_action text, claim_type text, service_from date, service_to date,
		disposition text, bill_type text, denied boolean, denied_code text, control_number text,
		original_number text, provider_npi text, provider_role text, npi_is_bad boolean,
		version_is_known boolean, warning text, diagnoses @extschema@.import_diagnosis[],
		lines @extschema@.import_line[])
LANGUAGE sql VOLATILE PARALLEL UNSAFE ROWS 100000
BEGIN ATOMIC
	WITH line AS MATERIALIZED (
		SELECT * FROM @panel@.hcc_rif_line(hcc_rif_claim.batch_id) l WHERE l.reason IS NULL
	), claim AS (
		SELECT l.file_id, l.action, l.claim_id,
			max(l.service_to) AS last_day, min(l.service_from) AS first_day,
			bool_and((l.import_line).denied) AS all_denied,
			array_agg(l.import_line ORDER BY (l.import_line).line, l.line) AS lines,
			array_agg(l.line_diagnosis ORDER BY (l.import_line).line, l.line) AS line_diagnoses,
			array_agg(l.line_icd ORDER BY (l.import_line).line, l.line) AS line_icds,
			(array_agg((l.import_line).provider_npi ORDER BY (l.import_line).line, l.line)
				FILTER (WHERE (l.import_line).provider_npi IS NOT NULL))[1] AS line_npi,
			bool_or(NOT @extschema@.hcc_cms_is_no_number(l.raw_npi)
				AND @extschema@.hcc_cms_npi(l.raw_npi) IS NULL) AS npi_is_bad,
			max(l.warning) AS longest
		FROM line l GROUP BY l.file_id, l.action, l.claim_id
	), head AS (
		SELECT DISTINCT ON (l.file_id, l.action, l.claim_id) l.*
		FROM line l ORDER BY l.file_id, l.action, l.claim_id, l.line
	), coded AS (
		-- what only a line names comes after what the claim does
		SELECT h.line, h.member_id, h.final_action, h.claim_type_code, h.disposition,
			h.bill_type, h.nonpayment_code, h.denial_code, h.control_number, h.original_number,
			h.attending, h.facility, h.version_is_known, l.*, h.diagnoses || (
			SELECT array_agg(ROW(COALESCE(cardinality(h.diagnoses), 0) + x.at, x.code,
				@extschema@.hcc_cms_icd_version(x.icd, l.last_day), 'line', NULL, NULL
				)::@extschema@.import_diagnosis ORDER BY x.at)
			FROM (
				SELECT n.code, min(n.icd) AS icd,
					(row_number() OVER (ORDER BY min(n.at)))::integer AS at
				FROM unnest(l.line_diagnoses, l.line_icds) WITH ORDINALITY n(code, icd, at)
				WHERE n.code IS NOT NULL AND NOT EXISTS (
					SELECT FROM unnest(h.diagnoses) o
					WHERE o.code = n.code AND o.role NOT IN ('admitting', 'reason_for_visit'))
				GROUP BY n.code
			) x) AS diagnoses
		FROM claim l JOIN head h USING (file_id, action, claim_id)
	)
	SELECT c.file_id, c.line, c.action, c.claim_id, c.member_id, c.final_action,
		@extschema@.hcc_cms_claim_type(c.claim_type_code), c.first_day, c.last_day,
		c.disposition, c.bill_type,
		c.all_denied OR @extschema@.hcc_cms_claim_denied(c.nonpayment_code,
			c.denial_code),
		CASE WHEN @extschema@.hcc_cms_claim_denied(c.nonpayment_code, c.denial_code)
			THEN COALESCE(c.nonpayment_code, c.denial_code) END,
		c.control_number, c.original_number, n.npi,
		CASE WHEN n.npi IS NULL THEN NULL
			WHEN n.npi = @extschema@.hcc_cms_npi(c.attending) THEN 'attending'
			WHEN n.npi = c.line_npi THEN 'rendering' ELSE 'facility' END,
		c.npi_is_bad, c.version_is_known, c.longest, c.diagnoses,
		ARRAY(
			SELECT ROW(x.line, x.code, x.modifiers, x.revenue, x.place_of_service,
				x.service_from, x.service_to, (SELECT array_agg(d.seq) FROM unnest(c.diagnoses) d
					WHERE d.code = c.line_diagnoses[x.at]
						AND d.role NOT IN ('admitting', 'reason_for_visit')),
				x.provider_npi, x.ndc, x.denied, x.other_code, x.other_system
				)::@extschema@.import_line
			FROM unnest(c.lines) WITH ORDINALITY x(line, code, modifiers, revenue,
				place_of_service, service_from, service_to, pointers, provider_npi, ndc, denied,
				other_code, other_system, at)
			ORDER BY x.at)
	FROM coded c CROSS JOIN LATERAL (SELECT COALESCE(@extschema@.hcc_cms_npi(c.attending),
		c.line_npi, @extschema@.hcc_cms_npi(c.facility)) AS npi) n;
END;
COMMENT ON FUNCTION @panel@.hcc_rif_claim(bigint) IS
	'The claims of RIF claim files, their lines together.';

CREATE FUNCTION @panel@.import_read_rif(batch_id bigint)
	RETURNS SETOF @extschema@.import_claim
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE ROWS 100000
SET search_path = pg_catalog, pg_temp
SET jit = off
AS $panel$
BEGIN
	RETURN QUERY
	SELECT (@extschema@.hcc_import_claim(
		file_id => c.file_id,
		"position" => c.line,
		scope => 'claim',
		record => 'RIF',
		member_system => 'bene_id',
		member_id => c.member_id,
		claim_system => 'rif',
		claim_id => c.claim_id,
		claim_key => c.claim_id,
		control_number => c.control_number,
		replaces => CASE WHEN q.taken_back THEN c.claim_id END,
		replaces_control_number => c.original_number,
		status => CASE WHEN c.action = 'DELETE' THEN 'void'
			WHEN c.disposition = '03' THEN 'cancellation'
			WHEN c.denied THEN 'denied' ELSE 'original' END,
		record_source => 'encounter',
		record_action => CASE WHEN q.taken_back THEN 'void'
			WHEN q.problem IN ('cancelled', 'denied', 'not_final', 'delete_record', 'superseded')
			THEN 'none' ELSE 'add' END,
		claim_type => c.claim_type,
		bill_type => c.bill_type,
		frequency_code => substr(c.bill_type, 4, 1),
		place_of_service => (SELECT x.place_of_service FROM unnest(c.lines) x
			WHERE x.code IS NOT NULL ORDER BY x.line LIMIT 1),
		service_from => c.service_from,
		service_to => c.service_to,
		provider_npi => c.provider_npi,
		provider_role => c.provider_role,
		denied => c.denied,
		denied_code => c.denied_code,
		final => c.final_action = 'F',
		diagnoses => c.diagnoses,
		lines => c.lines,
		warnings => @extschema@.hcc_findings(ARRAY[
			CASE WHEN has.bad THEN 'bad_diagnosis' END,
			CASE WHEN c.npi_is_bad THEN 'bad_npi' END,
			CASE WHEN NOT c.version_is_known THEN 'icd_version_unknown' END,
			c.warning],
			NULL::text[], c.line),
		refused => CASE WHEN NOT q.taken_back
			THEN @extschema@.hcc_findings(ARRAY[q.problem], NULL::text[], c.line) END)).*
	FROM (
			-- a claim may come again, updated or deleted: the last one is what it is, and a
			-- copy of that says nothing else
			SELECT r.*, r.said IS DISTINCT FROM last_value(r.said) OVER (PARTITION BY r.claim_id
				ORDER BY r.file_id, r.line ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING)
				AS superseded
			FROM (
				SELECT x.*, ROW(x.action, x.member_id, x.final_action, x.claim_type,
					x.service_from, x.service_to, x.disposition, x.bill_type, x.denied,
					x.provider_npi, x.diagnoses, x.lines) AS said
				FROM @panel@.hcc_rif_claim(import_read_rif.batch_id) x
			) r
		) c
		LEFT JOIN @panel@.import_claim_record k
			ON k.claim_system = 'rif' AND k.claim_key = c.claim_id
		CROSS JOIN LATERAL @extschema@.hcc_cms_codes(c.diagnoses) has
		CROSS JOIN LATERAL (
			SELECT CASE WHEN c.member_id IS NULL THEN 'no_member_id'
				WHEN c.superseded THEN 'superseded'
				WHEN c.action = 'DELETE' THEN 'delete_record'
				WHEN c.service_to IS NULL THEN 'no_date'
				WHEN c.service_from > c.service_to THEN 'date_order'
				WHEN c.service_to > current_date THEN 'future_date'
				WHEN c.disposition = '03' THEN 'cancelled'
				WHEN c.final_action = 'N' THEN 'not_final'
				WHEN c.denied THEN 'denied'
				WHEN NOT has.icd10 AND has.icd9 THEN 'icd9'
				WHEN NOT has.icd10 THEN 'no_diagnosis' END AS problem
		) p
		-- what was loaded before and is no claim any more is taken back
		CROSS JOIN LATERAL (
			SELECT p.problem, k.claim_key IS NOT NULL AND COALESCE(p.problem IN ('delete_record',
				'cancelled', 'not_final', 'denied', 'icd9', 'no_diagnosis'), false) AS taken_back
		) q
	UNION ALL
	SELECT (@extschema@.hcc_import_claim(
		file_id => f.file_id,
		"position" => r.line,
		scope => CASE WHEN r.reason IS NULL THEN 'claim' ELSE 'record' END,
		record => 'PDE',
		member_system => 'bene_id',
		member_id => r.bene_id,
		claim_system => 'rif',
		claim_id => r.pde_id,
		claim_key => 'pde ' || r.pde_id,
		status => CASE r.adjstmt_dltn_cd WHEN 'A' THEN 'adjusted' WHEN 'D' THEN 'void'
			ELSE 'original' END,
		record_action => CASE WHEN r.adjstmt_dltn_cd = 'D' THEN 'none' ELSE 'add' END,
		claim_type => 'pharmacy',
		service_from => r.srvc_dt,
		service_to => r.srvc_dt,
		provider_npi => CASE WHEN r.prscrbr_id_qlfyr_cd = '01'
			THEN @extschema@.hcc_cms_npi(r.prscrbr_id) END,
		provider_role => 'prescriber',
		contract_id => r.plan_cntrct_rec_id,
		plan_id => r.plan_pbp_rec_num,
		final => r.final_action = 'F',
		lines => ARRAY[ROW(1, NULL, '{}'::text[], NULL, NULL, r.srvc_dt, r.srvc_dt, NULL, NULL,
			CASE WHEN NOT @extschema@.hcc_cms_is_no_number(r.prod_srvc_id) THEN r.prod_srvc_id END,
			false, NULL, NULL)::@extschema@.import_line],
		refused => @extschema@.hcc_findings(ARRAY[COALESCE(r.reason, 'no_diagnosis')],
			ARRAY[r.field], r.line))).*
	FROM @panel@.hcc_rif_file(import_read_rif.batch_id, 'rif') f,
		@extschema@.file_records(@panel@.hcc_import_chunks(f.file_id), 'RIF_PDE', NULL)
			AS r(line bigint, reason text, field text, bene_id text, pde_id text,
				final_action text, srvc_dt date, prod_srvc_id text, plan_cntrct_rec_id text,
				plan_pbp_rec_num text, adjstmt_dltn_cd text, prscrbr_id text,
				prscrbr_id_qlfyr_cd text)
	WHERE f.kind = 'pde'
	UNION ALL
	SELECT (@extschema@.hcc_import_claim(
		file_id => l.file_id,
		"position" => l.line,
		scope => 'record',
		record => 'RIF',
		refused => @extschema@.hcc_findings(ARRAY[l.reason], ARRAY[l.field], l.line))).*
	FROM @panel@.hcc_rif_line(import_read_rif.batch_id) l
	WHERE l.reason IS NOT NULL
	UNION ALL
	SELECT * FROM @panel@.hcc_rif_refused_file(import_read_rif.batch_id, 'rif');
END;
$panel$;
COMMENT ON FUNCTION @panel@.import_read_rif(bigint) IS
	'The claims of the RIF files of a batch, and what cannot be loaded of them.';

CREATE FUNCTION @panel@.hcc_rif_refused_file(batch_id bigint, format text)
	RETURNS SETOF @extschema@.import_claim
LANGUAGE sql STABLE PARALLEL SAFE ROWS 1
BEGIN ATOMIC
	SELECT (@extschema@.hcc_import_claim(
		file_id => f.file_id,
		scope => 'file',
		record => upper(hcc_rif_refused_file.format),
		refused => @extschema@.hcc_findings(ARRAY[CASE WHEN f.kind IS NULL THEN 'unknown_file'
			ELSE 'not_input' END], NULL::text[], NULL::bigint))).*
	FROM @panel@.hcc_rif_file(hcc_rif_refused_file.batch_id, hcc_rif_refused_file.format) f
	WHERE f.kind IS NULL OR f.kind = 'history';
END;
COMMENT ON FUNCTION @panel@.hcc_rif_refused_file(bigint, text) IS
	'Files whose header nothing is loaded by.';

CREATE FUNCTION @panel@.import_people_rif(batch_id bigint)
	RETURNS SETOF @extschema@.import_person
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE ROWS 10000
SET search_path = pg_catalog, pg_temp
SET jit = off
AS $panel$
BEGIN
	RETURN QUERY
	SELECT (@extschema@.hcc_import_person(
		file_id => f.file_id,
		"position" => r.line,
		scope => CASE WHEN r.reason IS NULL THEN 'person' ELSE 'record' END,
		record => 'BENEFICIARY',
		member_system => 'bene_id',
		member_id => r.bene_id,
		identifiers => array_remove(ARRAY[
			ROW('bene_id', r.bene_id, true, NULL, NULL)::@extschema@.import_identifier,
			CASE WHEN NOT @extschema@.hcc_cms_is_no_number(r.mbi_num) THEN ROW('mbi',
				r.mbi_num, true, NULL, NULL)::@extschema@.import_identifier END], NULL),
		date_of_birth => r.bene_birth_dt,
		sex => @extschema@.hcc_cms_sex(r.bene_sex_ident_cd),
		date_of_death => r.death_dt,
		orec => @extschema@.hcc_cms_orec(r.bene_entlmt_rsn_orig),
		crec => @extschema@.hcc_cms_orec(r.bene_entlmt_rsn_curr),
		medicare_status => r.bene_mdcr_status_cd,
		esrd_now => CASE WHEN r.bene_esrd_ind IN ('Y', '1') THEN true
			WHEN r.bene_esrd_ind IN ('N', '0') THEN false END,
		spans => array_remove(ARRAY[
			CASE WHEN r.pta_cvrg_strt_dt IS NOT NULL THEN ROW('part_a', NULL, NULL, NULL, NULL,
				r.pta_cvrg_strt_dt, r.pta_cvrg_end_dt)::@extschema@.import_span END,
			CASE WHEN r.ptb_cvrg_strt_dt IS NOT NULL THEN ROW('part_b', NULL, NULL, NULL, NULL,
				r.ptb_cvrg_strt_dt, r.ptb_cvrg_end_dt)::@extschema@.import_span END,
			CASE WHEN r.ptd_cvrg_strt_dt IS NOT NULL THEN ROW('part_d', NULL, NULL, NULL, NULL,
				r.ptd_cvrg_strt_dt, r.ptd_cvrg_end_dt)::@extschema@.import_span END], NULL),
		months => ARRAY(
			SELECT ROW(r.rfrnc_yr::integer, m.month,
				@extschema@.hcc_cms_dual_status(r.meta_dual_elgbl_stus_cd[m.month]),
				CASE WHEN r.ptc_cntrct_id[m.month] ~ '^[A-Z]\d{4}$'
					THEN r.ptc_cntrct_id[m.month] END,
				CASE WHEN r.ptc_cntrct_id[m.month] ~ '^[A-Z]\d{4}$'
						AND r.ptc_pbp_id[m.month] ~ '^\d{3}$'
					THEN r.ptc_pbp_id[m.month] END,
				CASE WHEN r.ptd_cntrct_id[m.month] ~ '^[A-Z]\d{4}$'
					THEN r.ptd_cntrct_id[m.month] END,
				r.mdcr_stus_cd[m.month], r.mdcr_entlmt_buyin_ind[m.month], r.hmo_ind[m.month],
				CASE WHEN r.cst_shr_grp_cd[m.month] ~ '^0[1-8]$' THEN true
					WHEN r.cst_shr_grp_cd[m.month] ~ '^(09|1\d)$' THEN false END,
				NULL, NULL, NULL, NULL,
				-- fewer than twelve months of Part B in the year before
				r.ptb_cvrg_strt_dt > make_date(r.rfrnc_yr::integer - 1, 1, 1), NULL, NULL
				)::@extschema@.import_month
			FROM generate_series(1, 12) m(month)
			WHERE r.rfrnc_yr ~ '^\d{4}$'),
		refused => @extschema@.hcc_findings(ARRAY[r.reason,
			CASE WHEN upper(r.dml_ind) = 'DELETE' THEN 'delete_record' END,
			CASE WHEN r.reason IS NULL AND r.bene_id IS NULL THEN 'no_member_id' END,
			CASE WHEN r.reason IS NULL AND r.bene_birth_dt IS NULL THEN 'bad_dob' END,
			CASE WHEN r.reason IS NULL AND @extschema@.hcc_cms_sex(r.bene_sex_ident_cd) IS NULL
				THEN 'unknown_sex' END,
			CASE WHEN r.reason IS NULL AND COALESCE(r.rfrnc_yr !~ '^\d{4}$', true)
				THEN 'no_date' END],
			ARRAY[r.field, 'dml_ind', 'bene_id', 'bene_birth_dt', 'bene_sex_ident_cd',
				'rfrnc_yr'], r.line))).*
	FROM @panel@.hcc_rif_file(import_people_rif.batch_id, 'rif') f,
		@extschema@.file_records(@panel@.hcc_import_chunks(f.file_id), 'RIF_BENEFICIARY', NULL)
			AS r(line bigint, reason text, field text, dml_ind text, bene_id text, mbi_num text,
				bene_birth_dt date, bene_sex_ident_cd text, death_dt date,
				bene_entlmt_rsn_orig text, bene_entlmt_rsn_curr text, bene_esrd_ind text,
				bene_mdcr_status_cd text, rfrnc_yr text, pta_cvrg_strt_dt date,
				pta_cvrg_end_dt date, ptb_cvrg_strt_dt date, ptb_cvrg_end_dt date,
				ptd_cvrg_strt_dt date, ptd_cvrg_end_dt date, meta_dual_elgbl_stus_cd text[],
				mdcr_stus_cd text[], ptc_cntrct_id text[], ptc_pbp_id text[],
				ptd_cntrct_id text[], cst_shr_grp_cd text[], mdcr_entlmt_buyin_ind text[],
				hmo_ind text[])
	WHERE f.kind = 'beneficiary';
END;
$panel$;
COMMENT ON FUNCTION @panel@.import_people_rif(bigint) IS
	'The people of the RIF files of a batch, month by month of the year that each row is of.';

CREATE FUNCTION @panel@.import_read_synpuf(batch_id bigint)
	RETURNS SETOF @extschema@.import_claim
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE ROWS 100000
SET search_path = pg_catalog, pg_temp
SET jit = off
AS $panel$
BEGIN
	RETURN QUERY
	SELECT (@extschema@.hcc_import_claim(
		file_id => f.file_id,
		"position" => r.line,
		scope => CASE WHEN r.reason IS NULL THEN 'claim' ELSE 'record' END,
		record => 'SYNPUF',
		member_system => 'synpuf',
		member_id => r.desynpuf_id,
		claim_system => 'synpuf',
		claim_id => r.clm_id,
		claim_key => concat_ws(' ', f.kind, r.clm_id, r.segment),
		status => 'original',
		record_source => 'encounter',
		record_action => 'add',
		claim_type => f.kind,
		service_from => r.clm_from_dt,
		service_to => r.clm_thru_dt,
		provider_npi => COALESCE(@extschema@.hcc_cms_npi(r.at_physn_npi),
			@extschema@.hcc_cms_npi(r.prf_physn_npi[1])),
		provider_role => CASE
			WHEN @extschema@.hcc_cms_npi(r.at_physn_npi) IS NOT NULL THEN 'attending'
			WHEN @extschema@.hcc_cms_npi(r.prf_physn_npi[1]) IS NOT NULL THEN 'rendering' END,
		diagnoses => (
			SELECT array_agg(ROW(d.place, d.code, '9', CASE WHEN d.place = 1 THEN 'principal'
				ELSE 'other' END, NULL, NULL)::@extschema@.import_diagnosis ORDER BY d.place)
			FROM (
				SELECT DISTINCT ON (x.code) x.code, x.place::integer
				FROM unnest(r.icd9_dgns_cd) WITH ORDINALITY x(code, place)
				WHERE x.code IS NOT NULL ORDER BY x.code, x.place
			) d),
		lines => (
			SELECT array_agg(ROW(x.place, x.code, '{}'::text[], NULL, NULL, NULL, NULL, NULL,
				NULL, NULL, false, NULL, NULL)::@extschema@.import_line ORDER BY x.place)
			FROM unnest(r.hcpcs_cd) WITH ORDINALITY x(code, place) WHERE x.code IS NOT NULL),
		warnings => @extschema@.hcc_findings(ARRAY[CASE WHEN NOT @extschema@.hcc_cms_is_no_number(
				COALESCE(r.at_physn_npi, r.prf_physn_npi[1])) AND @extschema@.hcc_cms_npi(
				COALESCE(r.at_physn_npi, r.prf_physn_npi[1])) IS NULL THEN 'bad_npi' END],
			NULL, r.line),
		-- the files have ICD-9 codes only
		refused => @extschema@.hcc_findings(ARRAY[COALESCE(r.reason, 'icd9')], ARRAY[r.field],
			r.line))).*
	FROM @panel@.hcc_rif_file(import_read_synpuf.batch_id, 'synpuf') f,
		@extschema@.file_records(@panel@.hcc_import_chunks(f.file_id), 'SYNPUF_CLAIM', NULL)
			AS r(line bigint, reason text, field text, desynpuf_id text, clm_id text, segment text,
				clm_from_dt date, clm_thru_dt date, at_physn_npi text, prf_physn_npi text[],
				icd9_dgns_cd text[], hcpcs_cd text[])
	WHERE f.kind IN ('inpatient', 'outpatient', 'professional')
	UNION ALL
	SELECT * FROM @panel@.hcc_rif_refused_file(import_read_synpuf.batch_id, 'synpuf');
END;
$panel$;
COMMENT ON FUNCTION @panel@.import_read_synpuf(bigint) IS
	'The claims of the DE-SynPUF files of a batch, whose codes are all ICD-9.';

CREATE FUNCTION @panel@.import_people_synpuf(batch_id bigint)
	RETURNS SETOF @extschema@.import_person
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE ROWS 10000
SET search_path = pg_catalog, pg_temp
SET jit = off
AS $panel$
BEGIN
	RETURN QUERY
	SELECT (@extschema@.hcc_import_person(
		file_id => f.file_id,
		"position" => r.line,
		scope => CASE WHEN r.reason IS NULL THEN 'person' ELSE 'record' END,
		record => 'BENEFICIARY',
		member_system => 'synpuf',
		member_id => r.desynpuf_id,
		date_of_birth => r.bene_birth_dt,
		sex => @extschema@.hcc_cms_sex(r.bene_sex_ident_cd),
		date_of_death => r.bene_death_dt,
		esrd_now => CASE r.bene_esrd_ind WHEN 'Y' THEN true WHEN '0' THEN false END,
		months => CASE WHEN f.name ~ '_20\d\d_Beneficiary' THEN ARRAY[ROW(
			substring(f.name FROM '_(20\d\d)_Beneficiary')::integer, 0, NULL, NULL, NULL, NULL,
			NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
			)::@extschema@.import_month] END,
		refused => @extschema@.hcc_findings(ARRAY[r.reason,
			CASE WHEN r.reason IS NULL AND r.desynpuf_id IS NULL THEN 'no_member_id' END,
			CASE WHEN r.reason IS NULL AND r.bene_birth_dt IS NULL THEN 'bad_dob' END,
			CASE WHEN r.reason IS NULL AND @extschema@.hcc_cms_sex(r.bene_sex_ident_cd) IS NULL
				THEN 'unknown_sex' END],
			ARRAY[r.field, 'desynpuf_id', 'bene_birth_dt', 'bene_sex_ident_cd'], r.line),
		attributes => jsonb_strip_nulls(jsonb_build_object(
			'part_a_months', r.bene_hi_cvrage_tot_mons,
			'part_b_months', r.bene_smi_cvrage_tot_mons,
			'hmo_months', r.bene_hmo_cvrage_tot_mons)))).*
	FROM @panel@.hcc_rif_file(import_people_synpuf.batch_id, 'synpuf') f,
		@extschema@.file_records(@panel@.hcc_import_chunks(f.file_id), 'SYNPUF_BENEFICIARY', NULL)
			AS r(line bigint, reason text, field text, desynpuf_id text, bene_birth_dt date,
				bene_death_dt date, bene_sex_ident_cd text, bene_esrd_ind text,
				bene_hi_cvrage_tot_mons integer, bene_smi_cvrage_tot_mons integer,
				bene_hmo_cvrage_tot_mons integer)
	WHERE f.kind = 'beneficiary';
END;
$panel$;
COMMENT ON FUNCTION @panel@.import_people_synpuf(bigint) IS
	'The people of the DE-SynPUF files of a batch, a row a year, without months.';
