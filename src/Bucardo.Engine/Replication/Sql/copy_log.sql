SELECT DISTINCT ON ({keys}) {keys}, coalesce(origin, {node}), coalesce(origin_xid, xid), at
FROM bucardo_node.{changes}
WHERE seq > coalesce((SELECT max(seq) FROM bucardo_node.truncation WHERE captured = {id}), 0)
ORDER BY {keys}, seq DESC, xid DESC
