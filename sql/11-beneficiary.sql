----------------------------------------------------------------------
-- beneficiary: what a model may ask about a person
----------------------------------------------------------------------
CREATE TYPE @extschema@.beneficiary;

CREATE FUNCTION @extschema@.beneficiary_in(cstring) RETURNS @extschema@.beneficiary
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.beneficiary_out(@extschema@.beneficiary) RETURNS cstring
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.beneficiary_recv(internal) RETURNS @extschema@.beneficiary
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.beneficiary_send(@extschema@.beneficiary) RETURNS bytea
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

CREATE TYPE @extschema@.beneficiary (
	INPUT = @extschema@.beneficiary_in,
	OUTPUT = @extschema@.beneficiary_out,
	RECEIVE = @extschema@.beneficiary_recv,
	SEND = @extschema@.beneficiary_send,
	INTERNALLENGTH = 48,
	ALIGNMENT = int4,
	STORAGE = plain
);
COMMENT ON TYPE @extschema@.beneficiary IS
	'Everything that a model may ask about a person; made by beneficiary(...).';
COMMENT ON FUNCTION @extschema@.beneficiary_in(cstring) IS 'Support of the type beneficiary.';
COMMENT ON FUNCTION @extschema@.beneficiary_out(@extschema@.beneficiary) IS
	'Support of the type beneficiary.';
COMMENT ON FUNCTION @extschema@.beneficiary_recv(internal) IS 'Support of the type beneficiary.';
COMMENT ON FUNCTION @extschema@.beneficiary_send(@extschema@.beneficiary) IS
	'Support of the type beneficiary.';

CREATE FUNCTION @extschema@.beneficiary(
	age integer, sex text, orec text DEFAULT '0', dual_status text DEFAULT NULL,
	new_enrollee boolean DEFAULT false, snp boolean DEFAULT false, lti boolean DEFAULT false,
	low_income boolean DEFAULT false, esrd text DEFAULT 'none', graft_months integer DEFAULT NULL,
	medicaid_ne boolean DEFAULT NULL, medicaid_lti boolean DEFAULT NULL, segment text DEFAULT NULL,
	metal text DEFAULT NULL, csr_variant text DEFAULT NULL, enrollment_days integer DEFAULT NULL,
	date_of_birth date DEFAULT NULL, enrolled_until date DEFAULT NULL)
	RETURNS @extschema@.beneficiary
	AS 'MODULE_PATHNAME', 'beneficiary_make' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 5;
COMMENT ON FUNCTION @extschema@.beneficiary(integer, text, text, text, boolean, boolean, boolean,
	boolean, text, integer, boolean, boolean, text, text, text, integer, date, date) IS
	'A person as the models see one, of this age on 1 February of the payment year.';

-- Files have numbers for orec and sex, too. An untyped literal is text, and where
-- orec is left out, there is one function to choose.
CREATE FUNCTION @extschema@.beneficiary(
	age integer, sex text, orec bigint, dual_status text DEFAULT NULL,
	new_enrollee boolean DEFAULT false, snp boolean DEFAULT false, lti boolean DEFAULT false,
	low_income boolean DEFAULT false, esrd text DEFAULT 'none', graft_months integer DEFAULT NULL,
	medicaid_ne boolean DEFAULT NULL, medicaid_lti boolean DEFAULT NULL, segment text DEFAULT NULL,
	metal text DEFAULT NULL, csr_variant text DEFAULT NULL, enrollment_days integer DEFAULT NULL,
	date_of_birth date DEFAULT NULL, enrolled_until date DEFAULT NULL)
	RETURNS @extschema@.beneficiary
	LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 5
	RETURN @extschema@.beneficiary(age, sex, orec::text, dual_status, new_enrollee, snp, lti,
		low_income, esrd, graft_months, medicaid_ne, medicaid_lti, segment, metal, csr_variant,
		enrollment_days, date_of_birth, enrolled_until);
COMMENT ON FUNCTION @extschema@.beneficiary(integer, text, bigint, text, boolean, boolean, boolean,
	boolean, text, integer, boolean, boolean, text, text, text, integer, date, date) IS
	'The same person, where orec is a number.';
CREATE FUNCTION @extschema@.beneficiary(
	age integer, sex bigint, orec text DEFAULT '0', dual_status text DEFAULT NULL,
	new_enrollee boolean DEFAULT false, snp boolean DEFAULT false, lti boolean DEFAULT false,
	low_income boolean DEFAULT false, esrd text DEFAULT 'none', graft_months integer DEFAULT NULL,
	medicaid_ne boolean DEFAULT NULL, medicaid_lti boolean DEFAULT NULL, segment text DEFAULT NULL,
	metal text DEFAULT NULL, csr_variant text DEFAULT NULL, enrollment_days integer DEFAULT NULL,
	date_of_birth date DEFAULT NULL, enrolled_until date DEFAULT NULL)
	RETURNS @extschema@.beneficiary
	LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 5
	RETURN @extschema@.beneficiary(age, sex::text, orec, dual_status, new_enrollee, snp, lti,
		low_income, esrd, graft_months, medicaid_ne, medicaid_lti, segment, metal, csr_variant,
		enrollment_days, date_of_birth, enrolled_until);
COMMENT ON FUNCTION @extschema@.beneficiary(integer, bigint, text, text, boolean, boolean, boolean,
	boolean, text, integer, boolean, boolean, text, text, text, integer, date, date) IS
	'The same person, where sex is a number: 1 male, 2 female.';
CREATE FUNCTION @extschema@.beneficiary(
	age integer, sex bigint, orec bigint, dual_status text DEFAULT NULL,
	new_enrollee boolean DEFAULT false, snp boolean DEFAULT false, lti boolean DEFAULT false,
	low_income boolean DEFAULT false, esrd text DEFAULT 'none', graft_months integer DEFAULT NULL,
	medicaid_ne boolean DEFAULT NULL, medicaid_lti boolean DEFAULT NULL, segment text DEFAULT NULL,
	metal text DEFAULT NULL, csr_variant text DEFAULT NULL, enrollment_days integer DEFAULT NULL,
	date_of_birth date DEFAULT NULL, enrolled_until date DEFAULT NULL)
	RETURNS @extschema@.beneficiary
	LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 5
	RETURN @extschema@.beneficiary(age, sex::text, orec::text, dual_status, new_enrollee, snp, lti,
		low_income, esrd, graft_months, medicaid_ne, medicaid_lti, segment, metal, csr_variant,
		enrollment_days, date_of_birth, enrolled_until);
COMMENT ON FUNCTION @extschema@.beneficiary(integer, bigint, bigint, text, boolean, boolean,
	boolean, boolean, text, integer, boolean, boolean, text, text, text, integer, date, date) IS
	'The same person, where sex and orec are numbers.';

CREATE FUNCTION @extschema@.hcc_enrollee(date_of_birth date, sex text, enrolled_until date,
	enrollment_days integer, metal text, csr_variant text)
	RETURNS @extschema@.beneficiary
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 5;
COMMENT ON FUNCTION @extschema@.hcc_enrollee(date, text, date, integer, text, text) IS
	'Internal to enrollee: the person, of the age on the last day enrolled.';
CREATE FUNCTION @extschema@.hcc_enrollee_problem(date_of_birth date, sex text, enrolled_until date,
	enrollment_days integer, metal text, csr_variant text)
	RETURNS text
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 5;
COMMENT ON FUNCTION @extschema@.hcc_enrollee_problem(date, text, date, integer, text, text) IS
	'Why these make no enrollee that can be scored: the first that is wrong; NULL: they do.';

CREATE FUNCTION @extschema@.enrollee(date_of_birth date, sex text, first_day date, last_day date,
	metal text DEFAULT NULL, csr_variant text DEFAULT NULL, payment_year integer DEFAULT NULL)
	RETURNS @extschema@.beneficiary
LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 10
BEGIN ATOMIC
	SELECT @extschema@.hcc_enrollee(enrollee.date_of_birth, enrollee.sex, d.until,
		d.until - GREATEST(enrollee.first_day, make_date(y.year, 1, 1)) + 1,
		enrollee.metal, enrollee.csr_variant)
	FROM (SELECT COALESCE(enrollee.payment_year,
			EXTRACT(year FROM enrollee.last_day)::integer) AS year) y
		CROSS JOIN LATERAL (SELECT LEAST(enrollee.last_day, make_date(y.year, 12, 31)) AS until) d;
END;
COMMENT ON FUNCTION @extschema@.enrollee(date, text, date, date, text, text, integer) IS
	'A person enrolled from one day to another of a benefit year, for marketplace models.';

-- Not an overload of enrollee: an untyped literal would fit both.
CREATE FUNCTION @extschema@.enrollee_of_spans(date_of_birth date, sex text, enrolled datemultirange,
	payment_year integer, metal text DEFAULT NULL, csr_variant text DEFAULT NULL)
	RETURNS @extschema@.beneficiary
LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 30
BEGIN ATOMIC
	SELECT @extschema@.hcc_enrollee(enrollee_of_spans.date_of_birth, enrollee_of_spans.sex,
		upper(c.clipped) - 1,
		(SELECT sum(upper(s) - lower(s))::integer FROM unnest(c.clipped) s),
		enrollee_of_spans.metal, enrollee_of_spans.csr_variant)
	FROM (SELECT enrollee_of_spans.enrolled * datemultirange(daterange(
			make_date(enrollee_of_spans.payment_year, 1, 1),
			make_date(enrollee_of_spans.payment_year + 1, 1, 1))) AS clipped) c;
END;
COMMENT ON FUNCTION @extschema@.enrollee_of_spans(date, text, datemultirange, integer, text, text)
	IS
	'A person enrolled in these spans, as far as they are in the benefit year.';

CREATE FUNCTION @extschema@.payment_year_age(date_of_birth date, payment_year integer)
	RETURNS integer
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.payment_year_age(date, integer) IS
	'Completed years on 1 February of the payment year; 0 for those born later.';

CREATE FUNCTION @extschema@.beneficiary_eq(@extschema@.beneficiary, @extschema@.beneficiary)
	RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.beneficiary_eq(@extschema@.beneficiary, @extschema@.beneficiary) IS
	'Support of the operator =.';
CREATE FUNCTION @extschema@.beneficiary_ne(@extschema@.beneficiary, @extschema@.beneficiary)
	RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.beneficiary_ne(@extschema@.beneficiary, @extschema@.beneficiary) IS
	'Support of the operator <>.';
CREATE FUNCTION @extschema@.beneficiary_lt(@extschema@.beneficiary, @extschema@.beneficiary)
	RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.beneficiary_lt(@extschema@.beneficiary, @extschema@.beneficiary) IS
	'Support of the operator <.';
CREATE FUNCTION @extschema@.beneficiary_le(@extschema@.beneficiary, @extschema@.beneficiary)
	RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.beneficiary_le(@extschema@.beneficiary, @extschema@.beneficiary) IS
	'Support of the operator <=.';
CREATE FUNCTION @extschema@.beneficiary_gt(@extschema@.beneficiary, @extschema@.beneficiary)
	RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.beneficiary_gt(@extschema@.beneficiary, @extschema@.beneficiary) IS
	'Support of the operator >.';
CREATE FUNCTION @extschema@.beneficiary_ge(@extschema@.beneficiary, @extschema@.beneficiary)
	RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.beneficiary_ge(@extschema@.beneficiary, @extschema@.beneficiary) IS
	'Support of the operator >=.';
CREATE FUNCTION @extschema@.beneficiary_cmp(@extschema@.beneficiary, @extschema@.beneficiary)
	RETURNS integer
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.beneficiary_cmp(@extschema@.beneficiary, @extschema@.beneficiary) IS
	'Support of indexes and sorting: by age first, then the other fields in their order.';
CREATE FUNCTION @extschema@.beneficiary_hash(@extschema@.beneficiary) RETURNS integer
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.beneficiary_hash(@extschema@.beneficiary) IS
	'Support of hash indexes and joins.';
CREATE FUNCTION @extschema@.beneficiary_hash_extended(@extschema@.beneficiary, bigint)
	RETURNS bigint
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.beneficiary_hash_extended(@extschema@.beneficiary, bigint) IS
	'Support of hash indexes and joins.';

CREATE OPERATOR @extschema@.= (
	LEFTARG = @extschema@.beneficiary, RIGHTARG = @extschema@.beneficiary,
	FUNCTION = @extschema@.beneficiary_eq,
	COMMUTATOR = OPERATOR(@extschema@.=), NEGATOR = OPERATOR(@extschema@.<>),
	RESTRICT = eqsel, JOIN = eqjoinsel, HASHES, MERGES);
COMMENT ON OPERATOR @extschema@.= (@extschema@.beneficiary, @extschema@.beneficiary) IS 'equal';
CREATE OPERATOR @extschema@.<> (
	LEFTARG = @extschema@.beneficiary, RIGHTARG = @extschema@.beneficiary,
	FUNCTION = @extschema@.beneficiary_ne,
	COMMUTATOR = OPERATOR(@extschema@.<>), NEGATOR = OPERATOR(@extschema@.=),
	RESTRICT = neqsel, JOIN = neqjoinsel);
COMMENT ON OPERATOR @extschema@.<> (@extschema@.beneficiary, @extschema@.beneficiary) IS
	'not equal';
CREATE OPERATOR @extschema@.< (
	LEFTARG = @extschema@.beneficiary, RIGHTARG = @extschema@.beneficiary,
	FUNCTION = @extschema@.beneficiary_lt,
	COMMUTATOR = OPERATOR(@extschema@.>), NEGATOR = OPERATOR(@extschema@.>=),
	RESTRICT = scalarltsel, JOIN = scalarltjoinsel);
COMMENT ON OPERATOR @extschema@.< (@extschema@.beneficiary, @extschema@.beneficiary) IS 'less than';
CREATE OPERATOR @extschema@.<= (
	LEFTARG = @extschema@.beneficiary, RIGHTARG = @extschema@.beneficiary,
	FUNCTION = @extschema@.beneficiary_le,
	COMMUTATOR = OPERATOR(@extschema@.>=), NEGATOR = OPERATOR(@extschema@.>),
	RESTRICT = scalarlesel, JOIN = scalarlejoinsel);
COMMENT ON OPERATOR @extschema@.<= (@extschema@.beneficiary, @extschema@.beneficiary) IS
	'less than or equal';
CREATE OPERATOR @extschema@.> (
	LEFTARG = @extschema@.beneficiary, RIGHTARG = @extschema@.beneficiary,
	FUNCTION = @extschema@.beneficiary_gt,
	COMMUTATOR = OPERATOR(@extschema@.<), NEGATOR = OPERATOR(@extschema@.<=),
	RESTRICT = scalargtsel, JOIN = scalargtjoinsel);
COMMENT ON OPERATOR @extschema@.> (@extschema@.beneficiary, @extschema@.beneficiary) IS
	'greater than';
CREATE OPERATOR @extschema@.>= (
	LEFTARG = @extschema@.beneficiary, RIGHTARG = @extschema@.beneficiary,
	FUNCTION = @extschema@.beneficiary_ge,
	COMMUTATOR = OPERATOR(@extschema@.<=), NEGATOR = OPERATOR(@extschema@.<),
	RESTRICT = scalargesel, JOIN = scalargejoinsel);
COMMENT ON OPERATOR @extschema@.>= (@extschema@.beneficiary, @extschema@.beneficiary) IS
	'greater than or equal';

CREATE OPERATOR CLASS @extschema@.beneficiary_ops
	DEFAULT FOR TYPE @extschema@.beneficiary USING btree AS
	OPERATOR 1 @extschema@.<, OPERATOR 2 @extschema@.<=, OPERATOR 3 @extschema@.=,
	OPERATOR 4 @extschema@.>=, OPERATOR 5 @extschema@.>,
	FUNCTION 1 @extschema@.beneficiary_cmp(@extschema@.beneficiary, @extschema@.beneficiary);
CREATE OPERATOR CLASS @extschema@.beneficiary_ops
	DEFAULT FOR TYPE @extschema@.beneficiary USING hash AS
	OPERATOR 1 @extschema@.=,
	FUNCTION 1 @extschema@.beneficiary_hash(@extschema@.beneficiary),
	FUNCTION 2 @extschema@.beneficiary_hash_extended(@extschema@.beneficiary, bigint);
COMMENT ON OPERATOR CLASS @extschema@.beneficiary_ops USING btree IS
	'by age, then the other fields in their order';
COMMENT ON OPERATOR CLASS @extschema@.beneficiary_ops USING hash IS 'equality';
COMMENT ON OPERATOR FAMILY @extschema@.beneficiary_ops USING btree IS
	'by age, then the other fields in their order';
COMMENT ON OPERATOR FAMILY @extschema@.beneficiary_ops USING hash IS 'equality';
