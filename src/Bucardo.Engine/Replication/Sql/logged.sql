-- Which of given keys have been held here as a version: what came of a transaction that travels in several steps.
SELECT DISTINCT {canonical}
FROM bucardo_node.{changes} c
JOIN unnest({arrays}) AS u({texts}) ON {match}
WHERE coalesce(c.origin, {node}) = {origin} AND coalesce(c.origin_xid, c.xid) = {version}::xid8
