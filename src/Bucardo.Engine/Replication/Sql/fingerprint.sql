-- Changes whenever a name, a column, a unique rule or a foreign key of one of the tables does, or what is captured here and for which syncs: then all of it is read anew before anything is copied.
SELECT coalesce(md5(string_agg(concat_ws(',', attrelid, attnum, attname, atttypid, atttypmod, attnotnull, atthasdef, attgenerated, attidentity), ';' ORDER BY attrelid, attnum)), '')
       || (SELECT coalesce(md5(string_agg(concat_ws(',', r.sync, r.captured, c.relation::oid, r.source, r.autokick, r.merge_columns, r.counters), ';' ORDER BY r.sync, r.captured)), '')
           FROM bucardo_node.replicates r JOIN bucardo_node.captured c ON c.id = r.captured)
       || (SELECT coalesce(md5(string_agg(concat_ws(',', i.indexrelid, i.indisready, i.indimmediate), ';' ORDER BY i.indexrelid)), '')
           FROM pg_index i WHERE i.indrelid = ANY ($1::oid[]) AND (i.indisunique OR i.indisexclusion))
       || (SELECT coalesce(md5(string_agg(concat_ws(',', t.oid, t.relnamespace, t.relname), ';' ORDER BY t.oid)), '') FROM pg_class t WHERE t.oid = ANY ($1::oid[]))
       || (SELECT coalesce(md5(string_agg(concat_ws(',', f.oid, f.confdeltype), ';' ORDER BY f.oid)), '')
           FROM pg_constraint f WHERE f.contype = 'f' AND f.conrelid = ANY ($1::oid[]))
FROM pg_attribute
WHERE attrelid = ANY ($1::oid[]) AND attnum > 0 AND NOT attisdropped
