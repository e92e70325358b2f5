-- Columns of the tables named in $1 (schemas) and $2 (names), with what copying them takes. Needs search_path = pg_catalog, so that all other types come out qualified.
WITH RECURSIVE wanted AS (
    SELECT w.ord, c.oid, c.relkind, c.relispartition
    FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS w(schema, name, ord)
    JOIN pg_namespace n ON n.nspname = w.schema
    JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = w.name AND c.relkind IN ('r', 'p')
), col AS (
    SELECT w.ord, w.oid AS relation, w.relkind, a.attnum, a.attname, a.atttypid, a.atttypmod, a.attnotnull,
           a.atthasdef AND a.attgenerated = '' AS has_default, a.attidentity = 'a' AS is_identity_always, a.attidentity <> '' AS is_identity, a.attgenerated <> '' AS is_generated, a.attcollation
    FROM wanted w
    JOIN pg_attribute a ON a.attrelid = w.oid AND a.attnum > 0 AND NOT a.attisdropped
), base AS (
    SELECT c.relation, c.attnum, c.atttypid AS oid, c.atttypmod AS typmod FROM col c
  UNION ALL
    SELECT b.relation, b.attnum, t.typbasetype, CASE WHEN t.typtypmod <> -1 THEN t.typtypmod ELSE b.typmod END
    FROM base b JOIN pg_type t ON t.oid = b.oid AND t.typtype = 'd'
)
SELECT c.ord::integer, c.relation, c.relkind::text, c.attname::text,
       format_type(c.atttypid, c.atttypmod) AS type,
       format_type(b.oid, b.typmod) AS base_type,
       c.attnotnull, c.has_default, c.is_identity, c.is_generated, c.is_identity_always,
       format_type(b.oid, -1) AS cast_type,
       CASE WHEN t.typsend = 0 OR t.typreceive = 0 OR t.typname LIKE 'reg%' OR t.typname IN ('xml', 'tsquery', 'int2vector', 'oidvector') THEN false
            WHEN t.typtype = 'e' THEN true
            WHEN t.typcategory = 'A' AND t.typelem <> 0 THEN t.oid < 16384 AND t.typelem < 16384 AND (
                SELECT e.typsend <> 0 AND e.typreceive <> 0 AND e.typname NOT LIKE 'reg%' AND e.typname NOT IN ('tsquery', 'int2vector', 'oidvector', 'aclitem', 'record')
                FROM pg_type e WHERE e.oid = t.typelem)
            ELSE t.oid < 16384 AND t.typtype IN ('b', 'r', 'm') END AS is_binary,
       CASE WHEN c.attcollation <> t.typcollation THEN
           (SELECT l.collnamespace::regnamespace::text || '.' || quote_ident(l.collname) FROM pg_collation l WHERE l.oid = c.attcollation) END AS collation,
       EXISTS (SELECT FROM pg_inherits i WHERE i.inhrelid = c.relation) AS has_parent,
       (SELECT pg_get_expr(d.adbin, d.adrelid) FROM pg_attrdef d WHERE d.adrelid = c.relation AND d.adnum = c.attnum) AS expression
FROM col c
JOIN base b ON b.relation = c.relation AND b.attnum = c.attnum
JOIN pg_type t ON t.oid = b.oid AND t.typtype <> 'd'
ORDER BY c.ord, c.attnum
