UPDATE bucardo.dbgroup SET name = $2, about = CASE WHEN $3::text IS NULL THEN about ELSE nullif($3::text, '') END WHERE name = $1
