-- The database that tables are read from when none is named: the first source, else the oldest one.
SELECT d.name FROM bucardo.db d
LEFT JOIN LATERAL (SELECT max(m.priority) AS priority FROM bucardo.dbmap m WHERE m.db = d.name AND m.role = 'source') AS s ON true
ORDER BY s.priority IS NULL, s.priority DESC, d.id
LIMIT 1
