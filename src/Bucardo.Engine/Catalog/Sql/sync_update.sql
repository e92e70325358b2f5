UPDATE bucardo.sync SET name = coalesce($2::text, name), herd = coalesce($3::text, herd), dbs = coalesce($4::text, dbs),
    autokick = coalesce($5::boolean, autokick),
    checktime = CASE WHEN $6::float8 IS NULL THEN checktime WHEN $6::float8 = 0 THEN NULL ELSE make_interval(secs => $6::float8) END,
    conflict_strategy = coalesce($7::text, conflict_strategy), max_changes = coalesce($8::bigint, max_changes)
WHERE name = $1
