-- Row by row, for a row's state is a matter of what it was and what it is: statements that change many rows would have to join the one with the other.
-- Columns are looked up in the rows as jsonb, so that a column that is dropped or renamed makes no statement fail.
CREATE OR REPLACE FUNCTION bucardo_node.{function}() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS {quote}
DECLARE
    moment timestamptz;
    was jsonb;
    now jsonb;
    old_key boolean;
BEGIN
    IF {applied} THEN RETURN NULL; END IF;
    IF TG_OP = 'TRUNCATE' THEN
        INSERT INTO bucardo_node.truncation (captured, at) VALUES ({id}, {now});
        TRUNCATE bucardo_node.{merge};
    ELSE
        old_key := TG_OP = 'DELETE' OR (TG_OP = 'UPDATE' AND ROW({new_keys})::record *<> ROW({old_keys})::record);
        IF TG_OP <> 'DELETE' THEN
            INSERT INTO bucardo_node.{change} ({change_keys}, at) VALUES ({new_keys}, {now}) RETURNING at INTO moment;
            now := to_jsonb(NEW);
        END IF;
        IF TG_OP <> 'INSERT' THEN
            was := to_jsonb(OLD);
        END IF;
        IF old_key THEN
            INSERT INTO bucardo_node.{change} ({change_keys}, at) VALUES ({old_keys}, {now}) RETURNING at INTO moment;
            UPDATE bucardo_node.{merge} AS m SET gone = moment WHERE {old_match};
            IF NOT FOUND THEN
                INSERT INTO bucardo_node.{merge} ({change_keys}, state, gone)
                VALUES ({old_keys}, bucardo_node.merge_state(NULL, {node}, moment, was, was, {counters}, false), moment)
                ON CONFLICT ({change_keys}) DO UPDATE SET gone = excluded.gone;
            END IF;
            was := NULL;
        END IF;
        IF now IS NOT NULL AND (was IS NULL OR {differs}) THEN
            UPDATE bucardo_node.{merge} AS m SET state = bucardo_node.merge_state(m.state, {node}, moment, was, now, {counters}, {columns}), gone = NULL WHERE {new_match};
            IF NOT FOUND THEN
                INSERT INTO bucardo_node.{merge} AS m ({change_keys}, state)
                VALUES ({new_keys}, bucardo_node.merge_state(NULL, {node}, moment, was, now, {counters}, {columns}))
                ON CONFLICT ({change_keys}) DO UPDATE SET state = bucardo_node.merge_state(m.state, {node}, moment, was, now, {counters}, {columns}), gone = NULL;
            END IF;
        END IF;
    END IF;
    {kick}
    RETURN NULL;
END
{quote};
REVOKE ALL ON FUNCTION bucardo_node.{function}() FROM PUBLIC;
