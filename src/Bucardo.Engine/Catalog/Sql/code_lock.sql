SELECT name FROM bucardo.customcode WHERE name = $1 AND whenrun = 'conflict' FOR UPDATE
