-- The rows of given keys as text, in the order in which the keys are given; the first column says whether there is one.
SELECT t.tableoid IS NOT NULL, {columns}
FROM unnest({arrays}) WITH ORDINALITY AS u({names}, row)
LEFT JOIN {table} t ON {match}
ORDER BY u.row
