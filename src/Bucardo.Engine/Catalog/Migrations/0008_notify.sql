-- Whoever changes the configuration, the service hears of it. NOTIFY drops duplicates within a transaction.

CREATE FUNCTION bucardo.config_changed() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM pg_notify('bucardo_config_changed', TG_TABLE_NAME);
    RETURN NULL;
END
$$;

CREATE TRIGGER config_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON bucardo.bucardo_config
    FOR EACH STATEMENT EXECUTE FUNCTION bucardo.config_changed();
CREATE TRIGGER config_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON bucardo.db
    FOR EACH STATEMENT EXECUTE FUNCTION bucardo.config_changed();
CREATE TRIGGER config_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON bucardo.dbgroup
    FOR EACH STATEMENT EXECUTE FUNCTION bucardo.config_changed();
CREATE TRIGGER config_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON bucardo.dbmap
    FOR EACH STATEMENT EXECUTE FUNCTION bucardo.config_changed();
CREATE TRIGGER config_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON bucardo.goat
    FOR EACH STATEMENT EXECUTE FUNCTION bucardo.config_changed();
CREATE TRIGGER config_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON bucardo.herd
    FOR EACH STATEMENT EXECUTE FUNCTION bucardo.config_changed();
CREATE TRIGGER config_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON bucardo.herdmap
    FOR EACH STATEMENT EXECUTE FUNCTION bucardo.config_changed();
CREATE TRIGGER config_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON bucardo.sync
    FOR EACH STATEMENT EXECUTE FUNCTION bucardo.config_changed();
