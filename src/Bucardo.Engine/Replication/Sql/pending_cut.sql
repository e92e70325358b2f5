-- The same where a backlog is worked off in steps: the keys come from the step's part of it, each with the version that the node holds now. The row that travels is the present
-- one, so an older version would be a false name for it: a key that changed again behind the cut is left to the step that reads that change.
-- Behind the cut lies the rest of the backlog, however long: it is read past a hash of the step's keys. That the change there comes later says the same, and keeps the planner from sorting out equal keys first.
SELECT * FROM (
    SELECT DISTINCT ON ({keys}) {keys}, coalesce(c.origin, {node}) AS origin, coalesce(c.origin_xid, c.xid) AS version, c.xid, c.at, c.seq
    FROM (
        SELECT * FROM bucardo_node.{changes} c WHERE {window}
        UNION ALL
        SELECT * FROM bucardo_node.{changes} c
        WHERE {new} AND NOT ({read}) AND EXISTS (SELECT FROM bucardo_node.{changes} w WHERE {match} AND {window_again} AND w.seq <= c.seq)
    ) AS c
    ORDER BY {keys}, c.seq DESC, c.xid DESC
) AS pending
WHERE ({read_pending}) AND {unseen}
