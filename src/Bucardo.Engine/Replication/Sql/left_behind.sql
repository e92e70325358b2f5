-- Ends what a service that is gone has left behind here, of rounds of this sync: a server that has not noticed yet keeps its locks for it, and nobody could prepare the node.
-- The function and not the view pg_stat_activity, which takes a new session three times as long to plan.
SELECT pg_terminate_backend(pid)
FROM pg_stat_get_activity(NULL)
WHERE datid = (SELECT oid FROM pg_database WHERE datname = current_database()) AND usesysid = quote_ident(current_user)::regrole AND application_name = ANY ($1::text[]) AND pid <> pg_backend_pid()
  AND state LIKE 'idle in transaction%' AND state_change < clock_timestamp() - interval '15 seconds'
