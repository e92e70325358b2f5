DELETE FROM bucardo.herdmap WHERE herd = $1 AND goat <> ALL ($2)
