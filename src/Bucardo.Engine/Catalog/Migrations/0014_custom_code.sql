-- Custom code that decides conflicts: the strategy bucardo_custom(name) of a sync or a table has it asked.

ALTER TABLE bucardo.customcode
    ADD COLUMN language text     NOT NULL DEFAULT 'powershell',
    ADD COLUMN timeout  interval NOT NULL DEFAULT '5 seconds',
    ADD COLUMN seal     text,
    ADD CONSTRAINT customcode_language_valid CHECK (language IN ('powershell', 'sql')),
    ADD CONSTRAINT customcode_timeout_valid CHECK (timeout BETWEEN interval '10 milliseconds' AND interval '60 seconds');
COMMENT ON COLUMN bucardo.customcode.src_code IS 'The script; where the language is sql: the name of a function, with its schema';
COMMENT ON COLUMN bucardo.customcode.timeout IS 'How long it may take to decide one conflict';
COMMENT ON COLUMN bucardo.customcode.seal IS 'Made of name and script with the key file; a script without it is not run';

-- A strategy names it, as a part of a longer text.
CREATE FUNCTION bucardo.check_code_name() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF NOT bucardo.is_sane_name(NEW.name) THEN
        RAISE EXCEPTION 'Custom code cannot be named "%"', NEW.name USING ERRCODE = 'check_violation', CONSTRAINT = 'customcode_name_sane';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER customcode_check_name BEFORE INSERT OR UPDATE OF name ON bucardo.customcode
    FOR EACH ROW EXECUTE FUNCTION bucardo.check_code_name();

CREATE OR REPLACE FUNCTION bucardo.canonical_strategy(strategy text) RETURNS text
LANGUAGE plpgsql STABLE STRICT SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    trimmed text   := btrim(strategy, E' \t\r\n');
    word    text   := lower(btrim(regexp_replace(trimmed, '\(.*\)$', '')));
    inside  text   := btrim(substring(trimmed FROM '\((.*)\)$'));
    names   text[] := regexp_split_to_array(btrim(strategy, E' \t\r\n,'), '[\s,]+');
BEGIN
    word := CASE word WHEN 'default' THEN 'bucardo_latest' WHEN 'latest_all' THEN 'bucardo_latest_all_tables' ELSE word END;
    IF word IN ('latest', 'latest_all_tables', 'earliest', 'source', 'target', 'random', 'skip', 'abort', 'custom') THEN word := 'bucardo_' || word; END IF;
    IF inside IS NULL AND word IN ('bucardo_latest', 'bucardo_latest_all_tables', 'bucardo_earliest', 'bucardo_source', 'bucardo_target', 'bucardo_random', 'bucardo_skip', 'bucardo_abort')
        THEN RETURN word; END IF;
    -- A column's name is taken as it is written; a seed is a number that an int4 holds.
    IF word = 'bucardo_latest' AND inside <> '' THEN RETURN 'bucardo_latest(' || inside || ')'; END IF;
    IF word = 'bucardo_random' AND inside ~ '^-?\d{1,9}$' THEN RETURN 'bucardo_random(' || inside || ')'; END IF;
    IF word = 'bucardo_custom' AND EXISTS (SELECT 1 FROM bucardo.customcode c WHERE c.name = inside AND c.whenrun = 'conflict') THEN RETURN 'bucardo_custom(' || inside || ')'; END IF;
    IF EXISTS (SELECT 1 FROM unnest(names) AS n WHERE NOT EXISTS (SELECT 1 FROM bucardo.db d WHERE d.name = n))
        OR (SELECT count(DISTINCT n) < count(*) FROM unnest(names) AS n) THEN RETURN NULL; END IF;
    RETURN array_to_string(names, ' ');
END
$$;

CREATE OR REPLACE FUNCTION bucardo.check_strategy() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    canonical text := bucardo.canonical_strategy(NEW.conflict_strategy);
BEGIN
    IF NEW.conflict_strategy IS NOT NULL AND canonical IS NULL THEN
        RAISE EXCEPTION 'The conflict strategy "%" is neither one of Bucardo''s (bucardo_latest, bucardo_source, ...) nor custom code nor a list of databases',
            NEW.conflict_strategy USING ERRCODE = 'check_violation', CONSTRAINT = 'conflict_strategy_valid';
    END IF;
    -- The databases of a list, and the code, must not vanish before this transaction ends.
    PERFORM 1 FROM bucardo.db d WHERE d.name = ANY (string_to_array(canonical, ' ')) ORDER BY d.name FOR KEY SHARE;
    PERFORM 1 FROM bucardo.customcode c WHERE canonical = 'bucardo_custom(' || c.name || ')' FOR KEY SHARE;
    NEW.conflict_strategy := canonical;
    RETURN NEW;
END
$$;

-- What uses a piece of code, in words.
CREATE FUNCTION bucardo.code_users(code text) RETURNS SETOF text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT 'sync ' || s.name FROM bucardo.sync s WHERE s.conflict_strategy = 'bucardo_custom(' || code || ')'
    UNION ALL
    SELECT 'table ' || g.schemaname || '.' || g.tablename FROM bucardo.goat g WHERE g.conflict_strategy = 'bucardo_custom(' || code || ')'
    UNION ALL
    SELECT 'setting default_conflict_strategy' FROM bucardo.bucardo_config c
    WHERE lower(c.name) = 'default_conflict_strategy' AND c.setting = 'bucardo_custom(' || code || ')'
    ORDER BY 1
$$;

-- Strategies follow when code is renamed; code that one names cannot be removed.
CREATE FUNCTION bucardo.check_code_users() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    used text := 'bucardo_custom(' || OLD.name || ')';
    owner text;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        UPDATE bucardo.sync s SET conflict_strategy = 'bucardo_custom(' || NEW.name || ')' WHERE s.conflict_strategy = used;
        UPDATE bucardo.goat g SET conflict_strategy = 'bucardo_custom(' || NEW.name || ')' WHERE g.conflict_strategy = used;
        UPDATE bucardo.bucardo_config c SET setting = 'bucardo_custom(' || NEW.name || ')' WHERE lower(c.name) = 'default_conflict_strategy' AND c.setting = used;
        RETURN NULL;
    END IF;
    SELECT string_agg(u, ', ') INTO owner FROM bucardo.code_users(OLD.name) AS u;
    IF owner IS NOT NULL THEN
        RAISE EXCEPTION 'Custom code "%" is the conflict strategy of %', OLD.name, owner USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'customcode_in_strategy';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER customcode_strategy_rename AFTER UPDATE ON bucardo.customcode
    FOR EACH ROW WHEN (OLD.name <> NEW.name) EXECUTE FUNCTION bucardo.check_code_users();
CREATE TRIGGER customcode_strategy_delete AFTER DELETE ON bucardo.customcode
    FOR EACH ROW EXECUTE FUNCTION bucardo.check_code_users();
CREATE TRIGGER config_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON bucardo.customcode
    FOR EACH STATEMENT EXECUTE FUNCTION bucardo.config_changed();
