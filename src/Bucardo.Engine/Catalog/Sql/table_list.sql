SELECT g.id, g.db, g.schemaname, g.tablename, g.reltype, g.keycolumns, g.keytypes, g.conflict_strategy, g.autokick, g.merge_columns, g.counters, g.cdate,
       ARRAY (SELECT m.herd FROM bucardo.herdmap m WHERE m.goat = g.id ORDER BY m.herd) AS herds
FROM bucardo.goat g
WHERE ($1::text IS NULL OR g.db LIKE $1::text)
  AND ($2::text IS NULL OR g.schemaname LIKE $2::text)
  AND ($3::text IS NULL OR EXISTS (SELECT 1 FROM bucardo.herdmap m WHERE m.goat = g.id AND m.herd LIKE $3::text))
  AND ($4::text IS NULL OR EXISTS (SELECT 1 FROM bucardo.herdmap m JOIN bucardo.sync s ON s.herd = m.herd WHERE m.goat = g.id AND s.name LIKE $4::text))
  AND ($5::text IS NULL OR g.reltype = $5::text)
  AND ($6::integer[] IS NULL OR g.id = ANY ($6::integer[]))
ORDER BY g.db, g.schemaname, g.tablename
