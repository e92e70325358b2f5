-- The versions that the node holds of given keys (deferred by some node), seen or not.
SELECT DISTINCT ON ({keys}) {keys}, coalesce(origin, {node}) AS origin, coalesce(origin_xid, xid) AS version, xid, at, seq
FROM bucardo_node.{changes} c
JOIN unnest({arrays}) AS u({texts}) ON {match}
ORDER BY {keys}, seq DESC, xid DESC
