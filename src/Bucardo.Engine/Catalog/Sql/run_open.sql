SELECT id FROM bucardo.syncrun WHERE sync = $1 AND ended IS NULL
