-- The same of what large statements changed. Each of them has its first rows in the change table, so how far it has been purged is noted already.
WITH gone AS (
    DELETE FROM bucardo_node.{bulk} WHERE ctid = ANY (ARRAY(SELECT ctid FROM bucardo_node.{bulk} WHERE xid < {below}::xid8 LIMIT {batch})) RETURNING cardinality(k1) AS keys
)
SELECT count(*), coalesce(sum(keys), 0)::bigint FROM gone
