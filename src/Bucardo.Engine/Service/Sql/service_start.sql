INSERT INTO bucardo.service (hostname, pid, version) VALUES ($1, $2, $3) RETURNING id
