----------------------------------------------------------------------
-- icd10_set: the distinct diagnosis codes of a patient and year
----------------------------------------------------------------------
CREATE TYPE icd10_set;

CREATE FUNCTION icd10_set_in(cstring) RETURNS icd10_set
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION icd10_set_out(icd10_set) RETURNS cstring
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION icd10_set_recv(internal) RETURNS icd10_set
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION icd10_set_send(icd10_set) RETURNS bytea
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

CREATE TYPE icd10_set (
	INPUT = icd10_set_in,
	OUTPUT = icd10_set_out,
	RECEIVE = icd10_set_recv,
	SEND = icd10_set_send,
	INTERNALLENGTH = VARIABLE,
	ALIGNMENT = double,
	STORAGE = extended
);
COMMENT ON TYPE icd10_set IS
	'Sorted distinct ICD-10-CM codes, canonical (upper case, no dot). "?" stands for codes that could not be read.';

COMMENT ON FUNCTION icd10_set_in(cstring) IS 'I/O';
COMMENT ON FUNCTION icd10_set_out(icd10_set) IS 'I/O';
COMMENT ON FUNCTION icd10_set_recv(internal) IS 'I/O';
COMMENT ON FUNCTION icd10_set_send(icd10_set) IS 'I/O';

CREATE FUNCTION icd10_set(text[]) RETURNS icd10_set
	AS 'MODULE_PATHNAME', 'icd10_set_from_array' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION icd10_set(text[]) IS
	'The set of these codes; NULL elements are ignored, unreadable ones become "?".';
CREATE FUNCTION icd10_set_to_array(icd10_set) RETURNS text[]
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION icd10_set_to_array(icd10_set) IS 'The codes in order.';
CREATE CAST (text[] AS icd10_set) WITH FUNCTION icd10_set(text[]) AS ASSIGNMENT;
CREATE CAST (icd10_set AS text[]) WITH FUNCTION icd10_set_to_array(icd10_set) AS ASSIGNMENT;
COMMENT ON CAST (text[] AS icd10_set) IS 'in assignments and explicitly; unreadable codes become "?"';
COMMENT ON CAST (icd10_set AS text[]) IS 'in assignments and explicitly';

CREATE FUNCTION cardinality(icd10_set) RETURNS integer
	AS 'MODULE_PATHNAME', 'icd10_set_cardinality' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION cardinality(icd10_set) IS 'How many distinct codes the set holds.';

CREATE FUNCTION icd10_set_union(icd10_set, icd10_set) RETURNS icd10_set
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION icd10_set_union(icd10_set, icd10_set) IS 'implementation of | operator';
CREATE FUNCTION icd10_set_difference(icd10_set, icd10_set) RETURNS icd10_set
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION icd10_set_difference(icd10_set, icd10_set) IS 'implementation of - operator';
CREATE FUNCTION icd10_set_intersection(icd10_set, icd10_set) RETURNS icd10_set
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION icd10_set_intersection(icd10_set, icd10_set) IS 'implementation of & operator';
CREATE FUNCTION icd10_set_contains(icd10_set, icd10_set) RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION icd10_set_contains(icd10_set, icd10_set) IS 'implementation of @> operator';
CREATE FUNCTION icd10_set_contained(icd10_set, icd10_set) RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION icd10_set_contained(icd10_set, icd10_set) IS 'implementation of <@ operator';
CREATE FUNCTION icd10_set_eq(icd10_set, icd10_set) RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION icd10_set_eq(icd10_set, icd10_set) IS 'implementation of = operator';
CREATE FUNCTION icd10_set_ne(icd10_set, icd10_set) RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION icd10_set_ne(icd10_set, icd10_set) IS 'implementation of <> operator';
CREATE FUNCTION icd10_set_lt(icd10_set, icd10_set) RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION icd10_set_lt(icd10_set, icd10_set) IS 'implementation of < operator';
CREATE FUNCTION icd10_set_le(icd10_set, icd10_set) RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION icd10_set_le(icd10_set, icd10_set) IS 'implementation of <= operator';
CREATE FUNCTION icd10_set_gt(icd10_set, icd10_set) RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION icd10_set_gt(icd10_set, icd10_set) IS 'implementation of > operator';
CREATE FUNCTION icd10_set_ge(icd10_set, icd10_set) RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION icd10_set_ge(icd10_set, icd10_set) IS 'implementation of >= operator';
CREATE FUNCTION icd10_set_cmp(icd10_set, icd10_set) RETURNS integer
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION icd10_set_cmp(icd10_set, icd10_set) IS 'less-equal-greater, code by code, a prefix first';
CREATE FUNCTION icd10_set_hash(icd10_set) RETURNS integer
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION icd10_set_hash(icd10_set) IS 'hash';
CREATE FUNCTION icd10_set_hash_extended(icd10_set, bigint) RETURNS bigint
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION icd10_set_hash_extended(icd10_set, bigint) IS 'hash';

CREATE OPERATOR | (LEFTARG = icd10_set, RIGHTARG = icd10_set, FUNCTION = icd10_set_union, COMMUTATOR = |);
COMMENT ON OPERATOR | (icd10_set, icd10_set) IS 'union';
CREATE OPERATOR - (LEFTARG = icd10_set, RIGHTARG = icd10_set, FUNCTION = icd10_set_difference);
COMMENT ON OPERATOR - (icd10_set, icd10_set) IS 'difference';
CREATE OPERATOR & (LEFTARG = icd10_set, RIGHTARG = icd10_set, FUNCTION = icd10_set_intersection, COMMUTATOR = &);
COMMENT ON OPERATOR & (icd10_set, icd10_set) IS 'intersection';
CREATE OPERATOR @> (LEFTARG = icd10_set, RIGHTARG = icd10_set, FUNCTION = icd10_set_contains,
	COMMUTATOR = <@, RESTRICT = contsel, JOIN = contjoinsel);
COMMENT ON OPERATOR @> (icd10_set, icd10_set) IS 'contains';
CREATE OPERATOR <@ (LEFTARG = icd10_set, RIGHTARG = icd10_set, FUNCTION = icd10_set_contained,
	COMMUTATOR = @>, RESTRICT = contsel, JOIN = contjoinsel);
COMMENT ON OPERATOR <@ (icd10_set, icd10_set) IS 'is contained by';
CREATE OPERATOR = (LEFTARG = icd10_set, RIGHTARG = icd10_set, FUNCTION = icd10_set_eq,
	COMMUTATOR = =, NEGATOR = <>, RESTRICT = eqsel, JOIN = eqjoinsel, HASHES, MERGES);
COMMENT ON OPERATOR = (icd10_set, icd10_set) IS 'equal';
CREATE OPERATOR <> (LEFTARG = icd10_set, RIGHTARG = icd10_set, FUNCTION = icd10_set_ne,
	COMMUTATOR = <>, NEGATOR = =, RESTRICT = neqsel, JOIN = neqjoinsel);
COMMENT ON OPERATOR <> (icd10_set, icd10_set) IS 'not equal';
CREATE OPERATOR < (LEFTARG = icd10_set, RIGHTARG = icd10_set, FUNCTION = icd10_set_lt,
	COMMUTATOR = >, NEGATOR = >=, RESTRICT = scalarltsel, JOIN = scalarltjoinsel);
COMMENT ON OPERATOR < (icd10_set, icd10_set) IS 'less than';
CREATE OPERATOR <= (LEFTARG = icd10_set, RIGHTARG = icd10_set, FUNCTION = icd10_set_le,
	COMMUTATOR = >=, NEGATOR = >, RESTRICT = scalarlesel, JOIN = scalarlejoinsel);
COMMENT ON OPERATOR <= (icd10_set, icd10_set) IS 'less than or equal';
CREATE OPERATOR > (LEFTARG = icd10_set, RIGHTARG = icd10_set, FUNCTION = icd10_set_gt,
	COMMUTATOR = <, NEGATOR = <=, RESTRICT = scalargtsel, JOIN = scalargtjoinsel);
COMMENT ON OPERATOR > (icd10_set, icd10_set) IS 'greater than';
CREATE OPERATOR >= (LEFTARG = icd10_set, RIGHTARG = icd10_set, FUNCTION = icd10_set_ge,
	COMMUTATOR = <=, NEGATOR = <, RESTRICT = scalargesel, JOIN = scalargejoinsel);
COMMENT ON OPERATOR >= (icd10_set, icd10_set) IS 'greater than or equal';

CREATE OPERATOR CLASS icd10_set_ops DEFAULT FOR TYPE icd10_set USING btree AS
	OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=, OPERATOR 5 >,
	FUNCTION 1 icd10_set_cmp(icd10_set, icd10_set);
CREATE OPERATOR CLASS icd10_set_ops DEFAULT FOR TYPE icd10_set USING hash AS
	OPERATOR 1 =,
	FUNCTION 1 icd10_set_hash(icd10_set),
	FUNCTION 2 icd10_set_hash_extended(icd10_set, bigint);
COMMENT ON OPERATOR CLASS icd10_set_ops USING btree IS 'code by code, a prefix first';
COMMENT ON OPERATOR CLASS icd10_set_ops USING hash IS 'equality of sets';
COMMENT ON OPERATOR FAMILY icd10_set_ops USING btree IS 'code by code, a prefix first';
COMMENT ON OPERATOR FAMILY icd10_set_ops USING hash IS 'equality of sets';

CREATE FUNCTION icd10_agg_code(internal, text) RETURNS internal
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION icd10_agg_set(internal, icd10_set) RETURNS internal
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION icd10_agg_combine(internal, internal) RETURNS internal
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION icd10_agg_serialize(internal) RETURNS bytea
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION icd10_agg_deserialize(bytea, internal) RETURNS internal
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION icd10_agg_final(internal) RETURNS icd10_set
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION icd10_agg_code(internal, text) IS 'aggregate transition function';
COMMENT ON FUNCTION icd10_agg_set(internal, icd10_set) IS 'aggregate transition function';
COMMENT ON FUNCTION icd10_agg_combine(internal, internal) IS 'aggregate combine function';
COMMENT ON FUNCTION icd10_agg_serialize(internal) IS 'aggregate serial function';
COMMENT ON FUNCTION icd10_agg_deserialize(bytea, internal) IS 'aggregate deserial function';
COMMENT ON FUNCTION icd10_agg_final(internal) IS 'aggregate final function';

CREATE AGGREGATE icd10_agg(text) (
	SFUNC = icd10_agg_code, STYPE = internal, SSPACE = 128,
	FINALFUNC = icd10_agg_final, COMBINEFUNC = icd10_agg_combine,
	SERIALFUNC = icd10_agg_serialize, DESERIALFUNC = icd10_agg_deserialize, PARALLEL = SAFE);
COMMENT ON AGGREGATE icd10_agg(text) IS
	'The set of the codes; NULLs are ignored; an empty set when all are NULL, NULL when there is no row.';
CREATE AGGREGATE icd10_agg(icd10_set) (
	SFUNC = icd10_agg_set, STYPE = internal, SSPACE = 128,
	FINALFUNC = icd10_agg_final, COMBINEFUNC = icd10_agg_combine,
	SERIALFUNC = icd10_agg_serialize, DESERIALFUNC = icd10_agg_deserialize, PARALLEL = SAFE);
COMMENT ON AGGREGATE icd10_agg(icd10_set) IS
	'The union of the sets; NULLs are ignored; an empty set when all are NULL, NULL when there is no row.';

CREATE FUNCTION icd10_canonical(icd10 text) RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN (icd10_set(ARRAY[icd10])::text[])[1];
COMMENT ON FUNCTION icd10_canonical(text) IS 'A code in upper case without dot or blanks; "?" for text that cannot be a code, NULL for NULL.';
