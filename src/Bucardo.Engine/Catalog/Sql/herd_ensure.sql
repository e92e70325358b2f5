INSERT INTO bucardo.herd (name) VALUES ($1) ON CONFLICT (name) DO NOTHING
