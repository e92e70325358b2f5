-- One installation or upgrade at a time; released when the transaction ends.
SELECT pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended('bucardo control schema', 0))
