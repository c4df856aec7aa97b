----------------------------------------------------------------------
-- Compiled models: every backend compiles a model on first use and keeps it
-- for the statements that see the same state of the reference tables. Every
-- change leaves a random number in one table; what the numbers add up to that
-- a snapshot shows is the name of the state that it shows. See
-- src/model_state.c.
----------------------------------------------------------------------
CREATE TABLE @extschema@.hcc_model_change (
	change bigint NOT NULL
);
COMMENT ON TABLE @extschema@.hcc_model_change IS
	'A few numbers whose sum names the state of all reference tables; for their triggers alone.';

CREATE FUNCTION @extschema@.hcc_model_state() RETURNS numeric
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT COALESCE(pg_catalog.sum(c.change), 0) FROM @extschema@.hcc_model_change c;
END;
COMMENT ON FUNCTION @extschema@.hcc_model_state() IS
	'The name of the state of the reference tables that a statement sees, another after a change.';

CREATE FUNCTION @extschema@.hccraf_invalidate() RETURNS trigger
	AS 'MODULE_PATHNAME' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION @extschema@.hccraf_invalidate() IS
	'Support of the reference tables: a trigger by which the next statement sees a change.';
REVOKE EXECUTE ON FUNCTION @extschema@.hccraf_invalidate() FROM PUBLIC;

-- Statement triggers serve sessions, whatever their session_replication_role.
-- Logical replication applies rows without statements: the row triggers,
-- enabled for replicas only, serve it.
DO $$
DECLARE
	t text;
BEGIN
	FOREACH t IN ARRAY ARRAY['hcc_model', 'hcc_calibration', 'hcc_category', 'hcc_crosswalk',
		'hcc_dx_edit', 'hcc_prerequisite', 'hcc_hierarchy', 'hcc_group', 'hcc_variable',
		'hcc_interaction', 'hcc_segment', 'hcc_age_rule', 'hcc_coefficient',
		'hcc_drug_crosswalk', 'hcc_csr_factor', 'payment_component',
		'payment_year_parameter', 'eligible_procedure', 'eligible_bill_type', 'icd10_code',
		'encounter_modality', 'encounter_rule', 'record_word']
	LOOP
		EXECUTE format($ddl$
			CREATE TRIGGER hccraf_change_begins
				BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON @extschema@.%1$I
				FOR EACH STATEMENT EXECUTE FUNCTION @extschema@.hccraf_invalidate();
			CREATE TRIGGER hccraf_change
				AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON @extschema@.%1$I
				FOR EACH STATEMENT EXECUTE FUNCTION @extschema@.hccraf_invalidate();
			CREATE TRIGGER hccraf_replicated_change
				AFTER INSERT OR UPDATE OR DELETE ON @extschema@.%1$I
				FOR EACH ROW EXECUTE FUNCTION @extschema@.hccraf_invalidate();
			ALTER TABLE @extschema@.%1$I
				ENABLE ALWAYS TRIGGER hccraf_change_begins,
				ENABLE ALWAYS TRIGGER hccraf_change,
				ENABLE REPLICA TRIGGER hccraf_replicated_change$ddl$, t);
	END LOOP;
END
$$;

CREATE FUNCTION @extschema@.hccraf_cache(OUT model_version text, OUT payment_year integer,
	OUT calibration text, OUT fingerprint text, OUT codes integer, OUT hccs integer,
	OUT bytes bigint, OUT build_ms numeric, OUT pins integer, OUT current boolean)
	RETURNS SETOF record
	AS 'MODULE_PATHNAME' LANGUAGE C VOLATILE PARALLEL RESTRICTED ROWS 10;
COMMENT ON FUNCTION @extschema@.hccraf_cache() IS
	'The models that this session has compiled, of those whose tables you may read.';

CREATE FUNCTION @extschema@.hccraf_cache_reset() RETURNS void
	AS 'MODULE_PATHNAME' LANGUAGE C VOLATILE PARALLEL RESTRICTED;
COMMENT ON FUNCTION @extschema@.hccraf_cache_reset() IS
	'Makes this session compile its models anew; needed only if triggers were disabled by hand.';
REVOKE EXECUTE ON FUNCTION @extschema@.hccraf_cache_reset() FROM PUBLIC;

CREATE FUNCTION @extschema@.hccraf_fingerprint(model text DEFAULT 'V28',
	payment_year integer DEFAULT NULL, calibration text DEFAULT NULL)
	RETURNS text
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE PARALLEL SAFE COST 100;
COMMENT ON FUNCTION @extschema@.hccraf_fingerprint(text, integer, text) IS
	'A hash over all rows of a model that decide its scores in a payment year.';
