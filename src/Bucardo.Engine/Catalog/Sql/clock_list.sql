SELECT s.name AS sync, d.name AS db, extract(epoch FROM c.clock_offset)::double precision AS clock_offset, extract(epoch FROM c.uncertainty)::double precision AS uncertainty, c.measured
FROM bucardo.sync s
JOIN bucardo.dbmap m ON m.dbgroup = s.dbs AND m.role = 'source'
JOIN bucardo.db d ON d.name = m.db
JOIN bucardo.db_clock c ON c.db = d.id
WHERE $1::text IS NULL OR s.name LIKE $1::text
ORDER BY s.name, m.priority DESC, d.name
