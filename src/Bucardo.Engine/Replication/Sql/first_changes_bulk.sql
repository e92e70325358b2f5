
UNION ALL
-- Taken apart in this order, and only as far as is needed.
(SELECT b.xid, NULL::integer, NULL::xid8, b.at FROM (SELECT * FROM bucardo_node.{bulk} WHERE {window} ORDER BY xid LIMIT {limit}) AS b, unnest(b.k1) LIMIT {limit})