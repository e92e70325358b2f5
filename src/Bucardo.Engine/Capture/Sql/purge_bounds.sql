-- Per captured table, the transaction below which every consumer of every sync has seen all.
SELECT r.captured, min(pg_snapshot_xmin(c.acknowledged)::text::numeric)::text
FROM bucardo_node.replicates r
JOIN bucardo_node.consumer c ON c.sync = r.sync
GROUP BY r.captured
