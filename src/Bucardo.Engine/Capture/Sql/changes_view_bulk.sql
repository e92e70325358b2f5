
UNION ALL
SELECT {unnested}, seq, xid, at, NULL::integer, NULL::xid8, NULL::tid FROM bucardo_node.{bulk}