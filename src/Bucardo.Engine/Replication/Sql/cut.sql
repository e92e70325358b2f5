-- Where a step of $1 changes ends: at the first transaction past the limit; and if that is the very first one, with so many of its changes.
-- What a round brought is not split (it is not larger than what the round's own step had): then at the next transaction, if there is one.
-- Nothing, where fewer are new or a TRUNCATE is among what is new ($2: what has been seen).
WITH beyond AS (
    -- Of each table no more than that, in the order of its index: a step must not cost what the whole backlog costs.
    SELECT xid FROM (SELECT xid, sum(keys) OVER (ORDER BY xid ROWS UNBOUNDED PRECEDING) AS upto FROM ({first}) AS f) AS c WHERE upto > $1 ORDER BY xid LIMIT 1
), ending AS (
    SELECT xid, NOT EXISTS (SELECT FROM ({changes}) AS c WHERE c.xid < beyond.xid) AS is_first, EXISTS (SELECT FROM bucardo_node.past p WHERE p.xid = beyond.xid) AS is_round FROM beyond
)
SELECT CASE WHEN is_first AND is_round THEN (SELECT c.xid FROM ({changes}) AS c WHERE c.xid > ending.xid ORDER BY c.xid LIMIT 1) ELSE ending.xid END::text,
       CASE WHEN is_first AND NOT is_round THEN
           (SELECT seq FROM (SELECT seq, sum(keys) OVER (ORDER BY seq ROWS UNBOUNDED PRECEDING) AS upto FROM ({changes}) AS c WHERE c.xid = ending.xid) AS c WHERE upto >= $1 ORDER BY seq LIMIT 1)
       END
FROM ending
WHERE NOT EXISTS (SELECT FROM bucardo_node.truncation WHERE NOT pg_visible_in_snapshot(xid, $2::pg_snapshot))
