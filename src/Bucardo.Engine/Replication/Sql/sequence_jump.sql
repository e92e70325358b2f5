-- Sets sequence $1 to $2, if it has not come to $3; $4: it counts down. Nothing: it has.
SELECT setval($1::oid::regclass, $2)
FROM pg_sequence_last_value($1::oid) AS now(value)
WHERE CASE WHEN $4 THEN now.value > $3 ELSE now.value < $3 END
