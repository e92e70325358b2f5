SELECT name FROM bucardo.sync
