-- Whoever commits and waits for the disk takes all commits before along: those of applications that do not wait (synchronous_commit = off), too.
-- Nothing is written where that has happened already ($1: how far the log is to be on disk; null where the server does not tell).
SELECT pg_logical_emit_message(true, 'bucardo', '') FROM (SELECT) AS message
WHERE CASE WHEN $1::text IS NULL THEN true ELSE pg_current_wal_flush_lsn() < $1::text::pg_lsn END
