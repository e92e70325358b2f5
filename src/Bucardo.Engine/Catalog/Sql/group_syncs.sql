SELECT name FROM bucardo.sync WHERE dbs = $1 ORDER BY name
