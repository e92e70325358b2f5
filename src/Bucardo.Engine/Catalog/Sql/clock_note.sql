INSERT INTO bucardo.db_clock (db, clock_offset, uncertainty) SELECT d.id, $2, $3 FROM bucardo.db d WHERE d.name = $1
ON CONFLICT (db) DO UPDATE SET clock_offset = excluded.clock_offset, uncertainty = excluded.uncertainty, measured = excluded.measured
