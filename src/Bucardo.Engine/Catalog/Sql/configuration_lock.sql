-- Two imports at once would each compare with what the other is about to change.
LOCK TABLE bucardo.db, bucardo.dbgroup, bucardo.dbmap, bucardo.goat, bucardo.herd, bucardo.herdmap, bucardo.sync, bucardo.bucardo_config IN SHARE ROW EXCLUSIVE MODE
