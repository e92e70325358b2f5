INSERT INTO bucardo_node.progress (sync, origin, snapshot, floor, part_xid, part_seq)
SELECT $1, p.origin, p.snapshot::pg_snapshot, p.floor::pg_snapshot, p.part_xid::xid8, p.part_seq
FROM unnest($2::integer[], $3::text[], $4::text[], $5::text[], $6::bigint[]) AS p(origin, snapshot, floor, part_xid, part_seq)
ON CONFLICT (sync, origin) DO UPDATE
SET snapshot = excluded.snapshot, floor = excluded.floor, part_xid = excluded.part_xid, part_seq = excluded.part_seq, moved = now()
