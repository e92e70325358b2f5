-- Everything that keeps two rows of a table from standing side by side, of the tables with the oids in $1: unique indexes over columns and expressions,
-- partial ones, exclusion constraints; and whether rows can be identified by it. An operator is NULL where there is none for "equal".
-- Needs search_path = pg_catalog, so that the expressions come out qualified.
-- What is looked up by one value is a subquery: of so many joins the order takes the planner longer than all of the rest.
-- to_jsonb, because PostgreSQL 14 does not have the column yet.
SELECT i.indrelid, c.relname::text, i.indimmediate, i.indisprimary,
       coalesce((to_jsonb(i) ->> 'indnullsnotdistinct')::boolean, false),
       pg_get_expr(i.indpred, i.indrelid),
       i.indisunique AND NOT i.indisexclusion AND i.indisvalid AND i.indpred IS NULL AND i.indexprs IS NULL,
       k.columns, k.not_null, k.expressions, k.operators, k.collations
FROM pg_index i
JOIN pg_class c ON c.oid = i.indexrelid
CROSS JOIN LATERAL (
    SELECT array_agg(coalesce(a.attname::text, '') ORDER BY u.ord) AS columns,
           bool_and(coalesce(a.attnotnull, false)) AS not_null,
           array_agg(pg_get_indexdef(i.indexrelid, u.ord::integer, false) ORDER BY u.ord) AS expressions,
           array_agg((SELECT o.oprnamespace::regnamespace::text || '.' || o.oprname FROM pg_operator o
                      WHERE o.oid = CASE WHEN i.indisexclusion
                          THEN (SELECT x.conexclop[u.ord] FROM pg_constraint x WHERE x.conrelid = i.indrelid AND x.conindid = i.indexrelid AND x.conexclop IS NOT NULL)
                          ELSE (SELECT m.amopopr FROM pg_opclass p JOIN pg_amop m ON m.amopfamily = p.opcfamily AND m.amoplefttype = p.opcintype AND m.amoprighttype = p.opcintype AND m.amopstrategy = 3
                                WHERE p.oid = u.opclass) END) ORDER BY u.ord) AS operators,
           array_agg(coalesce((SELECT l.collnamespace::regnamespace::text || '.' || quote_ident(l.collname) FROM pg_collation l WHERE l.oid = u.collid), '') ORDER BY u.ord) AS collations
    FROM unnest(i.indkey::int2[], i.indclass::oid[], i.indcollation::oid[]) WITH ORDINALITY AS u(attnum, opclass, collid, ord)
    LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = u.attnum
    WHERE u.ord <= i.indnkeyatts
) k
WHERE i.indrelid = ANY ($1::oid[]) AND (i.indisunique OR i.indisexclusion) AND i.indisready AND i.indislive
ORDER BY i.indrelid, c.relname
