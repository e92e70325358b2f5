-- Rounds that are over. Marks go with their rows: the status then says that there are no records.
DELETE FROM bucardo.syncrun
WHERE ended IS NOT NULL AND ($1::text IS NULL OR syncname LIKE $1::text) AND ($2::timestamptz IS NULL OR ended < $2::timestamptz)
  AND ($3::bigint IS NULL OR id = $3::bigint)
