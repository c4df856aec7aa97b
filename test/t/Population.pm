# A population to score, the same in every run, and what should come of it,
# computed one patient at a time without the queries of the job.
package Population;
use strict;
use warnings;
use Exporter 'import';
our @EXPORT = qw(fill diagnoses wanted_scores wanted_models scores models model_scores);

# What the random rows are chosen by: the same number for the same question
my $chance = q{
	CREATE OR REPLACE FUNCTION public.chance(p integer, question text, of integer) RETURNS integer
	LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN (hashtext(question || p) & 2147483647) % of;
};

# People and their diagnoses of the payment years 2024 to 2027, with all that a
# record can say, corrections of both, and months of their own for some.
sub fill
{
	my ($schema, %option) = @_;
	my $people = $option{people} // 1500;
	my $setup = $option{partitioned} ? ', partitioned => true, partitions => 4' : '';
	# A run for a payment year without parameters for ESRD cannot have people with it.
	return qq{
	$chance
	CREATE SCHEMA IF NOT EXISTS $schema;
	SELECT hccraf_setup('$schema'$setup);
	INSERT INTO eligible_procedure (service_year, procedure_code)
		SELECT y, '99213' FROM generate_series(2023, 2026) y ON CONFLICT DO NOTHING;
	INSERT INTO payment_year_parameter (payment_year, program, component, model_version, calibration, normalization_factor,
		coding_pattern_adjustment, blend_weight, confidence)
	SELECT 2025, program, component, model_version, calibration, 1.05, 0.059, 1, 'high'
	FROM payment_year_parameter WHERE payment_year = 2026 AND program = 'MA' AND component <> 'part_c'
		AND NOT EXISTS (SELECT FROM payment_year_parameter WHERE payment_year = 2025 AND custom);

	INSERT INTO $schema.patient_demographic (patient_id, payment_year, payment_month, date_of_birth, sex, orec, dual_status, new_enrollee,
		snp, lti, low_income, esrd, graft_months, graft_date, plan_switcher, known_at)
	SELECT md5(p::text)::uuid, y, m, date '1925-01-01' + chance(p, 'birth', 28000), (ARRAY['F', 'M', '2', '1'])[1 + chance(p, 'sex', 4)],
		CASE WHEN chance(p, 'birth', 28000) > 22000 THEN (ARRAY['1', '1', '3'])[1 + chance(p, 'orec', 3)]
			ELSE (ARRAY['0', '0', '0', '1', '2'])[1 + chance(p, 'orec', 5)] END,
		(ARRAY[NULL, NULL, '02', '01', '08', '00'])[1 + chance(p * 13 + m, 'dual' || y || c, 6)], chance(p, 'new' || y, 10) = 0,
		chance(p, 'snp', 10) = 0, chance(p, 'lti' || y || c, 12) = 0, chance(p, 'low', 5) = 0,
		CASE WHEN e < 90 THEN 'none' WHEN e < 93 THEN 'dialysis' WHEN e < 96 THEN 'transplant' ELSE 'graft' END,
		CASE WHEN e IN (93, 96) THEN 2 WHEN e IN (94, 97) THEN 11 END,
		-- a month is not paid as one after a transplant that is still to come
		CASE WHEN e IN (95, 98) THEN LEAST(make_date(y - 1, 12, 1) + chance(p, 'graft', 100),
			CASE WHEN m > 0 THEN make_date(y, m, 28) END) END,
		chance(p, 'switch' || y || c, 15) = 0, timestamptz '2026-01-01' + (p % 100 + 60 * c) * interval '1 day'
	FROM generate_series(1, $people) p, generate_series(2024, 2027) y, generate_series(0, 1) c,
		generate_series(CASE WHEN chance(p, 'monthly', 20) = 0 THEN 1 ELSE 0 END, CASE WHEN chance(p, 'monthly', 20) = 0 THEN 3 ELSE 0 END) m,
		LATERAL (SELECT chance(p, 'esrd' || c, 100) AS e) e
	WHERE (c = 0 OR chance(p, 'corrected', 6) = 0) AND chance(p, 'there' || y, 20) > 0;
	} . diagnoses($schema, 1, 8 * $people, $people);
}

# Rows number $first to $last; one in ten takes something back.
sub diagnoses
{
	my ($schema, $first, $last, $people) = @_;
	return qq{
	INSERT INTO $schema.patient_diagnosis_hcc (id, patient_id, encounter_id, icd10_code, diagnosis_date, claim_type, bill_type,
		procedure_codes, modifiers, record_source, record_action, linked_encounter_id, submission, is_valid_encounter, known_at)
	SELECT md5('d' || d)::uuid, md5((1 + chance(d, 'who', $people + 5))::text)::uuid, md5('e' || d / 2)::uuid,
		CASE chance(d, 'code', 12) WHEN 0 THEN 'Z0000' WHEN 1 THEN 'I10' WHEN 2 THEN ' e11.9' WHEN 3 THEN 'E1165' WHEN 4 THEN 'I5022'
			ELSE c.codes[1 + chance(d, 'which', cardinality(c.codes))] END,
		date '2022-12-01' + chance(d, 'day', 1500), t, CASE WHEN t = 'institutional' THEN (ARRAY['111', '131', '211', '0111', '118', '137'])[1 + chance(d, 'bill', 6)] END,
		CASE WHEN chance(d, 'procedure', 3) > 0 THEN '{80053,99213}'::text[] ELSE '{80053}' END,
		CASE WHEN chance(d, 'audio', 10) = 0 THEN '{93}'::text[] END,
		(ARRAY['encounter', 'encounter', 'encounter', 'linked_chart_review', 'unlinked_chart_review', 'raps'])[1 + chance(d, 'source', 6)],
		'add', NULL, CASE chance(d, 'submission', 20) WHEN 0 THEN 'rejected' WHEN 1 THEN 'accepted' END, chance(d, 'valid', 20) > 0,
		timestamptz '2026-01-01' + chance(d, 'known', 200) * interval '1 day'
	FROM (SELECT array_agg(DISTINCT icd10_code COLLATE "C") AS codes FROM hcc_crosswalk
			WHERE model_version IN ('V22', 'V24', 'V28', 'RX_V08', 'ESRD_V24')) c, generate_series($first, $last) d,
		LATERAL (SELECT (ARRAY[NULL, NULL, NULL, 'professional', 'institutional', 'dme'])[1 + chance(d, 'claim', 6)] AS t) t;

	INSERT INTO $schema.patient_diagnosis_hcc (id, patient_id, encounter_id, icd10_code, diagnosis_date, record_action,
		linked_encounter_id, known_at)
	SELECT md5('c' || d)::uuid, o.patient_id, CASE WHEN k >= 4 THEN o.encounter_id ELSE md5('n' || d)::uuid END,
		CASE WHEN k = 3 THEN 'I5022' ELSE o.icd10_code END, o.diagnosis_date,
		(ARRAY['delete', 'delete', 'void', 'replace', 'replace', 'void', 'replace', 'delete'])[1 + k], CASE WHEN k BETWEEN 1 AND 4 THEN o.encounter_id END,
		timestamptz '2026-01-01' + chance(d, 'taken', 250) * interval '1 day'
	FROM generate_series($first, $last, 10) d JOIN $schema.patient_diagnosis_hcc o ON o.id = md5('d' || d)::uuid,
		LATERAL (SELECT chance(d, 'kind', 8) AS k) k;
	};
}

# Who was known at a time, with the codes that count; a table of people
sub people
{
	my ($schema, $year, %option) = @_;
	my $at = $option{known_at} ? "'$option{known_at}'::timestamptz" : "'infinity'::timestamptz";
	my $program = $option{program} // 'MA';
	my $from = $option{service_from} // ($year - 1) . '-01-01';
	my $to = $option{service_to} // ($year - 1) . '-12-31';
	return qq{
	CREATE TEMP TABLE known_demographic AS
	SELECT * FROM $schema.patient_demographic d WHERE payment_year = $year AND known_at <= $at
		AND known_at = (SELECT max(known_at) FROM $schema.patient_demographic x WHERE (x.patient_id, x.payment_year, x.payment_month)
			= (d.patient_id, d.payment_year, d.payment_month) AND known_at <= $at);
	-- who has no row of the payment year is as in the year before
	CREATE TEMP TABLE switcher AS
	SELECT patient_id FROM $schema.patient_demographic d WHERE known_at <= $at AND plan_switcher
		AND (payment_year = $year OR payment_year = $year - 1 AND patient_id NOT IN (SELECT patient_id FROM known_demographic))
		AND known_at = (SELECT max(known_at) FROM $schema.patient_demographic x WHERE (x.patient_id, x.payment_year, x.payment_month)
			= (d.patient_id, d.payment_year, d.payment_month) AND known_at <= $at);
	CREATE TEMP TABLE known_diagnosis AS SELECT *, COALESCE(linked_encounter_id, encounter_id) AS target,
		CASE WHEN record_action <> 'add' OR claim_type IS DISTINCT FROM 'institutional' THEN record_action
			WHEN bill_type LIKE '%8' THEN 'void' WHEN bill_type LIKE '%7' THEN 'replace' ELSE 'add' END AS action
	FROM $schema.patient_diagnosis_hcc WHERE known_at <= $at;
	CREATE INDEX ON known_diagnosis (patient_id);
	ANALYZE known_diagnosis;
	CREATE TEMP TABLE verdict AS
	SELECT d.id, d.patient_id, d.icd10_code, d.diagnosis_date, d.record_source, encounter_verdict($year, '$program', d.icd10_code, d.diagnosis_date,
		d.claim_type, d.bill_type, d.procedure_codes, d.modifiers, d.place_of_service, d.record_source,
		CASE WHEN d.action = 'void' THEN 'voided' WHEN d.action = 'delete' THEN 'deleted'
			WHEN EXISTS (SELECT FROM known_diagnosis c WHERE c.patient_id = d.patient_id AND c.target = d.encounter_id AND c.action IN ('void', 'replace')
				-- of one moment: adds, then replacements, then voids
				AND (c.known_at, c.action) > (d.known_at, CASE d.action WHEN 'add' THEN 'a' ELSE d.action END)) THEN 'voided'
			WHEN EXISTS (SELECT FROM known_diagnosis c WHERE c.patient_id = d.patient_id AND c.record_action = 'delete' AND c.known_at >= d.known_at
				AND upper(replace(trim(c.icd10_code), '.', '')) = upper(replace(trim(d.icd10_code), '.', ''))
				AND CASE WHEN c.linked_encounter_id IS NOT NULL THEN c.linked_encounter_id = d.encounter_id
					WHEN EXISTS (SELECT FROM known_diagnosis o WHERE o.patient_id = c.patient_id AND o.encounter_id = c.encounter_id AND o.record_action <> 'delete')
						THEN c.encounter_id = d.encounter_id
					ELSE c.diagnosis_date = d.diagnosis_date END) THEN 'deleted' END,
		d.submission, d.is_valid_encounter,
		EXISTS (SELECT FROM switcher k WHERE k.patient_id = d.patient_id),
		d.diagnosis_date < '$from' OR d.diagnosis_date > '$to', seen_at => LEAST($at, now())) AS verdict
	FROM known_diagnosis d WHERE d.diagnosis_date BETWEEN '$from' AND '$to';
	CREATE TEMP TABLE person AS
	SELECT d.*, a.age,
		payment_month = (SELECT max(payment_month) FROM known_demographic x WHERE x.patient_id = d.patient_id) AS latest,
		ARRAY(SELECT icd10_code FROM verdict v WHERE v.patient_id = d.patient_id AND v.verdict = 'ok') AS codes,
		beneficiary(a.age, sex, orec, dual_status, new_enrollee, snp, lti, low_income,
			CASE WHEN esrd NOT IN ('transplant', 'graft') OR g.months IS NULL THEN esrd
				WHEN g.months < 4 THEN 'transplant' ELSE 'graft' END, g.months) AS who
	FROM known_demographic d,
		LATERAL (SELECT date_part('year', age(make_date($year, 2, 1), date_of_birth))::integer AS age) a,
		LATERAL (SELECT CASE WHEN esrd IN ('transplant', 'graft') THEN COALESCE(graft_months, CASE WHEN graft_date IS NOT NULL THEN GREATEST(1,
			12 * ($year - date_part('year', graft_date)) + GREATEST(payment_month, 1) - date_part('month', graft_date) + 1)::integer END) END AS months) g;
	};
}

# Every column of patient_hcc_score but those that differ between runs
my $score_columns = 'patient_id, payment_year, data_collection_year, age, gender, medicaid_status, disabled_status, institutional_status,
	demographic_score, hcc_list, disease_score, interaction_score, raf_score, program, component, model_version, calibration, segment,
	raw_score, icd10_codes, beneficiary';
my $model_columns = 'patient_id, payment_year, payment_month, program, component, model_version, calibration, segment, hcc_list,
	demographic_score, disease_score, interaction_score, raw_score, normalized_score, adjusted_score, blend_weight, weighted_score';

# Of temporary tables person and verdict, as made by people(): what each model
# of each program gives, from raf_explain and the rows of payment_year_parameter.
sub wanted_models
{
	my ($schema, $year, %option) = @_;
	my $programs = join ', ', map { "'$_'" } $option{program} // 'MA', @{ $option{other_programs} // [] };
	my $main = $option{program} // 'MA';
	my $low = $option{allow_low_confidence} // 'false';
	my $component = $option{component} ? "'$option{component}'" : 'NULL';
	return people($schema, $year, %option) . qq{
	CREATE TEMP TABLE parameter AS
	SELECT DISTINCT ON (program, component, model_version, calibration) * FROM payment_year_parameter
	WHERE payment_year = $year AND program IN ($programs) ORDER BY program, component, model_version, calibration, custom DESC;
	CREATE TEMP TABLE wanted_model AS
	SELECT $model_columns, payment_score, leads FROM (
		SELECT patient_id, $year AS payment_year, payment_month, y.program, y.component, y.model_version,
			y.calibration, raf_segment(who, y.model_version, $year) AS segment,
			COALESCE(hccs, '{}') AS hcc_list, s.raw - hcc - interaction AS demographic_score, hcc AS disease_score,
			interaction AS interaction_score, s.raw AS raw_score, n.normalized AS normalized_score, a.adjusted AS adjusted_score,
			y.blend_weight, round(a.adjusted * y.blend_weight, 3) AS weighted_score,
			-- of codes, where all models take the same; else what their parts add up to
			CASE WHEN EXISTS (SELECT FROM parameter m WHERE (m.program, m.component) = (y.program, y.component) AND m.record_sources IS NOT NULL)
				THEN sum(round(a.adjusted * y.blend_weight, 3)) OVER (PARTITION BY patient_id, payment_month, y.program)
				ELSE raf_payment(codes, who, $year, y.program, CASE WHEN y.program = '$main' THEN $component END, true, $low) END AS payment_score,
			y.blend_weight = (SELECT max(blend_weight) FROM parameter m WHERE (m.program, m.component) = (y.program, y.component)) AS leads
		FROM person JOIN parameter y ON CASE WHEN y.program = '$main' AND $component IS NOT NULL THEN y.component = $component
				WHEN y.program IN ('MA-PD', 'PDP') THEN y.component = 'part_d'
				WHEN esrd = 'none' THEN y.component = 'part_c'
				ELSE y.component = CASE WHEN esrd = 'dialysis' OR who::text LIKE '%transplant%' THEN 'dialysis_and_transplant' ELSE 'functioning_graft' END END,
			LATERAL (SELECT ARRAY(SELECT icd10_code FROM verdict v WHERE v.patient_id = person.patient_id AND v.verdict = 'ok'
				AND COALESCE(v.record_source = ANY (y.record_sources), true)) AS taken) t,
			LATERAL (SELECT raf_score(taken, who, y.model_version, $year, y.calibration) AS raw) s,
			LATERAL (SELECT array_agg(hcc_code ORDER BY length(hcc_code), hcc_code) FILTER (WHERE kind = 'hcc') AS hccs,	-- also those that a new enrollee is not paid for
					COALESCE(sum(coefficient) FILTER (WHERE kind = 'hcc' AND reason IS NULL), 0) AS hcc,
					COALESCE(sum(coefficient) FILTER (WHERE kind IN ('interaction', 'count') AND reason IS NULL), 0) AS interaction
				FROM raf_explain(taken, who, y.model_version, $year, y.calibration) WHERE reason IS NULL OR reason LIKE '%segment%') e,
			LATERAL (SELECT round(s.raw / y.normalization_factor, 3) AS normalized) n,
			LATERAL (SELECT round(n.normalized * (1 - COALESCE(y.coding_pattern_adjustment, 0)), 3) AS adjusted) a) x;
	};
}

sub wanted_scores
{
	my ($schema, $year, %option) = @_;
	my $main = $option{program} // 'MA';
	my $any = join ' OR ', map { "icd_has_hcc(c, '$_', $year)" } @{ $option{models} };
	return wanted_models($schema, $year, %option) . qq{
	CREATE TEMP TABLE wanted_score AS
	SELECT $score_columns FROM (
		SELECT p.patient_id, $year AS payment_year, $year - 1 AS data_collection_year, p.age, CASE WHEN p.sex IN ('F', '2') THEN 'F' ELSE 'M' END AS gender,
			p.dual_status AS medicaid_status, p.age < 65 AND p.orec <> '0' AS disabled_status, p.lti AS institutional_status,
			demographic_score, m.hcc_list, disease_score, interaction_score, payment_score AS raf_score, m.program, m.component, m.model_version,
			m.calibration, m.segment, m.raw_score, ARRAY(SELECT DISTINCT upper(replace(trim(c), '.', '')) COLLATE "C" FROM unnest(p.codes) c
				WHERE $any ORDER BY 1) AS icd10_codes, p.who::text AS beneficiary
		FROM person p JOIN wanted_model m USING (patient_id, payment_month) WHERE p.latest AND m.leads AND m.program = '$main') x;
	};
}

# Whole tables of a schema
sub scores { return "SELECT $score_columns FROM $_[0].patient_hcc_score" . ($_[1] ? " WHERE payment_year = $_[1]" : '') }
sub models { return "SELECT $model_columns FROM $_[0].patient_hcc_model_score" . ($_[1] ? " WHERE payment_year = $_[1]" : '') }

# One line that differs when anything in either table of scores does
sub model_scores
{
	my ($schema) = @_;
	return join ' UNION ALL ', map { qq{SELECT count(*), md5(string_agg(s::text, E'\\n' ORDER BY s::text COLLATE "C")) FROM ($_) s} }
		scores($schema), models($schema);
}

1;
