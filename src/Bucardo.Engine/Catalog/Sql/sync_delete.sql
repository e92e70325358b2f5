DELETE FROM bucardo.sync WHERE name = $1
