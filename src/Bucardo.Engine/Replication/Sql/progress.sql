-- The context after a round, and the same for later: what this node had seen when its log ended here ($10: whether receivers log what they are sent, so that anybody will ask).
WITH kept AS (
    INSERT INTO bucardo_node.past (sync, round, origins, snapshots, part_xids, exceptions)
    SELECT $1, s.round, $2, CASE WHEN NOT EXISTS (SELECT FROM bucardo_node.held WHERE sync = $1) THEN $3::text[] END, $5::text[], $9
    FROM bucardo_node.sync s
    WHERE s.id = $1 AND $10
)
INSERT INTO bucardo_node.progress (sync, origin, snapshot, floor, part_xid, part_seq, timeline, timeline_start, timeline_shared, is_incomplete)
SELECT $1, p.origin, p.snapshot::pg_snapshot, p.floor::pg_snapshot, p.part_xid::xid8, p.part_seq, p.timeline, p.timeline_start::xid8, p.timeline_shared::xid8, p.is_incomplete
FROM unnest($2::integer[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::integer[], $8::text[], $11::text[], $12::boolean[])
    AS p(origin, snapshot, floor, part_xid, part_seq, timeline, timeline_start, timeline_shared, is_incomplete)
ON CONFLICT (sync, origin) DO UPDATE
SET snapshot = excluded.snapshot, floor = excluded.floor, part_xid = excluded.part_xid, part_seq = excluded.part_seq,
    timeline = excluded.timeline, timeline_start = excluded.timeline_start, timeline_shared = excluded.timeline_shared, is_incomplete = excluded.is_incomplete,
    -- As text, because pg_snapshot knows no comparison.
    moved = CASE WHEN progress.snapshot::text = excluded.snapshot::text THEN progress.moved ELSE now() END
