-- More conflict strategies, some with a word in parentheses: bucardo_latest(column), bucardo_random(seed).

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
    IF word IN ('latest', 'latest_all_tables', 'earliest', 'source', 'target', 'random', 'skip', 'abort') THEN word := 'bucardo_' || word; END IF;
    IF inside IS NULL AND word IN ('bucardo_latest', 'bucardo_latest_all_tables', 'bucardo_earliest', 'bucardo_source', 'bucardo_target', 'bucardo_random', 'bucardo_skip', 'bucardo_abort')
        THEN RETURN word; END IF;
    -- A column's name is taken as it is written; a seed is a number that an int4 holds.
    IF word = 'bucardo_latest' AND inside <> '' THEN RETURN 'bucardo_latest(' || inside || ')'; END IF;
    IF word = 'bucardo_random' AND inside ~ '^-?\d{1,9}$' THEN RETURN 'bucardo_random(' || inside || ')'; END IF;
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
        RAISE EXCEPTION 'The conflict strategy "%" is neither one of Bucardo''s (bucardo_latest, bucardo_source, ...) nor a list of databases',
            NEW.conflict_strategy USING ERRCODE = 'check_violation', CONSTRAINT = 'conflict_strategy_valid';
    END IF;
    -- The databases of a list must not vanish before this transaction ends.
    PERFORM 1 FROM bucardo.db d WHERE d.name = ANY (string_to_array(canonical, ' ')) ORDER BY d.name FOR KEY SHARE;
    NEW.conflict_strategy := canonical;
    RETURN NEW;
END
$$;
