INSERT INTO bucardo.dbmap (dbgroup, db, role, priority) VALUES ($1, $2, $3, $4)
ON CONFLICT (db, dbgroup) DO UPDATE SET role = excluded.role, priority = excluded.priority
