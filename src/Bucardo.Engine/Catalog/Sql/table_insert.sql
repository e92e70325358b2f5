INSERT INTO bucardo.goat (db, schemaname, tablename, reltype, keycolumns, keytypes, conflict_strategy, autokick)
VALUES ($1, $2, $3, $4, $5, $6, $7::text, $8::boolean)
RETURNING id
