-- As text, because pg_snapshot knows no comparison.
UPDATE bucardo_node.consumer SET acknowledged = $3::pg_snapshot, at = now() WHERE sync = $1 AND peer = $2 AND acknowledged::text <> ($3::pg_snapshot)::text
