INSERT INTO bucardo_node.progress (sync, origin, snapshot, floor)
SELECT $1, p.origin, p.snapshot::pg_snapshot, p.floor::pg_snapshot
FROM unnest($2::integer[], $3::text[], $4::text[]) AS p(origin, snapshot, floor)
ON CONFLICT (sync, origin) DO UPDATE SET snapshot = excluded.snapshot, floor = excluded.floor, moved = now()
