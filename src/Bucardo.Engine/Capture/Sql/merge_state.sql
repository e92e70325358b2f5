-- The state of a row of a table that merges: what two nodes that changed the row have to know to bring both changes together.
--   l: label of the row's life here; v: per writer (node.label, and the timeline from the second on), how many changes it made: of two entries of one writer, the one with more is the later.
--   c: per counter, what each writer has added; writer 0 is the value that was there before.
--   m: per column, the writer, number and time (microseconds) of its last change; column '' is the row as a whole, when it was inserted.
CREATE OR REPLACE FUNCTION bucardo_node.merge_state(state jsonb, node integer, moment timestamptz, was jsonb, now jsonb, counters text[], columns boolean) RETURNS jsonb
LANGUAGE plpgsql
AS $$
DECLARE
    timeline text;
    writer   text;
    number   bigint;
    stamp    jsonb;
    counter  text;
    entries  jsonb;
    before   numeric;
    after    numeric;
BEGIN
    IF state IS NULL THEN
        -- A life of its own: a state that was purged elsewhere, or not yet, never mixes its numbers with those of this one.
        state := jsonb_build_object('l', nextval('bucardo_node.change_seq')::text, 'v', '{}'::jsonb, 'c', '{}'::jsonb, 'm', '{}'::jsonb);
    END IF;
    -- A promoted standby may lack its predecessor's last changes, whose numbers the others know: it counts under a name of its own.
    timeline := ltrim(left(pg_walfile_name(pg_current_wal_lsn()), 8), '0');
    writer := node || '.' || (state ->> 'l') || CASE timeline WHEN '1' THEN '' ELSE '.' || timeline END;
    number := coalesce((state -> 'v' -> writer)::bigint, 0) + 1;
    state := jsonb_set(state, ARRAY['v', writer], to_jsonb(number));
    FOREACH counter IN ARRAY counters LOOP
        entries := coalesce(state -> 'c' -> counter, '{}'::jsonb);
        IF was IS NOT NULL THEN
            before := CASE jsonb_typeof(was -> counter) WHEN 'number' THEN (was -> counter)::numeric ELSE 0 END;
            IF entries = '{}'::jsonb THEN entries := jsonb_build_object('0', before); END IF;
        ELSE
            -- A row that comes back: what others added to the one that was deleted does not count for this one, as far as it is known here.
            before := (SELECT coalesce(sum(e.value::numeric), 0) FROM jsonb_each(entries) AS e);
        END IF;
        after := CASE jsonb_typeof(now -> counter) WHEN 'number' THEN (now -> counter)::numeric ELSE 0 END;
        IF after <> before THEN
            entries := jsonb_set(entries, ARRAY[writer], to_jsonb(coalesce((entries -> writer)::numeric, 0) + after - before));
        END IF;
        state := jsonb_set(state, ARRAY['c', counter], entries);
    END LOOP;
    IF columns THEN
        stamp := jsonb_build_array(writer, number, (extract(epoch FROM moment) * 1000000)::bigint);
        IF was IS NULL THEN
            state := jsonb_set(state, '{m}', jsonb_build_object('', stamp));
        ELSE
            state := jsonb_set(state, '{m}', (state -> 'm')
                || coalesce((SELECT jsonb_object_agg(n.key, stamp) FROM jsonb_each(now) AS n WHERE n.key <> ALL (counters) AND was -> n.key IS DISTINCT FROM n.value), '{}'::jsonb));
        END IF;
    END IF;
    RETURN state;
END
$$;

REVOKE ALL ON FUNCTION bucardo_node.merge_state(jsonb, integer, timestamptz, jsonb, jsonb, text[], boolean) FROM PUBLIC;
