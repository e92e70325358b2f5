SELECT m.dbgroup, m.role, m.priority,
       d.id, d.name, d.dbdsn, d.dbhost, d.dbport, d.dbname, d.dbuser, d.dbpass, d.dbconn, d.dbservice, d.pgpass, d.status, d.cdate
FROM bucardo.dbmap m JOIN bucardo.db d ON d.name = m.db
WHERE m.dbgroup = ANY ($1)
ORDER BY m.priority DESC, d.name
