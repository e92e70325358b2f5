-- Which of given keys changed here behind the cut of a step.
SELECT DISTINCT {canonical}
FROM bucardo_node.{changes} c
JOIN unnest({arrays}) AS u({texts}) ON {match}
WHERE {new} AND NOT ({read})
