INSERT INTO bucardo.dbgroup (name, about) VALUES ($1, $2::text)
