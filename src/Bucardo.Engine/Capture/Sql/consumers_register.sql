-- The first snapshot of a peer is taken before the triggers are there: what is captured from now on is pending for it.
-- What was seen of a peer that leaves stays noted, for what it brought still travels among the others; of one that comes (again) it says nothing.
WITH joined AS (
    SELECT coalesce(array_agg(p), '{}') AS peers
    FROM unnest($2::integer[]) AS p
    WHERE NOT EXISTS (SELECT FROM bucardo_node.consumer c WHERE c.sync = $1 AND c.peer = p)
), gone AS (
    DELETE FROM bucardo_node.consumer WHERE sync = $1 AND peer <> ALL ($2) RETURNING peer
), suspected AS (
    -- Who leaves in the middle of its backlog may have brought rows whose parents it never will: of a row that had changed again, the rest would have brought what it is now.
    INSERT INTO bucardo_node.suspect (sync, relation, waits)
    SELECT $1, r, '{}' FROM unnest($3::integer[]) AS r
    WHERE EXISTS (SELECT FROM bucardo_node.progress p JOIN gone ON p.origin = gone.peer WHERE p.sync = $1 AND (p.is_incomplete OR p.part_xid IS NOT NULL OR p.snapshot::text <> p.floor::text))
), counted AS (
    -- A round that was planned before must not note it again. (Where there has been none, that is to be seen: NodePast.)
    UPDATE bucardo_node.sync SET round = round + 1 FROM joined WHERE id = $1 AND round > 0 AND joined.peers <> '{}'
), forgotten AS (
    DELETE FROM bucardo_node.progress USING joined WHERE sync = $1 AND origin = ANY (joined.peers)
), outdated AS (
    DELETE FROM bucardo_node.past USING joined WHERE sync = $1 AND origins && joined.peers
), released AS (
    DELETE FROM bucardo_node.held USING joined WHERE sync = $1 AND (origin = ANY (joined.peers) OR relation <> ALL ($3))
), left_out AS (
    DELETE FROM bucardo_node.deferred USING joined WHERE sync = $1 AND (origin = ANY (joined.peers) OR relation <> ALL ($3))
)
INSERT INTO bucardo_node.consumer (sync, peer, joined)
SELECT $1, p, EXISTS (SELECT FROM bucardo_node.consumer WHERE sync = $1) FROM unnest($2::integer[]) AS p
ON CONFLICT (sync, peer) DO NOTHING
