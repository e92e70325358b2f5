UPDATE bucardo.bucardo_config SET setting = $2 WHERE lower(name) = lower($1) AND item IS NULL
