-- The settings for all, each followed by what syncs have of their own.
SELECT c.name, c.item AS sync, c.setting, CASE WHEN c.item IS NULL THEN c.defval ELSE g.setting END AS defval, coalesce(c.about, g.about) AS about
FROM bucardo.bucardo_config c
LEFT JOIN bucardo.bucardo_config g ON lower(g.name) = lower(c.name) AND g.item IS NULL
WHERE (c.type IS NULL OR c.type = 'sync')
  AND ($1::text IS NULL OR lower(c.name) LIKE lower($1::text))
  AND ($2::text IS NULL OR c.item LIKE $2::text)
ORDER BY lower(c.name), c.item NULLS FIRST
