DELETE FROM bucardo.dbgroup WHERE name = $1
