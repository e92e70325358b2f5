UPDATE bucardo.bucardo_config SET setting = defval WHERE lower(name) = lower($1) AND item IS NULL AND defval IS NOT NULL
