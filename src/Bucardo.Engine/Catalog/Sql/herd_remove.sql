DELETE FROM bucardo.herdmap WHERE herd = $1 AND goat = ANY ($2)
