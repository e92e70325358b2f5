INSERT INTO bucardo_node.captured (relation, key_columns, key_types)
VALUES ($1::oid::regclass, $2, $3)
ON CONFLICT (relation) DO UPDATE SET key_columns = excluded.key_columns, key_types = excluded.key_types
RETURNING id
