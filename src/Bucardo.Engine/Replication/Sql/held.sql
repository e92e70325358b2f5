INSERT INTO bucardo_node.held (sync, relation, origin, snapshot, floor, part_xid, part_seq)
SELECT $1, h.relation, h.origin, h.snapshot::pg_snapshot, h.floor::pg_snapshot, h.part_xid::xid8, h.part_seq
FROM unnest($2::integer[], $3::integer[], $4::text[], $5::text[], $6::text[], $7::bigint[]) AS h(relation, origin, snapshot, floor, part_xid, part_seq)
ON CONFLICT (sync, relation, origin) DO UPDATE
SET snapshot = excluded.snapshot, floor = excluded.floor, part_xid = excluded.part_xid, part_seq = excluded.part_seq
