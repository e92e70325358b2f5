DELETE FROM bucardo.conflict WHERE ($1::text IS NULL OR syncname LIKE $1::text) AND ($2::timestamptz IS NULL OR decided < $2::timestamptz)
