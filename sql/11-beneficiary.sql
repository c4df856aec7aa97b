----------------------------------------------------------------------
-- beneficiary: what a model may ask about a person
----------------------------------------------------------------------
CREATE TYPE beneficiary;

CREATE FUNCTION beneficiary_in(cstring) RETURNS beneficiary
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION beneficiary_out(beneficiary) RETURNS cstring
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION beneficiary_recv(internal) RETURNS beneficiary
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION beneficiary_send(beneficiary) RETURNS bytea
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

CREATE TYPE beneficiary (
	INPUT = beneficiary_in,
	OUTPUT = beneficiary_out,
	RECEIVE = beneficiary_recv,
	SEND = beneficiary_send,
	INTERNALLENGTH = 48,
	ALIGNMENT = int4,
	STORAGE = plain
);
COMMENT ON TYPE beneficiary IS
	'Everything a risk-adjustment model may ask about a person; made by beneficiary(...).';
COMMENT ON FUNCTION beneficiary_in(cstring) IS 'I/O';
COMMENT ON FUNCTION beneficiary_out(beneficiary) IS 'I/O';
COMMENT ON FUNCTION beneficiary_recv(internal) IS 'I/O';
COMMENT ON FUNCTION beneficiary_send(beneficiary) IS 'I/O';

CREATE FUNCTION beneficiary(
	age integer, sex text, orec text DEFAULT '0', dual_status text DEFAULT NULL,
	new_enrollee boolean DEFAULT false, snp boolean DEFAULT false, lti boolean DEFAULT false,
	low_income boolean DEFAULT false, esrd text DEFAULT 'none', graft_months integer DEFAULT NULL,
	medicaid_ne boolean DEFAULT NULL, medicaid_lti boolean DEFAULT NULL, segment text DEFAULT NULL,
	metal text DEFAULT NULL, csr_variant text DEFAULT NULL, enrollment_days integer DEFAULT NULL)
	RETURNS beneficiary
	AS 'MODULE_PATHNAME', 'beneficiary_make' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 5;
COMMENT ON FUNCTION beneficiary(integer, text, text, text, boolean, boolean, boolean, boolean, text, integer, boolean, boolean, text, text, text, integer) IS
	'A person as the models see one. age: completed years on 1 February of the payment year; NULL age or sex gives NULL, any other NULL its default.';

CREATE FUNCTION payment_year_age(date_of_birth date, payment_year integer) RETURNS integer
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION payment_year_age(date, integer) IS
	'Completed years on 1 February of the payment year, by calendar; 0 for those born later.';

CREATE FUNCTION beneficiary_eq(beneficiary, beneficiary) RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION beneficiary_eq(beneficiary, beneficiary) IS 'implementation of = operator';
CREATE FUNCTION beneficiary_ne(beneficiary, beneficiary) RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION beneficiary_ne(beneficiary, beneficiary) IS 'implementation of <> operator';
CREATE FUNCTION beneficiary_lt(beneficiary, beneficiary) RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION beneficiary_lt(beneficiary, beneficiary) IS 'implementation of < operator';
CREATE FUNCTION beneficiary_le(beneficiary, beneficiary) RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION beneficiary_le(beneficiary, beneficiary) IS 'implementation of <= operator';
CREATE FUNCTION beneficiary_gt(beneficiary, beneficiary) RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION beneficiary_gt(beneficiary, beneficiary) IS 'implementation of > operator';
CREATE FUNCTION beneficiary_ge(beneficiary, beneficiary) RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION beneficiary_ge(beneficiary, beneficiary) IS 'implementation of >= operator';
CREATE FUNCTION beneficiary_cmp(beneficiary, beneficiary) RETURNS integer
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION beneficiary_cmp(beneficiary, beneficiary) IS 'less-equal-greater, by age first, then the other fields in their order';
CREATE FUNCTION beneficiary_hash(beneficiary) RETURNS integer
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION beneficiary_hash(beneficiary) IS 'hash';
CREATE FUNCTION beneficiary_hash_extended(beneficiary, bigint) RETURNS bigint
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION beneficiary_hash_extended(beneficiary, bigint) IS 'hash';

CREATE OPERATOR = (LEFTARG = beneficiary, RIGHTARG = beneficiary, FUNCTION = beneficiary_eq,
	COMMUTATOR = =, NEGATOR = <>, RESTRICT = eqsel, JOIN = eqjoinsel, HASHES, MERGES);
COMMENT ON OPERATOR = (beneficiary, beneficiary) IS 'equal';
CREATE OPERATOR <> (LEFTARG = beneficiary, RIGHTARG = beneficiary, FUNCTION = beneficiary_ne,
	COMMUTATOR = <>, NEGATOR = =, RESTRICT = neqsel, JOIN = neqjoinsel);
COMMENT ON OPERATOR <> (beneficiary, beneficiary) IS 'not equal';
CREATE OPERATOR < (LEFTARG = beneficiary, RIGHTARG = beneficiary, FUNCTION = beneficiary_lt,
	COMMUTATOR = >, NEGATOR = >=, RESTRICT = scalarltsel, JOIN = scalarltjoinsel);
COMMENT ON OPERATOR < (beneficiary, beneficiary) IS 'less than';
CREATE OPERATOR <= (LEFTARG = beneficiary, RIGHTARG = beneficiary, FUNCTION = beneficiary_le,
	COMMUTATOR = >=, NEGATOR = >, RESTRICT = scalarlesel, JOIN = scalarlejoinsel);
COMMENT ON OPERATOR <= (beneficiary, beneficiary) IS 'less than or equal';
CREATE OPERATOR > (LEFTARG = beneficiary, RIGHTARG = beneficiary, FUNCTION = beneficiary_gt,
	COMMUTATOR = <, NEGATOR = <=, RESTRICT = scalargtsel, JOIN = scalargtjoinsel);
COMMENT ON OPERATOR > (beneficiary, beneficiary) IS 'greater than';
CREATE OPERATOR >= (LEFTARG = beneficiary, RIGHTARG = beneficiary, FUNCTION = beneficiary_ge,
	COMMUTATOR = <=, NEGATOR = <, RESTRICT = scalargesel, JOIN = scalargejoinsel);
COMMENT ON OPERATOR >= (beneficiary, beneficiary) IS 'greater than or equal';

CREATE OPERATOR CLASS beneficiary_ops DEFAULT FOR TYPE beneficiary USING btree AS
	OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=, OPERATOR 5 >,
	FUNCTION 1 beneficiary_cmp(beneficiary, beneficiary);
CREATE OPERATOR CLASS beneficiary_ops DEFAULT FOR TYPE beneficiary USING hash AS
	OPERATOR 1 =,
	FUNCTION 1 beneficiary_hash(beneficiary),
	FUNCTION 2 beneficiary_hash_extended(beneficiary, bigint);
COMMENT ON OPERATOR CLASS beneficiary_ops USING btree IS 'by age, then the other fields in their order';
COMMENT ON OPERATOR CLASS beneficiary_ops USING hash IS 'equality';
COMMENT ON OPERATOR FAMILY beneficiary_ops USING btree IS 'by age, then the other fields in their order';
COMMENT ON OPERATOR FAMILY beneficiary_ops USING hash IS 'equality';
