UPDATE bucardo.bucardo_config SET setting = $1
WHERE item IS NULL AND (name = 'bucardo_version' OR ($2 AND name = 'bucardo_initial_version'))
