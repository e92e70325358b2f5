-- LIMIT keeps it from being planned as a join of everything.
SELECT count(t.found)
FROM {stage} AS s TABLESAMPLE SYSTEM (least(100, 20000.0 / $1::bigint))
LEFT JOIN LATERAL (SELECT true AS found FROM {table} t WHERE {match} LIMIT 1) AS t ON true
