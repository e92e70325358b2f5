INSERT INTO bucardo_node.deferred (sync, relation, key, origin, xid, at)
SELECT $1, d.* FROM (SELECT r, k, o, x::xid8, a FROM unnest($2::integer[], $3::text[], $4::integer[], $5::text[], $6::timestamptz[]) AS u(r, k, o, x, a)) AS d
