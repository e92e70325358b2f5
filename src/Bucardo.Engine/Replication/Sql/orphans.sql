SELECT {key}, {parent_key}, {row}
FROM unnest({arrays}) AS u({texts})
JOIN {child} t ON {refers}
WHERE {orphan}
FOR UPDATE OF t
