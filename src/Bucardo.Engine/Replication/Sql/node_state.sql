SELECT pg_current_snapshot()::text, coalesce((SELECT round FROM bucardo_node.sync WHERE id = $1), -1)
