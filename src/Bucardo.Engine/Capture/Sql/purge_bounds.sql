-- Per captured table of which anything is kept, the transaction below which every consumer of every sync has seen all; whether it has a table for large statements.
SELECT r.captured, min(pg_snapshot_xmin(c.acknowledged)::text::numeric)::text, to_regclass('bucardo_node.bulk_' || r.captured) IS NOT NULL
FROM bucardo_node.replicates r
JOIN bucardo_node.consumer c ON c.sync = r.sync
WHERE pg_relation_size(('bucardo_node.change_' || r.captured)::regclass) > 0 OR EXISTS (SELECT FROM bucardo_node.truncation t WHERE t.captured = r.captured)
GROUP BY r.captured
