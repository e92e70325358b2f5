-- Draws from sequence $1, $2 values at most, until the next one (by increment $3) lies past $4; the last one drawn. numeric, for the sum may be more than a bigint.
WITH RECURSIVE drawn(place, value) AS (
    SELECT 1, nextval($1::oid::regclass)
  UNION ALL
    SELECT place + 1, nextval($1::oid::regclass)
    FROM drawn
    WHERE place < $2 AND CASE WHEN $3::bigint > 0 THEN value::numeric + $3 <= $4 ELSE value::numeric + $3 >= $4 END
)
SELECT value FROM drawn ORDER BY place DESC LIMIT 1
