UPDATE bucardo.goat SET keycolumns = coalesce($2::text[], keycolumns), keytypes = coalesce($3::text[], keytypes),
    conflict_strategy = CASE WHEN $4::text IS NULL THEN conflict_strategy ELSE nullif($4::text, '') END,
    autokick = CASE WHEN $6 THEN NULL ELSE coalesce($5::boolean, autokick) END,
    merge_columns = coalesce($7::boolean, merge_columns),
    counters = coalesce($8::text[], counters)
WHERE id = $1
