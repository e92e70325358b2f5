-- Whether all transactions that were under way when $1 was given out have ended.
SELECT pg_snapshot_xmin(pg_current_snapshot()) > $1::xid8
