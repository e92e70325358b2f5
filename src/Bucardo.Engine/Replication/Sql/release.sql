-- A table whose context is that of all others needs none of its own. As text, because pg_snapshot knows no comparison.
DELETE FROM bucardo_node.held
WHERE sync = $1 AND relation = $2 AND NOT EXISTS (
    SELECT FROM bucardo_node.held h
    LEFT JOIN bucardo_node.progress p USING (sync, origin)
    WHERE h.sync = $1 AND h.relation = $2
      AND (p.snapshot::text IS DISTINCT FROM h.snapshot::text OR h.part_xid IS DISTINCT FROM p.part_xid OR h.part_seq IS DISTINCT FROM p.part_seq
           -- What is deferred in the table holds its floor down, the others' stands for it only if it lies as low.
           OR (h.floor::text <> h.snapshot::text AND h.floor::text <> p.floor::text)))
