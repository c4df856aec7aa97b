-- The type beneficiary
SELECT beneficiary(72, 'F');
SELECT beneficiary(age => 40, sex => 'male', orec => '1', dual_status => '2', new_enrollee => true,
	snp => true, lti => true,
	low_income => true, esrd => 'graft', graft_months => 14, medicaid_ne => false,
	medicaid_lti => true, segment => 'CND',
	metal => 'Silver', csr_variant => '05', enrollment_days => 366);
-- NULL: no person without age and sex, else the default
SELECT beneficiary(NULL, 'F') IS NULL AS no_age, beneficiary(70, NULL) IS NULL AS no_sex,
	beneficiary(70, 'F', NULL, NULL, NULL, NULL, NULL, NULL, NULL) = beneficiary(70,
		'F') AS defaults;
SELECT s, beneficiary(70, s) FROM unnest('{F,f,2,female,Female,M,m,1,male}'::text[]) s;
SELECT d, beneficiary(70, 'F', dual_status => d)
FROM unnest('{00,0,2,02,08,10,NA,na,99}'::text[]) d;
SELECT beneficiary(0, 'F'), beneficiary(120, 'M'), beneficiary(130, 'M');

-- out of range: the argument and what it takes
SELECT beneficiary(-1, 'F');
SELECT beneficiary(131, 'F');
SELECT beneficiary(70, 'X');
SELECT beneficiary(70, '');
SELECT beneficiary(70, 'F', orec => '4');
SELECT beneficiary(70, 'F', dual_status => '11');
SELECT beneficiary(70, 'F', esrd => 'maybe');
SELECT beneficiary(70, 'F', graft_months => -1);
SELECT beneficiary(70, 'F', segment => 'no such; name');
SELECT beneficiary(70, 'F', metal => 'tin');
SELECT beneficiary(70, 'F', csr_variant => '5');
SELECT beneficiary(70, 'F', enrollment_days => 367);

-- text form, there and back
SELECT count(*) AS people, count(*) FILTER (WHERE b::text::beneficiary = b) AS round_trips,
	count(DISTINCT b) AS different
FROM (SELECT beneficiary(age, sex, orec, dual, ne, lti => lti, medicaid_ne => m, segment => s) AS b
	FROM generate_series(0, 120, 40) age, unnest('{F,M}'::text[]) sex,
		unnest('{0,1,2,3}'::text[]) orec,
		unnest('{00,02,NA}'::text[]) dual, unnest('{t,f}'::bool[]) ne, unnest('{t,f}'::bool[]) lti,
		unnest('{t,f,NULL}'::bool[]) m, unnest('{CNA,NULL}'::text[]) s) p;
SELECT 'age=72,sex=2,lti=yes,snp=false'::beneficiary;
\set VERBOSITY terse
SELECT 'age=72'::beneficiary;
SELECT 'age=72,sex=F,height=180'::beneficiary;
SELECT 'age=72,sex=F,age=73'::beneficiary;
SELECT 'age=72.5,sex=F'::beneficiary;
SELECT 'age=,sex=F'::beneficiary;
SELECT ''::beneficiary;
\set VERBOSITY default
SELECT pg_column_size(beneficiary(70, 'F'));

-- order: by age first
SELECT b FROM (VALUES (beneficiary(70, 'F')), (beneficiary(70, 'M')),
	(beneficiary(65, 'F'))) v(b) ORDER BY b;
SELECT beneficiary(65, 'F') < beneficiary(66, 'M') AS lt,
	beneficiary(65, 'F') = beneficiary(65, 'F') AS eq;

-- age on 1 February of the payment year, by calendar
SELECT born, payment_year_age(born, 2026) FROM unnest(
	'{1961-02-01,1961-02-02,1961-01-31,1960-02-29,2026-02-01,2026-02-02,2030-01-01}'::date[]) born;
SELECT payment_year_age(NULL, 2026) IS NULL AS null_date;
SELECT payment_year_age('infinity', 2026);
SELECT payment_year_age('1950-01-01', 26);
