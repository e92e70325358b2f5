SELECT {table}, coalesce(c.origin, {node}), count(*), min(c.at)
FROM (SELECT origin, origin_xid AS version, at FROM bucardo_node.{change} WHERE {window} ORDER BY xid LIMIT {limit}) AS c
WHERE {unseen}
GROUP BY 2
