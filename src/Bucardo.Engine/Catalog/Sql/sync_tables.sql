SELECT h.herd, g.id, g.db, g.schemaname, g.tablename, g.reltype, g.keycolumns, g.keytypes, g.conflict_strategy, g.autokick, g.merge_columns, g.counters, g.cdate,
       ARRAY (SELECT m.herd FROM bucardo.herdmap m WHERE m.goat = g.id ORDER BY m.herd) AS herds
FROM bucardo.herdmap h JOIN bucardo.goat g ON g.id = h.goat
WHERE h.herd = ANY ($1)
ORDER BY h.priority DESC, g.id
