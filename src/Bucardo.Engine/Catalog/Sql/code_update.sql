UPDATE bucardo.customcode
SET name = $2, about = CASE WHEN $3::text IS NULL THEN about ELSE nullif($3::text, '') END,
    language = $4, src_code = $5, timeout = make_interval(secs => $6), seal = $7::text
WHERE name = $1
