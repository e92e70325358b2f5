-- Per table ($1: oids; $2: its change table's number, 0: none; $3: its id in the control database) whether its change table has any pages, and something that changes whenever its name, a column, a
-- unique rule or a foreign key of it does, or what is captured of it and for which syncs: then all of it is read anew before anything is copied. Of those that are not all ($4) to be looked at, the
-- ones that may have something to be read: a change table without pages has no rows, in whatever snapshot, for pages come before the rows on them, and go only when every peer has seen what was there.
SELECT t.oid::bigint, t.captured, t.pages, md5(concat_ws('|',
    (SELECT string_agg(concat_ws(',', attnum, attname, atttypid, atttypmod, attnotnull, atthasdef, attgenerated, attidentity), ';' ORDER BY attnum)
     FROM pg_attribute WHERE attrelid = t.oid AND attnum > 0 AND NOT attisdropped),
    (SELECT string_agg(concat_ws(',', r.sync, r.captured, r.source, r.autokick, r.merge_columns, r.counters), ';' ORDER BY r.sync)
     FROM bucardo_node.captured c JOIN bucardo_node.replicates r ON r.captured = c.id WHERE c.relation = t.oid),
    (SELECT string_agg(concat_ws(',', i.indexrelid, i.indisready, i.indimmediate), ';' ORDER BY i.indexrelid) FROM pg_index i WHERE i.indrelid = t.oid AND (i.indisunique OR i.indisexclusion)),
    (SELECT concat_ws(',', c.relnamespace, c.relname) FROM pg_class c WHERE c.oid = t.oid),
    (SELECT string_agg(concat_ws(',', f.oid, f.confdeltype), ';' ORDER BY f.oid) FROM pg_constraint f WHERE f.contype = 'f' AND f.conrelid = t.oid)))
FROM (
    SELECT oid, captured, relation, captured <> 0 AND coalesce(pg_relation_size(to_regclass('bucardo_node.change_' || captured)), 0) > 0 AS pages
    FROM unnest($1::oid[], $2::integer[], $3::integer[]) AS u(oid, captured, relation)
) AS t
WHERE $4 OR t.pages OR t.relation = ANY (ARRAY(SELECT relation FROM bucardo_node.deferred WHERE sync = $5))
