-- Which version of the extension made the panel; hccraf_panels() reads it.

CREATE FUNCTION @panel@.hcc_panel_version() RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN '@extversion@'::text;
COMMENT ON FUNCTION @panel@.hcc_panel_version() IS
	'The version of the extension that made the functions of this panel.';
