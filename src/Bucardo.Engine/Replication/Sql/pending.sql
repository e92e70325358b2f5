-- The keys that changed here outside what the receivers have seen, each with the version that the node holds of it.
SELECT * FROM (
    SELECT DISTINCT ON ({keys}) {keys}, coalesce(origin, {node}) AS origin, coalesce(origin_xid, xid) AS version, xid, at, seq
    FROM bucardo_node.{changes}
    WHERE {window}
    ORDER BY {keys}, seq DESC, xid DESC
) AS pending
WHERE {unseen}
