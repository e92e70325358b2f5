-- The timeline that the server writes (0 while it is a standby), and the time of the last transaction that it replayed before it was promoted.
SELECT CASE WHEN pg_is_in_recovery() THEN '0' ELSE left(pg_walfile_name(pg_current_wal_lsn()), 8) END, pg_last_xact_replay_timestamp()
