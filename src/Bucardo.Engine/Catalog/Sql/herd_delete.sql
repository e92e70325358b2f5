DELETE FROM bucardo.herd WHERE name = $1
