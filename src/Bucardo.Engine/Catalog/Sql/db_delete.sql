DELETE FROM bucardo.db WHERE name = $1
