CREATE OR REPLACE VIEW bucardo_node.{changes} AS
SELECT {change_keys}, seq, xid, at, origin, origin_xid, ctid AS place FROM bucardo_node.{change}{bulk};
COMMENT ON VIEW bucardo_node.{changes} IS {comment};
