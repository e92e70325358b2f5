INSERT INTO bucardo.goat (db, schemaname, tablename, reltype, keycolumns, keytypes, conflict_strategy, autokick, merge_columns, counters)
VALUES ($1, $2, $3, $4, $5, $6, $7::text, $8::boolean, $9, $10)
RETURNING id
