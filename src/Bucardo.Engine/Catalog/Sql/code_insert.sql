INSERT INTO bucardo.customcode (name, about, whenrun, getdbh, language, src_code, timeout, seal)
VALUES ($1, $2::text, 'conflict', false, $3, $4, make_interval(secs => $5), $6::text)
