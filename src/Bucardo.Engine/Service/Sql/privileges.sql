-- Rights that the role lacks on the tables in $1 (oids); triggers: whether capture is to be installed there ($2).
SELECT c.oid, p.privilege
FROM pg_class c
CROSS JOIN unnest(CASE WHEN $2 THEN ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRIGGER'] ELSE ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE'] END) AS p(privilege)
WHERE c.oid = ANY ($1::oid[]) AND NOT has_table_privilege(c.oid, p.privilege)
ORDER BY c.oid, p.privilege
