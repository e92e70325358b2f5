SELECT 1 FROM bucardo_node.truncation
WHERE captured = {id} AND NOT pg_visible_in_snapshot(xid, {read}::pg_snapshot) AND xid <> pg_current_xact_id()
