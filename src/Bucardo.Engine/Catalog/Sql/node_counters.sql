-- The columns of tables that can be counters, whatever domain they are of: what their increments add up to does not depend on the increments' order, as it does for floats.
SELECT a.attrelid AS table, a.attname::text AS column
FROM pg_catalog.pg_attribute a
WHERE a.attrelid = ANY ($1::oid[]) AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
  AND (WITH RECURSIVE base (type) AS (
           SELECT a.atttypid
           UNION ALL
           SELECT t.typbasetype FROM base JOIN pg_catalog.pg_type t ON t.oid = base.type WHERE t.typtype = 'd'
       )
       SELECT bool_or(type IN ('int2'::regtype, 'int4'::regtype, 'int8'::regtype, 'numeric'::regtype)) FROM base)
