INSERT INTO bucardo.herd (name, about) VALUES ($1, $2::text)
