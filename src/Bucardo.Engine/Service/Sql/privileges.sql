-- Rights that the role lacks on the tables in $1 (oids), their partitions and their schemas; $2: whether capture is to be installed there. Kind, name, quoted name, right.
WITH needed AS (
    SELECT c.oid, c.relname, n.oid AS schema, n.nspname, p.privilege
    FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace
    CROSS JOIN unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE'] || CASE WHEN $2 THEN ARRAY['TRIGGER'] ELSE ARRAY[]::text[] END) AS p(privilege)
    WHERE c.oid = ANY ($1::oid[])
  UNION ALL
    -- A TRUNCATE of one partition is captured there.
    SELECT c.oid, c.relname, n.oid, n.nspname, p.privilege
    FROM pg_class t
    CROSS JOIN pg_partition_tree(t.oid) l
    JOIN pg_class c ON c.oid = l.relid
    JOIN pg_namespace n ON n.oid = c.relnamespace
    CROSS JOIN unnest(ARRAY['SELECT', 'TRIGGER']) AS p(privilege)
    WHERE $2 AND t.oid = ANY ($1::oid[]) AND t.relkind = 'p' AND l.isleaf
)
SELECT DISTINCT 'SCHEMA', nspname::text, quote_ident(nspname), 'USAGE' FROM needed WHERE NOT has_schema_privilege(schema, 'USAGE')
UNION ALL
SELECT 'TABLE', nspname || '.' || relname, quote_ident(nspname) || '.' || quote_ident(relname), privilege FROM needed WHERE NOT has_table_privilege(oid, privilege)
ORDER BY 1, 2, 4
