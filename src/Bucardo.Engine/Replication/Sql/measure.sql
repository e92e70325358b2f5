SELECT {table}, coalesce(c.origin, {node}), count(*), min(c.at)
FROM (SELECT * FROM ({first}) AS f ORDER BY xid LIMIT {limit}) AS c
WHERE {unseen}
GROUP BY 2
