-- Members of X12 834 as the expectations write them
CREATE TEMPORARY TABLE action AS SELECT * FROM (VALUES ('change', '001'), ('add', '021'),
	('end', '024'), ('reinstate', '025'), ('correct', '026'), ('compare', '030')) a (word, code);
CREATE TEMPORARY TABLE date_name AS SELECT * FROM (VALUES ('303', 'maintenance_effective'),
	('336', 'employment_begin'), ('337', 'employment_end'), ('338', 'medicare_begin'),
	('339', 'medicare_end'), ('350', 'education_begin'), ('351', 'education_end'),
	('356', 'eligibility_begin'), ('357', 'eligibility_end'), ('473', 'medicaid_begin'),
	('474', 'medicaid_end')) d (code, name);

INSERT INTO got
SELECT s.format, s.name, jsonb_build_object('file', s.name, 'kind', 'member',
	'subscriber', p.subscriber, 'relationship', p.relation,
	'action', (SELECT code FROM action a WHERE a.word = p.action), 'reason', p.reason,
	'member', p.attributes -> 'refs' -> '0F' -> 0,
	'mbi', (SELECT i.value FROM unnest(p.identifiers) i WHERE i.system = 'mbi'),
	'medicaid_id', (SELECT i.value FROM unnest(p.identifiers) i WHERE i.system = 'medicaid'),
	'group', p.attributes -> 'refs' -> '1L' -> 0, 'dob', p.date_of_birth, 'sex', p.sex,
	'death', p.date_of_death, 'name', p.member_name,
	'dates', (SELECT jsonb_object_agg(COALESCE(n.name, d.key), d.value)
		FROM jsonb_each(p.attributes -> 'dates') d LEFT JOIN date_name n ON n.code = d.key),
	'coverage', (SELECT jsonb_agg(jsonb_build_object(
			'action', (SELECT code FROM action a WHERE a.word = c.action), 'line', c.line,
			'plan', NULLIF(concat_ws('-', c.contract_id, c.plan_id), ''), 'from', c.span_from,
			'to', c.span_to) ORDER BY c.n)
		FROM unnest(p.spans) WITH ORDINALITY
			c (kind, action, line, contract_id, plan_id, span_from, span_to, n)
		WHERE c.kind = 'enrolment')) || (p.attributes - 'dates')
FROM sample s CROSS JOIN LATERAL x12_834(s.content) p
WHERE s.format = 'x12_834' AND p.scope = 'person';
