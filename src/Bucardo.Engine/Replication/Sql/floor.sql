-- What was seen of an earlier timeline ($3: the origin's now) says nothing of this one's transactions.
SELECT floor::text FROM bucardo_node.progress WHERE sync = $1 AND origin = $2 AND (timeline IS NULL OR $3 = 0 OR timeline = $3)
UNION ALL
SELECT h.floor::text FROM bucardo_node.held h JOIN bucardo_node.progress p USING (sync, origin)
WHERE h.sync = $1 AND h.origin = $2 AND (p.timeline IS NULL OR $3 = 0 OR p.timeline = $3)
