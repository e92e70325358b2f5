-- How long the history of rounds is kept; and a sync's own values go where the sync goes.

INSERT INTO bucardo.bucardo_config (name, setting, defval, about) VALUES
    ('run_history_days', '30', '30', 'How many days the rounds of syncs are kept in the history; 0: until Clear-BucardoSyncRun');
ALTER TABLE bucardo.bucardo_config
    ADD CONSTRAINT bucardo_config_run_history_days CHECK (lower(name) <> 'run_history_days' OR setting ~ '^[0-9]{1,6}$');

CREATE FUNCTION bucardo.move_settings() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        DELETE FROM bucardo.bucardo_config c WHERE c.type = 'sync' AND c.item = OLD.name;
    ELSE
        UPDATE bucardo.bucardo_config c SET item = NEW.name WHERE c.type = 'sync' AND c.item = OLD.name;
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER sync_settings_delete AFTER DELETE ON bucardo.sync FOR EACH ROW EXECUTE FUNCTION bucardo.move_settings();
CREATE TRIGGER sync_settings_rename AFTER UPDATE ON bucardo.sync FOR EACH ROW WHEN (OLD.name <> NEW.name) EXECUTE FUNCTION bucardo.move_settings();
