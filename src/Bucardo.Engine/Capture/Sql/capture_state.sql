-- What is captured here: per table of $1 (oids) its entry, the functions' bodies and the triggers that are in place and enabled.
SELECT c.relation::oid, c.id, c.key_columns, c.key_types,
       (SELECT p.prosrc FROM pg_proc p WHERE p.oid = to_regproc('bucardo_node.capture_' || c.id)) AS body,
       (SELECT p.prosrc FROM pg_proc p WHERE p.oid = to_regproc('bucardo_node.capture_leaf_' || c.id)) AS leaf_body,
       to_regclass('bucardo_node.change_' || c.id) IS NOT NULL AS has_changes,
       ARRAY(SELECT t.tgname::text FROM pg_trigger t
             WHERE t.tgrelid = c.relation AND t.tgenabled IN ('O', 'A') AND t.tgqual IS NULL AND t.tgfoid = to_regproc('bucardo_node.capture_' || c.id)) AS triggers,
       ARRAY(SELECT l.relid::regclass::text FROM pg_partition_tree(c.relation) l
             WHERE l.isleaf AND l.relid <> c.relation
               AND NOT EXISTS (SELECT FROM pg_trigger t WHERE t.tgrelid = l.relid AND t.tgname = 'bucardo_capture_leaf' AND t.tgenabled IN ('O', 'A') AND t.tgqual IS NULL)) AS bare_leaves,
       ARRAY(SELECT s.name FROM bucardo_node.replicates r JOIN bucardo_node.sync s ON s.id = r.sync
             WHERE r.captured = c.id AND r.source AND r.autokick ORDER BY s.name) AS kicks,
       EXISTS (SELECT FROM bucardo_node.replicates r WHERE r.captured = c.id AND r.source) AS source,
       to_regclass('bucardo_node.merge_' || c.id) IS NOT NULL AS has_merge,
       coalesce((SELECT bool_or(r.merge_columns) FROM bucardo_node.replicates r WHERE r.captured = c.id), false) AS merge_columns,
       ARRAY(SELECT DISTINCT u FROM bucardo_node.replicates r, unnest(r.counters) AS u WHERE r.captured = c.id ORDER BY u) AS counters,
       to_regclass('bucardo_node.changes_' || c.id) IS NOT NULL AS has_view
FROM bucardo_node.captured c
WHERE c.relation = ANY ($1::oid[])
