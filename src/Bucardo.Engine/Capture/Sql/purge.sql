-- Purges a batch of the table $1 below a transaction, which stands here so that the planner knows how much that is, and notes how far: what is gone can never be sent again.
WITH emptied AS (
    DELETE FROM bucardo_node.truncation WHERE captured = $1 AND xid < {below}::xid8 RETURNING 1
), gone AS (
    DELETE FROM bucardo_node.{change} WHERE ctid = ANY (ARRAY(SELECT ctid FROM bucardo_node.{change} WHERE xid < {below}::xid8 LIMIT {batch})) RETURNING 1
), noted AS (
    UPDATE bucardo_node.captured SET purged = {below}::xid8
    WHERE id = $1 AND (purged IS NULL OR purged < {below}::xid8) AND (EXISTS (SELECT FROM emptied) OR EXISTS (SELECT FROM gone))
)
SELECT (SELECT count(*) FROM gone), (SELECT count(*) FROM emptied)
