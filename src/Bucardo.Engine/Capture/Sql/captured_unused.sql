SELECT c.id, n.nspname, r.relname, r.relkind::text
FROM bucardo_node.captured c
LEFT JOIN pg_class r ON r.oid = c.relation
LEFT JOIN pg_namespace n ON n.oid = r.relnamespace
WHERE NOT EXISTS (SELECT FROM bucardo_node.replicates p WHERE p.captured = c.id)
