SELECT c.id, c.syncname, c.schemaname, c.tablename, c.key, c.kind, c.constraint_name, c.strategy, c.outcome, c.decided, c.decided_on,
       coalesce(w.name, c.winner) AS winner, c.winner_at, c.winner_row::text AS winner_row, coalesce(l.name, c.loser) AS loser, c.loser_at, c.loser_row::text AS loser_row,
       c.result_row::text AS result_row, c.restored, c.restored_on
FROM bucardo.conflict c
LEFT JOIN bucardo.db w ON w.id = c.winner_origin
LEFT JOIN bucardo.db l ON l.id = c.loser_origin
WHERE ($1::bigint IS NULL OR c.id = $1::bigint)
  AND ($2::text IS NULL OR c.syncname LIKE $2::text)
  AND ($3::text[] IS NULL OR (c.schemaname, c.tablename) IN (SELECT * FROM unnest($3::text[], $4::text[])))
  AND ($5::text IS NULL OR c.key = $5::text)
  AND ($6::text IS NULL OR coalesce(w.name, c.winner) LIKE $6::text)
  AND ($7::text IS NULL OR coalesce(l.name, c.loser) LIKE $7::text)
  AND ($8::text IS NULL OR c.kind = $8::text)
  AND ($9::text IS NULL OR c.strategy LIKE $9::text)
  AND ($10::timestamptz IS NULL OR c.decided >= $10::timestamptz)
  AND ($11::timestamptz IS NULL OR c.decided < $11::timestamptz)
ORDER BY c.decided DESC, c.id DESC
LIMIT $12::bigint
