INSERT INTO bucardo.sync (name, herd, dbs, status, autokick, checktime, conflict_strategy, max_changes)
VALUES ($1, $2, $3, $4, $5, make_interval(secs => $6::float8),
    coalesce($7::text, (SELECT setting FROM bucardo.bucardo_config WHERE lower(name) = 'default_conflict_strategy' AND item IS NULL), 'bucardo_latest'), $8)
