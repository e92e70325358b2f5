-- Keys that a large statement changed, many together: a row for each would cost the statement more than all else that capture does. A key is in it once for each statement, so the keys of a row have
-- one place in the order of changes.
CREATE TABLE IF NOT EXISTS bucardo_node.{bulk} (
    {key_definitions},
    seq         bigint      NOT NULL DEFAULT nextval('bucardo_node.change_seq'),
    xid         xid8        NOT NULL DEFAULT pg_current_xact_id(),
    at          timestamptz NOT NULL DEFAULT clock_timestamp()
);
ALTER TABLE bucardo_node.{bulk} REPLICA IDENTITY FULL, {storage};
CREATE INDEX IF NOT EXISTS {index} ON bucardo_node.{bulk} (xid);
COMMENT ON TABLE bucardo_node.{bulk} IS {comment};
