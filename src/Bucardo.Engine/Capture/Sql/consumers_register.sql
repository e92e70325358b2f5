-- The first snapshot of a peer is taken before the triggers are there: what is captured from now on is pending for it.
-- What was seen of a peer that leaves stays noted, for what it brought still travels among the others; of one that comes (again) it says nothing.
WITH joined AS (
    SELECT coalesce(array_agg(p), '{}') AS peers
    FROM unnest($2::integer[]) AS p
    WHERE NOT EXISTS (SELECT FROM bucardo_node.consumer c WHERE c.sync = $1 AND c.peer = p)
), counted AS (
    -- A round that was planned before must not note it again. (Where there has been none, that is to be seen: NodePast.)
    UPDATE bucardo_node.sync SET round = round + 1 FROM joined WHERE id = $1 AND round > 0 AND joined.peers <> '{}'
), gone AS (
    DELETE FROM bucardo_node.consumer WHERE sync = $1 AND peer <> ALL ($2)
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
