SELECT d.id, d.name, d.dbdsn, d.dbhost, d.dbport, d.dbname, d.dbuser, d.dbpass, d.dbconn, d.dbservice, d.pgpass, d.status, d.cdate
FROM bucardo.db d
WHERE d.name = $1
FOR UPDATE
