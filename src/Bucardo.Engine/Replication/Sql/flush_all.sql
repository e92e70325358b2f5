-- All that has been committed gets to the disk, if it is not there: whoever commits and waits takes it along.
SELECT pg_logical_emit_message(true, 'bucardo', '') FROM (SELECT) AS message WHERE pg_current_wal_flush_lsn() < pg_current_wal_insert_lsn()
