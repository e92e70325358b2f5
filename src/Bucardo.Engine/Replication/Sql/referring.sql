-- The foreign keys that refer to a table ($1) and act on its rows, or check them at once: table, its quoted name, its columns, what holds between its rows (c) and those that they refer to (t),
-- and whether the key only refuses, so that a row that takes the other one's place will do.
SELECT f.conrelid, quote_ident(n.nspname) || '.' || quote_ident(r.relname), r.relkind = 'p',
       (SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) FROM pg_attribute a WHERE a.attrelid = f.conrelid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''),
       (SELECT string_agg('t.' || quote_ident(p.attname) || ' OPERATOR(' || quote_ident(opn.nspname) || '.' || o.oprname || ') c.' || quote_ident(a.attname), ' AND ')
        FROM unnest(f.conkey, f.confkey, f.conpfeqop) AS k(child, parent, op)
        JOIN pg_attribute a ON a.attrelid = f.conrelid AND a.attnum = k.child
        JOIN pg_attribute p ON p.attrelid = f.confrelid AND p.attnum = k.parent
        JOIN pg_operator o ON o.oid = k.op JOIN pg_namespace opn ON opn.oid = o.oprnamespace),
       f.confdeltype = 'a', f.confdeltype = 'a' AND f.condeferrable
FROM pg_constraint f
JOIN pg_class r ON r.oid = f.conrelid
JOIN pg_namespace n ON n.oid = r.relnamespace
WHERE f.contype = 'f' AND f.confrelid = $1 AND f.conparentid = 0
ORDER BY f.conname
