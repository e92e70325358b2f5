-- Of a node's backends, those that have gone or, if a statement has been sent to them, run nothing; each with the time since when. They and this side wait for each other.
SELECT p.pid, coalesce(a.state_change::text, 'gone')
FROM unnest($1::integer[], $2::boolean[]) AS p(pid, has_statement)
LEFT JOIN pg_stat_activity a ON a.pid = p.pid
WHERE a.pid IS NULL OR (p.has_statement AND a.state <> 'active')
ORDER BY p.pid
