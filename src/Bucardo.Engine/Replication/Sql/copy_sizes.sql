-- Bytes of each table, its partitions included.
SELECT t.relation::bigint, coalesce((SELECT sum(pg_table_size(p.relid)) FROM pg_partition_tree(t.relation) AS p WHERE p.isleaf), pg_table_size(t.relation), 0)::bigint
FROM unnest($1::oid[]) AS t(relation)
