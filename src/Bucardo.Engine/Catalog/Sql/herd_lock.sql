SELECT name FROM bucardo.herd WHERE name = $1 FOR UPDATE
