INSERT INTO bucardo.bucardo_config (name, setting, type, item) VALUES (lower($1), $2, 'sync', $3)
ON CONFLICT (lower(name), item, type) WHERE item IS NOT NULL DO UPDATE SET setting = excluded.setting
