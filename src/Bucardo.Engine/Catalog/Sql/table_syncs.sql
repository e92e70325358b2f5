SELECT DISTINCT s.name FROM bucardo.herdmap m JOIN bucardo.sync s ON s.herd = m.herd WHERE m.goat = $1 ORDER BY s.name
