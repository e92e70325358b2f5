-- Keeps the last hundred tests of each database.
WITH old AS (
    DELETE FROM bucardo.db_connlog l WHERE l.db = $1 AND l.id <= (SELECT k.id FROM bucardo.db_connlog k WHERE k.db = $1 ORDER BY k.id DESC OFFSET 99 LIMIT 1)
)
INSERT INTO bucardo.db_connlog (db, connstring, status, version)
SELECT d.name, $2, $3, $4::text FROM bucardo.db d WHERE d.name = $1
