-- Where a step of $1 change rows ends: at the first transaction past the limit; and if that is the very first one, with so many of its changes.
-- Nothing, where fewer are new or a TRUNCATE is among what is new ($2: what has been seen).
WITH changes AS MATERIALIZED (
    SELECT xid, seq FROM ({changes}) AS c ORDER BY xid, seq LIMIT $1 + 1
), lowest AS (
    SELECT xid FROM changes ORDER BY xid LIMIT 1
), past AS (
    SELECT xid FROM changes ORDER BY xid DESC, seq DESC LIMIT 1
)
SELECT past.xid::text, CASE WHEN past.xid = lowest.xid THEN (SELECT seq FROM changes ORDER BY seq DESC OFFSET 1 LIMIT 1) END
FROM past, lowest
WHERE (SELECT count(*) FROM changes) > $1
  AND NOT EXISTS (SELECT FROM bucardo_node.truncation WHERE NOT pg_visible_in_snapshot(xid, $2::pg_snapshot))
