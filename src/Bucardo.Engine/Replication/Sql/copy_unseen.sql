-- Whether this node's log names a version that the source of the copy has not seen: it would be overwritten unseen.
SELECT EXISTS (
    SELECT FROM (
        SELECT coalesce(origin, {node}) AS origin, coalesce(origin_xid, xid) AS version FROM bucardo_node.{changes}
        UNION ALL
        SELECT coalesce(origin, {node}), coalesce(origin_xid, xid) FROM bucardo_node.truncation WHERE captured = {id}
    ) AS c
    LEFT JOIN unnest($1::integer[], $2::text[]) AS s(origin, snapshot) USING (origin)
    WHERE coalesce(NOT pg_visible_in_snapshot(c.version, s.snapshot::pg_snapshot), true)
       OR EXISTS (SELECT FROM unnest($3::integer[], $4::text[]) AS e(origin, version) WHERE e.origin = c.origin AND e.version::xid8 = c.version)
)
