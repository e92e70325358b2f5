SELECT setting FROM bucardo.bucardo_config WHERE lower(name) = 'clock_offset_limit' AND item IS NULL
