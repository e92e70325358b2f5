-- Foreign keys among the tables with the oids in $1; those of partitions are their tables'.
-- to_jsonb, because PostgreSQL 14 does not have all of the columns yet.
SELECT c.conrelid, c.conname::text, c.confrelid, c.confdeltype::text,
       ARRAY(SELECT a.attname::text FROM unnest(c.conkey) WITH ORDINALITY AS k(num, ord) JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.num ORDER BY k.ord),
       ARRAY(SELECT a.attname::text FROM unnest(c.confkey) WITH ORDINALITY AS k(num, ord) JOIN pg_attribute a ON a.attrelid = c.confrelid AND a.attnum = k.num ORDER BY k.ord),
       ARRAY(SELECT quote_ident(n.nspname) || '.' || o.oprname
             FROM unnest(c.conpfeqop) WITH ORDINALITY AS k(op, ord) JOIN pg_operator o ON o.oid = k.op JOIN pg_namespace n ON n.oid = o.oprnamespace ORDER BY k.ord),
       ARRAY(SELECT a.attname::text
             FROM jsonb_array_elements_text(CASE jsonb_typeof(to_jsonb(c) -> 'confdelsetcols') WHEN 'array' THEN to_jsonb(c) -> 'confdelsetcols' ELSE to_jsonb(c.conkey) END) AS k(num)
             JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.num::smallint)
FROM pg_constraint c
WHERE c.contype = 'f' AND c.conparentid = 0 AND c.conrelid = ANY ($1::oid[]) AND c.confrelid = ANY ($1::oid[])
ORDER BY c.conrelid, c.conname
