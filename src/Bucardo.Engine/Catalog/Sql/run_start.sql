INSERT INTO bucardo.syncrun (sync, syncname, started, status) VALUES ($1, $1, coalesce($2::timestamptz, clock_timestamp()), 'Running') RETURNING id
