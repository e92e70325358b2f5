INSERT INTO bucardo.herdmap (herd, goat, priority) SELECT $1, g, $3 FROM unnest($2::integer[]) AS g
ON CONFLICT (herd, goat) DO NOTHING
