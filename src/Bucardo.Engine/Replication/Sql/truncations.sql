-- The last TRUNCATE of each table in the window.
SELECT DISTINCT ON (captured) captured, origin, coalesce(origin_xid, xid)::text, xid::text, at, seq
FROM bucardo_node.truncation
WHERE NOT pg_visible_in_snapshot(xid, $1::pg_snapshot) AND pg_visible_in_snapshot(xid, $2::pg_snapshot)
ORDER BY captured, seq DESC
