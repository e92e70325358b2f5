-- A deletion may find nothing to delete, and so waits for nobody: somebody may be inserting the same key at this moment, with a sequence number already drawn.
-- What that transaction writes is later than the deletion, so the deletion ranks directly after what is known of the key.
INSERT INTO bucardo_node.{change} ({keys}, seq, origin, origin_xid, at)
SELECT {values}, greatest(coalesce(max(c.seq), 0), (SELECT max(seq) FROM bucardo_node.truncation WHERE captured = {id})), s."bucardo$origin", s."bucardo$version", s."bucardo$at"
FROM {rows} s
LEFT JOIN bucardo_node.{changes} c ON {change_match}
WHERE NOT s."bucardo$present"
GROUP BY {values}, s."bucardo$origin", s."bucardo$version", s."bucardo$at"
