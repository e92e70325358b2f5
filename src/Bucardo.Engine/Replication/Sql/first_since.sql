-- The first transaction that wrote here, among the changes dated $1 or later.
SELECT min(xid::text::numeric)::text FROM (
    {changes}
    UNION ALL
    SELECT t.xid FROM bucardo_node.truncation t JOIN bucardo_node.replicates r ON r.captured = t.captured WHERE r.sync = $2 AND t.origin IS NULL AND t.at >= $1
) AS own
