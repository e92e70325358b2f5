DELETE FROM bucardo.dbmap WHERE dbgroup = $1 AND db <> ALL ($2)
