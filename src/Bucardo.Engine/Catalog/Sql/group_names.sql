SELECT name FROM bucardo.dbgroup
