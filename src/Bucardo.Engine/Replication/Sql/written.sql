-- How far the log was written, where it is not on disk that far.
(SELECT CASE WHEN pg_current_wal_flush_lsn() < log.written THEN log.written::text END FROM (SELECT pg_current_wal_insert_lsn() AS written OFFSET 0) AS log)
