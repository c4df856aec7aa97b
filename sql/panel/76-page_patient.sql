-- The pages of a patient. What a clinician reads has no score, no dollar and no code in it: what
-- was documented before, by whom and when, and a place for an answer that is the clinician's own.
-- It needs the columns of patient_hcc_gap without values, and no other table. The analyst's page
-- is another function, for another grant.

CREATE FUNCTION @panel@.hcc_page_person(patient_id @patient_id@, payment_year integer) RETURNS text
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 1000
SET search_path = pg_catalog, pg_temp
AS $panel$
BEGIN
	-- whoever may not read the demographics gets the identifier alone
	IF NOT @panel@.hcc_may_read('patient_demographic'::name) THEN
		RETURN NULL;
	END IF;
	RETURN (SELECT format('%s, born %s, %s in %s', CASE p.sex WHEN 'F' THEN 'Woman' ELSE 'Man' END,
			p.date_of_birth, p.age, hcc_page_person.payment_year)
		FROM @panel@.person(hcc_page_person.payment_year, NULL::timestamptz,
			ARRAY[hcc_page_person.patient_id]) p
		WHERE p.latest);
END
$panel$;
COMMENT ON FUNCTION @panel@.hcc_page_person(@patient_id@, integer) IS
	'Part of pages: who a patient is, as far as the caller may know.';

CREATE FUNCTION @panel@.hcc_page_assess(patient_id @patient_id@, payment_year integer, model text)
	RETURNS text
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 10000
SET search_path = pg_catalog, pg_temp
AS $panel$
DECLARE
	year integer := hcc_page_assess.payment_year - 1;
	waiting text[];
	known text[];
	documented text[];
	answered text[];
BEGIN
	PERFORM @panel@.hcc_require_gaps(year, model, NULL::integer);
	SELECT array_agg(COALESCE(g.label, 'HCC ' || g.hcc_code)
			ORDER BY g.base_date DESC NULLS LAST, g.hcc_code) FILTER (WHERE w.waits),
		array_agg(format('Last documented %s. In %s: %s.', COALESCE(concat_ws(' by ',
				'on ' || g.base_date, g.base_npi), 'before'), year, s.found)
			ORDER BY g.base_date DESC NULLS LAST, g.hcc_code) FILTER (WHERE w.waits),
		array_agg(ARRAY[COALESCE(g.label, 'HCC ' || g.hcc_code),
				concat_ws(', by ', g.evidence_date::text, g.evidence_npi)]
			ORDER BY g.evidence_date DESC NULLS LAST, g.hcc_code)
			FILTER (WHERE g.status IN ('closed', 'net_new')),
		array_agg(ARRAY[COALESCE(g.label, 'HCC ' || g.hcc_code), COALESCE(k.label, g.reason, ''),
				g.status_since::date::text] ORDER BY g.hcc_code)
			FILTER (WHERE g.status = 'invalid')
	INTO waiting, known, documented, answered
	FROM @panel@.hcc_gap_state(year, hcc_page_assess.model, NULL::timestamptz, NULL::text,
			NULL::text) g
		LEFT JOIN @extschema@.hcc_gap_event_kind k ON k.event = g.reason
		CROSS JOIN LATERAL (SELECT g.status IN ('open', 'documented_not_eligible', 'downgraded',
			'pending') AS waits) w
		CROSS JOIN LATERAL (SELECT CASE g.status
			WHEN 'pending' THEN format('on a record of %s that is still under way', g.evidence_date)
			WHEN 'documented_not_eligible' THEN format(
				'on a record of %s%s that does not count: %s', g.evidence_date,
				COALESCE(', by ' || g.evidence_npi, ''),
				@extschema@.hcc_page_verdict(g.reason))
			WHEN 'downgraded' THEN 'as something lesser, ' || (SELECT string_agg(COALESCE(c.label,
					'HCC ' || h.code), '; ' ORDER BY h.n)
				FROM unnest(g.by_hcc) WITH ORDINALITY h (code, n)
					LEFT JOIN @extschema@.hcc_category c
						ON c.model_version = hcc_page_assess.model AND c.hcc_code = h.code)
			ELSE 'nothing yet' END AS found) s
	WHERE g.patient_id = hcc_page_assess.patient_id
		AND g.payment_year = hcc_page_assess.payment_year
		AND g.excluded IS NULL AND g.superseded_by IS NULL;
	RETURN @extschema@.hcc_html_section('assess'::text, 'To assess'::text,
			@extschema@.hcc_html_p(format('Documented before, and not yet in %s. Whether a '
				'condition is present is yours to judge; that it is not is as good an answer.',
				year), 'lead'::text)
			|| CASE WHEN waiting IS NULL THEN @extschema@.hcc_html_p(
					'Nothing is waiting to be assessed.'::text)
				ELSE @extschema@.hcc_html_questions(waiting, known,
					'{"Present, documented",Not present,Not assessed today}'::text[]) END)
		|| CASE WHEN answered IS NOT NULL THEN @extschema@.hcc_html_section('answered'::text,
			'Answered before'::text, @extschema@.hcc_html_table('Conditions found not to be there'
				::text, '{Condition,Answer,On}'::text[], 'ttd'::text, answered)) ELSE '' END
		|| @extschema@.hcc_html_section('documented'::text, format('Documented in %s', year),
			CASE WHEN documented IS NULL THEN @extschema@.hcc_html_p(format('Nothing that is '
					'followed from year to year is documented in %s yet.', year))
				ELSE @extschema@.hcc_html_table('Conditions documented this year'::text,
					'{Condition,First documented}'::text[], 'td'::text, documented) END);
END
$panel$;
COMMENT ON FUNCTION @panel@.hcc_page_assess(@patient_id@, integer, text) IS
	'Part of patient_page: what is to be assessed, what is documented, what was answered.';

CREATE FUNCTION @panel@.patient_page(patient_id @patient_id@, payment_year integer,
	model text DEFAULT 'V28', title text DEFAULT NULL) RETURNS text
LANGUAGE plpgsql STABLE PARALLEL UNSAFE COST 100000
SET search_path = pg_catalog, pg_temp
AS $panel$
DECLARE
	year integer := @extschema@.hcc_payment_year(payment_year);
	markup text;
BEGIN
	PERFORM @extschema@.hcc_panel_current(@panel_name@::name, '@extversion@'::text),
		@extschema@.hcc_require_model(model);
	IF patient_id IS NULL THEN
		PERFORM @extschema@.hcc_raise('22004'::text,
			'argument "patient_id" needs a patient, not NULL'::text, NULL::text, NULL::text);
	END IF;
	BEGIN
		markup := @panel@.hcc_page_assess(patient_id, year, model);
	EXCEPTION WHEN object_not_in_prerequisite_state OR insufficient_privilege
		OR undefined_object THEN
		markup := @extschema@.hcc_html_section('assess'::text, 'To assess'::text,
			@extschema@.hcc_html_missing(SQLERRM));
	END;
	RETURN @extschema@.hcc_html_page(COALESCE(title, 'Patient ' || patient_id),
		concat_ws('. ', @panel@.hcc_page_person(patient_id, year),
			format('Services of %s', year - 1),
			'Made ' || to_char(now(), 'FMDD FMMonth YYYY HH24:MI')) || '.', '',
		markup, format('<p>hccraf @extversion@, made %s by %s. This page holds health information '
			'of a person.</p>', to_char(now(), 'YYYY-MM-DD HH24:MI TZ'),
			@extschema@.html_escape(session_user)));
END
$panel$;
COMMENT ON FUNCTION @panel@.patient_page(@patient_id@, integer, text, text) IS
	'What is to be assessed with a patient, as one HTML document for clinicians, without values?';

CREATE FUNCTION @panel@.hcc_page_terms(patient_id @patient_id@, payment_year integer,
	OUT markup text, OUT raw numeric, OUT leading_model text)
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 10000
SET search_path = pg_catalog, pg_temp
AS $panel$
DECLARE
	labels text[];
	amounts numeric[];
	counted text[];
	dropped text[];
BEGIN
	SELECT max(t.model_version), sum(t.coefficient) FILTER (WHERE t.reason IS NULL),
		array_agg(t.name ORDER BY t.line) FILTER (WHERE t.reason IS NULL AND t.coefficient <> 0),
		array_agg(t.coefficient ORDER BY t.line)
			FILTER (WHERE t.reason IS NULL AND t.coefficient <> 0),
		array_agg(ARRAY[t.name, t.variable, t.codes, t.coefficient::text] ORDER BY t.line)
			FILTER (WHERE t.reason IS NULL),
		array_agg(ARRAY[t.name, t.reason || COALESCE(' by ' || array_to_string(t.superseded_by,
			', '), ''), t.codes] ORDER BY t.line) FILTER (WHERE t.reason IS NOT NULL)
	INTO leading_model, raw, labels, amounts, counted, dropped
	FROM (SELECT e.*, row_number() OVER () AS line, array_to_string(e.icd10_codes, ' ') AS codes,
			COALESCE(concat_ws(' ', e.hcc_code, e.label), e.variable, e.kind) AS name
		FROM @panel@.score_explanation(hcc_page_terms.patient_id, hcc_page_terms.payment_year,
			NULL::text, NULL::timestamptz, NULL::bigint) e) t;
	markup := CASE WHEN counted IS NULL THEN @extschema@.hcc_html_missing(
			'no score of this patient is stored for this payment year'::text)
		ELSE @extschema@.hcc_html_pair(
			@extschema@.chart_bar('Terms of the raw score'::text, 'A bar for each term.'::text,
				labels, amounts),
			@extschema@.hcc_html_table(format('Terms of the raw score, %s', leading_model),
				'{Term,Variable,From,Points}'::text[], 'tktn'::text,
				counted || ARRAY[ARRAY['Raw score', '', '', raw::text]], true))
			|| CASE WHEN dropped IS NOT NULL THEN '<h3>What does not count</h3>'
				|| @extschema@.hcc_html_table('Terms that do not count'::text,
				'{Term,Why not,From}'::text[], 'ttt'::text, dropped) ELSE '' END END;
END
$panel$;
COMMENT ON FUNCTION @panel@.hcc_page_terms(@patient_id@, integer) IS
	'Part of patient_page_value: every term of the stored score.';

CREATE FUNCTION @panel@.hcc_page_path(patient_id @patient_id@, payment_year integer, program text,
	OUT markup text, OUT payment numeric)
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 10000
SET search_path = pg_catalog, pg_temp
AS $panel$
DECLARE
	models text[];
	steps numeric[];
	month smallint;
BEGIN
	-- the month of the payment score is the last one
	SELECT max(s.payment_month) INTO month FROM @panel@.patient_hcc_model_score s
	WHERE s.patient_id = hcc_page_path.patient_id
		AND s.payment_year = hcc_page_path.payment_year AND s.program = hcc_page_path.program;
	SELECT array_agg(ARRAY[concat_ws(' ', s.model_version, NULLIF(s.component, 'part_c'),
				s.segment, 'at', @extschema@.hcc_page_percent(s.blend_weight, 1)),
			s.raw_score::text, s.normalized_score::text, s.adjusted_score::text,
			s.weighted_score::text]
			ORDER BY s.component, s.blend_weight DESC, s.model_version),
		ARRAY[sum(s.raw_score * s.blend_weight),
			sum((s.normalized_score - s.raw_score) * s.blend_weight),
			sum((s.adjusted_score - s.normalized_score) * s.blend_weight),
			sum(s.weighted_score) - sum(s.adjusted_score * s.blend_weight), sum(s.weighted_score)],
		sum(s.weighted_score)
	INTO models, steps, payment FROM @panel@.patient_hcc_model_score s
	WHERE s.patient_id = hcc_page_path.patient_id
		AND s.payment_year = hcc_page_path.payment_year AND s.program = hcc_page_path.program
		AND s.payment_month = month;
	markup := CASE WHEN models IS NULL THEN @extschema@.hcc_html_missing(format(
			'no score of program %s is stored for this patient', program))
		ELSE CASE WHEN month > 0 THEN @extschema@.hcc_html_p(format('Month %s of %s.', month,
				payment_year), 'lead'::text) ELSE '' END
			|| @extschema@.hcc_html_pair(
			@extschema@.chart_waterfall('From raw score to payment score'::text, 'A waterfall: the '
				'raw score, what each step takes away, and the payment score.'::text,
				'{Raw score,Normalization,Coding adjustment,Rounding,Payment score}'::text[],
				ARRAY(SELECT round(s, 4) FROM unnest(steps) WITH ORDINALITY u (s, n)
					ORDER BY n)),
			@extschema@.hcc_html_table('By model; the parts add up to the payment score'::text,
				'{"Model, segment and weight",Raw,Normal,Adjusted,Part}'::text[], 'tnnnn'::text,
				models || ARRAY[ARRAY['Payment', '', '', '', payment::text]], true)) END;
END
$panel$;
COMMENT ON FUNCTION @panel@.hcc_page_path(@patient_id@, integer, text) IS
	'Part of patient_page_value: from raw score to payment.';

CREATE FUNCTION @panel@.hcc_page_diagnoses(patient_id @patient_id@, payment_year integer,
	model text, program text, without_list text) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE COST 100000
BEGIN ATOMIC
	SELECT @extschema@.hcc_html_table(format('Diagnoses of %s',
			hcc_page_diagnoses.payment_year - 1), '{Date,Code,Provider,Verdict,HCCs}'::text[],
		'dtckt'::text, array_agg(ARRAY[v.diagnosis_date::text, v.icd10_code, v.provider_npi,
			v.verdict || COALESCE(' by ' || array_to_string(v.superseded_by, ', '), ''),
			array_to_string(v.hcc_codes, ', ')]
			ORDER BY v.diagnosis_date, v.icd10_code, v.record_id))
		|| COALESCE((SELECT '<ul class="plain fine">' || string_agg(format('<li><b>%s</b>: %s</li>',
				@extschema@.html_escape(m.verdict), @extschema@.html_escape(
				@extschema@.hcc_page_verdict(m.verdict))), '' ORDER BY m.verdict) || '</ul>'
			FROM unnest(array_agg(DISTINCT v.verdict)) m (verdict)), '')
	FROM @panel@.dx_verdict(hcc_page_diagnoses.payment_year, hcc_page_diagnoses.patient_id,
		hcc_page_diagnoses.model, hcc_page_diagnoses.program, NULL::timestamptz, NULL::text,
		NULL::text, hcc_page_diagnoses.without_list) v;
END;
COMMENT ON FUNCTION @panel@.hcc_page_diagnoses(@patient_id@, integer, text, text, text) IS
	'Part of patient_page_value: every diagnosis of the year with its verdict.';

CREATE FUNCTION @panel@.hcc_page_values(patient_id @patient_id@, payment_year integer, model text,
	OUT markup text, OUT gaps bigint, OUT joint numeric)
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 10000
SET search_path = pg_catalog, pg_temp
AS $panel$
DECLARE
	cells text[];
BEGIN
	PERFORM @panel@.hcc_require_gaps(payment_year - 1, model, NULL::integer);
	SELECT array_agg(ARRAY[concat_ws(' ', g.hcc_code, g.label), replace(g.status, '_', ' ')
				|| COALESCE('; ' || COALESCE(g.excluded,
					'below ' || array_to_string(g.superseded_by, ', ')),
				'') || COALESCE('; gains ' || NULLIF(array_to_string(g.terms_gained, ' '), ''), ''),
			g.coefficient::text, g.value_raw::text, g.value_payment::text]
			ORDER BY g.value_payment DESC NULLS LAST, g.hcc_code),
		count(*) FILTER (WHERE @extschema@.hcc_gap_open(g.status, g.excluded, g.superseded_by))
	INTO cells, gaps
	FROM @panel@.hcc_gap_state_value(hcc_page_values.payment_year - 1, hcc_page_values.model,
		NULL::timestamptz, NULL::text, NULL::text) g
	WHERE g.patient_id = hcc_page_values.patient_id
		AND g.payment_year = hcc_page_values.payment_year;
	-- joint values are the same on each row of a patient and contract
	SELECT sum(c.joint) INTO joint FROM (
		SELECT g.contract_id, max(g.joint_payment) AS joint
		FROM @panel@.hcc_gap_state_value(hcc_page_values.payment_year - 1, hcc_page_values.model,
			NULL::timestamptz, NULL::text, NULL::text) g
		WHERE g.patient_id = hcc_page_values.patient_id
			AND g.payment_year = hcc_page_values.payment_year
			AND @extschema@.hcc_gap_open(g.status, g.excluded, g.superseded_by)
		GROUP BY g.contract_id) c;
	markup := CASE WHEN cells IS NULL THEN @extschema@.hcc_html_p(
			'There are no gaps of this patient, open or closed.'::text)
		ELSE @extschema@.hcc_html_p(format('What each gap adds by itself, or, if closed, adds now. '
			'Gaps act together: the open ones add %s to the payment score.',
			COALESCE(joint::text, 'nothing')), 'lead'::text)
			|| @extschema@.hcc_html_table(format('Gaps of %s', payment_year - 1),
				'{HCC,State,Term,Raw,Payment}'::text[], 'tcnnn'::text, cells)
			END;
END
$panel$;
COMMENT ON FUNCTION @panel@.hcc_page_values(@patient_id@, integer, text) IS
	'Part of patient_page_value: gaps with what they are worth.';

CREATE FUNCTION @panel@.patient_page_value(patient_id @patient_id@, payment_year integer,
	model text DEFAULT 'V28', program text DEFAULT 'MA', title text DEFAULT NULL,
	without_list text DEFAULT 'error') RETURNS text
LANGUAGE plpgsql STABLE PARALLEL UNSAFE COST 100000
SET search_path = pg_catalog, pg_temp
AS $panel$
DECLARE
	year integer := @extschema@.hcc_payment_year(payment_year);
	ids text[] := '{terms,path,diagnoses,gaps}'::text[];
	headings text[] := ARRAY['Every term', 'From raw score to payment', 'Every diagnosis',
		'Gaps and their value'];
	figures text[] := array_fill(NULL::text, ARRAY[4]);
	names text[] := ARRAY['Payment score ' || (payment_year), 'Raw score', 'Open gaps',
		'Joint value'];
	notes text[] := array_fill(NULL::text, ARRAY[4]);
	terms record;
	path record;
	gap record;
	markup text;
	missing text;
	hint text;
	parts text := '';
BEGIN
	PERFORM @extschema@.hcc_panel_current(@panel_name@::name, '@extversion@'::text),
		@extschema@.hcc_require_model(model), @extschema@.hcc_require_program(program);
	IF patient_id IS NULL THEN
		PERFORM @extschema@.hcc_raise('22004'::text,
			'argument "patient_id" needs a patient, not NULL'::text, NULL::text, NULL::text);
	END IF;
	FOR i IN 1 .. cardinality(ids) LOOP
		-- a section that cannot be made says so; the others are made
		BEGIN
			CASE ids[i]
				WHEN 'terms' THEN
					terms := @panel@.hcc_page_terms(patient_id, year);
					markup := terms.markup;
					figures[2] := terms.raw;
					notes[2] := terms.leading_model;
				WHEN 'path' THEN
					path := @panel@.hcc_page_path(patient_id, year, program);
					markup := path.markup;
					figures[1] := path.payment;
					notes[1] := 'of program ' || program;
				WHEN 'diagnoses' THEN
					markup := @panel@.hcc_page_diagnoses(patient_id, year, model, program,
						without_list);
				ELSE
					gap := @panel@.hcc_page_values(patient_id, year, model);
					markup := gap.markup;
					figures[3] := gap.gaps;
					figures[4] := gap.joint;
					notes[4] := 'of payment score';
			END CASE;
		EXCEPTION WHEN object_not_in_prerequisite_state OR insufficient_privilege
			OR undefined_object THEN
			GET STACKED DIAGNOSTICS missing = MESSAGE_TEXT, hint = PG_EXCEPTION_HINT;
			markup := @extschema@.hcc_html_missing(missing, hint);
		END;
		parts := parts || @extschema@.hcc_html_section(ids[i], headings[i], markup);
	END LOOP;
	BEGIN
		markup := @panel@.hcc_page_runs(year, NULL::timestamptz, model);
	EXCEPTION WHEN insufficient_privilege THEN
		markup := @extschema@.hcc_html_missing(SQLERRM);
	END;
	RETURN @extschema@.hcc_html_page(COALESCE(title, format('Patient %s, payment year %s',
			patient_id, year)),
		concat_ws('. ', @panel@.hcc_page_person(patient_id, year),
			format('Services of %s, paid in %s', year - 1, year), 'Gaps by ' || model,
			'Made ' || to_char(now(), 'FMDD FMMonth YYYY HH24:MI')) || '.',
		@extschema@.hcc_html_nav(ids, headings),
		@extschema@.hcc_html_tiles(names, figures, notes) || parts,
		format('<h2>Where this is from</h2><p>hccraf @extversion@, made %s by %s. This page holds '
			'health information of a person.</p>%s', to_char(now(), 'YYYY-MM-DD HH24:MI TZ'),
			@extschema@.html_escape(session_user), markup));
END
$panel$;
COMMENT ON FUNCTION @panel@.patient_page_value(@patient_id@, integer, text, text, text, text) IS
	'What makes a patient''s score, and what are gaps worth, as one HTML document for analysts?';
REVOKE EXECUTE ON FUNCTION @panel@.patient_page_value(@patient_id@, integer, text, text, text, text)
	FROM PUBLIC;
