SELECT name FROM bucardo.dbgroup WHERE name = $1 FOR UPDATE
