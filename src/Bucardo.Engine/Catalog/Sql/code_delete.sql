DELETE FROM bucardo.customcode WHERE name = $1
