SELECT setting FROM bucardo.bucardo_config WHERE lower(name) = lower($1) AND item IS NULL
