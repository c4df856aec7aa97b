-- A provider's page: the provider's panel beside all others, and what a conversation may begin
-- with. It is written to help, not to judge: no rank, no colour for bad, no score, no dollar; a
-- comparison only where there are patients enough.

CREATE FUNCTION @panel@.hcc_page_peers(npi text, payment_year integer, as_of timestamptz,
	model text, program text, min_patients integer, without_list text, OUT markup text,
	OUT figures text[], OUT notes text[])
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 1000000
SET search_path = pg_catalog, pg_temp
AS $panel$
DECLARE
	own record;
	labels text[] := ARRAY['Patients seen this year', 'Conditions documented again',
		'Unspecified where a specific code was known'];
	rates numeric[];
	peers numeric[];
	gaps_known boolean := @panel@.hcc_gaps_computed(payment_year - 1, model, NULL::integer);
BEGIN
	WITH panel AS MATERIALIZED (
		SELECT p.* FROM @panel@.provider_panel(hcc_page_peers.payment_year - 1,
			hcc_page_peers.model, hcc_page_peers.program, hcc_page_peers.as_of, NULL::text,
			NULL::text, hcc_page_peers.min_patients, hcc_page_peers.without_list) p
	)
	SELECT p.*, r.* INTO own
	FROM panel p CROSS JOIN (
			SELECT round(sum(o.seen)::numeric / NULLIF(sum(o.patients), 0), 4) AS peer_seen,
				percentile_disc(0.5) WITHIN GROUP (ORDER BY o.unspecified_rate)
					FILTER (WHERE NOT o.suppressed) AS peer_unspecified
			FROM panel o WHERE o.provider_npi IS DISTINCT FROM hcc_page_peers.npi) r
	WHERE p.provider_npi = hcc_page_peers.npi;
	IF own IS NULL OR own.patients IS NULL THEN
		markup := @extschema@.hcc_html_missing(format('no patient of payment year %s is attributed '
			'to this provider', payment_year));
		RETURN;
	END IF;
	rates := ARRAY[own.seen_rate, own.rate_strict, own.unspecified_rate];
	peers := CASE WHEN own.suppressed THEN array_fill(NULL::numeric, ARRAY[3])
		ELSE ARRAY[own.peer_seen, own.peer_rate_strict, own.peer_unspecified] END;
	figures := ARRAY[@extschema@.hcc_page_number(own.patients),
		round(100 * own.seen_rate, 1) || ' %', round(100 * own.rate_strict, 1) || ' %',
		@extschema@.hcc_page_number(own.gaps_open)];
	notes := ARRAY[format('of %s in the panel', @extschema@.hcc_page_number(own.patients
			+ own.peer_patients)), format('%s patients', @extschema@.hcc_page_number(own.seen)),
		CASE WHEN gaps_known THEN format('%s of %s', @extschema@.hcc_page_number(own.gaps_closed),
			@extschema@.hcc_page_number(own.gaps)) ELSE 'not computed' END,
		CASE WHEN gaps_known THEN 'to assess, in all' ELSE 'not computed' END];
	markup := @extschema@.hcc_html_p('Differences have many causes: whom one sees, who else writes '
			'the notes, when claims arrive. They are where a conversation can begin.'::text,
			'lead'::text)
		|| CASE WHEN own.suppressed THEN @extschema@.hcc_html_p(format('With fewer than %s '
				'patients a comparison with others would say little, and none is shown.',
				min_patients))
			ELSE '' END
		|| CASE WHEN gaps_known THEN '' ELSE @extschema@.hcc_html_missing(format('the gaps of '
			'collection year %s, and so what is documented again', payment_year - 1), format(
			'CALL %I.refresh_gaps(%s);', @panel_name@, payment_year - 1)) END
		|| @extschema@.hcc_html_pair(
			@extschema@.chart_bar('Beside others'::text, 'A bar for each measure, with a mark '
				'where the other providers are.'::text, labels, rates, '%'::text, peers)
			|| CASE WHEN own.suppressed THEN '' ELSE @extschema@.hcc_html_p(
				'The mark is where the others are.'::text, 'fine'::text) END,
			@extschema@.hcc_html_table('Beside others'::text, '{Measure,Here,Others}'::text[],
				'tnn'::text, (SELECT array_agg(ARRAY[u.label,
					@extschema@.hcc_page_percent(u.rate, 1),
					@extschema@.hcc_page_percent(u.peer, 1)] ORDER BY u.n)
				FROM unnest(labels, rates, peers) WITH ORDINALITY u (label, rate, peer, n)))
			|| @extschema@.hcc_html_p('Others: of all other providers together; of unspecified '
				'codes, the middle one of them.'::text, 'fine'::text));
END
$panel$;
COMMENT ON FUNCTION @panel@.hcc_page_peers(text, integer, timestamptz, text, text, integer, text) IS
	'Part of provider_page: the provider''s panel beside all others.';

CREATE FUNCTION @panel@.hcc_page_conditions(npi text, payment_year integer, as_of timestamptz,
	model text) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE COST 100000
BEGIN ATOMIC
	SELECT CASE WHEN count(*) = 0 THEN @extschema@.hcc_html_p('Nothing is waiting.'::text)
		ELSE @extschema@.hcc_html_p('Documented before, of patients of this provider, and not yet '
				'this year. Whether they are present is for the visit to say.'::text, 'lead'::text)
			|| @extschema@.hcc_html_pair(
				@extschema@.chart_bar('Conditions to assess'::text, 'A bar of the number of '
					'patients for each condition.'::text,
					array_agg(c.label ORDER BY c.n) FILTER (WHERE c.n <= 10),
					array_agg(c.patients ORDER BY c.n) FILTER (WHERE c.n <= 10)),
				@extschema@.hcc_html_table('Conditions to assess'::text,
					'{Condition,Longest waiting,Patients}'::text[], 'tdn'::text,
					array_agg(ARRAY[c.label, c.oldest::text,
						@extschema@.hcc_page_number(c.patients)] ORDER BY c.n))) END
	FROM (SELECT row_number() OVER (ORDER BY count(*) DESC, min(g.label), g.hcc_code) AS n,
			COALESCE(min(g.label), 'HCC ' || g.hcc_code) AS label,
			count(DISTINCT g.patient_id)::numeric AS patients, min(g.base_date) AS oldest
		FROM @panel@.recapture_gap(hcc_page_conditions.payment_year - 1, hcc_page_conditions.model,
			hcc_page_conditions.as_of, NULL::text, hcc_page_conditions.npi) g
		GROUP BY g.hcc_code) c;
END;
COMMENT ON FUNCTION @panel@.hcc_page_conditions(text, integer, timestamptz, text) IS
	'Part of provider_page: conditions to assess, by number of patients.';

-- Of each kind of note the newest first, in turn, so that five notes show more than one kind.
CREATE FUNCTION @panel@.hcc_page_notes(npi text, payment_year integer, as_of timestamptz,
	model text, program text, without_list text) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE COST 1000000
BEGIN ATOMIC
	SELECT CASE WHEN count(*) = 0 THEN @extschema@.hcc_html_p(
			'No note of this year stands out.'::text)
		ELSE @extschema@.hcc_html_p('Notes where a second look may help, of several kinds, the '
				'newest first. A note here may well be right as it is.'::text, 'lead'::text)
			|| @extschema@.hcc_html_table('Five notes'::text,
				'{Patient,Date,About,What to look at}'::text[], 'cdtt'::text,
				array_agg(ARRAY[f.patient, f.day::text, f.about, f.what] ORDER BY f.turn, f.kind))
			END
	FROM (
		SELECT n.*, row_number() OVER (ORDER BY n.turn, n.kind) AS place
		FROM (
			SELECT k.*, row_number() OVER (PARTITION BY k.kind ORDER BY k.day DESC NULLS LAST,
				k.patient, k.about) AS turn
			FROM (
				SELECT 1 AS kind, w.patient_id::text AS patient, w.evidence_date AS day,
					COALESCE(w.label, 'HCC ' || w.hcc_code) AS about,
					CASE w.status WHEN 'pending' THEN 'Its record is still under way'
						ELSE 'Its record does not count as it is: '
							|| @extschema@.hcc_page_verdict(w.reason) END AS what
				FROM @panel@.late_window(hcc_page_notes.payment_year - 1, hcc_page_notes.model,
					hcc_page_notes.as_of) w
				WHERE w.evidence_npi = hcc_page_notes.npi
				UNION ALL
				SELECT 2, t.patient_id::text, t.last_date,
					COALESCE(t.label, 'HCC ' || t.hcc_code),
					upper(left(t.detail, 1)) || substr(t.detail, 2)
				FROM @panel@.two_way(hcc_page_notes.payment_year - 1, hcc_page_notes.model, 0,
					NULL::text[], hcc_page_notes.program, hcc_page_notes.as_of,
					without_list => hcc_page_notes.without_list) t
				WHERE hcc_page_notes.npi = ANY (t.coded_by)
					AND t.reason NOT IN ('once_only', 'single_provider')
				UNION ALL
				SELECT 3, s.patient_id::text, s.coded_on, c.label,
					format('A more specific form was documented before, last on %s',
						s.last_evidence)
				FROM @panel@.specificity(hcc_page_notes.payment_year - 1, hcc_page_notes.model,
						program => hcc_page_notes.program, as_of => hcc_page_notes.as_of,
						without_list => hcc_page_notes.without_list) s
					CROSS JOIN LATERAL (SELECT COALESCE(string_agg(g.label, '; '),
							'HCC ' || array_to_string(s.hcc_codes, ', ')) AS label
						FROM unnest(s.hcc_codes) h (code) JOIN @extschema@.hcc_category g
							ON g.model_version = hcc_page_notes.model AND g.hcc_code = h.code) c
				WHERE s.coded_by = hcc_page_notes.npi AND s.routed_to = 'provider'
			) k
		) n
	) f
	WHERE f.place <= 5;
END;
COMMENT ON FUNCTION @panel@.hcc_page_notes(text, integer, timestamptz, text, text, text) IS
	'Part of provider_page: five notes worth a second look.';

CREATE FUNCTION @panel@.hcc_page_feedback(npi text, payment_year integer, as_of timestamptz,
	model text, program text, without_list text) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE COST 1000000
BEGIN ATOMIC
	SELECT CASE WHEN count(*) = 0 THEN @extschema@.hcc_html_p(
			'There are no diagnoses of this provider that the models know.'::text)
		ELSE @extschema@.hcc_html_p('Diagnoses on records of this provider that did not count, and '
				'answers about conditions. Most reasons are the record''s form, not the medicine.'
				::text, 'lead'::text)
			|| @extschema@.hcc_html_table('By quarter'::text,
				'{Quarter,Reason,Cases,Diagnoses,Counted}'::text[], 'ttnnn'::text,
				array_agg(ARRAY[to_char(f.quarter, 'YYYY "Q"Q'), CASE f.source
					WHEN 'answer' THEN 'Answered: ' || COALESCE(k.label, f.reason)
					WHEN 'ok' THEN 'All counted' ELSE @extschema@.hcc_page_verdict(f.reason) END,
					@extschema@.hcc_page_number(f.cases), @extschema@.hcc_page_number(f.diagnoses),
					@extschema@.hcc_page_percent(f.accuracy, 1)]
					ORDER BY f.quarter, f.source DESC, f.cases DESC, f.reason)) END
	FROM @panel@.cdi_feedback(hcc_page_feedback.payment_year - 1, hcc_page_feedback.model,
			hcc_page_feedback.program, hcc_page_feedback.as_of,
			provider => hcc_page_feedback.npi,
			without_list => hcc_page_feedback.without_list) f
		LEFT JOIN @extschema@.hcc_gap_event_kind k ON k.event = f.reason;
END;
COMMENT ON FUNCTION @panel@.hcc_page_feedback(text, integer, timestamptz, text, text, text) IS
	'Part of provider_page: why diagnoses did not count, and what was answered.';

CREATE FUNCTION @panel@.provider_page(npi text, payment_year integer,
	as_of timestamptz DEFAULT NULL, model text DEFAULT 'V28', program text DEFAULT 'MA',
	min_patients integer DEFAULT 30, title text DEFAULT NULL, without_list text DEFAULT 'error')
	RETURNS text
LANGUAGE plpgsql STABLE PARALLEL UNSAFE COST 1000000
SET search_path = pg_catalog, pg_temp
AS $panel$
DECLARE
	year integer := @extschema@.hcc_payment_year(payment_year);
	provider text := @extschema@.hcc_npi(npi);
	ids text[] := '{peers,conditions,notes,feedback}'::text[];
	headings text[] := ARRAY['Beside others', 'Conditions to assess',
		'Five notes worth a second look', 'What did not count'];
	part record;
	tiles text := '';
	markup text;
	missing text;
	hint text;
	parts text := '';
BEGIN
	PERFORM @extschema@.hcc_panel_current(@panel_name@::name, '@extversion@'::text),
		@extschema@.hcc_require_model(model), @extschema@.hcc_require_program(program),
		@extschema@.hcc_check_number('min_patients'::text, min_patients, 0, 2147483647);
	IF provider IS NULL THEN
		PERFORM @extschema@.hcc_raise('22004'::text,
			'argument "npi" needs a provider, not NULL'::text, NULL::text, NULL::text);
	END IF;
	FOR i IN 1 .. cardinality(ids) LOOP
		-- a section that cannot be made says so; the others are made
		BEGIN
			CASE ids[i]
				WHEN 'peers' THEN
					part := @panel@.hcc_page_peers(provider, year, as_of, model, program,
						min_patients, without_list);
					markup := part.markup;
					IF part.figures IS NOT NULL THEN
						tiles := @extschema@.hcc_html_tiles(
							'{Patients,Seen this year,Documented again,Conditions open}'::text[],
							part.figures, part.notes);
					END IF;
				WHEN 'conditions' THEN
					PERFORM @panel@.hcc_require_gaps(year - 1, model, NULL::integer);
					markup := @panel@.hcc_page_conditions(provider, year, as_of, model);
				WHEN 'notes' THEN
					markup := @panel@.hcc_page_notes(provider, year, as_of, model, program,
						without_list);
				ELSE
					markup := @panel@.hcc_page_feedback(provider, year, as_of, model, program,
						without_list);
			END CASE;
		EXCEPTION WHEN object_not_in_prerequisite_state OR insufficient_privilege
			OR undefined_object THEN
			GET STACKED DIAGNOSTICS missing = MESSAGE_TEXT, hint = PG_EXCEPTION_HINT;
			markup := @extschema@.hcc_html_missing(missing, hint);
		END;
		parts := parts || @extschema@.hcc_html_section(ids[i], headings[i], markup);
	END LOOP;
	RETURN @extschema@.hcc_html_page(COALESCE(title, 'Provider ' || provider),
		concat_ws('. ', format('Services of %s', year - 1), CASE WHEN as_of IS NOT NULL
			THEN 'As of ' || to_char(as_of, 'FMDD FMMonth YYYY HH24:MI') END,
			'Made ' || to_char(now(), 'FMDD FMMonth YYYY HH24:MI')) || '.',
		@extschema@.hcc_html_nav(ids, headings), tiles || parts,
		format('<p>hccraf @extversion@, made %s by %s. Notes of patients: health information.</p>',
			to_char(now(), 'YYYY-MM-DD HH24:MI TZ'), @extschema@.html_escape(session_user)));
END
$panel$;
COMMENT ON FUNCTION @panel@.provider_page(text, integer, timestamptz, text, text, integer, text,
	text) IS
	'How does a provider''s panel stand beside others, as one HTML document without values?';
