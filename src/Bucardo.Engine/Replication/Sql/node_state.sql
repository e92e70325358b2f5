SELECT pg_current_snapshot()::text, coalesce(s.round, -1), coalesce(s.timeline, 0),
       coalesce((SELECT max(c.purged::text::numeric) FROM bucardo_node.replicates r JOIN bucardo_node.captured c ON c.id = r.captured WHERE r.sync = $1), 0)::text,
       coalesce(s.epoch, 0),
       clock_timestamp() + coalesce((SELECT ahead FROM bucardo_node.node), '0'),
       NOT pg_try_advisory_xact_lock_shared({copying}, $1),
       -- Asked after the snapshot was taken: what it holds was written by then.
       {written}
FROM (SELECT $1::integer AS id) AS wanted
LEFT JOIN bucardo_node.sync s USING (id)
