SELECT d.id, d.name, d.dbdsn, d.dbhost, d.dbport, d.dbname, d.dbuser, d.dbpass, d.dbconn, d.dbservice, d.pgpass, d.status, d.cdate
FROM bucardo.db d
WHERE $1::text IS NULL OR d.name LIKE $1::text
ORDER BY d.name
