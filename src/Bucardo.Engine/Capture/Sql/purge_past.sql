-- Contexts of rounds that every consumer has seen, but for the last one of them: it is that of the first changes that somebody lacks.
DELETE FROM bucardo_node.past p
USING bucardo_node.sync s
WHERE p.sync = s.id AND p.xid < (
    SELECT q.xid FROM bucardo_node.past q
    WHERE q.sync = s.id AND q.xid < (SELECT pg_snapshot_xmin(c.acknowledged) FROM bucardo_node.consumer c WHERE c.sync = s.id ORDER BY 1 LIMIT 1)
    ORDER BY q.xid DESC LIMIT 1)
