-- How large the relations $1.$2 are; of a partitioned table, all its partitions together. Rows: -1 where PostgreSQL has no estimate.
SELECT n.nspname::text AS schema, c.relname::text AS name,
       (SELECT CASE WHEN min(l.reltuples) < 0 THEN -1 ELSE sum(l.reltuples)::bigint END
        FROM pg_catalog.pg_class l WHERE l.relkind <> 'p' AND (l.oid = c.oid OR l.oid IN (SELECT t.relid FROM pg_catalog.pg_partition_tree(c.oid) t))) AS rows,
       (SELECT coalesce(sum(pg_catalog.pg_total_relation_size(l.oid)), 0)::bigint
        FROM pg_catalog.pg_class l WHERE l.oid = c.oid OR l.oid IN (SELECT t.relid FROM pg_catalog.pg_partition_tree(c.oid) t)) AS bytes
FROM unnest($1::text[], $2::text[]) AS wanted (schema, name)
JOIN pg_catalog.pg_namespace n ON n.nspname = wanted.schema
JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = wanted.name
