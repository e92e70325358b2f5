-- Rows that another row keeps out, and rows that got in beside one where no trigger looked.
SELECT {canonical}, s."bucardo$origin", s."bucardo$version"::text, s."bucardo$at", {row}
FROM {rows} s
WHERE s."bucardo$present" AND (NOT EXISTS (SELECT FROM {table} t WHERE {match}){offends})
