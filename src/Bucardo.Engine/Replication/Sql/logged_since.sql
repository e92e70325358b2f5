-- When and in which transactions of the origin $1, from $2 on, the changes were made that this node has logged.
SELECT DISTINCT xid::text, at FROM (
    {changes}
    UNION ALL
    SELECT origin_xid, at FROM bucardo_node.truncation WHERE origin = $1 AND origin_xid >= $2
) AS logged
