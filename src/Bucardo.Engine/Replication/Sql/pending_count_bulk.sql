-- What many keys to a row were recorded for was written here, and is known by no other way.
SELECT c.unseen + b.keys, c.total + b.keys
FROM ({one_by_one}) AS c (unseen, total), (SELECT coalesce(sum(cardinality(k1)), 0) FROM (SELECT k1 FROM bucardo_node.{bulk} WHERE {window} LIMIT {limit}) AS k) AS b (keys)