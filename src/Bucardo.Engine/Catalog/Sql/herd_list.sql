SELECT h.name, h.about, h.cdate,
       ARRAY (SELECT m.goat FROM bucardo.herdmap m WHERE m.herd = h.name ORDER BY m.priority DESC, m.goat) AS goats
FROM bucardo.herd h
WHERE $1::text IS NULL OR h.name LIKE $1::text
ORDER BY h.name
