SELECT n.oid IS NOT NULL AS has_schema,
       EXISTS (SELECT 1 FROM pg_catalog.pg_class c WHERE c.relnamespace = n.oid AND c.relname = 'bucardo_config') AS has_config,
       EXISTS (SELECT 1 FROM pg_catalog.pg_class c WHERE c.relnamespace = n.oid)
           OR EXISTS (SELECT 1 FROM pg_catalog.pg_proc p WHERE p.pronamespace = n.oid) AS has_objects,
       -- Whose the schema is, where it is neither ours nor a superuser's: triggers and defaults of somebody else's tables would run with our rights.
       (SELECT r.rolname::text FROM pg_catalog.pg_roles r WHERE r.oid = n.nspowner AND r.rolname <> current_user AND NOT r.rolsuper) AS foreign_owner
FROM (VALUES (1)) AS one LEFT JOIN pg_catalog.pg_namespace n ON n.nspname = 'bucardo'
