SELECT s.id, s.hostname, s.pid, coalesce(s.version, ''), s.started, s.syncs
FROM bucardo.service s
WHERE EXISTS (SELECT FROM pg_catalog.pg_locks l
              WHERE l.locktype = 'advisory' AND l.granted AND l.classid::bigint = $1 AND l.objid::bigint = s.id AND l.objsubid = 2
                AND l.database = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database()))
ORDER BY s.id
