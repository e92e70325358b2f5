DELETE FROM bucardo.goat WHERE id = $1
