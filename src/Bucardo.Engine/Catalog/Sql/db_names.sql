SELECT name FROM bucardo.db
