DELETE FROM bucardo.dbmap WHERE dbgroup = $1 AND db = ANY ($2)
