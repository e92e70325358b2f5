-- Whose the schema bucardo_node is, or one of its functions, where that is neither this session's role nor a superuser. Being a member of that role does not count:
-- up to PostgreSQL 14, any role can make any other one its member. And the functions' owner has to be one that this session counts as, for the triggers to know it.
SELECT r.rolname::text, o.what
FROM (SELECT n.nspowner AS owner, 'schema' AS what FROM pg_namespace n WHERE n.nspname = 'bucardo_node'
      UNION
      SELECT p.proowner, 'function ' || p.proname FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname = 'bucardo_node') AS o
JOIN pg_roles r ON r.oid = o.owner
WHERE r.rolname <> current_user AND NOT (r.rolsuper AND (o.what = 'schema' OR pg_has_role(session_user, r.oid, 'MEMBER')))
LIMIT 1
