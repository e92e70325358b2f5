-- Conflict strategies: a keyword, or names of databases in order of preference. They are kept in one spelling, whoever writes them.

-- The canonical spelling; null when it is neither a keyword nor a list of databases that exist. A keyword wins over a database of that name.
CREATE FUNCTION bucardo.canonical_strategy(strategy text) RETURNS text
LANGUAGE plpgsql STABLE STRICT SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    word  text   := lower(btrim(strategy, E' \t\r\n'));
    names text[] := regexp_split_to_array(btrim(strategy, E' \t\r\n,'), '[\s,]+');
BEGIN
    IF word IN ('bucardo_latest', 'bucardo_source', 'bucardo_skip', 'bucardo_abort') THEN RETURN word; END IF;
    IF word = 'default' THEN RETURN 'bucardo_latest'; END IF;
    IF word IN ('latest', 'source', 'skip', 'abort') THEN RETURN 'bucardo_' || word; END IF;
    IF EXISTS (SELECT 1 FROM unnest(names) AS n WHERE NOT EXISTS (SELECT 1 FROM bucardo.db d WHERE d.name = n))
        OR (SELECT count(DISTINCT n) < count(*) FROM unnest(names) AS n) THEN RETURN NULL; END IF;
    RETURN array_to_string(names, ' ');
END
$$;

CREATE FUNCTION bucardo.check_strategy() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    canonical text := bucardo.canonical_strategy(NEW.conflict_strategy);
BEGIN
    IF NEW.conflict_strategy IS NOT NULL AND canonical IS NULL THEN
        RAISE EXCEPTION 'The conflict strategy "%" is neither bucardo_latest, bucardo_source, bucardo_skip or bucardo_abort nor a list of databases',
            NEW.conflict_strategy USING ERRCODE = 'check_violation', CONSTRAINT = 'conflict_strategy_valid';
    END IF;
    -- The databases of a list must not vanish before this transaction ends.
    PERFORM 1 FROM bucardo.db d WHERE d.name = ANY (string_to_array(canonical, ' ')) ORDER BY d.name FOR KEY SHARE;
    NEW.conflict_strategy := canonical;
    RETURN NEW;
END
$$;
CREATE TRIGGER sync_check_strategy BEFORE INSERT OR UPDATE OF conflict_strategy ON bucardo.sync
    FOR EACH ROW EXECUTE FUNCTION bucardo.check_strategy();
CREATE TRIGGER goat_check_strategy BEFORE INSERT OR UPDATE OF conflict_strategy ON bucardo.goat
    FOR EACH ROW EXECUTE FUNCTION bucardo.check_strategy();

CREATE FUNCTION bucardo.check_bucardo_config() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF bucardo.canonical_strategy(NEW.setting) IS NULL THEN
        RAISE EXCEPTION 'The setting default_conflict_strategy cannot be "%"', NEW.setting
            USING ERRCODE = 'check_violation', CONSTRAINT = 'conflict_strategy_valid';
    END IF;
    NEW.setting := bucardo.canonical_strategy(NEW.setting);
    RETURN NEW;
END
$$;
CREATE TRIGGER check_bucardo_config BEFORE INSERT OR UPDATE ON bucardo.bucardo_config
    FOR EACH ROW WHEN (lower(NEW.name) = 'default_conflict_strategy') EXECUTE FUNCTION bucardo.check_bucardo_config();

-- Lists follow when a database is renamed; a database that a list names cannot be removed.
CREATE FUNCTION bucardo.check_strategy_lists() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    owner text;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        UPDATE bucardo.sync s SET conflict_strategy = array_to_string(array_replace(string_to_array(s.conflict_strategy, ' '), OLD.name, NEW.name), ' ')
        WHERE OLD.name = ANY (string_to_array(s.conflict_strategy, ' '));
        UPDATE bucardo.goat g SET conflict_strategy = array_to_string(array_replace(string_to_array(g.conflict_strategy, ' '), OLD.name, NEW.name), ' ')
        WHERE OLD.name = ANY (string_to_array(g.conflict_strategy, ' '));
        UPDATE bucardo.bucardo_config c SET setting = array_to_string(array_replace(string_to_array(c.setting, ' '), OLD.name, NEW.name), ' ')
        WHERE lower(c.name) = 'default_conflict_strategy' AND OLD.name = ANY (string_to_array(c.setting, ' '));
        RETURN NULL;
    END IF;
    SELECT x.what INTO owner FROM (
        SELECT format('sync "%s"', s.name) AS what FROM bucardo.sync s WHERE OLD.name = ANY (string_to_array(s.conflict_strategy, ' '))
        UNION ALL
        SELECT format('table "%s"."%s"', g.schemaname, g.tablename) FROM bucardo.goat g WHERE OLD.name = ANY (string_to_array(g.conflict_strategy, ' '))
        UNION ALL
        SELECT 'setting default_conflict_strategy' FROM bucardo.bucardo_config c
        WHERE lower(c.name) = 'default_conflict_strategy' AND OLD.name = ANY (string_to_array(c.setting, ' '))
    ) AS x LIMIT 1;
    IF owner IS NOT NULL THEN
        RAISE EXCEPTION 'Database "%" is named in the conflict strategy of %', OLD.name, owner
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'db_in_strategy';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER db_strategy_rename AFTER UPDATE ON bucardo.db
    FOR EACH ROW WHEN (OLD.name <> NEW.name) EXECUTE FUNCTION bucardo.check_strategy_lists();
CREATE TRIGGER db_strategy_delete AFTER DELETE ON bucardo.db
    FOR EACH ROW EXECUTE FUNCTION bucardo.check_strategy_lists();
