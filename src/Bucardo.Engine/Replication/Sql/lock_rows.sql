-- Locks what is to be written and returns what could not be locked. Rows that somebody else is just writing are not waited for: two who wait for
-- each other end in a deadlock, and the one that dies may be the application's. They are left out and come with the next round.
WITH locked AS MATERIALIZED (
    SELECT {row_keys} FROM {table} t JOIN {rows} s ON {match} ORDER BY {row_keys} FOR UPDATE OF t SKIP LOCKED
)
SELECT {canonical}, s."bucardo$origin", s."bucardo$version"::text, s."bucardo$at", {row}
FROM {rows} s
JOIN {table} t ON {match}
WHERE NOT EXISTS (SELECT FROM locked l WHERE {locked_match})
