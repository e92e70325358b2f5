SELECT DISTINCT schemaname, tablename FROM bucardo.conflict WHERE $1::text IS NULL OR syncname LIKE $1::text
