SELECT name FROM bucardo.sync WHERE name = $1 FOR NO KEY UPDATE
