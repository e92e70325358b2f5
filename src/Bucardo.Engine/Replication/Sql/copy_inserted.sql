-- Rows inserted into a table by this transaction, those that the session has not reported yet included.
SELECT coalesce((SELECT sum(pg_stat_get_xact_tuples_inserted(p.relid)) FROM pg_partition_tree($1) AS p), pg_stat_get_xact_tuples_inserted($1), 0)::bigint
