-- The tables with a change table here; whether the sync $1 reads it; whether other syncs do, and which of them are to be kicked; whether rows have states.
SELECT c.relation::oid, c.id,
       coalesce(bool_or(r.sync = $1), false),
       coalesce(bool_or(r.sync <> $1), false),
       coalesce(array_agg(s.name ORDER BY s.name) FILTER (WHERE r.sync <> $1 AND r.source AND r.autokick), '{}'),
       to_regclass('bucardo_node.merge_' || c.id) IS NOT NULL
FROM bucardo_node.captured c
JOIN bucardo_node.replicates r ON r.captured = c.id
JOIN bucardo_node.sync s ON s.id = r.sync
GROUP BY c.relation, c.id
