-- The owner of table $1 if that role may not execute the function $2.
SELECT r.rolname::text
FROM pg_class c
JOIN pg_roles r ON r.oid = c.relowner
WHERE c.oid = $1 AND NOT has_function_privilege(r.oid, $2, 'EXECUTE')
