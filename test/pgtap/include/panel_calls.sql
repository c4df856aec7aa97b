-- For tests of every function of a panel: its call with fitting constants in place of the
-- arguments that must be, and of those named besides; NULL: of all.
CREATE FUNCTION pg_temp.constant(argument text, type regtype, patient text) RETURNS text
LANGUAGE sql AS $$
	SELECT COALESCE(v.value, CASE
		WHEN $2 IN ('integer'::regtype, 'bigint'::regtype, 'numeric'::regtype) THEN '1'
		WHEN $2 = 'boolean'::regtype THEN 'false'
		WHEN $2 = 'timestamptz'::regtype THEN quote_literal('2026-06-30')
		WHEN $2 = 'date'::regtype THEN quote_literal('2025-06-30')
		WHEN $2::text LIKE '%[]' THEN quote_literal('{}')
		WHEN $2 = 'jsonb'::regtype THEN quote_literal('{}')
		WHEN $2 = 'regclass'::regtype THEN quote_literal('pg_class')
		WHEN $2 = 'text'::regtype THEN quote_literal('x')
		WHEN $2 = 'uuid'::regtype THEN quote_literal(md5('x'))
		ELSE 'NULL' END) || '::' || $2
	FROM (SELECT) one LEFT JOIN (VALUES ('payment_year', '2026'), ('collection_year', '2025'),
		('first_year', '2024'), ('last_year', '2025'), ('look_back', '2'), ('years', '2'),
		('model', '''V28'''), ('old_model', '''V24'''), ('new_model', '''V28'''),
		('program', '''MA'''), ('policy', '''conservative'''), ('without_list', '''accept'''),
		('denominator', '''all'''), ('group_by', '''provider'''), ('programs', '''{MA}'''),
		('models', '''{V28}'''), ('patient_id', quote_literal($3)), ('patient', quote_literal($3)),
		('diagnosis_id', quote_literal($3)), ('item', quote_literal(md5('item')::uuid)),
		('patients', quote_literal(ARRAY[$3]::text))) v (name, value) ON v.name = $1
$$;
CREATE FUNCTION pg_temp.call(routine regprocedure, patient text, besides text[] DEFAULT '{}')
	RETURNS text
LANGUAGE sql AS $$
	SELECT format('%I.%I(%s)', n.nspname, p.proname, COALESCE(string_agg(format('%s => %s',
			p.proargnames[a.n], pg_temp.constant(p.proargnames[a.n], a.type, $2)),
		', ' ORDER BY a.n)
		FILTER (WHERE a.n IS NOT NULL AND (a.n <= p.pronargs - p.pronargdefaults
			OR $3 IS NULL OR p.proargnames[a.n] = ANY ($3))), ''))
	FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
		LEFT JOIN LATERAL unnest(p.proargtypes::regtype[]) WITH ORDINALITY a (type, n) ON true
	WHERE p.oid = $1 GROUP BY n.nspname, p.proname
$$;
