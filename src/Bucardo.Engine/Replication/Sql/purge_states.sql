-- The state of a row that is gone is wanted as long as somebody may come with a change of that row that was made without knowing of the deletion:
-- until the deletion itself has been purged, which takes that all peers have seen it. The hour is for what they, seeing it, decided against it.
DELETE FROM bucardo_node.{merge} m
WHERE m.gone < now() - interval '1 hour'
  AND NOT EXISTS (SELECT FROM bucardo_node.{changes} c WHERE {change_match})
  AND NOT EXISTS (SELECT FROM {table} t WHERE {match})
