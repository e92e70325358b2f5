-- Rows that a TRUNCATE is about to take away, before others take their place.
SELECT c.key, ({old})::text
FROM (SELECT key, {values} FROM unnest({conflicts}, {arrays}) AS u(key, loser_origin, loser_xid, loser_at, {texts})) AS c(key, {texts})
JOIN {table} t ON {match}
