UPDATE bucardo.herdmap SET priority = $3 WHERE herd = $1 AND goat = $2
