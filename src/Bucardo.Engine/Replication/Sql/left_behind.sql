-- Ends what a service that is gone has left behind here, of rounds of this sync: a server that has not noticed yet keeps its locks for it, and nobody could prepare the node.
SELECT pg_terminate_backend(pid)
FROM pg_stat_activity
WHERE datname = current_database() AND usename = current_user AND application_name = ANY ($1::text[]) AND pid <> pg_backend_pid()
  AND state LIKE 'idle in transaction%' AND state_change < clock_timestamp() - interval '15 seconds'
