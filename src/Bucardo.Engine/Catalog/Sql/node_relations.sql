-- All relations that people made, whatever their kind: so that a wrong kind can be named.
SELECT c.oid, n.nspname::text AS schema, c.relname::text AS name, c.relkind::text AS kind, c.relispartition
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'S', 'v', 'm', 'f')
  AND c.relpersistence <> 't'
  AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast', 'bucardo', 'bucardo_node')
  AND n.nspname !~ '^pg_(temp|toast_temp)_'
ORDER BY n.nspname, c.relname
