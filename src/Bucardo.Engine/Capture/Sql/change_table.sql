CREATE TABLE IF NOT EXISTS bucardo_node.{change} (
    {key_definitions},
    seq         bigint      NOT NULL DEFAULT nextval('bucardo_node.change_seq'),
    xid         xid8        NOT NULL DEFAULT pg_current_xact_id(),
    at          timestamptz NOT NULL DEFAULT clock_timestamp(),
    origin      integer,
    origin_xid  xid8
);
ALTER TABLE bucardo_node.{change} REPLICA IDENTITY FULL;
CREATE INDEX IF NOT EXISTS {index} ON bucardo_node.{change} (xid);
COMMENT ON TABLE bucardo_node.{change} IS {comment};
