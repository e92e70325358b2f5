-- Settings, and the record of what installed and upgraded this schema.

CREATE TABLE bucardo.bucardo_config (
    name    text        NOT NULL CHECK (name <> '' AND lower(name) NOT IN ('sync', 'goat')),
    setting text        NOT NULL,
    defval  text,
    about   text,
    type    text        CHECK (type IN ('sync', 'goat')),
    item    text,
    cdate   timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT bucardo_config_scope CHECK ((type IS NULL) = (item IS NULL)),
    CONSTRAINT bucardo_config_isolation_level
        CHECK (lower(name) <> 'isolation_level' OR lower(setting) IN ('serializable', 'repeatable read'))
);
CREATE UNIQUE INDEX bucardo_config_unique ON bucardo.bucardo_config (lower(name)) WHERE item IS NULL;
CREATE UNIQUE INDEX bucardo_config_unique_name ON bucardo.bucardo_config (lower(name), item, type) WHERE item IS NOT NULL;
COMMENT ON TABLE bucardo.bucardo_config IS 'Settings; rows with type and item override a setting for one sync or goat';

CREATE TABLE bucardo.upgrade_log (
    id      bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    action  text        NOT NULL,
    summary text        NOT NULL,
    version text        NOT NULL,
    cdate   timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE bucardo.upgrade_log IS 'One row for each migration of this schema';

INSERT INTO bucardo.bucardo_config (name, setting, defval, about) VALUES
    ('bucardo_version', '1', NULL, 'Version of this schema: number of the last migration applied'),
    ('bucardo_initial_version', '1', NULL, 'Version of this schema when it was installed'),
    ('default_conflict_strategy', 'bucardo_latest', 'bucardo_latest', 'Conflict strategy of new syncs that name none');

-- Names are parts of NOTIFY channels and of what is written into the nodes.
CREATE FUNCTION bucardo.is_sane_name(name text) RETURNS boolean
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$ SELECT name ~ '^[a-zA-Z][a-zA-Z0-9_]*$' AND octet_length(name) <= 63 $$;

-- Identifiers stay what they are for ever: the nodes know databases and syncs by them.
CREATE FUNCTION bucardo.keep_id() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF NEW.id IS DISTINCT FROM OLD.id THEN
        RAISE EXCEPTION 'The id of %.% "%" cannot be changed', TG_TABLE_SCHEMA, TG_TABLE_NAME, OLD.name
            USING ERRCODE = 'check_violation', CONSTRAINT = TG_TABLE_NAME || '_id_constant';
    END IF;
    RETURN NEW;
END
$$;
