SELECT name FROM bucardo.sync WHERE herd = $1 ORDER BY name
