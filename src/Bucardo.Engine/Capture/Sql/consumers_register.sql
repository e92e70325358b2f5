-- The first snapshot of a peer is taken before the triggers are there: what is captured from now on is pending for it.
WITH gone AS (
    DELETE FROM bucardo_node.consumer WHERE sync = $1 AND peer <> ALL ($2)
), forgotten AS (
    DELETE FROM bucardo_node.progress WHERE sync = $1 AND origin <> ALL ($2)
), outdated AS (
    DELETE FROM bucardo_node.past WHERE sync = $1 AND NOT origins <@ $2
), released AS (
    DELETE FROM bucardo_node.held WHERE sync = $1 AND (origin <> ALL ($2) OR relation <> ALL ($3))
)
INSERT INTO bucardo_node.consumer (sync, peer)
SELECT $1, p FROM unnest($2::integer[]) AS p
ON CONFLICT (sync, peer) DO NOTHING
