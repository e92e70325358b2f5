SELECT g.name, g.about, g.cdate,
       coalesce(array_agg(m.db ORDER BY m.priority DESC, m.db) FILTER (WHERE m.db IS NOT NULL), '{}') AS dbs,
       coalesce(array_agg(m.role ORDER BY m.priority DESC, m.db) FILTER (WHERE m.db IS NOT NULL), '{}') AS roles,
       coalesce(array_agg(m.priority ORDER BY m.priority DESC, m.db) FILTER (WHERE m.db IS NOT NULL), '{}') AS priorities
FROM bucardo.dbgroup g LEFT JOIN bucardo.dbmap m ON m.dbgroup = g.name
WHERE $1::text IS NULL OR g.name LIKE $1::text
GROUP BY g.name
ORDER BY g.name
