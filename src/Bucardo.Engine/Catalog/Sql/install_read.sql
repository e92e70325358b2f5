SELECT setting FROM bucardo.bucardo_config WHERE name = 'bucardo_version' AND item IS NULL
