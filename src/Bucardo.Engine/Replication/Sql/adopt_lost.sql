-- What this node logged of the origin $1 from its transaction $2 on, and the origin's server does not know any more ($3, $4: transactions and times of what it knows),
-- becomes this node's own: where it is the version that the node holds.
WITH held AS MATERIALIZED (
    SELECT DISTINCT ON ({keys}) place, origin, origin_xid, at FROM bucardo_node.{changes} ORDER BY {keys}, seq DESC, xid DESC
)
UPDATE bucardo_node.{change} c SET origin = NULL, origin_xid = NULL, xid = pg_current_xact_id()
FROM held h
WHERE c.ctid = h.place AND h.origin = $1 AND h.origin_xid >= $2
  AND NOT EXISTS (SELECT FROM unnest($3::text[], $4::timestamptz[]) AS k(xid, at) WHERE k.xid::xid8 = h.origin_xid AND k.at = h.at)
