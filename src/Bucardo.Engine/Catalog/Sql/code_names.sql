SELECT name FROM bucardo.customcode
