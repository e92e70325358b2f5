-- Whether a function from jsonb to jsonb is there, and the role may call it.
SELECT p.oid IS NOT NULL,
       n.oid IS NOT NULL AND has_schema_privilege(n.oid, 'USAGE') AND p.oid IS NOT NULL AND has_function_privilege(p.oid, 'EXECUTE')
FROM (SELECT) AS one
LEFT JOIN pg_namespace n ON n.nspname = $1
LEFT JOIN pg_proc p ON p.pronamespace = n.oid AND p.proname = $2 AND p.prokind = 'f' AND NOT p.proretset
    AND p.prorettype = 'jsonb'::regtype AND p.pronargs = 1 AND p.proargtypes[0] = 'jsonb'::regtype
