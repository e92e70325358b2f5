-- A table whose context is that of all others needs none of its own. As text, because pg_snapshot knows no comparison. What is deferred in it holds its floor down, and from now on that of all:
-- it may be waiting for another table, and get on only together with it.
WITH level AS (
    SELECT WHERE NOT EXISTS (
        SELECT FROM bucardo_node.held h
        LEFT JOIN bucardo_node.progress p USING (sync, origin)
        WHERE h.sync = $1 AND h.relation = $2
          AND (p.snapshot::text IS DISTINCT FROM h.snapshot::text OR h.part_xid IS DISTINCT FROM p.part_xid OR h.part_seq IS DISTINCT FROM p.part_seq))
), lowered AS (
    UPDATE bucardo_node.progress p SET floor = h.floor
    FROM bucardo_node.held h, level
    WHERE h.sync = $1 AND h.relation = $2 AND p.sync = h.sync AND p.origin = h.origin AND pg_snapshot_xmin(h.floor) < pg_snapshot_xmin(p.floor)
)
DELETE FROM bucardo_node.held USING level WHERE sync = $1 AND relation = $2
