-- Whether all transactions that were under way below $1 have ended.
SELECT pg_snapshot_xmin(pg_current_snapshot()) >= $1::xid8
