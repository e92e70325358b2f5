-- Keys that somebody changed here after the round's snapshot: they are left out, for the round knows nothing of that change. A TRUNCATE changes every key.
SELECT {canonical}, s."bucardo$origin", s."bucardo$version"::text, s."bucardo$at", {row}
FROM {rows} s
JOIN bucardo_node.{changes} c ON {change_match}
WHERE c.xid >= {low}::xid8 AND NOT pg_visible_in_snapshot(c.xid, {read}::pg_snapshot)
  AND c.xid <> pg_current_xact_id()
UNION
SELECT {canonical}, s."bucardo$origin", s."bucardo$version"::text, s."bucardo$at", {row}
FROM {rows} s
WHERE EXISTS ({truncated})
