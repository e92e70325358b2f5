UPDATE bucardo.syncrun SET started = coalesce($2::timestamptz, started), ended = $3, outcome = $4, inserts = $5, updates = $6, deletes = $7, truncates = $8,
    conflicts = $9, deferred = $10, problems = $11::jsonb, status = $12::text,
    lastgood = $4 = 'good' AND sync IS NOT NULL, lastbad = $4 = 'bad' AND sync IS NOT NULL, lastempty = $4 = 'empty' AND sync IS NOT NULL
WHERE id = $1
