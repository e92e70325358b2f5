-- The context after the last round of which the log, read as far as $2, holds everything. Where a round began before one that was applied before it, neither counts without the other.
WITH missing AS (
    SELECT round FROM bucardo_node.past
    WHERE sync = $1 AND xid >= pg_snapshot_xmin($2::pg_snapshot) AND NOT pg_visible_in_snapshot(xid, $2::pg_snapshot)
    ORDER BY xid LIMIT 1
)
SELECT p.origins, p.snapshots, p.part_xids, p.exceptions
FROM bucardo_node.past p
WHERE p.sync = $1 AND p.xid < pg_snapshot_xmax($2::pg_snapshot) AND pg_visible_in_snapshot(p.xid, $2::pg_snapshot) AND NOT EXISTS (SELECT FROM missing m WHERE m.round < p.round)
ORDER BY p.xid DESC LIMIT 1
