UPDATE bucardo.sync SET status = $2 WHERE name = $1
