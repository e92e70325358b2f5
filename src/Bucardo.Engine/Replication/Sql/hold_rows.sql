-- Locks rows in the order of their keys, waiting for whoever has them. Parameters: the keys' canonical texts, one array per key column.
SELECT FROM {table} t
JOIN unnest({arrays}) AS u({names}) ON {match}
ORDER BY {row_keys}
FOR UPDATE OF t
