-- Rows of origins of which no context tells what has come (from outside of the sync, mostly) and that this node holds already, as that very version: another node of the sync has got them from here,
-- and hands them on like all that it logs.
SELECT {canonical}, s."bucardo$origin", s."bucardo$version"::text, s."bucardo$at", {row}
FROM {rows} s
CROSS JOIN LATERAL (
    SELECT coalesce(c.origin, {node}) AS origin, coalesce(c.origin_xid, c.xid) AS version, c.seq
    FROM bucardo_node.{changes} c WHERE {change_match} ORDER BY c.seq DESC, c.xid DESC LIMIT 1
) AS held
WHERE s."bucardo$origin" <> ALL ({told}) AND held.origin = s."bucardo$origin" AND held.version = s."bucardo$version"
  AND NOT EXISTS (SELECT FROM bucardo_node.truncation t WHERE t.captured = {id} AND t.seq > held.seq)
