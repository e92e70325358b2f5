
UNION ALL
(SELECT {columns}, cardinality(k1) FROM bucardo_node.{bulk} WHERE {new}{first})