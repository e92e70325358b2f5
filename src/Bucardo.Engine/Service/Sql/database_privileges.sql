SELECT p.privilege
FROM (VALUES ('CREATE', to_regnamespace('bucardo_node') IS NOT NULL OR has_database_privilege(current_database(), 'CREATE')),
             ('TEMPORARY', has_database_privilege(current_database(), 'TEMPORARY'))) AS p(privilege, granted)
WHERE NOT p.granted
