-- Everything that keeps two rows of a table from standing side by side, of the tables with the oids in $1: unique indexes over columns and expressions,
-- partial ones, exclusion constraints. Needs search_path = pg_catalog, so that the expressions come out qualified.
-- to_jsonb, because PostgreSQL 14 does not have the column yet.
SELECT i.indrelid, c.relname::text, i.indimmediate,
       coalesce((to_jsonb(i) ->> 'indnullsnotdistinct')::boolean, false),
       array_agg(pg_get_indexdef(i.indexrelid, k.ord::integer, false) ORDER BY k.ord),
       array_agg(quote_ident(opn.nspname) || '.' || op.oprname ORDER BY k.ord),
       array_agg(coalesce(quote_ident(cn.nspname) || '.' || quote_ident(col.collname), '') ORDER BY k.ord),
       pg_get_expr(i.indpred, i.indrelid)
FROM pg_index i
JOIN pg_class c ON c.oid = i.indexrelid
LEFT JOIN pg_constraint x ON x.conindid = i.indexrelid AND x.contype = 'x'
CROSS JOIN LATERAL unnest(i.indclass::oid[], i.indcollation::oid[]) WITH ORDINALITY AS k(opclass, collid, ord)
JOIN pg_opclass oc ON oc.oid = k.opclass
LEFT JOIN pg_amop am ON x.oid IS NULL AND am.amopfamily = oc.opcfamily AND am.amopstrategy = 3 AND am.amoplefttype = oc.opcintype AND am.amoprighttype = oc.opcintype
JOIN pg_operator op ON op.oid = coalesce(x.conexclop[k.ord], am.amopopr)
JOIN pg_namespace opn ON opn.oid = op.oprnamespace
LEFT JOIN pg_collation col ON col.oid = k.collid
LEFT JOIN pg_namespace cn ON cn.oid = col.collnamespace
WHERE i.indrelid = ANY ($1::oid[]) AND (i.indisunique OR i.indisexclusion) AND i.indisready AND i.indislive AND k.ord <= i.indnkeyatts
GROUP BY i.indrelid, i.indexrelid, c.relname, i.indimmediate, i.indnkeyatts, i.indpred, to_jsonb(i)
HAVING count(*) = i.indnkeyatts
ORDER BY i.indrelid, c.relname
