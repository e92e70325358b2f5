SELECT name FROM bucardo.herd
