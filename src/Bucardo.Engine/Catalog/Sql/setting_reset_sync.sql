DELETE FROM bucardo.bucardo_config WHERE lower(name) = lower($1) AND type = 'sync' AND item = $2
