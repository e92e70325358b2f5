-- Rows that could not be inserted, because another row holds one of their unique values.
SELECT {canonical}, s."bucardo$origin", s."bucardo$version"::text, s."bucardo$at"
FROM {rows} s
WHERE s."bucardo$present" AND NOT EXISTS (SELECT FROM {table} t WHERE {match})
