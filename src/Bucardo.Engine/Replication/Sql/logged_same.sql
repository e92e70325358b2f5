-- Of changes of the origin $1 (transactions $2, times $3), those that this node's log has. A transaction id alone may mean another one, for a promoted standby gives ids again.
SELECT DISTINCT logged.xid::text, logged.at FROM (
    {changes}
    UNION ALL
    SELECT coalesce(origin_xid, xid), at FROM bucardo_node.truncation WHERE coalesce(origin, {node}) = $1
) AS logged
JOIN unnest($2::text[], $3::timestamptz[]) AS u(xid, at) ON logged.xid = u.xid::xid8 AND logged.at = u.at
