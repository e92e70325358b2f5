SELECT r.id, r.syncname, r.outcome, r.started, r.ended, r.inserts, r.updates, r.deletes, r.truncates, r.conflicts, r.deferred, r.status, r.problems::text AS problems
FROM bucardo.syncrun r
WHERE ($1::text IS NULL OR r.syncname LIKE $1::text)
  AND ($2::text IS NULL OR r.outcome = $2::text)
  AND ($3::timestamptz IS NULL OR r.started >= $3::timestamptz)
  AND ($4::bigint IS NULL OR r.id = $4::bigint)
ORDER BY r.started DESC, r.id DESC
LIMIT $5::bigint
