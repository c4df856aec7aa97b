----------------------------------------------------------------------
-- icd10_set: the distinct diagnosis codes of a patient and year
--
-- Its category is that of strings: an untyped literal or parameter, as drivers
-- send lists, is then an icd10_set where a function takes text[] as well.
-- text remains what is preferred among strings.
----------------------------------------------------------------------
CREATE TYPE @extschema@.icd10_set;

CREATE FUNCTION @extschema@.icd10_set_in(cstring) RETURNS @extschema@.icd10_set
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.icd10_set_out(@extschema@.icd10_set) RETURNS cstring
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.icd10_set_recv(internal) RETURNS @extschema@.icd10_set
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.icd10_set_send(@extschema@.icd10_set) RETURNS bytea
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

CREATE TYPE @extschema@.icd10_set (
	INPUT = @extschema@.icd10_set_in,
	OUTPUT = @extschema@.icd10_set_out,
	RECEIVE = @extschema@.icd10_set_recv,
	SEND = @extschema@.icd10_set_send,
	INTERNALLENGTH = VARIABLE,
	ALIGNMENT = double,
	STORAGE = extended,
	CATEGORY = 'S'
);
COMMENT ON TYPE @extschema@.icd10_set IS
	'The distinct ICD-10-CM codes of a patient, sorted, in upper case and without dot.';

COMMENT ON FUNCTION @extschema@.icd10_set_in(cstring) IS 'Support of the type icd10_set.';
COMMENT ON FUNCTION @extschema@.icd10_set_out(@extschema@.icd10_set) IS
	'Support of the type icd10_set.';
COMMENT ON FUNCTION @extschema@.icd10_set_recv(internal) IS 'Support of the type icd10_set.';
COMMENT ON FUNCTION @extschema@.icd10_set_send(@extschema@.icd10_set) IS
	'Support of the type icd10_set.';

CREATE FUNCTION @extschema@.icd10_set(text[]) RETURNS @extschema@.icd10_set
	AS 'MODULE_PATHNAME', 'icd10_set_from_array' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION @extschema@.icd10_set(text[]) IS
	'The set of these codes; NULL elements are left out, unreadable ones become "?".';
CREATE FUNCTION @extschema@.icd10_set_to_array(@extschema@.icd10_set) RETURNS text[]
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION @extschema@.icd10_set_to_array(@extschema@.icd10_set) IS
	'Support of the cast from icd10_set to text[].';
-- Not implicit: hcc_list @> '{37}' of a text[] would be ambiguous then.
CREATE CAST (text[] AS @extschema@.icd10_set)
	WITH FUNCTION @extschema@.icd10_set(text[]) AS ASSIGNMENT;
CREATE CAST (@extschema@.icd10_set AS text[])
	WITH FUNCTION @extschema@.icd10_set_to_array(@extschema@.icd10_set) AS ASSIGNMENT;
COMMENT ON CAST (text[] AS @extschema@.icd10_set) IS
	'in assignments and explicitly; unreadable codes become "?"';
COMMENT ON CAST (@extschema@.icd10_set AS text[]) IS 'in assignments and explicitly';

CREATE FUNCTION @extschema@.cardinality(@extschema@.icd10_set) RETURNS integer
	AS 'MODULE_PATHNAME', 'icd10_set_cardinality' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.cardinality(@extschema@.icd10_set) IS
	'How many distinct codes the set holds.';

CREATE FUNCTION @extschema@.icd10_set_union(@extschema@.icd10_set, @extschema@.icd10_set)
	RETURNS @extschema@.icd10_set
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.icd10_set_union(@extschema@.icd10_set, @extschema@.icd10_set) IS
	'Support of the operator |.';
CREATE FUNCTION @extschema@.icd10_set_difference(@extschema@.icd10_set, @extschema@.icd10_set)
	RETURNS @extschema@.icd10_set
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.icd10_set_difference(@extschema@.icd10_set, @extschema@.icd10_set)
	IS 'Support of the operator -.';
CREATE FUNCTION @extschema@.icd10_set_intersection(@extschema@.icd10_set, @extschema@.icd10_set)
	RETURNS @extschema@.icd10_set
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.icd10_set_intersection(@extschema@.icd10_set, @extschema@.icd10_set)
	IS 'Support of the operator &.';
CREATE FUNCTION @extschema@.icd10_set_contains(@extschema@.icd10_set, @extschema@.icd10_set)
	RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.icd10_set_contains(@extschema@.icd10_set, @extschema@.icd10_set) IS
	'Support of the operator @>.';
CREATE FUNCTION @extschema@.icd10_set_contained(@extschema@.icd10_set, @extschema@.icd10_set)
	RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.icd10_set_contained(@extschema@.icd10_set, @extschema@.icd10_set) IS
	'Support of the operator <@.';
CREATE FUNCTION @extschema@.icd10_set_eq(@extschema@.icd10_set, @extschema@.icd10_set)
	RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.icd10_set_eq(@extschema@.icd10_set, @extschema@.icd10_set) IS
	'Support of the operator =.';
CREATE FUNCTION @extschema@.icd10_set_ne(@extschema@.icd10_set, @extschema@.icd10_set)
	RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.icd10_set_ne(@extschema@.icd10_set, @extschema@.icd10_set) IS
	'Support of the operator <>.';
CREATE FUNCTION @extschema@.icd10_set_lt(@extschema@.icd10_set, @extschema@.icd10_set)
	RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.icd10_set_lt(@extschema@.icd10_set, @extschema@.icd10_set) IS
	'Support of the operator <.';
CREATE FUNCTION @extschema@.icd10_set_le(@extschema@.icd10_set, @extschema@.icd10_set)
	RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.icd10_set_le(@extschema@.icd10_set, @extschema@.icd10_set) IS
	'Support of the operator <=.';
CREATE FUNCTION @extschema@.icd10_set_gt(@extschema@.icd10_set, @extschema@.icd10_set)
	RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.icd10_set_gt(@extschema@.icd10_set, @extschema@.icd10_set) IS
	'Support of the operator >.';
CREATE FUNCTION @extschema@.icd10_set_ge(@extschema@.icd10_set, @extschema@.icd10_set)
	RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.icd10_set_ge(@extschema@.icd10_set, @extschema@.icd10_set) IS
	'Support of the operator >=.';
CREATE FUNCTION @extschema@.icd10_set_cmp(@extschema@.icd10_set, @extschema@.icd10_set)
	RETURNS integer
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.icd10_set_cmp(@extschema@.icd10_set, @extschema@.icd10_set) IS
	'Support of indexes and sorting: code by code, a prefix first.';
CREATE FUNCTION @extschema@.icd10_set_hash(@extschema@.icd10_set) RETURNS integer
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.icd10_set_hash(@extschema@.icd10_set) IS
	'Support of hash indexes and joins.';
CREATE FUNCTION @extschema@.icd10_set_hash_extended(@extschema@.icd10_set, bigint) RETURNS bigint
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.icd10_set_hash_extended(@extschema@.icd10_set, bigint) IS
	'Support of hash indexes and joins.';

CREATE OPERATOR @extschema@.| (
	LEFTARG = @extschema@.icd10_set, RIGHTARG = @extschema@.icd10_set,
	FUNCTION = @extschema@.icd10_set_union,
	COMMUTATOR = OPERATOR(@extschema@.|));
COMMENT ON OPERATOR @extschema@.| (@extschema@.icd10_set, @extschema@.icd10_set) IS 'union';
CREATE OPERATOR @extschema@.- (
	LEFTARG = @extschema@.icd10_set, RIGHTARG = @extschema@.icd10_set,
	FUNCTION = @extschema@.icd10_set_difference);
COMMENT ON OPERATOR @extschema@.- (@extschema@.icd10_set, @extschema@.icd10_set) IS 'difference';
CREATE OPERATOR @extschema@.& (
	LEFTARG = @extschema@.icd10_set, RIGHTARG = @extschema@.icd10_set,
	FUNCTION = @extschema@.icd10_set_intersection,
	COMMUTATOR = OPERATOR(@extschema@.&));
COMMENT ON OPERATOR @extschema@.& (@extschema@.icd10_set, @extschema@.icd10_set) IS 'intersection';
CREATE OPERATOR @extschema@.@> (
	LEFTARG = @extschema@.icd10_set, RIGHTARG = @extschema@.icd10_set,
	FUNCTION = @extschema@.icd10_set_contains,
	COMMUTATOR = OPERATOR(@extschema@.<@),
	RESTRICT = contsel, JOIN = contjoinsel);
COMMENT ON OPERATOR @extschema@.@> (@extschema@.icd10_set, @extschema@.icd10_set) IS 'contains';
CREATE OPERATOR @extschema@.<@ (
	LEFTARG = @extschema@.icd10_set, RIGHTARG = @extschema@.icd10_set,
	FUNCTION = @extschema@.icd10_set_contained,
	COMMUTATOR = OPERATOR(@extschema@.@>),
	RESTRICT = contsel, JOIN = contjoinsel);
COMMENT ON OPERATOR @extschema@.<@ (@extschema@.icd10_set, @extschema@.icd10_set) IS
	'is contained by';
CREATE OPERATOR @extschema@.= (
	LEFTARG = @extschema@.icd10_set, RIGHTARG = @extschema@.icd10_set,
	FUNCTION = @extschema@.icd10_set_eq,
	COMMUTATOR = OPERATOR(@extschema@.=), NEGATOR = OPERATOR(@extschema@.<>),
	RESTRICT = eqsel, JOIN = eqjoinsel, HASHES, MERGES);
COMMENT ON OPERATOR @extschema@.= (@extschema@.icd10_set, @extschema@.icd10_set) IS 'equal';
CREATE OPERATOR @extschema@.<> (
	LEFTARG = @extschema@.icd10_set, RIGHTARG = @extschema@.icd10_set,
	FUNCTION = @extschema@.icd10_set_ne,
	COMMUTATOR = OPERATOR(@extschema@.<>), NEGATOR = OPERATOR(@extschema@.=),
	RESTRICT = neqsel, JOIN = neqjoinsel);
COMMENT ON OPERATOR @extschema@.<> (@extschema@.icd10_set, @extschema@.icd10_set) IS 'not equal';
CREATE OPERATOR @extschema@.< (
	LEFTARG = @extschema@.icd10_set, RIGHTARG = @extschema@.icd10_set,
	FUNCTION = @extschema@.icd10_set_lt,
	COMMUTATOR = OPERATOR(@extschema@.>), NEGATOR = OPERATOR(@extschema@.>=),
	RESTRICT = scalarltsel, JOIN = scalarltjoinsel);
COMMENT ON OPERATOR @extschema@.< (@extschema@.icd10_set, @extschema@.icd10_set) IS 'less than';
CREATE OPERATOR @extschema@.<= (
	LEFTARG = @extschema@.icd10_set, RIGHTARG = @extschema@.icd10_set,
	FUNCTION = @extschema@.icd10_set_le,
	COMMUTATOR = OPERATOR(@extschema@.>=), NEGATOR = OPERATOR(@extschema@.>),
	RESTRICT = scalarlesel, JOIN = scalarlejoinsel);
COMMENT ON OPERATOR @extschema@.<= (@extschema@.icd10_set, @extschema@.icd10_set) IS
	'less than or equal';
CREATE OPERATOR @extschema@.> (
	LEFTARG = @extschema@.icd10_set, RIGHTARG = @extschema@.icd10_set,
	FUNCTION = @extschema@.icd10_set_gt,
	COMMUTATOR = OPERATOR(@extschema@.<), NEGATOR = OPERATOR(@extschema@.<=),
	RESTRICT = scalargtsel, JOIN = scalargtjoinsel);
COMMENT ON OPERATOR @extschema@.> (@extschema@.icd10_set, @extschema@.icd10_set) IS 'greater than';
CREATE OPERATOR @extschema@.>= (
	LEFTARG = @extschema@.icd10_set, RIGHTARG = @extschema@.icd10_set,
	FUNCTION = @extschema@.icd10_set_ge,
	COMMUTATOR = OPERATOR(@extschema@.<=), NEGATOR = OPERATOR(@extschema@.<),
	RESTRICT = scalargesel, JOIN = scalargejoinsel);
COMMENT ON OPERATOR @extschema@.>= (@extschema@.icd10_set, @extschema@.icd10_set) IS
	'greater than or equal';

CREATE OPERATOR CLASS @extschema@.icd10_set_ops
	DEFAULT FOR TYPE @extschema@.icd10_set USING btree AS
	OPERATOR 1 @extschema@.<, OPERATOR 2 @extschema@.<=, OPERATOR 3 @extschema@.=,
	OPERATOR 4 @extschema@.>=, OPERATOR 5 @extschema@.>,
	FUNCTION 1 @extschema@.icd10_set_cmp(@extschema@.icd10_set, @extschema@.icd10_set);
CREATE OPERATOR CLASS @extschema@.icd10_set_ops
	DEFAULT FOR TYPE @extschema@.icd10_set USING hash AS
	OPERATOR 1 @extschema@.=,
	FUNCTION 1 @extschema@.icd10_set_hash(@extschema@.icd10_set),
	FUNCTION 2 @extschema@.icd10_set_hash_extended(@extschema@.icd10_set, bigint);
COMMENT ON OPERATOR CLASS @extschema@.icd10_set_ops USING btree IS 'code by code, a prefix first';
COMMENT ON OPERATOR CLASS @extschema@.icd10_set_ops USING hash IS 'equality of sets';
COMMENT ON OPERATOR FAMILY @extschema@.icd10_set_ops USING btree IS 'code by code, a prefix first';
COMMENT ON OPERATOR FAMILY @extschema@.icd10_set_ops USING hash IS 'equality of sets';

CREATE FUNCTION @extschema@.icd10_agg_code(internal, text) RETURNS internal
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION @extschema@.icd10_agg_set(internal, @extschema@.icd10_set) RETURNS internal
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION @extschema@.icd10_agg_row(internal, text, date, text, text) RETURNS internal
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION @extschema@.icd10_agg_combine(internal, internal) RETURNS internal
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION @extschema@.icd10_agg_serialize(internal) RETURNS bytea
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.icd10_agg_deserialize(bytea, internal) RETURNS internal
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.icd10_agg_final(internal) RETURNS @extschema@.icd10_set
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.icd10_agg_code(internal, text) IS
	'Support of the aggregate icd10_agg.';
COMMENT ON FUNCTION @extschema@.icd10_agg_set(internal, @extschema@.icd10_set) IS
	'Support of the aggregate icd10_agg.';
COMMENT ON FUNCTION @extschema@.icd10_agg_row(internal, text, date, text, text) IS
	'Support of the aggregate icd10_agg.';
COMMENT ON FUNCTION @extschema@.icd10_agg_combine(internal, internal) IS
	'Support of the aggregate icd10_agg.';
COMMENT ON FUNCTION @extschema@.icd10_agg_serialize(internal) IS
	'Support of the aggregate icd10_agg.';
COMMENT ON FUNCTION @extschema@.icd10_agg_deserialize(bytea, internal) IS
	'Support of the aggregate icd10_agg.';
COMMENT ON FUNCTION @extschema@.icd10_agg_final(internal) IS 'Support of the aggregate icd10_agg.';

CREATE AGGREGATE @extschema@.icd10_agg(text) (
	SFUNC = @extschema@.icd10_agg_code, STYPE = internal, SSPACE = 128,
	FINALFUNC = @extschema@.icd10_agg_final, COMBINEFUNC = @extschema@.icd10_agg_combine,
	SERIALFUNC = @extschema@.icd10_agg_serialize, DESERIALFUNC = @extschema@.icd10_agg_deserialize,
	PARALLEL = SAFE);
COMMENT ON AGGREGATE @extschema@.icd10_agg(text) IS
	'The set of the codes of rows; empty where all are NULL, NULL where there is no row.';
CREATE AGGREGATE @extschema@.icd10_agg(@extschema@.icd10_set) (
	SFUNC = @extschema@.icd10_agg_set, STYPE = internal, SSPACE = 128,
	FINALFUNC = @extschema@.icd10_agg_final, COMBINEFUNC = @extschema@.icd10_agg_combine,
	SERIALFUNC = @extschema@.icd10_agg_serialize, DESERIALFUNC = @extschema@.icd10_agg_deserialize,
	PARALLEL = SAFE);
COMMENT ON AGGREGATE @extschema@.icd10_agg(@extschema@.icd10_set) IS
	'The union of the sets of rows; empty where all are NULL, NULL where there is no row.';
CREATE AGGREGATE @extschema@.icd10_agg(icd10_code text, service_date date, ndc text,
	hcpcs text) (
	SFUNC = @extschema@.icd10_agg_row, STYPE = internal, SSPACE = 128,
	FINALFUNC = @extschema@.icd10_agg_final, COMBINEFUNC = @extschema@.icd10_agg_combine,
	SERIALFUNC = @extschema@.icd10_agg_serialize, DESERIALFUNC = @extschema@.icd10_agg_deserialize,
	PARALLEL = SAFE);
COMMENT ON AGGREGATE @extschema@.icd10_agg(text, date, text, text) IS
	'The set of the diagnosis, drug and procedure codes of rows, with their dates.';

CREATE FUNCTION @extschema@.icd10_canonical(icd10 text) RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN (@extschema@.icd10_set(ARRAY[icd10])::text[])[1];
COMMENT ON FUNCTION @extschema@.icd10_canonical(text) IS
	'A diagnosis code in upper case without dot or blanks; "?" for text that cannot be a code.';

CREATE FUNCTION @extschema@.icd10_is_code(icd10 text) RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.icd10_is_code(text) IS
	'Whether text can be read as one diagnosis code, and is neither several nor something else.';
