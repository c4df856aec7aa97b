----------------------------------------------------------------------
-- Compiled models: every backend compiles a model on first use and forgets
-- it when a reference table changes. The triggers send the invalidation of
-- one empty table, so that a single relation stands for all of them.
----------------------------------------------------------------------
CREATE TABLE hcc_model_change ();
COMMENT ON TABLE hcc_model_change IS 'Always empty: its relcache invalidation tells every session to compile models anew.';

CREATE FUNCTION hccraf_invalidate() RETURNS trigger
	AS 'MODULE_PATHNAME' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION hccraf_invalidate() IS 'Trigger function: models are compiled anew after a change to a reference table.';

-- Statement triggers serve sessions, whatever their session_replication_role.
-- Logical replication applies rows without statements: the row triggers,
-- enabled for replicas only, serve it.
DO $$
DECLARE
	t text;
BEGIN
	FOREACH t IN ARRAY ARRAY['hcc_model', 'hcc_calibration', 'hcc_category', 'hcc_crosswalk', 'hcc_dx_edit',
		'hcc_prerequisite', 'hcc_hierarchy', 'hcc_group', 'hcc_variable', 'hcc_interaction', 'hcc_segment',
		'hcc_age_rule', 'hcc_coefficient', 'payment_component', 'payment_year_parameter', 'eligible_procedure',
		'eligible_bill_type', 'icd10_code', 'encounter_modality', 'encounter_rule']
	LOOP
		EXECUTE format('CREATE TRIGGER hccraf_change AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON @extschema@.%I '
			'FOR EACH STATEMENT EXECUTE FUNCTION @extschema@.hccraf_invalidate()', t);
		EXECUTE format('ALTER TABLE @extschema@.%I ENABLE ALWAYS TRIGGER hccraf_change', t);
		EXECUTE format('CREATE TRIGGER hccraf_replicated_change AFTER INSERT OR UPDATE OR DELETE ON @extschema@.%I '
			'FOR EACH ROW EXECUTE FUNCTION @extschema@.hccraf_invalidate()', t);
		EXECUTE format('ALTER TABLE @extschema@.%I ENABLE REPLICA TRIGGER hccraf_replicated_change', t);
	END LOOP;
END
$$;

CREATE FUNCTION hccraf_cache(OUT model_version text, OUT payment_year integer, OUT calibration text,
	OUT fingerprint text, OUT codes integer, OUT hccs integer, OUT bytes bigint, OUT build_ms numeric,
	OUT pins integer, OUT current boolean)
	RETURNS SETOF record
	AS 'MODULE_PATHNAME' LANGUAGE C VOLATILE PARALLEL RESTRICTED ROWS 10;
COMMENT ON FUNCTION hccraf_cache() IS
	'The models this session has compiled: size, time to build, fingerprint (equal rows give equal fingerprints), and whether still current.';

CREATE FUNCTION hccraf_cache_reset() RETURNS void
	AS 'MODULE_PATHNAME' LANGUAGE C VOLATILE PARALLEL RESTRICTED;
COMMENT ON FUNCTION hccraf_cache_reset() IS
	'Makes this session compile its models anew; needed only if triggers were disabled by hand.';
REVOKE EXECUTE ON FUNCTION hccraf_cache_reset() FROM PUBLIC;

CREATE FUNCTION hccraf_fingerprint(model text DEFAULT 'V28', payment_year integer DEFAULT NULL, calibration text DEFAULT NULL)
	RETURNS text
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE PARALLEL SAFE COST 100;
COMMENT ON FUNCTION hccraf_fingerprint(text, integer, text) IS
	'Hash over the rows of a model that decide scores in a payment year; equal on every server that has the same rows.';
