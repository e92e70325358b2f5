-- The sequences $1 (schemas) and $2 (names), in that order: how they count, what the role may do, and the last value that was handed out.
SELECT c.oid, q.seqincrement, q.seqmin, q.seqmax, q.seqcache, q.seqcycle,
       has_sequence_privilege(c.oid, 'SELECT, USAGE'),
       has_sequence_privilege(c.oid, 'UPDATE'),
       CASE WHEN has_sequence_privilege(c.oid, 'SELECT, USAGE') THEN pg_sequence_last_value(c.oid) END
FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS wanted(schema, name, place)
LEFT JOIN pg_namespace n ON n.nspname = wanted.schema
LEFT JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = wanted.name AND c.relkind = 'S'
LEFT JOIN pg_sequence q ON q.seqrelid = c.oid
ORDER BY wanted.place
