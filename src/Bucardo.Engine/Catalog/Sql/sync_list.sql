SELECT s.id, s.name, s.herd, s.dbs, s.status, s.paused, s.pause_reason, s.autokick, extract(epoch FROM s.checktime)::float8 AS checktime,
       s.conflict_strategy, s.max_changes::integer AS max_changes, s.cdate
FROM bucardo.sync s
WHERE ($1::text IS NULL OR s.name LIKE $1::text) AND ($2::boolean IS NOT TRUE OR s.status <> 'inactive')
ORDER BY s.name
